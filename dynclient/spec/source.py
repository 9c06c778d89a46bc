"""A Source: a document's plain data and where it came from."""

from __future__ import annotations

import codecs
import errno
import hashlib
import json
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any

from dynclient.problem import Tokens
from dynclient.spec.node import has_identifiers
from dynclient.spec.slices import Outline, Slices, outline_of, plain_data


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
        raw = self.raw
        return None if raw is None else _text_of(raw)

    @property
    def raw(self) -> bytes | None:
        """The bytes that it was read from; None as for `text`, or when the text cannot be encoded."""
        if self.path is not None:
            return _unchanged(self.path, self.sha256)
        try:
            return self.content.encode() if isinstance(self.content, str) else self.content
        except UnicodeEncodeError:  # half a surrogate pair
            return None

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
        return self.data if self.content is None else self.raw

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


def open_file(path: str | Path) -> BufferedReader:
    """Open a regular file to read its bytes.

    Raises:
        OSError: There is none; a folder, a named pipe or a device is not read, since that might wait or go on for ever.
        ValueError: No file can have this name.
    """
    _require_regular(Path(path).stat().st_mode)
    number = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    file = os.fdopen(number, "rb")
    try:
        _require_regular(os.fstat(number).st_mode)  # it may have been replaced
    except OSError:
        file.close()
        raise
    return file


def _require_regular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
        raise OSError(errno.EINVAL, f"it is {kinds.get(stat.S_IFMT(mode), 'a device')}, not a file")


def encoding_of(raw: bytes) -> str:
    """Return the encoding that the byte order mark names; UTF-8 without one (YAML 1.2, section 5.2)."""
    return "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def _text_of(raw: bytes) -> str | None:
    try:
        return raw.decode(encoding_of(raw))
    except UnicodeDecodeError:
        return None


def _unchanged(path: Path, digest: str) -> bytes | None:
    """The bytes of a file, if they are still those that were read."""
    try:
        with open_file(path) as file:
            raw = file.read()
    except (OSError, ValueError):
        return None
    return raw if hashlib.sha256(raw).hexdigest() == digest else None
