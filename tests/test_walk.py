"""The walk of a call through the package: how many of its functions are called on the way. Counted, so that no clock decides.

`pytest tests/test_walk.py -s` prints each walk. What other packages and Python itself call does not count.
"""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from servers import reply

import dynclient
from dynclient import Client, Exchange, Request, Response, load
from dynclient.api.api import Api
from dynclient.catalog.shelves import apis
from dynclient.exchange import Headers
from dynclient.traffic.inspector import Inspection, Inspector
from dynclient.traffic.recording import RecordedAt, Recording

PACKAGE = str(Path(dynclient.__file__).parent)
CART = {
    "shoppingType": "ONLINE", "channel": "WEBAPP", "languageCode": "no", "items": [{"itemNo": "90000001", "quantity": 2}],
}  # fmt: skip
CREATED = {"resourceId": "00000000-0000-4000-8000-000000000001"}
AUTH = {"Client-Id": "fake-key", "BearerAuth": "fake-token"}
SENT = "the request is on the wire"


@contextmanager
def walk() -> Iterator[list[str]]:
    """The functions of the package that are called, and the moment at which the reply is waited for."""
    found: list[str] = []

    def seen(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event != "call":
            return
        if code.co_filename.startswith(PACKAGE):
            found.append(f"{code.co_filename[len(PACKAGE) + 1 :]} {code.co_qualname}")
        elif code is http.client.HTTPConnection.getresponse.__code__:
            found.append(SENT)

    sys.setprofile(seen)
    try:
        yield found
    finally:
        sys.setprofile(None)


def told(title: str, steps: list[str]) -> int:
    """Print a walk, and count its steps."""
    print(f"\n{title}: {len(steps)}", *steps, sep="\n    ")  # noqa: T201  the walk is to be looked at
    return len(steps)


@pytest.fixture
def shop(serve: Any) -> Iterator[Client]:
    """A client of a server that creates every checkout."""
    server = serve(reply(201, CREATED))
    with Client("order_capture", server=server.url, auth=AUTH, transport="requests", engine="jsonschema-rs") as client:
        yield client


def test_a_call_takes_few_steps_to_the_wire_and_few_back(shop: Client) -> None:
    """At most 60 functions from `client.op(...)` to the wire, and 25 from the reply to its value."""
    shop.create_checkout("no", CART)
    with walk() as steps:
        assert shop.create_checkout("no", CART) == CREATED
    sent = steps.index(SENT)
    assert told("to the wire", steps[:sent]) <= 60
    assert told("to the value", steps[sent + 1 :]) <= 25


def exchanged(unit: str) -> Exchange:
    """A checkout that was created in a country."""
    headers = Headers(
        {"Content-Type": "application/json", "X-Client-Id": "fake-key", "Authorization": "Bearer fake-token"}
    )
    url = f"https://dev.oc.ingka.com/ordercaptureapi/{unit}/checkouts"
    request = Request("POST", url, headers, json.dumps(CART).encode())
    return Exchange(request, Response(201, Headers({"Content-Type": "application/json"}), b'{"resourceId":"1"}'))


def test_each_further_exchange_is_judged_in_few_steps() -> None:
    """At most 40 functions; values that differ cost nothing more."""
    api = Api(load("order_capture"), "jsonschema-rs")
    api.judge(exchanged("no"))
    with walk() as steps:
        assert api.judge(exchanged("se")).ok
    assert told("a judged exchange", steps) <= 40


def test_each_further_recording_is_inspected_in_few_steps() -> None:
    """At most 50 functions from what a reader gave to what is counted, once two others had the same names."""
    inspection = Inspection(Inspector([Api(load("order_capture"), "jsonschema-rs")]))
    place = RecordedAt("a.har", None, 1)
    inspection.add(Recording(exchanged("no"), place))
    inspection.add(Recording(exchanged("fi"), place))
    further = Recording(exchanged("se"), place)
    with walk() as steps:
        inspection.add(further)
    assert told("an inspected recording", steps) <= 50
    assert inspection.finished().exchanges["judged"] == 3


def test_an_operation_is_compiled_in_few_steps() -> None:
    """At most 1,000 functions from the opened document to the first request."""
    fresh = load(apis()["order_capture"]["2.0.8"].read_bytes(), cache=False)
    client = Client(fresh, server="http://127.0.0.1", auth=AUTH, engine="jsonschema-rs")
    with walk() as steps:
        client.create_checkout.prepare("no", CART)
    assert told("a first request", steps) <= 1000
