"""The connections of the default transport: urllib3's, whose replies skip every interim one.

http.client skips `100 Continue` and takes any other interim response (103 Early Hints, 102 Processing) for the reply itself; the
reply that follows then answers the next request on that connection (RFC 9110, section 15.2: a client must be able to parse any
number of them). Heads are parsed here in a fifth of the time that the `email` package needs, which http.client uses.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from http.client import (
    BadStatusLine,
    HTTPException,
    HTTPMessage,
    HTTPResponse,
    LineTooLong,
    RemoteDisconnected,
    UnknownProtocol,
    parse_headers,
)
from io import BytesIO
from typing import Any, NamedTuple

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.cookies import get_cookie_header
from requests.structures import CaseInsensitiveDict
from requests.utils import select_proxy
from urllib3 import HTTPConnectionPool, HTTPHeaderDict, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from dynclient import lazy
from dynclient.exchange import Request
from dynclient.send.transport import environment

#: A URL that needs no preparing: a host in plain lower case, and nothing after it that would have to be encoded.
_READY = lazy.pattern(
    r"(https?://(?:[a-z0-9][a-z0-9._-]*|\[[0-9a-f:]+\])(?::\d{1,5})?)(/(?:[!$&-;=?-Z_a-z~@]|%[0-9A-F]{2})*)\Z"
)
#: How many servers' connections are remembered, and for how many seconds: proxies of the system may change without a word.
_MOST = 64
_SECONDS = 10.0
#: How many connections to a server are kept: as many threads may share a client without making new ones.
_KEPT = 64
#: The largest body that is sent together with the head.
_SMALL = 1 << 16
#: The limits of http.client.
_LONGEST_LINE = 65536
_MOST_FIELDS = 100
_STATUS = lazy.pattern(rb"HTTP/(\d\.\d+)[ \t]+([1-9]\d\d)(?:[ \t]([^\r\n]*))?\r?\n?\Z")
_NAME = lazy.pattern(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):")
#: White space is taken from its start on, so that a long run of it costs no more than its length.
_FOLD = lazy.pattern(r"(?:(?<![ \t])[ \t]+)?\r?\n[ \t]*")


class FinalResponse(HTTPResponse):
    """The final response to a request; interim ones are read and dropped, `101 Switching Protocols` ends the connection."""

    _method: str | None

    def begin(self) -> None:
        """Read the head of the final response.

        Raises:
            HTTPException: The server does not speak HTTP, or sends too much.
            ConnectionError: The connection ended before the head did.
        """
        if self.headers is not None:
            return
        message, status = self._head()
        while 100 <= status < 200 and status != 101:
            message, status = self._head()
        self.code = self.status = status
        self.headers = self.msg = message
        self._frame()

    def _head(self) -> tuple[HTTPMessage, int]:
        """Read a status line and header fields; what is not plain, such as a folded line, is left to http.client."""
        lines: list[bytes] = []
        read = self.fp.readline
        while (line := read(_LONGEST_LINE + 1)) not in (b"\r\n", b"\n") or not lines:
            if not line:
                raise RemoteDisconnected("Remote end closed connection without response")
            if len(line) > _LONGEST_LINE:
                raise LineTooLong("line of the head")
            lines.append(line)
            if len(lines) == 1:
                status = self._status_line(line)
            elif len(lines) > _MOST_FIELDS + 1:
                raise HTTPException(f"more than {_MOST_FIELDS} header fields")
        message = HTTPMessage()
        for line in lines[1:]:
            found = _NAME.match(line)
            value = line[found.end() :].strip(b" \t\r\n") if found else b"\r"
            if found is None or b"\r" in value:
                return _unfolded(parse_headers(BytesIO(b"".join([*lines[1:], b"\r\n"])))), status
            message.set_raw(found[1].decode(), value.decode("latin-1"))
        return message, status

    def _status_line(self, line: bytes) -> int:
        found = _STATUS.match(line)
        if found is None:
            raise BadStatusLine(line.decode("latin-1"))
        if not found[1].startswith((b"1.", b"0.9")):
            raise UnknownProtocol(found[1].decode())
        self.version = 10 if found[1] == b"1.0" else 11
        self.reason = (found[3] or b"").decode("latin-1").strip()
        return int(found[2])

    def _frame(self) -> None:
        """Find where the body ends, and whether the connection does (RFC 9112, sections 6.3 and 9.3)."""
        headers, status = self.headers, self.status
        self.chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        self.chunk_left = None
        length = headers.get("Content-Length", "")
        self.length = int(length) if length.isdecimal() and not self.chunked else None
        if status in (204, 304) or status < 200 or self._method == "HEAD":
            self.length = 0
        options = headers.get("Connection", "").lower()
        stays = "close" not in options if self.version == 11 else "keep-alive" in options or "Keep-Alive" in headers
        ends = self.chunked or self.length is not None
        self.will_close = not stays or not ends or status == 101


def _unfolded(parsed: HTTPMessage) -> HTTPMessage:
    """Replace each line break within a value by a space (RFC 9112, section 5.2)."""
    message = HTTPMessage()
    for name, value in parsed.items():
        message.set_raw(name, _FOLD.sub(" ", value))
    return message


class Live(urllib3.HTTPResponse):
    """urllib3's reply, which also gives access to http.client's: a plain body is read from that in a third of the time.

    Attributes:
        final: http.client's reply.
    """

    def __init__(self, final: FinalResponse, method: str, url: str) -> None:
        super().__init__(
            body=final, headers=HTTPHeaderDict(final.headers.items()), status=final.status, version=final.version, reason=final.reason,
            preload_content=False, decode_content=False, original_response=final, request_method=method, request_url=url,
        )  # fmt: skip
        self.final = final

    def plain_pieces(self, size: int) -> Iterator[bytes]:
        """Yield a body of known length that is not encoded, as it arrives.

        Args:
            size: How many bytes are read at a time.

        Raises:
            OSError, http.client.HTTPException: The body breaks off.
        """
        final = self.final
        while final.length:
            piece = final.read1(size)
            if not piece:
                raise http.client.IncompleteRead(b"", final.length)
            yield piece
        final.close()
        self.release_conn()


class _Joined:
    """A connection that sends the head of a request and a small body at once: one packet and one system call."""

    _holds = False
    _held = b""
    _asked = "", ""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        """Send a request."""
        self._held, self._asked = b"", (method, url)
        super().request(method, url, *args, **kwargs)  # type: ignore[misc]  # beside a connection
        if self._held:
            self.send(b"")

    def getresponse(self) -> Any:
        """Read the head of the reply."""
        self.sock.settimeout(self.timeout)  # type: ignore[attr-defined]
        final: Any = http.client.HTTPConnection.getresponse(self)  # type: ignore[arg-type]
        return Live(final, *self._asked)

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        """Hold the head back until the body comes, or its absence is known."""
        self._holds = True
        super().endheaders(*args, **kwargs)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        """Send bytes, behind the head that is held back."""
        if self._holds:
            self._holds, self._held = False, data
            return
        held, self._held = self._held, b""
        if held and type(data) is bytes and len(data) < _SMALL:
            held, data = b"", held + data
        if held:
            super().send(held)  # type: ignore[misc]
        super().send(data)  # type: ignore[misc]


class _Connection(_Joined, HTTPConnection):
    response_class = FinalResponse


class _SecureConnection(_Joined, HTTPSConnection):
    response_class = FinalResponse


class _Plain(HTTPConnectionPool):
    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]  # noqa: N802  urllib3's name
        """The class of the connections; a recorder (vcrpy) replaces urllib3's by one of its own."""
        kind = HTTPConnectionPool.ConnectionCls
        return _Connection if kind is HTTPConnection else kind


class _Secure(HTTPSConnectionPool):
    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]  # noqa: N802  urllib3's name
        """As above."""
        kind = HTTPSConnectionPool.ConnectionCls
        return _SecureConnection if kind is HTTPSConnection else kind


class Ready(requests.PreparedRequest):
    """A request that needs no preparing, with the connections that it goes to.

    Attributes:
        pool: The connections.
        target: The path and query.
        verify: As `requests` takes it.
        cert: As `requests` takes it.
    """

    pool: Any
    target: str
    verify: Any
    cert: Any

    def __init__(self, request: Request, target: str, way: _Way, fields: dict[str, Any]) -> None:
        super().__init__()
        self.method, self.url = request.method, request.url
        self.body = request.body or None  # type: ignore[assignment]  # it is bytes
        self.headers = fields  # type: ignore[assignment]  # a mapping is all that is needed of it
        self.target, self.pool, self.verify, self.cert = target, way.pool, way.verify, way.cert


class Reply(requests.Response):
    """A reply of which requests has made nothing but what a session looks at.

    Attributes:
        live: urllib3's reply, whose body is on the wire.
    """

    #: Redirects are followed above every transport.
    is_redirect = False

    def __init__(self, ready: requests.PreparedRequest, live: Any) -> None:
        self.live = live
        self.raw = live if "Set-Cookie" in live.headers else None  # the session looks here for cookies
        self.request, self.url, self.status_code, self.reason = ready, ready.url, live.status, live.reason  # type: ignore[assignment]
        self.headers, self.history, self._content, self._content_consumed = live.headers, [], None, False

    def close(self) -> None:
        """Give the connection back, or close it if the body is not read to its end."""
        self.live.close()
        self.live.release_conn()


class _Way(NamedTuple):
    """The connections to a server, and the settings that they were found by."""

    pool: Any
    verify: Any
    cert: Any
    until: float


class Connections(HTTPAdapter):
    """The adapter of a session that is the transport's own: it looks for the connections to a server once, not for every call.

    `Session.request` parses the URL anew, merges settings and header fields, looks into the environment and finds the connections by
    all of that, which is more than half of its time. `ready` prepares a request itself where the result is the same, and the
    session sends it, so that whatever patches sessions or adapters (recorders, mocks, tracers) works as ever.
    """

    def __init__(self) -> None:
        self._ways: dict[Any, _Way] = {}
        self._defaults: tuple[Any, dict[str, tuple[str, Any]]] = (None, {})
        super().__init__(pool_maxsize=_KEPT)

    def ready(self, session: requests.Session, request: Request) -> Ready | None:
        """Return a request ready to be sent; None where requests itself has to prepare it."""
        body = request.body
        found = _READY.match(request.url) if body is None or type(body) is bytes else None
        if found is None or session.params or session.hooks["response"] or session.proxies:
            return None
        way = self._way(found[1], session, request)
        fields = self._fields(session, request)
        return Ready(request, found[2], way, fields) if way.pool is not None and fields is not None else None

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections without a proxy."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Plain, "https": _Secure}

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return the pools of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Plain, "https": _Secure}
        return manager

    def get_connection_with_tls_context(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the connections for a request."""
        return (
            request.pool
            if type(request) is Ready
            else super().get_connection_with_tls_context(request, *args, **kwargs)
        )

    def request_url(self, request: Any, proxies: Any) -> str:
        """Return the target of a request."""
        return request.target if type(request) is Ready else super().request_url(request, proxies)

    def build_response(self, request: Any, response: Any) -> requests.Response:
        """Return requests' reply for one of urllib3."""
        return Reply(request, response) if type(request) is Ready else super().build_response(request, response)

    def close(self) -> None:
        """Close all connections."""
        for way in self._ways.values():
            if way.pool is not None:
                way.pool.close()
        self._ways.clear()
        super().close()

    def _way(self, server: str, session: requests.Session, request: Request) -> _Way:
        """Return the connections to a server; they are looked for again when a setting changes, or after some seconds."""
        key = (
            server,
            request.certificate,
            session.verify,
            session.cert,
            environment(server) if session.trust_env else None,
        )
        way = self._ways.get(key)
        if way is None or way.until < time.monotonic() or (way.pool is not None and way.pool.pool is None):
            if len(self._ways) >= _MOST:
                self._ways.clear()
            way = self._ways[key] = self._find(f"{server}/", session, request)
        return way

    def _find(self, url: str, session: requests.Session, request: Request) -> _Way:
        verify: Any = None if session.verify is True else session.verify
        settings = session.merge_environment_settings(url, {}, stream=True, verify=verify, cert=request.certificate)
        verify, cert, until = settings["verify"], settings["cert"], time.monotonic() + _SECONDS
        if select_proxy(url, settings["proxies"]):
            return _Way(None, verify, cert, until)
        pool = super().get_connection_with_tls_context(requests.Request("GET", url).prepare(), verify, cert=cert)
        return _Way(pool, verify, cert, until)

    def _fields(self, session: requests.Session, request: Request) -> dict[str, Any] | None:
        """Merge the header fields of session and request, text beyond ASCII as UTF-8; None if requests has to look at them."""
        own = tuple(session.headers.items())
        if own != self._defaults[0]:
            if any(value is None for _, value in own):
                return None
            self._defaults = own, {name.lower(): (name, value) for name, value in own}
        fields = request.headers.fields
        mine: dict[str, tuple[str, Any]] = {}
        for name, value in fields:
            if "\n" in value or "\r" in value:
                return None
            mine[name.lower()] = name, value if value.isascii() else value.encode()
        if len(mine) != len(fields):  # a field stands twice
            return None
        merged = {**self._defaults[1], **mine}
        if request.body:
            merged["content-length"] = "Content-Length", str(len(request.body))  # type: ignore[arg-type]  # they are bytes
        elif request.method not in ("GET", "HEAD"):
            merged.setdefault("content-length", ("Content-Length", "0"))
        if "cookie" not in merged and (cookies := _cookies(session, request, merged)) is not None:
            merged["cookie"] = "Cookie", cookies
        return dict(merged.values())


def _cookies(session: requests.Session, request: Request, merged: dict[str, tuple[str, Any]]) -> str | None:
    """Return the session's cookies for a request."""
    if next(iter(session.cookies), None) is None:
        return None
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url = request.method, request.url
    prepared.headers = CaseInsensitiveDict(dict(merged.values()))
    cookies: str | None = get_cookie_header(session.cookies, prepared)  # type: ignore[no-untyped-call]  # theirs
    return cookies
