"""Data that was given in Python, or changed by an overlay, as JSON has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dynclient.problem import Tokens, pointer
from dynclient.spec.jsonvalue import Limits, Unreadable, too_deep

#: The types that hold other values. dict comes first: it is recognised without looking at its base classes.
_HOLDERS = (dict, list, Mapping)


class _Walked(NamedTuple):
    """A value, what it becomes, the number of values in it, and their levels."""

    value: Any
    result: Any
    nodes: int
    levels: int


class _Holder:
    """An object or an array under way, and what it becomes so far."""

    __slots__ = ("changed", "levels", "members", "nodes", "rest", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.rest: Iterator[tuple[Any, Any]] = iter(enumerate(value) if isinstance(value, list) else value.items())
        self.members: dict[Any, Any] = {}
        self.nodes, self.levels, self.changed = 1, 0, False

    def add(self, name: Any, found: _Walked) -> None:
        """Take up a member that holds others."""
        self.members[name] = found.result
        self.nodes += found.nodes
        self.levels = max(self.levels, found.levels + 1)
        self.changed = self.changed or found.result is not found.value

    def walked(self) -> _Walked:
        """Return what has become of it; itself, if no key in it was wrong."""
        value = self.value
        if self.changed:
            value = [*self.members.values()] if isinstance(self.value, list) else self.members
        return _Walked(self.value, value, self.nodes, self.levels)


class PlainData:
    """Data that was given in Python, or changed, as JSON has it: within limits, with texts for keys, and without itself inside.

    A part that is used several times is walked once and counts each time. Objects without a wrong key are not copied.

    Args:
        limits: Limits on the data.

    Attributes:
        problems: The places of the keys that JSON does not have, and what is wrong with them.
    """

    def __init__(self, limits: Limits) -> None:
        self.problems: list[tuple[Tokens, str]] = []
        self._limits = limits
        self._known: dict[int, _Walked] = {}  # each with the value itself, so that no other gets its id
        self._path: list[str | int] = []
        self._open: set[int] = set()

    def of(self, value: Any) -> Any:
        """Return the data; keys that are integers have become texts, as in JSON.

        Raises:
            Unreadable: The data exceeds a limit, or contains itself.
        """
        if not isinstance(value, _HOLDERS):
            return value
        holders = [self._begun(value)]
        while True:
            member = self._unknown_member(holders[-1])
            if member is not None:
                holders.append(self._begun(member))
                continue
            found = holders.pop().walked()
            self._known[id(found.value)] = found
            self._open.discard(id(found.value))
            self._check(found)
            if not holders:
                return found.result
            holders[-1].add(self._path.pop(), found)

    def _begun(self, value: Any) -> _Holder:
        if id(value) in self._open:
            raise Unreadable(f"contains itself (at {pointer(self._path) or 'the top'})", keyword="depth")
        if len(self._path) > self._limits.depth:
            raise too_deep(self._limits)
        self._open.add(id(value))
        return _Holder(value)

    def _check(self, found: _Walked) -> None:
        if found.nodes > self._limits.nodes:
            raise Unreadable(f"contains more than {self._limits.nodes} values", keyword="size", limit="nodes")
        if len(self._path) + found.levels > self._limits.depth + 1:
            raise too_deep(self._limits)

    def _unknown_member(self, holder: _Holder) -> Any:
        """Take up the members of a holder up to one that holds others and is not known yet; return that, or None at the end."""
        is_list = isinstance(holder.value, list)
        for key, member in holder.rest:
            name = key if is_list or isinstance(key, str) else self._text_of(key, holder.value)
            holder.changed = holder.changed or name is not key
            if isinstance(member, str) or not isinstance(member, _HOLDERS):
                holder.members[name] = member
                holder.nodes += 1
                continue
            self._path.append(name)
            found = self._known.get(id(member))
            if found is None:
                return member
            self._check(found)
            holder.add(self._path.pop(), found)
        return None

    def _text_of(self, key: Any, holder: Any) -> str:
        text = str(key)
        if type(key) is not int:
            self.problems.append((tuple(self._path), f"the key {key!r} is not a text"))
        elif text in holder:
            self.problems.append((tuple(self._path), f"the keys {key!r} and {text!r} are the same in JSON"))
        return text
