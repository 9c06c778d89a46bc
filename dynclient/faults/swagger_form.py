"""The JSON Schema of Swagger 2.0 with its choices decided: by `$ref`, `in`, `type` or `flow`, so that messages are about one alternative."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_DRAFT_4 = "http://json-schema.org/draft-04/schema#"
_DEFINITIONS = "#/definitions/"
_LOCATIONS = ("header", "formData", "query", "path")
_FLOWS = ("implicit", "password", "application", "accessCode")


def swagger_schema(published: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of Swagger 2.0, which is draft 4, with its choices decided and the parts of draft 4 that it refers to.

    Args:
        published: The schema as the OpenAPI Initiative publishes it.
    """
    schema = json.loads(json.dumps(published))
    schema["definitions"] |= _choices()
    schema["definitions"]["securityDefinitions"]["additionalProperties"] = _reference("securityScheme")
    schema["definitions"]["response"]["properties"]["schema"] = _reference("bodySchema")
    members = schema["definitions"]["schema"]["properties"]
    members |= {name: _by_type(members[name]["anyOf"]) for name in ("items", "additionalProperties")}
    text = json.dumps(schema)
    used = set(re.findall(rf'"{_DRAFT_4}/(\w+)/(\w+)"', text))
    text = re.sub(rf'"{_DRAFT_4}/\w+/(\w+)"', rf'"{_DEFINITIONS}draft-4-\1"', text)
    made: dict[str, Any] = json.loads(text)
    made["definitions"] |= _draft_4(used)
    return made


def _draft_4(used: set[tuple[str, str]]) -> dict[str, Any]:
    from jsonschema_specifications import REGISTRY

    draft = REGISTRY.contents(_DRAFT_4.removesuffix("#"))
    found = {name: draft[section][name] for section, name in used} | {
        name: part for name, part in draft["definitions"].items() if name != "schemaArray"
    }
    found["type"] = _by_type(found["type"]["anyOf"])
    text = json.dumps({f"draft-4-{name}": part for name, part in found.items()})
    named: dict[str, Any] = json.loads(text.replace(_DEFINITIONS, f"{_DEFINITIONS}draft-4-"))
    return named


def _choices() -> dict[str, Any]:
    flows = {flow: f"oauth2{flow[0].upper()}{flow[1:]}Security" for flow in _FLOWS}
    kinds = {"basic": "basicAuthenticationSecurity", "apiKey": "apiKeySecurity", "oauth2": "oauth2Security"}
    parameters: dict[str, Any] = {"body": _reference("bodyParameter")}
    parameters |= {place: {**_reference(f"{place}ParameterSubSchema"), "required": ["type"]} for place in _LOCATIONS}
    return {
        "parameter": _by("in", parameters, "name"),
        "parametersList": {"type": "array", "uniqueItems": True, "items": _or_reference("parameter")},
        "parameterDefinitions": {"type": "object", "additionalProperties": _reference("parameter")},
        "responseValue": _or_reference("response"),
        "bodySchema": _if({"properties": {"type": {"enum": ["file"]}}, "required": ["type"]}, "fileSchema", "schema"),
        "oauth2Security": _by("flow", {name: _reference(branch) for name, branch in flows.items()}),
        "securityScheme": _by("type", {name: _reference(branch) for name, branch in kinds.items()}),
    }


def _by(name: str, branches: Mapping[str, Any], *required: str) -> dict[str, Any]:
    """Return the schema of an object whose member of this name decides what else it must be."""
    made: dict[str, Any] = {}
    for value, branch in branches.items():
        made = {"if": {"properties": {name: {"enum": [value]}}, "required": [name]}, "then": branch, "else": made}
    return {"type": "object", "required": [name, *required], "properties": {name: {"enum": list(branches)}}, **made}


def _by_type(choices: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the choice between two schemas of which the second one has a `type`."""
    other, typed = choices
    return {"if": {"type": typed["type"]}, "then": typed, "else": other}


def _or_reference(name: str) -> dict[str, Any]:
    return _if({"type": "object", "required": ["$ref"]}, "jsonReference", name)


def _if(condition: dict[str, Any], name: str, other: str) -> dict[str, Any]:
    return {"if": condition, "then": _reference(name), "else": _reference(other)}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": _DEFINITIONS + name}
