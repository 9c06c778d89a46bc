"""A collector judges what a client does as recorded traffic is judged, and the shadow of another version reports to it."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from click.testing import CliRunner

from dynclient import Client, Response
from dynclient.api.api import Api
from dynclient.cli.program import cli
from dynclient.opening import load
from dynclient.traffic import Collector, Report


def version(number: str, kind: str) -> dict[str, Any]:
    """Return a version whose reply has an id of some type."""
    schema = {"type": "object", "properties": {"id": {"type": kind}}}
    content = {"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": number},
        "servers": [{"url": "http://h"}],
        "paths": {"/a": {"get": {"operationId": "getPet", "responses": content}}},
    }


def client(server: str = "http://h") -> Client:
    """Return a client whose server sends a number."""

    def answer(*_: Any) -> Response:
        return Response(200, {"Content-Type": "application/json"}, b'{"id": 1}')

    return Client(version("1", "integer"), server=server, transport=answer)


def rehearsed(calls: int, report: Any, server: str = "http://h") -> Any:
    """Make some calls with a shadow of the next version, and return the shadow."""
    with client(server) as shop:
        shadow = shop.shadow(Api.of(load(version("2", "string"))), report=report)
        assert shadow is not None
        for _ in range(calls):
            shop.getPet()
        shadow.wait()
        return shadow


def test_a_shadow_reports_as_check_does() -> None:
    """One finding, however often it is seen."""
    found = Collector()
    shadow = rehearsed(3, found)
    report = found.report()
    assert (shadow.judged, shadow.broken, shadow.failed) == (3, 3, 0)
    assert isinstance(report, Report)
    assert [(each.rule, each.count, each.operations) for each in report.findings] == [
        ("response/body/type", 3, ("getPet",))
    ]
    assert report.exchanges["judged"] == 3
    assert report.coverage.to_dict()["operations"]["seen"] == 1


def test_the_report_prints_as_check_prints_it(tmp_path: Any) -> None:
    """The same text, but for where the exchange stands."""
    found = Collector()
    rehearsed(1, found)
    recording = '{"request": {"method": "GET", "url": "http://h/a"}, "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"id": 1}}}'
    (tmp_path / "traffic.ndjson").write_text(recording + "\n")
    (tmp_path / "shop.json").write_text(json.dumps(version("2", "string")))
    printed = CliRunner().invoke(
        cli, ["check", str(tmp_path / "traffic.ndjson"), "--spec", str(tmp_path / "shop.json")]
    )
    ours, theirs = (text.splitlines() for text in (str(found.report()), printed.stdout))
    assert ours[0] == theirs[0]
    assert "Findings: 1 error" in ours[-2]
    assert ours[-1] == theirs[-1]


def test_reading_a_report_does_not_end_it() -> None:
    """What comes later is added."""
    found = Collector()
    rehearsed(1, found)
    assert found.report().exchanges["judged"] == 1
    rehearsed(2, found)
    assert found.report().exchanges["judged"] == 3


def test_the_server_of_the_exchanges_may_be_named() -> None:
    """As for recordings."""
    found = Collector(servers=["http://127.0.0.1:9"])
    rehearsed(2, found, "http://127.0.0.1:9")
    assert found.report().hosts == {}
    assert len(found.report().findings) == 1
    with pytest.raises(ValueError, match="server must be"):
        Collector(servers=["nowhere"])


def test_a_shadow_reports_to_a_logger(caplog: pytest.LogCaptureFixture) -> None:
    """A line for each problem."""
    with caplog.at_level(logging.WARNING, "rehearsal"):
        rehearsed(2, logging.getLogger("rehearsal"))
    assert [(each.name, each.getMessage()) for each in caplog.records] == [
        ("rehearsal", "getPet, by Shop 2: response body /id: 1 is not of type string")
    ] * 2


def test_a_shadow_reports_to_a_function() -> None:
    """Which gets each Verdict."""
    found: list[Any] = []
    rehearsed(2, found.append)
    assert [verdict.operation for verdict in found] == ["getPet", "getPet"]


def test_anything_else_is_refused() -> None:
    """Before a call is made."""
    with pytest.raises(
        TypeError, match=r"a function of a Verdict, a logger or a dynclient\.traffic\.Collector, not str"
    ):
        rehearsed(1, "report.html")
