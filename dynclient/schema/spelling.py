"""Example texts for patterns, made from the tree of Python's own parser."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterable
from functools import lru_cache
from re import _parser  # type: ignore[attr-defined]  # the standard library's own parser of patterns
from typing import Any

from dynclient.schema.ecma import searches
from dynclient.schema.flat import ExampleError

#: Some characters of each Unicode category and POSIX class, which Python's patterns do not have.
_CLASSES = {
    "L": "a-z",
    "Lu": "A-Z",
    "Ll": "a-z",
    "N": "0-9",
    "Nd": "0-9",
    "Z": " ",
    "Zs": " ",
    "P": "._",
    "S": "+=",
    "M": "a",
}
_PROPERTY = re.compile(r"\\([pP])\{(?:Is)?(\w+)\}")
_LOOSE_HYPHEN = re.compile(r"(\\[wds])-(?=[^\]])")

_PRINTABLE = string.ascii_letters + string.digits + "-_.~ !#$%&'()*+,/:;<=>?@[\\]^`{|}\""
#: How many parts of patterns are spelled for one text.
_ROOM = 100_000
_CATEGORIES = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_NOT_DIGIT": string.ascii_letters,
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": string.ascii_letters,
    "CATEGORY_WORD": string.ascii_letters + string.digits + "_",
    "CATEGORY_NOT_WORD": "-. ",
}


class Speller:
    """Makes texts that patterns accept.

    Args:
        rng: Makes the choices.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._room = _ROOM

    def fitting(self, pattern: str, low: int, high: float) -> str:
        """Return a text that a pattern accepts, of a length between the bounds if possible."""
        try:
            parsed = _parsed(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            raise ExampleError(f"cannot read the pattern {pattern!r}") from error
        text = ""
        for more in (1, 3, 3, 8, 8, 20, 20, 40, 80, 160, 400, 0, 0):
            text = self._text(parsed, more)
            if len(text) < low and not pattern.endswith("$"):
                text += "a" * (low - len(text))
            candidates = [text]
            if "(?=" in pattern:  # usually the signs that a password needs, or the characters of the whole
                candidates += [self._of_every_kind(low, high), "".join(self._looked_ahead(parsed))]
            for text in candidates:
                if low <= len(text) <= high and searches(pattern, text):
                    return text
        return self._of_length(parsed, low, high) or text

    def _text(self, parsed: Any, more: int, *, exactly: bool = False) -> str:
        """Return a text that a parsed pattern accepts; it is cut off where repetitions of repetitions make it too long."""
        self._room = _ROOM
        return "".join(self._spell(parsed, more, exactly=exactly))

    def _of_every_kind(self, low: int, high: float) -> str:
        """Return a text with a letter of each case, a digit and a sign."""
        length = int(min(max(low, self._rng.randint(4, 16)), high))
        return ("Aa1" + self._rng.choice("!-_@$#") + "".join(self._rng.choices(string.ascii_letters, k=length)))[
            :length
        ]

    def _looked_ahead(self, parsed: Any) -> Iterable[str]:
        """Yield the text up to the first look-ahead and the text of that, which the rest of a pattern often only splits."""
        for token, argument in parsed:
            if str(token) == "ASSERT" and argument[0] == 1:
                yield from self._spell(argument[1], 3)
                return
            yield from self._spell([(token, argument)], 3)

    def _of_length(self, parsed: Any, low: int, high: float) -> str:
        """Return a text with repetitions long enough for its bounds, or "" if no number of them fits."""
        shortest = len(self._text(parsed, 0))
        for repetitions in range(1, 5):
            text = self._text(parsed, max(0, -(-(low - shortest) // repetitions)), exactly=True)
            if low <= len(text) <= high:
                return text
        return ""

    def _spell(self, tokens: Iterable[Any], more: int, *, exactly: bool = False) -> Iterable[str]:
        """Yield characters that a parsed pattern accepts; look-around is left to the validation that follows."""
        for token, argument in tokens:
            self._room -= 1
            if self._room < 0:
                return
            match str(token):
                case "LITERAL":
                    yield chr(argument)
                case "NOT_LITERAL":
                    yield "a" if argument != ord("a") else "b"
                case "ANY":
                    yield "a"
                case "IN":
                    yield self._one_of(argument)
                case "BRANCH":
                    yield from self._spell(self._rng.choice(argument[1]), more, exactly=exactly)
                case "SUBPATTERN":
                    yield from self._spell(argument[3], more, exactly=exactly)
                case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                    low, high, inner = argument
                    most = min(high, low + more)
                    for _ in range(min(most if exactly else self._rng.randint(low, most), self._room)):
                        yield from self._spell(inner, more, exactly=exactly)
                case "CATEGORY":
                    yield self._one_of([(token, argument)])
                case _:
                    continue

    def _one_of(self, members: list[Any]) -> str:
        pool = _pool(tuple(members))
        if not pool:
            raise ExampleError("a character class is empty")
        return self._rng.choice(pool)


@lru_cache(1024)
def _pool(members: tuple[Any, ...]) -> list[str]:
    """Return the characters that a class of a parsed pattern allows."""
    allowed = {char for member in members for char in _characters(*member)}
    if str(members[0][0]) == "NEGATE":
        return [char for char in _PRINTABLE if char not in allowed]
    return sorted(allowed)


@lru_cache(1024)
def _parsed(pattern: str) -> Any:
    """Parse a pattern; a document repeats the same few."""
    return _parser.parse(_pythonic(pattern))


def _characters_of(sign: str, name: str) -> str:
    """Return characters that have a Unicode property, or with a capital P characters that do not."""
    if sign == "p":
        return _CLASSES.get(name, "a-z")
    return "0-9" if name.startswith("L") else "a-z"


def _pythonic(pattern: str) -> str:
    """Rewrite an ECMA-262 pattern for Python; the two may differ in rare texts, which are validated anyway."""
    out, depth = [], 0
    for part in re.split(r"(\\[pP]\{\w+\}|\\.|\[|\])", _LOOSE_HYPHEN.sub(r"\1\\-", pattern)):
        found = _PROPERTY.fullmatch(part)
        depth += (part == "[" and not depth) - (part == "]" and bool(depth))
        characters = _characters_of(*found.groups()) if found else part
        out.append(f"[{characters}]" if found and not depth else characters)
    return (
        "".join(out).replace("(?<", "(?P<")
        if "(?<" in pattern and not re.search(r"\(\?<[=!]", pattern)
        else "".join(out)
    )


def _characters(token: Any, argument: Any) -> Iterable[str]:
    match str(token):
        case "LITERAL":
            return chr(argument)
        case "RANGE":
            return [chr(code) for code in range(argument[0], min(argument[1], argument[0] + 200) + 1)]
        case "CATEGORY":
            return _CATEGORIES.get(str(argument), "")
    return ""
