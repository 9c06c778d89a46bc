"""Rich's texts and tables, printed where people read them; columns for pipes.

rich is for people, and takes a while to import, so every function here and in the files that print imports it when it is called.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from dynclient.cli.escaping import printable

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

#: How wide text for people is where there is no terminal to ask.
_WIDTH = 100


def columns(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows as lines with aligned columns, whole however long: for pipes, where `grep` reads them."""
    listed = [[" ".join(printable(cell).split()) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    for row in listed:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def styled(text: str, style: str = "") -> Text:
    """A text that is shown as it is, whatever is in it."""
    from rich.text import Text

    return Text(printable(text), style)


def three_columns() -> Table:
    """A table without lines."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(overflow="fold")
    return table


def console() -> Console:
    """The terminal, or what stands for one in a pipe."""
    from rich.console import Console

    # COLUMNS and terminals are asked by rich itself
    width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else _WIDTH
    return Console(width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)


def put(*parts: RenderableType) -> None:
    """Print for people; rich fills lines up with blanks, which are of no use to anybody."""
    screen = console()
    with screen.capture() as caught:
        for part in parts:
            screen.print(part)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in caught.get().splitlines()))
    sys.stdout.flush()
