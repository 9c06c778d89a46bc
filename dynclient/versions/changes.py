"""What differs between two versions, as values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

#: What is known of a change: nothing breaks; a witness or a rule shows that something does; neither could be shown.
Finality = Literal["fine", "breaks", "unknown"]
#: The order in which victims are listed.
VICTIMS = ("code", "callers", "readers")


@dataclass(frozen=True, slots=True)
class Change:
    """One change, with everything that it affects.

    Attributes:
        verdict: `fine`, `breaks`, or `unknown`, which counts as breaking.
        victims: Whom it breaks: `callers` send what the new version refuses; `readers` get what the old one does not allow; `code` calls by names that
            are gone.
        direction: What it is about: `request`, `response`, `both` or `none`.
        old: The place in the old document, as a JSON pointer; "" when it has none.
        new: The place in the new document.
        operations: The operations that it reaches, by id.
        message: What has changed.
        witness: A whole request or reply that one side accepts and the other refuses; None when there is none.
        rule: What kind of change it is.
        used: Those of the operations that code or recordings use, where these were looked at.
    """

    verdict: Finality
    victims: tuple[str, ...]
    direction: str
    old: str
    new: str
    operations: tuple[str, ...]
    message: str
    witness: Mapping[str, Any] | None = None
    rule: str = ""
    used: tuple[str, ...] = ()

    @property
    def breaking(self) -> bool:
        """Whether it breaks somebody, as far as is known."""
        return self.verdict != "fine"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "breaking": self.breaking,
            "victims": list(self.victims),
            "direction": self.direction,
            "where": {"old": self.old, "new": self.new},
            "operations": list(self.operations),
            "used": list(self.used),
            "message": self.message,
            "witness": self.witness,
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that differs between two versions.

    Attributes:
        old: The title of the old document, and its version as the catalog calls it, else as it does itself.
        new: Those of the new one.
        changes: The changes: those that break code, callers and readers, then the unknown ones, then notices.
        added: The operations that only the new version has, as `METHOD /path`.
        removed: The operations that only the old version has.
        texts: The number of other operations and components that differ: in texts, in optional properties that were added, or as those above.
    """

    old: str
    new: str
    changes: tuple[Change, ...]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    texts: int = 0

    @property
    def verdict(self) -> Finality:
        """The worst verdict of the changes."""
        found = {change.verdict for change in self.changes}
        return "breaks" if "breaks" in found else "unknown" if "unknown" in found else "fine"

    def with_used(self, operations: Collection[str]) -> Changes:
        """Return the same with what reaches these operations first, by their ids."""
        marked = [
            replace(each, used=tuple(name for name in each.operations if name in operations)) for each in self.changes
        ]
        return replace(self, changes=tuple(sorted(marked, key=lambda change: not change.used)))

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "old": self.old,
            "new": self.new,
            "verdict": self.verdict,
            "changes": [change.to_dict() for change in self.changes],
            "added": list(self.added),
            "removed": list(self.removed),
            "texts": self.texts,
        }

    def __len__(self) -> int:
        return len(self.changes)


def in_order(change: Change) -> tuple[Any, ...]:
    """The place of a change in a report."""
    rank = {"breaks": 0, "unknown": 1, "fine": 2}[change.verdict]
    victim = min((VICTIMS.index(each) for each in change.victims), default=len(VICTIMS))
    return rank, victim, -len(change.operations), change.old or change.new, change.new, change.rule, change.message
