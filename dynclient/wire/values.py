"""Python values as plain data.

Parameters, bodies and schemas must see the same value, so a `date`, an `Enum` or a model is turned into plain data once, before
anything is encoded or validated. An object is sent as what it dumps itself as, by a protocol that it is known to have; whatever else
can be iterated is refused and not taken for an array: iterating a model or an open text file gives something that nobody meant to send.
Everything that has no plain form is reported at once, each with its place.
"""

from __future__ import annotations

import math
import os
import sys
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, ValuesView
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from dynclient.problem import pointer
from dynclient.schema.bundle import ANY, Shape
from dynclient.wire.mediatype import MediaError

if TYPE_CHECKING:
    from decimal import Decimal

#: The formats whose values are base64 in any media type (OpenAPI, Working with Binary Data).
BASE64 = frozenset({"byte", "base64url"})
#: How many objects and arrays may be inside of each other. jsonschema-rs reads no more than 255.
DEEPEST = 200
_SCALARS = frozenset({str, int, float, bool, type(None)})
#: Numbers with fewer bits have fewer digits than Python ever refuses to write.
_SHORT = 2000
_HINT = "pass plain data, a dataclass, an attrs class or a model with `model_dump`"


class NotPlainError(MediaError):
    """A value that has parts without a plain form.

    Attributes:
        plain: The value with null in place of those parts.
    """

    plain: Any = None


#: Returns a value that is left as it is, or what to keep in its place; None for one that is turned into plain data.
Keep = Callable[[Any, Shape], Any]


def to_plain(value: Any, shape: Shape = ANY, keep: Keep | None = None, *, binary: bool = True) -> Any:
    """Return the plain data (dict, list, str, int, float, bool, None, bytes) of a Python value.

    Args:
        value: Plain data, or a date, datetime, time, timedelta, UUID, Decimal, Enum, path, address of `ipaddress`, number or array of
            numpy, dataclass, attrs object, pydantic model, mapping, sequence, set, view or iterator, at any depth. The value itself is
            never changed.
        shape: What the schema says about it: its formats turn bytes into base64, a datetime into its date or time, a Decimal into text.
        keep: Decides which values are left as they are.
        binary: Whether bytes are allowed where the schema does not ask for base64.

    Raises:
        NotPlainError: Parts of the value have no plain form.
    """
    return value if is_plain(value) else _walked(value, shape, keep, binary=binary)


def check_json(value: Any) -> None:
    """Refuse plain data that JSON cannot carry.

    Raises:
        NotPlainError: It holds bytes, a number or a text that JSON does not have, or itself.
    """
    _walked(value, ANY, None, binary=False)


def _walked(value: Any, shape: Shape, keep: Keep | None, *, binary: bool) -> Any:
    walk = _Walk(keep, binary=binary)
    try:
        plain = walk.plain(value, shape, ())
    except RecursionError:  # the caller's own stack is deep, too
        walk.errors, plain = [MediaError("is nested too deeply")], None
    if walk.errors:
        first, *more = walk.errors
        error = NotPlainError(str(first), first.path, first.hint, more)
        error.plain = plain
        raise error
    return plain


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


class _Walk:
    """One walk through a value, which turns it into plain data and collects what is wrong with it."""

    def __init__(self, keep: Keep | None, *, binary: bool) -> None:
        self.errors: list[MediaError] = []
        self._keep = keep
        self._binary = binary
        #: The values around the one that is looked at, by their identity, each with its path.
        self._around: dict[int, tuple[str | int, ...]] = {}

    def plain(self, value: Any, shape: Shape, path: tuple[str | int, ...]) -> Any:
        """Return the plain form of a value; None, with an error, when it has none."""
        try:
            if type(value) in _SCALARS:
                return _checked(value)
            self._enter(value, path)
            try:
                return self._converted(value, shape, path)
            finally:
                del self._around[id(value)]
        except MediaError as error:
            self.errors += error.inside(*path).each
            return None

    def _enter(self, value: Any, path: tuple[str | int, ...]) -> None:
        outer = self._around.get(id(value))
        if outer is not None:
            raise MediaError(f"contains itself: it is the value at {pointer(outer) or 'the top'} again")
        if len(self._around) >= DEEPEST:
            raise MediaError(f"is nested more than {DEEPEST} levels deep")
        self._around[id(value)] = path

    def _converted(self, value: Any, shape: Shape, path: tuple[str | int, ...]) -> Any:
        kind = type(value)
        if kind is dict or isinstance(value, Mapping):
            return self._members(value.items(), shape, path)
        if kind is list:
            return self._items(value, shape, path)
        kept = self._keep(value, shape) if self._keep is not None else None
        if kept is not None:
            return kept
        if isinstance(value, bytes | bytearray | memoryview):
            return self._bytes(bytes(value), shape)
        if isinstance(value, Enum):
            return self.plain(value.value, shape, path)
        scalar = _scalar(value, shape)
        if scalar is not None:
            return _checked(scalar)
        if callable(getattr(value, "read", None)):
            raise MediaError(f"must not be a file ({kind.__name__})", hint="read it first, or pass what it holds")
        dumped = dumped_value(value)
        if dumped is not value:
            return self.plain(dumped, shape, path)
        if isinstance(value, Sequence | AbstractSet | ValuesView | Iterator):
            return self._items(value, shape, path)
        raise MediaError(f"must be plain data, not {kind.__name__}", hint=_HINT)

    def _members(self, pairs: Iterable[tuple[Any, Any]], shape: Shape, path: tuple[str | int, ...]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, item in pairs:
            try:
                name = object_key(key)
            except MediaError as error:
                self.errors += error.inside(*path).each
                continue
            made[name] = item if _is_simple(item) else self.plain(item, shape.member(name), (*path, name))
        return made

    def _items(self, values: Iterable[Any], shape: Shape, path: tuple[str | int, ...]) -> list[Any]:
        made = []
        for at, item in enumerate(values):
            made.append(item if _is_simple(item) else self.plain(item, shape.at(at), (*path, at)))
        return made

    def _bytes(self, value: bytes, shape: Shape) -> str | bytes:
        """Return bytes in the base64 of the schema, without padding in base64url; unchanged where the schema asks for none."""
        if shape.format not in BASE64 and self._binary:
            return value
        text = to_base64(value, shape)
        return text.rstrip("=") if shape.format == "base64url" else text


def _is_simple(value: Any) -> bool:
    """Whether a value is plain and right at a glance, as most are."""
    kind = type(value)
    return (kind is str and value.isascii()) or value is None or kind is bool


def _checked(value: Any) -> Any:
    """Return a scalar.

    Raises:
        MediaError: JSON does not have it.
    """
    if isinstance(value, str):
        if not value.isascii():
            _check_text(value)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise MediaError(f"{value} is not a number in JSON")
    elif isinstance(value, int) and value.bit_length() > _SHORT:
        try:
            str(value)
        except ValueError:
            raise MediaError(_too_long()) from None
    return value


def _too_long() -> str:
    return f"is a number of more than {sys.get_int_max_str_digits()} digits"


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise MediaError(f"contains an unpaired surrogate (U+{ord(text[error.start]):04X})") from None


def object_key(name: Any) -> str:
    """Return the key of an object as a text.

    Raises:
        MediaError: It is not a text.
    """
    if isinstance(name, Enum):
        name = name.value
    if not isinstance(name, str):
        raise MediaError(f"an object's key must be a string, not {type(name).__name__}")
    _check_text(name)
    return str.__str__(name)


def to_base64(value: bytes, shape: Shape) -> str:
    """Return bytes in the base64 of the schema (RFC 4648).

    Raises:
        MediaError: The schema does not ask for base64.
    """
    if shape.format == "base64url":
        return urlsafe_b64encode(value).decode()
    if shape.format == "byte":
        return b64encode(value).decode()
    raise MediaError(
        "must not be bytes",
        hint="`contentEncoding: base64` in the schema (`format: byte` in OpenAPI 3.0) would make them text",
    )


def _scalar(value: Any, shape: Shape) -> Any:
    """Return a value of a class that stands for a scalar as text or number; None for any other value."""
    match value:
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
        case os.PathLike():
            return os.fsdecode(value)
    if any(_is_a(value, module, name) for module, name in _TEXTS):
        return str(value)
    return _decimal(value, shape) if _is_a(value, "decimal", "Decimal") else None


#: Classes of the standard library whose values are sent as their text.
_TEXTS = (
    ("uuid", "UUID"), ("ipaddress", "IPv4Address"), ("ipaddress", "IPv6Address"),
    ("ipaddress", "IPv4Network"), ("ipaddress", "IPv6Network"),
)  # fmt: skip


def dumped_value(value: Any) -> Any:
    """Return an object of a known protocol as what it dumps itself as; any other value as it is.

    Raises:
        MediaError: The object cannot be dumped.
    """
    kind = type(value)
    try:
        if hasattr(kind, "model_dump"):  # pydantic
            return value.model_dump(mode="json", by_alias=True)
        if hasattr(kind, "__fields__") and hasattr(kind, "dict"):  # pydantic 1
            return value.dict(by_alias=True)
        fields = getattr(kind, "__dataclass_fields__", None) or {
            item.name: item for item in getattr(kind, "__attrs_attrs__", ())
        }
        if hasattr(kind, "__dataclass_fields__") or hasattr(kind, "__attrs_attrs__"):
            return {name: getattr(value, name) for name in fields if not _is_pseudo(fields[name])}
        if hasattr(kind, "tolist"):  # numpy, array
            return value.tolist()
        if hasattr(kind, "keys") and hasattr(kind, "__getitem__") and not isinstance(value, Mapping):
            return {name: value[name] for name in value.keys()}  # noqa: SIM118  it is not a mapping
    except Exception as error:  # noqa: BLE001  the object's own code may raise anything, with values in its text
        raise MediaError(f"cannot be dumped: {kind.__name__} raised {type(error).__name__}") from None
    return value


def _is_pseudo(field: Any) -> bool:
    """Whether a field of a dataclass is a class variable or an argument of its constructor only."""
    return getattr(getattr(field, "_field_type", None), "name", "_FIELD") != "_FIELD"


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
        MediaError: It is not a number, or has more digits than a number can be sent with.
    """
    if "string" in shape.types and not shape.types & {"number", "integer"}:
        return str(value)
    if not value.is_finite():
        raise MediaError(f"{value} is not a number in JSON")
    if value.adjusted() >= (sys.get_int_max_str_digits() or sys.maxsize):  # it would take minutes to write it out
        raise MediaError(_too_long())
    if value == value.to_integral_value():
        return int(value)
    number = float(value)
    if type(value)(repr(number)) != value:
        raise MediaError(f"{value} has more digits than a number can be sent with; float(...) would make it {number}")
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
