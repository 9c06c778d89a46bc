"""Text to plain data: JSON, and YAML by the YAML 1.2 core schema, with limits and with line numbers on demand.

Why our own reading of YAML's scalars: PyYAML reads YAML 1.1, where `no`, `on`, `2026-01-01`, `1_000` and `22:30` become
booleans, dates and numbers. OpenAPI asks for YAML 1.2 (specification, section 4.2), where they are text. PyYAML's parser
is kept (libyaml where it is built); only its events are given their meaning here, in one loop that also counts
depth and size, so that no document can exhaust the stack or the memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import IO, Any, NamedTuple

import yaml

from dynclient import lazy
from dynclient.errors import Problem, SpecError
from dynclient.frozen import dataclass, field

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

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
_TAG = "tag:yaml.org,2002:"


class Limits(NamedTuple):
    """How much a document may take.

    Attributes:
        size: Bytes of text.
        depth: Levels of nesting.
        nodes: Values, with every alias counted as often as it is used.
    """

    size: int = 256 * 1024 * 1024
    depth: int = 200
    nodes: int = 20_000_000


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Source:
    """A document's plain data and where it came from.

    Attributes:
        name: What messages call it: the path, the URL, or `<mapping>`.
        data: The plain data. It is shared, never changed.
        text: The text that it was read from, or None for a mapping.
        path: The file, when it is one.
    """

    name: str
    data: Any
    text: str | None = field(default=None, repr=False)
    path: Path | None = None

    def line(self, tokens: tuple[str | int, ...]) -> int | None:
        """The line (from 1) on which the value at this JSON pointer starts, or None when it is not known."""
        if self.text is None:
            return None
        try:
            node = yaml.compose(self.text, _Loader)
        except yaml.YAMLError:
            return None
        return _line_of(node, tokens)


def read(spec: str | PathLike[str] | bytes | IO[Any] | Mapping[str, Any], limits: Limits = DEFAULT_LIMITS) -> Source:
    """Read a document into plain data.

    Args:
        spec: A path, an open file (text or binary), the text itself as bytes, or a mapping, which is taken as it is.
        limits: How much it may take.

    Raises:
        SpecError: It cannot be read, or is no JSON or YAML; the message has file, line and column.
    """
    if isinstance(spec, Mapping):
        return Source("<mapping>", spec)
    if isinstance(spec, bytes):
        return parse("<bytes>", _decode("<bytes>", spec, limits), limits)
    if isinstance(spec, str | PathLike):
        path = Path(spec)
        return parse(str(path), _decode(str(path), _bytes_of(path), limits), limits, path.absolute())
    name = str(getattr(spec, "name", "<stream>"))
    raw = spec.read()
    return parse(name, raw if isinstance(raw, str) else _decode(name, raw, limits), limits)


def parse(name: str, text: str, limits: Limits = DEFAULT_LIMITS, path: Path | None = None) -> Source:
    """Read text that is JSON or YAML.

    Args:
        name: What messages call it.
        text: The text.
        limits: How much it may take.
        path: The file that it came from.

    Raises:
        SpecError: It is neither, or breaks a limit, or holds a key twice.
    """
    if len(text) > limits.size:
        raise _refuse(name, f"is larger than {limits.size} bytes", keyword="size")
    data = _json(name, text, limits) if text.lstrip()[:1] in ("{", "[") else _NOT_JSON
    if data is _NOT_JSON:
        data = _yaml(name, text, limits)
    return Source(name, data, text, path)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise _refuse(str(path), f"cannot be read: {reason}", keyword="file") from error


def _decode(name: str, raw: bytes, limits: Limits) -> str:
    """Text from bytes by its byte order mark, UTF-8 without one (YAML 1.2, section 5.2)."""
    if len(raw) > limits.size:
        raise _refuse(name, f"is larger than {limits.size} bytes", keyword="size")
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _refuse(name, f"is not {error.encoding} text: {error.reason}", line, keyword="encoding") from error


def _refuse(
    name: str, message: str, line: int | None = None, column: int | None = None, keyword: str = "syntax"
) -> SpecError:
    place = ":".join(str(part) for part in (name, line, column) if part is not None)
    return SpecError(f"cannot read {name}", [Problem("document", (), keyword, f"{place}: {message}")])


_NOT_JSON = object()


def _json(name: str, text: str, limits: Limits) -> Any:
    """Plain data from JSON, or _NOT_JSON when it may still be YAML in flow style."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise _DuplicateKeyError
        return found

    try:
        data = json.loads(text, object_pairs_hook=unique)
    except _DuplicateKeyError:
        return _NOT_JSON  # the YAML reader names the line
    except RecursionError:
        raise _refuse(name, f"is nested deeper than {limits.depth} levels", keyword="depth") from None
    except json.JSONDecodeError as error:
        if name.endswith(".json"):
            raise _refuse(name, error.msg, error.lineno, error.colno) from error
        return _NOT_JSON
    except ValueError as error:
        raise _refuse(name, f"holds a number that is too long: {error}", keyword="size") from None
    _limit(name, data, limits)
    return data


def _limit(name: str, data: Any, limits: Limits) -> None:
    """Refuse data that is nested too deeply or too large, level by level."""
    level, nodes = [data], 0
    for depth in range(limits.depth + 2):
        level = [
            item
            for holder in level
            for item in (holder.values() if type(holder) is dict else holder if type(holder) is list else ())
        ]
        nodes += len(level)
        if nodes > limits.nodes:
            raise _refuse(name, f"holds more than {limits.nodes} values", keyword="size")
        if not level:
            return
        if depth >= limits.depth:
            raise _refuse(name, f"is nested deeper than {limits.depth} levels", keyword="depth")


class _DuplicateKeyError(Exception):
    pass


def _yaml(name: str, text: str, limits: Limits) -> Any:
    try:
        return _Builder(name, limits).build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = error.problem or error.context or "is no YAML"
        at = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise _refuse(name, message, *at) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _refuse(name, f"holds a character that YAML does not allow: {error.reason}", line) from error


class _Builder:
    """YAML events to plain data, with an explicit stack."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open_anchors: set[str] = set()
        self.nodes = 0

    def build(self, text: str) -> Any:
        result: Any = None
        documents = 0
        # One frame per open collection: the container, its pending key, its anchor, the node count at its start.
        stack: list[tuple[Any, str | None, int]] = []
        keys: list[Any] = []
        events: Iterator[Any] = yaml.parse(text, _Loader)
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
                value, anchor, before = stack.pop()
                keys.pop()
                if _MERGE in value:
                    self._merge(value, event)
                if anchor is not None:
                    self.open_anchors.discard(anchor)
                    self.anchors[anchor] = (value, self.nodes - before)
            elif kind is yaml.AliasEvent:
                value = self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise self._error("a second YAML document starts here; one file holds one", event)
                continue
            else:
                continue
            self._count(event)
            if kind is yaml.ScalarEvent and event.anchor is not None:
                self.anchors[event.anchor] = (value, 1)
            if stack:
                self._add(stack[-1][0], keys, value, event)
            else:
                result = value
        return result

    def _open(self, event: Any, stack: list[Any], keys: list[Any]) -> None:
        if stack and keys[-1] is _NO_KEY:
            raise self._error("a key must be a scalar", event)
        if len(stack) >= self.limits.depth:
            raise self._error(f"nested deeper than {self.limits.depth} levels", event, "depth")
        if event.tag is not None and event.tag not in (f"{_TAG}map", f"{_TAG}seq", "!"):
            raise self._error(f"the tag {event.tag} has no meaning in JSON", event, "tag")
        mapping = type(event) is yaml.MappingStartEvent
        if event.anchor is not None:
            self.open_anchors.add(event.anchor)
        stack.append(({} if mapping else [], event.anchor, self.nodes))
        keys.append(_NO_KEY if mapping else None)

    def _add(self, container: Any, keys: list[Any], value: Any, event: Any) -> None:
        if type(container) is list:
            container.append(value)
        elif keys[-1] is _NO_KEY:
            if value is not _MERGE and not isinstance(value, str):
                raise self._error("a key must be a scalar", event)
            if value in container:
                shown = '"<<"' if value is _MERGE else json.dumps(value)
                raise self._error(f"the key {shown} stands here a second time", event, "duplicate key")
            keys[-1] = value
        else:
            container[keys[-1]] = value
            keys[-1] = _NO_KEY

    def _merge(self, container: dict[Any, Any], event: Any) -> None:
        """Merge keys are no part of YAML 1.2, but published documents use them and nobody calls a key `<<`."""
        value = container.pop(_MERGE)
        for mapping in value if isinstance(value, list) else [value]:
            if not isinstance(mapping, dict):
                raise self._error("the merge key << takes a mapping or a list of mappings", event)
            for key, item in mapping.items():
                container.setdefault(key, item)

    def _alias(self, event: Any) -> Any:
        if event.anchor in self.open_anchors:
            raise self._error(f"the alias *{event.anchor} stands inside its own anchor", event, "alias")
        if event.anchor not in self.anchors:
            raise self._error(f"the alias *{event.anchor} has no anchor", event, "alias")
        value, size = self.anchors[event.anchor]
        self.nodes += size
        return value

    def _count(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            raise self._error(f"more than {self.limits.nodes} values, aliases counted", event, "size")

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        tag = event.tag
        if _too_long(text) and tag is None and event.implicit[0]:
            raise self._error("a number of more than 4300 digits", event, "size")
        if tag is None:
            return _plain_scalar(text) if event.implicit[0] else text
        if tag in (f"{_TAG}str", "!"):
            return text
        if tag in (f"{_TAG}int", f"{_TAG}float", f"{_TAG}bool", f"{_TAG}null"):
            value = _plain_scalar(text)
            if not isinstance(value, str):
                return value
        raise self._error(f"{text!r} with the tag {tag} has no meaning in JSON", event, "tag")

    def _error(self, message: str, event: Any, keyword: str = "syntax") -> SpecError:
        mark = event.start_mark
        return _refuse(self.name, message, mark.line + 1, mark.column + 1, keyword)


_NO_KEY = object()
_MERGE = object()


def _plain_scalar(text: str) -> Any:
    """The value of an untagged plain scalar by the core schema (YAML 1.2, section 10.3.2)."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INT.match(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    return float(text) if _FLOAT.match(text) else text


def _too_long(text: str) -> bool:
    """Whether a text is a number of more digits than Python reads."""
    return len(text) > _MAX_DIGITS and _INT.match(text) is not None


def _line_of(node: Any, tokens: tuple[str | int, ...]) -> int | None:
    line: int | None = node.start_mark.line + 1 if node is not None else None
    for token in tokens:
        if isinstance(node, yaml.SequenceNode) and str(token).isdigit() and int(token) < len(node.value):
            node = node.value[int(token)]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(token)]
            if not found:
                return line
            key, node = found[0]
            line = key.start_mark.line + 1
        else:
            return line
    return line
