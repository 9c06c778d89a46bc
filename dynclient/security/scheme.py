"""Security schemes: how the document says that requests are authenticated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from dynclient.errors import SpecError
from dynclient.redaction import SECRET_NAMES
from dynclient.security.oauth.settings import OAuthFlow
from dynclient.spec.document import Document
from dynclient.spec.node import Node

#: The types by their lower-case spelling, since documents spell them in several ways.
_KINDS = {kind.lower(): kind for kind in ("apiKey", "http", "oauth2", "openIdConnect", "mutualTLS")}
_WELL_KNOWN = "/.well-known/"

#: A requirement: scheme ids with their scopes, all of which must be met.
Requirement = Mapping[str, tuple[str, ...]]


class Scheme(NamedTuple):
    """A security scheme of the document (OpenAPI, Security Scheme Object).

    Attributes:
        id: Its name in the document.
        kind: `apiKey`, `http`, `oauth2`, `openIdConnect` or `mutualTLS`; anything else if the document breaks the specification.
        location: For `apiKey`: `header`, `query` or `cookie`.
        name: For `apiKey`: the header, query parameter or cookie.
        scheme: For `http`: the authentication scheme in lower case.
        spelled: For `http`: the authentication scheme as the document spells it.
        bearer_format: For `http` with `bearer`: the format of the tokens.
        flows: For `oauth2`: the flows.
        discovery_url: The URL of the authorization server's metadata.
    """

    id: str
    kind: str
    location: str = ""
    name: str = ""
    scheme: str = ""
    spelled: str = ""
    bearer_format: str = ""
    flows: tuple[OAuthFlow, ...] = ()
    discovery_url: str = ""

    @property
    def carrier(self) -> tuple[str, str]:
        """The location and name that carry the credential; `tls` for a certificate, which no request shows."""
        if self.kind == "mutualTLS":
            return "tls", ""
        return (self.location, self.name) if self.kind == "apiKey" else ("header", "Authorization")

    @property
    def prefix(self) -> str:
        """The authentication scheme in front of the credential, or ""; every kind of token is a bearer token."""
        if self.kind in ("apiKey", "mutualTLS"):
            return ""
        return (self.scheme if self.kind == "http" else "") or "bearer"

    @property
    def identity(self) -> tuple[str, str, str]:
        """What it does to a request: location and name of the credential, and what stands before it; ids are only names for it."""
        location, name = self.carrier
        return location, name.lower() if location == "header" else name, self.prefix

    def describe(self, scopes: Iterable[str] = ()) -> str:
        """Describe the credential that the scheme needs, for messages."""
        if self.kind == "apiKey":
            return f"{self.id} (the key for the {self.location} {self.name})"
        if self.kind == "mutualTLS":
            return f"{self.id} (a client certificate)"
        is_token = self.kind in ("oauth2", "openIdConnect")
        kind = f"an {self.kind} token" if is_token else f"{self.scheme or self.kind or 'unknown'} credentials"
        kind += f", {self.bearer_format}" if self.bearer_format else ""
        word = "scopes" if is_token else "roles"
        return f"{self.id} ({kind}{f' with the {word} ' + ', '.join(scopes) if scopes else ''})"


def security_schemes(document: Document, requirements: Node | None = None) -> dict[str, Scheme]:
    """Return the security schemes of a document by id (OpenAPI, Components Object).

    A scheme whose `$ref` cannot be resolved is there, too, without a kind: no credential fits it, and `document.problems` says why.

    Args:
        document: The document.
        requirements: The place of a list of Security Requirement Objects; since 3.2 they may name a scheme by its URI.
    """
    nodes = document.root.child("components", "securitySchemes").children()
    found = {name: scheme_of(name, _data_at(document, node)) for name, node in nodes}
    if requirements is not None and document.version not in ("2.0", "3.0", "3.1"):
        for alternative in requirements.items():
            for uri, node in alternative.children():
                if uri not in found and (scheme := _scheme_at(document, uri, node)) is not None:
                    found[uri] = scheme
    return found


def _data_at(document: Document, node: Node) -> Any:
    try:
        return document.follow(node).value
    except SpecError:
        return None


def _scheme_at(document: Document, uri: str, node: Node) -> Scheme | None:
    """Return the scheme that a requirement names by its URI, if there is one (OpenAPI 3.2, Security Requirement Object)."""
    try:
        place = document.follow(document.resolve(uri, node))
    except SpecError:
        return None
    return scheme_of(uri, place.value) if isinstance(place.value, Mapping) and "type" in place.value else None


def scheme_of(name: str, data: Any) -> Scheme:
    """Return the security scheme that a Security Scheme Object describes.

    Args:
        name: Its key in the document.
        data: The object as plain data; anything else makes a scheme without a kind.
    """
    members = data if isinstance(data, Mapping) else {}

    def text(member: str) -> str:
        return str(members.get(member) or "")

    flows = members.get("flows")
    return Scheme(
        name,
        _KINDS.get(text("type").lower(), text("type")),
        text("in"),
        text("name"),
        text("scheme").lower(),
        text("scheme"),
        text("bearerFormat"),
        tuple(_flows(flows)) if isinstance(flows, Mapping) else (),
        _metadata_url(text("openIdConnectUrl")) or text("oauth2MetadataUrl"),
    )


def _metadata_url(url: str) -> str:
    """Return the URL of a provider's metadata; documents often name only the provider (OpenID Connect Discovery 1.0, section 4)."""
    return url if not url or _WELL_KNOWN in url else f"{url.rstrip('/')}{_WELL_KNOWN}openid-configuration"


def _flows(flows: Mapping[str, Any]) -> Iterator[OAuthFlow]:
    for kind, flow in flows.items():
        if isinstance(flow, Mapping) and not str(kind).startswith("x-"):
            names = ("tokenUrl", "authorizationUrl", "deviceAuthorizationUrl", "refreshUrl")
            yield OAuthFlow(str(kind), *(str(flow.get(name) or "") for name in names))


def secret_names(schemes: Iterable[Scheme]) -> frozenset[str]:
    """Return the lower-case names that carry credentials under these schemes."""
    return SECRET_NAMES | {scheme.carrier[1].lower() for scheme in schemes if scheme.carrier[1]}


def carriers_of(schemes: Iterable[Scheme]) -> frozenset[tuple[str, str]]:
    """Return the locations and lower-case names that carry credentials, whose values no message may quote."""
    carriers = (scheme.carrier for scheme in schemes)
    return frozenset({("header", "set-cookie"), *((place, name.lower()) for place, name in carriers)})
