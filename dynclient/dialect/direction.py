"""What is not required this way: properties that only travel the other (OpenAPI, Schema Object, `readOnly`, `writeOnly`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from dynclient.document import Document, Node, is_reference

Direction = Literal["request", "response"]

_OTHER_WAY: dict[Direction, str] = {"request": "readOnly", "response": "writeOnly"}


def required_by_way(document: Document, node: Node, required: Any) -> dict[Direction, Any]:
    """Those of the required properties that travel each way.

    Args:
        document: The document.
        node: The schema.
        required: What its `required` holds.
    """
    properties = node.value.get("properties")
    if not isinstance(required, list) or not isinstance(properties, Mapping):
        return dict.fromkeys(_OTHER_WAY, required)

    def travels(name: Any, absent: str) -> bool:
        marked = isinstance(name, str) and _may_be_marked(properties.get(name), absent)
        return not (marked and _is_marked(document, node.child("properties", name), absent))

    return {way: [name for name in required if travels(name, absent)] for way, absent in _OTHER_WAY.items()}


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
