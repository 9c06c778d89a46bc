"""Where a document says what a message breaks: the place of a rule, for those who want to read or mend it."""

from __future__ import annotations

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
        return node.child("headers", name) if name else node
    content = reply.contents.covering(response.headers.get("Content-Type", ""))
    if content is None:
        return operation.node.child("responses", reply.status)
    schema = content.node.child("schema")
    if schema.value is None:
        return content.node
    return innermost(document, schema, problem.path)
