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
from io import BytesIO
from math import inf
from typing import Any

from dynclient import lazy
from dynclient.errors import ConnectError, ReadError, RequestTimeout, TransportError
from dynclient.exchange import Headers, Request, Response, Transfer
from dynclient.extras import MissingExtra
from dynclient.origins import odd_in_user, origin, without_user
from dynclient.redaction import redact_path, redact_url
from dynclient.send.codings import CodingError, Undoing, UnknownCodingError
from dynclient.send.progress import reported

#: The start of most URLs, whose server `origin` need not look for.
_PLAIN = lazy.pattern(
    r"https?://(?:127\.0\.0\.1|(?:[a-z0-9]+[.-])*[a-z][a-z0-9]*)(?::[1-9][0-9]{0,3}|:[1-5][0-9]{4})?/"
)

#: How many bytes of a reply that breaks off are kept while it is streamed, at least.
_KEPT = 1 << 20

#: Seconds that a clock may be off.
TICK = 0.001

#: How OpenSSL and rustls say that what answers a handshake is not TLS.
_NO_HANDSHAKE = frozenset(
    {
        "HTTP_REQUEST",
        "PACKET_LENGTH_TOO_LONG",
        "RECORD_LAYER_FAILURE",
        "UNKNOWN_PROTOCOL",
        "WRONG_VERSION_NUMBER",
        "received corrupt message of type InvalidContentType",
    }
)

#: The request that is being sent in a thread or task, for the filter of logs.
sending: ContextVar[Request | None] = ContextVar("sending", default=None)
#: When the call ends at the latest for which a request is being sent in a thread, by `time.perf_counter`.
ending: ContextVar[float] = ContextVar("ending", default=inf)


class MissingCoding(TransportError, MissingExtra):
    """The body of a reply has a coding that an extra undoes, which is not installed."""


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
    return TransportError(f"{what(request)}: this URL cannot be called{odd_in_user(request.url)}", request)


def no_body(request: Request, error: Exception) -> TransportError:
    """Return the error for a body that cannot be read; the text of `error` is this package's own."""
    return TransportError(f"{what(request)}: the body {error}", request)


def no_certificates(request: Request, error: BaseException) -> TransportError:
    """Return the error for certificates that cannot be loaded."""
    return TransportError(f"{what(request)}: the certificates cannot be used: {reason_of(error)}", request)


def not_after_fork(request: Request, library: str) -> TransportError:
    """Return the error for a library whose threads were left behind in the parent process."""
    text = (
        f"{what(request)}: {library} has run in the parent of this process and cannot run after a fork: use another "
        f"transport, start the process by `spawn`, or make no call with {library} before the fork"
    )
    return TransportError(text, request)


def not_connected(request: Request, reason: str) -> ConnectError:
    """Return the error for a server that cannot be reached."""
    return ConnectError(f"{what(request)}: no connection: {reason}", request)


def not_connected_in_time(request: Request, timeout: float, started: float) -> ConnectError:
    """Return the error for a connection that takes too long."""
    timeout = min(timeout, max(0.0, request.limits.end(started) - started))
    return ConnectError(f"{what(request)}: no connection within {timeout:g} s", request)


def not_answered(request: Request, reason: str) -> ReadError:
    """Return the error for a connection that broke before the reply."""
    return ReadError(f"{what(request)}: the connection broke before the reply: {reason}", request)


def too_late(request: Request, timeout: float, started: float, partial: Response | None = None) -> RequestTimeout:
    """Return the error for a reply, or the rest of one, that takes too long."""
    if time.perf_counter() >= request.limits.end(started) - TICK:
        return out_of_time(request, partial)
    return RequestTimeout(f"{what(request)}: {_lacking(partial)} within {timeout:g} s", request, partial)


def out_of_time(request: Request, partial: Response | None) -> RequestTimeout:
    """Return the error for a call that takes too long as a whole."""
    limit = f"{request.limits.total:g} s for the whole call"
    missed = f"{_lacking(partial)} within {limit}"
    return RequestTimeout(f"{what(request)}: {missed}{_in_brackets(request.limits.advice.total)}", request, partial)


def _in_brackets(advice: str) -> str:
    return f" ({advice})" if advice else ""


def _lacking(partial: Response | None) -> str:
    return (
        "no answer" if partial is None else f"no complete reply ({partial.status}, {len(partial.content)} bytes so far)"
    )


def wait(request: Request, timeout: float, started: float) -> float | None:
    """Return how many seconds may be waited for anything; None for any."""
    left = min(timeout, request.limits.end(started) - time.perf_counter())
    return None if left == inf else max(left, TICK)


def field_text(value: bytes | str) -> str:
    """Return the text of a header field: UTF-8 where it is that, else ISO-8859-1, of which every byte is a character.

    Args:
        value: Its bytes, or what a library has read as ISO-8859-1.
    """
    try:
        raw = value.encode("latin-1") if isinstance(value, str) else value
        return raw.decode()
    except UnicodeEncodeError:
        return str(value)
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def reason_of(error: BaseException) -> str:
    """Return the reason for an error, without secrets: what the system says, else the name of the first cause."""
    chain = causes(error)
    system = [cause for cause in chain if isinstance(cause, OSError) and cause.strerror]
    if not system:
        return type(chain[-1]).__name__
    if isinstance(system[-1], ConnectionError) and system[-1].errno:
        return os.strerror(system[-1].errno)  # asyncio has a text of its own there
    return handshake_reason(system[-1]) or str(system[-1].strerror)


def handshake_reason(error: BaseException, message: str = "") -> str:
    """Return why a TLS handshake failed, in words for people; "" for what its own text says well enough.

    Args:
        error: The error: an `ssl.SSLError`, whose attributes are looked at, as importing `ssl` here costs every program.
        message: What a library without such errors says (rustls).
    """
    if refused := getattr(error, "verify_message", ""):
        return f"the server's certificate is refused: {refused}"
    if getattr(error, "reason", None) in _NO_HANDSHAKE or message in _NO_HANDSHAKE:
        return "the server does not speak TLS on this port (does its URL begin with http:// instead of https://?)"
    return ""


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
        pieces: The bytes of the body as the library reads them, with their codings.
        close: Gives the connection back, or closes it if the body is not read to its end.
        errors: The library's errors.
        is_late: Tells a time limit from its other errors.
        coded: The value of Content-Encoding, if the pieces are encoded.
    """

    __slots__ = (
        "_close", "_coded", "_end", "_errors", "_fields", "_is_late", "_is_unread", "_kept", "_limits", "_pieces", "_request", "_size",
        "_started", "_timeout", "status",
    )  # fmt: skip

    def __init__(
        self, request: Request, timeout: float, started: float, status: int, fields: Callable[[], Iterable[tuple[str, str]]],
        pieces: Any, close: Callable[[], Any], errors: tuple[type[Exception], ...], is_late: Callable[[Exception], bool],
        coded: str | None = None,
    ) -> None:  # fmt: skip
        self.status = status
        self._fields = fields
        self._request = request
        self._timeout = timeout
        self._started = started
        self._pieces = pieces if request.progress is None else self._counted(request.progress, pieces)
        self._close = close
        self._errors = errors
        self._is_late = is_late
        self._coded = coded
        self._kept: list[bytes] = []
        self._size = 0
        self._limits = limits = request.limits
        self._end = limits.until or started + limits.total
        self._is_unread = request.unread and 200 <= status < 300

    def _counted(self, report: Callable[[Transfer], Any], pieces: Any) -> Any:
        return reported(
            pieces, self._request.operation, lambda: Headers(list(self._fields())).get("Content-Length"), report
        )

    def _undoing(self) -> Undoing | None:
        """Return what undoes the codings of the body; None where there are none."""
        if not self._coded:
            return None
        undoing = Undoing(self._coded, self._limits.ratio, self._limits.advice.ratio)
        return undoing if undoing.is_needed else None

    def _reply(self, content: bytes = b"", body: Any = None) -> Response:
        elapsed = time.perf_counter() - self._started
        return Response(self.status, Headers(list(self._fields())), content, elapsed, self._request, body=body)

    def _whole(self) -> bytes:
        """Return the body, of several pieces."""
        return _joined(self._kept) if self._size > _KEPT else b"".join(self._kept)

    def _too_large(self) -> TransportError:
        return self._refused(f"is larger than {self._limits.size} bytes{_in_brackets(self._limits.advice.size)}")

    def _pass(self, piece: bytes) -> bytes:
        """Note a piece that is streamed."""
        if self._size < _KEPT:
            self._kept.append(piece)
        self._size += len(piece)
        return piece

    def _part(self) -> Response:
        return self._reply(b"".join(self._kept))

    def broken(self, error: Exception) -> TransportError:
        """Return the error for a body that breaks off; what arrived of it is kept."""
        partial, request = self._part(), self._request
        if self._is_late(error):
            return too_late(request, self._timeout, self._started, partial)
        text = f"{what(request)}: the reply ({self.status}) broke off after {self._size} bytes"
        return ReadError(text, request, partial)

    def _refused(self, reason: object) -> TransportError:
        """Return the error for a body that is not taken, though the connection is sound; its beginning is kept."""
        while self._size > _KEPT and len(self._kept) > 1:
            self._size -= len(self._kept.pop())
        text = f"{what(self._request)}: the body of the reply ({self.status}) {reason}"
        kind = MissingCoding if isinstance(reason, UnknownCodingError) and reason.extra else TransportError
        return kind(text, self._request, self._part())


class ArrivingBody(Arriving):
    """A reply on the wire of a blocking library."""

    __slots__ = ()

    def response(self) -> Response:
        """Return the reply: unread where the request allows that, whole otherwise.

        Raises:
            TransportError: The body breaks off, cannot be decoded, or is beyond a limit.
        """
        if self._is_unread:
            return self._reply(body=self)
        kept, most, end = self._kept, self._limits.size, self._end
        try:
            for piece in self._pieces if self._coded is None else self._decoded():
                kept.append(piece)
                self._size += len(piece)
                if self._size > most:
                    raise self._too_large()
                if time.perf_counter() > end:
                    raise out_of_time(self._request, self._part())
        except CodingError as error:
            raise self._refused(error) from None
        except self._errors as error:
            raise self.broken(error) from None
        finally:
            self._close()
        content, elapsed = kept[0] if len(kept) == 1 else self._whole(), time.perf_counter() - self._started
        return Response(self.status, Headers(list(self._fields())), content, elapsed, self._request)

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives.

        Raises:
            TransportError: The body breaks off, or cannot be decoded.
        """
        try:
            for piece in self._decoded():
                yield self._pass(piece)
        except CodingError as error:
            raise self._refused(error) from None
        except self._errors as error:
            broken = self.broken(error)
        else:
            return
        raise broken  # here, where it does not keep the library's error, which holds the URL

    def close(self) -> None:
        """Drop what is not read yet."""
        self._close()

    def _decoded(self) -> Iterator[bytes]:
        try:
            undoing = self._undoing()
        except CodingError:
            if not self._is_unread:
                yield from self._pieces  # the user may know what to do with them
            raise
        for piece in self._pieces:
            if undoing is None:
                yield piece
            else:
                yield from undoing.feed(piece)
        if undoing is not None:
            undoing.end()


class AsyncArrivingBody(Arriving):
    """A reply on the wire of an async library."""

    __slots__ = ()

    async def response(self) -> Response:
        """Return the reply: unread where the request allows that, whole otherwise.

        Raises:
            TransportError: The body breaks off, cannot be decoded, or is beyond a limit.
        """
        if self._is_unread:
            return self._reply(body=self)
        kept, most, end = self._kept, self._limits.size, self._end
        try:
            async for piece in self._pieces if self._coded is None else self._decoded():
                kept.append(piece)
                self._size += len(piece)
                if self._size > most:
                    raise self._too_large()
                if time.perf_counter() > end:
                    raise out_of_time(self._request, self._part())
        except CodingError as error:
            raise self._refused(error) from None
        except self._errors as error:
            raise self.broken(error) from None
        finally:
            await self._close()
        content, elapsed = kept[0] if len(kept) == 1 else self._whole(), time.perf_counter() - self._started
        return Response(self.status, Headers(list(self._fields())), content, elapsed, self._request)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives.

        Raises:
            TransportError: The body breaks off, or cannot be decoded.
        """
        try:
            async for piece in self._decoded():
                yield self._pass(piece)
        except CodingError as error:
            raise self._refused(error) from None
        except self._errors as error:
            broken = self.broken(error)
        else:
            return
        raise broken  # here, where it does not keep the library's error, which holds the URL

    async def aclose(self) -> None:
        """Drop what is not read yet."""
        await self._close()

    async def _decoded(self) -> AsyncIterator[bytes]:
        try:
            undoing = self._undoing()
        except CodingError:
            if not self._is_unread:
                async for piece in self._pieces:
                    yield piece  # the user may know what to do with them
            raise
        async for piece in self._pieces:
            if undoing is None:
                yield piece
            else:
                for decoded in undoing.feed(piece):
                    yield decoded
        if undoing is not None:
            undoing.end()


def _joined(pieces: list[bytes]) -> bytes:
    """Join the pieces of a large body, and let go of each, so that the body is not held twice."""
    whole = BytesIO()
    pieces.reverse()
    while pieces:
        whole.write(pieces.pop())
    return whole.getvalue()


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
