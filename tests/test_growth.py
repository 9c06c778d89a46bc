"""What grows with what: calls of functions are counted, so that no clock decides.

A warm call is counted with a profiler, function by function; the count is the same on every machine.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dynclient import Client
from dynclient.api.api import Api
from dynclient.api.read import read
from dynclient.exchange import Headers, Response
from dynclient.opening import load
from dynclient.schema.bundle import Bundle
from dynclient.schema.bundler import Bundler
from dynclient.spec.node import Node
from dynclient.stubs.modules import stub_files

ITEM = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}


def orders(operations: int = 1) -> dict[str, Any]:
    """A document of so many operations, each of which takes and gives a list of items, from schemas that all share."""
    content = {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}}}
    answers = {"200": {"description": "OK", "content": content}}
    paths = {
        f"/things/{n}": {"post": {"operationId": f"use{n}", "requestBody": {"content": content}, "responses": answers}}
        for n in range(operations)
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Things", "version": "1"},
        "servers": [{"url": "http://127.0.0.1"}],
        "paths": paths,
        "components": {"schemas": {"Item": ITEM}},
    }


def body(items: int) -> list[dict[str, Any]]:
    """A body of so many items."""
    return [{"id": n, "name": "a"} for n in range(items)]


def count(call: Callable[[], object]) -> int:
    """How many functions, Python's own included, a call calls."""
    counted = 0

    def seen(_: Any, event: str, __: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    gc.collect()
    gc.disable()  # what other tests left behind may have functions to call when it goes
    sys.setprofile(seen)
    try:
        call()
    finally:
        sys.setprofile(None)
        gc.enable()
    return counted


def warm_call(client: Client, items: int) -> Callable[[], object]:
    """A call that is prepared and whose reply is read, made once before."""
    given = body(items)
    response = Response(200, Headers({"Content-Type": "application/json"}), json.dumps(body(items)).encode())

    def call() -> object:
        client.use0.prepare(given)
        return read(client.operations["use0"], response)

    call()
    return call


def counted(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> list[Any]:
    """The calls of a method from now on, each as its arguments."""
    calls: list[Any] = []
    original = getattr(owner, name)

    def told(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, name, told)
    return calls


def test_a_call_costs_the_same_however_many_operations_there_are() -> None:
    """To the very function call."""
    few, many = (count(warm_call(Client(orders(number)), 5)) for number in (5, 50))
    assert few == many


def test_a_call_grows_evenly_with_its_body() -> None:
    """Ten more items cost as much behind a hundred as behind ten."""
    client = Client(orders())
    costs = [count(warm_call(client, items)) for items in (10, 20, 100, 110)]
    assert costs[1] - costs[0] == costs[3] - costs[2]


def test_opening_grows_evenly_with_the_operations() -> None:
    """A hundred more cost as much behind five hundred as behind one hundred, but for how dicts grow."""
    texts = [json.dumps(orders(number)).encode() for number in (100, 200, 500, 600)]
    Client(texts[0], cache=False)
    costs = [count(lambda text=text: Client(text, cache=False)) for text in texts]
    assert costs[1] - costs[0] == pytest.approx(costs[3] - costs[2], rel=0.02)


def test_opening_translates_no_schema_and_the_first_call_only_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two hundred operations, the one that is called."""
    translated = counted(monkeypatch, Bundler, "entry")
    client = Client(orders(200))
    assert translated == []
    client.use0.prepare(body(1))
    assert len(translated) == 1


def test_a_second_call_looks_at_no_place_of_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """And translates nothing: what it needs is kept."""
    call = warm_call(Client(orders(3)), 5)
    touched = counted(monkeypatch, Node, "child"), counted(monkeypatch, Bundler, "bundle")
    call()
    assert touched == ([], [])


def test_the_first_call_looks_at_as_many_places_however_many_operations_there_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Only at its own."""
    seen = []
    for number in (5, 50):
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(orders(number)), "utf-8")
        client = Client(file)
        with monkeypatch.context() as patched:
            touched = counted(patched, Node, "child")
            warm_call(client, 1)
            seen.append(len(touched))
    assert seen[0] == seen[1] > 0


def test_a_value_in_schemas_that_all_refer_to_each_other_looks_at_those_on_its_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And not at every way through thirty of them, of which there are more than one could count."""
    each = {f"to{n}": {"$ref": f"#/components/schemas/S{n}"} for n in range(30)}
    named = {
        f"S{n}": {"type": "object", "properties": {**each, "day": {"type": "string", "format": "date"}}}
        for n in range(30)
    }
    data = orders()
    data["components"] = {"schemas": {**named, "Item": {"$ref": "#/components/schemas/S0"}}}
    looked: list[Any] = []
    original = Bundle._shape
    monkeypatch.setattr(Bundle, "_shape", lambda *args: looked.append(args) or original(*args))  # type: ignore[func-returns-value]
    request = Client(data).use0.prepare([{"to1": {"to2": {"day": datetime(2026, 5, 4, 12, tzinfo=UTC)}}}])
    assert request.content == b'[{"to1":{"to2":{"day":"2026-05-04"}}}]'
    assert len(looked) < 10


def test_a_component_has_one_shape_however_many_operations_refer_to_it() -> None:
    """A large document has thousands of operations that share a few hundred schemas."""
    operations = Client(orders(2)).operations
    items = [operations[f"use{n}"].reply(200).contents["application/json"].schema.shape.item for n in range(2)]
    assert items[0] is items[1]
    assert "id" in items[0].properties


def test_the_stubs_of_a_document_grow_with_its_tags(tmp_path: Path) -> None:
    """Twice as many tags take twice as many calls, not four times."""

    def stubs(tags: int) -> Callable[[], object]:
        document = orders(tags)
        for n in range(tags):
            document["paths"][f"/things/{n}"]["post"]["tags"] = [f"tag{n}"]
        api = Api.of(load(document))
        return lambda: stub_files(api, tmp_path / "things")

    few, many = count(stubs(100)), count(stubs(200))
    assert many < 2.2 * few
