"""The benchmarks: what a call, an import and a document cost, each against what it would cost by hand.

    python tests/benchmarks/run.py                   every row but the slowest, as a table (some minutes)
    python tests/benchmarks/run.py --slow            every row
    python tests/benchmarks/run.py --only building   one row; again for several
    python tests/benchmarks/run.py --slow --markdown the table of the README

Figures are ratios of processor time, measured side by side in one run: medians of interleaved rounds, and in brackets the lowest and
the highest ratio of a single round. Servers run in a process of their own, which does not count. Imports, documents and memory are
measured in fresh processes with compiled modules. Nothing depends on these figures: no test looks at a time.

The public documents are those of `tests/corpus/survey.py`, which npm fetches once into a cache folder outside the repository; their
YAML is written there too. `aiohttp`, `httpx2` and `pyreqwest` are measured where they are installed.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # the survey knows where the public documents are

from corpus.survey import PACKAGE, VERSION, default_cache
from rich.console import Console
from rich.table import Table
from rows import PUBLIC, ROWS, Line, Opened, Row, Setting, bound, measured

_HEADINGS = ("what", "against", "to reach", "measured", "bounded by")
_LIBRARIES = ("requests", "jsonschema-rs", "PyYAML", "pyreqwest", "httpx2", "aiohttp")


def public() -> dict[str, Opened]:
    """The public documents that were fetched, by name."""
    folder = default_cache() / f"{PACKAGE}-{VERSION}" / "package" / "api"
    found = {name: Opened(folder / file, *call) for name, (file, *call) in PUBLIC.items()}
    return {name: opened for name, opened in found.items() if opened.path.is_file()}


def cells(row: Row, line: Line) -> tuple[str, str, str, str, str]:
    """A line of the table as texts."""
    return line.what, line.against, f"<= {line.reach:g} x" if line.reach else "", str(line.figure), bound(row)


def conditions() -> str:
    """What the figures were measured with."""
    known = [f"{platform.python_implementation()} {platform.python_version()}"]
    for name in _LIBRARIES:
        try:
            known.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(known)


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="Measure what dynclient costs, and print the table.")
    parser.add_argument("--only", action="append", choices=ROWS, metavar="ROW", help=f"one of {', '.join(ROWS)}")
    parser.add_argument("--rounds", type=int, default=9, help="interleaved rounds (9)")
    parser.add_argument("--calls", type=int, default=300, help="calls in a round (300)")
    parser.add_argument("--slow", action="store_true", help="measure what takes more than some minutes, too")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    given = parser.parse_args()
    progress = Console(stderr=True)
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        dumps = default_cache() / f"yaml-{VERSION}"
        setting = Setting(given.rounds, given.calls, Path(folder), public(), dumps, given.slow)
        for row, line in measured(given.only or list(ROWS), setting):
            progress.print(f"{line.what}: {line.figure}", highlight=False, markup=False)
            lines.append(cells(row, line))
    show(lines, markdown=given.markdown)
    return 0


def show(lines: list[tuple[str, str, str, str, str]], *, markdown: bool) -> None:
    """Print the table."""
    if markdown:
        print("| " + " | ".join(_HEADINGS) + " |\n|---|---|---|---|---|")
        print("\n".join("| " + " | ".join(line) + " |" for line in lines))
        print(f"\n{conditions()}.")
        return
    table = Table(*_HEADINGS, caption=conditions(), show_lines=True)
    for line in lines:
        table.add_row(*line)
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
