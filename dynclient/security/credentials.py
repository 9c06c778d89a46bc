"""The user's credentials by security scheme, and what was obtained with them.

A credential may also be kept elsewhere: in a netrc file, in the system's keyring or behind a callable. It is then read when a request
is built.
"""

from __future__ import annotations

import os
import threading
import unicodedata
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from dynclient import forks
from dynclient.errors import AuthError
from dynclient.exchange import Headers
from dynclient.extras import MissingAuthExtra, MissingExtra, needs
from dynclient.names import nearest, snake_case
from dynclient.origins import origin
from dynclient.problem import Problem
from dynclient.security.digest import Digest
from dynclient.security.oauth.settings import OAuth2, absolute_url
from dynclient.security.scheme import Scheme

if TYPE_CHECKING:
    from dynclient.security.oauth.endpoint import Sender
    from dynclient.security.oauth.tokens import TokenSource


class CredentialError(AuthError):
    """A credential that cannot be found or sent; the message says why, in words that follow "auth /scheme:"."""


class Netrc:
    """The user name and password of the server's host in a netrc file; for http basic and digest.

    Args:
        path: The file; if None, the one that the environment variable NETRC names, else `.netrc` in the home folder.
    """

    __slots__ = ("path",)

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = path

    def find(self, scheme: Scheme, server: str) -> Any:
        """Return the entry of the server's host, else the default entry.

        Raises:
            AuthError: There is no entry, or the file cannot be read.
        """
        import netrc  # needed only by those who use it

        if scheme.scheme not in ("basic", "digest"):
            raise CredentialError("a netrc file holds a user and a password, and this scheme takes neither")
        file = self.path or os.environ.get("NETRC") or os.path.expanduser("~/.netrc")  # noqa: PTH111  a path may be text
        place = origin(server)
        if place is None:
            raise CredentialError("the server's URL has no host to look up in a netrc file")
        host = place[1].strip("[]")
        try:
            found = netrc.netrc(os.fspath(file))
        except UnicodeDecodeError:
            raise CredentialError(f"the netrc file {file} cannot be read: it is not UTF-8") from None
        except netrc.NetrcParseError as error:  # its message may quote a password
            raise CredentialError(f"the netrc file {file} cannot be read: line {error.lineno}") from None
        except OSError as error:
            raise CredentialError(f"the netrc file {file} cannot be read: {error.strerror}") from None
        spelled = next((name for name in found.hosts if name.lower() == host), host)  # host names ignore case
        entry = found.authenticators(spelled)
        if entry is None:
            raise CredentialError(f"the netrc file {file} has no entry for {host}")
        return entry[0], entry[2]

    def __repr__(self) -> str:
        return f"<Netrc {self.path or ''}>"


class Keyring:
    """A password from the system's keyring; needs the extra `keyring`.

    Args:
        service: The name of the service in the keyring.
        user: The user name in the keyring; with http basic and digest, also the name to sign in with.
    """

    __slots__ = ("service", "user")

    def __init__(self, service: str, user: str) -> None:
        self.service = service
        self.user = user

    def __call__(self) -> str:
        """Return the password, for a secret of OAuth2.

        Raises:
            AuthError: There is no password.
            MissingAuthExtra: The library keyring is not installed.
        """
        try:
            with needs("keyring", "the keyring"):
                import keyring
                import keyring.errors
        except MissingExtra as error:
            raise MissingAuthExtra(str(error)) from None
        try:
            password = keyring.get_password(self.service, self.user)
        except keyring.errors.KeyringError as error:
            raise CredentialError(f"the keyring cannot be read: {type(error).__name__}") from None
        if password is None:
            raise CredentialError(f"the keyring has no password for {self.user} under {self.service}")
        return password

    def find(self, scheme: Scheme, _: str) -> Any:
        """Return the password, with the user name if the scheme takes both.

        Raises:
            AuthError: There is no password.
            MissingAuthExtra: The library keyring is not installed.
        """
        return (self.user, self()) if scheme.scheme in ("basic", "digest") else self()

    def __repr__(self) -> str:
        return f"<Keyring {self.user} under {self.service}>"


#: A credential: text, a (user, password) or (certificate, key) pair, a path, a place to find one, or a callable that returns one.
Credential = str | os.PathLike[str] | tuple[Any, Any] | OAuth2 | Netrc | Keyring | Callable[[], Any]


def environment_name(api: str, scheme: str) -> str:
    """Return the environment variable for the credential of a scheme.

    >>> environment_name("order_capture", "Client-Id")
    'DYNCLIENT_ORDER_CAPTURE_CLIENT_ID'
    """
    return "_".join(["DYNCLIENT", *(snake_case(_without_accents(name)).strip("_").upper() for name in (api, scheme))])


def _without_accents(name: str) -> str:
    """Return a name in the ASCII letters that shells allow in variables; a name in another script stays as it is."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip() or name


class Credentials:
    """The user's credentials by scheme id, with their tokens and digest challenges; none of them is ever shown.

    Args:
        by_scheme: The credential of each scheme.
        api: The name of the API, for environment variables; "" to read none.
        sender: The transport for token requests.
        waived: Whether requests go out without credentials, whatever the document demands.

    Attributes:
        api: That name.

    Threads may share it.
    """

    __slots__ = (
        "__weakref__",
        "_by_scheme",
        "_digests",
        "_former",
        "_is_slow",
        "_lock",
        "_sender",
        "_sources",
        "api",
        "waived",
    )

    def __init__(
        self,
        by_scheme: Mapping[str, Credential] | None = None,
        api: str = "",
        sender: Sender | None = None,
        *,
        waived: bool = False,
    ) -> None:
        self._by_scheme = dict(by_scheme or {})
        self.waived = waived
        self.api = api
        self._sender = sender
        self._lock = threading.Lock()
        self._sources: dict[Any, TokenSource] = {}
        self._digests: dict[Any, Digest] = {}
        self._former: dict[str, tuple[str, ...]] = {}
        self._is_slow = any(map(is_dynamic, self._by_scheme.values()))
        forks.join(self)

    def __repr__(self) -> str:
        return f"<Credentials for {', '.join(self._by_scheme) or 'nothing'}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Credentials hold secrets and are not pickled")

    def places(self) -> dict[str, Credential]:
        """Return the credentials for a pickle, if they are only places to find them: callables, paths, netrc files, keyrings.

        Raises:
            TypeError: There is another one, which would be in clear in a pickle.
        """
        kept = (os.PathLike, Netrc, Keyring)
        secret = [name for name, value in self._by_scheme.items() if not (callable(value) or isinstance(value, kept))]
        if secret:
            raise TypeError(
                f"the credentials for {', '.join(secret)} would be in clear in a pickle of this client; give functions of a "
                "module, Netrc or Keyring instead, set them in the environment, or make the client in the other process"
            )
        return dict(self._by_scheme)

    def forked(self) -> None:
        """Forget the locks of the parent process, and its requests for tokens that are under way."""
        self._lock = threading.Lock()
        kept: list[forks.Forkable] = [*self._sources.values(), *self._digests.values()]
        for each in kept:
            each.forked()

    @property
    def asks(self) -> bool:
        """Whether a credential must be asked for when a request is built, which may take a while."""
        return self._is_slow

    def unknown(self, schemes: Iterable[str]) -> list[Problem]:
        """Return a problem for each credential whose scheme the document does not have."""
        known = list(schemes)
        rule = f"the document has {', '.join(known)}" if known else "the document has no security schemes"
        message = "is not a security scheme of the document"
        return [
            Problem("auth", (name,), "unknown", message, nearest(name, known) or rule)
            for name in self._by_scheme
            if name not in known
        ]

    def carried(
        self, old: Mapping[str, Scheme], new: Mapping[str, Scheme], more: Mapping[str, Credential] | None = None
    ) -> tuple[Credentials, list[Problem]]:
        """Return the credentials for another document, which go by what a scheme is, not by its id.

        Args:
            old: The schemes of the document that these are for.
            new: The schemes of the other one.
            more: Further credentials for the other one, by its ids.

        Returns:
            The credentials, which share tokens and challenges with these, and a problem for each that has no place in the other document and
            no other one in its stead.
        """
        kept, problems = dict(more or {}), []
        names = {name: same_scheme(scheme, new) for name, scheme in old.items()}
        for name, credential in self._by_scheme.items():
            places = names.get(name, [])
            if len(places) == 1:
                kept.setdefault(places[0], credential)
            elif not any(place in kept for place in places) and (places or not more) and new:
                what = old[name].describe() if name in old else name
                hint = (
                    f"it may be for {' or '.join(places)}; pass auth={{...}}"
                    if places
                    else f"pass auth={{{next(iter(new))!r}: ...}}"
                )
                problems.append(Problem("auth", (name,), "unknown", f"there is no one scheme like {what}", hint))
        found = Credentials(kept, self.api, self._sender, waived=self.waived)
        found._sources, found._digests, found._lock = self._sources, self._digests, self._lock
        found._former = {
            places[0]: (name, *self._former.get(name, ()))
            for name, places in names.items()
            if places not in ([], [name])
        }
        return found, [*problems, *found.unknown(new)]

    def adopt(self, scheme: Scheme, schemes: Mapping[str, Scheme]) -> tuple[Scheme, Credential] | None:
        """Move a credential to the one scheme of a document that does the same as its own; take it out when there is none.

        Args:
            scheme: The credential's own scheme, of another document.
            schemes: Those of the document.

        Returns:
            The scheme and the credential, if it was taken out.
        """
        places = [name for name in same_scheme(scheme, schemes) if name not in self._by_scheme]
        credential = self._by_scheme.pop(scheme.id)
        if len(places) != 1:
            return scheme, credential
        self._by_scheme[places[0]] = credential
        self._former[places[0]] = (scheme.id, *self._former.get(scheme.id, ()))
        return None

    def without_place(
        self, old: Mapping[str, Scheme], new: Mapping[str, Scheme]
    ) -> dict[str, tuple[Scheme, Credential]]:
        """Return the credentials, with their schemes, for which another document has no scheme that does the same."""
        return {
            name: (old[name], credential)
            for name, credential in self._by_scheme.items()
            if name in old and not same_scheme(old[name], new)
        }

    def is_set(self, scheme: str) -> bool:
        """Whether the user set a credential for a scheme."""
        return scheme in self._by_scheme

    def has(self, scheme: str) -> bool:
        """Whether there is a credential for a scheme, from the user or in the environment."""
        return self.is_set(scheme) or self.get(scheme) is not None

    def get(self, scheme: str) -> Credential | None:
        """Return the credential for a scheme: the user's, else the one in the environment."""
        if scheme in self._by_scheme or not self.api:
            return self._by_scheme.get(scheme)
        names = (scheme, *self._former.get(scheme, ()))
        return next(filter(None, (os.environ.get(environment_name(self.api, name)) for name in names)), None)

    def unread(self, schemes: Iterable[str]) -> set[str]:
        """Return the environment variables that are called as those of this API, and are for none of these schemes."""
        start, known = (
            environment_name(self.api, ""),
            {environment_name(self.api, name) for name in (*schemes, "version")},
        )
        return {name for name in os.environ if name.startswith(start) and name not in known} if self.api else set()

    def recall(self, scheme: Scheme, schemes: Mapping[str, Scheme]) -> None:
        """Read the environment variable of a scheme of another document for the one scheme that does the same, if that has no credential."""
        places = [name for name in same_scheme(scheme, schemes) if not self.has(name)]
        if len(places) == 1 and places != [scheme.id]:
            self._former[places[0]] = (*self._former.get(places[0], ()), scheme.id)

    def hint(self, scheme: str) -> str:
        """Say how to set a missing credential."""
        return f"pass auth={{{scheme!r}: ...}} or set {environment_name(self.api, scheme)}" if self.api else ""

    def tokens(self, scheme: Scheme, settings: OAuth2, server: str) -> TokenSource:
        """Return the source of the access tokens of a scheme."""
        from dynclient.security.oauth.tokens import TokenSource  # few need tokens, and it is large

        if self._sender is None:
            raise CredentialError("needs a transport to ask for a token")
        flows = tuple(flow.at(server) for flow in scheme.flows)
        discovery_url = absolute_url(server, scheme.discovery_url)
        key = scheme.id, settings, flows, discovery_url
        with self._lock:
            if key not in self._sources:
                self._sources[key] = TokenSource(scheme.id, settings, flows, discovery_url, self._sender)
            return self._sources[key]

    def digest(self, scheme: Scheme, server: str) -> Digest:
        """Return the state of HTTP digest for a server."""
        with self._lock:
            return self._digests.setdefault((scheme.id, origin(server)), Digest())

    def follow(self, url: str, headers: Headers) -> None:
        """Remember the nonce that a reply announces for the next request to its server (Authentication-Info)."""
        place = origin(url)
        with self._lock:
            known = [digest for (_, server), digest in self._digests.items() if server == place]
        for digest in known:
            digest.follow(headers)


def same_scheme(scheme: Scheme, others: Mapping[str, Scheme]) -> list[str]:
    """Return the ids of the schemes that do the same to a request: the one of the same id, or all of them."""
    same = [name for name, other in others.items() if other.identity == scheme.identity]
    return [scheme.id] if scheme.id in same else same


class Target(NamedTuple):
    """What a credential is used for.

    Attributes:
        server: The server's URL.
        scopes: The scopes that the operation needs.
        timeout: Seconds for each token request.
        credentials: The credentials, which keep tokens and challenges.
    """

    server: str
    scopes: tuple[str, ...]
    timeout: float
    credentials: Credentials


def is_dynamic(credential: Any) -> bool:
    """Whether a credential must be asked for or looked up each time it is used."""
    return callable(credential) or isinstance(credential, OAuth2 | Netrc | Keyring)


def credential_value(scheme: Scheme, target: Target) -> Any:
    """Return the credential itself, after asking the callable, netrc file or keyring that has it.

    Raises:
        CredentialError: It cannot be found.
    """
    credential = target.credentials.get(scheme.id)
    if isinstance(credential, Netrc | Keyring):
        return credential.find(scheme, target.server)
    if not callable(credential):
        return credential
    value = credential()
    if isinstance(value, Coroutine):
        value.close()
        raise CredentialError("is an async function, which only AsyncClient can await")
    return value
