"""The options of opening a document, for every command that takes one."""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click

from dynclient.cli.flags import FETCH, PROFILE, SPECS
from dynclient.cli.helping import options_of
from dynclient.cli.inputs import headers_of, limits_of
from dynclient.cli.saved import SavedApi, saved_api
from dynclient.cli.terminal import respelt, say
from dynclient.errors import SpecError
from dynclient.opening import load, name_and_version
from dynclient.options import DynclientWarning
from dynclient.problem import Problem
from dynclient.security.scheme import secret_names
from dynclient.spec.document import Document
from dynclient.spec.jsonvalue import Limits
from dynclient.spec.urls import is_url

_NAMES = ("version", "profile", "fetch", "fetch_headers", "roots", "overlays", "strict", "limits", "cache", "shelves")
#: The parameters of the options that a saved API may have, by the options' names.
SAVED = {
    "version": "version", "fetch": "fetch", "fetch-header": "fetch_headers", "root": "roots", "overlay": "overlays",
    "strict": "strict", "specs": "shelves",
}  # fmt: skip
_option = options_of("Options of the document")


def savable_opening_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of opening a document that are the same for every call, and may be saved."""
    for option in (
        SPECS,
        _option("--strict", is_flag=True, help="Refuse a document that breaks the OpenAPI Specification."),
        _option(
            "--overlay", "overlays", metavar="FILE", multiple=True, help="Apply an OpenAPI Overlay. May be repeated."
        ),
        _option(
            "--root",
            "roots",
            metavar="PATH",
            multiple=True,
            help="A folder or file that references may lead to, besides SPEC's own folder. May be repeated.",
        ),
        _option(
            "--fetch-header",
            "fetch_headers",
            metavar="'NAME: VALUE'",
            multiple=True,
            help="Fetch with this header, sent only to SPEC's own server. May be repeated.",
        ),
        FETCH,
        PROFILE,
        _option(
            "--version",
            metavar="V",
            help="The version of a document of the catalog, or a range. [default: the pinned one]",
        ),
    ):
        command = option(command)
    return command


def opening_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of opening a document to a command."""
    for option in (
        _option(
            "--cache",
            metavar="FOLDER|off",
            help="Where large files are cached. [default: DYNCLIENT_CACHE, or your own]",
        ),
        _option(
            "--limit",
            "limits",
            metavar="NAME=NUMBER",
            multiple=True,
            help=f"A limit on SPEC: {', '.join(Limits._fields)}. May be repeated.",
        ),
        savable_opening_options,
    ):
        command = option(command)
    return command


def takes_spec(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of opening a document; the command gets it as `document`."""

    @functools.wraps(command)
    def opened(spec: str, **options: Any) -> None:
        command(document=open_spec(spec, take_opening(options)), **options)

    return opening_options(opened)


def take_opening(options: dict[str, Any]) -> dict[str, Any]:
    """Take the options of opening a document out of those of a command."""
    return {name: options.pop(name) for name in _NAMES}


def known_api(spec: str, profile: str | None) -> SavedApi | None:
    """Return the saved API that SPEC names, with or without a version; None if it names something else.

    Args:
        spec: SPEC, as it was given.
        profile: The value of `--profile`.

    Raises:
        UsageError: There is a profile, but no saved API; or the API has no such profile.
    """
    name, version = name_and_version(spec)
    found = saved_api(name, profile)
    if found is None and profile is not None:
        raise click.UsageError(f"--profile {profile}: {spec} is not a saved API (`dynclient api list` shows them)")
    return (
        found if found is None or version is None else found._replace(settings={**found.settings, "version": version})
    )


def open_spec(spec: str, options: Mapping[str, Any], *, offline: bool = False) -> Document:
    """Open a document as its options say, and, if it is that of a saved API, as these say beside them.

    Args:
        spec: The name or path.
        options: What `take_opening` returns; what it lacks has its default.
        offline: Whether to refuse what would have to be fetched.
    """
    saved = known_api(spec, options.get("profile"))
    if saved is not None:
        spec = saved.spec
        options = {**options} | {
            parameter: options.get(parameter) or saved.settings[name]
            for name, parameter in SAVED.items()
            if name in saved.settings
        }
    if offline and is_url(spec):
        raise SpecError(f"cannot open {spec}", [Problem("document", (), "file", "it would have to be fetched")])
    fields = headers_of(options.get("fetch_headers") or (), secret_names(()), "--fetch-header")
    cache = options.get("cache")
    opening: Any = {name: options.get(name) or () for name in ("roots", "overlays")}
    opening |= {
        "strict": bool(options.get("strict")),
        "specs": options.get("shelves") or (),
        "limits": limits_of(options.get("limits") or ()),
        "fetch": False if offline else fields or bool(options.get("fetch")),
        "cache": False if cache == "off" else cache,
    }
    with said_warnings():
        return load(spec, options.get("version"), **opening)


@contextlib.contextmanager
def said_warnings() -> Iterator[None]:
    """Print warnings of this package as messages."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", DynclientWarning)
        warnings.filterwarnings("always", r".+ is called \w+ now", DeprecationWarning)  # a former name
        warnings.showwarning = lambda message, *_: say(f"Warning: {respelt(str(message))}", "yellow")
        yield
