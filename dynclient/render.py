"""What people and programs read: operations, replies, verdicts and the demo's steps, as plain data and as text.

Nothing is decided here. Whatever comes from a document or a server is shown with its control characters written out, since a
terminal would obey them.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from dynclient.document import Document, Node, is_reference
from dynclient.errors import Problem
from dynclient.exchange import REDACTED, Request, Response, redact_fields
from dynclient.operation import Content, Operation
from dynclient.values import show

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

    from dynclient.demo import Server, Step
    from dynclient.traffic import Verdict

#: How wide text for people is where there is no terminal to ask.
_WIDTH = 100

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNPRINTABLE_JSON = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with its control characters written out; lines and tabs stay."""
    return _CONTROLS.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def json_text(data: Any, indent: int | None = 2) -> str:
    """The data as JSON that any terminal and any file takes."""
    utf = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")
    text = json.dumps(data, ensure_ascii=not utf, indent=indent, default=_bytes)
    return _UNPRINTABLE_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _bytes(value: Any) -> Any:
    from base64 import b64encode  # binary replies are rare

    if isinstance(value, bytes):
        return {"base64": b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} is not a value that JSON has")


# Plain data


def problem_data(problem: Problem) -> dict[str, str]:
    """A problem for programs."""
    return {
        "where": problem.where,
        "pointer": problem.pointer,
        "keyword": problem.keyword,
        "message": problem.message,
        "hint": problem.hint,
    }


def reply_data(response: Response) -> dict[str, Any]:
    """A reply and its request for programs, without credentials."""
    request = response.request
    secrets = request.secrets if request is not None else frozenset()
    kept = response.headers.without(["Set-Cookie"]).fields
    return {
        "request": _request_data(request),
        "status": response.status,
        "headers": _joined(redact_fields(kept, secrets | {"authorization"})),
        "data": response.data,
        "problems": [problem_data(problem) for problem in response.problems],
        "elapsed": round(response.elapsed, 6),
    }


def _request_data(request: Request | None) -> dict[str, Any] | None:
    if request is None:
        return None
    return {"method": request.method, "url": request.safe_url, "headers": _joined(request.safe_headers)}


def _joined(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in fields:
        found[name] = f"{found[name]}, {value}" if name in found and value != REDACTED else value
    return found


def verdict_data(verdict: Verdict) -> dict[str, Any]:
    """A verdict for programs."""
    response = verdict.exchange.response
    return {
        "source": verdict.exchange.source,
        "method": verdict.exchange.request.method,
        "url": verdict.exchange.request.safe_url,
        "status": response.status if response is not None else None,
        "operation": verdict.operation or None,
        "verdict": verdict.label,
        "problems": [problem_data(problem) for problem in verdict.problems],
    }


def step_data(step: Step) -> dict[str, Any]:
    """A step of the demo for programs."""
    return {
        "api": step.api,
        "operation": step.operation,
        "call": step.call,
        "ok": step.ok,
        "method": step.request.method if step.request else None,
        "url": step.request.safe_url if step.request else None,
        "status": step.response.status if step.response else None,
        "data": step.response.data if step.response else None,
        "error": step.error or None,
        "problems": [problem_data(problem) for problem in step.problems],
    }


def summary_data(operation: Operation) -> dict[str, Any]:
    """An operation in a line for programs."""
    return {
        "name": operation.python_name,
        "id": operation.id,
        "method": operation.method,
        "path": operation.path,
        "summary": operation.summary,
    }


def operation_data(operation: Operation) -> dict[str, Any]:
    """All that a caller needs to know of an operation, for programs and for `operation_text`."""
    body = operation.body
    return {
        **summary_data(operation),
        "description": operation.description,
        "deprecated": operation.node.get("deprecated") is True,
        "tags": list(operation.tags),
        "signature": f"{operation.python_name}{operation.signature}",
        "servers": list(operation.servers),
        "parameters": [
            {
                "name": parameter.wire.name,
                "python_name": parameter.python_name,
                "in": parameter.wire.location,
                "type": _parameter_kind(operation, parameter.key),
                "required": parameter.required,
                "deprecated": parameter.deprecated,
                "description": parameter.description,
            }
            for parameter in operation.parameters
        ],
        "body": body
        and {
            "python_name": body.python_name,
            "required": body.required,
            "description": body.description,
            "contents": [_content_data(operation.document, content) for content in body.contents],
        },
        "responses": [
            {
                "status": reply.status,
                "description": reply.description,
                "contents": [
                    {"media_type": content.media_type, "type": _kind(content.node.child("schema"))}
                    for content in reply.contents.values()
                ],
            }
            for reply in operation.replies.values()
        ],
        "security": [{name: list(scopes) for name, scopes in way.items()} for way in operation.security],
    }


def _content_data(document: Document, content: Content) -> dict[str, Any]:
    schema = content.node.child("schema")
    members, required = _members(document, schema)
    return {
        "media_type": content.media_type,
        "type": _kind(schema),
        "alternatives": _alternatives(document.follow(schema)),
        "properties": [
            {
                "name": name,
                "type": _kind(node),
                "required": name in required,
                "description": str(document.follow(node).get("description") or "").strip(),
            }
            for name, node in members.items()
        ],
    }


def _parameter_kind(operation: Operation, key: tuple[str, str]) -> str:
    """What the document says of a parameter's type; the parameter's node is looked up again, for messages only."""
    for owner in (operation.node, operation.item):
        for entry in owner.child("parameters").items():
            node = operation.document.follow(entry)
            if (node.get("in"), node.get("name")) == key:
                for media_type, content in node.child("content").children():
                    return f"{_kind(content.child('schema'))} as {media_type}"
                return _kind(node.child("schema"))
    return "anything"


def _kind(node: Node) -> str:
    """The type of a schema in a few words: `ItemRequest`, `array of string`, `string (date)`, `"A" | "B"`."""
    value = node.value
    if is_reference(value):
        return str(value["$ref"]).rpartition("/")[2]
    if not isinstance(value, Mapping):
        return "nothing" if value is False else "anything"
    if isinstance(value.get("enum"), list):
        return " | ".join(json.dumps(item, ensure_ascii=False) for item in value["enum"])
    choices = _alternatives(node)
    declared = value.get("type")
    kinds = [str(kind) for kind in declared] if isinstance(declared, list) else [str(declared)] if declared else []
    words = [_typed(kind, node) for kind in kinds] or choices or [_implied(node)]
    return " or ".join([*words, *(["null"] if value.get("nullable") is True else [])])


def _typed(kind: str, node: Node) -> str:
    if kind == "array":
        return f"array of {_kind(node.child('items'))}" if node.get("items") is not None else "array"
    return f"{kind} ({node.get('format')})" if node.get("format") and kind != "null" else kind


def _implied(node: Node) -> str:
    """The type of a schema that names none."""
    parts = [_kind(part) for part in node.child("allOf").items()]
    return " and ".join(parts) or ("object" if node.get("properties") else "anything")


def _alternatives(node: Node) -> list[str]:
    """The alternatives of a schema that is a choice."""
    return [_kind(part) for keyword in ("oneOf", "anyOf") for part in node.child(keyword).items()]


def _members(document: Document, node: Node, depth: int = 8) -> tuple[dict[str, Node], set[str]]:
    """The properties of a schema and of those that it takes in by `allOf`, and the names of the required ones."""
    node = document.follow(node)
    found = dict(node.child("properties").children())
    required = {name for name in node.get("required") or () if isinstance(name, str)}
    for part in node.child("allOf").items() if depth else ():
        more, needed = _members(document, part, depth - 1)
        found = more | found
        required |= needed
    return found, required


# Text


def name_of(document: Document) -> str:
    """The title and the version of an API."""
    return f"{document.title} {document.info.get('version', '')}".rstrip()


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """A verdict in a line; one that is not clean with its request and every problem."""
    request, response = verdict.exchange.request, verdict.exchange.response
    status = f" {response.status}" if response is not None else ""
    name = f"{verdict.operation}  " if verdict.operation else ""
    yield printable(f"{name}{request.method}{status}  {verdict.exchange.source}")
    if not verdict.ok:
        yield printable(f"{request.method} {request.safe_url}")
        yield from (printable(f"- {problem}") for problem in verdict.problems)


def columns(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows as lines with aligned columns, whole however long: for pipes, where `grep` reads them."""
    listed = [[" ".join(printable(cell).split()) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    for row in listed:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def operations_table(document: Document, operations: Sequence[Operation]) -> None:
    """Print the operations of a document: a table on a terminal, one line each in a pipe."""
    if not sys.stdout.isatty():
        rows = [(item.python_name, item.id, item.method, item.path, item.summary) for item in operations]
        for line in columns([("NAME", "ID", "METHOD", "PATH", "SUMMARY"), *rows]):
            print(line)  # noqa: T201
        return
    from rich.text import Text  # rich is for terminals, and takes a while to import

    table = _table()
    table.columns[0].no_wrap = True
    for item in operations:
        second = item.id if item.id not in (item.python_name, item.key) else ""
        names = _two_lines(_text(item.python_name, "bold"), second)
        table.add_row(names, _text(item.method, "green"), _two_lines(_text(item.path, "cyan"), item.summary))
    _print(
        Text.assemble((printable(name_of(document)), "bold"), f", {count(len(operations), 'operation')}"),
        "",
        table,
    )


def _two_lines(first: Text, second: str) -> Text:
    from rich.text import Text  # see _text

    return Text("\n").join([first, _text(second, "dim")]) if second else first


def operation_text(operation: Operation, spec: str) -> None:
    """Print what a caller needs to know of an operation."""
    from rich.padding import Padding  # rich is for people, and takes a while to import

    data = operation_data(operation)
    parts: list[RenderableType] = [_request_line(data["method"], data["path"])]
    parts += [_text(data["summary"], "bold")] if data["summary"] else []
    if data["deprecated"]:
        parts.append(_text("Deprecated: the document advises against it.", "yellow"))
    if data["description"] and data["description"] != data["summary"]:
        parts += ["", Padding(_text(data["description"]), (0, 0, 0, 2))]
    parts += ["", _heading("Call it"), _text(f"  client.{data['signature']}"), _text(f"  {_shell(data, spec)}")]
    if data["parameters"]:
        rows = [(item["name"], f"{item['in']}, {item['type']}", item) for item in data["parameters"]]
        parts += ["", _heading("Parameters", "* required"), Padding(_rows(rows), (0, 0, 0, 2))]
    for content in data["body"]["contents"] if data["body"] else ():
        need = "required" if data["body"]["required"] else "optional"
        parts += ["", _heading("Body", f"{content['media_type']}, {content['type']}, {need}")]
        parts += [_text(f"  {name}") for name in content["alternatives"]]
        rows = [(item["name"], item["type"], item) for item in content["properties"]]
        parts += [Padding(_rows(rows), (0, 0, 0, 2))] if rows else []
    parts += ["", _heading("Responses"), Padding(_replies(data["responses"]), (0, 0, 0, 2))]
    parts += ["", _heading("Security"), *(Padding(_text(line), (0, 0, 0, 2)) for line in _ways(operation))]
    _print(*parts)


def _heading(text: str, note: str = "") -> Text:
    from rich.text import Text  # see _text

    return Text.assemble((text, "bold"), "  " if note else "", (printable(note), "dim"))


def _ways(operation: Operation) -> Iterator[str]:
    """The security requirements, one alternative a line."""
    if not operation.security:
        yield "none"
    for index, way in enumerate(operation.security):
        names = (operation.schemes[name].describe() if name in operation.schemes else name for name in way)
        yield ("or " if index else "") + (" and ".join(names) or "none")


def _shell(data: Mapping[str, Any], spec: str) -> str:
    import shlex  # one line of one command

    names = [f"{item['python_name']}=…" for item in data["parameters"] if item["required"]]
    body = ["--body @FILE"] if data["body"] and data["body"]["required"] else []
    auth = [f"--auth {shlex.quote(name)}=env:…" for name in (data["security"] or [{}])[0]]
    return " ".join(["dynclient call", shlex.quote(spec), shlex.quote(data["name"]), *names, *body, *auth])


def _rows(rows: Iterable[tuple[str, str, Mapping[str, Any]]]) -> RenderableType:
    """Parameters or properties: the required ones are marked."""
    table = _table()
    for name, kind, item in rows:
        mark = " *" if item["required"] else ""
        table.add_row(_text(name + mark, "cyan"), _text(kind, "green"), _text(item["description"]))
    return table


def _replies(replies: Iterable[Mapping[str, Any]]) -> RenderableType:
    table = _table()
    for reply in replies:
        kinds = ", ".join(f"{item['media_type']} {item['type']}" for item in reply["contents"])
        style = "green" if reply["status"].startswith("2") else "yellow"
        table.add_row(_text(reply["status"], style), _text(reply["description"]), _text(kinds, "dim"))
    return table


def demo_intro() -> None:
    """Print what the demo does."""
    text = (
        "Every operation of the catalog is called against a mock of its document, which judges each request on its own. "
        "A body goes by the name that it has among the document's examples."
    )
    _print(_text(text, "dim"), "")


def server_text(server: Server) -> None:
    """Print the mock that the next steps of the demo talk to."""
    from rich.text import Text  # see _text

    name = printable(name_of(server.document))
    _print(
        Text.assemble((name, "bold underline"), f"  {count(server.operations, 'operation')}, mocked at {server.url}"),
        "",
    )


def step_text(step: Step) -> None:
    """Print a step of the demo: the call, the request, the status and the data, or why there is none."""
    from rich.padding import Padding  # see _text
    from rich.table import Table
    from rich.text import Text

    screen = _console()
    mark = ("ok  ", "green") if step.ok else ("FAIL", "bold red")
    _print(Text.assemble(mark, "  ", (_fitted(printable(step.call), screen.width - 6), "bold")))
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True, min_width=5)
    table.add_column(overflow="fold")
    if step.request is not None:
        url = _with_short_query(step.request.safe_url, screen.width - 12)
        table.add_row(_text(step.request.method, "cyan"), _text(url, "cyan"))
    if step.response is not None:
        said = _phrase(step.response.status) + (", as documented" if step.ok else "")
        table.add_row(_text(str(step.response.status), "green" if step.ok else "red"), _text(said))
        table.add_row("", _text(brief(step.response.data, 2 * (screen.width - 12) - 20)))
    for line in _objections(step):
        table.add_row("", _text(line, "yellow" if step.ok else "red"))
    _print(Padding(table, (0, 0, 0, 6)), "")


def _with_short_query(url: str, room: int) -> str:
    """The URL with its query cut to the room that is left on the line; its path is never cut."""
    path, mark, query = url.partition("?")
    left = room - len(path) - len(mark)
    return path + mark + _fitted(query, left if left >= 20 else 40)


def _phrase(status: int) -> str:
    return next((known.phrase for known in HTTPStatus if known == status), "")


def _objections(step: Step) -> Iterator[str]:
    """What went wrong in a step, or would have."""
    if step.refused:
        told = count(len(step.problems), "problem")
        yield f"refused before it was sent{', as it should be' if step.ok else ''}: {told}"
    elif step.error:
        yield step.error.partition("\n")[0]
    for problem in step.problems:
        yield f"- {problem}"


def _fitted(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def brief(data: Any, room: int = 140) -> str:
    """Data in a line or two: the first members, long ones shortened, and how many more there are."""
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
        return f"[{count(len(value), 'item')}]" if value else "[]"
    if isinstance(value, Mapping):
        return f"{{{count(len(value), 'member')}}}" if value else "{}"
    return show(value, 40)


def count(number: int, noun: str) -> str:
    """So many of something."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def demo_summary(steps: Sequence[Step]) -> None:
    """Print what the steps of the demo come to."""
    operations = {(step.api, step.operation) for step in steps if step.response is not None}
    answered = sum(step.ok and step.response is not None for step in steps)
    refused = sum(step.ok and step.refused for step in steps)
    failed = sum(not step.ok for step in steps)
    text = (
        f"{len(operations)} operations in {len(steps)} calls: {answered} answered as documented, "
        f"{refused} refused as it should be, {failed} failed."
    )
    _print(_text(text, "bold red" if failed else "bold green"))


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text  # rich is for people, and takes a while to import

    return Text(printable(text), style)


def _request_line(method: str, path: str) -> Text:
    from rich.text import Text  # see _text

    return Text.assemble((method, "green"), " ", (printable(path), "cyan"))


def _table() -> Table:
    """Three columns without lines."""
    from rich.table import Table  # see _text

    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(overflow="fold")
    return table


def _console() -> Console:
    from rich.console import Console  # see _text

    # COLUMNS and terminals are asked by rich itself
    width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else _WIDTH
    return Console(width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)


def _print(*parts: RenderableType) -> None:
    """Print for people; rich fills lines up with blanks, which are of no use to anybody."""
    screen = _console()
    with screen.capture() as caught:
        for part in parts:
            screen.print(part)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in caught.get().splitlines()))
    sys.stdout.flush()
