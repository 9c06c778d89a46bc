"""aiohttp, for the async client: of many concurrent calls, it needs the least CPU time. The extra `aiohttp`.

aiohttp would look up credentials in a netrc file as soon as it looks for proxies in the environment, so proxies are looked up here.
"""

from __future__ import annotations

import io
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from functools import partial
from http.cookiejar import CookieJar
from typing import Any
from urllib.request import getproxies

import aiohttp
from aiohttp.client_proto import ResponseHandler
from requests.utils import should_bypass_proxies
from yarl import URL

from dynclient._version import __version__
from dynclient.errors import TransportError
from dynclient.exchange import Headers, Request, Response
from dynclient.send import failures
from dynclient.send.cookies import cookie_field, keep_cookies
from dynclient.send.failures import AsyncArrivingBody
from dynclient.send.transport import AsyncPooled, environment, fields_of
from dynclient.wire.mediatype import MediaError

_ERRORS = (aiohttp.ClientError, OSError, MediaError, ValueError)
#: The largest body that is passed on in one piece; aiohttp warns of larger ones.
_AT_ONCE = 1 << 20
#: The longest line of a head, as of http.client.
_LONGEST_LINE = 65536
_MOST = 64
_SECONDS = 10.0


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
        self._apart: aiohttp.ClientSession | None = None
        self._jar = CookieJar()
        self._tls: dict[Any, ssl.SSLContext | bool] = {}
        self._proxies: dict[Any, tuple[str | None, float]] = {}
        self._limits: dict[float, aiohttp.ClientTimeout] = {}

    async def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the reply, unless it may stay unread.

        Raises:
            TransportError: There is no whole reply; what arrived of it is kept.
        """
        started = time.perf_counter()
        try:
            reply = await self._send(self._with_cookies(failures.ready(request)), timeout)
        except _ERRORS as error:
            raise _translated(error, request, timeout) from None
        self._keep_cookies(request, reply)
        if reply.connection is not None and "Transfer-Encoding" in reply.headers:
            _watch(reply)
        return await AsyncArrivingBody(
            request, timeout, started, reply.status, partial(_fields, reply), reply.content.iter_any(), _closing(reply), _ERRORS, _is_late
        ).response()  # fmt: skip

    async def aclose(self) -> None:
        """Close the connections, if the session is this transport's own."""
        if self._apart is not None:
            await self._apart.close()
        self._apart = None

    async def _send(self, request: Request, timeout: float) -> aiohttp.ClientResponse:
        body, headers = request.body, fields_of(request)
        skipped = ("Content-Type",) if body and "Content-Type" not in request.headers else None
        limits = self._limits.get(timeout) or self._limit(timeout)
        more: dict[str, Any] = {}
        if self._users is None:
            more["proxy"] = self._proxy(request.url)
            more["ssl"] = self._context(request) if request.url.startswith("https") else True
        elif request.certificate is not None:
            text = (
                f"{failures.what(request)}: give the client certificate to your own session; it cannot be added later"
            )
            raise TransportError(text, request)
        return await self._session(request).request(
            request.method, _url(request.url), data=_data(body), headers=headers, skip_auto_headers=skipped,
            allow_redirects=False, raise_for_status=False, auto_decompress=True, timeout=limits,
            max_line_size=_LONGEST_LINE, max_field_size=_LONGEST_LINE, **more,
        )  # fmt: skip

    def _session(self, request: Request) -> aiohttp.ClientSession:
        """Return the session that sends a request: the user's, or one that keeps no cookies."""
        if self._users is not None and not request.stray:
            return self._users
        if self._apart is None:
            own = self._users is None
            connector = _Connector(limit=0) if own else self._users.connector  # type: ignore[union-attr]  # it is there
            self._apart = _made(connector, connector_owner=own, cookie_jar=aiohttp.DummyCookieJar())
        return self._apart

    def _with_cookies(self, request: Request) -> Request:
        """Return a request with the cookies kept for it, by the rules of the other transports."""
        if request.stray or not (cookies := cookie_field(self._jar, request)):
            return request
        return replace(request, headers=Headers([*request.headers.without(["Cookie"]).fields, ("Cookie", cookies)]))

    def _keep_cookies(self, request: Request, reply: aiohttp.ClientResponse) -> None:
        if "Set-Cookie" in reply.headers and self._users is None and not request.stray:
            keep_cookies(self._jar, request, reply.headers.getall("Set-Cookie"))

    def _limit(self, timeout: float) -> aiohttp.ClientTimeout:
        self._limits = {timeout: aiohttp.ClientTimeout(total=None, connect=timeout, sock_read=timeout)}
        return self._limits[timeout]

    def _context(self, request: Request) -> ssl.SSLContext | bool:
        """Return the TLS settings for a request, made once for each client certificate."""
        certificate = request.certificate
        found = self._tls.get(certificate)
        if found is None:
            try:
                found = self._tls[certificate] = _context(self._verify, certificate)
            except OSError as error:
                raise failures.no_certificates(request, error) from None
        return found

    def _proxy(self, url: str) -> str | None:
        """Return the proxy for a URL; it is looked up again when the environment changes, or after some seconds."""
        server = url[: url.find("/", 8)] if "/" in url[8:] else url
        key = server, environment(server)
        proxy, until = self._proxies.get(key, (None, 0.0))
        if until < time.monotonic():
            if len(self._proxies) >= _MOST:
                self._proxies.clear()
            proxy = _look_up_proxy(URL(server))
            self._proxies[key] = proxy, time.monotonic() + _SECONDS
        return proxy


class _Protocol(ResponseHandler):
    """A connection that is not used again after bytes for which nobody asked: they would become the next reply (RFC 9112, section 9.2)."""

    _expects = False
    _stray = False
    _status = 0

    def set_response_params(self, **settings: Any) -> None:
        self._payload, self._expects = None, True
        super().set_response_params(**settings)

    def feed_data(self, data: Any, size: int = 0) -> None:
        self._status = data[0].code
        super().feed_data(data, size)

    def data_received(self, data: bytes) -> None:
        self._stray = self._stray or (bool(data) and not self._expects)
        super().data_received(data)
        if self._payload is not None and self._payload.is_eof() and self._status >= 200:
            self._expects = False

    def is_connected(self) -> bool:
        return super().is_connected() and not self._stray


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
    agent = {"User-Agent": f"dynclient/{__version__}"}
    session = aiohttp.ClientSession(connector=connector, headers=agent, response_class=_Reply, **settings)
    session._retry_connection = False  # noqa: SLF001  only this stops aiohttp from sending a request twice, whatever `retries` says
    return session


def _context(verify: bool | str, certificate: Any) -> ssl.SSLContext | bool:  # noqa: FBT001  as in requests
    if certificate is None and not isinstance(verify, str):
        return verify
    context = ssl.create_default_context(cafile=verify if isinstance(verify, str) else None)
    if verify is False:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate is not None:
        context.load_cert_chain(*([certificate] if isinstance(certificate, str) else certificate))
    return context


def _look_up_proxy(server: URL) -> str | None:
    proxies = getproxies()
    proxy = proxies.get(server.scheme) or proxies.get("all")
    if not proxy or should_bypass_proxies(str(server), None):  # it knows ranges of addresses, as urllib does not
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _url(url: str) -> URL:
    """Return a URL that aiohttp sends as it was prepared; user information would become an Authorization field."""
    found = URL(url, encoded=url.isascii())
    return found.with_user(None) if found.raw_user is not None else found


def _data(body: Any) -> Any:
    if not body:
        return None
    if isinstance(body, bytes):
        return body if len(body) <= _AT_ONCE else io.BytesIO(body)
    return _awaited(iter(body))


async def _awaited(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def _fields(reply: aiohttp.ClientResponse) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in reply.raw_headers]


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


def _translated(error: Exception, request: Request, timeout: float) -> TransportError:
    """Return this package's error for one of aiohttp's."""
    causes = failures.causes(error)
    unreadable = next((cause for cause in causes if isinstance(cause, MediaError)), None)
    match error:
        case _ if unreadable is not None:
            return failures.no_body(request, unreadable)
        case aiohttp.ConnectionTimeoutError():
            return failures.not_connected_in_time(request, timeout)
        case TimeoutError():
            return failures.too_late(request, timeout)
        case aiohttp.ClientConnectorError() | aiohttp.ClientHttpProxyError():
            return failures.not_connected(request, failures.reason_of(error))
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError() | ValueError():
            return failures.no_url(request)
    return failures.not_answered(request, failures.reason_of(error))
