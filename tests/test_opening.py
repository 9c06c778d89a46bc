"""Opening: documents by name and version, and the options that every opener takes."""

import hashlib
import inspect
import io
import pickle
import pydoc
import warnings
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from conftest import Serve
from servers import document, reply

from dynclient import AsyncClient, Client, Document, SpecError
from dynclient.catalog import shelves
from dynclient.catalog.shelves import apis
from dynclient.opening import load
from dynclient.options import Options
from dynclient.spec import urls
from dynclient.spec.access import OpenKeywords, OpenOptions
from dynclient.spec.jsonvalue import Limits

OPENERS: list[Callable[..., Any]] = [load, Client, AsyncClient]
SPEC = 'openapi: 3.0.3\ninfo: {{title: T, version: "{}"}}\npaths: {{}}\n'


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalog of one API in several versions."""
    (tmp_path / "demo").mkdir()
    for version in ("1.9.0", "1.10.0", "1.10.0-rc1", "1.10.0-rc2"):
        (tmp_path / "demo" / f"{version}.yaml").write_text(SPEC.format(version), "utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "README.md").write_text("no document", "utf-8")
    monkeypatch.setattr(shelves, "packaged_shelf", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_documents_that_come_with_the_package_are_there() -> None:
    """Each is found by its name."""
    assert {"order_capture", "pieces_os"} <= apis().keys()
    assert [load(name).version for name in ("order_capture", "pieces_os")] == ["3.0", "3.0"]


def test_a_file_of_the_catalog_is_named_from_the_current_folder(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As whoever works there writes it; from elsewhere by its whole path, in the same process too."""
    assert load("demo", version="1.9.0").name == str(Path("demo/1.9.0.yaml"))
    monkeypatch.chdir(shelf / "empty")
    assert load("demo", version="1.9.0").name == str(shelf / "demo" / "1.9.0.yaml")


@pytest.mark.usefixtures("shelf")
def test_versions_are_ordered_by_their_numbers() -> None:
    """A candidate comes before its release."""
    assert list(apis()) == ["demo"]
    assert list(apis()["demo"]) == ["1.9.0", "1.10.0-rc1", "1.10.0-rc2", "1.10.0"]


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(("version", "found"), [(None, "1.10.0"), ("1.9.0", "1.9.0"), ("1.10.0-rc1", "1.10.0-rc1")])
def test_a_version_can_be_chosen(version: str | None, found: str) -> None:
    """The newest is the default."""
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
def test_an_unknown_name_is_refused(name: str, version: str | None, message: str) -> None:
    """The message lists the known ones."""
    with pytest.raises(SpecError, match=message):
        load(name, version)


@pytest.mark.parametrize("name", ["demo@1.9.0", "demo@<1.10", "demo@1.9"])
def test_a_name_may_carry_its_version(shelf: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a range; the environment has no say then."""
    monkeypatch.setenv("DYNCLIENT_DEMO_VERSION", "1.10.0")
    assert shelf
    assert load(name).options.version == "1.9.0"
    assert Client(name).document.options.version == "1.9.0"
    assert pickle.loads(pickle.dumps(load(name))).options.version == "1.9.0"  # noqa: S301  our own


def test_a_version_is_named_once(shelf: Path) -> None:
    """In the name, or beside it; and it must be there."""
    assert shelf
    with pytest.raises(SpecError, match=r'cannot choose version 1\.10\.0\n.*"demo@1.9.0" names a version already'):
        load("demo@1.9.0", "1.10.0")
    with pytest.raises(SpecError, match=r"cannot find demo 7\n.*the catalog has 1\.9\.0"):
        load("demo@7")


def test_a_file_whose_name_has_an_at_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No version of the catalog."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo@1.9.0").write_text('{"openapi": "3.1.0", "info": {"title": "At", "version": "1"}, "paths": {}}')
    assert load("demo@1.9.0").title == "At"


def test_only_the_catalog_has_versions(shelf: Path) -> None:
    """A path names one document."""
    with pytest.raises(SpecError, match=r"only a name of the catalog has versions \(its folder is specs/NAME"):
        load(shelf / "demo" / "1.9.0.yaml", "1.9.0")


def test_a_document_is_opened_once_until_its_file_changes(shelf: Path) -> None:
    """All users share it."""
    first = load("demo")
    assert load("demo") is first
    (shelf / "demo" / "1.10.0.yaml").write_text(SPEC.format("1.10.0+b"), "utf-8")
    assert load("demo").info["version"] == "1.10.0+b"


def test_a_file_is_opened_by_its_path(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Absolute, relative, or its bare name in the current folder."""
    path = shelf / "demo" / "1.9.0.yaml"
    monkeypatch.chdir(path.parent)
    found = [load(path), load(str(path)), load("1.9.0.yaml"), load("./1.9.0.yaml")]
    assert [document.info["version"] for document in found] == ["1.9.0"] * 4


def test_a_document_of_the_catalog_is_cached_in_the_given_folder(tmp_path: Path) -> None:
    """Or not at all; the document is the same."""
    kept = load("order_capture", cache=tmp_path)
    assert [path.suffix for path in (tmp_path / "documents").iterdir()] == [".slices"]
    assert kept.data == load("order_capture", cache=False).data


@pytest.mark.parametrize("opener", OPENERS)
def test_every_opener_takes_the_same_options(opener: Callable[..., Any]) -> None:
    """With the same defaults; `help` explains each of them."""
    parameters, shown = inspect.signature(opener).parameters, pydoc.plain(pydoc.render_doc(opener))
    for option in fields(OpenOptions):
        assert parameters[option.name].default == option.default
        assert f"    {option.name}: " in shown
    assert OpenKeywords.__annotations__.keys() == {option.name for option in fields(OpenOptions)}


@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_the_help_of_a_client_has_the_options_of_calls(client: Callable[..., Any]) -> None:
    """Each as an argument with its default, and explained once."""
    parameters = inspect.signature(client).parameters
    assert {option.name for option in fields(Options) if option.init} <= parameters.keys()
    assert parameters["timeout"].default == Options().timeout
    assert parameters["headers"].default == {}
    help_text = (inspect.getdoc(client) or "").partition("Raises:")[
        0
    ]  # help shows the signature as well, from 3.13 on in lines
    assert [help_text.count(f"    {name}: ") for name in ("server", "timeout", "headers", "wait")] == [1, 1, 1, 0]


@pytest.mark.parametrize("opener", OPENERS)
@pytest.mark.parametrize(
    ("name", "hint"), [("fetsh", "did you mean 'fetch'"), ("root", "did you mean 'roots'"), ("zzz", "it has spec, ")]
)
def test_a_misspelt_option_is_refused(opener: Callable[..., Any], name: str, hint: str) -> None:
    """With the nearest names, or with all of them."""
    with pytest.raises(TypeError, match=rf"{opener.__name__}\(\) has no argument '{name}' \({hint}"):
        opener("order_capture", **{name: 1})


def test_a_misspelt_argument_of_a_client_is_refused() -> None:
    """Hints include the client's own arguments."""
    with pytest.raises(TypeError, match=r"Client\(\) has no argument 'sever' \(did you mean 'server'\?\)"):
        Client("order_capture", sever="http://a")  # type: ignore[call-arg]


@pytest.mark.parametrize("opener", OPENERS)
def test_every_opener_can_fetch(opener: Callable[..., Any], serve: Serve) -> None:
    """If the caller allows it."""
    url = serve(reply(data=SPEC.format("7"), kind="text/yaml")).url + "/a.yaml"
    with pytest.raises(SpecError, match=r"is on the network \(fetch=True allows that\)"):
        opener(url)
    found = opener(url, fetch=True)
    assert getattr(found, "document", found).info["version"] == "7"


@pytest.mark.parametrize("opener", OPENERS)
def test_every_opener_takes_roots_and_limits(opener: Callable[..., Any], tmp_path: Path) -> None:
    """And passes them on."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.yaml").write_text(SPEC.format("1").replace("{}", "{/a: {$ref: ../b.yaml}}"))
    (tmp_path / "b.yaml").write_text("summary: found")
    found = opener(tmp_path / "in/a.yaml", roots=[tmp_path])
    found = getattr(found, "document", found)
    assert found.follow(found.root.child("paths", "/a")).get("summary") == "found"
    with pytest.raises(SpecError, match="is larger than 9 bytes"):
        opener(tmp_path / "in/a.yaml", limits=Limits(size=9))


@pytest.mark.parametrize("wrong", [{"roots": "folder"}, {"overlays": b"overlay: 1.0.0"}, {"overlays": {"overlay": "1.0.0"}}])  # fmt: skip
def test_a_list_of_one_must_still_be_a_list(wrong: dict[str, Any]) -> None:
    """Otherwise each letter of a path would be read as a path."""
    with pytest.raises(TypeError, match="must be a list, not a single"):
        load("order_capture", **wrong)


def test_a_document_of_the_catalog_takes_every_option(shelf: Path) -> None:
    """Callers with the same options share a document."""
    with pytest.raises(SpecError, match="is larger than 9 bytes"):
        load("demo", limits=Limits(size=9))
    found = load("demo", roots=[shelf])
    assert found is load("demo", roots=[str(shelf)]) is not load("demo")
    assert found.options.roots == (str(shelf),)


def test_an_open_document_can_be_opened_with_other_options(tmp_path: Path) -> None:
    """That makes a new document; with the same options, it is the same one."""
    first = document({"/a": {"$ref": (tmp_path / "b.yaml").as_uri()}})
    (tmp_path / "b.yaml").write_text("summary: found")
    with pytest.raises(SpecError, match=r"roots=\[\.\.\.\] allows more"):
        first.follow(first.root.child("paths", "/a"))
    second = load(first, roots=[tmp_path])
    assert second.follow(second.root.child("paths", "/a")).get("summary") == "found"
    assert load(second, roots=[tmp_path]) is second


def test_the_digest_of_a_document_is_that_of_its_text(shelf: Path) -> None:
    """With overlays, theirs count in their order."""
    path = shelf / "demo" / "1.9.0.yaml"
    assert load(path).digest == load("demo", "1.9.0").digest == hashlib.sha256(path.read_bytes()).hexdigest()
    one, two = ({"overlay": "1.0.0", "actions": [{"target": "$.info", "update": {"title": t}}]} for t in "ab")
    digests = [load(path, overlays=overlays).digest for overlays in ([], [one], [two], [one, two], [two, one])]
    assert len(set(digests)) == 5
    assert load(path).corrected([one]).corrected([two]).digest == digests[3]


def named(kind: str, path: Path, serve: Serve) -> tuple[Any, dict[str, Any]]:
    """A way to name the document, and the options that it needs."""
    text = path.read_bytes()
    url = serve(reply(data=text, kind="text/yaml")).url.replace("//", "//user:fake-secret@")
    mapping = {"openapi": "3.1.0", "info": {"title": "T", "version": "1.9.0"}, "paths": {}}
    found = {"path": path, "bytes": text, "stream": io.BytesIO(text), "text": io.StringIO(text.decode()), "mapping": mapping, "url": url, "catalog": "demo"}  # fmt: skip
    return found[kind], {"url": {"fetch": True}, "catalog": {"version": "1.9.0"}}.get(kind, {})


@pytest.mark.parametrize("kind", ["path", "bytes", "stream", "text", "mapping", "url", "catalog"])
def test_a_document_can_be_opened_again_elsewhere(shelf: Path, serve: Serve, kind: str) -> None:
    """A pickle has only its origin and digest; it is opened once there, and no password is shown."""
    spec, options = named(kind, shelf / "demo" / "1.9.0.yaml", serve)
    overlay = b"overlay: 1.0.0\nactions: [{target: $.info, update: {title: U}}]"
    first = load(spec, **options, overlays=[io.BytesIO(overlay)])
    second, third = (pickle.loads(pickle.dumps(first)) for _ in range(2))  # noqa: S301  our own
    assert first is not second is third
    assert (second.title, second.info["version"], second.digest) == ("U", "1.9.0", first.digest)
    assert "fake-secret" not in repr(first.origin)


def test_another_text_is_not_opened_again(shelf: Path) -> None:
    """It has another digest."""
    path = shelf / "demo" / "1.9.0.yaml"
    text = pickle.dumps(load(path))
    path.write_text(SPEC.format("1.9.1"), "utf-8")
    with pytest.raises(SpecError, match="its text has changed"):
        pickle.loads(text)  # noqa: S301  our own


@pytest.mark.parametrize(
    "found", [Document(load(b"openapi: 3.0.3").source), load(io.StringIO('{"openapi": "3.0.3", "x-\ud800": 1}'))]
)
def test_what_cannot_be_read_again_cannot_be_pickled(found: Document) -> None:
    """A document made without `load`, and a text that no file can contain."""
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(found)


@pytest.mark.parametrize("limits", [5, {"depth": 3}, None])
def test_limits_are_limits(limits: Any) -> None:
    """Whatever is opened."""
    with pytest.raises(TypeError, match=r"dynclient\.Limits"):
        load({"openapi": "3.1.0", "info": {}, "paths": {}}, limits=limits)


@pytest.mark.parametrize("text", ["openapi: 3.1.0\n" + "x" * 5000, '{"openapi": "3.1.0"}', ' {"a": 1}' * 900])
def test_the_text_of_a_document_is_not_a_name(text: str) -> None:
    """The message says what to write, and is short."""
    with pytest.raises(
        SpecError, match=r"this is the text of a document, not a name; pass it as bytes: text.encode\(\)"
    ) as caught:
        load(text)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("opener", [Client, AsyncClient, load])
def test_help_names_everything_that_opens_a_document(opener: Any) -> None:
    """As every opener takes the same."""
    words = " ".join((inspect.getdoc(opener) or "").split())
    for way in ("`shop@2.1.0`", "a path", "URL with `fetch=True`", "a mapping", "open file", "as bytes", "a Document"):
        assert way in words


def test_a_file_url_is_a_path(shelf: Path) -> None:
    """Of this machine."""
    url = (shelf / "demo" / "1.9.0.yaml").as_uri()
    assert load(url).info["version"] == load(url.replace("file://", "FILE://localhost")).info["version"] == "1.9.0"
    with pytest.raises(SpecError, match="names a file of the host 'other'; write file:///path"):
        load("file://other/a.yaml")


def test_a_file_url_of_windows_has_a_drive_or_a_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system spells them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.14 moves it into urllib
        import nturl2path
    monkeypatch.setattr(urls, "_WINDOWS", True)
    monkeypatch.setattr(urls, "url2pathname", nturl2path.url2pathname)
    assert urls.file_of("file:///C:/my%20specs/a.yaml") == r"C:\my specs\a.yaml"
    assert urls.file_of("file://server/share/a.yaml") == r"\\server\share\a.yaml"


def test_other_schemes_are_told_which_there_are() -> None:
    """Without what may be a password."""
    with pytest.raises(SpecError, match=r"the scheme 'ftp' cannot be read \(http, https and file can\)") as caught:
        load("ftp://bob:fake-secret@h/a.yaml")
    assert "fake-secret" not in str(caught.value)


def test_a_program_without_the_catalog_opens_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shelf: Path
) -> None:
    """As one that was frozen into a single file may be."""
    monkeypatch.setattr(shelves, "packaged_shelf", lambda: tmp_path / "nowhere")
    assert load(shelf / "demo" / "1.9.0.yaml").title == load(str(shelf / "demo" / "1.9.0.yaml")).title == "T"
    with pytest.raises(SpecError, match="the catalog has none"):
        load("demo")


@pytest.mark.parametrize("name", ["9" * 5000, "a\ud83d", "nowhere"])
@pytest.mark.parametrize("option", ["roots", "overlays"])
def test_a_name_that_no_file_can_have_is_refused_everywhere(name: str, option: Any) -> None:
    """Among roots and overlays too."""
    with pytest.raises(SpecError, match="cannot be read"):
        load("pieces_os", **{option: [name]})


def test_a_fetched_document_goes_into_another_process(serve: Serve) -> None:
    """With the header fields that it was fetched with."""
    answer = lambda request: reply(data=SPEC.format("7")) if request.headers.get("x-key") == "fake" else reply(403)  # noqa: E731
    first = load(f"{serve(answer).url}/a.yaml", fetch={"X-Key": "fake"})
    assert pickle.loads(pickle.dumps(first)).digest == first.digest  # noqa: S301  our own
