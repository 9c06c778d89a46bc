"""Translate one schema of a document to JSON Schema 2020-12, for the values of one direction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeVar

from dynclient import lazy
from dynclient.schema.bundle import DEFS, LIST, MAP, ONE
from dynclient.schema.discriminator import Discriminators, is_base
from dynclient.schema.formats import NUMBER_BOUNDS
from dynclient.schema.references import Form, References, dynamic_reference, recursive_reference
from dynclient.spec.document import Document
from dynclient.spec.node import OLD_VERSIONS, Node, is_reference

Direction = Literal["request", "response"]

_Token = TypeVar("_Token", str, int, None)

#: JSON objects; `dict` comes first because nearly every one is a dict, and asking an abstract class takes longer.
_OBJECT = (dict, Mapping)
_SCHEMA = (dict, bool, Mapping)
#: Keywords that no engine needs: annotations, identifiers and `definitions`, whose references are followed already. Bundles stay small.
_DROPPED = frozenset({
    "$anchor", "$comment", "$id", "$schema", "default", "definitions", "deprecated", "description", "discriminator", "example", "examples",
    "externalDocs", "id", "title",
})  # fmt: skip
#: How to treat a keyword; any other is copied.
_KINDS: dict[str, str] = {
    **dict.fromkeys(ONE, "one"),
    **dict.fromkeys(LIST, "list"),
    **dict.fromkeys(MAP, "map"),
    **dict.fromkeys(_DROPPED, "dropped"),
    "$ref": "reference",
    "$dynamicRef": "dynamic",
    "$recursiveAnchor": "recursive",
    "$recursiveRef": "recursive",
}
#: The annotations that stay in schemas for people and language models.
ANNOTATIONS_FOR_READERS = frozenset({"default", "deprecated", "description", "example", "examples"})
_KINDS_FOR_READERS = {
    **{keyword: kind for keyword, kind in _KINDS.items() if keyword not in ANNOTATIONS_FOR_READERS},
    **dict.fromkeys(("readOnly", "writeOnly", "xml"), "dropped"),
}
#: The keywords that make a schema more than a list of plain rules.
_HOLDING = frozenset({*ONE, *LIST, *MAP, "$dynamicRef", "$recursiveRef", "$ref", "$schema", "discriminator"})
#: The keywords with another meaning in older drafts, `nullable` of OpenAPI 3.0, and `format`, which bounds numbers.
_OLD_WORDS = frozenset({"additionalItems", "dependencies", "exclusiveMaximum", "exclusiveMinimum", "items"})
_TO_FINISH = _OLD_WORDS | {"format", "nullable"}
#: The keywords beside `type` that would refuse null.
_BESIDE_TYPE = frozenset({"enum", "allOf", "anyOf", "oneOf", "not", "const"})
_OLD_DRAFT = lazy.pattern(r"json-schema\.org/draft-0[3-7]/")

#: The mark of a property that does not travel in each direction, and the keywords that may lead to a mark.
_OTHER_WAY: dict[Direction, str] = {"request": "readOnly", "response": "writeOnly"}
_LEADING = frozenset({"$ref", "allOf", "readOnly", "writeOnly"})


class Translator:
    """Translates the schemas of a document.

    Args:
        document: The document.
        direction: The direction of the values.
        references: The references of the document.
        annotated: Whether the schemas are for readers rather than for engines: annotations stay, and properties that do not travel this way go.

    Attributes:
        one_way: Whether the schemas translated since it was last set to False differ between the directions.
        discriminators: The discriminators of the document.
    """

    def __init__(self, document: Document, direction: Direction, references: References, *, annotated: bool) -> None:
        self.one_way = False
        self._annotated = annotated
        self._kinds = _KINDS_FOR_READERS if annotated else _KINDS
        self.discriminators = Discriminators(document, references)
        self._document = document
        self._direction = direction
        self._references = references
        self._old = document.version in OLD_VERSIONS
        self._draft = is_old_draft(document.root.get("jsonSchemaDialect", ""))

    def translate(self, node: Node, form: Form = "whole") -> Any:
        """Translate the schema at a place.

        Args:
            node: The place.
            form: What of it to translate.

        Raises:
            SpecError: A reference in it cannot be resolved.
        """
        if form == "subtypes":
            return self.discriminators.subtypes(node)
        schema = node.value
        if not isinstance(schema, _OBJECT):
            return schema if isinstance(schema, bool) else True
        if isinstance(schema.get("$ref"), str) and (self._old or len(schema) == 1 or self._is_alone(node)):
            return {"$ref": self._references.to(node)}  # siblings are ignored (3.0.4, Reference Object; drafts 4 to 7)
        out: dict[str, Any] = {}
        has_choice = "discriminator" in schema and form == "whole"
        waiting = self.discriminators.waiting_branches(node) if has_choice else ""
        for keyword, value in schema.items():
            kind = self._kinds.get(keyword)
            if kind is None:
                if keyword[:2] != "x-":
                    out[keyword] = value
            elif kind != "dropped" and keyword != waiting:
                self._keyword(node, keyword, kind, value, out, form)
        if "required" in out:
            self._require(node, out)
        if has_choice:
            self.discriminators.apply(node, out, waiting)
        return out if schema.keys().isdisjoint(_TO_FINISH) else self._finished(schema, out)

    def _require(self, node: Node, out: dict[str, Any]) -> None:
        """Remove from `required` the properties that the schema at a place says do not travel this way."""
        ways = required_by_way(self._references, node, out["required"])
        out["required"] = ways[self._direction]
        self.one_way = self.one_way or ways["request"] != ways["response"]

    def _keyword(self, node: Node, keyword: str, kind: str, value: Any, out: dict[str, Any], form: Form) -> None:
        """Translate one keyword that holds schemas or refers to one."""
        if kind == "map" and isinstance(value, _OBJECT):
            out[keyword] = self._inside(node, keyword, self._travelling(node, keyword, value).items())
        elif kind == "reference":
            out["$ref"] = self._references.to(node)
        elif kind == "dynamic":
            out.update(dynamic_reference(self._references, node))
        elif kind == "recursive":
            out.update(recursive_reference(self._document, self._references, node, keyword))
        elif keyword == "allOf" and isinstance(value, list):
            out["allOf"] = once([self._part(node, index, schema, form) for index, schema in enumerate(value)])
        elif kind == "one" and isinstance(value, _SCHEMA):
            out[keyword] = self._inside(node, keyword, [(None, value)])[None] if value is not False else False
        elif isinstance(value, list) and (kind == "list" or keyword == "items"):
            made = list(self._inside(node, keyword, enumerate(value)).values())
            out[keyword] = once(made) if keyword == "anyOf" else made
        else:
            out[keyword] = value

    def _inside(self, node: Node, keyword: str, schemas: Iterable[tuple[_Token, Any]]) -> dict[_Token, Any]:
        """Translate the schemas inside another one, by name or position; None is the token of one without either.

        Most are of one line or a plain reference, and need neither a Node nor a call of their own.
        """
        made: dict[_Token, Any] = {}
        kinds = self._kinds
        for token, schema in schemas:
            if type(schema) is dict and schema.keys().isdisjoint(_HOLDING):
                kept = {}
                for name, value in schema.items():
                    if name not in kinds and name[:2] != "x-":
                        kept[name] = value  # noqa: PERF403  a comprehension is a call, too
                made[token] = kept if schema.keys().isdisjoint(_TO_FINISH) else self._finished(schema, kept)
            elif type(schema) is dict and len(schema) == 1 and (linked := self._references.linked(node.file, schema)):
                made[token] = {"$ref": linked}
            else:
                path = (*node.path, keyword) if token is None else (*node.path, keyword, token)
                found = self.translate(Node(node.file, path, schema))
                made[token] = {"not": {}} if found is False else found  # for which every engine reports the right place
        return made

    def _travelling(self, node: Node, keyword: str, schemas: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the properties of a schema; for readers without those that do not travel this way."""
        if not self._annotated or keyword != "properties":
            return schemas
        mark = _OTHER_WAY[self._direction]
        return {
            name: schema for name, schema in schemas.items() if mark not in _marks(self._references, node, name, set())
        }

    def _finished(self, schema: Mapping[str, Any], out: dict[str, Any]) -> dict[str, Any]:
        """Translate what the keywords of one schema mean together."""
        if "format" in out:
            bound_numbers(out, inline=self._annotated)
        if not out.keys().isdisjoint(_OLD_WORDS):
            out = modern(out)
        return from_30(out) if self._old and "nullable" in schema else out

    def _is_alone(self, node: Node) -> bool:
        """Whether the dialect ignores the keywords beside a `$ref`."""
        dialect = node.get("$schema") or self._document.resource(node).get("$schema")
        return is_old_draft(dialect) if dialect else self._draft

    def _part(self, node: Node, index: int, schema: Any, form: Form) -> Any:
        """Translate a member of `allOf`: a subtype builds on its base without the base's choice of subtypes."""
        if is_reference(schema):
            place = Node(node.file, (*node.path, "allOf", index), schema)
            target = self._references.target(schema["$ref"], place)
            if isinstance(target.value, _OBJECT) and is_base(target.value):
                return {"$ref": DEFS + self._references.key(target, "plain")}
        elif form == "plain":
            made = self.translate(Node(node.file, (*node.path, "allOf", index), schema), "plain")
            return self._required_part(node, {"not": {}} if made is False else made)
        return self._required_part(node, self._inside(node, "allOf", [(index, schema)])[index])

    def _required_part(self, node: Node, part: Any) -> Any:
        if isinstance(part, dict) and "required" in part:
            self._require(node, part)
        return part


def once(parts: list[Any]) -> list[Any]:
    """Return schemas without repeated references; each would be followed again."""
    if len(parts) < 2:
        return parts
    found: dict[Any, Any] = {}
    for part in parts:
        is_link = isinstance(part, dict) and part.keys() == {"$ref"}
        found.setdefault(part["$ref"] if is_link else id(part), part)
    return list(found.values())


def required_by_way(references: References, node: Node, required: Any) -> dict[Direction, Any]:
    """Drop readOnly properties from `required` in requests, writeOnly ones in responses (OpenAPI, Schema Object).

    A schema that is composed by `allOf` is one object: a part of it may require what another part describes as `readOnly`.

    Args:
        references: The references of the document.
        node: The schema that describes the properties, itself or by its parts.
        required: The value of its `required`, or of that of one of its parts.
    """
    ways: dict[Direction, Any] = {"request": required, "response": required}
    if not isinstance(required, list) or _marks_none(node.value, required):
        return ways
    for name in required:
        marks = _marks(references, node, name, set())
        for way, mark in _OTHER_WAY.items():
            if mark in marks:
                ways[way] = [kept for kept in ways[way] if kept != name]
    return ways


def _marks_none(schema: Mapping[str, Any], names: list[Any]) -> bool:
    """Whether a schema plainly marks none of these properties, as most do."""
    properties = schema.get("properties", {})
    if "$ref" in schema or "allOf" in schema or type(properties) is not dict:
        return False
    for name in names:
        rule = properties.get(name, {}) if isinstance(name, str) else {}
        if type(rule) is not dict or not rule.keys().isdisjoint(_LEADING):
            return False
    return True


def _marks(references: References, node: Node, name: Any, seen: set[Any]) -> set[str]:
    """Return the marks of a property, in a schema and in the schemas that its reference and its `allOf` lead to."""
    value = node.value
    if not isinstance(value, _OBJECT) or not isinstance(name, str) or node.place in seen:
        return set()
    seen.add(node.place)
    found: set[str] = set()
    properties = value.get("properties")
    if isinstance(properties, _OBJECT) and name in properties:
        rule = properties[name]
        if type(rule) is not dict or not rule.keys().isdisjoint(_LEADING):
            found.update(_marks_of(references, node.child("properties", name)))
    if is_reference(value):
        found |= _marks(references, references.target(value["$ref"], node), name, seen)
    for part in node.child("allOf").items() if "allOf" in value else ():
        found |= _marks(references, part, name, seen)
    return found


def _marks_of(references: References, node: Node) -> Iterator[str]:
    """Yield the marks of a schema, its own and those that its reference or the parts of its `allOf` have."""
    yield from (mark for mark in _OTHER_WAY.values() if node.get(mark) is True)
    if is_reference(node.value):
        target = node
        while is_reference(target.value):
            target = references.target(target.value["$ref"], target)
        yield from (mark for mark in _OTHER_WAY.values() if target.get(mark) is True)
    for part in node.child("allOf").items() if node.get("allOf") else ():
        yield from _marks_of(references, part)


def is_old_draft(dialect: Any) -> bool:
    """Whether a dialect's URI names one of the drafts 3 to 7."""
    return bool(_OLD_DRAFT.search(str(dialect)))


def modern(out: dict[str, Any]) -> dict[str, Any]:
    """Translate the keywords of older drafts, which have no other meaning in 2020-12."""
    for bound in ("minimum", "maximum"):
        exclusive = "exclusive" + bound.capitalize()
        if isinstance(out.get(exclusive), bool) and out.pop(exclusive) and bound in out:
            out[exclusive] = out.pop(bound)
    if isinstance(out.get("items"), list):
        out["prefixItems"] = out.pop("items")
        if "additionalItems" in out:
            out["items"] = out["additionalItems"]
    out.pop("additionalItems", None)
    if isinstance(out.get("dependencies"), Mapping):
        for name, rule in out.pop("dependencies").items():
            out.setdefault("dependentRequired" if isinstance(rule, list) else "dependentSchemas", {})[name] = rule
    return out


def from_30(out: dict[str, Any]) -> dict[str, Any]:
    """Translate `nullable` of OpenAPI 3.0."""
    if out.pop("nullable", None) is not True:
        return out
    declared = out.get("type")
    if isinstance(declared, str) and out.keys().isdisjoint(_BESIDE_TYPE):
        out["type"] = [declared, "null"]
        return out
    return {"anyOf": [{"type": "null"}, out]} if out else out


def bound_numbers(out: dict[str, Any], *, inline: bool) -> None:
    """Add the bounds of a number's format as keywords.

    Args:
        out: The schema.
        inline: Whether they are merged with the schema's own, which is shorter; otherwise a message can tell them apart.
    """
    bounds = NUMBER_BOUNDS.get(out["format"]) if isinstance(out["format"], str) else None
    if bounds is None or out.get("type") == "string":  # a number in a text has no bounds
        return
    if not inline:
        out["allOf"] = [*out.get("allOf", ()), {"minimum": bounds[0], "maximum": bounds[1]}]
        return
    for keyword, bound, tighter in (("minimum", bounds[0], max), ("maximum", bounds[1], min)):
        own = out.get(keyword)
        out[keyword] = tighter(own, bound) if isinstance(own, int | float) else bound
