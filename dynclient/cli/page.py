"""Operations for people: the list of a document, and the page of one operation."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dynclient.api.described import RequestBody
from dynclient.api.inwords import one_of
from dynclient.api.manual import DEPRECATED, operation_data, security_lines
from dynclient.api.operation import Operation
from dynclient.api.signature import MISSING
from dynclient.cli.bodyfields import takes_bytes
from dynclient.cli.paragraphs import reflowed
from dynclient.cli.saved import NO_PROFILE, SavedApi
from dynclient.cli.terminal import api_name, console, counted, drawn, styled, three_columns, unwrapped
from dynclient.errors import SpecError
from dynclient.names import snake_case
from dynclient.problem import printable, show
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import documented, generate
from dynclient.schema.schemas import Schema
from dynclient.spec.document import Document
from dynclient.wire.mediatype import parse

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

#: How long a body on the command line may be; a longer one is better kept in a file.
_LONGEST = 400


def operations_text(document: Document, operations: Sequence[Operation]) -> str:
    """Return the operations of a document: a table as wide as the terminal; in a pipe, a line for each, with tabs between.

    Args:
        document: The document.
        operations: Those of its operations to list.
    """
    if not sys.stdout.isatty():
        return "".join(_line(item) for item in operations)
    from rich.text import Text  # see terminal

    table, half = three_columns(), console().width // 2
    name = table.columns[0]
    name.no_wrap = max((len(item.python_name) for item in operations), default=0) <= half
    name.max_width = None if name.no_wrap else half
    for item in operations:
        second = item.id if item.id not in (item.python_name, item.key) else ""
        names = _two_lines(styled(item.python_name, "bold"), second)
        table.add_row(names, styled(item.method, "green"), _two_lines(styled(item.path, "cyan"), item.summary))
    title = Text.assemble((printable(api_name(document)), "bold"), f", {counted(len(operations), 'operation')}")
    return drawn(title, "", table)


def _line(operation: Operation) -> str:
    cells = (operation.python_name, operation.id, operation.method, operation.path, operation.summary)
    return "\t".join(" ".join(printable(cell).split()) for cell in cells) + "\n"


def _two_lines(first: Text, second: str) -> Text:
    from rich.text import Text  # see terminal

    return Text("\n").join([first, styled(second, "dim")]) if second else first


def operation_text(operation: Operation, spec: str, saved: SavedApi | None) -> str:
    """Return everything that a caller needs to know about an operation.

    Args:
        operation: The operation.
        spec: The document as it is named on the command line.
        saved: The saved API that this is the name of.
    """
    data = operation_data(operation)
    parts: list[RenderableType] = [_request_line(data["method"], data["path"])]
    parts += [styled(data["summary"], "bold")] if data["summary"] else []
    parts += [styled(DEPRECATED, "yellow")] if data["deprecated"] else []
    if data["description"] and data["description"] != data["summary"]:
        parts += ["", _indented(styled(reflowed(data["description"])))]
    parts += [
        "",
        _heading("Call it"),
        _indented(styled(f"client.{data['signature']}")),
        unwrapped(_shell(operation, data, spec, saved)),
    ]
    if data["parameters"]:
        rows = [(item["name"], f"{item['in']}, {item['type']}", item) for item in data["parameters"]]
        parts += ["", _heading("Parameters", "* required"), _indented(_rows(rows))]
    parts += _body(data["body"]) if data["body"] else []
    parts += ["", _heading("Responses"), _indented(_replies(data["responses"]))]
    parts += ["", _heading("Security"), *(_indented(styled(line)) for line in security_lines(data))]
    return drawn(*parts)


def schema_text(data: Mapping[str, Any]) -> str:
    """Return everything that a schema says.

    Args:
        data: The schema, as `schema_data` returns it.
    """
    title = data["name"] if data.get("values") else f"{data['name']}: {data['type']}"  # of an enum, its values
    parts: list[RenderableType] = [styled(title, "bold")]
    parts += [styled(DEPRECATED, "yellow")] if data["deprecated"] else []
    parts += ["", _indented(styled(reflowed(data["description"])))] if data["description"] else []
    notes = "\n".join(_schema_notes(data))
    parts += ["", _indented(styled(notes))] if notes else []
    rows = list(_member_rows(data, 0))
    parts += ["", _heading("Members", "* required"), _indented(_rows(rows))] if rows else []
    return drawn(*parts)


def _schema_notes(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a schema says of its values beside their type, a line each."""
    if data.get("values"):
        yield one_of(data["values"])
    yield from (f"all of {part}" for part in data.get("parts", ()))
    yield from (f"or {alternative}" for alternative in data.get("alternatives", ()))
    yield from (f"{name}: {show(value)}" for name, value in data.get("rules", {}).items())
    if "default" in data:
        yield f"by default {show(data['default'])}"


def _member_rows(data: Mapping[str, Any], depth: int) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield the members of a schema, and below each those of an object that is written inside it."""
    for item in (*data.get("members", ()), *data.get("items", {}).get("members", ())):
        yield f"{'  ' * depth}{item['name']}", item["type"], item
        yield from _member_rows(item, depth + 1)


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


def _shell(operation: Operation, data: Mapping[str, Any], spec: str, saved: SavedApi | None) -> str:
    """Return the command that calls an operation with the values that it requires: as documented, else made up."""
    is_command = saved is not None and saved.name == spec
    texts = ["dynclient", *([] if is_command else ["call"]), spec, data["name"]]
    if saved is not None and saved.profile != NO_PROFILE:
        texts += ["--profile", saved.profile]
    for parameter in operation.parameters:
        if parameter.required:
            value = parameter.default if parameter.default is not MISSING else _made(parameter.schema)
            texts.append(f"{parameter.python_name}={_text(value) or 'VALUE'}")
    if operation.body is not None and operation.body.required:
        texts += _files_of(operation.body) or ["--body", _body_text(operation, operation.body) or "@FILE"]
    for name in _missing_credentials(data["security"], saved):
        texts += ["--auth", f"{name}=env:{snake_case(name).upper()}"]
    return shlex.join(texts)


def _missing_credentials(alternatives: Sequence[Iterable[str]], saved: SavedApi | None) -> list[str]:
    """Return the security schemes that a call needs credentials for: of the first alternative, or of the one that most are saved for."""
    places = saved.settings.get("auth", ()) if saved is not None else ()
    if not alternatives or "none" in places:
        return []
    known = {place.partition("=")[0] for place in places}
    missing = [[name for name in names if name not in known] for names in alternatives]
    return min(missing, key=len) if known else missing[0]


def _files_of(body: RequestBody) -> list[str]:
    """Return the options `-F` for the required fields of a form that has files among them; none for other bodies."""
    content = next(iter(body.contents), None)
    made = _made(content.schema) if content is not None and parse(content.media_type).is_multipart else None
    if content is None or not isinstance(made, dict):
        return []
    members = {name: content.schema.shape.member(name) for name in made}
    files = {name for name, shape in members.items() if takes_bytes(shape.item if shape.is_only("array") else shape)}
    texts = [f"{name}={'@FILE' if name in files else _text(value)}" for name, value in made.items()]
    return [word for text in texts for word in ("-F", text)] if files else []


def _body_text(operation: Operation, body: RequestBody) -> str:
    """Return a short body of the first media type as text; "" where it has none."""
    content = next(iter(body.contents), None)
    if content is None or not (content.json_type or parse(content.media_type).is_form):
        return ""
    examples = documented(operation.document, content.node)
    text = _text(next(iter(examples.values())) if examples else _made(content.schema))
    return text if len(text) <= _LONGEST else ""


def _made(schema: Schema) -> Any:
    try:
        return generate(schema, full=False, direction="request")
    except (ExampleError, SpecError):
        return MISSING


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is MISSING else json.dumps(value, ensure_ascii=False)


def _rows(rows: Iterable[tuple[str, str, Mapping[str, Any]]]) -> RenderableType:
    """Return a table of parameters or properties; the required ones are marked."""
    table = three_columns()
    for name, kind, item in rows:
        mark = " *" if item["required"] else ""
        text = "\n".join(filter(None, (reflowed(item["description"]), *_schema_notes(item))))
        table.add_row(styled(name + mark, "cyan"), styled(kind, "green"), styled(text))
    return table


def _replies(replies: Iterable[Mapping[str, Any]]) -> RenderableType:
    table = three_columns()
    for reply in replies:
        kinds = ", ".join(f"{item['media_type']} {item['type']}" for item in reply["contents"])
        style = "green" if reply["status"].startswith("2") else "yellow"
        table.add_row(styled(reply["status"], style), styled(reflowed(reply["description"])), styled(kinds, "dim"))
    return table


def _request_line(method: str, path: str) -> Text:
    from rich.text import Text  # see terminal

    return Text.assemble((method, "green"), " ", (printable(path), "cyan"))
