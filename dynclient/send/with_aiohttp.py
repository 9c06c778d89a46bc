"""aiohttp, for the async client: of many concurrent calls, it needs the least CPU time. The extra `aiohttp`.

aiohttp would look up credentials in a netrc file as soon as it looks for proxies in the environment, so proxies are looked up here.
"""

from __future__ import annotations

import asyncio
import io
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from http.cookiejar import CookieJar
from math import inf
from typing import Any

from dynclient import forks
from dynclient._version import __version__
from dynclient.errors import TransportError
from dynclient.exchange import Headers, Request, Response
from dynclient.extras import needs
from dynclient.send import failures
from dynclient.send.codings import accepted_codings
from dynclient.send.cookies import cookie_field, keep_cookies
from dynclient.send.failures import AsyncArrivingBody
from dynclient.send.surroundings import Proxies, tls_context, trusted
from dynclient.send.transport import AsyncPooled, async_chunks, fields_of
from dynclient.wire.mediatype import MediaError

with needs("aiohttp", "the transport 'aiohttp'"):
    import aiohttp
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.streams import EMPTY_PAYLOAD
    from yarl import URL

_ERRORS = (aiohttp.ClientError, OSError, MediaError, ValueError)
#: The largest body that is passed on in one piece; aiohttp warns of larger ones.
_AT_ONCE = 1 << 20
#: The longest line of a head, as of http.client.
_LONGEST_LINE = 65536
_HEAD_END = b"\r\n\r\n"
#: How a body in chunks ends; one with trailers is not looked into, so its connection is not used again.
_LAST_CHUNK = b"0\r\n\r\n"


class AsyncAiohttpTransport(AsyncPooled):
    """Sends with aiohttp, for the async client: connections are kept, proxies are those of the environment.

    Args:
        session: The `aiohttp.ClientSession` to send with, whose proxies, TLS settings, header fields and cookies are used; by
            default one of its own, which `aclose` closes.
        verify: For one of its own: whether certificates of servers are verified, or the file of the authorities to trust, in PEM.
    """

    def __init__(self, session: aiohttp.ClientSession | None = None, *, verify: bool | str = True) -> None:
        self._users = session
        self._verify = verify
        self._made: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}
        self._jar = CookieJar()
        self._tls: dict[Any, ssl.SSLContext | bool] = {}
        self._proxies = Proxies()
        forks.join(self)

    async def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the reply, unless it may stay unread.

        Raises:
            TransportError: There is no whole reply; what arrived of it is kept.
        """
        started = time.perf_counter()
        try:
            reply = await self._send(self._with_cookies(failures.ready(request)), timeout)
        except _ERRORS as error:
            raise _translated(error, request, timeout, started) from None
        self._keep_cookies(request, reply)
        if reply.connection is not None and "Transfer-Encoding" in reply.headers:
            _watch(reply)
        return await AsyncArrivingBody(
            request, timeout, started, reply.status, partial(_fields, reply), _Pieces(reply.content), _closing(reply), _ERRORS, _is_late,
            ", ".join(reply.headers.getall("Content-Encoding", ())) or None,
        ).response()  # fmt: skip

    def __reduce__(self) -> tuple[Any, ...]:
        """Connections stay here; a session of the user's goes along if it can."""
        return partial(type(self), self._users, verify=self._verify), ()

    def forked(self) -> None:
        """Leave the sessions to the parent process: to close them would take them from its event loop."""
        forks.leave(*self._made.values())
        self._made = {}

    async def aclose(self) -> None:
        """Close the connections, if the session is this transport's own; those of other event loops when these end."""
        self._forget_ended()
        made = self._made.pop(asyncio.get_running_loop(), None)
        if made is not None:
            await made.close()

    async def _send(self, request: Request, timeout: float) -> aiohttp.ClientResponse:
        body, headers = request.body, fields_of(request)
        skipped = ("Content-Type",) if body and "Content-Type" not in request.headers else None
        limits = _limits(None if request.unread else _left(request), timeout)
        more: dict[str, Any] = {}
        if self._users is None:
            more["proxy"] = self._proxies.of(request.url)
            more["ssl"] = self._context(request) if request.url.startswith("https") else True
        elif request.certificate is not None:
            text = (
                f"{failures.what(request)}: give the client certificate to your own session; it cannot be added later"
            )
            raise TransportError(text, request)
        return await self._session(request).request(
            request.method, _url(request.url), data=_data(body), headers=headers, skip_auto_headers=skipped,
            allow_redirects=False, raise_for_status=False, auto_decompress=False, timeout=limits,
            max_line_size=_LONGEST_LINE, max_field_size=_LONGEST_LINE, **more,
        )  # fmt: skip

    def _session(self, request: Request) -> aiohttp.ClientSession:
        """Return the session that sends a request: the user's, or one of the event loop that keeps no cookies."""
        if self._users is not None and not request.stray:
            return self._users
        loop = asyncio.get_running_loop()
        found = self._made.get(loop)
        if found is None:
            self._forget_ended()
            own = self._users is None
            connector = _Connector(limit=0) if own else self._users.connector  # type: ignore[union-attr]  # it is there
            found = _made(connector, connector_owner=own, cookie_jar=aiohttp.DummyCookieJar())
            self._made[loop] = found
        return found

    def _forget_ended(self) -> None:
        """Forget the sessions of event loops that are closed, which nothing can close any more."""
        for loop in [known for known in self._made if known.is_closed()]:
            session = self._made.pop(loop)
            if self._users is None and session.connector is not None:
                session.connector._close()  # noqa: SLF001  the public way needs the loop
            session.detach()

    def _with_cookies(self, request: Request) -> Request:
        """Return a request with the cookies kept for it, by the rules of the other transports."""
        if request.stray or not (cookies := cookie_field(self._jar, request)):
            return request
        return replace(request, headers=Headers([*request.headers.without(["Cookie"]).fields, ("Cookie", cookies)]))

    def _keep_cookies(self, request: Request, reply: aiohttp.ClientResponse) -> None:
        if "Set-Cookie" in reply.headers and self._users is None and not request.stray:
            keep_cookies(self._jar, request, reply.headers.getall("Set-Cookie"))

    def _context(self, request: Request) -> ssl.SSLContext | bool:
        """Return the TLS settings for a request, made once for each client certificate."""
        key = trusted(self._verify, request.url), request.certificate
        found = self._tls.get(key)
        if found is None:
            try:
                found = self._tls[key] = key[0] if isinstance(key[0], bool) and key[1] is None else tls_context(*key)
            except OSError as error:
                raise failures.no_certificates(request, error) from None
        return found


class _Protocol(ResponseHandler):
    """A connection that is not used again after bytes for which nobody asked: they would become the next reply (RFC 9112, section 9.2)."""

    _expects = False
    _stray = False
    _status = 0
    _head: bytes | None = None
    _count = 0
    _last = b""
    _length: int | None = None
    _is_chunked = False
    _due = inf

    def set_response_params(self, **settings: Any) -> None:
        self._payload, self._expects, self._head, self._count = None, True, b"", 0
        super().set_response_params(**settings)

    def feed_data(self, data: Any, size: int = 0) -> None:
        message, payload = data
        self._status, self._is_chunked = message.code, message.chunked and payload is not EMPTY_PAYLOAD
        length = "0" if payload is EMPTY_PAYLOAD else message.headers.get("Content-Length", "")
        self._length = int(length) if length.isdecimal() else None
        if "Connection" in message.headers and _ends(message.headers.getall("Connection")):
            self.force_close()
        super().feed_data(data, size)

    def data_received(self, data: bytes) -> None:
        self._stray = self._stray or (bool(data) and not self._expects)
        self._note(data)
        super().data_received(data)
        if self._payload is not None and self._payload.is_eof() and self._status >= 200:
            self._expects = False
            self._stray = self._stray or self._has_more()

    def is_connected(self) -> bool:
        return super().is_connected() and not self._stray

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        if self._read_timeout_handle is not None:
            self._read_timeout_handle.cancel()

    def _reschedule_timeout(self) -> None:
        """Put off the end of a wait; its timer stays, where aiohttp makes two for each reply, which cost more than to parse it."""
        self._due = self._loop.time() + (self._read_timeout or inf)
        timer = self._read_timeout_handle
        if timer is not None and timer.when() > self._due:
            timer.cancel()
            timer = None
        if timer is None and self._due != inf:
            self._read_timeout_handle = self._loop.call_at(self._due, self._look)

    def _drop_timeout(self) -> None:
        self._due = inf

    def _look(self) -> None:
        """End the wait, or come back when it may end."""
        self._read_timeout_handle = None
        if self._due <= self._loop.time():
            self._on_read_timeout()
        elif self._due != inf:
            self._read_timeout_handle = self._loop.call_at(self._due, self._look)

    def _note(self, data: bytes) -> None:
        """Count the bytes behind the head of the reply, and keep the last ones."""
        kept = len(_LAST_CHUNK)
        self._last = data[-kept:] if len(data) >= kept else (self._last + data)[-kept:]
        if self._head is None:
            self._count += len(data)
            return
        held: bytes = self._head + data
        while (end := held.find(_HEAD_END)) >= 0:
            interim, held = held[9:10] == b"1", held[end + len(_HEAD_END) :]
            if not interim:
                self._head, self._count = None, len(held)
                return
        self._head = held

    def _has_more(self) -> bool:
        """Whether bytes came behind the body, in one packet with its end: the parser keeps what is no whole head."""
        if self._head is not None:
            return False
        if self._is_chunked:
            return self._last != _LAST_CHUNK
        return self._length is not None and self._count > self._length


class _Connector(aiohttp.TCPConnector):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        factory: Any = partial(_Protocol, loop=self._loop)
        self._factory = factory  # there is no public way to give it one


class _Reply(aiohttp.ClientResponse):
    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        """Read the head; a connection that goes on in another protocol is not used again."""
        protocol = connection.protocol
        await super().start(connection)
        if self.status == 101:
            protocol.close()
        return self


def _made(connector: aiohttp.BaseConnector | None, **settings: Any) -> aiohttp.ClientSession:
    usual = {"User-Agent": f"dynclient/{__version__}", "Accept-Encoding": accepted_codings()}
    session = aiohttp.ClientSession(connector=connector, headers=usual, response_class=_Reply, **settings)
    session._retry_connection = False  # noqa: SLF001  only this stops aiohttp from sending a request twice, whatever `retries` says
    return session


def _left(request: Request) -> float:
    """Return how many seconds of a call are left; the first request of a call has all of them."""
    limits = request.limits
    return limits.total if limits.until is None else max(limits.until - time.perf_counter(), failures.TICK)


@lru_cache(64)
def _limits(total: float | None, timeout: float) -> aiohttp.ClientTimeout:
    """Return time limits as aiohttp takes them; those of most calls are the same."""
    whole = None if total == inf else total
    return aiohttp.ClientTimeout(total=whole, connect=min(timeout, whole or inf), sock_read=timeout)


def _ends(options: list[str]) -> bool:
    """Whether a connection ends with a reply: aiohttp takes `keep-alive, close` for the first of both (RFC 9112, section 9.3)."""
    return "close" in map(str.strip, ",".join(options).lower().split(","))


def _url(url: str) -> URL:
    """Return a URL that aiohttp sends as it was prepared; user information would become an Authorization field."""
    found = URL(url, encoded=url.isascii())
    return found.with_user(None) if found.raw_user is not None else found


def _data(body: Any) -> Any:
    if not body:
        return None
    if isinstance(body, bytes):  # a payload of its own saves aiohttp to look for the one that takes bytes
        return aiohttp.BytesPayload(body) if len(body) <= _AT_ONCE else io.BytesIO(body)
    return async_chunks(body)


def _fields(reply: aiohttp.ClientResponse) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), failures.field_text(value)) for name, value in reply.raw_headers]


class _Pieces:
    """The bytes of a body as they arrive; when it is known to be complete, nothing is awaited any more."""

    __slots__ = ("_content",)

    def __init__(self, content: aiohttp.StreamReader) -> None:
        self._content = content

    def __aiter__(self) -> _Pieces:
        return self

    async def __anext__(self) -> bytes:
        content = self._content
        piece = b"" if content.at_eof() and content.exception() is None else await content.readany()
        if not piece:
            raise StopAsyncIteration
        return piece


def _closing(reply: aiohttp.ClientResponse) -> Callable[[], Any]:
    async def close() -> None:
        reply.close()  # does nothing to a connection that was given back when the body was read to its end

    return close


def _watch(reply: aiohttp.ClientResponse) -> None:
    """End the body when its connection ends: a reader would wait for ever behind a chunk that aiohttp cannot parse."""
    content = reply.content
    protocol = reply.connection.protocol if reply.connection is not None else None
    closed = protocol.closed if protocol is not None else None
    if closed is None:
        return

    def end(_: Any) -> None:
        if not content.is_eof() and content.exception() is None:
            content.set_exception(aiohttp.ClientPayloadError("the connection ended"))

    def forget() -> None:
        closed.remove_done_callback(end)

    closed.add_done_callback(end)
    content.on_eof(forget)


def _is_late(error: Exception) -> bool:
    return isinstance(error, TimeoutError)


def _translated(error: Exception, request: Request, timeout: float, started: float) -> TransportError:
    """Return this package's error for one of aiohttp's."""
    causes = failures.causes(error)
    unreadable = next((cause for cause in causes if isinstance(cause, MediaError)), None)
    match error:
        case _ if unreadable is not None:
            return failures.no_body(request, unreadable)
        case aiohttp.ConnectionTimeoutError():
            return failures.not_connected_in_time(request, timeout, started)
        case TimeoutError():
            return failures.too_late(request, timeout, started)
        case aiohttp.ClientConnectorError() | aiohttp.ClientHttpProxyError():
            return failures.not_connected(request, failures.reason_of(error))
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError() | ValueError():
            return failures.no_url(request)
    return failures.not_answered(request, failures.reason_of(error))
