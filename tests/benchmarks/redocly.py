"""Judge NDJSON with small bodies, and let Redocly's `drift` judge the same file: how many exchanges a second, and which planted defects each finds.

    npm install --prefix FOLDER @redocly/cli@2.77
    python tests/benchmarks/redocly.py FOLDER/node_modules/.bin/redocly
    python tests/benchmarks/redocly.py REDOCLY --small 5000 --large 20000 --rounds 3

The cost of an exchange is marginal: the difference between a large and a small file of the same traffic, so that starting Python or Node and
reading the document do not count. Node compiles code that runs often: below some 10,000 exchanges the figure is that of its warming up, which
flatters us, so both files must be larger; what a whole run costs is told beside it. The rounds are interleaved, and the median is told, with the lowest
and the highest ratio of a round. Wall time means little on a machine that does something else as well.

What is compared: one process each, all exchanges different and clean. Redocly runs its rules `schema-consistency` and `undocumented-endpoint`
and reads NDJSON as a stream; its rules for security are left out. We run with `--jobs 1`, and judge beside the same things credentials, media types,
undocumented and deprecated parts, recognise repeats, and count coverage, which Redocly does only with `--coverage`.

First, a small file shows that both do judge: it has exchanges with one defect each, and it is told which of them each finds. We must find all, and
must not accuse a clean one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

REACH = 2.0
_RULES = "schema-consistency,undocumented-endpoint"
_JSON = {"content-type": "application/json"}
_THING = {
    "type": "object",
    "required": ["id", "name", "kind"],
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "name": {"type": "string", "maxLength": 40},
        "kind": {"enum": ["large", "small"]},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}


def _body(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _reply(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"200": {"description": "", **_body(schema)}}


_REF = {"$ref": "#/components/schemas/Thing"}
_LIMIT = {"name": "limit", "in": "query", "required": True, "schema": {"type": "integer", "maximum": 1000}}
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1"},
    "servers": [{"url": "https://api.test"}],
    "paths": {
        "/things": {
            "get": {
                "operationId": "listThings",
                "parameters": [_LIMIT],
                "responses": _reply({"type": "array", "items": _REF}),
            },
            "post": {
                "operationId": "addThing",
                "requestBody": {"required": True, **_body(_REF)},
                "responses": _reply(_REF),
            },
        },
        "/things/{id}": {"get": {"operationId": "getThing", "parameters": [_ID], "responses": _reply(_REF)}},
    },
    "components": {"schemas": {"Thing": _THING}},
}


def thing(number: int) -> dict[str, Any]:
    """Return a thing that is as documented, another one for each number."""
    return {
        "id": number + 1,
        "name": f"thing {number}",
        "kind": "large" if number % 2 else "small",
        "tags": [f"tag {number % 7}"],
    }


def exchange(number: int) -> dict[str, Any]:
    """Return a clean exchange: of three operations in turn, with bodies of 70 to 150 bytes."""
    sent: dict[str, Any] = {"method": "GET", "url": f"https://api.test/things/{number + 1}", "headers": {}}
    received: Any = thing(number)
    if number % 3 == 1:
        sent |= {"url": f"https://api.test/things?limit={number % 1000}"}
        received = [thing(number), thing(number + 1)]
    elif number % 3 == 2:
        sent |= {"method": "POST", "url": "https://api.test/things", "headers": _JSON, "body": json.dumps(received)}
    return {"request": sent, "response": {"status": 200, "headers": _JSON, "body": json.dumps(received)}}


def _of(side: str, **changes: Any) -> Callable[[dict[str, Any]], None]:
    """Return what changes members of a body; those that are to be None are taken away."""

    def change(one: dict[str, Any]) -> None:
        body = json.loads(one[side]["body"]) | changes
        one[side]["body"] = json.dumps({name: value for name, value in body.items() if value is not None})

    return change


def _sent(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda one: one["request"].update(changes)


#: Planted defects: what is wrong, the kind of exchange (get, list, add), and what makes it so.
DEFECTS: Mapping[str, tuple[int, Callable[[dict[str, Any]], None]]] = {
    "reply: wrong type": (0, _of("response", name=5)),
    "reply: property missing": (0, _of("response", name=None)),
    "reply: below the minimum": (0, _of("response", id=-1)),
    "reply: not in the enum": (0, _of("response", kind="huge")),
    "reply: item of a wrong type": (0, _of("response", tags=[1])),
    "request body: wrong type": (2, _of("request", name=5)),
    "request body: property missing": (2, _of("request", kind=None)),
    "request body: missing": (2, _sent(body="")),
    "query: not an integer": (1, _sent(url="https://api.test/things?limit=many")),
    "query: above the maximum": (1, _sent(url="https://api.test/things?limit=5000")),
    "query: required, missing": (1, _sent(url="https://api.test/things")),
    "query: not documented": (1, _sent(url="https://api.test/things?limit=5&other=1")),
    "path: not an integer": (0, _sent(url="https://api.test/things/many")),
    "path: not documented": (0, _sent(url="https://api.test/nothing/1")),
    "method: not documented": (0, _sent(method="DELETE")),
    "status: not documented": (0, lambda one: one["response"].update(status=299)),
}


class Cost(NamedTuple):
    """What a run took, in seconds, and its largest resident memory in megabytes."""

    cpu: float
    wall: float
    memory: int


def write_lines(path: Path, exchanges: Iterator[Mapping[str, Any]]) -> None:
    """Write exchanges as NDJSON."""
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(each) + "\n" for each in exchanges)


def run(command: Sequence[str], output: Path) -> Cost:
    """Run a judge to its end.

    Raises:
        SystemExit: It neither succeeded nor said that there are findings.
    """
    started = time.perf_counter()
    with output.open("w", encoding="utf-8") as stream:
        program = subprocess.Popen(command, stdout=stream, stderr=subprocess.DEVNULL)  # noqa: S603  the user names it
        _, status, usage = os.wait4(program.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"{command[0]} failed: {os.waitstatus_to_exitcode(status)}")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss // 1024)


def ours(file: Path, spec: Path) -> list[str]:
    """Return the command that judges a file with this package."""
    return [sys.executable, "-m", "dynclient", "check", str(file), "--spec", str(spec), "--jobs", "1", "--json"]


def theirs(redocly: str, file: Path, spec: Path) -> list[str]:
    """Return the command that judges a file with Redocly."""
    rules = ["--rules", _RULES, "--traffic-format", "ndjson"]
    return [redocly, "drift", str(file), "--api", str(spec), "--format", "json", *rules]


def found_by_us(report: Mapping[str, Any]) -> set[int]:
    """Return the numbers of the exchanges, from 0, that our report names."""
    return {example["entry"] - 1 for finding in report["findings"] for example in finding["examples"]}


def found_by_them(report: Mapping[str, Any]) -> set[int]:
    """Return the numbers of the exchanges, from 0, that Redocly's report names."""
    return {problem["exchangeIndex"] for problem in report["problems"]}


def compare_defects(redocly: str, spec: Path, folder: Path) -> bool:
    """Print which planted defects each finds; return whether we find all and neither of us accuses a clean exchange."""
    file, output = folder / "defects.ndjson", folder / "report.json"
    exchanges = [exchange(number) for number in range(3 * len(DEFECTS) * 2)]
    planted = {}
    for index, (name, (kind, change)) in enumerate(DEFECTS.items()):
        planted[3 * index + kind] = name
        change(exchanges[3 * index + kind])
    write_lines(file, iter(exchanges))
    run(ours(file, spec), output)
    we = found_by_us(json.loads(output.read_text("utf-8")))
    run(theirs(redocly, file, spec), output)
    report = json.loads(output.read_text("utf-8"))
    they = found_by_them(report)
    print(f"{report['run']['totalExchanges']} exchanges read by Redocly, {len(exchanges)} written")
    for number, name in planted.items():
        print(f"  {name:32} dynclient {'finds' if number in we else 'MISSES':8} Redocly {'finds' if number in they else 'misses'}")  # fmt: skip
    for who, found in (("dynclient", we), ("Redocly", they)):
        if wrong := sorted(found - planted.keys()):
            print(f"  {who} accuses clean exchanges: {wrong}")
    return planted.keys() == we


def measure(redocly: str, spec: Path, folder: Path, sizes: tuple[int, int], rounds: int) -> float:
    """Print what an exchange costs with each; return how many times as many exchanges a second of CPU we judge."""
    files = [folder / f"{size}.ndjson" for size in sizes]
    for file, size in zip(files, sizes, strict=True):
        write_lines(file, map(exchange, range(size)))
    output = folder / "report.json"
    costs: dict[str, list[list[Cost]]] = {"dynclient": [], "Redocly": []}
    for _ in range(rounds):
        costs["dynclient"].append([run(ours(file, spec), output) for file in files])
        costs["Redocly"].append([run(theirs(redocly, file, spec), output) for file in files])
    more = sizes[1] - sizes[0]
    ratio = 0.0
    for what in ("cpu", "wall"):
        each = {
            who: [(getattr(large, what) - getattr(small, what)) / more for small, large in pairs]
            for who, pairs in costs.items()
        }
        for who, seconds in each.items():
            middle = statistics.median(seconds)
            print(f"{who:10} {what:5} {middle * 1e6:8.1f} us an exchange, {1 / middle:10,.0f} a second")
        ratios = [their / our for our, their in zip(each["dynclient"], each["Redocly"], strict=True)]
        found = statistics.median(ratios)
        print(f"  {what}: {found:.2f} x as many a second as Redocly ({min(ratios):.2f} to {max(ratios):.2f})")
        ratio = ratio or found
    for who, pairs in costs.items():
        for index, size in enumerate(sizes):
            whole = statistics.median(pair[index].cpu for pair in pairs)
            print(f"{who:10} {whole:6.2f} s of CPU for the whole run on {size:,} exchanges")
        print(f"{who:10} {max(large.memory for _, large in pairs)} MB with {sizes[1]:,} exchanges")
    return ratio


def version_of(program: str) -> str:
    """Return the version that a program prints."""
    ended = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603  as above
    return (ended.stdout.split() or ["?"])[-1]


def installed(redocly: str) -> str:
    """Return the path of Redocly's command line.

    Raises:
        SystemExit: It, or Node, is not there.
    """
    if shutil.which("node") is None:
        raise SystemExit(
            "node is missing: Redocly CLI is a program of Node.js, which comes with npm (https://nodejs.org)"
        )
    found = shutil.which(redocly)
    if found is None:
        raise SystemExit(
            f"{redocly} is not there: install it with `npm install --prefix FOLDER @redocly/cli@2.77`, "
            "and give FOLDER/node_modules/.bin/redocly as the argument"
        )
    return found


def main() -> int:
    """Compare, print, and return 1 where a defect is missed or the ratio is below what is to be reached."""
    parser = argparse.ArgumentParser(description="Compare judging NDJSON with Redocly's drift.")
    parser.add_argument("redocly", nargs="?", default="redocly", help="the path of the installed CLI")
    parser.add_argument("--small", type=int, default=10_000, help="exchanges in the small file (10000)")
    parser.add_argument("--large", type=int, default=100_000, help="exchanges in the large file (100000)")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    redocly = installed(arguments.redocly)
    print(f"Redocly CLI {version_of(redocly)}, Node {version_of('node')}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spec = folder / "things.json"
        spec.write_text(json.dumps(DOCUMENT))
        is_right = compare_defects(redocly, spec, folder)
        ratio = measure(redocly, spec, folder, (arguments.small, arguments.large), arguments.rounds)
    return int(not is_right or ratio < REACH)


if __name__ == "__main__":
    sys.exit(main())
