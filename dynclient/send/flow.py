"""Flows: exchanges of several steps, such as redirects and retries, written once for the blocking and for the async client.

A flow is a generator that does no I/O itself. It yields steps (send a request, wait, ask for a credential) and receives their
results; a TransportError is raised in it. `run` does the steps of a flow and blocks, `dynclient.aclient.run_async` awaits them.
So neither client has any code of its own for redirects, retries, renewed credentials or validation.

Redirects are followed here, above any transport, because only a Request knows which of its fields carry credentials: HTTP
libraries drop `Authorization` on a redirect to another host, but not an API key in another field.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from time import perf_counter, sleep
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urljoin

from dynclient import lazy
from dynclient.errors import ConnectError, ReadError, TransportError
from dynclient.exchange import Request, Response, origin, secret_pairs
from dynclient.send.transport import Transport

_T = TypeVar("_T")

MAX_REDIRECTS = 10
MAX_WAIT = 30.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRY_AGAIN = frozenset({429, 502, 503, 504})
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
#: The methods that turn into GET on a redirect (RFC 9110, section 15.4).
_BECOMES_GET = {301: frozenset({"POST"}), 302: frozenset({"POST"}), 303: frozenset({"POST", "PUT", "PATCH", "DELETE"})}
_PAYLOAD_FIELDS = ("Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding")
#: Names of fields that may be keys: documents describe keys as ordinary parameters, and users pass them as extra headers, so
#: no security scheme names them.
_KEY = lazy.pattern(r"(?i:(?<!idempotency-)key|token|secret|auth(?!or)|passw|session|signature|credential|jwt)")
#: A Location with a control character, a backslash or an undecodable byte is not a URL; parsers read it differently.
_NO_URL = lazy.pattern(r"[\x00-\x1f\x7f\\\ufffd]")
_LOOSE_PERCENT = lazy.pattern(r"%(?![0-9A-Fa-f]{2})")
_USER = lazy.pattern(r"\A([A-Za-z]+://)[^/?#]*@")
#: The characters of RFC 3986, section 2; all others are percent-encoded before a redirect is followed.
_IN_URLS = ":/?#[]@!$&'()*+,;=%-._~"


class Send(NamedTuple):
    """Send a request; the result is the Response.

    Attributes:
        request: The request.
        timeout: Seconds.
    """

    request: Request
    timeout: float


class Wait(NamedTuple):
    """Let time pass.

    Attributes:
        seconds: How much.
    """

    seconds: float


class Ask(NamedTuple):
    """Call something that may take a while: an authorization server, a keyring, a callable of the user's.

    Attributes:
        question: What is called; the result is its own.
    """

    question: Callable[[], Any]


Step = Send | Wait | Ask
Flow = Generator[Step, Any, _T]


def run(flow: Flow[_T], transport: Transport) -> _T:
    """Do the steps of a flow, one after the other, and return its result.

    Args:
        flow: The flow.
        transport: The transport that sends its requests.
    """
    result: Any = None
    failed: TransportError | None = None
    while True:
        try:
            step = flow.send(result) if failed is None else flow.throw(failed)
        except StopIteration as done:
            value: _T = done.value
            return value
        result, failed = None, None
        try:
            match step:
                case Send(request, timeout):
                    result = transport(request, timeout)
                case Wait(seconds):
                    sleep(seconds)
                case Ask(question):
                    result = question()
        except TransportError as error:
            failed = error


def send(request: Request, timeout: float, retries: int, started: float | None = None) -> Flow[Response]:
    """Send a request, follow redirects, and try again where a repeat is safe.

    Args:
        request: The request.
        timeout: Seconds.
        retries: How often it is tried again, if its method is idempotent (RFC 9110, section 9.2.2) or it has an Idempotency-Key:
            after a broken connection, and after 429, 502, 503 and 504, with Retry-After or a growing pause in between.
        started: When the call began, by `time.perf_counter`, if this is not its first request; its total time counts from then.
    """
    attempt = 0
    end = (started or perf_counter()) + request.limits.total
    if started is not None:
        request = _until(request, end)
    while True:
        try:
            response: Response = yield Send(request, timeout)
            if response.status in _REDIRECTS:
                response = yield from _follow(_until(request, end), response, timeout)
            if response.status not in _TRY_AGAIN or attempt >= retries or not _can_repeat(request):
                return response
            pause = _pause(attempt, response.headers.get("Retry-After"))
            if pause > MAX_WAIT or perf_counter() + pause > end:
                return response
        except (ConnectError, ReadError):
            pause = _pause(attempt, None)
            if attempt >= retries or not _can_repeat(request) or perf_counter() + pause > end:
                raise
        yield Wait(pause)
        attempt, request = attempt + 1, _until(request, end)


def _until(request: Request, end: float) -> Request:
    """Return a further request of a call, which has no more time than the call."""
    return replace(request, limits=request.limits._replace(until=end))


def _follow(request: Request, response: Response, timeout: float) -> Flow[Response]:
    """Follow the redirects of a reply (RFC 9110, section 15.4); credentials never leave the first server."""
    first = (
        request.url
    )  # credentials taken off for a detour do not come back, since they are taken off the request itself
    for _ in range(MAX_REDIRECTS):
        location = response.headers.get("Location")
        target = _target(request.url, location) if location else None
        if target is None:
            return response
        request = _redirected(request, response.status, target, keep_secrets=origin(first) == origin(target))
        response = yield Send(request, timeout)
        if response.status not in _REDIRECTS:
            return response
    raise TransportError(f"{request.operation}: more than {MAX_REDIRECTS} redirects", request, response)


def has_body_still(request: Request) -> bool:
    """Tell whether the body of a request can be sent again; an iterator has been consumed."""
    body = request.body
    return body is None or isinstance(body, bytes) or bool(getattr(body, "repeatable", False))


def _can_repeat(request: Request) -> bool:
    if request.method not in _IDEMPOTENT and "Idempotency-Key" not in request.headers:
        return False
    return has_body_still(request)


def _target(url: str, location: str) -> str | None:
    """Return the URL of a redirect, without user information; None unless every parser of URLs finds the same server in it."""
    if _NO_URL.search(location):
        return None
    try:
        encoded = _LOOSE_PERCENT.sub("%25", quote(_raw(location), safe=_IN_URLS))
        target = _USER.sub(r"\1", urljoin(url, encoded))
    except ValueError:
        return None
    return target if origin(target) else None


def _raw(location: str) -> bytes:
    """Return the bytes of a header value; URLs are in UTF-8."""
    return location.encode("utf-8", "surrogateescape")


def _redirected(request: Request, status: int, target: str, *, keep_secrets: bool) -> Request:
    if not keep_secrets:
        target = _without(target, secret_pairs(request.url, request.secrets))
        kept = request.headers.without([*request.secrets, *filter(_KEY.search, request.headers)])
        request = replace(request, headers=kept, certificate=None, stray=True)
    headers = request.headers
    becomes_get = _BECOMES_GET.get(status, frozenset())
    if request.method not in becomes_get:
        return replace(request, url=target, headers=headers)
    return replace(request, method="GET", url=target, headers=headers.without(_PAYLOAD_FIELDS), body=None)


def _without(url: str, pairs: list[str]) -> str:
    """Remove these query parameters from a URL: servers that redirect copy the whole query, keys included."""
    place, mark, rest = url.partition("?")
    query, hash_, fragment = rest.partition("#")
    kept = [pair for pair in query.split("&") if pair not in pairs]
    return f"{place}{mark if any(kept) else ''}{'&'.join(kept)}{hash_}{fragment}" if pairs and mark else url


def _pause(attempt: int, retry_after: str | None) -> float:
    if retry_after is not None:
        from urllib3.util.retry import Retry  # needed only when a server asks to wait

        try:
            return float(Retry(0).parse_retry_after(retry_after))
        except Exception:  # noqa: BLE001  a value that makes no sense is ignored
            return 0.5
    return float(min(0.2 * 2**attempt, MAX_WAIT))
