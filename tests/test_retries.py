"""Retries and Throttle: values that are checked when they are made."""

from typing import Any

import pytest

from dynclient import Options, Retries, Throttle


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"times": -1}, "times must be a whole number of 0 or more, not -1"),
        ({"statuses": [200]}, "statuses must be between 400 and 599, not 200"),
        ({"statuses": 503}, r"must be lists, such as methods=\['GET'\]"),
        ({"methods": "GET"}, r"must be lists, such as methods=\['GET'\]"),
        ({"idempotency_key": 5}, "idempotency_key must be True, False or the name of a header field, not int"),
        ({"max_wait": -1}, "max_wait must be 0 seconds or more"),
    ],
)
def test_wrong_retries_are_refused(wrong: dict[str, Any], message: str) -> None:
    """In a sentence that says what would be right."""
    with pytest.raises(ValueError, match=message):
        Retries(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"per_second": 0}, "per_second must be above 0"), ({"at_once": 0}, "at_once must be a whole number above 0"), ({"at_once": 1.5}, "at_once must be")],
)  # fmt: skip
def test_a_wrong_throttle_is_refused(wrong: dict[str, Any], message: str) -> None:
    """The message says what the value must be."""
    with pytest.raises(ValueError, match=message):
        Throttle(**wrong)


def test_methods_count_in_any_case() -> None:
    """And come in any collection."""
    assert Retries(methods=["post"]).methods == frozenset({"POST"})


def test_options_take_a_number_or_the_value() -> None:
    """A number is how often."""
    assert Options(retries=5).retry == Retries(5)
    assert Options(retries=Retries(3, statuses=[500])).retry.times == 3
    with pytest.raises(ValueError, match=r"retries must be a whole number, or Retries\(...\), not str"):
        Options(retries="2")  # type: ignore[arg-type]
