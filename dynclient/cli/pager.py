"""Long text on a terminal goes through a pager, as git and gh do it; in a pipe or a file, text is only printed.

The pager is DYNCLIENT_PAGER, else PAGER, else `less` (`more` on Windows). With NO_PAGER, with `--no-pager`, or with an empty pager or `cat`, there is none.
"""

from __future__ import annotations

import os
import shutil
import sys

import click

_OFF = frozenset({"", "cat"})


def show_text(text: str) -> None:
    """Print text on standard output, through a pager if it is longer than the terminal.

    Args:
        text: The text, safe for a terminal; its last line may lack the line break.
    """
    text = text if text.endswith("\n") or not text else f"{text}\n"
    if not _is_paged(text):
        click.echo(text, nl=False)
        return
    named = _named_pager()
    if named is not None:
        os.environ["PAGER"] = named  # where click looks
    os.environ.setdefault("LESS", "FRX")  # as git does: colours, and what was read stays on the screen
    click.echo_via_pager(text.removesuffix("\n"))


def _named_pager() -> str | None:
    return os.environ.get("DYNCLIENT_PAGER", os.environ.get("PAGER"))


def _is_paged(text: str) -> bool:
    ctx = click.get_current_context(silent=True)
    refused = ctx is not None and ctx.find_root().params.get("no_pager")
    named = _named_pager()
    if refused or os.environ.get("NO_PAGER") or (named is not None and named.strip() in _OFF):
        return False
    return sys.stdout.isatty() and sys.stdin.isatty() and _height(text) >= shutil.get_terminal_size().lines


def _height(text: str) -> int:
    """Return how many lines of the terminal a text takes."""
    width = shutil.get_terminal_size().columns
    return sum(max(1, -(-len(click.unstyle(line)) // width)) for line in text.splitlines())
