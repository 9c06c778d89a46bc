"""Bodies: a value to bytes and back, per media type, encode beside decode.

A media type is an entry in `CODECS`; the first that takes it is used, and bytes are the last one. To add a media type is to add an entry.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from dynclient.values import show


class MediaType(NamedTuple):
    """A media type or media range, taken apart (RFC 9110, section 8.3.1).

    Attributes:
        kind: `type/subtype` in lower case.
        parameters: The parameters, their names in lower case.
    """

    kind: str
    parameters: Mapping[str, str]

    @property
    def charset(self) -> str:
        """The charset parameter; UTF-8 when there is none."""
        return self.parameters.get("charset", "utf-8")

    @property
    def is_json(self) -> bool:
        """Whether it is JSON: `application/json`, or any type with the suffix `+json`."""
        return self.kind == "application/json" or self.kind.endswith("+json")

    @property
    def is_text(self) -> bool:
        """Whether it is text as such."""
        return self.kind.startswith("text/")

    def covers(self, other: MediaType) -> bool:
        """Whether this type, or range (`text/*`, `*/*`), takes in the other one; parameters are not compared."""
        if self.kind in ("*/*", "*", other.kind):
            return True
        return self.kind.endswith("/*") and other.kind.startswith(self.kind[:-1])


def parse(text: str) -> MediaType:
    """Take a Content-Type apart."""
    kind, *rest = text.split(";")
    pairs = (item.partition("=") for item in rest)
    return MediaType(
        kind.strip().lower(),
        {name.strip().lower(): value.strip().strip('"') for name, equals, value in pairs if equals},
    )


def best(offered: Iterable[str], content_type: str) -> str | None:
    """The documented media type (or range) that covers a Content-Type most closely, or None."""
    wanted = parse(content_type)
    fitting = [name for name in offered if parse(name).covers(wanted)]
    return min(fitting, key=lambda name: parse(name).kind.count("*") * 10 - (name == content_type), default=None)


class MediaError(ValueError):
    """A value that the media type cannot carry, or bytes that are not of the media type."""


class _Codec(NamedTuple):
    takes: Callable[[MediaType], bool]
    encode: Callable[[Any, MediaType], bytes]
    decode: Callable[[bytes, MediaType], Any]


def encode(value: Any, media_type: str) -> bytes:
    """The bytes of a plain value in a media type.

    Raises:
        MediaError: The media type cannot carry the value.
    """
    kind = parse(media_type)
    return _codec(kind).encode(value, kind)


def decode(content: bytes, media_type: str) -> Any:
    """The plain value that bytes of a media type stand for.

    Raises:
        MediaError: The bytes are not of that media type.
    """
    kind = parse(media_type)
    return _codec(kind).decode(content, kind)


def _codec(kind: MediaType) -> _Codec:
    return next(codec for codec in CODECS if codec.takes(kind))


def _encode_json(value: Any, _: MediaType) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise MediaError(f"JSON cannot carry this value: {error}") from None


def _decode_json(content: bytes, _: MediaType) -> Any:
    try:
        return json.loads(content, parse_constant=_no_constant)
    except RecursionError:
        raise MediaError("is JSON nested too deeply") from None
    except UnicodeDecodeError as error:
        raise MediaError(f"is not JSON: {error.reason} at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise MediaError(f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except ValueError:
        raise MediaError("is not JSON that can be read: a number has too many digits") from None


def _no_constant(name: str) -> Any:
    raise json.JSONDecodeError(f"{name} is not in JSON", name, 0)


def _encode_text(value: Any, kind: MediaType) -> bytes:
    if isinstance(value, bytes):
        return value
    text = value if isinstance(value, str) else json.dumps(value)
    try:
        return text.encode(kind.charset)
    except (LookupError, UnicodeEncodeError) as error:
        raise MediaError(f"{show(text)} has no form in {kind.charset}: {error}") from None


def _decode_text(content: bytes, kind: MediaType) -> str:
    try:
        return content.decode(kind.charset)
    except LookupError:
        raise MediaError(f"has an unknown charset {kind.charset!r}") from None
    except UnicodeDecodeError as error:
        raise MediaError(f"is not {kind.charset} text: {error.reason} at byte {error.start}") from None


def _encode_bytes(value: Any, kind: MediaType) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode(kind.charset)
    raise MediaError(f"{kind.kind} takes bytes or text, not {type(value).__name__}")


CODECS = (
    _Codec(lambda kind: kind.is_json, _encode_json, _decode_json),
    _Codec(lambda kind: kind.is_text, _encode_text, _decode_text),
    _Codec(lambda _: True, _encode_bytes, lambda content, _: content),
)
