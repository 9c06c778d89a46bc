"""Styles: values as texts, in the manner of RFC 6570, every style an entry, encode beside decode.

Parameters and forms share them. They come in two families (OpenAPI, Style Values): those that give a text to put in place (path
and header), and those that give name=value pairs (query, cookie and forms). To add a style is to add an entry to
`TEXT_STYLES` or `PAIR_STYLES`.

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
from urllib.parse import quote

from dynclient import lazy
from dynclient.shape import ANY, Shape
from dynclient.values import show

#: Reserved characters (RFC 3986, section 2.2) that may stand in a query value, and in a path segment, without ending it.
_QUERY_RESERVED = ":/?@!$'()*,;[]="
_PATH_RESERVED = ":@!$&'()*+,;="
_INTEGER = lazy.pattern(r"-?(0|[1-9]\d*)\Z", re.ASCII)
_NUMBER = lazy.pattern(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)
#: What never is percent-encoded (RFC 3986, section 2.3).
_UNRESERVED = lazy.pattern(r"[A-Za-z0-9._~-]*\Z", re.ASCII)
#: More digits than this are no number to Python.
_MAX_DIGITS = 4300
#: Up to here every float that is whole is that very integer.
_EXACT = 2**53
_KEYS = lazy.pattern(r"\[([^\]]*)\]")


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
Quote = Callable[[str], str]


def scalar(value: Any) -> str:
    """A scalar as JSON writes it, text as it is."""
    if isinstance(value, str):
        if value.isascii():
            return value
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
        try:
            return json.dumps(value)
        except ValueError:
            raise ParamError("is a number of more digits than Python writes") from None
    if isinstance(value, bytes):
        raise ParamError("bytes have no form here; a schema with the format byte would make them base64")
    if value is None:
        raise ParamError("null has no form in this style")
    raise ParamError(f"{show(value)} is nested deeper than this style can carry")


def value_of(text: str, shape: Shape) -> Any:
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


def quoting(wire: Wire) -> Quote:
    """How a value is percent-encoded where it travels; not at all in headers and plain cookies."""
    if wire.location == "header" or wire.style == "cookie":
        return str
    if not wire.allow_reserved:
        return _quoted
    reserved = _PATH_RESERVED if wire.location == "path" else _QUERY_RESERVED
    return lambda text: quote(text, safe=reserved)


def _quoted(text: str) -> str:
    """The text, percent-encoded but for what never needs it; most texts have nothing else."""
    return text if _UNRESERVED.match(text) else quote(text, safe="")


def wire_name(wire: Wire) -> str:
    """The name as it stands on the wire."""
    return wire.name if wire.style == "cookie" else _quoted(wire.name)


def _joined(texts: Iterable[str], delimiter: str, quoted: Quote) -> str:
    parts = [quoted(text) for text in texts]
    if any(delimiter in part for part in parts):
        raise ParamError(f"holds the delimiter {delimiter!r}, which this style cannot carry")
    return delimiter.join(parts)


def _members(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, item in value.items():
        yield name, scalar(item)


def _flat(value: Mapping[str, Any]) -> list[str]:
    """An object as the list name, value, name, value... that the styles without explode write."""
    return [text for member in _members(value) for text in member]


def _from_flat(texts: list[str], shape: Shape) -> dict[str, Any]:
    if len(texts) % 2:
        raise ParamError("an object takes pairs of name and value")
    names = texts[::2]
    return {name: value_of(text, shape.member(name)) for name, text in zip(names, texts[1::2], strict=True)}


def _assigned(value: Mapping[str, Any], delimiter: str, quoted: Quote) -> str:
    """An object as `k=v` members, joined."""
    pairs = [_joined([name], "=", quoted) + "=" + quoted(text) for name, text in _members(value)]
    return _joined(pairs, delimiter, str)


def _from_assigned(parts: Iterable[str], shape: Shape, unquoted: Quote) -> dict[str, Any]:
    found = {}
    for part in parts:
        name, equals, text = part.partition("=")
        if not equals:
            raise ParamError(f"{show(unquoted(name))} is no name=value")
        found[unquoted(name)] = value_of(unquoted(text), shape.member(unquoted(name)))
    return found


def _list(texts: Iterable[str], shape: Shape, unquoted: Quote) -> list[Any]:
    return [value_of(unquoted(text), shape.item) for text in texts]


def _texts(value: list[Any]) -> list[str]:
    """The texts of an array's items; one empty item would be the same as none."""
    if value == [""]:
        raise ParamError("an array of one empty text cannot be told from an empty array in this style")
    return [scalar(item) for item in value]


def _simple(wire: Wire, value: Any, quoted: Quote) -> str:
    """`a`, `a,b`, `k,v,k,v`, and with explode `k=v,k=v` (RFC 6570, section 3.2.2)."""
    if isinstance(value, list):
        return _joined(_texts(value), ",", quoted)
    if isinstance(value, Mapping):
        return _assigned(value, ",", quoted) if wire.explode else _joined(_flat(value), ",", quoted)
    return quoted(scalar(value))


def _from_simple(wire: Wire, text: str, unquoted: Quote) -> Any:
    shape = wire.shape
    if shape.is_only("array"):
        return _list(_split(text, ",", wire), shape, unquoted)
    if shape.is_only("object"):
        parts = _split(text, ",", wire)
        return _from_assigned(parts, shape, unquoted) if wire.explode else _from_flat(list(map(unquoted, parts)), shape)
    return value_of(unquoted(text), shape)


def _split(text: str, delimiter: str, wire: Wire) -> list[str]:
    """The parts between delimiters; a header may have white space around them (RFC 9110, section 5.6.1)."""
    parts = text.split(delimiter) if text else []
    return [part.strip() for part in parts] if wire.location == "header" else parts


def _label(wire: Wire, value: Any, quoted: Quote) -> str:
    """`.a`, `.a,b`, `.k,v,k,v`, and with explode `.a.b`, `.k=v.k=v` (RFC 6570, section 3.2.5)."""
    # a full stop is unreserved, so percent-encoding does not keep it from being taken for the delimiter
    dotless = (lambda text: quoted(text).replace(".", "%2E")) if wire.explode else quoted
    if isinstance(value, list):
        return "." + _joined(_texts(value), "." if wire.explode else ",", dotless)
    if isinstance(value, Mapping):
        return "." + (_assigned(value, ".", dotless) if wire.explode else _joined(_flat(value), ",", quoted))
    return "." + quoted(scalar(value))


def _from_label(wire: Wire, text: str, unquoted: Quote) -> Any:
    if not text.startswith("."):
        raise ParamError(f"{show(text)} does not start with a full stop")
    inner, shape = text[1:], wire.shape
    parts = inner.split("." if wire.explode else ",") if inner else []
    if shape.is_only("array"):
        return _list(parts, shape, unquoted)
    if shape.is_only("object"):
        return _from_assigned(parts, shape, unquoted) if wire.explode else _from_flat(list(map(unquoted, parts)), shape)
    return value_of(unquoted(inner), shape)


def _matrix(wire: Wire, value: Any, quoted: Quote) -> str:
    """`;n=a`, `;n=a,b` or `;n=a;n=b`, `;n=k,v` or `;k=v;k=v`, `;n` when empty (RFC 6570, section 3.2.7)."""
    name = quote(wire.name, safe="")
    if isinstance(value, Mapping) and wire.explode:
        return "".join(f";{quoted(key)}={quoted(text)}" for key, text in _members(value))
    if isinstance(value, list) and wire.explode:
        return "".join(f";{name}={quoted(scalar(item))}" for item in value)
    if isinstance(value, list | Mapping):
        joined = _joined(_texts(value) if isinstance(value, list) else _flat(value), ",", quoted)
    else:
        joined = quoted(scalar(value))
    return f";{name}={joined}" if joined else f";{name}"


def _from_matrix(wire: Wire, text: str, unquoted: Quote) -> Any:
    if not text.startswith(";"):
        raise ParamError(f"{show(text)} does not start with a semicolon")
    pairs = [(unquoted(name), value) for name, _, value in (part.partition("=") for part in text[1:].split(";"))]
    shape = wire.shape
    if shape.is_only("object") and wire.explode:
        return {name: value_of(unquoted(value), shape.member(name)) for name, value in pairs}
    texts = [value for name, value in pairs if name == wire.name]
    if not texts:
        raise ParamError(f"{show(text)} does not name {wire.name}")
    if shape.is_only("array"):
        return _list(texts if wire.explode else texts[0].split(",") if texts[0] else [], shape, unquoted)
    if shape.is_only("object"):
        return _from_flat([unquoted(part) for part in texts[0].split(",")] if texts[0] else [], shape)
    return value_of(unquoted(texts[0]), shape)


def _form(wire: Wire, value: Any, quoted: Quote) -> Pairs:
    """`n=a`, `n=a,b` or `n=a&n=b`, `n=k,v` or `k=v&k=v` (RFC 6570, sections 3.2.8 and 3.2.9)."""
    return _delimited(wire, value, quoted, ",")


def _delimited(wire: Wire, value: Any, quoted: Quote, delimiter: str) -> Pairs:
    name = wire_name(wire)
    if isinstance(value, list) and wire.explode:
        return [(name, quoted(scalar(item))) for item in value]
    if isinstance(value, Mapping) and wire.explode:
        named = str if wire.style == "cookie" else quote
        return [(named(key), quoted(text)) for key, text in _members(value)]
    if isinstance(value, list | Mapping):
        return [(name, _joined(_texts(value) if isinstance(value, list) else _flat(value), delimiter, quoted))]
    return [(name, quoted(scalar(value)))]


def _from_form(wire: Wire, pairs: Pairs, unquoted: Quote) -> tuple[bool, Any]:
    return _from_delimited(wire, pairs, unquoted, ",")


def _from_delimited(wire: Wire, pairs: Pairs, unquoted: Quote, *delimiters: str) -> tuple[bool, Any]:
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
    return True, value_of(unquoted(texts[-1]), shape)


def _from_exploded_object(shape: Shape, pairs: Pairs, unquoted: Quote) -> tuple[bool, Any]:
    """The members among the pairs; where the object takes any member, `pairs` are those that nothing else claims."""
    named = [(unquoted(name), unquoted(text)) for name, text in pairs]
    known = named if takes_any(shape) else [(name, text) for name, text in named if name in shape.properties]
    return bool(known), {name: value_of(text, shape.member(name)) for name, text in known}


def takes_any(shape: Shape) -> bool:
    """Whether an object may have members that its schema does not name."""
    return not shape.closed and (shape.others is not None or not shape.properties)


def _split_any(text: str, delimiters: tuple[str, ...]) -> list[str]:
    """The parts between the first of the delimiters that is there; some servers and clients do not percent-encode it."""
    delimiter = next((found for found in delimiters if found in text), delimiters[0])
    return text.split(delimiter) if text else []


def _spaced(wire: Wire, value: Any, quoted: Quote) -> Pairs:
    """`n=a%20b`, `n=k%20v` (OpenAPI, Style Values)."""
    return _marked(wire, value, quoted, "%20")


def _piped(wire: Wire, value: Any, quoted: Quote) -> Pairs:
    """`n=a%7Cb`, `n=k%7Cv` (OpenAPI, Style Values)."""
    return _marked(wire, value, quoted, "%7C")


def _marked(wire: Wire, value: Any, quoted: Quote, delimiter: str) -> Pairs:
    # the delimiter itself is percent-encoded, so on the wire one inside a value could not be told from it
    if wire.explode or not isinstance(value, list | Mapping):
        return _form(wire, value, quoted)
    return _delimited(wire, value, quoted, delimiter)


def _deep(wire: Wire, value: Any, quoted: Quote) -> Pairs:
    """`n[k]=v&n[k]=v` (OpenAPI, Style Values)."""
    if not isinstance(value, Mapping):
        return _form(wire, value, quoted)
    return list(_deep_pairs(wire.name, value, quoted))


def _deep_pairs(prefix: str, value: Any, quoted: Quote) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if "[" in key or "]" in key:
                raise ParamError(f"the key {show(key)} holds a bracket, which this style cannot carry")
            if isinstance(item, Mapping) and not item:
                raise ParamError(f"the object at {show(key)} is empty, which this style cannot carry")
            yield from _deep_pairs(f"{prefix}[{key}]", item, quoted)
    elif isinstance(value, list):
        for item in value:
            yield quote(prefix, safe=""), quoted(scalar(item))
    else:
        yield quote(prefix, safe=""), quoted(scalar(value))


def _from_deep(wire: Wire, pairs: Pairs, unquoted: Quote) -> tuple[bool, Any]:
    found: dict[str, Any] = {}
    there = False
    for raw, text in pairs:
        name = unquoted(raw)
        if not name.startswith(f"{wire.name}["):
            continue
        there = True
        _store(found, _KEYS.findall(name[len(wire.name) :]), unquoted(text), wire.shape)
    if there or wire.shape.is_only("object"):
        return there, found
    return _from_form(wire, pairs, unquoted)


def _store(into: dict[str, Any], keys: list[str], text: str, shape: Shape) -> None:
    *outer, last = keys
    for key in outer:
        into = into.setdefault(key, {})
        shape = shape.member(key)
        if not isinstance(into, dict):
            raise ParamError(f"{show(key)} is given as a value and as an object")
    inner = shape.member(last)
    if inner.is_only("array"):
        into.setdefault(last, []).append(value_of(text, inner.item))
    else:
        into[last] = value_of(text, inner)


TEXT_STYLES: dict[str, tuple[Callable[[Wire, Any, Quote], str], Callable[[Wire, str, Quote], Any]]] = {
    "simple": (_simple, _from_simple),
    "label": (_label, _from_label),
    "matrix": (_matrix, _from_matrix),
}
PAIR_STYLES: dict[str, tuple[Callable[[Wire, Any, Quote], Pairs], Callable[[Wire, Pairs, Quote], tuple[bool, Any]]]] = {
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
