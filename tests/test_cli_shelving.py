"""`dynclient specs`: what is in the catalog, new versions, pins."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import Serve
from servers import reply

from dynclient import load
from dynclient.catalog import shelves
from dynclient.cli.program import cli

SPEC = 'openapi: 3.0.3\ninfo: {{title: My Shop, version: "v{}"}}\npaths: {{}}\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without documents."""
    monkeypatch.setattr(shelves, "packaged_shelf", lambda: tmp_path / "none")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "new.yaml").write_text(SPEC.format("1.0.0"), "utf-8")
    return tmp_path


def run(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["specs", *arguments])


def test_a_document_is_added_pinned_and_listed(project: Path) -> None:
    """By its title and version, or under the names that are given."""
    assert run("add", "new.yaml").stdout == "specs/my_shop/1.0.0.yaml\n"
    assert run("add", "new.yaml", "--version", "2.0.0-rc.1").exit_code == 0
    again = run("add", "new.yaml")
    assert (again.exit_code, "exists already" in again.stderr) == (2, True)
    pinned = run("pin", "my_shop", "1.x")
    assert pinned.exit_code == 0
    text = (project / "specs" / "dynclient.toml").read_text("utf-8")
    assert text == f'[apis.my_shop]\nversion = "1.0.0"\nsha256 = "{load("my_shop").digest}"\n'
    listed = run()
    assert (listed.exit_code, listed.stdout.splitlines()[1:]) == (
        0, [f"  * 1.0.0  {project}/specs/my_shop/1.0.0.yaml", f"    2.0.0-rc.1  preview  {project}/specs/my_shop/2.0.0-rc.1.yaml"],
    )  # fmt: skip
    assert "pinned to 1.0.0 by" in listed.stdout
    assert json.loads(run("--json").stdout)[0]["default"] == "1.0.0"


def test_what_is_wrong_is_listed(project: Path) -> None:
    """A document that does not load, a pin of other content, an impossible pin."""
    run("add", "new.yaml")
    run("pin", "my_shop", "1.0.0")
    path = project / "specs" / "my_shop" / "1.0.0.yaml"
    path.write_text(SPEC.format("1.0.0") + "x-a: 1\n", "utf-8")
    path.with_name("2.0.0.yaml").write_text("openapi: [", "utf-8")
    listed = run()
    assert listed.exit_code == 1
    assert "1.0.0.yaml has changed" in listed.stdout
    assert "2.0.0.yaml:2:1" in listed.stdout
    refused = run("pin", "my_shop", "1.0.0")
    assert (refused.exit_code, "has changed" in refused.stderr) == (2, True)
    (project / "specs" / "dynclient.toml").write_text('[apis.my_shop]\nversion = "7"', "utf-8")
    assert "dynclient.toml:2 says 7" in run().stdout


def test_settings_of_an_api_that_nobody_has_are_listed(project: Path) -> None:
    """A misspelt pin would mean nothing, silently; a table by the title of some document is none."""
    run("add", "new.yaml")
    text = '[apis.my_shpo]\nversion = "1.0.0"\n[apis."Some title"]\ntolerate = []\n'
    (project / "specs" / "dynclient.toml").write_text(text, "utf-8")
    listed = run()
    assert listed.exit_code == 1
    assert (
        "dynclient.toml:1 has settings for it, but the catalog has no such API; did you mean my_shop?" in listed.stdout
    )
    assert "Some title" not in listed.stdout


def test_two_names_of_one_version_are_listed(project: Path) -> None:
    """Neither of them is the default."""
    assert project
    for version in ("1.0", "1.0.0"):
        run("add", "new.yaml", "--version", version)
    listed = run()
    assert (listed.exit_code, "1.0 and 1.0.0 are the same version" in listed.stdout) == (1, True)


def test_a_document_is_added_from_a_url(project: Path, serve: Serve) -> None:
    """Into the folder that is named."""
    url = serve(reply(data=SPEC.format("3").encode(), kind="text/yaml")).url + "/spec.yaml"
    assert run("add", url, "--api", "shop", "--to", "docs").stdout == "docs/shop/3.yaml\n"
    assert (project / "docs" / "shop" / "3.yaml").read_text("utf-8") == SPEC.format("3")
    found = CliRunner().invoke(cli, ["ops", "shop", "--specs", "docs", "--json"])
    assert (found.exit_code, json.loads(found.stdout)) == (0, [])


def test_what_comes_with_the_package_is_pinned_by_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package itself stays as it is."""
    monkeypatch.chdir(tmp_path)
    assert run("pin", "order_capture", "2.1").exit_code == 0
    assert (
        (tmp_path / "dynclient.toml")
        .read_text("utf-8")
        .startswith('[apis.order_capture]\nversion = "2.1.0"\nsha256 = ')
    )
    assert load("order_capture").options.version == "2.1.0"
    assert run("pin", "order_capture", "2.0.8").exit_code == 0
    assert load("order_capture").options.version == "2.0.8"


@pytest.mark.parametrize("settings", ["[apis.my_shop", "[apis.my_shop]\nwebhook_version = 5"])
def test_a_fault_of_the_settings_is_said_once(project: Path, settings: str) -> None:
    """Not once more for each version, nor for each API that the file is for."""
    for version in ("1.0.0", "2.0.0", "3.0.0"):
        run("add", "new.yaml", "--version", version)
    if settings == "[apis.my_shop":
        run("add", "new.yaml", "--api", "other")
    (project / "specs" / "dynclient.toml").write_text(settings, "utf-8")
    listed = run()
    assert listed.exit_code == 1
    assert listed.stdout.count("dynclient.toml:") == 1
    assert listed.stdout.count(".yaml") == (4 if settings == "[apis.my_shop" else 3)
