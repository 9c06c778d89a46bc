"""The judge of a side of an exchange, the request or the reply, in full. What the recorder did not keep is not judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dynclient.api.read import reply_problems
from dynclient.api.unpack import unpack
from dynclient.exchange import Request, Response
from dynclient.problem import Problem
from dynclient.tolerance import Side
from dynclient.traffic.bodycheck import BodyCheck, BodyChecks
from dynclient.traffic.case import Case, has_known_body, is_bodiless, kept_of_response, unknown_bodies

if TYPE_CHECKING:
    from dynclient.traffic.exercise import Exercise
    from dynclient.traffic.findings import Findings
    from dynclient.traffic.watch import Watch


class SideJudge:
    """Judges the sides of the exchanges of one chunk that call an operation.

    Args:
        findings: Receives what is wrong with them.
        exercise: Receives what they use of the documents.
    """

    def __init__(self, findings: Findings, exercise: Exercise) -> None:
        self._findings = findings
        self._exercise = exercise
        self._bodies = BodyChecks(findings, exercise)

    def judge(self, case: Case, sides: Sequence[Side]) -> None:
        """Judge an exchange.

        Args:
            case: The exchange.
            sides: The sides that are judged; the others are known to be clean.
        """
        recording, operation = case.recording, case.operation
        request, response = recording.exchange.request, recording.exchange.response
        watch = case.desk.watch(operation)
        reply = operation.reply(response.status) if response is not None else None
        case.target.not_judged["unknown_bodies"] += unknown_bodies(recording, operation, reply)
        opinion = case.desk.opinion
        sent, received = opinion(recording.exchange, operation) if opinion is not None else (None, None)
        if "request" in sides:
            arguments: Mapping[Any, Any] = {}
            if recording.intended:
                case.target.not_judged["intended"] += 1
            else:
                arguments = self._judge_request(case, watch, request, sent)
            self._exercise.cover(case, arguments)
        if response is not None and "response" in sides:
            self._judge_response(case, watch, request, response, received)

    def _judge_request(
        self,
        case: Case,
        watch: Watch,
        request: Request,
        opinion: Sequence[Problem] | None,
    ) -> Mapping[Any, Any]:
        recording, operation = case.recording, case.operation
        body = BodyCheck(is_judged=opinion is None)
        arguments, _, problems = unpack(operation, request, located=case.located, judge=body)
        bodied = has_known_body(recording)
        kept = self._kept_of_request(case, watch, problems if opinion is None else opinion)
        if kept:
            self._findings.add_all(case, "request", kept, arguments, body)
        if bodied and body.content is not None:
            self._bodies.judge(case, "request", body)
        elif bodied and operation.body is None and request.content:
            self._findings.add(case, "request", Problem("body", (), "undocumented", "is sent, but not documented"))
        for problem in watch.request_extras(request, arguments, case.located):
            self._findings.add(case, "request", problem)
        return arguments

    def _kept_of_request(self, case: Case, watch: Watch, problems: Sequence[Problem]) -> Sequence[Problem]:
        """Return the problems of a request that are about something that the recorder keeps."""
        recording = case.recording
        if problems:
            bodied = has_known_body(recording)
            problems = [problem for problem in problems if problem.where != "body" or bodied]
            if not recording.has_request_headers:
                lacks = any(problem.where == "security" for problem in problems)
                case.target.not_judged["credentials_left_out"] += lacks
                problems = [problem for problem in problems if problem.where not in ("header", "cookie", "security")]
        return self._judge_credentials(case, watch, recording.exchange.request, problems)

    def _judge_credentials(
        self, case: Case, watch: Watch, request: Request, problems: Sequence[Problem]
    ) -> Sequence[Problem]:
        if not watch.requires_credentials or not case.recording.has_request_headers:
            return problems
        target, state = case.target, case.recording.credentials
        text = request.headers.lowered.get("authorization", "") if state == "shown" else ""
        misshapen = watch.misshapen(text) if text and not self._findings.is_left_out(text) else []
        others = [problem for problem in problems if problem.where != "security"] if problems else []
        lacks = len(others) < len(problems) and not misshapen
        if lacks and state in ("left out", "redacted"):
            target.not_judged["credentials_left_out"] += 1
            return others
        target.lacking = target.lacking[0] + lacks, target.lacking[1] + (not lacks)
        return problems if lacks else [*others, *misshapen]

    def _judge_response(
        self,
        case: Case,
        watch: Watch,
        request: Request,
        response: Response,
        opinion: Sequence[Problem] | None,
    ) -> None:
        recording, operation = case.recording, case.operation
        body = BodyCheck(is_judged=opinion is None)
        reply = operation.reply(response.status)
        found = reply_problems(operation, response, body)
        problems = found if opinion is None else opinion
        bodiless = is_bodiless(request, response)
        is_judged = recording.response_body != "unknown" and not bodiless
        fields = tuple(response.headers.lowered)
        occurrences = self._exercise.received_by(case)
        occurrences.add_reply(
            "" if reply is None else reply.status, fields if reply and reply.headers else (), has_known_body=is_judged
        )
        if problems:
            self._findings.add_all(case, "response", kept_of_response(recording, problems), {}, body)
        if is_judged and body.content is not None:
            self._bodies.judge(case, "response", body, occurrences)
        elif is_judged and reply is not None and not reply.contents and response.content:
            self._findings.add(case, "response", Problem("body", (), "undocumented", "is received, but not documented"))
        if recording.has_response_headers and reply is not None:
            for problem in watch.response_extras(fields, reply.status):
                self._findings.add(case, "response", problem)
