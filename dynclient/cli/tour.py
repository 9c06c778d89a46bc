"""The demo on the terminal: a line for each operation, which fits a screen, or each call with its request and reply; and a summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from dynclient.cli.outcomes import problem_data
from dynclient.cli.terminal import api_name, console, counted, fitted, json_text, put, shortened, styled
from dynclient.exchange import reason_phrase
from dynclient.problem import printable

if TYPE_CHECKING:
    from dynclient.cli.demo import DemoServer, DemoStep


def run_tour(events: Iterable[DemoServer | DemoStep], *, as_json: bool, verbose: bool) -> bool:
    """Print the demo while it runs.

    Args:
        events: The servers and steps of the demo.
        as_json: Whether to print one JSON document at the end instead.
        verbose: Whether to show each call with its request and reply.

    Returns:
        Whether every step had the expected outcome.
    """
    from dynclient.cli.demo import DemoServer  # imports a web server and openapi-core

    steps: list[DemoStep] = []
    if not as_json:
        _print_intro(verbose=verbose)
    for _, group in groupby(events, id if verbose else _same_line):
        for event in (found := list(group)):
            if not isinstance(event, DemoServer):
                steps.append(event)
            if as_json:
                continue
            if isinstance(event, DemoServer):
                _print_server(event, verbose=verbose)
            elif verbose or not event.ok:
                _print_step(event)
        if not as_json and not verbose and found[-1] is (steps[-1] if steps else None):
            _print_line([step for step in steps[-len(found) :] if step.ok])
    ok = all(step.ok for step in steps)
    if as_json:
        click.echo(json_text({"ok": ok, "calls": [_step_data(step) for step in steps]}))
    else:
        _print_summary(steps, verbose=verbose)
    return ok


def _same_line(event: DemoServer | DemoStep) -> Any:
    """Return what is equal for the calls that share a line: those of an operation that had the same kind of outcome."""
    from dynclient.cli.demo import DemoStep  # see run_tour

    return (event.api, event.operation, event.refused) if isinstance(event, DemoStep) else id(event)


def _print_line(steps: Sequence[DemoStep]) -> None:
    """Print the calls of an operation as a line; below it, why the call that must be refused was."""
    from rich.text import Text  # see terminal

    if not steps:
        return
    first, width = steps[0], console().width
    outcome = "refused, as expected"
    if first.response is not None:
        outcome = f"{first.response.status} {reason_phrase(first.response.status)}"
    more = f"  and {len(steps) - 1} more" if len(steps) > 1 else ""
    room = width - len("ok  ") - len(more) - len(outcome) - 2
    call = fitted(printable(first.call), room)
    filled = " " * (room - len(call))
    put(Text.assemble(("ok  ", "green"), (call, "bold"), (more, "dim"), filled, "  ", (outcome, "green"), no_wrap=True))
    for problem in first.problems if first.refused else ():
        put(styled(fitted(f"    - {problem}", width), "yellow"))


def _step_data(step: DemoStep) -> dict[str, Any]:
    return {
        "api": step.api,
        "operation": step.operation,
        "call": step.call,
        "ok": step.ok,
        "method": step.request.method if step.request else None,
        "url": step.request.safe_url if step.request else None,
        "status": step.response.status if step.response else None,
        "data": step.response.data if step.response else None,
        "error": step.error or None,
        "problems": [problem_data(problem) for problem in step.problems],
    }


def _print_intro(*, verbose: bool) -> None:
    text = "Every operation of the catalog, called against a mock of its document:"
    if verbose:
        text = (
            "Every operation of the catalog is called against a mock of its document, in which openapi-core judges each "
            "request independently. Bodies are examples from the documents, shown by their names."
        )
    put(styled(text, "dim"))


def _print_server(server: DemoServer, *, verbose: bool) -> None:
    from rich.text import Text  # see terminal

    name = printable(api_name(server.document))
    at = f", mocked at {server.url}" if verbose else ""
    put(
        "",
        Text.assemble((name, "bold underline"), f"  {counted(server.operations, 'operation')}{at}"),
        *([""] if verbose else []),
    )


def _print_step(step: DemoStep) -> None:
    """Print the call, the request, the status and the data, or the problems."""
    from rich.padding import Padding  # see terminal
    from rich.table import Table
    from rich.text import Text

    screen = console()
    mark = ("ok  ", "green") if step.ok else ("FAIL", "bold red")
    put(Text.assemble(mark, "  ", (fitted(printable(step.call), screen.width - 6), "bold")))
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True, min_width=5)
    table.add_column(overflow="fold")
    if step.request is not None:
        url = _with_short_query(step.request.safe_url, screen.width - 12)
        table.add_row(styled(step.request.method, "cyan"), styled(url, "cyan"))
    if step.response is not None:
        text = reason_phrase(step.response.status) + (", as documented" if step.ok else "")
        table.add_row(styled(str(step.response.status), "green" if step.ok else "red"), styled(text))
        table.add_row("", styled(shortened(step.response.data, 2 * (screen.width - 12) - 20)))
    for line in _objections(step):
        table.add_row("", styled(line, "yellow" if step.ok else "red"))
    put(Padding(table, (0, 0, 0, 6)), "")


def _with_short_query(url: str, room: int) -> str:
    """Return the URL with its query cut to the rest of the line; the path is never cut."""
    path, mark, query = url.partition("?")
    left = room - len(path) - len(mark)
    return path + mark + fitted(query, left if left >= 20 else 40)


def _objections(step: DemoStep) -> Iterator[str]:
    """Yield the problems of a step, whether they were expected or not."""
    if step.refused:
        number = counted(len(step.problems), "problem")
        yield f"refused before anything was sent{', as expected' if step.ok else ''}: {number}"
    elif step.error:
        yield step.error.partition("\n")[0]
    for problem in step.problems:
        yield f"- {problem}"


def _print_summary(steps: Sequence[DemoStep], *, verbose: bool) -> None:
    operations = {(step.api, step.operation) for step in steps if step.response is not None}
    answered = sum(step.ok and step.response is not None for step in steps)
    refused = sum(step.ok and step.refused for step in steps)
    failed = sum(not step.ok for step in steps)
    text = (
        f"{len(operations)} operations in {len(steps)} calls: {answered} as documented, "
        f"{refused} refused as expected, {failed} failed."
    )
    put(*([] if verbose else [""]), styled(text, "bold red" if failed else "bold green"))
    if not verbose:
        put(styled("-v shows each request and reply. Next: `dynclient show order_capture get_order`", "dim"))
