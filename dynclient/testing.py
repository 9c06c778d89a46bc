"""Clients for tests, which the mock of their document answers."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from dynclient.client import Client
from dynclient.exchange import Request
from dynclient.mock.without_socket import MockTransport
from dynclient.opening import Openable, load
from dynclient.spec.access import OpenOptions


class MockClients:
    """Makes clients whose requests the mock of their document answers, without a socket.

    Attributes:
        transports: The transports of the clients, in order.
    """

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.transports: list[MockTransport] = []

    def __call__(self, spec: Openable, *, seed: int = 0, validate: bool = True, **arguments: Any) -> Client:
        """Make a client; it is closed when the test ends.

        Args:
            spec: Anything that `load` opens.
            seed: The same seed gives the same generated values.
            validate: Whether the mock judges the requests.
            **arguments: Further arguments of `Client`.
        """
        opening = {name: arguments.pop(name) for name in OpenOptions.__match_args__ if name in arguments}
        document = load(spec, **opening)
        transport = MockTransport(document, seed=seed, validate=validate)
        self.transports.append(transport)
        return self._stack.enter_context(Client(document, transport=transport, **arguments))

    @property
    def requests(self) -> list[Request]:
        """The requests of all these clients, client by client."""
        return [request for transport in self.transports for request in transport.requests]
