"""Limits on a document, and JSON text to plain data within them.

jiter reads correct JSON several times faster than `json`. Whatever jiter refuses is read again by `json`, which says what is wrong and
where, so the messages are the same with and without it. jiter never accepts more than `json`, and its own limit of depth is the
default limit.
"""

from __future__ import annotations

import gc
import json
import marshal
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Any, NamedTuple

try:
    import jiter
except ImportError:  # there is no build for this platform
    jiter = None  # type: ignore[assignment]

#: The bytes of infinity, as `marshal` writes them; jiter reads a number that is too large as that.
_INFINITE = tuple(struct.pack("<d", number) for number in (inf, -inf))
#: How both begin.
_LARGE = _INFINITE[0][:7]

#: Returned for text that is not JSON, but may be YAML in flow style.
NOT_JSON = object()

_lock = threading.Lock()
_pausing = 0
_was_on = False


class Limits(NamedTuple):
    """Limits on a document.

    Attributes:
        size: Bytes of text: of each file, and of all files together that are fetched.
        depth: Levels of nesting.
        nodes: Values; an alias counts as often as it is used.
        fetches: Requests for files that the document refers to, redirects included.
        fetch_depth: Files on the way from the document to a file that is fetched.
        fetch_seconds: Seconds that all fetches together may take; one may take 30.
    """

    size: int = 256 * 1024 * 1024
    depth: int = 200
    nodes: int = 20_000_000
    fetches: int = 1000
    fetch_depth: int = 20
    fetch_seconds: float = 120.0


DEFAULT_LIMITS = Limits()


def raising(limit: str) -> str:
    """Say how a limit is raised.

    Args:
        limit: Its name, a field of `Limits`.
    """
    return f"limits=Limits({limit}=...) raises that"


class Unreadable(Exception):
    """Why a text cannot be read, and where, counted from 1.

    Attributes:
        message: What is wrong.
        line: The line.
        column: The column.
        keyword: The rule that is broken: `syntax`, `size`, `depth` ...
        hint: How the limit is raised that is exceeded, else "".
    """

    def __init__(
        self,
        message: str,
        line: int | None = None,
        column: int | None = None,
        keyword: str = "syntax",
        limit: str = "",
    ) -> None:
        super().__init__(message)
        self.hint = raising(limit) if limit else ""
        self.line = line
        self.column = column
        self.keyword = keyword

    def described(self, name: str) -> str:
        """The message with the place in front: `name:line:column: message`."""
        place = ":".join(str(part) for part in (name, self.line, self.column) if part is not None)
        return f"{place}: {self}"


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pause garbage collection while large documents are read, compiled as a whole, or compared.

    That makes only objects that stay, and every collection would walk all of them. Afterwards, gc.freeze() and gc.unfreeze() move
    the new objects to the oldest generation without a walk; this is left out where the program has frozen objects of its own.
    """
    global _pausing, _was_on  # noqa: PLW0603  one switch per process, like the collector itself
    with _lock:
        if _pausing == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _pausing += 1
    try:
        yield
    finally:
        with _lock:
            _pausing -= 1
            if _pausing == 0 and _was_on:
                if gc.get_freeze_count() == 0:
                    gc.freeze()
                    gc.unfreeze()
                gc.enable()


def quick(raw: bytes) -> Any:
    """Read JSON with jiter, within the default limit of depth; duplicate keys are refused.

    Args:
        raw: The text in UTF-8.

    Raises:
        ValueError: jiter refuses the text, or is not installed.
    """
    if jiter is None:
        raise ValueError("jiter is not installed")
    return jiter.from_json(raw, catch_duplicate_keys=True)


def quick_message(raw: bytes) -> Any:
    """Read JSON with jiter as a message carries it: numbers are finite; of members that share a name, the last one counts.

    Args:
        raw: The text in UTF-8.

    Raises:
        ValueError: jiter refuses the text, or is not installed, or a number is too large.
    """
    if jiter is None:
        raise ValueError("jiter is not installed")
    value = jiter.from_json(raw, allow_inf_nan=False, cache_mode="keys")  # it would keep texts, which may be secret
    written = marshal.dumps(value)  # shows the bytes of each float, much faster than a walk through the value
    if _LARGE in written and any(number in written for number in _INFINITE):
        raise ValueError("a number is too large")
    return value


def json_from_bytes(raw: bytes, limits: Limits) -> Any:
    """Read UTF-8 text; NOT_JSON when jiter refuses it.

    Raises:
        Unreadable: The data exceeds a limit.
    """
    try:
        data = quick(raw)
    except ValueError:
        return NOT_JSON
    if limits.depth < DEFAULT_LIMITS.depth or len(raw) > 2 * limits.nodes:  # a value takes two bytes at least
        check_limits(data, limits)
    return data


def json_from_text(text: str, limits: Limits, *, must: bool) -> Any:
    """Read JSON; NOT_JSON when it may still be YAML in flow style.

    Args:
        text: The text.
        limits: Limits on the data.
        must: Whether the text must be JSON, and not YAML.

    Raises:
        Unreadable: The text must be JSON and is not, or exceeds a limit.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise _DuplicateKeyError
        return found

    try:
        data = json.loads(text, object_pairs_hook=unique)
    except _DuplicateKeyError:
        return NOT_JSON  # the YAML reader names the line
    except RecursionError:
        raise too_deep(limits) from None
    except json.JSONDecodeError as error:
        if must:
            raise Unreadable(f"is not JSON: {json_fault(error)}", error.lineno, error.colno) from error
        return NOT_JSON
    except ValueError as error:
        raise Unreadable(f"contains a number with too many digits: {error}", keyword="size") from None
    check_limits(data, limits)
    return data


def json_fault(error: json.JSONDecodeError) -> str:
    """Say what is wrong with a JSON text; the place is the error's `lineno` and `colno`."""
    return _JSON_FAULTS.get(error.msg.partition(": ")[0].removesuffix(" at"), error.msg[:1].lower() + error.msg[1:])


_JSON_FAULTS = {
    "Expecting value": "a value is missing",
    "Expecting property name enclosed in double quotes": "a property name in double quotes is missing",
    "Expecting ',' delimiter": "a comma is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Extra data": "there is more after the value",
    "Invalid control character": "a text contains a control character",
    "Invalid \\escape": "a text contains an invalid escape",
    "Invalid \\uXXXX escape": "a text contains an invalid escape",
    "Unterminated string starting": "a text has no end",
    "Illegal trailing comma before end of array": "there is a comma before the end of an array",
    "Illegal trailing comma before end of object": "there is a comma before the end of an object",
    "Unexpected UTF-8 BOM (decode using utf-8-sig)": "there is a second byte order mark",
}


def check_limits(data: Any, limits: Limits) -> None:
    """Refuse data that is too large or nested too deeply, level by level.

    Raises:
        Unreadable: The data exceeds a limit.
    """
    level, nodes = [data], 0
    for depth in range(limits.depth + 2):
        level = [
            item
            for holder in level
            for item in (holder.values() if type(holder) is dict else holder if type(holder) is list else ())
        ]
        nodes += len(level)
        if nodes > limits.nodes:
            raise Unreadable(f"contains more than {limits.nodes} values", keyword="size", limit="nodes")
        if not level:
            return
        if depth >= limits.depth:
            raise too_deep(limits)


def too_deep(limits: Limits) -> Unreadable:
    """The error for data that is nested too deeply."""
    return Unreadable(f"is nested deeper than {limits.depth} levels", keyword="depth", limit="depth")


class _DuplicateKeyError(Exception):
    pass
