"""The answer to a wrong request: the fitting status, with the problem in the form that the document gives to errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from dynclient.api.described import Content
from dynclient.api.operation import Operation
from dynclient.errors import SpecError
from dynclient.exchange import Headers, Response, reason_phrase
from dynclient.mock.error_body import error_body
from dynclient.mock.negotiation import reply_offers
from dynclient.mock.reply_fields import reply_fields
from dynclient.problem import Problem
from dynclient.schema.exemplary import exemplary
from dynclient.spec.document import Document
from dynclient.wire import codec, mediatype
from dynclient.wire.bodyrules import NO_RULES, Rules

PROBLEM_JSON = "application/problem+json"
#: The field that says why a request was refused, whatever the document has room for.
PROBLEM_FIELD = "Dynclient-Problem"
_MOST_WORDS = 200
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")

#: The statuses that fit each kind of fault, the best first. The first one that the operation documents is used, else the first.
_STATUSES: tuple[tuple[Callable[[Problem], bool], tuple[int, ...]], ...] = (
    (lambda problem: problem.where == "path" and not problem.path, (404,)),
    (lambda problem: problem.where == "method", (405,)),
    (lambda problem: problem.where == "document", (500,)),
    (lambda problem: problem.where == "security", (401, 403)),
    (lambda problem: problem.where == "body" and "not documented" in problem.message, (415,)),
    (
        lambda problem: problem.where != "body" or (problem.keyword in ("media type", "required") and not problem.path),
        (400, 422),
    ),
    (lambda _: True, (422, 400)),
)

_LOST = Problem("path", (), "unknown", "this path is not documented")


class RefusedError(Exception):
    """A request that cannot be answered.

    Args:
        status: The status to answer with instead.
        problem: The reason.
    """

    def __init__(self, status: int, problem: Problem) -> None:
        self.status = status
        self.problem = problem
        super().__init__(str(problem))


def refusal(
    operation: Operation | None, problems: list[Problem], allowed: str, seed: int, accept: str = ""
) -> Response:
    """Return the answer to a request that breaks the document.

    Args:
        operation: The operation that the request calls, if any.
        problems: Everything that is wrong; empty when nothing is documented at the path.
        allowed: The methods that the path answers.
        seed: The seed for the generated parts of the body.
        accept: The Accept field of the request.
    """
    statuses = next(statuses for fits, statuses in _STATUSES for problem in problems[:1] or [_LOST] if fits(problem))
    documented_ones = [status for status in statuses if operation and str(status) in operation.replies]
    status = (documented_ones or statuses)[0]
    extra = [("Allow", allowed)] if status == 405 else []
    return problem_reply(operation, status, problems or [_LOST], seed, extra, accept)


def problem_reply(
    operation: Operation | None,
    status: int,
    problems: Sequence[Problem],
    seed: int = 0,
    extra: Iterable[tuple[str, str]] = (),
    accept: str = "",
) -> Response:
    """Return a response that names the problems: in the documented form if that can hold them, else in the standard one (RFC 9457).

    The field `Dynclient-Problem` has them, too, shortened.
    """
    fields = [*extra, (PROBLEM_FIELD, _short("; ".join(map(str, problems))))]
    try:
        documented = _documented_reply(operation, status, problems, seed, fields, accept) if operation else None
    except SpecError:
        documented = None  # the document does not say what this reply is
    return documented or written(status, PROBLEM_JSON, _plain_problem(status, problems), fields)


def _documented_reply(
    operation: Operation,
    status: int,
    problems: Sequence[Problem],
    seed: int,
    fields: list[tuple[str, str]],
    accept: str,
) -> Response | None:
    reply = operation.reply(status)
    if reply is None:
        return None
    all_fields = [*fields, *reply_fields(operation.document, reply, status, f"{seed}/{operation.key}/{status}").fields]
    for content, media_type in reply_offers(status, reply.contents, accept):
        try:
            body = _problem_body(operation.document, content, media_type, status, problems, seed)
            if content.schema.is_valid(body):
                return written(status, media_type, [body] if content.sequential else body, all_fields, content.rules)
        except (SpecError, RefusedError):
            continue  # its schema cannot be used, or its media type cannot carry the value
    return None


def _problem_body(
    document: Document, content: Content, media_type: str, status: int, problems: Sequence[Problem], seed: int
) -> Any:
    if mediatype.parse(media_type).is_text:
        return "; ".join(map(str, problems))
    return error_body(content.schema, status, problems, seed, partial(exemplary, document, content.schema_node))


def written(
    status: int, media_type: str, value: Any, extra: Iterable[tuple[str, str]] = (), rules: Rules = NO_RULES
) -> Response:
    """Return a response with a value as its body; bytes are ready as they are.

    Args:
        status: The status.
        media_type: The media type; "" for a response without a body.
        value: The value.
        extra: Other header fields.
        rules: What the document says about the body.

    Raises:
        RefusedError: The media type cannot carry the value.
    """
    kind = mediatype.parse(media_type)
    content_type = f"{media_type}; charset=utf-8" if kind.is_text and "charset" not in kind.parameters else media_type
    data: Any = value
    try:
        if not isinstance(value, bytes):
            named, data, _ = codec.payload(value, content_type, rules)
            if mediatype.parse(named) != mediatype.parse(content_type):  # else as the document spells it
                content_type = named
    except mediatype.MediaError as error:
        problem = Problem("body", error.path, "example", f"cannot be written as {media_type}: {error}", error.hint)
        raise RefusedError(500, problem) from None
    whole = data if isinstance(data, bytes) else b"".join(data)
    typed = [("Content-Type", content_type)] if media_type else []
    return Response(status, Headers([*typed, *extra]), whole)


def _short(text: str) -> str:
    """Return a text as a field value: printable ASCII, and not long."""
    plain = _UNPRINTABLE.sub(" ", text.encode("ascii", "backslashreplace").decode()).strip()
    return plain if len(plain) <= _MOST_WORDS else f"{plain[: _MOST_WORDS - 3]}..."


def _plain_problem(status: int, problems: Sequence[Problem]) -> dict[str, Any]:
    """Return the problems in the standard form (RFC 9457)."""
    errors = [
        {"where": problem.where, "pointer": problem.pointer, "keyword": problem.keyword, "detail": str(problem)}
        for problem in problems
    ]
    detail = "; ".join(map(str, problems))
    return {
        "type": "about:blank",
        "title": reason_phrase(status),
        "status": status,
        "detail": detail,
        "errors": errors,
    }
