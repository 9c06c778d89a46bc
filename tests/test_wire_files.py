"""Files: recognised, read in chunks, and kept apart from plain data."""

import base64
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from dynclient.schema.bundle import Bundle, Shape
from dynclient.wire.bodyrules import Rules
from dynclient.wire.codec import encode, payload
from dynclient.wire.files import Chunks, File, Upload, guess_type, holds_file, is_file, outline, plain_body
from dynclient.wire.mediatype import MediaError

BINARY = "application/octet-stream"
TEXTS = Shape(frozenset({"array"}), items=Shape(frozenset({"string"})))


class Pipe:
    """A file that cannot go back, and has no size."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = list(chunks)

    def read(self, _: int) -> bytes:
        """The next chunk."""
        return self.chunks.pop(0) if self.chunks else b""


@pytest.mark.parametrize(
    "value",
    [
        b"",
        bytearray(b"a"),
        memoryview(b"a"),
        Path("a"),
        io.BytesIO(),
        Pipe(),
        ("a", b""),
        (None, b""),
        ("a", Path("a")),
        ("a", "b", "text/plain"),
        Upload("a", "b"),
        File(b"", "a"),
    ],
)
def test_these_are_files(value: Any) -> None:
    """Alone and inside of plain data."""
    assert is_file(value)
    assert holds_file({"a": [value]})
    assert outline({"a": [value], "b": 1})["a"][0] in ("", "A")


@pytest.mark.parametrize("value", ["a", 5, None, ["a", b"b"], {"a": 1}, ("a", "b"), ("a",), (1, b"")])
def test_these_are_not(value: Any) -> None:
    """A tuple of texts is an array like any other."""
    assert not is_file(value)


def test_a_tuple_of_texts_is_a_file_only_where_no_array_can_be() -> None:
    """The schema decides."""
    assert plain_body(("a", "b")) == ["a", "b"]
    assert plain_body(("a", "b"), TEXTS) == ["a", "b"]
    assert plain_body(("a", "b", "c/d"), TEXTS) == ["a", "b", "c/d"]
    assert plain_body(("a", "b"), Shape(frozenset({"string"}))) == Upload("a", "b")


def test_plain_data_is_made_around_files() -> None:
    """Dates become texts; files stay what they are."""
    file, path = io.BytesIO(), Path("a")
    value = {"day": date(2026, 1, 2), "file": file, "files": (path, ("n", b"")), "named": File(b"x", "a")}
    found = plain_body(value)
    assert found == {"day": "2026-01-02", "file": file, "files": [path, Upload("n", b"")], "named": b"x"}
    assert isinstance(found["named"], File)
    with pytest.raises(MediaError, match="string"):
        plain_body({1: 2})


def sources(folder: Path) -> list[Any]:
    """The same five bytes in every form."""
    (folder / "a.bin").write_bytes(b"abcde")
    late = io.BytesIO(b"--abcde")
    late.seek(2)
    return [b"abcde", bytearray(b"abcde"), memoryview(b"abcde"), folder / "a.bin", io.BytesIO(b"abcde"), late,
            "abcde", Pipe(b"ab", b"cde"), iter([b"ab", bytearray(b"cde")]), (b"abcde"[i : i + 1] for i in range(5)),
            ("a", b"abcde"), File(b"abcde", "x"), ("a", "abcde", "a/b")]  # fmt: skip


@pytest.mark.parametrize("index", range(13))
def test_bytes_come_from_anywhere(tmp_path: Path, index: int) -> None:
    """With their length where it can be known."""
    source = sources(tmp_path)[index]
    made = payload(source, BINARY)
    assert (made.content_type, made.length) == (BINARY, None if index in (7, 8, 9) else 5)
    assert (made.data if isinstance(made.data, bytes) else b"".join(made.data)) == b"abcde"


def test_files_can_be_read_again() -> None:
    """From their first position; iterators cannot."""
    file = io.BytesIO(b"xabc")
    file.seek(1)
    chunks = Chunks([b"1", file])
    assert (chunks.repeatable, chunks.length, chunks.len) == (True, 4, 4)
    assert b"".join(chunks) == b"".join(chunks) == b"1abc"
    once = Chunks([iter([b"a"])])
    assert (once.repeatable, once.length, b"".join(once)) == (False, None, b"a")
    with pytest.raises(MediaError, match="has been consumed"):
        b"".join(once)


def test_requests_announces_the_length(tmp_path: Path) -> None:
    """It sends chunks where the length is unknown."""
    (tmp_path / "a").write_bytes(b"abc")
    known = requests.Request("POST", "http://x/", data=Chunks([b"-", tmp_path / "a"])).prepare()
    assert known.headers == {"Content-Length": "4"}
    unknown = requests.Request("POST", "http://x/", data=Chunks([iter([b"a"])])).prepare()
    assert unknown.headers == {"Transfer-Encoding": "chunked"}


def test_an_empty_file_is_not_streamed(tmp_path: Path) -> None:
    """A stream would lose its length."""
    (tmp_path / "a").touch()
    assert payload(tmp_path / "a", BINARY) == (BINARY, b"", 0)


def test_a_large_file_is_read_in_chunks(tmp_path: Path) -> None:
    """It is never in memory as a whole."""
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(10_000_000)
    made = payload(path, BINARY)
    assert made.length == 10_000_000
    assert max(len(chunk) for chunk in made.data if isinstance(chunk, bytes)) < 1_000_000


def test_a_file_that_is_gone_is_noticed(tmp_path: Path) -> None:
    """The file existed when its size was read."""
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    made = payload(path, BINARY)
    path.unlink()
    with pytest.raises(MediaError, match="cannot be read: No such file"):
        b"".join(made.data)  # type: ignore[arg-type]


def test_a_file_that_changes_while_it_is_sent_is_noticed(tmp_path: Path) -> None:
    """Its length has already been announced."""
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    made = payload(path, BINARY)
    path.write_bytes(b"abcdef")
    with pytest.raises(MediaError, match="changed while it was sent"):
        b"".join(made.data)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (io.StringIO("a"), "opened as text"),
        (iter(["a"]), "gives str, not bytes"),
        (iter([1]), "gives int, not bytes"),
        (Path("/nowhere/at/all"), "cannot be read: No such file"),
        ({"a": 1}, "takes bytes, a file or text, not dict"),
        (5, "takes bytes, a file or text, not int"),
        (("a", {"b": 1}, "image/png"), "is not a file but dict"),
    ],
)
def test_anything_but_a_file_of_bytes_is_refused(value: Any, message: str) -> None:
    """With a MediaError that says why."""
    with pytest.raises(MediaError, match=message):
        encode(value, BINARY)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.png", "image/png"), ("A.JPG", "image/jpeg"), ("a.json", "application/json"), ("a.csv", "text/csv"),
     ("a.svg", "image/svg+xml"), ("a.tar.gz", "application/gzip"), ("a.Z", "application/octet-stream"), ("a", None), ("", None)],
)  # fmt: skip
def test_a_name_suggests_a_type(name: str, kind: str | None) -> None:
    """The same on every machine."""
    assert guess_type(name) == kind


def test_a_file_is_bytes_that_know_their_name() -> None:
    """Its repr shows the name but not the content."""
    file = File(b"secret", "a.txt", "text/plain", {"x-a": "1"})
    assert (file, file.filename, file.content_type, dict(file.headers)) == (
        b"secret",
        "a.txt",
        "text/plain",
        {"x-a": "1"},
    )
    assert repr(file) == "<File 'a.txt', text/plain, 6 bytes>"


@pytest.mark.parametrize(("form", "length"), [("binary", 5), ("byte", 8)])
def test_the_outline_of_a_file_is_as_long_as_the_file(tmp_path: Path, form: str, length: int) -> None:
    """In octets, or in characters of base64 (OpenAPI 3.1, Working with Binary Data), but no longer than can matter."""
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    shape = Shape(frozenset({"string"}), format=form)
    for value in (b"12345", path, io.BytesIO(b"12345"), Upload("a", b"12345")):
        assert outline(value, shape, 100) == "A" * length
        assert outline(value, shape, 3) == "AAA"
    assert outline(iter([b"12345"]), shape, 100) == "A" * (1 if form == "binary" else 4)


@pytest.mark.parametrize("kind", ["image/png", "application/octet-stream", "text/plain"])
def test_a_body_is_base64_where_its_schema_says_so(kind: str) -> None:
    """The media type says what it is, the schema how it is written (OpenAPI 3.1, Working with Binary Data)."""
    told, data = Rules(Bundle({"type": "string", "format": "byte"})), bytes(range(256)) * 1000
    for value in (data, io.BytesIO(data), iter([data[:1], data[1:65537], data[65537:]])):
        assert base64.b64decode(encode(value, kind, told), validate=True) == data
    assert encode("/w==", kind, told) == b"/w=="
    assert encode(data, kind) == data
