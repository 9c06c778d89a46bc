"""Links: from a reply to the calls that it makes possible (OpenAPI, Link Object and Runtime Expressions).

A link is resolved when it is followed, so that a reply is not lost because one of its links is broken or points into another document. A value that an
expression does not find is left out of the call, and so is a text that would hold it. Header fields and texts with expressions are texts: where the
argument takes no text, they are read as its schema says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dynclient import lazy
from dynclient.api.operation import Operation
from dynclient.api.operations import Operations
from dynclient.api.signature import MISSING, Arguments
from dynclient.api.unpack import unpack
from dynclient.errors import SpecError
from dynclient.exchange import Response
from dynclient.schema.bundle import Shape
from dynclient.spec.node import Node
from dynclient.spec.urls import is_url
from dynclient.wire.jsontext import dumps
from dynclient.wire.scalar import scalar, value_of
from dynclient.wire.servers import Server, server_of

_EMBEDDED = lazy.pattern(r"\{(\$[^{}]+)\}")


class LinkedCall(NamedTuple):
    """The call that a link describes.

    Attributes:
        operation: The operation to call.
        arguments: The arguments that the link gives.
        body: The body; MISSING when the link gives none.
        server: The server that the link names, or None.
    """

    operation: Operation
    arguments: Arguments
    body: Any
    server: Server | None


def linked_call(operations: Operations, node: Node, operation: Operation, response: Response) -> LinkedCall:
    """The call that a link of a reply describes.

    Args:
        operations: The operations of the document.
        node: The place of the link.
        operation: The operation that was called.
        response: The reply, read.

    Raises:
        SpecError: The link does not name an operation of the document, or names a parameter that the operation does not have.
    """
    values = _Values(operation, response)
    operation = _operation(operations, node)
    arguments: Arguments = {}
    parameters = node.get("parameters") or {}
    if not isinstance(parameters, Mapping):
        raise operations.document.error(
            node.child("parameters"), "link", "`parameters` must be an object (OpenAPI, Link Object)"
        )
    for name, expression in parameters.items():
        location, dot, rest = name.partition(".")
        keys = [key for key in operation.by_key if key == (location, rest) or key[1] == name] if dot else []
        keys = keys or [key for key in operation.by_key if key[1] == name]
        if not keys:
            raise operations.document.error(
                node, "link", f"{operation.id} has no parameter {name!r}, which the link names"
            )
        value = values.evaluate(expression)
        if value is not MISSING:
            arguments[keys[0]] = fitting(value, operation.by_key[keys[0]].schema.shape)
    body = values.evaluate(node.get("requestBody")) if node.get("requestBody") is not None else MISSING
    server = node.get("server")
    document = operations.document
    at = server_of(server, document.name if is_url(document.name) else "") if isinstance(server, Mapping) else None
    return LinkedCall(operation, arguments, body, at)


def fitting(value: Any, shape: Shape) -> Any:
    """Convert a text for a parameter that takes no text, and a number or boolean for one that takes only text."""
    if isinstance(value, str) and not shape.may_be("string"):
        return value_of(value, shape)
    if isinstance(value, bool | int | float) and shape.is_only("string"):
        return scalar(value)
    return value


def _operation(operations: Operations, node: Node) -> Operation:
    name, reference = node.get("operationId"), node.get("operationRef")
    if isinstance(name, str) and name in operations:
        return operations[name]
    if isinstance(reference, str):
        try:
            place = operations.document.resolve(reference, node).place
        except SpecError:
            place = None
        for operation in operations.operations:
            if operation.node.place == place:
                return operation
    raise operations.document.error(
        node, "link", f"the link does not name an operation of the document: {name or reference!r}"
    )


class _Values:
    """The values that runtime expressions can name."""

    def __init__(self, operation: Operation, response: Response) -> None:
        self.operation = operation
        self.response = response
        request = response.request
        unpacked = unpack(operation, request) if request is not None else ({}, MISSING, [])
        self.arguments: Arguments = unpacked[0]
        self.body = unpacked[1]

    def evaluate(self, expression: Any) -> Any:
        """The value of an expression, of a text with expressions in braces, or the constant itself."""
        if isinstance(expression, Mapping):
            return {name: self.evaluate(value) for name, value in expression.items()}
        if isinstance(expression, list):
            return [self.evaluate(value) for value in expression]
        if not isinstance(expression, str):
            return expression
        if expression.startswith("$"):
            return self.named(expression)
        whole = _EMBEDDED.fullmatch(expression)
        if whole:
            return self.named(whole.group(1))
        found = {name: self.named(name) for name in _EMBEDDED.findall(expression)}
        if any(value is MISSING for value in found.values()):
            return MISSING
        return _EMBEDDED.sub(lambda match: _text(found[match.group(1)]), expression)

    def named(self, expression: str) -> Any:
        request = self.response.request
        name, hash_, pointer = expression.partition("#")
        match name.split(".", 2):
            case ["$url"]:
                return request.url if request else MISSING
            case ["$method"]:
                return request.method if request else MISSING
            case ["$statusCode"]:
                return self.response.status
            case ["$request", "body"]:
                return _pointed(self.body, pointer) if hash_ else self.body
            case ["$response", "body"]:
                return _pointed(self.response.data, pointer) if hash_ else self.response.data
            case ["$response", "header", field]:
                return _field(field, self.response.fields, self.response.headers)
            case ["$request", "header", field]:
                decoded = {name: value for (location, name), value in self.arguments.items() if location == "header"}
                return _field(field, decoded, request.headers if request else {})
            case ["$response", _, _]:
                return MISSING  # a reply has neither query nor path
            case ["$request", location, parameter]:
                return self.arguments.get((location, parameter), MISSING)
        return expression


def _field(name: str, decoded: Mapping[str, Any], received: Mapping[str, str]) -> Any:
    """A header field, decoded if the document describes it, else as received; MISSING when it is absent."""
    known = next((value for known, value in decoded.items() if known.lower() == name.lower()), MISSING)
    return received.get(name, MISSING) if known is MISSING else known


def _text(value: Any) -> str:
    """A value inside a text: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else dumps(value).decode()


def _pointed(value: Any, pointer: str) -> Any:
    """The value at a JSON pointer (RFC 6901); MISSING when it does not exist."""
    if pointer and not pointer.startswith("/"):
        return MISSING
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return MISSING
    return value
