"""Check a HAR and an NDJSON file of 2 GB, and print the memory and time that it takes.

    python tests/benchmarks/large.py                 both files, 2 GB each, in a temporary folder (some minutes)
    python tests/benchmarks/large.py --size 200 har  one of them, in megabytes

The exchanges are those of a small API, all different, every tenth broken. The check runs in a process of its own with one job, whose largest
resident memory is printed: it must stay within 300 MB whatever the size.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LIMIT = 300
_DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Large", "version": "1"},
    "servers": [{"url": "https://api.test"}],
    "paths": {
        "/things/{id}": {
            "get": {
                "operationId": "getThing",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {
                    "200": {
                        "description": "",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["id", "name"],
                "properties": {
                    "id": {"type": "integer"},
                    "name": {"type": "string"},
                    "items": {"type": "array", "items": {"type": "object", "properties": {"text": {"type": "string"}}}},
                },
            }
        }
    },
}


def body(number: int) -> str:
    """Return the body of a reply, each another one, and every tenth without its name."""
    thing: dict[str, Any] = {"id": number, "name": f"thing {number}", "items": [{"text": f"{number} {each} " + "x" * 60} for each in range(20)]}  # fmt: skip
    if number % 10 == 0:
        del thing["name"]
    return json.dumps(thing)


def lines(size: int) -> Iterator[str]:
    """Yield NDJSON up to a size."""
    written = number = 0
    while written < size:
        number += 1
        sent = {"method": "GET", "url": f"https://api.test/things/{number}", "headers": {}}
        received = {"status": 200, "headers": {"Content-Type": "application/json"}, "body": body(number)}
        line = json.dumps({"request": sent, "response": received}) + "\n"
        written += len(line)
        yield line


def entries(size: int) -> Iterator[str]:
    """Yield a HAR up to a size."""
    yield '{"log": {"version": "1.2", "creator": {"name": "large", "version": "1"}, "entries": ['
    written = number = 0
    while written < size:
        number += 1
        sent = {"method": "GET", "url": f"https://api.test/things/{number}", "httpVersion": "HTTP/1.1", "headers": []}
        headers = [{"name": "Content-Type", "value": "application/json"}]
        received = {
            "status": 200,
            "headers": headers,
            "content": {"mimeType": "application/json", "text": body(number)},
        }
        started = "2024-05-01T10:00:00Z"
        entry = json.dumps({"startedDateTime": started, "request": sent, "response": received})
        written += len(entry)
        yield entry if number == 1 else f",\n{entry}"
    yield "]}}"


KINDS = {"ndjson": lines, "har": entries}


def checked(kind: str, size: int, folder: Path) -> tuple[int, float, dict[str, Any]]:
    """Write a file of a size in bytes and check it; return the largest resident memory in megabytes, the seconds of CPU, and the report."""
    spec, file = folder / "large.json", folder / f"large.{kind}"
    spec.write_text(json.dumps(_DOCUMENT))
    with file.open("w") as stream:
        stream.writelines(KINDS[kind](size))
    command = [sys.executable, "-m", "dynclient", "check", str(file), "--spec", str(spec), "--jobs", "1", "--json"]
    with (folder / "report.json").open("w+") as report:
        program = subprocess.Popen([*command, "--fail-on", "never"], stdout=report)  # noqa: S603  our own
        _, status, usage = os.wait4(program.pid, 0)
        if status:
            raise SystemExit(f"the check failed: {status}")
        report.seek(0)
        found = json.load(report)
    file.unlink()
    return usage.ru_maxrss // 1024, usage.ru_utime + usage.ru_stime, found


def main() -> int:
    """Check the files, print figures, and return 1 where too much memory was needed."""
    parser = argparse.ArgumentParser(description="Check large files of recordings.")
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], metavar="KIND", help="har or ndjson; both by default")
    parser.add_argument("--size", type=int, default=2048, help="megabytes (2048)")
    arguments = parser.parse_args()
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind in arguments.kinds or KINDS:
            started = time.perf_counter()
            memory, seconds, report = checked(kind, arguments.size << 20, Path(folder))
            took = time.perf_counter() - started
            number = report["exchanges"]["judged"]
            print(f"{kind}: {arguments.size} MB, {number:,} exchanges: {memory} MB resident, {seconds:.0f} s of CPU ({took:.0f} s with writing it)", flush=True)  # fmt: skip
            worst = max(worst, memory)
    return int(worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
