"""Recordings of nock, as it wrote them, and as versions differ."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from recordings import RECORDINGS, everything, exchanges, in_short, kind, only, reply

BASE = {
    "scope": "https://api.test:443",
    "method": "GET",
    "path": "/pets?a=1",
    "body": "",
    "status": 200,
    "response": {"a": 1},
}


@pytest.mark.parametrize("name", ["nock.json", "nock_with_headers.json"])
def test_every_form_of_a_body_is_read(name: str) -> None:
    """JSON data, texts, hexadecimal, and coded chunks."""
    found = exchanges(everything(RECORDINGS / name))
    assert kind(RECORDINGS / name) == "nock"
    assert json.loads(reply(found[0]).content) == [{"id": 1, "name": "Rex"}]
    assert json.loads(found[1].exchange.request.content) == {"name": "Rex", "tags": ["a"]}
    assert found[2].exchange.request.content == b"name=Rex&tag=a"
    assert json.loads(reply(found[3]).content) == {"id": 2, "name": "Grüße"}
    assert reply(found[4]).content == b"\0\1\2\xff\xfe"
    assert reply(found[6]).content == b"\xc4r"
    assert [each.response_body for each in found[5:8:2]] == ["empty", "empty"]


def test_header_fields_are_mostly_left_out() -> None:
    """Then credentials are left out too, and a body of JSON data has its media type."""
    found = exchanges(everything(RECORDINGS / "nock.json"))
    assert {(each.credentials, each.has_request_headers) for each in found} == {("left out", False)}
    assert found[1].exchange.request.headers["Content-Type"] == "application/json"
    kept = exchanges(everything(RECORDINGS / "nock_with_headers.json"))
    assert [(each.credentials, each.has_request_headers) for each in kept[:2]] == [("shown", True), ("left out", True)]


def test_newer_header_fields_and_chunks_are_read(tmp_path: Path) -> None:
    """`headers` is an object there, and the request has a list as its body."""
    packed = gzip.compress(b'{"a":1}').hex()
    made = {
        **BASE,
        "body": [1],
        "headers": {"Content-Encoding": "gzip", "Set-Cookie": ["a=1", "b=2"]},
        "response": [packed[:10], packed[10:]],
    }
    found = only(everything(tmp_path / "a.json", [made]))
    assert (found.exchange.request.url, found.exchange.request.content) == ("https://api.test:443/pets?a=1", b"[1]")
    assert (reply(found).content, reply(found).headers["Set-Cookie"]) == (b'{"a":1}', "a=1, b=2")


@pytest.mark.parametrize(
    "changes", [{"path": 7}, {"scope": None}, {"status": "x"}, {"status": None}, {"rawHeaders": 7}, {"method": {}}]
)
def test_a_broken_entry_costs_only_itself(tmp_path: Path, changes: dict[str, Any]) -> None:
    """It is reported."""
    good = ("GET", "https://api.test:443/pets?a=1", 200)
    found = in_short(everything(tmp_path / "a.json", [BASE, {**BASE, **changes}, BASE]))
    assert (found[0], found[1][0], found[2]) == (good, "recording/entry", good)


def test_a_body_that_is_no_hexadecimal_is_unknown(tmp_path: Path) -> None:
    """And said to be."""
    found = everything(tmp_path / "a.json", [{**BASE, "response": "xyz", "responseIsBinary": True}])
    assert in_short(found) == [("recording/coding", 2), ("GET", "https://api.test:443/pets?a=1", 200)]
    assert exchanges(found)[0].response_body == "unknown"
