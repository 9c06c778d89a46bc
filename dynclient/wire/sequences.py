"""Sequences of JSON values: JSON Lines, NDJSON, and JSON text sequences (RFC 7464; OpenAPI 3.2, Sequential JSON).

Read item by item as the bytes come; only the item under way is held.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dynclient.wire import binary, jsontext
from dynclient.wire.codec import NO_RULES, PAUSE, Broken, Payload, Rules, sound, whole
from dynclient.wire.files import Chunks, is_file, is_stream
from dynclient.wire.mediatype import MediaError, MediaType
from dynclient.wire.parts import ITEM_LIMIT
from dynclient.wire.values import to_plain

_LINE = re.compile(rb"\n")
_RECORD = re.compile(rb"\x1e")
_BOM = b"\xef\xbb\xbf"


def encode(value: Any, kind: MediaType, _: Rules) -> Payload:
    """A line, or a record, for each item; of an iterator they are made as they are sent."""
    before, after = (b"\x1e", b"\n") if kind.is_records else (b"", b"\n")
    return written(value, kind, lambda item: before + jsontext.dumps(item) + after)


def decode(content: bytes, kind: MediaType, rules: Rules) -> list[Any]:
    """All items."""
    return list(map(sound, items([content], kind, rules)))


def items(chunks: Iterable[bytes], kind: MediaType, _: Rules) -> Iterator[Any]:
    """Each item as soon as its line or record is whole."""
    return _records(chunks) if kind.is_records else _lines(chunks)


def written(value: Any, kind: MediaType, write: Any) -> Payload:
    """The payload of a sequence whose items are written by a function.

    Raises:
        MediaError: The value is no sequence, or an item cannot be written.
    """
    if isinstance(value, str) or is_file(value):  # already written
        return binary.encode(value, kind, NO_RULES)
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise MediaError(f"{kind.kind} takes an array or an iterator of items, not {type(value).__name__}")
    pieces = _placed(value, write)
    return Payload(kind.text, Chunks([pieces]), None) if is_stream(value) else whole(kind.text, b"".join(pieces))


def _placed(values: Iterable[Any], write: Any) -> Iterator[bytes]:
    for at, item in enumerate(values):
        try:
            yield write(to_plain(item))
        except TypeError as error:
            raise MediaError(str(error), (at,)) from None
        except MediaError as error:
            raise error.inside(at) from None


def split(chunks: Iterable[bytes], mark: re.Pattern[bytes]) -> Iterator[tuple[bytes, bool]]:
    """What stands between marks, and whether a mark ended it; only the piece under way is held. A pause is handed on.

    Raises:
        MediaError: A piece is too large.
    """
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        if chunk is PAUSE:
            yield PAUSE, False
            continue
        *ended, rest = mark.split(chunk)
        for piece in ended:
            yield b"".join([*held, piece]), True
            held, size = [], 0
        held.append(rest)
        size += len(rest)
        if size > ITEM_LIMIT:
            raise MediaError(f"holds an item of more than {ITEM_LIMIT} bytes")
    yield b"".join(held), False


def _lines(chunks: Iterable[bytes]) -> Iterator[Any]:
    at, first = 0, True
    for line, _ in split(chunks, _LINE):
        if line is PAUSE:
            yield PAUSE
            continue
        text, first = line.removeprefix(_BOM) if first else line, False
        if text.strip(b" \t\r"):
            yield _item(text, at)
            at += 1


def _records(chunks: Iterable[bytes]) -> Iterator[Any]:
    at = -1
    for record, _ in split(chunks, _RECORD):
        if record is PAUSE:
            yield PAUSE
            continue
        at += 1
        if not at and record.strip(b" \t\r\n"):
            raise MediaError("does not start with a record separator")
        if record.strip(b" \t\r\n"):
            value = _item(record, at - 1)
            if not isinstance(value, str | list | dict | Broken) and not record[-1:].isspace():
                # a number or literal is whole only when white space follows (RFC 7464, section 2.4)
                value = Broken(MediaError("may have been cut short: no white space follows", (at - 1,)), record)
            yield value


def _item(text: bytes, at: int) -> Any:
    try:
        return jsontext.loads(text)
    except MediaError as error:
        return Broken(error.inside(at), text)
