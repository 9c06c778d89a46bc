"""The program and its commands; each command is one call of the library."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from pathlib import Path
from typing import Any

import click

from dynclient._version import __version__
from dynclient.api.api import Api
from dynclient.cli.agents import mcp_command
from dynclient.cli.browsing import ops_command, schema_command, show_command
from dynclient.cli.caching import cache_commands
from dynclient.cli.calling import call_command, saved_command
from dynclient.cli.checks import check_command
from dynclient.cli.diffing import diff_command
from dynclient.cli.flags import JSON
from dynclient.cli.helping import SPEC, Commands
from dynclient.cli.saved import saved_names
from dynclient.cli.saving import api_commands
from dynclient.cli.shells import PROGRAM, completion_command
from dynclient.cli.shelving import specs_commands
from dynclient.cli.specs import takes_spec
from dynclient.cli.terminal import api_name, counted, log_to_terminal, respelt, say
from dynclient.cli.tour import run_tour
from dynclient.cli.upgrading import upgrade_command
from dynclient.errors import ApiError, AuthError, DynclientError, InvalidResponse, TransportError
from dynclient.extras import MissingExtra
from dynclient.names import nearest
from dynclient.problem import printable
from dynclient.spec.document import Document

OK, BROKEN, USAGE, NO_REPLY, INTERRUPTED, NO_READER = 0, 1, 2, 3, 130, 141

_CODES: tuple[tuple[type[DynclientError], int], ...] = (
    (MissingExtra, USAGE),
    (TransportError, NO_REPLY),
    (AuthError, NO_REPLY),
    (ApiError, BROKEN),
    (InvalidResponse, BROKEN),
    (DynclientError, USAGE),
)


def _explained(error: click.NoSuchOption) -> click.UsageError:
    """Return the error of an option that may be meant as an argument of an operation, with how that is written."""
    if error.ctx is None or all(each.name != "arguments" for each in error.ctx.command.params):
        return error
    name = error.option_name.lstrip("-")
    return click.UsageError(
        f"{error.format_message()} An argument of the operation is written without dashes: {name}=VALUE", error.ctx
    )


def _drop_output() -> None:
    """Let the rest of the output go nowhere: the interpreter would fail to flush it at exit, and say so."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Program(Commands):
    """Turns the exception that ends a command into an exit code, and takes saved APIs for commands."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            raise _explained(error) from None
        except DynclientError as error:
            say(f"Error: {respelt(str(error))}", "red")
            ctx.exit(next(code for kind, code in _CODES if isinstance(error, kind)))
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            _drop_output()
            ctx.exit(NO_READER)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            _drop_output()
            say(f"Error: the output cannot be written: {error.strerror}", "red")
            ctx.exit(USAGE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; one of a saved API if no other has the name."""
        return super().get_command(ctx, cmd_name) or saved_command(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of the first word; for one that is not there, name the nearest ones."""
        name = args[0]
        if not ctx.resilient_parsing and not name.startswith("-") and self.get_command(ctx, name) is None:
            hint = nearest(name, [*self.commands, *saved_names()]) or "`dynclient --help` lists them"
            raise click.UsageError(f"there is no command and no saved API {name!r} ({hint})", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, and the saved APIs."""
        super().format_commands(ctx, formatter)
        try:
            names = saved_names()
        except click.UsageError:
            return  # whoever uses one is told what is wrong
        if names:
            with formatter.section("Saved APIs"):
                formatter.write_dl([(name, f"Call an operation of {name}.") for name in names])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Return what a shell may offer: commands, saved APIs and options."""
        from dynclient.cli.completing import completions_of  # only a shell that completes needs it

        return [*(completions_of("api", ctx, incomplete) or ()), *super().shell_complete(ctx, incomplete)]


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
@click.option("--no-pager", is_flag=True, help="Print long output without a pager. NO_PAGER=1 does the same.")
@click.pass_context
def cli(ctx: click.Context, *, no_pager: bool) -> None:  # noqa: ARG001  pager looks at it
    """Call, check and mock HTTP APIs by their OpenAPI documents.

    SPEC is the name of a saved API (`dynclient api`) or of the catalog (order_capture, pieces_os, order_capture@2.1.0),
    the path of any OpenAPI 3 or Swagger 2.0 document, or its URL, with --fetch.

    Exit codes: 0 success; 1 the reply or the traffic breaks the document, or the server answered with an error; 2 wrong
    usage; 3 no connection, or no complete reply.

    On a terminal, output has colours (not with NO_COLOR, elsewhere too with FORCE_COLOR), and what is longer than it goes through a
    pager (DYNCLIENT_PAGER, else PAGER, else less).
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False
    elif os.environ.get("FORCE_COLOR"):
        ctx.color = True


@cli.command(
    "demo", codes={1: "a call went wrong"}, examples=("dynclient demo", "dynclient demo -v", "dynclient demo --json")
)
@click.option("-v", "--verbose", is_flag=True, help="Show the request and the reply of every call.")
@JSON
def demo_command(*, verbose: bool, as_json: bool) -> None:
    """Call every operation of the catalog against a mock."""
    from dynclient.cli.demo import steps  # imports a web server and openapi-core

    sys.exit(OK if run_tour(steps(), as_json=as_json, verbose=verbose) else BROKEN)


@cli.command(
    "stubs",
    codes={1: "with --check: the files differ from the document"},
    examples=("dynclient stubs shop.yaml -o shop.pyi", "dynclient stubs shop.yaml -o shop.pyi --check"),
)
@SPEC
@click.option(
    "-o", "--output", metavar="FILE.pyi|FOLDER", help="A module, or the folder of a package with a module for each tag."
)
@click.option("--check", is_flag=True, help="Write nothing; print what differs, and exit with 1 if anything does.")
@takes_spec
def stubs_command(document: Document, output: str | None, *, check: bool) -> None:
    """Write SPEC as Python types, for type checkers and editors.

    Beside the stub stands a module, so that `from shop import Client` type-checks and runs. Without -o, the stub is printed.
    """
    from dynclient.stubs.modules import differences, stub_files, write_files  # imports asyncio, for its client

    if check and output is None:
        raise click.UsageError("--check compares files: give them with -o")
    target = Path(output or "stubs.pyi")
    files = stub_files(Api.of(document), target)
    if output is None:
        click.echo(files[target], nl=False)
    elif not check:
        write_files(files, target)
        say(f"{output}: {counted(len(Api.of(document).operations), 'operation')} in {counted(len(files), 'file')}")
    elif found := differences(files, target):
        click.echo("\n".join(printable(line) for line in found))
        say(f"Error: {output} is not what the document says now (without --check, this command writes it)", "red")
        sys.exit(BROKEN)


@cli.command(
    "mock", examples=("dynclient mock order_capture --port 8080", "dynclient mock shop.yaml --no-validate --seed 7")
)
@SPEC
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port. [default: any free one]")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same answers.")
@click.option(
    "--judge",
    type=click.Choice(["dynclient", "openapi-core"]),
    default="dynclient",
    show_default=True,
    help="Who judges the requests.",
)
@click.option("--no-validate", is_flag=True, help="Do not judge requests: each gets a success.")
@takes_spec
def mock_command(document: Document, host: str, port: int, seed: int, judge: Any, *, no_validate: bool) -> None:
    """Serve SPEC until Ctrl-C. The first line of the output is the URL.

    Each request is a line on standard error: method, path, status, operation, milliseconds, and why it was refused.
    """
    from dynclient.mock.server import Mock  # imports a web server

    # a shell starts background jobs with SIGINT ignored; SIGTERM ends the mock as cleanly as Ctrl-C
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        try:
            server = Mock(document, host=host, port=port, seed=seed, judge=judge, validate=not no_validate)
        except OSError as error:
            raise click.UsageError(error.strerror or str(error)) from error
        log_to_terminal(server.log)
        click.echo(server.url)
        say(f"{api_name(document)} is being served; press Ctrl-C to stop.")
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(OK)


for _command in (
    api_commands,
    cache_commands,
    call_command,
    check_command,
    completion_command,
    diff_command,
    mcp_command,
    ops_command,
    schema_command,
    show_command,
    specs_commands,
    upgrade_command,
):
    cli.add_command(_command)


def main() -> None:
    """Run the command line. This is the entry point of the installed program."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # escape a character that the terminal's encoding does not have, instead of failing
        sys.stdout.reconfigure(errors="backslashreplace")
    cli(prog_name=PROGRAM)
