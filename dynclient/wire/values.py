"""Python values as plain data.

Parameters, bodies and schemas must see the same value, so a `date`, an `Enum` or a dataclass is turned into plain data once, before
anything is encoded or validated.
"""

from __future__ import annotations

import sys
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from dynclient.schema.bundle import ANY, Shape
from dynclient.wire.mediatype import MediaError

if TYPE_CHECKING:
    from decimal import Decimal

#: The formats whose values are base64 in any media type (OpenAPI, Working with Binary Data).
BASE64 = frozenset({"byte", "base64url"})
_SCALARS = frozenset({str, int, float, bool, type(None)})


def to_plain(value: Any, shape: Shape = ANY) -> Any:
    """Return the plain data (dict, list, str, int, float, bool, None, bytes) of a Python value.

    Args:
        value: Plain data, or a date, datetime, time, timedelta, UUID, Decimal, Enum, dataclass, mapping or iterable of
            such values, at any depth. The value itself is never changed.
        shape: What the schema says about it: its formats turn bytes into base64, a datetime into its date or time, a Decimal into text.

    Raises:
        TypeError: The value has no plain form, or a mapping has a key that is not a string.
    """
    try:
        if is_plain(value):
            return value
        return _plain(value, shape)
    except RecursionError:
        raise TypeError("the value contains itself, or is nested too deeply") from None


def is_plain(value: Any) -> bool:
    """Whether a value is plain data at every depth, without bytes, so that no copy is needed."""
    try:
        return type(value) in _SCALARS or _holds_plain(value)
    except RecursionError:
        return False


def _holds_plain(value: Any) -> bool:
    """Whether a value is a dict with text keys, or a list, that contains only plain data."""
    kind = type(value)
    if kind is dict:
        for name in value:
            if type(name) is not str:
                return False
        value = value.values()
    elif kind is not list:
        return False
    for item in value:  # noqa: SIM110  a plain loop, because it is the longest part of many calls
        if type(item) not in _SCALARS and not _holds_plain(item):
            return False
    return True


def _plain(value: Any, shape: Shape) -> Any:
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is dict:
        return _members(value.items(), shape)
    if kind is list:
        return _items(value, shape)
    return _convert(value, shape)


def _members(pairs: Iterable[tuple[Any, Any]], shape: Shape) -> dict[str, Any]:
    named = ((object_key(name), item) for name, item in pairs)
    return {name: item if type(item) in _SCALARS else _plain(item, shape.member(name)) for name, item in named}


def _items(values: Iterable[Any], shape: Shape) -> list[Any]:
    return [item if type(item) in _SCALARS else _plain(item, shape.at(at)) for at, item in enumerate(values)]


def object_key(name: Any) -> str:
    """Return the key of an object as a text.

    Raises:
        TypeError: It is not a text.
    """
    if isinstance(name, Enum):
        name = name.value
    if not isinstance(name, str):
        raise TypeError(f"an object's key must be a string, not {type(name).__name__}")
    return str(name)


def to_base64(value: bytes, shape: Shape) -> str:
    """Return bytes in the base64 of the schema (RFC 4648).

    Raises:
        MediaError: The schema does not ask for base64.
    """
    if shape.format == "base64url":
        return urlsafe_b64encode(value).decode()
    if shape.format == "byte":
        return b64encode(value).decode()
    raise MediaError("must not be bytes", hint="`contentEncoding: base64` in the schema would make them text")


def _encoded(value: bytes, shape: Shape) -> str | bytes:
    """Return bytes in the base64 of the schema, without padding in base64url; unchanged where the schema asks for none."""
    if shape.format not in BASE64:
        return value
    text = to_base64(value, shape)
    return text.rstrip("=") if shape.format == "base64url" else text


def _convert(value: Any, shape: Shape) -> Any:
    match value:
        case Enum():
            return _plain(value.value, shape)
        case str():
            return str.__str__(value)
        case int():
            return int(value)
        case float():
            return float(value)
        case datetime():
            return _moment(value, shape.format)
        case date() | time():
            return value.isoformat()
        case timedelta():
            return _duration(value)
        case bytes() | bytearray() | memoryview():
            return _encoded(bytes(value), shape)
        case Mapping():
            return _members(value.items(), shape)
    if _is_a(value, "uuid", "UUID"):
        return str(value)
    if _is_a(value, "decimal", "Decimal"):
        return _decimal(value, shape)
    if hasattr(type(value), "__dataclass_fields__"):
        import dataclasses  # slow to import, and already loaded where such a value exists

        return _members(((item.name, getattr(value, item.name)) for item in dataclasses.fields(value)), shape)
    if isinstance(value, Iterable):
        return _items(value, shape)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _moment(value: datetime, form: str) -> str:
    """Write a datetime by its format: whole, as a date, as a time, or as an HTTP date (RFC 9110, section 5.6.7)."""
    if form == "date":
        return value.date().isoformat()
    if form == "time":
        return value.timetz().isoformat()
    if form == "http-date" and value.tzinfo is not None:
        from email.utils import format_datetime  # few documents use this format

        return format_datetime(value.astimezone(UTC), usegmt=True)
    return value.isoformat()


def _decimal(value: Decimal, shape: Shape) -> str | float:
    """Write a Decimal as a text with all its digits, where the schema takes a text; else as the exact number.

    Raises:
        TypeError: It is not a number, or has more digits than a float holds.
    """
    if "string" in shape.types and not shape.types & {"number", "integer"}:
        return str(value)
    if not value.is_finite():
        raise TypeError(f"{value} is not a number in JSON")
    if value == value.to_integral_value():
        return int(value)
    number = float(value)
    if type(value)(repr(number)) != value:
        raise TypeError(f"{value} has more digits than a number can be sent with; float(...) would make it {number}")
    return number


def _is_a(value: Any, module: str, name: str) -> bool:
    """Whether a value belongs to a class of the standard library; no value does while the module is not imported."""
    return module in sys.modules and isinstance(value, getattr(sys.modules[module], name))


def _duration(value: timedelta) -> str:
    """Write an ISO 8601 duration for the format `duration` (RFC 3339, appendix A)."""
    sign, value = ("-", -value) if value < timedelta(0) else ("", value)
    seconds = (
        f"{value.seconds}.{value.microseconds:06d}".rstrip("0").rstrip(".")
        if value.microseconds
        else str(value.seconds)
    )
    return f"{sign}P{value.days}DT{seconds}S"
