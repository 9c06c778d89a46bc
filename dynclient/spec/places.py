"""Where in a text things stand: the lines on which values start, in one pass that ends when all of them are found.

Of JSON only the way to them is looked at, and the rest is skipped at the parser's speed. Of YAML the events before the last of them
are looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from dynclient import lazy
from dynclient.spec.yamlvalue import LOADER

Path = tuple[str | int, ...]

_SPACE = lazy.pattern(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(strict=False)


def lines_in(text: str | None, paths: Iterable[Path]) -> dict[Path, int]:
    """The lines (from 1) on which values start, by their places; a place that is not there has the line of what holds it.

    Args:
        text: JSON or YAML; None has no lines.
        paths: The tokens of JSON pointers.
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


def _line(starts: Mapping[tuple[str, ...], int], path: Path) -> int | None:
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
    """Note where the wanted places start, and give the end of this value."""
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
    """A wanted place stands behind an alias: what it holds was written elsewhere."""


class _Frame:
    """An open collection: its place and its branch of what is wanted, both None below what is not."""

    __slots__ = ("branch", "index", "key", "place", "takes_keys")

    def __init__(self, place: tuple[str, ...], branch: dict[str, Any] | None, *, takes_keys: bool) -> None:
        self.place = place
        self.branch = branch
        self.takes_keys = takes_keys
        self.key: Any = None
        self.index = -1

    def member(self, event: Any) -> tuple[str, Any]:
        """The name of the value that an event starts, and the event at which the member starts."""
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
        pass  # what stands before the error is known
    return found


def _walk_yaml(text: str, wanted: dict[str, Any], found: dict[tuple[str, ...], int]) -> None:
    """Note where the wanted places start, in one pass over the events that ends when all have been met."""
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
    """The same with every alias followed to where its value was written."""
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
