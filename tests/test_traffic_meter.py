"""How far a check is: told while it runs, and shown on a terminal alone."""

from __future__ import annotations

import gzip
import json
import os
import pty
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from test_traffic_checking import many, written
from test_traffic_inspector import GOOD, shop

from dynclient.traffic.checking import check_recordings
from dynclient.traffic.meter import TrafficProgress


def told(*paths: Path, jobs: int = 1) -> list[TrafficProgress]:
    """Return what is told while recordings are checked."""
    found: list[TrafficProgress] = []
    check_recordings(paths, shop(), jobs=jobs, progress=found.append)
    return found


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("kind", ["small", "large", "lines", "gzip"])
def test_progress_only_grows_and_ends_at_the_total(
    tmp_path: Path, jobs: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For small files, shares of a large one, ranges of lines, and compressed files, by one process and by several."""
    if kind != "small":
        monkeypatch.setattr("dynclient.traffic.chunks._TOGETHER", 0)
        monkeypatch.setattr("dynclient.traffic.chunks._SHARE", 20_000)
        monkeypatch.setattr("dynclient.traffic.chunks._RANGE", 20_000)
    first, second = written(tmp_path / "1.json", many(150)), written(tmp_path / "2.json", many(151))
    if kind == "gzip":
        first.write_bytes(gzip.compress(first.read_bytes()))
    if kind == "lines":
        line = {"request": {"method": "GET", "url": "https://api.example.com/v1/pets/1"}, "response": {"status": 204}}
        first.write_text("\n".join(json.dumps(line) for _ in range(150)) + "\n")
    found = told(first, second, jobs=jobs)
    size = first.stat().st_size + second.stat().st_size
    assert found[-1] == TrafficProgress(2, 301, size, size)
    for numbers in zip(*(each[:3] for each in found), strict=True):
        assert list(numbers) == sorted(numbers)


def test_a_large_file_is_followed_while_it_is_read(tmp_path: Path) -> None:
    """Not only when it is done."""
    found = told(written(tmp_path / "1.json", many(3000)))
    assert len({each.exchanges for each in found}) > 30
    assert len({each.done for each in found}) > 5


def test_the_size_of_an_archive_is_not_known(tmp_path: Path) -> None:
    """Nobody knows how much is in it, so no time left is told."""
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a.json", json.dumps({"interactions": [GOOD["get"]]}))
    assert {each.total for each in told(archive)} == {None}


def test_a_terminal_shows_files_exchanges_rate_and_time_left(tmp_path: Path) -> None:
    """And the line is gone afterwards."""
    folder = tmp_path / "recorded"
    folder.mkdir()
    for number in range(4):
        written(folder / f"{number}.json", many(1500))
    spec = Path(__file__).parent / "data" / "petshop.yaml"
    command = [sys.executable, "-m", "dynclient", "check", str(folder), "--spec", str(spec), "--jobs", "1"]
    ours, theirs = pty.openpty()
    looks = os.environ | {"TERM": "xterm", "COLUMNS": "150"}
    program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, env=looks)  # noqa: S603  our own
    os.close(theirs)
    shown = _all_of(ours)
    assert program.wait(60) == 1
    assert " exchanges, " in shown
    assert " a second " in shown
    assert "0:00:0" in shown
    assert " left" in shown


def _all_of(terminal: int) -> str:
    parts = []
    try:
        while part := os.read(terminal, 65536):
            parts.append(part)
    except OSError:  # Linux says so when the other side is closed
        pass
    os.close(terminal)
    return b"".join(parts).decode(errors="replace")
