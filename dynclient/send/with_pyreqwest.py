"""pyreqwest, a binding of Rust's reqwest: the transport with the lowest CPU cost. The extra `pyreqwest`.

It differs from `requests` in some points: a client of pyreqwest has its time limits from the start, so there is one for each time
limit and client certificate in use. The limit for an answer counts from the sending of the request, so a long upload needs a
longer one. Names of header fields arrive in lower case, and a value that is not ASCII arrives as U+FFFD.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from functools import partial
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pyreqwest.client
from pyreqwest.exceptions import BuilderError, PyreqwestError, RequestTimeoutError

from dynclient._version import __version__
from dynclient.errors import TransportError
from dynclient.exchange import Request, Response
from dynclient.send import failures
from dynclient.send.cookies import cookie_field, keep_cookies
from dynclient.send.failures import ArrivingBody, AsyncArrivingBody
from dynclient.send.transport import AsyncPooled, Pooled, fields_of
from dynclient.wire.mediatype import MediaError

#: How many clients are kept: one for each time limit and client certificate.
_MOST = 8
_NUMBER = re.compile(r" \(os error -?\d+\)\Z")
#: How hyper calls an error before there is a connection.
_CONNECTING = "client error (Connect)"
_ERRORS = (PyreqwestError,)


class _Pyreqwest:
    """What the blocking and the async transport share: everything but the waiting.

    Args:
        verify: Whether certificates of servers are verified, or the file of an authority that is trusted as well, in PEM.
        configure: A function for further settings: it takes the builder of a client and returns it.
    """

    _builder: Any

    def __init__(self, *, verify: bool | str = True, configure: Callable[[Any], Any] | None = None) -> None:
        self._verify = verify
        self._configure = configure
        self._lock = threading.Lock()
        self._made: dict[Any, Any] = {}
        self._jar = CookieJar()

    def _ready(self, request: Request, timeout: float) -> Any:
        """Return the request as pyreqwest takes it."""
        request = failures.ready(request)
        key = timeout, request.certificate
        client = self._made.get(key) or self._make(key, request)
        builder = (
            client.request(request.method, request.url).streamed_read_buffer_limit(0).headers(self._fields(request))
        )
        body = request.body
        if body is None or isinstance(body, bytes):
            return (builder.body_bytes(body) if body else builder).build_streamed()
        return builder.body_stream(iter(body)).build_streamed()

    def _fields(self, request: Request) -> tuple[tuple[str, str], ...]:
        """Return the header fields of a request, with the cookies kept for it by whichever client."""
        fields = fields_of(request)
        if request.stray or not (cookies := cookie_field(self._jar, request)):
            return fields
        return (*(field for field in fields if field[0].lower() != "cookie"), ("Cookie", cookies))

    def _keep_cookies(self, request: Request, reply: Any) -> None:
        if "set-cookie" in reply.headers and not request.stray:
            keep_cookies(self._jar, request, (value for _, value in _readable(reply, "set-cookie")))

    def _make(self, key: Any, request: Request) -> Any:
        timeout, certificate = key
        limit = timedelta(seconds=min(timeout, 1e8))
        builder = self._builder().follow_redirects(False).referer(False)  # noqa: FBT003  theirs
        builder = builder.user_agent(f"dynclient/{__version__}").connect_timeout(limit).read_timeout(limit)
        try:
            if isinstance(self._verify, str):
                builder = builder.add_root_certificate_pem(Path(self._verify).read_bytes())
            elif not self._verify:
                builder = builder.danger_accept_invalid_certs(True)  # noqa: FBT003  theirs
            if certificate is not None:
                files = [certificate] if isinstance(certificate, str) else certificate
                builder = builder.identity_pem(b"\n".join(Path(file).read_bytes() for file in files))
            client = (self._configure(builder) if self._configure else builder).build()
        except (OSError, PyreqwestError, ValueError) as error:
            raise failures.no_certificates(request, error) from None
        with self._lock:
            if len(self._made) >= _MOST:
                self._made.pop(next(iter(self._made)))
            return self._made.setdefault(key, client)

    def _clients(self) -> list[Any]:
        """Return all clients, and forget them."""
        with self._lock:
            made, self._made = list(self._made.values()), {}
        return made


class PyreqwestTransport(_Pyreqwest, Pooled):
    """Sends with pyreqwest; connections are kept, proxies are those of the environment.

    Args:
        verify: Whether certificates of servers are verified, or the file of an authority that is trusted as well, in PEM.
        configure: A function for further settings: it takes pyreqwest's `SyncClientBuilder` and returns it.
    """

    _builder = pyreqwest.client.SyncClientBuilder

    def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the reply, unless it may stay unread.

        Raises:
            TransportError: There is no whole reply; what arrived of it is kept.
        """
        started = time.perf_counter()
        try:
            streamed = self._ready(request, timeout)
            reply = streamed.__enter__()
        except (PyreqwestError, ValueError, MediaError) as error:
            raise _translated(error, request, timeout) from None
        self._keep_cookies(request, reply)
        return ArrivingBody(
            request, timeout, started, reply.status, partial(_fields, reply), _pieces(reply),
            partial(streamed.__exit__, None, None, None), _ERRORS, _is_late,
        ).response()  # fmt: skip

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients():
            client.close()


class AsyncPyreqwestTransport(_Pyreqwest, AsyncPooled):
    """Sends with pyreqwest, for the async client; connections are kept, proxies are those of the environment.

    Args:
        verify: Whether certificates of servers are verified, or the file of an authority that is trusted as well, in PEM.
        configure: A function for further settings: it takes pyreqwest's `ClientBuilder` and returns it.
    """

    _builder = pyreqwest.client.ClientBuilder

    async def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the reply, unless it may stay unread.

        Raises:
            TransportError: There is no whole reply; what arrived of it is kept.
        """
        started = time.perf_counter()
        try:
            streamed = self._ready(request, timeout)
            reply = await streamed.__aenter__()
        except (PyreqwestError, ValueError, MediaError) as error:
            raise _translated(error, request, timeout) from None
        self._keep_cookies(request, reply)
        return await AsyncArrivingBody(
            request, timeout, started, reply.status, partial(_fields, reply), _pieces_async(reply),
            partial(streamed.__aexit__, None, None, None), _ERRORS, _is_late,
        ).response()  # fmt: skip

    async def aclose(self) -> None:
        """Close the connections."""
        for client in self._clients():
            await client.close()


def _fields(reply: Any) -> list[tuple[str, str]]:
    try:
        return list(reply.headers.items())
    except ValueError:  # a value is not ASCII, and pyreqwest has no other way to read it
        return [field for name in dict.fromkeys(reply.headers) for field in _readable(reply, name)]


def _readable(reply: Any, name: str) -> list[tuple[str, str]]:
    try:
        return [(name, value) for value in reply.get_header_all(name)]
    except ValueError:
        return [(name, "\N{REPLACEMENT CHARACTER}")]


def _pieces(reply: Any) -> Iterator[bytes]:
    """Yield the body as it arrives; to read past its known length would cost another hand-over to pyreqwest's thread."""
    read, length = reply.body_reader.read_chunk, reply.get_header("content-length")
    left = int(length) if length and length.isdecimal() and not reply.get_header("content-encoding") else -1
    while (chunk := read()) is not None:
        piece = chunk.to_bytes()
        yield piece
        left -= len(piece)
        if left == 0:
            return


async def _pieces_async(reply: Any) -> AsyncIterator[bytes]:
    read, length = reply.body_reader.read_chunk, reply.get_header("content-length")
    left = int(length) if length and length.isdecimal() and not reply.get_header("content-encoding") else -1
    while (chunk := await read()) is not None:
        piece = chunk.to_bytes()
        yield piece
        left -= len(piece)
        if left == 0:
            return


def _is_late(error: Exception) -> bool:
    return isinstance(error, RequestTimeoutError)


def _translated(error: Exception, request: Request, timeout: float) -> TransportError:
    """Return this package's error for one of pyreqwest's; a ValueError of Python's is about the URL or a header field."""
    if isinstance(error, MediaError):
        return failures.no_body(request, error)
    if isinstance(error, BuilderError) or not isinstance(error, PyreqwestError):
        return failures.no_url(request)
    messages = [cause["message"] for cause in (getattr(error, "details", None) or {}).get("causes") or ()]
    if isinstance(error, RequestTimeoutError):  # of either kind: theirs mean something else
        late = failures.not_connected_in_time if _CONNECTING in messages else failures.too_late
        return late(request, timeout)
    reason = _NUMBER.sub("", messages[-1]) if messages and "://" not in messages[-1] else type(error).__name__
    if _CONNECTING in messages:
        return failures.not_connected(request, reason)
    return failures.not_answered(request, reason)
