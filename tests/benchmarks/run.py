"""The benchmarks: the cost of a call, an import and a document, compared with doing the same by hand.

    python tests/benchmarks/run.py                   every row but the slowest, as a table (a few minutes)
    python tests/benchmarks/run.py --slow            every row
    python tests/benchmarks/run.py --only building   one row; may be repeated
    python tests/benchmarks/run.py --slow --markdown the table of docs/benchmarks.md

Figures are ratios of CPU time, measured side by side in one run: the median of interleaved rounds, and in brackets the lowest and the
highest ratio of a single round. Servers run in their own process, which does not count. Imports, documents and memory are measured in
fresh processes with compiled modules. No test depends on a time.

The public documents are those of `tests/corpus/survey.py`, which npm downloads once into a cache folder outside the repository. Their
YAML is written there as well. `aiohttp`, `httpx2` and `pyreqwest` are measured if they are installed.
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
    """Return the downloaded public documents by name."""
    folder = default_cache() / f"{PACKAGE}-{VERSION}" / "package" / "api"
    found = {name: Opened(folder / file, *call) for name, (file, *call) in PUBLIC.items()}
    return {name: opened for name, opened in found.items() if opened.path.is_file()}


def cells(row: Row, line: Line) -> tuple[str, str, str, str, str]:
    """Return a line of the table as texts."""
    return line.what, line.against, f"<= {line.reach:g} x" if line.reach else "", str(line.figure), bound(row)


def conditions() -> str:
    """Return the versions of Python and the libraries."""
    known = [f"{platform.python_implementation()} {platform.python_version()}"]
    for name in _LIBRARIES:
        try:
            known.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(known)


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="Measure the cost of dynclient and print a table.")
    parser.add_argument("--only", action="append", choices=ROWS, metavar="ROW", help=f"one of {', '.join(ROWS)}")
    parser.add_argument("--rounds", type=int, default=9, help="interleaved rounds (9)")
    parser.add_argument("--calls", type=int, default=300, help="calls in a round (300)")
    parser.add_argument("--slow", action="store_true", help="also measure what takes more than a few minutes")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    arguments = parser.parse_args()
    progress = Console(stderr=True)
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        dumps = default_cache() / f"yaml-{VERSION}"
        setting = Setting(arguments.rounds, arguments.calls, Path(folder), public(), dumps, arguments.slow)
        for row, line in measured(arguments.only or list(ROWS), setting):
            progress.print(f"{line.what}: {line.figure}", highlight=False, markup=False)
            lines.append(cells(row, line))
    show(lines, markdown=arguments.markdown)
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
