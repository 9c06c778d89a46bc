"""A seeded sample of the survey and of the sweep of public documents; all of them: `tests/corpus/survey.py`, `tests/corpus/mocked.py`."""

from __future__ import annotations

import io
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest
from corpus.mocked import share, sweep
from corpus.survey import corpus, default_cache, survey

MOST_BYTES = 400_000
DOCUMENTS = 30
SERVED = 16


def sample(number: int) -> tuple[Path, list[str]]:
    """Return the folder of the documents, and some of them, always the same."""
    if shutil.which("npm") is None and not default_cache().is_dir():
        pytest.skip("npm, which downloads the public documents, is not installed")
    folder = corpus(default_cache())
    small = [path for path in folder.rglob("*.json") if path.stat().st_size < MOST_BYTES]
    files = sorted(str(path.relative_to(folder)) for path in small)
    return folder, random.Random(2031).sample(files, number)  # noqa: S311  repeatable


@pytest.fixture(scope="module")
def counts() -> Counter[str]:
    """Run the survey on the sample, and return its counts."""
    return survey(*sample(DOCUMENTS), 2, io.StringIO(), judged=10)


@pytest.fixture(scope="module")
def served() -> Counter[str]:
    """Call every operation of a smaller sample on its mock, and return the counts."""
    return sweep(*sample(SERVED), 2, io.StringIO(), judged=5)


def test_every_document_of_the_sample_loads(counts: Counter[str]) -> None:
    """Even if it breaks the specification."""
    assert counts["documents loaded"] == DOCUMENTS


def test_every_operation_of_the_sample_has_a_unique_name(counts: Counter[str]) -> None:
    """The operation is found by it."""
    assert counts["operations named"] == counts["operations"] > 100


def test_the_operations_of_the_sample_round_trip(counts: Counter[str]) -> None:
    """`match(prepare(op, a)) == (op, a)`, unless the document is at fault by a written rule."""
    failures = {cause: count for cause, count in counts.items() if cause.startswith("failed: ")}
    unexplained = {cause for cause in failures if "document at fault" not in cause and "openapi-core" not in cause}
    assert unexplained == set()


def test_openapi_core_accepts_the_requests_or_a_rule_says_why_not(counts: Counter[str]) -> None:
    """It is an independent judge."""
    assert counts["openapi-core judged"] > 20
    assert counts["failed: openapi-core refuses: not explained"] == 0


@pytest.mark.parametrize("size", ["minimal", "full"])
def test_the_mock_answers_valid_requests_with_a_documented_success(served: Counter[str], size: str) -> None:
    """99 of 100 at least, unless the document is at fault by a written rule; what `read` objects to is no success."""
    assert served[f"{size} requests served"] > 50
    assert share(served, size) >= 0.99


def test_the_mock_never_fails(served: Counter[str]) -> None:
    """No 500, and every request is answered."""
    assert [cause for cause in served if cause.endswith(": 500") or ": no reply" in cause] == []


def test_openapi_core_accepts_the_replies_or_a_rule_says_why_not(served: Counter[str]) -> None:
    """It is an independent judge."""
    assert served["openapi-core judged replies"] > 10
    assert served["failed: openapi-core refuses: not explained"] == 0
