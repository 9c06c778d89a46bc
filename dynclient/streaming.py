"""Replies that are read as they come: large downloads, and sequences of items that never end.

A Stream is what `client.operation.stream(...)` gives: status and header fields are there, the body is still on the wire. What holds
for a whole reply holds for its parts: items are decoded and validated one by one, and memory stays bounded.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Self

from dynclient.api.described import Content
from dynclient.api.operation import Operation
from dynclient.errors import InvalidResponse
from dynclient.exchange import Request, Response
from dynclient.problem import Problem
from dynclient.send.transport import AsyncOpened, AsyncTransport, Transport
from dynclient.wire import codec, mediatype
from dynclient.wire.bodyrules import NO_RULES

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

    def drop(self) -> None:
        """Close the last reply, whichever that is by then."""
        self.close()


class AsyncOpener:
    """As `Opener`, for the async client.

    Args:
        transport: The transport to send with. One that cannot stream reads the whole body, and gives it in one piece.
    """

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport
        self.chunks: AsyncIterator[bytes] = _one()
        self.close: Callable[[], Awaitable[None]] = _nothing_async

    async def __call__(self, request: Request, timeout: float) -> Response:
        """Send a request, and give its reply without the body."""
        await self.close()
        opened = getattr(self._transport, "open", None)
        if opened is None:
            response = await self._transport(request, timeout)
            self.chunks, self.close = _one(response.content), _nothing_async
            return replace(response, content=b"")
        found: AsyncOpened = await opened(request, timeout)
        response, self.chunks, self.close = found
        return response


class _Parts:
    """What a reply in parts is, apart from how one waits for them.

    Attributes:
        response: The reply as far as it is known: status and header fields.
    """

    def __init__(self, operation: Operation, response: Response, judge: Judge) -> None:
        self.response = response
        self._operation = operation
        self._judge = judge

    @property
    def status(self) -> int:
        """The HTTP status code."""
        return self.response.status

    @property
    def _kind(self) -> str:
        return self.response.headers.get("Content-Type", "")

    def _content(self) -> Content | None:
        reply = self._operation.reply(self.response.status)
        chosen = mediatype.best(reply.contents, self._kind) if reply is not None and self._kind else None
        return reply.contents[chosen] if reply is not None and chosen is not None else None

    def _judged(self, content: Content | None, item: Any, index: int) -> Any:
        """An item, when its problems are let through; one that cannot be read as its text, so that nothing is lost."""
        if isinstance(item, codec.Broken):
            self._judge(self._operation, self._with(_unreadable(item.error)))
            return item.content.decode("utf-8", "replace")
        problems = content.item_problems(item, index) if content is not None else []
        if problems:
            self._judge(self._operation, self._with(*problems))
        return item

    def _with(self, *problems: Problem) -> Response:
        return replace(self.response, problems=problems)

    def _refused(self, error: mediatype.MediaError) -> InvalidResponse:
        """What is raised, whatever the options let through, where no further item can be found."""
        problem = _unreadable(error)
        headline = f"{self._operation.id}: the reply ({self.status}) cannot be read"
        return InvalidResponse(headline, [problem], self._with(problem))


class Stream(_Parts):
    """A reply whose body is still to come; a context manager, and an iterator over its items.

    Attributes:
        response: The reply as far as it is known: status and header fields.
    """

    def __init__(self, operation: Operation, response: Response, opener: Opener, judge: Judge) -> None:
        super().__init__(operation, response, judge)
        self._opener = opener

    def chunks(self) -> Iterator[bytes]:
        """The body in chunks of bytes, as they come.

        Raises:
            TransportError: The connection broke before the body was whole.
        """
        yield from self._opener.chunks

    def items(self) -> Iterator[Any]:
        """The items of a sequential body (JSON Lines, JSON text sequences, server-sent events), each validated.

        Where the options let problems through, an item that cannot be read is its text, and the next ones follow.

        Raises:
            InvalidResponse: The body is no sequence, an item cannot be read, or breaks its schema.
            TransportError: The connection broke before the body was whole.
        """
        content = self._content()
        try:
            decoder = codec.decoder(self._kind, content.rules if content else NO_RULES)
            for index, item in enumerate(codec.items(decoder, self.chunks())):
                yield self._judged(content, item, index)
        except mediatype.MediaError as error:
            raise self._refused(error) from None

    def __iter__(self) -> Iterator[Any]:
        return self.items()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the body to a file, which appears whole or not at all.

        Args:
            path: The file; one that is there is replaced.

        Raises:
            TransportError: The connection broke before the body was whole; nothing is left behind.
        """
        with _appearing(Path(path)) as file:
            for chunk in self.chunks():
                file.write(chunk)
        return Path(path)

    def close(self) -> None:
        """Close the reply; what was not read is dropped."""
        self._opener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncStream(_Parts):
    """A reply whose body is still to come; an async context manager, and an async iterator over its items.

    Attributes:
        response: The reply as far as it is known: status and header fields.
    """

    def __init__(self, operation: Operation, response: Response, opener: AsyncOpener, judge: Judge) -> None:
        super().__init__(operation, response, judge)
        self._opener = opener

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in chunks of bytes, as they come.

        Raises:
            TransportError: The connection broke before the body was whole.
        """
        async for chunk in self._opener.chunks:
            yield chunk

    async def items(self) -> AsyncIterator[Any]:
        """The items of a sequential body (JSON Lines, JSON text sequences, server-sent events), each validated.

        Where the options let problems through, an item that cannot be read is its text, and the next ones follow.

        Raises:
            InvalidResponse: The body is no sequence, an item cannot be read, or breaks its schema.
            TransportError: The connection broke before the body was whole.
        """
        content, index = self._content(), 0
        try:
            decoder = codec.decoder(self._kind, content.rules if content else NO_RULES)
            async for chunk in _and_end(self._opener.chunks):
                for item in decoder.close() if chunk is None else decoder.feed(chunk):
                    yield self._judged(content, item, index)
                    index += 1
        except mediatype.MediaError as error:
            raise self._refused(error) from None

    def __aiter__(self) -> AsyncIterator[Any]:
        return self.items()

    async def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the body to a file, which appears whole or not at all.

        Args:
            path: The file; one that is there is replaced.

        Raises:
            TransportError: The connection broke before the body was whole; nothing is left behind.
        """
        with _appearing(Path(path)) as file:
            async for chunk in self.chunks():
                file.write(chunk)
        return Path(path)

    async def aclose(self) -> None:
        """Close the reply; what was not read is dropped."""
        await self._opener.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


@contextlib.contextmanager
def _appearing(target: Path) -> Iterator[IO[bytes]]:
    """A file that takes its name when it is whole; where it does not become so, nothing is left of it."""
    number, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            yield file
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _unreadable(error: mediatype.MediaError) -> Problem:
    return Problem("body", error.path, "media type", str(error), error.hint)


def _nothing() -> None:
    return None


async def _nothing_async() -> None:
    return None


async def _one(*contents: bytes) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


async def _and_end(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes | None]:
    async for chunk in chunks:
        yield chunk
    yield None
