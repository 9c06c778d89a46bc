"""The messages of one direction whose schemas are compared: what their terms lack becomes causes, with a verdict and a witness each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dynclient.problem import pointer
from dynclient.versions.causes import Cause, Causes, SchemaUse, Way, weighed
from dynclient.versions.changes import Finality
from dynclient.versions.containment import Containment
from dynclient.versions.facts import Facts
from dynclient.versions.policy import Policy
from dynclient.versions.reasons import Gap, Hop, Pair, Question, Reasons, unguarded
from dynclient.versions.terms import OneWay, Term
from dynclient.versions.witness import witness
from dynclient.versions.wording import describe_gap

_VICTIMS: dict[Way, str] = {"request": "callers", "response": "readers"}
#: How many ways from a message to a gap are tried for a witness.
_CHAINS = 3
#: What a gap or a notice of each aspect is called in the policy.
_ROWS = {
    "property removed": "property_removed", "readOnly": "read_only", "closed": "closed", "format notice": "format", "content": "format",
}  # fmt: skip


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
            "schema/" + gap.aspect.replace(" ", "-"), old, new, self._said(gap, node.pair), verdict,
            {_VICTIMS[self.way]: None} if verdict != "fine" else {}, {self.way: None},
            dict.fromkeys(each.operation for each in uses),
            (lambda: use.lift(value[0])) if value else None,
        )  # fmt: skip
        causes.add(cause, gap.name)

    def _judged(self, policy: Policy, gap: Gap, verdict: Finality) -> Any:
        """Return the verdict under the policy; None for a gap that is not reported."""
        receiver = self.containment.receiver
        if gap.aspect == "enum" and self.way == "response":
            if receiver.origins.raw(gap.part).get("x-extensible-enum"):
                return None
            if policy.new_enum_value != "breaks":
                return weighed(policy.new_enum_value, verdict)
        if gap.aspect == "required" and self.way == "request" and policy.required_with_default != "breaks":
            schemas = Facts(receiver, receiver.term([gap.part])).member(gap.name)
            if any("default" in receiver.origins.raw(part) for part in receiver.term(schemas).parts):
                return weighed(policy.required_with_default, verdict)
        return verdict

    def _add_notice(self, causes: Causes, policy: Policy, gap: Gap, node: _Node, uses: list[SchemaUse]) -> None:
        aspect = "format notice" if gap.aspect == "format" else gap.aspect
        verdict = weighed(getattr(policy, _ROWS[aspect]), "breaks")
        if verdict is None:
            return
        old, new = self._places(gap)
        cause = Cause(
            "schema/" + aspect.replace(" ", "-"), old, new, self._said(gap._replace(aspect=aspect), node.pair), verdict,
            {_VICTIMS[self.way]: None} if verdict == "breaks" else {}, {self.way: None}, dict.fromkeys(each.operation for each in uses),
        )  # fmt: skip
        causes.add(cause, gap.name)

    def _use_of(self, question: Question) -> SchemaUse:
        key = (question.pair.key, question.sent.place, question.taken.place)
        return self.questions[key][1][0]

    def _places(self, gap: Gap, chain: Sequence[tuple[Pair, Hop]] = ()) -> tuple[str, str]:
        """Return the places of a gap in the old and the new document; of a schema that says nothing, that of one around it."""
        containment = self.containment
        sent = containment.sender.origins.pointer_of(gap.sent) or _around(
            containment.sender, [(pair.sent, hop) for pair, hop in chain]
        )
        taken = containment.receiver.origins.pointer_of(gap.part) or _around(
            containment.receiver, [(pair.taken, hop) for pair, hop in chain]
        )
        return (sent, taken) if self.way == "request" else (taken, sent)

    def _said(self, gap: Gap, pair: Pair) -> str:
        """Say what has changed from the old document to the new one."""
        ours, theirs = self.containment.sent(pair.sent), self.containment.taken(pair.taken)
        return describe_gap(gap, *((ours, theirs) if self.way == "request" else (theirs, ours)))


def _around(side: OneWay, chain: Sequence[tuple[Term, Hop]]) -> str:
    """Return the innermost place of a chain that is known, and of the property in it that leads on."""
    for term, hop in reversed(chain):
        for part in term.parts:
            place = side.origins.pointer_of(part)
            if place:
                named = isinstance(hop, str) and hop in (side.origins.raw(part).get("properties") or ())
                return place + (pointer(("properties", hop)) if named and hop is not None else "")
    return ""
