"""`NAME=VALUE` and `NAME:=JSON` on the command line: texts, and the values that a schema makes of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import click

from dynclient.schema.bundle import Shape
from dynclient.wire import codec

#: Numbers as JSON writes them. A longer one stays text: Python refuses to read integers of any length.
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,999})\Z", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,999})(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)

TWICE = "is given several times, and is not an array"


class TypedText(str):
    """The text of `NAME:=JSON`, which is read as JSON whatever the schema says."""

    __slots__ = ()

    def value(self) -> Any:
        """Return the value; `@FILE` names a file that holds it.

        Raises:
            ValueError: It is not JSON.
        """
        content = read_file(self[1:]) if self.startswith("@") else self.encode()
        return codec.decode(content, "application/json")


def pairs(texts: Sequence[str], option: str) -> dict[str, list[str]]:
    """Split texts `NAME=VALUE` into values by name; a name may come several times. The values of `NAME:=JSON` are `TypedText`.

    Args:
        texts: The texts.
        option: How a message names them.

    Raises:
        UsageError: A text is not of that form.
    """
    found: dict[str, list[str]] = {}
    for item in texts:
        name, equals, text = item.partition("=")
        is_json = name.endswith(":")
        name = name.removesuffix(":") if is_json else name
        if not equals or not name:
            raise click.UsageError(f"{option} {item!r} must be NAME=VALUE")
        found.setdefault(name, []).append(TypedText(text) if is_json else text)
    return found


def text_value(texts: list[str], shape: Shape) -> Any:
    """Return the value of a parameter or field from the texts that the command line gives it.

    Args:
        texts: The texts: one for each item of an array, or an array as JSON.
        shape: What the schema says of the value.

    Raises:
        ValueError: A text must be JSON and is not, or there are several where there is no array.
    """
    if len(texts) > 1:
        if not shape.may_be("array"):
            raise ValueError(TWICE)
        return [text_value([text], shape.at(at)) for at, text in enumerate(texts)]
    (text,) = texts
    if isinstance(text, TypedText):
        return text.value()
    kinds = shape.types - {"null"}
    if kinds & {"array", "object"} and (text[:1] in ("[", "{") or kinds == {"object"}):
        try:
            value = codec.decode(text.encode(), "application/json")
        except ValueError as error:
            like = '["a", "b"]' if "array" in kinds else '{"name": "value"}'
            raise ValueError(f"{error} (write it like {like})") from None
        return [value] if kinds == {"array"} and not isinstance(value, list) else value
    if "array" in kinds and not kinds - {"array", "object"}:
        return [text_value([text], shape.at(0))]
    return _scalar(text, shape)


def _scalar(text: str, shape: Shape) -> Any:
    """Return a number or a boolean if the schema allows one and the text is one, else the text for the schema to judge."""
    if "boolean" in shape.types and text in ("true", "false"):
        return text == "true"
    if shape.types & {"integer", "number"} and _NUMBER.match(text):
        if _INTEGER.match(text):
            return int(text)
        return float(text) if "number" in shape.types else text
    return text


def read_file(name: str) -> bytes:
    """Return the bytes of a file.

    Raises:
        UsageError: It cannot be read.
    """
    with readable(Path(name)) as file:
        return file.read()


def readable(path: Path) -> BinaryIO:
    """Open a file that the command line names; errors as for `read_file`."""
    try:
        return path.open("rb")
    except OSError as error:
        raise click.UsageError(f"cannot read {path}: {error.strerror or error}") from error
