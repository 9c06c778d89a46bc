"""explain: what a schema objects to, in words, whatever the engine."""

from typing import Any

import pytest
from servers import schemas

from dynclient.errors import InvalidRequest
from dynclient.opening import load
from dynclient.schema import problems
from dynclient.schema.bundle import Bundle
from dynclient.schema.schemas import Schemas

I = {"type": "integer"}  # noqa: E741  as short as the tables need it


def messages(value: Any, engine: str, data: Any, **others: Any) -> list[str]:
    """What a schema says of a value."""
    found = schemas("3.1.0", X=value, **others)
    made = Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request")
    return [str(problem) for problem in made.problems(data)]


HOOK = load("pieces_os")
EVENT = HOOK.root.child("components", "schemas", "PaddleCheckoutEvent")
EVENTS = "checkout.loaded, checkout.closed, checkout.updated, checkout.completed"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({}, ["has no discriminator: neither name nor type is present", f"name as one of {EVENTS}", "type as one of"]),
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
def test_a_problem_of_an_event_names_the_discriminator_and_its_values(
    engine: str, event: Any, expected: list[str]
) -> None:
    """Or, where it is plain which event was meant, what is wrong with that one."""
    text = "\n".join(map(str, Schemas(HOOK, engine).compile(EVENT, "request").problems(event)))
    assert all(words in text for words in expected), text


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
        ({"enum": list(range(99))}, "b", f'"b" is not one of {", ".join(map(str, range(20)))} and 79 more'),
        ({"const": "a"}, "b", '"b" is not "a"'),
        ({"format": "date"}, "x", '"x" is not a valid date'),
        ({"format": "date-time"}, "2031-02-30T09:00:00", '"2031-02-30T09:00:00" is not a valid date-time'),
        (
            {"format": "date-time"},
            "2031-01-02T09:00:00",
            '"2031-01-02T09:00:00" is not a valid date-time (a time zone is missing: Z, or an offset such as +02:00)',
        ),
        ({"pattern": "^a"}, "b", '"b" does not match the pattern ^a'),
        ({"minLength": 2}, "a", '"a" is shorter than the minimum length of 2'),
        ({"maxLength": 1}, "ab", '"ab" is longer than the maximum length of 1'),
        ({"minItems": 1}, [], "has fewer than 1 items"),
        ({"maxItems": 0}, [1], "has more than 0 items"),
        ({"uniqueItems": True}, [1, 1], "contains the same item twice"),
        ({"minProperties": 1}, {}, "has fewer than 1 properties"),
        ({"maxProperties": 0}, {"a": 1}, "has more than 0 properties"),
        ({"contains": {"const": 1}}, [2], "contains no item that matches `contains`"),
        ({"not": {"type": "null"}}, None, "null matches a schema that it must not match"),
        (False, 1, "1 is not allowed here"),
        ({"properties": {"a": False}}, {"a": 1}, "/a: 1 is not allowed here"),
    ],
)
def test_a_broken_rule_is_described_in_plain_words(engine: str, rule: Any, value: Any, text: str) -> None:
    """The same words, whatever the engine."""
    assert messages(rule, engine, value) == [f"body {text}" if text.startswith("/") else f"body: {text}"]


def test_a_problem_says_where_it_is(engine: str) -> None:
    """As the design promises it, word for word."""
    rule = {"properties": {"items": {"items": {"properties": {"quantity": {"minimum": 0}}}}}}
    found = messages(rule, engine, {"items": [{"quantity": -1}]})
    assert found == ["body /items/0/quantity: -1 is less than the minimum of 0"]


def test_a_member_may_have_the_name_of_a_number(engine: str) -> None:
    """As the statuses of a document's responses do."""
    schema = {
        "additionalProperties": {
            "required": ["a"],
            "properties": {"a": {"oneOf": [{"type": "string"}, {"type": "null"}]}},
        }
    }
    assert messages(schema, engine, {"200": {}, "201": {"a": 1}})[:1] == ["body /200/a: is required"]


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


def test_a_property_that_a_part_describes_is_documented(engine: str) -> None:
    """Only the one that no part of the schema knows is named."""
    rule = {"allOf": [{"properties": {"a": I}}], "unevaluatedProperties": False}
    assert messages(rule, engine, {"a": 1, "b": 2}) == ["body /b: is not a documented property"]


@pytest.mark.parametrize("mark", [{"format": "password"}, {"writeOnly": True}])
@pytest.mark.parametrize("rule", [{"maxLength": 3}, {"pattern": "^x$"}, {"enum": ["x"]}, {"type": "integer"}, {"const": 1}])  # fmt: skip
def test_a_secret_value_is_never_quoted(engine: str, mark: Any, rule: Any) -> None:
    """The message describes the fault without it."""
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
    """A rule in a part of the schema does not see the mark beside that part."""
    outer = {"type": "object", "properties": {"p": rule}, "required": ["q"]}
    text = "\n".join(messages(outer, engine, {"p": "fake-secret"}, Short={"maxLength": 3}))
    assert "/p" in text
    assert "fake-secret" not in text


def test_a_secret_inside_a_value_is_not_quoted_with_it(engine: str) -> None:
    """The object around it is the one that is wrong."""
    rule = {"type": "object", "properties": {"p": {"format": "password"}}, "not": {"required": ["p"]}}
    assert "fake-secret" not in "\n".join(messages(rule, engine, {"p": "fake-secret"}))


@pytest.mark.parametrize("name", ["password", "access_token", "cardNumber", "X-API-Key", "clientSecret", "cvv", "pin"])
@pytest.mark.parametrize(
    "rule",
    [{"enum": ["x"]}, {"const": "x"}, {"type": "integer"}, {"pattern": "^x$"}, {"maxLength": 1}, {"not": {}}, {"format": "date"}, {"anyOf": [{"type": "integer"}, {"maxLength": 1}]}, False],
)  # fmt: skip
def test_a_secret_by_its_name_is_never_quoted(engine: str, name: str, rule: Any) -> None:
    """Although the schema says nothing about it; the member is named all the same."""
    text = "\n".join(messages({"properties": {name: rule}}, engine, {name: "hunter2"}))
    assert f"/{name}: " in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    "rule",
    [
        {"not": {"required": ["password"]}},
        {"type": "array"},
        {"additionalProperties": {"type": "string"}, "properties": {"password": {}}},
        {"oneOf": [{"required": ["password"]}, {"type": "object"}]},
        {"anyOf": [{"type": "array"}, {"type": "string"}]},
    ],
)
def test_a_secret_by_its_name_is_not_quoted_with_the_value_around_it(engine: str, rule: Any) -> None:
    """At any depth; what is not secret stays visible."""
    text = "\n".join(messages(rule, engine, {"tokenCount": 3, "password": "hunter2", "in": [{"token": "hunter2"}]}))
    assert text
    assert "hunter2" not in text


def test_a_secret_discriminator_is_not_quoted(engine: str) -> None:
    """Nor an item after the last allowed one."""
    branches = [{"required": ["token"], "properties": {"token": {"const": value}}} for value in "ab"]
    assert "hunter2" not in "\n".join(messages({"oneOf": branches}, engine, {"token": "hunter2"}))
    closed = {"prefixItems": [{}], "items": False, "unevaluatedItems": {"format": "password"}}
    assert "hunter2" not in "\n".join(
        messages({"properties": {"secrets": closed}}, engine, {"secrets": [1, "hunter2"]})
    )


def test_a_parameter_with_a_secret_name_is_not_quoted(engine: str) -> None:
    """The name is part of the path to the value."""
    found = schemas("3.1.0", X={"type": "integer"})
    made = Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request")
    assert str(made.problems("hunter2", "query", ("apiKey",))[0]) == "query /apiKey: the value is not of type integer"


def test_a_value_that_a_part_of_a_branch_fixes_tells_the_branch(engine: str) -> None:
    """Through references and `allOf`, as anywhere else."""

    def event(kind: str, name: str) -> Any:
        return {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"kind": {"const": kind}, name: I}}]}

    base = {"required": ["kind"], "properties": {"kind": {"type": "string"}}}
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in "AB"]
    parts = {"Base": base, "A": event("a", "x"), "B": event("b", "y")}
    assert messages({"oneOf": refs}, engine, {"kind": "a", "x": "1"}, **parts) == [
        'body /x: "1" is not of type integer'
    ]
    assert messages({"oneOf": refs}, engine, {"x": 1}, **parts) == [
        "body: has no discriminator: kind is missing (give kind as one of a, b)"
    ]


def tagged(kind: str) -> dict[str, Any]:
    """Return a schema of objects that name their kind."""
    return {"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}}}


@pytest.mark.parametrize("other", [{"type": "array"}, {"type": ["string", "null"]}, {"$ref": "#/components/schemas/Y"}])
def test_a_branch_that_no_object_matches_needs_no_tag(other: dict[str, Any], engine: str) -> None:
    """An object names its kind whatever else a value may be."""
    found = messages({"oneOf": [tagged("a"), tagged("b"), other]}, engine, {"kind": "c"}, Y={"type": "null"})
    assert found == ['body /kind: has an unknown discriminator: kind is "c" (give kind as one of a, b)']


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"anyOf": [{"enum": ["x"]}, {"type": "null"}]}, "y", 'body: "y" is not one of "x"'),
        ({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Y"}]}, {"n": "x"}, 'body /n: "x" is not of type integer'),
        ({"anyOf": [I, {"type": "null"}, {"type": "boolean"}]}, "y", "body: matches none of integer | null | boolean"),
    ],
    ids=["enum", "reference", "three"],
)  # fmt: skip
def test_a_value_that_is_not_null_is_explained_by_what_else_it_may_be(
    schema: dict[str, Any], value: Any, expected: str, engine: str
) -> None:
    """As with `nullable`, which is such a choice."""
    (found,) = messages(schema, engine, value, Y={"type": "object", "properties": {"n": I}})
    assert found.startswith(expected)


def test_a_message_about_a_large_value_looks_at_no_more_than_it_shows(engine: str) -> None:
    """And the secret in it stays hidden."""
    rows = [{"n": number, "password": "hunter2", "more": [[0] * 50] * 50} for number in range(2000)]
    seen: list[Any] = []
    found = schemas("3.1.0", X={"not": {}, "items": {"properties": {"n": I}}})
    made = Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request")
    below = made.bundle.below
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Bundle, "below", lambda _, *others: seen.append(others) or below(*others))
        text = str(made.problems(rows)[0])
    assert text.startswith('body: [{"n": 0, "password": "(hidden)", "more": [[0, 0, ')
    assert len(seen) <= 200


def test_a_secret_name_of_a_member_is_not_shown(engine: str) -> None:
    """Neither in the place of a problem nor in a value."""
    rule = {"propertyNames": {"format": "password"}}
    assert messages({"type": "array", **rule}, engine, {"hunter2": 1}) == ['body: {"(hidden)": 1} is not of type array']
    closed = {"properties": {"a": {}}, "additionalProperties": False}
    assert messages({"allOf": [rule, closed]}, engine, {"hunter2": 1}) == [
        "body /(hidden): is not a documented property"
    ]
    inner = {"properties": {"o": {"additionalProperties": {"type": "string"}, **rule}}}
    assert messages(inner, engine, {"o": {"hunter2": 1}}) == ["body /o/(hidden): 1 is not of type string"]


@pytest.mark.parametrize(
    ("rule", "data"),
    [
        ({"required": [f"v{number}" for number in range(1500)]}, {}),
        ({"additionalProperties": False}, {f"v{number}": 1 for number in range(1500)}),
        ({"items": {"type": "string"}}, [1] * 1500),
    ],
)
def test_a_thousand_problems_of_a_value_are_listed_and_the_rest_is_counted(engine: str, rule: Any, data: Any) -> None:
    """Nobody reads more; an error's text lists fifty."""
    found = schemas("3.1.0", X=rule)
    listed = Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request").problems(data)
    assert (len(listed), sum(problem.count for problem in listed)) == (1001, 1500)
    assert str(listed[-1]) == "body: has 500 more problems, which are not listed"
    text = str(InvalidRequest("wrong", listed)).splitlines()
    assert (len(text), text[-1]) == (52, "  ... and 1,450 more")


def test_each_finding_of_nested_choices_is_explained_once(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their number would double with each level otherwise."""
    calls: list[str] = []
    explain = problems._Words.explain

    def counted(self: Any, finding: Any) -> Any:
        calls.append(finding.keyword)
        return explain(self, finding)

    monkeypatch.setattr(problems._Words, "explain", counted)
    chain = {
        f"S{at}": {"anyOf": [{"$ref": f"#/components/schemas/S{at - 1}"}, {"minimum": at}, {"type": "null"}]}
        for at in range(1, 20)
    }
    assert len(messages({"$ref": "#/components/schemas/S19"}, engine, -1, S0={"type": "string"}, **chain)) == 1
    assert len(calls) == 3 * 19 + 1


def test_a_choice_of_many_branches_is_told_by_the_first_ten(engine: str) -> None:
    """And the number of the others."""
    branches = [{"required": [f"v{number}"]} for number in range(140)]
    (told,) = messages({"anyOf": branches}, engine, {})
    assert "form 10 | 130 more (" in told
    assert "form 11" not in told
