"""Clean exchanges: those in which everything is as documented, told from the others before anything is put into words.

Most exchanges with an operation carry the same names: of header fields, of query parameters, of media types. What follows from the names is
computed once: which parameters are expected, which contents apply to the bodies, that nothing is undocumented, what is covered. For each further
exchange, only the values are checked, and only for whether they are valid. A side that is wrong, or may be, is judged in full (`sidejudge`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from dynclient.api.described import Content, Reply
from dynclient.api.forms import RequestForm
from dynclient.api.read import header_problems
from dynclient.api.unpack import read_parameters, sent_names
from dynclient.errors import SpecError
from dynclient.exchange import Response
from dynclient.tolerance import Side
from dynclient.traffic.case import has_known_body, is_bodiless, unknown_bodies
from dynclient.traffic.plans import Use, note_uses
from dynclient.wire.codec import reader_of
from dynclient.wire.mediatype import MediaError

if TYPE_CHECKING:
    from dynclient.traffic.case import Case
    from dynclient.traffic.exercise import Exercise
    from dynclient.traffic.findings import Findings
    from dynclient.traffic.occurrences import Occurrences
    from dynclient.traffic.plans import ValuePlan
    from dynclient.traffic.report import Report

#: How many forms of exchanges are remembered.
_FORMS = 2000
#: In place of what the names in an exchange tell: they were met once, or never; or they tell that there is something to say of it.
_MET, _UNMET, _UNCLEAN = object(), object(), object()
#: The sides of an exchange.
_REQUEST: tuple[Side, ...] = ("request",)
_RESPONSE: tuple[Side, ...] = ("response",)
_BOTH = _REQUEST + _RESPONSE
#: What is raised where a value cannot be judged; the full judgement says why.
_UNJUDGED = (SpecError, MediaError, ValueError, RecursionError)


class _BodyForm(NamedTuple):
    """A body in a documented media type: how it is read and judged, and the plan of its values."""

    read: Callable[[bytes], Any]
    is_valid: Callable[[Any], bool]
    plan: ValuePlan | None


@dataclass(slots=True, eq=False)
class _ExchangeForm:
    """What the names in an exchange tell, and how many clean exchanges have these names.

    Attributes:
        target: The report that they count for.
        expected: The parameters of the request.
        sent: The body of the request, where there is one to be judged.
        uses: Receives what it uses of its schema.
        received: The body of the reply.
        reply: The documented reply, where a documented header field is present.
        occurrences: What counts the replies.
        replied: What is counted of the reply: its key, the names of its fields where those matter, and whether its body is judged.
        unknown_each: How many of its bodies are described, but unknown.
        has_extras: Whether the values tell what else is not documented, or advised against.
        is_authorized: Whether it counts as an exchange with the credentials that are required.
        shows_credentials: Whether the shape of its credentials is judged.
        covered: The arguments of which it is noted what they cover.
        unknown: How many bodies were unknown in the exchanges that are clean on both sides.
        sent_count: How many clean requests there were.
        received_count: How many clean replies.
    """

    target: Report
    expected: RequestForm
    sent: _BodyForm | None
    uses: set[Any]
    received: _BodyForm | None
    reply: Reply | None
    occurrences: Occurrences
    replied: tuple[str, tuple[str, ...], bool]
    unknown_each: int
    has_extras: bool
    is_authorized: bool
    shows_credentials: bool
    covered: set[tuple[Any, ...]] = field(default_factory=set)
    unknown: int = 0
    sent_count: int = 0
    received_count: int = 0


class CleanExchanges:
    """Tells the clean exchanges of one chunk, and notes what they use.

    Args:
        findings: Knows what is left out.
        exercise: Receives what the exchanges use of the documents.
    """

    def __init__(self, findings: Findings, exercise: Exercise) -> None:
        self._findings = findings
        self._exercise = exercise
        self._forms: dict[Any, _ExchangeForm | object] = {}

    def take(self, case: Case) -> Sequence[Side]:
        """Note what the clean sides of an exchange use; return the sides that are still to be judged."""
        target, _, operation, located, recording, _, status = case
        request, response = recording.exchange.request, recording.exchange.response
        if response is None:
            return _BOTH
        names, pairs = sent_names(request, located)
        received = response.headers.lowered
        key = (
            id(target), id(operation), names, pairs, status, tuple(received), request.method,
            request.headers.lowered.get("content-type"), received.get("content-type"), request.body is None, not request.body,
            not response.content, recording.request_body, recording.response_body, recording.credentials, recording.intended,
            recording.has_request_headers, recording.has_response_headers,
        )  # fmt: skip
        form = self._forms.get(key, _UNMET)
        if form is _UNMET:  # it may stay the only one: a multipart body has a boundary of its own in its media type
            self._make_room()
            self._forms[key] = _MET
            return _BOTH
        if form is _MET:
            try:
                form = self._settled(case, response, names, pairs)
            except _UNJUDGED:
                form = _UNCLEAN
            self._forms[key] = form
        if not isinstance(form, _ExchangeForm):
            return _BOTH
        is_sent_clean = self._is_request_clean(form, case)
        is_received_clean = self._is_response_clean(form, response)
        if is_sent_clean and is_received_clean:
            form.unknown += form.unknown_each
            return ()
        return _BOTH if is_sent_clean is is_received_clean else _RESPONSE if is_sent_clean else _REQUEST

    def _is_request_clean(self, form: _ExchangeForm, case: Case) -> bool:
        request = case.recording.exchange.request
        arguments: dict[Any, Any] = {}
        try:
            if read_parameters(form.expected, case.operation, request, case.located, arguments):
                return False
            if form.has_extras and case.desk.watch(case.operation).request_extras(request, arguments, case.located):
                return False
            if form.shows_credentials and self._is_misshapen(case, request.headers.lowered["authorization"]):
                return False
            if form.sent is not None and not _is_valid(form.sent, request.content, form.uses):
                return False
        except _UNJUDGED:
            return False
        form.sent_count += 1
        named = tuple(arguments)
        if named not in form.covered:
            form.covered.add(named)
            self._exercise.cover(case, arguments)
        return True

    def _is_misshapen(self, case: Case, credential: str) -> bool:
        return not self._findings.is_left_out(credential) and bool(
            case.desk.watch(case.operation).misshapen(credential)
        )

    def _is_response_clean(self, form: _ExchangeForm, response: Response) -> bool:
        try:
            if form.reply is not None and header_problems(response, form.reply):
                return False
            if form.received is not None:
                used: set[Any] = {form.received.plan}
                if not _is_valid(form.received, response.content, used):
                    return False
                if form.received.plan is not None:
                    form.occurrences.add_body(used)
        except _UNJUDGED:
            return False
        form.received_count += 1
        return True

    def _make_room(self) -> None:
        if len(self._forms) >= _FORMS:
            self.finish()
            self._forms.clear()

    def _settled(
        self, case: Case, response: Response, names: tuple[str, ...], pairs: tuple[str, ...]
    ) -> _ExchangeForm | object:
        """Return what the names in an exchange tell; `_UNCLEAN` if they tell that there is something to say of it."""
        recording, operation = case.recording, case.operation
        request, watch = recording.exchange.request, case.desk.watch(operation)
        expected, reply = operation.form(names, pairs), operation.reply(response.status)
        if case.desk.opinion is not None or recording.intended or reply is None or watch.is_deprecated:
            return _UNCLEAN
        if not expected.is_authorized or any(each.lacking for each in expected.expected):
            return _UNCLEAN
        if watch.undocumented(pairs, names) or (
            recording.has_response_headers and watch.response_extras(tuple(response.headers.lowered), reply.status)
        ):
            return _UNCLEAN
        present = [header.wire.name in response.headers for header in reply.headers]
        if any(header.required and not is_here for header, is_here in zip(reply.headers, present, strict=True)):
            return _UNCLEAN
        try:
            sent, received = self._sent(case), self._received(case, response, reply)
        except _NotCleanError:
            return _UNCLEAN
        is_judged = recording.response_body != "unknown" and not is_bodiless(request, response)
        needs_credentials = watch.requires_credentials and recording.has_request_headers
        return _ExchangeForm(
            case.target,
            expected,
            sent,
            self._exercise.sent_by(case),
            received,
            reply if any(present) else None,
            self._exercise.received_by(case),
            (reply.status, tuple(response.headers.lowered) if reply.headers else (), is_judged),
            unknown_each=unknown_bodies(recording, operation, reply),
            has_extras="cookie" in names or watch.advises_against_parameters,
            is_authorized=needs_credentials,
            shows_credentials=needs_credentials and "authorization" in names and recording.credentials == "shown",
        )

    def _sent(self, case: Case) -> _BodyForm | None:
        """Return how the body of a request is judged; None where it is not, as there is none, or what it is is unknown.

        Raises:
            _NotCleanError: There must be one, or must not, or its media type is not documented.
        """
        request, body = case.recording.exchange.request, case.operation.body
        if not has_known_body(case.recording):
            return None
        kind = request.headers.lowered.get("content-type", "")
        if request.body is None or not (request.body or kind):
            if body is not None and body.required:
                raise _NotCleanError
            return None
        if body is None:
            if request.body:
                raise _NotCleanError
            return None
        if not body.by_type:
            return None
        return _body_form(case, "request", body.by_type.covering(kind), kind)

    def _received(self, case: Case, response: Response, reply: Reply) -> _BodyForm | None:
        """As `_sent`, for the body of a reply."""
        if case.recording.response_body == "unknown" or is_bodiless(case.recording.exchange.request, response):
            return None
        if not response.content:
            if reply.contents:
                raise _NotCleanError
            return None
        kind = response.headers.lowered.get("content-type", "")
        return _body_form(case, "response", reply.contents.covering(kind), kind)

    def finish(self) -> None:
        """Put what was counted into the reports."""
        for form in self._forms.values():
            if isinstance(form, _ExchangeForm):
                target, (status, fields, is_judged) = form.target, form.replied
                if form.received_count:
                    form.occurrences.add_reply(status, fields, has_known_body=is_judged, number=form.received_count)
                target.not_judged["unknown_bodies"] += form.unknown
                target.lacking = target.lacking[0], target.lacking[1] + form.is_authorized * form.sent_count


class _NotCleanError(Exception):
    """The names alone tell that something is wrong with a body."""


def _body_form(case: Case, side: Side, content: Content | None, kind: str) -> _BodyForm:
    if content is None:
        raise _NotCleanError
    judge = content.schema.is_valid if content.json_type else lambda value: not content.problems(value)
    return _BodyForm(reader_of(kind, content.rules), judge, case.desk.plan_of(content, side))


def _is_valid(form: _BodyForm, content: bytes, used: set[Any]) -> bool:
    """Whether a body is valid and uses nothing of its schema that is worth a note; `used` receives what it uses."""
    value = form.read(content)
    if not form.is_valid(value):
        return False
    uses: list[Use] = []
    if form.plan is not None and type(value) in (dict, list):
        note_uses(form.plan, value, used, uses)
    return not uses
