"""The entries of a list inside a YAML file, one at a time.

A recorder writes each entry in lines of its own, behind a dash in one column. The file is cut at those dashes and each piece is parsed alone, so a
broken entry takes nothing with it, and memory stays flat. A list in flow style (`[..]`), or one that begins behind the head of the file, is read
as one stream of events.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO

import yaml

from dynclient.traffic.jsonentries import LARGEST_ENTRY, STEP, FileEntry
from dynclient.traffic.recording import RecordedAt, RecordedFile
from dynclient.traffic.yamlevents import Anchors, Builder, YamlError, from_events, yaml_text


def yaml_entries(file: RecordedFile, path: Iterable[str], keys: Iterable[str]) -> Iterator[FileEntry]:
    """Yield the entries of a list.

    Args:
        file: The file.
        path: The keys that lead to the list; none if the file is the list.
        keys: The keys with which an entry may begin. By them a list that follows is told from a broken entry.
    """
    start = None
    with suppress(YamlError):
        start = _find(Builder(yaml_text(file.head)), list(path))
    if start is not None and not start.flow_style:
        mark: Any = start.start_mark
        with file.open() as stream:
            yield from _block(stream, file.name, mark.line, mark.column, keys)
        return
    with file.open() as stream:
        try:
            builder = Builder(stream)
            if _find(builder, list(path)) is not None:
                yield from _flow(builder, file.name)
        except YamlError as trouble:
            yield FileEntry(RecordedAt(file.name, trouble.line + 1), None, str(trouble))


def _find(builder: Builder, path: list[str]) -> yaml.SequenceStartEvent | None:
    """Go to the list to which the path leads; return the event that begins it."""
    event = builder.event()
    while type(event) in (yaml.StreamStartEvent, yaml.DocumentStartEvent):
        event = builder.event()
    for key in path:
        if type(event) is not yaml.MappingStartEvent:
            return None
        while type(event := builder.event()) is not yaml.MappingEndEvent:
            name = builder.value(event)
            event = builder.event()
            if str(name).removeprefix(":") == key:
                break
            builder.value(event)
        else:
            return None
    return event if type(event) is yaml.SequenceStartEvent else None


def _flow(builder: Builder, name: str) -> Iterator[FileEntry]:
    number = 0
    while type(event := builder.event()) is not yaml.SequenceEndEvent:
        number += 1
        line = event.start_mark.line + 1
        yield FileEntry(RecordedAt(name, line if line > 1 else None, number), builder.value(event))


def _block(stream: BinaryIO, name: str, line: int, column: int, keys: Iterable[str]) -> Iterator[FileEntry]:
    starts = re.compile(rb"\s*-\s+(?:!\S*\s+)?[\"']?:?(?:%s)\b" % b"|".join(re.escape(key.encode()) for key in keys))
    outside = re.compile(rb"\n {0,%d}(?=[^\s#])" % column)
    anchors, has_ended, number = Anchors(), False, 0
    for _ in range(line):
        stream.readline()
    for piece in _pieces(stream, column):
        end = outside.search(piece)
        if not has_ended or starts.match(piece):
            number += 1
            place = RecordedAt(name, line + 1, number)
            entry = _entry(piece if end is None else piece[: end.start() + 1], place, anchors)
            if entry.trouble and end is not None and not (uncut := _entry(piece, place, anchors)).trouble:
                entry, end = uncut, None  # libyaml takes quoted texts that go on further to the left
            yield entry
        has_ended = has_ended or end is not None
        line += piece.count(b"\n")


def _entry(piece: bytes, place: RecordedAt, anchors: Anchors) -> FileEntry:
    if len(piece) > LARGEST_ENTRY:
        return FileEntry(place, None, f"is larger than {LARGEST_ENTRY} bytes")
    try:
        (value,) = from_events(piece, anchors)
    except YamlError as trouble:
        where = f", {trouble.line + 1} lines down" if trouble.line else ""
        return FileEntry(place, None, f"{trouble}{where}")
    except (ValueError, TypeError):
        return FileEntry(place, None, "is not YAML: not one item of a list")
    return FileEntry(place, value)


def _pieces(stream: BinaryIO, column: int) -> Iterator[bytes]:
    """Yield the text of each entry; where one is too large, the start of it."""
    dash = re.compile(rb"\n {%d}-(?=[ \r\n])" % column)
    margin = column + 3
    text, start, searched = stream.read(STEP), 0, 0
    while True:
        found = dash.search(text, searched)
        if found is not None:
            yield text[start : found.start() + 1]
            start = searched = found.start() + 1
            continue
        kept = text[start:]
        chunk = stream.read(max(STEP, min(len(kept), LARGEST_ENTRY)))
        if not chunk:
            break
        searched = max(0, len(kept) - margin)
        text, start = kept + chunk, 0
    yield text[start:]
