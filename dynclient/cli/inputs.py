"""The texts of the command line as values: arguments, bodies, headers, credentials."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Any, BinaryIO, Literal

import click

from dynclient.api.described import Content
from dynclient.api.operation import Operation
from dynclient.api.signature import MISSING
from dynclient.problem import Problem
from dynclient.schema.bundle import ANY, Shape
from dynclient.security.credentials import Keyring, Netrc
from dynclient.security.scheme import Scheme
from dynclient.spec.jsonvalue import Limits
from dynclient.wire import codec, mediatype
from dynclient.wire.codec import Body
from dynclient.wire.files import Upload
from dynclient.wire.scalar import Wire
from dynclient.wire.values import BASE64

#: Numbers as JSON writes them. A longer one stays text: Python refuses to read integers of any length.
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,999})\Z", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,999})(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)

#: Bodies with fields: on the command line, a JSON object, or the encoded body itself.
_FORM = re.compile(r"application/x-www-form-urlencoded\Z|multipart/")
#: A file in a form, as curl writes it: `@photo.bin;type=image/png;filename=me.png`.
_UPLOAD = re.compile(r"@(?P<path>.*?)(?:;type=(?P<type>[^;]*))?(?:;filename=(?P<name>[^;]*))?\Z", re.DOTALL)

_TWICE = "is given several times, and is not an array"


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
    operation: Operation, texts: tuple[str, ...], body: str | None, form: tuple[str, ...] = ()
) -> tuple[dict[Any, Any], Any, list[Problem]]:
    """Read the arguments and the body of a call.

    Args:
        operation: The operation to call.
        texts: The arguments, `NAME=VALUE`.
        body: The value of the option `--body`, if any.
        form: The values of the option `--form`, `NAME=VALUE`.

    Returns:
        The values by location and name, the body (MISSING if there is none), and what cannot be read.
    """
    arguments, given, problems = operation.bind((), pairs(texts, "argument"))
    members = given if isinstance(given, Mapping) else {}
    bodies = [*([] if given is MISSING or members else given), *([] if body is None else [body])]
    if len(bodies) + bool(form) + bool(members) > 1:
        problems.append(Problem("argument", ("body",), "unknown", "is given twice"))
    values: dict[Any, Any] = {}
    for key, several in arguments.items():
        try:
            values[key] = _argument(several, operation.by_key[key].wire)
        except ValueError as error:
            problems.append(Problem(key[0], (key[1],), "type", str(error)))
    payload = MISSING
    try:
        if form:
            payload = form_value(form, operation)
        elif members:
            payload = _members(members, operation)
        elif bodies:
            payload = body_value(bodies[0], operation)
    except ValueError as error:
        problems.append(Problem("body", (), "media type", str(error)))
    return values, payload, problems


def _members(texts: Mapping[str, list[str]], operation: Operation) -> Any:
    """Return a body whose members are given as arguments.

    Raises:
        ValueError: A text cannot be read.
    """
    content = operation.binding.members_of
    shape = content.schema.shape if content is not None else ANY
    if content is not None and _FORM.match(content.media_type):
        return Body(
            {name: _field(name, values, shape.member(name)) for name, values in texts.items()}, content.media_type
        )
    found = {}
    for name, values in texts.items():
        try:
            found[name] = text_value(values, shape.member(name))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return found


def _argument(texts: list[str], wire: Wire) -> Any:
    if wire.media_type is None:
        return text_value(texts, wire.shape)
    if len(texts) > 1:
        raise ValueError(_TWICE)
    return codec.decode(texts[0].encode(), wire.media_type)


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
            raise ValueError(_TWICE)
        return [text_value([text], shape.at(at)) for at, text in enumerate(texts)]
    (text,) = texts
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
    if _FORM.match(kind.kind) and raw.lstrip().startswith(b"{"):
        return _with_files(codec.decode(raw, "application/json"), contents[0].rules.shape)
    if kind.is_json:
        return codec.decode(raw, "application/json")
    if kind.is_yaml:
        return codec.decode(raw, kind.text)
    return codec.decode(raw, "text/plain") if kind.is_text else raw


def form_value(texts: tuple[str, ...], operation: Operation) -> Body:
    """Return the form of the options `--form`, in the first documented media type that is one.

    Args:
        texts: The fields, `NAME=VALUE`; a VALUE that starts with @ names a file, and with @@ is a text that starts with @.
        operation: The operation to call.

    Raises:
        ValueError: A field cannot be read.
    """
    content = _form_of(operation)
    if content is None:
        offered = ", ".join(operation.body.by_type) if operation.body is not None else "no body"
        raise click.UsageError(f"--form needs an operation that takes a form; {operation.id} takes {offered}")
    shape = content.rules.shape
    return Body(
        {name: _field(name, values, shape.member(name)) for name, values in pairs(texts, "--form").items()},
        content.media_type,
    )


def _form_of(operation: Operation) -> Content | None:
    """Return the first form that an operation takes, one that can carry files before others."""
    contents = operation.body.contents if operation.body is not None else ()
    forms = [content for content in contents if _FORM.match(content.media_type)]
    return min(forms, key=lambda content: not content.media_type.startswith("multipart/"), default=None)


def _field(name: str, texts: list[str], shape: Shape) -> Any:
    """Return the value of a form's field: its files, or else its texts as those of a parameter."""
    item = shape.item if shape.is_only("array") else shape
    try:
        files = [_form_file(text, item) for text in texts]
        if not any(isinstance(file, Upload) for file in files):
            return text_value(files, shape)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if len(files) == 1:
        return files if shape.is_only("array") else files[0]
    if not shape.may_be("array"):
        raise ValueError(f"{name}: {_TWICE}")
    return files


def _form_file(text: str, shape: Shape) -> Any:
    """Return a text that names a file as the file, or as its text where the schema takes no bytes; other texts as they are."""
    if not text.startswith("@") or text.startswith("@@"):
        return text.removeprefix("@") if text.startswith("@@") else text
    if takes_bytes(shape) or ";type=" in text:
        return _upload(text)
    try:
        return _file(text[1:]).decode()
    except UnicodeDecodeError:
        advice = "append ;type=application/octet-stream to send it as a file"
        raise ValueError(f"{text[1:]} is not UTF-8 text, which the document asks for ({advice})") from None


def _with_files(value: Any, shape: Shape) -> Any:
    """Put files in the place of texts that name them, `@photo.bin`, where the schema takes bytes."""
    if isinstance(value, dict):
        return {name: _with_files(item, shape.member(name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_files(item, shape.at(at)) for at, item in enumerate(value)]
    is_file = shape.format == "binary" and isinstance(value, str) and value.startswith("@")
    return _form_file(value, shape) if is_file else value


def takes_bytes(shape: Shape) -> bool:
    """Return whether the field of a form with this shape is a file."""
    return shape.format in ("binary", *BASE64) or not shape.types


def _upload(text: str) -> Upload:
    """Return the file that a text names, which is read when it is sent."""
    found = _UPLOAD.match(text)
    path = Path(found["path"] if found is not None else text[1:])
    _readable(path).close()
    kind, name = (found["type"], found["name"]) if found is not None else (None, None)
    return Upload(name or path.name, path, kind)


def pairs(texts: tuple[str, ...], option: str) -> dict[str, list[str]]:
    """Split texts `NAME=VALUE` into values by name; a name may come several times."""
    found: dict[str, list[str]] = {}
    for item in texts:
        name, equals, text = item.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{option} {item!r} must be NAME=VALUE")
        found.setdefault(name, []).append(text)
    return found


def headers_of(texts: tuple[str, ...], secrets: frozenset[str], option: str = "--header") -> dict[str, str]:
    """Return the header fields of the options `--header`; a secret value comes from a variable or a file."""
    found: dict[str, str] = {}
    for text in texts:
        name, colon, value = (part.strip() for part in text.partition(":"))
        if not colon or not name:
            raise click.UsageError(f"{option} must be 'NAME: VALUE'")
        if name in found:
            raise click.UsageError(f"header {name} is given twice")
        found[name] = _secret(f"{option} '{name}: ", value) if name.lower() in secrets else value
    return found


def limits_of(texts: tuple[str, ...]) -> Limits:
    """Return the limits of the options `--limit`."""
    found: dict[str, Any] = {}
    for name, values in pairs(texts, "--limit").items():
        text = values[-1]
        if name not in Limits._fields:
            raise click.UsageError(f"there is no limit {name!r}; there are {', '.join(Limits._fields)}")
        if not text.isascii() or not text.isdigit() or not 0 < len(text) < 19 or not int(text):
            raise click.UsageError(f"--limit {name} must be a whole number above 0, not {text!r}")
        found[name] = int(text)
    return Limits(**found)


def credentials(texts: tuple[str, ...], schemes: Mapping[str, Scheme]) -> dict[str, Any] | Literal["none"]:
    """Return the credentials of the options `--auth` by security scheme, or `none` to send none."""
    if texts == ("none",):
        return "none"
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            # the text may be a secret by mistake, so the message does not quote it
            raise click.UsageError(
                "--auth must be NAME=env:VARIABLE, NAME=file:PATH, NAME=netrc or NAME=keyring:SERVICE/USER; or, alone, none"
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
            return _file(place).decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError:
            raise click.UsageError(f"{option}…: {place} is not a UTF-8 text file") from None
    raise click.UsageError(
        f"{option}…: a credential must be env:VARIABLE or file:PATH, not the secret itself: arguments are kept in the "
        "shell's history and shown in the list of processes"
    )


def _file(name: str) -> bytes:
    with _readable(Path(name)) as file:
        return file.read()


def _readable(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise click.UsageError(f"cannot read {path}: {error.strerror or error}") from error
