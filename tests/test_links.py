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
    """It is said when the reply that has it is read."""
    paths = {
        "/a": {
            "get": {
                "operationId": "a",
                "responses": {"200": {"description": "", "links": {"x": {"operationId": "no"}}}},
            }
        }
    }
    with (
        Client(document(paths), server=serve(reply(200)).url) as client,
        pytest.raises(SpecError, match="no operation"),
    ):
        client.a.send()
