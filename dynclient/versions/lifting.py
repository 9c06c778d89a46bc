"""Whole requests and replies around a value of one of their parts, so that a witness can be sent or shown as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from dynclient.api.described import Content, Parameter
from dynclient.api.operation import Operation
from dynclient.api.prepare import prepare
from dynclient.api.signature import MISSING
from dynclient.errors import SpecError
from dynclient.exchange import Request
from dynclient.options import Options
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import generate
from dynclient.schema.schemas import Schema
from dynclient.wire.codec import Body
from dynclient.wire.mediatype import parse

#: A server that no document has: a witness shows what comes after it.
_SERVER = "http://server"
_OPTIONS = Options(server=_SERVER, validate_requests="off")


def request_with(
    operation: Operation,
    arguments: Mapping[tuple[str, str], Any] | None = None,
    body: Any = MISSING,
    media_type: str = "",
) -> dict[str, Any]:
    """Return the smallest request of an operation that has these arguments and this body, as plain data.

    Args:
        operation: The operation.
        arguments: Values by location and name, beside those that are required.
        body: The value of the body; a small one is made if the operation requires one.
        media_type: The media type of the body.
    """
    plain = {"method": operation.method, "url": operation.path, **({} if body is MISSING else {"body": body})}
    try:
        values = {each.key: _value(each) for each in operation.parameters if each.required} | dict(arguments or {})
        body, media_type = _body(operation, body, media_type)
        prepared = prepare(operation, values, Body(body, media_type) if media_type else body, options=_OPTIONS)
    except (SpecError, ExampleError, ValueError, TypeError):
        return plain
    return plain if prepared.request is None else _shown(prepared.request, body)


def _body(operation: Operation, body: Any, media_type: str) -> tuple[Any, str]:
    described = operation.body
    if body is not MISSING or described is None or not described.required or not described.contents:
        return body, media_type
    content: Content = described.contents[0]
    return _small(content.schema), content.media_type


def _value(parameter: Parameter) -> Any:
    value = _small(parameter.schema)
    return "x" if value in ("", [], {}) else value


def _small(schema: Schema) -> Any:
    return generate(schema, full=False, direction="request")


def _shown(request: Request, body: Any) -> dict[str, Any]:
    headers = {name: text for name, text in request.headers.items() if name.lower() not in ("accept", "user-agent")}
    kind = parse(headers.get("Content-Type", ""))
    if "boundary" in kind.parameters:  # it is another one in every request, and the body is shown as a value
        headers["Content-Type"] = kind.kind
    shown: dict[str, Any] = {"method": request.method, "url": request.url.removeprefix(_SERVER)}
    shown |= {"headers": headers} if headers else {}
    if body is not MISSING:
        shown["body"] = body
        with suppress(TypeError, ValueError):
            json.dumps(body)
    return shown


def reply_with(
    operation: Operation,
    status: str,
    media_type: str = "",
    body: Any = MISSING,
    headers: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a reply as plain data, with the method and path of the request that it answers.

    Args:
        operation: The operation.
        status: The key of the document; of a range or the default, the first status that it is for.
        media_type: The media type of the body.
        body: The value of the body.
        headers: Values of header fields.
    """
    fields = dict(headers or {})
    if body is not MISSING and media_type:
        fields["Content-Type"] = "application/octet-stream" if parse(media_type).is_range else media_type
    shown = {"method": operation.method, "path": operation.path, "status": status_of(status)}
    shown |= {"headers": fields} if fields else {}
    return shown if body is MISSING else {**shown, "body": body}


def status_of(key: str) -> int:
    """Return a status that a key of the Responses Object is for."""
    return int(key) if key.isdigit() else int(key[0]) * 100 if key[:1].isdigit() else 500
