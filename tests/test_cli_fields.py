"""The fields of a body on the command line: one way for JSON and for forms, read as the schema says."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import Serve
from servers import Loopback, reply

from dynclient.cli.program import cli

ITEM = {"type": "object", "properties": {"itemNo": {"type": "string"}, "quantity": {"type": "integer"}}}
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "isFriend": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "items": {"type": "array", "items": ITEM},
        "address": {"type": "object", "properties": {"city": {"type": "string"}, "postCode": {"type": "string"}}},
        "a.b": {"type": "string"},
        "key": {"type": "string", "format": "byte"},
        "id": {"type": "string"},
    },
}
PHOTO = {"type": "object", "properties": {"photo": {"type": "string", "format": "binary"}, "note": {"type": "string"}}}
TEXT = {"type": "string"}
ID = {"name": "id", "in": "query", "schema": {"type": "integer"}}
OK = {"200": {"description": "OK"}}


def taking(**contents: object) -> dict[str, object]:
    """An operation with a body in these media types."""
    body = {"content": {kind.replace("_", "/"): {"schema": schema} for kind, schema in contents.items()}}
    return {"post": {"parameters": [ID], "requestBody": body, "responses": OK}}


DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "F", "version": "1"},
    "paths": {
        "/json": taking(application_json=PERSON),
        "/any": taking(application_json={"type": "object"}),
        "/form": {"post": {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": PERSON}}}, "responses": OK}},
        "/both": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": PERSON}, "multipart/form-data": {"schema": PHOTO}}},
                "responses": OK,
            }
        },
        "/text": taking(text_plain={"type": "string"}),
        "/message": taking(**{"application_x-www-form-urlencoded": {"type": "object", "properties": {"From": TEXT, "Body": TEXT}}}),
        "/issue": taking(application_json={"type": "object", "properties": {"title": TEXT, "body": TEXT}}),
    },
}  # fmt: skip


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The document as a file, in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.json").write_text(json.dumps(DOCUMENT), "utf-8")
    (tmp_path / "note.txt").write_text("a note", "utf-8")
    (tmp_path / "list.json").write_text('["x", 1]', "utf-8")
    (tmp_path / "photo.png").write_bytes(b"\0\xff")
    return "spec.json"


@pytest.fixture
def server(serve: Serve) -> Loopback:
    """A server that takes everything."""
    return serve(reply(200))


def call(spec: str, server: Loopback, path: str, *arguments: str) -> Result:
    """Call the operation of a path."""
    return CliRunner().invoke(cli, ["call", spec, f"POST {path}", "--server", server.url, *arguments])


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        (["--body", "name=7", "--body", "age=7"], {"name": "7", "age": 7}),
        (["name=Ann", "--body", "id=x"], {"name": "Ann", "id": "x"}),
        (["is-friend=true", "--body", "is_friend=false"], None),
        (["isFriend=true"], {"isFriend": True}),
        (["--body", "tags=a"], {"tags": ["a"]}),
        (["tags=a", "tags=b"], {"tags": ["a", "b"]}),
        (["tags:=[]"], {"tags": []}),
        (["address.city=Oslo", "address.post-code=0150"], {"address": {"city": "Oslo", "postCode": "0150"}}),
        (["--body", "address.other.deep=1"], {"address": {"other": {"deep": "1"}}}),
        (["items.0.itemNo=7", "items.0.quantity=7", "items.1.item_no=8"],
         {"items": [{"itemNo": "7", "quantity": 7}, {"itemNo": "8"}]}),
        (["a.b=c"], {"a.b": "c"}),
        (["name=@note.txt"], {"name": "a note"}),
        (["name=@@ann"], {"name": "@ann"}),
        (["key=@photo.png"], {"key": "AP8="}),
        (["--body", '{"name": "a=b"}'], {"name": "a=b"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_fields_of_json_are_read_as_the_schema_says(
    spec: str, server: Loopback, arguments: list[str], sent: object
) -> None:
    """Texts, numbers, booleans, arrays, objects and the texts of files."""
    result = call(spec, server, "/json", *arguments)
    if sent is None:
        assert (result.exit_code, "isFriend: is given several times" in result.stderr) == (2, True)
    else:
        assert (result.exit_code, result.stderr) == (0, "")
        assert server.last.json == sent


@pytest.mark.parametrize(
    ("argument", "value"), [("x:=1", 1), ("x:=null", None), ("x=1", "1"), ("x:=@list.json", ["x", 1])]
)
def test_json_is_json_whatever_the_schema_says(spec: str, server: Loopback, argument: str, value: object) -> None:
    """As HTTPie writes it; from a file, too."""
    assert call(spec, server, "/any", "--body", argument).stderr == ""
    assert server.last.json == {"x": value}


def test_a_parameter_keeps_its_name(spec: str, server: Loopback) -> None:
    """A field of the same name is given by `--body`."""
    assert call(spec, server, "/json", "id=7", "--body", "id=x").exit_code == 0
    assert (server.last.target, server.last.json) == ("/json?id=7", {"id": "x"})


def test_a_form_takes_the_same_fields(spec: str, server: Loopback) -> None:
    """Each in its place in the form."""
    assert call(spec, server, "/form", "--body", "name=a&b=c", "age=7", "tags=a", "tags=b").stderr == ""
    assert server.last.body == b"age=7&tags=a&tags=b&name=a%26b%3Dc"


def test_the_media_type_that_has_the_fields_is_chosen(spec: str, server: Loopback) -> None:
    """A file goes into the form, though JSON comes first."""
    assert call(spec, server, "/both", "--body", "photo=@photo.png;type=image/gif", "--body", "note=x").stderr == ""
    assert b'filename="photo.png"\r\nContent-Type: image/gif\r\n\r\n\0\xff' in server.last.body
    assert call(spec, server, "/both", "--body", "name=Ann").stderr == ""
    assert server.last.json == {"name": "Ann"}


def test_a_body_of_text_may_look_like_a_field(spec: str, server: Loopback) -> None:
    """It is the text."""
    assert call(spec, server, "/text", "--body", "a=b").stderr == ""
    assert server.last.body == b"a=b"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["address={}", "address.city=x"], "address: is given both as a whole and in parts"),
        (["items.1.itemNo=7"], "items: items are counted from 0 without gaps, not 1"),
        (["name=@photo.png"], "name: photo.png is not UTF-8 text"),
        (["age:=x"], "age: is not JSON"),
        (["name=Ann", "--body", "{}"], "argument /body: is given twice"),
        (["--body", "{}", "--body", "[]"], "argument /body: is given twice"),
        (["adress.city=x"], "argument /adress.city: is not in the document"),
        (["name=@missing"], "cannot read missing: No such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_read_is_named(spec: str, server: Loopback, arguments: list[str], message: str) -> None:
    """With its field, before anything is sent."""
    result = call(spec, server, "/json", *arguments)
    assert (result.exit_code, server.received) == (2, [])
    assert message in result.stderr


@pytest.mark.parametrize(
    ("path", "arguments", "advice"),
    [
        ("/message", ["body=Hello"], "its member Body is written Body=VALUE or -F body=VALUE"),
        ("/message", ["From=+2", "body=Hello"], "its member Body is written Body=VALUE or -F body=VALUE"),
        ("/issue", ["body=Hello", "title=x"], "its member body is written --body body=VALUE"),
    ],
)
def test_a_body_that_must_be_meant_for_its_member_is_refused_with_what_to_write(
    spec: str, server: Loopback, path: str, arguments: list[str], advice: str
) -> None:
    """`body=` is the whole body, and a text is not an object; that is all that is said."""
    result = call(spec, server, path, *arguments)
    assert (result.exit_code, server.received) == (2, [])
    assert result.stderr.splitlines()[1:] == [f"  body: must be an object, and body= is the whole body ({advice})"]


@pytest.mark.parametrize(
    ("path", "arguments", "sent"),
    [
        ("/message", ["From=+2", "Body=Hello"], b"From=%2B2&Body=Hello"),
        ("/message", ["from=+2", "-F", "body=Hello"], b"From=%2B2&Body=Hello"),
        ("/message", ["-F", "from=+2"], b"From=%2B2"),
        ("/message", ['body={"Body": "x"}'], b"Body=x"),
        ("/issue", ["title=x", "--body", "body=Hello"], b'{"title":"x","body":"Hello"}'),
        ("/issue", ['body={"body": "x"}'], b'{"body":"x"}'),
    ],
)
def test_a_member_with_the_name_of_the_body_can_be_written(
    spec: str, server: Loopback, path: str, arguments: list[str], sent: bytes
) -> None:
    """And one whose name is a word of Python is written as it is."""
    assert call(spec, server, path, *arguments).stderr == ""
    assert server.last.body == sent


def test_an_option_for_forms_says_how_fields_of_json_are_written(spec: str, server: Loopback) -> None:
    """`-F` is a habit from other programs."""
    result = call(spec, server, "/issue", "-F", "title=x")
    assert "takes application/json (write its fields as NAME=VALUE, or --body NAME=VALUE)" in result.stderr
