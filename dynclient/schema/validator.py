"""What every engine makes of a schema, and what it cannot take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from dynclient.schema.finding import Finding, Path


class Compiled(NamedTuple):
    """A schema that an engine has compiled.

    Attributes:
        is_valid: Whether it accepts a plain value.
        findings: What it objects to in one.
    """

    is_valid: Callable[[Any], bool]
    findings: Callable[[Any], Iterator[Finding]]


class NotASchemaError(Exception):
    """What an engine cannot take, and where in the schema that stands as far as the engine says."""

    def __init__(self, message: str, path: Path = ()) -> None:
        super().__init__(message)
        self.path = path


def moved(finding: Finding, path: Path, dropped: int = 0) -> Finding:
    """A finding in a part of a value, as one in the whole; `dropped` tokens of its own way there fall away."""
    branches = tuple(tuple(moved(inner, path, dropped) for inner in branch) for branch in finding.branches)
    return finding._replace(path=(*path, *finding.path[dropped:]), branches=branches)
