"""Replies that are read as they arrive: large downloads, and sequences of items that may never end.

`client.operation.stream(...)` returns a Stream, or an AsyncStream: status and header fields are read, the body is still on the wire.
Its items are decoded and validated one by one, as those of a whole reply are, so memory stays bounded.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self
from uuid import uuid4

from dynclient.api.described import Content
from dynclient.api.operation import Operation
from dynclient.errors import InvalidResponse
from dynclient.exchange import Response
from dynclient.problem import Problem
from dynclient.wire import codec, mediatype
from dynclient.wire.bodyrules import NO_RULES

#: Handles a reply that breaks the document: the client raises or warns, as its options say.
Judge = Callable[[Operation, Response], Any]


class AsyncOnly:
    """Something for `async with`, which says so where it meets a plain `with`. Type checkers refuse that by themselves."""

    if not TYPE_CHECKING:

        def __enter__(self) -> None:
            raise TypeError(f"{type(self).__name__} is async: write `async with` in place of `with`")

        def __exit__(self, *_: object) -> None:
            """Do nothing: Python looks for it before it calls the other one."""


class BlockingOnly:
    """Something for `with`, which says so where it meets `async with`. Type checkers refuse that by themselves."""

    if not TYPE_CHECKING:

        async def __aenter__(self) -> None:
            raise TypeError(
                f"{type(self).__name__} is blocking: write `with` in place of `async with`, or use AsyncClient"
            )

        async def __aexit__(self, *_: object) -> None:
            """Do nothing: Python looks for it before it calls the other one."""


class _Parts:
    """What the two kinds of stream share: everything but the waiting.

    Attributes:
        response: The reply without its body.
    """

    def __init__(self, operation: Operation, response: Response, judge: Judge) -> None:
        self.response = replace(response, content=b"", body=None)
        self._operation = operation
        self._judge = judge
        self._body: Any = response.body
        self._chunks: Any = _once(response.content) if self._body is None else self._body.chunks()
        self._begun = self._closed = False

    @property
    def status(self) -> int:
        """The HTTP status code."""
        return self.response.status

    def _needs_open(self) -> None:
        """Refuse to read on after `close`, where every HTTP library would say something else.

        Raises:
            RuntimeError: The stream is closed.
        """
        if self._closed:
            raise RuntimeError(
                f"{self._operation.id}: this stream is closed: close() was called, or its `with` block has ended; read it before"
            )

    def _begin(self) -> None:
        """Refuse to read a body again: it arrives once, and a second reading would find nothing, or miss what the first one had buffered.

        Raises:
            RuntimeError: The stream is closed, or has been read.
        """
        self._needs_open()
        if self._begun:
            raise RuntimeError(
                f"{self._operation.id}: this stream has been read; a body arrives once, so keep what the first reading gives"
            )
        self._begun = True

    def _items(self) -> _Items:
        return _Items(self._operation, self.response, self._judge)

    def __repr__(self) -> str:
        kind = self.response.headers.get("Content-Type", "no content type")
        return f"<{type(self).__name__} of {self._operation.id}: {self.status} {kind}>"


class _Items:
    """The items of a body, decoded as its chunks arrive."""

    def __init__(self, operation: Operation, response: Response, judge: Judge) -> None:
        self._operation = operation
        self._response = response
        self._judge = judge
        self._index = 0
        media_type = response.headers.get("Content-Type", "")
        reply = operation.reply(response.status)
        chosen = mediatype.best(reply.contents, media_type) if reply is not None and media_type else None
        self._content: Content | None = reply.contents[chosen] if reply is not None and chosen is not None else None
        try:
            self._decoder = codec.decoder(media_type, self._content.rules if self._content else NO_RULES)
        except mediatype.MediaError as error:
            raise self._refused(error) from None

    def feed(self, chunk: bytes | None) -> Iterator[Any]:
        """Yield the items that are complete with this chunk, None for the end of the body.

        Raises:
            InvalidResponse: An item cannot be read or breaks its schema, or no further item can be found.
        """
        try:
            for item in self._decoder.close() if chunk is None else self._decoder.feed(chunk):
                yield self._judged(item)
                self._index += 1
        except mediatype.MediaError as error:
            raise self._refused(error) from None

    def _judged(self, item: Any) -> Any:
        """Return the item unless its problems must raise; an unreadable item comes back as text."""
        if isinstance(item, codec.Broken):
            self._judge(self._operation, self._with(_unreadable(item.error)))
            return item.content.decode("utf-8", "replace")
        problems = self._content.item_problems(item, self._index) if self._content is not None else []
        if problems:
            self._judge(self._operation, self._with(*problems))
        return item

    def _with(self, *problems: Problem) -> Response:
        return replace(self._response, problems=problems)

    def _refused(self, error: mediatype.MediaError) -> InvalidResponse:
        """Return the error for a body without further items, which is raised whatever the options say."""
        problem = _unreadable(error)
        headline = f"{self._operation.id}: the reply ({self._response.status}) cannot be read"
        return InvalidResponse(headline, [problem], self._with(problem))


class Stream(_Parts, BlockingOnly):
    """A reply whose body is still on the wire; a context manager, and an iterator over its items.

    Attributes:
        response: The reply without its body: status and header fields.
    """

    def chunks(self) -> Iterator[bytes]:
        """Yield the body in chunks of bytes, as they arrive.

        Raises:
            RuntimeError: The stream is closed, or has been read.
            TransportError: The connection broke before the body was whole.
        """
        self._begin()
        for chunk in self._chunks:
            yield chunk
            self._needs_open()

    def items(self) -> Iterator[Any]:
        """Yield the items of a sequential body (JSON Lines, JSON text sequences, server-sent events), each validated.

        Where the options let problems through, an item that cannot be read comes back as text, and the next ones follow.

        Raises:
            InvalidResponse: The body is not a sequence, an item cannot be read, or breaks its schema.
            RuntimeError: The stream is closed, or has been read.
            TransportError: The connection broke before the body was whole.
        """
        items = self._items()
        for chunk in self.chunks():
            yield from items.feed(chunk)
        yield from items.feed(None)

    def __iter__(self) -> Iterator[Any]:
        return self.items()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the body to a file, which appears when it is whole.

        Args:
            path: The file; an existing one is replaced.

        Raises:
            OSError: The file cannot be written; with the path and the reason.
            RuntimeError: The stream is closed, or has been read.
            TransportError: The connection broke before the body was whole; nothing is left behind.
        """
        with _appearing(Path(path)) as file:
            for chunk in self.chunks():
                file.write(chunk)
        return Path(path)

    def close(self) -> None:
        """Close the reply; the unread rest is dropped."""
        self._closed = True
        if self._body is not None:
            self._body.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncStream(_Parts, AsyncOnly):
    """A reply whose body is still on the wire; an async context manager, and an async iterator over its items.

    Attributes:
        response: The reply without its body: status and header fields.
    """

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body in chunks of bytes, as they arrive.

        Raises:
            RuntimeError: The stream is closed, or has been read.
            TransportError: The connection broke before the body was whole.
        """
        self._begin()
        if self._body is None:
            for chunk in self._chunks:
                yield chunk
            return
        async for chunk in self._chunks:
            yield chunk
            self._needs_open()

    async def items(self) -> AsyncIterator[Any]:
        """Yield the items of a sequential body (JSON Lines, JSON text sequences, server-sent events), each validated.

        Where the options let problems through, an item that cannot be read comes back as text, and the next ones follow.

        Raises:
            InvalidResponse: The body is not a sequence, an item cannot be read, or breaks its schema.
            RuntimeError: The stream is closed, or has been read.
            TransportError: The connection broke before the body was whole.
        """
        items = self._items()
        async for chunk in self.chunks():
            for item in items.feed(chunk):
                yield item
        for item in items.feed(None):
            yield item

    def __aiter__(self) -> AsyncIterator[Any]:
        return self.items()

    async def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the body to a file, which appears when it is whole.

        Args:
            path: The file; an existing one is replaced.

        Raises:
            OSError: The file cannot be written; with the path and the reason.
            RuntimeError: The stream is closed, or has been read.
            TransportError: The connection broke before the body was whole; nothing is left behind.
        """
        with _appearing(Path(path)) as file:
            async for chunk in self.chunks():
                file.write(chunk)
        return Path(path)

    async def aclose(self) -> None:
        """Close the reply; the unread rest is dropped."""
        self._closed = True
        if self._body is not None:
            await self._body.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


@contextlib.contextmanager
def _appearing(target: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes its name when it is whole; after an error nothing is left of it.

    Raises:
        OSError: The file cannot be written; the error names the target, and not the file that is there meanwhile.
    """
    folder = target.parent
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, f"the folder {str(folder)!r} does not exist", str(target))
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "a folder has this name; name a file in it", str(target))
    partial = folder / f".{uuid4().hex}.part"  # opened as any file is, so that it gets the permissions of one
    try:
        with partial.open("xb") as file:
            yield file
        partial.replace(target)
    except OSError as error:
        if error.filename is None:
            raise
        raise OSError(error.errno, error.strerror, str(target)) from None
    finally:
        partial.unlink(missing_ok=True)


def _unreadable(error: mediatype.MediaError) -> Problem:
    return Problem("body", error.path, "media type", str(error), error.hint)


def _once(content: bytes) -> Iterator[bytes]:
    yield content
