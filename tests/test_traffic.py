"""Recorded traffic: files in, verdicts out."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import os
import random
import traceback
from pathlib import Path
from typing import Any

import pytest
import yaml
from fuzz import mutant
from servers import document

from dynclient.api.verdict import Verdict
from dynclient.opening import load
from dynclient.traffic import TrafficError, judge, read_cassette

URL = "https://dev.oc.ingka.com/ordercaptureapi/no/checkouts/1/order"
GOOD: dict[str, Any] = {
    "request": {"method": "GET", "uri": URL, "body": None, "headers": {"X-Client-Id": ["REDACTED"]}},
    "response": {
        "status": {"code": 200, "message": "OK"},
        "headers": {"Content-Type": ["application/json"]},
        "body": {"string": '{"shoppingType": "ONLINE"}'},
    },
}


def cassette(folder: Path, *interactions: Any) -> Path:
    """Write a cassette with PyYAML, as vcrpy does."""
    path = folder / "recorded.yaml"
    path.write_text(yaml.dump({"interactions": list(interactions), "version": 1}))
    return path


def changed(side: str, **changes: Any) -> dict[str, Any]:
    """Return the good interaction with one side changed."""
    return {**GOOD, side: {**GOOD[side], **changes}}


def verdicts(path: Path, engine: str = "dynclient") -> list[Verdict]:
    """Return the verdicts on a file."""
    return list(judge([path], load("order_capture"), engine=engine))


@pytest.mark.parametrize("engine", ["dynclient", "openapi-core"])
@pytest.mark.parametrize(
    ("interaction", "label", "words"),
    [
        (GOOD, "ok", ""),
        (changed("request", uri=URL.replace("order", "odrer")), "unmatched", "request path"),
        (changed("request", method="PUT"), "unmatched", "PUT"),
        (changed("request", headers={}), "broken", "request security"),
        (changed("response", status={"code": 299}), "broken", "response status"),
        (changed("response", body={"string": "{}"}), "broken", "response body /shoppingType: is required"),
        (changed("response", body={"string": "{"}), "broken", "response body"),
        (changed("response", headers={"Content-Type": ["text/html"]}), "broken", "text/html"),
    ],
)
def test_each_exchange_gets_a_verdict(tmp_path: Path, engine: str, interaction: Any, label: str, words: str) -> None:
    """Both judges agree."""
    (verdict,) = verdicts(cassette(tmp_path, interaction), engine)
    assert verdict.label == label
    assert words in " ".join(f"{side} {problem}" for side, problem in verdict.problems)


def test_a_verdict_names_file_and_line(tmp_path: Path) -> None:
    """The source is the file and the line of the recording."""
    path = cassette(tmp_path, GOOD, copy.deepcopy(GOOD))
    lines = path.read_text().splitlines()
    second = [number for number, line in enumerate(lines, 1) if line.startswith("- ")][1]
    assert verdicts(path)[1].exchange.source == f"{path}:{second}"


def test_a_compressed_body_is_judged_by_its_content(tmp_path: Path) -> None:
    """Vcrpy records the bytes on the wire."""
    packed = gzip.compress(b'{"shoppingType": "ONLINE"}')
    headers = {"Content-Type": ["application/json"], "Content-Encoding": ["gzip"]}
    (verdict,) = verdicts(cassette(tmp_path, changed("response", headers=headers, body={"string": packed})))
    assert verdict.ok


def test_a_json_cassette_is_read_too(tmp_path: Path) -> None:
    """Vcrpy's other serializer."""
    path = tmp_path / "recorded.json"
    path.write_text(json.dumps({"interactions": [GOOD], "version": 1}))
    assert [verdict.label for verdict in verdicts(path)] == ["ok"]


def test_yaml_1_1_is_read_as_it_was_written(tmp_path: Path) -> None:
    """PyYAML writes the text 1e3 without quotes, and it stays a text."""
    (exchange,) = read_cassette(cassette(tmp_path, changed("response", body={"string": "1e3"})))
    assert exchange.response is not None
    assert exchange.response.content == b"1e3"


def test_credentials_do_not_show_in_a_verdict(tmp_path: Path) -> None:
    """Even if a recording was not scrubbed."""
    headers = {"X-Client-Id": ["fake-secret"]}
    (verdict,) = verdicts(cassette(tmp_path, changed("request", headers=headers)))
    assert "fake-secret" not in repr(verdict)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("interactions: [{request: {uri: x}", ":2: is not YAML"),
        ("a: 1", "not a recording"),
        ("", "is empty"),
        ("interactions:\n- request: {uri: http://h/}", ":2: the request has no method"),
        ("interactions:\n- request: {method: GET, uri: http://h/}\n- 5", ":3: the entry has no request"),
        ("interactions:\n- request: {uri: !!python/object:os.system x}", ":2: the request has no method"),
    ],
)
def test_a_file_that_is_not_a_cassette_is_refused_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    """File and line instead of a traceback; nothing in the file runs."""
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(TrafficError, match=str(path)) as caught:
        verdicts(path)
    assert words in str(caught.value)


def test_a_missing_file_and_an_empty_folder_are_errors(tmp_path: Path) -> None:
    """Nothing to judge does not count as ok."""
    for path in (tmp_path, tmp_path / "missing.yaml"):
        with pytest.raises(TrafficError):
            verdicts(path)


def test_bytes_survive(tmp_path: Path) -> None:
    """A binary body is read unchanged."""
    raw = base64.b64decode("/9j/AA==")
    (exchange,) = read_cassette(cassette(tmp_path, changed("response", body={"string": raw})))
    assert exchange.response is not None
    assert exchange.response.content == raw


@pytest.mark.parametrize("engine", ["dynclient", "openapi-core"])
def test_no_verdict_quotes_a_credential(engine: str, tmp_path: Path) -> None:
    """A document may describe the header or parameter of a key again, with a schema that the key breaks."""
    described = [
        {"name": name, "in": place, "schema": {"type": "string", "maxLength": 3, "enum": ["a"]}}
        for name, place in (("X-Key", "header"), ("api_key", "query"), ("sid", "cookie"))
    ]
    schemes = {item["name"]: {"type": "apiKey", "in": item["in"], "name": item["name"]} for item in described}
    answers = {"200": {"description": "", "headers": {"Set-Cookie": {"schema": {"type": "integer"}}}}}
    paths = {"/a": {"get": {"security": [{key: [] for key in schemes}], "parameters": described, "responses": answers}}}
    request = {
        "method": "GET",
        "uri": "http://h/a?api_key=fake-1",
        "headers": {"X-Key": ["fake-2"], "Cookie": ["sid=fake-3"]},
    }
    response = {"status": {"code": 200}, "headers": {"Set-Cookie": ["fake-4"]}, "body": {"string": ""}}
    file = tmp_path / "recorded.json"
    file.write_text(json.dumps({"interactions": [{"request": request, "response": response}]}))
    found = list(judge([file], document(paths, components={"securitySchemes": schemes}), engine=engine))
    problems = [f"{side} {problem}" for verdict in found for side, problem in verdict.problems]
    assert {problem.partition(":")[0] for problem in problems} > {
        "request query /api_key",
        "response header /Set-Cookie",
    }
    assert "fake" not in " ".join(problems)


@pytest.mark.parametrize("loader", ["BaseLoader", "CBaseLoader"])
@pytest.mark.parametrize(
    "text",
    [
        "- {Authorization: fake-key, uri: x",
        "- Authorization: 'fake-key' x",
        "- !!int fake-key",
        "- {date: 2026-13-45, Authorization: fake-key}",
        "- !unknown fake-key",
        "- 'fake-key \x01'",
        "- {request: {method: GET, uri: x}, response: {status: {code: fake-key}}}",
        "- " + "[" * 1200,
    ],
)
def test_the_error_about_an_unreadable_cassette_quotes_nothing(
    text: str, loader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With either loader of PyYAML: a quoted line could hold a credential."""
    monkeypatch.setattr("dynclient.traffic.yamlevents._Parser", getattr(yaml, loader, yaml.BaseLoader))
    file = tmp_path / "a.yaml"
    file.write_text(f"interactions:\n{text}\n")
    with pytest.raises(TrafficError, match=r"a\.yaml") as caught:
        list(read_cassette(file))
    assert "fake" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("listed", [{"a": 1}, "x", 5, None, {}])
@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_interactions_must_be_a_list(tmp_path: Path, kind: str, listed: Any) -> None:
    """Whatever they are instead."""
    path = tmp_path / f"c.{kind}"
    path.write_text((yaml.dump if kind == "yaml" else json.dumps)({"interactions": listed}))
    with pytest.raises(TrafficError, match="not a recording"):
        list(read_cassette(path))


def test_a_recording_must_be_a_file(tmp_path: Path) -> None:
    """A pipe is not waited for."""
    os.mkfifo(tmp_path / "c.yaml")
    with pytest.raises(TrafficError, match="cannot be read: it is a named pipe, not a file"):
        list(read_cassette(tmp_path / "c.yaml"))


def test_no_mutant_of_a_cassette_ends_in_a_foreign_error(tmp_path: Path) -> None:
    """Members, keys and bytes are changed."""
    api, path = load("order_capture"), tmp_path / "c.yaml"
    for seed in range(200):
        raw = bytearray(
            yaml.dump(mutant({"interactions": [GOOD, GOOD], "version": 1}, seed)).encode("utf-8", "surrogatepass")
        )
        chance = random.Random(seed)  # noqa: S311  repeatable
        for _ in range(seed % 4):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        path.write_bytes(raw)
        try:
            assert all(repr(verdict) for verdict in judge([path], api))
        except TrafficError as error:
            assert str(error).startswith(str(path))  # noqa: PT017  an input may be refused here


@pytest.mark.parametrize("name", ["9" * 5000, "a\ud83d"])
def test_a_name_that_no_file_can_have_is_refused(name: str) -> None:
    """As one that does not exist is."""
    with pytest.raises(TrafficError, match=r"cannot be read|there is no such file"):
        list(judge([name], load("order_capture")))
