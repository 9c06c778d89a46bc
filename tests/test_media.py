"""Media types: told apart, chosen, encoded and decoded."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynclient.media import MediaError, best, decode, encode, parse


@pytest.mark.parametrize(
    ("text", "kind", "parameters"),
    [
        ("application/json", "application/json", {}),
        ("Application/JSON; Charset=UTF-8", "application/json", {"charset": "UTF-8"}),
        ('multipart/form-data; boundary="a=b"', "multipart/form-data", {"boundary": "a=b"}),
        ("text/plain;;x", "text/plain", {}),
        ("", "", {}),
    ],
)
def test_a_content_type_is_taken_apart(text: str, kind: str, parameters: Any) -> None:
    """RFC 9110, section 8.3.1."""
    assert (parse(text).kind, dict(parse(text).parameters)) == (kind, parameters)


@pytest.mark.parametrize(
    ("kind", "is_json"),
    [("application/json", True), ("application/problem+json; a=b", True), ("text/json", False), ("text/plain", False)],
)
def test_json_is_told_by_its_name(kind: str, is_json: bool) -> None:  # noqa: FBT001  a column of the table
    """RFC 6839, section 3.1."""
    assert parse(kind).is_json is is_json


OFFERED = ["*/*", "text/*", "text/plain", "application/json", "application/json; v=2"]


@pytest.mark.parametrize(
    ("kind", "chosen"),
    [
        ("text/plain; charset=utf-8", "text/plain"),
        ("text/html", "text/*"),
        ("image/png", "*/*"),
        ("APPLICATION/JSON", "application/json"),
        ("application/json; v=2", "application/json; v=2"),
    ],
)
def test_the_closest_media_type_is_chosen(kind: str, chosen: str) -> None:
    """OpenAPI, Response Object: text/plain overrides text/*."""
    assert best(OFFERED, kind) == chosen


def test_no_media_type_is_chosen_where_none_fits() -> None:
    """Then the reply breaks the document."""
    assert best(["application/json"], "text/plain") is None


@pytest.mark.parametrize(
    ("value", "kind", "content"),
    [
        ({"a": "ä", "b": [1, None]}, "application/json", '{"a":"ä","b":[1,null]}'.encode()),
        ("a", "application/json", b'"a"'),
        (None, "application/problem+json", b"null"),
        ("ä", "text/plain", "ä".encode()),
        ("ä", "text/plain; charset=latin-1", b"\xe4"),
        (1.5, "text/plain", b"1.5"),
        (b"\0", "text/plain", b"\0"),
        (b"\0\1", "image/png", b"\0\1"),
        ("text", "application/xml", b"text"),
    ],
)
def test_a_value_has_bytes_in_its_media_type(value: Any, kind: str, content: bytes) -> None:
    """JSON without spaces, text in its charset, bytes as they are."""
    assert encode(value, kind) == content


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (math.nan, "application/json"),
        ([math.inf], "application/json"),
        (b"bytes", "application/json"),
        ({"a": object()}, "application/json"),
        ("a\ud800", "application/json"),
        ("€", "text/plain; charset=latin-1"),
        ("a", "text/plain; charset=nonsense"),
        ({"a": 1}, "image/png"),
    ],
)
def test_a_value_that_has_no_bytes_is_refused(value: Any, kind: str) -> None:
    """With a MediaError, so that nothing is sent."""
    with pytest.raises(MediaError):
        encode(value, kind)


@pytest.mark.parametrize(
    ("content", "kind", "value"),
    [
        (b'{"a": 1}', "application/json", {"a": 1}),
        (b'\xef\xbb\xbf"a"', "application/json", "a"),
        (b"\xe4", "text/plain; charset=iso-8859-1", "ä"),
        ("ä".encode(), "text/plain", "ä"),
        (b"\xff\0", "application/octet-stream", b"\xff\0"),
        (b"{}", "", b"{}"),
    ],
)
def test_bytes_have_a_value_in_their_media_type(content: bytes, kind: str, value: Any) -> None:
    """Whatever is neither JSON nor text stays bytes."""
    assert decode(content, kind) == value


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"", "application/json", "is not JSON: Expecting value at line 1, column 1"),
        (b'{"a": 1', "application/json", "is not JSON"),
        (b"<html>", "application/json", "is not JSON"),
        (b"NaN", "application/json", "NaN is not in JSON"),
        (b"[-Infinity]", "application/json", "-Infinity is not in JSON"),
        (b'"\xff"', "application/json", "is not JSON"),
        (b"[" * 100_000, "application/json", "nested too deeply"),
        (b"1" * 5000, "application/json", "is not JSON"),
        (b"\xff", "text/plain", "is not utf-8 text"),
        (b"a", "text/plain; charset=nonsense", "unknown charset 'nonsense'"),
    ],
)
def test_bytes_that_are_not_of_their_media_type_are_refused(content: bytes, kind: str, message: str) -> None:
    """With a MediaError that says why."""
    with pytest.raises(MediaError, match=message):
        decode(content, kind)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(exclude_categories=["Cs"])), lambda x: st.lists(x) | st.dictionaries(st.sampled_from("abc"), x)))  # fmt: skip
def test_json_is_what_pythons_own_reader_reads(value: Any) -> None:
    """And it comes back."""
    assert json.loads(encode(value, "application/json")) == value
    assert decode(encode(value, "application/json"), "application/json") == value
