"""Edits of documents for the tests of `dynclient.versions.diff`: what is done, where, and what the report must say of it.

An edit changes a copy of a document in place and returns what is expected; None when the document has no place for it.
"""

# ruff: noqa: ARG001, B007, D103, FBT003, S311  edits share one signature; names say what they do; repeatable

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

METHODS = ("get", "put", "post", "delete", "patch")


class Expected(NamedTuple):
    """What the report must say.

    Attributes:
        victims: Who breaks; nobody when empty.
        direction: `request`, `response`, `both` or `none`.
        place: A pointer that begins that of one change, in the old or the new document.
        operations: The operations that one change reaches; None where any will do.
        witness: Whether a change must have a witness.
    """

    victims: frozenset[str]
    direction: str = ""
    place: str = ""
    operations: frozenset[str] | None = None
    witness: bool = False


NOBODY = Expected(frozenset())
Edit = Callable[[dict[str, Any], random.Random], Expected | None]


class Where(NamedTuple):
    """A schema of a document and the messages that it is in."""

    schema: dict[str, Any]
    pointer: str
    sent: frozenset[str]
    received: frozenset[str]


def operations(data: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Yield path, method, path item and operation."""
    for path, item in data["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item, item[method]


def name_of(path: str, method: str, operation: dict[str, Any]) -> str:
    """Return the id of an operation."""
    return str(operation.get("operationId") or f"{method.upper()} {path}")


def follow(data: dict[str, Any], value: Any) -> Any:
    """Follow a reference into the components."""
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        place: Any = data
        for token in value["$ref"].removeprefix("#/").split("/"):
            place = place[token.replace("~1", "/").replace("~0", "~")]
        value = place
    return value


def escaped(token: str) -> str:
    """Return a token of a JSON pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def objects(data: dict[str, Any]) -> list[Where]:
    """Return the components with properties that messages hold as JSON, directly or through plain references, properties and items."""
    found: dict[str, tuple[set[str], set[str]]] = {}

    def visit(schema: Any, name: str, way: int, seen: set[str]) -> None:
        if not isinstance(schema, dict):
            return
        ref = schema.get("$ref")
        if isinstance(ref, str):
            key = ref.rpartition("/")[2]
            if ref.startswith("#/components/schemas/") and key not in seen:
                seen.add(key)
                found.setdefault(key, (set(), set()))[way].add(name)
                visit(data["components"]["schemas"][key], name, way, seen)
            return
        for each in schema.get("properties", {}).values():
            if not each.get(("readOnly", "writeOnly")[way]):
                visit(each, name, way, seen)
        visit(schema.get("items"), name, way, seen)
        for keyword in ("allOf", "anyOf", "oneOf"):
            for each in schema.get(keyword, []):
                visit(each, name, way, seen)
        if isinstance(schema.get("additionalProperties"), dict):
            visit(schema["additionalProperties"], name, way, seen)

    for path, method, item, operation in operations(data):
        name = name_of(path, method, operation)
        body = follow(data, operation.get("requestBody", {}))
        for media in body.get("content", {}).values():
            visit(media.get("schema"), name, 0, set())
        for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]:
            visit(follow(data, parameter).get("schema"), name, 0, set())
            for media in follow(data, parameter).get("content", {}).values():
                visit(media.get("schema"), name, 0, set())
        for reply in operation.get("responses", {}).values():
            for media in follow(data, reply).get("content", {}).values():
                visit(media.get("schema"), name, 1, set())
            for header in follow(data, reply).get("headers", {}).values():
                visit(follow(data, header).get("schema"), name, 1, set())
    schemas = data.get("components", {}).get("schemas", {})
    return [
        Where(schemas[key], f"/components/schemas/{escaped(key)}", frozenset(sent), frozenset(received))
        for key, (sent, received) in found.items()
        if is_plain(schemas[key])
    ]


def is_plain(schema: Any) -> bool:
    """Whether a schema is an object with properties and nothing that hides an edit."""
    if not isinstance(schema, dict) or schema.get("type", "object") != "object" or not schema.get("properties"):
        return False
    return not schema.keys() & {
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "discriminator",
        "enum",
        "additionalProperties",
        "nullable",
        "maxProperties",
    }


def picked(data: dict[str, Any], rng: random.Random, fits: Callable[[Where], bool] = lambda _: True) -> Where | None:
    """Return a schema by chance."""
    found = [where for where in objects(data) if fits(where)]
    return rng.choice(found) if found else None


def members(where: Where, fits: Callable[[str, dict[str, Any]], bool]) -> list[str]:
    """Return the names of properties that fit."""
    return [name for name, rule in where.schema["properties"].items() if isinstance(rule, dict) and fits(name, rule)]


def narrowed(where: Where, place: str = "") -> Expected:
    """Return what a narrower schema breaks."""
    hurt = where.sent
    return Expected(frozenset({"callers"}), "request", where.pointer + place, hurt, witness=True) if hurt else NOBODY


def widened(where: Where, place: str = "") -> Expected:
    """Return what a wider schema breaks."""
    hurt = where.received
    return Expected(frozenset({"readers"}), "response", where.pointer + place, hurt, witness=True) if hurt else NOBODY


def changed(where: Where, place: str = "") -> Expected:
    """Return what an incomparable schema breaks."""
    hurt = where.sent | where.received
    direction = "both" if where.sent and where.received else "request" if where.sent else "response"
    victims = {"callers"} if where.sent else set()
    victims |= {"readers"} if where.received else set()
    return Expected(frozenset(victims), direction, where.pointer + place, hurt, witness=True) if hurt else NOBODY


def is_open_text(_: str, rule: dict[str, Any]) -> bool:
    """Whether a property is a plain text."""
    return rule.get("type") == "string" and not rule.keys() & {
        "enum",
        "pattern",
        "format",
        "maxLength",
        "minLength",
        "readOnly",
        "writeOnly",
        "const",
        "nullable",
    }


def is_typed(_: str, rule: dict[str, Any]) -> bool:
    """Whether a property has one plain type."""
    return rule.get("type") in ("string", "integer", "boolean", "number") and not rule.keys() & {
        "enum",
        "readOnly",
        "writeOnly",
        "const",
        "nullable",
    }


def on_member(
    fits: Callable[[str, dict[str, Any]], bool],
    change: Callable[[dict[str, Any]], Any],
    says: Callable[[Where, str], Expected],
) -> Edit:
    """Return an edit of one property."""

    def edit(data: dict[str, Any], rng: random.Random) -> Expected | None:
        where = picked(data, rng, lambda each: bool(members(each, fits)))
        if where is None:
            return None
        name = rng.choice(members(where, fits))
        made = change(where.schema["properties"][name])
        if isinstance(made, dict):
            where.schema["properties"][name] = made
        return says(where, f"/properties/{escaped(name)}")

    return edit


def on_object(
    change: Callable[[dict[str, Any], random.Random], bool | None],
    says: Callable[[Where], Expected],
    fits: Callable[[Where], bool] = lambda _: True,
) -> Edit:
    """Return an edit of a component."""

    def edit(data: dict[str, Any], rng: random.Random) -> Expected | None:
        where = picked(data, rng, fits)
        if where is None or change(where.schema, rng) is False:
            return None
        return says(where)

    return edit


def text(**more: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a change of a property that adds keywords."""
    return lambda rule: {**rule, **more}


def with_null(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a property that may be null, in 3.0 and in 3.1."""
    return {**rule, "type": [rule["type"], "null"]}


def add_required(schema: dict[str, Any], _: random.Random) -> None:
    schema["properties"]["addedField"] = {"type": "string"}
    schema["required"] = [*schema.get("required", []), "addedField"]


def add_optional(schema: dict[str, Any], _: random.Random) -> None:
    schema["properties"]["addedField"] = {"type": "string"}


def optionals(schema: dict[str, Any]) -> list[str]:
    return [name for name in schema["properties"] if name not in schema.get("required", ())]


def requireds(schema: dict[str, Any]) -> list[str]:
    return [
        name
        for name in schema.get("required", ())
        if name in schema["properties"]
        and not schema["properties"][name].keys() & {"readOnly", "writeOnly", "$ref", "allOf"}
    ]


def remove_optional(schema: dict[str, Any], rng: random.Random) -> None:
    del schema["properties"][rng.choice(optionals(schema))]


def remove_required(schema: dict[str, Any], rng: random.Random) -> None:
    name = rng.choice(requireds(schema))
    del schema["properties"][name]
    schema["required"] = [each for each in schema["required"] if each != name]


def relax(schema: dict[str, Any], rng: random.Random) -> None:
    name = rng.choice(requireds(schema))
    schema["required"] = [each for each in schema["required"] if each != name]


def demand(schema: dict[str, Any], rng: random.Random) -> None:
    plain = [
        name
        for name in optionals(schema)
        if not schema["properties"][name].keys() & {"readOnly", "writeOnly", "$ref", "allOf"}
    ]
    schema["required"] = [*schema.get("required", []), rng.choice(plain)]


def may_demand(where: Where) -> bool:
    return any(
        not where.schema["properties"][name].keys() & {"readOnly", "writeOnly", "$ref", "allOf"}
        for name in optionals(where.schema)
    )


SCHEMA_EDITS: dict[str, Edit] = {
    "type changed": on_member(is_typed, lambda rule: {"type": "array", "items": {"type": rule["type"]}}, changed),
    "type widened": on_member(
        lambda _, rule: (
            rule.get("type") == "integer"
            and not rule.keys() & {"readOnly", "writeOnly", "enum", "format", "multipleOf"}
        ),
        lambda rule: {**rule, "type": "number"},
        widened,
    ),
    "minLength added": on_member(is_open_text, text(minLength=30), narrowed),
    "maxLength added": on_member(is_open_text, text(maxLength=3), narrowed),
    "pattern added": on_member(is_open_text, text(pattern="^q{5}$"), narrowed),
    "format added": on_member(is_open_text, text(format="uuid"), narrowed),
    "date-time added": on_member(is_open_text, text(format="date-time"), narrowed),
    "enum added": on_member(is_open_text, text(enum=["one", "two"]), narrowed),
    "enum value removed": on_member(
        lambda _, rule: (
            isinstance(rule.get("enum"), list) and len(rule["enum"]) > 1 and not rule.keys() & {"readOnly", "writeOnly"}
        ),
        lambda rule: {**rule, "enum": rule["enum"][1:]},
        narrowed,
    ),
    "enum value added": on_member(
        lambda _, rule: isinstance(rule.get("enum"), list) and not rule.keys() & {"readOnly", "writeOnly"},
        lambda rule: {**rule, "enum": [*rule["enum"], "brandNewValue"]},
        widened,
    ),
    "required property added": on_object(add_required, narrowed),
    "optional property added": on_object(add_optional, lambda _: NOBODY),
    "optional property removed": on_object(
        remove_optional,
        lambda _: NOBODY,
        lambda where: bool(optionals(where.schema)) and len(where.schema["properties"]) > 1,
    ),
    "required property removed": on_object(
        remove_required, widened, lambda where: bool(requireds(where.schema)) and len(where.schema["properties"]) > 1
    ),
    "property no longer required": on_object(relax, widened, lambda where: bool(requireds(where.schema))),
    "property required now": on_object(demand, narrowed, may_demand),
    "closed": on_object(lambda schema, _: schema.__setitem__("additionalProperties", False), lambda _: NOBODY),
    "minProperties added": on_object(
        lambda schema, _: schema.__setitem__("minProperties", 60),
        narrowed,
        lambda where: len(where.schema["properties"]) > 60,
    ),
    "maximum added": on_member(
        lambda _, rule: (
            rule.get("type") in ("integer", "number") and not rule.keys() & {"maximum", "enum", "readOnly", "writeOnly"}
        ),
        text(maximum=7),
        narrowed,
    ),
    "minimum added": on_member(
        lambda _, rule: (
            rule.get("type") in ("integer", "number")
            and not rule.keys() & {"minimum", "enum", "readOnly", "writeOnly", "maximum"}
        ),
        text(minimum=4000),
        narrowed,
    ),
    "multipleOf added": on_member(
        lambda _, rule: (
            rule.get("type") in ("integer", "number")
            and not rule.keys() & {"multipleOf", "enum", "readOnly", "writeOnly"}
        ),
        text(multipleOf=7),
        narrowed,
    ),
    "maxItems added": on_member(
        lambda _, rule: rule.get("type") == "array" and not rule.keys() & {"maxItems", "readOnly", "writeOnly"},
        text(maxItems=0),
        narrowed,
    ),
    "minItems added": on_member(
        lambda _, rule: (
            rule.get("type") == "array" and not rule.keys() & {"minItems", "maxItems", "readOnly", "writeOnly"}
        ),
        text(minItems=3),
        narrowed,
    ),
    "uniqueItems added": on_member(
        lambda _, rule: (
            rule.get("type") == "array" and not rule.keys() & {"uniqueItems", "maxItems", "readOnly", "writeOnly"}
        ),
        text(uniqueItems=True),
        narrowed,
    ),
    "not added": on_member(is_open_text, text(**{"not": {"minLength": 1}}), narrowed),
}


def operation_edit(
    change: Callable[[dict[str, Any], str, str, dict[str, Any], dict[str, Any], random.Random], Expected | None],
) -> Edit:
    """Return an edit of one operation."""

    def edit(data: dict[str, Any], rng: random.Random) -> Expected | None:
        listed = list(operations(data))
        rng.shuffle(listed)
        for path, method, item, operation in listed:
            made = change(data, path, method, item, operation, rng)
            if made is not None:
                return made
        return None

    return edit


def _pointer(path: str, method: str) -> str:
    return f"/paths/{escaped(path)}/{method}"


def _removed(data: Any, path: str, method: str, item: Any, operation: Any, _: Any) -> Expected:
    del item[method]
    return Expected(
        frozenset({"callers", "readers", "code"}),
        "",
        _pointer(path, method),
        frozenset({name_of(path, method, operation)}),
    )


def _renamed_id(data: Any, path: str, method: str, item: Any, operation: Any, _: Any) -> Expected | None:
    if "operationId" not in operation:
        return None
    old = operation["operationId"]
    operation["operationId"] = "entirelyNewName"
    return Expected(frozenset({"code"}), "none", _pointer(path, method), frozenset({old}))


def _required_parameter(where: str) -> Any:
    def change(data: Any, path: str, method: str, item: Any, operation: Any, _: Any) -> Expected:
        added = {"name": "X-Added", "in": where, "required": True, "schema": {"type": "string"}}
        operation["parameters"] = [*operation.get("parameters", []), added]
        return Expected(
            frozenset({"callers"}),
            "request",
            _pointer(path, method),
            frozenset({name_of(path, method, operation)}),
            witness=True,
        )

    return change


def _optional_parameter(data: Any, path: str, method: str, item: Any, operation: Any, _: Any) -> Expected:
    operation["parameters"] = [
        *operation.get("parameters", []),
        {"name": "added", "in": "query", "schema": {"type": "string"}},
    ]
    return NOBODY


def _own_parameters(operation: Any, fits: Callable[[Any], bool]) -> list[Any]:
    return [each for each in operation.get("parameters", []) if "$ref" not in each and fits(each)]


def _parameter_removed(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    found = _own_parameters(operation, lambda each: each["in"] in ("query", "header"))
    if not found:
        return None
    operation["parameters"].remove(rng.choice(found))
    return NOBODY


def _parameter_required(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    found = _own_parameters(
        operation,
        lambda each: (
            each["in"] in ("query", "header")
            and not each.get("required")
            and each["name"].lower() not in ("accept", "content-type", "authorization")
        ),
    )
    if not found:
        return None
    rng.choice(found)["required"] = True
    return Expected(
        frozenset({"callers"}),
        "request",
        _pointer(path, method),
        frozenset({name_of(path, method, operation)}),
        witness=True,
    )


def _parameter_to_path_level(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    others = [each for each in METHODS if each in item]
    if len(others) != 1 or not operation.get("parameters"):
        return None
    item["parameters"] = [*item.get("parameters", []), *operation.pop("parameters")]
    return NOBODY


def _variable_renamed(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    found = [
        each
        for owner in (item, operation)
        for each in owner.get("parameters", [])
        if each.get("in") == "path" and "$ref" not in each
    ]
    methods = [each for each in METHODS if each in item]
    if not found or len(methods) != 1:
        return None
    old = found[0]["name"]
    found[0]["name"] = "renamedVariable"
    paths = {
        each.replace(f"{{{old}}}", "{renamedVariable}") if each == path else each: value
        for each, value in data["paths"].items()
    }
    data["paths"].clear()
    data["paths"].update(paths)
    return Expected(frozenset({"code"}), "none", "/paths/", frozenset({name_of(path, method, operation)}))


def _integer_to_text(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    found = _own_parameters(
        operation,
        lambda each: each.get("schema", {}).get("type") in ("integer", "number", "boolean") and each["in"] != "cookie",
    )
    if not found:
        return None
    rng.choice(found)["schema"] = {"type": "string"}
    return NOBODY


def _text_to_integer(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    found = _own_parameters(
        operation,
        lambda each: (
            is_open_text("", each.get("schema", {}))
            and each["name"].lower() not in ("accept", "content-type", "authorization")
        ),
    )
    if not found:
        return None
    rng.choice(found)["schema"] = {"type": "integer"}
    return Expected(
        frozenset({"callers"}),
        "request",
        _pointer(path, method),
        frozenset({name_of(path, method, operation)}),
        witness=True,
    )


def _body_required(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    body = operation.get("requestBody")
    if body is None or "$ref" in body or body.get("required"):
        return None
    body["required"] = True
    return Expected(
        frozenset({"callers"}),
        "request",
        _pointer(path, method),
        frozenset({name_of(path, method, operation)}),
        witness=True,
    )


def _body_optional(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    body = operation.get("requestBody")
    if body is None or not body.get("required"):
        return None
    body["required"] = False
    return NOBODY


def _body_added(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    if "requestBody" in operation or method in ("get", "delete"):
        return None
    operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    return Expected(
        frozenset({"callers"}),
        "request",
        _pointer(path, method),
        frozenset({name_of(path, method, operation)}),
        witness=True,
    )


def _body_removed(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    if operation.pop("requestBody", None) is None:
        return None
    return Expected(
        frozenset({"callers"}), "request", _pointer(path, method), frozenset({name_of(path, method, operation)})
    )


def _media_type(way: str) -> Any:
    def change(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
        owners = (
            [operation.get("requestBody", {})]
            if way == "request"
            else [reply for status, reply in operation.get("responses", {}).items() if str(status)[:1] == "2"]
        )
        for owner in owners:
            content = owner.get("content") if "$ref" not in owner else None
            if content and len(content) == 1 and "*" not in next(iter(content)):
                owner["content"] = {"application/x-other": next(iter(content.values()))}
                hurt = "callers" if way == "request" else "readers"
                return Expected(
                    frozenset({hurt}), way, _pointer(path, method), frozenset({name_of(path, method, operation)})
                )
        return None

    return change


def _media_type_added(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    content = operation.get("requestBody", {}).get("content")
    if not content:
        return None
    content["application/x-other"] = {}
    return NOBODY


def _status_replaced(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    replies = operation.get("responses", {})
    found = [key for key in replies if str(key)[:1] == "2" and str(key).isdigit()]
    if len(found) != 1 or "default" in replies or "299" in replies or "2XX" in replies:
        return None
    replies["299"] = replies.pop(found[0])
    return Expected(
        frozenset({"readers"}),
        "response",
        _pointer(path, method),
        frozenset({name_of(path, method, operation)}),
        witness=True,
    )


def _status_added(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    replies = operation.get("responses", {})
    if "default" in replies or "4XX" in replies or "418" in replies or not replies:
        return None
    replies["418"] = {"description": "new"}
    return Expected(
        frozenset({"readers"}),
        "response",
        _pointer(path, method),
        frozenset({name_of(path, method, operation)}),
        witness=True,
    )


def _error_removed(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    replies = operation.get("responses", {})
    found = [key for key in replies if str(key)[:1] in ("4", "5")]
    if not found or "default" in replies:
        return None
    del replies[rng.choice(found)]
    return NOBODY


def _reply_body_removed(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    for status, reply in operation.get("responses", {}).items():
        if str(status)[:1] == "2" and "$ref" not in reply and reply.get("content"):
            del reply["content"]
            return Expected(
                frozenset({"readers"}),
                "response",
                _pointer(path, method),
                frozenset({name_of(path, method, operation)}),
                witness=True,
            )
    return None


def _envelope(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    for status, reply in operation.get("responses", {}).items():
        if str(status)[:1] != "2" or "$ref" in reply:
            continue
        for kind, media in reply.get("content", {}).items():
            if "json" in kind and follow(data, media.get("schema", {})).get("type") == "array":
                media["schema"] = {"type": "object", "properties": {"data": media["schema"]}}
                return Expected(
                    frozenset({"readers"}),
                    "response",
                    _pointer(path, method),
                    frozenset({name_of(path, method, operation)}),
                    witness=True,
                )
    return None


def _secured(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    data.setdefault("components", {}).setdefault("securitySchemes", {})["AddedKey"] = {
        "type": "apiKey",
        "in": "header",
        "name": "X-Added-Key",
    }
    before = operation.get("security", data.get("security", [])) or [{}]
    operation["security"] = [{**way, "AddedKey": []} for way in before]
    return Expected(frozenset({"callers"}), "request", "", frozenset({name_of(path, method, operation)}), witness=True)


def _security_spelled_out(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    if "security" in operation:
        return None
    operation["security"] = copy.deepcopy(data.get("security", []))
    return NOBODY


def _alternative_added(data: Any, path: str, method: str, item: Any, operation: Any, rng: Any) -> Expected | None:
    data.setdefault("components", {}).setdefault("securitySchemes", {})["AddedKey"] = {
        "type": "apiKey",
        "in": "header",
        "name": "X-Added-Key",
    }
    operation["security"] = (
        [*operation.get("security", data.get("security", [])), {"AddedKey": []}]
        if operation.get("security", data.get("security", []))
        else []
    )
    return NOBODY


OPERATION_EDITS: dict[str, Edit] = {
    "operation removed": operation_edit(_removed),
    "operationId renamed": operation_edit(_renamed_id),
    "required query parameter added": operation_edit(_required_parameter("query")),
    "required header added": operation_edit(_required_parameter("header")),
    "optional parameter added": operation_edit(_optional_parameter),
    "parameter removed": operation_edit(_parameter_removed),
    "parameter required now": operation_edit(_parameter_required),
    "parameters moved to the path": operation_edit(_parameter_to_path_level),
    "path variable renamed": operation_edit(_variable_renamed),
    "parameter integer to text": operation_edit(_integer_to_text),
    "parameter text to integer": operation_edit(_text_to_integer),
    "body required now": operation_edit(_body_required),
    "body optional now": operation_edit(_body_optional),
    "required body added": operation_edit(_body_added),
    "body removed": operation_edit(_body_removed),
    "request media type replaced": operation_edit(_media_type("request")),
    "reply media type replaced": operation_edit(_media_type("response")),
    "request media type added": operation_edit(_media_type_added),
    "success replaced": operation_edit(_status_replaced),
    "status added": operation_edit(_status_added),
    "error removed": operation_edit(_error_removed),
    "reply body removed": operation_edit(_reply_body_removed),
    "envelope": operation_edit(_envelope),
    "security added": operation_edit(_secured),
    "security spelled out": operation_edit(_security_spelled_out),
    "security alternative added": operation_edit(_alternative_added),
}


# Edits that change nothing


def _no_change(change: Callable[[dict[str, Any], random.Random], Any]) -> Edit:
    def edit(data: dict[str, Any], rng: random.Random) -> Expected | None:
        return None if change(data, rng) is False else NOBODY

    return edit


def _walk(value: Any, visit: Callable[[dict[str, Any]], None], name: str = "") -> None:
    if isinstance(value, dict):
        if name not in ("properties", "schemas"):
            visit(value)
        for key, each in value.items():
            if key not in ("example", "examples", "enum", "const", "default"):
                _walk(each, visit, key)
    elif isinstance(value, list):
        for each in value:
            _walk(each, visit)


def _schemas(data: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    _walk(
        data,
        lambda each: (
            found.append(each)
            if "type" in each
            and isinstance(each["type"], str)
            and each["type"] in ("string", "object", "array", "integer")
            and "in" not in each
            else None
        ),
    )
    return found


def _shuffle(data: Any, rng: random.Random) -> None:
    def mixed(each: dict[str, Any]) -> None:
        keys = list(each.items())
        rng.shuffle(keys)
        each.clear()
        each.update(keys)

    _walk(data.get("components", data), mixed)
    paths = list(data["paths"].items())
    rng.shuffle(paths)
    data["paths"] = dict(paths)


def _texts(data: Any, rng: random.Random) -> None:
    for schema in _schemas(data):
        schema["description"] = f"text {rng.random()}"
    for *_, operation in operations(data):
        operation["summary"] = "another"
        operation["tags"] = ["another"]
        operation["deprecated"] = True


def _inlined(data: Any, rng: random.Random) -> Any:
    places: list[dict[str, Any]] = []
    _walk(
        data["paths"],
        lambda each: (
            places.append(each)
            if isinstance(each.get("schema"), dict)
            and str(each["schema"].get("$ref", "")).startswith("#/components/schemas/")
            else None
        ),
    )
    if not places:
        return False
    for each in rng.sample(places, min(3, len(places))):
        target = follow(data, each["schema"])
        if "discriminator" in target or "xml" in target:
            return False
        each["schema"] = copy.deepcopy(target)
    return None


def _renamed(data: Any, rng: random.Random) -> Any:
    schemas = data.get("components", {}).get("schemas", {})
    names = [name for name, schema in schemas.items() if "discriminator" not in str(schema)]
    if not names or "discriminator" in str(schemas):
        return False
    name = rng.choice(names)
    old, new = f"#/components/schemas/{name}", "#/components/schemas/RenamedComponent"
    schemas["RenamedComponent"] = schemas.pop(name)
    _walk(data, lambda each: each.__setitem__("$ref", new) if each.get("$ref") == old else None)
    _walk({"x": schemas}, lambda each: each.__setitem__("$ref", new) if each.get("$ref") == old else None)
    for schema in list(schemas.values()):
        _rename_in(schema, old, new)
    return None


def _rename_in(value: Any, old: str, new: str) -> None:
    if isinstance(value, dict):
        if value.get("$ref") == old:
            value["$ref"] = new
        for each in value.values():
            _rename_in(each, old, new)
    elif isinstance(value, list):
        for each in value:
            _rename_in(each, old, new)


def _wrapped(data: Any, rng: random.Random) -> Any:
    where = picked(data, rng)
    if where is None:
        return False
    inner = dict(where.schema)
    where.schema.clear()
    where.schema["allOf"] = [inner]
    return None


def _split(data: Any, rng: random.Random) -> Any:
    where = picked(
        data,
        rng,
        lambda each: (
            len(each.schema["properties"]) > 1
            and not any(
                "readOnly" in str(rule) or "writeOnly" in str(rule) for rule in each.schema["properties"].values()
            )
        ),
    )
    if where is None:
        return False
    inner = dict(where.schema)
    names = list(inner["properties"])
    first = {name: inner["properties"][name] for name in names[: len(names) // 2]}
    rest = {name: inner["properties"][name] for name in names[len(names) // 2 :]}
    where.schema.clear()
    typed = {"type": "object"} if "type" in inner else {}
    where.schema["allOf"] = [{**typed, "properties": first}, {**inner, "properties": rest}]
    return None


def _const(data: Any, rng: random.Random) -> Any:
    if not data["openapi"].startswith("3.1"):
        return False
    found = []
    _walk(
        data, lambda each: found.append(each) if isinstance(each.get("enum"), list) and len(each["enum"]) == 1 else None
    )
    if not found:
        return False
    for each in found:
        each["const"] = each.pop("enum")[0]
    return None


def _to_31(data: Any, rng: random.Random) -> Any:
    if not data["openapi"].startswith("3.0"):
        return False
    data["openapi"] = "3.1.0"
    bad = []

    def modern(each: dict[str, Any]) -> None:
        if each.get("nullable") is True and isinstance(each.get("type"), str):
            each["type"] = [each["type"], "null"]
            if isinstance(each.get("enum"), list) and None not in each["enum"]:
                each["enum"] = [*each["enum"], None]
        elif each.get("nullable") is True:
            bad.append(each)
        each.pop("nullable", None) if not isinstance(each.get("nullable"), dict) else None
        for bound in ("minimum", "maximum"):
            exclusive = "exclusive" + bound.capitalize()
            if each.get(exclusive) is True:
                each[exclusive] = each.pop(bound)
            elif each.get(exclusive) is False:
                del each[exclusive]
        if isinstance(each.get("$ref"), str) and len(each) > 1:
            ref = each["$ref"]
            each.clear()
            each["$ref"] = ref

    _walk(data, modern)
    for schema in data.get("components", {}).get("schemas", {}).values():
        _walk(schema, modern)
        _walk_properties(schema, modern)
    _walk_properties(data["paths"], modern)
    return False if bad else None


def _walk_properties(value: Any, visit: Callable[[dict[str, Any]], None]) -> None:
    if isinstance(value, dict):
        for rule in value["properties"].values() if isinstance(value.get("properties"), dict) else ():
            if isinstance(rule, dict):
                visit(rule)
        for each in value.values():
            _walk_properties(each, visit)
    elif isinstance(value, list):
        for each in value:
            _walk_properties(each, visit)


def _explicit(data: Any, rng: random.Random) -> None:
    for path, method, item, operation in operations(data):
        for each in [*item.get("parameters", []), *operation.get("parameters", [])]:
            if "$ref" not in each and "content" not in each:
                style = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}[each["in"]]
                each.setdefault("style", style)
                each.setdefault("explode", each["style"] in ("form", "cookie"))
                if each["in"] != "path":
                    each.setdefault("required", False)
                each.setdefault("deprecated", False)
        body = operation.get("requestBody")
        if body is not None and "$ref" not in body:
            body.setdefault("required", False)
    for schema in _schemas(data):
        if schema["type"] == "string":
            schema.setdefault("minLength", 0)
        if schema["type"] == "array":
            schema.setdefault("minItems", 0)
            schema.setdefault("uniqueItems", False)


def _unused(data: Any, rng: random.Random) -> None:
    data.setdefault("components", {}).setdefault("schemas", {})["NobodyUsesThis"] = {"type": "integer"}
    data["x-extra"] = {"a": 1}
    data["info"]["description"] = "another"
    data["paths"]["/brand/new/path"] = {
        "get": {"operationId": "brandNewOperation", "responses": {"200": {"description": "ok"}}}
    }


def _referred(data: Any, rng: random.Random) -> Any:
    """Move an inline schema into a component."""
    where = picked(data, rng, lambda each: bool(members(each, is_typed)))
    if where is None:
        return False
    name = rng.choice(members(where, is_typed))
    rule = where.schema["properties"][name]
    data["components"]["schemas"]["MovedHere"] = rule
    where.schema["properties"][name] = {"$ref": "#/components/schemas/MovedHere"}
    return None


def _scheme_renamed(data: Any, rng: random.Random) -> Any:
    schemes = data.get("components", {}).get("securitySchemes", {})
    if not schemes:
        return False
    name = rng.choice(list(schemes))
    schemes["RenamedScheme"] = schemes.pop(name)
    for owner in [data, *(operation for *_, operation in operations(data))]:
        if "security" in owner:
            owner["security"] = [
                {"RenamedScheme" if key == name else key: scopes for key, scopes in way.items()}
                for way in owner["security"]
            ]
    return None


SAME: dict[str, Edit] = {
    "shuffled": _no_change(_shuffle),
    "texts": _no_change(_texts),
    "inlined": _no_change(_inlined),
    "component renamed": _no_change(_renamed),
    "allOf of one": _no_change(_wrapped),
    "allOf of two": _no_change(_split),
    "const for enum": _no_change(_const),
    "3.0 to 3.1": _no_change(_to_31),
    "explicit defaults": _no_change(_explicit),
    "unused": _no_change(_unused),
    "moved to a component": _no_change(_referred),
    "scheme renamed": _no_change(_scheme_renamed),
}


def edited(data: dict[str, Any], edit: Edit, seed: str) -> tuple[dict[str, Any], Expected] | None:
    """Return a copy of a document with an edit, and what the report must say; None when there is no place for it."""
    made = copy.deepcopy(data)
    expected = edit(made, random.Random(seed))
    return None if expected is None else (made, expected)


def faults(changes: Any, expected: Expected) -> list[str]:
    """Return in what a report differs from what it must say."""
    breaking = [change for change in changes.changes if change.breaking]
    if not expected.victims:
        return [f"{change.rule} {change.old} {change.new}: {change.message}" for change in breaking]
    if not breaking:
        return ["silent"]
    hurt = {victim for change in breaking for victim in change.victims}
    found = [] if hurt == expected.victims else [f"victims {hurt} instead of {set(expected.victims)}"]
    at = [
        change for change in breaking if change.old.startswith(expected.place) or change.new.startswith(expected.place)
    ]
    found += [] if at else [f"at {[(change.old, change.new) for change in breaking]} instead of {expected.place}"]
    if expected.direction and not any(change.direction == expected.direction for change in at):
        found.append(f"direction {[change.direction for change in at]} instead of {expected.direction}")
    if expected.operations is not None and not any(set(change.operations) == expected.operations for change in at):
        found.append(f"operations {[change.operations for change in at]} instead of {sorted(expected.operations)}")
    if expected.witness and not all(change.verdict == "breaks" and change.witness is not None for change in breaking):
        found.append(f"no witness: {[(change.rule, change.verdict, change.message) for change in breaking]}")
    found += (
        [f"{len(breaking)} findings for one cause: {[(change.rule, change.old) for change in breaking]}"]
        if len(breaking) > 1
        else []
    )
    return found
