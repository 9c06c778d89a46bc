"""What arrives, by every transport: codings undone in one way, limits that count, and nothing that answers another call."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import brotli
import pytest
from packing import zstd
from servers import Loopback, reply
from transports import KINDS, exchange, exchanges, request_to

from dynclient import ReadError, Request, RequestTimeout, TransportError
from dynclient.exchange import ReplyLimits
from dynclient.send.codings import CodingError, Undoing, accepted_codings

DATA = bytes(range(256)) * 300 + b" " * 100_000
HALF = DATA[: len(DATA) // 2]


def raw_deflate(data: bytes) -> bytes:
    """Deflate without the wrapper of zlib, as some servers send it."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("X-GZIP", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "br": ("br", brotli.compress),
    "zstd": ("zstd", zstd.compress),
    "several": ("gzip, identity, br", lambda data: brotli.compress(gzip.compress(data))),
    "members": ("gzip", lambda data: gzip.compress(data[:999]) + gzip.compress(data[999:]) + bytes(9)),
    "frames": ("zstd", lambda data: zstd.compress(data[:999]) + zstd.compress(data[999:])),
}


def undone(field: str, content: bytes, step: int) -> bytes:
    """A body that arrives in pieces."""
    undoing = Undoing(field, None)
    pieces = [content[at : at + step] for at in range(0, len(content), step)]
    found = b"".join(part for piece in pieces for part in undoing.feed(piece))
    undoing.end()
    return found


def limited(url: str, **limits: Any) -> Request:
    """A request whose reply is limited."""
    return replace(request_to(url), limits=ReplyLimits(**limits))


@pytest.mark.parametrize("step", [1, 1000, 1 << 20])
@pytest.mark.parametrize("name", PACKED)
def test_a_body_is_decoded_whichever_way_it_is_cut(name: str, step: int) -> None:
    """No byte is lost, of no member (RFC 1952, section 2.2; RFC 8878, section 3)."""
    field, pack = PACKED[name]
    assert undone(field, pack(DATA), step) == DATA


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd", "members"])
def test_a_packed_body_that_ends_early_is_not_whole(name: str) -> None:
    """Wherever it ends; no bytes at all are an empty body."""
    field, pack = PACKED[name]
    packed = pack(DATA).rstrip(b"\0")
    for end in (1, 20, len(packed) - 1):
        with pytest.raises(CodingError, match="ends before its Content-Encoding"):
            undone(field, packed[:end], 7)
    assert undone(field, b"", 7) == b""


@pytest.mark.parametrize("field", ["gzip", "deflate", "br", "zstd"])
def test_what_is_not_packed_is_not_unpacked(field: str) -> None:
    """Nor is what follows a packed body, which would be lost."""
    for content in (b'{"a": 1}', PACKED[field][1](DATA) + b"more"):
        with pytest.raises(CodingError, match=f"Content-Encoding '{field}'"):
            undone(field, content, 1 << 20)


@pytest.mark.parametrize("field", ["gzip", "br", "zstd"])
def test_a_body_is_counted_while_it_is_unpacked(field: str) -> None:
    """64 MiB of nothing are given up after 16; at no time is more than a few pieces there."""
    packed = PACKED[field][1](bytes(64 << 20))
    with pytest.raises(CodingError, match=r"more than 200 times its size .* of it\): raise it"):
        list(Undoing(field, 200, "raise it").feed(packed))
    assert sum(map(len, Undoing(field, None).feed(packed))) == 64 << 20
    found: list[int] = []
    with suppress(CodingError):
        found.extend(map(len, Undoing(field, 200).feed(packed)))
    assert sum(found) <= 16 << 20
    assert max(found) <= 1 << 18


@pytest.mark.parametrize("name", ["gzip", "br", "zstd", "members", "several"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_transport_undoes_the_same_codings(serve: Any, kind: str, name: str) -> None:
    """And asks for those that it can undo, whatever its library can."""
    field, pack = PACKED[name]
    server = serve(reply(200, pack(DATA), "text/plain", Content_Encoding=field))
    assert exchange(kind, request_to(server.url)).content == DATA
    assert server.last.headers["accept-encoding"] == accepted_codings() == "gzip, deflate, br, zstd"


@pytest.mark.parametrize("kind", KINDS)
def test_a_coding_that_cannot_be_undone_is_named(serve: Any, kind: str) -> None:
    """Its bytes are kept, not taken for data; the connection was sound, so nothing is sent again."""
    server = serve(reply(200, b"abc", "text/plain", Content_Encoding="compress"))
    with pytest.raises(
        TransportError, match=r"the reply \(200\) has the Content-Encoding 'compress', .* Accept-Encoding"
    ) as caught:
        exchange(kind, request_to(server.url), retries=2)
    assert type(caught.value) is TransportError
    assert caught.value.response is not None
    assert (caught.value.response.content, len(server.received)) == (b"abc", 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_packed_body_that_is_not_whole_keeps_its_beginning(serve: Any, kind: str) -> None:
    """It is no broken connection: every byte that was announced has come."""
    server = serve(reply(200, gzip.compress(DATA)[:-9], "text/plain", Content_Encoding="gzip"))
    with pytest.raises(TransportError, match="ends before its Content-Encoding 'gzip' does") as caught:
        exchange(kind, request_to(server.url), retries=2)
    assert caught.value.response is not None
    assert DATA.startswith(caught.value.response.content)
    assert (len(caught.value.response.content) > 70_000, len(server.received)) == (True, 1)


@pytest.mark.parametrize("coding", [{}, {"Content_Encoding": "gzip"}])
@pytest.mark.parametrize("kind", KINDS)
def test_a_reply_that_is_too_large_is_not_read_to_its_end(kind: str, coding: dict[str, str]) -> None:
    """The decoded bytes count; its beginning is kept."""
    sent = []

    def endless(_: Any) -> Iterator[bytes]:
        packer = zlib.compressobj(wbits=31)
        yield reply(200, b"", "text/plain", Content_Length=str(1 << 40), **coding)
        for _ in range(1000):
            sent.append(1)
            piece = bytes(range(256)) * 256
            yield packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH) if coding else piece

    with Loopback(endless, keeps=True) as server:
        with pytest.raises(
            TransportError, match=r"is larger than 300000 bytes \(max_reply raises that; stream\(\)"
        ) as caught:
            exchange(kind, limited(server.url, size=300_000))
        assert caught.value.response is not None
        assert caught.value.response.content.startswith(bytes(range(256)))
    assert len(sent) < 900


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("part", ["head", "body"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_drips_is_given_up(kind: str, part: str, chunked: bool) -> None:  # noqa: FBT001  a table's column
    """After the total time of the call, though no single wait is too long; what came of the body is kept."""
    sent = []

    def dripping(_: Any) -> Iterator[bytes]:
        head = b"HTTP/1.1 200 OK\r\n" + (b"Transfer-Encoding: chunked\r\n" if chunked else b"Content-Length: 60\r\n")
        yield head + (b"\r\n" if part == "body" else b"X-Drip: ")
        for _ in range(60):
            if server.closing.is_set():
                return
            server.closing.wait(0.05)
            sent.append(1)
            yield b"1\r\nx\r\n" if chunked and part == "body" else b"x"

    with Loopback(dripping, keeps=True) as server:
        # on a busy machine, a single wait may be too long as well, and to pyreqwest, the head as a whole is one
        whole = r"(?:0.8 s|1 s for the whole call \(total_timeout raises that\))"
        lacking = "no answer" if part == "head" else r"no complete reply \(200, \d+ bytes so far\)"
        with pytest.raises(RequestTimeout, match=f"{lacking} within {whole}") as caught:
            exchange(kind, limited(server.url, total=1), timeout=0.8, retries=2)
        assert len(server.received) == 1
        assert len(sent) < 40
    if part == "body":
        assert caught.value.response is not None
        assert set(caught.value.response.content) == {ord("x")}


STRAY = reply(200, '"stray"', Connection="keep-alive")


@pytest.mark.parametrize("stray", [STRAY, b"HTTP/1.1 500 stray\r\nX: ", b"\0"])
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_bytes_behind_a_reply_answer_no_other_call(kind: str, chunked: bool, stray: bytes) -> None:  # noqa: FBT001  a table's column
    """They come with the end of the reply, and their connection is not used again (RFC 9112, section 9.2)."""

    def answer(received: Any) -> bytes:
        data = json.dumps(received.target).encode()
        if not chunked:
            return reply(200, data, Connection="keep-alive") + stray
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(data), data) + stray

    with Loopback(answer, keeps=True) as server:
        found: Any = exchanges(kind, [request_to(f"{server.url}/{number}") for number in range(3)])
        assert len(server.accepted) == 3
    if kind == "async aiohttp" and stray == b"\0":  # its parser takes the whole packet for broken
        assert all(type(one) is ReadError for one in found)
    else:
        assert [one.content for one in found] == [b'"/0"', b'"/1"', b'"/2"']


@pytest.mark.parametrize("chunk", [b"-2\r\n{}", b"+2\r\n{}", b"2_0\r\n{}", b"\r\n", b"2\r\n{}xx", b"f" * 70_000])
@pytest.mark.parametrize("kind", KINDS)
def test_a_chunk_of_no_size_is_an_error(serve: Any, kind: str, chunk: bytes) -> None:
    """As every reply that breaks off (RFC 9112, section 7.1)."""
    server = serve(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + b"\r\n0\r\n\r\n")
    with pytest.raises(ReadError):
        exchange(kind, request_to(server.url))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "pyreqwest" not in kind])
def test_text_in_a_header_field_is_utf_8_or_latin_1(serve: Any, kind: str) -> None:
    """One rule for all: nothing is lost."""
    fields = "X-A: caf\u00e9 \u20ac\r\n".encode() + "X-B: caf\u00e9\r\n".encode("latin-1")
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + fields + b"\r\n")
    found = exchange(kind, request_to(server.url)).headers
    assert (found["x-a"], found["x-b"]) == ("caf\u00e9 \u20ac", "caf\u00e9")
