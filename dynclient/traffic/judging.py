"""Judging recorded files: each exchange by the document's Api, or by openapi-core when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path

from dynclient.api.api import Api, Opinion
from dynclient.api.operation import Operation
from dynclient.api.verdict import Verdict
from dynclient.errors import DynclientError
from dynclient.exchange import Exchange
from dynclient.extras import needs
from dynclient.problem import Problem
from dynclient.spec.document import Document
from dynclient.traffic.readers import read_recordings
from dynclient.traffic.recording import BrokenRecording, NoRecording, Recording
from dynclient.traffic.sources import StoredFile, files_at

#: Who may judge.
JUDGES = ("dynclient", "openapi-core")


class TrafficError(DynclientError, ValueError):
    """Recorded traffic cannot be read. The message names the file, and the line if it is known."""


def judge(
    paths: Iterable[str | PathLike[str]], document: Document | Api, *, engine: str = "dynclient"
) -> Iterator[Verdict]:
    """Judge the exchanges of recorded files by a document.

    Args:
        paths: Recordings, and folders, which are searched for them.
        document: The document, or its Api.
        engine: `dynclient`, or `openapi-core` for an independent opinion.

    Raises:
        TrafficError: A file cannot be read, or there is none.
        ValueError: There is no such engine.
    """
    if engine not in JUDGES:
        raise ValueError(f"no engine {engine!r}; there are {' and '.join(JUDGES)}")
    api = document if isinstance(document, Api) else Api.of(document)
    opinion = openapi_core_opinion(api.document) if engine == "openapi-core" else None
    for exchange in _exchanges(paths):
        yield api.judge(exchange, opinion)


def read_cassette(path: str | PathLike[str]) -> Iterator[Exchange]:
    """Yield the exchanges of a recording of any kind, in their order.

    Args:
        path: The file.

    Raises:
        TrafficError: The file or one of its entries cannot be read.
    """
    return _exchanges([path])


def files(paths: Iterable[str | PathLike[str]]) -> list[Path]:
    """The files that paths and folders stand for, in a stable order.

    Raises:
        TrafficError: A path does not exist, or a folder has no files.
    """
    return [Path(file.name) for file in _files(paths)]


def _files(paths: Iterable[str | PathLike[str]]) -> Iterator[StoredFile]:
    for file in files_at(paths):
        if isinstance(file, BrokenRecording):
            raise TrafficError(f"{file.place}: {file.message}")
        yield file


def _exchanges(paths: Iterable[str | PathLike[str]]) -> Iterator[Exchange]:
    any_recording = False
    for file in _files(paths):
        is_recording = True
        for item in read_recordings(file):
            if isinstance(item, BrokenRecording) and item.rule != "recording/coding":
                raise TrafficError(f"{item.place}: {item.message}")
            is_recording = not isinstance(item, NoRecording)
            if isinstance(item, Recording):
                yield item.exchange
        any_recording = any_recording or is_recording
    if not any_recording:
        raise TrafficError("there are no recordings here")


def openapi_core_opinion(document: Document) -> Opinion:
    """The opinion of openapi-core on exchanges of a document."""
    with needs("referee", "the judge openapi-core"):
        from dynclient.referee import Referee  # takes a second to import

    referee = Referee(document)

    def opinion(exchange: Exchange, operation: Operation) -> tuple[list[Problem], list[Problem]]:
        request, response = exchange.request, exchange.response
        sent = referee.request_problems(request, operation.path)
        return sent, [] if response is None else referee.response_problems(request, response, operation.path)

    return opinion
