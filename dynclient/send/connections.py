"""The adapter of the default transport's own session, which looks for the connections to a server once."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy

from dynclient import lazy
from dynclient.exchange import Request
from dynclient.send.cookies import cookie_field
from dynclient.send.final import POOLS
from dynclient.send.surroundings import trusted
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


class SessionReply(requests.Response):
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
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return the pools of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = POOLS
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
        return SessionReply(request, response) if type(request) is Ready else super().build_response(request, response)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._ways, self._defaults = {}, (None, {})
        super().__setstate__(state)  # type: ignore[misc]  # the stubs do not know it

    def close(self) -> None:
        """Close all connections."""
        ways, self._ways = self._ways, {}  # another thread may be sending
        for way in list(ways.values()):
            if way.pool is not None:
                way.pool.close()
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
        verify = trusted_by(session, url)
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
        if len(mine) != len(fields):  # a field occurs twice
            return None
        merged = {**self._defaults[1], **mine}
        if request.body:
            merged["content-length"] = "Content-Length", str(len(request.body))  # type: ignore[arg-type]  # they are bytes
        elif request.method not in ("GET", "HEAD"):
            merged.setdefault("content-length", ("Content-Length", "0"))
        if next(iter(session.cookies), None) is not None and (cookies := cookie_field(session.cookies, request)):
            merged["cookie"] = "Cookie", cookies
        return dict(merged.values())


def trusted_by(session: requests.Session, url: str) -> Any:
    """Return the setting `verify` of a request of a session: a path, or False; None where the session decides."""
    verify: Any = session.verify
    verify = trusted(verify, url) if session.trust_env else verify
    return None if verify is True else verify
