"""JSON text to plain data, as Python's own reader gives it, by a faster one where that has a build.

jiter reads what is right; whatever it refuses is read again by `json`, which says what is wrong and where, so that the messages are
always the same ones. It never accepts more than `json` does, and its own limit of depth is the usual limit.
"""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dynclient.spec.limits import DEFAULT_LIMITS, Limits, refuse

try:
    import jiter
except ImportError:  # no build for this platform
    jiter = None  # type: ignore[assignment]

#: What is no JSON, but may be YAML in flow style.
NOT_JSON = object()

_lock = threading.Lock()
_pausing = 0
_was_on = False


@contextmanager
def collection_paused() -> Iterator[None]:
    """No garbage collection while a large document is read: it only makes things that stay, and each run walks all of them.

    What was made meanwhile goes to the oldest generation at once, as if it had been looked at: a freeze followed by its end does
    that without a walk. Where the program has frozen objects of its own, that is left out.
    """
    global _pausing, _was_on  # noqa: PLW0603  one switch per process, as the collector's own
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
    """Plain data from UTF-8 text that is JSON within the usual limit of depth, without a key twice.

    Raises:
        ValueError: It is not, or the fast reader is not installed.
    """
    if jiter is None:
        raise ValueError("the fast reader is not installed")
    return jiter.from_json(raw, catch_duplicate_keys=True)


def from_bytes(name: str, raw: bytes, limits: Limits) -> Any:
    """Plain data from UTF-8 text, or NOT_JSON when the fast reader refuses it."""
    try:
        data = quick(raw)
    except ValueError:
        return NOT_JSON
    if limits.depth < DEFAULT_LIMITS.depth or len(raw) > 2 * limits.nodes:  # a value takes two bytes at least
        check_limits(name, data, limits)
    return data


def from_text(name: str, text: str, limits: Limits) -> Any:
    """Plain data from JSON, or NOT_JSON when it may still be YAML in flow style.

    Raises:
        SpecError: It is broken JSON in a file that is called so, or breaks a limit.
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
        raise refuse(name, f"is nested deeper than {limits.depth} levels", keyword="depth") from None
    except json.JSONDecodeError as error:
        if name.endswith(".json"):
            raise refuse(name, error.msg, error.lineno, error.colno) from error
        return NOT_JSON
    except ValueError as error:
        raise refuse(name, f"holds a number that is too long: {error}", keyword="size") from None
    check_limits(name, data, limits)
    return data


def check_limits(name: str, data: Any, limits: Limits) -> None:
    """Refuse data that is nested too deeply or too large, level by level."""
    level, nodes = [data], 0
    for depth in range(limits.depth + 2):
        level = [
            item
            for holder in level
            for item in (holder.values() if type(holder) is dict else holder if type(holder) is list else ())
        ]
        nodes += len(level)
        if nodes > limits.nodes:
            raise refuse(name, f"holds more than {limits.nodes} values", keyword="size")
        if not level:
            return
        if depth >= limits.depth:
            raise refuse(name, f"is nested deeper than {limits.depth} levels", keyword="depth")


class _DuplicateKeyError(Exception):
    pass
