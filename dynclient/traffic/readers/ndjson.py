"""Exchanges as JSON, one a line or in one list, by the names that Redocly's `drift` reads; and the access logs of Kong, nginx and Apache.

`request` and `response` may also be `req` and `res`, `httpRequest` and `httpResponse`, or stand under `http`. An access log has the members of
both in one object, no bodies, and mostly no header fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from dynclient.exchange import Headers
from dynclient.traffic.assembly import EntryError, Received, Sent, assembled, header_fields, seconds_of
from dynclient.traffic.bodies import EMPTY_BODY, UNKNOWN_BODY, RecordedBody, json_body, known_body
from dynclient.traffic.entries import made, mapping, read_entries
from dynclient.traffic.jsonlines import json_lines
from dynclient.traffic.recording import Recorded, RecordedAt, RecordedFile
from dynclient.traffic.sketch import sketch

_REQUESTS = ("request", "req", "httpRequest")
_RESPONSES = ("response", "res", "httpResponse")
_METHODS = ("method", "http_method", "httpMethod", "request_method")
_URLS = ("url", "uri", "requestUrl", "request_url", "absolute_uri")
_PATHS = ("request_uri", "path", "pathname", ":path", "uri")
_HOSTS = ("host", "http_host", "authority", ":authority", "server_name", "vhost")
_SCHEMES = ("scheme", "request_scheme", "forwarded_proto")
_STATUSES = ("status", "statusCode", "status_code", "response_status", "response_code")
_QUERIES = ("args", "query_string", "query", "querystring")
_HEADERS = ("headers", "request_headers", "response_headers", "headers_out")
_BODIES = ("body", "bodyText", "payload", "data", "rawBody", "raw_body")
_TIMES = ("startedAt", "started_at", "timestamp", "time_iso8601", "time", "time_local", "start_time", "@timestamp")
_JSON = ("Content-Type", "application/json")
#: Numbers below this are durations, and those above that are times in milliseconds.
_DURATIONS, _MILLISECONDS = 1e8, 1e11


def read_ndjson(file: RecordedFile) -> Iterator[Recorded]:
    """Yield the exchanges of a file."""
    if isinstance(sketch(file.head[:4096]).value, list):
        yield from read_entries(file, (), (*_REQUESTS, *_RESPONSES, "http", "request_method"), _exchange_of)
        return
    for entry in json_lines(file, _is_entry):
        yield from made(entry, _exchange_of)


def _is_entry(value: Any) -> bool:
    return isinstance(value, dict) and not value.keys().isdisjoint((*_REQUESTS, *_RESPONSES, "http", *_STATUSES))


def _exchange_of(value: Any, place: RecordedAt) -> Iterator[Recorded]:
    if not isinstance(value, Mapping):
        raise EntryError("the entry is not an object")
    row, sent, received = _parts(value)
    method, _ = _request_line(row)
    status = _first((received, row), _STATUSES)
    if status is None and not received:
        raise EntryError("the entry has neither a response nor a status")
    recorded = _first((sent,), _HEADERS[:2]) if sent else row.get("request_headers", row.get("headers"))
    headers = header_fields(recorded)
    kept = _first((received,), ("headers", "response_headers")) if received else row.get("headers_out")
    answered = header_fields(kept)
    if recorded is None and _is_json(sent):
        headers.append(_JSON)
    if kept is None and _is_json(received):
        answered.append(_JSON)
    yield from assembled(
        place,
        Sent(
            _first((sent, row), _METHODS) or method or None,
            _url_of(row, sent, headers),
            headers,
            _body_of(sent, headers),
        ),
        Received(0 if status is None else status, answered, _body_of(received, answered)),
        time=_time_of(row),
        has_request_headers=recorded is not None,
        has_response_headers=kept is not None,
        leaves_out_credentials=recorded is None,
    )


def _is_json(part: Mapping[str, Any]) -> bool:
    """Whether a body is JSON data, or the text of an object or a list; asked where no header field says what it is."""
    body = _first((part,), _BODIES)
    return isinstance(body, dict | list) or (isinstance(body, str) and body.lstrip().startswith(("{", "[")))


def _parts(row: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]:
    """Return an entry, its request and its response; empty where it has none."""
    places = (row, mapping(row["http"])) if "http" in row else (row,)
    return row, _object(places, _REQUESTS), _object(places, _RESPONSES)


def _object(places: tuple[Mapping[str, Any], ...], names: tuple[str, ...]) -> Mapping[str, Any]:
    for place in places:
        for name in names:
            value = place.get(name)
            if isinstance(value, dict):
                return value
    return {}


def _first(places: tuple[Mapping[str, Any], ...], names: tuple[str, ...]) -> Any:
    """Return the first value that is there; None if there is none."""
    for place in places:
        for name in names:
            value = place.get(name)
            if value is not None and value != "-":
                return value
    return None


def _request_line(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return method and target of `"request": "GET /pets HTTP/1.1"`."""
    line = row.get("request", row.get("request_line"))
    words = line.split() if isinstance(line, str) else []
    return (words[0], words[1]) if len(words) > 1 else ("", "")


def _url_of(row: Mapping[str, Any], sent: Mapping[str, Any], headers: list[tuple[str, str]]) -> str:
    """Return the URL; the path alone where the host is not recorded."""
    url = _first((sent, row), _URLS)
    target = url if isinstance(url, str) else _first((sent, row), _PATHS) or _request_line(row)[1]
    if not isinstance(target, str) or not target:
        raise EntryError("the request has no URL")
    if "?" not in target and (query := _query_of(row, sent)):
        target = f"{target}?{query}"
    if "://" in target.partition("?")[0]:
        return target
    host = _first((sent, row), _HOSTS) or next((value for name, value in headers if name.lower() == "host"), None)
    if not isinstance(host, str) or not host:
        return target
    scheme = _first((sent, row), _SCHEMES)
    return f"{scheme if isinstance(scheme, str) else 'http'}://{host}/{target.removeprefix('/')}"


def _query_of(row: Mapping[str, Any], sent: Mapping[str, Any]) -> str:
    query = _first((sent, row), _QUERIES)
    if isinstance(query, Mapping):
        return urlencode(query, doseq=True)
    return query.removeprefix("?") if isinstance(query, str) else ""


def _body_of(part: Mapping[str, Any], headers: list[tuple[str, str]]) -> RecordedBody:
    """Return the body of a part; where the entry has none, the header fields say whether there was one."""
    name = next((name for name in _BODIES if name in part), None)
    if name is None:
        fields = Headers(headers)
        has_none = fields.get("Content-Length") == "0" or ("headers" in part and "Content-Type" not in fields)
        has_none = has_none and "Transfer-Encoding" not in fields and fields.get("Content-Length", "0") == "0"
        return EMPTY_BODY if has_none else UNKNOWN_BODY
    body = part[name]
    return known_body(body) if body is None or isinstance(body, str) else json_body(body)


def _time_of(row: Mapping[str, Any]) -> float | None:
    seconds = seconds_of(_first((row,), _TIMES))
    if seconds is None or seconds < _DURATIONS:
        return None
    return seconds / 1000 if seconds > _MILLISECONDS else seconds
