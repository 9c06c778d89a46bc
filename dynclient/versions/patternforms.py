r"""Patterns in a normal form: two patterns with equal ones match the same texts.

    ^\d{1,}$    ^[0-9]+$    ^(?:[0-9][0-9]*)$    ^(0|[1-9]|\d)+$        one form
    a.*         a                                                       one form: a pattern matches anywhere in a text

What stands in a form is a set of characters, a choice, a repetition, or something that is kept as it is written. A pattern with a reference to a
group, or that this module cannot read, is its own form; so two forms that differ prove nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from math import inf
from typing import Any

#: A part of a pattern: its kind, and what that kind holds. Parts are compared and sorted by what they hold.
PatternPart = tuple[Any, ...]

_LAST = 0x10FFFF
_SETS = {"d": ((48, 57),), "w": ((48, 57), (65, 90), (95, 95), (97, 122))}
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "0": 0}
_BEGIN, _END = ("kept", "^"), ("kept", "$")
_EMPTY: PatternPart = ("all",)
_ANYTHING: PatternPart = ("set", ((0, _LAST),), ())
_QUANTIFIER = re.compile(r"(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??")
_CODE = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|c([A-Za-z])")
_TIMES = {"*": (0, inf), "+": (1, inf), "?": (0, 1)}
#: How many choices of a pattern are looked at one by one.
_MOST_ROWS = 100
#: What may be escaped to stand for itself.
_SYNTAX = frozenset("^$\\.*+?()[]{}|/-")


class _UnreadError(ValueError):
    """This module does not know what a pattern means."""


@lru_cache(4096)
def pattern_form(pattern: str) -> PatternPart | None:
    """Return the normal form of a pattern; None for one that matches every text."""
    try:
        choices = [_trimmed(each) for each in _Reader(pattern).choices()]
    except (_UnreadError, RecursionError):
        return ("written", pattern)
    form = _one_of(choices)
    return None if _EMPTY in choices or form == _EMPTY else form


def implies(pattern: str, other: str) -> bool:
    """Whether every text that a pattern matches is certainly matched by another one: each of its rows of parts asks at least as much as one there."""
    form, wider = pattern_form(pattern), pattern_form(other)
    if form == wider or wider is None:
        return True
    return form is not None and all(any(_row_implies(ours, theirs) for theirs in _rows(wider)) for ours in _rows(form))


def shortest(pattern: str) -> int:
    """Return the least length of the texts that a pattern matches, as far as it is known."""
    form = pattern_form(pattern)
    return 0 if form is None else _least(form)


def _least(part: PatternPart) -> int:
    if part[0] == "set":
        return 1
    if part[0] == "all":
        return sum(map(_least, part[1:]))
    if part[0] == "any":
        return min(map(_least, part[1:]))
    return int(part[2]) * _least(part[1]) if part[0] == "repeat" else 0


def _rows(form: PatternPart) -> list[tuple[PatternPart, ...]]:
    """Return a pattern without its choices: the rows of parts of which it matches one; with many choices, itself."""
    rows: list[tuple[PatternPart, ...]] = [()]
    for item in _items(form):
        choices = [row for each in item[1:] for row in _rows(each)] if item[0] == "any" else [(item,)]
        rows = [_items(_in_a_row([*row, *choice])) for row in rows for choice in choices]
        if len(rows) > _MOST_ROWS:
            return [_items(form)]
    return rows


def _row_implies(ours: tuple[PatternPart, ...], theirs: tuple[PatternPart, ...]) -> bool:
    if not theirs:
        return True
    is_open = theirs[-1] != _END
    if theirs[0] != _BEGIN or len(ours) < len(theirs) or (len(ours) > len(theirs) and not is_open):
        return False
    last = len(theirs) - 1
    pairs = enumerate(zip(ours, theirs, strict=False))
    return all(_is_within(own, their, more=is_open and at == last) for at, (own, their) in pairs)


def _is_within(part: PatternPart, other: PatternPart, *, more: bool) -> bool:
    """Whether a part matches only what another one does; `more` says that any more of it may follow."""
    if part == other:
        return True
    (own, low, high), (their, least, most) = _counted(part), _counted(other)
    is_set = own[0] == their[0] == "set" and {*own[2]} <= {*their[2]} and _is_disjoint(own[1], _others(their[1]))
    return (own == their or is_set) and low >= least and (high <= most or more)


def are_apart(pattern: str, other: str) -> bool:
    """Whether certainly no text matches two patterns: both say how it begins, in different ways."""
    beginnings = [_beginning(pattern_form(each)) for each in (pattern, other)]
    return any(_is_disjoint(ours[1], theirs[1]) for ours, theirs in zip(*beginnings, strict=False))


def _beginning(form: PatternPart | None) -> list[PatternPart]:
    """Return the sets of characters with which each text begins that a pattern matches."""
    items = _items(form) if form is not None else ()
    found: list[PatternPart] = []
    for item in items[1:] if items[:1] == (_BEGIN,) else ():
        base, low, high = _counted(item)
        if base[0] != "set" or base[2] or low == 0:
            break
        found += [base] * min(low, 20)
        if low != high:
            break
    return found


def _is_disjoint(ours: Iterable[tuple[int, int]], theirs: Iterable[tuple[int, int]]) -> bool:
    return all(first[1] < second[0] or second[1] < first[0] for first in ours for second in theirs)


class _Reader:
    """Reads a pattern into parts."""

    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0

    def choices(self) -> list[PatternPart]:
        """Return the alternatives of the whole pattern."""
        found = self._alternatives()
        if self._at < len(self._text):
            raise _UnreadError
        return found

    def _takes(self, text: str) -> bool:
        found = self._text.startswith(text, self._at)
        self._at += len(text) if found else 0
        return found

    def _next(self) -> str:
        if self._at >= len(self._text):
            raise _UnreadError
        self._at += 1
        return self._text[self._at - 1]

    def _alternatives(self) -> list[PatternPart]:
        found = [self._sequence()]
        while self._takes("|"):
            found.append(self._sequence())
        return found

    def _sequence(self) -> PatternPart:
        items: list[PatternPart] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            item = self._atom()
            quantifier = _QUANTIFIER.match(self._text, self._at)
            if quantifier is not None:
                if item[0] in ("kept", "look"):
                    raise _UnreadError
                self._at = quantifier.end()
                item = _repeated(item, *_times(quantifier))
            items.append(item)
        return _in_a_row(items)

    def _atom(self) -> PatternPart:
        sign = self._next()
        if sign == "(":
            return self._group()
        if sign == "[":
            return self._class()
        if sign == "\\":
            return self._escape()
        if sign in "^$":
            return ("kept", sign)
        if sign == ".":  # which characters end a line is said differently by engines
            return ("set", (), (".",))
        if sign in "*+?{}])":
            raise _UnreadError
        return _character(ord(sign))

    def _group(self) -> PatternPart:
        kind = next((each for each in ("?:", "?=", "?!", "?<=", "?<!") if self._takes(each)), "")
        if not kind and self._takes("?"):
            raise _UnreadError
        inner = _one_of(self._alternatives())
        if not self._takes(")"):
            raise _UnreadError
        return inner if kind in ("", "?:") else ("look", kind, inner)

    def _escape(self) -> PatternPart:
        """Read a set of characters after a backslash."""
        code = _CODE.match(self._text, self._at)
        if code is not None:
            self._at = code.end()
            number = ord(code[4]) % 32 if code[4] else int(code[1] or code[2] or code[3], 16)
            if 0xD800 <= number <= 0xDFFF or number > _LAST:
                raise _UnreadError
            return _character(number)
        sign = self._next()
        if sign.lower() in _SETS:
            ranges = _SETS[sign.lower()]
            return ("set", ranges if sign.islower() else _others(ranges), ())
        if sign in ("s", "S"):
            return ("set", (), ("\\" + sign,))
        if sign in _CONTROLS and not (sign == "0" and self._text[self._at : self._at + 1].isdigit()):
            return _character(_CONTROLS[sign])
        if sign not in _SYNTAX:
            raise _UnreadError
        return _character(ord(sign))

    def _class(self) -> PatternPart:
        is_negated = self._takes("^")
        sets: list[PatternPart] = []
        while not self._takes("]"):
            low = self._member()
            if self._text.startswith("-", self._at) and not self._text.startswith("-]", self._at):
                self._at += 1
                high = self._member()
                ends = _code_of(low), _code_of(high)
                if ends[0] > ends[1]:
                    raise _UnreadError
                low = ("set", (ends,), ())
            sets.append(low)
        found = _union(sets)
        if not is_negated:
            return found
        return ("set", _others(found[1]), ()) if not found[2] else ("set", (), (f"^{found[1:]}",))

    def _member(self) -> PatternPart:
        sign = self._next()
        if sign != "\\":
            return _character(ord(sign))
        return _character(8) if self._takes("b") else self._escape()


def _times(quantifier: re.Match[str]) -> tuple[int, float]:
    if quantifier[1]:
        return _TIMES[quantifier[1]]
    low = int(quantifier[2])
    return low, low if not quantifier[3] else int(quantifier[4]) if quantifier[4] else inf


def _character(code: int) -> PatternPart:
    return ("set", ((code, code),), ())


def _code_of(part: PatternPart) -> int:
    if len(part[1]) != 1 or part[1][0][0] != part[1][0][1] or part[2]:
        raise _UnreadError
    code: int = part[1][0][0]
    return code


def _union(sets: list[PatternPart]) -> PatternPart:
    """Return the characters of any of some sets."""
    kept = tuple(sorted({name for each in sets for name in each[2]}))
    if {"\\s", "\\S"} <= {*kept}:
        return _ANYTHING
    merged: list[tuple[int, int]] = []
    for low, high in sorted(each for part in sets for each in part[1]):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return ("set", tuple(merged), kept if merged != [(0, _LAST)] else ())


def _others(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return the characters that are in none of some ranges, which are in order."""
    found, begin = [], 0
    for low, high in ranges:
        if begin < low:
            found.append((begin, low - 1))
        begin = high + 1
    return (*found, (begin, _LAST)) if begin <= _LAST else tuple(found)


def _items(part: PatternPart) -> tuple[PatternPart, ...]:
    """Return what stands one after the other in a part."""
    return tuple(part[1:]) if part[0] == "all" else (part,)


def _counted(part: PatternPart) -> tuple[PatternPart, int, float]:
    """Return what a part repeats, and how often; anything else is there once."""
    return (part[1], part[2], part[3]) if part[0] == "repeat" else (part, 1, 1)


def _in_a_row(parts: Iterable[PatternPart]) -> PatternPart:
    """Return parts one after the other; equal ones beside each other are a repetition."""
    found: list[PatternPart] = []
    for item in (item for part in parts for item in _items(part)):
        if found and item[0] not in ("kept", "look"):
            before, now = _counted(found[-1]), _counted(item)
            if before[0] == now[0]:
                found[-1] = _repeated(now[0], before[1] + now[1], before[2] + now[2])
                continue
        found.append(item)
    return found[0] if len(found) == 1 else ("all", *found)


def _repeated(part: PatternPart, low: int, high: float) -> PatternPart:
    """Return a part as often as that."""
    if high == 0 or part == _EMPTY:
        return _EMPTY
    base, least, most = _counted(part)
    if least == most and low == high:
        least, most = least * low, most * high
    elif (least, most) == (1, 1) or (least, most) == (0, 1):
        least, most = least * low, high
    elif least <= 1 and inf in (most, high):
        least, most = least * low, inf
    else:
        return ("repeat", part, low, high)
    return base if (least, most) == (1, 1) else ("repeat", base, least, most)


def _one_of(choices: Iterable[PatternPart]) -> PatternPart:
    """Return a choice; what all begin or end with stands around it, and single characters are one set."""
    listed: list[PatternPart] = list(
        dict.fromkeys(inner for each in choices for inner in (each[1:] if each[0] == "any" else (each,)))
    )
    sets = [each for each in listed if each[0] == "set"]
    listed = [each for each in listed if each[0] != "set"] + ([_union(sets)] if sets else [])
    if len(listed) == 1:
        (only,) = listed
        return only
    rows = [_items(each) for each in listed]
    for at, kept in ((0, slice(1, None)), (-1, slice(None, -1))):
        if all(rows) and len({row[at] for row in rows}) == 1:
            rest = _one_of(_in_a_row(row[kept]) for row in rows)
            return _in_a_row([rows[0][0], rest] if at == 0 else [rest, rows[0][-1]])
    if _EMPTY in listed:
        return _repeated(_one_of(each for each in listed if each != _EMPTY), 0, 1)
    return ("any", *sorted(listed, key=repr))


def _trimmed(part: PatternPart) -> PatternPart:
    """Return an alternative without what may be left out at its ends, as a pattern matches anywhere."""
    items = list(_items(part))
    for at, anchor in ((0, _BEGIN), (-1, _END)):
        while items:
            inner = 1 if at == 0 else -2
            if items[at] == anchor and len(items) > 1 and items[inner] == ("repeat", _ANYTHING, 0, inf):
                del items[at], items[at]
            elif items[at][0] == "repeat" and items[at][2] == 0:
                del items[at]
            else:
                break
        if items and items[at][0] == "repeat":
            items[at] = _repeated(items[at][1], items[at][2], items[at][2])
    return _EMPTY if items in ([_BEGIN], [_END]) else _in_a_row(items)
