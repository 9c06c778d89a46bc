"""Where a document says what a message breaks: the place of a rule, for those who want to read or mend it."""

from __future__ import annotations

from collections.abc import Iterable

from dynclient.api.operation import Operation
from dynclient.exchange import Response
from dynclient.problem import Problem
from dynclient.schema.unbundled import innermost
from dynclient.spec.node import Node


def place_in_reply(operation: Operation, response: Response, problem: Problem) -> Node:
    """Return the place in the document that a reply breaks: the innermost schema on the way to the value that can be found.

    Args:
        operation: The operation that was called.
        response: The reply.
        problem: What is wrong with it.
    """
    document, reply = operation.document, operation.reply(response.status)
    if reply is None:
        return operation.node.child("responses")
    if problem.where == "header":
        node = document.follow(operation.node.child("responses", reply.status))
        name = next((name for name in node.get("headers", ()) if name.lower() == str(problem.path[0]).lower()), "")
        return document.follow(node.child("headers", name)) if name else node
    content = reply.contents.covering(response.headers.get("Content-Type", ""))
    if content is None:
        return operation.node.child("responses", reply.status)
    if problem.keyword == "required" and not problem.path:
        return content.node
    return _described(operation, content.node, problem.path)


def place_in_request(operation: Operation, content_type: str, problem: Problem) -> Node | None:
    """Return the place in the document that a request breaks, as `place_in_reply` does; None when the document says nothing about it.

    Args:
        operation: The operation that it calls.
        content_type: The Content-Type of the request.
        problem: What is wrong with it.
    """
    match problem.where:
        case "path" | "query" | "querystring" | "header" | "cookie":
            node = parameter_node(operation, problem.where, str(problem.path[0])) if problem.path else None
            if node is None:
                return operation.node
            return node if problem.keyword == "required" else _described(operation, node, problem.path[1:])
        case "body":
            body = operation.document.follow(operation.node.child("requestBody"))
            content = operation.body.by_type.covering(content_type) if operation.body is not None else None
            if body.value is None:
                return operation.node
            is_missing = problem.keyword == "required" and not problem.path
            return body if content is None or is_missing else _described(operation, content.node, problem.path)
        case "security":
            own = operation.node.child("security")
            return operation.document.root.child("security") if own.value is None else own
        case "method":
            return operation.item
        case "operation":
            return operation.node
    return None


def parameter_node(operation: Operation, location: str, name: str) -> Node | None:
    """Return the Parameter Object of a parameter; None when the document has none."""
    wanted = name.lower() if location == "header" else name
    for owner in (operation.node, operation.item):
        for entry in owner.child("parameters").items():
            node = operation.document.follow(entry)
            own = str(node.get("name"))
            if node.get("in") == location and (own.lower() if location == "header" else own) == wanted:
                return node
    return None


def _described(operation: Operation, owner: Node, path: Iterable[str | int]) -> Node:
    """Return the schema of a value in a parameter or a body; the owner of the schema when that is not described."""
    schema = owner.child("schema")
    if schema.value is None:
        schema = next((node.child("schema") for _, node in owner.child("content").children()), schema)
    return owner if schema.value is None else innermost(operation.document, schema, path)
