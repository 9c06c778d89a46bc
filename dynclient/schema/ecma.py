r"""ECMA-262 regular expressions, the language of `pattern` and `patternProperties` (JSON Schema 2020-12, Core, section 6.4).

jsonschema-rs matches them, for both schema engines and for everything else that reads a pattern. It has two matchers of its own. The linear
one is preferred. The backtracking one knows look-around and references to groups; it gives up after a million steps, which counts as no match.
It has faults (at least up to 0.61: it takes `a` for `a+b?a+`, and any Unicode digit for `\d`), so it gets only the patterns that the linear one
refuses, as `for_backtracking` spells them. `regress` reads the patterns that both refuse, and all of them where jsonschema-rs has no build. It
backtracks without a limit, so it does not get patterns that repeat a repetition. A pattern is compiled once.

jsonschema-rs refuses some of what ECMA-262 allows, so `spellings` writes it in another way: a hyphen after a class inside brackets, `[\w-.]` (a
hyphen by Annex B.1.2, in many published patterns); a reference to a group by its name; `[]` and `[^]`; `\0`; `[\b]`; and a surrogate pair.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from dynclient import lazy

_PART = lazy.pattern(
    r"\\[uxpP]\{[^}]*\}|\\.|\[(?:[^\]\\]|\\.)*\]|\(\?(?:[:=!]|<[=!]|<\w+>)|\{\d+(?:,\d*)?\}|.", re.DOTALL
)
_HYPHEN = lazy.pattern(r"(\\[dDsSwW])-(?=[^\]])")
_GROUP = lazy.pattern(r"\\.|\[(?:[^\]\\]|\\.)*\]|\((?!\?)|\(\?<(\w+)>")
_TOKEN = lazy.pattern(r"\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|\\k<\w+>|\\.|\[\^?\]|.", re.DOTALL)
_ITEM = lazy.pattern(r"\\.|.", re.DOTALL)
#: The members of each class escape (ECMA-262, section 22.2.2.9), as they are written inside brackets.
_SPACES = r"\t-\r \u{A0}\u{1680}\u{2000}-\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}\u{FEFF}"
_NO_SPACES = (
    r"\x00-\x08\x0E-\x1F!-\u{9F}\u{A1}-\u{167F}\u{1681}-\u{1FFF}\u{200B}-\u{2027}\u{202A}-\u{202E}\u{2030}-\u{205E}\u{2060}-\u{2FFF}"
    r"\u{3001}-\u{FEFE}\u{FF00}-\u{10FFFF}"
)
_CLASSES = {
    r"\d": "0-9",
    r"\D": r"\x00-/:-\u{10FFFF}",
    r"\w": "A-Za-z0-9_",
    r"\W": r"\x00-/:-@\x5B-\x5E`\x7B-\u{10FFFF}",
    r"\s": _SPACES,
    r"\S": _NO_SPACES,
}
_WORD, _NO_WORD = "[A-Za-z0-9_]", "(?![A-Za-z0-9_])"
#: The constructs that the backtracking matcher reads by Unicode rules, spelled as ECMA-262 defines them.
_BACKTRACKING = {name: f"[{members}]" for name, members in _CLASSES.items()} | {
    ".": r"[^\n\r\u{2028}\u{2029}]",
    r"\b": rf"(?:(?<={_WORD}){_NO_WORD}|(?<!{_WORD})(?={_WORD}))",
    r"\B": rf"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD}){_NO_WORD})",
}
_SPELLINGS = {"[]": "(?!)", "[^]": r"[\s\S]", r"\0": r"\x00"}


def is_pattern(pattern: str) -> bool:
    """Whether a text is an ECMA-262 regular expression."""
    return _compiled(pattern) is not None


def searches(pattern: str, text: str) -> bool:
    """Whether a pattern matches somewhere in a text; an unreadable one counts as a match, so secrets stay hidden."""
    matches = _compiled(pattern)
    return matches is None or matches(text)


@lru_cache(4096)
def _compiled(pattern: str) -> Callable[[str], bool] | None:
    """Compile a pattern; None when it is not a regular expression, or may take for ever."""
    with contextlib.suppress(ImportError):  # there is no build for this platform
        import jsonschema_rs  # few schemas have patterns that anything but the engine has to read

        for spelling in spellings(pattern):
            with contextlib.suppress(ValueError):
                return jsonschema_rs.Draft202012Validator(
                    {"pattern": spelling}, pattern_options=jsonschema_rs.RegexOptions()
                ).is_valid
            with contextlib.suppress(ValueError):
                return jsonschema_rs.Draft202012Validator({"pattern": for_backtracking(spelling)}).is_valid
    return None if repeats_a_repetition(pattern) else _backtracking(pattern)


def _backtracking(pattern: str) -> Callable[[str], bool] | None:
    """Compile a pattern with `regress`, with Unicode rules if it allows them."""
    import regress  # few patterns need it

    for flags in ("u", ""):
        with contextlib.suppress(regress.RegressError):
            expression = regress.Regex(pattern, flags)
            return lambda text: expression.find(text) is not None
    return None


def repeats_a_repetition(pattern: str) -> bool:
    """Whether a group without a limit on its repetitions holds a repetition or a choice, so that a text may be split in many ways."""
    groups = [False]  # whether each open group, the outermost first, holds one
    closed = False  # whether the group that has just ended does
    for part in _PART.findall(pattern):
        if part[0] == "(":
            groups.append(False)
        elif part == ")" and len(groups) > 1:
            closed = groups.pop()
            groups[-1] = groups[-1] or closed
            continue
        elif part in ("*", "+") or part[0] == "{":
            if closed and (part in ("*", "+") or part.endswith(",}")):
                return True
            groups[-1] = True
        elif part == "|":
            groups[-1] = True
        closed = False
    return False


def spellings(pattern: str) -> Iterator[str]:
    """Yield a pattern, then the other ways to write it."""
    yield pattern
    hyphened = _HYPHEN.sub(r"\1\\-", pattern)
    yield hyphened
    yield _respelt(hyphened)


def for_backtracking(pattern: str) -> str:
    """Spell a pattern so that the backtracking matcher of jsonschema-rs matches what ECMA-262 says.

    Repetitions become lazy, which matches the same texts unless the pattern refers back to a group.
    """
    parts = _PART.findall(pattern)
    refers = any(re.fullmatch(r"\\(?:[1-9]|k)", part) for part in parts)
    out = []
    for part, after in zip(parts, [*parts[1:], ""], strict=True):
        repeats = part in ("+", "*") or (part[0] == "{" and len(part) > 1)
        if part[0] == "[" and len(part) > 1:
            out.append("[" + "".join(_CLASSES.get(item, item) for item in _ITEM.findall(part[1:-1])) + "]")
        else:
            out.append(_BACKTRACKING.get(part, part) + "?" * (repeats and after != "?" and not refers))
    return "".join(out)


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
