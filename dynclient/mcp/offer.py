"""What an MCP server offers of a client: its operations, and the answers of the tools that search, describe and call them."""

from __future__ import annotations

import itertools
import json
import mimetypes
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dynclient.api.argschema import ArgumentSchemas
from dynclient.api.described import Content, Reply
from dynclient.api.inwords import property_data
from dynclient.api.manual import operation_data, security_lines
from dynclient.api.operation import Operation
from dynclient.errors import DynclientError, InvalidRequest
from dynclient.exchange import Response
from dynclient.extras import needs
from dynclient.mcp.cutting import as_json, json_within, text_within
from dynclient.names import nearest, snake_case
from dynclient.schema.bundle import ASSERTED
from dynclient.schema.unbundled import parts_of, schema_below
from dynclient.toolkit import lasting_name, listed_tags, tool_name, usable_schema
from dynclient.wire.mediatype import parse

if TYPE_CHECKING:
    from dynclient.client import Client
    from dynclient.mcp.sdk import ToolServer

#: How many tags the server's instructions and a search without result list.
_MOST_TAGS = 50


class ToolAnswer(NamedTuple):
    """The answer of a tool.

    Attributes:
        text: JSON, or an error in words.
        failed: Whether it is an error.
    """

    text: str
    failed: bool = False


class Offer:
    """Operations of a client for a language model.

    Args:
        client: The client.
        operations: The operations that are offered.
        room: The most characters of an answer.
        folder: Where replies that are bytes are saved; only their size is told if None.
        respelt: Replaces what a message says of Python's arguments by what the user of the server has.
    """

    def __init__(
        self,
        client: Client,
        operations: Sequence[Operation],
        *,
        room: int,
        folder: Path | None = None,
        respelt: Callable[[str], str] = str,
    ) -> None:
        self.operations = operations
        self._client = client
        self._room = room
        self._folder = folder
        self._respelt = respelt
        self._schemas = ArgumentSchemas(client.document, room // 2)  # the other half is for the replies and the texts
        self._keys = frozenset(operation.key for operation in operations)

    def server(self) -> ToolServer:
        """Return an MCP server of these operations.

        Raises:
            MissingExtra: The MCP SDK is not installed.
        """
        with needs("mcp", "an MCP server"):
            from dynclient.mcp.sdk import ToolServer
        return ToolServer(self, self._client.document.title)

    @property
    def instructions(self) -> str:
        """What a model is told of the server at first."""
        document = self._client.document
        tags = ", ".join(listed_tags(self.operations)[:_MOST_TAGS])
        lines = [
            f"{document.title} {document.info.get('version', '')}".rstrip() + f": {len(self.operations)} operations.",
            "Use search to find an operation, describe for its arguments, and call to call it.",
            f"Tags: {tags}" if tags else "",
        ]
        return text_within("\n".join(filter(None, lines)), self._room)

    @cached_property
    def _by_name(self) -> dict[str, Operation]:
        return {tool_name(operation): operation for operation in self.operations}

    def search(self, words: str, tag: str | None, limit: int) -> ToolAnswer:
        """Find operations, the best first: by words that all stand in their names, paths, tags or texts, and by a tag."""
        known = self._client.operations
        found: Iterable[Operation] = known.search(words) if words.strip() else self.operations
        wanted = snake_case(tag) if tag else None
        fitting = [
            operation
            for operation in found
            if operation.key in self._keys and (wanted is None or wanted in map(snake_case, operation.tags))
        ]
        data: dict[str, Any] = {
            "found": len(fitting),
            "operations": [_summary(operation) for operation in fitting[:limit]],
        }
        if len(fitting) > limit:
            data["hint"] = f"{len(fitting) - limit} more: use more words, a tag, or a higher limit"
        elif not fitting:
            data["hint"] = "every word must fit: use fewer words, or other ones, or one of these tags"
            data["tags"] = listed_tags(self.operations)[:_MOST_TAGS]
        return ToolAnswer(json_within(data, self._room))

    def describe(self, name: str) -> ToolAnswer:
        """Say what an operation is for, what it takes, and what it answers."""
        operation, refusal = self._find(name)
        if operation is None:
            return refusal
        try:
            data = operation_data(operation)
            described = {
                **_summary(operation),
                "description": data["description"],
                "tags": data["tags"],
                "arguments": usable_schema(self._schemas, operation),
                "replies": [_reply_data(operation, reply) for reply in operation.replies.values()],
                "auth": list(security_lines(data)),
            }
        except DynclientError as error:
            return self._failed(error)
        return ToolAnswer(json_within(described, self._room))

    def call(self, name: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        """Call an operation. The answer is the status and the body of the reply, and what the document objects to in it.

        A status of 400 or more is an error. A reply that breaks the document is none: what was called for may have happened.
        """
        operation, refusal = self._find(name)
        if operation is None:
            return refusal
        try:
            response = self._client[lasting_name(self._client.operations, operation)].send(**arguments)
            data = self._reply(operation, response)
        except InvalidRequest as error:
            without_options = InvalidRequest(error.headline, error.problems)  # a model cannot give any
            return self._failed(
                without_options, f"\nNothing was sent. describe {tool_name(operation)} shows what it takes."
            )
        except DynclientError as error:
            return self._failed(error)
        except OSError as error:
            return ToolAnswer(f"the reply cannot be saved: {error.strerror or error}", failed=True)
        return ToolAnswer(json_within(data, self._room), failed=not response.ok)

    def _find(self, name: str) -> tuple[Operation | None, ToolAnswer]:
        """Return the offered operation of a name, or an answer that says why there is none."""
        found: Operation | None = self._by_name.get(name) or self._client.operations.get(name)
        if found is None:
            hint = nearest(name, self._by_name) or "search finds them"
            return None, ToolAnswer(f"there is no operation {name!r} ({hint})", failed=True)
        if found.key not in self._keys:
            message = (
                f"{found.id} is not offered: the options of this server leave it out (search finds those that are)"
            )
            return None, ToolAnswer(message, failed=True)
        return found, ToolAnswer("")

    def _failed(self, error: DynclientError, advice: str = "") -> ToolAnswer:
        text = text_within(self._respelt(str(error)), self._room - len(advice))
        return ToolAnswer(text + advice, failed=True)

    def _reply(self, operation: Operation, response: Response) -> dict[str, Any]:
        """Return a reply as data, without the credentials of its request, which servers may quote."""
        data: dict[str, Any] = {"status": response.status}
        problems = self._client._caller.consequences.counted("response", operation, response.problems)  # noqa: SLF001  public names could be operations
        if problems:
            data["problems"] = [str(problem) for problem in problems]
        if isinstance(response.data, bytes):
            data["media_type"] = response.headers.get("Content-Type", "application/octet-stream")
            data["size"] = len(response.data)
            if self._folder is not None and response.ok:
                data["saved"] = str(self._save(self._folder, operation, response))
        elif response.content:
            data["body"] = response.data
        return _without_credentials(data, response)

    def _save(self, folder: Path, operation: Operation, response: Response) -> Path:
        """Write the bytes of a reply to a new file; the server's own name for them could lead anywhere."""
        folder.mkdir(parents=True, exist_ok=True)
        kind = parse(response.headers.get("Content-Type", ""))
        suffix = mimetypes.guess_extension(kind.kind) or ".bin"
        for number in itertools.count(1):
            path = folder / f"{tool_name(operation)}-{number}{suffix}"
            try:
                with path.open("xb") as file:
                    file.write(response.data)
            except FileExistsError:
                continue
            return path.absolute()
        raise AssertionError("there is always a next number")


def _summary(operation: Operation) -> dict[str, Any]:
    """Return what a list says of an operation."""
    data: dict[str, Any] = {"operation": tool_name(operation), "method": operation.method, "path": operation.path}
    data |= {"summary": operation.summary} if operation.summary else {}
    return data | ({"deprecated": True} if operation.deprecated else {})


def _reply_data(operation: Operation, reply: Reply) -> dict[str, Any]:
    """Return a documented reply; a success with the members of its objects."""
    bodies = []
    for content in reply.contents.values():
        members = _members(operation, content) if reply.status.startswith("2") else []
        bodies.append({"media_type": content.media_type, **({"members": members} if members else {})})
    return {
        "status": reply.status,
        "description": reply.description,
        **({"bodies": bodies} if bodies else {}),
    }


def _members(operation: Operation, content: Content) -> list[dict[str, Any]]:
    """Return the members of the objects that a body is, or has as its items."""
    document = operation.document
    schema = content.node.child("itemSchema" if content.sequential else "schema")
    if schema.value is None:
        return []
    item = schema_below(parts_of(document, schema, ASSERTED), 0)
    listed = property_data(document, schema) or (property_data(document, item) if item is not None else [])
    return [{name: value for name, value in member.items() if value not in ("", False)} for member in listed]


def _without_credentials(data: dict[str, Any], response: Response) -> dict[str, Any]:
    if response.request is None:
        return data
    text = as_json(data)
    safe = response.request.redacted(text)
    found: dict[str, Any] = data if safe == text else json.loads(safe)
    return found
