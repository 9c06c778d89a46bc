r"""ECMA-262 regular expressions, the language of `pattern` and `patternProperties` (JSON Schema 2020-12, Core, section 6.4).

`regress` reads them where Python's own `re` would read something else; a pattern is compiled once. jsonschema-rs refuses some of what
ECMA-262 allows, so `spellings` writes it in another way: a hyphen after a class inside brackets, `[\w-.]` (a hyphen by Annex B.1.2, in
many published patterns); a reference to a group by its name; `[]` and `[^]`; `\0`; `[\b]`; and a surrogate pair.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from dynclient import lazy

_HYPHEN = lazy.pattern(r"(\\[dDsSwW])-(?=[^\]])")
_GROUP = lazy.pattern(r"\\.|\[(?:[^\]\\]|\\.)*\]|\((?!\?)|\(\?<(\w+)>")
_TOKEN = lazy.pattern(r"\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|\\k<\w+>|\\.|\[\^?\]|.", re.DOTALL)
_SPELLINGS = {"[]": "(?!)", "[^]": r"[\s\S]", r"\0": r"\x00"}


def is_pattern(pattern: str) -> bool:
    """Whether a text is an ECMA-262 regular expression."""
    return _compiled(pattern) is not None


def searches(pattern: str, text: str) -> bool:
    """Whether a pattern matches somewhere in a text; an unreadable one counts as a match, so secrets stay hidden."""
    expression = _compiled(pattern)
    return expression is None or expression.find(text) is not None


@cache
def _compiled(pattern: str) -> Any:
    """Compile a pattern, with Unicode rules if it allows them; None when it is not a regular expression."""
    import regress  # few schemas have patterns that anything but the engine has to read

    for flags in ("u", ""):
        try:
            return regress.Regex(pattern, flags)
        except regress.RegressError:
            continue
    return None


def spellings(pattern: str) -> Iterator[str]:
    """Yield a pattern, then the other ways to write it."""
    yield pattern
    hyphened = _HYPHEN.sub(r"\1\\-", pattern)
    yield hyphened
    yield _respelt(hyphened)


def _respelt(pattern: str) -> str:
    """Replace every construct that has another spelling of the same meaning."""
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
