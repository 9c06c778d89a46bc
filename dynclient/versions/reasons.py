"""Questions about two schemas, and what is missing for a receiver to accept everything that a sender sends, as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dynclient.spec.node import Node
from dynclient.versions.terms import Term

if TYPE_CHECKING:
    from dynclient.versions.sides import Sides

#: The way from a value to one inside it: a member's name, an item's position; None for the value itself.
Hop = str | int | None


class Gap(NamedTuple):
    """A constraint of the receiver that the sender's schema does not imply.

    Attributes:
        aspect: What it is about: `type`, `enum`, `required`, `length` ...; `notice` words for what is no break.
        name: The property that it is about, or "".
        sent: A schema of the sender, for its place.
        part: The schema of the receiver that has the constraint.
        detail: The constraint in words, for the message.
        values: Values that may show it.
        hints: Schemas of values that may show it, if the sender may send them.
    """

    aspect: str
    name: str
    sent: Any
    part: Any
    detail: str = ""
    values: tuple[Any, ...] = ()
    hints: tuple[Any, ...] = ()


class Pair(NamedTuple):
    """A question: does the receiver's term accept everything that the sender's allows?

    Attributes:
        sent: The sender's term.
        taken: The receiver's.
        is_part: Whether the receiver asks more of the value elsewhere, so that what its term does not name is not gone.
    """

    sent: Term
    taken: Term
    is_part: bool = False

    @property
    def key(self) -> Any:
        """Equal for equal questions."""
        return self.sent.key, self.taken.key, self.is_part


class Question(NamedTuple):
    """The schemas of a whole message that are compared.

    Attributes:
        sides: Their documents.
        pair: Their terms.
        sent: The place of the sender's schema.
        taken: The place of the receiver's.
    """

    sides: Sides
    pair: Pair
    sent: Node
    taken: Node


class Reasons(NamedTuple):
    """What is missing for a pair to hold.

    Attributes:
        gaps: Constraints that are not implied.
        notices: Changes that break nobody by themselves.
        needs: Further pairs that must hold, each with the way to its value.
    """

    gaps: list[Gap]
    notices: list[Gap]
    needs: list[tuple[Hop, Pair]]


def unguarded(same: Mapping[Any, list[Any]]) -> set[Any]:
    """Return the questions about one value that lead back to themselves, which proves nothing.

    Args:
        same: The further questions about the same value, by question.
    """
    counts = {key: sum(each in same for each in found) for key, found in same.items()}
    users: dict[Any, list[Any]] = {}
    for key, found in same.items():
        for each in found:
            users.setdefault(each, []).append(key)
    done = [key for key, count in counts.items() if count == 0]
    left = set(same)
    while done:
        key = done.pop()
        left.discard(key)
        for user in users.get(key, ()):
            counts[user] -= 1
            if counts[user] == 0:
                done.append(user)
    return left
