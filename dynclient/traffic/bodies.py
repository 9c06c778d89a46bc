"""Recorded bodies: bytes, known to be empty, or unknown; and their content codings undone.

The coding header often stays although the recorder has decoded the body, so a coding is undone only where the bytes show it.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, NamedTuple

from dynclient.send.codings import CodingError, Undoing
from dynclient.traffic.recording import BodyState
from dynclient.traffic.yamlevents import Damaged

#: The largest body that is kept after its codings are undone, in bytes.
LARGEST_BODY = 64 * 1024 * 1024

_NOT_BASE64 = "is not valid base64; a filter may have changed it"
_MEMBERS = {"string", "base64_string", "encoding"}

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class RecordedBody(NamedTuple):
    """A body as a recorder kept it.

    Attributes:
        content: The bytes; nothing where they are empty or unknown.
        state: What is known of it.
        trouble: Why it is unknown although the recorder kept something, in words that follow "the body"; else "".
        is_decoded: Whether the recorder undid its codings, whatever the header fields say.
    """

    content: bytes = b""
    state: BodyState = "unknown"
    trouble: str = ""
    is_decoded: bool = False


UNKNOWN_BODY = RecordedBody()
EMPTY_BODY = RecordedBody(state="empty")


def known_body(content: bytes | str | None, encoding: str | None = None) -> RecordedBody:
    """Return a body that the recorder kept as it was.

    Args:
        content: Its bytes; or its text; None if there was none.
        encoding: The charset that the text had on the wire, where it was not UTF-8.
    """
    if isinstance(content, str):
        content = _encoded(content, encoding)
    return RecordedBody(content, "bytes") if content else EMPTY_BODY


def base64_body(text: Any) -> RecordedBody:
    """Return a body that is kept in base64, with or without line breaks; unknown where a filter has damaged it."""
    packed = text.encode("ascii", "replace") if isinstance(text, str) else text
    try:
        return known_body(b64decode(b"".join(packed.split()), validate=True))
    except (ValueError, AttributeError, TypeError):
        return RecordedBody(trouble=_NOT_BASE64)


def kept_body(value: Any) -> RecordedBody:
    """Return a body in any form in which cassettes keep it.

    Args:
        value: A text, bytes or None; an object with `string` or `base64_string`, of which both may be there and one be empty, and
            with the charset as `encoding`; or JSON data, where a serializer has put it in place of its text.
    """
    encoding = None
    if value is None:
        return EMPTY_BODY
    if type(value) is not str and isinstance(value, Mapping) and value.keys() <= _MEMBERS:
        encoding = value.get("encoding")
        if value.get("base64_string"):
            return base64_body(value["base64_string"])
        value = value.get("string")
        if isinstance(value, Mapping) and "str" in value:
            value = value["str"]  # a Ruby string with instance variables
    if value is None or isinstance(value, str | bytes):
        return known_body(value, encoding if isinstance(encoding, str) else None)
    return RecordedBody(trouble=_NOT_BASE64) if isinstance(value, Damaged) else json_body(value)


def json_body(value: Any) -> RecordedBody:
    """Return a body of which the recorder kept the JSON data instead of its text."""
    try:
        return known_body(json.dumps(value, ensure_ascii=False, default=_plain).encode("utf-8", "surrogatepass"))
    except (TypeError, ValueError, RecursionError):
        return RecordedBody(trouble="is not JSON data")


def undone(body: RecordedBody, codings: str) -> RecordedBody:
    """Return a body without the content codings that its bytes show (RFC 9110, section 8.4).

    Args:
        body: The body.
        codings: The value of its Content-Encoding field.
    """
    content = body.content
    if not content or not codings or body.is_decoded:
        return body
    for coding in reversed([name.strip().lower() for name in codings.split(",")]):
        if not _shows(coding, content):
            continue
        try:
            content = _decoded(content, coding)
        except CodingError as error:
            return RecordedBody(trouble=str(error))
    return known_body(content)


def _decoded(content: bytes, coding: str) -> bytes:
    undoing, parts, size = Undoing(coding, None), [], 0
    for piece in undoing.feed(content):
        parts.append(piece)
        size += len(piece)
        if size > LARGEST_BODY:
            raise CodingError(f"is larger than {LARGEST_BODY} bytes when it is decoded from {coding}")
    undoing.end()
    return b"".join(parts)


def _shows(coding: str, content: bytes) -> bool:
    """Whether the bytes are in a coding; recorders decode bodies and leave the header as it was."""
    if coding in ("gzip", "x-gzip"):
        return content.startswith(GZIP)
    if coding == "zstd":
        return content.startswith(ZSTD)
    return coding in ("deflate", "br") and not _is_text(content)  # neither has a mark that is certain


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _encoded(text: str, encoding: str | None) -> bytes:
    if encoding and not text.isascii():
        try:
            return text.encode(encoding)
        except (LookupError, ValueError):
            pass  # a name that only Ruby knows, or characters that it does not have
    return text.encode("utf-8", "surrogatepass")


def _plain(value: Any) -> Any:
    """Return data that YAML has and JSON does not as JSON."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    raise TypeError
