"""One question, part by part: which constraints of the receiver does the sender's term not imply?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynclient.schema.bundle import CHOICES
from dynclient.versions.arrays import ask_array
from dynclient.versions.asking import Asking
from dynclient.versions.branches import ask_applied
from dynclient.versions.objects import ask_object, note_removed
from dynclient.versions.scalars import (
    OF_NUMBERS,
    OF_TEXTS,
    ask_numbers,
    ask_texts,
    ask_types,
    ask_values,
    is_settled_by_values,
    note_content,
)
from dynclient.versions.sides import TRIED
from dynclient.versions.splitting import split_choice


def ask(asking: Asking) -> None:
    """Find everything that is missing for a pair to hold."""
    known = set(asking.pair.sent.numbers)
    numbered = zip(asking.pair.taken.numbers, asking.pair.taken.parts, strict=True)
    open_parts = [part for number, part in numbered if number not in known]
    if asking.pair.sent.key[0] != asking.pair.taken.key[0] and not asking.ours.is_empty:
        note_removed(asking)
        note_content(asking)
    if not open_parts or asking.ours.is_empty:
        return
    if is_settled_by_values(asking, open_parts):
        return
    unproved: list[Mapping[str, Any]] = []
    splits = bool(asking.ours.choices)
    for part in open_parts:
        if splits and _is_large_choice(part):  # its branches are compared with the sender's, each with its own
            unproved.append(part)
            continue
        before = len(asking.answer.gaps), len(asking.answer.needs), len(asking.answer.notices)
        _require(asking, part)
        gaps, needs = asking.answer.gaps[before[0] :], asking.answer.needs[before[1] :]
        if splits and (gaps or not all(asking.holds(need) for _, need in needs)):
            del asking.answer.gaps[before[0] :], asking.answer.needs[before[1] :], asking.answer.notices[before[2] :]
            unproved.append(part)
    if unproved:
        split_choice(asking, unproved)


def _require(asking: Asking, part: Mapping[str, Any]) -> None:
    """Ask for everything that one schema of the receiver says itself."""
    types = ask_types(asking, part)
    ask_values(asking, part)
    if types & {"integer", "fraction"} and not part.keys().isdisjoint(OF_NUMBERS):
        ask_numbers(asking, part)
    if "string" in types and not part.keys().isdisjoint(OF_TEXTS):
        ask_texts(asking, part)
    if "array" in types:
        ask_array(asking, part)
    if "object" in types:
        ask_object(asking, part)
    ask_applied(asking, part)
    if "$dynamicRef" in part:
        asking.gap("dynamic", part, detail="a dynamic reference leads to other schemas")


def _is_large_choice(part: Mapping[str, Any]) -> bool:
    return any(len(part[keyword]) > TRIED for keyword in CHOICES if isinstance(part.get(keyword), list))
