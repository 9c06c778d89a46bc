"""Findings: the problems of exchanges, folded, rated and counted, each with its first examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from dynclient.api.described import Content
from dynclient.api.operation import Operation
from dynclient.exchange import Request, Response
from dynclient.problem import Problem, Tokens, pointer
from dynclient.schema.finding import ValuePath, value_at
from dynclient.spec.node import Node
from dynclient.tolerance import Severity, Side, rule_of
from dynclient.traffic.case import Case
from dynclient.traffic.evidence import evidence_of
from dynclient.traffic.exhibits import (
    example_of,
    expected_by,
    has_room,
    key_of,
    quoted_value,
    raw_field,
    secrets_of,
    seen_status,
    subject_of,
)
from dynclient.traffic.folding import folded_token, inferred, template_of
from dynclient.traffic.masks import masked, masked_url
from dynclient.traffic.occurrences import among
from dynclient.traffic.outline import operation_outline
from dynclient.traffic.placeholders import is_placeholder
from dynclient.traffic.ratings import Ratings, judged
from dynclient.traffic.recording import Recording
from dynclient.traffic.report import SEEN, AtFault, DocumentPlace, Report, TrafficFinding
from dynclient.traffic.subjects import OTHER_SUBJECTS, Key
from dynclient.wire.servers import path_of

if TYPE_CHECKING:
    from dynclient.traffic.bodycheck import BodyCheck
    from dynclient.traffic.desk import Desk
    from dynclient.traffic.plans import Use

#: How many problems are known again.
_SEEN = 5000
#: The keywords whose values are worth a list.
_LISTED = frozenset({"enum", "const", "discriminator"})


_USES = {
    "unknown": "is not a documented property",
    "deprecated": "is deprecated",
    "readOnly": "is readOnly, but is sent",
    "writeOnly": "is writeOnly, but is received",
}


class _Tally:
    """What is counted of a finding on the side: how often it was seen again, in how many different exchanges, and when."""

    __slots__ = ("count", "exchanges", "first", "last")

    def __init__(self) -> None:
        self.count = self.exchanges = 0
        self.first: float | None = None
        self.last: float | None = None

    def take(self, other: _Tally) -> None:
        """Count what another one counted, too."""
        self.count += other.count
        for time in (other.first, other.last):
            self.at(time)

    def at(self, time: float | None) -> None:
        """Note when it was seen."""
        if time is not None:
            self.first = time if self.first is None else min(time, self.first)
            self.last = time if self.last is None else max(time, self.last)

    def added_to(self, finding: TrafficFinding) -> TrafficFinding:
        """Return the finding with what was counted."""
        count = finding.count + self.count
        exchanges = 0 if finding.subject == OTHER_SUBJECTS else self.exchanges
        return replace(finding, count=count, exchanges=exchanges, first=self.first, last=self.last)


class _Kind(NamedTuple):
    """What findings of one kind have in common, and the place in the document that objects, with its schema or parameter."""

    key: Key
    rule: str
    severity: Severity
    fault: AtFault
    subject: str
    place: DocumentPlace | None
    node: Node | None


class Findings:
    """The findings of one chunk.

    Args:
        ratings: What the user silences or rates anew.
        placeholders: More texts that stand in place of a value, with the wildcards of a shell.
        infers: Whether each finding keeps the evidence for what the document should say instead.
    """

    def __init__(self, ratings: Ratings, placeholders: tuple[str, ...], *, infers: bool) -> None:
        self._ratings = ratings
        self._placeholders = placeholders
        self._infers = infers
        self._seen: dict[Any, Key] = {}
        self._hidden: tuple[Recording | None, list[str]] = None, []
        self._tally: dict[int, dict[Key, _Tally]] = {}

    def is_left_out(self, value: Any) -> bool:
        """Whether a value is a placeholder, which says nothing of the one that was there."""
        return isinstance(value, str) and is_placeholder(value, self._placeholders)

    def wants_example(self, case: Case, keys: Iterable[Key]) -> bool:
        """Whether one of these findings has room for an example of another exchange."""
        if self._infers:
            return True
        target, place = case.target, case.recording.place
        return True in [has_room(target.kept.get(target.home(key)), place) for key in keys]

    def add_all(
        self, case: Case, side: Side, problems: Iterable[Problem], arguments: Mapping[Any, Any], body: BodyCheck
    ) -> None:
        """Add problems as findings, but for those about a value that is left out.

        Args:
            case: The exchange.
            side: The side that they are about.
            problems: The problems.
            arguments: The values of the parameters.
            body: The body.
        """
        for problem in problems:
            key = (problem.where, str(problem.path[0])) if problem.path else None
            value = arguments.get(key) if key is not None else None
            if (
                key is not None
                and problem.keyword != "required"
                and self.is_left_out(
                    value_at(value, problem.path[1:]) if value is not None else raw_field(case.message(side), problem)
                )
            ):
                case.target.not_judged["placeholders"] += 1
                continue
            self.add(case, side, problem, body=body, argument=value)

    def add(
        self,
        case: Case,
        side: Side,
        problem: Problem,
        *,
        node: Node | None = None,
        body: BodyCheck | None = None,
        argument: Any = None,
        counted: set[Any] | None = None,
        at: ValuePath | None = None,
    ) -> Key | None:
        """Add a problem as a finding.

        Args:
            case: The exchange.
            side: The side that it is about.
            problem: The problem.
            node: Its place in the document, where that is known.
            body: The body that it may be about.
            argument: The value of the parameter that it is about, if any.
            counted: What was counted for this exchange; one problem at one place counts once.
            at: The place in the value that the engine named.

        Returns:
            The key of the finding; None when the problem is not judged.
        """
        in_body = problem.where == "body" and body is not None and body.content is not None
        if in_body and problem.path and body is not None and self.is_left_out(value_at(body.value, problem.path)):
            case.target.not_judged["placeholders"] += 1
            return None
        seen = _seen_as(case, side, case.message(side), problem.where, problem.keyword, problem.path, node)
        if (known := self._counted_again(case, seen, problem.keyword, counted, at)) is not None:
            return known
        kind = self._kind_of(case, side, problem, node)
        if kind is None:
            case.target.not_judged["silenced"] += 1
            return None
        if len(self._seen) < _SEEN:
            self._seen[seen] = kind.key
        if counted is not None:
            if (kind.key, at) in counted:
                return kind.key
            counted.add((kind.key, at))
        case.keys.append(kind.key)
        if self._has_all(case, problem.keyword, kind.key):
            self.bump(case.target, kind.key)
        else:
            self._keep(case.target, self._described(case, side, problem, kind, body, argument))
        return kind.key

    def _kind_of(self, case: Case, side: Side, problem: Problem, node: Node | None) -> _Kind | None:
        """Return what makes the finding of a problem the same as others; None when the user silences it."""
        operation, message, rule = case.operation, case.message(side), rule_of(side, problem)
        rating = self._ratings.rating(rule, operation.id, operation.path, pointer(problem.path))
        if rating == "off":
            return None
        severity, fault = judged(rule, side, case.status)
        place, node = (
            case.desk.placed(operation, side, message, problem) if node is None else (case.desk.place(node), node)
        )
        subject = subject_of(problem, message)
        key = key_of(rule, rating or severity, fault, side, subject, place, operation.id)
        return _Kind(key, rule, rating or severity, fault, subject, place, node)

    def _described(
        self, case: Case, side: Side, problem: Problem, kind: _Kind, body: BodyCheck | None, argument: Any
    ) -> TrafficFinding:
        """Return a problem as a finding with an example; a finding that is known lends it its words."""
        recording, operation, target = case.recording, case.operation, case.target
        hidden = self._secrets_of(operation, recording)
        content, whole = (body.content, body.value) if body is not None else (None, None)
        value = quoted_value(operation, problem, content, whole, argument)
        shown, before = masked(value, hidden), target.kept.get(target.home(kind.key))
        where = masked(f"{problem.where}{pointer(problem.path)}", hidden)
        return TrafficFinding(
            kind.rule, kind.severity, kind.fault, side, (operation.id,), kind.place, kind.subject,
            message=_words(problem, hidden) if before is None else before.message,
            expected=expected_by(kind.node, problem.keyword) if before is None else before.expected,
            seen=(shown,) if shown and problem.keyword in _LISTED else (),
            examples=(example_of(recording.place, where, shown),),
            among=_among(case, side, problem, content),
            evidence=evidence_of(recording, side, operation.path, problem, whole, argument, value) if self._infers else None,
        )  # fmt: skip

    def add_use(self, case: Case, side: Side, use: Use, body: BodyCheck) -> None:
        """Add what a body uses of its schema as a finding."""
        if not self.is_left_out(value_at(body.value, use.path)):
            seen = _seen_as(case, side, case.message(side), "body", use.word, use.path, use.node)
            if self._counted_again(case, seen, use.word) is not None:
                return
        self.add(case, side, Problem("body", use.path, use.word, _USES[use.word]), node=use.node, body=body)

    def _counted_again(
        self, case: Case, seen: Any, keyword: str, counted: set[Any] | None = None, at: ValuePath | None = None
    ) -> Key | None:
        """Count a problem that is known already; return None if it is not, or if its finding could take more from it than the count."""
        key = self._seen.get(seen)
        if key is None or not self._has_all(case, keyword, key):
            return None
        if counted is None or (key, at) not in counted:
            case.keys.append(key)
            self.bump(case.target, key)
            if counted is not None:
                counted.add((key, at))
        return key

    def _has_all(self, case: Case, keyword: str, key: Key) -> bool:
        """Whether a finding has everything but the count that it could take from a problem."""
        before = case.target.kept.get(case.target.home(key))
        if self._infers or before is None or case.operation.id not in before.operations:
            return False
        is_told = keyword not in _LISTED or len(before.seen) >= SEEN
        return is_told and not has_room(before, case.recording.place)

    def _secrets_of(self, operation: Operation, recording: Recording) -> list[str]:
        """Return the secrets of an exchange; those of the last one are kept, as it may have many findings."""
        if self._hidden[0] is not recording:
            self._hidden = recording, secrets_of(operation, recording.exchange)
        return self._hidden[1]

    def _keep(self, target: Report, finding: TrafficFinding) -> None:
        """Add a finding; what was counted of one that gives way to it counts for the others."""
        displaced = target.add(finding)
        tally = self._tally.get(id(target), {}).pop(displaced, None) if displaced is not None else None
        if displaced is not None and tally is not None:
            self._tally_of(target, displaced).take(tally)

    def _tally_of(self, target: Report, key: Key) -> _Tally:
        tallies = self._tally.setdefault(id(target), {})
        key = target.home(key)
        found = tallies.get(key)
        if found is None:
            found = tallies[key] = _Tally()
        return found

    def bump(self, target: Report, key: Key, time: float | None = None) -> None:
        """Count a finding once more, and note when that was recorded, if it is known."""
        tally = self._tally_of(target, key)
        tally.count += 1
        tally.at(time)

    def witness(self, target: Report, key: Key, time: float | None) -> None:
        """Note that a different exchange has a finding, and when that was recorded."""
        tally = self._tally_of(target, key)
        tally.exchanges += 1
        tally.at(time)

    def add_unmatched(self, target: Report, desk: Desk, recording: Recording) -> Key | None:
        """Add the finding of an exchange that calls no operation; return its key, None when it is silenced."""
        request, response = recording.exchange.request, recording.exchange.response
        status = response.status if response is not None else None
        path = path_of(request.url) or "/"
        fitting = list(desk.api.candidates(request.url))
        if fitting:
            operation, where = fitting[0], "method"
            methods = ", ".join(dict.fromkeys(each.method for each in fitting))
            subject, place = f"{request.method} {operation.path}", desk.place(operation.item)
            message = f"{subject} is not documented (documented: {methods})"
        else:
            where, place = "path", None
            subject = f"{request.method} {masked(inferred(path))}"
            near = desk.neighbours.nearest(request.method, path)
            message = f"{subject} is not documented"
            if near.operation is not None:
                message += f" (the nearest is {near.operation.key}: {near.why})"
                place = desk.place(near.operation.item)
        rule = f"request/{where}/unknown"
        severity, fault = judged(rule, "request", status)
        if request.method == "HEAD" and any(each.method == "GET" for each in fitting):
            severity = "hint"  # who serves GET serves HEAD, documented or not (RFC 9110, section 9.1)
        path_template = fitting[0].path if fitting else inferred(path)
        rating = self._ratings.rating(rule, "", path_template, "")
        if rating == "off":
            target.not_judged["silenced"] += 1
            return None
        example = example_of(recording.place, "", f"{request.method} {masked_url(request.url)}")
        finding = TrafficFinding(rule, rating or severity, fault, "request", (), place, subject, message, "", seen_status(status), 1, (example,))  # fmt: skip
        if self._infers:
            template = fitting[0].path if fitting else template_of(desk.without_base(path))
            finding = replace(finding, evidence=operation_outline(recording, template))
        self._keep(target, finding)
        return finding.key

    def finish(self, targets: Iterable[Report]) -> None:
        """Put what was counted on the side into the reports."""
        for target in targets:
            for key, tally in self._tally.get(id(target), {}).items():
                if key in target.kept:
                    target.kept[key] = tally.added_to(target.kept[key])


def _words(problem: Problem, hidden: Iterable[str]) -> str:
    """Return the message of a finding."""
    where = f"{problem.where}{pointer(map(folded_token, problem.path))}".replace("/", " /", 1)
    hint = f" ({problem.hint})" if problem.hint else ""
    # each is masked for itself, as the last name of the place may be that of a secret
    return f"{masked(where, hidden)}: {masked(f'{problem.message}{hint}', hidden)}"


def _seen_as(
    case: Case, side: Side, message: Request | Response, where: str, keyword: str, path: Tokens, node: Node | None
) -> tuple[Any, ...]:
    """Return what is the same for problems that are counted alike."""
    kind = message.headers.lowered.get("content-type")
    return id(case.target), id(case.operation), side, case.status, kind, where, keyword, path, id(node)


def _among(case: Case, side: Side, problem: Problem, content: Content | None) -> tuple[str, ...]:
    """Return the name under which the replies are counted that could have a problem."""
    if side != "response" or case.status is None:
        return ()
    plan = case.desk.plan_of(content, side) if content is not None else None
    found = among(case.desk, case.operation, case.status, problem, plan)
    return () if found is None else (found,)
