"""The options of the command line as values: limits, headers, credentials."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, Literal

import click

from dynclient.cli.texts import pairs, read_file
from dynclient.names import nearest_or_few
from dynclient.security.credentials import Keyring, Netrc
from dynclient.security.scheme import Scheme
from dynclient.spec.jsonvalue import Limits

#: The places of a secret text, and those of other credentials, as messages name them.
_PLACES_OF_TEXT = "env:VARIABLE or file:PATH"
_PLACES = "env:VARIABLE, file:PATH, netrc or keyring:SERVICE/USER"
_KEYRING = re.compile(r"keyring:.+/.+", re.DOTALL)


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


def headers_of(texts: Sequence[str], secrets: frozenset[str], option: str = "--header") -> dict[str, str]:
    """Return the header fields of the options `--header`; a secret value comes from a variable or a file."""
    return {
        name: _secret(f"{option} '{name}: …'", value) if name.lower() in secrets else value
        for name, value in header_places(texts, secrets, option).items()
    }


def header_places(texts: Sequence[str], secrets: frozenset[str], option: str = "--header") -> dict[str, str]:
    """Return the header fields of the options `--header` as they are written; a secret one says where its value is.

    Args:
        texts: The values of the option.
        secrets: The lower-case names of secret fields.
        option: The name of the option.

    Raises:
        UsageError: A text is not a field, a field is given twice, or a secret is given itself.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, colon, value = (part.strip() for part in text.partition(":"))
        if not colon or not name:
            raise click.UsageError(f"{option} must be 'NAME: VALUE'")
        if name.lower() in map(str.lower, found):
            raise click.UsageError(f"{option} {name} is given twice")
        if name.lower() in secrets:
            check_place(f"{option} '{name}: …'", value)
        found[name] = value
    return found


def limits_of(texts: Sequence[str]) -> Limits:
    """Return the limits of the options `--limit`."""
    found: dict[str, Any] = {}
    for name, values in pairs(texts, "--limit").items():
        text = values[-1]
        if name not in Limits._fields:
            hint = nearest_or_few(name, Limits._fields)
            raise click.UsageError(f"--limit: there is no limit {name!r} ({hint})")
        if not text.isascii() or not text.isdigit() or not 0 < len(text) < 19 or not int(text):
            raise click.UsageError(f"--limit {name} must be a whole number above 0, not {text!r}")
        found[name] = int(text)
    return Limits(**found)


def credential_places(texts: Sequence[str]) -> dict[str, str]:
    """Return where the credentials of the options `--auth` are, by security scheme: `env:KEY`, `netrc` and so on.

    Args:
        texts: The values of the option.

    Raises:
        UsageError: A text has another form, or is the secret itself.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, place = text.partition("=")
        if not equals or not name:
            # the text may be a secret by mistake, so the message does not quote it
            raise click.UsageError(f"--auth must be NAME=PLACE with one of the places {_PLACES}; or, alone, none")
        if place != "netrc" and not _KEYRING.match(place):
            check_place(f"--auth {name}=…", place, _PLACES)
        found[name] = place
    return found


def credentials(texts: Sequence[str], schemes: Mapping[str, Scheme]) -> dict[str, Any] | Literal["none"]:
    """Return the credentials of the options `--auth` by security scheme, or `none` to send none; errors as for `credential_places`."""
    if list(texts) == ["none"]:
        return "none"
    return {name: _credential(name, place, schemes) for name, place in credential_places(texts).items()}


def _credential(name: str, place: str, schemes: Mapping[str, Scheme]) -> Any:
    if place == "netrc":
        return Netrc()
    if place.startswith("keyring:"):
        service, _, user = place.removeprefix("keyring:").rpartition("/")
        return Keyring(service, user)
    secret = _secret(f"--auth {name}=…", place)
    basic = name in schemes and schemes[name].scheme == "basic" and ":" in secret
    return tuple(secret.split(":", 1)) if basic else secret


def check_place(option: str, value: str, places: str = _PLACES_OF_TEXT) -> None:
    """Refuse a credential that is not a place to find it: an argument would show in the shell's history and the list of processes.

    Args:
        option: What the message begins with.
        value: The text, which the message does not quote.
        places: The places that the message names.

    Raises:
        UsageError: It is neither `env:VARIABLE` nor `file:PATH`.
    """
    kind, _, place = value.partition(":")
    if kind not in ("env", "file") or not place:
        raise click.UsageError(
            f"{option}: a credential must be {places}, not the secret itself: arguments are kept in the shell's history "
            "and shown in the list of processes"
        )


def _secret(option: str, value: str) -> str:
    """Read a credential from a variable or a file."""
    check_place(option, value)
    kind, _, place = value.partition(":")
    if kind == "env":
        if place not in os.environ:
            raise click.UsageError(f"{option}: the environment variable {place} is not set")
        return os.environ[place]
    try:
        return read_file(place).decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.UsageError(f"{option}: {place} is not a UTF-8 text file") from None
