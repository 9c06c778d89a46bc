"""XML: the examples of the specification's XML Object, both ways, and everything that must not get in."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_core.deserializing.media_types.util import xml_loads
from servers import document as api_document

from dynclient.api.registry import Registry
from dynclient.schema.bundle import Bundle
from dynclient.wire.codec import decode, encode
from dynclient.wire.mediatype import MediaError
from dynclient.wire.rules import Rules
from dynclient.wire.xmlmodel import model_of

XML = "application/xml"
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
SAMPLE = "https://example.com/schema/sample"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
HTML = "<html><head><title>Awesome Docs</title></head><body></body><html>"
PETS = {"animals": ["dog", "cat", "hamster"]}
#: What XML can carry: no control characters, no line ends but LF, nothing that is half of something.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))


def rules(schema: Mapping[str, Any], **defs: Any) -> Rules:
    """What a document says with this schema and these components."""
    return Rules(Bundle({**schema, **({"$defs": defs} if defs else {})}))


def document(name: str, **properties: Any) -> Rules:
    """An object of these properties as the root element."""
    return rules({"type": "object", "xml": {"name": name}, "properties": properties})


def animals(xml: Any = None, item: Any = None) -> Rules:
    """The array `animals` of texts, with these XML Objects."""
    items = {"type": "string", **({"xml": item} if item else {})}
    return document("document", animals={"type": "array", "items": items, **({"xml": xml} if xml else {})})


def written(value: Any, told: Rules) -> str:
    """The document without its declaration."""
    text = encode(value, XML, told).decode()
    assert text.startswith(HEAD)
    return text.removeprefix(HEAD)


PERSON = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "format": "int32", "xml": {"attribute": True}},
        "name": {"type": "string", "xml": {"namespace": SAMPLE, "prefix": "sample"}},
    },
}
PRODUCT = {
    "count": {"type": ["number", "null"], "xml": {"nodeType": "attribute"}},
    "rating": {"type": "string", "xml": {"nodeType": "attribute"}},
    "description": {"type": "string"},
    "related": {"type": ["object", "null"]},
}
KINDS = {
    "type": "array",
    "xml": {"nodeType": "element", "name": "animals"},
    "items": {
        "xml": {"name": "animal"},
        "properties": {
            "kind": {"type": "string", "xml": {"nodeType": "attribute"}},
            "name": {"type": "string", "xml": {"nodeType": "text"}},
        },
    },
}
STATUS = {"type": "string"}
DOCS = {"type": "object", "properties": {"content": {"type": "string", "xml": {"nodeType": "cdata"}}}}
BARE_DOCS = {**DOCS, "xml": {"nodeType": "none"}}
ONE_TWO_THREE = {
    "xml": {"nodeType": "element", "name": "OneTwoThree"},
    "type": "array",
    "prefixItems": [
        {"xml": {"name": "One"}, "type": "string"},
        {
            "xml": {"name": "Two"},
            "type": "object",
            "properties": {
                "unit": {"type": "string", "xml": {"nodeType": "attribute"}},
                "value": {"type": "number", "xml": {"nodeType": "text"}},
            },
        },
        {"xml": {"name": "Three"}, "type": ["boolean", "null"]},
    ],
}
REPORT = {
    "xml": {"nodeType": "element", "name": "Report"},
    "type": "array",
    "prefixItems": [
        {"xml": {"nodeType": "text"}, "type": "string"},
        {"xml": {"name": "data"}, "type": "number"},
        {"xml": {"nodeType": "text"}, "type": "string"},
    ],
}

# OpenAPI 3.1.1, section 4.8.26 (XML Object Examples), with `attribute` and `wrapped`; then 3.2, with `nodeType`.
EXAMPLES = {
    "no XML object": (document("document", animals={"type": "string"}), {"animals": "dog, cat, hamster"},
        "<document><animals>dog, cat, hamster</animals></document>"),
    "array": (animals(), PETS,
        "<document><animals>dog</animals><animals>cat</animals><animals>hamster</animals></document>"),
    "name replacement": (document("document", animals={"type": "string", "xml": {"name": "animal"}}), {"animals": "dog"},
        "<document><animal>dog</animal></document>"),
    "attribute, prefix and namespace": (rules({"$ref": "#/$defs/Person"}, Person=PERSON), {"id": 123, "name": "example"},
        f'<Person id="123"><sample:name xmlns:sample="{SAMPLE}">example</sample:name></Person>'),
    "item name": (animals(item={"name": "animal"}), PETS,
        "<document><animal>dog</animal><animal>cat</animal><animal>hamster</animal></document>"),
    "name of an unwrapped array": (animals({"name": "aliens"}, {"name": "animal"}), PETS,
        "<document><animal>dog</animal><animal>cat</animal><animal>hamster</animal></document>"),
    "wrapped": (animals({"wrapped": True}), PETS,
        "<document><animals><animals>dog</animals><animals>cat</animals><animals>hamster</animals></animals></document>"),
    "wrapped, item name": (animals({"wrapped": True}, {"name": "animal"}), PETS,
        "<document><animals><animal>dog</animal><animal>cat</animal><animal>hamster</animal></animals></document>"),
    "wrapped, both names": (animals({"wrapped": True, "name": "aliens"}, {"name": "animal"}), PETS,
        "<document><aliens><animal>dog</animal><animal>cat</animal><animal>hamster</animal></aliens></document>"),
    "wrapped, outer name": (animals({"wrapped": True, "name": "aliens"}), PETS,
        "<document><aliens><aliens>dog</aliens><aliens>cat</aliens><aliens>hamster</aliens></aliens></document>"),
    "3.2 element": (animals({"nodeType": "element"}), PETS,
        "<document><animals><animals>dog</animals><animals>cat</animals><animals>hamster</animals></animals></document>"),
    "3.2 element, both names": (animals({"nodeType": "element", "name": "aliens"}, {"name": "animal"}), PETS,
        "<document><aliens><animal>dog</animal><animal>cat</animal><animal>hamster</animal></aliens></document>"),
    "3.2 element, outer name": (animals({"nodeType": "element", "name": "aliens"}), PETS,
        "<document><aliens><aliens>dog</aliens><aliens>cat</aliens><aliens>hamster</aliens></aliens></document>"),
    "3.2 attributes and text": (rules(KINDS), [{"kind": "Cat", "name": "Fluffy"}, {"kind": "Dog", "name": "Fido"}],
        '<animals><animal kind="Cat">Fluffy</animal><animal kind="Dog">Fido</animal></animals>'),
    "3.2 referenced element with CDATA": (rules({"$ref": "#/$defs/Documentation"}, Documentation=DOCS), {"content": HTML},
        f"<Documentation><![CDATA[{HTML}]]></Documentation>"),
    "3.2 element at the point of use": (
        rules({"$ref": "#/$defs/Docs", "xml": {"nodeType": "element", "name": "StoredDocument"}}, Docs=BARE_DOCS),
        {"content": HTML}, f"<StoredDocument><![CDATA[{HTML}]]></StoredDocument>"),
    "3.2 ordered elements": (rules(ONE_TWO_THREE), ["Some text", {"unit": "cubits", "value": 42}, None],
        f'<OneTwoThree><One>Some text</One><Two unit="cubits">42</Two><Three {XSI}/></OneTwoThree>'),
    "3.2 ordered text": (rules(REPORT), ["Some preamble text.", 42, "Some postamble text."],
        "<Report>Some preamble text.<data>42</data>Some postamble text.</Report>"),
    "3.2 nulls": (document("product", **PRODUCT), {"count": None, "description": "Thing", "related": None},
        f"<product><description>Thing</description><related {XSI}/></product>"),
    "3.2 no nulls": (document("product", **PRODUCT), {"count": 42, "description": "Thing", "related": {}},
        '<product count="42"><description>Thing</description><related/></product>'),
}  # fmt: skip


@pytest.mark.parametrize(("told", "value", "text"), EXAMPLES.values(), ids=EXAMPLES)
def test_xml_is_as_the_specification_shows(told: Rules, value: Any, text: str) -> None:
    """Both ways; other parsers find it well-formed."""
    assert written(value, told) == text
    assert decode(text.encode(), XML, told) == value
    assert ET.tostring(xml_loads(text.encode())) == ET.tostring(ET.fromstring(text))  # noqa: S314  our own text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("wrapped", ("<document>\n  <animals>\n    <animals>dog</animals>\n    <animals>cat</animals>\n"
            "    <animals>hamster</animals>\n  </animals>\n</document>\n")),
        ("3.2 referenced element with CDATA", f"<Documentation>\r\n  <![CDATA[{HTML}]]>\r\n</Documentation>"),
        ("3.2 ordered elements", ('<OneTwoThree xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n  <One>Some text</One>\n'
            '  <Two unit="cubits">\n  42\n</Two>\n  <Three xsi:nil="true" />\n</OneTwoThree>')),
        ("3.2 no nulls", '<product\n count="42">\n <description>Thing</description>\n <related></related>\n</product>'),
    ],
)  # fmt: skip
def test_xml_may_be_laid_out(name: str, text: str) -> None:
    """As the specification's examples are: each element in its own line."""
    told, value, _ = EXAMPLES[name]
    assert decode(text.encode(), XML, told) == value


ORDER = {
    "type": "object",
    "xml": {"name": "order"},
    "properties": {
        "id": {"type": "integer", "xml": {"attribute": True}},
        "sizes": {"type": "array", "items": {"type": "integer"}, "xml": {"nodeType": "attribute"}},
        "paid": {"type": "boolean"},
        "total": {"type": "number"},
        "note": {"type": "string"},
        "zip": {"type": "string"},
        "buyer": {"$ref": "#/$defs/Person"},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}, "xml": {"wrapped": True}},
        "tags": {"type": "array", "items": {"type": "string", "xml": {"name": "tag"}}},
        "maybe": {"anyOf": [{"type": "null"}, {"type": "string", "xml": {"name": "perhaps"}}]},
    },
    "additionalProperties": {"type": "integer"},
}
LINE = {
    "type": "object",
    "xml": {"name": "line"},
    "properties": {"sku": {"type": "string"}, "count": {"type": "integer"}},
}
ORDERS = rules(ORDER, Person=PERSON, Line=LINE)
LINES = st.fixed_dictionaries({}, optional={"sku": TEXT, "count": st.integers()})


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.integers(),
            "sizes": st.lists(st.integers(), min_size=2),
            "paid": st.booleans(),
            "total": st.floats(allow_nan=False, allow_infinity=False),
            "note": TEXT,
            "zip": st.sampled_from(["0123", "1e5", "true", ""]),
            "buyer": st.fixed_dictionaries({}, optional={"id": st.integers(), "name": TEXT}),
            "lines": st.lists(LINES),
            "tags": st.lists(TEXT, min_size=1),
            "maybe": st.none() | TEXT,
            "other": st.integers(),
        },
    )
)
def test_xml_comes_back_as_it_was(value: Any) -> None:
    """Numbers and booleans by the schema; the standard library's parser finds the same texts."""
    content = encode(value, XML, ORDERS)
    assert decode(content, XML, ORDERS) == value
    root = ET.fromstring(content)  # noqa: S314  our own text
    assert [tag.text or "" for tag in root.iter("tag")] == value.get("tags", [])
    assert root.get("id") == (str(value["id"]) if "id" in value else None)


@pytest.mark.parametrize(
    ("component", "text"),
    [(STATUS, "<o><status>ok</status></o>"), ({**STATUS, "xml": {"name": "State"}}, "<o><State>ok</State></o>")],
)
def test_a_property_that_is_a_reference_is_named_after_itself(component: Any, text: str) -> None:
    """OpenAPI 3.0.4, 3.1.1 and 3.2, XML Object: only an explicit name replaces that of the property."""
    properties = {"status": {"$ref": "#/$defs/Status"}}
    told = rules({"type": "object", "xml": {"name": "o"}, "properties": properties}, Status=component)
    assert written({"status": "ok"}, told) == text
    assert decode(text.encode(), XML, told) == {"status": "ok"}


def test_an_element_that_is_named_after_its_component_is_read() -> None:
    """Some writers infer that name; but never an element that belongs to another property."""
    properties = {"a": {"$ref": "#/$defs/Status"}, "Status": {"type": "integer"}}
    told = rules({"type": "object", "xml": {"name": "o"}, "properties": properties}, Status=STATUS)
    assert decode(b"<o><Status>5</Status></o>", XML, told) == {"Status": 5}
    told = rules(
        {"type": "object", "xml": {"name": "o"}, "properties": {"a": {"$ref": "#/$defs/Status"}}}, Status=STATUS
    )
    assert decode(b"<o><Status>ok</Status></o>", XML, told) == {"a": "ok"}


def test_a_key_that_would_be_read_as_a_component_is_refused() -> None:
    """An absent property must not be found in it."""
    told = mapped({"type": "string"}, known={"$ref": "#/$defs/Person"})
    with pytest.raises(MediaError, match="would be read as known"):
        encode({"Person": "x"}, XML, told)


def test_an_empty_array_may_be_laid_out() -> None:
    """White space in its element is not an item."""
    assert decode(b"<document><animals>\n </animals></document>", XML, animals({"wrapped": True})) == {"animals": []}


def test_items_that_are_references_are_named_after_their_property() -> None:
    """OpenAPI 3.2, XML Node Names: the name of a property is inferred for its items, too; at a root there is none."""
    listed = {"type": "array", "items": {"$ref": "#/$defs/Status"}}
    told = rules({"type": "object", "xml": {"name": "o"}, "properties": {"states": listed}}, Status=STATUS)
    assert written({"states": ["a", "b"]}, told) == "<o><states>a</states><states>b</states></o>"
    assert decode(b"<o><Status>a</Status><Status>b</Status></o>", XML, told) == {"states": ["a", "b"]}
    told = rules({**listed, "xml": {"name": "states"}}, Status=STATUS)
    assert written(["a", "b"], told) == "<states><Status>a</Status><Status>b</Status></states>"


def test_two_references_to_one_component_keep_their_own_names() -> None:
    """Each is named after its property."""
    both = {"from": {"$ref": "#/$defs/Person"}, "to": {"$ref": "#/$defs/Person"}}
    told = rules({"type": "object", "xml": {"name": "o"}, "properties": both}, Person=PERSON)
    value = {"from": {"id": 1}, "to": {"id": 2}}
    assert written(value, told) == '<o><from id="1"/><to id="2"/></o>'
    assert decode(encode(value, XML, told), XML, told) == value


def test_a_component_with_a_dynamic_reference_names_the_root() -> None:
    """A bundle with `$dynamicRef` gives its schemas URIs; the component is the same."""
    tree = {"type": "object", "properties": {"n": {"type": "integer"}, "next": {"$dynamicRef": "#node"}}}
    page = {
        "post": {
            "requestBody": {"content": {XML: {"schema": {"$ref": "#/components/schemas/Tree"}}}},
            "operationId": "a",
        }
    }
    source = api_document(
        {"/a": page}, version="3.1.0", components={"schemas": {"Tree": {**tree, "$dynamicAnchor": "node"}}}
    )
    told = Registry(source)["a"].body.contents[0].rules  # type: ignore[union-attr]
    assert written({"n": 1, "next": {"n": 2}}, told) == "<Tree><n>1</n><next><n>2</n></next></Tree>"
    assert decode(b"<Tree><n>1</n><next><n>2</n></next></Tree>", XML, told) == {"n": 1, "next": {"n": 2}}


def test_a_reference_may_have_other_keywords_beside_it() -> None:
    """OpenAPI 3.1: what they describe is decoded by its type, too."""
    more = {"$ref": "#/$defs/Person", "properties": {"age": {"type": "integer"}}}
    told = rules({"type": "object", "xml": {"name": "o"}, "properties": {"x": more}}, Person=PERSON)
    assert decode(b'<o><x id="1"><age>5</age></x></o>', XML, told) == {"x": {"id": 1, "age": 5}}


def test_a_model_is_made_once_for_each_bundle() -> None:
    """And keeps nothing of the keys and names in bodies."""
    told = mapped({"type": "array", "items": {"type": "integer"}})
    for at in range(3):
        assert decode(f"<m><k{at}>1</k{at}></m>".encode(), XML, told) == {f"k{at}": [1]}
    model = model_of(told.bundle)
    assert model is model_of(told.bundle)
    assert len(model._nodes) == 3


def test_a_name_beside_a_reference_renames_it() -> None:
    """OpenAPI 3.1, where a reference may have siblings."""
    owner = {"$ref": "#/$defs/Person", "xml": {"name": "owner"}}
    told = rules({"type": "object", "xml": {"name": "o"}, "properties": {"x": owner}}, Person=PERSON)
    assert written({"x": {"id": 1}}, told) == '<o><owner id="1"/></o>'
    assert decode(b'<o><owner id="1"/></o>', XML, told) == {"x": {"id": 1}}


def test_a_default_namespace_reaches_the_children() -> None:
    """It is declared once, and names are compared with it."""
    told = rules({
        "type": "object", "xml": {"name": "a", "namespace": "urn:a"},
        "properties": {"b": {"type": "string", "xml": {"namespace": "urn:a"}},
                       "c": {"type": "string", "xml": {"attribute": True, "namespace": "urn:c"}}},
    })  # fmt: skip
    text = '<a xmlns="urn:a" xmlns:ns1="urn:c" ns1:c="y"><b>x</b></a>'
    assert written({"b": "x", "c": "y"}, told) == text
    assert decode(text.encode(), XML, told) == {"b": "x", "c": "y"}
    assert decode(b'<p:a xmlns:p="urn:a"><p:b>x</p:b></p:a>', XML, told) == {"b": "x"}
    assert decode(b'<a xmlns="urn:a"><b xmlns="urn:other">x</b></a>', XML, told) == {"b": "x"}
    with pytest.raises(MediaError, match="the root element is a"):
        decode(b"<a/>", XML, told)


def test_what_no_schema_names_is_kept() -> None:
    """Under its own name: elements, attributes, and what is in them."""
    told = rules({"type": "object", "xml": {"name": "a"}})
    content = b'<a x="1"><b>2</b><b>3</b><c><d>4</d></c><e/></a>'
    assert decode(content, XML, told) == {"x": "1", "b": ["2", "3"], "c": {"d": "4"}, "e": ""}
    value = {"b": ["2", "3"], "c": {"d": "4"}, "e": ""}
    assert decode(encode(value, XML, told), XML, told) == value


def mapped(others: Any, **known: Any) -> Rules:
    """A map as the root element."""
    schema = {"type": "object", "xml": {"name": "m"}, "properties": known, "additionalProperties": others}
    return rules(schema, Person=PERSON)


@pytest.mark.parametrize(
    ("others", "value", "text"),
    [
        ({"type": "string", "xml": {"name": "X"}}, {"k": "v", "l": "w"}, "<m><k>v</k><l>w</l></m>"),
        ({"$ref": "#/$defs/Person"}, {"k": {"id": 1}, "l": {"id": 2}}, '<m><k id="1"/><l id="2"/></m>'),
        ({"type": "array", "items": {"type": "integer", "xml": {"name": "X"}}}, {"k": [1, 2], "l": [3]},
            "<m><k>1</k><k>2</k><l>3</l></m>"),
        ({"type": "array", "items": {"type": "integer", "xml": {"name": "X"}}, "xml": {"wrapped": True}}, {"k": [1]},
            "<m><k><X>1</X></k></m>"),
        ({"type": "integer", "xml": {"name": "X", "attribute": True}}, {"k": 1, "l": 2}, '<m k="1" l="2"/>'),
    ],
)  # fmt: skip
def test_a_key_is_never_lost(others: Any, value: Any, text: str) -> None:
    """A name replaces that of a property that the document describes; a key is none, and stands nowhere else."""
    assert written(value, mapped(others)) == text
    assert decode(text.encode(), XML, mapped(others)) == value


def test_arrays_in_arrays_need_an_element_around_them() -> None:
    """Or they would be one array to those who read them."""
    inner = {"type": "array", "items": {"type": "integer"}}
    for told in (document("a", m={"type": "array", "items": inner}), document("a", m={})):
        with pytest.raises(MediaError, match="an array inside of an array"):
            encode({"m": [[1, 2], [3]]}, XML, told)
    told = document("a", m={"type": "array", "items": {**inner, "xml": {"wrapped": True}}})
    assert written({"m": [[1, 2], [3]]}, told) == "<a><m><m>1</m><m>2</m></m><m><m>3</m></m></a>"
    assert decode(encode({"m": [[1, 2], [3]]}, XML, told), XML, told) == {"m": [[1, 2], [3]]}


def test_a_key_that_could_not_be_told_is_refused() -> None:
    """Where its schema writes no name, or a property has it in XML."""
    with pytest.raises(MediaError, match="would lose its name: the schema writes it as text"):
        encode({"k": "v"}, XML, mapped({"type": "string", "xml": {"nodeType": "text"}}))
    with pytest.raises(MediaError, match="would be read as known, which the document names k in XML"):
        encode({"k": "v", "known": "w"}, XML, mapped({}, known={"type": "string", "xml": {"name": "k"}}))


def test_a_document_without_a_schema_stays_text() -> None:
    """In the charset that it names itself, or the media type does."""
    assert decode("<a>ä</a>".encode(), XML) == "<a>ä</a>"
    assert decode('<?xml version="1.0" encoding="latin-1"?><a>ä</a>'.encode("latin-1"), XML).endswith("<a>ä</a>")
    assert decode("<a>ä</a>".encode("latin-1"), "text/xml; charset=latin-1") == "<a>ä</a>"
    assert encode("<a>ä</a>", XML) == "<a>ä</a>".encode()
    with pytest.raises(MediaError, match="without a schema"):
        encode({"a": 1}, XML)


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "latin-1", "ascii"])
def test_xml_has_a_charset(charset: str) -> None:
    """What it lacks is a character reference."""
    content = encode({"animals": "ä€"}, f"{XML}; charset={charset}", document("a", animals={"type": "string"}))
    assert decode(content, XML, document("a", animals={"type": "string"})) == {"animals": "ä€"}
    assert ET.fromstring(content)[0].text == "ä€"  # noqa: S314  our own text


BOMB = '<?xml version="1.0"?>\n<!-- c --><!DOCTYPE a [<!ENTITY b "bbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


@pytest.mark.parametrize("text", [BOMB, OUTSIDE, "<!DOCTYPE a><a/>", "  \n<?x y?><!DOCTYPE a SYSTEM 'http://x/'><a/>"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_a_document_type_is_refused(text: str, charset: str) -> None:
    """So no entity is expanded and nothing is fetched."""
    with pytest.raises(MediaError, match="document type"):
        decode(text.strip().encode(charset), XML, animals())


def test_a_document_type_inside_text_is_text() -> None:
    """In CDATA and comments the words mean nothing."""
    content = b"<!-- <!DOCTYPE a> --><document><animals><![CDATA[<!DOCTYPE html>]]></animals></document>"
    assert decode(content, XML, animals()) == {"animals": ["<!DOCTYPE html>"]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not XML"),
        (b"<a>", "is not XML"),
        (b"<document>&b;</document>", "is not XML: undefined entity"),
        (b"<p:document/>", "is not XML: unbound prefix"),
        (b"<other/>", "the root element is other, not document"),
        (b"\xff", "is not utf-8 text"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "unknown charset"),
    ],
)
def test_what_is_no_such_xml_is_refused(content: bytes, message: str) -> None:
    """With a MediaError that says why."""
    with pytest.raises(MediaError, match=message):
        decode(content, XML, animals())


def test_another_element_among_items_is_refused() -> None:
    """An array says what its items are called."""
    with pytest.raises(MediaError, match="is the element dog where animal is documented"):
        decode(b"<animals><dog/></animals>", XML, rules(KINDS))


def test_xml_that_is_nested_too_deeply_is_refused() -> None:
    """Before Python gives up."""
    told = rules({"$ref": "#/$defs/a"}, a={"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}})
    with pytest.raises(MediaError, match="too deeply"):
        decode(b"<a>" * 5000 + b"</a>" * 5000, XML, told)
    value: dict[str, Any] = {}
    for _ in range(5000):
        value = {"a": value}
    with pytest.raises(MediaError, match="too deeply"):
        encode(value, XML, told)


def test_a_long_prolog_costs_little() -> None:
    """A pattern that tries every way would never end."""
    with pytest.raises(MediaError, match="is not XML"):
        decode(b"<!-- -->" * 20_000 + b"<!-- <?x " * 1000, XML, animals())


@pytest.mark.parametrize(
    ("value", "message", "path"),
    [
        ({"a": "x\0"}, "U\\+0000", ("a",)),
        ({"a": "\ud800"}, "surrogate", ("a",)),
        ({"a b": 1}, "cannot be a name", ("a b",)),
        ({"a><b": 1}, "cannot be a name", ("a><b",)),
        ({"1": 1}, "cannot be a name", ("1",)),
        ({"a": [{"b": float("nan")}]}, "not a number", ("a", 0, "b")),
        ({"a": b"x"}, "must not be bytes", ("a",)),
    ],
)
def test_what_xml_cannot_carry_is_refused(value: Any, message: str, path: Any) -> None:
    """Where it stands, and nothing breaks out of its element."""
    with pytest.raises(MediaError, match=message) as caught:
        encode(value, XML, rules({"type": "object", "xml": {"name": "x"}}))
    assert caught.value.path == path


def test_a_root_needs_a_name() -> None:
    """OpenAPI 3.2, XML Node Names: without one nothing can be written; any is read."""
    told = rules({"type": "object", "properties": {"a": {"type": "integer"}}})
    with pytest.raises(MediaError, match="no name"):
        encode({"a": 1}, XML, told)
    assert decode(b"<x><a>1</a></x>", XML, told) == {"a": 1}


def test_a_root_array_is_an_element_in_any_case() -> None:
    """A document has one root, whatever the schema says of wrapping."""
    told = rules({"type": "array", "items": {"$ref": "#/$defs/Line"}, "xml": {"name": "lines"}}, Line=LINE)
    value = [{"sku": "a"}, {"count": 2}]
    assert written(value, told) == "<lines><line><sku>a</sku></line><line><count>2</count></line></lines>"
    assert decode(encode(value, XML, told), XML, told) == value


def test_a_cdata_section_may_hold_its_own_end() -> None:
    """It becomes two sections."""
    told = rules({"$ref": "#/$defs/D"}, D=DOCS)
    assert decode(encode({"content": "a]]>b"}, XML, told), XML, told) == {"content": "a]]>b"}


def test_an_element_may_stand_around_what_is_referred_to() -> None:
    """OpenAPI 3.2: where the reference is an element, and what it refers to is one, too."""
    told = rules({"$ref": "#/$defs/Person", "xml": {"nodeType": "element", "name": "Outer"}}, Person=PERSON)
    assert written({"id": 1}, told) == '<Outer><Person id="1"/></Outer>'
    assert decode(b'<Outer><Person id="1"/></Outer>', XML, told) == {"id": 1}
    assert decode(b'<Outer id="1"/>', XML, told) == {"id": 1}


def test_an_object_without_a_node_is_spread() -> None:
    """OpenAPI 3.2, nodeType none: its properties stand in the element around it."""
    inner = {"type": "object", "xml": {"nodeType": "none"}, "properties": {"b": {"type": "integer"}}}
    told = document("a", group=inner, c={"type": "integer"})
    assert written({"group": {"b": 1}, "c": 2}, told) == "<a><b>1</b><c>2</c></a>"
    assert decode(b"<a><b>1</b><c>2</c></a>", XML, told) == {"group": {"b": 1}, "c": 2}
    assert decode(b"<a><c>2</c></a>", XML, told) == {"c": 2}


def test_one_prefix_means_one_namespace() -> None:
    """A second one of that name becomes another."""
    xml = {"prefix": "p", "attribute": True}
    told = document(
        "a",
        b={"type": "string", "xml": {**xml, "namespace": "urn:b"}},
        c={"type": "string", "xml": {**xml, "namespace": "urn:c"}},
    )
    text = '<a xmlns:p="urn:b" p:b="1" xmlns:p_="urn:c" p_:c="2"/>'
    assert written({"b": "1", "c": "2"}, told) == text
    assert decode(text.encode(), XML, told) == {"b": "1", "c": "2"}


def test_an_unknown_charset_is_refused() -> None:
    """Before anything is sent."""
    with pytest.raises(MediaError, match="unknown charset"):
        encode({"animals": []}, f"{XML}; charset=nonsense", animals())


def test_xml_may_be_handed_over_as_bytes() -> None:
    """Or any other file that holds it."""
    assert encode(b"<a/>", XML, animals()) == b"<a/>"
    assert encode("a<b", XML, rules({"type": "string", "xml": {"name": "x"}})).endswith(b"<x>a&lt;b</x>")


def test_a_text_that_holds_elements_is_seen_as_an_object() -> None:
    """So that validation can object to it."""
    assert decode(b"<a><s><x>1</x></s></a>", XML, document("a", s={"type": "string"})) == {"s": {"x": "1"}}


def test_one_property_that_stands_twice_is_an_array() -> None:
    """The same."""
    assert decode(b"<a><s>1</s><s>2</s></a>", XML, document("a", s={"type": "integer"})) == {"s": [1, 2]}
