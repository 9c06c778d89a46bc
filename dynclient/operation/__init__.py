"""Operations: each compiled once, on first use.

    described.py   what the document describes: parameters, bodies, replies
    secured.py     its security schemes
    template.py    its path template
    binding.py     the Python signature, and Python arguments sorted by it
    compiled.py    the Operation itself

An Operation is everything that `prepare`, `match`, `check` and `read` need to know, in the form in which they need it. Everything but its name,
method and path is worked out when it is first asked for.
"""

from dynclient.operation.binding import Arguments
from dynclient.operation.compiled import LOCATIONS, Operation, bases_in, describe_reply, variable_names
from dynclient.operation.described import MISSING, Body, Content, Parameter, Reply
from dynclient.operation.secured import carriers_of, security_schemes
from dynclient.operation.template import Template, normal_path, undescribed_variables

__all__ = [
    "LOCATIONS",
    "MISSING",
    "Arguments",
    "Body",
    "Content",
    "Operation",
    "Parameter",
    "Reply",
    "Template",
    "bases_in",
    "carriers_of",
    "describe_reply",
    "normal_path",
    "security_schemes",
    "undescribed_variables",
    "variable_names",
]
