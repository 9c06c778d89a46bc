"""Forks: what a child process makes anew, in real processes."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from servers import Loopback, document, reply

from dynclient import AsyncClient, Client, TransportError
from dynclient.security.credentials import Credentials

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

SCHEME = {"securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}
GET = {"operationId": "get", "security": [{"Key": []}], "responses": {"200": {"description": "OK"}}}
DOCUMENT = document({"/a": {"get": GET}}, components=SCHEME)


@pytest.fixture
def server() -> Iterator[Loopback]:
    """A server that keeps connections and says by which one a request came."""
    with Loopback(reply(Connection="keep-alive"), keeps=True) as running:
        yield running


def in_child(work: Callable[[], Any]) -> str:
    """What becomes of a function in a forked process: `done`, or its error."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work()
            text = "done"
        except BaseException as error:  # noqa: BLE001  it is told
            text = f"{type(error).__name__}: {error}"
        os.write(write, text.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as stream:
        text = stream.read()
    os.waitpid(child, 0)
    return text


@pytest.mark.parametrize("transport", ["requests", "httpx2"])
def test_a_child_has_connections_of_its_own(transport: str, server: Loopback) -> None:
    """Two processes on one connection would get each other's replies; the parent goes on with its own."""
    with Client(DOCUMENT, server=server.url, transport=transport, auth={"Key": "k"}) as client:
        client.get()
        assert in_child(client.get) == "done"
        client.get()
    assert (len(server.received), len(server.accepted)) == (3, 2)


def test_a_child_of_a_users_session_has_connections_of_its_own(server: Loopback) -> None:
    """Its adapters are the ones of requests."""
    import requests

    from dynclient import RequestsTransport

    with requests.Session() as session:
        client = Client(DOCUMENT, server=server.url, transport=RequestsTransport(session), auth={"Key": "k"})
        client.get()
        assert in_child(client.get) == "done"
        client.get()
    assert (len(server.received), len(server.accepted)) == (3, 2)


@pytest.mark.parametrize("transport", ["aiohttp", "httpx2", "requests"])
def test_a_child_of_an_async_client_has_connections_of_its_own(transport: str, server: Loopback) -> None:
    """And an event loop of its own."""

    async def main() -> str:
        async with AsyncClient(DOCUMENT, server=server.url, transport=transport, auth={"Key": "k"}) as client:
            await client.get()
            told = in_child(lambda: asyncio.run(client.get()))
            await client.get()
            return told

    assert asyncio.run(main()) == "done"
    assert (len(server.received), len(server.accepted)) == (3, 2)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_pyreqwest_says_at_once_that_it_cannot_run_after_a_fork(kind: Any, server: Loopback) -> None:
    """With a client made before or after it; nothing waits for threads that the child does not have."""
    client = kind(DOCUMENT, server=server.url, transport="pyreqwest", auth={"Key": "k"})

    def call(used: Any) -> Any:
        return asyncio.run(used.get()) if kind is AsyncClient else used.get()

    call(client)
    for work in (
        lambda: call(client),
        lambda: call(kind(DOCUMENT, server=server.url, transport="pyreqwest", auth={"Key": "k"})),
    ):
        assert in_child(work).startswith(
            f"{TransportError.__name__}: get: GET {server.url}/a: pyreqwest has run in the parent of this process"
        )
    call(client)


def test_a_child_does_not_wait_for_a_lock_of_another_thread(server: Loopback) -> None:
    """Nor for the token that it was asking for."""
    client = Client(DOCUMENT, server=server.url, auth={"Key": "k"})
    credentials: Any = client._core.credentials
    with credentials._lock:
        assert in_child(lambda: credentials.follow(server.url, {})) == "done"


def test_whatever_joins_later_is_told_too() -> None:
    """But nothing is kept alive for it."""
    from dynclient import forks

    told: list[int] = []

    class Thing:
        def forked(self) -> None:
            told.append(os.getpid())
            sys.exit(7)

    thing = Thing()
    forks.join(thing)
    assert in_child(lambda: told.index(os.getpid())) == "done"
    assert told == []
    count = len(forks._joined)
    del thing
    assert len(forks._joined) == count - 1
    assert isinstance(Credentials()._lock, type(threading.Lock()))
