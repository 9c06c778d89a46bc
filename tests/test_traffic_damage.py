"""Damaged recordings and junk: nothing crashes, and an entry that is damaged takes none of its neighbours with it.

`DYNCLIENT_DAMAGES=1000 pytest tests/test_traffic_damage.py` tries so many of each.
"""

from __future__ import annotations

import gzip
import json
import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from recordings import RECORDINGS, everything, in_short
from test_traffic_mitmproxy import flow, tnetstring
from test_traffic_ndjson import KONG, ROW
from test_traffic_postman import collection, saved
from test_traffic_wiremock import mapping

from dynclient.traffic.recording import BrokenRecording, Recorded, Recording

COUNT = int(os.environ.get("DYNCLIENT_DAMAGES", "25"))
MARK = "MARK"


def _dumped(value: object, indent: int | None) -> bytes:
    return json.dumps(value, indent=indent).encode()


def _har(number: int, indent: int | None) -> bytes:
    found = json.loads(gzip.decompress((RECORDINGS / "chrome.har.gz").read_bytes()))["log"]["entries"][number + 2]
    found["request"]["url"] += f"#{number}"
    return _dumped(found, indent)


def _around(value: object, indent: int | None = None) -> tuple[bytes, bytes]:
    before, _, after = _dumped(value, indent).partition(f'"{MARK}"'.encode())
    return before, after


#: For each format: how its entry of a number is written, and what stands before, between and behind entries.
FORMATS: dict[str, tuple[Callable[[int], bytes], bytes, bytes, bytes]] = {}
for _indent in (None, 1):
    _name = " in lines" if _indent else ""
    _start, _end = _around(
        {"log": {"version": "1.2", "creator": {"name": "x"}, "entries": [MARK], "pages": []}}, _indent
    )
    FORMATS[f"HAR{_name}"] = (lambda number, indent=_indent: _har(number, indent)), _start, b",\n", _end
    _nock = {
        "scope": "https://api.test:443",
        "method": "GET",
        "body": "",
        "status": 200,
        "response": {"a": {"b": [1, "x{}"]}},
    }
    FORMATS[f"nock{_name}"] = (
        (lambda number, indent=_indent, base=_nock: _dumped({**base, "path": f"/pets#{number}"}, indent)),
        b"[",
        b",",
        b"]",
    )
    _start, _end = _around({"mappings": [MARK], "meta": {"total": 1}}, _indent)
    FORMATS[f"WireMock{_name}"] = (
        (lambda number, indent=_indent: _dumped(mapping({"url": f"/pets#{number}"}), indent)),
        _start,
        b", ",
        _end,
    )
    _start, _end = _around(collection(MARK, variable=[]), _indent)
    FORMATS[f"Postman{_name}"] = (
        (lambda number, indent=_indent: _dumped(saved(f"https://api.test/#{number}"), indent)),
        _start,
        b",",
        _end,
    )
FORMATS["NDJSON"] = (
    (lambda number: _dumped({**ROW, "request": {**ROW["request"], "url": f"https://api.test/#{number}"}}, None)),
    b"",
    b"\n",
    b"\n",
)  # type: ignore[dict-item]
FORMATS["Kong"] = (
    (lambda number: _dumped({**KONG, "request": {**KONG["request"], "url": f"https://api.test/#{number}"}}, None)),
    b"[",
    b",",
    b"]",
)  # type: ignore[dict-item]
FORMATS["mitmproxy"] = (lambda number: tnetstring(flow(request_path=f"/pets#{number}".encode()))), b"", b"", b""


def damaged(part: bytes, chance: random.Random, *, recoded: bool) -> bytes:
    """Some bytes with a damage: bits flipped, a piece cut, doubled or put in, or the whole in another encoding."""
    start = chance.randrange(len(part))
    end = min(len(part), start + chance.choice([1, 2, 20, 200]))
    match chance.randrange(6 if recoded else 5):
        case 0:
            return part[:start] + bytes([part[start] ^ 1 << chance.randrange(8)]) + part[start + 1 :]
        case 1:
            return part[:start] + part[end:]
        case 2:
            return part[:end] + part[start:]
        case 3:
            return (
                part[:start]
                + chance.choice([b'"', b"{", b"}", b"]", b"\\", b"\0", b"\xff\xfe", b"\n", b":", b",", b"9"])
                + part[start:]
            )
        case 4:
            return part[:start]
        case _:
            return part.decode("latin-1").encode(chance.choice(["utf-16", "utf-7", "cp037", "utf-32-be"]))


def crashes(found: list[Recorded]) -> list[str]:
    """What ended the reading of a file, rather than of an entry."""
    return [
        each.message
        for each in found
        if isinstance(each, BrokenRecording) and each.message.startswith("cannot be read")
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_entry_takes_no_other_with_it(tmp_path: Path, name: str) -> None:
    """Wherever the damage is, and whatever it is; but what follows a damaged length may be lost with it."""
    write, before, between, after = FORMATS[name]
    parts = [write(number) for number in range(5)]
    file = tmp_path / "a"
    whole = in_short(everything(file, before + between.join(parts) + after))
    assert len(whole) == 5
    chance = random.Random(name)  # noqa: S311  it is to repeat
    for _ in range(COUNT):
        number = chance.randrange(5)
        broken = damaged(parts[number], chance, recoded=number > 0)  # nothing is known of a file that begins so
        text = before + between.join([*parts[:number], broken, *parts[number + 1 :]]) + after
        found = everything(file, text)
        assert crashes(found) == []
        lost = Counter(whole[:number] + whole[number + 1 :]) - Counter(each for each in in_short(found))
        assert not lost, text


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_cut_keeps_its_whole_entries(tmp_path: Path, name: str) -> None:
    """All of those before the cut."""
    write, before, between, after = FORMATS[name]
    parts = [write(number) for number in range(4)]
    text = before + between.join(parts) + after
    whole = in_short(everything(tmp_path / "a", text))
    chance = random.Random(name)  # noqa: S311  it is to repeat
    for _ in range(COUNT):
        cut = chance.randrange(len(before) + len(parts[0]) + 1, len(text))
        kept = sum(len(before) + len(between.join(parts[:number])) <= cut for number in range(1, 5))
        found = everything(tmp_path / "a", text[:cut])
        assert (crashes(found), in_short(found)[:kept]) == ([], whole[:kept])


def test_junk_is_never_a_recording(tmp_path: Path) -> None:
    """Random bytes, texts and beginnings of recordings."""
    chance = random.Random(1)  # noqa: S311  it is to repeat
    heads = [before for _, before, _, _ in FORMATS.values()] + [b"", b"1:", b"[[", b'{"log":', b"- a\n", b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"\x78\x9c", b"interactions:\n- "]  # fmt: skip
    signs = [
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b":",
        b",",
        b"1",
        b"a",
        b"\\u",
        b"\n",
        b"-",
        b"\xff",
        b"\0",
        b"request",
        b"url",
        b"{{",
    ]
    for number in range(COUNT):
        body = chance.randbytes(300) if number % 2 else b"".join(chance.choices(signs, k=300))
        found = everything(tmp_path / "a", chance.choice(heads) + body)
        assert [each for each in found if isinstance(each, Recording)] == []
