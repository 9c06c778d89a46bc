"""What has the wrong form, judged by OpenAPI's own schema.

That of 3.1 and 3.2 leaves Schema Objects to their dialect; here they are judged by that of JSON Schema 2020-12, unless they, or the
document, name another one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from dynclient.faults.fault import Fault
from dynclient.schema.schemas import Schema
from dynclient.spec.document import Document
from dynclient.spec.node import Node

#: The dialects that are JSON Schema 2020-12 or build on it: OpenAPI's own.
_MODERN = r"^https://(json-schema\.org/draft/2020-12/|spec\.openapis\.org/oas/3\.)"
#: Which object of the specification a member belongs to, for what only the schema of OpenAPI finds.
_SECTIONS = {
    "info": "Info Object", "contact": "Contact Object", "license": "License Object", "servers": "Server Object",
    "paths": "Path Item Object", "webhooks": "Path Item Object", "parameters": "Parameter Object", "schema": "Schema Object",
    "requestBody": "Request Body Object", "requestBodies": "Request Body Object", "responses": "Response Object",
    "content": "Media Type Object", "encoding": "Encoding Object", "headers": "Header Object", "schemas": "Schema Object",
    "examples": "Example Object", "links": "Link Object", "callbacks": "Callback Object", "tags": "Tag Object",
    "securitySchemes": "Security Scheme Object", "security": "Security Requirement Object",
    "externalDocs": "External Documentation Object", "components": "Components Object",
}  # fmt: skip


def form_faults(document: Document) -> Iterator[Fault]:
    """What the schema of OpenAPI objects to."""
    judged = _schema_of(document.version, _is_other(document.root.get("jsonSchemaDialect")))
    for problem in judged.problems(document.data, "document"):
        section = next((_SECTIONS[token] for token in reversed(problem.path) if token in _SECTIONS), "OpenAPI Object")
        hint = f"; {problem.hint}" if problem.hint else ""
        node = Node(document.root.file, problem.path, None)
        yield Fault(node, problem.keyword, problem.message, f"OpenAPI {document.version}, {section}{hint}")


def _is_other(dialect: Any) -> bool:
    """Whether a dialect is named that is not, and does not build on, JSON Schema 2020-12."""
    return isinstance(dialect, str) and re.match(_MODERN, dialect) is None


@cache
def _schema_of(version: str, other_dialect: bool) -> Schema:  # noqa: FBT001  a key of the cache
    """The schema of OpenAPI; that of 3.0, which is draft 4, is put into the words of 2020-12."""
    from openapi_spec_validator import schemas  # slow to import, and only whoever asks for problems needs it

    text = json.dumps(dict(getattr(schemas, f"schema_v{version.replace('.', '')}")))
    text = text.replace('"#/definitions/', '"#/$defs/').replace(
        '"minimum": 0, "exclusiveMinimum": true', '"exclusiveMinimum": 0'
    )
    schema = json.loads(text)
    for name, other in (("definitions", "$defs"), ("id", "$id")):
        if name in schema:
            schema[other] = schema.pop(name)
    schema.pop("$schema", None)
    if version != "3.0" and not other_dialect:
        schema["$defs"] |= _schema_objects()
        schema = json.loads(json.dumps(schema).replace('"$dynamicRef": "#meta"', '"$ref": "#/$defs/schema"'))
    decided = _decided(schema)
    return Schema(lambda: decided)


def _schema_objects() -> dict[str, Any]:
    """The schema of JSON Schema 2020-12 as definitions, `schema` the first of them."""
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

    properties: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for name in ("core", "applicator", "unevaluated", "validation", "content"):
        vocabulary = REGISTRY.contents(f"https://json-schema.org/draft/2020-12/meta/{name}")
        properties |= vocabulary["properties"]
        definitions |= vocabulary.get("$defs", {})
    single, several = properties["type"]["anyOf"]
    properties["type"] = {"if": {"type": "array"}, "then": several, "else": single}  # for the message
    other = {"required": ["$schema"], "properties": {"$schema": {"type": "string", "not": {"pattern": _MODERN}}}}
    kept = {"if": {"type": "object", **other}, "else": {"properties": properties}}
    return {"schema": {"type": ["object", "boolean"], **kept}, **definitions}


def _decided(schema: Any) -> Any:
    """A choice between an object and a reference to one is made by whether there is a `$ref`, so that messages are of one of them."""
    if isinstance(schema, list):
        return [_decided(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    choice = schema.get("oneOf")
    reference = {"$ref": "#/$defs/Reference"}
    if isinstance(choice, list) and len(choice) == 2 and reference in choice:
        other = choice[1 - choice.index(reference)]
        rest = {name: _decided(value) for name, value in schema.items() if name != "oneOf"}
        return {**rest, "if": {"type": "object", "required": ["$ref"]}, "then": reference, "else": _decided(other)}
    return {name: _decided(value) for name, value in schema.items()}
