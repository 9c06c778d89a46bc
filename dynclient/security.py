"""Security: the document's requirements and the user's credentials, to what is added to a request.

A kind of scheme is an entry in `_APPLY`: it says what a credential becomes on the wire. To add a kind is to add an entry.
No credential is ever part of a message, a repr or a comparison.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dynclient.errors import Problem
from dynclient.exchange import SECRET_NAMES
from dynclient.names import nearest

#: A credential: the text, a (user, password) pair, or a callable that gives either when a request is built.
Credential = str | tuple[str, str] | Callable[[], Any]

_BREAKS = re.compile(r"[\r\n\0]")


class Scheme(NamedTuple):
    """A security scheme of the document (OpenAPI, Security Scheme Object).

    Attributes:
        id: Its name in the document.
        kind: `apiKey`, `http`, `oauth2`, `openIdConnect` or `mutualTLS`.
        location: For `apiKey`: `header`, `query` or `cookie`.
        name: For `apiKey`: the header, query parameter or cookie.
        scheme: For `http`: the authentication scheme, in lower case.
    """

    id: str
    kind: str
    location: str = ""
    name: str = ""
    scheme: str = ""

    @property
    def carrier(self) -> tuple[str, str]:
        """Where the credential travels: the location and the name there."""
        return (self.location, self.name) if self.kind == "apiKey" else ("header", "Authorization")

    def describe(self) -> str:
        """What the scheme wants, for messages."""
        if self.kind == "apiKey":
            return f"{self.id} (the key for the {self.location} {self.name})"
        return f"{self.id} ({self.scheme or self.kind} credentials)"


#: A requirement: scheme ids with their scopes, all of which must be met.
Requirement = Mapping[str, tuple[str, ...]]


class Additions(NamedTuple):
    """What security adds to a request.

    Attributes:
        headers: Header fields.
        query: Query parameters, not yet percent-encoded.
        cookies: Cookies.
    """

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Credentials:
    """The user's credentials by scheme id; they never show.

    Attributes:
        by_scheme: The credential of each scheme.
    """

    by_scheme: Mapping[str, Credential] = field(default_factory=dict, repr=False)

    def unknown(self, schemes: Iterable[str]) -> list[Problem]:
        """A problem for each credential whose scheme the document does not have."""
        known = list(schemes)
        rule = f"the document has {', '.join(known)}" if known else "the document has no security schemes"
        return [
            Problem("auth", (name,), "unknown", "is no security scheme of the document", nearest(name, known) or rule)
            for name in self.by_scheme
            if name not in known
        ]


def secret_names(schemes: Iterable[Scheme]) -> frozenset[str]:
    """The lower-case names that carry credentials under these schemes."""
    return SECRET_NAMES | {scheme.carrier[1].lower() for scheme in schemes}


def select(
    requirements: tuple[Requirement, ...], schemes: Mapping[str, Scheme], credentials: Credentials
) -> tuple[Additions, list[Problem]]:
    """Choose the first requirement that the credentials meet, and give what it adds to a request.

    An empty requirement, which makes security optional, is met by none and comes last: credentials that were given are used.

    Args:
        requirements: The alternatives of the operation; one that is empty asks for nothing.
        schemes: The document's schemes by id.
        credentials: What the user has.

    Returns:
        What to add, and the problems: credentials that are missing or cannot be sent (OpenAPI, Security Requirement Object).
    """
    if not requirements:
        return Additions(), []
    for requirement in sorted(requirements, key=lambda alternative: not alternative):
        if all(name in credentials.by_scheme and name in schemes for name in requirement):
            return _apply([schemes[name] for name in requirement], credentials)
    return Additions(), [_missing(requirements, schemes, credentials)]


def present(
    requirements: tuple[Requirement, ...], schemes: Mapping[str, Scheme], carriers: frozenset[tuple[str, str]]
) -> list[Problem]:
    """The problem that a recorded request carries no credentials that meet a requirement, if so.

    Args:
        requirements: The alternatives of the operation.
        schemes: The document's schemes by id.
        carriers: The (location, lower-case name) of everything that the request carries.
    """

    def met(requirement: Requirement) -> bool:
        return all(
            name in schemes and (schemes[name].carrier[0], schemes[name].carrier[1].lower()) in carriers
            for name in requirement
        )

    if not requirements or any(met(requirement) for requirement in requirements):
        return []
    return [_missing(requirements, schemes, Credentials())]


def _missing(requirements: tuple[Requirement, ...], schemes: Mapping[str, Scheme], credentials: Credentials) -> Problem:
    def describe(requirement: Requirement) -> str:
        wanted = [name for name in requirement if name not in credentials.by_scheme]
        return " and ".join(schemes[name].describe() if name in schemes else name for name in wanted)

    ways = "; or ".join(dict.fromkeys(describe(requirement) for requirement in requirements))
    return Problem("security", (), "security", f"credentials are missing: {ways}")


def _apply(wanted: list[Scheme], credentials: Credentials) -> tuple[Additions, list[Problem]]:
    added: dict[str, list[tuple[str, str]]] = {"header": [], "query": [], "cookie": []}
    problems = []
    for scheme in wanted:
        credential = credentials.by_scheme[scheme.id]
        try:
            location, name, text = _APPLY.get(scheme.kind, _bearer)(
                scheme, credential() if callable(credential) else credential
            )
        except (TypeError, ValueError) as error:
            problems.append(Problem("auth", (scheme.id,), "credential", str(error)))
            continue
        if not text or _BREAKS.search(text):
            problems.append(Problem("auth", (scheme.id,), "credential", "is empty or holds a line break"))
        added[location].append((name, text))
    return Additions(tuple(added["header"]), tuple(added["query"]), tuple(added["cookie"])), problems


def _api_key(scheme: Scheme, credential: Any) -> tuple[str, str, str]:
    return scheme.location, scheme.name, _text(credential)


def _http(scheme: Scheme, credential: Any) -> tuple[str, str, str]:
    if scheme.scheme == "basic":
        if isinstance(credential, tuple | list):
            credential = base64.b64encode(":".join(map(_text, credential)).encode()).decode()
        return "header", "Authorization", f"Basic {_text(credential)}"
    if scheme.scheme in ("bearer", ""):
        return _bearer(scheme, credential)
    return "header", "Authorization", f"{scheme.scheme} {_text(credential)}"


def _bearer(_: Scheme, credential: Any) -> tuple[str, str, str]:
    return "header", "Authorization", f"Bearer {_text(credential)}"


def _text(credential: Any) -> str:
    if not isinstance(credential, str):
        raise TypeError(f"must be text, not {type(credential).__name__}")
    return credential


_APPLY: dict[str, Callable[[Scheme, Any], tuple[str, str, str]]] = {"apiKey": _api_key, "http": _http}
