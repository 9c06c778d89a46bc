"""What every report for people says in the same words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dynclient.problem import printable
from dynclient.tolerance import SEVERITIES, Severity
from dynclient.traffic.report import Report, TrafficFinding

#: How many findings are shown where not all are asked for.
SHOWN = 10
#: The columns before the text of a finding, which its severity takes in the first line.
_INDENT = 9
#: What the numbers of exchanges count, in words.
_COUNTED = {
    "repeats": "repeated",
    "other_hosts": "with other hosts",
    "unmatched": "of no operation",
    "not_exchanges": "of no API",
}


#: What the numbers of `not_judged` count, in words.
_LEFT_OUT = {
    "unknown_bodies": "bodies that were not recorded",
    "placeholders": "placeholders",
    "intended": "requests that are wrong on purpose",
    "credentials_left_out": "credentials that the recorder leaves out",
    "silenced": "silenced by dynclient.toml",
    "known": "findings of the baseline",
}


#: What the day of a document is known from, in words.
_DATED = {"info.version": "its version", "git": "its Git commit"}


def fault_of(finding: TrafficFinding) -> str:
    """Return who is at fault, in words that are true of this finding; "" where nobody is."""
    is_sent, what = finding.side == "request", finding.rule.rpartition("/")[2]
    if finding.side == "exchange":  # of a file that is not there, or cannot be opened, the message says all
        return "the recording is broken" if finding.fault == "recording" and what != "file" else ""
    if what == "openapi-core":
        return "the judge is at fault"
    if what == "deprecated":
        return "the client uses what is deprecated" if is_sent else "the server sends what is deprecated"
    match finding.fault:
        case "document" if is_sent and what not in ("unknown", "undocumented"):
            return "the document is stricter than the server"
        case "document" if not is_sent and finding.replies and finding.rule != "response/status":
            return "the document does not describe what the server sends"
        case "document":
            return f"the document lacks what the server {'accepted' if is_sent else 'sent'}"
        case "client":
            return "the client is at fault; the server did not accept it"
        case "server" if finding.replies and finding.rule != "response/status":
            return "the server is at fault; its other replies are as documented"
        case "server":
            return "the server is at fault"
        case "recording":
            return "the recorder may have left something out"
        case _:
            return "the server or the document is at fault"


def totals(report: Report) -> str:
    """Return how much there was, in one sentence."""
    numbers = report.exchanges
    beside = [f"{numbers[name]:,} {words}" for name, words in _COUNTED.items() if numbers[name]]
    also = f" ({', '.join(beside)})" if beside else ""
    where = f" in {_counted(report.recordings, 'recording')}" if report.recordings else ""
    skipped = f" {_counted(report.skipped, 'file')} skipped: no recordings." if report.skipped else ""
    return f"{_counted(numbers['total'], 'exchange')}{where}, {numbers['judged']:,} judged{also}.{skipped}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def left_out(report: Report) -> str:
    """Return what was not judged, and why, in one sentence; "" when everything was."""
    numbers = [(report.not_judged.get(name, 0), words) for name, words in _LEFT_OUT.items()]
    numbers += [(number, reason) for reason, number in sorted(report.not_exchanges.items())]
    found = ", ".join(f"{words} {number:,}" for number, words in numbers if number)
    return f"Not judged: {found}." if found else ""


def age(report: Report) -> str:
    """Return when the traffic was recorded, beside the versions of the documents and their age; "" when that is not known."""
    days = report.recorded
    named = (f"{each}{f' of {each.day} (by {_DATED[each.day_from]})' if each.day else ''}" for each in report.documents)
    when = " to ".join(dict.fromkeys(map(str, days or ())))
    return f"Recorded {when}; judged by {'; '.join(named)}." if days else ""


def severities_line(report: Report) -> str:
    """Return the number of findings of each severity in words: `3 errors, 1 warning, 2 info`; "" when there are none."""
    return ", ".join(severity_counted(number, severity) for severity, number in by_severity(report).items())


def severity_counted(number: int, severity: Severity) -> str:
    """Return a number of findings of a severity in words: `3 errors`."""
    is_plural = number != 1 and severity != "info"
    return f"{number:,} {severity}{'s' * is_plural}"


def by_severity(report: Report) -> dict[Severity, int]:
    """Return the number of findings of each severity that occurs, the gravest first."""
    found = [finding.severity for finding in report.findings]
    return {severity: found.count(severity) for severity in SEVERITIES if severity in found}


def named_operations(finding: TrafficFinding, most: int = 3) -> str:
    """Return the operations of a finding: the first ones by name, and how many more there are."""
    names = finding.operations
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def times_of(finding: TrafficFinding) -> str:
    """Return how often a finding was seen, in words."""
    return "once" if finding.count == 1 else f"{finding.count} times"


def finding_lines(finding: TrafficFinding, most: int = 1) -> list[str]:
    """Return a finding as lines of text: rule and message; the place in the document, the operations, who is at fault; and examples."""
    times = f" ({times_of(finding)})" if finding.count > 1 else ""
    about = [text for text in (str(finding.document or ""), named_operations(finding), fault_of(finding)) if text]
    examples = [f"{example}{f' = {example.value}' if example.value else ''}" for example in finding.examples[:most]]
    lines = [f"{finding.rule}: {finding.message}{times}", *(["; ".join(about)] if about else []), *examples]
    return [printable(line) for line in lines]


def report_lines(
    report: Report,
    *,
    verbose: bool = False,
    label: Callable[[Severity], str] = "{:7}".format,
    screen: tuple[int, int] | None = None,
) -> Iterator[str]:
    """Yield a report for people: the findings, totals and coverage, as lines of text.

    Args:
        report: The report.
        verbose: Whether all findings and all their examples are shown.
        label: Writes a severity.
        screen: The columns and lines that findings may fill where not all are asked for; None for no limit but their number.
    """
    shown = report.findings if verbose else _fitting(report.findings[:SHOWN], screen)
    for finding in shown:
        first, *rest = finding_lines(finding, len(finding.examples) if verbose else 1)
        yield f"{label(finding.severity)}  {first}"
        yield from (f"{'':{_INDENT}}{line}" for line in rest)
    if len(report.findings) > len(shown):
        yield f"... and {_counted(len(report.findings) - len(shown), 'more finding')}; -v prints all"
    yield printable(f"{totals(report)} Findings: {severities_line(report) or 'none'}. {age(report)}".rstrip())
    yield from filter(None, (left_out(report), coverage_line(report)))


def _fitting(findings: Sequence[TrafficFinding], screen: tuple[int, int] | None) -> Sequence[TrafficFinding]:
    """Return the first findings whose lines, as a terminal breaks them, fit a screen; one at least."""
    if screen is None:
        return findings
    columns, free = screen
    for number, finding in enumerate(findings):
        free -= sum(-(-(len(line) + _INDENT) // columns) for line in finding_lines(finding))
        if free < 0:
            return findings[: number or 1]
    return findings


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
