"""A value and a text of the wire: what every style is made of, encode beside decode."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from dynclient import lazy
from dynclient.problem import show
from dynclient.schema.bundle import ANY, Shape
from dynclient.wire.codec import NO_RULES, Rules

#: Reserved characters (RFC 3986, section 2.2) that may stand at a place without ending it; and percent-encoded triples, which
#: reserved expansion lets pass (RFC 6570, section 3.2.3). A query cannot hold brackets, and `&` and `+` mean something else there.
_RESERVED = {"query": ":/?@!$'()*,;=%", "path": ":@!$&'()*+,;=%", "cookie": ":/?#[]@!$&'()*+=%"}
_LOOSE_PERCENT = lazy.pattern(r"%(?![0-9A-Fa-f]{2})")
_INTEGER = lazy.pattern(r"-?(0|[1-9]\d*)\Z", re.ASCII)
_NUMBER = lazy.pattern(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)
#: White space, and no text at all is not.
_SPACES = (" ", "\t")
#: What never is percent-encoded (RFC 3986, section 2.3).
_UNRESERVED = lazy.pattern(r"[A-Za-z0-9._~-]*\Z", re.ASCII)
#: More digits than this are no number to Python.
_MAX_DIGITS = 4300
#: Up to here every float that is whole is that very integer.
_EXACT = 2**53


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
        rules: What its media type says of how it is written.
    """

    name: str
    location: str
    style: str = "form"
    explode: bool = True
    allow_reserved: bool = False
    media_type: str | None = None
    shape: Shape = ANY
    allow_empty: bool = False
    rules: Rules = NO_RULES


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
        return unspaced
    if not wire.allow_reserved:
        return _quoted
    reserved = _RESERVED[wire.location]
    if wire.style == "matrix":
        reserved = reserved.replace(";", "")
    return lambda text: _LOOSE_PERCENT.sub("%25", quote(text, safe=reserved))


def _quoted(text: str) -> str:
    """The text, percent-encoded but for what never needs it; most texts have nothing else."""
    return text if _UNRESERVED.match(text) else quote(text, safe="")


def wire_name(wire: Wire) -> str:
    """The name as it stands on the wire."""
    return wire.name if wire.style == "cookie" else _quoted(wire.name)


def unspaced(text: str) -> str:
    """A text as it is, where no white space around it would come back (RFC 9110, section 5.6.1; RFC 6265, section 5.2).

    Raises:
        ParamError: There is some.
    """
    if text[:1] in _SPACES or text[-1:] in _SPACES:
        raise ParamError(f"{show(text)} has white space at an end, which this style cannot carry")
    return text


def joined(texts: Iterable[str], delimiter: str, quoted: Quote) -> str:
    """Texts, percent-encoded and joined; none of them may hold the delimiter."""
    parts = [quoted(text) for text in texts]
    if any(delimiter in part for part in parts):
        raise ParamError(f"holds the delimiter {delimiter!r}, which this style cannot carry")
    return delimiter.join(parts)


def members(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The names and texts of an object's members."""
    for name, item in value.items():
        yield name, scalar(item)


def flat(value: Mapping[str, Any]) -> list[str]:
    """An object as the list name, value, name, value... that the styles without explode write."""
    return [text for member in members(value) for text in member]


def from_flat(texts: list[str], shape: Shape) -> dict[str, Any]:
    """The object of such a list: the inverse of `flat`."""
    if len(texts) % 2:
        raise ParamError("an object takes pairs of name and value")
    names = texts[::2]
    return {name: value_of(text, shape.member(name)) for name, text in zip(names, texts[1::2], strict=True)}


def assigned(value: Mapping[str, Any], delimiter: str, quoted: Quote) -> str:
    """An object as `k=v` members, joined."""
    pairs = [joined([name], "=", quoted) + "=" + quoted(text) for name, text in members(value)]
    return joined(pairs, delimiter, str)


def from_assigned(parts: Iterable[str], shape: Shape, unquoted: Quote) -> dict[str, Any]:
    """The object of such members, taken apart: the inverse of `assigned`."""
    found = {}
    for part in parts:
        name, equals, text = part.partition("=")
        if not equals:
            raise ParamError(f"{show(unquoted(name))} is no name=value")
        found[unquoted(name)] = value_of(unquoted(text), shape.member(unquoted(name)))
    return found


def listed(texts: Iterable[str], shape: Shape, unquoted: Quote) -> list[Any]:
    """The array of these texts: the inverse of `texts_of`."""
    return [value_of(unquoted(text), shape.item) for text in texts]


def named(name: str, text: str) -> str:
    """`n=a`, and `n` alone when the text is empty (RFC 6570, section 3.2.7)."""
    return f"{name}={text}" if text else name


def texts_of(value: list[Any]) -> list[str]:
    """The texts of an array's items; one empty item would be the same as none."""
    if value == [""]:
        raise ParamError("an array of one empty text cannot be told from an empty array in this style")
    return [scalar(item) for item in value]
