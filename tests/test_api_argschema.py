"""Arguments as JSON Schema: what a schema allows, the keyword call takes; annotations stay, and nothing that the caller cannot or need not give."""

from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from servers import document

from dynclient.api.api import Api
from dynclient.api.argschema import ArgumentSchemas

SHARED = {
    "Pet": {
        "type": "object",
        "description": "A pet.",
        "required": ["id", "petName"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "petName": {"type": "string", "description": "What it is called.", "example": "Rex"},
            "kind": {"$ref": "#/components/schemas/Kind"},
            "parent": {"$ref": "#/components/schemas/Pet"},
        },
    },
    "Kind": {"type": "string", "enum": ["cat", "dog"], "default": "cat", "title": "Kind", "x-internal": 1},
    "Stamp": {"readOnly": True, "type": "string"},
}
PARAMETER = {"name": "X-Count", "in": "header", "description": "How many.", "schema": {"type": "integer", "format": "int32", "maximum": 9}}  # fmt: skip


def schema_of(operation: dict[str, Any], *, version: str = "3.1.0", **rest: Any) -> dict[str, Any]:
    """The schema of the arguments of one operation."""
    operation = {"operationId": "op", "responses": {}, **operation}
    api = Api.of(document({"/a": {"post": operation}}, version=version, components={"schemas": SHARED, **rest}))
    found = ArgumentSchemas(api.document).of(api.operations["op"])
    jsonschema.Draft202012Validator.check_schema(found)
    jsonschema_rs.meta.validate(found)
    return found


def body(schema: Any, media_type: str = "application/json", *, required: bool = True) -> dict[str, Any]:
    """A request body."""
    return {"requestBody": {"required": required, "content": {media_type: {"schema": schema}}}}


def test_a_parameter_has_its_python_name_and_what_is_said_of_it() -> None:
    """The bounds of its format are written once, with its own."""
    found = schema_of({"parameters": [PARAMETER]})
    assert found["additionalProperties"] is False
    assert found["properties"] == {
        "x_count": {"type": "integer", "format": "int32", "minimum": -(2**31), "maximum": 9, "description": "How many."}
    }
    assert "required" not in found


def test_the_members_of_a_body_are_arguments() -> None:
    """As in a call: in snake_case, the required ones required, and without those that the server sets."""
    found = schema_of(body({"$ref": "#/components/schemas/Pet"}))
    assert list(found["properties"]) == ["pet_name", "kind", "parent"]
    assert found["required"] == ["pet_name"]
    name = {"type": "string", "description": "What it is called.", "examples": ["Rex"]}
    assert found["properties"]["pet_name"] == name


def test_a_schema_that_refers_to_itself_stands_in_the_definitions() -> None:
    """Each once, and none that nothing refers to."""
    found = schema_of(body({"$ref": "#/components/schemas/Pet"}))
    assert found["$defs"].keys() == {"Pet", "Kind"}
    assert found["$defs"]["Pet"]["properties"].keys() == {"petName", "kind", "parent"}
    assert found["$defs"]["Pet"]["required"] == ["petName"]
    assert found["$defs"]["Kind"] == {"type": "string", "enum": ["cat", "dog"], "default": "cat"}


def test_a_property_is_left_out_if_its_component_is_read_only() -> None:
    """The mark may stand behind a reference."""
    rules = {"stamp": {"$ref": "#/components/schemas/Stamp"}, "a": {"type": "string"}}
    assert list(schema_of(body({"properties": rules, "required": ["a"]}))["properties"]) == ["a"]


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"b": {}}}]},
        {"properties": {"a": {}}, "required": ["a"], "minProperties": 2},
        {"properties": {"a": {}}, "required": ["a"], "additionalProperties": {"type": "string"}},
        {"properties": {"a": {}}, "required": ["a"], "type": ["object", "array"]},
        {"properties": {"body": {}, "title": {}}, "required": ["title"]},
        {"properties": {"a": {}}},
        {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
    ],
    ids=["a choice", "a number of members", "other members", "an array, too", "a member called body", "it may be empty", "an array"],
)  # fmt: skip
def test_a_body_stays_whole_where_its_members_would_say_less(schema: Any) -> None:
    """It is the argument `body`, with its whole schema."""
    found = schema_of(body(schema))
    assert list(found["properties"]) == found["required"] == ["body"]


def test_a_whole_body_says_in_which_media_type_it_is_sent() -> None:
    """Unless that is JSON."""
    found = schema_of(body({"type": "string", "format": "binary"}, "image/png"))
    assert found["properties"]["body"]["description"] == "Sent as image/png."


def test_members_of_an_optional_body_are_optional() -> None:
    """None of them gives no body."""
    assert "required" not in schema_of(body({"$ref": "#/components/schemas/Pet"}, required=False))


def test_null_of_openapi_3_0_is_a_type() -> None:
    """The schema is JSON Schema 2020-12, whatever the document is."""
    rules = {
        "a": {"type": "string", "nullable": True},
        "b": {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
    }
    found = schema_of(body({"properties": rules, "required": ["a"]}), version="3.0.3")
    assert found["properties"] == {"a": {"type": ["string", "null"]}, "b": {"type": "integer", "exclusiveMinimum": 0}}


def test_nobody_is_asked_for_what_is_set_elsewhere() -> None:
    """A credential, a field of the connection, and a value that the document fixes."""
    key = {"name": "X-Key", "in": "header", "required": True, "schema": {"type": "string"}}
    length = {"name": "Content-Length", "in": "header", "schema": {"type": "integer"}}
    fixed = {"name": "format", "in": "query", "required": True, "schema": {"enum": ["json"]}}
    schemes = {"Key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    found = schema_of({"parameters": [key, length, fixed, PARAMETER]}, securitySchemes=schemes)
    assert list(found["properties"]) == ["x_count"]


def test_a_required_array_of_the_query_has_items() -> None:
    """Without one it would not be sent."""
    ids = {"name": "ids", "in": "query", "required": True, "schema": {"type": "array"}}
    found = schema_of({"parameters": [ids, {**ids, "name": "more", "required": False}]})
    assert found["properties"] == {"ids": {"type": "array", "minItems": 1}, "more": {"type": "array"}}


def test_dynamic_references_stay_inside_the_schema() -> None:
    """A tree whose subtrees are of the kind that its root is."""
    tree = {"$dynamicAnchor": "node", "type": "object", "properties": {"below": {"type": "array", "items": {"$dynamicRef": "#node"}}, "size": {"type": "integer"}}}  # fmt: skip
    found = schema_of(body(tree))
    validator = jsonschema.Draft202012Validator(found)
    assert validator.is_valid({"body": {"below": [{"size": 1}]}})
    assert not validator.is_valid({"body": {"below": [{"size": "large"}]}})


def test_annotations_of_a_wrong_type_are_left_out() -> None:
    """They would make the whole schema invalid."""
    found = schema_of(body({"properties": {"a": {"description": 1, "examples": {"x": 1}, "deprecated": "yes"}}, "required": ["a"]}))  # fmt: skip
    assert found["properties"]["a"] == {}
