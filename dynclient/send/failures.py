"""What can go wrong between the client and a server, in the same words for every HTTP library; replies that may break off, and logs.

The text of a library's own error is never used: it may quote the URL, and with it credentials. For the same reason a filter sits at
the loggers of requests (urllib3) and httpx2, which log the URL of each request. It knows which request is being sent in its
thread or task; records of requests that others send with the same library stay as they are.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from dynclient import lazy
from dynclient.errors import ConnectError, ReadError, RequestTimeout, TransportError
from dynclient.exchange import Headers, Request, Response, origin, redact_path, redact_url, without_user

#: The start of most URLs, whose server `origin` need not look for.
_PLAIN = lazy.pattern(
    r"https?://(?:127\.0\.0\.1|(?:[a-z0-9]+[.-])*[a-z][a-z0-9]*)(?::[1-9][0-9]{0,3}|:[1-5][0-9]{4})?/"
)

#: How many bytes of a reply that breaks off are kept while it is streamed, at least.
_KEPT = 1 << 20

#: The request that is being sent in a thread or task, for the filter of logs.
sending: ContextVar[Request | None] = ContextVar("sending", default=None)


def what(request: Request) -> str:
    """Return the request as messages show it."""
    return f"{request.operation}: {request.method} {request.safe_url}"


def ready(request: Request) -> Request:
    """Return a request as every library sends it alike: its user information becomes an Authorization field, unless it has one.

    Raises:
        TransportError: The URL cannot be called, or the library might send it elsewhere than its text says.
    """
    if _PLAIN.match(request.url):
        return request
    if origin(request.url) is None:
        raise no_url(request)
    url, basic = without_user(request.url)
    fields = (("Authorization", basic),) if basic and "Authorization" not in request.headers else ()
    return replace(request, url=url, headers=Headers([*request.headers.fields, *fields]))


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


class Arriving:
    """A reply whose head is read and whose body is on the wire.

    Args:
        request: The request.
        timeout: Its time limit, for messages.
        started: When it was sent, by `time.perf_counter`.
        status: The status.
        fields: Returns the header fields; called when the body is read, so that a library's own thread does not wait meanwhile.
        pieces: The body as the library reads it.
        close: Gives the connection back, or closes it if the body is not read to its end.
        errors: The library's errors.
        is_late: Tells a time limit from its other errors.
    """

    __slots__ = (
        "_close", "_errors", "_fields", "_is_late", "_kept", "_pieces", "_request", "_started", "_timeout", "status",
    )  # fmt: skip

    def __init__(
        self, request: Request, timeout: float, started: float, status: int, fields: Callable[[], Iterable[tuple[str, str]]],
        pieces: Any, close: Callable[[], Any], errors: tuple[type[Exception], ...], is_late: Callable[[Exception], bool],
    ) -> None:  # fmt: skip
        self.status = status
        self._fields = fields
        self._request = request
        self._timeout = timeout
        self._started = started
        self._pieces = pieces
        self._close = close
        self._errors = errors
        self._is_late = is_late
        self._kept: list[bytes] = []

    def _reply(self, content: bytes = b"", body: Any = None) -> Response:
        elapsed = time.perf_counter() - self._started
        return Response(self.status, Headers(list(self._fields())), content, elapsed, self._request, body=body)

    def _broken(self, error: Exception, size: int) -> TransportError:
        partial, request = self._reply(b"".join(self._kept)), self._request
        if self._is_late(error):
            return too_late(request, self._timeout, partial)
        text = f"{what(request)}: the reply ({self.status}) broke off after {size} bytes"
        return ReadError(text, request, partial)


class ArrivingBody(Arriving):
    """A reply on the wire of a blocking library."""

    __slots__ = ()

    def response(self) -> Response:
        """Return the reply: unread where the request allows that, whole otherwise.

        Raises:
            TransportError: The body breaks off.
        """
        if self._request.unread and 200 <= self.status < 300:
            return self._reply(body=self)
        kept = self._kept
        try:
            for piece in self._pieces:
                kept.append(piece)
        except self._errors as error:
            raise self._broken(error, sum(map(len, kept))) from None
        finally:
            self._close()
        content, elapsed = kept[0] if len(kept) == 1 else b"".join(kept), time.perf_counter() - self._started
        return Response(self.status, Headers(list(self._fields())), content, elapsed, self._request)

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives.

        Raises:
            TransportError: The body breaks off.
        """
        size = 0
        try:
            for piece in self._pieces:
                if size < _KEPT:
                    self._kept.append(piece)
                size += len(piece)
                yield piece
        except self._errors as error:
            broken = self._broken(error, size)
        else:
            return
        raise broken  # here, where it does not keep the library's error, which holds the URL

    def close(self) -> None:
        """Drop what is not read yet."""
        self._close()


class AsyncArrivingBody(Arriving):
    """A reply on the wire of an async library."""

    __slots__ = ()

    async def response(self) -> Response:
        """Return the reply: unread where the request allows that, whole otherwise.

        Raises:
            TransportError: The body breaks off.
        """
        if self._request.unread and 200 <= self.status < 300:
            return self._reply(body=self)
        kept = self._kept
        try:
            async for piece in self._pieces:
                kept.append(piece)
        except self._errors as error:
            raise self._broken(error, sum(map(len, kept))) from None
        finally:
            await self._close()
        content, elapsed = kept[0] if len(kept) == 1 else b"".join(kept), time.perf_counter() - self._started
        return Response(self.status, Headers(list(self._fields())), content, elapsed, self._request)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives.

        Raises:
            TransportError: The body breaks off.
        """
        size = 0
        try:
            async for piece in self._pieces:
                if size < _KEPT:
                    self._kept.append(piece)
                size += len(piece)
                yield piece
        except self._errors as error:
            broken = self._broken(error, size)
        else:
            return
        raise broken  # here, where it does not keep the library's error, which holds the URL

    async def aclose(self) -> None:
        """Drop what is not read yet."""
        await self._close()


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
    if request.hidden and "/" in text:
        return redact_path(redact_url(text, request.secrets), request.hidden)
    return redact_url(text, request.secrets) if "?" in text or "@" in text else arg
