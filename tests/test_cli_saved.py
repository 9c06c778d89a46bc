"""Saved APIs: names of the user's own for a document, a server and credentials; and their profiles."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import Serve
from servers import Loopback, reply

from dynclient.cli.program import cli

SECRET = "fake-secret-0815"
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Pets", "version": "1"},
    "security": [{"key": []}],
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "Key"}}},
    "paths": {
        "/pets/{id}": {
            "get": {
                "operationId": "getPet",
                "summary": "Read a pet",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {"200": {"description": "OK"}},
            }
        }
    },
}


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The document, named from its own folder; the file of saved APIs is in another."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DYNCLIENT_APIS", str(tmp_path / "config" / "apis.toml"))
    monkeypatch.setenv("KEY", SECRET)
    monkeypatch.setenv("STAGING_KEY", "fake-staging")
    (tmp_path / "pets.json").write_text(json.dumps(DOCUMENT), "utf-8")
    return "pets.json"


@pytest.fixture
def server(serve: Serve) -> Loopback:
    """A server that answers everything."""
    return serve(reply(200))


def run(*arguments: str) -> Result:
    """Run the program."""
    return CliRunner().invoke(cli, arguments)


def well(*arguments: str) -> str:
    """Run the program without an error, and return what it prints."""
    result = run(*arguments)
    assert (result.exit_code, "Error" in result.stderr) == (0, False), result.stderr
    return result.stdout


def test_a_saved_api_is_called_by_its_name(
    spec: str, server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From any folder, with its server and its credentials, in each spelling of an operation's name."""
    assert well("api", "add", "zoo", spec, "--server", server.url, "--auth", "key=env:KEY") == "zoo\n"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for name in ("getPet", "get_pet", "get-pet", "GET /pets/{id}"):
        well("zoo", name, "id=7")
        assert (server.last.target, server.last.headers["key"]) == ("/pets/7", SECRET)
    well("call", "zoo", "get-pet", "id=8")
    assert server.last.target == "/pets/8"


def test_a_saved_api_is_a_spec_for_every_command(spec: str) -> None:
    """And its own command lists its operations, or shows one."""
    well("api", "add", "zoo", spec)
    listed = "get_pet\tgetPet\tGET\t/pets/{id}\tRead a pet\n"
    assert [well("ops", "zoo"), well("zoo")] == [listed, listed]
    assert "Read a pet" in well("show", "zoo", "get-pet")
    assert "class Client" in well("stubs", "zoo")
    assert "id *  path, integer" in well("zoo", "get-pet", "--help")
    assert "id *  path, integer" in well("call", spec, "get-pet", "-h")
    assert "zoo  Call an operation of zoo." in well("--help")


def test_the_call_that_show_prints_leaves_out_the_credentials_that_are_saved(spec: str) -> None:
    """Of the API, or of its profile, which it names."""
    well("api", "add", "zoo", spec)
    assert "dynclient zoo get_pet id=61 --auth key=env:KEY\n" in well("show", "zoo", "get-pet")
    well("api", "add", "zoo", spec, "--auth", "key=env:KEY", "--replace")
    well("api", "add", "zoo", "--profile", "other", "--server", "https://other.test")
    well("api", "add", "zoo", "--profile", "open", "--auth", "none")
    assert "dynclient zoo get_pet id=61\n" in well("show", "zoo", "get-pet")
    assert "dynclient zoo get_pet id=61\n" in well("zoo", "get-pet", "-h")
    other = "dynclient zoo get_pet --profile other id=61 --auth key=env:KEY\n"
    assert other in well("show", "zoo", "get-pet", "--profile", "other")
    assert "dynclient zoo get_pet --profile open id=61\n" in well("zoo", "get-pet", "-h", "--profile", "open")


def test_the_help_of_an_operation_that_is_not_there_is_wrong_usage(spec: str) -> None:
    """The help of the command is shown, and what is wrong."""
    well("api", "add", "zoo", spec)
    for arguments in (["zoo"], ["call", "zoo"], ["call", spec]):
        result = run(*arguments, "get-pat", "-h")
        assert result.exit_code == 2
        assert "Options of the request" in result.stdout
        assert "Pets has no operation 'get-pat' (did you mean" in result.stderr
    assert run("call", "missing.json", "get-pet", "-h").exit_code == 2


def test_a_profile_has_a_server_and_credentials_of_its_own(
    spec: str, server: Loopback, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named by an option or by the environment; `default` is the API without one."""
    staging = serve(reply(200))
    well("api", "add", "zoo", spec, "--server", server.url, "--auth", "key=env:KEY")
    well("api", "add", "zoo", "--profile", "staging", "--server", staging.url, "--auth", "key=env:STAGING_KEY")
    well("zoo", "get-pet", "id=1", "--profile", "staging")
    monkeypatch.setenv("DYNCLIENT_PROFILE", "staging")
    well("zoo", "get-pet", "id=2")
    assert [(each.target, each.headers["key"]) for each in staging.received] == [
        ("/pets/1", "fake-staging"), ("/pets/2", "fake-staging"),
    ]  # fmt: skip
    well("zoo", "get-pet", "id=3", "--profile", "default")
    assert (server.last.target, server.last.headers["key"]) == ("/pets/3", SECRET)


def test_credentials_go_to_their_own_server_alone(spec: str, server: Loopback, serve: Serve) -> None:
    """A profile of another server inherits none, and `--server` names one that gets none."""
    other = serve(reply(200))
    well("api", "add", "zoo", spec, "--server", server.url, "--auth", "key=env:KEY")
    well("api", "add", "zoo", "--profile", "other", "--server", other.url)
    for arguments in (["--profile", "other"], ["--server", other.url]):
        result = run("zoo", "get-pet", "id=1", *arguments)
        assert (result.exit_code, "credentials are missing" in result.stderr) == (2, True)
    assert other.received == []
    well("zoo", "get-pet", "id=1", "--server", f"{server.url}/v2")
    assert (server.last.target, server.last.headers["key"]) == ("/v2/pets/1", SECRET)


def test_what_the_command_line_says_comes_first(spec: str, server: Loopback) -> None:
    """Before what is saved."""
    well(
        "api",
        "add",
        "zoo",
        spec,
        "--server",
        server.url,
        "--auth",
        "key=env:KEY",
        "--header",
        "X-A: saved",
        "--validate",
        "off",
    )
    well("zoo", "get-pet", "id=x")
    assert (server.last.target, server.last.headers["x-a"]) == ("/pets/x", "saved")
    well("zoo", "get-pet", "id=1", "--header", "X-A: given", "--auth", "key=env:STAGING_KEY")
    assert (server.last.headers["x-a"], server.last.headers["key"]) == ("given", "fake-staging")
    assert run("zoo", "get-pet", "id=x", "--validate", "strict").exit_code == 2


def test_the_file_holds_no_secret_and_what_is_written_by_hand_stays(spec: str, tmp_path: Path) -> None:
    """Only where secrets are; comments and other tables are kept."""
    well("api", "add", "zoo", spec, "--auth", f"key=file:{'key.txt'}")
    file = tmp_path / "config" / "apis.toml"
    assert file.read_text("utf-8").splitlines() == [
        "[apis.zoo]", f'spec = "{tmp_path}/pets.json"', f'auth = ["key=file:{tmp_path}/key.txt"]',
    ]  # fmt: skip
    file.write_text(f'# mine\n{file.read_text("utf-8")}\n[apis.zoo.profiles.p]\ntimeout = "5"\n', "utf-8")
    well("api", "add", "zoo", spec, "--timeout", "7", "--replace")
    well("api", "add", "other", "order_capture@2.0.8")
    text = file.read_text("utf-8")
    assert text.startswith("# mine\n")
    assert 'timeout = "7"' in text
    assert json.loads(well("api", "show", "zoo", "--profile", "p", "--json"))["timeout"] == "5"
    assert [api["name"] for api in json.loads(well("api", "list", "--json"))] == ["zoo", "other"]
    assert well("api", "list").splitlines()[0].split("\t") == ["zoo", f"{tmp_path}/pets.json", "", "p"]
    assert sorted(path.name for path in file.parent.iterdir()) == ["apis.toml"]


def test_what_is_saved_means_the_same_in_every_folder(spec: str, tmp_path: Path) -> None:
    """Paths are whole, those of credentials too."""
    files = ["--auth", "key=file:a", "--header", "Authorization: file:b", "--overlay", "o.yaml", "--timeout", "none"]
    (tmp_path / "o.yaml").write_text(
        "overlay: 1.0.0\ninfo: {title: o, version: '1'}\nactions: [{target: $.info, update: {x-a: 1}}]\n"
    )
    well("api", "add", "zoo", spec, *files)
    saved = json.loads(well("api", "show", "zoo", "--json"))
    assert saved["auth"] == [f"key=file:{tmp_path}/a"]
    assert saved["header"] == [f"Authorization: file:{tmp_path}/b"]
    assert (saved["overlay"], saved["timeout"]) == ([f"{tmp_path}/o.yaml"], "none")


def test_an_api_and_a_profile_are_removed(spec: str) -> None:
    """The API with all of its profiles."""
    well("api", "add", "zoo", spec)
    well("api", "add", "zoo", "--profile", "p", "--timeout", "5")
    well("api", "remove", "zoo", "--profile", "p")
    assert json.loads(well("api", "show", "zoo", "--json"))["profiles"] == ["default"]
    well("api", "remove", "zoo")
    assert well("api", "list") == ""
    assert run("zoo").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ops", "pets.json"], "'ops' is a command of dynclient"),
        (["a/b", "pets.json"], "'a/b' cannot be a name"),
        (["zoo"], "name the document: dynclient api add NAME SPEC"),
        (["zoo", "missing.json"], "cannot read missing.json"),
        (["zoo", "pets.json", "--auth", f"key={SECRET}"], "netrc or keyring:SERVICE/USER, not the secret itself"),
        (["zoo", "pets.json", "--auth", "kee=env:KEY"], "Pets has no security scheme 'kee' (did you mean key?)"),
        (
            ["zoo", "pets.json", "--header", f"Key: {SECRET}"],
            "must be env:VARIABLE or file:PATH, not the secret itself",
        ),
        (["zoo", "pets.json", "--header", f"Authorization: {SECRET}"], "must be env:VARIABLE or file:PATH"),
        (["zoo", "pets.json", "--server", f"http://me:{SECRET}@h"], "--server holds a secret"),
        (["zoo", "pets.json", "--server", f"http://h/?api_key={SECRET}"], "--server holds a secret"),
        (["zoo", f"https://h/spec.json?token={SECRET}"], "SPEC holds a secret"),
        (["zoo", "pets.json", "--server", "ftp://h"], "server must be an http(s) URL"),
        (["zoo", "pets.json", "--server", "x.test"], "(write 'http://x.test' or 'https://x.test')"),
        (["saved", "pets.json"], "saved exists already (--replace replaces it)"),
        (["again", "saved"], "saved is a saved API itself"),
        (["new", "--profile", "p", "--timeout", "1"], "there is no API 'new' yet"),
        (["saved", "--profile", "p"], "the profile p must change something"),
        (["saved", "--profile", "default", "--timeout", "1"], "the profile default is the API itself"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_saved_is_refused(spec: str, tmp_path: Path, arguments: list[str], message: str) -> None:
    """With the reason, and no secret in the message or in the file."""
    well("api", "add", "saved", spec)
    before = (tmp_path / "config" / "apis.toml").read_text("utf-8")
    result = run("api", "add", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert SECRET not in result.output
    assert (tmp_path / "config" / "apis.toml").read_text("utf-8") == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["zoo", "get-pet", "--profile", "stagin"], "zoo has no profile 'stagin' (did you mean staging?)"),
        (["ops", "zoo", "--profile", "nope"], "zoo has no profile 'nope' (it has default, staging)"),
        (["ops", "pets.json", "--profile", "staging"], "pets.json is not a saved API"),
        (["zo", "get-pet"], "there is no command and no saved API 'zo' (did you mean zoo?)"),
        (["api", "show", "zo"], "there is no saved API 'zo' (did you mean zoo?)"),
        (["api", "remove", "zoo", "--profile", "x"], "zoo has no profile 'x'"),
        (["zoo", "ops"], "Pets has no operation 'ops'"),
        (["mcp", "zoo", "--operation", "getPat"], "getPat"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_name_is_explained(spec: str, arguments: list[str], message: str) -> None:
    """With the nearest ones."""
    well("api", "add", "zoo", spec)
    well("api", "add", "zoo", "--profile", "staging", "--server", "http://127.0.0.1:9")
    result = run(*arguments)
    assert (result.exit_code, message in result.stderr) == (2, True), result.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[apis.zoo]\nspec = 1", "apis.toml:2: spec must be a text"),
        ("[apis.zoo]\nserver = 'x'", "apis.toml:1: zoo needs a `spec`"),
        ("[apis.zoo]\nspec = 'x'\nsever = 'y'", "apis.toml:3: there is no member 'sever' (did you mean server?)"),
        ("[apis.zoo]\nspec = 'x'\nauth = 'a=env:B'", "apis.toml:3: auth must be a list of texts"),
        ("[apis", "apis.toml:1: "),
        ("apis = 1", "apis must be tables"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_its_line(spec: str, tmp_path: Path, text: str, message: str) -> None:
    """Where an API is used; help and other commands work on."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "apis.toml").write_text(text, "utf-8")
    result = run("api", "show", "zoo")
    assert (result.exit_code, message in result.stderr) == (2, True), result.stderr
    assert run("--help").exit_code == 0
    assert run("demo", "--help").exit_code == 0
    assert spec == "pets.json"


def test_a_name_of_the_catalog_in_the_current_folder_is_found_from_everywhere(
    spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of the catalog is saved with it."""
    (tmp_path / "specs" / "zoo").mkdir(parents=True)
    (tmp_path / spec).rename(tmp_path / "specs" / "zoo" / "1.0.json")
    well("api", "add", "mine", "zoo@1.0")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert well("ops", "mine").startswith("get_pet\t")


def test_a_profile_that_an_api_lacks_is_no_silent_default(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the environment names it; documents that are not saved have no profiles."""
    well("api", "add", "zoo", spec)
    monkeypatch.setenv("DYNCLIENT_PROFILE", "staging")
    assert "zoo has no profile 'staging'" in run("zoo", "get-pet", "id=1").stderr
    assert well("ops", spec).startswith("get_pet")


def test_an_api_with_the_name_of_a_command_is_pointed_at(spec: str, tmp_path: Path) -> None:
    """It may be older than the command, which comes first."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "apis.toml").write_text(f"[apis.mock]\nspec = '{tmp_path}/{spec}'\n", "utf-8")
    assert "`dynclient call mock OPERATION` calls the API" in run("api", "list").stderr
    assert "Serve SPEC" in well("mock", "--help")
    assert well("ops", "mock").startswith("get_pet")


def test_the_file_is_in_the_folder_of_the_users_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the platform has it."""
    monkeypatch.delenv("DYNCLIENT_APIS", raising=False)
    monkeypatch.setattr("platformdirs.user_config_path", lambda name, **_: tmp_path / name)
    well("api", "add", "zoo", "order_capture")
    assert (tmp_path / "dynclient" / "apis.toml").is_file()
