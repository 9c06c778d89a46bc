"""Reports for people and programs: one function each, from a Report to text.

    junit      JUnit's XML: a test for each operation, which fails where it has findings
    sarif      SARIF 2.1.0, for code scanning: the place is the line of the document
    markdown   a summary for pull requests
    html       one HTML file that needs no network
    rows       NDJSON, a finding a line; and rows for DuckDB and pandas, NDJSON or Parquet
    phrases    the words that reports for people share

The JSON form is `Report.to_dict()`; `report.schema.json` describes it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dynclient.traffic.report import Report

#: The formats, each with the module in this folder that has a function of its name.
REPORTS = {"ndjson": "rows", "junit": "junit", "sarif": "sarif", "markdown": "markdown", "html": "html"}


def report_text(report: Report, name: str) -> str:
    """Return a report in one of the formats.

    Args:
        report: The report.
        name: `ndjson`, `junit`, `sarif`, `markdown` or `html`.

    Raises:
        ValueError: There is no such format.
    """
    if name not in REPORTS:
        raise ValueError(f"there is no format {name!r}; there are {', '.join(REPORTS)}")
    text: str = getattr(import_module(f"dynclient.traffic.reports.{REPORTS[name]}"), name)(report)
    return text
