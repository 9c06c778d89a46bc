"""`dynclient upgrade`: does another version break recorded traffic, or calls in Python sources?"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dynclient.api.api import Api
from dynclient.catalog.choosing import place_of_pin
from dynclient.catalog.pins import resolved_digest, set_pin
from dynclient.catalog.shelves import editions
from dynclient.cli.flags import CASSETTES, CODE, JSON, SPECS
from dynclient.cli.helping import Command
from dynclient.cli.specs import known_api
from dynclient.cli.terminal import counted, json_text, say
from dynclient.opening import load, name_and_version
from dynclient.problem import printable
from dynclient.redaction import redact_url
from dynclient.spec.urls import is_url

if TYPE_CHECKING:
    from dynclient.upgrade.advice import Advice
    from dynclient.versions.changes import Change

_COLORS = {"broken": "red", "unknown": "yellow", "changed": "yellow", "fine": "green"}


@click.command(
    "upgrade",
    cls=Command,
    codes={1: "a call or a recording breaks, or --pin pins nothing"},
    examples=("dynclient upgrade order_capture 2.1.0 --code src/ --cassettes cassettes/ --pin",),
)
@click.argument("api")
@click.argument("version")
@click.option("--from", "old", metavar="V", help="The version in use. [default: the default of API]")
@CASSETTES
@CODE
@SPECS
@click.option("--pin", "pins", is_flag=True, help="Pin API to VERSION if nothing breaks.")
@click.option("--all", "shows_all", is_flag=True, help="Show what is fine, too.")
@JSON
def upgrade_command(
    api: str,
    version: str,
    old: str | None,
    cassettes: tuple[str, ...],
    code: tuple[Path, ...],
    shelves: tuple[str, ...],
    pins: bool,
    shows_all: bool,
    as_json: bool,
) -> None:
    """Say what VERSION of API breaks: for each call in Python sources and each recording, why, and what to write instead.

    Nothing is executed. What `dynclient diff` finds is listed below, with how many calls and recordings meet it: what breaks readers
    breaks no call, but code that reads the replies. API is a name of the catalog (`dynclient specs`), or a saved API that has one as its
    document.
    """
    from dynclient.upgrade.advice import advise, causes_of  # only this command reads recordings and sources

    if not cassettes and not code:
        raise click.UsageError("there is nothing to look at: give --cassettes, --code, or both")
    api, old, shelves = _in_catalog(api, old, shelves)
    before, after = (Api.of(load(api, each, specs=shelves)) for each in (old, version))
    found = advise(before, after, api, code, _judged(cassettes, before))
    counts: Counter[str] = Counter(advice.outcome for advice in found)
    causes = causes_of(found)
    if as_json:
        versions = {"old": before.document.options.version, "new": after.document.options.version}
        findings = [_data(each, causes) for each in found]
        listed = [cause.to_dict() for cause in causes]
        click.echo(json_text({"api": api, **versions, "counts": dict(counts), "findings": findings, "causes": listed}))
    else:
        shown = [outcome for outcome in _COLORS if counts[outcome] or outcome != "unknown"]
        numbers = ", ".join(f"{counts[outcome]} {outcome}" for outcome in shown)
        click.echo(f"{api} {before.document.options.version} -> {after.document.options.version}: {numbers}")
        _print_all([advice for advice in found if shows_all or advice.outcome != "fine"], causes)
        for line in _causes(causes, found):
            click.echo(line)
    if not found:
        say(f"No call and no recording of {api} was found{', so nothing is pinned' if pins else ''}.", "yellow")
    elif pins and counts["unknown"]:
        say("Nothing is pinned, since not everything is known to be fine.", "yellow")
    elif pins and not counts["broken"]:
        _pin(api, after, shelves)
    sys.exit(1 if counts["broken"] or (pins and (counts["unknown"] or not found)) else 0)


def _in_catalog(api: str, old: str | None, shelves: tuple[str, ...]) -> tuple[str, str | None, tuple[str, ...]]:
    """Return the name that an API has in the catalog, the version in use, and the folders of the catalog; those of a saved API as it is saved.

    Raises:
        UsageError: The document of the saved API is not in the catalog.
    """
    saved = known_api(api, None)
    if saved is not None:
        shelves = (*shelves, *saved.settings.get("specs", ()))
        old = old or saved.settings.get("version")
        if name_and_version(saved.spec)[0] not in editions(shelves):
            where = redact_url(saved.spec) if is_url(saved.spec) else saved.spec
            raise click.UsageError(
                f"{saved.name} is {where}, which is not in the catalog, so it has no other versions "
                "(`dynclient diff OLD NEW --code` compares any two documents)"
            )
        api = saved.spec
    return *name_and_version(api, old), shelves


def _judged(cassettes: tuple[str, ...], api: Api) -> Iterator[Any]:
    from dynclient.traffic.judging import judge  # see above

    return judge(cassettes, api) if cassettes else iter(())


def _causes(causes: list[Change], found: list[Advice]) -> Iterator[str]:
    """Yield what changes between the versions, with how much of it is met."""
    for number, cause in enumerate(causes, 1):
        met = Counter(advice.kind for advice in found if cause in advice.causes)
        kinds = [counted(met[kind], name) for kind, name in (("code", "call"), ("recording", "recording")) if met[kind]]
        whom = f"breaks {', '.join(cause.victims)}" if cause.verdict == "breaks" else "may break somebody"
        yield printable(f"[{number}] {whom}: {cause.message}  {cause.old or cause.new}  ({', '.join(kinds)})")


def _print_all(shown: list[Advice], causes: list[Change]) -> None:
    for advice in shown:
        label = click.style(f"{advice.outcome:8}", _COLORS[advice.outcome])
        click.echo("\n".join([f"{label} {printable(advice.headline)}", *_lines(advice, causes)]))


def _lines(advice: Advice, causes: list[Change]) -> Iterator[str]:
    yield from (printable(f"           {reason}") for reason in advice.reasons)
    if advice.instead:
        yield printable(f"           write: {advice.instead}")
    if advice.causes:
        yield f"           meets: {' '.join(f'[{causes.index(cause) + 1}]' for cause in advice.causes)}"


def _data(advice: Advice, causes: list[Change]) -> dict[str, Any]:
    numbers = [causes.index(cause) for cause in advice.causes]
    return {**advice._asdict(), "reasons": list(advice.reasons), "causes": numbers}


def _pin(api: str, after: Api, specs: tuple[str, ...]) -> None:
    path, version = place_of_pin(api, specs), str(after.document.options.version)
    set_pin(path, api, version, resolved_digest(after.document))
    say(f"{os.path.relpath(path)} pins {api} to {version}.")
