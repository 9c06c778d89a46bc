"""Chunks, processes, baselines, and that both judges agree on the project's own recordings."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from test_traffic_inspector import (
    DEFECTS,
    GOOD,
    SHOP,
    URL,
    Change,
    broken,
    checked,
    exchange,
    put,
    reply_body,
    shop,
    url,
)

from dynclient.api.api import Api
from dynclient.cli.checks import check_command
from dynclient.opening import load
from dynclient.traffic.checking import _start_method, check_recordings, read_baseline, without_known, write_baseline
from dynclient.traffic.chunks import Chunk, check_chunk, chunks_of
from dynclient.traffic.inspector import Inspector
from dynclient.traffic.judging import TrafficError, unread_by_openapi_core
from dynclient.traffic.report import Report

CASSETTES = Path(__file__).parent.parent / "cassettes"


def many(number: int) -> list[dict[str, Any]]:
    """Return exchanges that differ, each second one broken."""
    return [
        broken("get", url("/1", f"/{each + 1}"), reply_body(put(name=each if each % 2 else "x")))
        for each in range(number)
    ]


def written(path: Path, interactions: list[dict[str, Any]]) -> Path:
    """Write a cassette."""
    path.write_text(json.dumps({"version": 1, "interactions": interactions}), encoding="utf-8")
    return path


def merged(chunks: list[Chunk], api: Api) -> str:
    """Return the reports of chunks, merged, as JSON."""
    return json.dumps(sum((check_chunk(chunk, api) for chunk in chunks), Report()).to_dict())


def test_a_finding_is_the_same_wherever_the_traffic_is_cut(tmp_path: Path) -> None:
    """To the values that were seen, of which each part keeps the first ones."""
    names = [1, 1, 1, 2, 3, 4, 5, 6]
    paths = [
        written(tmp_path / f"{number}.json", [broken("get", url("/1", f"/{number}"), reply_body(put(name=name)))])
        for number, name in enumerate(names, start=1)
    ]
    api = Api.of(shop())
    (whole,) = check_chunk(next(chunks_of(paths)), api).findings
    (parted,) = sum((check_chunk(next(chunks_of(each)), api) for each in paths), Report()).findings
    assert whole == parted


@pytest.mark.parametrize("engine", ["dynclient", "openapi-core"])
@pytest.mark.parametrize("api", ["order_capture", "pieces_os"])
def test_both_judges_agree_on_the_recordings_of_the_project(api: str, engine: str) -> None:
    """There are no errors, and no warnings."""
    report = check_recordings([CASSETTES / api], load(api), engine=engine)
    assert report.at_least("warning") == []
    assert report.exchanges["judged"] == report.exchanges["total"] > 0


@pytest.mark.parametrize("engine", ["dynclient", "openapi-core"])
def test_both_judges_find_the_same_place(tmp_path: Path, engine: str) -> None:
    """With the same rule and the same pointer into the document."""
    report = checked(tmp_path, broken("get", reply_body(put(name=5))), engine=engine)
    (finding,) = report.findings
    assert finding.document is not None
    assert (finding.rule, finding.document.pointer) == ("response/body/type", "/components/schemas/Pet/properties/name")


def test_an_archive_from_standard_input_is_judged_by_one_process(tmp_path: Path) -> None:
    """However many are asked for: what is read once cannot be handed to another one."""
    archive = tmp_path / "recorded.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for number in range(3):
            packed.write(written(tmp_path / f"{number}.json", many(4)), f"{number}.json")
    result = CliRunner().invoke(
        check_command, ["-", "--spec", str(SHOP), "--jobs", "2", "--json"], input=archive.read_bytes()
    )
    assert json.loads(result.stdout)["recordings"] == 3


#: The rules about which no schema engine is asked, by their last words.
INDEPENDENT = frozenset({"unknown", "deprecated", "readOnly", "writeOnly", "undocumented", "credential"})


def judged_by(engine: str, folder: Path, *interactions: dict[str, Any]) -> Report:
    """Judge interactions by an engine."""
    folder.mkdir()
    return checked(folder, *interactions, engine=engine)


@pytest.mark.parametrize(
    ("name", "change", "rule"),
    [(name, change, rule) for name, change, rule, *_ in DEFECTS if rule.rpartition("/")[2] in INDEPENDENT],
)
def test_what_no_engine_is_asked_is_the_same_under_both(tmp_path: Path, name: str, change: Change, rule: str) -> None:
    """Undocumented and deprecated parts, readOnly, writeOnly, the shape of credentials: findings, counts, and coverage."""
    wrong = broken(name, change)
    ours, theirs = (judged_by(each, tmp_path / each, *GOOD.values(), wrong) for each in ("dynclient", "openapi-core"))
    found = [[finding for finding in report.findings if finding.rule == rule] for report in (ours, theirs)]
    assert [each.to_dict() | {"examples": ()} for each in found[0]] == [each.to_dict() | {"examples": ()} for each in found[1]]  # fmt: skip
    assert found[0]
    assert {each.rule: each.severity for each in theirs.findings if each.rule != rule} in (
        {},
        {
            f"{found[0][0].side}/document/openapi-core": "info"
        },  # the warning of what is deprecated, an error in these tests
    )
    assert ours.coverage == theirs.coverage
    assert (ours.exchanges, ours.not_judged) == (theirs.exchanges, theirs.not_judged)


@pytest.mark.parametrize("api", ["order_capture", "pieces_os"])
def test_both_judges_give_one_report_of_the_recordings_of_the_project(api: str) -> None:
    """Findings, coverage and counts."""
    document = load(api)
    ours, theirs = (
        check_recordings([CASSETTES / api], document, engine=each) for each in ("dynclient", "openapi-core")
    )
    assert ours.to_dict() == theirs.to_dict()
    assert ours.coverage.to_dict()["properties"]["seen"] > 0


OBJECTS = {"type": "object", "properties": {"a": {"type": "integer"}}}
UNREAD = {
    "application/xml": (OBJECTS, "<root><a>1</a></root>"),
    "application/x-ndjson": ({"type": "array", "items": OBJECTS}, '{"a": 1}\n'),
    "text/event-stream": ({"type": "array"}, "data: x\n\n"),
    "text/csv": ({"type": "string"}, "a,b"),
    "application/octet-stream": ({"type": "string", "format": "binary"}, "abc"),
}


@pytest.mark.parametrize("kind", UNREAD)
def test_what_openapi_core_cannot_decode_is_not_judged_and_told(tmp_path: Path, kind: str) -> None:
    """Not called wrong."""
    schema, text = UNREAD[kind]
    one = exchange("GET", "/a", 200)
    del one["request"]["headers"]["X-Key"]
    one["response"] |= {"headers": {"Content-Type": [kind]}, "body": {"string": text}}
    reply = {"description": "", "content": {kind: {"schema": schema}}}
    filters = [{"name": name, "in": "query", "style": "deepObject", "schema": OBJECTS} for name in ("f", "g")]
    filters[1]["explode"] = True
    operation = {"operationId": "a", "parameters": filters, "responses": {"200": reply}}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": URL}],
        "paths": {"/a": {"get": operation}},
    }
    report = check_recordings([written(tmp_path / "recorded.json", [one])], load(spec), engine="openapi-core")
    assert report.findings == []
    assert unread_by_openapi_core(load(spec)) == ["f in the query of a", kind]


def test_the_command_tells_what_openapi_core_does_not_judge(tmp_path: Path) -> None:
    """Good traffic is good by both judges."""
    path = written(tmp_path / "recorded.json", list(GOOD.values()))
    run = CliRunner().invoke(check_command, [str(path), "--spec", str(SHOP), "--engine", "openapi-core", "--jobs", "1"])
    assert run.exit_code == 0
    assert "Findings: none" in run.stdout
    assert "Not judged, as openapi-core cannot read it: filter in the query of listPets" in run.stderr


def test_openapi_core_names_the_properties_that_are_not_evaluated(tmp_path: Path) -> None:
    """And not those that a part of `allOf` describes."""
    schema = {"type": "object", "allOf": [OBJECTS], "unevaluatedProperties": False}
    reply = {"description": "", "content": {"application/json": {"schema": schema}}}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": URL}],
        "paths": {"/a": {"get": {"responses": {"200": reply}}}},
    }
    path = written(tmp_path / "recorded.json", [exchange("GET", "/a", 200, {"a": 1, "c": 2})])
    report = check_recordings([path], load(spec), engine="openapi-core")
    assert [finding.subject for finding in report.findings if finding.side == "response"] == ["c"]


def test_openapi_core_names_the_properties_that_are_not_allowed(tmp_path: Path) -> None:
    """And no others of the same object."""
    report = checked(tmp_path, broken("get", reply_body(put(owner={"email": "x", "age": 5}))), engine="openapi-core")
    assert [(found.subject, found.count) for found in report.findings] == [("age", 1)]


def test_adding_reports_is_associative(tmp_path: Path) -> None:
    """And adding leaves both as they were."""
    api = Api.of(shop())
    parts = []
    for index in range(3):
        file = written(tmp_path / f"{index}.json", many(4 + index))
        parts += [check_chunk(chunk, api) for chunk in chunks_of([file])]
    first, second, third = parts
    before = json.dumps(first.to_dict())
    assert ((first + second) + third).to_dict() == (first + (second + third)).to_dict()
    assert json.dumps(first.to_dict()) == before
    assert pickle.loads(pickle.dumps(first)).to_dict() == first.to_dict()  # noqa: S301  our own


def test_a_report_stays_small(tmp_path: Path) -> None:
    """It grows with what is different, not with the traffic."""
    api = Api.of(shop())
    sizes = []
    for number in (10, 200):
        (chunk,) = chunks_of([written(tmp_path / f"{number}.json", many(number))])
        sizes.append(len(pickle.dumps(check_chunk(chunk, api))))
    assert sizes[1] < sizes[0] * 1.5


def test_small_files_are_one_chunk(tmp_path: Path) -> None:
    """So that a process has enough to do."""
    for number in range(30):
        written(tmp_path / f"{number}.json", [GOOD["get"]])
    (chunk,) = chunks_of([tmp_path])
    assert len(chunk.files) == 30


def test_the_shares_of_a_large_file_give_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether one process judges all of them, or each is judged by another."""
    monkeypatch.setattr("dynclient.traffic.chunks._TOGETHER", 0)
    monkeypatch.setattr("dynclient.traffic.chunks._SHARE", 20_000)
    monkeypatch.setattr("dynclient.traffic.chunks._TURN", 3)
    api = Api.of(shop())
    (chunk,) = chunks_of([written(tmp_path / "large.json", many(150))])
    shares = chunk.split()
    assert len(shares) > 2
    assert merged([chunk], api) == merged(shares, api)
    judged = [check_chunk(each, api).exchanges["judged"] for each in shares]
    assert (sum(judged), min(judged) > 20) == (150, True)


def test_a_worker_opens_the_documents_again() -> None:
    """An Inspector is a few hundred bytes on its way to another process."""
    text = pickle.dumps(Inspector([Api.of(shop())], servers=["https://tests.local/base"]))
    assert len(text) < 2000
    again: Inspector = pickle.loads(text)  # noqa: S301  our own
    assert again.desks[0].hosts.knows("tests.local")


def test_a_baseline_hides_what_is_known(tmp_path: Path) -> None:
    """Wherever the document is, and whatever the recording."""
    file = tmp_path / "baseline.json"
    write_baseline(file, checked(tmp_path, broken("get", reply_body(put(name=5)))))
    report = checked(tmp_path, broken("get", url("/1", "/2"), reply_body(put(name=5, kind="cow"))))
    left = without_known(report, read_baseline(file))
    assert [finding.rule for finding in left.findings] == ["response/body/enum"]
    assert left.not_judged["known"] == 1


@pytest.mark.parametrize("text", ["", "[]", '{"findings": [5]}', '{"findings": [{"rule": "x"}]}'])
def test_a_file_that_is_not_a_baseline_is_refused(tmp_path: Path, text: str) -> None:
    """With its name."""
    file = tmp_path / "baseline.json"
    file.write_text(text)
    with pytest.raises(TrafficError, match=r"baseline\.json: not a baseline"):
        read_baseline(file)


def test_arguments_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    """Before anything is read."""
    file = written(tmp_path / "a.json", [GOOD["get"]])
    with pytest.raises(ValueError, match="jobs must be at least 1"):
        check_recordings([file], shop(), jobs=0)
    with pytest.raises(ValueError, match="no engine 'other'"):
        check_recordings([file], shop(), engine="other")
    with pytest.raises(ValueError, match="server must be an http"):
        check_recordings([file], shop(), servers=["h"])
    with pytest.raises(ValueError, match=r"character 13 is ' '.*, not 'http://h'$"):
        check_recordings([file], shop(), servers=["http://user: fake-pw@h"])
    with pytest.raises(TrafficError, match="nothing"):
        check_recordings([tmp_path / "nothing"], shop())


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_large_file_of_lines_is_cut_into_ranges(tmp_path: Path, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of whole lines: nothing is lost or read twice, and examples name the line in the file."""
    lines = []
    for number, each in enumerate(many(200)):
        request, response = each["request"], each["response"]
        fields = {name: values[0] for name, values in request["headers"].items()}
        sent = {"method": "GET", "url": request["uri"], "headers": fields, "body": None}
        kinds = {name: values[0] for name, values in response["headers"].items()}
        body = response["body"]["string"] if number != 150 else response["body"]["string"].replace('"dog"', '"cow"')
        lines.append(json.dumps({"request": sent, "response": {"status": 200, "headers": kinds, "body": body}}))
    file = tmp_path / "traffic.ndjson"
    file.write_text("\n".join(lines) + "\n")
    monkeypatch.setattr("dynclient.traffic.chunks._TOGETHER", 0)
    monkeypatch.setattr("dynclient.traffic.chunks._RANGE", 20_000)
    chunks = list(chunks_of([file]))
    assert len(chunks) > 3
    report = check_recordings([file], shop(), jobs=jobs)
    assert (report.recordings, report.exchanges["judged"]) == (1, 200)
    found = {finding.rule: finding for finding in report.findings}
    assert found["response/body/type"].count == 100
    assert [example.line for example in found["response/body/enum"].examples] == [151]


def test_the_report_is_the_same_for_any_number_of_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the byte, and with the name by which the user opened the document, which another process opens by another one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("dynclient.traffic.chunks._TOGETHER", 0)
    Path("pets.yaml").write_text(SHOP.read_text("utf-8"), "utf-8")
    files = [written(Path(f"{number}.json"), many(4 + number)) for number in range(2)]
    texts = {json.dumps(check_recordings(files, load("pets.yaml"), jobs=jobs).to_dict()) for jobs in (1, 2)}
    for known in (["spawn", "forkserver"], ["spawn"]):  # what is left with several threads, and on Windows
        monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda known=known: known)
        texts.add(json.dumps(check_recordings(files, load("pets.yaml"), jobs=2).to_dict()))
    (text,) = texts
    assert '"file": "pets.yaml", "line": ' in text


def test_a_process_is_forked_only_without_other_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them may hold a lock; where nobody can tell whether there are any, there may be."""
    program = """
import threading
from dynclient.traffic.checking import _start_method as method
alone, stop = method(), threading.Event()
other = threading.Thread(target=stop.wait)
other.start()
print(alone, method())
stop.set()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603  our own program
    is_told = Path("/proc/self/task").is_dir()
    assert done.stdout.split() == ["fork" if is_told else others()[0], others()[0]]
    monkeypatch.setattr(Path, "iterdir", no_folder)
    assert _start_method() == others()[0]


def others() -> list[str]:
    """Return the ways to start a process but forking, the best first."""
    known = multiprocessing.get_all_start_methods()
    return [name for name in ("forkserver", "spawn") if name in known]


def no_folder(path: Path) -> list[Path]:
    """Find no folder."""
    raise FileNotFoundError(path)


def test_recordings_without_entries_are_told(tmp_path: Path) -> None:
    """They are recordings, but there is nothing to judge."""
    (tmp_path / "empty.har").write_text('{"log": {"version": "1.2", "creator": {}, "entries": []}}')
    with pytest.raises(TrafficError, match="the recordings have no entries"):
        check_recordings([tmp_path / "empty.har"], shop())


@pytest.mark.skipif(os.name == "nt", reason="there are no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_processes_end_with_the_one_that_started_them(tmp_path: Path, number: signal.Signals) -> None:
    """However that ends, and whatever they are at: each of them holds its standard output open."""
    program = f"""
import os, signal, time
from dynclient.opening import load
from dynclient.traffic import checking
signal.signal(signal.SIGINT, signal.default_int_handler)
def judge(*_):
    print("begun", flush=True)
    time.sleep(600)
checking.check_chunk = judge
checking.check_recordings([{str(written(tmp_path / "1.json", many(2)))!r}] * 200, load({str(SHOP)!r}), jobs=2)
"""
    with subprocess.Popen(  # noqa: S603  this program
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"begun\n"
        running.send_signal(number)
        assert set(running.communicate(timeout=120)[0].split()) <= {b"begun"}
