"""Recorded traffic on a Dask cluster: a real scheduler and two workers in processes of their own, one of which is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import distributed
import pytest
from test_traffic_inspector import GOOD, broken, put, reply_body, shop, url

from dynclient.traffic.checking import check_recordings
from dynclient.traffic.judging import TrafficError
from dynclient.traffic.meter import TrafficProgress


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and two workers; yield its address, and the workers."""
    file = folder / "scheduler.json"
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parent.parent),
        "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "false",
    }
    log = (folder / "log").open("wb")

    def started(kind: str, *more: str) -> subprocess.Popen[bytes]:
        options = ["--scheduler-file", str(file), "--no-dashboard", "--host", "127.0.0.1", *more]
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options]
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)  # noqa: S603  our own

    processes = [started("scheduler", "--port", "0")]
    try:
        while not (file.exists() and file.read_text().endswith("}")):
            assert processes[0].poll() is None, (folder / "log").read_text()
            time.sleep(0.05)
        processes += [started("worker", "--nthreads", "1", "--no-nanny") for _ in range(2)]
        address = json.loads(file.read_text())["address"]
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=120)
        yield address, processes[1:]
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()
        log.close()


def test_a_cluster_gives_the_report_of_one_process_though_a_worker_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the byte: its chunks run again on the other worker."""
    monkeypatch.setattr("dynclient.traffic.chunks._TOGETHER", 5_000)
    recorded = tmp_path / "recorded"
    recorded.mkdir()
    for number in range(30):
        wrong = [broken("get", url("/1", f"/{number + 1}"), reply_body(put(name=number))), *GOOD.values()]
        (recorded / f"{number:02}.json").write_text(json.dumps({"version": 1, "interactions": wrong}))
    seen: list[TrafficProgress] = []
    with cluster(tmp_path) as (address, workers):

        def progress(found: TrafficProgress) -> None:
            seen.append(found)
            if len(seen) == 5:
                workers[0].kill()

        report = check_recordings([recorded], shop(), cluster=address, progress=progress)
    assert workers[0].poll() is not None
    assert len(seen) == 30
    assert json.dumps(report.to_dict()) == json.dumps(check_recordings([recorded], shop()).to_dict())


def test_an_address_without_a_scheduler_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the address, and no traceback of Dask."""
    monkeypatch.setattr("dynclient.traffic.cluster._PATIENCE", 0.2)
    file = tmp_path / "recorded.json"
    file.write_text(json.dumps({"interactions": [GOOD["get"]]}))
    with pytest.raises(TrafficError, match="no Dask scheduler answers"):
        check_recordings([file], shop(), cluster="tcp://127.0.0.1:9")
