"""Charsets: those that the web knows (WHATWG, Encoding), by the names that Python has for them.

Python has codecs that are none: `rot13`, `unicode_escape`, and `punycode`, whose time grows with the square of the text.
"""

from __future__ import annotations

import codecs
from functools import lru_cache

from dynclient.wire.mediatype import MediaError

_KNOWN = frozenset({
    "ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be",
    *(f"iso8859-{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)),
    *(f"cp{number}" for number in (866, 874, 932, 949, 950, *range(1250, 1259))),
    "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic", "tis-620", "gb2312", "gbk", "gb18030", "big5", "big5hkscs", "euc_jp", "iso2022_jp",
    "shift_jis", "euc_kr",
})  # fmt: skip
#: Names of the web that Python does not have.
_ALSO = {"windows-31j": "cp932", "x-sjis": "cp932", "windows-874": "cp874", "x-gbk": "gbk", "x-x-big5": "big5"}


@lru_cache(maxsize=64)
def known_charset(label: str) -> str:
    """Return Python's name of a charset.

    Args:
        label: Its name in a media type, or in a document.

    Raises:
        MediaError: The web does not know it.
    """
    try:
        name = codecs.lookup(_ALSO.get(label.lower(), label)).name
    except (LookupError, ValueError):
        name = ""
    if name not in _KNOWN:
        raise MediaError(f"has an unknown charset {label!r}")
    return name
