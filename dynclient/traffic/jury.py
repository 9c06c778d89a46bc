"""A Jury: documents that judge what one test after another does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dynclient.api.api import Api
from dynclient.opening import load
from dynclient.tolerance import Severity
from dynclient.traffic.inspector import Inspector
from dynclient.traffic.recording import Recorded
from dynclient.traffic.report import Report
from dynclient.traffic.reports.phrases import coverage_rows, finding_lines, totals
from dynclient.traffic.settling import settled
from dynclient.traffic.watching import Runner, watching

#: A test may speak with other servers than the API's.
_OTHER_HOSTS = "exchange/server/unknown"
#: How many names that never occurred are listed.
_MOST = 5


class Jury:
    """Judges the exchanges of tests by documents.

    Args:
        specs: The documents: whatever `load` opens; each exchange goes to the one that it fits.
        servers: More servers of the APIs.
        runners: The functions with which the clients of dynclient do their flows, for `watching`.
    """

    def __init__(self, specs: Sequence[Any], servers: Sequence[str] = (), runners: Sequence[Runner] = ()) -> None:
        self._runners = tuple(runners)
        self._inspector = Inspector([Api.of(load(spec)) for spec in specs], servers=servers)
        self._report = Report()

    @contextmanager
    def watching(self, test: str) -> Iterator[list[Recorded]]:
        """Watch the HTTP libraries inside a `with` block, and count what was exercised; the list has the exchanges when the block has ended.

        Args:
            test: The name of the test.
        """
        recordings: list[Recorded] = []
        try:
            with watching(test, self._runners) as recordings:
                yield recordings
        finally:
            self._report = self._report + self._inspector.report(recordings)

    def objections(self, recordings: Iterable[Recorded], severity: Severity) -> str:
        """Return what the documents object to in the exchanges of a test, from a severity on; "" for nothing."""
        report = settled(self._inspector.report(recordings), self._inspector)
        found = [finding for finding in report.at_least(severity) if finding.rule != _OTHER_HOSTS]
        return "\n".join("\n    ".join(finding_lines(finding, len(finding.examples))) for finding in found)

    def settled(self) -> Report:
        """Return the report on all tests."""
        return settled(self._report, self._inspector)


def summary(reports: Iterable[Report]) -> list[str]:
    """Return what was judged, and what of the documents was exercised, as lines of text."""
    report = sum(reports, Report())
    lines = [totals(report)]
    for kind, seen, total, unseen in coverage_rows(report):
        more = f" and {len(unseen) - _MOST} more" if len(unseen) > _MOST else ""
        never = f"; never occurred: {', '.join(unseen[:_MOST])}{more}" if unseen else ""
        lines.append(f"{kind} {seen}/{total}{never}")
    return lines
