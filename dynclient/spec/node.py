"""Nodes: places in a document, each with its value; and the identifiers that schemas and documents give themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeGuard
from urllib.parse import urldefrag, urljoin

from dynclient.problem import Tokens

#: Members that hold data, in which nothing is a reference or a schema.
DATA = frozenset({"const", "default", "enum", "example", "examples", "value"})
#: Members whose own members have names that the author chose: `default` below `responses` is a response.
NAMES = frozenset({
    "$defs", "callbacks", "content", "definitions", "dependentSchemas", "encoding", "headers", "links", "mapping",
    "mediaTypes", "parameters", "pathItems", "paths", "patternProperties", "properties", "requestBodies", "responses",
    "schemas", "securitySchemes", "variables", "webhooks",
})  # fmt: skip
#: The versions whose schemas are no JSON Schema 2020-12: they have no identifiers, and nothing counts beside a `$ref`.
OLD_VERSIONS = ("2.0", "3.0")
#: What an object is: nearly always a dict, which is far quicker to tell than a Mapping.
_OBJECT = (dict, Mapping)
#: The keywords with which a schema or a document names itself, or a place inside it.
IDENTIFIERS = ("$id", "$self", "$anchor", "$dynamicAnchor")


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A place in a document.

    Attributes:
        file: The URI of its file.
        path: The tokens of its JSON pointer.
        value: The value at that place; None when there is none.
    """

    file: str
    path: Tokens
    value: Any

    def child(self, *tokens: str | int) -> Node:
        """The place below this one; its value is None when there is nothing."""
        value = self.value
        for token in tokens:
            value = step(value, token)
        return Node(self.file, (*self.path, *tokens), value)

    def children(self) -> Iterator[tuple[str, Node]]:
        """Yield the members of an object with their names; nothing for other values."""
        if isinstance(self.value, Mapping):
            for name in self.value:
                yield name, self.child(name)

    def items(self) -> Iterator[Node]:
        """Yield the items of an array; nothing for other values."""
        if isinstance(self.value, list):
            for index in range(len(self.value)):
                yield self.child(index)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of one member of an object."""
        return self.value.get(name, default) if isinstance(self.value, _OBJECT) else default

    @property
    def place(self) -> tuple[str, Tokens]:
        """File and path: equal for two nodes exactly when they are the same place."""
        return self.file, self.path


@dataclass(frozen=True, slots=True, eq=False)
class Combined(Node):
    """A place whose members were written at several places; an earlier part hides the same members of a later one."""

    parts: tuple[Node, ...] = ()

    def child(self, *tokens: str | int) -> Node:
        """The place below this one, where it was written."""
        if not tokens:
            return self
        owner = next((part for part in self.parts if tokens[0] in part.value), self.parts[0])
        return owner.child(*tokens)


@dataclass(frozen=True, slots=True, eq=False)
class Moved(Node):
    """A place with a value in another form than it was written in: some members were written elsewhere.

    Attributes:
        moved: Those members, where they were written.
    """

    moved: Mapping[Any, Node] = field(default_factory=dict)

    def child(self, *tokens: str | int) -> Node:
        """The place below this one, where it was written."""
        if not tokens:
            return self
        found = self.moved.get(tokens[0])
        if found is not None:
            return found.child(*tokens[1:])
        return Node(self.file, (*self.path, tokens[0]), step(self.value, tokens[0])).child(*tokens[1:])


def moved_object(place: Node, kept: Mapping[str, Any], members: Mapping[Any, Node]) -> Node:
    """Make an object at a place of members that were written there and members that were written elsewhere."""
    return Moved(place.file, place.path, {**kept, **{name: node.value for name, node in members.items()}}, members)


def moved_list(place: Node, items: list[Node]) -> Node:
    """Make an array at a place of items that were written elsewhere."""
    return Moved(place.file, place.path, [node.value for node in items], dict(enumerate(items)))


def combined(place: Node, *parts: Node) -> Node:
    """Combine the members of several parts at one place; an earlier part hides the same members of a later one."""
    value: dict[str, Any] = {}
    for part in reversed(parts):
        value |= {name: member for name, member in part.value.items() if name != "$ref"}
    return Combined(place.file, place.path, value, parts)


def is_reference(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value is a Reference Object: an object with a text `$ref`."""
    return isinstance(value, _OBJECT) and isinstance(value.get("$ref"), str)


def walk(start: Node, tokens: tuple[str, ...]) -> tuple[Node | None, str]:
    """Follow a pointer; return the node, or None and the first token that does not exist."""
    value = start.value
    for token in tokens:
        value = step(value, token)
        if value is None:
            return None, token
    return Node(start.file, (*start.path, *tokens), value), ""


def step(value: Any, token: str | int) -> Any:
    """The member or item of a value; None when it has none."""
    if isinstance(value, _OBJECT):
        return value.get(token)
    if isinstance(value, list):
        index = str(token)
        if index.isascii() and index.isdigit() and (index == "0" or index[0] != "0") and int(index) < len(value):
            return value[int(index)]
    return None


class Index(NamedTuple):
    """The identifiers of a file.

    Attributes:
        resources: The schemas that have a URI of their own, by that URI.
        anchors: The places that have a name, by the place of the schema resource and the name.
    """

    resources: dict[str, Node]
    anchors: dict[tuple[Any, str], Node]


def has_identifiers(text: str | bytes) -> bool:
    """Whether a text may contain an identifier, so that it is worth an index."""
    if isinstance(text, bytes):
        return any(word.encode() in text for word in IDENTIFIERS)
    return any(word in text for word in IDENTIFIERS)


def own_uri(value: Any, *, top: bool = False) -> str:
    """The URI that a schema (`$id`) or a whole OpenAPI 3.2 document (`$self`) gives itself; "" for none."""
    if not isinstance(value, Mapping):
        return ""
    is_document = top and "openapi" in value
    uri = value.get("$self" if is_document else "$id")
    if not isinstance(uri, str) or (is_document and not str(value["openapi"]).startswith("3.2")):
        return ""
    uri, fragment = urldefrag(uri)
    return "" if fragment else uri


def index_of(file: str, data: Any) -> Index:
    """Collect every `$id`, `$anchor` and `$dynamicAnchor` of a file (JSON Schema 2020-12, section 8.2)."""
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
