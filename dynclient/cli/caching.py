"""`dynclient cache`: the cache of large documents on disk."""

from __future__ import annotations

import json

import click

from dynclient.cli.flags import JSON
from dynclient.cli.helping import Commands
from dynclient.cli.terminal import counted
from dynclient.spec.store import store_of


@click.group("cache", cls=Commands)
def cache_commands() -> None:
    """Show or clear the cache of large documents."""


@cache_commands.command("path")
def cache_path() -> None:
    """Print the folder of the cache."""
    store = store_of()
    click.echo("off" if store is None else str(store.folder))


@cache_commands.command("info")
@JSON
def cache_info(as_json: bool) -> None:
    """Print the number and the size of the cached documents."""
    store = store_of()
    documents, size = (0, 0) if store is None else store.usage()
    folder = None if store is None else str(store.folder)
    if as_json:
        click.echo(json.dumps({"folder": folder, "documents": documents, "bytes": size}))
    else:
        click.echo(f"{counted(documents, 'document')}, {size:,} bytes in {folder}" if folder else "off")


@cache_commands.command("clear")
def cache_clear() -> None:
    """Remove all cached documents."""
    store = store_of()
    files, size = (0, 0) if store is None else store.clear()
    click.echo(f"removed {counted(files, 'file')}, {size:,} bytes")
