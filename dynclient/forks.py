"""What a process that was forked must not share with its parent: connections, locks that another thread held, calls under way.

Two processes that write to one connection get each other's replies, and a lock that a thread of the parent held is never given
back in the child. So whatever keeps such things joins here and makes them anew in the child (Celery, gunicorn, multiprocessing).
"""

from __future__ import annotations

import os
from typing import Any, Protocol
from weakref import WeakSet


class Forkable(Protocol):
    """Something that a child process has to make anew."""

    def forked(self) -> None:
        """Forget, in the child, what is the parent's."""


_joined: WeakSet[Any] = WeakSet()
#: What a child must not destroy, as its destructors would speak on the parent's connections or wait for its threads.
_left: list[Any] = []


def join(thing: Forkable) -> None:
    """Let a thing make anew what it must not share, in each child of this process."""
    _joined.add(thing)


def leave(*things: Any) -> None:
    """Keep what is the parent's as it is, unused, until this process ends."""
    _left.extend(things)


def _in_child() -> None:
    for thing in list(_joined):
        thing.forked()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_in_child)
