"""Transports: each sends a Request and gives the Response, with an HTTP library of the user's choice.

    protocol.py        what a transport is
    failures.py        what can go wrong, in the same words for all of them
    logs.py            what the libraries log, without credentials
    with_requests.py   requests: the default, blocking
    with_httpx.py      httpx2: the extra `httpx2`, blocking and async
    with_pyreqwest.py  pyreqwest: the extra `pyreqwest`, blocking and async
    threads.py         any blocking transport in worker threads, for the async client
    choosing.py        a transport by its name, and the default ones

None of them follows redirects, retries or renews tokens: that is above them, in `dynclient.flow`. The libraries are imported when a
transport is made, not before.
"""

from dynclient.transport.choosing import async_transport, blocking_transport
from dynclient.transport.protocol import (
    AsyncOpened,
    AsyncPooled,
    AsyncTransport,
    Opened,
    Pooled,
    Transport,
    bare,
)

__all__ = [
    "AsyncOpened",
    "AsyncPooled",
    "AsyncTransport",
    "Opened",
    "Pooled",
    "Transport",
    "async_transport",
    "bare",
    "blocking_transport",
]
