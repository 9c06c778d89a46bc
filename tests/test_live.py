"""A client while it runs: versions swapped under it, named for one call, or shadowed."""

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Serve
from servers import Received, document, reply

from dynclient import (
    Api,
    AsyncClient,
    Client,
    DynclientWarning,
    InvalidRequest,
    Options,
    Pagination,
    Response,
    SpecError,
    UnknownOperation,
    load,
)
from dynclient.catalog import shelves

OK = {"200": {"description": "OK", "content": {"application/json": {}}}}


def version(number: str, paths: Any = None, **parts: Any) -> dict[str, Any]:
    """A version of an API that tells its number in the path of its one operation."""
    paths = paths or {f"/v{number}/pet": {"get": {"operationId": "getPet", "responses": OK}}}
    return {"openapi": "3.1.0", "info": {"title": "Shop", "version": "same"}, "paths": paths, **parts}


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts versions of an API `shop` into the folder of documents of a project."""
    monkeypatch.setattr(shelves, "packaged_shelf", lambda: tmp_path / "none")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs" / "shop").mkdir(parents=True)

    def put(settings: str = "", **versions: Any) -> Path:
        for name, data in versions.items():
            path = tmp_path / "specs" / "shop" / f"{name.removeprefix('v').replace('_', '.')}.yaml"
            path.write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")
        (tmp_path / "specs" / "dynclient.toml").write_text(settings, "utf-8")
        return tmp_path / "specs"

    return put


@pytest.fixture
def two(shelf: Callable[..., Path]) -> Path:
    """Two versions, the first of which is pinned."""
    return shelf('[apis.shop]\nversion = "1.0"\n', v1_0=version("1"), v2_0=version("2"))


def targets(server: Any) -> list[str]:
    """What was asked for, in order."""
    return [request.target for request in server.received]


# Swaps.


@pytest.mark.usefixtures("two")
def test_a_version_is_swapped_for_all_copies_and_for_operations_that_were_held(serve: Serve) -> None:
    """One line, and back."""
    server = serve(reply(data={}))
    client = Client("shop", server=server.url)
    held, copied = client.get_pet, client.with_options(timeout=3).get_pet
    for number in ("2.0", "1.x", ">=2"):
        client.use(number)
        held()
        copied()
        client.get_pet()
    assert targets(server) == ["/v2/pet"] * 3 + ["/v1/pet"] * 3 + ["/v2/pet"] * 3
    assert client.document.options.version == "2.0"


@pytest.mark.usefixtures("two")
def test_a_version_that_cannot_be_used_changes_nothing(two: Path) -> None:
    """The client goes on with what it has."""
    client = Client("shop", server="http://h")
    (two / "shop" / "3.0.yaml").write_text("openapi: [", "utf-8")
    for wrong, message in (("9", "the catalog has 1.0, 2.0"), ("3.0", r"3\.0\.yaml:2:1"), ("^1", "not a bound")):
        with pytest.raises(SpecError, match=message):
            client.use(wrong)
    assert client.get_pet.prepare().url == "http://h/v1/pet"
    with pytest.raises(SpecError, match="is not of the catalog; pass a Document or an Api"):
        Client(document({})).use("2")


def test_a_client_of_a_file_takes_another_document() -> None:
    """Or an Api."""
    client = Client(load(version("1")), server="http://h")
    held = client.get_pet
    client.use(load(version("2")))
    assert held.prepare().url == "http://h/v2/pet"
    client.use(Api.of(load(version("3"))))
    assert held.prepare().url == "http://h/v3/pet"


def test_what_vanished_is_named_with_its_version_and_its_successor(shelf: Callable[..., Path]) -> None:
    """Whether the client had that version, or the catalog has it."""
    old = {
        "/pets/{id}": {
            "get": {
                "operationId": "getPet",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}],
            }
        }
    }
    renamed = {
        "/pets/{petId}": {
            "get": {
                "operationId": "readPet",
                "parameters": [{"name": "petId", "in": "path", "required": True, "schema": {}}],
            }
        }
    }
    shelf(v1=version("1", old), v2=version("2", renamed))
    client = Client("shop", version="1", server="http://h")
    held = client.get_pet
    client.use("2")
    message = r"Shop 2 has no operation 'get_?[pP]et'; Shop 1 has it \(GET /pets/\{id\}\); read_pet .* looks like its successor"
    with pytest.raises(UnknownOperation, match=message):
        held("1")
    for ask in (lambda: Client("shop").get_pet, lambda: Client("shop").prepare("getPet", {"id": "1"})):
        with pytest.raises(UnknownOperation, match=message):
            ask()
    assert not hasattr(client, "get_pet")
    client.use("1")
    assert held.prepare("7").url.endswith("/pets/7")


def test_a_call_under_way_ends_with_its_version(serve: Serve, two: Path) -> None:
    """A stream reads its items by the schema that it began with."""
    for number, kind in (("1.0", "integer"), ("2.0", "string")):
        lines = {"application/jsonl": {"itemSchema": {"type": kind}}}
        data = version(
            number,
            {"/a": {"get": {"operationId": "getPet", "responses": {"200": {"description": "OK", "content": lines}}}}},
        )
        (two / "shop" / f"{number}.yaml").write_text(yaml.safe_dump({**data, "openapi": "3.2.0"}), "utf-8")
    client = Client("shop", server=serve(reply(data=b"1\n2\n", kind="application/jsonl")).url)
    with client.get_pet.stream() as stream:
        client.use("2.0")
        assert list(stream) == [1, 2]


def keyed(number: str, **schemes: Any) -> dict[str, Any]:
    """A version with security schemes, of which its operation needs all."""
    path = {
        f"/v{number}": {"get": {"operationId": "getPet", "responses": OK, "security": [{name: [] for name in schemes}]}}
    }
    return version(number, path, components={"securitySchemes": schemes})


def key(name: str, place: str = "header") -> dict[str, Any]:
    """A key as a security scheme."""
    return {"type": "apiKey", "in": place, "name": name}


def test_credentials_go_to_the_scheme_that_does_the_same(shelf: Callable[..., Path], serve: Serve) -> None:
    """Though its id is another's: here they have changed places."""
    shelf(v1=keyed("1", a=key("X-A"), b=key("X-B")), v2=keyed("2", b=key("x-a"), c=key("X-B")))
    server = serve(reply(data={}))
    client = Client("shop", version="1", server=server.url, auth={"a": "fake-a", "b": "fake-b"})
    for number in ("1", "2", "1", "2"):
        client.use(number)
        client.get_pet()
        assert (server.last.headers["x-a"], server.last.headers["x-b"]) == ("fake-a", "fake-b")


def test_credentials_of_the_environment_are_carried_over(
    shelf: Callable[..., Path], serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the variable of the former id."""
    shelf(v1=keyed("1", old=key("X-A")), v2=keyed("2", new=key("X-A")))
    server = serve(reply(data={}))
    monkeypatch.setenv("DYNCLIENT_SHOP_OLD", "fake-a")
    client = Client("shop", version="1", server=server.url)
    client.use("2")
    client.get_pet()
    assert server.last.headers["x-a"] == "fake-a"


def test_what_credentials_lack_is_said_before_the_swap(shelf: Callable[..., Path]) -> None:
    """And can be given with it."""
    shelf(
        v1=keyed("1", a=key("X-A")),
        v2=keyed("2", a=key("X-A"), b=key("b", "query")),
        v3=keyed("3", a=key("a", "query")),
    )
    client = Client("shop", version="1", server="http://h", auth={"a": "fake-a"})
    with pytest.raises(
        InvalidRequest, match=r"do not fit Shop 2\n.*credentials are missing: b \(the key for the query b\)"
    ):
        client.use("2")
    with pytest.raises(InvalidRequest, match=r"do not fit Shop 3\n.*auth /a: there is no one scheme like a"):
        client.use("3")
    assert client.get_pet.prepare().url == "http://h/v1"
    with pytest.raises(InvalidRequest, match=r"getPet: .*\n.*credentials are missing: b"):
        client.get_pet.with_options(version="2").prepare()
    with pytest.raises(InvalidRequest, match="do not fit Shop 2"):
        client.use("2")
    client.use("2", auth={"b": "fake-b"})
    assert client.get_pet.prepare().url == "http://h/v2?b=fake-b"


def test_another_scheme_takes_the_place_of_one_that_is_gone(shelf: Callable[..., Path]) -> None:
    """When its credential is given with the swap; and the way back is open."""
    shelf(v1=keyed("1", a=key("X-A")), v2=keyed("2", b=key("X-B")))
    client = Client("shop", version="1", server="http://h", auth={"a": "fake-a"})
    client.use("2", auth={"b": "fake-b"})
    assert client.get_pet.prepare().headers["X-B"] == "fake-b"
    client.use("1")
    assert client.get_pet.prepare().headers["X-A"] == "fake-a"


def test_credentials_wait_while_a_version_needs_none(shelf: Callable[..., Path]) -> None:
    """Security that is lifted is no reason to refuse a version."""
    open_paths = {"/v2": {"get": {"operationId": "getPet", "responses": OK}}}
    shelf(v1=keyed("1", a=key("X-A")), v2=version("2", open_paths))
    client = Client("shop", version="2", server="http://h", auth={"a": "fake-a"})
    for number in ("2", "1", "2", "1"):
        client.use(number)
        assert client.get_pet.prepare().headers.get("X-A") == (None if number == "2" else "fake-a")


@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_credentials_may_be_named_as_in_another_version(shelf: Callable[..., Path], number: str) -> None:
    """So the same program runs by each of them; a name that none has is an error."""
    shelf(v1=keyed("1", a=key("X-A")), v2=keyed("2", A=key("x-a")), v3=keyed("3", b=key("X-B")))
    client = Client("shop", version=number, server="http://h", auth={"a": "fake-a", "b": "fake-b"})
    for each in (number, "3", "1", "2"):
        client.use(each)
        assert {*client.get_pet.prepare().headers.values()} & {"fake-a", "fake-b"} == {
            "fake-b" if each == "3" else "fake-a"
        }
    with pytest.raises(InvalidRequest, match="auth /c: is not a security scheme"):
        Client("shop", version=number, server="http://h", auth={"c": "fake-c"})


def echo(request: Received) -> bytes:
    """Answer with the version in the path, and the one that the header names."""
    return reply(data={"path": request.target[2], "header": request.headers["x-version"]})


@pytest.fixture
def telling(shelf: Callable[..., Path]) -> None:
    """Two versions that differ in path, header, and schema, so that a mixture of them shows."""
    sends = '[apis.shop]\nversion = "1"\nsends = {header = "X-Version"}\n'
    shelf(sends, **{
        f"v{number}": version(number, {f"/v{number}": {"get": {"operationId": "getPet", "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": {
            "properties": {name: {"const": number} for name in ("path", "header")}}}}}}}}})
        for number in ("1", "2")
    })  # fmt: skip


@pytest.mark.usefixtures("telling")
def test_no_thread_sees_a_mixture_while_versions_are_swapped(serve: Serve) -> None:
    """16 threads call while another swaps 1,000 times; no call fails, as both versions take it."""
    client = Client("shop", server=serve(echo).url)
    over, seen, held = threading.Event(), [], client.get_pet

    def call() -> None:
        while not over.is_set():
            found = held()
            seen.append(found["path"] == found["header"])

    threads = [threading.Thread(target=call) for _ in range(16)]
    for thread in threads:
        thread.start()
    for count in range(1000):
        client.use("2" if count % 2 == 0 else "1")
    over.set()
    for thread in threads:
        thread.join()
    assert len(seen) >= 16
    assert all(seen)


@pytest.mark.usefixtures("telling")
def test_no_task_sees_a_mixture_while_versions_are_swapped(serve: Serve) -> None:
    """The same for asyncio."""

    async def main() -> list[bool]:
        over, seen = False, []
        async with AsyncClient("shop", server=serve(echo).url) as client:
            held = client.get_pet

            async def call() -> None:
                while not over:
                    found = await held()
                    seen.append(found["path"] == found["header"])

            tasks = [asyncio.create_task(call()) for _ in range(16)]
            for count in range(1000):
                client.use("2" if count % 2 == 0 else "1")
                if count % 50 == 0:
                    await asyncio.sleep(0.001)
            over = True
            await asyncio.gather(*tasks)
        return seen

    found = asyncio.run(main())
    assert len(found) >= 16
    assert all(found)


# One call, one operation.


@pytest.mark.usefixtures("two")
def test_a_version_can_be_named_for_one_call() -> None:
    """Such a copy stays with it, whatever the others do."""
    client = Client("shop", server="http://h")
    other = client.with_options(version="2.0")
    assert client.get_pet.with_options(version="2.x").prepare().url == "http://h/v2/pet"
    assert [client.get_pet.prepare().url, other.get_pet.prepare().url] == ["http://h/v1/pet", "http://h/v2/pet"]
    client.use("2.0")
    other.use("1.0")
    assert [client.get_pet.prepare().url, other.get_pet.prepare().url] == ["http://h/v2/pet", "http://h/v1/pet"]
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        other.get_pet()


def test_the_settings_name_a_version_for_single_operations(shelf: Callable[..., Path]) -> None:
    """One that only a preview has, too."""
    paths = {f"/2/{name}": {"get": {"operationId": name, "responses": OK}} for name in ("getPet", "getNew")}
    settings = '[apis.shop]\nversion = "1"\noperations = {getNew = "2-preview"}\n'
    specs = shelf(settings, v1=version("1"), **{"v2-preview": version("2", paths)})
    client = Client("shop", server="http://h")
    assert [client.get_pet.prepare().url, client.getNew.prepare().url] == ["http://h/v1/pet", "http://h/2/getNew"]
    assert client.prepare("get_new").url == "http://h/2/getNew"
    assert "getNew" in dir(client)
    (specs / "dynclient.toml").write_text(settings.replace("getNew", "getNwe"), "utf-8")
    with pytest.raises(SpecError, match=r"names 2-preview for the operation 'getNwe', which neither version has"):
        Client("shop")
    (specs / "dynclient.toml").write_text(settings.replace("2-preview", "7"), "utf-8")
    with pytest.raises(
        SpecError, match=r"dynclient\.toml:3: operations: getNew is to have 7; the catalog has 1, 2-preview"
    ):
        Client("shop")


# Versions on the wire.


@pytest.mark.parametrize(
    ("place", "url", "header"),
    [('header = "X-Version"', "http://h/a", "2"), ('query = "api-version"', "http://h/a?api-version=2", None),
     ('header = "X-Version", value = "2024-01-01"', "http://h/a", "2024-01-01")],
)  # fmt: skip
def test_the_settings_say_where_a_request_names_its_version(
    shelf: Callable[..., Path], place: str, url: str, header: str | None
) -> None:
    """Which is judged as part of it."""
    path = {"/a": {"get": {"operationId": "getPet", "responses": OK}}}
    shelf(f"[apis.shop]\nsends = {{{place}}}", v1=version("1", path), v2=version("2", path))
    client = Client("shop", server="http://h", version="1")
    assert "1" in str(client.get_pet.prepare().headers.get("X-Version", "1"))
    client.use("2")
    request = client.get_pet.prepare()
    assert (request.url, request.headers.get("X-Version")) == (url, header)
    assert Api.of(client.document).match(request).problems == []
    own = client.with_options(headers={"x-version": "own"}).get_pet.prepare()
    assert own.headers.get("X-Version") == "own"


def test_a_version_that_the_document_does_not_allow_says_where_it_comes_from(shelf: Callable[..., Path]) -> None:
    """The caller never wrote it."""
    dated = {"name": "X-Version", "in": "header", "schema": {"enum": ["2024-01-01"]}}
    path = {"/a": {"get": {"operationId": "getPet", "parameters": [dated], "responses": OK}}}
    shelf('[apis.shop]\nsends = {header = "x-version"}', v1=version("1", path))
    client = Client("shop", server="http://h", version="1")
    with pytest.raises(InvalidRequest, match=r"header /X-Version: .*dynclient\.toml says to send .* in \[apis\.shop\]"):
        client.get_pet()
    with pytest.raises(InvalidRequest) as caught:
        client.get_pet(x_version="other")
    assert "dynclient.toml" not in str(caught.value)


@pytest.mark.parametrize(
    "new", [{"type": "apiKey", "in": "header", "name": "x-key"}, {"type": "http", "scheme": "bearer"}]
)
def test_a_variable_of_an_old_scheme_is_read_at_the_start(
    shelf: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, new: dict[str, str]
) -> None:
    """It goes to the scheme that does the same, as it would by `use`; for another one, the error names the variable that is meant."""
    path = {"/a": {"get": {"operationId": "getPet", "responses": OK}}}
    old = {"type": "apiKey", "in": "header", "name": "X-Key"}
    shelf(
        "",
        v1=version("1", path, security=[{"OldKey": []}], components={"securitySchemes": {"OldKey": old}}),
        v2=version("2", path, security=[{"NewKey": []}], components={"securitySchemes": {"NewKey": new}}),
    )
    monkeypatch.setenv("DYNCLIENT_SHOP_OLD_KEY", "fake-secret")
    client = Client("shop", server="http://h", version="2")
    if new["type"] == "apiKey":
        assert client.get_pet.prepare().headers["X-Key"] == "fake-secret"
        assert client.with_options(version="1").get_pet.prepare().headers["X-Key"] == "fake-secret"
        client.use("1")
        assert client.get_pet.prepare().headers["X-Key"] == "fake-secret"
    else:
        with pytest.raises(InvalidRequest, match="set DYNCLIENT_SHOP_NEW_KEY"):
            client.get_pet()


@pytest.mark.parametrize("place", ['header = "X-Version"', 'query = "api-version"'])
def test_a_redirect_gets_the_version_of_now(shelf: Callable[..., Path], serve: Serve, place: str) -> None:
    """Though the server writes another one into its URL."""
    path = {"/a": {"get": {"operationId": "getPet", "responses": OK}}}
    shelf(f"[apis.shop]\nsends = {{{place}}}", v1=version("1", path), v2=version("2", path))

    def answer(request: Received) -> bytes:
        return reply(307, Location="/b?x=1&api-version=1#f") if request.target.startswith("/a") else reply(data={})

    server = serve(answer)
    Client("shop", server=server.url, version="2").get_pet()
    expected = ("/b?x=1&api-version=2", None) if "query" in place else ("/b?x=1&api-version=1", "2")
    assert (server.last.target, server.last.headers.get("x-version")) == expected


def test_a_next_page_gets_the_version_of_now(shelf: Callable[..., Path], serve: Serve) -> None:
    """Though its URL was made under another one."""
    path = {"/a": {"get": {"operationId": "getPet", "responses": OK}}}
    shelf('[apis.shop]\nsends = {query = "api-version"}', v1=version("1", path), v2=version("2", path))

    def answer(request: Received) -> bytes:
        more = {} if "page=2" in request.target else {"Link": '</a?page=2&api-version=1>; rel="next"'}
        return reply(data=[1], **more)

    server = serve(answer)
    client = Client("shop", server=server.url, version="2", options=Options(pagination=Pagination(style="link")))
    assert list(client.get_pet.items()) == [1, 1]
    assert targets(server) == ["/a?api-version=2", "/a?page=2&api-version=2"]


@pytest.mark.parametrize("schema", [{"const": "{}"}, {"enum": ["{}"]}, {"type": "string", "default": "{}"}])
@pytest.mark.parametrize("place", ["query", "header"])
@pytest.mark.parametrize("required", [True, False])
def test_a_version_that_the_document_describes_is_sent(
    shelf: Callable[..., Path], schema: Any, place: str, *, required: bool
) -> None:
    """The new one after a swap; a caller may still give it."""
    made = {}
    for number in ("1", "2"):
        filled = json.loads(json.dumps(schema).replace("{}", number))
        parameter = {"name": "Api-Version", "in": place, "required": required, "schema": filled}
        made[f"v{number}"] = version(
            number, {"/a": {"get": {"operationId": "getPet", "parameters": [parameter], "responses": OK}}}
        )
    shelf(**made)
    client = Client("shop", server="http://h", version="1")
    for number in ("1", "2"):
        client.use(number)
        request = client.get_pet.prepare()
        assert [request.headers.get("Api-Version"), request.url.partition("?")[2]] == ([None, f"Api-Version={number}"] if place == "query" else [number, ""])  # fmt: skip
    assert client.get_pet.prepare("2") == client.get_pet.prepare()


# Names that have changed.

RENAMED = {
    "/pets/{petId}": {
        "put": {
            "operationId": "replacePet",
            "x-dynclient-aliases": ["putPet"],
            "parameters": [
                {"name": "petId", "in": "path", "required": True, "schema": {}, "x-dynclient-aliases": ["id"]}
            ],
            "requestBody": {
                "x-dynclient-aliases": ["oldPet"],
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            "responses": OK,
        }
    }
}


def test_former_names_keep_working_with_a_warning() -> None:
    """Of operations, arguments and bodies, in both spellings."""
    client = Client(version("1", RENAMED), server="http://h")
    for ask in (
        lambda: client.put_pet.prepare("1"),
        lambda: client["putPet"].prepare("1"),
        lambda: client.replace_pet.prepare(id="1"),
        lambda: client.replace_pet.prepare("1", old_pet={}),
        lambda: client.prepare("replacePet", {"id": "1"}),
    ):
        with pytest.warns(DeprecationWarning, match=r"is called (replace_pet|pet_id|body) now"):
            assert ask().url == "http://h/pets/1"
    with pytest.raises(InvalidRequest, match="is given twice"), pytest.warns(DeprecationWarning, match="id is called"):
        client.replace_pet.prepare("1", id="2")


ALIASED = {"/pets": {"get": {"operationId": "listPets", "x-dynclient-aliases": ["getPets"], "responses": OK}}}


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.get_pets.prepare(),
        lambda client: client.getPets.prepare(),
        lambda client: client["getPets"].prepare(),
        lambda client: client["get_pets"].prepare(),
        lambda client: client["get-pets"].prepare(),
        lambda client: client.prepare("getPets"),
        lambda client: client.getPets.with_options(timeout=1).prepare(),
    ],
)
def test_each_use_of_a_former_name_warns_once(ask: Any) -> None:
    """In every spelling, also one that the method and the path give; at the line that has the name, each time that it runs."""
    client = Client(version("1", ALIASED), server="http://h")
    for _ in range(2):
        with pytest.warns(DeprecationWarning, match="is called list_pets now") as found:
            assert ask(client).url == "http://h/pets"
        assert [each.filename for each in found] == [__file__]


def test_present_names_do_not_warn() -> None:
    """Warnings are errors here."""
    client = Client(version("1", ALIASED), server="http://h")
    for bound in (client.list_pets, client.listPets, client["GET /pets"]):
        assert bound.prepare().url == "http://h/pets"


def test_a_former_name_goes_before_a_spelling_of_another_operation() -> None:
    """`get_pets` is the old name that the document lists, not what `GET /pets` would be in snake_case."""
    paths = {"/animals": ALIASED["/pets"], "/pets": {"get": {"operationId": "findPets", "responses": OK}}}
    client = Client(version("1", paths), server="http://h")
    with pytest.warns(DeprecationWarning, match="get_pets is called list_pets now"):
        assert client.get_pets.prepare().url == "http://h/animals"
    assert client["GET /pets"].prepare().url == "http://h/pets"


# What ends.


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"Deprecation": "@1688169599"}, "the server deprecates it as of 2023-06-30"),
        ({"Deprecation": "true", "Sunset": "Wed, 11 Nov 2026 11:11:11 GMT"}, "deprecates it, it will be gone after 2026-11-11"),
        ({"Link": '<https://u:fake-pw@h/v2>; rel="successor-version"'}, "its successor is https://h/v2"),
    ],
)  # fmt: skip
def test_a_server_that_announces_an_end_is_heard_once(serve: Serve, headers: dict[str, str], said: str) -> None:
    """For each operation, with the dates and without secrets."""
    client = Client(version("1"), server=serve(reply(data={}, **headers)).url)
    with pytest.warns(DynclientWarning, match=said) as caught:
        [each.get_pet() for each in (client, client.with_options(timeout=3))]
    assert len(caught) == 1
    assert "fake-pw" not in str(caught[0].message)


def test_other_links_are_no_news(serve: Serve) -> None:
    """Nor are fields that cannot be read."""
    fields = {"Link": '<https://h/2>; rel="next"', "Deprecation": "false"}
    Client(version("1"), server=serve(reply(data={}, **fields)).url).get_pet()


def test_an_operation_that_the_document_deprecates_warns_once() -> None:
    """When it is first used."""
    client = Client(
        version("1", {"/a": {"get": {"operationId": "old", "deprecated": True, "responses": OK}}}), server="http://h"
    )
    with pytest.warns(DynclientWarning, match="old: the document deprecates it") as caught:
        [client.old.prepare() for _ in range(2)]
    assert len(caught) == 1


# The shadow.


def strict(number: str, kind: str) -> dict[str, Any]:
    """A version whose reply has a member of some type."""
    schema = {"type": "object", "properties": {"id": {"type": kind}}}
    content = {"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}}
    return version(number, {"/a": {"get": {"operationId": "getPet", "responses": content}}})


def test_a_shadow_judges_live_traffic_by_another_version(shelf: Callable[..., Path], serve: Serve) -> None:
    """The client goes on calling by its own."""
    shelf('[apis.shop]\nversion = "1"', v1=strict("1", "integer"), v2=strict("2", "string"))
    client = Client("shop", server=serve(reply(data={"id": 1})).url)
    found: list[Any] = []
    shadow = client.shadow("2", report=found.append)
    assert shadow is not None
    for _ in range(3):
        assert client.get_pet() == {"id": 1}
    shadow.wait()
    assert (shadow.judged, shadow.broken, shadow.left_out) == (3, 3, 0)
    assert [str(problem) for problem in found[0].response_problems] == ["body /id: 1 is not of type string"]
    assert client.shadow(None) is None
    client.get_pet()
    shadow.wait()
    assert shadow.judged == 3


def test_a_shadow_works_for_asyncio_too(
    shelf: Callable[..., Path], serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a report, it writes to the log."""
    shelf('[apis.shop]\nversion = "1"', v1=strict("1", "integer"), v2=strict("2", "string"))

    async def main() -> None:
        async with AsyncClient("shop", server=serve(reply(data={"id": 1})).url) as client:
            shadow = client.shadow("2")
            assert shadow is not None
            await client.get_pet()
            await asyncio.to_thread(shadow.wait)

    with caplog.at_level(logging.WARNING, "dynclient"):
        asyncio.run(main())
    assert [record.getMessage() for record in caplog.records] == [
        "getPet, by Shop 2: response body /id: 1 is not of type string"
    ]


def test_errors_of_the_shadow_never_reach_the_caller(serve: Serve) -> None:
    """They are counted and logged."""
    client = Client(version("1"), server=serve(reply(data={})).url)
    shadow = client.shadow(Api.of(load(version("2"))), report=lambda _: 1 / 0)
    assert shadow is not None
    client.get_pet()
    shadow.wait()
    assert (shadow.judged, shadow.failed) == (1, 1)


def test_the_cost_of_a_shadow_is_bounded() -> None:
    """What does not fit into its queue is left out and counted; so are large bodies."""
    blocked, begun = threading.Event(), threading.Event()
    replies = [Response(200, content=b"{}")] * 300 + [Response(200, content=b" " * (1 << 21))]

    def slow(_: Any) -> None:
        begun.set()
        blocked.wait(60)

    answers = iter(replies)
    client = Client(
        version("1"),
        server="http://h",
        transport=lambda *_: next(answers),
        options=Options(validate_responses="off"),
    )
    shadow = client.shadow(Api.of(load(version("2"))), report=slow)
    assert shadow is not None
    client.send("getPet")
    begun.wait(60)
    for _ in range(len(replies) - 1):
        client.send("getPet")
    assert shadow.left_out == len(replies) - 1 - 256
    blocked.set()
    shadow.wait()
    assert shadow.judged == 257


# One script, every combination of versions.

SCRIPT = """
import os, sys
from dynclient import Client
shop = Client("order_capture", server="http://h", auth={"Client-Id": "fake-key", "BearerAuth": "fake-token"})
pay = Client("pieces_os", server="http://h", auth={"application": "fake-id"})
for client, name in ((shop, "order_capture"), (pay, "pieces_os")):
    if version := os.environ.get(f"USE_{name}"):
        client.use(version)
cart = {"shoppingType": "ONLINE", "channel": "WEBAPP", "languageCode": "en", "items": [{"itemNo": "1", "quantity": 1, "uom": "PIECE"}]}
for request in (
    shop.create_checkout.prepare("se", cart),
    shop.getOrder.prepare(checkoutId="1", retailUnit="se"),
    shop.update_user.prepare("se", "1", {"oldUser": "u"}),
    pay.paddle_checkout_update_status.prepare({"type": "checkout.warning", "code": "x"}),
):
    print(request.method, request.url, request.content.decode())
print(shop.document.options.version, pay.document.options.version, file=sys.stderr)
"""


def run(folder: Path, **environ: str) -> tuple[str, str]:
    """Run the script in a folder; its requests, and the versions that it used."""
    root = Path(__file__).parent.parent
    known = {name: value for name, value in os.environ.items() if not name.startswith("DYNCLIENT")}
    done = subprocess.run(  # noqa: S603  our own
        [sys.executable, "-c", SCRIPT], cwd=folder, env={**known, "PYTHONPATH": str(root), **environ}, capture_output=True, text=True, check=True
    )  # fmt: skip
    return done.stdout, done.stderr.strip()


def test_one_script_runs_under_every_combination_of_versions(tmp_path: Path) -> None:
    """Chosen by environment, pin, a file that is dropped, and `use`; it sends the same in each."""
    root = Path(__file__).parent.parent / "specs"
    pinned, dropped = tmp_path / "pinned", tmp_path / "dropped"
    pinned.mkdir()
    (pinned / "dynclient.toml").write_text(
        '[apis.order_capture]\nversion = ">=2.1"\n[apis.pieces_os]\nversion = "1.1"\n', "utf-8"
    )
    for api, name in (("order_capture", "2.1.0"), ("pieces_os", "1.1.0")):
        (dropped / "specs" / api).mkdir(parents=True)
        (dropped / "specs" / api / f"{name}.yaml").write_bytes((root / api / f"{name}.yaml").read_bytes())
    found = [run(tmp_path)]
    for one in ("2.0.8", "2.1.0"):
        for other in ("1.0.0", "1.1.0"):
            found.append(run(tmp_path, DYNCLIENT_ORDER_CAPTURE_VERSION=one, DYNCLIENT_PIECES_OS_VERSION=other))
            found.append(run(tmp_path, USE_order_capture=one, USE_pieces_os=other))
    found += [run(pinned), run(dropped)]
    assert {requests for requests, _ in found} == {found[0][0]}
    every = ["2.0.8 1.0.0", "2.0.8 1.1.0", "2.1.0 1.0.0", "2.1.0 1.1.0"]
    assert [versions for _, versions in found] == ["2.0.8 1.0.0", *(each for pair in every for each in (pair, pair)), "2.1.0 1.1.0", "2.1.0 1.1.0"]  # fmt: skip


def test_no_warning_is_left(serve: Serve) -> None:
    """A plain call of a plain document says nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Client(version("1"), server=serve(reply(data={})).url).get_pet()
