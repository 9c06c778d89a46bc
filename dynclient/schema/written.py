"""The examples that a document gives itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynclient.spec.document import Document
from dynclient.spec.node import Node


def documented(document: Document, node: Node) -> dict[str, Any]:
    """The examples that a document gives for a parameter or a body, by name.

    Args:
        document: The document.
        node: The Media Type Object or Parameter Object.

    Returns:
        The named ones of `examples`, then `example` and the schema's own, which have no names and get numbers.
    """
    found: dict[str, Any] = {}
    for name, child in node.child("examples").children():
        example = document.follow(child)
        if isinstance(example.value, Mapping):
            for key in ("value", "dataValue"):
                if key in example.value:
                    found.setdefault(name, example.value[key])
    schema = document.follow(node.child("schema"))
    unnamed = [place.value["example"] for place in (node, schema) if "example" in (place.value or ())]
    listed = schema.get("examples")
    unnamed += listed if isinstance(listed, list) else []
    return found | {f"example-{number}": value for number, value in enumerate(unnamed, 1)}
