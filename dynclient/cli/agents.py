"""`dynclient mcp`: the operations of a document for language models."""

from __future__ import annotations

import signal
import socket
from pathlib import Path
from typing import Any

import click

from dynclient.cli.connecting import client_options, make_client, take_saved
from dynclient.cli.helping import SPEC, Command
from dynclient.cli.specs import open_spec, opening_options, said_warnings, take_opening
from dynclient.cli.terminal import api_name, counted, respelt, say
from dynclient.mcp.cutting import SMALLEST
from dynclient.mcp.offer import Offer
from dynclient.toolkit import select_operations

_HOST = "127.0.0.1"
_ROOM = 20_000


@click.command(
    "mcp",
    cls=Command,
    examples=(
        "dynclient mcp order_capture --read-only --auth BearerAuth=env:TOKEN",
        "dynclient mcp shop.yaml --tag orders --port 8080",
    ),
)
@SPEC
@click.option("--operation", "names", multiple=True, metavar="NAME", help="Offer this operation. May be repeated.")
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="TAG",
    help="Offer the operations of this tag. May be repeated. [default: all]",
)
@click.option("--read-only", is_flag=True, help="Offer only what changes nothing: GET, HEAD, OPTIONS, TRACE and QUERY.")
@click.option(
    "--max-output",
    "room",
    type=click.IntRange(SMALLEST),
    default=_ROOM,
    show_default=True,
    metavar="CHARACTERS",
    help="The longest answer of a tool; a longer one says what is left off.",
)
@click.option(
    "--save",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Save replies that are not text there. [default: only their size is told]",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Serve over HTTP at this port of {_HOST} (0: any free one). [default: standard input and output]",
)
@client_options
@opening_options
def mcp_command(
    spec: str,
    names: tuple[str, ...],
    tags: tuple[str, ...],
    read_only: bool,
    room: int,
    folder: Path | None,
    port: int | None,
    **options: Any,
) -> None:
    """Serve SPEC to language models by the Model Context Protocol.

    There are three tools: search finds operations, describe shows the arguments of one, call calls it. The credentials of --auth are added to calls,
    and never shown. Everything but the protocol goes to standard error.
    """
    take_saved(spec, options)
    document = open_spec(spec, take_opening(options))
    with make_client(document, options) as client, said_warnings():
        operations = select_operations(client.operations, names, tags, read_only=read_only)
        if not operations:
            count = len(client.operations)
            message = f"the options leave out all {count} operations of {document.title}"
            raise click.UsageError(message if count else f"{document.title} has no operations")
        server = Offer(client, operations, room=room, folder=folder, respelt=respelt).server()
        what = f"{api_name(document)}: {counted(len(operations), 'operation')}"
        if port is None:
            say(f"{what}, served on standard input and output")
            # the SDK's reader of standard input cannot be interrupted: Ctrl-C would wait for a line
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            server.run()
            return
        with _listening(port) as listening:
            say(f"{what}, served at http://{_HOST}:{listening.getsockname()[1]}/mcp; press Ctrl-C to stop")
            server.run(listening)


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((_HOST, port))
    except OSError as error:
        raise click.UsageError(f"cannot listen at port {port}: {error.strerror or error}") from error
