"""The user's credentials, where they come from, and what was got with them."""

from __future__ import annotations

import os
import threading
import unicodedata
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

from dynclient.exchange import Headers
from dynclient.names import nearest, snake_case
from dynclient.problem import Problem
from dynclient.security.digest import Digest
from dynclient.security.lookup import Keyring, Netrc, Unfit
from dynclient.security.oauth.settings import OAuth2, resolve
from dynclient.security.scheme import Scheme

if TYPE_CHECKING:
    from dynclient.security.oauth.endpoint import Transport
    from dynclient.security.oauth.tokens import TokenSource

#: A credential: text, a (user, password) or (certificate, key) pair, a path, what finds one, or a callable that gives one.
Credential = str | os.PathLike[str] | tuple[Any, Any] | OAuth2 | Netrc | Keyring | Callable[[], Any]


def environment_name(api: str, scheme: str) -> str:
    """The environment variable that is looked up for a scheme.

    >>> environment_name("order_capture", "Client-Id")
    'DYNCLIENT_ORDER_CAPTURE_CLIENT_ID'
    """
    return "_".join(["DYNCLIENT", *(snake_case(_plain(name)).strip("_").upper() for name in (api, scheme))])


def _plain(name: str) -> str:
    """A name as shells take it in variables, without accents; one that has nothing but other letters stays as it is."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip() or name


class Credentials:
    """The user's credentials by scheme id, and the tokens and challenges got with them; none of it shows.

    Args:
        by_scheme: The credential of each scheme.
        api: The name of the API, for environment variables; "" to look none up.
        transport: What sends token requests.

    It may be shared between threads.
    """

    __slots__ = ("_api", "_asks", "_by_scheme", "_digests", "_lock", "_sources", "_transport")

    def __init__(
        self,
        by_scheme: Mapping[str, Credential] | None = None,
        api: str = "",
        transport: Transport | None = None,
    ) -> None:
        self._by_scheme = dict(by_scheme or {})
        self._api = api
        self._transport = transport
        self._lock = threading.Lock()
        self._sources: dict[Any, TokenSource] = {}
        self._digests: dict[Any, Digest] = {}
        self._asks = any(map(is_asked, self._by_scheme.values()))

    def __repr__(self) -> str:
        return f"<Credentials for {', '.join(self._by_scheme) or 'nothing'}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Credentials hold secrets and are not pickled")

    @property
    def asks(self) -> bool:
        """Whether there is one that is more than read: somebody is asked for it, which may take a while."""
        return self._asks

    def unknown(self, schemes: Iterable[str]) -> list[Problem]:
        """A problem for each credential whose scheme the document does not have."""
        known = list(schemes)
        rule = f"the document has {', '.join(known)}" if known else "the document has no security schemes"
        return [
            Problem("auth", (name,), "unknown", "is no security scheme of the document", nearest(name, known) or rule)
            for name in self._by_scheme
            if name not in known
        ]

    def given(self, scheme: str) -> bool:
        """Whether the user gave one for a scheme."""
        return scheme in self._by_scheme

    def has(self, scheme: str) -> bool:
        """Whether there is one for a scheme, given or in the environment."""
        return self.given(scheme) or self.get(scheme) is not None

    def get(self, scheme: str) -> Credential | None:
        """The credential for a scheme: what the user gave, else what the environment has."""
        if scheme in self._by_scheme or not self._api:
            return self._by_scheme.get(scheme)
        return os.environ.get(environment_name(self._api, scheme)) or None

    def hint(self, scheme: str) -> str:
        """Where a credential that is missing may come from."""
        return f"give auth={{{scheme!r}: ...}} or set {environment_name(self._api, scheme)}" if self._api else ""

    def tokens(self, scheme: Scheme, settings: OAuth2, server: str) -> TokenSource:
        """What gets the tokens of a scheme."""
        from dynclient.security.oauth.tokens import (
            TokenSource,
        )  # as large as the rest of security, and few have tokens to get

        if self._transport is None:
            raise Unfit("needs a transport to ask for a token")
        flows = tuple(flow.at(server) for flow in scheme.flows)
        discovery_url = resolve(server, scheme.discovery_url)
        key = scheme.id, settings, flows, discovery_url
        with self._lock:
            if key not in self._sources:
                self._sources[key] = TokenSource(scheme.id, settings, flows, discovery_url, self._transport)
            return self._sources[key]

    def digest(self, scheme: Scheme, server: str) -> Digest:
        """What is known of the digest challenges of a server."""
        with self._lock:
            return self._digests.setdefault((scheme.id, origin(server)), Digest())

    def follow(self, url: str, headers: Headers) -> None:
        """Learn from the Authentication-Info of a reply what the next request to its server needs."""
        with self._lock:
            known = [digest for (_, place), digest in self._digests.items() if place == origin(url)]
        for digest in known:
            digest.follow(headers)


class Target(NamedTuple):
    """What credentials are for.

    Attributes:
        server: The server's URL.
        scopes: What the operation needs.
        timeout: Seconds for each token request.
        credentials: Where tokens and challenges are kept.
    """

    server: str
    scopes: tuple[str, ...]
    timeout: float
    credentials: Credentials


def called(credential: Callable[[], Any]) -> Any:
    """What a callable gives.

    Raises:
        Unfit: It would have to be awaited, and nobody awaits here.
    """
    given = credential()
    if isinstance(given, Coroutine):
        given.close()
        raise Unfit("is an async function, which only the calls of an AsyncClient await")
    return given


def is_asked(credential: Any) -> bool:
    """Whether to get a credential's text is more than to read it."""
    return callable(credential) or isinstance(credential, OAuth2 | Netrc | Keyring)


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port of a URL: what a credential is for."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
