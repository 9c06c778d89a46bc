"""OpenAPI's schema dialects, turned into JSON Schema 2020-12: one self-contained bundle per schema.

Why a bundle: a schema is compiled together with exactly the schemas that it reaches, each under `$defs` with its references
rewritten, so that neither engine ever needs the document, its files or the network. What OpenAPI 3.0 says differently
(`nullable`, boolean `exclusiveMinimum`, siblings of `$ref`; Schema Object of 3.0.4) is rewritten on the way; `discriminator` and
`readOnly`/`writeOnly` mean the same in every version and become keywords that any engine knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from dynclient.document import Document, Node, is_reference
from dynclient.formats import NUMBER_BOUNDS

Direction = Literal["request", "response"]

#: Marks the `enum` that stands for a discriminator, with the name of its property, so that messages can say so.
DISCRIMINATOR = "x-discriminator"

_ONE = frozenset({
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
})  # fmt: skip
_LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAP = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
#: Annotations that no engine needs; dropping them keeps large bundles small.
_DROPPED = frozenset({"description", "example", "examples", "externalDocs", "title", "deprecated", "default"})
#: What a key of `$defs` cannot hold without being encoded in a reference.
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_OTHER_WAY: dict[str, str] = {"request": "readOnly", "response": "writeOnly"}


def bundle(document: Document, node: Node, direction: Direction) -> dict[str, Any]:
    """Give a JSON Schema 2020-12 schema that holds everything it refers to.

    Args:
        document: The document that the schema belongs to.
        node: The place of the schema.
        direction: Which way the values go: `readOnly` properties are not required of requests, nor `writeOnly` of responses.

    Raises:
        SpecError: A reference in it leads nowhere.
    """
    return _Bundler(document, direction).bundle(node)


class _Bundler:
    def __init__(self, document: Document, direction: Direction) -> None:
        self.document = document
        self.direction = direction
        self.defs: dict[str, Any] = {}
        self.keys: dict[Any, str] = {}
        self.pending: list[tuple[str, Node]] = []

    def bundle(self, node: Node) -> dict[str, Any]:
        root = self.translate(node)
        while self.pending:
            key, target = self.pending.pop()
            self.defs[key] = self.translate(target)
        if not isinstance(root, dict):
            root = {} if root else {"not": {}}
        return {**root, "$defs": self.defs} if self.defs else root

    def translate(self, node: Node) -> Any:
        schema = node.value
        if not isinstance(schema, Mapping):
            return schema if isinstance(schema, bool) else True
        if is_reference(schema) and self.document.version == "3.0":
            return {"$ref": self.reference(node)}  # siblings are ignored (3.0.4, Reference Object)
        out: dict[str, Any] = {}
        for keyword, value in schema.items():
            if keyword == "$ref":
                out["$ref"] = self.reference(node)
            elif keyword in _ONE and isinstance(value, Mapping | bool):
                out[keyword] = self.translate(node.child(keyword))
            elif keyword in _LIST and isinstance(value, list):
                out[keyword] = [_spelt(self.translate(item)) for item in node.child(keyword).items()]
            elif keyword in _MAP and isinstance(value, Mapping):
                members = node.child(keyword).children()
                out[keyword] = {name: _spelt(self.translate(item)) for name, item in members}
            elif keyword not in _DROPPED and not keyword.startswith("x-"):
                out[keyword] = value
        self.one_direction(node, out)
        _bound_numbers(out)
        self.discriminate(node, out)
        return _from_30(out) if self.document.version == "3.0" else out

    def reference(self, node: Node) -> str:
        """The `$ref` inside the bundle for the `$ref` of a node."""
        return "#/$defs/" + self.key(self.document.resolve(node.value["$ref"], node))

    def key(self, target: Node) -> str:
        key = self.keys.get(target.place)
        if key is None:
            base = key = _UNSAFE.sub("-", str(target.path[-1])) if target.path else "root"
            taken = set(self.keys.values())
            count = 1
            while key in taken:
                count += 1
                key = f"{base}-{count}"
            self.keys[target.place] = key
            self.pending.append((key, target))
        return key

    def one_direction(self, node: Node, out: dict[str, Any]) -> None:
        """Required properties that do not travel this way are not required (OpenAPI, Schema Object)."""
        required, properties = out.get("required"), node.value.get("properties")
        if not isinstance(required, list) or not isinstance(properties, Mapping):
            return
        absent = _OTHER_WAY[self.direction]
        kept = [name for name in required if self.target(node.child("properties", name)).get(absent) is not True]
        if len(kept) != len(required):
            out["required"] = kept

    def mapped(self, target: str, node: Node) -> Node:
        """The schema that a mapping names: a component's name, else a reference (OpenAPI, Discriminator Object)."""
        named = self.document.root.child("components", "schemas", target)
        return named if named.value is not None else self.document.resolve(target, node)

    def target(self, node: Node) -> Node:
        return self.document.follow(node) if is_reference(node.value) else node

    def discriminate(self, node: Node, out: dict[str, Any]) -> None:
        """A discriminator beside `oneOf` or `anyOf` picks the branch (OpenAPI, Discriminator Object)."""
        discriminator = node.value.get("discriminator")
        out.pop("discriminator", None)
        if not isinstance(discriminator, Mapping):
            return
        keyword = "oneOf" if "oneOf" in out else "anyOf"
        name = discriminator.get("propertyName")
        listed = out.get(keyword, [])
        branches: list[str] = [branch["$ref"] for branch in listed if isinstance(branch, Mapping) and "$ref" in branch]
        if not isinstance(name, str) or not branches or len(branches) != len(listed):
            return
        choices = {ref.removeprefix("#/$defs/"): ref for ref in branches}
        for value, target in (discriminator.get("mapping") or {}).items():
            if not isinstance(target, str):
                continue
            place = self.mapped(target, node)
            ref = "#/$defs/" + self.key(place)
            choices = {known: old for known, old in choices.items() if old != ref or known in discriminator["mapping"]}
            choices[value] = ref
        del out[keyword]
        out.setdefault("allOf", []).append(_switch(name, choices))


def _spelt(schema: Any) -> Any:
    """`false` inside a schema, in a form for which every engine reports the right place."""
    return {"not": {}} if schema is False else schema


def _switch(name: str, choices: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name],
        "properties": {name: {"enum": list(choices), DISCRIMINATOR: name}},
        "allOf": [
            {"if": {"properties": {name: {"const": value}}}, "then": {"$ref": ref}} for value, ref in choices.items()
        ],
    }


def _bound_numbers(out: dict[str, Any]) -> None:
    bounds = NUMBER_BOUNDS.get(out.get("format", "")) if isinstance(out.get("format"), str) else None
    if bounds is not None and out.get("type") in ("integer", "number", ["integer", "null"], ["number", "null"]):
        out.setdefault("allOf", []).append({"minimum": bounds[0], "maximum": bounds[1]})


def _from_30(out: dict[str, Any]) -> dict[str, Any]:
    """What OpenAPI 3.0 says in its own way, said in JSON Schema 2020-12."""
    for bound in ("minimum", "maximum"):
        exclusive = "exclusive" + bound.capitalize()
        if isinstance(out.get(exclusive), bool) and out.pop(exclusive) and bound in out:
            out[exclusive] = out.pop(bound)
    if out.pop("nullable", None) is not True:
        return out
    kind = out.get("type")
    if isinstance(kind, str) and not out.keys() & {"enum", "allOf", "anyOf", "oneOf", "not"}:
        out["type"] = [kind, "null"]
        return out
    return {"anyOf": [{"type": "null"}, out]}
