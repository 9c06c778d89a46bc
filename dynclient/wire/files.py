"""Files: what a caller may hand over for one, read in chunks, and what comes back.

A file is bytes, a path, a binary file object, an iterator of bytes, or such a thing in a tuple with a file name and, if one
likes, a content type and headers, as `requests` takes it. Paths are opened when they are sent and closed again; file
objects belong to the caller, who closes them.

What is read comes back as bytes; where a name came with it, as a `File`, which is bytes that know it.
"""

from __future__ import annotations

import io
import os
import stat
from binascii import b2a_base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from dynclient.schema.bundle import ANY, Shape
from dynclient.wire.mediatype import MediaError
from dynclient.wire.values import to_plain

_CHUNK = 64 * 1024
#: The formats whose values are base64 in any media type (OpenAPI, Working with Binary Data).
BASE64 = frozenset({"byte", "base64url"})
#: No text that stands for a file has more characters.
_LONGEST = 64 * 1024 * 1024
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Upload(NamedTuple):
    """A file on its way out: the tuple that `requests` takes, by name.

    Attributes:
        filename: Its name; empty when it has none; None when the part shall have none either.
        data: Its bytes, or where they come from; plain data when `content_type` says how to write it.
        content_type: Its content type; guessed from the name when it is None.
        headers: Further headers of its part.
    """

    filename: str | None
    data: Any
    content_type: str | None = None
    headers: Mapping[str, Any] = _NO_HEADERS


class File(bytes):
    """The bytes of a file that came with a name. It can be sent again as it is.

    Attributes:
        filename: Its name, as the other side gave it: never a path to write to unchecked.
        content_type: Its content type.
        headers: Further headers of its part.
    """

    filename: str
    content_type: str
    headers: Mapping[str, str]

    def __new__(
        cls, data: bytes, filename: str, content_type: str = "", headers: Mapping[str, str] = _NO_HEADERS
    ) -> Self:
        """Make one."""
        made = super().__new__(cls, data)
        made.filename, made.content_type, made.headers = filename, content_type, headers
        return made

    def __repr__(self) -> str:
        return f"<File {self.filename!r}, {self.content_type or 'no content type'}, {len(self)} bytes>"


class Chunks:
    """Bytes from several sources, one after the other, in chunks.

    Attributes:
        sources: What is read, each with its start and its size where they are known.
        length: How many bytes there are; None when that is not known before the end.
        repeatable: Whether it can be read again: files are read from where they stood, iterators only once.
    """

    def __init__(self, sources: Iterable[Any]) -> None:
        self.sources: list[tuple[Any, int | None, int | None]] = []
        for source in sources:
            self.sources += source.sources if isinstance(source, Chunks) else [(source, *_extent(source))]
        sizes = [size for _, _, size in self.sources]
        self.length = None if None in sizes else sum(size or 0 for size in sizes)
        self.repeatable = all(start is not None for _, start, _ in self.sources)
        self._started = False

    @property
    def len(self) -> int | None:
        """The length, under the name that `requests` looks for."""
        return self.length

    def __iter__(self) -> Iterator[bytes]:
        if self._started and not self.repeatable:
            raise MediaError("was read from an iterator, or a file that cannot go back, and is spent")
        self._started = True
        for source, start, size in self.sources:
            count = 0
            for chunk in _read(source, start):
                count += len(chunk)
                yield chunk
            if size is not None and count != size:
                raise MediaError(f"changed while it was sent: {count} bytes instead of {size}")


def is_file(value: Any) -> bool:
    """Whether a value is a file, or a tuple that holds one."""
    if isinstance(value, bytes | bytearray | memoryview | os.PathLike | io.IOBase | Upload):
        return True
    if isinstance(value, tuple):
        return _names_a_file(value, ANY)
    return _is_reader(value)


def is_stream(value: Any) -> bool:
    """Whether a value is an iterator, which may give bytes."""
    return isinstance(value, Iterator) and not _is_reader(value)


def upload_of(value: Any, shape: Shape = ANY) -> Upload | None:
    """A value as a file on its way out, or None when it is not one."""
    if isinstance(value, Upload):
        return value
    if isinstance(value, File):
        return Upload(value.filename, value, value.content_type or None, value.headers)
    if isinstance(value, tuple):
        return Upload(*value) if _names_a_file(value, shape) else None
    return Upload(file_name(value), value) if is_file(value) or is_stream(value) else None


def plain(value: Any, shape: Shape = ANY) -> Any:
    """Plain data as `to_plain` gives it, in which the files stay what they are.

    Args:
        value: What the caller handed over.
        shape: What the schema says of its kind: a tuple of texts is a file only where no array can be, and an iterator one only
            where there is something else than an array.

    Raises:
        TypeError: A value has no plain form.
    """
    if is_stream(value) and shape.is_only("array"):
        return [plain(item, shape.item) for item in value]
    found = upload_of(value, shape)
    if found is not None:
        return value if isinstance(value, bytes) or not isinstance(value, tuple) else found
    if isinstance(value, Mapping):
        return {_key(name): plain(item, shape.member(str(name))) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, shape.item) for item in value]
    return to_plain(value, shape)


def outline(value: Any, shape: Shape = ANY, longest: int = 1) -> Any:
    """A plain value with a text for every file, for those who look at it without reading it.

    The text is as long as the file, where that is known: the length of binary data is counted in octets (OpenAPI 3.1, Considerations
    for File Uploads; Working with Binary Data), that of base64 in characters.

    Args:
        value: The value.
        shape: What the schema says of its kind.
        longest: How many characters tell the longest text from any longer one.
    """
    if is_file(value) or is_stream(value):
        size = _size(value)
        return "A" * min(4 * -(-size // 3) if shape.format in ("byte", "base64url") else size, longest, _LONGEST)
    if isinstance(value, Mapping):
        return {name: outline(item, shape.member(name), longest) for name, item in value.items()}
    return [outline(item, shape.item, longest) for item in value] if isinstance(value, list) else value


def _size(value: Any) -> int:
    """How many bytes a file has; 1 where nobody knows, or where it cannot be read, which is said when it is sent."""
    found = upload_of(value)
    try:
        size = _extent(sources_of(value if found is None else found.data))[1]
    except MediaError:
        return 1
    return 1 if size is None else size


def holds_file(value: Any) -> bool:
    """Whether there is a file among the members of an object or the items of an array, at any depth."""
    return _holds(value, is_file)


def holds_data(value: Any) -> bool:
    """Whether a value is or holds a file or an iterator, which are no plain data."""
    return _is_data(value) or _holds(value, _is_data)


def _is_data(value: Any) -> bool:
    return is_file(value) or is_stream(value)


def _holds(value: Any, test: Callable[[Any], bool]) -> bool:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return any(test(item) or _holds(item, test) for item in inner)


def sources_of(data: Any) -> Any:
    """What to read a file's data from: bytes, a path, a file object or an iterator of bytes.

    Raises:
        MediaError: It is none of them.
    """
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, bytearray | memoryview):
        return bytes(data)
    if isinstance(data, io.TextIOBase):
        raise MediaError("is a file opened as text", hint="open it in binary mode: open(path, 'rb')")
    if isinstance(data, bytes | os.PathLike | Iterator) or _is_reader(data):
        return data
    raise MediaError(f"is no file but {type(data).__name__}")


def to_base64(value: bytes, shape: Shape) -> str:
    """Bytes as the schema's base64 (RFC 4648).

    Raises:
        MediaError: The schema does not say that they are.
    """
    text = b2a_base64(value, newline=False).decode()
    if shape.format == "base64url":
        return text.replace("+", "-").replace("/", "_")
    if shape.format == "byte":
        return text
    raise MediaError("bytes have no form here", hint="a schema with contentEncoding base64 would make them text")


def as_described(source: Any, shape: Shape) -> Any:
    """What `sources_of` gives, in base64 where the schema says so; what is not all there is encoded as it is read."""
    if shape.format not in BASE64:
        return source
    return to_base64(source, shape).encode() if isinstance(source, bytes) else _in_base64(Chunks([source]), shape)


def _in_base64(chunks: Iterable[bytes], shape: Shape) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        whole = len(data) // 3 * 3  # so many bytes need no padding
        rest = data[whole:]
        yield to_base64(data[:whole], shape).encode()
    yield to_base64(rest, shape).encode()


def file_name(value: Any) -> str:
    """The name of a file without its folders, or nothing when it has none."""
    if isinstance(value, File):
        return value.filename
    if isinstance(value, tuple):
        return value[0] or file_name(value[1])
    if isinstance(value, os.PathLike):
        return Path(os.fsdecode(value)).name
    name = getattr(value, "name", None) if _is_reader(value) else None
    return Path(name).name if isinstance(name, str) and not name.startswith("<") else ""


def guess_type(name: str) -> str | None:
    """The content type that a file's name suggests; the same on every machine."""
    kind, coding = _types().guess_type(name, strict=True)
    return {"gzip": "application/gzip"}.get(coding, "application/octet-stream") if coding else kind


@cache
def _types() -> Any:
    import mimetypes  # only uploads need it, and it is slow to load

    return mimetypes.MimeTypes()


def _names_a_file(value: tuple[Any, ...], shape: Shape) -> bool:
    """Whether a tuple is a file name with data, and not an array of plain values."""
    if not 2 <= len(value) <= 4 or not isinstance(value[0], str | None):
        return False
    data = value[1]
    if isinstance(data, bytes | bytearray | memoryview | os.PathLike | Iterator) or _is_reader(data):
        return True
    typed = len(value) > 2 and isinstance(value[2], str) and "/" in value[2] and not shape.is_only("array")
    return typed or (isinstance(data, str) and bool(shape.types) and "array" not in shape.types)


def _is_reader(value: Any) -> bool:
    return callable(getattr(value, "read", None))


def _key(name: Any) -> str:
    return str(next(iter(to_plain({name: None}))))


def _extent(source: Any) -> tuple[int | None, int | None]:
    """Where a source starts, None when it can be read only once; and how many bytes it has, None when nobody knows."""
    if isinstance(source, bytes):
        return 0, len(source)
    if isinstance(source, os.PathLike):
        try:
            found = Path(os.fsdecode(source)).stat()
        except OSError as error:
            raise MediaError(f"cannot be read: {error.strerror}: {os.fspath(source)!r}") from None
        return 0, found.st_size if stat.S_ISREG(found.st_mode) else None
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


def _checked(chunks: Iterable[Any]) -> Iterator[bytes]:
    for chunk in chunks:
        if not isinstance(chunk, bytes | bytearray | memoryview):
            raise MediaError(f"gives {type(chunk).__name__}, not bytes", hint="open a file in binary mode")
        yield bytes(chunk)
