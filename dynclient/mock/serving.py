"""HTTP/1.1 on a real socket: requests read within limits of time and size, answers written, and one log line for each.

Why not a WSGI server: WSGI drops fields whose names contain `_`, joins repeated ones and loses the percent-encoding of paths, all of which a
document may describe. And the server for development that werkzeug has closes after each answer and prints tracebacks.
"""

from __future__ import annotations

import io
import os
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

from dynclient.exchange import Headers, Request, Response
from dynclient.mock.answer import LOG, Answer
from dynclient.mock.refusal import problem_reply
from dynclient.problem import Problem
from dynclient.wire.codec import may_be_empty

MAX_BODY = 64 * 1024 * 1024
#: How many connections are open at once; one more is closed at once.
_MAX_CONNECTIONS = 256
_MAX_LINE = 65536
_MAX_TRAILERS = 100
#: What is read, and for how many seconds, after a refusal that did not wait for the whole body, so that the client gets to read it.
_LINGER_BYTES, _LINGER_SECONDS = 2 * MAX_BODY, 2.0

_TARGET = re.compile(r"(?i:https?)://[^/?#]*")
_FOLDED = re.compile(r"\r?\n[ \t]+")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_BODILESS = frozenset({204, 304})
#: What is wrong where the standard library finds a mistake; its own words quote the request, which may hold a secret.
_WORDS = {
    400: "the request line is not `METHOD TARGET HTTP/1.1`",
    414: f"the request line has more than {_MAX_LINE} bytes",
    431: f"there are more than 100 header fields, or one has more than {_MAX_LINE} bytes",
    505: "the version of HTTP is not 1.0 or 1.1",
}


class UnreadableError(Exception):
    """A request that is not HTTP, or beyond the limits.

    Args:
        status: The status to answer with.
        reason: What is wrong, in words.
    """

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(reason)


class Listener(ThreadingHTTPServer):
    """A listening socket, with a thread for each connection.

    Args:
        host: The address to listen on.
        port: The port; 0 for any free one.
        answer: Answers a request, whatever it is.
        patience: How many seconds a request may take to arrive, an answer to be taken, and a connection may be idle.

    Raises:
        OSError: It cannot listen on the address.
    """

    allow_reuse_address = os.name == "posix"  # elsewhere, two servers could share the port
    request_queue_size = 128

    def __init__(self, host: str, port: int, answer: Callable[[Request], Answer], patience: float) -> None:
        self.answer = answer
        self.patience = patience
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        try:
            self.address_family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise OSError(error.errno, f"cannot listen on {host}, port {port}: {error.strerror or error}") from None

    def server_bind(self) -> None:
        """Bind the socket, without the look-up of a host name that the standard library makes."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(self.allow_reuse_address))
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own, unless too many are open."""
        with self._lock:
            full = len(self._open) >= _MAX_CONNECTIONS
            self._open |= set() if full else {request}
        if full:
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Close the socket and every open connection."""
        super().server_close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  the signature of the base class
        """Log a connection that broke; the standard library prints a traceback."""
        LOG.debug("a connection ended with an error", exc_info=True)


class _TimedSocket(io.RawIOBase):
    """The bytes of a socket until a deadline, however slowly they arrive."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._end = 0.0
        self.received = 0

    def begin(self, seconds: float) -> None:
        """Start again: nothing received, and this many seconds to go."""
        self._end = time.monotonic() + seconds
        self.received = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        count = self._connection.recv_into(buffer)
        self.received += count
        return count


class _Handler(BaseHTTPRequestHandler):
    """One connection: its requests, one after the other."""

    protocol_version = default_request_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Listener

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._source = _TimedSocket(self.connection)
        self.rfile = io.BufferedReader(self._source)

    def handle_one_request(self) -> None:
        self.command = self.path = ""
        self.request_version = self.default_request_version
        self.headers = self.MessageClass()
        self._source.begin(self.server.patience)
        self._started = time.perf_counter()
        try:
            self.raw_requestline = self.rfile.readline(_MAX_LINE + 1)
            if not self.raw_requestline:
                self.close_connection = True
                return
            self._started = time.perf_counter()
            if len(self.raw_requestline) > _MAX_LINE:
                self.send_error(414)
            elif self.parse_request():
                self._send(self.server.answer(self._request()))
        except UnreadableError as error:
            self._refuse(error.status, error.reason)
        except TimeoutError:
            if self._source.received:
                self._refuse(408, f"the request did not arrive within {self.server.patience:g} seconds")
            self.close_connection = True
        except OSError:  # the client is gone
            self.close_connection = True

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def handle_expect_100(self) -> bool:
        return True  # `_body` says so once the size is known to be fine

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002  see _WORDS
        self._refuse(code, _WORDS.get(code, HTTPStatus(code).phrase))

    def _refuse(self, status: int, reason: str) -> None:
        """Answer a request that could not be read, and end the connection, as nobody knows where the next request begins."""
        self.close_connection = True
        problem = Problem("request", (), "http", reason)
        url = f"http://mock/{self.path.partition('?')[0].lstrip('/')}"
        answer = Answer(url, problem_reply(None, status, [problem]), reason=str(problem))
        with suppress(OSError):
            self._send(answer)
            self._linger()

    def _linger(self) -> None:
        """Read on for a moment: a socket that is closed with unread bytes resets the connection, and the answer is lost."""
        self.connection.shutdown(socket.SHUT_WR)
        self._source.begin(_LINGER_SECONDS)
        while self._source.received < _LINGER_BYTES and self._source.readinto(bytearray(_MAX_LINE)):
            pass

    def _request(self) -> Request:
        defects = self.headers.defects
        if any(
            isinstance(one, MissingHeaderBodySeparatorDefect | FirstHeaderLineIsContinuationDefect) for one in defects
        ):
            raise UnreadableError(400, "a line of the header is not `Name: value`")
        headers = Headers([(name, _FOLDED.sub(" ", value).strip()) for name, value in self.headers.items()])
        # the standard library makes one slash of several at the start
        target = _TARGET.sub("", self.requestline.split()[1], count=1)
        path = quote(
            target if target.startswith(("/", "?")) else f"/{target}", safe="!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
        )
        host, port = self.server.server_name, self.server.server_port
        return Request(self.command, f"http://{authority(host, port)}{path}", headers, self._body(headers))

    def _body(self, headers: Headers) -> bytes | None:
        coding, length = headers.get("Transfer-Encoding"), headers.get("Content-Length")
        if coding is None and length is None:
            return None
        if coding is not None and length is not None:
            raise UnreadableError(400, "there is both a Content-Length and a Transfer-Encoding")
        if coding is not None and coding.lower() != "chunked":
            raise UnreadableError(501, "the only Transfer-Encoding that is understood is `chunked`")
        size = _size(length) if length is not None else None
        self._continue(headers)
        body = self._chunks() if size is None else self._exactly(size)
        kind = headers.get("Content-Type", "")
        return body if body or (kind and may_be_empty(kind)) else None

    def _continue(self, headers: Headers) -> None:
        """Ask for the body, if the client waits to be asked (RFC 9110, section 10.1.1)."""
        expected = headers.get("Expect", "").lower()
        if expected and expected != "100-continue":
            raise UnreadableError(417, "the only expectation that can be met is `100-continue`")
        if expected and self.request_version >= "HTTP/1.1":
            self.send_response_only(HTTPStatus.CONTINUE)
            self.end_headers()
            self.wfile.flush()

    def _chunks(self) -> bytes:
        parts: list[bytes] = []
        total = 0
        while True:
            line = _CHUNK_SIZE.fullmatch(self.rfile.readline(_MAX_LINE))
            if line is None:
                raise UnreadableError(400, "a chunk of the body does not begin with its size")
            size = int(line[1], 16)
            total += size
            if total > MAX_BODY:
                raise _too_large()
            if not size:
                break
            parts.append(self._exactly(size))
            end = self.rfile.read(1)
            if (self.rfile.read(1) if end == b"\r" else end) != b"\n":
                raise UnreadableError(400, "a chunk of the body is longer than its size")
        for _ in range(_MAX_TRAILERS):
            if self.rfile.readline(_MAX_LINE) in (b"\r\n", b"\n", b""):
                return b"".join(parts)
        raise UnreadableError(400, "there are too many trailer fields")

    def _exactly(self, size: int) -> bytes:
        data = bytearray()  # memory is taken for what has arrived, not for what is announced
        while len(data) < size and (piece := self.rfile.read(min(size - len(data), _MAX_LINE))):
            data += piece
        if len(data) < size:
            raise UnreadableError(400, f"the body ends after {len(data)} of {size} bytes")
        return bytes(data)

    def _send(self, answer: Answer) -> None:
        response = answer.response
        self._log(answer, response)  # first, so that whoever has the answer finds the line
        self.connection.settimeout(self.server.patience)
        self.send_response_only(response.status)
        self.send_header("Date", self.date_time_string())
        for name, value in response.headers.fields:
            self.send_header(name, _UNPRINTABLE.sub(" ", value))
        if response.status not in _BODILESS:
            self.send_header("Content-Length", str(len(response.content)))
        if self.close_connection or self.request_version < "HTTP/1.1":
            self.send_header("Connection", "close" if self.close_connection else "keep-alive")
        self.end_headers()
        if self.command != "HEAD" and response.status not in _BODILESS:
            self.wfile.write(response.content)
        self.wfile.flush()

    def _log(self, answer: Answer, response: Response) -> None:
        took = (time.perf_counter() - self._started) * 1000
        line = f"{self.command or '-'} {answer.target} {response.status} {answer.operation or '-'} {took:.0f} ms"
        line += "".join(f"; {words}" for words in (answer.reason, *answer.notes) if words)
        LOG.info("%s", _UNPRINTABLE.sub("?", line))


def authority(host: str, port: int) -> str:
    """Return host and port as they are written in a URL (RFC 3986, section 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _size(length: str) -> int:
    """Return the value of a Content-Length, which may be repeated (RFC 9110, section 8.6)."""
    values = {part.strip() for part in length.split(",")}
    text = values.pop()
    if values or not (text.isascii() and text.isdigit()):
        raise UnreadableError(400, "the Content-Length is not a number")
    if len(text) > len(str(MAX_BODY)) or int(text) > MAX_BODY:
        raise _too_large()
    return int(text)


def _too_large() -> UnreadableError:
    return UnreadableError(413, f"the body has more than {MAX_BODY // 1024**2} MiB")
