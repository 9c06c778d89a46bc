"""NDJSON: a finding a line, in the form of `report.schema.json`."""

from __future__ import annotations

import json

from dynclient.traffic.report import Report


def ndjson(report: Report) -> str:
    """Return the findings of a report, each as a line of JSON."""
    return "".join(json.dumps(finding.to_dict(), ensure_ascii=False) + "\n" for finding in report.findings)
