"""httpx2, blocking and async. The extra `httpx2`.

The target of a request is sent as it was prepared: httpx2 would encode some characters of a URL differently.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from math import inf
from typing import Any

from dynclient import forks
from dynclient._version import __version__
from dynclient.errors import TransportError
from dynclient.exchange import Request, Response
from dynclient.extras import needs
from dynclient.send import failures
from dynclient.send.codings import accepted_codings
from dynclient.send.cookies import joined_cookies
from dynclient.send.failures import ArrivingBody, AsyncArrivingBody
from dynclient.send.surroundings import Proxies, tls_context, trusted
from dynclient.send.transport import AsyncPooled, Pooled, async_chunks, fields_of
from dynclient.wire.mediatype import MediaError

with needs("httpx2", "the transport 'httpx2'"):
    import httpx2

#: The last three are raised for a URL or a body that no library could send.
_ERRORS = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, MediaError, ValueError)

#: How a reply of httpx2 is wrapped, down to the connection that it came by.
_LAYERS = ("_stream", "_httpcore_stream", "_connection")

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
        self._proxies = Proxies()
        forks.join(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Connections stay here; a client of the user's goes along if it can."""
        return partial(type(self), self._users, verify=self._verify), ()

    def forked(self) -> None:
        """Forget the connections of the parent process; those of an event loop would be taken from its loop when they are closed."""
        forks.leave(*(client for key, client in self._made.items() if key[0] is not None))
        self._lock, self._made = threading.Lock(), {}

    def _ready(self, request: Request, timeout: float, started: float) -> tuple[Any, httpx2.Request]:
        """Return the client that sends a request, and the request as httpx2 takes it."""
        request = failures.ready(request)
        client = self._client(request)
        wait = failures.wait(request, timeout, started)
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), wait)
        extensions = {"timeout": timeouts, "target": _target(request.url)}
        fields = [(name.encode(), value.encode()) for name, value in fields_of(request)]
        body = request.body
        content = body if body is None or isinstance(body, bytes) else self._feed(body)
        if request.stray:
            given = {name.lower() for name, _ in fields}
            fields[:0] = [
                (name.encode(), text.encode()) for name, text in _usual().items() if name.lower().encode() not in given
            ]
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
        key = self._loop(), trusted(self._verify, request.url), certificate, self._proxies.of(request.url)
        found = self._made.get(key)
        if found is None:
            with self._lock:
                found = self._made.get(key)
                if found is None:
                    self._made = {known: kept for known, kept in self._made.items() if not _is_over(known[0])}
                    found = self._made[key] = self._make(key, request)
        return found

    def _make(self, key: Any, request: Request) -> Any:
        _, verify, certificate, proxy = key
        try:
            if isinstance(verify, str):
                verify = tls_context(verify, certificate)
            elif certificate is not None:
                verify = httpx2.create_ssl_context(verify=verify, trust_env=False)
                verify.load_cert_chain(*([certificate] if isinstance(certificate, str) else certificate))
        except OSError as error:
            raise failures.no_certificates(request, error) from None
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=64)
        client = self._kind(verify=verify, limits=limits, headers=_usual(), proxy=proxy, trust_env=False)
        self._clock(client)
        return client

    def _clock(self, client: Any) -> None:
        """Let no read of a head go on when the time of the call is over."""

    def _loop(self) -> Any:
        """Return the event loop that the connections belong to; None for blocking ones."""
        return None

    def _feed(self, body: Any) -> Any:
        """Return the chunks of a body as the client takes them."""
        return iter(body)

    def _arriving(self, reply: httpx2.Response, request: Request, timeout: float, started: float) -> Any:
        pieces, close = self._ends(reply)
        head = request, timeout, started, reply.status_code, partial(_fields, reply)
        return self._body(
            *head, pieces, close, _ERRORS, _is_late, None if reply.is_closed else reply.headers.get("Content-Encoding")
        )

    def _ends(self, reply: httpx2.Response) -> tuple[Any, Any]:
        """Return what reads a reply, and what closes it."""
        raise NotImplementedError

    def _clients(self) -> list[Any]:
        """Return the clients of its own that can be closed here, and forget them."""
        here = self._loop()
        with self._lock:
            made = self._made
            self._made = {key: client for key, client in made.items() if key[0] is not here and not _is_over(key[0])}
        return [client for key, client in made.items() if key[0] is here]


class _Clocked:
    """Connections on which nothing is waited for longer than the call may take that is being sent."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def connect_tcp(self, *args: Any, **settings: Any) -> Any:
        return _ClockedStream(self._backend.connect_tcp(*args, **settings))

    def connect_unix_socket(self, *args: Any, **settings: Any) -> Any:
        return _ClockedStream(self._backend.connect_unix_socket(*args, **settings))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _ClockedStream:
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        end = failures.ending.get()
        if end != inf:
            left = max(end - time.perf_counter(), failures.TICK)
            timeout = left if timeout is None else min(left, timeout)
        data: bytes = self._stream.read(max_bytes, timeout)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, *args: Any, **settings: Any) -> Any:
        return _ClockedStream(self._stream.start_tls(*args, **settings))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


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
        token, mark = failures.sending.set(request), failures.ending.set(request.limits.end(started))
        try:
            client, message = self._ready(request, timeout, started)
            if request.stray:  # past the client, whose hooks and cookies are for the API
                reply = client._transport_for_url(message.url).handle_request(message)  # noqa: SLF001  there is no public way
                reply.request = message
            else:
                reply = client.send(message, stream=True, auth=_leave, follow_redirects=False)
            response: Response = self._arriving(reply, request, timeout, started).response()
        except _ERRORS as error:
            raise _translated(error, request, timeout, started) from None
        finally:
            failures.sending.reset(token)
            failures.ending.reset(mark)
        return response

    def close(self) -> None:
        """Close the connections, if the client is this transport's own."""
        for client in self._clients():
            client.close()

    def _ends(self, reply: httpx2.Response) -> tuple[Any, Any]:
        return _pieces(reply), reply.close

    def _clock(self, client: Any) -> None:
        for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001  there is no public way to its sockets
            pool = getattr(transport, "_pool", None)
            if pool is not None:
                pool._network_backend = _Clocked(pool._network_backend)  # noqa: SLF001


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
        arriving: AsyncArrivingBody | None = None
        try:
            client, message = self._ready(request, timeout, started)
            async with asyncio.timeout(failures.wait(request, inf, started)):
                if request.stray:
                    sender = client._transport_for_url(message.url)  # noqa: SLF001  as above
                    reply = await sender.handle_async_request(message)
                    reply.request = message
                else:
                    reply = await client.send(message, stream=True, auth=_leave, follow_redirects=False)
                arriving = self._arriving(reply, request, timeout, started)
                response: Response = await arriving.response()
        except _ERRORS as error:
            if arriving is not None:
                raise arriving.broken(error) from None
            raise _translated(error, request, timeout, started) from None
        finally:
            failures.sending.reset(token)
        return response

    async def aclose(self) -> None:
        """Close the connections, if the client is this transport's own."""
        for client in self._clients():
            await client.aclose()

    def _ends(self, reply: httpx2.Response) -> tuple[Any, Any]:
        return _pieces_async(reply), reply.aclose

    def _loop(self) -> Any:
        return asyncio.get_running_loop()

    def _feed(self, body: Any) -> Any:
        return async_chunks(body)


def _is_over(loop: Any) -> bool:
    return loop is not None and loop.is_closed()


def _leave(request: httpx2.Request) -> httpx2.Request:
    """Replace credentials from a netrc file or the URL, which httpx2 would prefer to those of the document."""
    return request


def _fields(reply: httpx2.Response) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), failures.field_text(value)) for name, value in reply.headers.raw]


def _usual() -> dict[str, str]:
    """Return the header fields that every request has, unless it has its own."""
    return {"User-Agent": f"dynclient/{__version__}", "Accept-Encoding": accepted_codings()}


def _pieces(reply: httpx2.Response) -> Iterator[bytes]:
    """Yield the bytes of the body as they arrive, with their codings; a body that a hook of the user's has read, without."""
    if reply.is_closed:
        yield reply.content
        return
    yield from reply.stream  # type: ignore[misc]  # of a blocking client
    stray = _stray(reply)
    if stray is not None:
        stray.close()


async def _pieces_async(reply: httpx2.Response) -> AsyncIterator[bytes]:
    if reply.is_closed:
        yield reply.content
        return
    async for piece in reply.stream:  # type: ignore[union-attr]  # of an async client
        yield piece
    stray = _stray(reply)
    if stray is not None:
        await stray.aclose()


def _stray(reply: httpx2.Response) -> Any:
    """Return the stream of a connection on which bytes came behind the body: httpx2 would read the next reply from them."""
    layer: Any = reply.stream
    while layer is not None and not hasattr(layer, "_h11_state"):  # there is no public way to the parser
        layer = next((found for name in _LAYERS if (found := getattr(layer, name, None)) is not None), None)
    return reply.extensions.get("network_stream") if layer is not None and layer._h11_state.trailing_data[0] else None  # noqa: SLF001


def _target(url: str) -> bytes:
    """Return the request target: the path and the query of a URL as they were prepared."""
    rest = url.partition("#")[0].partition("://")[2]
    at = min((place for place in (rest.find("/"), rest.find("?")) if place >= 0), default=len(rest))
    target = rest[at:]
    return (target if target.startswith("/") else f"/{target}").encode()


def _is_late(error: Exception) -> bool:
    return isinstance(error, httpx2.TimeoutException | TimeoutError)


def _translated(error: Exception, request: Request, timeout: float, started: float) -> TransportError:
    """Return this package's error for one of httpx2's."""
    match error:
        case httpx2.ConnectTimeout() | httpx2.PoolTimeout():
            return failures.not_connected_in_time(request, timeout, started)
        case httpx2.TimeoutException() | TimeoutError():
            return failures.too_late(request, timeout, started)
        case httpx2.ConnectError() | httpx2.ProxyError():
            return failures.not_connected(request, failures.reason_of(error))
        case MediaError():
            return failures.no_body(request, error)
        case httpx2.UnsupportedProtocol() | httpx2.LocalProtocolError() | httpx2.InvalidURL() | ValueError():
            return failures.no_url(request)
    return failures.not_answered(request, failures.reason_of(error))
