"""Whether everything that one schema lets a sender send is accepted by another: a proof, or the places where there is none.

A question is a pair of terms: the sender's and the receiver's. Its answer is a list of gaps (a constraint of the receiver that the sender's schema
does not imply) and a list of further questions that must hold as well, for members, items and branches. A pair is proved when no question
that it leads to has a gap; a question that leads back to itself adds nothing, so cycles end by themselves (coinduction).

A sender sends only the properties that its schema declares. Without that, every optional property removed from a reply would break its readers.
Nothing here is an approximation that could call a break fine: what a rule cannot show becomes a gap, and a gap without a witness is `unknown`.
"""

from __future__ import annotations

from typing import Any

from dynclient.errors import SpecError
from dynclient.versions.asking import Asking, first_part
from dynclient.versions.questions import ask
from dynclient.versions.reasons import Gap, Pair, Reasons, unguarded
from dynclient.versions.sides import Sides
from dynclient.versions.terms import OneWay

#: How many questions a comparison may ask; beyond that, the answer is `unknown`.
MOST_QUESTIONS = 400_000


class Containment(Sides):
    """Answers whether a receiver accepts what a sender sends.

    Args:
        sender: The document of the sender.
        receiver: The document of the receiver.
        texts: Whether the values are sent as text, so that a number is accepted where a text is.
    """

    def __init__(self, sender: OneWay, receiver: OneWay, *, texts: bool = False) -> None:
        super().__init__(sender, receiver, texts=texts)
        self._answers: dict[Any, Reasons] = {}

    def holds(self, pair: Pair) -> bool:
        """Whether a pair is proved. True counts under the condition that pairs whose answer is being found hold, too."""
        seen: dict[Any, Pair] = {pair.key: pair}
        pending = [pair]
        same: dict[Any, list[Any]] = {}
        while pending:
            current = pending.pop()
            answer = self.answer(current)
            if answer.gaps:
                return False
            for step, needed in answer.needs:
                if step is None:
                    same.setdefault(current.key, []).append(needed.key)
                if needed.key not in seen:
                    seen[needed.key] = needed
                    pending.append(needed)
        return not unguarded(same)

    def answer(self, pair: Pair) -> Reasons:
        """Return what is missing for a pair to hold."""
        found = self._answers.get(pair.key)
        if found is None:
            found = self._answers[pair.key] = Reasons([], [], [])  # which is what a question inside its own answer gets
            if len(self._answers) > MOST_QUESTIONS:
                found.gaps.append(
                    Gap("size", "", first_part(pair.sent), first_part(pair.taken), "too many cases to compare")
                )
            elif pair.sent.key != pair.taken.key:
                self._ask(pair, found)
        return found

    def _ask(self, pair: Pair, answer: Reasons) -> None:
        try:
            ask(Asking(self, self.holds, pair, answer))
        except SpecError as error:
            answer.gaps.append(Gap("unusable", "", first_part(pair.sent), first_part(pair.taken), error.headline))
