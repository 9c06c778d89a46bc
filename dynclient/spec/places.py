"""The lines of a text on which values start, found in one pass that stops after the last one.

In JSON only the objects and arrays around the values are walked; the rest is skipped without being built. In YAML the parser's events
are read up to the last value; where a value is inside an alias, they are read again for its anchor. So the line of a fault needs hardly
any memory beyond the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from dynclient import lazy
from dynclient.problem import Tokens
from dynclient.spec.yamlvalue import LOADER

_SPACE = lazy.pattern(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(strict=False)
#: JSON up to the next bracket, or to the comma or bracket after a scalar; nothing in it is tried twice.
_TO_BRACKET = lazy.pattern(r'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+')
_TO_END = lazy.pattern(r'(?:[^",\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+')


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
    first = _skip(text, 0)
    if text[first : first + 1] not in ("{", "["):
        return _yaml_starts(text, wanted)
    try:
        end = _json_starts(text, first, wanted, (), starts)
        if _skip(text, end) != len(text):
            return _yaml_starts(text, wanted)
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


def _after(text: str, position: int) -> int:
    """Return the end of the JSON value that starts here, without building it."""
    if text[position] not in "{[":
        return _matched(_TO_END, text, position)
    depth = 0
    while True:
        position = _matched(_TO_BRACKET, text, position)
        depth += 1 if text[position] in "{[" else -1
        position += 1
        if depth == 0:
            return position


def _matched(pattern: Any, text: str, position: int) -> int:
    return int(pattern.match(text, position).end())


def _json_starts(text: str, position: int, wanted: dict[str, Any], path: tuple[str, ...], starts: Any) -> int:
    """Record where the wanted values start, and return the end of this value."""
    starts.setdefault(path, position)
    opening = text[position]
    if not wanted or opening not in "{[":
        return _after(text, position)
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
            position = _after(text, position)
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
    return position + 1


#: A wanted value: its place, and what is wanted below it.
_Want = tuple[tuple[str, ...], dict[str, Any]]


class _Frame:
    """An open collection, and what is wanted of it."""

    __slots__ = ("index", "key", "takes_keys", "wants")

    def __init__(self, wants: list[_Want], *, takes_keys: bool) -> None:
        self.wants = wants
        self.takes_keys = takes_keys
        self.key: Any = None
        self.index = -1

    def member(self, event: Any) -> tuple[Any, list[_Want]]:
        """Return the event at which the member of a value starts, and what is wanted of the value."""
        if self.takes_keys:
            start, self.key = self.key, None
            name = str(getattr(start, "value", ""))
        else:
            start = event
            self.index += 1
            name = str(self.index)
        return start, [((*place, name), branch[name]) for place, branch in self.wants if name in branch]


def _yaml_starts(text: str, wanted: dict[str, Any]) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    wants: dict[int, list[_Want]] = {0: [((), wanted)]}
    try:
        while wants:  # an alias leads to an earlier node, so this ends
            wants = _walk_yaml(text, wants, found)
    except yaml.YAMLError:
        pass  # the values before the error are known
    return found


def _walk_yaml(text: str, roots: dict[int, list[_Want]], found: dict[tuple[str, ...], int]) -> dict[int, list[_Want]]:
    """Record where the wanted values start, in one pass over the events that stops after the last one.

    Args:
        text: The text.
        roots: What is wanted, by the number of the node that it is inside.
        found: The lines.

    Returns:
        What is wanted inside aliases, by the number of the node that has the anchor.
    """
    left = sum(_size(branch) for wants in roots.values() for _, branch in wants)
    anchors: dict[str, int] = {}
    aliased: dict[int, list[_Want]] = {}
    frames: list[_Frame] = []
    number = -1
    events: Iterator[Any] = yaml.parse(text, LOADER)
    for event in events:
        kind = type(event)
        if kind in _ENDS:
            frames.pop()
            continue
        if kind not in _STARTS:
            continue
        number += 1
        start, wants = event, roots.get(number, [])
        if event.anchor is not None and kind is not yaml.AliasEvent:
            anchors[event.anchor] = number
        if frames:
            frame = frames[-1]
            if frame.takes_keys and frame.key is None:
                frame.key = event
                continue
            start, inside = frame.member(event)
            wants = [*wants, *inside]
        for place, branch in wants:
            found.setdefault(place, start.start_mark.line + 1)
            left -= 1
            if branch and kind is yaml.AliasEvent and event.anchor in anchors:
                aliased.setdefault(anchors[event.anchor], []).append((place, branch))
                left -= _size(branch) - 1
        if left == 0:
            break
        if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            frames.append(_Frame(wants, takes_keys=kind is yaml.MappingStartEvent))
    return aliased


_STARTS = frozenset({yaml.ScalarEvent, yaml.AliasEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent})
_ENDS = frozenset({yaml.MappingEndEvent, yaml.SequenceEndEvent})


def _size(branch: dict[str, Any]) -> int:
    return 1 + sum(map(_size, branch.values()))
