"""The options of opening a document, for every command that takes one."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click

from dynclient.cli.inputs import headers_of, limits_of
from dynclient.cli.terminal import respelt, say
from dynclient.opening import load
from dynclient.options import DynclientWarning
from dynclient.security.scheme import secret_names
from dynclient.spec.document import Document
from dynclient.spec.jsonvalue import Limits

_NAMES = ("version", "fetch", "fetch_headers", "roots", "overlays", "strict", "limits", "cache", "shelves")


def opening_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of opening a document to a command."""
    for option in (
        click.option(
            "--specs",
            "shelves",
            metavar="DIR",
            multiple=True,
            help="A folder of documents before all others. May be repeated.",
        ),
        click.option(
            "--cache",
            metavar="FOLDER|off",
            help="Where large files are cached. [default: DYNCLIENT_CACHE, or your own]",
        ),
        click.option(
            "--limit",
            "limits",
            metavar="NAME=NUMBER",
            multiple=True,
            help=f"A limit on SPEC: {', '.join(Limits._fields)}. May be repeated.",
        ),
        click.option("--strict", is_flag=True, help="Refuse a document that breaks the OpenAPI Specification."),
        click.option(
            "--overlay", "overlays", metavar="FILE", multiple=True, help="Apply an OpenAPI Overlay. May be repeated."
        ),
        click.option(
            "--root",
            "roots",
            metavar="PATH",
            multiple=True,
            help="A folder or file that references may lead to, besides SPEC's own folder. May be repeated.",
        ),
        click.option(
            "--fetch-header",
            "fetch_headers",
            metavar="'NAME: VALUE'",
            multiple=True,
            help="Fetch with this header, sent only to SPEC's own server. May be repeated.",
        ),
        click.option("--fetch", is_flag=True, help="Allow SPEC and its references to be fetched from the network."),
        click.option(
            "--version",
            metavar="V",
            help="The version of a document of the catalog, or a range. [default: the pinned one]",
        ),
    ):
        command = option(command)
    return command


def take_opening(options: dict[str, Any]) -> dict[str, Any]:
    """Take the options of opening a document out of those of a command."""
    return {name: options.pop(name) for name in _NAMES}


def open_spec(spec: str, options: Mapping[str, Any]) -> Document:
    """Open a document as its options say.

    Args:
        spec: The name or path.
        options: What `take_opening` returns.
    """
    fields = headers_of(options["fetch_headers"], secret_names(()), "--fetch-header")
    cache = False if options["cache"] == "off" else options["cache"]
    opening: Any = {name: options[name] for name in ("roots", "overlays", "strict")}
    opening |= {
        "specs": options["shelves"],
        "limits": limits_of(options["limits"]),
        "fetch": fields or options["fetch"],
        "cache": cache,
    }
    with said_warnings():
        return load(spec, options["version"], **opening)


@contextlib.contextmanager
def said_warnings() -> Iterator[None]:
    """Print warnings of this package as messages."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", DynclientWarning)
        warnings.showwarning = lambda message, *_: say(f"Warning: {respelt(str(message))}", "yellow")
        yield
