r"""Patterns with one normal form match the same texts; `re` is the judge, where both languages mean the same."""

from __future__ import annotations

import itertools
import random
import re
from typing import Any

import pytest

from dynclient.versions.patternforms import are_apart, implies, pattern_form, shortest

EQUAL = [
    (r"^[0-9]+$", r"^\d+$"),
    (r"^\d{1,}$", r"^[0-9][0-9]*$"),
    (r"^\d{2}$", r"^[0-9][0-9]$"),
    (r"^(0|[1-9]|\d)+$", r"^\d+$"),
    (r"^a{1}$", "^a$"),
    (r"^a{0,}$", "^a*$"),
    (r"^a*?$", "^a*$"),
    (r"^(a?)*$", "^a*$"),
    (r"^([a-z]{2}){2}$", "^[a-z]{4}$"),
    (r"^(?:a|b)$", "^[ab]$"),
    (r"^a$|^b$", "^(a|b)$"),
    (r"^abc|^abd", "^ab[cd]"),
    (r"^(|a)$", "^a?$"),
    (r"^a\/b\-c$", "^a/b-c$"),
    (r"^\x41\u0042\u{43}\cA\t$", "^ABC\x01\\u0009$"),
    (r"^[a\-z]$", "^[-az]$"),
    (r"^[\w-]+$", "^[-a-zA-Z0-9_]+$"),
    (r"^[^\d]$", r"^\D$"),
    (r"^[\s\S]*a", "a"),
    ("a.*", "a"),
    ("a+", "a"),
    (".*", ""),
    ("^", "$"),
]
DIFFERENT = [
    (r"^[0-9]+$", r"^\d*$"),
    (r"^[0-9]+$", r"^\d+"),
    (r"^[0-9]+$", r"^[1-9]+$"),
    ("^a", "a"),
    ("^.*a", "a"),
    ("^a$|b", "^[ab]$"),
    ("^(ab)+$", "^a+b+$"),
    ("^a{2,3}$", "^a{2}$"),
    (r"^\w$", "^[a-z]$"),
    (r"^a(?=b)", "^ab"),
]


@pytest.mark.parametrize(("pattern", "other"), EQUAL)
def test_the_same_in_other_words_has_one_form(pattern: str, other: str) -> None:
    """Classes, repetitions, groups, choices, escapes, and what a search may leave out at the ends."""
    assert pattern_form(pattern) == pattern_form(other)


@pytest.mark.parametrize(("pattern", "other"), DIFFERENT)
def test_a_near_miss_has_another_form(pattern: str, other: str) -> None:
    """Some text tells them apart."""
    assert pattern_form(pattern) != pattern_form(other)


@pytest.mark.parametrize("pattern", [r"(a)\1", r"\p{L}", "(?<n>a)", r"\bx", "[z-a]", "a**", "(", "\\ud83d", "(?=a)*"])
def test_what_cannot_be_read_is_its_own_form(pattern: str) -> None:
    """So nothing is proved by it."""
    assert pattern_form(pattern) == ("written", pattern)


def test_what_begins_otherwise_is_apart() -> None:
    """Character by character; without an anchor nothing is known."""
    assert are_apart("^ab", "^a[cd]")
    assert are_apart(r"^\d", "^x-")
    assert not are_apart("^a", "^ab")
    assert not are_apart("a", "^b")
    assert not are_apart("^a?b", "^c")


@pytest.mark.parametrize(
    ("pattern", "other"),
    [
        ("^[A-Z]{3}$", "^[A-Z]{2,3}$"),
        ("^[a-c]+$", r"^\w*$"),
        ("^abc$", "^ab"),
        ("^ab+$", "^a"),
        ("^(cat|dog)$", "^(cat|dog|cow)$"),
        ("^x", ".*"),
    ],
)
def test_a_pattern_that_asks_for_more_implies_the_other(pattern: str, other: str) -> None:
    """And never the other way round."""
    assert implies(pattern, other)
    assert not implies(other, pattern)


def test_the_shortest_text_of_a_pattern_is_known() -> None:
    """As far as it can be read."""
    found = [shortest(each) for each in (r"\S", "^a{2}(b|cd)+$", "^a?$", r"(a)\1", ".*")]
    assert found == [1, 3, 0, 0, 0]


class Made:
    """Makes patterns at random."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  repeatable, not secret

    def pattern(self) -> str:
        """Return a pattern, with anchors or without."""
        inner = self.choice(2)
        inner = f"(?:{inner})" if self.random.random() < 0.3 else inner
        return self.random.choice(["", "^", "^"]) + inner + self.random.choice(["", "$", "$"])

    def choice(self, depth: int) -> str:
        """Return alternatives."""
        return "|".join(self.sequence(depth) for _ in range(self.random.choice([1, 1, 1, 2])))

    def sequence(self, depth: int) -> str:
        """Return parts in a row, some of them repeated."""
        times = ["", "", "", "*", "+", "?", "{1}", "{2}", "{1,}", "{0,}", "{1,2}", "*?"]
        parts = [self.part(depth) for _ in range(self.random.randrange(4))]
        is_asking = ("(?=", "(?!", "^", "$")
        return "".join(part if part.startswith(is_asking) else part + self.random.choice(times) for part in parts)

    def part(self, depth: int) -> str:
        """Return a character, a set of them, a group, or something of no width."""
        sets = [
            r"\d",
            r"\w",
            ".",
            r"\D",
            r"\W",
            "[ab]",
            "[a-b0]",
            "[^a]",
            r"[\d_]",
            r"[\s\S]",
            r"[^\d]",
            r"[^\s]",
            "[a-]",
        ]
        kind = self.random.randrange(12)
        if kind < 4 or depth == 0:
            return self.random.choice("abA01-_")
        if kind < 8:
            return self.random.choice(sets)
        if kind < 11:
            return f"{self.random.choice(['(', '(?:'])}{self.choice(depth - 1)})"
        return self.random.choice(["^", "$", f"(?={self.choice(depth - 1)})", f"(?!{self.choice(depth - 1)})"])


@pytest.mark.parametrize("seed", range(4))
def test_one_form_never_stands_for_two_meanings(seed: int) -> None:
    """Whatever one pattern matches, every other one of the same form does; nor does anything else that is known of one contradict it."""
    make = Made(seed)
    texts = ["".join(each) for size in range(4) for each in itertools.product("aA0b-\n ", repeat=size)]
    texts = ["", "a", "0", "00", "aa", "a\nb", *make.random.sample(texts, 60)]
    known: dict[Any, tuple[str, list[bool]]] = {}
    shared = 0
    for pattern in (make.pattern() for _ in range(1000)):
        expression = re.compile(pattern.replace("$", r"\Z"), re.ASCII)
        form, matched = pattern_form(pattern), [expression.search(text) is not None for text in texts]
        if form is None:
            assert all(matched), pattern
        other, before = known.setdefault(form, (pattern, matched))
        assert before == matched, (pattern, other)
        shared += other != pattern
    assert shared > 60
    listed = [each for form, each in known.items() if form is not None]
    for _ in range(1000):
        (pattern, ours), (other, theirs) = make.random.sample(listed, 2)
        assert not are_apart(pattern, other) or not any(a and b for a, b in zip(ours, theirs, strict=True))
        assert not implies(pattern, other) or all(b or not a for a, b in zip(ours, theirs, strict=True)), (
            pattern,
            other,
        )
        assert all(len(text) >= shortest(pattern) for text, matches in zip(texts, ours, strict=True) if matches), (
            pattern
        )
