"""The outline of a file from its first bytes: which syntax it is in, and the beginning of its first value.

The kind of a recording is found by it, so nothing here may fail, whatever the bytes are and wherever they are cut.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Literal, NamedTuple

from dynclient.traffic.yamlevents import begun, yaml_text

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?=[\s,\]}])")
#: What JSON has that breaks at once and YAML in flow style mostly has not.
_MEMBER = re.compile(r'"[ \t\r\n]*:')
#: Nesting below this is of no interest, and a limit for files that nest without end.
_DEEPEST = 12

_scan_text: Callable[[str, int], tuple[str, int]] = json.decoder.scanstring  # type: ignore[attr-defined]


class Sketch(NamedTuple):
    """The outline of a file.

    Attributes:
        syntax: `json` for one value, `lines` for JSON values one after another, `yaml`, or `other`.
        value: The beginning of the first value: what follows the cut is missing from it. None in `other`.
        head: The first bytes.
    """

    syntax: Literal["json", "lines", "yaml", "other"]
    value: Any
    head: bytes

    def at(self, *tokens: str | int) -> Any:
        """Return what is found in the value under these keys and indices; None if there is nothing.

        >>> Sketch("json", {"log": {"entries": [{"request": {}}]}}, b"").at("log", "entries", 0, "request")
        {}
        """
        found = self.value
        for token in tokens:
            if isinstance(found, dict):
                found = found.get(token)
            elif isinstance(found, list) and isinstance(token, int) and token < len(found):
                found = found[token]
            else:
                return None
        return found

    def mentions(self, name: str) -> bool:
        r"""Whether the first bytes have a key of this name, even where they are broken.

        >>> Sketch("yaml", None, b"- request:\\n    uri: http://h").mentions("uri")
        True
        """
        return re.search(rf"""(?<![\w\\]){name}["']?[ \t]*:""".encode(), self.head) is not None


def sketch(head: bytes) -> Sketch:
    """Return the outline of a file that begins with these bytes, of which the last may be cut."""
    text = yaml_text(head)
    start = _SPACE.match(text).end()  # type: ignore[union-attr]
    if text[start : start + 1] in ("{", "["):
        value, end = _begun_json(text, start)
        if value or end is not None or _MEMBER.search(text):
            rest = "" if end is None else text[end:].strip()
            return Sketch("lines" if rest.startswith("{") else "json", value, head)
    value = begun(text)
    return Sketch("yaml" if isinstance(value, dict | list) else "other", value, head)


def _begun_json(text: str, start: int) -> tuple[Any, int | None]:
    """Return the beginning of a JSON value, and where it ends; None if it is cut or broken."""
    found: list[Any] = [None]
    end = None
    with suppress(ValueError, IndexError, StopIteration):
        end = _value(text, start, partial(found.__setitem__, 0), 0)
    return found[0], end


def _value(text: str, start: int, keep: Callable[[Any], object], depth: int) -> int:
    """Read a value, hand it on before its members are read, and return where it ends."""
    sign = text[start]
    if sign == '"':
        value, end = _scan_text(text, start + 1)
        keep(value)
        return end
    if sign not in "{[":
        found = _SCALAR.match(text, start)
        if found is None:
            raise ValueError
        keep(json.loads(found[0]))
        return found.end()
    if depth > _DEEPEST:
        raise ValueError
    return _members(text, start + 1, keep, depth) if sign == "{" else _items(text, start + 1, keep, depth)


def _members(text: str, start: int, keep: Callable[[Any], object], depth: int) -> int:
    members: dict[str, Any] = {}
    keep(members)
    place = _after_space(text, start)
    if text[place] == "}":
        return place + 1
    while True:
        if text[place] != '"':
            raise ValueError
        name, place = _scan_text(text, place + 1)
        place = _after_space(text, place)
        if text[place] != ":":
            raise ValueError
        members[name] = None  # the name counts, even if its value is cut
        place = _value(text, _after_space(text, place + 1), partial(members.__setitem__, name), depth + 1)
        place = _after_space(text, place)
        if text[place] == "}":
            return place + 1
        if text[place] != ",":
            raise ValueError
        place = _after_space(text, place + 1)


def _items(text: str, start: int, keep: Callable[[Any], object], depth: int) -> int:
    items: list[Any] = []
    keep(items)
    place = _after_space(text, start)
    if text[place] == "]":
        return place + 1
    while True:
        place = _after_space(text, _value(text, place, items.append, depth + 1))
        if text[place] == "]":
            return place + 1
        if text[place] != ",":
            raise ValueError
        place = _after_space(text, place + 1)


def _after_space(text: str, start: int) -> int:
    return _SPACE.match(text, start).end()  # type: ignore[union-attr]
