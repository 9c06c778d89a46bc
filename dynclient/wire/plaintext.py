"""Text: everything under `text/` that has no codec of its own."""

from __future__ import annotations

import json
from typing import Any

from dynclient.problem import show
from dynclient.wire import binary
from dynclient.wire.codec import Payload, Rules, whole
from dynclient.wire.files import is_file, is_stream
from dynclient.wire.mediatype import MediaError, MediaType
from dynclient.wire.styles import value_of


def encode(value: Any, kind: MediaType, rules: Rules) -> Payload:
    """Text in its charset, numbers and booleans as JSON writes them; files and bytes as they are.

    Text that is not ASCII names its charset, as without one nobody may take it for UTF-8 (RFC 6657, section 4).
    """
    if is_file(value) or is_stream(value):
        return binary.encode(value, kind, rules)
    data = to_bytes(text_of(value), kind.charset)
    if "charset" not in kind.parameters and not data.isascii():
        kind = kind.having(charset="utf-8")
    return whole(kind.text, data)


def decode(content: bytes, kind: MediaType, rules: Rules) -> Any:
    """The text; a number or boolean where the schema takes one and no text."""
    text = from_bytes(content, kind.charset)
    return text if rules.shape.may_be("string") else value_of(text, rules.shape)


def text_of(value: Any) -> str:
    """A scalar as a text.

    Raises:
        MediaError: It is an object or an array, which have no form of their own in text.
    """
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | int | float):
        try:
            return json.dumps(value, allow_nan=False)
        except ValueError:
            raise MediaError("is not a number that JSON has, or one of too many digits") from None
    raise MediaError(f"text cannot carry {type(value).__name__}")


def to_bytes(text: str, charset: str) -> bytes:
    """Text in a charset.

    Raises:
        MediaError: The charset is unknown, or has not all of the characters.
    """
    try:
        return text.encode(charset)
    except (LookupError, ValueError) as error:
        raise MediaError(f"{show(text)} has no form in {charset}: {error}") from None


def from_bytes(content: bytes, charset: str) -> str:
    """The text that bytes in a charset stand for.

    Raises:
        MediaError: The charset is unknown, or the bytes are not of it.
    """
    try:
        return content.decode(charset)
    except UnicodeDecodeError as error:
        raise MediaError(f"is not {charset} text: {error.reason} at byte {error.start}") from None
    except (LookupError, ValueError):
        raise MediaError(f"has an unknown charset {charset!r}") from None
