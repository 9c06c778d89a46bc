"""The demo: its steps as they go by, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from dynclient.cli.escaping import printable
from dynclient.cli.outcomes import problem_data
from dynclient.cli.phrases import brief, count, fitted, name_of
from dynclient.cli.terminal import console, put, styled

if TYPE_CHECKING:
    from dynclient.cli.demo import Server, Step


def step_data(step: Step) -> dict[str, Any]:
    """A step of the demo for programs."""
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


def demo_intro() -> None:
    """Print what the demo does."""
    text = (
        "Every operation of the catalog is called against a mock of its document, which judges each request on its own. "
        "A body goes by the name that it has among the document's examples."
    )
    put(styled(text, "dim"), "")


def server_text(server: Server) -> None:
    """Print the mock that the next steps of the demo talk to."""
    from rich.text import Text  # see terminal

    name = printable(name_of(server.document))
    put(
        Text.assemble((name, "bold underline"), f"  {count(server.operations, 'operation')}, mocked at {server.url}"),
        "",
    )


def step_text(step: Step) -> None:
    """Print a step of the demo: the call, the request, the status and the data, or why there is none."""
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
        said = _phrase(step.response.status) + (", as documented" if step.ok else "")
        table.add_row(styled(str(step.response.status), "green" if step.ok else "red"), styled(said))
        table.add_row("", styled(brief(step.response.data, 2 * (screen.width - 12) - 20)))
    for line in _objections(step):
        table.add_row("", styled(line, "yellow" if step.ok else "red"))
    put(Padding(table, (0, 0, 0, 6)), "")


def _with_short_query(url: str, room: int) -> str:
    """The URL with its query cut to the room that is left on the line; its path is never cut."""
    path, mark, query = url.partition("?")
    left = room - len(path) - len(mark)
    return path + mark + fitted(query, left if left >= 20 else 40)


def _phrase(status: int) -> str:
    return next((known.phrase for known in HTTPStatus if known == status), "")


def _objections(step: Step) -> Iterator[str]:
    """What went wrong in a step, or would have."""
    if step.refused:
        told = count(len(step.problems), "problem")
        yield f"refused before it was sent{', as it should be' if step.ok else ''}: {told}"
    elif step.error:
        yield step.error.partition("\n")[0]
    for problem in step.problems:
        yield f"- {problem}"


def demo_summary(steps: Sequence[Step]) -> None:
    """Print what the steps of the demo come to."""
    operations = {(step.api, step.operation) for step in steps if step.response is not None}
    answered = sum(step.ok and step.response is not None for step in steps)
    refused = sum(step.ok and step.refused for step in steps)
    failed = sum(not step.ok for step in steps)
    text = (
        f"{len(operations)} operations in {len(steps)} calls: {answered} answered as documented, "
        f"{refused} refused as it should be, {failed} failed."
    )
    put(styled(text, "bold red" if failed else "bold green"))
