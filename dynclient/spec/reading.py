"""Files, streams, bytes and mappings to a Source; large ones by way of the store."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import IO, Any, NamedTuple

from dynclient._version import __version__
from dynclient.spec.jsonvalue import NOT_JSON, check_limits, collection_paused, from_bytes, from_text
from dynclient.spec.limits import DEFAULT_LIMITS, Limits, refuse
from dynclient.spec.outline import Outline, outline_of
from dynclient.spec.places import lines_in
from dynclient.spec.slices import DamagedError, SliceFile, Slices
from dynclient.spec.slicing import Rows, Writer, cut, rows_of
from dynclient.spec.store import Cache, Store, store_of
from dynclient.spec.yamlvalue import from_yaml

#: The keywords by which a schema or a document names itself, or a place in it.
IDENTIFIERS = ("$id", "$self", "$anchor", "$dynamicAnchor")
#: Bytes from which a document is kept on disk: below, it is read as fast as what is kept of it would be.
MIN_JSON, MIN_YAML = 256 * 1024, 16 * 1024
#: Bytes from which a file is looked for on disk before it is read.
MIN_UNSEEN = 8 * 1024 * 1024
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Source:
    """A document's plain data and where it came from.

    Attributes:
        name: What messages call it: the path, the URL, or `<mapping>`.
        data: The plain data. It is shared, never changed. Of a document that is kept on disk, objects whose members are read when they
            are asked for; `plain` gives the data.
        content: What it was read from, when it is no file: text, or bytes; None for a mapping.
        path: The file, when it is one. Its text is not kept but read again, as long as it has not changed.
        digest: The SHA-256 of the file.
        known: Its outline, when that was worked out on the way.
    """

    name: str
    data: Any
    content: str | bytes | None = field(default=None, repr=False)
    path: Path | None = None
    digest: str = field(default="", repr=False)
    known: Outline | None = field(default=None, repr=False)

    @property
    def outline(self) -> Outline:
        """The operations of its Paths Object."""
        if self.known is not None:
            return self.known
        if isinstance(self.data, Slices):
            return self.data.outline()
        return outline_of(self.data.get("paths") if isinstance(self.data, Mapping) else None)

    @property
    def text(self) -> str | None:
        """The text that it was read from, or None: it was none, or has changed since."""
        if isinstance(self.content, str):
            return self.content
        raw = self.content if self.path is None else _unchanged(self.path, self.digest)
        return None if raw is None else _text_of(raw)

    @property
    def identified(self) -> bool:
        """Whether anything in its text may be one of IDENTIFIERS; True when that is not known."""
        known = self.data.identified if isinstance(self.data, Slices) else None
        if known is not None:
            return bool(known)
        text = self.text
        return text is None or _is_identified(text)

    def line(self, tokens: tuple[str | int, ...]) -> int | None:
        """The line (from 1) on which the value at this JSON pointer starts, or None when it is not known."""
        return self.lines([tokens]).get(tokens)

    def lines(self, places: Iterable[tuple[str | int, ...]]) -> dict[tuple[str | int, ...], int]:
        """The lines of several places, found together; a place that is not there has the line of what holds it."""
        places = list(places)
        return lines_in(self.text, places) if places else {}


def read(
    spec: str | PathLike[str] | bytes | IO[Any] | Mapping[str, Any],
    limits: Limits = DEFAULT_LIMITS,
    cache: Cache = None,
) -> Source:
    """Read a document into plain data.

    Args:
        spec: A path, an open file (text or binary), the text itself as bytes, or a mapping, which is taken as it is.
        limits: How much it may take.
        cache: Whether, and in which folder, a large one is kept in a form that is quick to open (`store_of`).

    Raises:
        SpecError: It cannot be read, or is no JSON or YAML; the message has file, line and column.
        TypeError: It is nothing that a document can be read from.
    """
    if isinstance(spec, Mapping):
        return Source("<mapping>", spec)
    if isinstance(spec, bytes):
        return parse("<bytes>", spec, limits, cache=cache)
    if isinstance(spec, str | PathLike):
        path = Path(spec)
        kept = _kept(path, limits, cache)
        return kept or parse(str(path), _bytes_of(path), limits, path.absolute(), cache=cache)
    if not hasattr(spec, "read"):
        kinds = "a path, an open file, bytes or a mapping"
        raise TypeError(f"a document is {kinds}, and not of the type {type(spec).__name__}")
    return parse(str(getattr(spec, "name", "<stream>")), spec.read(), limits, cache=cache)


def parse(
    name: str, text: str | bytes, limits: Limits = DEFAULT_LIMITS, path: Path | None = None, *, cache: Cache = False
) -> Source:
    """Read text that is JSON or YAML.

    Args:
        name: What messages call it.
        text: The text, or its bytes.
        limits: How much it may take.
        path: The file that it came from.
        cache: As for `read`.

    Raises:
        SpecError: It is neither, or breaks a limit, or holds a key twice.
    """
    if len(text) > limits.size:
        raise refuse(name, f"is larger than {limits.size} bytes", keyword="size")
    try:
        raw = text.encode() if isinstance(text, str) else text
    except UnicodeEncodeError:  # half of a surrogate pair: no file holds that
        return Source(name, _from_text(name, str(text), limits)[0], text, path)
    content = None if path else text
    digest = hashlib.sha256(raw).hexdigest()
    store = store_of(cache) if len(raw) >= _min_size(raw) else None
    if store is None:
        return Source(name, _from_bytes(name, raw, limits).data, content, path, digest)
    entry = _Entry(name, limits, content, path, digest, store)
    data, outline = entry.data(raw)
    return Source(name, data, content, path, digest, outline)


def _kept(path: Path, limits: Limits, cache: Cache) -> Source | None:
    """A very large file that is kept on disk, found by its digest without having the file in memory."""
    try:
        store = store_of(cache) if MIN_UNSEEN <= path.stat().st_size <= limits.size else None
        if store is None:
            return None
        with path.open("rb", buffering=0) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return None  # reading it says why
    entry = _Entry(str(path), limits, None, path.absolute(), digest, store)
    data = entry.kept()
    return None if data is None else Source(entry.name, data, None, entry.path, digest)


class _Read(NamedTuple):
    """What was read.

    Attributes:
        data: The plain data.
        rows: What it was cut into on the way; None when it was not.
        length: How long its text is when every alias is written out.
    """

    data: Any
    rows: Rows | None
    length: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """A document in the store."""

    name: str
    limits: Limits
    content: str | bytes | None
    path: Path | None
    digest: str
    store: Store

    @property
    def key(self) -> str:
        """Everything that the data depends on: the text, the limits that it must keep, how it is read, and by which version."""
        parts = [_FORMAT, __version__, self.digest, list(self.limits), self.name.endswith(".json")]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def data(self, raw: bytes) -> tuple[Any, Outline | None]:
        """The data as it is kept, or from the text, which is kept then; and its outline, when it was worked out."""
        kept = self.kept()
        return self.fresh(raw) if kept is None else (kept, None)

    def kept(self) -> Slices | None:
        """The data as it is kept, None when it is not or is damaged."""
        key = self.key
        number = self.store.open(key)
        if number is None:
            return None
        try:
            return SliceFile(number, key, self.again).root
        except (DamagedError, ValueError, KeyError, TypeError):
            return None  # it is written anew

    def fresh(self, raw: bytes) -> tuple[Any, Outline | None]:
        """The data from the text, which is kept then, and its outline."""
        found = _from_bytes(self.name, raw, self.limits, cutting=True)
        outline = None
        if isinstance(found.data, Mapping) and found.length <= 4 * len(raw):  # else its aliases would fill the disk
            outline = outline_of(found.data.get("paths"))
            identified = None if str(found.data.get("openapi", "")).startswith("3.0") else _is_identified(raw)
            cuts = found.rows is not None
            rows = found.rows if found.rows is not None else rows_of(found.data)
            text = raw.removeprefix(codecs.BOM_UTF8) if cuts else b""
            writer = Writer(self.key, found.data, rows, text, outline, identified=identified)
            with contextlib.suppress(RecursionError, ValueError):  # what JSON cannot hold is not kept
                self.store.write(self.key, writer)
        return found.data, outline

    def again(self) -> Any:
        """The data from the text, for a document of which something that was kept is damaged."""
        content = self.content.encode() if isinstance(self.content, str) else self.content
        raw = content if self.path is None else _unchanged(self.path, self.digest)
        if raw is None:
            raise refuse(self.name, "has changed since it was opened; open it again", keyword="file")
        return self.fresh(raw)[0]


def _from_bytes(name: str, raw: bytes, limits: Limits, *, cutting: bool = False) -> _Read:
    text = raw.removeprefix(codecs.BOM_UTF8)
    if _is_bracketed(text):
        with collection_paused():
            found = cut(text) if cutting else None
            if found is not None:
                if limits.depth < DEFAULT_LIMITS.depth or len(raw) > 2 * limits.nodes:
                    check_limits(name, found[0], limits)
                return _Read(*found, len(raw))
            data = from_bytes(name, text, limits)
        if data is not NOT_JSON:
            return _Read(data, None, len(raw))
    data, repeated = _from_text(name, _decode(name, raw), limits)
    return _Read(data, None, len(raw) + repeated)


def _from_text(name: str, text: str, limits: Limits) -> tuple[Any, int]:
    data = from_text(name, text, limits) if text.lstrip()[:1] in ("{", "[") else NOT_JSON
    return from_yaml(name, text, limits) if data is NOT_JSON else (data, 0)


def _is_bracketed(raw: bytes) -> bool:
    return raw[:4096].lstrip()[:1] in (b"{", b"[")


def _min_size(raw: bytes) -> int:
    named = os.environ.get("DYNCLIENT_CACHE_MIN_SIZE", "")
    return int(named) if named.isdigit() else MIN_JSON if _is_bracketed(raw) else MIN_YAML


def _is_identified(text: str | bytes) -> bool:
    if isinstance(text, bytes):
        return any(word.encode() in text for word in IDENTIFIERS)
    return any(word in text for word in IDENTIFIERS)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise refuse(str(path), f"cannot be read: {reason}", keyword="file") from error


def _unchanged(path: Path, digest: str) -> bytes | None:
    """The bytes of a file when they are still those that were read."""
    try:
        raw = path.read_bytes()
    except (OSError, ValueError):
        return None
    return raw if hashlib.sha256(raw).hexdigest() == digest else None


def _text_of(raw: bytes) -> str | None:
    try:
        return raw.decode(_encoding(raw))
    except UnicodeDecodeError:
        return None


def _encoding(raw: bytes) -> str:
    """By the byte order mark, UTF-8 without one (YAML 1.2, section 5.2)."""
    return "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def _decode(name: str, raw: bytes) -> str:
    try:
        return raw.decode(_encoding(raw))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise refuse(name, f"is not {error.encoding} text: {error.reason}", line, keyword="encoding") from error
