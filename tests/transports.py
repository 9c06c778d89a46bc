"""Every transport, driven the way its client drives it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from dynclient import Request, Response
from dynclient.aclient import run_async
from dynclient.exchange import SECRET_NAMES, Headers
from dynclient.send.choosing import async_transport, blocking_transport
from dynclient.send.flow import run, send
from dynclient.send.threads import Threads
from dynclient.send.transport import AsyncPooled, Pooled

BLOCKING = ("requests", "httpx2", "pyreqwest")
ASYNC = ("async httpx2", "async pyreqwest", "async requests")
KINDS = (*BLOCKING, *ASYNC)

SECRETS = SECRET_NAMES | {"x-client-id", "api_key"}
KEYS = {"X-Client-Id": "fake-key", "Authorization": "Bearer fake-token", "Cookie": "sid=fake-cookie"}


def request_to(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Request:
    """A request with credentials of all kinds."""
    fields = {**KEYS, "X-Trace": "1", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Request(method, url, Headers(fields), body, "use", SECRETS)


#: Sends a request and gives the reply.
Sent = Callable[..., Response]


def exchange(kind: str, request: Request, *, timeout: float = 5, retries: int = 0, transport: Any = None) -> Response:
    """The reply to a request by a new transport of a kind, or by the one given."""
    if not kind.startswith("async "):
        found = transport or blocking_transport(kind)
        try:
            return run(send(request, timeout, retries), found)
        finally:
            if isinstance(found, Pooled):
                found.close()
    return asyncio.run(_awaited(transport or kind.removeprefix("async "), request, timeout, retries))


async def _awaited(wanted: Any, request: Request, timeout: float, retries: int) -> Response:
    found, threads = async_transport(wanted), Threads(1)
    try:
        return await run_async(send(request, timeout, retries), found, threads)
    finally:
        if isinstance(found, AsyncPooled):
            await found.aclose()
        threads.close()
