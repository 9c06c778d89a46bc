"""Subjects: what findings at one place are about, told apart only up to a number, so that names that are values do not fill a report and memory.

A path template, an unknown parameter or an unknown property can have any name: the slugs of a web site, say. The names that come first in the
alphabet have a finding each; all others share one. A name that is among the first of all traffic is among the first of every part in which it
occurs, so its count is whole, and reports of parts give the same sum however the traffic was divided and however they are added.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable

#: The key of a finding: rule, severity, fault, side, subject, and the place, which is a file and a pointer, or nothing and an operation.
Key = tuple[str, ...]

#: How many subjects of one rule at one place have findings of their own, and the subject of all others.
MOST_SUBJECTS = 500
OTHER_SUBJECTS = "(others)"
_SUBJECT = 4


class Subjects:
    """The subjects that have findings of their own, by the rest of their keys.

    Args:
        keys: The keys of the findings that there are.
    """

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self._known: dict[Key, list[str]] = {}
        for key in keys:
            self.take(key)

    def home(self, key: Key) -> Key:
        """Return the key of the finding that takes in what has a key: the same, or that of all others."""
        subject = key[_SUBJECT]
        known = self._known.get(_about(key, "")) if subject else None
        is_other = known is not None and len(known) >= MOST_SUBJECTS and subject > known[-1]
        return _about(key, OTHER_SUBJECTS) if is_other else key

    def take(self, key: Key) -> Key | None:
        """Note the key of a new finding; return the key of the one that gives way to it, if there are too many."""
        subject = key[_SUBJECT]
        if subject in ("", OTHER_SUBJECTS):
            return None
        known = self._known.setdefault(_about(key, ""), [])
        insort(known, subject)
        return _about(key, known.pop()) if len(known) > MOST_SUBJECTS else None


def _about(key: Key, subject: str) -> Key:
    return *key[:_SUBJECT], subject, *key[_SUBJECT + 1 :]
