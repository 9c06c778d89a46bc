"""An Api: everything that a document means, compiled once, shared and swapped."""

from __future__ import annotations

import pickle
import threading
from typing import Any

import pytest
from servers import document

from dynclient import ApiError, Client, Exchange, Request, Response, UnknownOperation, load
from dynclient.api.api import Api
from dynclient.api.operation import Operation
from dynclient.exchange import Headers
from dynclient.problem import Problem

SHOP = Api.of(load("order_capture"))
ORDER = Request("GET", "https://h/se/checkouts/1/order", Headers({"X-Client-Id": "fake-key"}))


def pets(version: str, path: str) -> Any:
    """A document of one operation."""
    return document(
        {path: {"get": {"operationId": "pet", "responses": {}}}}, info={"title": "Pets", "version": version}
    )


def test_a_document_keeps_the_api_that_is_made_of_it() -> None:
    """One for each engine, also when several threads ask at once."""
    found, made = pets("1", "/a"), []
    threads = [threading.Thread(target=lambda: made.append(Api.of(found))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(api) for api in made}) == 1
    assert Api.of(found, "jsonschema") is not made[0]


def test_clients_of_a_document_share_what_is_compiled() -> None:
    """So the second one costs next to nothing."""
    found = pets("1", "/a")
    assert Client(found).operations is Client(found).operations is Client(Api.of(found)).operations


def test_an_api_says_what_it_is() -> None:
    """Title, version, and the digest of its sources."""
    assert (SHOP.title, SHOP.version, len(SHOP.digest)) == ("OrderCapture", "v2.0.8", 64)
    assert repr(SHOP) == "<Api 'OrderCapture' v2.0.8, 9 operations>"
    assert list(SHOP.schemes) == ["Client-Id", "BearerAuth"]


def test_an_exchange_is_judged_by_both_sides() -> None:
    """Without a word of the side in the problem itself."""
    verdict = SHOP.judge(Exchange(ORDER, Response(299, Headers({"Content-Type": "application/json"}), b"{}")))
    assert (verdict.operation, verdict.label, verdict.request_problems) == ("getOrder", "broken", ())
    assert verdict.response_problems[0] == Problem(
        "status", (), "unknown", "299 is not documented", verdict.response_problems[0].hint
    )


def test_an_exchange_of_no_operation_is_unmatched() -> None:
    """And its URL shows no credential."""
    verdict = SHOP.judge(Exchange(Request("GET", "http://h/nothing?access_token=fake-1")))
    assert (verdict.label, verdict.url) == ("unmatched", "http://h/nothing?access_token=REDACTED")


def test_a_second_opinion_is_asked_for_the_operation() -> None:
    """In place of this package's own."""

    def opinion(_: Exchange, operation: Operation) -> tuple[list[Problem], list[Problem]]:
        return [Problem("path", (), "", operation.id)], []

    assert SHOP.judge(Exchange(ORDER), opinion).request_problems[0].message == "getOrder"


def test_a_judged_exchange_is_matched_once_and_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many problems it has."""
    api, calls = Api(SHOP.document), []
    matcher = api._matcher
    locate = matcher.locate
    monkeypatch.setattr(matcher, "locate", lambda request: calls.append(request) or locate(request))  # type: ignore[func-returns-value]
    exchange = Exchange(ORDER, Response(200))
    assert api.judge(exchange).exchange is exchange
    assert len(calls) == 1


def test_a_live_swap_is_one_assignment() -> None:
    """A bound operation that was looked up before calls the new version; so do copies with other options."""
    client = Client(pets("1", "/old"), server="http://h")
    bound, copied = client.pet, client.with_options(timeout=3).pet
    assert [bound.prepare().url, copied.prepare().url] == ["http://h/old", "http://h/old"]
    client._core.api = Api.of(pets("2", "/new"))
    assert [bound.prepare().url, copied.prepare().url, client.pet.prepare().url] == ["http://h/new"] * 3
    assert client.document.info["version"] == "2"


def test_an_operation_that_the_new_version_lacks_is_unknown() -> None:
    """When it is called."""
    client = Client(pets("1", "/old"), server="http://h")
    bound = client.pet
    client._core.api = Api.of(document({}))
    with pytest.raises(UnknownOperation, match="has no operation 'pet'"):
        bound.prepare()


def test_an_engine_that_does_not_exist_is_refused() -> None:
    """With the names of those that do."""
    with pytest.raises(ValueError, match=r"there is no engine 'nope'"):
        Client("order_capture", engine="nope")


@pytest.mark.parametrize("make", [Api, Api.of])
def test_an_api_is_made_of_a_document(make: Any) -> None:
    """Not of what names one, which `load` opens."""
    with pytest.raises(TypeError, match=r"dynclient\.load"):
        make("order_capture")


def test_a_document_has_one_api_for_each_class_and_engine() -> None:
    """The default engine is the engine of that name, and a pickle is of the same class."""
    found = load("order_capture")
    api = Api.of(found)
    assert api is Api.of(found, api.engine)
    assert type(Special.of(found)) is Special
    assert pickle.loads(pickle.dumps(api)) is Api.of(load("order_capture"))  # noqa: S301  our own


class Special(Api):
    """A user's own."""


def test_a_link_leads_to_the_document_that_has_it() -> None:
    """Whatever Api takes its place while the reply is awaited (OpenAPI, Link Object)."""
    old, new = (
        Api(document({"/x": {"get": {"operationId": "get", "responses": {"200": {"description": "", "links": links}}}}, path: {method: {"operationId": "next", "responses": {"200": {"description": ""}}}}}))
        for path, method, links in (("/old", "get", {"on": {"operationId": "next"}}), ("/all", "delete", {}))
    )  # fmt: skip
    called: list[str] = []

    def transport(request: Request, _: float) -> Response:
        called.append(f"{request.method} {request.url}")
        client._core.api = new
        return Response(200, request=request)

    client = Client(old, server="http://h", transport=transport)
    client.send("get").links["on"]()
    assert called == ["GET http://h/x", "GET http://h/old"]


def test_a_swap_during_a_401_loses_no_reply() -> None:
    """The plans of the calls are made anew meanwhile."""
    get = {"/x": {"get": {"operationId": "get", "responses": {"200": {"description": ""}}}}}
    old, new = Api(document(get)), Api(document(get))

    def transport(request: Request, _: float) -> Response:
        if client._core.api is new:
            return Response(200, request=request)
        client._core.api = new
        client.send("get")
        return Response(401, request=request)

    client = Client(old, server="http://h", transport=transport)
    assert client.send("get").status == 401


def test_a_verdict_shows_no_credential() -> None:
    """Neither as text nor by its URL."""
    schemes = {"k": {"type": "apiKey", "in": "query", "name": "zz"}}
    api = Api(
        document({"/x": {"get": {"responses": {"200": {"description": ""}}}}}, components={"securitySchemes": schemes})
    )
    verdict = api.judge(Exchange(Request("GET", "http://h/x?zz=fake-secret")))
    assert "fake-secret" not in f"{verdict!r} {verdict} {verdict.url}"


def test_a_secret_in_a_path_is_not_shown() -> None:
    """Neither by a request, its errors and the logs, nor by a verdict on it."""
    token = {"name": "token", "in": "path", "required": True, "schema": {"type": "string", "format": "password"}}
    answers = {"404": {"description": "none"}}
    api = Api(
        document({"/reset/{token}": {"get": {"operationId": "reset", "parameters": [token], "responses": answers}}})
    )

    def transport(request: Request, _: float) -> Response:
        return Response(404, Headers({"Content-Type": "text/plain"}), b"nothing for fake-secret", request=request)

    client = Client(api, server="http://h", transport=transport)
    request = client.reset.prepare("fake-secret")
    with pytest.raises(ApiError) as caught:
        client.reset("fake-secret")
    shown = f"{request!r} {request.safe_url} {caught.value} {api.judge(Exchange(request))!r}"
    assert request.url == "http://h/reset/fake-secret"
    assert "/reset/REDACTED" in shown
    assert "fake-secret" not in shown
