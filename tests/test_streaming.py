"""streaming.py: replies that are read as they come, over real sockets."""

from __future__ import annotations

import asyncio
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers import document, reply

from dynclient import ApiError, AsyncClient, Client, DynclientWarning, InvalidResponse, ReadError, Response
from dynclient.exchange import Headers

ITEM = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}

NUMBERS = Response(200, Headers({"Content-Type": "application/jsonl"}), b'{"n":1}\n{"n":2}\n')


def operation(kind: str, **described: Any) -> Any:
    """A document with one operation, whose reply is of this media type."""
    answers = {
        "200": {"description": "ok", "content": {kind: described}},
        "404": {"description": "no", "content": {"text/plain": {}}},
    }
    return document({"/a": {"get": {"operationId": "get", "responses": answers}}}, version="3.2.0")


def head(kind: str, length: int) -> bytes:
    """The start of a reply."""
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n".encode()


def test_a_large_download_goes_to_a_file_and_never_into_memory(serve: Any, tmp_path: Path) -> None:
    """Chunk by chunk."""
    size, part = 48 * 2**20, b"x" * 2**16

    def answer(_: Any) -> Iterator[bytes]:
        yield head("application/octet-stream", size)
        for _ in range(size // len(part)):
            yield part

    with Client(operation("application/octet-stream"), server=serve(answer).url) as client:
        tracemalloc.start()
        with client.get.stream() as got:
            path = got.save(tmp_path / "big.bin")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert path.stat().st_size == size
    assert peak < 8 * 2**20


def test_items_come_while_the_server_still_sends(serve: Any) -> None:
    """Each is given as soon as it is there: the second is only sent after the first was seen."""
    seen: list[Any] = []
    first = threading.Event()

    def answer(_: Any) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\nConnection: close\r\n\r\n" + b'{"n": 1}\n'
        assert first.wait(5)
        yield b'{"n": 2}\n'

    with (
        Client(operation("application/jsonl", itemSchema=ITEM), server=serve(answer).url) as client,
        client.get.stream() as got,
    ):
        for item in got:
            seen.append(item)
            first.set()
    assert seen == [{"n": 1}, {"n": 2}]


def test_an_item_that_breaks_its_schema_is_refused_when_it_comes(serve: Any) -> None:
    """Those before it were given."""
    server = serve(reply(200, b'{"n": 1}\n{"n": "x"}\n', "application/jsonl"))
    with (
        Client(operation("application/jsonl", itemSchema=ITEM), server=server.url) as client,
        client.get.stream() as got,
    ):
        items = iter(got)
        assert next(items) == {"n": 1}
        with pytest.raises(InvalidResponse, match='body /1/n: "x" is not of type integer'):
            next(items)


LINES, RECORDS = "application/jsonl", "application/json-seq"
BROKEN = {LINES: b'{"n": 1}\n{"n"\n{"n": 2}\n', RECORDS: b'\x1e{"n": 1}\n\x1e{"n"\n\x1e{"n": 2}\n'}


@pytest.mark.parametrize(("kind", "content"), BROKEN.items(), ids=BROKEN)
def test_a_broken_item_is_no_end_of_those_behind_it(serve: Any, kind: str, content: bytes) -> None:
    """It is refused, warned of, or let through as its text (RFC 7464, section 2.3)."""
    server = serve(reply(200, content, kind))
    with Client(operation(kind, itemSchema=ITEM), server=server.url) as client:
        with client.get.stream() as got, pytest.raises(InvalidResponse, match="body /1: is not JSON"):
            list(got)
        with client.with_options(validate_responses="off").get.stream() as got:
            assert [str(item).strip() for item in got] == ["{'n': 1}", '{"n"', "{'n': 2}"]
        with (
            client.with_options(validate_responses="warn").get.stream() as got,
            pytest.warns(DynclientWarning, match="body /1: is not JSON"),
        ):
            assert len(list(got)) == 3


def test_nothing_is_said_of_items_where_validation_is_off(serve: Any) -> None:
    """But a body that has no items at all is no empty one."""
    server = serve(reply(200, b'{"n": "x"}\n', LINES))
    with (
        Client(operation(LINES, itemSchema=ITEM), server=server.url) as client,
        client.with_options(validate_responses="off").get.stream() as got,
    ):
        assert list(got) == [{"n": "x"}]
    server = serve(reply(200, b"abc", "text/plain"))
    with (
        Client(operation("text/plain"), server=server.url) as client,
        client.with_options(validate_responses="off").get.stream() as got,
        pytest.raises(InvalidResponse, match="not a sequence"),
    ):
        list(got)


def objections(stream: Any) -> list[str]:
    """Where the first item of a stream is that is objected to."""
    try:
        list(stream)
    except InvalidResponse as error:
        return [problem.pointer for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("kind", "described", "content", "problems"),
    [
        (LINES, {"schema": ITEM}, b'{"n": 1}\n{"n": "x"}\n', ["/1/n"]),
        (LINES, {"schema": {"type": "array", "minItems": 2, "items": ITEM}}, b'{"n": 1}\n{"n": "x"}\n', ["/1/n"]),
        (LINES, {"schema": {"type": "array"}, "itemSchema": ITEM}, b'{"n": 1}\n{"n": "x"}\n', ["/1/n"]),
        ("text/event-stream", {"schema": ITEM}, b'data: {"n": "x"}\n\n', []),
        ("text/event-stream", {"schema": {"properties": {"data": {"maxLength": 1}}}}, b"data: ab\n\n", ["/0/data"]),
    ],
)
def test_a_schema_of_a_sequence_may_be_that_of_an_item(
    serve: Any, kind: str, described: Any, content: bytes, problems: list[str]
) -> None:
    """As documents before 3.2 write it; whole or in parts, the same is objected to."""
    server = serve(reply(200, content, kind))
    with Client(operation(kind, **described), server=server.url) as client:
        assert [problem.pointer for problem in client.get.send().problems] == problems
        with client.get.stream() as got:
            assert objections(got) == problems


def test_server_sent_events_are_items(serve: Any) -> None:
    """OpenAPI 3.2, Server-Sent Events."""
    server = serve(reply(200, b": hello\nevent: add\ndata: 1\n\ndata: a\ndata: b\n\n", "text/event-stream"))
    with Client(operation("text/event-stream"), server=server.url) as client, client.get.stream() as got:
        assert list(got) == [{"event": "add", "data": "1"}, {"data": "a\nb"}]


def test_a_download_that_breaks_off_leaves_no_file(serve: Any, tmp_path: Path) -> None:
    """Whole or not at all."""
    server = serve(head("application/octet-stream", 100) + b"abc")
    with (
        Client(operation("application/octet-stream"), server=server.url) as client,
        client.get.stream() as got,
        pytest.raises(ReadError),
    ):
        got.save(tmp_path / "part.bin")
    assert list(tmp_path.iterdir()) == []


def test_an_error_status_is_read_and_raised(serve: Any) -> None:
    """As by a plain call."""
    server = serve(reply(404, "gone", "text/plain"))
    with (
        Client(operation("application/jsonl"), server=server.url) as client,
        pytest.raises(ApiError, match=r"404 Not Found \(no\): gone"),
    ):
        client.get.stream()


def test_a_reply_that_is_no_sequence_has_no_items(serve: Any) -> None:
    """It says so; the bytes are there all the same."""
    with Client(operation("text/plain"), server=serve(reply(200, "abc", "text/plain")).url) as client:
        with client.get.stream() as got, pytest.raises(InvalidResponse, match="not a sequence"):
            list(got)
        with client.stream("get") as got:
            assert b"".join(got.chunks()) == b"abc"


def test_a_transport_that_cannot_stream_gives_one_piece() -> None:
    """Any callable is a transport."""
    answer = Response(200, Headers({"Content-Type": "application/jsonl"}), b'{"n":1}\n{"n":2}\n')
    client = Client(operation("application/jsonl", itemSchema=ITEM), server="http://h", transport=lambda *_: answer)
    with client.get.stream() as got:
        assert [item["n"] for item in got] == [1, 2]


@pytest.mark.parametrize("transport", ["requests", "httpx2", "pyreqwest", lambda *_: NUMBERS])
def test_a_closed_stream_says_that_it_is_closed(serve: Any, tmp_path: Path, transport: Any) -> None:
    """In the same words with every transport, and leaves no file behind."""
    url = serve(lambda _: reply(200, NUMBERS.content, "application/jsonl")).url
    with Client(operation("application/jsonl", itemSchema=ITEM), server=url, transport=transport) as client:
        with client.get.stream() as got:
            pass
        for read in (lambda: list(got), lambda: list(got.chunks()), lambda: got.save(tmp_path / "kept")):
            with pytest.raises(RuntimeError, match=r"get: this stream is closed: .*`with` block"):
                read()
        assert list(tmp_path.iterdir()) == []


def test_a_closed_async_stream_says_that_it_is_closed(serve: Any) -> None:
    """As a blocking one does."""
    url = serve(reply(200, NUMBERS.content, "application/jsonl")).url

    async def main() -> list[Any]:
        async with AsyncClient(operation("application/jsonl", itemSchema=ITEM), server=url) as client:
            async with client.get.stream() as got:
                pass
            return [item async for item in got]

    with pytest.raises(RuntimeError, match="get: this stream is closed"):
        asyncio.run(main())


@pytest.mark.parametrize("second", [list, lambda got: list(got.chunks()), lambda got: got.save("kept")])
def test_a_body_is_read_once(second: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second reading says so, as it would find nothing, or miss what the first one had buffered."""
    monkeypatch.chdir(tmp_path)
    with Client(operation(LINES, itemSchema=ITEM), server="http://h", transport=lambda *_: NUMBERS) as client:
        for first in (list, lambda got: next(iter(got)), lambda got: next(got.chunks())):
            with client.get.stream() as got:
                first(got)
                with pytest.raises(RuntimeError, match=r"get: this stream has been read; .* keep what"):
                    second(got)
    assert list(tmp_path.iterdir()) == []


def test_an_async_body_is_read_once() -> None:
    """As a blocking one is."""

    async def main() -> None:
        client = AsyncClient(operation(LINES, itemSchema=ITEM), server="http://h", transport=lambda *_: NUMBERS)
        async with client.get.stream() as got:
            assert [item["n"] async for item in got] == [1, 2]
            with pytest.raises(RuntimeError, match="get: this stream has been read"):
                await got.save("kept")

    asyncio.run(main())


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("nodir/x", FileNotFoundError, r"the folder '.*nodir' does not exist: '.*nodir.x'"),
        (".", IsADirectoryError, "a folder has this name; name a file in it"),
        ("x" * 300, OSError, r"too long: '.*x{300}'"),
    ],
)
def test_a_file_that_cannot_be_saved_is_named(name: str, kind: type[OSError], message: str, tmp_path: Path) -> None:
    """By the user's own path, and nothing is left behind."""
    with (
        Client(operation(LINES, itemSchema=ITEM), server="http://h", transport=lambda *_: NUMBERS) as client,
        client.get.stream() as got,
        pytest.raises(kind, match=message),
    ):
        got.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_saved_file_has_the_permissions_of_any_file(tmp_path: Path) -> None:
    """Not those of a temporary one, which nobody else may read."""
    plain = tmp_path / "plain"
    plain.touch()
    with Client(operation(LINES, itemSchema=ITEM), server="http://h", transport=lambda *_: NUMBERS) as client:
        saved = client.get.stream().save(tmp_path / "saved")
    assert saved.stat().st_mode == plain.stat().st_mode


def test_a_stream_that_breaks_off_keeps_nothing_of_the_library(serve: Any) -> None:
    """Whose errors hold the URL, with keys in it."""
    with (
        Client(
            operation("application/octet-stream"), server=serve(head("application/octet-stream", 9) + b"x").url
        ) as client,
        client.get.stream() as got,
        pytest.raises(ReadError) as caught,
    ):
        list(got.chunks())
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
