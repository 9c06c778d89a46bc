"""Python values and JSON values: what a caller may hand over, as plain data.

Why a room of its own: parameters, bodies and schemas must see the same value, so a `date`, an `Enum` or a dataclass is
turned into plain data once, before anything is encoded or validated.
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from dynclient.shape import ANY, Shape

if TYPE_CHECKING:
    from decimal import Decimal

_SCALARS = frozenset({str, int, float, bool, type(None)})
_PLAIN = _SCALARS | {bytes}


def to_plain(value: Any, shape: Shape = ANY) -> Any:
    """Give the plain data (dict, list, str, int, float, bool, None, bytes) that a Python value stands for.

    Args:
        value: Plain data, or a date, datetime, time, timedelta, UUID, Decimal, Enum, dataclass, mapping or iterable of
            such values, nested as one likes. The value itself is never changed.
        shape: What the schema says of it: by its formats bytes become base64, and a datetime only its date; a Decimal is a text where only a text fits.

    Raises:
        TypeError: The value has no plain form, or a mapping has a key that is not a string.
    """
    try:
        if is_plain(value):
            return value
        return _plain(value if shape is ANY else _by_format(value, shape))
    except RecursionError:
        raise TypeError("the value holds itself, or is nested too deeply") from None


def is_plain(value: Any) -> bool:
    """Whether a value is plain data through and through, without bytes, so that it stands for itself and needs no copy."""
    try:
        return type(value) in _SCALARS or _holds_plain(value)
    except RecursionError:
        return False


def _holds_plain(value: Any) -> bool:
    """Whether a dict (of texts) or a list holds nothing but plain data."""
    kind = type(value)
    if kind is dict:
        for name in value:
            if type(name) is not str:
                return False
        value = value.values()
    elif kind is not list:
        return False
    for item in value:  # noqa: SIM110  a loop, for it is the longest part of many calls
        if type(item) not in _SCALARS and not _holds_plain(item):
            return False
    return True


def _by_format(value: Any, shape: Shape) -> Any:
    """The value with what its schema's formats turn into text."""
    if isinstance(value, str | bool | int | float) or value is None:
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return _encoded(bytes(value), shape.format)
    if isinstance(value, datetime) and shape.format == "date":
        return value.date()
    if _is_a(value, "decimal", "Decimal") and shape.is_only("string"):
        return str(value)
    if isinstance(value, Mapping) and (shape.properties or shape.others):
        return {name: _by_format(item, shape.member(str(name))) for name, item in value.items()}
    if isinstance(value, list | tuple) and shape.items:
        return [_by_format(item, shape.item) for item in value]
    return value


def _encoded(value: bytes, name: str) -> str | bytes:
    """Bytes in the encoding that a format stands for; as they are when it stands for none (RFC 4648)."""
    if name == "byte":
        return b64encode(value).decode()
    return urlsafe_b64encode(value).decode().rstrip("=") if name == "base64url" else value


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is dict:
        return {_key(name): item if type(item) in _PLAIN else _plain(item) for name, item in value.items()}
    if kind is list:
        return [item if type(item) in _PLAIN else _plain(item) for item in value]
    return _convert(value)


def _key(name: Any) -> str:
    if isinstance(name, Enum):
        name = name.value
    if not isinstance(name, str):
        raise TypeError(f"an object's key must be a string, not {type(name).__name__}")
    return str(name)


def _convert(value: Any) -> Any:
    match value:
        case Enum():
            return _plain(value.value)
        case str():
            return str.__str__(value)
        case bytes():
            return bytes(value)
        case int():
            return int(value)
        case float():
            return float(value)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return _duration(value)
        case bytearray() | memoryview():
            return bytes(value)
        case Mapping():
            return {_key(name): _plain(item) for name, item in value.items()}
    if _is_a(value, "uuid", "UUID"):
        return str(value)
    if _is_a(value, "decimal", "Decimal"):
        return _number(value)
    if hasattr(type(value), "__dataclass_fields__"):
        import dataclasses  # slow to import, and there already where somebody has such a value

        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Iterable):
        return [_plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} is not a value that JSON has")


def _number(value: Decimal) -> float:
    """The number that a decimal is; never one that is only near it.

    Raises:
        TypeError: It has more digits than a float holds.
    """
    if not value.is_finite():
        return float(value)
    if value == value.to_integral_value():
        return int(value)
    number = float(value)
    if type(value)(repr(number)) != value:
        raise TypeError(f"{value} has more digits than a number can be sent with; float(...) would make it {number}")
    return number


def _is_a(value: Any, module: str, name: str) -> bool:
    """Whether a value is of a class of the standard library: of a module that was not imported there is no value."""
    return module in sys.modules and isinstance(value, getattr(sys.modules[module], name))


def _duration(value: timedelta) -> str:
    """An ISO 8601 duration, as the `duration` format asks (RFC 3339, appendix A)."""
    sign, value = ("-", -value) if value < timedelta(0) else ("", value)
    seconds = (
        f"{value.seconds}.{value.microseconds:06d}".rstrip("0").rstrip(".")
        if value.microseconds
        else str(value.seconds)
    )
    return f"{sign}P{value.days}DT{seconds}S"


def show(value: Any, limit: int = 60) -> str:
    """The value as JSON writes it, shortened, for messages."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
