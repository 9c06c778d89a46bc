"""The default transport: `requests`, by the short way where there is one (`dynclient.transport.shortcut`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import requests
import urllib3

from dynclient._version import __version__
from dynclient.errors import TransportError
from dynclient.exchange import Headers, Request, Response
from dynclient.send import failures
from dynclient.send.connections import Connections
from dynclient.send.failures import Arriving
from dynclient.send.logs import Redacted, redact
from dynclient.send.shortcut import Shortcut
from dynclient.send.transport import CHUNK, Opened, Pooled
from dynclient.wire.mediatype import MediaError

_BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)

redact("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry")


class RequestsTransport(Pooled):
    """Sends with `requests`: connections are kept, proxies, TLS settings, cookies and mounted adapters are the session's.

    Args:
        session: The session to send with; one of its own when None, which `close` closes.
    """

    def __init__(self, session: requests.Session | None = None) -> None:
        self._own = session is None
        self.session = _own_session() if session is None else session
        self._shortcut = Shortcut(self.session)

    def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the whole reply.

        Raises:
            TransportError: There is no whole reply; what arrived of it is kept.
        """
        started = time.perf_counter()
        raw, reply = self._send(request, timeout)
        arriving = _arriving(raw, reply, request, timeout, started)
        length = getattr(raw, "length_remaining", None)
        if length is not None and 0 < length <= CHUNK and "Content-Encoding" not in arriving.headers:
            content = _at_once(raw, length, arriving)
            if content is not None:
                return arriving.whole(content)
        pieces = raw.stream(CHUNK, decode_content=True) if reply is None else reply.iter_content(CHUNK)
        try:
            return arriving.whole(b"".join(_chunks(pieces, arriving)))
        finally:
            _closing(raw, reply)()

    def open(self, request: Request, timeout: float) -> Opened:
        """Send a request, and give its reply without the body, the chunks of the body, and what closes it.

        Raises:
            TransportError: There is no reply; or, while the chunks are read, it broke off.
        """
        started = time.perf_counter()
        raw, reply = self._send(request, timeout)
        arriving = _arriving(raw, reply, request, timeout, started)
        return arriving.head(), _chunks(_as_they_come(raw, reply), arriving), _closing(raw, reply)

    def close(self) -> None:
        """Close the session's connections, if the session is this transport's own."""
        if self._own:
            self.session.close()

    def bare(self) -> Callable[[Request, float], Response]:
        """The same transport without the session's headers, cookies, parameters and hooks."""

        def send_bare(request: Request, timeout: float) -> Response:
            return self._stripped("cert")(request, timeout)

        return send_bare

    def _stripped(self, *more: str) -> RequestsTransport:
        session, given = requests.Session(), self.session
        session.headers["User-Agent"] = f"dynclient/{__version__}"
        session.adapters = given.adapters
        for name in ("verify", "proxies", "trust_env", *more):
            setattr(session, name, getattr(given, name))
        return RequestsTransport(session)

    def _send(self, request: Request, timeout: float) -> tuple[Any, requests.Response | None]:
        """What urllib3 has of the reply, and what requests has, if it was asked."""
        failures.require_url(request)
        if request.stray:
            return self._stripped()._send(replace(request, stray=False), timeout)  # noqa: SLF001  of one class
        try:
            with Redacted(request):
                raw = self._shortcut.send(request, timeout)
                if raw is not None:
                    return raw, None
                reply = self._send_any(request, timeout)
        except _BROKEN as error:
            raise _translated(error, request, timeout) from None  # its text may quote credentials
        except MediaError as error:
            raise failures.no_body(request, error) from None
        except ValueError:
            raise failures.no_url(request) from None
        return reply.raw, reply

    def _send_any(self, request: Request, timeout: float) -> requests.Response:
        return self.session.request(
            request.method,
            request.url,
            headers=_fields(request),
            data=request.body,
            timeout=timeout,
            allow_redirects=False,
            stream=True,
            auth=_leave,
            cert=request.certificate,
            verify=None if self.session.verify is True else self.session.verify,
        )


def _own_session() -> requests.Session:
    session = requests.Session()
    session.headers["User-Agent"] = f"dynclient/{__version__}"
    for scheme in ("https://", "http://"):
        session.mount(scheme, Connections())
    return session


def _leave(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    """In place of credentials from a netrc file, which `requests` would put over those of the document."""
    return prepared


def _fields(request: Request) -> dict[str, Any]:
    """Header fields as `requests` takes them; text beyond ASCII goes out as UTF-8."""
    headers = request.headers
    return {name: value if (value := headers[name]).isascii() else value.encode() for name in headers}


def _arriving(raw: Any, reply: requests.Response | None, request: Request, timeout: float, started: float) -> Arriving:
    fields: Any = getattr(raw, "headers", None) or (reply.headers if reply is not None else {})
    status = raw.status if reply is None else reply.status_code
    if 100 <= status < 200 and status != 101:  # http.client took it for the reply, which would answer the next request
        raw.close()
        raise failures.not_answered(request, f"the session takes the interim response {status} for the reply")
    return Arriving(request, timeout, started, status, Headers(list(fields.items())))


def _closing(raw: Any, reply: requests.Response | None) -> Callable[[], None]:
    if reply is not None:
        return reply.close

    def close() -> None:
        raw.close()
        raw.release_conn()

    return close


def _at_once(raw: Any, length: int, arriving: Arriving) -> bytes | None:
    """A small body in one piece; None when it did not come in one, and the rest is still to be read."""
    try:
        content: bytes = raw.read(length)
    except _BROKEN as error:
        arriving.broke_off(late=_is_late(error))
    if len(content) == length:
        return content
    arriving.passed(content)
    return None


def _chunks(pieces: Iterator[bytes], arriving: Arriving) -> Iterator[bytes]:
    try:
        for chunk in pieces:
            yield arriving.passed(chunk)
    except _BROKEN as error:
        arriving.broke_off(late=_is_late(error))


def _as_they_come(raw: Any, reply: requests.Response | None) -> Iterator[bytes]:
    """The body in the pieces in which it arrives: `iter_content` would wait until one is full."""
    if getattr(raw, "chunked", True) or not hasattr(raw, "read1"):
        yield from raw.stream(CHUNK, decode_content=True) if reply is None else reply.iter_content(None)
        return
    while chunk := raw.read1(CHUNK, decode_content=True):
        yield chunk
    left = getattr(raw, "length_remaining", 0)
    if left:
        raise urllib3.exceptions.IncompleteRead(0, left)


def _is_late(error: BaseException) -> bool:
    late = requests.Timeout | TimeoutError | urllib3.exceptions.TimeoutError
    return isinstance(error, late) or "timed out" in str(error)


def _translated(error: Exception, request: Request, timeout: float) -> TransportError:
    """The error of ours for one of requests'."""
    names = {type(cause).__name__ for cause in failures.causes(error)}
    if "ConnectTimeoutError" in names and "NewConnectionError" not in names:
        return failures.not_connected_in_time(request, timeout)
    if _is_late(error):
        return failures.too_late(request, timeout)
    if names & {"InvalidSchema", "InvalidURL", "MissingSchema", "LocationValueError", "LocationParseError"}:
        return failures.no_url(request)
    reason = failures.reason_of(error)
    if names & {"NewConnectionError", "NameResolutionError", "ProxyError", "SSLError"}:
        return failures.not_connected(request, reason)
    return failures.not_answered(request, reason)
