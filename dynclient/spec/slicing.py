"""Cut a document into slices, and write them.

JSON is cut while it is read. Guessing where a member ends is cheap, and the guess is right if the text up to there reads as members.
Where no guess holds, the document is read whole, and its slices are written from the data, as for YAML.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from dynclient import lazy
from dynclient.spec.jsonvalue import quick
from dynclient.spec.slices import HEADER, MAGIC, Outline, digest_of

#: The rows of a table: the names of some members, and where they are: in the text, in a table of their own, or (None) in the data.
Rows = list[tuple[tuple[str, ...], "range | Rows | None"]]

_DECODER = json.JSONDecoder()
_SPACE = lazy.pattern(rb"[ \t\r\n]*")
_TEXT_SPACE = lazy.pattern(r"[ \t\r\n]*")
_SECTION = lazy.pattern(rb'"(paths|components|definitions)"[ \t\r\n]*:[ \t\r\n]*\{')
_NAME = lazy.pattern(rb'"([^"\\]*)"[ \t\r\n]*:[ \t\r\n]*')
#: A slice has at least this many bytes: more slices would only make the tables longer.
_WORTH = 32768
#: Where no guess holds, at most this many members are found one by one; more are not worth it.
_MOST_EXACT = 256


def cut(raw: bytes) -> tuple[dict[str, Any], Rows] | None:
    """Read JSON and cut it on the way.

    Args:
        raw: UTF-8 text.

    Returns:
        The plain data, and what it was cut into; None when it is not a JSON object, or cannot be cut this way.
    """
    try:
        return _Cutter(raw).document()
    except (ValueError, IndexError, RecursionError):
        return None


class _Cutter:
    """Reads a text from its start; every method raises ValueError when it cannot go on."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.position = 0

    def document(self) -> tuple[dict[str, Any], Rows]:
        data: dict[str, Any] = {}
        rows: Rows = []
        self.take(b"{")
        more = self.peek() != b"}"
        while more:
            section = _SECTION.search(self.raw, self.position)
            if section is None:
                end = len(self.raw.rstrip(b" \t\r\n"))
                if self.raw[end - 1 : end] != b"}":
                    raise ValueError("no end")
                self.group(data, rows, end - 1, 0)
                self.position = end - 1
                break
            before = self.raw[self.position : section.start()].rstrip(b" \t\r\n")
            if before:
                if not before.endswith(b","):
                    raise ValueError("no member")
                self.group(data, rows, self.position + len(before) - 1, 0)
            self.position = section.end()
            name = section[1].decode()
            if name in data:
                raise ValueError("duplicate key")
            opening = {"paths": b'"/', "definitions": b'"'}.get(name)  # the definitions of Swagger 2.0
            data[name], below = self.members(opening, 1) if opening else self.sections()
            rows.append(((name,), below))
            more = self.another()
        self.take(b"}")
        if self.peek():
            raise ValueError("there is more")
        return data, rows

    def sections(self) -> tuple[dict[str, Any], Rows]:
        """Read the Components Object, after its opening brace: each of its members is an object with a table of its own."""
        data: dict[str, Any] = {}
        rows: Rows = []
        more = self.peek() != b"}"
        while more:
            self.peek()
            found = _NAME.match(self.raw, self.position)
            if found is None or self.raw[found.end() : found.end() + 1] != b"{":
                raise ValueError("no object")
            name = found[1].decode()
            if name in data:
                raise ValueError("duplicate key")
            self.position = found.end() + 1
            data[name], below = self.members(b'"', 2)
            rows.append(((name,), below))
            more = self.another()
        self.take(b"}")
        return data, rows

    def members(self, opening: bytes, depth: int) -> tuple[dict[str, Any], Rows]:
        """Read the members of an object, after its opening brace.

        A member ends where the next one may start and as many braces were closed as opened. Braces inside texts can spoil the guess;
        then the text up to there cannot be read, and a parser finds the ends from there on.
        """
        data: dict[str, Any] = {}
        rows: Rows = []
        raw = self.raw
        following = self.separator(opening)
        if self.peek() == b"}":
            self.take(b"}")
            return data, rows
        start, balance, counted = self.position + _WORTH, 0, self.position
        while (found := raw.find(following, start)) >= 0:
            start = found + 1
            balance += raw.count(b"{", counted, start) - raw.count(b"}", counted, start)
            counted = start
            if balance < 0:
                break
            if balance == 0:
                try:
                    self.group(data, rows, start, depth)
                except ValueError:
                    break
                self.position = found + len(following) - len(opening)
                start = self.position + _WORTH
        place = self.position
        for limit in (place + 4 * _WORTH, len(raw)):
            try:
                return self.exact(dict(data), [*rows], raw[place:limit].decode(errors="ignore"), depth)
            except (ValueError, IndexError):
                self.position = place
        raise ValueError("no end")

    def separator(self, opening: bytes) -> bytes:
        """The text between a member that is an object and the next one: with the spaces before the first member, or with one space."""
        before = self.position
        self.peek()
        spaces = self.raw[before : self.position]
        found = b"}," + spaces + opening
        return found if self.raw.find(found, self.position, self.position + 16 * _WORTH) >= 0 else b"}, " + opening

    def exact(self, data: dict[str, Any], rows: Rows, text: str, depth: int) -> tuple[dict[str, Any], Rows]:
        """Read the members up to the end of the object, one by one; `text` starts here and ends somewhere after them."""
        start = self.position
        place = known = 0
        for _ in range(_MOST_EXACT):
            name, place = _DECODER.raw_decode(text, _skip(text, place))
            place = _skip(text, place)
            if not isinstance(name, str) or text[place] != ":":
                raise ValueError("no member")
            _, place = _DECODER.raw_decode(text, _skip(text, place + 1))
            self.group(data, rows, self.position + len(text[known:place].encode()), depth)
            place = _skip(text, place)
            if text[place] not in ",}":
                raise ValueError("no end")
            known = place + 1
            self.position = start + len(text[:known].encode())
            if text[place] == "}":
                return data, rows
            place = known
        raise ValueError("too many")

    def group(self, data: dict[str, Any], rows: Rows, end: int, depth: int) -> None:
        """Read some members, nested as deeply as in the document, so that the limit of depth applies."""
        found = quick(b'{"":' * depth + b"{" + self.raw[self.position : end] + b"}" * (depth + 1))
        for _ in range(depth):
            if len(found) != 1:
                raise ValueError("the text leaves this object")
            found = found[""]
        if not found or not data.keys().isdisjoint(found):
            raise ValueError("no member, or a duplicate key")
        data.update(found)
        rows.append((tuple(found), range(self.position, end)))

    def peek(self) -> bytes:
        """Skip spaces and return the next character."""
        self.position = _SPACE.match(self.raw, self.position).end()  # type: ignore[union-attr]  # it always matches
        return self.raw[self.position : self.position + 1]

    def take(self, char: bytes) -> None:
        if self.peek() != char:
            raise ValueError(f"no {char!r}")
        self.position += 1

    def another(self) -> bool:
        """Skip a comma if one follows, and tell whether it did."""
        if self.peek() == b",":
            self.position += 1
            return True
        return False


def _skip(text: str, position: int) -> int:
    return _TEXT_SPACE.match(text, position).end()  # type: ignore[union-attr]  # it always matches


def rows_of(data: Mapping[str, Any]) -> Rows:
    """Cut plain data: one row for each path item, each component, and each other member of the document."""
    rows: Rows = []
    for name, value in data.items():
        below: Rows | None = None
        if name in ("paths", "definitions"):
            below = _singles(value)
        elif name == "components" and isinstance(value, Mapping):
            below = [((kind,), _singles(members)) for kind, members in value.items()]
        rows.append(((name,), below))
    return rows


def _singles(members: Any) -> Rows | None:
    return [((name,), None) for name in members] if isinstance(members, Mapping) else None


def _columns(paths: Any, outline: Outline) -> bytes:
    """Write an outline as JSON, with each path as its position in the Paths Object."""
    index = {path: place for place, path in enumerate(paths or ())}
    at = [index[path] for path in outline.paths]
    return json.dumps({"at": at, "methods": outline.methods, "ids": outline.ids}, separators=(",", ":")).encode()


class Writer:
    """Writes a document and its slices to a file.

    Args:
        key: The key of the file.
        data: The document.
        rows: What it is cut into.
        raw: The text that the ranges in `rows` refer to.
        outline: Its operations.
        identified: The value of `Source.identified`.
    """

    def __init__(
        self, key: str, data: Any, rows: Rows, raw: bytes, outline: Outline, *, identified: bool | None
    ) -> None:
        self.key = key
        self.data = data
        self.outline = outline
        self.rows = rows
        self.raw = memoryview(raw)
        self.identified = identified

    def __call__(self, file: IO[bytes]) -> None:
        """Write everything, the header last."""
        self.file = file
        file.write(b" " * HEADER)
        file.write(self.raw)
        self.position = HEADER + len(self.raw)
        root = self.table(self.data, self.rows)
        outline = self.put(_columns(self.data.get("paths"), self.outline))
        header = {"key": self.key, "identified": self.identified, "root": root, "outline": outline}
        rest = json.dumps(header).encode().ljust(HEADER - len(MAGIC) - 17)
        file.seek(0)
        file.write(MAGIC + digest_of(rest).encode() + b"\n" + rest)

    def put(self, part: bytes) -> tuple[int, int, str]:
        """Write a part and return where it lies."""
        at = self.position
        self.file.write(part)
        self.position += len(part)
        return at, len(part), digest_of(part)

    def table(self, data: Mapping[str, Any], rows: Rows) -> tuple[int, int, str]:
        """Write the slices of an object, then its table."""
        names: list[str] = []
        which: list[int] = []
        tables = []
        slices: list[tuple[int, int, str]] = []
        for members, below in rows:
            names += members
            if isinstance(below, list):
                tables.append(self.table(data[members[0]], below))
                which.append(-len(tables))
                continue
            which += [len(slices)] * len(members)
            if below is None:
                text = json.dumps({name: data[name] for name in members})
                slices.append(self.put(text[1:-1].encode()))
            else:
                slices.append((HEADER + below.start, len(below), digest_of(self.raw[below.start : below.stop])))
        at, size, digests = zip(*slices, strict=True) if slices else ((), (), ())
        table = {"names": names, "slice": which, "at": at, "size": size, "sum": "".join(digests), "tables": tables}
        return self.put(json.dumps(table, separators=(",", ":")).encode())
