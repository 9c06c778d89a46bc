"""Causes: what differs, each once, with every operation that it reaches; and the verdicts on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from dynclient.api.operation import Operation
from dynclient.problem import pointer, show
from dynclient.versions.changes import Change, Finality
from dynclient.versions.containment import Containment, Gap, Hop, Pair, Reasons, unguarded
from dynclient.versions.facts import Facts, types_in
from dynclient.versions.policy import Policy
from dynclient.versions.terms import OneWay, Term
from dynclient.versions.witness import Question, witness

#: Makes a whole request or reply of a value of one of its parts.
Lift = Callable[[Any], Mapping[str, Any]]
Way = Literal["request", "response"]
_VICTIMS: dict[Way, str] = {"request": "callers", "response": "readers"}
#: How many ways from a message to a gap are tried for a witness.
_CHAINS = 3
#: What a gap or a notice of each aspect is called in the policy.
_ROWS = {
    "property removed": "property_removed", "readOnly": "read_only", "closed": "closed", "format notice": "format",
}  # fmt: skip


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


class _Node(NamedTuple):
    pair: Pair
    users: list[tuple[Any, Hop]]


class Messages:
    """The messages of one direction whose schemas are compared.

    Args:
        containment: Compares the schemas.
        way: The direction.
    """

    def __init__(self, containment: Containment, way: Way) -> None:
        self.containment = containment
        self.way = way
        self.questions: dict[Any, tuple[Question, list[SchemaUse]]] = {}

    def ask(self, question: Question, use: SchemaUse) -> None:
        """Compare the schemas of a message; equal ones are fine at once."""
        if question.pair.sent.key == question.pair.taken.key:
            return
        key = (question.pair.key, question.sent.place, question.taken.place)
        self.questions.setdefault(key, (question, []))[1].append(use)

    def settle(self, causes: Causes, policy: Policy) -> None:
        """Add the causes of everything that the messages differ in."""
        nodes = self._graph()
        same = {
            key: [need.key for step, need in self.containment.answer(node.pair).needs if step is None]
            for key, node in nodes.items()
        }
        stuck = unguarded({key: found for key, found in same.items() if found})
        for key, node in nodes.items():
            answer: Reasons = self.containment.answer(node.pair)
            gaps = list(answer.gaps)
            if key in stuck and not gaps:
                first = (node.pair.sent.parts or ({},))[0], (node.pair.taken.parts or ({},))[0]
                gaps.append(Gap("cycle", "", *first, "the schema refers to itself for the same value"))
            if not gaps and not answer.notices:
                continue
            ways = list(self._ways_to(nodes, key))
            uses = [use for way in self._roots_of(nodes, key) for use in self.questions[way][1]]
            for gap in gaps:
                self._add_gap(causes, policy, gap, node, ways, uses)
            for notice in answer.notices:
                self._add_notice(causes, policy, notice, node, uses)

    def _graph(self) -> dict[Any, _Node]:
        """Return every pair that the messages lead to, by key, with the pairs that lead to it; keys of questions lead to the first."""
        nodes: dict[Any, _Node] = {}
        pending: list[tuple[Pair, Any, Hop]] = [
            (question.pair, root, None) for root, (question, _) in self.questions.items()
        ]
        at = 0
        while at < len(pending):
            pair, user, step = pending[at]
            at += 1
            known = nodes.get(pair.key)
            if known is not None:
                known.users.append((user, step))
                continue
            nodes[pair.key] = _Node(pair, [(user, step)])
            pending += [(need, pair.key, way) for way, need in self.containment.answer(pair).needs]
        return nodes

    def _roots_of(self, nodes: Mapping[Any, _Node], key: Any) -> list[Any]:
        """Return the questions that lead to a pair."""
        found: dict[Any, None] = {}
        seen = {key}
        pending = [key]
        while pending:
            for user, _ in nodes[pending.pop()].users:
                if user in self.questions:
                    found[user] = None
                elif user not in seen:
                    seen.add(user)
                    pending.append(user)
        return sorted(found, key=list(self.questions).index) if len(found) > 1 else list(found)

    def _ways_to(self, nodes: Mapping[Any, _Node], key: Any) -> Iterator[tuple[Question, list[tuple[Pair, Hop]]]]:
        """Yield the shortest ways from a message to a pair."""
        pending: list[tuple[Any, tuple[tuple[Pair, Hop], ...]]] = [(key, ((nodes[key].pair, None),))]
        seen = {key}
        found = 0
        while pending and found < _CHAINS:
            here, chain = pending.pop(0)
            for user, step in nodes[here].users:
                if user in self.questions:
                    if found < _CHAINS:
                        found += 1
                        yield self.questions[user][0], list(chain)
                elif user not in seen:
                    seen.add(user)
                    pending.append((user, ((nodes[user].pair, step), *chain)))

    def _add_gap(
        self, causes: Causes, policy: Policy, gap: Gap, node: _Node, ways: list[Any], uses: list[SchemaUse]
    ) -> None:
        old, new = self._places(gap, ways[0][1])
        for question, chain in ways:
            value = witness(question, chain, gap)
            if value:
                break
        else:
            question, value = ways[0][0], ()
        verdict: Finality = "breaks" if value else "unknown"
        verdict = self._judged(policy, gap, verdict)
        if verdict is None:
            return
        use = self._use_of(question)
        cause = Cause(
            "schema/" + gap.aspect.replace(" ", "-"), old, new, self._message(gap, node.pair), verdict,
            {_VICTIMS[self.way]: None} if verdict != "fine" else {}, {self.way: None},
            dict.fromkeys(each.operation for each in uses),
            (lambda: use.lift(value[0])) if value else None,
        )  # fmt: skip
        causes.add(cause, gap.name)

    def _judged(self, policy: Policy, gap: Gap, verdict: Finality) -> Any:
        """Return the verdict under the policy; None for a gap that is not reported."""
        receiver = self.containment.receiver
        if gap.aspect == "enum" and self.way == "response":
            if receiver.raw(gap.part).get("x-extensible-enum"):
                return None
            if policy.new_enum_value != "breaks":
                return weighed(policy.new_enum_value, verdict)
        if gap.aspect == "required" and self.way == "request" and policy.required_with_default != "breaks":
            schemas = Facts(receiver, receiver.term([gap.part])).member(gap.name)
            if any("default" in receiver.raw(part) for part in receiver.term(schemas).parts):
                return weighed(policy.required_with_default, verdict)
        return verdict

    def _add_notice(self, causes: Causes, policy: Policy, gap: Gap, node: _Node, uses: list[SchemaUse]) -> None:
        aspect = "format notice" if gap.aspect == "format" else gap.aspect
        verdict = weighed(getattr(policy, _ROWS[aspect]), "breaks")
        if verdict is None:
            return
        old, new = self._places(gap)
        cause = Cause(
            "schema/" + aspect.replace(" ", "-"), old, new, self._message(gap._replace(aspect=aspect), node.pair), verdict,
            {_VICTIMS[self.way]: None} if verdict == "breaks" else {}, {self.way: None}, dict.fromkeys(each.operation for each in uses),
        )  # fmt: skip
        causes.add(cause, gap.name)

    def _use_of(self, question: Question) -> SchemaUse:
        key = (question.pair.key, question.sent.place, question.taken.place)
        return self.questions[key][1][0]

    def _places(self, gap: Gap, chain: Sequence[tuple[Pair, Hop]] = ()) -> tuple[str, str]:
        """Return the places of a gap in the old and the new document; of a schema that says nothing, that of one around it."""
        containment = self.containment
        sent = containment.sender.place(gap.sent) or _around(
            containment.sender, [(pair.sent, hop) for pair, hop in chain]
        )
        taken = containment.receiver.place(gap.part) or _around(
            containment.receiver, [(pair.taken, hop) for pair, hop in chain]
        )
        return (sent, taken) if self.way == "request" else (taken, sent)

    def _message(self, gap: Gap, pair: Pair) -> str:
        """Say what has changed from the old document to the new one."""
        ours, theirs = self.containment.sent(pair.sent), self.containment.taken(pair.taken)
        old, new = (ours, theirs) if self.way == "request" else (theirs, ours)
        told = _CHANGED.get(gap.aspect)
        text = told(old, new, gap.name) if told is not None else gap.aspect
        return f"{text} ({gap.detail})" if gap.detail and gap.aspect not in ("type", "null") else text


def _around(side: OneWay, chain: Sequence[tuple[Term, Hop]]) -> str:
    """Return the innermost place of a chain that is known, and of the property in it that leads on."""
    for term, hop in reversed(chain):
        for part in term.parts:
            place = side.place(part)
            if place:
                named = isinstance(hop, str) and hop in (side.raw(part).get("properties") or ())
                return place + (pointer(("properties", hop)) if named and hop is not None else "")
    return ""


def weighed(weight: str, verdict: Finality) -> Finality | None:
    """Return the verdict on what is a matter of policy; None for what is not reported."""
    return verdict if weight == "breaks" else "fine" if weight == "notice" else None


def _types(facts: Facts) -> str:
    declared = [part["type"] for part in facts.parts if "type" in part]
    if not declared:
        return "any type"
    listed = declared[0] if isinstance(declared[0], list) else [declared[0]]
    for each in declared[1:]:
        listed = [name for name in listed if types_in(name) <= types_in(each)] or listed
    return " or ".join(map(str, listed))


def _enums(old: Facts, new: Facts, _: str) -> str:
    before, after = old.values, new.values
    if before is None or after is None:
        some = after if before is None else before
        return f"only the values {show(some)} are allowed {'now' if before is None else 'before'}; others {'were' if before is None else 'are now'}, too"
    gone = [value for value in before if value not in after]
    more = [value for value in after if value not in before]
    said = [f"values removed: {', '.join(map(show, gone))}"] if gone else []
    return (
        "; ".join([*said, *([f"values added: {', '.join(map(show, more))}"] if more else [])])
        or "the values have changed"
    )


def _between(name: str, keywords: Iterable[str]) -> Callable[[Facts, Facts, str], str]:
    words = tuple(keywords)

    def stated(facts: Facts) -> str:
        found = [f"{word} {show(part[word])}" for part in facts.parts for word in words if word in part]
        return " and ".join(dict.fromkeys(found)) or "none"

    return lambda old, new, _: f"{name} changed from {stated(old)} to {stated(new)}"


def _required(old: Facts, new: Facts, name: str) -> str:
    if name in new.required and name not in old.required:
        known = name in old.names or old.is_stated(name)
        return f"the property {name!r} is required now" if known else f"the required property {name!r} was added"
    known = name in new.names or new.is_stated(name)
    return f"the property {name!r} may be missing now" if known else f"the required property {name!r} was removed"


def _unknown(old: Facts, new: Facts, name: str) -> str:
    if old.is_stated(name) and not new.is_stated(name):
        return f"the property {name!r} was removed, and no others are allowed"
    if new.is_stated(name) and not old.is_stated(name):
        return f"the property {name!r} was added where the old version allows no others"
    return "properties of any name are allowed in one version only"


_CHANGED: dict[str, Callable[[Facts, Facts, str], str]] = {
    "type": lambda old, new, _: f"the type changed from {_types(old)} to {_types(new)}",
    "null": lambda _, new, __: "null is allowed now" if "null" in new.types else "null is not allowed any more",
    "enum": _enums,
    "values": lambda *_: "some of the listed values are not accepted",
    "bounds": _between("the bounds", ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "format")),
    "multipleOf": _between("the step", ("multipleOf",)),
    "pattern": _between("the pattern", ("pattern",)),
    "format": _between("the format", ("format",)),
    "format notice": _between("the format, which nothing checks,", ("format",)),
    "least length": _between("the least length", ("minLength",)),
    "most length": _between("the greatest length", ("maxLength",)),
    "least items": _between("the least number of items", ("minItems",)),
    "most items": _between("the greatest number of items", ("maxItems",)),
    "least properties": _between("the least number of properties", ("minProperties",)),
    "most properties": _between("the greatest number of properties", ("maxProperties",)),
    "unique": _between("uniqueItems", ("uniqueItems",)),
    "required": _required,
    "unknown property": _unknown,
    "dependentRequired": lambda _, __, name: (
        f"the property {name!r} is required beside another one in one version only"
    ),
    "choice": lambda *_: "no branch of the choice accepts everything that the other version sends",
    "oneOf": lambda *_: "a value may fit several branches of oneOf",
    "property removed": lambda _, __, name: f"the optional property {name!r} was removed",
    "readOnly": lambda _, __, name: f"the property {name!r} is readOnly now",
    "closed": lambda *_: "properties that are not named are not allowed any more",
    "not": lambda *_: "values that must not fit a schema have changed",
    "contains": lambda *_: "the items that an array must contain have changed",
    "propertyNames": lambda *_: "the names of properties are restricted in another way",
    "text": lambda *_: "a number became a restricted text",
}
