"""Dynamic references (JSON Schema 2020-12, section 8.2.3.2) and recursive ones (2019-09), for which each schema of a bundle needs a URI of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynclient.schema.references import DEFS, References
from dynclient.spec.document import Document
from dynclient.spec.node import Node

#: How the schemas of a bundle are called where it has dynamic references, which need a URI for each.
URN = "urn:dynclient:"
_RECURSIVE = "recursive"


def dynamic_reference(references: References, node: Node) -> dict[str, str]:
    """A `$dynamicRef` stays one when it names an anchor; to a place, it is a plain reference."""
    reference = str(node.value["$dynamicRef"])
    target = references.target(reference, node)
    name = reference.rpartition("#")[2]
    if isinstance(target.value, Mapping) and target.value.get("$dynamicAnchor") == name:
        references.dynamic = True
        return {"$dynamicRef": f"{URN}{references.key(target)}#{name}"}
    return {"$ref": DEFS + references.key(target)}


def recursive(document: Document, references: References, node: Node, keyword: str) -> dict[str, str]:
    """A recursive reference or anchor of 2019-09 (section 8.2.4.2), as a dynamic one whose anchor has a name."""
    if keyword == "$recursiveAnchor":
        return {"$dynamicAnchor": _RECURSIVE} if node.value[keyword] is True else {}
    target = document.resource(node)
    key = references.key(target)
    if target.get("$recursiveAnchor") is not True:
        return {"$ref": DEFS + key}
    references.dynamic = True
    return {"$dynamicRef": f"{URN}{key}#{_RECURSIVE}"}


def named(schema: Any, key: str) -> Any:
    """A schema of the bundle with a URI of its own, and its references by the URIs of their targets."""
    renamed = _by_urn(schema)
    return {"$id": f"{URN}{key}", **renamed} if isinstance(renamed, dict) else renamed


def _by_urn(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_by_urn(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        keyword: value.replace(DEFS, URN) if keyword == "$ref" and isinstance(value, str) else _by_urn(value)
        for keyword, value in schema.items()
    }
