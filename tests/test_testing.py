"""Clients for tests: made like any other, answered without a socket."""

from contextlib import ExitStack

import pytest

from dynclient.testing import MockClients

AUTH = {"Client-Id": "fake-key", "BearerAuth": "fake-token"}
CART = {
    "shoppingType": "ONLINE", "channel": "WEBAPP", "languageCode": "no", "items": [{"itemNo": "90000001", "quantity": 2}],
}  # fmt: skip


def test_clients_are_closed_at_the_end() -> None:
    """Whatever the test does with them."""
    with ExitStack() as stack:
        client = MockClients(stack)("order_capture", auth=AUTH)
        assert client.create_checkout("no", CART)
    with pytest.raises(RuntimeError, match="this client is closed"):
        client.create_checkout("no", CART)


def test_requests_of_all_clients_are_kept() -> None:
    """Client by client."""
    with ExitStack() as stack:
        make = MockClients(stack)
        for _ in range(2):
            make("order_capture", auth=AUTH).create_checkout("no", CART)
        assert [request.operation for request in make.requests] == ["createCheckout"] * 2
        assert len(make.transports) == 2
