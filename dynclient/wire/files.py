"""Files: what a caller may pass as a file, read in chunks, and what a reader gets back.

A file is bytes, a path, a binary file object, an iterator of bytes, or one of these in a tuple with a file name and, optionally,
a content type and headers, as `requests` takes it. File objects and iterators may be async: AsyncClient awaits their chunks. Paths are opened when they are sent and closed again; file objects belong to the
caller, who closes them.

A file that is read comes back as bytes; with a name, as a `File`, which is bytes that know it.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from dynclient.schema.bundle import ANY, Shape
from dynclient.wire.mediatype import MediaError
from dynclient.wire.values import BASE64, to_plain

_CHUNK = 64 * 1024
#: The longest text that replaces a file in an outline.
_LONGEST = 64 * 1024 * 1024
#: What is wrong with an async source in a blocking client.
ONLY_ASYNC = "is an async iterator or file, which only AsyncClient can send"
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Upload(NamedTuple):
    """A file to send: the tuple that `requests` takes, with names.

    Attributes:
        filename: The file name; empty when it has none; None when its part must not have one either.
        data: The bytes, or their source; plain data when `content_type` says how to write it.
        content_type: The content type; guessed from the name when it is None.
        headers: Further headers of its part.
    """

    filename: str | None
    data: Any
    content_type: str | None = None
    headers: Mapping[str, Any] = _NO_HEADERS


class File(bytes):
    """The bytes of a received file that has a name. It can be sent again as it is.

    Attributes:
        filename: The name that the sender chose: never a path to write to unchecked.
        content_type: The content type.
        headers: Further headers of its part.
    """

    filename: str
    content_type: str
    headers: Mapping[str, str]

    def __new__(
        cls, data: bytes, filename: str, content_type: str = "", headers: Mapping[str, str] = _NO_HEADERS
    ) -> Self:
        """Return the bytes with the name of their file."""
        made = super().__new__(cls, data)
        made.filename, made.content_type, made.headers = filename, content_type, headers
        return made

    def __repr__(self) -> str:
        return f"<File {self.filename!r}, {self.content_type or 'no content type'}, {len(self)} bytes>"


class Chunks:
    """Bytes from several sources, one after the other, in chunks.

    Attributes:
        sources: The sources, each with its start and its size where they are known.
        length: The number of bytes; None when it is unknown before the end.
        repeatable: Whether the bytes can be read again: files from their first position, iterators not at all.
        is_async: Whether a source must be awaited, so that only `async for` reads the chunks.
    """

    def __init__(self, sources: Iterable[Any]) -> None:
        self.sources: list[tuple[Any, int | None, int | None]] = []
        for source in sources:
            self.sources += source.sources if isinstance(source, Chunks) else [(source, *_extent(source))]
        sizes = [size for _, _, size in self.sources]
        self.length = None if None in sizes else sum(size or 0 for size in sizes)
        self.repeatable = all(start is not None for _, start, _ in self.sources)
        self.is_async = any(is_awaited(source) for source, _, _ in self.sources)
        self._started = False

    @property
    def len(self) -> int | None:
        """The length, under the name that `requests` looks for."""
        return self.length

    def __iter__(self) -> Iterator[bytes]:
        if self.is_async:
            raise MediaError(ONLY_ASYNC)
        self._start()
        for source, start, size in self.sources:
            yield from _measured(_read(source, start), size)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._start()
        for source, start, size in self.sources:
            if is_awaited(source):
                async for chunk in _awaited(source):
                    yield chunk
            else:
                for chunk in _measured(_read(source, start), size):
                    yield chunk

    def _start(self) -> None:
        if self._started and not self.repeatable:
            raise MediaError("has been consumed and cannot be sent again (iterator or non-seekable file)")
        self._started = True


def is_file(value: Any) -> bool:
    """Whether a value is a file, or a tuple that contains one."""
    if isinstance(value, bytes | bytearray | memoryview | os.PathLike | io.IOBase | Upload):
        return True
    if isinstance(value, tuple):
        return _names_a_file(value, ANY)
    return _is_reader(value)


def is_stream(value: Any) -> bool:
    """Whether a value is an iterator, blocking or async, which may yield bytes."""
    return isinstance(value, Iterator | AsyncIterable) and not _is_reader(value)


def is_awaited(source: Any) -> bool:
    """Whether a source is read by `await`: an async iterator, or an async file object."""
    if isinstance(source, bytes | os.PathLike | io.IOBase):
        return False
    return isinstance(source, AsyncIterable) or (_is_reader(source) and _is_coroutine(source.read))


def _is_coroutine(function: Any) -> bool:
    import inspect  # slow to load, and only file objects of other libraries need it

    return inspect.iscoroutinefunction(function)


def upload_of(value: Any, shape: Shape = ANY) -> Upload | None:
    """Return a value as a file to send, or None when it is not a file."""
    if isinstance(value, Upload):
        return value
    if isinstance(value, File):
        return Upload(value.filename, value, value.content_type or None, value.headers)
    if isinstance(value, tuple):
        return Upload(*value) if _names_a_file(value, shape) else None
    return Upload(file_name(value), value) if is_file(value) or is_stream(value) else None


def plain_body(value: Any, shape: Shape = ANY, *, parts: bool = True) -> Any:
    """Return plain data as `to_plain` does, but leave files as they are.

    Args:
        value: The caller's value.
        shape: What the schema says about it: a tuple of texts is a file only where no array can be, and an iterator is one only
            where something else than an array can be.
        parts: Whether there is room for files inside of objects and arrays, too, as multipart bodies have it.

    Raises:
        NotPlainError: Parts of the value have no plain form.
    """
    if parts:
        return to_plain(value, shape, _kept)
    kept = _kept(value, shape)
    return to_plain(value, shape, binary=False) if kept is None else kept


def _kept(value: Any, shape: Shape) -> Any:
    """Return a file as it is, a tuple that names one as an Upload, and None for any other value."""
    if is_stream(value) and shape.is_only("array"):
        if is_awaited(value):
            raise MediaError("an async iterator cannot be an array here", hint="collect its items first")
        return None
    found = upload_of(value, shape)
    return found if found is None or isinstance(value, tuple) else value


def outline(value: Any, shape: Shape = ANY, longest: int = 1) -> Any:
    """Return a plain value with a text in place of every file, so that it can be validated without reading the files.

    The text is as long as the file, where that is known: the length of binary data is counted in octets (OpenAPI 3.1, Considerations
    for File Uploads; Working with Binary Data), that of base64 in characters.

    Args:
        value: The value.
        shape: What the schema says about it.
        longest: The length at which texts are cut.
    """
    if is_file(value) or is_stream(value):
        size = _size(value)
        return "A" * min(4 * -(-size // 3) if shape.format in BASE64 else size, longest, _LONGEST)
    if isinstance(value, Mapping):
        return {name: outline(item, shape.member(name), longest) for name, item in value.items()}
    if isinstance(value, list):
        return [outline(item, shape.at(at), longest) for at, item in enumerate(value)]
    return value


def _size(value: Any) -> int:
    """Return the size of a file; 1 where it is unknown, or where the file cannot be read, which sending it reports."""
    found = upload_of(value)
    try:
        size = _extent(sources_of(value if found is None else found.data))[1]
    except MediaError:
        return 1
    return 1 if size is None else size


def holds_file(value: Any) -> bool:
    """Whether an object or array contains a file, at any depth."""
    return any(is_file(item) for item in _inside(value))


def holds_data(value: Any) -> bool:
    """Whether a value is or contains a file or an iterator, which are not plain data."""
    return any(is_file(item) or is_stream(item) for item in (value, *_inside(value)))


def _inside(value: Any) -> Iterator[Any]:
    """Yield everything inside of objects and arrays, at any depth; a value may contain itself."""
    pending, seen = [value], set()
    while pending:
        holder = pending.pop()
        if not isinstance(holder, Mapping | list | tuple) or id(holder) in seen:
            continue
        seen.add(id(holder))
        for item in holder.values() if isinstance(holder, Mapping) else holder:
            yield item
            pending.append(item)


def sources_of(data: Any) -> Any:
    """Return the source of a file's data: bytes, a path, a file object or an iterator of bytes.

    Raises:
        MediaError: The data is something else.
    """
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, bytearray | memoryview):
        return bytes(data)
    name = f" ({found})" if (found := file_name(data)) else ""
    if isinstance(data, io.TextIOBase) or isinstance(getattr(data, "file", None), io.TextIOBase):
        raise MediaError(f"is a file opened as text{name}", hint="open it in binary mode: open(path, 'rb')")
    if _is_reader(data) and getattr(data, "closed", False) is True:
        raise MediaError(f"is a closed file{name}", hint="keep it open until it is sent")
    if isinstance(data, bytes | os.PathLike | Iterator | AsyncIterable) or _is_reader(data):
        return data
    raise MediaError(f"is not a file but {type(data).__name__}")


def file_name(value: Any) -> str:
    """Return the name of a file without its folders; empty when it has none."""
    if isinstance(value, File):
        return value.filename
    if isinstance(value, tuple):
        return value[0] or file_name(value[1])
    if isinstance(value, os.PathLike):
        return Path(os.fsdecode(value)).name
    name = getattr(value, "name", None) if _is_reader(value) else None
    return Path(name).name if isinstance(name, str) and not name.startswith("<") else ""


def guess_type(name: str) -> str | None:
    """Return the content type that a file's name suggests; the same on every machine."""
    kind, coding = _types().guess_type(name, strict=True)
    return {"gzip": "application/gzip"}.get(coding, "application/octet-stream") if coding else kind


@cache
def _types() -> Any:
    import mimetypes  # slow to load, and only uploads need it

    return mimetypes.MimeTypes()


def _names_a_file(value: tuple[Any, ...], shape: Shape) -> bool:
    """Whether a tuple is a file name with data, not an array of plain values."""
    if not 2 <= len(value) <= 4 or not isinstance(value[0], str | None):
        return False
    data = value[1]
    if isinstance(data, bytes | bytearray | memoryview | os.PathLike | Iterator | AsyncIterable) or _is_reader(data):
        return True
    typed = len(value) > 2 and isinstance(value[2], str) and "/" in value[2] and not shape.is_only("array")
    return typed or (isinstance(data, str) and bool(shape.types) and "array" not in shape.types)


def _is_reader(value: Any) -> bool:
    return callable(getattr(value, "read", None))


def _extent(source: Any) -> tuple[int | None, int | None]:
    """Return the start of a source, None when it can be read only once; and its size, None when it is unknown."""
    if isinstance(source, bytes):
        return 0, len(source)
    if isinstance(source, os.PathLike):
        try:
            found = Path(os.fsdecode(source)).stat()
        except OSError as error:
            raise MediaError(f"cannot be read: {error.strerror}: {os.fspath(source)!r}") from None
        return 0, found.st_size if stat.S_ISREG(found.st_mode) else None
    if is_awaited(source):
        return None, None
    try:
        start = source.tell()
        size = source.seek(0, os.SEEK_END) - start
        source.seek(start)
    except (AttributeError, OSError, TypeError, ValueError):
        return None, None
    return start, size


def _read(source: Any, start: int | None) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
    elif isinstance(source, os.PathLike):
        try:
            with Path(os.fsdecode(source)).open("rb") as file:
                yield from iter(lambda: file.read(_CHUNK), b"")
        except OSError as error:
            raise MediaError(f"cannot be read: {error.strerror}: {os.fspath(source)!r}") from None
    elif _is_reader(source):
        if start is not None:
            source.seek(start)
        yield from _checked(iter(lambda: source.read(_CHUNK), b""))
    else:
        yield from _checked(source)


async def _awaited(source: Any) -> AsyncIterator[bytes]:
    if _is_reader(source):
        while chunk := await source.read(_CHUNK):
            yield _bytes(chunk)
    else:
        async for chunk in source:
            yield _bytes(chunk)


def _checked(chunks: Iterable[Any]) -> Iterator[bytes]:
    return map(_bytes, chunks)


def _bytes(chunk: Any) -> bytes:
    if not isinstance(chunk, bytes | bytearray | memoryview):
        raise MediaError(f"gives {type(chunk).__name__}, not bytes", hint="open a file in binary mode")
    return bytes(chunk)


def _measured(chunks: Iterable[bytes], size: int | None) -> Iterator[bytes]:
    count = 0
    for chunk in chunks:
        count += len(chunk)
        yield chunk
    if size is not None and count != size:
        raise MediaError(f"changed while it was sent: {count} bytes instead of {size}")
