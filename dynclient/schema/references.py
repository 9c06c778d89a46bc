"""Where the references of a document lead, and what the schemas there are called in a bundle."""

from __future__ import annotations

from typing import Any

from dynclient import lazy
from dynclient.spec.document import Document
from dynclient.spec.node import Node

#: Where a bundle holds the schemas that it refers to.
DEFS = "#/$defs/"

#: What a key of `$defs` cannot hold without being encoded in a reference.
_UNSAFE = lazy.pattern(r"[^A-Za-z0-9._-]")


class References:
    """The references of a document, each followed once.

    Args:
        document: The document.

    Attributes:
        targets: The schema of each key, and whether it is meant without its choice of subtypes.
        reached: The keys that were given since `start`.
        dynamic: Whether a dynamic reference was among them.
    """

    def __init__(self, document: Document) -> None:
        self.targets: dict[str, tuple[Node, bool]] = {}
        self.reached: dict[str, None] = {}
        self.dynamic = False
        self._document = document
        self._keys: dict[Any, str] = {}
        self._found: dict[tuple[str, str, str], Node] = {}
        self._linked: dict[tuple[str, str], str] = {}

    def start(self) -> None:
        """Begin with another schema."""
        self.reached, self.dynamic = {}, False

    def linked(self, file: str, reference: str) -> str | None:
        """The reference inside the bundle for one that was met in a file before, where no more than the file matters."""
        key = self._linked.get((file, reference))
        if key is None:
            return None
        self.reached[key] = None
        return DEFS + key

    def to(self, node: Node) -> str:
        """The reference inside the bundle for the reference of a node.

        Raises:
            SpecError: It leads nowhere.
        """
        reference = node.value["$ref"]
        key = self.key(self.target(reference, node))
        if self._document.is_plain(node.file):
            self._linked[node.file, reference] = key
        return DEFS + key

    def target(self, reference: str, node: Node) -> Node:
        """Where a reference leads; most of a document's references lead to the same few places.

        Raises:
            SpecError: It leads nowhere.
        """
        if not isinstance(reference, str):
            return self._document.resolve(reference, node)  # which refuses it
        way = node.file, self._document.base(node), reference
        found = self._found.get(way)
        if found is None:
            found = self._document.resolve(reference, node)
            self._document.follow(found)  # a schema that is only a reference may lead back to itself
            self._found[way] = found
        return found

    def key(self, target: Node, *, plain: bool = False) -> str:
        """The key of a schema in `$defs`; the schema that is being translated is noted to refer to it."""
        place = (target.place, plain)
        key = self._keys.get(place)
        if key is None:
            base = key = _UNSAFE.sub("-", str(target.path[-1])) if target.path else "root"
            count = 1
            while key in self.targets:
                count += 1
                key = f"{base}-{count}"
            self._keys[place] = key
            self.targets[key] = (target, plain)
        self.reached[key] = None
        return key

    def name(self, reference: str) -> str:
        """The name of the component that a reference of the bundle leads to."""
        target, _ = self.targets[reference.removeprefix(DEFS)]
        return str(target.path[-1]) if target.path else ""
