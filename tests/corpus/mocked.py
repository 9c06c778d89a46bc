"""The sweep of the mock: call every operation of public documents on it, and judge the replies.

    python tests/corpus/mocked.py                          400 documents, chosen by the seed
    python tests/corpus/mocked.py --sample 40 --seed 7     another sample
    python tests/corpus/mocked.py --only github.com        the documents whose path contains a text

The documents are those of the survey. Each is served on 127.0.0.1; `requests` sends each operation a request with the required arguments and
one with all of them. A reply must have a documented status of success (2xx, a redirect or `default`; any documented one where there is none of
these). `read` judges its body, and openapi-core each n-th one, if the document's rules (`rules.py`) do not say that it cannot. At least 99 % of the
requests must succeed, and none gets a 500, less those for which the document is at fault by a rule of `FAULTS`.
"""

from __future__ import annotations

import argparse
import collections
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent))  # this folder is a package of the tests

from corpus.rules import FAULTS, REPLY_REFUSALS, other_match
from corpus.survey import corpus, default_cache, table
from corpus.visit import Counts, Failures, NoValueError, Surveyor, limited, made

#: A document that takes longer is left.
_SECONDS = 120.0


def sweep_document(task: tuple[str, str, int]) -> tuple[Counts, Failures]:
    """Return the counts and failures of one document.

    Args:
        task: The folder, the file, and n: openapi-core judges each n-th reply.
    """
    folder, file, judged = task
    warnings.simplefilter("ignore")
    counts: Counts = collections.Counter()
    failures: Failures = []
    if not limited(_SECONDS, lambda: _Sweeper(Path(folder), file, counts, failures, judged).serve()):
        counts["out of time"] += 1
        failures.append({"document": file, "cause": "out of time", "what": ""})
    return counts, failures


class _Sweeper(Surveyor):
    """Calls the operations of one document on its mock."""

    def serve(self) -> None:
        import requests

        import dynclient
        from dynclient.errors import SpecError
        from dynclient.mock import Mock

        try:
            document = dynclient.load(self.folder / self.file)
        except SpecError as error:
            self.fail("load", error)
            return
        self.counts["documents"] += 1
        self.document = document
        with Mock(document) as mock, requests.Session() as session:
            session.trust_env = False
            session.headers.clear()
            self.mock, self.session = mock, session
            for operation in mock._responder.api.operations.operations:
                for full in (False, True):
                    try:
                        self.call(operation, full=full)
                    except SpecError as error:
                        self.refused_by_rule(operation, error)

    def refused_by_rule(self, operation: Any, error: Any) -> None:
        keyword = error.problems[0].keyword if error.problems else ""
        self.fail(f"document at fault: {keyword}" if keyword in FAULTS else f"refused: {keyword}", error, operation.key)

    def call(self, operation: Any, *, full: bool) -> None:
        import requests

        found = self.prepared(operation, full=full, kind=None)
        if found is None or found.request is None:
            return
        request = found.request
        parts, server = urlsplit(request.url), urlsplit(self.mock.url)
        url = parts._replace(netloc=server.netloc).geturl()
        size = "full" if full else "minimal"
        try:
            reply = self.session.request(
                request.method,
                url,
                headers=dict(request.headers.fields),
                data=request.content or None,
                allow_redirects=False,
                timeout=60,
            )
        except requests.RequestException as error:
            self.fail(f"{size}: no reply: {type(error).__name__}", error, operation.key)
            return
        reason = reply.headers.get("Dynclient-Problem", "")
        self.counts[f"{size} requests served"] += 1
        if reply.status_code in _successes(operation):
            self.judge_reply(operation, request, reply, size)
            return
        if "}{" in operation.path:
            self.fail(f"{size}: document at fault: adjacent", reason, operation.key)
            return
        other = self.mock._responder.api.find(request)
        if other is not operation:
            self.fail(f"{size}: {other_match(other, operation)}", request.url, operation.key)
        else:
            self.fail(
                f"{size}: {reply.status_code}",
                f"{request.url[:300]} {str(request.body)[:100]} -> {reason}",
                operation.key,
            )

    def why_not(self, operation: Any, reply: Any) -> str:
        """Return the rule by which no reply of a status can be as documented; "" if there is none."""
        causes = set()
        contents = operation.reply(reply.status_code).contents
        for content in contents.values():
            try:
                made(content.schema, 3, full=False, direction="response")
            except NoValueError as error:
                causes.add(error.cause.partition("document at fault: ")[2])
            else:
                shape = content.schema.shape
                only_text = _is_raw(content.media_type) and not shape.may_be("string")
                causes.add("media type" if only_text else "")
        return "" if not causes or "" in causes else " or ".join(sorted(causes))

    def judge_reply(self, operation: Any, request: Any, reply: Any, size: str) -> None:
        from dynclient.api.read import read
        from dynclient.exchange import Headers, Response

        response = Response(reply.status_code, Headers(list(reply.headers.items())), reply.content)
        problems = read(operation, response).problems
        if problems:
            rule = self.why_not(operation, reply)
            cause = f"document at fault: {rule}" if rule else "the reply breaks the document"
            self.fail(f"{size}: {cause}", f"{response} {problems[0]}", operation.key)
            return
        self.counts[f"{size} requests with a documented success"] += 1
        if self.counts["requests"] % self.judged:
            return
        try:
            theirs = self.referee(operation).response_problems(request, response)
        except Exception as error:  # noqa: BLE001  a crash of openapi-core
            self.counts[f"openapi-core fails with {type(error).__name__}"] += 1
            return
        if any(problem.where == "document" for problem in theirs):
            self.counts["openapi-core cannot judge"] += 1
            return
        self.counts["openapi-core judged replies"] += 1
        if theirs:
            self.fail(
                f"openapi-core refuses: {_refusal(operation, response, theirs)}",
                f"{response} {theirs[0]}",
                operation.key,
            )
        else:
            self.counts["openapi-core accepts replies"] += 1


def _refusal(operation: Any, response: Any, problems: Any) -> str:
    """Return the rule by which openapi-core refuses a reply, or `not explained`."""
    for words, fits in REPLY_REFUSALS:
        if all(fits(problem, operation, response) for problem in problems):
            return words
    return "not explained"


def _is_raw(media_type: str) -> bool:
    """Whether a media type carries texts and bytes alone."""
    from dynclient.wire.codec import CODECS, codec_for
    from dynclient.wire.mediatype import parse

    return codec_for(parse(media_type)) in CODECS[-2:]


def _successes(operation: Any) -> set[int]:
    """Return the statuses that count as a documented success."""
    keys = [key for key in operation.replies if len(key) == 3 or key == "default"]
    good = {key for key in keys if key[0] == "2"} or {key for key in keys if key[0] in "3d"} or set(keys)
    numbers = {200 if key == "default" else int(key.upper().replace("X", "0")) for key in good}
    return {status for status in numbers if operation.reply(status) is not None}


def sweep(folder: Path, files: list[str], jobs: int, report: Any, judged: int = 20) -> Counts:
    """Sweep documents in parallel; failures go to the report as lines of JSON."""
    total: Counts = collections.Counter()
    tasks = [(str(folder), file, judged) for file in files]
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=20) as pool:
        for counts, failures in pool.imap_unordered(sweep_document, tasks):
            total.update(counts)
            for failure in failures:
                report.write(json.dumps(failure) + "\n")
    return total


def share(counts: Counts, size: str) -> float:
    """Return the part of the requests that got a documented success, of those for which the document is not at fault."""
    at_fault = sum(number for cause, number in counts.items() if cause.startswith(f"failed: {size}: document at fault"))
    return counts[f"{size} requests with a documented success"] / max(counts[f"{size} requests served"] - at_fault, 1)


def main() -> int:
    """Run the sweep and print the table; the exit code is 1 below 99 %, or if there was a 500."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", type=int, default=400, help="the number of documents, chosen by the seed")
    parser.add_argument("--seed", type=int, default=2031)
    parser.add_argument("--only", default="", help="only documents whose path contains this text")
    parser.add_argument("--most-bytes", type=int, default=10_000_000, help="skip larger documents")
    parser.add_argument("--judge-every", type=int, default=20, help="openapi-core judges each n-th reply")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--cache", type=Path, default=default_cache())
    parser.add_argument("--report", type=Path, default=Path(tempfile.gettempdir()) / "dynclient-mocked.ndjson")
    arguments = parser.parse_args()
    os.environ.setdefault("DYNCLIENT_CACHE", "off")
    folder = corpus(arguments.cache)
    found = [
        path
        for path in folder.rglob("*.json")
        if arguments.only in str(path) and path.stat().st_size < arguments.most_bytes
    ]
    files = sorted(str(path.relative_to(folder)) for path in found)
    files = random.Random(arguments.seed).sample(files, min(arguments.sample, len(files)))  # noqa: S311  repeatable
    started = time.monotonic()
    with arguments.report.open("w", encoding="utf-8") as report:
        counts = sweep(folder, files, arguments.jobs, report, arguments.judge_every)
    shares = {size: share(counts, size) for size in ("minimal", "full")}
    print(table(counts))
    print("; ".join(f"{size}: {part:.2%}" for size, part in shares.items()), f"in {time.monotonic() - started:,.0f} s")
    errors = sum(number for cause, number in counts.items() if cause.endswith(": 500"))
    return int(errors > 0 or min(shares.values()) < 0.99)


if __name__ == "__main__":
    sys.exit(main())
