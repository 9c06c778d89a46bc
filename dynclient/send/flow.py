"""Flows: exchanges of several steps, such as redirects and retries, written once for the blocking and for the async client.

A flow is a generator that does no I/O itself. It yields steps (send a request, wait, ask for a credential) and receives their
results; a TransportError is raised in it. `run` does the steps of a flow and blocks, `dynclient.aclient.run_async` awaits them.
So neither client has any code of its own for redirects, retries, renewed credentials or validation.

Redirects are followed here, above any transport, because only a Request knows which of its fields carry credentials: HTTP
libraries drop `Authorization` on a redirect to another host, but not an API key in another field.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial
from time import perf_counter, sleep
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, unquote, urljoin

from dynclient import lazy
from dynclient.errors import ConnectError, ReadError, TransportError
from dynclient.exchange import Headers, Request, Response
from dynclient.origins import HttpOrigin, origin
from dynclient.retries import IDEMPOTENCY_KEY, Retries
from dynclient.send.pace import Pace, allowed_again
from dynclient.send.transport import Transport

_T = TypeVar("_T")

_LOG = logging.getLogger("dynclient")
MAX_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: The methods that turn into GET on a redirect (RFC 9110, section 15.4).
_BECOMES_GET = {301: frozenset({"POST"}), 302: frozenset({"POST"}), 303: frozenset({"POST", "PUT", "PATCH", "DELETE"})}
_PAYLOAD_FIELDS = ("Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding")
#: The header fields that another server gets: they say what the reply and the body are like, which copy is wanted, and how the call
#: is traced. None of them tells who calls. All others may be keys, whatever they are called (`PIN`, `X-Tenant`).
_HARMLESS = frozenset({
    "accept", "accept-charset", "accept-encoding", "accept-language", "user-agent",
    "content-type", "content-language", "content-encoding", "content-length", "content-disposition", "content-digest", "repr-digest",
    "cache-control", "pragma", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range",
    "idempotency-key", "prefer", "priority", "expect", "date", "dnt", "sec-gpc", "save-data",
    "traceparent", "tracestate", "x-request-id", "x-correlation-id",
})  # fmt: skip
#: A Location with a control character, a backslash or an undecodable byte is not a URL; parsers read it differently.
_NO_URL = lazy.pattern(r"[\x00-\x1f\x7f\\\ufffd]")
#: A credential of this length is one wherever it is found in a URL; a shorter one may be any word.
_TELLING = 8
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


class Redirects(NamedTuple):
    """Which redirects are followed, and what they may carry.

    Attributes:
        is_reply: Tells whether a redirect of this status is the reply.
        trusted: The servers that may get everything that the first one gets.
        has_secret: Tells whether the body of a request holds a secret, which only trusted servers get.
        versioned: Puts the version of the document into the URL of a trusted server.
    """

    is_reply: Callable[[int], bool] = lambda _: False
    trusted: frozenset[HttpOrigin] = frozenset()
    has_secret: Callable[[Request], bool] = lambda _: False
    versioned: Callable[[str], str] = lambda url: url


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


class Enter(NamedTuple):
    """Wait for a place among those who send.

    Attributes:
        pace: Who gives the places.
    """

    pace: Pace


Step = Send | Wait | Ask | Enter
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
                case Enter(pace):
                    _enter(pace)
        except TransportError as error:
            failed = error.alone()


def _enter(pace: Pace) -> None:
    ready = threading.Event()
    if pace.enter(ready.set):
        return
    try:
        ready.wait()
    except BaseException:  # Ctrl-C
        pace.abandon(ready.set)
        raise


def steered(flow: Flow[_T], sending: Callable[[Send], Flow[Response]]) -> Flow[_T]:
    """Do a flow, but let another one send each of its requests: those of retries, redirects and renewed credentials, too.

    Args:
        flow: The flow.
        sending: Sends a request.
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
            if isinstance(step, Send):
                result = yield from sending(step)
            else:
                result = yield step
        except TransportError as error:
            failed = error


def plainly(step: Send) -> Flow[Response]:
    """Send a request."""
    response: Response = yield step
    return response


def in_turn(step: Send, pace: Pace, most: float, sending: Callable[[Send], Flow[Response]] = plainly) -> Flow[Response]:
    """Send a request when it is its turn.

    Args:
        step: The request.
        pace: Who gives the turns.
        most: For how many seconds its reply may hold back the next request.
        sending: Sends it.
    """
    yield Enter(pace)
    try:
        seconds = pace.reserve()
        if seconds > 0:
            yield Wait(seconds)
        response = yield from sending(step)
        if isinstance(response, Response):  # `send` says what else it is
            pace.note(response.headers, most)
        return response
    finally:
        pace.leave()


def hooked(
    step: Send,
    on_request: Callable[[Request], Request | None] | None,
    on_response: Callable[[Response], Response | None] | None,
) -> Flow[Response]:
    """Send a request that a hook may replace, and return a reply that another one may replace.

    Raises:
        TypeError: A hook returns something else.
    """
    request = step.request
    if on_request is not None:
        request = _replaced("on_request", request, on_request(request))
    response: Response = yield step._replace(request=request)
    if on_response is not None and isinstance(response, Response):
        response = _replaced("on_response", response, on_response(response))
    return response


def _replaced(hook: str, value: _T, other: Any) -> _T:
    if other is not None and not isinstance(other, type(value)):
        raise TypeError(f"{hook} must return a {type(value).__name__} or None, not {_kind_of(other)}")
    return value if other is None else other


def send(
    request: Request,
    timeout: float,
    retries: int | Retries,
    redirects: Callable[[], Redirects] = Redirects,
    sign: Callable[[Request], Request] | None = None,
    started: float | None = None,
) -> Flow[Response]:
    """Send a request, follow redirects, and try again where a repeat is safe.

    Args:
        request: The request.
        timeout: Seconds.
        retries: What is tried again, and how often: after a broken connection and after some statuses, with Retry-After, the reset of RateLimit
            fields, or a growing pause in between. A number is how often, with everything else as usual.
        redirects: Returns which redirects are followed; asked only when there is one.
        sign: Computes anew what belongs to one request only, as an answer of HTTP digest does: to its target, and to its count.
        started: When the call began, by `time.perf_counter`, if this is not its first request; its total time counts from then.
    """
    attempt, rules = 0, retries if isinstance(retries, Retries) else Retries(retries)
    end = (started or perf_counter()) + request.limits.total
    if started is not None:
        request = _until(request, end)
    while True:
        try:
            response: Response = yield Send(request, timeout)
            if type(response) is not Response or type(response.headers) is not Headers:
                response = _as_response(response)
            if response.status in _REDIRECTS:
                response = yield from _follow(_until(request, end), response, timeout, redirects(), sign)
            if response.status not in rules.statuses or attempt >= rules.times or not _can_repeat(request, rules):
                return response
            pause, why = _pause(attempt, response.headers, rules), str(response.status)
            if pause > rules.max_wait or perf_counter() + pause > end:
                return response
        except (ConnectError, ReadError) as error:
            pause, why = _growing(attempt, rules), type(error).__name__
            if attempt >= rules.times or not _can_repeat(request, rules) or perf_counter() + pause > end:
                raise
        attempt += 1
        _LOG.info("%s: retry %d of %d in %.1f s, after %s", request.operation, attempt, rules.times, pause, why)
        yield Wait(pause)
        request = _until((yield from _signed(request, sign)), end)


def _until(request: Request, end: float) -> Request:
    """Return a further request of a call, which has no more time than the call."""
    return replace(request, limits=request.limits._replace(until=end))


def _as_response(value: Any) -> Response:
    """Return what a transport gave, which may be anybody's: its header fields may be a mapping, as other libraries have them.

    Raises:
        TypeError: It is not a Response.
    """
    if not isinstance(value, Response):
        raise TypeError(f"the transport returned {_kind_of(value)} in place of a Response")
    return value if type(value.headers) is Headers else replace(value, headers=Headers(value.headers))


def _kind_of(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


def _signed(request: Request, sign: Callable[[Request], Request] | None) -> Flow[Request]:
    """Return a request that can be sent after another one; credentials that were taken off do not come back."""
    if sign is None or not request.headers.get("Authorization", "").startswith("Digest "):
        return request
    signed: Request = yield Ask(partial(sign, request))  # it may have to read the password again
    return signed


def _follow(
    first: Request,
    response: Response,
    timeout: float,
    redirects: Redirects,
    sign: Callable[[Request], Request] | None,
) -> Flow[Response]:
    """Follow the redirects of a reply (RFC 9110, section 15.4); credentials go to the first server and those trusted, and to no other."""
    request, trusted = first, redirects.trusted | {origin(first.url)}
    for _ in range(MAX_REDIRECTS):
        location = "" if redirects.is_reply(response.status) else response.headers.get("Location")
        target = _target(request.url, location) if location else None
        if target is None:
            return response
        target = redirects.versioned(target) if origin(target) in trusted else target
        request = _redirected(request, response.status, target)
        if origin(target) not in trusted:
            request = _for_a_stranger(request, first, response, redirects)
        request = yield from _signed(request, sign)
        response = _as_response((yield Send(request, timeout)))
        if response.status not in _REDIRECTS:
            return response
    raise TransportError(
        f"{first.operation}: {first.method} {first.safe_url}: more than {MAX_REDIRECTS} redirects", request, response
    )


def turned(request: Request, url: str, reply: Response, redirects: Redirects) -> Request | None:
    """Return the request for a URL that a reply names as its next page, under the rules of redirects; None if it is not a URL.

    Args:
        request: A request that calls the operation, with its credentials.
        url: The URL, which may be relative to that of the reply.
        reply: The reply.
        redirects: Which servers are trusted.

    Raises:
        TransportError: Another server would get a secret of the URL.
    """
    target = _target((reply.request or request).url, url)
    if target is None:
        return None
    there = _redirected(replace(request, method="POST"), 303, target)  # a page is fetched
    if origin(target) not in redirects.trusted | {origin(request.url)}:
        return _for_a_stranger(there, request, reply, redirects)
    target = redirects.versioned(target)
    there = replace(there, url=target)
    names = {_pair(pair)[0] for pair in target.partition("?")[2].split("&")}
    missing = "&".join(pair for pair in request.secret_pairs if _pair(pair)[0] not in names)
    return replace(there, url=f"{target}{'&' if '?' in target else '?'}{missing}") if missing else there


def has_body_still(request: Request) -> bool:
    """Tell whether the body of a request can be sent again; an iterator has been consumed."""
    body = request.body
    return body is None or isinstance(body, bytes) or bool(getattr(body, "repeatable", False))


def _can_repeat(request: Request, rules: Retries) -> bool:
    has_key = IDEMPOTENCY_KEY in request.headers or rules.key_field in request.headers
    if request.method not in rules.methods and not has_key:
        return False
    return has_body_still(request)


def _target(url: str, location: str) -> str | None:
    """Return the URL of a redirect, without user information; None unless every parser of URLs finds the same server in it."""
    if _NO_URL.search(location):
        return None
    try:
        encoded = _LOOSE_PERCENT.sub("%25", quote(_raw(location), safe=_IN_URLS))
        target = _USER.sub(r"\1", urljoin(url, encoded)).partition("#")[0]  # a fragment is for whoever shows the reply
    except ValueError:
        return None
    return target if origin(target) else None


def _raw(location: str) -> bytes:
    """Return the bytes of a header value; URLs are in UTF-8."""
    return location.encode("utf-8", "surrogateescape")


def _redirected(request: Request, status: int, target: str) -> Request:
    if request.method not in _BECOMES_GET.get(status, ()):
        return replace(request, url=target)
    return replace(request, method="GET", url=target, headers=request.headers.without(_PAYLOAD_FIELDS), body=None)


def _for_a_stranger(request: Request, first: Request, response: Response, redirects: Redirects) -> Request:
    """Return a request without what only the first server may know. What is taken off does not come back after a detour.

    Raises:
        TransportError: The body or the rest of the URL holds a secret.
    """
    pairs = set(map(_pair, first.secret_pairs))
    credentials = [text for text in map(_meant, first.credentials) if len(text) >= _TELLING]
    url = _without(request.url, lambda pair: _pair(pair) in pairs or _holds(pair, credentials))
    if _holds(url.partition("://")[2].partition("/")[2], credentials):
        raise _kept(request, first, response, "the URL")
    if request.body and has_body_still(request) and redirects.has_secret(request):
        raise _kept(request, first, response, "the body")
    names = _HARMLESS - request.secrets
    headers = Headers(field for field in request.headers.fields if field[0].lower() in names)
    return replace(request, url=url, headers=headers, certificate=None, stray=True)


def _kept(request: Request, first: Request, response: Response, part: str) -> TransportError:
    """Return the error for a redirect that would give a secret away."""
    scheme, host, port = origin(request.url) or ("", "", 0)
    server = f"{scheme}://{host}:{port}"
    text = f"{first.operation}: {first.method} {first.safe_url}: the reply ({response.status}) redirects to another server, {server}"
    hint = f"Options(follow_to=[{server!r}]) allows it"
    return TransportError(f"{text}; {part} holds a secret, so nothing was sent there ({hint})", first, response)


def _without(url: str, is_secret: Callable[[str], Any]) -> str:
    """Remove secret parameters from the query of a URL: servers that redirect copy the whole query, keys included."""
    place, mark, query = url.partition("?")
    kept = "&".join(pair for pair in query.split("&") if not is_secret(pair))
    return f"{place}{mark if kept else ''}{kept}" if mark else url


def _meant(text: str) -> str:
    """Return what all spellings of a part of a URL have in common: servers encode anew what they copy, or forget to, or do it twice."""
    for _ in range(3):
        text = unquote(text)
    return text.replace("+", " ")


def _pair(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition("=")
    return _meant(name).lower(), _meant(value)


def _holds(text: str, credentials: list[str]) -> bool:
    """Tell whether a part of a URL holds one of these credentials."""
    meant = _meant(text)
    return any(credential in meant for credential in credentials)


def _pause(attempt: int, headers: Headers, rules: Retries) -> float:
    """Return how long to wait: as Retry-After says, else as RateLimit fields do, else longer each time."""
    retry_after = headers.get("Retry-After")
    if retry_after is not None:
        from urllib3.util.retry import Retry  # needed only when a server asks to wait

        try:
            return float(Retry(0).parse_retry_after(retry_after))
        except Exception:  # noqa: BLE001  a value that makes no sense is ignored
            return 0.5
    asked = allowed_again(headers)
    return asked if asked is not None else _growing(attempt, rules)


def _growing(attempt: int, rules: Retries) -> float:
    return float(min(0.2 * 2**attempt, rules.max_wait))
