"""Cassettes of go-vcr, version 1 and version 2 (the libraries v3 and v4), in YAML.

`form` is the parsed form of a request whose body the program had read before it was recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from dynclient.traffic.assembly import Received, Sent, assembled, header_fields
from dynclient.traffic.bodies import EMPTY_BODY, UNKNOWN_BODY, RecordedBody, kept_body, known_body
from dynclient.traffic.entries import member, read_entries
from dynclient.traffic.recording import Recorded, RecordedAt, RecordedFile

_KEYS = ("request", "response", "id")


def read_go_vcr(file: RecordedFile) -> Iterator[Recorded]:
    """Yield the exchanges of a cassette."""
    return read_entries(file, ("interactions",), _KEYS, _exchange_of)


def _exchange_of(entry: Any, place: RecordedAt) -> Iterator[Recorded]:
    sent, received = member(entry, "request"), member(entry, "response")
    request = Sent(sent.get("method") or "GET", sent.get("url"), sent.get("headers"), _request_body(sent))
    status = received.get("code") or str(received.get("status") or "").partition(" ")[0]
    response = Received(status, received.get("headers"), kept_body(received.get("body")))
    # its manual tells users to take credentials out
    return assembled(place, request, response, leaves_out_credentials=True)


def _request_body(request: Mapping[str, Any]) -> RecordedBody:
    body, form = kept_body(request.get("body")), request.get("form")
    if body != EMPTY_BODY or not isinstance(form, Mapping) or not form:
        return body
    fields = {name.lower(): value for name, value in header_fields(request.get("headers"))}
    if "multipart" in fields.get("content-type", ""):
        return UNKNOWN_BODY  # its boundary and its files are lost
    return known_body(urlencode({str(name): values for name, values in form.items()}, doseq=True))
