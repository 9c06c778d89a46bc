"""What every engine returns: a compiled schema, and findings, each a keyword that a value breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

ValuePath = tuple[str | int, ...]


class Finding(NamedTuple):
    """One keyword that a value breaks.

    Attributes:
        path: The path to the value that breaks it.
        schema: The schema that holds the keyword.
        keyword: The keyword; `false` when the schema itself is false.
        branches: For `anyOf` and `oneOf`, the findings of each branch.
        names: For `additionalProperties` and `unevaluatedProperties`, the properties that are not allowed.
    """

    path: ValuePath
    schema: Mapping[str, Any]
    keyword: str
    branches: tuple[tuple[Finding, ...], ...] = ()
    names: tuple[str, ...] = ()


class Compiled(NamedTuple):
    """A schema that an engine has compiled.

    Attributes:
        is_valid: Whether it accepts a plain value.
        findings: The keywords that a value breaks.
    """

    is_valid: Callable[[Any], bool]
    findings: Callable[[Any], Iterator[Finding]]


class NotASchemaError(Exception):
    """A schema that an engine cannot compile; `path` is the place of the fault in the schema, if the engine tells."""

    def __init__(self, message: str, path: ValuePath = ()) -> None:
        super().__init__(message)
        self.path = path


def value_at(value: Any, path: Iterable[str | int]) -> Any:
    """Return the value at the end of a path; None when it does not exist."""
    for token in path:
        try:
            value = value[int(token)] if isinstance(value, list) else value[token]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return value


def moved(finding: Finding, path: ValuePath, dropped: int = 0) -> Finding:
    """Return a finding in a part of a value as one in the whole; `dropped` tokens at the start of its own path are left out."""
    own, schema, keyword, branches, names = finding
    if branches:
        branches = tuple(tuple(moved(inner, path, dropped) for inner in branch) for branch in branches)
    return Finding((*path, *own[dropped:]), schema, keyword, branches, names)
