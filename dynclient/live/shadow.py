"""Every exchange of a client, judged by another version of its document, too: an upgrade is rehearsed on live traffic.

A thread of its own judges, so no caller waits for it. What it costs is bounded: exchanges wait in a queue of a fixed length, and those
that find it full, or whose bodies are too large or on the wire, are counted and left out. Nothing that it finds or that goes wrong
in it reaches the caller.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable
from queue import Full, Queue
from typing import Any, Protocol, runtime_checkable

from dynclient import forks
from dynclient.api.api import Api
from dynclient.api.verdict import Verdict
from dynclient.exchange import Exchange, Request, Response
from dynclient.live.lost import label

_LOG = logging.getLogger("dynclient")
#: How many exchanges may wait, and how many bytes their bodies may have.
_WAITING, _LARGEST = 256, 1 << 20


@runtime_checkable
class TakesExchanges(Protocol):
    """Whoever judges exchanges itself, such as `dynclient.traffic.Collector`."""

    def take(self, api: Api, exchange: Exchange, /) -> Any:
        """Take an exchange that is to be judged by a version."""
        ...


#: Where a shadow reports: a function of each Verdict; a logger, which gets a line for each problem; or who judges the exchanges itself.
ShadowReport = Callable[[Verdict], Any] | logging.Logger | TakesExchanges


class Shadow:
    """Who judges the exchanges of a client by another version.

    Args:
        api: The other version.
        report: Where findings go, from a thread of its own; to the log when None.

    Raises:
        TypeError: `report` is none of these.

    Attributes:
        api: The other version.
        judged: How many exchanges were judged.
        broken: How many of them break that version.
        left_out: How many were not judged, to bound the cost.
        failed: How many could not be judged or reported, because of an error.
    """

    def __init__(self, api: Api, report: ShadowReport | None = None) -> None:
        self.api = api
        self.judged = self.broken = self.left_out = self.failed = 0
        self._report = self._reporting(report)
        self.forked()
        forks.join(self)

    def forked(self) -> None:
        """Begin anew in a child process, whose parent has the thread."""
        self._queue: Queue[tuple[Request, Response] | None] = Queue(_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def see(self, request: Request, response: Response) -> None:
        """Take an exchange; it is judged later, or left out."""
        body, is_on_the_wire = request.body, response.body is not None
        is_plain = body is None or isinstance(body, bytes)
        if is_on_the_wire or not is_plain or len(request.content) + len(response.content) > _LARGEST:
            self.left_out += 1
            return
        try:
            self._queue.put_nowait((request, response))
        except Full:
            self.left_out += 1
            return
        if self._thread is None:
            self._start()

    def wait(self) -> None:
        """Wait until everything that was taken is judged."""
        if self._thread is not None:
            self._queue.join()

    def end(self) -> None:
        """Let its thread end when everything that was taken is judged."""
        if self._thread is not None:
            self._thread, queue = None, self._queue
            threading.Thread(target=queue.put, args=(None,), daemon=True).start()  # the queue may be full

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._judge_all, name="dynclient-shadow", daemon=True)
                self._thread.start()

    def _judge_all(self) -> None:
        queue, taken = self._queue, None
        while (taken := queue.get()) is not None:
            try:
                self._judge(*taken)
            except Exception:  # noqa: BLE001  a report may raise anything, and the caller must not notice
                self.failed += 1
                _LOG.exception("the shadow by %s failed", label(self.api))
            finally:
                queue.task_done()
        queue.task_done()

    def _judge(self, request: Request, response: Response) -> None:
        verdict = self.api.judge(Exchange(request, response, "live"))
        self.judged += 1
        self.broken += not verdict.ok
        self._report(verdict)

    def _reporting(self, report: ShadowReport | None) -> Callable[[Verdict], Any]:
        if report is None or isinstance(report, logging.Logger):
            return functools.partial(self._log, report or _LOG)
        if isinstance(report, TakesExchanges):
            return lambda verdict: report.take(self.api, verdict.exchange)
        if callable(report):
            return report
        raise TypeError(
            f"report must be a function of a Verdict, a logger or a dynclient.traffic.Collector, not {type(report).__name__}"
        )

    def _log(self, log: logging.Logger, verdict: Verdict) -> None:
        for side, problem in verdict.problems:
            log.warning("%s, by %s: %s %s", verdict.operation or verdict.url, label(self.api), side, problem)

    def __repr__(self) -> str:
        return f"<Shadow by {label(self.api)}: {self.judged} judged, {self.broken} broken, {self.left_out} left out>"
