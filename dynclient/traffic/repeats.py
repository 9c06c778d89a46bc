"""Repeats: which exchanges were judged before, so that equal ones are judged once.

Only the latest exchanges are remembered, so that memory stays flat however long a recording is. They are kept in two generations: when the young one
is full, it becomes the old one, and what the old one held is forgotten unless it was seen again since.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dynclient.traffic.report import Report
from dynclient.traffic.subjects import Key

#: How many different exchanges are remembered for one chunk of the traffic: about 30 MB.
REMEMBERED = 200_000


class Judged(NamedTuple):
    """What became of an exchange: the report that it counts for, and its findings there."""

    target: Report
    keys: Sequence[Key]


class Repeats:
    """The exchanges that were judged last, by their hashes.

    Args:
        most: How many are remembered at most; at least half as many of the latest always are.
    """

    def __init__(self, most: int) -> None:
        self._full = max(1, most // 2)
        self._young: dict[int, Judged] = {}
        self._old: dict[int, Judged] = {}
        self._shared: dict[tuple[int, tuple[Key, ...]], Judged] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def find(self, likeness: int) -> Judged | None:
        """Return what became of an equal exchange; None where none is remembered."""
        found = self._young.get(likeness)
        if found is None and (found := self._old.pop(likeness, None)) is not None:
            self._remember(likeness, found)
        return found

    def keep(self, likeness: int, target: Report, keys: Sequence[Key]) -> None:
        """Remember an exchange.

        Args:
            likeness: Its hash.
            target: The report that it counts for.
            keys: The keys of its findings, each as often as it was found.
        """
        # exchanges with the same findings, and most have none, share one value, so that each costs little memory
        shared = (id(target), tuple(keys))
        judged = self._shared.get(shared)
        if judged is None:
            judged = self._shared[shared] = Judged(target, shared[1])
        self._remember(likeness, judged)

    def _remember(self, likeness: int, judged: Judged) -> None:
        if len(self._young) >= self._full:
            self._old, self._young, self._shared = self._young, {}, {}
        self._young[likeness] = judged
