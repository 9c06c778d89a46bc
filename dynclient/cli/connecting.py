"""The options of a client, for every command that calls: where the server is, who calls, and how long, how much and how strictly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

import dynclient
from dynclient.api.api import Api
from dynclient.cli.inputs import credentials, headers_of, limit
from dynclient.options import Options
from dynclient.security.scheme import secret_names
from dynclient.spec.document import Document

#: The options that are fields of `Options`, and those of them that have a default there.
_SAME = ("server", "timeout", "tolerate", "redirects", "follow_to", "retries")
_LIMITS = ("total_timeout", "max_reply", "max_ratio")


def client_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a client to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


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
    limits = {name: settings[name] for name in _LIMITS if settings[name] is not None}
    same = {name: settings[name] for name in _SAME}
    try:
        options = Options(
            **same,
            **limits,
            **more,
            headers=headers_of(settings["headers"], secret_names(schemes.values())),
            validate_requests=settings["validate"],
            validate_responses=settings["validate"],
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return dynclient.Client(document, auth=credentials(settings["auth"], schemes), options=options)


_OPTIONS = (
    click.option("--server", metavar="URL", help="The server. [default: the first one of the document]"),
    click.option(
        "--auth",
        multiple=True,
        metavar="NAME=env:VAR|file:PATH|netrc|keyring:SERVICE/USER",
        help="Credentials for a security scheme; user:password for a `basic` one. May be repeated. `none` alone sends none.",
    ),
    click.option(
        "--timeout",
        type=limit,
        default=30.0,
        show_default=True,
        metavar="SECONDS|none",
        help="The longest wait for a connection, and for each part of the answer.",
    ),
    click.option(
        "--total-timeout",
        type=limit,
        default=None,
        metavar="SECONDS|none",
        help="The longest time of the whole call. [default: ten times --timeout]",
    ),
    click.option(
        "--max-reply",
        type=limit,
        default=None,
        metavar="BYTES|none",
        help="The most bytes of the reply, unpacked. [default: 256 MiB]",
    ),
    click.option(
        "--max-ratio",
        type=limit,
        default=None,
        metavar="NUMBER|none",
        help="How many times its size the reply may grow when unpacked. [default: 200]",
    ),
    click.option(
        "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="An extra header. May be repeated."
    ),
    click.option(
        "--validate",
        type=click.Choice(["strict", "warn", "off"]),
        default="strict",
        show_default=True,
        help="What to do with a request or reply that breaks the document.",
    ),
    click.option(
        "--tolerate",
        multiple=True,
        metavar="RULE",
        help="A rule that may be broken, such as response/body/null, or 'RULE OPERATION PLACE'. May be repeated.",
    ),
    click.option(
        "--redirects/--no-redirects", default=None, help="Follow redirects. [default: all but documented replies]"
    ),
    click.option(
        "--follow-to",
        multiple=True,
        metavar="URL",
        help="A server that redirects may take secrets to. May be repeated.",
    ),
    click.option(
        "--retries", type=click.IntRange(0), default=2, show_default=True, help="How often a safe call is tried again."
    ),
)
