"""The lines of a text on which values start, found in one pass that stops after the last one.

In JSON only the objects and arrays around the values are walked; the rest is skipped at the parser's speed. In YAML the parser's events
are read up to the last value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from dynclient import lazy
from dynclient.problem import Tokens
from dynclient.spec.yamlvalue import LOADER

_SPACE = lazy.pattern(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(strict=False)


def lines_in(text: str | None, paths: Iterable[Tokens]) -> dict[Tokens, int]:
    """Return the lines (from 1) on which values start. A value that is missing gets the line of the object or array around it.

    Args:
        text: JSON or YAML; there are no lines when it is None.
        paths: The tokens of the values' JSON pointers.
    """
    paths = set(paths)
    if text is None or not paths:
        return {}
    wanted: dict[str, Any] = {}
    for path in paths:
        branch = wanted
        for token in path:
            branch = branch.setdefault(str(token), {})
    starts = _starts(text, wanted)
    return {path: line for path in paths if (line := _line(starts, path)) is not None}


def _line(starts: Mapping[tuple[str, ...], int], path: Tokens) -> int | None:
    tokens = tuple(map(str, path))
    return next((starts[tokens[:depth]] for depth in range(len(tokens), -1, -1) if tokens[:depth] in starts), None)


def _starts(text: str, wanted: dict[str, Any]) -> dict[tuple[str, ...], int]:
    starts: dict[tuple[str, ...], int] = {}
    try:
        _json_starts(text, _skip(text, 0), wanted, (), starts)
    except (ValueError, IndexError, RecursionError):
        return _yaml_starts(text, wanted)
    counted, position, result = 1, 0, {}
    for tokens, start in sorted(starts.items(), key=lambda item: item[1]):
        counted += text.count("\n", position, start)
        position = start
        result[tokens] = counted
    return result


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _json_starts(text: str, position: int, wanted: dict[str, Any], path: tuple[str, ...], starts: Any) -> int:
    """Record where the wanted values start, and return the end of this value."""
    starts.setdefault(path, position)
    opening = text[position]
    if not wanted or opening not in "{[":
        return int(_DECODER.raw_decode(text, position)[1])
    position, index = _skip(text, position + 1), 0
    while text[position] not in "}]":
        start = position
        if opening == "{":
            name, position = _DECODER.raw_decode(text, position)
            position = _skip(text, _skip(text, position) + 1)
        else:
            name, index = str(index), index + 1
        if name in wanted:
            starts[(*path, name)] = start
            position = _json_starts(text, position, wanted[name], (*path, name), starts)
        else:
            position = _DECODER.raw_decode(text, position)[1]
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
    return position + 1


class _AliasError(Exception):
    """A wanted value is inside an alias: it was written elsewhere."""


class _Frame:
    """An open collection: its place and its branch of the wanted values; the branch is None where nothing is wanted."""

    __slots__ = ("branch", "index", "key", "place", "takes_keys")

    def __init__(self, place: tuple[str, ...], branch: dict[str, Any] | None, *, takes_keys: bool) -> None:
        self.place = place
        self.branch = branch
        self.takes_keys = takes_keys
        self.key: Any = None
        self.index = -1

    def member(self, event: Any) -> tuple[str, Any]:
        """Return the name of the value that an event starts, and the event at which its member starts."""
        if self.takes_keys:
            key, self.key = self.key, None
            return str(getattr(key, "value", "")), key
        self.index += 1
        return str(self.index), event


def _yaml_starts(text: str, wanted: dict[str, Any]) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    try:
        _walk_yaml(text, wanted, found)
    except _AliasError:
        return _composed_starts(text, wanted)
    except yaml.YAMLError:
        pass  # the values before the error are known
    return found


def _walk_yaml(text: str, wanted: dict[str, Any], found: dict[tuple[str, ...], int]) -> None:
    """Record where the wanted values start, in one pass over the events that stops after the last one."""
    left = _size(wanted)
    frames: list[_Frame] = []
    place: tuple[str, ...] = ()
    branch: dict[str, Any] | None
    start: Any
    for event in yaml.parse(text, LOADER):
        kind = type(event)
        if kind in _ENDS:
            frames.pop()
            continue
        if kind not in _STARTS:
            continue
        if not frames:
            place, branch, start = (), wanted, event
        else:
            frame = frames[-1]
            if frame.takes_keys and frame.key is None:
                frame.key = event
                continue
            name, start = frame.member(event)
            branch = frame.branch.get(name) if frame.branch else None
            place = (*frame.place, name) if branch is not None else ()
        if branch is not None and place not in found:
            found[place] = start.start_mark.line + 1
            left -= 1
            if left == 0:
                return
            if branch and kind is yaml.AliasEvent:
                raise _AliasError
        if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            frames.append(_Frame(place, branch, takes_keys=kind is yaml.MappingStartEvent))


_STARTS = frozenset({yaml.ScalarEvent, yaml.AliasEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent})
_ENDS = frozenset({yaml.MappingEndEvent, yaml.SequenceEndEvent})


def _size(branch: dict[str, Any]) -> int:
    return 1 + sum(map(_size, branch.values()))


def _composed_starts(text: str, wanted: dict[str, Any]) -> dict[tuple[str, ...], int]:
    """Like `_yaml_starts`, with every alias followed to its anchor."""
    starts: dict[tuple[str, ...], int] = {}
    try:
        root: Any = yaml.compose(text, LOADER)
    except yaml.YAMLError:
        return starts
    pending: list[tuple[Any, dict[str, Any], tuple[str, ...]]] = [(root, wanted, ())]
    starts[()] = root.start_mark.line + 1
    while pending:
        node, branch, path = pending.pop()
        if isinstance(node, yaml.SequenceNode):
            members = [(str(index), item, item) for index, item in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            members = [(key.value, key, item) for key, item in node.value]
        else:
            members = []
        for name, start, item in members:
            if name in branch:
                starts[(*path, name)] = start.start_mark.line + 1
                pending.append((item, branch[name], (*path, name)))
    return starts
