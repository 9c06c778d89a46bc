"""Unmatched requests: those that call no operation, with what comes nearest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from dynclient.api.operation import Operation
from dynclient.names import nearest_name
from dynclient.traffic.folding import inferred
from dynclient.wire.template import normal_path

#: How many segments the path of a server has at most that a message proposes.
_DEEPEST = 4


class Nearest(NamedTuple):
    """The operation that comes nearest to a request.

    Attributes:
        operation: The operation; None when none is near.
        why: Why it does not fit, in words.
    """

    operation: Operation | None = None
    why: str = ""


class Neighbours:
    """Finds the operation that comes nearest to a path that fits none.

    Args:
        operations: The operations of the document.
        bases: What may stand in front of their paths.
    """

    def __init__(self, operations: Iterable[Operation], bases: Iterable[str]) -> None:
        self._operations = tuple(operations)
        self._bases = sorted({*bases, ""}, key=len, reverse=True)

    @cached_property
    def _by_path(self) -> dict[str, Operation]:
        return {operation.path: operation for operation in reversed(self._operations)}

    def nearest(self, method: str, path: str) -> Nearest:
        """Return the nearest operation, and why it does not fit.

        Args:
            method: The method of the request.
            path: The path of its URL.
        """
        path = normal_path(path) or "/"
        single = re.sub("/+", "/", path)
        for base in self._bases:
            if single != path and (operation := self._like(method, single.removeprefix(base))):
                return Nearest(operation, "the path has // in it")
            if path.startswith(base) and (found := self._nearest(method, path[len(base) :] or "/")).operation:
                return found
        return Nearest()

    def _nearest(self, method: str, path: str) -> Nearest:
        tries = (
            (path.rstrip("/") if path.endswith("/") else f"{path}/", "", 0, "the path has a trailing slash too many" if path.endswith("/") else "the path lacks its trailing slash"),
            (path, "", re.IGNORECASE, "upper and lower case differ"),
            *(
                (rest, "literal", 0, f"{front} is in front of the path; --server names a server with such a path")
                for front, rest in server_paths(path)
            ),
            (path, "slash", 0, "a value has a slash in it, which must be written %2F"),
        )  # fmt: skip
        for text, form, flags, why in tries:
            if found := self._like(method, text, form, flags):
                return Nearest(found, why)
        name = nearest_name(inferred(path), self._by_path)
        return Nearest(self._by_path[name], "the path is spelled differently") if name else Nearest()

    def _like(self, method: str, path: str, form: str = "", flags: int = 0) -> Operation | None:
        """Return an operation whose template fits a path, if possible one of the method."""
        fitting = [each for each in self._operations if _fits(each.path, path, form, flags)]
        return next((each for each in fitting if each.method == method), fitting[0] if fitting else None)


def server_paths(path: str) -> Iterator[tuple[str, str]]:
    """Yield what may be the path of a server in front of a path, and what is left of it."""
    segments = path.split("/")
    for end in range(2, min(len(segments), _DEEPEST + 2)):
        front = "/".join(segments[:end])
        if inferred(front) == front and "//" not in front:
            yield front, "/" + "/".join(segments[end:])


def _fits(template: str, text: str, form: str, flags: int) -> bool:
    more = text.count("/") - template.count("/")
    if (more <= 0) if form == "slash" else more:
        return False
    start = template.partition("{")[0]
    if form == "literal" and start == "/":  # any path fits a variable
        return False
    if not (text.lower() if flags else text).startswith(start.lower() if flags else start):
        return False  # most templates; to compile a pattern takes longer
    literals = re.split(r"\{[^{}]*\}", template)
    value = ".+" if form == "slash" else "[^/]+"
    pattern = value.join(map(re.escape, map(normal_path, literals)))
    return re.fullmatch(pattern, text, flags) is not None
