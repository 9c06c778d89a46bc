"""The fields of a body on the command line.

    name=Ann  age=41  tags=a  tags=b     as the schema says: text, numbers, booleans, an array item by item
    address.city=Oslo  items.0.itemNo=7  inside an object, and inside the items of an array
    meta:={"a": 1}                       JSON, whatever the schema says; meta:=@FILE reads it from a file
    photo=@photo.png;type=image/png      a file where the schema takes bytes, as curl writes it; elsewhere its text
    name=@@ann                           a text that starts with an @

The same holds for fields that are given as arguments, by `--body` and by `--form`, and for JSON as for forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from dynclient.api.described import Content
from dynclient.api.operation import Operation
from dynclient.cli.texts import TWICE, TypedText, read_file, readable, text_value
from dynclient.names import snake_case
from dynclient.schema.bundle import Shape
from dynclient.wire import mediatype
from dynclient.wire.codec import Body
from dynclient.wire.files import Upload
from dynclient.wire.values import BASE64

#: Bodies with fields that are not JSON.
_FORM = re.compile(r"application/x-www-form-urlencoded\Z|multipart/")
#: A file in a form, as curl writes it: `@photo.bin;type=image/png;filename=me.png`.
_UPLOAD = re.compile(r"@(?P<path>.*?)(?:;type=(?P<type>[^;]*))?(?:;filename=(?P<name>[^;]*))?\Z", re.DOTALL)
#: What starts a field in `--body`: anything but the start of JSON or of a file.
_FIELD = re.compile(r"[^\s\"{}\[\]@=<][^\s\"{}=<]*=")


class _Piece(NamedTuple):
    """One text, and where it belongs below a field: the names of members and the numbers of items."""

    path: tuple[str, ...]
    text: str


def is_form(media_type: str) -> bool:
    """Return whether bodies of a media type are forms."""
    return _FORM.match(media_type) is not None


def takes_fields(content: Content) -> bool:
    """Return whether a body in this media type may have fields: a form, or JSON that may be an object."""
    json = mediatype.parse(content.media_type).takes_json
    return is_form(content.media_type) or (json and content.schema.shape.may_be("object"))


def takes_only_fields(content: Content) -> bool:
    """Return whether a body in this media type must be an object."""
    return takes_fields(content) and (is_form(content.media_type) or content.schema.shape.is_only("object"))


def is_field(text: str, operation: Operation) -> bool:
    """Return whether a text of `--body` is a field, `NAME=VALUE`, and not the whole body.

    Args:
        text: The text.
        operation: The operation whose body it is; the first media type must be one with fields.
    """
    contents = operation.body.contents if operation.body is not None else ()
    return bool(contents) and takes_fields(contents[0]) and _FIELD.match(text) is not None


def body_of_fields(fields: Mapping[str, Sequence[str]], operation: Operation, *, as_form: bool) -> Any:
    """Return a body from its fields, in the first documented media type that has all of them.

    Args:
        fields: The texts of each field by its name, in the document's spelling, in snake_case or in kebab-case.
        operation: The operation to call.
        as_form: Whether it must be a form.

    Raises:
        ValueError: A field cannot be read.
        UsageError: The operation takes no body with fields.
    """
    content = _content_for(fields, operation, as_form=as_form)
    if content is None:
        offered = ", ".join(operation.body.by_type) if operation.body is not None else "no body"
        option, kind = ("--form", "a form") if as_form else ("--body NAME=VALUE", "a form or a JSON object")
        fits = as_form and operation.body is not None and any(map(takes_fields, operation.body.contents))
        advice = " (write its fields as NAME=VALUE, or --body NAME=VALUE)" if fits else ""
        raise click.UsageError(f"{option} needs an operation that takes {kind}; {operation.id} takes {offered}{advice}")
    form = is_form(content.media_type)
    shape = content.rules.shape if form else content.schema.shape
    pieces = [_Piece(_path(name, shape), text) for name, texts in fields.items() for text in texts]
    value = _object(pieces, shape, form=form)
    is_default = operation.body is not None and content is operation.body.contents[0] and not form
    return value if is_default else Body(value, content.media_type)


def _content_for(fields: Mapping[str, Any], operation: Operation, *, as_form: bool) -> Content | None:
    """Return the media type for these fields: the first that knows them all, else the first with known fields, else the first."""
    contents = operation.body.contents if operation.body is not None else ()
    usable = [content for content in contents if (is_form(content.media_type) if as_form else takes_fields(content))]
    if as_form:  # one that can carry files comes before others
        usable.sort(key=lambda content: not content.media_type.startswith("multipart/"))
    shapes = [(content, content.schema.shape) for content in usable]
    knowing = (content for content, shape in shapes if all(shape.knows(_path(name, shape)[0]) for name in fields))
    described = (content for content, shape in shapes if shape.properties)
    return next(knowing, None) or next(described, None) or next(iter(usable), None)


def _path(name: str, shape: Shape) -> tuple[str, ...]:
    """Split a name at its dots, less those that belong to a name of the document; each part gets the document's spelling."""
    spelled = _spelled(name, shape)
    if shape.knows(spelled) or "." not in name:
        return (spelled,)
    head, _, rest = name.partition(".")
    head = _spelled(head, shape)
    return head, *_path(rest, _below(shape, head))


def _spelled(name: str, shape: Shape) -> str:
    if shape.knows(name):
        return name
    python_name = snake_case(name)
    return next((known for known in shape.properties if snake_case(known) == python_name), name)


def _below(shape: Shape, name: str) -> Shape:
    return shape.at(int(name)) if _is_index(name, shape) else shape.member(name)


def _is_index(name: str, shape: Shape) -> bool:
    """Return whether a part of a name is the number of an item: only where the schema wants an array, as members may be called `0`."""
    return name.isascii() and name.isdigit() and len(name) < 6 and "array" in shape.types and not shape.knows(name)


def _object(pieces: Sequence[_Piece], shape: Shape, *, form: bool) -> dict[str, Any]:
    return {name: _named(name, inner, shape, form=form) for name, inner in _by_first(pieces).items()}


def _by_first(pieces: Sequence[_Piece]) -> dict[str, list[_Piece]]:
    """Group pieces by the first part of their names."""
    found: dict[str, list[_Piece]] = {}
    for path, text in pieces:
        found.setdefault(path[0], []).append(_Piece(path[1:], text))
    return found


def _named(name: str, pieces: list[_Piece], shape: Shape, *, form: bool) -> Any:
    try:
        return _value(pieces, _below(shape, name), form=form)
    except ValueError as error:
        raise ValueError(f"{name}{'' if str(error).startswith('.') else ': '}{error}") from None


def _value(pieces: list[_Piece], shape: Shape, *, form: bool) -> Any:
    """Return the value of a field from its texts, or from what is given inside it."""
    whole = [piece.text for piece in pieces if not piece.path]
    if len(whole) == len(pieces):
        return _whole_value(whole, shape, form=form)
    if whole:
        raise ValueError("is given both as a whole and in parts")
    inner = _by_first(pieces)
    if not all(_is_index(name, shape) for name in inner):
        return _object(pieces, shape, form=form)
    if sorted(map(int, inner)) != list(range(len(inner))):
        raise ValueError(f"items are counted from 0 without gaps, not {', '.join(inner)}")
    return [_named(str(at), inner[str(at)], shape, form=form) for at in range(len(inner))]


def _whole_value(texts: list[str], shape: Shape, *, form: bool) -> Any:
    """Return the value of a field: its files, or else its texts as those of a parameter."""
    item = shape.item if shape.is_only("array") else shape
    files = [_file_or_text(text, item, form=form) for text in texts]
    if all(isinstance(file, str) for file in files):
        return text_value(files, shape)
    if len(files) == 1:
        return files if shape.is_only("array") else files[0]
    if not shape.may_be("array"):
        raise ValueError(TWICE)
    return files


def _file_or_text(text: str, shape: Shape, *, form: bool) -> Any:
    """Return a text that names a file as the file, or as its text where the schema takes no bytes; other texts as they are."""
    if isinstance(text, TypedText) or not text.startswith("@"):
        return text
    if text.startswith("@@"):
        return text[1:]
    if form and (takes_bytes(shape) or ";type=" in text):
        return _upload(text)
    content = read_file(text[1:])
    if shape.format in BASE64:
        return content
    try:
        return content.decode()
    except UnicodeDecodeError:
        advice = " (append ;type=application/octet-stream to send it as a file)" if form else ""
        raise ValueError(f"{text[1:]} is not UTF-8 text, which the document asks for{advice}") from None


def takes_bytes(shape: Shape) -> bool:
    """Return whether the field of a form with this shape is a file."""
    return shape.format in ("binary", *BASE64) or not shape.types


def _upload(text: str) -> Upload:
    """Return the file that a text names, which is read when it is sent."""
    found = _UPLOAD.match(text)
    path = Path(found["path"] if found is not None else text[1:])
    readable(path).close()
    kind, name = (found["type"], found["name"]) if found is not None else (None, None)
    return Upload(name or path.name, path, kind)


def with_files(value: Any, shape: Shape) -> Any:
    """Put files in the place of texts that name them, `@photo.bin`, where the schema takes bytes.

    Args:
        value: The value of a form.
        shape: What its schema says.
    """
    if isinstance(value, dict):
        return {name: with_files(item, shape.member(name)) for name, item in value.items()}
    if isinstance(value, list):
        return [with_files(item, shape.at(at)) for at, item in enumerate(value)]
    is_file = shape.format == "binary" and isinstance(value, str) and value.startswith("@")
    return _file_or_text(value, shape, form=True) if is_file else value


def field_names(operation: Operation) -> Iterator[str]:
    """Yield the names of the fields that the document has for the body of an operation, each once."""
    contents = operation.body.contents if operation.body is not None else ()
    yield from dict.fromkeys(
        name for content in filter(takes_fields, contents) for name in content.schema.shape.properties
    )
