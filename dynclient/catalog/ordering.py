"""Versions by precedence, and ranges of them.

The names of versions are whatever the publisher of a document calls them: `2.0.8`, `2.1.0-rc.1`, `v1`, `v1beta2`, `2024-06-20`,
`2024-06-20.acacia`. They are ordered by SemVer 2.0 (section 11), of which this is a superset: a release may have any number of numbers
(`1.0` is `1.0.0`), a `v` in front counts for nothing, a date is a release of two or three numbers, and a name behind it
(`.acacia`) makes no preview. `packaging` orders the versions of Python distributions: it takes `2.1.0-1` for a later version than
`2.1.0`, where SemVer has an earlier one, and refuses dates with dashes and names behind them.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Any, NamedTuple

from dynclient import lazy

_DATE = lazy.pattern(r"([0-9]{4})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12][0-9]|3[01]))?(?![0-9])")
_NUMBERS = lazy.pattern(r"[vV]?([0-9]+(?:\.[0-9]+)*)")
_WORDS = lazy.pattern(r"[0-9]+|[A-Za-z]+")
#: What begins the name of a preview that is not written behind a hyphen: `v1beta1`, `2025-03-31.preview`.
_PREVIEW = lazy.pattern(
    r"(?:alpha|beta|preview|pre|rc|dev|snapshot|canary|nightly|unstable|a|b|c)(?![A-Za-z])", re.IGNORECASE
)
_IS_RANGE = lazy.pattern(r"[<>=!~^*,\s]|\.[xX]\Z")
_BOUND = lazy.pattern(r"(>=|<=|==|!=|~=|>|<)\s*([^<>=!~^*,\s]+)\Z")
_ANY_BELOW = lazy.pattern(r"[vV]?([0-9]+(?:\.[0-9]+)*)\.[xX*]\Z")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt,
}  # fmt: skip

#: An identifier behind a release: numbers by value and below words (SemVer 2.0, section 11.4).
_Identifier = tuple[int, int, str]


class Precedence(NamedTuple):
    """The place of a version among others; two versions of the same precedence are the same version.

    Attributes:
        is_number: Whether it begins with numbers; names such as `latest` come before all numbers.
        release: Its numbers without zeros at the end.
        is_final: Whether it is no preview.
        identifiers: What follows the numbers.
    """

    is_number: bool
    release: tuple[int, ...]
    is_final: bool
    identifiers: tuple[_Identifier, ...]


@lru_cache(1024)
def precedence(version: str) -> Precedence:
    """Return the place of a version among others.

    >>> sorted(["1.10.0", "1.9.0", "1.10.0-rc.1"], key=precedence)
    ['1.9.0', '1.10.0-rc.1', '1.10.0']
    """
    text = version.partition("+")[0]
    found = _DATE.match(text) or _NUMBERS.match(text)
    if found is None:
        return Precedence(is_number=False, release=(), is_final=True, identifiers=((1, 0, text),))
    numbers = [int(part) for group in found.groups() if group for part in group.split(".")]
    while numbers and not numbers[-1]:
        del numbers[-1]
    numbered = partial(Precedence, is_number=True, release=tuple(numbers))
    rest = text[found.end() :]
    if rest.startswith("-"):
        return numbered(is_final=False, identifiers=tuple(map(_identifier, rest[1:].split("."))))
    words = _WORDS.findall(rest)
    is_preview = bool(words) and _PREVIEW.match(words[0]) is not None
    return numbered(is_final=not is_preview, identifiers=tuple(map(_identifier, words)))


def _identifier(text: str) -> _Identifier:
    return (0, int(text), "") if text.isascii() and text.isdigit() else (1, 0, text)


def is_preview(version: str) -> bool:
    """Whether a version only leads to a release: `2.0.0-preview`, `v1beta1`."""
    return not precedence(version).is_final


def is_range(text: str) -> bool:
    """Whether a text is a range of versions, not the name of one."""
    return _IS_RANGE.search(text) is not None


class VersionRange:
    """A range of versions: bounds that all hold, separated by commas.

    A preview is in a range only if a bound names a preview of the same release, as for npm: `<3` is not an invitation to 3.0.0-beta.

    Args:
        text: Bounds such as `>=2`, `<3`, `!=2.1.0`; `~=2.1` (at least 2.1, below 3); `2.x` (every 2).

    Raises:
        ValueError: A bound is written in another way.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._bounds: list[tuple[Callable[[Any, Any], bool], Precedence]] = []
        self._within: list[tuple[int, ...]] = []
        for part in filter(None, (part.strip() for part in text.split(","))):
            self._add(part)
        if not self._bounds and not self._within:
            raise ValueError(f"{text!r} is not a range of versions, such as '>=2,<3', '~=2.0' or '2.x'")

    def _add(self, part: str) -> None:
        below, bound = _ANY_BELOW.match(part.removeprefix("==")), _BOUND.match(part)
        if below is not None:
            self._within.append(tuple(map(int, below[1].split("."))))
        elif bound is None:
            raise ValueError(f"{part!r} is not a bound of versions, such as '>=2', '<3', '~=2.0' or '2.x'")
        elif bound[1] != "~=":
            self._bounds.append((_OPERATORS[bound[1]], precedence(bound[2])))
        else:
            numbers = _NUMBERS.match(bound[2])
            prefix = tuple(map(int, numbers[1].split(".")))[:-1] if numbers else ()
            if not prefix:
                raise ValueError(f"{part!r} needs at least two numbers, such as '~=2.0'")
            self._within.append(prefix)
            self._bounds.append((operator.ge, precedence(bound[2])))

    def __contains__(self, version: object) -> bool:
        if not isinstance(version, str):
            return False
        found = precedence(version)
        if not found.is_final and not any(
            not bound.is_final and bound.release == found.release for _, bound in self._bounds
        ):
            return False
        padded = (*found.release, *[0] * 9)
        return all(padded[: len(prefix)] == prefix for prefix in self._within) and all(
            holds(found, bound) for holds, bound in self._bounds
        )

    def __repr__(self) -> str:
        return f"<VersionRange {self.text}>"


def highest(versions: Iterable[str]) -> str | None:
    """Return the highest version that is no preview; None without one."""
    return max((version for version in versions if not is_preview(version)), key=precedence, default=None)
