"""Content codings, undone in one place for every HTTP library (RFC 9110, section 8.4).

Libraries differ in what they undo, take a body that ends early for whole, drop the second member of a gzip body, and unpack first and
count afterwards. Transports therefore hand on the bytes of the wire, and what is decoded comes in pieces of bounded size.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from dynclient.extras import pip_install

#: How many decoded bytes come at a time.
_PIECE = 1 << 16
#: The bytes of a body that may come of any number of packed ones.
_FREE = 16 << 20
#: Other names of codings (RFC 9110, section 8.4.1), and of none: servers write these where nothing is encoded.
_SAME = {"x-gzip": "gzip", "identity": "", "none": "", "utf-8": "", "utf8": "", "aws-chunked": ""}


class CodingError(Exception):
    """A body whose codings cannot be undone; the text goes on after "the body "."""


#: The extras that undo codings which Python does not.
_EXTRAS = {"br": "brotli", "zstd": "zstd"}


class UnknownCodingError(CodingError):
    """A coding that cannot be undone here.

    Args:
        name: Its name.

    Attributes:
        extra: The extra that would undo it; "" if none does.
    """

    def __init__(self, name: str) -> None:
        self.extra = _EXTRAS.get(name, "")
        advice = f"{pip_install(self.extra)}, or ask" if self.extra else "ask"
        super().__init__(
            f"has the Content-Encoding {name!r}, which cannot be undone here:"
            f" {advice} for another by the header field Accept-Encoding"
        )


class _Zlib:
    """A member of a gzip body, or a deflate body. The other kinds of member below have the same two attributes and one method.

    Attributes:
        ended: The bytes behind its end, once that is reached; None before.
        more: Whether more comes of what it was given.
    """

    ended: bytes | None = None
    more = False

    def __init__(self, bits: int) -> None:
        self._stream = zlib.decompressobj(bits)

    def undone(self, data: bytes) -> bytes:
        """Return at most so many decoded bytes as come at a time."""
        stream = self._stream
        piece = stream.decompress(stream.unconsumed_tail + data, _PIECE)
        self.more = bool(stream.unconsumed_tail) or len(piece) == _PIECE
        if stream.eof:
            self.ended = stream.unused_data
        return piece


class _Streamed:
    ended: bytes | None = None
    more = False

    def __init__(self, kind: Any) -> None:
        self._stream = kind()


class _Zstandard(_Streamed):
    def undone(self, data: bytes) -> bytes:
        stream = self._stream
        piece: bytes = stream.decompress(data, _PIECE)
        self.more = not stream.needs_input and not stream.eof
        if stream.eof:
            self.ended = stream.unused_data
        return piece


class _Brotli(_Streamed):
    def undone(self, data: bytes) -> bytes:
        stream = self._stream
        piece: bytes = stream.process(data, output_buffer_limit=_PIECE)
        self.more = len(piece) >= _PIECE or not stream.can_accept_more_data()
        if stream.is_finished():
            self.ended = b""
        return piece


class _Coding:
    """One coding of a body: of gzip and zstd, members may follow each other (RFC 1952, section 2.2; RFC 8878, section 3)."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._make = _known()[name]
        self._member: Any = None
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what comes of these bytes.

        Raises:
            CodingError: They are not of this coding.
        """
        member = self._member
        while data or (member is not None and member.more):
            if member is None:
                data = self._next(data)
                if not data:
                    return
                member = self._member = self._make(data)
            piece = self._undone(member, data)
            data = b""
            if member.ended is not None:
                data, member, self._member = member.ended, None, None
            if piece:
                yield piece

    def end(self) -> None:
        """Check that the body may end here; one without any bytes has no coding at all.

        Raises:
            CodingError: It is not whole.
        """
        if self._member is not None:
            raise CodingError(f"ends before its Content-Encoding {self._name!r} does: a part of it is missing")

    def _next(self, data: bytes) -> bytes:
        """Return the bytes of the next member; zeros may fill up a gzip body."""
        if not self._begun:
            self._begun = True
            return data
        data = data.lstrip(b"\0") if self._name == "gzip" else data
        if data and self._name not in ("gzip", "zstd"):
            raise CodingError(f"goes on behind the end of its Content-Encoding {self._name!r}")
        return data

    def _undone(self, member: Any, data: bytes) -> bytes:
        try:
            piece: bytes = member.undone(data)
        except Exception as error:  # noqa: BLE001  each library has its own, and brotli is the only one that says nothing
            said = str(error).rpartition("while decompressing data: ")[2]
            raise CodingError(f"is not what its Content-Encoding {self._name!r} says ({said})") from None
        return piece


class Undoing:
    """The codings of a body, undone as its bytes arrive.

    Args:
        field: The value of Content-Encoding.
        ratio: How many times as large as the packed body the decoded one may be, past the first 16 MiB; None for any.
        advice: How that is raised, "" if nobody can.

    Raises:
        UnknownCodingError: One of them cannot be undone here.
    """

    def __init__(self, field: str, ratio: float | None, advice: str = "") -> None:
        names = [name.strip(" \t").lower() for name in field.split(",")]
        names = [_SAME.get(name, name) for name in names]
        for name in filter(None, names):
            if name not in _known():
                raise UnknownCodingError(name)
        self._codings = [_Coding(name) for name in reversed(names) if name]  # the last one was applied last
        self._ratio = ratio
        self._raised = advice and f": {advice}"
        self._taken = self._given = 0

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to undo."""
        return bool(self._codings)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what comes of these bytes of the wire.

        Raises:
            CodingError: They cannot be decoded, or are decoded to too many.
        """
        self._taken += len(data)
        for piece in self._through(data, self._codings):
            self._given += len(piece)
            if self._ratio is not None and self._given > max(_FREE, self._ratio * self._taken):
                raise CodingError(
                    f"grows to more than {self._ratio:g} times its size when it is unpacked"
                    f" ({self._taken} bytes of it){self._raised}"
                )
            yield piece

    def end(self) -> None:
        """Check that the body may end here.

        Raises:
            CodingError: It is not whole.
        """
        for coding in self._codings:
            coding.end()

    def _through(self, data: bytes, codings: list[_Coding]) -> Iterator[bytes]:
        first, *others = codings
        for piece in first.feed(data):
            if others:
                yield from self._through(piece, others)
            else:
                yield piece


@cache
def accepted_codings() -> str:
    """Return the Accept-Encoding field: the codings that can be undone here."""
    return ", ".join(_known())


@cache
def _known() -> dict[str, Callable[[bytes], Any]]:
    """Return what undoes each coding; two need a library beside Python's."""
    found: dict[str, Callable[[bytes], Any]] = {"gzip": lambda _: _Zlib(31), "deflate": _deflate}
    try:
        from brotli import Decompressor  # type: ignore[import-untyped,import-not-found,unused-ignore]

        if hasattr(Decompressor, "can_accept_more_data"):  # without it, nothing limits what comes at once
            found["br"] = lambda _: _Brotli(Decompressor)
    except ImportError:
        pass
    zstandard = _zstandard()
    if zstandard is not None:
        found["zstd"] = lambda _: _Zstandard(zstandard)
    return found


def _zstandard() -> Any:
    try:
        from compression.zstd import ZstdDecompressor  # type: ignore[import-not-found,unused-ignore]  # Python 3.14
    except ImportError:
        try:
            from backports.zstd import ZstdDecompressor
        except ImportError:
            return None
    return ZstdDecompressor


def _deflate(start: bytes) -> _Zlib:
    """Return a decoder for deflate with the wrapper of zlib, as HTTP wants it, or without, as some servers send it."""
    return _Zlib(15 if start[0] & 0x8F == 0x08 else -15)
