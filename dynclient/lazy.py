"""What is worked out when it is first used, so that an import costs no more than a first call needs.

Why it pays: to compile the regular expressions of all formats takes as long as to import a tenth of `requests`, and of the media types
most programs use one.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """A regular expression that is compiled when it is first used, and then is as fast as any.

    Args:
        text: The regular expression.
        flags: As for `re.compile`.
    """
    return cast("re.Pattern[AnyStr]", _Pattern(text, flags))


class _Pattern:
    """Stands for a `re.Pattern`: the first use of a method compiles it and puts the pattern's own method in place."""

    def __init__(self, text: Any, flags: int) -> None:
        self._made_of = text, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(re.compile(*self._made_of), name)
        setattr(self, name, value)
        return value
