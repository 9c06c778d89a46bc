"""links.py: from a reply to the calls that it makes possible."""

from __future__ import annotations

from typing import Any

import pytest
from servers import document, reply

from dynclient import Client, SpecError

LINK: dict[str, Any] = {
    "GetUser": {
        "operationId": "getUser",
        "parameters": {
            "path.id": "$response.body#/user/id",
            "from": "$request.query.tag",
            "X-Trace": "$response.header.X-Trace",
        },
    },
    "ByRef": {"operationRef": "#/paths/~1users~1{id}/get", "parameters": {"id": "user-{$statusCode}-{$method}"}},
}
PATHS: dict[str, Any] = {
    "/users": {
        "post": {
            "operationId": "createUser",
            "parameters": [{"name": "tag", "in": "query", "schema": {"type": "string"}}],
            "responses": {"201": {"description": "made", "links": LINK, "content": {"application/json": {}}}},
        }
    },
    "/users/{id}": {
        "get": {
            "operationId": "getUser",
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                {"name": "from", "in": "query", "schema": {"type": "string"}},
                {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
            ],
            "responses": {"200": {"description": "ok", "content": {"application/json": {}}}},
        }
    },
}


def answering(post: bytes, get: bytes) -> Any:
    """What a server says to each method."""
    return lambda request: post if request.method == "POST" else get


def test_a_link_is_followed_with_the_values_it_names(serve: Any) -> None:
    """From the request, the reply's body and its headers (OpenAPI, Runtime Expressions)."""
    server = serve(answering(reply(201, {"user": {"id": "a/b"}}, X_Trace="t1"), reply(200, {"name": "x"})))
    with Client(document(PATHS), server=server.url) as client:
        made = client.createUser.send(tag="new")
        assert made.links["GetUser"]() == {"name": "x"}
    assert server.last.target == "/users/a%2Fb?from=new"
    assert server.last.headers["x-trace"] == "t1"


def test_a_link_takes_further_arguments_and_texts_with_expressions(serve: Any) -> None:
    """What the link does not give, and what is given overrides it."""
    server = serve(answering(reply(201, {}), reply(200, {})))
    with Client(document(PATHS), server=server.url) as client:
        made = client.createUser.send()
        made.links["ByRef"](from_="elsewhere")
        assert server.last.target == "/users/user-201-POST?from=elsewhere"
        made.links["ByRef"](id="7")
        assert server.last.target == "/users/7"


def test_a_link_to_no_operation_is_the_documents_fault(serve: Any) -> None:
    """It is said when it is followed: the reply that has it is not lost, and it may lead into another document."""
    paths = {
        "/a": {
            "get": {
                "operationId": "a",
                "responses": {"200": {"description": "", "links": {"x": {"operationId": "no"}}}},
            }
        }
    }
    with Client(document(paths), server=serve(reply(200)).url) as client:
        links = client.a.send().links
        with pytest.raises(SpecError, match="does not name an operation"):
            links["x"]()


def linked(parameters: Any, **link: Any) -> Any:
    """A document whose only link gives these parameters to an operation that takes a text, and a number or an array."""
    target = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "n", "in": "query", "schema": {"type": ["integer", "array"]}},
    ]
    responses = {
        "200": {
            "description": "",
            "content": {"application/json": {}},
            "headers": {"X-List": {"schema": {"type": "array", "items": {"type": "integer"}}}},
            "links": {"x": {"operationId": "b", "parameters": parameters, **link}},
        }
    }
    given = [{"name": "X-N", "in": "header", "schema": {"type": "integer"}}]
    return document(
        {
            "/a": {"get": {"operationId": "a", "parameters": given, "responses": responses}},
            "/b/{id}": {"get": {"operationId": "b", "parameters": target, "responses": {"200": {"description": ""}}}},
        },
        version="3.1.0",
    )


@pytest.mark.parametrize(
    ("parameters", "target"),
    [
        ({"id": "$response.body#/id", "n": "$response.header.x-n"}, "/b/7?n=5"),
        ({"id": "$statusCode", "n": "$response.header.x-list"}, "/b/200?n=1&n=2"),
        ({"id": "$request.header.x-n"}, "/b/0"),
        ({"id": "a{$response.body#/flag}{$response.body#/list}"}, "/b/atrue%5B1%5D"),
        ({"id": "a", "n": "a{$response.body#/no}"}, "/b/a"),
        ({"id": "a", "n": "$response.body#id"}, "/b/a"),
        ({"id": "a", "n": "$response.query.n"}, "/b/a"),
    ],
)
def test_an_expression_becomes_what_the_parameter_takes(serve: Any, parameters: Any, target: str) -> None:
    """Never Python's own writing, and never a word for what is not there."""
    server = serve(reply(200, {"id": 7, "flag": True, "list": [1]}, X_N="5", X_List="1, 2"))
    with Client(linked(parameters), server=server.url) as client:
        links = client.a.send(0).links
        assert len(server.received) == 1
        links["x"]()
    assert server.last.target == target


def test_a_link_may_name_the_server_of_its_call(serve: Any) -> None:
    """Unless the client was given one itself."""
    there, here = serve(reply(200, {})), serve(reply(200, {}))
    told = linked({"id": "1"}, server={"url": there.url + "/{v}", "variables": {"v": {"default": "v1"}}})
    told = document(told.data["paths"], version="3.1.0", servers=[{"url": here.url}])
    with Client(told) as client:
        client.a.send().links["x"]()
    assert there.last.target == "/v1/b/1"
    with Client(told, server=here.url) as client:
        client.a.send().links["x"]()
    assert here.last.target == "/b/1"


@pytest.mark.parametrize("parameters", ["x", [1], 1.5])
def test_the_parameters_of_a_link_must_be_an_object(serve: Any, parameters: Any) -> None:
    """The message names the place."""
    with Client(linked(parameters), server=serve(reply(data={})).url) as client:
        found = client.a.send(0).links["x"]
        with pytest.raises(SpecError, match="/links/x/parameters: `parameters` must be an object"):
            found()
