"""A local server that the browser returns to after a sign-in, and which accepts one answer (RFC 8252, section 7.3)."""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from socketserver import ThreadingTCPServer

_PAGE = b"<!doctype html><title>Signed in</title><p>You are signed in. You can close this page."
_OTHER = b"<!doctype html><title>Not signed in</title><p>This answer belongs to another sign-in, so it is ignored."
_ANSWERS = frozenset({"code", "error"})


class Loopback:
    """Listens for the redirect that ends a sign-in.

    Args:
        redirect_uri: The URL to listen at; port 0 picks a free port.
        state: The state that was sent. An answer with another one is refused, and does not end the wait: any web page can make
            the browser send one (RFC 6749, section 10.12).

    Attributes:
        uri: The URL with its port.
        others: How many answers were refused.

    Raises:
        OSError: The port is not available.
    """

    def __init__(self, redirect_uri: str, state: str) -> None:
        wanted = urlsplit(redirect_uri)
        self._path = wanted.path or "/"
        self._state = state
        self.others = 0
        self._received = threading.Event()
        self._query = ""
        self._server = _listen(wanted.hostname or "", wanted.port or 0, self._accept)
        host = f"[{wanted.hostname}]" if ":" in (wanted.hostname or "") else wanted.hostname
        self.uri = f"http://{host}:{self._server.socket.getsockname()[1]}{self._path}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def wait(self, timeout: float) -> str | None:
        """Return the query of the redirect, or None if it does not arrive in time."""
        return self._query if self._received.wait(timeout) else None

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self, target: str) -> tuple[int, bytes]:
        """Take the first answer to the sign-in, and nothing else that a browser may request; return the status and the page."""
        try:
            parts = urlsplit(target)
        except ValueError:
            return 400, b""
        fields = parse_qs(parts.query)
        if parts.path != self._path or not _ANSWERS & fields.keys():
            return 404, b""
        if not hmac.compare_digest("".join(fields.get("state", ())).encode(), self._state.encode()):
            self.others += 1
            return 400, _OTHER
        if not self._received.is_set():
            self._query = parts.query
            self._received.set()
        return 200, _PAGE


def _listen(host: str, port: int, answer: Callable[[str], tuple[int, bytes]]) -> ThreadingTCPServer:
    """Start a server that answers each GET by its target; it needs threads, as browsers open connections that stay silent."""
    import socket  # these are needed only for sign-ins
    from http.server import BaseHTTPRequestHandler
    from socketserver import ThreadingTCPServer as TCPServer

    class Handler(BaseHTTPRequestHandler):
        timeout = 10
        server_version, sys_version = "dynclient", ""

        def do_GET(self) -> None:
            status, page = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: Any) -> None:
            """Log nothing: the request line contains the code."""

    class LocalServer(TCPServer):  # HTTPServer would look up the name of the host
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        allow_reuse_address = os.name == "posix"
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: Any) -> None:
            """Print nothing: a browser that leaves is no error, and the request contains the code."""

    return LocalServer(("127.0.0.1" if host == "localhost" else host, port), Handler)
