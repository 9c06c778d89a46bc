"""Every transport, driven the way its client drives it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from dynclient import Request, Response, TransportError
from dynclient.aclient import run_async
from dynclient.exchange import Headers
from dynclient.redaction import SECRET_NAMES
from dynclient.send.attempts import send
from dynclient.send.flow import run
from dynclient.send.redirects import Redirects
from dynclient.send.threads import Threads
from dynclient.send.transport import AsyncPooled, Pooled, async_transport, blocking_transport

BLOCKING = ("requests", "httpx2", "pyreqwest")
ASYNC = ("async aiohttp", "async httpx2", "async pyreqwest", "async requests")
KINDS = (*BLOCKING, *ASYNC)

SECRETS = SECRET_NAMES | {"x-client-id", "api_key"}
KEYS = {"X-Client-Id": "fake-key", "Authorization": "Bearer fake-token", "Cookie": "sid=fake-cookie"}


def request_to(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Request:
    """A request with credentials of all kinds."""
    fields = {
        **KEYS,
        "Traceparent": "00-1",
        "X-Tenant": "t",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return Request(method, url, Headers(fields), body, "use", SECRETS)


#: Sends a request and gives the reply.
Sent = Callable[..., Response]


def exchange(
    kind: str,
    request: Request,
    *,
    timeout: float = 30,
    retries: int = 0,
    transport: Any = None,
    redirects: Any = Redirects,
) -> Response:
    """The reply to a request by a new transport of a kind, or by the one given."""
    (found,) = exchanges(kind, [request], timeout=timeout, retries=retries, transport=transport, redirects=redirects)
    if isinstance(found, TransportError):
        raise found
    return found


def exchanges(
    kind: str,
    requests: list[Request],
    *,
    timeout: float = 30,
    retries: int = 0,
    transport: Any = None,
    redirects: Any = Redirects,
) -> list[Response | TransportError]:
    """What comes of requests that follow each other, by one transport."""
    if kind.startswith("async "):
        return asyncio.run(_awaited(transport or kind.removeprefix("async "), requests, timeout, retries, redirects))
    found, outcomes = transport or blocking_transport(kind), []
    try:
        for request in requests:
            try:
                outcomes.append(run(send(request, timeout, retries, redirects), found))
            except TransportError as error:
                outcomes.append(error)
    finally:
        if isinstance(found, Pooled):
            found.close()
    return outcomes


async def _awaited(wanted: Any, requests: list[Request], timeout: float, retries: int, redirects: Any) -> list[Any]:
    found, threads, outcomes = async_transport(wanted), Threads(1), []
    try:
        for request in requests:
            try:
                outcomes.append(await run_async(send(request, timeout, retries, redirects), found, threads))
            except TransportError as error:
                outcomes.append(error)
    finally:
        if isinstance(found, AsyncPooled):
            await found.aclose()
        threads.close()
    return outcomes
