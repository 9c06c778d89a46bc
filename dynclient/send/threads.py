"""Blocking work beside an event loop: any blocking transport in worker threads, and the threads that credentials are asked in.

Why threads of our own and not those of `asyncio.to_thread`: a loop looks up host names in its default threads. Were all of these
taken by calls that wait for one token, the token request itself could never look up its host.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from dynclient.errors import TransportError
from dynclient.exchange import Request, Response
from dynclient.send.failures import what
from dynclient.send.transport import AsyncOpened, AsyncPooled, AsyncTransport, Opened, Pooled, Transport, bare

T = TypeVar("T")

#: The event loop on whose behalf a thread works.
_loop: contextvars.ContextVar[asyncio.AbstractEventLoop | None] = contextvars.ContextVar("_loop", default=None)


class Threads:
    """A few threads, started when they are first needed.

    Args:
        most: How many there may be at once; more work waits for one of them.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._pool: ThreadPoolExecutor | None = None

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function in a thread, in the caller's context, and give what it gives."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._most, "dynclient")
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        context.run(_loop.set, loop)
        return await loop.run_in_executor(self._pool, partial(context.run, function, *args))

    def close(self) -> None:
        """Let the threads end with what they are doing."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False)


class InThreads(AsyncPooled):
    """Any blocking transport for the async client; each request has a thread while it is under way.

    Args:
        transport: The blocking transport.
        most: How many requests may be under way at once.
    """

    def __init__(self, transport: Transport, most: int = 64) -> None:
        self._transport = transport
        self._threads = Threads(most)

    async def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the whole reply; errors as of the blocking transport."""
        return await self._threads.run(self._transport, request, timeout)

    async def open(self, request: Request, timeout: float) -> AsyncOpened:
        """Send a request, and give its reply without the body, the chunks of the body, and what closes it."""
        opened: Callable[[Request, float], Opened] | None = getattr(self._transport, "open", None)
        if opened is None:
            response = await self(request, timeout)
            return response, _once(response.content), _nothing
        opening = asyncio.ensure_future(self._threads.run(opened, request, timeout))
        try:
            response, chunks, close = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(
                _closed
            )  # a thread cannot be stopped, so what it opens is closed when it is there
            raise
        read = partial(self._threads.run, next, chunks, None)
        return response, _pieces(read), partial(self._threads.run, close)

    async def aclose(self) -> None:
        """Close the blocking transport, if it is one of this package."""
        if isinstance(self._transport, Pooled):
            self._transport.close()
        self._threads.close()

    def bare(self) -> Transport:
        """The blocking transport without what the user's own session adds for the API."""
        return bare(self._transport)


def blocking(transport: AsyncTransport) -> Transport:
    """An async transport for those who ask from a worker thread, such as OAuth 2.0; it sends in the loop that is running now."""
    if isinstance(transport, InThreads):
        return transport.bare()
    found = transport.bare() if isinstance(transport, AsyncPooled) else transport

    async def answer(request: Request, timeout: float) -> Response:
        return await found(request, timeout)

    def ask(request: Request, timeout: float) -> Response:
        loop = _loop.get(None)
        if loop is None:  # to wait here would be to wait for oneself
            text = f"{what(request)}: nothing can be waited for here; await a call of the client first"
            raise TransportError(text, request)
        return asyncio.run_coroutine_threadsafe(answer(request, timeout), loop).result()

    return ask


def awaiting(function: Callable[[], Any]) -> Callable[[], Any]:
    """A callable that may be async, for those who call it from a worker thread: it is awaited in the loop that the thread works for."""
    if not inspect.iscoroutinefunction(function):
        return function

    def ask() -> Any:
        loop = _loop.get(None)
        given = function()
        return given if loop is None else asyncio.run_coroutine_threadsafe(given, loop).result()

    return ask


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _nothing() -> None:
    return None


async def _pieces(read: Callable[[], Awaitable[bytes | None]]) -> AsyncIterator[bytes]:
    while (chunk := await read()) is not None:
        yield chunk


def _closed(opening: asyncio.Future[Opened]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result()[2]()
