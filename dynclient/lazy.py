"""Regular expressions that are compiled when they are first used, so that importing dynclient stays cheap.

Compiling the expressions of all formats takes as long as importing a tenth of `requests`, and most programs use few of them.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a regular expression that is compiled when it is first used, and is as fast as any other from then on.

    Args:
        text: The regular expression.
        flags: As for `re.compile`.
    """
    return cast("re.Pattern[AnyStr]", _Pattern(text, flags))


class _Pattern:
    """Acts as a `re.Pattern`: the first use of a method compiles the expression and keeps the pattern's own method."""

    def __init__(self, text: Any, flags: int) -> None:
        self._arguments = text, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(re.compile(*self._arguments), name)
        setattr(self, name, value)
        return value
