"""Sequences: JSON Lines, NDJSON, JSON text sequences (RFC 7464) and server-sent events (WHATWG HTML; OpenAPI 3.2, Sequential Media Types).

Bodies are read item by item as the bytes arrive; only the unfinished item is kept. An event is an object `{data, event?, id?, retry?}` with
the fields that the stream sends for it. A text is written as the `data` of an event.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Any

from dynclient.wire.bodyrules import NO_RULES, Rules
from dynclient.wire.codec import Broken, Decoder, Payload, items, sound, whole
from dynclient.wire.files import Chunks, is_awaited, is_file, is_stream
from dynclient.wire.jsontext import dumps, loads
from dynclient.wire.mediatype import MediaError, MediaType, at_place
from dynclient.wire.parts import ITEM_LIMIT
from dynclient.wire.rawbody import send_raw
from dynclient.wire.values import to_plain

_LINE = re.compile(rb"\n")
_RECORD = re.compile(rb"\x1e")
_ANY_LINE = re.compile(rb"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"
#: White space in JSON (RFC 8259, section 2).
_JSON_SPACE = b" \t\r\n"
_FIELDS = frozenset({"data", "event", "id", "retry"})


class JsonSequenceCodec:
    """JSON values, one in each line or record."""

    def encode(self, value: Any, kind: MediaType, _: Rules) -> Payload:
        """Write a line or a record for each item; items of an iterator are written as they are sent."""
        before = b"\x1e" if kind.is_records else b""
        return _written(value, kind, lambda item: before + dumps(item) + b"\n")

    def decode(self, content: bytes, kind: MediaType, rules: Rules) -> list[Any]:
        """Return all items."""
        return list(map(sound, items(self.decoder(kind, rules), [content])))

    def decoder(self, kind: MediaType, _: Rules) -> Decoder:
        """Return a decoder for lines or records."""
        return _RecordDecoder() if kind.is_records else _LineDecoder()


class EventCodec:
    """Server-sent events, always in UTF-8."""

    def encode(self, value: Any, kind: MediaType, _: Rules) -> Payload:
        """Write a block of lines for each event."""
        return _written(value, kind, _event_block)

    def decode(self, content: bytes, kind: MediaType, rules: Rules) -> list[Any]:
        """Return all events."""
        return list(items(self.decoder(kind, rules), [content]))

    def decoder(self, _: MediaType, __: Rules) -> Decoder:
        """Return a decoder for events."""
        return _EventDecoder()


class _Splitter:
    """Splits bytes at marks, and keeps the unfinished piece."""

    def __init__(self, mark: re.Pattern[bytes]) -> None:
        self._mark = mark
        self._held = bytearray()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the pieces that a mark has ended.

        Raises:
            MediaError: A piece is too large.
        """
        *ended, rest = self._mark.split(chunk)
        for piece in ended:
            yield self.rest() + piece
        self._held += rest
        if len(self._held) > ITEM_LIMIT:
            raise MediaError(f"contains an item of more than {ITEM_LIMIT} bytes")

    def rest(self) -> bytes:
        """Return the unfinished piece, and start a new one."""
        held, self._held = bytes(self._held), bytearray()
        return held


class _LineDecoder:
    def __init__(self) -> None:
        self._lines = _Splitter(_LINE)
        self._first = True
        self._count = 0

    def feed(self, chunk: bytes) -> Iterator[Any]:
        for line in self._lines.feed(chunk):
            yield from self._item(line)

    def close(self) -> Iterator[Any]:
        yield from self._item(self._lines.rest())

    def _item(self, line: bytes) -> Iterator[Any]:
        text = line.removeprefix(_BOM) if self._first else line
        self._first = False
        if text.strip(_JSON_SPACE):
            yield _json_item(text, self._count)
            self._count += 1


class _RecordDecoder:
    def __init__(self) -> None:
        self._records = _Splitter(_RECORD)
        self._count = -1  # the first piece is the text before the first separator

    def feed(self, chunk: bytes) -> Iterator[Any]:
        for record in self._records.feed(chunk):
            yield from self._item(record)

    def close(self) -> Iterator[Any]:
        yield from self._item(self._records.rest())

    def _item(self, record: bytes) -> Iterator[Any]:
        at, self._count = self._count, self._count + 1
        if not record.strip(_JSON_SPACE):
            return
        if at < 0:
            raise MediaError("does not start with a record separator")
        value = _json_item(record, at)
        if not isinstance(value, str | list | dict | Broken) and record[-1] not in _JSON_SPACE:
            # a number or literal is complete only when white space follows (RFC 7464, section 2.4)
            value = Broken(MediaError("may have been cut short: no white space follows", (at,)), record)
        yield value


def _json_item(text: bytes, at: int) -> Any:
    try:
        return loads(text)
    except MediaError as error:
        return Broken(error.inside(at), text)


class _EventDecoder:
    """An event ends with an empty line; one without data is not an event, nor is one that the end of the stream cuts short."""

    def __init__(self) -> None:
        self._lines = _Splitter(_ANY_LINE)
        self._after_return = False
        self._first = True
        self._event: dict[str, Any] = {}
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[Any]:
        for line in self._lines.feed(self._without_split_end(chunk)):
            text, self._first = line.removeprefix(_BOM) if self._first else line, False
            yield from self._line(text.decode("utf-8", "replace"))

    def close(self) -> Iterable[Any]:
        return ()

    def _without_split_end(self, chunk: bytes) -> bytes:
        """A CR at the end of a chunk ends its line at once, so a LF that follows it belongs to the same end."""
        rest = chunk[1:] if self._after_return and chunk[:1] == b"\n" else chunk
        self._after_return = chunk[-1:] == b"\r" or (self._after_return and not chunk)
        return rest

    def _line(self, line: str) -> Iterator[Any]:
        self._size += len(line)
        if self._size > ITEM_LIMIT:
            raise MediaError(f"contains an event of more than {ITEM_LIMIT} characters")
        if line:
            _take_field(self._event, line)
            return
        event, self._event, self._size = self._event, {}, 0
        if "data" in event:
            yield {**event, "data": "\n".join(event["data"])}


def _take_field(event: dict[str, Any], line: str) -> None:
    """Read one line of a block; unknown fields and comments are ignored, as are values that a field cannot have."""
    name, _, value = line.partition(":")
    value = value.removeprefix(" ")
    match name:
        case "data":
            event.setdefault("data", []).append(value)
        case "event":
            event["event"] = value
        case "id" if "\0" not in value:
            event["id"] = value
        case "retry" if re.fullmatch("[0-9]{1,4300}", value):
            event["retry"] = int(value)


def _written(value: Any, kind: MediaType, write: Callable[[Any], bytes]) -> Payload:
    """Write a sequence, each item by a function.

    Raises:
        MediaError: The value is not a sequence, or an item cannot be written.
    """
    if isinstance(value, str) or is_file(value):  # already written
        return send_raw(value, kind, NO_RULES)
    if is_stream(value) and is_awaited(value):
        return Payload(kind.text, Chunks([_awaited(value, write)]), None)
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise MediaError(f"{kind.kind} takes an array or an iterator of items, not {type(value).__name__}")
    pieces = _placed(value, write)
    return Payload(kind.text, Chunks([pieces]), None) if is_stream(value) else whole(kind.text, b"".join(pieces))


def _placed(values: Iterable[Any], write: Callable[[Any], bytes]) -> Iterator[bytes]:
    return (_item(at, item, write) for at, item in enumerate(values))


async def _awaited(values: AsyncIterable[Any], write: Callable[[Any], bytes]) -> AsyncIterator[bytes]:
    at = 0
    async for item in values:
        yield _item(at, item, write)
        at += 1


def _item(at: int, item: Any, write: Callable[[Any], bytes]) -> bytes:
    return at_place(at, write, at_place(at, to_plain, item))


def _event_block(item: Any) -> bytes:
    if isinstance(item, str):
        item = {"data": item}
    if not isinstance(item, Mapping) or not _FIELDS.issuperset(item) or not isinstance(item.get("data"), str):
        raise MediaError("an event takes data (a text) and optionally event, id and retry")
    lines = [f"{name}: {_one_line(name, item[name])}" for name in ("event", "id") if name in item]
    if "retry" in item:
        lines.append(f"retry: {_milliseconds(item['retry'])}")
    if "\r" in item["data"]:
        raise MediaError("data cannot carry a carriage return", ("data",))
    lines += [f"data: {line}" for line in item["data"].split("\n")]
    try:
        return ("\n".join(lines) + "\n\n").encode()
    except UnicodeEncodeError:
        raise MediaError("contains an unpaired surrogate") from None


def _one_line(name: str, value: Any) -> str:
    if not isinstance(value, str) or any(mark in value for mark in "\r\n\0"):
        raise MediaError("must be one line of text", (name,))
    return value


def _milliseconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise MediaError("must be a whole number of milliseconds", ("retry",))
    return value
