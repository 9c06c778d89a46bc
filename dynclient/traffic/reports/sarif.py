"""SARIF 2.1.0 (OASIS), as code scanning reads it: the place of a finding is the line of the document that objects."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dynclient._version import __version__
from dynclient.traffic.report import Report, TrafficFinding
from dynclient.traffic.reports.phrases import fault_of, times_of

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note", "hint": "note"}


def sarif(report: Report) -> str:
    """Return a report as a SARIF log with one run."""
    rules = sorted({finding.rule for finding in report.findings})
    driver = {
        "name": "dynclient",
        "version": __version__,
        "rules": [{"id": rule, "shortDescription": {"text": rule}} for rule in rules],
    }
    results = [_result(finding, rules.index(finding.rule)) for finding in report.findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _result(finding: TrafficFinding, index: int) -> dict[str, Any]:
    place = finding.document
    operations = f" [{', '.join(finding.operations)}]" if finding.operations else ""
    fault = f"; {fault}" if (fault := fault_of(finding)) else ""
    text = f"{finding.message}{fault}; {times_of(finding)}{operations}"
    key = "\n".join(finding.key)
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [] if place is None else [_location(place.file, place.line, place.pointer)],
        "relatedLocations": [
            {**_location(example.file, example.line, example.pointer), "message": {"text": f"example: {example}"}}
            for example in finding.examples
        ],
        "occurrenceCount": finding.count,
        "partialFingerprints": {"finding/v1": hashlib.sha256(key.encode()).hexdigest()},
        "properties": {"fault": finding.fault, "side": finding.side, "operations": list(finding.operations)},
    }


def _location(file: str, line: int | None, pointer: str) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(file)}}
    if line is not None:
        physical["region"] = {"startLine": line}
    named = [{"fullyQualifiedName": pointer, "kind": "member"}] if pointer else []
    return {"physicalLocation": physical, **({"logicalLocations": named} if named else {})}


def _uri(file: str) -> str:
    """Return a URI of a file; a relative one is from the root of the repository (SARIF 2.1.0, section 3.4.3)."""
    if "://" in file:
        return file
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), safe="/:!")
