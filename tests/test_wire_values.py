"""Python values as plain data."""

import dataclasses
import io
import ipaddress
import math
import sqlite3
from array import array as Numbers  # noqa: N812  a class
from collections import OrderedDict, UserList, deque
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynclient.problem import show
from dynclient.schema.bundle import Bundle, Shape
from dynclient.schema.formats import FORMATS
from dynclient.wire.mediatype import MediaError
from dynclient.wire.values import DEEPEST, NotPlainError, check_json, is_plain, to_plain


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
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary(),
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


class Model:
    """Like a model of pydantic: iterating it gives pairs."""

    def __iter__(self) -> Any:
        yield from {"wrong": 1}.items()

    def model_dump(self, *, mode: str, by_alias: bool) -> dict[str, Any]:
        """Return what is sent."""
        return {"theName": mode, "alias": by_alias, "day": date(2026, 1, 2)}


class OldModel:
    """Like a model of pydantic 1."""

    __fields__: Any = ()

    def dict(self, *, by_alias: bool) -> dict[str, Any]:
        """Return what is sent."""
        return {"alias": by_alias}


class Broken:
    """A model that cannot be dumped; its error quotes a value."""

    def model_dump(self, **_: Any) -> None:
        """Fail."""
        raise ValueError("hunter2")


class Array:
    """Like an array of numpy."""

    def tolist(self) -> Any:
        """Return what is sent."""
        return [1, [math.pi]]


@attrs.define
class Box:
    """An attrs object."""

    size: int
    name: Enum


def row() -> Any:
    """A row of a database, which is a sequence of its values as well."""
    rows = sqlite3.connect(":memory:")
    rows.row_factory = sqlite3.Row
    found = rows.execute("select 1 as id, 'x' as name").fetchone()
    rows.close()
    return found


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Model(), {"theName": "json", "alias": True, "day": "2026-01-02"}),
        (OldModel(), {"alias": True}),
        (Box(1, Colour.RED), {"size": 1, "name": "red"}),
        (row(), {"id": 1, "name": "x"}),
        (Array(), [1, [math.pi]]),
        (Numbers("i", [1, 2]), [1, 2]),
        (ipaddress.ip_address("::1"), "::1"),
        (ipaddress.ip_interface("10.0.0.1/8"), "10.0.0.1/8"),
        (PurePosixPath("/a/b"), "/a/b"),
        (range(2), [0, 1]),
        (deque([1]), [1]),
        (UserList([1]), [1]),
        ({1: 2}.keys(), [1]),
        (frozenset([1]), [1]),
    ],
)
def test_an_object_is_sent_as_what_it_dumps_itself_as(value: Any, plain: Any) -> None:
    """At the top and inside of others; nothing is taken for an array because it can be iterated."""
    assert to_plain(value) == plain
    assert to_plain({"a": (value,)}) == {"a": [plain]}


@pytest.mark.parametrize(
    ("value", "named"),
    [(io.StringIO("a"), "StringIO"), (io.BytesIO(b"a"), "BytesIO"), (Broken(), "Broken raised ValueError"), (object(), "object"), (Model, "type")],
)  # fmt: skip
def test_any_other_object_is_refused_by_its_type(value: Any, named: str) -> None:
    """Without a word of what it holds."""
    with pytest.raises(NotPlainError, match=named) as caught:
        to_plain({"a": [1, value]})
    assert caught.value.path == ("a", 1)
    assert "hunter2" not in str(caught.value)


def test_everything_without_a_plain_form_is_told_at_once() -> None:
    """Each with its place; the rest is kept."""
    value = {"ok": (1,), "a": [object(), math.nan], "b": {5: 1}, "c": b"x", "d": "\ud800", "e": 10**5000}
    with pytest.raises(NotPlainError) as caught:
        to_plain(value, binary=False)
    assert [error.path for error in caught.value.each] == [("a", 0), ("a", 1), ("b",), ("c",), ("d",), ("e",)]
    assert caught.value.plain == {"ok": [1], "a": [None, None], "b": {}, "c": None, "d": None, "e": None}


def test_what_json_cannot_carry_has_a_place_in_plain_data_too() -> None:
    """Which needs no copy otherwise."""
    with pytest.raises(NotPlainError) as caught:
        check_json({"a": [math.inf, 1], "b": "\ud800"})
    assert [error.path for error in caught.value.each] == [("a", 0), ("b",)]


def test_the_place_where_a_value_contains_itself_is_named() -> None:
    """With the place that comes again."""
    value: dict[str, Any] = {"a": {"b": []}}
    value["a"]["b"].append(value["a"])
    with pytest.raises(NotPlainError, match="it is the value at /a again") as caught:
        to_plain(value)
    assert caught.value.path == ("a", "b", 0)


@pytest.mark.parametrize("levels", [DEEPEST + 1, 100_000])
def test_a_value_that_is_too_deep_is_refused(levels: int) -> None:
    """Before Python's own stack ends."""
    value: Any = object()
    for _ in range(levels):
        value = [value]
    with pytest.raises(NotPlainError, match="nested"):
        to_plain(value)


def test_a_number_that_would_take_minutes_to_write_is_refused() -> None:
    """By its exponent, before it is written out; as a text it is short."""
    with pytest.raises(NotPlainError, match="more than 4300 digits"):
        to_plain(Decimal("1e999999999"))
    assert to_plain(Decimal("1e999999999"), Shape(frozenset({"string"}))) == "1E+999999999"
