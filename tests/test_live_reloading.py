"""Watching: a document is read again when its file changes, and the last good one is kept."""

import logging
import threading
from pathlib import Path
from typing import Any

import pytest

from dynclient import Client, DynclientWarning
from dynclient.catalog import shelves
from dynclient.live import reloading
from dynclient.live.reloading import FileWatch

SPEC = """openapi: 3.1.0
info: {title: Shop, version: same}
paths: {/PATH: {get: {operationId: getPet, responses: {"200": {$ref: "common.json#/ok"}}}}}
"""


def write(path: Path, name: str) -> Path:
    """Write a document whose operation has this path."""
    path.write_text(SPEC.replace("PATH", name), "utf-8")
    path.with_name("common.json").write_text('{"ok": {"description": "OK"}}', "utf-8")
    return path


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of documents with two versions, the first of which is pinned."""
    monkeypatch.setattr(shelves, "packaged_shelf", lambda: tmp_path / "none")
    monkeypatch.chdir(tmp_path)
    for number in ("1", "2"):
        (tmp_path / "specs" / "shop" / number).mkdir(parents=True)
        write(tmp_path / "specs" / "shop" / number / "openapi.yaml", f"v{number}")
    (tmp_path / "specs" / "dynclient.toml").write_text('[apis.shop]\nversion = "1"', "utf-8")
    return tmp_path / "specs"


def watched(spec: Any, **options: Any) -> tuple[Client, Any]:
    """A client, the URL that it calls, and a function that looks at its files."""
    client = Client(spec, server="http://h", **options)
    watch = FileWatch(client._core, options.get("version"))
    return client, lambda: watch.look(client._core)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """And nothing happens without a change."""
    path = write(tmp_path / "shop.yaml", "a")
    client, look = watched(path)
    held, first = client.get_pet, client.document
    look()
    assert client.document is first
    write(path, "other")
    look()
    assert held.prepare().url == "http://h/other"


def test_a_file_that_it_refers_to_counts(shop: Path) -> None:
    """In the catalog, too."""
    client, look = watched("shop")
    assert client.operations["getPet"].replies["200"].description == "OK"
    (shop / "shop" / "1" / "common.json").write_text('{"ok": {"description": "Changed"}}', "utf-8")
    look()
    assert client.operations["getPet"].replies["200"].description == "Changed"


def test_another_pin_swaps_the_version(shop: Path) -> None:
    """Unless a version was named, by an argument or by `use`."""
    client, look = watched("shop")
    named, look_named = watched("shop", version="1")
    told, look_told = watched("shop")
    told.use("1")
    (shop / "dynclient.toml").write_text('[apis.shop]\nversion = "2.x"', "utf-8")
    for each in (look, look_named, look_told):
        each()
    assert [each.get_pet.prepare().url for each in (client, named)] == ["http://h/v2", "http://h/v1"]
    told.use("2")
    look_told()
    assert told.get_pet.prepare().url == "http://h/v2"


def test_a_version_in_the_name_stays(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that is an argument does."""
    taken: list[Any] = []

    def start(watch: FileWatch) -> None:
        taken.append(watch)

    monkeypatch.setattr(FileWatch, "start", start)
    client = Client("shop@1", server="http://h", watch=True)
    (shop / "dynclient.toml").write_text('[apis.shop]\nversion = "2.x"', "utf-8")
    taken[0].look(client._core)
    assert client.get_pet.prepare().url == "http://h/v1"


def test_a_broken_document_takes_no_place(shop: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The last good one stays in use, with one warning that names file and line; a mended one takes its place."""
    client, look = watched("shop")
    path = shop / "shop" / "1" / "openapi.yaml"
    path.write_text("openapi: [", "utf-8")
    with caplog.at_level(logging.WARNING, "dynclient"), pytest.warns(DynclientWarning, match=r"openapi\.yaml:2:1"):
        look()
    look()
    assert len(caplog.records) == 1
    assert client.get_pet.prepare().url == "http://h/v1"
    path.unlink()
    with pytest.warns(DynclientWarning, match="^Shop .* stays in use, since what has changed cannot be used"):
        look()
    write(path, "mended")
    look()
    assert client.get_pet.prepare().url == "http://h/mended"


@pytest.mark.parametrize("asked", [None, ">=1"])
def test_a_version_that_is_gone_stays_in_use(shop: Path, asked: str | None) -> None:
    """The next lower one takes its place only if somebody asks for it; one that would be chosen before it does at once."""
    (shop / "dynclient.toml").unlink()
    options = {"version": asked} if asked else {}
    client, look = watched("shop", **options)
    held = shop / "shop" / "2"
    held.rename(shop / "away")
    with pytest.warns(DynclientWarning, match=r"openapi\.yaml again\n.*it is gone"):
        look()
    look()
    assert client.get_pet.prepare().url == "http://h/v2"
    (shop / "away").rename(held)
    write(held / "openapi.yaml", "back")
    look()
    assert client.get_pet.prepare().url == "http://h/back"
    held.rename(shop / "shop" / "3")
    look()
    assert client.document.identity == "3"


def test_a_pin_counts_though_the_version_in_use_is_gone(shop: Path) -> None:
    """It was asked for."""
    (shop / "dynclient.toml").write_text('[apis.shop]\nversion = "2"', "utf-8")
    client, look = watched("shop")
    (shop / "shop" / "2").rename(shop / "away")
    (shop / "dynclient.toml").write_text('[apis.shop]\nversion = "1"', "utf-8")
    look()
    assert client.get_pet.prepare().url == "http://h/v1"


def test_broken_settings_change_nothing(shop: Path) -> None:
    """They are named with their line."""
    client, look = watched("shop")
    (shop / "dynclient.toml").write_text("[apis.shop", "utf-8")
    with pytest.warns(DynclientWarning, match=r"dynclient\.toml:1"):
        look()
    assert client.get_pet.prepare().url == "http://h/v1"


def test_a_client_watches_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it is closed."""
    monkeypatch.setattr(reloading, "_PAUSE", 0.001)
    path = write(tmp_path / "shop.yaml", "a")
    before = set(threading.enumerate())
    with Client(path, server="http://h", watch=True) as client:
        thread = next(each for each in set(threading.enumerate()) - before if each.name == "dynclient-watch")
        write(path, "other")
        for _ in range(10_000):
            if client.get_pet.prepare().url == "http://h/other":
                break
            thread.join(0.005)
        assert client.get_pet.prepare().url == "http://h/other"
    thread.join(30)
    assert not thread.is_alive()
