"""The life of a client: closed, copied, pickled; and mistakes when it is made."""

from __future__ import annotations

import asyncio
import copy
import pickle
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from multiprocessing import get_context
from typing import Any

import httpx2
import pytest
import requests
from conftest import Serve
from servers import Loopback, document, reply

from dynclient import (
    AsyncClient,
    Client,
    Headers,
    HttpxTransport,
    Options,
    PyreqwestTransport,
    Request,
    RequestsTransport,
    Response,
)

PATHS = document({"/a": {"get": {"operationId": "get", "responses": {"200": {"description": "OK"}}}}})


# --- closing


def test_a_closed_client_says_so(serve: Serve) -> None:
    """With all its copies; nothing is sent, and no connection is made in secret."""
    server = serve(reply())
    with Client(PATHS, server=server.url) as client:
        copy = client.with_options(timeout=1)
    for call in (client.get, copy.get, client.get.send, client.get.stream, lambda: client.call("get")):
        with pytest.raises(RuntimeError, match="this client is closed"):
            call()
    client.close()
    assert client.get.prepare().url == f"{server.url}/a"
    assert server.received == []


@pytest.mark.parametrize("used", [partial(AsyncClient, PATHS), AsyncClient(PATHS).get.stream])
def test_what_is_async_says_so_in_a_plain_with(used: Any) -> None:
    """Python's own words tell of a protocol."""
    with pytest.raises(TypeError, match="is async: write `async with`"), used():
        pass


def test_what_is_blocking_says_so_in_an_async_with() -> None:
    """And names the other client."""

    async def main() -> None:
        async with Client(PATHS):  # type: ignore[attr-defined]  # that is the test
            pass

    with pytest.raises(TypeError, match=r"Client is blocking: write `with` .* or use AsyncClient"):
        asyncio.run(main())


@pytest.mark.parametrize(("kind", "name", "words"), [(Client, "aclose", r"close\(\)"), (AsyncClient, "close", "await")])
def test_the_closing_of_the_other_client_is_explained(kind: Any, name: str, words: str) -> None:
    """It is not taken for the name of an operation."""
    with pytest.raises(AttributeError, match=rf"{kind.__name__} is closed by .*{words}.*, not by {name}\(\)"):
        getattr(kind(PATHS), name)


@pytest.mark.parametrize("kind", [RequestsTransport, HttpxTransport, PyreqwestTransport])
def test_a_transport_that_was_passed_in_stays_open(kind: Any) -> None:
    """It may be another client's, too; its owner closes it."""
    with Loopback(reply(Connection="keep-alive"), keeps=True) as server, closing(kind()) as transport:
        for _ in range(2):
            with Client(PATHS, server=server.url, transport=transport) as client:
                client.get()
        assert len(server.accepted) == 1


@pytest.mark.parametrize("transport", ["requests", "httpx2", "pyreqwest"])
def test_a_closed_client_leaves_no_connection(transport: str) -> None:
    """Although the object lives on."""
    ended = threading.Semaphore(0)

    def answer(_: Any) -> Iterator[bytes]:
        yield reply(Connection="keep-alive")

    with Loopback(answer, keeps=True) as server:
        with Client(PATHS, server=server.url, transport=transport) as client:
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda _: client.get(), range(8)))
            kept = list(server._threads)
            threading.Thread(target=lambda: [(thread.join(), ended.release()) for thread in kept]).start()
        for _ in kept:
            assert ended.acquire(timeout=5)
        assert client is not None


# --- copies and pickles


def key() -> str:
    """A credential that is found where it is needed."""
    return "found"


SECURED = document(
    {"/a": {"get": {"operationId": "get", "security": [{"Key": []}], "responses": {"200": {"description": "OK"}}}}},
    components={"securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
)


@pytest.mark.parametrize("transport", [None, "httpx2"])
def test_a_client_goes_into_another_process(transport: str | None, serve: Serve) -> None:
    """With its operations, its options and the places of its credentials."""
    server = serve(reply())
    with (
        Client(
            SECURED, server=server.url, auth={"Key": key}, transport=transport, options=Options(headers={"A": "b"})
        ) as client,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
    ):
        assert list(pool.map(client.get, [])) == []
        assert pool.submit(client.get).result() is None
        assert pool.submit(client.call, "get").result() is None
    assert [(seen.headers["x-key"], seen.headers["a"]) for seen in server.received] == [("found", "b")] * 2


def test_a_client_of_the_environment_keeps_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the same variables hold its credentials."""
    monkeypatch.setenv("DYNCLIENT_ORDER_CAPTURE_CLIENT_ID", "fake-key")
    monkeypatch.setenv("DYNCLIENT_ORDER_CAPTURE_BEARER_AUTH", "fake-token")
    again = pickle.loads(pickle.dumps(Client("order_capture", server="http://h")))  # noqa: S301  our own
    assert (
        again.with_options(validate_requests="off").get_checkout.prepare("se", "1", "x").headers["Authorization"]
        == "Bearer fake-token"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"auth": {"Key": "fake-secret"}}, "the credentials for Key would be in clear"),
        ({"auth": {"Key": ("fake-secret", "x")}}, "the credentials for Key would be in clear"),
        ({"options": Options(headers={"X-Api-Key": "fake-secret"})}, "the header fields X-Api-Key would be in clear"),
        ({"server": "http://me:fake-secret@h"}, "the server's URL would be in clear"),
        ({"options": Options(extra_query={"api_key": "fake-secret"})}, "api_key of extra_query would be in clear"),
        ({"options": Options(extra_body={"password": "fake-secret"})}, "password of extra_body would be in clear"),
        (
            {"options": Options(server_variables={"token": "fake-secret"})},
            "token of server_variables would be in clear",
        ),
        ({"transport": lambda *_: None}, "the transport of this client, function, cannot be pickled"),
        (
            {"transport": HttpxTransport(httpx2.Client())},
            "the transport of this client, HttpxTransport, cannot be pickled",
        ),
    ],
)
def test_no_pickle_of_a_client_holds_a_secret(settings: Any, message: str) -> None:
    """The error says what it is, and not its value."""
    with pytest.raises(TypeError, match=message) as caught:
        pickle.dumps(Client(SECURED, **{"server": "http://h", **settings}))
    assert "fake-secret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("kind", [RequestsTransport, HttpxTransport, PyreqwestTransport])
def test_a_transport_goes_along(kind: Any, serve: Serve) -> None:
    """With its settings, and without its connections."""
    with closing(kind()) as transport:
        client = Client(PATHS, server=serve(reply()).url, transport=transport)
        client.get()
        again = pickle.loads(pickle.dumps(client))  # noqa: S301  our own
        assert again.get() is None
        again._core.transport.close()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_shares_the_core(copied: Any, serve: Serve) -> None:
    """As `with_options` does: credentials and connections."""
    server = serve(reply())
    with Client(SECURED, server=server.url, auth={"Key": "fake-key"}) as client:
        again = copied({"client": client})["client"] if copied is copy.deepcopy else copied(client)
        assert again is not client
        again.get()
        assert server.last.headers["x-key"] == "fake-key"
    with pytest.raises(RuntimeError, match="closed"):
        again.get()


# --- mistakes of the constructor


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"auth": "token"}, r"auth must be a mapping, such as auth=\{'Key': \.\.\.\}, not str"),
        ({"auth": [("Key", "fake")]}, r"auth must be a mapping, such as auth=\{'Key': \.\.\.\}, not list"),
        (
            {"transport": requests.Session()},
            r"must not be a Session itself: pass transport=RequestsTransport\(\.\.\.\)",
        ),
        ({"transport": RequestsTransport}, r"not the class RequestsTransport: RequestsTransport\(\.\.\.\)"),
        ({"transport": requests.Session}, r"not the class Session: RequestsTransport\(\.\.\.\)"),
        ({"transport": 5}, r"the name of a library or a callable \(Request, .* not int; names are requests, httpx2"),
    ],
)
def test_a_constructor_argument_of_a_wrong_type_says_what_to_write(settings: Any, message: str) -> None:
    """For both clients."""
    for kind in (Client, AsyncClient):
        with pytest.raises(TypeError, match=message):
            kind(SECURED, **settings)


@pytest.mark.parametrize("value", [None, 5, b"HTTP/1.1 200 OK"])
def test_a_transport_that_returns_no_response_is_told(value: Any) -> None:
    """It may be anybody's function."""
    client = Client(PATHS, server="http://h", transport=lambda *_: value)
    with pytest.raises(TypeError, match=r"the transport returned .* in place of a Response"):
        client.get()


@pytest.mark.parametrize("target", ["/a", "/b"])
def test_a_transport_may_give_header_fields_as_a_mapping(target: str) -> None:
    """As other libraries have them, also after a redirect; names are looked up without regard to case all the same."""
    found = document({target: {"get": {"operationId": "get", "responses": {"200": {"description": "OK"}}}}})
    redirect: Any = {"location": "/a"}
    fields: Any = {"content-type": "application/json"}

    def transport(request: Request, _: float) -> Response:
        return Response(302, redirect) if request.url.endswith("/b") else Response(200, fields, b"1")

    with Client(found, server="http://h", transport=transport) as client:
        assert client.get.send().headers["Content-Type"] == "application/json"


def test_a_transport_that_returns_no_response_to_a_redirect_is_told() -> None:
    """As to the first request."""
    answers = iter([Response(302, Headers({"Location": "/b"})), None])
    client = Client(PATHS, server="http://h", transport=lambda *_: next(answers))  # type: ignore[arg-type]  # that is the test
    with pytest.raises(TypeError, match="the transport returned None in place of a Response"):
        client.get()
