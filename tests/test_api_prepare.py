"""Requests: `prepare` and `unpack`, judged by openapi-core and by each other."""

import dataclasses
import json
import math
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest
from requests import Request as RequestsRequest
from servers import document, operation

from dynclient import Options, Request
from dynclient.api.api import Api
from dynclient.api.operation import Operation
from dynclient.api.prepare import prepare
from dynclient.api.signature import MISSING
from dynclient.api.unpack import unpack
from dynclient.exchange import Headers
from dynclient.opening import load
from dynclient.security.credentials import Credentials

FORM = "application/x-www-form-urlencoded"
SHOP = Api(load("order_capture")).operations
KEYS = Credentials({"Client-Id": "fake-key", "BearerAuth": "fake-token"})
SERVER = Options(server="http://127.0.0.1")
CHECKOUT = {"shoppingType": "ONLINE", "channel": "WEBAPP", "languageCode": "en", "items": []}


def parameter(name: str, location: str = "query", kind: Any = "string", **rest: Any) -> dict[str, Any]:
    """A parameter of some type."""
    schema = kind if isinstance(kind, dict) else {"type": kind}
    return {"name": name, "in": location, "required": location == "path", "schema": schema, **rest}


def made(found: Operation, arguments: Any = (), body: Any = MISSING, **options: Any) -> Request:
    """The request that these arguments make."""
    settings = Options(server="http://127.0.0.1", **options)
    prepared = prepare(found, dict(arguments), body, options=settings, credentials=KEYS)
    assert prepared.problems == []
    assert prepared.request is not None
    return prepared.request


def problems(found: Operation, arguments: Any = (), body: Any = MISSING) -> list[str]:
    """What is wrong with these arguments."""
    prepared = prepare(found, dict(arguments), body, options=SERVER, credentials=KEYS)
    return [str(problem) for problem in prepared.problems]


def referee_objects(api: OpenAPI, request: Request) -> list[Any]:
    """What openapi-core has against a request."""
    sent = RequestsRequest(request.method, request.url, dict(request.headers), data=request.body)
    return list(api.iter_request_errors(RequestsOpenAPIRequest(sent)))


def test_a_checkout_is_created_as_documented() -> None:
    """Method, URL, headers and body, whole."""
    request = made(SHOP["createCheckout"], {"retailUnit": "no"}, CHECKOUT)
    assert (request.method, request.url) == ("POST", "http://127.0.0.1/no/checkouts")
    assert dict(request.headers) == {
        "Content-Type": "application/json",
        "X-Client-Id": "fake-key",
        "Authorization": "Bearer fake-token",
        "Accept": "application/json, application/problem+json",
    }
    assert json.loads(request.body or b"") == CHECKOUT


def test_a_query_carries_json_text() -> None:
    """As getCheckout's checkout, one percent-encoded pair."""
    arguments = {"checkoutId": "1", "retailUnit": "se", "checkout": {"shoppingType": "ONLINE", "channel": "WEBAPP"}}
    url = made(SHOP["getCheckout"], arguments).url
    assert (
        url
        == "http://127.0.0.1/se/checkouts/1?checkout=%7B%22shoppingType%22%3A%22ONLINE%22%2C%22channel%22%3A%22WEBAPP%22%7D"
    )


def test_the_documents_server_is_used_when_none_is_given() -> None:
    """With its base path."""
    prepared = prepare(SHOP["getOrder"], {"checkoutId": "1", "retailUnit": "se"}, credentials=KEYS)
    assert prepared.request is not None
    assert prepared.request.url == "https://dev.oc.ingka.com/ordercaptureapi/se/checkouts/1/order"


def test_without_any_server_nothing_is_made() -> None:
    """And the message says what is missing."""
    prepared = prepare(operation(), {})
    assert prepared.request is None
    assert any("server" in str(problem) for problem in prepared.problems)


def test_every_place_of_a_request_is_filled() -> None:
    """Path, query, header and cookie, with Python values."""
    found = operation(
        parameter("id", "path", "integer"), parameter("day", "query", {"type": "string", "format": "date"}),
        parameter("X-Flag", "header", "boolean"), parameter("sid", "cookie"), parameter("tag", "query", "array"),
        path="/a/{id}/b",
    )  # fmt: skip
    values = {"id": 7, "day": date(2026, 1, 2), "X-Flag": True, "sid": "a;b", "tag": ("x", "y z")}
    request = made(found, values)
    assert request.url == "http://127.0.0.1/a/7/b?day=2026-01-02&tag=x&tag=y%20z"
    assert (request.headers["X-Flag"], request.headers["Cookie"]) == ("true", "sid=a%3Bb")


def test_all_problems_are_found_at_once() -> None:
    """None hides another."""
    body = {**CHECKOUT, "channel": 1, "items": [{"itemNo": "1", "quantity": "2"}]}
    found = problems(SHOP["createCheckout"], {"retailUnt": "se"}, body)
    assert {text.partition(":")[0] for text in found} == {
        "argument /retailUnt", "path /retailUnit", "body /channel", "body /items/0/quantity",
    }  # fmt: skip


@pytest.mark.parametrize("value", ["../x", "..", ".", "a/../b", "..\\x"])
def test_a_path_value_that_leaves_its_segment_makes_no_request(value: str) -> None:
    """Not even when validation is off."""
    arguments = {"checkoutId": value, "retailUnit": "se"}
    for mode in ("strict", "warn", "off"):
        prepared = prepare(SHOP["getOrder"], arguments, options=Options(validate_requests=mode), credentials=KEYS)
        assert prepared.request is None
        assert [problem.path for problem in prepared.problems] == [("checkoutId",)]


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "\0", "a\x0bb\x7f", " a", "a ", "\ta"])
def test_a_header_value_that_cannot_be_sent_makes_no_request(value: str) -> None:
    """Line breaks would start another header; spaces around it would be lost."""
    found = operation(parameter("X-A", "header"))
    assert prepare(found, {"X-A": value}, options=SERVER).request is None


@pytest.mark.parametrize(
    "value", ["a\ud800", float("nan"), math.inf, b"bytes", object(), {"a": b"b"}, {1: 2}, [object()]]
)
@pytest.mark.parametrize("place", ["path", "query", "header", "cookie", "body"])
def test_a_value_that_has_no_form_makes_no_request(place: str, value: Any) -> None:
    """It is a problem of that argument, never an error of some library."""
    if place == "body":
        found = operation(method="put", requestBody={"content": {"application/json": {"schema": {}}}})
        prepared = prepare(found, {}, value, options=SERVER)
    else:
        found = operation(parameter("a", place, {}), path="/{a}" if place == "path" else "/")
        prepared = prepare(found, {"a": value}, options=SERVER)
    assert prepared.request is None
    assert {problem.where for problem in prepared.problems} == {place}


def test_a_body_that_holds_itself_makes_no_request() -> None:
    """It has no end."""
    value: list[Any] = []
    value.append(value)
    found = operation(method="put", requestBody={"content": {"application/json": {}}})
    assert prepare(found, {}, value, options=SERVER).request is None


@pytest.mark.parametrize(
    ("arguments", "body", "said"),
    [
        ({}, CHECKOUT, "path /retailUnit: is required"),
        ({"retailUnit": ["se"]}, CHECKOUT, 'path /retailUnit: ["se"] is not of type string'),
        ({"retailUnit": ""}, CHECKOUT, "path /retailUnit: must not be empty"),
        ({"retailUnit": None}, CHECKOUT, "path /retailUnit: null is not of type string"),
        ({"retailUnit": "se"}, MISSING, "body: is required"),
        ({"retailUnit": "se"}, None, "body: null is not of type object"),
        ({"retailUnit": "se"}, "text", 'body: "text" is not of type object'),
        ({"retailUnit": "se"}, b"{}", "body: must not be bytes"),
        ({("header", "retailUnit"): "se", "retailUnit": "se"}, CHECKOUT, "header /retailUnit: is not in the document"),
        ({("path", "retailUnt"): "se", "retailUnit": "se"}, CHECKOUT, "argument /retailUnt: is not in the document"),
    ],
)  # fmt: skip
def test_an_argument_that_breaks_the_document_is_named(arguments: Any, body: Any, said: str) -> None:
    """Once, with what is wrong."""
    found = problems(SHOP["createCheckout"], arguments, body)
    assert [text[: len(said)] for text in found] == [said]


def test_a_name_in_two_locations_has_to_be_told_apart() -> None:
    """The location says which is meant; without it, neither is guessed."""
    found = operation(parameter("id"), parameter("id", "header"))
    both = {("query", "id"): "1", ("header", "id"): "2"}
    assert made(found, both).url.endswith("?id=1")
    assert made(found, both).headers["id"] == "2"
    assert any("query" in text and "header" in text for text in problems(found, {"id": "1"}))


def test_an_operation_without_body_takes_none() -> None:
    """Undocumented is an error, not ignored."""
    assert problems(SHOP["getOrder"], {"checkoutId": "1", "retailUnit": "se"}, {}) == [
        "body: the operation takes no body (validate_requests='off' sends it)"
    ]


@pytest.mark.parametrize(("kind", "value", "payload"), [("text/plain", "ä", "ä".encode()), ("image/png", b"\0", b"\0")])
def test_a_body_may_be_text_or_bytes(kind: str, value: Any, payload: bytes) -> None:
    """As its media type says."""
    found = operation(method="put", requestBody={"content": {kind: {"schema": {"type": "string"}}}})
    request = made(found, {}, value)
    assert (request.body, request.headers["Content-Type"].partition(";")[0]) == (payload, kind)


def test_an_empty_body_is_a_body() -> None:
    """An empty text is sent as such, and found again."""
    found = operation(method="put", requestBody={"required": True, "content": {"text/plain": {}}})
    request = made(found, {}, "")
    assert request.body == b""
    assert request.headers["Content-Type"] == "text/plain"


@pytest.mark.parametrize("mode", ["off", "warn", "strict"])
def test_off_looks_at_no_value(mode: Any) -> None:
    """The request is made of whatever was given."""
    prepared = prepare(SHOP["createCheckout"], {"retailUnit": 7}, {}, options=Options(validate_requests=mode), credentials=KEYS)  # fmt: skip
    assert prepared.request is not None
    assert prepared.request.body == b"{}"
    assert bool(prepared.problems) is (mode != "off")


def test_extra_headers_are_sent_but_do_not_replace_documented_ones() -> None:
    """Those are arguments or credentials."""
    arguments = {"checkoutId": "1", "retailUnit": "se"}
    assert made(SHOP["getOrder"], arguments, headers={"X-Trace": "1"}).headers["X-Trace"] == "1"
    options = Options(headers={"x-client-id": "other"})
    prepared = prepare(SHOP["getOrder"], arguments, options=options, credentials=KEYS)
    assert prepared.request is None
    assert "header /x-client-id: is set by the document" in str(prepared.problems[0])


@pytest.mark.parametrize("name_and_value", [("X-A", "a\nb"), ("X-A\r\nX-B", "a"), ("X-A", 7), ("X A", "a"), ("", "a"), ("X-A:", "a")])  # fmt: skip
def test_an_extra_header_is_one_line_of_text(name_and_value: Any) -> None:
    """And its name is a token (RFC 9110, section 5.1)."""
    options = Options(server="http://h", headers=dict([name_and_value]))
    assert prepare(operation(), {}, options=options).request is None


def test_accept_may_be_chosen() -> None:
    """By an option or as an extra header."""
    assert made(operation(), accept="text/csv").headers["Accept"] == "text/csv"
    assert made(operation(), headers={"accept": "text/csv"}).headers["Accept"] == "text/csv"


def test_arguments_are_not_changed() -> None:
    """What was handed over stays as it was."""
    body: dict[str, Any] = {**CHECKOUT, "items": []}
    arguments = {"retailUnit": "se"}
    made(SHOP["createCheckout"], arguments, body)
    assert (arguments, body) == ({"retailUnit": "se"}, {**CHECKOUT, "items": []})


EVERY = document(
    {
        "/a/{id}/{list}": {
            "put": {
                "operationId": "use",
                "parameters": [
                    parameter("id", "path"),
                    parameter("list", "path", {"type": "array", "items": {"type": "integer"}}),
                    parameter("q", "query"),
                    parameter("tags", "query", {"type": "array", "items": {"type": "string"}}),
                    parameter("csv", "query", {"type": "array", "items": {"type": "string"}}, explode=False),
                    parameter("X-Count", "header", "integer"),
                    parameter("sid", "cookie"),
                ],
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {"200": {"description": "OK"}},
            }
        }
    },
    servers=[{"url": "http://127.0.0.1/base"}],
)
USE = Api(EVERY).operations["use"]
REFEREE = OpenAPI.from_dict(EVERY.data)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
segments = texts.filter(lambda text: not {".", ".."} & set(text.replace("\\", "/").split("/")))
calls = st.fixed_dictionaries(
    {("path", "id"): segments, ("path", "list"): st.lists(st.integers(), min_size=1, max_size=3)},
    optional={
        ("query", "q"): texts,
        ("query", "tags"): st.lists(texts, min_size=1, max_size=3),
        ("query", "csv"): st.lists(texts, min_size=1, max_size=3),
        ("header", "X-Count"): st.integers(),
        ("cookie", "sid"): texts,
    },
)
bodies = st.just(MISSING) | st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"])), st.integers(), max_size=2
)


@given(calls, bodies)
def test_unpack_undoes_prepare(arguments: Any, body: Any) -> None:
    """For any arguments."""
    request = prepare(USE, arguments, body).request
    assert request is not None
    assert unpack(USE, request) == (arguments, body, [])


@given(calls, bodies)
def test_openapi_core_accepts_what_prepare_makes(arguments: Any, body: Any) -> None:
    """An independent judge reads the same values."""
    arguments = {key: value for key, value in arguments.items() if key[1] not in ("list", "id")}
    request = prepare(USE, {**arguments, ("path", "id"): "x", ("path", "list"): [1, 2]}, body).request
    assert request is not None
    assert referee_objects(REFEREE, request) == []
    query = parse_qsl(urlsplit(request.url).query)
    assert [text for name, text in query if name == "tags"] == arguments.get(("query", "tags"), [])


def recorded(url: str = "http://h/a?n=1", body: bytes | None = None, method: str = "GET", **headers: str) -> Request:
    """A request as somebody sent it."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method, url, Headers(fields), body)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://h/a?n=1", []),
        ("http://h/a?n=%31&n=2", []),
        ("http://h/a", ["query /n: is required"]),
        ("http://h/a?n=x", ['query /n: "x" is not of type integer']),
        ("http://h/a?n=" + "9" * 5000, ["query /n: "]),
        ("http://h/a?n=1.0", []),
        ("http://h/a?n=1&o=a,1,b", ["query /o: an object needs pairs of name and value"]),
    ],
)
def test_a_recorded_request_is_checked(url: str, said: list[str]) -> None:
    """All that is wrong is said, and nothing makes the check fail."""
    found = operation(
        parameter("n", "query", "integer", required=True), parameter("o", "query", "object", explode=False), path="/a"
    )  # fmt: skip
    texts = [str(problem) for problem in unpack(found, recorded(url))[2]]
    assert [text[: len(start)] for text, start in zip(texts, said, strict=True)] == said


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b'{"a": 1}', "application/json; charset=utf-8", []),
        (b"", "", ["body: is required"]),
        (b"{", "application/json", ["body: is not JSON"]),
        (b"{}", "application/json", ["body /a: is required"]),
        (b"a", "text/plain", ["body: has the Content-Type 'text/plain', which is not documented (documented: appl"]),
        (b"{}", "", ["body: has no Content-Type"]),
        (b"1" * 5000, "application/json", ["body: is not JSON"]),
    ],
)
def test_a_recorded_body_is_checked(body: bytes, kind: str, said: list[str]) -> None:
    """By its Content-Type and its schema."""
    schema = {"type": "object", "required": ["a"]}
    found = operation(method="put", path="/a", requestBody={"required": True, "content": {"application/json": {"schema": schema}}})  # fmt: skip
    headers = {"Content_Type": kind} if kind else {}
    texts = [str(problem) for problem in unpack(found, recorded("http://h/a", body, "PUT", **headers))[2]]
    assert [text[: len(start)] for text, start in zip(texts, said, strict=True)] == said


def test_a_recorded_request_without_credentials_is_noticed() -> None:
    """Their values do not matter: recordings have them removed."""
    url = "http://h/se/checkouts/1/order"
    assert [problem.where for problem in unpack(SHOP["getOrder"], recorded(url))[2]] == ["security"]
    assert unpack(SHOP["getOrder"], recorded(url, X_Client_Id="REDACTED"))[2] == []


@pytest.mark.parametrize(
    ("kind", "value", "query"),
    [
        ("application/x-www-form-urlencoded", {"a": "x y", "b": ["1", "2"]}, "a=x+y&b=1&b=2"),
        ("application/json", {"a": ["ä"]}, "%7B%22a%22%3A%5B%22%C3%A4%22%5D%7D"),
    ],
)
def test_a_whole_query_may_be_one_value(kind: str, value: Any, query: str) -> None:
    """OpenAPI 3.2, Parameter Object: `in: querystring`, written in its media type and read back."""
    schema = {"type": "object", "properties": {"a": {}, "b": {"type": "array", "items": {"type": "string"}}}}
    described = {"name": "q", "in": "querystring", "required": True, "content": {kind: {"schema": schema}}}
    found = operation(described)
    request = made(found, {"q": value})
    assert request.url.partition("?")[2].replace("%20", "+") == query
    assert unpack(found, request)[0] == {("querystring", "q"): value}


def test_each_call_is_made_with_the_options_and_credentials_that_it_is_given() -> None:
    """Whatever the call before had."""
    paths = {"/a": {"get": {"operationId": "a", "security": [{"Key": []}], "responses": {}}}}
    schemes = {"Key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    found = Api(document(paths, components={"securitySchemes": schemes})).operations["a"]
    for server, key in (("http://a", "1"), ("http://b", "1"), ("http://b", "2"), ("http://a", "1")):
        request = prepare(found, {}, options=Options(server=server), credentials=Credentials({"Key": key})).request
        assert request is not None
        assert (request.url, request.headers["X-Key"]) == (f"{server}/a", key)


def test_what_is_changed_in_the_mappings_of_the_options_is_seen() -> None:
    """Though the options are the same ones."""
    headers: dict[str, str] = {}
    variables = {"port": "1"}
    options = Options(headers=headers, server_variables=variables)
    servers = [{"url": "http://a:{port}", "variables": {"port": {"default": "80"}}}]
    found = operation(servers=servers)
    assert "X-More" not in prepare(found, {}, options=options)[0].headers  # type: ignore[union-attr]
    headers["X-More"], variables["port"] = "1", "2"
    request = prepare(found, {}, options=options).request
    assert request is not None
    assert (request.headers["X-More"], request.url) == ("1", "http://a:2/things")


def test_an_object_goes_out_as_the_first_json_that_is_offered() -> None:
    """Whatever stands before and behind it, in the spelling of the document."""
    names = "text/plain", "application/vnd.a+json; charset=UTF-8", "application/json", "*/*"
    content: Any = {name: {} for name in names}
    found = operation(method="post", requestBody={"content": content})
    request = made(found, body={"a": "é"})
    assert request.headers["Content-Type"] == "application/vnd.a+json; charset=UTF-8"
    assert request.body == '{"a":"é"}'.encode()


def test_json_in_another_charset_is_written_in_it() -> None:
    """As the document says."""
    found = operation(method="post", requestBody={"content": {"application/json; charset=utf-16": {}}})
    assert made(found, body=["é"]).content.decode("utf-16") == '["é"]'


@pytest.mark.parametrize("body", [{1: "a"}, [{None: 1}], {"a": {2.5: 1}}])
def test_a_key_that_is_no_text_is_refused_at_any_depth(body: Any) -> None:
    """JSON would make a text of it in silence."""
    found = operation(method="post", requestBody={"content": {"application/json": {}}})
    (problem,) = problems(found, body=body)
    assert "key must be a string" in problem


@pytest.mark.parametrize("required", [("first", False, True), ("second", True, False)])
def test_members_that_two_objects_share_belong_to_the_required_one(required: tuple[str, bool, bool]) -> None:
    """Then to the first: both at once are refused before anything is sent."""
    schema = {"type": "object", "properties": {"Bucket": {"type": "string"}, "Key": {"type": "string"}}}
    _, second, first = required
    found = operation(
        {"name": "Logs", "in": "query", "schema": schema, "required": second},
        {"name": "Input", "in": "query", "schema": schema, "required": first},
    )
    value = {"Bucket": "a", "Key": "b"}
    name = "Input" if first else "Logs"
    request = prepare(found, {name: value}, options=Options(server="http://127.0.0.1")).request
    assert request is not None
    assert unpack(found, request)[0] == {("query", name): value}


@pytest.mark.parametrize("value", [3, {"number": 1, "size": 2}])
def test_a_parameter_may_be_a_number_or_an_object(value: Any) -> None:
    """The members of the object stand in the query by themselves; those that another parameter has are its own."""
    page = {"type": "object", "properties": {"number": {"type": "integer"}, "size": {"type": "integer"}}}
    found = operation(
        {"name": "page", "in": "query", "schema": {"oneOf": [{"type": "integer"}, page]}},
        {"name": "sort", "in": "query", "schema": {"type": "string"}},
    )
    request = prepare(found, {"page": value, "sort": "a"}, options=Options(server="http://127.0.0.1")).request
    assert request is not None
    assert unpack(found, request)[0] == {("query", "page"): value, ("query", "sort"): "a"}


@pytest.mark.parametrize(("style", "explode"), [("simple", False), ("simple", True), ("form", False), ("form", True)])
@pytest.mark.parametrize("value", ["all", 7, [1, 2], {"role": "admin"}])
def test_a_text_that_can_be_several_things_is_what_the_schema_accepts(style: str, explode: bool, value: Any) -> None:  # noqa: FBT001
    """`1,2` is an array where it is no allowed text, and `role,admin` an object."""
    role = {"type": "object", "properties": {"role": {"enum": ["admin"]}}, "additionalProperties": False}
    choices = [{"enum": ["all"]}, {"type": "integer"}, {"type": "array", "items": {"type": "integer"}}, role]
    place = "path" if style == "simple" else "query"
    described = {"name": "who", "in": place, "required": True, "style": style, "explode": explode}
    path = "/things/{who}" if place == "path" else "/things"
    found = operation({**described, "schema": {"anyOf": choices}}, path=path)
    request = prepare(found, {"who": value}, options=Options(server="http://127.0.0.1")).request
    assert request is not None
    arguments, _, problems = unpack(found, request)
    assert (arguments, problems) == ({(place, "who"): value}, [])


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"12345", []),
        (b"", ['body /file: "" is shorter than the minimum length of 1']),
        (b"x" * 10, []),
        (b"x" * 11, ["longer than the maximum length of 10"]),
    ],
)
def test_a_file_is_as_long_as_the_schema_wants(file: bytes, said: list[str]) -> None:
    """Its octets are counted before it is sent, and when it was recorded."""
    rule = {"type": "string", "format": "binary", "minLength": 1, "maxLength": 10}
    schema = {"type": "object", "properties": {"file": rule}}
    found = operation(method="post", requestBody={"content": {"multipart/form-data": {"schema": schema}}})
    made = prepare(found, {}, {"file": file}, options=Options(server="http://127.0.0.1"))
    assert made.request is not None
    for problems in (made.problems, unpack(found, made.request)[2]):
        assert len(problems) == len(said)
        assert all(part in str(problem) for part, problem in zip(said, problems, strict=True))


@pytest.mark.parametrize(
    ("path", "arguments", "sent", "faults"),
    [
        ("/#Action=Add", {}, "/", 1),
        ("/{id}#acl", {"id": 1}, "/1", 1),
        ("/rest?method=a.b&x", {}, "/rest?method=a.b&x", 1),
        ("/rest?method=a b", {"q": "c"}, "/rest?method=a%20b&q=c", 1),
        ("/rest/{id}?page={page}#note", {"id": 1, "page": "a&b/c"}, "/rest/1?page=a%26b%2Fc", 2),
        ("/rest?q={q}", {"q": "a b"}, "/rest?q=a%20b", 1),
        ("/rest?q={q}", {}, "/rest", 1),
        ("/rest?{id}=1&{page}", {"id": "a=b", "page": "c"}, "/rest?a%3Db=1&c", 1),
        ("/send/#env/{id}", {"id": 1}, "/send/%23env/1", 0),
        ("/rest/{id#?}", {"id#?": 1}, "/rest/1", 0),
    ],
)
def test_what_stands_behind_a_path_is_sent_as_a_url_has_it(path: str, arguments: Any, sent: str, faults: int) -> None:
    """A query is one, and a fragment is not sent (OpenAPI, Paths Object: the path is appended; RFC 3986, 3.4 and 3.5)."""
    described = [
        {"name": name, "in": "path", "required": True, "schema": {}}
        for name in ("id", "page", "id#?")
        if f"{{{name}}}" in path
    ]
    described.append({"name": "q", "in": "query", "schema": {"type": "string"}})
    found = document({path: {"get": {"parameters": described, "responses": {"200": {"description": "ok"}}}}})
    operation = Api(found).operations.operations[0]
    prepared = prepare(operation, arguments, options=Options(server="http://any.host/base/"))
    assert prepared.problems == []
    assert prepared.request is not None
    assert prepared.request.url == f"http://any.host/base{sent}"
    assert [problem.keyword for problem in found.problems] == ["path"] * faults


def test_what_a_body_cannot_carry_is_said_with_its_place() -> None:
    """Of a form of many fields nobody could find it otherwise."""
    found = operation(method="post", requestBody={"content": {"multipart/form-data": {}}})
    assert problems(found, body={"a": [1, {"b": math.nan}]})[0].startswith("body /a/1/b: ")
    assert problems(found, body={"a": None}) == ["body /a: a part cannot carry null (leave the property out)"]


def test_an_iterator_in_a_form_is_a_file_or_an_array() -> None:
    """By its schema; a file is read as it is sent, and never looked into."""
    schema = {"properties": {"file": {"type": "string", "format": "binary"}, "tags": {"type": "array"}}}
    body = {"multipart/form-data": {"schema": schema}}
    found = operation(method="post", requestBody={"content": body})
    request = made(found, body={"file": ("n.bin", iter([b"ab", b"c"])), "tags": (tag for tag in "xy")})
    assert unpack(found, request)[1:] == ({"file": b"abc", "tags": ["x", "y"]}, [])
    assert b"\r\nabc\r\n" in made(found, body={"file": iter([b"ab", b"c"])}).content
    form = operation(method="post", requestBody={"content": {FORM: {"schema": schema}}})
    assert made(form, body={"tags": (tag for tag in "xy")}).content == b"tags=x&tags=y"


def test_items_of_an_iterator_are_made_as_they_are_sent() -> None:
    """Nobody has to have them all; parts are put together, as each may be a file of its own."""
    content = {"application/jsonl": {"itemSchema": {"type": "integer"}}}
    request = made(operation(method="post", requestBody={"content": content}), body=iter(range(10**12)))
    assert [chunk for chunk, _ in zip(request.body or (), range(2), strict=False)] == [b"0\n", b"1\n"]
    content = {"multipart/mixed": {"schema": {"type": "array", "items": {"type": "object"}}}}
    request = made(operation(method="post", requestBody={"content": content}), body=({"n": n} for n in range(2)))
    assert request.content.count(b"Content-Type: application/json") == 2


@pytest.mark.parametrize("schema", [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}])
def test_a_parameter_may_be_empty_where_the_document_allows_it(schema: Any) -> None:
    """`allowEmptyValue`: the name stands without a value, whatever the schema wants of one."""
    found = operation({"name": "q", "in": "query", "schema": schema, "allowEmptyValue": True})
    request = made(found, {"q": ""})
    assert request.url.partition("?")[2] == "q="
    assert unpack(found, request) == ({("query", "q"): ""}, MISSING, [])
    strict = operation({"name": "q", "in": "query", "schema": schema})
    assert 'query /q: "" is not of type' in problems(strict, {"q": ""})[0]


@pytest.mark.parametrize("place", ["query", "cookie", "header", "path"])
@pytest.mark.parametrize(
    ("kind", "schema", "value"),
    [
        ("text/plain", {"type": "integer"}, 5),
        ("text/plain", {"type": "boolean"}, True),
        ("application/json", {"type": "object"}, {"a": [1, "b;c"]}),
        ("application/x-www-form-urlencoded", {"type": "object", "properties": {"a": {"type": "integer"}}}, {"a": 5}),
    ],
)
def test_a_parameter_with_content_is_written_and_read_by_its_schema(place: str, kind: str, schema: Any, value: Any) -> None:  # fmt: skip
    """As a body in that media type is (OpenAPI, Parameter Object, `content`)."""
    path = "/things/{q}" if place == "path" else "/things"
    found = operation({"name": "q", "in": place, "required": True, "content": {kind: {"schema": schema}}}, path=path)
    arguments, _, said = unpack(found, made(found, {"q": value}))
    assert (arguments, said) == ({(place, "q"): value}, [])


def test_the_members_of_a_whole_query_have_their_encodings() -> None:
    """OpenAPI 3.2: a form in the query is written as one in a body is."""
    many = {"type": "array", "items": {"type": "string"}}
    deep = {"type": "object", "properties": {"x": {"type": "integer"}}}
    form = {
        "schema": {"type": "object", "properties": {"a": many, "f": deep}},
        "encoding": {"a": {"style": "pipeDelimited"}, "f": {"style": "deepObject"}},
    }
    content = {"application/x-www-form-urlencoded": form}
    found = operation({"name": "q", "in": "querystring", "required": True, "content": content})
    request = made(found, {"q": {"a": ["x", "y"], "f": {"x": 5}}})
    assert request.url.partition("?")[2] == "a=x%7Cy&f%5Bx%5D=5"
    assert unpack(found, request)[0] == {("querystring", "q"): {"a": ["x", "y"], "f": {"x": 5}}}


@pytest.mark.parametrize(("value", "place"), [(b"abc", "/q"), ([b"abc"], "/q/0"), ({"a": b"abc"}, "/q/a")])
def test_bytes_without_a_format_are_refused_with_what_would_help(value: Any, place: str) -> None:
    """A schema knows nothing of bytes, so it is not asked."""
    found = operation({"name": "q", "in": "query", "schema": {}})
    (told,) = problems(found, {"q": value})
    assert told.startswith(f"query {place}: must not be bytes (`contentEncoding: base64` in the schema")


@pytest.mark.parametrize("name", [(), ("query",), ("a", "b", "c"), 5, None])
def test_whatever_is_no_name_is_refused(name: Any) -> None:
    """As a name that the document does not have."""
    assert "is not in the document" in problems(operation({"name": "q", "in": "query"}), {name: 1})[0]


def test_bytes_that_are_no_text_are_refused_in_a_parameter() -> None:
    """With an error of our own."""
    found = operation({"name": "q", "in": "query", "content": {"application/octet-stream": {}}})
    prepared = prepare(found, {"q": b"\xff"}, options=Options(server="http://h", validate_requests="off"))
    assert [str(problem) for problem in prepared.problems] == [
        "query /q: contains bytes that are not UTF-8 text, which a parameter cannot carry"
    ]


@pytest.mark.parametrize("place", ["query", "cookie"])
def test_a_member_that_would_be_taken_for_another_parameter_is_refused(place: str) -> None:
    """An object that takes any member stands beside the others, so what has their name is theirs."""
    page = {"name": "pa/ge", "in": place, "schema": {"type": "integer"}}
    found = operation(page, {"name": "more", "in": place, "schema": {"type": "object"}})
    said = f"{place} /more: 'pa/ge' is a separate parameter: pass it as pa/ge=..."
    assert problems(found, {"more": {"pa/ge": 1}}) == [said]
    assert problems(found, {"more": {"page": 1}}) == []


@pytest.mark.parametrize("place", ["query", "cookie"])
def test_what_is_required_and_would_not_be_sent_is_refused(place: str) -> None:
    """An array without items, spread over no pairs at all."""
    found = operation({"name": "q", "in": place, "required": True, "schema": {"type": "array"}})
    assert problems(found, {"q": []}) == [f"{place} /q: is required but empty"]


def test_an_object_among_the_cookies_has_only_the_members_that_nothing_else_claims() -> None:
    """And it may not write a name that another parameter writes: nobody could tell whose it is."""
    many = {"type": "object", "additionalProperties": {"type": "string"}}
    found = operation(
        {"name": "sid", "in": "cookie", "schema": {"type": "string"}},
        {"name": "more", "in": "cookie", "schema": many},
    )
    arguments = {"sid": "1", "more": {"a": "2", "b": "3"}}
    request = made(found, arguments)
    assert request.headers["Cookie"] == "sid=1; a=2; b=3"
    assert unpack(found, request)[0] == {("cookie", name): value for name, value in arguments.items()}
    assert "clashes with parameter sid" in problems(found, {"sid": "1", "more": {"sid": "2"}})[0]


def test_an_encoding_may_be_nothing_and_its_headers_components() -> None:
    """What is no Encoding Object says nothing; the schema of a header may be anywhere."""
    schema = {"type": "object", "properties": {"a": {"type": "string", "format": "binary"}}}
    header = {"required": True, "schema": {"$ref": "#/components/schemas/Fixed"}}
    for encoding, line in (({"a": None}, b""), ({"a": {"headers": {"X-A": header}}}, b"X-A: v\r\n")):
        body = {"content": {"multipart/form-data": {"schema": schema, "encoding": encoding}}}
        paths = {"/a": {"post": {"operationId": "use", "requestBody": body, "responses": {}}}}
        told = document(paths, version="3.1.0", components={"schemas": {"Fixed": {"const": "v"}}})
        assert line in made(Api(told).operations["use"], body={"a": b"1"}).content


KINDS = (
    "application/json", FORM, "multipart/form-data", "multipart/mixed", "text/plain", "application/xml", "application/octet-stream",
    "application/yaml", "application/jsonl",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_that_contains_itself_is_refused_with_its_place(kind: str) -> None:
    """In every media type."""
    body: dict[str, Any] = {"a": []}
    body["a"].append(body)
    found = operation(method="post", requestBody={"content": {kind: {"schema": {}}}})
    assert problems(found, body=body) == ["body /a/0: contains itself: it is the value at the top again"]
    assert problems(operation(parameter("q", kind={})), {"q": body["a"]})[0].startswith("query /q/0/a: contains itself")


@pytest.mark.parametrize("kind", KINDS)
def test_all_that_a_body_cannot_carry_is_told_at_once(kind: str) -> None:
    """Each by its place and type."""
    found = operation(method="post", requestBody={"content": {kind: {"schema": {}}}})
    told = problems(found, body={"a": math.nan, "b": [object()]})
    assert [text.partition(" (")[0] for text in told] == [
        "body /a: nan is not a number in JSON",
        "body /b/0: must be plain data, not object",
    ]


def test_a_value_without_a_plain_form_does_not_hide_what_the_schema_objects_to() -> None:
    """Elsewhere in the body; of the value itself there is nothing more to say."""
    properties = {"n": {"type": "integer"}, "at": {"type": "string"}}
    found = operation(
        method="post", requestBody={"content": {"application/json": {"schema": {"properties": properties}}}}
    )
    told = problems(found, body={"n": "x", "at": math.nan})
    assert told == ["body /at: nan is not a number in JSON", 'body /n: "x" is not of type integer']


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data"])
def test_all_that_a_form_cannot_carry_is_told_at_once(kind: str) -> None:
    """Field by field, beside what the schema objects to."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    found = operation(method="post", requestBody={"content": {kind: {"schema": schema}}})
    told = problems(found, body={"a": None, "b": [1, None], "n": "x"})
    assert [text.partition(": ")[0] for text in told] == ["body /a", "body /b/1", "body /n"]


def test_a_model_is_sent_in_the_media_type_of_an_object() -> None:
    """Where a document offers several."""
    offered = {"text/plain": {}, FORM: {"schema": {"type": "object"}}}
    model = dataclasses.make_dataclass("Model", ["a"])
    request = made(operation(method="post", requestBody={"content": offered}), body=model(1))
    assert (request.headers["Content-Type"], request.body) == (FORM, b"a=1")


@pytest.mark.parametrize("kind", ["application/octet-stream", "multipart/form-data"])
def test_a_file_that_cannot_be_sent_is_named_before_anything_is_sent(kind: str, tmp_path: Path) -> None:
    """One that is closed, and one that is opened as text."""
    found = operation(parameter("q", kind={}), method="post", requestBody={"content": {kind: {}}})
    (tmp_path / "a.txt").write_text("x")
    with (tmp_path / "a.txt").open("rb") as closed:
        pass
    with (tmp_path / "a.txt").open() as text, NamedTemporaryFile("w", encoding="utf-8") as wrapped:
        for file, said in (
            (closed, "is a closed file (a.txt)"),
            (text, "is a file opened as text (a.txt)"),
            (wrapped, "opened as text"),
        ):
            (told,) = problems(found, body={"f": file} if "form" in kind else file)
            assert said in told
            assert problems(found, {"q": file})[0].startswith("query /q: must not be a file (")


@pytest.mark.parametrize(
    ("name", "advice"),
    [("Accept", "Options(accept=...)"), ("Content-Type", "Body(value, media_type)"), ("Authorization", "auth=...")],
)
def test_an_ignored_header_parameter_is_told_with_the_way_that_there_is(name: str, advice: str) -> None:
    """As a name of the programmatic form, and as a Python argument."""
    found = operation({"name": name, "in": "header", "schema": {}})
    (told,) = problems(found, {name: "x"})
    assert told.startswith(f"argument /{name}: is not a parameter: header parameters of this name are ignored")
    assert advice in told
    assert str(found.bind((), {name: "x"})[2][0]) == told


@pytest.mark.parametrize("arguments", [3, [1], "ab", 0])
def test_arguments_that_are_not_a_mapping_are_refused(arguments: Any) -> None:
    """By their type."""
    (told,) = prepare(operation(), arguments).problems
    assert str(told).startswith(f"argument: must be a mapping of names to values, not {type(arguments).__name__}")


def test_a_secret_is_not_quoted_where_its_style_cannot_carry_it() -> None:
    """The style says what is wrong with it, and nothing of it."""
    told = problems(operation(parameter("X-Token", "header")), {"X-Token": "hunter2 "})
    assert told == ["header /X-Token: has white space at an end, which this style cannot carry"]


@pytest.mark.parametrize(
    "name", ["Content-Length", "transfer-encoding", "Connection", "TE", "Trailer", "Upgrade", "Keep-Alive"]
)
def test_a_field_that_cuts_messages_out_of_a_connection_is_not_the_callers(name: str) -> None:
    """A documented one need not be given, even where it is required; a wrong one is refused, in arguments as in options."""
    field = {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
    found = operation(field)
    sent = prepare(found, {}, options=Options(server="http://h"))
    assert (sent.problems, name in sent.request.headers if sent.request else None) == ([], False)
    for problems in (
        prepare(found, {name: "5"}, options=Options(server="http://h", validate_requests="off")).problems,
        prepare(
            operation(), {}, options=Options(server="http://h", headers={name: "5"}, validate_requests="off")
        ).problems,
    ):
        assert [problem.where for problem in problems] == ["header"]
        assert "says how the message is sent, so the connection sets it" in str(problems[0])


def test_a_length_that_is_right_may_be_given() -> None:
    """The connection sets it itself."""
    body = {"content": {"application/json": {"schema": {}}}}
    field = {"name": "Content-Length", "in": "header", "schema": {"type": "integer"}}
    found = operation(field, method="post", requestBody=body)
    right = prepare(found, {"Content-Length": 2}, {}, options=Options(server="http://h"))
    assert (right.problems, [name for name in right.request.headers if "ength" in name] if right.request else 1) == (
        [],
        [],
    )
    wrong = prepare(found, {"Content-Length": 3}, {}, options=Options(server="http://h"))
    assert "the body has 2 bytes" in str(wrong.problems[0])
