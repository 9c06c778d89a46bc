"""YAML as recorders write it, to plain data: built from libyaml's events, which takes a seventh of the time of PyYAML's own nodes.

Recorders write YAML 1.1, so this reads null, bool, int, float and binary as PyYAML does. Every other scalar is a text: a recorded date must
stay as it was sent. Tags of Python and Ruby objects are ignored, and what they stand on is read as plain data.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from functools import lru_cache
from typing import Any, BinaryIO

import yaml
from yaml.events import MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

_Parser: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # without libyaml, PyYAML reads by itself
_BINARY = frozenset({"tag:yaml.org,2002:binary", "!binary"})
_RESOLVERS = {
    sign: [
        (tag.rpartition(":")[2], pattern)
        for tag, pattern in pairs
        if tag.endswith((":null", ":bool", ":int", ":float"))
    ]
    for sign, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_RESOLVED = {sign for sign, pairs in _RESOLVERS.items() if pairs}
_MAKERS = {
    kind: getattr(yaml.constructor.SafeConstructor, f"construct_yaml_{kind}")
    for kind in ("null", "bool", "int", "float")
}
_MAKER = yaml.constructor.SafeConstructor()
_NOT_ALLOWED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STRUCTURE = (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)
#: The nesting, and the number of values with those that aliases repeat, above which a text is refused.
_DEEPEST = 200
_MOST_VALUES = 1_000_000
#: How many anchors are kept for later entries.
_ANCHORS = 1000


class Damaged:
    """The value of a scalar whose tag says what its text is not, such as `!!binary` in front of something else."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "a damaged value"


DAMAGED = Damaged()


class YamlError(ValueError):
    """YAML that cannot be read; the message quotes nothing of it.

    Attributes:
        line: The line in the text, counted from 0.
    """

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class Anchors(dict[str, tuple[Any, int]]):
    """The values of the last anchors, each with the number of values in it. Recorders also repeat objects of earlier entries."""

    def keep(self, name: str, value: Any, size: int = 0) -> None:
        """Keep a value; the oldest one goes when there are too many."""
        self[name] = value, size
        if len(self) > _ANCHORS:
            del self[next(iter(self))]


class Builder:
    """Builds values from the events of a parser.

    Args:
        text: The YAML, or a stream of it.
        anchors: The anchors of earlier entries.

    Raises:
        YamlError: The text has characters that YAML does not allow.
    """

    def __init__(self, text: str | bytes | BinaryIO, anchors: Anchors | None = None) -> None:
        self._anchors = Anchors() if anchors is None else anchors
        self._size = 0
        try:
            self._parser = _Parser(text)
        except yaml.YAMLError as error:
            raise _error(error) from None
        self._next: Callable[[], Any] = self._parser.get_event

    def event(self) -> Any:
        """Return the next event; None at the end.

        Raises:
            YamlError: The text is not YAML.
        """
        return self._guarded(self._next)

    def value(self, event: Any) -> Any:
        """Return the value that begins with an event.

        Raises:
            YamlError: The text is not YAML, or is nested too deeply.
        """
        self._size = 0
        return self._guarded(self._value, event, 0)

    def _guarded(self, read: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return read(*arguments)
        except YamlError:
            raise
        except yaml.YAMLError as error:
            raise _error(error) from None
        except (ValueError, RecursionError):
            raise YamlError("is not YAML") from None

    def _value(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is ScalarEvent:
            if event.tag is None and event.anchor is None:
                text = event.value
                return _resolved(text) if text[:1] in _RESOLVED and event.implicit[0] else text
            value = _scalar(event)
            if event.anchor:
                self._anchors.keep(event.anchor, value)
            return value
        if kind is yaml.AliasEvent:
            value, size = self._anchors.get(event.anchor, (None, 0))
            self._count(size)
            return value
        if kind is not MappingStartEvent and kind is not SequenceStartEvent:
            raise YamlError("is not YAML: a value is missing", event.start_mark.line if event else 0)
        if depth > _DEEPEST:
            raise YamlError("is nested too deeply", event.start_mark.line)
        before, anchor = self._size, event.anchor
        value = self._mapping(depth + 1, anchor) if kind is MappingStartEvent else self._sequence(depth + 1, anchor)
        self._count(len(value) + 1)
        if anchor:
            self._anchors.keep(anchor, value, self._size - before)
        return value

    def _mapping(self, depth: int, anchor: str | None) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        if anchor:
            self._anchors.keep(anchor, found)  # it may hold itself
        following = self._next
        while type(event := following()) is not MappingEndEvent:
            is_bare = type(event) is ScalarEvent and event.tag is None and event.anchor is None
            key = event.value if is_bare else self._value(event, depth)
            value = self._value(following(), depth)
            try:
                found[key] = value
            except TypeError:
                found[str(key)] = value  # a list or a mapping as a key
        return found

    def _sequence(self, depth: int, anchor: str | None) -> list[Any]:
        found: list[Any] = []
        if anchor:
            self._anchors.keep(anchor, found)
        following = self._next
        while type(event := following()) is not SequenceEndEvent:
            found.append(self._value(event, depth))
        return found

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > _MOST_VALUES:
            raise YamlError("has too many values, or aliases that repeat too much")


def from_events(text: str | bytes, anchors: Anchors | None) -> Any:
    """Return the value of a text; None if it has none.

    Raises:
        YamlError: The text is not YAML, or has more than one value.
    """
    builder = Builder(text, anchors)
    value = None
    while (event := builder.event()) is not None and type(event) is not yaml.StreamEndEvent:
        if type(event) not in _STRUCTURE:
            value = builder.value(event)
    return value


def yaml_text(content: bytes) -> str:
    """Return the text of some bytes, with a sign in place of what YAML does not allow; lines and columns stay."""
    return _NOT_ALLOWED.sub("\ufffd", content.decode("utf-8", "replace"))


def begun(text: str) -> Any:
    """Return the beginning of the first value of a text that may be cut or broken."""
    root: list[Any] = []
    stack: list[tuple[Any, list[Any]]] = []  # each open collection, and the key that waits for its value

    def place(value: Any) -> None:
        if not stack:
            root.append(value)
            return
        open_value, keys = stack[-1]
        if isinstance(open_value, list):
            open_value.append(value)
        elif keys:
            open_value[keys.pop()] = value
        else:
            keys.append(value if isinstance(value, str) else str(value))
            open_value[keys[0]] = None

    try:
        builder = Builder(text)
        while not (root and not stack) and (event := builder.event()) is not None:
            kind = type(event)
            if kind is ScalarEvent:
                place(event.value)
            elif kind is yaml.AliasEvent:
                place(None)
            elif kind in (MappingStartEvent, SequenceStartEvent):
                opened: Any = {} if kind is MappingStartEvent else []
                place(opened)
                stack.append((opened, []))
            elif kind in (MappingEndEvent, SequenceEndEvent):
                stack.pop()
    except YamlError:
        pass
    return root[0] if root else None


def _scalar(event: Any) -> Any:
    text, tag = event.value, event.tag
    if tag is None:
        return _resolved(text) if text[:1] in _RESOLVED and event.implicit[0] else text
    if tag in _BINARY:
        try:
            return b64decode("".join(text.split()), validate=True)
        except ValueError:
            return DAMAGED
    kind = tag.rpartition(":")[2]
    return _made(kind, text) if kind in _MAKERS and tag.startswith("tag:yaml.org,2002:") else text


@lru_cache(4096)
def _resolved(text: str) -> Any:
    for kind, pattern in _RESOLVERS[text[:1]]:
        if pattern.match(text):
            return _made(kind, text)
    return text


def _made(kind: str, text: str) -> Any:
    try:
        return _MAKERS[kind](_MAKER, yaml.ScalarNode(f"tag:yaml.org,2002:{kind}", text))
    except (ValueError, KeyError, OverflowError, IndexError):
        return DAMAGED


def _error(error: yaml.YAMLError) -> YamlError:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or type(error).__name__
    return YamlError(f"is not YAML: {reason}", mark.line if mark else 0)
