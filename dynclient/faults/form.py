"""Values of the wrong form, found by OpenAPI's own JSON Schema.

The schemas of 3.1 and 3.2 leave Schema Objects to their dialect. Here they are checked by JSON Schema 2020-12 too, unless they or the
document name another dialect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

from dynclient.faults.rules import Fault
from dynclient.faults.swagger_form import swagger_schema
from dynclient.schema.schemas import Schema
from dynclient.spec.document import Document
from dynclient.spec.node import OLD_VERSIONS, Node
from dynclient.spec.slices import plain_data

#: JSON Schema 2020-12, and OpenAPI's own dialects, which build on it.
_MODERN = r"^https://(json-schema\.org/draft/2020-12/|spec\.openapis\.org/oas/3\.)"
#: The section of the specification that describes a member.
_SECTIONS = {
    "info": "Info Object", "contact": "Contact Object", "license": "License Object", "servers": "Server Object",
    "paths": "Path Item Object", "webhooks": "Path Item Object", "parameters": "Parameter Object", "schema": "Schema Object",
    "requestBody": "Request Body Object", "requestBodies": "Request Body Object", "responses": "Response Object",
    "content": "Media Type Object", "encoding": "Encoding Object", "headers": "Header Object", "schemas": "Schema Object",
    "examples": "Example Object", "links": "Link Object", "callbacks": "Callback Object", "tags": "Tag Object",
    "securitySchemes": "Security Scheme Object", "security": "Security Requirement Object",
    "externalDocs": "External Documentation Object", "components": "Components Object", "definitions": "Schema Object",
    "securityDefinitions": "Security Scheme Object",
}  # fmt: skip


def form_faults(document: Document) -> Iterator[Fault]:
    """Yield the faults that the schema of OpenAPI finds."""
    schema = _schema_of(document.version, _is_foreign(document.root.get("jsonSchemaDialect")))
    whole = "Swagger Object" if document.version == "2.0" else "OpenAPI Object"
    for problem in schema.problems(plain_data(document.source.data), "document"):
        section = next((_SECTIONS[token] for token in reversed(problem.path) if token in _SECTIONS), whole)
        hint = f"; {problem.hint}" if problem.hint else ""
        node = Node(document.root.file, problem.path, None)
        yield Fault(node, problem.keyword, problem.message, f"{document.specification}, {section}{hint}")


def _is_foreign(dialect: Any) -> bool:
    """Whether a dialect is named that does not build on JSON Schema 2020-12."""
    return isinstance(dialect, str) and re.match(_MODERN, dialect) is None


@cache
def _schema_of(version: str, foreign_dialect: bool) -> Schema:  # noqa: FBT001  a key of the cache
    """Return the schema of an OpenAPI version; those of 2.0 and 3.0 are draft 4 and are translated to 2020-12."""
    from openapi_spec_validator import schemas  # slow to import, and needed only for `document.problems`

    name = f"schema_v{version.replace('.', '')}"
    text = json.dumps(swagger_schema() if version == "2.0" else dict(getattr(schemas, name)))
    text = text.replace('"#/definitions/', '"#/$defs/').replace(
        '"minimum": 0, "exclusiveMinimum": true', '"exclusiveMinimum": 0'
    )
    schema = json.loads(text)
    for name, other in (("definitions", "$defs"), ("id", "$id")):
        if name in schema:
            schema[other] = schema.pop(name)
    schema.pop("$schema", None)
    if version not in OLD_VERSIONS and not foreign_dialect:
        schema["$defs"] |= _schema_objects()
        schema = json.loads(json.dumps(schema).replace('"$dynamicRef": "#meta"', '"$ref": "#/$defs/schema"'))
    return Schema(partial(_with_choices_decided, schema))


def _schema_objects() -> dict[str, Any]:
    """Return the metaschema of JSON Schema 2020-12 as definitions; `schema` is the root."""
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

    properties: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for name in ("core", "applicator", "unevaluated", "validation", "content"):
        vocabulary = REGISTRY.contents(f"https://json-schema.org/draft/2020-12/meta/{name}")
        properties |= vocabulary["properties"]
        definitions |= vocabulary.get("$defs", {})
    single, several = properties["type"]["anyOf"]
    properties["type"] = {"if": {"type": "array"}, "then": several, "else": single}  # for a better message
    foreign = {"required": ["$schema"], "properties": {"$schema": {"type": "string", "not": {"pattern": _MODERN}}}}
    kept = {"if": {"type": "object", **foreign}, "else": {"properties": properties}}
    return {"schema": {"type": ["object", "boolean"], **kept}, **definitions}


def _with_choices_decided(schema: Any) -> Any:
    """Let the presence of `$ref` decide between an object and a reference to it, so that messages are about one of the two."""
    if isinstance(schema, list):
        return [_with_choices_decided(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    choice = schema.get("oneOf")
    reference = {"$ref": "#/$defs/Reference"}
    if isinstance(choice, list) and len(choice) == 2 and reference in choice:
        other = _with_choices_decided(choice[1 - choice.index(reference)])
        rest = {name: _with_choices_decided(value) for name, value in schema.items() if name != "oneOf"}
        return {**rest, "if": {"type": "object", "required": ["$ref"]}, "then": reference, "else": other}
    return {name: _with_choices_decided(value) for name, value in schema.items()}
