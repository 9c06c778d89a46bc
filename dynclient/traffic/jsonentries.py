"""The entries of a list inside a JSON file, one at a time, so that memory stays flat whatever the size of the file.

An entry that is not JSON is given as such, and reading goes on at the next text that begins like an entry.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

from dynclient.traffic.recording import RecordedAt, RecordedFile

#: How much is read at a time, in bytes, and the largest entry, in characters.
STEP = 1 << 20
LARGEST_ENTRY = 64 << 20

_SPACE = re.compile(r"[ \t\r\n]*")
#: How near to its end a text breaks when it is cut and not broken: inside an escape, or inside a word.
_CUT = 16
#: The longest start of an entry that is looked for, in characters.
_START = 4096


class FileEntry(NamedTuple):
    """An entry of a list in a file.

    Attributes:
        place: Where it begins.
        value: Its data; None if it cannot be read.
        trouble: Why it cannot be read; else "".
    """

    place: RecordedAt
    value: Any
    trouble: str = ""


class JsonTrouble(ValueError):
    """JSON that cannot be read; the message quotes nothing of it."""


def json_entries(file: RecordedFile, path: Iterable[str], keys: Iterable[str]) -> Iterator[FileEntry]:
    """Yield the entries of a list.

    Args:
        file: The file.
        path: The keys that lead to the list; none if the file is the list.
        keys: The keys with which an entry may begin. By them the next entry is found behind a broken one.
    """
    start = re.compile(rf'\{{\s*"(?:{"|".join(map(re.escape, keys))})"\s*:')
    with file.open() as stream:
        window = _Window(stream)
        numbers = iter(range(1, 1 << 62))
        try:
            yield from _walk(window, list(path), start, file.name, numbers)
        except JsonTrouble as trouble:
            yield FileEntry(RecordedAt(file.name, window.line), None, str(trouble))


class _Window:
    """A part of a text that moves forward over a stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self.text = ""
        self.start = 0
        self.at_end = False
        self.is_utf8 = True
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._lines = 1
        self._counted = 0
        self._parse = json.JSONDecoder().raw_decode

    @property
    def line(self) -> int | None:
        """The line on which the rest begins; None on the first, as all may be on one line."""
        self._lines += self.text.count("\n", self._counted, self.start)
        self._counted = self.start
        return self._lines if self._lines > 1 else None

    def grow(self) -> bool:
        """Read as much as is there already; return whether there was more."""
        if self.at_end:
            return False
        _ = self.line
        rest = self.text[self.start :]
        chunk = self._stream.read(max(STEP, len(rest)))
        self.at_end = not chunk
        more = self._decoder.decode(chunk, final=not chunk)
        try:
            more.encode()
        except UnicodeEncodeError:
            self.is_utf8 = False
        self.text, self.start, self._counted = rest + more, 0, 0
        return True

    def peek(self) -> str:
        """Return the next character that is not white space, which comes next; "" at the end."""
        while True:
            self.start = _SPACE.match(self.text, self.start).end()  # type: ignore[union-attr]
            if self.start < len(self.text):
                return self.text[self.start]
            if not self.grow():
                return ""

    def take(self, sign: str) -> None:
        """Go past a character.

        Raises:
            JsonTrouble: It is not the next one.
        """
        if self.peek() != sign:
            raise JsonTrouble("not JSON" if self.text[self.start :] else "the file ends too early")
        self.start += 1

    def value(self) -> Any:
        """Return the value that comes next.

        Raises:
            JsonTrouble: It cannot be read.
        """
        self.peek()
        while True:
            try:
                value, end = self._parse(self.text, self.start)
            except json.JSONDecodeError as error:
                is_cut = error.pos >= len(self.text) - _CUT or error.msg.startswith("Unterminated")
                message, place = error.msg.removesuffix(" at"), error.pos
            except (ValueError, RecursionError) as error:  # a number of more digits than Python reads
                name = "nested too deeply" if isinstance(error, RecursionError) else "a number has too many digits"
                raise JsonTrouble(name) from None
            else:
                if end < len(self.text) or not self.grow():
                    break
                continue  # a number may go on behind the end of the window
            if is_cut and len(self.text) - self.start > LARGEST_ENTRY:
                raise JsonTrouble(f"larger than {LARGEST_ENTRY} characters")
            if not is_cut or not self.grow():
                lines = self.text.count("\n", self.start, place)
                where = f", {lines + 1} lines down" if lines else ""
                raise JsonTrouble("the file ends inside it" if is_cut else f"not JSON: {message}{where}") from None
        if not self.is_utf8:
            self._check(self.text[self.start : end])
        self.start = end
        return value

    def skip_to(self, pattern: re.Pattern[str]) -> bool:
        """Go to the next place where a text matches; return whether there is one."""
        self.start += 1
        while True:
            found = pattern.search(self.text, self.start)
            if found is not None:
                self.start = found.start()
                return True
            self.start = max(self.start, len(self.text) - _START)
            if not self.grow():
                return False

    def _check(self, text: str) -> None:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise JsonTrouble("not UTF-8") from None


def _walk(
    window: _Window, path: list[str], start: re.Pattern[str], name: str, numbers: Iterator[int]
) -> Iterator[FileEntry]:
    """Yield the entries of the list to which the path leads from the value that comes next."""
    if not path:
        window.take("[")
        yield from _items(window, start, name, numbers)
        return
    window.take("{")
    while window.peek() == '"':
        key = window.value()
        window.take(":")
        if key == path[0] and window.peek() in ("{", "["):
            yield from _walk(window, path[1:], start, name, numbers)
        else:
            window.value()
        if window.peek() == ",":
            window.start += 1
    window.take("}")


def _items(window: _Window, start: re.Pattern[str], name: str, numbers: Iterator[int]) -> Iterator[FileEntry]:
    while (sign := window.peek()) != "]":
        if sign == "":
            raise JsonTrouble("the file ends too early")
        if sign == ",":
            window.start += 1
            continue
        place = RecordedAt(name, window.line, next(numbers))
        try:
            value = window.value()
        except JsonTrouble as trouble:
            yield FileEntry(place, None, str(trouble))
            if not window.skip_to(start):
                return
        else:
            yield FileEntry(place, value)
    window.start += 1
