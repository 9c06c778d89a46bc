"""Subjects: what findings at one place are about, told apart only up to a number, so that names that are values do not fill a report and memory.

A path template, an unknown parameter or an unknown property can have any name: the slugs of a web site, say. The first names of each chunk have
a finding each; all others share one.
"""

from __future__ import annotations

from collections.abc import Hashable

#: How many subjects of one rule at one place have findings of their own in a chunk, and the subject of all others.
MOST_SUBJECTS = 500
OTHER_SUBJECTS = "(others)"


class Subjects:
    """The subjects that have findings of their own, by what they are the subjects of."""

    def __init__(self) -> None:
        self._known: dict[Hashable, set[str]] = {}

    def told_apart(self, group: Hashable, subject: str) -> str:
        """Return a subject, or `OTHER_SUBJECTS` where there are too many already.

        Args:
            group: The report, rule and place.
            subject: What a finding is about.
        """
        known = self._known.setdefault(group, set())
        if subject in known:
            return subject
        if len(known) >= MOST_SUBJECTS:
            return OTHER_SUBJECTS
        known.add(subject)
        return subject


def of_others(message: str, subject: str) -> str:
    """Return the message of a finding, which says so if it is the one that all further subjects share."""
    return (
        f"{message} (the first of many: {MOST_SUBJECTS} other names have findings of their own)"
        if subject == OTHER_SUBJECTS
        else message
    )
