"""Text and JSON that do nothing to a terminal: what is not printable is written out."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNPRINTABLE_JSON = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with its control characters written out; lines and tabs stay."""
    return _CONTROLS.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def json_text(data: Any, indent: int | None = 2) -> str:
    """The data as JSON that any terminal and any file takes."""
    utf = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")
    text = json.dumps(data, ensure_ascii=not utf, indent=indent, default=_bytes)
    return _UNPRINTABLE_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _bytes(value: Any) -> Any:
    from base64 import b64encode  # binary replies are rare

    if isinstance(value, bytes):
        return {"base64": b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} is not a value that JSON has")
