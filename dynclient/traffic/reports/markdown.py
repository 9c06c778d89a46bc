"""Markdown, for the summary of a CI job or a comment on a pull request."""

from __future__ import annotations

import re

from dynclient.problem import one_line
from dynclient.traffic.report import Report, TrafficFinding
from dynclient.traffic.reports.phrases import age, coverage_rows, fault_of, named_operations, severities_line, totals

#: How many findings are listed; the rest is a number.
_MOST = 50
#: What Markdown or a table would read as markup.
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~]")


def markdown(report: Report) -> str:
    """Return a report as Markdown: totals, a table of the findings, and a table of the coverage."""
    lines = [f"## {'; '.join(_plain(str(each)) for each in report.documents) or 'Recorded traffic'}", ""]
    lines += [f"**{severities_line(report) or 'No findings'}.** {totals(report)} {age(report)}".rstrip(), ""]
    findings = report.findings
    if findings:
        lines += ["| | finding | operations | document | times |", "|---|---|---|---|---|"]
        lines += [_row(finding) for finding in findings[:_MOST]]
        lines += ["", f"... and {len(findings) - _MOST} more findings."] if len(findings) > _MOST else []
        lines += [""]
    rows = coverage_rows(report)
    if rows:
        lines += ["| coverage | seen | of |", "|---|---|---|"]
        lines += [f"| {kind} | {seen} | {total} |" for kind, seen, total, _ in rows]
        lines += [""]
    return "\n".join(lines)


def _row(finding: TrafficFinding) -> str:
    first = f" (first: `{_code(str(finding.examples[0]))}`)" if finding.examples else ""
    fault = f"; {fault}" if (fault := fault_of(finding)) else ""
    about = f"`{finding.rule}`: {_plain(finding.message)}{fault}{first}"
    place = f"`{_code(str(finding.document))}`" if finding.document else ""
    return f"| {finding.severity} | {about} | {_plain(named_operations(finding))} | {place} | {finding.count} |"


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", one_line(text))


def _code(text: str) -> str:
    return one_line(text).replace("`", "'").replace("|", "\\|")
