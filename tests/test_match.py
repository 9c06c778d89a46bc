"""A request to its operation: templates, base paths, and the inverse of `prepare`."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import document

from dynclient import Client, Options, Request
from dynclient.catalog import find
from dynclient.exchange import Headers
from dynclient.match import Matcher
from dynclient.mock import Mock
from dynclient.referee import Referee
from dynclient.registry import Registry
from dynclient.request import prepare
from dynclient.security import Credentials

SHOP = Registry(find("order_capture"))
MATCHER = Matcher(SHOP)
CONCRETE = "/{retailUnit}/checkouts/user"


def small(*lines: str, **parts: Any) -> Matcher:
    """A matcher for operations written as `METHOD /path`."""
    paths: dict[str, Any] = {}
    for line in lines:
        method, _, path = line.partition(" ")
        names = [piece.partition("}")[0] for piece in path.split("{")[1:]]
        described = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
        paths.setdefault(path, {})[method.lower()] = {"parameters": described, "responses": {}}
    return Matcher(Registry(document(paths, **parts)))


def matched(matcher: Matcher, line: str) -> str:
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
    [operation] = matcher.registry.operations
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
    matcher = Matcher(SHOP, bases=["/gateway/"])
    found = matcher.match(Request("GET", "http://h/gateway/se/checkouts/1/order", Headers({"X-Client-Id": "x"})))
    assert found.operation is SHOP["getOrder"]
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


#: Operations that differ in what stands behind their path, as public documents have them.
TARGETS: dict[str, Any] = {
    "/#X-Target=One": "one",
    "/#X-Target=Two": "two",
    "/files/{id}": "file",
    "/files/{id}#share": "shared",
    "/history?station={id}&page[size]=1": "station",
    "/history?city={id}": "city",
    "/history": "history",
}


def target_paths() -> dict[str, Any]:
    """Their Path Items: those at `/` are told apart by a header, as the services of one vendor are."""
    text = {"schema": {"type": "string"}}
    paths: dict[str, Any] = {}
    for path, name in TARGETS.items():
        found: list[Any] = [{"name": "q", "in": "query", **text}]
        found += [{"name": "id", "in": "path", "required": True, **text}] if "{id}" in path else []
        enum = {"schema": {"type": "string", "enum": [name]}}
        found += [{"name": "X-Target", "in": "header", "required": True, **enum}] if path[1] == "#" else []
        paths[path] = {"get": {"operationId": name, "parameters": found, "responses": {"204": {"description": ""}}}}
    return paths


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("one", "/base/?q=a%20b#X-Target=One"),
        ("two", "/base/?q=a%20b#X-Target=Two"),
        ("file", "/base/files/x%26y?q=a%20b"),
        ("shared", "/base/files/x%26y?q=a%20b#share"),
        ("station", "/base/history?station=x%26y&page%5Bsize%5D=1&q=a%20b"),
        ("city", "/base/history?city=x%26y&q=a%20b"),
        ("history", "/base/history?q=a%20b"),
    ],
)
def test_a_template_may_have_a_query_and_a_fragment(name: str, target: str) -> None:
    """It is appended to the server's URL as it stands (OpenAPI, Paths Object), and matched to the same operation."""
    matcher = Matcher(Registry(document(target_paths(), servers=[{"url": "http://h/base"}])))
    operation = matcher.registry[name]
    given_ = {("path", "id"): "x&y", ("query", "q"): "a b", ("header", "X-Target"): name}
    arguments = {key: value for key, value in given_.items() if key in operation.by_key}
    request = prepare(operation, arguments).request
    assert request is not None
    assert request.url == f"http://h{target}"
    assert matcher.match(request)[:2] == (operation, arguments)
    assert Referee(matcher.registry.document).request_problems(request) == []


@pytest.mark.parametrize("transport", ["requests", "httpx2", "pyreqwest"])
def test_a_fragment_is_not_sent_and_the_operation_is_found_all_the_same(transport: str) -> None:
    """By what the request carries; where nothing tells, it is the operation without a fragment."""
    found = document(target_paths())
    with Mock(found) as mock, Client(found, server=mock.url, transport=transport) as client:
        assert client.two.send("two").status == 204
        assert client.shared.send("1").status == 204
    matcher = Matcher(client.operations)
    sent = Request("GET", "http://h/", Headers({"X-Target": "two"}))
    assert [matcher.find(sent), matcher.find(Request("GET", "http://h/files/1"))] == [
        client.operations["two"],
        client.operations["file"],
    ]
