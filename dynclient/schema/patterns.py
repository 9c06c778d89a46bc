r"""The patterns of a schema: one that an engine cannot take weakens that one check, and nothing else.

What ECMA-262 has and jsonschema-rs refuses is written in another way before: a hyphen behind a class inside brackets, `[\w-.]`, which is a
hyphen (Annex B.1.2) in many published patterns; a reference to a group by its name; `[]` and `[^]`; `\0`; `[\b]`; and a surrogate pair.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from dynclient import lazy

_HYPHEN = lazy.pattern(r"(\\[dDsSwW])-(?=[^\]])")
_GROUP = lazy.pattern(r"\\.|\[(?:[^\]\\]|\\.)*\]|\((?!\?)|\(\?<(\w+)>")
_TOKEN = lazy.pattern(r"\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|\\k<\w+>|\\.|\[\^?\]|.", re.DOTALL)
_SPELLINGS = {"[]": "(?!)", "[^]": r"[\s\S]", r"\0": r"\x00"}


def patterns(schema: Any) -> Iterator[str]:
    """Every pattern of a schema."""
    if isinstance(schema, list):
        for item in schema:
            yield from patterns(item)
    elif isinstance(schema, dict):
        for keyword, value in schema.items():
            if keyword == "pattern" and isinstance(value, str):
                yield value
            elif keyword == "patternProperties" and isinstance(value, dict):
                yield from value
            if keyword not in ("enum", "const"):
                yield from patterns(value)


def usable(schema: Any, takes: Callable[[str], bool], notes: list[str]) -> Any:
    """The schema less the patterns that an engine cannot take.

    Args:
        schema: The schema.
        takes: Whether the engine can take a pattern.
        notes: Gets a line for each pattern that is left out.
    """
    if isinstance(schema, list):
        return [usable(item, takes, notes) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "pattern" and isinstance(value, str):
            taken = _taken(value, takes, notes)
            if taken is not None:
                out[keyword] = taken
        elif keyword == "patternProperties" and isinstance(value, dict):
            rules = {_taken(pattern, takes, notes): usable(rule, takes, notes) for pattern, rule in value.items()}
            out[keyword] = {pattern: rule for pattern, rule in rules.items() if pattern is not None}
            if None in rules:  # which properties they allow is not known, so none is refused for being unknown
                schema = {**schema, "additionalProperties": True}
        elif keyword in ("enum", "const"):
            out[keyword] = value
        else:
            out[keyword] = usable(value, takes, notes)
    if schema.get("additionalProperties") is True and "additionalProperties" in out:
        out["additionalProperties"] = True
    return out


def _taken(pattern: str, takes: Callable[[str], bool], notes: list[str]) -> str | None:
    """The pattern in a spelling that the engine can take; None, and a note, where there is none."""
    hyphened = _HYPHEN.sub(r"\1\\-", pattern)
    found = next(filter(takes, (pattern, hyphened, _respelt(hyphened))), None)
    if found is None:
        notes.append(f"the pattern {pattern!r} is not checked: the engine cannot take it")
    return found


def _respelt(pattern: str) -> str:
    """A pattern less what has another spelling that means the same."""
    names = [found[1] for found in _GROUP.finditer(pattern) if found[0][0] == "("]
    out, in_class = [], False
    for part in _TOKEN.findall(pattern):
        if in_class and part[0] == "[" and len(part) > 1:
            out.append(part)  # a class ends where it seems to begin and end: `[a[]`
            in_class = False
        elif part.startswith("\\k<") and part[3:-1] in names:
            out.append(f"(?:\\{names.index(part[3:-1]) + 1})")
        elif len(part) == 12:
            high, low = int(part[2:6], 16), int(part[8:], 16)
            out.append(f"\\u{{{0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00:X}}}")
        elif in_class and part == r"\b":
            out.append(r"\x08")
        else:
            out.append(_SPELLINGS.get(part, part))
            in_class = part == "[" or (in_class and part != "]")
    return "".join(out)
