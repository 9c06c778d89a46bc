"""ECMA-262 regular expressions, which are what `pattern` and `patternProperties` hold (JSON Schema 2020-12, Core, section 6.4).

Read by `regress` where Python's own `re` would read something else; a pattern is compiled once.
"""

from __future__ import annotations

from functools import cache
from typing import Any


def takes(pattern: str) -> bool:
    """Whether a pattern is an ECMA-262 regular expression."""
    return _compiled(pattern) is not None


def searches(pattern: str, text: str) -> bool:
    """Whether a pattern matches somewhere in a text; one that cannot be read counts as a match, so that secrets stay hidden."""
    expression = _compiled(pattern)
    return expression is None or expression.find(text) is not None


@cache
def _compiled(pattern: str) -> Any:
    """The regular expression, with Unicode rules where it takes them; None when it is not one."""
    import regress  # few schemas have patterns that anything but the engine has to read

    for flags in ("u", ""):
        try:
            return regress.Regex(pattern, flags)
        except regress.RegressError:
            continue
    return None
