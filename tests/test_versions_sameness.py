"""What two documents say in the same words is the same; everything else is left to the comparison."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

import dynclient
from dynclient.versions import diff
from dynclient.versions.sameness import Sameness

TEXT = {"type": "string"}


def document(**schemas: Any) -> dict[str, Any]:
    """Return a document whose only operation sends `Root`."""
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Root"}}}}
    operation = {"operationId": "send", "requestBody": body, "responses": {"204": {"description": "done"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/x": {"post": operation}},
        "components": {"schemas": {"Root": TEXT, **schemas}},
    }


def is_same(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether the operation says the same in both."""
    documents = [dynclient.load(copy.deepcopy(data)) for data in (old, new)]
    nodes = [each.root.child("paths", "/x", "post") for each in documents]
    return Sameness(*documents).holds(*nodes)


def root(schema: Any, **more: Any) -> dict[str, Any]:
    """Return a document with this root."""
    return document(Root=schema, **more)


def reference(name: str) -> dict[str, str]:
    """Return a reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TEXT, {**TEXT, "description": "d", "title": "t", "examples": ["a"], "x-a": 1}),
        ({"type": "object", "properties": {"a": TEXT}}, {"properties": {"a": {**TEXT, "description": "d"}}, "type": "object"}),
        ({"const": {"description": "a"}}, {"const": {"description": "a"}}),
    ],
)  # fmt: skip
def test_texts_and_order_do_not_count(old: Any, new: Any) -> None:
    """Wherever they stand."""
    assert is_same(root(old), root(new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TEXT, {"type": "integer"}),
        ({"const": 1}, {"const": True}),
        ({"enum": [[0]]}, {"enum": [[False]]}),
        ({"const": {"description": "a"}}, {"const": {"description": "b"}}),
        ({**TEXT, "default": "a"}, {**TEXT, "default": "b"}),
        ({"properties": {"description": TEXT}}, {"properties": {"description": {"type": "integer"}}}),
        ({"properties": {"properties": TEXT}}, {"properties": {"properties": {"type": "integer"}}}),
        ({"properties": {"x-a": TEXT}}, {"properties": {}}),
        ({"allOf": [TEXT]}, {"allOf": [TEXT, {}]}),
    ],
)
def test_what_is_sent_counts(old: Any, new: Any) -> None:
    """Also a property whose name is a keyword, and true instead of 1."""
    assert not is_same(root(old), root(new))


def test_what_a_reference_leads_to_counts() -> None:
    """Over any number of references, and around cycles."""
    tree = {"properties": {"next": reference("Tree"), "leaf": reference("Leaf")}}
    old = root(reference("Tree"), Tree=tree, Leaf=TEXT)
    assert is_same(old, root(reference("Tree"), Tree={**tree, "title": "t"}, Leaf=TEXT))
    assert not is_same(old, root(reference("Tree"), Tree=tree, Leaf={"type": "integer"}))
    assert not is_same(old, root(reference("Tree"), Tree=tree))


def test_a_pair_that_was_settled_within_another_stays_right() -> None:
    """The order of questions changes no answer."""
    schemas = {"A": {"items": reference("B")}, "B": {"items": reference("A"), "not": reference("C")}, "C": TEXT}
    old, new = (dynclient.load(document(**{**schemas, "C": last})) for last in (TEXT, {"type": "integer"}))
    for names in ("ABC", "CBA", "BAC"):
        same = Sameness(old, new)
        nodes = {name: [each.root.child("components", "schemas", name) for each in (old, new)] for name in names}
        assert [same.holds(*nodes[name]) for name in names] == [False, False, False]


def test_a_discriminator_depends_on_all_schemas() -> None:
    """One that builds on the base may have been added, though nothing refers to it."""
    base = {"type": "object", "required": ["k"], "properties": {"k": TEXT}, "discriminator": {"propertyName": "k"}}
    built = {"allOf": [reference("Root"), {"properties": {"a": TEXT}}]}
    old = root(base, Built=built)
    assert is_same(old, copy.deepcopy(old))
    assert not is_same(old, root(base, Built=built, Other=built))
    assert not is_same(old, root(base, Built={**built, "maxProperties": 1}))


def test_another_dialect_is_another_meaning() -> None:
    """3.0 reads the same words otherwise."""
    assert not is_same(document(), {**document(), "openapi": "3.0.3"})
    assert not is_same(document(), {**document(), "jsonSchemaDialect": "http://json-schema.org/draft-07/schema#"})


def test_the_same_words_are_not_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the operation that differs costs something."""
    old = root(reference("Tree"), Tree={"properties": {"next": reference("Tree")}})
    new = copy.deepcopy(old)
    monkeypatch.setattr("dynclient.schema.translator.Translator.translate", None)
    assert diff(old, new).changes == ()


def test_what_depends_on_the_schemas_around_it_is_not_settled() -> None:
    """Dynamic references, and places with a base or a dialect of their own."""
    for schema in ({"$dynamicRef": "#a"}, {"$id": "https://a.example/"}, {"items": {"$schema": "https://a.example/"}}):
        assert not is_same(root(schema), root(schema))


def test_the_dialect_of_another_file_counts(tmp_path: Path) -> None:
    """The same words at a place inside it mean something else in another draft."""
    documents = []
    for name, dialect in (("old", "draft-07"), ("new", "draft-04"), ("same", "draft-07")):
        (tmp_path / name).mkdir()
        file = {"$schema": f"http://json-schema.org/{dialect}/schema#", "definitions": {"A": TEXT}}
        (tmp_path / name / "types.json").write_text(json.dumps(file))
        (tmp_path / name / "api.json").write_text(json.dumps(root({"$ref": "types.json#/definitions/A"})))
        documents.append(dynclient.load(tmp_path / name / "api.json"))
    nodes = [each.root.child("paths", "/x", "post") for each in documents]
    assert not Sameness(*documents[:2]).holds(*nodes[:2])
    assert Sameness(documents[0], documents[2]).holds(nodes[0], nodes[2])
