"""All that a caller needs to know of an operation, as plain data."""

from __future__ import annotations

from typing import Any

from dynclient.api.described import MISSING, Content
from dynclient.api.operation import Operation
from dynclient.cli.kinds import alternatives, kind_of, members_of
from dynclient.spec.document import Document


def summary_data(operation: Operation) -> dict[str, Any]:
    """An operation in a line for programs."""
    return {
        "name": operation.python_name,
        "id": operation.id,
        "method": operation.method,
        "path": operation.path,
        "summary": operation.summary,
    }


def operation_data(operation: Operation) -> dict[str, Any]:
    """All that a caller needs to know of an operation, for programs and for `operation_text`."""
    body = operation.body
    return {
        **summary_data(operation),
        "description": operation.description,
        "deprecated": operation.node.get("deprecated") is True,
        "tags": list(operation.tags),
        "signature": f"{operation.python_name}{operation.signature}",
        "servers": list(operation.servers),
        "parameters": [
            {
                "name": parameter.wire.name,
                "python_name": parameter.python_name,
                "in": parameter.wire.location,
                "type": _parameter_kind(operation, parameter.key),
                "required": parameter.required,
                "deprecated": parameter.deprecated,
                **({} if parameter.default is MISSING else {"default": parameter.default}),
                "description": parameter.description,
            }
            for parameter in operation.parameters
        ],
        "body": body
        and {
            "python_name": body.python_name,
            "required": body.required,
            "description": body.description,
            "contents": [_content_data(operation.document, content) for content in body.contents],
        },
        "responses": [
            {
                "status": reply.status,
                "description": reply.description,
                "contents": [
                    {"media_type": content.media_type, "type": kind_of(content.node.child("schema"))}
                    for content in reply.contents.values()
                ],
            }
            for reply in operation.replies.values()
        ],
        "security": [{name: list(scopes) for name, scopes in way.items()} for way in operation.security],
    }


def _content_data(document: Document, content: Content) -> dict[str, Any]:
    schema = content.node.child("schema")
    members, required = members_of(document, schema)
    return {
        "media_type": content.media_type,
        "type": kind_of(schema),
        "alternatives": alternatives(document.follow(schema)),
        "properties": [
            {
                "name": name,
                "type": kind_of(node),
                "required": name in required,
                "description": str(document.follow(node).get("description") or "").strip(),
            }
            for name, node in members.items()
        ],
    }


def _parameter_kind(operation: Operation, key: tuple[str, str]) -> str:
    """What the document says of a parameter's type; the parameter's node is looked up again, for messages only."""
    for owner in (operation.node, operation.item):
        for entry in owner.child("parameters").items():
            node = operation.document.follow(entry)
            if (node.get("in"), node.get("name")) == key:
                for media_type, content in node.child("content").children():
                    return f"{kind_of(operation.document.follow(content).child('schema'))} as {media_type}"
                return kind_of(node.child("schema"))
    return "anything"
