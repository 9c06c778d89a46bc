"""Names: from the document's spelling to Python's, and the nearest ones to a typo."""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Iterable

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_NAME = re.compile(r"\W+")


def snake_case(name: str) -> str:
    """The Python name for a name of a document: lower case, words joined by underscores, never a keyword.

    >>> snake_case("createCheckout"), snake_case("getIGiftOrder"), snake_case("X-Client-Id"), snake_case("class")
    ('create_checkout', 'get_i_gift_order', 'x_client_id', 'class_')
    """
    words = _NOT_NAME.sub("_", _WORD_STARTS.sub("_", name)).strip("_").lower()
    if not words or words[0].isdigit():
        words = f"_{words}"
    return f"{words}_" if keyword.iskeyword(words) else words


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that lists the known names nearest to a misspelt one, or "" when none is near."""
    by_plain = {_plain(candidate): candidate for candidate in known}
    close = difflib.get_close_matches(_plain(name), by_plain, n=3, cutoff=0.6)
    return "did you mean " + " or ".join(by_plain[match] for match in close) + "?" if close else ""


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
