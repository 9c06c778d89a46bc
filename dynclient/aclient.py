"""The AsyncClient: the names of a document bound to its operations, for asyncio; and the runner that awaits a flow's steps.

It has a module of its own because asyncio is as large as everything else that a blocking call loads.
"""

from __future__ import annotations

from asyncio import Future, get_running_loop, sleep
from collections.abc import AsyncIterator, Mapping
from typing import Any, Self, TypeVar

from dynclient.api.api import Api
from dynclient.api.manual import help_text
from dynclient.api.operation import Operation
from dynclient.api.pages import Paging
from dynclient.api.signature import MISSING
from dynclient.calls import Calls, takes_options
from dynclient.errors import TransportError
from dynclient.exchange import Response
from dynclient.handles import Bound
from dynclient.live.caller import Given
from dynclient.opening import takes_opening
from dynclient.security.credentials import Credential
from dynclient.send.flow import Ask, Enter, Flow, Send, Wait
from dynclient.send.pace import Pace
from dynclient.send.threads import InThreads, Threads, awaiting, blocking
from dynclient.send.transport import AsyncPooled, AsyncTransport, Transport, async_transport
from dynclient.streaming import AsyncOnly, AsyncStream

_T = TypeVar("_T")

#: How many credentials may be asked for at once, each in a thread.
_MOST = 16


@takes_opening
@takes_options
class AsyncClient(Calls, AsyncOnly):
    """Calls the operations of an OpenAPI document by their names, for asyncio: every method that sends is awaited.

    Args:
        spec: A name of the catalog, with or without a version (`shop`, `shop@2.1.0`, `shop@2.x`), a path, an http(s) URL with `fetch=True`, a
            mapping, an open file, the text as bytes, a Document, or an Api.
        server: The server's URL, or the index, name or description of one of the document's servers; by default its first.
        auth: Credentials by security scheme id: text, a (user, password) pair, an OAuth2, Netrc or Keyring, or a callable, async
            or not, that returns one of them. Callables, files, keyrings and authorization servers are asked in a worker thread.
        options: Everything else that is not in the document.
        transport: An async callable `(Request, timeout in seconds) -> Response`, a blocking one, which then runs in worker
            threads, or the name of a library: `aiohttp`, `pyreqwest`, `httpx2` (all extras) or `requests`; by default the first
            of them that is installed. A transport that you pass in is yours to close.
        engine: The JSON Schema engine, `jsonschema-rs` or `jsonschema`; the first that is installed when None.
        watch: Whether the document is read again when its files, or the pin of its version, change; the last good one stays in use
            while the new one is broken, with a warning.
        **options: The fields of `Options`.
        **opening: The options of opening.

    Each field of `Options` may also be given by its name, such as `timeout=5`; it then counts in place of that of `options`. `base_url` is another
    name of `server`.

    Raises:
        SpecError: The document cannot be used.
        InvalidRequest: `auth` names a scheme that neither the document nor another version of it in the catalog has, or `server` is
            neither a URL nor one of its servers.
        TypeError: `auth` or `transport` is of a wrong type.
        MissingExtra: The library of the transport is not installed.

    A client may be used in one event loop after another, as `asyncio.run` makes them; each has connections of its own. What is
    said of forks and pickles is as for `Client`.
    """

    _awaits = True
    _closes = "`await client.aclose()`"

    def _connect(self, transport: AsyncTransport | Transport | str | None) -> tuple[AsyncTransport, Transport]:
        found = async_transport(transport)
        self._threads = Threads(_MOST)
        return found, blocking(found)

    def _askable(self, auth: Mapping[str, Credential] | None) -> Mapping[str, Credential]:
        return {name: awaiting(value) if callable(value) else value for name, value in (auth or {}).items()}

    def _run(self, flow: Flow[Any]) -> Any:
        return run_async(flow, self._core.transport, self._threads)

    def _bind(self, name: str, found: tuple[Api, Operation]) -> AsyncBoundOperation:
        return AsyncBoundOperation(self, name, found)

    async def send(self, name: str, arguments: Mapping[Any, Any] | None = None, body: Any = MISSING) -> Response:
        """Call an operation and return the whole reply, whatever its status; arguments and errors before sending as for `prepare`.

        Raises:
            TransportError: There is no whole reply.
        """
        return await run_async(
            self._caller.sent(*self._named(name, arguments, body)), self._core.transport, self._threads
        )

    async def call(self, name: str, arguments: Mapping[Any, Any] | None = None, body: Any = MISSING) -> Any:
        """Call an operation and return the decoded body of the reply, None without one.

        Raises:
            ApiError: The status is 400 or more.
            InvalidResponse: The reply breaks the document.
            TransportError: There is no whole reply.
        """
        return await self._run(self._caller.called(*self._named(name, arguments, body)))

    def stream(self, name: str, arguments: Mapping[Any, Any] | None = None, body: Any = MISSING) -> Opening:
        """Call an operation and return its reply while the body is still on the wire, by `await` or `async with`; errors as for `call`."""
        return Opening(self, *self._named(name, arguments, body))

    async def aclose(self) -> None:
        """Close the connections, except those of a transport that the user passed in; later calls raise RuntimeError.

        Copies by `with_options` share the connections, and are closed with this client.
        """
        core = self._core
        core.life.closed = True
        self._threads.close()
        if isinstance(core.transport, InThreads) or (core.owned and isinstance(core.transport, AsyncPooled)):
            await core.transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class AsyncBoundOperation(Bound):  # noqa: D101  its docstring is the property below
    @property
    def __doc__(self) -> str:  # type: ignore[override]  # what help() shows is the document's, not this class's
        return help_text(self.operation)

    async def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call the operation and return the decoded body of the reply; errors as for `AsyncClient.call`."""
        operation, client = self.operation, self._client
        flow = client._caller.called(operation, operation.binding.bind(args, kwargs))  # noqa: SLF001  its own client
        return await run_async(flow, client._core.transport, client._threads)  # noqa: SLF001

    async def send(self, /, *args: Any, **kwargs: Any) -> Response:
        """Call the operation and return the whole reply; errors as for `AsyncClient.send`."""
        operation, client = self.operation, self._client
        flow: Flow[Response] = client._caller.sent(operation, operation.binding.bind(args, kwargs))  # noqa: SLF001  its own client
        return await run_async(flow, client._core.transport, client._threads)  # noqa: SLF001

    def stream(self, /, *args: Any, **kwargs: Any) -> Opening:
        """Call the operation and return its reply while the body is still on the wire; as `AsyncClient.stream`."""
        operation = self.operation
        return Opening(self._client, operation, operation.binding.bind(args, kwargs))

    def pages(self, /, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        """Call the operation page by page, and yield the decoded body of each, by `async for`; as `BoundOperation.pages`."""
        paging = self._client._caller.paging(self.operation, self.operation.bind(args, kwargs))  # noqa: SLF001  its own client
        return (page.data async for page in self._turn(paging))

    async def items(self, /, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        """Call the operation page by page, and yield the items of each, by `async for`; errors as for `pages`."""
        paging = self._client._caller.paging(self.operation, self.operation.bind(args, kwargs))  # noqa: SLF001  its own client
        async for page in self._turn(paging):
            for item in paging.items(page.data):
                yield item

    async def _turn(self, paging: Paging) -> AsyncIterator[Response]:
        client = self._client
        while (page := await client._run(client._caller.page(paging))) is not None:  # noqa: SLF001  its own client
            yield page


class Opening(AsyncOnly):
    """A call whose reply is read as it arrives: `await` returns its AsyncStream, `async with` also closes it."""

    def __init__(self, client: AsyncClient, operation: Operation, given: Given) -> None:
        self._client = client
        self._operation = operation
        self._flow = client._caller.opened(operation, given)  # noqa: SLF001  of one house
        self._stream: AsyncStream | None = None

    def __await__(self) -> Any:
        return self._open().__await__()

    async def __aenter__(self) -> AsyncStream:
        self._stream = await self._open()
        return self._stream

    async def __aexit__(self, *_: object) -> None:
        if self._stream is not None:
            await self._stream.aclose()

    async def _open(self) -> AsyncStream:
        client = self._client
        response = await run_async(self._flow, client._core.transport, client._threads)  # noqa: SLF001  of one house
        return AsyncStream(self._operation, response, client._caller.consequences.of_item)  # noqa: SLF001


async def run_async(flow: Flow[_T], transport: AsyncTransport, threads: Threads) -> _T:
    """Await the steps of a flow, one after the other, and return its result.

    Args:
        flow: The flow; it ends where it is when the caller is cancelled.
        transport: The transport that sends its requests.
        threads: The threads for steps that block.
    """
    result: Any = None
    failed: TransportError | None = None
    while True:
        try:
            step = flow.send(result) if failed is None else flow.throw(failed)
        except StopIteration as done:
            value: _T = done.value
            return value
        result, failed = None, None
        try:
            match step:
                case Send(request, timeout):
                    result = await transport(request, timeout)
                case Wait(seconds):
                    await sleep(seconds)
                case Ask(question):
                    result = await threads.run(question)
                case Enter(pace):
                    await _enter(pace)
        except TransportError as error:
            failed = error.alone()
        except BaseException:  # when the call is cancelled, the place of its request is free at once
            flow.close()
            raise


async def _enter(pace: Pace) -> None:
    """Wait for a place among those who send; a place may be given back by another thread."""
    loop = get_running_loop()
    turn: Future[None] = loop.create_future()

    def called() -> None:
        if not turn.done():
            turn.set_result(None)

    def ready() -> None:
        loop.call_soon_threadsafe(called)

    if pace.enter(ready):
        return
    try:
        await turn
    except BaseException:  # the call is cancelled
        pace.abandon(ready)
        raise


__all__ = ["AsyncBoundOperation", "AsyncClient", "Opening", "run_async"]
