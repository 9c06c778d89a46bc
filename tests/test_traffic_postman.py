"""Collections of Postman (the file is made by hand to its schema), and reports that Newman wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from recordings import RECORDINGS, everything, exchanges, in_short, kind, only, reply

COLLECTION = RECORDINGS / "postman.json"


def collection(*responses: Any, **more: Any) -> dict[str, Any]:
    """A collection with one item."""
    info = {"name": "Pets", "schema": "https://schema.getpostman.com/json/collection/v2.0.0/collection.json"}
    return {"info": info, "item": [{"name": "a", "request": {}, "response": list(responses)}], **more}


def saved(url: Any = "https://api.test/pets", **changes: Any) -> dict[str, Any]:
    """A saved response."""
    sent = {"method": "GET", "header": [], "url": url, **changes.pop("request", {})}
    return {"name": "x", "originalRequest": sent, "code": 200, "header": [], "body": "{}", **changes}


def test_saved_responses_are_read_from_all_folders() -> None:
    """With the variables of the collection filled in; those that it does not have leave a path."""
    found = everything(COLLECTION)
    assert kind(COLLECTION) == "Postman"
    assert in_short(found) == [
        ("GET", "http://127.0.0.1:8931/pets?limit=1", 200),
        "no reply",
        ("POST", "http://127.0.0.1:8931/pets", 201),
        ("POST", "/pets/a%20b?x=1", 200),
        ("POST", "http://127.0.0.1:8931/pets", 201),
        ("POST", "https://api.test/graphql?q=1", 200),
    ]
    assert [each.request_body for each in exchanges(found)] == ["empty", "bytes", "unknown", "bytes", "bytes"]
    assert {each.by_hand for each in exchanges(found)} == {True}


def test_a_request_is_what_postman_would_send() -> None:
    """Disabled fields are left out, and the media type of a body is added."""
    listed, made, template, form, graph = exchanges(everything(COLLECTION))
    assert listed.exchange.request.headers.fields == (("Accept", "application/json"),)
    assert made.exchange.request.headers["Content-Type"] == "application/json"
    assert reply(made).headers.fields == (("Content-Type", "application/json"), ("X-Request", "a:b"))
    assert (form.exchange.request.content, form.exchange.request.headers["Content-Type"]) == (b"name=Rex&tag=a+b", "application/x-www-form-urlencoded")  # fmt: skip
    assert json.loads(graph.exchange.request.content) == {"query": "{a}", "variables": {"b": 1}}
    assert [each.credentials for each in (listed, template)] == ["left out", "redacted"]


def test_a_report_of_newman_is_read() -> None:
    """Its bodies are lists of bytes, and nobody wrote them by hand."""
    found = exchanges(everything(RECORDINGS / "newman.json.gz"))
    assert kind(RECORDINGS / "newman.json.gz") == "Newman"
    assert in_short(found) == [
        ("GET", "http://127.0.0.1:8931/pets?limit=1", 200),
        ("POST", "http://127.0.0.1:8931/pets", 201),
        ("POST", "http://127.0.0.1:8931/pets", 201),
    ]
    assert reply(found[1]).content == b'{"id":7,"sent":14}'
    assert found[2].exchange.request.content == b"name=Rex&tag=a+b"
    assert {each.by_hand for each in found} == {False}


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("{{base}}/pets", "https://api.test/pets"),
        ("{{other}}/pets?a=1", "/pets?a=1"),
        ("{{other}}", "/"),
        ("api.test/pets", "http://api.test/pets"),
        ({"raw": "https://api.test/:a/:b", "variable": [{"key": "a", "value": "1/2"}]}, "https://api.test/1%2F2/:b"),
        ({"host": "api.test", "path": "/pets", "protocol": "https"}, "https://api.test/pets"),
    ],
)
def test_a_url_is_a_text_or_its_parts(tmp_path: Path, url: Any, read: str) -> None:
    """Versions 2.0 and 2.1 differ."""
    made = collection(
        saved(url), variable=[{"key": "base", "value": "https://{{host}}"}, {"key": "host", "value": "api.test"}]
    )
    assert only(everything(tmp_path / "a.json", made)).exchange.request.url == read


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (None, "empty"),
        ({"mode": "raw", "raw": ""}, "empty"),
        ({"mode": "raw", "raw": "{{x}}"}, "unknown"),
        ({"mode": "formdata", "formdata": []}, "unknown"),
        ({"mode": "file", "file": {"src": "a"}}, "unknown"),
        ({"mode": "raw", "raw": "a", "disabled": True}, "empty"),
    ],
)
def test_a_body_is_known_where_it_is_text(tmp_path: Path, body: Any, state: str) -> None:
    """Files are not in a collection."""
    found = only(everything(tmp_path / "a.json", collection(saved(request={"body": body}))))
    assert found.request_body == state


def test_a_broken_response_costs_only_itself(tmp_path: Path) -> None:
    """It is reported, and so is one that is no JSON."""
    good = ("GET", "https://api.test/pets", 200)
    text = json.dumps(collection(saved(), {"code": 200, "originalRequest": 7}, saved(body="broken"), saved()), indent=1)
    found = in_short(everything(tmp_path / "a.json", text.replace('"broken"', "broken")))
    assert [each[0] for each in found] == ["GET", "recording/entry", "recording/syntax", "GET"]
    assert (found[0], found[3]) == (good, good)


def test_the_preview_language_stands_for_a_media_type_that_was_left_out(tmp_path: Path) -> None:
    """Where there are no header fields at all."""
    found = only(everything(tmp_path / "a.json", collection(saved(_postman_previewlanguage="json", header=None))))
    assert reply(found).headers["Content-Type"] == "application/json"
