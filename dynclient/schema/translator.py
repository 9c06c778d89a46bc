"""One schema in JSON Schema 2020-12."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynclient.schema.direction import Direction, required_by_way
from dynclient.schema.discriminator import Discriminators, is_base
from dynclient.schema.dynamic import dynamic_reference, recursive
from dynclient.schema.keywords import HOLDING, KINDS
from dynclient.schema.older import OLD_WORDS, bound_numbers, from_30, is_old_draft, modern
from dynclient.schema.references import DEFS, References
from dynclient.spec.document import Document
from dynclient.spec.node import Node, is_reference

#: What a JSON object is; `dict` comes first because nearly every one is a dict, and asking an abstract class takes longer.
_OBJECT = (dict, Mapping)
_SCHEMA = (dict, bool, Mapping)


class Translator:
    """Translates the schemas of a document.

    Args:
        document: The document.
        direction: Which way the values go.
        references: Where the document's references lead.

    Attributes:
        one_way: Whether anything that was translated since it was last set to False means something else the other way.
    """

    def __init__(self, document: Document, direction: Direction, references: References) -> None:
        self.one_way = False
        self._document = document
        self._direction = direction
        self._references = references
        self._discriminators = Discriminators(document, references)
        self._old = document.version == "3.0"
        self._draft = is_old_draft(document.root.get("jsonSchemaDialect", ""))

    def translate(self, node: Node, *, plain: bool = False) -> Any:
        """The schema at a place; `plain` leaves out the choice of subtypes, for a subtype that builds on it."""
        schema = node.value
        if not isinstance(schema, _OBJECT):
            return schema if isinstance(schema, bool) else True
        if "$ref" in schema and is_reference(schema) and self._is_alone(node):
            return {"$ref": self._references.to(node)}  # siblings are ignored (3.0.4, Reference Object; drafts 4 to 7)
        out: dict[str, Any] = {}
        for keyword, value in schema.items():
            kind = KINDS.get(keyword)
            if kind is None:
                if not keyword.startswith("x-"):
                    out[keyword] = value
            elif kind != "dropped":
                self._keyword(node, keyword, kind, value, out, plain=plain)
        self._require(node, out)
        if "discriminator" in schema and not plain:
            self._discriminators.apply(node, out)
        return self._finished(schema, out)

    def _require(self, node: Node, out: Any) -> None:
        """Leave out of a translated schema's `required` what the schema at a place describes as absent this way."""
        if isinstance(out, dict) and "required" in out:
            ways = required_by_way(self._document, node, out["required"])
            out["required"] = ways[self._direction]
            self.one_way = self.one_way or ways["request"] != ways["response"]

    def _keyword(self, node: Node, keyword: str, kind: str, value: Any, out: dict[str, Any], *, plain: bool) -> None:
        """One keyword that holds schemas or leads to one; `plain` as for `translate`."""
        if kind == "map" and isinstance(value, _OBJECT):
            out[keyword] = {name: self._below(node, (keyword, name), schema) for name, schema in value.items()}
        elif kind == "reference":
            out["$ref"] = self._references.to(node)
        elif kind == "dynamic":
            out.update(dynamic_reference(self._references, node))
        elif kind == "recursive":
            out.update(recursive(self._document, self._references, node, keyword))
        elif keyword == "allOf" and isinstance(value, list):
            out["allOf"] = [self._part(node, index, schema, plain=plain) for index, schema in enumerate(value)]
        elif kind == "one" and isinstance(value, _SCHEMA):
            out[keyword] = self._below(node, (keyword,), value) if value is not False else False
        elif isinstance(value, list) and (kind == "list" or keyword == "items"):
            out[keyword] = [self._below(node, (keyword, index), schema) for index, schema in enumerate(value)]
        else:
            out[keyword] = value

    def _below(self, node: Node, tokens: tuple[str | int, ...], schema: Any) -> Any:
        """A schema inside another one. Most are of one line or a plain reference, and need no place of their own."""
        if type(schema) is dict:
            if schema.keys().isdisjoint(HOLDING):
                kept = {name: value for name, value in schema.items() if name not in KINDS and name[:2] != "x-"}
                return self._finished(schema, kept)
            if len(schema) == 1 and is_reference(schema):
                linked = self._references.linked(node.file, schema["$ref"])
                if linked is not None:
                    return {"$ref": linked}
        return _spelt(self.translate(_place(node, tokens, schema)))

    def _finished(self, schema: Mapping[str, Any], out: dict[str, Any]) -> dict[str, Any]:
        """A translated schema with what its own keywords mean in 2020-12."""
        if "format" in out:
            bound_numbers(out)
        if not out.keys().isdisjoint(OLD_WORDS):
            out = modern(out)
        return from_30(out) if self._old and "nullable" in schema else out

    def _is_alone(self, node: Node) -> bool:
        """Whether a `$ref` makes what stands beside it mean nothing."""
        if self._old or len(node.value) == 1:
            return True
        dialect = node.get("$schema") or self._document.resource(node).get("$schema")
        return is_old_draft(dialect) if dialect else self._draft

    def _part(self, node: Node, index: int, schema: Any, *, plain: bool) -> Any:
        """A member of `allOf`: what a subtype takes from its base is the base without its choice of subtypes."""
        if is_reference(schema):
            target = self._references.target(schema["$ref"], _place(node, ("allOf", index), schema))
            if isinstance(target.value, _OBJECT) and is_base(target.value):
                return {"$ref": DEFS + self._references.key(target, plain=True)}
        if plain and not is_reference(schema):
            part = _spelt(self.translate(_place(node, ("allOf", index), schema), plain=True))
        else:
            part = self._below(node, ("allOf", index), schema)
        self._require(node, part)
        return part


def _place(node: Node, tokens: tuple[str | int, ...], value: Any) -> Node:
    """The place below a schema where a value is known to stand."""
    return Node(node.file, (*node.path, *tokens), value)


def _spelt(schema: Any) -> Any:
    """`false` inside a schema, in a form for which every engine reports the right place."""
    return {"not": {}} if schema is False else schema
