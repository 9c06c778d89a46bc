"""HTTP archives: what browsers, proxies and libraries wrote, and what each of them leaves out."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from recordings import RECORDINGS, everything, exchanges, in_short, kind, only, reply

from dynclient.traffic.recording import BrokenRecording, NoExchange, Recorded

JSON = {"name": "Content-Type", "value": "application/json"}


def entry(**changes: Any) -> dict[str, Any]:
    """An entry; members of the request begin with `request_`, those of the response with `response_`."""
    made: dict[str, Any] = {
        "startedDateTime": "2024-05-01T10:00:00.000Z",
        "request": {"method": "GET", "url": "https://api.test/pets", "headers": [], "bodySize": 0},
        "response": {
            "status": 200,
            "headers": [JSON],
            "content": {"size": 2, "mimeType": "application/json", "text": "{}"},
            "bodySize": 2,
        },
    }
    for name, value in changes.items():
        part, _, member = name.partition("_")
        if member and part in made:
            made[part][member] = value
        else:
            made[name] = value
    return made


def archive(*entries: Any, creator: Any = None) -> dict[str, Any]:
    """A HAR of entries."""
    return {"log": {"version": "1.2", "creator": creator or {"name": "Any", "version": "1"}, "entries": list(entries)}}


def read(tmp_path: Path, *entries: Any, creator: Any = None) -> list[Recorded]:
    """What is read from a HAR of entries."""
    return everything(tmp_path / "a.har", archive(*entries, creator=creator))


@pytest.mark.parametrize(
    "name", ["chrome.har.gz", "playwright.har.gz", "playwright_attach.har.zip", "mitmproxy.har.gz", "polly.har.gz"]
)
def test_the_same_replies_are_read_from_every_producer(name: str) -> None:
    """Bodies are those that the server meant, whatever the coding, the charset and the form in which they are kept."""
    found = {
        each.exchange.request.url.removeprefix("http://127.0.0.1:8931"): each
        for each in exchanges(everything(RECORDINGS / name))
    }
    assert kind(RECORDINGS / name) == "HAR"
    assert reply(found["/pets?limit=1"]).content == b'[{"id":1,"name":"Rex"}]'
    assert json.loads(reply(found["/gzip"]).content) == {"id": 2, "name": "Grüße"}
    assert json.loads(reply(found["/br"]).content) == {"id": 3, "name": "Ärger"}
    assert reply(found["/latin"]).content == b"\xc4r"
    assert reply(found["/binary"]).content == b"\0\1\2\xff\xfe"
    assert found["/gone"].response_body == "empty"
    assert found["/pets?limit=1"].time is not None


@pytest.mark.parametrize("name", ["chrome.har.gz", "playwright.har.gz", "playwright_attach.har.zip"])
def test_what_a_browser_does_beside_is_no_exchange(name: str) -> None:
    """A connection that broke, a `data:` URL, a preflight, a reply out of the cache."""
    found = everything(RECORDINGS / name)
    reasons = {each.reason for each in found if isinstance(each, NoExchange)}
    assert reasons == (
        {"no reply", "not HTTP", "CORS preflight"} if "chrome" in name else {"no reply", "browser cache"}
    )
    assert not [each for each in found if isinstance(each, BrokenRecording)]


def test_the_body_of_a_304_is_not_the_cached_one() -> None:
    """Chrome shows the cached body there."""
    found = [each for each in exchanges(everything(RECORDINGS / "chrome.har.gz")) if reply(each).status == 304]
    assert [(each.response_body, reply(each).content) for each in found] == [("empty", b"")]


@pytest.mark.parametrize("name", ["chrome.har.gz", "playwright.har.gz"])
def test_a_body_that_a_browser_does_not_keep_is_unknown(name: str) -> None:
    """That of a redirect, and of a form with a file."""
    found = exchanges(everything(RECORDINGS / name))
    assert [each.response_body for each in found if reply(each).status == 302] == ["unknown"]
    sent = [each for each in found if "multipart/form-data" in each.exchange.request.headers.get("Content-Type", "")]
    assert [each.request_body for each in sent] == ["unknown"]


def test_credentials_are_left_out_by_a_browser_and_missing_from_a_library() -> None:
    """The default export of Chrome leaves them out; Playwright and Polly.JS keep all."""
    states = [
        {each.credentials for each in exchanges(everything(RECORDINGS / name))}
        for name in ("chrome.har.gz", "playwright.har.gz", "polly.har.gz")
    ]
    assert states == [{"left out"}, {"shown", "missing"}, {"shown", "missing"}]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"response_status": 0}, "no reply"),
        ({"response": None}, "no reply"),
        ({"response_status": -1}, "no reply"),
        ({"response_status": 101}, "websocket"),
        ({"_webSocketMessages": []}, "websocket"),
        ({"_resourceType": "websocket"}, "websocket"),
        ({"request_url": "wss://api.test/live"}, "websocket"),
        ({"request_url": "data:text/plain,x"}, "not HTTP"),
        ({"request_url": "blob:https://api.test/1"}, "not HTTP"),
        ({"request_url": "chrome-extension://abc/x.js"}, "not HTTP"),
        ({"_fetchType": "Memory Cache"}, "browser cache"),
        ({"_fetchType": "Service Worker"}, "browser cache"),
        ({"_fromCache": "disk"}, "browser cache"),
        ({"response__fetchedViaServiceWorker": True}, "browser cache"),
        ({"request_method": "OPTIONS", "request_headers": [{"name": "Access-Control-Request-Method", "value": "PUT"}]}, "CORS preflight"),
    ],
)  # fmt: skip
def test_an_entry_that_is_no_exchange_says_why(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    """It is counted apart."""
    assert in_short(read(tmp_path, entry(**changes))) == [reason]


def test_a_reply_without_a_version_is_from_the_cache_in_firefox_only(tmp_path: Path) -> None:
    """Other producers leave the version empty for no reason."""
    cached = entry(response_httpVersion="")
    assert in_short(read(tmp_path, cached, creator={"name": "Firefox"})) == ["browser cache"]
    assert in_short(read(tmp_path, cached)) == [("GET", "https://api.test/pets", 200)]


@pytest.mark.parametrize(
    ("content", "size", "headers", "state"),
    [
        ({"size": 0, "text": ""}, 0, [], "empty"),
        ({"size": 0}, -1, [], "empty"),
        ({"size": 5}, 5, [], "unknown"),
        ({"size": 5, "text": ""}, -1, [], "unknown"),
        ({"size": 0, "comment": "Response bodies are not included."}, 0, [], "unknown"),
        ({"size": 0, "text": ""}, 20, [], "unknown"),
        ({"size": 0, "text": ""}, 0, [{"name": "Content-Type", "value": "text/event-stream"}], "unknown"),
        ({"size": 0}, 0, [{"name": "Content-Length", "value": "9"}], "unknown"),
        ({"size": 0}, 0, [{"name": "Transfer-Encoding", "value": "chunked"}], "unknown"),
        ({"size": None}, None, [], "unknown"),
        ({"size": 9, "text": "abc", "comment": "truncated"}, 9, [], "unknown"),
        ({}, -1, [], "unknown"),
        (None, None, [], "unknown"),
    ],
)
def test_a_body_is_known_to_be_empty_only_where_everything_says_so(
    tmp_path: Path, content: Any, size: Any, headers: Any, state: str
) -> None:
    """Otherwise it may have been left out."""
    made = entry(response_content=content, response_bodySize=size, response_headers=headers)
    assert only(read(tmp_path, made)).response_body == state


@pytest.mark.parametrize(
    ("data", "size", "body", "state"),
    [
        (None, 0, b"", "empty"),
        (None, 7, b"", "unknown"),
        ({"mimeType": "", "text": ""}, 0, b"", "empty"),
        ({"mimeType": "application/json", "params": []}, 0, b"", "empty"),
        ({"mimeType": "application/json", "text": '{"a":1}'}, 7, b'{"a":1}', "bytes"),
        ({"mimeType": "application/json", "text": "eyJhIjoxfQ==", "encoding": "base64"}, 7, b'{"a":1}', "bytes"),
        ({"mimeType": "text/plain; charset=latin1", "text": "é"}, 1, b"\xe9", "bytes"),
        ({"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a b", "value": "ü&"}]}, 9, b"a+b=%C3%BC%26", "bytes"),
        ({"mimeType": "multipart/form-data; boundary=x"}, -1, b"", "unknown"),
        ({"mimeType": "multipart/form-data; boundary=x", "text": ""}, -1, b"", "unknown"),
        ({"mimeType": "multipart/form-data; boundary=x", "params": [{"name": "f", "fileName": "a.png"}]}, 9, b"", "unknown"),
        ({"mimeType": "image/png", "text": "\ufffdPNG"}, 9, b"", "unknown"),
        ({"mimeType": "application/json", "comment": "left out"}, 0, b"", "unknown"),
    ],
)  # fmt: skip
def test_the_body_of_a_request_is_rebuilt_or_unknown(
    tmp_path: Path, data: Any, size: int, body: bytes, state: str
) -> None:
    """From its text, its base64 (HAR 1.3), or the fields of a form."""
    found = only(read(tmp_path, entry(request_postData=data, request_bodySize=size, request_method="POST")))
    assert (found.exchange.request.content, found.request_body) == (body, state)


def test_a_request_that_announces_a_body_has_one(tmp_path: Path) -> None:
    """Playwright drops forms with files, and says a size of 0."""
    found = only(
        read(
            tmp_path,
            entry(request_method="POST", request_headers=[{"name": "Content-Type", "value": "multipart/form-data"}]),
        )
    )
    assert found.request_body == "unknown"


def test_chunks_of_polly_are_joined_and_decoded(tmp_path: Path) -> None:
    """In base64 (version 6), and in hexadecimal (up to 5)."""
    raw = gzip.compress(b'{"a":1}')
    headers = [JSON, {"name": "content-encoding", "value": "gzip", "_fromType": "array"}]
    packed = {
        "text": json.dumps([base64.b64encode(part).decode() for part in (raw[:9], raw[9:])]),
        "encoding": "base64",
    }
    hexadecimal = {"text": json.dumps([raw[:9].hex(), raw[9:].hex()]), "_isBinary": True}
    made = [entry(response_content=content, response_headers=headers) for content in (packed, hexadecimal)]
    assert [reply(each).content for each in exchanges(read(tmp_path, *made))] == [b'{"a":1}'] * 2


def test_a_value_may_be_a_list_and_pseudo_fields_go(tmp_path: Path) -> None:
    """As Polly.JS and Chrome write them."""
    headers = [{"name": ":authority", "value": "api.test"}, {"name": "accept", "value": ["a/b", "c/d"]}]
    found = only(read(tmp_path, entry(request_headers=headers)))
    assert found.exchange.request.headers.fields == (("accept", "a/b"), ("accept", "c/d"))


def test_the_media_type_is_that_of_the_header_field(tmp_path: Path) -> None:
    """That of `content` has no charset; it is taken where no field was kept."""
    bare = {"size": 2, "mimeType": "application/json", "text": "{}"}
    kept = entry(response_headers=[{"name": "Content-Type", "value": "application/json; charset=utf-8"}])
    found = exchanges(read(tmp_path, kept, entry(response_headers=[], response_content=bare)))
    assert [reply(each).headers["Content-Type"] for each in found] == [
        "application/json; charset=utf-8",
        "application/json",
    ]


def test_a_body_in_a_file_of_its_own_is_found(tmp_path: Path) -> None:
    """As Playwright attaches it; one that is gone, or outside the folder, is unknown."""
    (tmp_path / "1.json").write_text('{"a":1}')
    names = ("1.json", "gone.json", "../../../../etc/passwd", 7)
    found = read(tmp_path, *(entry(response_content={"size": 7, "_file": name}) for name in names))
    assert [each.response_body for each in exchanges(found)] == ["bytes", "unknown", "unknown", "unknown"]
    assert [each.message for each in found if isinstance(each, BrokenRecording)] == [
        "the response body is in a file that is not there"
    ] * 3


def test_user_information_leaves_the_url(tmp_path: Path) -> None:
    """It is a credential."""
    found = only(read(tmp_path, entry(request_url="https://id:fake@api.test/pets")))
    assert (found.exchange.request.url, found.credentials) == ("https://api.test/pets", "shown")


def test_a_har_may_be_yaml(tmp_path: Path) -> None:
    """As some persisters of Polly.JS write it."""
    text = """log:
  version: '1.2'
  creator: {name: Polly.JS, version: 5.1.1}
  entries:
    - _id: abc
      startedDateTime: 2024-05-01T10:00:00.000Z
      request: {method: GET, url: 'https://api.test/pets', headers: [], bodySize: 0}
      response:
        status: 200
        headers: [{name: content-type, value: application/json}]
        content: {size: 2, mimeType: application/json, text: '{}'}
    - _id: def
      request: {method: GET}
      response: {status: 200}
"""
    found = everything(tmp_path / "a.har.yaml", text)
    assert in_short(found) == [("GET", "https://api.test/pets", 200), ("recording/entry", 12)]
    assert reply(exchanges(found)[0]).content == b"{}"
    assert exchanges(found)[0].credentials == "missing"  # Polly.JS keeps them


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """Other tools die of it."""
    text = b"\xef\xbb\xbf" + json.dumps(archive(entry())).encode()
    assert in_short(everything(tmp_path / "a.har", text)) == [("GET", "https://api.test/pets", 200)]


@pytest.mark.parametrize("broken", [None, [], "x", {}, {"request": 1}, {"request": {}}, {"request": {"method": "GET", "url": "http://[", "headers": 7}, "response": {"status": "x"}}])  # fmt: skip
def test_a_broken_entry_costs_only_itself(tmp_path: Path, broken: Any) -> None:
    """It is reported with its line."""
    good = ("GET", "https://api.test/pets", 200)
    found = in_short(read(tmp_path, entry(), broken, entry()))
    assert (found[0], found[1][0], found[2]) == (good, "recording/entry", good)


def test_a_creator_may_be_a_text(tmp_path: Path) -> None:
    """As Optic writes it; it keeps credentials."""
    assert only(read(tmp_path, entry(), creator="optic")).credentials == "missing"


def test_the_entries_may_come_late(tmp_path: Path) -> None:
    """Behind pages with long titles."""
    made = archive(entry())
    made["log"] = {"version": "1.2", "pages": [{"title": "x" * 100_000}], "entries": made["log"]["entries"]}
    assert in_short(everything(tmp_path / "a.har", made)) == [("GET", "https://api.test/pets", 200)]
