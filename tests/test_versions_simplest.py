"""One thing said in two ways is no change, and a near miss still breaks; the engines are the judges of what is fine."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import jsonschema
import jsonschema_rs
import pytest

from dynclient.versions import Changes, diff

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
PAIR: Schema = {"type": "object", "properties": {"a": TEXT, "b": TEXT}}
HAS_A: Schema = {"required": ["a"]}
HAS_B: Schema = {"required": ["b"]}


def sending(schema: Any) -> dict[str, Any]:
    """Return a document whose only operation sends and gives a schema."""
    content = {"application/json": {"schema": schema}}
    operation = {
        "operationId": "send",
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "ok", "content": content}},
    }
    return copy.deepcopy(
        {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/x": {"post": operation}}}
    )


def compared(old: Any, new: Any) -> Changes:
    """Return what a change of the schema changes, for callers and readers."""
    return diff(sending(old), sending(new))


#: Two ways to say one thing, and a near miss of it.
WAYS: dict[str, tuple[Any, Any, Any]] = {
    "pattern": ({**TEXT, "pattern": "^[0-9]+$"}, {**TEXT, "pattern": r"^\d+$"}, {**TEXT, "pattern": r"^\d*$"}),
    "pattern that matches everything": (TEXT, {**TEXT, "pattern": ".*"}, {**TEXT, "pattern": "."}),
    "patternProperties": (
        {"type": "object", "patternProperties": {"^[0-9]+$": TEXT}},
        {"type": "object", "patternProperties": {r"^\d+$": TEXT}},
        {"type": "object", "patternProperties": {r"^\d+$": {"type": "integer"}}},
    ),
    "closed patternProperties": (
        {"type": "object", "patternProperties": {"^[0-9]+$": TEXT}, "additionalProperties": False},
        {"type": "object", "patternProperties": {r"^\d+$": TEXT}, "additionalProperties": False},
        {"type": "object", "patternProperties": {r"^\d$": TEXT}, "additionalProperties": False},
    ),
    "not not": (TEXT, {"not": {"not": TEXT}}, {"not": {"not": {"type": "integer"}}}),
    "not not of an object": (PAIR, {"not": {"not": PAIR}}, {"not": {"not": {**PAIR, **HAS_A}}}),
    "not not not": ({"not": {**TEXT, "minLength": 2}}, {"not": {"not": {"not": {**TEXT, "minLength": 2}}}}, {"not": {**TEXT, "minLength": 1}}),
    "not a type": ({"type": ["string", "number"]}, {"not": {"type": ["null", "boolean", "array", "object"]}}, {"not": {"type": ["null", "boolean", "array"]}}),
    "not any of": (
        {"type": "integer", "allOf": [{"not": {"minimum": 9}}, {"not": {"multipleOf": 2}}]},
        {"type": "integer", "not": {"anyOf": [{"minimum": 9}, {"multipleOf": 2}]}},
        {"type": "integer", "not": {"anyOf": [{"minimum": 7}, {"multipleOf": 2}]}},
    ),
    "choice of one": (PAIR, {"oneOf": [PAIR]}, {"anyOf": [{**PAIR, **HAS_A}]}),
    "dependentRequired": (
        {**PAIR, "dependentRequired": {"a": ["b"]}},
        {**PAIR, "if": HAS_A, "then": HAS_B},
        {**PAIR, "if": HAS_B, "then": HAS_A},
    ),
    "dependentSchemas": (
        {**PAIR, "dependentRequired": {"a": ["b"]}},
        {**PAIR, "dependentSchemas": {"a": HAS_B}},
        {**PAIR, "dependentSchemas": {"a": {"required": ["b", "a"], "maxProperties": 1}}},
    ),
    "else of a negation": (
        {**PAIR, "if": HAS_A, "then": HAS_B, "else": {"maxProperties": 0}},
        {**PAIR, "if": {"not": HAS_A}, "then": {"maxProperties": 0}, "else": HAS_B},
        {**PAIR, "if": {"not": HAS_A}, "then": HAS_B, "else": {"maxProperties": 0}},
    ),
    "either not or": (
        {**PAIR, "if": HAS_A, "then": HAS_B},
        {**PAIR, "anyOf": [{"not": HAS_A}, HAS_B]},
        {**PAIR, "anyOf": [{"not": HAS_B}, HAS_A]},
    ),
    "if that always holds": ({**PAIR, **HAS_A}, {**PAIR, "if": True, "then": HAS_A}, {**PAIR, "if": True, "then": HAS_B}),
    "if without then": (PAIR, {**PAIR, "if": HAS_A}, {**PAIR, "if": HAS_A, "then": HAS_B}),
    "const and enum": ({"const": "a"}, {**TEXT, "enum": ["a"]}, {**TEXT, "enum": ["a", "b"]}),
    "enum beside a type": ({"enum": ["a", 1]}, {"enum": ["a", 1], "type": ["string", "integer"]}, {"enum": ["a", 1], "type": "string"}),
    "number and integer": ({"type": "number"}, {"type": ["integer", "number"]}, {"type": "integer"}),
    "a keyword of another type": (TEXT, {**TEXT, "minimum": 3, "required": ["a"]}, {**TEXT, "minLength": 3}),
    "inside a not": (
        {"type": "object", "properties": {"a": TEXT}, "not": {"properties": {"a": {"pattern": "^[0-9]$", "type": "string"}}, **HAS_A}},
        {"type": "object", "properties": {"a": TEXT}, "not": {"properties": {"a": {"pattern": r"^\d$", "type": "string", "minimum": 1}}, **HAS_A}},
        {"type": "object", "properties": {"a": TEXT}, "not": {"properties": {"a": {"pattern": "^x", "type": "string"}}, **HAS_A}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
def test_two_ways_to_say_one_thing_are_no_change(name: str) -> None:
    """In both directions."""
    one, other, _ = WAYS[name]
    for old, new in ((one, other), (other, one)):
        found = compared(old, new)
        assert (found.verdict, found.changes) == ("fine", ())


@pytest.mark.parametrize("name", WAYS)
def test_a_near_miss_breaks(name: str) -> None:
    """With a witness."""
    one, other, near = WAYS[name]
    for schema in (one, other):
        found = compared(schema, near)
        assert found.verdict == "breaks"
        assert any(change.witness is not None for change in found.changes)


def test_what_others_have_evaluated_is_not_rewritten_away() -> None:
    """A negation evaluates nothing, so two of them are not nothing where somebody asks."""
    closed = {"type": "object", "unevaluatedProperties": False}
    assert compared({**closed, **PAIR}, {**closed, "not": {"not": PAIR}}).verdict == "breaks"


#: What one schema accepts and another one refuses, though both have the same parts.
EVALUATED: dict[str, tuple[Any, Any, Any]] = {
    "properties of a neighbour": ({**PAIR, "unevaluatedProperties": False}, {"allOf": [PAIR, {"unevaluatedProperties": False}]}, {"a": ""}),
    "properties beside": (PAIR, {"allOf": [PAIR, {"unevaluatedProperties": False}]}, {"a": ""}),
    "others of a neighbour": (PAIR, {"type": "object", "allOf": [{"additionalProperties": True}, {"unevaluatedProperties": False}]}, {"a": ""}),
    "properties of a branch": (
        {**PAIR, "oneOf": [{"properties": {"c": TEXT}, "required": ["c"]}, {"properties": {"d": TEXT}, "required": ["d"]}], "unevaluatedProperties": False},
        {**PAIR, "unevaluatedProperties": False},
        {"c": ""},
    ),
    "others of a branch": (
        {**PAIR, "anyOf": [{"additionalProperties": TEXT}], "unevaluatedProperties": False},
        {**PAIR, "unevaluatedProperties": False},
        {"c": ""},
    ),
    "items of a neighbour": (
        {"type": "array", "items": TEXT, "unevaluatedItems": False},
        {"type": "array", "allOf": [{"items": TEXT}, {"unevaluatedItems": False}]},
        [""],
    ),
    "items of a branch": (
        {"type": "array", "anyOf": [{"prefixItems": [TEXT]}, {"maxItems": 0}], "unevaluatedItems": False},
        {"type": "array", "maxItems": 0},
        [""],
    ),
    "items that are contained": ({"type": "array", "contains": TEXT, "unevaluatedItems": False}, {"type": "array", "items": {"type": "integer"}}, [""]),
}  # fmt: skip


@pytest.mark.parametrize("name", EVALUATED)
def test_what_is_evaluated_elsewhere_counts(name: str) -> None:
    """Parts that are equal one by one mean something else beside each other; the same written twice is no change."""
    old, new, value = EVALUATED[name]
    for validator in (jsonschema.Draft202012Validator, jsonschema_rs.Draft202012Validator):
        assert validator(old).is_valid(value)
        assert not validator(new).is_valid(value)

    assert any("callers" in change.victims for change in compared(old, new).changes if change.breaking)
    assert compared(old, {"allOf": [old]}).verdict == compared(new, {**new}).verdict == "fine"


def test_a_condition_on_a_property_lets_more_than_objects_pass_its_if() -> None:
    """A text has no properties, so it fits `required`, and must fit the `then`; beside a type it is a dependency."""
    condition = {"if": HAS_A, "then": {"maxLength": 1}}
    assert [change.verdict for change in compared(TEXT, condition).changes if "callers" in change.victims] == ["breaks"]
    dependency = {"dependentSchemas": {"a": {"maxProperties": 1}}}
    assert (
        compared({**PAIR, "if": HAS_A, "then": {"maxProperties": 1}}, {"allOf": [PAIR, dependency]}).verdict == "fine"
    )


def test_a_pattern_and_a_name_may_be_of_one_property() -> None:
    """What the sender's pattern names must fit what the receiver says of the name, also where no others are described."""
    old = {"type": "object", "properties": {"a": TEXT}, "patternProperties": {"^b": TEXT}}
    found = compared(old, {"type": "object", "properties": {"a": TEXT, "b": {"const": 1}}})
    assert [(change.verdict, change.victims) for change in found.changes if "callers" in change.victims] == [
        ("breaks", ("callers",))
    ]
    assert compared(old, {"type": "object", "properties": {"a": TEXT, "b": TEXT}}).verdict == "fine"


def test_a_property_must_fit_all_patterns_that_name_it() -> None:
    """Also one that is narrower than that of the sender."""
    old = {"type": "object", "patternProperties": {"^a": TEXT}}
    new = {"type": "object", "patternProperties": {"^a": TEXT, "^ab": {"maxLength": 1}}}
    assert compared(old, new).verdict != "fine"
    apart = {"type": "object", "patternProperties": {"^a": TEXT, "^b": {"maxLength": 1}}}
    assert all(change.victims != ("callers",) for change in compared(old, apart).changes)


class Rewriting:
    """Says schemas in other words, at random."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  repeatable, not secret

    def schema(self, depth: int = 2) -> Schema:
        """Return a schema of small objects, texts and numbers."""
        leaves: list[Schema] = [
            TEXT, {"type": "integer", "minimum": 1}, {**TEXT, "pattern": "^[0-9]+$"}, {"enum": ["x", "12", 3]}, {**TEXT, "maxLength": 1},
        ]  # fmt: skip
        if depth == 0 or self.random.random() < 0.2:
            return self.random.choice(leaves)
        rules: Schema = {"type": "object", "properties": {"a": self.schema(depth - 1), "b": self.schema(depth - 1)}}
        more: list[Schema] = [
            {}, HAS_A, {"dependentRequired": {"a": ["b"]}}, {"if": HAS_A, "then": HAS_B, "else": HAS_A}, {"not": HAS_B},
            {"if": {"properties": {"a": self.schema(0)}, **HAS_A}, "then": HAS_B}, {"anyOf": [HAS_A, HAS_B]},
        ]  # fmt: skip
        return {**rules, **self.random.choice(more)}

    def rewritten(self, schema: Any) -> Any:
        """Return a schema that accepts the same values."""
        if not isinstance(schema, dict):
            return schema
        out = {
            name: {key: self.rewritten(each) for key, each in value.items()} if name == "properties" else value
            for name, value in schema.items()
        }
        ways: list[Callable[[Schema], Schema]] = [
            lambda same: same, lambda same: {"not": {"not": same}}, lambda same: {"anyOf": [same]}, lambda same: {"allOf": [same]},
            self.condition, self.words,
        ]  # fmt: skip
        return self.random.choice(ways)(out)

    def condition(self, schema: Schema) -> Schema:
        """Say a condition in another way."""
        out = dict(schema)
        if "dependentRequired" in out:
            del out["dependentRequired"]
            return {
                **out,
                **self.random.choice(
                    [
                        {"if": HAS_A, "then": HAS_B},
                        {"dependentSchemas": {"a": HAS_B}},
                        {"anyOf": [HAS_B, {"not": HAS_A}]},
                    ]
                ),
            }
        if "if" in out:
            turned = {"if": {"not": out.pop("if")}, "else": out.pop("then")}
            turned |= {"then": out.pop("else")} if "else" in out else {}
            return {**out, **turned}
        return out

    def words(self, schema: Schema) -> Schema:
        """Use other words for a pattern, a type or values."""
        out = dict(schema)
        if "pattern" in out:
            out["pattern"] = self.random.choice([r"^\d+$", "^[0-9][0-9]*$", "^([0-9]|[3-5])+$", "^(?:[0-9]){1,}$"])
        if "enum" in out:
            out["type"] = ["string", "number", "integer"]
        if out.get("type") == "string":
            out["minimum"] = 3
        return out


ATOMS = ["", "x", "1", "12", "xy", 0, 1, 3]
VALUES = [
    *ATOMS,
    *({**a, **b} for a in ({}, *({"a": each} for each in ATOMS)) for b in ({}, *({"b": each} for each in ATOMS))),
]


@pytest.mark.parametrize("seed", range(40))
def test_what_is_fine_is_never_contradicted(seed: int) -> None:
    """What was only said otherwise is fine; of two others, what both engines refuse is not."""
    make = Rewriting(seed)
    one, other = make.schema(), make.schema()
    same = make.rewritten(make.rewritten(one))
    assert compared(one, same).verdict == "fine", (one, same)
    for old, new in ((one, other), (same, other), (other, same)):
        callers = [change for change in compared(old, new).changes if change.breaking and "callers" in change.victims]
        if not callers:
            for accepts in (
                lambda schema: jsonschema_rs.Draft202012Validator(schema).is_valid,
                lambda schema: jsonschema.Draft202012Validator(schema).is_valid,
            ):
                sent, taken = accepts(old), accepts(new)
                assert [value for value in VALUES if sent(value) and not taken(value)] == [], (old, new)


def told(old: Any, new: Any) -> list[tuple[str, str]]:
    """Return what is said of a change, to whom."""
    return [(" ".join(change.victims), change.message) for change in compared(old, new).changes]


def test_a_narrower_pattern_breaks_callers_alone() -> None:
    """Readers have known all that it matches."""
    old, new = ({**TEXT, "pattern": pattern} for pattern in ("^[A-Z]{2,3}$", "^[A-Z]{3}$"))
    assert told(old, new) == [("callers", 'the pattern changed from "^[A-Z]{2,3}$" to "^[A-Z]{3}$"')]
    assert compared(old, new).verdict == "breaks"


def test_what_a_condition_does_not_name_is_not_gone() -> None:
    """The schema around it names it; a required property that is gone is told of once."""
    old = {**PAIR, "if": {"properties": {"a": {"const": "x"}}, **HAS_A}, "then": HAS_B}
    new = {**PAIR, "if": {"properties": {"a": {"const": "y"}}, **HAS_A}, "then": HAS_B}
    assert not any("removed" in message for _, message in told(old, new))
    assert not any("removed" in message for _, message in told(PAIR, {**PAIR, "anyOf": [HAS_A, HAS_B]}))
    one = {"type": "object", "properties": {"a": TEXT}}
    assert told({**PAIR, **HAS_B}, one) == [
        ("readers", "the required property 'b' was removed"),
        ("", "the required property 'b' was removed"),
    ]


def test_a_witness_has_only_properties_that_a_sender_knows() -> None:
    """Else everything that is open would break."""
    changes = compared({**PAIR, "minProperties": 1}, {**PAIR, "anyOf": [HAS_A, HAS_B]}).changes
    assert [change.verdict for change in changes] == ["unknown"]


def test_a_place_where_nothing_was_allowed_is_told_as_that() -> None:
    """And not as a schema that must not fit."""
    one, two = ({"type": "array", "prefixItems": [TEXT] * size, "items": False} for size in (1, 2))
    assert told(one, two) == [("readers", "a value is allowed here now")]
    assert told(two, one) == [("callers", "no value is allowed here any more")]
