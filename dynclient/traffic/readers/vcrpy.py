"""Cassettes of vcrpy: version 1 in YAML and JSON, version 0, and what the serializers of others write in their place.

`body` may be a text, bytes, or an object with `string` or `base64_string`. Serializers that pretty-print write `parsed_body` with JSON data
instead. The stub for old versions of httpx wrote `content` and `status_code`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynclient.traffic.assembly import EntryError, Received, Sent, assembled
from dynclient.traffic.bodies import EMPTY_BODY, RecordedBody, base64_body, json_body, known_body
from dynclient.traffic.entries import member, read_entries
from dynclient.traffic.recording import Recorded, RecordedAt, RecordedFile
from dynclient.traffic.sketch import sketch
from dynclient.traffic.yamlevents import Damaged

_KEYS = ("request", "response", "recorded_at")
_BODY = {"string", "base64_string", "encoding"}
_PORTS = {"http": 80, "https": 443}


def read_vcrpy(file: RecordedFile) -> Iterator[Recorded]:
    """Yield the exchanges of a cassette."""
    outline = sketch(file.head[:4096])
    path = () if isinstance(outline.value, list) else ("interactions",)
    return read_entries(file, path, _KEYS, _exchange_of)


def _exchange_of(entry: Any, place: RecordedAt) -> Iterator[Recorded]:
    sent = member(entry, "request")
    received = entry.get("response")
    if received is not None:
        received = member(entry, "response")
    return assembled(
        place,
        Sent(sent.get("method"), _url_of(sent), _headers_of(sent), _body_of(sent)),
        None if received is None else Received(_status_of(received), _headers_of(received), _body_of(received)),
    )


def _url_of(request: Mapping[str, Any]) -> Any:
    if "uri" in request:
        return request["uri"]
    scheme, host, port = request.get("protocol"), request.get("host"), request.get("port")
    if not isinstance(scheme, str) or not isinstance(host, str):
        raise EntryError("the request has no URL")
    server = host if port in (None, _PORTS.get(scheme)) else f"{host}:{port}"
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
    if isinstance(body, Mapping) and body.keys() <= _BODY:
        packed = body.get("base64_string")
        if packed:
            return base64_body(packed) if isinstance(packed, str | bytes) else RecordedBody(trouble="is not base64")
        body = body.get("string")
    if body is None and part.get("parsed_body") is not None:
        body = part["parsed_body"]  # a text is the body itself, as of a stream of events
    if body is None or isinstance(body, str | bytes):
        return known_body(body) if body else EMPTY_BODY
    return RecordedBody(trouble="is not valid base64") if isinstance(body, Damaged) else json_body(body)
