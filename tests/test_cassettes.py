"""The cassettes are complete, scrubbed, as documented, and can be replayed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import vcr
import yaml
from record_cassettes import CREDENTIALS, FOLDER, cases, record

from dynclient import Client, Options
from dynclient.opening import load
from dynclient.traffic import read_cassette
from dynclient.traffic.judging import judge

APIS = ("order_capture", "pieces_os")
FILES = sorted(FOLDER.rglob("*.yaml"))


@pytest.mark.parametrize("engine", ["dynclient", "openapi-core"])
@pytest.mark.parametrize("api", APIS)
def test_every_recording_is_as_documented(api: str, engine: str) -> None:
    """Both judges accept it."""
    broken = [verdict for verdict in judge([FOLDER / api], load(api), engine=engine) if not verdict.ok]
    assert broken == []


@pytest.mark.parametrize("api", APIS)
def test_every_operation_has_a_success_and_each_documented_error(api: str) -> None:
    """Nothing that the document names is missing, and there is nothing else."""
    with Client(api) as client:
        wanted = {f"{name}.yaml" for name, *_ in cases(client)}
        found: dict[str, set[int]] = {}
        for verdict in judge([FOLDER / api], client.document):
            assert verdict.exchange.response is not None
            found.setdefault(verdict.operation, set()).add(verdict.exchange.response.status)
        documented = {operation.id: set(map(int, operation.replies)) for operation in client.operations.operations}
    assert {path.name for path in FILES if path.parent.name == api} == wanted
    assert found == documented


def test_no_recording_has_a_credential() -> None:
    """They are scrubbed before they are written."""
    text = "".join(path.read_text() for path in FILES)
    assert not [secret for secret in CREDENTIALS.values() if secret in text]
    assert "Bearer" not in text


def test_the_retail_unit_no_stays_no() -> None:
    """In the file, and for a YAML 1.1 reader."""
    path = FOLDER / "order_capture" / "get_order-200.yaml"
    (exchange,) = read_cassette(path)
    assert "/no/checkouts/" in exchange.request.url
    assert "/no/checkouts/" in yaml.safe_load(path.read_text())["interactions"][0]["request"]["uri"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recording_replays_through_the_client(path: Path) -> None:
    """The client sends the recorded request again and reads the recorded reply, without a network."""
    (exchange,) = read_cassette(path)
    api = path.parent.name
    schemes = load(api).data["components"]["securitySchemes"]
    server = re.match(r"http://[^/]+(/ordercaptureapi)?", exchange.request.url)
    assert server is not None
    options = Options(server=server.group(), retries=0)
    with Client(
        api, auth={name: CREDENTIALS[name] for name in schemes}, options=options, transport="requests"
    ) as client:
        _, operation, body, prefer = next(case for case in cases(client) if case[0] == path.stem)
        match = client._core.api.match(exchange.request)
        assert match.operation is operation
        with vcr.use_cassette(str(path), record_mode=vcr.mode.NONE, match_on=["method", "uri", "body"]) as tape:
            reply = client.with_options(headers=prefer).send(operation.id, match.arguments, body)
        assert (tape.play_count, reply.problems) == (1, ())
    assert exchange.response is not None
    assert reply.status == exchange.response.status


def test_recording_again_gives_the_same_files(tmp_path: Path) -> None:
    """The command makes the files in the folder."""
    record("pieces_os", tmp_path, port=0)
    for path in tmp_path.iterdir():
        kept = (FOLDER / "pieces_os" / path.name).read_text()
        changing = r"127\.0\.0\.1:\d+|gzip, deflate.*"  # the port, and the codings that can be undone here
        assert re.sub(changing, "", path.read_text()) == re.sub(changing, "", kept)
