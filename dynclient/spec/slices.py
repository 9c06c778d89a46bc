"""A large document as a file of slices: what is read of it is what is asked for.

    header      where the other parts lie; of fixed length
    body        the members of the document as JSON text: one slice for each path item and each component, others in groups
    tables      for each object that is cut into slices: the names of its members, and where their slices lie
    outline     the operations: the path, the method and the id of each

Every part has its digest, which is looked at when the part is read. What does not fit is not used: the header, and there is no such file;
a table or a slice, and it is read from the document's source again. All of it is JSON, so that nothing in it can be executed.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dynclient.spec.jsonvalue import quick
from dynclient.spec.outline import Outline, outline_of

MAGIC = b"dynclient slices 1\n"
HEADER = 1024


class DamagedError(Exception):
    """A part of a file is not what was written."""


def digest_of(part: bytes | memoryview) -> str:
    """What tells whether a part is what was written."""
    return hashlib.sha256(part).hexdigest()[:16]


class SliceFile:
    """A file of slices, kept open.

    Args:
        number: Its descriptor, closed when nobody uses the file any more.
        key: The key that it must have been written for.
        rebuild: Gives the whole document from its source, for when a part is damaged.

    Raises:
        DamagedError: It is not a file of slices for this key.
    """

    def __init__(self, number: int, key: str, rebuild: Callable[[], Any]) -> None:
        self._number = number
        self._rebuild = rebuild
        self._whole: Any = None
        self._lock = threading.Lock()
        weakref.finalize(self, os.close, number)
        raw = self._raw(0, HEADER)
        if not raw.startswith(MAGIC):
            raise DamagedError("it is something else")
        digest, _, rest = raw[len(MAGIC) :].partition(b"\n")
        if digest_of(rest) != digest.decode("ascii", "replace"):
            raise DamagedError("its header is damaged")
        header = json.loads(rest)
        if header["key"] != key:
            raise DamagedError("it is another document's")
        self.identified: bool | None = header["identified"]
        self._outline: list[Any] = header["outline"]
        self.root = Slices(self, (), self.part(*header["root"]))

    def part(self, at: int, size: int, digest: str) -> Any:
        """The data of a part.

        Raises:
            DamagedError: It is not what was written.
        """
        raw = self._raw(at, size)
        if len(raw) != size or digest_of(raw) != digest:
            raise DamagedError("a part is damaged")
        return _parsed(raw)

    def members(self, at: int, size: int, digest: str) -> dict[str, Any]:
        """The members of an object that a slice holds; errors as for `part`."""
        raw = self._raw(at, size)
        if len(raw) != size or digest_of(raw) != digest:
            raise DamagedError("a slice is damaged")
        found: dict[str, Any] = _parsed(b"{%b}" % raw)
        return found

    def outline(self) -> Outline:
        """The operations; errors as for `part`."""
        found = self.part(*self._outline)
        paths = list(self.root["paths"]) if found["at"] else []
        return Outline([paths[index] for index in found["at"]], found["methods"], found["ids"])

    def whole(self) -> Any:
        """The document, read from its source once.

        Raises:
            SpecError: It cannot be read there any more.
        """
        with self._lock:
            if self._whole is None:
                self._whole = self._rebuild()
        return self._whole

    def _raw(self, at: int, size: int) -> bytes:
        try:
            if hasattr(os, "pread"):
                return os.pread(self._number, size, at)
            with self._lock:
                os.lseek(self._number, at, os.SEEK_SET)
                return os.read(self._number, size)
        except (OSError, ValueError, OverflowError) as error:
            raise DamagedError("it cannot be read") from error


class Slices(Mapping[str, Any]):
    """An object of a document whose members are read from the file when they are asked for, and then kept.

    Args:
        file: The file.
        path: The place of the object in the document.
        table: The names of the members, and where their slices lie.
    """

    def __init__(self, file: SliceFile, path: tuple[str, ...], table: Mapping[str, Any]) -> None:
        self._file = file
        self._path = path
        self._where: dict[str, int] = dict(zip(table["names"], table["slice"], strict=True))
        self._table = table
        self._values: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            index = self._where[name]
        try:
            found = self._read(name, index)
        except DamagedError:
            found = {name: self._whole()[name]}
        for member, value in found.items():
            self._values.setdefault(member, value)  # another thread may have been first
        return self._values[name]

    def _read(self, name: str, index: int) -> dict[str, Any]:
        if index < 0:
            table = self._file.part(*self._table["tables"][-1 - index])
            return {name: Slices(self._file, (*self._path, name), table)}
        at, size = self._table["at"][index], self._table["size"][index]
        return self._file.members(at, size, self._table["sum"][16 * index : 16 * index + 16])

    def _whole(self) -> Any:
        value = self._file.whole()
        for token in self._path:
            value = value[token]
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._where)

    def __len__(self) -> int:
        return len(self._where)

    def __contains__(self, name: object) -> bool:
        return name in self._where

    def __repr__(self) -> str:
        return f"<Slices {'/'.join(self._path) or 'of a document'}, {len(self)} members>"

    @property
    def identified(self) -> bool | None:
        """What was noted of `Source.identified`."""
        return self._file.identified

    def outline(self) -> Outline:
        """The operations of the document, when this is the document."""
        try:
            return self._file.outline()
        except DamagedError:
            return outline_of(self._whole().get("paths"))


def plain(value: Any) -> Any:
    """A value of a document as plain data throughout: nothing in it is still to be read."""
    if isinstance(value, Slices) or (type(value) is dict and any(isinstance(each, Slices) for each in value.values())):
        return {name: plain(member) for name, member in value.items()}
    return value


def _parsed(raw: bytes) -> Any:
    try:
        return quick(raw)
    except ValueError:
        return json.loads(raw)  # half of a surrogate pair, or there is no fast reader
