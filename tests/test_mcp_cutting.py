"""Data in so many characters: always JSON, never too long, and nothing is changed without a note."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dynclient.mcp.cutting import SMALLEST, as_json, json_within, text_within

VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text() | st.binary(max_size=9),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def test_what_fits_is_whole() -> None:
    """And says nothing of parts that are left off."""
    assert json.loads(json_within({"status": 200, "body": [1, "ü"]}, SMALLEST)) == {"status": 200, "body": [1, "ü"]}


def test_an_array_keeps_its_first_items() -> None:
    """Whole, with the number of all."""
    items = [{"id": index, "name": "x" * 50} for index in range(1000)]
    found = json.loads(json_within({"status": 200, "body": items}, SMALLEST))
    assert 5 < len(found["body"]) < 20
    assert found["body"] == items[: len(found["body"])]
    assert found["left_off"] == {"/body": f"{len(found['body'])} of 1,000 items are here"}


def test_short_members_stay_beside_a_long_one() -> None:
    """The long text keeps its beginning."""
    found = json.loads(json_within({"status": 200, "body": {"id": 1, "log": "a" * 9000, "name": "b"}}, SMALLEST))
    assert (found["status"], found["body"]["id"], found["body"]["name"]) == (200, 1, "b")
    assert len(found["body"]["log"]) > 500
    assert found["left_off"] == {"/body/log": f"{len(found['body']['log'])} of 9,000 characters are here"}


def test_many_cut_places_are_counted() -> None:
    """The first ones are listed."""
    found = json.loads(json_within({"body": {str(index): "x" * 900 for index in range(9)}}, SMALLEST))
    assert len(found["left_off"]) == 6
    assert found["left_off"]["..."] == "4 more places"


def test_what_json_does_not_have_is_said_in_json() -> None:
    """Bytes by their size."""
    assert as_json({"a": b"123", "b": float("nan"), "c": (1,)}) == '{"a":{"size":3},"b":"nan","c":[1]}'


@given(st.dictionaries(st.text(), VALUES, max_size=5), st.integers(1, 40))
def test_it_is_json_and_fits(data: dict[str, Any], times: int) -> None:
    """Whatever the data is."""
    whole = {
        "status": 200,
        "body": [data] * times,
        "again": {f"{name}!": [value] * times for name, value in data.items()},
    }
    text = json_within(whole, SMALLEST)
    found = json.loads(text)
    assert len(text) <= SMALLEST
    assert ("left_off" in found) == (len(as_json(whole)) > SMALLEST)


def test_a_long_text_loses_its_end() -> None:
    """With the number of characters that are missing."""
    text = text_within("x" * 5000, SMALLEST)
    assert len(text) <= SMALLEST
    assert text.endswith("… 4,050 more characters are left off")
    assert text_within("short", SMALLEST) == "short"
