"""What a document describes of an operation: its parameters, its body and its replies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from dynclient.dialect import Direction
from dynclient.document import Node, is_reference
from dynclient.errors import Problem
from dynclient.media import NO_RULES, Rules, outline, parse, plain
from dynclient.media.files import holds_file, is_file, is_stream
from dynclient.params import ParamError, Wire
from dynclient.schema import Schema, Schemas
from dynclient.shape import Shape
from dynclient.values import is_plain, to_plain


class Parameter(NamedTuple):
    """A parameter of an operation.

    Attributes:
        wire: How it travels.
        python_name: Its name as a Python argument.
        required: Whether it must be given.
        schema: Its compiled schema.
        description: What the document says of it.
        deprecated: Whether the document advises against it.
    """

    wire: Wire
    python_name: str
    required: bool
    schema: Schema
    description: str = ""
    deprecated: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Its location and name, which no other parameter of the operation has."""
        return self.wire.location, self.wire.name

    def read(self, decode: Callable[[Wire], tuple[bool, Any]]) -> tuple[bool, Any, list[Problem]]:
        """A value of the wire as the schema takes it: `a,b` is an array where it may be one, and would be wrong as a text.

        Args:
            decode: Gives whether the parameter is there, and its value, for one way to describe it.

        Returns:
            Whether it is there, its value, and what the schema objects to.

        Raises:
            ParamError: What is there is not of the parameter's style.
        """
        there, value = decode(self.wire)
        problems = self.schema.problems(value, self.wire.location, (self.wire.name,)) if there else []
        for wire in _narrowed(self.wire) if problems else ():
            try:
                there, other = decode(wire)
            except ParamError:
                continue
            if there and self.schema.is_valid(other):
                return True, other, []
        return there, value, problems


def _narrowed(wire: Wire) -> Iterator[Wire]:
    """A parameter whose values are of several kinds, taken for one of an array, and for one of an object."""
    kinds = wire.shape.types & {"array", "object"} if wire.media_type is None else ()
    for kind in sorted(kinds):
        if not wire.shape.is_only(kind):
            yield wire._replace(shape=wire.shape._replace(types=frozenset({kind})))


class Content:
    """A body in one media type.

    Attributes:
        media_type: The media type or range, as documented.
        node: The place of the Media Type Object.
        schema: The compiled schema of its values; of one item, where it has only an `itemSchema`.
        schema_name: The name of the schema when it is a component, else "".
        sequential: Whether it is described item by item (3.2).
        json_type: The Content-Type of its values, where they are written as JSON in UTF-8; else "".
    """

    def __init__(self, media_type: str, node: Node, schemas: Schemas, direction: Direction) -> None:
        self.media_type = media_type
        self.node = node
        kind = parse(media_type)
        place = node.child("schema")
        self.sequential = place.value is None and node.get("itemSchema") is not None
        place = node.child("itemSchema") if self.sequential else place
        self._is_json = kind.is_json
        written = kind.is_json and not self.sequential and kind.charset.lower() == "utf-8"
        self.json_type = kind.text if written else ""
        self._document = schemas.document
        self.schema = schemas.compile(place, direction)
        self.schema_name = place.value["$ref"].rpartition("/")[2] if is_reference(place.value) else ""

    @cached_property
    def rules(self) -> Rules:
        """What encoding and decoding need to know (OpenAPI, Media Type Object and Encoding Object)."""
        if self._is_json:
            return NO_RULES  # JSON says everything itself
        encoding = {name: self._encoding(entry) for name, entry in self.node.child("encoding").children()}
        prefix = tuple(self._encoding(entry) for entry in self.node.child("prefixEncoding").items())
        shape = Shape(frozenset({"array"}), self.schema.shape) if self.sequential else self.schema.shape
        bundle = {"type": "array", "items": self.schema.bundle} if self.sequential else self.schema.bundle
        return Rules(shape, bundle, encoding, prefix, self._encoding(self.node.child("itemEncoding")) or {})

    def _encoding(self, node: Node) -> Mapping[str, Any]:
        """An Encoding Object, with its headers where they are components."""
        headers = {name: self._document.follow(entry).value for name, entry in node.child("headers").children()}
        return {**node.value, "headers": headers} if headers else node.value

    def plain(self, value: Any) -> Any:
        """A Python value as plain data, its files left as they are where the media type has room for them.

        Raises:
            TypeError: It has no plain form.
        """
        if self._is_json:
            return value if is_plain(value) else to_plain(value, self.schema.shape)
        return plain(value, self.rules.shape)

    def problems(self, value: Any) -> list[Problem]:
        """What the schema objects to in a plain value, whose files count as texts."""
        if self.json_type:
            return self.schema.problems(value, "body")
        if isinstance(value, bytes) or is_stream(value):
            return []
        if self.sequential:
            items = value if isinstance(value, list) else [value]
            return [found for index, item in enumerate(items) for found in self.schema.problems(item, "body", (index,))]
        return self.schema.problems(value if self._is_json else self._outline(value), "body")

    def _outline(self, value: Any) -> Any:
        return outline(value, self.schema.shape, self._longest) if is_file(value) or holds_file(value) else value

    @cached_property
    def _longest(self) -> int:
        """How many characters a text must have to be longer than any that the schema measures."""
        return max(_lengths(self.schema.bundle), default=0) // 4 * 4 + 4  # base64 comes in fours


def _lengths(schema: Any) -> Iterator[int]:
    """Every length of texts that a schema names."""
    if isinstance(schema, Mapping):
        yield from (schema[key] for key in ("minLength", "maxLength") if isinstance(schema.get(key), int))
        schema = schema.values()
    elif not isinstance(schema, list):
        return
    for part in schema:
        yield from _lengths(part)


class Body(NamedTuple):
    """The request body of an operation.

    Attributes:
        required: Whether it must be given.
        contents: The body in each documented media type, in the document's order.
        python_name: Its name as a Python argument, beside `body`.
        description: What the document says of it.
        json: The content that objects and arrays without files are sent in, where that is JSON.
    """

    required: bool
    contents: tuple[Content, ...]
    python_name: str = "body"
    description: str = ""
    json: Content | None = None


class Reply(NamedTuple):
    """A documented response.

    Attributes:
        status: The key in the document: `200`, `4XX` or `default`.
        description: What the document says of it.
        contents: The body in each documented media type, by media type.
        headers: The documented header fields, as parameters.
        links: The places of its Link Objects, by name.
    """

    status: str
    description: str
    contents: Mapping[str, Content]
    headers: tuple[Parameter, ...] = ()
    links: Mapping[str, Node] = MappingProxyType({})
