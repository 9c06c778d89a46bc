"""The pace of a client: whose turn it is to send, and what replies say of the pace that a server allows."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from math import inf
from time import perf_counter, time

from dynclient import forks, lazy
from dynclient.exchange import Headers
from dynclient.retries import Throttle

#: An item of the RateLimit field (draft-ietf-httpapi-ratelimit-headers): a policy's name, and its parameters.
_ITEM = lazy.pattern(r'(?:"(?:[^"\\]|\\.)*"|[^\s,;"]+)((?:\s*;\s*[a-z]+=(?:"(?:[^"\\]|\\.)*"|[^\s,;"]*))*)')
_NUMBER = lazy.pattern(r"\A\s*(\d+(?:\.\d+)?)")
#: A reset of so many seconds is a date, in seconds since 1970.
_DATE = 1e9
_PREFIXES = ("RateLimit", "X-RateLimit", "X-Rate-Limit")


class Pace:
    """Who may send, and when. It may be shared between threads and event loops.

    Args:
        throttle: The limits.
    """

    def __init__(self, throttle: Throttle) -> None:
        self._distance = 1 / throttle.per_second if throttle.per_second else 0.0
        self._places = inf if throttle.at_once is None else throttle.at_once
        self._next = 0.0
        self.forked()
        forks.join(self)

    def forked(self) -> None:
        """Begin anew: nobody of the parent process sends here."""
        self._free = self._places
        self._waiting: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()

    def enter(self, ready: Callable[[], None]) -> bool:
        """Take a place among those who send; when there is none, return False, and call `ready` when one was taken for it."""
        with self._lock:
            if self._free >= 1:
                self._free -= 1
                return True
            self._waiting.append(ready)
            return False

    def leave(self) -> None:
        """Give a place back: to who waits longest."""
        with self._lock:
            ready = self._waiting.popleft() if self._waiting else None
            self._free += ready is None
        if ready is not None:
            ready()

    def abandon(self, ready: Callable[[], None]) -> None:
        """Wait no longer."""
        with self._lock:
            waits = ready in self._waiting
            if waits:
                self._waiting.remove(ready)
        if not waits:  # it has been given a place meanwhile
            self.leave()

    def reserve(self) -> float:
        """Take the next moment to send, and return in how many seconds it comes."""
        with self._lock:
            now = perf_counter()
            moment = max(now, self._next)
            self._next = moment + self._distance
            return moment - now

    def note(self, headers: Headers, most: float) -> None:
        """Hold the next request back, for so many seconds at most, when a reply says that nothing is left."""
        pause = allowed_again(headers) if self._distance else None
        if pause is not None:
            with self._lock:
                self._next = max(self._next, perf_counter() + min(pause, most))


def allowed_again(headers: Headers) -> float | None:
    """In how many seconds the next request is allowed, by the RateLimit fields of a reply that say that nothing is left; None without them.

    >>> allowed_again(Headers({"RateLimit": '"burst";r=5;t=1, "daily";r=0;t=30'}))
    30.0
    >>> allowed_again(Headers({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "7"}))
    7.0
    """
    lowered = headers.lowered
    pauses = [_spent(part[1]) for part in _ITEM.finditer(lowered.get("ratelimit", ""))]
    for prefix in _PREFIXES:
        left, reset = (_number(headers.get(f"{prefix}-{name}")) for name in ("Remaining", "Reset"))
        if left == 0 and reset is not None:
            pauses.append(max(reset - time(), 0.0) if reset > _DATE else reset)
    return max((pause for pause in pauses if pause is not None), default=None)


def _spent(parameters: str) -> float | None:
    """When a policy of which nothing is left (`r`) is reset (`t`)."""
    named = dict(part.strip().split("=", 1) for part in parameters.split(";") if "=" in part)
    return _number(named.get("t")) if _number(named.get("r")) == 0 else None


def _number(text: str | None) -> float | None:
    found = _NUMBER.match(text) if text is not None else None
    return float(found[1]) if found is not None else None
