"""The program: its commands, each one call of the library."""

from __future__ import annotations

import functools
import io
import os
import signal
import sys
import warnings
from collections.abc import Callable
from typing import Any

import click

import dynclient
from dynclient._version import __version__
from dynclient.api.api import Api
from dynclient.api.described import MISSING
from dynclient.api.operation import Operation
from dynclient.cli import details, escaping, manual, outcomes, phrases, tour
from dynclient.cli.caching import cache
from dynclient.cli.inputs import body_of, credentials, headers_of, pairs, value_of
from dynclient.errors import ApiError, AuthError, DynclientError, InvalidRequest, InvalidResponse, TransportError
from dynclient.exchange import Response
from dynclient.opening import load
from dynclient.options import DynclientWarning, Options
from dynclient.problem import Problem
from dynclient.security.scheme import secret_names
from dynclient.spec.access import ALLOW_FETCH, ALLOW_ROOTS
from dynclient.spec.document import Document
from dynclient.wire import mediatype

OK, BROKEN, USAGE, NO_REPLY, INTERRUPTED, NO_READER = 0, 1, 2, 3, 130, 141

_CODES: tuple[tuple[type[DynclientError], int], ...] = (
    (TransportError, NO_REPLY),
    (AuthError, NO_REPLY),
    (ApiError, BROKEN),
    (InvalidResponse, BROKEN),
    (DynclientError, USAGE),
)
_STYLES = {"ok": "green", "broken": "red", "unmatched": "yellow"}


class _Program(click.Group):
    """Turns whatever ends a command into an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DynclientError as error:
            _say(f"Error: {_respelt(str(error))}", "red")
            ctx.exit(next(code for kind, code in _CODES if isinstance(error, kind)))
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            # what is left in the buffer goes nowhere, else the interpreter complains about it on its way out
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(NO_READER)


def _respelt(message: str) -> str:
    """Name the options of opening as the command line does."""
    return message.replace(ALLOW_FETCH, "--fetch allows that").replace(ALLOW_ROOTS, "--root PATH allows more")


def _spec(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say which document; the command gets it opened, as `document`."""

    @functools.wraps(command)
    def opened(
        spec: str,
        version: str | None,
        fetch: bool,
        roots: tuple[str, ...],
        overlays: tuple[str, ...],
        strict: bool,
        **rest: Any,
    ) -> None:
        document = load(spec, version, fetch=fetch, roots=roots, overlays=overlays, strict=strict)
        command(document=document, **rest)

    for option in (
        click.option("--strict", is_flag=True, help="Refuse a document that breaks the OpenAPI Specification."),
        click.option("--overlay", "overlays", metavar="FILE", multiple=True, help="Correct it by an OpenAPI Overlay."),
        click.option(
            "--root", "roots", metavar="PATH", multiple=True, help="A folder or file that references may lead to, too."
        ),
        click.option("--fetch", is_flag=True, help="SPEC, and what it refers to, may come from the network."),
        click.option("--version", metavar="V", help="Version of a document of the catalog; the newest by default."),
    ):
        opened = option(opened)
    return opened


_SPEC = click.argument("spec")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dynclient", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Call, check and mock HTTP APIs by their OpenAPI documents.

    SPEC is a name of the catalog (order_capture, pieces_os) or the path of any OpenAPI 3 document.

    Exit codes: 0 fine; 1 the answer or the traffic breaks the document, or the server answered with an error; 2 wrong
    usage; 3 no connection or no whole reply.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False


@cli.command()
@_JSON
def demo(as_json: bool) -> None:
    """Call all operations of the catalog's documents against their mocks."""
    from dynclient.cli.demo import (
        Server,
        Step,
        steps,  # brings a web server and openapi-core
    )

    made: list[Step] = []
    if not as_json:
        tour.demo_intro()
    for step in steps():
        if isinstance(step, Step):
            made.append(step)
        if as_json:
            continue
        if isinstance(step, Server):
            tour.server_text(step)
        else:
            tour.step_text(step)
    ok = all(step.ok for step in made)
    if as_json:
        click.echo(escaping.json_text({"ok": ok, "calls": [tour.step_data(step) for step in made]}))
    else:
        tour.demo_summary(made)
    sys.exit(OK if ok else BROKEN)


@cli.command()
@_SPEC
@_spec
@_JSON
def ops(document: Document, as_json: bool) -> None:
    """List the operations of SPEC."""
    operations = Api.of(document).operations.operations
    if as_json:
        click.echo(escaping.json_text([details.summary_data(operation) for operation in operations]))
    else:
        manual.operations_table(document, operations)


@cli.command()
@_SPEC
@click.argument("operation")
@_spec
@_JSON
def show(document: Document, operation: str, as_json: bool) -> None:
    """Show what OPERATION of SPEC takes and gives.

    OPERATION is its operationId, its name in snake_case, or "METHOD /path".
    """
    found = Api.of(document).operations[operation]
    if as_json:
        click.echo(escaping.json_text(details.operation_data(found)))
    else:
        manual.operation_text(found, click.get_current_context().params["spec"])


@cli.command()
@_SPEC
@click.argument("operation")
@click.argument("arguments", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--body", metavar="JSON|@FILE|-", help="The body: JSON text, @file, or - for standard input.")
@click.option("--server", metavar="URL", help="The server; the document's first one by default.")
@click.option(
    "--auth",
    multiple=True,
    metavar="NAME=env:VAR|file:PATH|netrc|keyring:SERVICE/USER",
    help="Credentials for a security scheme; user:password where that is `basic`. May be repeated.",
)
@click.option("--timeout", type=click.FloatRange(0, min_open=True), default=30.0, show_default=True, metavar="S")
@click.option("--accept", metavar="TYPES", help="The Accept header; what the document lists by default.")
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="An extra header. May be repeated.")
@click.option(
    "--validate",
    type=click.Choice(["strict", "warn", "off"]),
    default="strict",
    show_default=True,
    help="What happens to a request or reply that breaks the document.",
)
@_spec
@_JSON
def call(
    document: Document,
    operation: str,
    arguments: tuple[str, ...],
    body: str | None,
    server: str | None,
    auth: tuple[str, ...],
    timeout: float,
    accept: str | None,
    headers: tuple[str, ...],
    validate: Any,
    as_json: bool,
) -> None:
    """Call OPERATION of SPEC and print the data of the reply.

    Values are text, turned into what the document asks for: numbers and booleans where it wants those, JSON for arrays,
    objects and parameters that carry JSON; a text stays as it is (`no`, `00123`).
    """
    schemes = Api.of(document).schemes
    try:
        options = Options(
            server=server,
            timeout=timeout,
            accept=accept,
            headers=headers_of(headers, secret_names(schemes.values())),
            validate_requests=validate,
            validate_responses=validate,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    with (
        dynclient.Client(document, auth=credentials(auth, schemes), options=options) as client,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("always", DynclientWarning)
        warnings.showwarning = lambda message, *_: _say(f"Warning: {message}", "yellow")
        found = client.operations[operation]
        response = _send(client, found, arguments, body)
    if as_json:
        click.echo(escaping.json_text(outcomes.reply_data(response)))
    _finish(found, response, validate, as_json=as_json)


def _send(client: dynclient.Client, operation: Operation, arguments: tuple[str, ...], body: str | None) -> Response:
    """Call the operation; what is wrong with the texts is told together with what is wrong with the values."""
    given, text, problems = operation.bind((), pairs(arguments))
    if text is not MISSING and body is not None:
        problems.append(Problem("argument", ("body",), "unknown", "is given twice"))
    values: dict[Any, Any] = {}
    for key, value in given.items():
        try:
            values[key] = value_of(value, operation.by_key[key].wire)
        except ValueError as error:
            problems.append(Problem(key[0], (key[1],), "type", str(error)))
    payload = MISSING
    try:
        if text is not MISSING or body is not None:
            payload = body_of(text if body is None else body, operation)
    except ValueError as error:
        problems.append(Problem("body", (), "media type", str(error)))
    if not problems:
        return client.send(operation.key, values, payload)
    faulty = {(problem.where, problem.path) for problem in problems}
    try:
        client.prepare(operation.key, values, payload)
    except InvalidRequest as error:
        # what could not be read is not also missing
        more = [problem for problem in error.problems if (problem.where, problem.path) not in faulty]
        raise InvalidRequest(error.headline, [*problems, *more]) from None
    raise InvalidRequest(f"{operation.id}: the arguments cannot be read", problems)


def _finish(operation: Operation, response: Response, validate: str, *, as_json: bool) -> None:
    """Print the data, or why there is none, and leave with the exit code."""
    lines = [f"  {problem}" for problem in response.problems]
    if response.status >= 400:
        reply = operation.reply(response.status)
        what = reply.description.partition("\n")[0] if reply is not None else ""
        headline = what if what.startswith(str(response.status)) else f"{response.status} {what}".rstrip()
        _say("\n".join([f"Error: {operation.id}: {headline}", *lines]), "red")
        if response.content and not as_json and not isinstance(response.data, bytes):
            _say(_data_text(response))
        sys.exit(BROKEN)
    if lines:
        strict = validate == "strict"
        what = f"{operation.id}: the reply ({response.status}) breaks the document"
        _say("\n".join([f"{'Error' if strict else 'Warning'}: {what}", *lines]), "red" if strict else "yellow")
        if strict:
            if not as_json:
                _say("  (--validate warn prints its data all the same)")
            sys.exit(BROKEN)
    if response.content and not as_json:
        if isinstance(response.data, bytes):
            sys.stdout.buffer.write(response.data)
        else:
            click.echo(_data_text(response))


def _data_text(response: Response) -> str:
    """Text as it is, everything else as JSON."""
    kind = mediatype.parse(response.headers.get("Content-Type", ""))
    return response.data if isinstance(response.data, str) and not kind.is_json else escaping.json_text(response.data)


@cli.command()
@_SPEC
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port; a free one by default.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same answers.")
@_spec
def mock(document: Document, host: str, port: int, seed: int) -> None:
    """Serve SPEC until Ctrl-C. The first line of the output is the URL."""
    from dynclient.mock.server import Mock  # brings a web server and openapi-core

    # a shell starts what runs in the background with SIGINT ignored, and SIGTERM is to end it as cleanly
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        try:
            server = Mock(document, host=host, port=port, seed=seed)
        except (OSError, SystemExit) as error:  # werkzeug exits where the port is taken
            raise click.UsageError(f"cannot listen on {host}, port {port}") from error
        click.echo(server.url)
        _say(f"{phrases.name_of(document)} is served; Ctrl-C ends it.")
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(OK)


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--spec", required=True, help="The document that the traffic is judged by.")
@click.option(
    "--engine",
    type=click.Choice(["dynclient", "openapi-core"]),
    default="dynclient",
    show_default=True,
    help="Who judges.",
)
@_spec
@_JSON
def check(document: Document, paths: tuple[str, ...], engine: str, as_json: bool) -> None:
    """Judge recorded traffic: one verdict for each exchange.

    PATH is a recording, or a folder of them. An exchange that calls no operation of the document breaks it.
    """
    from dynclient.traffic.judging import judge  # only this command reads recordings

    counts = dict.fromkeys(_STYLES, 0)
    for verdict in judge(paths, document, engine=engine):
        counts[verdict.label] += 1
        if as_json:
            click.echo(escaping.json_text(outcomes.verdict_data(verdict), indent=None))
            continue
        label = click.style(f"{verdict.label:9}", _STYLES[verdict.label])
        first, *rest = outcomes.verdict_lines(verdict)
        click.echo("\n".join([f"{label}  {first}", *(f"{'':11}{line}" for line in rest)]))
    if not as_json:
        told = ", ".join(f"{number} {label}" for label, number in counts.items())
        click.echo(f"{phrases.count(sum(counts.values()), 'exchange')}: {told}")
    sys.exit(OK if counts["ok"] == sum(counts.values()) else BROKEN)


cli.add_command(cache)


def _say(text: str, color: str | None = None) -> None:
    """Tell the user something; standard output is for data."""
    click.secho(escaping.printable(text), fg=color, err=True)


def main() -> None:
    """Run the command line; the entry point of the installed program."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a character that the terminal's encoding does not have is written out, not an error
        sys.stdout.reconfigure(errors="backslashreplace")
    cli(prog_name="dynclient")
