"""The texts of the command line as values: arguments, bodies, headers, credentials."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Any

import click

from dynclient.api.described import MISSING
from dynclient.api.operation import Operation
from dynclient.problem import Problem
from dynclient.schema.bundle import Shape
from dynclient.security.credentials import Keyring, Netrc
from dynclient.security.scheme import Scheme
from dynclient.wire import codec, mediatype
from dynclient.wire.scalar import Wire

#: Numbers as JSON writes them. A longer one stays text: Python refuses to read integers of any length.
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,999})\Z", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,999})(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)

#: Bodies with fields: on the command line, a JSON object, or the encoded body itself.
_FORM = re.compile(r"application/x-www-form-urlencoded\Z|multipart/")


def limit(value: Any) -> float:
    """Read an option that limits a call: a number above 0, or `none` for no limit.

    Raises:
        BadParameter: It is neither.
    """
    try:
        number = inf if str(value).lower() == "none" else float(value)
    except ValueError:
        number = 0.0
    if not number > 0:
        raise click.BadParameter(f"{value!r} is not a number above 0, or none")
    return int(number) if number.is_integer() else number


def read_arguments(
    operation: Operation, texts: tuple[str, ...], body: str | None
) -> tuple[dict[Any, Any], Any, list[Problem]]:
    """Read the arguments and the body of a call.

    Args:
        operation: The operation to call.
        texts: The arguments, `NAME=VALUE`.
        body: The value of the option `--body`, if any.

    Returns:
        The values by location and name, the body (MISSING if there is none), and what cannot be read.
    """
    arguments, text, problems = operation.bind((), pairs(texts))
    if text is not MISSING and body is not None:
        problems.append(Problem("argument", ("body",), "unknown", "is given twice"))
    values: dict[Any, Any] = {}
    for key, value in arguments.items():
        try:
            values[key] = argument_value(value, operation.by_key[key].wire)
        except ValueError as error:
            problems.append(Problem(key[0], (key[1],), "type", str(error)))
    payload = MISSING
    try:
        if text is not MISSING or body is not None:
            payload = body_value(text if body is None else body, operation)
    except ValueError as error:
        problems.append(Problem("body", (), "media type", str(error)))
    return values, payload, problems


def argument_value(text: str, wire: Wire) -> Any:
    """Return the value of a text on the command line.

    Args:
        text: The text.
        wire: How the parameter is sent; its shape says which types the schema allows.

    Raises:
        ValueError: The text must be JSON and is not.
    """
    if wire.media_type is not None:
        return codec.decode(text.encode(), wire.media_type)
    kinds = wire.shape.types - {"null"}
    if kinds & {"array", "object"} and (text[:1] in ("[", "{") or not kinds - {"array", "object"}):
        try:
            return codec.decode(text.encode(), "application/json")
        except ValueError as error:
            like = '["a", "b"]' if "array" in kinds else '{"name": "value"}'
            raise ValueError(f"{error} (write it like {like})") from None
    return _scalar(text, wire.shape)


def _scalar(text: str, shape: Shape) -> Any:
    """Return a number or a boolean if the schema allows one and the text is one, else the text for the schema to judge."""
    if "boolean" in shape.types and text in ("true", "false"):
        return text == "true"
    if shape.types & {"integer", "number"} and _NUMBER.match(text):
        if _INTEGER.match(text):
            return int(text)
        return float(text) if "number" in shape.types else text
    return text


def body_value(text: str, operation: Operation) -> Any:
    """Return the value of a body on the command line: JSON or YAML by the document's media type, else the text or bytes.

    Args:
        text: The body itself, `@FILE`, or `-` for standard input.
        operation: The operation to call.

    Raises:
        ValueError: The body must be JSON or text and is not.
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
    """Split arguments `NAME=VALUE` into values by name."""
    found: dict[str, str] = {}
    for argument in arguments:
        name, equals, text = argument.partition("=")
        if not equals or not name:
            raise click.UsageError(f"argument {argument!r} must be NAME=VALUE")
        if name in found:
            raise click.UsageError(
                f"argument {name!r} is given twice; write several values as one JSON array: {name}='[…]'"
            )
        found[name] = text
    return found


def headers_of(texts: tuple[str, ...], secrets: frozenset[str]) -> dict[str, str]:
    """Return the header fields of the options `--header`; a secret value comes from a variable or a file."""
    found: dict[str, str] = {}
    for text in texts:
        name, colon, value = (part.strip() for part in text.partition(":"))
        if not colon or not name:
            raise click.UsageError("--header must be 'NAME: VALUE'")
        if name in found:
            raise click.UsageError(f"header {name} is given twice")
        found[name] = _secret(f"--header '{name}: ", value) if name.lower() in secrets else value
    return found


def credentials(texts: tuple[str, ...], schemes: Mapping[str, Scheme]) -> dict[str, Any]:
    """Return the credentials of the options `--auth` by security scheme."""
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            # the text may be a secret by mistake, so the message does not quote it
            raise click.UsageError(
                "--auth must be NAME=env:VARIABLE, NAME=file:PATH, NAME=netrc or NAME=keyring:SERVICE/USER"
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
    """Read a credential from a variable or a file; an argument would show in the shell's history and the list of processes."""
    kind, _, place = value.partition(":")
    if kind == "env" and place:
        if place not in os.environ:
            raise click.UsageError(f"{option}…: the environment variable {place} is not set")
        return os.environ[place]
    if kind == "file" and place:
        try:
            return _file(place).decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise click.UsageError(f"{option}…: {place} is not a UTF-8 text file") from None
    raise click.UsageError(
        f"{option}…: a credential must be env:VARIABLE or file:PATH, not the secret itself: arguments are kept in the "
        "shell's history and shown in the list of processes"
    )


def _file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise click.UsageError(f"cannot read {name}: {error.strerror or error}") from error
