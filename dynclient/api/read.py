"""Replies: `read` gives the value that a response carries, and everything that the document objects to."""

from __future__ import annotations

from typing import Any

from dynclient.api.described import Content, Reply
from dynclient.api.operation import Operation
from dynclient.errors import SpecError
from dynclient.exchange import Headers, Response
from dynclient.problem import Problem
from dynclient.wire import codec, mediatype
from dynclient.wire.params import decode_text
from dynclient.wire.rules import NO_RULES
from dynclient.wire.scalar import ParamError, Wire

_BODILESS = frozenset({204, 205, 304})


def read(operation: Operation, response: Response, *, validate: bool = True) -> Response:
    """Give the same response with the value that it carries, and what the document objects to.

    Args:
        operation: The operation that was called.
        response: The response as it came.
        validate: Whether the value is validated; it is decoded in any case.

    Returns:
        The response with `data` and `problems` (OpenAPI, Responses Object and Media Type Object). Data that cannot be decoded
        as documented is decoded as its Content-Type says, else it stays text or bytes: nothing that came is lost.
    """
    reply = operation.reply(response.status)
    data, problems = _body(operation, response, reply)
    fields, found = _headers(response, reply)
    problems = [*found, *problems]
    if reply is None:
        documented = ", ".join(operation.replies) or "none"
        message = f"{response.status} is not documented"
        problems = [Problem("status", (), "unknown", message, f"documented: {documented}"), *problems]
    kept = tuple(problems) if validate else ()
    came = response.status, response.headers, response.content, response.elapsed, response.request
    return Response(*came, data, fields, kept, response.links)


def _headers(response: Response, reply: Reply | None) -> tuple[dict[str, Any], list[Problem]]:
    """The values of the documented header fields by their documented names, and what is wrong with them."""
    fields: dict[str, Any] = {}
    problems: list[Problem] = []
    for header in reply.headers if reply is not None else ():
        name = header.wire.name
        if name not in response.headers:
            problems += [Problem("header", (name,), "required", "is required")] if header.required else []
            continue
        try:
            _, fields[name], found = header.read(lambda wire: (True, _field(response.headers, wire)))
        except ParamError as error:
            problems.append(Problem("header", (name,), "style", str(error)))
        else:
            problems += found
    return fields, problems


def _field(headers: Headers, wire: Wire) -> Any:
    """The value of a header field; of several Set-Cookie fields the lines, as their commas divide nothing (RFC 9110, section 5.3)."""
    if wire.name.lower() != "set-cookie":
        return decode_text(wire, headers[wire.name])
    lines = [text for name, text in headers.fields if name.lower() == "set-cookie"]
    if wire.shape.is_only("array"):
        return [decode_text(wire._replace(shape=wire.shape.item), line) for line in lines]
    return decode_text(wire, "\n".join(lines))


def _body(operation: Operation, response: Response, reply: Reply | None) -> tuple[Any, list[Problem]]:
    contents = reply.contents if reply is not None else {}
    kind = response.headers.get("Content-Type", "")
    if not response.content:
        return _nothing(operation, response, reply)
    chosen = mediatype.best(contents, kind) if kind else None
    problems = [_undocumented(kind, list(contents))] if contents and chosen is None else []
    try:
        rules = contents[chosen].rules if chosen is not None else NO_RULES
        data = codec.decode(response.content, kind or "application/octet-stream", rules)
    except mediatype.MediaError as error:
        return response.text, [*problems, Problem("body", error.path, "media type", str(error), error.hint)]
    if chosen is not None:
        problems += _checked(contents[chosen], data)
    return data, problems


def _checked(content: Content, data: Any) -> list[Problem]:
    """What the schema objects to; a schema that cannot be used is a problem of the reply, which must not be lost."""
    try:
        return content.problems(data)
    except SpecError as error:
        return [Problem("body", (), "schema", f"cannot be checked: {problem.message}") for problem in error.problems]


def _nothing(operation: Operation, response: Response, reply: Reply | None) -> tuple[Any, list[Problem]]:
    """What an empty body is: no items of a sequence, else None; and a problem where no body of its kind is empty."""
    if reply is None or not reply.contents or operation.method == "HEAD" or response.status in _BODILESS:
        return None, []  # there is none (RFC 9110, section 6.4.1)
    kind = response.headers.get("Content-Type", "")
    if not kind or mediatype.best(reply.contents, kind) is None or not codec.may_be_empty(kind):
        return None, [_empty(list(reply.contents))]
    return [] if codec.is_sequential(kind) else None, []


def _empty(documented: list[str]) -> Problem:
    return Problem("body", (), "required", "is empty", f"documented: {', '.join(documented)}")


def _undocumented(kind: str, documented: list[str]) -> Problem:
    message = f"has the Content-Type {kind!r}, which is not documented" if kind else "has no Content-Type"
    return Problem("body", (), "media type", message, f"documented: {', '.join(documented)}")
