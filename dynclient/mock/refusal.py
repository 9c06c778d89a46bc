"""The answer to a wrong request: the fitting status, with the problem in the form that the document gives to errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from dynclient.api.described import Content
from dynclient.api.operation import Operation
from dynclient.errors import SpecError
from dynclient.exchange import Headers, Response
from dynclient.mock.error_body import error_body
from dynclient.problem import Problem
from dynclient.wire import codec, mediatype
from dynclient.wire.bodyrules import NO_RULES, Rules

PROBLEM_JSON = "application/problem+json"

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


def refusal(operation: Operation | None, problems: list[Problem], methods: list[str], seed: int) -> Response:
    """Return the answer to a request that breaks the document.

    Args:
        operation: The operation that the request calls, if any.
        problems: Everything that is wrong; empty when nothing is documented at the path.
        methods: The methods that are documented at the path.
        seed: The seed for the generated parts of the body.
    """
    statuses = next(statuses for fits, statuses in _STATUSES for problem in problems[:1] or [_LOST] if fits(problem))
    documented_ones = [status for status in statuses if operation and str(status) in operation.replies]
    status = (documented_ones or statuses)[0]
    extra = [("Allow", ", ".join(dict.fromkeys(methods)))] if status == 405 else []
    return problem_reply(operation, status, problems or [_LOST], seed, extra)


def problem_reply(
    operation: Operation | None,
    status: int,
    problems: list[Problem],
    seed: int,
    extra: Iterable[tuple[str, str]] = (),
) -> Response:
    """Return a response that names the problems: in the documented form if that can hold them, else in the standard one (RFC 9457)."""
    reply = operation.reply(status) if operation is not None else None
    for content in reply.contents.values() if reply is not None else ():
        try:
            body = _problem_body(content, status, problems, seed)
            if content.schema.is_valid(body):
                return content_reply(status, content, [body] if content.sequential else body, extra)
        except (SpecError, RefusedError):
            continue  # its schema cannot be used, or its media type cannot carry the value
    return _reply(status, PROBLEM_JSON, _plain_problem(status, problems), extra)


def _problem_body(content: Content, status: int, problems: list[Problem], seed: int) -> Any:
    if mediatype.parse(content.media_type).is_text:
        return "; ".join(map(str, problems))
    return error_body(content.schema, status, problems, seed)


def content_reply(status: int, content: Content, value: Any, extra: Iterable[tuple[str, str]] = ()) -> Response:
    """Return a response with a value as its body, in a documented media type.

    Raises:
        RefusedError: The media type cannot carry the value.
    """
    return _reply(status, content.media_type, value, extra, content.rules)


def _reply(status: int, kind: str, value: Any, extra: Iterable[tuple[str, str]], rules: Rules = NO_RULES) -> Response:
    data: Any
    named = f"{kind}; charset=utf-8" if mediatype.parse(kind).is_text and "charset" not in kind else kind
    try:
        if mediatype.parse(kind).is_range:
            content_type, data = named, codec.encode(value, named, rules)
        else:
            content_type, data, _ = codec.payload(value, named, rules)
    except mediatype.MediaError as error:
        problem = Problem("body", error.path, "example", f"cannot be written as {kind}: {error}", error.hint)
        raise RefusedError(500, problem) from None
    whole = data if isinstance(data, bytes) else b"".join(data)
    return Response(status, Headers([("Content-Type", content_type), *extra]), whole)


def _plain_problem(status: int, problems: list[Problem]) -> dict[str, Any]:
    """Return the problems in the standard form (RFC 9457)."""
    errors = [
        {"where": problem.where, "pointer": problem.pointer, "keyword": problem.keyword, "detail": str(problem)}
        for problem in problems
    ]
    detail = "; ".join(map(str, problems))
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": errors,
    }
