"""Bundles: a schema together with everything it refers to, and the only module that knows how to walk one.

A schema applies others in three ways: to the same value (`allOf`, `$ref`, `then` ...), to the members or items of the value
(`properties`, `contains` ...), and to neither (`$defs`, `propertyNames`). The tables below list every applicator of JSON Schema 2020-12
once (Core, sections 10 and 11). Whoever needs to know what a schema says about a value, one of its members, or its type asks a
Bundle, so no two parts of the package can disagree.

Why this room is below `wire`: codecs read a text by the schema of its value, so they walk bundles as the engines' helpers do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from dynclient.schema.ecma import searches
from dynclient.schema.shape import ANY, LazyShapes, Shape

__all__ = [
    "ANY", "ASSERTED", "CHOICES", "CONDITIONS", "DEFS", "EVERY", "ITEM", "LIST", "MAP", "ONE", "POSSIBLE", "REFERENCES", "UNEVALUATED", "URN",
    "Bundle", "Shape", "accepting", "detached", "inside", "joined", "json_type", "mapped", "overgrown", "subschemas", "types_of",
]  # fmt: skip

#: The media types of texts, by `contentMediaType`; a string of any other holds bytes.
_TEXTUAL = re.compile(r"text/|[^;]*[/+](?:json|xml|yaml|javascript)\b", re.IGNORECASE)

#: Any item of an array, in the way to a value.
ITEM: Any = type("ITEM", (), {"__repr__": lambda _: "ITEM"})()

#: Where a bundle holds the schemas that it refers to, and the prefix of their URIs where each needs one.
DEFS = "#/$defs/"
URN = "urn:dynclient:"

#: The keywords that hold one schema, a list of schemas, and schemas by name.
ONE = frozenset({
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
})  # fmt: skip
LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
MAP = frozenset({"$defs", "dependentSchemas", "patternProperties", "properties"})
REFERENCES = ("$ref", "$dynamicRef")

#: The keywords that apply a schema to the same value: every valid value fits ASSERTED ones, may fit POSSIBLE ones, and EVERY has `not` too.
ASSERTED = ("$ref", "$dynamicRef", "allOf")
CHOICES = ("anyOf", "oneOf")
CONDITIONS = ("if", "then", "else", "dependentSchemas")
POSSIBLE = (*ASSERTED, *CHOICES, *CONDITIONS)
EVERY = (*POSSIBLE, "not")

#: The keywords that need to know what the rest of the schema, references included, has evaluated.
UNEVALUATED = frozenset({"unevaluatedItems", "unevaluatedProperties"})

_NOTHING: Mapping[str, Any] = MappingProxyType({})
#: Applicators of members and items that count only where no other applicator does.
_REST = {"object": "unevaluatedProperties", "array": "unevaluatedItems"}


class Bundle:
    """A schema with everything that it refers to, and the ways through it.

    Args:
        root: Self-contained JSON Schema 2020-12, with the schemas that it refers to under `$defs`.
        resolve: Returns the schema that a reference leads to, for schemas of a document that are not bundled.
        shapes: The shapes that are known by reference, shared by the bundles in which a reference means the same schema.

    Attributes:
        root: The schema.
        start: What `secrecy` keeps of the whole schema.
    """

    __slots__ = ("_anchors", "_has_property_names", "_resolve", "_shapes", "root", "start")

    def __init__(
        self, root: Any, resolve: Callable[[str], Any] | None = None, shapes: dict[str, Shape] | None = None
    ) -> None:
        self.root = root
        self._resolve = resolve
        self._shapes = {} if shapes is None else shapes
        self._anchors: dict[str, list[Any]] | None = None
        self._has_property_names: bool | None = None
        self.start: Any = None

    @property
    def has_property_names(self) -> bool:
        """Whether a schema anywhere in it says something of the names of properties."""
        if self._has_property_names is None:
            self._has_property_names = any("propertyNames" in part for part in subschemas(self.root))
        return self._has_property_names

    def resolve(self, reference: Any) -> Any:
        """Return the schema that a `$ref` or `$dynamicRef` leads to; None when it does not exist."""
        if not isinstance(reference, str):
            return None
        if self._resolve is not None:
            return self._resolve(reference)
        if reference == "#":
            return self.root
        defs = _mapping(self.root, "$defs")
        if reference.startswith(DEFS):
            return defs.get(reference.removeprefix(DEFS))
        name, _, anchor = reference.removeprefix(URN).partition("#")
        target = defs.get(name) if name else self.root
        if not anchor or not isinstance(target, Mapping) or target.get("$dynamicAnchor") == anchor:
            return target
        return next((part for part in subschemas(target) if part.get("$dynamicAnchor") == anchor), None)

    def dynamic(self, reference: Any) -> list[Any]:
        """Return the schemas that a `$dynamicRef` may lead to, the outermost first (Core, section 8.2.3.2)."""
        if self._anchors is None:
            self._anchors = {}
            for part in subschemas(self.root):
                if isinstance(part.get("$dynamicAnchor"), str):
                    self._anchors.setdefault(part["$dynamicAnchor"], []).append(part)
        found = list(self._anchors.get(str(reference).rpartition("#")[2], ()))
        return found or [self.resolve(reference)]

    def applied(self, schema: Any, keywords: Iterable[str] = POSSIBLE) -> Iterator[tuple[str, Any]]:
        """Yield the schemas that a schema itself applies to the same value, each with its keyword.

        Args:
            schema: A schema of the bundle.
            keywords: The applicators to follow: ASSERTED, POSSIBLE or EVERY, or some of them. With EVERY, a `$dynamicRef` yields
                every schema that it may lead to, otherwise the outermost.
        """
        if not isinstance(schema, Mapping):
            return
        for keyword in keywords:
            if keyword not in schema:
                continue
            value = schema[keyword]
            if keyword == "$ref":
                yield keyword, self.resolve(value)
            elif keyword == "$dynamicRef":
                found = self.dynamic(value)
                yield from ((keyword, target) for target in (found if "not" in keywords else found[:1]))
            elif keyword in LIST:
                yield from ((keyword, part) for part in (value if isinstance(value, list) else ()))
            elif keyword in MAP:
                yield from ((keyword, part) for part in _mapping(schema, keyword).values())
            else:
                yield keyword, value

    def parts(self, schema: Any, keywords: tuple[str, ...] = POSSIBLE) -> list[Mapping[str, Any]]:
        """Return the schema and every schema that it applies to the same value, directly or through others, each once and in order.

        Args:
            schema: A schema of the bundle.
            keywords: As for `applied`.
        """
        found: dict[int, Mapping[str, Any]] = {}
        pending = [schema]
        while pending:
            part = pending.pop()
            if isinstance(part, Mapping) and id(part) not in found:
                found[id(part)] = part
                if not part.keys().isdisjoint(keywords):
                    pending += reversed([applied for _, applied in self.applied(part, keywords)])
        return list(found.values())

    def below(self, schema: Any, token: str | int, keywords: tuple[str, ...] = POSSIBLE) -> list[Any]:
        """Return the schemas that a schema applies to one member of an object, or to one item of an array.

        Args:
            schema: A schema of the bundle.
            token: The member's name, or the item's position.
            keywords: As for `applied`; with EVERY, `unevaluatedProperties` and `unevaluatedItems` always count.
        """
        parts = self.parts(schema, keywords)
        found: list[Any] = []
        for part in parts:
            found += _items_of(part, token) if isinstance(token, int) else _members_of(part, token)
        if not found or "not" in keywords:
            rest = _REST["array" if isinstance(token, int) else "object"]
            found += [part[rest] for part in parts if rest in part]
        return found

    def properties(self, schema: Any, keywords: tuple[str, ...] = POSSIBLE) -> dict[str, list[Any]]:
        """Return the schemas of each property that a schema names, itself or through the schemas it applies to the same value.

        Args:
            schema: A schema of the bundle.
            keywords: As for `applied`.
        """
        found: dict[str, list[Any]] = {}
        for part in self.parts(schema, keywords):
            for name, rule in _mapping(part, "properties").items():
                found.setdefault(name, []).append(rule)
        return found

    def required(self, schema: Any) -> list[str]:
        """Return the names of the properties that every object must have."""
        names = [part.get("required") for part in self.parts(schema, ASSERTED)]
        return list(dict.fromkeys(name for listed in names if isinstance(listed, list) for name in listed))

    def only_values(self, schema: Any) -> list[Any] | None:
        """Return the values that `enum` and `const` allow; None when the schema does not list its values."""
        lists = [values for part in self.parts(schema, ASSERTED) if (values := _listed(part)) is not None]
        if not lists:
            return None
        return [value for value in lists[0] if all(_holds(others, value) for others in lists[1:])]

    def text_lengths(self) -> list[int]:
        """Return every `minLength` and `maxLength` in the bundle."""
        lengths = [part.get(key) for part in subschemas(self.root) for key in ("minLength", "maxLength")]
        return [length for length in lengths if isinstance(length, int)]

    def shape(self, schema: Any) -> Shape:
        """Return the shape of the values that a schema of the bundle accepts."""
        return self._shape([schema])

    def _shape(self, schemas: list[Any]) -> Shape:
        reference = _only_reference(schemas[0]) if len(schemas) == 1 else ""
        if not reference:
            return self._made_shape(schemas)
        if reference not in self._shapes:
            self._shapes[reference] = self._made_shape([self.resolve(reference)])
        return self._shapes[reference]

    def _made_shape(self, schemas: list[Any]) -> Shape:
        types: set[str] = set()
        items: list[Any] = []
        others: list[Any] = []
        properties: dict[str, list[Any]] = {}
        patterns: dict[str, list[Any]] = {}
        form, closed, prefixed = "", False, 0
        whole = joined(list({id(schema): schema for schema in schemas}.values()))
        for part in self.parts(whole):
            types |= types_of(part)
            form = form or str(part.get("format") or _encoding(part))
            items += _all_items(part)
            prefixed = max(prefixed, len(part.get("prefixItems") or ()))
            for name, rule in _mapping(part, "properties").items():
                properties.setdefault(name, []).append(rule)
            for pattern, rule in _mapping(part, "patternProperties").items():
                patterns.setdefault(pattern, []).append(rule)
            for keyword in ("additionalProperties", "unevaluatedProperties"):
                closed = closed or (part.get(keyword) is False and not patterns)
                others += [part[keyword]] if isinstance(part.get(keyword), Mapping) else []
        first = {at: self.below(whole, at) for at in range(prefixed)}
        for pattern, rules in patterns.items():
            for name in properties:
                properties[name] += rules if searches(pattern, name) else []
        return Shape(
            frozenset(types), self._later(items), LazyShapes(properties, self._shape), self._later(others), form,
            closed=closed, patterns=LazyShapes(patterns, self._shape), positions=LazyShapes(first, self._shape),
        )  # fmt: skip

    def _later(self, schemas: list[Any]) -> Callable[[], Shape] | None:
        return (lambda: self._shape(schemas)) if schemas else None


class _Ways:
    """Counts the ways on which schemas are applied to one value."""

    def __init__(self, bundle: Bundle, most: int) -> None:
        self._bundle = bundle
        self._most = most
        self._steps = 100 * most
        self._counted: dict[int, int] = {}
        #: The schemas around the one that is looked at, by their identity, each with its depth.
        self._around: dict[int, int] = {}

    def count(self, schema: Any) -> tuple[int, float]:
        """Return how many schemas are applied, and the depth of the outermost one around it that it leads back to.

        Raises:
            OverflowError: There are too many.
        """
        if not isinstance(schema, Mapping) or schema.keys().isdisjoint(EVERY):
            return 1, math.inf
        key, depth = id(schema), len(self._around)
        if key in self._counted:
            return self._counted[key], math.inf
        if key in self._around:
            return 1, self._around[key]
        self._around[key] = depth
        total, outermost = 1, math.inf
        for _, part in self._bundle.applied(schema, EVERY):
            count, back = self.count(part)
            total, outermost = total + count, min(outermost, back)
            self._steps -= 1
            if total > self._most or self._steps < 0:
                raise OverflowError
        del self._around[key]
        if outermost < depth:
            return total, outermost
        self._counted[key] = total
        return total, math.inf


def overgrown(schema: Any, most: int) -> tuple[str, ...] | None:
    """Return the path of a schema in a bundle that applies more than `most` schemas to one value; None if there is none.

    A few schemas that refer to each other twice make millions of ways, and every engine takes each of them.
    """
    ways = _Ways(Bundle(schema), most)
    for key, part in (("", schema), *_mapping(schema, "$defs").items()):
        if isinstance(part, Mapping) and not part.keys().isdisjoint(EVERY):
            try:
                ways.count(part)
            except (OverflowError, RecursionError):
                return ("$defs", key) if key else ()
    return None


def subschemas(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and every schema written inside it at any depth, `$defs` included; references are not followed."""
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, Mapping):
            yield part
            pending += reversed([inner for _, inner in inside(part)])


def inside(schema: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield the schemas written directly inside a schema, each with the path to it."""
    for keyword, value in schema.items():
        if keyword in ONE:
            yield (keyword,), value
        elif keyword in LIST and isinstance(value, list):
            yield from (((keyword, index), part) for index, part in enumerate(value))
        elif keyword in MAP and isinstance(value, Mapping):
            yield from (((keyword, name), part) for name, part in value.items())


def mapped(schema: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """Return a schema with every schema written directly inside it changed."""
    out: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in ONE:
            out[keyword] = change(value)
        elif keyword in LIST and isinstance(value, list):
            out[keyword] = [change(part) for part in value]
        elif keyword in MAP and isinstance(value, Mapping):
            out[keyword] = {name: change(part) for name, part in value.items()}
        else:
            out[keyword] = value
    return out


def joined(schemas: Sequence[Any]) -> Any:
    """Return one schema that applies several to the same value; an empty one for none."""
    return schemas[0] if len(schemas) == 1 else {"allOf": list(schemas)} if schemas else _NOTHING


def accepting(schema: Mapping[str, Any], instance: Container[str], accepts: Callable[[Any], bool]) -> Iterator[Any]:
    """Yield the schemas written inside a schema that accept the same object, and so have evaluated it (Core, section 11).

    Args:
        schema: The schema.
        instance: The object, or the names of its members.
        accepts: Whether a schema accepts the object.
    """
    parts = [part for keyword in ("allOf", *CHOICES) for part in schema.get(keyword, ())]
    parts += [part for name, part in schema.get("dependentSchemas", {}).items() if name in instance]
    if "if" in schema:
        parts += [schema["if"], schema.get("then", True)] if accepts(schema["if"]) else [schema.get("else", True)]
    yield from filter(accepts, parts)


def detached(schema: Any, way: tuple[Any, ...], gaps: list[tuple[tuple[Any, ...], str]]) -> Any:
    """Return a schema without the references that every value at their place must fit.

    Args:
        schema: The schema.
        way: The way to its values, by member names and ITEM.
        gaps: Receives the way to the values and the reference for each that is left out.
    """
    if not isinstance(schema, dict):
        return schema
    out = dict(schema)
    if isinstance(schema.get("$ref"), str):
        gaps.append((way, out.pop("$ref")))
    if isinstance(schema.get("properties"), dict):
        out["properties"] = {name: detached(part, (*way, name), gaps) for name, part in schema["properties"].items()}
    if "items" in schema and "prefixItems" not in schema:
        out["items"] = detached(schema["items"], (*way, ITEM), gaps)
    if isinstance(schema.get("allOf"), list):
        out["allOf"] = [detached(part, way, gaps) for part in schema["allOf"]]
    return out


def types_of(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the JSON types that a schema itself allows, by `type` or else by its other keywords; empty for any."""
    declared = schema.get("type")
    if isinstance(declared, str):
        return frozenset((declared,))
    if isinstance(declared, list):
        return frozenset(map(str, declared))
    for type_name, keywords in _ABOUT.items():
        if not schema.keys().isdisjoint(keywords):
            return frozenset((type_name,))
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return frozenset(map(json_type, values if isinstance(values, list) else ()))


def json_type(value: Any) -> str:
    """Return the JSON type of plain data; a float is a `number` even without a fraction."""
    return _TYPES.get(type(value)) or ("object" if isinstance(value, Mapping) else "null")


_TYPES: dict[type, str] = {
    bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object",
}  # fmt: skip
#: The keywords that tell the type of a schema without `type`.
_ABOUT = {
    "object": ("properties", "additionalProperties", "patternProperties", "unevaluatedProperties"),
    "array": ("items", "prefixItems", "contains", "unevaluatedItems"),
}


def _mapping(schema: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
    value = schema.get(keyword)
    return value if isinstance(value, Mapping) else _NOTHING


def _only_reference(schema: Any) -> str:
    """Return the reference to another schema of the bundle, when a schema is nothing else; else ""."""
    if not isinstance(schema, Mapping) or not schema.keys() <= {"$ref", "$defs"}:
        return ""
    reference = schema.get("$ref")
    return reference if isinstance(reference, str) and reference.startswith(DEFS) else ""


def _listed(schema: Mapping[str, Any]) -> list[Any] | None:
    """Return the values that one schema itself allows."""
    if "const" in schema:
        return [schema["const"]]
    values = schema.get("enum")
    return values if isinstance(values, list) else None


def _holds(values: list[Any], value: Any) -> bool:
    """Whether a list holds a JSON value; true is not 1 there."""
    return any(other == value and isinstance(other, bool) == isinstance(value, bool) for other in values)


def _members_of(schema: Mapping[str, Any], name: str) -> list[Any]:
    """Return the schemas that one schema itself applies to a member (Core, section 10.3.2)."""
    properties = _mapping(schema, "properties")
    found = [properties[name]] if name in properties else []
    found += [rule for pattern, rule in _mapping(schema, "patternProperties").items() if searches(pattern, name)]
    return found or ([schema["additionalProperties"]] if "additionalProperties" in schema else [])


def _items_of(schema: Mapping[str, Any], index: int) -> list[Any]:
    """Return the schemas that one schema itself applies to an item (Core, section 10.3.1)."""
    prefix = schema.get("prefixItems")
    first = prefix if isinstance(prefix, list) else []
    found = [first[index]] if index < len(first) else [schema["items"]] if "items" in schema else []
    return found + ([schema["contains"]] if "contains" in schema else [])


def _all_items(schema: Mapping[str, Any]) -> list[Any]:
    """Return the schemas that one schema itself applies to items after its `prefixItems`."""
    found = [schema[keyword] for keyword in ("items", "contains") if isinstance(schema.get(keyword), Mapping)]
    rest = schema.get("unevaluatedItems")
    return found or ([rest] if isinstance(rest, Mapping) else [])


def _encoding(schema: Mapping[str, Any]) -> str:
    """Return the `format` that `contentEncoding`, and without it `contentMediaType`, replaces in 3.1."""
    media_type = schema.get("contentMediaType")
    if "contentEncoding" not in schema and isinstance(media_type, str) and not _TEXTUAL.match(media_type):
        return "binary"
    return {"base64": "byte", "base64url": "base64url"}.get(str(schema.get("contentEncoding")), "")
