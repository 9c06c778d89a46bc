"""Discriminators (OpenAPI, Discriminator Object), translated to `if` and `then`.

A base chooses among the schemas that build on it by `allOf`, often hundreds; a `oneOf` chooses among its branches. A large choice is a
schema of its own in a bundle, under the key that `References.key(node, "subtypes")` gives, so that the rest can be compiled without
its subtypes until a value names one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from dynclient import lazy
from dynclient.schema.bundle import DEFS
from dynclient.schema.references import References
from dynclient.schema.subtypes import Subtypes, whole_schema
from dynclient.spec.document import Document
from dynclient.spec.node import Node, is_reference

#: Marks the `enum` of a discriminator, and the choice of a base, with the name of the property.
DISCRIMINATOR = "x-discriminator"
#: Subtypes wait in a document of more schemas than this, and branches where there are more than FEW: less is compiled at once sooner than twice.
SMALL = 50
FEW = 3
#: The branch of a choice that only takes null, as `nullable` is translated, too.
NULL = {"type": "null"}
_CHOICES = ("oneOf", "anyOf")
#: Numbers and booleans as a mapping writes them.
_NUMBER = lazy.pattern(r"-?(0|[1-9][0-9]{0,17})\Z")
_BOOLEANS = {"true": True, "false": False}


def is_base(schema: Mapping[str, Any]) -> bool:
    """Whether a schema, or a part of it without a name, chooses among the schemas that build on it."""
    if isinstance(schema.get("discriminator"), Mapping) and not schema.keys() & {"oneOf", "anyOf"}:
        return True
    parts = schema.get("allOf")
    return isinstance(parts, list) and any(isinstance(part, Mapping) and is_base(part) for part in parts)


class Discriminators:
    """Translates the discriminators of a document.

    Args:
        document: The document.
        references: The references of the document.
    """

    def __init__(self, document: Document, references: References) -> None:
        self._document = document
        self._references = references
        self._subtypes_of = Subtypes.of(document)

    def waiting_branches(self, node: Node) -> str:
        """Return the keyword, `oneOf` or `anyOf`, whose branches need no translation before a value names one; else ""."""
        discriminator, schema = node.value["discriminator"], node.value
        keyword = next((found for found in _CHOICES if found in schema), "")
        listed = schema.get(keyword)
        if not _is_discriminator(discriminator) or not isinstance(listed, list) or len(listed) <= FEW:
            return ""
        plain = all(branch == NULL or (len(branch) == 1 and is_reference(branch)) for branch in listed)
        return keyword if plain and self._may_wait(discriminator) else ""

    def apply(self, node: Node, out: dict[str, Any], waiting: str) -> None:
        """Add the choice that a schema's discriminator makes to its translation.

        Args:
            node: The schema.
            out: Its translation.
            waiting: The keyword whose branches were not translated, as `waiting_branches` returns it.

        Raises:
            SpecError: A reference in the discriminator cannot be resolved.
        """
        discriminator = node.value["discriminator"]
        if not _is_discriminator(discriminator):
            return
        keyword = next((found for found in _CHOICES if isinstance(out.get(found), list)), "")
        if waiting:
            closed = _closed(discriminator["propertyName"], list(self.choices(node)[1]))
            self._replace(out, {**closed, "allOf": [self._later(node)]}, NULL in node.value[waiting])
        elif keyword:
            self._choose(node, discriminator, keyword, out)
        elif out.get("type") == "object" and self._may_wait(discriminator) and self._has_subtypes(node, discriminator):
            out["allOf"] = [*out.get("allOf", ()), self._later(node)]
        else:
            choices = dict(self._subtypes(node, discriminator))
            cases = _switch(discriminator["propertyName"], choices, self._default(node, discriminator))["allOf"]
            if cases:  # an empty allOf is not a JSON Schema
                out["allOf"] = [*out.get("allOf", ()), *cases]

    def _choose(self, node: Node, discriminator: Mapping[str, Any], keyword: str, out: dict[str, Any]) -> None:
        """Replace a translated `oneOf` or `anyOf` by the choice of its discriminator, if all its branches are references."""
        name = discriminator["propertyName"]
        listed = [branch for branch in out[keyword] if branch != NULL]
        branches: list[str] = [branch["$ref"] for branch in listed if isinstance(branch, Mapping) and "$ref" in branch]
        if not branches or len(branches) != len(listed):
            return
        choices = self._choices(node, discriminator, branches)
        otherwise = self._default(node, discriminator)
        switch = _switch(name, choices, otherwise)
        chosen = switch if otherwise else {**_closed(name, _spellings(choices)), **switch}
        self._replace(out, chosen, len(listed) < len(out.pop(keyword)))

    def _replace(self, out: dict[str, Any], chosen: dict[str, Any], nullable: bool) -> None:  # noqa: FBT001  a fact about `out`
        out.setdefault("allOf", []).append({"anyOf": [NULL, chosen]} if nullable else chosen)

    def _later(self, node: Node) -> dict[str, str]:
        return {"$ref": DEFS + self._references.key(node, "subtypes")}

    def _has_subtypes(self, node: Node, discriminator: Mapping[str, Any]) -> bool:
        return bool(discriminator.get("mapping")) or self._subtypes_of.has_builders(node)

    def _may_wait(self, discriminator: Mapping[str, Any]) -> bool:
        """Whether only texts name subtypes, a value that names none has no default, and the document is large."""
        mapping = discriminator.get("mapping")
        named = mapping if isinstance(mapping, Mapping) else ()
        return not any(map(_is_other, named)) and "defaultMapping" not in discriminator and self._is_large

    @cached_property
    def _is_large(self) -> bool:
        """Whether the document has many schemas, none of which has the name of a number or a boolean."""
        schemas = self._document.root.child("components", "schemas").value
        names = list(map(str, schemas)) if isinstance(schemas, Mapping) else []
        return len(names) > SMALL and not any(map(_is_other, names))

    def subtypes(self, node: Node) -> dict[str, Any] | bool:
        """Translate the choice of subtypes of a schema whose subtypes wait.

        Raises:
            SpecError: A reference in the discriminator cannot be resolved.
        """
        discriminator = node.value["discriminator"]
        name = discriminator["propertyName"]
        cases = [subtype_case(name, value, ref) for value, ref in self._named(node, discriminator).items()]
        return {DISCRIMINATOR: name, "allOf": cases} if cases else True

    def choices(self, node: Node) -> tuple[str, dict[str, str]]:
        """Return the property that names the subtype, and the reference of each subtype by its name.

        The schema under translation does not count as one that refers to them.

        Raises:
            SpecError: A reference in the discriminator cannot be resolved.
        """
        discriminator = node.value["discriminator"]
        reached, self._references.reached = self._references.reached, {}
        try:
            return discriminator["propertyName"], self._named(node, discriminator)
        finally:
            self._references.reached = reached

    def _named(self, node: Node, discriminator: Mapping[str, Any]) -> dict[str, str]:
        """Return the references of the subtypes by the value of the discriminator."""
        keyword = next((found for found in _CHOICES if found in node.value), "")
        if not keyword:
            return dict(self._subtypes(node, discriminator))
        places = [branch for branch in node.child(keyword).items() if is_reference(branch.value)]
        return self._choices(node, discriminator, [self._references.to(branch) for branch in places])

    def _default(self, node: Node, discriminator: Mapping[str, Any]) -> str | None:
        """Return the reference of the `defaultMapping` (OpenAPI 3.2), unless it is the schema itself."""
        default = discriminator.get("defaultMapping")
        if not isinstance(default, str):
            return None
        target = self._subtypes_of.mapped(default, node)
        return DEFS + self._references.key(target) if target.place != node.place else None

    def _choices(self, node: Node, discriminator: Mapping[str, Any], branches: list[str]) -> dict[str, str]:
        """Return the references of the branches by the value of the discriminator: its mapping, else the schemas' names."""
        mapping = discriminator.get("mapping")
        mapping = mapping if isinstance(mapping, Mapping) else {}
        mapped = {
            value: DEFS + self._references.key(self._subtypes_of.mapped(target, node))
            for value, target in mapping.items()
            if isinstance(target, str)
        }
        implicit = {self._references.name(ref): ref for ref in branches if ref not in mapped.values()}
        return {**implicit, **mapped}

    def _subtypes(self, node: Node, discriminator: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield the references of the schemas that build on this one by `allOf`, by the value of the discriminator."""
        node = whole_schema(node)
        mapping = discriminator.get("mapping")
        named = {}
        for value, target in (mapping if isinstance(mapping, Mapping) else {}).items():
            if isinstance(target, str):
                place = self._subtypes_of.mapped(target, node)
                named[place.place] = value
                if place.place != node.place:
                    yield value, DEFS + self._references.key(place)
        for component in self._subtypes_of.below(node):
            if component.place not in named:
                value = component.get("x-ms-discriminator-value")  # AutoRest's, as Swagger 2.0 has no mapping
                name = value if isinstance(value, str) else str(component.path[-1])
                yield name, DEFS + self._references.key(component)


def _switch(name: str, choices: Mapping[str, str], otherwise: str | None) -> dict[str, Any]:
    """Return the schema that checks an object against the subtype that it names, or `otherwise` when it names none."""
    cases = [subtype_case(name, spelling, ref) for value, ref in choices.items() for spelling in _spellings([value])]
    if otherwise is not None:
        known = {"properties": {name: {"enum": _spellings(choices)}}, "required": [name]}
        cases.append({"if": known, "else": {"$ref": otherwise}})
    return {"allOf": cases}


def _closed(name: str, values: list[Any]) -> dict[str, Any]:
    """Return the schema of an object that must name one of the subtypes."""
    return {"type": "object", "required": [name], "properties": {name: {"enum": values, DISCRIMINATOR: name}}}


def subtype_case(name: str, value: str | int, reference: str) -> dict[str, Any]:
    """Return the schema that checks an object against a subtype if it names that one; another value names none."""
    condition = {"type": "object", "properties": {name: {"const": value}}, "required": [name]}
    return {"if": condition, "then": {"$ref": reference}}


def waiting(name: str, format_name: str, cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the choice of a base with some of its subtypes; the format is asked about each other name that a value gives.

    Args:
        name: The property that names the subtype.
        format_name: A format that refuses every text.
        cases: The subtypes that are there already.
    """
    asked = {"type": "object", "properties": {name: {"type": "string", "format": format_name}}, "required": [name]}
    return {"allOf": [{"if": asked, "then": False}, *cases]}


def _is_discriminator(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("propertyName"), str)


def _spellings(values: Iterable[str]) -> list[Any]:
    """Return the values of a discriminator, each also as the number or boolean that its text stands for.

    The keys of a mapping are texts; other values may be compared as texts (OpenAPI 3.1.1, Discriminator Object).
    """
    others = [_BOOLEANS[value] if value in _BOOLEANS else int(value) for value in values if _is_other(value)]
    return [*values, *others]


def _is_other(value: str) -> bool:
    return value in _BOOLEANS or bool(_NUMBER.match(value))
