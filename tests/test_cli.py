"""The command line: what it prints, what it refuses, and its exit codes."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from conftest import Serve
from servers import reply
from test_traffic_inspector import LONG, SHOP, TOKEN, hiding_places
from test_traffic_inspector import SECRET as HIDDEN_SECRET

import dynclient
from dynclient.cli.program import cli
from dynclient.mock.server import Mock
from dynclient.opening import load

PROGRAM = [sys.executable, "-m", "dynclient"]
CASSETTES = Path(__file__).parent.parent / "cassettes"
SECRET = "fake-secret-4711"
ENV = {"KEY": SECRET, "PAIR": f"user:{SECRET}", "COLUMNS": "100"}
PETS = """
openapi: 3.0.3
info: {title: Pets, version: '1'}
paths:
  /pets/{id}:
    get:
      operationId: getPet
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: unit, in: query, schema: {type: string}}
        - {name: weight, in: query, schema: {type: number}}
        - {name: all, in: query, schema: {type: boolean}}
        - {name: tags, in: query, schema: {type: array, items: {type: string}}}
        - {name: filter, in: query, content: {application/json: {schema: {type: object}}}}
      security: [{basic: []}]
      responses:
        '200': {description: a pet, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '404': {description: no pet, content: {text/plain: {schema: {type: string}, example: gone}}}
  /notes:
    post:
      requestBody: {required: true, content: {text/plain: {schema: {type: string, maxLength: 9}}}}
      responses: {'200': {description: ok, content: {text/plain: {schema: {type: string}, example: "noted: «no»"}}}}
  /blob:
    get:
      operationId: getBlob
      responses: {'200': {description: ok, content: {application/octet-stream: {schema: {type: string, format: binary}}}}}
components:
  schemas:
    Pet:
      type: object
      required: [id]
      properties: {id: {type: integer, description: The number}, name: {type: string}}
      example: {id: 7, name: "Rufus \\u009b"}
  securitySchemes: {basic: {type: http, scheme: basic}}
"""

MEMBERS = {
    "openapi": "3.0.3",
    "info": {"title": "M", "version": "1"},
    "security": [{"key": []}],
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "Key"}}},
    "paths": {
        "/m": {
            "post": {
                "operationId": "make",
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "age": {"type": "integer"},
                                    "name": {"type": "string"},
                                    "code": {"type": "string", "format": "password"},
                                    "tags": {"type": "array", "items": {"type": "string"}},
                                },
                            }
                        }
                    }
                },
                "responses": {"200": {"description": "OK"}},
            }
        }
    },
}


@pytest.fixture
def pets(tmp_path: Path) -> str:
    """Write a document that is not in the catalog, and return its path."""
    path = tmp_path / "pets.yaml"
    path.write_text(PETS, "utf-8")
    return str(path)


FORM = """
openapi: 3.0.3
info: {title: Form, version: '1'}
servers: [{url: 'http://127.0.0.1:9'}]
paths:
  /:
    post:
      operationId: send
      requestBody:
        content:
          application/json: {schema: {type: object}}
          multipart/form-data:
            schema:
              type: object
              properties:
                file: {type: string, format: binary}
                files: {type: array, items: {type: string, format: binary}}
                scan: {type: string, contentMediaType: application/octet-stream}
                note: {type: string}
                tags: {type: array, items: {type: integer}}
                meta: {type: object}
      responses: {default: {description: ok}}
  /only:
    post:
      operationId: only
      requestBody: {content: {multipart/form-data: {schema: {properties: {file: {type: string, format: binary}, note: {type: string}}}}}}
      responses: {default: {description: ok}}
"""


@pytest.fixture
def form(tmp_path: Path) -> str:
    """Write a document with forms, beside a file to send, and return its path."""
    path = tmp_path / "form.yaml"
    path.write_text(FORM, "utf-8")
    (tmp_path / "photo.png").write_bytes(b"\0\xffphoto")
    (tmp_path / "note.txt").write_text("a note", "utf-8")
    return str(path)


@pytest.fixture
def url(pets: str) -> Iterator[str]:
    """Serve that document, and yield the URL."""
    with Mock(load(pets)) as mock:
        yield mock.url


def run(*arguments: str, stdin: str | None = None) -> Result:
    """Run the command line with these arguments."""
    return CliRunner(env=ENV).invoke(cli, arguments, input=stdin, catch_exceptions=False)


def get_pet(pets: str, url: str, *arguments: str) -> Result:
    """Call getPet with these arguments."""
    return run("call", pets, "getPet", *arguments, "--server", url, "--auth", "basic=env:PAIR")


def test_version_and_help_are_printed() -> None:
    """`--version` prints the version of the program; -h prints help for every command."""
    assert run("--version").output.startswith("dynclient ")
    assert "Usage: dynclient" in run("-h").output.replace("cli", "dynclient")
    assert "--auth" in run("call", "-h").output


def test_ops_prints_a_line_for_each_operation() -> None:
    """In a pipe, every operation is one line: both names, method, path and summary, with tabs between them."""
    lines = run("ops", "order_capture").output.splitlines()
    assert len(lines) == 9
    assert lines[0].split("\t") == [
        "create_checkout",
        "createCheckout",
        "POST",
        "/{retailUnit}/checkouts",
        "Create a checkout",
    ]


def test_ops_prints_json() -> None:
    """`--json` prints the same data for programs."""
    (operation,) = json.loads(run("ops", "pieces_os", "--json").output)
    assert (operation["id"], operation["method"]) == ("paddle_checkout_update_status", "POST")


@pytest.mark.parametrize("columns", ["40", "200"])
def test_the_call_that_show_prints_can_be_pasted(pets: str, serve: Serve, columns: str) -> None:
    """Into a shell: one line however narrow the terminal is, with values of the documented types."""
    server = serve(reply(200, {"id": 1}))
    for name in ("getPet", "POST /notes"):
        shown = CliRunner(env={**ENV, "COLUMNS": columns}).invoke(cli, ["show", pets, name]).output
        (line,) = (line.strip() for line in shown.splitlines() if line.startswith("  dynclient call "))
        _, *arguments = shlex.split(line)
        called = CliRunner(env={**ENV, "BASIC": "user:fake"}).invoke(cli, [*arguments, "--server", server.url])
        assert called.exit_code == 0 or "--body @FILE" in line, called.stderr


def test_a_long_signature_stays_below_its_heading() -> None:
    """Its further lines begin where the first does."""
    shown = CliRunner(env={**ENV, "COLUMNS": "40"}).invoke(cli, ["show", "order_capture", "getConsumerInfo"]).output
    lines = shown.partition("Call it\n")[2].partition("\n  dynclient call")[0].splitlines()
    assert len(lines) > 1
    assert all(line.startswith("  ") for line in lines)


def test_the_call_that_show_prints_has_a_body(form: str) -> None:
    """The documented example, or one that is made; a long one is left to a file."""
    Path(form).write_text(FORM.replace("{schema: {type: object}}", """{example: {a: "it's"}, schema: {}}"""), "utf-8")
    assert "--body" not in run("show", form, "send").output
    Path(form).write_text(
        Path(form).read_text("utf-8").replace("requestBody:\n", "requestBody:\n        required: true\n"), "utf-8"
    )
    assert """ --body '{"a": "it'"'"'s"}'""" in run("show", form, "send").output


def test_the_call_that_show_prints_sends_the_files_of_a_form(form: str) -> None:
    """With the other required fields beside them."""
    required = "required: [scan, files, meta], properties: {scan: {type: string, contentMediaType: image/png}, meta: {type: object},"
    text = FORM.replace("requestBody: {content: {multipart/form-data: {schema: {properties: {",
                        f"requestBody: {{required: true, content: {{multipart/form-data: {{schema: {{type: object, {required} "
                        "files: {type: array, items: {type: string, format: binary}, minItems: 1}, ")  # fmt: skip
    Path(form).write_text(text.replace("3.0.3", "3.1.0"), "utf-8")
    output = run("show", form, "only").output
    assert "call" in output
    for field in ("-F scan=@FILE", "-F files=@FILE", "-F 'meta={}'"):
        assert field in output
    assert "scan *  string (image/png)" in " ".join(output.split("\n")).replace("   ", "  ")


def test_no_credentials_are_sent_when_auth_is_none(pets: str, serve: Serve) -> None:
    """As the message says that misses them."""
    server = serve(reply(200, {"id": 1}))
    at = ("call", pets, "getPet", "id=1", "--server", server.url)
    assert "--auth none calls a server that asks for none" in run(*at).stderr
    assert run(*at, "--auth", "none").exit_code == 0
    assert "authorization" not in server.last.headers
    assert "or, alone, none" in run(*at, "--auth", "nothing").stderr


def test_show_prints_everything_about_an_operation() -> None:
    """Signature, parameters, body with its required properties, responses and security."""
    output = run("show", "order_capture", "create_checkout").output
    for part in ("client.create_checkout(retail_unit, checkout_request)", "retailUnit *", "languageCode *", "coupon  "):
        assert part in output
    assert "201  201 - Created" in output
    assert "Client-Id (the key for the header X-Client-Id)" in output


def test_show_lists_the_alternatives_of_a_body() -> None:
    """If a body is one of several schemas, all are listed."""
    assert "PaddleCheckoutWarningEvent" in run("show", "pieces_os", "paddle_checkout_update_status").output


def test_show_prints_json(pets: str) -> None:
    """`--json` has every parameter with its location and type."""
    data = json.loads(run("show", pets, "GET /pets/{id}", "--json").output)
    assert {item["name"]: item["type"] for item in data["parameters"]} == {
        "id": "integer",
        "unit": "string",
        "weight": "number",
        "all": "boolean",
        "tags": "array of string",
        "filter": "object as application/json",
    }
    assert data["responses"][0]["contents"] == [{"media_type": "application/json", "type": "Pet"}]


def test_markup_of_a_document_is_only_text(pets: str) -> None:
    """Text of a document is never read as rich's markup or as a control sequence."""
    text = PETS.replace("title: Pets", 'title: "[red]Pets\\e[2J"').replace(
        "get:", 'get:\n      summary: "[b]x\\e[31m"', 1
    )
    Path(pets).write_text(text, "utf-8")
    output = run("show", pets, "getPet").output
    assert "[b]x\\x1b[31m" in output
    assert "\x1b" not in output


def test_call_prints_the_data(pets: str, url: str) -> None:
    """Standard output has the data of the reply as JSON, with control characters escaped, and nothing else."""
    result = get_pet(pets, url, "id=5")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"id": 7, "name": "Rufus \x9b"}
    assert "\x9b" not in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("argument", "wire"),
    [
        ("unit=no", "unit=no"),
        ("unit=00123", "unit=00123"),
        ("unit=true", "unit=true"),
        ("weight=1.5", "weight=1.5"),
        ("all=true", "all=true"),
        ('tags=["a","b c"]', "tags=a&tags=b%20c"),
        ("tags=a", "tags=a"),
        ('filter={"a":[1]}', "filter=%7B%22a%22%3A%5B1%5D%7D"),
        ("unit=a=b", "unit=a%3Db"),
    ],
)
def test_a_value_becomes_what_the_document_asks_for(pets: str, url: str, argument: str, wire: str) -> None:
    """A text stays a text; numbers, booleans and JSON are read if the document has them."""
    result = get_pet(pets, url, "id=5", argument, "--json")
    assert json.loads(result.stdout)["request"]["url"] == f"{url}/pets/5?{wire}"


def test_all_problems_are_printed_at_once(pets: str, url: str) -> None:
    """Unknown names, unreadable JSON and values of the wrong type, with exit code 2."""
    result = get_pet(pets, url, "id=x", "tags=[a", "all=yes", "wieght=1")
    assert result.exit_code == 2
    for part in ("path /id:", "query /tags: is not JSON", "query /all:", "argument /wieght:", "did you mean weight?"):
        assert part in result.stderr
    assert result.stdout == ""


def test_a_misspelt_name_is_not_missing_as_well() -> None:
    """A parameter and a field of the body: the wrong name alone is what is wrong."""
    result = run(
        "call", "order_capture", "createCheckout", "retailUnt=no", "shopingType=ONLINE", "--auth", "none", "--dry-run"
    )
    assert result.exit_code == 2
    assert [line.split(":")[0].strip() for line in result.stderr.splitlines()[1:]] == [
        "argument /retailUnt",
        "argument /shopingType",
    ]


def test_a_number_of_any_length_does_not_crash(pets: str, url: str) -> None:
    """Python refuses to read very long integers; here they are values of the wrong type."""
    result = get_pet(pets, url, f"id={'9' * 5000}")
    assert result.exit_code == 2
    assert "is not of type integer" in result.stderr


@pytest.mark.parametrize("body", ["hello", "@FILE", "-"])
def test_a_body_is_text_a_file_or_standard_input(pets: str, url: str, tmp_path: Path, body: str) -> None:
    """A plain text body is sent as it is, and a plain text reply is printed as it is."""
    (tmp_path / "note").write_text("hello")
    body = body.replace("FILE", str(tmp_path / "note"))
    result = run("call", pets, "POST /notes", "--body", body, "--server", url, stdin="hello")
    assert (result.exit_code, result.stdout) == (0, "noted: «no»\n")


def test_a_body_is_checked_before_it_is_sent(pets: str) -> None:
    """A body that breaks the document, is missing, or is not valid JSON is wrong usage."""
    assert "longer than" in run("call", pets, "POST /notes", "--body", "hello hello").stderr
    assert "body: is required" in run("call", pets, "POST /notes").stderr
    result = run("call", "pieces_os", "paddle_checkout_update_status", "--body", "{", "--auth", "application=env:KEY")
    assert result.exit_code == 2
    assert "body: is not JSON" in result.stderr


def test_a_binary_reply_is_written_unchanged(pets: str, url: str) -> None:
    """Bytes go to standard output unchanged; in JSON they are base64."""
    raw = run("call", pets, "getBlob", "--server", url)
    assert raw.exit_code == 0
    assert "base64" in json.loads(run("call", pets, "getBlob", "--server", url, "--json").stdout)["data"]


def test_a_server_without_a_scheme_is_wrong_usage(pets: str) -> None:
    """Said before the arguments are looked at."""
    result = run("call", pets, "getPet", "--server", "x.test")
    assert result.exit_code == 2
    assert "write 'http://x.test' or 'https://x.test'" in result.stderr


def test_an_error_of_the_server_is_exit_code_1(pets: str, url: str) -> None:
    """The message goes to standard error, and standard output stays empty."""
    result = get_pet(pets, url, "id=5", "--header", "Prefer: code=404")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: getPet: 404 Not Found (no pet): gone\n"


def test_json_has_the_whole_reply_and_no_secret(pets: str, url: str) -> None:
    """Status, headers, data, problems and time; credentials are redacted."""
    result = get_pet(pets, url, "id=5", "--json")
    reply = json.loads(result.stdout)
    assert reply.keys() == {"request", "status", "headers", "data", "problems", "elapsed"}
    assert reply["request"]["headers"]["Authorization"] == "REDACTED"
    assert SECRET not in result.output


BROKEN_PETS = PETS.replace("required: [id]", "required: [id, owner]")


@pytest.mark.parametrize(("mode", "code", "prints"), [("strict", 1, False), ("warn", 0, True), ("off", 0, True)])
def test_a_reply_that_breaks_the_document_is_reported(
    url: str, tmp_path: Path, mode: str, code: int, *, prints: bool
) -> None:
    """`strict` refuses it, `warn` reports and prints it, `off` does not check it."""
    stricter = tmp_path / "stricter.yaml"
    stricter.write_text(BROKEN_PETS, "utf-8")
    result = get_pet(str(stricter), url, "id=5", "--validate", mode)
    assert (result.exit_code, bool(result.stdout)) == (code, prints)
    assert ("body /owner: is required" in result.stderr) is (mode != "off")


def test_a_request_that_breaks_the_document_is_sent_with_a_warning(pets: str, url: str) -> None:
    """`--validate warn` sends it and prints the problems; the mock then refuses it."""
    result = get_pet(pets, url, "id=x", "--validate", "warn")
    assert result.exit_code == 1
    assert "Warning: getPet: the request breaks the document" in result.stderr


def test_a_credential_on_the_command_line_is_refused(pets: str, url: str) -> None:
    """It would stay in the shell's history; the hint names the other ways and does not quote it."""
    literal = run("call", pets, "getPet", "id=5", "--server", url, "--auth", f"basic={SECRET}")
    header = run("call", pets, "getPet", "id=5", "--server", url, "--header", f"Authorization: Bearer {SECRET}")
    for result in (literal, header):
        assert result.exit_code == 2
        assert SECRET not in result.output
    assert "basic=…: a credential must be env:VARIABLE, file:PATH, netrc or keyring:SERVICE/USER, not" in literal.stderr
    assert "--header 'Authorization: …': a credential must be env:VARIABLE or file:PATH, not" in header.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--header", "Authorization: env:NOT_THERE"], "--header 'Authorization: …': the environment variable NOT_THERE is not set"),
        (["--header", "a: b", "--header", "A: c"], "--header A is given twice"),
        (["--auth", "basic=keyring:service"], "or keyring:SERVICE/USER, not the secret itself"),
        (["--auth", "basic=keyring:"], "or keyring:SERVICE/USER, not the secret itself"),
        (["--server", "ftp://x"], "--server must be an http(s) URL with a host, not 'ftp://x'"),
        (["--follow-to", "x"], "--follow-to must list http(s) URLs with a host, not 'x'"),
        (["--tolerate", "x"], "--tolerate: there is no rule 'x'"),
    ],
)  # fmt: skip
def test_a_message_names_the_option_that_is_wrong(pets: str, options: list[str], said: str) -> None:
    """As it is written on the command line."""
    found = run("call", pets, "getPet", "id=5", *options)
    assert (found.exit_code, said in found.stderr) == (2, True), found.stderr


def test_an_unknown_tag_gets_the_nearest_ones_or_a_few(tmp_path: Path) -> None:
    """And how to see the others; a misspelt word of --grep, what is meant."""
    tags = [f"group{letter}" for letter in "abcdefgh"]
    paths = {f"/{tag}": {"get": {"operationId": f"list_{tag}", "tags": [tag], "responses": {}}} for tag in tags}
    path = tmp_path / "spec.json"
    path.write_text(json.dumps({"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths}), "utf-8")
    rest = "--json shows those of each operation"
    assert f"(it has {', '.join(tags[:5])} and 3 more; {rest})" in run("ops", str(path), "--tag", "nonsense").stderr
    assert "(did you mean groupa" in run("ops", str(path), "--tag", "grpa").stderr
    found = run("ops", str(path), "--grep", "gruopa")
    assert (found.stdout.split("\t")[0], found.stderr) == (
        "list_groupa",
        "No operation has all of that; these have groupa.\n",
    )
    assert run("ops", str(path), "--grep", "zzz").stderr == "No operation has all of that.\n"


def test_redirects_may_be_turned_off_and_may_carry_everything(pets: str, serve: Serve) -> None:
    """As `Options(redirects=, follow_to=)` says in Python."""
    other = serve(reply(data={"id": 5}))
    at = "--server", serve(reply(302, Location=f"{other.url}/b")).url
    assert (
        json.loads(get_pet(pets, at[1], "id=5", "--validate", "off", "--json", "--no-redirects").output)["status"]
        == 302
    )
    assert other.received == []
    get_pet(pets, at[1], "id=5", "--follow-to", other.url)
    assert other.last.headers["authorization"].startswith("Basic ")
    assert run("call", pets, "getPet", "id=5", *at, "--follow-to", "h").exit_code == 2
    leaking = serve(reply(302, Location=f"{other.url}/{SECRET}")).url
    assert f"--follow-to {other.url} allows it" in get_pet(pets, leaking, "id=5").stderr


PHOTO = b'name="%b"; filename="photo.png"\r\nContent-Type: image/png\r\n\r\n\0\xffphoto\r\n'


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["-F", "file=@{}photo.png"], [PHOTO % b"file"]),
        (["--form", "file=@{}photo.png;type=image/gif;filename=me.gif"],
         [b'name="file"; filename="me.gif"\r\nContent-Type: image/gif\r\n\r\n\0\xffphoto']),
        (["-F", "scan=@{}photo.png"], [PHOTO % b"scan"]),
        (["-F", "note=@{}photo.png;type=image/png"], [PHOTO % b"note"]),
        (["-F", "files=@{}photo.png"], [PHOTO % b"files"]),
        (["-F", "files=@{}photo.png", "-F", "files=@{}photo.png"], [PHOTO % b"files", PHOTO % b"files"]),
        (["-F", "note=@{}note.txt", "-F", "tags=1", "-F", "tags=2"], [b"\r\n\r\na note\r\n", b"\r\n\r\n1\r\n", b"\r\n\r\n2\r\n"]),
        (["-F", "note=@@me", "-F", 'meta={"a":1}'], [b"\r\n\r\n@me\r\n", b'\r\n\r\n{"a":1}\r\n']),
    ],
)  # fmt: skip
def test_a_form_takes_fields_and_files(form: str, serve: Serve, arguments: list[str], parts: list[bytes]) -> None:
    """As curl writes them, whatever media type the document offers first."""
    server = serve(reply(200))
    folder = f"{Path(form).parent}/"
    result = run(
        "call",
        form,
        "send",
        "--server",
        server.url,
        *(text.format(folder) if "@{" in text else text for text in arguments),
    )
    assert (result.exit_code, result.stderr) == (0, "")
    body = server.last.body
    for part in parts:
        head, _, body = body.partition(part)
        assert body, head


def test_a_file_that_is_no_text_does_not_become_a_field_of_text(form: str) -> None:
    """The message names the field and the file, and says how it is sent as a file."""
    photo = Path(form).parent / "photo.png"
    result = run("call", form, "send", "-F", f"note=@{photo}")
    assert result.exit_code == 2
    assert f"note: {photo} is not UTF-8 text" in result.stderr
    assert ";type=application/octet-stream" in result.stderr


def test_a_field_of_a_form_may_be_an_argument(form: str, serve: Serve) -> None:
    """Its files, too; a typo is explained."""
    server = serve(reply(200))
    photo = f"file=@{Path(form).parent}/photo.png"
    result = run("call", form, "only", "--server", server.url, photo, "note=x")
    assert (result.exit_code, result.stderr) == (0, "")
    assert PHOTO % b"file" in server.last.body
    assert b'name="note"\r\n\r\nx\r\n' in server.last.body
    result = run("call", form, "send", "nonsense=1")
    assert result.exit_code == 2
    assert "argument /nonsense: is not in the document (it takes" in result.stderr


def test_an_argument_with_dashes_says_how_it_is_written(pets: str) -> None:
    """Whoever guesses `--email a@b` is told; other commands take no arguments of operations."""
    result = CliRunner().invoke(cli, ["call", pets, "getPet", "--email", "a@b"])
    assert (result.exit_code, "written without dashes: email=VALUE" in result.stderr) == (2, True)
    assert "VALUE" not in CliRunner().invoke(cli, ["ops", pets, "--email"]).stderr


def test_members_of_a_json_body_may_be_arguments(serve: Serve, tmp_path: Path) -> None:
    """Each is read as its schema says."""
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(MEMBERS), "utf-8")
    server, auth = serve(reply(200)), ["--auth", "key=env:KEY"]
    result = run("call", str(path), "make", "--server", server.url, *auth, "age=5", "name=5", "tags=a", "tags=b")
    assert (result.exit_code, result.stderr) == (0, "")
    assert server.last.json == {"age": 5, "name": "5", "tags": ["a", "b"]}
    result = run("call", str(path), "make", "--server", server.url, *auth, "age=5", "--body", "{}")
    assert result.exit_code == 2
    assert "is given twice" in result.stderr


@pytest.mark.parametrize("option", ["--dry-run", "--curl"])
def test_a_request_can_be_looked_at_before_it_is_sent(serve: Serve, tmp_path: Path, option: str) -> None:
    """Nothing is sent, and no credential is shown, nor what the document says is a secret."""
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(MEMBERS), "utf-8")
    server = serve(reply(200))
    auth = ["--auth", "key=env:KEY"]
    result = run("call", str(path), "make", "--server", server.url, *auth, "name=Ann", "code=hush-hush", option)
    assert (result.exit_code, result.stderr, server.received) == (0, "", [])
    assert "Ann" in result.stdout
    assert "REDACTED" in result.stdout
    assert SECRET not in result.stdout
    assert "hush-hush" not in result.stdout


def test_a_dry_run_is_json_for_programs(pets: str) -> None:
    """Method, URL, header fields, body."""
    result = run(
        "call", pets, "getPet", "id=1", "--server", "http://h", "--auth", "basic=env:PAIR", "--dry-run", "--json"
    )
    shown = json.loads(result.stdout)
    assert (shown["method"], shown["url"], shown["headers"]["Authorization"]) == ("GET", "http://h/pets/1", "REDACTED")


def test_a_json_body_of_a_form_names_files(form: str, serve: Serve) -> None:
    """Where the schema takes bytes; @@ starts a text with an @, and other texts stay as they are."""
    server = serve(reply(200))
    for file, sent in ((f"@{Path(form).parent}/photo.png", PHOTO % b"file"), ("@@x", b"\r\n\r\n@x\r\n")):
        result = run("call", form, "only", "--server", server.url, "--body", json.dumps({"file": file, "note": "@x"}))
        assert (result.exit_code, result.stderr) == (0, "")
        assert sent in server.last.body
        assert b'name="note"\r\n\r\n@x\r\n' in server.last.body


def test_an_array_is_given_item_by_item(pets: str, serve: Serve) -> None:
    """Each of the type that the document says."""
    server = serve(reply(200, {"id": 1}))
    assert get_pet(pets, server.url, "id=5", "tags=a", "tags=b c", "tags=[").exit_code == 0
    assert server.last.target == "/pets/5?tags=a&tags=b%20c&tags=%5B"


def test_a_credential_comes_from_a_file(pets: str, url: str, tmp_path: Path) -> None:
    """`file:PATH` drops the line break at the end."""
    (tmp_path / "key").write_text(f"user:{SECRET}\n")
    result = run("call", pets, "getPet", "id=5", "--server", url, "--auth", f"basic=file:{tmp_path / 'key'}")
    assert result.exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["ops", "no_such_api"],
        ["ops", "order_capture", "--version", "9"],
        ["show", "order_capture", "getChekout"],
        ["call", "PETS", "getPet", "id"],
        ["call", "PETS", "getPet", "id=1", "id=2"],
        ["call", "PETS", "getPet", "id=1", "unit=a", "unit=b"],
        ["call", "PETS", "getPet", "id=1", "--form", "unit=a"],
        ["call", "PETS", "getPet", "id=1"],
        ["call", "PETS", "getPet", "id=1", "--auth", "basic=env:NOT_THERE"],
        ["call", "PETS", "getPet", "id=1", "--auth", "nonsense"],
        ["call", "PETS", "getPet", "id=1", "--auth", "other=env:KEY"],
        ["call", "PETS", "getPet", "id=1", "--server", "ftp://example.com"],
        ["call", "PETS", "getPet", "id=1", "--server", "http://[::1"],
        ["call", "PETS", "getPet", "id=1", "--server", "http://127.0.0.1:99999"],
        ["call", "PETS", "getPet", "id=1", "--timeout", "0"],
        ["call", "PETS", "getPet", "id=1", "--header", "nonsense"],
        ["call", "PETS", "POST /notes", "--body", "@/not/there"],
        ["call", "FORM", "send", "--form", "file=@/not/there"],
        ["call", "FORM", "send", "--form", "file"],
        ["call", "FORM", "send", "--form", "note=a", "--form", "note=b"],
        ["call", "FORM", "send", "--form", "file=@{folder}", "--form", "note=x"],
        ["call", "FORM", "send", "--form", "note=a", "--body", "{}"],
        ["check", "/not/there", "--spec", "PETS"],
        ["check", "PETS", "--spec", "PETS"],
        ["mock", "PETS", "--port", "99999"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2(pets: str, form: str, arguments: list[str]) -> None:
    """Every mistake of the user gets a message and no traceback."""
    names = {"PETS": pets, "FORM": form}
    result = run(*(names.get(argument, argument.replace("{folder}", str(Path(form).parent))) for argument in arguments))
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert result.stdout == ""


def test_no_connection_is_exit_code_3(pets: str) -> None:
    """The message names the call and shows no credentials."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        result = get_pet(pets, f"http://127.0.0.1:{closed.getsockname()[1]}", "id=5")
    assert result.exit_code == 3
    assert "no connection" in result.stderr
    assert SECRET not in result.stderr


def test_no_answer_in_time_is_exit_code_3(pets: str) -> None:
    """`--timeout` limits the wait."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        result = get_pet(pets, f"http://127.0.0.1:{silent.getsockname()[1]}", "id=5", "--timeout", "0.2")
    assert result.exit_code == 3


def test_check_reports_no_findings_for_recordings_that_are_as_documented() -> None:
    """Exit code 0, with what was judged and the coverage in a line each."""
    result = run("check", str(CASSETTES / "pieces_os"), "--spec", "pieces_os")
    assert result.exit_code == 0
    assert (
        "Findings: 1 info, 2 hints." in result.output
    )  # where they were recorded, and two properties of an open schema
    assert "Coverage: operations 1/1" in result.output


def wrong_cassette(folder: Path) -> Path:
    """Write a recording that breaks the document."""
    recorded = (CASSETTES / "pieces_os" / "paddle_checkout_update_status-200-warning.yaml").read_text("utf-8")
    path = folder / "broken.yaml"
    path.write_text(recorded.replace('"type":"checkout.warning"', '"type":"checkout.wrong"'), "utf-8")
    return path


@pytest.mark.parametrize("engine", ["dynclient", "openapi-core"])
def test_check_reports_traffic_that_breaks_the_document(tmp_path: Path, engine: str) -> None:
    """Findings are exit code 1, with both judges; each says which line of the document, and who is at fault."""
    result = run("check", str(wrong_cassette(tmp_path)), "--spec", "pieces_os", "--engine", engine)
    assert result.exit_code == 1
    assert "request/body/" in result.output
    assert "the document is stricter than the server" in result.output
    assert re.search(r"\.yaml:\d+", result.output)


def test_check_prints_the_report_as_json(tmp_path: Path) -> None:
    """Programs read it: its members are a contract."""
    result = run("check", str(wrong_cassette(tmp_path)), "--spec", "pieces_os", "--json")
    report = json.loads(result.output)
    assert (report["recordings"], report["exchanges"]["judged"]) == (1, 1)
    contract = {
        "rule",
        "severity",
        "fault",
        "operations",
        "side",
        "document",
        "message",
        "count",
        "replies",
        "recorded",
        "examples",
    }
    assert contract == set(report["findings"][0])


@pytest.mark.parametrize(("level", "code"), [("never", 0), ("error", 1), ("hint", 1)])
def test_check_fails_on_the_severity_that_the_user_names(tmp_path: Path, level: str, code: int) -> None:
    """And above it."""
    arguments = "check", str(wrong_cassette(tmp_path)), "--spec", "pieces_os", "--fail-on", level
    assert run(*arguments).exit_code == code


def test_check_shows_only_what_a_baseline_does_not_have(tmp_path: Path) -> None:
    """`--write-baseline` makes it."""
    baseline = tmp_path / "baseline.json"
    arguments = "check", str(wrong_cassette(tmp_path)), "--spec", "pieces_os"
    assert run(*arguments).exit_code == 1
    written = run(*arguments, "--write-baseline", str(baseline))
    assert (written.exit_code, f"written: {baseline}" in written.stderr) == (0, True)  # all of it was just accepted
    assert run(*arguments, "--baseline", str(baseline)).exit_code == 0
    baseline.write_text("[]")
    result = run(*arguments, "--baseline", str(baseline))
    assert (result.exit_code, "not a baseline" in result.stderr) == (2, True)


def test_check_obeys_the_file_of_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules are silenced or rated anew in `dynclient.toml`."""
    settings = tmp_path / "dynclient.toml"
    monkeypatch.setenv("DYNCLIENT_CONFIG", str(settings))
    settings.write_text('[[traffic]]\nrule = "request/body/*"\nseverity = "off"\n')
    arguments = "check", str(wrong_cassette(tmp_path)), "--spec", "pieces_os"
    assert run(*arguments).exit_code == 0
    settings.write_text('[[traffic]]\nrule = "request/body/nothing"\nseverity = "off"\n')
    result = run(*arguments)
    assert (result.exit_code, "there is no rule 'request/body/nothing'" in result.stderr) == (2, True)


@pytest.mark.parametrize("option", ["-v", "--json"])
def test_check_prints_no_secret(tmp_path: Path, option: str) -> None:
    """Wherever it stands in the recordings."""
    file = tmp_path / "recorded.json"
    file.write_text(json.dumps({"version": 1, "interactions": hiding_places()}))
    result = run("check", str(file), "--spec", str(SHOP), option)
    assert result.exit_code == 1
    assert not [text for text in (HIDDEN_SECRET, TOKEN, LONG) if text in result.output + result.stderr]


def test_check_refuses_to_judge_traffic_of_another_api() -> None:
    """A run that judged nothing is no success."""
    result = run("check", str(CASSETTES / "pieces_os"), "--spec", "order_capture")
    assert result.exit_code == 1
    assert "did you mean --server" in result.output


def environment() -> dict[str, str]:
    """Return the environment of the program in its own process."""
    return {**os.environ, **ENV, "PYTHONPATH": str(Path(__file__).parent.parent)}


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start the program in its own process."""
    pipe = subprocess.PIPE
    return subprocess.Popen([*PROGRAM, *arguments], stdout=pipe, stderr=pipe, text=True, env=environment())  # noqa: S603  our own


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_mock_cleanly(number: signal.Signals) -> None:
    """The URL is the first line; Ctrl-C and SIGTERM are exit code 0, without a traceback."""
    with start("mock", "pieces_os") as program:
        assert program.stdout is not None
        url = program.stdout.readline().strip()
        body = '{"type": "checkout.warning"}'
        called = run(
            "call",
            "pieces_os",
            "paddle_checkout_update_status",
            "--body",
            body,
            "--server",
            url,
            "--auth",
            "application=env:KEY",
        )
        program.send_signal(number)
        _, errors = program.communicate(timeout=60)
    assert called.output == "processed\n"
    assert program.returncode == 0
    assert "Traceback" not in errors


def test_a_port_that_is_taken_is_wrong_usage() -> None:
    """The message says so in a sentence."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("mock", "pieces_os", "--port", str(port))
    assert result.exit_code == 2
    assert f"Error: cannot listen on 127.0.0.1, port {port}: Address already in use" in result.stderr


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ([], 'GET /pets/x 400 getPet * ms; path /id: "x" is not of type integer; security: *'),
        (["--judge", "openapi-core"], "GET /pets/x 401 getPet * ms; security: *"),
        (["--no-validate"], "GET /pets/x 200 getPet * ms"),
    ],
)
def test_the_mock_says_what_it_answers_and_why(pets: str, options: list[str], line: str) -> None:
    """A line for each request on standard error; `--judge` and `--no-validate` say who judges."""
    with start("mock", pets, *options) as program:
        assert program.stdout is not None
        requests.get(f"{program.stdout.readline().strip()}/pets/x", timeout=60)
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=60)
    (found,) = [text for text in errors.splitlines() if text.startswith("GET ")]
    assert fnmatch(found, line)


def test_ctrl_c_ends_a_call_without_a_traceback(pets: str) -> None:
    """Exit code 130, as in shells."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)  # a program that dies before it connects must not hang the test
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with start("call", pets, "getPet", "id=5", "--server", url, "--auth=basic=env:PAIR", "--timeout=9") as program:
            connection, _ = silent.accept()
            with connection:
                connection.recv(1)
                program.send_signal(signal.SIGINT)
                _, errors = program.communicate(timeout=60)
    assert program.returncode == 130, errors
    assert "Traceback" not in errors


def test_a_closed_pipe_is_not_an_error() -> None:
    """`dynclient ... | head -1` ends without a traceback."""
    read, write = os.pipe()
    os.close(read)
    command = [*PROGRAM, "show", "order_capture", "createCheckout"]
    program = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, env=environment(), check=False)  # noqa: S603  our own
    os.close(write)
    assert (program.returncode, program.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_output_that_cannot_be_written_is_an_error() -> None:
    """And no finding of a check, which exits with 1."""
    command = [sys.executable, "-m", "dynclient", "ops", "order_capture"]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603  our own program
    assert (done.returncode, done.stderr) == (2, "Error: the output cannot be written: No space left on device\n")


def test_listing_operations_imports_nothing_heavy() -> None:
    """rich, requests, the web server and openapi-core cost time that `ops` does not need."""
    code = (
        "import sys; from dynclient.cli import cli; cli(['ops', 'pieces_os'], standalone_mode=False); "
        "print([name for name in ('rich', 'requests', 'werkzeug', 'openapi_core') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())  # noqa: S603  our own
    assert done.stdout.splitlines()[-1] == "[]"


def test_an_overlay_corrects_the_document_that_a_command_uses(tmp_path: Path) -> None:
    """OpenAPI Overlays, from the command line."""
    path = tmp_path / "overlay.yaml"
    path.write_text(
        "overlay: 1.0.0\ninfo: {title: rename, version: '1'}\nactions:\n"
        "- target: $.paths['/paddle_checkout/update_status'].post\n  update: {summary: Renamed}\n"
    )
    result = run("ops", "pieces_os", "--overlay", str(path))
    assert (result.exit_code, "Renamed" in result.output) == (0, True)


def test_the_command_line_names_its_own_options(tmp_path: Path) -> None:
    """Not those of Python."""
    (tmp_path / "in").mkdir()
    path = tmp_path / "in/a.yaml"
    path.write_text("openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {/a: {$ref: ../b.yaml}}")
    assert "is on the network (--fetch allows that)" in run("ops", "http://127.0.0.1:1/a.yaml").stderr
    assert "(--root PATH allows more)" in run("ops", str(path), "--strict").stderr


def test_references_lead_into_a_root_that_is_allowed(tmp_path: Path) -> None:
    """Besides the folder of the document, and nowhere else."""
    (tmp_path / "api").mkdir()
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "item.yaml").write_text("get: {operationId: getThing, responses: {}}\n")
    path = tmp_path / "api" / "api.yaml"
    path.write_text(
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {/a: {$ref: ../shared/item.yaml}}\n", "utf-8"
    )
    assert "getThing" in run("ops", str(path), "--root", str(tmp_path / "shared")).output
    assert "getThing" not in run("ops", str(path)).output


def test_strict_refuses_a_document_with_a_fault(tmp_path: Path) -> None:
    """The message lists every fault; exit code 2."""
    path = tmp_path / "faulty.yaml"
    path.write_text("openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  /a/{id}:\n    get: {responses: {}}\n")
    assert run("ops", str(path)).exit_code == 0
    result = run("ops", str(path), "--strict")
    assert (result.exit_code, "id" in result.stderr) == (2, True)


def test_the_cache_is_shown_and_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As text and as JSON; other files in the folder stay."""
    monkeypatch.setenv("DYNCLIENT_CACHE", str(tmp_path))
    monkeypatch.setenv("DYNCLIENT_CACHE_MIN_SIZE", "0")
    folder = tmp_path / "documents"
    load(PETS.encode())
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert run("cache", "path").output == f"{folder}\n"
    assert run("cache", "info").output == f"1 document, {size:,} bytes in {folder}\n"
    assert json.loads(run("cache", "info", "--json").output) == {"folder": str(folder), "documents": 1, "bytes": size}
    (folder / "mine.txt").touch()
    assert run("cache", "clear").output == f"removed 1 file, {size:,} bytes\n"
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_a_cache_that_is_off_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No command fails."""
    monkeypatch.setenv("DYNCLIENT_CACHE", "off")
    assert [run("cache", name).output for name in ("path", "info")] == ["off\n", "off\n"]
    assert (run("cache", "clear").exit_code, run("cache", "clear").output) == (0, "removed 0 files, 0 bytes\n")


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--max-reply", "5"), "is larger than 5 bytes (--max-reply raises that)"),
        (("--total-timeout", "0.3"), "bytes so far) within 0.3 s for the whole call (--total-timeout raises that)"),
        (("--max-reply", "0"), "'0' is not a number above 0, or none"),
        (("--timeout", "none", "--max-reply", "none", "--max-ratio", "none", "--total-timeout", "none"), ""),
    ],
)
def test_a_limit_is_named_as_the_caller_spells_it(pets: str, serve: Any, option: tuple[str, ...], said: str) -> None:
    """And `none` lifts it."""
    slow = "--total-timeout" in option and said

    def answer(_: Any) -> Iterator[bytes]:
        whole = reply(200, {"id": 7})
        yield from (bytes([byte]) for byte in whole[:-1])
        server.closing.wait(1 if slow else 0)
        yield whole[-1:]

    server = serve(answer)
    result = get_pet(pets, server.url, "id=7", *option)
    assert said in result.stderr
    assert bool(result.exit_code) is bool(said)


def test_a_document_is_fetched_with_header_fields(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret one comes from a variable or a file, and is sent only to the document's own server."""
    monkeypatch.setenv("KEY", SECRET)
    spec = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {/fetched: {get: {responses: {}}}}\n"
    server = serve(lambda request: reply(data=spec) if request.headers.get("authorization") == SECRET else reply(401))
    url = f"{server.url}/a.yaml"
    assert "(--fetch-header 'NAME: env:VARIABLE' sends header fields)" in run("ops", url, "--fetch").stderr
    assert "/fetched" in run("ops", url, "--fetch-header", "Authorization: env:KEY").output
    refused = run("ops", url, "--fetch-header", f"Authorization: {SECRET}")
    assert (refused.exit_code, SECRET in refused.output) == (2, False)


def test_limits_and_the_cache_are_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every command that opens a document."""
    monkeypatch.setenv("DYNCLIENT_CACHE_MIN_SIZE", "0")
    assert (
        "nested deeper than 3 levels (--limit depth=NUMBER raises that)"
        in run("ops", "pieces_os", "--limit", "depth=3", "--limit", "size=99999999").stderr
    )
    assert run("ops", "pieces_os", "--cache", str(tmp_path)).exit_code == 0
    assert len(list((tmp_path / "documents").iterdir())) == 1


@pytest.mark.parametrize(
    ("limit", "said"),
    [("width=3", "--limit: there is no limit 'width' (did you mean depth?)"),
     ("x=3", "there is no limit 'x' (it has size, depth"), ("depth=x", "--limit depth must be a whole number above 0, not 'x'"),
     ("depth=0", "above 0"), ("depth", "must be NAME=VALUE"), ("size=" + "9" * 30, "above 0")],
)  # fmt: skip
def test_a_wrong_limit_is_refused(limit: str, said: str) -> None:
    """With those that there are."""
    found = run("ops", "pieces_os", "--limit", limit)
    assert (found.exit_code, said in found.stderr) == (2, True)


def test_what_an_overlay_changes_of_the_servers_is_said(tmp_path: Path) -> None:
    """On standard error."""
    (tmp_path / "o.yaml").write_text(
        "overlay: 1.0.0\ninfo: {title: o, version: '1'}\nactions:\n- target: $\n  update: {servers: [{url: 'http://other'}]}\n"
    )
    found = run("ops", "pieces_os", "--overlay", str(tmp_path / "o.yaml"))
    assert "Warning: an overlay changes the servers of the document to" in found.stderr
    assert "http://other" in found.stderr


def test_schema_shows_a_schema() -> None:
    """Its description, and its members with types, values and limits; as JSON too."""
    page = run("schema", "order_capture", "ShippingContact").stdout
    assert page.startswith("ShippingContact: object\n")
    assert "Members  * required" in page
    assert json.loads(run("schema", "order_capture", "CheckoutRequest.items", "--json").stdout)["items"] == {
        "type": "ItemRequest"
    }
    assert run("schema", "order_capture", "CheckoutRequst").exit_code == 2


def test_all_pages_are_lines_of_json(serve: Serve, tmp_path: Path) -> None:
    """As many as wanted."""
    path = tmp_path / "spec.json"
    parameters = [{"name": "page", "in": "query", "schema": {"type": "integer"}}]
    found = {"get": {"operationId": "list", "parameters": parameters, "responses": {"200": {"description": "OK"}}}}
    path.write_text(
        json.dumps({"openapi": "3.0.3", "info": {"title": "P", "version": "1"}, "paths": {"/p": found}}), "utf-8"
    )
    pages = {"/p": [1, 2], "/p?page=2": [{"a": "ü"}, 4], "/p?page=3": []}
    server = serve(lambda request: reply(data=pages[request.target]))
    result = run("call", str(path), "list", "--server", server.url, "--all")
    assert (result.exit_code, result.stdout) == (0, '1\n2\n{"a":"ü"}\n4\n')
    result = run("call", str(path), "list", "--server", server.url, "--all", "--max-pages", "1")
    assert (result.exit_code, result.stdout) == (0, "1\n2\n")


def test_progress_is_shown_on_standard_error(pets: str, url: str) -> None:
    """When it is asked for; the data stays alone on standard output."""
    command = [*PROGRAM, "call", pets, "getBlob", "--server", url]
    done = subprocess.run([*command, "--progress"], capture_output=True, check=True)  # noqa: S603  our own
    plain = subprocess.run(command, capture_output=True, check=True)  # noqa: S603  our own
    assert b"download" in done.stderr
    assert (done.stdout, plain.stderr) == (plain.stdout, b"")


@pytest.mark.parametrize(
    "command", [("show",), ("call", "--dry-run", "--auth", "basic=env:PAIR", "--server", "http://127.0.0.1:9")]
)
@pytest.mark.parametrize("name", ["fetchPet", "fetch_pet", "fetch-pet"])
def test_a_former_name_works_and_says_the_new_one(tmp_path: Path, command: tuple[str, ...], name: str) -> None:
    """As in Python, which warns."""
    aliased = tmp_path / "pets.yaml"
    text = PETS.replace("operationId: getPet\n", "operationId: getPet\n      x-dynclient-aliases: [fetchPet]\n")
    aliased.write_text(text, "utf-8")
    given = ["id=1"] if command[0] == "call" else []
    result = run(command[0], str(aliased), name, *given, *command[1:])
    assert "/pets/" in result.stdout
    assert f"Warning: {name} is called get_pet now" in result.stderr


def test_a_document_of_webhooks_alone_says_so(tmp_path: Path) -> None:
    """Instead of only that it has no operations; a program that asks for one is told where they are."""
    hook = {"post": {"responses": {"200": {"description": "OK"}}}}
    document = {"openapi": "3.1.0", "info": {"title": "Hooks", "version": "1"}, "webhooks": {"newPet": hook}}
    path = tmp_path / "hooks.json"
    path.write_text(json.dumps(document), "utf-8")
    expected = "There are no operations. The server calls 1 webhook (`client.webhooks`).\n"
    assert run("ops", str(path)).stderr == expected
    assert "no operation 'newPet' (it is a webhook, which the server calls" in run("show", str(path), "newPet").stderr
    assert "no operation 'x' (it has none)" in run("show", str(path), "x").stderr
    assert repr(dynclient.Client(document).webhooks) == "<1 webhooks of Hooks: POST newPet>"


def test_the_page_of_an_enum_lists_its_values_once(tmp_path: Path) -> None:
    """Some have all currencies."""
    path = tmp_path / "spec.json"
    schemas = {"Size": {"type": "string", "enum": ["S", "M"]}}
    document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "components": {"schemas": schemas}}
    path.write_text(json.dumps(document), "utf-8")
    assert run("schema", str(path), "Size").stdout == 'Size\n\n  one of "S", "M"\n'
