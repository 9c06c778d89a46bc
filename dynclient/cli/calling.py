"""`dynclient call`: an operation called, and its reply printed; also as `dynclient API OPERATION` for a saved API."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import click

import dynclient
from dynclient.api.api import Api
from dynclient.api.operation import Operation
from dynclient.api.unpack import body_secrets
from dynclient.cli import outcomes
from dynclient.cli.bar import TransferBars, shown_progress
from dynclient.cli.connecting import client_options, make_client, take_saved
from dynclient.cli.download import check_target, save
from dynclient.cli.given import given_to
from dynclient.cli.helping import NO_REPLY_HELP, OPERATION, SPEC, Command, CompletedArgument, options_of
from dynclient.cli.page import operation_text, operations_text
from dynclient.cli.pager import show_text
from dynclient.cli.rendering import FORMS, Output, output_of
from dynclient.cli.saved import saved_api
from dynclient.cli.specs import (
    known_api,
    open_spec,
    opening_options,
    said_warnings,
    take_opening,
)
from dynclient.cli.terminal import say
from dynclient.errors import ApiError, DynclientError
from dynclient.exchange import Response
from dynclient.streaming import Stream

BROKEN = 1
_request = options_of("Options of the request")
_output = options_of("Options of the output")

_OPTIONS = (
    _request(
        "--body",
        multiple=True,
        metavar="JSON|@FILE|-|NAME=VALUE",
        help="The body: JSON text, @FILE, or - for standard input. Or a field of it, as an argument; may then be repeated.",
    ),
    _request(
        "-F",
        "--form",
        multiple=True,
        metavar="NAME=VALUE",
        help="A field of the body, which is sent as a form though the document offers JSON first. May be repeated.",
    ),
    _request("--accept", metavar="TYPES", help="The Accept header. [default: the media types of the document]"),
    _output(
        "--query", metavar="JMESPATH", help="Print only what this JMESPath expression finds in the data of the reply."
    ),
    _output(
        "--output",
        "output_form",
        type=click.Choice(FORMS),
        help="Print data so. `raw` prints the bytes of the body as they come, not validated; with --query, texts without "
        "quotes. [default: json; text and bytes as they are]",
    ),
    _output(
        "--save",
        metavar="FILE|FOLDER",
        help="Write the body to a file, as it comes, not validated. Nothing is overwritten. In a folder, the server chooses "
        "the name, less what is unsafe in it.",
    ),
    _output("--overwrite", is_flag=True, help="With --save: replace a file that is there."),
    _output(
        "--all", "all_pages", is_flag=True, help="Follow the pages, and print their items, each as a line of JSON."
    ),
    _output(
        "--max-pages", type=click.IntRange(1), default=None, help="With --all: the most pages. [default: all of them]"
    ),
    _output(
        "--progress/--no-progress", default=None, help="Show how far bodies are. [default: large ones, on a terminal]"
    ),
    _output("--dry-run", is_flag=True, help="Print the request, and send nothing. Credentials are masked."),
    _output(
        "--curl", is_flag=True, help="Print the request as a command of curl, and send nothing. Credentials are masked."
    ),
    click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="Print the whole reply as JSON: request, status, headers, data, problems.",
    ),
)


def _call_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (opening_options, *reversed(_OPTIONS), client_options):
        command = option(command)
    return command


class _Call(Command):
    """A command that calls an operation; with one, `--help` shows what the document says of it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words; where one asks for help, those first that say of what."""
        asking = [word for word in args if word in ctx.help_option_names]
        if asking and not ctx.resilient_parsing:
            others = [word for word in args if word not in asking]
            with self.make_context(ctx.info_name, others, parent=ctx.parent, resilient_parsing=True) as known:
                ctx.params.update({name: value for name, value in known.params.items() if value is not None})
        return super().parse_args(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        """Return the page of the operation that is named, else the help of the command; errors as for a call, below the help."""
        spec, name = ctx.params.get("spec"), ctx.params.get("operation")
        if not spec or not name:
            return super().get_help(ctx)
        try:
            found = Api.of(open_spec(spec, ctx.params)).operations.named(name)
            page = operation_text(found, spec, known_api(spec, ctx.params.get("profile")))
        except (DynclientError, click.ClickException):
            click.echo(f"{super().get_help(ctx)}\n")
            raise
        return f"{page}\n`{ctx.command_path} --help` lists the options of a call."


_ARGUMENTS = click.argument("arguments", cls=CompletedArgument, nargs=-1, metavar="[NAME=VALUE]...")


@click.command(
    "call",
    cls=_Call,
    codes={1: "the reply breaks the document, or the server answered with a status of 400 or more", 3: NO_REPLY_HELP},
    examples=(
        "dynclient call order_capture get-order checkoutId=123 retailUnit=no --auth BearerAuth=env:TOKEN",
        "dynclient call shop.yaml create-user name=Ann address.city=Oslo tags=a tags=b meta:='{\"a\": 1}'",
        "dynclient call shop.yaml add-photo id=7 --body file=@photo.png --body note='from Ann'",
        "dynclient call shop.yaml list-users --query '[].{name: name, city: address.city}' --output table",
        "dynclient call shop.yaml get-photo id=7 --save photos/",
    ),
)
@SPEC
@OPERATION
@_ARGUMENTS
@_call_options
def call_command(spec: str, operation: str, arguments: tuple[str, ...], **options: Any) -> None:
    """Call OPERATION of SPEC and print the data of the reply.

    The document says how a VALUE is read: as a number or a boolean, as JSON for arrays, objects and parameters that
    carry JSON, else as text (`no` and `00123` stay as they are). An array may also be given item by item: tag=a tag=b.
    NAME:=JSON gives JSON, whatever the document says.

    What is not a parameter is a field of the body. There address.city=Oslo is inside an object, items.0.name=x
    inside an item, and NAME=@FILE is a file (NAME=@FILE;type=image/png;filename=me.png says more of it), or its text where the
    document takes no bytes; NAME=@@text starts with an @. --body does the same for a field that has the name of a parameter.
    """
    take_saved(spec, options)
    document = open_spec(spec, take_opening(options))
    output = _output_of(options)
    with (
        shown_progress(options["progress"]) as report,
        make_client(document, {**options, "progress": report}) as client,
        said_warnings(),
    ):
        call = _Calling(client, client[operation].operation, (arguments, options["body"], options["form"]), report)
        good = call.run(output, options)
    sys.exit(0 if good else BROKEN)


def _output_of(options: Mapping[str, Any]) -> Output:
    """Return how the reply is printed; refuse options that do not go together, before anything is sent."""
    form, target = options["output_form"], options["save"]
    if options["as_json"] and form not in (None, "json"):
        raise click.UsageError(f"--json prints the whole reply as JSON; --output {form} prints its data: choose one")
    if target is not None:
        chosen = {
            "--json": options["as_json"],
            "--output": form,
            "--query": options["query"],
            "--all": options["all_pages"],
        }
        named = [name for name, value in chosen.items() if value]
        if named:
            raise click.UsageError(f"--save keeps the body as it comes; leave out {' and '.join(named)}")
        check_target(target, overwrite=options["overwrite"])
    elif options["overwrite"]:
        raise click.UsageError("--overwrite goes with --save")
    return output_of(form, options["query"])


class _Calling:
    """One call: its operation and arguments, and the ways to run and to print it."""

    def __init__(
        self,
        client: dynclient.Client,
        operation: Operation,
        given: tuple[Sequence[str], Sequence[str], Sequence[str]],
        bars: TransferBars | None,
    ) -> None:
        self._client = client
        self._operation = operation
        self._given = given
        self._bars = bars

    def run(self, output: Output, options: Mapping[str, Any]) -> bool:
        """Make the call as the options say, print what comes of it, and return whether it is a success."""
        as_json = options["as_json"]
        if options["dry_run"] or options["curl"]:
            request = given_to(self._client.prepare, self._operation, self._given)
            secrets = body_secrets(self._operation, request)
            outcomes.print_request(request, secrets, as_curl=options["curl"], as_json=as_json)
            return True
        if options["all_pages"]:
            self._leave_terminal()
            self._pass_on(partial(self._items, output))
            return True
        if options["save"] is not None:
            return self._streamed(partial(self._save, target=options["save"], overwrite=options["overwrite"]))
        if output.is_streamed:
            self._leave_terminal()
            return self._streamed(_print_chunks)
        response: Response = self._pass_on(self._client.send)
        self._end_bars()
        if as_json:
            output.show(outcomes.reply_data(response))
        return self._reply(response, None if as_json else partial(_show, output))

    def _end_bars(self) -> None:
        if self._bars is not None:
            self._bars.end()

    def _leave_terminal(self) -> None:
        """Show no bars where the reply is printed while it arrives."""
        if sys.stdout.isatty():
            self._end_bars()

    def _pass_on(self, function: Callable[..., Any]) -> Any:
        return given_to(function, self._operation, self._given, self._client.prepare)

    def _reply(self, response: Response, show: Callable[[Response], None] | None) -> bool:
        check = self._client._caller.consequences.of_reply  # noqa: SLF001  public names could be operations
        return outcomes.print_reply(self._operation, response, check, show)

    def _items(self, output: Output, name: str, values: Mapping[Any, Any], payload: Any) -> None:
        """Print the items of all pages."""
        items = self._client._items(self._client[name].operation, (values, payload, []))  # noqa: SLF001  see above
        output.show_items(items)

    def _save(self, stream: Stream, target: str, *, overwrite: bool) -> None:
        path = save(stream, target, overwrite=overwrite)
        self._end_bars()
        say(f"saved: {path} ({path.stat().st_size:,} bytes)")

    def _streamed(self, take: Callable[[Stream], object]) -> bool:
        """Hand on the body of a success while it arrives; an error is reported as for every call."""
        try:
            with self._pass_on(self._client.stream) as stream:
                take(stream)
        except ApiError as error:
            return self._reply(error.response, _nothing)
        return True


def _show(output: Output, response: Response) -> None:
    output.show(response.data, is_text=outcomes.is_plain_text(response))


def _nothing(_: Response) -> None:
    """Print nothing: only errors come here."""


def _print_chunks(stream: Stream) -> None:
    for chunk in stream.chunks():
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()


class SavedCommand(_Call):
    """`dynclient API`: the operations of a saved API as its subcommands.

    Args:
        api: The name of the saved API.
    """

    def __init__(self, api: str) -> None:
        params = [parameter for parameter in call_command.params if parameter.name != "spec"]
        super().__init__(
            api,
            params=params,
            callback=call_command.callback,
            help=f"Call OPERATION of {api} and print the data of the reply; without one, list the operations. "
            "`dynclient call --help` explains values and fields.",
            codes=call_command.codes,
            examples=(f"dynclient {api} OPERATION --help", f"dynclient {api} OPERATION NAME=VALUE"),
        )
        self._api = api

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words; without any, list the operations."""
        ctx.params["spec"] = self._api
        if not args and not ctx.resilient_parsing:
            document = open_spec(self._api, {})
            show_text(operations_text(document, Api.of(document).operations.operations))
            ctx.exit()
        return super().parse_args(ctx, args)


def saved_command(name: str) -> SavedCommand | None:
    """Return the command of a saved API; None if none has this name."""
    return SavedCommand(name) if name.isprintable() and saved_api(name, "default") is not None else None
