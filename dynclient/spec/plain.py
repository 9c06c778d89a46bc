"""Data that was given in Python, or changed by an overlay, as JSON has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynclient.problem import Tokens, pointer
from dynclient.spec.jsonvalue import Limits, Unreadable, too_deep

#: What holds other values; dict comes first, as it is told without a look at its bases.
_HOLDERS = (dict, list, Mapping)


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
        self._known: dict[int, tuple[Any, Any, int, int]] = {}  # the value itself too, so that no other gets its id
        self._path: list[str | int] = []
        self._open: set[int] = set()

    def of(self, value: Any) -> Any:
        """Return the data; keys that are integers have become texts, as in JSON.

        Raises:
            Unreadable: The data exceeds a limit, or contains itself.
        """
        try:
            return self._walked(value)[1]
        except RecursionError:
            raise too_deep(self._limits) from None

    def _walked(self, value: Any) -> tuple[Any, Any, int, int]:
        """Return a value, what it becomes, the number of values in it, and their levels."""
        if isinstance(value, str) or not isinstance(value, _HOLDERS):
            return value, value, 1, 0
        known = self._known.get(id(value))
        if known is None:
            if id(value) in self._open:
                raise Unreadable(f"contains itself (at {pointer(self._path) or 'the top'})", keyword="depth")
            if len(self._path) > self._limits.depth:
                raise too_deep(self._limits)
            self._open.add(id(value))
            known = self._known[id(value)] = self._inside(value)
            self._open.discard(id(value))
        if known[2] > self._limits.nodes:
            raise Unreadable(f"contains more than {self._limits.nodes} values", keyword="size", limit="nodes")
        if len(self._path) + known[3] > self._limits.depth + 1:
            raise too_deep(self._limits)
        return known

    def _inside(self, value: Any) -> tuple[Any, Any, int, int]:
        is_list, changed, nodes, levels = isinstance(value, list), False, 1, 0
        members: dict[Any, Any] = {}
        for key, member in enumerate(value) if is_list else value.items():
            name = key if is_list or isinstance(key, str) else self._text_of(key, value)
            if isinstance(member, str) or not isinstance(member, _HOLDERS):
                members[name] = member
                nodes += 1
            else:
                self._path.append(name)
                _, members[name], count, height = self._walked(member)
                self._path.pop()
                nodes, levels = nodes + count, max(levels, height + 1)
            changed = changed or name is not key or members[name] is not member
        result = value if not changed else list(members.values()) if is_list else members
        return value, result, nodes, levels

    def _text_of(self, key: Any, holder: Any) -> str:
        text = str(key)
        if type(key) is not int:
            self.problems.append((tuple(self._path), f"the key {key!r} is not a text"))
        elif text in holder:
            self.problems.append((tuple(self._path), f"the keys {key!r} and {text!r} are the same in JSON"))
        return text
