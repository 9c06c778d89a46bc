"""The two documents of a comparison in one direction: what is known of their schemas, and which values certainly fit no schema of the other."""

from __future__ import annotations

from typing import Any

from dynclient.versions.facts import Facts, constants
from dynclient.versions.jsontypes import type_of
from dynclient.versions.terms import OneWay, Term

#: How many branches of a choice are tried for a value before it counts as a gap.
TRIED = 12
#: The types whose values are sent as text where values are texts.
SCALARS = frozenset({"integer", "fraction", "boolean"})
#: How deep two schemas are looked into for a difference that keeps their values apart.
_DEEP = 3


class Sides:
    """The sender and the receiver of values.

    Args:
        sender: The document of the sender.
        receiver: The document of the receiver.
        texts: Whether the values are sent as text, so that a number is accepted where a text is.
    """

    def __init__(self, sender: OneWay, receiver: OneWay, *, texts: bool = False) -> None:
        self.sender = sender
        self.receiver = receiver
        self.texts = texts
        self._facts: dict[tuple[bool, Any], Facts] = {}
        self._names: dict[int, dict[str, int]] = {}
        self._tags: dict[int, tuple[str, dict[str, list[int]]]] = {}

    def sent(self, term: Term) -> Facts:
        """Return the facts of a sender's term."""
        return self._known(True, self.sender, term)  # noqa: FBT003  a key

    def taken(self, term: Term) -> Facts:
        """Return the facts of a receiver's term."""
        return self._known(False, self.receiver, term)  # noqa: FBT003  a key

    def _known(self, is_sent: bool, side: OneWay, term: Term) -> Facts:  # noqa: FBT001  a key
        key = is_sent, term.key
        found = self._facts.get(key)
        if found is None:
            found = self._facts[key] = Facts(side, term)
        return found

    def names(self, branches: list[Any]) -> dict[str, int]:
        """Return the branches of a receiver's choice that are components, by name."""
        found = self._names.get(id(branches))
        if found is None:
            named = {self.receiver.origins.name_of(branch): at for at, branch in enumerate(branches)}
            found = self._names[id(branches)] = {name: at for name, at in named.items() if name}
        return found

    def tags(self, branches: list[Any]) -> tuple[str, dict[str, list[int]]]:
        """Return a property that every branch of a receiver's choice requires and lists values for, and the branches by value; "" for none."""
        found = self._tags.get(id(branches))
        if found is None:
            listed = [constants(self.receiver, each) for each in branches] if len(branches) > TRIED else []
            found = self._tags[id(branches)] = _tags_of(listed)
        return found

    def apart(self, sent: Term, schema: Any, depth: int = _DEEP) -> bool:
        """Whether certainly no value that the sender sends fits a schema of the receiver."""
        receiver = self.receiver
        if sent.barred.has(receiver.identity.number(schema)):
            return True
        ours, theirs = self.sent(sent), self.taken(receiver.term([schema]))
        if ours.is_empty or theirs.is_empty:
            return True
        types = ours.types & theirs.types
        if self.texts and (ours.types & SCALARS or theirs.types & SCALARS):
            return False
        if not types:
            return True
        if ours.values is not None and theirs.values is not None:
            return not any(
                value == other and type_of(value) == type_of(other) for value in ours.values for other in theirs.values
            )
        if types == {"object"} and self._objects_apart(ours, theirs, depth):
            return True
        if types <= {"integer", "fraction"} and (ours.low[0] > theirs.high[0] or ours.high[0] < theirs.low[0]):
            return True
        if types == {"string"} and (
            ours.least("minLength") > theirs.most("maxLength") or ours.most("maxLength") < theirs.least("minLength")
        ):
            return True
        return self._branches_apart(sent, theirs, depth)

    def _objects_apart(self, ours: Facts, theirs: Facts, depth: int) -> bool:
        if any(not ours.declares(name) for name in theirs.required):
            return True
        if depth == 0:
            return False
        for name in sorted(ours.required):
            rules = theirs.member(name)
            if any(self.apart(self.sender.term(ours.member(name)), rule, depth - 1) for rule in rules):
                return True
        return False

    def _branches_apart(self, sent: Term, theirs: Facts, depth: int) -> bool:
        if depth == 0:
            return False
        for index, keyword in theirs.choices:
            branches = theirs.parts[index][keyword]
            if len(branches) <= TRIED and all(self.apart(sent, branch, depth - 1) for branch in branches):
                return True
        return False


def _tags_of(listed: list[dict[str, frozenset[str]]]) -> tuple[str, dict[str, list[int]]]:
    """Return a property for which every branch has its own few values, and the branches by value."""
    for name in sorted(listed[0]) if listed else ():
        if all(name in each for each in listed):
            by_value: dict[str, list[int]] = {}
            for at, each in enumerate(listed):
                for value in each[name]:
                    by_value.setdefault(value, []).append(at)
            return name, by_value
    return "", {}
