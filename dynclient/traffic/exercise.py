"""Exercise: what of the documents the traffic of one chunk uses, for the coverage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dynclient.traffic.occurrences import Occurrences

if TYPE_CHECKING:
    from dynclient.traffic.case import Case
    from dynclient.traffic.desk import Desk
    from dynclient.traffic.report import Report

#: How many forms of exchanges are remembered.
_FORMS = 5000


class Exercise:
    """What the exchanges of one chunk use of their documents. Equal ones are noted once."""

    def __init__(self) -> None:
        self._sent: dict[tuple[int, int], tuple[Report, Desk, set[Any]]] = {}
        self._received: dict[tuple[int, int], Occurrences] = {}
        self._covered: set[Any] = set()

    def sent_by(self, case: Case) -> set[Any]:
        """Return the set that receives what the bodies of requests use."""
        key = id(case.target), id(case.desk)
        return self._sent.setdefault(key, (case.target, case.desk, set()))[2]

    def received_by(self, case: Case) -> Occurrences:
        """Return what counts the replies of an operation."""
        key = id(case.target), id(case.operation)
        found = self._received.get(key)
        if found is None:
            found = self._received[key] = Occurrences(case.target, case.desk, case.operation)
        return found

    def cover(self, case: Case, arguments: Mapping[Any, Any]) -> None:
        """Note what an exchange uses beside its bodies: its operation, parameters, media types and status."""
        watch = case.desk.watch(case.operation)
        request, response = case.recording.exchange.request, case.recording.exchange.response
        kinds = (
            request.headers.lowered.get("content-type", ""),
            response.headers.lowered.get("content-type", "") if response is not None else "",
        )
        key = id(case.target), watch.label, tuple(arguments), case.status, kinds
        if key in self._covered:
            return
        if len(self._covered) >= _FORMS:  # every multipart body has a media type with a boundary of its own
            self._covered.clear()
        self._covered.add(key)
        for kind, name in watch.covered(arguments, case.status, *kinds):
            case.target.coverage.add(kind, name)

    def finish(self) -> None:
        """Put what was noted into the reports."""
        for each in self._received.values():
            each.finish()
        for target, desk, used in self._sent.values():
            for use in used:
                for kind, name in desk.coverage_of(use):
                    target.coverage.add(kind, name)
