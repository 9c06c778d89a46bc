"""Clean exchanges: what follows from names alone leaves the report as it is, and spares the full judgement."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_traffic_inspector import DEFECTS, GOOD, Change, broken, checked, put, reply_body, sent_body, sent_field, shop

from dynclient.api.api import Api
from dynclient.tolerance import Side
from dynclient.traffic.case import Case
from dynclient.traffic.clean import CleanExchanges
from dynclient.traffic.inspector import Inspector
from dynclient.traffic.readers import read_recordings
from dynclient.traffic.recording import Recording
from dynclient.traffic.report import Report
from dynclient.traffic.sidejudge import SideJudge
from dynclient.traffic.sources import files_at


def different(*interactions: dict[str, Any]) -> list[dict[str, Any]]:
    """Return exchanges that are no repeats of each other: each has a key of its own."""
    copies = [json.loads(json.dumps(each)) for each in interactions]
    for number, each in enumerate(copies):
        each["request"]["headers"]["X-Key"] = [f"k{number}"]
    return copies


def everything(report: Report) -> tuple[Any, ...]:
    """Return all that a report says, what it counts to be settled later included."""
    return report.to_dict(), report.kept, report.occurred, report.lacking, report.coverage.seen


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Side]]:
    """The sides that were judged in full, in their order."""
    found: list[Sequence[Side]] = []
    judge = SideJudge.judge

    def listening(self: SideJudge, case: Case, sides: Sequence[Side]) -> None:
        found.append(sides)
        judge(self, case, sides)

    monkeypatch.setattr(SideJudge, "judge", listening)
    return found


@pytest.mark.parametrize(("name", "change"), [(each[0], each[1]) for each in DEFECTS])
def test_the_report_is_that_of_judging_all_in_full(
    name: str, change: Change, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with an exchange that has the names of good ones, or of others with the same defect."""
    good, wrong = GOOD[name], broken(name, change)
    traffic = different(good, good, good, wrong, wrong, wrong, good, *GOOD.values())
    report = everything(checked(tmp_path, *traffic))
    monkeypatch.setattr(CleanExchanges, "take", lambda *_: ("request", "response"))
    assert everything(checked(tmp_path, *traffic)) == report


KEPT = [
    {"request_body": "unknown"}, {"response_body": "unknown"}, {"response_body": "empty"}, {"has_request_headers": False},
    {"has_response_headers": False}, {"credentials": "redacted"}, {"credentials": "left out"}, {"intended": True},
]  # fmt: skip


@pytest.mark.parametrize("kept", KEPT, ids=str)
def test_what_the_recorder_did_not_keep_is_counted_alike(
    kept: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of clean exchanges as of all others."""
    path = tmp_path / "recorded.json"
    path.write_text(json.dumps({"version": 1, "interactions": different(*[*GOOD.values()] * 4)}))
    (file,) = files_at([path])
    recorded = [replace(each, **kept) for each in read_recordings(file) if isinstance(each, Recording)]  # type: ignore[arg-type]
    inspector = Inspector([Api.of(shop())])
    report = everything(inspector.report(recorded))
    monkeypatch.setattr(CleanExchanges, "take", lambda *_: ("request", "response"))
    assert everything(inspector.report(recorded)) == report


def test_arguments_that_the_names_do_not_tell_are_covered(tmp_path: Path) -> None:
    """A cookie is one of them: several stand in one header field."""
    without, with_one = broken("list", sent_field("Cookie", ";")), broken("list", sent_field("Cookie", "session=7"))
    report = checked(tmp_path, *different(without, without, without, with_one))
    assert "listPets cookie session" in report.coverage.seen["parameters"]


@pytest.mark.parametrize("name", GOOD)
def test_a_clean_exchange_is_not_judged_in_full(name: str, tmp_path: Path, heard: list[Sequence[Side]]) -> None:
    """Once two others had the same names."""
    checked(tmp_path, *different(*[GOOD[name]] * 5))
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("name", "change", "side"),
    [
        ("add", reply_body(put(name=5)), "response"),
        ("add", sent_body(put(name=5)), "request"),
        ("list", sent_field("X-Trace", "x"), "request"),
    ],
)
def test_only_the_side_that_is_not_clean_is_judged_in_full(
    name: str, change: Change, side: Side, tmp_path: Path, heard: list[Sequence[Side]]
) -> None:
    """What is known of the other one is not asked again."""
    checked(tmp_path, *different(GOOD[name], GOOD[name], broken(name, change)))
    assert heard == [("request", "response"), (side,)]


def test_names_without_end_are_forgotten_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A media type may have a parameter of its own in every exchange."""
    fields = [sent_field("Content-Type", f"application/json; n={number // 3}") for number in range(30)]
    traffic = different(*(broken("add", change) for change in fields))
    report = everything(checked(tmp_path, *traffic))
    monkeypatch.setattr("dynclient.traffic.clean._FORMS", 2)
    assert everything(checked(tmp_path, *traffic)) == report
