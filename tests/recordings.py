"""Recordings for the tests: reading them, and telling in short what was found."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dynclient.exchange import Response
from dynclient.traffic.readers import find_kind, read_recordings
from dynclient.traffic.recording import BrokenRecording, NoExchange, Recorded, Recording
from dynclient.traffic.sources import StoredFile, files_at

RECORDINGS = Path(__file__).parent / "data" / "recordings"


def stored(path: Path) -> StoredFile:
    """The one file at a path; of an archive, the first."""
    file = next(iter(files_at([path])))
    assert isinstance(file, StoredFile)
    return file


def everything(path: Path, content: Any = None) -> list[Recorded]:
    """What a file or an archive holds; its content is written first: bytes, a text, or data that become JSON."""
    if content is not None:
        text = content if isinstance(content, str | bytes) else json.dumps(content, indent=1)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    found: list[Recorded] = []
    for file in files_at([path]):
        found += [file] if isinstance(file, BrokenRecording) else read_recordings(file)
    return found


def kind(path: Path) -> str:
    """The kind of recording that a file is."""
    found = find_kind(stored(path))
    return found.name if found else ""


def exchanges(found: Iterable[Recorded]) -> list[Recording]:
    """The recordings among what was found."""
    return [each for each in found if isinstance(each, Recording)]


def only(found: Iterable[Recorded]) -> Recording:
    """The recording that was found; it must be alone."""
    (recording,) = found
    assert isinstance(recording, Recording), recording
    return recording


def reply(recording: Recording) -> Response:
    """The reply of a recording."""
    assert recording.exchange.response is not None
    return recording.exchange.response


def in_short(found: Iterable[Recorded]) -> list[Any]:
    """The method, URL and status of each recording, and why anything else is none."""
    short: list[Any] = []
    for each in found:
        if isinstance(each, Recording):
            request = each.exchange.request
            short.append((request.method, request.url, reply(each).status))
        elif isinstance(each, NoExchange):
            short.append(each.reason)
        elif isinstance(each, BrokenRecording):
            short.append((each.rule, each.place.line))
    return short
