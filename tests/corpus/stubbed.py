"""Write the stubs of 2,639 public documents, and let mypy and pyright check them.

    python tests/corpus/stubbed.py                   all documents (half an hour on 2 cores)
    python tests/corpus/stubbed.py --sample 40       a seeded sample of documents
    python tests/corpus/stubbed.py --sample 300 --largest 20 --checker mypy      and the largest ones, by one checker
    python tests/corpus/stubbed.py --only github.com documents whose path contains a text

The documents are those of the survey. Stubs are checked in folders of a few hundred; each error of a checker is a line of the output.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # this folder is a package of the tests

from corpus.survey import corpus, default_cache

from dynclient.api.api import Api
from dynclient.opening import load
from dynclient.stubs.modules import stub_files

HOME = Path(__file__).parent.parent.parent
#: How many documents one run of a checker has.
TOGETHER = 200
MYPY = ["mypy", "--strict", "--config-file=", "--cache-dir", ".cache"]
PYRIGHT = ["basedpyright", "-p", ".", "--pythonpath", sys.executable]


def written(files: list[Path], folder: Path, counts: Counter[str]) -> None:
    """Write the stubs of documents."""
    for number, file in enumerate(files):
        api = Api.of(load(file))
        for path, text in stub_files(api, folder / f"stub_{number}.pyi").items():
            if path.suffix == ".pyi":
                path.write_text(f"# {file}\n{text}", "utf-8")
                counts["characters"] += len(text)
            else:
                compile(text, str(path), "exec")
        counts["documents"] += 1
        counts["operations"] += len(api.operations)


def checked(command: list[str], folder: Path) -> list[str]:
    """Return the errors of a checker."""
    environment = {**os.environ, "MYPYPATH": str(HOME), "NODE_OPTIONS": "--max-old-space-size=6000"}
    command = [sys.executable, "-m", *command]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  our own
    found = [line for line in done.stdout.splitlines() if "error" in line.partition(":")[2]]
    return found or ([done.stdout + done.stderr] if done.returncode else [])


def main() -> None:
    """Run the checkers and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int)
    parser.add_argument("--largest", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--checker", choices=[MYPY[0], PYRIGHT[0]])
    options = parser.parse_args()
    known = sorted(path for path in corpus(default_cache()).rglob("*.json") if options.only in str(path))
    files = known
    if options.sample:
        files = random.Random(2031).sample(known, options.sample)  # noqa: S311  repeatable
    largest = sorted(known, key=lambda path: path.stat().st_size)[len(known) - options.largest :]
    files = list(dict.fromkeys([*files, *largest]))
    counts: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for start in range(0, len(files), TOGETHER):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            began = time.perf_counter()
            written(files[start : start + TOGETHER], folder, counts)
            seconds["writing"] += int(time.perf_counter() - began)
            settings = {"extraPaths": [str(HOME)], "typeCheckingMode": "standard"}
            (folder / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
            for command in ([*MYPY, *(path.name for path in sorted(folder.glob("*.pyi")))], PYRIGHT):
                if options.checker not in (None, command[0]):
                    continue
                began = time.perf_counter()
                found = checked(command, folder)
                seconds[command[0]] += int(time.perf_counter() - began)
                counts[f"errors of {command[0]}"] += len(found)
                print("\n".join([f"{command[0]}, from {start}: {len(found)} errors", *found]), flush=True)
    for label, number in (*counts.items(), *((f"seconds of {label}", number) for label, number in seconds.items())):
        print(f"{number:12,}  {label}")


if __name__ == "__main__":
    main()
