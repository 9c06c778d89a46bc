"""Sequences: JSON Lines, JSON text sequences and server-sent events, whole and in chunks."""

import io
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynclient.wire import mediatype
from dynclient.wire.codec import Broken, decode, decoder, encode, is_sequential, items, payload
from dynclient.wire.mediatype import MediaError
from dynclient.wire.parts import ITEM_LIMIT

LINES = "application/x-ndjson"
RECORDS = "application/json-seq"
EVENTS = "text/event-stream"
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=8,
)
EVENT = st.fixed_dictionaries(
    {"data": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"))},
    optional={"event": LINE, "id": LINE, "retry": st.integers(0, 10**6)},
)

#: The log of OpenAPI 3.2, "Sequential JSON".
LOG = [
    {"timestamp": "1985-04-12T23:20:50.52Z", "level": 1, "message": "Hi!"},
    {"timestamp": "1985-04-12T23:20:51.37Z", "level": 1, "message": "Bye!"},
]


def cut(content: bytes, size: int) -> Iterator[bytes]:
    """The content in chunks of this size, with empty chunks between."""
    for at in range(0, len(content), size):
        yield content[at : at + size]
        yield b""


def endless(*chunks: bytes) -> Iterator[bytes]:
    """Chunks of a stream that fails when more are requested."""
    yield from chunks
    raise AssertionError


@pytest.mark.parametrize(
    "kind", [*sorted(mediatype.LINES), RECORDS, "application/geo+json-seq", EVENTS, "multipart/mixed"]
)
def test_these_are_sequential(kind: str) -> None:
    """OpenAPI 3.2, Sequential Media Types."""
    assert is_sequential(kind)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", "application/xml", "*/*"])
def test_these_are_not(kind: str) -> None:
    """Their items cannot be read one by one."""
    assert not is_sequential(kind)
    with pytest.raises(MediaError, match="not a sequence"):
        decoder(kind)


def test_lines_are_as_the_specification_shows() -> None:
    """One JSON value in each line; empty lines are skipped."""
    text = "".join(json.dumps(entry) + "\n" for entry in LOG)
    assert decode(text.encode(), LINES) == LOG
    assert decode(b"\xef\xbb\xbf1\r\n\n  \r\n[2]", LINES) == [1, [2]]
    assert encode(LOG, LINES) == b"".join(json.dumps(entry, separators=(",", ":")).encode() + b"\n" for entry in LOG)


def test_records_are_as_the_specification_shows() -> None:
    """Each after a record separator, over as many lines as it likes (RFC 7464)."""
    text = "".join(f"\x1e{json.dumps(entry, indent=2)}\n" for entry in LOG)
    assert decode(text.encode(), RECORDS) == LOG
    assert encode([1, "a"], RECORDS) == b'\x1e1\n\x1e"a"\n'
    assert decode(b"", RECORDS) == []


@pytest.mark.parametrize(
    ("content", "kind", "message", "path"),
    [
        (b"1\n{", LINES, "is not JSON", (1,)),
        (b"1 2\n", LINES, "is not JSON", (0,)),
        (b"\xff\n", LINES, "is not JSON", (0,)),
        (b"1\n", RECORDS, "does not start with a record separator", ()),
        (b"\x1e1\n\x1e12", RECORDS, "may have been cut short", (1,)),
        (b"\x1e[1", RECORDS, "is not JSON", (0,)),
    ],
)
def test_a_malformed_sequence_is_refused(content: bytes, kind: str, message: str, path: Any) -> None:
    """With the position of the first wrong item."""
    with pytest.raises(MediaError, match=message) as caught:
        decode(content, kind)
    assert caught.value.path == path


@given(st.lists(JSON, max_size=4), st.integers(1, 9), st.sampled_from([LINES, RECORDS]))
def test_items_come_back_wherever_chunks_end(values: list[Any], size: int, kind: str) -> None:
    """Whole and in pieces."""
    content = encode(values, kind)
    assert decode(content, kind) == values
    assert list(items(decoder(kind), cut(content, size))) == values


@pytest.mark.parametrize(
    ("kind", "chunks", "value"),
    [
        (LINES, [b'{"a"', b":1}\n{"], {"a": 1}),
        (RECORDS, [b"\x1e[1]\n", b"\x1e"], [1]),
        (EVENTS, [b"data: a\r", b"\r"], {"data": "a"}),
        (EVENTS, [b"data: a\n", b"\ndata: b"], {"data": "a"}),
    ],
)
def test_an_item_is_read_as_soon_as_it_ends(kind: str, chunks: list[bytes], value: Any) -> None:
    """A stream may never end."""
    assert next(items(decoder(kind), endless(*chunks))) == value


@pytest.mark.parametrize("kind", [LINES, RECORDS, EVENTS])
def test_an_item_without_an_end_is_refused(kind: str) -> None:
    """Memory is limited."""
    half = b"x" * (ITEM_LIMIT // 2)
    with pytest.raises(MediaError, match="more than"):
        list(items(decoder(kind), endless(b"data: ", half, half)))


def test_events_of_many_lines_are_refused_in_time() -> None:
    """Each line is small, but all of them together are not."""
    line = b"data: " + b"x" * (ITEM_LIMIT // 4) + b"\n"
    with pytest.raises(MediaError, match="more than"):
        list(items(decoder(EVENTS), endless(line, line, line, line)))


@pytest.mark.parametrize("kind", [LINES, RECORDS, EVENTS])
def test_items_are_written_as_they_are_made(kind: str) -> None:
    """An iterator is not started before its items are sent."""

    def make() -> Iterator[Any]:
        yield "a"
        raise AssertionError

    made = payload(make(), kind)
    assert (made.content_type, made.length) == (kind, None)
    first = next(iter(made.data))
    assert isinstance(first, bytes)
    assert b"a" in first


def test_items_of_an_iterator_are_made_plain() -> None:
    """Nothing else sees them before they are sent."""
    assert encode(iter([date(2026, 1, 2), 3]), LINES) == b'"2026-01-02"\n3\n'
    assert encode(iter([date(2026, 1, 2), 3]), "application/json") == b'["2026-01-02",3]'
    for kind in (LINES, "application/json"):
        with pytest.raises(MediaError, match="must be plain data, not object"):
            encode(iter([object()]), kind)


@pytest.mark.parametrize("value", [{"a": 1}, 5, None, [float("nan")]])
def test_a_value_that_is_not_a_sequence_is_refused(value: Any) -> None:
    """Nothing is sent."""
    with pytest.raises(MediaError):
        encode(value, LINES)


def test_a_sequence_may_already_be_encoded() -> None:
    """As text, bytes or a file."""
    assert encode(io.BytesIO(b"1\n2\n"), LINES) == b"1\n2\n"
    assert encode("1\n2\n", LINES) == encode(b"1\n2\n", LINES) == b"1\n2\n"


# --- server-sent events

#: OpenAPI 3.2, "Server-Sent Event Streams": the document and its items; then the examples of WHATWG HTML, section 9.2.6.
STREAMS = {
    "openapi": (
        (
            "event: addString\ndata: This data is formatted\ndata: across two lines\nretry: 5\n\n"
            "event: addInt64\ndata: 1234\nunknownField: this is ignored\n\n"
            ': This is a comment\nevent: addJSON\ndata: {"foo": 42}\n\n'
        ),
        [
            {"event": "addString", "data": "This data is formatted\nacross two lines", "retry": 5},
            {"event": "addInt64", "data": "1234"},
            {"event": "addJSON", "data": '{"foo": 42}'},
        ],
    ),
    "stock": ("data: YHOO\ndata: +2\ndata: 10\n\n", [{"data": "YHOO\n+2\n10"}]),
    "comment and empty id": (
        ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
        [{"data": "first event", "id": "1"}, {"data": "second event", "id": ""}],
    ),
    "empty data": ("data\n\ndata\ndata\n\ndata:", [{"data": ""}, {"data": "\n"}]),
    "a space after the colon": ("data:test\n\ndata: test\n\n", [{"data": "test"}, {"data": "test"}]),
    "what a field cannot have": ("data: a\nid: 1\0\nretry: 5s\nretry: -1\nretry:\nData: x\n\n", [{"data": "a"}]),
    "no data": ("event: x\nid: 1\n\ndata: y\n\n", [{"data": "y"}]),
    "byte order mark": ("\ufeffdata: a\n\n\ufeffdata: b\n\n", [{"data": "a"}]),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("text", "events"), STREAMS.values(), ids=STREAMS)
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_a_stream_of_events_is_read(text: str, events: Any, end: str, size: int) -> None:
    """Wherever lines and chunks end."""
    assert list(items(decoder(EVENTS), cut(text.replace("\n", end).encode(), size))) == events


@given(st.lists(EVENT), st.integers(1, 9))
def test_events_come_back_as_they_were(events: list[Any], size: int) -> None:
    """Data over several lines included."""
    content = encode(events, EVENTS)
    assert decode(content, EVENTS) == events
    assert list(items(decoder(EVENTS), cut(content, size))) == events


def test_an_event_is_written_in_lines() -> None:
    """A text is sent as the data of an event."""
    assert encode([{"data": "a\nb", "event": "e", "id": "1", "retry": 5}, "c"], EVENTS) == (
        b"event: e\nid: 1\nretry: 5\ndata: a\ndata: b\n\ndata: c\n\n"
    )


@pytest.mark.parametrize(
    "event",
    [
        {"event": "x"},
        {"data": 5},
        {"data": "a", "more": 1},
        {"data": "a\rb"},
        {"data": "a", "event": "x\ndata: evil"},
        {"data": "a", "id": "x\r"},
        {"data": "a", "id": "\0"},
        {"data": "a", "retry": -1},
        {"data": "a", "retry": True},
        {"data": "\ud800"},
        5,
    ],
)
def test_a_value_that_is_not_an_event_is_refused(event: Any) -> None:
    """No field can start another."""
    with pytest.raises(MediaError) as caught:
        encode(["a", event], EVENTS)
    assert caught.value.path[0] == 1


def test_bytes_that_are_not_utf_8_are_replaced() -> None:
    """As WHATWG decodes."""
    assert decode(b"data: \xff\n\n", EVENTS) == [{"data": "\ufffd"}]


FED = [
    (LINES, b"\xef\xbb\xbf1\r\n\n  \r\n[2]\n3"),
    (RECORDS, b"\x1e1\n\x1e{\n}\n\x1e[]"),
    (EVENTS, b"\xef\xbb\xbf: hello\r\nevent: add\rdata: 1\r\n\r\ndata: a\ndata: b\n\ndata: lost"),
    (
        "multipart/mixed; boundary=x",
        b"before\r\n--x\r\n\r\na\r\n--x\r\nContent-Type: application/json\r\n\r\n2\r\n--x--\r\n",
    ),
]


@pytest.mark.parametrize(("kind", "content"), FED)
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_chunks_give_the_same_items_as_the_whole(kind: str, content: bytes, size: int) -> None:
    """Wherever one chunk ends and the next begins."""
    found = list(items(decoder(kind), cut(content, size)))
    assert found == list(items(decoder(kind), [content]))
    assert found


@pytest.mark.parametrize(("kind", "whole", "rest"), [(LINES, b"1\n", b"2"), (EVENTS, b"data: 1\n\n", b"data: 2\n"), (RECORDS, b"\x1e[1]\n\x1e", b"2")])  # fmt: skip
def test_an_item_comes_with_the_chunk_that_ends_it(kind: str, whole: bytes, rest: bytes) -> None:
    """Not with the next one."""
    reader = decoder(kind)
    assert len(list(reader.feed(whole))) == 1
    assert list(reader.feed(rest)) == []


def test_the_end_completes_the_last_item() -> None:
    """A line may lack its line break; a number in a record may not; an event may not lack its empty line."""
    lines, records, events = decoder(LINES), decoder(RECORDS), decoder(EVENTS)
    assert [*lines.feed(b"1"), *lines.close()] == [1]
    [broken] = [*records.feed(b"\x1e1"), *records.close()]
    assert isinstance(broken, Broken)
    assert [*events.feed(b"data: 1\n"), *events.close()] == []


@pytest.mark.parametrize(("kind", "content"), [(LINES, b"1\nx\n3\n"), (RECORDS, b"\x1e1\n\x1ex\n\x1e3\n")])
def test_an_item_that_cannot_be_read_is_broken_and_the_next_one_follows(kind: str, content: bytes) -> None:
    """RFC 7464, section 2.3."""
    first, broken, last = items(decoder(kind), [content])
    assert (first, last) == (1, 3)
    assert isinstance(broken, Broken)
    assert (broken.error.path, broken.content.strip()) == ((1,), b"x")


def test_a_body_of_parts_must_not_end_early() -> None:
    """Its last boundary says that it is complete; text after it means nothing."""
    reader = decoder("multipart/mixed; boundary=x")
    assert list(reader.feed(b"--x\r\n\r\na\r\n--x")) == []
    with pytest.raises(MediaError, match="ends before its last boundary"):
        reader.close()
    assert list(reader.feed(b"--\r\nepilogue")) == ["a"]
    assert [*reader.feed(b"more"), *reader.close()] == []
