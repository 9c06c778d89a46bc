"""Subjects: names that are values do not fill a report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_traffic_inspector import PET, exchange, shop

from dynclient.traffic.checking import check_recordings
from dynclient.traffic.inference import overlay_of
from dynclient.traffic.subjects import MOST_SUBJECTS, OTHER_SUBJECTS, Subjects


def test_the_first_names_are_told_apart_and_all_others_are_one() -> None:
    """Each group has its own; a name that is known stays."""
    subjects = Subjects()
    found = [subjects.told_apart("a", str(number)) for number in range(MOST_SUBJECTS + 3)]
    assert found == [*map(str, range(MOST_SUBJECTS)), *[OTHER_SUBJECTS] * 3]
    assert subjects.told_apart("a", "7") == "7"
    assert subjects.told_apart("b", "new") == "new"


def words(number: int) -> str:
    """Return a name without digits for a number."""
    return "-".join("abcdefghij"[int(digit)] * 2 for digit in str(number))


@pytest.mark.parametrize(
    ("path", "rule"),
    [("/blog/{}", "request/path/unknown"), ("/pets/1?{}=1", "request/query/unknown")],
    ids=["paths", "parameters"],
)
def test_a_report_on_many_names_stays_short(tmp_path: Path, path: str, rule: str) -> None:
    """Nothing is lost from the counts, and the one that stands for many says so; no overlay lists it."""
    number = MOST_SUBJECTS + 100
    recorded = tmp_path / "recorded.json"
    recorded.write_text(
        json.dumps({"interactions": [exchange("GET", path.format(words(each)), 200, PET) for each in range(number)]})
    )
    report = check_recordings([recorded], shop(), infer=True)
    found = [each for each in report.findings if each.rule == rule]
    assert (len(found), sum(each.count for each in found)) == (MOST_SUBJECTS + 1, number)
    (others,) = [each for each in found if each.subject == OTHER_SUBJECTS]
    assert others.count == 100
    assert "the first of many" in others.message
    inferred = overlay_of(report, shop())
    assert [why for finding, why in inferred.left if finding is others] == [
        "so many names are values, which no document lists"
    ]
    assert OTHER_SUBJECTS not in json.dumps(inferred.overlay["actions"])
