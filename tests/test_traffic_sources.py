"""Where recordings are kept: files, folders, globs, archives, standard input and URLs."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from conftest import Serve
from packing import zstd
from servers import reply

from dynclient.extras import MissingExtra
from dynclient.traffic import sources
from dynclient.traffic.readers import read_recordings
from dynclient.traffic.recording import BrokenRecording, NoRecording, Recorded, Recording
from dynclient.traffic.sources import StoredFile, files_at

ENTRY = {"request": {"method": "GET", "uri": "http://h/ü"}, "response": {"status": {"code": 200}}}
TEXT = json.dumps({"interactions": [ENTRY], "version": 1}, ensure_ascii=False).encode()


def items(paths: sources.Paths, **options: Any) -> list[Recorded]:
    """Read all that the paths stand for."""
    found: list[Recorded] = []
    for file in files_at(paths, **options):
        found += [file] if isinstance(file, BrokenRecording) else read_recordings(file)
    return found


def zipped(**members: bytes) -> bytes:
    """Return a zip archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        b"\xef\xbb\xbf" + TEXT,
        TEXT.decode().encode("utf-16"),
        gzip.compress(TEXT),
        gzip.compress(TEXT[:40]) + gzip.compress(TEXT[40:]),
        gzip.compress(TEXT) + bytes(512),
        zstd.compress(TEXT),
        zlib.compress(TEXT),
        gzip.compress(b"\xef\xbb\xbf" + TEXT),
        zipped(a=gzip.compress(TEXT)),
    ],
    ids=[
        "plain",
        "mark",
        "UTF-16",
        "gzip",
        "gzip in parts",
        "gzip padded",
        "zstd",
        "zlib",
        "gzip and mark",
        "gzip in zip",
    ],
)
def test_compression_and_encoding_are_told_by_content(tmp_path: Path, content: bytes) -> None:
    """The suffix says nothing."""
    (tmp_path / "a.txt").write_bytes(content)
    (item,) = items([tmp_path / "a.txt"])
    assert isinstance(item, Recording)
    assert item.exchange.request.url == "http://h/ü"


def test_a_folder_is_searched_in_a_stable_order(tmp_path: Path) -> None:
    """Files that are no recordings are skipped and counted; hidden folders are left alone."""
    for name in ("b/2.json", "a/1.har", "z.txt", ".git/x.json", "node_modules/y.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"hello" if name == "z.txt" else TEXT)
    found = items([tmp_path])
    names = [os.path.relpath(item.place.file, tmp_path) for item in found]
    assert (names, [type(item) for item in found]) == (
        ["z.txt", "a/1.har", "b/2.json"],
        [NoRecording, Recording, Recording],
    )


def test_a_glob_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the shell did not; what matches need not be a recording."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.json").write_bytes(TEXT)
    (tmp_path / "a" / "2.json").write_bytes(b"[]")
    assert [type(item) for item in items(["**/*.json"])] == [Recording, NoRecording]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("missing.json", "No such file"),
        ("*.nothing", "no file matches"),
        ("empty", "the folder has no files"),
        ("none.json", "not a recording of a known kind"),
        ("nothing.json", "the file is empty"),
        ("cut.gz", "end too early"),
        ("bad.zip", "the zip archive is broken"),
        ("a\0b", "ValueError"),
        ("9" * 5000, "File name too long"),
        ("s3://bucket/key", "--remote"),
    ],
)
def test_a_path_that_stands_for_no_recording_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, words: str
) -> None:
    """And those beside it are read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "none.json").write_bytes(b"{}")
    (tmp_path / "nothing.json").write_bytes(b"")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(TEXT)[:5])
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "good.json").write_bytes(TEXT)
    finding, item = items([path, "good.json"])
    assert isinstance(finding, BrokenRecording)
    assert isinstance(item, Recording)
    assert (finding.rule, finding.place.file) == ("recording/file", path)
    assert words in finding.message


def test_what_stands_before_a_cut_is_read(tmp_path: Path) -> None:
    """A file that was copied while it was written."""
    entries = [{**ENTRY, "noise": os.urandom(200).hex()} for _ in range(2000)]
    (tmp_path / "a").write_bytes(gzip.compress(json.dumps({"interactions": entries}).encode())[:-5000])
    *found, last = items([tmp_path / "a"])
    assert len(found) > 1900
    assert {type(item) for item in found} == {Recording}
    assert isinstance(last, BrokenRecording)


def test_an_archive_is_its_files(tmp_path: Path) -> None:
    """Each under the name of both; those that are no recordings are skipped."""
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(x__1=TEXT, x__2=b"hello"))
    found = items([path])
    assert [item.place.file for item in found] == [f"{path}!x/1", f"{path}!x/2"]
    assert [type(item) for item in found] == [Recording, NoRecording]


def test_an_archive_of_nothing_else_is_a_finding(tmp_path: Path) -> None:
    """The user named it, so it must hold a recording."""
    (tmp_path / "one.zip").write_bytes(zipped(a=b"hello"))
    (tmp_path / "none.zip").write_bytes(zipped())
    found = items([tmp_path / "one.zip", tmp_path / "none.zip"])
    assert [type(item) for item in found] == [BrokenRecording, BrokenRecording]


def test_files_beside_a_recording_stay_in_the_folder(tmp_path: Path) -> None:
    """A recording must not read what the user did not name."""
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "a.json").write_bytes(TEXT)
    (folder / "b.txt").write_bytes(b"beside")
    (tmp_path / "secret.txt").write_bytes(b"fake-secret")
    (tmp_path / "__files").mkdir()
    (tmp_path / "__files" / "c.txt").write_bytes(b"WireMock")
    (file, _) = files_at([folder])
    assert isinstance(file, StoredFile)
    assert [file.beside(name) for name in ("b.txt", "../__files/c.txt", "../secret.txt", "/etc/passwd", "none", "a\0b")] == [
        b"beside", b"WireMock", None, None, None, None,
    ]  # fmt: skip
    (tmp_path / "a.zip").write_bytes(zipped(x__a=TEXT, x__b=b"beside", c=b"above"))
    member = next(iter(files_at([tmp_path / "a.zip"])))
    assert isinstance(member, StoredFile)
    assert [member.beside(name) for name in ("b", "../c", "../../secret.txt")] == [b"beside", b"above", None]


@pytest.mark.parametrize(
    "content", [TEXT, gzip.compress(TEXT), zipped(a=TEXT), b"interactions:\n- " + json.dumps(ENTRY).encode()]
)
def test_standard_input_is_read(content: bytes) -> None:
    """It can be read from the start again, as finding the kind and a list in YAML need."""
    (item,) = items(["-"], stdin=io.BytesIO(content))
    assert isinstance(item, Recording)
    assert item.place.file.startswith("(standard input)")


def test_standard_input_is_read_as_it_comes() -> None:
    """A pipe that is not closed yet has its first exchanges read."""
    receiver, sender = os.pipe()
    with os.fdopen(receiver, "rb") as stream, os.fdopen(sender, "wb", 0) as pipe:
        pipe.write(b"interactions:\n- " + json.dumps({**ENTRY, "noise": "x" * 20_000}).encode() + b"\n- ")
        store = sources.InputStore(stream)
        assert store.open().read(20) == b'interactions:\n- {"re'[:20]


def test_a_file_can_go_to_another_process(tmp_path: Path) -> None:
    """With where it is, not with what is in it."""
    (tmp_path / "a").write_bytes(TEXT)
    (file,) = files_at([tmp_path / "a"])
    assert isinstance(file, StoredFile)
    assert file.head == TEXT
    packed = pickle.dumps(file)
    assert b"interactions" not in packed
    assert [type(item) for item in read_recordings(pickle.loads(packed))] == [Recording]  # noqa: S301  our own


def test_a_url_is_read_only_when_asked_for(serve: Serve) -> None:
    """And then through fsspec; the name shows no credentials."""
    server = serve(reply(200, TEXT, "application/json"))
    url = f"{server.url}/a.json?X-Amz-Signature=fake-signature"
    (finding,) = items([url])
    assert isinstance(finding, BrokenRecording)
    assert not server.received
    (item,) = items([url], remote=True)
    assert isinstance(item, Recording)
    assert {found.place.file for found in (finding, item)} == {f"{server.url}/a.json"}


def test_a_store_of_another_kind_is_read() -> None:
    """A folder and a glob in any file system that fsspec knows."""
    import fsspec  # type: ignore[import-untyped]

    system = fsspec.filesystem("memory")
    system.pipe("/bucket/a.json", TEXT)
    system.pipe("/bucket/b.zip", zipped(x=TEXT))
    assert [type(item) for item in items(["memory://bucket"], remote=True)] == [Recording, Recording]
    assert [type(item) for item in items(["memory://bucket/*.json"], remote=True)] == [Recording]
    (missing,) = items(["memory://bucket/none.json"], remote=True)
    assert isinstance(missing, BrokenRecording)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a user knows what to install; a recording is not to blame."""
    for package, url in (("aiohttp", "https://h/key"), ("fsspec", "s3://bucket/key")):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(MissingExtra, match=r"pip install 'dynclient\[remote\]'"):
            items([url], remote=True)


def test_one_path_is_not_read_letter_by_letter(tmp_path: Path) -> None:
    """A text is an iterable, too, and its letters name the root of the file system."""
    file = tmp_path / "a.json"
    file.write_bytes(TEXT)
    assert [type(each) for each in items(str(file))] == [Recording]
    assert [type(each) for each in items(file)] == [Recording]
    assert sources.size_at(str(file)) == len(TEXT)


def test_a_folder_that_cannot_be_read_is_told_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing ends a run."""
    (tmp_path / "locked").mkdir()
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "a.json").write_bytes(TEXT)
    scan = os.scandir

    def refusing(folder: str) -> Any:
        if str(folder).endswith("locked"):
            raise PermissionError(13, "Permission denied", folder)
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    found = items([tmp_path])
    assert [type(each) for each in found] == [Recording, BrokenRecording]
    assert found[1].place.file == str(tmp_path / "locked")


def test_standard_input_may_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is for a service; it is said as of any file that cannot be read."""
    monkeypatch.setattr("sys.stdin", None)
    (broken,) = files_at(["-"])
    assert isinstance(broken, BrokenRecording)
    assert str(broken.place) == "(standard input)"
