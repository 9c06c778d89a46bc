"""The operations of a client as tools for language models: definitions in JSON Schema, and calls by their names.

    tools = dynclient.tools(client, tags=["orders"], read_only=True, style="anthropic")
    reply = model.messages.create(tools=tools, ...)
    result = tools.call(use.name, use.input)

The arguments of a tool are the keyword arguments of its operation; `api/argschema.py` says which. A tool has the Python name of its operation. The
names that model providers refuse, of more than 64 characters or with other letters than ASCII, are shortened and end with a hash of
method and path, so a tool keeps its name whatever else the document has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from dynclient.api.argschema import ArgumentSchemas
from dynclient.api.operation import Operation
from dynclient.api.operations import Operations
from dynclient.errors import InvalidRequest, SpecError, UnknownOperation
from dynclient.names import nearest_or_few, snake_case
from dynclient.options import warn
from dynclient.problem import Problem
from dynclient.retries import IDEMPOTENT
from dynclient.schema.finding import NotASchemaError
from dynclient.schema.python import check_schema
from dynclient.wire.jsontext import loads
from dynclient.wire.mediatype import MediaError

if TYPE_CHECKING:
    from dynclient.calls import Calls

Style = Literal["mcp", "openai", "openai-responses", "anthropic"]

#: The methods that change nothing on the server (RFC 9110, section 9.2.1; the QUERY method of OpenAPI 3.2).
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"})

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
_NOT_IN_NAME = re.compile(r"[^a-zA-Z0-9_-]+")
_KEPT, _DIGITS = 55, 8
#: How long a description of OpenAI may be.
_LONGEST = 1024


class Tools(list[dict[str, Any]]):
    """Tool definitions for a language model, and the way to call them.

    Args:
        client: The client that calls.
        definitions: The definitions by name.
        operations: The operations by name.
    """

    def __init__(
        self, client: Calls, definitions: Mapping[str, dict[str, Any]], operations: Mapping[str, Operation]
    ) -> None:
        super().__init__(definitions.values())
        self.operations = operations
        self._client = client
        known = client.operations
        self._names = {name: lasting_name(known, operation) for name, operation in operations.items()}

    def call(self, name: str, arguments: Mapping[str, Any] | str | None = None) -> Any:
        """Call the operation of a tool, as `client[name](**arguments)` does; a tool of an AsyncClient gives what can be awaited.

        Args:
            name: The name of the tool.
            arguments: Its arguments by name, or as the JSON text that a model has written.

        Raises:
            UnknownOperation: There is no such tool.
            InvalidRequest: The text is not a JSON object. All other errors are those of the operation.
        """
        if name not in self._names:
            raise UnknownOperation(f"there is no tool {name!r} ({nearest_or_few(name, self._names)})")
        given = _read_arguments(name, arguments) if isinstance(arguments, str) else arguments or {}
        return self._client[self._names[name]](**given)


def tools(
    client: Calls,
    *,
    operations: Iterable[str] = (),
    tags: Iterable[str] = (),
    read_only: bool = False,
    style: Style = "mcp",
    max_schema: int | None = 100_000,
) -> Tools:
    """Return the operations of a client as tool definitions for a language model.

    An operation that cannot be used is left out with a warning, unless `operations` names it.

    Args:
        client: The client.
        operations: Names of the operations; those with one of the tags are added. All of the document if neither is given.
        tags: Tags of the operations.
        read_only: Whether to leave out operations that may change something: only GET, HEAD, OPTIONS, TRACE and QUERY stay.
        style: The form of the definitions: `openai` for Chat Completions, `openai-responses` for the Responses API, `anthropic`, or `mcp`.
        max_schema: How many characters the schema of an operation's arguments may have: what is farthest from the arguments is left out, and the
            schema says so. Calls are validated by all of it. None for no limit.

    Raises:
        UnknownOperation: The document does not have one of the operations or tags.
        SpecError: An operation that `operations` names cannot be used.
        ValueError: There is no such style.
    """
    if style not in _STYLES:
        raise ValueError(f"style must be {', '.join(_STYLES)}, not {style!r}")
    named = list(operations)
    schemas = ArgumentSchemas(client.document, max_schema)
    definitions, found = {}, {}
    for operation in select_operations(client.operations, named, tags, read_only=read_only):
        name = tool_name(operation)
        try:
            definitions[name] = _STYLES[style](name, operation, usable_schema(schemas, operation))
        except SpecError as error:
            if any(client.operations[each] is operation for each in named):
                raise
            warn(f"{operation.id} is left out of the tools: {error}")
            continue
        found[name] = operation
    return Tools(client, definitions, found)


def select_operations(
    operations: Operations, names: Iterable[str], tags: Iterable[str], *, read_only: bool
) -> list[Operation]:
    """Return the operations that are named or have one of the tags, in the document's order; all if neither is given.

    Args:
        operations: The operations of the document.
        names: Names of operations.
        tags: Tags.
        read_only: Whether only those that change nothing on the server are returned.

    Raises:
        UnknownOperation: The document does not have one of the names; the message lists all of them.
    """
    names, tags = list(names), list(tags)
    unknown = [name for name in names if name not in operations]
    missing = [tag for tag in tags if snake_case(tag) not in operations.by_tag]
    if unknown or missing:
        lines = [f"no operation {name!r} ({nearest_or_few(name, operations)})" for name in unknown]
        lines += [f"no tag {tag!r} ({nearest_or_few(tag, listed_tags(operations.operations))})" for tag in missing]
        raise UnknownOperation(f"{operations.document.title} has {'; '.join(lines)}")
    wanted = {operations[name].key for name in names}
    wanted |= {each.key for tag in tags for each in operations.by_tag[snake_case(tag)].values()}
    return [
        operation
        for operation in operations.operations
        if (not (names or tags) or operation.key in wanted) and (not read_only or operation.method in SAFE_METHODS)
    ]


def tool_name(operation: Operation) -> str:
    """Return the name of an operation as a tool: 1 to 64 ASCII letters, digits, `_` or `-`, the same for no other operation."""
    name = operation.python_name
    if _NAME.match(name):
        return name
    kept = _NOT_IN_NAME.sub("_", name)[:_KEPT].strip("_")
    return "_".join(filter(None, (kept, sha256(operation.key.encode()).hexdigest()[:_DIGITS])))


def lasting_name(operations: Operations, operation: Operation) -> str:
    """Return the name by which a document's next version most likely has the operation: its id, unless another one has the same."""
    return operation.id if operations[operation.id] is operation else operation.key


def usable_schema(schemas: ArgumentSchemas, operation: Operation) -> dict[str, Any]:
    """Return the schema of an operation's arguments.

    Raises:
        SpecError: It would not be a JSON Schema: providers refuse a whole request for one such tool.
    """
    schema = schemas.of(operation)
    try:
        check_schema(schema)
    except NotASchemaError as error:
        raise operation.document.error(operation.node, "schema", str(error)) from None
    return schema


def hints_of(operations: Iterable[Operation]) -> dict[str, bool]:
    """Return what a tool may do that calls one of these operations, as the annotations of MCP."""
    methods = {operation.method for operation in operations}
    safe = methods <= SAFE_METHODS
    return {
        "readOnlyHint": safe,
        "destructiveHint": not safe,
        "idempotentHint": methods <= SAFE_METHODS | IDEMPOTENT,
        "openWorldHint": True,
    }


def listed_tags(operations: Iterable[Operation]) -> list[str]:
    """Return the tags of operations, each once."""
    return list(dict.fromkeys(tag for operation in operations for tag in operation.tags))


def _read_arguments(name: str, text: str) -> Mapping[str, Any]:
    try:
        found = loads(text.encode("utf-8", "surrogatepass")) if text.strip() else {}
    except MediaError as error:
        raise InvalidRequest(
            f"{name}: the arguments cannot be read", [Problem("argument", (), "type", str(error))]
        ) from None
    if not isinstance(found, dict):
        problem = Problem("argument", (), "type", f"must be a JSON object, not {type(found).__name__}")
        raise InvalidRequest(f"{name}: the arguments cannot be read", [problem])
    return found


def _description(operation: Operation, limit: int | None = None) -> str:
    described = "" if operation.description == operation.summary else operation.description
    deprecated = "Deprecated." if operation.deprecated else ""
    text = "\n\n".join(filter(None, (operation.summary, deprecated, described))) or operation.key
    return text if limit is None or len(text) <= limit else f"{text[: limit - 1]}…"


def _mcp(name: str, operation: Operation, schema: dict[str, Any]) -> dict[str, Any]:
    about = {"description": _description(operation), "inputSchema": schema, "annotations": hints_of([operation])}
    return {"name": name, **({"title": operation.summary} if operation.summary else {}), **about}


def _anthropic(name: str, operation: Operation, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "description": _description(operation), "input_schema": schema}


def _function(name: str, operation: Operation, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "description": _description(operation, _LONGEST), "parameters": schema}


_STYLES: dict[Style, Callable[[str, Operation, dict[str, Any]], dict[str, Any]]] = {
    "mcp": _mcp,
    "openai": lambda *parts: {"type": "function", "function": _function(*parts)},
    # strict by default there, which a schema with optional properties is not
    "openai-responses": lambda *parts: {"type": "function", **_function(*parts), "strict": False},
    "anthropic": _anthropic,
}
