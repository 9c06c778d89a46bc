"""White space: a reader drops only the white space that its standard names, so that every other text comes back as it was sent."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import document

from dynclient import Client, Options
from dynclient.api.operation import Operation
from dynclient.api.prepare import prepare
from dynclient.api.unpack import unpack
from dynclient.schema.bundle import Bundle
from dynclient.wire.bodyrules import Rules
from dynclient.wire.codec import Broken, decode, decoder, encode, items, payload
from dynclient.wire.mediatype import MediaError, parse
from dynclient.wire.parts import Part, read_parts, write_parts

#: All that `str.strip` and `str.split` take for white space but no standard here does, and what the standards do.
UNICODE = "\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2003\u2009\u2028\u2029\u202f\u205f\u3000"
SPACED = st.text(st.sampled_from(UNICODE + " \t\na,;="), max_size=5)
STYLES = [("path", "simple"), ("path", "label"), ("path", "matrix"), ("header", "simple"), ("query", "form"), ("query", "spaceDelimited"),
          ("query", "pipeDelimited"), ("query", "deepObject"), ("cookie", "form"), ("cookie", "cookie")]  # fmt: skip
TYPES: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "text": ({"type": "string"}, SPACED),
    "array": ({"type": "array", "items": {"type": "string"}}, st.lists(SPACED, min_size=1, max_size=3)),
    "object": (
        {"type": "object", "additionalProperties": {"type": "string"}},
        st.dictionaries(SPACED.filter(bool), SPACED, min_size=1, max_size=2),
    ),
}


def using(location: str, style: str, schema: Any, *, explode: bool = False) -> Operation:
    """An operation with the parameter `x`, in the version that has every style."""
    rest = {"style": style, "explode": explode, "schema": schema, "required": location == "path"}
    use = {"operationId": "use", "parameters": [{"name": "x", "in": location, **rest}]}
    return Client(document({"/{x}" if location == "path" else "/": {"get": use}}, version="3.2.0")).operations["use"]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(("location", "style"), STYLES)
@given(data=st.data(), explode=st.booleans())
def test_white_space_comes_back_from_every_place_or_is_refused(
    location: str, style: str, kind: str, data: st.DataObject, *, explode: bool
) -> None:
    """What `prepare` lets through, `unpack` returns."""
    schema, values = TYPES[kind]
    value = data.draw(values)
    found = using(location, style, schema, explode=explode)
    request, problems = prepare(found, {"x": value}, options=Options(server="http://127.0.0.1"))
    if request is not None and not problems:
        assert unpack(found, request)[0] == {(location, "x"): value}


@pytest.mark.parametrize(
    ("location", "style", "value"),
    [
        ("cookie", "cookie", "\xa0"),
        ("header", "simple", ["a\u2003", "b"]),
        ("header", "simple", "\u3000a\x85"),
        ("query", "form", "\xa0"),
    ],
)
def test_unicode_spaces_are_part_of_a_value(location: str, style: str, value: Any) -> None:
    """RFC 9110, section 5.6.3, and RFC 6265, section 5.2: only a space and a tab surround a value."""
    schema = TYPES["array" if isinstance(value, list) else "text"][0]
    found = using(location, style, schema)
    request = prepare(found, {"x": value}, options=Options(server="http://127.0.0.1")).request
    assert request is not None
    assert unpack(found, request)[0] == {(location, "x"): value}


@given(SPACED, SPACED, SPACED)
def test_white_space_in_the_head_of_a_part_comes_back_or_is_refused(name: str, filename: str, header: str) -> None:
    """The name, the file name and a header."""
    part = Part(b"x", "a/b", name, filename, {"x-a": header})
    kind = parse("multipart/form-data; boundary=b")
    try:
        content = write_parts([part], kind).data
    except MediaError as error:
        assert "cannot be a header" in str(error)  # noqa: PT017  a line break, or white space at an end
        assert header.strip(" \t") != header or "\n" in header
    else:
        assert isinstance(content, bytes)
        assert read_parts(content, kind) == [part]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
@given(value=st.dictionaries(SPACED, SPACED, min_size=1))
def test_white_space_in_a_form_comes_back(kind: str, value: dict[str, str]) -> None:
    """In names and texts."""
    assert decode(encode(value, kind), kind, Rules()) == value


XML = Rules(
    Bundle({
        "type": "object", "xml": {"name": "x"},
        "properties": {
            "text": {"type": "string"},
            "attribute": {"type": "string", "xml": {"attribute": True}},
            "list": {"type": "array", "items": {"type": "string"}, "xml": {"nodeType": "attribute"}},
        },
    })
)  # fmt: skip
IN_XML = st.text(st.sampled_from("\x85\xa0\u1680\u2003\u2028\u3000 \t\n\ra"), max_size=5)


@given(st.fixed_dictionaries({"text": IN_XML, "attribute": IN_XML, "list": st.lists(IN_XML)}))
def test_white_space_in_xml_comes_back_or_is_refused(value: Any) -> None:
    """In elements and attributes; the items of a list in an attribute are separated by the white space of XML (section 2.3)."""
    try:
        content = encode(value, "application/xml", XML)
    except MediaError as error:
        assert "contains white space" in str(error)  # noqa: PT017  so nobody could find the items again
        assert any(not item or set(item) & set(" \t\r\n") for item in value["list"])
    else:
        assert decode(content, "application/xml", XML) == value


@pytest.mark.parametrize("kind", ["text", "cdata"])
@given(text=IN_XML.filter(lambda text: "\n" not in text))
def test_white_space_in_a_text_node_comes_back(kind: str, text: str) -> None:
    """Unless it contains a line break, which is layout."""
    node = {"type": "string", "xml": {"nodeType": kind}}
    rules = Rules(Bundle({"type": "object", "xml": {"name": "x"}, "properties": {"t": node}}))
    value = {"t": text.replace("\r", "")}
    assert decode(encode(value, "application/xml", rules), "application/xml", rules) == (value if value["t"] else {})


@pytest.mark.parametrize(
    ("schema", "value", "text"),
    [
        ({"type": "string", "xml": {"nodeType": "text"}}, "\xa0\na\n\u2003", "\xa0\na\n\u2003"),
        ({"type": "string", "xml": {"nodeType": "text"}}, "a\xa0", "\n a\xa0\n\t"),
        ({"type": "integer", "xml": {"nodeType": "text"}}, 5, " \t\n5\r\n"),
        ({"type": "integer", "xml": {"nodeType": "text"}}, "\xa05", "\xa05"),
        ({"type": "integer"}, "5\u3000", "<t>5\u3000</t>"),
        ({"type": "array", "items": {"type": "integer"}, "xml": {"nodeType": "element"}}, [5], "<t> <t>5</t>\n</t>"),
    ],
)
def test_only_xml_white_space_is_layout(schema: Any, value: Any, text: str) -> None:
    """XML 1.0, section 2.3: around a number, and around a text where it contains a line break."""
    rules = Rules(Bundle({"type": "object", "xml": {"name": "x"}, "properties": {"t": schema}}))
    assert decode(f"<x>{text}</x>".encode(), "application/xml", rules) == {"t": value}


def test_a_unicode_space_between_elements_is_text() -> None:
    """So it is refused where an element is documented."""
    rules = Rules(Bundle({"type": "array", "xml": {"name": "x"}, "items": {"type": "integer", "xml": {"name": "n"}}}))
    assert decode(b"<x> <n>1</n>\n</x>", "application/xml", rules) == [1]
    with pytest.raises(MediaError, match="is text where n is documented"):
        decode("<x>\xa0<n>1</n></x>".encode(), "application/xml", rules)


@pytest.mark.parametrize(("kind", "before"), [("application/jsonl", b""), ("application/json-seq", b"\x1e")])
@pytest.mark.parametrize("mark", [b"\x0b", b"\x0c", b"\x1c", "\xa0".encode(), "\u2028".encode()])
def test_only_json_white_space_surrounds_an_item(kind: str, before: bytes, mark: bytes) -> None:
    """RFC 8259, section 2, and RFC 7464, section 2.4: anything else is an item that cannot be read."""
    assert decode(before + b" \t1 \r\n", kind) == [1]
    [broken] = items(decoder(kind), [before + b"1" + mark + b"\n"])
    assert isinstance(broken, Broken)
    [broken] = items(decoder(kind), [before + mark + b"\n"])
    assert isinstance(broken, Broken)


@given(st.lists(SPACED), st.sampled_from(["application/jsonl", "application/json-seq", "application/json"]))
def test_white_space_in_json_comes_back(value: list[str], kind: str) -> None:
    """Whatever stands in the texts."""
    assert decode(encode(value, kind), kind) == value


@given(st.text(st.sampled_from(UNICODE + ' \ta";'), max_size=5))
def test_white_space_in_a_media_type_comes_back(text: str) -> None:
    """In a parameter, which is quoted where it must be."""
    kind = parse("a/b").having(x=text)
    assert parse(kind.text) == kind
    assert payload("a", parse("text/plain").having(x=text).text).content_type == parse("text/plain").having(x=text).text
