"""A schema together with all that it reaches."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

from dynclient.dialect.direction import Direction
from dynclient.dialect.dynamic import named
from dynclient.dialect.references import References
from dynclient.dialect.translator import Translator
from dynclient.document import Document, Node


def bundle(document: Document, node: Node, direction: Direction) -> dict[str, Any]:
    """Give a JSON Schema 2020-12 schema that holds everything it refers to, as `Bundler.bundle` does, for this once."""
    return Bundler(document, direction).bundle(node)


class Entry(NamedTuple):
    """A schema of the document, translated.

    Attributes:
        schema: The schema in 2020-12.
        reached: The keys of the schemas that it refers to.
        dynamic: Whether it has dynamic references.
    """

    schema: Any
    reached: tuple[str, ...]
    dynamic: bool


class Bundler:
    """Makes the bundles of a document; a schema that several of them share is translated once.

    Args:
        document: The document.
        direction: Which way the values go: `readOnly` properties are not required of requests, nor `writeOnly` of responses.
    """

    def __init__(self, document: Document, direction: Direction) -> None:
        self.document = document
        self.direction = direction
        self._references = References(document)
        self._translator = Translator(document, direction, self._references)
        self.targets = self._references.targets
        self.entries: dict[str, Entry] = {}
        self._lock = threading.RLock()

    def bundle(self, node: Node) -> dict[str, Any]:
        """Give a JSON Schema 2020-12 schema that holds everything it refers to.

        Args:
            node: The place of the schema.

        Raises:
            SpecError: A reference in it leads nowhere.
        """
        entry = self.entry(node)
        root = entry.schema
        defs, dynamic = self.closure(entry)
        if not isinstance(root, dict):
            root = {} if root else {"not": {}}
        if dynamic:
            root = named(root, "")
            defs = {key: named(schema, key) for key, schema in defs.items()}
        return {**root, "$defs": defs} if defs else root

    def entry(self, node: Node) -> Entry:
        """The schema at a place, translated.

        Raises:
            SpecError: A reference in it leads nowhere.
        """
        with self._lock:
            return self._entry(node, plain=False)

    def closure(self, entry: Entry) -> tuple[dict[str, Any], bool]:
        """Every schema that one refers to, and those that they refer to, by key; and whether any reference is dynamic.

        Raises:
            SpecError: A reference leads nowhere.
        """
        defs: dict[str, Any] = {}
        dynamic = entry.dynamic
        pending = list(entry.reached)
        while pending:
            key = pending.pop()
            if key not in defs:
                found = self.known(key)
                defs[key] = found.schema
                dynamic = dynamic or found.dynamic
                pending += found.reached
        return defs, dynamic

    def known(self, key: str) -> Entry:
        """The schema of a key, translated."""
        found = self.entries.get(key)
        if found is None:
            with self._lock:
                found = self._known(key)
        return found

    def _known(self, key: str) -> Entry:
        found = self.entries.get(key)
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
        self._references.start()
        schema = self._translator.translate(node, plain=plain)
        return Entry(schema, tuple(self._references.reached), self._references.dynamic)
