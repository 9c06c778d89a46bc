"""The pace of a client: counted at the server and in pauses that are not waited for."""

import asyncio
import os
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from conftest import Serve
from servers import Received, document, reply

from dynclient import AsyncClient, Client, Options, Retries, Throttle
from dynclient.exchange import Headers
from dynclient.send.pace import Pace, allowed_again

RESPONSES = {"200": {"description": "OK"}}
KEY = {"name": "idempotency-key", "in": "header", "required": True, "schema": {"type": "string", "minLength": 9}}
DOCUMENT = document({
    "/a": {"get": {"operationId": "get", "responses": RESPONSES}, "post": {"operationId": "post", "responses": RESPONSES}},
    "/b": {"post": {"operationId": "keyed", "parameters": [KEY], "responses": RESPONSES}},
})  # fmt: skip


def made(url: str, **options: Any) -> Client:
    """A client with these options."""
    return Client(DOCUMENT, server=url, options=Options(**options))


def then(*answers: bytes) -> Any:
    """Answers one after the other."""
    left = list(answers)
    return lambda _: left.pop(0)


class Crowd:
    """How many requests are answered at the same time."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self._lock = threading.Lock()

    def __call__(self, _: Received) -> bytes:
        """Answer, after a while."""
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.02)
        with self._lock:
            self.now -= 1
        return reply()


def test_threads_send_no_more_at_once_than_allowed(serve: Serve) -> None:
    """All copies of a client together."""
    crowd = Crowd()
    client = made(serve(crowd).url, throttle=Throttle(at_once=2))
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: client.with_options(timeout=9).get(), range(12)))
    assert crowd.most == 2


def test_tasks_send_no_more_at_once_than_allowed(serve: Serve) -> None:
    """Even when some of those that wait or send are cancelled."""
    crowd = Crowd()
    server = serve(crowd)

    async def main() -> None:
        async with AsyncClient(DOCUMENT, server=server.url, options=Options(throttle=Throttle(at_once=2))) as client:
            tasks = [asyncio.create_task(client.get()) for _ in range(12)]
            await asyncio.sleep(0.01)
            for task in (tasks[0], tasks[5], tasks[6]):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(client.get(), client.get())

    asyncio.run(main())
    assert crowd.most <= 3  # a server does not hear of a cancelled request
    assert len(server.received) >= 9


def test_requests_of_a_second_are_counted(serve: Serve, pauses: list[float]) -> None:
    """Further ones wait for their turn; so do retries."""
    client = made(serve(reply()).url, throttle=Throttle(per_second=0.01))
    for _ in range(3):
        client.get()
    assert [round(pause, -1) for pause in pauses] == [100, 200]


def test_a_reply_that_says_nothing_is_left_holds_the_next_request_back(serve: Serve, pauses: list[float]) -> None:
    """For no longer than the longest pause."""
    server = serve(reply(RateLimit='"a";r=0;t=20'))
    client = made(server.url, throttle=Throttle(per_second=1000))
    client.get()
    client.get()
    assert [round(pause) for pause in pauses] == [20]
    client = made(server.url, throttle=Throttle(per_second=1000), retries=Retries(max_wait=5))
    client.get()
    client.get()
    assert round(pauses[-1]) == 5


def test_a_retry_waits_until_the_limit_is_reset(serve: Serve, pauses: list[float]) -> None:
    """Retry-After comes first."""
    made(serve(then(reply(429, RateLimit='"a";r=0;t=7'), reply())).url).get()
    made(serve(then(reply(429, RateLimit='"a";r=0;t=7', Retry_After="3"), reply())).url).get()
    assert pauses == [7, 3]


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({}, None),
        ({"RateLimit": '"a";r=1;t=9'}, None),
        ({"RateLimit": '"a,b;r=0";r=0;t=9, c;t=2;r=0'}, 9),
        ({"RateLimit": "nonsense"}, None),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "4"}, 4),
        ({"X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "4"}, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000000001"}, 0),
    ],
)
def test_fields_say_when_a_request_is_allowed_again(fields: dict[str, str], seconds: float | None) -> None:
    """The fields of the draft, and those before it; a large number is a date."""
    assert allowed_again(Headers(fields)) == seconds


def test_statuses_and_methods_of_retries_can_be_set(serve: Serve, pauses: list[float]) -> None:
    """Only these are tried again."""
    rules = Retries(1, statuses=[500], methods=["POST"])
    made(serve(then(reply(500), reply())).url, retries=rules).post()
    assert made(serve(then(reply(503))).url, retries=rules)["post"].send().status == 503
    assert made(serve(then(reply(500))).url, retries=rules)["get"].send().status == 500
    assert pauses == [0.2]


def test_a_post_is_tried_again_with_a_key_that_is_made_for_it(serve: Serve, pauses: list[float]) -> None:
    """All tries share it, and each call has its own."""
    server = serve(then(reply(503), reply(), reply()))
    client = made(server.url, retries=Retries(idempotency_key=True))
    client.post()
    client.post()
    first, again, other = [each.headers["idempotency-key"] for each in server.received]
    assert first == again != other
    assert len(pauses) == 1


def test_a_documented_key_is_made_unless_it_is_given(serve: Serve) -> None:
    """Under the document's name, once."""
    server = serve(reply())
    client = made(server.url, retries=Retries(idempotency_key=True))
    client.keyed()
    client.keyed(idempotency_key="given-by-me")
    assert len(server.received[0].headers["idempotency-key"]) == 36
    assert server.last.headers["idempotency-key"] == "given-by-me"


def test_a_get_needs_no_key(serve: Serve) -> None:
    """It may be repeated by itself."""
    server = serve(reply())
    made(server.url, retries=Retries(idempotency_key="X-Key")).get()
    assert "x-key" not in server.last.headers


def test_a_retry_is_logged(serve: Serve, pauses: list[float], caplog: pytest.LogCaptureFixture) -> None:
    """At INFO, with its reason."""
    with caplog.at_level("INFO", "dynclient"):
        made(serve(then(reply(503), reply())).url).get()
    assert "get: retry 1 of 2 in 0.2 s, after 503" in caplog.messages
    assert pauses


def test_hooks_see_every_request_and_may_replace_it(serve: Serve, pauses: list[float]) -> None:
    """Retries, too; a reply as well, before it is read."""
    server = serve(then(reply(503), reply(data={"a": 1}, kind="text/plain")))
    seen: list[str] = []

    def signed(request: Any) -> Any:
        return replace(request, headers=Headers([*request.headers.fields, ("X-Signature", request.method)]))

    def typed(response: Any) -> Any:
        seen.append(response.status)
        return (
            None if response.status == 503 else replace(response, headers=Headers({"Content-Type": "application/json"}))
        )

    client = made(server.url, on_request=signed, on_response=typed)
    assert client.get() == {"a": 1}
    assert [each.headers["x-signature"] for each in server.received] == ["GET", "GET"]
    assert (seen, len(pauses)) == ([503, 200], 1)


def test_the_hooks_of_an_async_client_are_called(serve: Serve) -> None:
    """Not awaited; and together with a throttle."""
    server = serve(reply())
    seen: list[str] = []

    async def main() -> None:
        options = Options(on_request=lambda request: seen.append(request.method), throttle=Throttle(at_once=1))
        async with AsyncClient(DOCUMENT, server=server.url, options=options) as client:
            await client.get()

    asyncio.run(main())
    assert seen == ["GET"]

    async def hook(_: Any) -> None: ...

    with pytest.raises(ValueError, match="are called, not awaited"):
        Options(on_request=hook)  # type: ignore[arg-type]


def test_a_hook_that_returns_something_else_is_refused(serve: Serve) -> None:
    """With its name."""
    with pytest.raises(TypeError, match="on_request must return a Request or None, not a str"):
        made(serve(reply()).url, on_request=lambda _: "x").get()


def test_a_call_is_a_line_of_the_log(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG: operation, status, milliseconds, bytes."""
    with caplog.at_level("DEBUG", "dynclient"):
        made(serve(reply(data=[1])).url).get()
    assert [message for message in caplog.messages if re.fullmatch(r"get: 200 in \d+ ms, 3 bytes", message)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_process_begins_anew() -> None:
    """Whoever sends in the parent does not give back a place there."""
    pace = Pace(Throttle(at_once=1))
    assert pace.enter(print)
    child = os.fork()
    if not child:
        os._exit(0 if pace.enter(print) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert not pace.enter(print)
