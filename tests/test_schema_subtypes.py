"""shared: the subtypes that a discriminator names are compiled when a value names them, and nothing else changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from servers import schemas

from dynclient import SpecError
from dynclient.schema import discriminator, shared
from dynclient.schema.bundle import subschemas
from dynclient.schema.bundler import bundle
from dynclient.schema.finding import Compiled
from dynclient.schema.schemas import Schema, Schemas

REF = "#/components/schemas/"
PET = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"type": "string"}, "friend": {"$ref": f"{REF}Pet"}},
    "discriminator": {"propertyName": "kind", "mapping": {"doggy": f"{REF}Dog"}},
}


def builds(name: str, base: str = "Pet", **others: Any) -> dict[str, Any]:
    """A subtype with an integer of its own, which it requires."""
    rule = {"type": "object", "required": [name], "properties": {name: {"type": "integer"}}, **others}
    return {"allOf": [{"$ref": REF + base}, rule]}


MODELS: dict[str, Any] = {
    "Pet": PET, "Dog": builds("bark"), "Cat": builds("lives"), "Bird": builds("wings"), "Fish": builds("fins"), "Ant": builds("legs"),
    "Poodle": builds("curls", "Dog"),
    "Items": {"type": "array", "items": {"$ref": f"{REF}Pet"}},
    "Either": {"anyOf": [{"$ref": f"{REF}Pet"}, {"required": ["free"]}]},
    "One": {"oneOf": [{"$ref": f"{REF}Pet"}, {"required": ["bark"]}]},
    "Not": {"not": {"$ref": f"{REF}Pet"}},
    "Closed": {"allOf": [{"$ref": f"{REF}Pet"}], "unevaluatedProperties": False},
    "Nullable": {"type": ["object", "null"], "properties": {"pet": {"$ref": f"{REF}Pet"}}},
    "Names": {"propertyNames": {"$ref": f"{REF}Pet"}},
    "Listed": {"oneOf": [{"$ref": REF + name} for name in ("Cat", "Dog", "Bird")], "discriminator": {"propertyName": "kind", "mapping": {"doggy": "Dog"}}},
    "Listed-or-null": {"anyOf": [{"$ref": f"{REF}Cat"}, {"$ref": f"{REF}Dog"}, {"type": "null"}], "discriminator": {"propertyName": "kind"}},
    "With-listed": {"properties": {"pet": {"$ref": f"{REF}Listed"}}, "items": {"$ref": f"{REF}Listed-or-null"}},
}  # fmt: skip
PETS: list[Any] = [
    {"kind": "Cat", "lives": 9}, {"kind": "Cat"}, {"kind": "Cat", "lives": "x"}, {"kind": "doggy", "bark": 1}, {"kind": "doggy"}, {"kind": "Dog"},
    {"kind": "Poodle", "bark": 1, "curls": 1}, {"kind": "Poodle", "curls": 1}, {"kind": "Bird", "wings": 2}, {"kind": "Fish"}, {"kind": "Ant"},
    {"kind": "other"}, {"kind": 1}, {}, [], "Cat", None, {"kind": "other", "friend": {"kind": "Cat"}}, {"kind": "Cat", "lives": 1, "friend": {"kind": "doggy"}},
    {"free": 1, "kind": "Cat"}, {"kind": "other", "bark": 1}, {"kind": "Cat", "lives": 9, "tail": 1},
]  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("many", [2, 1000])
def test_a_subtype_that_waits_is_checked_like_one_that_does_not(
    engine: str, model: str, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Verdicts and problems are those of the whole schema, wherever the base is applied and in whichever order values come."""
    monkeypatch.setattr(shared, "MANY", many)
    found = schemas("3.1.0", **MODELS)
    node = found.root.child("components", "schemas", model)
    with monkeypatch.context() as patch:
        patch.setattr(discriminator, "SMALL", 1000)
        complete = bundle(found, node, "request")
    whole = Schema(lambda: complete, engine)
    for values in (PETS, PETS[::-1]):
        waiting = Schemas(found, engine).compile(node, "request")
        for pet in values:
            for value in (pet, [pet], {"pet": pet}):
                assert waiting.is_valid(value) == whole.is_valid(value), value
                assert set(waiting.problems(value)) == set(whole.problems(value)), value


@pytest.fixture(autouse=True)
def _waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here even a few subtypes wait."""
    monkeypatch.setattr(discriminator, "FEW", 0)
    monkeypatch.setattr(discriminator, "SMALL", 0)


def compiles(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The names of the properties in everything that is compiled from now on."""
    kept: list[set[str]] = []
    real = shared.compiled

    def compiled(schema: Any, *others: Any) -> tuple[Compiled, list[str]]:
        kept.append({name for part in subschemas(schema) for name in part.get("properties", ())})
        return real(schema, *others)

    monkeypatch.setattr(shared, "compiled", compiled)
    return kept


@pytest.mark.parametrize("model", ["Pet", "Listed"])
def test_a_subtype_is_compiled_when_a_value_names_it(engine: str, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not before, and none of the others with it."""
    kept = compiles(monkeypatch)
    found = schemas("3.0.3", X={"$ref": REF + model}, **MODELS)
    pet = Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request")
    assert pet.is_valid({"kind": "other"}) is (model == "Pet")
    assert not kept[0] & {"bark", "lives", "wings", "curls"}
    assert not pet.is_valid({"kind": "Cat"})
    assert pet.is_valid({"kind": "Cat", "lives": 1})
    assert [names & {"bark", "lives", "wings", "curls"} for names in kept] == [set(), {"lives"}]


def test_many_subtypes_in_turn_are_compiled_a_few_times_only(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some, all others come at once."""
    kept = compiles(monkeypatch)
    models = {f"Pet{number}": builds("n") for number in range(50)}
    found = schemas("3.0.3", X={"$ref": f"{REF}Pet"}, Pet=PET, Dog=builds("bark"), **models)
    pet = Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request")
    assert all(pet.is_valid({"kind": name, "n": 1}) and not pet.is_valid({"kind": name}) for name in models)
    assert len(kept) == 5


@pytest.mark.parametrize("way", ["request", "response"])
def test_a_subtype_that_differs_between_the_directions_stays_different(engine: str, way: Any) -> None:
    """Although both directions share the base."""
    one_way = builds("id")
    one_way["allOf"][1]["properties"]["id"]["readOnly"] = True
    found = schemas("3.0.3", X={"$ref": f"{REF}Pet"}, **{**MODELS, "Cat": one_way})
    kept = Schemas(found, engine)
    node = found.root.child("components", "schemas", "X")
    accepted = {name: kept.compile(node, name).is_valid({"kind": "Cat"}) for name in (way, "request", "response")}
    assert accepted == {"request": True, "response": False}


def test_a_mapping_that_leads_nowhere_is_the_documents_fault(engine: str) -> None:
    """Where a value names that subtype, or any other."""
    base = {**PET, "discriminator": {"propertyName": "kind", "mapping": {"cat": f"{REF}Gone"}}}
    found = schemas("3.0.3", X={"$ref": f"{REF}Pet"}, Pet=base)
    pet = Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request")
    with pytest.raises(SpecError, match="Gone"):
        pet.is_valid({"kind": "cat"})


def test_a_subtype_that_is_not_a_schema_is_named_by_its_place(engine: str) -> None:
    """As if it had not waited."""
    found = schemas("3.0.3", X={"$ref": f"{REF}Pet"}, **{**MODELS, "Cat": builds("lives", minProperties="x")})
    pet = Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request")
    assert pet.is_valid({"kind": "other"})
    with pytest.raises(SpecError, match="/components/schemas/Cat"):
        pet.is_valid({"kind": "Cat"})


#: The integers that each subtype requires.
OWN = {
    "Good": ["good"],
    "Cat": ["lives"],
    "doggy": ["bark"],
    "Bird": ["wings"],
    "Fish": ["fins"],
    "Ant": ["legs"],
    "Poodle": ["bark", "curls"],
}


@pytest.mark.parametrize(
    "order",
    [("Good", "Bad", "Cat"), ("Bad", "Good", "Bad"), ("Cat", "doggy", "Bird", "Fish", "Ant", "Bad", "Good", "Poodle")],
)
def test_a_subtype_that_cannot_be_used_fails_only_the_values_that_name_it(engine: str, order: tuple[str, ...]) -> None:
    """Each time, whatever values came before."""
    broken = {"Good": builds("good"), "Bad": builds("bad", properties={"more": {"$ref": f"{REF}Gone"}})}
    document = schemas("3.1.0", **MODELS, **broken, **{f"Filler{number}": {} for number in range(60)})
    pet = Schemas(document, engine).compile(document.root.child("components", "schemas", "Pet"), "response")
    for name in (*order, *order):
        if name == "Bad":
            with pytest.raises(SpecError, match="Gone"):
                pet.is_valid({"kind": name})
            with pytest.raises(SpecError, match="Gone"):
                pet.problems({"kind": name})
        else:
            assert not pet.is_valid({"kind": name})
            assert pet.problems({"kind": name, **dict.fromkeys(OWN[name], 1)}) == []


def test_a_subtype_that_cannot_be_used_hides_no_problem_of_other_values(engine: str) -> None:
    """A message about one value needs to know of the others only what they have."""
    broken = {"Good": builds("good"), "Bad": builds("bad", allOf=[{"$ref": f"{REF}Gone"}])}
    document = schemas("3.1.0", **MODELS, **broken, **{f"Filler{number}": {} for number in range(60)})
    pet = Schemas(document, engine).compile(document.root.child("components", "schemas", "Pet"), "response")
    assert [str(problem) for problem in pet.problems({"kind": "Good"})] == ["body /good: is required"]


def test_a_pattern_that_a_waiting_subtype_cannot_have_checked_is_noted(engine: str) -> None:
    """Once it is compiled."""
    found = schemas("3.0.3", X={"$ref": f"{REF}Pet"}, Pet=PET, Cat=builds("lives", pattern="("), Dog=builds("bark"))
    pet = Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request")
    assert pet.is_valid({"kind": "Cat", "lives": 1})
    assert any("is not checked" in problem.message for problem in found.problems)


def test_threads_may_name_subtypes_at_the_same_time(engine: str) -> None:
    """Each gets its own verdict."""
    models = {f"Pet{number}": builds("n") for number in range(20)}
    values = [{"kind": name, **fields} for name in models for fields in ({"n": 1}, {"n": "x"}, {})] * 3
    for _ in range(5):
        found = schemas("3.0.3", X={"$ref": f"{REF}Pet"}, Pet=PET, Dog=builds("bark"), **models)
        pet = Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request")
        with ThreadPoolExecutor(8) as pool:
            verdicts = list(pool.map(pet.is_valid, values))
        assert verdicts == [value.get("n") == 1 for value in values]


def test_few_subtypes_do_not_wait(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """To compile them at once takes less time than to compile the rest twice."""
    monkeypatch.undo()
    kept = compiles(monkeypatch)
    found = schemas("3.0.3", X={"$ref": f"{REF}Pet"}, **MODELS)
    pet = Schemas(found, engine).compile(found.root.child("components", "schemas", "X"), "request")
    assert not pet.is_valid({"kind": "Cat"})
    assert len(kept) == 1


@pytest.mark.parametrize("type_", [["object", "string", "null"], None])
def test_a_value_that_is_not_an_object_names_no_subtype(engine: str, type_: Any) -> None:
    """Where the base allows it, no subtype objects."""
    base = {name: value for name, value in PET.items() if name != "type"} | ({"type": type_} if type_ else {})
    found = schemas("3.1.0", **MODELS | {"Pet": base})
    pet = Schemas(found, engine).compile(found.root.child("components", "schemas", "Pet"), "response")
    assert [pet.problems(value) for value in ("x", None)] == [[], []]
    assert [str(problem) for problem in pet.problems({"kind": "Cat"})] == ["body /lives: is required"]
