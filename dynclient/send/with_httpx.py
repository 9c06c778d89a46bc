"""httpx2, blocking and async. The extra `httpx2`.

The target of a request is sent as it was prepared: httpx2 would encode some characters of a URL differently.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

import httpx2

from dynclient._version import __version__
from dynclient.errors import TransportError
from dynclient.exchange import Request, Response
from dynclient.send import failures
from dynclient.send.cookies import joined_cookies
from dynclient.send.failures import ArrivingBody, AsyncArrivingBody
from dynclient.send.transport import AsyncPooled, Pooled, fields_of
from dynclient.wire.mediatype import MediaError

#: The last three are raised for a URL or a body that no library could send.
_ERRORS = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, MediaError, ValueError)

failures.redact("httpx2", "httpcore2.http11", "httpcore2.connection")


class _Httpx:
    """What the blocking and the async transport share: everything but the waiting.

    Args:
        client: The client to send with; by default one of its own for each client certificate, which are closed with it.
        verify: For those of its own: whether certificates of servers are verified, or the file of the authorities to trust, in PEM.
    """

    _kind: Any
    _body: Any

    def __init__(self, client: Any = None, *, verify: bool | str = True) -> None:
        self._users = client
        self._verify = verify
        self._lock = threading.Lock()
        self._made: dict[Any, Any] = {}

    def _ready(self, request: Request, timeout: float) -> tuple[Any, httpx2.Request]:
        """Return the client that sends a request, and the request as httpx2 takes it."""
        request = failures.ready(request)
        client = self._client(request)
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), timeout)
        extensions = {"timeout": timeouts, "target": _target(request.url)}
        fields = [(name.encode(), value.encode()) for name, value in fields_of(request)]
        body = request.body
        content = body if body is None or isinstance(body, bytes) else self._feed(iter(body))
        if request.stray:
            fields.insert(0, (b"User-Agent", f"dynclient/{__version__}".encode()))
            return client, httpx2.Request(
                request.method, request.url, headers=fields, content=content, extensions=extensions
            )
        own = request.headers.get("Cookie")
        if own is not None:  # httpx2 would leave out those that it keeps
            fields = [field for field in fields if field[0].lower() != b"cookie"]
        message = client.build_request(
            request.method, request.url, headers=fields, content=content, extensions=extensions
        )
        if own is not None:
            message.headers["Cookie"] = joined_cookies(own, message.headers.get("Cookie"))
        return client, message

    def _client(self, request: Request) -> Any:
        certificate = request.certificate
        if self._users is not None:
            if certificate is not None:
                text = f"{failures.what(request)}: give the client certificate to your own client; it cannot be added later"
                raise TransportError(text, request)
            return self._users
        found = self._made.get(certificate)
        if found is None:
            with self._lock:
                found = self._made.get(certificate)
                if found is None:
                    found = self._made[certificate] = self._make(certificate, request)
        return found

    def _make(self, certificate: Any, request: Request) -> Any:
        try:
            verify: Any = self._verify
            if isinstance(verify, str):
                verify = ssl.create_default_context(cafile=verify)
            if certificate is not None:
                verify = httpx2.create_ssl_context(verify=verify)
                verify.load_cert_chain(*([certificate] if isinstance(certificate, str) else certificate))
        except OSError as error:
            raise failures.no_certificates(request, error) from None
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=64)
        return self._kind(verify=verify, limits=limits, headers={"User-Agent": f"dynclient/{__version__}"})

    def _feed(self, chunks: Iterator[bytes]) -> Any:
        return chunks

    def _arriving(self, reply: httpx2.Response, request: Request, timeout: float, started: float) -> Any:
        pieces, close = self._ends(reply)
        head = request, timeout, started, reply.status_code, partial(_fields, reply)
        return self._body(*head, pieces, close, _ERRORS, _is_late)

    def _ends(self, reply: httpx2.Response) -> tuple[Any, Any]:
        """Return what reads a reply, and what closes it."""
        raise NotImplementedError

    def _clients(self) -> list[Any]:
        """Return all clients of its own, and forget them."""
        with self._lock:
            made, self._made = list(self._made.values()), {}
        return made


class HttpxTransport(_Httpx, Pooled):
    """Sends with httpx2: connections are kept, proxies, TLS settings and cookies are the client's.

    Args:
        client: The `httpx2.Client` to send with; by default one of its own, which `close` closes.
        verify: For one of its own: whether certificates of servers are verified, or the file of the authorities to trust, in PEM.
    """

    _kind = httpx2.Client
    _body = ArrivingBody

    def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the reply, unless it may stay unread.

        Raises:
            TransportError: There is no whole reply; what arrived of it is kept.
        """
        started = time.perf_counter()
        token = failures.sending.set(request)
        try:
            client, message = self._ready(request, timeout)
            reply = client.send(message, stream=True, auth=_leave, follow_redirects=False)
        except _ERRORS as error:
            raise _translated(error, request, timeout) from None
        finally:
            failures.sending.reset(token)
        response: Response = self._arriving(reply, request, timeout, started).response()
        return response

    def close(self) -> None:
        """Close the connections, if the client is this transport's own."""
        for client in self._clients():
            client.close()

    def _ends(self, reply: httpx2.Response) -> tuple[Any, Any]:
        return reply.iter_bytes(), reply.close


class AsyncHttpxTransport(_Httpx, AsyncPooled):
    """Sends with httpx2, for the async client: connections are kept, proxies, TLS settings and cookies are the client's.

    Args:
        client: The `httpx2.AsyncClient` to send with; by default one of its own, which `aclose` closes.
        verify: For one of its own: whether certificates of servers are verified, or the file of the authorities to trust, in PEM.
    """

    _kind = httpx2.AsyncClient
    _body = AsyncArrivingBody

    async def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the reply, unless it may stay unread.

        Raises:
            TransportError: There is no whole reply; what arrived of it is kept.
        """
        started = time.perf_counter()
        token = failures.sending.set(request)
        try:
            client, message = self._ready(request, timeout)
            reply = await client.send(message, stream=True, auth=_leave, follow_redirects=False)
        except _ERRORS as error:
            raise _translated(error, request, timeout) from None
        finally:
            failures.sending.reset(token)
        response: Response = await self._arriving(reply, request, timeout, started).response()
        return response

    async def aclose(self) -> None:
        """Close the connections, if the client is this transport's own."""
        for client in self._clients():
            await client.aclose()

    def _ends(self, reply: httpx2.Response) -> tuple[Any, Any]:
        return reply.aiter_bytes(), reply.aclose

    def _feed(self, chunks: Iterator[bytes]) -> Any:
        return _awaited(chunks)


async def _awaited(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def _leave(request: httpx2.Request) -> httpx2.Request:
    """Replace credentials from a netrc file or the URL, which httpx2 would prefer to those of the document."""
    return request


def _fields(reply: httpx2.Response) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in reply.headers.raw]


def _target(url: str) -> bytes:
    """Return the request target: the path and the query of a URL as they were prepared."""
    rest = url.partition("#")[0].partition("://")[2]
    at = min((place for place in (rest.find("/"), rest.find("?")) if place >= 0), default=len(rest))
    target = rest[at:]
    return (target if target.startswith("/") else f"/{target}").encode()


def _is_late(error: Exception) -> bool:
    return isinstance(error, httpx2.TimeoutException)


def _translated(error: Exception, request: Request, timeout: float) -> TransportError:
    """Return this package's error for one of httpx2's."""
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
