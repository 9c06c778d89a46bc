"""YAML bodies: every processor reads what is written; bodies are read like documents."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Serve
from hypothesis import given
from hypothesis import strategies as st
from servers import document, reply

from dynclient import Client, InvalidRequest, InvalidResponse
from dynclient.schema.bundle import Bundle
from dynclient.wire.bodyrules import Rules
from dynclient.wire.choice import choose_media_type
from dynclient.wire.codec import decode, encode
from dynclient.wire.mediatype import MediaError, parse

TEXT = Rules(Bundle({"type": "string"}))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
plain_floats = st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: "e" not in repr(number))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | plain_floats | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
).filter(lambda value: not isinstance(value, str))


@pytest.mark.parametrize(
    ("kind", "is_yaml"),
    [
        ("application/yaml", True),
        ("text/x-yaml; charset=utf-8", True),
        ("application/apply-patch+yaml", True),
        ("application/json", False),
        ("text/plain", False),
    ],
)
def test_yaml_is_recognised_by_its_name(kind: str, is_yaml: bool) -> None:  # noqa: FBT001  a column of the table
    """RFC 9512, and the names used before it."""
    assert parse(kind).is_yaml is is_yaml


@given(values)
def test_a_reader_of_yaml_1_1_reads_the_same(value: Any) -> None:
    """PyYAML's own: `no`, `1_000` and dates are quoted, so that they stay texts."""
    written = encode(value, "application/yaml")
    assert yaml.load(written, yaml.SafeLoader) == value
    assert decode(written, "application/yaml") == value


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"a: no\nb: [1, 0x10, 1e3]\n", {"a": "no", "b": [1, 16, 1000.0]}),
        (b"a: &x {b: 2026-01-01}\nc: *x\n", {"a": {"b": "2026-01-01"}, "c": {"b": "2026-01-01"}}),
        (b"- |\n  two\n  lines\n- ~\n", ["two\nlines\n", None]),
        ('"\u00e4"'.encode(), "\u00e4"),
    ],
)
def test_yaml_is_read_by_the_core_schema(content: bytes, value: Any) -> None:
    """YAML 1.2, as documents are."""
    assert decode(content, "application/yaml") == value


def test_text_stays_as_it_is_written() -> None:
    """Encoded YAML is sent unchanged; where the schema allows only text, it is read unchanged, with its comments."""
    text = "# a comment\na: 1\n"
    assert encode(text, "application/yaml") == text.encode()
    assert decode(text.encode(), "application/yaml", TEXT) == text


def test_a_file_is_sent_as_it_is(tmp_path: Path) -> None:
    """Without being parsed."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"# kept\na: 1\n")
    assert encode(path, "application/yaml") == b"# kept\na: 1\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: [1", "body:2:1"),
        (b"a: 1\na: 2\n", "duplicate key"),
        (b"a: 1\n---\na: 2\n", "a second YAML document"),
        (b"a: !!python/name:os.system x", "no meaning in JSON"),
        (b"a: \xff", "is not utf-8"),
        (b"[" * 100_000, "nested deeper"),
        (b"a: &a [x, x, x, x, x, x, x, x, x, x]\n" + b"".join(
            b"%c: &%c [%s]\n" % (char, char, b", ".join([b"*%c" % (char - 1)] * 10)) for char in range(98, 106)),
            "an alias counts as often as it is used"),
    ],
)  # fmt: skip
def test_malformed_yaml_is_refused(content: bytes, message: str) -> None:
    """The message has the place; no body exhausts the stack or the memory."""
    with pytest.raises(MediaError, match=message):
        decode(content, "application/yaml")


def test_a_value_without_a_json_form_is_refused() -> None:
    """YAML could carry it, but the schemas of a document are for JSON."""
    with pytest.raises(MediaError, match="is not a number in JSON"):
        encode({"a": math.nan}, "application/yaml")


@pytest.mark.parametrize(
    ("value", "offered", "chosen"),
    [
        ({}, ["application/yaml", "application/json"], "application/json"),
        ({}, ["text/plain", "application/yaml"], "application/yaml"),
        ([1], ["text/csv", "text/yaml"], "text/yaml"),
        ("a: 1", ["application/yaml", "image/png"], "application/yaml"),
        (b"a: 1", ["multipart/form-data", "application/yaml"], "application/yaml"),
        (3, ["text/plain", "application/yaml"], "application/yaml"),
    ],
)
def test_yaml_is_chosen_after_json(value: Any, offered: list[str], chosen: str) -> None:
    """A value that either can carry goes as JSON."""
    assert choose_media_type(value, [(name, Rules()) for name in offered]) == chosen


def test_yaml_travels_both_ways_over_a_socket(serve: Serve) -> None:
    """The body is validated and sent, the answer read and validated; a problem names its place in the value."""
    rule = {"type": "object", "properties": {"replicas": {"type": "integer"}}}
    content = {"application/apply-patch+yaml": {"schema": rule}}
    operation = {
        "operationId": "patch",
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "OK", "content": {"application/yaml": {"schema": rule}}}},
    }
    answers = [reply(200, f"replicas: {text}\n", "application/yaml") for text in ("many", "3")]
    server = serve(lambda _: answers.pop())
    with Client(document({"/things": {"patch": operation}}), server=server.url) as client:
        assert client.patch({"replicas": 2}) == {"replicas": 3}
        assert server.last.headers["content-type"] == "application/apply-patch+yaml"
        assert yaml.load(server.last.body, yaml.SafeLoader) == {"replicas": 2}
        with pytest.raises(InvalidResponse, match=r"/replicas: .*is not of type integer"):
            client.patch({"replicas": 2})
        with pytest.raises(InvalidRequest, match=r"/replicas: .*is not of type integer"):
            client.patch({"replicas": "two"})
