"""Inspection: recordings in, a Report out. Which operation an exchange calls, everything in which it differs from the document, folded.

The engine tells first only whether a body is valid. What it objects to is put into words once for each place in the schema; after that, equal
objections are counted. What the recorder did not keep is not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from dynclient.api.api import Api
from dynclient.api.described import Content
from dynclient.api.operation import Operation
from dynclient.api.read import ASKED_FOR, reply_problems
from dynclient.api.unpack import Located, unpack
from dynclient.errors import SpecError
from dynclient.exchange import Request, Response
from dynclient.problem import Problem, pointer
from dynclient.schema.finding import Finding, ValuePath, value_at
from dynclient.spec.node import Node
from dynclient.tolerance import Side, rule_of
from dynclient.traffic.desk import Desk
from dynclient.traffic.evidence import evidence_of
from dynclient.traffic.exhibits import (
    broken_finding,
    example_of,
    expected_by,
    form_of,
    has_room,
    key_of,
    likeness_of,
    quoted_value,
    raw_field,
    secrets_of,
    seen_status,
    seen_values,
    subject_of,
)
from dynclient.traffic.folding import folded_token, inferred, template_of
from dynclient.traffic.hosts import base_of, host_of
from dynclient.traffic.masks import masked, masked_url
from dynclient.traffic.occurrences import Occurrences, among
from dynclient.traffic.outline import operation_outline
from dynclient.traffic.placeholders import is_placeholder
from dynclient.traffic.plans import Use, note_uses
from dynclient.traffic.ratings import Ratings, judged
from dynclient.traffic.recording import BrokenRecording, NoExchange, NoRecording, Recorded, Recording
from dynclient.traffic.repeats import REMEMBERED, Repeats
from dynclient.traffic.report import MOST_HOSTS, OTHER_HOSTS, SEEN, Report, TrafficFinding
from dynclient.traffic.subjects import OTHER_SUBJECTS, Key
from dynclient.traffic.watch import Watch
from dynclient.wire.servers import path_of

#: Replies that have no body, whatever a recorder wrote (RFC 9110, section 6.4.1).
_BODILESS = frozenset({204, 205, 304})
#: How many forms of a finding are remembered for a body, and of exchanges for the coverage.
_FORMS = 5000
#: The keywords whose values are worth a list.
_LISTED = frozenset({"enum", "const", "discriminator"})


class Inspector:
    """Judges recordings by documents. It can be pickled, if the documents were opened from what can be read again.

    Args:
        apis: The documents; each exchange goes to the one that it fits.
        servers: More servers of the APIs: where the traffic was recorded.
        ratings: What the user silences or rates anew.
        referee: Whether openapi-core judges in place of this package.
        placeholders: More texts that stand in place of a value, with the wildcards of a shell.
        names: What messages call the documents; by default as they were opened. Another process opens them by other names.
        infer: Whether each finding keeps the evidence for what the document should say instead.

    Raises:
        ValueError: One of the servers is not a URL with a host.
    """

    def __init__(
        self,
        apis: Sequence[Api],
        *,
        servers: Sequence[str] = (),
        ratings: Ratings | None = None,
        referee: bool = False,
        placeholders: Sequence[str] = (),
        infer: bool = False,
        names: Sequence[str] = (),
    ) -> None:
        self.ratings = ratings or Ratings()
        self.placeholders = tuple(placeholders)
        self.infers = infer
        options = {
            "servers": servers,
            "ratings": self.ratings,
            "referee": referee,
            "placeholders": self.placeholders,
            "infer": infer,
            "names": (names := tuple(names) or tuple(api.document.name for api in apis)),
        }
        self._made: Callable[[], Inspector] = partial(Inspector, tuple(apis), **options)  # type: ignore[arg-type]
        bases = [base for url in servers if (base := base_of(url))]
        self.desks = [
            Desk(api.behind(bases), servers, name, is_alone=len(apis) == 1, referee=referee)
            for api, name in zip(apis, names, strict=True)
        ]

    def __reduce__(self) -> tuple[Any, ...]:
        return self._made, ()

    def report(self, recorded: Iterable[Recorded]) -> Report:
        """Return what the documents say of recordings."""
        inspection = Inspection(self)
        for each in recorded:
            inspection.add(each)
        return inspection.finished()

    def is_left_out(self, value: Any) -> bool:
        """Whether a value is a placeholder, which says nothing of the one that was there."""
        return isinstance(value, str) and is_placeholder(value, self.placeholders)


class _Context(NamedTuple):
    """The exchange that is judged: where its findings go, and who it belongs to."""

    target: Report
    desk: Desk
    operation: Operation
    recording: Recording
    keys: list[Key]
    status: int | None

    def with_(self, **changes: Any) -> _Context:
        return self._replace(**changes)


class _Body:
    """Takes the value of a body while it is read, and what the engine objects to in it, not yet in words.

    Args:
        is_judged: Whether the engine judges; not where openapi-core does.
    """

    __slots__ = ("_is_judged", "content", "findings", "value")

    def __init__(self, *, is_judged: bool) -> None:
        self._is_judged = is_judged
        self.content: Content | None = None
        self.value: Any = None
        self.findings: list[Finding] = []

    def __call__(self, content: Content, value: Any) -> list[Problem]:
        self.content, self.value = content, value
        if not self._is_judged:
            return []
        try:
            if not content.json_type:
                return content.problems(value)
            self.findings = content.schema.findings(value)
        except SpecError as error:
            return [Problem("body", (), "schema", f"cannot be checked: {each.message}") for each in error.problems]
        except (ValueError, RecursionError):
            return content.schema.problems(value)
        return []


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


class Inspection:
    """The inspection of one chunk: the report, and what need not be done twice.

    Args:
        inspector: The documents and how they judge.
        remembered: How many different exchanges are remembered, so that repeats are judged once.
    """

    def __init__(self, inspector: Inspector, remembered: int = REMEMBERED) -> None:
        self.inspector = inspector
        self.report = Report()
        self._repeats = Repeats(remembered)
        self._tally: dict[int, dict[Key, _Tally]] = {}
        self._forms: dict[Any, dict[Any, list[Key]]] = {}
        self._sent: dict[int, tuple[Report, Desk, set[Any]]] = {}
        self._received: dict[tuple[int, int], Occurrences] = {}
        self._covered: set[Any] = set()
        self._homes: dict[str, tuple[Report, Sequence[Desk]]] = {}

    def add(self, recorded: Recorded) -> None:
        """Take in what a reader gave."""
        match recorded:
            case Recording():
                self._add_recording(recorded)
            case NoExchange():
                counts = self.report.not_exchanges
                counts[recorded.reason] = counts.get(recorded.reason, 0) + 1
                self._count(self.report, "total", "not_exchanges")
            case BrokenRecording():
                self.report.add(broken_finding(recorded))
            case NoRecording():
                self.report.skipped += 1

    def _count(self, target: Report, *names: str) -> None:
        for name in names:
            target.exchanges[name] += 1

    def _add_recording(self, recording: Recording) -> None:
        key = likeness_of(recording)
        known = self._repeats.find(key)
        if known is not None:
            self._count(known.target, "total", "repeats")
            for each in known.keys:
                self._bump(known.target, each)
            known.target.at(recording.time)
            return
        target, desk, operation, located = self._addressee(recording.exchange.request)
        if recording.time is not None:
            target.at(recording.time)
        keys: list[Key] = []
        try:
            if operation is None:
                self._count(target, "total", "unmatched")
                self._unmatched(target, desk, recording, keys)
                return
            counts = target.exchanges
            counts["total"] += 1
            counts["judged"] += 1
            response = recording.exchange.response
            status = response.status if response is not None else None
            self._judge(_Context(target, desk, operation, recording, keys, status), located)
            for each in set(keys) if keys else ():
                self._witness(target, each, recording.time)
        except Exception as error:  # noqa: BLE001  nothing that was recorded may end a run
            place = recording.place
            target.add(
                broken_finding(BrokenRecording("recording/entry", f"cannot be judged: {type(error).__name__}", place))
            )
        finally:
            self._repeats.keep(key, target, keys)

    def _addressee(self, request: Request) -> tuple[Report, Desk, Operation | None, Located | None]:
        """Return whose exchange it is: the report that it counts for, the document, and the operation."""
        host = host_of(request.url)
        target, known = self._homes.get(host) or self._home_of(host)
        for desk in known:
            operation, located = desk.api.locate(request)
            if operation is not None:
                return target, desk, operation, located
        return target, known[0], None, None

    def _home_of(self, host: str) -> tuple[Report, Sequence[Desk]]:
        """Return for which report the exchanges with a host count, and the documents that may describe them."""
        known = [desk for desk in self.inspector.desks if desk.hosts.knows(host)]
        others = self.report.elsewhere
        name = host if host in others or len(others) < MOST_HOSTS else OTHER_HOSTS
        home = (self.report, known) if known else (others.setdefault(name, Report()), self.inspector.desks)
        if len(self._homes) < MOST_HOSTS:
            self._homes[host] = home
        return home

    def _unmatched(self, target: Report, desk: Desk, recording: Recording, keys: list[Key]) -> None:
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
        rating = self.inspector.ratings.rating(rule, "", path_template, "")
        if rating == "off":
            target.not_judged["silenced"] += 1
            return
        example = example_of(recording.place, "", f"{request.method} {masked_url(request.url)}")
        finding = TrafficFinding(rule, rating or severity, fault, "request", (), place, subject, message, "", seen_status(status), 1, (example,))  # fmt: skip
        if self.inspector.infers:
            template = fitting[0].path if fitting else template_of(desk.without_base(path))
            finding = replace(finding, evidence=operation_outline(recording, template))
        self._keep(target, finding)
        keys.append(finding.key)

    def _judge(self, context: _Context, located: Located | None) -> None:
        recording, operation = context.recording, context.operation
        request, response = recording.exchange.request, recording.exchange.response
        watch = context.desk.watch(operation)
        opinion = context.desk.opinion
        sent, received = opinion(recording.exchange, operation) if opinion is not None else (None, None)
        if recording.intended:
            context.target.not_judged["intended"] += 1
            arguments: Mapping[Any, Any] = {}
        else:
            arguments = self._judge_request(context, watch, request, located, sent)
        if response is not None:
            self._judge_response(context, watch, request, response, received)
        self._cover(context, watch, arguments)

    def _judge_request(
        self,
        context: _Context,
        watch: Watch,
        request: Request,
        located: Located | None,
        opinion: Sequence[Problem] | None,
    ) -> Mapping[Any, Any]:
        recording, operation = context.recording, context.operation
        body = _Body(is_judged=opinion is None)
        arguments, _, problems = unpack(operation, request, located=located, judge=body)
        bodied = _has_known_body(recording)
        if not bodied and operation.body is not None:
            context.target.not_judged["unknown_bodies"] += 1
        kept = self._kept_of_request(context, watch, problems if opinion is None else opinion)
        if kept:
            self._problems(context, "request", kept, arguments, body)
        if bodied and body.content is not None:
            self._judge_body(context, "request", body)
        elif bodied and operation.body is None and request.content:
            self._problem(context, "request", Problem("body", (), "undocumented", "is sent, but not documented"))
        for problem in watch.request_extras(request, arguments, located):
            self._problem(context, "request", problem)
        return arguments

    def _kept_of_request(self, context: _Context, watch: Watch, problems: Sequence[Problem]) -> Sequence[Problem]:
        """Return the problems of a request that are about something that the recorder keeps."""
        recording = context.recording
        if problems:
            bodied = _has_known_body(recording)
            problems = [problem for problem in problems if problem.where != "body" or bodied]
            if not recording.has_request_headers:
                lacks = any(problem.where == "security" for problem in problems)
                context.target.not_judged["credentials_left_out"] += lacks
                problems = [problem for problem in problems if problem.where not in ("header", "cookie", "security")]
        return self._judge_credentials(context, watch, recording.exchange.request, problems)

    def _judge_credentials(
        self, context: _Context, watch: Watch, request: Request, problems: Sequence[Problem]
    ) -> Sequence[Problem]:
        if not watch.requires_credentials or not context.recording.has_request_headers:
            return problems
        target, state = context.target, context.recording.credentials
        text = request.headers.lowered.get("authorization", "") if state == "shown" else ""
        misshapen = watch.misshapen(text) if text and not self.inspector.is_left_out(text) else []
        others = [problem for problem in problems if problem.where != "security"] if problems else []
        lacks = len(others) < len(problems) and not misshapen
        if lacks and state in ("left out", "redacted"):
            target.not_judged["credentials_left_out"] += 1
            return others
        target.lacking = target.lacking[0] + lacks, target.lacking[1] + (not lacks)
        return problems if lacks else [*others, *misshapen]

    def _judge_response(
        self,
        context: _Context,
        watch: Watch,
        request: Request,
        response: Response,
        opinion: Sequence[Problem] | None,
    ) -> None:
        recording, operation = context.recording, context.operation
        body = _Body(is_judged=opinion is None)
        reply = operation.reply(response.status)
        found = reply_problems(operation, response, body)
        problems = found if opinion is None else opinion
        bodiless = _is_bodiless(request, response)
        if recording.response_body == "unknown" and not bodiless and reply is not None and reply.contents:
            context.target.not_judged["unknown_bodies"] += 1
        is_judged = recording.response_body != "unknown" and not bodiless
        fields = tuple(response.headers.lowered)
        occurrences = self._received_by(context)
        occurrences.add_reply(
            "" if reply is None else reply.status, fields if reply and reply.headers else (), has_known_body=is_judged
        )
        if problems:
            self._problems(context, "response", _kept_of_response(recording, problems), {}, body)
        if is_judged and body.content is not None:
            self._judge_body(context, "response", body, occurrences)
        elif is_judged and reply is not None and not reply.contents and response.content:
            self._problem(context, "response", Problem("body", (), "undocumented", "is received, but not documented"))
        if recording.has_response_headers and reply is not None:
            for problem in watch.response_extras(fields, reply.status):
                self._problem(context, "response", problem)

    def _judge_body(self, context: _Context, side: Side, body: _Body, occurrences: Occurrences | None = None) -> None:
        """Count what the engine objects to, put new objections into words, and note what the value uses of its schema."""
        content = body.content
        if content is None:
            return
        if body.findings:
            forms = self._forms.setdefault((id(content), id(context.target), (context.status or 0) // 100), {})
            counted: set[Any] = set()
            for finding in body.findings:
                if self.inspector.is_left_out(value_at(body.value, finding.path)) and finding.keyword != "required":
                    context.target.not_judged["placeholders"] += 1
                    continue
                if (
                    finding.keyword == "required"
                ):  # an engine may tell of each missing property: the first names all of them
                    if (id(finding.schema), finding.path) in counted:
                        continue
                    counted.add((id(finding.schema), finding.path))
                form = form_of(finding, body.value)
                keys = forms.get(form) if form is not None else None
                if keys is None or self._wants_example(context, keys):
                    keys = self._explained(context, side, body, finding, counted)
                    if form is not None and len(forms) < _FORMS:
                        forms[form] = keys
                else:
                    for key in keys:
                        if (key, finding.path) not in counted:
                            counted.add((key, finding.path))
                            self._bump(context.target, key)
                            context.keys.append(key)
        plan = context.desk.plan_of(content, side)
        if plan is None:
            return
        used = {plan} if occurrences is not None else self._sent_by(context)
        uses: list[Use] = []
        if isinstance(body.value, dict | list):
            note_uses(plan, body.value, used, [], uses)
        if occurrences is not None:
            occurrences.add_body(used)
        for use in uses:
            problem = Problem("body", use.path, use.word, _USES[use.word])
            self._problem(context, side, problem, node=use.node, body=body)

    def _wants_example(self, context: _Context, keys: list[Key]) -> bool:
        """Whether a finding has room for an example of another exchange."""
        return self.inspector.infers or any(
            has_room(context.target.kept.get(context.target.home(key)), context.recording.place) for key in keys
        )

    def _explained(self, context: _Context, side: Side, body: _Body, finding: Finding, counted: set[Any]) -> list[Key]:
        keys: list[Key] = []
        content = body.content
        for problem in content.schema.explained([finding], body.value) if content is not None else ():
            key = self._problem(context, side, problem, body=body, counted=counted, at=finding.path)
            if key is not None:
                keys.append(key)
        return keys

    def _problems(
        self, context: _Context, side: Side, problems: Iterable[Problem], arguments: Mapping[Any, Any], body: _Body
    ) -> None:
        for problem in problems:
            key = (problem.where, str(problem.path[0])) if problem.path else None
            value = arguments.get(key) if key is not None else None
            if (
                key is not None
                and problem.keyword != "required"
                and self.inspector.is_left_out(
                    value_at(value, problem.path[1:])
                    if value is not None
                    else raw_field(_message(context, side), problem)
                )
            ):
                context.target.not_judged["placeholders"] += 1
                continue
            self._problem(context, side, problem, body=body, argument=value)

    def _problem(
        self,
        context: _Context,
        side: Side,
        problem: Problem,
        *,
        node: Node | None = None,
        body: _Body | None = None,
        argument: Any = None,
        counted: set[Any] | None = None,
        at: ValuePath | None = None,
    ) -> Key | None:
        """Add a problem as a finding; return its key, or None when it is not judged."""
        recording, operation, target = context.recording, context.operation, context.target
        in_body = problem.where == "body" and body is not None and body.content is not None
        if (
            in_body
            and problem.path
            and body is not None
            and self.inspector.is_left_out(value_at(body.value, problem.path))
        ):
            target.not_judged["placeholders"] += 1
            return None
        rule = rule_of(side, problem)
        at_pointer = pointer(problem.path)
        rating = self.inspector.ratings.rating(rule, operation.id, operation.path, at_pointer)
        if rating == "off":
            target.not_judged["silenced"] += 1
            return None
        severity, fault = judged(rule, side, context.status)
        message = _message(context, side)
        if node is None:
            place, node = context.desk.placed(operation, side, message, problem)
        else:
            place = context.desk.place(node)
        subject = subject_of(problem, message)
        key = key_of(rule, rating or severity, fault, side, subject, place, operation.id)
        if counted is not None:
            if (key, at) in counted:
                return key
            counted.add((key, at))
        context.keys.append(key)
        before = target.kept.get(target.home(key))
        known = before is not None and operation.id in before.operations and not has_room(before, recording.place)
        is_told = problem.keyword not in _LISTED or (before is not None and len(before.seen) >= SEEN)
        if known and is_told and not self.inspector.infers:
            self._bump(target, key)
            return key
        hidden = secrets_of(operation, recording.exchange)
        where = f"{problem.where}{pointer(map(folded_token, problem.path))}"
        content, whole = (body.content, body.value) if body is not None else (None, None)
        value = quoted_value(operation, problem, content, whole, argument)
        hint = f" ({problem.hint})" if problem.hint else ""
        text = masked(
            f"{problem.message}{hint}", hidden
        )  # apart from the place, whose last name may be that of a secret
        finding = TrafficFinding(
            rule, rating or severity, fault, side, (operation.id,), place, subject,
            message=f"{masked(where.replace('/', ' /', 1), hidden)}: {text}",
            expected=expected_by(node, problem.keyword),
            seen=seen_values(problem, masked(value, hidden), message),
            examples=(example_of(recording.place, masked(f"{problem.where}{at_pointer}", hidden), masked(value, hidden)),),
            among=_among(context, side, problem, content),
            evidence=evidence_of(recording, side, operation.path, problem, whole, argument, value) if self.inspector.infers else None,
        )  # fmt: skip
        self._keep(target, finding)
        return key

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

    def _bump(self, target: Report, key: Key) -> None:
        self._tally_of(target, key).count += 1

    def _witness(self, target: Report, key: Key, time: float | None) -> None:
        """Note that a different exchange has a finding."""
        tally = self._tally_of(target, key)
        tally.exchanges += 1
        tally.at(time)

    def _sent_by(self, context: _Context) -> set[Any]:
        key = id(context.target) ^ id(context.desk)
        return self._sent.setdefault(key, (context.target, context.desk, set()))[2]

    def _received_by(self, context: _Context) -> Occurrences:
        key = id(context.target), id(context.operation)
        found = self._received.get(key)
        if found is None:
            found = self._received[key] = Occurrences(context.target, context.desk, context.operation)
        return found

    def _cover(self, context: _Context, watch: Watch, arguments: Mapping[Any, Any]) -> None:
        request, response = context.recording.exchange.request, context.recording.exchange.response
        kinds = (
            request.headers.lowered.get("content-type", ""),
            response.headers.lowered.get("content-type", "") if response is not None else "",
        )
        key = id(context.target), watch.label, tuple(arguments), context.status, kinds
        if key in self._covered:
            return
        if len(self._covered) >= _FORMS:  # every multipart body has a media type with a boundary of its own
            self._covered.clear()
        self._covered.add(key)
        for kind, name in watch.covered(arguments, context.status, *kinds):
            context.target.coverage.add(kind, name)

    def finished(self) -> Report:
        """Return the report, with what was counted on the side."""
        targets = [self.report, *self.report.elsewhere.values()]
        for target in targets:
            for key, tally in self._tally.get(id(target), {}).items():
                if key in target.kept:
                    target.kept[key] = tally.added_to(target.kept[key])
        for each in self._received.values():
            each.finish()
        for target, desk, used in self._sent.values():
            for use in used:
                for kind, name in desk.coverage_of(use):
                    target.coverage.add(kind, name)
        return self.report


def _among(context: _Context, side: Side, problem: Problem, content: Content | None) -> tuple[str, ...]:
    """Return the name under which the replies are counted that could have a problem."""
    if side != "response" or context.status is None:
        return ()
    plan = context.desk.plan_of(content, side) if content is not None else None
    found = among(context.desk, context.operation, context.status, problem, plan)
    return () if found is None else (found,)


def _has_known_body(recording: Recording) -> bool:
    """Whether the body of a request, or that it had none, is known, and what it is."""
    return recording.request_body != "unknown" and (
        recording.has_request_headers or _has_known_type(recording.exchange.request)
    )


def _has_known_type(message: Request | Response) -> bool:
    """Whether the media type of a body, or that it had none, is known although the recorder keeps no header fields."""
    return not message.content or "Content-Type" in message.headers


def _is_bodiless(request: Request, response: Response) -> bool:
    return request.method == "HEAD" or response.status in _BODILESS


def _kept_of_response(recording: Recording, problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems of a reply that are about something that the recorder keeps and that the reply has."""
    request, response = recording.exchange.request, recording.exchange.response
    if response is None:
        return list(problems)
    has_headers = recording.has_response_headers
    is_bodied = recording.response_body != "unknown" and (has_headers or _has_known_type(response))
    is_bodied = is_bodied and not _is_bodiless(request, response)
    is_told = recording.has_request_headers or response.status not in ASKED_FOR
    kept = {"body": is_bodied, "header": has_headers, "status": is_told}
    return [each for each in problems if kept.get(each.where, True)]


_USES = {
    "unknown": "is not a documented property",
    "deprecated": "is deprecated",
    "readOnly": "is readOnly, but is sent",
    "writeOnly": "is writeOnly, but is received",
}


def _message(context: _Context, side: Side) -> Request | Response:
    """Return the request or the reply."""
    exchange = context.recording.exchange
    return exchange.response if side == "response" and exchange.response is not None else exchange.request
