"""What HTTP libraries write to their logs, less the credentials.

requests (by urllib3) and httpx2 log the URL of each request, and a key may stand in its query.
The filter sits at the library's own loggers, and knows which request is being sent in its thread or task; records of requests that
others send with the same library stay as they are.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from types import TracebackType

from dynclient.exchange import Request, redact_url

_sent: ContextVar[Request | None] = ContextVar("_sent", default=None)


class Redacted:
    """A context in which a library's loggers show no credential of a request.

    Args:
        request: The request.
    """

    __slots__ = ("_request", "_token")

    def __init__(self, request: Request) -> None:
        self._request = request

    def __enter__(self) -> None:
        # a URL without a query has nothing to hide, and this is on the way of every call
        self._token = _sent.set(self._request) if "?" in self._request.url else None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            _sent.reset(self._token)


def redact(*loggers: str) -> None:
    """Let loggers show no credential of the requests that are sent in a `Redacted` context."""
    for name in loggers:
        logging.getLogger(name).addFilter(_redacted)


def _redacted(record: logging.LogRecord) -> bool:
    request = _sent.get()
    if request is not None and isinstance(record.args, tuple):
        record.args = tuple(_safe(arg, request) for arg in record.args)
    return True


def _safe(arg: object, request: Request) -> object:
    """An argument of a record: a URL, whole or not, as text or as the library's own value."""
    if arg is None or isinstance(arg, int | float):
        return arg
    text = str(arg)
    return redact_url(text, request.secrets) if "?" in text else arg
