"""A document's mock as a transport: the same judge and the same replies, without a socket."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from dynclient.exchange import Request, Response
from dynclient.mock.responder import JudgeName, Responder
from dynclient.opening import Openable, load
from dynclient.send.failures import ArrivingBody
from dynclient.wire.codec import may_be_empty


class MockTransport:
    """Answers the requests of a client by a document, as `Mock` does over a socket. It serves `Client` and `AsyncClient`.

    Args:
        document: The document, or anything that `load` opens.
        seed: The same seed gives the same generated values.
        judge: Who judges the requests: `dynclient`, or `openapi-core` for an independent opinion.
        validate: Whether requests are judged at all.

    Raises:
        ValueError: There is no such judge.
        SpecError: The document cannot be used.

    Attributes:
        requests: The requests that it has answered, in order.
    """

    def __init__(
        self, document: Openable, *, seed: int = 0, judge: JudgeName = "dynclient", validate: bool = True
    ) -> None:
        self._responder = Responder(load(document), seed, judge=judge, validate=validate)
        self.requests: list[Request] = []

    def __call__(self, request: Request, timeout: float) -> Response:
        """Answer a request.

        Raises:
            TransportError: The reply is beyond a limit of the request.
        """
        started = time.perf_counter()
        content, kind = request.content, request.headers.get("Content-Type", "")
        received = replace(request, body=content if content or (kind and may_be_empty(kind)) else None)
        self.requests.append(received)
        answer = self._responder.answer(received)
        pieces: Any = iter([answer.content] if answer.content and request.method != "HEAD" else [])
        return ArrivingBody(
            request, timeout, started, answer.status, lambda: answer.headers.fields, pieces, _nothing, (), _never
        ).response()

    def __repr__(self) -> str:
        return f"<MockTransport of {self._responder.api.title!r}, {len(self.requests)} requests>"


def _nothing() -> None:
    """Nothing has to be closed."""


def _never(_: Exception) -> bool:
    return False
