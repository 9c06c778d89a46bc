"""How much a document may take, and how one that is refused is refused."""

from __future__ import annotations

from typing import NamedTuple

from dynclient.errors import SpecError
from dynclient.problem import Problem


class Limits(NamedTuple):
    """How much a document may take.

    Attributes:
        size: Bytes of text.
        depth: Levels of nesting.
        nodes: Values, with every alias counted as often as it is used.
    """

    size: int = 256 * 1024 * 1024
    depth: int = 200
    nodes: int = 20_000_000


DEFAULT_LIMITS = Limits()


def refuse(
    name: str, message: str, line: int | None = None, column: int | None = None, keyword: str = "syntax"
) -> SpecError:
    """The error that refuses a document, with the place where the reason stands."""
    place = ":".join(str(part) for part in (name, line, column) if part is not None)
    return SpecError(f"cannot read {name}", [Problem("document", (), keyword, f"{place}: {message}")])
