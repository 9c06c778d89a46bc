"""Compiled schemas: both engines say the same, in our words, and the examples of the two APIs are judged by three judges."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT4
from servers import document, schemas

from dynclient import Document, SpecError
from dynclient.catalog import find
from dynclient.errors import Problem
from dynclient.schema import ENGINES, Schema, Schemas

EXAMPLES: dict[str, dict[str, list[Any]]] = yaml.safe_load((Path(__file__).parent / "data/examples.yaml").read_text("utf-8"))  # fmt: skip
VALID = [(api, row["model"], row["value"]) for api, kinds in EXAMPLES.items() for row in kinds["valid"]]
INVALID = [(api, row["model"], row["names"], row["value"]) for api, kinds in EXAMPLES.items() for row in kinds["invalid"]]  # fmt: skip


@cache
def compiled(api: str, engine: str, model: str) -> Schema:
    """A model of an API."""
    found = find(api)
    return Schemas(found, engine).compile(found.root.child("components", "schemas", model), "request")


@cache
def referee(api: str, model: str) -> OAS30Validator:
    """The same model as openapi-schema-validator understands it."""
    registry: Registry[Any] = Registry().with_resource("urn:it", DRAFT4.create_resource(find(api).root.value))
    reference = {"$ref": f"urn:it#/components/schemas/{model}"}
    return OAS30Validator(reference, registry=registry, format_checker=oas30_format_checker)


def schema(value: Any, engine: str, version: str = "3.1.0", **others: Any) -> Schema:
    """A schema of a small document."""
    found = schemas(version, X=value, **others)
    return Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request")


def messages(value: Any, engine: str, data: Any, version: str = "3.1.0", **others: Any) -> list[str]:
    """What a schema says of a value."""
    return [str(problem) for problem in schema(value, engine, version, **others).problems(data)]


@pytest.mark.parametrize(("api", "model", "value"), VALID)
def test_what_an_api_is_known_to_accept_is_accepted(engine: str, api: str, model: str, value: Any) -> None:
    """By both engines and by the referee."""
    assert compiled(api, engine, model).problems(value) == []
    assert referee(api, model).is_valid(value)


@pytest.mark.parametrize(("api", "model", "names", "value"), INVALID)
def test_what_an_api_is_known_to_refuse_is_refused(engine: str, api: str, model: str, names: str, value: Any) -> None:
    """By both engines and by the referee, and the message names the field."""
    found = compiled(api, engine, model).problems(value)
    assert any(f"/{names}" in problem.pointer for problem in found), found
    assert not referee(api, model).is_valid(value)


EVENTS = "checkout.loaded, checkout.closed, checkout.updated, checkout.completed"


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({}, ["has no discriminator: neither name nor type is there", f"name as one of {EVENTS}", "type as one of"]),
        ({"name": "checkout.failed", "data": {}}, ["/name", '"checkout.failed"', f"name as one of {EVENTS}"]),
        ({"type": "checkout.failed"}, ["/type", "type as one of checkout.warning, checkout.error"]),
        ({"name": "checkout.loaded"}, ["/data: is required"]),
        ({"name": "checkout.closed", "data": {"id": 7}}, ["/data/id: 7 is not of type string", "/data/items: is req"]),
        ({"type": "checkout.error"}, ["/data: is required"]),
        ({"type": "checkout.warning", "code": 1}, ["/code: 1 is not of type string"]),
        ([], ["[] is not of type object"]),
        (None, ["null is not of type object"]),
    ],
)
def test_a_wrong_event_is_told_the_discriminator_and_its_values(engine: str, event: Any, said: list[str]) -> None:
    """Or, where it is plain which event was meant, what is wrong with that one."""
    text = "\n".join(map(str, compiled("pieces_os", engine, "PaddleCheckoutEvent").problems(event)))
    assert all(words in text for words in said), text


@pytest.mark.parametrize(
    ("rule", "value", "text"),
    [
        ({"minimum": 1}, -1, "-1 is less than the minimum of 1"),
        ({"maximum": 1}, 2, "2 is greater than the maximum of 1"),
        ({"exclusiveMinimum": 1}, 1, "1 must be greater than 1"),
        ({"exclusiveMaximum": 1}, 1, "1 must be less than 1"),
        ({"multipleOf": 2}, 3, "3 is not a multiple of 2"),
        ({"type": "integer"}, "a", '"a" is not of type integer'),
        ({"type": ["integer", "null"]}, "a", '"a" is not of type integer or null'),
        ({"type": "object"}, True, "true is not of type object"),
        ({"enum": ["a", 1, None]}, "b", '"b" is not one of "a", 1, null'),
        ({"const": "a"}, "b", '"b" is not "a"'),
        ({"format": "date"}, "x", '"x" is not a valid date'),
        ({"pattern": "^a"}, "b", '"b" does not match the pattern ^a'),
        ({"minLength": 2}, "a", '"a" is shorter than the minimum length of 2'),
        ({"maxLength": 1}, "ab", '"ab" is longer than the maximum length of 1'),
        ({"minItems": 1}, [], "has fewer than 1 items"),
        ({"maxItems": 0}, [1], "has more than 0 items"),
        ({"uniqueItems": True}, [1, 1], "holds an item twice"),
        ({"minProperties": 1}, {}, "has fewer than 1 properties"),
        ({"maxProperties": 0}, {"a": 1}, "has more than 0 properties"),
        ({"contains": {"const": 1}}, [2], "holds no item of the kind it must contain"),
        ({"not": {"type": "null"}}, None, "null is of a kind that is excluded"),
        (False, 1, "1 is of a kind that is excluded"),
        ({"properties": {"a": False}}, {"a": 1}, "/a: 1 is not allowed here"),
    ],
)
def test_a_broken_rule_is_said_in_plain_words(engine: str, rule: Any, value: Any, text: str) -> None:
    """The same words, whatever the engine."""
    assert messages(rule, engine, value) == [f"body {text}" if text.startswith("/") else f"body: {text}"]


def test_a_problem_says_where_it_is(engine: str) -> None:
    """As the design promises it, word for word."""
    rule = {"properties": {"items": {"items": {"properties": {"quantity": {"minimum": 0}}}}}}
    found = messages(rule, engine, {"items": [{"quantity": -1}]})
    assert found == ["body /items/0/quantity: -1 is less than the minimum of 0"]


def test_all_problems_are_found_at_once(engine: str) -> None:
    """Each missing and each undocumented property has its own."""
    rule = {
        "required": ["a", "b"],
        "properties": {"a": {}, "b": {}, "c": {"type": "string"}},
        "additionalProperties": False,
    }
    assert sorted(messages(rule, engine, {"c": 1, "d": 2, "e": 3})) == [
        "body /a: is required",
        "body /b: is required",
        "body /c: 1 is not of type string",
        "body /d: is not a documented property",
        "body /e: is not a documented property",
    ]


# Schema and value, for which both engines must find exactly the same.
S = {"type": "string"}
I = {"type": "integer"}  # noqa: E741  as short as the table needs it
PAIRS: list[tuple[Any, Any]] = [
    ({"$ref": "#/components/schemas/Node"}, {"next": {"next": {"value": "a"}}}),
    ({"$ref": "#/components/schemas/Node"}, {"next": 1}),
    ({"properties": {"a": {"$ref": "#/components/schemas/Node"}}}, {"a": {"value": None}}),
    ({"allOf": [{"required": ["a"]}, {"required": ["b"]}]}, {}),
    ({"allOf": [{"$ref": "#/components/schemas/Node"}, {"required": ["b"]}]}, {"value": "x"}),
    ({"anyOf": [S, I]}, None),
    ({"anyOf": [S, {"type": "object", "required": ["a"]}]}, {}),
    ({"anyOf": [{"minLength": 3}, {"pattern": "^b"}]}, "a"),
    ({"oneOf": [I, {"minimum": 3}]}, 4),
    ({"oneOf": [S, {"type": "null"}]}, 1),
    ({"oneOf": [{"$ref": "#/components/schemas/Node"}, S]}, {"value": "a"}),
    ({"oneOf": [{"properties": {"a": S}, "required": ["a"]}, {"properties": {"a": I}, "required": ["a"]}]}, {"a": None}),
    ({"oneOf": [{"required": ["k"], "properties": {"k": {"const": "x"}, "v": I}}, {"required": ["k"], "properties": {"k": {"const": "y"}, "v": S}}]}, {"k": "x", "v": "a"}),
    ({"oneOf": [{"required": ["k"], "properties": {"k": {"const": "x"}}}, {"required": ["k"], "properties": {"k": {"enum": ["y", "z"]}}}]}, {"k": "w"}),
    ({"items": {"oneOf": [S, I]}}, ["a", 1, None, []]),
    ({"anyOf": [{"anyOf": [S, I]}, {"type": "array", "items": {"anyOf": [S, I]}}]}, [None]),
    ({"not": {"anyOf": [S, I]}}, 1),
    ({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}, {"a": 1}),
    ({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}, {}),
    ({"prefixItems": [S, I], "items": False}, ["a", "b", "c"]),
    ({"items": S}, ["a", 1, 2]),
    ({"items": False}, [1]),
    ({"contains": I, "minContains": 2}, [1, "a"]),
    ({"contains": I, "maxContains": 1}, [1, 2]),
    ({"additionalProperties": False}, {"a": 1, "b": 2}),
    ({"additionalProperties": I}, {"a": "x", "b": 1}),
    ({"patternProperties": {"^x": I}, "additionalProperties": False}, {"x1": "a", "y": 1}),
    ({"propertyNames": {"maxLength": 1}}, {"ab": 1, "c": 2}),
    ({"dependentRequired": {"a": ["b"]}}, {"a": 1}),
    ({"dependentSchemas": {"a": {"properties": {"b": I}}}}, {"a": 1, "b": "x"}),
    ({"allOf": [{"properties": {"a": I}}], "unevaluatedProperties": False}, {"a": 1, "b": 2}),
    ({"prefixItems": [S], "unevaluatedItems": False}, ["a", 1]),
    ({"unevaluatedProperties": S}, {"a": 1}),
    ({"enum": [1, "a", None]}, True),
    ({"enum": [1]}, 1.0),
    ({"const": {"a": [1]}}, {"a": [1, 2]}),
    ({"const": 0}, False),
    ({"uniqueItems": True}, [1, True, 1.0]),
    ({"uniqueItems": True}, [{"a": 1, "b": 2}, {"b": 2, "a": 1}]),
    ({"multipleOf": 0.01}, 19.99),
    ({"multipleOf": 0.1}, 0.35),
    (I, 1.0),
    (I, 1e300),
    (I, 2**70),
    ({"maximum": 2**63}, 2**63 + 1),
    ({"minLength": 2}, "😀"),
    ({"maxLength": 1}, "😀"),
    ({"type": "string", "format": "date-time"}, "yesterday"),
    ({"type": "string", "format": "regex"}, "["),
    ({"type": "string", "format": "json-pointer"}, "a"),
    ({"type": "string", "format": "iri"}, "a b"),
    ({"type": "string", "format": "idn-email"}, "a"),
    ({"type": "string", "format": "uri-template"}, "{"),
    ({"type": "string", "format": "unheard-of"}, "["),
    ({"pattern": r"^\d+$"}, "٣"),
    ({"pattern": r"^\d+$"}, "1\n"),
    ({"pattern": r"^\w+$"}, "ä"),
    ({"pattern": "^a"}, "b\na"),
    ({"pattern": r"^\S+$"}, "a\u00a0b"),
    ({"pattern": r"^[^/]+\/$"}, "a/b/"),
    ({"pattern": "(?!x)^.$"}, "x"),
    ({"properties": {"a/b~c": {"properties": {"": S}}}}, {"a/b~c": {"": 1}}),
    ({"type": ["string", "null"], "enum": ["a"]}, 1),
    ({"required": ["a"], "minProperties": 2}, {}),
    (True, None),
    (False, {"a": 1}),
]  # fmt: skip
NODE = {"type": "object", "properties": {"value": S, "next": {"$ref": "#/components/schemas/Node"}}}


@pytest.mark.parametrize(("rule", "value"), PAIRS)
def test_both_engines_find_the_same(rule: Any, value: Any) -> None:
    """The same problems, place by place and word by word."""
    first, second = (sorted(messages(rule, engine, value, Node=NODE)) for engine in ENGINES)
    assert first == second
    assert not any("breaks this rule" in text and "null" in text for text in first)


rules = st.recursive(
    st.sampled_from([S, I, {"type": "null"}, {"minimum": 2}, {"maxLength": 1}, {"enum": ["a", 1]}, {"required": ["a"]}]),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"items": inner}),
        st.fixed_dictionaries({"properties": st.fixed_dictionaries({"a": inner}, optional={"b": inner})}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"oneOf": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=2)}),
    ),
    max_leaves=5,
)  # fmt: skip
values = st.recursive(
    st.sampled_from([None, True, 0, 1, 2.5, "a", "ab"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=5,
)


@given(rules, values)
def test_both_engines_find_the_same_in_any_schema(rule: Any, value: Any) -> None:
    """Whatever the schema and the value."""
    first, second = (sorted(messages(rule, engine, value)) for engine in ENGINES)
    assert first == second


def test_a_property_that_a_part_describes_is_documented(engine: str) -> None:
    """Only the one that no part of the schema knows is named."""
    rule = {"allOf": [{"properties": {"a": I}}], "unevaluatedProperties": False}
    assert messages(rule, engine, {"a": 1, "b": 2}) == ["body /b: is not a documented property"]


@pytest.mark.parametrize("mark", [{"format": "password"}, {"writeOnly": True}])
@pytest.mark.parametrize("rule", [{"maxLength": 3}, {"pattern": "^x$"}, {"enum": ["x"]}, {"type": "integer"}, {"const": 1}])  # fmt: skip
def test_a_secret_value_is_never_quoted(engine: str, mark: Any, rule: Any) -> None:
    """What is wrong with it is said without it."""
    text = "\n".join(messages({"properties": {"p": {"type": "string", **rule, **mark}}}, engine, {"p": "fake-secret"}))
    assert text.startswith("body /p: the value ")
    assert "fake-secret" not in text


@pytest.mark.parametrize(
    "rule",
    [
        {"allOf": [{"maxLength": 3}], "format": "password"},
        {"anyOf": [{"maxLength": 3}, {"type": "integer"}], "writeOnly": True},
        {"oneOf": [{"maxLength": 3, "format": "password"}, {"type": "integer"}]},
        {"$ref": "#/components/schemas/Short", "writeOnly": True},
        {"type": ["object", "null"], "properties": {"x": {"type": "integer"}}, "format": "password"},
    ],
)
def test_a_secret_stays_secret_in_the_parts_of_its_schema(engine: str, rule: Any) -> None:
    """A rule that stands in a part of the schema does not know of the mark beside it."""
    outer = {"type": "object", "properties": {"p": rule}, "required": ["q"]}
    text = "\n".join(messages(outer, engine, {"p": "fake-secret"}, Short={"maxLength": 3}))
    assert "/p" in text
    assert "fake-secret" not in text


def test_a_secret_inside_a_value_is_not_quoted_with_it(engine: str) -> None:
    """The object around it is the one that is wrong."""
    rule = {"type": "object", "properties": {"p": {"format": "password"}}, "not": {"required": ["p"]}}
    assert "fake-secret" not in "\n".join(messages(rule, engine, {"p": "fake-secret"}))


@pytest.mark.parametrize(
    ("where", "bad", "good"),
    [
        ({"type": "string", "pattern": "["}, 1, "a"),
        ({"properties": {"a": {"pattern": "(?<x>"}, "b": {"type": "integer"}}}, {"b": "x"}, {"a": "x"}),
        ({"patternProperties": {"[": {}}, "required": ["a"]}, {}, {"a": 1}),
        ({"patternProperties": {"[": {}}, "type": "object", "additionalProperties": False}, 1, {}),
        ({"type": "string", "pattern": "(?<n>a)\\k<n>"}, 1, "aa"),
    ],
)
def test_a_pattern_that_cannot_be_taken_weakens_only_itself(engine: str, where: Any, bad: Any, good: Any) -> None:
    """Everything else is still checked."""
    made = schema(where, engine)
    assert made.is_valid(good)
    assert made.problems(good) == []
    assert made.problems(bad)


def test_a_pattern_that_cannot_be_taken_is_noted(engine: str) -> None:
    """Once, with the pattern, where the user can find it: in `document.problems`."""
    found = schemas(X={"pattern": "["})
    made = Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request")
    assert made.is_valid("a")
    assert len(made.notes) == 1
    assert "'['" in str(found.problems)


def test_a_property_called_pattern_is_no_pattern(engine: str) -> None:
    """Nor what an enum or a default holds."""
    rule = {"properties": {"pattern": {"enum": [{"pattern": "["}, "["]}}, "default": {"pattern": "["}}
    made = schema(rule, engine)
    assert made.is_valid({"pattern": {"pattern": "["}})
    assert made.notes == []


@pytest.mark.parametrize("rule", [{"type": "nonsense"}, {"minimum": "1"}, {"required": "a"}, {"properties": [1]}])
def test_a_schema_that_is_none_is_the_documents_fault(engine: str, rule: Any) -> None:
    """A SpecError says so, not the engine's own error."""
    with pytest.raises(SpecError):
        schema({"allOf": [rule]}, engine).problems({"a": 1})


@pytest.mark.parametrize("value", ["a\ud800", {"a\ud800": 1}, float("nan"), 10**400, type("Text", (str,), {})("a"), b"a", {"a": b"b"}])  # fmt: skip
def test_no_python_value_makes_an_engine_fail(engine: str, value: Any) -> None:
    """What is no JSON is a problem or is let through, never an error of the engine's own."""
    found = schema({"type": "boolean"}, engine).problems(value)
    assert [problem.keyword for problem in found] == ["type"]


def test_a_schema_costs_nothing_until_it_is_used(engine: str) -> None:
    """Not even a broken reference is noticed before."""
    made = schema({"$ref": "#/components/schemas/Nope"}, engine)
    with pytest.raises(SpecError, match="Nope"):
        made.problems(1)


def test_a_schema_is_compiled_once_for_each_direction(engine: str) -> None:
    """And then kept."""
    found = schemas(X={})
    kept = Schemas(found, engine)
    node = found.root.child("components", "schemas", "X")
    assert kept.compile(node, "request") is kept.compile(node, "request")
    assert kept.compile(node, "request") is not kept.compile(node, "response")


def test_an_unknown_engine_is_refused() -> None:
    """With the names of those that there are."""
    with pytest.raises(ValueError, match=re.escape("there are jsonschema-rs and jsonschema")):
        Schemas(document(), "nope")


def test_problems_start_where_the_caller_says(engine: str) -> None:
    """A parameter's problem is one of the query, not of a body."""
    found = schema({"items": I}, engine).problems(["a"], "query", ("ids",))
    assert found == [Problem("query", ("ids", 0), "type", '"a" is not of type integer')]


def test_a_document_is_shared_between_engines(engine: str) -> None:
    """Compiling changes nothing in it."""
    found: Document = find("order_capture")
    before = str(found.root.value)
    Schemas(found, engine).compile(found.root.child("components", "schemas", "CheckoutDto"), "response").is_valid({})
    assert str(found.root.value) == before
