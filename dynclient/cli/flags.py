"""The options that several commands have, each defined once."""

from __future__ import annotations

from pathlib import Path

import click

from dynclient.cli.helping import options_of

_document = options_of("Options of the document")

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
SPECS = _document(
    "--specs", "shelves", metavar="DIR", multiple=True, help="A folder of documents before all others. May be repeated."
)
FETCH = _document("--fetch", is_flag=True, help="Allow documents and their references to be fetched from the network.")
PROFILE = _document(
    "--profile",
    metavar="NAME",
    help="The profile of a saved API, such as staging. [default: DYNCLIENT_PROFILE, or none]",
)
CASSETTES = click.option(
    "--cassettes", multiple=True, metavar="PATH", help="Recordings, or a folder of them. May be repeated."
)
CODE = click.option(
    "--code",
    multiple=True,
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help="Python sources, or a folder of them. May be repeated.",
)
