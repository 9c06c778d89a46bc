"""The parts of an operation that a document describes: parameters, body and replies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from dynclient.api.signature import MISSING
from dynclient.problem import Problem
from dynclient.schema.bundle import ANY
from dynclient.schema.schemas import Schema, Schemas
from dynclient.schema.secrecy import Quotation
from dynclient.schema.translator import Direction
from dynclient.spec.node import Node, is_reference
from dynclient.wire.bodyrules import NO_RULES, Rules
from dynclient.wire.files import holds_data, is_stream, outline, plain_body
from dynclient.wire.mediatype import best, parse
from dynclient.wire.scalar import ParamError, Wire, scalar
from dynclient.wire.values import is_plain, to_plain

#: How many Content-Types are remembered.
_MOST_TYPES = 64


class Parameter(NamedTuple):
    """A parameter of an operation.

    Attributes:
        wire: How it is written on the wire.
        python_name: Its name as a Python argument.
        required: Whether it must be present.
        schema: Its compiled schema.
        description: What the document says of it.
        deprecated: Whether the document advises against it.
        default: The value that the server assumes when it is left out, MISSING when the document names none. It is not sent.
        secret: Whether it carries a credential, which no message may quote.
        aliases: Its former names, which are still taken.
    """

    wire: Wire
    python_name: str
    required: bool
    schema: Schema
    description: str = ""
    deprecated: bool = False
    default: Any = MISSING
    secret: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Its location and name; no other parameter of the operation has the same."""
        return self.wire.location, self.wire.name

    @property
    def only_text(self) -> str | None:
        """The only text that it may have, when its schema allows a single scalar."""
        bundle = self.schema.bundle
        allowed = bundle.only_values(bundle.root) or ()
        return scalar(allowed[0]) if len(allowed) == 1 and isinstance(allowed[0], str | int | float) else None

    def problems(self, value: Any) -> list[Problem]:
        """What the schema objects to in a plain value."""
        return self.schema.problems(value, self.wire.location, (self.wire.name,), secret=self.secret)

    def read(self, decode: Callable[[Wire], tuple[bool, Any]]) -> tuple[bool, Any, list[Problem]]:
        """Decode a value by the type that its schema accepts: `a,b` is an array where a text would be wrong and an array is allowed.

        Args:
            decode: Returns whether the parameter is present, and its value, by one description of it.

        Returns:
            Whether it is present, its value, and what the schema objects to.

        Raises:
            ParamError: The text is not of the parameter's style.
        """
        present, value = decode(self.wire)
        problems = self.problems(value) if present else []
        if problems and self.wire.allow_empty and decode(self.wire._replace(shape=ANY))[1] == "":
            return True, "", []
        for wire in _narrowed(self.wire) if problems else ():
            try:
                present, other = decode(wire)
            except ParamError:
                continue
            if present and self.schema.is_valid(other):
                return True, other, []
        return present, value, problems


def _narrowed(wire: Wire) -> Iterator[Wire]:
    """A parameter that may have values of several types, read as an array only, and as an object only."""
    kinds = wire.shape.types & {"array", "object"} if wire.media_type is None else ()
    for kind in sorted(kinds):
        if not wire.shape.is_only(kind):
            yield wire._replace(shape=wire.shape.narrowed(kind))


class Content:
    """A body in one media type.

    Attributes:
        media_type: The media type or range, as documented.
        node: The place of the Media Type Object.
        schema: The compiled schema of its values; of one item, where the body is described item by item.
        schema_node: The place of that schema.
        item: The compiled schema of one item, where the document has one.
        schema_name: The name of the schema when it is a component, else "".
        sequential: Whether it is described item by item.
        json_type: The Content-Type of its values, where they are written as JSON in UTF-8; else "".
    """

    def __init__(self, media_type: str, node: Node, schemas: Schemas, direction: Direction) -> None:
        self.media_type = media_type
        self.node = node
        kind = parse(media_type)
        place, each = node.child("schema"), node.child("itemSchema")
        self.item = schemas.compile(each, direction) if each.value is not None else None
        place = each if place.value is None and self.item is not None else place
        self.schema_node = place
        self.schema = schemas.compile(place, direction)
        self._is_json = kind.is_json
        self._is_events = kind.is_events
        self._has_parts = kind.is_multipart or kind.is_form_data
        self._is_sequence = kind.is_lines or kind.is_records or kind.is_events
        listed = self._is_sequence and (not kind.is_events or "data" in self.schema.shape.properties)
        self.sequential = place is each or (listed and self._describes_no_array)
        if self.sequential and self.item is None:
            self.item = self.schema
        written = kind.is_json and self.item is None and kind.charset.lower() == "utf-8"
        self.json_type = kind.text if written else ""
        self._document = schemas.document
        self.schema_name = place.value["$ref"].rpartition("/")[2] if is_reference(place.value) else ""

    @property
    def _describes_no_array(self) -> bool:
        """Whether the schema of a sequence describes something else than the array of its items.

        Most documents before 3.2 do that, because they had no `itemSchema`: their schema of JSON Lines describes a line, and their schema
        of server-sent events describes the text in `data`, so it says nothing about the events.
        """
        types = self.schema.shape.types
        return bool(types) and "array" not in types

    @property
    def _root(self) -> Any:
        """The schema of a whole value."""
        root = self.schema.bundle.root
        return {"type": "array", "items": root} if self.sequential else root

    @cached_property
    def rules(self) -> Rules:
        """The rules for encoding and decoding (OpenAPI, Media Type Object and Encoding Object)."""
        if self._is_json:
            return NO_RULES  # JSON says everything itself
        encoding = {name: self._encoding(entry) for name, entry in self.node.child("encoding").children()}
        prefix = tuple(self._encoding(entry) for entry in self.node.child("prefixEncoding").items())
        return Rules(
            self.schema.bundle, [self._root], encoding, prefix, self._encoding(self.node.child("itemEncoding"))
        )

    def _encoding(self, node: Node) -> Mapping[str, Any]:
        """An Encoding Object, with its headers and their schemas where they are components; none where there is something else."""
        if not isinstance(node.value, Mapping):
            return {}
        headers = {name: self._header(self._document.follow(entry)) for name, entry in node.child("headers").children()}
        return {**node.value, "headers": headers} if headers else node.value

    def _header(self, node: Node) -> Any:
        schema = node.child("schema")
        return {**node.value, "schema": self._document.follow(schema).value} if schema.value is not None else node.value

    def plain(self, value: Any) -> Any:
        """A Python value as plain data, its files left as they are where the media type has room for them.

        Raises:
            NotPlainError: Parts of it have no plain form.
        """
        if self._is_json:
            return value if is_plain(value) else to_plain(value, self.schema.shape, binary=False)
        if is_stream(value) and self._is_sequence:
            return value  # its items are made as they are sent, and may never end
        return plain_body(value, self.rules.shape, parts=self._has_parts)

    @property
    def quotation(self) -> Quotation:
        """Quotes its values, which are plain data, without their secrets."""
        return Quotation(self._root, self.schema.bundle)

    def problems(self, value: Any) -> list[Problem]:
        """What the schema objects to in a plain value, whose files count as texts."""
        if self.json_type:
            return self.schema.problems(value, "body")
        if isinstance(value, bytes) or is_stream(value):
            return []
        found = [] if self.sequential else self._of_all(value)
        items = value if isinstance(value, list) else [value]
        for index, item in enumerate(items if self.item is not None else ()):
            found += self.item_problems(item, index)
        return found

    def item_problems(self, item: Any, index: int) -> list[Problem]:
        """What the document objects to in one item of a sequence, as far as that can be said of one alone."""
        if self.item is not None:
            return self.item.problems(item, "body", (index,))
        found = self._of_all([item])
        return [replace(problem, path=(index, *problem.path[1:])) for problem in found if problem.path]

    def _of_all(self, value: Any) -> list[Problem]:
        if self._is_events and self._describes_no_array:
            return []
        return self.schema.problems(value if self._is_json else self._outline(value), "body")

    def _outline(self, value: Any) -> Any:
        return outline(value, self.schema.shape, self._longest) if holds_data(value) else value

    @cached_property
    def _longest(self) -> int:
        """How many characters a text must have to be longer than any that the schema measures."""
        return max(self.schema.bundle.text_lengths(), default=0) // 4 * 4 + 4  # base64 comes in fours


#: Says what is wrong with the value of a body.
BodyJudge = Callable[[Content, Any], list[Problem]]


class Contents(dict[str, Content]):
    """A body in each documented media type, by media type."""

    @cached_property
    def covering(self) -> Callable[[str], Content | None]:
        """Gives the content whose media type covers a Content-Type most closely; None when none does, or the type is empty."""
        # servers may send a new boundary with every reply, so that not all are kept
        return lru_cache(_MOST_TYPES)(self._covering)

    def _covering(self, content_type: str) -> Content | None:
        name = best(self, content_type) if content_type else None
        return self[name] if name is not None else None


class RequestBody(NamedTuple):
    """The request body of an operation.

    Attributes:
        required: Whether it must be present.
        by_type: The body in each documented media type.
        python_name: Its name as a Python argument, beside `body`.
        description: What the document says of it.
        json: The content for objects and arrays without files, where that is JSON.
        aliases: Its former names as an argument, which are still taken.
    """

    required: bool
    by_type: Contents
    python_name: str = "body"
    description: str = ""
    json: Content | None = None
    aliases: tuple[str, ...] = ()

    @property
    def contents(self) -> tuple[Content, ...]:
        """The body in each documented media type, in the document's order."""
        return tuple(self.by_type.values())


class Reply(NamedTuple):
    """A documented response.

    Attributes:
        status: The key in the document: `200`, `4XX` or `default`.
        description: What the document says of it.
        contents: The body in each documented media type.
        headers: The documented header fields, as parameters.
        header_nodes: The places of their Header Objects, by name.
        links: The places of its Link Objects, by name.
    """

    status: str
    description: str
    contents: Contents
    headers: tuple[Parameter, ...]
    header_nodes: Mapping[str, Node]
    links: Mapping[str, Node]


class Replies(Mapping[str, Reply]):
    """The documented responses of an operation, each compiled when it is first used.

    Args:
        nodes: Their places, by the document's key.
        compiled: Compiles the response at a place.
    """

    def __init__(self, nodes: Mapping[str, Node], compiled: Callable[[str, Node], Reply]) -> None:
        self._nodes = nodes
        self._compiled = compiled
        self._known: dict[str, Reply] = {}

    def __getitem__(self, key: str) -> Reply:
        if key not in self._known:
            self._known[key] = self._compiled(key, self._nodes[key])
        return self._known[key]

    def __contains__(self, key: object) -> bool:
        return key in self._nodes

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)
