"""A meter: how far a check of recordings is, told while it runs."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from dynclient.traffic.report import Report
from dynclient.traffic.sources import FileStore

if TYPE_CHECKING:
    from dynclient.traffic.chunks import Chunk


class TrafficProgress(NamedTuple):
    """How far a check is.

    Attributes:
        files: The number of files that are done.
        exchanges: The number of entries that were judged, or left out for a reason.
        done: How many bytes of the files were read, as they are kept.
        total: How many bytes there are; None where that is not known before they are read.
    """

    files: int = 0
    exchanges: int = 0
    done: int = 0
    total: int | None = None


#: Called with how far a check is, from time to time.
OnProgress = Callable[[TrafficProgress], None]


class Meter:
    """Follows a check: its chunks as they are taken, and their reports, which come in the same order.

    Args:
        tell: Called with each change.
        total: How many bytes there are.
    """

    def __init__(self, tell: OnProgress, total: int | None) -> None:
        self._tell = tell
        self._sizes: deque[int] = deque()
        self._done = TrafficProgress(total=total)
        self._entries = self._position = 0

    def taken(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        """Yield chunks, and note their sizes."""
        for chunk in chunks:
            self._sizes.append(chunk.size)
            yield chunk

    def followed(self, chunk: Chunk) -> Chunk:
        """Return a chunk that tells how far it is read, in this process."""
        if len(chunk.files) != 1 or not chunk.size:
            return chunk
        (file,) = chunk.files
        return replace(chunk, files=(replace(file, store=_FollowedStore(file.store, self._at)),))

    def _at(self, position: int) -> None:
        self._position = max(position, self._position)

    def step(self, entries: int) -> None:
        """Note that more entries of the present chunk are done."""
        self._entries += entries
        done = self._done
        read = done.done + min(self._position, self._sizes[0])
        self._tell(done._replace(exchanges=done.exchanges + self._entries, done=read))

    def finish(self, report: Report) -> None:
        """Note that the next chunk is done."""
        done = self._done
        self._entries = self._position = 0
        self._done = done._replace(
            files=done.files + report.recordings + report.skipped,
            exchanges=done.exchanges + _all_entries(report),
            done=done.done + self._sizes.popleft(),
        )
        self._tell(self._done)


def _all_entries(report: Report) -> int:
    return report.exchanges["total"] + sum(each.exchanges["total"] for each in report.elsewhere.values())


@dataclass(frozen=True)
class _FollowedStore:
    """A file that tells how far it is read."""

    store: FileStore
    tell: Callable[[int], None]

    def open(self) -> BinaryIO:
        stream = cast("io.BufferedReader", self.store.open())
        return cast("BinaryIO", io.BufferedReader(_Followed(stream, self.tell)))

    def beside(self, name: str) -> bytes | None:
        return self.store.beside(name)


class _Followed(io.RawIOBase):
    def __init__(self, stream: io.BufferedReader, tell: Callable[[int], None]) -> None:
        self._stream = stream
        self._read = 0
        self._tell = tell

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        got = self._stream.readinto1(buffer)
        self._read += got
        self._tell(self._read)
        return got

    def close(self) -> None:
        self._stream.close()
        super().close()
