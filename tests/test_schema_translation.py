"""OpenAPI's schemas as JSON Schema 2020-12."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator
from servers import document, schemas

from dynclient import SpecError
from dynclient.schema.bundler import bundle
from dynclient.schema.schemas import Schema, Schemas
from dynclient.schema.translator import Direction


def bundled(schema: Any, version: str = "3.0.3", direction: Direction = "request", **others: Any) -> dict[str, Any]:
    """The bundle of a schema."""
    found = schemas(version, X=schema, **others)
    return bundle(found, found.root.child("components", "schemas", "X"), direction)


def accepts(schema: Any, value: Any, version: str = "3.0.3", direction: Direction = "request", **others: Any) -> bool:
    """Whether a schema accepts a value, by a judge that knows JSON Schema only."""
    made = bundled(schema, version, direction, **others)
    Draft202012Validator.check_schema(made)
    return bool(Draft202012Validator(made).is_valid(value))


# Schema, what it accepts, what it refuses: OpenAPI 3.0.3, Schema Object.
ROWS_30: list[tuple[Any, list[Any], list[Any]]] = [
    ({"type": "string", "nullable": True}, ["a", None], [1]),
    ({"type": "string", "nullable": False}, ["a"], [None]),
    ({"type": "string"}, ["a"], [None]),
    ({"type": "string", "nullable": True, "enum": ["a", None]}, ["a", None], ["b"]),
    ({"type": "array", "nullable": True, "items": {"type": "integer", "nullable": True}}, [None, [1, None]], [["a"]]),
    ({"type": "object", "nullable": True, "properties": {"a": {"type": "string"}}}, [None, {"a": "b"}], [{"a": None}]),
    ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, [2], [1, 0]),
    ({"type": "integer", "minimum": 1, "exclusiveMinimum": False}, [1], [0]),
    ({"type": "integer", "maximum": 1, "exclusiveMaximum": True}, [0], [1, 2]),
    ({"type": "integer", "maximum": 1, "exclusiveMaximum": False}, [1], [2]),
    ({"type": "integer", "exclusiveMinimum": True}, [-1], ["a"]),
    ({"type": "integer"}, [1], [1.5, True, "1"]),
    ({"type": "number"}, [1, 1.5], [True, "1"]),
    ({"type": "object", "additionalProperties": False, "properties": {"a": {}}}, [{"a": 1}], [{"b": 1}]),
    ({"type": "object", "additionalProperties": {"type": "integer"}}, [{"b": 1}], [{"b": "1"}]),
    ({"allOf": [{"type": "object", "required": ["a"]}, {"required": ["b"]}]}, [{"a": 1, "b": 1}], [{"a": 1}]),
    ({"not": {"type": "string"}}, [1], ["a"]),
]


@pytest.mark.parametrize(("schema", "accepted", "refused"), ROWS_30)
def test_openapi_3_0_is_translated(schema: Any, accepted: list[Any], refused: list[Any]) -> None:
    """And openapi-schema-validator, which knows 3.0 by itself, thinks the same."""
    assert [accepts(schema, value) for value in accepted] == [True] * len(accepted)
    assert [accepts(schema, value) for value in refused] == [False] * len(refused)
    assert all(OAS30WriteValidator(schema).is_valid(value) for value in accepted)
    assert not any(OAS30WriteValidator(schema).is_valid(value) for value in refused)


def test_a_whole_number_is_an_integer_however_it_is_written() -> None:
    """A known disagreement: 2020-12 and most servers take 1.0, the draft under OpenAPI 3.0, and its validator, do not."""
    assert accepts({"type": "integer"}, 1.0)
    assert not OAS30WriteValidator({"type": "integer"}).is_valid(1.0)


@pytest.mark.parametrize(
    ("schema", "accepted", "refused"),
    [
        ({"type": ["string", "null"]}, ["a", None], [1]),
        ({"exclusiveMinimum": 1}, [2], [1]),
        ({"const": 1}, [1], [2]),
        ({"prefixItems": [{"type": "string"}], "items": False}, [["a"]], [["a", "b"]]),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, [{"a": 1, "b": 1}, {}], [{"a": 1}]),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, [{}], [{"a": 1}]),
        ({"$defs": {"N": {"type": "integer"}}, "$ref": "#/components/schemas/X/$defs/N"}, [1], ["a"]),
        ({"type": "string", "nullable": True}, ["a"], [None]),
        (True, [1, None], []),
        (False, [], [1, None]),
    ],
)
@pytest.mark.parametrize("version", ["3.1.0", "3.2.0"])
def test_later_versions_run_as_they_are(version: str, schema: Any, accepted: list[Any], refused: list[Any]) -> None:
    """They are JSON Schema 2020-12 already; nullable means nothing there."""
    assert [accepts(schema, value, version) for value in accepted] == [True] * len(accepted)
    assert [accepts(schema, value, version) for value in refused] == [False] * len(refused)


@pytest.mark.parametrize(("version", "refused"), [("3.0.3", []), ("3.1.0", ["ab"])])
def test_what_stands_beside_a_reference_counts_from_3_1_on(version: str, refused: list[str]) -> None:
    """OpenAPI 3.0.3, Reference Object: siblings are ignored."""
    schema = {"$ref": "#/components/schemas/T", "maxLength": 1}
    assert [text for text in ["a", "ab"] if not accepts(schema, text, version, T={"type": "string"})] == refused


def test_a_bundle_holds_all_that_the_schema_reaches_and_no_more() -> None:
    """Also in a circle, and each only once."""
    node = {"properties": {"next": {"$ref": "#/components/schemas/X"}, "leaf": {"$ref": "#/components/schemas/L"}}}
    made = bundled(node, L={"type": "string"}, Unused={"type": "object"})
    assert made["$defs"].keys() == {"X", "L"}
    assert accepts(node, {"next": {"next": {"leaf": "a"}}}, L={"type": "string"})
    assert not accepts(node, {"next": {"next": {"leaf": 1}}}, L={"type": "string"})


def test_two_schemas_of_one_name_are_kept_apart() -> None:
    """The last token of a reference is not always unique."""
    schema = {"allOf": [{"$ref": "#/components/schemas/A/properties/v"}, {"$ref": "#/components/schemas/B/properties/v"}]}  # fmt: skip
    others: dict[str, Any] = {"A": {"properties": {"v": {"minimum": 1}}}, "B": {"properties": {"v": {"maximum": 2}}}}
    assert [value for value in range(4) if accepts(schema, value, **others)] == [1, 2]


@pytest.mark.parametrize("name", ["a b", "ä", "a/b", "a~b", "100%", "a#b", 'a"b', "a[0]", "{a}", "a^b", "a?b"])
def test_a_referenced_schema_may_have_any_name(name: str, engine: str) -> None:
    """Pointers into properties lead to names of all kinds."""
    from dynclient.schema.schemas import Schema

    pointer = name.replace("~", "~0").replace("/", "~1").replace("%", "%25").replace("#", "%23")
    schema = {"$ref": f"#/components/schemas/O/properties/{pointer}"}
    made = Schema(lambda: bundled(schema, O={"properties": {name: {"type": "integer"}}}), engine)
    assert made.is_valid(1)
    assert not made.is_valid("a")


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_reference_that_leads_nowhere_is_refused(version: str) -> None:
    """The message says where it stands."""
    with pytest.raises(SpecError, match="there is no 'Nope'"):
        bundled({"items": {"$ref": "#/components/schemas/Nope"}}, version)


BOTH_WAYS = {
    "type": "object",
    "required": ["id", "secret", "name"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "secret": {"type": "string", "writeOnly": True},
        "name": {"type": "string"},
    },
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("direction", "value", "accepted"),
    [
        ("request", {"name": "a", "secret": "b"}, True),
        ("request", {"name": "a", "id": 1}, False),
        ("response", {"name": "a", "id": 1}, True),
        ("response", {"name": "a", "secret": "b"}, False),
        ("request", {"name": "a"}, False),
        ("response", {"name": "a"}, False),
    ],
)
def test_what_travels_one_way_is_required_that_way_only(
    version: str, direction: Direction, value: Any, accepted: bool  # noqa: FBT001  a column of the table
) -> None:  # fmt: skip
    """OpenAPI 3.0.3, Schema Object: readOnly and writeOnly; the referee agrees."""
    assert accepts(BOTH_WAYS, value, version, direction) is accepted
    judge = OAS30WriteValidator if direction == "request" else OAS30ReadValidator
    assert judge(BOTH_WAYS).is_valid(value) is accepted


def test_a_reference_may_lead_to_what_travels_one_way() -> None:
    """The mark is at its end."""
    schema = {"required": ["id"], "properties": {"id": {"$ref": "#/components/schemas/Id"}}}
    assert accepts(schema, {}, Id={"type": "integer", "readOnly": True})
    assert not accepts(schema, {}, direction="response", Id={"type": "integer", "readOnly": True})


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [{"$ref": "#/components/schemas/Parent"}], "required": ["id", "name"]},
        {"allOf": [{"$ref": "#/components/schemas/Parent"}, {"required": ["id", "name"]}]},
        {
            "allOf": [
                {"allOf": [{"$ref": "#/components/schemas/Parent"}]},
                {"type": "object", "required": ["id", "name"]},
            ]
        },
        {"properties": {"id": {"readOnly": True}}, "allOf": [{"required": ["id", "name"], "properties": {"name": {}}}]},
    ],
)
def test_a_part_may_require_what_another_part_describes(version: str, schema: Any) -> None:
    """What is composed by allOf is one object."""
    parent = {"properties": {"id": {"type": "integer", "readOnly": True}}}
    assert accepts(schema, {"name": "a"}, version, Parent=parent)
    assert not accepts(schema, {}, version, Parent=parent)
    assert not accepts(schema, {"name": "a"}, version, "response", Parent=parent)


@pytest.mark.parametrize(
    ("form", "low", "high"),
    [
        ("int8", -128, 127),
        ("uint8", 0, 255),
        ("int16", -32768, 32767),
        ("int32", -2147483648, 2147483647),
        ("uint32", 0, 4294967295),
        ("int64", -9223372036854775808, 9223372036854775807),
        ("uint64", 0, 18446744073709551615),
    ],
)
@pytest.mark.parametrize("nullable", [True, False])
def test_a_format_of_numbers_is_a_range(form: str, low: int, high: int, nullable: bool) -> None:  # noqa: FBT001
    """OpenAPI Format Registry."""
    schema = {"type": "integer", "format": form, "nullable": nullable}
    values = [low - 1, low, high, high + 1]
    assert [accepts(schema, value) for value in values] == [False, True, True, False]
    assert accepts(schema, None) is nullable


CAT = {"type": "object", "required": ["kind", "lives"], "properties": {"lives": {"type": "integer"}}}
DOG = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}
PETS: dict[str, Any] = {"Cat": CAT, "Dog": DOG}


def pet(mapping: dict[str, str] | None = None, keyword: str = "oneOf") -> dict[str, Any]:
    """A choice of cat and dog by their kind."""
    discriminator = {"propertyName": "kind", **({"mapping": mapping} if mapping else {})}
    refs = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]
    return {keyword: refs, "discriminator": discriminator}


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ({"kind": "Cat", "lives": 9}, True),
        ({"kind": "Cat"}, False),
        ({"kind": "Dog"}, True),
        ({"kind": "Dog", "lives": 9}, True),
        ({"kind": "Fish"}, False),
        ({"lives": 9}, False),
        ("Cat", False),
    ],
)
def test_a_discriminator_picks_the_branch(keyword: str, version: str, value: Any, accepted: bool) -> None:  # noqa: FBT001
    """Also where a value fits several: a dog with lives is not a cat."""
    assert accepts(pet(keyword=keyword), value, version, **PETS) is accepted


@pytest.mark.parametrize("target", ["#/components/schemas/Cat", "Cat"])
def test_a_mapping_gives_other_names(target: str) -> None:
    """In place of the schema's own, which then means nothing (Discriminator Object)."""
    schema = pet({"meow": target, "purr": target})
    accepted = [name for name in ("meow", "purr", "Cat", "Dog") if accepts(schema, {"kind": name, "lives": 9}, **PETS)]
    assert accepted == ["meow", "purr", "Dog"]


def test_a_discriminator_in_a_parent_leaves_the_parent_as_it_is() -> None:
    """It says which child a value is, and children refer to their parent by allOf."""
    parent = {"type": "object", "required": ["kind"], "discriminator": {"propertyName": "kind"}}
    child = {"allOf": [{"$ref": "#/components/schemas/Parent"}, {"required": ["lives"]}]}
    assert accepts(child, {"kind": "X", "lives": 9}, Parent=parent)
    assert not accepts(child, {"lives": 9}, Parent=parent)


def test_a_discriminator_may_be_null_too() -> None:
    """Where 3.0 says nullable."""
    assert accepts({**pet(), "nullable": True}, None, **PETS)


@pytest.mark.parametrize("keyword", ["description", "example", "x-mine", "externalDocs", "title"])
def test_annotations_are_left_out(keyword: str) -> None:
    """But a property may be called like one."""
    made = bundled({keyword: "a", "properties": {keyword: {"type": "integer"}}})
    assert made == {"properties": {keyword: {"type": "integer"}}}


@pytest.mark.parametrize("value", [{"$ref": "x"}, {"nullable": True}, {"description": "a"}])
def test_what_an_enum_holds_is_no_schema(value: Any) -> None:
    """It is data, and stays as it is."""
    assert accepts({"enum": [value]}, value)
    assert accepts({"const": value}, value, "3.1.0")


def test_a_document_is_not_changed() -> None:
    """Translating copies it."""
    original = {"type": "integer", "nullable": True, "format": "int32", "allOf": [{"minimum": 1}]}
    found = document(components={"schemas": {"X": original}})
    bundle(found, found.root.child("components", "schemas", "X"), "request")
    assert original == {"type": "integer", "nullable": True, "format": "int32", "allOf": [{"minimum": 1}]}


ANIMALS = {
    "Pet": {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}},
        "discriminator": {"propertyName": "kind", "mapping": {"doggy": "Dog"}},
    },
    "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"required": ["lives"]}]},
    "Dog": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"required": ["bark"]}]},
}


@pytest.mark.parametrize(
    ("model", "value", "fine"),
    [
        ("Pet", {"kind": "Cat", "lives": 9}, True),
        ("Pet", {"kind": "Cat"}, False),
        ("Pet", {"kind": "doggy"}, False),
        ("Pet", {"kind": "doggy", "bark": 1}, True),
        ("Pet", {"kind": "other"}, True),
        ("Pet", {}, False),
        ("Cat", {"kind": "Cat", "lives": 9}, True),
        ("Cat", {"kind": "Cat"}, False),
    ],
)
def test_a_base_is_checked_as_the_subtype_that_its_discriminator_names(
    engine: str,
    model: str,
    value: Any,
    fine: bool,  # noqa: FBT001
) -> None:
    """OpenAPI, Models with Polymorphism Support: by mapping and by name, without going round in circles."""
    assert compiled(model, ANIMALS, engine, "3.0.3").is_valid(value) is fine


def test_a_default_mapping_takes_what_no_other_takes(engine: str) -> None:
    """OpenAPI 3.2, Discriminator Object."""
    discriminator = {"propertyName": "k", "mapping": {"a": "A"}, "defaultMapping": "Other"}
    models = {
        "X": {"oneOf": [{"$ref": "#/components/schemas/A"}], "discriminator": discriminator},
        "A": {"required": ["a"]},
        "Other": {"required": ["o"]},
    }
    made = compiled("X", models, engine, "3.2.0")
    assert [made.is_valid(value) for value in ({"k": "a", "a": 1}, {"k": "z", "o": 1}, {"o": 1}, {"k": "a", "o": 1})] == [
        True, True, True, False,
    ]  # fmt: skip


def test_a_dynamic_reference_finds_the_outermost_anchor(engine: str) -> None:
    """JSON Schema 2020-12, section 8.2.3.2: the tree of the extended node."""
    models = {
        "Tree": {
            "$dynamicAnchor": "node",
            "type": "object",
            "properties": {"data": True, "children": {"type": "array", "items": {"$dynamicRef": "#node"}}},
        },
        "Strict": {"$dynamicAnchor": "node", "$ref": "#/components/schemas/Tree", "required": ["data"]},
    }
    strict, tree = (compiled(model, models, engine, "3.1.0") for model in ("Strict", "Tree"))
    value = {"data": 1, "children": [{"children": []}]}
    assert (strict.is_valid(value), tree.is_valid(value)) == (False, True)


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ({"items": [{"type": "string"}], "additionalItems": False}, ["a"], ["a", 1]),
        ({"minimum": 1, "exclusiveMinimum": True}, 2, 1),
        ({"dependencies": {"a": ["b"], "c": {"required": ["d"]}}}, {"a": 1, "b": 1}, {"c": 1}),
        ({"$ref": "#/components/schemas/Text", "maxLength": 1}, "long", 1),
    ],
)
def test_an_older_draft_is_honoured(engine: str, rule: Any, good: Any, bad: Any) -> None:
    """`$schema` names the dialect (OpenAPI 3.1, Schema Object)."""
    rule = {"$schema": "http://json-schema.org/draft-07/schema#", **rule}
    made = compiled("X", {"X": rule, "Text": {"type": "string"}}, engine, "3.1.0")
    assert (made.is_valid(good), made.is_valid(bad)) == (True, False)


def compiled(model: str, models: Any, engine: str, version: str) -> Schema:
    """One of several models of a small document."""
    found = schemas(version, **models)
    return Schemas(found, engine).compile(found.root.child("components", "schemas", model), "request")


def test_a_base_that_nothing_builds_on_chooses_nothing(engine: str) -> None:
    """Its discriminator is a property like any other."""
    base = {"properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind"}}
    found = schemas(X=base)
    made = Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request")
    assert made.is_valid({"kind": "any"})
    assert made.problems({"kind": 1})


@pytest.mark.parametrize("name", ["Base", "Dog"])
def test_a_discriminator_in_an_unnamed_part_is_that_of_the_whole(engine: str, name: str) -> None:
    """A subtype that builds on the whole does not come back to itself."""
    part = {
        "required": ["kind"],
        "discriminator": {"propertyName": "kind", "mapping": {"dog": "#/components/schemas/Dog"}},
    }
    dog = {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"bark": {"type": "integer"}}}]}
    found = schemas(Base={"allOf": [part]}, Dog=dog)
    made = Schemas(found, engine).compile(found.root.child("components", "schemas", name), "request")
    assert made.problems({"kind": "dog", "bark": 1}) == []
    assert [problem.path for problem in made.problems({"kind": "dog", "bark": "x"})] == [("bark",)]


def judged(model: str, models: Any, engine: str, version: str, values: list[Any]) -> list[bool]:
    """What one of several models says of values."""
    made = compiled(model, models, engine, version)
    return [made.is_valid(value) for value in values]


def test_a_generic_schema_is_bound_where_it_is_used(engine: str) -> None:
    """By a `$dynamicAnchor` among the `$defs` of a schema that nothing refers to (JSON Schema 2020-12, section 8.2.3.2)."""
    models = {
        "List": {
            "$id": "https://example.com/list",
            "type": "array",
            "items": {"$dynamicRef": "#T"},
            "$defs": {"T": {"$dynamicAnchor": "T", "not": {}}},
        },
        "X": {
            "$id": "https://example.com/texts",
            "$ref": "list",
            "$defs": {"T": {"$dynamicAnchor": "T", "type": "string"}},
        },
    }
    assert judged("X", models, engine, "3.1.0", [["a"], [1]]) == [True, False]
    assert judged("List", models, engine, "3.1.0", [[], ["a"]]) == [True, False]


def test_a_recursive_reference_of_2019_09_finds_the_outermost_anchor(engine: str) -> None:
    """JSON Schema 2019-09, section 8.2.4.2."""
    tree = {
        "$id": "https://example.com/tree",
        "$recursiveAnchor": True,
        "properties": {"below": {"$recursiveRef": "#"}},
    }
    strict = {"$id": "https://example.com/strict", "$recursiveAnchor": True, "$ref": "tree", "required": ["name"]}
    plain = {"$id": "https://example.com/plain", "properties": {"below": {"$recursiveRef": "#"}}, "required": ["name"]}
    models = {"Tree": tree, "Strict": strict, "Plain": plain}
    values = [{"name": 1, "below": {"name": 2}}, {"name": 1, "below": {}}]
    assert judged("Strict", models, engine, "3.1.0", values) == [True, False]
    assert judged("Plain", models, engine, "3.1.0", values) == [True, False]
    assert judged("Tree", models, engine, "3.1.0", values) == [True, True]


@pytest.mark.parametrize(
    ("kind", "first", "second"), [("integer", 1, 2), ("boolean", True, False), ("string", "1", "2")]
)
def test_a_discriminator_may_be_a_number_or_a_boolean(engine: str, kind: str, first: Any, second: Any) -> None:
    """The keys of its mapping are texts, with which values are compared as texts (OpenAPI 3.1.1, Discriminator Object)."""
    names = [str(value).lower() for value in (first, second)]
    models = {
        "X": {
            "oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}],
            "discriminator": {"propertyName": "t", "mapping": dict(zip(names, "AB", strict=True))},
        },
        "A": {"required": ["t", "a"], "properties": {"t": {"type": kind}}},
        "B": {"required": ["t", "b"], "properties": {"t": {"type": kind}}},
    }
    values = [{"t": first, "a": 1}, {"t": second, "b": 1}, {"t": first, "b": 1}, {"t": "z", "a": 1}]
    assert judged("X", models, engine, "3.1.0", values) == [True, True, False, False]


def test_a_choice_with_a_discriminator_may_hold_null(engine: str) -> None:
    """As 3.1 writes what was nullable."""
    nullable = {**pet(), "oneOf": [*pet()["oneOf"], {"type": "null"}]}
    values = [None, {"kind": "Dog", "lives": 9}, {"kind": "Cat"}, {"kind": "Fish"}, 1]
    assert judged("X", {"X": nullable, **PETS}, engine, "3.1.0", values) == [True, True, False, False, False]


POODLE = {"allOf": [{"$ref": "#/components/schemas/Dog"}, {"required": ["curls"]}]}


def test_a_base_knows_the_subtypes_of_its_subtypes(engine: str) -> None:
    """Inheritance has as many levels as the document gives it."""
    values = [{"kind": "Poodle", "bark": 1, "curls": 1}, {"kind": "Poodle", "bark": 1}, {"kind": "Poodle", "curls": 1}]
    assert judged("Pet", {**ANIMALS, "Poodle": POODLE}, engine, "3.0.3", values) == [True, False, False]


def test_a_default_mapping_of_a_base_takes_what_no_subtype_takes(engine: str) -> None:
    """OpenAPI 3.2, Discriminator Object; one that names the base itself asks for nothing more."""
    base = {"discriminator": {"propertyName": "kind", "defaultMapping": "Other"}}
    other = {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"required": ["name"]}]}
    values = [
        {"kind": "Cat", "lives": 9},
        {"kind": "Cat"},
        {"kind": "Fish"},
        {"kind": "Fish", "name": 1},
        {"name": 1},
        {},
    ]
    models = {**ANIMALS, "Pet": base, "Other": other}
    assert judged("Pet", models, engine, "3.2.0", values) == [True, False, False, True, True, False]
    models["Pet"] = {"discriminator": {"propertyName": "kind", "defaultMapping": "Pet"}}
    assert judged("Pet", models, engine, "3.2.0", values) == [True, False, True, True, True, True]


@pytest.mark.parametrize("kind", [{}, {"type": ["integer", "string", "null"]}, {"type": ["string", "number"]}])
def test_a_format_of_numbers_counts_for_every_number(engine: str, kind: dict[str, Any]) -> None:
    """Whatever else a value may be, and without a type (OpenAPI Format Registry)."""
    values = [2**31 - 1, 2**31, "2147483648"]
    assert judged("X", {"X": {**kind, "format": "int32"}}, engine, "3.1.0", values) == [True, False, True]


def test_a_dialect_is_that_of_the_whole_schema_resource(engine: str) -> None:
    """Also of the schemas in it (JSON Schema 2020-12, section 8.1.1): beside a `$ref` of draft 7 nothing counts."""
    inner = {"$ref": "#/definitions/text", "maxLength": 1}
    draft = {
        "$id": "https://example.com/old",
        "$schema": "http://json-schema.org/draft-07/schema#",
        "properties": {"a": inner},
        "definitions": {"text": {"type": "string"}},
    }
    assert judged("X", {"X": draft}, engine, "3.1.0", [{"a": "long"}, {"a": 1}]) == [True, False]
    newer = {**draft, "$schema": "https://json-schema.org/draft/2020-12/schema"}
    assert judged("X", {"X": newer}, engine, "3.1.0", [{"a": "long"}, {"a": "b"}]) == [False, True]
