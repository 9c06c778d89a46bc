"""What the schemas of a document have in common, compiled once.

Most schemas of a large document reach the same hundreds of others, and an engine compiles each together with all that it reaches: two
megabytes and fifteen milliseconds for every hundred, again for every operation. So a component is compiled with what it reaches as a
group in which each of them can be entered: the group's schema is an object with one property for each, and a value is checked
as that property. Whoever needs one of them later finds it there.

A schema that is no component, and reaches many, is cut: a reference that stands where every value must fit it (below `properties`, `items` and
`allOf`) is taken out, and what the value has there is checked by the component itself. Where `unevaluatedProperties` or
`unevaluatedItems` would have to know of both halves, or few schemas are reached, it is compiled whole.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from dynclient.schema.bundler import Bundler, Entry
from dynclient.schema.engine import compiled
from dynclient.schema.finding import Finding, Path
from dynclient.schema.validator import Compiled, NotASchemaError, moved
from dynclient.spec.node import Node

#: From how many reached schemas on a schema is cut rather than compiled whole.
MANY = 100
_DEFS = "#/$defs/"
_ITEM = object()
_UNEVALUATED = ("unevaluatedItems", "unevaluatedProperties")


class _Hole(NamedTuple):
    """Where a reference was taken out: the way to the values there, and the key of the component."""

    way: tuple[Any, ...]
    key: str


class _Member(NamedTuple):
    """A component of a group, and what the engine does not check of the group."""

    compiled: Compiled
    notes: list[str]


class Library:
    """The schemas of a document, compiled for one direction, with what they share compiled once.

    Args:
        bundler: Gives the schemas.
        engine: The engine's name.
        twin: The library of the other direction: what is the same both ways is compiled once for both.
    """

    def __init__(self, bundler: Bundler, engine: str, twin: Library | None = None) -> None:
        self._bundler = bundler
        self._engine = engine
        self._own: dict[str, _Member] = {}
        self.both: dict[str, _Member] = {} if twin is None else twin.both
        self.lock: threading.RLock = threading.RLock() if twin is None else twin.lock

    def compiled(self, node: Node) -> tuple[Compiled, list[str]]:
        """The schema at a place, compiled, and what the engine does not check of it.

        Raises:
            SpecError: It is no JSON Schema, or a reference in it leads nowhere.
        """
        try:
            return self._compiled(node)
        except NotASchemaError as error:
            raise self._bundler.document.error(self._place(node, error.path), "schema", str(error)) from None

    def _place(self, node: Node, path: Path) -> Node:
        """The place in the document for a path in the schema that was compiled for a node, as far as it is the same."""
        if path[:1] == ("$defs",) and len(path) > 1 and path[1] in self._bundler.targets:
            node, path = self._bundler.targets[str(path[1])][0], path[2:]
        for token in path:
            below = node.child(token)
            if below.value is None:
                break
            node = below
        return node

    def _compiled(self, node: Node) -> tuple[Compiled, list[str]]:
        entry = self._bundler.entry(node)
        if isinstance(entry.schema, dict) and entry.schema.keys() == {"$ref"}:
            found = self._component(entry.schema["$ref"].removeprefix(_DEFS), entry)
            if found is not None:
                return found
        elif entry.reached and not _mentions(entry.schema, _UNEVALUATED):
            reached = self._bundler.closure(entry)
            if not reached.dynamic and len(reached.defs) >= MANY:
                return self._cut(entry)
        return compiled(self._bundler.bundle(node), self._engine)

    def _component(self, key: str, entry: Entry) -> _Member | None:
        """A component as a member of a group; None where dynamic references depend on who refers to it.

        Args:
            key: The component.
            entry: A schema that refers to it and to nothing else.
        """
        with self.lock:
            found = self.both.get(key) or self._own.get(key)
            if found is not None:
                return found
            reached = self._bundler.closure(entry)
            if reached.dynamic:
                return None
            entries = {name: {"$ref": _DEFS + name} for name in reached.defs}
            group, notes = compiled({"properties": entries, "$defs": reached.defs}, self._engine)
            members = self._own if reached.one_way else self.both
            for name in reached.defs:
                members.setdefault(name, _Member(_entered(group, name), notes))
            return members[key]

    def _cut(self, entry: Entry) -> tuple[Compiled, list[str]]:
        holes: list[_Hole] = []
        shell = _shell(entry.schema, (), holes)
        reached = tuple(reference.removeprefix(_DEFS) for reference in _references(shell))
        defs = self._bundler.closure(entry._replace(reached=reached)).defs
        rest, notes = compiled({**shell, "$defs": defs} if defs else shell, self._engine)
        parts = []
        for hole in holes:
            member = self._component(hole.key, Entry({}, (hole.key,), dynamic=False, one_way=False))
            if member is None:  # said by the closure of the whole
                raise AssertionError(hole.key)
            parts.append((hole.way, member.compiled))
            notes = [*notes, *(note for note in member.notes if note not in notes)]
        return _joined(rest, parts), notes


def _entered(group: Compiled, name: str) -> Compiled:
    """One schema of a group."""
    return Compiled(
        lambda value: group.is_valid({name: value}),
        lambda value: (moved(finding, (), 1) for finding in group.findings({name: value})),
    )


def _joined(rest: Compiled, parts: list[tuple[tuple[Any, ...], Compiled]]) -> Compiled:
    """A schema that was cut: what is left of it, and the components for what stands at the end of their ways."""

    def is_valid(value: Any) -> bool:
        return rest.is_valid(value) and all(
            part.is_valid(found) for way, part in parts for _, found in _values(value, way, ())
        )

    def findings(value: Any) -> Iterator[Finding]:
        yield from rest.findings(value)
        for way, part in parts:
            for path, found in _values(value, way, ()):
                if not part.is_valid(found):
                    yield from (moved(finding, path) for finding in part.findings(found))

    return Compiled(is_valid, findings)


def _values(value: Any, way: tuple[Any, ...], path: Path) -> Iterator[tuple[Path, Any]]:
    """What a value has at the end of a way, each with its path."""
    if not way:
        yield path, value
    elif way[0] is not _ITEM:
        if isinstance(value, Mapping) and way[0] in value:
            yield from _values(value[way[0]], way[1:], (*path, way[0]))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _values(item, way[1:], (*path, index))


def _shell(schema: Any, way: tuple[Any, ...], holes: list[_Hole]) -> Any:
    """A schema less the references that every value at their place must fit."""
    if not isinstance(schema, dict):
        return schema
    out = dict(schema)
    if isinstance(schema.get("$ref"), str):
        holes.append(_Hole(way, out.pop("$ref").removeprefix(_DEFS)))
    if isinstance(schema.get("properties"), dict):
        out["properties"] = {name: _shell(part, (*way, name), holes) for name, part in schema["properties"].items()}
    if "items" in schema and "prefixItems" not in schema:
        out["items"] = _shell(schema["items"], (*way, _ITEM), holes)
    if isinstance(schema.get("allOf"), list):
        out["allOf"] = [_shell(part, way, holes) for part in schema["allOf"]]
    return out


def _mentions(schema: Any, keywords: tuple[str, ...]) -> bool:
    if isinstance(schema, dict):
        return any(word in schema for word in keywords) or any(_mentions(part, keywords) for part in schema.values())
    return isinstance(schema, list) and any(_mentions(part, keywords) for part in schema)


def _references(schema: Any) -> Iterator[str]:
    """Every reference of a schema that is left in it; more than there are is no harm."""
    pending: list[Any] = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str) and part["$ref"].startswith(_DEFS):
                yield part["$ref"]
            pending += part.values()
        elif isinstance(part, list):
            pending += part


Compile = Callable[[], tuple[Compiled, list[str]]]
