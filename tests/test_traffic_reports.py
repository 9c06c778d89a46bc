"""Reports: each format is what its standard says, and holds all findings and no markup of a recording's."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote, urlsplit

import jsonschema
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from sarif_pydantic import Sarif
from test_traffic_inspector import Change, broken, checked, put, reply_body, sent_field, shop, status, url

from dynclient.cli.checks import FORMATS_OF_REPORTS
from dynclient.cli.program import cli
from dynclient.traffic.checking import check_recordings
from dynclient.traffic.report import DocumentPlace, Report
from dynclient.traffic.reports import REPORTS, report_text
from dynclient.traffic.reports.phrases import fault_of, finding_lines
from dynclient.traffic.reports.rows import COLUMNS, write_rows

ROOT = Path(__file__).parent.parent
#: Text that would be markup in a report that does not escape it.
EVIL = "<script>document.title='gone'</script> | ` \x1b[2J & \"'"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A report with findings of several severities, on traffic whose values look like markup."""
    return checked(
        tmp_path_factory.mktemp("recordings"),
        broken("get"),
        broken("get", reply_body(put(name=[EVIL]))),
        broken("get", url("/1", "/2"), reply_body(put(name=7, extra=EVIL))),
        broken("get", url("/pets/1", "/nowhere/<b>1")),
    )


def test_the_json_form_is_as_its_schema_says(report: Report) -> None:
    """The schema is part of the package."""
    schema = json.loads((files("dynclient.traffic.reports") / "report.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(json.dumps(report.to_dict())), schema, format_checker=jsonschema.FormatChecker())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**report.to_dict(), "findings": [{"rule": "x"}]}, schema)


def test_ndjson_is_a_finding_a_line(report: Report) -> None:
    """Each as in the JSON form."""
    assert [json.loads(line) for line in report_text(report, "ndjson").splitlines()] == report.to_dict()["findings"]


def test_junit_has_a_test_for_each_operation(report: Report) -> None:
    """One with an error fails, one that never occurred is skipped."""
    (suite,) = JUnitXml.fromstring(report_text(report, "junit").encode())
    cases = {case.name: [result.__class__.__name__ for result in case.result] for case in suite}
    assert set(report.coverage.known["operations"]) <= set(cases)
    assert "Failure" in cases["getPet"]
    assert cases["addPet"] == ["Skipped"]
    assert suite.failures == sum("Failure" in results for results in cases.values()) > 0
    assert suite.tests == len(cases)


def test_sarif_names_the_line_of_the_document(report: Report) -> None:
    """By the model of the standard."""
    (run,) = Sarif.model_validate_json(report_text(report, "sarif")).runs
    assert len(run.results or []) == len(report.findings)
    for result, finding in zip(run.results or [], report.findings, strict=True):
        assert result.rule_id == finding.rule == run.tool.driver.rules[result.rule_index].id  # type: ignore[index]
        if finding.document is not None and finding.document.line is not None:
            (location,) = result.locations or []
            assert location.physical_location.region.start_line == finding.document.line  # type: ignore[union-attr]


@pytest.mark.parametrize("file", ["specs/a b.yaml", "/else where/a.yaml", "https://h/a.yaml"])
def test_sarif_has_uris(report: Report, file: str) -> None:
    """Relative ones are from the root of the repository, where code scanning looks for them."""
    place = DocumentPlace(file, "/paths", 3)
    finding = replace(report.findings[0], document=place)
    (run,) = Sarif.model_validate_json(report_text(replace(report, kept={finding.key: finding}), "sarif")).runs
    uri = urlsplit(run.results[0].locations[0].physical_location.artifact_location.uri)  # type: ignore[index, union-attr]
    assert (uri.scheme, unquote(uri.path)) == (
        {"/": "file", "h": "https"}.get(file[0], ""),
        file.removeprefix("https://h"),
    )


def test_markdown_has_a_row_for_each_finding(report: Report) -> None:
    """And no markup of a recording's."""
    text = report_text(report, "markdown")
    assert sum(line.startswith(("| error", "| warning", "| info", "| hint")) for line in text.splitlines()) == len(report.findings)  # fmt: skip
    page = MarkdownIt("commonmark").enable("table").render(text)
    assert page.count("<tr>") == len(report.findings) + len(report.to_dict()["coverage"]) + 2
    assert "<script" not in page
    assert "\x1b" not in text


def test_there_is_no_other_format(report: Report) -> None:
    """Those that there are, are those of the command line."""
    with pytest.raises(ValueError, match="there is no format 'pdf'; there are ndjson, junit"):
        report_text(report, "pdf")
    assert tuple(REPORTS) == FORMATS_OF_REPORTS


@pytest.mark.parametrize("suffix", [".parquet", ".ndjson"])
def test_findings_are_rows(report: Report, tmp_path: Path, suffix: str) -> None:
    """One for each example, with the same columns."""
    path = tmp_path / f"rows{suffix}"
    write_rows(report, path)
    if suffix == ".parquet":
        rows = pq.read_table(path).to_pylist()
    else:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert len(rows) == sum(max(1, len(finding.examples)) for finding in report.findings)
    assert all(tuple(row) == COLUMNS for row in rows)


def test_the_page_needs_nothing_from_elsewhere(report: Report) -> None:
    """And holds no markup of a recording's."""
    text = report_text(report, "html")
    assert "http://" not in text.replace("http://127.0.0.1", "")
    assert "src=" not in text.replace("default-src", "").replace("style-src", "").replace("script-src", "")
    assert "<script>document.title" not in text
    assert text.count("<script>") == 1


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
@pytest.mark.parametrize("word", ["", "required", "no-such-word"])
def test_the_page_is_searched_in_a_browser(report: Report, tmp_path: Path, word: str) -> None:
    """Only the findings with the words are shown; the title stays what it was."""
    path = tmp_path / "report.html"
    path.write_text(report_text(report, "html"), "utf-8")
    command = [
        *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        f"--user-data-dir={tmp_path}/profile", "--dump-dom", f"{path.as_uri()}#{word}",
    ]  # fmt: skip
    dom = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout  # noqa: S603
    texts = [" ".join((finding.rule, finding.message, *finding.seen)).lower() for finding in report.findings]
    shown = sum(word in text for text in texts)
    assert f'id="shown">{shown} of {len(texts)}<' in dom
    assert "gone</title>" not in dom


def test_the_command_line_writes_a_report_to_a_file(tmp_path: Path) -> None:
    """And prints its summary beside it."""
    page, rows = tmp_path / "report.html", tmp_path / "rows.ndjson"
    arguments = ["check", str(ROOT / "cassettes/pieces_os"), "--spec", "pieces_os", "--jobs", "1"]
    result = CliRunner().invoke(cli, [*arguments, "--format", "html", "--output", str(page), "--findings", str(rows)])
    assert result.exit_code == 0
    assert "Coverage: operations 1/1" in result.stdout
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert [json.loads(line)["rule"] for line in rows.read_text("utf-8").splitlines()]
    wrong = CliRunner().invoke(cli, [*arguments, "--format", "html", "--output", str(tmp_path / "no/report.html")])
    assert (wrong.exit_code, "cannot be written" in wrong.stderr) == (2, True)


def test_what_cannot_be_written_is_refused_before_anything_is_judged(tmp_path: Path) -> None:
    """All of it at once; a baseline that cannot be read, too."""
    arguments = ["check", str(tmp_path / "nothing"), "--spec", "pieces_os"]
    names = ("output", "findings", "infer", "write-baseline")
    wanted = [text for name in names for text in (f"--{name}", str(tmp_path / "no" / name))]
    result = CliRunner().invoke(cli, [*arguments, *wanted, "--output", str(tmp_path)])
    assert (result.exit_code, result.stderr.count("cannot be written")) == (2, 4)
    missing = CliRunner().invoke(cli, [*arguments, "--baseline", str(tmp_path / "no")])
    assert (missing.exit_code, "no: cannot be read" in missing.stderr) == (2, True)


def test_there_is_no_progress_bar_in_a_pipe() -> None:
    """Standard error has the summary alone."""
    command = [sys.executable, "-m", "dynclient", "check", str(ROOT / "cassettes/pieces_os"), "--spec", "pieces_os"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
    assert "\x1b" not in found.stdout + found.stderr


FAULTS = [
    ("list", url("limit=5", "limit=500"), "request/query/maximum", "the document is stricter than the server"),
    ("list", url("limit=5", "limit=5&more=1"), "request/query/unknown", "the document lacks what the server accepted"),
    ("list", url("limit=5", "limit=5&old=1"), "request/query/deprecated", "the client uses what is deprecated"),
    ("get", url("/pets/1", "/nowhere"), "request/path/unknown", "the document lacks what the server accepted"),
    ("missing", url("/pets/9", "/pets/x"), "request/path/type", "the client is at fault; the server did not accept it"),
    ("get", reply_body(put(nick="x")), "response/body/deprecated", "the server sends what is deprecated"),
    ("get", reply_body(put(extra=1)), "response/body/unknown", "the document lacks what the server sent"),
    ("get", reply_body(put(name=7)), "response/body/type", "the server or the document is at fault"),
    ("get", status(500), "response/status", "the server is at fault"),
    ("get", url("api.example.com", "other.test"), "exchange/server/unknown", ""),
]


@pytest.mark.parametrize(("name", "change", "rule", "words"), FAULTS, ids=[each[2] for each in FAULTS])
def test_who_is_at_fault_is_said_in_words_that_are_true(
    tmp_path: Path, name: str, change: Change, rule: str, words: str
) -> None:
    """In every report for people."""
    found = checked(tmp_path, broken(name, change))
    finding = next(each for each in found.findings if each.rule == rule)
    assert fault_of(finding) == words
    assert "\n".join(finding_lines(finding)).count(words or "at fault") == bool(words)


def test_a_broken_recording_is_the_fault_of_nobody_else(tmp_path: Path) -> None:
    """And credentials that no exchange has may have been left out by the recorder, whose file is whole."""
    (tmp_path / "a.ndjson").write_text(
        '{"request": {"method": "GET", "url": "/v1/pets"}, "response": {"status": 200}}\n{"request'
    )
    (finding,) = [each for each in check_recordings([tmp_path], shop()).findings if each.rule == "recording/syntax"]
    assert fault_of(finding) == "the recording is broken"
    bare = [broken(name, sent_field("X-Key", None)) for name in ("list", "get")]
    (finding,) = checked(tmp_path, *bare).findings
    assert fault_of(finding) == "the recorder may have left something out"


def test_the_summary_says_what_was_left_out_and_can_be_written_to_a_file(tmp_path: Path) -> None:
    """Files that are no recordings, and values that were removed."""
    (tmp_path / "in").mkdir()
    checked(tmp_path / "in", broken("get", reply_body(put(birthday="[REDACTED]"))))
    (tmp_path / "in" / "notes.txt").write_text("no recording")
    spec = str(ROOT / "tests" / "data" / "petshop.yaml")
    result = CliRunner().invoke(
        cli, ["check", str(tmp_path / "in"), "--spec", spec, "--output", str(tmp_path / "a.txt")]
    )
    text = (tmp_path / "a.txt").read_text("utf-8")
    assert "1 exchange in 1 recording, 1 judged. 1 file skipped: no recordings." in text
    assert "Not judged: placeholders 1." in text
    assert text in result.output


def test_the_page_counts_its_findings_as_people_do(tmp_path: Path) -> None:
    """One error, two errors; `info` has no plural."""
    two = [broken("get", reply_body(put(name=7))), broken("get", reply_body(put(weight=-1)))]
    assert "> 2 errors</label>" in report_text(checked(tmp_path, *two), "html")
    assert "> 1 error</label>" in report_text(checked(tmp_path, two[0]), "html")
    old = [broken("list", url("limit=5", "limit=5&old=1")), broken("get", reply_body(put(nick="x")))]
    assert "> 2 info</label>" in report_text(checked(tmp_path, *old), "html")
