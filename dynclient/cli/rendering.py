"""What `--query` takes out of a reply, and how `--output` prints it: as JSON, YAML, CSV, a table, or raw."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import click

from dynclient.cli.pager import show_text
from dynclient.cli.terminal import console, drawn, json_text, styled
from dynclient.extras import needs
from dynclient.problem import printable
from dynclient.wire.jsontext import dumps

FORMS = ("table", "json", "yaml", "csv", "raw")
#: The one column of values that are no objects.
_VALUE = "value"
#: JSON of more characters is not coloured: that takes longer than anybody reads.
_MOST_COLOURED = 1_000_000


class Output(NamedTuple):
    """How data are printed.

    Attributes:
        form: One of `FORMS`; "" for JSON, but text as it is and bytes unchanged.
        find: Takes out what is asked for; None for everything.
    """

    form: str = ""
    find: Callable[[Any], Any] | None = None

    @property
    def is_streamed(self) -> bool:
        """Whether the bytes of a body are printed as they come."""
        return self.form == "raw" and self.find is None

    def found(self, data: Any) -> Any:
        """Return what is asked for of some data."""
        return data if self.find is None else self.find(data)

    def show(self, data: Any, *, is_text: bool = False) -> None:
        """Print data on standard output, in colour on a terminal, and through a pager where they are long.

        Args:
            data: The data.
            is_text: Whether they are text that is printed as it is unless a form or a query is asked for.
        """
        found = self.found(data)
        if isinstance(found, bytes) and self.form in ("", "raw"):
            _show_bytes(found)
            return
        if is_text and not self.form and self.find is None:
            show_text(for_terminal(found))
            return
        text = _WRITERS[self.form or "json"](found)
        show_text(coloured_json(text) if self.form in ("", "json") else text)

    def show_items(self, items: Iterable[Any]) -> None:
        """Print items: each as a line as it comes, of JSON or raw; in the other forms all together at the end."""
        if self.form in ("", "json", "raw"):
            for item in items:
                found = self.found(item)
                click.echo(_raw(found) if self.form == "raw" else dumps(found))
        else:
            show_text(_WRITERS[self.form]([self.found(item) for item in items]))


def output_of(form: str | None, query: str | None) -> Output:
    """Return how data are printed.

    Args:
        form: The value of `--output`.
        query: The value of `--query`: a JMESPath expression.

    Raises:
        UsageError: The query is not JMESPath.
        MissingExtra: The library for queries is not installed.
    """
    return Output(form or "", None if query is None else _finder(query))


def _finder(query: str) -> Callable[[Any], Any]:
    with needs("cli", "--query"):
        import jmespath  # few calls have a query
        import jmespath.exceptions

    try:
        compiled = jmespath.compile(query)
    except jmespath.exceptions.JMESPathError as error:
        raise click.UsageError(f"--query is not JMESPath: {error}") from None

    def find(data: Any) -> Any:
        try:
            return compiled.search(data)
        except jmespath.exceptions.JMESPathError as error:
            raise click.UsageError(f"--query does not fit the reply: {error}") from None

    return find


def for_terminal(text: str) -> str:
    """Return text with its control characters escaped, if standard output is a terminal; elsewhere as it is."""
    return printable(text) if sys.stdout.isatty() else text


def has_colour() -> bool:
    """Return whether standard output gets colours: a terminal does, unless NO_COLOR says no; FORCE_COLOR says yes."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def coloured_json(text: str) -> str:
    """Return JSON in colours if standard output gets any."""
    if not has_colour() or len(text) > _MOST_COLOURED:
        return text
    from rich.highlighter import JSONHighlighter  # see terminal
    from rich.text import Text

    found = Text(text, no_wrap=True)
    JSONHighlighter().highlight(found)
    return drawn(found)


def _show_bytes(content: bytes) -> None:
    if sys.stdout.isatty():
        click.echo(
            f"The reply is binary, {len(content):,} bytes: --save FILE keeps it, --output raw prints it.", err=True
        )
    else:
        sys.stdout.buffer.write(content)


def _yaml(data: Any) -> str:
    import yaml  # few calls print YAML

    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)


def _raw(data: Any) -> str:
    """Return texts and numbers bare, a list of them as lines, and everything else as JSON."""
    if isinstance(data, list) and all(not isinstance(item, list | Mapping) for item in data):
        return "\n".join(_cell(item) for item in data)
    return for_terminal(_cell(data))


def _csv(data: Any) -> str:
    names, rows = _rows(data)
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerows([names, *rows])
    return for_terminal(written.getvalue())


def _table(data: Any) -> str:
    from rich.box import SIMPLE_HEAD  # see terminal
    from rich.table import Table

    names, rows = (
        _rows(data) if not isinstance(data, Mapping) else (["name", _VALUE], [[key, _cell(data[key])] for key in data])
    )
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in names:
        table.add_column(printable(name), overflow="fold" if len(names) * 8 <= console().width else "ellipsis")
    for row in rows:
        table.add_row(*(styled(cell) for cell in row))
    return drawn(table)


def _rows(data: Any) -> tuple[list[str], list[list[str]]]:
    """Return data as the names and the rows of a table: objects by their members, other values in one column."""
    listed = data if isinstance(data, list) else [] if data is None else [data]
    if not any(isinstance(item, Mapping) for item in listed):
        return [_VALUE], [[_cell(item)] for item in listed]
    objects = [item if isinstance(item, Mapping) else {_VALUE: item} for item in listed]
    names = list(dict.fromkeys(name for item in objects for name in item))
    return names, [[_cell(item[name]) if name in item else "" for name in names] for item in objects]


def _cell(value: Any) -> str:
    """Return a value as the text of a cell: null is empty, and what has members is JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json_text(value, indent=None)


_WRITERS: Mapping[str, Callable[[Any], str]] = {
    "table": _table, "json": json_text, "yaml": _yaml, "csv": _csv, "raw": _raw,
}  # fmt: skip
