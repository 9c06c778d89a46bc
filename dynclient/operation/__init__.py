"""Operations: each compiled once, on first use.

    described.py   what the document describes: parameters, bodies, replies
    secured.py     its security schemes
    binding.py     the Python signature, and Python arguments sorted by it
    compiled.py    the Operation itself

An Operation is everything that `prepare`, `match`, `check` and `read` need to know, in the form in which they need it. Everything but its name,
method and path is worked out when it is first asked for.
"""

from dynclient.operation.binding import Arguments
from dynclient.operation.compiled import LOCATIONS, Operation, bases_in, describe_reply, normal_path, variable_names
from dynclient.operation.described import MISSING, Body, Content, Parameter, Reply
from dynclient.operation.secured import security_schemes

__all__ = [
    "LOCATIONS",
    "MISSING",
    "Arguments",
    "Body",
    "Content",
    "Operation",
    "Parameter",
    "Reply",
    "bases_in",
    "describe_reply",
    "normal_path",
    "security_schemes",
    "variable_names",
]
