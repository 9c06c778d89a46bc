"""Multipart bodies: values to parts and back (OpenAPI, Encoding Object; RFC 7578).

An object is written as one part for each property, an array in it as one part for each item; an array at the top is one part
for each item without names, or, in a form, one part for each object of a single property. Scalars are text, objects and inner
arrays JSON, files as they are, unless the Encoding Object says otherwise. Bytes become base64 only where the schema says so.

Files are given the property's name where they have none of their own, as servers tell a file from a field by its name. A part that
is read comes back as the schema says; a file as `File` with its name, as plain bytes without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote

from dynclient.wire import codec, jsontext, parts, plaintext, urlencoded
from dynclient.wire.codec import Payload, Rules
from dynclient.wire.files import (
    BASE64,
    File,
    Upload,
    as_described,
    file_name,
    guess_type,
    plain,
    sources_of,
    to_base64,
    upload_of,
)
from dynclient.wire.mediatype import MediaError, MediaType, parse
from dynclient.wire.parts import Part
from dynclient.wire.styles import PAIR_STYLES, ParamError, Wire, quoting, scalar, value_of

FORM = "multipart/form-data"
_DELIMITERS = {"form": (",", ","), "spaceDelimited": (" ", "%20"), "pipeDelimited": ("|", "%7C")}


def encode(value: Any, kind: MediaType, rules: Rules) -> Payload:
    """An object as named parts, an array as parts in order."""
    value = plain(value, rules.shape)
    if isinstance(value, Mapping):
        made = [part for name, item in value.items() for part in _named(name, item, kind, rules)]
    elif isinstance(value, list) and kind.kind == FORM:
        made = [part for at, item in enumerate(value) for part in _single(at, item, kind, rules)]
    elif isinstance(value, list):
        made = [_at(at, _part, None, item, rules.item(at), rules.by_position(at)) for at, item in enumerate(value)]
    else:
        raise MediaError(f"{kind.kind} takes an object or an array, not {type(value).__name__}")
    return parts.write(made, kind)


def decode(content: bytes, kind: MediaType, rules: Rules) -> Any:
    """An object of the named parts; an array where the schema asks for one, or where parts have no names."""
    found = list(parts.read([content], kind))
    named = all(part.name is not None for part in found) and not rules.shape.is_only("array")
    if rules.shape.is_only("object") or (named and (found or kind.kind == FORM)):
        return _object([part for part in found if part.name is not None], rules)
    if kind.kind == FORM:
        return [{part.name or "": _by_name(part, rules.item(at))} for at, part in enumerate(found)]
    return [_at(at, _value, part, rules.item(at), rules.by_position(at)) for at, part in enumerate(found)]


def items(chunks: Iterable[bytes], kind: MediaType, rules: Rules) -> Iterator[Any]:
    """The parts of an array, each as soon as it is whole (OpenAPI 3.2, Streaming Multipart)."""
    at = 0
    for part in parts.read(chunks, kind):
        if part is codec.PAUSE:
            yield part
            continue
        try:
            yield _at(at, _value, part, rules.item(at), rules.by_position(at))
        except MediaError as error:
            yield codec.Broken(error, bytes(part.data))
        at += 1


def _at(place: str | int, function: Any, *arguments: Any) -> Any:
    """The function's result; what is wrong in there is wrong at this place."""
    try:
        return function(*arguments)
    except ParamError as error:
        raise MediaError(str(error), (place,)) from None
    except MediaError as error:
        raise error.inside(place) from None


def _named(name: str, value: Any, kind: MediaType, rules: Rules) -> list[Part]:
    encoding, member = rules.by_name(name), rules.member(name)
    if kind.kind == FORM and urlencoded.is_styled(encoding):
        return [
            Part(text.encode(), name=key) for key, text in _at(name, _styled, urlencoded.wire_of(name, rules), value)
        ]
    if isinstance(value, list):
        return [_at(name, _at, at, _part, name, item, member.item(at), encoding) for at, item in enumerate(value)]
    return [_at(name, _part, name, value, member, encoding)]


def _single(at: int, item: Any, kind: MediaType, rules: Rules) -> list[Part]:
    """The parts of an item of a form that is an array: an object of a single property."""
    if not isinstance(item, Mapping) or len(item) != 1:
        raise MediaError("an item of a form takes an object with a single property", (at,))
    ((name, value),) = item.items()
    return list(_at(at, _named, name, value, kind, rules.item(at)._replace(encoding=rules.encoding)))


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
        raise MediaError("null has no form in a part", hint="leave the property out")
    if not kind:
        return Part(plaintext.to_bytes(plaintext.text_of(value), "utf-8"), "", name, None, headers)
    made = codec.payload(value, kind, rules)
    return Part(made.data, made.content_type, name, None, headers)


def _file_part(name: str | None, file: Upload, rules: Rules, encoding: Mapping[str, Any]) -> Part:
    filename = name if file.filename == "" else file.filename
    kind = _file_type(file, file.filename or file_name(file.data), str(encoding.get("contentType", "")))
    if isinstance(file.data, str | dict | list | int | float | None):
        made = codec.payload(file.data, kind, rules)
        data, kind = made.data, made.content_type
    else:
        data = as_described(sources_of(file.data), rules.shape)
    return Part(data, kind, name, filename, _headers(file.headers, encoding))


def _file_type(file: Upload, filename: str, documented: str) -> str:
    """The content type of a file: as given, as documented, as its name suggests (OpenAPI, Encoding Object)."""
    offered = [text.strip() for text in documented.split(",") if text.strip()]
    guessed = guess_type(filename)
    if file.content_type:
        if offered and not any(parse(offer).covers(parse(file.content_type)) for offer in offered):
            raise MediaError(f"has the content type {file.content_type}, which is not documented", hint=documented)
        return file.content_type
    if len(offered) == 1 and not parse(offered[0]).is_range:
        return offered[0]
    if guessed and (not offered or any(parse(offer).covers(parse(guessed)) for offer in offered)):
        return guessed
    if not offered or any(parse(offer).covers(parse("application/octet-stream")) for offer in offered):
        return "application/octet-stream"
    raise MediaError(f"could be any of {documented}", hint="give (file name, data, content type)")


def _documented(encoding: Mapping[str, Any]) -> str:
    """The content type that an Encoding Object gives to what is no file: the first that is no range."""
    offered = [text.strip() for text in str(encoding.get("contentType", "")).split(",")]
    return next((text for text in offered if text and not parse(text).is_range), "")


def _default(value: Any, rules: Rules, name: str | None) -> str:
    """The content type where the document names none; nothing for the text of a form, where none means text."""
    if isinstance(value, dict | list):
        return "application/json"
    if isinstance(value, str) and rules.shape.format in BASE64:
        return "application/octet-stream"
    return "" if name is not None else "text/plain"


def _headers(given: Mapping[str, Any], encoding: Mapping[str, Any]) -> dict[str, str]:
    """The headers of a part: those that came with the file, and those whose schema leaves one value (Header Object)."""
    headers = {name: _header(name, value) for name, value in given.items()}
    taken = {name.lower() for name in headers} | {"content-type"}
    for name, rule in (encoding.get("headers") or {}).items():
        if name.lower() in taken or not isinstance(rule, Mapping) or not rule.get("required"):
            continue
        schema = rule.get("schema")
        fixed = _only_value(schema) if isinstance(schema, Mapping) else None
        if fixed is None:
            raise MediaError(f"needs the header {name}", hint="give (file name, data, content type, headers)")
        headers[name] = _header(name, fixed)
    return headers


def _header(name: str, value: Any) -> str:
    try:
        return ",".join(map(scalar, value)) if isinstance(value, list) else scalar(value)
    except ParamError as error:
        raise MediaError(f"the header {name} {error}") from None


def _only_value(schema: Mapping[str, Any]) -> Any:
    choices = schema.get("enum", [])
    return schema.get("const", schema.get("default", choices[0] if len(choices) == 1 else None))


def _styled(wire: Wire, value: Any) -> list[tuple[str, str]]:
    """A property in a style, without percent-encoding (OpenAPI 3.2, Encoding Object)."""
    pairs = [(unquote(key), text) for key, text in PAIR_STYLES[wire.style][0](wire, value, quoting(wire))]
    mark, encoded = _DELIMITERS.get(wire.style, ("", ""))
    if mark and not wire.explode and isinstance(value, list | dict):
        for _, text in pairs:
            if unquote(text).count(mark) != text.count(encoded):
                raise MediaError(f"holds the delimiter {mark!r}, which this style cannot carry")
    return [(key, unquote(text)) for key, text in pairs]


def _object(found: list[Part], rules: Rules) -> dict[str, Any]:
    value: dict[str, Any] = {}
    styled = [name for name, encoding in rules.encoding.items() if urlencoded.is_styled(encoding)]
    pairs = [(quote(part.name or "", safe=""), quote(part.data, safe=",")) for part in found] if styled else []
    for name in styled:
        wire = urlencoded.wire_of(name, rules)
        there, item = _at(name, PAIR_STYLES[wire.style][1], wire, pairs, unquote)
        value |= {name: item} if there else {}
        found = [part for part in found if not urlencoded.belongs(part.name or "", wire)]
    given: dict[str, list[Part]] = {}
    for part in found:
        given.setdefault(part.name or "", []).append(part)
    for name, several in given.items():
        member, encoding = rules.member(name), rules.by_name(name)
        if member.shape.is_only("array") or len(several) > 1:
            inner = [member.item(at) if member.shape.may_be("array") else member for at in range(len(several))]
            value[name] = [_at(name, _at, at, _value, part, inner[at], encoding) for at, part in enumerate(several)]
        else:
            value[name] = _at(name, _value, several[0], member, encoding)
    return value


def _by_name(part: Part, rules: Rules) -> Any:
    name = part.name or ""
    return _at(name, _value, part, rules.member(name), rules.by_name(name))


def _value(part: Part, rules: Rules, encoding: Mapping[str, Any]) -> Any:
    """The value of a part, by the schema, the document's content type and its own."""
    shape, documented = rules.shape, str(encoding.get("contentType", ""))
    offered = [parse(text.strip()) for text in documented.split(",") if text.strip()]
    if part.content_type and offered and not any(offer.covers(parse(part.content_type)) for offer in offered):
        raise MediaError(f"has the content type {part.content_type}, which is not documented", hint=documented)
    if shape.format in BASE64:
        return plaintext.from_bytes(part.data, "ascii")
    data = parts.transferred(part)
    kind = part.content_type or _documented(encoding)
    if shape.format == "binary" or not (shape.types or part.filename is None):
        value = data
    elif kind and parse(kind).kind != "text/plain":
        value = codec.decode(data, kind, rules)
    elif urlencoded.texts_shape(shape):
        return jsontext.loads(data)
    else:
        return value_of(plaintext.from_bytes(data, parse(kind).charset), shape)
    named = part.filename is not None and isinstance(value, bytes)
    return File(value, part.filename or "", part.content_type, part.headers) if named else value
