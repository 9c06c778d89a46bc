"""Cassettes, as their producers wrote them (tests/data/recordings), and what else is found in real ones."""

from __future__ import annotations

import base64
import gzip
import io
import itertools
import json
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import brotli
import pytest
import yaml
from packing import zstd

from dynclient.exchange import Request, Response
from dynclient.traffic.readers import find_kind, read_recordings
from dynclient.traffic.recording import BrokenRecording, NoExchange, Recorded, Recording
from dynclient.traffic.sources import StoredFile, files_at

FOLDER = Path(__file__).parent / "data" / "recordings"
PET = '{"id": 1, "name": "Zoë", "tags": ["a", "b"]}'.encode()
PHOTO = b"\x89PNG\r\n\x1a\n\x00\xff\xfe"
#: What the server of tests/data/recordings answers: path, status, body.
ANSWERS = [
    ("/pets?limit=10", 200, b'[{"id": 1, "name": "Rex"}]'),
    ("/pets/1", 200, PET),
    ("/pets", 201, b'{"id": 2, "name": "Zo\\u00eb"}'),
    ("/pets", 201, b'{"id": 2, "form": "name=Rex+%26+Co&tag=%C3%A9"}'),
    ("/pets", 400, b'{"error":"name"}'),
    ("/photo", 200, PHOTO),
    ("/empty", 204, b""),
    ("/text", 200, "Zoë 1e3 ~ no".encode("latin-1")),
    ("/events", 200, b'data: {"a": 1}\n\ndata: [DONE]\n\n'),
    ("/missing", 404, b'{"error": "not found"}'),
]
KINDS = {
    "betamax.json": "betamax",
    "betamax_exact.json": "betamax",
    "go_vcr_v1.yaml": "go-vcr",
    "go_vcr_v2.yaml": "go-vcr",
    "ruby_vcr.yml": "Ruby VCR",
    "ruby_vcr_exact.yml": "Ruby VCR",
    "ruby_vcr_json.json": "Ruby VCR",
    "vcrpy_httpx.yaml": "vcrpy",
    "vcrpy_requests.json": "vcrpy",
    "vcrpy_requests.yaml": "vcrpy",
}


def read(path: Path) -> list[Recorded]:
    """Read a file that the user names."""
    (file,) = files_at([path])
    assert isinstance(file, StoredFile)
    return list(read_recordings(file))


def sides(item: Recorded) -> tuple[Request, Response]:
    """Return the request and the reply of a recording."""
    assert isinstance(item, Recording), item
    assert item.exchange.response is not None
    return item.exchange.request, item.exchange.response


def written(folder: Path, *entries: Any, key: str | None = "interactions") -> list[Recorded]:
    """Write entries as a cassette in YAML, and read it."""
    path = folder / "cassette"
    path.write_text(yaml.safe_dump({key: list(entries)} if key else list(entries), allow_unicode=True))
    return read(path)


def entry(body: Any = None, *, headers: Any = None, **response: Any) -> dict[str, Any]:
    """Return an interaction of vcrpy with a body in its reply."""
    reply = {"status": {"code": 200, "message": "OK"}, "headers": headers or {}, "body": body, **response}
    return {"request": {"method": "GET", "uri": "http://h/a", "headers": {}, "body": None}, "response": reply}


@pytest.mark.parametrize("name", KINDS)
def test_what_a_producer_recorded_is_read(name: str) -> None:
    """Its kind is found, and each exchange is what went over the wire, its codings undone."""
    path = FOLDER / name
    (file,) = files_at([path])
    assert isinstance(file, StoredFile)
    assert find_kind(file).name == KINDS[name]  # type: ignore[union-attr]
    found = [sides(item) for item in read(path) if isinstance(item, Recording)]
    answers = [
        (request.url.removeprefix("http://127.0.0.1:18777").partition("?api_key")[0], response.status, response.content)
        for request, response in found
    ]
    left_out = {"vcrpy_requests.json": {"/pets/1", "/photo", "/text"}}.get(name, set())
    lossy = {"betamax.json": {"/photo"}}.get(name, set())
    expected = [
        (path, status, b"" if path in lossy else body) for path, status, body in ANSWERS if path not in left_out
    ]
    assert answers == expected
    form = next(request for request, _ in found if b"Rex" in request.content)
    assert form.content == b"name=Rex+%26+Co&tag=%C3%A9"


@pytest.mark.parametrize("name", KINDS)
def test_an_exchange_has_its_time_and_its_place(name: str) -> None:
    """The time that the recorder wrote, or the server's; the line, or the number where all is on one line."""
    found = [item for item in read(FOLDER / name) if isinstance(item, Recording)]
    assert {item.time is not None and 1795672000 < item.time < 1795673000 for item in found} == {True}
    text = (FOLDER / name).read_text()
    lines = [item.place.line for item in found]
    if text.count("\n") < 2:
        assert lines == [None] * len(found)
        assert found[1].exchange.source == f"{FOLDER / name}#2"
    else:
        for item in found:
            assert item.place.line is not None
            start = text.splitlines()[item.place.line - 1 : item.place.line + 2]
            assert "request" in " ".join(start) or start[0].strip() == "{", start


def test_pytest_recording_writes_cassettes_of_vcrpy() -> None:
    """With its own way of undoing gzip."""
    found = [sides(item) for item in read(FOLDER / "pytest_recording.yaml")]
    assert [(request.method, response.status) for request, response in found] == [
        ("GET", 200),
        ("GET", 200),
        ("POST", 201),
    ]


@pytest.mark.parametrize("name", ["schemathesis.yaml", "schemathesis_bytes.yaml", "schemathesis.ndjson"])
def test_negative_tests_of_schemathesis_are_intended(name: str) -> None:
    """A request that breaks the document on purpose is no finding."""
    found = [item for item in read(FOLDER / name) if isinstance(item, Recording)]
    intended = {item.exchange.request.url.partition("limit=")[2] for item in found if item.intended}
    assert {"0", "-293"} <= intended
    assert any(not item.intended and sides(item)[1].status == 201 for item in found)
    assert all(item.time for item in found)


def test_a_test_without_a_reply_is_no_exchange() -> None:
    """Schemathesis writes `response: null` where the server did not answer."""
    assert {item.reason for item in read(FOLDER / "schemathesis_no_reply.yaml") if isinstance(item, NoExchange)} == {
        "no reply"
    }


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("vcrpy_requests.yaml", {"redacted", "missing"}),
        ("vcrpy_httpx.yaml", {"shown", "missing"}),
        ("ruby_vcr.yml", {"redacted", "left out"}),
        ("go_vcr_v1.yaml", {"left out"}),
    ],
)
def test_the_credentials_are_shown_redacted_left_out_or_missing(name: str, states: set[str]) -> None:
    """Recorders whose users take credentials out do not say that there were none."""
    assert {item.credentials for item in read(FOLDER / name) if isinstance(item, Recording)} == states


@pytest.mark.parametrize(
    ("body", "content", "state"),
    [
        ({"string": "a"}, b"a", "bytes"),
        ({"string": b"\xff"}, b"\xff", "bytes"),
        ({"string": None}, b"", "empty"),
        ({"string": ""}, b"", "empty"),
        ("a", b"a", "bytes"),
        (None, b"", "empty"),
        ({"base64_string": "aGk="}, b"hi", "bytes"),
        ({"string": "", "base64_string": "a\nGk=\n"}, b"hi", "bytes"),
        ({"string": "é", "encoding": "ISO-8859-1"}, b"\xe9", "bytes"),
        ({"string": "é", "encoding": "ASCII-8BIT"}, "é".encode(), "bytes"),
        ({"string": "a", "base64_string": ""}, b"a", "bytes"),
        ({"a": [1, None]}, b'{"a": [1, null]}', "bytes"),
        ([0.5, True], b"[0.5, true]", "bytes"),
        ({"base64_string": "a$k"}, b"", "unknown"),
    ],
)
def test_a_body_is_bytes_known_to_be_empty_or_unknown(tmp_path: Path, body: Any, content: bytes, state: str) -> None:
    """In each form in which cassettes keep it."""
    *findings, item = written(tmp_path, entry(body))
    assert isinstance(item, Recording)
    assert (sides(item)[1].content, item.response_body) == (content, state)
    assert [getattr(finding, "rule", "") for finding in findings] == (
        ["recording/coding"] if state == "unknown" else []
    )


@pytest.mark.parametrize(
    ("parsed", "content"), [({"a": 1.5}, b'{"a": 1.5}'), ("data: 1\n\n", b"data: 1\n\n"), (None, b"")]
)
def test_a_body_may_be_parsed_already(tmp_path: Path, parsed: Any, content: bytes) -> None:
    """As serializers for people write it; a text is the body itself."""
    data = entry(parsed_body=parsed)
    del data["response"]["body"]
    data["request"]["parsed_body"] = parsed
    (item,) = written(tmp_path, data)
    request, response = sides(item)
    assert (request.content, response.content) == (content, content)


def test_the_stub_of_old_httpx_is_read(tmp_path: Path) -> None:
    """It wrote `content` and `status_code`."""
    response = {"content": "hi", "http_version": "HTTP/1.1", "status_code": 201, "headers": {"a": "b"}}
    (item,) = written(tmp_path, {"request": {"method": "GET", "uri": "http://h/"}, "response": response})
    assert (sides(item)[1].status, sides(item)[1].content) == (201, b"hi")


def test_version_0_is_read(tmp_path: Path) -> None:
    """A bare list, with tags of Python objects that are not made."""
    path = tmp_path / "old"
    path.write_text("""\
- request: !!python/object:vcr.request.Request
    body: !!python/unicode 'a=1'
    headers: !!python/object/apply:__builtin__.frozenset
    - - !!python/tuple [Accept, '*/*']
    host: httpbin.org
    method: POST
    path: /post?b=2
    port: 443
    protocol: https
  response:
    body: {string: !!python/unicode '{}'}
    headers: {server: [nginx]}
    status: {code: 200, message: OK}
""")
    request, response = sides(*read(path))
    assert (request.method, request.url, request.body) == ("POST", "https://httpbin.org/post?b=2", b"a=1")
    assert (request.headers["accept"], response.headers["Server"]) == ("*/*", "nginx")


def test_a_file_that_only_looks_like_a_cassette_is_no_recording(tmp_path: Path) -> None:
    """The clock beside the cassettes of others, and a contract of Pact."""
    (tmp_path / "a.frozen").write_text("2024-01-01T00:00:00.000000+00:00")
    (tmp_path / "pact.json").write_text(
        json.dumps({"interactions": [{"request": {"method": "GET", "path": "/"}, "response": {}}]})
    )
    found = [item for file in files_at([tmp_path]) for item in read_recordings(file)]  # type: ignore[arg-type]
    assert [type(item).__name__ for item in found] == ["NoRecording", "NoRecording"]


def test_symbols_and_ruby_objects_are_plain_data(tmp_path: Path) -> None:
    """Psych writes them with tags of its own, and one sign less in front of `binary`."""
    path = tmp_path / "cassette"
    path.write_text("""\
---
http_interactions:
- !ruby/struct:VCR::HTTPInteraction
  :request: !ruby/struct:VCR::Request
    method: :get
    uri: https://id:secret@h.example/a
    body:
      encoding: ASCII-8BIT
      string: !binary |-
        aGk=
    headers:
  response:
    status: {code: 200}
    headers: {A: &1 [b], C: *1}
    body: {encoding: UTF-8, string: !ruby/string:Text {str: text}}
""")
    request, response = sides(*read(path))
    assert (request.method, request.url, request.body) == ("GET", "https://h.example/a", b"hi")
    assert request.headers["Authorization"].startswith("Basic ")
    assert (response.headers["C"], response.content) == ("b", b"text")


def test_the_first_versions_of_betamax_wrote_the_status_alone(tmp_path: Path) -> None:
    """And request bodies as texts, and header values as texts beside lists."""
    data = {
        "request": {"method": "POST", "uri": "http://h/", "body": "a=1", "headers": {"A": "b", "C": ["d", "e"]}},
        "response": {"status_code": 202, "url": "http://h/", "headers": {}, "body": {"string": "x", "encoding": None}},
    }
    path = tmp_path / "cassette"
    path.write_text(json.dumps({"http_interactions": [data], "recorded_with": "betamax/{version}"}))
    request, response = sides(*read(path))
    assert (request.body, request.headers["c"], response.status) == (b"a=1", "d, e", 202)


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(PET, mtime=0)),
        ("x-gzip", gzip.compress(PET, mtime=0)),
        ("zstd", zstd.compress(PET)),
        ("br", brotli.compress(PET)),
        ("deflate", zlib.compress(PET)),
        ("deflate", zlib.compress(PET, wbits=-15)),
        ("gzip, br", brotli.compress(gzip.compress(PET, mtime=0))),
        ("gzip", PET),
        ("br", PET),
        ("deflate", PET),
        ("identity", PET),
    ],
)
def test_a_coding_is_undone_where_the_bytes_show_it(tmp_path: Path, coding: str, packed: bytes) -> None:
    """The header often stays when the body is decoded."""
    (item,) = written(tmp_path, entry({"string": packed}, headers={"Content-Encoding": [coding]}))
    assert sides(item)[1].content == PET


@pytest.mark.parametrize(
    ("coding", "packed"),
    [("gzip", gzip.compress(PET, mtime=0)[:30]), ("br", b"\xff\x00\xfe"), ("zstd", b"\x28\xb5\x2f\xfdxx")],
)
def test_a_coding_that_cannot_be_undone_makes_the_body_unknown(tmp_path: Path, coding: str, packed: bytes) -> None:
    """With one finding; the exchange is read all the same."""
    finding, item = written(tmp_path, entry({"string": packed}, headers={"Content-Encoding": coding}))
    assert isinstance(finding, BrokenRecording)
    assert isinstance(item, Recording)
    assert (finding.rule, item.response_body, sides(item)[1].content) == ("recording/coding", "unknown", b"")


def test_a_body_that_explodes_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few kilobytes stand for more than memory should hold."""
    monkeypatch.setattr("dynclient.traffic.bodies.LARGEST_BODY", 1 << 20)
    packed = gzip.compress(bytes(2 << 20))
    finding, _ = written(tmp_path, entry({"string": packed}, headers={"Content-Encoding": "gzip"}))
    assert "larger than" in getattr(finding, "message", "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"uri": "data:text/plain,hi"}, "not HTTP"),
        ({"uri": "chrome-extension://x/y"}, "not HTTP"),
        ({"uri": "wss://h/"}, "websocket"),
        ({"method": "CONNECT"}, "not HTTP"),
        ({"method": "OPTIONS", "headers": {"Access-Control-Request-Method": ["GET"]}}, "CORS preflight"),
    ],
)
def test_what_is_no_exchange_with_an_api_is_told_apart(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    """It is counted, and not judged."""
    data = entry()
    (item,) = written(tmp_path, {**data, "request": {**data["request"], **change}})
    assert isinstance(item, NoExchange)
    assert item.reason == reason


@pytest.mark.parametrize(("status", "method"), [(204, "GET"), (304, "GET"), (200, "HEAD")])
def test_a_reply_without_a_body_has_none(tmp_path: Path, status: int, method: str) -> None:
    """Whatever the recorder kept."""
    data = entry({"string": "cached"}, status={"code": status})
    data["request"]["method"] = method
    (item,) = written(tmp_path, data)
    assert isinstance(item, Recording)
    assert (sides(item)[1].content, item.response_body) == (b"", "empty")


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({}, "has no request"),
        ({"request": 5}, "request is not an object"),
        ({"request": {"method": "GET", "uri": "http://[h/"}, "response": {}}, "URL cannot be read"),
        ({"request": {"method": "G T", "uri": "http://h/"}, "response": {}}, "method is not a name"),
        ({"request": {"method": "GET", "uri": "http://h/"}, "response": {}}, "reply has no status"),
        (
            {"request": {"method": "GET", "uri": "http://h/"}, "response": {"status": {"code": "fake-key"}}},
            "not a number",
        ),
        ({"request": {"method": "GET", "uri": "http://h/"}, "response": {"status": 7}}, "between 100 and 999"),
        (
            {"request": {"method": "GET", "uri": "http://h/", "headers": {"a": [{}]}}, "response": {"status": 200}},
            "header",
        ),
    ],
)
def test_an_entry_that_cannot_be_understood_is_a_finding(tmp_path: Path, broken: Any, words: str) -> None:
    """With its line; the others are read, and nothing that may be secret is quoted."""
    first, finding, last = written(tmp_path, entry(), broken, entry())
    assert isinstance(finding, BrokenRecording)
    assert (type(first), type(last), finding.rule) == (Recording, Recording, "recording/entry")
    assert words in finding.message
    assert finding.place.entry == 2
    assert "fake-key" not in finding.message


def test_pseudo_header_fields_are_dropped(tmp_path: Path) -> None:
    """They belong to HTTP/2, not to the message."""
    (item,) = written(tmp_path, entry(headers={":status": "200", "A": "b", "N": 5, "None": None}))
    assert sides(item)[1].headers.fields == (("A", "b"), ("N", "5"))


def test_one_item_at_a_time_is_built() -> None:
    """An entry is read before the next one is parsed, whatever the size of the file."""
    one = yaml.safe_dump([entry({"string": "x" * 1000})])

    class Endless(io.RawIOBase):
        """A cassette that never ends."""

        def __init__(self) -> None:
            self.rest = b"interactions:\n"

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            self.rest = self.rest or one.encode()
            size = min(len(buffer), len(self.rest))
            buffer[:size], self.rest = self.rest[:size], self.rest[size:]
            return size

    class Store:
        """Where it is kept."""

        def open(self) -> Any:
            return io.BufferedReader(Endless())

        def beside(self, _: str) -> None:
            return None

    items = read_recordings(StoredFile("endless", named=True, store=Store()))
    assert [type(next(items)) for _ in range(2000)] == [Recording] * 2000


@pytest.mark.parametrize("syntax", ["yaml", "json"])
def test_memory_stays_flat(tmp_path: Path, syntax: str) -> None:
    """A large cassette needs no more than what is read at a time."""
    path = tmp_path / "cassette"
    one = entry({"string": "x" * 10_000})
    text = yaml.safe_dump([one], width=20_000) if syntax == "yaml" else json.dumps(one)
    parts = ("interactions:\n", "", "") if syntax == "yaml" else ('{"interactions": [', ",\n", "]}")
    path.write_text(parts[0] + parts[1].join([text] * 600) + parts[2])
    (file,) = files_at([path])
    assert isinstance(file, StoredFile)
    assert sum(1 for _ in itertools.islice(read_recordings(file), 10)) == 10
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_recordings(file)) == 600
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < path.stat().st_size / 3


def test_a_quoted_text_may_go_on_at_the_left(tmp_path: Path) -> None:
    """Libyaml takes it, so people write it."""
    path = tmp_path / "cassette"
    path.write_text("""\
interactions:
    - request: {method: GET, uri: http://h/}
      response:
        status: 200
        body: 'a

  b'
    - request: {method: GET, uri: http://h/}
      response: {status: 200}
""")
    assert [sides(item)[1].content for item in read(path)] == [b"a\nb", b""]


def test_a_list_in_flow_style_is_read(tmp_path: Path) -> None:
    """As one stream; what stands in front of a fault is kept."""
    path = tmp_path / "cassette"
    one = "{request: {method: GET, uri: http://h/}, response: {status: 200}}"
    path.write_text(f"version: 1\ninteractions: [{one}, {one}, {{request: ")
    assert [type(item) for item in read(path)] == [Recording, Recording, BrokenRecording]


def test_binary_that_is_damaged_makes_the_body_unknown(tmp_path: Path) -> None:
    """A filter ran over the base64."""
    path = tmp_path / "cassette"
    packed = base64.b64encode(PET).decode().replace("e", "<TOKEN>")
    path.write_text(f"""\
interactions:
- request: {{method: GET, uri: http://h/}}
  response:
    status: 200
    body: {{string: !!binary {json.dumps(packed)}}}
""")
    finding, item = read(path)
    assert isinstance(finding, BrokenRecording)
    assert isinstance(item, Recording)
    assert (finding.rule, item.response_body) == ("recording/coding", "unknown")
