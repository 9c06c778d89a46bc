"""The references of a document: where they lead, and the keys of the schemas there in a bundle.

Dynamic references (JSON Schema 2020-12, Core, section 8.2.3.2) and the recursive ones of 2019-09 need a URI for each schema of a bundle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from dynclient import lazy
from dynclient.schema.bundle import DEFS, URN, mapped
from dynclient.spec.document import Document
from dynclient.spec.node import Node, is_reference

#: Characters that a key of `$defs` cannot hold without being encoded in a reference.
_UNSAFE = lazy.pattern(r"[^A-Za-z0-9._-]")
_RECURSIVE = "recursive"

#: What of a schema a key is for: all of it, all but its choice of subtypes (for a subtype that builds on it), or only that choice.
Form = Literal["whole", "plain", "subtypes"]


class KeyedSchema(NamedTuple):
    """The schema of a key.

    Attributes:
        node: Its place in the document.
        form: What of it the key is for.
    """

    node: Node
    form: Form


class References:
    """The references of a document, each followed once.

    Args:
        document: The document.

    Attributes:
        targets: The schema of each key.
        reached: The keys that the schema under translation asked for; the bundler empties it.
        later: The keys of the choices of subtypes that it asked for.
        dynamic: Whether a dynamic reference was among them.
    """

    def __init__(self, document: Document) -> None:
        self.targets: dict[str, KeyedSchema] = {}
        self.reached: dict[str, None] = {}
        self.later: dict[str, None] = {}
        self.dynamic = False
        self._document = document
        self._keys: dict[Any, str] = {}
        self._found: dict[tuple[str, str, str], Node] = {}
        self._linked: dict[tuple[str, str], str] = {}
        self._plain: dict[str, bool] = {}

    def linked(self, file: str, schema: Mapping[str, Any]) -> str | None:
        """Return the reference in the bundle for a plain reference that this file had before, if no more than the file matters."""
        reference = schema.get("$ref")
        key = self._linked.get((file, reference)) if isinstance(reference, str) else None
        if key is None:
            return None
        self.reached[key] = None
        return DEFS + key

    def to(self, node: Node) -> str:
        """Return the reference in the bundle for the reference of a node.

        Raises:
            SpecError: It cannot be resolved.
        """
        reference = node.value["$ref"]
        key = self.key(self.target(reference, node))
        if self._plain[node.file]:
            self._linked[node.file, reference] = key
        return DEFS + key

    def target(self, reference: str, node: Node) -> Node:
        """Return the place that a reference leads to; most references of a document lead to the same few places.

        Raises:
            SpecError: It cannot be resolved.
        """
        if not isinstance(reference, str):
            return self._document.resolve(reference, node)  # which refuses it
        if node.file not in self._plain:  # whether equal references in it lead to one place
            self._plain[node.file] = self._document.is_plain(node.file)
        way = node.file, "" if self._plain[node.file] else self._document.base(node), reference
        found = self._found.get(way)
        if found is None:
            found = self._document.resolve(reference, node)
            if is_reference(found.value):
                self._document.follow(found)  # which refuses a reference that leads back to itself
            self._found[way] = found
        return found

    def key(self, target: Node, form: Form = "whole") -> str:
        """Return the key of a schema in `$defs`, and note that the schema under translation refers to it."""
        place = (target.file, target.path, form)
        key = self._keys.get(place)
        if key is None:
            name = f"subtypes-{len(self.targets)}" if form == "subtypes" else str((target.path or ("root",))[-1])
            key = _UNSAFE.sub("-", name)
            key = self._keys[place] = self._free_key(key) if key in self.targets else key
            self.targets[key] = KeyedSchema(target, form)
        (self.later if form == "subtypes" else self.reached)[key] = None
        return key

    def known_key(self, target: Node) -> str | None:
        """Return the key of a whole schema; None if nothing refers to it."""
        return self._keys.get((target.file, target.path, "whole"))

    def _free_key(self, key: str) -> str:
        count = 2
        while f"{key}-{count}" in self.targets:
            count += 1
        return f"{key}-{count}"

    def name(self, reference: str) -> str:
        """Return the name of the component that a reference of the bundle leads to."""
        path = self.targets[reference.removeprefix(DEFS)].node.path
        return str(path[-1]) if path else ""


def dynamic_reference(references: References, node: Node) -> dict[str, str]:
    """Translate a `$dynamicRef`: one that does not name a dynamic anchor is a plain reference."""
    reference = str(node.value["$dynamicRef"])
    target = references.target(reference, node)
    name = reference.rpartition("#")[2]
    if isinstance(target.value, Mapping) and target.value.get("$dynamicAnchor") == name:
        references.dynamic = True
        return {"$dynamicRef": f"{URN}{references.key(target)}#{name}"}
    return {"$ref": DEFS + references.key(target)}


def recursive_reference(document: Document, references: References, node: Node, keyword: str) -> dict[str, str]:
    """Translate a recursive reference or anchor of 2019-09 (section 8.2.4.2) to a dynamic one whose anchor has a name."""
    if keyword == "$recursiveAnchor":
        return {"$dynamicAnchor": _RECURSIVE} if node.value[keyword] is True else {}
    target = document.resource(node)
    key = references.key(target)
    if target.get("$recursiveAnchor") is not True:
        return {"$ref": DEFS + key}
    references.dynamic = True
    return {"$dynamicRef": f"{URN}{key}#{_RECURSIVE}"}


def with_urn(schema: Any, key: str) -> Any:
    """Give a schema of the bundle its own URI, and replace its references by the URIs of their targets."""
    renamed = _by_urn(schema)
    return {"$id": f"{URN}{key}", **renamed} if isinstance(renamed, dict) else renamed


def _by_urn(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    out = mapped(schema, _by_urn)
    if isinstance(out.get("$ref"), str):
        out["$ref"] = out["$ref"].replace(DEFS, URN)
    return out
