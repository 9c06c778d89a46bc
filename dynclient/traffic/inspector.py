"""Inspection: recordings in, a Report out. Whose exchange it is and which operation it calls; repeats are counted, everything else is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from dynclient.api.api import Api
from dynclient.api.operation import Operation
from dynclient.api.unpack import Located
from dynclient.exchange import Request
from dynclient.traffic.assembly import credentials_of
from dynclient.traffic.case import Case
from dynclient.traffic.clean import CleanExchanges
from dynclient.traffic.desk import Desk
from dynclient.traffic.exercise import Exercise
from dynclient.traffic.exhibits import broken_finding, likeness_of
from dynclient.traffic.findings import Findings
from dynclient.traffic.hosts import base_of, host_of
from dynclient.traffic.ratings import Ratings
from dynclient.traffic.recording import BrokenRecording, NoExchange, NoRecording, Recorded, Recording
from dynclient.traffic.repeats import REMEMBERED, Repeats
from dynclient.traffic.report import MOST_HOSTS, OTHER_HOSTS, Report
from dynclient.traffic.sidejudge import SideJudge
from dynclient.traffic.subjects import Key


class Inspector:
    """Judges recordings by documents. It can be pickled, if the documents were opened from what can be read again.

    Args:
        apis: The documents; each exchange goes to the one that it fits.
        servers: More servers of the APIs: where the traffic was recorded.
        ratings: What the user silences or rates anew.
        referee: Whether openapi-core judges in place of this package.
        placeholders: More texts that stand in place of a value, with the wildcards of a shell.
        names: What messages call the documents; by default as they were opened. Another process opens them by other names.
        infer: Whether each finding keeps the evidence for what the document should say instead.

    Raises:
        ValueError: One of the servers is not a URL with a host.
    """

    def __init__(
        self,
        apis: Sequence[Api],
        *,
        servers: Sequence[str] = (),
        ratings: Ratings | None = None,
        referee: bool = False,
        placeholders: Sequence[str] = (),
        infer: bool = False,
        names: Sequence[str] = (),
    ) -> None:
        self.ratings = ratings or Ratings()
        self.placeholders = tuple(placeholders)
        self.infers = infer
        options = {
            "servers": servers,
            "ratings": self.ratings,
            "referee": referee,
            "placeholders": self.placeholders,
            "infer": infer,
            "names": (names := tuple(names) or tuple(api.document.name for api in apis)),
        }
        self._made: Callable[[], Inspector] = partial(Inspector, tuple(apis), **options)  # type: ignore[arg-type]
        bases = [base for url in servers if (base := base_of(url))]
        self.desks = [
            Desk(api.behind(bases), servers, name, is_alone=len(apis) == 1, referee=referee)
            for api, name in zip(apis, names, strict=True)
        ]

    def __reduce__(self) -> tuple[Any, ...]:
        return self._made, ()

    def report(self, recorded: Iterable[Recorded]) -> Report:
        """Return what the documents say of recordings."""
        inspection = Inspection(self)
        for each in recorded:
            inspection.add(each)
        return inspection.finished()


class Inspection:
    """The inspection of one chunk: the report, and what need not be done twice.

    Args:
        inspector: The documents and how they judge.
        remembered: How many different exchanges are remembered, so that repeats are judged once.
    """

    def __init__(self, inspector: Inspector, remembered: int = REMEMBERED) -> None:
        self.inspector = inspector
        self.report = Report()
        self._repeats = Repeats(remembered)
        self._findings = Findings(inspector.ratings, inspector.placeholders, infers=inspector.infers)
        self._exercise = Exercise()
        self._clean = CleanExchanges(self._findings, self._exercise)
        self._judge = SideJudge(self._findings, self._exercise)
        self._homes: dict[str, tuple[Report, Sequence[Desk]]] = {}

    def add(self, recorded: Recorded) -> None:
        """Take in what a reader gave."""
        match recorded:
            case Recording():
                self._add_recording(recorded)
            case NoExchange():
                counts = self.report.not_exchanges
                counts[recorded.reason] = counts.get(recorded.reason, 0) + 1
                self._count(self.report, "total", "not_exchanges")
            case BrokenRecording():
                self.report.add(broken_finding(recorded))
            case NoRecording():
                self.report.skipped += 1

    def _count(self, target: Report, *names: str) -> None:
        for name in names:
            target.exchanges[name] += 1

    def _add_recording(self, recording: Recording) -> None:
        patterns = self.inspector.placeholders
        if (
            patterns and recording.credentials == "shown"
        ):  # a reader does not know what the user takes for a placeholder
            recording = replace(recording, credentials=credentials_of(recording.exchange.request, patterns=patterns))
        key = likeness_of(recording)
        known = self._repeats.find(key)
        if known is not None:
            self._count(known.target, "total", "repeats")
            for each in known.keys:
                self._findings.bump(known.target, each, recording.time)
            known.target.at(recording.time)
            return
        target, desk, operation, located = self._addressee(recording.exchange.request)
        if recording.time is not None:
            target.at(recording.time)
        keys: list[Key] = []
        try:
            if operation is None:
                self._count(target, "total", "unmatched")
                if found := self._findings.add_unmatched(target, desk, recording):
                    keys.append(found)
            else:
                self._count(target, "total", "judged")
                response = recording.exchange.response
                status = response.status if response is not None else None
                case = Case(target, desk, operation, located or ({}, []), recording, keys, status)
                if sides := self._clean.take(case):
                    self._judge.judge(case, sides)
            for each in set(keys):
                self._findings.witness(target, each, recording.time)
        except Exception as error:  # noqa: BLE001  nothing that was recorded may end a run
            place = recording.place
            target.add(
                broken_finding(BrokenRecording("recording/entry", f"cannot be judged: {type(error).__name__}", place))
            )
        finally:
            self._repeats.keep(key, target, keys)

    def _addressee(self, request: Request) -> tuple[Report, Desk, Operation | None, Located | None]:
        """Return whose exchange it is: the report that it counts for, the document, and the operation."""
        host = host_of(request.url)
        target, known = self._homes.get(host) or self._home_of(host)
        for desk in known:
            operation, located = desk.api.locate(request)
            if operation is not None:
                return target, desk, operation, located
        return target, known[0], None, None

    def _home_of(self, host: str) -> tuple[Report, Sequence[Desk]]:
        """Return for which report the exchanges with a host count, and the documents that may describe them."""
        known = [desk for desk in self.inspector.desks if desk.hosts.knows(host)]
        others = self.report.elsewhere
        name = host if host in others or len(others) < MOST_HOSTS else OTHER_HOSTS
        home = (self.report, known) if known else (others.setdefault(name, Report()), self.inspector.desks)
        if len(self._homes) < MOST_HOSTS:
            self._homes[host] = home
        return home

    def finished(self) -> Report:
        """Return the report, with what was counted on the side."""
        self._findings.finish([self.report, *self.report.elsewhere.values()])
        self._clean.finish()
        self._exercise.finish()
        return self.report
