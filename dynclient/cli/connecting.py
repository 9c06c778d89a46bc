"""The options of a client, for every command that calls: where the server is, who calls, and how long, how much and how strictly.

Some of them may be saved for an API (`saved`); the command line comes before what is saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click
from click.core import ParameterSource

import dynclient
from dynclient.api.api import Api
from dynclient.cli.helping import options_of
from dynclient.cli.inputs import credentials, headers_of, limit
from dynclient.cli.saved import CALLING, SavedApi
from dynclient.cli.specs import known_api
from dynclient.cli.terminal import say
from dynclient.options import Options
from dynclient.origins import origin
from dynclient.security.scheme import secret_names
from dynclient.spec.document import Document

#: The options of the command line that are options of a client under the same name.
_SAME_NAMES = (
    "server", "timeout", "accept", "tolerate", "redirects", "follow_to", "retries", "max_pages", "total_timeout", "max_reply",
    "max_ratio", "progress",
)  # fmt: skip
_server, _request = options_of("Options of the server"), options_of("Options of the request")


def client_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a client to a command."""
    for option in reversed(_OTHERS):
        command = option(command)
    return savable_client_options(command)


def savable_client_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a client that may be saved for an API."""
    for option in reversed(_SAVABLE):
        command = option(command)
    return command


def take_saved(spec: str, options: dict[str, Any]) -> None:
    """Take from a saved API what the command line does not say; its credentials only for its own server.

    Args:
        spec: SPEC; nothing happens if it names no saved API.
        options: The values of the command's options, which are changed.

    Raises:
        UsageError: The API has no such profile, or its file is wrong.
    """
    saved = known_api(spec, options["profile"])
    if saved is None:
        return
    ctx = click.get_current_context()
    given = {name for name in options if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    elsewhere = "server" in given and not _is_own_server(options["server"], saved)
    for parameter in ctx.command.params:
        name = next((text[2:] for text in parameter.opts if text[2:] in CALLING), None)
        if name is None or parameter.name is None or name not in saved.settings or parameter.name in given:
            continue
        if elsewhere and name in ("auth", "header"):
            say(f"--server names another server than {saved.name} has, so its --{name} is not sent", "yellow")
        else:
            options[parameter.name] = parameter.type_cast_value(ctx, saved.settings[name])


def _is_own_server(given: str, saved: SavedApi) -> bool:
    own = saved.settings.get("server")
    return given == own or (own is not None and origin(given) is not None and origin(given) == origin(own))


def make_client(document: Document, settings: Mapping[str, Any], **more: Any) -> dynclient.Client:
    """Make the client that a command calls with.

    Args:
        document: The document.
        settings: The values of the options that `client_options` adds.
        **more: Further fields of `Options`.

    Raises:
        UsageError: An option has a value that it cannot have.
        InvalidRequest: The credentials do not fit the document.
    """
    schemes = Api.of(document).schemes
    options = client_settings(document, {**settings, **more})
    return dynclient.Client(document, auth=credentials(settings["auth"], schemes), options=options)


def client_settings(document: Document, settings: Mapping[str, Any]) -> Options:
    """Return the options of the command line as those of a client.

    Args:
        document: The document.
        settings: The values of the options; what they lack has its default.

    Raises:
        UsageError: A value is wrong.
    """
    given: dict[str, Any] = {name: settings[name] for name in _SAME_NAMES if settings.get(name) is not None}
    if settings.get("validate") is not None:
        given |= {"validate_requests": settings["validate"], "validate_responses": settings["validate"]}
    secrets = secret_names(Api.of(document).schemes.values())
    try:
        return Options(**given, headers=headers_of(settings.get("headers") or (), secrets))
    except ValueError as error:
        field, _, rest = str(error).partition(
            " "
        )  # the message begins with the name of the field, and a colon where it quotes
        raise click.UsageError(f"--{field.replace('_', '-')} {rest}") from error


_SAVABLE = (
    _server("--server", metavar="URL", help="The server. [default: the first one of the document]"),
    _server(
        "--auth",
        multiple=True,
        metavar="NAME=env:VAR|file:PATH|netrc|keyring:SERVICE/USER",
        help="Credentials for a security scheme; user:password for a `basic` one. May be repeated. `none` alone sends none.",
    ),
    _request("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="An extra header. May be repeated."),
    _server(
        "--timeout",
        type=limit,
        default=30.0,
        show_default=True,
        metavar="SECONDS|none",
        help="The longest wait for a connection, and for each part of the answer.",
    ),
    _request(
        "--validate",
        type=click.Choice(["strict", "warn", "off"]),
        default="strict",
        show_default=True,
        help="What to do with a request or reply that breaks the document.",
    ),
    _request(
        "--tolerate",
        multiple=True,
        metavar="RULE",
        help="A rule that may be broken, such as response/body/null, or 'RULE OPERATION PLACE'. May be repeated.",
    ),
)

_OTHERS = (
    _server(
        "--total-timeout",
        type=limit,
        default=None,
        metavar="SECONDS|none",
        help="The longest time of the whole call. [default: ten times --timeout]",
    ),
    _server(
        "--max-reply",
        type=limit,
        default=None,
        metavar="BYTES|none",
        help="The most bytes of the reply, unpacked. [default: 256 MiB]",
    ),
    _server(
        "--max-ratio",
        type=limit,
        default=None,
        metavar="NUMBER|none",
        help="How many times its size the reply may grow when unpacked. [default: 200]",
    ),
    _server("--redirects/--no-redirects", default=None, help="Follow redirects. [default: all but documented replies]"),
    _server(
        "--follow-to",
        multiple=True,
        metavar="URL",
        help="A server that redirects may take secrets to. May be repeated.",
    ),
    _server(
        "--retries", type=click.IntRange(0), default=2, show_default=True, help="How often a safe call is tried again."
    ),
)
