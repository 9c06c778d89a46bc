"""Placeholders: what a recorder or its user writes in place of a value, such as `<TOKEN>`, `[REDACTED]` and `{{x}}`.

A placeholder says nothing about the value that was there, so it is never judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache

from dynclient import lazy

#: The longest text that may be one; the redactions of long values are short.
_LONGEST = 200

#: The whole of a text is a placeholder, or a scheme of authentication in front of one (`Bearer <TOKEN>`).
_WHOLE = lazy.pattern(
    r"""(?x)(?:(?i:basic|bearer|token|apikey|digest|negotiate)[ ]+)?(?:
    <{1,2}(?:[A-Z][A-Z0-9_ .:-]*|(?i:[\w -]*(?:token|key|secret|password|redacted|removed)))>{1,2}     # <TOKEN>, <<HOSTNAME>>
    | \[{1,2}[A-Z][A-Z0-9_ -]*\]{1,2}                                                                # [REDACTED]
    | [<\[({*_-]*(?i:redacted|filtered|scrubbed|saniti[sz]ed|masked|hidden|removed)[>\])}*_-]*(?:_[0-9a-f]{8,64})?
    | \{\{[^{}]*\}\} | \$\{[^{}]*\} | <%=.*%>                                                         # {{x}}, ${x}, <%= x %>
    | \*{3,} | [Xx]{4,} | \.{3,} | \#{3,} | \u2022{3,}                                                # ***, XXXXXXXX
    | [A-Z]{2,}(?:_[A-Z]+)*_(?:KEY|TOKEN|SECRET|PASSWORD|HOST|HOSTNAME|EMAIL)                         # DEVELOPER_PUBLIC_KEY
    | (?:[a-z]{2,8}[_-])+(?:\.{3}|\*{3,}|[Xx]{4,}|(?i:redacted))                                      # ntn_..., sk-***
    )"""
)
#: A part of a text that no API sends, so the rest of the text tells nothing either.
_PART = lazy.pattern(
    r"<<[A-Z][A-Z0-9_]*>>|<[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+>|\{\{[^{}]*\}\}|\[REDACTED\]|<REDACTED>|\bREDACTED_[0-9a-f]{8,64}\b|<%=.*?%>"
)
#: The signs and words of which every other placeholder has one.
_SIGNS = frozenset("<[{*\u2022")
_WORDS = ("redacted", "filtered", "scrubbed", "saniti", "masked", "hidden", "removed", "xxxx")
#: The dates and addresses that recorders write over the real ones (linodego).
_SCRUBBED = frozenset({"2018-01-02T03:04:05", "192.0.2.0", "2018-01-02T03:04:05Z", "192.0.2.0/24", "1234567890abcdef"})


def is_placeholder(text: str, patterns: Iterable[str] = ()) -> bool:
    """Whether a text stands in place of a value that the recorder removed.

    Args:
        text: The text.
        patterns: More placeholders, with the wildcards of a shell.

    >>> is_placeholder("<TOKEN>"), is_placeholder("Bearer [REDACTED]"), is_placeholder("red"), is_placeholder("fake-1", ["fake-*"])
    (True, True, False, True)
    """
    if len(text) <= _LONGEST and _is_whole(text):
        return True
    if ("<" in text or "{{" in text or "REDACTED" in text) and _PART.search(text):
        return True
    return bool(patterns) and any(fnmatchcase(text, pattern) for pattern in patterns)


@lru_cache(8192)
def _is_whole(text: str) -> bool:
    """Whether all of a text is a placeholder; most values have nothing that one has, and every value is asked about."""
    if text in _SCRUBBED:
        return True
    may_be = not _SIGNS.isdisjoint(text) or "..." in text or "###" in text or ("_" in text and text.isupper())
    if not may_be:
        lowered = text.lower()
        may_be = True in [word in lowered for word in _WORDS]
    return may_be and _WHOLE.fullmatch(text) is not None
