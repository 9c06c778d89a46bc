"""`dynclient cache`: what is kept on disk of large documents."""

from __future__ import annotations

import json

import click

from dynclient.spec.store import store_of


@click.group()
def cache() -> None:
    """Show or clear what is kept on disk of large documents, so that they open quickly."""


@cache.command("path")
def cache_path() -> None:
    """Print the folder."""
    store = store_of()
    click.echo("off" if store is None else str(store.folder))


@cache.command("info")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def cache_info(as_json: bool) -> None:
    """Say how much is kept."""
    store = store_of()
    documents, size = (0, 0) if store is None else store.usage()
    folder = None if store is None else str(store.folder)
    if as_json:
        click.echo(json.dumps({"folder": folder, "documents": documents, "bytes": size}))
    else:
        click.echo(f"{documents} documents, {size:,} bytes in {folder}" if folder else "off")


@cache.command("clear")
def cache_clear() -> None:
    """Remove everything that is kept."""
    store = store_of()
    documents, size = (0, 0) if store is None else store.clear()
    click.echo(f"removed {documents} files, {size:,} bytes")
