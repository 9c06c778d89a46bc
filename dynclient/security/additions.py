"""What each kind of credential adds to a request.

Each type of security scheme is an entry of `_ADD`, which turns a credential into additions.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import quote

from dynclient import lazy
from dynclient.exchange import Headers, Request
from dynclient.problem import Problem
from dynclient.security.credentials import CredentialError, Target, credential_value
from dynclient.security.oauth.settings import OAuth2
from dynclient.security.scheme import Scheme

#: Characters that no header field can carry: line breaks, other control characters, and unpaired surrogates.
_NOT_IN_FIELD = lazy.pattern(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
#: What a cookie carries as it is (RFC 6265, section 4.1.1).
_COOKIE_VALUE = lazy.pattern(r"[!#-+\--:<-\[\]-~]+\Z|\"[!#-+\--:<-\[\]-~]*\"\Z")
_TOKEN = lazy.pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")

#: The file of a client certificate, or that file and the file of its key.
Certificate = str | tuple[str, str]

#: A function that returns the Authorization of a request, or None if it cannot sign yet.
Signer = Callable[[Request], str | None]


class Additions(NamedTuple):
    """The parts that security adds to a request.

    Attributes:
        headers: Header fields.
        query: Query parameters, not yet percent-encoded.
        cookies: Cookies, not yet percent-encoded.
        certificates: Client certificates; a request can show one.
        signers: Functions that compute Authorization when the rest of the request is known.
    """

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()
    certificates: tuple[Certificate, ...] = ()
    signers: tuple[Signer, ...] = ()

    def plus(self, more: Additions) -> Additions:
        """Return these additions and more."""
        return Additions(
            self.headers + more.headers,
            self.query + more.query,
            self.cookies + more.cookies,
            self.certificates + more.certificates,
            self.signers + more.signers,
        )

    def signed(self, request: Request) -> Request:
        """Return a request with the header fields that depend on the rest of it."""
        texts = [signer(request) for signer in self.signers]
        fields = [("Authorization", text) for text in texts if text is not None]
        return replace(request, headers=Headers([*request.headers.fields, *fields])) if fields else request

    def __repr__(self) -> str:
        names = [name for part in (self.headers, self.query, self.cookies) for name, _ in part]
        return f"<Additions {', '.join(names)}>"


def additions_for(targets: Mapping[Scheme, Target]) -> tuple[Additions, list[Problem]]:
    """Return what the credentials of these schemes add to a request, and a problem for each that cannot be sent."""
    targets = _without_duplicates(targets)
    problems = _clashes(targets)
    added = Additions()
    for scheme, target in targets.items() if not problems else ():
        try:
            more = _ADD.get(scheme.kind, _unknown)(scheme, target)
        except CredentialError as error:
            problems.append(Problem("auth", (scheme.id,), "credential", str(error)))
            continue
        added = added.plus(more)
    return added, problems


def cookie_text(value: str) -> str:
    """Return the text that carries a value in a cookie: the value as it is, percent-encoded where a cookie could not carry it."""
    return value if _COOKIE_VALUE.match(value) else quote(value, safe="")


def user_and_password(credential: Any) -> tuple[str, str]:
    """Return the user and the password of a credential: a pair, or text with a colon between them.

    Raises:
        CredentialError: It is neither, or cannot be sent.
    """
    parts = credential.split(":", 1) if isinstance(credential, str) else credential
    if not isinstance(parts, tuple | list) or len(parts) != 2:
        raise CredentialError(f"must be a pair of user and password, not {type(credential).__name__}")
    user, password = map(_text, parts)
    _one_line(f"{user}{password}")
    return user, password


def _without_duplicates(targets: Mapping[Scheme, Target]) -> dict[Scheme, Target]:
    """Leave out the schemes that would send the same credential in the same place again.

    Published documents ask for two schemes at once although one token serves both.
    """
    kept: dict[Scheme, Target] = {}
    for scheme, target in targets.items():
        credential = target.credentials.get(scheme.id)
        if not any(
            other.carrier == scheme.carrier
            and other.prefix == scheme.prefix
            and known.credentials.get(other.id) == credential
            for other, known in kept.items()
        ):
            kept[scheme] = target
    return kept


def _clashes(targets: Iterable[Scheme]) -> list[Problem]:
    """Return a problem if two schemes need the same field."""
    carriers: dict[tuple[str, str], list[str]] = {}
    for scheme in targets:
        carriers.setdefault((scheme.carrier[0], scheme.carrier[1].lower()), []).append(scheme.id)
    return [
        Problem("auth", (names[1],), "credential", f"needs the same {place} as {names[0]}: {name}")
        for (place, name), names in carriers.items()
        if len(names) > 1
    ]


def _api_key(scheme: Scheme, target: Target) -> Additions:
    field = ((scheme.name, _one_line(_text(credential_value(scheme, target)))),)
    match scheme.location:
        case "header":
            if not _TOKEN.match(scheme.name):
                raise CredentialError(f"the document sends it in the header {scheme.name!r}, which is not a valid name")
            return Additions(headers=field)
        case "query":
            return Additions(query=field)
        case "cookie":
            return Additions(cookies=field)
        case _:
            raise CredentialError(f"the document sends it in {scheme.location!r}, not in a header, query or cookie")


def _http(scheme: Scheme, target: Target) -> Additions:
    match scheme.scheme:
        case "basic":
            return _authorization("Basic", _basic(credential_value(scheme, target)))
        case "digest":
            pair = user_and_password(credential_value(scheme, target))
            if '"' in pair[0] or "\\" in pair[0]:
                raise CredentialError("the user name must not contain a quote or a backslash")
            digest = target.credentials.digest(scheme, target.server)
            return Additions(signers=(lambda request: digest.answer(pair, request),))
        case "bearer" | "":
            return _bearer(scheme, target)
        case _:
            return _authorization(scheme.spelled or scheme.scheme, credential_value(scheme, target))


def _basic(credential: Any) -> Any:
    """Return user and password in base64; text without a colon is base64 already (RFC 7617, section 2)."""
    if isinstance(credential, str) and ":" not in credential:
        return credential
    user, password = user_and_password(credential)
    if ":" in user:
        raise CredentialError("the user name must not contain a colon")
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _bearer(scheme: Scheme, target: Target) -> Additions:
    """Add a token, the user's own or one from OAuth 2.0 (RFC 6750, section 2.1)."""
    credential = target.credentials.get(scheme.id)
    if isinstance(credential, OAuth2):
        tokens = target.credentials.tokens(scheme, credential, target.server)
        return _authorization("Bearer", tokens.token(target.scopes, target.timeout))
    value = credential_value(scheme, target)
    if not isinstance(value, str):
        raise CredentialError(f"must be a token as text, or an OAuth2(...), not {type(value).__name__}")
    return _authorization("Bearer", value)


def _mutual_tls(scheme: Scheme, target: Target) -> Additions:
    """Add a client certificate: its file and that of its key, or one file with both; text joins two files as PATH does."""
    value = credential_value(scheme, target)
    parts = value.split(os.pathsep) if isinstance(value, str) else value if isinstance(value, tuple | list) else [value]
    if not 1 <= len(parts) <= 2 or not all(isinstance(part, str | os.PathLike) for part in parts):
        raise CredentialError("must be the path of a client certificate, or the paths of a certificate and its key")
    if not all(map(os.path.isfile, parts)):
        raise CredentialError("names a file that does not exist")
    files = [os.fspath(part) for part in parts]
    return Additions(certificates=((files[0], files[1]) if len(files) == 2 else files[0],))


def _unknown(scheme: Scheme, _: Target) -> Additions:
    raise CredentialError(f"the document gives it the unknown type {scheme.kind!r}; known are {', '.join(_ADD)}")


def _authorization(scheme: str, credential: Any) -> Additions:
    text = _one_line(_text(credential))
    if text.lower().startswith(f"{scheme.lower()} "):
        raise CredentialError(f'leave out the "{scheme} " prefix; it is added for you')
    return Additions(headers=(("Authorization", f"{scheme} {text}"),))


def _text(credential: Any) -> str:
    if not isinstance(credential, str):
        raise CredentialError(f"must be text, not {type(credential).__name__}")
    return credential


def _one_line(text: str) -> str:
    if not text.strip():
        raise CredentialError("must not be empty")
    if _NOT_IN_FIELD.search(text):
        raise CredentialError("must not contain a line break or another control character")
    return text


_ADD: dict[str, Callable[[Scheme, Target], Additions]] = {
    "apiKey": _api_key,
    "http": _http,
    "mutualTLS": _mutual_tls,
    "oauth2": _bearer,
    "openIdConnect": _bearer,
}
