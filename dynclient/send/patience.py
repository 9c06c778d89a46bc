"""Waiting that a signal ends: for libraries whose calls let no signal through until they return.

Python runs the handlers of signals in the main thread, between its own steps. So the main thread lets another thread make the
call, and waits for it in a way that Ctrl-C ends. A call that is given up goes on in its thread until its time limit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

from dynclient import forks

_T = TypeVar("_T")


class _Helper:
    """A thread that makes one call at a time."""

    def __init__(self) -> None:
        self.work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        threading.Thread(target=self._serve, name="dynclient", daemon=True).start()

    def _serve(self) -> None:
        while True:
            self.work.get()()


class _Idle(list[_Helper]):
    """The helpers that have nothing to do; a child process has none of them."""

    __slots__ = ("__weakref__",)
    __hash__ = object.__hash__  # type: ignore[assignment]  # by identity

    def forked(self) -> None:
        self.clear()


_idle = _Idle()
forks.join(_idle)


def interruptible(function: Callable[..., _T], *args: Any) -> _T:
    """Call a function, in another thread if this is the main one, and return its result."""
    if threading.current_thread() is not threading.main_thread():
        return function(*args)
    results: list[_T] = []
    errors: list[BaseException] = []
    done = threading.Lock()
    done.acquire()

    def call() -> None:
        try:
            results.append(function(*args))
        except BaseException as error:  # noqa: BLE001  it is raised where it is waited for
            errors.append(error)
        finally:
            done.release()

    helper = _idle.pop() if _idle else _Helper()
    helper.work.put(call)
    done.acquire()  # a signal whose handler raises ends this, and the helper is not used again
    _idle.append(helper)
    if errors:
        raise errors[0]
    return results[0]
