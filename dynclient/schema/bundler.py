"""Bundle a schema of a document with every schema that it reaches; each is translated once."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

from dynclient.errors import SpecError
from dynclient.schema.bundle import URN
from dynclient.schema.references import Form, References, with_urn
from dynclient.schema.translator import Direction, Translator
from dynclient.spec.document import Document
from dynclient.spec.node import Node


def bundle(document: Document, node: Node, direction: Direction) -> dict[str, Any]:
    """Return the bundle of one schema, as `Bundler.bundle` does."""
    return Bundler(document, direction).bundle(node)


class Entry(NamedTuple):
    """A translated schema of the document.

    Attributes:
        schema: The schema in 2020-12.
        reached: The keys of the schemas that it refers to.
        dynamic: Whether it has dynamic references.
        one_way: Whether it differs between the directions.
        later: The keys of the choices of subtypes that it refers to.
    """

    schema: Any
    reached: tuple[str, ...]
    dynamic: bool = False
    one_way: bool = False
    later: tuple[str, ...] = ()


class Closure(NamedTuple):
    """Everything that a schema reaches.

    Attributes:
        defs: The schemas that it refers to, and those that they refer to, by key.
        dynamic: Whether it or any of them has dynamic references.
        one_way: Whether it or any of them differs between the directions.
        later: The keys of the choices of subtypes among them, which `defs` does not hold.
    """

    defs: dict[str, Any]
    dynamic: bool
    one_way: bool
    later: tuple[str, ...] = ()


class Bundler:
    """Makes the bundles of a document; a schema that several of them share is translated once.

    Args:
        document: The document.
        direction: The direction of the values: `readOnly` properties are not required in requests, nor `writeOnly` ones in responses.
        other: The bundler of the other direction; a schema that is the same in both directions is translated once for both.
        annotated: Whether the schemas are for readers, as for `Translator`.
    """

    def __init__(
        self, document: Document, direction: Direction, other: Bundler | None = None, *, annotated: bool = False
    ) -> None:
        self.document = document
        self.direction = direction
        self.references: References = other.references if other is not None else References(document)
        self.lock: threading.RLock = other.lock if other is not None else threading.RLock()
        self._translator = Translator(document, direction, self.references, annotated=annotated)
        self._annotated = annotated
        self.targets = self.references.targets
        self.entries: dict[str, Entry] = {}
        self.others = {} if other is None else other.entries
        self._choices: dict[str, tuple[str, dict[str, str]]] = {}
        if other is not None:
            other.others = self.entries

    def bundle(self, node: Node, *, lenient: bool = False) -> dict[str, Any]:
        """Return a self-contained JSON Schema 2020-12 schema.

        Args:
            node: The place of the schema.
            lenient: Whether subtypes that cannot be used are left open, as only values that name them need them.

        Raises:
            SpecError: A reference in it cannot be resolved.
        """
        entry = self.entry(node)
        return self.joined(entry.schema, self.closure(entry, whole=True, lenient=lenient), node)

    def joined(self, root: Any, reached: Closure, node: Node | None = None) -> dict[str, Any]:
        """Return a schema with those that it reaches in its `$defs`.

        Args:
            root: The schema.
            reached: Everything that it reaches.
            node: Its place in the document, if it is a schema of the document.
        """
        defs = reached.defs
        if not isinstance(root, dict):
            root = {} if root else {"not": {}}
        if reached.dynamic:
            defs = {key: with_urn(schema, key) for key, schema in defs.items()}
            if "$defs" in root and node is not None:  # dynamic references look for anchors there as well
                key = self.references.key(node)
                return {"$ref": URN + key, "$defs": {**defs, key: with_urn(root, key)}}
            root = with_urn(root, "")
        return {**root, "$defs": defs} if defs else root

    def entry(self, node: Node) -> Entry:
        """Return the schema at a place, translated.

        Raises:
            SpecError: A reference in it cannot be resolved.
        """
        with self.lock:
            return self._translated(node, "whole")

    def closure(self, entry: Entry, *, whole: bool = False, lenient: bool = False) -> Closure:
        """Return everything that a schema reaches.

        Args:
            entry: The schema.
            whole: Whether the choices of subtypes are followed as well.
            lenient: Whether what cannot be used is left open where only those choices lead to it.

        Raises:
            SpecError: A reference cannot be resolved.
        """
        defs: dict[str, Any] = {}
        later = dict.fromkeys(entry.later)
        dynamic, one_way = entry.dynamic, entry.one_way
        pending = [*entry.later, *entry.reached] if whole else list(entry.reached)
        while pending:
            key = pending.pop()
            if key in defs:
                continue
            try:
                found = self.entries.get(key) or self.known(key)
            except SpecError:
                if not (whole and lenient):
                    raise
                self.closure(entry)  # which raises it, too, where more than a choice leads there
                found = Entry(schema=True, reached=())
            defs[key] = found.schema
            dynamic, one_way = dynamic or found.dynamic, one_way or found.one_way
            pending += found.reached
            if found.later:
                later |= dict.fromkeys(found.later)
                pending += found.later if whole else ()
        return Closure(defs, dynamic, one_way, () if whole else tuple(later))

    def known(self, key: str) -> Entry:
        """Return the schema of a key, translated.

        Raises:
            SpecError: A reference in it cannot be resolved.
        """
        with self.lock:
            found = self.entries.get(key)
            if found is not None:
                return found
            found = self.others.get(key)
            if found is None or found.one_way:
                found = self._named(key)
            self.entries[key] = found
            return found

    def choices(self, key: str) -> tuple[str, dict[str, str]]:
        """Return the property that names the subtype, and the reference of each subtype by its name, of a choice of subtypes.

        Raises:
            SpecError: A reference in the discriminator cannot be resolved.
        """
        with self.lock:
            if key not in self._choices:
                self._choices[key] = self._translator.discriminators.choices(self.targets[key].node)
            return self._choices[key]

    def _named(self, key: str) -> Entry:
        target, form = self.targets[key]
        found = self._translated(target, form)
        name = str(target.path[-1]) if target.path else key
        if name == key or form == "subtypes" or self._annotated or not isinstance(found.schema, dict):
            return found
        xml = {"name": name, **(found.schema.get("xml") or {})}  # XML takes an element's name from the key
        return found._replace(schema={**found.schema, "xml": xml})

    def _translated(self, node: Node, form: Form) -> Entry:
        found, translator = self.references, self._translator
        found.reached, found.later, found.dynamic, translator.one_way = {}, {}, False, False
        try:
            schema = translator.translate(node, form)
        except RecursionError:  # with another limit of depth than the default one
            raise self.document.error(node, "depth", "the schema is nested too deeply to be used") from None
        return Entry(schema, tuple(found.reached), found.dynamic, translator.one_way, tuple(found.later))
