"""referee.py: openapi-core's verdicts, compared with our own."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from servers import document

from dynclient import Client, Options, Request, Response
from dynclient.api.read import read
from dynclient.exchange import Headers
from dynclient.referee import Referee

BODY = {"shoppingType": "ONLINE", "channel": "WEBAPP", "languageCode": "en", "items": []}
SHOP = Client("order_capture", auth={"Client-Id": "fake"}, options=Options(validate_requests="off"))
HOOK = Client("pieces_os", auth={"application": "fake"}, options=Options(validate_requests="off"))
GOOD = SHOP.prepare("createCheckout", {"retailUnit": "no"}, BODY)

REQUESTS: dict[str, tuple[Client, Request]] = {
    "good": (SHOP, GOOD),
    "good, encoded slash": (SHOP, SHOP.prepare("getOrder", {"checkoutId": "a b/c", "retailUnit": "no"})),
    "good, query object": (
        SHOP,
        SHOP.prepare("getCheckout", {"checkoutId": "1", "retailUnit": "no", "checkout": BODY}),
    ),
    "bad query object": (SHOP, SHOP.prepare("getCheckout", {"checkoutId": "1", "retailUnit": "no", "checkout": {}})),
    "three faults": (
        SHOP,
        SHOP.prepare("createCheckout", {"retailUnit": "no"}, {**BODY, "channel": 1, "items": [{"quantity": "2"}]}),
    ),
    "no credentials": (SHOP, dataclasses.replace(GOOD, headers=GOOD.headers.without(["X-Client-Id"]))),
    "no body": (SHOP, dataclasses.replace(GOOD, body=None)),
    "no JSON": (SHOP, dataclasses.replace(GOOD, body=b"{")),
    "no Content-Type": (SHOP, dataclasses.replace(GOOD, headers=GOOD.headers.without(["Content-Type"]))),
    "other path": (SHOP, dataclasses.replace(GOOD, url=GOOD.url + "x")),
    "other method": (SHOP, dataclasses.replace(GOOD, method="DELETE")),
    "unknown event": (HOOK, HOOK.prepare("paddle_checkout_update_status", {}, {"name": "checkout.paid"})),
    "no event": (HOOK, HOOK.prepare("paddle_checkout_update_status", {}, {})),
    "event without data": (HOOK, HOOK.prepare("paddle_checkout_update_status", {}, {"name": "checkout.loaded"})),
    "warning": (HOOK, HOOK.prepare("paddle_checkout_update_status", {}, {"type": "checkout.warning"})),
}


def places(problems: Any) -> set[tuple[str, str]]:
    """The places of problems, without their messages."""
    return {(problem.where, problem.pointer) for problem in problems}


@pytest.mark.parametrize("name", REQUESTS)
def test_both_judges_see_the_same_faults_of_a_request(name: str) -> None:
    """Both find the same parts of the same request."""
    client, request = REQUESTS[name]
    ours = client._core.api.match(request).problems
    theirs = Referee(client.document).request_problems(request)
    assert places(theirs) == places(ours)
    assert bool(ours) is not name.startswith(("good", "warning"))


@pytest.mark.parametrize(
    ("status", "kind", "content", "fine"),
    [
        (201, "application/json", b'{"resourceId":"1"}', True),
        (201, "application/json", b'{"resourceId":1}', False),
        (201, "application/json", b"", False),
        (201, "application/json", b"{", False),
        (201, "text/html", b"<p>", False),
        (202, "application/json", b"{}", False),
        (404, "application/problem+json", b'{"message":"gone"}', True),
        (404, "application/problem+json", b'{"message":1}', False),
    ],
)
def test_both_judges_see_the_same_faults_of_a_reply(status: int, kind: str, content: bytes, fine: bool) -> None:  # noqa: FBT001
    """Both find the same parts of the same reply."""
    response = Response(status, Headers({"Content-Type": kind}), content)
    ours = read(SHOP.operations["createCheckout"], response).problems
    theirs = Referee(SHOP.document).response_problems(GOOD, response)
    assert bool(ours) is bool(theirs) is not fine


def test_a_wrong_event_is_explained_in_the_same_words() -> None:
    """openapi-core decides; the message names the discriminator instead of quoting six branches."""
    _, request = REQUESTS["unknown event"]
    (problem,) = Referee(HOOK.document).request_problems(request)
    assert "checkout.loaded" in str(problem)
    assert "type as one of checkout.warning, checkout.error" in str(problem)


@pytest.mark.parametrize("owner", ["document", "path", "operation"])
def test_a_path_may_start_with_the_path_of_any_server(owner: str) -> None:
    """Paths and operations may have servers of their own (Server Object)."""
    servers = {"servers": [{"url": "https://api.example/base/v1"}]}
    operation = {"operationId": "x", "responses": {}, **(servers if owner == "operation" else {})}
    item = {"get": operation, **(servers if owner == "path" else {})}
    found = document(paths={"/x": item}, **(servers if owner == "document" else {}))
    assert Referee(found).request_problems(Request("GET", "http://127.0.0.1/base/v1/x")) == []


@pytest.mark.parametrize(("text", "fine"), [("09:00:00Z", True), ("09:00:00+01:00", True), ("9 o'clock", False)])
def test_a_time_has_an_offset(text: str, fine: bool) -> None:  # noqa: FBT001
    """As RFC 3339 writes it (OpenAPI Format Registry, time)."""
    at = {"name": "at", "in": "header", "schema": {"type": "string", "format": "time"}}
    found = document(paths={"/x": {"get": {"parameters": [at], "responses": {}}}})
    problems = Referee(found).request_problems(Request("GET", "http://127.0.0.1/x", Headers({"at": text})))
    assert (problems == []) is fine


def test_operations_of_one_url_are_judged_each_by_its_own_path() -> None:
    """A fragment is not sent, and openapi-core sees the variables in the query of a path as query parameters."""
    page = {"name": "n", "in": "path", "required": True, "schema": {"type": "integer"}}
    action = {"name": "Action", "in": "query", "required": True, "schema": {"type": "string"}}
    found = document(paths={
        "/x#Action=A": {"get": {"parameters": [{**action, "schema": {"enum": ["A"], "type": "string"}}], "responses": {}}},
        "/x#acl": {"get": {"parameters": [{**action, "name": "acl"}], "responses": {}}},
        "/y?page={n}": {"get": {"parameters": [page], "responses": {}}},
    })  # fmt: skip
    referee = Referee(found)
    for path, query, wrong in [
        ("/x#Action=A", "/x?Action=A", ""),
        ("/x#Action=A", "/x?Action=B", "enum"),
        ("/x#acl", "/x?acl=1", ""),
        ("/x#acl", "/x", "required"),
        ("/y?page={n}", "/y?page=7", ""),
        ("/y?page={n}", "/y?page=b", "type"),
    ]:
        problems = referee.request_problems(Request("GET", f"http://127.0.0.1{query}"), path)
        assert [problem.keyword for problem in problems] == [wrong] * bool(wrong), query


def test_the_boundary_of_parts_keeps_its_case() -> None:
    """Only the media type is compared without it."""
    schema = {"type": "object", "properties": {"note": {"type": "string", "maxLength": 3}}}
    content = {"multipart/form-data": {"schema": schema}}
    found = document(paths={"/x": {"post": {"requestBody": {"content": content}, "responses": {}}}})
    text = "long enough"
    body = f'--AbC\r\nContent-Disposition: form-data; name="note"\r\n\r\n{text}\r\n--AbC--\r\n'.encode()
    headers = Headers({"Content-Type": "Multipart/Form-Data; boundary=AbC"})
    problems = Referee(found).request_problems(Request("POST", "http://127.0.0.1/x", headers, body))
    assert [(problem.pointer, problem.keyword) for problem in problems] == [("/note", "maxLength")]
