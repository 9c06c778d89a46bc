"""The short way to a server: what `requests` works out for every call, worked out once.

`Session.request` parses the URL anew, merges settings and header fields, looks into the environment, and finds the connections
by all of that: more than half of its time. Here the connections to a server are kept until something changes that they depend on, and
a request goes to them as it is. That is done where it comes to the same: a session and an adapter of requests' own classes whose
methods nobody has replaced, no hooks, parameters or proxy, and a body in one piece. Every other request goes through the session.
"""

from __future__ import annotations

import os
import time
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar, extract_cookies_to_jar, merge_cookies
from requests.utils import select_proxy
from urllib3.util import Timeout

from dynclient import lazy
from dynclient.exchange import Request
from dynclient.send.connections import Connections

#: A URL that needs no preparing: a host in plain lower case, and nothing after it that would have to be encoded.
_READY = lazy.pattern(r"(https?://(?:[a-z0-9][a-z0-9._-]*|\[[0-9a-f:]+\])(?::\d{1,5})?)(/[!$&-;=?-Z_a-z~%@]*)\Z")
_PAIR = lazy.pattern(r"%(?![0-9A-F]{2})")
#: The methods that are gone round.
_METHODS = frozenset({"request", "prepare_request", "merge_environment_settings", "send", "get_adapter"})
_OF_SESSION = tuple((name, getattr(requests.Session, name)) for name in sorted(_METHODS))
_OF_ADAPTER = (("send", HTTPAdapter.send),)
#: Whether these are the ones that came with the library, and not what somebody had put in their place before.
_UNTOUCHED = all(
    function.__module__ in ("requests.sessions", "requests.adapters") for _, function in (*_OF_SESSION, *_OF_ADAPTER)
)
#: What a session's proxies and certificates depend on, beside itself.
_NAMES = (
    "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
)  # fmt: skip
#: The same as the system has them: to look them up one by one takes ten times as long.
_DATA: Any = getattr(os.environ, "_data", os.environ)
_KEYS = tuple(map(getattr(os.environ, "encodekey", str), _NAMES)) if _DATA is not os.environ else _NAMES
_MOST = 64
#: How many seconds a way is kept: proxies of the system may change without a word.
_KEPT = 10.0


class _Way(NamedTuple):
    """The connections to a server, and what they were found by; None where there is no short way."""

    made_of: tuple[Any, ...]
    until: float
    pool: Any


class Shortcut:
    """The short way of a session to its servers.

    Args:
        session: The session.
    """

    def __init__(self, session: requests.Session) -> None:
        self._session = session
        self._ways: dict[Any, _Way] = {}
        self._defaults: tuple[tuple[tuple[str, Any], ...], dict[str, tuple[str, Any]]] = ((), {})

    def send(self, request: Request, timeout: float) -> Any:
        """Send a request, and give urllib3's response with the body on the wire; None when it has to go through the session.

        Raises:
            urllib3.exceptions.HTTPError: There is no response.
            OSError: So it is.
        """
        body = request.body
        ready = _READY.match(request.url) if body is None or type(body) is bytes else None
        if ready is None or not _is_plain(self._session):
            return None
        server, target = ready.groups()
        if "%" in target and _PAIR.search(target):
            return None
        adapter: Any = self._session.get_adapter(request.url)
        if (
            type(adapter) not in (HTTPAdapter, Connections)
            or HTTPAdapter.send is not _OF_ADAPTER[0][1]
            or "send" in adapter.__dict__
        ):
            return None
        pool = self._pool(server, request, adapter)
        fields = self._fields(request)
        if pool is None or fields is None:
            return None
        response = pool.urlopen(
            method=request.method, url=target, body=body or None, headers=fields, redirect=False, assert_same_host=False,
            preload_content=False, decode_content=False, retries=adapter.max_retries, timeout=Timeout(connect=timeout, read=timeout),
        )  # fmt: skip
        if "Set-Cookie" in response.headers:
            prepared = self._prepared(request, fields)
            extract_cookies_to_jar(self._session.cookies, prepared, response)  # type: ignore[no-untyped-call]  # theirs
        return response

    def _pool(self, server: str, request: Request, adapter: HTTPAdapter) -> Any:
        """The connections to a server, by all that `requests` finds them by."""
        session = self._session
        key = server, request.certificate
        made_of = (
            adapter, session.trust_env, session.verify, session.cert, tuple(session.proxies.items()),
            tuple(map(_DATA.get, _KEYS)) if session.trust_env else None,
        )  # fmt: skip
        way = self._ways.get(key)
        if way is None or way.made_of != made_of or way.until < time.monotonic():
            if len(self._ways) >= _MOST:
                self._ways.clear()
            way = self._ways[key] = _Way(made_of, time.monotonic() + _KEPT, self._find(server, request, adapter))
        elif way.pool is not None and way.pool.pool is None:  # it was closed, with the session or as one of too many
            way = self._ways[key] = way._replace(pool=self._find(server, request, adapter))
        return way.pool

    def _find(self, server: str, request: Request, adapter: HTTPAdapter) -> Any:
        session = self._session
        url = f"{server}/"
        verify = None if session.verify is True else session.verify
        settings = session.merge_environment_settings(url, {}, stream=True, verify=verify, cert=request.certificate)
        if select_proxy(url, settings["proxies"]):
            return None
        prepared = requests.Request("GET", url).prepare()
        pool = adapter.get_connection_with_tls_context(prepared, settings["verify"], cert=settings["cert"])
        adapter.cert_verify(pool, url, settings["verify"], settings["cert"])  # type: ignore[no-untyped-call, unused-ignore]
        return pool

    def _fields(self, request: Request) -> dict[str, Any] | None:
        """The session's header fields and the request's, text beyond ASCII as UTF-8; None when they need to be looked at."""
        given = tuple(self._session.headers.items())
        made_of, defaults = self._defaults
        if made_of != given:
            if any(value is None for _, value in given):
                return None
            defaults = {name.lower(): (name, value) for name, value in given}
            self._defaults = given, defaults
        merged: dict[str, tuple[str, Any]] = defaults.copy()
        headers = request.headers
        for name in headers:
            value = headers[name]
            if "\n" in value or "\r" in value:
                return None
            merged[name.lower()] = name, value if value.isascii() else value.encode()
        if request.body:
            merged["content-length"] = "Content-Length", str(len(request.body))  # type: ignore[arg-type]  # they are bytes
        elif request.method not in ("GET", "HEAD"):
            merged.setdefault("content-length", ("Content-Length", "0"))
        fields = dict(merged.values())
        if "cookie" not in merged and next(iter(self._session.cookies), None) is not None:
            fields = dict(self._prepared(request, fields).headers)
        return fields

    def _prepared(self, request: Request, fields: dict[str, Any]) -> requests.PreparedRequest:
        """The request as the cookie jar wants to see it, with the cookies that it has for it."""
        prepared = requests.PreparedRequest()
        prepared.method, prepared.url, prepared.headers = (
            request.method,
            request.url,
            requests.structures.CaseInsensitiveDict(fields),
        )
        prepared.prepare_cookies(merge_cookies(RequestsCookieJar(), self._session.cookies))  # type: ignore[no-untyped-call]  # theirs
        return prepared


def _is_plain(session: requests.Session) -> bool:
    """Whether to go round the session's own methods comes to the same."""
    return (
        _UNTOUCHED
        and type(session) is requests.Session
        and not session.params
        and not session.hooks["response"]
        and type(session.cookies) is RequestsCookieJar
        and _METHODS.isdisjoint(session.__dict__)
        and all(getattr(requests.Session, name) is function for name, function in _OF_SESSION)
    )
