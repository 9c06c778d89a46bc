"""Bars on standard error that show how far a large upload or download is, or a check of recordings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from dynclient.exchange import Transfer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from dynclient.traffic.meter import TrafficProgress

#: Smaller bodies are there before anybody could look.
_LARGE = 1 << 20
#: How many seconds pass at least before the bar of a check changes.
_PAUSE = 0.1


class TransferBars:
    """Bars that show how far the bodies of a call are, as a callback. They begin with the first body that is worth one.

    Args:
        wanted: Whether to show small bodies too, and to leave the bars on the screen.
    """

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._bar: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._ended = False

    def __call__(self, progress: Transfer) -> None:
        """Show a state of a body."""
        direction = progress.direction
        if self._ended or not (self._wanted or max(progress.done, progress.total or 0) >= _LARGE):
            return
        if self._bar is None:
            self._bar = self._started()
        if direction not in self._tasks:
            self._tasks[direction] = self._bar.add_task(direction, total=progress.total)
        self._bar.update(self._tasks[direction], completed=progress.done, total=progress.total)

    def end(self) -> None:
        """Show no more, so that what is printed next, or a pager, has the terminal for itself."""
        self._ended = True
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _started(self) -> Progress:
        from rich.console import Console  # only a large body needs it
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

        columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
        # standard output stays what it is: rich would print it on standard error, where the bars are
        bar = Progress(*columns, console=Console(stderr=True), transient=not self._wanted, redirect_stdout=False)
        bar.start()
        return bar


@contextmanager
def shown_progress(wanted: bool | None) -> Iterator[TransferBars | None]:
    """Give bars as a callback, or None.

    Args:
        wanted: Whether to show them; when None, if standard error is a terminal and a body is large.
    """
    if wanted is False or (wanted is None and not sys.stderr.isatty()):
        yield None
        return
    bars = TransferBars(wanted=wanted is True)
    try:
        yield bars
    finally:
        bars.end()


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
    # a bar that a thread refreshes would keep the processes that check from being forked
    with Bar(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task("", total=None, files=0, exchanges=0, rate=0.0)
        shown_at = -_PAUSE

        def show(progress: TrafficProgress) -> None:
            nonlocal shown_at
            now = monotonic()
            if now - shown_at < _PAUSE:
                return
            shown_at = now
            rate = progress.exchanges / (bar.tasks[task].elapsed or 1)
            bar.update(
                task,
                completed=progress.done,
                total=progress.total,
                files=progress.files,
                exchanges=progress.exchanges,
                rate=rate,
                refresh=True,
            )

        yield show
