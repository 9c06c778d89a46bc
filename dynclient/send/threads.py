"""Blocking work beside an event loop: any blocking transport in worker threads, and the threads that credentials are asked in.

Why threads of its own and not those of `asyncio.to_thread`: an event loop looks up host names in its default threads. If calls
that wait for one token occupied all of these, the token request itself could never look up its host.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from dynclient import forks
from dynclient.errors import TransportError
from dynclient.exchange import Request, Response
from dynclient.send.failures import what
from dynclient.send.transport import AsyncPooled, AsyncTransport, Pooled, Transport, for_tokens

_T = TypeVar("_T")

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
        forks.join(self)

    def forked(self) -> None:
        """Forget the threads, which the parent process has."""
        forks.leave(self._pool)
        self._pool = None

    async def run(self, function: Callable[..., _T], *args: Any) -> _T:
        """Call a function in a thread, in the caller's context, and return its result."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._most, "dynclient")
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        context.run(_loop.set, loop)
        return await loop.run_in_executor(self._pool, partial(context.run, function, *args))

    def close(self) -> None:
        """Let the threads finish their work and end."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False)


class InThreads(AsyncPooled):
    """Any blocking transport for the async client; each request occupies a thread until it is answered.

    Args:
        transport: The blocking transport.
        most: How many requests there may be at once.
        owned: Whether `aclose` closes the blocking transport.

    Attributes:
        transport: The blocking transport.
    """

    def __init__(self, transport: Transport, most: int = 64, *, owned: bool = True) -> None:
        self.transport = transport
        self._owned = owned
        self._threads = Threads(most)

    async def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request; replies and errors are those of the blocking transport."""
        if not request.unread:
            return await self._threads.run(self.transport, request, timeout)
        sending = asyncio.ensure_future(self._threads.run(self.transport, request, timeout))
        try:
            response = await asyncio.shield(sending)
        except asyncio.CancelledError:
            sending.add_done_callback(_closed)  # a thread cannot be stopped, so its reply is closed when it arrives
            raise
        return response if response.body is None else replace(response, body=_Body(response.body, self._threads))

    async def aclose(self) -> None:
        """Close the blocking transport, if it is the client's own; let the threads end."""
        if self._owned and isinstance(self.transport, Pooled):
            self.transport.close()
        self._threads.close()


class _Body:
    """The unread body of a blocking transport, read in threads."""

    def __init__(self, body: Any, threads: Threads) -> None:
        self._body = body
        self._threads = threads

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""
        chunks = self._body.chunks()
        while (chunk := await self._threads.run(next, chunks, None)) is not None:
            yield chunk

    async def aclose(self) -> None:
        """Drop what is not read yet."""
        await self._threads.run(self._body.close)


def blocking(transport: AsyncTransport) -> Transport:
    """Return a transport for token requests, which are sent from worker threads; it sends in the loop that is running now."""
    if isinstance(transport, InThreads):
        return for_tokens(transport.transport)

    async def answer(request: Request, timeout: float) -> Response:
        return await transport(request, timeout)

    def ask(request: Request, timeout: float) -> Response:
        loop = _loop.get(None)
        if loop is None:  # the loop would wait for itself
            text = f"{what(request)}: a token cannot be awaited here; await a call of the client first"
            raise TransportError(text, request)
        return asyncio.run_coroutine_threadsafe(answer(request, timeout), loop).result()

    return for_tokens(ask)


def awaiting(function: Callable[[], Any]) -> Callable[[], Any]:
    """Let worker threads call a function that may be async: it is awaited in the loop that the thread works for."""
    return _Awaiting(function) if inspect.iscoroutinefunction(function) else function


class _Awaiting:
    """An async function as a blocking one; a pickle holds it by its name."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function

    def __call__(self) -> Any:
        loop = _loop.get(None)
        result = self._function()
        return result if loop is None else asyncio.run_coroutine_threadsafe(result, loop).result()


def _closed(sending: asyncio.Future[Response]) -> None:
    if not sending.cancelled() and sending.exception() is None:
        body: Any = sending.result().body
        if body is not None:
            body.close()
