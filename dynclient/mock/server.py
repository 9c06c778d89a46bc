"""A document as a server, in a background thread or in this one."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Literal, Self

from dynclient.errors import DynclientError
from dynclient.mock.answer import LOG
from dynclient.mock.responder import JudgeName, Responder
from dynclient.mock.serving import Listener, authority
from dynclient.spec.document import Document
from dynclient.wire.servers import server_of

#: How often the server looks whether it shall stop, in seconds.
_POLL = 0.05
#: A day; sockets do not take every number of seconds.
_MOST_PATIENCE = 86_400
_MOST_PORT = 65_535


class Mock:
    """Serves a document on a real socket, in a background thread. Also a context manager.

    Each request is a line of the log: method, path, status, operation, milliseconds, and why it was refused.

    Args:
        document: The document.
        host: The address to listen on.
        port: The port; 0 for any free one.
        seed: The same seed gives the same generated values.
        judge: Who judges the requests: `dynclient`, or `openapi-core` for an independent opinion.
        validate: Whether requests are judged at all; without it, every request to a documented operation gets its success.
        patience: How many seconds a request may take to arrive, an answer to be taken, and a connection may be idle.

    Raises:
        OSError: It cannot listen on the address.
        ValueError: There is no such judge, or `port` or `patience` is out of bounds.
        SpecError: openapi-core cannot use the document.

    Attributes:
        url: The URL to call it at, with the path of the document's first server.
        log: The logger that gets a line for each request, `dynclient.mock`.
    """

    log = LOG

    def __init__(
        self,
        document: Document,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 0,
        judge: JudgeName = "dynclient",
        validate: bool = True,
        patience: float = 30.0,
    ) -> None:
        if not 0 <= port <= _MOST_PORT:
            raise ValueError(f"port must be from 0 to {_MOST_PORT}, not {port}")
        if not 0 < patience <= _MOST_PATIENCE:
            raise ValueError(f"patience must be above 0 seconds and at most {_MOST_PATIENCE}, not {patience}")
        self._responder = Responder(document, seed, judge=judge, validate=validate)
        self._title = document.title
        self._server = Listener(host, port, self._responder.respond, patience)
        self._thread: threading.Thread | None = None
        self._state: Literal["not started", "running", "stopped"] = "not started"
        servers = [node.value for node in document.root.child("servers").items() if isinstance(node.value, Mapping)]
        base = next(server_of(servers[0], "").paths()) if servers else ""
        self.url = f"http://{authority(host, self._server.server_port)}{base}"

    def start(self) -> Self:
        """Serve in a background thread until `stop` is called; once started, it goes on.

        Raises:
            DynclientError: It has been stopped.
        """
        if self._state != "running":
            self._begin()
            self._thread = threading.Thread(
                target=self._server.serve_forever, args=(_POLL,), name=f"mock {self.url}", daemon=True
            )
            self._thread.start()
        return self

    def serve_forever(self) -> None:
        """Serve in this thread until another one calls `stop`, or until an exception.

        Raises:
            DynclientError: It is already running, or has been stopped.
        """
        if self._state == "running":
            raise DynclientError(f"the mock is already running at {self.url}")
        self._begin()
        try:
            self._server.serve_forever(_POLL)
        finally:
            self._state = "stopped"
            self._server.server_close()

    def stop(self) -> None:
        """Stop serving, close every connection and free the port."""
        if self._state == "running":
            self._server.shutdown()
        self._state = "stopped"
        self._server.server_close()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _begin(self) -> None:
        if self._state == "stopped":
            raise DynclientError("the mock has been stopped; create a new Mock")
        self._state = "running"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Mock of {self._title!r} at {self.url}, {self._state}>"
