"""Whether two places of two documents say the same in the same words, texts apart: the most common case, settled without translating a schema.

Two versions share most of what they say. What is written alike, and refers by the same words only to what is written alike, means the same in
both, so it has nothing to compare. Whatever is written otherwise is left to the comparison of what it means.

Texts, examples and extensions count for nothing here. A discriminator chooses among all schemas of its document, so where there is one, all of
them must be alike.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from typing import Any

from dynclient.errors import SpecError
from dynclient.spec.document import Document
from dynclient.spec.node import DATA, NAMES, Node

#: Members that change nothing that is sent.
_TEXTS = frozenset({"$comment", "deprecated", "description", "example", "examples", "externalDocs", "summary", "tags", "title"})  # fmt: skip
#: Members that give references another base, or that depend on the schemas around them (JSON Schema 2020-12, Core, section 8.2).
_SCOPED = frozenset({"$dynamicAnchor", "$dynamicRef", "$id", "$recursiveAnchor", "$recursiveRef", "$schema"})
#: Members in which no reference counts.
_UNREAD = _TEXTS | DATA
_CONTAINERS = (dict, list)


class _Links:
    """What a place that is written alike in both documents refers to.

    Attributes:
        references: The texts of its references.
        chooses: Whether it has a discriminator.
        scoped: Whether the meaning of something in it depends on more than its words and on where references lead.
    """

    def __init__(self) -> None:
        self.references: set[str] = set()
        self.chooses = False
        self.scoped = False

    def note(self, value: Mapping[str, Any]) -> None:
        """Add what an object refers to itself."""
        reference = value.get("$ref")
        if isinstance(reference, str):
            self.references.add(reference)
        self.chooses = self.chooses or "discriminator" in value
        self.scoped = self.scoped or not value.keys().isdisjoint(_SCOPED)

    def note_all(self, value: Any, *, named: bool) -> None:
        """Add what a value refers to at any depth.

        Args:
            value: The value.
            named: Whether its members have names that the author chose.
        """
        pending = [(value, named)]
        while pending:
            part, named = pending.pop()
            if type(part) is dict:
                if not named:
                    self.note(part)
                for name, each in part.items():
                    if type(each) in _CONTAINERS and (named or name not in _UNREAD):
                        pending.append((each, not named and name in NAMES))
            elif type(part) is list:
                pending += [(each, False) for each in part if type(each) in _CONTAINERS]


class Sameness:
    """Two documents of which the same places are compared.

    Args:
        old: The one document.
        new: The other one.
    """

    def __init__(self, old: Document, new: Document) -> None:
        self._old, self._new = old, new
        dialects = [document.root.get("jsonSchemaDialect") for document in (old, new)]
        self._is_possible = old.version == new.version and dialects[0] == dialects[1]
        self._same: dict[Any, bool] = {}
        self._targets: dict[tuple[str, str, str], tuple[Node, Node]] = {}

    def holds(self, old: Node, new: Node) -> bool:
        """Whether a place of the old document certainly says the same as one of the new document."""
        if not self._is_possible:
            return False
        key = old.place, new.place
        if key not in self._same:
            self._settle(old, new)
        return self._same[key]

    def held(self, old: Node, new: Node) -> bool:
        """Whether two places were found to say the same, as messages that were looked at lead to them."""
        return self._same.get((old.place, new.place), False)

    def _settle(self, old: Node, new: Node) -> None:
        """Find out about two places and all those that they lead to: they differ where what is written does, and where that is referred to."""
        users: dict[Any, list[Any]] = {(old.place, new.place): []}
        differing: list[Any] = []
        pending = [(old, new)]
        while pending:
            nodes = pending.pop()
            key = nodes[0].place, nodes[1].place
            followed = self._followed(*nodes)
            if followed is None:
                differing.append(key)
                continue
            for pair in followed:
                way = pair[0].place, pair[1].place
                if self._same.get(way) is False:
                    differing.append(key)
                elif way in users:
                    users[way].append(key)
                elif way not in self._same:
                    users[way] = [key]
                    pending.append(pair)
        self._same |= dict.fromkeys(users, True)
        while differing:
            key = differing.pop()
            if self._same[key]:
                self._same[key] = False
                differing += users[key]

    def _followed(self, old: Node, new: Node) -> list[tuple[Node, Node]] | None:
        """Return the pairs of places that two places refer to; None if they are written in different words."""
        named = bool(old.path) and old.path[-1] in NAMES
        links = _links(old.value, new.value, named=named)
        if links is None or links.scoped or _dialect(self._old, old) != _dialect(self._new, new):
            return None
        try:
            found = [self._target(each, old, new) for each in sorted(links.references)]
        except SpecError:
            return None  # the comparison says what is wrong
        if links.chooses:
            found.append((self._old.root.child("components", "schemas"), self._new.root.child("components", "schemas")))
        return found

    def _target(self, reference: str, old: Node, new: Node) -> tuple[Node, Node]:
        """Return where a reference leads to from two places; most references of a document lead to the same few places."""
        way = reference, self._old.base(old), self._new.base(new)
        if way not in self._targets:
            self._targets[way] = self._old.resolve(reference, old), self._new.resolve(reference, new)
        return self._targets[way]


def _dialect(document: Document, node: Node) -> Any:
    return document.resource(node).get("$schema")


def _links(old: Any, new: Any, *, named: bool) -> _Links | None:
    """Return what two values refer to; None if they are written in different words.

    Args:
        old: The one value.
        new: The other one.
        named: Whether their members have names that the author chose.
    """
    links = _Links()
    pending = [(old, new, named)]
    while pending:
        ours, theirs, named = pending.pop()
        if _is_equal(ours, theirs):
            links.note_all(ours, named=named)
        elif isinstance(ours, Mapping) and isinstance(theirs, Mapping):
            if not named:
                ours, theirs = _said(ours), _said(theirs)
                links.note(ours)
            if ours.keys() != theirs.keys():
                return None
            for name, value in ours.items():
                if named or name not in DATA:
                    pending.append((value, theirs[name], not named and name in NAMES))
                elif not _is_equal(value, theirs[name]):
                    return None
        elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
            pending += [(value, other, False) for value, other in zip(ours, theirs, strict=True)]
        else:
            return None
    return links


def _is_equal(ours: Any, theirs: Any) -> bool:
    """Whether two values are equal and of equal types: 1 is not true."""
    if ours != theirs:
        return False
    if type(ours) not in _CONTAINERS:
        return type(ours) is type(theirs)
    try:
        return marshal.dumps(ours, 2) == marshal.dumps(
            theirs, 2
        )  # which tells types apart, at a fraction of a walk's time
    except ValueError:  # too deep, or not plain data
        return False


def _said(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object without what changes nothing that is sent."""
    return {name: each for name, each in value.items() if name not in _TEXTS and name[:2] != "x-"}
