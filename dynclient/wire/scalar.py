"""Scalars as texts, and the pieces that every style is made of, encode beside decode.

Nested values are written as names with brackets, the style `deepObject`. The specification defines an object of scalars, `a[b]=1`
(OpenAPI, Style Values), and leaves the rest open, so it is written as servers read it that use this notation: an object nests, and an item of
an array has its index, `a[0]=1` and `a[b][0][c]=1`, so that an array of objects can be read back. `a[]=1` and a repeated name are read, too.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import quote

from dynclient import lazy
from dynclient.problem import show
from dynclient.schema.bundle import ANY, Shape
from dynclient.wire.bodyrules import NO_RULES, Rules
from dynclient.wire.mediatype import OWS, MediaError, at_places

#: Reserved characters (RFC 3986, section 2.2) that do not end a value in a place; and `%`, because reserved expansion leaves
#: percent-encoded triples alone (RFC 6570, section 3.2.3). A query cannot hold brackets, and `&` and `+` mean something else there.
_RESERVED = {"query": ":/?@!$'()*,;=%", "path": ":@!$&'()*+,;=%", "cookie": ":/?#[]@!$&'()*+=%"}
_LOOSE_PERCENT = lazy.pattern(r"%(?![0-9A-Fa-f]{2})")
_INTEGER = lazy.pattern(r"-?(0|[1-9]\d*)\Z", re.ASCII)
_NUMBER = lazy.pattern(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)
#: Characters that are never percent-encoded (RFC 3986, section 2.3).
_UNRESERVED = lazy.pattern(r"[A-Za-z0-9._~-]*\Z", re.ASCII)
_KEYS = lazy.pattern(r"\[([^\]]*)\]")
_INDEX = lazy.pattern(r"(0|[1-9][0-9]{0,8})?\Z")
_DEEPEST = 64
#: Python reads no number with more digits.
_MAX_DIGITS = 4300
#: Up to here, every float without a fraction is exactly that integer.
_EXACT = 2**53


class ParamError(MediaError):
    """A value that the style of a parameter cannot carry, or a text that is not in that style."""


class Wire(NamedTuple):
    """How a parameter is written (OpenAPI, Parameter Object).

    Attributes:
        name: The name on the wire.
        location: `path`, `query`, `querystring`, `header` or `cookie`.
        style: The name of the style.
        explode: Whether arrays and objects are spread.
        allow_reserved: Whether reserved characters are left alone where possible.
        media_type: The media type of its `content`, when it has that instead of a style.
        shape: The shape of the value.
        allow_empty: Whether the name may be sent without a value.
        rules: The rules of the value in its media type.
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
    """Write a scalar: text as it is, anything else as JSON.

    Raises:
        ParamError: The value is not a scalar, or has no text.
    """
    if isinstance(value, str):
        if value.isascii():
            return value
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ParamError("contains an unpaired surrogate") from None
        return value
    if isinstance(value, float) and not math.isfinite(value):
        raise ParamError(f"{value} is not a number in JSON")
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))  # to JSON Schema 2.0 is an integer, so it is written as one
    if isinstance(value, bool | int | float):
        try:
            return json.dumps(value)
        except ValueError:
            raise ParamError("is a number with too many digits") from None
    if isinstance(value, bytes):
        raise ParamError("must not be bytes (the format byte in the schema would make them base64 text)")
    if value is None:
        raise ParamError("must not be null, which this style cannot carry")
    raise ParamError("is nested deeper than this style can carry")


def value_of(text: str, shape: Shape) -> Any:
    """Read a scalar; the text itself when it does not have any of the shape's types."""
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
    """Return the function that percent-encodes a value for its location; headers and plain cookies are left as they are."""
    if wire.location == "header" or wire.style == "cookie":
        return unspaced
    if not wire.allow_reserved:
        return _quoted
    reserved = _RESERVED[wire.location]
    if wire.style == "matrix":
        reserved = reserved.replace(";", "")
    return lambda text: _LOOSE_PERCENT.sub("%25", quote(text, safe=reserved))


def _quoted(text: str) -> str:
    """Percent-encode a text; most texts do not need it."""
    return text if _UNRESERVED.match(text) else quote(text, safe="")


def wire_name(wire: Wire) -> str:
    """Return the name as it is written on the wire."""
    try:
        return wire.name if wire.style == "cookie" else _quoted(wire.name)
    except UnicodeEncodeError:
        raise ParamError("has a name with an unpaired surrogate") from None


def unspaced(text: str) -> str:
    """Return a text unchanged, if a reader will not drop white space at its ends (RFC 9110, section 5.6.1; RFC 6265, section 5.2).

    Raises:
        ParamError: There is white space at an end.
    """
    if text.strip(OWS) != text:
        raise ParamError("has white space at an end, which this style cannot carry")
    return text


def joined_texts(texts: Iterable[str], delimiter: str, quoted: Quote) -> str:
    """Percent-encode texts and join them.

    Raises:
        ParamError: A text contains the delimiter.
    """
    parts = [quoted(text) for text in texts]
    if any(delimiter in part for part in parts):
        raise ParamError(f"contains the delimiter {delimiter!r}, which this style cannot carry")
    return delimiter.join(parts)


def members(value: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the names and texts of an object's members."""
    return at_places(value.items(), lambda name, item: (name, scalar(item)))


def flat(value: Mapping[str, Any]) -> list[str]:
    """Write an object as the list name, value, name, value ... of the styles without explode."""
    return [text for member in members(value) for text in member]


def from_flat(texts: list[str], shape: Shape) -> dict[str, Any]:
    """Read such a list: the inverse of `flat`."""
    if len(texts) % 2:
        raise ParamError("an object needs pairs of name and value")
    names = texts[::2]
    return {name: value_of(text, shape.member(name)) for name, text in zip(names, texts[1::2], strict=True)}


def assigned(value: Mapping[str, Any], delimiter: str, quoted: Quote) -> str:
    """Write an object as `k=v` members."""
    pairs = [joined_texts([name], "=", quoted) + "=" + quoted(text) for name, text in members(value)]
    return joined_texts(pairs, delimiter, str)


def from_assigned(parts: Iterable[str], shape: Shape, unquoted: Quote) -> dict[str, Any]:
    """Read such members, already split: the inverse of `assigned`."""
    found = {}
    for part in parts:
        name, equals, text = part.partition("=")
        if not equals:
            raise ParamError(f"{show(unquoted(name))} is not name=value")
        found[unquoted(name)] = value_of(unquoted(text), shape.member(unquoted(name)))
    return found


def texts_of(value: list[Any]) -> list[str]:
    """Write the items of an array, for a style that joins them.

    Raises:
        ParamError: The array is one empty text, which would look like an empty array.
    """
    if value == [""]:
        raise ParamError("an array of one empty text looks like an empty array in this style")
    return scalars(value)


def scalars(value: list[Any]) -> list[str]:
    """Write the items of an array, for a style that keeps them apart."""
    return at_places(enumerate(value), lambda _, item: scalar(item))


def listed(texts: Iterable[str], shape: Shape, unquoted: Quote) -> list[Any]:
    """Read the items of an array: the inverse of `texts_of`."""
    return [value_of(unquoted(text), shape.at(index)) for index, text in enumerate(texts)]


def bracketed(name: str, value: Any, quoted: Quote) -> Iterator[tuple[str, str]]:
    """Yield the pairs of an object or array, as names with brackets.

    Raises:
        ParamError: A key contains a bracket, or an object inside of the value is empty.
    """
    if isinstance(value, Mapping):
        yield from chain.from_iterable(at_places(value.items(), partial(_below, name, quoted)))
    elif isinstance(value, list):
        yield from chain.from_iterable(at_places(enumerate(value), partial(_below, name, quoted)))
    else:
        yield quote(name, safe=""), quoted(scalar(value))


def _below(name: str, quoted: Quote, key: str | int, item: Any) -> Pairs:
    """Return the pairs of a member or item."""
    if isinstance(key, str) and ("[" in key or "]" in key):
        raise ParamError(f"the key {show(key)} contains a bracket, which this style cannot carry")
    if isinstance(item, Mapping) and not item:
        raise ParamError(f"the object at {show(key)} is empty, which this style cannot carry")
    return list(bracketed(f"{name}[{key}]", item, quoted))


def from_bracketed(name: str, pairs: Pairs, shape: Shape, unquoted: Quote) -> Any:
    """Read the object or array of the pairs whose names are this one with brackets; None when there are none.

    Raises:
        ParamError: One name has a value and members, or is nested too deeply.
    """
    tree: _Tree = {}
    for raw, text in pairs:
        full = unquoted(raw)
        if full.startswith(f"{name}["):
            _store(tree, _KEYS.findall(full[len(name) :]), unquoted(text))
    return _tree_value(tree, shape) if tree else None


#: Names inside of names, with the texts of each innermost one.
_Tree = dict[str, "_Tree | list[str]"]


def _store(tree: _Tree, keys: list[str], text: str) -> None:
    if not 0 < len(keys) <= _DEEPEST:
        raise ParamError(f"has {len(keys)} names in brackets; 1 to {_DEEPEST} are allowed")
    for key in keys[:-1]:
        inner = tree.setdefault(key, {})
        if isinstance(inner, list):
            raise ParamError(f"{show(key)} is passed as a value and as an object")
        tree = inner
    texts = tree.setdefault(keys[-1], [])
    if isinstance(texts, dict):
        raise ParamError(f"{show(keys[-1])} is passed as a value and as an object")
    texts.append(text)


def _tree_value(tree: _Tree | list[str], shape: Shape) -> Any:
    if isinstance(tree, list):
        if shape.is_only("array") or (shape.may_be("array") and len(tree) > 1):
            return listed(tree, shape, str)
        return value_of(tree[-1], shape)
    if shape.may_be("array") and all(map(_INDEX.match, tree)) and not shape.is_only("object"):
        return _tree_items(tree, shape)
    return {key: _tree_value(inner, shape.member(key)) for key, inner in tree.items()}


def _tree_items(tree: _Tree, shape: Shape) -> list[Any]:
    """Return the items in the order of their indices; those of `a[]` come first, in their own order."""
    found: list[Any] = []
    for key in sorted(tree, key=lambda key: int(key or -1)):
        inner = tree[key]
        texts = inner if isinstance(inner, list) else [inner]
        for text in texts:
            item = shape.at(len(found))
            found.append(value_of(text, item) if isinstance(text, str) else _tree_value(text, item))
    return found
