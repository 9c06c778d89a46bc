"""Shapes: what a schema says of a value's kind."""

from typing import Any

import pytest

from dynclient.schema.bundle import ANY, Bundle, Shape


@pytest.mark.parametrize(
    ("schema", "types"),
    [
        ({"type": "integer"}, {"integer"}),
        ({"type": ["integer", "null"]}, {"integer", "null"}),
        ({"anyOf": [{"type": "null"}, {"type": "integer"}]}, {"integer", "null"}),
        ({"$ref": "#/$defs/A"}, {"boolean"}),
        ({"enum": [1, 2.5, "a", None, True]}, {"integer", "number", "string", "null", "boolean"}),
        ({"const": []}, {"array"}),
        ({"properties": {}}, {"object"}),
        ({"items": {}}, {"array"}),
        ({}, set()),
        (True, set()),
        ({"$ref": "#/$defs/Loop"}, set()),
    ],
)
def test_a_schema_tells_the_types_of_its_values(schema: Any, types: set[str]) -> None:
    """Also through references and choices, and circles end."""
    root = {"$defs": {"A": {"type": "boolean"}, "Loop": {"allOf": [{"$ref": "#/$defs/Loop"}]}}}
    assert Bundle(root).shape(schema).types == types


def test_a_schema_tells_the_shapes_inside() -> None:
    """Items, known properties and others."""
    shape = Bundle({}).shape({"type": "object", "properties": {"a": {"items": {"type": "integer"}}}, "additionalProperties": {"type": "string"}})  # fmt: skip
    assert shape.properties["a"].items == Shape(frozenset({"integer"}))
    assert shape.others == Shape(frozenset({"string"}))
    assert Bundle({}).shape({}) == ANY
