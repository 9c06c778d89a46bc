"""What a caller needs to know about an operation: as plain data, and as text for `help()`.

`dynclient show` prints the same data as a page or as JSON, so the three cannot disagree.

Why the types come from the document and not from compiled schemas: a bundle is made for the engines. It has no descriptions, its names
are keys, a discriminator is a list of conditions, and to make it every schema that it refers to is read. A page needs the first
level only, and shows it even if a reference further down is broken. The tables of `schema/bundle.py` say which keywords lead on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dynclient.api.described import Content, Parameter, Reply, RequestBody
from dynclient.api.inwords import applied_types, listed_values, one_of, property_data, type_name
from dynclient.api.operation import Operation
from dynclient.api.pytypes import PythonTypes
from dynclient.api.signature import MISSING
from dynclient.api.typetext import union
from dynclient.problem import show
from dynclient.schema.bundle import CHOICES
from dynclient.spec.document import Document
from dynclient.spec.node import Node

if TYPE_CHECKING:
    import inspect

#: How long the type of a component may be that is written in place of its name.
_SHORT = 60
_COMPONENTS = (("schemas",), ("definitions",))
#: How many members of a body `help()` lists as arguments.
_MOST_MEMBERS = 12
_WAYS = "Other ways to call it: .send, .stream, .pages, .items, .prepare, .curl, .with_options"
#: The text for an operation that the document marks as deprecated.
DEPRECATED = "Deprecated: the document advises against it."


class Annotation:
    """The type of an argument in a signature, shown without quotes: it may be a name that only the document knows."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def annotated_signature(operation: Operation) -> inspect.Signature:
    """Return the signature of an operation with types, as `help()` and `inspect.signature` show it.

    Raises:
        SpecError: A part of the operation cannot be used.
    """
    nodes, types = operation.parameter_nodes, shallow_types(operation.document)
    kinds = [
        types.parameter(nodes[key])
        if key is not None
        else union(types.body(operation.body.contents if operation.body else ()))
        for _, _, key in operation.binding.slots
    ]
    plain = operation.signature
    parameters = [
        parameter.replace(annotation=Annotation(kind if required else union([kind, "None"])))
        for parameter, kind, (_, required, _) in zip(
            plain.parameters.values(), kinds, operation.binding.slots, strict=True
        )
    ]
    return plain.replace(parameters=parameters, return_annotation=Annotation(types.result(operation)))


def shallow_types(document: Document) -> PythonTypes:
    """Return the Python types of a document's schemas, in which components are only named, unless they list few values."""
    around: set[Any] = set()

    def named(schema: Node, wish: str) -> str:
        is_component = schema.path[-2:-1] in _COMPONENTS
        if types.is_object(schema):
            return wish if is_component else "dict[str, Any]"
        if schema.place in around:  # it refers to itself
            return wish
        around.add(schema.place)
        written = types.written(schema, wish)
        around.discard(schema.place)
        return written if len(written) <= _SHORT or not is_component else wish

    types = PythonTypes(document, named)
    return types


def summary_data(operation: Operation) -> dict[str, Any]:
    """Return the names, method, path and summary of an operation as plain data."""
    return {
        "name": operation.python_name,
        "id": operation.id,
        "method": operation.method,
        "path": operation.path,
        "summary": operation.summary,
    }


def operation_data(operation: Operation) -> dict[str, Any]:
    """Return everything that a caller needs to know about an operation as plain data.

    Raises:
        SpecError: A part of the operation cannot be used, or a reference has no target.
    """
    nodes = operation.parameter_nodes
    return {
        **summary_data(operation),
        "description": operation.description,
        "deprecated": operation.node.get("deprecated") is True,
        "tags": list(operation.tags),
        "signature": f"{operation.python_name}{operation.signature}",
        "servers": list(operation.servers),
        "parameters": [
            _parameter_data(operation.document, parameter, nodes[parameter.key]) for parameter in operation.parameters
        ],
        "body": operation.body and _body_data(operation.document, operation.body),
        "responses": [_reply_data(reply) for reply in operation.replies.values()],
        "security": [{name: list(scopes) for name, scopes in way.items()} for way in operation.security],
        "schemes": {
            name: operation.schemes[name].describe() if name in operation.schemes else name
            for way in operation.security
            for name in way
        },
    }


def _parameter_data(document: Document, parameter: Parameter, node: Node) -> dict[str, Any]:
    media_type, content = next(node.child("content").children(), ("", None))
    schema = node if content is None else document.follow(content)
    return {
        "name": parameter.wire.name,
        "python_name": parameter.python_name,
        "in": parameter.wire.location,
        "type": type_name(schema.child("schema")) + (f" as {media_type}" if media_type else ""),
        "required": parameter.required,
        **listed_values(document, schema.child("schema")),
        "deprecated": parameter.deprecated,
        **({} if parameter.default is MISSING else {"default": parameter.default}),
        "description": parameter.description,
    }


def _body_data(document: Document, body: RequestBody) -> dict[str, Any]:
    return {
        "python_name": body.python_name,
        "required": body.required,
        "description": body.description,
        "contents": [_content_data(document, content) for content in body.contents],
    }


def _content_data(document: Document, content: Content) -> dict[str, Any]:
    schema = content.node.child("schema")
    return {
        "media_type": content.media_type,
        "type": _content_type(content),
        "alternatives": applied_types(document.follow(schema), CHOICES),
        "properties": [item for item in property_data(document, schema) if "read_only" not in item],
    }


def _reply_data(reply: Reply) -> dict[str, Any]:
    return {
        "status": reply.status,
        "description": reply.description,
        "contents": [
            {"media_type": content.media_type, "type": _content_type(content)} for content in reply.contents.values()
        ],
    }


def _content_type(content: Content) -> str:
    schema, item = content.node.child("schema"), content.node.child("itemSchema")
    return f"sequence of {type_name(item)}" if schema.value is None and item.value is not None else type_name(schema)


def help_text(operation: Operation) -> str:
    """Return the text that `help()` shows for an operation.

    Raises:
        SpecError: A part of the operation cannot be used, or a reference has no target.
    """
    data = operation_data(operation)
    lines = [f"{data['name']}{annotated_signature(operation)}", "", f"{data['method']} {data['path']}"]
    lines += ["", data["summary"]] if data["summary"] else []
    lines += ["", DEPRECATED] if data["deprecated"] else []
    lines += ["", data["description"]] if data["description"] and data["description"] != data["summary"] else []
    lines += ["", "Arguments:"] if data["parameters"] or data["body"] else []
    lines += [f"    {line}" for line in _argument_lines(data)]
    lines += ["", f"Arguments, too: {_members_line(operation)}"] if operation.binding.members else []
    lines += ["", "Responses:"]
    lines += [f"    {reply['status']}: {_reply_line(reply)}" for reply in data["responses"]]
    lines += ["", f"Security: {' '.join(security_lines(data))}"] if data["security"] else []
    lines += ["", _WAYS]
    return "\n".join(lines)


def _members_line(operation: Operation) -> str:
    content = operation.binding.members_of
    schema = operation.document.follow(content.node.child("schema")) if content is not None else None
    properties = property_data(operation.document, schema) if schema is not None else []
    never_sent = {item["name"] for item in properties if "read_only" in item}
    spelt = {name: keyword for keyword, name in operation.binding.members.items() if keyword.isidentifier()}
    members = {name: keyword for name, keyword in spelt.items() if name not in never_sent}
    listed = list(members.values())
    more = f", and {len(listed) - _MOST_MEMBERS} more" if len(listed) > _MOST_MEMBERS else ""
    return f"the properties of the body, in place of it: {', '.join(listed[:_MOST_MEMBERS])}{more}"


def _argument_lines(data: Mapping[str, Any]) -> Iterator[str]:
    for item in data["parameters"]:
        notes = [item["type"], f"{item['in']} {item['name']}", "required" if item["required"] else "optional"]
        notes += ["deprecated"] if item["deprecated"] else []
        notes += [f"by default {show(item['default'])}"] if "default" in item else []
        yield _described(f"{item['python_name']} ({', '.join(notes)})", item)
    if data["body"]:
        yield from _body_lines(data["body"])


def _body_lines(body: Mapping[str, Any]) -> Iterator[str]:
    need = "required" if body["required"] else "optional"
    if not body["contents"]:
        yield _described(f"{body['python_name']} (body, {need})", body)
    for content in body["contents"]:
        yield _described(f"{body['python_name']} ({content['type']}, body {content['media_type']}, {need})", body)
        yield from (f"    {name}" for name in content["alternatives"])
        for item in content["properties"]:
            need = ", required" if item["required"] else ""
            yield _described(f"    {item['name']} ({item['type']}{need})", item)


def _described(text: str, item: Mapping[str, Any]) -> str:
    first = str(item["description"]).partition("\n")[0]
    listed = one_of(item["values"]) if item.get("values") else ""
    notes = "; ".join(filter(None, (first, listed)))
    return f"{text}: {notes}" if notes else text


def _reply_line(reply: Mapping[str, Any]) -> str:
    contents = ", ".join(f"{content['media_type']} {content['type']}" for content in reply["contents"])
    return str(reply["description"]).partition("\n")[0] + (f" [{contents}]" if contents else "")


def security_lines(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield the security requirements of an operation's data, one alternative a line."""
    if not data["security"]:
        yield "none"
    for index, way in enumerate(data["security"]):
        yield ("or " if index else "") + (" and ".join(data["schemes"][name] for name in way) or "none")
