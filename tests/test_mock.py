"""The mock: a document that answers over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator
from openapi_core import OpenAPI
from servers import document

from dynclient import Client, Document, Problem, Request, load
from dynclient.mock.error_body import error_body
from dynclient.mock.responder import Preference, Responder, preference
from dynclient.mock.server import Mock, authority
from dynclient.referee import Referee
from dynclient.schema.schemas import Schema

KEY = {"X-Client-Id": "fake"}
BODY = {"shoppingType": "ONLINE", "channel": "WEBAPP", "languageCode": "en", "items": []}
SMALL = {
    "openapi": "3.1.0",
    "info": {"title": "small", "version": "1"},
    "paths": {
        "/things/{id}": {
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {
                    "200": {
                        "description": "ok",
                        "content": {
                            "application/json": {"schema": {"type": "string", "minLength": 12}},
                            "text/plain": {"schema": {"type": "string"}, "example": "plain"},
                        },
                    },
                    "4XX": {"description": "no", "content": {"text/plain": {"schema": {"type": "string"}}}},
                },
            },
            "delete": {"responses": {"204": {"description": "gone"}}},
        }
    },
}


@pytest.fixture(scope="module")
def shop() -> Iterator[Mock]:
    """Serve the checkout API."""
    with Mock(load("order_capture")) as mock:
        yield mock


@pytest.fixture(scope="module")
def small() -> Iterator[Mock]:
    """Serve a document with two operations."""
    with Mock(load(SMALL), seed=3) as mock:
        yield mock


def test_a_wrong_argument_of_a_mock_is_refused() -> None:
    """With the nearest one."""
    with pytest.raises(TypeError, match=r"Mock\(\) has no argument 'prot' \(did you mean 'port'"):
        Mock(load("pieces_os"), prot=8080)  # type: ignore[call-arg]  # that is the test


def test_a_mock_that_is_started_twice_serves_once() -> None:
    """`with Mock(document).start()` ends, as `with Mock(document)` does."""
    with Mock(load("order_capture")).start() as mock:
        assert mock.start() is mock
    mock.stop()


def test_a_good_request_gets_the_documented_example(shop: Mock) -> None:
    """The first named example of the first success."""
    reply = requests.post(f"{shop.url}/no/checkouts", json=BODY, headers=KEY, timeout=5)
    assert (reply.status_code, list(reply.json())) == (201, ["resourceId"])


def test_it_answers_below_the_documented_base_path_and_without_it(shop: Mock) -> None:
    """The client may use the bare host, as its examples do."""
    bare = shop.url.removesuffix("/ordercaptureapi")
    replies = [requests.get(f"{url}/no/checkouts/user", headers=KEY, timeout=5) for url in (bare, shop.url)]
    assert [reply.status_code for reply in replies] == [200, 200]


@pytest.mark.parametrize(
    ("method", "path", "headers", "data", "status", "words"),
    [
        ("GET", "/nowhere", KEY, None, 404, "path"),
        ("DELETE", "/no/checkouts/1", KEY, None, 405, "method"),
        ("GET", "/no/checkouts/1/consumerinfo", {}, None, 401, "credentials"),
        ("POST", "/no/checkouts", KEY | {"Content-Type": "text/csv"}, "a", 415, "text/csv"),
        ("POST", "/no/checkouts", KEY | {"Content-Type": "application/json"}, "{", 400, "application/json"),
        ("POST", "/no/checkouts", KEY | {"Content-Type": "application/json"}, "{}", 422, "shoppingType"),
        ("GET", "/no/checkouts/1", KEY, None, 400, "checkout"),
        ("GET", "/no/checkouts/1/order", KEY | {"Accept": "text/csv"}, None, 406, "Accept"),
    ],
)
def test_a_wrong_request_gets_the_fitting_status_and_the_reason(
    shop: Mock, method: str, path: str, headers: dict[str, str], data: str | None, status: int, words: str
) -> None:
    """As the document says, and in its form if it documents the status."""
    reply = requests.request(method, shop.url + path, headers=headers, data=data, timeout=5)
    assert reply.status_code == status
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert words in reply.text


def test_a_refusal_has_the_documented_form(shop: Mock) -> None:
    """The members are those of the documented error model."""
    reply = requests.post(f"{shop.url}/no/checkouts", json={}, headers=KEY, timeout=5)
    document = load("order_capture")
    model = OpenAPI.from_dict(document.data).spec / "components" / "schemas" / "ErrorDetails"
    assert set(reply.json()) <= set((model / "properties").keys())
    assert "shoppingType" in reply.json()["message"]


TEXT = {"type": "string"}
MESSAGE = {"type": "object", "required": ["message"], "properties": {"message": TEXT}}
CODE = {"type": "object", "required": ["code"], "properties": {"code": {"type": "integer"}}}
CLOSED = {"additionalProperties": False}
ITEM = {"type": "object", "required": ["message"], "properties": {"message": TEXT, "field": TEXT}, **CLOSED}
NAMED = {
    "Message": MESSAGE,
    "Far": {"$ref": "#/components/schemas/Near"},
    "Near": {"$ref": "#/components/schemas/Message"},
}
ERRORS = {
    "properties": MESSAGE,
    "optional": {"type": "object", "properties": {"detail": TEXT}},
    "allOf": {"allOf": [CODE, MESSAGE]},
    "allOf of references": {"allOf": [CODE, {"$ref": "#/components/schemas/Far"}]},
    "allOf in allOf": {"allOf": [{"allOf": [{"$ref": "#/components/schemas/Message"}]}]},
    "a chain of references": {"$ref": "#/components/schemas/Far"},
    "oneOf": {"oneOf": [{**CODE, **CLOSED}, {**MESSAGE, **CLOSED}]},
    "anyOf": {"anyOf": [CODE, {"$ref": "#/components/schemas/Message"}]},
    "then": {**CODE, "if": {"properties": {"code": {"type": "integer"}}}, "then": {"properties": {"reason": TEXT}}},
    "else": {**CODE, "if": {"required": ["ok"]}, "then": {}, "else": {"properties": {"message": TEXT}}},
    "dependentSchemas": {**CODE, "dependentSchemas": {"code": {"properties": {"message": TEXT}}}},
    "additionalProperties": {"type": "object", "additionalProperties": TEXT},
    "patternProperties": {"type": "object", "patternProperties": {"^err": TEXT}, **CLOSED},
    "a nested object": {"type": "object", "required": ["error"], "properties": {"error": {"allOf": [CODE, MESSAGE]}}},
    "a nested object that may be left out": {"type": "object", "properties": {"error": {"allOf": [CODE, MESSAGE]}}},
    "a member of another name": {"type": "object", "required": ["data"], "properties": {"data": MESSAGE}},
    "an array of objects": {"type": "object", "required": ["errors"], "properties": {"errors": {"type": "array", "items": ITEM}}},
    "an array of two": {"type": "object", "properties": {"errors": {"type": "array", "minItems": 2, "items": ITEM}}},
    "an array of texts": {"type": "object", "properties": {"errors": {"type": "array", "items": TEXT}}},
    "an array at the top": {"type": "array", "items": {"$ref": "#/components/schemas/Message"}},
    "a map": {"type": "object", "properties": {"details": {"type": "object", "additionalProperties": TEXT}}, **CLOSED},
    "a map of arrays": {
        "type": "object", "properties": {"errors": {"type": "object", "additionalProperties": {"type": "array", "items": TEXT}}}, **CLOSED,
    },
    "a text": TEXT,
    "a short text": {"type": "object", "required": ["message"], "properties": {"message": {"type": "string", "maxLength": 30}}},
    "unevaluatedProperties": {"allOf": [CODE, MESSAGE], "unevaluatedProperties": False},
    "any object": {"type": "object"},
    "another spelling": {"type": "object", "properties": {"Error-Description": TEXT}, **CLOSED},
    "a message of fixed values": {"type": "object", "properties": {"error": {"enum": ["bad", "worse"]}}},
}  # fmt: skip


def refusing(schema: Any, kind: str = "application/json") -> Document:
    """Return a document whose only operation describes its errors by a schema."""
    wrong = {"description": "wrong", "content": {kind: {"schema": schema}}}
    amount = {"name": "amount", "in": "query", "required": True, "schema": {"type": "integer"}}
    get = {"operationId": "get", "parameters": [amount], "responses": {"200": {"description": "ok"}, "400": wrong}}
    return document({"/a": {"get": get}}, components={"schemas": NAMED})


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("schema", ERRORS.values(), ids=ERRORS)
def test_the_problem_is_wherever_the_document_describes_a_message(schema: Any, seed: int) -> None:
    """The body is valid by the schema, and openapi-core accepts the reply."""
    found = refusing(schema)
    reply = Responder(found, seed).answer(Request("GET", "http://h/a?amount=many"))
    components = {"components": {"schemas": NAMED}}
    assert list(Draft202012Validator({**schema, **components}).iter_errors(json.loads(reply.content))) == []
    assert Referee(found).response_problems(Request("GET", "http://h/a?amount=1"), reply, "/a") == []
    assert "is not of type integer" in reply.content.decode()


def test_each_problem_of_a_list_names_its_place() -> None:
    """Next to its own message, in the order of the problems."""
    body = error_body(
        Schema(lambda: ERRORS["an array of objects"]),
        400,
        [Problem("query", ("a",), "", "is 1"), Problem("body", (), "", "is 2")],
        0,
    )
    assert body == {
        "errors": [{"message": "query /a: is 1", "field": "/a"}, {"message": "body: is 2", "field": "body"}]
    }


def test_a_map_holds_each_problem_by_its_place() -> None:
    """And nothing else."""
    body = error_body(Schema(lambda: ERRORS["a map"]), 400, [Problem("body", ("a", 0), "", "is 1")], 0)
    assert body == {"details": {"body/a/0": "body /a/0: is 1"}}


def test_the_status_and_the_title_of_a_problem_are_filled_in() -> None:
    """If the document describes them (RFC 9457); other required members are generated."""
    members = {"title": TEXT, "status": {"type": "integer"}, "detail": TEXT, "code": {"enum": ["E1"]}}
    schema = Schema(lambda: {"type": "object", "required": ["status", "code"], "properties": members})
    body = error_body(schema, 422, [Problem("body", (), "", "is required")], 0)
    assert body == {
        "status": 422,
        "code": "E1",
        "detail": "body: is required",
        "title": "The request breaks the document",
    }


def test_an_error_in_xml_is_written_by_its_schema() -> None:
    """With the root element that the document names."""
    reply = Responder(refusing({**MESSAGE, "xml": {"name": "fault"}}, "application/xml")).answer(
        Request("GET", "http://h/a")
    )
    assert b"<fault><message>query /amount: is required" in reply.content


def test_an_error_that_its_media_type_cannot_carry_has_the_standard_form() -> None:
    """A form cannot carry null in an array."""
    nested = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "array", "minItems": 1, "items": {"type": "null"}}},
    }
    reply = Responder(refusing(nested, "application/x-www-form-urlencoded")).answer(Request("GET", "http://h/a"))
    assert (reply.status, reply.headers["Content-Type"]) == (400, "application/problem+json")


def test_a_refused_method_lists_the_allowed_ones(shop: Mock) -> None:
    """RFC 9110, section 15.5.6."""
    reply = requests.delete(f"{shop.url}/no/checkouts/1", headers=KEY, timeout=5)
    assert reply.headers["Allow"] == "GET, PATCH"


@pytest.mark.parametrize("code", [400, 404, 419, 422, 500, 503, 504])
def test_prefer_chooses_a_documented_status(shop: Mock, code: int) -> None:
    """`Prefer: code=404` (RFC 7240)."""
    headers = KEY | {"Prefer": f"code={code}"}
    reply = requests.get(f"{shop.url}/no/checkouts/1/order", headers=headers, timeout=5)
    assert (reply.status_code, reply.headers["Content-Type"]) == (code, "application/problem+json")


@pytest.mark.parametrize("wish", ["code=418", "example=unheard-of"])
def test_a_preference_that_is_not_documented_is_refused(shop: Mock, wish: str) -> None:
    """With the documented ones, so that a test with a missing example does not pass by chance."""
    headers = KEY | {"Prefer": wish}
    reply = requests.get(f"{shop.url}/no/checkouts/1/order", headers=headers, timeout=5)
    assert reply.status_code == 400
    assert "there are" in reply.text or "documented" in reply.text


def test_prefer_chooses_a_named_example() -> None:
    """`Prefer: example=NAME`, whatever its status."""
    with Mock(load("pieces_os")) as mock, Client("pieces_os", auth={"application": "fake"}, server=mock.url) as hook:
        asked = hook.with_options(headers={"Prefer": "example=unknownEvent"})
        reply = asked.paddle_checkout_update_status.send({"type": "checkout.warning"})
    assert (reply.status, reply.data) == (400, "unknown event")


def test_the_same_seed_gives_the_same_generated_answer(small: Mock) -> None:
    """Another seed gives another answer."""
    first, again = (requests.get(f"{small.url}/things/1", timeout=5).json() for _ in range(2))
    with Mock(load(SMALL), seed=4) as other:
        assert first == again != requests.get(f"{other.url}/things/1", timeout=5).json()
    assert len(first) >= 12


def test_the_answer_has_the_accepted_media_type(small: Mock) -> None:
    """By q-values (RFC 9110, section 12.5.1)."""
    headers = {"Accept": "application/json;q=0.5, text/*"}
    assert requests.get(f"{small.url}/things/1", headers=headers, timeout=5).text == "plain"


def test_a_range_of_statuses_describes_a_refusal(small: Mock) -> None:
    """`4XX` describes 400."""
    reply = requests.get(f"{small.url}/things/one", timeout=5)
    assert (reply.status_code, reply.headers["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert "integer" in reply.text


def test_an_empty_success_is_empty(small: Mock) -> None:
    """204 has no body."""
    reply = requests.delete(f"{small.url}/things/1", timeout=5)
    assert (reply.status_code, reply.content) == (204, b"")


@pytest.mark.parametrize(
    ("header", "wish"),
    [
        ("code=404", Preference(404)),
        ('code=404, example="a b"', Preference(404, "a b")),
        ("respond-async; code=200", Preference(200)),
        ("", Preference()),
    ],
)
def test_prefer_is_read_as_its_standard_says(header: str, wish: Preference) -> None:
    """RFC 7240, section 2; other preferences are ignored."""
    assert preference(header) == wish


def test_the_mock_says_what_openapi_core_cannot_judge() -> None:
    """openapi-core fails on a parameter of several types; the mock still answers."""
    several = {"name": "q", "in": "query", "schema": {"type": ["integer", "string"]}}
    paths = {"/a": {"get": {"parameters": [several], "responses": {"200": {"description": "ok"}}}}}
    with Mock(load({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths})) as mock:
        reply = requests.get(f"{mock.url}/a?q=1", timeout=5)
    assert (reply.status_code, "openapi-core cannot judge" in reply.text) == (500, True)


def test_it_is_served_below_the_path_of_a_server_with_variables() -> None:
    """With their defaults; other values work as well."""
    server = {"url": "https://h/{tenant}/v1/", "variables": {"tenant": {"default": "acme"}}}
    found = load({**SMALL, "servers": [server]})
    with Mock(found) as mock:
        assert mock.url.endswith("/acme/v1")
        for url in (mock.url, mock.url.replace("acme", "other")):
            assert requests.get(f"{url}/things/1", timeout=5).status_code == 200
        assert requests.get(f"{mock.url}2/things/1", timeout=5).status_code == 404


def test_a_taken_port_raises_os_error(shop: Mock) -> None:
    """As for every other server."""
    port = int(shop.url.split(":")[2].split("/")[0])
    with pytest.raises(OSError, match=f"port {port}"):
        Mock(load("pieces_os"), port=port)


def test_an_ipv6_address_gets_brackets() -> None:
    """RFC 3986, section 3.2.2."""
    assert [authority(host, 80) for host in ("127.0.0.1", "::1")] == ["127.0.0.1:80", "[::1]:80"]


@pytest.mark.parametrize("transport", ["requests", "httpx2", "pyreqwest"])
def test_operations_of_one_url_are_answered_each_by_its_own_description(transport: str) -> None:
    """The fragment of a path is not sent; required parameters tell which operation is called."""
    reply = {"description": "ok", "content": {"text/plain": {"schema": {"const": "a"}}}}
    action = {"name": "Action", "in": "query", "required": True, "schema": {"type": "string", "enum": ["Add"]}}
    found = document({
        "/x#Action=Add": {"get": {"operationId": "add", "parameters": [action], "responses": {"200": reply}}},
        "/x#all": {"get": {"operationId": "all", "responses": {"204": {"description": "ok"}}}},
        "/x?page={n}": {"get": {"operationId": "page", "parameters": [
            {"name": "n", "in": "path", "required": True, "schema": {"type": "integer"}}], "responses": {"205": {"description": "ok"}}}},
    })  # fmt: skip
    with Mock(found) as mock, Client(found, server=mock.url, transport=transport) as client:
        assert [client.add.send("Add").status, client["all"].send().status, client.page.send(7).status] == [
            200,
            204,
            205,
        ]


@pytest.mark.parametrize(
    ("kind", "described"),
    [
        ("application/jsonl", {"itemSchema": {"type": "integer"}}),
        ("text/event-stream", {"itemSchema": {"required": ["data"], "properties": {"data": {"type": "string"}}}}),
        ("multipart/mixed", {"schema": {"type": "array", "minItems": 1, "items": {"type": "object"}}}),
        (
            "application/xml",
            {"schema": {"type": "object", "xml": {"name": "a"}, "properties": {"b": {"type": "integer"}}}},
        ),
    ],
)
def test_every_kind_of_body_is_answered(kind: str, described: Any) -> None:
    """By its schema and encodings; the client finds no problems."""
    answers = {"200": {"description": "", "content": {kind: described}}}
    found = document({"/a": {"get": {"operationId": "get", "responses": answers}}}, version="3.2.0")
    with Mock(found) as mock, Client(found, server=mock.url) as client:
        got = client.get.send()
    assert (got.status, got.problems) == (200, ())
    assert got.data
