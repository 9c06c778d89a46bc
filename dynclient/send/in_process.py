"""Transports that call an application of this process: no socket, no server, and its exceptions are the caller's.

The body of a reply arrives as the application yields it, so that streams and time limits are as over a connection.
"""

from __future__ import annotations

import asyncio
import io
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, MutableMapping
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Any, Self
from urllib.parse import unquote_to_bytes, urlsplit

from dynclient import forks
from dynclient.exchange import Request, Response
from dynclient.origins import DEFAULT_PORTS
from dynclient.send import failures
from dynclient.send.failures import ArrivingBody, AsyncArrivingBody
from dynclient.send.transport import AsyncPooled, Pooled, async_chunks, fields_of, required_arguments

Message = MutableMapping[str, Any]


class WsgiTransport(Pooled):
    """Calls a WSGI application (PEP 3333): Flask, Django, Bottle. Its exceptions are raised as they are.

    Args:
        app: The application.
        root_path: Where it is mounted: the start of the URL's path that is not its own.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], root_path: str = "") -> None:
        if not callable(app):
            raise TypeError(f"app must be a WSGI application, not {type(app).__name__}")
        if len(required_arguments(app)) == 3:
            raise TypeError(f"app must be a WSGI application, not {type(app).__name__} (ASGI): use AsgiTransport(...)")
        self.app = app
        self._root = root_path.rstrip("/")

    def __call__(self, request: Request, timeout: float) -> Response:
        """Call the application, and read the reply unless it may stay unread.

        Raises:
            TransportError: There is no whole reply.
        """
        started = time.perf_counter()
        head: list[tuple[str, list[tuple[str, str]]]] = []
        written: list[bytes] = []

        def start_response(status: str, fields: list[tuple[str, str]], error: Any = None) -> Callable[[bytes], None]:
            if error is not None and head and written:
                raise error[1].with_traceback(error[2])
            head[:] = [(status, fields)]
            return written.append

        result = self.app(self._environ(request), start_response)
        pieces = iter(result)
        first = next((piece for piece in pieces if piece), b"")  # an application may start its reply as late as here
        if not head:
            raise failures.not_answered(request, "the application did not call start_response")
        status, fields = head[0]
        body = chain(written, [first], pieces) if request.method != "HEAD" else iter(())
        return ArrivingBody(
            request, timeout, started, int(status.split(" ")[0]), partial(_texts, fields), filter(None, body),
            getattr(result, "close", _nothing), (), _never, _coding(fields),
        ).response()  # fmt: skip

    def _environ(self, request: Request) -> dict[str, Any]:
        """What the application gets (PEP 3333, section environ Variables)."""
        url = urlsplit(request.url)
        content, path = request.content, unquote_to_bytes(url.path).decode("latin-1")
        root = self._root if path.startswith(f"{self._root}/") or path == self._root else ""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": root,
            "PATH_INFO": path[len(root) :] or "/",
            "QUERY_STRING": url.query,
            "REQUEST_URI": f"{url.path or '/'}{'?' if url.query else ''}{url.query}",
            "SERVER_NAME": url.hostname or "localhost",
            "SERVER_PORT": str(url.port or DEFAULT_PORTS[url.scheme]),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": url.netloc.rpartition("@")[2],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": url.scheme,
            "wsgi.input": io.BytesIO(content),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if content:
            environ["CONTENT_LENGTH"] = str(len(content))
        for name, value in fields_of(request):
            key = name.upper().replace("-", "_")
            key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
            text = value.encode().decode("latin-1")
            environ[key] = (
                f"{environ[key]},{text}" if key in environ and key.startswith("HTTP_") and key != "HTTP_HOST" else text
            )
        return environ


class AsgiTransport(AsyncPooled):
    """Calls an ASGI 3 application: FastAPI, Starlette, Quart, Django. Its exceptions are raised as they are.

    It serves `AsyncClient` in the client's own event loop, and `Client` in a loop of its own, in a background thread. The application is started
    (lifespan) before its first request, and shut down when the transport is closed: by `with`, `async with`, `close` or `aclose`.

    Args:
        app: The application.
        root_path: Where it is mounted.
        lifespan: Whether the application is started and shut down.
    """

    def __init__(self, app: Callable[..., Any], root_path: str = "", *, lifespan: bool = True) -> None:
        if not callable(app):
            raise TypeError(f"app must be an ASGI application, not {type(app).__name__}")
        if len(required_arguments(app)) == 2:
            raise TypeError(f"app must be an ASGI application, not {type(app).__name__} (WSGI): use WsgiTransport(...)")
        self.app = app
        self._root = root_path.rstrip("/")
        self._wants_lifespan = lifespan
        self._lifespan: _Lifespan | None = None
        self._thread: _LoopThread | None = None
        self._lock = threading.Lock()
        forks.join(self)

    def forked(self) -> None:
        """Forget the loop of the parent process, and the application that was started in it."""
        self._thread = self._lifespan = None
        self._lock = threading.Lock()

    async def __call__(self, request: Request, timeout: float) -> Response:
        """Call the application, and read the reply unless it may stay unread.

        Raises:
            TransportError: There is no whole reply.
        """
        started = time.perf_counter()
        call = await self._called(request, timeout, started)
        return await AsyncArrivingBody(
            request, timeout, started, call.status, partial(_latin, call.fields), call.pieces(), call.close, (TimeoutError,), _always,
            _coding(_latin(call.fields)),
        ).response()  # fmt: skip

    def blocking(self, request: Request, timeout: float) -> Response:
        """Do the same for a blocking client, in the loop of a background thread."""
        started = time.perf_counter()
        with self._lock:
            thread = self._thread = self._thread or _LoopThread()
        call = thread.result(self._called(request, timeout, started))
        pieces = call.pieces()

        def following() -> bytes | None:
            piece: bytes | None = thread.result(anext(pieces, None))
            return piece

        return ArrivingBody(
            request, timeout, started, call.status, partial(_latin, call.fields), iter(following, None), lambda: thread.result(call.close()),
            (TimeoutError,), _always, _coding(_latin(call.fields)),
        ).response()  # fmt: skip

    async def _called(self, request: Request, timeout: float, started: float) -> _AsgiCall:
        loop = asyncio.get_running_loop()
        if self._wants_lifespan and (self._lifespan is None or self._lifespan.loop is not loop):
            self._lifespan = _Lifespan(self.app, loop)
        state = await self._lifespan.started() if self._lifespan is not None else {}
        call = _AsgiCall(self.app, self._scope(request, state), request, failures.wait(request, timeout, started))
        try:
            await call.begin()
        except TimeoutError:
            await call.close()
            raise failures.too_late(request, timeout, started) from None
        except BaseException:
            await call.close()
            raise
        return call

    def _scope(self, request: Request, state: dict[str, Any]) -> dict[str, Any]:
        url = urlsplit(request.url)
        fields = [(b"host", url.netloc.rpartition("@")[2].encode())] if "host" not in request.headers else []
        fields += [(name.lower().encode(), value.encode()) for name, value in fields_of(request)]
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": url.scheme,
            "path": unquote_to_bytes(url.path).decode("utf-8", "replace") or "/",
            "raw_path": url.path.encode() or b"/",
            "query_string": url.query.encode(),
            "root_path": self._root,
            "headers": fields,
            "client": ("127.0.0.1", 123),
            "server": (url.hostname, url.port or DEFAULT_PORTS[url.scheme]),
            "state": dict(state),
        }

    async def aclose(self) -> None:
        """Shut the application down."""
        lifespan, self._lifespan = self._lifespan, None
        if lifespan is not None:
            await lifespan.end()

    def close(self) -> None:
        """Shut the application down, and end the background thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.result(self.aclose())
            thread.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class _AsgiCall:
    """One request to an ASGI application, which runs as a task of its own; what it sends waits in a queue.

    Attributes:
        status: The status of the reply.
        fields: Its header fields.
    """

    status = 0
    _is_complete = False
    fields: Iterable[tuple[bytes, bytes]] = ()

    def __init__(self, app: Any, scope: dict[str, Any], request: Request, wait: float | None) -> None:
        self._request = request
        self._wait = wait
        self._sent: asyncio.Queue[Message | None] = asyncio.Queue(1)  # the application waits until a part was taken
        self._chunks = self._of_body(request.body)
        self._gone = asyncio.Event()
        self._task = asyncio.ensure_future(self._run(app, scope))

    async def _run(self, app: Any, scope: dict[str, Any]) -> None:
        try:
            await app(scope, self._receive, self._send)
        finally:
            if not self._gone.is_set():
                await self._sent.put(None)

    async def _send(self, message: Message) -> None:
        if not self._gone.is_set():  # else nobody listens any more
            await self._sent.put(message)

    @staticmethod
    async def _of_body(body: Any) -> AsyncIterator[Message]:
        if body is not None and not isinstance(body, bytes):
            async for chunk in async_chunks(body):
                yield {"type": "http.request", "body": chunk, "more_body": True}
        yield {"type": "http.request", "body": body if isinstance(body, bytes) else b"", "more_body": False}

    async def _receive(self) -> Message:
        message = await anext(self._chunks, None)
        if message is None:
            await self._gone.wait()
            return {"type": "http.disconnect"}
        return message

    async def _next(self) -> Message | None:
        """The next message of the application; None when it has ended. Its exception is raised."""
        async with asyncio.timeout(self._wait):
            message = await self._sent.get()
        if message is None:
            await self._task
        return message

    async def begin(self) -> None:
        """Wait for the start of the reply."""
        while (message := await self._next()) is not None:
            if message["type"] == "http.response.start":
                self.status, self.fields = message["status"], list(message.get("headers", ()))
                return
        raise failures.not_answered(self._request, "the application ended without a reply")

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as the application sends it."""
        more = True
        while more and (message := await self._next()) is not None:
            if message["type"] == "http.response.body":
                more = message.get("more_body", False)
                if message.get("body") and self._request.method != "HEAD":
                    yield message["body"]
        self._is_complete = not more
        if more:
            raise failures.not_answered(self._request, "the application ended before its reply")

    async def close(self) -> None:
        """End the call: an application whose reply is complete comes to its own end, any other one is cancelled.

        What it raises after its reply is raised here.
        """
        self._gone.set()
        if self._is_complete:
            await self._task
            return
        self._task.cancel()
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            _ = self._task.exception()  # it has been raised, or nobody waits for it


class _Lifespan:
    """The start and the end of an ASGI application, in a task of its own (ASGI, Lifespan Protocol)."""

    def __init__(self, app: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._state: dict[str, Any] = {}
        self._ending = asyncio.Event()
        self._told: asyncio.Future[str] = loop.create_future()
        self._asked = False
        self._task = asyncio.ensure_future(self._run(app))

    async def _run(self, app: Any) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self._state}
        try:
            with suppress(Exception):  # an application without a lifespan raises (ASGI, Lifespan Protocol)
                await app(scope, self._receive, self._send)
        finally:
            self._tell("")

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "lifespan.startup"}
        await self._ending.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Message) -> None:
        failed = message["type"] == "lifespan.startup.failed"
        self._tell(f"the application did not start: {message.get('message', '')}" if failed else "")

    def _tell(self, text: str) -> None:
        if not self._told.done():
            self._told.set_result(text)

    async def started(self) -> dict[str, Any]:
        """Wait until the application has started, and return its state.

        Raises:
            RuntimeError: It could not be started.
        """
        text = await asyncio.shield(self._told)
        if text:
            raise RuntimeError(text)
        return self._state

    async def end(self) -> None:
        """Shut the application down."""
        self._ending.set()
        await asyncio.wait({self._task})


class _LoopThread:
    """An event loop in a background thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="dynclient ASGI", daemon=True)
        self._thread.start()

    def result(self, work: Any) -> Any:
        """Do some work in the loop, and return its result."""

        async def done() -> Any:
            return await work

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result()

    def end(self) -> None:
        """Stop the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _texts(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, failures.field_text(value)) for name, value in fields]


def _latin(fields: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), failures.field_text(value)) for name, value in fields]


def _coding(fields: Iterable[tuple[str, str]]) -> str | None:
    return ", ".join(value for name, value in fields if name.lower() == "content-encoding") or None


def _nothing() -> None:
    """Nothing has to be closed."""


def _never(_: Exception) -> bool:
    return False


def _always(_: Exception) -> bool:
    return True
