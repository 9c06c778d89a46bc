"""urllib3's connections, but each reply is the final one, and the head and a small body are sent at once.

http.client skips `100 Continue` and takes any other interim response (103 Early Hints, 102 Processing) for the reply itself; the
reply that follows then answers the next request on that connection (RFC 9110, section 15.2: a client must be able to parse any
number of them). Heads are parsed here in a fifth of the time that the `email` package needs, which http.client uses.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterable, Iterator
from functools import partial
from http.client import (
    BadStatusLine,
    HTTPException,
    HTTPMessage,
    HTTPResponse,
    LineTooLong,
    RemoteDisconnected,
    UnknownProtocol,
    parse_headers,
)
from io import BufferedReader, BytesIO
from math import inf
from socket import SocketIO, socket
from time import perf_counter
from typing import Any

import urllib3
from urllib3 import HTTPConnectionPool, HTTPHeaderDict, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from dynclient import lazy
from dynclient.send.failures import ending, sending

#: The largest body that is sent together with the head.
_SMALL = 1 << 16
#: The limits of http.client.
_LONGEST_LINE = 65536
_MOST_FIELDS = 100
#: The digits of 2**64.
_LONGEST_NUMBER = 20
#: Statuses whose replies have no body, whatever their header fields say (RFC 9112, section 6.3).
_BODILESS = frozenset({204, 304})
_STATUS = lazy.pattern(rb"HTTP/(\d\.\d+)[ \t]+([1-9]\d\d)(?:[ \t]([^\r\n]*))?\r?\n?\Z")
#: The size of a chunk, and extensions that mean nothing here.
_CHUNK = lazy.pattern(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n\Z")
_BREAKS = (b"\r\n", b"\n")
_NAME = lazy.pattern(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):")
#: Header fields in plain text, but for the mark by which urllib3 leaves one out.
_PLAIN = lazy.pattern(r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: (?!@@@)[\t -~]*(?:\r\n|\Z))+\Z")
#: The fields that urllib3 and http.client add where they are missing.
_COMPLETE = {"user-agent", "accept-encoding"}
#: White space is taken from its start on, so that a long run of it costs no more than its length.
_FOLD = lazy.pattern(r"(?:(?<![ \t])[ \t]+)?\r?\n[ \t]*")


class _Arriving(SocketIO):
    """The bytes of a socket, of which none is waited for longer than the call may take.

    Attributes:
        until: When the call ends, by `time.perf_counter`.
        is_over: Whether nothing is read any more.
        count: How many bytes have arrived.
    """

    until = inf
    is_over = False
    count = 0
    _sock: socket

    def readinto(self, buffer: Any) -> int | None:
        """Read what has arrived, or wait for it."""
        if self.is_over:
            return None
        if self.until != inf:
            left = self.until - perf_counter()
            if left <= 0:
                raise TimeoutError("timed out")
            wait = self._sock.gettimeout()
            if wait is None or left < wait:
                self._sock.settimeout(left)
        count = super().readinto(buffer)
        self.count += count or 0
        return count


class FinalResponse(HTTPResponse):
    """The final response to a request; interim ones are read and dropped, `101 Switching Protocols` ends the connection."""

    _method: str | None
    arriving: Any
    #: How many bytes its head had, those of interim responses included.
    size = 0
    #: Whether all of that is ASCII.
    is_ascii = True

    def unchunked(self, size: int) -> Iterator[bytes]:
        """Yield the content of a body in chunks, as it arrives (RFC 9112, section 7.1).

        Raises:
            HTTPException: A chunk is not as HTTP wants it, or the body breaks off.
        """
        read = self.fp.read1
        while left := self._chunk_size():
            while left:
                piece = read(min(left, size))
                if not piece:
                    raise http.client.IncompleteRead(b"", left)
                left -= len(piece)
                yield piece
            if self._line() not in _BREAKS:
                raise HTTPException("a chunk does not end where it says")
        number = 0
        while self._line() not in _BREAKS:  # a trailer
            number += 1
            if number > _MOST_FIELDS:
                raise HTTPException(f"more than {_MOST_FIELDS} trailer fields")

    def _chunk_size(self) -> int:
        digits = _CHUNK.match(self._line())
        if digits is None:
            raise HTTPException("the size of a chunk is not a hexadecimal number")
        return int(digits[1], 16)

    def _line(self) -> bytes:
        line: bytes = self.fp.readline(_LONGEST_LINE + 1)
        error = _bad_line(line, 0)
        if error is not None:
            raise error
        return line

    def begin(self) -> None:
        """Read the head of the final response, and find where the body ends and whether the connection does (RFC 9112, 6.3 and 9.3).

        Raises:
            HTTPException: The server does not speak HTTP, or sends too much.
            ConnectionError: The connection ended before the head did.
        """
        if self.headers is not None:
            return
        self.arriving = self.fp.detach()  # of a class of Python's, which counts who still reads from the socket
        self.arriving.__class__, self.arriving.until = _Arriving, ending.get()
        self.fp = BufferedReader(self.arriving)
        status, headers = self._head()
        while 100 <= status < 200 and status != 101:
            status, headers = self._head()
        self.code = self.status = status
        self.headers = self.msg = headers
        self.chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        self.chunk_left = None
        length = headers.get("Content-Length", "")
        plain = (
            length.isdecimal() and len(length) <= _LONGEST_NUMBER and len(headers.get_all("Content-Length", ())) == 1
        )
        self.length = None if self.chunked else int(length) if plain else _length(headers.get_all("Content-Length", ()))
        if status in _BODILESS or status < 200 or self._method == "HEAD":
            self.length, self.chunked = 0, False
        options = ",".join(headers.get_all("Connection", ())).lower().replace(" ", "").replace("\t", "").split(",")
        stays = "close" not in options and (self.version == 11 or "keep-alive" in options)
        ends = self.chunked or self.length is not None
        self.will_close = not stays or not ends or status == 101

    def _head(self) -> tuple[int, HTTPMessage]:
        """Read a status line and header fields; what is not plain, such as a folded line, is left to http.client."""
        read = self.fp.readline
        first = read(_LONGEST_LINE + 1)
        found = _STATUS.match(first)
        if found is None or len(first) > _LONGEST_LINE:
            raise _bad_line(first, 0) or BadStatusLine(first.decode("latin-1"))
        if not found[1].startswith((b"1.", b"0.9")):
            raise UnknownProtocol(found[1].decode())
        self.version = 10 if found[1] == b"1.0" else 11
        self.reason = (found[3] or b"").decode("latin-1").strip()
        lines: list[bytes] = []
        message, plain = HTTPMessage(), True
        while (line := read(_LONGEST_LINE + 1)) not in (b"\r\n", b"\n"):
            lines.append(line)
            self.size += len(line)
            self.is_ascii = self.is_ascii and line.isascii()
            error = (
                None
                if line and len(line) <= _LONGEST_LINE and len(lines) <= _MOST_FIELDS
                else _bad_line(line, len(lines))
            )
            if error is not None:
                raise error
            name = _NAME.match(line)
            value = line[name.end() :].strip(b" \t\r\n") if name else b"\r"
            if name is None or b"\r" in value:
                plain = False
            elif plain:
                message.set_raw(name[1].decode(), value.decode("latin-1"))
        self.size += len(first) + len(line)
        return int(found[2]), message if plain else _unfolded(parse_headers(BytesIO(b"".join([*lines, b"\r\n"]))))


def _length(values: Iterable[str]) -> int | None:
    """Return the length of a body (RFC 9110, section 8.6); None where the end of the connection ends it.

    Raises:
        HTTPException: It is no number, or there are several.
    """
    found = {value.strip() for text in values for value in text.split(",")}
    if not found:
        return None
    text = found.pop()
    if found or not (text.isascii() and text.isdecimal()) or len(text) > _LONGEST_NUMBER:
        raise HTTPException("the Content-Length is not one number")
    return int(text)


def _bad_line(line: bytes, number: int) -> Exception | None:
    """Return what is wrong with a line of a head, whatever it says."""
    if not line:
        return RemoteDisconnected("Remote end closed connection without response")
    if len(line) > _LONGEST_LINE:
        return LineTooLong("line of the head")
    return HTTPException(f"more than {_MOST_FIELDS} header fields") if number > _MOST_FIELDS else None


def _unfolded(parsed: HTTPMessage) -> HTTPMessage:
    """Replace each line break within a value by a space (RFC 9112, section 5.2)."""
    message = HTTPMessage()
    for name, value in parsed.items():
        message.set_raw(name, _FOLD.sub(" ", value))
    return message


class Live(urllib3.HTTPResponse):
    """urllib3's reply, which also gives access to http.client's: a plain body is read from that in a third of the time.

    Attributes:
        final: http.client's reply.
    """

    def __init__(self, final: FinalResponse, method: str, url: str) -> None:
        super().__init__(
            body=final, headers=HTTPHeaderDict(final.headers.items()), status=final.status, version=final.version, reason=final.reason,
            preload_content=False, decode_content=False, original_response=final, request_method=method, request_url=url,
        )  # fmt: skip
        self.final = final
        if final.status in _BODILESS:
            self.chunked = False

    def pieces(self, size: int) -> Iterator[bytes]:
        """Yield the bytes of the body as they arrive, with their codings.

        Args:
            size: How many bytes are read at a time.

        Raises:
            OSError, http.client.HTTPException: The body breaks off, or its chunks are not as HTTP wants them.
        """
        final, left = self.final, self.final.length
        if final.chunked:
            yield from final.unchunked(size)
        elif left is None:
            yield from iter(partial(final.fp.read1, size), b"")
        while left:
            piece = final.fp.read1(min(left, size))
            if not piece:
                raise http.client.IncompleteRead(b"", left)
            left -= len(piece)
            yield piece
        arriving = final.arriving
        arriving.is_over = True
        if final.fp.peek(1) if final.length is None else arriving.count > final.size + final.length:
            self.close()  # bytes behind the body, for which nobody asked (RFC 9112, section 9.2)
            return
        final.close()
        self.release_conn()


def _plain_head(method: str, body: Any, headers: Any) -> bytes | None:
    """Return the header fields as they are sent; None where urllib3 or http.client would add or refuse something."""
    if type(headers) is not dict or not (body is None or type(body) is bytes):
        return None
    try:
        names = set(map(str.lower, headers))
        head = "\r\n".join(map(": ".join, headers.items()))
    except TypeError:  # a name or a value in bytes
        return None
    if not names >= _COMPLETE or "host" in names:
        return None
    if "content-length" not in names and (body or method not in ("GET", "HEAD")):
        return None
    return head.encode() if _PLAIN.match(head) else None


class _Joined:
    """A connection that sends the head of a request and a small body at once: one packet and one system call."""

    _holds = False
    _held = b""
    _asked = "", ""

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **options: Any) -> None:
        """Send a request; the fields of a plain one are checked and written at once, not one by one."""
        self._held, self._asked = b"", (method, url)
        head = _plain_head(method, body, headers) if not options.get("chunked") else None
        if head is None:
            super().request(method, url, body, headers, **options)  # type: ignore[misc]  # beside a connection
        else:
            if self.sock is not None:  # type: ignore[attr-defined]
                self.sock.settimeout(self.timeout)  # type: ignore[attr-defined]
            self.putrequest(method, url, skip_accept_encoding=True)  # type: ignore[attr-defined]
            self._output(head)  # type: ignore[attr-defined]
            self.endheaders()
            if body:
                self.send(body)
        if self._held:
            self.send(b"")

    def getresponse(self) -> Any:
        """Read the head of the reply."""
        self.sock.settimeout(self.timeout)  # type: ignore[attr-defined]
        final: Any = http.client.HTTPConnection.getresponse(self)  # type: ignore[arg-type]
        request = sending.get()
        if request is not None and request.unread:
            final.arriving.until = inf  # a stream may go on
        return Live(final, *self._asked)

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        """Hold the head back until the body comes, or its absence is known."""
        self._holds = True
        super().endheaders(*args, **kwargs)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        """Send bytes, behind the head that is held back."""
        if self._holds:
            self._holds, self._held = False, data
            return
        held, self._held = self._held, b""
        if held and type(data) is bytes and len(data) < _SMALL:
            held, data = b"", held + data
        if held:
            super().send(held)  # type: ignore[misc]
        super().send(data)  # type: ignore[misc]


class _Connection(_Joined, HTTPConnection):
    response_class = FinalResponse


class _SecureConnection(_Joined, HTTPSConnection):
    response_class = FinalResponse


class _Plain(HTTPConnectionPool):
    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]  # noqa: N802  urllib3's name
        """The class of the connections; a recorder (vcrpy) replaces urllib3's by one of its own."""
        kind = HTTPConnectionPool.ConnectionCls
        return _Connection if kind is HTTPConnection else kind


class _Secure(HTTPSConnectionPool):
    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]  # noqa: N802  urllib3's name
        """As above."""
        kind = HTTPSConnectionPool.ConnectionCls
        return _SecureConnection if kind is HTTPSConnection else kind


#: The pools of such connections, by scheme, as urllib3's managers take them.
POOLS = {"http": _Plain, "https": _Secure}
