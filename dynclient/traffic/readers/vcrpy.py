"""Cassettes of vcrpy: version 1 in YAML and JSON, version 0, and what the serializers of others write in their place.

Serializers that pretty-print write `parsed_body` with JSON data in place of `body`. The stub for old versions of httpx wrote `content` and
`status_code`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynclient.origins import DEFAULT_PORTS
from dynclient.traffic.assembly import EntryError, Received, Sent, assembled, seconds_of
from dynclient.traffic.bodies import RecordedBody, kept_body
from dynclient.traffic.entries import member, read_entries
from dynclient.traffic.recording import Recorded, RecordedAt, RecordedFile
from dynclient.traffic.sketch import sketch

_KEYS = ("request", "response", "recorded_at")


def read_vcrpy(file: RecordedFile) -> Iterator[Recorded]:
    """Yield the exchanges of a cassette."""
    outline = sketch(file.head[:4096])
    path = () if isinstance(outline.value, list) else ("interactions",)
    return read_entries(file, path, _KEYS, _exchange_of)


def _exchange_of(entry: Any, place: RecordedAt) -> Iterator[Recorded]:
    sent = member(entry, "request")
    request = Sent(sent.get("method"), _url_of(sent), _headers_of(sent), _body_of(sent))
    if entry.get("response") is None:
        return assembled(place, request, None)
    received = member(entry, "response")
    response = Received(_status_of(received), _headers_of(received), _body_of(received))
    return assembled(place, request, response, time=seconds_of(entry.get("recorded_at")))


def _url_of(request: Mapping[str, Any]) -> Any:
    if "uri" in request:
        return request["uri"]
    scheme, host, port = request.get("protocol"), request.get("host"), request.get("port")
    if not isinstance(scheme, str) or not isinstance(host, str):
        raise EntryError("the request has no URL")
    server = host if port in (None, DEFAULT_PORTS.get(scheme)) else f"{host}:{port}"
    return f"{scheme}://{server}{request.get('path') or '/'}"


def _status_of(response: Mapping[str, Any]) -> Any:
    status = response.get("status", response.get("status_code"))
    return status.get("code") if isinstance(status, Mapping) else status


def _headers_of(part: Mapping[str, Any]) -> Any:
    headers = part.get("headers")
    if isinstance(headers, list) and len(headers) == 1 and isinstance(headers[0], list):
        return headers[0]  # the argument of version 0's frozenset
    return headers


def _body_of(part: Mapping[str, Any]) -> RecordedBody:
    body = part.get("body", part.get("content"))
    if body is None:
        body = part.get("parsed_body")  # a text is the body itself, as of a stream of events
    return kept_body(body)
