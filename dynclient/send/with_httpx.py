"""httpx2, blocking and async. The extra `httpx2`.

The target of a request goes out as it was prepared: httpx2 would write some characters of a URL in another way.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import httpx2

from dynclient._version import __version__
from dynclient.errors import TransportError
from dynclient.exchange import Headers, Request, Response
from dynclient.send import failures
from dynclient.send.failures import Arriving
from dynclient.send.logs import Redacted, redact
from dynclient.send.transport import AsyncOpened, AsyncPooled, Opened, Pooled, fields_of
from dynclient.wire.mediatype import MediaError

#: What httpx2 would make prettier, and what no library of HTTP can make a request of.
_ERRORS = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, MediaError, ValueError, OSError)

redact("httpx2", "httpcore2.http11", "httpcore2.connection")


class _Clients:
    """The clients of a transport: the one that sends, and one for each client certificate.

    Args:
        kind: The class of a client.
        given: The user's own client.
        verify: As of the transports.
    """

    def __init__(self, kind: Any, given: Any, verify: bool | str) -> None:  # noqa: FBT001  as in requests
        self._kind = kind
        self._given = given
        self._verify = verify
        self._lock = threading.Lock()
        self._made: dict[Any, Any] = {}

    def client(self, request: Request) -> Any:
        """The client that a request is sent with."""
        failures.require_url(request)
        certificate = request.certificate
        if self._given is not None:
            if certificate is not None:
                text = (
                    f"{failures.what(request)}: a client that is handed over has to have the client certificate itself"
                )
                raise TransportError(text, request)
            return self._given
        found = self._made.get(certificate)
        if found is None:
            with self._lock:
                found = self._made.get(certificate)
                if found is None:
                    found = self._made[certificate] = self._make(certificate, request)
        return found

    def all(self) -> list[Any]:
        """All clients of our own; there are none any more."""
        with self._lock:
            made, self._made = list(self._made.values()), {}
        return made

    def message(self, client: Any, request: Request, timeout: float, content: Any, *, bare: bool) -> Any:
        """The request as httpx2 takes it, with what the client adds to it unless it is to be bare."""
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), timeout)
        extensions = {"timeout": timeouts, "target": _target(request.url)}
        fields = [(name.encode(), value.encode()) for name, value in fields_of(request)]
        if bare or request.stray:
            ours = [(b"User-Agent", f"dynclient/{__version__}".encode())]
            return httpx2.Request(
                request.method, request.url, headers=[*ours, *fields], content=content, extensions=extensions
            )
        return client.build_request(request.method, request.url, headers=fields, content=content, extensions=extensions)

    def _make(self, certificate: Any, request: Request) -> Any:
        try:
            verify: Any = self._verify
            if isinstance(verify, str):
                verify = ssl.create_default_context(cafile=verify)
            if certificate is not None:
                verify = httpx2.create_ssl_context(verify=verify)
                verify.load_cert_chain(*([certificate] if isinstance(certificate, str) else certificate))
        except OSError as error:
            text = f"{failures.what(request)}: the certificates cannot be used: {failures.reason_of(error)}"
            raise TransportError(text, request) from None
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=64)
        return self._kind(verify=verify, limits=limits, headers={"User-Agent": f"dynclient/{__version__}"})


class HttpxTransport(Pooled):
    """Sends with httpx2: connections are kept, proxies, TLS settings and cookies are the client's.

    Args:
        client: The `httpx2.Client` to send with; one of its own when None, which `close` closes.
        verify: For one of its own: whether certificates of servers are verified, or the file of the authorities to trust, in PEM.
    """

    def __init__(self, client: httpx2.Client | None = None, *, verify: bool | str = True) -> None:
        self._clients = _Clients(httpx2.Client, client, verify)

    def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the whole reply.

        Raises:
            TransportError: There is no whole reply; what arrived of it is kept.
        """
        return self._whole(request, timeout, bare=False)

    def open(self, request: Request, timeout: float) -> Opened:
        """Send a request, and give its reply without the body, the chunks of the body, and what closes it.

        Raises:
            TransportError: There is no reply; or, while the chunks are read, it broke off.
        """
        reply, arriving = self._send(request, timeout, bare=False)
        return arriving.head(), _chunks(reply, arriving), reply.close

    def close(self) -> None:
        """Close the connections, if the client is this transport's own."""
        for client in self._clients.all():
            client.close()

    def bare(self) -> Callable[[Request, float], Response]:
        """The same transport without the client's header fields, cookies, parameters and credentials."""
        return partial(self._whole, bare=True)

    def _whole(self, request: Request, timeout: float, *, bare: bool) -> Response:
        reply, arriving = self._send(request, timeout, bare=bare)
        try:
            return arriving.whole(b"".join(_chunks(reply, arriving)))
        finally:
            reply.close()

    def _send(self, request: Request, timeout: float, *, bare: bool) -> tuple[Any, Arriving]:
        started = time.perf_counter()
        client = self._clients.client(request)
        try:
            content = request.body if request.body is None or isinstance(request.body, bytes) else iter(request.body)
            message = self._clients.message(client, request, timeout, content, bare=bare)
            with Redacted(request):
                reply = client.send(message, stream=True, auth=_leave, follow_redirects=False)
        except _ERRORS as error:
            raise _translated(error, request, timeout) from None
        return reply, _arriving(reply, request, timeout, started)


class AsyncHttpxTransport(AsyncPooled):
    """Sends with httpx2, for the async client: connections are kept, proxies, TLS settings and cookies are the client's.

    Args:
        client: The `httpx2.AsyncClient` to send with; one of its own when None, which `aclose` closes.
        verify: For one of its own: whether certificates of servers are verified, or the file of the authorities to trust, in PEM.
    """

    def __init__(self, client: httpx2.AsyncClient | None = None, *, verify: bool | str = True) -> None:
        self._clients = _Clients(httpx2.AsyncClient, client, verify)

    async def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the whole reply.

        Raises:
            TransportError: There is no whole reply; what arrived of it is kept.
        """
        return await self._whole(request, timeout, bare=False)

    async def open(self, request: Request, timeout: float) -> AsyncOpened:
        """Send a request, and give its reply without the body, the chunks of the body, and what closes it.

        Raises:
            TransportError: There is no reply; or, while the chunks are read, it broke off.
        """
        reply, arriving = await self._send(request, timeout, bare=False)
        return arriving.head(), _chunks_async(reply, arriving), reply.aclose

    async def aclose(self) -> None:
        """Close the connections, if the client is this transport's own."""
        for client in self._clients.all():
            await client.aclose()

    def bare(self) -> Callable[[Request, float], Any]:
        """The same transport without the client's header fields, cookies, parameters and credentials."""
        return partial(self._whole, bare=True)

    async def _whole(self, request: Request, timeout: float, *, bare: bool) -> Response:
        reply, arriving = await self._send(request, timeout, bare=bare)
        try:
            return arriving.whole(b"".join([chunk async for chunk in _chunks_async(reply, arriving)]))
        finally:
            await reply.aclose()

    async def _send(self, request: Request, timeout: float, *, bare: bool) -> tuple[Any, Arriving]:
        started = time.perf_counter()
        client = self._clients.client(request)
        try:
            body = request.body
            content: Any = body if body is None or isinstance(body, bytes) else _feed(iter(body))
            message = self._clients.message(client, request, timeout, content, bare=bare)
            with Redacted(request):
                reply = await client.send(message, stream=True, auth=_leave, follow_redirects=False)
        except _ERRORS as error:
            raise _translated(error, request, timeout) from None
        return reply, _arriving(reply, request, timeout, started)


def _leave(request: httpx2.Request) -> httpx2.Request:
    """In place of credentials from a netrc file or the URL, which would be put over those of the document."""
    return request


async def _feed(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def _target(url: str) -> bytes:
    """The request target: the path and the query of a URL as they were prepared."""
    rest = url.partition("#")[0].partition("://")[2]
    at = min((place for place in (rest.find("/"), rest.find("?")) if place >= 0), default=len(rest))
    target = rest[at:]
    return (target if target.startswith("/") else f"/{target}").encode()


def _arriving(reply: httpx2.Response, request: Request, timeout: float, started: float) -> Arriving:
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in reply.headers.raw]
    return Arriving(request, timeout, started, reply.status_code, Headers(fields))


def _chunks(reply: httpx2.Response, arriving: Arriving) -> Iterator[bytes]:
    try:
        for chunk in reply.iter_bytes():
            yield arriving.passed(chunk)
    except _ERRORS as error:
        arriving.broke_off(late=isinstance(error, httpx2.TimeoutException))


async def _chunks_async(reply: httpx2.Response, arriving: Arriving) -> AsyncIterator[bytes]:
    try:
        async for chunk in reply.aiter_bytes():
            yield arriving.passed(chunk)
    except _ERRORS as error:
        arriving.broke_off(late=isinstance(error, httpx2.TimeoutException))


def _translated(error: Exception, request: Request, timeout: float) -> TransportError:
    """The error of ours for one of httpx2's."""
    match error:
        case httpx2.ConnectTimeout() | httpx2.PoolTimeout():
            return failures.not_connected_in_time(request, timeout)
        case httpx2.TimeoutException():
            return failures.too_late(request, timeout)
        case httpx2.ConnectError() | httpx2.ProxyError():
            return failures.not_connected(request, failures.reason_of(error))
        case MediaError():
            return failures.no_body(request, error)
        case httpx2.UnsupportedProtocol() | httpx2.LocalProtocolError() | httpx2.InvalidURL() | ValueError():
            return failures.no_url(request)
    return failures.not_answered(request, failures.reason_of(error))
