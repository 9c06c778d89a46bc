"""The folder on disk in which large documents are kept in a form that is quick to open.

Nothing depends on it: a folder that is missing, full, read-only or somebody else's only means that nothing is kept. Files come into being
under a name of their own and are put in place in one step, so that any number of processes may share the folder. Whoever reads
a file checks what it holds (`slices`), so no file is trusted; one that others could have written is not even opened.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from os import PathLike
from pathlib import Path
from typing import IO, NamedTuple

#: What stands in `DYNCLIENT_CACHE` for no cache.
_OFF = frozenset({"0", "false", "no", "off"})
_NAME = re.compile(r"[0-9a-f]{64}\.slices\Z")
_PART = re.compile(r"[0-9a-f]{64}\.\w+\.part\Z")
_STALE_SECONDS = 3600
#: Bytes of all files together; the files that were used longest ago give way.
MAX_SIZE = 1024**3

#: Whether documents are kept: as `DYNCLIENT_CACHE` says (None), yes, no, or in this folder.
Cache = bool | str | PathLike[str] | None


class Usage(NamedTuple):
    """What a store holds.

    Attributes:
        documents: How many.
        size: Bytes.
    """

    documents: int
    size: int


class Store:
    """Files by key in a folder of their own.

    Args:
        folder: Where they lie; it is made when the first file is written.
        max_size: Bytes of all files together.
    """

    def __init__(self, folder: Path, max_size: int = MAX_SIZE) -> None:
        self.folder = folder
        self.max_size = max_size

    def open(self, key: str) -> int | None:
        """A descriptor of the file that is kept under a key, or None: there is none, or others may have written it."""
        if not _is_private(self.folder):
            return None
        path = self.folder / f"{key}.slices"
        try:
            file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0))
        except (OSError, ValueError):
            return None
        state = os.fstat(file)
        if not (stat.S_ISREG(state.st_mode) and _is_ours(state)):
            os.close(file)
            return None
        with contextlib.suppress(OSError):  # when it was used last
            os.utime(path)
        return file

    def write(self, key: str, fill: Callable[[IO[bytes]], None]) -> bool:
        """Keep a file under a key.

        Args:
            key: 64 hexadecimal digits.
            fill: Writes what it holds.

        Returns:
            Whether it is kept now.
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
        """Remove every file that was written here, and say what that was."""
        count = size = 0
        for path, state in self._files():
            with contextlib.suppress(OSError):
                path.unlink()
                count, size = count + 1, size + state.st_size
        return Usage(count, size)

    def usage(self) -> Usage:
        """What is kept."""
        sizes = [state.st_size for path, state in self._files() if _NAME.match(path.name)]
        return Usage(len(sizes), sum(sizes))

    def _make_room(self) -> None:
        """Remove what was used longest ago until the rest fits, and what a process left behind that was stopped."""
        files = sorted(self._files(), key=lambda file: file[1].st_mtime)
        size = sum(state.st_size for _, state in files)
        for path, state in files:
            left = _PART.match(path.name) and state.st_mtime < time.time() - _STALE_SECONDS
            if left or (size > self.max_size and _NAME.match(path.name)):
                with contextlib.suppress(OSError):
                    path.unlink()
                    size -= state.st_size

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """The files that a store writes; whatever else lies in the folder is not touched."""
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
    """Whether a folder is there and nobody else can put files into it."""
    try:
        state = os.lstat(folder)
    except (OSError, ValueError):
        return False
    return stat.S_ISDIR(state.st_mode) and _is_ours(state)


def _is_ours(state: os.stat_result) -> bool:
    """Whether a file or folder is this user's, and only this user can write it."""
    if os.name != "posix":  # there, what lies in a user's profile is the user's
        return True
    return state.st_uid == os.geteuid() and not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def store_of(cache: Cache = None) -> Store | None:
    """The store for the argument `cache`, or None when nothing is to be kept.

    Args:
        cache: A folder, True for the user's own, False for none; None leaves it to the environment variable `DYNCLIENT_CACHE`,
            which is `off` or a folder; without it, the user's own.
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
    except (OSError, RuntimeError):  # nobody's home
        return None
    return Store(folder / "documents")


def _default_folder() -> Path:
    from platformdirs import user_cache_path  # only who keeps something needs it

    return user_cache_path("dynclient", appauthor=False)
