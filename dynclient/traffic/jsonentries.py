"""The entries of a list inside a JSON file, one at a time, so that memory stays flat whatever the size of the file.

`json` decodes each entry over a buffer that grows by doubling, so an entry costs at most twice its length. Where the text is broken, reading
goes on at the next object that looks like an entry, so a fault costs one entry and not the file.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

from dynclient.spec.jsonvalue import json_fault
from dynclient.traffic.recording import RecordedAt, RecordedFile

#: How much is read at a time, in bytes, and the largest entry, in characters.
STEP = 1 << 18
LARGEST_ENTRY = 64 << 20
#: How many characters may be decoded in vain while the next entry is looked for.
_LARGEST_SEARCH = 4 * LARGEST_ENTRY
#: What each attempt counts at least, and one that ends in nesting without end.
_LEAST_COST, _COST_OF_NESTING = 4096, 65536
#: The longest part of a value that the end of the buffer may cut: two escapes of a surrogate pair.
_LONGEST_TOKEN = 12
#: How deep inside a broken value entries are looked for.
_DEEPEST = 30

_SPACE = re.compile(r"[ \t\r\n]*")
#: Where an object with members may begin; the end of the buffer may hide its first name.
_OBJECT = re.compile(r"\{[ \t\r\n]*(?:\"|\Z)")
_BAD_BYTES = re.compile("[\udc80-\udcff]")
_DECODER = json.JSONDecoder()


class JsonTrouble(ValueError):
    """JSON that cannot be read; the message quotes nothing of it."""


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


def json_entries(file: RecordedFile, path: Iterable[str], keys: Iterable[str]) -> Iterator[FileEntry]:
    """Yield the entries of a list.

    Args:
        file: The file.
        path: The keys that lead to the list; none if the file is the list.
        keys: Keys of which an entry has one. By them the next entry is found behind a broken one.
    """
    wanted = set(keys)
    with file.open() as stream:
        yield from JsonText(stream, file.name).entries(
            tuple(path), lambda value: isinstance(value, dict) and not wanted.isdisjoint(value)
        )


class JsonText:
    """A JSON text that is read from a stream, member by member.

    Args:
        stream: The bytes, in UTF-8 with or without a byte order mark.
        name: The name of the file, for the places of its entries.

    Attributes:
        kept: The values of the members that `entries` was asked to keep.
    """

    def __init__(self, stream: BinaryIO, name: str = "") -> None:
        self.name = name
        self.kept: dict[str, Any] = {}
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0
        self._ended = False
        self._line = 1
        self._counted = 0
        self._number = 0
        self._last: Any = None  # the last entry
        self._failed = 0  # how many characters the last value took until it failed

    @property
    def line(self) -> int:
        """The line of the next character, counted from 1."""
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def peek(self) -> str:
        """Return the next character that is not space, without taking it; "" at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def value(self) -> Any:
        """Decode and take the next value.

        Raises:
            JsonTrouble: It is broken, cut, or too large; nothing is taken then.
        """
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._may_go_on(error):
                    continue
                raise self._error(error) from None
            except RecursionError:
                self._failed = _COST_OF_NESTING
                raise JsonTrouble("is nested too deeply") from None
            except ValueError:
                self._failed = _LEAST_COST
                raise JsonTrouble("has a number that is too long") from None
            if end == len(self._text) and self._text[end - 1] not in '"}]' and self._more():
                continue  # a number may go on
            if self._decoder.errors != "strict" and _BAD_BYTES.search(self._text, self._at, end):
                raise JsonTrouble("is not UTF-8")
            self._at = end
            return value

    def skip(self) -> None:
        """Take the next value without holding the whole of it.

        Raises:
            JsonTrouble: It is broken.
        """
        sign = self.peek()
        if sign == "{":
            for _ in self.members():
                self.value()
        elif sign == "[":
            for _ in self.items():
                self.value()
        else:
            self.value()

    def members(self) -> Iterator[str]:
        """Yield the names of the members of an object; before the next one, the value must have been taken.

        Raises:
            JsonTrouble: The object is broken.
        """
        for _ in self._separated("{", "}"):
            name = self.value()
            if not isinstance(name, str):
                raise JsonTrouble("has a member without a name")
            self._take(":")
            yield name

    def items(self) -> Iterator[None]:
        """Stop at each item of an array; before the next one, it must have been taken.

        Raises:
            JsonTrouble: The array is broken.
        """
        return self._separated("[", "]")

    def entries(
        self, path: tuple[str, ...], is_entry: Callable[[Any], bool], keep: Collection[str] = ()
    ) -> Iterator[FileEntry]:
        """Yield the items of the array under a path of names.

        Args:
            path: The names of the members that lead to the array.
            is_entry: Whether an object is an entry; used to go on behind a broken one.
            keep: The names of other members on the way whose values go to `kept`.
        """
        try:
            yield from self._walked(path, keep)
        except JsonTrouble as error:
            last = self._last
            yield from self.recovered(str(error), is_entry)
            if not self.peek():
                yield from self._inside(last, is_entry)
        else:
            if self.peek():
                yield from self.recovered("the file goes on behind its end", is_entry)

    def sequence(self, is_entry: Callable[[Any], bool]) -> Iterator[FileEntry]:
        """Yield values that stand one after another.

        Args:
            is_entry: Whether an object is an entry; used to go on behind a broken one.
        """
        try:
            while self.peek():
                yield self.entry()
        except JsonTrouble as error:
            yield from self.recovered(str(error), is_entry)

    def _walked(self, path: tuple[str, ...], keep: Collection[str]) -> Iterator[FileEntry]:
        if not path:
            for _ in self.items():
                yield self.entry()
            return
        for name in self.members():
            if name == path[0] and self.peek() == ("{" if path[1:] else "["):
                yield from self._walked(path[1:], keep)
            elif name in keep:
                self.kept[name] = self.value()
            else:
                self.skip()

    def recovered(self, trouble: str, is_entry: Callable[[Any], bool]) -> Iterator[FileEntry]:
        """Yield a broken entry, and the entries behind it, in whatever they stand.

        Args:
            trouble: Why it is broken.
            is_entry: Whether an object is an entry.
        """
        yield self._broken(trouble)
        spent = 0
        adjacent = False  # whether the next object stands where the next entry belongs
        while spent < _LARGEST_SEARCH:
            if not adjacent:
                found = _OBJECT.search(self._text, self._at)
                self._at = found.start() if found else len(self._text)
            if self._at == len(self._text):
                if not self._more():
                    return
                continue
            place = self._place(self._number + 1)
            try:
                value = self.value()
            except JsonTrouble as error:
                if adjacent:
                    yield self._broken(str(error))
                spent += max(self._failed, _LEAST_COST)
                self._at += 1
                adjacent = False
                continue
            adjacent = False
            if is_entry(value):
                self._number += 1
                yield FileEntry(place, value)
                adjacent = self._at_next()
                spent = 0
            else:
                yield from self._inside(value, is_entry)
        yield self._broken("is broken in so many places that the rest is left out")

    def _inside(self, outer: Any, is_entry: Callable[[Any], bool], depth: int = 0) -> Iterator[FileEntry]:
        """Yield the entries inside a value that may have lost the brackets that end it."""
        for value in outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ():
            if is_entry(value):
                self._number += 1
                yield FileEntry(self._place(self._number), value)
            elif depth < _DEEPEST:
                yield from self._inside(value, is_entry, depth + 1)

    def _at_next(self) -> bool:
        """Whether a comma and an object follow; the comma is taken then."""
        if self.peek() != ",":
            return False
        self._at += 1
        return self.peek() == "{"

    def entry(self) -> FileEntry:
        """Decode and take the next value as an entry.

        Raises:
            JsonTrouble: It is broken.
        """
        self.peek()
        place = self._place(self._number + 1)
        value = self._last = self.value()
        self._number += 1
        return FileEntry(place, value)

    def _broken(self, trouble: str) -> FileEntry:
        self._number += 1
        return FileEntry(self._place(self._number), None, trouble)

    def _place(self, number: int) -> RecordedAt:
        """Return the place of the next character; in a file of one line, lines mean nothing."""
        return RecordedAt(self.name, line if (line := self.line) > 1 else None, number)

    def _separated(self, opening: str, closing: str) -> Iterator[None]:
        self._take(opening)
        if self.peek() != closing:
            yield
            while self.peek() == ",":
                self._at += 1
                if self.peek() == closing:
                    break  # a comma behind the last one, as people leave it
                yield
        self._take(closing)

    def _take(self, sign: str) -> None:
        found = self.peek()
        if found != sign:
            raise JsonTrouble("the file ends too early" if not found else f"is not JSON: '{sign}' is missing")
        self._at += 1

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        """Read more if the value may only be cut by the end of the buffer; whether there was more."""
        self._failed = error.pos - self._at
        cut = error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _LONGEST_TOKEN
        return cut and len(self._text) - self._at <= LARGEST_ENTRY and self._more()

    def _error(self, error: json.JSONDecodeError) -> JsonTrouble:
        if len(self._text) - self._at > LARGEST_ENTRY:
            return JsonTrouble(f"is larger than {LARGEST_ENTRY} characters")
        if self._ended and (error.pos >= len(self._text) or error.msg.startswith("Unterminated string")):
            return JsonTrouble("the file ends inside it")
        lines = self._text.count("\n", self._at, error.pos)
        where = f", {lines + 1} lines down" if lines else ""
        return JsonTrouble(f"is not JSON: {json_fault(error)}{where}")

    def _more(self) -> bool:
        """Read on, dropping what is taken; whether there was anything."""
        _ = self.line
        held = self._text[self._at :]
        self._at = self._counted = 0
        self._text = held
        while not self._ended:
            raw = self._stream.read(max(STEP, len(held)))
            self._ended = not raw
            if text := self._decoded(raw):
                self._text = held + text
                return True
        return False

    def _decoded(self, raw: bytes) -> str:
        try:
            return self._decoder.decode(raw, not raw)
        except UnicodeDecodeError:
            self._decoder.errors = "surrogateescape"  # from here on, each entry is searched for such bytes
            return self._decoder.decode(raw, not raw)
