"""The body of a request: its Content-Type, its bytes, and what the document objects to."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from dynclient.api.described import Content, RequestBody
from dynclient.api.operation import Operation
from dynclient.api.signature import MISSING
from dynclient.problem import Problem
from dynclient.wire import choice, codec
from dynclient.wire.files import plain_body
from dynclient.wire.jsontext import dumps
from dynclient.wire.mediatype import MediaError, best
from dynclient.wire.values import NotPlainError, is_plain, to_plain

#: How to send what the document does not have.
LET_THROUGH = "validate_requests='off' sends it"


def problems_of(error: MediaError, where: str, *path: str, keyword: str) -> list[Problem]:
    """Return everything that an error tells, each with its place.

    Args:
        error: The error.
        where: The part of the request.
        path: The path in it to the value.
        keyword: What is broken.
    """
    return [Problem(where, (*path, *found.path), keyword, str(found), found.hint) for found in error.each]


def is_told(problem: Problem, known: list[Problem]) -> bool:
    """Whether something is known to be wrong at the place of a problem, around it, or in it."""
    return any(other.where == problem.where and all(map(operator.eq, other.path, problem.path)) for other in known)


def extended_body(
    body: RequestBody | None, value: Any, extra: Mapping[str, Any], found: list[Problem]
) -> tuple[str, Any, list[Problem]]:
    """Return the Content-Type, the payload and the problems of a body with further members, which no schema judges.

    Args:
        body: What the document says of it; None when the operation takes none.
        value: The value without them; MISSING when there is none.
        extra: The further members.
        found: The problems of the value without them.
    """
    named = isinstance(value, codec.Body)
    members = _members({} if value is MISSING else value.value if named else value)
    if members is None:
        return "", None, [*found, Problem("body", (), "type", "is not an object, so extra_body cannot be added to it")]
    merged = {**members, **extra}
    content_type, payload, problems = encoded_body(
        body, codec.Body(merged, value.media_type) if named else merged, validate=False
    )
    if value is MISSING:
        return content_type, payload, problems
    unsent = [new for new in problems if not is_told(new, found)] if payload is None else []
    return content_type, payload, [*found, *unsent]


def _members(value: Any) -> Mapping[str, Any] | None:
    """Return the members of a body: of a mapping, or of what can be dumped as one; None if it has none."""
    if isinstance(value, Mapping):
        return value
    try:
        plain = to_plain(value)
    except MediaError:
        return None
    return plain if isinstance(plain, Mapping) else None


def negotiated_value(field: str, operation: Operation, arguments: Mapping[Any, Any]) -> Any:
    """Return the argument for a header parameter that is the Accept or the Content-Type of the request."""
    return next((arguments.get(key) for key in operation.negotiated if key[1].lower() == field), None)


def typed_body(body: Any, operation: Operation, arguments: Mapping[Any, Any]) -> Any:
    """Return a body in the media type that an argument for the Content-Type names, if it names a documented one."""
    wanted = negotiated_value("content-type", operation, arguments)
    if wanted is None or body is MISSING or isinstance(body, codec.Body):
        return body
    documented = operation.body is not None and operation.body.by_type.covering(str(wanted)) is not None
    return codec.Body(body, str(wanted)) if documented else body


def encoded_body(body: RequestBody | None, value: Any, *, validate: bool) -> tuple[str, Any, list[Problem]]:
    """Return the Content-Type, the payload and the problems of a body.

    Args:
        body: What the document says of it; None when the operation takes none.
        value: Its value; MISSING when there is none.
        validate: Whether the value is validated.

    Returns:
        The payload is None where the value cannot be sent.
    """
    if value is MISSING:
        return "", None, [Problem("body", (), "required", "is required")]
    found: list[Problem] = []
    content_type, content, plain = "", None, value
    data: Any = None
    try:
        if body is None or not body.by_type or _is_other(body, value):
            return _undocumented_body(body, value)
        if isinstance(value, codec.Body) and isinstance(value.value, bytes):
            return _ready_body(body, value, validate=validate)
        if body.json is not None and type(value) in (dict, list) and is_plain(value):
            content = body.json
            content_type, data = content.json_type, dumps(value)
        else:
            content, wanted, plain = _chosen(body, value)
            plain = content.plain(plain)
            named = codec.Body(plain, wanted) if isinstance(value, codec.Body) else plain
            content_type, data, _ = codec.payload(named, wanted, content.rules)
    except NotPlainError as error:
        plain, found = error.plain, problems_of(error, "body", keyword="type")
    except MediaError as error:
        found = problems_of(error, "body", keyword="media type")
    if not validate or content is None:
        return content_type, data, found
    objections = content.problems(plain)
    if found:
        objections = [new for new in objections if not is_told(new, found)]
    if objections and not content.json_type and isinstance(data, bytes) and _is_valid(content, data, content_type):
        objections = []  # outside JSON, a number and its text are the same body
    return content_type, data, found + objections


def _is_other(body: RequestBody, value: Any) -> bool:
    """Whether the caller names a media type that the document does not offer."""
    return isinstance(value, codec.Body) and best(body.by_type, value.media_type) is None


def _undocumented_body(body: RequestBody | None, value: Any) -> tuple[str, Any, list[Problem]]:
    """A body that the document does not have, in the media type that the caller names, else in JSON."""
    named = isinstance(value, codec.Body)
    data: Any
    media_type, plain = (value.media_type, value.value) if named else ("application/json", value)
    if isinstance(plain, bytes):
        content_type, data = media_type, plain
    else:
        content_type, data, _ = codec.payload(plain_body(plain), media_type)
    if body is None or not body.by_type:
        return content_type, data, [Problem("body", (), "unknown", "the operation takes no body", LET_THROUGH)]
    hint = f"documented: {', '.join(body.by_type)}; {LET_THROUGH}"
    return content_type, data, [Problem("body", (), "media type", f"{media_type} is not documented", hint)]


def _ready_body(body: RequestBody, value: codec.Body, *, validate: bool) -> tuple[str, Any, list[Problem]]:
    """A body that the caller has encoded: its bytes go out as they are, and are judged as the server reads them."""
    content = body.by_type[str(best(body.by_type, value.media_type))]
    if not validate:
        return value.media_type, value.value, []
    try:
        plain = codec.decode(value.value, value.media_type, content.rules)
    except MediaError as error:
        return value.media_type, value.value, [Problem("body", error.path, "media type", str(error), error.hint)]
    return value.media_type, value.value, content.problems(plain)


def _is_valid(content: Content, data: bytes, content_type: str) -> bool:
    """Whether a body is valid when it is read as the server reads it."""
    try:
        return not content.problems(codec.decode(data, content_type, content.rules))
    except MediaError:
        return False


def _chosen(body: RequestBody, value: Any) -> tuple[Content, str, Any]:
    """The documented media type that a body is sent in, the one that the caller wants, and the value.

    Raises:
        MediaError: No documented media type can carry the value.
    """
    chosen = choice.choose_media_type(value, [(content.media_type, content.rules) for content in body.contents])
    content = next(content for content in body.contents if content.media_type == chosen)
    return (content, value.media_type, value.value) if isinstance(value, codec.Body) else (content, chosen, value)
