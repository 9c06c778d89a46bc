"""The other side of the benchmarks: a keep-alive HTTP server on the loopback, in a process of its own.

    python tests/benchmarks/server.py FILE      answers every request with 201 and the JSON in FILE; prints its port

It does as little as HTTP allows, and its time is never part of a figure: figures are the processor time of the client's process.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


class Answering(asyncio.Protocol):
    """One connection: every whole request gets the same answer.

    Args:
        answer: The bytes of the answer, head and body.
    """

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are written to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._came += data
        while (end := _end(self._came)) is not None:
            self._came = self._came[end:]
            self._transport.write(self._answer)


def _end(came: bytes) -> int | None:
    """Where the first request ends, None while it is not whole; a body has a Content-Length or comes in chunks."""
    head, found, _ = came.partition(b"\r\n\r\n")
    if not found:
        return None
    start = len(head) + 4
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        end = came.find(b"0\r\n\r\n", start)
        return end + 5 if end >= 0 else None
    end = start + int(fields.get(b"content-length", 0))
    return end if len(came) >= end else None


async def _serve(body: bytes) -> None:
    head = f"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    server = await asyncio.get_running_loop().create_server(lambda: Answering(head.encode() + body), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def serving(body: bytes, folder: Path) -> Iterator[str]:
    """The URL of a server that answers with these bytes, for as long as the block runs.

    Args:
        body: The JSON that it answers with.
        folder: Where a file may be written.
    """
    file = folder / "answer.json"
    file.write_bytes(body)
    process = subprocess.Popen([sys.executable, __file__, str(file)], stdout=subprocess.PIPE, text=True)  # noqa: S603  our own
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(Path(sys.argv[1]).read_bytes()))
