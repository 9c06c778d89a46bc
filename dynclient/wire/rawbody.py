"""Bodies that are sent as they are: text in its charset, and the bytes of every other media type."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any

from dynclient.schema.bundle import Shape
from dynclient.wire.bodyrules import Rules
from dynclient.wire.charset import known_charset
from dynclient.wire.codec import Payload, whole
from dynclient.wire.files import Chunks, is_file, is_stream, sources_of, upload_of
from dynclient.wire.mediatype import MediaError, MediaType
from dynclient.wire.scalar import value_of
from dynclient.wire.values import BASE64, to_base64


class BytesCodec:
    """Images, sounds, archives, and every media type that nothing else is known about."""

    def encode(self, value: Any, kind: MediaType, rules: Rules) -> Payload:
        """Send a file or a text."""
        return send_raw(value, kind, rules)

    def decode(self, content: bytes, _: MediaType, __: Rules) -> bytes:
        """Return the bytes."""
        return content


class TextCodec:
    """Every `text/` type without another codec."""

    def encode(self, value: Any, kind: MediaType, rules: Rules) -> Payload:
        """Write text in its charset, numbers and booleans as JSON writes them; files are sent as they are.

        Text that is not ASCII names its charset, because without one a reader may not assume UTF-8 (RFC 6657, section 4).
        """
        if is_file(value) or is_stream(value):
            return send_raw(value, kind, rules)
        data = encoded_text(text_of(value), kind.charset)
        if "charset" not in kind.parameters and not data.isascii():
            kind = kind.having(charset="utf-8")
        return whole(kind.text, data)

    def decode(self, content: bytes, kind: MediaType, rules: Rules) -> Any:
        """Return the text; a number or boolean where the schema takes one and no text."""
        text = decoded_text(content, kind.charset)
        return text if rules.shape.may_be("string") else value_of(text, rules.shape)


def send_raw(value: Any, kind: MediaType, rules: Rules) -> Payload:
    """Send a text in its charset, or a file in chunks; in base64 where the schema says so.

    Raises:
        MediaError: The value is neither, or the charset does not have all its characters.
    """
    if isinstance(value, str):
        return whole(kind.text, encoded_text(value, kind.charset))
    found = upload_of(value, rules.shape)
    if found is None:
        raise MediaError(f"{kind.kind} takes bytes, a file or text, not {type(value).__name__}")
    source = as_described(sources_of(found.data), rules.shape)
    if isinstance(source, bytes):
        return whole(kind.text, bytes(source))
    chunks = Chunks([source])
    return Payload(kind.text, chunks, chunks.length) if chunks.length != 0 else whole(kind.text, b"")


def as_described(source: Any, shape: Shape) -> Any:
    """Return a source in base64 where the schema says so; a file is encoded as it is read."""
    if shape.format not in BASE64:
        return source
    if isinstance(source, bytes):
        return to_base64(source, shape).encode()
    chunks = Chunks([source])
    return _awaited_in_base64(chunks, shape) if chunks.is_async else _in_base64(chunks, shape)


def _in_base64(chunks: Iterable[bytes], shape: Shape) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        text, rest = _split_base64(rest + chunk, shape)
        yield text
    yield to_base64(rest, shape).encode()


async def _awaited_in_base64(chunks: AsyncIterable[bytes], shape: Shape) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in chunks:
        text, rest = _split_base64(rest + chunk, shape)
        yield text
    yield to_base64(rest, shape).encode()


def _split_base64(data: bytes, shape: Shape) -> tuple[bytes, bytes]:
    """Return the base64 of a multiple of three bytes, which needs no padding, and the bytes that are left."""
    size = len(data) // 3 * 3
    return to_base64(data[:size], shape).encode(), data[size:]


def text_of(value: Any) -> str:
    """Return a scalar as a text.

    Raises:
        MediaError: The value is an object or an array, or a number that JSON does not have.
    """
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | int | float):
        try:
            return json.dumps(value, allow_nan=False)
        except ValueError:
            raise MediaError("is not a number in JSON, or has too many digits") from None
    raise MediaError(f"text cannot carry {type(value).__name__}")


def encoded_text(text: str, charset: str) -> bytes:
    """Return a text in a charset.

    Raises:
        MediaError: The charset is unknown, or does not have all the characters.
    """
    name = known_charset(charset)
    try:
        return text.encode(name)
    except UnicodeEncodeError as error:  # the text may be a secret, which no message quotes
        raise MediaError(f"has a character that {charset} does not have (U+{ord(text[error.start]):04X})") from None
    except ValueError:
        raise MediaError(f"cannot be written in {charset}") from None


def decoded_text(content: bytes, charset: str) -> str:
    """Return the text that bytes in a charset encode.

    Raises:
        MediaError: The charset is unknown, or the bytes are not valid in it.
    """
    name = known_charset(charset)
    try:
        return content.decode(name)
    except UnicodeDecodeError as error:
        raise MediaError(f"is not {charset} text: {error.reason} at byte {error.start}") from None
