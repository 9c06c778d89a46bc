"""Findings as rows for DuckDB and pandas: one row for each example of each finding, with plain columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dynclient.extras import needs
from dynclient.traffic.report import FindingExample, Report

_NONE = FindingExample("")

#: The columns, in their order.
COLUMNS = (
    *("rule", "severity", "fault", "side", "operations", "document_file", "document_line", "document_pointer"),
    *("message", "count", "file", "line", "entry", "pointer", "value"),
)


def ndjson(report: Report) -> str:
    """Return the findings of a report, each as a line of JSON in the form of `report.schema.json`."""
    return "".join(json.dumps(finding.to_dict(), ensure_ascii=False) + "\n" for finding in report.findings)


def rows(report: Report) -> Iterator[dict[str, Any]]:
    """Yield the findings of a report as rows; a finding without an example is one row."""
    for finding in report.findings:
        place = finding.document
        for example in finding.examples or (_NONE,):
            yield {
                "rule": finding.rule,
                "severity": finding.severity,
                "fault": finding.fault,
                "side": finding.side,
                "operations": list(finding.operations),
                "document_file": place.file if place else None,
                "document_line": place.line if place else None,
                "document_pointer": place.pointer if place else None,
                "message": finding.message,
                "count": finding.count,
                "file": example.file,
                "line": example.line,
                "entry": example.entry,
                "pointer": example.pointer,
                "value": example.value,
            }


def write_rows(report: Report, path: Path) -> None:
    """Write the rows of a report: as Parquet to a file with the suffix `.parquet`, else as NDJSON.

    Args:
        report: The report.
        path: The file; an existing one is replaced.

    Raises:
        MissingExtra: Parquet needs the extra `parquet`.
        OSError: The file cannot be written.
    """
    if path.suffix != ".parquet":
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows(report))
        path.write_text("".join(lines), "utf-8", newline="\n")
        return
    with needs("parquet", "Parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq
    text, number = pa.string(), pa.int64()
    kinds = {"operations": pa.list_(text), "document_line": number, "count": number, "line": number, "entry": number}
    schema = pa.schema([(name, kinds.get(name, text)) for name in COLUMNS])
    pq.write_table(pa.Table.from_pylist(list(rows(report)), schema=schema), path)
