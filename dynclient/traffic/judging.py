"""Judging recorded files: each exchange by the document's Api, or by openapi-core when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path

from dynclient.api.api import Api, Opinion
from dynclient.api.operation import Operation
from dynclient.api.verdict import Verdict
from dynclient.exchange import Exchange
from dynclient.problem import Problem
from dynclient.spec.document import Document
from dynclient.traffic.cassette import TrafficError, read_cassette

#: Who may judge.
JUDGES = ("dynclient", "openapi-core")


def judge(
    paths: Iterable[str | PathLike[str]], document: Document | Api, *, engine: str = "dynclient"
) -> Iterator[Verdict]:
    """Judge the exchanges of recorded files by a document.

    Args:
        paths: vcrpy cassettes (YAML or JSON), and folders, which are searched for them.
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
    for file in files(paths):
        for exchange in read_cassette(file):
            yield api.judge(exchange, opinion)


def files(paths: Iterable[str | PathLike[str]]) -> list[Path]:
    """The files that paths and folders stand for, in a stable order.

    Raises:
        TrafficError: A path does not exist, or a folder has no recordings.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        try:
            found += _recordings(path)
        except TrafficError:
            raise
        except (OSError, ValueError) as error:  # a name that no file can have
            raise TrafficError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return found


def _recordings(path: Path) -> list[Path]:
    if not path.is_dir():
        if not path.exists():
            raise TrafficError(f"{path}: there is no such file")
        return [path]
    inside = sorted(file for file in path.rglob("*") if file.suffix in (".yaml", ".yml", ".json"))
    if not inside:
        raise TrafficError(f"{path}: this folder has no recordings (.yaml, .yml, .json)")
    return inside


def openapi_core_opinion(document: Document) -> Opinion:
    """The opinion of openapi-core on exchanges of a document."""
    from dynclient.referee import Referee  # openapi-core takes a second to import

    referee = Referee(document)

    def opinion(exchange: Exchange, operation: Operation) -> tuple[list[Problem], list[Problem]]:
        request, response = exchange.request, exchange.response
        sent = referee.request_problems(request, operation.path)
        return sent, [] if response is None else referee.response_problems(request, response, operation.path)

    return opinion
