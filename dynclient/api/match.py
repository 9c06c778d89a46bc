"""A request to the operation that it calls, and its arguments: the inverse of `prepare`.

Templates are looked up instead of tried one by one: they are grouped by which of their segments are fixed, so a path costs one dictionary look-up
per group. Of several templates that fit, the one with the earlier fixed segments wins (OpenAPI, Path Templating Matching). A template that does
not have the method does not hide one that has it: where `/a/user` takes only GET, a PATCH of it is a PATCH of `/a/{id}`.

Some operations share method and URL: only the fragment of their path tells them apart, which no request carries. The one is chosen whose required
parameters are present.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from dynclient.api.operation import Operation, bases_in
from dynclient.api.operations import Operations
from dynclient.api.signature import Arguments
from dynclient.api.unpack import Located, query_pairs, texts_behind
from dynclient.exchange import Request
from dynclient.problem import Problem
from dynclient.wire.servers import path_of
from dynclient.wire.template import normal_path

_Mask = tuple[bool, ...]
#: The operations by the fixed segments of their templates, and what takes those out of the segments of a path.
_Group = dict[tuple[str, ...], list[Operation]]
_Fixed = Callable[[list[str]], tuple[str, ...]]


class Match(NamedTuple):
    """The operation that a request calls, and what the request says.

    Attributes:
        operation: The operation; None when the request calls none.
        arguments: Its arguments by (location, name).
        body: Its body; MISSING when there is none.
        problems: Everything that the document objects to.
    """

    operation: Operation | None
    arguments: Arguments
    body: Any
    problems: list[Problem]


class Matcher:
    """Finds the operation of a request.

    Args:
        operations: The operations.
        bases: What URL paths may start with before an operation's own path, beside the paths of its servers.
    """

    def __init__(self, operations: Operations, bases: Sequence[str] = ()) -> None:
        self.operations = operations
        self.bases = bases
        self._groups: dict[_Mask, _Group] = {}
        for operation in operations.operations:
            segments = operation.template.segments
            mask = tuple("{" not in segment for segment in segments)
            fixed = tuple(normal_path(segment) for segment in segments if "{" not in segment)
            self._groups.setdefault(mask, {}).setdefault(fixed, []).append(operation)
        for group in self._groups.values():
            for candidates in group.values():  # `/{name}.json` is more specific than `/{name}`
                candidates.sort(key=lambda operation: -operation.template.weight)
        self._by_length: dict[int, list[tuple[_Fixed, _Group]]] = {}
        for mask in sorted(self._groups, key=lambda mask: [not fixed for fixed in mask]):
            self._by_length.setdefault(len(mask), []).append((_fixed_by(mask), self._groups[mask]))

    def locate(self, request: Request) -> tuple[Operation | None, Located | None]:
        """The operation that a request calls, with the texts that its path template reads from the URL; None and None when it calls none."""
        methods = (request.method, request.method.upper())
        fitting = self._fitting(request.url)
        for first in fitting:
            if first[0].method in methods:
                break
        else:
            return None, None
        if id(first[0]) not in self._rivals:
            return first
        wire_name = first[0].wire_name
        rivals = [found for found in fitting if found[0].wire_name == wire_name]
        return max([first, *rivals], key=lambda found: _likeness(found[0], request))

    def candidates(self, url: str) -> Iterator[Operation]:
        """The operations whose template fits a URL, whatever their method, the most specific first."""
        return (operation for operation, _ in self._fitting(url))

    def _fitting(self, url: str) -> Iterator[tuple[Operation, Located]]:
        path, pairs = normal_path(path_of(url)) or "/", query_pairs(url)
        seen: set[int] = set()
        bases, patterns = self._all_bases
        for base in bases_in(path, bases, patterns) if patterns else filter(path.startswith, bases):
            segments = (path[len(base) :] or "/").split("/")
            for fixed, group in self._by_length.get(len(segments), ()):
                for operation in group.get(fixed(segments), ()):
                    if id(operation) in seen:
                        continue
                    if not (base in operation.base_paths or base in self.bases or operation.may_stand_behind(base)):
                        continue
                    located = texts_behind(operation, path, pairs, (base,))
                    if located is not None:
                        seen.add(id(operation))
                        yield operation, located

    def not_found(self, request: Request) -> Problem:
        """The problem of a request that calls no operation."""
        path = path_of(request.url)
        methods = ", ".join(dict.fromkeys(operation.method for operation in self.candidates(request.url)))
        if methods:
            message = f"{request.method} is not documented for {path}"
            return Problem("method", (), "unknown", message, f"documented: {methods}")
        return Problem("path", (), "unknown", f"{path} is not documented")

    @cached_property
    def _rivals(self) -> set[int]:
        """The ids of the operations that share method and URL with another one."""
        operations = self.operations.operations
        shared = Counter(operation.wire_name for operation in operations)
        return {id(operation) for operation in operations if shared[operation.wire_name] > 1}

    @cached_property
    def _all_bases(self) -> tuple[list[str], list[re.Pattern[str]]]:
        owners = {operation.server_owner.place: operation for operation in self.operations.operations}
        documented = (base for operation in owners.values() for base in operation.base_paths)
        patterns = (pattern for operation in owners.values() for pattern in operation.base_patterns)
        return list(dict.fromkeys([*self.bases, *documented])), list(dict.fromkeys(patterns))


def _fixed_by(mask: _Mask) -> _Fixed:
    """Return what takes the fixed segments out of the segments of a path."""
    places = [index for index, is_fixed in enumerate(mask) if is_fixed]
    if len(places) < 2:  # `itemgetter` gives a tuple of two or more only
        return lambda segments: tuple([segments[index] for index in places])
    return itemgetter(*places)


def _likeness(operation: Operation, request: Request) -> tuple[bool, int, bool, int, bool]:
    """How well a request fits one of several operations with the same method and URL; the greatest wins.

    In this order: no parameter with a single allowed value has another value; how many have theirs; no required parameter of query or header is
    missing; how many are present; the media type of the body is documented.
    """
    query = request.url.partition("#")[0].partition("?")[2]
    pairs = {
        unquote_plus(name): unquote_plus(text) for name, _, text in (item.partition("=") for item in query.split("&"))
    }
    present = right = missing = wrong = 0
    for (where, name), only in operation.telling.items():
        text = pairs.get(name) if where == "query" else request.headers.get(name)
        present += text is not None
        missing += text is None
        right += only is not None and text == only
        wrong += only is not None and text != only
    return not wrong, right, not missing, present, _has_documented_type(operation, request)


def _has_documented_type(operation: Operation, request: Request) -> bool:
    content_type = request.headers.get("Content-Type", "")
    if operation.body is None or not content_type:
        return request.body is None and (operation.body is None or not operation.body.required)
    return operation.body.by_type.covering(content_type) is not None
