"""`dynclient check`: recorded traffic against documents."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from dynclient.cli.bar import shown_check
from dynclient.cli.helping import Command, SectionedOption
from dynclient.cli.specs import open_spec, opening_options, take_opening
from dynclient.cli.terminal import counted, json_text, say
from dynclient.problem import printable
from dynclient.tolerance import SEVERITIES, Severity

if TYPE_CHECKING:
    from dynclient.spec.document import Document
    from dynclient.traffic.report import Report

#: The formats of `dynclient.traffic.reports`, which is imported only where recordings are checked.
FORMATS_OF_REPORTS = ("ndjson", "junit", "sarif", "markdown", "html")
#: The lines of a terminal that are kept for what stands below the findings, and for the prompt.
_BELOW = 10
#: How many things that openapi-core cannot read are named.
_UNREAD = 5
_COLOURS = {"error": "red", "warning": "yellow", "info": "blue", "hint": "bright_black"}


@click.command(
    "check",
    cls=Command,
    codes={1: "there are findings of the severity of --fail-on, or above"},
    examples=(
        "dynclient check cassettes/ --spec order_capture",
        "dynclient check traffic.har --spec shop.yaml --server https://staging.example.com -v",
        "dynclient check cassettes/ --spec order_capture --format html --output report.html",
    ),
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--spec",
    "specs",
    cls=SectionedOption,
    metavar="SPEC",
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
    "--write-baseline",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Accept all findings: write them to FILE, and exit with 0.",
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
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", *FORMATS_OF_REPORTS]),
    default="text",
    show_default=True,
    help="How the report is written.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("--output", metavar="FILE", type=click.Path(path_type=Path), help="Write the report to FILE.")
@click.option(
    "--findings",
    "rows",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the findings as rows to FILE: Parquet if it ends with .parquet, else NDJSON.",
)
@click.option(
    "--infer",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write an OpenAPI Overlay to FILE that makes the document say what was seen; without --spec, a first OpenAPI document.",
)
@opening_options
def check_command(
    paths: tuple[str, ...],
    specs: tuple[str, ...],
    fail_on: str,
    baseline: Path | None,
    write_baseline: Path | None,
    *,
    verbose: bool,
    form: str,
    output: Path | None,
    rows: Path | None,
    infer: Path | None,
    **options: Any,
) -> None:
    """Judge recorded traffic: report where it differs from the document, and who is at fault.

    PATH is a recording, a folder of recordings, a glob, an archive, or - for standard input. A recorded value that stands in place of a
    secret is not judged. `[[traffic]]` in dynclient.toml silences rules or rates them anew.
    """
    from dynclient.traffic import checking  # only this command reads recordings
    from dynclient.traffic.reports.rows import write_rows

    if not specs:
        _refuse_unwritable(infer)
        _outlined(paths, infer, options)
        return
    _refuse_unwritable(output, rows, infer, write_baseline)
    known = checking.read_baseline(baseline) if baseline is not None else None
    documents, report = _checked(paths, specs, options, infer=infer)
    if write_baseline is not None:
        _saved(write_baseline, lambda path: checking.write_baseline(path, report))
    if known is not None:
        report = checking.without_known(report, known)
    _written_out(report, form, output, verbose=verbose)
    if options["engine"] == "openapi-core":
        _tell_unread(documents)
    if rows is not None:
        _saved(rows, partial(write_rows, report))
    if infer is not None:
        _inferred(infer, report, documents[0])
    is_failed = fail_on != "never" and bool(report.at_least(cast("Severity", fail_on)))
    sys.exit(1 if is_failed and write_baseline is None else 0)  # what was just accepted fails nothing


def _written_out(report: Report, form: str, output: Path | None, *, verbose: bool) -> None:
    """Print a report, or write it to a file; the summary for people is printed in any case where a file gets the rest."""
    from dynclient.traffic.reports import report_text

    if form == "text" and output is None:
        print_report(report, verbose=verbose)
        return
    if form == "text":
        text = click.unstyle("\n".join(_lines_of(report, verbose=verbose))) + "\n"
    else:
        text = json_text(report.to_dict()) + "\n" if form == "json" else report_text(report, form)
    if output is None:
        click.echo(text, nl=False)
        return
    _saved(output, lambda path: path.write_text(text, "utf-8", newline="\n"))
    print_report(report, verbose=verbose)


def _tell_unread(documents: list[Document]) -> None:
    """Say what openapi-core does not judge, as it cannot read it."""
    from dynclient.traffic.judging import unread_by_openapi_core

    unread = [text for document in documents for text in unread_by_openapi_core(document)]
    if unread:
        more = f" and {len(unread) - _UNREAD} more" if len(unread) > _UNREAD else ""
        say(printable(f"Not judged, as openapi-core cannot read it: {', '.join(unread[:_UNREAD])}{more}."))


def _refuse_unwritable(*paths: Path | None) -> None:
    """Refuse files that cannot be written before the traffic is judged, which may take hours.

    Raises:
        UsageError: There is no such folder, or the file is a folder.
    """
    wanted = [path for path in paths if path is not None]
    wrong = [
        f"{path} cannot be written: there is no folder {path.parent}" for path in wanted if not path.parent.is_dir()
    ]
    wrong += [f"{path} cannot be written: it is a folder" for path in wanted if path.is_dir()]
    if wrong:
        raise click.UsageError("\n".join(wrong))


def _saved(path: Path, write: Callable[[Path], object]) -> None:
    try:
        write(path)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {error.strerror}") from None
    say(f"written: {path}")


def _inferred(path: Path, report: Report, document: Document) -> None:
    """Write the overlay that makes a document say what was seen, and tell what it leaves."""
    from dynclient.traffic.inference import overlay_of, write_description

    overlay, covered, left = overlay_of(report, document)
    if overlay["actions"]:
        _saved(path, partial(write_description, data=overlay))
    say(f"{counted(len(covered), 'finding')} covered by {counted(len(overlay['actions']), 'action')}, {len(left)} left")
    for why in dict.fromkeys(why for _, why in left):
        rules = sorted({finding.rule for finding, reason in left if reason == why})
        say(f"  left, as {why}: {', '.join(rules)}")


def _outlined(paths: tuple[str, ...], path: Path | None, options: dict[str, Any]) -> None:
    """Write a first document from traffic alone."""
    from dynclient.traffic import checking
    from dynclient.traffic.inference import write_description

    if path is None:
        raise click.UsageError(
            "--spec SPEC says which document judges; without one, --infer FILE makes a first document"
        )
    try:
        outline = checking.outlined(paths, remote=options["remote"])
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        host, found = outline.api(options["servers"])
    except KeyError:
        raise click.UsageError(
            f"no exchange is with {', '.join(options['servers'])}; seen: {', '.join(outline.hosts)}"
        ) from None
    data = found.document(host or "Inferred API")
    _saved(path, partial(write_description, data=data))
    number = sum(len(item) for item in data["paths"].values())
    say(f"{counted(number, 'operation')} from {counted(found.exchanges, 'exchange')} with {host or 'no host'}")
    if outline.broken:
        say(f"{counted(outline.broken, 'part')} could not be read; with --spec {path}, check says which")
    others = [f"{name or '(no host)'} ({each.exchanges})" for name, each in outline.hosts.items() if name != host]
    if others:
        say(printable(f"Left alone: {', '.join(others[:5])}. --server URL chooses a server."))


def _checked(
    paths: tuple[str, ...], specs: tuple[str, ...], options: dict[str, Any], *, infer: Path | None
) -> tuple[list[Document], Report]:
    from dynclient.traffic import checking

    if infer is not None and len(specs) > 1:
        raise click.UsageError("--infer corrects one document: name one --spec")
    options["infer"] = infer is not None
    opening = take_opening(options)
    documents = [open_spec(spec, opening) for spec in specs]
    jobs = options.pop("jobs") or os.cpu_count() or 1
    try:
        ratings = checking.user_ratings(os.environ, documents)
        with shown_check(is_wanted=sys.stderr.isatty()) as progress:
            report = checking.check_recordings(
                paths, documents, ratings=ratings, jobs=jobs, progress=progress, **options
            )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return documents, report


def print_report(report: Report, *, verbose: bool) -> None:
    """Print a report for people: the findings, totals, coverage, and what to do next."""
    for line in _lines_of(report, verbose=verbose, screen=_screen() if sys.stdout.isatty() else None):
        click.echo(line)
    if report.hosts:
        shown = ", ".join(f"{host or '(no host)'} ({number})" for host, number in list(report.hosts.items())[:5])
        say(printable(f"Left alone, as no server of the document: {shown}. --server URL names a server of the API."))
    if report.kept:
        say("Next: --format html --output report.html shows everything; --write-baseline FILE accepts what is known.")


def _screen() -> tuple[int, int]:
    """Return the columns and lines of the terminal that findings may fill; below them stand totals, coverage, and what to do next."""
    columns, lines = shutil.get_terminal_size()
    return columns, lines - _BELOW


def _lines_of(report: Report, *, verbose: bool, screen: tuple[int, int] | None = None) -> Iterator[str]:
    from dynclient.traffic.reports.phrases import report_lines

    yield from report_lines(
        report,
        verbose=verbose,
        label=lambda severity: click.style(f"{severity:7}", _COLOURS[severity]),
        screen=screen,
    )
