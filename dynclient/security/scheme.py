"""Security schemes: what a document says of how its requests show who sends them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from dynclient.exchange import SECRET_NAMES
from dynclient.security.oauth.settings import Flow

#: The types as they are spelled, by how some documents spell them.
_KINDS = {kind.lower(): kind for kind in ("apiKey", "http", "oauth2", "openIdConnect", "mutualTLS")}
_WELL_KNOWN = "/.well-known/"


class Scheme(NamedTuple):
    """A security scheme of the document (OpenAPI, Security Scheme Object).

    Attributes:
        id: Its name in the document.
        kind: `apiKey`, `http`, `oauth2`, `openIdConnect` or `mutualTLS`.
        location: For `apiKey`: `header`, `query` or `cookie`.
        name: For `apiKey`: the header, query parameter or cookie.
        scheme: For `http`: the authentication scheme, in lower case.
        spelled: For `http`: the authentication scheme as the document spells it.
        bearer_format: For `http` with `bearer`: what its tokens look like.
        flows: For `oauth2`: the flows.
        discovery_url: Where its authorization server says what it has.
    """

    id: str
    kind: str
    location: str = ""
    name: str = ""
    scheme: str = ""
    spelled: str = ""
    bearer_format: str = ""
    flows: tuple[Flow, ...] = ()
    discovery_url: str = ""

    @property
    def carrier(self) -> tuple[str, str]:
        """Where the credential travels: the location and the name there; `tls` for a certificate, which no request shows."""
        if self.kind == "mutualTLS":
            return "tls", ""
        return (self.location, self.name) if self.kind == "apiKey" else ("header", "Authorization")

    @property
    def word(self) -> str:
        """The authentication scheme that stands before the credential, "" where there is none: a token is a token however it was got."""
        if self.kind in ("apiKey", "mutualTLS"):
            return ""
        return (self.scheme if self.kind == "http" else "") or "bearer"

    def describe(self, scopes: Iterable[str] = ()) -> str:
        """What the scheme wants, for messages."""
        if self.kind == "apiKey":
            return f"{self.id} (the key for the {self.location} {self.name})"
        if self.kind == "mutualTLS":
            return f"{self.id} (a client certificate)"
        kind = f"{self.scheme or self.kind} credentials" + (f", {self.bearer_format}" if self.bearer_format else "")
        word = "scopes" if self.kind in ("oauth2", "openIdConnect") else "roles"
        return f"{self.id} ({kind}{f' with the {word} ' + ', '.join(scopes) if scopes else ''})"


def scheme_of(name: str, data: Any) -> Scheme:
    """The security scheme that a Security Scheme Object describes.

    Args:
        name: Its key in the document.
        data: The object, as plain data.
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
        _well_known(text("openIdConnectUrl")) or text("oauth2MetadataUrl"),
    )


def _well_known(url: str) -> str:
    """Where a provider describes itself; documents like to give the provider alone (OpenID Connect Discovery 1.0, section 4)."""
    return url if not url or _WELL_KNOWN in url else f"{url.rstrip('/')}{_WELL_KNOWN}openid-configuration"


def _flows(flows: Mapping[str, Any]) -> Iterable[Flow]:
    for kind, flow in flows.items():
        if isinstance(flow, Mapping) and not kind.startswith("x-"):
            names = ("tokenUrl", "authorizationUrl", "deviceAuthorizationUrl", "refreshUrl")
            yield Flow(kind, *(str(flow.get(name) or "") for name in names))


#: A requirement: scheme ids with their scopes, all of which must be met.
Requirement = Mapping[str, tuple[str, ...]]


def secret_names(schemes: Iterable[Scheme]) -> frozenset[str]:
    """The lower-case names that carry credentials under these schemes."""
    return SECRET_NAMES | {scheme.carrier[1].lower() for scheme in schemes if scheme.carrier[1]}
