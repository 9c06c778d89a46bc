"""Which of several operations a request is, where method and URL are the same for all of them."""

from __future__ import annotations

from urllib.parse import unquote_plus

from dynclient.api.operation import Operation
from dynclient.exchange import Request
from dynclient.wire import mediatype


def likeness(operation: Operation, request: Request) -> tuple[bool, int, bool, int, bool]:
    """How much a request looks like one of an operation: of several, the greatest is meant.

    What counts is, in this order: that no parameter with a single allowed value has another one, how many have theirs, that no required
    parameter of the query or the header is missing, how many are there, and that the body's media type is documented.
    """
    query = request.url.partition("#")[0].partition("?")[2]
    pairs = {
        unquote_plus(name): unquote_plus(text) for name, _, text in (item.partition("=") for item in query.split("&"))
    }
    there = right = missing = wrong = 0
    for (where, name), only in operation.asked.items():
        text = pairs.get(name) if where == "query" else request.headers.get(name)
        there += text is not None
        missing += text is None
        right += only is not None and text == only
        wrong += only is not None and text != only
    return not wrong, right, not missing, there, _has_documented_type(operation, request)


def _has_documented_type(operation: Operation, request: Request) -> bool:
    kind = request.headers.get("Content-Type", "")
    if operation.body is None or not kind:
        return request.body is None and (operation.body is None or not operation.body.required)
    return mediatype.best([content.media_type for content in operation.body.contents], kind) is not None
