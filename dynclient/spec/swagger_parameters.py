"""Parameters of Swagger 2.0 as parameters of OpenAPI 3, and those that are a body, or a part of one, as its Request Body.

A parameter describes its value itself; in OpenAPI 3 a schema does, so the place of the parameter is that of its schema, too. OpenAPI 3 has no
style for arrays that are joined by tabs, nor, outside of queries and forms, by spaces and pipes: those have styles of our own
(`dynclient.wire.styles`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynclient.spec.node import Moved, Node, is_reference, moved_object

JSON, MULTIPART, URLENCODED = "application/json", "multipart/form-data", "application/x-www-form-urlencoded"
#: Members of a parameter or header that are not about its value, and two that OpenAPI 3 has elsewhere.
_KEPT = frozenset({"allowEmptyValue", "deprecated", "description", "example", "in", "name", "required"})
_NOT_SCHEMA = _KEPT | {"collectionFormat", "schema"}
_BINARY = {"type": "string", "format": "binary"}
#: How an array is written, by its `collectionFormat` (Swagger 2.0, Parameter Object): in a query or a form, and in a path or a header.
_PAIRS: dict[str, Mapping[str, Any]] = {
    "csv": {"style": "form", "explode": False},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "tsv": {"style": "x-tsv", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
    "multi": {"style": "form", "explode": True},
}
_TEXTS: dict[str, Mapping[str, Any]] = {name: {"style": f"x-{name}"} for name in ("ssv", "tsv", "pipes")}


def is_parameter(node: Node) -> bool:
    """Whether it is a parameter in OpenAPI 3, too; one that is broken or a broken reference is, so that its fault is found."""
    return not (isinstance(node.value, Mapping) and node.get("in") in ("body", "formData"))


def parameter_of(node: Node, location: str = "") -> Node:
    """Upgrade a parameter, or a header of a reply, whose location is given.

    What cannot be one stays as it is.
    """
    if not isinstance(node.value, Mapping) or is_reference(node.value):
        return node
    kept = {name: value for name, value in node.value.items() if name in _KEPT}
    if node.get("type") == "array":
        styles = _PAIRS if (location or node.get("in")) == "query" else _TEXTS
        kept |= styles.get(str(node.get("collectionFormat")), styles.get("csv", {}))
    if "x-example" in node.value:
        kept["example"] = node.value["x-example"]
    return moved_object(node, kept, {"schema": _schema(node)})


def _schema(node: Node) -> Node:
    """Return the schema that a parameter or header is itself; some authors write a schema below it as in OpenAPI 3."""
    if "type" not in node.value and isinstance(node.get("schema"), Mapping):
        return node.child("schema")
    value = {name: member for name, member in node.value.items() if name not in _NOT_SCHEMA and name[:2] != "x-"}
    return Node(node.file, node.path, _with_files(value))


def _with_files(schema: Mapping[str, Any]) -> Any:
    if schema.get("type") == "file":
        return {**schema, **_BINARY}
    items = schema.get("items")
    return {**schema, "items": _with_files(items)} if isinstance(items, Mapping) else schema


# --- bodies


def with_inherited(own: list[Node], shared: list[Node]) -> list[Node]:
    """Return the parameters of an operation and those of its path item that it does not override; it has one body at most."""
    keys = set(map(_key, own))
    has_body = any(place == "body" for place, _ in keys)
    kept = [node for node in shared if _key(node) not in keys]
    return [*(node for node in kept if not (has_body and node.get("in") == "body")), *own]


def _key(node: Node) -> tuple[str, str]:
    return str(node.get("in")), str(node.get("name"))


def request_body(place: Node, parameters: list[Node], consumes: list[str]) -> Node | None:
    """Make the Request Body of an operation; None when no parameter is a body or a part of one.

    Of several bodies, or of a body and a form, which the specification forbids, a request may send any.

    Args:
        place: Where the operation lists its parameters.
        parameters: Its parameters, with those of its path item.
        consumes: The media types of its requests.
    """
    bodies = [node for node in parameters if node.get("in") == "body"]
    fields = [node for node in parameters if node.get("in") == "formData" and isinstance(node.get("name"), str)]
    form = _form(place, fields, list(filter(_is_form, consumes))) if fields else None
    if not bodies:
        return form
    kinds = [kind for kind in consumes if form is None or not _is_form(kind)] or [JSON]
    body = _body(bodies[0] if len(bodies) == 1 else _any_of(place, bodies), kinds)
    return body if form is None else _either(body, form)


def _body(node: Node, kinds: list[str]) -> Node:
    """Return the Request Body of a body parameter."""
    examples, schema = node.child("x-examples"), node.child("schema")
    contents = {}
    for kind in kinds:
        shown = (each for each in (examples.child(kind), node.child("x-example")) if each.value is not None)
        contents[kind] = media_type(node, schema, next(shown, None))
    kept = {name: node.value[name] for name in ("description", "required") if name in node.value}
    return moved_object(node, kept, {"content": moved_object(node, {}, contents)})


def _any_of(place: Node, bodies: list[Node]) -> Node:
    """Return the body parameter that several of them are together."""
    schemas = [node.child("schema").value for node in bodies if node.child("schema").value is not None]
    # a place of its own, since schemas are known by their places
    schema = Node(place.file, (*place.path, "anyOf"), {"anyOf": schemas})
    return moved_object(place, {"required": all(map(_is_required, bodies))}, {"schema": schema})


def _either(body: Node, form: Node) -> Node:
    """Return the Request Body that is a body or a form."""
    contents = {kind: node for each in (form, body) for kind, node in each.child("content").children()}
    required = _is_required(body) and _is_required(form)
    return moved_object(body, {**body.value, "required": required}, {"content": moved_object(form, {}, contents)})


def _form(place: Node, fields: list[Node], kinds: list[str]) -> Node:
    """Return the Request Body of form parameters."""
    schemas = {node.value["name"]: _schema(node) for node in fields}
    encoding = {node.value["name"]: style for node in fields if (style := _field_style(node, _schema(node)))}
    required = [node.value["name"] for node in fields if _is_required(node)]
    schema = {
        "type": "object",
        "properties": {node.value["name"]: {**_schema(node).value, **_notes(node)} for node in fields},
        "additionalProperties": False,  # a parameter that is not documented is an error
        **({"required": required} if required else {}),
    }
    if any(map(_has_file, schemas.values())):
        kinds = [kind for kind in kinds if kind.lower().startswith(MULTIPART)] or [MULTIPART]
    made = Moved(place.file, place.path, schema, {"properties": moved_object(place, {}, schemas)})
    content = moved_object(place, {"encoding": encoding} if encoding else {}, {"schema": made})
    contents = moved_object(place, {}, dict.fromkeys(kinds or [URLENCODED], content))
    return moved_object(place, {"required": bool(required)}, {"content": contents})


def _is_form(kind: str) -> bool:
    return kind.partition(";")[0].strip().lower() in (MULTIPART, URLENCODED)


def _is_required(node: Node) -> bool:
    return node.get("required") is True


def _has_file(schema: Node) -> bool:
    return "binary" in (schema.get("format"), schema.child("items").get("format"))


def _notes(node: Node) -> dict[str, Any]:
    """Return what a form parameter says for people."""
    names = {"description": "description", "x-example": "example"}
    return {new: node.value[name] for name, new in names.items() if name in node.value}


def _field_style(node: Node, schema: Node) -> Mapping[str, Any] | None:
    """Return how an array in a form is written; None for names that repeat, as they do in OpenAPI 3."""
    written = str(node.get("collectionFormat", "csv"))
    if schema.get("type") != "array" or written == "multi" or _has_file(schema):
        return None
    return _PAIRS[written if written in _PAIRS else "csv"]


def media_type(place: Node, schema: Node, example: Node | None) -> Node:
    """Make a Media Type Object of a schema, which may be missing, and of an example."""
    members = {"schema": schema if schema.value is not None else None, "example": example}
    return moved_object(place, {}, {name: node for name, node in members.items() if node is not None})
