"""Styles: values as texts in the manner of RFC 6570, every style an entry, encode beside decode.

Parameters and forms share them. There are two families (OpenAPI, Style Values): styles that return one text (path and header), and styles
that return name=value pairs (query, cookie and forms). To add a style, add an entry to `TEXT_STYLES` or `PAIR_STYLES`.

On the wire a delimiter is never part of a value: values are percent-encoded before they are joined, and split before they are
decoded. Header values and the cookies of style `cookie` are not percent-encoded (OpenAPI 3.1.1, appendix D; 3.2.0, Style Values), so
there a value that contains the delimiter is refused.

Known erratum: an array of style `label` without explode is `.blue,black` (RFC 6570, section 3.2.5, and OpenAPI since 3.0.4), not
`.blue.black` (the table of OpenAPI 3.0.0 to 3.0.3 and 3.1.0).
Swagger 2.0 joins arrays in ways for which OpenAPI 3 has no style: by tabs, and by spaces and pipes outside of queries and forms. They have
styles of their own here, `x-tsv`, `x-ssv` and `x-pipes`.
What the specification leaves open: inside `deepObject`, items have their index (`a[b][0]=1`) and objects nest (`a[b][c]=1`);
`spaceDelimited` and `pipeDelimited` with explode are written like `form` with explode; no style carries null, nor an empty array
where it would look like one empty item.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from dynclient.problem import show
from dynclient.schema.bundle import Shape
from dynclient.wire.mediatype import OWS
from dynclient.wire.scalar import (
    Pairs,
    ParamError,
    Quote,
    Wire,
    assigned,
    bracketed,
    flat,
    from_assigned,
    from_bracketed,
    from_flat,
    joined_texts,
    listed,
    members,
    scalar,
    scalars,
    texts_of,
    value_of,
    wire_name,
)

_CONTAINERS = frozenset({"array", "object"})


def _simple(wire: Wire, value: Any, quoted: Quote) -> str:
    """`a`, `a,b`, `k,v,k,v`, and with explode `k=v,k=v` (RFC 6570, section 3.2.2)."""
    if isinstance(value, list):
        return joined_texts(texts_of(value), ",", quoted)
    if isinstance(value, Mapping):
        return assigned(value, ",", quoted) if wire.explode else joined_texts(flat(value), ",", quoted)
    return quoted(scalar(value))


def _from_simple(wire: Wire, text: str, unquoted: Quote) -> Any:
    shape = wire.shape
    if shape.types and shape.types.isdisjoint(_CONTAINERS):
        return value_of(unquoted(text), shape)
    if shape.is_only("array"):
        return listed(_split(text, ",", wire), shape, unquoted)
    if shape.is_only("object"):
        parts = _split(text, ",", wire)
        return from_assigned(parts, shape, unquoted) if wire.explode else from_flat(list(map(unquoted, parts)), shape)
    return value_of(unquoted(text), shape)


def _split(text: str, delimiter: str, wire: Wire) -> list[str]:
    """Split at delimiters; in a header there may be white space around them (RFC 9110, section 5.6.1)."""
    parts = text.split(delimiter) if text else []
    return [part.strip(OWS) for part in parts] if wire.location == "header" else parts


def _label(wire: Wire, value: Any, quoted: Quote) -> str:
    """`.a`, `.a,b`, `.k,v,k,v`, and with explode `.a.b`, `.k=v.k=v` (RFC 6570, section 3.2.5)."""
    # with explode, a full stop in a value is refused: it is unreserved, so anyone on the way may undo its percent-encoding
    if isinstance(value, list):
        return "." + joined_texts(texts_of(value), "." if wire.explode else ",", quoted)
    if isinstance(value, Mapping):
        return "." + (assigned(value, ".", quoted) if wire.explode else joined_texts(flat(value), ",", quoted))
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
        return "".join(f";{_assignment(_name_quoted(key), quoted(text))}" for key, text in members(value))
    if isinstance(value, list) and wire.explode:
        return "".join(f";{_assignment(name, quoted(text))}" for text in scalars(value))
    if isinstance(value, list | Mapping):
        text = joined_texts(texts_of(value) if isinstance(value, list) else flat(value), ",", quoted)
    else:
        text = quoted(scalar(value))
    return f";{_assignment(name, text)}"


def _assignment(name: str, text: str) -> str:
    """Write `n=a`, or `n` alone when the text is empty (RFC 6570, section 3.2.7)."""
    return f"{name}={text}" if text else name


def _from_matrix(wire: Wire, text: str, unquoted: Quote) -> Any:
    if not text.startswith(";"):
        raise ParamError(f"{show(text)} does not start with a semicolon")
    pairs = [(unquoted(name), value) for name, _, value in (part.partition("=") for part in text[1:].split(";"))]
    shape = wire.shape
    if shape.is_only("object") and wire.explode:
        return {name: value_of(unquoted(value), shape.member(name)) for name, value in pairs}
    texts = [value for name, value in pairs if name == wire.name]
    if not texts:
        raise ParamError(f"{show(text)} does not contain the name {wire.name}")
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
        return [(name, quoted(text)) for text in scalars(value)]
    if isinstance(value, Mapping) and wire.explode:
        # a name is always percent-encoded, even where values keep reserved characters: it ends at the first `=`
        encoded = quoted if wire.style == "cookie" else _name_quoted
        return [(encoded(key), quoted(text)) for key, text in members(value)]
    if isinstance(value, list | Mapping):
        return [(name, joined_texts(texts_of(value) if isinstance(value, list) else flat(value), delimiter, quoted))]
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
    """Read the members among the pairs; where the object takes any member, `pairs` are those that no other parameter claims."""
    named = [(unquoted(name), unquoted(text)) for name, text in pairs]
    known = named if takes_any(shape) else [(name, text) for name, text in named if shape.knows(name)]
    return bool(known), {name: value_of(text, shape.member(name)) for name, text in known}


def may_be_spread(shape: Shape) -> bool:
    """Whether a value may be an object, among other types, whose members are recognised by their names."""
    return "object" in shape.types and bool(shape.properties) and not takes_any(shape)


def takes_any(shape: Shape) -> bool:
    """Whether an object may have members that its schema does not name."""
    return not shape.closed and (shape.others is not None or not shape.properties)


def _split_any(text: str, delimiters: tuple[str, ...]) -> list[str]:
    """Split at the first delimiter that is present; some servers and clients do not percent-encode it."""
    delimiter = next((found for found in delimiters if found in text), delimiters[0])
    return text.split(delimiter) if text else []


def _spaced(wire: Wire, value: Any, quoted: Quote) -> Pairs:
    """`n=a%20b`, `n=k%20v` (OpenAPI, Style Values)."""
    return _marked(wire, value, quoted, "%20")


def _piped(wire: Wire, value: Any, quoted: Quote) -> Pairs:
    """`n=a%7Cb`, `n=k%7Cv` (OpenAPI, Style Values)."""
    return _marked(wire, value, quoted, "%7C")


def _marked(wire: Wire, value: Any, quoted: Quote, delimiter: str) -> Pairs:
    # the delimiter itself is percent-encoded, so one inside a value would look the same
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


def _separated(wire: Wire, value: Any, quoted: Quote) -> str:
    """`a%20b`, `a%09b` or `a%7Cb`; in a header, the delimiter itself (Swagger 2.0, Parameter Object, collectionFormat)."""
    if not isinstance(value, list):
        return _simple(wire, value, quoted)
    delimiters = _DELIMITERS[wire.style]
    return joined_texts(texts_of(value), delimiters[-1 if wire.location == "header" else 0], quoted)


def _from_separated(wire: Wire, text: str, unquoted: Quote) -> Any:
    if not wire.shape.is_only("array"):
        return _from_simple(wire, text, unquoted)
    delimiters = _DELIMITERS[wire.style]
    return listed(_split_any(text, delimiters[-1:] if wire.location == "header" else delimiters), wire.shape, unquoted)


#: The delimiters of the styles that OpenAPI 3 does not have: percent-encoded, and as they are.
_DELIMITERS = {"x-ssv": ("%20", " "), "x-tsv": ("%09", "\t"), "x-pipes": ("%7C", "%7c", "|")}

TEXT_STYLES: dict[str, tuple[Callable[[Wire, Any, Quote], str], Callable[[Wire, str, Quote], Any]]] = {
    "simple": (_simple, _from_simple),
    "label": (_label, _from_label),
    "matrix": (_matrix, _from_matrix),
    **dict.fromkeys(_DELIMITERS, (_separated, _from_separated)),
}
PAIR_STYLES: dict[str, tuple[Callable[[Wire, Any, Quote], Pairs], Callable[[Wire, Pairs, Quote], tuple[bool, Any]]]] = {
    "form": (_form, _from_form),
    "cookie": (_form, _from_form),
    "spaceDelimited": (_spaced, lambda wire, pairs, unquoted: _from_delimited(wire, pairs, unquoted, "%20", "+", " ")),
    "pipeDelimited": (_piped, lambda wire, pairs, unquoted: _from_delimited(wire, pairs, unquoted, "%7C", "%7c", "|")),
    "deepObject": (_deep, _from_deep),
    "x-tsv": (
        lambda wire, value, quoted: _marked(wire, value, quoted, "%09"),
        lambda wire, pairs, unquoted: _from_delimited(wire, pairs, unquoted, *_DELIMITERS["x-tsv"]),
    ),
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
