"""exemplary: made values hold the examples of the parts of their schema."""

from __future__ import annotations

from typing import Any

import pytest

from dynclient.opening import load
from dynclient.schema.exemplary import exemplary
from dynclient.schema.flat import ExampleError
from dynclient.schema.schemas import Schemas

OWNER = {"properties": {"mail": {"type": "string", "example": "rex@example.com"}}}
PAIR = {"type": "string", "examples": ["a", "b"]}


def made(schema: Any, seed: int = 0) -> Any:
    """A value of a schema in a document that has a component Owner."""
    schemas = {"Owner": OWNER, "It": schema}
    document = load(
        {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "components": {"schemas": schemas}, "paths": {}}
    )
    node = document.root.child("components", "schemas", "It")
    return exemplary(document, node, Schemas(document).compile(node, "response"), seed)


def of(**properties: Any) -> dict[str, Any]:
    """An object with these properties, all required."""
    return {"type": "object", "required": list(properties), "properties": properties}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (of(name={"type": "string", "example": "Rex"}), {"name": "Rex"}),
        (of(name={"type": "string", "examples": ["Rex", "Tom"]}), {"name": "Rex"}),
        (of(id={"type": "integer", "default": 88}), {"id": 88}),
        (of(id={"type": "integer", "default": 88, "examples": [7]}), {"id": 7}),
        (of(id={"type": "integer", "maximum": 9, "examples": [88, 7]}), {"id": 7}),
        (
            of(no={"type": "boolean", "default": False}, none={"type": ["string", "null"], "example": None}),
            {"no": False, "none": None},
        ),
        (of(owner={"$ref": "#/components/schemas/Owner"}), {"owner": {"mail": "rex@example.com"}}),
        (of(owner={"$ref": "#/components/schemas/Owner", "example": {"mail": "x"}}), {"owner": {"mail": "x"}}),
        ({"allOf": [of(a={"type": "integer", "example": 4}), of(b=PAIR)]}, {"a": 4, "b": "a"}),
        ({"type": "array", "minItems": 3, "maxItems": 3, "items": PAIR}, ["a", "b", "a"]),
        ({"type": "array", "minItems": 2, "maxItems": 2, "prefixItems": [PAIR, {"example": 1}]}, ["a", 1]),
        (of(code={"type": "string", "pattern": r"^(?=.*\d)\S{7}$(?<=b7)", "example": "aaaaab7"}), {"code": "aaaaab7"}),
    ],
    ids=str,
)
def test_a_part_with_an_example_has_it(schema: Any, value: Any) -> None:
    """Or its default, behind references, in `allOf` and in items, which take turns."""
    assert made(schema) == value


def test_an_example_that_does_not_fit_is_left_out_alone() -> None:
    """The others stay."""
    value = made(of(id={"type": "integer", "example": "x"}, name={"type": "string", "example": "Rex"}))
    assert value["name"] == "Rex"
    assert isinstance(value["id"], int)


def test_examples_that_exclude_each_other_do_not_break_the_value() -> None:
    """Of two branches, or of unique items."""
    cat = of(kind={"const": "cat"}, lives={"type": "integer", "example": 9})
    dog = of(kind={"const": "dog"}, name={"type": "string", "example": "Rex"}) | {"additionalProperties": False}
    for seed in range(6):
        assert made({"oneOf": [cat, dog]}, seed) in ({"kind": "cat", "lives": 9}, {"kind": "dog", "name": "Rex"})
    items = made({"type": "array", "minItems": 2, "uniqueItems": True, "items": {"type": "string", "example": "a"}})
    assert items[0] == "a" != items[1]


def test_an_empty_default_shows_nothing() -> None:
    """A list that is empty unless somebody fills it is shown with an item."""
    assert made(of(tags={"type": "array", "default": [], "minItems": 0, "items": {"type": "integer"}}))["tags"]


def test_a_schema_without_a_value_has_none() -> None:
    """Whatever its examples are."""
    with pytest.raises(ExampleError):
        made(of(a={"type": "integer", "minimum": 3, "maximum": 2, "example": 5}))
