"""The catalog: versions as files, chosen by argument, environment, pin or precedence."""

import hashlib
from pathlib import Path

import pytest

from dynclient import Client, SpecError, load
from dynclient.catalog import shelves
from dynclient.catalog.choosing import choose, matching
from dynclient.catalog.ordering import VersionRange, highest, is_preview, precedence
from dynclient.catalog.pins import add_version, resolved_digest, set_pin

SPEC = 'openapi: 3.0.3\ninfo: {{title: T, version: "{}"}}\npaths: {{}}\n'


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a folder of documents, one API in three versions, and nothing that comes with the package."""
    monkeypatch.setattr(shelves, "packaged_shelf", lambda: tmp_path / "none")
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "specs", "shop", "1.0.0", "2.0.0", "2.1.0", "3.0.0-preview")
    return tmp_path / "specs"


def put(shelf: Path, api: str, *versions: str) -> None:
    """Put documents into a folder of the catalog."""
    (shelf / api).mkdir(parents=True, exist_ok=True)
    for version in versions:
        (shelf / api / f"{version}.yaml").write_text(SPEC.format("same"), "utf-8")


def settings(shelf: Path, text: str) -> Path:
    """Write the settings of a folder."""
    path = shelf / "dynclient.toml"
    path.write_text(text, "utf-8")
    return path


# Precedence.

ASCENDING = [
    ["latest", "1"],
    ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"],
    ["1.9", "1.10", "1.10.1", "2.0.0-preview", "2.0.0"],
    ["v1alpha1", "v1beta1", "v1beta2", "v1beta10", "v1", "v2"],
    ["2023-10-16", "2024-06-20", "2024-06-20.acacia", "2024-09-30.acacia"],
    ["2024-06-20-preview", "2024-06-20"],
    ["2024-10", "2025-01"],
    ["2025-03-31.preview", "2025-03-31"],
    ["1.0.0rc1", "1.0.0"],
]  # fmt: skip


@pytest.mark.parametrize("names", ASCENDING, ids=lambda names: names[0])
def test_versions_are_ordered_by_precedence(names: list[str]) -> None:
    """SemVer 2.0, dates, and the names of Google, Kubernetes, Azure, Stripe and Shopify."""
    assert [max(names[: end + 1], key=precedence) for end in range(len(names))] == names
    assert len(set(map(precedence, names))) == len(names)


@pytest.mark.parametrize(("one", "other"), [("1.0", "1.0.0"), ("v1", "1"), ("1.0.0+a", "1.0.0+b"), ("1", "1.0.0.0")])
def test_the_same_version_has_many_names(one: str, other: str) -> None:
    """Zeros at the end, a `v`, and build metadata count for nothing."""
    assert precedence(one) == precedence(other)


@pytest.mark.parametrize(
    ("version", "expected"),
    [("2.0.0-preview", True), ("v1beta1", True), ("2024-06-20", False), ("2024-10", False), ("1.0.0", False),
     ("2024-06-20.acacia", False), ("2025-03-31.preview", True), ("1.0.0+preview", False), ("latest", False)],
)  # fmt: skip
def test_a_preview_is_told_from_a_release(version: str, *, expected: bool) -> None:
    """A date is no release with an identifier behind a hyphen."""
    assert is_preview(version) is expected


def test_the_highest_is_no_preview() -> None:
    """None, if there are only previews."""
    assert highest(["1.0.0", "2.0.0-preview"]) == "1.0.0"
    assert highest(["2.0.0-preview"]) is None


KNOWN = ["1.0.0", "2.0.0", "2.0.3", "2.1.0", "3.0.0-beta.1", "3.0.0-beta.2"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (">=2,<3", "2.1.0"),
        ("~=2.0", "2.1.0"),
        ("~=2.0.0", "2.0.3"),
        ("2.x", "2.1.0"),
        ("2.0.*", "2.0.3"),
        ("==2.0.*", "2.0.3"),
        ("!=2.1.0", "2.0.3"),
        (">2.1", None),
        (">=1", "2.1.0"),
        (">=3.0.0-beta.1", "3.0.0-beta.2"),
        ("2", "2.0.0"),
        ("v2.0", "2.0.0"),
        ("2.5", None),
    ],
)
def test_a_range_names_the_highest_version_in_it(wanted: str, found: str | None) -> None:
    """A preview only if a bound names a preview of the same release."""
    assert matching(wanted, KNOWN) == found


@pytest.mark.parametrize("text", ["^2", ">=2;<3", "~=2", "=2", ",", ">= ", "2.x.1"])
def test_a_range_that_cannot_be_read_is_refused(text: str) -> None:
    """With the bound, and examples."""
    with pytest.raises(ValueError, match="such as"):
        VersionRange(text)


# The choice.


def test_a_preview_is_never_the_default(shelf: Path) -> None:
    """Nor is a version chosen that is only a preview."""
    assert choose("shop").edition.version == "2.1.0"
    put(shelf, "next", "1.0.0-rc.1")
    with pytest.raises(SpecError, match=r"it has only previews: 1\.0\.0-rc\.1; name one of them"):
        choose("next")
    assert choose("next", "1.0.0-rc.1").edition.version == "1.0.0-rc.1"


def test_argument_environment_pin_and_precedence_decide_in_this_order(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them may name a range."""
    settings(shelf, '[apis.shop]\nversion = "2.0.0"')
    monkeypatch.setenv("DYNCLIENT_SHOP_VERSION", "1.x")
    assert choose("shop", "3.0.0-preview").edition.version == "3.0.0-preview"
    assert choose("shop").edition.version == "1.0.0"
    monkeypatch.delenv("DYNCLIENT_SHOP_VERSION")
    assert choose("shop").edition.version == "2.0.0"
    settings(shelf.parent, '[apis.shop]\nversion = "~=2.1"')
    assert choose("shop").edition.version == "2.1.0"


def test_earlier_folders_come_first(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Argument, DYNCLIENT_SPECS (several), ./specs; the first that has an API decides its default."""
    one, two = shelf.parent / "one", shelf.parent / "two"
    put(one, "shop", "1.5.0")
    put(two, "shop", "1.6.0", "2.0.0")
    assert choose("shop").edition.version == "2.1.0"
    monkeypatch.setenv("DYNCLIENT_SPECS", f"{two}:{shelf}")
    assert choose("shop").edition.version == "2.0.0"
    assert choose("shop").edition.path.parent == two / "shop"
    assert choose("shop", folders=[one]).edition.version == "1.5.0"
    assert choose("shop", "2.1.0", [one]).edition.shelf == shelf
    with Client("shop", specs=[one]) as client:
        assert client.document.options.version == "1.5.0"


def test_the_name_of_the_file_is_the_identity(shelf: Path) -> None:
    """`info.version` is the same in all of them."""
    assert load("shop", "2.0.0").options.version == "2.0.0"
    assert load("shop", "1").options.version == "1.0.0"
    assert load("shop", "1") is not load("shop", "2.0")
    assert shelf.is_dir()


def test_a_folder_is_a_version(shelf: Path) -> None:
    """By its entry document; a folder of shared schemas is none."""
    for name in ("openapi.yaml", "common.yaml"):
        (shelf / "shop" / "4.0.0").mkdir(exist_ok=True)
        (shelf / "shop" / "4.0.0" / name).write_text(SPEC.format(name), "utf-8")
    (shelf / "shop" / "schemas").mkdir()
    assert load("shop").info["version"] == "openapi.yaml"
    (shelf / "shop" / "4.0.0" / "openapi.yaml").unlink()
    assert load("shop").info["version"] == "common.yaml"
    (shelf / "shop" / "4.0.0" / "common.yaml").unlink()
    with pytest.raises(SpecError, match="has no entry document, such as openapi"):
        load("shop")


# What is wrong is named, with file and line.

WRONG = [
    ("[apis.shop", r"dynclient\.toml:1: Expected"),
    ("[apis.shop]\nversion = 1 2", r"dynclient\.toml:2: .*line 2"),
    ("[apis.shop]\nversion = 2", r"dynclient\.toml:2: version must be a text"),
    ('[apis.shop]\nversion = "9"', r"dynclient\.toml:2 says 9; the catalog has 1\.0\.0, 2\.0\.0"),
    ('[apis.shop]\n\nversion = ">=9"', r"dynclient\.toml:3 says >=9; the catalog has"),
    ('[apis.shop]\nversion = "^2"', r"dynclient\.toml:2 says \^2; '\^2' is not a bound"),
    ('[apis.shop]\nsha256 = "0"', r"dynclient\.toml:2: sha256 must be 64"),
    (f'[apis.shop]\nsha256 = "{"0" * 64}"', r"dynclient\.toml:2: sha256 needs the one version"),
    ('[apis.shop]\nsends = {body = "x"}', r"dynclient\.toml:2: sends must be a table"),
    ('[apis.shop]\nsends = "x"', r"dynclient\.toml:2: sends must be a table"),
    ("[apis.shop]\noperations = {get = 5}", r"dynclient\.toml:2: operations must be"),
    ("[apis.shop]\noverlays = [5]", r"dynclient\.toml:2: overlays must be"),
    ('[apis.shop]\noverlays = [{file = "a", versions = "^1"}]', r"dynclient\.toml:2: overlays: '\^1'"),
    (
        '[apis.shop]\noverlays = [{file = "a", versions = "9.9"}]',
        r"dynclient\.toml:2: overlays: a is for 9\.9; the catalog has 1\.0\.0",
    ),
    ('[api.shop]\nversion = "2.0.0"', r"dynclient\.toml:1: there is no member 'api': did you mean apis\?"),
    ('[apis.shop]\nwebhook_version = "x"', r"dynclient\.toml:2: webhook_version must be a JSON pointer"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_wrong_settings_are_refused_with_file_and_line(shelf: Path, text: str, message: str) -> None:
    """Whatever they say."""
    settings(shelf, text)
    with pytest.raises(SpecError, match=message):
        load("shop")


def test_a_range_without_a_match_says_who_asked(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what there is."""
    assert shelf
    monkeypatch.setenv("DYNCLIENT_SHOP_VERSION", ">=7")
    with pytest.raises(SpecError, match=r"DYNCLIENT_SHOP_VERSION says >=7; the catalog has 1\.0\.0"):
        load("shop")


def test_a_folder_that_does_not_exist_is_named(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be a typo."""
    with pytest.raises(SpecError, match=r"specs names .*/nowhere, which is not a folder"):
        load("shop", specs=[shelf / "nowhere"])
    monkeypatch.setenv("DYNCLIENT_SPECS", "/nowhere")
    with pytest.raises(SpecError, match="DYNCLIENT_SPECS names /nowhere"):
        load("shop")


@pytest.mark.parametrize("version", [2, 1.9, b"2.0.0"])
def test_a_version_is_a_text(shelf: Path, version: object) -> None:
    """TOML and YAML make numbers of versions without quotes."""
    assert shelf
    with pytest.raises(TypeError, match=f"version must be a text, such as .*, not {version!r}"):
        Client("shop", version=version)  # type: ignore[arg-type]


def test_an_empty_version_says_so(shelf: Path) -> None:
    """In place of a name that ends in nothing."""
    assert shelf
    with pytest.raises(SpecError, match=r"the version is empty; the catalog has 1.0.0, 2.0.0, "):
        load("shop", "")


def test_two_names_of_the_default_version_are_refused(shelf: Path) -> None:
    """Nobody could tell which is meant."""
    put(shelf, "shop", "2.1")
    with pytest.raises(SpecError, match=r"2.1 and 2.1.0 are the same version; name one of them"):
        load("shop")
    assert load("shop", "2.1").options.version == "2.1"


def test_two_files_of_one_version_are_refused(shelf: Path) -> None:
    """Nobody can know which is meant."""
    (shelf / "shop" / "1.0.0.json").write_text("{}", "utf-8")
    with pytest.raises(SpecError, match="has several files of this version"):
        load("shop", "1.0.0")
    put(shelf, "shop", "2.0")
    assert load("shop", "2.0").options.version == "2.0"
    with pytest.raises(SpecError, match=r"2\.0 and 2\.0\.0 are the same version"):
        load("shop", "v2")


def test_a_document_that_does_not_load_is_named_with_its_line(shelf: Path) -> None:
    """A file of the catalog is refused as any other document is."""
    (shelf / "shop" / "5.0.0.yaml").write_text("openapi: 3.0.3\na: [", "utf-8")
    with pytest.raises(SpecError, match=r"5\.0\.0\.yaml:3:1"):
        load("shop")


# Pins.


def test_a_pin_holds_the_content(shelf: Path) -> None:
    """The same version with other content is an error that says which."""
    path = shelf / "shop" / "2.0.0.yaml"
    digest = resolved_digest(load("shop", "2.0.0"))
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    set_pin(shelf / "dynclient.toml", "shop", "2.0.0", digest)
    assert load("shop").options.version == "2.0.0"
    path.write_text(SPEC.format("changed"), "utf-8")
    with pytest.raises(SpecError, match=rf"2\.0\.0\.yaml has changed\n.*dynclient\.toml:3 pins it .*{digest}"):
        load("shop")
    assert load("shop", "2.1.0").options.version == "2.1.0"
    with pytest.raises(SpecError, match=r"dynclient\.toml:3 has pinned 2\.0\.0 with other content"):
        set_pin(shelf / "dynclient.toml", "shop", "2.0.0", "0" * 64)


def test_a_pin_covers_every_file_of_the_document(shelf: Path) -> None:
    """Those that it refers to, and those that these refer to."""
    folder = shelf / "shop" / "4.0.0"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(SPEC.format("4") + "x-a: {$ref: 'b.yaml#/c'}\n", "utf-8")
    (folder / "b.yaml").write_text("c: {$ref: ./d.yaml}", "utf-8")
    digests = set()
    for text in ("e: 1", "e: 2"):
        (folder / "d.yaml").write_text(text, "utf-8")
        digests |= {resolved_digest(load(folder / "openapi.yaml"))}
    assert len(digests) == 2


def test_a_pin_keeps_what_else_is_in_the_settings(shelf: Path) -> None:
    """Comments and other tables."""
    path = settings(shelf, '# kept\ntolerate = []\n\n[apis.other]\nversion = "1" # too\n')
    set_pin(path, "shop", "2.0.0", "0" * 64)
    text = path.read_text("utf-8")
    assert text.startswith('# kept\ntolerate = []\n\n[apis.other]\nversion = "1" # too\n')
    assert '[apis.shop]\nversion = "2.0.0"\n' in text
    assert [file.name for file in shelf.iterdir() if ".new" in file.name] == []


def test_a_pin_keeps_the_line_ends_of_windows(shelf: Path) -> None:
    """And takes the byte order mark that its editors write."""
    path = shelf / "dynclient.toml"
    path.write_bytes(b'\xef\xbb\xbf[apis.shop]\r\nversion = "1" # too\r\n')
    set_pin(path, "shop", "2.0.0", "0" * 64)
    assert path.read_bytes().startswith(b'[apis.shop]\r\nversion = "2.0.0" # too\r\nsha256 = ')


def test_two_changes_at_once_are_refused(shelf: Path) -> None:
    """Neither overwrites the other."""
    (shelf / ".dynclient.toml.new").touch()
    with pytest.raises(SpecError, match="somebody else is changing"):
        set_pin(shelf / "dynclient.toml", "shop", "2.0.0", "0" * 64)


# New versions.


def test_a_version_is_added_and_never_overwritten(shelf: Path, tmp_path: Path) -> None:
    """Under the name that is given, or by its file."""
    (tmp_path / "a.yaml").write_text(SPEC.format("7"), "utf-8")
    place = add_version(load(tmp_path / "a.yaml"), shelf, "shop", "7.0.0")
    assert place == shelf / "shop" / "7.0.0.yaml"
    assert load("shop").info["version"] == "7"
    with pytest.raises(SpecError, match=r"7\.0\.0\.yaml exists already"):
        add_version(load(tmp_path / "a.yaml"), shelf, "shop", "7.0.0")
    for api, version in (
        ("a/b", "1"),
        ("shop", "../1"),
        ("shop", ">=1"),
        ("shop", "1.x"),
        ("aux", "1"),
        ("shop", "con.1"),
        ("shop.", "1"),
    ):
        with pytest.raises(SpecError, match="cannot add"):
            add_version(load(tmp_path / "a.yaml"), shelf, api, version)
    assert [place.name for place in (shelf / "shop").iterdir() if place.name.startswith(".")] == []


def test_a_document_in_several_files_becomes_a_folder(shelf: Path, tmp_path: Path) -> None:
    """With everything that it refers to below it; what lies elsewhere is refused."""
    (tmp_path / "big" / "parts").mkdir(parents=True)
    text = SPEC.format("8") + "x-a: {$ref: 'parts/b.yaml#/c'}\n"
    (tmp_path / "big" / "main.yaml").write_text(text, "utf-8")
    (tmp_path / "big" / "parts" / "b.yaml").write_text("c: 1", "utf-8")
    place = add_version(load(tmp_path / "big" / "main.yaml"), shelf, "shop", "8.0.0")
    assert sorted(str(file.relative_to(place)) for file in place.rglob("*.yaml")) == ["openapi.yaml", "parts/b.yaml"]
    assert load("shop").info["version"] == "8"
    (tmp_path / "big" / "main.yaml").write_text(text.replace("parts/b", "../out"), "utf-8")
    (tmp_path / "out.yaml").write_text("c: 1", "utf-8")
    with pytest.raises(SpecError, match="lies outside the document's folder"):
        add_version(load(tmp_path / "big" / "main.yaml", roots=[tmp_path]), shelf, "shop", "8.1.0")


# What is bound to versions.

OVERLAY = "overlay: 1.0.0\ninfo: {title: O, version: '1'}\nactions: [{target: $.info, update: {title: Corrected}}]"


def test_an_overlay_is_bound_to_a_range_of_versions(shelf: Path) -> None:
    """And must change something."""
    (shelf / "fix.yaml").write_text(OVERLAY, "utf-8")
    settings(shelf, '[apis.shop]\noverlays = [{file = "fix.yaml", versions = ">=2,<3"}]')
    assert [load("shop", version).title for version in ("1.0.0", "2.0.0", "2.1.0")] == ["T", "Corrected", "Corrected"]
    (shelf / "fix.yaml").write_text(OVERLAY.replace("$.info", "$.nothing"), "utf-8")
    with pytest.raises(
        SpecError, match=r"cannot apply .*fix\.yaml to .*2\.1\.0\.yaml\n.*selects nothing .*fix\.yaml:3"
    ):
        load("shop", "2.1.0")


def test_a_folder_that_cannot_be_made_is_named(shelf: Path, tmp_path: Path) -> None:
    """With the system's reason."""
    (tmp_path / "a.yaml").write_text(SPEC.format("7"), "utf-8")
    (shelf / "taken").write_text("", "utf-8")
    with pytest.raises(SpecError, match="taken cannot be made: "):
        add_version(load(tmp_path / "a.yaml"), shelf, "taken", "7.0.0")
