"""Broken recordings: whatever is wrong with a file, it is a finding, and the entries beside the fault are read."""

from __future__ import annotations

import gzip
import io
import json
import random
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from dynclient.traffic.readers import read_recordings
from dynclient.traffic.recording import BrokenRecording, NoExchange, NoRecording, Recorded, Recording
from dynclient.traffic.sources import StoredFile

FOLDER = Path(__file__).parent / "data" / "recordings"
CASSETTES = sorted(
    path
    for path in FOLDER.iterdir()
    if path.stem.startswith(("vcrpy", "pytest", "ruby", "betamax", "go_vcr", "schema"))
)
#: Nobody waits longer for a file of a few kilobytes, not even on a busy machine.
SECONDS = 20


class Bytes:
    """A file that is kept in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def open(self) -> io.BytesIO:
        """Return the bytes."""
        return io.BytesIO(self._content)

    def beside(self, _: str) -> None:
        """Return nothing: nothing is kept beside it."""


def read(content: bytes) -> list[Recorded]:
    """Read a file; a reader that fails gives itself away in its messages."""
    started = time.monotonic()
    found = list(read_recordings(StoredFile("file", named=True, store=Bytes(content))))
    assert time.monotonic() - started < SECONDS
    texts = [item.message for item in found if isinstance(item, BrokenRecording)]
    assert not [text for text in texts if "not an exchange (" in text or "cannot be read: " in text], texts
    return found


def identity(item: Recorded) -> object:
    """Return what tells an entry from the others of its file."""
    if isinstance(item, NoExchange):
        return item.reason
    assert isinstance(item, Recording)
    request, response = item.exchange.request, item.exchange.response
    assert response is not None
    return request.method, request.url, request.body, response.status, response.content


def entries(found: list[Recorded]) -> list[Recorded]:
    """Return the entries that were read."""
    return [item for item in found if isinstance(item, Recording | NoExchange)]


def starts(path: Path, content: bytes, found: list[Recorded]) -> list[int]:
    """Return where the entries begin, and where the last one ends."""
    if path.suffix == ".json" and content.count(b"\n") < 3:
        text, places = content.decode("latin-1"), []
        place = text.index("[") + 1
        while text[place] != "]":
            place += len(text[place:]) - len(text[place:].lstrip(", \n"))
            places.append(place)
            _, place = json.JSONDecoder().raw_decode(text, place)
        return [*places, place]
    lines = [0]
    for line in content.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    return [*sorted({lines[item.place.line - 1] for item in found if item.place.line}), len(content)]


def mutations(content: bytes, chance: random.Random) -> Iterator[tuple[bytes, int, int]]:
    """Yield changed copies without end, each with the place of its change."""
    while True:
        start = chance.randrange(len(content))
        end = min(len(content), start + chance.randrange(1, 300))
        kind = chance.choice(["cut", "flip", "leave out", "overwrite"])
        if kind == "cut":
            yield content[:start], start, len(content)
        elif kind == "flip":
            flipped = bytes([content[start] ^ (1 << chance.randrange(8))])
            yield content[:start] + flipped + content[start + 1 :], start, start + 1
        elif kind == "leave out":
            yield content[:start] + content[end:], start, end
        else:
            end = min(end, start + 8)
            yield content[:start] + chance.randbytes(end - start) + content[end:], start, end


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.name)
def test_the_entries_beside_a_fault_are_read(path: Path) -> None:
    """A thousand changed recordings in all; an entry counts as changed if the mark in front of it is."""
    content = path.read_bytes()
    good = entries(read(content))
    places = starts(path, content, good)
    changed = mutations(content, random.Random(7))  # noqa: S311  the same in every run
    for _ in range(-(-1000 // len(CASSETTES))):
        broken, start, end = next(changed)
        found = Counter(map(identity, entries(read(broken))))
        if path.suffix == ".ndjson" or start < places[0] + 2:
            continue  # an event has many exchanges; and what tells the kind of the file stands before its first entry
        kept = [
            identity(item)
            for item, first, after in zip(good, places, places[1:], strict=False)
            if end < first - 1 or start > after
        ]
        assert not Counter(kept) - found, (start, end)


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.name)
def test_another_encoding_is_read_or_is_a_finding(path: Path) -> None:
    """UTF-16, with which PowerShell writes, and a byte order mark change nothing; Latin-1 costs the entries that need more than ASCII."""
    content = path.read_bytes()
    good = Counter(map(identity, entries(read(content))))
    text = content.decode()
    for encoded in (b"\xef\xbb\xbf" + content, text.encode("utf-16"), gzip.compress(content), zlib.compress(content)):
        assert Counter(map(identity, entries(read(encoded)))) == good
    latin = read(text.encode("latin-1", "replace"))
    lost = good - Counter(map(identity, entries(latin)))
    assert lost.total() <= sum(isinstance(item, BrokenRecording) for item in latin) + len(text.encode()) - len(text)


def junk(chance: random.Random) -> bytes:
    """Return a file that is no recording."""
    size = chance.randrange(3000)
    words = ["- ", "{", "}", "[", "]", '"', "'", ":", ",", "\n", "  ", "request", "uri", "interactions", "http_interactions",
             "&a ", "*a ", "!!binary ", "|\n", "log", "entries", "\\u", "1e999", "!<", "%YAML", "\t", "? ", "<<: "]  # fmt: skip
    kind = chance.randrange(6)
    if kind == 0:
        return chance.randbytes(size)
    if kind == 1:
        return "".join(chance.choices(words, k=size // 4)).encode()
    if kind == 2:
        return chance.choice(
            [b"\x1f\x8b\x08", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"\x78\x9c", b"\xff\xfe", b"\xef\xbb\xbf"]
        ) + chance.randbytes(size)
    if kind == 3:
        return chance.choice([b"[", b'{"a":', b"- ", b"? ", b"{", b"a: &a [", b"interactions: ["]) * size
    if kind == 4:
        return gzip.compress(chance.randbytes(size))[: size // 2 + 5]
    head = chance.choice(["interactions:\n", "http_interactions:\n", '{"interactions": [', '{"http_interactions": ['])
    return (head + "uri: request: " + "".join(chance.choices(words, k=size // 4))).encode()


@pytest.mark.parametrize("seed", range(10))
def test_junk_is_a_finding(seed: int) -> None:
    """A thousand files in all: nothing is raised, and nothing is read from them."""
    chance = random.Random(seed)  # noqa: S311  the same in every run
    for _ in range(100):
        found = list(read_recordings(StoredFile("file", named=True, store=Bytes(junk(chance)))))
        assert found
        assert all(isinstance(item, BrokenRecording) for item in found)
        assert not [item for item in found if "not an exchange (" in getattr(item, "message", "")]


def test_junk_in_a_folder_is_skipped() -> None:
    """A file that the user did not name need not be a recording."""
    file = StoredFile("file", named=False, store=Bytes(b"hello"))
    assert [type(item) for item in read_recordings(file)] == [NoRecording]


def test_aliases_that_explode_are_a_finding() -> None:
    """A few lines stand for more values than memory has."""
    lines = ["- &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    bomb = "\n".join(f"      {line}" for line in lines)
    good = "- request: {method: GET, uri: http://h/}\n  response: {status: {code: 200}}\n"
    text = f"interactions:\n- request:\n    method: GET\n    uri: http://h/\n    parsed_body:\n{bomb}\n  response: {{status: 200}}\n{good}"
    found = read(text.encode())
    assert [type(item) for item in found] == [BrokenRecording, Recording]
    assert "aliases" in getattr(found[0], "message", "")
