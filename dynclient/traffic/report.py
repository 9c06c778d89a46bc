"""A Report: what a document says of recorded traffic, as a value that merges.

Each chunk of the traffic gives a Report, and reports are added in the order of the chunks: `sum(reports, Report())`. Adding is associative;
the order only decides which examples are the first ones. Equal problems are one finding with a count, whatever the number of exchanges,
so that a Report stays small and travels between processes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from dynclient.tolerance import SEVERITIES, ExchangeSide, Severity
from dynclient.traffic.recording import RecordedAt
from dynclient.traffic.subjects import MOST_SUBJECTS, OTHER_SUBJECTS, Key, Subjects

#: Who is at fault: `document` where the document is stricter than what works, `client` where the server refused a wrong request, `server`
#: where a reply cannot be right, `recording` where a file is broken; `unknown` where it may be the server or the document. Which of these two it
#: is, is decided when all traffic was seen, by how many replies break the document in the same place (`ratings.fault_by_share`).
AtFault = Literal["document", "client", "server", "recording", "unknown"]

#: How many examples a finding keeps, and how many different values.
EXAMPLES = 3
SEEN = 20

#: How many hosts that are not the API's are told apart, and the name of all others.
MOST_HOSTS = 500
OTHER_HOSTS = "(more hosts)"

#: What an exchange is counted as; the first six are in the contract of the JSON form.
COUNTED = ("total", "judged", "repeats", "other_hosts", "unmatched", "not_exchanges")
#: What was not judged in an exchange, and why.
NOT_JUDGED = ("unknown_bodies", "placeholders", "intended", "credentials_left_out", "silenced", "known")


@dataclass(frozen=True, slots=True)
class DocumentPlace:
    """The place in a document that an exchange breaks.

    Attributes:
        file: The document's file or URL, as the user named it.
        pointer: The JSON pointer of the schema, parameter, response ... that objects.
        line: Its line in the file, counted from 1; None until the report is complete, and where it is not known.
    """

    file: str
    pointer: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line is not None else f"{self.file}#{self.pointer}"


@dataclass(frozen=True, slots=True)
class FindingExample:
    """One exchange that breaks the document.

    Attributes:
        file: The file of the recording.
        line: The line on which the entry starts; None where lines mean nothing.
        entry: The number of the entry in the file, counted from 1.
        pointer: The value in its part of the message: `body/items/0/name`.
        value: The value as JSON, shortened, its secrets masked; "" when there is none.
    """

    file: str
    line: int | None = None
    entry: int = 0
    pointer: str = ""
    value: str = ""

    def __str__(self) -> str:
        place = RecordedAt(self.file, self.line, self.entry)
        return f"{place} {self.pointer}" if self.pointer else str(place)


class Evidence(Protocol):
    """What was seen, without any value, for whoever wants to mend the document."""

    def __add__(self, other: Any, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class TrafficFinding:
    """One thing in which traffic and document differ, with everything that differs in the same way.

    Attributes:
        rule: The id of the rule, as in `dynclient.tolerance`: `response/body/type`.
        severity: `error`, `warning`, `info` or `hint`.
        fault: Who is at fault.
        side: `request` or `response`; `exchange` for what concerns both, such as a path that the document does not have.
        operations: The ids of the operations, sorted; several where they share a schema.
        document: The place in the document; None where there is none.
        subject: What it is about, where several things can be wrong at one place: the name of a parameter, property or header field, a
            status, a media type, `METHOD /template`; `(others)` for all that come after the first 500 in the alphabet.
        message: What is wrong, with what the document expects and what was seen first.
        expected: What the document expects there, in words.
        seen: Where the document lists values: the first different ones, as JSON, their secrets masked. Other values are in the examples.
        count: How often it was seen: in how many values, and with all repeats.
        examples: The first ones.
        exchanges: In how many different exchanges it was seen; exact repeats count as one.
        among: The names under which `Report.occurred` counts the replies that could have shown it.
        replies: How many different replies could have shown it; 0 until the report is settled, and where that is not known.
        first: When it was first recorded, in seconds since 1970; None when that is not known.
        last: When it was last recorded.
        evidence: The shape of what was seen, or the outline of an operation; None unless the traffic is checked to infer something.
    """

    rule: str
    severity: Severity
    fault: AtFault
    side: ExchangeSide
    operations: tuple[str, ...] = ()
    document: DocumentPlace | None = None
    subject: str = ""
    message: str = ""
    expected: str = ""
    seen: tuple[str, ...] = ()
    count: int = 1
    examples: tuple[FindingExample, ...] = ()
    exchanges: int = 0
    among: tuple[str, ...] = ()
    replies: int = 0
    first: float | None = None
    last: float | None = None
    evidence: Evidence | None = field(default=None, repr=False)

    @property
    def key(self) -> Key:
        """What makes two findings the same: all but what was seen."""
        place = (self.document.file, self.document.pointer) if self.document else ("", *self.operations[:1])
        return self.rule, self.severity, self.fault, self.side, self.subject, *place

    def __add__(self, other: TrafficFinding) -> TrafficFinding:
        return replace(
            self,
            operations=tuple(sorted({*self.operations, *other.operations})),
            seen=tuple(dict.fromkeys((*self.seen, *other.seen)))[:SEEN],
            count=self.count + other.count,
            examples=(*self.examples, *other.examples)[:EXAMPLES],
            exchanges=self.exchanges + other.exchanges,
            among=tuple(sorted({*self.among, *other.among})),
            first=_earlier(self.first, other.first),
            last=_later(self.last, other.last),
            evidence=self.evidence + other.evidence
            if self.evidence and other.evidence
            else self.evidence or other.evidence,
        )

    def among_others(self) -> TrafficFinding:
        """The finding as one of those that have none of their own: only what is the same in whatever order they are added."""
        message = f"(others): {MOST_SUBJECTS} names have findings of their own, the first in the alphabet; all others are counted here"
        return replace(
            self, subject=OTHER_SUBJECTS, message=message, expected="", seen=(), examples=(), exchanges=0, among=(), evidence=None
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain data, in the JSON form that is a contract."""
        place = self.document
        return {
            "rule": self.rule,
            "severity": self.severity,
            "fault": self.fault,
            "operations": list(self.operations),
            "side": self.side,
            "document": None if place is None else {"file": place.file, "line": place.line, "pointer": place.pointer},
            "message": self.message,
            "count": self.count,
            "replies": {"broken": self.exchanges, "total": self.replies} if self.replies else None,
            "recorded": _days(self.first, self.last),
            "examples": [
                {
                    "file": example.file,
                    "line": example.line,
                    "entry": example.entry,
                    "pointer": example.pointer,
                    "value": example.value,
                }
                for example in self.examples
            ],
        }


@dataclass(slots=True)
class Coverage:
    """What of a document the traffic exercised.

    Attributes:
        seen: The names that occurred, by kind: `operations`, `parameters`, `statuses`, `media_types`, `properties`, `enum_values`, `branches`.
        known: All names that the document has, by kind; filled in when the report is completed.
    """

    seen: dict[str, set[str]] = field(default_factory=dict)
    known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, kind: str, name: str) -> None:
        """Note that a part of the document occurred."""
        self.seen.setdefault(kind, set()).add(name)

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage({kind: set(names) for kind, names in self.seen.items()}, dict(self.known)).taking(other)

    def taking(self, other: Coverage) -> Coverage:
        """Add what another one has to this one, which changes, and return it."""
        for kind, names in other.seen.items():
            self.seen.setdefault(kind, set()).update(names)
        for kind, listed in other.known.items():
            self.known[kind] = tuple(dict.fromkeys((*self.known.get(kind, ()), *listed)))
        return self

    def unseen(self, kind: str) -> list[str]:
        """The names of one kind that never occurred, in the order of the document."""
        seen = self.seen.get(kind, set())
        return [name for name in self.known.get(kind, ()) if name not in seen]

    def to_dict(self) -> dict[str, Any]:
        """For each kind, how many names were seen, how many there are, and those that never occurred."""
        found = {}
        for kind, names in self.known.items():
            unseen = self.unseen(kind)
            found[kind] = {"seen": len(names) - len(unseen), "total": len(names), "unseen": unseen}
        return found


@dataclass(frozen=True, slots=True)
class JudgingDocument:
    """A document that traffic was judged by.

    Attributes:
        title: Its title.
        version: The version of the API, as the catalog calls it, else as the document says.
        day: The day from which the document is, as `2023-05-01`; "" when nobody knows.
        day_from: What says so: `info.version` or `git`.
    """

    title: str
    version: str = ""
    day: str = ""
    day_from: str = ""

    def __str__(self) -> str:
        return f"{self.title} {self.version}".strip()

    def to_dict(self) -> dict[str, Any]:
        """The document as plain data, in the JSON form that is a contract."""
        dated = {"day": self.day, "from": self.day_from} if self.day else None
        return {"title": self.title, "version": self.version, "dated": dated}


@dataclass(slots=True)
class Report:
    """What a document says of recorded traffic.

    Attributes:
        recordings: The number of files that are recordings.
        skipped: The number of files that are not.
        exchanges: How many exchanges there are, by `COUNTED`.
        not_judged: What was left out of the judgement, by `NOT_JUDGED`.
        not_exchanges: The reasons why entries are not exchanges, counted.
        hosts: The hosts of exchanges that are not the API's, counted.
        kept: The findings by their keys, in the order in which they were first seen.
        coverage: What of the document was exercised.
        first: When the first exchange was recorded, in seconds since 1970; None when that is not known.
        last: When the last exchange was recorded.
        elsewhere: The reports on exchanges with hosts that no server of the documents names, by host.
        lacking: How many exchanges had no credentials at all where the document requires some, and how many had them.
        occurred: In how many different replies each part of the document occurred, by the id of the operation and the name of the part.
        documents: The documents.
    """

    recordings: int = 0
    skipped: int = 0
    exchanges: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    not_judged: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NOT_JUDGED, 0))
    not_exchanges: dict[str, int] = field(default_factory=dict)
    hosts: dict[str, int] = field(default_factory=dict)
    kept: dict[Key, TrafficFinding] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    first: float | None = None
    last: float | None = None
    elsewhere: dict[str, Report] = field(default_factory=dict)
    lacking: tuple[int, int] = (0, 0)
    occurred: dict[str, dict[str, int]] = field(default_factory=dict)
    documents: tuple[JudgingDocument, ...] = ()
    _subjects: Subjects = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._subjects = Subjects(self.kept)

    def home(self, key: Key) -> Key:
        """Return the key of the finding that takes in what has a key: the same, or that of all other names."""
        return key if key in self.kept else self._subjects.home(key)

    def add(self, finding: TrafficFinding) -> Key | None:
        """Add a finding; one with the same key takes it in.

        Returns:
            The key of the finding that gave way to it, and is among all other names now; None where there is room.
        """
        key = self.home(finding.key)
        if key != finding.key:
            finding = finding.among_others()
        before = self.kept.get(key)
        if before is not None:
            self.kept[key] = before + finding
            return None
        self.kept[key] = finding
        displaced = self._subjects.take(key)
        if displaced is not None:
            self.add(self.kept.pop(displaced))
        return displaced

    def at(self, time: float | None) -> None:
        """Note when an exchange was recorded."""
        if time is not None:
            self.first, self.last = _earlier(self.first, time), _later(self.last, time)

    def __add__(self, other: Report) -> Report:
        return self.copy().taking(other)

    def copy(self) -> Report:
        """Another report with the same contents."""
        return replace(
            self,
            exchanges=dict(self.exchanges),
            not_judged=dict(self.not_judged),
            not_exchanges=dict(self.not_exchanges),
            hosts=dict(self.hosts),
            kept=dict(self.kept),
            coverage=self.coverage + Coverage(),
            elsewhere={host: each.copy() for host, each in self.elsewhere.items()},
            occurred={operation: dict(counts) for operation, counts in self.occurred.items()},
        )

    def taking(self, other: Report) -> Report:
        """Add another report to this one, which changes, and return it."""
        self.recordings += other.recordings
        self.skipped += other.skipped
        for own, more in (
            (self.exchanges, other.exchanges),
            (self.not_judged, other.not_judged),
            (self.not_exchanges, other.not_exchanges),
            (self.hosts, other.hosts),
        ):
            for name, number in more.items():
                own[name] = own.get(name, 0) + number
        for finding in other.kept.values():
            self.add(finding)
        for operation, counts in other.occurred.items():
            kept = self.occurred.setdefault(operation, {})
            for name, number in counts.items():
                kept[name] = kept.get(name, 0) + number
        self.coverage = self.coverage.taking(other.coverage)
        self.at(other.first)
        self.at(other.last)
        for host, each in other.elsewhere.items():
            self.elsewhere[host] = self.elsewhere.get(host, Report()).taking(each)
        if len(self.elsewhere) > MOST_HOSTS:
            for host in sorted(self.elsewhere.keys() - {OTHER_HOSTS})[MOST_HOSTS:]:
                last = self.elsewhere.pop(host)
                self.elsewhere[OTHER_HOSTS] = self.elsewhere.get(OTHER_HOSTS, Report()).taking(last)
        self.lacking = self.lacking[0] + other.lacking[0], self.lacking[1] + other.lacking[1]
        self.documents = tuple(dict.fromkeys((*self.documents, *other.documents)))
        return self

    @property
    def findings(self) -> list[TrafficFinding]:
        """The findings, the most important first: by severity, then by count."""
        return sorted(self.kept.values(), key=lambda found: (SEVERITIES.index(found.severity), -found.count, found.key))

    def at_least(self, severity: Severity) -> list[TrafficFinding]:
        """The findings of a severity and above it."""
        return [found for found in self.findings if SEVERITIES.index(found.severity) <= SEVERITIES.index(severity)]

    def without(self, keys: Collection[tuple[str, ...]]) -> Report:
        """The same report without the findings of these keys, which are counted as known."""
        kept = {key: finding for key, finding in self.kept.items() if key not in keys}
        known = self.not_judged["known"] + len(self.kept) - len(kept)
        return replace(self, kept=kept, not_judged=self.not_judged | {"known": known})

    def completed(self, lines: Mapping[tuple[str, str], int], known: Mapping[str, Iterable[str]]) -> Report:
        """The same report with the lines of the document, by file and pointer, and with the names that the document has."""
        kept = {}
        for key, finding in self.kept.items():
            place = finding.document
            line = lines.get((place.file, place.pointer)) if place is not None else None
            kept[key] = finding if place is None else replace(finding, document=replace(place, line=line))
        names = {kind: tuple(listed) for kind, listed in known.items()}
        return replace(self, kept=kept, coverage=Coverage(self.coverage.seen, names))

    def replies_with(self, finding: TrafficFinding) -> int:
        """Return in how many different replies a finding could have been seen; 0 when that is not known."""
        counts = [self.occurred.get(operation, {}) for operation in finding.operations]
        return sum(each.get(name, 0) for each in counts for name in finding.among)

    @property
    def recorded(self) -> tuple[str, str] | None:
        """The days of the first and the last exchange; None when they are not known."""
        days = _days(self.first, self.last)
        return (days["first"], days["last"]) if days is not None else None

    def __str__(self) -> str:
        from dynclient.traffic.reports.phrases import report_lines  # which needs this module

        return "\n".join(report_lines(self))

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data, in the JSON form that is a contract."""
        days = self.recorded
        return {
            "recordings": self.recordings,
            "skipped": self.skipped,
            "exchanges": {name: self.exchanges.get(name, 0) for name in COUNTED},
            "not_judged": {name: self.not_judged.get(name, 0) for name in NOT_JUDGED},
            "not_exchanges": dict(sorted(self.not_exchanges.items())),
            "hosts": dict(sorted(self.hosts.items(), key=lambda item: (-item[1], item[0]))),
            "recorded": None if days is None else {"first": days[0], "last": days[1]},
            "documents": [each.to_dict() for each in self.documents],
            "findings": [finding.to_dict() for finding in self.findings],
            "coverage": self.coverage.to_dict(),
        }


def _earlier(first: float | None, second: float | None) -> float | None:
    return second if first is None else first if second is None else min(first, second)


def _later(first: float | None, second: float | None) -> float | None:
    return second if first is None else first if second is None else max(first, second)


def _days(first: float | None, last: float | None) -> dict[str, str] | None:
    return None if first is None or last is None else {"first": _day(first), "last": _day(last)}


def _day(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).date().isoformat()
