"""pyreqwest, a binding of Rust's reqwest: the transport with the lowest CPU cost. The extra `pyreqwest`.

It differs from `requests` in some points: a client of pyreqwest has its time limits from the start, so there is one for each time
limit and client certificate in use; authorities that are named are trusted besides those of the system. The limit for an answer counts from the sending of the request, so a long upload needs a
longer one. Names of header fields arrive in lower case, and a value that is not ASCII arrives as U+FFFD. It cannot be used in a
process that was forked from one in which it has run, and it goes on with the request of an async call that is cancelled, until
the answer or the time limit comes.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from functools import partial
from http.cookiejar import CookieJar
from math import inf
from pathlib import Path
from typing import Any

from dynclient import forks
from dynclient._version import __version__
from dynclient.errors import TransportError
from dynclient.exchange import Request, Response
from dynclient.extras import needs
from dynclient.send import failures
from dynclient.send.codings import accepted_codings
from dynclient.send.cookies import cookie_field, keep_cookies
from dynclient.send.failures import ArrivingBody, AsyncArrivingBody
from dynclient.send.patience import interruptible
from dynclient.send.surroundings import Proxies, authority_files, require_authorities, trusted
from dynclient.send.transport import AsyncPooled, Pooled, async_chunks, fields_of
from dynclient.wire.mediatype import MediaError

with needs("pyreqwest", "the transport 'pyreqwest'"):
    import pyreqwest.client
    from pyreqwest.exceptions import BuilderError, PyreqwestError, RequestTimeoutError
    from pyreqwest.proxy import ProxyBuilder

#: How many clients are kept: one for each time limit and client certificate.
_MOST = 8
_NUMBER = re.compile(r" \(os error -?\d+\)\Z")
#: How hyper calls an error before there is a connection.
_CONNECTING = "client error (Connect)"
_ERRORS = (PyreqwestError,)


class _Pyreqwest:
    """What the blocking and the async transport share: everything but the waiting.

    Args:
        verify: Whether certificates of servers are verified, or the file of an authority that is trusted as well, in PEM.
        configure: A function for further settings: it takes the builder of a client and returns it.
    """

    _builder: Any

    def __init__(self, *, verify: bool | str = True, configure: Callable[[Any], Any] | None = None) -> None:
        self._verify = verify
        self._configure = configure
        self._lock = threading.Lock()
        self._made: dict[Any, Any] = {}
        self._jar = CookieJar()
        self._proxies = Proxies()
        forks.join(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Connections stay here."""
        return partial(type(self), verify=self._verify, configure=self._configure), ()

    def forked(self) -> None:
        """Leave the clients to the parent process, whose threads they need."""
        forks.leave(*self._made.values())
        self._lock, self._made = threading.Lock(), {}

    def _ready(self, request: Request, timeout: float, started: float) -> Any:
        """Return the request as pyreqwest takes it."""
        request = failures.ready(request)
        url = request.url
        key = timeout, request.certificate, trusted(self._verify, url), self._proxies.of(url)
        client = self._made.get(key) or self._make(key, request)
        builder = (
            client.request(request.method, request.url).streamed_read_buffer_limit(0).headers(self._fields(request))
        )
        left = failures.wait(request, inf, started)
        if left is not None and not request.unread:
            builder = builder.timeout(timedelta(seconds=left))
        body = request.body
        if body is None or isinstance(body, bytes):
            return (builder.body_bytes(body) if body else builder).build_streamed()
        return builder.body_stream(self._feed(body)).build_streamed()

    def _feed(self, body: Any) -> Any:
        """Return the chunks of a body as the client takes them."""
        return iter(body)

    def _fields(self, request: Request) -> tuple[tuple[str, str], ...]:
        """Return the header fields of a request, with the cookies kept for it by whichever client."""
        fields = _all_fields(request)
        if request.stray or not (cookies := cookie_field(self._jar, request)):
            return fields
        return (*(field for field in fields if field[0].lower() != "cookie"), ("Cookie", cookies))

    def _keep_cookies(self, request: Request, reply: Any) -> None:
        if "set-cookie" in reply.headers and not request.stray:
            keep_cookies(self._jar, request, (value for _, value in _readable(reply, "set-cookie")))

    def _make(self, key: Any, request: Request) -> Any:
        timeout, certificate, verify, proxy = key
        limit = timedelta(seconds=min(timeout, 1e8))
        builder = self._builder().follow_redirects(False).referer(False)  # noqa: FBT003  theirs
        builder = builder.gzip(False).deflate(False).brotli(False).zstd(False)  # noqa: FBT003  theirs
        builder = builder.user_agent(f"dynclient/{__version__}").connect_timeout(limit).read_timeout(limit)
        try:
            if isinstance(verify, str):
                for file in authority_files(require_authorities(verify)):
                    builder = builder.add_root_certificate_pem(file.read_bytes())
            elif not verify:
                builder = builder.danger_accept_invalid_certs(True)  # noqa: FBT003  theirs
            if certificate is not None:
                files = [certificate] if isinstance(certificate, str) else certificate
                builder = builder.identity_pem(b"\n".join(Path(file).read_bytes() for file in files))
            builder = builder.no_proxy()
            builder = self._configure(builder) if self._configure else builder
            client = (builder.proxy(ProxyBuilder.all(proxy)) if proxy else builder).build()
        except RuntimeError:  # of pyreqwest's in a process that was forked from one in which it has run
            raise failures.not_after_fork(request, "pyreqwest") from None
        except (OSError, PyreqwestError, ValueError) as error:
            raise failures.no_certificates(request, error) from None
        with self._lock:
            if len(self._made) >= _MOST:
                self._made.pop(next(iter(self._made)))
            return self._made.setdefault(key, client)

    def _clients(self) -> list[Any]:
        """Return all clients, and forget them."""
        with self._lock:
            made, self._made = list(self._made.values()), {}
        return made


class PyreqwestTransport(_Pyreqwest, Pooled):
    """Sends with pyreqwest; connections are kept, proxies are those of the environment.

    Args:
        verify: Whether certificates of servers are verified, or the file of an authority that is trusted as well, in PEM.
        configure: A function for further settings: it takes pyreqwest's `SyncClientBuilder` and returns it.
    """

    _builder = pyreqwest.client.SyncClientBuilder

    def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the reply, unless it may stay unread.

        Raises:
            TransportError: There is no whole reply; what arrived of it is kept.
        """
        return interruptible(self._answer, request, timeout)

    def _answer(self, request: Request, timeout: float) -> Response:
        started = time.perf_counter()
        try:
            streamed = self._ready(request, timeout, started)
            reply = streamed.__enter__()
        except (PyreqwestError, ValueError, MediaError) as error:
            raise _translated(error, request, timeout, started) from None
        self._keep_cookies(request, reply)
        return ArrivingBody(
            request, timeout, started, reply.status, partial(_fields, reply), _pieces(reply, request.unread),
            partial(streamed.__exit__, None, None, None), _ERRORS, _is_late, _coded(reply),
        ).response()  # fmt: skip

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients():
            client.close()


class AsyncPyreqwestTransport(_Pyreqwest, AsyncPooled):
    """Sends with pyreqwest, for the async client; connections are kept, proxies are those of the environment.

    Args:
        verify: Whether certificates of servers are verified, or the file of an authority that is trusted as well, in PEM.
        configure: A function for further settings: it takes pyreqwest's `ClientBuilder` and returns it.
    """

    _builder = pyreqwest.client.ClientBuilder

    async def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the reply, unless it may stay unread.

        Raises:
            TransportError: There is no whole reply; what arrived of it is kept.
        """
        started = time.perf_counter()
        try:
            streamed = self._ready(request, timeout, started)
            reply = await streamed.__aenter__()
        except (PyreqwestError, ValueError, MediaError) as error:
            raise _translated(error, request, timeout, started) from None
        self._keep_cookies(request, reply)
        return await AsyncArrivingBody(
            request, timeout, started, reply.status, partial(_fields, reply), _pieces_async(reply),
            partial(streamed.__aexit__, None, None, None), _ERRORS, _is_late, _coded(reply),
        ).response()  # fmt: skip

    def _feed(self, body: Any) -> Any:
        return async_chunks(body)

    async def aclose(self) -> None:
        """Close the connections."""
        for client in self._clients():
            await client.close()


def _fields(reply: Any) -> list[tuple[str, str]]:
    try:
        return list(reply.headers.items())
    except ValueError:  # a value is not ASCII, and pyreqwest has no other way to read it
        return [field for name in dict.fromkeys(reply.headers) for field in _readable(reply, name)]


def _readable(reply: Any, name: str) -> list[tuple[str, str]]:
    try:
        return [(name, value) for value in reply.get_header_all(name)]
    except ValueError:
        return [(name, "\N{REPLACEMENT CHARACTER}")]


def _all_fields(request: Request) -> tuple[tuple[str, str], ...]:
    fields = fields_of(request)
    return fields if "Accept-Encoding" in request.headers else (*fields, ("Accept-Encoding", accepted_codings()))


def _coded(reply: Any) -> str | None:
    try:
        return reply.get_header("content-encoding") and ", ".join(reply.get_header_all("content-encoding"))
    except ValueError:  # it is not ASCII
        return "\N{REPLACEMENT CHARACTER}"


def _length(reply: Any) -> int:
    try:
        length = reply.get_header("content-length")
    except ValueError:
        return -1
    return int(length) if length and length.isdecimal() else -1


def _pieces(reply: Any, unread: bool) -> Iterator[bytes]:  # noqa: FBT001  of this module
    """Yield the body as it arrives; to read past its known length would cost another hand-over to pyreqwest's thread."""
    read, left = reply.body_reader.read_chunk, _length(reply)
    read = partial(interruptible, read) if unread else read
    while (chunk := read()) is not None:
        piece = chunk.to_bytes()
        yield piece
        left -= len(piece)
        if left == 0:
            return


async def _pieces_async(reply: Any) -> AsyncIterator[bytes]:
    read, left = reply.body_reader.read_chunk, _length(reply)
    while (chunk := await read()) is not None:
        piece = chunk.to_bytes()
        yield piece
        left -= len(piece)
        if left == 0:
            return


def _is_late(error: Exception) -> bool:
    return isinstance(error, RequestTimeoutError)


def _translated(error: Exception, request: Request, timeout: float, started: float) -> TransportError:
    """Return this package's error for one of pyreqwest's; a ValueError of Python's is about the URL or a header field."""
    if isinstance(error, MediaError):
        return failures.no_body(request, error)
    if isinstance(error, BuilderError) or not isinstance(error, PyreqwestError):
        return failures.no_url(request)
    messages = [cause["message"] for cause in (getattr(error, "details", None) or {}).get("causes") or ()]
    if isinstance(error, RequestTimeoutError):  # of either kind: theirs mean something else
        late = failures.not_connected_in_time if _CONNECTING in messages else failures.too_late
        return late(request, timeout, started)
    reason = _NUMBER.sub("", messages[-1]) if messages and "://" not in messages[-1] else type(error).__name__
    if _CONNECTING in messages:
        return failures.not_connected(request, failures.handshake_reason(error, reason) or reason)
    return failures.not_answered(request, reason)
