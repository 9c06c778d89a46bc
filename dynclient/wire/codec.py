"""What a codec is: a body's value to bytes and back, and what it may know of the value.

A codec is an entry in `CODECS` that names its module; the first that takes a media type is used. Why by name: bodies nest (a form
holds JSON, a multipart body holds anything), so the codecs need `payload` and `decode` as much as their users do, and a program that
only ever sends JSON loads no XML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from types import MappingProxyType
from typing import Any, NamedTuple

from dynclient.schema.bundle import ANY, Shape
from dynclient.wire.files import file_name, guess_type, is_file
from dynclient.wire.mediatype import MediaError, MediaType, parse

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Rules(NamedTuple):
    """What a document says of a body (OpenAPI, Media Type Object).

    Attributes:
        shape: What its schema says of the value's kind.
        bundle: Its schema as self-contained JSON Schema 2020-12, with `$defs` and the `xml` objects; empty when there is none.
        encoding: Encoding Objects by property.
        prefix_encoding: Encoding Objects by position (3.2).
        item_encoding: The Encoding Object of the positions after those (3.2).
        name: The property that it is, of a part or field.
    """

    shape: Shape = ANY
    bundle: Mapping[str, Any] = NOTHING
    encoding: Mapping[str, Mapping[str, Any]] = NOTHING
    prefix_encoding: Sequence[Mapping[str, Any]] = ()
    item_encoding: Mapping[str, Any] = NOTHING
    name: str = ""

    def member(self, name: str) -> Rules:
        """The rules of a property."""
        schema = member_schema(self.bundle, name, self.bundle)
        return self._inner(self.shape.member(name), schema, self.by_name(name), name)

    def item(self, index: int = 0) -> Rules:
        """The rules of an array's item."""
        schema = item_schema(self.bundle, index, self.bundle)
        return self._inner(self.shape.item, schema, self.by_position(index), self.name)

    def by_name(self, name: str) -> Mapping[str, Any]:
        """The Encoding Object of a property; empty when there is none."""
        return self.encoding.get(name, NOTHING)

    def by_position(self, index: int) -> Mapping[str, Any]:
        """The Encoding Object of a position; empty when there is none."""
        return self.prefix_encoding[index] if index < len(self.prefix_encoding) else self.item_encoding

    def _inner(self, shape: Shape, schema: Any, encoding: Mapping[str, Any], name: str) -> Rules:
        if not isinstance(schema, Mapping):
            schema = NOTHING
        elif "$defs" in self.bundle:
            schema = {**schema, "$defs": self.bundle["$defs"]}
        return Rules(
            shape,
            schema,
            encoding.get("encoding") or NOTHING,
            encoding.get("prefixEncoding") or (),
            encoding.get("itemEncoding") or NOTHING,
            name,
        )


NO_RULES = Rules()


class Payload(NamedTuple):
    """A body as it goes on the wire.

    Attributes:
        content_type: Its Content-Type, with the boundary or charset where one is needed.
        data: Its bytes: whole, or in chunks when they are read from files or made as they go.
        length: How many bytes it has; None when that is not known before the end.
    """

    content_type: str
    data: bytes | Iterable[bytes]
    length: int | None


class Codec:
    """How one family of media types is written and read: by a module of this package, loaded when it is first needed.

    Args:
        takes: Whether a media type is of this family.
        module: The module. It has `encode(value, kind, rules) -> Payload` and `decode(content, kind, rules) -> value`; where the family
            is sequential, also `items(chunks, kind, rules)`, which gives the values as they come, and for one that cannot be read, where
            the next one can, a `Broken`.
        sequential: Whether it is.
        empty: Whether no bytes at all are a body of it.
    """

    def __init__(
        self, takes: Callable[[MediaType], bool], module: str, *, sequential: bool = False, empty: bool = False
    ) -> None:
        self.takes = takes
        self.sequential = sequential
        self.empty = empty
        self._name = f"dynclient.wire.{module}"

    @cached_property
    def module(self) -> Any:
        """The module."""
        return import_module(self._name)


#: Every codec, the most particular first; the last takes any media type.
CODECS = (
    Codec(lambda kind: kind.is_json, "jsontext"),
    Codec(lambda kind: kind.is_lines or kind.is_records, "sequences", sequential=True, empty=True),
    Codec(lambda kind: kind.is_events, "events", sequential=True, empty=True),
    Codec(lambda kind: kind.is_form, "urlencoded", empty=True),
    Codec(lambda kind: kind.kind == "multipart/form-data", "multipart"),
    Codec(lambda kind: kind.is_multipart, "multipart", sequential=True),
    Codec(lambda kind: kind.is_xml, "xmltree"),
    Codec(lambda kind: kind.is_yaml, "yamltext"),
    Codec(lambda kind: kind.is_text, "plaintext", empty=True),
    Codec(lambda _: True, "binary", empty=True),
)


@dataclass(frozen=True, slots=True)
class Body:
    """A value whose media type the caller picks, where a document offers several. No tuple, as tuples are values themselves.

    Attributes:
        value: The value.
        media_type: The media type; the document must offer it, or a range that covers it.
    """

    value: Any
    media_type: str


def payload(value: Any, media_type: str, rules: Rules = NO_RULES) -> Payload:
    """The bytes of a value in a media type, and their Content-Type.

    Args:
        value: Plain data; where the media type has room for files: also bytes, a path, a binary file object, an iterator of
            bytes, or a tuple of file name, data, content type and headers (the last two may be left out).
        media_type: The media type. Of a range (`image/*`) the value's own type is taken, where it has one.
        rules: What the document says of the body.

    Raises:
        MediaError: The media type cannot carry the value.
    """
    if isinstance(value, Body):
        value, media_type = value.value, value.media_type
    kind = _concrete(value, parse(media_type))
    try:
        made: Payload = codec_for(kind).module.encode(value, kind, rules)
    except RecursionError:
        raise MediaError("is nested too deeply") from None
    return made


def encode(value: Any, media_type: str, rules: Rules = NO_RULES) -> bytes:
    """The bytes of a value in a media type, all at once.

    Raises:
        MediaError: The media type cannot carry the value.
    """
    kind = parse(media_type)
    try:
        data = codec_for(kind).module.encode(value, kind, rules).data
    except RecursionError:
        raise MediaError("is nested too deeply") from None
    return data if isinstance(data, bytes) else b"".join(data)


def decode(content: bytes, media_type: str, rules: Rules = NO_RULES) -> Any:
    """The plain value that bytes of a media type stand for.

    Raises:
        MediaError: The bytes are not of that media type.
    """
    kind = parse(media_type)
    try:
        return codec_for(kind).module.decode(content, kind, rules)
    except RecursionError:
        raise MediaError("is nested too deeply") from None


class Broken(NamedTuple):
    """An item of a sequence that cannot be read, while those after it can (RFC 7464, section 2.3).

    Attributes:
        error: What is wrong with it.
        content: Its bytes.
    """

    error: MediaError
    content: bytes


def sound(item: Any) -> Any:
    """An item of a sequence as it is.

    Raises:
        MediaError: It is a broken one.
    """
    if isinstance(item, Broken):
        raise item.error
    return item


def items(chunks: Iterable[bytes], media_type: str, rules: Rules = NO_RULES, *, broken: bool = False) -> Iterator[Any]:
    """The items of a sequential body, each as soon as it is there (OpenAPI 3.2, Sequential Media Types).

    Args:
        chunks: The body as it comes; where one chunk ends means nothing.
        media_type: A sequential media type.
        rules: What the document says of one item, as of the items of an array.
        broken: Whether an item that cannot be read is given as a `Broken`, and no end of those that can.

    Raises:
        MediaError: The media type is not sequential, or the bytes are not of it.
    """
    kind = parse(media_type)
    codec = codec_for(kind)
    if not codec.sequential:
        raise MediaError(f"{kind.kind} is not a sequence of items")
    found: Iterator[Any] = codec.module.items(chunks, kind, rules)
    return found if broken else map(sound, found)


#: Among the chunks of a sequential body: no more are there yet. Codecs hand it on among their items as soon as they have given
#: those that are whole, and take nothing else from it.
PAUSE: Any = type("Pause", (bytes,), {})()


class Feeder:
    """The items of a sequential body for those who cannot be made to wait for its chunks: they hand them over as they come.

    Args:
        media_type: A sequential media type.
        rules: What the document says of one item.
        broken: As for `items`.

    Raises:
        MediaError: The media type is not sequential.
    """

    def __init__(self, media_type: str, rules: Rules = NO_RULES, *, broken: bool = False) -> None:
        self._chunks: list[bytes | None] = []
        self._items = items(self._handed_over(), media_type, rules, broken=broken)

    def feed(self, chunk: bytes | None) -> Iterator[Any]:
        """The items that are whole with this chunk; after the last one comes None.

        Raises:
            MediaError: The bytes are not of the media type.
        """
        self._chunks.append(chunk)
        for item in self._items:
            if item is PAUSE:
                return
            yield item

    def _handed_over(self) -> Iterator[bytes]:
        while True:
            chunk = self._chunks.pop(0) if self._chunks else PAUSE
            if chunk is None:
                return
            yield chunk


def is_sequential(media_type: str) -> bool:
    """Whether the body is a sequence of items that can be read one by one."""
    return codec_for(parse(media_type)).sequential


def may_be_empty(media_type: str) -> bool:
    """Whether no bytes at all are a body of a media type: an empty file, text, form or sequence."""
    return codec_for(parse(media_type)).empty


def codec_for(kind: MediaType) -> Codec:
    """The codec of a media type."""
    for codec in CODECS:  # a loop, for every call comes by here
        if codec.takes(kind):
            return codec
    raise AssertionError(kind)  # the last takes anything


def whole(content_type: str, data: bytes) -> Payload:
    """The payload of bytes that are all there."""
    return Payload(content_type, data, len(data))


def reachable(schema: Any, root: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A schema, and those that it is made of, each once (OpenAPI 3.2, Non-JSON Data)."""
    found: dict[int, Mapping[str, Any]] = {}
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, Mapping) or id(part) in found:
            continue
        found[id(part)] = part
        inner = [referred(part["$ref"], root)] if "$ref" in part else []
        inner += [choice for keyword in ("allOf", "anyOf", "oneOf") for choice in part.get(keyword, ())]
        waiting += reversed([*inner, part.get("then")])
    return list(found.values())


def referred(reference: str, root: Mapping[str, Any]) -> Any:
    """The schema that a reference inside a bundle leads to."""
    return root if reference == "#" else root.get("$defs", NOTHING).get(reference.removeprefix("#/$defs/"))


def member_schema(schema: Any, name: str, root: Mapping[str, Any]) -> Any:
    """The schema of a property; None when nothing is said of it."""
    others = None
    for part in reachable(schema, root):
        properties = part.get("properties", NOTHING)
        if name in properties:
            return properties[name]
        others = part.get("additionalProperties") if others is None else others
    return others


def item_schema(schema: Any, index: int, root: Mapping[str, Any]) -> Any:
    """The schema of an array's item; None when nothing is said of it."""
    for part in reachable(schema, root):
        prefix = part.get("prefixItems", ())
        if index < len(prefix):
            return prefix[index]
        if "items" in part:
            return part["items"]
    return None


def _concrete(value: Any, kind: MediaType) -> MediaType:
    """The media type of a value within a range."""
    if not kind.is_range:
        return kind
    found = parse(_usual_type(value))
    if kind.covers(found):
        return found
    raise MediaError(f"{kind.kind} is a range, and this value could be of any of its types", hint=_HINT)


_HINT = "say which one: Body(value, media type)"


def _usual_type(value: Any) -> str:
    if is_file(value):
        return guess_type(file_name(value)) or "application/octet-stream"
    return "text/plain" if isinstance(value, str) else "application/json"
