"""Where a schema that is compared is written, and what its author wrote there."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dynclient.problem import pointer
from dynclient.schema.bundle import CHOICES, DEFS, inside
from dynclient.schema.bundler import Bundler
from dynclient.spec.document import Document
from dynclient.spec.node import Node, step


class Origins:
    """The places of the translated schemas of one document; they are looked up when somebody asks for one.

    Args:
        document: The document.
        bundler: Knows the components.
    """

    def __init__(self, document: Document, bundler: Bundler) -> None:
        self._document = document
        self._bundler = bundler
        self._roots: dict[int, Node] = {}
        self._known: dict[int, tuple[Node, tuple[str | int, ...]]] = {}
        self._unread: deque[tuple[Any, Node, tuple[str | int, ...]]] = deque()
        self._originals: dict[int, Any] = {}
        self._kept: list[Any] = []  # so that no other schema gets the id of one that is known

    def add(self, schema: Any, node: Node) -> None:
        """Note where a schema, with all those inside it, is written."""
        if isinstance(schema, Mapping) and id(schema) not in self._roots:
            self._kept.append(schema)
            self._roots[id(schema)] = node
            self._unread.append((schema, node, ()))

    def copied(self, schema: dict[str, Any], original: Any) -> dict[str, Any]:
        """Note that a schema was made from another one, at whose place it counts, and return it."""
        self._kept += (schema, original)
        self._originals[id(schema)] = original
        return schema

    def pointer_of(self, schema: Any) -> str:
        """Return the JSON pointer of a schema in its document, with the file in front of it where that is another one."""
        node, path = self._placed(schema)
        if node.value is None and not node.path:
            return ""
        return pointer_in(self._document, Node(node.file, (*node.path, *_written(node.value, path)), None))

    def raw(self, schema: Any) -> Mapping[str, Any]:
        """Return what the author wrote at the place of a schema."""
        node, path = self._placed(schema)
        value = node.value
        for token in _written(node.value, path):
            value = step(value, token)
        return value if isinstance(value, Mapping) else {}

    def name_of(self, schema: Any) -> str:
        """Return the name of the component that a schema is, or refers to; "" for another one."""
        if isinstance(schema, Mapping) and schema.keys() == {"$ref"}:
            node: Node | None = self._bundler.targets[schema["$ref"].removeprefix(DEFS)].node
        else:
            node = self._roots.get(id(schema))
        return str(node.path[-1]) if node is not None and node.path[:1] == ("components",) else ""

    def _placed(self, schema: Any) -> tuple[Node, tuple[str | int, ...]]:
        while id(schema) in self._originals:
            schema = self._originals[id(schema)]
        while id(schema) not in self._known and self._unread:  # the walk goes on where the last one has stopped
            part, node, path = self._unread.popleft()
            if isinstance(part, Mapping):
                self._known.setdefault(id(part), (node, path))
                self._unread.extendleft((inner, node, (*path, *way)) for way, inner in inside(part))
        return self._known.get(id(schema), (Node(self._document.root.file, (), None), ()))


def pointer_in(document: Document, node: Node) -> str:
    """Return the JSON pointer of a place in a document, with the file in front of it where that is another one."""
    text = pointer(node.path)
    if node.file == document.root.file:
        return text
    name, path = document.files[node.file].name, document.source.path
    near = path is not None and Path(name).is_relative_to(path.parent)
    return f"{Path(name).relative_to(path.parent) if path is not None and near else name}#{text}"


def _written(value: Any, path: tuple[str | int, ...]) -> Iterator[str | int]:
    """Yield the way to a schema as its author wrote it: the translation puts some schemas into others."""
    older = {"prefixItems": "items", "dependentSchemas": "dependencies", "items": "additionalItems"}
    rest = list(path)
    while rest:
        token = rest.pop(0)
        following = step(value, token)
        if following is None and token in older:
            token = older[str(token)]
            following = step(value, token)
        if following is None:
            if token in CHOICES and rest:  # `nullable` became a choice
                rest.pop(0)
                continue
            return
        yield token
        value = following
