"""Flows: exchanges of several steps, such as redirects and retries, written once for the blocking and for the async client.

A flow is a generator that does no I/O itself. It yields steps (send a request, wait, ask for a credential) and receives their
results; a TransportError is raised in it. `run` does the steps of a flow and blocks, `dynclient.aclient.run_async` awaits them.
So neither client has any code of its own for redirects (`redirects`), retries (`attempts`), renewed credentials or validation.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from time import sleep
from typing import Any, NamedTuple, TypeVar

from dynclient.errors import TransportError
from dynclient.exchange import Request, Response
from dynclient.send.pace import Pace
from dynclient.send.transport import Transport, kind_of

_T = TypeVar("_T")


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
        raise TypeError(f"{hook} must return a {type(value).__name__} or None, not {kind_of(other)}")
    return value if other is None else other
