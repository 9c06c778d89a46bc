"""How the benchmarks measure: side by side, in interleaved rounds, in processor time.

A figure is the median of one side's rounds over the median of the other's. The sides take turns, so that what the machine does
meanwhile falls on both. Processor time (user and system, of this process alone) does not count what other processes do.
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
    """What was measured.

    Attributes:
        ratio: One side over the other, each the median of its rounds.
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
    """The ratio of two sides that were measured round by round."""
    single = [our / their for our, their in zip(ours, theirs, strict=True)]
    return Figure(statistics.median(ours) / statistics.median(theirs), min(single), max(single))


def side_by_side(sides: Mapping[str, Callable[[], object]], rounds: int, calls: int) -> dict[str, list[float]]:
    """The processor time of each side in each round, after one round that does not count.

    Args:
        sides: What is called, by name.
        rounds: How many rounds count.
        calls: How often each side is called in a round.

    Returns:
        Seconds per call, by side, a number for each round.
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
    """What each program prints last, a number, in each round; every run is a process of its own.

    One run of each comes first that does not count: it leaves compiled modules and filled caches behind.

    Args:
        sides: The programs, by name.
        rounds: How many rounds count.
        settings: Environment variables beside those that are there.

    Raises:
        RuntimeError: A program failed; the message is what it wrote.
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
    """A program that prints the processor time of its middle part, in seconds."""
    lines = [before, "import gc, time", "gc.collect()", "started = time.process_time()", program]
    return "\n".join([*lines, "took = time.process_time() - started", after, "print(took)"])


def sized(before: str, program: str, after: str = "") -> str:
    """A program that prints how much memory the process holds after its middle part, in bytes."""
    lines = [before, program, "import gc", "gc.collect()", "from rounds import held", after, "print(held())"]
    return "\n".join(lines)


def grown(before: str, program: str, after: str = "") -> str:
    """A program that prints by how much the memory of the process grew in its middle part, in bytes, at least one."""
    start = [before, "import gc", "from rounds import held", "gc.collect()", "base = held()"]
    return "\n".join([*start, program, "gc.collect()", after, "print(max(held() - base, 1))"])


def held() -> int:
    """The memory that this process holds (resident), in bytes; where the system does not say it, the most that it ever held."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource  # not on every system

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def literal(value: object) -> str:
    """A value in a program's text."""
    return f"__import__('json').loads({json.dumps(value)!r})"
