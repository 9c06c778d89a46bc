"""`dynclient ops`, `show` and `schema`: a document, read by people and by programs."""

from __future__ import annotations

from collections.abc import Sequence

import click

from dynclient.api.api import Api
from dynclient.api.inwords import schema_data
from dynclient.api.manual import operation_data, summary_data
from dynclient.api.operation import Operation
from dynclient.cli.flags import JSON
from dynclient.cli.helping import OPERATION, SPEC, Command, CompletedArgument, SectionedOption
from dynclient.cli.page import operation_text, operations_text, schema_text
from dynclient.cli.pager import show_text
from dynclient.cli.specs import known_api, said_warnings, takes_spec
from dynclient.cli.terminal import counted, json_text, say
from dynclient.names import nearest_or_few
from dynclient.spec.document import Document


@click.command(
    "ops",
    cls=Command,
    examples=(
        "dynclient ops order_capture",
        "dynclient ops github.json --tag issues --grep 'list label'",
        "dynclient ops shop.yaml | cut -f1                   # the names, in a pipe",
    ),
)
@SPEC
@click.option(
    "--tag",
    "tags",
    metavar="TAG",
    multiple=True,
    cls=SectionedOption,
    help="Only operations with this tag. May be repeated.",
)
@click.option(
    "--grep",
    "words",
    metavar="WORDS",
    help="Only operations that have all these words in their names, path, tags, summary or description, the best first.",
)
@takes_spec
@JSON
def ops_command(document: Document, tags: tuple[str, ...], words: str | None, *, as_json: bool) -> None:
    """List the operations of SPEC.

    In a pipe, each is a line of NAME, ID, METHOD, PATH and SUMMARY with tabs between them, and there is no headline.
    """
    operations = _chosen(document, tags, words)
    if as_json:
        click.echo(json_text([summary_data(operation) for operation in operations]))
    elif operations:
        show_text(operations_text(document, operations))
    elif tags or words:
        say("No operation has all of that.", "yellow")
    else:
        webhooks = len(Api.of(document).webhooks)
        more = f" The server calls {counted(webhooks, 'webhook')} (`client.webhooks`)." if webhooks else ""
        say(f"There are no operations.{more}", "yellow")


def _chosen(document: Document, tags: Sequence[str], words: str | None) -> Sequence[Operation]:
    """Return the operations that have one of the tags and all of the words."""
    registry = Api.of(document).operations
    found: Sequence[Operation] = registry.operations if words is None else registry.search(words)
    if words is not None and (meant := registry.understood(words)) != words.lower().split():
        say(f"No operation has all of that; these have {' '.join(meant)}.", "yellow")
    if not tags:
        return found
    known = list(dict.fromkeys(tag for operation in registry.operations for tag in operation.tags))
    wanted = {tag.casefold() for tag in tags}
    unknown = [tag for tag in tags if tag.casefold() not in {name.casefold() for name in known}]
    if unknown:
        hint = nearest_or_few(unknown[0], known, "--json shows those of each operation")
        raise click.UsageError(f"{document.title} has no tag {unknown[0]!r} ({hint})")
    return [operation for operation in found if wanted & {tag.casefold() for tag in operation.tags}]


@click.command(
    "show",
    cls=Command,
    examples=("dynclient show order_capture create-checkout", 'dynclient show shop.yaml "GET /users/{id}" --json'),
)
@SPEC
@OPERATION
@takes_spec
@JSON
def show_command(document: Document, operation: str, *, as_json: bool) -> None:
    """Show the arguments, body, replies and security of OPERATION, and how to call it."""
    with said_warnings():
        found = Api.of(document).operations.named(operation)
    if as_json:
        click.echo(json_text(operation_data(found)))
    else:
        given = click.get_current_context().params
        show_text(operation_text(found, given["spec"], known_api(given["spec"], given["profile"])))


@click.command(
    "schema",
    cls=Command,
    examples=("dynclient schema order_capture CheckoutRequest", "dynclient schema order_capture CheckoutRequest.items"),
)
@SPEC
@click.argument("schema", metavar="NAME", cls=CompletedArgument)
@takes_spec
@JSON
def schema_command(document: Document, schema: str, *, as_json: bool) -> None:
    """Show the schema NAME of SPEC: its type, values and members.

    NAME is a component's name; NAME.MEMBER goes on to a member of it, through arrays too.
    """
    data = schema_data(document, schema)
    if as_json:
        click.echo(json_text(data))
    else:
        show_text(schema_text(data))
