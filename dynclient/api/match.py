"""A request to the operation that it calls, and its arguments: the inverse of `prepare`.

Templates are looked up, not tried one by one: they are grouped by which of their segments are fixed, so a path costs
one dictionary look-up per group. Of several that fit, the one with the earlier fixed segments wins, as the
specification asks (OpenAPI, Path Templating Matching). A template that has no such method does not hide one that has:
where `/a/user` takes only GET, a PATCH of it is a PATCH of `/a/{id}`.
Of operations that only the fragment of their path tells apart, which no request has, the one is meant whose required parameters
are there (see `likeness`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from dynclient.api.described import MISSING
from dynclient.api.likeness import likeness
from dynclient.api.operation import Operation, bases_in
from dynclient.api.registry import Registry
from dynclient.api.signature import Arguments
from dynclient.api.unpack import template_texts, unpack
from dynclient.exchange import Request
from dynclient.problem import Problem
from dynclient.wire.servers import path_of
from dynclient.wire.template import normal_path

_Mask = tuple[bool, ...]
_WireName = tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]


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
            segments = operation.template.segments
            mask = tuple("{" not in segment for segment in segments)
            fixed = tuple(normal_path(segment) for segment in segments if "{" not in segment)
            self._groups.setdefault(mask, {}).setdefault(fixed, []).append(operation)
        for fixed_ones in self._groups.values():
            for operations in fixed_ones.values():  # `/{name}.json` is more specific than `/{name}`
                operations.sort(key=lambda operation: -operation.template.weight)
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
        first = next(fitting, None)
        if first is None or not self._is_shared(first):
            return first
        rivals = [operation for operation in fitting if _wire_name(operation) == _wire_name(first)]
        return max([first, *rivals], key=lambda operation: likeness(operation, request))

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
                    if id(operation) not in seen and template_texts(operation, url, self.bases) is not None:
                        seen.add(id(operation))
                        yield operation

    def _is_shared(self, operation: Operation) -> bool:
        return self._wire_names[_wire_name(operation)] > 1

    @cached_property
    def _wire_names(self) -> Counter[_WireName]:
        return Counter(map(_wire_name, self.registry.operations))

    @cached_property
    def _all_bases(self) -> tuple[list[str], list[re.Pattern[str]]]:
        owners = {operation.server_owner.place: operation for operation in self.registry.operations}
        documented = (base for operation in owners.values() for base in operation.base_paths)
        patterns = (pattern for operation in owners.values() for pattern in operation.base_patterns)
        return list(dict.fromkeys([*self.bases, *documented])), list(dict.fromkeys(patterns))


def _wire_name(operation: Operation) -> _WireName:
    """What operations have in common that nobody could tell apart by method and URL alone."""
    template = operation.template
    return operation.method, template.path.literals, tuple(pair.literals for pair in template.pairs)


def _not_found(request: Request, fitting: list[Operation]) -> Problem:
    path = path_of(request.url)
    if fitting:
        methods = ", ".join(dict.fromkeys(operation.method for operation in fitting))
        return Problem(
            "method", (), "unknown", f"{request.method} is not documented for {path}", f"documented: {methods}"
        )
    return Problem("path", (), "unknown", f"{path} is not documented")
