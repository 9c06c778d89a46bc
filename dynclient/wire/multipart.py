"""Multipart bodies: values to parts and back (OpenAPI, Encoding Object; RFC 7578).

An object is written as one part for each property, and an array in it as one part for each item. An array at the top is written as one
part for each item, without names; in a form, as one part for each object of a single property. Scalars are text, objects and inner
arrays JSON, and files stay as they are, unless the Encoding Object says otherwise. Bytes become base64 only where the schema says so.

A file without a name gets the name of its property, because servers tell a file from a field by its name. A part that is read
comes back as the schema says: a file as `File` with its name, as plain bytes without one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any
from urllib.parse import quote, unquote

from dynclient.wire import codec, urlencoded
from dynclient.wire.bodyrules import Rules
from dynclient.wire.codec import Broken, Decoder, Payload
from dynclient.wire.files import Chunks, File, Upload, file_name, guess_type, plain_body, sources_of, upload_of
from dynclient.wire.jsontext import loads
from dynclient.wire.mediatype import MediaError, MediaType, at_place, at_places, parse, parse_list
from dynclient.wire.parts import Part, PartDecoder, read_parts, transferred, write_parts
from dynclient.wire.rawbody import as_described, decoded_text, encoded_text, text_of
from dynclient.wire.scalar import ParamError, quoting, scalar, value_of
from dynclient.wire.styles import PAIR_STYLES
from dynclient.wire.values import BASE64, to_base64

_DELIMITERS = {
    "form": (",", ","),
    "spaceDelimited": (" ", "%20"),
    "pipeDelimited": ("|", "%7C"),
    "x-tsv": ("\t", "%09"),
}


class MultipartCodec:
    """Bodies of parts: forms, and the other multipart types, which can also be read part by part."""

    def encode(self, value: Any, kind: MediaType, rules: Rules) -> Payload:
        """Write an object as named parts, an array as parts in order."""
        value = plain_body(value, rules.shape)
        if isinstance(value, Mapping):
            made = at_places(value.items(), lambda name, item: _named(name, item, kind, rules))
        elif isinstance(value, list) and kind.is_form_data:
            made = at_places(enumerate(value), lambda at, item: _single(at, item, kind, rules))
        elif isinstance(value, list):
            made = at_places(
                enumerate(value), lambda at, item: [_part(None, item, rules.item(at), rules.by_position(at))]
            )
        else:
            raise MediaError(f"{kind.kind} takes an object or an array, not {type(value).__name__}")
        return write_parts(list(chain.from_iterable(made)), kind)

    def decode(self, content: bytes, kind: MediaType, rules: Rules) -> Any:
        """Return an object of the named parts; an array where the schema asks for one, or where parts have no names."""
        found = read_parts(content, kind)
        named = all(part.name is not None for part in found) and not rules.shape.is_only("array")
        if rules.shape.is_only("object") or (named and (found or kind.is_form_data)):
            return _object([part for part in found if part.name is not None], rules)
        if kind.is_form_data:
            return [{part.name or "": _by_name(part, rules.item(at))} for at, part in enumerate(found)]
        return [at_place(at, _value, part, rules.item(at), rules.by_position(at)) for at, part in enumerate(found)]

    def decoder(self, kind: MediaType, rules: Rules) -> Decoder:
        """Return a decoder for the parts of an array (OpenAPI 3.2, Streaming Multipart)."""
        return _ItemDecoder(kind, rules)


class _ItemDecoder:
    def __init__(self, kind: MediaType, rules: Rules) -> None:
        self._parts = PartDecoder(kind)
        self._rules = rules
        self._count = 0

    def feed(self, chunk: bytes) -> Iterator[Any]:
        return map(self._item, self._parts.feed(chunk))

    def close(self) -> Iterator[Any]:
        return map(self._item, self._parts.close())

    def _item(self, part: Part) -> Any:
        at, self._count = self._count, self._count + 1
        try:
            return at_place(at, _value, part, self._rules.item(at), self._rules.by_position(at))
        except MediaError as error:
            return Broken(error, bytes(part.data))


def _named(name: str, value: Any, kind: MediaType, rules: Rules) -> list[Part]:
    encoding, member = rules.by_name(name), rules.member(name)
    if kind.is_form_data and urlencoded.is_styled(encoding):
        return [Part(text.encode(), name=key) for key, text in _styled(name, value, rules)]
    if isinstance(value, list):
        return at_places(enumerate(value), lambda at, item: _part(name, item, member.item(at), encoding))
    return [_part(name, value, member, encoding)]


def _single(at: int, item: Any, kind: MediaType, rules: Rules) -> list[Part]:
    """Return the parts of an item of a form that is an array: an object of a single property."""
    if not isinstance(item, Mapping) or len(item) != 1:
        raise MediaError("an item of a form must be an object with a single property")
    ((name, value),) = item.items()
    return at_place(name, _named, name, value, kind, rules.item(at).encoded_by(rules.encoding))


def _part(name: str | None, value: Any, rules: Rules, encoding: Mapping[str, Any]) -> Part:
    file = upload_of(value, rules.shape)
    if file is not None and rules.shape.format in BASE64 and isinstance(value, bytes):
        data, kind = to_base64(value, rules.shape).encode(), _documented(encoding)
        return Part(data, kind or "application/octet-stream", name, headers=_headers({}, encoding))
    if file is not None:
        return _file_part(name, file, rules, encoding)
    kind = _documented(encoding) or _default(value, rules, name)
    headers = _headers({}, encoding)
    if value is None and not parse(kind).is_json:
        raise MediaError("a part cannot carry null", hint="leave the property out")
    if not kind:
        return Part(encoded_text(text_of(value), "utf-8"), "", name, None, headers)
    made = codec.payload(value, kind, rules)
    return Part(made.data, made.content_type, name, None, headers)


def _file_part(name: str | None, file: Upload, rules: Rules, encoding: Mapping[str, Any]) -> Part:
    filename = name if file.filename == "" else file.filename
    kind = _file_type(file, file.filename or file_name(file.data), str(encoding.get("contentType", "")))
    if isinstance(file.data, str | dict | list | int | float | None):
        made = codec.payload(file.data, kind, rules)
        data, kind = made.data, made.content_type
    else:
        source = sources_of(file.data)
        if not isinstance(source, bytes):
            source = Chunks([source])  # refuses a file that is not there while its place in the body is known
        data = as_described(source, rules.shape)
    return Part(data, kind, name, filename, _headers(file.headers, encoding))


def _file_type(file: Upload, filename: str, documented: str) -> str:
    """Return the content type of a file: its own, the documented one, or what its name suggests (OpenAPI, Encoding Object)."""
    offered = parse_list(documented)
    if file.content_type:
        if not _fits(file.content_type, offered):
            raise MediaError(f"has the content type {file.content_type}, which is not documented", hint=documented)
        return file.content_type
    if len(offered) == 1 and not offered[0].is_range:
        return offered[0].text
    for guessed in (guess_type(filename), "application/octet-stream"):
        if guessed and _fits(guessed, offered):
            return guessed
    raise MediaError(f"could be any of {documented}", hint="pass (file name, data, content type)")


def _fits(content_type: str, offered: list[MediaType]) -> bool:
    """Whether a content type is among the documented ones; any is, where none is documented."""
    return not offered or any(offer.covers(parse(content_type)) for offer in offered)


def _documented(encoding: Mapping[str, Any]) -> str:
    """Return the content type that an Encoding Object gives to a value that is not a file: the first that is not a range."""
    offered = parse_list(str(encoding.get("contentType", "")))
    return next((kind.text for kind in offered if kind.kind and not kind.is_range), "")


def _default(value: Any, rules: Rules, name: str | None) -> str:
    """Return the content type where the document names none; empty for the text of a form, where none means text."""
    if isinstance(value, dict | list):
        return "application/json"
    if isinstance(value, str) and rules.shape.format in BASE64:
        return "application/octet-stream"
    return "" if name is not None else "text/plain"


def _headers(own: Mapping[str, Any], encoding: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of a part: the file's own, and those whose schema allows only one value (Header Object)."""
    headers = {name: _header(name, value) for name, value in own.items()}
    taken = {name.lower() for name in headers} | {"content-type"}
    for name, rule in (encoding.get("headers") or {}).items():
        if name.lower() in taken or not isinstance(rule, Mapping) or not rule.get("required"):
            continue
        schema = rule.get("schema")
        fixed = _only_value(schema) if isinstance(schema, Mapping) else None
        if fixed is None:
            raise MediaError(f"needs the header {name}", hint="pass (file name, data, content type, headers)")
        headers[name] = _header(name, fixed)
    return headers


def _header(name: str, value: Any) -> str:
    try:
        return ",".join(map(scalar, value)) if isinstance(value, list) else scalar(value)
    except ParamError as error:
        raise MediaError(f"header {name}: {error}") from None


def _only_value(schema: Mapping[str, Any]) -> Any:
    choices = schema.get("enum", [])
    return schema.get("const", schema.get("default", choices[0] if len(choices) == 1 else None))


def _styled(name: str, value: Any, rules: Rules) -> list[tuple[str, str]]:
    """Write a property in a style, without percent-encoding (OpenAPI 3.2, Encoding Object)."""
    wire = urlencoded.wire_of(name, rules)
    pairs = [(unquote(key), text) for key, text in PAIR_STYLES[wire.style][0](wire, value, quoting(wire))]
    mark, encoded = _DELIMITERS.get(wire.style, ("", ""))
    if mark and not wire.explode and isinstance(value, list | dict):
        for _, text in pairs:
            if unquote(text).count(mark) != text.count(encoded):
                raise MediaError(f"contains the delimiter {mark!r}, which this style cannot carry")
    return [(key, unquote(text)) for key, text in pairs]


def _object(found: list[Part], rules: Rules) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name in (name for name, encoding in rules.encoding.items() if urlencoded.is_styled(encoding)):
        wire = at_place(name, urlencoded.wire_of, name, rules)
        own = [part for part in found if urlencoded.belongs(part.name or "", wire, rules)]
        pairs = [(quote(part.name or "", safe=""), quote(part.data, safe=",")) for part in own]
        present, item = at_place(name, PAIR_STYLES[wire.style][1], wire, pairs, unquote)
        value |= {name: item} if present else {}
        found = [part for part in found if not urlencoded.belongs(part.name or "", wire, rules)]
    by_name: dict[str, list[Part]] = {}
    for part in found:
        by_name.setdefault(part.name or "", []).append(part)
    for name, several in by_name.items():
        member, encoding = rules.member(name), rules.by_name(name)
        if member.shape.is_only("array") or len(several) > 1:
            inner = [member.item(at) if member.shape.may_be("array") else member for at in range(len(several))]
            value[name] = [
                at_place(name, at_place, at, _value, part, inner[at], encoding) for at, part in enumerate(several)
            ]
        else:
            value[name] = at_place(name, _value, several[0], member, encoding)
    return value


def _by_name(part: Part, rules: Rules) -> Any:
    name = part.name or ""
    return at_place(name, _value, part, rules.member(name), rules.by_name(name))


def _value(part: Part, rules: Rules, encoding: Mapping[str, Any]) -> Any:
    """Return the value of a part, by the schema, the documented content type and its own."""
    shape, documented = rules.shape, str(encoding.get("contentType", ""))
    if part.content_type and not _fits(part.content_type, parse_list(documented)):
        raise MediaError(f"has the content type {part.content_type}, which is not documented", hint=documented)
    if shape.format in BASE64:
        return decoded_text(part.data, "ascii")
    data = transferred(part)
    kind = part.content_type or _documented(encoding)
    if shape.format == "binary" or not (shape.types or part.filename is None):
        value = data
    elif kind and parse(kind).kind != "text/plain":
        value = codec.decode(data, kind, rules)
    elif urlencoded.texts_shape(shape):
        return loads(data)
    else:
        return value_of(decoded_text(data, parse(kind).charset), shape)
    named = part.filename is not None and isinstance(value, bytes)
    return File(value, part.filename or "", part.content_type, part.headers) if named else value
