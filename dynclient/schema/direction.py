"""What is not required this way: properties that only travel the other (OpenAPI, Schema Object, `readOnly`, `writeOnly`).

A schema that is composed by `allOf` is one object: a part of it may require what another part describes as `readOnly`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from dynclient.spec.document import Document
from dynclient.spec.node import Node, is_reference

Direction = Literal["request", "response"]

#: What a schema describes properties with.
_DESCRIBING = frozenset({"$ref", "allOf", "properties"})
_OTHER_WAY: dict[Direction, str] = {"request": "readOnly", "response": "writeOnly"}


def required_by_way(document: Document, node: Node, required: Any) -> dict[Direction, Any]:
    """Those of the required properties that travel each way.

    Args:
        document: The document.
        node: The schema that describes the properties, itself or by its parts.
        required: What its `required` holds, or that of one of its parts.
    """
    if not isinstance(required, list) or node.value.keys().isdisjoint(_DESCRIBING):
        return dict.fromkeys(_OTHER_WAY, required)

    def travels(name: Any, absent: str) -> bool:
        return not any(
            _may_be_marked(place.value, absent) and _is_marked(document, place, absent)
            for place in _described(document, node, name, set())
        )

    return {way: [name for name in required if travels(name, absent)] for way, absent in _OTHER_WAY.items()}


def _described(document: Document, node: Node, name: Any, seen: set[Any]) -> Iterator[Node]:
    """Where a property is described: in a schema, and in what its reference and the parts of its `allOf` lead to."""
    if not isinstance(node.value, Mapping) or not isinstance(name, str) or node.place in seen:
        return
    seen.add(node.place)
    properties = node.value.get("properties")
    if isinstance(properties, Mapping) and name in properties:
        yield node.child("properties", name)
    if is_reference(node.value):
        yield from _described(document, document.resolve(node.value["$ref"], node), name, seen)
    for part in node.child("allOf").items() if "allOf" in node.value else ():
        yield from _described(document, part, name, seen)


def _may_be_marked(schema: Any, mark: str) -> bool:
    """Whether a place is worth a closer look."""
    return not isinstance(schema, dict) or mark in schema or "$ref" in schema or "allOf" in schema


def _is_marked(document: Document, node: Node, mark: str) -> bool:
    """Whether a schema has a mark, itself or where its reference or the parts of its allOf lead."""
    if node.get(mark) is True:
        return True
    if is_reference(node.value):
        return document.follow(node).get(mark) is True
    return any(_is_marked(document, part, mark) for part in node.child("allOf").items())
