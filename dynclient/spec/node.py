"""Nodes: places in a document, each with the value that stands there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

#: Members that hold data, in which nothing is a reference or a schema.
DATA = frozenset({"const", "default", "enum", "example", "examples", "value"})
#: Members whose own members have names that the author chose: `default` below `responses` is a response.
NAMES = frozenset({
    "$defs", "callbacks", "content", "definitions", "dependentSchemas", "encoding", "headers", "links", "mapping",
    "mediaTypes", "parameters", "pathItems", "paths", "patternProperties", "properties", "requestBodies", "responses",
    "schemas", "securitySchemes", "variables", "webhooks",
})  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A place in a document.

    Attributes:
        file: The URI of the file that holds it.
        path: The tokens of its JSON pointer.
        value: What stands there; None when nothing does.
    """

    file: str
    path: tuple[str | int, ...]
    value: Any

    def child(self, *tokens: str | int) -> Node:
        """The place below this one; its value is None when there is nothing."""
        value = self.value
        for token in tokens:
            value = step(value, token)
        return Node(self.file, (*self.path, *tokens), value)

    def children(self) -> Iterator[tuple[str, Node]]:
        """The members of an object with their names, or none when it is no object."""
        if isinstance(self.value, Mapping):
            for name in self.value:
                yield name, self.child(name)

    def items(self) -> Iterator[Node]:
        """The items of an array, or none when it is no array."""
        if isinstance(self.value, list):
            for index in range(len(self.value)):
                yield self.child(index)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of one member of an object."""
        return self.value.get(name, default) if isinstance(self.value, Mapping) else default

    @property
    def place(self) -> tuple[str, tuple[str | int, ...]]:
        """Where it is: equal for two nodes exactly when they are the same place."""
        return self.file, self.path


@dataclass(frozen=True, slots=True, eq=False)
class Combined(Node):
    """A place whose members were written at several places: those of the first hide those of the others."""

    parts: tuple[Node, ...] = ()

    def child(self, *tokens: str | int) -> Node:
        """The place below this one, where it was written."""
        if not tokens:
            return self
        owner = next((part for part in self.parts if tokens[0] in part.value), self.parts[0])
        return owner.child(*tokens)


def combined(place: Node, *parts: Node) -> Node:
    """A place that has the members of all parts; those of the first hide those of the others."""
    value: dict[str, Any] = {}
    for part in reversed(parts):
        value |= {name: member for name, member in part.value.items() if name != "$ref"}
    return Combined(place.file, place.path, value, parts)


def is_reference(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value is a Reference Object: an object with a `$ref` text."""
    return isinstance(value, Mapping) and isinstance(value.get("$ref"), str)


def walk(start: Node, tokens: tuple[str, ...]) -> tuple[Node | None, str]:
    """The place that a pointer leads to, or None and the token at which it ends."""
    value = start.value
    for token in tokens:
        value = step(value, token)
        if value is None:
            return None, token
    return Node(start.file, (*start.path, *tokens), value), ""


def step(value: Any, token: str | int) -> Any:
    """The member or item of a value, None when it has none."""
    if isinstance(value, Mapping):
        return value.get(token)
    if isinstance(value, list):
        index = str(token)
        if index.isascii() and index.isdigit() and (index == "0" or index[0] != "0") and int(index) < len(value):
            return value[int(index)]
    return None
