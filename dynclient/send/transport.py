"""What a transport is: the one place at which this package meets an HTTP library."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from dynclient.exchange import Request, Response

#: A transport: it sends a Request within so many seconds and gives the Response, or raises a TransportError. One that can leave the
#: body on the wire has `open` as well, with the same arguments, which gives an `Opened`.
Transport = Callable[[Request, float], Response]

#: The same for the async client.
AsyncTransport = Callable[[Request, float], Awaitable[Response]]

#: A reply without its body, the chunks of the body, and what closes it.
Opened = tuple[Response, Iterator[bytes], Callable[[], None]]
AsyncOpened = tuple[Response, AsyncIterator[bytes], Callable[[], Awaitable[None]]]

#: How much is read at a time.
CHUNK = 1 << 16


class Pooled:
    """A transport of this package: it keeps connections, and a client that is closed closes it."""

    def close(self) -> None:
        """Close the connections that are this transport's own; those of a session or client that was handed over stay open."""

    def bare(self) -> Transport:
        """The same transport without what the user's own session or client adds for the API.

        Connections, proxies and TLS settings are shared. It is for requests to other servers, such as those for tokens.
        """
        raise NotImplementedError


class AsyncPooled:
    """A transport of this package for the async client; as `Pooled`."""

    async def aclose(self) -> None:
        """Close the connections that are this transport's own; those of a client that was handed over stay open."""

    def bare(self) -> Any:
        """The same transport without what the user's own client adds for the API."""
        raise NotImplementedError


def bare(transport: Transport) -> Transport:
    """A transport without what a user's session adds for the API; one that is not of this package is taken as it is."""
    return transport.bare() if isinstance(transport, Pooled) else transport


def fields_of(request: Request) -> tuple[tuple[str, str], ...]:
    """The header fields of a request with the length of its body, which not every library adds where it should."""
    fields, body = request.headers.fields, request.body
    if type(body) is bytes and body:
        return fields  # every library says how long bytes are
    length = getattr(body, "length", None)
    if not body and request.method not in ("GET", "HEAD"):
        length = 0  # there could be one (RFC 9110, section 8.6)
    if length is None or "Content-Length" in request.headers:
        return fields
    return (*fields, ("Content-Length", str(length)))
