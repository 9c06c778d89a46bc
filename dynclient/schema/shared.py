"""The schemas of a document, compiled: what several of them have in common is compiled once.

Most schemas of a large document reach the same hundreds of others, and an engine compiles each together with all that it reaches: two
megabytes and fifteen milliseconds for every hundred, again for every operation. So a component is compiled with what it reaches as a
group in which each of them can be entered: the group's schema is an object with one property for each, and a value is checked
as that property. A later request for one of them finds it there.

A schema that is not a component, and reaches many, is cut: a reference that every value at its place must fit (below `properties`, `items` and
`allOf`) is taken out, and the values there are checked by the component itself. Where `unevaluatedProperties` or
`unevaluatedItems` would have to know of both halves, or few schemas are reached, it is compiled whole.

The subtypes that a discriminator names are left out until a value names one of them: then the schema is compiled again, with that one.
A subtype that cannot be used fails only the values that name it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from dynclient.errors import SpecError
from dynclient.problem import Problem
from dynclient.schema.bundle import DEFS, ITEM, UNEVALUATED, URN, detached, subschemas
from dynclient.schema.bundler import Bundler, Closure, Entry
from dynclient.schema.discriminator import subtype_case, waiting
from dynclient.schema.engine import compiled
from dynclient.schema.finding import Compiled, Finding, NotASchemaError, ValuePath, moved
from dynclient.spec.node import Node

#: A schema that reaches this many others, or more, is cut rather than compiled whole.
MANY = 100
#: How often a schema is compiled again for one more subtype; the next time it is compiled with all of them.
_AGAIN = 3

#: A compiled schema, and notes on what the engine does not check.
Made = tuple[Compiled, list[str]]
Compile = Callable[[], Made]
#: Names of subtypes that values have given, each with the key of the choice, and why the subtype cannot be used.
Seen = dict[tuple[str, str], SpecError | None]


class _Named(threading.local):
    """Whether the value that this thread checks names a subtype that cannot be used."""

    error: SpecError | None = None


_named = _Named()


class _Group(NamedTuple):
    """Schemas that were compiled together.

    Attributes:
        made: The compiled schema, and notes on it.
        entry: The schema, as it was translated.
        waits: Whether there are subtypes that were left out.
        seen: The names of subtypes that values have given.
    """

    made: Made
    entry: Entry
    waits: bool
    seen: Seen


class SharedSchemas:
    """The schemas of a document, compiled for one direction; what they share is compiled once.

    Args:
        bundler: Translates the schemas.
        engine: The engine's name.
        other: The schemas of the other direction; what is the same in both directions is compiled once for both.
    """

    def __init__(self, bundler: Bundler, engine: str, other: SharedSchemas | None = None) -> None:
        self._bundler = bundler
        self._engine = engine
        self._own: dict[str, _Group] = {}
        self._groups: dict[int, tuple[_Group, Made]] = {}
        self.both: dict[str, _Group] = {} if other is None else other.both
        self.lock: threading.RLock = threading.RLock() if other is None else other.lock

    def compiled(self, node: Node) -> Made:
        """Return the schema at a place, compiled, and notes on what the engine does not check of it.

        Raises:
            SpecError: It is not a JSON Schema, or a reference in it cannot be resolved.
        """
        try:
            return self._compiled(node)
        except NotASchemaError as error:
            raise self._error(node, error) from None

    def _error(self, node: Node, error: NotASchemaError) -> SpecError:
        return self._bundler.document.error(self._place(node, error.path), "schema", str(error))

    def _place(self, node: Node, path: ValuePath) -> Node:
        """Return the place in the document for a path in a compiled schema, as far as both are the same."""
        if path[:1] == ("$defs",) and len(path) > 1 and path[1] in self._bundler.targets:
            node, path = self._bundler.targets[str(path[1])].node, path[2:]
        for token in path:
            below = node.child(token)
            if below.value is None:
                break
            node = below
        return node

    def _compiled(self, node: Node) -> Made:
        entry = self._bundler.entry(node)
        if isinstance(entry.schema, dict) and entry.schema.keys() == {"$ref"} and entry.reached:
            found = self._component(entry.reached[0], entry)
            if found is not None:
                return found
        reached = self._bundler.closure(entry)
        if reached.dynamic:
            return compiled(self._bundler.bundle(node), self._engine)
        if len(reached.defs) >= MANY and not _is_evaluated(entry.schema):
            return self._cut(entry)
        return self._grown(self._group(entry, reached))

    def _component(self, key: str, entry: Entry) -> Made | None:
        """Return a component as a member of a group; None where dynamic references depend on the schema that refers to it.

        Args:
            key: The component.
            entry: A schema that refers to it and to nothing else.
        """
        with self.lock:
            group = self.both.get(key) or self._own.get(key)
            if group is None:
                reached = self._bundler.closure(entry)
                if reached.dynamic:
                    return None
                properties = {name: {"$ref": DEFS + name} for name in reached.defs}
                group = self._group(Entry({"properties": properties}, tuple(reached.defs)), reached)
                members = self._own if reached.one_way else self.both
                for name in reached.defs:
                    members.setdefault(name, group)
            if id(group) not in self._groups:
                self._groups[id(group)] = group, self._grown(group)
            made, notes = self._groups[id(group)][1]
            return _entered(made, key), notes

    def _cut(self, entry: Entry) -> Made:
        gaps: list[tuple[tuple[Any, ...], str]] = []
        shell = detached(entry.schema, (), gaps)
        left = {part["$ref"].removeprefix(DEFS) for part in subschemas(shell) if "$ref" in part}
        rest = Entry(
            shell, tuple(filter(left.__contains__, entry.reached)), later=tuple(filter(left.__contains__, entry.later))
        )
        made, notes = self._grown(self._group(rest, self._bundler.closure(rest)))
        parts = []
        for way, reference in gaps:
            key = reference.removeprefix(DEFS)
            part = self._part(key)
            parts.append((way, part[0]))
            notes = [*notes, *(note for note in part[1] if note not in notes)]
        return _joined(made, parts), notes

    def _part(self, key: str) -> Made:
        """Return what was taken out of a schema: a component, or a choice of subtypes."""
        found = None if self._bundler.targets[key].form == "subtypes" else self._component(key, Entry({}, (key,)))
        if found is not None:
            return found
        entry = Entry({"$ref": DEFS + key}, (), later=(key,))
        return self._grown(self._group(entry, self._bundler.closure(entry)))

    def _group(self, entry: Entry, reached: Closure) -> _Group:
        """Compile a schema without the subtypes that no value has named yet."""
        seen: Seen = {}
        return _Group(self._made(entry, reached, seen), entry, bool(reached.later), seen)

    def _grown(self, group: _Group) -> Made:
        """Return a group as it is compiled for this direction, with the subtypes that values name from now on."""
        made, notes = group.made
        return (_growing(made, group.seen, lambda: self._again(group)) if group.waits else made), notes

    def _again(self, group: _Group) -> Compiled:
        """Compile a group with the subtypes that values have named, but for those that cannot be used: only values that name them fail.

        Raises:
            SpecError: It cannot be compiled, whatever subtypes it has.
        """
        named = _usable(group.seen)  # other threads may add to it meanwhile
        if len(named) > _AGAIN:
            with contextlib.suppress(SpecError):  # of a subtype that no value may ever name
                return self._with(group, named, whole=True)
        try:
            return self._with(group, named)
        except SpecError:
            for name in named:
                try:
                    self._with(group, (name,))
                except SpecError as error:
                    group.seen[name] = error
            return self._with(group, _usable(group.seen))

    def _with(self, group: _Group, named: tuple[tuple[str, str], ...], *, whole: bool = False) -> Compiled:
        references = [] if whole else [self._bundler.choices(key)[1].get(name) for key, name in named]
        keys = [reference.removeprefix(DEFS) for reference in references if reference is not None]
        entry = group.entry._replace(reached=(*group.entry.reached, *keys))
        try:
            made, notes = self._made(entry, self._bundler.closure(entry, whole=whole), group.seen, named)
        except NotASchemaError as error:
            raise self._error(self._bundler.document.root, error) from None
        for note in notes:
            self._bundler.document.note(Problem("document", (), "pattern", note))
        return made

    def _made(self, entry: Entry, reached: Closure, seen: Seen, named: tuple[tuple[str, str], ...] = ()) -> Made:
        formats: dict[str, Callable[[str], bool]] = {}
        defs = dict(reached.defs)
        for key in reached.later:
            formats[URN + key] = self._recorder(key, seen)
            defs[key] = self._waiting(key, [name for choice, name in named if choice == key])
        return compiled(self._bundler.joined(entry.schema, reached._replace(defs=defs)), self._engine, formats)

    def _waiting(self, key: str, names: list[str]) -> dict[str, Any]:
        """Return a choice of subtypes with those that values have named."""
        discriminator = self._bundler.targets[key].node.value["discriminator"]
        found = self._bundler.choices(key)[1] if names else {}
        cases = [subtype_case(discriminator["propertyName"], name, found[name]) for name in names if name in found]
        return waiting(discriminator["propertyName"], URN + key, cases)

    def _recorder(self, key: str, seen: Seen) -> Callable[[str], bool]:
        """Return a format that refuses every text and notes those that are names of subtypes."""

        def check(text: str) -> bool:
            error = seen.get((key, text))
            if error is not None:
                _named.error = error
            elif (key, text) not in seen and self._may_name(key, text):
                seen[key, text] = None
            return False

        return check

    def _may_name(self, key: str, text: str) -> bool:
        try:
            return text in self._bundler.choices(key)[1]
        except SpecError:  # raised again where the subtype is compiled
            return True


def _usable(seen: Seen) -> tuple[tuple[str, str], ...]:
    return tuple(name for name, error in tuple(seen.items()) if error is None)


def _raise_named() -> None:
    """Raise the error of a subtype that the value has named in this thread."""
    error = _named.error
    if error is not None:
        raise SpecError(error.headline, error.problems)


def _growing(made: Compiled, seen: Seen, again: Callable[[], Compiled]) -> Compiled:
    """Return a compiled schema that is compiled again whenever a value names a subtype for the first time."""
    lock = threading.Lock()
    state = made, 0

    def fresh(known: int) -> bool:
        nonlocal state
        if len(seen) == known:
            return False
        with lock:
            if len(seen) != state[1]:
                count = len(seen)
                state = again(), count
        return True

    def is_valid(value: Any) -> bool:
        while True:
            current, known = state
            _named.error = None
            result = current.is_valid(value)
            if not fresh(known):
                _raise_named()
                return result

    def findings(value: Any) -> Iterator[Finding]:
        while True:
            current, known = state
            _named.error = None
            found = list(current.findings(value))
            if not fresh(known):
                _raise_named()
                return iter(found)

    return Compiled(is_valid, findings)


def _entered(group: Compiled, name: str) -> Compiled:
    """Return one schema of a group."""
    return Compiled(
        lambda value: group.is_valid({name: value}),
        lambda value: (moved(finding, (), 1) for finding in group.findings({name: value})),
    )


def _joined(rest: Compiled, parts: list[tuple[tuple[Any, ...], Compiled]]) -> Compiled:
    """Return a schema that was cut: its rest, and the components with the ways to their values."""

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


def _values(value: Any, way: tuple[Any, ...], path: ValuePath) -> Iterator[tuple[ValuePath, Any]]:
    """Yield the values at the end of a way, each with its path."""
    if not way:
        yield path, value
    elif way[0] is not ITEM:
        if isinstance(value, Mapping) and way[0] in value:
            yield from _values(value[way[0]], way[1:], (*path, way[0]))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _values(item, way[1:], (*path, index))


def _is_evaluated(schema: Any) -> bool:
    """Whether a schema asks what its parts have evaluated."""
    return any(not part.keys().isdisjoint(UNEVALUATED) for part in subschemas(schema))
