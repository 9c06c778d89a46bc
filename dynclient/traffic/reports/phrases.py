"""What every report for people says in the same words."""

from __future__ import annotations

from dynclient.tolerance import SEVERITIES
from dynclient.traffic.report import Report, TrafficFinding

#: Who is at fault, in words.
FAULTS = {
    "document": "the document is stricter than the server",
    "client": "the client sent what the server refused",
    "server": "the server is at fault",
    "recording": "the recording is broken",
    "unknown": "the server or the document is at fault",
}


def totals(report: Report) -> str:
    """Return how much there was, in one sentence."""
    numbers = report.exchanges
    beside = [
        f"{number:,} {name.replace('_', ' ')}"
        for name, number in numbers.items()
        if number and name not in ("total", "judged")
    ]
    also = f" ({', '.join(beside)})" if beside else ""
    return f"{numbers['total']:,} exchanges in {report.recordings:,} recordings, {numbers['judged']:,} judged{also}."


def age(report: Report) -> str:
    """Return when the traffic was recorded, beside the versions of the documents; "" when that is not known."""
    days = report.recorded
    return f"Recorded {days[0]} to {days[1]}; judged by {'; '.join(report.documents)}." if days else ""


def by_severity(report: Report) -> dict[str, int]:
    """Return the number of findings of each severity that occurs, the gravest first."""
    found = [finding.severity for finding in report.findings]
    return {severity: found.count(severity) for severity in SEVERITIES if severity in found}


def named_operations(finding: TrafficFinding, most: int = 3) -> str:
    """Return the operations of a finding: the first ones by name, and how many more there are."""
    names = finding.operations
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def coverage_rows(report: Report) -> list[tuple[str, int, int, list[str]]]:
    """Return what was exercised, for each kind that the document has: its name, seen, total, and the names that never occurred."""
    return [
        (kind.replace("_", " "), found["seen"], found["total"], found["unseen"])
        for kind, found in report.coverage.to_dict().items()
        if found["total"]
    ]
