"""Mappings of WireMock: one a file, a list of them, or the export of the admin API (`{"mappings": [..]}`).

A mapping has matchers where a recording has values. Only `equalTo` and `equalToJson` stand for a value, so a request whose URL is a pattern
is not an exchange. There are no scheme and host.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from dynclient.traffic.assembly import EntryError, Received, Sent, assembled
from dynclient.traffic.bodies import EMPTY_BODY, UNKNOWN_BODY, RecordedBody, base64_body, json_body, known_body
from dynclient.traffic.entries import array_of, made, mapping, member, read_entries, string_of
from dynclient.traffic.jsonentries import JsonText
from dynclient.traffic.recording import NoExchange, Recorded, RecordedAt, RecordedFile
from dynclient.traffic.sketch import sketch

_FILES = "../__files/"
_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})


def read_wiremock(file: RecordedFile) -> Iterator[Recorded]:
    """Yield the exchanges of mappings."""
    stubs = _Stubs(file)
    outline = sketch(file.head[:4096]).value
    if isinstance(outline, list) or "mappings" in mapping(outline):
        path = ("mappings",) if isinstance(outline, dict) else ()
        yield from read_entries(file, path, ("request", "response"), stubs.read)
        return
    with file.open() as stream:
        for entry in JsonText(stream, file.name).sequence(lambda value: isinstance(value, dict) and "request" in value):
            yield from made(entry, stubs.read)


class _Stubs:
    """Mappings while they are read.

    Args:
        file: The file, beside which bodies may be kept.
    """

    def __init__(self, file: RecordedFile) -> None:
        self._file = file

    def read(self, entry: Any, place: RecordedAt) -> Iterator[Recorded]:
        """Yield what a mapping is."""
        sent, received = member(entry, "request"), member(entry, "response")
        url, method = _url_of(sent), sent.get("method", "ANY")
        if url is None or method == "ANY":
            yield NoExchange("pattern", place)
            return
        if "fault" in received or "proxyBaseUrl" in received:
            yield NoExchange("no reply", place)
            return
        headers = [
            (name, value)
            for name, matcher in mapping(sent.get("headers")).items()
            if (value := _equal_to(matcher)) is not None
        ]
        body, is_json = _request_body(sent, str(method).upper())
        if is_json and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", "application/json"))  # what is compared as JSON was JSON
        yield from assembled(
            place,
            Sent(method, url, headers, body),
            Received(received.get("status", 200), received.get("headers"), self._response_body(received)),
            leaves_out_credentials=True,
            has_request_headers=False,  # matchers name what they look at, not what was sent
            has_response_headers="headers" in received,
            by_hand=True,
        )

    def _response_body(self, received: Mapping[str, Any]) -> RecordedBody:
        if "response-template" in array_of(received.get("transformers")):
            return UNKNOWN_BODY
        if name := string_of(received.get("bodyFileName")):
            content = self._file.beside(_FILES + name)
            body = RecordedBody(trouble="is in a file that is not there") if content is None else known_body(content)
        elif "jsonBody" in received:
            body = json_body(received["jsonBody"])
        elif packed := string_of(received.get("base64Body")):
            return base64_body(packed)
        else:
            body = known_body(string_of(received.get("body")))
        return UNKNOWN_BODY if b"{{" in body.content else body


def _url_of(request: Mapping[str, Any]) -> str | None:
    """Return the path and query of a request; None if they are a pattern."""
    url = request.get("url") or request.get("urlPath")
    if not isinstance(url, str):
        if any(name in request for name in ("urlPattern", "urlPathPattern", "urlPathTemplate")):
            return None
        raise EntryError("the request has no URL")
    matchers = mapping(request.get("queryParameters"))
    pairs = [(name, _equal_to(matcher)) for name, matcher in matchers.items()]
    if any(value is None for _, value in pairs):
        return None
    query = urlencode([(name, value) for name, value in pairs if value is not None], quote_via=quote)
    return url + (("&" if "?" in url else "?") + query if query else "")


def _equal_to(matcher: Any) -> str | None:
    """Return the value that a matcher stands for; None if it is a pattern."""
    value = matcher.get("equalTo") if isinstance(matcher, Mapping) else matcher
    return value if isinstance(value, str) else None


def _request_body(request: Mapping[str, Any], method: str) -> tuple[RecordedBody, bool]:
    """Return the body of a request, and whether it was compared as JSON."""
    patterns = array_of(request.get("bodyPatterns"))
    if not patterns:
        return (EMPTY_BODY if method in _WITHOUT_BODY else UNKNOWN_BODY), False
    for pattern in map(mapping, patterns):
        if "equalToJson" in pattern:
            return _equal_to_json(pattern), True
        if isinstance(text := pattern.get("equalTo"), str):
            return known_body(text), False
        if packed := string_of(pattern.get("binaryEqualTo")):
            return base64_body(packed), False
    return UNKNOWN_BODY, False


def _equal_to_json(pattern: Mapping[str, Any]) -> RecordedBody:
    wanted = pattern["equalToJson"]
    body = known_body(wanted) if isinstance(wanted, str) else json_body(wanted)
    has_gaps = pattern.get("ignoreExtraElements") is True or b"${json-unit." in body.content
    return UNKNOWN_BODY if has_gaps else body
