"""Bundles: a schema together with all that it refers to, and the only module that knows the ways through one.

A schema applies others in three ways: to the same value (`allOf`, `$ref`, `then` ...), to the members or items of the value
(`properties`, `contains` ...), and to none that a walk could follow (`$defs`, `propertyNames`). The tables below list every
applicator of JSON Schema 2020-12 (Core, sections 10 and 11; Validation, section 8) once; whoever needs to know what a schema says of a
value, of a member of it, or of its kind asks a Bundle, so that no two parts of the package can disagree.

Why this room is below `wire`: codecs read a text by the schema of its value, so they walk bundles as the engines' helpers do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from dynclient.schema.ecma import searches

#: Where a bundle holds the schemas that it refers to, and what those are called where each needs a URI of its own.
DEFS = "#/$defs/"
URN = "urn:dynclient:"

#: The keywords that hold a schema, a list of schemas, and schemas by name.
ONE = frozenset({
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
})  # fmt: skip
LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
MAP = frozenset({"$defs", "dependentSchemas", "patternProperties", "properties"})
REFERENCES = ("$ref", "$dynamicRef")

#: The keywords that apply a schema to the same value: those whose schema every valid value fits, those that it may have to fit, all.
ASSERTED = ("$ref", "$dynamicRef", "allOf")
CHOICES = ("anyOf", "oneOf")
CONDITIONS = ("if", "then", "else", "dependentSchemas")
POSSIBLE = (*ASSERTED, *CHOICES, *CONDITIONS)
EVERY = (*POSSIBLE, "not")

_NOTHING: Mapping[str, Any] = MappingProxyType({})
#: Applicators of members and items that count only where no other one of the same schema does.
_REST = {"object": "unevaluatedProperties", "array": "unevaluatedItems"}


class Shape:
    """As much of a schema as putting a value on the wire, and getting it back, needs to know.

    Texts carry no types: whether `5` is a number and `a,b` an array, only the schema says.

    Args:
        types: The JSON types that the value may have; empty when any.
        items: The shape of an array's items, or a function that gives it.
        properties: The shapes of an object's known properties.
        others: The shape of an object's other properties, or a function that gives it.
        format: The format of a text or number.
        closed: Whether an object takes no properties but the known ones.
        patterns: The shapes of the properties whose names match a pattern.
        positions: The shapes of the items at the first positions of an array.
    """

    __slots__ = ("_items", "_others", "closed", "format", "patterns", "positions", "properties", "types")

    def __init__(
        self,
        types: frozenset[str] = frozenset(),
        items: Shape | Callable[[], Shape] | None = None,
        properties: Mapping[str, Shape] = _NOTHING,
        others: Shape | Callable[[], Shape] | None = None,
        format: str = "",  # noqa: A002  the keyword's own name
        *,
        closed: bool = False,
        patterns: Mapping[str, Shape] = _NOTHING,
        positions: Mapping[int, Shape] = MappingProxyType({}),
    ) -> None:
        self.types = types
        self.properties = properties
        self.format = format
        self.closed = closed
        self.patterns = patterns
        self.positions = positions
        self._items = items
        self._others = others

    @property
    def items(self) -> Shape | None:
        """The shape of an array's items; None when the schema says nothing of them."""
        if self._items is not None and not isinstance(self._items, Shape):
            self._items = self._items()
        return self._items

    @property
    def others(self) -> Shape | None:
        """The shape of an object's other properties; None when the schema says nothing of them."""
        if self._others is not None and not isinstance(self._others, Shape):
            self._others = self._others()
        return self._others

    @property
    def item(self) -> Shape:
        """The shape of an array's items."""
        return self.items or ANY

    def at(self, index: int) -> Shape:
        """Return the shape of the item at a position."""
        return self.positions.get(index) or self.item

    def knows(self, name: str) -> bool:
        """Whether the schema names a property, or has a pattern for its name."""
        return name in self.properties or any(searches(pattern, name) for pattern in self.patterns)

    def member(self, name: str) -> Shape:
        """The shape of one property of an object."""
        found = self.properties.get(name)
        if found is None and self.patterns:
            found = next((shape for pattern, shape in self.patterns.items() if searches(pattern, name)), None)
        return found or self.others or ANY

    def is_only(self, kind: str) -> bool:
        """Whether the value can be nothing but this (or null)."""
        return self.types - {"null"} == {kind}

    def may_be(self, kind: str) -> bool:
        """Whether the value can be this, as far as the schema says."""
        return not self.types or kind in self.types

    def narrowed(self, kind: str) -> Shape:
        """The same shape for values of this type only."""
        return Shape(
            frozenset({kind}), self._items, self.properties, self._others, self.format,
            closed=self.closed, patterns=self.patterns, positions=self.positions,
        )  # fmt: skip

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shape) and all(getattr(self, name) == getattr(other, name) for name in _FIELDS)

    def __hash__(self) -> int:
        return hash((self.types, self.format, self.closed))

    def __repr__(self) -> str:
        return f"<Shape {'|'.join(sorted(self.types)) or 'any'}{f' ({self.format})' if self.format else ''}>"


_FIELDS = ("types", "items", "properties", "others", "format", "closed", "patterns", "positions")
ANY = Shape()


_Key = TypeVar("_Key")


class _Lazy(Mapping[_Key, Shape]):
    """Shapes by name, each made when it is first asked for: schemas refer to each other in circles."""

    __slots__ = ("_found", "_rules", "_shape")

    def __init__(self, rules: Mapping[_Key, list[Any]], shape: Callable[[list[Any]], Shape]) -> None:
        self._rules = rules
        self._shape = shape
        self._found: dict[_Key, Shape] = {}

    def __getitem__(self, name: _Key) -> Shape:
        if name not in self._found:
            self._found[name] = self._shape(self._rules[name])
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._rules

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)


class Bundle:
    """A schema with everything that it refers to, and the ways through it.

    Args:
        root: Self-contained JSON Schema 2020-12, with the schemas that it refers to under `$defs`.
        resolve: Gives the schema that a reference leads to, where the schemas of a document are walked that are not bundled.

    Attributes:
        root: The same.
    """

    __slots__ = ("_anchors", "_resolve", "root")

    def __init__(self, root: Any, resolve: Callable[[str], Any] | None = None) -> None:
        self.root = root
        self._resolve = resolve
        self._anchors: dict[str, list[Any]] | None = None

    def resolve(self, reference: Any) -> Any:
        """The schema that a `$ref` or `$dynamicRef` of the bundle leads to; None when it leads nowhere."""
        if not isinstance(reference, str):
            return None
        if self._resolve is not None:
            return self._resolve(reference)
        if reference == "#":
            return self.root
        name, _, anchor = reference.removeprefix(URN).partition("#")
        if reference.startswith(DEFS):
            return self.root.get("$defs", _NOTHING).get(reference.removeprefix(DEFS))
        target = self.root.get("$defs", _NOTHING).get(name) if name else self.root
        if not anchor or not isinstance(target, Mapping) or target.get("$dynamicAnchor") == anchor:
            return target
        return next((part for part in subschemas(target) if part.get("$dynamicAnchor") == anchor), None)

    def dynamic(self, reference: Any) -> list[Any]:
        """The schemas that a `$dynamicRef` may lead to, the outermost first (JSON Schema 2020-12, section 8.2.3.2)."""
        if self._anchors is None:
            self._anchors = {}
            for part in subschemas(self.root):
                if isinstance(part.get("$dynamicAnchor"), str):
                    self._anchors.setdefault(part["$dynamicAnchor"], []).append(part)
        found = list(self._anchors.get(str(reference).rpartition("#")[2], ()))
        return found or [self.resolve(reference)]

    def applied(self, schema: Any, keywords: Iterable[str] = POSSIBLE) -> Iterator[tuple[str, Any]]:
        """The schemas that a schema applies to the same value, one step away, each with its keyword.

        Args:
            schema: A schema of the bundle.
            keywords: The applicators to follow: ASSERTED, POSSIBLE or EVERY, or some of them.
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
                yield from ((keyword, part) for part in value if isinstance(value, list))
            elif keyword in MAP:
                yield from ((keyword, part) for part in value.values() if isinstance(value, Mapping))
            else:
                yield keyword, value

    def parts(self, schema: Any, keywords: tuple[str, ...] = POSSIBLE) -> list[Mapping[str, Any]]:
        """The schema and all that it applies to the same value, near and far, each once, in their order.

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
        """The schemas that a schema applies to one member of an object, or to one item of an array.

        Args:
            schema: A schema of the bundle.
            token: The member's name, or the item's position.
            keywords: As for `applied`.
        """
        parts = self.parts(schema, keywords)
        found: list[Any] = []
        for part in parts:
            found += _items_of(part, token) if isinstance(token, int) else _members_of(part, token)
        if not found:
            rest = _REST["array" if isinstance(token, int) else "object"]
            found = [part[rest] for part in parts if rest in part]
        return found

    def shape(self, schema: Any) -> Shape:
        """The shape of the values that a schema of the bundle accepts."""
        return self._shape([schema])

    def _shape(self, schemas: list[Any]) -> Shape:
        types: set[str] = set()
        items: list[Any] = []
        others: list[Any] = []
        properties: dict[str, list[Any]] = {}
        patterns: dict[str, list[Any]] = {}
        form, closed, prefixed = "", False, 0
        for part in [part for schema in schemas for part in self.parts(schema)]:
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
        first = {at: [rule for schema in schemas for rule in self.below(schema, at)] for at in range(prefixed)}
        for pattern, rules in patterns.items():
            for name in properties:
                properties[name] += rules if searches(pattern, name) else []
        return Shape(
            frozenset(types), self._later(items), _Lazy(properties, self._shape), self._later(others), form,
            closed=closed, patterns=_Lazy(patterns, self._shape), positions=_Lazy(first, self._shape),
        )  # fmt: skip

    def _later(self, schemas: list[Any]) -> Callable[[], Shape] | None:
        return (lambda: self._shape(schemas)) if schemas else None


def subschemas(schema: Any) -> Iterator[Mapping[str, Any]]:
    """A schema and every schema that is written inside it, `$defs` included, at any depth; references are not followed."""
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, Mapping):
            yield part
            pending += reversed([inner for _, inner in inside(part)])


def inside(schema: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The schemas that are written directly inside a schema, each with the way to it."""
    for keyword, value in schema.items():
        if keyword in ONE:
            yield (keyword,), value
        elif keyword in LIST and isinstance(value, list):
            yield from (((keyword, index), part) for index, part in enumerate(value))
        elif keyword in MAP and isinstance(value, Mapping):
            yield from (((keyword, name), part) for name, part in value.items())


def mapped(schema: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """A schema with every schema that is written directly inside it changed."""
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


def types_of(schema: Mapping[str, Any]) -> frozenset[str]:
    """The JSON types that a schema itself allows, by `type` or by its other keywords; empty when any."""
    declared = schema.get("type")
    if isinstance(declared, str):
        return frozenset((declared,))
    if isinstance(declared, list):
        return frozenset(map(str, declared))
    for kind, keywords in _ABOUT.items():
        if not schema.keys().isdisjoint(keywords):
            return frozenset((kind,))
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return frozenset(map(json_type, values if isinstance(values, list) else ()))


def json_type(value: Any) -> str:
    """The JSON type of plain data; of a number without a fraction `number`, when it is a float."""
    return _TYPES.get(type(value)) or ("object" if isinstance(value, Mapping) else "null")


_TYPES: dict[type, str] = {
    bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object",
}  # fmt: skip
#: The keywords that say what a schema without `type` is about.
_ABOUT = {
    "object": ("properties", "additionalProperties", "patternProperties", "unevaluatedProperties"),
    "array": ("items", "prefixItems", "contains", "unevaluatedItems"),
}


def _mapping(schema: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
    value = schema.get(keyword)
    return value if isinstance(value, Mapping) else _NOTHING


def _members_of(schema: Mapping[str, Any], name: str) -> list[Any]:
    """What one schema itself applies to a member (Core, section 10.3.2)."""
    properties = _mapping(schema, "properties")
    found = [properties[name]] if name in properties else []
    found += [rule for pattern, rule in _mapping(schema, "patternProperties").items() if searches(pattern, name)]
    return found or ([schema["additionalProperties"]] if "additionalProperties" in schema else [])


def _items_of(schema: Mapping[str, Any], index: int) -> list[Any]:
    """What one schema itself applies to an item (Core, section 10.3.1)."""
    prefix = schema.get("prefixItems")
    first = prefix if isinstance(prefix, list) else []
    found = [first[index]] if index < len(first) else [schema["items"]] if "items" in schema else []
    return found + ([schema["contains"]] if "contains" in schema else [])


def _all_items(schema: Mapping[str, Any]) -> list[Any]:
    """What one schema itself applies to items after its `prefixItems`."""
    found = [schema[keyword] for keyword in ("items", "contains") if isinstance(schema.get(keyword), Mapping)]
    rest = schema.get("unevaluatedItems")
    return found or ([rest] if isinstance(rest, Mapping) else [])


def _encoding(schema: Mapping[str, Any]) -> str:
    """`contentEncoding` in the words of `format`, which it replaces in 3.1."""
    return {"base64": "byte", "base64url": "base64url"}.get(str(schema.get("contentEncoding")), "")


def joined(schemas: Sequence[Any]) -> Any:
    """Return one schema that applies several to the same value; an empty one for none."""
    return schemas[0] if len(schemas) == 1 else {"allOf": schemas} if schemas else _NOTHING
