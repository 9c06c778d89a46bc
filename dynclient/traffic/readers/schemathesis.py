"""Reports of Schemathesis: its cassettes (`--report vcr`) and its events (`--report ndjson`).

It sends requests that break the document on purpose; they are marked as intended. Where no reply arrived there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynclient.traffic.assembly import EntryError, Received, Sent, assembled, seconds_of
from dynclient.traffic.bodies import UNKNOWN_BODY, RecordedBody, base64_body, kept_body
from dynclient.traffic.entries import made, mapping, member, read_entries
from dynclient.traffic.jsonentries import FileEntry, JsonText
from dynclient.traffic.recording import Recorded, RecordedAt, RecordedFile

_KEYS = ("id", "request", "response", "recorded_at")


def read_schemathesis(file: RecordedFile) -> Iterator[Recorded]:
    """Yield the exchanges of a cassette."""
    return read_entries(file, ("http_interactions",), _KEYS, _exchange_of)


def read_schemathesis_events(file: RecordedFile) -> Iterator[Recorded]:
    """Yield the exchanges of a report of events, one event a line."""
    with file.open() as stream:
        for entry in JsonText(stream, file.name).sequence(_is_event):
            yield from made(entry, _scenario_of)


def _exchange_of(entry: Any, place: RecordedAt) -> Iterator[Recorded]:
    sent = member(entry, "request")
    request = Sent(sent.get("method"), sent.get("uri"), sent.get("headers"), kept_body(sent.get("body")))
    response = None
    if entry.get("response") is not None:
        received = member(entry, "response")
        response = Received(
            member(received, "status").get("code"), received.get("headers"), kept_body(received.get("body"))
        )
    intended = _is_negative(entry)
    return assembled(place, request, response, time=seconds_of(entry.get("recorded_at")), intended=intended)


def _is_negative(test: Mapping[str, Any]) -> bool:
    return mapping(test.get("generation")).get("mode") == "negative"


def _is_event(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1


def _scenario_of(event: Any, place: RecordedAt) -> Iterator[Recorded]:
    """Yield the exchanges of an event, if it is the end of a scenario."""
    recorder = mapping(mapping(mapping(event).get("ScenarioFinished")).get("recorder"))
    for name, exchange in mapping(recorder.get("interactions")).items():
        case = mapping(mapping(mapping(recorder.get("cases")).get(name)).get("value"))
        intended = _is_negative(mapping(case.get("meta")))
        yield from made(FileEntry(place, (exchange, intended)), _event_exchange)


def _event_exchange(entry: Any, place: RecordedAt) -> Iterator[Recorded]:
    exchange, intended = entry
    sent = member(exchange, "request")
    request = Sent(sent.get("method"), sent.get("uri"), sent.get("headers"), _packed(sent.get("body")))
    response = None
    if exchange.get("response") is not None:
        received = member(exchange, "response")
        is_cut = received.get("content_size") is not None  # the size is said only of bodies that are not kept whole
        body = UNKNOWN_BODY if is_cut else _packed(received.get("content"))
        response = Received(received.get("status_code"), received.get("headers"), body)
    time = seconds_of(exchange.get("timestamp"))
    return assembled(place, request, response, leaves_out_credentials=True, time=time, intended=intended)


def _packed(value: Any) -> RecordedBody:
    if value is None:
        return kept_body(None)
    if not isinstance(value, Mapping) or not isinstance(value.get("$base64"), str):
        raise EntryError("a body is not in base64")
    return base64_body(value["$base64"])
