"""A document on a real socket, served by werkzeug in a background thread."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request as WerkzeugRequest
from werkzeug.wrappers import Response as WerkzeugResponse

from dynclient.exchange import Headers, Request
from dynclient.mock.responder import Responder
from dynclient.names import explains_arguments
from dynclient.spec.document import Document
from dynclient.wire.servers import server_of

MAX_BODY = 64 * 1024 * 1024


class Mock:
    """Serves a document on a real socket, in a background thread. Also a context manager.

    Args:
        document: The document.
        host: The address to listen on.
        port: The port; 0 for any free one.
        seed: The same seed gives the same generated values.

    Raises:
        OSError: It cannot listen on the address.

    Attributes:
        url: The URL to call it at, with the path of the document's first server.
    """

    @explains_arguments
    def __init__(self, document: Document, *, host: str = "127.0.0.1", port: int = 0, seed: int = 0) -> None:
        self._responder = Responder(document, seed)
        try:
            self._server = make_server(host, port, self._application, threaded=True, request_handler=_QuietHandler)
        except SystemExit:  # werkzeug exits if the port is taken
            raise OSError(errno.EADDRINUSE, f"cannot listen on {host}, port {port}") from None
        self._thread: threading.Thread | None = None
        servers = [node.value for node in document.root.child("servers").items() if isinstance(node.value, Mapping)]
        base = next(server_of(servers[0], "").paths()) if servers else ""
        self.url = f"http://{authority(host, self._server.server_port)}{base}"

    def start(self) -> Self:
        """Serve in a background thread until `stop` is called; once started, it goes on."""
        if self._thread is not None:
            return self
        self._thread = threading.Thread(target=self._server.serve_forever, name=f"mock {self.url}", daemon=True)
        self._thread.start()
        return self

    def serve_forever(self) -> None:
        """Serve in this thread until another one calls `stop`, or until an exception."""
        try:
            self._server.serve_forever()
        finally:
            self._server.server_close()

    def stop(self) -> None:
        """Stop serving and free the port."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _application(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = self._responder.answer(_request_of(environ))
        reply = WerkzeugResponse(response.content, response.status, list(response.headers.fields))
        return reply(environ, start_response)


class _QuietHandler(WSGIRequestHandler):
    """Does not print a line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def authority(host: str, port: int) -> str:
    """Return host and port as they are written in a URL (RFC 3986, section 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _request_of(environ: dict[str, Any]) -> Request:
    """Return the request with the original percent-encoding of its URL, which WSGI's PATH_INFO has lost."""
    incoming = WerkzeugRequest(environ)
    incoming.max_content_length = MAX_BODY
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI") or incoming.full_path
    url = target if "://" in target else f"{incoming.scheme}://{incoming.host}{target}"
    headers = Headers(list(incoming.headers.items()))
    return Request(incoming.method, url, headers, incoming.get_data() or None)
