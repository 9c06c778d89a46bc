"""Parameters: a value to texts and back, encode beside decode.

The styles are in `styles`, because forms use them too. This module adds what only parameters have: what a location forbids, and
`content` in place of a style.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

from dynclient import lazy
from dynclient.problem import show
from dynclient.wire import codec, mediatype
from dynclient.wire.scalar import Pairs, ParamError, Wire, quoting, value_of, wire_name
from dynclient.wire.styles import PAIR_STYLES, TEXT_STYLES, is_deep, may_be_spread, takes_any

#: Header fields by which a message is cut out of a connection (RFC 9110, section 7.6.1; RFC 9112, section 6): the connection sets them.
FRAMING = frozenset({
    "content-length", "transfer-encoding", "connection", "proxy-connection", "keep-alive", "te", "trailer", "upgrade",
})  # fmt: skip
OF_CONNECTION = "says how the message is sent, so the connection sets it"
#: A field name (RFC 9110, section 5.1).
FIELD_NAME = lazy.pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
#: What a field value must not contain (RFC 9110, section 5.5).
NOT_IN_HEADER = lazy.pattern(r"[\x00-\x08\x0a-\x1f\x7f]|^[ \t]|[ \t]$")
_NOT_IN_COOKIE = lazy.pattern(r"[\x00-\x1f\x7f;]")


def encode_text(wire: Wire, value: Any) -> str:
    """Write a path or header parameter.

    Raises:
        ParamError: The style cannot carry the value, or its location cannot.
    """
    quoted = quoting(wire)
    if wire.media_type is not None:
        text = quoted(_content(wire, value))
    else:
        text = TEXT_STYLES[wire.style][0](wire, value, quoted)
    if wire.location == "path":
        _keep_in_segment(text)
    elif NOT_IN_HEADER.search(text):
        raise ParamError(
            "contains a line break or control character, or white space at an end, which a header cannot carry"
        )
    return text


def decode_text(wire: Wire, text: str) -> Any:
    """Read a path or header parameter.

    Raises:
        ParamError: The text is not in the style of the parameter.
    """
    unquoted = unquote if wire.location == "path" and "%" in text else str
    if wire.media_type is not None:
        return _content_value(wire, unquoted(text))
    return TEXT_STYLES[wire.style][1](wire, text, unquoted)


def scalar_reader(wire: Wire) -> Callable[[str], Any] | None:
    """Return what reads the text of a parameter that is a single value, as `decode_text` and `decode_pairs` do; None for any other parameter."""
    types = wire.shape.types
    is_single = bool(types) and types.isdisjoint(("array", "object")) and wire.media_type is None
    if not is_single or (wire.location, wire.style) not in _UNQUOTED:
        return None
    unquoted = _UNQUOTED[wire.location, wire.style]
    if types <= {"string", "null"}:
        return unquoted
    return lambda text: value_of(unquoted(text), wire.shape)


#: How the usual styles undo the percent-encoding of a single value.
_UNQUOTED: dict[tuple[str, str], Callable[[str], str]] = {
    ("path", "simple"): unquote,
    ("header", "simple"): str,
    ("query", "form"): unquote_plus,
}


def encode_pairs(wire: Wire, value: Any) -> Pairs:
    """Write a query or cookie parameter as percent-encoded name=value pairs.

    Raises:
        ParamError: The style cannot carry the value.
    """
    quoted = quoting(wire)
    if wire.media_type is not None:
        return [(wire_name(wire), quoted(_content(wire, value)))]
    pairs = PAIR_STYLES[wire.style][0](wire, value, quoted)
    if wire.style == "cookie":
        _keep_in_cookie(pairs)
    return pairs


def decode_pairs(wire: Wire, pairs: Iterable[tuple[str, str]]) -> tuple[bool, Any]:
    """Return whether a query or cookie parameter is among percent-encoded pairs, and its value.

    Raises:
        ParamError: The pairs are not in the style of the parameter.
    """
    unquoted = str if wire.style == "cookie" else unquote_plus if wire.location == "query" else unquote
    if wire.media_type is not None:
        texts = [text for name, text in pairs if unquoted(name) == wire.name]
        return (True, _content_value(wire, unquoted(texts[0]))) if texts else (False, None)
    return PAIR_STYLES[wire.style][1](wire, list(pairs), unquoted)


def encode_query(wire: Wire, value: Any) -> str:
    """Write a parameter that is the whole query (OpenAPI 3.2, Parameter Object, `in: querystring`).

    Raises:
        ParamError: Its media type cannot carry the value.
    """
    text = _content(wire, value)
    return text if mediatype.parse(str(wire.media_type)).is_form else quote(text, safe="")


def decode_query(wire: Wire, text: str) -> Any:
    """Read a parameter that is the whole query.

    Raises:
        ParamError: The text is not valid in its media type.
    """
    return _content_value(wire, text if mediatype.parse(str(wire.media_type)).is_form else unquote_plus(text))


def is_open(wire: Wire) -> bool:
    """Whether a parameter is an object whose members are written one by one, under any name."""
    return is_spread(wire) and takes_any(wire.shape)


def is_spread(wire: Wire) -> bool:
    """Whether a parameter is, or may be, an object whose members are written one by one in the query or the cookies."""
    spread = wire.explode and wire.style != "deepObject" and wire.media_type is None
    in_pairs = wire.location in ("query", "cookie")
    return in_pairs and spread and (wire.shape.is_only("object") or may_be_spread(wire.shape))


def names_in(wire: Wire, names: Iterable[str]) -> set[str]:
    """Return which of the decoded names in a query, or of the cookies, belong to a parameter."""
    if wire.style == "deepObject" and wire.media_type is None:
        return {name for name in names if is_deep(name, wire)}
    if wire.shape.is_only("object") and wire.explode and wire.media_type is None:
        return {name for name in names if wire.shape.knows(name)}
    if is_spread(wire):
        return {name for name in names if name == wire.name or wire.shape.knows(name)}
    return {name for name in names if name == wire.name}


def _content(wire: Wire, value: Any) -> str:
    try:
        return codec.encode(value, str(wire.media_type), wire.rules).decode()
    except mediatype.MediaError as error:
        raise ParamError(str(error)) from None
    except UnicodeDecodeError:
        raise ParamError("contains bytes that are not UTF-8 text, which a parameter cannot carry") from None


def _content_value(wire: Wire, text: str) -> Any:
    try:
        value = codec.decode(text.encode(), str(wire.media_type), wire.rules)
        return value.decode() if isinstance(value, bytes) else value
    except mediatype.MediaError as error:
        raise ParamError(str(error)) from None


def _keep_in_cookie(pairs: Pairs) -> None:
    """Refuse text that would end a cookie or its name, because it is not percent-encoded (RFC 6265, section 4.1.1)."""
    for name, text in pairs:
        if "=" in name:
            raise ParamError(f"the name {show(name)} contains an equals sign, which would end it")
        if _NOT_IN_COOKIE.search(name) or _NOT_IN_COOKIE.search(text):
            raise ParamError("contains a semicolon, a line break or a control character, which a cookie cannot carry")


def _keep_in_segment(text: str) -> None:
    """Refuse a path value that is empty, or that a server could read as a step to another folder."""
    if not text:
        raise ParamError("must not be empty")
    if "." not in text and "%2" not in text:  # no full stop, plain or percent-encoded
        return
    if any(part in (".", "..") for part in re.split(r"[/\\]", unquote(text))):
        raise ParamError(f"{show(unquote(text))} would leave its path segment")
