"""OpenAPI's schema dialects, turned into JSON Schema 2020-12: one self-contained bundle per schema.

Why a bundle: a schema is compiled together with exactly the schemas that it reaches, each under `$defs` with its references
rewritten, so that neither engine ever needs the document, its files or the network. What a version says differently is rewritten
on the way: OpenAPI 3.0 (`nullable`, boolean `exclusiveMinimum`, siblings of `$ref`; Schema Object of 3.0.4), and the older drafts
that a `jsonSchemaDialect` or `$schema` may name. `discriminator` and `readOnly`/`writeOnly` mean the same in every version and become
keywords that any engine knows.

Two readings of `nullable` are decided here: it allows null whatever stands beside it (`enum`, `allOf`, a `$ref` inside `allOf`), which is
what every document that writes so means, though 3.0.3 gives it a meaning only beside `type`.
A discriminator picks the branch: a value is checked against the schema that its discriminator names, and against no other.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, NamedTuple

from dynclient import lazy
from dynclient.document import Document, Node, is_reference
from dynclient.formats import NUMBER_BOUNDS

Direction = Literal["request", "response"]

#: Marks the `enum` that stands for a discriminator, with the name of its property, so that messages can say so.
DISCRIMINATOR = "x-discriminator"
#: How the schemas of a bundle are called where it has dynamic references, which need a URI for each.
URN = "urn:dynclient:"

_ONE = frozenset({
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
})  # fmt: skip
_LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAP = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
#: What the older drafts said otherwise.
_OLD_WORDS = frozenset({"additionalItems", "dependencies", "exclusiveMaximum", "exclusiveMinimum", "items"})
#: Annotations that no engine needs; dropping them keeps large bundles small. Identifiers were followed already.
_DROPPED = frozenset({
    "$anchor", "$comment", "$id", "$schema", "default", "deprecated", "description", "discriminator", "example", "examples",
    "externalDocs", "id", "title",
})  # fmt: skip
#: What is to be done with a keyword's value; any other is taken as it is.
_KINDS: dict[str, str] = {
    **dict.fromkeys(_ONE, "one"),
    **dict.fromkeys(_LIST, "list"),
    **dict.fromkeys(_MAP, "map"),
    **dict.fromkeys(_DROPPED, "dropped"),
    "$ref": "reference",
    "$dynamicRef": "dynamic",
}
#: What makes a schema more than a list of plain rules.
_HOLDING = frozenset({*_ONE, *_LIST, *_MAP, "$dynamicRef", "$ref", "$schema", "discriminator"})
_OLD_DRAFT = lazy.pattern(r"json-schema\.org/draft-0[3-7]/")
#: What a key of `$defs` cannot hold without being encoded in a reference.
_UNSAFE = lazy.pattern(r"[^A-Za-z0-9._-]")
_OTHER_WAY: dict[str, str] = {"request": "readOnly", "response": "writeOnly"}


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
        self.keys: dict[Any, str] = {}
        self.targets: dict[str, tuple[Node, bool]] = {}
        self.entries: dict[str, Entry] = {}
        self.found: dict[tuple[str, str, str], Node] = {}
        self.linked: dict[tuple[str, str], str] = {}
        self.reached: dict[str, None] = {}
        self.dynamic = False
        self.old = document.version == "3.0"
        self.draft = bool(_OLD_DRAFT.search(str(document.root.get("jsonSchemaDialect", ""))))
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
            root = _named(root, "")
            defs = {key: _named(schema, key) for key, schema in defs.items()}
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
        self.reached, self.dynamic = {}, False
        schema = self.translate(node, plain=plain)
        return Entry(schema, tuple(self.reached), self.dynamic)

    def translate(self, node: Node, *, plain: bool = False) -> Any:
        """The schema at a place; `plain` leaves out the choice of subtypes, for a subtype that builds on it."""
        schema = node.value
        if not isinstance(schema, Mapping):
            return schema if isinstance(schema, bool) else True
        if "$ref" in schema and is_reference(schema) and self._is_alone(schema):
            return {"$ref": self.reference(node)}  # siblings are ignored (3.0.4, Reference Object; drafts 4 to 7)
        out: dict[str, Any] = {}
        for keyword, value in schema.items():
            kind = _KINDS.get(keyword)
            if kind is None:
                if not keyword.startswith("x-"):
                    out[keyword] = value
            elif kind != "dropped":
                self._keyword(node, keyword, kind, value, out)
        if "required" in out:
            self.one_direction(node, out)
        if "discriminator" in schema and not plain:
            self.discriminate(node, out)
        return self._finished(schema, out)

    def _keyword(self, node: Node, keyword: str, kind: str, value: Any, out: dict[str, Any]) -> None:
        """One keyword that holds schemas or leads to one."""
        if kind == "map" and isinstance(value, Mapping):
            out[keyword] = {name: self._below(node, (keyword, name), schema) for name, schema in value.items()}
        elif kind == "reference":
            out["$ref"] = self.reference(node)
        elif kind == "dynamic":
            self.dynamic_reference(node, out)
        elif keyword == "allOf" and isinstance(value, list):
            out["allOf"] = [_spelt(self.part(item)) for item in node.child("allOf").items()]
        elif kind == "one" and isinstance(value, Mapping | bool):
            out[keyword] = self._below(node, (keyword,), value) if value is not False else False
        elif isinstance(value, list) and (kind == "list" or keyword == "items"):
            out[keyword] = [self._below(node, (keyword, index), schema) for index, schema in enumerate(value)]
        else:
            out[keyword] = value

    def _below(self, node: Node, tokens: tuple[str | int, ...], schema: Any) -> Any:
        """A schema inside another one. Most are of one line or a plain reference, and need no place of their own."""
        if type(schema) is dict:
            if schema.keys().isdisjoint(_HOLDING):
                kept = {name: value for name, value in schema.items() if name not in _KINDS and name[:2] != "x-"}
                return self._finished(schema, kept)
            if len(schema) == 1 and "$ref" in schema:
                key = self.linked.get((node.file, schema["$ref"]))
                if key is not None:
                    self.reached[key] = None
                    return {"$ref": "#/$defs/" + key}
        return _spelt(self.translate(node.child(*tokens)))

    def _finished(self, schema: Mapping[str, Any], out: dict[str, Any]) -> dict[str, Any]:
        """A translated schema with what its own keywords mean in 2020-12."""
        if "format" in out:
            _bound_numbers(out)
        if not out.keys().isdisjoint(_OLD_WORDS):
            out = _modern(out)
        return _from_30(out) if self.old and "nullable" in schema else out

    def _is_alone(self, schema: Mapping[str, Any]) -> bool:
        """Whether a `$ref` makes what stands beside it mean nothing."""
        return self.old or self.draft or bool(_OLD_DRAFT.search(str(schema.get("$schema", ""))))

    def part(self, node: Node) -> Any:
        """A member of `allOf`: what a subtype takes from its base is the base without its choice of subtypes."""
        if is_reference(node.value):
            target = self.target(node.value["$ref"], node)
            if isinstance(target.value, Mapping) and _is_base(target.value):
                return {"$ref": "#/$defs/" + self.key(target, plain=True)}
        return self.translate(node)

    def reference(self, node: Node) -> str:
        """The reference inside the bundle for the reference of a node."""
        reference = node.value["$ref"]
        key = self.key(self.target(reference, node))
        if self.document.is_plain(node.file):
            self.linked[node.file, reference] = key
        return "#/$defs/" + key

    def target(self, reference: str, node: Node) -> Node:
        """Where a reference leads; most of a document's references lead to the same few places."""
        way = node.file, self.document.base(node), reference
        found = self.found.get(way)
        if found is None:
            found = self.found[way] = self.document.resolve(reference, node)
        return found

    def dynamic_reference(self, node: Node, out: dict[str, Any]) -> None:
        """A `$dynamicRef` stays one when it names an anchor; to a place, it is a plain reference (2020-12, 8.2.3.2)."""
        reference = str(node.value["$dynamicRef"])
        target = self.target(reference, node)
        name = reference.rpartition("#")[2]
        if isinstance(target.value, Mapping) and target.value.get("$dynamicAnchor") == name:
            self.dynamic = True
            out["$dynamicRef"] = f"{URN}{self.key(target)}#{name}"
        else:
            out["$ref"] = "#/$defs/" + self.key(target)

    def key(self, target: Node, *, plain: bool = False) -> str:
        """The key of a schema in `$defs`; the schema that is being translated is noted to refer to it."""
        place = (target.place, plain)
        key = self.keys.get(place)
        if key is None:
            base = key = _UNSAFE.sub("-", str(target.path[-1])) if target.path else "root"
            count = 1
            while key in self.targets:
                count += 1
                key = f"{base}-{count}"
            self.keys[place] = key
            self.targets[key] = (target, plain)
        self.reached[key] = None
        return key

    def one_direction(self, node: Node, out: dict[str, Any]) -> None:
        """Required properties that do not travel this way are not required (OpenAPI, Schema Object)."""
        required, properties = out.get("required"), node.value.get("properties")
        if not isinstance(required, list) or not isinstance(properties, Mapping):
            return
        absent = _OTHER_WAY[self.direction]
        kept = [name for name in required if not self.is_marked(node.child("properties", name), absent)]
        if len(kept) != len(required):
            out["required"] = kept

    def is_marked(self, node: Node, mark: str) -> bool:
        """Whether a schema has a mark, itself or where its reference or the parts of its allOf lead."""
        if node.get(mark) is True:
            return True
        if is_reference(node.value):
            return self.document.follow(node).get(mark) is True
        return any(self.is_marked(part, mark) for part in node.child("allOf").items())

    def discriminate(self, node: Node, out: dict[str, Any]) -> None:
        """A discriminator picks the schema that the value is checked against (OpenAPI, Discriminator Object)."""
        discriminator = node.value.get("discriminator")
        if not isinstance(discriminator, Mapping) or not isinstance(discriminator.get("propertyName"), str):
            return
        name = discriminator["propertyName"]
        keyword = next((found for found in ("oneOf", "anyOf") if found in out), "")
        if not keyword:
            choices = dict(self.subtypes(node, discriminator))
            switch = _switch(name, choices, None)
            out.setdefault("allOf", []).extend(switch["allOf"])
            return
        listed = out[keyword]
        branches: list[str] = [branch["$ref"] for branch in listed if isinstance(branch, Mapping) and "$ref" in branch]
        if not branches or len(branches) != len(listed):
            return
        choices = self.choices(node, discriminator, branches)
        default = discriminator.get("defaultMapping")
        otherwise = "#/$defs/" + self.key(self.mapped(default, node)) if isinstance(default, str) else None
        del out[keyword]
        closed = {
            "type": "object",
            "required": [name],
            "properties": {name: {"enum": list(choices), DISCRIMINATOR: name}},
        }
        switch = _switch(name, choices, otherwise)
        out.setdefault("allOf", []).append(switch if otherwise else {**closed, **switch})

    def choices(self, node: Node, discriminator: Mapping[str, Any], branches: list[str]) -> dict[str, str]:
        """The references of the branches by the value of the discriminator: its mapping, else the schemas' names."""
        mapping = discriminator.get("mapping")
        mapping = mapping if isinstance(mapping, Mapping) else {}
        mapped = {
            value: "#/$defs/" + self.key(self.mapped(target, node))
            for value, target in mapping.items()
            if isinstance(target, str)
        }
        implicit = {self.name_of(ref): ref for ref in branches if ref not in mapped.values()}
        return {**implicit, **mapped}

    def name_of(self, reference: str) -> str:
        """The name of the component that a reference of the bundle leads to."""
        target, _ = self.targets[reference.removeprefix("#/$defs/")]
        return str(target.path[-1]) if target.path else ""

    def subtypes(self, node: Node, discriminator: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """The schemas that build on this one by `allOf`, by the value of the discriminator."""
        mapping = discriminator.get("mapping")
        named = {}
        for value, target in (mapping if isinstance(mapping, Mapping) else {}).items():
            if isinstance(target, str):
                place = self.mapped(target, node)
                named[place.place] = value
                if place.place != node.place:
                    yield value, "#/$defs/" + self.key(place)
        for component in self.heirs.get(str(node.path[-1]) if node.path else "", ()):
            if component.place not in named and component.place != node.place and self.builds_on(component, node):
                yield str(component.path[-1]), "#/$defs/" + self.key(component)

    @cached_property
    def heirs(self) -> dict[str, list[Node]]:
        """The components that take another schema over by `allOf`, by the last token of the reference to it."""
        found: dict[str, list[Node]] = {}
        for _, component in self.document.root.child("components", "schemas").children():
            parts = component.get("allOf")
            for part in parts if isinstance(parts, list) else ():
                if is_reference(part):
                    found.setdefault(part["$ref"].rpartition("/")[2], []).append(component)
        return found

    def builds_on(self, component: Node, base: Node) -> bool:
        """Whether a schema takes another one over by `allOf`."""
        for part in component.child("allOf").items():
            if is_reference(part.value) and part.value["$ref"].rpartition("/")[2] == str(base.path[-1]):
                return self.target(part.value["$ref"], part).place == base.place
        return False

    def mapped(self, target: str, node: Node) -> Node:
        """The schema that a mapping names: a component's name, else a reference (OpenAPI, Discriminator Object)."""
        named = self.document.root.child("components", "schemas", target)
        return named if named.value is not None else self.target(target, node)


def _is_base(schema: Mapping[str, Any]) -> bool:
    """Whether a schema chooses among those that build on it."""
    return isinstance(schema.get("discriminator"), Mapping) and not schema.keys() & {"oneOf", "anyOf"}


def _spelt(schema: Any) -> Any:
    """`false` inside a schema, in a form for which every engine reports the right place."""
    return {"not": {}} if schema is False else schema


def _switch(name: str, choices: Mapping[str, str], otherwise: str | None) -> dict[str, Any]:
    """For each value of a property, the schema that it asks for; `otherwise` for every other value, and for none."""
    cases: list[dict[str, Any]] = [
        {"if": {"properties": {name: {"const": value}}, "required": [name]}, "then": {"$ref": ref}}
        for value, ref in choices.items()
    ]
    if otherwise is not None:
        known = {"properties": {name: {"enum": list(choices)}}, "required": [name]}
        cases.append({"if": known, "else": {"$ref": otherwise}})
    return {"allOf": cases}


def _bound_numbers(out: dict[str, Any]) -> None:
    bounds = NUMBER_BOUNDS.get(out.get("format", "")) if isinstance(out.get("format"), str) else None
    if bounds is not None and out.get("type") in ("integer", "number", ["integer", "null"], ["number", "null"]):
        out["allOf"] = [*out.get("allOf", ()), {"minimum": bounds[0], "maximum": bounds[1]}]


def _modern(out: dict[str, Any]) -> dict[str, Any]:
    """What the older drafts said otherwise, said in 2020-12; such keywords have no other meaning there."""
    for bound in ("minimum", "maximum"):
        exclusive = "exclusive" + bound.capitalize()
        if isinstance(out.get(exclusive), bool) and out.pop(exclusive) and bound in out:
            out[exclusive] = out.pop(bound)
    if isinstance(out.get("items"), list):
        out["prefixItems"] = out.pop("items")
        if "additionalItems" in out:
            out["items"] = out["additionalItems"]
    out.pop("additionalItems", None)
    for name, rule in (
        (out.pop("dependencies", None) or {}).items() if isinstance(out.get("dependencies"), Mapping) else ()
    ):
        out.setdefault("dependentRequired" if isinstance(rule, list) else "dependentSchemas", {})[name] = rule
    return out


def _from_30(out: dict[str, Any]) -> dict[str, Any]:
    """What OpenAPI 3.0 says in its own way, said in JSON Schema 2020-12."""
    if out.pop("nullable", None) is not True:
        return out
    kind = out.get("type")
    if isinstance(kind, str) and not out.keys() & {"enum", "allOf", "anyOf", "oneOf", "not", "const"}:
        out["type"] = [kind, "null"]
        return out
    return {"anyOf": [{"type": "null"}, out]} if out else out


def _named(schema: Any, key: str) -> Any:
    """A schema of the bundle with a URI of its own, and its references by the URIs of their targets."""
    renamed = _by_urn(schema)
    return {"$id": f"{URN}{key}", **renamed} if isinstance(renamed, dict) else renamed


def _by_urn(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_by_urn(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        keyword: value.replace("#/$defs/", URN) if keyword == "$ref" and isinstance(value, str) else _by_urn(value)
        for keyword, value in schema.items()
    }
