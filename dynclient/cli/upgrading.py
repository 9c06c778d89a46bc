"""`dynclient upgrade`: does another version break recorded traffic, or calls in Python sources?"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from dynclient.api.api import Api
from dynclient.catalog.choosing import place_of_pin
from dynclient.catalog.pins import resolved_digest, set_pin
from dynclient.cli.terminal import json_text, say
from dynclient.opening import load
from dynclient.problem import printable

_COLORS = {"broken": "red", "changed": "yellow", "fine": "green"}


@click.command("upgrade")
@click.argument("api")
@click.argument("version")
@click.option("--from", "old", metavar="V", help="The version in use. [default: the default of API]")
@click.option("--cassettes", multiple=True, metavar="PATH", help="Recordings, or a folder of them. May be repeated.")
@click.option(
    "--code",
    multiple=True,
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help="Python sources, or a folder of them. May be repeated.",
)
@click.option("--specs", multiple=True, metavar="DIR", help="A folder of documents before all others. May be repeated.")
@click.option("--pin", "pins", is_flag=True, help="Pin API to VERSION if nothing breaks.")
@click.option("--all", "shows_all", is_flag=True, help="Show what is fine, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def upgrade_command(
    api: str,
    version: str,
    old: str | None,
    cassettes: tuple[str, ...],
    code: tuple[Path, ...],
    specs: tuple[str, ...],
    pins: bool,
    shows_all: bool,
    as_json: bool,
) -> None:
    """Say what VERSION of API breaks: for each call in Python sources and each recording, why, and what to write instead.

    Nothing is executed. Exit codes: 0 nothing breaks; 1 something does.
    """
    from dynclient.upgrade.advice import advise  # only this command reads recordings and sources

    if not cassettes and not code:
        raise click.UsageError("there is nothing to look at: give --cassettes, --code, or both")
    before, after = (Api.of(load(api, each, specs=specs)) for each in (old, version))
    found = advise(before, after, api, code, _judged(cassettes, before))
    counts: Counter[str] = Counter(advice.outcome for advice in found)
    if as_json:
        versions = {"old": before.document.options.version, "new": after.document.options.version}
        click.echo(
            json_text({"api": api, **versions, "counts": dict(counts), "findings": [_data(each) for each in found]})
        )
    else:
        counted = ", ".join(f"{counts[outcome]} {outcome}" for outcome in _COLORS)
        click.echo(f"{api} {before.document.options.version} -> {after.document.options.version}: {counted}")
        for advice in found:
            if shows_all or advice.outcome != "fine":
                label = click.style(f"{advice.outcome:8}", _COLORS[advice.outcome])
                click.echo("\n".join([f"{label} {printable(advice.headline)}", *_lines(advice)]))
    if not counts["broken"] and pins:
        _pin(api, after, specs)
    sys.exit(1 if counts["broken"] else 0)


def _judged(cassettes: tuple[str, ...], api: Api) -> Iterator[Any]:
    from dynclient.traffic.judging import judge  # see above

    return judge(cassettes, api) if cassettes else iter(())


def _lines(advice: Any) -> Iterator[str]:
    yield from (printable(f"           {reason}") for reason in advice.reasons)
    if advice.instead:
        yield printable(f"           write: {advice.instead}")


def _data(advice: Any) -> dict[str, Any]:
    return {**advice._asdict(), "reasons": list(advice.reasons)}


def _pin(api: str, after: Api, specs: tuple[str, ...]) -> None:
    path, version = place_of_pin(api, specs), str(after.document.options.version)
    set_pin(path, api, version, resolved_digest(after.document))
    say(f"{os.path.relpath(path)} pins {api} to {version}.")
