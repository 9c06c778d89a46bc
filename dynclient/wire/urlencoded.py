"""Forms as texts: `application/x-www-form-urlencoded` (WHATWG URL; OpenAPI, Encoding Object).

A property whose Encoding Object names a style (or explode, or allowReserved) is written in that style, as a query parameter is.
Every other one is written in its content type, an array item by item under the same name: scalars are text, objects and
arrays inside of arrays are JSON, bytes are base64 where the schema says so. Null has no form, nor has an array that is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from dynclient.schema.bundle import Shape
from dynclient.wire import codec, jsontext, plaintext
from dynclient.wire.codec import Payload, Rules, whole
from dynclient.wire.files import to_base64
from dynclient.wire.mediatype import MediaError, MediaType, parse
from dynclient.wire.styles import EXPLODING, PAIR_STYLES, Pairs, ParamError, Wire, is_deep, quoting, value_of

_STYLED = frozenset({"style", "explode", "allowReserved"})


def encode(value: Any, kind: MediaType, rules: Rules) -> Payload:
    """The name=value pairs of an object, percent-encoded, space as `+`."""
    if isinstance(value, str):
        return whole(kind.text, plaintext.to_bytes(value, "ascii"))
    if not isinstance(value, Mapping):
        raise MediaError(f"a form takes an object, not {type(value).__name__}")
    pairs: Pairs = []
    for name, item in value.items():
        try:
            pairs += _pairs(name, item, rules)
        except ParamError as error:
            raise MediaError(str(error), (name,)) from None
        except MediaError as error:
            raise error.inside(name) from None
    return whole(kind.text, "&".join(f"{name}={text}" for name, text in pairs).encode())


def decode(content: bytes, _: MediaType, rules: Rules) -> Any:
    """The object that the pairs stand for; a name that stands more than once is an array. Where the schema says text, the text."""
    text = plaintext.from_bytes(content, "utf-8")
    if rules.shape.is_only("string"):
        return text
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in text.split("&") if part)]
    found: dict[str, Any] = {}
    for name, encoding in rules.encoding.items():
        if is_styled(encoding):
            there, value, pairs = _styled_value(name, pairs, rules)
            found |= {name: value} if there else {}
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(_decoded(name), []).append(_decoded(value))
    for name, texts in given.items():
        try:
            found[name] = _value(texts, rules.member(name), rules.by_name(name))
        except MediaError as error:
            raise error.inside(name) from None
    return found


def is_styled(encoding: Mapping[str, Any]) -> bool:
    """Whether an Encoding Object asks for a style, which makes its content type count for nothing."""
    return not _STYLED.isdisjoint(encoding)


def wire_of(name: str, rules: Rules) -> Wire:
    """How a property travels whose Encoding Object asks for a style."""
    encoding = rules.by_name(name)
    style = encoding.get("style", "form")
    if style not in PAIR_STYLES:
        raise MediaError(f"has the style {style!r}, which forms do not have", (name,))
    explode = bool(encoding.get("explode", style in EXPLODING))
    return Wire(name, "query", style, explode, bool(encoding.get("allowReserved")), shape=rules.shape.member(name))


def texts_shape(shape: Shape) -> bool:
    """Whether a text can be nothing but JSON: the schema takes objects or arrays, and no texts."""
    return bool(shape.types & {"object", "array"}) and "string" not in shape.types


def _pairs(name: str, value: Any, rules: Rules) -> Pairs:
    if is_styled(rules.by_name(name)):
        wire = wire_of(name, rules)
        return PAIR_STYLES[wire.style][0](wire, value, quoting(wire))
    member, kind = rules.member(name), str(rules.by_name(name).get("contentType", ""))
    if isinstance(value, list):
        return [(_quoted(name), _quoted(_text(item, member.item(), kind))) for item in value]
    return [(_quoted(name), _quoted(_text(value, member, kind)))]


def _text(value: Any, rules: Rules, kind: str) -> str:
    if isinstance(value, bytes):
        return to_base64(value, rules.shape)
    chosen = parse(kind.partition(",")[0])
    if chosen.kind and not chosen.is_range:
        return codec.encode(value, chosen.text, rules).decode(chosen.charset)
    if value is None:
        raise MediaError("null has no form in a form", hint="leave the property out")
    return jsontext.dumps(value).decode() if isinstance(value, dict | list) else plaintext.text_of(value)


def _value(texts: list[str], rules: Rules, encoding: Mapping[str, Any]) -> Any:
    kind = str(encoding.get("contentType", ""))
    if rules.shape.is_only("array"):
        return [_one(text, rules.item(), kind) for text in texts]
    if len(texts) > 1:
        item = rules.item() if rules.shape.may_be("array") and rules.shape.items else rules
        return [_one(text, item, kind) for text in texts]
    return _one(texts[0], rules, kind)


def _one(text: str, rules: Rules, kind: str) -> Any:
    chosen = parse(kind.partition(",")[0])
    if chosen.kind and not chosen.is_range and rules.shape.format not in ("byte", "base64url"):
        return codec.decode(plaintext.to_bytes(text, chosen.charset), chosen.text, rules)
    return jsontext.loads(text.encode()) if texts_shape(rules.shape) else value_of(text, rules.shape)


def _styled_value(name: str, pairs: Pairs, rules: Rules) -> tuple[bool, Any, Pairs]:
    """Whether a property written in a style is there, its value, and the pairs that belong to others."""
    wire = wire_of(name, rules)
    try:
        there, value = PAIR_STYLES[wire.style][1](wire, pairs, _decoded)
    except ParamError as error:
        raise MediaError(str(error), (name,)) from None
    return there, value, [pair for pair in pairs if not belongs(_decoded(pair[0]), wire)]


def belongs(name: str, wire: Wire) -> bool:
    """Whether a name in a form belongs to a property that is written in a style."""
    if wire.style == "deepObject":
        return is_deep(name, wire)
    if wire.explode and wire.shape.is_only("object"):
        return name in wire.shape.properties
    return name == wire.name


def _quoted(text: str) -> str:
    """A text as the form's percent-encode set has it (WHATWG URL, section 5.2)."""
    try:
        return quote_plus(text, safe="*").replace("~", "%7E")
    except UnicodeEncodeError:
        raise MediaError("half of a surrogate pair has no form in a form") from None


def _decoded(text: str) -> str:
    try:
        return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text
    except UnicodeDecodeError as error:
        raise MediaError(f"is not utf-8 text: {error.reason}") from None
