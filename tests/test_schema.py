"""Compiled schemas: both engines say the same, in our words, and the examples of the two APIs are judged by three judges."""

import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import regress
import yaml
from hypothesis import given
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT4
from servers import document, schemas

from dynclient import Document, SpecError
from dynclient.opening import load
from dynclient.problem import Problem
from dynclient.schema import ecma, shared
from dynclient.schema.ecma import is_pattern, repeats_a_repetition, searches
from dynclient.schema.engine import ENGINES
from dynclient.schema.maker import generate
from dynclient.schema.schemas import Schema, Schemas

EXAMPLES: dict[str, dict[str, list[Any]]] = yaml.safe_load((Path(__file__).parent / "data/examples.yaml").read_text("utf-8"))  # fmt: skip
VALID = [(api, row["model"], row["value"]) for api, kinds in EXAMPLES.items() for row in kinds["valid"]]
INVALID = [(api, row["model"], row["names"], row["value"]) for api, kinds in EXAMPLES.items() for row in kinds["invalid"]]  # fmt: skip


@cache
def compiled(api: str, engine: str, model: str) -> Schema:
    """A model of an API."""
    found = load(api)
    return Schemas(found, engine).compile(found.root.child("components", "schemas", model), "request")


@cache
def referee(api: str, model: str) -> OAS30Validator:
    """The same model as openapi-schema-validator understands it."""
    registry: Registry[Any] = Registry().with_resource("urn:it", DRAFT4.create_resource(load(api).data))
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


@pytest.mark.parametrize(
    ("where", "bad", "good"),
    [
        ({"type": "string", "pattern": "["}, 1, "a"),
        ({"properties": {"a": {"pattern": "(?<x>"}, "b": {"type": "integer"}}}, {"b": "x"}, {"a": "x"}),
        ({"patternProperties": {"[": {}}, "required": ["a"]}, {}, {"a": 1}),
        ({"patternProperties": {"[": {}}, "type": "object", "additionalProperties": False}, 1, {}),
    ],
)
def test_a_pattern_that_cannot_be_taken_weakens_only_itself(engine: str, where: Any, bad: Any, good: Any) -> None:
    """Everything else is still checked."""
    made = schema(where, engine)
    assert made.is_valid(good)
    assert made.problems(good) == []
    assert made.problems(bad)


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"^\p{Lu}\d$", "Ä1", "a1"),
        (r"^(?<y>\d)x$", "1x", "x"),
        (r"^[\w-.]+$", "a-.", "+"),
        (r"^(?<y>a|b)(c)\k<y>\2$", "bcbc", "acbc"),
        (r"^a[^]b$", "a\nb", "ab"),
        (r"^(a|[])$", "a", "[]"),
        (r"^\0$", "\0", "0"),
        (r"^[\b]$", "\b", "b"),
        (r"^\ud83d\ude00$", "\U0001f600", "a"),
        (r"^[a[^]\0$", "[\0", "b\0"),
        (r"^\cJ$", "\n", "J"),
        (r"^\u{61}$", "a", "u"),
        (r"^\d\s$", "1\ufeff", "٣ "),
        (r"(?<!a)b", "cb", "ab"),
        (r"^.$", "\U0001f600", "\u2028"),
    ],
)
def test_patterns_are_those_of_ecma_262(engine: str, pattern: str, good: str, bad: str) -> None:
    """Also where Python's own `re` would not take them."""
    made = schema({"pattern": pattern}, engine)
    assert made.is_valid(good)
    assert not made.is_valid(bad)


def test_a_choice_is_left_as_soon_as_it_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks only whether a value fits does not pay for the errors of each branch; who asks for them gets them all."""
    looked: list[str] = []
    monkeypatch.setattr("dynclient.schema.python.searches", lambda pattern, _: looked.append(pattern))
    branch = {"pattern": "1", "allOf": [{"pattern": "2"}]}
    refused = schema({"oneOf": [branch] * 3}, "jsonschema")
    assert not refused.is_valid("a")
    assert looked == ["1"] * 3
    assert not schema({"oneOf": [{}, {}, branch]}, "jsonschema").is_valid("a")
    assert looked == ["1"] * 3
    (found,) = refused.findings("a")
    assert [len(each) for each in found.branches] == [2, 2, 2]


@pytest.mark.parametrize("keyword", ["additionalProperties", "unevaluatedProperties"])
@pytest.mark.parametrize("pattern", [r"^\p{L}+$", r"^(?<y>\p{L})$", r"^\u{e4}"])
def test_names_are_matched_by_the_rules_of_ecma_262(engine: str, keyword: str, pattern: str) -> None:
    """So that what a pattern allows is neither refused nor named, also where Python's own `re` cannot take the pattern."""
    rule = {"patternProperties": {pattern: {"type": "integer"}}, keyword: False}
    assert messages(rule, engine, {"ä": 1, "a b": 2, "٣": 3}) == [
        "body /a b: is not a documented property",
        "body /٣: is not a documented property",
    ]
    assert messages({"allOf": [rule], "unevaluatedProperties": False}, engine, {"ä": 1}) == []


def test_a_choice_inside_a_rule_for_names_is_explained(engine: str) -> None:
    """The fast engine does not report its place."""
    name = {"anyOf": [{"propertyNames": {"oneOf": [{"minLength": 9}, {"maxLength": 0}]}}, {"type": "string"}]}
    assert messages({"properties": {"": name}}, engine, {"": {"abc": 1}})
    assert messages(name, engine, {"abc": 1})


@pytest.mark.parametrize(("step", "good", "bad"), [(0.01, 19.99, 19.995), (3, 10**30 + 2, 10**30), (0.1, 10**30, 0.25)])
def test_multiples_are_exact(engine: str, step: float, good: float, bad: float) -> None:
    """However many digits come before or after the point."""
    made = schema({"multipleOf": step}, engine)
    assert made.is_valid(good)
    assert not made.is_valid(bad)


def test_names_of_properties_are_matched_in_any_spelling(engine: str) -> None:
    """As texts are."""
    rule = {"patternProperties": {r"^[\w-.]+$": {"type": "integer"}, r"^[\b]$": {}}, "additionalProperties": False}
    made = schema(rule, engine)
    assert [made.is_valid(value) for value in ({"a-.": 1, "\b": "x"}, {"a-.": "x"}, {"+": 1})] == [True, False, False]
    assert made.notes == []


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
def test_an_invalid_schema_is_the_documents_fault(engine: str, rule: Any) -> None:
    """A SpecError says so, not the engine's own error."""
    with pytest.raises(SpecError):
        schema({"allOf": [rule]}, engine).problems({"a": 1})


def test_an_invalid_schema_is_named_by_its_place(engine: str) -> None:
    """Also where another schema leads to it."""
    with pytest.raises(SpecError) as caught:
        schema(
            {"items": {"$ref": "#/components/schemas/Y"}}, engine, Y={"properties": {"a": {"type": "nonsense"}}}
        ).problems([])
    assert caught.value.problems[0].path == ("components", "schemas", "Y", "properties", "a", "type")


@pytest.mark.parametrize("value", ["a\ud800", {"a\ud800": 1}, float("nan"), 10**400, type("Text", (str,), {})("a"), b"a", {"a": b"b"}])  # fmt: skip
def test_no_python_value_makes_an_engine_fail(engine: str, value: Any) -> None:
    """A value that JSON does not have is a problem or passes; the engine never raises."""
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
    """With the names of the known ones."""
    with pytest.raises(ValueError, match=re.escape("no engine 'nope' (choose jsonschema-rs or jsonschema)")):
        Schemas(document(), "nope")


def test_problems_start_where_the_caller_says(engine: str) -> None:
    """A parameter's problem is one of the query, not of a body."""
    found = schema({"items": I}, engine).problems(["a"], "query", ("ids",))
    assert found == [Problem("query", ("ids", 0), "type", '"a" is not of type integer')]


def test_a_document_is_shared_between_engines(engine: str) -> None:
    """Compiling changes nothing in it."""
    found: Document = load("order_capture")
    before = str(found.data)
    Schemas(found, engine).compile(found.root.child("components", "schemas", "CheckoutDto"), "response").is_valid({})
    assert str(found.data) == before


def large(count: int) -> dict[str, Any]:
    """Component schemas of which each refers to the next, and the last to the first."""
    return {
        f"S{index}": {"properties": {"next": {"$ref": f"#/components/schemas/S{(index + 1) % count}"}, "n": I}}
        for index in range(count)
    }


def test_components_that_reach_each_other_are_compiled_once(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By whichever of them, and however deep below other schemas, they are asked for."""
    compiled = []
    real = shared.compiled
    monkeypatch.setattr(shared, "compiled", lambda schema, *others: compiled.append(len(schema["$defs"])) or real(schema, *others))  # fmt: skip
    found = schemas(**large(5), A={"$ref": "#/components/schemas/S0"}, B={"$ref": "#/components/schemas/S3"})
    kept = Schemas(found, engine)
    for name in ("A", "B"):
        node = found.root.child("components", "schemas", name)
        assert kept.compile(node, "request").is_valid({"next": {"next": {"n": 1}}})
        assert [problem.path for problem in kept.compile(node, "request").problems({"next": {"n": "x"}})] == [
            ("next", "n")
        ]
    assert compiled == [5]


CUT: list[tuple[Any, Any, Any, list[Any]]] = [
    ({"type": "array", "items": {"$ref": "#/components/schemas/S0"}}, [{"n": 1}, {}], [{"n": 1}, {"n": "x"}], [(1, "n")]),
    ({"properties": {"value": {"items": {"$ref": "#/components/schemas/S1"}}, "m": I}}, {"value": [{"n": 1}]}, {"m": "x", "value": [{}, {"next": {"n": 1.5}}]}, [("m",), ("value", 1, "next", "n")]),
    ({"allOf": [{"$ref": "#/components/schemas/S1"}, {"required": ["n"]}]}, {"n": 1}, {"next": 1}, [("n",)]),
    ({"prefixItems": [I], "items": {"$ref": "#/components/schemas/S1"}}, [1, {"n": 1}], ["x", {"n": "x"}], [(0,), (1, "n")]),
    ({"anyOf": [{"$ref": "#/components/schemas/S1"}, {"type": "null"}]}, None, {"n": "x"}, [("n",)]),
    ({"$ref": "#/components/schemas/S1", "required": ["n"]}, {"n": 1}, {"next": {"n": "x"}}, [("n",), ("next", "n")]),
    ({"allOf": [{"$ref": "#/components/schemas/S1"}], "unevaluatedProperties": False}, {"n": 1}, {"m": 1}, [("m",)]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "good", "bad", "paths"), CUT)
def test_a_schema_that_reaches_many_is_checked_like_one_that_is_whole(
    engine: str, rule: Any, good: Any, bad: Any, paths: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost where it was cut, and the places are those of the whole value."""
    found = schemas("3.1.0", X=rule, **large(5))
    for many in (2, 1000):
        monkeypatch.setattr(shared, "MANY", many)
        made = Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request")
        assert made.is_valid(good)
        assert made.problems(good) == []
        assert {problem.path for problem in made.problems(bad)} == set(paths)


@pytest.mark.parametrize(("mark", "count"), [(None, 1), ("readOnly", 2), ("writeOnly", 2)])
def test_what_is_the_same_both_ways_is_compiled_once_for_both(
    engine: str, monkeypatch: pytest.MonkeyPatch, mark: str | None, count: int
) -> None:
    """What a mark makes different is not."""
    compiled = []
    real = shared.compiled
    monkeypatch.setattr(shared, "compiled", lambda schema, *others: compiled.append(schema) or real(schema, *others))
    rule = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer", **({mark: True} if mark else {})}},
    }
    found = schemas(X=rule, A={"items": {"$ref": "#/components/schemas/X"}}, B={"$ref": "#/components/schemas/A"})
    kept = Schemas(found, engine)
    place = found.root.child("components", "schemas", "B")
    accepted = {way: kept.compile(place, way).is_valid([{}]) for way in ("request", "response")}
    assert accepted == {"request": mark == "readOnly", "response": mark == "writeOnly"}
    assert len(compiled) == count


def _multiplied(keyword: str, levels: int) -> dict[str, Any]:
    """Schemas, each of which applies the one before in two ways."""
    found: dict[str, Any] = {"S0": {"type": "string"}}
    for at in range(1, levels + 1):
        before: Any = {"$ref": f"#/components/schemas/S{at - 1}"}
        two = [before, {**before, "minLength": 0}]
        found[f"S{at}"] = {"if": before, "then": before} if keyword == "if" else {keyword: two}
        if keyword == "not":
            found[f"S{at}"] = {"not": {"allOf": [before, {"not": before}]}}
    return found


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf", "not", "if"])
def test_schemas_that_multiply_are_refused_by_name(engine: str, keyword: str) -> None:
    """Before an engine takes each of a billion ways; the maker of examples and the messages ask the same."""
    found = schemas("3.1.0", **_multiplied(keyword, 30))
    made = Schemas(found, engine).compile(found.root.child("components", "schemas", "S30"), "request")
    for use in (lambda: made.is_valid("a"), lambda: made.problems(3), lambda: generate(made)):
        with pytest.raises(
            SpecError, match=r"/components/schemas/S\d+: it applies more than 20,000 schemas to one value"
        ):
            use()


@pytest.mark.parametrize("keyword", ["allOf", "anyOf"])
def test_a_reference_that_is_repeated_is_followed_once(engine: str, keyword: str) -> None:
    """It says nothing new."""
    chain = {f"S{at}": {keyword: [{"$ref": f"#/components/schemas/S{at - 1}"}] * 2} for at in range(1, 40)}
    found = schemas("3.1.0", S0={"type": "string"}, **chain)
    made = Schemas(found, engine).compile(found.root.child("components", "schemas", "S39"), "request")
    assert made.is_valid("a")
    assert [str(problem) for problem in made.problems(3)] == ["body: 3 is not of type string"]


def test_schemas_that_all_refer_to_each_other_are_refused(engine: str) -> None:
    """Their ways are counted without taking them all, although they lead back."""
    names = [f"S{at}" for at in range(12)]
    every = {name: {"allOf": [{"$ref": f"#/components/schemas/{other}"} for other in names]} for name in names}
    found = schemas("3.1.0", **every)
    with pytest.raises(SpecError, match="more than 20,000"):
        Schemas(found, engine).compile(found.root.child("components", "schemas", "S1"), "request").is_valid(1)


@pytest.mark.parametrize("rule", [{}, {"type": "string"}, {"unevaluatedProperties": False}])
def test_a_schema_that_applies_itself_to_the_same_value_says_what_the_rest_of_it_says(engine: str, rule: Any) -> None:
    """A reference that leads back adds nothing, whatever the engine."""
    found = schemas("3.1.0", A={"allOf": [{"$ref": "#/components/schemas/A"}], **rule})
    made = Schemas(found, engine).compile(found.root.child("components", "schemas", "A"), "request")
    assert (made.is_valid("a"), made.is_valid(3)) == (True, "type" not in rule)


@pytest.mark.parametrize("rule", [{"pattern": "^(a+)+$"}, {"pattern": "^(?=a)(a|a)*$"}, {"pattern": r"^(\w+\s?)*$"}])
def test_a_pattern_that_goes_back_for_ever_elsewhere_is_matched(engine: str, rule: Any) -> None:
    """In values and in names; regress would take a thousand years for this text."""
    text = "a" * 60 + "!"
    found = schemas(
        "3.1.0", X=rule, Y={"patternProperties": {rule["pattern"]: False}, "additionalProperties": {"type": "integer"}}
    )
    for name, good, bad in (("X", "a" * 60, text), ("Y", {text: 1}, {text: "x"})):
        made = Schemas(found, engine).compile(found.root.child("components", "schemas", name), "request")
        assert made.is_valid(good)
        assert len(made.problems(bad)) == 1
        assert made.shape.member(text) is not None


def test_a_pattern_that_takes_too_many_steps_does_not_match(engine: str) -> None:
    """Look-around cannot be matched in linear time; the steps are limited."""
    found = schemas("3.1.0", X={"pattern": "^((?=a)a+)+$"})
    made = Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request")
    assert not made.is_valid("a" * 60 + "!")


@pytest.mark.parametrize(
    ("pattern", "repeats"),
    [
        ("^(a+)+$", True), ("(a|b)*", True), ("((a*)b)+", True), ("(?:a{2,}){3,}", True), (r"(\(+)+", True), ("(?<x>a?b+)*", True),
        ("^a+b*$", False), ("(ab)+", False), ("[(a+)]+", False), (r"\(a+\)+", False), ("(a+)?", False), ("(a+){2,4}", False),
    ],
)  # fmt: skip
def test_a_repetition_of_a_repetition_is_seen(pattern: str, repeats: bool) -> None:  # noqa: FBT001  a column of the table
    """Where there is no engine that limits its steps, such a pattern is left alone."""
    assert repeats_a_repetition(pattern) == repeats


REPETITIONS = [r"^\d+(-)?\d+$", "a+b?a+", r"^[0-9]+(\.)?[0-9]+$", "^(?:a+b*a+)$", "^[ab]+(?:cd)?[ab]+$", "^a{1,}b?a{1,}$", "^a+b??a+$", "^a*b?a*$", r"^a+?b?a+\{?$"]  # fmt: skip


@pytest.mark.parametrize(
    "more", [{}, {"maxLength": 9}, {"pattern": "(?!x)"}], ids=["linear", "another keyword", "look-around"]
)
@pytest.mark.parametrize("around", ["{}", "(?!x){}", "{}(?<!x)"], ids=["alone", "behind", "before"])
@pytest.mark.parametrize("pattern", REPETITIONS)
def test_repetitions_that_follow_each_other_are_all_there(engine: str, pattern: str, around: str, more: Any) -> None:
    """Whatever else the pattern has or stands beside: an engine took `a` for `a+b?a+`."""
    wanted = around.format(pattern)
    found = schema({"allOf": [{"pattern": wanted}, more]}, engine)
    for text in ("", "1", "12", "1-2", "1.2", "1..2", "a", "aa", "aba", "abba", "b", "acda", "aaaaaa", "aa{"):
        assert (found.problems(text) == []) is (re.search(wanted, text) is not None), text
        assert searches(wanted, text) is (re.search(wanted, text) is not None), text


CHARACTERS = ["a", "Z", "_", "7", "-", " ", "\t", "\v", "\n", "\r", "\x85", "\xa0", "\ufeff", "\u2028", "\u3000", "\u0663", "\xe9", "\U0001f600", "`", "[", "\x7f", "\x1f", "!"]  # fmt: skip
ESCAPES = [r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", ".", r"[\d]", r"[^\d]", r"[\D]", r"[^\D]", r"[\w]", r"[\W]", r"[^\W]", r"[\s]", r"[\S]", r"[^\S]", r"[\w.]", r"[\d_-]", r"[-\s]", r"[\]\d]", r"\u{3000}", r"\p{Lu}", r"[\u{60}\d]"]  # fmt: skip


@pytest.mark.parametrize("around", ["^{}$", "^(?!x){}$", "^(?=.|\\s){}(?<!x)$"], ids=["linear", "ahead", "behind"])
@pytest.mark.parametrize("escape", ESCAPES)
def test_classes_are_those_of_ecma_262(escape: str, around: str) -> None:
    """Whichever engine reads them; regress, a port of it, is the judge."""
    pattern = around.format(escape)
    judge = regress.Regex(pattern, "u")
    found = {text for text in CHARACTERS if searches(pattern, text)}
    assert found == {text for text in CHARACTERS if judge.find(text) is not None}
    assert found == {text for text in CHARACTERS if schema({"pattern": pattern}, "jsonschema-rs").is_valid(text)}


@pytest.mark.parametrize("pattern", [r"(?!x)\ba\b", r"(?!x)\Ba\b", r"(?!x)a\B", r"(?<!x)\Ba\B"])
def test_boundaries_beside_look_around_are_those_of_ascii_words(pattern: str) -> None:
    """As above; alone, the linear engine takes the words of Unicode."""
    judge = regress.Regex(pattern, "u")
    for text in ("a", "\xe9a", "a\xe9", "ba", "ab", " a ", "bab", "_a_", "-a-"):
        assert searches(pattern, text) is (judge.find(text) is not None), text


def test_a_pattern_is_quoted_as_it_is_written(engine: str) -> None:
    """However the engine has to read it."""
    for pattern in ("^(?!x)a+$", r"^[\w-.]+a(?=b)"):
        assert messages({"pattern": pattern}, engine, "!") == [f'body: "!" does not match the pattern {pattern}']


def test_without_a_limited_engine_no_pattern_takes_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts as unreadable, which is noted; others are matched."""
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    ecma._compiled.cache_clear()
    try:
        assert (is_pattern("^(a+)+$"), is_pattern("^a+$"), searches("^a+$", "b")) == (False, True, False)
    finally:
        ecma._compiled.cache_clear()


def test_a_value_that_is_too_deep_for_an_engine_is_told_as_that() -> None:
    """And not as a number."""
    value: Any = []
    for _ in range(300):
        value = [value]
    found = schemas("3.1.0", X={"items": {"type": "array"}})
    made = Schemas(found, "jsonschema-rs").compile(found.root.child("components", "schemas", "X"), "request")
    assert {problem.message for problem in made.problems(value)} <= {"is nested too deeply"}


def test_both_engines_name_the_same_first_problem_of_a_branch() -> None:
    """One looks at the members of the value in turn, the other at those of the schema."""
    branches = [{"properties": {"a": S}}, {"properties": {"a": S, "b": S}}]
    first, second = (messages({"anyOf": branches}, engine, {"b": None, "a": None}) for engine in ENGINES)
    assert first == second
