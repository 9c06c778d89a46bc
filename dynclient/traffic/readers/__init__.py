"""Readers: a module for each kind of recording; `kinds` finds the one for a file.

A reader is a function `(RecordedFile) -> Iterator[Recorded]`. It streams, so that memory stays flat. Each entry is made by
`assembly.assembled`, which knows the rules that hold for every recorder. An entry that cannot be understood becomes a BrokenRecording with its
place, and the reader goes on.

vcrpy, betamax, ruby_vcr, go_vcr         cassettes
har, ndjson, mitmproxy                   what browsers, logs and proxies write
postman, nock, wiremock, schemathesis    what tools for tests write
"""

from __future__ import annotations

from collections.abc import Iterator

from dynclient.traffic.readers.kinds import find_kind
from dynclient.traffic.recording import BrokenRecording, NoRecording, Recorded, RecordedAt, RecordedFile

__all__ = ["find_kind", "read_recordings"]


def read_recordings(file: RecordedFile) -> Iterator[Recorded]:
    """Yield what a file holds, whatever kind of recording it is. Nothing is raised: what cannot be read is a BrokenRecording.

    Args:
        file: The file.
    """
    place = RecordedAt(file.name)
    try:
        kind = find_kind(file)
        if kind is not None:
            yield from kind.reader(file)
            return
    except Exception as error:  # noqa: BLE001  nothing that a file holds may end a run
        yield BrokenRecording("recording/file", _reason(error), place)
        return
    if not file.named:
        yield NoRecording(place)
    elif not file.head.strip():
        yield BrokenRecording("recording/file", "the file is empty", place)
    else:
        yield BrokenRecording("recording/file", "not a recording of a known kind", place)


def _reason(error: Exception) -> str:
    """Return why a file cannot be read on, without quoting it."""
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror or type(error).__name__}"
    return f"cannot be read: {type(error).__name__}"
