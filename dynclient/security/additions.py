"""What credentials become on the wire.

A kind of scheme is an entry in `_APPLY`: it says what a credential becomes. To add a kind is to add an entry.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from dynclient import lazy
from dynclient.exchange import Headers, Request
from dynclient.problem import Problem
from dynclient.security.credentials import Target, called
from dynclient.security.lookup import Keyring, Netrc, Unfit
from dynclient.security.oauth.settings import OAuth2
from dynclient.security.scheme import Scheme

#: What no header field can carry: line breaks and other control characters, and half characters.
_BREAKS = lazy.pattern(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_TOKEN = lazy.pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")

#: The file of a client certificate, or that file and the file of its key.
Certificate = str | tuple[str, str]

#: What gives the Authorization of a request; None when it has none to give yet.
Signer = Callable[[Request], str | None]


class Additions(NamedTuple):
    """What security adds to a request.

    Attributes:
        headers: Header fields.
        query: Query parameters, not yet percent-encoded.
        cookies: Cookies.
        certificates: Client certificates; a request can show one.
        signers: What gives header fields only when the rest of the request is known.
    """

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()
    certificates: tuple[Certificate, ...] = ()
    signers: tuple[Signer, ...] = ()

    def plus(self, more: Additions) -> Additions:
        """These and more."""
        return Additions(
            self.headers + more.headers,
            self.query + more.query,
            self.cookies + more.cookies,
            self.certificates + more.certificates,
            self.signers + more.signers,
        )

    @property
    def certificate(self) -> Certificate | None:
        """The client certificate, None for none."""
        return self.certificates[0] if self.certificates else None

    def signed(self, request: Request) -> Request:
        """A request with the header fields that depend on the rest of it."""
        texts = [signer(request) for signer in self.signers]
        fields = [("Authorization", text) for text in texts if text is not None]
        return replace(request, headers=Headers([*request.headers.fields, *fields])) if fields else request

    def __repr__(self) -> str:
        names = [name for part in (self.headers, self.query, self.cookies) for name, _ in part]
        return f"<Additions {', '.join(names)}>"


def apply(targets: Mapping[Scheme, Target]) -> tuple[Additions, list[Problem]]:
    """What the credentials of these schemes add to a request, together, and those that cannot be sent."""
    targets = _distinct(targets)
    problems = _clashes(targets)
    added = Additions()
    for scheme, target in targets.items() if not problems else ():
        try:
            more = _APPLY.get(scheme.kind, _unknown)(scheme, target)
        except Unfit as error:
            problems.append(Problem("auth", (scheme.id,), "credential", str(error)))
            continue
        added = added.plus(more)
    return added, problems


def value_of(scheme: Scheme, target: Target) -> Any:
    """The credential itself, after whatever has it was asked."""
    credential = target.credentials.get(scheme.id)
    if isinstance(credential, Netrc | Keyring):
        return credential.find(scheme, target.server)
    return called(credential) if callable(credential) else credential


def pair_of(credential: Any) -> tuple[str, str]:
    """The user and the password: a pair, or text with a colon between them.

    Raises:
        Unfit: It is neither, or cannot be sent.
    """
    parts = credential.split(":", 1) if isinstance(credential, str) else credential
    if not isinstance(parts, tuple | list) or len(parts) != 2:
        raise Unfit(f"must be a pair of user and password, not {type(credential).__name__}")
    user, password = map(_text, parts)
    _one_line(f"{user}{password}")
    return user, password


def _distinct(targets: Mapping[Scheme, Target]) -> dict[Scheme, Target]:
    """The schemes less those that would send the same credential in the same place a second time.

    Published documents ask for two schemes at once where one token serves both.
    """
    kept: dict[Scheme, Target] = {}
    for scheme, target in targets.items():
        credential = target.credentials.get(scheme.id)
        if not any(
            other.carrier == scheme.carrier
            and other.word == scheme.word
            and known.credentials.get(other.id) == credential
            for other, known in kept.items()
        ):
            kept[scheme] = target
    return kept


def _clashes(targets: Iterable[Scheme]) -> list[Problem]:
    """The problem that two schemes travel in one place, if so: a field can be sent but once."""
    carriers: dict[tuple[str, str], list[str]] = {}
    for scheme in targets:
        carriers.setdefault((scheme.carrier[0], scheme.carrier[1].lower()), []).append(scheme.id)
    return [
        Problem("auth", (names[1],), "credential", f"travels in the {place} {name}, as {names[0]} does")
        for (place, name), names in carriers.items()
        if len(names) > 1
    ]


def _api_key(scheme: Scheme, target: Target) -> Additions:
    field = ((scheme.name, _one_line(_text(value_of(scheme, target)))),)
    match scheme.location:
        case "header":
            if not _TOKEN.match(scheme.name):
                raise Unfit(f"has no header to travel in: the document calls it {scheme.name!r}")
            return Additions(headers=field)
        case "query":
            return Additions(query=field)
        case "cookie":
            return Additions(cookies=field)
        case _:
            raise Unfit("is no key for a header, a query parameter or a cookie")


def _http(scheme: Scheme, target: Target) -> Additions:
    match scheme.scheme:
        case "basic":
            return _authorization("Basic", _basic(value_of(scheme, target)))
        case "digest":
            pair = pair_of(value_of(scheme, target))
            if '"' in pair[0] or "\\" in pair[0]:
                raise Unfit("has a user name with a quote or a backslash")
            digest = target.credentials.digest(scheme, target.server)
            return Additions(signers=(lambda request: digest.answer(pair, request),))
        case "bearer" | "":
            return _bearer(scheme, target)
        case _:
            return _authorization(scheme.spelled or scheme.scheme, value_of(scheme, target))


def _basic(credential: Any) -> Any:
    """What http basic sends: user and password in base64, or the text that is that already (RFC 7617, section 2)."""
    if isinstance(credential, str) and ":" not in credential:
        return credential
    user, password = pair_of(credential)
    if ":" in user:
        raise Unfit("has a user name with a colon")
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _bearer(scheme: Scheme, target: Target) -> Additions:
    """A token, as given or got by OAuth 2.0 (RFC 6750, section 2.1)."""
    credential = target.credentials.get(scheme.id)
    if isinstance(credential, OAuth2):
        tokens = target.credentials.tokens(scheme, credential, target.server)
        return _authorization("Bearer", tokens.token(target.scopes, target.timeout))
    return _authorization("Bearer", value_of(scheme, target))


def _unknown(scheme: Scheme, _: Target) -> Additions:
    raise Unfit(f"has the type {scheme.kind!r} in the document; there are {', '.join(_APPLY)}")


def _mutual_tls(scheme: Scheme, target: Target) -> Additions:
    """The files of a client certificate and its key, or one file that has both; as text, they are joined as in PATH."""
    value = value_of(scheme, target)
    parts = value.split(os.pathsep) if isinstance(value, str) else value if isinstance(value, tuple | list) else [value]
    if not 1 <= len(parts) <= 2 or not all(isinstance(part, str | os.PathLike) for part in parts):
        raise Unfit("must be the path of a client certificate, or the paths of a certificate and its key")
    if not all(map(os.path.isfile, parts)):
        raise Unfit("names a file that is not there")
    files = [os.fspath(part) for part in parts]
    return Additions(certificates=((files[0], files[1]) if len(files) == 2 else files[0],))


def _authorization(scheme: str, credential: Any) -> Additions:
    text = _one_line(_text(credential))
    if text.lower().startswith(f"{scheme.lower()} "):
        raise Unfit(f"begins with {scheme}, which is put before it: give what comes after that")
    return Additions(headers=(("Authorization", f"{scheme} {text}"),))


def _text(credential: Any) -> str:
    if not isinstance(credential, str):
        raise Unfit(f"must be text, not {type(credential).__name__}")
    return credential


def _one_line(text: str) -> str:
    if not text.strip() or _BREAKS.search(text):
        raise Unfit("is empty or holds a line break or another control character")
    return text


_APPLY: dict[str, Callable[[Scheme, Target], Additions]] = {
    "apiKey": _api_key,
    "http": _http,
    "mutualTLS": _mutual_tls,
    "oauth2": _bearer,
    "openIdConnect": _bearer,
}
