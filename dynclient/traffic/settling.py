"""Settling: what can only be said when all traffic was seen: whose hosts they are, missing credentials, lines, and what never occurred."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from dynclient.api.described import Content
from dynclient.api.operation import Operation
from dynclient.errors import SpecError
from dynclient.tolerance import Severity
from dynclient.traffic.dates import is_older, judging_document
from dynclient.traffic.desk import Desk
from dynclient.traffic.plans import ValuePlan, reachable
from dynclient.traffic.ratings import fault_by_share
from dynclient.traffic.report import OTHER_HOSTS, JudgingDocument, Report, TrafficFinding
from dynclient.traffic.unmatched import server_paths
from dynclient.traffic.watch import known_parts
from dynclient.wire.servers import path_of

if TYPE_CHECKING:
    from dynclient.traffic.inspector import Inspector

#: How many hosts a message names.
_SHOWN = 5
_CREDENTIALS = "request/security/security"


def settled(report: Report, inspector: Inspector) -> Report:
    """Return the report on all traffic, ready to be shown.

    Args:
        report: The sum of the reports of all chunks.
        inspector: The documents that it was judged by.
    """
    report = _without_missing_everywhere(_with_hosts(report, inspector))
    documents = tuple(judging_document(desk.api.document) for desk in inspector.desks)
    report = _with_faults(report, documents[0] if len(documents) == 1 else None)
    places = [finding.document for finding in report.kept.values() if finding.document is not None]
    lines: dict[tuple[str, str], int] = {}
    for desk in inspector.desks:
        lines |= _lines(desk, {(place.file, place.pointer) for place in places})
    known: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    for desk in inspector.desks:
        for kind, name in _known(desk, report):
            known[kind].append(name)
    return replace(report.completed(lines, known), documents=documents)


_KINDS = ("operations", "parameters", "statuses", "media_types", "properties", "enum_values", "branches")


def _with_hosts(report: Report, inspector: Inspector) -> Report:
    """Decide about the hosts that no server names: they are left alone, unless there is no other traffic and the paths fit."""
    elsewhere, report = report.elsewhere, replace(report, elsewhere={})
    if not elsewhere:
        return report
    fitting = {host: each for host, each in elsewhere.items() if each.exchanges["judged"]}
    taken = {} if report.exchanges["judged"] else fitting
    for each in taken.values():
        report = report + each
    left = {host: each for host, each in elsewhere.items() if host not in taken}
    number = sum(each.exchanges["total"] for each in left.values())
    exchanges = dict(report.exchanges)
    exchanges["total"] += number
    exchanges["other_hosts"] += number
    report = replace(report, exchanges=exchanges, hosts=_counted(left))
    is_lost = not report.exchanges["judged"]
    if is_lost or (taken and any(desk.hosts.named for desk in inspector.desks)):
        note = _nobodys(inspector, taken or left, error=is_lost)
        rating = inspector.ratings.rating(note.rule, "", "", "")
        if is_lost or rating != "off":  # nothing judged is never silent
            report.add(replace(note, severity=rating if rating and rating != "off" else note.severity))
    return report


def _nobodys(inspector: Inspector, reports: dict[str, Report], *, error: bool) -> TrafficFinding:
    """Return the finding that no exchange is with a server of the document, with the hosts seen and the server that may be meant."""
    counts = _counted(reports)
    listed = list(counts)
    seen = ", ".join(f"{host or '(no host)'} ({counts[host]})" for host in listed[:_SHOWN])
    servers = list(dict.fromkeys(server for desk in inspector.desks for server in desk.hosts.shown))[:_SHOWN]
    message = f"no exchange is with a server of the document ({', '.join(servers) or 'it names none'}); seen: {seen}"
    meant = _url_of(listed[0]) if listed and listed[0] not in ("", OTHER_HOSTS) else "URL"
    if error:
        meant += _base_of(inspector, reports[listed[0]]) if listed else ""
        message += f"; did you mean --server {meant}?"
    else:
        message += f"; they were judged by their paths (--server {meant} confirms it)"
    severity: Severity = "error" if error else "info"
    number = sum(counts.values())
    return TrafficFinding(
        "exchange/server/unknown", severity, "unknown", "exchange", message=message, seen=tuple(listed[:_SHOWN]), count=number
    )  # fmt: skip


def _counted(reports: dict[str, Report]) -> dict[str, int]:
    """Return how many exchanges each host has, the one with the most first, and last those that are not told apart."""
    counts = {host: each.exchanges["total"] for host, each in reports.items()}
    return dict(sorted(counts.items(), key=lambda item: (item[0] == OTHER_HOSTS, -item[1], item[0])))


def _url_of(host: str) -> str:
    """Return the URL of a server by its host: one on a port, or without a domain, is seldom there for TLS."""
    return f"{'https' if '.' in host and ':' not in host else 'http'}://{host}"


def _base_of(inspector: Inspector, report: Report) -> str:
    """Return the path after which most of the unknown paths would be documented ones; "" if there is none."""
    counts: dict[str, int] = {}
    for finding in report.kept.values():
        if finding.rule != "request/path/unknown" or not finding.examples:
            continue
        for base, rest in server_paths(path_of(finding.examples[0].value.partition(" ")[2])):
            if any(any(desk.api.candidates(rest)) for desk in inspector.desks):
                counts[base] = counts.get(base, 0) + finding.count
    return max(counts, key=lambda base: (counts[base], -len(base)), default="")


def _without_missing_everywhere(report: Report) -> Report:
    """Where no exchange of several has credentials, the recorder left them out: one note instead of a finding for each operation."""
    lacking, present = report.lacking
    found = [finding for finding in report.kept.values() if finding.rule == _CREDENTIALS]
    if present or lacking < 2 or not found:
        return report
    kept = {key: finding for key, finding in report.kept.items() if finding.rule != _CREDENTIALS}
    note = found[0]
    for finding in found[1:]:
        note = note + replace(finding, document=note.document)
    message = f"no exchange has credentials ({lacking} of {lacking}); the recorder may have left them out"
    note = replace(note, severity="info", fault="recording", document=found[0].document, message=message, count=lacking)
    return replace(report, kept={**kept, note.key: note})


def _with_faults(report: Report, document: JudgingDocument | None) -> Report:
    """Decide who is at fault for replies, by how many of them break the document in the same place, and say so.

    Args:
        report: The report on all traffic.
        document: The only document, whose age is compared; None where there are several.
    """
    kept: dict[tuple[str, ...], TrafficFinding] = {}
    for finding in report.kept.values():
        found = _with_fault(finding, max(report.replies_with(finding), finding.exchanges)) if finding.among else finding
        if document is not None and found.fault in ("unknown", "document", "server") and is_older(found.last, document):
            found = replace(found, message=f"{found.message}; not recorded since the day of the document")
        kept[found.key] = found
    return replace(report, kept=kept)


def _with_fault(finding: TrafficFinding, replies: int) -> TrafficFinding:
    fault = fault_by_share(finding.rule, finding.exchanges, replies) if finding.fault == "unknown" else finding.fault
    more = f" (in {finding.exchanges:,} of {replies:,} replies)" if replies > 1 else ""
    return replace(finding, fault=fault, replies=replies, message=f"{finding.message}{more}")


def _lines(desk: Desk, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for file, source in desk.api.document.files.items():
        name = desk.file_name(file)
        paths = {_tokens(at): at for named, at in places if named == name}
        for path, line in source.lines(list(paths)).items():
            found[name, paths[tuple(map(str, path))]] = line
    return found


def _tokens(at: str) -> tuple[str, ...]:
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in at.split("/")[1:])


def _known(desk: Desk, report: Report) -> Iterator[tuple[str, str]]:
    """Yield what a document has: its operations with all parts, and what is in the schemas of the bodies that occurred."""
    seen = report.coverage.seen
    plans: list[ValuePlan] = []
    for operation in desk.api.operations.operations:
        label = desk.label_of(operation)
        try:
            yield from dict.fromkeys(known_parts(operation, label))
        except SpecError:  # a broken reference
            continue
        if label in seen.get("operations", ()):
            plans += _plans(desk, operation, label, seen.get("media_types", set()))
    names: dict[tuple[str, str], None] = {}
    for plan in reachable(plans):
        used = [*plan.members.values(), *plan.values.values()]
        used += [branch for choice in plan.choices for branch, _ in choice]
        names |= dict.fromkeys(name for each in used for name in desk.coverage_of(each))
    yield from names


def _plans(desk: Desk, operation: Operation, label: str, seen: Container[str]) -> Iterator[ValuePlan]:
    """Yield the plans of the bodies of an operation that occurred."""
    if operation.body is not None:
        for content in operation.body.contents:
            if f"{label} request {content.media_type}" in seen and _is_described(content):
                yield desk.plans["request"].plan((content.node.child("schema"),))
    for reply in operation.replies.values():
        for content in reply.contents.values():
            if f"{label} {reply.status} {content.media_type}" in seen and _is_described(content):
                yield desk.plans["response"].plan((content.node.child("schema"),))


def _is_described(content: Content) -> bool:
    return content.node.get("schema") is not None
