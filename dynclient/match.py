"""A request to the operation that it calls, and its arguments: the inverse of `prepare`.

Templates are looked up, not tried one by one: they are grouped by which of their segments are fixed, so a path costs
one dictionary look-up per group. Of several that fit, the one with the earlier fixed segments wins, as the
specification asks (OpenAPI, Path Templating Matching). A template that has no such method does not hide one that has:
where `/a/user` takes only GET, a PATCH of it is a PATCH of `/a/{id}`.

Some documents tell operations apart by a query in the template (`/rest?method=search`), or by a fragment, which is never sent
(`/#X-Amz-Target=CreateTable`). Of those that differ in nothing else, a request without the fragment is the one that it fits best.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from dynclient.errors import Problem, SpecError
from dynclient.exchange import Request
from dynclient.operation import MISSING, Arguments, Operation, bases_in, normal_path
from dynclient.registry import Registry
from dynclient.request import path_texts, unpack
from dynclient.servers import path_of

_Mask = tuple[bool, ...]


class Match(NamedTuple):
    """What a request was found to be.

    Attributes:
        operation: The operation that it calls; None when there is none.
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
        registry: The operations.
        bases: What URL paths may start with before an operation's own path, beside the paths of its servers.
    """

    def __init__(self, registry: Registry, bases: Sequence[str] = ()) -> None:
        self.registry = registry
        self.bases = tuple(base.rstrip("/") for base in bases)
        self._groups: dict[_Mask, dict[tuple[str, ...], list[Operation]]] = {}
        for operation in registry.operations:
            segments = operation.target.path.split("/")
            mask = tuple("{" not in segment for segment in segments)
            fixed = tuple(normal_path(segment) for segment in segments if "{" not in segment)
            self._groups.setdefault(mask, {}).setdefault(fixed, []).append(operation)
        for fixed_ones in self._groups.values():
            for operations in fixed_ones.values():  # `/{name}.json` is more specific than `/{name}`
                operations.sort(key=lambda operation: -sum(map(len, (*operation.literals, operation.fragment))))
        self._masks = sorted(self._groups, key=lambda mask: [not fixed for fixed in mask])

    def match(self, request: Request) -> Match:
        """The operation that a request calls, its arguments, and every problem of it."""
        operation = self.find(request)
        if operation is None:
            return Match(None, {}, MISSING, [_not_found(request, list(self.candidates(request.url)))])
        return Match(operation, *unpack(operation, request, self.bases))

    def find(self, request: Request) -> Operation | None:
        """The operation that a request calls, or None."""
        methods = (request.method, request.method.upper())
        fitting = (operation for operation in self.candidates(request.url) if operation.method in methods)
        found = next(fitting, None)
        if found is None or not found.fragment or "#" in request.url:
            return found
        target = found.target[:2]
        rivals = (operation for operation in fitting if operation.target[:2] == target)
        return min((found, *rivals), key=lambda operation: self._misfit(operation, request))

    def _misfit(self, operation: Operation, request: Request) -> tuple[int, bool]:
        """How little a request without a fragment is like those of an operation, where only what it carries can tell."""
        try:
            return len(unpack(operation, request, self.bases)[2]), bool(operation.fragment)
        except SpecError:
            return sys.maxsize, True

    def candidates(self, url: str) -> Iterator[Operation]:
        """The operations whose template fits a URL, whatever their method, the most specific first."""
        path = normal_path(path_of(url)) or "/"
        seen: set[int] = set()
        for base in bases_in(path, *self._all_bases):
            segments = (path[len(base) :] or "/").split("/")
            for mask in self._masks:
                if len(mask) != len(segments):
                    continue
                fixed = tuple(segment for segment, is_fixed in zip(segments, mask, strict=True) if is_fixed)
                for operation in self._groups[mask].get(fixed, ()):
                    if id(operation) not in seen and path_texts(operation, url, self.bases) is not None:
                        seen.add(id(operation))
                        yield operation

    @cached_property
    def _all_bases(self) -> tuple[list[str], list[re.Pattern[str]]]:
        owners = {operation.server_owner.place: operation for operation in self.registry.operations}
        documented = (base for operation in owners.values() for base in operation.base_paths)
        patterns = (pattern for operation in owners.values() for pattern in operation.base_patterns)
        return list(dict.fromkeys([*self.bases, *documented])), list(dict.fromkeys(patterns))


def _not_found(request: Request, fitting: list[Operation]) -> Problem:
    path = path_of(request.url)
    if fitting:
        methods = ", ".join(dict.fromkeys(operation.method for operation in fitting))
        return Problem(
            "method", (), "unknown", f"{request.method} is not documented for {path}", f"documented: {methods}"
        )
    return Problem("path", (), "unknown", f"{path} is not documented")
