"""Styles: values as texts, in the manner of RFC 6570, every style an entry, encode beside decode.

Parameters and forms share them. They come in two families (OpenAPI, Style Values): those that give a text to put in place (path
and header), and those that give name=value pairs (query, cookie and forms). To add a style is to add an entry to
`TEXT_STYLES` or `PAIR_STYLES`.

Delimiters are never part of a value on the wire: values are percent-encoded before they are joined and split before they
are decoded. Header values and the cookies of style `cookie` are not percent-encoded (OpenAPI 3.1.1, appendix D; 3.2.0, Style
Values), so there a value that holds the delimiter cannot be carried and is refused.

A known erratum is decided here: an array of style `label` without explode is `.blue,black` (RFC 6570, section 3.2.5, and
OpenAPI since 3.0.4), not `.blue.black` (the table of OpenAPI 3.0.0 to 3.0.3 and 3.1.0).
What the specification leaves open is decided as follows: inside `deepObject`, items have their index (`a[b][0]=1`) and objects
nest (`a[b][c]=1`; see `brackets`); `spaceDelimited` and `pipeDelimited` with explode are written like `form` with explode; null has no form,
and neither has an array that is empty where that would be the same text as one empty item.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from dynclient.problem import show
from dynclient.schema.bundle import Shape
from dynclient.wire.brackets import bracketed, from_bracketed
from dynclient.wire.scalar import (
    Pairs,
    ParamError,
    Quote,
    Wire,
    assigned,
    flat,
    from_assigned,
    from_flat,
    joined,
    listed,
    members,
    named,
    quoting,
    scalar,
    texts_of,
    value_of,
    wire_name,
)

__all__ = [
    "DEFAULT_STYLES",
    "EXPLODING",
    "LOCATION_STYLES",
    "PAIR_STYLES",
    "TEXT_STYLES",
    "Pairs",
    "ParamError",
    "Quote",
    "Wire",
    "is_deep",
    "may_be_spread",
    "quoting",
    "scalar",
    "takes_any",
    "usable_style",
    "value_of",
    "wire_name",
]


def _simple(wire: Wire, value: Any, quoted: Quote) -> str:
    """`a`, `a,b`, `k,v,k,v`, and with explode `k=v,k=v` (RFC 6570, section 3.2.2)."""
    if isinstance(value, list):
        return joined(texts_of(value), ",", quoted)
    if isinstance(value, Mapping):
        return assigned(value, ",", quoted) if wire.explode else joined(flat(value), ",", quoted)
    return quoted(scalar(value))


def _from_simple(wire: Wire, text: str, unquoted: Quote) -> Any:
    shape = wire.shape
    if shape.is_only("array"):
        return listed(_split(text, ",", wire), shape, unquoted)
    if shape.is_only("object"):
        parts = _split(text, ",", wire)
        return from_assigned(parts, shape, unquoted) if wire.explode else from_flat(list(map(unquoted, parts)), shape)
    return value_of(unquoted(text), shape)


def _split(text: str, delimiter: str, wire: Wire) -> list[str]:
    """The parts between delimiters; a header may have white space around them (RFC 9110, section 5.6.1)."""
    parts = text.split(delimiter) if text else []
    return [part.strip() for part in parts] if wire.location == "header" else parts


def _label(wire: Wire, value: Any, quoted: Quote) -> str:
    """`.a`, `.a,b`, `.k,v,k,v`, and with explode `.a.b`, `.k=v.k=v` (RFC 6570, section 3.2.5)."""
    # with explode, a full stop in a value is refused: it is unreserved, so whoever comes by may undo its percent-encoding
    if isinstance(value, list):
        return "." + joined(texts_of(value), "." if wire.explode else ",", quoted)
    if isinstance(value, Mapping):
        return "." + (assigned(value, ".", quoted) if wire.explode else joined(flat(value), ",", quoted))
    return "." + quoted(scalar(value))


def _from_label(wire: Wire, text: str, unquoted: Quote) -> Any:
    if not text.startswith("."):
        raise ParamError(f"{show(text)} does not start with a full stop")
    inner, shape = text[1:], wire.shape
    parts = inner.split("." if wire.explode else ",") if inner else []
    if shape.is_only("array"):
        return listed(parts, shape, unquoted)
    if shape.is_only("object"):
        return from_assigned(parts, shape, unquoted) if wire.explode else from_flat(list(map(unquoted, parts)), shape)
    return value_of(unquoted(inner), shape)


def _matrix(wire: Wire, value: Any, quoted: Quote) -> str:
    """`;n=a`, `;n=a,b` or `;n=a;n=b`, `;n=k,v` or `;k=v;k=v`, `;n` when empty (RFC 6570, section 3.2.7)."""
    name = _name_quoted(wire.name)
    if isinstance(value, Mapping) and wire.explode:
        return "".join(f";{named(_name_quoted(key), quoted(text))}" for key, text in members(value))
    if isinstance(value, list) and wire.explode:
        return "".join(f";{named(name, quoted(scalar(item)))}" for item in value)
    if isinstance(value, list | Mapping):
        text = joined(texts_of(value) if isinstance(value, list) else flat(value), ",", quoted)
    else:
        text = quoted(scalar(value))
    return f";{named(name, text)}"


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
        return listed(texts if wire.explode else texts[0].split(",") if texts[0] else [], shape, unquoted)
    if shape.is_only("object"):
        return from_flat([unquoted(part) for part in texts[0].split(",")] if texts[0] else [], shape)
    return value_of(unquoted(texts[0]), shape)


def _form(wire: Wire, value: Any, quoted: Quote) -> Pairs:
    """`n=a`, `n=a,b` or `n=a&n=b`, `n=k,v` or `k=v&k=v` (RFC 6570, sections 3.2.8 and 3.2.9)."""
    return _delimited(wire, value, quoted, ",")


def _delimited(wire: Wire, value: Any, quoted: Quote, delimiter: str) -> Pairs:
    name = wire_name(wire)
    if isinstance(value, list) and wire.explode:
        return [(name, quoted(scalar(item))) for item in value]
    if isinstance(value, Mapping) and wire.explode:
        # a name is percent-encoded whole, even where reserved characters stay in values: it ends at the first `=`
        spelt = quoted if wire.style == "cookie" else _name_quoted
        return [(spelt(key), quoted(text)) for key, text in members(value)]
    if isinstance(value, list | Mapping):
        return [(name, joined(texts_of(value) if isinstance(value, list) else flat(value), delimiter, quoted))]
    return [(name, quoted(scalar(value)))]


def _name_quoted(name: str) -> str:
    return quote(name, safe="")


def _from_form(wire: Wire, pairs: Pairs, unquoted: Quote) -> tuple[bool, Any]:
    return _from_delimited(wire, pairs, unquoted, ",")


def _from_delimited(wire: Wire, pairs: Pairs, unquoted: Quote, *delimiters: str) -> tuple[bool, Any]:
    shape = wire.shape
    if shape.is_only("object") and wire.explode:
        return _from_exploded_object(shape, pairs, unquoted)
    texts = [text for name, text in pairs if unquoted(name) == wire.name]
    if not texts and wire.explode and may_be_spread(shape):
        return _from_exploded_object(shape, pairs, unquoted)
    if not texts:
        return False, None
    if shape.is_only("array") or (shape.may_be("array") and len(texts) > 1):
        return True, listed(texts if wire.explode else _split_any(texts[-1], delimiters), shape, unquoted)
    if shape.is_only("object"):
        return True, from_flat([unquoted(part) for part in _split_any(texts[-1], delimiters)], shape)
    return True, value_of(unquoted(texts[-1]), shape)


def _from_exploded_object(shape: Shape, pairs: Pairs, unquoted: Quote) -> tuple[bool, Any]:
    """The members among the pairs; where the object takes any member, `pairs` are those that nothing else claims."""
    named = [(unquoted(name), unquoted(text)) for name, text in pairs]
    known = named if takes_any(shape) else [(name, text) for name, text in named if name in shape.properties]
    return bool(known), {name: value_of(text, shape.member(name)) for name, text in known}


def may_be_spread(shape: Shape) -> bool:
    """Whether a value may be an object beside other kinds, whose members are told from others by their names."""
    return "object" in shape.types and bool(shape.properties) and not takes_any(shape)


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
    if isinstance(value, Mapping | list):
        return list(bracketed(wire.name, value, quoted))
    return _form(wire, value, quoted)


def _from_deep(wire: Wire, pairs: Pairs, unquoted: Quote) -> tuple[bool, Any]:
    found = from_bracketed(wire.name, pairs, wire.shape, unquoted)
    if found is not None or wire.shape.is_only("object"):
        return found is not None, found
    return _from_form(wire, pairs, unquoted)


def is_deep(name: str, wire: Wire) -> bool:
    """Whether a decoded name belongs to a parameter of the style `deepObject`."""
    return name.startswith(f"{wire.name}[") or (name == wire.name and not wire.shape.is_only("object"))


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


class LocationStyles(NamedTuple):
    """The styles of one location.

    Attributes:
        allowed: The styles that the specification allows there, each with the OpenAPI version that introduced it.
        carried: The styles that values can be written in there, allowed or not.
    """

    allowed: Mapping[str, str]
    carried: frozenset[str]


#: The styles of each location of a parameter (OpenAPI, Parameter Object, Style Values). Documents use more than are allowed.
LOCATION_STYLES = {
    "path": LocationStyles(dict.fromkeys(("matrix", "label", "simple"), "3.0"), frozenset(TEXT_STYLES)),
    "query": LocationStyles(
        dict.fromkeys(("form", "spaceDelimited", "pipeDelimited", "deepObject"), "3.0"),
        frozenset(PAIR_STYLES) - {"cookie"},
    ),
    "header": LocationStyles({"simple": "3.0"}, frozenset(TEXT_STYLES)),
    "cookie": LocationStyles({"form": "3.0", "cookie": "3.2"}, frozenset(PAIR_STYLES)),
    "querystring": LocationStyles({}, frozenset()),
}


def usable_style(location: str, style: Any) -> str | None:
    """Return the style to use at a location, or None if values cannot be carried in it there.

    Args:
        location: Where the parameter travels.
        style: The style in the document, whatever its JSON type; None for the default of the location.
    """
    if style is None:
        return DEFAULT_STYLES[location]
    return style if isinstance(style, str) and style in LOCATION_STYLES[location].carried else None
