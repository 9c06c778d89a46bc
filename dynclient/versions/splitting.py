"""The sender's own choices: each branch of one of them must be accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynclient.schema.bundle import UNEVALUATED, joined
from dynclient.versions.asking import Asking
from dynclient.versions.facts import constants
from dynclient.versions.reasons import Pair
from dynclient.versions.terms import Barred

#: What may stand beside a choice without a say in it.
_BESIDE = frozenset({"type", "readOnly", "writeOnly"})


def split_choice(asking: Asking, unproved: list[Mapping[str, Any]]) -> None:
    """Ask for each branch of one of the sender's choices."""
    sent = asking.pair.sent
    index, keyword = _choice_to_split(asking, unproved)
    parts = asking.ours.parts
    branches = parts[index][keyword]
    rest = [*parts[:index], *parts[index + 1 :]]
    numbers = [asking.sender.identity.number(branch) for branch in branches]
    others = frozenset(numbers) if keyword == "oneOf" else frozenset()
    taken = asking.receiver.term(unproved)
    covered = _covered(asking, unproved, keyword, numbers)
    tags = [constants(asking.receiver, extra) for extra in covered[1]] if covered is not None else []
    shown = False
    for number, branch in zip(numbers, branches, strict=True):
        is_covered = covered is not None and number in covered[0]
        if is_covered and (shown or not tags or _differ(asking, branch, tags)):
            continue
        barred = Barred(sent.barred.branches | others, sent.barred.own | {number})
        term = asking.sender.term([*rest, *_chosen(asking, parts[index], keyword, branch)], barred)
        if covered is not None and is_covered:
            if all(asking.sides.apart(term, extra) for extra in covered[1]):
                continue
            shown = not asking.holds(Pair(term, taken))  # one value that fits two branches is enough
        asking.need(None, term, taken)


def _chosen(asking: Asking, part: Mapping[str, Any], keyword: str, branch: Any) -> list[Any]:
    """Return a part with one branch of its choice; inside it, where it asks what the branch has evaluated."""
    asked = {name: value for name, value in part.items() if name in UNEVALUATED}
    rest = asking.sender.origins.copied(
        {name: value for name, value in part.items() if name != keyword and name not in asked}, part
    )
    if not asked:
        return [rest, branch]
    return [asking.sender.origins.copied({**asked, **joined([rest, branch])}, part)]


def _differ(asking: Asking, branch: Any, tags: list[dict[str, frozenset[str]]]) -> bool:
    """Whether a branch of the sender has other constants than each of some of the receiver."""
    if not any(part.get("type") == "object" for part in asking.sender.bundle.parts(branch, ("$ref",))):
        return False
    own = constants(asking.sender, branch)
    return all(any(own[name].isdisjoint(each[name]) for name in own if name in each) for each in tags)


def _choice_to_split(asking: Asking, unproved: list[Mapping[str, Any]]) -> tuple[int, str]:
    """Return the choice whose branches are most like those of an unproved one; else the first."""
    wanted = {
        asking.receiver.identity.number(branch)
        for part in unproved
        for keyword in ("anyOf", "oneOf")
        for branch in part.get(keyword, ())
    }

    def shared(choice: tuple[int, str]) -> int:
        return sum(
            asking.sender.identity.number(branch) in wanted for branch in asking.ours.parts[choice[0]][choice[1]]
        )

    return max(asking.ours.choices, key=shared)


def _covered(
    asking: Asking, unproved: list[Mapping[str, Any]], keyword: str, numbers: list[int]
) -> tuple[set[int], list[Any]] | None:
    """Return the branches that the receiver's only choice has as well, and those that only the receiver has (for `oneOf`)."""
    if len(unproved) != 1 or not unproved[0].keys() <= {"anyOf", "oneOf", *_BESIDE}:
        return None
    kinds = [kind for kind in ("anyOf", "oneOf") if kind in unproved[0]]
    if len(kinds) != 1 or (kinds[0] == "oneOf" and keyword != "oneOf"):
        return None
    beside = {name: value for name, value in unproved[0].items() if name not in kinds}
    theirs = {asking.receiver.identity.number(branch): branch for branch in unproved[0][kinds[0]]}
    if len(theirs) != len(unproved[0][kinds[0]]):
        return None
    if beside:
        pair = Pair(asking.pair.sent, asking.receiver.term([asking.receiver.origins.copied(beside, unproved[0])]))
        if not asking.holds(pair):
            return None
        asking.answer.needs.append((None, pair))
    ours = set(numbers)
    extra = [branch for number, branch in theirs.items() if number not in ours] if kinds[0] == "oneOf" else []
    return ours & theirs.keys(), extra
