"""Replies: `read` gives the value that a response carries, and everything that the document objects to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from dynclient.api.described import BodyJudge, Content, Reply
from dynclient.api.operation import Operation
from dynclient.errors import SpecError
from dynclient.exchange import Headers, Request, Response, reason_phrase
from dynclient.problem import Problem, Tokens
from dynclient.wire.bodyrules import NO_RULES
from dynclient.wire.codec import decode, is_sequential, may_be_empty
from dynclient.wire.mediatype import MediaError, best
from dynclient.wire.params import decode_text
from dynclient.wire.scalar import ParamError, Wire
from dynclient.wire.servermessage import server_message

_BODILESS = frozenset({204, 205, 304})
#: The statuses that HTTP itself gives to what a field of the request asks for, whatever the API is about: preconditions, ranges and expectations
#: (RFC 9110, sections 13.2.2, 14.2 and 10.1.1). Others that HTTP names, such as 406, 415 or 429, say what this API takes, so a document should too.
ASKED_FOR = {
    206: ("Range",),
    304: ("If-None-Match", "If-Modified-Since"),
    412: ("If-Match", "If-None-Match", "If-Unmodified-Since"),
    416: ("Range",),
    417: ("Expect",),
}
#: How much of the description of a status is shown.
_NAME = 100


def read(
    operation: Operation, response: Response, *, validate: bool = True, judge: BodyJudge = Content.problems
) -> Response:
    """Return the same response with the value that it carries, and what the document objects to.

    Args:
        operation: The operation that was called.
        response: The response as received.
        validate: Whether the value is validated; it is decoded in any case.
        judge: Says what is wrong with the value of the body.

    Returns:
        The response with `data` and `problems` (OpenAPI, Responses Object and Media Type Object). Data that cannot be decoded as documented is decoded
        as its Content-Type says, or stays text or bytes, so that nothing is lost.
    """
    fields: dict[str, Any] = {}
    data, problems = _taken_apart(operation, response, fields, judge)
    kept = redacted_problems(problems, response.request) if validate and problems else ()
    received = response.status, response.headers, response.content, response.elapsed, response.request
    words_of = partial(error_headline, operation)
    return Response(*received, data, fields, kept, response.links, words_of=words_of)


def reply_problems(operation: Operation, response: Response, judge: BodyJudge) -> tuple[Problem, ...]:
    """Return what the document objects to in a response, as `read` does, without making another response."""
    problems = _taken_apart(operation, response, {}, judge)[1]
    return redacted_problems(problems, response.request) if problems else ()


def header_problems(response: Response, reply: Reply) -> list[Problem]:
    """Return what is wrong with the header fields of a response."""
    return _read_headers(response.headers, reply, {})


def _taken_apart(
    operation: Operation, response: Response, fields: dict[str, Any], judge: BodyJudge
) -> tuple[Any, list[Problem]]:
    """Decode the documented header fields into `fields`; return the value of the body, and every problem."""
    reply = operation.reply(response.status)
    data, problems = _body(operation, response, reply, judge)
    if reply is None and not is_asked_for(response.status, response.request):
        documented = ", ".join(operation.replies) or "none"
        message = f"{response.status} is not documented"
        problems.insert(0, Problem("status", (), "unknown", message, f"documented: {documented}"))
    elif reply is not None and reply.headers:
        problems[:0] = _read_headers(response.headers, reply, fields)
    return data, problems


def is_asked_for(status: int, request: Request | None) -> bool:
    """Whether HTTP itself answers a request with a status, so that no document need name it."""
    return request is not None and any(name in request.headers for name in ASKED_FOR.get(status, ()))


def redacted_problems(problems: Iterable[Problem], request: Request | None) -> tuple[Problem, ...]:
    """The problems without credentials of the request, which they may quote."""
    if request is None:
        return tuple(problems)
    return tuple(replace(problem, message=request.redacted(problem.message)) for problem in problems)


def error_headline(operation: Operation, response: Response) -> str:
    """Return what an error reply says, in one line: operation, status, reason phrase, the document's words for this status, the server's own."""
    status, reply = str(response.status), operation.reply(response.status)
    phrase = reason_phrase(response.status)
    text = reply.description.partition("\n")[0].strip() if reply is not None and reply.status == status else ""
    name = text.removeprefix(status).strip(" -:.")[:_NAME]
    added = f"{phrase} ({name})" if name else phrase
    headline = f"{operation.id}: {status} {name if phrase.lower() in name.lower() else added}".rstrip()
    said = _server_message(operation, response, reply)
    return f"{headline}: {said}" if said else headline


def _server_message(operation: Operation, response: Response, reply: Reply | None) -> str:
    body, request = operation.body, response.request
    content = reply.contents.covering(response.headers.get("Content-Type", "")) if reply is not None else None
    sent = None
    if body is not None and request is not None:
        sent = body.by_type.covering(request.headers.get("Content-Type", ""))
    try:
        return server_message(
            response, *(each.quotation.hides if each is not None else _nothing for each in (content, sent))
        )
    except SpecError:  # a schema that cannot be used marks nothing
        return server_message(response)


def _nothing(_: Tokens) -> bool:
    return False


def _read_headers(headers: Headers, reply: Reply, fields: dict[str, Any]) -> list[Problem]:
    """Decode the documented header fields into `fields`, by their documented names; return what is wrong with them."""
    problems: list[Problem] = []
    for header in reply.headers:
        name = header.wire.name
        if name not in headers:
            problems += [Problem("header", (name,), "required", "is required")] if header.required else []
            continue
        try:
            _, fields[name], found = header.read(lambda wire: (True, _field(headers, wire)))
        except ParamError as error:
            problems.append(Problem("header", (name,), "style", str(error)))
        else:
            problems += found
    return problems


def _field(headers: Headers, wire: Wire) -> Any:
    """The value of a header field; of several Set-Cookie fields the lines, as their commas separate nothing (RFC 9110, section 5.3)."""
    if wire.name.lower() != "set-cookie":
        return decode_text(wire, headers[wire.name])
    lines = [text for name, text in headers.fields if name.lower() == "set-cookie"]
    if wire.shape.is_only("array"):
        return [decode_text(wire._replace(shape=wire.shape.item), line) for line in lines]
    return decode_text(wire, "\n".join(lines))


def _body(operation: Operation, response: Response, reply: Reply | None, judge: BodyJudge) -> tuple[Any, list[Problem]]:
    if not response.content:
        return _empty(operation, response, reply)
    contents = reply.contents if reply is not None else {}
    content_type = response.headers.lowered.get("content-type", "")
    content = reply.contents.covering(content_type) if reply is not None else None
    problems = [_undocumented(content_type, list(contents))] if contents and content is None else []
    try:
        rules = content.rules if content is not None else NO_RULES
        data = decode(response.content, content_type or "application/octet-stream", rules)
    except MediaError as error:
        return response.text, [*problems, Problem("body", error.path, "media type", str(error), error.hint)]
    try:
        return data, problems if content is None else judge(content, data)
    except SpecError as error:  # a schema that cannot be used is a problem of the reply, which must not be lost
        return data, [Problem("body", (), "schema", f"cannot be checked: {found.message}") for found in error.problems]


def _empty(operation: Operation, response: Response, reply: Reply | None) -> tuple[Any, list[Problem]]:
    """The value of an empty body: an empty sequence, else None; and a problem where its media type is never empty."""
    if reply is None or not reply.contents or operation.method == "HEAD" or response.status in _BODILESS:
        return None, []  # there is no body (RFC 9110, section 6.4.1)
    content_type = response.headers.get("Content-Type", "")
    if not content_type or best(reply.contents, content_type) is None or not may_be_empty(content_type):
        return None, [Problem("body", (), "required", "is empty", f"documented: {', '.join(reply.contents)}")]
    return [] if is_sequential(content_type) else None, []


def _undocumented(content_type: str, documented: list[str]) -> Problem:
    if content_type:
        message = f"has the Content-Type {content_type!r}, which is not documented"
    else:
        message = "has no Content-Type"
    return Problem("body", (), "media type", message, f"documented: {', '.join(documented)}")
