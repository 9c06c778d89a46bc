"""The cache on disk: large documents in a form that is quick to open.

Nothing depends on it: if the folder is missing, full, read-only or owned by somebody else, nothing is cached. A file is written under a
temporary name and then moved into place, so any number of processes may share the folder. Files are not trusted: their content is
checked when it is read (`slices`), and a file that other users could have written is not even opened.
"""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import json
import os
import re
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

from dynclient._version import __version__
from dynclient.spec.access import Cache
from dynclient.spec.jsonvalue import Limits
from dynclient.spec.node import has_identifiers
from dynclient.spec.slices import DamagedError, Outline, SliceFile, Slices, outline_of
from dynclient.spec.slicing import Rows, Writer, rows_of

#: The values of `DYNCLIENT_CACHE` that turn the cache off.
_OFF = frozenset({"0", "false", "no", "off"})
_NAME = re.compile(r"[0-9a-f]{64}\.slices\Z")
_PART = re.compile(r"[0-9a-f]{64}\.\w+\.part\Z")
_STALE_SECONDS = 3600
#: Bytes of all files together; beyond that, the files that were used longest ago are removed.
MAX_SIZE = 1024**3
#: How a file is opened: another kind of file in its place, such as a named pipe, is not waited for.
_READING = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK"))
#: A cached document that was written in another format is not read.
_FORMAT = 1


class Usage(NamedTuple):
    """The content of a store.

    Attributes:
        documents: The number of documents.
        size: Their size in bytes.
    """

    documents: int
    size: int


class Store:
    """Files by key in a folder of their own.

    Args:
        folder: The folder; it is created when the first file is written.
        max_size: Bytes of all files together.
    """

    def __init__(self, folder: Path, max_size: int = MAX_SIZE) -> None:
        self.folder = folder
        self.max_size = max_size

    def open(self, key: str) -> int | None:
        """Open the file with this key; None when there is none, or when other users could have written it."""
        if not _is_private(self.folder):
            return None
        path = self.folder / f"{key}.slices"
        try:
            file = os.open(path, _READING)
        except (OSError, ValueError):
            return None
        state = os.fstat(file)
        if not (stat.S_ISREG(state.st_mode) and _is_ours(state)):
            os.close(file)
            return None
        with contextlib.suppress(OSError):  # the time of the last use
            os.utime(path)
        return file

    def write(self, key: str, fill: Callable[[IO[bytes]], None]) -> bool:
        """Store a file.

        Args:
            key: 64 hexadecimal digits.
            fill: Writes the content.

        Returns:
            Whether the file was stored.
        """
        part: str | None = None
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _is_private(self.folder):
                return False
            number, part = tempfile.mkstemp(prefix=f"{key}.", suffix=".part", dir=self.folder)
            with os.fdopen(number, "wb") as file:
                fill(file)
            if Path(part).stat().st_size > self.max_size:
                return False
            Path(part).replace(self.folder / f"{key}.slices")
            part = None
        except OSError:
            return False
        finally:
            if part is not None:
                with contextlib.suppress(OSError):
                    Path(part).unlink()
        self._make_room()
        return True

    def clear(self) -> Usage:
        """Remove every file of this store and return what was removed."""
        count = size = 0
        for path, state in self._files():
            with contextlib.suppress(OSError):
                path.unlink()
                count, size = count + 1, size + state.st_size
        return Usage(count, size)

    def usage(self) -> Usage:
        """Count the stored documents and their bytes."""
        sizes = [state.st_size for path, state in self._files() if _NAME.match(path.name)]
        return Usage(len(sizes), sum(sizes))

    def _make_room(self) -> None:
        """Remove the least recently used files until the rest fits, and files that a stopped process left behind."""
        files = sorted(self._files(), key=lambda file: file[1].st_mtime)
        size = sum(state.st_size for _, state in files)
        for path, state in files:
            left = _PART.match(path.name) and state.st_mtime < time.time() - _STALE_SECONDS
            if left or (size > self.max_size and _NAME.match(path.name)):
                with contextlib.suppress(OSError):
                    path.unlink()
                    size -= state.st_size

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """The files that a store writes; other files in the folder are left alone."""
        if not _is_private(self.folder):
            return
        try:
            entries = list(os.scandir(self.folder))
        except OSError:
            return
        for entry in entries:
            if _NAME.match(entry.name) or _PART.match(entry.name):
                with contextlib.suppress(OSError):
                    yield Path(entry.path), entry.stat(follow_symlinks=False)


def _is_private(folder: Path) -> bool:
    """Whether a folder exists and no other user can put files into it."""
    try:
        state = os.lstat(folder)
    except (OSError, ValueError):
        return False
    return stat.S_ISDIR(state.st_mode) and _is_ours(state)


def _is_ours(state: os.stat_result) -> bool:
    """Whether a file or folder belongs to this user, and no other user can write to it."""
    if sys.platform == "win32":  # there, a user's profile is private
        return True
    return state.st_uid == os.geteuid() and not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def store_of(cache: Cache = None) -> Store | None:
    """Return the store that the option `cache` asks for, or None for no cache.

    Args:
        cache: A folder, True for the user's own, False for none; None means what the environment variable `DYNCLIENT_CACHE` says (`off`
            or a folder), and without it the user's own folder.
    """
    if cache is False:
        return None
    if cache is None or cache is True:
        named = os.environ.get("DYNCLIENT_CACHE", "")
        if named.lower() not in _OFF:
            cache = named or None
        elif cache is None:
            return None
    try:
        folder = _default_folder() if cache is None or cache is True else Path(cache).expanduser().absolute()
    except (OSError, RuntimeError):  # there is no home folder
        return None
    return Store(folder / "documents")


def _default_folder() -> Path:
    from platformdirs import user_cache_path  # only needed when something is cached

    return user_cache_path("dynclient", appauthor=False)


class Parsed(NamedTuple):
    """A document's data, and what is needed to cache it.

    Attributes:
        data: The plain data.
        rows: What it was cut into while it was read; None when it was not cut.
        length: The length of its text with every alias written out.
    """

    data: Any
    rows: Rows | None
    length: int


@dataclass(frozen=True, slots=True)
class StoreEntry:
    """A document in a store.

    Attributes:
        store: The store.
        key: Its key in the store (`entry_key`).
        rebuild: Reads the document from its source again; called when a part of the file is damaged.
    """

    store: Store
    key: str
    rebuild: Callable[[], Any]

    def load(self, raw: bytes, parse: Callable[[], Parsed]) -> tuple[Any, Outline | None]:
        """Load the cached data, or parse the text and cache it. Also return the outline if it was computed.

        Args:
            raw: The text.
            parse: Parses it.
        """
        cached = self.read()
        if cached is not None:
            return cached, None
        parsed = parse()
        return parsed.data, self.write(parsed, raw)

    def read(self) -> Slices | None:
        """Open the cached document; None when it is missing or damaged, and is to be written again."""
        number = self.store.open(self.key)
        if number is None:
            return None
        try:
            return SliceFile(number, self.key, self.rebuild).root
        except (DamagedError, ValueError, KeyError, TypeError):
            return None

    def write(self, parsed: Parsed, raw: bytes) -> Outline | None:
        """Cache a document and return its outline, unless it is not an object or its aliases would fill the disk.

        Args:
            parsed: The document.
            raw: The text that it was read from.
        """
        data = parsed.data
        if not isinstance(data, Mapping) or parsed.length > 4 * len(raw):
            return None
        outline = outline_of(data.get("paths"))
        identified = None if str(data.get("openapi", "")).startswith("3.0") else has_identifiers(raw)
        rows = rows_of(data) if parsed.rows is None else parsed.rows
        text = b"" if parsed.rows is None else raw.removeprefix(codecs.BOM_UTF8)
        with contextlib.suppress(RecursionError, ValueError):  # JSON cannot express the data, so it is not cached
            self.store.write(self.key, Writer(self.key, data, rows, text, outline, identified=identified))
        return outline


def entry_key(digest: str, limits: Limits, *, is_json: bool) -> str:
    """The key of a document: everything that its data depends on.

    Args:
        digest: The SHA-256 of its text.
        limits: The limits under which it was read.
        is_json: Whether its name promises JSON.
    """
    parts = [_FORMAT, __version__, digest, [limits.size, limits.depth, limits.nodes], is_json]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
