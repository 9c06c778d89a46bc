"""What can go wrong between here and a server, in the same words for every HTTP library.

The text of a library's own error is never used: it may quote the URL, and with it credentials.
"""

from __future__ import annotations

import os
import time
from typing import NoReturn

from dynclient import lazy
from dynclient.errors import ConnectError, ReadError, RequestTimeout, TransportError
from dynclient.exchange import Headers, Request, Response, origin

#: How much of a reply that broke off is kept, at least.
_KEPT = 1 << 20
#: A URL of which that is plain to see.
_PLAIN = lazy.pattern(r"https?://[a-z0-9]+(?:[.-][a-z0-9]+)*(?::[1-9][0-9]{0,3}|:[1-5][0-9]{4})?/")


def what(request: Request) -> str:
    """The request, for messages."""
    return f"{request.operation}: {request.method} {request.safe_url}"


def require_url(request: Request) -> None:
    """Refuse a URL that cannot be called, or that the library might send elsewhere than its text says.

    Raises:
        TransportError: The URL is refused.
    """
    if not _PLAIN.match(request.url) and origin(request.url) is None:
        raise no_url(request)


def no_url(request: Request) -> TransportError:
    """The request's URL cannot be called."""
    return TransportError(f"{what(request)}: this is not a URL that can be called", request)


def no_body(request: Request, error: Exception) -> TransportError:
    """The request's body cannot be read; the error's text is ours."""
    return TransportError(f"{what(request)}: the body {error}", request)


def not_connected(request: Request, reason: str) -> ConnectError:
    """No connection could be made."""
    return ConnectError(f"{what(request)}: no connection: {reason}", request)


def not_connected_in_time(request: Request, timeout: float) -> ConnectError:
    """No connection could be made within the time limit."""
    return ConnectError(f"{what(request)}: no connection within {timeout:g} s", request)


def not_answered(request: Request, reason: str) -> ReadError:
    """The connection broke before there was an answer."""
    return ReadError(f"{what(request)}: the connection broke before an answer came: {reason}", request)


def reason_of(error: BaseException) -> str:
    """Why an error came to be, in words without secrets: what the system says, else the name of the first cause."""
    chain = causes(error)
    system = [cause for cause in chain if isinstance(cause, OSError) and cause.strerror]
    if system and isinstance(system[-1], ConnectionError) and system[-1].errno:
        return os.strerror(system[-1].errno)  # asyncio has a text of its own there
    return str(system[-1].strerror) if system else type(chain[-1]).__name__


def causes(error: BaseException | None) -> list[BaseException]:
    """The causes of an error, from the outermost; urllib3 keeps some in `reason` and in `args`."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        inner = getattr(error, "reason", None) or next(
            (item for item in error.args if isinstance(item, BaseException)), None
        )
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
    return found


class Arriving:
    """A reply whose body is on its way: it keeps what came, for the error that may follow.

    Attributes:
        status: The status.
        headers: The header fields.
    """

    __slots__ = ("_kept", "_request", "_size", "_started", "_timeout", "headers", "status")

    def __init__(self, request: Request, timeout: float, started: float, status: int, headers: Headers) -> None:
        self.status = status
        self.headers = headers
        self._request = request
        self._started = started
        self._timeout = timeout
        self._kept: list[bytes] = []
        self._size = 0

    def passed(self, chunk: bytes) -> bytes:
        """Give back a chunk that is passed on; it is kept as far as one may."""
        if self._size < _KEPT:
            self._kept.append(chunk)
        self._size += len(chunk)
        return chunk

    def ends_with(self, chunk: bytes) -> bool:
        """Keep a chunk, and say whether the body is known to end with it."""
        self._kept.append(chunk)
        self._size += len(chunk)
        length = self.headers.get("Content-Length")
        return length is not None and length == str(self._size) and "Content-Encoding" not in self.headers

    def head(self) -> Response:
        """The reply without its body, which is still to come."""
        return self.whole(b"")

    def whole(self, content: bytes | None = None) -> Response:
        """The whole reply; its body is what was kept when it is not given."""
        content = b"".join(self._kept) if content is None else content
        return Response(self.status, self.headers, content, time.perf_counter() - self._started, self._request)

    def broke_off(self, *, late: bool) -> NoReturn:
        """Raise the error for a body that does not come to its end; `late` when the time limit was reached."""
        partial, request = self.whole(), self._request
        if late:
            raise RequestTimeout(f"{what(request)}: no answer within {self._timeout:g} s", request, partial) from None
        text = f"{what(request)}: the reply ({partial.status}) broke off after {self._size} bytes"
        raise ReadError(text, request, partial) from None


def too_late(request: Request, timeout: float) -> RequestTimeout:
    """There was no answer within the time limit."""
    return RequestTimeout(f"{what(request)}: no answer within {timeout:g} s", request)
