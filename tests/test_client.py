"""The Client: documented calls run as written, over real sockets, and every mistake is a clear error."""

import copy
import inspect
import pickle
import pydoc
import traceback
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Serve
from servers import Received, document, reply
from transports import BLOCKING

from dynclient import (
    ApiError,
    Body,
    Client,
    ConnectError,
    DynclientError,
    DynclientWarning,
    InvalidRequest,
    InvalidResponse,
    Options,
    ReadError,
    Request,
    RequestTimeout,
    Response,
    SpecError,
    TransportError,
    UnknownOperation,
)
from dynclient.exchange import Headers

ShopAt = Callable[..., Client]
EXAMPLES = yaml.safe_load((Path(__file__).parent / "data/examples.yaml").read_text("utf-8"))
VALUES = {row["name"]: row["value"] for kinds in EXAMPLES.values() for row in kinds["valid"]}
REQUEST, CHECKOUT, CREATED = VALUES["CheckoutRequest_minimal"], VALUES["Checkout_query_argument"], VALUES["CreateResource"]  # fmt: skip
PROBLEM = VALUES["ErrorDetails"]
TEXT = "text/plain"


def wrong(status: int, data: Any = PROBLEM) -> bytes:
    """A documented error."""
    return reply(status, data, "application/problem+json")


def small(serve: Serve, *parameters: Any, answer: Any = None, name: str = "use", **rest: Any) -> Client:
    """A client of one operation, and a server for it."""
    operation = {"operationId": name, "parameters": list(parameters), "responses": {"200": {"description": "OK"}}}
    found = document({"/things": {"get": {**operation, **rest}}})
    return Client(found, server=serve(answer or reply()).url, options=Options(retries=0))


#: Every style of every location, with what of it goes over the wire.
STYLES = [
    ("path", {"style": "simple"}, "/a%20b,c%2Cd"),
    ("path", {"style": "label", "explode": True}, "/.a%20b.c%2Cd"),
    ("path", {"style": "matrix"}, "/;v=a%20b,c%2Cd"),
    ("path", {"style": "matrix", "explode": True}, "/;v=a%20b;v=c%2Cd"),
    ("query", {}, "?v=a%20b&v=c%2Cd"),
    ("query", {"explode": False}, "?v=a%20b,c%2Cd"),
    ("query", {"style": "pipeDelimited"}, "?v=a%20b%7Cc%2Cd"),
    ("query", {"allowReserved": True}, "?v=a%20b&v=c,d"),
    ("query", {"style": "deepObject"}, "?v%5B0%5D=a%20b&v%5B1%5D=c%2Cd"),
    ("cookie", {"explode": False}, "v=a%20b,c%2Cd"),
    ("cookie", {"style": "cookie"}, "v=a b; v=c,d"),
    ("header", {}, "a b,c"),
]


@pytest.mark.parametrize("transport", BLOCKING)
@pytest.mark.parametrize(("place", "described", "sent"), STYLES)
def test_every_style_arrives_as_it_was_written(
    serve: Serve, place: str, described: Any, sent: str, transport: str
) -> None:
    """No HTTP library changes it on the way."""
    texts = {"schema": {"type": "array", "items": {"type": "string"}}}
    parameter = {"name": "v", "in": place, "required": True, **texts, **described}
    get = {"operationId": "use", "parameters": [parameter], "responses": {"200": {"description": "OK"}}}
    server = serve(reply())
    paths = {"/{v}" if place == "path" else "/": {"get": get}}
    with Client(document(paths, version="3.2.0"), server=server.url, transport=transport) as client:
        client.use_.send(["a b", "c" if place == "header" else "c,d"])
    found = {"path": server.last.target, "query": server.last.target[1:]}
    found |= {"cookie": server.last.headers.get("cookie", ""), "header": server.last.headers.get("v", "")}
    assert found[place] == sent


# The calls as the known clients of the two APIs document them, and what has to go over the wire.


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        (("se", REQUEST), {}),
        ((), {"retail_unit": "se", "checkout_request": REQUEST}),
        ((), {"retailUnit": "se", "body": REQUEST}),
        (("se",), {"body": REQUEST}),
    ],
)
def test_create_checkout_runs_as_documented(serve: Serve, shop_at: ShopAt, args: Any, kwargs: Any) -> None:
    """create_checkout(retail_unit, checkout_request), in any spelling."""
    server = serve(reply(201, CREATED))
    assert shop_at(server.url).create_checkout(*args, **kwargs) == CREATED
    assert (server.last.method, server.last.target, server.last.json) == ("POST", "/se/checkouts", REQUEST)
    assert server.last.headers["content-type"] == "application/json"
    assert server.last.headers["accept"] == "application/json, application/problem+json"
    assert server.last.headers["x-client-id"] == "fake-key"
    assert server.last.headers["authorization"] == "Bearer fake-token"


def test_get_checkout_runs_as_documented(serve: Serve, shop_at: ShopAt) -> None:
    """get_checkout(checkout_id, retail_unit, checkout): the checkout travels as JSON text."""
    server = serve(reply(data=VALUES["CheckoutDto"]))
    client = shop_at(server.url)
    assert client.get_checkout("1", "se", CHECKOUT) == VALUES["CheckoutDto"]
    assert client.getCheckout(checkoutId="1", retailUnit="se", checkout=CHECKOUT) == VALUES["CheckoutDto"]
    assert server.received[0].target == server.received[1].target
    assert server.last.target.startswith("/se/checkouts/1?checkout=%7B%22shoppingType%22%3A%22ONLINE%22%2C")


@pytest.mark.parametrize(("zipcode", "target"), [("12 34", "/se/checkouts/user?zipcode=12%2034"), (None, "/se/checkouts/user")])  # fmt: skip
def test_get_user_contacts_runs_as_documented(serve: Serve, shop_at: ShopAt, zipcode: Any, target: str) -> None:
    """The call is `get_user_contacts(retail_unit, zipcode=zipcode)`."""
    server = serve(reply(data=VALUES["User"]))
    assert shop_at(server.url).get_user_contacts("se", zipcode=zipcode) == VALUES["User"]
    assert server.last.target == target


@pytest.mark.parametrize("event", ["loaded", "closed", "updated", "completed", "warning", "error"])
def test_paddle_events_are_sent_as_documented(serve: Serve, shop_at: ShopAt, event: str) -> None:
    """paddle_checkout_update_status(event), which answers in bare text."""
    server = serve(reply(200, "processed", TEXT))
    client = shop_at(server.url, "pieces_os")
    assert client.paddle_checkout_update_status(VALUES[event]) == "processed"
    assert client.paddle_checkout_update_status(paddle_checkout_event=VALUES[event]) == "processed"
    assert (server.last.method, server.last.target) == ("POST", "/paddle_checkout/update_status")
    assert server.last.json == VALUES[event]
    assert server.last.headers["x-application-id"] == "fake-app"


def test_the_retail_unit_no_stays_no(serve: Serve, shop_at: ShopAt) -> None:
    """YAML 1.1 would make it false."""
    server = serve(reply(data=VALUES["CheckoutDto"]))
    shop_at(server.url).get_order("1", "no")
    assert server.last.target == "/no/checkouts/1/order"


@pytest.mark.parametrize("name", ["getOrder", "get_order", "GET /{retailUnit}/checkouts/{checkoutId}/order"])
def test_an_operation_is_called_by_any_name(serve: Serve, shop_at: ShopAt, name: str) -> None:
    """As an item, and in the programmatic form with names or (location, name) pairs."""
    server = serve(reply(data=VALUES["CheckoutDto"]))
    client = shop_at(server.url)
    client[name]("1", "se")
    client.call(name, {"checkoutId": "1", "retailUnit": "se"})
    client.send(name, {("path", "checkoutId"): "1", ("path", "retailUnit"): "se"})
    client.with_options(timeout=3).send(name, {"checkoutId": "1", "retailUnit": "se"})
    assert {request.target for request in server.received} == {"/se/checkouts/1/order"}


def test_prepare_sends_nothing(serve: Serve, shop_at: ShopAt) -> None:
    """In both forms, and both are the same."""
    server = serve(reply())
    client = shop_at(server.url)
    request = client.create_checkout.prepare("se", REQUEST)
    assert request == client.prepare("createCheckout", {"retailUnit": "se"}, REQUEST)
    assert isinstance(request, Request)
    assert server.received == []


def test_send_gives_the_whole_reply_whatever_its_status(serve: Serve, shop_at: ShopAt) -> None:
    """Status, headers, decoded data, problems, time."""
    found = shop_at(serve(wrong(404)).url).get_order.send("1", "se")
    assert (found.status, found.data, found.problems) == (404, PROBLEM, ())
    assert found.elapsed > 0
    assert found.request is not None
    assert found.request.operation == "getOrder"


def test_a_reply_of_send_raises_as_a_call_does(serve: Serve, shop_at: ShopAt) -> None:
    """`raise_for_status` gives the same text and the same data; after a pickle, still the status."""
    shop = shop_at(serve(wrong(404)).url)
    with pytest.raises(ApiError) as called:
        shop.get_order("1", "se")
    reply = shop.get_order.send("1", "se")
    with pytest.raises(ApiError) as raised:
        reply.raise_for_status()
    assert str(raised.value) == str(called.value)
    assert (raised.value.data, raised.value.response) == (PROBLEM, reply)
    with pytest.raises(ApiError, match="404 Not Found"):
        pickle.loads(pickle.dumps(reply)).raise_for_status()  # noqa: S301  our own


# Names.


def test_operations_are_listed() -> None:
    """For tab completion, in both spellings, beside the client's own few names."""
    with Client("order_capture") as client:
        names = {name for name in dir(client) if not name.startswith("_")}
        own = {"call", "close", "document", "operations", "prepare", "send", "shadow", "stream", "tolerated", "use", "webhooks", "with_options"}  # fmt: skip
        operations = client.operations
        named = (
            {operation.python_name for operation in operations.operations} | set(operations) | set(operations.by_tag)
        )
        assert names - own == named
        assert own <= names


def test_a_bound_operation_looks_like_a_function() -> None:
    """Its name, signature and help come from the document."""
    with Client("order_capture") as client:
        assert client.get_order.__name__ == "get_order"
        assert str(inspect.signature(client.get_order)) == "(checkout_id: str, retail_unit: str) -> CheckoutDto"
        assert "GET /{retailUnit}/checkouts/{checkoutId}/order" in (inspect.getdoc(client.get_order) or "")
        assert "checkout_id (string, path checkoutId, required)" in pydoc.render_doc(client.get_order)
        assert repr(client.get_order).startswith("<getOrder(checkout_id, retail_unit)")
        assert callable(client.get_order)


@pytest.mark.parametrize("name", ["get_ordr", "getOrdre", "get_checkuot"])
def test_a_typo_is_answered_with_the_nearest_names(name: str) -> None:
    """As an attribute and as an item, in Python's own kinds of error."""
    with Client("order_capture") as client:
        assert not hasattr(client, name)
        with pytest.raises(AttributeError, match=r"did you mean .*get"):
            getattr(client, name)
        with pytest.raises(LookupError, match=r"did you mean .*get"):
            client[name]
        with pytest.raises(UnknownOperation, match=f"OrderCapture has no operation '{name}'"):
            client.call(name)


def test_a_client_is_iterated_by_the_names_of_its_operations() -> None:
    """As its `operations` are; whatever is no name is an unknown one."""
    with Client("order_capture") as client:
        assert list(client) == list(client.operations)
        assert ("getOrder" in client, "getOrdr" in client, 5 in client) == (True, False, False)
        with pytest.raises(UnknownOperation):
            client[5]  # type: ignore[index]


def test_private_names_are_pythons_business() -> None:
    """Copying and pickling ask for them."""
    with Client("order_capture") as client:
        assert not hasattr(client, "_repr_html_")
        assert not hasattr(client, "__array__")
        assert copy.copy(client).get_order.operation is client.get_order.operation


@pytest.mark.parametrize("name", ["send", "call", "prepare", "document", "operations", "with_options", "close"])
def test_an_operation_with_a_name_of_the_clients_own_is_reached_as_an_item(serve: Serve, name: str) -> None:
    """And the client keeps its own."""
    with small(serve, name=name, answer=reply(data={"a": 1})) as client:
        assert client[name]() == {"a": 1}
        assert client.call(name) == {"a": 1}
        assert getattr(Client, name, None) is not None


def test_parameters_of_one_name_are_told_apart(serve: Serve) -> None:
    """By their location."""
    places = [{"name": "id", "in": place, "schema": {"type": "string"}} for place in ("query", "header")]
    server = serve(reply())
    with small(serve, *places).with_options(server=server.url) as client:
        client.use_(query_id="1", header_id="2")
        with pytest.raises(InvalidRequest, match=r"argument /id: is ambiguous .use query_id or header_id"):
            client.use_(id="1")
    assert (server.last.target, server.last.headers["id"]) == ("/things?id=1", "2")


# Options.


def test_with_options_gives_a_copy(serve: Serve, shop_at: ShopAt) -> None:
    """The first client stays as it was, and both share document and connections."""
    server = serve(reply(data=VALUES["CheckoutDto"]))
    client = shop_at(server.url)
    other = client.with_options(headers={"X-Trace": "7"}, accept="application/json")
    other.get_order("1", "se")
    client.get_order("1", "se")
    assert [request.headers.get("x-trace") for request in server.received] == ["7", None]
    assert server.received[0].headers["accept"] == "application/json"
    assert other.document is client.document


def test_an_unknown_option_is_refused() -> None:
    """With the nearest one."""
    with (
        Client("order_capture") as client,
        pytest.raises(TypeError, match=r"no argument 'tiemout' .did you mean 'timeout'"),
    ):
        client.with_options(tiemout=1)


def test_the_engine_can_be_changed(engine: str) -> None:
    """And both refuse alike."""
    client = Client("order_capture", auth={"Client-Id": "x"}, engine=engine)
    with client, pytest.raises(InvalidRequest, match="body /channel: is required"):
        client.create_checkout("se", {"shoppingType": "ONLINE", "languageCode": "en", "items": []})


@pytest.mark.parametrize(("mode", "error"), [("strict", InvalidRequest), ("warn", DynclientWarning), ("off", None)])
def test_requests_are_validated_as_the_option_says(serve: Serve, shop_at: ShopAt, mode: Any, error: Any) -> None:
    """Raised before sending, warned of, or let through."""
    server = serve(reply(201, CREATED))
    client = shop_at(server.url).with_options(validate_requests=mode)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if error is None:
            assert client.create_checkout("se", {}) == CREATED
        else:
            with pytest.raises(error, match="body /shoppingType: is required"):
                client.create_checkout("se", {})
    assert len(server.received) == (error is None)


@pytest.mark.parametrize(("mode", "error"), [("strict", InvalidResponse), ("warn", DynclientWarning), ("off", None)])
def test_replies_are_validated_as_the_option_says(serve: Serve, shop_at: ShopAt, mode: Any, error: Any) -> None:
    """Raised after reading, warned of, or let through."""
    client = shop_at(serve(reply(201, {"resourceId": 7})).url).with_options(validate_responses=mode)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if error is None:
            assert client.create_checkout("se", REQUEST) == {"resourceId": 7}
        else:
            with pytest.raises(error, match="body /resourceId: 7 is not of type string"):
                client.create_checkout("se", REQUEST)


@pytest.mark.parametrize("form", ["bound", "programmatic"])
@pytest.mark.parametrize("option", ["validate_requests", "validate_responses"])
def test_a_warning_points_at_the_callers_line(serve: Serve, shop_at: ShopAt, option: str, form: str) -> None:
    """Not at one of ours."""
    body, answer = ({}, CREATED) if option == "validate_requests" else (REQUEST, {"resourceId": 7})
    client = shop_at(serve(reply(201, answer)).url).with_options(**{option: "warn"})
    calls: dict[str, Callable[[], Any]] = {
        "bound": lambda: client.create_checkout("se", body),
        "programmatic": lambda: client.call("createCheckout", {"retailUnit": "se"}, body),
    }
    with pytest.warns(DynclientWarning, match="breaks the document") as caught:
        calls[form]()
    assert {warning.filename for warning in caught} == {__file__}


# Bad arguments: nothing is sent.


@pytest.mark.parametrize(
    ("args", "kwargs", "said"),
    [
        ((), {}, ["path /checkoutId: is required", "path /retailUnit: is required"]),
        (("1",), {}, ["path /retailUnit: is required"]),
        (("1", "se"), {"zip": 1}, ["argument /zip: is not in the document"]),
        (("1",), {"retail_unt": "se"}, ["argument /retail_unt: is not in the document (did you mean retail_unit?)"]),
        ((["7"], "se"), {}, ['path /checkoutId: ["7"] is not of type string']),
        (("../x", "se"), {}, ['path /checkoutId: "../x" would leave its path segment']),
        (("", "se"), {}, ["path /checkoutId: must not be empty"]),
        ((None, {}), {"x": 1}, ["argument /x: ", "path /checkoutId: null is not", "path /retailUnit: {} is not"]),
        (("1", "se", "extra"), {}, ["argument: 3 positional arguments were given"]),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_sent(
    serve: Serve, shop_at: ShopAt, args: Any, kwargs: Any, said: list[str]
) -> None:
    """All of them at once, by name."""
    server = serve(reply())
    with pytest.raises(InvalidRequest, match="getOrder: the request breaks the document") as caught:
        shop_at(server.url).get_order(*args, **kwargs)
    texts = [str(problem) for problem in caught.value.problems]
    assert [text[: len(start)] for text, start in zip(texts, said, strict=True)] == said
    assert server.received == []


@pytest.mark.parametrize(
    ("args", "kwargs", "said"),
    [
        (("no",), {"shopingType": "ONLINE"}, ["argument /shopingType"]),
        (("no",), {"shoping_type": "ONLINE", "languageCode": "nb-NO"}, ["argument /shoping_type", "body /channel", "body /items"]),
        (("no",), {"bdy": {}}, ["argument /bdy"]),
        (("no", {}), {"shoppingType": "ONLINE"}, ["argument /shoppingType", "body /channel", "body /languageCode", "body /items"]),
        ((), {"checkout_requst": {}}, ["argument /checkout_requst", "path /retailUnit"]),
        (("no",), {"zzz": 1}, ["argument /zzz", "body"]),
    ],
)  # fmt: skip
def test_what_is_given_under_a_misspelt_name_is_not_missing_as_well(
    shop_at: ShopAt, args: Any, kwargs: Any, said: list[str]
) -> None:
    """The wrong name alone is what is wrong; what nothing else explains stays."""
    with pytest.raises(InvalidRequest) as caught:
        shop_at("http://127.0.0.1:9").create_checkout(*args, **kwargs)
    assert [f"{each.where} {each.pointer}".strip() for each in caught.value.problems] == said


def test_a_misspelt_name_of_the_programmatic_form_is_not_missing_as_well(shop_at: ShopAt) -> None:
    """As for keywords."""
    with pytest.raises(InvalidRequest) as caught:
        shop_at("http://127.0.0.1:9").call("getOrder", {"retailUnt": "no", "checkoutId": "1"})
    assert [problem.where for problem in caught.value.problems] == ["argument"]


def test_a_wrong_value_deep_in_a_body_is_refused_with_its_place(serve: Serve, shop_at: ShopAt) -> None:
    """As the design shows it."""
    body = {**REQUEST, "items": [{"itemNo": "1", "quantity": "2"}]}
    with pytest.raises(InvalidRequest, match='body /items/0/quantity: "2" is not of type integer'):
        shop_at(serve(reply()).url).create_checkout("se", body)


def test_a_header_argument_cannot_start_another_header(serve: Serve) -> None:
    """It is refused before anything is sent."""
    with small(serve, {"name": "X-A", "in": "header", "schema": {"type": "string"}}) as client:
        for value in ("a\r\nX-Evil: 1", "a\nb", " a"):
            with pytest.raises(InvalidRequest, match="header /X-A"):
                client.use_(x_a=value)


def test_a_wrong_event_is_told_what_it_may_be(shop_at: ShopAt) -> None:
    """The discriminator and its allowed values."""
    with pytest.raises(InvalidRequest, match=r"name as one of checkout\.loaded.*type as one of checkout\.warning"):
        shop_at("http://127.0.0.1:1", "pieces_os").paddle_checkout_update_status({"nmae": "checkout.loaded"})


def test_python_values_are_taken(serve: Serve) -> None:
    """Dates, and whatever else has a plain form."""
    server = serve(reply())
    day = {"name": "day", "in": "query", "schema": {"type": "string", "format": "date"}}
    with small(serve, day).with_options(server=server.url) as client:
        client.use_(date(2026, 1, 2))
    assert server.last.target == "/things?day=2026-01-02"


# Bad replies: the reply is kept.

TRUNCATED = b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"resourceId"'


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply(201, "<html>", "application/json"), "body: is not JSON: a value is missing at line 1, column 1"),
        (reply(201, "<html>", "text/html"), "has the Content-Type 'text/html', which is not documented"),
        (reply(201, None), r"body: is empty \(documented: application/json\)"),
        (reply(201, '{"resourceId"', "application/json"), "body: is not JSON"),
        (reply(201, CREATED, None), "body: has no Content-Type"),
        (reply(201, {"resourceId": None}), "body /resourceId: null is not of type string"),
        (reply(304, None, None), r"status: 304 is not documented \(documented: 201, 400"),
        (reply(201, b"\xff\xfe", "application/json"), "body: is not JSON"),
        (reply(201, b"9" * 5000, "application/json"), "body: is not JSON"),
    ],
)
def test_a_reply_that_breaks_the_document_is_refused_and_kept(
    serve: Serve, shop_at: ShopAt, answer: bytes, said: str
) -> None:
    """In InvalidResponse, with its bytes."""
    with pytest.raises(InvalidResponse, match=said) as caught:
        shop_at(serve(answer).url).create_checkout("se", REQUEST)
    assert answer.endswith(b"\r\n\r\n" + caught.value.response.content)
    assert caught.value.response.status in (200, 201, 304)


@pytest.mark.parametrize(
    ("answer", "status", "data", "said"),
    [
        (wrong(404), 404, PROBLEM, "404 Not Found: .*quantity may not grow"),
        (wrong(422, {}), 422, {}, "422 Unprocessable Entity"),
        (reply(418, "no coffee", TEXT), 418, "no coffee", "418 I'm a Teapot: no coffee\n.*status: 418 is not documented"),
        (reply(404, "<h1>gone</h1>", "text/html"), 404, "<h1>gone</h1>", "404.*\n.*'text/html', which is not documented"),
        (reply(500, None, None), 500, None, "500 Internal Server Error\n.*is empty"),
        (wrong(400, "{"), 400, "{", "400 Bad Request .Bad input parameter.*\n.*is not JSON"),
    ],
)  # fmt: skip
def test_a_status_of_400_or_more_is_an_api_error(
    serve: Serve, shop_at: ShopAt, answer: bytes, status: int, data: Any, said: str
) -> None:
    """With the decoded body, and what the document objects to."""
    with pytest.raises(ApiError, match=f"createCheckout: {said}") as caught:
        shop_at(serve(answer).url).create_checkout("se", REQUEST)
    assert (caught.value.status, caught.value.data, caught.value.response.status) == (status, data, status)


def test_a_reply_that_breaks_off_is_a_read_error(serve: Serve, shop_at: ShopAt) -> None:
    """With what came of it; a POST is not sent again."""
    server = serve(TRUNCATED)
    with pytest.raises(ReadError, match=r"createCheckout: POST .* the reply \(201\) broke off") as caught:
        shop_at(server.url).create_checkout("se", REQUEST)
    assert caught.value.response is not None
    assert len(server.received) == 1


def test_a_dropped_connection_is_a_read_error(serve: Serve, shop_at: ShopAt) -> None:
    """There is nothing to keep."""
    with pytest.raises(ReadError, match="the connection broke before the reply"):
        shop_at(serve(b"").url).create_checkout("se", REQUEST)


def test_a_server_that_hangs_is_a_timeout(serve: Serve, shop_at: ShopAt) -> None:
    """After the time that the option says."""
    server = serve(lambda _: server.hang())
    with pytest.raises(RequestTimeout, match=r"no answer within 1 s"):
        shop_at(server.url).with_options(timeout=1).get_order("1", "se")


def test_a_server_that_is_not_there_is_a_connect_error(shop_at: ShopAt) -> None:
    """Nothing was sent."""
    with pytest.raises(ConnectError, match="no connection"):
        shop_at("http://127.0.0.1:1").create_checkout("se", REQUEST)


def test_a_document_without_a_version_leaves_no_gap_in_the_repr() -> None:
    """It may have none."""
    found = {"openapi": "3.1.0", "info": {"title": "Diary"}, "paths": {}}
    assert repr(Client(found)) == "<Client 'Diary' at its documented server>"


# Secrets.


@pytest.mark.parametrize("place", ["header", "query", "cookie"])
@pytest.mark.parametrize(
    "answer", [reply(404), reply(200, "{", "application/json"), reply(399), b"", TRUNCATED, reply(302, Location="/a")]
)
def test_no_error_shows_a_credential(serve: Serve, place: str, answer: bytes) -> None:
    """Wherever the key travels: not in text, repr or traceback."""
    scheme = {"Key": {"type": "apiKey", "in": place, "name": "key"}}
    content = {"200": {"description": "OK", "content": {"application/json": {}}}}
    paths = {"/a": {"get": {"operationId": "use", "security": [{"Key": []}], "responses": content}}}
    found = document(paths, components={"securitySchemes": scheme})
    server = serve(answer)
    with Client(found, server=server.url, auth={"Key": "fake-secret"}, options=Options(retries=0)) as client:
        with pytest.raises(DynclientError) as caught:
            client.use_()
        shown = [*traceback.format_exception(caught.value), repr(vars(caught.value)), repr(client), repr(client.use_)]
    assert "fake-secret" in server.received[0].target + str(server.received[0].headers)
    assert "fake-secret" not in "".join(shown)


def test_a_secret_in_a_body_is_not_quoted(serve: Serve) -> None:
    """The document says which properties are secret."""
    schema = {"type": "object", "properties": {"pin": {"type": "string", "format": "password", "maxLength": 4}}}
    client = small(serve, requestBody={"content": {"application/json": {"schema": schema}}})
    value = {"pin": "fake-secret"}
    with client, pytest.raises(InvalidRequest, match="body /pin: the value is longer") as caught:
        client.use_(value)
    assert "fake-secret" not in str(caught.value) + repr(caught.value.problems)


def test_credentials_stay_with_the_server_they_are_for(serve: Serve, shop_at: ShopAt) -> None:
    """A redirect to another one goes without them."""
    other = serve(reply(data=VALUES["CheckoutDto"]))
    server = serve(reply(307, Location=f"http://localhost:{other.port}/x"))
    assert shop_at(server.url).get_order("1", "se") == VALUES["CheckoutDto"]
    assert "x-client-id" in server.last.headers
    assert not {"x-client-id", "authorization", "cookie"} & other.last.headers.keys()


# The whole.


def test_one_client_serves_many_threads(serve: Serve, shop_at: ShopAt) -> None:
    """Sixteen of them, from the first use on; each gets its own answer."""

    def answer(request: Received) -> bytes:
        return reply(data={**VALUES["CheckoutDto"], "checkoutId": request.target.split("/")[3]})

    client = shop_at(serve(answer).url)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda number: client.get_order(str(number), "se")["checkoutId"], range(64)))
    assert found == [str(number) for number in range(64)]


def test_a_transport_is_a_callable(shop_at: ShopAt) -> None:
    """Any one: tests and recordings bring their own."""
    seen: list[tuple[Request, float]] = []

    def transport(request: Request, timeout: float) -> Response:
        seen.append((request, timeout))
        return Response(201, Headers({"Content-Type": "application/json"}), b'{"resourceId": "1"}')

    client = shop_at("http://nowhere.invalid", transport=transport)
    assert client.with_options(timeout=7).create_checkout("se", REQUEST) == {"resourceId": "1"}
    assert [(request.url, timeout) for request, timeout in seen] == [("http://nowhere.invalid/se/checkouts", 7)]


@pytest.mark.parametrize("spec", ["nope", "nope.yaml", b"{", {"openapi": "2.0"}, "http://127.0.0.1:1/openapi.yaml"])
def test_a_document_that_cannot_be_used_makes_no_client(spec: Any) -> None:
    """It is a SpecError."""
    with pytest.raises(SpecError):
        Client(spec)


def test_a_file_written_in_place_of_code_is_all_it_takes(serve: Serve, tmp_path: Path) -> None:
    """Another version of the document changes the client, with no line of code changed."""
    paths = {"/{}": {"get": {"operationId": "use", "responses": {"200": {"description": "OK"}}}}}
    server = serve(reply(200, None, None))
    for version in ("v1", "v2"):
        spec = {"openapi": "3.0.3", "info": {"title": "T", "version": version}, "paths": {f"/{version}": paths["/{}"]}}
        (tmp_path / "spec.yaml").write_text(yaml.safe_dump(spec), "utf-8")
        with Client(tmp_path / "spec.yaml", server=server.url) as client:
            assert client.use_() is None
    assert [request.target for request in server.received] == ["/v1", "/v2"]


def secretive(serve: Serve, answer: Any, **options: Any) -> Client:
    """A client whose operation `use` takes secrets in its body."""
    schema = {"type": "object", "properties": {"word": {"type": "string", "format": "password"}, "hue": {}}}
    body = {"content": {"application/json": {"schema": schema}, "multipart/form-data": {"schema": schema}}}
    operation = {"operationId": "use", "requestBody": body, "responses": {"200": {"description": "OK"}}}
    found = document({"/things": {"post": operation}})
    return Client(found, server=serve(answer).url, options=Options(retries=0, **options))


@pytest.mark.parametrize(
    "body", [{"word": "fake-secret"}, {"hue": {"cardNumber": 4111111111111111}}, {"hue": [{"token": "t"}]}]
)
def test_a_body_that_holds_a_secret_stays_with_its_server(serve: Serve, body: Any) -> None:
    """By its schema or by the name of a member; the error says what allows it."""
    other = serve(reply())
    client = secretive(serve, reply(307, Location=f"{other.url}/b"))
    with pytest.raises(TransportError, match="redirects to another server") as caught:
        client.use_(body)
    assert f"the body holds a secret, so nothing was sent there (Options(follow_to=['{other.url}']) allows it)" in str(
        caught.value
    )
    assert (other.received, caught.value.response.status) == ([], 307)  # type: ignore[union-attr]  # it is the redirect
    client.with_options(follow_to=[other.url]).use_(body)
    assert other.last.json == body


@pytest.mark.parametrize("file", [b"text", Path(__file__)])
def test_a_form_that_holds_a_secret_stays_with_its_server(serve: Serve, file: Any) -> None:
    """As JSON does; a form with files is not read again, so what it may hold counts."""
    other = serve(reply())
    body = Body({"word": "fake-secret", "file": file}, "multipart/form-data")
    with pytest.raises(TransportError, match="the body holds a secret"):
        secretive(serve, reply(308, Location=other.url)).use_(body)
    assert other.received == []


@pytest.mark.parametrize(
    ("status", "body"), [(307, {"hue": "red"}), (307, {"word": ""}), (303, {"word": "fake-secret"})]
)
def test_a_body_without_secrets_goes_where_http_says(serve: Serve, status: int, body: Any) -> None:
    """And a redirect that asks for GET takes none along."""
    other = serve(reply())
    secretive(serve, reply(status, Location=other.url)).use_(body)
    assert (other.last.json if status == 307 else other.last.body) == (body if status == 307 else b"")


def test_an_error_does_not_show_the_secrets_of_the_body(serve: Serve) -> None:
    """Which servers often quote."""
    client = secretive(serve, lambda received: reply(400, {"message": f"cannot read {received.body.decode()}"}))
    with pytest.raises(ApiError, match="REDACTED") as caught:
        client.use_({"word": "fake-secret", "hue": {"cardNumber": 4111111111111111}})
    assert "fake-secret" not in str(caught.value)
    assert "4111" not in str(caught.value)


@pytest.mark.parametrize(
    ("documented", "redirects", "status"),
    [
        (["302"], None, 302),
        (["3XX", "default"], None, 302),
        (["200", "302"], None, 200),
        (["default"], None, 200),
        (["200"], False, 302),
        (["302", "200"], False, 302),
        (["302"], True, 200),
    ],
)
def test_a_documented_redirect_is_the_reply(serve: Serve, documented: list[str], redirects: Any, status: int) -> None:
    """Where no success is documented beside it; the option decides otherwise."""
    client = small(serve, answer=lambda received: reply(302 if received.target == "/things" else 200, Location="/there"),
                   responses={key: {"description": ""} for key in documented})  # fmt: skip
    assert client.with_options(redirects=redirects).use_.send().status == status


@pytest.mark.parametrize("transport", BLOCKING)
def test_user_information_of_the_server_stays_with_it(serve: Serve, transport: str) -> None:
    """It is a Basic credential, of which no other server and no message gets to know."""
    other = serve(reply())
    server = serve(lambda received: reply(302, Location="/b" if received.target == "/things" else other.url))
    found = document({"/things": {"get": {"operationId": "use", "responses": {"200": {"description": "OK"}}}}})
    client = Client(found, server=server.url.replace("//", "//us:fake-pass@"), transport=transport)
    client.use_()
    sent = [received.headers.get("authorization") for received in (*server.received, other.last)]
    assert sent == ["Basic dXM6ZmFrZS1wYXNz"] * 2 + [None]
    assert "fake-pass" not in repr([client, client.use_.prepare()]) + client.use_.prepare().url
    own = client.with_options(headers={"Authorization": "Bearer t"}).use_.prepare()
    assert own.headers.fields.count(("Authorization", "Bearer t")) == len(
        [n for n in own.headers if n == "Authorization"]
    )


def test_header_fields_of_options_are_merged(serve: Serve) -> None:
    """By their names without case; None takes one away."""
    client = small(serve).with_options(headers={"X-Tenant": "a", "X-Old": "1"})
    fields = client.with_options(headers={"x-tenant": "b", "X-New": "2", "X-OLD": None}).use_.prepare().headers
    assert {name: value for name, value in fields.fields if name[:1] in "xX"} == {"x-tenant": "b", "X-New": "2"}


@pytest.mark.parametrize(
    "url", ["http://[", "http://h:99999", "http://a\\@h/", "http://h/a?b=1", "http://127.1", "//h/a"]
)
def test_a_server_of_the_document_that_cannot_be_called_is_refused(url: str) -> None:
    """Parsers do not agree on it, or it is no server."""
    found = document({"/things": {"get": {"operationId": "use"}}}, servers=[{"url": url}])
    with pytest.raises(
        InvalidRequest, match=r"server: the server .* from the document, is not (an|a) .*\(pass server="
    ):
        Client(found).use_.prepare()


def test_user_information_of_the_server_meets_a_documented_basic_scheme() -> None:
    """It need not be given twice; of another scheme it is no credential."""
    schemes = {"B": {"type": "http", "scheme": "basic"}, "T": {"type": "http", "scheme": "bearer"}}
    paths = {f"/{name}": {"get": {"operationId": name, "security": [{name: []}]}} for name in schemes}
    client = Client(document(paths, components={"securitySchemes": schemes}), server="http://us:pw@h")
    assert client.B.prepare().headers["Authorization"] == "Basic dXM6cHc="
    with pytest.raises(InvalidRequest, match="credentials are missing"):
        client.T.prepare()


def test_a_problem_of_a_reply_does_not_quote_credentials(serve: Serve) -> None:
    """Although the server does."""
    schema = {"content": {"application/json": {"schema": {"type": "integer"}}}, "description": ""}
    client = small(serve, answer=reply(data=["no fake-secret here"]), responses={"200": schema})
    with pytest.raises(InvalidResponse, match="no REDACTED here") as caught:
        client.with_options(headers={"X-Token": "fake-secret"}).use_()
    assert "fake-secret" not in str(caught.value)


def test_a_server_of_a_link_that_cannot_be_called_is_refused(serve: Serve) -> None:
    """By an error of ours that says where."""
    links = {"No": {"operationId": "use", "server": {"url": "http://["}}}
    responses = {"200": {"description": "", "links": links}}
    found = document(
        {"/things": {"get": {"operationId": "use", "responses": responses}}}, servers=[{"url": serve(reply()).url}]
    )
    with pytest.raises(InvalidRequest, match=r"the server of the link cannot be used"):
        Client(found).use_.send().links["No"]()


def test_a_secret_variable_of_a_server_is_not_shown() -> None:
    """Its name says that it is one."""
    server = {"url": "http://127.0.0.1:9/{apiKey}/v1", "variables": {"apiKey": {"default": "demo"}}}
    found = document({"/things": {"get": {"operationId": "use"}}}, servers=[server])
    client = Client(found, options=Options(server_variables={"apiKey": "fake-secret"}, retries=0))
    assert client.use_.prepare().url == "http://127.0.0.1:9/fake-secret/v1/things"
    with pytest.raises(ConnectError, match=r"http://127\.0\.0\.1:9/REDACTED/v1/things") as caught:
        client.use_()
    assert "fake-secret" not in repr([client, client.use_.prepare(), caught.value])
