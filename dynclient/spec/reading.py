"""Read files, URLs, streams, bytes and mappings into a Source; large texts go through the cache."""

from __future__ import annotations

import codecs
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

from dynclient.errors import SpecError
from dynclient.problem import Problem, Tokens
from dynclient.spec.access import Cache, Readable
from dynclient.spec.fetching import fetch_bytes, public_url
from dynclient.spec.jsonvalue import (
    DEFAULT_LIMITS,
    NOT_JSON,
    Limits,
    Unreadable,
    check_limits,
    collection_paused,
    json_from_bytes,
    json_from_text,
)
from dynclient.spec.node import has_identifiers
from dynclient.spec.slices import Outline, Slices, outline_of, plain_data
from dynclient.spec.slicing import Parsed, cut
from dynclient.spec.store import Store, StoreEntry, entry_key, store_of

#: A smaller document is not cached: it is read as fast as its cached form would be.
MIN_JSON, MIN_YAML = 256 * 1024, 16 * 1024
#: A larger file is looked up in the cache before it is read.
MIN_UNSEEN = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """A document's plain data and where it came from.

    Attributes:
        name: The name in messages: the path, the URL, or `<mapping>`.
        data: The plain data. It is shared and never changed. Of a document in the cache, objects that read their members when they are
            asked for; `plain_data` turns them into plain data.
        content: The text or bytes that it was read from; None for a file or a mapping.
        path: The file. Its text is not kept; it is read again when it is needed, if the file has not changed.
        sha256: The SHA-256 of the text; "" for a mapping.
        known: Its outline, if it was computed on the way.
        url: The URL, which may contain a password.
    """

    name: str
    data: Any
    content: str | bytes | None = field(default=None, repr=False)
    path: Path | None = None
    sha256: str = field(default="", repr=False)
    known: Outline | None = field(default=None, repr=False)
    url: str = field(default="", repr=False)

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
        """The text that it was read from; None when there was no text, or when the file has changed."""
        if isinstance(self.content, str):
            return self.content
        raw = self.content if self.path is None else _unchanged(self.path, self.sha256)
        return None if raw is None else _text_of(raw)

    @property
    def identified(self) -> bool:
        """Whether its text may contain `$id`, `$self` or an anchor; True when that is not known."""
        known = self.data.identified if isinstance(self.data, Slices) else None
        if known is not None:
            return bool(known)
        text = self.text
        return text is None or has_identifiers(text)

    @property
    def digest(self) -> str:
        """The SHA-256 of its text; of a mapping, that of its data as JSON."""
        return self.sha256 or hashlib.sha256(json.dumps(plain_data(self.data), default=str).encode()).hexdigest()

    @property
    def again(self) -> Path | str | bytes | Mapping[str, Any] | None:
        """The file, URL, bytes or mapping from which it can be read again; None when there is none."""
        if self.path is not None or self.url:
            return self.path or self.url
        if self.content is None:
            return self.data if isinstance(self.data, Mapping) else None
        try:
            return self.content.encode() if isinstance(self.content, str) else self.content
        except UnicodeEncodeError:  # half a surrogate pair
            return None

    def line(self, tokens: Tokens) -> int | None:
        """Return the line (from 1) on which the value at this JSON pointer starts, or None when it is not known."""
        return self.lines([tokens]).get(tokens)

    def lines(self, places: Iterable[Tokens]) -> dict[Tokens, int]:
        """Return the lines of several values, found together; a missing value gets the line of the object or array around it."""
        places = list(places)
        if not places:
            return {}
        from dynclient.spec.places import lines_in  # imports PyYAML

        return lines_in(self.text, places)


def read_source(spec: Readable | Source, limits: Limits = DEFAULT_LIMITS, cache: Cache = None) -> Source:
    """Read a document into plain data.

    Args:
        spec: A path, an open file (text or binary), the text itself as bytes, a mapping, which is taken as it is, or a Source, which is
            returned.
        limits: Limits on the text and the data.
        cache: Whether, and in which folder, a large document is cached (`store_of`).

    Raises:
        SpecError: It cannot be read, or is not JSON or YAML; the message has file, line and column.
        TypeError: `spec` is of another type.
    """
    if isinstance(spec, Source):
        return spec
    if isinstance(spec, Mapping):
        return Source("<mapping>", spec)
    if isinstance(spec, bytes):
        return parse_source("<bytes>", spec, limits, cache=cache)
    if isinstance(spec, str | PathLike):
        path = Path(spec)
        cached = _cached(path, limits, cache)
        return cached or parse_source(str(path), _bytes_of(path), limits, path.absolute(), cache=cache)
    if not hasattr(spec, "read"):
        raise TypeError(f"a document must be a path, an open file, bytes or a mapping, not {type(spec).__name__}")
    return parse_source(str(getattr(spec, "name", "<stream>")), spec.read(), limits, cache=cache)


def read_url(url: str, limits: Limits = DEFAULT_LIMITS, cache: Cache = None) -> Source:
    """Read a document from an http(s) URL. Its name does not contain the URL's password.

    Raises:
        SpecError: It cannot be fetched, is too large, or is not JSON or YAML.
    """
    return parse_source(public_url(url), fetch_bytes(url, limits.size), limits, cache=cache, url=url)


def parse_source(
    name: str,
    text: str | bytes,
    limits: Limits = DEFAULT_LIMITS,
    path: Path | None = None,
    *,
    cache: Cache = None,
    url: str = "",
) -> Source:
    """Parse JSON or YAML text.

    Args:
        name: The name in messages; if it ends in `.json`, the text must be JSON.
        text: The text.
        limits: Limits on the text and the data.
        path: The file that it was read from.
        cache: As for `read_source`.
        url: The URL that it was fetched from.

    Raises:
        SpecError: The text is neither JSON nor YAML, exceeds a limit, or contains a duplicate key.
    """
    if len(text) > limits.size:
        raise _refused(name, Unreadable(f"is larger than {limits.size} bytes", keyword="size"))
    try:
        raw = text.encode() if isinstance(text, str) else text
    except UnicodeEncodeError:  # half a surrogate pair: no file can contain it
        return Source(name, _parsed(name, str(text), limits).data, text, path)
    content = None if path else text
    digest = hashlib.sha256(raw).hexdigest()
    store = store_of(cache) if len(raw) >= _min_size(raw) else None
    if store is None:
        return Source(name, _parsed(name, raw, limits).data, content, path, digest, url=url)
    entry = _entry(store, name, limits, content, path, digest)
    data, outline = entry.load(raw, partial(_parsed, name, raw, limits, cutting=True))
    return Source(name, data, content, path, digest, outline, url)


def _cached(path: Path, limits: Limits, cache: Cache) -> Source | None:
    """Find a very large file in the cache by its digest, without loading the file into memory."""
    try:
        store = store_of(cache) if MIN_UNSEEN <= path.stat().st_size <= limits.size else None
        if store is None:
            return None
        with path.open("rb", buffering=0) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return None  # the error is reported when the file is read
    data = _entry(store, str(path), limits, None, path.absolute(), digest).read()
    return None if data is None else Source(str(path), data, None, path.absolute(), digest)


def _entry(
    store: Store, name: str, limits: Limits, content: str | bytes | None, path: Path | None, digest: str
) -> StoreEntry:
    key = entry_key(digest, limits, is_json=name.endswith(".json"))
    return StoreEntry(store, key, partial(_rebuilt, store, name, limits, content, path, digest))


def _rebuilt(
    store: Store, name: str, limits: Limits, content: str | bytes | None, path: Path | None, digest: str
) -> Any:
    """Parse a document again, because a part of its cached form is damaged, and cache it again."""
    raw = content.encode() if isinstance(content, str) else content
    raw = raw if path is None else _unchanged(path, digest)
    if raw is None:
        raise _refused(name, Unreadable("has changed since it was opened; open it again", keyword="file"))
    parsed = _parsed(name, raw, limits, cutting=True)
    _entry(store, name, limits, content, path, digest).write(parsed, raw)
    return parsed.data


def _parsed(name: str, text: str | bytes, limits: Limits, *, cutting: bool = False) -> Parsed:
    try:
        if isinstance(text, str):
            return _from_text(name, text, limits)
        return _from_bytes(name, text, limits, cutting=cutting)
    except Unreadable as error:
        raise _refused(name, error) from error


def _refused(name: str, reason: Unreadable) -> SpecError:
    return SpecError(f"cannot read {name}", [Problem("document", (), reason.keyword, reason.described(name))])


def _from_bytes(name: str, raw: bytes, limits: Limits, *, cutting: bool) -> Parsed:
    text = raw.removeprefix(codecs.BOM_UTF8)
    if _is_bracketed(text):
        with collection_paused():
            found = cut(text) if cutting else None
            if found is not None:
                if limits.depth < DEFAULT_LIMITS.depth or len(raw) > 2 * limits.nodes:
                    check_limits(found[0], limits)
                return Parsed(*found, len(raw))
            data = json_from_bytes(text, limits)
        if data is not NOT_JSON:
            return Parsed(data, None, len(raw))
    parsed = _from_text(name, _decoded(raw), limits)
    return parsed._replace(length=len(raw) + parsed.length)


def _from_text(name: str, text: str, limits: Limits) -> Parsed:
    """Parse a text; the length is only that of its aliases, written out."""
    if text.lstrip()[:1] in ("{", "["):
        data = json_from_text(text, limits, must=name.endswith(".json"))
        if data is not NOT_JSON:
            return Parsed(data, None, 0)
    from dynclient.spec.yamlvalue import from_yaml  # imports PyYAML

    data, repeated = from_yaml(text, limits)
    return Parsed(data, None, repeated)


def _is_bracketed(raw: bytes) -> bool:
    return raw[:4096].lstrip()[:1] in (b"{", b"[")


def _min_size(raw: bytes) -> int:
    named = os.environ.get("DYNCLIENT_CACHE_MIN_SIZE", "")
    return int(named) if named.isdigit() else MIN_JSON if _is_bracketed(raw) else MIN_YAML


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise _refused(str(path), Unreadable(f"cannot be read: {reason}", keyword="file")) from error


def _unchanged(path: Path, digest: str) -> bytes | None:
    """The bytes of a file, if they are still those that were read."""
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
    """Choose the encoding by the byte order mark; UTF-8 without one (YAML 1.2, section 5.2)."""
    return "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode(_encoding(raw))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"is not {error.encoding} text: {error.reason}", line, keyword="encoding") from error
