"""Schemas as sets of values: what both documents say, in one canonical form.

A term is the conjunction of schemas that one value must fit, its references and `allOf` put together. Each schema gets an identity by its
content: two schemas have the same one exactly when they say the same, wherever they are written and whatever components are called. Components
that refer to themselves are compared under their names, so a renamed one is not the same schema here; the comparison of their terms
finds out that they accept the same values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dynclient.problem import pointer
from dynclient.schema.bundle import ASSERTED, CHOICES, DEFS, LIST, MAP, ONE, URN, Bundle, inside, joined
from dynclient.schema.bundler import Bundler, Entry
from dynclient.schema.engine import ENGINES
from dynclient.schema.schemas import Schema
from dynclient.schema.translator import Direction
from dynclient.spec.document import Document
from dynclient.spec.node import Node, step

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


class Barred(NamedTuple):
    """The branches of `oneOf`s that a value does not fit, because it fits another one.

    Attributes:
        branches: The identities of the branches of each choice that was made, shared by all terms that come of it.
        own: Those among them that it fits, or may fit.
    """

    branches: frozenset[int] = frozenset()
    own: frozenset[int] = frozenset()

    def has(self, number: int) -> bool:
        """Whether a value certainly does not fit a schema."""
        return number in self.branches and number not in self.own


_FREE = Barred()


class Term(NamedTuple):
    """Schemas that one value must all fit.

    Attributes:
        parts: The schemas, each without what it applies by reference or `allOf`, which are parts themselves.
        numbers: The identities of the parts, in the same order.
        barred: The branches that a value of the term does not fit.
    """

    parts: tuple[Mapping[str, Any], ...]
    numbers: tuple[int, ...]
    barred: Barred = _FREE

    @property
    def key(self) -> tuple[frozenset[int], Barred]:
        """Equal for terms with the same values."""
        return frozenset(self.numbers), self.barred


class OneWay:
    """One document in a comparison, for the values of one direction.

    Args:
        document: The document.
        direction: The direction of the values.
        identities: The identities, which both documents share.
        other: The same document for the other direction.
    """

    def __init__(
        self, document: Document, direction: Direction, identities: Identities, other: OneWay | None = None
    ) -> None:
        self.document = document
        self.direction = direction
        self.bundler: Bundler = Bundler(document, direction, other.bundler if other is not None else None)
        self.bundle = Bundle(None, self._resolve)
        self._identities = identities
        self._silent = _SILENT | {_OTHER_MARK[direction]}
        self._translated: dict[Any, Any] = {}
        self._at: dict[Any, Term] = {}
        self._numbers: dict[int, int] = {}
        self._owns: dict[int, int | None] = {}
        self._tokens: dict[int, frozenset[int]] = {}
        self._references: dict[str, frozenset[int]] = {}
        self._roots: dict[int, Node] = {}
        self._places: dict[int, tuple[Node, tuple[str | int, ...]]] = {}
        self._unplaced: list[tuple[Any, Node]] = []
        self._copies: dict[int, Any] = {}

    def _resolve(self, reference: str) -> Any:
        key = (
            reference.removeprefix(DEFS)
            if reference.startswith(DEFS)
            else reference.removeprefix(URN).partition("#")[0]
        )
        schema = self.bundler.known(key).schema
        if id(schema) not in self._roots:
            self._place(schema, self.bundler.targets[key].node)
        return NEVER if schema is False else schema

    def _place(self, schema: Any, node: Node) -> None:
        if isinstance(schema, Mapping):
            self._roots[id(schema)] = node
            self._unplaced.append((schema, node))

    def at(self, node: Node) -> Term:
        """Return the term of the schema at a place of the document.

        Raises:
            SpecError: A reference in it cannot be resolved.
        """
        term = self._at.get(node.place)
        if term is None:
            term = self._at[node.place] = self.term([self.translated(node)])
        return term

    def translated(self, node: Node) -> Any:
        """Return the schema at a place in 2020-12; a place without a schema accepts anything."""
        if node.value is None:
            return {}
        if node.place not in self._translated:
            self._translated[node.place] = found = self.bundler.entry(node).schema
            self._place(found, node)
        schema = self._translated[node.place]
        return NEVER if schema is False else schema

    # Identities

    def number(self, schema: Any) -> int:
        """Return the identity of a schema."""
        found = self._numbers.get(id(schema))
        if found is None:
            found = self._numbers[id(schema)] = self._identities.of(tuple(sorted(self.tokens(schema))))
            self._copies[id(schema)] = schema  # which keeps its id from being used again
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
        own = self.own(schema)
        out = set() if own is None else {own}
        if isinstance(schema.get("$ref"), str):
            out |= self._referred(schema["$ref"].removeprefix(DEFS))
        if "$dynamicRef" in schema:
            out.add(self._identities.of(("dynamic", str(schema["$dynamicRef"]))))
        for keyword, part in self.bundle.applied(schema, ASSERTED):
            if not keyword.startswith("$"):
                out |= self.tokens(part)
        self._copies[id(schema)] = schema
        result = self._tokens[id(schema)] = frozenset(out)
        return result

    def own(self, schema: Mapping[str, Any]) -> int | None:
        """Return the identity of what a schema says itself, without what it applies to the same value; None when it says nothing."""
        if id(schema) in self._owns:
            return self._owns[id(schema)]
        self._copies[id(schema)] = schema
        said = [item for keyword, value in schema.items() if (item := self._said(keyword, value)) is not None]
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
        if keyword in MAP and isinstance(value, Mapping):
            return keyword, tuple(sorted((name, self.number(part)) for name, part in value.items()))
        if keyword == "const":
            return "enum", (canonical(value),)
        if keyword == "type" and isinstance(value, str):
            return keyword, (value,)
        if keyword in ("enum", "required", "type") and isinstance(value, list):
            return keyword, tuple(sorted({canonical(each) if keyword == "enum" else str(each) for each in value}))
        return keyword, (canonical(value),)

    def _referred(self, key: str) -> frozenset[int]:
        """Return the tokens of a component; components are numbered from the leaves, so that no chain of references is too long."""
        if key not in self._references:
            for cycle in self._in_order(key):
                self._number_cycle(cycle)
        return self._references[key]

    def _number_cycle(self, cycle: tuple[str, ...]) -> None:
        schemas = {key: self._resolve(DEFS + key) for key in cycle}
        if len(cycle) == 1 and cycle[0] not in self.bundler.known(cycle[0]).reached:
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
            entry = self.bundler.known(key)
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

    # Terms

    def term(self, schemas: Iterable[Any], barred: Barred = _FREE) -> Term:
        """Return the conjunction of schemas."""
        parts: dict[int, Mapping[str, Any]] = {}
        for schema in schemas:
            for part in self.bundle.parts(NEVER if schema is False else schema, ASSERTED):
                own = self.own(part)
                if own is not None:
                    parts.setdefault(own, part)
                if "$dynamicRef" in part:
                    parts.setdefault(self._identities.of(("dynamic", str(part["$dynamicRef"]))), part)
        return self._decided(parts, barred)

    def _decided(self, parts: dict[int, Mapping[str, Any]], barred: Barred) -> Term:
        """Add what conditions require whose `if` is a part of the term."""
        pending = [part for part in parts.values() if "if" in part and "then" in part]
        for part in pending:
            condition = self.tokens(part["if"])
            if condition and condition <= parts.keys():
                for more in self.bundle.parts(part["then"], ASSERTED):
                    own = self.own(more)
                    if own is not None and own not in parts:
                        parts[own] = more
                        pending += [more] if "if" in more and "then" in more else []
        return Term(tuple(parts.values()), tuple(parts), barred)

    def less(self, part: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
        """Return a part without one keyword; its place stays known."""
        return self.copied({name: value for name, value in part.items() if name != keyword}, part)

    def copied(self, schema: dict[str, Any], original: Any) -> dict[str, Any]:
        """Note that a schema was made from another one, at whose place it counts."""
        self._copies[id(schema)] = schema
        if isinstance(original, Mapping):
            self._places[id(schema)] = self._placed(original)
        return schema

    # Places

    def place(self, schema: Any) -> str:
        """Return the JSON pointer of a schema in its document, with the file in front of it where that is another one."""
        node, path = self._placed(schema)
        if node.value is None and not node.path:
            return ""
        return self.pointer(Node(node.file, (*node.path, *_written(node.value, path)), None))

    def raw(self, schema: Any) -> Mapping[str, Any]:
        """Return what the author wrote at the place of a schema."""
        node, path = self._placed(schema)
        value = node.value
        for token in _written(node.value, path):
            value = step(value, token)
        return value if isinstance(value, Mapping) else {}

    def name_of(self, schema: Any) -> str:
        """Return the name of the component that a schema is, or refers to; "" for another one."""
        if isinstance(schema, Mapping) and schema.keys() == {"$ref"}:
            node: Node | None = self.bundler.targets[schema["$ref"].removeprefix(DEFS)].node
        else:
            node = self._roots.get(id(schema))
        return str(node.path[-1]) if node is not None and node.path[:1] == ("components",) else ""

    def pointer(self, node: Node) -> str:
        """Return the JSON pointer of a place."""
        return pointer_in(self.document, node)

    def _placed(self, schema: Any) -> tuple[Node, tuple[str | int, ...]]:
        while id(schema) not in self._places and self._unplaced:
            root, node = self._unplaced.pop(0)
            pending: list[tuple[Any, tuple[str | int, ...]]] = [(root, ())]
            while pending:
                part, path = pending.pop()
                if isinstance(part, Mapping):
                    self._places.setdefault(id(part), (node, path))
                    self._copies.setdefault(id(part), part)
                    pending += [(inner, (*path, *way)) for way, inner in inside(part)]
        return self._places.get(id(schema), (Node(self.document.root.file, (), None), ()))

    # Engines

    def schema(self, schemas: Sequence[Any], engine: str = ENGINES[0]) -> Schema:
        """Return the conjunction of schemas as one that an engine compiles."""
        whole = joined([NEVER if each is False else each for each in schemas]) if schemas else {}
        reached = tuple(dict.fromkeys(_keys_in(whole)))
        entry = Entry(whole, reached)
        return Schema(lambda: self.bundler.joined(whole, self.bundler.closure(entry, whole=True)), engine)

    def whole(self, node: Node, engine: str) -> Schema:
        """Return the schema at a place of the document."""
        if node.value is None:
            return Schema(dict, engine)
        return Schema(lambda: self.bundler.bundle(node), engine)

    def references_in(self, schema: Any) -> Iterator[str]:
        """Yield the keys of the components that a schema refers to itself."""
        return _keys_in(schema)


def pointer_in(document: Document, node: Node) -> str:
    """Return the JSON pointer of a place in a document, with the file in front of it where that is another one."""
    text = pointer(node.path)
    if node.file == document.root.file:
        return text
    name, path = document.files[node.file].name, document.source.path
    near = path is not None and Path(name).is_relative_to(path.parent)
    return f"{Path(name).relative_to(path.parent) if path is not None and near else name}#{text}"


def canonical(value: Any) -> str:
    """Return the same text for equal JSON values; 1 and 1.0 are equal, 1 and true are not."""
    return json.dumps(_whole_numbers(value), sort_keys=True, default=str)


def _whole_numbers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {str(name): _whole_numbers(each) for name, each in value.items()}
    return [_whole_numbers(each) for each in value] if isinstance(value, list) else value


def _keys_in(schema: Any) -> Iterator[str]:
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, Mapping):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"].removeprefix(DEFS)
            pending += [inner for _, inner in inside(part)]


def _written(value: Any, path: tuple[str | int, ...]) -> Iterator[str | int]:
    """Yield the way to a schema as its author wrote it: the translation puts some schemas into others."""
    older = {"prefixItems": "items", "dependentSchemas": "dependencies", "items": "additionalItems"}
    rest = list(path)
    while rest:
        token = rest.pop(0)
        following = step(value, token)
        if following is None and token in older:
            token = older[str(token)]
            following = step(value, token)
        if following is None:
            if token in CHOICES and rest:  # `nullable` became a choice
                rest.pop(0)
                continue
            return
        yield token
        value = following
