"""JSON, and every media type with the suffix `+json` (RFC 8259; RFC 6839, section 3.1).

Strict both ways: NaN and infinity are refused because they are not JSON; unpaired surrogates and numbers that Python cannot hold, because
they would not arrive as they left. Null, false, 0 and the empty text are bodies like any other.
"""

from __future__ import annotations

import json
import math
import re
import sys
from typing import Any

from dynclient import lazy
from dynclient.spec.jsonvalue import json_fault, quick_message
from dynclient.wire.bodyrules import Rules
from dynclient.wire.charset import known_charset
from dynclient.wire.codec import Payload, whole
from dynclient.wire.files import is_stream
from dynclient.wire.mediatype import MediaError, MediaType
from dynclient.wire.values import check_json, to_plain

#: The constants of Python's own JSON, outside of texts.
_CONSTANT = lazy.pattern(r'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)', re.DOTALL)
_SURROGATE = lazy.pattern(r"\\u[dD][89a-fA-F]")


class JsonCodec:
    """JSON without spaces, in UTF-8 unless the media type names another charset."""

    def encode(self, value: Any, kind: MediaType, _: Rules) -> Payload:
        """Write a value; an iterator is written as an array."""
        if is_stream(value):
            value = to_plain(value, binary=False)
        return whole(kind.text, dumps(value, known_charset(kind.charset)))

    def decode(self, content: bytes, kind: MediaType, _: Rules) -> Any:
        """Return the value of a text in UTF-8, -16 or -32, with or without a byte order mark, or in the charset of the media type."""
        named = kind.parameters.get("charset", "").lower()
        if not named or named.startswith("utf"):
            try:
                return quick_message(content)
            except ValueError:
                pass  # Python's own reader says what is wrong, and takes more: other encodings, and a deeper nesting
        charset: str = json.detect_encoding(content)
        if charset == "utf-8" and named and not named.startswith("utf"):
            charset = known_charset(named)
        return loads(content, charset)


def dumps(value: Any, charset: str = "utf-8") -> bytes:
    """Return a value as JSON.

    Raises:
        MediaError: JSON cannot carry the value; it tells every part that it cannot carry.
    """
    unicode = charset.lower().startswith("utf")
    try:
        return (_UNICODE if unicode else _ESCAPED).encode(value).encode(charset)
    except (RecursionError, TypeError, ValueError) as error:
        check_json(value)  # which knows the places
        raise MediaError(f"cannot be written as JSON: {_reason(error)}") from None


def loads(content: bytes, charset: str = "utf-8") -> Any:
    """Return the value of a JSON text.

    Raises:
        MediaError: The text is not JSON, or Python cannot hold its value.
    """
    try:
        text = content.decode(charset)
        value = _READER.decode(text)
    except RecursionError:
        raise MediaError("is JSON nested too deeply") from None
    except UnicodeDecodeError as error:
        raise MediaError(f"is not JSON: {error.reason} at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise MediaError(f"is not JSON: {json_fault(error)} at line {error.lineno}, column {error.colno}") from None
    except _NotJsonError as error:
        start = next(found.start() for found in _CONSTANT.finditer(text) if found[1])
        line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
        raise MediaError(f"is not JSON: {error} at line {line}, column {column}") from None
    except ValueError as error:
        raise MediaError(f"is not JSON that can be read: {_reason(error)}") from None
    if _SURROGATE.search(text):
        _refuse_surrogates(value)
    return value


def _reason(error: Exception) -> str:
    digits = sys.get_int_max_str_digits()
    return f"a number has more than {digits} digits" if "digits" in str(error) else str(error)


class _NotJsonError(Exception):
    pass


def _no_constant(name: str) -> Any:
    raise _NotJsonError(f"{name} is not a value of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text[:20]} is too large")
    return number


def _refuse_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise MediaError("is not JSON that can be read: a text contains an unpaired surrogate") from None


#: A value that contains itself is nested too deeply, which costs nothing to find.
_SETTINGS: dict[str, Any] = {"check_circular": False, "allow_nan": False, "separators": (",", ":")}
_UNICODE = json.JSONEncoder(ensure_ascii=False, **_SETTINGS)
_ESCAPED = json.JSONEncoder(ensure_ascii=True, **_SETTINGS)
_READER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)
