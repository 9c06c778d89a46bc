"""Where a document says what a message breaks: the place of a rule, for those who want to read or mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dynclient.api.operation import Operation
from dynclient.errors import SpecError
from dynclient.exchange import Response
from dynclient.problem import Problem
from dynclient.schema.bundle import POSSIBLE, inside
from dynclient.spec.document import Document
from dynclient.spec.node import Node, step


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


def innermost(document: Document, schema: Node, path: Iterable[str | int]) -> Node:
    """Return the schema of the value at the end of a path, or the last one on the way there that can be found."""
    for token in path:
        try:
            below = _below(parts_of(document, schema, POSSIBLE), token)
        except SpecError:  # a broken reference
            return schema
        if below is None:
            return _followed(document, schema)
        schema = below
    return _followed(document, schema)


def _followed(document: Document, schema: Node) -> Node:
    try:
        return document.follow(schema)
    except SpecError:
        return schema


def parts_of(document: Document, schema: Node, keywords: tuple[str, ...]) -> list[Node]:
    """Return a schema and all that it applies to the same value by one of the keywords, each once.

    Raises:
        SpecError: A reference has no target.
    """
    found: dict[Any, Node] = {}
    pending = [schema]
    while pending:
        part = document.follow(pending.pop())
        if part.place not in found:
            found[part.place] = part
            pending += reversed(applied(part, keywords))
    return list(found.values())


def applied(schema: Node, keywords: tuple[str, ...]) -> list[Node]:
    """Return the schemas inside a schema that apply to the same value by one of the keywords."""
    if not isinstance(schema.value, Mapping):
        return []
    return [schema.child(*way) for way, _ in inside(schema.value) if way[0] in keywords]


def _below(parts: list[Node], token: str | int) -> Node | None:
    """Return the schema that describes a member or an item by its name or its place; else the one for all others."""
    for part in parts:
        holder = part.child("prefixItems" if isinstance(token, int) else "properties")
        if step(holder.value, token) is not None:
            return holder.child(token)
    rest = "items" if isinstance(token, int) else "additionalProperties"
    return next((part.child(rest) for part in parts if isinstance(part.get(rest), Mapping)), None)
