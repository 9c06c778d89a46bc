"""The entries of a file in JSON or YAML, each made into what it is: what the readers of both syntaxes have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from dynclient.traffic.assembly import EntryError
from dynclient.traffic.jsonentries import FileEntry, json_entries
from dynclient.traffic.recording import BrokenRecording, Recorded, RecordedAt, RecordedFile
from dynclient.traffic.sketch import sketch
from dynclient.traffic.yamlentries import yaml_entries


def read_entries(
    file: RecordedFile,
    path: Iterable[str],
    keys: Iterable[str],
    make: Callable[[Any, RecordedAt], Iterator[Recorded]],
) -> Iterator[Recorded]:
    """Yield what the entries of a list hold; a BrokenRecording for each that cannot be read.

    Args:
        file: The file, in JSON or YAML.
        path: The keys that lead to the list; none if the file is the list.
        keys: The keys with which an entry may begin.
        make: Makes the data of an entry into a recording; it may raise an EntryError.
    """
    for entry in entries_of(file, path, keys):
        yield from made(entry, make)


def made(entry: FileEntry, make: Callable[[Any, RecordedAt], Iterator[Recorded]]) -> Iterator[Recorded]:
    """Yield what an entry holds; a BrokenRecording if it cannot be read or understood."""
    if entry.trouble:
        yield BrokenRecording("recording/syntax", entry.trouble, entry.place)
        return
    try:
        yield from make(entry.value, entry.place)
    except EntryError as error:
        yield BrokenRecording("recording/entry", str(error), entry.place)
    except (TypeError, ValueError, AttributeError, LookupError, RecursionError) as error:
        yield BrokenRecording("recording/entry", f"not an exchange ({type(error).__name__})", entry.place)


def entries_of(file: RecordedFile, path: Iterable[str], keys: Iterable[str]) -> Iterator[FileEntry]:
    """Yield the entries of a list in a file, in JSON or YAML, as `read_entries` describes it."""
    is_json = sketch(file.head[:4096]).syntax in ("json", "lines")
    return (json_entries if is_json else yaml_entries)(file, path, keys)


def member(value: Any, name: str) -> Mapping[str, Any]:
    """Return the object under a name.

    Raises:
        EntryError: It is missing, or it is not an object.
    """
    found = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(found, Mapping):
        return found
    raise EntryError(f"the entry has no {name}" if found is None else f"the {name} is not an object")


def mapping(value: Any) -> Mapping[str, Any]:
    """Return an object, or an empty one in place of anything else."""
    return value if isinstance(value, Mapping) else {}


def array_of(value: Any) -> list[Any]:
    """Return a list, or an empty one in place of anything else."""
    return value if isinstance(value, list) else []


def string_of(value: Any) -> str:
    """Return a text, or "" in place of anything else."""
    return value if isinstance(value, str) else ""


def number_of(value: Any) -> float:
    """Return a number, or 0 in place of anything else."""
    return value if isinstance(value, int | float) else 0
