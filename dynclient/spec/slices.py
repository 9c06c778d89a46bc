"""An on-disk index of a large document; only the parts you ask for are read.

    header      where the other parts lie; its length is fixed
    body        the members of the document as JSON text: one slice for each path item and each component, the rest in groups
    tables      for each object that is cut into slices: the names of its members, and where their slices lie
    outline     the operations: path, method and id of each

Every part has a digest, which is checked when the part is read. A damaged header makes the whole file count as missing; a damaged table
or slice is read from the document's source instead. Everything is JSON, so nothing in the file can be executed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from dynclient.spec.jsonvalue import quick

MAGIC = b"dynclient slices 1\n"
HEADER = 1024


#: The methods with a field of their own in a Path Item, in the order of the specification; `query` since 3.2.
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_SENT = {method: method.upper() for method in METHODS}


class Outline(NamedTuple):
    """The operations of a Paths Object, in columns: Python reads three lists of texts faster than a list of objects.

    Attributes:
        paths: The path template of each.
        methods: The method of each, in upper case; "" for a path item that must be looked at, since it has a `$ref` or
            `additionalOperations`.
        ids: The operationId of each, None where there is none.
    """

    paths: list[str]
    methods: list[str]
    ids: list[str | None]


def outline_of(paths: Any) -> Outline:
    """Collect the operations of a Paths Object."""
    found: list[tuple[str, str, str | None]] = []
    for path, item in paths.items() if isinstance(paths, Mapping) else ():
        if not path.startswith("/") or not (type(item) is dict or isinstance(item, Mapping)):
            continue
        if "$ref" in item or "additionalOperations" in item:
            found.append((path, "", None))
            continue
        methods = [method for method in item if method in _SENT]
        if len(methods) > 1:
            methods.sort(key=METHODS.index)
        for method in methods:
            operation = item[method]
            if type(operation) is dict or isinstance(operation, Mapping):
                declared = operation.get("operationId")
                found.append((path, _SENT[method], declared if isinstance(declared, str) and declared else None))
    columns = zip(*found, strict=True) if found else ((), (), ())
    return Outline(*map(list, columns))


class DamagedError(Exception):
    """A part of a file is not what was written there."""


def digest_of(part: bytes | memoryview) -> str:
    """The checksum of a part."""
    return hashlib.sha256(part).hexdigest()[:16]


class SliceFile:
    """A file of slices, kept open.

    Args:
        number: Its descriptor; it is closed when the file is no longer used.
        key: The key under which it must have been written.
        rebuild: Reads the whole document from its source; called when a part is damaged.

    Raises:
        DamagedError: It is not a file of slices with this key.
    """

    def __init__(self, number: int, key: str, rebuild: Callable[[], Any]) -> None:
        self._number = number
        self._rebuild = rebuild
        self._whole: Any = None
        self._lock = threading.Lock()
        weakref.finalize(self, os.close, number)
        raw = self._raw(0, HEADER)
        if not raw.startswith(MAGIC):
            raise DamagedError("not a file of slices")
        digest, _, rest = raw[len(MAGIC) :].partition(b"\n")
        if digest_of(rest) != digest.decode("ascii", "replace"):
            raise DamagedError("the header is damaged")
        header = json.loads(rest)
        if header["key"] != key:
            raise DamagedError("it belongs to another document")
        self.identified: bool | None = header["identified"]
        self._outline: list[Any] = header["outline"]
        self.root = Slices(self, (), self.part(*header["root"]))

    def part(self, at: int, size: int, digest: str) -> Any:
        """Read a part.

        Raises:
            DamagedError: It is not what was written.
        """
        return _parsed(self._checked(at, size, digest))

    def members(self, at: int, size: int, digest: str) -> dict[str, Any]:
        """Read a slice, which holds members of an object; errors as for `part`."""
        found: dict[str, Any] = _parsed(b"{%b}" % self._checked(at, size, digest))
        return found

    def outline(self) -> Outline:
        """Read the operations; errors as for `part`."""
        found = self.part(*self._outline)
        paths = list(self.root["paths"]) if found["at"] else []
        return Outline([paths[index] for index in found["at"]], found["methods"], found["ids"])

    def whole(self) -> Any:
        """Read the whole document from its source, once.

        Raises:
            SpecError: The source has changed or is gone.
        """
        with self._lock:
            if self._whole is None:
                self._whole = self._rebuild()
        return self._whole

    def _checked(self, at: int, size: int, digest: str) -> bytes:
        raw = self._raw(at, size)
        if len(raw) != size or digest_of(raw) != digest:
            raise DamagedError("a part is damaged")
        return raw

    def _raw(self, at: int, size: int) -> bytes:
        try:
            if sys.platform != "win32":
                return os.pread(self._number, size, at)
            with self._lock:
                os.lseek(self._number, at, os.SEEK_SET)
                return os.read(self._number, size)
        except (OSError, ValueError, OverflowError) as error:
            raise DamagedError("the file cannot be read") from error


class Slices(Mapping[str, Any]):
    """An object of a document; a member is read from the file when it is first asked for, and then kept.

    Args:
        file: The file.
        path: The tokens of its JSON pointer.
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
        """The stored value of `Source.identified`."""
        return self._file.identified

    def outline(self) -> Outline:
        """The operations; only the whole document has them."""
        try:
            return self._file.outline()
        except DamagedError:
            return outline_of(self._whole().get("paths"))


def plain_data(value: Any) -> Any:
    """Read everything that a value of a document still leaves on disk, and return plain data."""
    if _is_lazy(value) or (type(value) is dict and any(map(_is_lazy, value.values()))):
        return {name: plain_data(member) for name, member in value.items()}
    return value


def _is_lazy(value: Any) -> bool:
    return not isinstance(value, dict) and isinstance(value, Mapping)


def _parsed(raw: bytes) -> Any:
    try:
        return quick(raw)
    except ValueError:
        return json.loads(raw)  # jiter refuses half a surrogate pair, or is not installed
