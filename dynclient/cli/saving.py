"""`dynclient api`: APIs under names of the user's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from dynclient.api.api import Api
from dynclient.api.plan import check_server
from dynclient.catalog.shelves import editions
from dynclient.cli.connecting import client_settings, savable_client_options
from dynclient.cli.flags import JSON, PROFILE
from dynclient.cli.helping import Commands, CompletedArgument
from dynclient.cli.inputs import credential_places, header_places
from dynclient.cli.saved import (
    CALLING,
    NO_PROFILE,
    OPENING,
    SavedApi,
    check_name,
    no_saved_api,
    remove_api,
    save_api,
    saved_api,
    saved_file,
    saved_names,
)
from dynclient.cli.specs import SAVED, open_spec, savable_opening_options
from dynclient.cli.terminal import api_name, json_text, say
from dynclient.names import nearest
from dynclient.opening import name_and_version
from dynclient.problem import printable
from dynclient.redaction import redact_url
from dynclient.security.scheme import secret_names
from dynclient.spec.document import Document
from dynclient.spec.urls import is_url

#: A credential that is in a file: `NAME=file:PATH` of an option for credentials, `NAME: file:PATH` of one for header fields.
_FILE = re.compile(r"([^=:]*(?:=|:\s*)file:)(.*)\Z", re.DOTALL)
_NAME = click.argument("api", metavar="NAME", cls=CompletedArgument)


@click.group("api", cls=Commands)
def api_commands() -> None:
    """Save documents with their servers and credentials under names of your own.

    Then `dynclient NAME OPERATION` calls, and NAME is a SPEC for every command. `--profile` is for further servers of the same
    API, such as staging. Nothing secret is kept, only where it is: in an environment variable, a file, or the system's keyring.
    """


@api_commands.command(
    "add",
    examples=(
        "dynclient api add shop shop.yaml --server https://shop.example.com --auth Client-Id=env:SHOP_KEY",
        "dynclient api add shop --profile staging --server https://staging.example.com --auth Client-Id=env:STAGING_KEY",
        "dynclient shop create-checkout retailUnit=no",
        "dynclient shop create-checkout retailUnit=no --profile staging",
    ),
)
@_NAME
@click.argument("spec", required=False, cls=CompletedArgument)
@savable_client_options
@savable_opening_options
@click.option("--replace", is_flag=True, help="Replace one that is saved already.")
def add_api(api: str, spec: str | None, profile: str | None, *, replace: bool, **options: Any) -> None:
    """Save SPEC, with the options that every call shall have, as NAME; or with --profile what is other in that profile.

    A profile that names another server takes no credentials from the API: give it its own.
    """
    ctx = click.get_current_context()
    check_name(api, ctx.find_root().command.commands)  # type: ignore[attr-defined]  # it is a group
    settings = _settings(ctx)
    _refuse_secrets(spec, options)
    if profile == NO_PROFILE:
        raise click.UsageError(f"the profile {NO_PROFILE} is the API itself: leave out --profile")
    if profile is not None:
        check_name(profile)
        known = saved_api(api, NO_PROFILE)
        if known is None:
            raise click.UsageError(f"there is no API {api!r} yet; add it without --profile first")
        if not settings and spec is None:
            raise click.UsageError(f"the profile {profile} must change something, such as --server")
        document = open_spec(spec or known.spec, {**_opening(known), **{k: v for k, v in options.items() if v}})
    elif spec is None:
        raise click.UsageError("name the document: dynclient api add NAME SPEC")
    else:
        document = open_spec(spec, options)
    other = saved_api(spec, NO_PROFILE) if spec is not None else None
    if other is not None and other.spec != spec:
        raise click.UsageError(f"{spec} is a saved API itself; name its document: {other.spec}")
    _check(document, options)
    path = save_api(api, _lasting(spec), {**settings, **_shelf_of(spec, settings)}, profile, replace=replace)
    say(f"saved in {path}: {api_name(document)}")
    click.echo(api if profile is None else f"{api} --profile {profile}")


def _opening(known: SavedApi) -> dict[str, Any]:
    return {SAVED[name]: value for name, value in known.settings.items() if name in SAVED}


def _settings(ctx: click.Context) -> dict[str, Any]:
    """Return the options that were given, by their long names, as they are kept."""
    found: dict[str, Any] = {}
    for parameter in ctx.command.params:
        name = next((text[2:] for text in parameter.opts if text[2:] in {**OPENING, **CALLING}), None)
        if (
            name is None
            or parameter.name is None
            or ctx.get_parameter_source(parameter.name) is not ParameterSource.COMMANDLINE
        ):
            continue
        value = ctx.params[parameter.name]
        kind = {**OPENING, **CALLING}[name]
        found[name] = (
            list(value) if kind is list else ("none" if value == inf else str(value)) if kind is str else value
        )
    for name in ("root", "overlay", "specs"):
        if name in found:
            found[name] = [str(Path(place).absolute()) for place in found[name]]
    for name in ("auth", "header", "fetch-header"):
        if name in found:
            found[name] = [_FILE.sub(_with_whole_path, text) for text in found[name]]
    return found


def _with_whole_path(found: re.Match[str]) -> str:
    return f"{found[1]}{Path(found[2]).absolute()}"


def _lasting(spec: str | None) -> str | None:
    """Return SPEC so that it means the same in every folder."""
    if spec is None or is_url(spec) or not Path(spec).exists():
        return spec
    return str(Path(spec).absolute())


def _shelf_of(spec: str | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the folder of the catalog that SPEC is found in only because it is below the current folder."""
    name = name_and_version(spec)[0] if spec is not None else ""
    known = editions(()).get(name, {}) if "specs" not in settings else {}
    local = Path("specs").absolute()
    return {"specs": [str(local)]} if any(edition.shelf == local for edition in known.values()) else {}


def _refuse_secrets(spec: str | None, options: Mapping[str, Any]) -> None:
    for name, url, option in (("SPEC", spec, "--fetch-header"), ("--server", options["server"], "--auth")):
        if url is not None and is_url(url) and redact_url(url) != url:
            raise click.UsageError(f"{name} holds a secret, and secrets are not saved; {option} says where one is")


def _check(document: Document, options: Mapping[str, Any]) -> None:
    """Refuse what no call could use, and secrets in place of where they are."""
    schemes = Api.of(document).schemes
    texts = options["auth"]
    places = {} if texts == ("none",) else credential_places(texts)
    unknown = [name for name in places if name not in schemes]
    if unknown:
        hint = nearest(unknown[0], schemes) or f"it has {', '.join(schemes) or 'none'}"
        raise click.UsageError(f"{document.title} has no security scheme {unknown[0]!r} ({hint})")
    header_places(options["headers"], secret_names(schemes.values()))
    header_places(options["fetch_headers"], secret_names(()), "--fetch-header")
    check_server(Api.of(document).operations, client_settings(document, {**options, "headers": ()}))


@api_commands.command("list")
@JSON
def list_apis(*, as_json: bool) -> None:
    """List the saved APIs and their profiles."""
    found = [api for name in saved_names() if (api := saved_api(name, NO_PROFILE)) is not None]
    if as_json:
        click.echo(json_text([_data(api) for api in found]))
        return
    for api in found:
        click.echo(
            printable("\t".join([api.name, api.spec, str(api.settings.get("server", "")), ", ".join(api.profiles[1:])]))
        )
    commands = click.get_current_context().find_root().command.commands  # type: ignore[attr-defined]  # it is a group
    for api in found:
        if api.name in commands:
            say(f"{api.name} is a command, too: `dynclient call {api.name} OPERATION` calls the API", "yellow")
    if not found:
        say("No API is saved; `dynclient api add NAME SPEC` saves one.")


@api_commands.command("show")
@_NAME
@PROFILE
@JSON
def show_api(api: str, profile: str | None, *, as_json: bool) -> None:
    """Show what is saved of NAME, as one of its profiles has it."""
    found = saved_api(api, profile)
    if found is None:
        raise no_saved_api(api)
    if as_json:
        click.echo(json_text(_data(found)))
        return
    rows = {"spec": found.spec, **found.settings, "profile": found.profile, "profiles": ", ".join(found.profiles)}
    for name, value in rows.items():
        for text in value if isinstance(value, list) else [value]:
            click.echo(printable(f"{name:13} {'yes' if text is True else text}"))
    say(f"in {saved_file()}")


def _data(api: SavedApi) -> dict[str, Any]:
    return {"name": api.name, "profile": api.profile, "spec": api.spec, **api.settings, "profiles": list(api.profiles)}


@api_commands.command("remove")
@_NAME
@PROFILE
def forget_api(api: str, profile: str | None) -> None:
    """Remove NAME, or with --profile one of its profiles."""
    if profile == NO_PROFILE:
        raise click.UsageError(
            f"the profile {NO_PROFILE} is {api} itself; leave out --profile to remove it with all profiles"
        )
    path = remove_api(api, profile)
    say(f"removed from {path}: {api if profile is None else f'{api} --profile {profile}'}")
