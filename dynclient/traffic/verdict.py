"""Verdicts: what a document says of recorded exchanges.

The same functions that make and read live calls judge recorded ones; openapi-core judges them instead when it is asked for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from dynclient.api.match import Matcher
from dynclient.api.operation import Operation
from dynclient.api.read import read
from dynclient.api.registry import Registry
from dynclient.exchange import Exchange, Request
from dynclient.problem import Problem
from dynclient.security.scheme import secret_names
from dynclient.spec.document import Document
from dynclient.traffic.cassette import TrafficError, read_cassette

ENGINES = ("dynclient", "openapi-core")

#: A judge: the problems of an exchange's request and of its reply.
_Judge = Callable[[Exchange, Operation], tuple[list[Problem], list[Problem]]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a document says of an exchange.

    Attributes:
        exchange: The exchange.
        operation: The id of the operation that it calls; "" when there is none.
        problems: Everything that the document objects to; `where` begins with `request` or `response`.
    """

    exchange: Exchange
    operation: str
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether it is as documented."""
        return not self.problems

    @property
    def label(self) -> str:
        """In one word: `ok`, `broken`, or `unmatched` when it calls no operation of the document."""
        return "ok" if self.ok else "broken" if self.operation else "unmatched"


def judge(paths: Iterable[str | PathLike[str]], document: Document, *, engine: str = "dynclient") -> Iterator[Verdict]:
    """Judge the exchanges of recorded files by a document.

    Args:
        paths: vcrpy cassettes (YAML or JSON), and folders, which are searched for them.
        document: The document.
        engine: `dynclient`, or `openapi-core` for an independent opinion.

    Raises:
        TrafficError: A file cannot be read, or there is none.
        ValueError: There is no such engine.
    """
    if engine not in ENGINES:
        raise ValueError(f"no engine {engine!r}; there are {' and '.join(ENGINES)}")
    registry = Registry(document)
    matcher = Matcher(registry)
    decide = _by_openapi_core(document) if engine == "openapi-core" else _by_dynclient(matcher)
    secrets = secret_names(registry.schemes.values())
    for file in files(paths):
        for exchange in read_cassette(file):
            request = dataclasses.replace(exchange.request, secrets=secrets)
            yield _verdict(dataclasses.replace(exchange, request=request), matcher, decide)


def files(paths: Iterable[str | PathLike[str]]) -> list[Path]:
    """The files that paths and folders stand for, in a stable order.

    Raises:
        TrafficError: A path does not exist, or a folder has no recordings.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.suffix in (".yaml", ".yml", ".json"))
            if not inside:
                raise TrafficError(f"{path}: this folder has no recordings (.yaml, .yml, .json)")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise TrafficError(f"{path}: there is no such file")
    return found


def _verdict(exchange: Exchange, matcher: Matcher, decide: _Judge) -> Verdict:
    operation = matcher.find(exchange.request)
    if operation is None:
        return Verdict(exchange, "", _marked("request", matcher.match(exchange.request).problems))
    request = dataclasses.replace(exchange.request, secrets=exchange.request.secrets | operation.secrets)
    exchange = dataclasses.replace(exchange, request=request)
    sent, came = decide(exchange, operation)
    return Verdict(exchange, operation.id, _marked("request", sent) + _marked("response", came))


def _by_dynclient(matcher: Matcher) -> _Judge:
    def decide(exchange: Exchange, operation: Operation) -> tuple[list[Problem], list[Problem]]:
        sent = matcher.match(exchange.request).problems
        return sent, list(read(operation, exchange.response).problems) if exchange.response else []

    return decide


def _by_openapi_core(document: Document) -> _Judge:
    from dynclient.referee import Referee  # openapi-core takes a second to import

    referee = Referee(document)

    def decide(exchange: Exchange, operation: Operation) -> tuple[list[Problem], list[Problem]]:
        request: Request = exchange.request
        sent = referee.request_problems(request, operation.path)
        if exchange.response is None:
            return sent, []
        return sent, referee.response_problems(request, exchange.response, operation.path)

    return decide


def _marked(side: str, problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(dataclasses.replace(problem, where=f"{side} {problem.where}") for problem in problems)
