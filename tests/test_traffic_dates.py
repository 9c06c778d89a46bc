"""How old a document is, and that the report says so."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from test_traffic_inspector import GOOD, SHOP, broken, one, put, reply_body, reply_field

from dynclient.opening import load
from dynclient.spec.document import Document
from dynclient.traffic.checking import check_recordings
from dynclient.traffic.dates import judging_document
from dynclient.traffic.report import Report
from dynclient.traffic.reports.phrases import age


def document(folder: Path, version: str) -> Document:
    """Return the document of the shop with another version."""
    path = folder / "shop.yaml"
    text = SHOP.read_text("utf-8")
    path.write_text(text.replace('"2023-05-01"', json.dumps(version)), "utf-8")
    return load(path)


def git(folder: Path, *arguments: str) -> None:
    """Run Git in a folder."""
    identity = {"GIT_AUTHOR_DATE": "2021-03-04T05:06:07Z", "GIT_COMMITTER_DATE": "2021-03-04T05:06:07Z", "HOME": str(folder), "TZ": "UTC"}  # fmt: skip
    command = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.example", *arguments]
    subprocess.run(command, check=True, capture_output=True, env={"PATH": "/usr/bin:/bin:/usr/local/bin", **identity})  # noqa: S603  our own


@pytest.mark.parametrize(
    ("version", "day"),
    [
        ("2022-11-28", "2022-11-28"),
        ("2023-10-16.acacia", "2023-10-16"),
        ("v20240131", "2024-01-31"),
        ("1.0", ""),
        ("20230", ""),
        ("2022-13-45", ""),
        ("120220101", ""),
    ],
)
def test_a_version_may_be_a_day(tmp_path: Path, version: str, day: str) -> None:
    """By itself, or with a name behind it."""
    found = judging_document(document(tmp_path, version))
    assert (found.day, found.day_from) == (day, "info.version" if day else "")


def test_the_commit_of_a_file_tells_its_day(tmp_path: Path) -> None:
    """Unless it was changed since, or Git does not know it."""
    assert judging_document(document(tmp_path, "1.0")).day == ""
    git(tmp_path, "init", "--quiet")
    assert judging_document(load(tmp_path / "shop.yaml")).day == ""
    git(tmp_path, "add", "shop.yaml")
    git(tmp_path, "commit", "--quiet", "-m", "a document")
    found = judging_document(load(tmp_path / "shop.yaml"))
    assert (found.day, found.day_from) == ("2021-03-04", "git")
    assert judging_document(document(tmp_path, "1.1")).day == ""


def test_a_document_without_a_file_has_no_day() -> None:
    """Nothing is asked of Git."""
    data = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}}
    assert judging_document(load(data)).to_dict() == {"title": "T", "version": "1", "dated": None}


def dated(folder: Path, version: str, day: str, **members: Any) -> Report:
    """Judge a reply of a day by a document of a version."""
    wrong = broken("get", reply_body(put(**members)), reply_field("Date", day))
    path = folder / "recorded.json"
    path.write_text(json.dumps({"interactions": [wrong, GOOD["list"]]}))
    return check_recordings([path], document(folder, version))


def test_a_report_tells_the_age_of_both(tmp_path: Path) -> None:
    """And where that of the document comes from."""
    report = dated(tmp_path, "2023-05-01", "Sat, 01 Jun 2013 10:00:00 GMT", name=5)
    assert age(report) == "Recorded 2013-06-01; judged by Pet shop 2023-05-01 of 2023-05-01 (by its version)."
    assert report.to_dict()["documents"][0]["dated"] == {"day": "2023-05-01", "from": "info.version"}
    assert report.to_dict()["findings"][0]["recorded"] == {"first": "2013-06-01", "last": "2013-06-01"}


@pytest.mark.parametrize(
    ("day", "is_old"), [("Sat, 01 Jun 2013 10:00:00 GMT", True), ("Sat, 01 Jun 2024 10:00:00 GMT", False)]
)
def test_a_finding_that_is_older_than_the_document_says_so(tmp_path: Path, day: str, *, is_old: bool) -> None:
    """The server may have changed since."""
    finding = one(dated(tmp_path, "2023-05-01", day, name=5))
    assert finding.message.endswith("; not recorded since the day of the document") is is_old
