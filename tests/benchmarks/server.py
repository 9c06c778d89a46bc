"""The server of the benchmarks: keep-alive HTTP on the loopback, in its own process.

    python tests/benchmarks/server.py FILE      answers every request with 201 and the JSON in FILE; prints its port

It does as little as HTTP allows. Its time is never part of a figure: figures are the CPU time of the client's process.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


class Answering(asyncio.Protocol):
    """One connection: every complete request gets the same answer.

    Args:
        answer: The bytes of the answer: head and body.
    """

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for the answers."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each complete request."""
        self._received += data
        while (end := _end(self._received)) is not None:
            self._received = self._received[end:]
            self._transport.write(self._answer)


def _end(received: bytes) -> int | None:
    """Return the end of the first request, or None while it is incomplete; a body has a Content-Length or is chunked."""
    head, found, _ = received.partition(b"\r\n\r\n")
    if not found:
        return None
    start = len(head) + 4
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        end = received.find(b"0\r\n\r\n", start)
        return end + 5 if end >= 0 else None
    end = start + int(fields.get(b"content-length", 0))
    return end if len(received) >= end else None


async def _serve(body: bytes) -> None:
    head = f"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    server = await asyncio.get_running_loop().create_server(lambda: Answering(head.encode() + body), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def serving(body: bytes, folder: Path) -> Iterator[str]:
    """Run a server that answers with these bytes, and yield its URL.

    Args:
        body: The JSON of the answers.
        folder: A folder for a temporary file.
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
