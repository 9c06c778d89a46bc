"""Codecs: the value of a body to bytes and back, one codec for each family of media types.

`CODECS` lists the families with the class that reads and writes each, by name. A class is imported when its family is first used: bodies
nest (a form may contain JSON, a multipart body anything), so codecs need `payload` and `decode` as much as their users do, and a program that
only sends JSON loads no XML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from dynclient.wire.bodyrules import NO_RULES, Rules
from dynclient.wire.files import file_name, guess_type, is_file
from dynclient.wire.mediatype import MediaError, MediaType, parse


class Payload(NamedTuple):
    """An encoded body.

    Attributes:
        content_type: Its Content-Type, with the boundary or charset where one is needed.
        data: Its bytes: whole, or in chunks when they are read from files or made as they are sent.
        length: The number of bytes; None when it is unknown before the end.
    """

    content_type: str
    data: bytes | Iterable[bytes]
    length: int | None


def whole(content_type: str, data: bytes) -> Payload:
    """Return the payload of bytes that are already complete."""
    return Payload(content_type, data, len(data))


class Broken(NamedTuple):
    """An item of a sequence that cannot be read, although those after it can (RFC 7464, section 2.3).

    Attributes:
        error: What is wrong with it.
        content: Its bytes.
    """

    error: MediaError
    content: bytes


def sound(item: Any) -> Any:
    """Return an item of a sequence.

    Raises:
        MediaError: The item is `Broken`.
    """
    if isinstance(item, Broken):
        raise item.error
    return item


class Decoder(Protocol):
    """Reads the items of a sequential body from its chunks; where one chunk ends means nothing.

    Take all items of one call before the next call: they are made as they are taken.
    """

    def feed(self, chunk: bytes, /) -> Iterable[Any]:
        """Return the items that this chunk completes; a `Broken` for each that cannot be read.

        Raises:
            MediaError: The bytes are not valid, and no further item can be found.
        """
        ...

    def close(self) -> Iterable[Any]:
        """Return the items that the end of the body completes.

        Raises:
            MediaError: The body must not end here.
        """
        ...


class Family:
    """A family of media types.

    Args:
        takes: Whether a media type belongs to the family.
        codec: The class of its codec, as `module.Class` in this room. It has the methods `encode(value, kind, rules) -> Payload` and
            `decode(content, kind, rules)`; if the family is sequential, also `decoder(kind, rules) -> Decoder`.
        sequential: Whether its bodies can be read item by item.
        empty: Whether a body of the family may have no bytes.
    """

    def __init__(
        self, takes: Callable[[MediaType], bool], codec: str, *, sequential: bool = False, empty: bool = False
    ) -> None:
        self.takes = takes
        self.sequential = sequential
        self.empty = empty
        self._codec = codec

    @cached_property
    def codec(self) -> Any:
        """The codec; its module is imported when it is first used."""
        module, _, name = self._codec.partition(".")
        return getattr(import_module(f"dynclient.wire.{module}"), name)()


#: Every family, the most specific first; the last takes any media type.
CODECS = (
    Family(lambda kind: kind.is_json, "jsontext.JsonCodec"),
    Family(lambda kind: kind.is_lines or kind.is_records, "sequences.JsonSequenceCodec", sequential=True, empty=True),
    Family(lambda kind: kind.is_events, "sequences.EventCodec", sequential=True, empty=True),
    Family(lambda kind: kind.is_form, "urlencoded.FormCodec", empty=True),
    Family(lambda kind: kind.is_form_data, "multipart.MultipartCodec"),
    Family(lambda kind: kind.is_multipart, "multipart.MultipartCodec", sequential=True),
    Family(lambda kind: kind.is_xml, "xmltree.XmlCodec"),
    Family(lambda kind: kind.is_yaml, "yamltext.YamlCodec"),
    Family(lambda kind: kind.is_text, "rawbody.TextCodec", empty=True),
    Family(lambda _: True, "rawbody.BytesCodec", empty=True),
)


@dataclass(frozen=True, slots=True)
class Body:
    """A value with the media type that the caller picks, where a document offers several. Not a tuple: tuples are values.

    Attributes:
        value: The value.
        media_type: The media type; the document must offer it, or a range that covers it.
    """

    value: Any = field(repr=False)
    media_type: str


def payload(value: Any, media_type: str, rules: Rules = NO_RULES) -> Payload:
    """Encode a value in a media type.

    Args:
        value: Plain data; where the media type has room for files: also bytes, a path, a binary file object, an iterator of
            bytes, or a tuple of file name, data, content type and headers (the last two may be left out).
        media_type: The media type. In a range (`image/*`), the type that the value itself suggests is used.
        rules: What the document says about the body.

    Raises:
        MediaError: The media type cannot carry the value.
    """
    if isinstance(value, Body):
        value, media_type = value.value, value.media_type
    return _encoded(value, _concrete(value, parse(media_type)), rules)


def encode(value: Any, media_type: str, rules: Rules = NO_RULES) -> bytes:
    """Encode a value in a media type, and return all its bytes at once.

    Raises:
        MediaError: The media type cannot carry the value.
    """
    data = _encoded(value, parse(media_type), rules).data
    return data if isinstance(data, bytes) else b"".join(data)


def _encoded(value: Any, kind: MediaType, rules: Rules) -> Payload:
    try:
        made: Payload = codec_for(kind).codec.encode(value, kind, rules)
    except RecursionError:
        raise MediaError("is nested too deeply") from None
    return made


def decode(content: bytes, media_type: str, rules: Rules = NO_RULES) -> Any:
    """Decode bytes of a media type to a plain value.

    Raises:
        MediaError: The bytes are not valid in that media type.
    """
    kind, codec = _reader(media_type)
    try:
        return codec.decode(content, kind, rules)
    except RecursionError:
        raise MediaError("is nested too deeply") from None


def reader_of(media_type: str, rules: Rules = NO_RULES) -> Callable[[bytes], Any]:
    """Return what decodes bodies of a media type as `decode` does, except that it also raises RecursionError."""
    kind, codec = _reader(media_type)
    return lambda content: codec.decode(content, kind, rules)


def decoder(media_type: str, rules: Rules = NO_RULES) -> Decoder:
    """Return a decoder for one body of a sequential media type (OpenAPI 3.2, Sequential Media Types).

    Args:
        media_type: The media type.
        rules: What the document says about the array of the items.

    Raises:
        MediaError: The media type is not sequential.
    """
    kind = parse(media_type)
    family = codec_for(kind)
    if not family.sequential:
        raise MediaError(f"{kind.kind} is not a sequence of items")
    made: Decoder = family.codec.decoder(kind, rules)
    return made


def items(reader: Decoder, chunks: Iterable[bytes]) -> Iterator[Any]:
    """Yield each item of a sequential body as soon as its chunk arrives; a `Broken` for each that cannot be read.

    Raises:
        MediaError: The bytes are not valid in the decoder's media type.
    """
    for chunk in chunks:
        yield from reader.feed(chunk)
    yield from reader.close()


def is_sequential(media_type: str) -> bool:
    """Whether the body is a sequence of items that can be read one by one."""
    return codec_for(parse(media_type)).sequential


def may_be_empty(media_type: str) -> bool:
    """Whether a body of the media type may have no bytes: an empty file, text, form or sequence."""
    return codec_for(parse(media_type)).empty


@lru_cache(maxsize=256)
def _reader(media_type: str) -> tuple[MediaType, Any]:
    """Return a media type with the codec of its family; looked up once, because every reply asks."""
    kind = parse(media_type)
    return kind, codec_for(kind).codec


def codec_for(kind: MediaType) -> Family:
    """Return the family of a media type."""
    return next(family for family in CODECS if family.takes(kind))


def _concrete(value: Any, kind: MediaType) -> MediaType:
    """Return the media type of a value within a range."""
    if not kind.is_range:
        return kind
    found = parse(_usual_type(value))
    if kind.covers(found):
        return found
    raise MediaError(f"{kind.kind} is a range, and this value could be any of its types", hint=_HINT)


_HINT = "say which one: Body(value, media type)"


def _usual_type(value: Any) -> str:
    if is_file(value):
        return guess_type(file_name(value)) or "application/octet-stream"
    return "text/plain" if isinstance(value, str) else "application/json"
