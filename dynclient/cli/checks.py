"""`dynclient check`: recorded traffic against documents."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from dynclient.cli.specs import open_spec, opening_options, take_opening
from dynclient.cli.terminal import counted, json_text, say
from dynclient.problem import printable
from dynclient.tolerance import SEVERITIES, Severity

if TYPE_CHECKING:
    from dynclient.traffic.report import Report, TrafficFinding

#: How many findings are printed without `-v`.
_FINDINGS = 10
_OPERATIONS = 3
_COLOURS = {"error": "red", "warning": "yellow", "info": "blue", "hint": "bright_black"}
_FAULTS = {
    "document": "the document is at fault",
    "client": "the client is at fault",
    "server": "the server is at fault",
    "recording": "the recording",
    "unknown": "the server or the document is at fault",
}


@click.command("check")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--spec",
    "specs",
    required=True,
    multiple=True,
    help="The document to judge the traffic by. May be repeated: each exchange goes to the one that it fits.",
)
@click.option(
    "--server",
    "servers",
    multiple=True,
    metavar="URL",
    help="A server of the API that the document does not name: where the traffic was recorded. May be repeated.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*SEVERITIES, "never"]),
    default="error",
    show_default=True,
    help="Exit with 1 when there are findings of this severity or above.",
)
@click.option("--baseline", metavar="FILE", type=click.Path(path_type=Path), help="Show only what is not in FILE.")
@click.option(
    "--write-baseline", metavar="FILE", type=click.Path(path_type=Path), help="Write the findings to FILE, as known."
)
@click.option(
    "--placeholder",
    "placeholders",
    multiple=True,
    metavar="PATTERN",
    help="A text that stands in place of a value that was removed, with * and ?. May be repeated.",
)
@click.option("--remote", is_flag=True, help="Allow recordings to be read from URLs.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="The number of processes. [default: the cores]")
@click.option("--cluster", metavar="ADDRESS", help="Judge on a Dask cluster, such as tcp://host:8786.")
@click.option(
    "--engine",
    type=click.Choice(["dynclient", "openapi-core"]),
    default="dynclient",
    show_default=True,
    help="The judge.",
)
@click.option("-v", "--verbose", is_flag=True, help="Print all findings, with examples.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@opening_options
def check_command(
    paths: tuple[str, ...],
    specs: tuple[str, ...],
    fail_on: str,
    baseline: Path | None,
    write_baseline: Path | None,
    *,
    verbose: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Judge recorded traffic: report where it differs from the document, and who is at fault.

    PATH is a recording, a folder of recordings, a glob, an archive, or - for standard input. A recorded value that stands in place of a
    secret is not judged. `[[traffic]]` in dynclient.toml silences rules or rates them anew.
    """
    from dynclient.traffic import checking  # only this command reads recordings

    report = _checked(paths, specs, options)
    if write_baseline is not None:
        checking.write_baseline(write_baseline, report)
    if baseline is not None:
        report = checking.without_known(report, checking.read_baseline(baseline))
    if as_json:
        click.echo(json_text(report.to_dict()))
    else:
        print_report(report, verbose=verbose)
    sys.exit(1 if fail_on != "never" and report.at_least(cast("Severity", fail_on)) else 0)


def _checked(paths: tuple[str, ...], specs: tuple[str, ...], options: dict[str, Any]) -> Report:
    from dynclient.traffic import checking

    opening = take_opening(options)
    documents = [open_spec(spec, opening) for spec in specs]
    jobs = options.pop("jobs") or os.cpu_count() or 1
    try:
        ratings = checking.user_ratings(os.environ, documents)
        return checking.check_recordings(paths, documents, ratings=ratings, jobs=jobs, **options)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def print_report(report: Report, *, verbose: bool) -> None:
    """Print a report for people."""
    findings = report.findings
    for finding in findings if verbose else findings[:_FINDINGS]:
        _print_finding(finding, verbose=verbose)
    if not verbose and len(findings) > _FINDINGS:
        click.echo(f"... and {counted(len(findings) - _FINDINGS, 'more finding')}; -v prints all")
    numbers = report.exchanges
    beside = ", ".join(
        f"{number} {name.replace('_', ' ')}"
        for name, number in numbers.items()
        if number and name not in ("total", "judged")
    )
    found = ", ".join(
        f"{number} {severity}"
        for severity in SEVERITIES
        if (number := sum(each.severity == severity for each in findings))
    )
    days = report.recorded
    age = f" Recorded {days[0]} to {days[1]}, document: {'; '.join(report.documents)}." if days else ""
    click.echo(
        f"{counted(numbers['total'], 'exchange')} in {counted(report.recordings, 'recording')}: {numbers['judged']} judged"
        f"{f' ({beside})' if beside else ''}. Findings: {found or 'none'}.{age}"
    )
    covered = [
        f"{kind.replace('_', ' ')} {each['seen']}/{each['total']}"
        for kind, each in report.coverage.to_dict().items()
        if each["total"]
    ]
    if covered:
        click.echo(f"Coverage: {', '.join(covered)}.")
    if report.hosts:
        shown = ", ".join(f"{host or '(no host)'} ({number})" for host, number in list(report.hosts.items())[:5])
        say(printable(f"Left alone, as no server of the document: {shown}"))


def _print_finding(finding: TrafficFinding, *, verbose: bool) -> None:
    label = click.style(f"{finding.severity:7}", _COLOURS[finding.severity])
    times = f" ({finding.count} times)" if finding.count > 1 else ""
    click.echo(f"{label}  {finding.rule}: {printable(finding.message)}{times}")
    more = f" and {len(finding.operations) - _OPERATIONS} more" if len(finding.operations) > _OPERATIONS else ""
    operations = ", ".join(finding.operations[:_OPERATIONS]) + more
    fault = _FAULTS[finding.fault] if finding.side != "exchange" else ""
    about = [str(finding.document or ""), operations, fault]
    if any(about):
        click.echo(printable(f"{'':9}{'; '.join(filter(None, about))}"))
    for example in finding.examples if verbose else finding.examples[:1]:
        click.echo(printable(f"{'':9}{example}{f' = {example.value}' if example.value else ''}"))
