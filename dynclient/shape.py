"""The shape of a value: as much of a schema as putting a value on the wire, and getting it back, needs to know.

Texts carry no types: whether `5` is a number and `a,b` an array, only the schema says. A Shape is that knowledge and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

_DEPTH = 8


class Shape(NamedTuple):
    """What a schema says of a value's kind.

    Attributes:
        types: The JSON types that the value may have; empty when any.
        items: The shape of an array's items.
        properties: The shapes of an object's known properties.
        others: The shape of an object's other properties.
        format: The format of a text or number.
        closed: Whether an object takes no properties but the known ones.
    """

    types: frozenset[str] = frozenset()
    items: Shape | None = None
    properties: Mapping[str, Shape] = MappingProxyType({})
    others: Shape | None = None
    format: str = ""
    closed: bool = False

    def is_only(self, kind: str) -> bool:
        """Whether the value can be nothing but this (or null)."""
        return self.types - {"null"} == {kind}

    def may_be(self, kind: str) -> bool:
        """Whether the value can be this, as far as the schema says."""
        return not self.types or kind in self.types

    def member(self, name: str) -> Shape:
        """The shape of one property of an object."""
        return self.properties.get(name) or self.others or ANY

    @property
    def item(self) -> Shape:
        """The shape of an array's items."""
        return self.items or ANY


ANY = Shape()


class Members(Mapping[str, Shape]):
    """The shapes of an object's properties, each worked out when it is asked for: schemas refer to each other in circles.

    Args:
        rules: The schemas of each property.
        shape: Gives the shape of these schemas together.
    """

    __slots__ = ("_found", "_rules", "_shape")

    def __init__(self, rules: Mapping[str, list[Any]], shape: Callable[[list[Any]], Shape]) -> None:
        self._rules = rules
        self._shape = shape
        self._found: dict[str, Shape] = {}

    def __getitem__(self, name: str) -> Shape:
        if name not in self._found:
            self._found[name] = self._shape(self._rules[name])
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._rules

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)


def target_of(bundle: Mapping[str, Any], reference: str) -> Any:
    """The schema of a bundle that a reference in it leads to; None when there is none."""
    if reference == "#":
        return bundle
    return bundle.get("$defs", {}).get(reference.rpartition("#/$defs/")[2].removeprefix("urn:dynclient:"))


def shape_of(schema: Any, root: Mapping[str, Any], depth: int = _DEPTH) -> Shape:
    """The shape of the values that a bundled schema accepts.

    Args:
        schema: The schema.
        root: The bundle that its references lead into.
        depth: How far down to look.
    """
    types: frozenset[str] = frozenset()
    items: list[Any] = []
    properties: dict[str, list[Any]] = {}
    others: list[Any] = []
    form = ""
    closed = False
    for part in _parts(schema, root, 30):
        types |= _types_of(part)
        form = form or str(part.get("format") or _encoding(part))
        items += [part["items"]] if isinstance(part.get("items"), Mapping) else []
        extra = part.get("additionalProperties")
        closed = closed or extra is False
        others += [extra] if isinstance(extra, Mapping) else []
        if isinstance(part.get("properties"), Mapping):
            for name, rule in part["properties"].items():
                properties.setdefault(name, []).append(rule)
    if not depth:
        return Shape(types, format=form)

    def joined(rules: list[Any]) -> Shape | None:
        return shape_of(rules[0] if len(rules) == 1 else {"allOf": rules}, root, depth - 1) if rules else None

    known = Members(properties, lambda rules: joined(rules) or ANY)
    return Shape(types, joined(items), known, joined(others), form, closed)


def _parts(schema: Any, root: Mapping[str, Any], depth: int) -> Iterable[Mapping[str, Any]]:
    """The schema and those that it is made of."""
    if not isinstance(schema, Mapping) or not depth:
        return
    yield schema
    if "$ref" in schema:
        yield from _parts(target_of(root, schema["$ref"]), root, depth - 1)
    for keyword in ("allOf", "anyOf", "oneOf"):
        for item in schema.get(keyword, ()):
            yield from _parts(item, root, depth - 1)
    for keyword in ("if", "then", "else"):
        if keyword in schema:
            yield from _parts(schema[keyword], root, depth - 1)


def _types_of(schema: Mapping[str, Any]) -> frozenset[str]:
    declared = schema.get("type")
    if isinstance(declared, str):
        return frozenset((declared,))
    if isinstance(declared, list):
        return frozenset(map(str, declared))
    if "properties" in schema or "additionalProperties" in schema:
        return frozenset(("object",))
    if "items" in schema or "prefixItems" in schema:
        return frozenset(("array",))
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return frozenset(map(json_type, values))


def _encoding(schema: Mapping[str, Any]) -> str:
    """`contentEncoding` in the words of `format`, which it replaces in 3.1."""
    return {"base64": "byte", "base64url": "base64url"}.get(str(schema.get("contentEncoding")), "")


def json_type(value: Any) -> str:
    """The JSON type of plain data; of a number without a fraction `number`, when it is a float."""
    names: dict[type, str] = {
        bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object",
    }  # fmt: skip
    return names.get(type(value)) or ("object" if isinstance(value, Mapping) else "null")
