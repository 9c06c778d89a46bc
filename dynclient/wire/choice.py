"""The choice of a media type for a value, where a document offers several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from dynclient.wire import codec
from dynclient.wire.bodyrules import Rules
from dynclient.wire.codec import Body
from dynclient.wire.files import file_name, guess_type, holds_file, is_file, is_stream
from dynclient.wire.mediatype import MediaError, MediaType, best, parse
from dynclient.wire.values import dumped_value

_Test = Callable[[MediaType], bool]
_is_json: _Test = attrgetter("takes_json")
_is_xml: _Test = attrgetter("is_xml")
_is_yaml: _Test = attrgetter("is_yaml")
_is_form: _Test = attrgetter("is_form")
_is_form_data: _Test = attrgetter("is_form_data")
_is_multipart: _Test = attrgetter("is_multipart")


def choose_media_type(value: Any, offered: Sequence[tuple[str, Rules]]) -> str:
    """Return the offered media type to send a value in.

    A `Body` names it. Otherwise, where there are several, the first one that fits is used, in this order:

    - a file (bytes, a path, a file object, a tuple of file name and data): the type that its name suggests, binary, text, XML,
      YAML, multipart;
    - an object or array that contains files: form-data, any multipart;
    - an object: JSON, a form as text, multipart, YAML, XML;
    - an array: JSON, a sequence, YAML, XML, multipart;
    - an iterator: a sequence, binary, JSON;
    - a text: JSON if it is offered first and its schema takes texts, text, already written XML or YAML, JSON if its schema takes
      texts, binary, an already written sequence or form;
    - a number, boolean or null: JSON, YAML, text, XML.

    An object that dumps itself by a known protocol, such as a model, counts as what it is dumped as.

    Args:
        value: The caller's value.
        offered: The documented media types in their order, with their rules.

    Returns:
        One of the offered names; a range stays a range.

    Raises:
        MediaError: No offered media type can carry the value.
    """
    names = [name for name, _ in offered]
    if isinstance(value, Body):
        found = best(names, value.media_type)
        if found is None:
            raise MediaError(f"{value.media_type} is not documented", hint=f"documented: {', '.join(names)}")
        return found
    if len(names) == 1:
        return names[0]
    value = dumped_value(value)
    suggested = best(names, guess_type(file_name(value)) or "") if is_file(value) and file_name(value) else None
    if suggested is not None and not _is_multipart(parse(suggested)):
        return suggested
    for test in _tests(value, offered):
        for name in names:
            if test(parse(name)):
                return name
    raise MediaError(f"no documented media type can carry {_word(value)}", hint=f"documented: {', '.join(names)}")


def _tests(value: Any, offered: Sequence[tuple[str, Rules]]) -> tuple[_Test, ...]:
    if is_file(value):
        return _is_binary, _is_text, _is_xml, _is_yaml, _is_multipart
    if is_stream(value):
        return _is_sequence, _is_binary, _is_json
    if holds_file(value):
        return _is_form_data, _is_multipart
    if isinstance(value, str):
        with_texts = {name for name, rules in offered if parse(name).is_json and rules.shape.may_be("string")}
        first = offered[0][0] if offered and offered[0][0] in with_texts else ""
        return (
            lambda kind: bool(first) and kind == parse(first),
            _is_text,
            _is_xml,
            _is_yaml,
            lambda kind: kind in map(parse, with_texts),
            _is_binary,
            _is_sequence,
            _is_form,
        )
    if isinstance(value, Mapping):
        return _is_json, _is_form, _is_form_data, _is_multipart, _is_yaml, _is_xml
    if isinstance(value, list | tuple | set | frozenset):
        return _is_json, _is_sequence, _is_yaml, _is_xml, _is_multipart
    return _is_json, _is_yaml, _is_text, _is_xml


def _is_sequence(kind: MediaType) -> bool:
    return kind.is_lines or kind.is_records or kind.is_events


def _is_text(kind: MediaType) -> bool:
    return (kind.is_text or kind.covers(parse("text/plain"))) and not (kind.is_xml or kind.is_yaml or kind.is_events)


def _is_binary(kind: MediaType) -> bool:
    return (kind.is_range and not kind.is_text) or codec.codec_for(kind) is codec.CODECS[-1]


def _word(value: Any) -> str:
    if holds_file(value):
        return "a value that contains files"
    return "a file" if is_file(value) else "an iterator" if is_stream(value) else type(value).__name__
