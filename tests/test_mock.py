"""The mock: a document that answers over real HTTP."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator
from openapi_core import OpenAPI
from servers import document

from dynclient import Client, Document, DynclientError, Problem, Request, load
from dynclient.exchange import Headers
from dynclient.mock import Mock, Preference, Responder, authority, preference
from dynclient.mock.error_body import error_body
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
    """Serve the checkout API; openapi-core judges the requests, so that client and mock cannot share a mistake."""
    with Mock(load("order_capture"), judge="openapi-core") as mock:
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
    reply = requests.post(f"{shop.url}/no/checkouts", json=BODY, headers=KEY, timeout=30)
    assert (reply.status_code, list(reply.json())) == (201, ["resourceId"])


def test_it_answers_below_the_documented_base_path_and_without_it(shop: Mock) -> None:
    """The client may use the bare host, as its examples do."""
    bare = shop.url.removesuffix("/ordercaptureapi")
    replies = [requests.get(f"{url}/no/checkouts/user", headers=KEY, timeout=30) for url in (bare, shop.url)]
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
    reply = requests.request(method, shop.url + path, headers=headers, data=data, timeout=30)
    assert reply.status_code == status
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert words in reply.text


def test_a_refusal_has_the_documented_form(shop: Mock) -> None:
    """The members are those of the documented error model."""
    reply = requests.post(f"{shop.url}/no/checkouts", json={}, headers=KEY, timeout=30)
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
    reply = requests.delete(f"{shop.url}/no/checkouts/1", headers=KEY, timeout=30)
    assert reply.headers["Allow"] == "GET, PATCH, HEAD, OPTIONS"


@pytest.mark.parametrize("code", [400, 404, 419, 422, 500, 503, 504])
def test_prefer_chooses_a_documented_status(shop: Mock, code: int) -> None:
    """`Prefer: code=404` (RFC 7240)."""
    headers = KEY | {"Prefer": f"code={code}"}
    reply = requests.get(f"{shop.url}/no/checkouts/1/order", headers=headers, timeout=30)
    assert (reply.status_code, reply.headers["Content-Type"]) == (code, "application/problem+json")


@pytest.mark.parametrize("wish", ["code=418", "example=unheard-of"])
def test_a_preference_that_is_not_documented_is_refused(shop: Mock, wish: str) -> None:
    """With the documented ones, so that a test with a missing example does not pass by chance."""
    headers = KEY | {"Prefer": wish}
    reply = requests.get(f"{shop.url}/no/checkouts/1/order", headers=headers, timeout=30)
    assert reply.status_code == 400
    assert "there are" in reply.text or "documented" in reply.text


def test_prefer_chooses_a_named_example() -> None:
    """`Prefer: example=NAME`, whatever its status."""
    with (
        Mock(load("pieces_os"), judge="openapi-core") as mock,
        Client("pieces_os", auth={"application": "fake"}, server=mock.url) as hook,
    ):
        asked = hook.with_options(headers={"Prefer": "example=unknownEvent"})
        reply = asked.paddle_checkout_update_status.send({"type": "checkout.warning"})
    assert (reply.status, reply.data) == (400, "unknown event")


def test_the_same_seed_gives_the_same_generated_answer(small: Mock) -> None:
    """Another seed gives another answer."""
    first, again = (requests.get(f"{small.url}/things/1", timeout=30).json() for _ in range(2))
    with Mock(load(SMALL), seed=4) as other:
        assert first == again != requests.get(f"{other.url}/things/1", timeout=30).json()
    assert len(first) >= 12


def test_the_answer_has_the_accepted_media_type(small: Mock) -> None:
    """By q-values (RFC 9110, section 12.5.1)."""
    headers = {"Accept": "application/json;q=0.5, text/*"}
    assert requests.get(f"{small.url}/things/1", headers=headers, timeout=30).text == "plain"


def test_a_range_of_statuses_describes_a_refusal(small: Mock) -> None:
    """`4XX` describes 400."""
    reply = requests.get(f"{small.url}/things/one", timeout=30)
    assert (reply.status_code, reply.headers["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert "integer" in reply.text


def test_an_empty_success_is_empty(small: Mock) -> None:
    """204 has no body."""
    reply = requests.delete(f"{small.url}/things/1", timeout=30)
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
    found = load({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths})
    with Mock(found, judge="openapi-core") as mock:
        reply = requests.get(f"{mock.url}/a?q=1", timeout=30)
    assert (reply.status_code, "openapi-core cannot judge" in reply.text) == (500, True)


def test_it_is_served_below_the_path_of_a_server_with_variables() -> None:
    """With their defaults; other values work as well."""
    server = {"url": "https://h/{tenant}/v1/", "variables": {"tenant": {"default": "acme"}}}
    found = load({**SMALL, "servers": [server]})
    with Mock(found) as mock:
        assert mock.url.endswith("/acme/v1")
        for url in (mock.url, mock.url.replace("acme", "other")):
            assert requests.get(f"{url}/things/1", timeout=30).status_code == 200
        assert requests.get(f"{mock.url}2/things/1", timeout=30).status_code == 404


def test_a_taken_port_raises_os_error(shop: Mock) -> None:
    """As for every other server."""
    port = int(shop.url.split(":")[2].split("/")[0])
    with pytest.raises(OSError, match=f"port {port}"):
        Mock(load("pieces_os"), port=port)


def test_it_listens_on_ipv6() -> None:
    """Its URL has brackets."""
    with Mock(load(SMALL), host="::1") as mock:
        assert mock.url.startswith("http://[::1]:")
        assert requests.delete(f"{mock.url}/things/1", timeout=30).status_code == 204


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


ANYTHING = {"default": {"description": "", "content": {"*/*": {"schema": MESSAGE}}}}


def replying(content: Any, status: str = "200", **more: Any) -> Document:
    """Return a document with one operation, GET /a, whose only reply has this content."""
    reply = {"description": "", "content": content, **more}
    return document({"/a": {"get": {"operationId": "get", "responses": {status: reply}}}})


def asked(found: Document, *, method: str = "GET", path: str = "/a", **headers: str) -> Any:
    """Return the answer of a document to a request."""
    return Responder(found).answer(Request(method, f"http://h{path}", Headers(headers)))


VALID: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "an absent deepObject of arrays": (
        {"parameters": [{"name": "f", "in": "query", "style": "deepObject", "schema": {"type": "object", "properties": {"a": {"type": "array", "items": TEXT}}}}]},
        {},
    ),
    "an absent deepObject with a choice": (
        {"parameters": [{"name": "f", "in": "query", "style": "deepObject", "explode": True, "schema": {"anyOf": [{"type": "object"}, {"type": "integer"}]}}]},
        {},
    ),
    "a form with a number and an array": (
        {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {"n": {"type": "integer"}, "a": {"type": "array", "items": {"type": "integer"}}}}}}}},
        {"body": {"n": 1, "a": [1, 2]}},
    ),
    "a readOnly parameter": ({"parameters": [{"name": "q", "in": "query", "schema": {"type": "string", "readOnly": True}}]}, {"q": "x"}),
    "a pattern with a Unicode property": ({"parameters": [{"name": "q", "in": "query", "schema": {"type": "string", "pattern": r"^\p{L}+$"}}]}, {"q": "é"}),
    "an Authorization parameter, which is ignored": ({"parameters": [{"name": "Authorization", "in": "header", "required": True, "schema": TEXT}]}, {}),
    "a field with an underscore": ({"parameters": [{"name": "api_key", "in": "header", "required": True, "schema": TEXT}]}, {"api_key": "k"}),
}  # fmt: skip


@pytest.mark.parametrize(("described", "arguments"), VALID.values(), ids=VALID)
def test_valid_requests_that_other_judges_refuse_get_their_success(
    described: dict[str, Any], arguments: dict[str, Any]
) -> None:
    """By default, the package's own check judges; `default` is the success, and JSON is what `*/*` means."""
    found = document({"/a": {"post": {"operationId": "go", **described, "responses": ANYTHING}}})
    with Mock(found) as mock, Client(found, server=mock.url) as client:
        reply = client.go.send(**arguments)
    assert (reply.status, reply.headers["Content-Type"], reply.problems) == (200, "application/json", ())


def test_a_slash_in_a_path_value_stays_in_its_segment() -> None:
    """`%2F` is not the end of a segment."""
    get = {"operationId": "get", "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}], "responses": ANYTHING}  # fmt: skip
    found = document({"/a/{id}/b": {"get": get}})
    with Mock(found) as mock:
        assert requests.get(f"{mock.url}/a/x%2Fy/b", timeout=30).status_code == 200


@pytest.mark.parametrize(
    ("offered", "accept", "sent"),
    [
        ("*/*", "", "application/json"),
        ("*/*", "text/csv;q=0.5, */*;q=0.1", "text/csv; charset=utf-8"),
        ("*/*", "text/csv, application/json", "application/json"),
        ("application/*", "", "application/json"),
        ("application/*+json", "", "application/json"),
        ("text/*", "", "text/plain; charset=utf-8"),
        ("image/*", "", "image/png"),
        ("PDF", "PDF", "PDF"),
        ("application/vnd.A+json;v=2", "application/vnd.a+json; v=2", "application/vnd.A+json;v=2"),
        ("application/json", "junk, ;;, */*;q=nan", "application/json"),
    ],
)
def test_a_reply_has_a_real_media_type(offered: str, accept: str, sent: str) -> None:
    """In a range: JSON where it is covered, else what the client asks for, else the usual type; a name that is no media type stays."""
    reply = asked(replying({offered: {"schema": TEXT}}), Accept=accept)
    assert (reply.status, reply.headers["Content-Type"]) == (200, sent)


def test_what_is_not_accepted_is_406() -> None:
    """A quality of 0 refuses; of several, the best is chosen, whatever their order."""
    found = replying({"application/json": {"schema": TEXT}, "text/plain": {"schema": TEXT}})
    assert asked(found, Accept="application/json;q=0, text/csv").status == 406
    assert asked(found, Accept="*/*;q=0.5, application/json;q=0").headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("prefer", ["code=404", "example=lost"])
def test_an_error_is_sent_whatever_is_accepted(prefer: str) -> None:
    """A server may disregard Accept (RFC 9110, section 12.5.1), and 406 would hide the error; what is accepted still comes first."""
    lost = {"schema": {"type": "object"}, "examples": {"lost": {"value": {"status": 404}}}}
    found = replying({"application/problem+json": lost}, status="404")
    reply = asked(found, Prefer=prefer, Accept="application/json")
    assert (reply.status, reply.headers["Content-Type"]) == (404, "application/problem+json")
    both = replying({"application/problem+json": lost, "application/json": lost}, status="404")
    assert asked(both, Prefer=prefer, Accept="application/json").headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        (["default", "404"], 200), (["2XX", "400"], 200), (["404", "201"], 201), (["default", "302"], 302), (["304", "default"], 200),
        (["404", "503"], 404), (["OK", "99999", "²00", "4XX"], 400), (["OK", "099", "101"], 500),
    ],
)  # fmt: skip
def test_the_success_is_the_first_documented_one(keys: list[str], status: int) -> None:
    """2xx, else a redirect, else `default`, else what there is; a key that is not a status is no reply."""
    replies = {key: {"description": ""} for key in keys}
    reply = asked(document({"/a": {"get": {"operationId": "get", "responses": replies}}}))
    assert reply.status == status
    assert ("Dynclient-Problem" in reply.headers) is (status == 500)


def test_an_example_that_breaks_its_schema_is_not_served(caplog: pytest.LogCaptureFixture) -> None:
    """The next one is, else a made value, and the log says so."""
    caplog.set_level("INFO", "dynclient.mock")
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    with Mock(replying({"application/json": {"schema": schema, "example": {"id": "seven"}}})) as mock:
        assert isinstance(requests.get(f"{mock.url}/a", timeout=30).json()["id"], int)
    assert 'breaks its schema: body /id: "seven" is not of type integer; a made value is served' in caplog.messages[0]
    two = {"wrong": {"value": {"id": "seven"}}, "right": {"value": {"id": 7}}}
    assert asked(replying({"application/json": {"schema": schema, "examples": two}})).content == b'{"id":7}'


@pytest.mark.parametrize(
    ("kind", "example"), [("application/json", '{"id": 7}'), ("application/xml", "<a><id>7</id></a>")]
)
def test_an_example_that_is_written_already_is_served_as_it_is(kind: str, example: str) -> None:
    """Many documents give JSON and XML as text."""
    schema = {"type": "object", "xml": {"name": "a"}, "required": ["id"], "properties": {"id": {"type": "integer"}}}
    assert asked(replying({kind: {"schema": schema, "example": example}})).content.decode() == example


RESPONSE = {"description": "", "schema": {"$ref": "#/definitions/Pet"}}
PET = {
    "type": "object",
    "properties": {"id": {"type": "integer", "default": 7}, "name": {"type": "string", "example": "Rex"}},
}
OLD = {
    "swagger": "2.0", "info": {"title": "old", "version": "1"}, "produces": ["application/json"], "definitions": {"Pet": PET},
    "paths": {"/a": {"get": {"operationId": "get", "responses": {"200": RESPONSE, "404": RESPONSE}}}},
}  # fmt: skip


@pytest.mark.parametrize("described", [load(OLD), replying({"application/json": {"schema": PET}})])
def test_a_made_value_has_the_examples_of_its_properties(described: Any) -> None:
    """Also in Swagger 2.0, where replies rarely have an example of their own."""
    assert asked(described).content == b'{"id":7,"name":"Rex"}'


def test_a_refusal_has_the_examples_of_its_properties() -> None:
    """Beside the problem."""
    error = {
        "type": "object",
        "required": ["code", "message"],
        "properties": {"code": {"type": "string", "example": "E7"}, "message": {}},
    }
    replies = {"400": {"description": "", "content": {"application/json": {"schema": error}}}}
    needed = {"name": "q", "in": "query", "required": True, "schema": {}}
    body = json.loads(asked(document({"/a": {"get": {"parameters": [needed], "responses": replies}}})).content)
    assert (body["code"], "query /q" in str(body["message"])) == ("E7", True)


def test_an_example_that_is_not_xml_is_not_served_as_xml() -> None:
    """Also where no schema says so."""
    assert asked(replying({"application/xml": {"example": "{}"}})).content.startswith(b"<root>")


@pytest.mark.parametrize("schema", [TEXT, {}, {"type": "object", "properties": {"b": TEXT}}])
def test_xml_whose_root_element_has_no_name_is_still_xml(schema: Any) -> None:
    """It gets one."""
    found = replying({"application/xml": {"schema": schema}})
    with Mock(found) as mock, Client(found, server=mock.url) as client:
        assert client.get.send().problems == ()


def test_documented_fields_are_sent() -> None:
    """With the document's examples, or made values; those that frame the body are the server's."""
    seven = {"required": True, "schema": {"type": "integer", "minimum": 7, "maximum": 7}}
    fields = {
        "X-Left": seven, "Content-Length": seven, "X-Free": {"schema": TEXT | {"minLength": 5}},
        "X-Example": {"schema": {"type": "integer"}, "example": 12}, "X-Wrong": {"schema": {"enum": [3]}, "example": "x"},
        "X-Json": {"content": {"application/json": {"schema": {"type": "array"}, "example": [1]}}},
        "X-Nothing": {"schema": {"not": {}}},
    }  # fmt: skip
    with Mock(replying({}, headers=fields)) as mock:
        got = requests.get(f"{mock.url}/a", timeout=30).headers
    assert (got["X-Left"], got["Content-Length"], got["X-Example"], got["X-Wrong"]) == ("7", "0", "12", "3")
    assert (len(got["X-Free"]) >= 5, got["X-Json"], "X-Nothing" in got) == (True, "[1]", False)


@pytest.mark.parametrize("name", ["Link", "Retry-After", "Sunset", "Deprecation", "Set-Cookie", "X-RateLimit-Reset"])
def test_a_field_that_steers_a_client_is_sent_only_where_it_is_required(name: str) -> None:
    """An invented one would lead it in a circle, or to sleep."""
    for required in (True, False):
        header = {"required": required, "schema": TEXT, "example": "1"}
        with Mock(replying({}, headers={name: header})) as mock:
            assert (name in requests.get(f"{mock.url}/a", timeout=30).headers) is required


@pytest.mark.parametrize(("status", "sent"), [(201, "/a/1"), (302, None)])
def test_a_location_is_invented_only_where_nobody_goes_there(status: int, sent: str | None) -> None:
    """A redirect would lead away from the mock."""
    location = {"schema": TEXT, "example": "/a/1"}
    found = document(
        {"/a": {"get": {"responses": {str(status): {"description": "x", "headers": {"Location": location}}}}}}
    )
    with Mock(found) as mock:
        reply = requests.get(f"{mock.url}/a", timeout=5, allow_redirects=False)
    assert reply.headers.get("Location") == sent


UNUSABLE: dict[str, tuple[dict[str, Any], int]] = {
    "a schema that nothing fits": ({"content": {"application/json": {"schema": {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 3, "maximum": 2}}}}}}, 200),
    "a schema that only a part of fits": ({"content": {"application/json": {"schema": {"required": ["a"], "properties": {"b": TEXT}, "type": "object", "additionalProperties": False}}}}, 200),
    "a value that does not fit all of its schema": ({"content": {"application/json": {"schema": {"type": "integer", "not": {"type": "integer"}}}}}, 200),
    "an enum of another type": ({"content": {"application/json": {"schema": {"type": "integer", "enum": ["0 (none)"]}}}}, 200),
    "a schema that is false": ({"content": {"application/json": {"schema": {"not": {}}}}}, 200),
    "a broken reference": ({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Nowhere"}}}}, 500),
    "what is not a schema": ({"content": {"application/json": {"schema": {"type": 7}}}}, 500),
    "a media type that cannot carry its schema": ({"content": {"application/pdf": {"schema": {"type": "object"}}}}, 200),
    "a media type that has line breaks": ({"content": {"text/plain\r\nX: y": {"schema": TEXT}}}, 200),
    "no response": ({"$ref": "#/components/responses/Nowhere"}, 500),
}  # fmt: skip


@pytest.mark.parametrize(("response", "status"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_reply_that_cannot_be_served_is_a_500_with_a_reason(
    response: dict[str, Any], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """No exception escapes; what can be served at all is served."""
    caplog.set_level("INFO", "dynclient.mock")
    with Mock(document({"/a": {"get": {"operationId": "get", "responses": {"200": response}}}})) as mock:
        reply = requests.get(f"{mock.url}/a", timeout=30)
    assert (reply.status_code, "X" in reply.headers) == (status, False)
    assert ("Dynclient-Problem" in reply.headers) is (status == 500)
    assert "Traceback" not in caplog.text


def test_a_request_that_cannot_be_judged_is_answered(caplog: pytest.LogCaptureFixture) -> None:
    """The document does not say what is valid, but it says what the reply is."""
    caplog.set_level("INFO", "dynclient.mock")
    found = document({"/a/{id}": {"get": {"operationId": "get", "responses": {"204": {"description": ""}}}}})
    with Mock(found) as mock:
        assert requests.get(f"{mock.url}/a/secret", timeout=30).status_code == 204
        assert requests.put(f"{mock.url}/a/secret", timeout=30).status_code == 405
    assert "GET /a/{id} 204 get" in caplog.messages[0]
    assert "not judged: document /paths/~1a~1{id}/get: the path /a/{id} has variables" in caplog.messages[0]


def test_a_refusal_says_why_in_the_body_a_field_and_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """In one line, with method, path, status, operation and milliseconds."""
    caplog.set_level("INFO", "dynclient.mock")
    with Mock(refusing(ERRORS["a nested object"])) as mock:
        reply = requests.get(f"{mock.url}/a?amount=viel%20%E2%82%AC", timeout=30)
    assert (reply.status_code, reply.json()["error"]["message"]) == (
        400,
        'query /amount: "viel €" is not of type integer',
    )
    assert reply.headers["Dynclient-Problem"] == r'query /amount: "viel \u20ac" is not of type integer'
    (line,) = caplog.messages
    assert re.fullmatch(
        r"GET /a\?amount=viel%20%E2%82%AC 400 get \d+ ms; query /amount: .* is not of type integer", line
    )


def test_no_secret_is_in_the_log_or_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    """Neither of the path, the query, the fields nor the body."""
    caplog.set_level("DEBUG", "dynclient.mock")
    hidden = {"type": "string", "format": "password", "maxLength": 3}
    parameters = [{"name": "pin", "in": "path", "required": True, "schema": hidden}, {"name": "token", "in": "query", "schema": hidden}]  # fmt: skip
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": {"password": hidden}}}}}
    post = {"operationId": "go", "parameters": parameters, "requestBody": body, "responses": {"204": {"description": ""}}}  # fmt: skip
    with Mock(document({"/a/{pin}": {"post": post}})) as mock:
        replies = [
            requests.post(f"{mock.url}/a/topsecret?token=topsecret", json={"password": "topsecret"}, headers={"Authorization": "Basic topsecret", "Cookie": "a=topsecret"}, timeout=30),
            requests.post(f"{mock.url}/elsewhere?access_token=topsecret", timeout=30),
            requests.get(f"{mock.url}/a/topsecret", timeout=30),
            requests.options(f"{mock.url}/a/topsecret", timeout=30),
        ]  # fmt: skip
    assert [reply.status_code for reply in replies] == [400, 404, 405, 204]
    assert "topsecret" not in caplog.text + "".join(reply.text + str(reply.headers) for reply in replies)


def test_requests_are_not_judged_if_nobody_wants_it() -> None:
    """Only the path and the method must be documented."""
    with Mock(refusing(MESSAGE), validate=False) as mock:
        replies = [requests.get(f"{mock.url}{path}", timeout=30).status_code for path in ("/a?amount=many", "/b")]
    assert replies == [200, 404]


@pytest.mark.parametrize("wrong", [{"judge": "nobody"}, {"patience": 0}, {"patience": float("inf")}, {"port": 65536}])
def test_a_wrong_argument_is_refused(wrong: dict[str, Any]) -> None:
    """With what would be right."""
    with pytest.raises(ValueError, match=r"there are dynclient|(patience|port) must be"):
        Mock(load(SMALL), **wrong)


def exchanged(mock: Mock, *parts: bytes) -> bytes:
    """Send bytes to a mock, and return everything that it sends until it closes the connection."""
    host, port = mock.url.removeprefix("http://").partition("/")[0].split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while data := connection.recv(65536):
            received += data
    return received


CLOSING = b"Host: h\r\nConnection: close\r\n"
JSON = b"POST /a HTTP/1.1\r\nContent-Type: application/json\r\n" + CLOSING
HOSTILE = {
    "a large body is announced": (JSON + b"Content-Length: 1000000000\r\n\r\n{}", 413),
    "a larger body": (JSON + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}", 413),
    "a large chunk": (JSON + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n{}", 413),
    "chunks that are none": (JSON + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n", 400),
    "a negative chunk": (JSON + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
    "a chunk without its end": (JSON + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx", 400),
    "two lengths": (JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400),
    "a negative length": (JSON + b"Content-Length: -1\r\n\r\n{}", 400),
    "a length and chunks": (JSON + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "another coding": (JSON + b"Transfer-Encoding: gzip\r\n\r\n", 501),
    "half a surrogate pair": (JSON + b'Content-Length: 15\r\n\r\n{"a":"\\ud800" }', 400),
    "deep nesting": (JSON + b"Content-Length: 200000\r\n\r\n" + b"[" * 100000 + b"]" * 100000, 400),
    "bytes in a cookie": (b"GET /c HTTP/1.1\r\nCookie: ;;=;\xff\r\n" + CLOSING + b"\r\n", 400),
    "a Content-Type that is none": (
        b"POST /a HTTP/1.1\r\nContent-Type: ;;\xff\r\n" + CLOSING + b"Content-Length: 2\r\n\r\n{}", 415,
    ),
    "a field without a name": (b"GET /a HTTP/1.1\r\n: x\r\nfoo bar\r\n" + CLOSING + b"\r\n", 400),
    "a long line": (b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n" + CLOSING + b"\r\n", 414),
    "many fields": (b"GET /a HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n", 431),
    "another expectation": (JSON + b"Expect: more\r\nContent-Length: 2\r\n\r\n{}", 417),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
    "another version": (b"GET /a HTTP/7.0\r\n" + CLOSING + b"\r\n", 505),
    "a target of bytes": (b"GET /\xff[%zz?# HTTP/1.1\r\n" + CLOSING + b"\r\n", 404),
    "another authority": (b"GET http://[/a HTTP/1.1\r\n" + CLOSING + b"\r\n", 200),
    "a status of other digits": (b"GET /a HTTP/1.1\r\nPrefer: code=\xb2\xb2\xb2\r\n" + CLOSING + b"\r\n", 200),
}  # fmt: skip


@pytest.fixture(scope="module", params=["dynclient", "openapi-core"])
def hostile(request: pytest.FixtureRequest) -> Iterator[tuple[Mock, bool]]:
    """Serve a document to clients that are hostile, with each judge; say whether that is openapi-core."""
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    cookie = {"name": "c", "in": "cookie", "required": True, "schema": {"type": "integer"}}
    found = document({
        "/a": {
            "get": {"operationId": "get", "responses": {"200": {"description": ""}}},
            "post": {"operationId": "post", "requestBody": body, "responses": ANYTHING},
        },
        "/c": {"get": {"operationId": "c", "parameters": [cookie], "responses": ANYTHING}},
    })  # fmt: skip
    with Mock(found, judge=request.param) as mock:
        yield mock, request.param == "openapi-core"


@pytest.mark.parametrize(("data", "status"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_request_gets_a_status_and_a_reason(
    hostile: tuple[Mock, bool],
    data: bytes,
    status: int,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """No traceback, and no 500."""
    caplog.set_level("DEBUG", "dynclient.mock")
    head = exchanged(hostile[0], data).partition(b"\r\n\r\n")[0].decode()
    if not hostile[1]:  # which is content with half a surrogate pair
        assert head.startswith(f"HTTP/1.1 {status} ")
        assert ("Dynclient-Problem: " in head) is (status >= 400)
    assert "HTTP/1.1 500" not in head
    assert "Traceback" not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "data",
    [b"GET /things/1 HT", b"POST /things/1 HTTP/1.1\r\nContent-Length: 9\r\n\r\n{", b"GET / HTTP/1.1\r\nA: b\r\n"],
)
def test_a_request_that_does_not_arrive_is_ended(data: bytes) -> None:
    """With 408; a connection on which nothing arrives is closed without a word."""
    with Mock(load(SMALL), patience=0.3) as mock:
        assert exchanged(mock, data).startswith(b"HTTP/1.1 408 ")
        assert exchanged(mock) == b""
        assert requests.delete(f"{mock.url}/things/1", timeout=30).status_code == 204


def test_a_connection_is_kept_alive(small: Mock) -> None:
    """Requests follow each other, also those with chunks; the client decides when it ends."""
    chunked = (
        b"DELETE /things/1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n0\r\nT: v\r\n\r\n"
    )
    received = exchanged(small, chunked, chunked, b"GET /things/2 HTTP/1.1\r\n" + CLOSING + b"\r\n")
    assert [line for line in received.split(b"\r\n") if line.startswith(b"HTTP/")] == [
        b"HTTP/1.1 204 No Content", b"HTTP/1.1 204 No Content", b"HTTP/1.1 200 OK",
    ]  # fmt: skip


def test_a_body_is_asked_for_before_it_is_sent(small: Mock) -> None:
    """`Expect: 100-continue`; not if it is refused by its size."""
    head = b"DELETE /things/1 HTTP/1.1\r\n" + CLOSING + b"Expect: 100-continue\r\nContent-Length: "
    assert exchanged(small, head + b"1\r\n\r\nx").startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 ")
    assert exchanged(small, head + b"99999999999\r\n\r\n").startswith(b"HTTP/1.1 413 ")


def test_head_and_options_are_answered_where_they_are_not_documented(small: Mock) -> None:
    """HEAD as GET, without the body; OPTIONS with the methods (RFC 9110, sections 9.3.2 and 9.3.7)."""
    url = f"{small.url}/things/1"
    head, get = requests.head(url, timeout=30), requests.get(url, timeout=5)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", str(len(get.content)))
    options = requests.options(url, timeout=30)
    assert (options.status_code, options.headers["Allow"]) == (204, "GET, DELETE, HEAD, OPTIONS")


def test_a_stopped_mock_closes_its_connections() -> None:
    """And says so; it does not start again."""
    mock = Mock(load(SMALL))
    assert repr(mock) == f"<Mock of 'small' at {mock.url}, not started>"
    host, port = mock.start().url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(b"DELETE /things/1 HTTP/1.1\r\nHost: h\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 204 ")
        mock.stop()
        assert connection.recv(1) == b""
    assert repr(mock).endswith("stopped>")
    with pytest.raises(DynclientError, match="has been stopped; create a new Mock"):
        mock.start()


def test_another_thread_ends_a_mock_that_serves_in_this_one() -> None:
    """`stop` returns when it has ended; meanwhile it cannot be started a second time."""
    mock = Mock(load(SMALL))
    serving = threading.Thread(target=mock.serve_forever)
    serving.start()
    assert requests.delete(f"{mock.url}/things/1", timeout=30).status_code == 204
    with pytest.raises(DynclientError, match="already running"):
        mock.serve_forever()
    mock.stop()
    serving.join(timeout=30)
    assert not serving.is_alive()
