"""Bars on standard error that show how far a large upload or download is, or a check of recordings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dynclient.exchange import Transfer

if TYPE_CHECKING:
    from dynclient.traffic.meter import TrafficProgress

#: Smaller bodies are there before anybody could look.
_LARGE = 1 << 20


@contextmanager
def shown_progress(wanted: bool | None) -> Iterator[Callable[[Transfer], None] | None]:
    """Give a callback that shows progress, or None.

    Args:
        wanted: Whether to show it; when None, if standard error is a terminal and a body is large.
    """
    if wanted is False or (wanted is None and not sys.stderr.isatty()):
        yield None
        return
    from rich.console import Console  # only a terminal needs it
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    bar = Bar(*columns, console=Console(stderr=True), transient=wanted is None)
    tasks = {}

    def report(progress: Transfer) -> None:
        direction = progress.direction
        if direction not in tasks and (wanted or max(progress.done, progress.total or 0) >= _LARGE):
            bar.start()  # not before there is one to show, as this hides the cursor; a second time does nothing
            tasks[direction] = bar.add_task(direction, total=progress.total)
        if direction in tasks:
            bar.update(tasks[direction], completed=progress.done, total=progress.total)

    try:
        yield report
    finally:
        if tasks:
            bar.stop()


@contextmanager
def shown_check(*, is_wanted: bool) -> Iterator[Callable[[TrafficProgress], None] | None]:
    """Give a callback that shows how far a check of recordings is: files, exchanges, the rate, and the time left where that can be known.

    Args:
        is_wanted: Whether to show it; without it, None is given.
    """
    if not is_wanted:
        yield None
        return
    from rich.console import Console  # only a terminal needs it
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    numbers = "{task.fields[files]:,} files, {task.fields[exchanges]:,} exchanges, {task.fields[rate]:,.0f} a second"
    columns = SpinnerColumn(), BarColumn(), TextColumn(numbers), TimeRemainingColumn(), TextColumn("left")
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, files=0, exchanges=0, rate=0.0)

        def show(progress: TrafficProgress) -> None:
            rate = progress.exchanges / (bar.tasks[task].elapsed or 1)
            bar.update(
                task,
                completed=progress.done,
                total=progress.total,
                files=progress.files,
                exchanges=progress.exchanges,
                rate=rate,
            )

        yield show
