"""Cassettes of Ruby's VCR, in YAML and JSON.

Psych writes bytes as `!binary`, and may write keys and methods as symbols (`:get`). `encoding` is the charset of the Ruby string, not base64;
with `preserve_exact_body_bytes` the body is in `base64_string`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dynclient.traffic.assembly import Received, Sent, assembled, seconds_of
from dynclient.traffic.bodies import kept_body
from dynclient.traffic.entries import mapping, member, read_entries
from dynclient.traffic.recording import Recorded, RecordedAt, RecordedFile

_KEYS = ("request", "response", "recorded_at")


def read_ruby_vcr(file: RecordedFile) -> Iterator[Recorded]:
    """Yield the exchanges of a cassette."""
    return read_entries(file, ("http_interactions",), _KEYS, _exchange_of)


def _exchange_of(entry: Any, place: RecordedAt) -> Iterator[Recorded]:
    entry = _without_symbols(entry)
    sent = member(entry, "request")
    request = Sent(sent.get("method"), sent.get("uri"), sent.get("headers"), kept_body(sent.get("body")))
    response = None
    if entry.get("response") is not None:
        received = member(entry, "response")
        status = mapping(received.get("status")).get("code")
        response = Received(status, received.get("headers"), kept_body(received.get("body")))
    time = seconds_of(entry.get("recorded_at"))
    # cassettes are written for tests, by hand or through filters that drop these fields
    return assembled(place, request, response, leaves_out_credentials=True, time=time)


def _without_symbols(value: Any, depth: int = 3) -> Any:
    """Return data with symbols as keys turned into texts: of the entry, its sides, and their status and body."""
    if not isinstance(value, dict) or not depth:
        return value
    return {str(key).removeprefix(":"): _without_symbols(each, depth - 1) for key, each in value.items()}
