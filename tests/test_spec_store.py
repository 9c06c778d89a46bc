"""Large documents on disk: the same data cold, warm, damaged and uncached; the folder is shared, bounded and private."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from servers import document

from dynclient import Client, SpecError, load
from dynclient.api.api import Api
from dynclient.spec import jsonvalue, reading, slicing
from dynclient.spec import store as room
from dynclient.spec.document import Document
from dynclient.spec.jsonvalue import Limits
from dynclient.spec.reading import read_source
from dynclient.spec.slices import HEADER, Slices, plain_data
from dynclient.spec.source import Source
from dynclient.spec.store import Store, StoreEntry, store_of

OK = {"200": {"description": "OK", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}}
PET = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"maximum": 2**70}}}
DATA: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        **{f"/pets/{n}": {"get": {"operationId": f"getPet{n}", "responses": OK}} for n in range(100)},
        "/refers": {"$ref": "#/components/pathItems/Shared"},
        "/{id}": {"put": {"responses": OK}, "parameters": [], "get": {"operationId": "", "responses": OK}},
        "x-note": "none",
    },
    "components": {
        "schemas": {"Pet": PET, "": True, "a/b": {"default": '}},"/": {"'}},
        "pathItems": {"Shared": {"post": {"operationId": "share", "responses": OK}}},
        "x-empty": {},
    },
    "tags": [{"name": "é"}],
}
FORMS: dict[str, Callable[[Any], str]] = {
    "small": json.dumps,
    "dense": lambda data: json.dumps(data, separators=(",", ":"), ensure_ascii=False),
    "wide": lambda data: json.dumps(data, indent=2),
    "yaml": lambda data: "# flow style is YAML\n" + json.dumps(data, indent=1),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder for the test, in which documents of every size are cached."""
    monkeypatch.setenv("DYNCLIENT_CACHE", str(tmp_path / "kept"))
    monkeypatch.setenv("DYNCLIENT_CACHE_MIN_SIZE", "0")
    monkeypatch.setattr(StoreEntry, "load", _load)  # no mode of the whole suite
    return tmp_path / "kept" / "documents"


_load = getattr(StoreEntry.load, "__wrapped__", StoreEntry.load)


@pytest.fixture(params=FORMS)
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The document as a file, in each form."""
    path = tmp_path / "pets.any"
    path.write_text(FORMS[request.param](DATA), "utf-8")
    return path


def _nothing(_: object) -> None:
    """The content of an empty file."""


def entries(folder: Path) -> list[Path]:
    """The cached files."""
    return sorted(folder.glob("*"))


def spoil(path: Path, start: int = HEADER) -> None:
    """Change every fourth byte from a place on."""
    raw = bytearray(path.read_bytes())
    raw[start::4] = bytes(byte ^ 0x55 for byte in raw[start::4])
    path.write_bytes(raw)


def test_cached_data_equals_what_was_read(file: Path, folder: Path) -> None:
    """In the same order, with the same types, and opened without reading everything."""
    cold, warm = read_source(file), read_source(file)
    assert (type(cold.data), type(warm.data)) == (dict, Slices)
    assert len(entries(folder)) == 1
    assert json.dumps(plain_data(warm.data)) == json.dumps(cold.data) == json.dumps(DATA)
    assert warm.data == cold.data == DATA
    assert warm.outline == cold.outline


def test_a_cached_document_is_used_like_any_other(file: Path) -> None:
    """Its operations, names, references, lines, problems, overlays and plain data."""
    overlay = {"overlay": "1.0.0", "actions": [{"target": "$.info", "update": {"title": "Cats"}}]}

    def facts(found: Document) -> list[Any]:
        registry = Api(found).operations
        return [
            found.title, found.data, registry.python_names, list(registry), [str(problem) for problem in found.problems],
            registry["getPet7"].reply(200).contents["application/json"].schema.bundle.root,  # type: ignore[union-attr]
            registry["share"].key, found.source.line(("components", "schemas", "Pet")), load(found, overlays=[overlay]).title,
            load(file, overlays=[overlay]).data,
        ]  # fmt: skip

    assert facts(load(file, cache=False)) == facts(load(file)) == facts(load(file))


def test_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    """A call reads its path item and what that refers to."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps({**DATA, "paths": {f"/{n}": {"get": {"operationId": f"o{n}", "description": "x" * slicing._WORTH}} for n in range(9)}}))  # fmt: skip
    read_source(path)
    found = load(path)
    assert Client(found, server="http://a").o3.prepare().url == "http://a/3"
    assert list(found.source.data["paths"]._values) == ["/3"]


@pytest.mark.parametrize("start", [0, 20, HEADER, HEADER + 1, -2000, -300])
def test_damage_changes_nothing_but_the_time(file: Path, folder: Path, start: int) -> None:
    """Wherever it is; a damaged file is written again."""
    read_source(file)
    [entry] = entries(folder)
    good = entry.read_bytes()
    spoil(entry, start)
    damaged = read_source(file)
    assert damaged.outline == read_source(file, cache=False).outline
    assert plain_data(damaged.data) == DATA
    assert entry.read_bytes() == good


@pytest.mark.parametrize("size", [0, 10, HEADER, HEADER + 50])
def test_a_file_that_is_cut_short_changes_nothing(file: Path, folder: Path, size: int) -> None:
    """Whether that happens before or after it is opened."""
    read_source(file)
    [entry] = entries(folder)
    opened = read_source(file)
    os.truncate(entry, size)
    assert plain_data(opened.data) == DATA
    os.truncate(entry, size)
    assert plain_data(read_source(file).data) == DATA


def test_damage_after_the_source_has_changed_is_an_error(file: Path, folder: Path) -> None:
    """Not a stale or wrong answer; opening it again reads the new text."""
    read_source(file)
    opened = read_source(file)
    spoil(entries(folder)[0])
    file.write_text('{"openapi": "3.1.0", "info": {}}', "utf-8")
    with pytest.raises(SpecError, match="has changed since it was opened"):
        plain_data(opened.data)
    assert plain_data(read_source(file).data) == {"openapi": "3.1.0", "info": {}}


def test_an_open_document_stays_readable_when_the_cache_is_cleared(file: Path) -> None:
    """Even when its source is gone."""
    read_source(file)
    opened = read_source(file)
    store_of().clear()  # type: ignore[union-attr]
    file.unlink()
    assert plain_data(opened.data) == DATA


def test_bytes_and_streams_are_cached_too(tmp_path: Path, folder: Path) -> None:
    """By their content, not by their names."""
    path = tmp_path / "pets.yaml"
    path.write_text(json.dumps(DATA), "utf-8")
    with path.open(encoding="utf-8") as text, path.open("rb") as binary:
        found = [read_source(path.read_bytes()), read_source(binary), read_source(text)]
    assert [type(source.data) for source in found] == [dict, Slices, Slices]
    assert len(entries(folder)) == 1
    spoil(entries(folder)[0])
    assert [plain_data(source.data) for source in found] == [DATA] * 3
    assert found[2].line(("paths",)) == 1


def test_limits_and_changes_are_part_of_the_key(file: Path, folder: Path) -> None:
    """A text that was accepted under other limits is checked again."""
    read_source(file)
    with pytest.raises(SpecError, match="nested deeper"):
        read_source(file, Limits(depth=3))
    file.write_text(file.read_text("utf-8").replace("Pets", "Cats"), "utf-8")
    assert read_source(file).data["info"]["title"] == "Cats"
    assert len(entries(folder)) == 2


def test_another_version_of_the_package_has_its_own_files(file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """Each has its own."""
    read_source(file)
    monkeypatch.setattr(room, "__version__", "0.0.0")
    assert isinstance(read_source(file).data, dict)
    assert len(entries(folder)) == 2


def test_a_file_under_the_name_of_another_is_foreign(tmp_path: Path, folder: Path) -> None:
    """Its header has the key for which it was written."""
    for name in "ab":
        (tmp_path / name).write_text(json.dumps({**DATA, "info": {"title": name}}))
    read_source(tmp_path / "a")
    [first] = entries(folder)
    read_source(tmp_path / "b")
    [second] = set(entries(folder)) - {first}
    first.replace(second)
    assert read_source(tmp_path / "b").data["info"] == {"title": "b"}


def test_half_of_a_surrogate_pair_is_cached(folder: Path) -> None:
    """JSON can express it, though UTF-8 cannot."""
    raw = b'{"paths": {"/\\ud800": {"get": {"summary": "\\udfff"}}}}'
    assert (
        plain_data(read_source(raw).data)
        == plain_data(read_source(raw).data)
        == {"paths": {"/\ud800": {"get": {"summary": "\udfff"}}}}
    )
    assert len(entries(folder)) == 1


def test_aliases_do_not_fill_the_disk(folder: Path) -> None:
    """A text that would become many times larger without aliases is not cached."""
    text = "a: &a " + "x" * 1000 + "\nb: &b [" + "*a, " * 50 + "]\nc: [" + "*b, " * 50 + "]\n"
    assert read_source(text.encode()).data == read_source(text.encode()).data
    assert entries(folder) == []


@pytest.mark.parametrize("value", ["off", "OFF", "0", "no"])
def test_the_cache_can_be_switched_off(
    value: str, monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path
) -> None:
    """By the environment, or by an argument, which also switches it on again."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps(DATA))
    load(path, cache=False)
    monkeypatch.setenv("DYNCLIENT_CACHE", value)
    load(path)
    assert entries(folder) == []
    Client(path, cache=tmp_path / "mine")
    assert isinstance(load(path, cache=str(tmp_path / "mine")).source.data, Slices)


def test_small_documents_are_not_cached(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading them is as fast."""
    monkeypatch.delenv("DYNCLIENT_CACHE_MIN_SIZE")
    read_source(json.dumps(DATA).encode())
    assert entries(folder) == []


def test_the_users_own_folder_is_used_only_when_none_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The platform names it."""
    monkeypatch.delenv("DYNCLIENT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    store = store_of()
    assert store is not None
    assert store.folder.is_relative_to(tmp_path)
    assert store_of(cache=False) is None


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_the_files_are_private(folder: Path) -> None:
    """Folder and files."""
    read_source(json.dumps(DATA).encode())
    assert folder.stat().st_mode & 0o777 == 0o700
    assert entries(folder)[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
@pytest.mark.parametrize("target", ["folder", "file"])
def test_files_that_others_could_have_written_are_ignored(folder: Path, target: str) -> None:
    """A folder or a file that is writable for others."""
    raw = json.dumps(DATA).encode()
    read_source(raw)
    (folder if target == "folder" else entries(folder)[0]).chmod(0o777)
    assert isinstance(read_source(raw).data, dict)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("target", ["folder", "file"])
def test_files_of_other_users_are_ignored(folder: Path, target: str) -> None:
    """Even when only they can write them."""
    raw = json.dumps(DATA).encode()
    read_source(raw)
    os.chown(folder if target == "folder" else entries(folder)[0], 12345, 12345)
    assert isinstance(read_source(raw).data, dict)


def test_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    """Neither to a file nor to a folder."""
    raw = json.dumps(DATA).encode()
    read_source(raw)
    [entry] = entries(folder)
    entry.rename(tmp_path / "elsewhere")
    entry.symlink_to(tmp_path / "elsewhere")
    assert isinstance(read_source(raw).data, dict)
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    assert isinstance(read_source(raw).data, dict)


def test_without_a_folder_there_is_no_cache(folder: Path) -> None:
    """Because a file has its name, or because it cannot be created."""
    folder.parent.parent.mkdir(exist_ok=True)
    folder.parent.write_text("in the way")
    assert read_source(json.dumps(DATA).encode()).data == DATA
    assert read_source(b"a: 1", cache="/dev/null/nowhere").data == {"a": 1}


def test_on_a_full_disk_there_is_no_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No half-written file is left."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(slicing.Writer, "__call__", full)
    assert read_source(json.dumps(DATA).encode()).data == DATA
    assert entries(folder) == []


def test_the_least_recently_used_file_is_removed(tmp_path: Path) -> None:
    """By the time of use, not of writing; other files are left alone."""
    store = Store(tmp_path / "store", max_size=250)
    for index, key in enumerate(("a" * 64, "b" * 64)):
        store.write(key, lambda file: file.write(b"x" * 100) and None)
        os.utime(store.folder / f"{key}.slices", (index, index))
    other = store.folder / "notes.txt"
    other.write_text("y" * 500)
    os.close(store.open("a" * 64) or -1)
    store.write("c" * 64, lambda file: file.write(b"x" * 100) and None)
    assert {path.name[0] for path in store.folder.glob("*.slices")} == {"a", "c"}
    assert store.usage() == (2, 200)
    assert store.clear() == (2, 200)
    assert other.exists()


def test_a_file_larger_than_the_cache_is_not_stored(tmp_path: Path) -> None:
    """No other file is removed for it."""
    store = Store(tmp_path / "store", max_size=50)
    assert store.write("a" * 64, lambda file: file.write(b"x" * 10) and None)
    assert not store.write("b" * 64, lambda file: file.write(b"x" * 100) and None)
    assert store.usage() == (1, 10)


def test_files_of_a_stopped_process_are_removed(tmp_path: Path) -> None:
    """After an hour; before that, the process may still be writing."""
    store = Store(tmp_path / "store")
    store.write("a" * 64, _nothing)
    old, new = (store.folder / f"{'b' * 64}.{name}.part" for name in ("old", "new"))
    for path in (old, new):
        path.touch()
    os.utime(old, (0, 0))
    store.write("c" * 64, _nothing)
    assert (old.exists(), new.exists()) == (False, True)


PROGRAM = """
import json, sys
import dynclient
found = dynclient.load(sys.argv[1])
client = dynclient.Client(found, server="http://a")
print(json.dumps([client["getPet7"].prepare().url, found.data], sort_keys=True))
"""


def test_many_processes_start_cold_at_once(tmp_path: Path, folder: Path) -> None:
    """All have the same answer, and one file remains."""
    path = tmp_path / "pets.json"
    path.write_text(json.dumps(DATA), "utf-8")
    command = [sys.executable, "-c", PROGRAM, str(path)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(8)]  # noqa: S603  our own
    answers = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0] * 8
    assert {answer.strip() for answer in answers} == {json.dumps(["http://a/pets/7", DATA], sort_keys=True)}
    assert len(entries(folder)) == 1
    assert isinstance(read_source(path).data, Slices)


def test_a_cached_file_does_not_name_its_source(folder: Path) -> None:
    """Neither a path nor a URL, which might contain a secret."""
    reading.parse_source("https://user:fake-secret@host/a.json?key=fake-secret", json.dumps(DATA), cache=None)
    [entry] = entries(folder)
    assert b"fake-secret" not in entry.read_bytes() + entry.name.encode()


def test_many_threads_share_a_document(file: Path) -> None:
    """A part that several of them read at once is one value."""
    read_source(file)
    found = load(file)
    with ThreadPoolExecutor(16) as pool:
        seen = list(
            pool.map(lambda n: found.source.data["components"]["schemas"]["Pet" if n % 2 else "a/b"], range(64))
        )
    assert all(value is seen[n % 2] for n, value in enumerate(seen))


def test_the_cache_works_without_the_fast_reader(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written with or without it, read with or without it."""
    for first, second in ((None, None), (None, jsonvalue.jiter), (jsonvalue.jiter, None)):
        store_of().clear()  # type: ignore[union-attr]
        monkeypatch.setattr(jsonvalue, "jiter", first)
        assert read_source(file).data == DATA
        monkeypatch.setattr(jsonvalue, "jiter", second)
        assert json.dumps(plain_data(read_source(file).data)) == json.dumps(DATA)
        monkeypatch.undo()
        monkeypatch.setenv("DYNCLIENT_CACHE", str(file.parent / "kept"))
        monkeypatch.setenv("DYNCLIENT_CACHE_MIN_SIZE", "0")


def test_what_json_cannot_express_is_not_cached(folder: Path) -> None:
    """A number with more digits than Python writes; it is still read."""
    text = b"a: 0x" + b"f" * 4200
    assert read_source(text).data == read_source(text).data == {"a": int(text[5:], 16)}
    assert entries(folder) == []


def test_what_is_as_deep_as_libyaml_allows_is_read_twice(folder: Path) -> None:
    """Cached or not: how deep Python writes JSON depends on its version."""
    text, limits = b"a: " + b"[" * 990 + b"]" * 990, Limits(depth=10_000)
    for _ in range(2):
        assert list(read_source(text, limits).data) == ["a"]
    assert len(entries(folder)) <= 1


def test_a_very_large_file_is_found_without_loading_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its digest, under the same limits."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps(DATA), "utf-8")
    read_source(path)
    monkeypatch.setattr(reading, "MIN_UNSEEN", 0)
    with monkeypatch.context() as patch:
        patch.setattr(reading, "parse_source", None)
        assert plain_data(read_source(path).data) == DATA
        assert read_source(path).line(("paths",)) == 1
    with pytest.raises(SpecError, match="is larger than 10 bytes"):
        read_source(path, Limits(size=10))
    path.unlink()
    with pytest.raises(SpecError, match="cannot be read"):
        read_source(path)


def test_a_mapping_is_never_cached(folder: Path) -> None:
    """It is plain data already."""
    assert document().data == document().source.data
    assert entries(folder) == []


def test_a_changed_file_has_no_lines(tmp_path: Path) -> None:
    """Instead of wrong ones: the text is not kept in memory but read again."""
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\nb: 2\n")
    found = read_source(path)
    assert (found.line(("b",)), found.content) == (2, None)
    path.write_text("# new\na: 1\nb: 2\n")
    assert found.line(("b",)) is None
    assert found.identified
    assert Source("x", {}).identified


def test_a_named_pipe_in_the_place_of_a_cached_file_is_not_waited_for(tmp_path: Path) -> None:
    """The document is read as if it were not cached."""
    text = json.dumps(DATA).encode()
    load(text)
    (file,) = (tmp_path / "kept/documents").iterdir()
    file.unlink()
    os.mkfifo(file, 0o600)
    assert load(text).data == DATA


def test_limits_that_do_not_change_the_data_share_the_cached_file(tmp_path: Path) -> None:
    """Those on fetching."""
    text = json.dumps(DATA).encode()
    for limits in (Limits(), Limits(fetches=3), Limits(fetch_seconds=1)):
        load(text, limits=limits)
    assert len(list((tmp_path / "kept/documents").iterdir())) == 1


def test_no_mutant_of_a_cached_file_changes_the_document(tmp_path: Path) -> None:
    """It is noticed, and the document is read from its text."""
    text = json.dumps(DATA).encode()
    load(text)
    (file,) = (tmp_path / "kept/documents").iterdir()
    good = file.read_bytes()
    for seed in range(100):
        chance, raw = random.Random(seed), bytearray(good)  # noqa: S311  repeatable
        for _ in range(chance.randint(1, 5)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        file.write_bytes(raw[: chance.randrange(len(raw))] if seed % 3 == 0 else raw)
        assert load(text).data == DATA, seed
