"""A schema together with all that it reaches."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

from dynclient.schema.direction import Direction
from dynclient.schema.dynamic import URN, named
from dynclient.schema.references import References
from dynclient.schema.translator import Translator
from dynclient.spec.document import Document
from dynclient.spec.node import Node


def bundle(document: Document, node: Node, direction: Direction) -> dict[str, Any]:
    """Give a JSON Schema 2020-12 schema that holds everything it refers to, as `Bundler.bundle` does, for this once."""
    return Bundler(document, direction).bundle(node)


class Entry(NamedTuple):
    """A schema of the document, translated.

    Attributes:
        schema: The schema in 2020-12.
        reached: The keys of the schemas that it refers to.
        dynamic: Whether it has dynamic references.
        one_way: Whether it means something else in the other direction.
    """

    schema: Any
    reached: tuple[str, ...]
    dynamic: bool
    one_way: bool


class Closure(NamedTuple):
    """What a schema reaches.

    Attributes:
        defs: Every schema that it refers to, and those that they refer to, by key.
        dynamic: Whether it or any of them has dynamic references.
        one_way: Whether it or any of them means something else in the other direction.
    """

    defs: dict[str, Any]
    dynamic: bool
    one_way: bool


class Bundler:
    """Makes the bundles of a document; a schema that several of them share is translated once.

    Args:
        document: The document.
        direction: Which way the values go: `readOnly` properties are not required of requests, nor `writeOnly` of responses.
        twin: The bundler of the other direction: what is the same both ways is translated once for both.
    """

    def __init__(self, document: Document, direction: Direction, twin: Bundler | None = None) -> None:
        self.document = document
        self.direction = direction
        self.references: References = twin.references if twin is not None else References(document)
        self.lock: threading.RLock = twin.lock if twin is not None else threading.RLock()
        self._translator = Translator(document, direction, self.references)
        self.targets = self.references.targets
        self.entries: dict[str, Entry] = {}
        self.twins = {} if twin is None else twin.entries
        if twin is not None:
            twin.twins = self.entries

    def bundle(self, node: Node) -> dict[str, Any]:
        """Give a JSON Schema 2020-12 schema that holds everything it refers to.

        Args:
            node: The place of the schema.

        Raises:
            SpecError: A reference in it leads nowhere.
        """
        entry = self.entry(node)
        root = entry.schema
        defs, dynamic, _ = self.closure(entry)
        if not isinstance(root, dict):
            root = {} if root else {"not": {}}
        if dynamic:
            defs = {key: named(schema, key) for key, schema in defs.items()}
            if "$defs" in root:  # which dynamic references may look for, and cannot be among those that are reached
                key = self.references.key(node)
                return {"$ref": URN + key, "$defs": {**defs, key: named(root, key)}}
            root = named(root, "")
        return {**root, "$defs": defs} if defs else root

    def entry(self, node: Node) -> Entry:
        """The schema at a place, translated.

        Raises:
            SpecError: A reference in it leads nowhere.
        """
        with self.lock:
            return self._entry(node, plain=False)

    def closure(self, entry: Entry) -> Closure:
        """Everything that a schema reaches.

        Raises:
            SpecError: A reference leads nowhere.
        """
        defs: dict[str, Any] = {}
        dynamic, one_way = entry.dynamic, entry.one_way
        pending = list(entry.reached)
        while pending:
            key = pending.pop()
            if key not in defs:
                found = self.known(key)
                defs[key] = found.schema
                dynamic, one_way = dynamic or found.dynamic, one_way or found.one_way
                pending += found.reached
        return Closure(defs, dynamic, one_way)

    def known(self, key: str) -> Entry:
        """The schema of a key, translated."""
        found = self.entries.get(key)
        if found is None:
            with self.lock:
                found = self._known(key)
        return found

    def _known(self, key: str) -> Entry:
        found = self.entries.get(key)
        twin = self.twins.get(key)
        if found is None and twin is not None and not twin.one_way:
            found = self.entries[key] = twin
        if found is None:
            target, plain = self.targets[key]
            found = self._entry(target, plain=plain)
            name = str(target.path[-1]) if target.path else key
            if name != key and isinstance(found.schema, dict):  # XML takes an element's name from the key
                found = found._replace(
                    schema={**found.schema, "xml": {"name": name, **(found.schema.get("xml") or {})}}
                )
            self.entries[key] = found
        return found

    def _entry(self, node: Node, *, plain: bool) -> Entry:
        self.references.start()
        self._translator.one_way = False
        schema = self._translator.translate(node, plain=plain)
        return Entry(schema, tuple(self.references.reached), self.references.dynamic, self._translator.one_way)
