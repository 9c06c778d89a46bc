"""Server-sent events: `text/event-stream` (WHATWG HTML, section 9.2; OpenAPI 3.2, Special Considerations for Server-Sent Events).

An item is an object `{data, event?, id?, retry?}`: what the stream says of that one event. A text stands for its `data` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dynclient.problem import show
from dynclient.wire.codec import PAUSE, Payload, Rules
from dynclient.wire.mediatype import MediaError, MediaType
from dynclient.wire.parts import ITEM_LIMIT
from dynclient.wire.sequences import split, written

_END = re.compile(rb"\r\n|\r|\n")
_FIELDS = frozenset({"data", "event", "id", "retry"})
_BOM = b"\xef\xbb\xbf"


def encode(value: Any, kind: MediaType, _: Rules) -> Payload:
    """A block of lines for each event, always in UTF-8."""
    return written(value, kind, _block)


def decode(content: bytes, kind: MediaType, rules: Rules) -> list[dict[str, Any]]:
    """All events."""
    return list(items([content], kind, rules))


def items(chunks: Iterable[bytes], _: MediaType, __: Rules) -> Iterator[Any]:
    """Each event as soon as its empty line is there; one without data is none, nor is one that the end cuts short."""
    event: dict[str, Any] = {}
    size = 0
    for line in _lines(chunks):
        if line is PAUSE:
            yield PAUSE
            continue
        size += len(line)
        if size > ITEM_LIMIT:
            raise MediaError(f"holds an event of more than {ITEM_LIMIT} characters")
        if line:
            _take(event, line)
            continue
        if "data" in event:
            yield {**event, "data": "\n".join(event["data"])}
        event, size = {}, 0


def _block(item: Any) -> bytes:
    if isinstance(item, str):
        item = {"data": item}
    if not isinstance(item, Mapping) or not _FIELDS.issuperset(item) or not isinstance(item.get("data"), str):
        raise MediaError(f"an event takes data, a text, and event, id and retry, not {show(item)}")
    lines = [f"{name}: {_line(name, item[name])}" for name in ("event", "id") if name in item]
    if "retry" in item:
        lines.append(f"retry: {_whole_number(item['retry'])}")
    if "\r" in item["data"]:
        raise MediaError("data cannot carry a carriage return", ("data",))
    lines += [f"data: {line}" for line in item["data"].split("\n")]
    try:
        return ("\n".join(lines) + "\n\n").encode()
    except UnicodeEncodeError:
        raise MediaError("half of a surrogate pair has no bytes") from None


def _line(name: str, value: Any) -> str:
    if not isinstance(value, str) or any(mark in value for mark in "\r\n\0"):
        raise MediaError("is not one line of text", (name,))
    return value


def _whole_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise MediaError("is not a number of milliseconds", ("retry",))
    return value


def _take(event: dict[str, Any], line: str) -> None:
    """One line of a block; unknown fields and comments are ignored, as are values that a field cannot have."""
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


def _lines(chunks: Iterable[bytes]) -> Iterator[Any]:
    """The lines that have ended; a CR at the end of a chunk ends its line at once, and a LF that follows belongs to it."""
    first = True
    for line, ended in split(_without_split_ends(chunks), _END):
        if line is PAUSE:
            yield PAUSE
        elif ended:
            yield (line.removeprefix(_BOM) if first else line).decode("utf-8", "replace")
            first = False


def _without_split_ends(chunks: Iterable[bytes]) -> Iterator[bytes]:
    after_return = False
    for chunk in chunks:
        if chunk is PAUSE:
            yield chunk
            continue
        rest = chunk[1:] if after_return and chunk[:1] == b"\n" else chunk
        after_return = chunk[-1:] == b"\r" or (after_return and not chunk)
        yield rest
