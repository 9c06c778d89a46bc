"""`dynclient specs`: the documents of the catalog, new versions, and pins."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from dynclient.catalog.choosing import choose, pin_of, place_of_pin, settings_without_api
from dynclient.catalog.ordering import is_preview
from dynclient.catalog.pins import add_version, resolved_digest, set_pin
from dynclient.catalog.shelves import Edition, editions
from dynclient.cli.flags import JSON, SPECS
from dynclient.cli.helping import Commands
from dynclient.cli.terminal import json_text, respelt, say
from dynclient.errors import SpecError
from dynclient.names import nearest, snake_case
from dynclient.opening import load
from dynclient.problem import printable
from dynclient.spec.urls import is_url


@click.group("specs", cls=Commands, invoke_without_command=True)
@SPECS
@JSON
@click.pass_context
def specs_commands(ctx: click.Context, shelves: tuple[str, ...], as_json: bool) -> None:
    """List the documents of the catalog: APIs, versions, pins, and what is wrong with them.

    The catalog is searched in the folders of --specs, of DYNCLIENT_SPECS, in ./specs, and in what comes with dynclient.
    The default of an API is marked with a star. Exit code 1 if anything is wrong.
    """
    if ctx.invoked_subcommand is not None:
        return
    said: set[str] = set()
    catalog = editions(shelves)
    found = [_api_data(api, known, shelves, said) for api, known in catalog.items()]
    found += [_missing_api(api, place, catalog) for api, place in settings_without_api(catalog, shelves)]
    if as_json:
        click.echo(json_text(found))
    else:
        for line in (line for api in found for line in _lines(api)):
            click.echo(printable(line))
    broken = any(api["problems"] or any(each["problems"] for each in api["versions"]) for api in found)
    sys.exit(1 if broken else 0)


def _api_data(api: str, known: dict[str, Edition], specs: tuple[str, ...], said: set[str]) -> dict[str, Any]:
    """Return what there is of an API as plain data.

    Args:
        api: The name of the API.
        known: Its versions.
        specs: The folders that come before all others.
        said: The problems of the settings that were said before, which concern all APIs and versions of a folder; it receives those of this one.
    """
    problems: list[str] = []
    default, pin = "", ("", "")
    try:
        pin = pin_of(api, specs)
        default = choose(api, None, specs).edition.version
    except SpecError as error:
        fresh = [problem.message for problem in error.problems if problem.message not in said]
        said.update(fresh)
        problems += map(respelt, fresh)
    versions = [_version_data(edition, specs, said) for edition in known.values()]
    return {
        "api": api,
        "default": default,
        "pin": pin[0],
        "pinned_by": pin[1],
        "versions": versions,
        "problems": problems,
    }


def _missing_api(api: str, place: str, catalog: Iterable[str]) -> dict[str, Any]:
    hint = nearest(api, catalog)
    problem = f"{place} has settings for it, but the catalog has no such API{f'; {hint}' if hint else ''}"
    return {"api": api, "default": "", "pin": "", "pinned_by": "", "versions": [], "problems": [problem]}


def _version_data(edition: Edition, specs: tuple[str, ...], said: set[str]) -> dict[str, Any]:
    data = {"version": edition.version, "path": str(edition.path), "preview": is_preview(edition.version)}
    try:
        load(edition.api, edition.version, specs=specs)
    except SpecError as error:
        fresh = [problem for problem in error.problems if problem.message not in said]
        return {**data, "problems": [respelt(f"{error.headline}: {problem.message}") for problem in fresh]}
    return {**data, "problems": []}


def _lines(api: dict[str, Any]) -> Iterator[str]:
    pin = f"  (pinned to {api['pin']} by {api['pinned_by']})" if api["pin"] else ""
    yield f"{api['api']}{pin}"
    yield from (f"  ! {problem}" for problem in api["problems"])
    for each in api["versions"]:
        star = "*" if each["version"] == api["default"] else " "
        yield f"  {star} {each['version']}{'  preview' if each['preview'] else ''}  {each['path']}"
        yield from (f"    ! {problem}" for problem in each["problems"])


@specs_commands.command("add", examples=("dynclient specs add shop-2.1.yaml --api shop --version 2.1.0",))
@click.argument("document", metavar="FILE|URL")
@click.option(
    "--api", "name", metavar="NAME", help="The name of the API. [default: the document's title in snake_case]"
)
@click.option("--version", metavar="V", help="The version. [default: the document's `info.version`]")
@click.option("--to", "folder", metavar="DIR", default="specs", show_default=True, help="The folder of documents.")
def add_spec(document: str, name: str | None, version: str | None, folder: str) -> None:
    """Put a document into a folder of the catalog, with the files that it refers to. Nothing is overwritten."""
    found = load(document, fetch=is_url(document), cache=False)
    if version is None:
        version = str(found.info.get("version", "")).removeprefix("v")
    place = add_version(found, Path(folder), name or snake_case(found.title), version)
    click.echo(str(place))


@specs_commands.command("pin", examples=("dynclient specs pin order_capture 2.1.0",))
@click.argument("api")
@click.argument("version")
@SPECS
def pin_spec(api: str, version: str, shelves: tuple[str, ...]) -> None:
    """Pin API to VERSION and to its content, in a dynclient.toml: other content of that version is an error from then on."""
    document = load(api, version, specs=shelves, cache=False)
    path, digest = place_of_pin(api, shelves), resolved_digest(document)
    exact = str(document.options.version)
    set_pin(path, api, exact, digest)
    click.echo(f"{api} {exact} {digest}")
    say(f"{os.path.relpath(path)} pins it.")
