"""What is wrong with a request, as the document writes errors: the fitting status, the documented form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from dynclient.api.described import Content
from dynclient.api.operation import Operation
from dynclient.errors import SpecError
from dynclient.exchange import Headers, Response
from dynclient.problem import Problem
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import generate
from dynclient.wire import codec, mediatype
from dynclient.wire.rules import NO_RULES, Rules

PROBLEM_JSON = "application/problem+json"

#: The statuses that fit each kind of fault, the best first; the first that the operation documents is used, else the first.
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

#: Members of problem bodies that say in words what is wrong (RFC 9457, and names that APIs use in its place).
_WORDS = ("message", "detail", "details", "error", "error_description", "description", "reason")

_LOST = Problem("path", (), "unknown", "this path is not documented")


class RefusedError(Exception):
    """A request that cannot be answered.

    Args:
        status: What is answered in its place.
        problem: Why.
    """

    def __init__(self, status: int, problem: Problem) -> None:
        self.status = status
        self.problem = problem
        super().__init__(str(problem))


def refusal(operation: Operation | None, problems: list[Problem], methods: list[str], seed: int) -> Response:
    """The answer to a request that breaks the document.

    Args:
        operation: The operation, if the request is for one.
        problems: What is wrong; empty when nothing is documented at its path.
        methods: The methods that are documented at its path.
        seed: Goes with the generated parts of the body.
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
    """A response that says what is wrong: in the documented form where that can hold it, else in the standard one (RFC 9457)."""
    reply = operation.reply(status) if operation is not None else None
    for content in reply.contents.values() if reply is not None else ():
        try:
            body = _problem_body(content, problems, seed)
            fits = content.schema.is_valid(body)
        except SpecError:
            continue  # a schema that is none says nothing
        if fits:
            return reply_of(status, content.media_type, body, extra)
    return reply_of(status, PROBLEM_JSON, _plain_problem(status, problems), extra)


def _problem_body(content: Content, problems: list[Problem], seed: int) -> Any:
    """What is wrong, in the form that the document gives to errors."""
    text = "; ".join(map(str, problems))
    if mediatype.parse(content.media_type).is_text:
        return text
    try:
        body = generate(content.schema, seed, full=False)
    except ExampleError:
        return None
    if not isinstance(body, dict):
        return body
    said = {
        **dict.fromkeys(_WORDS, text),
        "title": "The request breaks the document",
        "detailsMap": {f"{problem.where}{problem.pointer}": problem.message for problem in problems},
        "errors": [str(problem) for problem in problems],
    }
    for name in _properties(content):
        wider = {**body, name: said[name]} if name in said else body
        body = wider if content.schema.is_valid(wider) else body
    return body


def reply_of(
    status: int, kind: str, value: Any, extra: Iterable[tuple[str, str]] = (), rules: Rules = NO_RULES
) -> Response:
    """A response with a value as its body.

    Raises:
        RefusedError: The media type cannot carry it.
    """
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
    """A problem in the standard form (RFC 9457)."""
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


def _properties(content: Content) -> list[str]:
    """The names of the properties that a schema describes at its top."""
    bundle = content.schema.bundle
    schema: Any = bundle.root
    while isinstance(schema, Mapping) and "$ref" in schema:
        schema = bundle.resolve(schema["$ref"])
    return list(schema.get("properties", {})) if isinstance(schema, Mapping) else []
