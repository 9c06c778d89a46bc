"""Exchanges a line, by the names that Redocly reads, and access logs: of nginx as it wrote them, the others made by hand to their documentation."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from recordings import RECORDINGS, everything, exchanges, in_short, kind, only, reply, stored

from dynclient.opening import load
from dynclient.traffic import jsonlines
from dynclient.traffic.checking import check_recordings
from dynclient.traffic.readers import read_recordings
from dynclient.traffic.recording import BrokenRecording, Recording

ROW = {
    "request": {"method": "post", "url": "https://api.test/pets", "headers": {"Content-Type": "application/json", "X": ["1", "2"]}, "body": {"a": 1}},
    "response": {"status": 201, "headers": [{"name": "Content-Type", "value": "application/json"}], "body": '{"id":1}'},
}  # fmt: skip
KONG = {
    "started_at": 1714557600500,
    "latencies": {"request": 1},
    "route": {"id": "1"},
    "request": {"method": "GET", "url": "http://api.test:8000/pets", "uri": "/pets", "querystring": {"a": "1", "b": ["2", "3"]}, "headers": {"host": "api.test", "authorization": "REDACTED"}},
    "response": {"status": 200, "headers": {"content-type": "application/json"}},
}  # fmt: skip


def lines(*rows: Any) -> str:
    """Rows as lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_an_exchange_is_read_by_its_names(tmp_path: Path) -> None:
    """Bodies are texts or data, header fields objects or lists."""
    found = exchanges(everything(tmp_path / "a.ndjson", lines(ROW, ROW)))
    assert kind(tmp_path / "a.ndjson") == "NDJSON"
    request = found[1].exchange.request
    assert (request.method, request.url, request.content) == ("POST", "https://api.test/pets", b'{"a": 1}')
    assert request.headers.fields == (("Content-Type", "application/json"), ("X", "1"), ("X", "2"))
    assert (reply(found[1]).status, reply(found[1]).content) == (201, b'{"id":1}')
    assert [str(each.place) for each in found] == [f"{tmp_path}/a.ndjson:1", f"{tmp_path}/a.ndjson:2"]


@pytest.mark.parametrize(
    "row",
    [
        {"req": {"http_method": "GET", "uri": "https://api.test/pets"}, "res": {"statusCode": 200}},
        {"httpRequest": {"method": "GET", "requestUrl": "https://api.test/pets"}, "httpResponse": {"status": "200"}},
        {"http": {"request": {"method": "GET", "url": "https://api.test/pets"}, "response": {"status": 200}}},
        {"method": "GET", "url": "https://api.test/pets", "status": 200},
        {
            "request": {"method": "GET", "host": "api.test", "path": "/pets", "scheme": "https"},
            "response": {"status": 200},
        },
        {"request_method": "GET", "request_uri": "/pets", "host": "api.test", "scheme": "https", "status": "200"},
        {"request": "GET /pets HTTP/1.1", "vhost": "api.test", "request_scheme": "https", "response_status": 200},
        {"method": "GET", ":path": "/pets", ":authority": "api.test", "scheme": "https", "response_code": 200},
    ],
)
def test_other_names_mean_the_same(tmp_path: Path, row: Any) -> None:
    """Those that Redocly reads, and Envoy's."""
    assert in_short(everything(tmp_path / "a", lines(row))) == [("GET", "https://api.test/pets", 200)]


@pytest.mark.parametrize("name", ["nginx.ndjson", "nginx_request_line.ndjson"])
def test_an_access_log_has_neither_bodies_nor_header_fields(name: str) -> None:
    """So nothing is said about them."""
    found = exchanges(everything(RECORDINGS / name))
    urls = [each.exchange.request.url.partition("/pets")[2] for each in found]
    assert (kind(RECORDINGS / name), urls[0], urls[3]) == ("NDJSON", "?limit=1", "")
    assert {(each.has_request_headers, each.credentials, each.request_body) for each in found} == {
        (False, "left out", "unknown")
    }
    assert [each.response_body for each in found] == ["unknown", "empty", "unknown", "unknown"]
    assert found[0].time == 1795672712.0


@pytest.mark.parametrize("form", [lines(KONG, KONG), json.dumps([KONG, KONG])])
def test_a_log_of_kong_has_header_fields(tmp_path: Path, form: str) -> None:
    """Some of them redacted; it may be a list, and its times are in milliseconds."""
    found = exchanges(everything(tmp_path / "a.json", form))
    assert [each.exchange.request.url for each in found] == ["http://api.test:8000/pets?a=1&b=2&b=3"] * 2
    assert (found[0].has_request_headers, found[0].credentials, found[0].time) == (True, "redacted", 1714557600.5)
    assert (found[0].request_body, found[0].response_body) == ("empty", "unknown")


@pytest.mark.parametrize(
    ("part", "state"),
    [
        ({"body": None}, "empty"),
        ({"body": ""}, "empty"),
        ({"headers": {}}, "empty"),
        ({}, "unknown"),
        ({"headers": {"Content-Type": "text/plain"}}, "unknown"),
        ({"headers": {"Content-Type": "text/plain", "Content-Length": "0"}}, "empty"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "unknown"),
        ({"payload": "x"}, "bytes"),
    ],
)
def test_a_body_that_is_not_recorded_is_unknown(tmp_path: Path, part: dict[str, Any], state: str) -> None:
    """Unless the header fields say that there was none."""
    row = {"request": {"method": "POST", "url": "https://api.test/", **part}, "response": {"status": 200, **part}}
    found = only(everything(tmp_path / "a", lines(row)))
    assert (found.request_body, found.response_body) == (state, state)


def test_a_broken_line_says_what_is_wrong(tmp_path: Path) -> None:
    """In whole sentences; a line that is cut, too."""
    found = everything(tmp_path / "a", lines(ROW) + '{"request": {"meth\n{"request" 1}\n' + lines(ROW))
    messages = [each.message for each in found if isinstance(each, BrokenRecording)]
    assert messages == ["is not JSON: a text has no end", "is not JSON: a colon is missing"]


def test_a_broken_line_costs_only_itself(tmp_path: Path) -> None:
    """Also the last one, of which the end is missing; empty lines are none."""
    text = (
        lines(ROW)
        + '{"request": nope}\n\n[1]\n{"a":1}\n'
        + lines(ROW).replace("api", "\udcff")[:-1]
        + "\n"
        + lines(ROW)[:-30]
    )
    found = everything(tmp_path / "a", b"\xef\xbb\xbf" + text.encode("utf-8", "surrogateescape"))
    good = ("POST", "https://api.test/pets", 201)
    assert in_short(found) == [good, ("recording/syntax", 2), ("recording/entry", 4), ("recording/entry", 5), ("recording/syntax", 6), ("recording/syntax", 7)]  # fmt: skip


def test_values_may_take_several_lines(tmp_path: Path) -> None:
    """As `jq` prints them."""
    text = json.dumps(ROW, indent=1)
    broken = text.replace('"status"', "status")
    found = everything(tmp_path / "a", f"{text}\n{broken}\n{text}\n")
    good = ("POST", "https://api.test/pets", 201)
    assert in_short(found) == [good, ("recording/syntax", text.count("\n") + 2), good]


def test_a_line_that_is_too_long_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And those beside it are read."""
    monkeypatch.setattr(jsonlines, "LARGEST_ENTRY", 1000)
    long = {**ROW, "note": "x" * 5000}
    assert [each[0] for each in in_short(everything(tmp_path / "a", lines(ROW, long, ROW)))] == [
        "POST",
        "recording/syntax",
        "POST",
    ]


@pytest.mark.parametrize("other", [{"url": "/a", "status": "active"}, {"path": "/a", "status": 200}, {"request": "a b", "status": 200}, {"request": {"id": 1}}, [{"a": 1}], {"method": "GET", "url": "/a"}])  # fmt: skip
def test_other_json_is_no_log(tmp_path: Path, other: Any) -> None:
    """A file in a folder of recordings that only has some of the names is skipped."""
    (tmp_path / "a.json").write_text(json.dumps(other))
    assert kind(tmp_path / "a.json") == ""


def test_a_large_file_is_read_in_the_memory_of_a_few_lines(tmp_path: Path) -> None:
    """20 MB of it, of which no more than 1 MB is held at once."""
    row = {**ROW, "response": {**ROW["response"], "body": "x" * 10_000}}  # type: ignore[dict-item]
    (tmp_path / "a").write_text(lines(row) * 2000)
    file = stored(tmp_path / "a")
    tracemalloc.start()
    try:
        count = sum(isinstance(each, Recording) for each in read_recordings(file))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (count, peak < 1_000_000) == (2000, True)


def test_a_single_line_with_a_path_is_no_mapping_of_wiremock(tmp_path: Path) -> None:
    """Its header fields are texts, and those of a mapping are matchers."""
    row = {"request": {"method": "GET", "url": "/pets", "headers": {"Accept": "*/*"}}, "response": {"status": 200}}
    assert in_short(everything(tmp_path / "a", lines(row))) == [("GET", "/pets", 200)]
    assert kind(tmp_path / "a") == "NDJSON"


def test_credentials_that_a_log_does_not_keep_are_counted(tmp_path: Path) -> None:
    """They are not judged, and the report says how many."""
    file = tmp_path / "log.ndjson"
    sent = {"method": "DELETE", "url": "https://api.example.com/v1/pets/1"}
    file.write_text(json.dumps({"request": sent, "response": {"status": 204}}) + "\n")
    report = check_recordings([file], load(Path(__file__).parent / "data" / "petshop.yaml"))
    assert (report.findings, report.not_judged["credentials_left_out"]) == ([], 1)
