"""The registry: every operation by every name, webhooks and callbacks among them."""

import json
from pathlib import Path
from typing import Any

import pytest
from servers import document

from dynclient import Client, UnknownOperation, load
from dynclient.api.api import Api
from dynclient.api.operations import RESERVED, Operations
from dynclient.api.unpack import unpack
from dynclient.exchange import Headers, Request


def use(id_: str | None = None, **rest: Any) -> dict[str, Any]:
    """An operation with an id, or without."""
    return {**({"operationId": id_} if id_ else {}), "responses": {"200": {"description": "OK"}}, **rest}


def names(registry: Operations) -> dict[str, str]:
    """The Python name of each operation by `METHOD /path`."""
    return {operation.key: operation.python_name for operation in registry.operations}


def test_every_operation_has_one_python_name_of_its_own() -> None:
    """Which finds it, as do its id and `METHOD /path`."""
    paths = {
        "/a": {"get": use("getPet"), "put": use("get_pet"), "post": use("class")},
        "/b/{id}": {"get": use(), "put": use("repos/get-content"), "post": use("2fa")},
    }
    registry = Api(document(paths)).operations
    assert names(registry) == {
        "GET /a": "get_pet_2", "PUT /a": "get_pet", "POST /a": "class_",
        "GET /b/{id}": "get_b_by_id", "PUT /b/{id}": "repos_get_content", "POST /b/{id}": "_2fa",
    }  # fmt: skip
    for operation in registry.operations:
        assert registry[operation.python_name] is registry[operation.id] is registry[operation.key] is operation


def test_a_python_name_may_have_hyphens() -> None:
    """As commands have; an id that is spelt so comes first."""
    registry = Api(
        document({"/a": {"get": use("createCheckout"), "put": use("get_pet")}, "/b": {"get": use("get-pet")}})
    )
    found = registry.operations
    assert [found["create-checkout"].key, found["get-pet"].key] == ["GET /a", "GET /b"]
    assert "create-chekout" not in found


def test_names_are_worked_out_when_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call by id takes none; each name that an id does not have takes all of them."""
    monkeypatch.setattr("dynclient.api.operations.unique_names", None)
    client = Client(document({"/a": {"get": use("getPet")}, "/b": {"get": use()}}), server="http://a")
    assert [client.getPet.prepare().url, client["GET /b"].prepare().url] == ["http://a/a", "http://a/b"]
    monkeypatch.undo()
    assert (client.getPet.__name__, client["GET /b"].__qualname__) == ("get_pet", "get_b")
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        _ = client.getPet.nope


def test_names_do_not_depend_on_the_order_of_the_document() -> None:
    """Unless two operations have the same id."""
    paths = {"/a": {"get": use("getPet")}, "/b": {"get": use("GetPet")}, "/c": {"get": use("get-pet")}}
    assert names(Api(document(paths)).operations) == names(Api(document(dict(reversed(paths.items())))).operations)


def test_an_id_that_stands_twice_names_the_first() -> None:
    """Both are reached, and iteration names both."""
    registry = Api(document({"/a": {"get": use("dup")}, "/b": {"get": use("dup")}})).operations
    assert registry["dup"].path == "/a"
    assert [registry["dup_2"].path, registry["GET /b"].path] == ["/b", "/b"]
    assert list(registry) == ["dup", "GET /b"]
    assert len(registry) == 2


def test_no_operation_hides_what_a_client_has_itself() -> None:
    """`client.send` stays what it is."""
    assert {name for name in dir(Client) if not name.startswith("_")} <= RESERVED
    registry = Api(document({"/a": {"get": use("send"), "put": use("close")}})).operations
    assert names(registry) == {"GET /a": "send_", "PUT /a": "close_"}
    assert registry["send"].key == "GET /a"


@pytest.mark.parametrize("name", ["GET /pets/{petId}", "get_pets_by_pet_id", "get_pets_pet_id"])
def test_an_operation_without_id_has_a_name_too(name: str) -> None:
    """The plain spelling of its method and path is understood as well."""
    registry = Api(document({"/pets/{petId}": {"get": use()}})).operations
    assert name in registry
    assert registry[name].python_name == "get_pets_by_pet_id"


def test_an_unknown_name_is_none() -> None:
    """And is said to be so."""
    registry = Api(document({"/a": {"get": use("getPet")}})).operations
    assert "nope" not in registry
    with pytest.raises(UnknownOperation, match=r"no operation 'getPit' \(did you mean"):
        registry["getPit"]


def test_openapi_3_2_has_more_methods() -> None:
    """QUERY, and any other as it is spelt (3.2, Path Item Object)."""
    item = {"query": use(), "additionalOperations": {"COPY": use("copyIt"), "lock": use(), "GET": use("no")}, "get": use("yes")}  # fmt: skip
    registry = Api(document({"/a": item}, version="3.2.0")).operations
    assert [operation.key for operation in registry.operations] == ["GET /a", "QUERY /a", "COPY /a", "lock /a"]
    assert registry["GET /a"].id == "yes"


def test_a_path_item_may_stand_elsewhere(tmp_path: Path) -> None:
    """In `components.pathItems`, or in another file, whose references start there."""
    (tmp_path / "item.yaml").write_text(
        "get: {operationId: inFile, parameters: [{$ref: '#/x-q'}]}\nx-q: {name: q, in: query, schema: {}}\n", "utf-8"
    )
    (tmp_path / "a.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"
        "paths: {/a: {$ref: '#/components/pathItems/A'}, /b: {$ref: item.yaml}}\n"
        "components: {pathItems: {A: {get: {operationId: inComponents}}}}\n",
        "utf-8",
    )
    registry = Api(load(tmp_path / "a.yaml")).operations
    assert list(registry) == ["inComponents", "inFile"]
    assert [parameter.wire.name for parameter in registry["inFile"].parameters] == ["q"]


def test_what_stands_beside_the_reference_of_a_path_item_is_used_too() -> None:
    """What stands in both has no defined meaning; the nearer one is used (Path Item Object)."""
    shared = {"get": use("far"), "put": use("put"), "parameters": [{"name": "q", "in": "query", "schema": {}}]}
    item = {"$ref": "#/components/pathItems/A", "get": use("near"), "post": use("post")}
    registry = Api(document({"/a": item}, version="3.1.0", components={"pathItems": {"A": shared}})).operations
    assert list(registry) == ["near", "put", "post"]
    assert registry["near"].node.path == ("paths", "/a", "get")
    assert registry["put"].node.path == ("components", "pathItems", "A", "put")
    assert [parameter.wire.name for parameter in registry["post"].parameters] == ["q"]


def test_a_path_item_that_leads_nowhere_leaves_the_others_alone() -> None:
    """The document loads, and says so."""
    found = document({"/a": {"$ref": "#/nope"}, "/b": {"get": use("good")}})
    assert list(Api(found).operations) == ["good"]
    assert "'#/nope' has no target" in str(found.problems[0])


@pytest.mark.parametrize("name", ["newPet", "POST newPet", "post_new_pet"])
def test_a_webhook_is_found_by_its_name(name: str) -> None:
    """It is no operation that a client calls."""
    api = Api(document(version="3.1.0", webhooks={"newPet": {"post": use()}}))
    assert list(api.operations) == []
    assert api.webhooks[name].incoming
    assert list(api.webhooks) == ["POST newPet"]


SUBSCRIBE = {
    "/subscribe/{id}": {
        "post": use(
            "subscribe",
            parameters=[{"name": "id", "in": "path", "required": True, "schema": {}}],
            callbacks={
                "onEvent": {"{$request.body#/url}": {"post": use(requestBody={"required": True, "content": {}})}}
            },
        )
    }
}


def test_a_callback_is_found_by_its_operation_and_its_name() -> None:
    """Its expression is no name (OpenAPI, Callback Object)."""
    webhooks = Api(document(SUBSCRIBE)).webhooks
    assert webhooks["subscribe.onEvent"].key == "POST subscribe.onEvent"
    with pytest.raises(UnknownOperation, match="has no webhook 'onEvnt'"):
        webhooks["onEvnt"]


def test_what_a_server_calls_can_be_checked() -> None:
    """At whatever URL it does."""
    callback = Api(document(SUBSCRIBE)).webhooks["subscribe.onEvent"]
    request = Request("POST", "https://me.example/hook/1", Headers([]), None)
    assert [str(problem) for problem in unpack(callback, request)[2]] == ["body: is required"]


def test_a_callback_without_an_id_above_it_has_no_variables() -> None:
    """The path in its name is not its own."""
    paths = {"/a/{id}": {"post": use(callbacks={"on": {"{$url}": {"post": use()}, "http://x/{$url}": {"put": use()}}})}}
    hooks = Api(document(paths)).webhooks
    assert list(hooks) == ["POST POST /a/{id}.on {$url}", "PUT POST /a/{id}.on http://x/{$url}"]
    assert [hook.parameters for hook in hooks.values()] == [(), ()]


def test_webhooks_and_callbacks_have_callbacks_too() -> None:
    """One that leads back to itself is there once."""
    again = {"$ref": "#/components/callbacks/Again"}
    found = document(
        {},
        version="3.1.0",
        webhooks={"newPet": {"post": use(callbacks={"done": {"{$url}": {"post": use(callbacks={"again": again})}}})}},
        components={"callbacks": {"Again": {"{$url}": {"put": use("again", callbacks={"again": again})}}}},
    )
    hooks = Api(found).webhooks
    assert list(hooks) == ["POST newPet", "POST newPet.done", "again", "PUT again.again"]
    assert hooks["again"].path == "newPet.done.again"


@pytest.mark.parametrize("version", ["3.1.0", "3.2.0"])
def test_a_requirement_may_name_a_scheme_by_its_uri_since_3_2(tmp_path: Path, version: str) -> None:
    """In another file, or in this one; a component of that name comes first (Security Requirement Object)."""
    (tmp_path / "shared.yaml").write_text("Key: {type: apiKey, in: header, name: X-Shared}")
    uri = "shared.yaml#/Key"
    text = {
        "openapi": version,
        "info": {"title": "a", "version": "1"},
        "security": [{"./Own": []}, {uri: []}],
        "paths": {"/a": {"get": {"operationId": "use", "responses": {"200": {"description": "OK"}}}}},
    }
    (tmp_path / "a.json").write_text(json.dumps(text))
    found = load(tmp_path / "a.json")
    undescribed = [problem.path[-1] for problem in found.problems]
    if version == "3.1.0":
        assert undescribed == ["./Own", uri]
        assert Api(found).schemes == {}
        return
    assert undescribed == ["./Own"]
    assert list(Api(found).schemes) == [uri]
    with Client(found, server="http://127.0.0.1", auth={uri: "fake"}) as client:
        assert client.use_.prepare().headers["X-Shared"] == "fake"


TAGGED = {
    "/a": {
        "get": {"operationId": "issues/list", "tags": ["Issues"], "summary": "All of them", "responses": {}},
        "post": {"operationId": "issues/import", "tags": ["Issues"], "responses": {}},
        "put": {
            "operationId": "list",
            "tags": ["Issues", "other tag"],
            "description": "Puts an issue",
            "responses": {},
        },
    },
    "/issue-labels": {"get": {"operationId": "labels", "responses": {}}},
}


def test_operations_have_short_names_in_their_tags() -> None:
    """Where the name is that of one operation only, and one of Python."""
    tags = operations_in(TAGGED).by_tag
    assert {tag: list(named) for tag, named in tags.items()} == {
        "issues": ["issues_list", "list", "import_"],
        "other_tag": ["list"],
    }


def test_operations_are_found_by_words() -> None:
    """In their names first, and only with all words."""
    found = operations_in(TAGGED)
    assert [each.id for each in found.search("ISSUE")] == ["issues/list", "issues/import", "list", "labels"]
    assert [each.id for each in found.search("all issue")] == ["issues/list"]
    assert found.search("nothing") == []
    assert [each.id for each in found.search("labls")] == ["labels"]  # misspelt: the nearest word counts
    assert found.search("isues") == found.search("issues")
    assert found.understood("ALL isues nothing") == ["all", "issues", "nothing"]


def test_operations_are_readable() -> None:
    """In a shell and in a notebook."""
    found = operations_in(TAGGED)
    assert repr(found) == "<4 operations of Small: issues/list, list, issues/import, labels>"
    assert "<td>issues_list</td><td>GET /a</td><td>All of them</td>" in found._repr_html_()
    assert found._ipython_key_completions_() == ["issues/list", "list", "issues/import", "labels"]


def operations_in(paths: Any) -> Operations:
    """The operations of these paths."""
    return Api(document(paths)).operations
