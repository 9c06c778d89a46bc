"""Chunks: parts of the traffic that can be judged apart, in another process or on another computer, and merged again in their order.

    paths --chunks_of--> Chunk --check_chunk--> Report --sum--> Report

What is a chunk depends on the files alone, never on the number of processes, so that the result is the same for any number. Small files go
together. A large file with an entry a line is cut into ranges of bytes. The entries of any other large file are dealt out to shares: each share
reads the file and judges its own entries, which pays because reading is cheaper than judging. Whatever is compressed is one stream, so it is
dealt out, too.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from dynclient.api.api import Api
from dynclient.traffic.inspector import Inspection, Inspector
from dynclient.traffic.readers import read_recordings
from dynclient.traffic.recording import BrokenRecording, NoExchange, Recorded, RecordedAt, RecordedFile, Recording
from dynclient.traffic.repeats import REMEMBERED
from dynclient.traffic.report import Report
from dynclient.traffic.sketch import sketch
from dynclient.traffic.sources import LocalStore, Paths, StoredFile, files_at, size_of

#: The size of a chunk of small files, of a range of lines, and of what one share of a file stands for, in bytes.
_TOGETHER = 1 << 20
_RANGE = 8 << 20
_SHARE = 16 << 20
_MOST_SHARES = 16
#: How many small files are one chunk, and how many entries go to a share in turn.
_FILES, _TURN = 100, 64
#: After how many entries it is told how far a chunk is.
_TOLD = 64


@dataclass(frozen=True)
class Chunk:
    """A part of the traffic.

    Attributes:
        files: The files, or ranges of one.
        lines: The number of lines before a range.
        shares: Over how many shares the entries are dealt out.
        share: The share that is meant; all of them when None.
        broken: A path that stands for no file, in place of files.
    """

    files: tuple[StoredFile, ...] = ()
    lines: int = 0
    shares: int = 1
    share: int | None = None
    broken: BrokenRecording | None = None

    @property
    def name(self) -> str:
        """The name of the first file, for messages."""
        return self.files[0].name if self.files else ""

    @property
    def size(self) -> int:
        """The number of bytes that it stands for, as they are kept; 0 where that is not known."""
        whole = sum(_known_size(file) for file in self.files)
        return (
            whole if self.share is None else whole * (self.share + 1) // self.shares - whole * self.share // self.shares
        )

    def split(self) -> list[Chunk]:
        """The chunks of each share; what they give is merged in their order."""
        if self.shares == 1 or self.share is not None:
            return [self]
        return [replace(self, share=share) for share in range(self.shares)]


@dataclass(frozen=True)
class LinesStore:
    """A range of whole lines in a file.

    Attributes:
        path: The file.
        start: The offset of its first byte.
        stop: The offset behind its last byte.
    """

    path: str
    start: int
    stop: int

    def open(self) -> BinaryIO:
        """Open the range."""
        return cast("BinaryIO", io.BufferedReader(_Range(self.path, self.start, self.stop)))

    def beside(self, name: str) -> bytes | None:  # noqa: ARG002  as every store
        """Nothing: lines hold their bodies themselves."""
        return None


class _Range(io.RawIOBase):
    """The bytes of a file from one offset to another."""

    def __init__(self, path: str, start: int, stop: int) -> None:
        self._file = Path(path).open("rb", buffering=0)  # noqa: SIM115  closed with the stream
        self._file.seek(start)
        self._left = stop - start

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)[: self._left]
        got = self._file.readinto(view) or 0
        self._left -= got
        return got

    def close(self) -> None:
        self._file.close()
        super().close()


def chunks_of(paths: Paths, *, remote: bool = False) -> Iterator[Chunk]:
    """Yield the chunks of the files that paths stand for, in their order.

    Args:
        paths: Files, folders, globs, archives, `-` for standard input, and URLs.
        remote: Whether URLs may be read.
    """
    together: list[StoredFile] = []
    size = 0
    for file in files_at(paths, remote=remote):
        own = size_of(file) if isinstance(file, StoredFile) else None
        if isinstance(file, StoredFile) and own is not None and own <= _TOGETHER:
            if together and (size + own > _TOGETHER or len(together) >= _FILES):
                yield Chunk(tuple(together))
                together, size = [], 0
            together.append(file)
            size += own
            continue
        if together:
            yield Chunk(tuple(together))
            together, size = [], 0
        if isinstance(file, BrokenRecording):
            yield Chunk(broken=file)
        else:
            yield from _large(file)
    if together:
        yield Chunk(tuple(together))


def check_chunk(chunk: Chunk, api: Api | Inspector, on_entries: Callable[[int], None] | None = None) -> Report:
    """Judge one chunk of the traffic: a pure function, the same for one process, many, or a cluster.

    Args:
        chunk: The chunk.
        api: The document's Api, or an Inspector with several documents, servers and ratings.
        on_entries: Called now and then with the number of entries that were judged since.

    Returns:
        The report of the chunk. Add the reports of all chunks in their order, and give the sum to `settling.settled`.
    """
    inspector = api if isinstance(api, Inspector) else Inspector([api])
    shares = range(chunk.shares) if chunk.share is None else (chunk.share,)
    inspections = {share: Inspection(inspector, REMEMBERED // chunk.shares) for share in shares}
    if chunk.broken is not None:
        inspections[0].add(chunk.broken)
    for file in chunk.files:
        is_recording = False
        recordings = read_recordings(cast("RecordedFile", file))
        for recorded in recordings if on_entries is None else _told(recordings, on_entries):
            is_recording = is_recording or isinstance(recorded, Recording | NoExchange) or recorded.place.entry > 0
            inspection = inspections.get(recorded.place.entry // _TURN % chunk.shares)
            if inspection is not None:
                inspection.add(_shifted(recorded, chunk.lines))
        if is_recording and chunk.lines == 0 and 0 in inspections:
            inspections[0].report.recordings += 1
    return sum((inspection.finished() for inspection in inspections.values()), Report())


def _told(recordings: Iterable[Recorded], on_entries: Callable[[int], None]) -> Iterator[Recorded]:
    number = 0
    for number, recorded in enumerate(recordings, start=1):
        yield recorded
        if number % _TOLD == 0:
            on_entries(_TOLD)
    on_entries(number % _TOLD)


def _shifted(recorded: Recorded, lines: int) -> Recorded:
    if not lines:
        return recorded
    place = recorded.place
    line = place.line + lines if place.line is not None else None
    return replace(recorded, place=RecordedAt(place.file, line, place.entry + lines if place.entry else 0))


def _known_size(file: StoredFile) -> int:
    store = file.store
    return store.stop - store.start if isinstance(store, LinesStore) else size_of(file) or 0


def _large(file: StoredFile) -> Iterator[Chunk]:
    size = size_of(file) or 0
    if isinstance(file.store, LocalStore) and size > _RANGE and _is_of_lines(file):
        yield from _ranges(file, file.store.path)
    else:
        yield Chunk((file,), shares=max(1, min(_MOST_SHARES, size // _SHARE)))


def _is_of_lines(file: StoredFile) -> bool:
    """Whether a file has an entry a line and is not compressed."""
    try:
        with file.store.open() as stream:
            raw = stream.read(4096)
        return file.head.startswith(raw) and sketch(raw).syntax == "lines"
    except Exception:  # noqa: BLE001  whoever reads it says what is wrong
        return False


def _ranges(file: StoredFile, path: str) -> Iterator[Chunk]:
    with Path(path).open("rb") as stream:
        start = lines = 0
        while block := stream.read(_RANGE):
            block += stream.readline()
            yield Chunk((replace(file, store=LinesStore(path, start, start + len(block))),), lines)
            start += len(block)
            lines += block.count(b"\n")
