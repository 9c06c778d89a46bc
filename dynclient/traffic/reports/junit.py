"""JUnit's XML, as CI servers read it: a test for each operation and for each rule that concerns none."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from dynclient.problem import printable
from dynclient.tolerance import SEVERITIES
from dynclient.traffic.report import Report, TrafficFinding
from dynclient.traffic.reports.phrases import fault_of, times_of, totals

#: The findings from this severity on fail a test; lesser ones are its output.
_FAILING = SEVERITIES[: SEVERITIES.index("warning") + 1]


def junit(report: Report) -> str:
    """Return a report as one test suite.

    An operation that the traffic exercised without a finding is a test that passes; one that never occurred is skipped.
    """
    by_name: dict[str, list[TrafficFinding]] = {name: [] for name in report.coverage.known.get("operations", ())}
    for finding in report.findings:
        for name in finding.operations or (finding.rule,):
            by_name.setdefault(name, []).append(finding)
    suite = ET.Element(
        "testsuite", name="; ".join(map(str, report.documents)) or "recorded traffic", tests=str(len(by_name))
    )
    failed = sum(any(found.severity in _FAILING for found in listed) for listed in by_name.values())
    unseen = set(report.coverage.unseen("operations"))
    skipped = [name for name, listed in by_name.items() if name in unseen and not listed]
    suite.attrib |= {"failures": str(failed), "errors": "0", "skipped": str(len(skipped))}
    for name, listed in by_name.items():
        case = ET.SubElement(suite, "testcase", classname="recorded traffic", name=printable(name), time="0")
        if name in unseen and not listed:
            ET.SubElement(case, "skipped", message="never occurred in the traffic")
        for finding in listed:
            _add(case, finding)
    ET.SubElement(suite, "system-out").text = totals(report)
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _add(case: ET.Element, finding: TrafficFinding) -> None:
    """Add a finding to a test: a failure, or output where it is no more than information."""
    lines = [
        f"{finding.severity}: {finding.message}",
        *([f"document: {finding.document}"] if finding.document else []),
        "; ".join(text for text in (fault_of(finding), times_of(finding)) if text),
        *(f"{example}{f' = {example.value}' if example.value else ''}" for example in finding.examples),
    ]
    text = printable("\n".join(lines))
    if finding.severity in _FAILING:
        ET.SubElement(case, "failure", type=finding.rule, message=printable(finding.message)).text = text
    else:
        ET.SubElement(case, "system-out").text = f"{finding.rule}\n{text}"
