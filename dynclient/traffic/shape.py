"""Shapes: what JSON values have in common, as a value that merges, and as a schema. A shape never holds a value.

>>> (shape_of({"id": 5}) + shape_of({"id": None, "name": "Rex"})).schema("3.1")
{'type': 'object', 'properties': {'id': {'type': ['integer', 'null']}, 'name': {'type': 'string'}}, 'required': ['id']}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dynclient import lazy
from dynclient.exchange import is_secret_name
from dynclient.traffic.masks import looks_random
from dynclient.traffic.placeholders import is_placeholder
from dynclient.traffic.unmatched import folded_token

#: The versions whose schemas differ: type lists from 3.1 on, `nullable` and `anyOf` in 3.0, neither in Swagger 2.0.
Version = Literal["2.0", "3.0", "3.1"]

#: How many names of members an object may have before they are taken for values, and how deep a value is looked into.
_NAMES, _DEEPEST = 200, 60
_ORDER = ("object", "array", "string", "number", "integer", "boolean", "null")
_FORMATS = (
    ("date-time", lazy.pattern(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-][01]\d:[0-5]\d)")),
    ("date", lazy.pattern(r"\d{4}-[01]\d-[0-3]\d")),
    ("uuid", lazy.pattern(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")),
)
_INTEGER = lazy.pattern(r"-?(?:0|[1-9]\d{0,17})")
_NUMBER = lazy.pattern(r"-?(?:0|[1-9]\d{0,17})\.\d{1,17}")


@dataclass(frozen=True, slots=True)
class Shape:
    """What values have in common.

    Attributes:
        types: Their JSON types; none where nothing is known of a value, as of a placeholder.
        formats: The formats of the texts; "" stands for a text in none of them.
        objects: The number of objects.
        members: The members of the objects by name: in how many they were, and their shape.
        rest: The shape of the members whose names are values themselves.
        items: The shape of the items of arrays.
        unknown: Whether there was a value of which nothing is known.
        sizes: The least and the greatest number, or length; None where they are secret or of no interest.
    """

    types: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    objects: int = 0
    members: Mapping[str, tuple[int, Shape]] = field(default_factory=dict)
    rest: Shape | None = None
    items: Shape | None = None
    unknown: bool = False
    sizes: tuple[float, float] | None = None

    def __add__(self, other: Shape) -> Shape:
        members = dict(self.members)
        for name, (count, shape) in other.members.items():
            before = members.get(name)
            members[name] = (count, shape) if before is None else (before[0] + count, before[1] + shape)
        rest = merged(self.rest, other.rest)
        if len(members) > _NAMES:
            rest = merged(rest, *(shape for _, shape in members.values()))
            members = {}
        sizes = [each.sizes for each in (self, other) if each.sizes is not None]
        return Shape(
            self.types | other.types,
            self.formats | other.formats,
            self.objects + other.objects,
            members,
            rest,
            merged(self.items, other.items),
            self.unknown or other.unknown,
            (min(low for low, _ in sizes), max(high for _, high in sizes)) if len(sizes) == 2 else None,
        )

    def schema(self, version: Version, *, complete: bool = True) -> dict[str, Any]:
        """Return a schema that all the values fit.

        Args:
            version: The version of OpenAPI.
            complete: Whether members that all objects had are required, as far as anybody can tell.
        """
        types = self.types - {"integer"} if "number" in self.types else self.types
        listed = [name for name in _ORDER if name in types and name != "null"]
        if self.unknown or not listed:  # of a value that was always null, nothing is known
            return {}
        null = "null" in types
        parts = [{"type": name, **self._more(name, version, complete=complete)} for name in listed]
        if version == "3.1":
            names = [*listed, *(["null"] if null else [])]
            more = {key: value for part in parts for key, value in part.items()}
            return more | {"type": names if len(names) > 1 else names[0]}
        nullable = {"nullable" if version == "3.0" else "x-nullable": True} if null else {}
        if len(parts) == 1:
            return parts[0] | nullable
        return {"anyOf": [part | nullable for part in parts]} if version == "3.0" else {}

    def _more(self, name: str, version: Version, *, complete: bool) -> dict[str, Any]:
        """Return what a schema says of the values of one type."""
        if name == "string":
            return {"format": next(iter(self.formats))} if len(self.formats) == 1 and "" not in self.formats else {}
        if name == "array":
            return {"items": self.items.schema(version, complete=complete) if self.items is not None else {}}
        if name != "object":
            return {}
        found: dict[str, Any] = {}
        if self.members:
            found["properties"] = {
                name: _named(name, shape.schema(version, complete=complete))
                for name, (_, shape) in self.members.items()
            }
        required = [name for name, (count, _) in self.members.items() if count == self.objects]
        if complete and required:
            found["required"] = required
        if self.rest is not None:
            found["additionalProperties"] = self.rest.schema(version, complete=complete)
        return found

    def text_schema(self, version: Version) -> dict[str, Any]:
        """Return a schema for a parameter or header field, in which each value was a text: one that does not fit all is a text."""
        plain = self.types - {"array"}
        scalar: Shape = Shape(plain, self.formats, unknown=self.unknown)
        scalar = merged(scalar, self.items) or scalar
        if len(scalar.types) != 1 and scalar.types != {"integer", "number"}:
            scalar = Shape(frozenset({"string"}))
        schema = scalar.schema(version) or {"type": "string"}
        return {"type": "array", "items": schema} if "array" in self.types else schema


def merged(*shapes: Shape | None) -> Shape | None:
    """Return the sum of the shapes that are there; None without any."""
    found: Shape | None = None
    for each in shapes:
        if each is not None:
            found = each if found is None else found + each
    return found


def shape_of(value: Any, is_left_out: Callable[[Any], bool] = is_placeholder, depth: int = 0) -> Shape:
    """Return the shape of a JSON value.

    Args:
        value: The value.
        is_left_out: Whether a text stands in place of a value.
        depth: How deep the value is in another.
    """
    match value:
        case bool():
            return Shape(frozenset({"boolean"}))
        case None:
            return Shape(frozenset({"null"}))
        case int():
            return Shape(frozenset({"integer"}))
        case float():
            return Shape(frozenset({"number"}))
        case str():
            return Shape(unknown=True) if is_left_out(value) else _text(value)
        case list() if depth < _DEEPEST:
            items = merged(*(shape_of(item, is_left_out, depth + 1) for item in value))
            return Shape(frozenset({"array"}), items=items)
        case Mapping() if depth < _DEEPEST:
            return _object({str(name): shape_of(item, is_left_out, depth + 1) for name, item in value.items()})
    return Shape(unknown=True)


def _object(shapes: Mapping[str, Shape]) -> Shape:
    named = {name: shape for name, shape in shapes.items() if not _is_value(name)}
    named = named if len(named) <= _NAMES else {}
    rest = merged(*(shape for name, shape in shapes.items() if name not in named))
    members = {name: (1, shape) for name, shape in named.items()}
    return Shape(frozenset({"object"}), objects=1, members=members, rest=rest)


def _is_value(name: str) -> bool:
    """Whether the name of a member is a value: an id, a token, an address."""
    return folded_token(name) != name or looks_random(name) or "@" in name


def _text(value: str) -> Shape:
    found = next((name for name, pattern in _FORMATS if pattern.fullmatch(value)), "")
    return Shape(frozenset({"string"}), frozenset({found}))


def _named(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Mark the text as secret whose name says so, so that nothing shows it."""
    return schema | {"format": "password"} if schema.get("type") == "string" and is_secret_name(name) else schema


def text_shape(texts: Iterable[str]) -> Shape:
    """Return the shape of the values of a parameter, or of a header field, which are texts on the wire."""
    shapes = [_text_shape(text) for text in texts]
    return shapes[0] if len(shapes) == 1 else Shape(frozenset({"array"}), items=merged(*shapes))


def _text_shape(text: str) -> Shape:
    if is_placeholder(text):
        return Shape(unknown=True)
    if text in ("true", "false"):
        return Shape(frozenset({"boolean"}))
    if _INTEGER.fullmatch(text) or _NUMBER.fullmatch(text):
        return Shape(frozenset({"number" if "." in text else "integer"}))
    return _text(text)


def sized(shape: Shape, value: Any) -> Shape:
    """Return the shape of a value with its size: the number itself, or the length of anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | list | dict):
        return shape
    size = value if isinstance(value, int | float) else len(value)
    return Shape(
        shape.types, shape.formats, shape.objects, shape.members, shape.rest, shape.items, shape.unknown, (size, size)
    )
