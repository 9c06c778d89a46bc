"""The mock as a transport: what the mock over a socket says, without one."""

import asyncio
from typing import Any

import pytest

from dynclient import ApiError, AsyncClient, Client, MockTransport, load
from dynclient.mock.server import Mock

AUTH = {"Client-Id": "fake-key", "BearerAuth": "fake-token"}
ORDER = {"retailUnit": "no", "checkoutId": "00000000-0000-4000-8000-000000000001"}


def test_it_answers_as_the_mock_over_a_socket() -> None:
    """The same values for the same seed."""
    document = load("order_capture")
    with Mock(document, seed=3) as mock:
        there = Client(document, server=mock.url, auth=AUTH).create_checkout.send("no", CART)
    here = Client(document, transport=MockTransport(document, seed=3), auth=AUTH).create_checkout.send("no", CART)
    assert (here.status, here.data, here.problems) == (there.status, there.data, there.problems)


def test_an_async_client_may_use_it() -> None:
    """In its worker threads."""

    async def main() -> Any:
        transport = MockTransport("order_capture")
        async with AsyncClient("order_capture", transport=transport, auth=AUTH) as client:
            await client.create_checkout("no", CART)
        return transport.requests

    (request,) = asyncio.run(main())
    assert request.operation == "createCheckout"


def test_a_wrong_request_is_refused() -> None:
    """By the document; nothing is judged if that is not wanted."""
    client = Client("order_capture", transport=MockTransport("order_capture"), auth=AUTH, validate_requests="off")
    with pytest.raises(ApiError):
        client.create_checkout("no", {})
    client = Client(
        "order_capture", transport=MockTransport("order_capture", validate=False), auth=AUTH, validate_requests="off"
    )
    assert client.create_checkout("no", {})


CART = {
    "shoppingType": "ONLINE", "channel": "WEBAPP", "languageCode": "no", "items": [{"itemNo": "90000001", "quantity": 2}],
}  # fmt: skip
