"""The program and its commands; each command is one call of the library."""

from __future__ import annotations

import functools
import io
import os
import signal
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

import dynclient
from dynclient._version import __version__
from dynclient.api.api import Api
from dynclient.api.inwords import schema_data
from dynclient.api.manual import operation_data, summary_data
from dynclient.api.operation import Operation
from dynclient.api.unpack import body_secrets
from dynclient.cli import outcomes
from dynclient.cli.agents import mcp_command
from dynclient.cli.bar import shown_progress
from dynclient.cli.caching import cache_commands
from dynclient.cli.checks import check_command
from dynclient.cli.connecting import client_options, make_client
from dynclient.cli.diffing import diff_command
from dynclient.cli.inputs import read_arguments
from dynclient.cli.page import operation_page, operations_table, schema_page
from dynclient.cli.shelving import specs_commands
from dynclient.cli.specs import open_spec, opening_options, said_warnings, take_opening
from dynclient.cli.terminal import api_name, counted, json_text, log_to_terminal, respelt, say
from dynclient.cli.tour import run_tour
from dynclient.cli.upgrading import upgrade_command
from dynclient.errors import ApiError, AuthError, DynclientError, InvalidRequest, InvalidResponse, TransportError
from dynclient.problem import printable
from dynclient.spec.document import Document
from dynclient.wire.jsontext import dumps

_T = TypeVar("_T")

OK, BROKEN, USAGE, NO_REPLY, INTERRUPTED, NO_READER = 0, 1, 2, 3, 130, 141

_CODES: tuple[tuple[type[DynclientError], int], ...] = (
    (TransportError, NO_REPLY),
    (AuthError, NO_REPLY),
    (ApiError, BROKEN),
    (InvalidResponse, BROKEN),
    (DynclientError, USAGE),
)


class _Program(click.Group):
    """Turns the exception that ends a command into an exit code."""

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
            # without this, the interpreter fails to flush the rest of the buffer at exit, and says so
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(NO_READER)


def _explained(error: click.NoSuchOption) -> click.UsageError:
    """Return the error of an option that may be meant as an argument of an operation, with how that is written."""
    if error.ctx is None or all(each.name != "arguments" for each in error.ctx.command.params):
        return error
    name = error.option_name.lstrip("-")
    return click.UsageError(
        f"{error.format_message()} An argument of the operation is written without dashes: {name}=VALUE", error.ctx
    )


def _spec(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of opening a document; the command gets it as `document`."""

    @functools.wraps(command)
    def opened(spec: str, **options: Any) -> None:
        command(document=open_spec(spec, take_opening(options)), **options)

    return opening_options(opened)


_SPEC = click.argument("spec")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dynclient", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Call, check and mock HTTP APIs by their OpenAPI documents.

    SPEC is a name of the catalog (order_capture, pieces_os), with or without a
    version (order_capture@2.1.0), or the path of any OpenAPI 3 or Swagger 2.0
    document, or its URL with --fetch.

    Exit codes: 0 success; 1 the reply or the traffic breaks the document, or the server answered with an error; 2 wrong
    usage; 3 no connection, or no complete reply.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False


@cli.command()
@_JSON
def demo(as_json: bool) -> None:
    """Call every operation of the catalog against a mock."""
    from dynclient.cli.demo import steps  # imports a web server and openapi-core

    sys.exit(OK if run_tour(steps(), as_json=as_json) else BROKEN)


@cli.command()
@_SPEC
@_spec
@_JSON
def ops(document: Document, as_json: bool) -> None:
    """List the operations of SPEC."""
    operations = Api.of(document).operations.operations
    if as_json:
        click.echo(json_text([summary_data(operation) for operation in operations]))
    else:
        operations_table(document, operations)


@cli.command("show")
@_SPEC
@click.argument("operation")
@_spec
@_JSON
def show_operation(document: Document, operation: str, as_json: bool) -> None:
    """Show the arguments, body, replies and security of OPERATION.

    OPERATION is its operationId, its name in snake_case, or "METHOD /path".
    """
    found = Api.of(document).operations[operation]
    if as_json:
        click.echo(json_text(operation_data(found)))
    else:
        operation_page(found, click.get_current_context().params["spec"])


@cli.command("schema")
@_SPEC
@click.argument("name")
@_spec
@_JSON
def show_schema(document: Document, name: str, as_json: bool) -> None:
    """Show the schema NAME of SPEC: its type, values and members.

    NAME is a component's name; NAME.MEMBER goes on to a member of it, through arrays too.
    """
    data = schema_data(document, name)
    if as_json:
        click.echo(json_text(data))
    else:
        schema_page(data)


@cli.command("stubs")
@_SPEC
@click.option(
    "-o", "--output", metavar="FILE.pyi|FOLDER", help="A module, or the folder of a package with a module for each tag."
)
@click.option("--check", is_flag=True, help="Write nothing; print what differs, and exit with 1 if anything does.")
@_spec
def write_stubs(document: Document, output: str | None, check: bool) -> None:
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


@cli.command()
@_SPEC
@click.argument("operation")
@click.argument("arguments", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--body", metavar="JSON|@FILE|-", help="The body: JSON text, @FILE, or - for standard input.")
@click.option(
    "-F",
    "--form",
    multiple=True,
    metavar="NAME=VALUE|NAME=@FILE[;type=TYPE][;filename=NAME]",
    help="A field of a form; @FILE sends a file, @@ starts a text with an @. May be repeated.",
)
@client_options
@click.option("--accept", metavar="TYPES", help="The Accept header. [default: the media types of the document]")
@click.option(
    "--all", "all_pages", is_flag=True, help="Follow the pages, and print their items, each as a line of JSON."
)
@click.option(
    "--max-pages", type=click.IntRange(1), default=None, help="With --all: the most pages. [default: all of them]"
)
@click.option(
    "--progress/--no-progress", default=None, help="Show how far bodies are. [default: large ones, on a terminal]"
)
@click.option("--dry-run", is_flag=True, help="Print the request, and send nothing. Credentials are masked.")
@click.option(
    "--curl", is_flag=True, help="Print the request as a command of curl, and send nothing. Credentials are masked."
)
@_spec
@_JSON
def call(
    document: Document,
    operation: str,
    arguments: tuple[str, ...],
    body: str | None,
    form: tuple[str, ...],
    accept: str | None,
    all_pages: bool,
    max_pages: int | None,
    progress: bool | None,
    dry_run: bool,
    curl: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Call OPERATION of SPEC and print the data of the reply.

    The document says how a VALUE is read: as a number or a boolean, as JSON for arrays, objects and parameters that
    carry JSON, else as text (`no` and `00123` stay as they are). An array may also be given item by item: tag=a tag=b.
    """
    with (
        shown_progress(progress) as report,
        make_client(document, settings, accept=accept, max_pages=max_pages, progress=report) as client,
        said_warnings(),
    ):
        found = client.operations[operation]
        if dry_run or curl:
            request = _given_to(client.prepare, found, arguments, body, form)
            outcomes.print_request(request, body_secrets(found, request), as_curl=curl, as_json=as_json)
            return
        if all_pages:
            _given_to(partial(_print_items, client), found, arguments, body, form, client.prepare)
            return
        response = _given_to(client.send, found, arguments, body, form, client.prepare)
        if as_json:
            click.echo(json_text(outcomes.reply_data(response)))
        good = outcomes.print_reply(found, response, client._check, as_json=as_json)  # noqa: SLF001  public names could be operations
    sys.exit(OK if good else BROKEN)


def _print_items(client: dynclient.Client, name: str, values: Mapping[Any, Any], payload: Any) -> None:
    """Print the items of all pages, each as a line of JSON."""
    for item in client._items(client.operations[name], (values, payload, [])):  # noqa: SLF001  public names could be operations
        click.echo(dumps(item))


def _given_to(
    function: Callable[..., _T],
    operation: Operation,
    arguments: tuple[str, ...],
    body: str | None,
    form: tuple[str, ...],
    prepare: Callable[..., Any] | None = None,
) -> _T:
    """Give an operation and its arguments to a function; report texts that cannot be read together with values that break the document."""
    values, payload, problems = read_arguments(operation, arguments, body, form)
    if not problems:
        return function(operation.key, values, payload)
    unread = {(problem.where, problem.path) for problem in problems}
    try:
        (prepare or function)(operation.key, values, payload)
    except InvalidRequest as error:
        # a value that could not be read is not missing as well
        more = [problem for problem in error.problems if (problem.where, problem.path) not in unread]
        raise InvalidRequest(error.headline, [*problems, *more]) from None
    raise InvalidRequest(f"{operation.id}: the arguments cannot be read", problems)


@cli.command()
@_SPEC
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
@_spec
def mock(document: Document, host: str, port: int, seed: int, judge: Any, no_validate: bool) -> None:
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


cli.add_command(cache_commands)
cli.add_command(diff_command)
cli.add_command(check_command)
cli.add_command(mcp_command)
cli.add_command(specs_commands)
cli.add_command(upgrade_command)


def main() -> None:
    """Run the command line. This is the entry point of the installed program."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # escape a character that the terminal's encoding does not have, instead of failing
        sys.stdout.reconfigure(errors="backslashreplace")
    cli(prog_name="dynclient")
