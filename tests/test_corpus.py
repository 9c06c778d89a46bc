"""A seeded sample of the survey of public documents. The whole survey is `tests/corpus/survey.py`."""

from __future__ import annotations

import io
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest
from corpus.survey import corpus, default_cache, survey

MOST_BYTES = 400_000
DOCUMENTS = 30


@pytest.fixture(scope="module")
def counts() -> Counter[str]:
    """Run the survey on the sample, and return its counts."""
    if shutil.which("npm") is None and not default_cache().is_dir():
        pytest.skip("npm, which downloads the public documents, is not installed")
    folder = corpus(default_cache())
    small = [path for path in folder.rglob("*.json") if path.stat().st_size < MOST_BYTES]
    files = sorted(str(path.relative_to(folder)) for path in small)
    sample = random.Random(2031).sample(files, DOCUMENTS)  # noqa: S311  repeatable
    return survey(Path(folder), sample, 2, io.StringIO(), judged=10)


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
