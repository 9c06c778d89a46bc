"""Causes: what differs, each once, with every operation that it reaches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from dynclient.versions.changes import Change, Finality

if TYPE_CHECKING:
    from dynclient.api.operation import Operation

Way = Literal["request", "response"]
#: Makes a whole request or reply of a value of one of its parts.
Lift = Callable[[Any], Mapping[str, Any]]


class Both:
    """One operation in both versions, or one that the server calls.

    Attributes:
        old: The operation in the old document.
        new: The operation in the new document.
        id: What the report calls it.
    """

    def __init__(self, old: Operation, new: Operation) -> None:
        self.old, self.new, self.id = old, new, old.id


class SchemaUse(NamedTuple):
    """A message of an operation that a comparison of schemas is about.

    Attributes:
        operation: The operation's id.
        lift: Makes the whole message of a value.
    """

    operation: str
    lift: Lift


@dataclass
class Cause:
    """One change as it is found: in one or both directions, by any number of operations."""

    rule: str
    old: str
    new: str
    message: str
    verdict: Finality
    victims: dict[str, None] = field(default_factory=dict)
    ways: dict[str, None] = field(default_factory=dict)
    operations: dict[str, None] = field(default_factory=dict)
    witness: Callable[[], Mapping[str, Any] | None] | None = None

    def change(self) -> Change:
        """Return it as a value."""
        direction = "both" if len(self.ways) > 1 else next(iter(self.ways), "none")
        shown = self.witness() if self.witness is not None else None
        victims = tuple(name for name in ("callers", "readers", "code") if name in self.victims)
        return Change(
            self.verdict, victims, direction, self.old, self.new, tuple(self.operations), self.message, shown, self.rule
        )


class Causes:
    """Collects causes; the same one is kept once."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str, str, str], Cause] = {}

    def add(self, cause: Cause, detail: str = "") -> Cause:
        """Add a cause, or join it to the one that is known already."""
        key = (cause.rule, cause.old, cause.new, detail)
        known = self.found.get(key)
        if known is None:
            self.found[key] = cause
            return cause
        known.victims |= cause.victims
        known.ways |= cause.ways
        known.operations |= cause.operations
        if cause.verdict == "breaks" and known.verdict != "breaks":
            known.verdict, known.witness, known.message = "breaks", cause.witness, cause.message
        elif cause.verdict == "unknown" and known.verdict == "fine":
            known.verdict, known.message = "unknown", cause.message
        return known


def weighed(weight: str, verdict: Finality) -> Finality | None:
    """Return the verdict on what is a matter of policy; None for what is not reported."""
    return verdict if weight == "breaks" else "fine" if weight == "notice" else None
