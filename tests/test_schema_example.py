"""example: a schema in, a value that it accepts out."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dynclient.opening import load
from dynclient.schema import spelling
from dynclient.schema.flat import ExampleError
from dynclient.schema.formats import FORMATS
from dynclient.schema.maker import documented, generate
from dynclient.schema.schemas import Schema, Schemas

SCHEMAS: list[dict[str, Any]] = [
    {"type": "integer", "minimum": 5, "exclusiveMaximum": 7},
    {"type": "integer", "multipleOf": 7, "minimum": 10},
    {"type": "number", "minimum": 0.25, "maximum": 0.5},
    {"type": "number", "multipleOf": 0.5},
    {"type": "string", "minLength": 20, "maxLength": 21},
    {"type": "string", "pattern": "^[A-Z]{3}-\\d{2,4}(x|y)?$"},
    {"type": "string", "pattern": "^[a-z]+:[0-9]*$", "minLength": 60, "maxLength": 90},
    {"type": "string", "pattern": "^[A-Za-z-0-9]+$", "minLength": 22, "maxLength": 22},
    {"type": "string", "pattern": "^x[a-z]*:[0-9]+$", "minLength": 31, "maxLength": 32},
    {"type": "string", "pattern": "^arn:aws:", "minLength": 20, "maxLength": 21},
    {"oneOf": [{"type": "array", "items": {"type": "string"}}, {"type": "array", "items": {"type": "integer"}}]},
    {"type": "string", "format": "date-time"},
    {"type": "string", "format": "date-time", "pattern": r"^[0-9]{4,}-(0[1-9]|1[012])-[0-9T:-]+(\.[0-9]+)?Z$"},
    {"type": ["null", "string"], "enum": ["a", None]},
    {"type": "integer", "enum": ["1", 2.0, True]},
    {"properties": {"none": {"type": "array", "enum": ["a"]}, "some": {"type": "string"}}},
    {"type": "array", "minItems": 3, "uniqueItems": True, "items": {"type": "integer"}},
    {"type": "array", "prefixItems": [{"const": 1}, {"type": "boolean"}], "minItems": 2},
    {"type": "object", "required": ["a", "b"], "properties": {"a": {"const": 1}}},
    {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 3},
    {"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "maxProperties": 1},
    {"allOf": [{"properties": {"a": {"minimum": 3}}}, {"required": ["a"], "properties": {"a": {"maximum": 3}}}]},
    {"oneOf": [{"type": "string"}, {"type": "object", "required": ["x"]}]},
    {"$ref": "#/$defs/Tree", "$defs": {"Tree": {"properties": {"children": {"items": {"$ref": "#/$defs/Tree"}}}}}},
    {"minimum": 3},
    {},
]


def compiled(bundle: dict[str, Any]) -> Schema:
    """A bundle as a Schema."""
    return Schema(lambda: bundle)


@pytest.mark.parametrize("bundle", SCHEMAS, ids=str)
@pytest.mark.parametrize("full", [True, False])
def test_a_generated_value_is_accepted_by_an_independent_validator(bundle: dict[str, Any], full: bool) -> None:  # noqa: FBT001
    """What is generated is valid, with and without optional properties."""
    for seed in range(5):
        Draft202012Validator(bundle).validate(generate(compiled(bundle), seed, full=full))


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_format_that_is_checked_has_a_text(form: str) -> None:
    """As long as a schema wants it, where the format has texts of several lengths."""
    schema = compiled({"type": "string", "format": form})
    assert schema.is_valid(generate(schema))


@pytest.mark.parametrize(("form", "length"), [("date-time", 25), ("date-time", 24), ("uri", 60), ("date-time", 27)])  # fmt: skip
def test_a_text_of_a_format_has_the_length_that_the_schema_wants(form: str, length: int) -> None:
    """A date-time with an offset is longer than one in UTC."""
    made = generate(compiled({"type": "string", "format": form, "minLength": length, "maxLength": length}))
    assert len(made) == length


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[\p{L}\p{Z}_]+$",
        r"[\w-.+]+@x",
        r"\p{Lu}\d",
        r"(?<year>[0-9]{4})-x",
        r"^\P{C}+\P{Lu}$",
        r"^(?=.*\d)(?=.*[A-Z]).{8,64}$",
        r"^arn:(?=[^:]+:fs:[^:]+:\d{12}:)((|(?=[a-z0-9.]{1,63})(?!\d{1,3}(\.\d{1,3}){3})[a-z0-9].*(?<!-)):){4}(?!/).{0,99}$",
    ],
)
def test_patterns_of_ecma_262_are_spelt_out(pattern: str) -> None:
    """Also those that Python's own `re` does not take."""
    schema = compiled({"type": "string", "pattern": pattern})
    assert schema.is_valid(generate(schema, 4))


def test_many_patterns_with_look_ahead_are_met_at_once() -> None:
    """Each text is tried against its own pattern, so that one that fails does not cost the others."""
    rule = {"type": "string", "pattern": r"^(?=.*[0-9])(?=.*[A-Z])(?!.*x)[A-Za-z0-9]{6,9}$"}
    names = [f"member{number}" for number in range(40)]
    schema = compiled({"type": "object", "required": names, "properties": dict.fromkeys(names, rule)})
    assert list(generate(schema)) == names


def test_a_value_of_many_parts_has_room_for_some_hundred() -> None:
    """What is optional below the first level ends at some point; what is required, and the first level, is all there."""
    wide = {"properties": {f"p{number}": {"type": "integer"} for number in range(100)}}
    deep = {"properties": {f"q{number}": wide for number in range(100)}, "required": ["last"]}
    bundle = {"properties": {f"r{number}": {"$ref": "#/$defs/Deep"} for number in range(100)}, "$defs": {"Deep": deep}}
    made = generate(compiled(bundle))
    assert len(made) == 100
    assert all("last" in inner for inner in made.values())
    assert len(str(made)) < 20_000


def test_the_same_seed_gives_the_same_value() -> None:
    """Repeatable: by seed, not by chance."""
    bundle = {"type": "string", "minLength": 9}
    first, again, other = (generate(compiled(bundle), seed) for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize(
    "bundle", [{"not": {}}, {"type": "integer", "minimum": 2, "maximum": 1}, {"enum": []}], ids=str
)
def test_a_schema_that_nothing_fits_is_an_error_not_a_wrong_value(bundle: dict[str, Any]) -> None:
    """No value fits, so none is returned."""
    with pytest.raises(ExampleError, match="no value"):
        generate(compiled(bundle))


@given(st.from_regex(re.compile(r"[a-c]{1,3}\Z"), fullmatch=True), st.integers(1, 4))
def test_patterns_are_spelt_out(letters: str, count: int) -> None:
    """A pattern made of classes and counts is matched by what is generated from it."""
    pattern = f"^[{letters}]{{{count}}}\\d$"
    assert re.search(pattern, generate(compiled({"type": "string", "pattern": pattern})))


@pytest.mark.parametrize("api", ["order_capture", "pieces_os"])
def test_every_model_of_the_two_documents_has_a_value(api: str) -> None:
    """All models, the recursive one and the union among them."""
    document = load(api)
    schemas = Schemas(document)
    for _, node in document.root.child("components", "schemas").children():
        schema = schemas.compile(node, "request")
        assert schema.is_valid(generate(schema, 7))


def test_documented_examples_come_by_name_and_through_references() -> None:
    """Named ones as the document names them, unnamed ones by number."""
    document = load("order_capture")
    body = document.root.child("paths", "/{retailUnit}/checkouts", "post", "requestBody", "content", "application/json")
    assert list(documented(document, body)) == ["minimal", "full"]


@pytest.mark.parametrize("pattern", ["^((((a+)+)+)+)+$", "^(((()*)*)*)*$", "^(?:(?:a{0,60000}){0,60000}){0,60000}$"])
def test_repetitions_of_repetitions_are_spelled_within_a_limit(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their number multiplies."""
    calls: list[int] = []
    spell = spelling.Speller._spell

    def counted(self: Any, *args: Any, **options: Any) -> Any:
        calls.append(1)
        return spell(self, *args, **options)

    monkeypatch.setattr(spelling.Speller, "_spell", counted)
    text = spelling.Speller(random.Random(1)).fitting(pattern, 0, 50)  # noqa: S311  repeatable, not secret
    assert len(text) <= spelling._ROOM
    assert len(calls) <= 20 * spelling._ROOM


@pytest.mark.parametrize(
    ("schema", "closest"),
    [
        ({"type": "integer", "enum": ["a"]}, "a"),
        ({"type": "integer", "minimum": 3, "maximum": 2}, 3),
        ({"type": "object", "required": ["a"], "properties": {"a": False}}, {}),
        ({"const": 7, "not": {"const": 7}}, 7),
    ],
)
def test_the_closest_value_is_known_where_none_fits(schema: Any, closest: Any) -> None:
    """Whoever must have one, as the mock must, takes it."""
    with pytest.raises(ExampleError) as caught:
        generate(compiled(schema))
    assert caught.value.closest == (closest,)
