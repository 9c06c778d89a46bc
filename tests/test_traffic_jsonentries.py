"""JSON in steps: every entry of a list, the faults beside them, and no more than one entry held."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import pytest

from dynclient.traffic import jsonentries
from dynclient.traffic.jsonentries import JsonText

ENTRIES = [{"n": number, "request": {"a": [1, {}]}, "text": '{"request":{}} "entries":['} for number in range(1, 6)]
DOCUMENT = {
    "log": {"pages": [{"title": '"entries":[{'}], "entries": ENTRIES, "creator": {"name": "x"}},
    "entries": "of another place",
}
TEXT = json.dumps(DOCUMENT, indent=1)


def is_entry(value: Any) -> bool:
    """Whether it is one of the entries."""
    return isinstance(value, dict) and "request" in value


def read(text: str | bytes) -> list[int | str]:
    """The numbers of the entries that are read, and the troubles of those that are not."""
    raw = text if isinstance(text, bytes) else text.encode()
    entries = JsonText(io.BytesIO(raw), "file").entries(("log", "entries"), is_entry)
    return [entry.trouble or entry.value["n"] for entry in entries]


@pytest.fixture(params=[1, 7, 4096])
def step(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read so many bytes at a time."""
    monkeypatch.setattr(jsonentries, "STEP", request.param)


@pytest.mark.usefixtures("step")
def test_the_list_is_found_by_its_place_and_not_by_its_name() -> None:
    """The name also stands in a title, in a text and elsewhere; the list is not the last member."""
    assert read(TEXT) == [1, 2, 3, 4, 5]
    assert read(json.dumps(DOCUMENT)) == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("step")
@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('"n": 3', '"n": 3x', [1, 2, "is not JSON: a comma is missing, 2 lines down", 4, 5]),
        ('"n": 3', '"n": "3', [1, 2, "is not JSON: a text contains a control character, 2 lines down", 4, 5]),
        ('"n": 3', '"n": "\udcff"', [1, 2, "is not UTF-8", 4, 5]),
        ('  },\n   {\n    "n": 3', '  }]\n   {\n    "n": 3', [1, 2, "is not JSON: '}' is missing", 3, 4, 5]),
        ('"pages"', "pages", ["is not JSON: a value is missing", 1, 2, 3, 4, 5]),
        ('"pages"', "7", ["has a member without a name", 1, 2, 3, 4, 5]),
    ],
)
def test_a_fault_costs_one_entry(old: str, new: str, found: list[Any]) -> None:
    """Wherever it is: inside an entry, between two, or before the list."""
    spaced = TEXT.replace("   },\n   {", "  },\n   {")
    assert old in spaced
    assert read(spaced.replace(old, new).encode("utf-8", "surrogateescape")) == found


@pytest.mark.usefixtures("step")
def test_a_file_that_ends_too_early_keeps_what_is_whole() -> None:
    """The entry that is cut is said to be."""
    assert read(TEXT[: TEXT.index('"n": 4')]) == [1, 2, 3, "the file ends inside it"]
    assert read(TEXT[: TEXT.index('"creator"')]) == [1, 2, 3, 4, 5, "the file ends inside it"]
    assert read("") == ["the file ends too early"]


def test_the_line_of_an_entry_is_known() -> None:
    """In a file of one line, its number says more."""
    places = [[str(entry.place) for entry in JsonText(io.BytesIO(text.encode()), "file").entries(("log", "entries"), is_entry)] for text in (TEXT, json.dumps(DOCUMENT))]  # fmt: skip
    assert places[0][:2] == ["file:9", "file:19"]
    assert TEXT.splitlines()[8].strip() == "{"
    assert places[1][:2] == ["file#1", "file#2"]


def test_members_on_the_way_are_kept_if_asked() -> None:
    """A HAR says who wrote it."""
    text = JsonText(io.BytesIO(TEXT.encode()))
    list(text.entries(("log", "entries"), is_entry, keep=("creator",)))
    assert text.kept == {"creator": {"name": "x"}}


@pytest.mark.parametrize(
    "junk", [b"[" * 100_000, b'{"a":' * 100_000, b"{" * 100_000, b'{"log":{"entries":[' + b'{"a":[' * 50_000]
)
def test_nesting_without_end_is_refused(junk: bytes) -> None:
    """It crashes nothing."""
    assert all(isinstance(each, str) for each in read(junk))


def test_an_entry_that_is_too_large_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """And those beside it are read."""
    monkeypatch.setattr(jsonentries, "STEP", 64)
    monkeypatch.setattr(jsonentries, "LARGEST_ENTRY", 1000)
    large = {"n": 0, "request": {}, "text": "x" * 5000}
    document = {"log": {"entries": [ENTRIES[0], large, ENTRIES[1]]}}
    assert read(json.dumps(document)) == [1, "is larger than 1000 characters", 2]


class Endless(io.RawIOBase):
    """A recording of so many equal entries, made while it is read; it counts what is read."""

    def __init__(self, count: int) -> None:
        entry = json.dumps({"n": 1, "request": {}, "text": "0" * 100_000}).encode()
        self.parts = iter([b'{"log":{"entries":[', *[entry + b","] * (count - 1), entry, b"]}}"])
        self.rest = b""
        self.total = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return at most so many bytes."""
        while len(self.rest) < size and (part := next(self.parts, b"")):
            self.rest += part
        found, self.rest = self.rest[:size], self.rest[size:]
        self.total += len(found)
        return found


def test_a_large_file_is_read_in_the_memory_of_a_few_entries() -> None:
    """200 MB of it, of which no more than 8 MB are held at once."""
    stream = Endless(2000)
    tracemalloc.start()
    try:
        count = sum(1 for _ in JsonText(stream).entries(("log", "entries"), is_entry))  # type: ignore[arg-type]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (count, stream.total > 200_000_000) == (2000, True)
    assert peak < 8_000_000
