"""The Python types of schemas."""

from typing import Any

import pytest
from servers import operation, schemas

from dynclient.api.pytypes import PythonTypes
from dynclient.api.typetext import union, words_in

REFERENCE = {"$ref": "#/components/schemas/Other"}
OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}


def type_of(schema: Any, version: str = "3.1.0", **others: Any) -> str:
    """The type of a schema, in which objects and components have their names."""
    found = schemas(version, X=schema, **{"Other": OBJECT, **others})
    return PythonTypes(found, lambda _, wish: wish).of(found.root.child("components", "schemas", "X"), "X")


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "string"}, "str"),
        ({"type": ["integer", "null"]}, "int | None"),
        ({"type": "number"}, "float"),
        ({"type": ["integer", "number"]}, "float"),
        ({"enum": ["a", 1, None]}, "Literal['a', 1] | None"),
        ({"enum": [1.5]}, "float"),
        ({"const": "a | b"}, "Literal['a | b']"),
        ({"type": "array"}, "list[Any]"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "boolean"}}}, "list[list[bool]]"),
        ({"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "string"}}, "list[int | str]"),
        ({"type": "array", "prefixItems": [{"type": "integer"}], "items": False}, "list[int]"),
        ({"type": "object"}, "dict[str, Any]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "dict[str, int]"),
        (OBJECT, "X"),
        (OBJECT | {"type": ["object", "null"]}, "X | None"),
        (REFERENCE, "Other"),
        ({"allOf": [REFERENCE], "description": "a"}, "Other"),
        ({"allOf": [REFERENCE], "properties": {"b": {}}}, "X"),
        ({"allOf": [{"type": "string"}, {"maxLength": 3}]}, "str"),
        ({"oneOf": [REFERENCE, {"type": "null"}]}, "Other | None"),
        ({"type": "string", "anyOf": [{"minLength": 1}, {"maxLength": 9}]}, "str"),
        ({"anyOf": [{"type": "string"}, {}]}, "Any"),
        ({"type": "string", "format": "binary"}, "File"),
        ({"$ref": "#/components/schemas/Missing"}, "Any"),
        ({}, "Any"),
        (True, "Any"),
    ],
)
def test_a_schema_has_a_type(schema: Any, text: str) -> None:
    """The narrowest one that refuses no valid value."""
    assert type_of(schema) == text


def test_null_in_openapi_30() -> None:
    """`nullable`, beside a type and beside a reference."""
    assert type_of({"type": "string", "nullable": True}, "3.0.3") == "str | None"
    assert type_of({"allOf": [REFERENCE], "nullable": True}, "3.0.3") == "Other | None"
    assert type_of(REFERENCE, "3.0.3", Other=OBJECT | {"nullable": True}) == "Other | None"


def test_the_members_of_all_branches_are_members() -> None:
    """As optional ones, since only one branch may count; what every object has is required."""
    branches = [
        {"properties": {"b": {"type": "string"}}, "required": ["b"]},
        {"properties": {"b": {"type": "integer"}}},
    ]
    found = schemas("3.1.0", X={**OBJECT, "required": ["a"], "oneOf": branches})
    members = PythonTypes(found, lambda _, wish: wish).members(found.root.child("components", "schemas", "X"), "X")
    assert [(item.name, item.type, item.required) for item in members.listed] == [
        ("a", "str", True),
        ("b", "str | int", False),
    ]


@pytest.mark.parametrize(
    ("responses", "text"),
    [
        ({"200": {"application/json": {"type": "integer"}}, "404": {"application/json": {"type": "string"}}}, "int"),
        ({"200": {"application/json": {"type": "integer"}}, "204": {}}, "int | None"),
        ({"default": {"application/json": {"type": "integer"}}}, "int"),
        ({"201": {"text/csv": {}, "image/*": {"type": "string", "format": "binary"}, "application/pdf": {}}}, "Any"),
        ({"201": {"text/csv": {}, "application/pdf": {}}}, "str | bytes"),
        ({"200": {}}, "Any"),
    ],
)
def test_a_call_returns_the_body_of_any_success(responses: Any, text: str) -> None:
    """Errors are raised; a range of media types may be text or bytes."""
    described = {
        status: {
            "description": "",
            **({"content": {kind: {"schema": schema} for kind, schema in contents.items()}} if contents else {}),
        }
        for status, contents in responses.items()
    }
    found = operation(responses=described)
    assert PythonTypes(found.document, lambda _, wish: wish).result(found) == text


def test_a_union_has_each_type_once() -> None:
    """None comes last; an int is a float to type checkers; a text in a Literal separates nothing."""
    assert union(["int | None", "Literal['a | b']", "float", "int"]) == "Literal['a | b'] | float | None"


def test_names_change_but_not_texts() -> None:
    """Nor the attributes of a module."""
    assert (
        words_in("list[Literal['list'] | x.list]", lambda name: "L" if name == "list" else name)
        == "L[Literal['list'] | x.list]"
    )
