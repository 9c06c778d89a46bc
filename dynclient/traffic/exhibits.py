"""Exhibits: what of an exchange a finding shows, with its secrets hidden, and what makes two exchanges or two findings the same."""

from __future__ import annotations

from typing import Any

from dynclient.api.described import Content, Parameter
from dynclient.api.operation import Operation
from dynclient.api.unpack import body_secrets
from dynclient.exchange import Exchange, Request, Response
from dynclient.problem import Problem, Tokens, show
from dynclient.redaction import is_telling
from dynclient.schema.secrecy import NOT_SHOWN, Quotation
from dynclient.spec.node import Node
from dynclient.tolerance import Severity
from dynclient.traffic.fields import telling_fields
from dynclient.traffic.folding import folded_token
from dynclient.traffic.masks import HIDDEN, masked
from dynclient.traffic.recording import BrokenRecording, RecordedAt, Recording
from dynclient.traffic.report import EXAMPLES, DocumentPlace, FindingExample, TrafficFinding
from dynclient.traffic.subjects import OTHER_SUBJECTS, Key


def likeness_of(recording: Recording) -> int:
    """Return a hash of what is the same for exchanges that are judged alike: all but the values of header fields that differ between equal exchanges."""
    exchange = recording.exchange
    request, response = exchange.request, exchange.response
    sent = request.method, request.url, telling_fields(request.headers), request.content
    received = (response.status, telling_fields(response.headers), response.content) if response is not None else ()
    bodies = recording.request_body, recording.response_body
    kept = recording.has_request_headers, recording.has_response_headers, recording.intended
    return hash((sent, received, bodies, recording.credentials, kept))


def subject_of(problem: Problem, message: Request | Response) -> str:
    """Return what a finding is about, where several things can be wrong at one place."""
    if problem.where == "status" and isinstance(message, Response):
        return str(message.status)
    if problem.keyword == "media type" and not problem.path:
        return masked(message.headers.get("Content-Type", "").partition(";")[0].strip().lower())
    if problem.where != "body" and problem.path:
        return masked(str(problem.path[0]))
    if problem.keyword in ("unknown", "additionalProperties", "unevaluatedProperties") and problem.path:
        return masked(str(folded_token(problem.path[-1])))
    return ""


def key_of(
    rule: str, severity: str, fault: str, side: str, subject: str, place: DocumentPlace | None, operation: str
) -> Key:
    """Return the key of a finding, as `TrafficFinding.key` does, before there is one."""
    at = (place.file, place.pointer) if place is not None else ("", operation)
    return rule, severity, fault, side, subject, *at


def secrets_of(operation: Operation, exchange: Exchange) -> list[str]:
    """Return the secrets of an exchange that its messages may repeat."""
    request = exchange.request
    hidden = set(request.credentials)
    hidden |= {str(part) for part in body_secrets(operation, request)}
    return list(filter(is_telling, hidden))


def raw_field(message: Request | Response, problem: Problem) -> str:
    """Return the text of a header field that cannot be read, or ""."""
    return message.headers.get(str(problem.path[0]), "") if problem.where == "header" else ""


def quoted_value(operation: Operation, problem: Problem, content: Content | None, value: Any, argument: Any) -> str:
    """Quote the value that a problem is about, without its secrets; "" when there is none, `(hidden)` when it is one.

    Args:
        operation: The operation.
        problem: The problem.
        content: The body that it is about, if any.
        value: The value of that body.
        argument: The value of the parameter that it is about, if any.
    """
    found = _quoted_value(operation, problem, content, value, argument)
    return HIDDEN if found == NOT_SHOWN else found


def _quoted_value(operation: Operation, problem: Problem, content: Content | None, value: Any, argument: Any) -> str:
    if problem.keyword in ("required", "security", "credential", "media type"):
        return ""
    if problem.where == "body":
        return (
            content.quotation.quoted(value, problem.path)
            if content is not None and problem.keyword != "undocumented"
            else ""
        )
    if argument is not None and problem.path:
        parameter = operation.by_key.get((problem.where, str(problem.path[0])))
        return _quoted_argument(parameter, argument, problem.path, operation) if parameter is not None else ""
    return ""


def _quoted_argument(parameter: Parameter, value: Any, path: Tokens, operation: Operation) -> str:
    if parameter.secret or parameter.wire.name.lower() in operation.secrets:
        return HIDDEN
    bundle = parameter.schema.bundle
    return Quotation(bundle.root, bundle, (parameter.wire.name,)).quoted(value, path[1:])


def seen_status(status: int | None) -> tuple[str, ...]:
    """Return the status of the reply, as what was seen."""
    return (str(status),) if status is not None else ()


def expected_by(node: Node | None, keyword: str) -> str:
    """Return the keyword that a value breaks, as the document has it."""
    rule = node.get("type" if keyword == "null" else keyword) if node is not None else None
    return "" if rule is None else masked(f"{'type' if keyword == 'null' else keyword}: {show(rule)}")


def has_room(finding: TrafficFinding | None, place: RecordedAt) -> bool:
    """Whether a finding has room for an example, and none of the same exchange."""
    if finding is None or len(finding.examples) >= EXAMPLES or finding.subject == OTHER_SUBJECTS:
        return False
    last = finding.examples[-1]
    return (last.file, last.entry) != (place.file, place.entry)


def example_of(place: RecordedAt, at: str, value: str) -> FindingExample:
    """Return an example at the place of a recording."""
    return FindingExample(place.file, place.line, place.entry, at, value)


def broken_finding(found: BrokenRecording) -> TrafficFinding:
    """Return the finding of a file or an entry that cannot be read."""
    severity: Severity = "warning" if found.rule == "recording/coding" else "error"
    example = example_of(found.place, "", "")
    return TrafficFinding(found.rule, severity, "recording", "exchange", (), None, found.message, found.message, examples=(example,))  # fmt: skip
