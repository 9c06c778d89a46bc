"""The type of a schema in a few words: `ItemRequest`, `array of string`, `string (date)`, `"A" | "B"`."""

from __future__ import annotations

import json
from collections.abc import Mapping

from dynclient.spec.document import Document
from dynclient.spec.node import Node, is_reference


def kind_of(node: Node) -> str:
    """The type of a schema in a few words: `ItemRequest`, `array of string`, `string (date)`, `"A" | "B"`."""
    value = node.value
    if is_reference(value):
        return str(value["$ref"]).rpartition("/")[2]
    if not isinstance(value, Mapping):
        return "nothing" if value is False else "anything"
    if isinstance(value.get("enum"), list):
        return " | ".join(json.dumps(item, ensure_ascii=False) for item in value["enum"])
    choices = alternatives(node)
    declared = value.get("type")
    kinds = [str(kind) for kind in declared] if isinstance(declared, list) else [str(declared)] if declared else []
    words = [_typed(kind, node) for kind in kinds] or choices or [_implied(node)]
    return " or ".join([*words, *(["null"] if value.get("nullable") is True else [])])


def _typed(kind: str, node: Node) -> str:
    if kind == "array":
        return f"array of {kind_of(node.child('items'))}" if node.get("items") is not None else "array"
    return f"{kind} ({node.get('format')})" if node.get("format") and kind != "null" else kind


def _implied(node: Node) -> str:
    """The type of a schema that names none."""
    parts = [kind_of(part) for part in node.child("allOf").items()]
    return " and ".join(parts) or ("object" if node.get("properties") else "anything")


def alternatives(node: Node) -> list[str]:
    """The alternatives of a schema that is a choice."""
    return [kind_of(part) for keyword in ("oneOf", "anyOf") for part in node.child(keyword).items()]


def members_of(document: Document, node: Node, depth: int = 8) -> tuple[dict[str, Node], set[str]]:
    """The properties of a schema and of those that it takes in by `allOf`, and the names of the required ones."""
    node = document.follow(node)
    found = dict(node.child("properties").children())
    required = {name for name in node.get("required") or () if isinstance(name, str)}
    for part in node.child("allOf").items() if depth else ():
        more, needed = members_of(document, part, depth - 1)
        found = more | found
        required |= needed
    return found, required
