"""A discriminator picks the schema that a value is checked against (OpenAPI, Discriminator Object): said in `if` and `then`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from dynclient import lazy
from dynclient.schema.references import DEFS, References
from dynclient.spec.document import Document
from dynclient.spec.node import Node, is_reference

#: Marks the `enum` that stands for a discriminator, with the name of its property, so that messages can say so.
DISCRIMINATOR = "x-discriminator"
_NULL = {"type": "null"}
#: The texts that a number may be written as in a mapping, and the booleans.
_NUMBER = lazy.pattern(r"-?(0|[1-9][0-9]{0,17})\Z")
_BOOLEANS = {"true": True, "false": False}


def is_base(schema: Mapping[str, Any]) -> bool:
    """Whether a schema chooses among those that build on it, itself or in a part of it that has no name."""
    if isinstance(schema.get("discriminator"), Mapping) and not schema.keys() & {"oneOf", "anyOf"}:
        return True
    parts = schema.get("allOf")
    return isinstance(parts, list) and any(isinstance(part, Mapping) and is_base(part) for part in parts)


class Discriminators:
    """Says in JSON Schema what the discriminators of a document say.

    Args:
        document: The document.
        references: Where its references lead.
    """

    def __init__(self, document: Document, references: References) -> None:
        self._document = document
        self._references = references

    def apply(self, node: Node, out: dict[str, Any]) -> None:
        """Put the choice that a schema's discriminator makes into its translation.

        Args:
            node: The schema.
            out: Its translation.

        Raises:
            SpecError: A reference in the discriminator leads nowhere.
        """
        discriminator = node.value.get("discriminator")
        if not isinstance(discriminator, Mapping) or not isinstance(discriminator.get("propertyName"), str):
            return
        name = discriminator["propertyName"]
        keyword = next((found for found in ("oneOf", "anyOf") if isinstance(out.get(found), list)), "")
        if not keyword:
            choices = dict(self._subtypes(node, discriminator))
            cases = _switch(name, choices, self._default(node, discriminator))["allOf"]
            if cases:  # an empty allOf is no JSON Schema
                out["allOf"] = [*out.get("allOf", ()), *cases]
            return
        listed = [branch for branch in out[keyword] if branch != _NULL]
        branches: list[str] = [branch["$ref"] for branch in listed if isinstance(branch, Mapping) and "$ref" in branch]
        if not branches or len(branches) != len(listed):
            return
        choices = self._choices(node, discriminator, branches)
        otherwise = self._default(node, discriminator)
        closed = {
            "type": "object",
            "required": [name],
            "properties": {name: {"enum": _spellings(choices), DISCRIMINATOR: name}},
        }
        switch = _switch(name, choices, otherwise)
        chosen = switch if otherwise else {**closed, **switch}
        nullable = len(listed) < len(out.pop(keyword))
        out.setdefault("allOf", []).append({"anyOf": [_NULL, chosen]} if nullable else chosen)

    def _default(self, node: Node, discriminator: Mapping[str, Any]) -> str | None:
        """The schema of what no other is named for (OpenAPI 3.2), unless it is the one that asks."""
        default = discriminator.get("defaultMapping")
        if not isinstance(default, str):
            return None
        target = self._mapped(default, node)
        return DEFS + self._references.key(target) if target.place != node.place else None

    def _choices(self, node: Node, discriminator: Mapping[str, Any], branches: list[str]) -> dict[str, str]:
        """The references of the branches by the value of the discriminator: its mapping, else the schemas' names."""
        mapping = discriminator.get("mapping")
        mapping = mapping if isinstance(mapping, Mapping) else {}
        mapped = {
            value: DEFS + self._references.key(self._mapped(target, node))
            for value, target in mapping.items()
            if isinstance(target, str)
        }
        implicit = {self._references.name(ref): ref for ref in branches if ref not in mapped.values()}
        return {**implicit, **mapped}

    def _subtypes(self, node: Node, discriminator: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """The schemas that build on this one by `allOf`, by the value of the discriminator."""
        while node.path[-2:-1] == ("allOf",):  # what builds on it names the whole
            node = Node(node.file, node.path[:-2], None)
        mapping = discriminator.get("mapping")
        named = {}
        for value, target in (mapping if isinstance(mapping, Mapping) else {}).items():
            if isinstance(target, str):
                place = self._mapped(target, node)
                named[place.place] = value
                if place.place != node.place:
                    yield value, DEFS + self._references.key(place)
        for component in self._descendants(node):
            if component.place not in named:
                yield str(component.path[-1]), DEFS + self._references.key(component)

    def _descendants(self, base: Node) -> list[Node]:
        """The components that build on a schema, and those that build on them."""
        found: dict[Any, Node] = {base.place: base}
        pending = [base]
        while pending:
            node = pending.pop(0)
            for component in self._heirs.get(str(node.path[-1]) if node.path else "", ()):
                if component.place not in found and self._builds_on(component, node):
                    found[component.place] = component
                    pending.append(component)
        return list(found.values())[1:]

    @cached_property
    def _heirs(self) -> dict[str, list[Node]]:
        """The components that take another schema over by `allOf`, by the last token of the reference to it."""
        found: dict[str, list[Node]] = {}
        schemas = self._document.root.child("components", "schemas")
        for name, schema in schemas.value.items() if isinstance(schemas.value, Mapping) else ():
            parts = schema.get("allOf") if isinstance(schema, dict | Mapping) else None
            for part in parts if isinstance(parts, list) else ():
                if is_reference(part):
                    found.setdefault(part["$ref"].rpartition("/")[2], []).append(schemas.child(name))
        return found

    def _builds_on(self, component: Node, base: Node) -> bool:
        """Whether a schema takes another one over by `allOf`."""
        for part in component.child("allOf").items():
            if is_reference(part.value) and part.value["$ref"].rpartition("/")[2] == str(base.path[-1]):
                return self._references.target(part.value["$ref"], part).place == base.place
        return False

    def _mapped(self, target: str, node: Node) -> Node:
        """The schema that a mapping names: a component's name, else a reference (OpenAPI, Discriminator Object)."""
        named = self._document.root.child("components", "schemas", target)
        return named if named.value is not None else self._references.target(target, node)


def _switch(name: str, choices: Mapping[str, str], otherwise: str | None) -> dict[str, Any]:
    """For each value of a property, the schema that it asks for; `otherwise` for every other value, and for none."""
    cases: list[dict[str, Any]] = [
        {"if": {"properties": {name: {"const": spelling}}, "required": [name]}, "then": {"$ref": ref}}
        for value, ref in choices.items()
        for spelling in _spellings([value])
    ]
    if otherwise is not None:
        known = {"properties": {name: {"enum": _spellings(choices)}}, "required": [name]}
        cases.append({"if": known, "else": {"$ref": otherwise}})
    return {"allOf": cases}


def _spellings(values: Iterable[str]) -> list[Any]:
    """The values of a discriminator, each also as the number or boolean that its text stands for.

    The keys of a mapping are texts; that other values are compared as texts is allowed (OpenAPI 3.1.1, Discriminator Object).
    """
    others = [_BOOLEANS[value] if value in _BOOLEANS else int(value) for value in values if _is_other(value)]
    return [*values, *others]


def _is_other(value: str) -> bool:
    return value in _BOOLEANS or bool(_NUMBER.match(value))
