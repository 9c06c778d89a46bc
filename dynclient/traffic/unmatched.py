"""Unmatched requests: those that call no operation, grouped by a template that is inferred from their paths, with what comes nearest.

>>> inferred("/users/42/orders/9f1c2d3e-0000-4000-8000-000000000000")
'/users/{id}/orders/{id}'
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from dynclient import lazy
from dynclient.api.operation import Operation
from dynclient.names import nearest_name
from dynclient.traffic.masks import looks_random
from dynclient.traffic.placeholders import is_placeholder
from dynclient.wire.template import normal_path

#: Segments that are values: numbers, UUIDs, hexadecimal digits, dates, addresses, and names with numbers in them.
_VALUE = lazy.pattern(
    r"(?i)[+-]?\d[\d.,:T+-]*Z?|[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}|(?=[a-f]*\d)[0-9a-f]{7,}|[^@/]+@[^@/]+\.\w+|(?=\D*\d)[\w.~%-]{16,}"
    r"|(?=.*\d)(?=.*[A-Z])[A-Z0-9_-]{6,}"
)


def inferred(path: str) -> str:
    """Return the template of a path, its values replaced by `{id}`."""
    return "/".join("{id}" if _is_value(segment) else segment for segment in path.split("/"))


def _is_value(segment: str) -> bool:
    if re.fullmatch(r"v\d+(\.\d+)*", segment):  # a version of the API
        return False
    return bool(_VALUE.fullmatch(segment)) or is_placeholder(segment) or looks_random(segment)


def folded_token(token: str | int) -> str:
    """Return a token of a pointer, with array indices and ids as signs that stand for all of them."""
    if isinstance(token, int):
        return "*"
    return "{id}" if any(sign.isdigit() for sign in token) and _is_value(token) else token


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
        for base in self._bases:
            if path.startswith(base) and (found := self._nearest(method, path[len(base) :] or "/")).operation:
                return found
        return Nearest()

    def _nearest(self, method: str, path: str) -> Nearest:
        tries = (
            (path.rstrip("/") if path.endswith("/") else f"{path}/", "", 0, "the path has a trailing slash too many" if path.endswith("/") else "the path lacks its trailing slash"),
            (path, "", re.IGNORECASE, "upper and lower case differ"),
            (path, "slash", 0, "a value has a slash in it, which must be written %2F"),
        )  # fmt: skip
        for text, form, flags, why in tries:
            fitting = [each for each in self._operations if _fits(each.path, text, form, flags)]
            if fitting:
                return Nearest(next((each for each in fitting if each.method == method), fitting[0]), why)
        name = nearest_name(inferred(path), self._by_path)
        return Nearest(self._by_path[name], "the path is spelled differently") if name else Nearest()


def _fits(template: str, text: str, form: str, flags: int) -> bool:
    more = text.count("/") - template.count("/")
    if (more <= 0) if form == "slash" else more:
        return False
    start = template.partition("{")[0]
    if not (text.lower() if flags else text).startswith(start.lower() if flags else start):
        return False  # most templates; to compile a pattern takes longer
    literals = re.split(r"\{[^{}]*\}", template)
    value = ".+" if form == "slash" else "[^/]+"
    pattern = value.join(map(re.escape, map(normal_path, literals)))
    return re.fullmatch(pattern, text, flags) is not None
