"""The security schemes that a document describes, and those that its requirements name elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dynclient.errors import SpecError
from dynclient.security.scheme import Scheme, scheme_of
from dynclient.spec.document import Document
from dynclient.spec.node import Node


def security_schemes(document: Document, requirements: Node | None = None) -> dict[str, Scheme]:
    """The security schemes of a document by id (OpenAPI, Components Object).

    Args:
        document: The document.
        requirements: The place of a list of Security Requirement Objects; since 3.2 they may name a scheme by its URI.
    """
    nodes = document.root.child("components", "securitySchemes").children()
    found = {name: scheme_of(name, document.follow(child).value) for name, child in nodes}
    if requirements is not None and document.version not in ("3.0", "3.1"):
        for alternative in requirements.items():
            for uri, node in alternative.children():
                if uri not in found and (scheme := _scheme_at(document, uri, node)) is not None:
                    found[uri] = scheme
    return found


def carriers_of(schemes: Iterable[Scheme]) -> frozenset[tuple[str, str]]:
    """Where credentials travel: the location and the lower-case name there. No message may quote what stands there."""
    carriers = (scheme.carrier for scheme in schemes)
    return frozenset({("header", "set-cookie"), *((place, name.lower()) for place, name in carriers)})


def _scheme_at(document: Document, uri: str, node: Node) -> Scheme | None:
    """The scheme that a requirement names by its URI, if there is one (OpenAPI 3.2, Security Requirement Object)."""
    try:
        place = document.follow(document.resolve(uri, node))
    except SpecError:
        return None
    return scheme_of(uri, place.value) if isinstance(place.value, Mapping) and "type" in place.value else None
