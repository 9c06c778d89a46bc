"""What can go wrong between the client and a server, in the same words for every HTTP library, and logs without credentials.

The text of a library's own error is never used: it may quote the URL, and with it credentials. For the same reason a filter sits at
the loggers of requests (urllib3) and httpx2, which log the URL of each request. It knows which request is being sent in its
thread or task; records of requests that others send with the same library stay as they are.
"""

from __future__ import annotations

import logging
import os
from contextvars import ContextVar

from dynclient import lazy
from dynclient.errors import ConnectError, ReadError, RequestTimeout, TransportError
from dynclient.exchange import Request, Response, origin, redact_url

#: The start of most URLs, whose server `origin` need not look for.
_PLAIN = lazy.pattern(r"https?://[a-z0-9]+(?:[.-][a-z0-9]+)*(?::[1-9][0-9]{0,3}|:[1-5][0-9]{4})?/")

#: The request that is being sent in a thread or task, for the filter of logs.
sending: ContextVar[Request | None] = ContextVar("sending", default=None)


def what(request: Request) -> str:
    """Return the request as messages show it."""
    return f"{request.operation}: {request.method} {request.safe_url}"


def require_url(request: Request) -> None:
    """Refuse a URL that cannot be called, or that the library might send elsewhere than its text says.

    Raises:
        TransportError: The URL is refused.
    """
    if not _PLAIN.match(request.url) and origin(request.url) is None:
        raise no_url(request)


def no_url(request: Request) -> TransportError:
    """Return the error for a URL that cannot be called."""
    return TransportError(f"{what(request)}: this URL cannot be called", request)


def no_body(request: Request, error: Exception) -> TransportError:
    """Return the error for a body that cannot be read; the text of `error` is this package's own."""
    return TransportError(f"{what(request)}: the body {error}", request)


def no_certificates(request: Request, error: BaseException) -> TransportError:
    """Return the error for certificates that cannot be loaded."""
    return TransportError(f"{what(request)}: the certificates cannot be used: {reason_of(error)}", request)


def not_connected(request: Request, reason: str) -> ConnectError:
    """Return the error for a server that cannot be reached."""
    return ConnectError(f"{what(request)}: no connection: {reason}", request)


def not_connected_in_time(request: Request, timeout: float) -> ConnectError:
    """Return the error for a connection that takes too long."""
    return ConnectError(f"{what(request)}: no connection within {timeout:g} s", request)


def not_answered(request: Request, reason: str) -> ReadError:
    """Return the error for a connection that broke before the reply."""
    return ReadError(f"{what(request)}: the connection broke before the reply: {reason}", request)


def too_late(request: Request, timeout: float, partial: Response | None = None) -> RequestTimeout:
    """Return the error for a reply, or the rest of one, that takes too long."""
    return RequestTimeout(f"{what(request)}: no answer within {timeout:g} s", request, partial)


def reason_of(error: BaseException) -> str:
    """Return the reason for an error, without secrets: what the system says, else the name of the first cause."""
    chain = causes(error)
    system = [cause for cause in chain if isinstance(cause, OSError) and cause.strerror]
    if system and isinstance(system[-1], ConnectionError) and system[-1].errno:
        return os.strerror(system[-1].errno)  # asyncio has a text of its own there
    return str(system[-1].strerror) if system else type(chain[-1]).__name__


def causes(error: BaseException | None) -> list[BaseException]:
    """Return the causes of an error, from the outermost; urllib3 keeps some in `reason` and in `args`."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        inner = getattr(error, "reason", None) or next(
            (item for item in error.args if isinstance(item, BaseException)), None
        )
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
    return found


def redact(*loggers: str) -> None:
    """Let loggers show no credential of the requests that are sent while `sending` holds them."""
    for name in loggers:
        logging.getLogger(name).addFilter(_redacted)


def _redacted(record: logging.LogRecord) -> bool:
    request = sending.get()
    if request is not None and isinstance(record.args, tuple):
        record.args = tuple(_safe(arg, request) for arg in record.args)
    return True


def _safe(arg: object, request: Request) -> object:
    """Return an argument of a record; a URL, whole or in part, text or the library's own value, without credentials."""
    if arg is None or isinstance(arg, int | float):
        return arg
    text = str(arg)
    return redact_url(text, request.secrets) if "?" in text or "@" in text else arg
