"""Operations for people: the list of a document, and the page of one operation."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dynclient.api.manual import DEPRECATED, operation_data, security_lines
from dynclient.api.operation import Operation
from dynclient.cli.terminal import api_name, columns, counted, put, styled, three_columns
from dynclient.problem import printable, show
from dynclient.spec.document import Document

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text


def operations_table(document: Document, operations: Sequence[Operation]) -> None:
    """Print the operations of a document: a table on a terminal, a line for each in a pipe."""
    if not sys.stdout.isatty():
        rows = [(item.python_name, item.id, item.method, item.path, item.summary) for item in operations]
        for line in columns([("NAME", "ID", "METHOD", "PATH", "SUMMARY"), *rows]):
            print(line)  # noqa: T201  a pipe gets plain lines
        return
    from rich.text import Text  # see terminal

    table = three_columns()
    table.columns[0].no_wrap = True
    for item in operations:
        second = item.id if item.id not in (item.python_name, item.key) else ""
        names = _two_lines(styled(item.python_name, "bold"), second)
        table.add_row(names, styled(item.method, "green"), _two_lines(styled(item.path, "cyan"), item.summary))
    put(
        Text.assemble((printable(api_name(document)), "bold"), f", {counted(len(operations), 'operation')}"),
        "",
        table,
    )


def _two_lines(first: Text, second: str) -> Text:
    from rich.text import Text  # see terminal

    return Text("\n").join([first, styled(second, "dim")]) if second else first


def operation_page(operation: Operation, spec: str) -> None:
    """Print everything that a caller needs to know about an operation.

    Args:
        operation: The operation.
        spec: The document as it is named on the command line.
    """
    data = operation_data(operation)
    parts: list[RenderableType] = [_request_line(data["method"], data["path"])]
    parts += [styled(data["summary"], "bold")] if data["summary"] else []
    parts += [styled(DEPRECATED, "yellow")] if data["deprecated"] else []
    if data["description"] and data["description"] != data["summary"]:
        parts += ["", _indented(styled(data["description"]))]
    parts += ["", _heading("Call it"), styled(f"  client.{data['signature']}"), styled(f"  {_shell(data, spec)}")]
    if data["parameters"]:
        rows = [(item["name"], f"{item['in']}, {item['type']}", item) for item in data["parameters"]]
        parts += ["", _heading("Parameters", "* required"), _indented(_rows(rows))]
    parts += _body(data["body"]) if data["body"] else []
    parts += ["", _heading("Responses"), _indented(_replies(data["responses"]))]
    parts += ["", _heading("Security"), *(_indented(styled(line)) for line in security_lines(data))]
    put(*parts)


def _body(body: Mapping[str, Any]) -> list[RenderableType]:
    parts: list[RenderableType] = []
    need = "required" if body["required"] else "optional"
    for content in body["contents"]:
        parts += ["", _heading("Body", f"{content['media_type']}, {content['type']}, {need}")]
        parts += [styled(f"  {name}") for name in content["alternatives"]]
        rows = [(item["name"], item["type"], item) for item in content["properties"]]
        parts += [_indented(_rows(rows))] if rows else []
    return parts


def _indented(part: RenderableType) -> RenderableType:
    from rich.padding import Padding  # see terminal

    return Padding(part, (0, 0, 0, 2))


def _heading(text: str, note: str = "") -> Text:
    from rich.text import Text  # see terminal

    return Text.assemble((text, "bold"), "  " if note else "", (printable(note), "dim"))


def _shell(data: Mapping[str, Any], spec: str) -> str:
    import shlex  # one line of one command

    names = [f"{item['python_name']}=…" for item in data["parameters"] if item["required"]]
    body = ["--body @FILE"] if data["body"] and data["body"]["required"] else []
    auth = [f"--auth {shlex.quote(name)}=env:…" for name in (data["security"] or [{}])[0]]
    return " ".join(["dynclient call", shlex.quote(spec), shlex.quote(data["name"]), *names, *body, *auth])


def _rows(rows: Iterable[tuple[str, str, Mapping[str, Any]]]) -> RenderableType:
    """Return a table of parameters or properties; the required ones are marked."""
    table = three_columns()
    for name, kind, item in rows:
        mark = " *" if item["required"] else ""
        default = f"by default {show(item['default'])}" if "default" in item else ""
        text = "\n".join(filter(None, (item["description"], default)))
        table.add_row(styled(name + mark, "cyan"), styled(kind, "green"), styled(text))
    return table


def _replies(replies: Iterable[Mapping[str, Any]]) -> RenderableType:
    table = three_columns()
    for reply in replies:
        kinds = ", ".join(f"{item['media_type']} {item['type']}" for item in reply["contents"])
        style = "green" if reply["status"].startswith("2") else "yellow"
        table.add_row(styled(reply["status"], style), styled(reply["description"]), styled(kinds, "dim"))
    return table


def _request_line(method: str, path: str) -> Text:
    from rich.text import Text  # see terminal

    return Text.assemble((method, "green"), " ", (printable(path), "cyan"))
