"""Media types: parsed, chosen, encoded and decoded."""

import io
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynclient.schema.bundle import Bundle
from dynclient.wire.bodyrules import Rules
from dynclient.wire.choice import choose_media_type
from dynclient.wire.codec import Body, decode, decoder, encode, is_sequential, items, payload
from dynclient.wire.mediatype import MediaError, accept_header, best, parse


@pytest.mark.parametrize(
    ("text", "kind", "parameters"),
    [
        ("application/json", "application/json", {}),
        ("Application/JSON; Charset=UTF-8", "application/json", {"charset": "UTF-8"}),
        ('multipart/form-data; boundary="a=b"', "multipart/form-data", {"boundary": "a=b"}),
        ("text/plain;;x", "text/plain", {}),
        ('a/b; c="d;e=\\"f\\""; G = h', "a/b", {"c": 'd;e="f"', "g": "h"}),
        ('a/b; c="open', "a/b", {"c": "open"}),
        ("", "", {}),
    ],
)
def test_a_content_type_is_parsed(text: str, kind: str, parameters: Any) -> None:
    """RFC 9110, section 8.3.1."""
    assert (parse(text).kind, dict(parse(text).parameters)) == (kind, parameters)


@pytest.mark.parametrize(
    ("kind", "is_json"),
    [
        ("application/json", True),
        ("application/problem+json; a=b", True),
        ("text/json", True),
        ("application/*+json", False),
        ("text/plain", False),
    ],
)
def test_json_is_recognised_by_its_name(kind: str, is_json: bool) -> None:  # noqa: FBT001  a column of the table
    """RFC 6839, section 3.1, and the names used before and beside its registration."""
    assert parse(kind).is_json is is_json


@pytest.mark.parametrize(
    ("kind", "is_xml"),
    [("text/xml", True), ("image/svg+xml", True), ("application/xml; a=b", True), ("text/html", False)],
)
def test_xml_is_recognised_by_its_name(kind: str, is_xml: bool) -> None:  # noqa: FBT001  a column of the table
    """The name is `xml`, or ends with `+xml` (RFC 7303)."""
    assert parse(kind).is_xml is is_xml


@given(st.dictionaries(st.sampled_from("abc"), st.text(st.characters(min_codepoint=32, max_codepoint=126))))
def test_a_media_type_comes_back_as_it_was(parameters: dict[str, str]) -> None:
    """Whatever its parameters contain."""
    kind = parse("a/b").having(**parameters)
    assert parse(kind.text) == kind


OFFERED = ["*/*", "text/*", "text/plain", "application/json", "application/json; v=2"]


@pytest.mark.parametrize(
    ("kind", "chosen"),
    [
        ("text/plain; charset=utf-8", "text/plain"),
        ("text/html", "text/*"),
        ("image/png", "*/*"),
        ("APPLICATION/JSON", "application/json"),
        ("application/json; v=2", "application/json; v=2"),
        ("application/json;V=2;charset=utf-8", "application/json; v=2"),
        ("application/json; v=3", "application/json"),
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
        ([10**5000], "application/json"),
        ("ä", "application/json; charset=nonsense"),
        ({"a": 1}, "text/html"),
        ([1], "text/csv"),
        (math.inf, "text/plain"),
        ([10**5000], "text/plain"),
        ("€", "image/png; charset=latin-1"),
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
    """Anything but JSON and text stays bytes."""
    assert decode(content, kind) == value


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"", "application/json", "is not JSON: a value is missing at line 1, column 1"),
        (b'{"a": 1', "application/json", "is not JSON"),
        (b"<html>", "application/json", "is not JSON"),
        (b"NaN", "application/json", "NaN is not a value of JSON at line 1, column 1"),
        (b"[-Infinity]", "application/json", "-Infinity is not a value of JSON at line 1, column 2"),
        (b'"\xff"', "application/json", "is not JSON"),
        (b"[" * 100_000, "application/json", "nested too deeply"),
        (b"1" * 5000, "application/json", "is not JSON that can be read: a number has more than 4300 digits"),
        (b"1e999", "application/json", "is too large"),
        (b'{"a": [0.5, -1e999]}', "application/json", "the number -1e999 is too large"),
        (b'["\\ud800"]', "application/json", "unpaired surrogate"),
        (b'{"\\uDfff": 1}', "application/json", "unpaired surrogate"),
        (b'"\xed\xa0\x80"', "application/json", "is not JSON"),
        (b"1 2", "application/json", "there is more after the value"),
        (b"'a'", "application/json", "is not JSON"),
        (b"\xff", "text/plain", "is not utf-8 text"),
        (b"a", "text/plain; charset=nonsense", "unknown charset 'nonsense'"),
        (b"a", "text/plain; charset=undefined", "unknown charset"),
        (b"a", "text/plain; charset=a\0b", "unknown charset"),
        (b"a", "text/plain; charset=rot13", "unknown charset"),
        (b"1", "application/json; charset=nonsense", "unknown charset"),
        *[
            (b"1", f"{kind}; charset={charset}", f"unknown charset '{charset}'")
            for kind in ("text/plain", "application/json", "application/xml", "application/yaml")
            for charset in ("punycode", "idna", "unicode_escape", "raw_unicode_escape", "cp037", "hz")
        ],
    ],
)
def test_bytes_that_are_not_of_their_media_type_are_refused(content: bytes, kind: str, message: str) -> None:
    """With a MediaError that says why."""
    with pytest.raises(MediaError, match=message):
        decode(content, kind)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(exclude_categories=["Cs"])), lambda x: st.lists(x) | st.dictionaries(st.sampled_from("abc"), x)))  # fmt: skip
def test_json_is_what_pythons_own_reader_reads(value: Any) -> None:
    """The value comes back."""
    assert json.loads(encode(value, "application/json")) == value
    assert decode(encode(value, "application/json"), "application/json") == value


@pytest.mark.parametrize(
    "value", [None, False, 0, "", [], {}, "a", 5, 10**400, -0.5, {"a": None}, "\U0001f600\u2028\0"]
)
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_json_is_read_in_every_unicode_encoding(value: Any, charset: str) -> None:
    """With a byte order mark and without; null, false, 0 and the empty text are values like any other."""
    content = json.dumps(value).encode(charset)
    assert decode(content, "application/json") == value
    assert decode(content, "application/merge-patch+json; charset=utf-8") == value


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "UTF-32", "latin-1", "ascii"])
def test_json_has_a_charset(charset: str) -> None:
    """Characters that it lacks are escaped."""
    kind = f"application/json; charset={charset}"
    assert decode(encode({"ä": "€"}, kind), kind) == {"ä": "€"}
    assert json.loads(encode({"ä": "€"}, kind).decode(charset)) == {"ä": "€"}


def test_a_surrogate_pair_is_one_character() -> None:
    """Only an unpaired surrogate is refused."""
    assert decode(b'"\\ud83d\\ude00"', "application/json") == "\U0001f600"


def test_of_two_members_with_one_name_the_last_counts() -> None:
    """As for Python's own reader."""
    assert decode(b'{"a": 1, "b": 2, "a": 3}', "application/json") == {"a": 3, "b": 2}


def test_a_value_that_contains_itself_is_refused_with_its_place() -> None:
    """Although the writer does not look for that."""
    value: list[Any] = []
    value.append({"a": value})
    with pytest.raises(MediaError, match="contains itself"):
        encode(value, "application/json")


def test_json_keeps_what_floats_would_lose() -> None:
    """Large integers are exact."""
    assert decode(b"[12345678901234567890123, 0.1]", "application/json") == [12345678901234567890123, 0.1]


@pytest.mark.parametrize(
    ("content", "types", "value"),
    [
        (b"5", {"integer"}, 5),
        (b"1.5", {"number", "null"}, 1.5),
        (b"true", {"boolean"}, True),
        (b"5", {"string"}, "5"),
        (b"5", set(), "5"),
        (b"five", {"integer"}, "five"),
    ],
)
def test_a_text_is_what_the_schema_says(content: bytes, types: set[str], value: Any) -> None:
    """Texts carry no types."""
    assert decode(content, "text/plain", Rules(Bundle({"type": sorted(types)} if types else {}))) == value


@pytest.mark.parametrize(
    ("value", "kind", "content_type"),
    [
        ("a", "text/plain", "text/plain"),
        ("ä", "text/csv", "text/csv; charset=utf-8"),
        ("ä", "Text/CSV;Charset=latin-1", "text/csv; charset=latin-1"),
        ({}, "application/json", "application/json"),
        ({}, "application/problem+json; v=2", "application/problem+json; v=2"),
        (b"", "image/png", "image/png"),
        ({"a": 1}, "*/*", "application/json"),
        ({"a": 1}, "application/*+json", "application/json"),
        ("a", "text/*", "text/plain"),
        (b"a", "*/*", "application/octet-stream"),
        (("a.png", b"a"), "image/*", "image/png"),
        (Path("a.png"), "text/*", None),
        (b"a", "image/*", None),
        ({"a": 1}, "text/*", None),
        (Body("a,b", "text/csv"), "text/*", "text/csv"),
        (Body("{}", "text/plain"), "*/*", "text/plain"),
    ],
)
def test_a_payload_says_what_it_is(value: Any, kind: str, content_type: str | None) -> None:
    """With a charset where one is needed; a range never goes on the wire."""
    if content_type is None:
        with pytest.raises(MediaError, match="is a range"):
            payload(value, kind)
    else:
        made = payload(value, kind)
        assert isinstance(made.data, bytes)
        assert (made.content_type, made.length) == (content_type, len(made.data))


ALL = ["application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "application/json", "text/csv",
       "application/x-ndjson", "image/png"]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "offered", "chosen"),
    [
        ({"a": 1}, ALL, "application/json"),
        ([1], ALL, "application/json"),
        (None, ALL, "application/json"),
        (5, ["text/plain", "application/vnd.x+json"], "application/vnd.x+json"),
        ({"a": 1}, ALL[:3], "application/x-www-form-urlencoded"),
        ({"a": 1}, ["application/xml", "multipart/form-data"], "multipart/form-data"),
        ({"a": 1}, ["text/plain", "application/xml"], "application/xml"),
        ({"a": 1}, ["image/png", "*/*"], "*/*"),
        ([1], ["text/plain", "application/x-ndjson"], "application/x-ndjson"),
        (iter([1]), ["application/json", "application/x-ndjson"], "application/x-ndjson"),
        (iter([b""]), ["application/json", "image/png"], "image/png"),
        ({"a": b""}, ALL, "multipart/form-data"),
        ({"a": [("n", b"")]}, ["application/json", "multipart/mixed"], "multipart/mixed"),
        (b"", ALL, "image/png"),
        (b"", ["application/json", "multipart/form-data"], "multipart/form-data"),
        (Path("a.csv"), ALL, "text/csv"),
        (Path("a.gif"), ["application/octet-stream", "image/*"], "image/*"),
        (io.BytesIO(), ["application/json", "application/pdf"], "application/pdf"),
        ("a", ["text/plain", "application/json"], "text/plain"),
        ("a", ["application/json", "text/plain"], "application/json"),
        ("a", ["image/png", "application/json"], "application/json"),
        ("a", ["image/png", "application/xml"], "application/xml"),
        (5, ["application/xml", "text/plain"], "text/plain"),
        (Body("a", "text/csv; charset=utf-8"), ALL, "text/csv"),
        (Body("a", "text/html"), ["*/*", "text/*"], "text/*"),
        ({"a": 1}, ["image/png"], "image/png"),
    ],
)
def test_a_value_is_sent_in_a_type_that_fits(value: Any, offered: list[str], chosen: str) -> None:
    """By the rules in `choose_media_type`."""
    assert choose_media_type(value, [(name, Rules()) for name in offered]) == chosen


def test_a_text_is_json_only_where_the_schema_takes_one() -> None:
    """Otherwise it is sent as text or bytes."""
    objects = Rules(Bundle({"type": "object"}))
    assert choose_media_type("a", [("application/json", objects), ("text/plain", Rules())]) == "text/plain"
    assert choose_media_type("a", [("application/json", objects), ("application/pdf", Rules())]) == "application/pdf"


@pytest.mark.parametrize(
    ("value", "offered"),
    [
        ({"a": b""}, ["application/json", "text/plain"]),
        (b"", ["application/json", "application/problem+json"]),
        ({"a": 1}, ["image/png", "text/plain"]),
        (Body("a", "text/csv"), ["application/json"]),
        (5, []),
    ],
)
def test_a_value_that_fits_nothing_is_refused(value: Any, offered: list[str]) -> None:
    """The hint lists what is documented."""
    with pytest.raises(MediaError, match="document") as caught:
        choose_media_type(value, [(name, Rules()) for name in offered])
    assert caught.value.hint == f"documented: {', '.join(offered)}"


def test_an_accept_field_lists_what_is_offered() -> None:
    """Each once; `*/*` when there are none."""
    assert accept_header(["a/b", "c/d", "a/b"]) == "a/b, c/d"
    assert accept_header([]) == "*/*"


def test_json_loads_no_other_codec() -> None:
    """A codec is imported when its family is first used, and what only it needs comes with it."""
    rooms = ["sequences", "urlencoded", "multipart", "parts", "xmltree", "xmlmodel", "xmltext", "yamltext"]
    names = [
        *(f"dynclient.wire.{name}" for name in rooms),
        "xml",
        "xml.etree",
        "email",
        "mimetypes",
        "tempfile",
        "secrets",
        "yaml",
    ]
    used = "from dynclient.wire.codec import decode, encode; decode(encode({}, 'application/json'), 'application/json')"
    code = f"import sys; {used}; print([name for name in {names} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  our own
    assert done.stdout.strip() == "[]"


SCHEMA: dict[str, Any] = {
    "type": "object",
    "xml": {"name": "a"},
    "properties": {
        "a": {"type": "integer"},
        "b": {"type": "array", "items": {"$ref": "#/$defs/c"}},
        "c": {"$ref": "#/$defs/c"},
    },
    "$defs": {"c": {"type": "object", "properties": {"c": {"$ref": "#/$defs/c"}, "d": {"xml": {"attribute": True}}}}},
}
KINDS = ["application/json", "application/x-ndjson", "application/json-seq", "text/event-stream", "application/xml",
         "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "multipart/mixed; boundary=a", "text/plain",
         "text/plain; charset=utf-16", "image/png"]  # fmt: skip
#: Bytes that mean something to one codec or another, and some that mean nothing.
SCRAPS = [b"<a>", b"</a>", b"<c d='1'/>", b"<!DOCTYPE", b"&a;", b"<![CDATA[", b"{", b"}", b'"a"', b":", b"[", b"1", b"\n", b"\r\n",
          b"\r\n--a", b"--", b"\r\n\r\n", b"Content-Disposition: form-data; name=", b"Content-Type: ", b"a=", b"&", b"b[c]=", b"%", b"%7B",
          b"\x1e", b"data:", b"retry: 1", b"\xef\xbb\xbf", b"\xff\xfe", b"\0"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@given(parts=st.lists(st.sampled_from(SCRAPS) | st.binary(max_size=4), max_size=12))
def test_any_bytes_are_read_or_refused(kind: str, parts: list[bytes]) -> None:
    """There is a value or a MediaError, the same in pieces as in a whole."""
    encoding: dict[str, Any] = {"c": {"style": "deepObject"}, "a": {"explode": False}}
    content = b"".join(parts)
    for rules in (
        Rules(),
        Rules(Bundle(SCHEMA)),
        Rules(Bundle(SCHEMA), encoding=encoding),
    ):
        try:
            value = decode(content, kind, rules)
        except MediaError:
            continue
        if is_sequential(kind) and isinstance(value, list):
            assert list(items(decoder(kind, rules), parts)) == value


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"a":"x\ny"}', "a text contains a control character at line 1, column 8"),
        (b'{"aaaa": "NaN",\n "b": [1, NaN]}', "NaN is not a value of JSON at line 2, column 11"),
        (b'{"a": 1 "b": 2}', "a comma is missing at line 1, column 9"),
        (b'{"a" 1}', "a colon is missing at line 1, column 6"),
        (b"{1: 2}", "a property name in double quotes is missing at line 1, column 2"),
        (b'["a', "a text has no end at line 1, column 2"),
        (b'["\\x"]', "a text contains an invalid escape at line 1, column 3"),
    ],
)
def test_a_fault_of_json_is_told_in_one_style_with_its_place(content: bytes, said: str) -> None:
    """Not in the words of the reader, which differ between versions of Python."""
    with pytest.raises(MediaError, match=f"^is not JSON: {said}$"):
        decode(content, "application/json")


def test_every_charset_of_the_web_is_read() -> None:
    """By its usual name (WHATWG, Encoding, section 4.2)."""
    labels = "utf-8 ibm866 iso-8859-1 iso-8859-2 iso-8859-15 koi8-r windows-1252 windows-1251 gbk gb18030 big5 euc-jp iso-2022-jp shift_jis euc-kr"
    for label in (*labels.split(), "macintosh", "us-ascii", "utf-16", "utf-16be", "latin1"):
        assert decode("a".encode(label), f"text/plain; charset={label}") == "a"
    assert decode(b"\x81\x84", "text/plain; charset=Windows-31J") == "\uff1e"
