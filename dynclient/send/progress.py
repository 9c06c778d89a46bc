"""How far uploads and downloads are, for a callback of the user."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

from dynclient.exchange import Transfer

#: How many bytes of a body in memory are sent at a time.
_CHUNK = 1 << 16


class CountedBody:
    """A body whose bytes are reported as they are sent.

    Args:
        body: Bytes, or chunks of them.
        operation: The id of the operation.
        report: Is told how far it is.

    Attributes:
        length: The bytes of the whole, if they are known.
        repeatable: Whether it can be sent again.
        is_async: Whether its chunks are awaited.
    """

    def __init__(self, body: Any, operation: str, report: Callable[[Transfer], Any]) -> None:
        whole = isinstance(body, bytes)
        self.length: int | None = len(body) if whole else getattr(body, "length", None)
        self.repeatable = whole or bool(getattr(body, "repeatable", False))
        self.is_async = bool(getattr(body, "is_async", False))
        self._body = body
        self._operation = operation
        self._report = report

    def __iter__(self) -> Iterator[bytes]:
        body, done = self._body, 0
        for chunk in _cut(body) if isinstance(body, bytes) else body:
            done += len(chunk)
            self._report(
                Transfer(self._operation, "upload", done, self.length)
            )  # first: some libraries ask for no more than they need
            yield chunk

    async def __aiter__(self) -> AsyncIterator[bytes]:
        done = 0
        async for chunk in self._body:
            done += len(chunk)
            self._report(Transfer(self._operation, "upload", done, self.length))
            yield chunk


def reported(pieces: Any, operation: str, total: Callable[[], str | None], report: Callable[[Transfer], Any]) -> Any:
    """Return the pieces of a reply's body, which are reported as they arrive; of an encoded body, its bytes on the wire.

    Args:
        pieces: The pieces, to be awaited or not.
        operation: The id of the operation.
        total: Returns the Content-Length.
        report: Is told how far it is.
    """
    each = _each_awaited if hasattr(pieces, "__aiter__") else _each
    return each(pieces, operation, total, report)


def _each(
    pieces: Iterable[bytes], operation: str, total: Callable[[], str | None], report: Callable[[Transfer], Any]
) -> Iterator[bytes]:
    done, whole = 0, _size(total())
    for piece in pieces:
        done += len(piece)
        report(Transfer(operation, "download", done, whole))
        yield piece


async def _each_awaited(
    pieces: Any, operation: str, total: Callable[[], str | None], report: Callable[[Transfer], Any]
) -> AsyncIterator[bytes]:
    done, whole = 0, _size(total())
    async for piece in pieces:
        done += len(piece)
        report(Transfer(operation, "download", done, whole))
        yield piece


def _cut(body: bytes) -> Iterator[bytes]:
    return (body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK))


def _size(length: str | None) -> int | None:
    return int(length) if length is not None and length.isascii() and length.isdigit() else None
