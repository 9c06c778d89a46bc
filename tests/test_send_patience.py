"""Ctrl-C ends the wait for an answer, whatever library waits."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Serve
from servers import Received, document, reply
from transports import BLOCKING

from dynclient import Client, Options
from dynclient.send.patience import interruptible

DOCUMENT = document({"/a": {"get": {"operationId": "get", "responses": {"200": {"description": "OK"}}}}})


@pytest.fixture(autouse=True)
def _ctrl_c() -> Iterator[None]:
    """What Python itself does with it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def pressed() -> None:
    """Press Ctrl-C a little later."""
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()


@pytest.mark.parametrize("transport", BLOCKING)
@pytest.mark.parametrize("part", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
def test_ctrl_c_ends_the_wait(transport: str, part: bytes, serve: Serve) -> None:
    """For the head of a reply and for its body, before anything arrives; the next call works."""
    answers: list[Any] = [reply()]

    def answer(_: Received) -> Any:
        if len(server.received) == 1:
            pressed()
            return server.hang(part)
        return answers[0]

    server = serve(answer)
    with Client(DOCUMENT, server=server.url, transport=transport, options=Options(retries=0, timeout=9)) as client:
        with pytest.raises(KeyboardInterrupt):
            client.get()
        assert not server.closing.is_set()
        assert client.get() is None


def test_ctrl_c_ends_a_stream(serve: Serve) -> None:
    """Between what arrives."""
    server = serve(
        lambda _: server.hang(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nabc")
    )
    with Client(DOCUMENT, server=server.url, transport="pyreqwest", options=Options(timeout=9)) as client:
        chunks = client.get.stream().chunks()
        assert next(chunks) == b"abc"
        pressed()
        with pytest.raises(KeyboardInterrupt):
            next(chunks)


def test_an_interruptible_call_returns_and_raises_as_it_would() -> None:
    """And the threads are few: one is used again and again."""
    threads = {interruptible(threading.get_ident) for _ in range(5)}
    assert len(threads) == 1
    assert threads != {threading.get_ident()}
    with pytest.raises(ValueError, match="no number"):
        interruptible(_fail, "no number")


def _fail(text: str) -> None:
    raise ValueError(text)
