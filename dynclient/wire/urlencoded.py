"""Forms as texts: `application/x-www-form-urlencoded` (WHATWG URL; OpenAPI, Encoding Object).

A property whose Encoding Object names a style (or explode, or allowReserved) is written in that style, as a query parameter is.
Every other property is written in its content type, and an array item by item under the same name: scalars are text, objects and
arrays inside of arrays are JSON, bytes are base64 where the schema says so. A form cannot carry null or an empty array.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from dynclient.schema.bundle import Shape
from dynclient.wire import codec
from dynclient.wire.bodyrules import Rules
from dynclient.wire.codec import Payload, whole
from dynclient.wire.jsontext import dumps, loads
from dynclient.wire.mediatype import MediaError, MediaType, at_place, at_places, parse
from dynclient.wire.params import is_open, names_in
from dynclient.wire.rawbody import decoded_text, encoded_text, text_of
from dynclient.wire.scalar import Pairs, Wire, quoting, value_of
from dynclient.wire.styles import EXPLODING, PAIR_STYLES
from dynclient.wire.values import BASE64, to_base64

_STYLED = frozenset({"style", "explode", "allowReserved"})


class FormCodec:
    """Forms as name=value pairs."""

    def encode(self, value: Any, kind: MediaType, rules: Rules) -> Payload:
        """Write the pairs of an object, percent-encoded, with `+` for space."""
        if isinstance(value, str):
            return whole(kind.text, encoded_text(value, "ascii"))
        if not isinstance(value, Mapping):
            raise MediaError(f"a form takes an object, not {type(value).__name__}")
        pairs = chain.from_iterable(at_places(value.items(), lambda name, item: _pairs(name, item, rules)))
        return whole(kind.text, "&".join(f"{name}={text}" for name, text in pairs).encode())

    def decode(self, content: bytes, _: MediaType, rules: Rules) -> Any:
        """Return the object of the pairs; an array for a name that occurs twice. Return the text where the schema allows nothing else."""
        text = decoded_text(content, "utf-8")
        if rules.shape.is_only("string"):
            return text
        pairs = [(name, value) for name, _, value in (part.partition("=") for part in text.split("&") if part)]
        found: dict[str, Any] = {}
        for name, encoding in rules.encoding.items():
            if is_styled(encoding):
                wire = at_place(name, wire_of, name, rules)
                own = [pair for pair in pairs if belongs(_decoded(pair[0]), wire, rules)]
                present, value = at_place(name, PAIR_STYLES[wire.style][1], wire, own, _decoded)
                found |= {name: value} if present else {}
                pairs = [pair for pair in pairs if not belongs(_decoded(pair[0]), wire, rules)]
        return found | _plain_members(pairs, rules)


def _plain_members(pairs: Pairs, rules: Rules) -> dict[str, Any]:
    """Return the members that are not written in a style."""
    texts: dict[str, list[str]] = {}
    for name, text in pairs:
        texts.setdefault(_decoded(name), []).append(_decoded(text))
    return {
        name: at_place(name, _value, several, rules.member(name), rules.by_name(name))
        for name, several in texts.items()
    }


def is_styled(encoding: Mapping[str, Any]) -> bool:
    """Whether an Encoding Object asks for a style; its content type is ignored then."""
    return not _STYLED.isdisjoint(encoding)


def wire_of(name: str, rules: Rules) -> Wire:
    """Return how to write a property whose Encoding Object asks for a style."""
    encoding = rules.by_name(name)
    style = encoding.get("style", "form")
    if style not in PAIR_STYLES:
        raise MediaError(f"has the style {style!r}, which forms do not support")
    explode = bool(encoding.get("explode", style in EXPLODING))
    return Wire(name, "query", style, explode, bool(encoding.get("allowReserved")), shape=rules.member(name).shape)


def texts_shape(shape: Shape) -> bool:
    """Whether a text must be JSON: the schema takes objects or arrays, and no texts."""
    return bool(shape.types & {"object", "array"}) and "string" not in shape.types


def _pairs(name: str, value: Any, rules: Rules) -> Pairs:
    if is_styled(rules.by_name(name)):
        wire = wire_of(name, rules)
        return PAIR_STYLES[wire.style][0](wire, value, quoting(wire))
    member, kind = rules.member(name), str(rules.by_name(name).get("contentType", ""))
    if isinstance(value, list):
        texts = at_places(enumerate(value), lambda at, item: _quoted(_text(item, member.item(at), kind)))
        return [(_quoted(name), text) for text in texts]
    return [(_quoted(name), _quoted(_text(value, member, kind)))]


def _text(value: Any, rules: Rules, kind: str) -> str:
    if isinstance(value, bytes):
        return to_base64(value, rules.shape)
    chosen = parse(kind.partition(",")[0])
    if chosen.kind and not chosen.is_range:
        return codec.encode(value, chosen.text, rules).decode(chosen.charset)
    if value is None:
        raise MediaError("a form cannot carry null", hint="leave the property out")
    return dumps(value).decode() if isinstance(value, dict | list) else text_of(value)


def _value(texts: list[str], rules: Rules, encoding: Mapping[str, Any]) -> Any:
    kind = str(encoding.get("contentType", ""))
    if rules.shape.is_only("array"):
        return [_one(text, rules.item(at), kind) for at, text in enumerate(texts)]
    if len(texts) > 1:
        inner = (rules.item(at) if rules.shape.may_be("array") else rules for at in range(len(texts)))
        return [_one(text, item if item.described else rules, kind) for text, item in zip(texts, inner, strict=True)]
    return _one(texts[0], rules, kind)


def _one(text: str, rules: Rules, kind: str) -> Any:
    chosen = parse(kind.partition(",")[0])
    if chosen.kind and not chosen.is_range and rules.shape.format not in BASE64:
        return codec.decode(encoded_text(text, chosen.charset), chosen.text, rules)
    return loads(text.encode()) if texts_shape(rules.shape) else value_of(text, rules.shape)


def belongs(name: str, wire: Wire, rules: Rules) -> bool:
    """Whether a name in a form belongs to a property in a style; an object that takes any member has all names left over."""
    return bool(names_in(wire, [name])) or (is_open(wire) and name not in rules.shape.properties)


def _quoted(text: str) -> str:
    """Percent-encode a text by the set of forms (WHATWG URL, section 5.2)."""
    try:
        return quote_plus(text, safe="*").replace("~", "%7E")
    except UnicodeEncodeError:
        raise MediaError("contains an unpaired surrogate") from None


def _decoded(text: str) -> str:
    try:
        return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text
    except UnicodeDecodeError as error:
        raise MediaError(f"is not utf-8 text: {error.reason}") from None
