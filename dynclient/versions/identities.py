"""Whether two schemas say the same: each gets a number by its content, wherever it is written and whatever components are called.

Two schemas have the same number exactly when their canonical forms are equal. Components that refer to themselves are compared under their
names, so a renamed one is not the same schema here; the comparison of their terms finds out that they accept the same values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dynclient.schema.bundle import ASSERTED, CHOICES, DEFS, LIST, MAP, ONE, UNEVALUATED, Bundle
from dynclient.schema.bundler import Bundler
from dynclient.schema.translator import Direction
from dynclient.versions.jsontypes import TYPES, is_about, type_of, types_in
from dynclient.versions.patternforms import pattern_form

#: A schema that accepts nothing, as the engines report it best.
NEVER: dict[str, Any] = {"not": {}}

#: Keywords that no value depends on.
_SILENT = frozenset(
    {
        *ASSERTED,
        "$defs",
        "$dynamicAnchor",
        "$id",
        "deprecated",
        "x-discriminator",
        "xml",
    }
)
_OTHER_MARK: dict[Direction, str] = {"request": "writeOnly", "response": "readOnly"}
#: Keywords that say nothing with these values.
_IDLE: dict[str, Any] = {
    "minLength": 0, "minItems": 0, "minProperties": 0, "uniqueItems": False, "required": [], "properties": {}, "patternProperties": {},
    "dependentRequired": {}, "dependentSchemas": {}, "readOnly": False, "writeOnly": False,
}  # fmt: skip


class Identities:
    """Numbers for canonical forms, shared by both documents: equal forms have equal numbers."""

    def __init__(self) -> None:
        self._known: dict[Any, int] = {}

    def of(self, form: Any) -> int:
        """Return the number of a canonical form."""
        return self._known.setdefault(form, len(self._known))


class Identity:
    """The identities of the schemas of one document, for the values of one direction.

    Args:
        bundler: Knows the components.
        bundle: Walks the schemas.
        simple: Returns a schema in its simplest words.
        direction: The direction of the values.
        identities: The numbers, which both documents share.
    """

    def __init__(
        self,
        bundler: Bundler,
        bundle: Bundle,
        simple: Callable[[Any], Any],
        direction: Direction,
        identities: Identities,
    ) -> None:
        self._bundler = bundler
        self._bundle = bundle
        self._simple = simple
        self._identities = identities
        self._silent = _SILENT | {_OTHER_MARK[direction]}
        self._numbers: dict[int, int] = {}
        self._owns: dict[int, int | None] = {}
        self._tokens: dict[int, frozenset[int]] = {}
        self._references: dict[str, frozenset[int]] = {}
        self._kept: dict[int, Any] = {}  # so that no other schema gets the id of one that is known

    def number(self, schema: Any) -> int:
        """Return the identity of a schema."""
        found = self._numbers.get(id(schema))
        if found is None:
            found = self._numbers[id(schema)] = self._identities.of(tuple(sorted(self.tokens(schema))))
            self._kept[id(schema)] = schema
        return found

    def tokens(self, schema: Any) -> frozenset[int]:
        """Return the identities of everything that a schema asserts: a value that fits all of them fits the schema."""
        if schema is False:
            schema = NEVER
        if not isinstance(schema, Mapping):
            return frozenset()
        found = self._tokens.get(id(schema))
        if found is not None:
            return found
        self._kept[id(schema)] = schema
        said = self._simple(schema)
        own = self.own(said)
        out = set() if own is None else {own}
        if isinstance(said.get("$ref"), str):
            out |= self._referred(said["$ref"].removeprefix(DEFS))
        if "$dynamicRef" in said:
            out.add(self.dynamic(said))
        if not said.keys().isdisjoint(ASSERTED):
            for keyword, part in self._bundle.applied(said, ASSERTED):
                out |= frozenset() if keyword.startswith("$") else self.tokens(part)
        result = self._tokens[id(schema)] = frozenset(out)
        return result

    def dynamic(self, schema: Mapping[str, Any]) -> int:
        """Return the identity of the dynamic reference of a schema."""
        return self._identities.of(("dynamic", str(schema["$dynamicRef"])))

    def own(self, schema: Mapping[str, Any]) -> int | None:
        """Return the identity of what a schema in its simplest words says itself, without what it applies to the same value; None for nothing."""
        if id(schema) in self._owns:
            return self._owns[id(schema)]
        self._kept[id(schema)] = schema
        told = _telling(schema) if "type" in schema and len(schema) > 1 else schema
        said = [item for keyword, value in told.items() if (item := self._said(keyword, value)) is not None]
        if not schema.keys().isdisjoint(UNEVALUATED):  # what it evaluates itself has a say in what that means
            beside = {keyword: value for keyword, value in schema.items() if keyword not in UNEVALUATED}
            said.append(("beside", (self.number(beside),)))
        found = self._owns[id(schema)] = self._identities.of(tuple(sorted(said))) if said else None
        return found

    def _said(self, keyword: str, value: Any) -> Any:
        if keyword in self._silent or (keyword in _IDLE and _IDLE[keyword] == value):
            return None
        if keyword in ONE:
            return keyword, (self.number(value),)
        if keyword in CHOICES and isinstance(value, list):
            return keyword, tuple(sorted(map(self.number, value)))
        if keyword in LIST and isinstance(value, list):
            return keyword, tuple(map(self.number, value))
        if keyword == "patternProperties" and isinstance(value, Mapping):
            return keyword, tuple(sorted((repr(pattern_form(name)), self.number(part)) for name, part in value.items()))
        if keyword in MAP and isinstance(value, Mapping):
            return keyword, tuple(sorted((name, self.number(part)) for name, part in value.items()))
        if keyword == "pattern" and isinstance(value, str):
            form = pattern_form(value)
            return None if form is None else (keyword, (repr(form),))
        if keyword == "const":
            return "enum", (canonical(value),)
        if keyword == "type":
            types = types_in(value)
            return None if types == TYPES else (keyword, tuple(sorted(types)))
        if keyword in ("enum", "required") and isinstance(value, list):
            return keyword, tuple(sorted({canonical(each) if keyword == "enum" else str(each) for each in value}))
        return keyword, (canonical(value),)

    def _referred(self, key: str) -> frozenset[int]:
        """Return the tokens of a component; components are numbered from the leaves, so that no chain of references is too long."""
        if key not in self._references:
            for cycle in self._in_order(key):
                self._number_cycle(cycle)
        return self._references[key]

    def _number_cycle(self, cycle: tuple[str, ...]) -> None:
        schemas = {key: self._bundle.resolve(DEFS + key) for key in cycle}
        if len(cycle) == 1 and cycle[0] not in self._bundler.known(cycle[0]).reached:
            self._references[cycle[0]] = self.tokens(schemas[cycle[0]])
            return
        names = {key: frozenset({self._identities.of(("inside", key))}) for key in cycle}
        self._references |= names
        memos: tuple[dict[int, Any], ...] = (self._tokens, self._numbers, self._owns)
        before = [len(memo) for memo in memos]
        forms = tuple(sorted((key, tuple(sorted(self.tokens(schema)))) for key, schema in schemas.items()))
        for memo, length in zip(memos, before, strict=True):
            while len(memo) > length:  # names inside a cycle mean nothing outside it
                memo.popitem()
        whole = self._identities.of(("cycle", forms))
        for key in cycle:
            self._references[key] = frozenset({self._identities.of(("component", whole, key))})

    def _in_order(self, start: str) -> Iterator[tuple[str, ...]]:
        """Yield the components that one reaches, those that refer to each other together, leaves first (Tarjan)."""
        index: dict[str, int] = {}
        low: dict[str, int] = {}
        stack: list[str] = []
        work: list[tuple[str, Iterator[str]]] = []

        def enter(key: str) -> None:
            index[key] = low[key] = len(index)
            stack.append(key)
            entry = self._bundler.known(key)
            work.append((key, iter((*entry.reached, *entry.later))))

        enter(start)
        while work:
            key, rest = work[-1]
            following = next(rest, None)
            if following is not None:
                if following in self._references and following not in index:
                    continue
                if following not in index:
                    enter(following)
                elif following in stack:
                    low[key] = min(low[key], index[following])
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[key])
            if low[key] == index[key]:
                at = stack.index(key)
                cycle = tuple(sorted(stack[at:]))
                del stack[at:]
                yield cycle


def _telling(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a schema with a `type` says without what follows from that: listed values have types, and others have other keywords."""
    types = types_in(schema["type"])
    if not any(keyword in schema for keyword in ("const", "enum")):
        return {keyword: value for keyword, value in schema.items() if is_about(keyword, types)}
    listed = [schema["const"]] if "const" in schema else schema["enum"]
    if not isinstance(listed, list):
        return schema
    rest = {keyword: value for keyword, value in schema.items() if keyword not in ("const", "type")}
    return {**rest, "enum": [value for value in listed if type_of(value) in types]}


_encode = json.JSONEncoder(sort_keys=True, default=str).encode


def canonical(value: Any) -> str:
    """Return the same text for equal JSON values; 1 and 1.0 are equal, 1 and true are not."""
    return _encode(_whole_numbers(value))


def _whole_numbers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {str(name): _whole_numbers(each) for name, each in value.items()}
    return [_whole_numbers(each) for each in value] if isinstance(value, list) else value
