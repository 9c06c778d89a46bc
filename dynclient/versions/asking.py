"""A question under way, as the modules that answer its parts share it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dynclient.schema.flat import ExampleError
from dynclient.schema.spelling import Speller
from dynclient.versions.reasons import Gap, Hop, Pair, Reasons
from dynclient.versions.terms import Term

if TYPE_CHECKING:
    from dynclient.versions.sides import Sides


class Asking:
    """A question under way: whether a receiver's term accepts everything that a sender's allows.

    Args:
        sides: What is known of both documents.
        holds: Whether another pair is proved.
        pair: The question.
        answer: Receives what is missing.

    Attributes:
        sender: The document of the sender.
        receiver: The document of the receiver.
        ours: The facts of the sender's term.
        theirs: The facts of the receiver's term.
    """

    def __init__(self, sides: Sides, holds: Callable[[Pair], bool], pair: Pair, answer: Reasons) -> None:
        self.sides = sides
        self.holds = holds
        self.pair = pair
        self.answer = answer
        self.sender, self.receiver = sides.sender, sides.receiver
        self.ours = sides.sent(pair.sent)
        self.theirs = sides.taken(pair.taken)

    def need(self, step: Hop, sent: Term, taken: Term, *, is_part: bool = False) -> None:
        """Add a pair that must hold as well; what it is of is that of a Pair."""
        self.answer.needs.append((step, Pair(sent, taken, is_part)))

    def gap(
        self,
        aspect: str,
        part: Any,
        name: str = "",
        *,
        detail: str = "",
        values: Iterable[Any] = (),
        hints: Iterable[Any] = (),
    ) -> None:
        """Add a constraint of the receiver that is not implied; the arguments are those of a Gap."""
        self.answer.gaps.append(
            Gap(aspect, name, first_part(self.pair.sent), part, detail, tuple(values), tuple(hints))
        )

    def notice(self, aspect: str, part: Any, name: str = "") -> None:
        """Add a change that breaks nobody by itself."""
        self.answer.notices.append(Gap(aspect, name, first_part(self.pair.sent), part))


def ask_size(asking: Asking, part: Mapping[str, Any], least: str, most: str, aspect: str) -> None:
    """Ask that the length of a text or an array, or the number of properties, is allowed.

    Args:
        asking: The question.
        part: The part.
        least: The keyword of its least size.
        most: The keyword of its greatest size.
        aspect: What the size is of.
    """
    low, high = part.get(least), part.get(most)
    if (
        isinstance(low, int | float)
        and asking.ours.least(least) < low
        and asking.ours.most(most) >= asking.ours.least(least)
    ):
        asking.gap(f"least {aspect}", part, hints=[{most: int(low) - 1}, {most: int(asking.ours.least(least))}])
    if isinstance(high, int | float) and asking.ours.most(most) > high:
        asking.gap(f"most {aspect}", part, hints=[{least: math.floor(high) + 1}])


def first_part(term: Term) -> Any:
    """Return the schema at whose place a term counts."""
    return term.parts[0] if term.parts else {}


def rules_in(schema: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
    """Return a member of a schema that holds rules by name; an empty one if there is none."""
    value = schema.get(keyword)
    return value if isinstance(value, Mapping) else {}


def spelled(patterns: Iterable[str]) -> Iterator[str]:
    """Yield texts of several lengths that patterns accept, as far as they can be made."""
    for pattern in sorted(patterns):
        for length in (0, 1, 2, 3, 4, 5, 8, 16):
            with suppress(ExampleError):
                yield Speller(random.Random(length)).fitting(pattern, length, length)  # noqa: S311  repeatable, not secret
