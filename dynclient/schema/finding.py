"""What an engine reports: which keyword of which schema failed at which place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

Path = tuple[str | int, ...]
Resolve = Callable[[str], Any]


class Finding(NamedTuple):
    """One keyword that a value breaks, as an engine reports it.

    Attributes:
        path: The way to the value that breaks it.
        schema: The schema that holds the keyword.
        keyword: The keyword; `false` when the schema is false itself.
        branches: For `anyOf` and `oneOf`, the findings of each branch.
        names: For `additionalProperties` and `unevaluatedProperties`, the properties that are not allowed.
    """

    path: Path
    schema: Mapping[str, Any]
    keyword: str
    branches: tuple[tuple[Finding, ...], ...] = ()
    names: tuple[str, ...] = ()


def at(value: Any, path: Iterable[str | int]) -> Any:
    """The value at the end of a path; None when there is none."""
    for token in path:
        try:
            value = value[int(token)] if isinstance(value, list) else value[token]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return value
