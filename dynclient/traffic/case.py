"""A case: a recorded exchange while it is judged, and what its recorder kept of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from dynclient.api.described import Reply
from dynclient.api.operation import Operation
from dynclient.api.read import ASKED_FOR
from dynclient.api.unpack import Located
from dynclient.exchange import Request, Response
from dynclient.problem import Problem
from dynclient.tolerance import Side
from dynclient.traffic.recording import Recording

if TYPE_CHECKING:
    from dynclient.traffic.desk import Desk
    from dynclient.traffic.report import Report
    from dynclient.traffic.subjects import Key

#: Replies that have no body, whatever a recorder wrote (RFC 9110, section 6.4.1).
_BODILESS = frozenset({204, 205, 304})


class Case(NamedTuple):
    """The exchange that is judged: where its findings go, and who it belongs to.

    Attributes:
        target: The report that it counts for.
        desk: The document.
        operation: The operation that it calls.
        located: What its path template reads from the URL.
        recording: The exchange.
        keys: Receives the keys of its findings, each as often as it is found.
        status: The status of the reply; None when there is none.
    """

    target: Report
    desk: Desk
    operation: Operation
    located: Located
    recording: Recording
    keys: list[Key]
    status: int | None

    def message(self, side: Side) -> Request | Response:
        """Return the request or the reply."""
        exchange = self.recording.exchange
        return exchange.response if side == "response" and exchange.response is not None else exchange.request


def has_known_body(recording: Recording) -> bool:
    """Whether the body of a request, or that it had none, is known, and what it is."""
    return recording.request_body != "unknown" and (
        recording.has_request_headers or _has_known_type(recording.exchange.request)
    )


def _has_known_type(message: Request | Response) -> bool:
    """Whether the media type of a body, or that it had none, is known although the recorder keeps no header fields."""
    return not message.content or "Content-Type" in message.headers


def is_bodiless(request: Request, response: Response) -> bool:
    """Whether a reply has no body, whatever a recorder wrote."""
    return request.method == "HEAD" or response.status in _BODILESS


def kept_of_response(recording: Recording, problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems of a reply that are about something that the recorder keeps and that the reply has."""
    request, response = recording.exchange.request, recording.exchange.response
    if response is None:
        return list(problems)
    has_headers = recording.has_response_headers
    is_bodied = recording.response_body != "unknown" and (has_headers or _has_known_type(response))
    is_bodied = is_bodied and not is_bodiless(request, response)
    is_told = recording.has_request_headers or response.status not in ASKED_FOR
    kept = {"body": is_bodied, "header": has_headers, "status": is_told}
    return [each for each in problems if kept.get(each.where, True)]


def unknown_bodies(recording: Recording, operation: Operation, reply: Reply | None) -> int:
    """Return how many bodies of an exchange are described, but unknown."""
    request, response = recording.exchange.request, recording.exchange.response
    sent = operation.body is not None and not recording.intended and not has_known_body(recording)
    received = (
        recording.response_body == "unknown"
        and response is not None
        and not is_bodiless(request, response)
        and reply is not None
        and bool(reply.contents)
    )
    return sent + received
