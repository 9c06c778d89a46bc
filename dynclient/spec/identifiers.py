"""Identifiers: the `$id`, `$self` and anchors of a file, looked for only when a reference cannot do without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urldefrag, urljoin

from dynclient.spec.node import DATA, NAMES, Node


class Index(NamedTuple):
    """The identifiers of a file.

    Attributes:
        resources: The schemas that have a URI of their own, by that URI.
        anchors: The places that have a name, by the place of the schema resource and the name.
    """

    resources: dict[str, Node]
    anchors: dict[tuple[Any, str], Node]


def own_uri(value: Any, *, top: bool = False) -> str:
    """The URI that a schema (`$id`) or a whole OpenAPI 3.2 document (`$self`) gives itself, "" for none."""
    if not isinstance(value, Mapping):
        return ""
    is_document = top and "openapi" in value
    uri = value.get("$self" if is_document else "$id")
    if not isinstance(uri, str) or (is_document and not str(value["openapi"]).startswith("3.2")):
        return ""
    uri, fragment = urldefrag(uri)
    return "" if fragment else uri


def index_of(file: str, data: Any) -> Index:
    """Every `$id`, `$anchor` and `$dynamicAnchor` of a file (JSON Schema 2020-12, section 8.2)."""
    index = Index({}, {})
    top = Node(file, (), data)
    pending = [(top, urljoin(file, own_uri(data, top=True)), top.place, False)]
    while pending:
        node, base, scope, named = pending.pop()
        members = node.value.items() if isinstance(node.value, Mapping) else enumerate(node.value)
        if isinstance(node.value, Mapping) and not named:
            own = own_uri(node.value) if node.path else ""
            if own:
                base, scope = urldefrag(urljoin(base, own))[0], node.place
                index.resources.setdefault(base, node)
            for keyword in ("$anchor", "$dynamicAnchor"):
                if isinstance(node.value.get(keyword), str):
                    index.anchors.setdefault((scope, node.value[keyword]), node)
        for name, value in members:
            if isinstance(value, Mapping | list) and (named or name not in DATA):
                child = Node(file, (*node.path, name), value)
                pending.append((child, base, scope, not named and name in NAMES))
    return index
