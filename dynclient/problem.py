"""Problems: what is wrong, and where, as values; and how messages show values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

#: The longest pointer that a message shows whole.
_LONGEST = 300
#: Control characters, those that turn the direction of text, and unpaired surrogates: a terminal obeys them, and nobody can read them.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

#: The tokens of a JSON pointer.
Tokens = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where.

    Attributes:
        where: The part that is wrong: `path`, `query`, `header`, `cookie`, `body`, `status`, `security`, `document`...
        path: The value inside that part, as the tokens of a JSON pointer.
        keyword: The rule that is broken: a JSON Schema keyword or a short name of ours (`unknown`, `media type`); `null` where null is not allowed.
        message: What is wrong, in words that follow "where /path:".
        hint: What to do about it, or "".
        count: How many problems it stands for: more than one where the rest of a long list is only counted.
    """

    where: str
    path: Tokens = ()
    keyword: str = ""
    message: str = ""
    hint: str = ""
    count: int = 1

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer (RFC 6901)."""
        return pointer(self.path)

    def __str__(self) -> str:
        place = f"{self.where} {without_middle(self.pointer, _LONGEST)}" if self.path else self.where
        return f"{place}: {self.message}" + (f" ({self.hint})" if self.hint else "")


def pointer(path: Iterable[str | int]) -> str:
    """Write tokens as a JSON pointer (RFC 6901, section 3)."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in path)


def without_middle(text: str, limit: int) -> str:
    """Return a text without its middle if it is too long for a message."""
    return text if len(text) <= limit else f"{text[: limit // 2]}…{text[-limit // 4 :]}"


def show(value: Any, limit: int = 60) -> str:
    """Write a value as JSON, shortened, for messages."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def printable(text: str) -> str:
    r"""Return the text with its control characters escaped; line breaks and tabs stay.

    >>> printable("clear\x1b[2J")
    'clear\\x1b[2J'
    """
    return _CONTROLS.sub(_escaped_sign, text)


def _escaped_sign(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def one_line(text: str) -> str:
    """Return the text in one line, with its control characters escaped."""
    return " ".join(printable(text).split())
