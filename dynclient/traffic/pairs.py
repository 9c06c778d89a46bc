"""Requests and responses of Python libraries as recordings: what a program has just sent and received.

The libraries are told apart by what their objects have, so none of them is imported. A body that was streamed is unknown, and is not read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynclient.exchange import Exchange, Response
from dynclient.traffic.assembly import EntryError, Received, Sent, assembled
from dynclient.traffic.bodies import EMPTY_BODY, UNKNOWN_BODY, RecordedBody, known_body
from dynclient.traffic.recording import NoExchange, RecordedAt, Recording


def recorded(request: Any, response: Any = None, *, source: str = "") -> Recording | NoExchange:
    """Return a request and its response as a recording, which can be judged.

    Args:
        request: The request: of requests, httpx, httpx2 or aiohttp, or a `dynclient.Request`. A response that knows its request can stand
            alone, and so can a `dynclient.Exchange`.
        response: The response; of aiohttp, after `await response.read()`.
        source: Where it comes from, for messages: the name of a test, for example.

    Raises:
        TypeError: It is not a request or a response of one of these libraries.
    """
    if isinstance(request, Exchange):
        source = source or request.source
        request, response = request.request, request.response
    elif response is None and _status_of(request) is not None:
        request, response = _request_of(request), request
    try:
        *_, found = assembled(RecordedAt(source), _sent(request), None if response is None else _received(response))
    except EntryError as error:
        raise TypeError(f"not an exchange: {error}") from None
    if isinstance(found, Recording | NoExchange):
        return found
    raise TypeError(f"not an exchange: {found}")


def _sent(request: Any) -> Sent:
    method, url, headers = (getattr(request, name, None) for name in ("method", "url", "headers"))
    if method is None or url is None:
        raise TypeError(
            f"not a request: {type(request).__name__} (wanted one of requests, httpx, httpx2, aiohttp or dynclient)"
        )
    return Sent(method, str(url), _fields(headers), _body_of(request))


def _received(response: Any) -> Received:
    status = _status_of(response)
    if status is None:
        raise TypeError(
            f"not a response: {type(response).__name__} (wanted one of requests, httpx, httpx2, aiohttp or dynclient)"
        )
    raw = getattr(getattr(response, "raw", None), "headers", None)  # requests joins repeated fields, urllib3 does not
    fields = _fields(raw if hasattr(raw, "getlist") else getattr(response, "headers", None))
    return Received(status, fields, _content_of(response)._replace(is_decoded=True))


def _status_of(response: Any) -> int | None:
    status = getattr(response, "status_code", getattr(response, "status", None))
    return status if isinstance(status, int) else None


def _request_of(response: Any) -> Any:
    """Return the request that a response knows."""
    try:
        request = getattr(response, "request", None)
    except RuntimeError:  # of httpx, where there is none
        request = None
    found = request or getattr(response, "request_info", None)
    if found is None:
        raise TypeError("the response does not know its request; give both")
    return found


def _fields(headers: Any) -> list[tuple[Any, Any]]:
    """Return header fields, repeated ones apart where the library keeps them so."""
    if headers is None:
        return []
    for name in ("multi_items", "iteritems"):  # httpx, urllib3
        if hasattr(headers, name):
            return list(getattr(headers, name)())
    return list(getattr(headers, "fields", None) or (headers.items() if isinstance(headers, Mapping) else headers))


def _body_of(request: Any) -> RecordedBody:
    """Return the body of a request."""
    for name in ("body", "content"):  # requests and dynclient; httpx
        try:
            body = getattr(request, name, UNKNOWN_BODY)
        except Exception:  # noqa: BLE001  httpx, of a body that was streamed
            return UNKNOWN_BODY
        if body is None:
            return EMPTY_BODY
        if isinstance(body, bytes | bytearray | str):
            return known_body(bytes(body) if isinstance(body, bytearray) else body)
    return UNKNOWN_BODY  # aiohttp does not keep it; an iterator or a file was sent


def _content_of(response: Any) -> RecordedBody:
    """Return the body of a response, unless it is still on the wire."""
    if isinstance(response, Response):
        return known_body(response.content) if response.body is None else UNKNOWN_BODY
    kept = getattr(response, "_content", getattr(response, "_body", None))  # requests and httpx; aiohttp and urllib3
    return known_body(kept) if isinstance(kept, bytes) else UNKNOWN_BODY
