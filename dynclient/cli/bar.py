"""A bar on standard error that shows how far a large upload or download is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dynclient.exchange import Transfer

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
    with Bar(*columns, console=Console(stderr=True), transient=wanted is None) as bar:
        tasks = {}

        def report(progress: Transfer) -> None:
            direction = progress.direction
            if direction not in tasks and (wanted or max(progress.done, progress.total or 0) >= _LARGE):
                tasks[direction] = bar.add_task(direction, total=progress.total)
            if direction in tasks:
                bar.update(tasks[direction], completed=progress.done, total=progress.total)

        yield report
