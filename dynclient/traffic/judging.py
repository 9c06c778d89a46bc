"""Judging recorded files: each exchange by the document's Api, or by openapi-core when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path

from dynclient.api.api import Api, Opinion
from dynclient.api.operation import Operation
from dynclient.api.verdict import Verdict
from dynclient.api.where import parameter_node
from dynclient.errors import DynclientError
from dynclient.exchange import Exchange, Request, Response
from dynclient.extras import needs
from dynclient.problem import Problem
from dynclient.spec.document import Document
from dynclient.traffic.readers import read_recordings
from dynclient.traffic.recording import BrokenRecording, NoRecording, Recording
from dynclient.traffic.sources import Paths, StoredFile, files_at

#: Who may judge.
JUDGES = ("dynclient", "openapi-core")
#: The media types, besides those that end with +json, whose bodies openapi-core decodes.
_DECODED = frozenset(
    {"application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "text/html"}
)


class TrafficError(DynclientError, ValueError):
    """Recorded traffic cannot be read. The message names the file, and the line if it is known."""


def judge(paths: Paths, document: Document | Api, *, engine: str = "dynclient") -> Iterator[Verdict]:
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


def files(paths: Paths) -> list[Path]:
    """The files that paths and folders stand for, in a stable order.

    Raises:
        TrafficError: A path does not exist, or a folder has no files.
    """
    return [Path(file.name) for file in _files(paths)]


def _files(paths: Paths) -> Iterator[StoredFile]:
    for file in files_at(paths):
        if isinstance(file, BrokenRecording):
            raise TrafficError(f"{file.place}: {file.message}")
        yield file


def _exchanges(paths: Paths) -> Iterator[Exchange]:
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
    """The opinion of openapi-core on exchanges of a document, less that on what it cannot read."""
    with needs("referee", "the judge openapi-core"):
        from dynclient.referee import Referee  # takes a second to import

    referee = Referee(document)

    def opinion(exchange: Exchange, operation: Operation) -> tuple[list[Problem], list[Problem]]:
        request, response = exchange.request, exchange.response
        sent = _read_ones(referee.request_problems(request, operation.path), request, operation)
        if response is None:
            return sent, []
        return sent, _read_ones(referee.response_problems(request, response, operation.path), response, operation)

    return opinion


def unread_by_openapi_core(document: Document) -> list[str]:
    """Return what openapi-core cannot read in the messages of a document, in words: parameters, and media types of bodies."""
    operations = Api.of(document).operations.operations
    found = [f"{name} in the query of {each.id}" for each in operations for name in _unread_parameters(each)]
    bodies = [content.media_type for each in operations if each.body is not None for content in each.body.contents]
    bodies += [kind for each in operations for reply in each.replies.values() for kind in reply.contents]
    return [*found, *sorted({kind for kind in bodies if not _is_decoded(kind)})]


def _read_ones(problems: list[Problem], message: Request | Response, operation: Operation) -> list[Problem]:
    """Return the problems that are not about what openapi-core cannot read."""
    if not problems:
        return problems
    unread = {("query", name) for name in _unread_parameters(operation)}
    is_decoded = _is_decoded(message.headers.get("Content-Type", ""))
    return [
        each
        for each in problems
        if (is_decoded or each.where != "body" or each.keyword in ("required", "media type"))
        and (not each.path or (each.where, each.path[0]) not in unread)
    ]


def _is_decoded(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return not kind or kind in _DECODED or kind.endswith("+json")


def _unread_parameters(operation: Operation) -> Iterator[str]:
    """Yield the names of objects in the query whose members are spread; of deepObject, it knows only one with `explode: true`."""
    for parameter in operation.parameters:
        wire = parameter.wire
        if wire.location == "query" and not wire.media_type and parameter.schema.shape.may_be("object"):
            node = parameter_node(operation, "query", wire.name)
            is_told = node is not None and node.get("explode") is True
            if (wire.style == "deepObject" and not is_told) or (wire.style == "form" and wire.explode):
                yield wire.name
