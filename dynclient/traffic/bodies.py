"""Recorded bodies: bytes, known to be empty, or unknown; and their content codings undone.

The coding header often stays although the recorder has decoded the body, so a coding is undone only where the bytes show it.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NamedTuple, Protocol, cast

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


class Unpacker(Protocol):
    """Undoes a coding in steps, as `zlib.decompressobj` does."""

    unused_data: bytes
    eof: bool

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return what some bytes decode to, at most so much of it."""
        ...


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
        unpacker = _unpacker(coding, content)
        if unpacker is None:
            continue
        try:
            content = unpacked(content, unpacker)
        except ImportError as error:
            return RecordedBody(trouble=f"is in the coding {coding}, which needs the package {error.name}")
        except Exception:  # noqa: BLE001  each library has errors of its own
            return RecordedBody(trouble=f"cannot be decoded from {coding}")
        if len(content) > LARGEST_BODY:
            return RecordedBody(trouble=f"is larger than {LARGEST_BODY} bytes when it is decoded from {coding}")
    return known_body(content)


def unpacked(content: bytes, unpacker: Callable[[], Unpacker]) -> bytes:
    """Undo a coding, of one part or several, up to just above the largest body.

    Raises:
        EOFError: The bytes end too early.
        ImportError: The library for the coding is not installed.
        Exception: The bytes are not in that coding.
    """
    parts: list[bytes] = []
    room = LARGEST_BODY + 1
    while content and room:
        step = unpacker()
        parts.append(step.decompress(content, room))
        room -= len(parts[-1])
        if not step.eof and room:
            raise EOFError("the bytes end too early")
        content = step.unused_data
        if parts and not content.startswith((GZIP, ZSTD)):
            break  # padding and other bytes behind the end
    return b"".join(parts)


def zstd_unpacker() -> Unpacker:
    """Return what undoes zstd.

    Raises:
        ImportError: Python has no zstd, and `backports.zstd` is not installed.
    """
    try:
        module = import_module("compression.zstd")  # Python 3.14
    except ImportError:
        module = import_module("backports.zstd")
    return cast("Unpacker", module.ZstdDecompressor())


def _unpacker(coding: str, content: bytes) -> Callable[[], Unpacker] | None:
    """Return what makes the decoder of a coding; None where the bytes do not show it."""
    if coding in ("gzip", "x-gzip"):
        return (lambda: cast("Unpacker", zlib.decompressobj(31))) if content.startswith(GZIP) else None
    if coding == "zstd":
        return zstd_unpacker if content.startswith(ZSTD) else None
    if coding == "deflate":
        has_header = content[0] & 15 == 8 and len(content) > 1 and int.from_bytes(content[:2], "big") % 31 == 0
        if has_header:
            return lambda: cast("Unpacker", zlib.decompressobj())
        return None if _is_text(content) else lambda: cast("Unpacker", zlib.decompressobj(-15))
    if coding == "br":
        return None if _is_text(content) else _Brotli
    return None


class _Brotli:
    """Brotli in one step: its library has no `eof`, and its limit works differently."""

    def __init__(self) -> None:
        self._decoder = import_module("brotli").Decompressor()
        self.unused_data = b""
        self.eof = False

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        decoded: bytes = self._decoder.process(data, output_buffer_limit=max_length)
        self.eof = bool(self._decoder.is_finished())
        return decoded


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
