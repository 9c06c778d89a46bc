"""Requests: `prepare` makes one from arguments, `unpack` gets the arguments back, `check` says what is wrong with one.

    plan.py      what does not depend on the arguments: worked out once, then kept
    prepare.py   arguments to a request
    unpack.py    a request to its arguments

Both directions share the validation: what `prepare` refuses, `check` reports.
"""

from dynclient.request.plan import server_for
from dynclient.request.prepare import DEFAULT_OPTIONS, NO_CREDENTIALS, Prepared, prepare
from dynclient.request.unpack import check, path_texts, unpack

__all__ = [
    "DEFAULT_OPTIONS",
    "NO_CREDENTIALS",
    "Prepared",
    "check",
    "path_texts",
    "prepare",
    "server_for",
    "unpack",
]
