"""Mappings of WireMock (made by hand to its documentation): values where they are values, and nothing where they are matchers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from recordings import everything, exchanges, in_short, kind, only, reply

from dynclient.traffic.recording import BrokenRecording


def mapping(request: dict[str, Any] | None = None, response: dict[str, Any] | None = None) -> dict[str, Any]:
    """A mapping of a request and a response."""
    return {
        "id": "8c5db8b0-2db4-4ad7-a99f-38c9b00da3f7",
        "request": {"method": "GET", "url": "/pets?a=1", **(request or {})},
        "response": {
            "status": 200,
            "jsonBody": {"a": 1},
            "headers": {"Content-Type": "application/json"},
            **(response or {}),
        },
    }


@pytest.mark.parametrize(
    "wrap", [lambda each: each, lambda each: [each], lambda each: {"mappings": [each], "meta": {"total": 1}}]
)
def test_mappings_are_read_alone_and_together(tmp_path: Path, wrap: Any) -> None:
    """One a file, a list, or the export of the admin API."""
    found = only(everything(tmp_path / "a.json", wrap(mapping())))
    assert kind(tmp_path / "a.json") == "WireMock"
    assert (found.exchange.request.url, reply(found).content) == ("/pets?a=1", b'{"a": 1}')
    assert (found.credentials, found.by_hand) == ("left out", True)


@pytest.mark.parametrize(
    ("request_part", "reason"),
    [
        ({"url": None, "urlPattern": "/pets/.*"}, "pattern"),
        ({"url": None, "urlPathPattern": "/pets/.*"}, "pattern"),
        ({"url": None, "urlPathTemplate": "/pets/{id}"}, "pattern"),
        ({"method": "ANY"}, "pattern"),
        ({"url": None, "urlPath": "/pets", "queryParameters": {"a": {"matches": ".*"}}}, "pattern"),
    ],
)
def test_a_pattern_is_no_exchange(tmp_path: Path, request_part: dict[str, Any], reason: str) -> None:
    """Nobody sent it."""
    assert in_short(everything(tmp_path / "a.json", mapping(request_part))) == [reason]


def test_equal_values_stand_for_what_was_sent(tmp_path: Path) -> None:
    """In the query, the header fields and the body."""
    sent = {
        "method": "POST",
        "url": None,
        "urlPath": "/pets",
        "queryParameters": {"a b": {"equalTo": "ü"}},
        "headers": {"X-A": {"equalTo": "1"}, "X-B": {"matches": ".*"}, "X-C": {"absent": True}},
        "bodyPatterns": [{"equalToJson": '{"name":"Rex"}', "ignoreArrayOrder": True}],
    }
    request = only(everything(tmp_path / "a.json", mapping(sent))).exchange.request
    assert request.url == "/pets?a%20b=%C3%BC"
    assert request.headers.fields == (("X-A", "1"), ("Content-Type", "application/json"))
    assert request.content == b'{"name":"Rex"}'


@pytest.mark.parametrize(
    ("patterns", "body", "state"),
    [
        ([{"equalToJson": {"a": 1}}], b'{"a": 1}', "bytes"),
        ([{"equalToJson": {"a": 1}, "ignoreExtraElements": True}], b"", "unknown"),
        ([{"equalToJson": '{"a":"${json-unit.any-string}"}'}], b"", "unknown"),
        ([{"matchesJsonPath": "$.a"}], b"", "unknown"),
        ([{"equalTo": "a=1"}], b"a=1", "bytes"),
        ([{"binaryEqualTo": "AAE="}], b"\0\1", "bytes"),
        ([], b"", "unknown"),
    ],
)
def test_a_body_is_known_only_where_all_of_it_is(tmp_path: Path, patterns: Any, body: bytes, state: str) -> None:
    """A matcher of a part says nothing about the rest."""
    found = only(everything(tmp_path / "a.json", mapping({"method": "POST", "bodyPatterns": patterns})))
    assert (found.exchange.request.content, found.request_body) == (body, state)


@pytest.mark.parametrize(
    ("response", "body", "state"),
    [
        ({"jsonBody": None}, b"null", "bytes"),
        ({"body": "text"}, b"text", "bytes"),
        ({"base64Body": "AAE="}, b"\0\1", "bytes"),
        ({"bodyFileName": "pet.json"}, b'{"id":1}', "bytes"),
        ({"bodyFileName": "gone.json"}, b"", "unknown"),
        ({"bodyFileName": "../../secret"}, b"", "unknown"),
        ({"body": "{{request.path}}"}, b"", "unknown"),
        ({"body": "x", "transformers": ["response-template"]}, b"", "unknown"),
        ({}, b"", "empty"),
    ],
)
def test_the_body_of_a_reply_is_read_from_where_it_is(
    tmp_path: Path, response: dict[str, Any], body: bytes, state: str
) -> None:
    """Also from the folder `__files`; a template is unknown."""
    for folder in ("mappings", "__files"):
        (tmp_path / "stubs" / folder).mkdir(parents=True)
    (tmp_path / "stubs" / "__files" / "pet.json").write_text('{"id":1}')
    (tmp_path / "secret").write_text("fake-secret")
    made = mapping()
    made["response"] = {"status": 200, **response}
    found = everything(tmp_path / "stubs" / "mappings" / "a.json", {"mappings": [made]})
    (recording,) = exchanges(found)
    assert (reply(recording).content, recording.response_body) == (body, state)
    assert len(found) == (2 if state == "unknown" and "bodyFileName" in response else 1)


@pytest.mark.parametrize("response", [{"fault": "EMPTY_RESPONSE"}, {"proxyBaseUrl": "https://api.test"}])
def test_a_mapping_without_a_reply_is_no_exchange(tmp_path: Path, response: dict[str, Any]) -> None:
    """A fault, or what a proxy gets."""
    assert in_short(everything(tmp_path / "a.json", mapping(response=response))) == ["no reply"]


def test_a_broken_mapping_costs_only_itself(tmp_path: Path) -> None:
    """It is reported."""
    found = everything(
        tmp_path / "a.json", {"mappings": [mapping(), {"request": {}}, {"request": {}, "response": {}}, mapping()]}
    )
    assert [type(each) is BrokenRecording for each in found] == [False, True, True, False]
