"""A server on the loopback that keeps the bytes it is sent, and small documents to drive a client with."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from dynclient import Document, load
from dynclient.api.api import Api
from dynclient.api.operation import Operation

#: What a test's server does with a request: it gives the bytes of the answer, whole or in parts; none at all drop
#: the connection.
Answer = Callable[["Received"], bytes | Iterator[bytes]]


@dataclass(frozen=True)
class Received:
    """A request as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    certificate: str = ""

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Loopback:
    """A server on 127.0.0.1 that answers one request per connection.

    Args:
        answer: What it says to a request: always the same bytes, or whatever a function gives.
        context: The certificates of a server that speaks TLS.
        keeps: Whether it answers more than one request per connection.

    Attributes:
        received: The requests that came.
        accepted: The connections that were made.
    """

    def __init__(self, answer: bytes | Answer, *, context: ssl.SSLContext | None = None, keeps: bool = False) -> None:
        self.received: list[Received] = []
        self.accepted: list[socket.socket] = []
        self._context = context
        self._keeps = keeps
        self.closing = threading.Event()
        self._answer = (lambda _: answer) if isinstance(answer, bytes) else answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._accepting = self._start(self._accept)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def last(self) -> Received:
        """The latest request."""
        return self.received[-1]

    def hang(self, part: bytes = b"") -> Iterator[bytes]:
        """An answer of which no more comes before the server closes."""
        yield part
        self.closing.wait(10)

    def close(self) -> None:
        """Stop listening and end every connection."""
        self.closing.set()
        for connection in self.accepted if self._keeps else ():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._accepting.join()
        self._socket.close()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, target: Callable[..., None], *args: Any) -> threading.Thread:
        thread = threading.Thread(target=target, args=args, daemon=True)
        thread.start()
        return thread

    def _accept(self) -> None:
        while not self.closing.is_set():
            connection, _ = self._socket.accept()
            if not self.closing.is_set():
                self.accepted.append(connection)
            self._threads.append(self._start(self._serve, connection))

    def _serve(self, connection: socket.socket) -> None:
        if self._context is not None:
            try:
                connection = self._context.wrap_socket(connection, server_side=True)
            except OSError:  # somebody who does not trust it
                connection.close()
                return
        # either side may close what is kept, and a client goes when it has seen enough
        with connection, connection.makefile("rb") as stream, suppress(ConnectionError):
            while self._answered(connection, stream) and self._keeps:
                pass

    def _answered(self, connection: socket.socket, stream: Any) -> bool:
        """Whether there was a request, which is answered."""
        line = stream.readline().decode("latin-1").split()
        if len(line) != 3 or not line[2].startswith("HTTP/"):  # a TLS greeting, say, is no request
            return False
        headers = dict(_fields(_head(stream)))
        chunked = headers.get("transfer-encoding") == "chunked"
        body = b"".join(_chunked(stream)) if chunked else stream.read(int(headers.get("content-length", 0)))
        request = Received(line[0], line[1], headers, body, _shown(connection))
        self.received.append(request)
        answer = self._answer(request)
        for part in [answer] if isinstance(answer, bytes) else answer:
            connection.sendall(part)
        return True


def _shown(connection: socket.socket) -> str:
    """The name in the certificate that a client has shown."""
    shown: Any = connection.getpeercert() if isinstance(connection, ssl.SSLSocket) else None
    return str(shown["subjectAltName"][0][1]) if shown else ""


def _head(stream: Any) -> Any:
    """The lines of a head; it ends with an empty one, or with the connection."""
    while (line := stream.readline()) not in (b"\r\n", b""):
        yield line


def _chunked(stream: Any) -> Iterator[bytes]:
    """The chunks of a body (RFC 9112, section 7.1)."""
    while size := int(stream.readline() or b"0", 16):
        yield stream.read(size)
        stream.readline()
    stream.readline()


def _fields(lines: Any) -> Any:
    for line in lines:
        name, _, value = line.decode("utf-8", "replace").partition(":")
        yield name.lower(), value.strip()


def reply(status: int = 200, data: Any = None, kind: str | None = "application/json", **headers: str) -> bytes:
    """The bytes of an answer: text and bytes as they are, everything else as JSON."""
    body = data if isinstance(data, bytes) else data.encode() if isinstance(data, str) else _json(data)
    fields = {"Content-Length": str(len(body)), "Connection": "close"}
    if kind is not None:
        fields["Content-Type"] = kind
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Some Reason\r\n{head}\r\n".encode() + body


def _json(data: Any) -> bytes:
    return b"" if data is None else json.dumps(data).encode()


def document(paths: Any = None, *, version: str = "3.0.3", **parts: Any) -> Document:
    """A document of these paths and whatever else is given."""
    return load({"openapi": version, "info": {"title": "Small", "version": "1"}, "paths": paths or {}, **parts})


def operation(*parameters: Any, path: str = "/things", method: str = "get", **rest: Any) -> Operation:
    """An operation `use` with these parameters and whatever else an Operation Object has."""
    described = {"operationId": "use", "parameters": list(parameters), "responses": {"200": {"description": "OK"}}}
    return Api(document({path: {method: {**described, **rest}}})).operations["use"]


def schemas(version: str = "3.0.3", **named: Any) -> Document:
    """A document that has nothing but these schemas."""
    return document(version=version, components={"schemas": named})
