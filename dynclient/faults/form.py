"""Values of the wrong form, found by OpenAPI's own JSON Schema.

The schemas of 3.1 and 3.2 leave Schema Objects to their dialect. Here they are checked by JSON Schema 2020-12 too, unless they or the
document name another dialect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, partial, reduce
from typing import Any

from dynclient.extras import needs
from dynclient.faults.rules import Fault
from dynclient.faults.swagger_form import swagger_schema
from dynclient.problem import Problem, show
from dynclient.schema.schemas import Schema
from dynclient.spec.document import Document
from dynclient.spec.node import OLD_VERSIONS, Node, step
from dynclient.spec.slices import plain_data
from dynclient.spec.urls import public_url

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
    data, whole = plain_data(document.source.data), "Swagger Object" if document.version == "2.0" else "OpenAPI Object"
    found = schema.problems(data, "document")
    broken = {
        problem.path[:depth] for problem in found if not _is_leftover(problem) for depth in range(len(problem.path))
    }
    for problem in found:
        if _is_leftover(problem) and problem.path[:-1] in broken:
            continue  # the object around it has a fault, so that its schema has not counted its members
        section = next((_SECTIONS[token] for token in reversed(problem.path) if token in _SECTIONS), whole)
        hint = f"; {problem.hint}" if problem.hint else ""
        node = Node(document.root.file, problem.path, None)
        message = problem.message
        if problem.keyword == "format":
            value = str(reduce(step, problem.path, data))
            message = message.replace(show(value), show(public_url(value)))  # a URL may hold a password
        yield Fault(node, problem.keyword, message, f"{document.specification}, {section}{hint}")


def _is_leftover(problem: Problem) -> bool:
    """Whether a problem is that a member is left over whose name OpenAPI has."""
    return problem.keyword == "unevaluatedProperties" and problem.path[-1:] != () and problem.path[-1] in _known_names()


@cache
def _known_names() -> frozenset[str]:
    """The names that OpenAPI gives to members."""
    found: set[str] = set()
    pending: list[Any] = [_published("3.1"), _published("3.2")]
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            found |= set(value["properties"]) if isinstance(value.get("properties"), Mapping) else set()
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return frozenset(found)


def _published(version: str) -> dict[str, Any]:
    """Return the schema that the OpenAPI Initiative publishes for a version.

    Raises:
        MissingExtra: openapi-spec-validator is not installed, which carries the schemas, and pydantic with them.
    """
    with needs("referee", "a check of the document"):
        from openapi_spec_validator import schemas  # slow to import, and needed only for `document.problems`

    name = "schema_v2" if version == "2.0" else f"schema_v{version.replace('.', '')}"
    return dict(getattr(schemas, name))


def _is_foreign(dialect: Any) -> bool:
    """Whether a dialect is named that does not build on JSON Schema 2020-12."""
    return isinstance(dialect, str) and re.match(_MODERN, dialect) is None


@cache
def _schema_of(version: str, foreign_dialect: bool) -> Schema:  # noqa: FBT001  a key of the cache
    """Return the schema of an OpenAPI version; those of 2.0 and 3.0 are draft 4 and are translated to 2020-12."""
    published = _published(version)
    text = json.dumps(swagger_schema(published) if version == "2.0" else published)
    text = text.replace('"#/definitions/', '"#/$defs/').replace(
        '"minimum": 0, "exclusiveMinimum": true', '"exclusiveMinimum": 0'
    )
    schema = json.loads(text)
    for name, other in (("definitions", "$defs"), ("id", "$id")):
        if name in schema:
            schema[other] = schema.pop(name)
    schema.pop("$schema", None)
    # URLs may be relative (OpenAPI 3.1, Relative References in URLs), and that of a server is a template (Server Object)
    schema = json.loads(json.dumps(schema).replace('"format": "uri"', '"format": "uri-reference"'))
    schema["$defs"].get("server", {}).get("properties", {}).get("url", {}).pop("format", None)
    if version not in OLD_VERSIONS and not foreign_dialect:
        schema["$defs"] |= _schema_objects()
        schema = json.loads(json.dumps(schema).replace('"$dynamicRef": "#meta"', '"$ref": "#/$defs/schema"'))
    return Schema(partial(_with_choices_decided, schema))


def _schema_objects() -> dict[str, Any]:
    """Return the metaschema of JSON Schema 2020-12 as definitions; `schema` is the root."""
    from jsonschema_specifications import REGISTRY

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


def _one_of_places(names: list[str]) -> dict[str, Any]:
    return {"required": ["in"], "properties": {"in": {"enum": names}}}


def _places(option: Any) -> list[str]:
    """The values of `in` that an alternative is for."""
    place = option.get("properties", {}).get("in", {}) if isinstance(option, dict) else {}
    found: list[str] = place.get("enum", [])
    return found


def _with_choices_decided(schema: Any) -> Any:
    """Let the presence of `$ref` decide between an object and a reference to it, so that messages are about one of the two."""
    if isinstance(schema, list):
        return [_with_choices_decided(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    choice: Any = schema.get("oneOf")
    places = [_places(option) for option in choice] if isinstance(choice, list) else []
    if places and all(places):
        rest = {name: _with_choices_decided(value) for name, value in schema.items() if name != "oneOf"}
        decided: Any = _one_of_places([name for names in places for name in names])
        for names, option in zip(places, choice, strict=True):
            decided = {"if": _one_of_places(names), "then": option, "else": decided}
        return {**rest, **decided}
    reference = {"$ref": "#/$defs/Reference"}
    if isinstance(choice, list) and len(choice) == 2 and reference in choice:
        other = _with_choices_decided(choice[1 - choice.index(reference)])
        rest = {name: _with_choices_decided(value) for name, value in schema.items() if name != "oneOf"}
        return {**rest, "if": {"type": "object", "required": ["$ref"]}, "then": reference, "else": other}
    return {name: _with_choices_decided(value) for name, value in schema.items()}
