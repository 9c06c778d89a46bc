"""Requests and responses of Python libraries as recordings."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import aiohttp
import httpx2
import pytest
import requests
import urllib3
from recordings import reply
from servers import reply as answer

from dynclient import Exchange, Request, Response
from dynclient.exchange import Headers
from dynclient.traffic import recorded
from dynclient.traffic.recording import NoExchange, Recording

FIELDS = {"Content-Type": "application/json", "Content-Encoding": "gzip"}


@pytest.fixture
def url(serve: Any) -> str:
    """A server that answers in gzip."""
    found: str = serve(answer(200, gzip.compress(b'{"a":1}'), Content_Encoding="gzip")).url
    return found


def check(found: Any, url: str, state: str = "bytes") -> None:
    """What every library must give for the same exchange."""
    assert isinstance(found, Recording)
    request = found.exchange.request
    assert (request.method, request.url) == ("POST", f"{url}/pets?a=1")
    assert request.headers["Authorization"] == "Bearer fake-token"
    assert (found.request_body, request.content) == (state, b'{"b":2}' if state == "bytes" else b"")
    assert (reply(found).status, reply(found).content, found.credentials) == (200, b'{"a":1}', "shown")


SENT = {"Authorization": "Bearer fake-token", "Content-Type": "application/json"}


def test_a_response_of_requests(url: str) -> None:
    """It knows its request."""
    response = requests.post(f"{url}/pets?a=1", data='{"b":2}', headers=SENT, timeout=5)
    check(recorded(response), url)
    check(recorded(response.request, response), url)


def test_a_response_of_httpx2(url: str) -> None:
    """It is recorded as one of `requests` is."""
    check(recorded(httpx2.post(f"{url}/pets?a=1", content='{"b":2}', headers=SENT)), url)


def test_a_response_of_aiohttp(url: str) -> None:
    """It does not keep the body of its request."""

    async def call() -> aiohttp.ClientResponse:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{url}/pets?a=1", data=b'{"b":2}', headers=SENT) as response,
        ):
            await response.read()
            return response

    check(recorded(asyncio.run(call())), url, "unknown")


def test_an_exchange_of_our_own() -> None:
    """And its parts."""
    request = Request("POST", "http://a.test/pets?a=1", Headers(SENT), b'{"b":2}')
    exchange = Exchange(request, Response(200, Headers(FIELDS), b'{"a":1}'), "test_x")
    found = recorded(exchange)
    check(found, "http://a.test")
    check(recorded(request, exchange.response), "http://a.test")
    assert str(found.place) == "test_x"


def test_a_response_that_is_still_on_the_wire_is_not_read(url: str) -> None:
    """Its body is unknown, and its user can read it afterwards."""
    with requests.get(url, stream=True, timeout=5) as response:
        found = recorded(response, source="test_y")
        assert isinstance(found, Recording)
        assert (found.response_body, found.request_body) == ("unknown", "empty")
        assert response.content == b'{"a":1}'


def test_a_request_whose_body_is_an_iterator_is_not_read() -> None:
    """It is unknown."""
    request = requests.Request("POST", "http://a.test/", data=iter([b"x"])).prepare()
    found = recorded(request, Response(200))
    assert isinstance(found, Recording)
    assert found.request_body == "unknown"


def test_repeated_fields_stay_apart(serve: Any) -> None:
    """As far as the library keeps them so."""
    server = serve(answer(200, {}, Set_Cookie="a=1\r\nSet-Cookie: b=2"))
    for response in (requests.get(server.url, timeout=5), httpx2.get(server.url)):
        found = recorded(response)
        assert isinstance(found, Recording)
        assert [value for name, value in reply(found).headers.fields if name.lower() == "set-cookie"] == ["a=1", "b=2"]


def test_a_request_without_a_response_is_no_exchange() -> None:
    """Nothing came back."""
    found = recorded(Request("GET", "http://a.test/"))
    assert isinstance(found, NoExchange)
    assert found.reason == "no reply"


@pytest.mark.parametrize(
    "pair",
    [(1,), ("x", Response(200)), (Request("GET", "http://a.test/"), 7), (urllib3.HTTPResponse(),), (Response(200),)],
)
def test_anything_else_is_refused(pair: Any) -> None:
    """With what would be right."""
    with pytest.raises(
        TypeError,
        match=r"not a re(quest|sponse): \w+ \(wanted one of requests, httpx|does not know its request; give both",
    ):
        recorded(*pair)
