"""Cassettes of betamax, which records what `requests` sends, in JSON.

They look like those of Ruby's VCR, but header values are texts and lists side by side, and `string` stands empty beside `base64_string`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dynclient.traffic.assembly import Received, Sent, assembled, seconds_of
from dynclient.traffic.bodies import RecordedBody, kept_body
from dynclient.traffic.entries import mapping, member, read_entries, string_of
from dynclient.traffic.recording import Recorded, RecordedAt, RecordedFile

_KEYS = ("request", "response", "recorded_at")


def read_betamax(file: RecordedFile) -> Iterator[Recorded]:
    """Yield the exchanges of a cassette."""
    return read_entries(file, ("http_interactions",), _KEYS, _exchange_of)


def _exchange_of(entry: Any, place: RecordedAt) -> Iterator[Recorded]:
    sent, received = member(entry, "request"), member(entry, "response")
    status = mapping(received.get("status")).get(
        "code", received.get("status_code")
    )  # the first versions had only the code
    request = Sent(sent.get("method"), sent.get("uri"), sent.get("headers"), kept_body(sent.get("body")))
    response = Received(status, received.get("headers"), _body_of(received.get("body")))
    return assembled(place, request, response, time=seconds_of(entry.get("recorded_at")))


def _body_of(recorded: Any) -> RecordedBody:
    body, parts = kept_body(recorded), mapping(recorded)
    is_lossy = parts.get("encoding") is None and "\ufffd" in string_of(parts.get("string"))
    if is_lossy and not parts.get("base64_string"):
        return RecordedBody(
            trouble="is not the one that was received; betamax keeps bytes only with preserve_exact_body_bytes"
        )
    return body
