"""The entries of a file that has a JSON value on each line, or values that take several lines, one after another."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from dynclient.spec.jsonvalue import json_fault
from dynclient.traffic.jsonentries import LARGEST_ENTRY, FileEntry, JsonText
from dynclient.traffic.recording import RecordedAt, RecordedFile

try:
    from jiter import from_json
except ImportError:  # no build for this Python
    from json import loads as from_json


def json_lines(file: RecordedFile, is_entry: Callable[[Any], bool]) -> Iterator[FileEntry]:
    """Yield the entries of a file.

    Args:
        file: The file.
        is_entry: Whether an object is an entry; used to go on behind a broken one where values take several lines.
    """
    with file.open() as stream:
        if _is_spread(file.head):
            yield from JsonText(stream, file.name).sequence(is_entry)
            return
        for line, raw in enumerate(iter(lambda: stream.readline(LARGEST_ENTRY + 1), b""), start=1):
            place = RecordedAt(file.name, line, line)
            if len(raw) > LARGEST_ENTRY:
                yield FileEntry(place, None, f"is larger than {LARGEST_ENTRY} bytes")
                while raw and not raw.endswith(b"\n"):
                    raw = stream.readline(LARGEST_ENTRY)  # noqa: PLW2901
            elif not raw.isspace():
                yield _entry(raw, place)


def _entry(raw: bytes, place: RecordedAt) -> FileEntry:
    try:
        return FileEntry(place, from_json(raw))
    except ValueError:
        pass  # `json` says what is wrong, and reads more
    try:
        return FileEntry(place, json.loads(raw.rstrip(b"\r\n")))
    except json.JSONDecodeError as error:
        is_cut = not raw.endswith(b"\n")
        return FileEntry(place, None, "the file ends inside it" if is_cut else f"is not JSON: {json_fault(error)}")
    except UnicodeDecodeError:
        return FileEntry(place, None, "is not UTF-8")
    except RecursionError:
        return FileEntry(place, None, "is nested too deeply")
    except ValueError:
        return FileEntry(place, None, "has a number with too many digits")


def _is_spread(head: bytes) -> bool:
    """Whether values take several lines."""
    first, _, rest = head.lstrip().partition(b"\n")
    return bool(rest) and first.rstrip() in (b"{", b"[")
