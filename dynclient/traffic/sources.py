"""Where recordings are kept: files, folders, globs, archives, standard input, and other places by URL.

    path --files_at--> RecordedFile --readers--> Recorded

Compression is told by the first bytes and undone on the way, and so are UTF-16 and a byte order mark. Everything streams.
"""

from __future__ import annotations

import codecs
import errno
import glob
import io
import os
import re
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from dynclient.extras import needs, pip_install
from dynclient.redaction import redact_url
from dynclient.send.codings import CodingError, Undoing
from dynclient.spec.source import open_file
from dynclient.traffic.bodies import GZIP, ZSTD
from dynclient.traffic.recording import BrokenRecording, RecordedAt

#: How much of a file is its head, and how much is read at a time, in bytes.
_HEAD = 64 * 1024
#: Folders in which nobody keeps recordings, beside those that are hidden.
_SKIPPED = {"node_modules", "__pycache__"}
#: The folder beside its mappings in which WireMock keeps bodies.
_WIREMOCK_FILES = "__files"

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


class FileStore(Protocol):
    """Where the bytes of a file are kept."""

    def open(self) -> BinaryIO:
        """Return the bytes as they are kept, from the start."""
        ...

    def beside(self, name: str) -> bytes | None:
        """Return a file that is kept beside this one; None if there is none, or it would be outside the folder."""
        ...


@dataclass(frozen=True)
class StoredFile:
    """A file of recordings: what `recording.RecordedFile` describes. It can be pickled, unless it is standard input."""

    name: str
    named: bool
    store: FileStore

    @cached_property
    def head(self) -> bytes:
        """Its first 64 KiB; fewer if it breaks before."""
        with self.open() as stream:
            return _read_up_to(stream, _HEAD)

    def open(self) -> BinaryIO:
        """Return its bytes from the start, in UTF-8 if it is a text."""
        stream = self.store.open()
        try:
            return _as_utf8(_unpacked(stream))
        except BaseException:
            stream.close()
            raise

    def beside(self, name: str) -> bytes | None:
        """Return a file that is kept beside it, its compression undone; None if there is none."""
        return self.store.beside(name)

    def __getstate__(self) -> dict[str, Any]:
        return {"name": self.name, "named": self.named, "store": self.store}  # without the head


@dataclass(frozen=True)
class LocalStore:
    """A file of this computer.

    Attributes:
        path: The file.
        folder: The folder that a recording may name files of.
    """

    path: str
    folder: str

    def open(self) -> BinaryIO:
        """Open the file."""
        return open_file(self.path)

    def beside(self, name: str) -> bytes | None:
        """Read a file of the folder, or of WireMock's folder of bodies."""
        here = Path(self.path).parent
        try:
            wanted = (here / name).resolve()
            allowed = Path(self.folder).resolve(), (here.parent / _WIREMOCK_FILES).resolve()
            if any(wanted.is_relative_to(each) for each in allowed) and wanted.is_file():
                return wanted.read_bytes()
        except (OSError, ValueError):
            pass
        return None


@dataclass(frozen=True)
class RemoteStore:
    """A file somewhere else, which fsspec reads.

    Attributes:
        url: Its URL.
    """

    url: str

    def open(self) -> BinaryIO:
        """Open the file."""
        import fsspec  # type: ignore[import-untyped]  # few recordings are kept elsewhere

        return cast("BinaryIO", fsspec.open(self.url, "rb").open())

    def beside(self, name: str) -> bytes | None:  # noqa: ARG002  as every store
        """Nothing: a recording must not choose what is fetched."""
        return None


@dataclass(frozen=True)
class ArchiveStore:
    """A file inside a zip archive.

    Attributes:
        archive: The archive.
        member: Its name in the archive.
    """

    archive: FileStore
    member: str

    def open(self) -> BinaryIO:
        """Open the file."""
        return cast("BinaryIO", _Member(self.archive.open(), self.member))

    def beside(self, name: str) -> bytes | None:
        """Read another file of the archive."""
        folder = self.member.rpartition("/")[0]
        wanted = os.path.normpath(f"{folder}/{name}" if folder else name).replace(os.sep, "/")
        try:
            with self.archive.open() as stream, zipfile.ZipFile(stream) as archive:
                return archive.read(wanted)
        except (OSError, KeyError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error):
            return None


class InputStore:
    """Standard input, which is kept in a temporary file as it is read, so that it can be read from the start again."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._kept = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the store
        self._size = 0

    def __del__(self) -> None:
        self._kept.close()

    def open(self) -> BinaryIO:
        """Return what was read, followed by what is still to be read."""
        return io.BufferedReader(_Replay(self))

    def beside(self, name: str) -> bytes | None:  # noqa: ARG002  as every store
        """Nothing: nothing is kept beside it."""
        return None

    def read(self, start: int, size: int) -> bytes:
        """Return bytes from a place on, of which more are read if needed."""
        if start < self._size:
            self._kept.seek(start)
            return self._kept.read(min(size, self._size - start))
        read = getattr(
            self._stream, "read1", self._stream.read
        )  # what is there, so that a slow pipe is judged as it comes
        data: bytes = read(size)
        self._kept.seek(0, os.SEEK_END)
        self._kept.write(data)
        self._size += len(data)
        return data


#: Where recordings are: one path, or several.
Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def path_list(paths: Paths) -> list[str]:
    """Return paths as texts; a single one is meant as it is, not letter by letter."""
    return [os.fspath(each) for each in ([paths] if isinstance(paths, str | os.PathLike) else paths)]


def files_at(
    paths: Paths, *, remote: bool = False, stdin: BinaryIO | None = None
) -> Iterator[StoredFile | BrokenRecording]:
    """Yield the files that paths stand for, in a stable order; a BrokenRecording for each path that stands for none.

    Args:
        paths: Files, folders, globs, zip archives, `-` for standard input, and URLs.
        remote: Whether URLs may be read.
        stdin: What `-` reads; the standard input of the process if None.

    Raises:
        MissingExtra: URLs may be read, but the extra `remote` is not installed.
    """
    for path in path_list(paths):
        if path == "-" and stdin is None and sys.stdin is None:
            yield BrokenRecording("recording/file", "it is closed", RecordedAt("(standard input)"))
        elif path == "-":
            store: FileStore = InputStore(stdin or sys.stdin.buffer)
            yield from _members(StoredFile("(standard input)", named=True, store=store))
        elif _URL.match(path):
            yield from _remote(path, allowed=remote)
        else:
            yield from _local(path)


def size_of(file: StoredFile) -> int | None:
    """Return the number of bytes of a file of this computer, as they are kept; None for any other, which must be read to know it."""
    try:
        return Path(file.store.path).stat().st_size if isinstance(file.store, LocalStore) else None
    except OSError:
        return 0


def size_at(paths: Paths) -> int | None:
    """Return the number of bytes of all files that paths stand for; None where some must be read to know it: archives, standard input, URLs."""
    listed = path_list(paths)
    if any(path == "-" or _URL.match(path) for path in listed):
        return None
    sizes = [size_of(file) for file in files_at(listed) if isinstance(file, StoredFile)]
    return None if None in sizes else sum(filter(None, sizes))


def _local(path: str) -> Iterator[StoredFile | BrokenRecording]:
    if os.path.isdir(path):  # noqa: PTH112  unlike pathlib, it takes a name that no file can have
        found, named, folder = _inside(path), False, path
    elif os.path.exists(path) or not glob.has_magic(path):  # noqa: PTH110  the same
        found, named, folder = [path], True, str(Path(path).parent)
    else:
        matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207  pathlib cannot take absolute patterns
        found = [file for match in matches for file in (_inside(match) if Path(match).is_dir() else [match])]
        named, folder = False, ""
    if not found:
        what = "the folder has no files" if folder else "no file matches"
        yield BrokenRecording("recording/file", what, RecordedAt(path))
    for file in found:
        stored = StoredFile(file, named=named, store=LocalStore(file, folder or str(Path(file).parent)))
        yield from _members(stored)


def _inside(folder: str) -> list[str]:
    """Return the files in a folder, and the folders that cannot be read, in a stable order; links to nothing are left out."""
    found: list[str] = []
    unreadable: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        found += [file for name in sorted(names) if os.path.isfile(file := os.path.join(place, name))]  # noqa: PTH113, PTH118  unlike pathlib, it never raises, and keeps `./`
    return [*found, *(str(error.filename) for error in unreadable)]


def _remote(url: str, *, allowed: bool) -> Iterator[StoredFile | BrokenRecording]:
    shown = RecordedAt(_shown(url))
    if not allowed:
        yield BrokenRecording("recording/file", "a URL is read only if that is allowed (--remote)", shown)
        return
    is_http = url.startswith(("http://", "https://"))
    with needs("remote", "a recording at a URL"):
        import fsspec  # few recordings are kept elsewhere

        if is_http:
            import_module("aiohttp")  # fsspec imports it later, and names no extra
    try:
        system, path = fsspec.core.url_to_fs(url)
        if "*" in path:
            found, named = [system.unstrip_protocol(each) for each in sorted(system.glob(path))], False
        elif not is_http and system.isdir(path):
            found, named = [system.unstrip_protocol(each) for each in sorted(system.find(path))], False
        else:
            found, named = [url], True
    except ImportError as error:
        yield BrokenRecording("recording/file", f"needs a package that is not installed: {error}", shown)
        return
    except Exception as error:  # noqa: BLE001  each store has errors of its own
        yield BrokenRecording("recording/file", f"cannot be reached: {type(error).__name__}", shown)
        return
    if not found:
        yield BrokenRecording("recording/file", "there is no file here", shown)
    for each in found:
        yield from _members(StoredFile(_shown(each), named=named, store=RemoteStore(each)))


def _shown(url: str) -> str:
    """Return a URL for messages, without its query: a signed one holds a credential there."""
    return redact_url(url.partition("?")[0])


def _members(file: StoredFile) -> Iterator[StoredFile | BrokenRecording]:
    """Yield a file, or the files inside it if it is a zip archive."""
    place = RecordedAt(file.name)
    try:
        with file.store.open() as stream:
            if not stream.read(4).startswith(b"PK\x03\x04"):
                yield file
                return
        with file.store.open() as stream, zipfile.ZipFile(stream) as archive:
            names = [each.filename for each in archive.infolist() if not each.is_dir()]
    except ImportError as error:
        yield BrokenRecording("recording/file", f"needs a package that is not installed: {error}", place)
    except OSError as error:
        yield BrokenRecording("recording/file", f"cannot be read: {error.strerror or type(error).__name__}", place)
    except zipfile.BadZipFile:
        yield BrokenRecording("recording/file", "cannot be read: the zip archive is broken, or ends too early", place)
    except Exception as error:  # noqa: BLE001  a name that no file can have, a broken archive, and each store has errors of its own
        yield BrokenRecording("recording/file", f"cannot be read: {type(error).__name__}", place)
    else:
        if not names:
            yield BrokenRecording("recording/file", "the archive has no files", place)
        for name in names:  # of several, some may be bodies
            named = file.named and len(names) == 1
            yield StoredFile(f"{file.name}!{name}", named=named, store=ArchiveStore(file.store, name))


class _Raw(io.RawIOBase):
    """A stream that gives the bytes that `more` makes."""

    def __init__(self, source: BinaryIO | None = None) -> None:
        self._source = source
        self._rest = b""
        self._fault: Exception | None = None

    def readable(self) -> bool:
        return True

    def more(self) -> bytes:
        """Return the next bytes; none at the end."""
        raise NotImplementedError

    def readinto(self, buffer: Any) -> int:
        if self._fault is not None:
            raise self._fault
        try:
            data = self._rest or self.more()
        except Exception as error:
            self._fault = error
            raise
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        self._rest = data[size:]
        return size

    def close(self) -> None:
        if self._source is not None:
            self._source.close()
        super().close()


class _Buffered(io.BufferedReader):
    """A buffer that gives what stands before a fault; the next read then raises it."""

    def read(self, size: int | None = -1, /) -> bytes:
        parts: list[bytes] = []
        left = sys.maxsize if size is None or size < 0 else size
        while left > 0:
            try:
                data = self.read1(min(left, _HEAD))
            except Exception:  # each library has errors of its own
                if not parts:
                    raise
                break
            if not data:
                break
            parts.append(data)
            left -= len(data)
        return b"".join(parts)


class _Unpacked(_Raw):
    """Undoes a compression.

    Args:
        source: The bytes.
        coding: The name of the compression as a content coding.
    """

    def __init__(self, source: BinaryIO, coding: str) -> None:
        super().__init__(source)
        self._undoing = Undoing(coding, None)  # the bytes are not kept, so there may be any number of them
        self._pieces: Iterator[bytes] = iter(())

    def more(self) -> bytes:
        try:
            while True:
                if piece := next(self._pieces, b""):
                    return piece
                packed = cast("BinaryIO", self._source).read(_HEAD)
                if not packed:
                    self._undoing.end()
                    return b""
                self._pieces = self._undoing.feed(packed)
        except CodingError:
            raise OSError(errno.EINVAL, "its compressed data are broken, or end too early") from None


class _Recoded(_Raw):
    """Turns UTF-16 with a byte order mark into UTF-8."""

    def __init__(self, source: BinaryIO) -> None:
        super().__init__(source)
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")

    def more(self) -> bytes:
        while True:
            chunk = cast("BinaryIO", self._source).read(_HEAD)
            text = self._decoder.decode(chunk, final=not chunk)
            if text or not chunk:
                return text.encode("utf-8", "replace")


class _Replay(_Raw):
    """Standard input from its start."""

    def __init__(self, store: InputStore) -> None:
        super().__init__()
        self._store = store
        self._place = 0

    def seekable(self) -> bool:
        return True

    def more(self) -> bytes:
        data = self._store.read(self._place, _HEAD)
        self._place += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_END:
            while self.more():
                pass
        start = 0 if whence == os.SEEK_SET else self._place if whence == os.SEEK_END else self.tell()
        self._rest = b""
        self._place = start + offset
        return self._place

    def tell(self) -> int:
        return self._place - len(self._rest)


class _Member(_Raw):
    """A file inside an archive, which closes the archive with it."""

    def __init__(self, source: BinaryIO, name: str) -> None:
        super().__init__(source)
        try:
            self._member = zipfile.ZipFile(source).open(name)  # noqa: SIM115  it is closed with the stream
        except BaseException:
            source.close()
            raise

    def more(self) -> bytes:
        return self._member.read(_HEAD)


def _unpacked(stream: BinaryIO) -> BinaryIO:
    """Return a stream with its compression undone."""
    kept = _peekable(stream)
    head = kept.peek(4)[:4]
    is_zlib = (
        head[:1] == b"x" and len(head) > 1 and int.from_bytes(head[:2], "big") % 31 == 0 and not head[1:2].isalpha()
    )
    coding = "zstd" if head.startswith(ZSTD) else "gzip" if head.startswith(GZIP) else "deflate" if is_zlib else ""
    if not coding:
        return cast("BinaryIO", kept)
    try:
        return _Buffered(_Unpacked(cast("BinaryIO", kept), coding))
    except CodingError:
        raise OSError(errno.ENOTSUP, f"{coding} needs an extra: {pip_install(coding)}") from None


def _as_utf8(stream: BinaryIO) -> BinaryIO:
    """Return a stream without its byte order mark."""
    kept = _peekable(stream)
    head = kept.peek(3)[:3]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return io.BufferedReader(_Recoded(cast("BinaryIO", kept)))
    if head.startswith(codecs.BOM_UTF8):
        kept.read(3)
    return cast("BinaryIO", kept)


def _peekable(stream: Any) -> io.BufferedReader:
    if isinstance(stream, io.BufferedReader):
        return stream
    return io.BufferedReader(stream)


def _read_up_to(stream: BinaryIO, size: int) -> bytes:
    parts: list[bytes] = []
    try:
        while size and (data := stream.read(size)):
            parts.append(data)
            size -= len(data)
    except Exception:  # each library has errors of its own
        if not parts:
            raise
    return b"".join(parts)
