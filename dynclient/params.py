"""Parameters: a value to wire strings and back, every style an entry, encode beside decode.

Styles come in two families (OpenAPI, Style Values): those that give a text to put in place (path and header), and those that
give name=value pairs (query and cookie). To add a style is to add an entry to `TEXT_STYLES` or `PAIR_STYLES`.

Delimiters are never part of a value on the wire: values are percent-encoded before they are joined and split before they
are decoded. Header values are not percent-encoded (OpenAPI 3.1.1, appendix D), so there a value that holds
the delimiter cannot be carried and is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, unquote_plus

from dynclient import media
from dynclient.values import show

_RESERVED = ":/?#[]@!$&'()*+,;="
_INTEGER = re.compile(r"-?(0|[1-9]\d*)\Z", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)
_BREAKS = re.compile(r"[\r\n\0]")


class ParamError(ValueError):
    """A value that the parameter's style cannot carry, or a text that is not of that style."""


class Shape(NamedTuple):
    """What a schema says of a value's kind: as much as decoding a text needs to know.

    Attributes:
        types: The JSON types that the value may have; empty when any.
        items: The shape of an array's items.
        properties: The shapes of an object's known properties.
        others: The shape of an object's other properties.
    """

    types: frozenset[str] = frozenset()
    items: Shape | None = None
    properties: Mapping[str, Shape] = MappingProxyType({})
    others: Shape | None = None

    def is_only(self, kind: str) -> bool:
        """Whether the value can be nothing but this (or null)."""
        return self.types - {"null"} == {kind}


ANY = Shape()


class Wire(NamedTuple):
    """How a parameter travels (OpenAPI, Parameter Object).

    Attributes:
        name: Its name on the wire.
        location: `path`, `query`, `header` or `cookie`.
        style: The style's name.
        explode: Whether arrays and objects are spread.
        allow_reserved: Whether reserved characters stay as they are.
        media_type: The media type of its `content`, when it has that instead of a style.
        shape: What its schema says of the value's kind.
    """

    name: str
    location: str
    style: str = "form"
    explode: bool = True
    allow_reserved: bool = False
    media_type: str | None = None
    shape: Shape = ANY


Pairs = list[tuple[str, str]]
_Quote = Callable[[str], str]


def encode_text(wire: Wire, value: Any) -> str:
    """The text of a path or header parameter.

    Raises:
        ParamError: The style cannot carry the value, or it would leave its place.
    """
    quoted = _quote_for(wire)
    if wire.media_type is not None:
        text = quoted(_content(wire, value))
    else:
        text = TEXT_STYLES[wire.style][0](wire, value, quoted)
    if wire.location == "path":
        _keep_in_segment(text)
    elif _BREAKS.search(text):
        raise ParamError("holds a line break, which would start another header")
    return text


def decode_text(wire: Wire, text: str) -> Any:
    """The value of a path or header parameter.

    Raises:
        ParamError: The text is not of the parameter's style.
    """
    if wire.media_type is not None:
        return _content_value(wire, unquote(text) if wire.location == "path" else text)
    return TEXT_STYLES[wire.style][1](wire, text, unquote if wire.location == "path" else str)


def encode_pairs(wire: Wire, value: Any) -> Pairs:
    """The name=value pairs of a query or cookie parameter, percent-encoded.

    Raises:
        ParamError: The style cannot carry the value.
    """
    quoted = _quote_for(wire)
    if wire.media_type is not None:
        return [(quote(wire.name, safe=""), quoted(_content(wire, value)))]
    return PAIR_STYLES[wire.style][0](wire, value, quoted)


def decode_pairs(wire: Wire, pairs: Iterable[tuple[str, str]]) -> tuple[bool, Any]:
    """Whether a query or cookie parameter is among these percent-encoded pairs, and its value.

    Raises:
        ParamError: The pairs are not of the parameter's style.
    """
    if wire.media_type is not None:
        texts = [text for name, text in pairs if _plus(name) == wire.name]
        return (True, _content_value(wire, _plus(texts[0]))) if texts else (False, None)
    return PAIR_STYLES[wire.style][1](wire, list(pairs), _plus)


def shape_of(schema: Any, root: Mapping[str, Any], depth: int = 3) -> Shape:
    """The shape of values that a bundled schema accepts.

    Args:
        schema: The schema.
        root: The bundle that its references lead into.
        depth: How far down to look; a parameter's value is seldom nested.
    """
    types: set[str] = set()
    items: Shape | None = None
    properties: dict[str, Shape] = {}
    others: Shape | None = None
    for part in _parts(schema, root, 20):
        types |= _types_of(part)
        if depth and "items" in part:
            items = shape_of(part["items"], root, depth - 1)
        if depth and isinstance(part.get("properties"), Mapping):
            properties |= {name: shape_of(item, root, depth - 1) for name, item in part["properties"].items()}
        if depth and isinstance(part.get("additionalProperties"), Mapping):
            others = shape_of(part["additionalProperties"], root, depth - 1)
    return Shape(frozenset(types), items, properties, others)


def _parts(schema: Any, root: Mapping[str, Any], depth: int) -> Iterable[Mapping[str, Any]]:
    """The schema and those that it is made of."""
    if not isinstance(schema, Mapping) or not depth:
        return
    yield schema
    if "$ref" in schema:
        target = root.get("$defs", {}).get(schema["$ref"].removeprefix("#/$defs/"))
        yield from _parts(target, root, depth - 1)
    for keyword in ("allOf", "anyOf", "oneOf"):
        for item in schema.get(keyword, ()):
            yield from _parts(item, root, depth - 1)


def _types_of(schema: Mapping[str, Any]) -> set[str]:
    declared = schema.get("type")
    if isinstance(declared, str):
        return {declared}
    if isinstance(declared, list):
        return {str(kind) for kind in declared}
    if "properties" in schema or "additionalProperties" in schema:
        return {"object"}
    if "items" in schema:
        return {"array"}
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return {_json_type(value) for value in values}


def _json_type(value: Any) -> str:
    names: dict[type, str] = {
        bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object",
    }  # fmt: skip
    return names.get(type(value), "null")


def _scalar(value: Any) -> str:
    """A scalar as JSON writes it, text as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if value is None:
        raise ParamError("null has no form in this style")
    raise ParamError(f"{show(value)} is nested deeper than this style can carry")


def _value(text: str, shape: Shape) -> Any:
    """The scalar that a text stands for; the text itself when it is of none of the shape's types."""
    types = shape.types
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    if types & {"integer", "number"} and _INTEGER.match(text):
        return int(text)
    if "number" in types and _NUMBER.match(text):
        return float(text)
    return text


def _content(wire: Wire, value: Any) -> str:
    try:
        return media.encode(value, str(wire.media_type)).decode()
    except media.MediaError as error:
        raise ParamError(str(error)) from None


def _content_value(wire: Wire, text: str) -> Any:
    try:
        return media.decode(text.encode(), str(wire.media_type))
    except media.MediaError as error:
        raise ParamError(str(error)) from None


def _quote_for(wire: Wire) -> _Quote:
    if wire.location == "header":
        return str
    safe = _RESERVED if wire.allow_reserved and wire.location == "query" else ""
    return lambda text: quote(text, safe=safe)


def _plus(text: str) -> str:
    return unquote_plus(text)


def _keep_in_segment(text: str) -> None:
    """A path value that is empty, or that a server could read as a step to another folder, leaves its segment."""
    if not text:
        raise ParamError("is empty, and a path segment cannot be")
    if any(part in (".", "..") for part in re.split(r"[/\\]", unquote(text))):
        raise ParamError(f"{show(unquote(text))} would leave its path segment")


def _joined(texts: Iterable[str], delimiter: str, quoted: _Quote) -> str:
    parts = [quoted(text) for text in texts]
    if any(delimiter in part for part in parts):
        raise ParamError(f"holds the delimiter {delimiter!r}, which this style cannot carry")
    return delimiter.join(parts)


def _members(value: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, item in value.items():
        yield name, _scalar(item)


def _flat(value: Mapping[str, Any]) -> list[str]:
    """An object as the list name, value, name, value... that the styles without explode write."""
    return [text for member in _members(value) for text in member]


def _from_flat(texts: list[str], shape: Shape) -> dict[str, Any]:
    if len(texts) % 2:
        raise ParamError("an object takes pairs of name and value")
    names = texts[::2]
    return {name: _value(text, _property(shape, name)) for name, text in zip(names, texts[1::2], strict=True)}


def _property(shape: Shape, name: str) -> Shape:
    return shape.properties.get(name) or shape.others or ANY


def _simple(wire: Wire, value: Any, quoted: _Quote) -> str:
    """`a`, `a,b`, `k,v,k,v`, and with explode `k=v,k=v` (RFC 6570, section 3.2.2)."""
    if isinstance(value, list):
        return _joined(map(_scalar, value), ",", quoted)
    if isinstance(value, Mapping):
        if wire.explode:
            pairs = [_joined([name], "=", quoted) + "=" + quoted(text) for name, text in _members(value)]
            return _joined(pairs, ",", str)
        return _joined(_flat(value), ",", quoted)
    return quoted(_scalar(value))


def _from_simple(wire: Wire, text: str, unquoted: _Quote) -> Any:
    shape = wire.shape
    if shape.is_only("array"):
        parts = text.split(",") if text else []
        return [_value(unquoted(part.strip()), shape.items or ANY) for part in parts]
    if shape.is_only("object"):
        parts = [part.strip() for part in text.split(",")] if text else []
        if wire.explode:
            return _from_members((part.partition("=") for part in parts), shape, unquoted)
        return _from_flat([unquoted(part) for part in parts], shape)
    return _value(unquoted(text), shape)


def _from_members(parts: Iterable[tuple[str, str, str]], shape: Shape, unquoted: _Quote) -> dict[str, Any]:
    found = {}
    for name, equals, text in parts:
        if not equals:
            raise ParamError(f"{show(unquoted(name))} is no name=value")
        found[unquoted(name)] = _value(unquoted(text), _property(shape, unquoted(name)))
    return found


def _form(wire: Wire, value: Any, quoted: _Quote) -> Pairs:
    """`n=a`, `n=a,b` or `n=a&n=b`, `n=k,v` or `k=v&k=v` (RFC 6570, sections 3.2.8 and 3.2.9)."""
    name = quote(wire.name, safe="")
    if isinstance(value, list):
        if wire.explode:
            return [(name, quoted(_scalar(item))) for item in value]
        return [(name, _joined(map(_scalar, value), ",", quoted))] if value else []
    if isinstance(value, Mapping):
        if wire.explode:
            return [(quote(key, safe=""), quoted(text)) for key, text in _members(value)]
        return [(name, _joined(_flat(value), ",", quoted))] if value else []
    return [(name, quoted(_scalar(value)))]


def _from_form(wire: Wire, pairs: Pairs, unquoted: _Quote) -> tuple[bool, Any]:
    shape = wire.shape
    if shape.is_only("object") and wire.explode:
        known = [(unquoted(name), unquoted(text)) for name, text in pairs if unquoted(name) in shape.properties]
        return bool(known), {name: _value(text, _property(shape, name)) for name, text in known}
    texts = [text for name, text in pairs if unquoted(name) == wire.name]
    if not texts:
        return False, None
    if shape.is_only("array"):
        parts = texts if wire.explode else texts[-1].split(",")
        return True, [_value(unquoted(part), shape.items or ANY) for part in parts]
    if shape.is_only("object"):
        return True, _from_flat([unquoted(part) for part in texts[-1].split(",")], shape)
    return True, _value(unquoted(texts[-1]), shape)


TEXT_STYLES: dict[str, tuple[Callable[[Wire, Any, _Quote], str], Callable[[Wire, str, _Quote], Any]]] = {
    "simple": (_simple, _from_simple),
}
PAIR_STYLES: dict[
    str, tuple[Callable[[Wire, Any, _Quote], Pairs], Callable[[Wire, Pairs, _Quote], tuple[bool, Any]]]
] = {
    "form": (_form, _from_form),
}

#: The style of each location when the document names none (OpenAPI, Parameter Object).
DEFAULT_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
