"""How the benchmarks measure: side by side, in interleaved rounds, in CPU time.

A figure is the median of one side divided by the median of the other. The sides take turns, so other load on the machine affects both.
CPU time (user and system, of this process only) does not count the work of other processes.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

SECONDS = 600


class Figure(NamedTuple):
    """The result of a measurement.

    Attributes:
        ratio: The median of one side divided by the median of the other.
        low: The lowest ratio of a single round.
        high: The highest ratio of a single round.
    """

    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        digits = 3 if self.ratio < 0.1 else 2
        return f"{self.ratio:.{digits}f} x ({self.low:.{digits}f} to {self.high:.{digits}f})"


def figure(ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    """Return the ratio of two sides that were measured round by round."""
    single = [our / their for our, their in zip(ours, theirs, strict=True)]
    return Figure(statistics.median(ours) / statistics.median(theirs), min(single), max(single))


def side_by_side(sides: Mapping[str, Callable[[], object]], rounds: int, calls: int) -> dict[str, list[float]]:
    """Measure the CPU time of each side in each round, after one round that does not count.

    Args:
        sides: The functions to call, by name.
        rounds: The number of rounds that count.
        calls: The number of calls of each side in a round.

    Returns:
        The seconds per call of each round, by side.
    """
    took: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds + 1):
        for name, call in sides.items():
            gc.collect()
            started = time.process_time()
            for _ in range(calls):
                call()
            took[name].append((time.process_time() - started) / calls)
    return {name: times[1:] for name, times in took.items()}


def in_fresh_processes(
    sides: Mapping[str, str], rounds: int, settings: Mapping[str, str] | None = None
) -> dict[str, list[float]]:
    """Run each program in a fresh process in each round, and return the number that it prints last.

    The first run of each does not count: it compiles modules and fills caches.

    Args:
        sides: The programs, by name.
        rounds: The number of rounds that count.
        settings: Additional environment variables.

    Raises:
        RuntimeError: A program failed; the message is the last line of its error output.
    """
    environment = {**os.environ, "PYTHONHASHSEED": "0", **(settings or {})}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds + 1):
        for name, program in sides.items():
            found[name].append(_number(program, environment))
    return {name: numbers[1:] for name, numbers in found.items()}


def _number(program: str, environment: Mapping[str, str]) -> float:
    done = subprocess.run(  # noqa: S603  our own programs
        [sys.executable, "-c", program],
        capture_output=True, text=True, timeout=SECONDS, env=environment, check=False, cwd=Path(__file__).parent,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "a process failed")
    return float(done.stdout.split()[-1])


def timed(before: str, program: str, after: str = "") -> str:
    """Return a program that prints the CPU time of its middle part in seconds."""
    lines = [before, "import gc, time", "gc.collect()", "started = time.process_time()", program]
    return "\n".join([*lines, "took = time.process_time() - started", after, "print(took)"])


def sized(before: str, program: str, after: str = "") -> str:
    """Return a program that prints the memory of the process after its middle part in bytes."""
    lines = [before, program, "import gc", "gc.collect()", "from rounds import held", after, "print(held())"]
    return "\n".join(lines)


def grown(before: str, program: str, after: str = "") -> str:
    """Return a program that prints the growth of memory in its middle part in bytes, at least one."""
    start = [before, "import gc", "from rounds import held", "gc.collect()", "base = held()"]
    return "\n".join([*start, program, "gc.collect()", after, "print(max(held() - base, 1))"])


def held() -> int:
    """Return the resident memory of this process in bytes, or its maximum if the system does not report the current value."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource  # not on every system

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def literal(value: object) -> str:
    """Return a value as an expression for a program's text."""
    return f"__import__('json').loads({json.dumps(value)!r})"
