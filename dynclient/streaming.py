"""Replies that are read as they come: large downloads, and sequences of items that never end.

A Stream is what `client.operation.stream(...)` gives: status and header fields are there, the body is still on the wire. What holds
for a whole reply holds for its parts: items are decoded and validated one by one, and memory stays bounded.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from dynclient import media
from dynclient.errors import Problem
from dynclient.exchange import Request, Response
from dynclient.frozen import replace
from dynclient.operation import Content, Operation
from dynclient.transport import Transport

#: What is done with a reply that breaks the document: the client raises or warns, as its options say.
Judge = Callable[[Operation, Response], Any]


class Opener:
    """A transport that leaves the body on the wire; the reply of the last request stays open.

    Args:
        transport: The transport to send with. One that cannot stream reads the whole body, and gives it in one piece.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.chunks: Iterator[bytes] = iter(())
        self.close: Callable[[], None] = _nothing

    def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request, and give its reply without the body."""
        self.close()
        opened = getattr(self._transport, "open", None)
        if opened is None:
            response = self._transport(request, timeout)
            self.chunks, self.close = iter([response.content]), _nothing
            return replace(response, content=b"")
        found: tuple[Response, Iterator[bytes], Callable[[], None]] = opened(request, timeout)
        response, self.chunks, self.close = found
        return response


class Stream:
    """A reply whose body is still to come; a context manager, and an iterator over its items.

    Attributes:
        response: The reply as far as it is known: status and header fields.
    """

    def __init__(self, operation: Operation, response: Response, opener: Opener, judge: Judge) -> None:
        self.response = response
        self._operation = operation
        self._opener = opener
        self._judge = judge

    @property
    def status(self) -> int:
        """The HTTP status code."""
        return self.response.status

    def chunks(self) -> Iterator[bytes]:
        """The body in chunks of bytes, as they come.

        Raises:
            TransportError: The connection broke before the body was whole.
        """
        yield from self._opener.chunks

    def items(self) -> Iterator[Any]:
        """The items of a sequential body (JSON Lines, JSON text sequences, server-sent events), each validated.

        Raises:
            InvalidResponse: The body is no sequence, an item cannot be read, or breaks its schema.
            TransportError: The connection broke before the body was whole.
        """
        kind = self.response.headers.get("Content-Type", "")
        content = self._content(kind)
        try:
            for index, item in enumerate(
                media.items(self.chunks(), kind, content.rules if content else media.NO_RULES)
            ):
                self._check(content, item, index)
                yield item
        except media.MediaError as error:
            self._refuse([Problem("body", (), "media type", str(error))])

    def __iter__(self) -> Iterator[Any]:
        return self.items()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the body to a file, which appears whole or not at all.

        Args:
            path: The file; one that is there is replaced.

        Raises:
            TransportError: The connection broke before the body was whole; nothing is left behind.
        """
        target = Path(path)
        number, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(number, "wb") as file:
                for chunk in self.chunks():
                    file.write(chunk)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return target

    def close(self) -> None:
        """Close the reply; what was not read is dropped."""
        self._opener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _content(self, kind: str) -> Content | None:
        reply = self._operation.reply(self.response.status)
        chosen = media.best(reply.contents, kind) if reply is not None and kind else None
        return reply.contents[chosen] if reply is not None and chosen is not None else None

    def _check(self, content: Content | None, item: Any, index: int) -> None:
        if content is None:
            return
        problems = content.schema.problems(
            item if content.sequential else [item], "body", (index,) if content.sequential else ()
        )
        if problems:
            self._refuse(problems)

    def _refuse(self, problems: list[Problem]) -> None:
        self._judge(self._operation, replace(self.response, problems=tuple(problems)))


def _nothing() -> None:
    return None
