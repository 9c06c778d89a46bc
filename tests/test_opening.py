"""The catalog: documents by name and version."""

from pathlib import Path

import pytest

from dynclient import Client, SpecError
from dynclient import opening as room
from dynclient.opening import apis, load

SPEC = 'openapi: 3.0.3\ninfo: {{title: T, version: "{}"}}\npaths: {{}}\n'


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalog of one API in several versions."""
    (tmp_path / "demo").mkdir()
    for version in ("1.9.0", "1.10.0", "1.10.0-rc1", "1.10.0-rc2"):
        (tmp_path / "demo" / f"{version}.yaml").write_text(SPEC.format(version), "utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "README.md").write_text("no document", "utf-8")
    monkeypatch.setattr(room, "catalog_folder", lambda: tmp_path)
    return tmp_path


def test_the_documents_that_come_with_the_package_are_there() -> None:
    """Each is found by its name."""
    assert {"order_capture", "pieces_os"} <= apis().keys()
    assert [load(name).version for name in ("order_capture", "pieces_os")] == ["3.0", "3.0"]


@pytest.mark.usefixtures("shelf")
def test_versions_are_ordered_by_their_numbers() -> None:
    """And a candidate stands before its release."""
    assert list(apis()) == ["demo"]
    assert list(apis()["demo"]) == ["1.9.0", "1.10.0-rc1", "1.10.0-rc2", "1.10.0"]


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(("version", "found"), [(None, "1.10.0"), ("1.9.0", "1.9.0"), ("1.10.0-rc1", "1.10.0-rc1")])
def test_a_version_can_be_chosen(version: str | None, found: str) -> None:
    """The newest when none is."""
    assert load("demo", version).info["version"] == found
    assert Client("demo", version=version).document.info["version"] == found


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("name", "version", "message"),
    [
        ("demmo", None, "no such file and no such API in the catalog; did you mean demo"),
        ("zzz", None, "the catalog has demo"),
        ("empty", None, "no such API"),
        ("demo", "2.0.0", "cannot find demo 2.0.0\n.*the catalog has 1.9.0, 1.10.0-rc1, 1.10.0-rc2, 1.10.0"),
        ("..", None, "cannot"),
        ("", None, "cannot"),
        ("openapi: 3.0.3\ninfo: {title: T}\n" + "#" * 300, None, "cannot"),
        ("a\0b", None, "cannot"),
    ],
)
def test_what_is_not_there_is_said_to_be_so(name: str, version: str | None, message: str) -> None:
    """With what there is."""
    with pytest.raises(SpecError, match=message):
        load(name, version)


def test_only_the_catalog_has_versions(shelf: Path) -> None:
    """A path names one document."""
    with pytest.raises(SpecError, match="only a name of the catalog has versions"):
        load(shelf / "demo" / "1.9.0.yaml", "1.9.0")


def test_a_document_is_opened_once_until_its_file_changes(shelf: Path) -> None:
    """It is shared by all that use it."""
    first = load("demo")
    assert load("demo") is first
    (shelf / "demo" / "1.10.0.yaml").write_text(SPEC.format("1.10.0+b"), "utf-8")
    assert load("demo").info["version"] == "1.10.0+b"


def test_a_file_may_be_given_by_its_path(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Absolute, relative, or its bare name where it lies."""
    path = shelf / "demo" / "1.9.0.yaml"
    monkeypatch.chdir(path.parent)
    found = [load(path), load(str(path)), load("1.9.0.yaml"), load("./1.9.0.yaml")]
    assert [document.info["version"] for document in found] == ["1.9.0"] * 4


def test_a_document_of_the_catalog_is_kept_where_it_is_told(tmp_path: Path) -> None:
    """Or nowhere; it is the same document."""
    kept = load("order_capture", cache=tmp_path)
    assert [path.suffix for path in (tmp_path / "documents").iterdir()] == [".slices"]
    assert kept.data == load("order_capture", cache=False).data
