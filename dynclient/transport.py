"""Transports: a transport is a callable from Request to Response. This one holds a `requests.Session`.

Redirects are followed in `follow`, above any transport, because only there it is known which fields carry credentials:
`requests` takes off `Authorization` when a redirect leads to another host, but not an API key in a header of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from urllib3.util.retry import Retry

from dynclient._version import __version__
from dynclient.errors import ConnectError, ReadError, RequestTimeout, TransportError
from dynclient.exchange import Headers, Request, Response
from dynclient.frozen import replace
from dynclient.media import MediaError

#: A transport: it sends a Request within so many seconds and gives the Response, or raises a TransportError.
Transport = Callable[[Request, float], Response]

MAX_REDIRECTS = 10
MAX_WAIT = 30.0
_CHUNK = 1 << 16
#: How much of a reply that broke off is kept, at least.
_KEPT = 1 << 20
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRY_AGAIN = frozenset({429, 502, 503, 504})
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
#: The methods that turn into GET on a redirect (RFC 9110, section 15.4).
_BECOMES_GET = {301: frozenset({"POST"}), 302: frozenset({"POST"}), 303: frozenset({"POST", "PUT", "PATCH", "DELETE"})}
_PAYLOAD_FIELDS = ("Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding")


class RequestsTransport:
    """Sends with `requests`: connections are kept, proxies, TLS settings and mounted adapters are the session's.

    Args:
        session: The session to send with; one of its own when None, which `close` closes.
    """

    def __init__(self, session: requests.Session | None = None) -> None:
        self._own = session is None
        self.session = requests.Session() if session is None else session
        if self._own:
            self.session.headers["User-Agent"] = f"dynclient/{__version__}"

    def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request and read the whole reply.

        Raises:
            TransportError: There is no whole reply; what arrived of it is kept.
        """
        started = time.perf_counter()
        reply = self._send(request, timeout)
        with reply:
            content = b"".join(_chunks(reply, request, timeout, started))
        return _response(reply, content, request, started)

    def open(self, request: Request, timeout: float) -> tuple[Response, Iterator[bytes], Callable[[], None]]:
        """Send a request, and give its reply without the body, the chunks of the body, and what closes it.

        Raises:
            TransportError: There is no reply; or, while the chunks are read, it broke off.
        """
        started = time.perf_counter()
        reply = self._send(request, timeout)
        chunks = _chunks(reply, request, timeout, started, _as_they_come(reply))
        return _response(reply, b"", request, started), chunks, reply.close

    def _send(self, request: Request, timeout: float) -> requests.Response:
        try:
            return self.session.request(
                request.method,
                request.url,
                headers=_headers(request),
                data=request.body,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
                auth=_leave,
                cert=request.certificate,
                verify=None if self.session.verify is True else self.session.verify,
            )
        except requests.RequestException as error:
            raise _translated(error, request, timeout) from None  # its text may quote credentials
        except MediaError as error:
            raise TransportError(f"{_what(request)}: the body {error}", request) from None
        except ValueError:
            raise TransportError(f"{_what(request)}: this is not a URL that can be called", request) from None

    def close(self) -> None:
        """Close the session's connections, if the session is this transport's own."""
        if self._own:
            self.session.close()


def bare(transport: Transport) -> Transport:
    """The same transport without what a user's session adds for the API: headers, cookies, parameters, hooks.

    Connections, proxies and TLS settings are shared. It is for requests to other servers, such as those for tokens.
    """
    if not isinstance(transport, RequestsTransport):
        return transport

    def send_bare(request: Request, timeout: float) -> Response:
        session, given = requests.Session(), transport.session
        session.headers["User-Agent"] = f"dynclient/{__version__}"
        session.adapters = given.adapters
        for name in ("verify", "cert", "proxies", "trust_env"):
            setattr(session, name, getattr(given, name))
        return RequestsTransport(session)(request, timeout)

    return send_bare


def send(transport: Transport, request: Request, timeout: float, retries: int) -> Response:
    """Send a request, follow redirects, and try again where a repeat is safe.

    Args:
        transport: What sends.
        request: The request.
        timeout: Seconds.
        retries: How often it is tried again, if its method is idempotent (RFC 9110, section 9.2.2) or it has an Idempotency-Key:
            after a broken connection, and after 429, 502, 503 and 504, with Retry-After or a growing pause in between.
    """
    repeatable = request.method in _IDEMPOTENT or "Idempotency-Key" in request.headers
    repeatable = repeatable and (request.body is None or isinstance(request.body, bytes) or _can_repeat(request.body))
    for attempt in range(retries if repeatable else 0):
        try:
            response = follow(transport, request, timeout)
        except (ConnectError, ReadError):
            time.sleep(_pause(attempt, None))
            continue
        if response.status not in _TRY_AGAIN:
            return response
        pause = _pause(attempt, response.headers.get("Retry-After"))
        if pause > MAX_WAIT:
            return response
        time.sleep(pause)
    return follow(transport, request, timeout)


def _can_repeat(body: Any) -> bool:
    return bool(getattr(body, "repeatable", False))


def follow(transport: Transport, request: Request, timeout: float) -> Response:
    """Send a request and follow its redirects (RFC 9110, section 15.4); credentials never leave the first server."""
    try:
        origin = _origin(request.url)
    except ValueError:
        raise TransportError(f"{_what(request)}: this is not a URL that can be called", request) from None
    for _ in range(MAX_REDIRECTS + 1):
        response = transport(request, timeout)
        location = response.headers.get("Location")
        if response.status not in _REDIRECTS or not location:
            return response
        target = _target(request.url, location)
        if target is None:
            return response
        request = _redirected(request, response.status, target, keep_secrets=_origin(target) == origin)
    raise TransportError(f"{request.operation}: more than {MAX_REDIRECTS} redirects", request, response)


def _target(url: str, location: str) -> str | None:
    """The URL of a redirect, or None when it is none that can be called."""
    try:
        target = urljoin(url, location)
        scheme, host, port = _origin(target)
    except ValueError:
        return None
    return target if scheme in ("http", "https") and host and port else None


def _redirected(request: Request, status: int, target: str, *, keep_secrets: bool) -> Request:
    if not keep_secrets:
        request = replace(request, headers=request.headers.without(request.secrets), certificate=None)
    headers = request.headers
    becomes_get = _BECOMES_GET.get(status, frozenset())
    if request.method not in becomes_get:
        return replace(request, url=target, headers=headers)
    return replace(request, method="GET", url=target, headers=headers.without(_PAYLOAD_FIELDS), body=None)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _pause(attempt: int, retry_after: str | None) -> float:
    if retry_after is not None:
        try:
            return float(Retry(0).parse_retry_after(retry_after))
        except Exception:  # noqa: BLE001  a value that makes no sense is as good as none
            return 0.5
    return float(min(0.2 * 2**attempt, MAX_WAIT))


def _leave(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    """In place of credentials from a netrc file, which `requests` would put over those of the document."""
    return prepared


def _headers(request: Request) -> dict[str, Any]:
    """Header fields as `requests` takes them; text beyond ASCII goes out as UTF-8."""
    values = {name: request.headers[name] for name in request.headers}
    return {name: value if value.isascii() else value.encode() for name, value in values.items()}


def _as_they_come(reply: requests.Response) -> Iterator[bytes]:
    """The body in the pieces in which it arrives: `iter_content` would wait until one is full."""
    if getattr(reply.raw, "chunked", True) or not hasattr(reply.raw, "read1"):
        yield from reply.iter_content(None)
        return
    while chunk := reply.raw.read1(_CHUNK, decode_content=True):
        yield chunk
    left = getattr(reply.raw, "length_remaining", 0)
    if left:
        raise requests.exceptions.ChunkedEncodingError(f"{left} bytes are missing")


def _chunks(
    reply: requests.Response,
    request: Request,
    timeout: float,
    started: float,
    pieces: Iterator[bytes] | None = None,
) -> Iterator[bytes]:
    came: list[bytes] = []  # what an error keeps of the reply
    size = 0
    try:
        for chunk in reply.iter_content(_CHUNK) if pieces is None else pieces:
            if size < _KEPT:
                came.append(chunk)
            size += len(chunk)
            yield chunk
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        partial = _response(reply, b"".join(came), request, started)
        raise _translated(error, request, timeout, partial, size) from None


def _response(reply: requests.Response, content: bytes, request: Request, started: float) -> Response:
    fields = getattr(reply.raw, "headers", None) or reply.headers
    pairs = list(fields.items())
    return Response(reply.status_code, Headers(pairs), content, time.perf_counter() - started, request)


def _translated(
    error: Exception, request: Request, timeout: float, partial: Response | None = None, came: int = 0
) -> TransportError:
    """The error of ours for an error of requests'; its text is not used, since it may quote the URL with its credentials."""
    what = _what(request)
    if isinstance(error, requests.ConnectTimeout):
        return ConnectError(f"{what}: no connection within {timeout:g} s", request)
    if isinstance(error, requests.Timeout | TimeoutError | urllib3.exceptions.TimeoutError) or "timed out" in str(
        error
    ):
        return RequestTimeout(f"{what}: no answer within {timeout:g} s", request, partial)
    if partial is not None:
        return ReadError(f"{what}: the reply ({partial.status}) broke off after {came} bytes", request, partial)
    if isinstance(
        error, requests.exceptions.InvalidSchema | requests.exceptions.InvalidURL | requests.exceptions.MissingSchema
    ):
        return TransportError(f"{what}: this is not a URL that can be called", request)
    reason = _reason(error)
    if _never_connected(error):
        return ConnectError(f"{what}: no connection: {reason}", request)
    return ReadError(f"{what}: the connection broke before an answer came: {reason}", request)


def _what(request: Request) -> str:
    return f"{request.operation}: {request.method} {request.safe_url}"


def _chain(error: BaseException | None) -> list[BaseException]:
    """The causes of an error, from the outermost; urllib3 keeps some in `reason` and in `args`."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        inner = getattr(error, "reason", None) or next(
            (item for item in error.args if isinstance(item, BaseException)), None
        )
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
    return found


def _never_connected(error: BaseException) -> bool:
    names = {type(cause).__name__ for cause in _chain(error)}
    return bool(names & {"NewConnectionError", "NameResolutionError", "ProxyError", "SSLError", "ConnectTimeoutError"})


def _reason(error: BaseException) -> str:
    system = [cause for cause in _chain(error) if isinstance(cause, OSError) and cause.strerror]
    return str(system[-1].strerror) if system else type(_chain(error)[-1]).__name__
