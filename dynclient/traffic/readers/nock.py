"""Recordings of nock: a list of requests and their replies, as `nock.recorder` and `nock.back` write it.

Bodies are JSON data where they were JSON, texts in hexadecimal where they were binary, and lists of such texts where they were coded. Header
fields of the request are mostly left out.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Iterator, Mapping
from typing import Any

from dynclient.traffic.assembly import EntryError, Received, Sent, assembled, header_fields
from dynclient.traffic.bodies import RecordedBody, json_body, known_body
from dynclient.traffic.entries import read_entries, string_of
from dynclient.traffic.recording import Recorded, RecordedAt, RecordedFile


def read_nock(file: RecordedFile) -> Iterator[Recorded]:
    """Yield the exchanges of a recording."""
    return read_entries(file, (), ("scope",), _exchange_of)


def _exchange_of(entry: Any, place: RecordedAt) -> Iterator[Recorded]:
    if not isinstance(entry, Mapping):
        raise EntryError("the entry is not an object")
    scope, path = entry.get("scope"), entry.get("path")
    if not isinstance(scope, str) or not isinstance(path, str):
        raise EntryError("the request has no URL")
    headers = header_fields(_fields(entry.get("reqheaders")))
    body = entry.get("body")
    if isinstance(body, dict | list) and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))  # what nock parsed was JSON
    answered = _fields(entry.get("rawHeaders", entry.get("headers")))
    return assembled(
        place,
        Sent(entry.get("method"), scope.rstrip("/") + path, headers, _plain(body)),
        Received(entry.get("status"), answered, _reply_body(entry, header_fields(answered))),
        leaves_out_credentials=True,
        has_request_headers="reqheaders" in entry,
        has_response_headers=answered is not None,
    )


def _fields(recorded: Any) -> Any:
    """Return header fields, of which nock writes names and values in turn."""
    if isinstance(recorded, list) and all(isinstance(each, str) for each in recorded):
        return list(zip(recorded[::2], recorded[1::2], strict=False))
    return recorded


def _reply_body(entry: Mapping[str, Any], headers: list[tuple[str, str]]) -> RecordedBody:
    body = entry.get("response")
    is_coded = any(name.lower() == "content-encoding" for name, _ in headers)
    if is_coded and isinstance(body, list) and all(isinstance(each, str) for each in body):
        return _hexadecimal("".join(body))
    if entry.get("responseIsBinary") is True:
        return _hexadecimal(string_of(body))
    return _plain(body)


def _plain(body: Any) -> RecordedBody:
    return known_body(body) if body is None or isinstance(body, str) else json_body(body)


def _hexadecimal(text: str) -> RecordedBody:
    try:
        return known_body(unhexlify(text))
    except ValueError:
        return RecordedBody(trouble="is not hexadecimal")
