"""Schemas as sets of values: a term is the conjunction of schemas that one value must fit, references and `allOf` put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dynclient.schema.bundle import ASSERTED, DEFS, URN, Bundle, inside, joined
from dynclient.schema.bundler import Bundler, Entry
from dynclient.schema.engine import ENGINES
from dynclient.schema.schemas import Schema
from dynclient.schema.translator import Direction
from dynclient.spec.document import Document
from dynclient.spec.node import Node
from dynclient.versions.authorship import Origins, pointer_in
from dynclient.versions.identities import NEVER, Identities, Identity
from dynclient.versions.simplest import Simplest


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

    Attributes:
        bundler: Translates its schemas.
        bundle: Walks them.
        origins: Where they are written.
        identity: Which of them say the same.
    """

    def __init__(
        self, document: Document, direction: Direction, identities: Identities, other: OneWay | None = None
    ) -> None:
        self.document = document
        self.direction = direction
        self.bundler: Bundler = Bundler(document, direction, other.bundler if other is not None else None)
        self.bundle = Bundle(None, self._resolve)
        self.origins = Origins(document, self.bundler)
        self._simplest = Simplest(document, self.origins)
        self.identity = Identity(self.bundler, self.bundle, self._simplest.of, direction, identities)
        self._translated: dict[Any, Any] = {}
        self._at: dict[Any, Term] = {}

    def _resolve(self, reference: str) -> Any:
        key = (
            reference.removeprefix(DEFS)
            if reference.startswith(DEFS)
            else reference.removeprefix(URN).partition("#")[0]
        )
        schema = self.bundler.known(key).schema
        self.origins.add(schema, self.bundler.targets[key].node)
        return NEVER if schema is False else schema

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
            self.origins.add(found, node)
        schema = self._translated[node.place]
        return NEVER if schema is False else schema

    def pointer(self, node: Node) -> str:
        """Return the JSON pointer of a place."""
        return pointer_in(self.document, node)

    def term(self, schemas: Iterable[Any], barred: Barred = _FREE) -> Term:
        """Return the conjunction of schemas."""
        parts: dict[int, Mapping[str, Any]] = {}
        for schema in schemas:
            self._add(parts, schema)
        pending = [part for part in parts.values() if "if" in part and "then" in part]
        for part in pending:  # a condition whose `if` is a part of the term has its `then` there, too
            condition = self.identity.tokens(part["if"])
            if condition and condition <= parts.keys():
                pending += [each for each in self._add(parts, part["then"]) if "if" in each and "then" in each]
        return Term(tuple(parts.values()), tuple(parts), barred)

    def _add(self, parts: dict[int, Mapping[str, Any]], schema: Any) -> list[Mapping[str, Any]]:
        """Add a schema, and what it applies by reference or `allOf`, to the parts of a term by their identities; return those that were new."""
        found: list[Mapping[str, Any]] = []
        seen: set[int] = set()
        pending = [NEVER if schema is False else schema]
        while pending:
            part = self._simplest.of(pending.pop())
            if not isinstance(part, Mapping) or id(part) in seen:
                continue
            seen.add(id(part))
            own = self.identity.own(part)
            numbers = [] if own is None else [own]
            numbers += [self.identity.dynamic(part)] if "$dynamicRef" in part else []
            found += [part] if any(number not in parts for number in numbers) else []
            parts |= {number: part for number in numbers if number not in parts}
            if not part.keys().isdisjoint(ASSERTED):
                pending += reversed([applied for _, applied in self.bundle.applied(part, ASSERTED)])
        return found

    def less(self, part: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
        """Return a part without one keyword; its place stays known."""
        return self.origins.copied({name: value for name, value in part.items() if name != keyword}, part)

    # Engines

    def schema(self, schemas: Sequence[Any], engine: str = ENGINES[0]) -> Schema:
        """Return the conjunction of schemas as one that an engine compiles."""
        whole = joined([NEVER if each is False else each for each in schemas]) if schemas else {}
        reached = tuple(dict.fromkeys(self.references_in(whole)))
        entry = Entry(whole, reached)
        return Schema(lambda: self.bundler.joined(whole, self.bundler.closure(entry, whole=True)), engine)

    def whole(self, node: Node, engine: str) -> Schema:
        """Return the schema at a place of the document."""
        if node.value is None:
            return Schema(dict, engine)
        return Schema(lambda: self.bundler.bundle(node), engine)

    def references_in(self, schema: Any) -> Iterator[str]:
        """Yield the keys of the components that a schema refers to itself."""
        pending = [schema]
        while pending:
            part = pending.pop()
            if isinstance(part, Mapping):
                if isinstance(part.get("$ref"), str):
                    yield part["$ref"].removeprefix(DEFS)
                pending += [inner for _, inner in inside(part)]
