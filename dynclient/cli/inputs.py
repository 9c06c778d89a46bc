"""What is written on the command line, as values: arguments, bodies, headers, credentials."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from dynclient.api.operation import Operation
from dynclient.schema.bundle import Shape
from dynclient.security.lookup import Keyring, Netrc
from dynclient.security.scheme import Scheme
from dynclient.wire import codec, mediatype
from dynclient.wire.scalar import Wire

#: Numbers as JSON writes them; one that is longer stays text, since Python takes no integer of any length from a text.
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,999})\Z", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,999})(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)

#: Bodies that have fields; here they are written as a JSON object, or whole, as they travel.
_FORM = re.compile(r"application/x-www-form-urlencoded\Z|multipart/")


def value_of(text: str, wire: Wire) -> Any:
    """The value that a text on the command line stands for.

    Args:
        text: The text.
        wire: How the parameter travels; its shape says what its schema wants.

    Raises:
        ValueError: The text has to be JSON and is not.
    """
    if wire.media_type is not None:
        return codec.decode(text.encode(), wire.media_type)
    kinds = wire.shape.types - {"null"}
    if kinds & {"array", "object"} and (text[:1] in ("[", "{") or not kinds - {"array", "object"}):
        try:
            return codec.decode(text.encode(), "application/json")
        except ValueError as error:
            like = '["a", "b"]' if "array" in kinds else '{"name": "value"}'
            raise ValueError(f"{error}; it is written like {like}") from None
    return _scalar(text, wire.shape)


def _scalar(text: str, shape: Shape) -> Any:
    """A number or a boolean where the schema wants one and the text is one; else the text, which the schema then judges."""
    if "boolean" in shape.types and text in ("true", "false"):
        return text == "true"
    if shape.types & {"integer", "number"} and _NUMBER.match(text):
        if _INTEGER.match(text):
            return int(text)
        return float(text) if "number" in shape.types else text
    return text


def body_of(text: str, operation: Operation) -> Any:
    """The body that an argument stands for: JSON, YAML, or text as it is where the document wants neither.

    Args:
        text: The text, `@` and a file, or `-` for standard input.
        operation: The operation.

    Raises:
        ValueError: It has to be JSON, or text, and is not.
    """
    if text == "-":
        raw = sys.stdin.buffer.read()
    elif text.startswith("@"):
        raw = _file(text[1:])
    else:
        raw = text.encode(errors="surrogateescape")  # the bytes as they were typed
    contents = operation.body.contents if operation.body is not None else ()
    kind = mediatype.parse(contents[0].media_type if contents else "text/plain")
    if kind.is_json or (_FORM.match(kind.kind) and raw.lstrip().startswith(b"{")):
        return codec.decode(raw, "application/json")
    if kind.is_yaml:
        return codec.decode(raw, kind.text)
    return codec.decode(raw, "text/plain") if kind.is_text else raw


def pairs(arguments: tuple[str, ...]) -> dict[str, str]:
    """The texts of arguments `NAME=VALUE`, by name."""
    found: dict[str, str] = {}
    for argument in arguments:
        name, equals, text = argument.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{argument!r} is no NAME=VALUE")
        if name in found:
            raise click.UsageError(f"{name!r} is given twice; several values are one JSON array: {name}='[…]'")
        found[name] = text
    return found


def headers_of(texts: tuple[str, ...], secrets: frozenset[str]) -> dict[str, str]:
    """The fields of options `--header`; a secret one names a variable or a file."""
    found: dict[str, str] = {}
    for text in texts:
        name, colon, value = (part.strip() for part in text.partition(":"))
        if not colon or not name:
            raise click.UsageError("a --header is 'NAME: VALUE'")
        if name in found:
            raise click.UsageError(f"the header {name} is given twice")
        found[name] = _secret(f"--header '{name}: ", value) if name.lower() in secrets else value
    return found


def credentials(texts: tuple[str, ...], schemes: Mapping[str, Scheme]) -> dict[str, Any]:
    """The credentials of options `--auth`, by security scheme."""
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            # the text may be a secret by mistake, so it is not repeated
            raise click.UsageError(
                "an --auth is NAME=env:VARIABLE, NAME=file:PATH, NAME=netrc or NAME=keyring:SERVICE/USER"
            )
        if value == "netrc":
            found[name] = Netrc()
            continue
        if value.startswith("keyring:"):
            service, _, user = value.removeprefix("keyring:").rpartition("/")
            found[name] = Keyring(service, user)
            continue
        secret = _secret(f"--auth {name}=", value)
        basic = name in schemes and schemes[name].scheme == "basic" and ":" in secret
        found[name] = tuple(secret.split(":", 1)) if basic else secret
    return found


def _secret(option: str, value: str) -> str:
    """A credential from a variable or a file: an argument would stand in the shell's history and in the list of processes."""
    kind, _, place = value.partition(":")
    if kind == "env" and place:
        if place not in os.environ:
            raise click.UsageError(f"{option}…: there is no environment variable {place}")
        return os.environ[place]
    if kind == "file" and place:
        try:
            return _file(place).decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise click.UsageError(f"{option}…: {place} is no text") from None
    raise click.UsageError(
        f"{option}…: a credential is given as env:VARIABLE or file:PATH, never as such: arguments are kept in the "
        "shell's history and shown in the list of processes"
    )


def _file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise click.UsageError(f"cannot read {name}: {error.strerror or error}") from error
