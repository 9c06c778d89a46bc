"""The three tools as an MCP server, by the official Python SDK (the extra `mcp`)."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import ConfigDict, Field

from dynclient._version import __version__
from dynclient.mcp.offer import Offer, ToolAnswer
from dynclient.problem import one_line
from dynclient.toolkit import hints_of

_LOG = logging.getLogger("dynclient")
#: The tools that only read the document.
_OF_DOCUMENT = ToolAnnotations(read_only_hint=True, open_world_hint=False)

_SEARCH = "Search the operations of this API by words. Returns names, methods, paths and summaries."
_DESCRIBE = (
    "Describe an operation: what it does, the JSON Schema of its arguments, its replies, and the credentials it needs."
)
_CALL = "Call an operation. Returns status and body of the reply. Wrong arguments are not sent; the error lists all problems."

OperationName = Annotated[str, Field(description="The name of the operation, as search returns it.")]
CallArguments = Annotated[
    dict[str, Any], Field(description="The arguments, as the JSON Schema says that describe returns under `arguments`.")
]


class ToolServer:
    """An MCP server with the tools search, describe and call.

    Args:
        offer: What they answer.
        name: The name of the server.
    """

    def __init__(self, offer: Offer, name: str) -> None:
        hints = ToolAnnotations.model_validate(hints_of(offer.operations))
        tools = [
            _tool(_search(offer), _SEARCH, _OF_DOCUMENT),
            _tool(_describe(offer), _DESCRIBE, _OF_DOCUMENT),
            _tool(_call(offer), _CALL, hints),
        ]
        self._server: MCPServer = MCPServer(name, instructions=offer.instructions, version=__version__, tools=tools)

    def run(self, listening: socket.socket | None = None) -> None:
        """Serve until the client or Ctrl-C ends it.

        Args:
            listening: A socket to serve at over HTTP (MCP, Streamable HTTP), at the path `/mcp`. Without it, the server uses standard input and output.
        """
        if listening is None:
            self._server.run()
            return
        import uvicorn  # standard input and output do without

        app = self._server.streamable_http_app(host=listening.getsockname()[0])
        uvicorn.Server(uvicorn.Config(app, log_config=None)).run([listening])


def _tool(function: Callable[..., CallToolResult], description: str, hints: ToolAnnotations) -> Tool:
    """Return a tool that refuses unknown arguments: the SDK drops them, and a call with `args` for `arguments` would go out without any."""
    tool = Tool.from_function(function, description=description, annotations=hints, structured_output=False)

    class Known(tool.fn_metadata.arg_model):  # type: ignore[name-defined,misc]  # a class made at run time
        model_config = ConfigDict(extra="forbid", title=tool.fn_metadata.arg_model.__name__)

    tool.fn_metadata.arg_model = Known
    tool.parameters = Known.model_json_schema(by_alias=True)
    return tool


def _search(offer: Offer) -> Callable[..., CallToolResult]:
    def search(
        words: Annotated[
            str, Field(description="Words that are all in the name, path, tags or texts; empty for all.")
        ] = "",
        tag: Annotated[str | None, Field(description="Only operations with this tag.")] = None,
        limit: Annotated[int, Field(description="The most operations to return.", ge=1, le=200)] = 20,
    ) -> CallToolResult:
        return _result(offer.search(words, tag, limit))

    return search


def _describe(offer: Offer) -> Callable[..., CallToolResult]:
    def describe(operation: OperationName) -> CallToolResult:
        return _result(offer.describe(operation))

    return describe


def _call(offer: Offer) -> Callable[..., CallToolResult]:
    def call(operation: OperationName, arguments: CallArguments = {}) -> CallToolResult:  # noqa: B006  never changed
        started = time.perf_counter()
        answer = offer.call(operation, arguments)
        outcome = "failed" if answer.failed else "answered"
        _LOG.info("%s %s in %.0f ms", one_line(operation), outcome, 1000 * (time.perf_counter() - started))
        return _result(answer)

    return call


def _result(answer: ToolAnswer) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=answer.text)], is_error=answer.failed)
