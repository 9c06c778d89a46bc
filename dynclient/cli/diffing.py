"""`dynclient diff`: which version is which, the comparison, and the exit code."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import click

from dynclient.api.api import Api
from dynclient.cli.differences import annotation_lines, markdown_report, needed_bump, text_report
from dynclient.cli.flags import CASSETTES, CODE, FETCH, JSON, SPECS
from dynclient.cli.helping import Command, CompletedArgument
from dynclient.cli.specs import open_spec
from dynclient.cli.terminal import json_text, say
from dynclient.errors import SpecError
from dynclient.opening import load
from dynclient.problem import Problem
from dynclient.spec.document import Document

if TYPE_CHECKING:
    from dynclient.versions.changes import Changes
    from dynclient.versions.policy import Policy

_GIT = "git:"
#: The verdicts and notices that each --fail-on counts; what is unknown may break.
_FAILS = {"breaking": ("breaks", "unknown"), "unknown": ("breaks", "unknown"), "notice": ("breaks", "unknown", "fine")}


@click.command(
    "diff",
    cls=Command,
    codes={1: "there is such a change as --fail-on names, or the version has not moved far enough"},
    examples=(
        "dynclient diff order_capture@2.0.8 order_capture@2.1.0 --code src/",
        "dynclient diff git:HEAD:specs/shop.yaml specs/shop.yaml --fail-on breaking --check-bump",
    ),
)
@click.argument("old", cls=CompletedArgument)
@click.argument("new", cls=CompletedArgument)
@JSON
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "github"]),
    default="text",
    show_default=True,
    help="The form of the report; github prints annotations for a workflow.",
)
@click.option("--all", "show_all", is_flag=True, help="Show every change and every operation.")
@click.option(
    "--fail-on",
    type=click.Choice(list(_FAILS)),
    default=None,
    help="Exit with 1 if there is such a change; unknown ones count as breaking.",
)
@click.option("--check-bump", is_flag=True, help="Exit with 1 if the version has not moved as far as the changes ask.")
@click.option(
    "--policy",
    "settings",
    multiple=True,
    metavar="NAME=breaks|notice|fine",
    help="What a kind of change counts as. May be repeated.",
)
@CASSETTES
@CODE
@SPECS
@FETCH
def diff_command(
    old: str,
    new: str,
    as_json: bool,
    form: str,
    show_all: bool,
    fail_on: str | None,
    check_bump: bool,
    settings: tuple[str, ...],
    cassettes: tuple[str, ...],
    code: tuple[Path, ...],
    shelves: tuple[str, ...],
    fetch: bool,
) -> None:
    """Show what breaks when NEW replaces OLD, whom, and a message that proves it.

    OLD and NEW are each a SPEC, or a file of a Git revision (git:HEAD~1:specs/shop.yaml). With --cassettes or --code, what reaches the
    operations in these comes first.
    """
    from dynclient.versions.comparing import diff  # only this command compares

    policy = _policy(settings)
    with ExitStack() as stack:
        documents = [stack.enter_context(_opened(name, shelves, fetch=fetch)) for name in (old, new)]
        changes = diff(documents[0], documents[1], policy=policy)
        if cassettes or code:
            changes = changes.with_used(_used(documents[0], old, cassettes, code))
        if as_json:
            click.echo(json_text(changes.to_dict()))
        elif form == "github":
            for line in annotation_lines(changes, documents[1], new):
                click.echo(line)
        else:
            click.echo(
                markdown_report(changes, show_all=show_all)
                if form == "markdown"
                else text_report(changes, show_all=show_all)
            )
        failed = fail_on is not None and any(change.verdict in _FAILS[fail_on] for change in changes.changes)
        if check_bump:
            failed = not _is_moved(changes, [document.identity for document in documents]) or failed
    sys.exit(1 if failed else 0)


def _used(document: Document, name: str, cassettes: tuple[str, ...], code: tuple[Path, ...]) -> set[str]:
    """Return the ids of the operations in recordings and code."""
    from dynclient.traffic.judging import judge  # slow to import
    from dynclient.upgrade.advice import used_operations

    api = Api.of(document)
    return used_operations(api, document.placed.name or name, code, judge(cassettes, api) if cassettes else ())


def _policy(settings: tuple[str, ...]) -> Policy:
    from dynclient.versions.policy import Policy  # only this command compares

    pairs = [setting.partition("=") for setting in settings]
    bad = next((name for name, equals, _ in pairs if not equals), None)
    if bad is not None:
        raise click.UsageError(f"--policy {bad}: write NAME=breaks, NAME=notice or NAME=fine")
    try:
        return Policy.of({name: value for name, _, value in pairs})
    except ValueError as error:
        raise click.UsageError(f"--policy: {error}") from error


@contextmanager
def _opened(name: str, shelves: tuple[str, ...], *, fetch: bool) -> Iterator[Document]:
    """Open a version by its name on the command line."""
    if name.startswith(_GIT):
        with tempfile.TemporaryDirectory() as folder:
            yield load(_checked_out(name, Path(folder)), cache=False)
        return
    yield open_spec(name, {"fetch": fetch, "shelves": shelves})


def _checked_out(name: str, folder: Path) -> Path:
    """Put the folder of a document, as a Git revision has it, into a folder, and return the document's path there."""
    revision, colon, path = name.removeprefix(_GIT).replace(os.sep, "/").partition(":")
    if not (revision and colon and path) or revision.startswith("-"):
        raise SpecError(
            f"cannot read {name!r}", [_problem("write git:REVISION:PATH, as in git:HEAD~1:specs/shop.yaml")]
        )
    _git(
        name,
        "rev-parse",
        "--quiet",
        "--verify",
        f"{revision}^{{commit}}",
        failed=f"there is no revision {revision} here",
    )
    prefix = _git(name, "rev-parse", "--show-prefix").decode().strip()
    top = _git(name, "rev-parse", "--show-toplevel").decode().strip()
    tried = dict.fromkeys([path, str(PurePosixPath(prefix, path))])
    for each in tried:
        try:
            _git(name, "cat-file", "-e", f"{revision}:{each}")
        except SpecError:
            continue
        parent = PurePosixPath(each).parent
        wanted = [] if str(parent) == "." else [str(parent)]
        packed = _git(name, "-C", top, "archive", "--format=tar", revision, "--", *(wanted or [each]))
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        return folder / each
    raise SpecError(f"cannot read {name!r}", [_problem(f"revision {revision} has no file {path}")])


def _git(name: str, *arguments: str, failed: str = "git failed") -> bytes:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607  the user's own git
    except OSError as error:
        raise SpecError(f"cannot read {name!r}", [_problem(f"git cannot be run: {error.strerror or error}")]) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise SpecError(f"cannot read {name!r}", [_problem(said or failed)])
    return done.stdout


def _problem(message: str) -> Problem:
    return Problem("document", (), "git", message)


def _is_moved(changes: Changes, versions: list[Any]) -> bool:
    """Say whether the version has moved as far as the changes ask."""
    needed, moved = needed_bump(changes, *versions)
    if moved:
        return True
    say(
        f"The version went from {versions[0] or '(none)'} to {versions[1] or '(none)'}; these changes need a new {needed} version.",
        "red",
    )
    return False
