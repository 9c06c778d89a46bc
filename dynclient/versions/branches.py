"""Whether a value fits what a receiver's schema applies to it as a whole: `not`, conditions, and one branch of a choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dynclient.schema.bundle import CHOICES
from dynclient.versions.asking import Asking, first_part
from dynclient.versions.identities import canonical
from dynclient.versions.reasons import Pair
from dynclient.versions.sides import TRIED

#: The types that are told apart where a choice may be one of types.
_GROUPS = (
    frozenset({"integer", "fraction"}),
    *(frozenset({name}) for name in ("null", "boolean", "string", "array", "object")),
)
#: The keywords of bounds beside which a value is tried, and how far these may be from nothing.
_BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength"})
_LONG = 10_000


def ask_applied(asking: Asking, part: Mapping[str, Any]) -> None:
    """Ask for everything that a part applies to the same value."""
    if "not" in part:
        _not(asking, part)
    if "if" in part:
        _condition(asking, part)
    for keyword in CHOICES:
        if isinstance(part.get(keyword), list):
            _choose(asking, part, keyword)


def _not(asking: Asking, part: Mapping[str, Any]) -> None:
    number = asking.receiver.identity.number(part["not"])
    if any("not" in own and asking.sender.identity.number(own["not"]) == number for own in asking.ours.parts):
        return
    if not asking.sides.apart(asking.pair.sent, part["not"]):
        denied = part["not"] if isinstance(part["not"], Mapping) else {}
        asking.gap("not", part, hints=({}, denied, *_edges(denied)))


def _edges(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield single values beside the bounds of a schema, some of which it accepts."""
    for keyword in sorted(schema.keys() & _BOUNDS):
        bound = schema[keyword]
        if isinstance(bound, int | float) and abs(bound) < _LONG:
            near = (bound, bound + 1, bound - 1)
            yield from ({"const": "a" * max(int(each), 0) if "Length" in keyword else each} for each in near)


def _condition(asking: Asking, part: Mapping[str, Any]) -> None:
    sent = asking.pair.sent
    if "then" in part and not asking.sides.apart(sent, part["if"]):
        is_foreign = "$ref" in str(part["if"])  # a reference of the other document
        narrowed = sent if is_foreign else asking.sender.term([*sent.parts, part["if"]], sent.barred)
        asking.need(None, narrowed, asking.receiver.term([part["then"]]), is_part=True)
    if "else" in part and not _meets(asking, part["if"]):
        asking.need(None, sent, asking.receiver.term([part["else"]]), is_part=True)


def _meets(asking: Asking, schema: Any) -> bool:
    return asking.receiver.identity.tokens(schema) <= set(asking.pair.sent.numbers)


def _choose(asking: Asking, part: Mapping[str, Any], keyword: str) -> None:
    """Ask that one branch of a choice accepts what is sent, and for `oneOf` no other one."""
    branches, sent = part[keyword], asking.pair.sent
    known = set(sent.numbers)
    numbers = [asking.receiver.identity.number(branch) for branch in branches]
    same = next((at for at, branch in enumerate(branches) if asking.receiver.identity.tokens(branch) <= known), None)
    chosen = same if same is not None else _accepting(asking, branches, numbers)
    if chosen is None:
        if len(asking.ours.types) > 1 and not asking.ours.choices:
            _by_type(asking, part, keyword)
        else:
            _no_branch(asking, part, keyword, numbers)
        return
    if same is None:
        asking.need(None, sent, asking.receiver.term([branches[chosen]]), is_part=_is_part(asking))
    if keyword == "oneOf":
        _exclude(asking, part, chosen)


def _is_part(asking: Asking) -> bool:
    """Whether the receiver describes properties beside its choice, or the choice is a part itself."""
    return asking.pair.is_part or any("properties" in part for part in asking.pair.taken.parts)


def _accepting(asking: Asking, branches: list[Any], numbers: list[int]) -> int | None:
    meant = _meant(asking, branches)
    for at in [*([] if meant is None else [meant]), *_likely(asking, branches, numbers)]:
        if asking.holds(Pair(asking.pair.sent, asking.receiver.term([branches[at]]), _is_part(asking))):
            return at
    return None


def _likely(asking: Asking, branches: list[Any], numbers: list[int]) -> list[int]:
    """Return the branches worth trying: those that the sender's schema does not have, then those that it has."""
    barred = asking.pair.sent.barred
    near = _near(asking, branches)
    fresh = [at for at in near if not barred.has(numbers[at])]
    rest = [at for at in near if barred.has(numbers[at])]
    found: list[int] = []
    for at in [*fresh, *rest[:TRIED]]:
        if len(found) == TRIED:
            break
        if not asking.sides.apart(asking.pair.sent, branches[at]):
            found.append(at)
    return found


def _near(asking: Asking, branches: list[Any]) -> Iterable[int]:
    """Return the branches that a property with one value for each does not keep apart from what is sent."""
    name, by_value = asking.sides.tags(branches)
    if name not in asking.ours.required or "object" not in asking.ours.types or len(asking.ours.types) > 1:
        return range(len(branches))
    values = asking.sides.sent(asking.sender.term(asking.ours.member(name))).values
    if values is None:
        return range(len(branches))
    return sorted({at for value in values for at in by_value.get(canonical(value), ())})


def _exclude(asking: Asking, part: Mapping[str, Any], chosen: int) -> None:
    """Ask that no other branch of a `oneOf` accepts what is sent."""
    for at in _near(asking, part["oneOf"]):
        branch = part["oneOf"][at]
        if at != chosen and not asking.sides.apart(asking.pair.sent, branch):
            own = branch if isinstance(branch, Mapping) and "$ref" not in str(branch) else {}
            asking.gap("oneOf", part, detail="two branches may accept the same value", hints=(own, {}))
            return


def _by_type(asking: Asking, part: Mapping[str, Any], keyword: str) -> None:
    groups = [group for group in _GROUPS if asking.ours.types & group]
    if len(groups) < 2:
        _no_branch(asking, part, keyword, [asking.receiver.identity.number(branch) for branch in part[keyword]])
        return
    only = asking.receiver.origins.copied({keyword: part[keyword]}, part)
    for group in groups:
        types = asking.ours.types & group
        name = "number" if "fraction" in types else next(iter(types))
        typed = asking.sender.origins.copied({"type": name}, first_part(asking.pair.sent))
        asking.need(
            None,
            asking.sender.term([*asking.pair.sent.parts, typed], asking.pair.sent.barred),
            asking.receiver.term([only]),
            is_part=True,
        )


def _no_branch(asking: Asking, part: Mapping[str, Any], keyword: str, numbers: list[int]) -> None:
    """No branch accepts everything that is sent: point into the branch that was meant, if that is plain, else at the choice."""
    branches = part[keyword]
    meant = _meant(asking, branches)
    likely = [at for at in _likely(asking, branches, numbers) if not asking.pair.sent.barred.has(numbers[at])]
    scores = [(_likeness(asking, branches[at]), -at) for at in likely]
    best = max(scores, default=(0, 0)) if meant is None else (1, -meant)
    if best[0] > 0:
        term = asking.receiver.term([branches[-best[1]]])
        if term.key != asking.pair.taken.key:
            asking.need(None, asking.pair.sent, term, is_part=_is_part(asking))
            return
    asking.gap("choice", part, hints=({},))


def _meant(asking: Asking, branches: list[Any]) -> int | None:
    """Return the branch that is the same component, or has the same constant, as what is sent."""
    names = {name for part in asking.pair.sent.parts if (name := asking.sender.origins.name_of(part))}
    known = asking.sides.names(branches)
    found = [known[name] for name in sorted(names) if name in known]
    if found:
        return found[0]
    near = _near(asking, branches)
    return near[0] if isinstance(near, list) and len(near) == 1 else None


def _likeness(asking: Asking, schema: Any) -> int:
    theirs = asking.sides.taken(asking.receiver.term([schema]))
    if not asking.ours.types & theirs.types:
        return 0
    score = len(set(asking.ours.names) & set(theirs.names)) * 2
    score += len(set(asking.pair.sent.numbers) & set(theirs.term.numbers)) * 2
    return score + (1 if len(asking.ours.types) == 1 == len(theirs.types) and "object" not in asking.ours.types else 0)
