"""A request to its operation: templates, base paths, and the inverse of `prepare`."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import document

from dynclient import Options, Request
from dynclient.api.api import Api
from dynclient.api.prepare import prepare
from dynclient.exchange import Headers
from dynclient.opening import load
from dynclient.security.credentials import Credentials

MATCHER = Api(load("order_capture"))
SHOP = MATCHER.operations
CONCRETE = "/{retailUnit}/checkouts/user"


def small(*lines: str, **parts: Any) -> Api:
    """A matcher for operations written as `METHOD /path`."""
    paths: dict[str, Any] = {}
    for line in lines:
        method, _, path = line.partition(" ")
        names = [piece.partition("}")[0] for piece in path.split("{")[1:]]
        described = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
        paths.setdefault(path, {})[method.lower()] = {"parameters": described, "responses": {}}
    return Api(document(paths, **parts))


def matched(matcher: Api, line: str) -> str:
    """The operation that a request calls, or what is said when there is none."""
    method, _, path = line.partition(" ")
    found = matcher.match(Request(method, f"http://any.host{path}"))
    return found.operation.key if found.operation else str(found.problems[0])


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("GET /se/checkouts/user", f"GET {CONCRETE}"),
        ("GET /se/checkouts/us%65r", f"GET {CONCRETE}"),
        ("PATCH /se/checkouts/user", "PATCH /{retailUnit}/checkouts/{checkoutId}"),
        ("GET /se/checkouts/user2", "GET /{retailUnit}/checkouts/{checkoutId}"),
        ("GET /se/checkouts/1/order", "GET /{retailUnit}/checkouts/{checkoutId}/order"),
        ("GET /ordercaptureapi/se/checkouts/1/order", "GET /{retailUnit}/checkouts/{checkoutId}/order"),
        ("get /se/checkouts/1?checkout={}", "GET /{retailUnit}/checkouts/{checkoutId}"),
        ("DELETE /se/checkouts/1", "method: DELETE is not documented for /se/checkouts/1 (documented: GET, PATCH)"),
        ("GET /se/nothing", "path: /se/nothing is not documented"),
        ("GET /se/checkouts/1/", "path: /se/checkouts/1/ is not documented"),
        ("GET /se//1", "path: /se//1 is not documented"),
        ("GET ", "path:  is not documented"),
    ],
)
def test_a_request_is_matched_to_its_operation(line: str, key: str) -> None:
    """A concrete path wins, but does not hide a method that it does not have."""
    assert matched(MATCHER, line) == key


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("GET /a/b", "GET /a/b"),
        ("GET /a/x", "GET /a/{y}"),
        ("GET /x/b", "GET /{x}/b"),
        ("GET /x/y", "GET /{x}/{y}"),
        ("GET /f/report.json", "GET /f/{name}.json"),
        ("GET /f/a-b", "GET /f/{one}-{two}"),
        ("GET /a%2Fb/x", "GET /{x}/{y}"),
    ],
)
def test_the_earlier_fixed_segment_wins(line: str, key: str) -> None:
    """OpenAPI, Path Templating Matching."""
    templates = ["/{x}/{y}", "/{x}/b", "/a/{y}", "/a/b", "/f/{name}.json", "/f/{one}-{two}"]
    assert matched(small(*(f"GET {path}" for path in templates)), line) == key


@pytest.mark.parametrize("path", ["/a b/{x}", "/ä/{x}", "/a:b/{x}", "/a+b/{x}", "/a.b/{x}", "/a(b)/{x}"])
def test_a_template_of_any_characters_is_matched(path: str) -> None:
    """Percent-encoded by the sender or not."""
    matcher = small(f"GET {path}")
    [operation] = matcher.operations.operations
    prepared = prepare(operation, {"x": "1"}, options=Options(server="http://h"))
    assert prepared.request is not None
    assert prepared.request.url.isascii()
    assert " " not in prepared.request.url
    assert matcher.match(prepared.request).operation is operation


@pytest.mark.parametrize(
    ("path", "key"),
    [("/base/a", "GET /a"), ("/a", "GET /a"), ("/base/base/a", "path: /base/base/a is not documented"), ("/basea", "path: /basea is not documented")],
)  # fmt: skip
def test_the_base_path_of_a_server_may_be_there_or_not(path: str, key: str) -> None:
    """A mock or a proxy may have taken it off."""
    assert matched(small("GET /a", servers=[{"url": "https://h/base/"}]), f"GET {path}") == key


def test_another_base_path_can_be_given() -> None:
    """For recordings made through a gateway."""
    matcher = Api(MATCHER.document, bases=["/gateway/"])
    found = matcher.match(Request("GET", "http://h/gateway/se/checkouts/1/order", Headers({"X-Client-Id": "x"})))
    assert found.operation is matcher.operations["getOrder"]
    assert found.arguments == {("path", "retailUnit"): "se", ("path", "checkoutId"): "1"}
    assert found.problems == []


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
segments = texts.filter(lambda text: text != "user" and not {".", ".."} & set(text.replace("\\", "/").split("/")))


@given(st.sampled_from([op for op in SHOP.operations if op.id != "getCheckout"]), segments, segments, texts)
def test_match_undoes_prepare(operation: Any, unit: str, checkout: str, zipcode: str) -> None:
    """For every operation of Order Capture, with the server's base path."""
    given_ = {("path", "retailUnit"): unit, ("path", "checkoutId"): checkout, ("query", "zipcode"): zipcode}
    arguments = {key: value for key, value in given_.items() if key in operation.by_key}
    extra: tuple[Any, ...] = ({},) if operation.body else ()
    settings = Options(validate_requests="off")
    request = prepare(operation, arguments, *extra, options=settings, credentials=Credentials({"Client-Id": "x"})).request  # fmt: skip
    assert request is not None
    found = MATCHER.match(request)
    assert (found.operation, found.arguments) == (operation, arguments)
    assert not operation.body or found.body == {}


def one_url(**paths: Any) -> Api:
    """A matcher for operations of the same URL, each with what it describes."""
    return Api(document({path: {"post": {**told, "responses": {}}} for path, told in paths.items()}))


def asks(name: str, where: str = "query", **schema: Any) -> dict[str, Any]:
    """A required parameter."""
    return {"parameters": [{"name": name, "in": where, "required": True, "schema": schema or {"type": "string"}}]}


SHARED = one_url(**{
    "/x#Action=Add": asks("Action", enum=["Add"]),
    "/x#Action=Remove": asks("Action", const="Remove"),
    "/x#Action=Copy": asks("Action", allOf=[{"type": "string"}, {"enum": ["Copy", "Move"]}, {"const": "Copy"}]),
    "/x#target": asks("X-Target", "header", enum=["a.b"]),
    "/x#acl": asks("acl"),
    "/x": {},
    "/x#stream": {"requestBody": {"required": True, "content": {"image/*": {}}}},
})  # fmt: skip


@pytest.mark.parametrize(
    ("query", "fields", "key"),
    [
        ("?Action=Add", {}, "POST /x#Action=Add"),
        ("?v=1&Action=Remove", {}, "POST /x#Action=Remove"),
        ("?Action=Copy", {}, "POST /x#Action=Copy"),
        ("", {"x-target": "a.b"}, "POST /x#target"),
        ("?acl=", {}, "POST /x#acl"),
        ("", {}, "POST /x"),
        ("?Action=Other", {}, "POST /x"),
        ("", {"Content-Type": "image/png"}, "POST /x#stream"),
    ],
)
def test_operations_of_one_url_are_told_apart_by_what_they_require(query: str, fields: Any, key: str) -> None:
    """A fragment is for the reader of the document; no request has one."""
    request = Request(
        "POST", f"http://any.host/x{query}", Headers(fields), b"a" if fields.get("Content-Type") else None
    )
    found = SHARED.match(request)
    assert found.operation is not None
    assert found.operation.key == key


@pytest.mark.parametrize(
    ("path", "url", "arguments"),
    [
        ("/rest?method=a.b", "/rest?method=a.b", {}),
        ("/rest?method=a.b", "/rest?q=1&method=a%2Eb", {}),
        ("/rest/{id}?full", "/rest/7?full", {("path", "id"): "7"}),
        ("/rest?page={page}&n=2", "/rest?n=2&page=a%2Fb", {("path", "page"): "a/b"}),
        ("/rest/{id}?page=p{page}", "/rest/7?page=p8", {("path", "id"): "7", ("path", "page"): "8"}),
        ("/rest?{id}=1&{page}", "/rest?b&a=1", {("path", "id"): "a", ("path", "page"): "b"}),
        ("/rest/#env/{id}", "/rest/%23env/7", {("path", "id"): "7"}),
    ],
)
def test_a_path_may_have_a_query(path: str, url: str, arguments: Any) -> None:
    """The path is appended to the server's URL (Paths Object)."""
    found = small(f"GET {path}").match(Request("GET", f"http://any.host{url}"))
    assert found.problems == []
    assert found.arguments == arguments


def test_a_path_with_a_query_says_more_than_one_without() -> None:
    """Whatever their order."""
    matcher = small("GET /rest", "GET /rest?method=a", "GET /rest?method=b&full=1", "GET /rest?method=b")
    lines = ["GET /rest?method=c", "GET /rest?method=a", "GET /rest?full=1&method=b", "GET /rest?method=b"]
    assert [matched(matcher, line) for line in lines] == [
        "GET /rest", "GET /rest?method=a", "GET /rest?method=b&full=1", "GET /rest?method=b",
    ]  # fmt: skip
