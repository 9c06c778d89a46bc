"""Transfer of uploads and downloads, by every transport."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path
from typing import Any

import pytest
from conftest import Serve
from servers import document, reply
from transports import BLOCKING

from dynclient import AsyncClient, Client, Options, Transfer

BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
DOCUMENT = document({
    "/a": {"post": {"operationId": "move", "requestBody": {"content": BINARY}, "responses": {"200": {"description": "OK", "content": BINARY}}}}
})  # fmt: skip
LARGE = bytes(range(256)) * 1000


def seen_by(reports: list[Transfer], direction: str) -> tuple[int, int | None, bool]:
    """The last bytes, the total, and whether the numbers grew."""
    done = [each.done for each in reports if each.direction == direction]
    return done[-1], reports[-1].total, done == sorted(done)


@pytest.mark.parametrize("transport", BLOCKING)
@pytest.mark.parametrize("kind", ["bytes", "file"])
def test_both_ways_are_reported(serve: Serve, transport: str, kind: str, tmp_path: Path) -> None:
    """With the whole, where it is known."""
    (tmp_path / "large").write_bytes(LARGE)
    server = serve(reply(data=LARGE, kind="application/octet-stream"))
    reports: list[Transfer] = []
    with Client(DOCUMENT, server=server.url, transport=transport, options=Options(progress=reports.append)) as client:
        body: Any = LARGE if kind == "bytes" else tmp_path / "large"
        assert client.move(body) == LARGE
    assert server.last.body == LARGE
    assert {each.operation for each in reports} == {"move"}
    assert seen_by(reports, "upload") == seen_by(reports, "download") == (len(LARGE), len(LARGE), True)


@pytest.mark.parametrize("transport", ["aiohttp", "httpx2", "pyreqwest"])
def test_both_ways_are_reported_to_async_clients(serve: Serve, transport: str) -> None:
    """The reports are those that a blocking client makes."""
    server = serve(reply(data=LARGE, kind="application/octet-stream"))
    reports: list[Transfer] = []

    async def main() -> None:
        async with AsyncClient(DOCUMENT, server=server.url, transport=transport, progress=reports.append) as client:
            assert await client.move(LARGE) == LARGE

    asyncio.run(main())
    assert seen_by(reports, "upload") == seen_by(reports, "download") == (len(LARGE), len(LARGE), True)


def test_an_encoded_body_is_counted_on_the_wire(serve: Serve) -> None:
    """As its length says."""
    packed = gzip.compress(LARGE)
    server = serve(reply(data=packed, kind="application/octet-stream", Content_Encoding="gzip"))
    reports: list[Transfer] = []
    assert Client(DOCUMENT, server=server.url, progress=reports.append).move(b"x") == LARGE
    assert seen_by(reports, "download")[:2] == (len(packed), len(packed))


def test_an_upload_is_reported_anew_when_it_is_tried_again(serve: Serve, pauses: list[float]) -> None:
    """From its beginning."""
    answers = [reply(503), reply()]
    reports: list[Transfer] = []
    client = Client(
        DOCUMENT, server=serve(lambda _: answers.pop(0)).url, progress=reports.append, headers={"Idempotency-Key": "k"}
    )
    client.move.send(LARGE)
    assert [each.done for each in reports if each.direction == "upload"].count(len(LARGE)) == 2
    assert len(pauses) == 1
