"""Python values as plain data."""

import dataclasses
import math
from collections import OrderedDict
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynclient.problem import show
from dynclient.schema.bundle import Bundle, Shape
from dynclient.schema.formats import FORMATS
from dynclient.wire.mediatype import MediaError
from dynclient.wire.values import is_plain, to_plain


class Colour(Enum):
    """An enum of text."""

    RED = "red"


class Level(IntEnum):
    """An enum of numbers."""

    LOW = 1


@dataclasses.dataclass
class Point:
    """A dataclass."""

    x: int
    colour: Colour


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05+00:00"),
        (time(3, 4, 5, tzinfo=UTC), "03:04:05+00:00"),
        (timedelta(days=1, seconds=2.5), "P1DT2.5S"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Decimal("1.5"), 1.5),
        (Decimal("1E+3"), 1000),
        (Colour.RED, "red"),
        (Level.LOW, 1),
        (Point(1, Colour.RED), {"x": 1, "colour": "red"}),
        ((1, (2,)), [1, [2]]),
        (MappingProxyType({"a": (1,)}), {"a": [1]}),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        ({Colour.RED: 1}, {"red": 1}),
        (bytearray(b"x"), b"x"),
        ((item for item in "ab"), ["a", "b"]),
    ],
)
def test_a_python_value_has_a_plain_form(value: Any, plain: Any) -> None:
    """At any depth."""
    assert to_plain(value) == plain
    assert to_plain([value] if not hasattr(value, "send") else [plain]) == [plain]


BASE64 = Shape(frozenset({"string"}), format="byte")


@dataclasses.dataclass
class Reading:
    """A dataclass of what only formats can write."""

    raw: bytes
    day: datetime


def form(name: str) -> Shape:
    """A text of a format."""
    return Shape(frozenset({"string"}), format=name)


MOMENT = datetime(2026, 1, 2, 4, 4, 5, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("value", "shape", "plain"),
    [
        (b"\xff\xfe", BASE64, "//4="),
        (memoryview(b"\xff\xfe"), form("base64url"), "__4"),
        (MOMENT, form("date"), "2026-01-02"),
        (MOMENT, form("time"), "04:04:05+01:00"),
        (MOMENT, form("http-date"), "Fri, 02 Jan 2026 03:04:05 GMT"),
        (MOMENT, form("date-time"), "2026-01-02T04:04:05+01:00"),
        (Decimal("1.10"), form("decimal"), "1.10"),
        (Decimal("1.10"), Shape(frozenset({"number"})), 1.1),
        (Decimal("1.10"), Shape(), 1.1),
    ],
)
def test_a_format_says_how_a_value_is_written(value: Any, shape: Shape, plain: Any) -> None:
    """In arrays of any kind, in mappings and in dataclasses."""
    items, members = Shape(frozenset({"array"}), items=shape), Shape(frozenset({"object"}), others=shape)
    assert to_plain(value, shape) == plain
    for array in ([value], (value,), iter([value]), {1: value}.values()):
        assert to_plain(array, items) == [plain]
    for mapping in ({"a": value}, MappingProxyType({"a": value}), OrderedDict(a=value)):
        assert to_plain(mapping, members) == {"a": plain}


def test_a_dataclass_and_an_enum_are_written_by_format_too() -> None:
    """Like anything that is read as an object or another value."""
    shape = Shape(frozenset({"object"}), properties={"raw": BASE64, "day": form("date")})
    assert to_plain(Reading(b"\xff\xfe", MOMENT), shape) == {"raw": "//4=", "day": "2026-01-02"}
    assert to_plain(Enum("Key", {"A": b"\xff\xfe"}).A, BASE64) == "//4="  # type: ignore[attr-defined]


plain_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(plain_data)
def test_plain_data_stays_as_it_is(value: Any) -> None:
    """Nothing is changed, and nothing is lost."""
    assert to_plain(value) == value


@pytest.mark.parametrize(
    "value", [Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), object(), {1: "a"}, {None: 1}, [object()], Point]
)
def test_a_value_without_a_json_form_is_refused(value: Any) -> None:
    """With an error that says so."""
    with pytest.raises(MediaError, match=r"JSON|string|plain data"):
        to_plain(value)


def test_a_value_that_contains_itself_is_refused() -> None:
    """It never ends, so it has no plain form."""
    value: list[Any] = []
    value.append(value)
    with pytest.raises(MediaError):
        to_plain(value)


@given(st.timedeltas(min_value=timedelta(0)))
def test_a_timedelta_is_a_valid_duration(value: timedelta) -> None:
    """As the format `duration` asks."""
    assert FORMATS["duration"](to_plain(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", '"a"'), (1, "1"), (None, "null"), ({"ä": [1]}, '{"ä": [1]}'), (b"abc", "3 bytes"), (math.inf, "Infinity")],
)
def test_a_value_is_shown_as_json_writes_it(value: Any, text: str) -> None:
    """Messages speak JSON, not Python."""
    assert show(value) == text


def test_a_long_value_is_shown_short() -> None:
    """A message stays readable."""
    assert len(show("x" * 1000)) == 60


def test_plain_data_is_not_copied() -> None:
    """A large body is checked once, and sent as it is."""
    value = {"a": [1, {"b": None}], "c": "d"}
    assert to_plain(value) is value


@pytest.mark.parametrize("value", [{"a": b"1"}, [("a",)], {"a": [{1: 2}]}, {"a": type("Text", (str,), {})("b")}])
def test_a_value_that_is_not_plain_at_every_depth_is_recognised(value: Any) -> None:
    """Bytes, tuples, keys that are not texts, and subclasses, at any depth."""
    assert not is_plain(value)


def test_a_decimal_is_never_rounded() -> None:
    """It is an exact number, or refused, or a text where the schema asks for one."""
    text = Bundle({}).shape({"type": ["string", "null"], "format": "decimal"})
    assert [to_plain(Decimal(digits), text) for digits in ("1.10", "0.10000000000000000001")] == [
        "1.10",
        "0.10000000000000000001",
    ]
    assert to_plain([Decimal("1.10")], Bundle({}).shape({"items": {"type": "string"}})) == ["1.10"]
    assert to_plain(Decimal(12345678901234567890)) == 12345678901234567890
    assert to_plain(Decimal("19.990")) == 19.99
    with pytest.raises(MediaError, match=r"0\.10000000000000000001 has more digits .* would make it 0\.1"):
        to_plain(Decimal("0.10000000000000000001"))
