"""Requests: `prepare` makes one from arguments, `unpack` gets the arguments back, `check` says what is wrong with one.

    plan.py      what does not depend on the arguments: worked out once, then kept
    prepare.py   arguments to a request
    unpack.py    a request to its arguments
    likeness.py  which of several operations a request is, where method and URL are the same

Both directions share the validation: what `prepare` refuses, `check` reports.
"""

from dynclient.request.likeness import likeness
from dynclient.request.plan import server_for
from dynclient.request.prepare import DEFAULT_OPTIONS, NO_CREDENTIALS, Prepared, prepare
from dynclient.request.unpack import check, template_texts, unpack

__all__ = [
    "DEFAULT_OPTIONS",
    "NO_CREDENTIALS",
    "Prepared",
    "check",
    "likeness",
    "prepare",
    "server_for",
    "template_texts",
    "unpack",
]
