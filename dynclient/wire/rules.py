"""Rules: what a document says about a body, which codecs need to write and read it (OpenAPI, Media Type Object)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from dynclient.schema.bundle import ANY, Bundle, Shape, joined

NOTHING: Mapping[str, Any] = MappingProxyType({})
_EMPTY = Bundle({})


class Rules:
    """What a document says about a body, or about one value in it (OpenAPI, Media Type Object).

    Attributes:
        bundle: The bundle that the schemas belong to.
        schemas: The schemas that apply to the value: the root of the bundle unless others are named.
        encoding: Encoding Objects by property.
        prefix_encoding: Encoding Objects by position (3.2).
        item_encoding: The Encoding Object of the positions after those (3.2).
        name: The name of the property, for a part or a field.
    """

    __slots__ = ("_known", "_shape", "bundle", "encoding", "item_encoding", "name", "prefix_encoding", "schemas")

    def __init__(
        self,
        bundle: Bundle = _EMPTY,
        schemas: Sequence[Any] | None = None,
        encoding: Mapping[str, Mapping[str, Any]] = NOTHING,
        prefix_encoding: Sequence[Mapping[str, Any]] = (),
        item_encoding: Mapping[str, Any] = NOTHING,
        name: str = "",
    ) -> None:
        self.bundle = bundle
        self.schemas = [bundle.root] if schemas is None else schemas
        self.encoding = encoding
        self.prefix_encoding = prefix_encoding
        self.item_encoding = item_encoding
        self.name = name
        self._shape: Shape | None = None
        self._known: dict[str | int, Rules] = {}

    @property
    def described(self) -> bool:
        """Whether a schema says anything about the value."""
        return any(isinstance(schema, Mapping) and schema for schema in self.schemas)

    @property
    def shape(self) -> Shape:
        """The shape of the value."""
        if self._shape is None:
            self._shape = self.bundle.shape(joined(self.schemas)) if self.described else ANY
        return self._shape

    def member(self, name: str) -> Rules:
        """Return the rules of a property."""
        found = self._known.get(name)
        if found is None:
            found = self._inner(name, self.by_name(name), name)
            if name in self.shape.properties:  # the names in a schema are few, those in bodies are not
                self._known[name] = found
        return found

    def item(self, index: int = 0) -> Rules:
        """Return the rules of an item of an array."""
        index = min(index, max(len(self.shape.positions), len(self.prefix_encoding)))  # items after these are alike
        found = self._known.get(index)
        if found is None:
            found = self._known[index] = self._inner(index, self.by_position(index), self.name)
        return found

    def by_name(self, name: str) -> Mapping[str, Any]:
        """Return the Encoding Object of a property; empty when there is none."""
        return self.encoding.get(name, NOTHING)

    def by_position(self, index: int) -> Mapping[str, Any]:
        """Return the Encoding Object of a position; empty when there is none."""
        return self.prefix_encoding[index] if index < len(self.prefix_encoding) else self.item_encoding

    def encoded_by(self, encoding: Mapping[str, Mapping[str, Any]]) -> Rules:
        """Return the same rules with other Encoding Objects."""
        return Rules(self.bundle, self.schemas, encoding, self.prefix_encoding, self.item_encoding, self.name)

    def _inner(self, token: str | int, encoding: Mapping[str, Any], name: str) -> Rules:
        return Rules(
            self.bundle,
            self.bundle.below(joined(self.schemas), token),
            encoding.get("encoding") or NOTHING,
            encoding.get("prefixEncoding") or (),
            encoding.get("itemEncoding") or NOTHING,
            name,
        )


NO_RULES = Rules()
