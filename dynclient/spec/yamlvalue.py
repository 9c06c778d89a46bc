"""YAML text to plain data by the YAML 1.2 core schema.

PyYAML reads YAML 1.1, where `no`, `on`, `2026-01-01`, `1_000` and `22:30` become booleans, dates and numbers. OpenAPI asks for YAML 1.2
(specification, section 4.2), where they are text. So this module uses only PyYAML's parser (libyaml where it is built) and interprets
the events itself, in one loop that also counts depth and size: no document can exhaust the stack or the memory. The loop takes a third
of the time of PyYAML's own C loader.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

from dynclient import lazy
from dynclient.spec.jsonvalue import Limits, Unreadable

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_INT = lazy.pattern(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = lazy.pattern(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_MAX_DIGITS = 4300
_TOO_DEEP, _LIBYAML_DEPTH = "maximum nesting depth", 1000
_TAG = "tag:yaml.org,2002:"


def from_yaml(text: str, limits: Limits) -> tuple[Any, int]:
    """Read YAML.

    Args:
        text: The text.
        limits: Limits on the data.

    Returns:
        The plain data, and how many characters the text would grow by if its aliases were written out.

    Raises:
        Unreadable: The text is not YAML, exceeds a limit, or contains a duplicate key.
    """
    builder = _Builder(limits)
    try:
        return builder.build(text), builder.repeated
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = error.problem or error.context or "is not YAML"
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        if _TOO_DEEP not in message:
            raise Unreadable(message, line, column) from error
        depth = min(limits.depth, _LIBYAML_DEPTH)  # libyaml looks ahead, and may reach its own limit first
        limit = "depth" if depth < _LIBYAML_DEPTH else ""
        raise Unreadable(f"nested deeper than {depth} levels", line, column, "depth", limit) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable(f"contains a character that YAML does not allow: {error.reason}", line) from error
    except UnicodeEncodeError as error:  # only in a text that was never bytes
        line = text.count("\n", 0, error.start) + 1
        raise Unreadable(f"contains an unpaired surrogate (U+{ord(text[error.start]):04X})", line) from error


class _Builder:
    """Turns YAML events into plain data, with an explicit stack."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.anchors: dict[str, tuple[Any, int, int]] = {}
        self.repeated = 0  # characters
        self.open_anchors: set[str] = set()
        self.nodes = 0

    def build(self, text: str) -> Any:
        result: Any = None
        documents = 0
        # One frame per open collection: the container, its anchor, the node count and the characters at its start.
        stack: list[tuple[Any, str | None, int, int]] = []
        keys: list[Any] = []
        events: Iterator[Any] = yaml.parse(text, LOADER)
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                is_key = bool(stack) and keys[-1] is _NO_KEY
                value = event.value if is_key else self._scalar(event)
                if is_key and value == "<<" and event.implicit[0]:
                    value = _MERGE
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._open(event, stack, keys)
                continue
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                value, anchor, before, begun = stack.pop()
                keys.pop()
                if _MERGE in value:
                    self._merge(value, event)
                if anchor is not None:
                    self.open_anchors.discard(anchor)
                    self.anchors[anchor] = (value, self.nodes - before, event.end_mark.index + self.repeated - begun)
            elif kind is yaml.AliasEvent:
                value = self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise self._error("a second YAML document starts here; a file may contain only one", event)
                continue
            else:
                continue
            self._count(event)
            if kind is yaml.ScalarEvent and event.anchor is not None:
                self.anchors[event.anchor] = (value, 1, len(event.value))
            if stack:
                self._add(stack[-1][0], keys, value, event)
            else:
                result = value
        return result

    def _open(self, event: Any, stack: list[Any], keys: list[Any]) -> None:
        if stack and keys[-1] is _NO_KEY:
            raise self._error("a key must be a scalar", event)
        if len(stack) >= self.limits.depth:
            raise self._error(f"nested deeper than {self.limits.depth} levels", event, "depth", "depth")
        if event.tag is not None and event.tag not in (f"{_TAG}map", f"{_TAG}seq", "!"):
            raise self._error(f"the tag {event.tag} has no meaning in JSON", event, "tag")
        mapping = type(event) is yaml.MappingStartEvent
        if event.anchor is not None:
            self.open_anchors.add(event.anchor)
        begun = event.start_mark.index + self.repeated
        stack.append(({} if mapping else [], event.anchor, self.nodes, begun))
        keys.append(_NO_KEY if mapping else None)

    def _add(self, container: Any, keys: list[Any], value: Any, event: Any) -> None:
        if type(container) is list:
            container.append(value)
        elif keys[-1] is _NO_KEY:
            if value is not _MERGE and not isinstance(value, str):
                raise self._error("a key must be a scalar", event)
            if value in container:
                shown = '"<<"' if value is _MERGE else json.dumps(value)
                raise self._error(f"duplicate key {shown}", event, "duplicate key")
            keys[-1] = value
        else:
            container[keys[-1]] = value
            keys[-1] = _NO_KEY

    def _merge(self, container: dict[Any, Any], event: Any) -> None:
        """Apply a merge key: YAML 1.2 has none, but published documents use them and nobody names a key `<<`."""
        value = container.pop(_MERGE)
        for mapping in value if isinstance(value, list) else [value]:
            if not isinstance(mapping, dict):
                raise self._error("the merge key << takes a mapping or a list of mappings", event)
            for key, item in mapping.items():
                container.setdefault(key, item)

    def _alias(self, event: Any) -> Any:
        if event.anchor in self.open_anchors:
            raise self._error(f"the alias *{event.anchor} is inside its own anchor", event, "alias")
        if event.anchor not in self.anchors:
            raise self._error(f"the alias *{event.anchor} has no anchor before it", event, "alias")
        value, size, length = self.anchors[event.anchor]
        self.nodes += size
        self.repeated += length
        return value

    def _count(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            raise self._error(
                f"more than {self.limits.nodes} values (an alias counts as often as it is used)",
                event,
                "size",
                "nodes",
            )

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        tag = event.tag
        if _too_long(text) and tag is None and event.implicit[0]:
            raise self._error("a number with more than 4300 digits", event, "size")
        if tag is None:
            return _plain_scalar(text) if event.implicit[0] else text
        if tag in (f"{_TAG}str", "!"):
            return text
        if tag in (f"{_TAG}int", f"{_TAG}float", f"{_TAG}bool", f"{_TAG}null"):
            value = _plain_scalar(text)
            if not isinstance(value, str):
                return value
        raise self._error(f"{text!r} with the tag {tag} has no meaning in JSON", event, "tag")

    def _error(self, message: str, event: Any, keyword: str = "syntax", limit: str = "") -> Unreadable:
        mark = event.start_mark
        return Unreadable(message, mark.line + 1, mark.column + 1, keyword, limit)


_NO_KEY = object()
_MERGE = object()


def _plain_scalar(text: str) -> Any:
    """Resolve an untagged plain scalar by the core schema (YAML 1.2, section 10.3.2)."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INT.match(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    return float(text) if _FLOAT.match(text) else text


def _too_long(text: str) -> bool:
    """Whether a text is a number with more digits than Python reads."""
    return len(text) > _MAX_DIGITS and _INT.match(text) is not None
