"""Bundles: every applicator of JSON Schema 2020-12 reaches everybody who walks a schema."""

import ast
from pathlib import Path
from typing import Any

import pytest

from dynclient import schema as room
from dynclient.schema.bundle import ANY, DEFS, EVERY, LIST, MAP, ONE, REFERENCES, Bundle, Shape, inside
from dynclient.schema.engine import usable
from dynclient.schema.maker import generate
from dynclient.schema.python import patterns
from dynclient.schema.schemas import Schema


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


@pytest.mark.parametrize(
    ("media_type", "form"),
    [("application/octet-stream", "binary"), ("image/png", "binary"), ("text/csv", ""), ("application/vnd.a+json", "")],
)
def test_a_string_holds_bytes_unless_its_media_type_is_one_of_texts(media_type: str, form: str) -> None:
    """OpenAPI 3.1 says `contentMediaType` where 3.0 says `format: binary`; `contentEncoding` makes a text of any."""
    schema = {"type": "string", "contentMediaType": media_type}
    assert Bundle({}).shape(schema).format == form
    assert Bundle({}).shape({**schema, "contentEncoding": "base64"}).format == "byte"


def test_a_schema_tells_the_shapes_inside() -> None:
    """Items, known properties and others."""
    shape = Bundle({}).shape({"type": "object", "properties": {"a": {"items": {"type": "integer"}}}, "additionalProperties": {"type": "string"}})  # fmt: skip
    assert shape.properties["a"].items == Shape(frozenset({"integer"}))
    assert shape.others == Shape(frozenset({"string"}))
    assert Bundle({}).shape({}) == ANY


def applying(keyword: str, rule: Any) -> Any:
    """A schema that applies a rule to the member `x`, or to the first item, by one applicator."""
    member = {"properties": {"x": rule}}
    return {
        "$ref": {"$ref": f"{DEFS}X", "$defs": {"X": member}},
        "$dynamicRef": {"$dynamicRef": "#node", "$defs": {"X": {"$dynamicAnchor": "node", **member}}},
        "$defs": {"$ref": f"{DEFS}X", "$defs": {"X": member}},
        "allOf": {"allOf": [member]},
        "anyOf": {"anyOf": [member, {"required": ["y"]}]},
        "oneOf": {"oneOf": [member, {"required": ["y"]}]},
        "not": {"not": {"required": ["y"], **member}},
        "if": {"if": member},
        "then": {"if": True, "then": member},
        "else": {"if": False, "else": member},
        "dependentSchemas": {"dependentSchemas": {"x": member}},
        "properties": member,
        "patternProperties": {"patternProperties": {"^x$": rule}},
        "additionalProperties": {"additionalProperties": rule},
        "unevaluatedProperties": {"unevaluatedProperties": rule},
        "items": {"items": rule},
        "prefixItems": {"prefixItems": [rule]},
        "contains": {"contains": rule},
        "unevaluatedItems": {"unevaluatedItems": rule},
        "propertyNames": {"propertyNames": rule},
        "contentSchema": {"contentSchema": rule},
    }[keyword]


#: Applicators of items, and those that say nothing of a member or an item of the value.
OF_ITEMS = {"items", "prefixItems", "contains", "unevaluatedItems"}
OF_NONE = {"propertyNames", "contentSchema"}
APPLICATORS = sorted({*ONE, *LIST, *MAP, *REFERENCES})
BELOW = sorted({*APPLICATORS} - OF_NONE)
NUMBER = {"type": "integer", "minimum": 5, "maximum": 6}


def token(keyword: str) -> Any:
    """The member or item that the rule of an applicator is for."""
    return 0 if keyword in OF_ITEMS else "x"


@pytest.mark.parametrize("keyword", BELOW)
def test_an_applicator_leads_to_the_schema_of_a_member(keyword: str) -> None:
    """Whichever it is."""
    schema = applying(keyword, NUMBER)
    assert NUMBER in Bundle(schema).below(schema, token(keyword), EVERY)


@pytest.mark.parametrize("keyword", sorted({*BELOW} - {"not"}))
def test_an_applicator_shapes_a_member(keyword: str) -> None:
    """But for `not`, whose schema the value does not fit."""
    shape = Bundle(schema := applying(keyword, NUMBER)).shape(schema)
    assert (shape.at(0) if keyword in OF_ITEMS else shape.member("x")).types == {"integer"}


@pytest.mark.parametrize("keyword", BELOW)
def test_a_secret_behind_any_applicator_stays_hidden(engine: str, keyword: str) -> None:
    """When a message quotes the value around it, and when it quotes the secret itself."""
    schema = applying(keyword, {"format": "password"})
    value: Any = ["hunter2"] if keyword in OF_ITEMS else {"x": "hunter2"}
    bound = {"maxItems": 0} if keyword in OF_ITEMS else {"maxProperties": 0}
    for outer in ({"not": {"not": {**bound}}}, {"type": "string"}, {"const": 1}, {"enum": [1]}, {"not": {}}):
        root = {"allOf": [schema, outer], "$defs": schema.get("$defs", {})}
        text = "\n".join(map(str, Schema(lambda root=root: root, engine).problems(value)))
        assert text
        assert "hunter2" not in text


@pytest.mark.parametrize("keyword", BELOW)
def test_a_secret_behind_any_applicator_is_not_quoted_itself(engine: str, keyword: str) -> None:
    """Where another part of the schema refuses it."""
    schema = applying(keyword, {"writeOnly": True})
    value: Any = ["hunter2"] if keyword in OF_ITEMS else {"x": "hunter2"}
    refusing = {"prefixItems": [{"maxLength": 1}]} if keyword in OF_ITEMS else {"properties": {"x": {"maxLength": 1}}}
    if keyword.startswith(("additional", "unevaluated")) or keyword in OF_ITEMS:
        refusing = {"not": {"not": refusing}}
    root = {"allOf": [schema, refusing], "$defs": schema.get("$defs", {})}
    text = "\n".join(map(str, Schema(lambda: root, engine).problems(value)))
    assert text
    assert "hunter2" not in text


@pytest.mark.parametrize("keyword", APPLICATORS)
def test_an_example_fits_behind_any_applicator(keyword: str) -> None:
    """With and without optional parts."""
    rule = {"pattern": "^xy*$"} if keyword == "propertyNames" else NUMBER
    outer = {"type": "array", "minItems": 1} if keyword in OF_ITEMS else {"type": "object", "required": ["x"]}
    root = {**outer, **applying(keyword, rule)}
    for seed in range(10):
        value = generate(Schema(lambda: root), seed, full=bool(seed % 2))
        assert value


@pytest.mark.parametrize("keyword", APPLICATORS)
def test_a_pattern_behind_any_applicator_is_found(keyword: str) -> None:
    """And left out where an engine cannot read it."""
    schema = applying(keyword, {"pattern": "("})
    assert "(" in list(patterns(schema))
    notes: list[str] = []
    assert "(" not in list(patterns(usable(schema, lambda pattern: pattern if pattern != "(" else None, notes)))
    assert len(notes) == 1


@pytest.mark.parametrize("name", ["enum", "const", "pattern", "patternProperties", "properties", "$ref"])
def test_a_property_may_be_called_like_a_keyword(engine: str, name: str) -> None:
    """Its schema is walked like that of any other."""
    root = {"properties": {name: {"properties": {"x": {"pattern": "("}}}}}
    assert list(patterns(root)) == ["("]
    assert Schema(lambda: root, engine).is_valid({name: {"x": "a"}})
    assert [way for way, _ in inside(root)] == [("properties", name)]


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ({"enum": ["a"]}, ["a"]),
        ({"const": 1}, [1]),
        ({"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]}, ["b"]),
        ({"$ref": f"{DEFS}A"}, ["x"]),
        ({"enum": [1, True], "$ref": f"{DEFS}True"}, [True]),
        ({"anyOf": [{"const": 1}]}, None),
        ({"type": "string"}, None),
    ],
)
def test_a_schema_tells_the_only_values_that_it_allows(schema: Any, values: Any) -> None:
    """Those that all its `enum` and `const` have in common."""
    found = Bundle({"$defs": {"A": {"const": "x"}, "True": {"const": True}}}).only_values(schema)
    assert found == values
    assert list(map(type, found or [])) == list(map(type, values or []))


def test_a_schema_tells_its_properties_and_lengths() -> None:
    """Through everything that it applies to the same value."""
    root = {"allOf": [{"$ref": f"{DEFS}A"}], "if": True, "then": {"properties": {"b": {"maxLength": 7}}}, "$defs": {"A": {"properties": {"a": {}}, "required": ["a"]}}}  # fmt: skip
    assert Bundle(root).properties(root) == {"a": [{}], "b": [{"maxLength": 7}]}
    assert Bundle(root).required(root) == ["a"]
    assert Bundle({"properties": {"minLength": {"minLength": 3}}, **root}).text_lengths() == [3, 7]


def test_only_the_walker_and_the_translation_know_the_applicators() -> None:
    """And which components build on another. Everybody else asks a Bundle."""
    files = Path(str(room.__file__)).parent.glob("*.py")
    known = {file.stem for file in files for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Constant) and node.value == "allOf"}  # fmt: skip
    assert known == {"bundle", "translator", "discriminator", "subtypes"}
