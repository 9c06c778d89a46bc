"""Every cell of what can change in a document: whom it breaks, in which direction, where, and with which witness."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from dynclient.versions import Change, Changes, diff

TEXT = {"type": "string"}
OBJECT = {"type": "object", "properties": {"a": TEXT, "b": {"type": "integer"}}, "required": ["a"]}

#: A schema, and a narrower one.
NARROWER: dict[str, tuple[Any, Any]] = {
    "type": ({"type": ["string", "integer"]}, TEXT),
    "type of numbers": ({"type": "number"}, {"type": "integer"}),
    "type at all": ({}, TEXT),
    "null in the type": ({"type": ["string", "null"]}, TEXT),
    "null as a branch": ({"anyOf": [TEXT, {"type": "null"}]}, TEXT),
    "enum": ({"enum": ["a", "b"]}, {"enum": ["a"]}),
    "enum at all": (TEXT, {"type": "string", "enum": ["a"]}),
    "enum of numbers": ({"enum": [1, 2.5]}, {"enum": [1.0]}),
    "const": (TEXT, {"const": "a"}),
    "const for enum": ({"enum": ["a", "b"]}, {"const": "b"}),
    "boolean": ({"type": "boolean"}, {"const": True}),
    **{f"format {name}": (TEXT, {"type": "string", "format": name}) for name in ("date", "date-time", "uuid", "email", "ipv4", "uri")},
    "format uri": ({"type": "string", "format": "uri-reference"}, {"type": "string", "format": "uri"}),
    "format int32": ({"type": "integer"}, {"type": "integer", "format": "int32"}),
    "format int64": ({"type": "integer", "format": "int64"}, {"type": "integer", "format": "int32"}),
    "minLength": ({"type": "string", "minLength": 2}, {"type": "string", "minLength": 3}),
    "minLength at all": (TEXT, {"type": "string", "minLength": 1}),
    "maxLength": ({"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 8}),
    "pattern": (TEXT, {"type": "string", "pattern": "^[0-9]+$"}),
    "minimum": ({"type": "integer", "minimum": 1}, {"type": "integer", "minimum": 2}),
    "maximum": ({"type": "number", "maximum": 10}, {"type": "number", "maximum": 9.5}),
    "exclusiveMinimum": ({"type": "number", "minimum": 0}, {"type": "number", "exclusiveMinimum": 0}),
    "exclusiveMaximum": ({"type": "number", "exclusiveMaximum": 5}, {"type": "number", "exclusiveMaximum": 4}),
    "multipleOf": ({"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 6}),
    "multipleOf at all": ({"type": "number"}, {"type": "number", "multipleOf": 0.5}),
    "minItems": ({"type": "array", "items": TEXT}, {"type": "array", "items": TEXT, "minItems": 1}),
    "maxItems": ({"type": "array", "items": TEXT}, {"type": "array", "items": TEXT, "maxItems": 2}),
    "uniqueItems": ({"type": "array", "items": TEXT}, {"type": "array", "items": TEXT, "uniqueItems": True}),
    "items": ({"type": "array"}, {"type": "array", "items": TEXT}),
    "items deeper": ({"type": "array", "items": {"type": "number"}}, {"type": "array", "items": {"type": "integer"}}),
    "prefixItems": ({"type": "array", "prefixItems": [{}, TEXT]}, {"type": "array", "prefixItems": [TEXT, TEXT]}),
    "contains": ({"type": "array", "items": {"type": "integer"}}, {"type": "array", "items": {"type": "integer"}, "contains": {"const": 7}}),
    "required": ({**OBJECT, "required": []}, OBJECT),
    "property": (OBJECT, {**OBJECT, "properties": {"a": TEXT, "b": {"type": "integer", "minimum": 0}}}),
    "minProperties": ({**OBJECT, "required": []}, {**OBJECT, "required": [], "minProperties": 1}),
    "maxProperties": (OBJECT, {**OBJECT, "maxProperties": 1}),
    "additionalProperties": (
        {"type": "object", "additionalProperties": {"type": "number"}},
        {"type": "object", "additionalProperties": {"type": "integer"}},
    ),
    "additionalProperties closed": ({"type": "object", "additionalProperties": TEXT}, {"type": "object", "additionalProperties": False}),
    "patternProperties": (
        {"type": "object", "patternProperties": {"^x": {"type": "number"}}},
        {"type": "object", "patternProperties": {"^x": {"type": "integer"}}},
    ),
    "propertyNames": ({"type": "object", "additionalProperties": TEXT}, {"type": "object", "additionalProperties": TEXT, "propertyNames": {"maxLength": 3}}),
    "dependentRequired": ({**OBJECT, "required": []}, {**OBJECT, "required": [], "dependentRequired": {"b": ["a"]}}),
    "dependentSchemas": ({**OBJECT, "required": []}, {**OBJECT, "required": [], "dependentSchemas": {"b": {"required": ["a"]}}}),
    "if and then": (OBJECT, {**OBJECT, "if": {"required": ["b"], "properties": {"b": {"const": 1}}}, "then": {"properties": {"a": {"const": "x"}}}}),
    "else": (OBJECT, {**OBJECT, "if": {"properties": {"a": {"const": "x"}}}, "else": {"required": ["b"]}}),
    "unevaluatedProperties": (
        {"type": "object", "unevaluatedProperties": TEXT}, {"type": "object", "unevaluatedProperties": {"type": "string", "maxLength": 1}},
    ),
    "allOf": (OBJECT, {"allOf": [OBJECT, {"properties": {"b": {"maximum": 9}}}]}),
    "anyOf": ({"anyOf": [TEXT, {"type": "integer"}]}, {"anyOf": [TEXT, {"type": "integer", "minimum": 5}]}),
    "anyOf branch": ({"anyOf": [TEXT, {"type": "integer"}, OBJECT]}, {"anyOf": [TEXT, OBJECT]}),
    "oneOf branch": ({"oneOf": [TEXT, {"type": "integer"}, {"type": "array"}]}, {"oneOf": [{"type": "integer"}, TEXT]}),
    "inside oneOf": (
        {"oneOf": [{**OBJECT, "properties": {"a": {"const": "x"}, "b": {}}}, {**OBJECT, "properties": {"a": {"const": "y"}, "b": {}}}]},
        {"oneOf": [{**OBJECT, "properties": {"a": {"const": "x"}, "b": TEXT}}, {**OBJECT, "properties": {"a": {"const": "y"}, "b": {}}}]},
    ),
    "not": (TEXT, {"type": "string", "not": {"maxLength": 2}}),
    "a property named $ref": (
        {"type": "object", "properties": {"$ref": TEXT, "title": TEXT, "x-a": TEXT}},
        {"type": "object", "properties": {"$ref": TEXT, "title": TEXT, "x-a": {"type": "string", "maxLength": 1}}},
    ),
}  # fmt: skip

#: Pairs that accept the same values.
EQUAL: dict[str, tuple[Any, Any]] = {
    "annotations": (TEXT, {**TEXT, "title": "t", "description": "d", "example": "e", "deprecated": True, "x-a": 1}),
    "const for enum": ({"enum": ["a"]}, {"const": "a"}),
    "order": ({"enum": ["a", "b"], "type": "string"}, {"type": "string", "enum": ["b", "a"]}),
    "order of required": ({**OBJECT, "required": ["a", "b"]}, {**OBJECT, "required": ["b", "a"]}),
    "type list": (TEXT, {"type": ["string"]}),
    "null branch": ({"type": ["string", "null"]}, {"anyOf": [TEXT, {"type": "null"}]}),
    "null in oneOf": ({"oneOf": [{"type": "null"}, OBJECT]}, {"anyOf": [OBJECT, {"type": "null"}]}),
    "allOf of one": (OBJECT, {"allOf": [OBJECT]}),
    "allOf split": (OBJECT, {"allOf": [{"type": "object", "properties": {"a": TEXT}, "required": ["a"]}, {"properties": {"b": {"type": "integer"}}}]}),
    "anyOf of types": ({"anyOf": [TEXT, {"type": "integer"}]}, {"type": ["integer", "string"]}),
    "anyOf of enums": ({"anyOf": [{"const": "a"}, {"const": "b"}]}, {"enum": ["a", "b"]}),
    "oneOf reordered": ({"oneOf": [TEXT, OBJECT]}, {"oneOf": [OBJECT, TEXT]}),
    "explicit defaults": (
        {"type": "object", "properties": {"a": {"type": "string"}, "l": {"type": "array", "items": {}}}},
        {"type": "object", "required": [], "minProperties": 0, "additionalProperties": True, "properties": {
            "a": {"type": "string", "minLength": 0}, "l": {"type": "array", "minItems": 0, "uniqueItems": False},
        }},
    ),
    "exclusive bounds of integers": ({"type": "integer", "minimum": 1}, {"type": "integer", "exclusiveMinimum": 0}),
    "whole numbers": ({"type": "integer"}, {"type": "number", "multipleOf": 1}),
    "integer bounds": ({"type": "integer", "minimum": 1.0, "multipleOf": 2}, {"type": "integer", "minimum": 0.5, "multipleOf": 2.0}),
    "both": ({"type": "integer", "minimum": 1, "maximum": 1}, {"allOf": [{"type": "integer", "minimum": 1}, {"maximum": 1}]}),
}  # fmt: skip


def document(*, sent: Any = TEXT, received: Any = TEXT, version: str = "3.1.0", **more: Any) -> dict[str, Any]:
    """Return a document in which two operations send a schema and one receives another."""
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sent"}}}}
    reply = {
        "200": {
            "description": "ok",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Received"}}},
        }
    }
    wrapped = {
        "Sent": {"type": "object", "required": ["value"], "properties": {"value": sent}},
        "Received": {"type": "array", "items": received},
    }
    return {
        "openapi": version, "info": {"title": "Shop", "version": "1"},
        "paths": {
            "/orders": {"post": {"operationId": "create", "requestBody": body, "responses": {"201": {"description": "made"}}}},
            "/orders/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
                "put": {"operationId": "replace", "requestBody": body, "responses": {"204": {"description": "done"}}},
                "get": {"operationId": "read", "responses": reply},
            },
        },
        "components": {"schemas": {**wrapped, **more}},
    }  # fmt: skip


def breaking(changes: Changes) -> list[Change]:
    """Return the changes that break somebody or may."""
    return [change for change in changes.changes if change.breaking]


def one(changes: Changes) -> Change:
    """Return the only change that breaks somebody."""
    (found,) = breaking(changes)
    return found


@pytest.mark.parametrize("name", NARROWER)
def test_a_narrower_request_breaks_callers(name: str) -> None:
    """And all operations that send it, with a request that shows it."""
    wide, narrow = NARROWER[name]
    found = one(diff(document(sent=wide), document(sent=narrow)))
    assert (found.verdict, found.victims, found.direction) == ("breaks", ("callers",), "request")
    assert found.operations == ("create", "replace")
    assert found.old.startswith("/components/schemas/Sent")
    assert found.witness is not None
    assert "value" in found.witness["body"]


@pytest.mark.parametrize("name", NARROWER)
def test_a_wider_request_breaks_nobody(name: str) -> None:
    """Whatever the old version accepted is accepted."""
    wide, narrow = NARROWER[name]
    assert breaking(diff(document(sent=narrow), document(sent=wide))) == []


@pytest.mark.parametrize("name", NARROWER)
def test_a_wider_reply_breaks_readers(name: str) -> None:
    """With a reply that the old version does not allow."""
    wide, narrow = NARROWER[name]
    found = one(diff(document(received=narrow), document(received=wide)))
    assert (found.verdict, found.victims, found.direction) == ("breaks", ("readers",), "response")
    assert found.operations == ("read",)
    assert found.witness is not None
    assert [found.witness[name] for name in ("method", "path", "status")] == ["GET", "/orders/{id}", 200]
    assert len(found.witness["body"]) == 1


@pytest.mark.parametrize("name", NARROWER)
def test_a_narrower_reply_breaks_nobody(name: str) -> None:
    """Readers know more than they get."""
    wide, narrow = NARROWER[name]
    assert breaking(diff(document(received=wide), document(received=narrow))) == []


@pytest.mark.parametrize("name", EQUAL)
def test_other_words_for_the_same_values_break_nobody(name: str) -> None:
    """In both directions, forwards and backwards."""
    one_way, other = (document(sent=schema, received=schema) for schema in EQUAL[name])
    assert breaking(diff(one_way, other)) == []
    assert breaking(diff(other, one_way)) == []


def test_incomparable_schemas_break_both() -> None:
    """In one finding, if it is one component."""
    old, new = document(), document()
    for data, kind in ((old, "string"), (new, "integer")):
        for name in ("Sent", "Received"):
            data["components"]["schemas"][name] = {"$ref": "#/components/schemas/Shared"}
        data["components"]["schemas"]["Shared"] = {"type": "object", "properties": {"x": {"type": kind}}}
    found = one(diff(old, new))
    assert (found.victims, found.direction) == (("callers", "readers"), "both")
    assert set(found.operations) == {"create", "replace", "read"}
    assert found.old == found.new == "/components/schemas/Shared/properties/x"


def ways(old: Any, new: Any, **policy: Any) -> tuple[list[str], list[str]]:
    """Return whom a change of a schema breaks in requests, and in replies."""
    sent = diff(document(sent=old), document(sent=new), policy)
    received = diff(document(received=old), document(received=new), policy)
    return [victim for change in breaking(sent) for victim in change.victims], [
        victim for change in breaking(received) for victim in change.victims
    ]


def with_property(**rule: Any) -> dict[str, Any]:
    """Return an object with a required property."""
    return {"type": "object", "properties": {"a": TEXT, "p": {"type": "string", **rule}}, "required": ["a", "p"]}


CLOSED = {**OBJECT, "additionalProperties": False}
MORE = {**OBJECT, "properties": {**OBJECT["properties"], "c": TEXT}}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("old", "new", "sent", "received"),
    [
        (OBJECT, {**MORE, "required": ["a", "c"]}, ["callers"], []),
        (OBJECT, {**MORE, "required": ["a", "c"], "properties": {**MORE["properties"], "c": {**TEXT, "default": "x"}}}, ["callers"], []),
        (OBJECT, MORE, [], []),
        (CLOSED, {**MORE, "additionalProperties": False}, [], ["readers"]),
        (MORE, OBJECT, [], []),
        ({**MORE, "additionalProperties": False}, CLOSED, ["callers"], []),
        ({**MORE, "required": ["a", "c"]}, OBJECT, [], ["readers"]),
        (OBJECT, CLOSED, [], []),
        (with_property(), with_property(readOnly=True), [], []),
        (with_property(readOnly=True), with_property(), ["callers"], []),
        (with_property(), with_property(writeOnly=True), [], ["readers"]),
        (with_property(writeOnly=True), with_property(), [], []),
        ({"enum": ["a"]}, {"enum": ["a", "b"], "x-extensible-enum": True}, [], ["readers"]),
        ({"enum": ["a"], "x-extensible-enum": True}, {"enum": ["a", "b"], "x-extensible-enum": True}, [], []),
        ({**TEXT, "default": "a"}, {**TEXT, "default": "b"}, [], []),
        ({**TEXT, "format": "made-up"}, {**TEXT, "format": "other"}, [], []),
        ({"type": "number", "format": "float"}, {"type": "number", "format": "double"}, [], []),
    ],
)  # fmt: skip
def test_special_changes_of_schemas(old: Any, new: Any, sent: list[str], received: list[str]) -> None:
    """Required and optional properties, closed objects, readOnly and writeOnly, new values, defaults, formats that nothing checks."""
    assert ways(old, new) == (sent, received)


@pytest.mark.parametrize(
    ("row", "old", "new", "sent", "received"),
    [
        ("new_enum_value", {"enum": ["a"]}, {"enum": ["a", "b"]}, [], []),
        ("required_with_default", OBJECT, {**MORE, "required": ["a", "c"], "properties": {**MORE["properties"], "c": {**TEXT, "default": "x"}}}, [], []),
        ("property_removed", MORE, OBJECT, ["callers"], ["readers"]),
        ("closed", OBJECT, CLOSED, ["callers"], []),
        ("read_only", with_property(), with_property(readOnly=True), ["callers"], []),
        ("format", {**TEXT, "format": "one"}, {**TEXT, "format": "two"}, ["callers"], ["readers"]),
        ("default_changed", {**TEXT, "default": "a"}, {**TEXT, "default": "b"}, ["callers"], ["callers"]),
    ],
)  # fmt: skip
def test_what_is_opinion_has_a_setting(row: str, old: Any, new: Any, sent: list[str], received: list[str]) -> None:
    """The other way than by default."""
    weight = "breaks" if sent or received else "notice"
    assert ways(old, new, **{row: weight}) == (sent, received)


def test_a_notice_is_listed_and_breaks_nothing() -> None:
    """With its place and its operations."""
    (found,) = diff(document(sent=MORE), document(sent=OBJECT)).changes
    assert (found.verdict, found.breaking, found.victims) == ("fine", False, ())
    assert (found.rule, found.operations) == ("schema/property-removed", ("create", "replace"))
    assert diff(document(sent=MORE), document(sent=OBJECT), {"property_removed": "fine"}).changes == ()


def test_a_discriminator_of_other_names_is_a_notice() -> None:
    """Nothing for JSON Schema, all for code that dispatches."""
    cat = {"type": "object", "properties": {"kind": TEXT}, "required": ["kind"]}
    pet = {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}],
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat"}},
    }
    old = document(received={"$ref": "#/components/schemas/Pet"}, Pet=pet, Cat=cat)
    new = copy.deepcopy(old)
    new["components"]["schemas"]["Pet"]["discriminator"]["mapping"]["feline"] = "Cat"
    assert "schema/discriminator" in {change.rule for change in diff(old, new).changes}


def test_nullable_and_a_type_list_are_the_same() -> None:
    """3.0 against 3.1, with and without an enum."""
    for old, new in (
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": True, "enum": ["a", None]}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, {"type": "integer", "exclusiveMinimum": 0}),
        ({"nullable": True, "allOf": [OBJECT]}, {"anyOf": [OBJECT, {"type": "null"}]}),
    ):
        assert breaking(diff(document(sent=old, received=old, version="3.0.3"), document(sent=new, received=new))) == []
        assert breaking(diff(document(sent=new, received=new), document(sent=old, received=old, version="3.0.3"))) == []


def test_components_that_refer_to_themselves_may_be_renamed() -> None:
    """The comparison of cycles ends, and proves that they are equal."""
    tree = {"type": "object", "properties": {"left": {"$ref": "#/components/schemas/Tree"}, "value": TEXT}}
    node = {"type": "object", "properties": {"left": {"$ref": "#/components/schemas/Node"}, "value": TEXT}}
    old = document(sent={"$ref": "#/components/schemas/Tree"}, Tree=tree)
    new = document(sent={"$ref": "#/components/schemas/Node"}, Node=node)
    assert breaking(diff(old, new)) == []
    other = copy.deepcopy(new)
    other["components"]["schemas"]["Node"]["properties"]["value"] = {"type": "integer"}
    found = one(diff(old, other))
    assert found.old == "/components/schemas/Tree/properties/value"
    assert found.witness is not None


def test_a_schema_that_refers_to_itself_for_the_same_value_proves_nothing() -> None:
    """A cycle without a step into the value is not a proof."""
    old = document(
        sent={"$ref": "#/components/schemas/Loop"}, Loop={"anyOf": [{"$ref": "#/components/schemas/Loop"}, TEXT]}
    )
    new = document(
        sent={"$ref": "#/components/schemas/Loop"},
        Loop={"anyOf": [{"$ref": "#/components/schemas/Loop"}, {"type": "integer"}]},
    )
    assert breaking(diff(old, new)) != []
