"""Attempts: a request is sent, redirects are followed, and it is tried again where a repeat is safe."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

from dynclient.errors import ConnectError, ReadError
from dynclient.exchange import Headers, Request, Response
from dynclient.retries import IDEMPOTENCY_KEY, Retries
from dynclient.send.flow import Flow, Send, Wait
from dynclient.send.pace import allowed_again
from dynclient.send.redirects import REDIRECT_STATUSES, Redirects, follow, has_body_still, signed_again
from dynclient.send.transport import as_response

_LOG = logging.getLogger("dynclient")


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
                response = as_response(response)
            if response.status in REDIRECT_STATUSES:
                response = yield from follow(_until(request, end), response, timeout, redirects(), sign)
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
        request = _until((yield from signed_again(request, sign)), end)


def _until(request: Request, end: float) -> Request:
    """Return a further request of a call, which has no more time than the call."""
    return replace(request, limits=request.limits._replace(until=end))


def _can_repeat(request: Request, rules: Retries) -> bool:
    has_key = IDEMPOTENCY_KEY in request.headers or rules.key_field in request.headers
    if request.method not in rules.methods and not has_key:
        return False
    return has_body_still(request)


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
