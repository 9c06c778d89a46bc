"""Read files, streams, bytes and mappings into a Source; large texts go through the cache."""

from __future__ import annotations

import codecs
import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

from dynclient.errors import SpecError
from dynclient.problem import Problem
from dynclient.spec.access import Cache, Readable
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
from dynclient.spec.plain import PlainData
from dynclient.spec.slicing import cut
from dynclient.spec.source import Source, encoding_of, open_file
from dynclient.spec.store import Parsed, Store, StoreEntry, entry_key, store_of

#: A smaller document is not cached: it is read as fast as its cached form would be.
MIN_JSON, MIN_YAML = 256 * 1024, 16 * 1024
#: So many wrong keys are listed.
_MOST_PROBLEMS = 20
#: A larger file is looked up in the cache before it is read.
MIN_UNSEEN = 8 * 1024 * 1024


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
        return Source("<mapping>", _plain(spec, limits))
    if isinstance(spec, bytes):
        return parse_source("<bytes>", spec, limits, cache=cache)
    if isinstance(spec, str | PathLike):
        path = Path(spec)
        cached = _cached(path, limits, cache)
        return cached or parse_source(str(path), _bytes_of(path, limits), limits, path.absolute(), cache=cache)
    if not hasattr(spec, "read"):
        raise TypeError(f"a document must be a path, an open file, bytes or a mapping, not {type(spec).__name__}")
    name = str(getattr(spec, "name", "<stream>"))
    return parse_source(name, _content_of(spec, name, limits), limits, cache=cache)


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
        raise _refused(name, Unreadable(f"is larger than {limits.size} bytes", keyword="size", limit="size"))
    try:
        raw = text.encode() if isinstance(text, str) else text
    except UnicodeEncodeError:  # half a surrogate pair: no file can contain it
        return Source(name, _parsed(name, str(text), limits).data, text, path)
    source = Source(name, None, None if path else text, path, hashlib.sha256(raw).hexdigest(), url=url)
    store = store_of(cache) if len(raw) >= _min_size(raw) else None
    if store is None:
        return replace(source, data=_parsed(name, raw, limits).data)
    parse = partial(_parsed, name, raw, limits, cutting=True)
    data, outline = _entry(store, source, limits).load(raw, parse)
    return replace(source, data=data, known=outline)


def _cached(path: Path, limits: Limits, cache: Cache) -> Source | None:
    """Find a very large file in the cache by its digest, without loading the file into memory."""
    try:
        store = store_of(cache) if MIN_UNSEEN <= path.stat().st_size <= limits.size else None
        if store is None:
            return None
        with open_file(path) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return None  # the error is reported when the file is read
    source = Source(str(path), None, None, path.absolute(), digest)
    data = _entry(store, source, limits).read()
    return None if data is None else replace(source, data=data)


def _entry(store: Store, source: Source, limits: Limits) -> StoreEntry:
    """The cache entry of a source, whose data may still be missing."""
    key = entry_key(source.sha256, limits, is_json=source.name.endswith(".json"))
    return StoreEntry(store, key, partial(_rebuilt, store, source, limits))


def _rebuilt(store: Store, source: Source, limits: Limits) -> Any:
    """Parse a document again, because a part of its cached form is damaged, and cache it again."""
    raw = source.raw
    if raw is None:
        reason = Unreadable("has changed since it was opened; open it again", keyword="file")
        raise _refused(source.name, reason)
    parsed = _parsed(source.name, raw, limits, cutting=True)
    _entry(store, source, limits).write(parsed, raw)
    return parsed.data


def _parsed(name: str, text: str | bytes, limits: Limits, *, cutting: bool = False) -> Parsed:
    try:
        if isinstance(text, str):
            return _from_text(name, text, limits)
        return _from_bytes(name, text, limits, cutting=cutting)
    except Unreadable as error:
        raise _refused(name, error) from error


def _refused(name: str, reason: Unreadable) -> SpecError:
    problem = Problem("document", (), reason.keyword, reason.described(name), reason.hint)
    return SpecError(f"cannot read {name}", [problem])


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


def _plain(data: Mapping[str, Any], limits: Limits) -> Any:
    """The data of a mapping as JSON has it."""
    plain = PlainData(limits)
    try:
        found = plain.of(data)
    except Unreadable as error:
        raise _refused("<mapping>", error) from None
    if plain.problems:
        hint = "a YAML 1.1 loader reads `on` as True; pass the text as bytes, which is read by YAML 1.2"
        problems = [
            Problem("document", path, "key", message, hint) for path, message in plain.problems[:_MOST_PROBLEMS]
        ]
        raise SpecError("cannot read <mapping>", problems)
    return found


def _bytes_of(path: Path, limits: Limits) -> bytes:
    try:
        with open_file(path) as file:
            return file.read(limits.size + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise _refused(str(path), Unreadable(f"cannot be read: {reason}", keyword="file")) from error


def _content_of(stream: Any, name: str, limits: Limits) -> str | bytes:
    """The content of an open file, up to the limit."""
    try:
        content = stream.read(limits.size + 1)
    except (OSError, ValueError) as error:  # a closed file is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise _refused(name, Unreadable(f"cannot be read: {reason}", keyword="file")) from error
    if not isinstance(content, str | bytes):
        raise TypeError(f"a document's file must give text or bytes, not {type(content).__name__}")
    return content


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode(encoding_of(raw))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"is not {error.encoding} text: {error.reason}", line, keyword="encoding") from error
