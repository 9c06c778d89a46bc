"""Links: from a reply to the calls that it makes possible (OpenAPI, Link Object and Runtime Expressions)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dynclient import lazy
from dynclient.document import Node
from dynclient.errors import SpecError
from dynclient.exchange import Response
from dynclient.operation import MISSING, Arguments, Operation
from dynclient.registry import Registry
from dynclient.request import unpack

_EMBEDDED = lazy.pattern(r"\{(\$[^{}]+)\}")


class LinkedCall(NamedTuple):
    """The call that a link stands for.

    Attributes:
        operation: The operation to call.
        arguments: Its arguments, as far as the link gives them.
        body: Its body; MISSING when the link gives none.
    """

    operation: Operation
    arguments: Arguments
    body: Any


def linked_calls(registry: Registry, operation: Operation, response: Response) -> dict[str, LinkedCall]:
    """The calls that the links of a reply stand for, by link name.

    Args:
        registry: The operations that links lead to.
        operation: The operation that was called.
        response: The reply, read.

    Raises:
        SpecError: A link leads to no operation of the document.
    """
    reply = operation.reply(response.status)
    if reply is None or not reply.links:
        return {}
    values = _Values(operation, response)
    return {name: _call(registry, node, values) for name, node in reply.links.items()}


def _call(registry: Registry, node: Node, values: _Values) -> LinkedCall:
    operation = _operation(registry, node)
    arguments: Arguments = {}
    for name, expression in (node.get("parameters") or {}).items():
        location, dot, rest = name.partition(".")
        keys = [key for key in operation.by_key if key == (location, rest) or key[1] == name] if dot else []
        keys = keys or [key for key in operation.by_key if key[1] == name]
        if not keys:
            raise registry.document.error(node, "link", f"the link's parameter {name!r} is none of {operation.id}")
        value = values.evaluate(expression)
        if value is not MISSING:
            arguments[keys[0]] = value
    body = values.evaluate(node.get("requestBody")) if node.get("requestBody") is not None else MISSING
    return LinkedCall(operation, arguments, body)


def _operation(registry: Registry, node: Node) -> Operation:
    name, reference = node.get("operationId"), node.get("operationRef")
    if isinstance(name, str) and name in registry:
        return registry[name]
    if isinstance(reference, str):
        try:
            place = registry.document.resolve(reference, node).place
        except SpecError:
            place = None
        for operation in registry.operations:
            if operation.node.place == place:
                return operation
    raise registry.document.error(node, "link", f"the link leads to no operation: {name or reference!r}")


class _Values:
    """What runtime expressions can name."""

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
        return _EMBEDDED.sub(lambda found: str(self.named(found.group(1))), expression)

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
                return self.response.headers.get(field, MISSING)
            case ["$request", "header", field]:
                return self.arguments.get(("header", field)) or (
                    request.headers.get(field, MISSING) if request else MISSING
                )
            case ["$request", location, parameter]:
                return self.arguments.get((location, parameter), MISSING)
        return expression


def _pointed(value: Any, pointer: str) -> Any:
    """The value at a JSON pointer (RFC 6901); MISSING when there is none."""
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return MISSING
    return value
