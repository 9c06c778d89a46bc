"""Text for people and JSON for programs, safe on any terminal: escaping, short forms of values, rich's texts and tables.

Why rich is imported inside the functions, here and in the files that print: it takes a while, and programs do not need it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from dynclient.problem import printable, show
from dynclient.spec.access import ALLOW_FETCH, ALLOW_ROOTS, GIVE_FIELDS
from dynclient.spec.document import Document

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

#: The width of text for people where there is no terminal to ask.
_WIDTH = 100
_UNPRINTABLE_JSON = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


_QUOTED = re.compile(r"'([^']*)'")

#: How messages name arguments of Python, as patterns, and the options of the command line.
_OPTIONS: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (re.escape(ALLOW_FETCH), "--fetch allows that"),
    (re.escape(GIVE_FIELDS), "--fetch-header 'NAME: env:VARIABLE' sends header fields"),
    (re.escape(ALLOW_ROOTS), "--root PATH allows more"),
    (r"pass server= to the client", "pass --server URL"),
    (r"\blimits=Limits\((\w+)=\.\.\.\) raises", r"--limit \1=NUMBER raises"),
    (r"(?<![\w-])timeout raises that", "--timeout raises that"),
    (r"max_reply raises that; stream\(\) reads a body of any size", "--max-reply raises that"),
    (r"\b(total|max)_(timeout|ratio)\b", r"--\1-\2"),
    (r"pass auth=\{'([^']*)': \.\.\.\}", r"pass --auth '\1=env:VARIABLE'"),
    (r"auth='none' calls", "--auth none calls"),
    (r"\w+=\{'([^']*)': \.\.\.\}, with the others", r"--body \1=VALUE"),
    (r"validate_requests='off' sends it", "--validate off sends it"),
    (r"Options\(follow_to=\['([^']*)'\]\) allows it", r"--follow-to \1 allows it"),
    (
        r"Options\(tolerate=\[(.*)\]\)",
        lambda found: " ".join(f"--tolerate {rule}" for rule in _QUOTED.findall(found[1])),
    ),
)


def respelt(message: str) -> str:
    """Replace what a message says of Python's arguments by the options of the command line."""
    for python, option in _OPTIONS:
        message = re.sub(python, option, message)
    return message


def json_text(data: Any, indent: int | None = 2) -> str:
    """Return the data as JSON that is safe for any terminal and any encoding of standard output."""
    utf = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")
    text = json.dumps(data, ensure_ascii=not utf, indent=indent, default=_bytes)
    return _UNPRINTABLE_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _bytes(value: Any) -> Any:
    from base64 import b64encode  # binary replies are rare

    if isinstance(value, bytes):
        return {"base64": b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def say(text: str, color: str | None = None) -> None:
    """Print a message on standard error; standard output is for data."""
    click.secho(printable(text), fg=color, err=True)


class _Saying(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


def log_to_terminal(logger: logging.Logger) -> None:
    """Print what a logger says on standard error, a line each."""
    logger.addHandler(_Saying())
    logger.setLevel(logging.INFO)


def api_name(document: Document) -> str:
    """Return the title and the version of an API."""
    return f"{document.title} {document.info.get('version', '')}".rstrip()


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 problem`, `2 problems`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def fitted(text: str, width: int) -> str:
    """Return the text, cut to a width."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def shortened(data: Any, room: int) -> str:
    """Return data in a line or two: the first members, long values cut, and the number of the other members."""
    if not isinstance(data, Mapping):
        return show(data, room)
    parts: list[str] = []
    for name, value in data.items():
        part = f"{name}: {_small(value)}"
        room -= len(part) + 2
        if parts and room < 0:
            return f"{{{', '.join(parts)}, and {len(data) - len(parts)} more}}"
        parts.append(part)
    return f"{{{', '.join(parts)}}}"


def _small(value: Any) -> str:
    if isinstance(value, list):
        return f"[{counted(len(value), 'item')}]" if value else "[]"
    if isinstance(value, Mapping):
        return f"{{{counted(len(value), 'member')}}}" if value else "{}"
    return show(value, 40)


def styled(text: str, style: str = "") -> Text:
    """Return the text for rich, without reading markup in it."""
    from rich.text import Text

    return Text(printable(text), style)


def unwrapped(text: str) -> Text:
    """Return a line of two blanks and the text, in one piece however wide it is, so that it can be copied."""
    from rich.text import Text

    return Text(f"  {printable(text)}", no_wrap=True)


def three_columns() -> Table:
    """Return an empty table without lines."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(overflow="fold")
    return table


def console() -> Console:
    """Return a console for standard output, a terminal or a pipe."""
    from rich.console import Console

    # rich itself reads COLUMNS and asks the terminal
    width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else _WIDTH
    return Console(width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)


def drawn(*parts: RenderableType) -> str:
    """Return what rich makes of parts for standard output, without the blanks that it adds at the ends of lines."""
    screen = console()
    with screen.capture() as caught:
        for part in parts:
            screen.print(part, soft_wrap=bool(getattr(part, "no_wrap", False)))  # which rich itself would forget
    return "".join(f"{line.rstrip()}\n" for line in caught.get().splitlines())


def put(*parts: RenderableType) -> None:
    """Print for people; see `drawn`."""
    sys.stdout.write(drawn(*parts))
    sys.stdout.flush()
