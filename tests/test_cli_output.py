"""How replies are printed and kept: `--query`, `--output`, `--save`, colours, and a pager on a terminal."""

import csv
import io
import json
import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from conftest import Serve
from servers import Loopback, reply

from dynclient.cli.download import name_of
from dynclient.cli.program import cli
from dynclient.exchange import Headers, Request, Response

pty = pytest.importorskip("pty")  # a terminal of Unix
PACKAGE = Path(__file__).parent.parent
ANN = {"name": "Ann", "age": 41, "tags": ["a", "b"], "address": {"city": "Oslo"}}
BEN = {"name": 'Ben, the "best"\n', "age": None, "no": "no"}
OK = {"200": {"description": "OK"}}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "P", "version": "1"},
    "paths": {
        "/people": {"get": {"operationId": "listPeople", "responses": OK}},
        "/files/photo": {"get": {"operationId": "getPhoto", "responses": OK}},
        **{f"/{number}": {"get": {"operationId": f"operation{number}", "summary": "s", "responses": OK}} for number in range(40)},
    },
}  # fmt: skip


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The document, in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.json").write_text(json.dumps(DOCUMENT), "utf-8")
    return "spec.json"


@pytest.fixture
def people(serve: Serve) -> Loopback:
    """A server with two people."""
    return serve(reply(data=[ANN, BEN]))


def call(spec: str, server: Loopback, *arguments: str, operation: str = "listPeople") -> Result:
    """Call an operation."""
    return CliRunner().invoke(cli, ["call", spec, operation, "--server", server.url, *arguments])


def printed(spec: str, server: Loopback, *arguments: str) -> str:
    """What a call prints that goes well."""
    result = call(spec, server, *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_a_query_takes_out_what_is_asked_for(spec: str, people: Loopback) -> None:
    """By JMESPath, of the data; with --json, of the whole reply."""
    assert json.loads(printed(spec, people, "--query", "[?age > `40`].{n: name, c: address.city}")) == [
        {"n": "Ann", "c": "Oslo"}
    ]
    assert json.loads(printed(spec, people, "--query", "[0].address.zip")) is None
    assert printed(spec, people, "--json", "--query", "status") == "200\n"
    assert printed(spec, people, "--query", "[0].name") == '"Ann"\n'
    assert printed(spec, people, "--query", "[0].name", "--output", "raw") == "Ann\n"
    assert printed(spec, people, "--query", "[].age", "--output", "raw") == "41\n"
    assert printed(spec, people, "--query", "[0].tags", "--output", "raw") == "a\nb\n"


def test_a_query_that_is_wrong_is_said_before_the_call(spec: str, people: Loopback) -> None:
    """One that only the reply shows to be wrong, after it."""
    result = call(spec, people, "--query", "[?")
    assert (result.exit_code, "--query is not JMESPath" in result.stderr, people.received) == (2, True, [])
    result = call(spec, people, "--query", "length(`1`)")
    assert (result.exit_code, "--query does not fit the reply" in result.stderr) == (2, True)


def test_json_and_yaml_have_the_whole_data(spec: str, people: Loopback) -> None:
    """Text that looks like something else stays text."""
    assert json.loads(printed(spec, people, "--output", "json")) == [ANN, BEN]
    text = printed(spec, people, "--output", "yaml")
    assert yaml.safe_load(text) == [ANN, BEN]
    assert "'no': 'no'" in text


def test_csv_has_a_column_for_each_member(spec: str, people: Loopback) -> None:
    """Null and what is missing are empty; what has members is JSON."""
    assert list(csv.reader(io.StringIO(printed(spec, people, "--output", "csv")))) == [
        ["name", "age", "tags", "address", "no"],
        ["Ann", "41", '["a", "b"]', '{"city": "Oslo"}', ""],
        ['Ben, the "best"\n', "", "", "", "no"],
    ]
    assert printed(spec, people, "--output", "csv", "--query", "[].age") == "value\n41\n"
    assert printed(spec, people, "--output", "csv", "--query", "[0].address") == "city\nOslo\n"


def test_a_table_has_a_column_for_each_member(spec: str, people: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """As wide as the terminal; an object alone has a row for each member."""
    monkeypatch.setenv("COLUMNS", "60")
    lines = printed(spec, people, "--output", "table").splitlines()
    assert lines[0].split() == ["name", "age", "tags", "address", "no"]
    assert max(map(len, lines)) <= 60
    assert printed(spec, people, "--output", "table", "--query", "[0].address").split()[-2:] == ["city", "Oslo"]


def test_raw_is_what_the_server_sent(spec: str, serve: Serve) -> None:
    """Byte by byte, whatever it is."""
    for body, kind in (
        (b'{"a":   1}', "application/json"),
        (b"\0\xff\x1b[31m", "image/png"),
        (b"not JSON", "application/json"),
    ):
        result = call(spec, serve(reply(data=body, kind=kind)), "--output", "raw")
        assert (result.exit_code, result.stdout_bytes) == (0, body)


def test_all_items_are_printed_in_each_form(spec: str, people: Loopback) -> None:
    """A line each as they come, or together; the query is asked of each."""
    every = ["--all", "--max-pages", "1"]
    assert [json.loads(line) for line in printed(spec, people, *every).splitlines()] == [ANN, BEN]
    assert printed(spec, people, *every, "--query", "age", "--output", "raw") == "41\n\n"
    assert printed(spec, people, *every, "--query", "{n: age}", "--output", "csv") == 'n\n41\n""\n'


def test_a_body_is_saved(spec: str, serve: Serve, tmp_path: Path) -> None:
    """Into a file, as the server sent it; nothing goes to standard output, and nothing is overwritten."""
    server = serve(reply(data=b"\0\xff" * 100_000, kind="image/png"))
    result = call(spec, server, "--save", "photo.png", operation="getPhoto")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "saved: photo.png (200,000 bytes)\n")
    assert (tmp_path / "photo.png").read_bytes() == b"\0\xff" * 100_000
    (tmp_path / "photo.png").write_bytes(b"mine")
    result = call(spec, server, "--save", "photo.png", operation="getPhoto")
    assert (result.exit_code, "photo.png exists already (--overwrite replaces it)" in result.stderr) == (2, True)
    assert ((tmp_path / "photo.png").read_bytes(), len(server.received)) == (b"mine", 1)
    assert call(spec, server, "--save", "photo.png", "--overwrite", operation="getPhoto").exit_code == 0
    assert (tmp_path / "photo.png").read_bytes() != b"mine"


def test_a_server_may_choose_a_name_in_a_folder(spec: str, serve: Serve, tmp_path: Path) -> None:
    """Not a place outside of it, nor a file that is there."""
    (tmp_path / "photos").mkdir()
    field = {"Content-Disposition": 'attachment; filename="../../spec.json"'}
    server = serve(reply(data=b"x", kind="image/png", **field))
    result = call(spec, server, "--save", "photos/", operation="getPhoto")
    assert (result.exit_code, result.stderr) == (0, "saved: photos/spec.json (1 bytes)\n")
    again = call(spec, server, "--save", "photos", operation="getPhoto")
    assert (again.exit_code, "photos/spec.json exists already" in again.stderr) == (2, True)
    assert json.loads((tmp_path / "spec.json").read_text()) == DOCUMENT


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename=report.pdf", "report.pdf"),
        ("attachment; filename*=UTF-8''na%C3%AFve%20plan.txt; filename=plan.txt", "naïve plan.txt"),
        ('attachment; filename="naïve.txt"', "naïve.txt"),
        ('attachment; filename="/etc/passwd"', "passwd"),
        ('attachment; filename="..\\\\..\\\\evil.exe"', "evil.exe"),
        ('attachment; filename=".bashrc"', "bashrc"),
        ('attachment; filename=".."', "photo.png"),
        ("attachment; filename*=UTF-8''a%00b%0Ac.txt", "a_b_c.txt"),
        ("attachment; filename*=UTF-8''%E2%80%AEgpj.exe", "_gpj.exe"),
        ("attachment; filename=CON.txt", "_CON.txt"),
        ("attachment; filename*=no-such-charset''a%E4.txt; filename=b.txt", "b.txt"),
        (f"attachment; filename={'a' * 300}", "a" * 200),
        ("inline", "photo.png"),
        ("", "photo.png"),
    ],
)
def test_a_name_from_a_server_is_not_trusted(disposition: str, name: str) -> None:
    """It stays in its folder, hides nothing, and is a plain file on every system."""
    headers = Headers([("Content-Disposition", disposition), ("Content-Type", "image/png")])
    request = Request("GET", "http://h/files/photo?x=1", Headers([]), None, "getPhoto", frozenset())
    assert name_of(Response(200, headers, request=request)) == name


def test_a_download_that_breaks_off_leaves_nothing(spec: str, serve: Serve, tmp_path: Path) -> None:
    """Neither a part nor an empty file; and an error of the server is not saved."""
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Type: image/png\r\n\r\nhalf")
    assert call(spec, server, "--save", "a.png", "--retries", "0", operation="getPhoto").exit_code == 3
    result = call(spec, serve(reply(404, {"why": "gone"})), "--save", "a.png", operation="getPhoto")
    assert (result.exit_code, "404 Not Found" in result.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["spec.json"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--save", "no/such.png"], "--save: there is no folder no"),
        (["--save", "no/"], "--save: there is no folder no/"),
        (["--save", "x", "--query", "a", "--json"], "leave out --json and --query"),
        (["--overwrite"], "--overwrite goes with --save"),
        (["--json", "--output", "csv"], "choose one"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_do_not_go_together_are_refused(
    spec: str, people: Loopback, arguments: list[str], message: str
) -> None:
    """Before anything is sent."""
    result = call(spec, people, *arguments)
    assert (result.exit_code, message in result.stderr, people.received) == (2, True, [])


def on_terminal(folder: Path, *arguments: str, lines: int = 24, **environment: str) -> str:
    """What the program shows on a terminal of 80 columns."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        own = {"PYTHONPATH": str(PACKAGE), "TERM": "xterm", "COLUMNS": "80", "LINES": str(lines), **environment}
        clean = {
            name: text for name, text in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "PAGER", "LESS")
        }
        os.execve(sys.executable, [sys.executable, "-m", "dynclient", *arguments], {**clean, **own})  # noqa: S606  our own
    shown, end = b"", time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if select.select([terminal], [], [], 0.2)[0]:
                piece = os.read(terminal, 65536)
                if not piece:
                    break
                shown += piece
        except OSError:  # the program has ended
            break
    os.close(terminal)
    os.waitpid(child, 0)
    return shown.decode(errors="replace").replace("\r\n", "\n")


@pytest.fixture
def pager(tmp_path: Path) -> str:
    """A pager that says that it was used."""
    program = tmp_path / "pager"
    program.write_text('#!/bin/sh\necho "<paged>"; cat; echo "</paged>"\n')
    program.chmod(0o755)
    return str(program)


def test_long_output_on_a_terminal_goes_through_the_pager(spec: str, tmp_path: Path, pager: str) -> None:
    """Of the user's choice, if there is one; what fits does not."""
    long = ("ops", spec)
    assert "<paged>" in on_terminal(tmp_path, *long, PAGER=pager)
    assert "<paged>" in on_terminal(tmp_path, *long, PAGER="cat", DYNCLIENT_PAGER=pager)
    for settings in ({"NO_PAGER": "1"}, {"DYNCLIENT_PAGER": "cat"}, {"DYNCLIENT_PAGER": ""}):
        assert "<paged>" not in on_terminal(tmp_path, *long, PAGER=pager, **settings)
    assert "<paged>" not in on_terminal(tmp_path, "--no-pager", *long, PAGER=pager)
    assert "<paged>" not in on_terminal(tmp_path, "show", spec, "get-photo", PAGER=pager)


def test_no_pager_is_used_in_a_pipe(spec: str, tmp_path: Path, pager: str) -> None:
    """Nor any colour, unless FORCE_COLOR asks for it."""
    command = [sys.executable, "-m", "dynclient", "show", spec, "get-photo"]
    plain = {name: text for name, text in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    plain |= {"PYTHONPATH": str(PACKAGE), "PAGER": pager}

    def piped(**settings: str) -> str:
        run: dict[str, Any] = {"cwd": tmp_path, "env": {**plain, **settings}, "capture_output": True}
        return subprocess.run(command, text=True, check=True, **run).stdout  # noqa: S603  our own

    assert not re.search("\x1b|<paged>", piped())
    assert "\x1b[" in piped(FORCE_COLOR="1")
    assert "\x1b[" not in piped(FORCE_COLOR="1", NO_COLOR="1").replace("\x1b[1m", "").replace("\x1b[0m", "").replace(
        "\x1b[2m", ""
    )


def test_json_is_coloured_on_a_terminal(spec: str, people: Loopback, tmp_path: Path) -> None:
    """And is the same JSON without the colours; NO_COLOR leaves them out."""
    arguments = ("call", spec, "listPeople", "--server", people.url)
    shown = on_terminal(tmp_path, *arguments, lines=60)
    assert "\x1b[" in shown
    assert json.loads(re.sub(r"\x1b\[[\d;]*m", "", shown)) == [ANN, BEN]
    assert json.loads(on_terminal(tmp_path, *arguments, NO_COLOR="1", lines=60)) == [ANN, BEN]


def test_a_terminal_is_shown_nothing_that_it_would_obey(spec: str, serve: Serve, tmp_path: Path) -> None:
    """Text is escaped, and of bytes only the number is said."""
    text = serve(reply(data=b"a\x1b[31mb", kind="text/plain"))
    shown = on_terminal(tmp_path, "call", spec, "listPeople", "--server", text.url)
    assert (r"a\x1b[31mb" in shown, "\x1b" in shown) == (True, False)
    binary = serve(reply(data=b"\0\x1b[31m", kind="image/png"))
    shown = on_terminal(tmp_path, "call", spec, "listPeople", "--server", binary.url)
    assert "The reply is binary, 6 bytes: --save FILE keeps it" in shown


def test_bars_are_gone_before_a_reply_is_printed(spec: str, serve: Serve, tmp_path: Path) -> None:
    """So that neither the reply nor a pager shares a line with them."""
    large = serve(reply(data=b" " * 3_000_000 + b'[{"name": "Ann"}]'))
    shown = on_terminal(
        tmp_path, "call", spec, "listPeople", "--server", large.url, "--query", "[0].name", "--validate", "off"
    )
    assert "download" in shown
    assert shown.rindex('"Ann"') > shown.rindex("\x1b[2K") > shown.rindex("download")


def test_operations_fit_the_terminal(spec: str, tmp_path: Path) -> None:
    """However long their names are."""
    paths = {f"/{'x' * 70}/{{id}}": {"get": {"operationId": "name" * 20, "summary": "long " * 50, "responses": OK}}}
    (tmp_path / spec).write_text(json.dumps({**DOCUMENT, "paths": paths}), "utf-8")
    shown = re.sub(r"\x1b\[[\d;]*m", "", on_terminal(tmp_path, "ops", spec, PAGER="cat"))
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.count("x") == 70


def test_the_findings_of_a_check_fit_the_terminal(spec: str, tmp_path: Path) -> None:
    """With the totals and what to do next; a higher one shows more, and a pipe ten."""
    paths = [f"/word{letter}" for letter in "abcdefghijklmno"]
    entries = [{"request": {"method": "GET", "url": f"http://a{path}"}, "response": {"status": 200}} for path in paths]
    (tmp_path / "t.ndjson").write_text("\n".join(map(json.dumps, entries)), "utf-8")
    command = "check", "t.ndjson", "--spec", spec, "--server", "http://a"
    small, high = on_terminal(tmp_path, *command), on_terminal(tmp_path, *command, lines=33)
    assert 12 < len(small.splitlines()) < 24
    assert 24 < len(high.splitlines()) < 33
    assert all("more findings; -v prints all" in shown and "Next: " in shown for shown in (small, high))
    piped = CliRunner().invoke(cli, command)
    assert piped.stdout.count("error    ") == 10
