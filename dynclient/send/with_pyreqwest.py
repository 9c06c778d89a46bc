"""pyreqwest: Rust's reqwest, for those to whom a call cannot be cheap enough. The extra `pyreqwest`.

What is different from `requests`: a client of pyreqwest has its time limits from the start, so there is one for each time limit (and
each client certificate) in use. The limit for an answer counts from the sending of the request, so a long upload needs a
longer one. Names of header fields arrive in lower case, and a value that is not ASCII arrives as U+FFFD.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyreqwest.client
from pyreqwest.exceptions import (
    BuilderError,
    PyreqwestError,
    RequestTimeoutError,
)

from dynclient._version import __version__
from dynclient.errors import TransportError
from dynclient.exchange import Headers, Request, Response
from dynclient.send import failures
from dynclient.send.failures import Arriving
from dynclient.send.transport import AsyncOpened, AsyncPooled, Opened, Pooled, fields_of
from dynclient.wire.mediatype import MediaError

#: How many clients are kept: one for each time limit and client certificate.
_MOST = 8
_NUMBER = re.compile(r" \(os error -?\d+\)\Z")
#: What hyper says of what went wrong before there was a connection.
_CONNECTING = "client error (Connect)"


class _Clients:
    """The clients of a transport, each made when it is first needed.

    Args:
        builder: What makes one.
        verify: As of the transports.
        configure: As of the transports.
    """

    def __init__(self, builder: Any, verify: bool | str, configure: Callable[[Any], Any] | None) -> None:  # noqa: FBT001  as in requests
        self._builder = builder
        self._verify = verify
        self._configure = configure
        self._lock = threading.Lock()
        self._made: dict[Any, Any] = {}
        self.bare = False

    def request(self, request: Request, timeout: float) -> Any:
        """The request as pyreqwest takes it; a body that comes in chunks is still missing."""
        failures.require_url(request)
        key = timeout, request.certificate, self.bare or request.stray
        client = self._made.get(key)
        if client is None:
            client = self._make(key, request)
        builder = client.request(request.method, request.url).streamed_read_buffer_limit(0).headers(fields_of(request))
        body = request.body
        return builder.body_bytes(body) if body and isinstance(body, bytes) else builder

    def all(self) -> list[Any]:
        """All clients that were made; there are none any more."""
        with self._lock:
            made, self._made = list(self._made.values()), {}
        return made

    def without_cookies(self) -> _Clients:
        """The same for other servers than the API's."""
        made = _Clients(self._builder, self._verify, self._configure)
        made.bare = True
        return made

    def _make(self, key: Any, request: Request) -> Any:
        timeout, certificate, bare = key
        limit = timedelta(seconds=min(timeout, 1e8))
        builder = self._builder().follow_redirects(False).referer(False).default_cookie_store(not bare)  # noqa: FBT003  theirs
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
            text = f"{failures.what(request)}: the certificates cannot be used: {failures.reason_of(error)}"
            raise TransportError(text, request) from None
        with self._lock:
            if len(self._made) >= _MOST:
                self._made.pop(next(iter(self._made)))
            return self._made.setdefault(key, client)


class PyreqwestTransport(Pooled):
    """Sends with pyreqwest; connections are kept, proxies are those of the environment.

    Args:
        verify: Whether certificates of servers are verified, or the file of an authority that is trusted as well, in PEM.
        configure: What else is to be set: it takes pyreqwest's `SyncClientBuilder` and gives it back.
    """

    def __init__(self, *, verify: bool | str = True, configure: Callable[[Any], Any] | None = None) -> None:
        self._clients = _Clients(pyreqwest.client.SyncClientBuilder, verify, configure)

    def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the whole reply.

        Raises:
            TransportError: There is no whole reply; what arrived of it is kept.
        """
        streamed, reply, arriving = self._send(request, timeout)
        try:
            read = reply.body_reader.read_chunk
            while (chunk := read()) is not None and not arriving.ends_with(chunk.to_bytes()):
                pass
            return arriving.whole()
        except PyreqwestError as error:
            arriving.broke_off(late=isinstance(error, RequestTimeoutError))
        finally:
            streamed.__exit__(None, None, None)

    def open(self, request: Request, timeout: float) -> Opened:
        """Send a request, and give its reply without the body, the chunks of the body, and what closes it.

        Raises:
            TransportError: There is no reply; or, while the chunks are read, it broke off.
        """
        streamed, reply, arriving = self._send(request, timeout)
        return arriving.head(), _chunks(reply.body_reader, arriving), lambda: streamed.__exit__(None, None, None)

    def _send(self, request: Request, timeout: float) -> tuple[Any, Any, Arriving]:
        started = time.perf_counter()
        try:
            builder = self._clients.request(request, timeout)
            if not (request.body is None or isinstance(request.body, bytes)):
                builder = builder.body_stream(iter(request.body))
            streamed = builder.build_streamed()
            reply = streamed.__enter__()
        except (PyreqwestError, ValueError, MediaError) as error:
            raise _translated(error, request, timeout) from None
        return streamed, reply, _arriving(reply, request, timeout, started)

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.all():
            client.close()

    def bare(self) -> Callable[[Request, float], Response]:
        """The same transport without its cookies."""
        made = PyreqwestTransport()
        made._clients = self._clients.without_cookies()
        return made


class AsyncPyreqwestTransport(AsyncPooled):
    """Sends with pyreqwest, for the async client; connections are kept, proxies are those of the environment.

    Args:
        verify: Whether certificates of servers are verified, or the file of an authority that is trusted as well, in PEM.
        configure: What else is to be set: it takes pyreqwest's `ClientBuilder` and gives it back.
    """

    def __init__(self, *, verify: bool | str = True, configure: Callable[[Any], Any] | None = None) -> None:
        self._clients = _Clients(pyreqwest.client.ClientBuilder, verify, configure)

    async def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the whole reply.

        Raises:
            TransportError: There is no whole reply; what arrived of it is kept.
        """
        streamed, reply, arriving = await self._send(request, timeout)
        try:
            read = reply.body_reader.read_chunk
            while (chunk := await read()) is not None and not arriving.ends_with(chunk.to_bytes()):
                pass
            return arriving.whole()
        except PyreqwestError as error:
            arriving.broke_off(late=isinstance(error, RequestTimeoutError))
        finally:
            await streamed.__aexit__(None, None, None)

    async def open(self, request: Request, timeout: float) -> AsyncOpened:
        """Send a request, and give its reply without the body, the chunks of the body, and what closes it.

        Raises:
            TransportError: There is no reply; or, while the chunks are read, it broke off.
        """
        streamed, reply, arriving = await self._send(request, timeout)
        return arriving.head(), _chunks_async(reply.body_reader, arriving), lambda: streamed.__aexit__(None, None, None)

    async def _send(self, request: Request, timeout: float) -> tuple[Any, Any, Arriving]:
        started = time.perf_counter()
        try:
            builder = self._clients.request(request, timeout)
            if not (request.body is None or isinstance(request.body, bytes)):
                builder = builder.body_stream(iter(request.body))
            streamed = builder.build_streamed()
            reply = await streamed.__aenter__()
        except (PyreqwestError, ValueError, MediaError) as error:
            raise _translated(error, request, timeout) from None
        return streamed, reply, _arriving(reply, request, timeout, started)

    async def aclose(self) -> None:
        """Close the connections."""
        for client in self._clients.all():
            await client.close()

    def bare(self) -> Callable[[Request, float], Any]:
        """The same transport without its cookies."""
        made = AsyncPyreqwestTransport()
        made._clients = self._clients.without_cookies()
        return made


def _arriving(reply: Any, request: Request, timeout: float, started: float) -> Arriving:
    try:
        fields = list(reply.headers.items())
    except ValueError:  # a value is not ASCII, and there is no other way to it
        fields = [field for name in dict.fromkeys(reply.headers) for field in _readable(reply, name)]
    return Arriving(request, timeout, started, reply.status, Headers(fields))


def _readable(reply: Any, name: str) -> list[tuple[str, str]]:
    try:
        return [(name, value) for value in reply.get_header_all(name)]
    except ValueError:
        return [(name, "\N{REPLACEMENT CHARACTER}")]


def _chunks(reader: Any, arriving: Arriving) -> Iterator[bytes]:
    try:
        while (chunk := reader.read_chunk()) is not None:
            yield arriving.passed(chunk.to_bytes())
    except PyreqwestError as error:
        arriving.broke_off(late=isinstance(error, RequestTimeoutError))


async def _chunks_async(reader: Any, arriving: Arriving) -> AsyncIterator[bytes]:
    try:
        while (chunk := await reader.read_chunk()) is not None:
            yield arriving.passed(chunk.to_bytes())
    except PyreqwestError as error:
        arriving.broke_off(late=isinstance(error, RequestTimeoutError))


def _translated(error: Exception, request: Request, timeout: float) -> TransportError:
    """The error of ours for one of pyreqwest's; a ValueError that is none of theirs is about the URL or a header field."""
    if isinstance(error, MediaError):
        return failures.no_body(request, error)
    if isinstance(error, BuilderError) or not isinstance(error, PyreqwestError):
        return failures.no_url(request)
    said = [cause["message"] for cause in (getattr(error, "details", None) or {}).get("causes") or ()]
    if isinstance(error, RequestTimeoutError):  # of either kind: theirs mean something else
        late = failures.not_connected_in_time if _CONNECTING in said else failures.too_late
        return late(request, timeout)
    reason = _NUMBER.sub("", said[-1]) if said and "://" not in said[-1] else type(error).__name__
    if _CONNECTING in said:
        return failures.not_connected(request, reason)
    return failures.not_answered(request, reason)
