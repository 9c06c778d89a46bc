"""Every applicator of JSON Schema 2020-12 x every codec that reads by schema: what it describes is decoded by its type."""

from collections.abc import Callable
from typing import Any

import pytest

from dynclient.schema.bundle import Bundle, Shape
from dynclient.wire.codec import decode, decoder, encode, items
from dynclient.wire.params import decode_pairs, decode_text, encode_pairs, encode_text
from dynclient.wire.rules import Rules
from dynclient.wire.scalar import Wire

NUMBER = {"type": "integer"}
OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}
MEMBER = {"properties": {"n": NUMBER}}
DEFS = {"N": MEMBER, "D": {**MEMBER, "$dynamicAnchor": "d"}, "L": {"items": NUMBER}}

#: An object whose member `n` only this applicator describes as a number.
MEMBERS: dict[str, Any] = {
    "properties": MEMBER,
    "patternProperties": {"patternProperties": {"^n": NUMBER}},
    "additionalProperties": {"additionalProperties": NUMBER},
    "unevaluatedProperties": {"unevaluatedProperties": NUMBER},
    "allOf": {"allOf": [MEMBER]},
    "anyOf": {"anyOf": [MEMBER, {}]},
    "oneOf": {"oneOf": [MEMBER, {"required": ["x"]}]},
    "if": {"if": MEMBER, "then": {}},
    "then": {"if": {}, "then": MEMBER},
    "else": {"if": {"required": ["x"]}, "else": MEMBER},
    "dependentSchemas": {"dependentSchemas": {"a": MEMBER}},
    "$ref": {"$ref": "#/$defs/N"},
    "$dynamicRef": {"$dynamicRef": "#d"},
    "$ref with a URI": {"$ref": "urn:dynclient:N"},
    "a pattern in an else in an allOf": {"allOf": [{"else": {"patternProperties": {"n": NUMBER}}}]},
}
#: An array whose items only this applicator describes as numbers.
ITEMS: dict[str, Any] = {
    "items": {"items": NUMBER},
    "prefixItems": {"prefixItems": [NUMBER, NUMBER]},
    "unevaluatedItems": {"unevaluatedItems": NUMBER},
    "contains": {"contains": NUMBER},
    "allOf": {"allOf": [{"items": NUMBER}]},
    "anyOf": {"anyOf": [{"items": NUMBER}]},
    "oneOf": {"oneOf": [{"items": NUMBER}]},
    "if": {"if": {"items": NUMBER}},
    "then": {"then": {"items": NUMBER}},
    "else": {"else": {"prefixItems": [NUMBER, NUMBER]}},
    "dependentSchemas": {"dependentSchemas": {"x": {"items": NUMBER}}},
    "$ref": {"$ref": "#/$defs/L"},
    "$dynamicRef": {"$dynamicRef": "#l"},
}


def bundled(schema: Any) -> Bundle:
    """A bundle of the schema, with the schemas that it may refer to."""
    return Bundle({**schema, "$defs": {**DEFS, "M": {"items": NUMBER, "$dynamicAnchor": "l"}}})


def bodies(kind: str, *, wrap: str = "") -> Callable[[Any, Any], Any]:
    """Read back what is written in a media type: alone, or as a property of an object."""

    def through(value: Any, schema: Any) -> Any:
        whole = {"type": "object", "xml": {"name": "x"}, "properties": {wrap: schema}} if wrap else schema
        rules = Rules(bundled({"xml": {"name": "x"}, **whole}))
        sent = encode({wrap: value} if wrap else value, kind, rules)
        found = decode(sent, kind, rules)
        return found[wrap] if wrap else found

    return through


def styled(kind: str) -> Callable[[Any, Any], Any]:
    """Read back a property of a form that is written in a style, beside another one."""

    def through(value: Any, schema: Any) -> Any:
        whole = {"type": "object", "properties": {"w": schema, "z": {"type": "integer"}}}
        rules = Rules(bundled(whole), encoding={"w": {"style": "form"}})
        found = decode(encode({"w": value, "z": 7}, kind, rules), kind, rules)
        assert found.pop("z") == 7
        return found["w"]

    return through


def parameters(location: str, style: str, *, explode: bool) -> Callable[[Any, Any], Any]:
    """Read back what is written in a style at a location."""

    def through(value: Any, schema: Any) -> Any:
        bundle = bundled(schema)
        wire = Wire("x", location, style, explode, shape=bundle.shape(bundle.root))
        if location in ("path", "header"):
            return decode_text(wire, encode_text(wire, value))
        return decode_pairs(wire, encode_pairs(wire, value))[1]

    return through


def streamed(value: Any, schema: Any) -> Any:
    """Read back the parts of an array one by one."""
    rules, kind = Rules(bundled(schema)), "multipart/mixed; boundary=b"
    return list(items(decoder(kind, rules), [encode(value, kind, rules)]))


STYLES = {f"{style} in {location}, explode {explode}": parameters(location, style, explode=explode)
          for location, style in [("path", "simple"), ("path", "label"), ("path", "matrix"), ("header", "simple"), ("query", "form"), ("cookie", "cookie")]
          for explode in (False, True)}  # fmt: skip
DEEP = {"deepObject": parameters("query", "deepObject", explode=True)}
PILES = {f"{style}Delimited": parameters("query", f"{style}Delimited", explode=False) for style in ("space", "pipe")}
XML = {"XML": bodies("application/xml"), "XML in a property": bodies("application/xml", wrap="w")}
FORMS = {kind: bodies(kind) for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=b")}
FIELDS = {f"{kind} in a property": bodies(kind, wrap="w") for kind in FORMS}
PARTS = {"multipart/mixed": bodies("multipart/mixed; boundary=b"), "multipart/mixed in a stream": streamed}

STYLED = {f"{kind} in a style": styled(kind) for kind in FORMS}

OBJECTS: dict[str, Any] = {**STYLED, **STYLES, **DEEP, **PILES, **XML, **FORMS}
ARRAYS: dict[str, Any] = {**STYLED, **STYLES, **DEEP, **PILES, **XML, **FIELDS, **PARTS}


@pytest.mark.parametrize("applicator", MEMBERS)
@pytest.mark.parametrize("place", OBJECTS)
def test_a_member_is_decoded_by_its_type(place: str, applicator: str) -> None:
    """Whichever applicator describes it; decode undoes encode."""
    schema = MEMBERS[applicator]
    value = {"n": 5, "a": "5"}
    assert OBJECTS[place](value, {**OBJECT, **schema, "allOf": [OBJECT, *schema.get("allOf", ())]}) == value


@pytest.mark.parametrize("applicator", ITEMS)
@pytest.mark.parametrize("place", ARRAYS)
def test_an_item_is_decoded_by_its_type(place: str, applicator: str) -> None:
    """Whichever applicator describes it; decode undoes encode."""
    assert ARRAYS[place]([5, 6], {"type": "array", **ITEMS[applicator]}) == [5, 6]


SCALARS: dict[str, Any] = {
    "allOf": {"allOf": [NUMBER]},
    "anyOf": {"anyOf": [NUMBER, {"type": "null"}]},
    "oneOf": {"oneOf": [NUMBER]},
    "if": {"if": NUMBER},
    "then": {"then": NUMBER},
    "else": {"else": NUMBER},
    "dependentSchemas": {"dependentSchemas": {"x": NUMBER}},
    "$ref": {"$ref": "#/$defs/S"},
    "$dynamicRef": {"$dynamicRef": "#s"},
}


@pytest.mark.parametrize("schema", SCALARS.values(), ids=SCALARS)
@pytest.mark.parametrize("kind", ["text/plain", "application/xml"])
def test_a_scalar_is_decoded_by_its_type(kind: str, schema: Any) -> None:
    """Whichever applicator describes it; decode undoes encode."""
    defs = {"S": NUMBER, "T": {**NUMBER, "$dynamicAnchor": "s"}}
    rules = Rules(Bundle({"xml": {"name": "x", "nodeType": "element"}, **schema, "$defs": defs}))
    assert decode(encode(5, kind, rules), kind, rules) == 5


def test_items_at_a_position_have_a_shape_of_their_own() -> None:
    """After `prefixItems`, the shape is that of `items`."""
    shape = Bundle({}).shape({"prefixItems": [{"type": "string"}], "items": NUMBER})
    assert (shape.at(0), shape.at(1)) == (Shape(frozenset({"string"})), Shape(frozenset({"integer"})))
