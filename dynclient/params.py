"""Parameters: a value to wire strings and back, every style an entry, encode beside decode.

Styles come in two families (OpenAPI, Style Values): those that give a text to put in place (path and header), and those that
give name=value pairs (query and cookie). To add a style is to add an entry to `TEXT_STYLES` or `PAIR_STYLES`.

Delimiters are never part of a value on the wire: values are percent-encoded before they are joined and split before they
are decoded. Header values and the cookies of style `cookie` are not percent-encoded (OpenAPI 3.1.1, appendix D; 3.2.0, Style
Values), so there a value that holds the delimiter cannot be carried and is refused.

A known erratum is decided here: an array of style `label` without explode is `.blue,black` (RFC 6570, section 3.2.5, and
OpenAPI since 3.0.4), not `.blue.black` (the table of OpenAPI 3.0.0 to 3.0.3 and 3.1.0).
What the specification leaves open is decided as follows: inside `deepObject`, arrays repeat their key (`a[b]=1&a[b]=2`) and objects
nest (`a[b][c]=1`); `spaceDelimited` and `pipeDelimited` with explode are written like `form` with explode; null has no form,
and neither has an array that is empty where that would be the same text as one empty item.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, unquote_plus

from dynclient import media
from dynclient.shape import ANY, Shape
from dynclient.values import show

#: Reserved characters (RFC 3986, section 2.2) that may stand in a query value, and in a path segment, without ending it.
_QUERY_RESERVED = ":/?@!$'()*,;[]="
_PATH_RESERVED = ":@!$&'()*+,;="
_INTEGER = re.compile(r"-?(0|[1-9]\d*)\Z", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)
#: What a field value cannot hold (RFC 9110, section 5.5).
NOT_IN_HEADER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]|^[ \t]|[ \t]$")
_BREAKS = re.compile(r"[\r\n\0]")
#: More digits than this are no number to Python.
_MAX_DIGITS = 4300
#: Up to here every float that is whole is that very integer.
_EXACT = 2**53
_KEYS = re.compile(r"\[([^\]]*)\]")


class ParamError(ValueError):
    """A value that the parameter's style cannot carry, or a text that is not of that style."""


class Wire(NamedTuple):
    """How a parameter travels (OpenAPI, Parameter Object).

    Attributes:
        name: Its name on the wire.
        location: `path`, `query`, `querystring`, `header` or `cookie`.
        style: The style's name.
        explode: Whether arrays and objects are spread.
        allow_reserved: Whether reserved characters stay as they are where they can.
        media_type: The media type of its `content`, when it has that instead of a style.
        shape: What its schema says of the value's kind.
        allow_empty: Whether the name may stand without a value.
    """

    name: str
    location: str
    style: str = "form"
    explode: bool = True
    allow_reserved: bool = False
    media_type: str | None = None
    shape: Shape = ANY
    allow_empty: bool = False


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
    elif NOT_IN_HEADER.search(text):
        raise ParamError("holds a line break, a control character, or white space at an end, which a header cannot")
    return text


def decode_text(wire: Wire, text: str) -> Any:
    """The value of a path or header parameter.

    Raises:
        ParamError: The text is not of the parameter's style.
    """
    unquoted = unquote if wire.location == "path" else str
    if wire.media_type is not None:
        return _content_value(wire, unquoted(text))
    return TEXT_STYLES[wire.style][1](wire, text, unquoted)


def encode_pairs(wire: Wire, value: Any) -> Pairs:
    """The name=value pairs of a query or cookie parameter, percent-encoded.

    Raises:
        ParamError: The style cannot carry the value.
    """
    quoted = _quote_for(wire)
    if wire.media_type is not None:
        return [(_name(wire), quoted(_content(wire, value)))]
    pairs = PAIR_STYLES[wire.style][0](wire, value, quoted)
    if wire.location == "cookie" and any(_BREAKS.search(text) or ";" in text for _, text in pairs):
        raise ParamError("holds a line break or a semicolon, which would end the cookie")
    return pairs


def decode_pairs(wire: Wire, pairs: Iterable[tuple[str, str]]) -> tuple[bool, Any]:
    """Whether a query or cookie parameter is among these percent-encoded pairs, and its value.

    Raises:
        ParamError: The pairs are not of the parameter's style.
    """
    unquoted = str if wire.style == "cookie" else unquote_plus if wire.location == "query" else unquote
    if wire.media_type is not None:
        texts = [text for name, text in pairs if unquoted(name) == wire.name]
        return (True, _content_value(wire, unquoted(texts[0]))) if texts else (False, None)
    return PAIR_STYLES[wire.style][1](wire, list(pairs), unquoted)


def names_in(wire: Wire, names: Iterable[str]) -> set[str]:
    """Which of these decoded names in a query belong to a parameter."""
    if wire.style == "deepObject" and wire.media_type is None:
        return {name for name in names if name.startswith(f"{wire.name}[")}
    if wire.shape.is_only("object") and wire.explode and wire.media_type is None:
        return {name for name in names if name in wire.shape.properties}
    return {name for name in names if name == wire.name}


def _scalar(value: Any) -> str:
    """A scalar as JSON writes it, text as it is."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ParamError("holds half of a surrogate pair, which has no bytes") from None
        return value
    if isinstance(value, float) and not math.isfinite(value):
        raise ParamError(f"{value} is not a number that JSON has")
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))  # JSON Schema takes 2.0 for an integer, so it is written as one
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, bytes):
        raise ParamError("bytes have no form here; a schema with the format byte would make them base64")
    if value is None:
        raise ParamError("null has no form in this style")
    raise ParamError(f"{show(value)} is nested deeper than this style can carry")


def _value(text: str, shape: Shape) -> Any:
    """The scalar that a text stands for; the text itself when it is of none of the shape's types."""
    types = shape.types
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    if not types & {"integer", "number"} or len(text) > _MAX_DIGITS or not _NUMBER.match(text):
        return text
    if _INTEGER.match(text):
        return int(text)
    number = float(text)
    return number if "number" in types else int(number) if number.is_integer() else text


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
    if wire.location == "header" or wire.style == "cookie":
        return str
    reserved = _PATH_RESERVED if wire.location == "path" else _QUERY_RESERVED
    safe = reserved if wire.allow_reserved else ""
    return lambda text: quote(text, safe=safe)


def _name(wire: Wire) -> str:
    return wire.name if wire.style == "cookie" else quote(wire.name, safe="")


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


def _members(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, item in value.items():
        yield name, _scalar(item)


def _flat(value: Mapping[str, Any]) -> list[str]:
    """An object as the list name, value, name, value... that the styles without explode write."""
    return [text for member in _members(value) for text in member]


def _from_flat(texts: list[str], shape: Shape) -> dict[str, Any]:
    if len(texts) % 2:
        raise ParamError("an object takes pairs of name and value")
    names = texts[::2]
    return {name: _value(text, shape.member(name)) for name, text in zip(names, texts[1::2], strict=True)}


def _assigned(value: Mapping[str, Any], delimiter: str, quoted: _Quote) -> str:
    """An object as `k=v` members, joined."""
    pairs = [_joined([name], "=", quoted) + "=" + quoted(text) for name, text in _members(value)]
    return _joined(pairs, delimiter, str)


def _from_assigned(parts: Iterable[str], shape: Shape, unquoted: _Quote) -> dict[str, Any]:
    found = {}
    for part in parts:
        name, equals, text = part.partition("=")
        if not equals:
            raise ParamError(f"{show(unquoted(name))} is no name=value")
        found[unquoted(name)] = _value(unquoted(text), shape.member(unquoted(name)))
    return found


def _list(texts: Iterable[str], shape: Shape, unquoted: _Quote) -> list[Any]:
    return [_value(unquoted(text), shape.item) for text in texts]


def _texts(value: list[Any]) -> list[str]:
    """The texts of an array's items; one empty item would be the same as none."""
    if value == [""]:
        raise ParamError("an array of one empty text cannot be told from an empty array in this style")
    return [_scalar(item) for item in value]


def _simple(wire: Wire, value: Any, quoted: _Quote) -> str:
    """`a`, `a,b`, `k,v,k,v`, and with explode `k=v,k=v` (RFC 6570, section 3.2.2)."""
    if isinstance(value, list):
        return _joined(_texts(value), ",", quoted)
    if isinstance(value, Mapping):
        return _assigned(value, ",", quoted) if wire.explode else _joined(_flat(value), ",", quoted)
    return quoted(_scalar(value))


def _from_simple(wire: Wire, text: str, unquoted: _Quote) -> Any:
    shape = wire.shape
    if shape.is_only("array"):
        return _list(_split(text, ",", wire), shape, unquoted)
    if shape.is_only("object"):
        parts = _split(text, ",", wire)
        return _from_assigned(parts, shape, unquoted) if wire.explode else _from_flat(list(map(unquoted, parts)), shape)
    return _value(unquoted(text), shape)


def _split(text: str, delimiter: str, wire: Wire) -> list[str]:
    """The parts between delimiters; a header may have white space around them (RFC 9110, section 5.6.1)."""
    parts = text.split(delimiter) if text else []
    return [part.strip() for part in parts] if wire.location == "header" else parts


def _label(wire: Wire, value: Any, quoted: _Quote) -> str:
    """`.a`, `.a,b`, `.k,v,k,v`, and with explode `.a.b`, `.k=v.k=v` (RFC 6570, section 3.2.5)."""
    # a full stop is unreserved, so percent-encoding does not keep it from being taken for the delimiter
    dotless = (lambda text: quoted(text).replace(".", "%2E")) if wire.explode else quoted
    if isinstance(value, list):
        return "." + _joined(_texts(value), "." if wire.explode else ",", dotless)
    if isinstance(value, Mapping):
        return "." + (_assigned(value, ".", dotless) if wire.explode else _joined(_flat(value), ",", quoted))
    return "." + quoted(_scalar(value))


def _from_label(wire: Wire, text: str, unquoted: _Quote) -> Any:
    if not text.startswith("."):
        raise ParamError(f"{show(text)} does not start with a full stop")
    inner, shape = text[1:], wire.shape
    parts = inner.split("." if wire.explode else ",") if inner else []
    if shape.is_only("array"):
        return _list(parts, shape, unquoted)
    if shape.is_only("object"):
        return _from_assigned(parts, shape, unquoted) if wire.explode else _from_flat(list(map(unquoted, parts)), shape)
    return _value(unquoted(inner), shape)


def _matrix(wire: Wire, value: Any, quoted: _Quote) -> str:
    """`;n=a`, `;n=a,b` or `;n=a;n=b`, `;n=k,v` or `;k=v;k=v`, `;n` when empty (RFC 6570, section 3.2.7)."""
    name = quote(wire.name, safe="")
    if isinstance(value, Mapping) and wire.explode:
        return "".join(f";{quoted(key)}={quoted(text)}" for key, text in _members(value))
    if isinstance(value, list) and wire.explode:
        return "".join(f";{name}={quoted(_scalar(item))}" for item in value)
    if isinstance(value, list | Mapping):
        joined = _joined(_texts(value) if isinstance(value, list) else _flat(value), ",", quoted)
    else:
        joined = quoted(_scalar(value))
    return f";{name}={joined}" if joined else f";{name}"


def _from_matrix(wire: Wire, text: str, unquoted: _Quote) -> Any:
    if not text.startswith(";"):
        raise ParamError(f"{show(text)} does not start with a semicolon")
    pairs = [(unquoted(name), value) for name, _, value in (part.partition("=") for part in text[1:].split(";"))]
    shape = wire.shape
    if shape.is_only("object") and wire.explode:
        return {name: _value(unquoted(value), shape.member(name)) for name, value in pairs}
    texts = [value for name, value in pairs if name == wire.name]
    if not texts:
        raise ParamError(f"{show(text)} does not name {wire.name}")
    if shape.is_only("array"):
        return _list(texts if wire.explode else texts[0].split(",") if texts[0] else [], shape, unquoted)
    if shape.is_only("object"):
        return _from_flat([unquoted(part) for part in texts[0].split(",")] if texts[0] else [], shape)
    return _value(unquoted(texts[0]), shape)


def _form(wire: Wire, value: Any, quoted: _Quote) -> Pairs:
    """`n=a`, `n=a,b` or `n=a&n=b`, `n=k,v` or `k=v&k=v` (RFC 6570, sections 3.2.8 and 3.2.9)."""
    return _delimited(wire, value, quoted, ",")


def _delimited(wire: Wire, value: Any, quoted: _Quote, delimiter: str) -> Pairs:
    name = _name(wire)
    if isinstance(value, list) and wire.explode:
        return [(name, quoted(_scalar(item))) for item in value]
    if isinstance(value, Mapping) and wire.explode:
        named = str if wire.style == "cookie" else quote
        return [(named(key), quoted(text)) for key, text in _members(value)]
    if isinstance(value, list | Mapping):
        return [(name, _joined(_texts(value) if isinstance(value, list) else _flat(value), delimiter, quoted))]
    return [(name, quoted(_scalar(value)))]


def _from_form(wire: Wire, pairs: Pairs, unquoted: _Quote) -> tuple[bool, Any]:
    return _from_delimited(wire, pairs, unquoted, ",")


def _from_delimited(wire: Wire, pairs: Pairs, unquoted: _Quote, *delimiters: str) -> tuple[bool, Any]:
    shape = wire.shape
    if shape.is_only("object") and wire.explode:
        return _from_exploded_object(shape, pairs, unquoted)
    texts = [text for name, text in pairs if unquoted(name) == wire.name]
    if not texts:
        return False, None
    if shape.is_only("array") or (shape.may_be("array") and len(texts) > 1):
        return True, _list(texts if wire.explode else _split_any(texts[-1], delimiters), shape, unquoted)
    if shape.is_only("object"):
        return True, _from_flat([unquoted(part) for part in _split_any(texts[-1], delimiters)], shape)
    return True, _value(unquoted(texts[-1]), shape)


def _from_exploded_object(shape: Shape, pairs: Pairs, unquoted: _Quote) -> tuple[bool, Any]:
    known = [(unquoted(name), unquoted(text)) for name, text in pairs if unquoted(name) in shape.properties]
    return bool(known), {name: _value(text, shape.member(name)) for name, text in known}


def _split_any(text: str, delimiters: tuple[str, ...]) -> list[str]:
    """The parts between the first of the delimiters that is there; some servers and clients do not percent-encode it."""
    delimiter = next((found for found in delimiters if found in text), delimiters[0])
    return text.split(delimiter) if text else []


def _spaced(wire: Wire, value: Any, quoted: _Quote) -> Pairs:
    """`n=a%20b`, `n=k%20v` (OpenAPI, Style Values)."""
    return _marked(wire, value, quoted, "%20")


def _piped(wire: Wire, value: Any, quoted: _Quote) -> Pairs:
    """`n=a%7Cb`, `n=k%7Cv` (OpenAPI, Style Values)."""
    return _marked(wire, value, quoted, "%7C")


def _marked(wire: Wire, value: Any, quoted: _Quote, delimiter: str) -> Pairs:
    # the delimiter itself is percent-encoded, so on the wire one inside a value could not be told from it
    if wire.explode or not isinstance(value, list | Mapping):
        return _form(wire, value, quoted)
    return _delimited(wire, value, quoted, delimiter)


def _deep(wire: Wire, value: Any, quoted: _Quote) -> Pairs:
    """`n[k]=v&n[k]=v` (OpenAPI, Style Values)."""
    if not isinstance(value, Mapping):
        return _form(wire, value, quoted)
    return list(_deep_pairs(wire.name, value, quoted))


def _deep_pairs(prefix: str, value: Any, quoted: _Quote) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if "[" in key or "]" in key:
                raise ParamError(f"the key {show(key)} holds a bracket, which this style cannot carry")
            if isinstance(item, Mapping) and not item:
                raise ParamError(f"the object at {show(key)} is empty, which this style cannot carry")
            yield from _deep_pairs(f"{prefix}[{key}]", item, quoted)
    elif isinstance(value, list):
        for item in value:
            yield quote(prefix, safe=""), quoted(_scalar(item))
    else:
        yield quote(prefix, safe=""), quoted(_scalar(value))


def _from_deep(wire: Wire, pairs: Pairs, unquoted: _Quote) -> tuple[bool, Any]:
    found: dict[str, Any] = {}
    there = False
    for raw, text in pairs:
        name = unquoted(raw)
        if not name.startswith(f"{wire.name}["):
            continue
        there = True
        _store(found, _KEYS.findall(name[len(wire.name) :]), unquoted(text), wire.shape)
    return (True, found) if there or not wire.shape.may_be("string") else _from_form(wire, pairs, unquoted)


def _store(into: dict[str, Any], keys: list[str], text: str, shape: Shape) -> None:
    *outer, last = keys
    for key in outer:
        into = into.setdefault(key, {})
        shape = shape.member(key)
        if not isinstance(into, dict):
            raise ParamError(f"{show(key)} is given as a value and as an object")
    inner = shape.member(last)
    if inner.is_only("array"):
        into.setdefault(last, []).append(_value(text, inner.item))
    else:
        into[last] = _value(text, inner)


TEXT_STYLES: dict[str, tuple[Callable[[Wire, Any, _Quote], str], Callable[[Wire, str, _Quote], Any]]] = {
    "simple": (_simple, _from_simple),
    "label": (_label, _from_label),
    "matrix": (_matrix, _from_matrix),
}
PAIR_STYLES: dict[
    str, tuple[Callable[[Wire, Any, _Quote], Pairs], Callable[[Wire, Pairs, _Quote], tuple[bool, Any]]]
] = {
    "form": (_form, _from_form),
    "cookie": (_form, _from_form),
    "spaceDelimited": (_spaced, lambda wire, pairs, unquoted: _from_delimited(wire, pairs, unquoted, "%20", "+", " ")),
    "pipeDelimited": (_piped, lambda wire, pairs, unquoted: _from_delimited(wire, pairs, unquoted, "%7C", "%7c", "|")),
    "deepObject": (_deep, _from_deep),
}

#: The style of each location when the document names none (OpenAPI, Parameter Object).
DEFAULT_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form", "querystring": "form"}
#: The styles that explode when the document does not say (OpenAPI, Parameter Object).
EXPLODING = frozenset({"form", "cookie", "deepObject"})
