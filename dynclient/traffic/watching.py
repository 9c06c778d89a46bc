"""Watching: the exchanges that a program makes through requests, httpx, httpx2, urllib3 and the clients of dynclient, as recordings.

The libraries are watched above their connections, so that exchanges replayed by vcrpy, or by a mock adapter, are seen as well. One library calls
another (requests calls urllib3, a client of dynclient calls either): only the outermost call counts. Replies are taken when the watching ends, since
a program may read them after the call.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any
from unittest import mock

from dynclient.exchange import Headers, Request, Response
from dynclient.send.flow import Flow, Send, steered
from dynclient.traffic.pairs import recorded
from dynclient.traffic.recording import Recorded

#: A module, and the name of a function in it that does flows.
Runner = tuple[ModuleType, str]

#: Whether a library is at work, whose calls of another one do not count.
_busy: ContextVar[bool] = ContextVar("_busy", default=False)

#: The method of each library that sends a request and follows redirects.
_BLOCKING = (("requests", "Session", "send"), ("httpx", "Client", "send"), ("httpx2", "Client", "send"))
_ASYNC = (("httpx", "AsyncClient", "send"), ("httpx2", "AsyncClient", "send"))


@contextmanager
def watching(source: str, runners: Sequence[Runner] = ()) -> Iterator[list[Recorded]]:
    """Collect the exchanges that the HTTP libraries of this process make inside a `with` block.

    Args:
        source: Where they come from, for messages: the name of a test.
        runners: The functions with which the clients of dynclient do their flows: each a module and a name in it.

    Yields:
        A list, which has the exchanges when the block has ended.
    """
    found: list[Recorded] = []
    noted: list[tuple[Any, Any]] = []

    def note(request: Any, response: Any = None) -> None:
        noted.append((request, response))

    with ExitStack() as stack:
        for wrap, places in ((_blocking, _BLOCKING), (_awaited, _ASYNC)):
            for library, kind, method in places:
                if find_spec(library) is not None:
                    owner = getattr(import_module(library), kind)
                    stack.enter_context(mock.patch.object(owner, method, wrap(getattr(owner, method), note)))
        pool = import_module("urllib3").HTTPConnectionPool
        stack.enter_context(mock.patch.object(pool, "urlopen", _pooled(pool.urlopen, note)))
        for module, name in runners:
            stack.enter_context(mock.patch.object(module, name, _flowing(getattr(module, name), note)))
        try:
            yield found
        finally:
            found += [recorded(*pair, source=source) for pair in noted]


def _flowing(run: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
    def sending(step: Send) -> Flow[Response]:
        token = _busy.set(True)
        try:
            response: Response = yield step
        finally:
            _busy.reset(token)
        note(step.request, response)
        return response

    @functools.wraps(run)
    def watched(flow: Flow[Any], *args: Any) -> Any:
        return run(steered(flow, sending), *args)

    return watched


def _blocking(send: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
    @functools.wraps(send)
    def watched(*args: Any, **kwargs: Any) -> Any:
        if _busy.get():
            return send(*args, **kwargs)
        token = _busy.set(True)
        try:
            response = send(*args, **kwargs)
        finally:
            _busy.reset(token)
        _note_all(response, note)
        return response

    return watched


def _awaited(send: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
    @functools.wraps(send)
    async def watched(*args: Any, **kwargs: Any) -> Any:
        if _busy.get():
            return await send(*args, **kwargs)
        token = _busy.set(True)
        try:
            response = await send(*args, **kwargs)
        finally:
            _busy.reset(token)
        _note_all(response, note)
        return response

    return watched


def _note_all(response: Any, note: Callable[..., None]) -> None:
    """Note a response, and the redirects on the way to it."""
    for each in (*getattr(response, "history", ()), response):
        note(each)


def _pooled(urlopen: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
    @functools.wraps(urlopen)
    def watched(pool: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        if _busy.get():
            return urlopen(pool, method, url, *args, **kwargs)
        token = _busy.set(True)
        try:
            response = urlopen(pool, method, url, *args, **kwargs)
        finally:
            _busy.reset(token)
        body, headers = (*args, None, None)[:2]
        place = url if "://" in url else f"{pool.scheme}://{pool.host}:{pool.port}{url}"
        fields = Headers(dict(kwargs.get("headers", headers) or pool.headers or {}))
        note(Request(method, place, fields, kwargs.get("body", body)), response)
        return response

    return watched
