"""Repeats: equal exchanges are judged once, and memory stays flat however many different ones there are."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_traffic_inspector import DATE, PET, broken, checked, exchange, put, reply_body, reply_field, shop, url

from dynclient.api.api import Api
from dynclient.traffic.inspector import Inspection, Inspector
from dynclient.traffic.readers import read_recordings
from dynclient.traffic.recording import Recording
from dynclient.traffic.repeats import Repeats
from dynclient.traffic.report import Report
from dynclient.traffic.sources import files_at

KEYS = (("response/body/type", "error"),)


def filled(repeats: Repeats, numbers: range) -> Report:
    """Keep exchanges of one report, and return the report."""
    report = Report()
    for number in numbers:
        repeats.keep(number, report, KEYS if number % 2 else ())
    return report


def test_what_became_of_an_exchange_is_found_again() -> None:
    """The report that it counts for, and its findings."""
    repeats = Repeats(10)
    report = filled(repeats, range(4))
    found = [repeats.find(number) for number in range(5)]
    assert [each and (each.target is report, each.keys) for each in found] == [(True, ()), (True, KEYS)] * 2 + [None]


def test_no_more_than_the_latest_are_remembered() -> None:
    """All of the later half, and never more than the most."""
    repeats = Repeats(100)
    for number in range(1000):
        filled(repeats, range(number, number + 1))
        assert len(repeats) <= 100
    assert all(repeats.find(number) is not None for number in range(950, 1000))
    assert repeats.find(0) is None


def test_what_is_seen_again_and_again_stays() -> None:
    """However many others come between."""
    repeats = Repeats(20)
    filled(repeats, range(1))
    for number in range(1, 500):
        filled(repeats, range(number, number + 1))
        assert number % 5 or repeats.find(0) is not None


def test_equal_findings_are_kept_once() -> None:
    """An exchange costs no more than an entry of a table, whether it has findings or none."""
    repeats, report = Repeats(100), Report()
    for number in range(50):
        repeats.keep(number, report, list(KEYS) * (number % 3))
    assert len({id(repeats.find(number)) for number in range(50)}) == 3


def test_a_repeat_that_was_forgotten_is_judged_again(tmp_path: Path) -> None:
    """With the same finding, which counts it."""
    wrong = broken("get", reply_body(put(name=5)))
    others = [exchange("GET", f"/pets/{number}", 200, PET) for number in range(2, 30)]
    path = tmp_path / "recorded.json"
    path.write_text(
        json.dumps({"version": 1, "interactions": [wrong, wrong, *others, wrong, broken("get", url("/1", "/29"))]})
    )
    (file,) = files_at([path])
    inspection = Inspection(Inspector([Api.of(shop())]), remembered=10)
    for recorded in read_recordings(file):  # type: ignore[arg-type]  it is no broken path
        inspection.add(recorded)
    report = inspection.finished()
    assert (report.exchanges["total"], report.exchanges["repeats"]) == (32, 2)
    (finding,) = [each for each in report.findings if each.rule == "response/body/type"]
    assert finding.count == 3


def test_a_finding_was_last_recorded_with_its_last_repeat(tmp_path: Path) -> None:
    """Whether a repeat is known again or is judged in another part of the traffic."""
    again = [broken("get", reply_body(put(name=5)), reply_field("Date", DATE.format(day))) for day in (7, 5, 9)]
    (finding,) = checked(tmp_path, *again).findings
    assert (finding.exchanges, finding.to_dict()["recorded"]) == (1, {"first": "2021-03-05", "last": "2021-03-09"})


@pytest.mark.parametrize(
    "kept", [{"has_request_headers": False}, {"has_response_headers": False}, {"intended": True}], ids=str
)
def test_what_is_judged_in_another_way_is_no_repeat(kept: dict[str, Any], tmp_path: Path) -> None:
    """The same exchange, of which another recorder kept less, or which was meant to be wrong."""
    path = tmp_path / "recorded.json"
    path.write_text(json.dumps({"version": 1, "interactions": [exchange("GET", "/pets", 200, [PET])]}))
    (file,) = files_at([path])
    (recording,) = read_recordings(file)  # type: ignore[arg-type]  it is no broken path
    assert isinstance(recording, Recording)
    report = Inspector([Api.of(shop())]).report([recording, replace(recording, **kept), recording])
    assert (report.exchanges["judged"], report.exchanges["repeats"]) == (2, 1)
