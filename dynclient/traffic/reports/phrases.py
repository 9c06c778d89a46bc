"""What every report for people says in the same words."""

from __future__ import annotations

from dynclient.problem import printable
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
    where = f" in {report.recordings:,} recording{'s' * (report.recordings != 1)}" if report.recordings else ""
    number = numbers["total"]
    return f"{number:,} exchange{'s' * (number != 1)}{where}, {numbers['judged']:,} judged{also}."


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


def finding_lines(finding: TrafficFinding, most: int = 1) -> list[str]:
    """Return a finding as lines of text: rule and message; the place in the document, the operations, who is at fault; and examples."""
    times = f" ({finding.count} times)" if finding.count > 1 else ""
    fault = FAULTS[finding.fault] if finding.side != "exchange" else ""
    about = [text for text in (str(finding.document or ""), named_operations(finding), fault) if text]
    examples = [f"{example}{f' = {example.value}' if example.value else ''}" for example in finding.examples[:most]]
    lines = [f"{finding.rule}: {finding.message}{times}", *(["; ".join(about)] if about else []), *examples]
    return [printable(line) for line in lines]


def coverage_line(report: Report) -> str:
    """Return what was exercised, in one line; "" when nothing is known of it."""
    covered = [f"{kind} {seen}/{total}" for kind, seen, total, _ in coverage_rows(report)]
    return f"Coverage: {', '.join(covered)}." if covered else ""


def coverage_rows(report: Report) -> list[tuple[str, int, int, list[str]]]:
    """Return what was exercised, for each kind that the document has: its name, seen, total, and the names that never occurred."""
    return [
        (kind.replace("_", " "), found["seen"], found["total"], found["unseen"])
        for kind, found in report.coverage.to_dict().items()
        if found["total"]
    ]
