# ruff: noqa: FBT001  explode is a column of the tables
"""Parameters: the tables of the OpenAPI specification, and encode and decode as inverses."""

import math
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dynclient.schema.bundle import Shape
from dynclient.wire.params import decode_pairs, decode_text, encode_pairs, encode_text
from dynclient.wire.scalar import ParamError, Wire

ARRAY = ["blue", "black", "brown"]
OBJECT = {"R": 100, "G": 200, "B": 150}
TEXT = Shape(frozenset({"string"}))
NUMBER = Shape(frozenset({"integer"}))
TEXTS = Shape(frozenset({"array"}), items=TEXT)
COLOUR = Shape(frozenset({"object"}), properties=dict.fromkeys("RGB", NUMBER))
MAP = Shape(frozenset({"object"}), others=TEXT)
SHAPES: dict[type, Shape] = {str: TEXT, list: TEXTS, dict: COLOUR, int: NUMBER}

# The rows of "Style Examples" (OpenAPI 3.1.1, section 4.8.12.4; the last ones 3.2.0). RFC 6570 says the same: simple in
# section 3.2.2, label 3.2.5, matrix 3.2.7, form 3.2.8 and 3.2.9.
IN_PLACE = [
    ("simple", False, "blue", "blue"),
    ("simple", False, ARRAY, "blue,black,brown"),
    ("simple", False, OBJECT, "R,100,G,200,B,150"),
    ("simple", True, "blue", "blue"),
    ("simple", True, ARRAY, "blue,black,brown"),
    ("simple", True, OBJECT, "R=100,G=200,B=150"),
    ("label", False, "blue", ".blue"),
    ("label", False, ARRAY, ".blue,black,brown"),
    ("label", False, OBJECT, ".R,100,G,200,B,150"),
    ("label", True, "blue", ".blue"),
    ("label", True, ARRAY, ".blue.black.brown"),
    ("label", True, OBJECT, ".R=100.G=200.B=150"),
    ("matrix", False, "", ";color"),
    ("matrix", False, "blue", ";color=blue"),
    ("matrix", False, ARRAY, ";color=blue,black,brown"),
    ("matrix", False, OBJECT, ";color=R,100,G,200,B,150"),
    ("matrix", True, "", ";color"),
    ("matrix", True, "blue", ";color=blue"),
    ("matrix", True, ARRAY, ";color=blue;color=black;color=brown"),
    ("matrix", True, OBJECT, ";R=100;G=200;B=150"),
]
IN_PAIRS = [
    ("form", False, "", "color="),
    ("form", False, "blue", "color=blue"),
    ("form", False, ARRAY, "color=blue,black,brown"),
    ("form", False, OBJECT, "color=R,100,G,200,B,150"),
    ("form", True, "", "color="),
    ("form", True, "blue", "color=blue"),
    ("form", True, ARRAY, "color=blue&color=black&color=brown"),
    ("form", True, OBJECT, "R=100&G=200&B=150"),
    ("spaceDelimited", False, ARRAY, "color=blue%20black%20brown"),
    ("spaceDelimited", False, OBJECT, "color=R%20100%20G%20200%20B%20150"),
    ("pipeDelimited", False, ARRAY, "color=blue%7Cblack%7Cbrown"),
    ("pipeDelimited", False, OBJECT, "color=R%7C100%7CG%7C200%7CB%7C150"),
    ("deepObject", True, OBJECT, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
]


def wire(location: str, value: Any, **rest: Any) -> Wire:
    """The parameter `color` for a value of this kind."""
    style = rest.pop("style", "simple" if location in ("path", "header") else "form")
    return Wire("color", location, style, **{"explode": style == "form", "shape": SHAPES[type(value)], **rest})


def pairs_of(query: str) -> list[tuple[str, str]]:
    """The percent-encoded pairs of a query."""
    return [(name, text) for name, _, text in (pair.partition("=") for pair in query.split("&"))]


@pytest.mark.parametrize("location", ["path", "header"])
@pytest.mark.parametrize(("style", "explode", "value", "text"), IN_PLACE)
def test_a_style_in_place_is_as_the_specification_shows(
    location: str, style: str, explode: bool, value: Any, text: str
) -> None:
    """It is read back; a header has `simple` only."""
    if location == "path" or style == "simple":
        described = wire(location, value, style=style, explode=explode)
        assert encode_text(described, value) == text
        assert decode_text(described, text) == value


@pytest.mark.parametrize("location", ["query", "cookie"])
@pytest.mark.parametrize(("style", "explode", "value", "text"), IN_PAIRS)
def test_a_style_in_pairs_is_as_the_specification_shows(
    location: str, style: str, explode: bool, value: Any, text: str
) -> None:
    """It is read back; a cookie has `form` only."""
    if location == "query" or style == "form":
        described = wire(location, value, style=style, explode=explode)
        assert encode_pairs(described, value) == pairs_of(text)
        assert decode_pairs(described, [("other", "1"), *pairs_of(text)]) == (True, value)


# RFC 6570, section 1.2 and 3.2: what has to be escaped, in a path and in a query.
RESERVED = [
    ("Hello World!", "Hello%20World%21"),
    ("50%", "50%25"),
    ("/foo/bar", "%2Ffoo%2Fbar"),
    ("a&b=c#d?e+f", "a%26b%3Dc%23d%3Fe%2Bf"),
    ("a,b;c|d", "a%2Cb%3Bc%7Cd"),
    ("ä€", "%C3%A4%E2%82%AC"),
    ("azAZ09-._~", "azAZ09-._~"),
    ("%2e%2e", "%252e%252e"),
]


@pytest.mark.parametrize(("value", "text"), RESERVED)
def test_a_value_is_percent_encoded(value: str, text: str) -> None:
    """Only unreserved characters stay (RFC 3986, section 2.3)."""
    assert encode_text(wire("path", value), value) == text
    assert encode_pairs(wire("query", value), value) == [("color", text)]
    assert decode_text(wire("path", value), text) == value


def test_a_delimiter_inside_an_item_does_not_split_it() -> None:
    """It is percent-encoded before the items are joined."""
    assert encode_text(wire("path", []), ["a,b", "c"]) == "a%2Cb,c"
    assert decode_text(wire("path", []), "a%2Cb,c") == ["a,b", "c"]


@pytest.mark.parametrize("value", ["a?b", "a/b:c@d", "a,b;c", "(a)*'!$", "100%", "a b", "ä"])
def test_reserved_characters_stay_where_that_is_allowed(value: str) -> None:
    """RFC 6570, section 3.2.3."""
    described = wire("query", value, allow_reserved=True)
    [(_, text)] = encode_pairs(described, value)
    assert unquote(text) == value
    assert all(mark in text for mark in set(value) & set("?/:@,;()*'!$"))


@pytest.mark.parametrize("value", ["a#b", "a&b=c", "a+b"])
def test_what_would_end_a_query_value_is_encoded_all_the_same(value: str) -> None:
    """Otherwise the rest of the query would be lost, or read as other parameters."""
    described = wire("query", value, allow_reserved=True)
    pairs = encode_pairs(described, value)
    assert parse_qsl("&".join(map("=".join, pairs)).partition("#")[0]) == [("color", value)]


@pytest.mark.parametrize(
    ("location", "value", "text"),
    [
        ("query", "a%2Fb/100%", "a%2Fb/100%25"),
        ("query", "a[0]#", "a%5B0%5D%23"),
        ("path", "a%2Fb/c?", "a%2Fb%2Fc%3F"),
        ("cookie", "a;b,c/d", "a%3Bb%2Cc/d"),
    ],
)
def test_reserved_expansion_lets_triples_pass_but_nothing_that_its_place_cannot_hold(
    location: str, value: str, text: str
) -> None:
    """RFC 6570, section 3.2.3, and `allowReserved` in OpenAPI."""
    described = wire(location, value, allow_reserved=True)
    assert (encode_text(described, value) if location == "path" else encode_pairs(described, value)[0][1]) == text


def test_an_empty_item_of_the_style_matrix_has_no_equals_sign() -> None:
    """RFC 6570, section 3.2.7: `;` writes an empty value as the name alone, also where it is spread."""
    assert encode_text(wire("path", [], style="matrix", explode=True), ["blue", ""]) == ";color=blue;color"
    assert encode_text(wire("path", {}, style="matrix", explode=True), {"R": "", "G": 1}) == ";R;G=1"


@pytest.mark.parametrize("value", ["a;b", "a\r\nX: 1", " a", "a\t", ["a", "b "], {"a;b": 1}, {"a\n": 1}, {"a=b": 1}])
def test_a_plain_cookie_cannot_hold_what_would_end_it(value: Any) -> None:
    """The style `cookie` of 3.2 percent-encodes nothing, neither values nor the names of members."""
    with pytest.raises(ParamError, match=r"semicolon|white space|equals sign"):
        encode_pairs(wire("cookie", value, style="cookie", explode=True), value)


@pytest.mark.parametrize(
    "value", ["..", ".", "../x", "x/../y", "a/..", "..\\x", "./x", "x/.", "/../", ["..", "/.."], ["x/.."]]
)
def test_a_path_value_cannot_leave_its_segment(value: Any) -> None:
    """A server may undo the percent-encoding before it looks at the dots."""
    with pytest.raises(ParamError, match="would leave its path segment"):
        encode_text(wire("path", value), value)


@pytest.mark.parametrize("value", ["...", ".a", "a.", "a..b", "..a", "a.b/c.d"])
def test_dots_inside_a_path_value_are_harmless(value: str) -> None:
    """Only a whole segment of one or two dots is a step."""
    assert decode_text(wire("path", value), encode_text(wire("path", value), value)) == value


@pytest.mark.parametrize("value", ["", [], [""], {}])
def test_a_path_value_cannot_be_empty(value: Any) -> None:
    """Otherwise another path would be called."""
    with pytest.raises(ParamError, match=r"must not be empty|one empty text"):
        encode_text(wire("path", value), value)


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", ["a\n", "b"], {"R": "\r\n"}])
def test_a_header_value_cannot_hold_a_line_break(value: Any) -> None:
    """Otherwise it would start another header."""
    with pytest.raises(ParamError, match="line break"):
        encode_text(wire("header", value), value)


@pytest.mark.parametrize("value", [["a,b", "c"], {"R": "1,2"}])
def test_a_header_item_cannot_hold_the_delimiter(value: Any) -> None:
    """Headers are not percent-encoded, so the reader could not recognise it."""
    with pytest.raises(ParamError, match="delimiter"):
        encode_text(wire("header", value), value)


@pytest.mark.parametrize("value", [["a.b"], [1.5, 2], {"a": "b.c"}, {"a.b": 1}])
def test_an_item_of_a_spread_label_cannot_hold_a_full_stop(value: Any) -> None:
    """Percent-encoding does not keep it: a full stop is unreserved (RFC 3986, sections 2.3 and 6.2.2.2)."""
    with pytest.raises(ParamError, match="delimiter"):
        encode_text(wire("path", value, style="label", explode=True), value)
    assert encode_text(wire("path", "", style="label", explode=True), "a.b") == ".a.b"


@pytest.mark.parametrize("location", ["path", "header", "query", "cookie"])
@pytest.mark.parametrize("value", [[["a"]], [None], {"R": {"x": 1}}, {"R": None}, [{"a": 1}]])
def test_a_nested_value_is_refused(location: str, value: Any) -> None:
    """No style can carry it."""
    encode = encode_text if location in ("path", "header") else encode_pairs
    with pytest.raises(ParamError, match=r"nested|null"):
        encode(wire(location, value), value)


@pytest.mark.parametrize("location", ["path", "header", "query", "cookie"])
def test_half_a_character_is_refused(location: str) -> None:
    """A lone surrogate has no bytes."""
    encode = encode_text if location in ("path", "header") else encode_pairs
    with pytest.raises(ParamError):
        encode(wire(location, ""), "a\ud800")


@pytest.mark.parametrize("location", ["path", "header"])
def test_content_is_the_value_in_its_media_type(location: str) -> None:
    """A parameter may have a media type and not a style."""
    described = wire(location, {}, media_type="application/json")
    value = {"a": [1, {"b": "ä/?"}]}
    text = encode_text(described, value)
    assert decode_text(described, text) == value
    assert ("%" in text) is (location == "path")


def test_content_in_a_query_is_one_percent_encoded_pair() -> None:
    """As getCheckout sends its checkout."""
    described = wire("query", {}, media_type="application/json")
    assert encode_pairs(described, {"a": "b c"}) == [("color", "%7B%22a%22%3A%22b%20c%22%7D")]
    assert decode_pairs(described, [("color", "%7B%22a%22%3A%22b+c%22%7D")]) == (True, {"a": "b c"})
    assert decode_pairs(described, [("other", "1")]) == (False, None)


def test_content_that_is_not_json_is_refused() -> None:
    """The error has the reason."""
    with pytest.raises(ParamError, match="is not JSON"):
        decode_pairs(wire("query", {}, media_type="application/json"), [("color", "%7B")])


def test_an_empty_array_or_object_is_sent_where_the_style_can_carry_it() -> None:
    """A style with explode cannot."""
    empty: list[Any] = [[], {}]
    for value in empty:
        assert encode_pairs(wire("query", value, explode=True), value) == []
        assert encode_pairs(wire("query", value, explode=False), value) == [("color", "")]
        assert decode_pairs(wire("query", value, explode=False), [("color", "")]) == (True, value)


def test_an_array_of_one_empty_text_is_refused_where_it_would_be_an_empty_array() -> None:
    """The reader could not tell them apart."""
    with pytest.raises(ParamError, match="one empty text"):
        encode_pairs(wire("query", [""], explode=False), [""])
    assert encode_pairs(wire("query", [""], explode=True), [""]) == [("color", "")]


@pytest.mark.parametrize(
    ("types", "text", "value"),
    [
        ({"integer"}, "12", 12),
        ({"integer"}, "-12", -12),
        ({"integer"}, "012", "012"),
        ({"integer"}, "1_000", "1_000"),
        ({"integer"}, "٣", "٣"),
        ({"integer"}, "", ""),
        ({"number"}, "1e3", 1000.0),
        ({"number"}, "0.5", 0.5),
        ({"number"}, ".5", ".5"),
        ({"number"}, "NaN", "NaN"),
        ({"number"}, "Infinity", "Infinity"),
        ({"boolean"}, "true", True),
        ({"boolean"}, "True", "True"),
        ({"boolean"}, "yes", "yes"),
        ({"boolean"}, "1", "1"),
        ({"string"}, "12", "12"),
        ({"string"}, "true", "true"),
        ({"integer", "null"}, "12", 12),
        (set(), "12", "12"),
    ],
)
def test_a_text_is_read_strictly(types: set[str], text: str, value: Any) -> None:
    """A text of another type stays text, and its schema reports it."""
    found = decode_text(Wire("x", "path", "simple", shape=Shape(frozenset(types))), text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("location", ["path", "header"])
def test_a_whole_number_of_any_type_is_an_integer(location: str) -> None:
    """JSON Schema takes 2.0 for an integer, so it is written as one."""
    described = wire(location, 2)
    assert decode_text(described, encode_text(described, 2.0)) == 2


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_is_refused(value: float) -> None:
    """JSON does not have it, and no schema allows it."""
    with pytest.raises(ParamError):
        encode_pairs(Wire("x", "query"), value)


def test_a_number_of_thousands_of_digits_stays_text() -> None:
    """Python refuses to read it as a number."""
    digits = "9" * 5000
    assert decode_text(Wire("x", "path", "simple", shape=NUMBER), digits) == digits


@pytest.mark.parametrize(("explode", "text"), [(False, "R,100,G"), (True, "R=100,G")])
def test_half_a_member_is_refused(explode: bool, text: str) -> None:
    """An object needs pairs."""
    with pytest.raises(ParamError):
        decode_text(wire("path", {}, explode=explode), text)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
segments = texts.filter(lambda text: text and not {".", ".."} & set(text.replace("\\", "/").split("/")))
scalars = [(NUMBER, st.integers()), (Shape(frozenset({"boolean"})), st.booleans()), (TEXT, segments)]
floats = (Shape(frozenset({"number"})), st.floats(allow_nan=False, allow_infinity=False))


@st.composite
def shaped(draw: st.DrawFn, item: st.SearchStrategy[str]) -> tuple[Shape, Any]:
    """A shape and a value of it."""
    kinds: list[tuple[Shape, st.SearchStrategy[Any]]] = [
        *scalars, floats, (TEXTS, st.lists(item, min_size=1).filter(lambda value: value != [""])), (MAP, st.dictionaries(item, item, min_size=1)),
    ]  # fmt: skip
    shape, values = draw(st.sampled_from(kinds))
    return shape, draw(values)


@given(shaped(segments), st.booleans(), st.sampled_from(["simple", "label", "matrix"]))
def test_a_path_value_comes_back(value: tuple[Shape, Any], explode: bool, style: str) -> None:
    """Decode undoes encode."""
    described = Wire("x", "path", style, explode, shape=value[0])
    try:
        text = encode_text(described, value[1])
    except ParamError as error:
        # some joined texts are refused, rightly
        assert any(words in str(error) for words in ("leave its path segment", "delimiter"))  # noqa: PT017
    else:
        assert "/" not in text
        assert decode_text(described, text) == value[1]


@given(shaped(texts), st.booleans(), st.sampled_from(["query", "cookie"]))
def test_a_query_value_comes_back(value: tuple[Shape, Any], explode: bool, location: str) -> None:
    """Decode undoes encode, and the pairs need no more escaping."""
    shape, plain = value
    if shape is MAP and explode:
        shape = Shape(MAP.types, properties=dict.fromkeys(plain, TEXT))
    described = Wire("x", location, "form", explode, shape=shape)
    pairs = encode_pairs(described, plain)
    assert not any(set("&=;# +") & set(name + text) for name, text in pairs)
    assert decode_pairs(described, pairs) == (True, plain)


@given(st.dictionaries(texts.filter(lambda key: key and not {"[", "]"} & set(key)), texts, min_size=1))
def test_a_deep_object_comes_back(value: dict[str, str]) -> None:
    """Decode undoes encode, for keys without brackets."""
    described = Wire("x", "query", "deepObject", shape=MAP)
    assert decode_pairs(described, encode_pairs(described, value)) == (True, value)


KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="[]"), min_size=1, max_size=4)
NESTED = Shape(frozenset({"object"}), others=Shape(frozenset({"object"}), others=TEXTS))
LISTED = Shape(frozenset({"array"}), items=NESTED)


INSIDE = st.dictionaries(KEYS, st.lists(texts, min_size=1, max_size=3), min_size=1, max_size=3)


@given(st.lists(st.dictionaries(KEYS, INSIDE, min_size=1, max_size=3), max_size=3))
def test_arrays_and_objects_inside_a_deep_object_come_back(value: list[Any]) -> None:
    """An array of objects of arrays, each item under its index."""
    described = Wire("x", "query", "deepObject", shape=LISTED)
    assert decode_pairs(described, encode_pairs(described, value)) == (bool(value), value or None)


@pytest.mark.parametrize(
    "query",
    [
        "items[0][price]=1&items[0][tags][0]=a&items[0][tags][1]=b&items[1][price]=2",
        "items[0][price]=1&items[0][tags][]=a&items[0][tags][]=b&items[1][price]=2",
        "items[1][price]=2&items[0][price]=1&items[0][tags]=a&items[0][tags]=b",
    ],
)
def test_arrays_in_brackets_are_read_as_servers_and_clients_write_them(query: str) -> None:
    """With indices, with empty brackets, and with the name repeated."""
    item = Shape(frozenset({"object"}), properties={"price": NUMBER, "tags": TEXTS})
    described = Wire("items", "query", "deepObject", shape=Shape(frozenset({"array"}), items=item))
    pairs = [(name, text) for name, _, text in (part.partition("=") for part in query.split("&"))]
    assert decode_pairs(described, pairs) == (True, [{"price": 1, "tags": ["a", "b"]}, {"price": 2}])


def test_an_array_in_brackets_has_indices_on_the_wire() -> None:
    """Servers that use this notation read it so; many of them would keep only the last value of a repeated name."""
    described = Wire("expand", "query", "deepObject", shape=TEXTS)
    assert encode_pairs(described, ["a", "b"]) == [("expand%5B0%5D", "a"), ("expand%5B1%5D", "b")]
    assert decode_pairs(described, [("expand", "a"), ("expand", "b")]) == (True, ["a", "b"])


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([("x[a]", "1"), ("x[a][b]", "1")], "as a value and as an object"),
        ([("x[a][b]", "1"), ("x[a]", "1")], "as a value and as an object"),
        ([("x[a]" + "[b]" * 5000, "1")], "5001 names"),
        ([("x[a", "1")], "0 names"),
    ],
)
def test_names_in_brackets_that_contradict_each_other_are_refused(pairs: list[tuple[str, str]], message: str) -> None:
    """No value is lost, and deep nesting does not exhaust the stack."""
    with pytest.raises(ParamError, match=message):
        decode_pairs(Wire("x", "query", "deepObject"), pairs)


@given(shaped(st.from_regex(r"[!-+\--<>-~]+", fullmatch=True)), st.booleans())
def test_a_header_value_comes_back(value: tuple[Shape, Any], explode: bool) -> None:
    """Decode undoes encode, for what a header can carry."""
    shape, plain = value
    plain = "x" if shape is TEXT else plain
    described = Wire("x", "header", "simple", explode, shape=shape)
    assert decode_text(described, encode_text(described, plain)) == plain


# Every style at every location that has it (OpenAPI 3.2.0, Style Values); `spaceDelimited` and the like take scalars as `form` does.
PLACES = [("path", style) for style in ("simple", "label", "matrix")] + [("header", "simple")]
PLACES += [("query", style) for style in ("form", "spaceDelimited", "pipeDelimited", "deepObject")]
PLACES += [("cookie", style) for style in ("form", "cookie")]
AWKWARD = st.text(st.sampled_from('ab0,;=&%+ |.\t\n/?#[]"\\ä~') | st.characters(exclude_categories=["Cs"]), max_size=4)


@st.composite
def whatever(draw: st.DrawFn) -> tuple[Shape, Any]:
    """A shape, and a scalar, array or object of it, which may be empty."""
    shape, items = draw(st.sampled_from([(TEXT, AWKWARD), *scalars[:2], floats]))
    kind = draw(st.sampled_from(["scalar", "array", "open", "closed"]))
    if kind == "scalar":
        return shape, draw(items)
    if kind == "array":
        return Shape(frozenset({"array"}), items=shape), draw(st.lists(items, max_size=3))
    value = draw(st.dictionaries(AWKWARD, items, max_size=3))
    known = {"properties": dict.fromkeys(value, shape), "closed": True} if kind == "closed" else {"others": shape}
    return Shape(frozenset({"object"}), **known), value


def as_sent(described: Wire, value: Any) -> tuple[bool, Any]:
    """Return what a server reads from the URL, the field or the cookies that carry a value."""
    if described.location == "path":
        return True, decode_text(described, encode_text(described, value))
    if described.location == "header":
        return True, decode_text(described, encode_text(described, value).strip(" \t"))
    mark = "&" if described.location == "query" else "; "
    sent = mark.join(map("=".join, encode_pairs(described, value)))
    assert not set("\t\r\n\0") & set(sent)
    pairs = [pair.strip(" \t").partition("=") for pair in sent.split(mark.strip()) if pair]
    return decode_pairs(described, [(name, text) for name, _, text in pairs])


@given(whatever(), st.sampled_from(PLACES), st.booleans(), st.booleans())
def test_a_value_comes_back_from_every_place_or_is_refused(
    value: tuple[Shape, Any], place: tuple[str, str], explode: bool, reserved: bool
) -> None:
    """Every style x explode x type x location: the reader never gets another value."""
    shape, plain = value
    described = Wire("x", *place, explode, reserved, shape=shape)
    if reserved and place[0] != "header":
        assume("%" not in str(plain))  # percent-encoded octets pass as they are, and the reader decodes them
    try:
        there, found = as_sent(described, plain)
    except ParamError as error:
        assert str(error)  # noqa: PT017  what the style cannot carry is refused, with the reason
        return
    assert found == plain if there else plain in ([], {})
