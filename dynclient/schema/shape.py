"""Shapes: the types, members and items of the values that a schema describes, for encoding and decoding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from dynclient.schema.ecma import searches

_NO_SHAPES: Mapping[str, Shape] = MappingProxyType({})


class Shape:
    """What encoding and decoding need to know of a schema.

    Texts carry no types: only the schema says whether `5` is a number and `a,b` an array.

    Args:
        types: The JSON types that the value may have; empty when any.
        items: The shape of an array's items, or a function that returns it.
        properties: The shapes of an object's known properties.
        others: The shape of an object's other properties, or a function that returns it.
        format: The format of a text or number.
        closed: Whether an object may have the known properties only.
        patterns: The shapes of the properties whose names match a pattern.
        positions: The shapes of the items at the first positions of an array.
    """

    __slots__ = ("_items", "_others", "closed", "format", "patterns", "positions", "properties", "types")

    def __init__(
        self,
        types: frozenset[str] = frozenset(),
        items: Shape | Callable[[], Shape] | None = None,
        properties: Mapping[str, Shape] = _NO_SHAPES,
        others: Shape | Callable[[], Shape] | None = None,
        format: str = "",  # noqa: A002  the keyword's own name
        *,
        closed: bool = False,
        patterns: Mapping[str, Shape] = _NO_SHAPES,
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
        """The shape of an array's items; None when the schema does not describe them."""
        if self._items is not None and not isinstance(self._items, Shape):
            self._items = self._items()
        return self._items

    @property
    def others(self) -> Shape | None:
        """The shape of an object's other properties; None when the schema does not describe them."""
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
        """Return the shape of one property of an object."""
        found = self.properties.get(name)
        if found is None and self.patterns:
            found = next((shape for pattern, shape in self.patterns.items() if searches(pattern, name)), None)
        return found or self.others or ANY

    def is_only(self, type_name: str) -> bool:
        """Whether the value must be of this type (or null)."""
        return self.types - {"null"} == {type_name}

    def may_be(self, type_name: str) -> bool:
        """Whether the schema allows values of this type."""
        return not self.types or type_name in self.types

    def narrowed(self, type_name: str) -> Shape:
        """Return the same shape for values of this type only."""
        return Shape(
            frozenset({type_name}), self._items, self.properties, self._others, self.format,
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


class LazyShapes(Mapping[_Key, Shape]):
    """Shapes by name or position, each made on first access, as schemas refer to each other in circles."""

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
