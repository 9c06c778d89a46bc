"""Documents: which ones are accepted, and where their references may lead."""

from pathlib import Path
from typing import Any

import pytest
from conftest import Serve
from servers import document, reply

from dynclient import Document, SpecError, load
from dynclient.problem import Problem
from dynclient.spec.access import OpenOptions
from dynclient.spec.node import Node

HEAD: dict[str, Any] = {"info": {"title": "T", "version": "1"}, "paths": {}}


def follow(paths: Any, **parts: Any) -> Node:
    """The target of the reference under /a."""
    found = document(paths, **parts)
    return found.follow(found.root.child("paths", "/a"))


@pytest.mark.parametrize("version", ["3.0.0", "3.0.3", "3.0.4", "3.1.0", "3.1.1", "3.2.0", "3.1.0-rc1", "3.0"])
def test_openapi_3_is_accepted(version: str) -> None:
    """In any patch release."""
    assert load({"openapi": version, **HEAD}).version == version[:3]


@pytest.mark.parametrize("version", ["2.0", "3.3.0", "4.0.0", "3", "", "v3.0.0"])
def test_any_other_version_is_refused(version: Any) -> None:
    """The message lists the supported versions."""
    with pytest.raises(SpecError, match=r"is not supported \(3\.0, 3\.1 and 3\.2 are\)"):
        load({"openapi": version, **HEAD})


@pytest.mark.parametrize("version", [3.0, None, 3])
def test_a_version_must_be_a_text(version: Any) -> None:
    """YAML reads `3.0` as a number."""
    with pytest.raises(SpecError, match=r"`openapi` must be a text such as '3\.1\.0', not"):
        load({"openapi": version, **HEAD})


def test_swagger_2_is_accepted() -> None:
    """And is called by its name."""
    found = load({"swagger": "2.0", **HEAD})
    assert (found.version, found.specification, found.problems) == ("2.0", "Swagger 2.0", [])
    assert repr(found) == "<Document 'T' 1, Swagger 2.0>"


@pytest.mark.parametrize(
    ("version", "why"), [("1.2", "version '1.2' is not supported"), (2.0, "must be a text such as '2.0'")]
)
def test_any_other_swagger_is_refused(version: Any, why: str) -> None:
    """Also a version that YAML reads as a number."""
    with pytest.raises(SpecError, match=why):
        load({"swagger": version, **HEAD})


@pytest.mark.parametrize("data", [b"", b"[]", b"text", b"{}", b"openapi:", b"- openapi: 3.0.0"])
def test_what_is_not_an_openapi_document_is_refused(data: bytes) -> None:
    """With a SpecError."""
    with pytest.raises(SpecError, match="cannot use"):
        load(data)


def test_an_open_document_is_returned() -> None:
    """Opening it again costs nothing."""
    found = document()
    assert load(found) is found


def test_a_chain_of_references_is_followed() -> None:
    """To its end."""
    found = follow({"/a": {"$ref": "#/paths/~1b"}, "/b": {"$ref": "#/paths/~1c"}, "/c": {"get": {}}})
    assert (found.path, found.value) == (("paths", "/c"), {"get": {}})


@pytest.mark.parametrize(
    "paths",
    [
        {"/a": {"$ref": "#/paths/~1a"}},
        {"/a": {"$ref": "#/paths/~1b"}, "/b": {"$ref": "#/paths/~1a"}},
    ],
)
def test_a_circle_of_references_is_refused(paths: Any) -> None:
    """Instead of being followed forever."""
    with pytest.raises(SpecError, match="leads back to itself"):
        follow(paths)


@pytest.mark.parametrize(
    ("pointer", "name"),
    [
        ("~0", "~"),
        ("~1", "/"),
        ("~01", "~1"),
        ("a~1b~0c", "a/b~c"),
        ("a%20b", "a b"),
        ("a%2Fb", "a/b"),
        ("%25", "%"),
        ("%C3%A4", "ä"),
        ("a b", "a b"),
        ("", ""),
        ("a?b", "a?b"),
    ],
)
def test_a_pointer_is_unescaped(pointer: str, name: str) -> None:
    """RFC 6901, sections 4 and 6."""
    assert follow({"/a": {"$ref": f"#/x-there/{pointer}"}}, **{"x-there": {name: "here"}}).value == "here"


def test_a_pointer_counts_the_items_of_an_array() -> None:
    """It counts from zero (RFC 6901)."""
    assert follow({"/a": {"$ref": "#/tags/1"}}, tags=["first", "second"]).value == "second"


@pytest.mark.parametrize("reference", ["#/nowhere", "#/tags/2", "#/tags/-1", "#/info/title/x", "#anchor"])
def test_a_reference_without_a_target_is_refused(reference: str) -> None:
    """The message names it."""
    with pytest.raises(SpecError, match=reference):
        follow({"/a": {"$ref": reference}}, tags=[1, 2])


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files and return the path of the first."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder / next(iter(files))


def opened(reference: str) -> str:
    """The text of a document whose path /a is a reference on line 4."""
    return f'openapi: 3.0.3\ninfo: {{title: T, version: "1"}}\npaths:\n  /a: {{$ref: "{reference}"}}\n'


def follow_file(path: Path) -> Any:
    """The target of the reference under /a of a file."""
    found = load(path)
    return found.follow(found.root.child("paths", "/a")).value


def test_references_lead_from_file_to_file(tmp_path: Path) -> None:
    """Each is relative to the file that contains it, and may lead back to the first file."""
    main = opened("parts/b.yaml#/x").replace("paths:", "x-end: here\npaths:")
    files = {
        "a b.yaml": main,
        "parts/b.yaml": "x: {$ref: 'deeper/c%20d.json#/y'}",
        "parts/deeper/c d.json": '{"y": {"$ref": "../../a%20b.yaml#/x-end"}}',
    }
    assert follow_file(write(tmp_path, files)) == "here"


def test_a_reference_may_name_a_whole_file(tmp_path: Path) -> None:
    """Without a pointer."""
    assert follow_file(write(tmp_path, {"a.yaml": opened("./b.yaml"), "b.yaml": "get: {}"})) == {"get": {}}


@pytest.mark.parametrize("reference", ["../secret.yaml", "sub/../../secret.yaml", "%2e%2e/secret.yaml", "link.yaml"])
def test_a_reference_cannot_leave_the_folder(tmp_path: Path, reference: str) -> None:
    """By dots, escaped dots or a link."""
    path = write(tmp_path, {"in/a.yaml": opened(reference), "secret.yaml": "password: 1"})
    (tmp_path / "in" / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    with pytest.raises(SpecError, match=r"leaves the document's folder .*a\.yaml:4"):
        follow_file(path)


@pytest.mark.parametrize("reference", ["/etc/passwd", "file:///etc/passwd", "//host/share.yaml"])
def test_a_reference_cannot_name_another_place(tmp_path: Path, reference: str) -> None:
    """By an absolute path, a file URL or a share."""
    with pytest.raises(SpecError, match=r"leaves the document's folder"):
        follow_file(write(tmp_path, {"a.yaml": opened(reference)}))


@pytest.mark.parametrize("reference", ["http://127.0.0.1:1/x.yaml", "https://example.com/x.yaml"])
def test_a_reference_to_the_network_is_refused(tmp_path: Path, reference: str) -> None:
    """Unless the caller allows it."""
    with pytest.raises(SpecError, match=r"on the network \(fetch=True allows that\)"):
        follow_file(write(tmp_path, {"a.yaml": opened(reference)}))


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("b.yaml", "is relative, but the document was not loaded from a file"),
        ("file:///etc/passwd", r"is a file, but the document was not loaded from one \(roots="),
        ("ftp://127.0.0.1/x.yaml", "has the scheme 'ftp', which cannot be read"),
        ("data:,{}", "has the scheme 'data', which cannot be read"),
    ],
)
def test_a_document_that_is_not_a_file_has_no_files_beside_it(reference: str, message: str) -> None:
    """A mapping is in no folder."""
    with pytest.raises(SpecError, match=message):
        follow({"/a": {"$ref": reference}})


def test_a_problem_names_file_line_and_pointer(tmp_path: Path) -> None:
    """So that the author finds the place."""
    path = write(tmp_path, {"a.yaml": opened("#/nowhere")})
    with pytest.raises(SpecError, match=r"document /paths/~1a: \$ref .* \[.*a\.yaml:4\]"):
        follow_file(path)


def test_a_url_is_not_fetched_unasked(serve: Serve) -> None:
    """The document itself is no exception."""
    server = serve(b"")
    with pytest.raises(SpecError, match="fetch=True allows that"):
        load(f"{server.url}/openapi.yaml")
    assert server.received == []


def test_a_url_is_fetched_when_it_is_allowed(serve: Serve) -> None:
    """So are the files that it refers to."""

    def answer(request: Any) -> bytes:
        return reply(data=opened("b.yaml") if request.target == "/v1/a.yaml" else "get: {}", kind="text/yaml")

    found = load(f"{serve(answer).url}/v1/a.yaml", fetch=True)
    assert found.follow(found.root.child("paths", "/a")).value == {"get": {}}


@pytest.mark.parametrize(
    "answer", [b"", reply(404), reply(data=b"\xff"), reply(data=b"a: ["), reply(data="a", Content_Encoding="gzip")]
)
def test_a_url_without_a_document_is_refused(serve: Serve, answer: bytes) -> None:
    """With a SpecError, whatever the server does."""
    with pytest.raises(SpecError, match=r"cannot (fetch|read|use) http"):
        load(f"{serve(answer).url}/a.yaml", fetch=True)


def test_the_password_in_a_url_is_not_shown() -> None:
    """Not even when the server cannot be reached."""
    with pytest.raises(SpecError) as caught:
        load("http://user:fake-secret@127.0.0.1:1/a.yaml", fetch=True)
    assert "fake-secret" not in str(caught.value)


def test_a_document_shows_what_it_is() -> None:
    """Its title, its version and the version of OpenAPI."""
    assert repr(document(version="3.1.0")) == "<Document 'Small' 1, OpenAPI 3.1>"
    assert repr(Document(load(b"openapi: 3.0.0").source)).startswith("<Document '<bytes>'")


# JSON Schema 2020-12, section 8.2.4: the example of identifiers, below one schema of a document.
IDENTIFIED = {
    "$id": "https://example.com/root.json",
    "$defs": {
        "A": {"$anchor": "foo"},
        "B": {
            "$id": "other.json",
            "$defs": {"X": {"$anchor": "bar"}, "Y": {"$id": "t/inner.json", "$anchor": "bar"}},
        },
        "C": {"$id": "urn:uuid:ee564b8a-7a87-4125-8c96-e9f123d6766f"},
    },
}
A, B, C = ("A",), ("B",), ("C",)
X, Y = ("B", "$defs", "X"), ("B", "$defs", "Y")


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("https://example.com/root.json#foo", A),
        ("https://example.com/root.json#/$defs/A", A),
        ("https://example.com/other.json", B),
        ("https://example.com/other.json#", B),
        ("https://example.com/root.json#/$defs/B", B),
        ("https://example.com/other.json#bar", X),
        ("https://example.com/other.json#/$defs/X", X),
        ("https://example.com/root.json#/$defs/B/$defs/X", X),
        ("https://example.com/t/inner.json", Y),
        ("https://example.com/t/inner.json#bar", Y),
        ("https://example.com/other.json#/$defs/Y", Y),
        ("urn:uuid:ee564b8a-7a87-4125-8c96-e9f123d6766f", C),
    ],
)
def test_a_schema_is_found_by_every_uri_that_it_has(uri: str, place: tuple[str, ...]) -> None:
    """JSON Schema 2020-12, section 8.2.4."""
    found = document(version="3.1.0", components={"schemas": {"R": IDENTIFIED}})
    target = found.resolve(uri, found.root)
    assert target.path == ("components", "schemas", "R", "$defs", *place)


@pytest.mark.parametrize(
    ("place", "reference", "target"),
    [
        (B, "#bar", X),
        (Y, "#bar", Y),
        (Y, "../other.json", B),
        (X, "t/inner.json", Y),
        (A, "#foo", A),
        (X, "#/$defs/X", X),
    ],
)
def test_a_reference_starts_at_the_nearest_id(place: Any, reference: str, target: Any) -> None:
    """JSON Schema 2020-12, section 8.2.1; an anchor belongs to its schema resource (8.2.2)."""
    found = document(version="3.1.0", components={"schemas": {"R": IDENTIFIED}})
    origin = found.root.child("components", "schemas", "R", "$defs", *place)
    assert found.resolve(reference, origin).path[4:] == target


def test_a_pointer_from_the_top_of_the_file_is_understood_below_an_id() -> None:
    """Many authors forget that it starts at the `$id`."""
    found = document(version="3.1.0", components={"schemas": {"R": {"$id": "https://x.org/r", "items": {}}, "S": {}}})
    origin = found.root.child("components", "schemas", "R", "items")
    assert found.resolve("#/components/schemas/S", origin).path == ("components", "schemas", "S")


@pytest.mark.parametrize(
    "data", [{"example": {"$anchor": "a"}}, {"default": {"$anchor": "a"}}, {"properties": {"$anchor": {}}}]
)
def test_data_defines_no_anchors(data: Any) -> None:
    """An `$anchor` in an example is only data."""
    found = document(version="3.1.0", components={"schemas": {"R": data}})
    with pytest.raises(SpecError, match="no anchor 'a'"):
        found.resolve("#a", found.root)


def test_a_dynamic_anchor_is_an_anchor_as_well() -> None:
    """JSON Schema 2020-12, section 8.2.2; a property may be called `default`."""
    schema = {"properties": {"default": {"$dynamicAnchor": "a"}}}
    found = document(version="3.1.0", components={"schemas": {"R": schema}})
    assert found.resolve("#a", found.root).path[-1] == "default"


def test_openapi_3_0_has_no_ids() -> None:
    """There, `$id` is not a keyword and changes nothing."""
    found = document(components={"schemas": {"R": {"$id": "https://x.org/r", "items": {}}, "S": {}}})
    origin = found.root.child("components", "schemas", "R", "items")
    assert found.resolve("#/components/schemas/S", origin).path == ("components", "schemas", "S")
    with pytest.raises(SpecError, match="on the network"):
        found.resolve("https://x.org/r", origin)


def test_a_schema_knows_its_resource() -> None:
    """The scope of its anchors."""
    found = document(version="3.1.0", components={"schemas": {"R": IDENTIFIED}})
    schema = found.root.child("components", "schemas", "R", "$defs", *X)
    assert found.resource(schema).path == ("components", "schemas", "R", "$defs", "B")
    assert found.resource(found.root.child("info")).path == ()


SELF = "openapi: 3.2.0\n$self: https://api.example/v1/{}\ninfo: {{title: T, version: '1'}}\n"


def test_a_document_may_say_where_it_belongs(tmp_path: Path) -> None:
    """References start at `$self`; the files beside the document are used for those beside that URI (3.2, section 4.1.2)."""
    files = {
        "here.yaml": SELF.format("openapi.yaml") + "paths: {/a: {$ref: 'parts/b.yaml#/x'}}\n",
        "parts/b.yaml": "x: {$ref: '../c.yaml#/y'}",
        "c.yaml": "y: {$ref: 'https://api.example/v1/openapi.yaml#/info'}",
    }
    assert follow_file(write(tmp_path, files)) == {"title": "T", "version": "1"}


def test_another_document_is_found_by_its_self_uri(tmp_path: Path) -> None:
    """If the caller passes it; it is not searched for."""
    files = {
        "a.yaml": SELF.format("a") + "paths: {/a: {$ref: 'shared#/components/pathItems/P'}}\n",
        "elsewhere/b.yaml": SELF.format("shared") + "components: {pathItems: {P: {get: {}}}}\n",
    }
    path = write(tmp_path, files)
    found = load(path, roots=[tmp_path / "elsewhere" / "b.yaml"])
    assert found.follow(found.root.child("paths", "/a")).value == {"get": {}}
    with pytest.raises(SpecError, match="on the network"):
        follow_file(path)


def test_a_schema_file_may_have_an_id(tmp_path: Path) -> None:
    """Its references to files beside it start there."""
    files = {
        "a.yaml": "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {/a: {$ref: 'schemas/pet.json'}}\n",
        "schemas/pet.json": '{"$id": "https://x.org/schemas/pet.json", "$ref": "tag.json"}',
        "schemas/tag.json": '{"$id": "https://x.org/schemas/tag.json", "type": "string"}',
    }
    assert follow_file(write(tmp_path, files))["type"] == "string"


def test_more_folders_can_be_allowed(tmp_path: Path) -> None:
    """By the caller, never by the document."""
    path = write(tmp_path, {"in/a.yaml": opened("../shared/b.yaml"), "shared/b.yaml": "get: {}", "secret.yaml": ""})
    found = load(path, roots=[tmp_path / "shared"])
    assert found.follow(found.root.child("paths", "/a")).value == {"get": {}}
    with pytest.raises(SpecError, match="leaves the document's folder"):
        found.resolve("../secret.yaml", found.root)


def test_files_may_refer_to_each_other_in_circles(tmp_path: Path) -> None:
    """Each is read once."""
    files = {"a.yaml": opened("b.yaml#/x"), "b.yaml": "x: {items: {$ref: 'a.yaml#/paths/~1a'}}"}
    found = load(write(tmp_path, files))
    there = found.follow(found.root.child("paths", "/a"))
    assert found.follow(there.child("items")).place == there.place
    assert len(found.files) == 2


def test_a_file_that_cannot_be_read_is_named_with_its_reference(tmp_path: Path) -> None:
    """So that the author finds both."""
    with pytest.raises(SpecError, match=r"\$ref 'nope\.yaml' cannot be loaded: .*nope\.yaml: .*a\.yaml:4"):
        follow_file(write(tmp_path, {"a.yaml": opened("nope.yaml")}))


@pytest.mark.parametrize("reference", ["http://[::1", "a\\0b.yaml", "x" * 300])
def test_what_is_not_a_uri_is_refused(tmp_path: Path, reference: str) -> None:
    """Whatever it is."""
    with pytest.raises(SpecError):
        follow_file(write(tmp_path, {"a.yaml": opened(reference)}))


@pytest.mark.parametrize(("version", "said"), [("3.0.3", "far"), ("3.1.0", "near"), ("3.2.0", "near")])
def test_a_description_beside_a_reference_replaces_that_of_the_target(version: str, said: str) -> None:
    """Since OpenAPI 3.1 (Reference Object); the place stays the same."""
    reply = {"$ref": "#/components/responses/R", "description": "near"}
    found = document({"/a": reply}, version=version, components={"responses": {"R": {"description": "far"}}})
    there = found.follow(found.root.child("paths", "/a"))
    assert (there.get("description"), there.path) == (said, ("components", "responses", "R"))


def test_a_document_with_a_fault_can_be_refused_at_once() -> None:
    """`strict=True` lists every fault."""
    data = {"openapi": "3.0.3", "info": {}, "paths": {"/a/{x}": {"get": {"responses": {}}}}}
    with pytest.raises(SpecError, match="breaks the specification") as caught:
        load(data, strict=True)
    assert {problem.pointer for problem in caught.value.problems} == {
        "/info/title", "/info/version", "/paths/~1a~1{x}/get", "/paths/~1a~1{x}/get/responses",
    }  # fmt: skip
    assert load({"openapi": "3.0.3", **HEAD}, strict=True).problems == []


def test_a_problem_noticed_later_is_listed_once() -> None:
    """After the faults."""
    found = document()
    for _ in range(2):
        found.note(found.problem(found.root, "pattern", "cannot be read"))
    assert [str(problem) for problem in found.problems] == ["document: cannot be read [<mapping>]"]


def test_opening_a_document_searches_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for faults nor for identifiers."""
    path = write(tmp_path, {"a.yaml": opened("#/info").replace("3.0.3", "3.1.0")})
    monkeypatch.setattr("dynclient.spec.library.index_of", None)
    monkeypatch.setattr("dynclient.faults.faults.find", None)
    assert follow_file(path)["title"] == "T"


def test_a_document_asks_its_judge_once() -> None:
    """When `problems` is first read; problems noticed before come first."""
    asked = []

    def judge(found: Document) -> list[Problem]:
        asked.append(found)
        return [Problem("document", (), "x", "judged")]

    found = Document(document().source, judge=judge)
    found.note(Problem("document", (), "x", "noticed"))
    assert asked == []
    assert [problem.message for problem in (*found.problems, *found.problems)] == ["noticed", "judged"] * 2
    assert asked == [found]
    assert [problem.message for problem in found.corrected([]).problems] == ["judged"]


def test_a_document_without_a_judge_lists_the_problems_that_were_noticed() -> None:
    """It searches for no others."""
    found = Document(load({"openapi": "3.0.3"}).source)
    assert found.problems == []
    found.note(Problem("document", (), "x", "noticed"))
    assert [problem.message for problem in found.problems] == ["noticed"]


def test_a_strict_document_with_a_fault_is_refused() -> None:
    """When it is created."""
    with pytest.raises(SpecError, match="breaks the specification\n  document: judged"):
        Document(document().source, OpenOptions(strict=True), judge=lambda _: [Problem("document", (), "x", "judged")])
