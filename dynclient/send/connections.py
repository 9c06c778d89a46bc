"""The connections of the default transport: urllib3's, whose replies skip every interim one.

http.client skips `100 Continue` and takes any other interim response (103 Early Hints, 102 Processing) for the reply itself; the
reply that follows then answers the next request on that connection (RFC 9110, section 15.2: a client must be able to parse any
number of them). Heads are parsed here in a fifth of the time that the `email` package needs, which http.client uses.
"""

from __future__ import annotations

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
from io import BytesIO
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

from dynclient import lazy

#: How many connections to a server are kept: as many threads may share a client without making new ones.
_KEPT = 64
#: The limits of http.client.
_LONGEST_LINE = 65536
_MOST_FIELDS = 100
_STATUS = lazy.pattern(rb"(HTTP/\d\.\d+)[ \t]+([1-9]\d\d)(?:[ \t]([^\r\n]*))?\r?\n?\Z")
_FIELD = lazy.pattern(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*\r?\n\Z")


class FinalResponse(HTTPResponse):
    """The final response to a request; interim ones are read and dropped, `101 Switching Protocols` ends the connection."""

    def __init__(self, sock: Any, debuglevel: int = 0, method: str | None = None, url: str | None = None) -> None:
        super().__init__(sock, debuglevel, method, url)
        self._verb = method

    def begin(self) -> None:
        """Read the head of the final response.

        Raises:
            HTTPException: The server does not speak HTTP, or sends too much.
            ConnectionError: The connection ended before the head did.
        """
        if self.headers is not None:
            return
        version, status, self.reason = self._status_line()
        while 100 <= status < 200 and status != 101:
            self._head()
            version, status, self.reason = self._status_line()
        self.code = self.status = status
        self.version = 10 if version == "HTTP/1.0" else 11
        self.headers = self.msg = self._head()
        self._frame()

    def _status_line(self) -> tuple[str, int, str]:
        line = self._line()
        found = _STATUS.match(line)
        if found is None:
            raise BadStatusLine(line.decode("latin-1"))
        version = found[1].decode()
        if not version.startswith(("HTTP/1.", "HTTP/0.9")):
            raise UnknownProtocol(version)
        return version, int(found[2]), (found[3] or b"").decode("latin-1").strip()

    def _head(self) -> HTTPMessage:
        """Parse header fields; what is not plain, such as a folded line, is left to http.client."""
        lines: list[bytes] = []
        while (line := self._line()) not in (b"\r\n", b"\n"):
            lines.append(line)
            if len(lines) > _MOST_FIELDS:
                raise HTTPException(f"more than {_MOST_FIELDS} header fields")
        found = [_FIELD.match(line) for line in lines]
        if not all(found):
            return parse_headers(BytesIO(b"".join([*lines, b"\r\n"])))
        message = HTTPMessage()
        for field in found:
            message.set_raw(field[1].decode(), field[2].decode("latin-1"))  # type: ignore[index]  # all of them match
        return message

    def _line(self) -> bytes:
        line = self.fp.readline(_LONGEST_LINE + 1)
        if not line:
            raise RemoteDisconnected("Remote end closed connection without response")
        if len(line) > _LONGEST_LINE:
            raise LineTooLong("line of the head")
        return line

    def _frame(self) -> None:
        """Find where the body ends, and whether the connection does (RFC 9112, sections 6.3 and 9.3)."""
        headers, status = self.headers, self.status
        self.chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        self.chunk_left = None
        length = headers.get("Content-Length", "")
        self.length = int(length) if length.isdecimal() and not self.chunked else None
        if status in (204, 304) or status < 200 or self._verb == "HEAD":
            self.length = 0
        options = headers.get("Connection", "").lower()
        stays = "close" not in options if self.version == 11 else "keep-alive" in options or "Keep-Alive" in headers
        ends = self.chunked or self.length is not None
        self.will_close = not stays or not ends or status == 101


class _Plain(HTTPConnectionPool):
    def _new_conn(self) -> Any:
        return _with_final_responses(super()._new_conn())


class _Secure(HTTPSConnectionPool):
    def _new_conn(self) -> Any:
        return _with_final_responses(super()._new_conn())


def _with_final_responses(connection: Any) -> Any:
    connection.response_class = FinalResponse
    return connection


class Connections(HTTPAdapter):
    """The adapter of a session that is the transport's own."""

    def __init__(self) -> None:
        super().__init__(pool_maxsize=_KEPT)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections without a proxy."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Plain, "https": _Secure}

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return the pools of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Plain, "https": _Secure}
        return manager
