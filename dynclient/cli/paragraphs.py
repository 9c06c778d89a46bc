"""Descriptions on a terminal: the lines of each paragraph of CommonMark are joined, so that the terminal wraps them.

Why not a renderer of Markdown: it drops what looks like HTML, and many descriptions write placeholders as `<id>`.
"""

from __future__ import annotations

import re

_FENCE = re.compile(r"\s*(?:```|~~~)")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])(?:\s|$)")
#: Lines that stand alone: headings and their underlines, rules, quotations, rows of tables, HTML.
_ALONE = re.compile(r"\s*(?:#{1,6}(?:\s|$)|[>|<]|={2,}\s*$|-{2,}\s*$|(?:\*\s*){3,}$)")
_CODE = re.compile(r"(?: {4}|\t)")
_HARD_BREAK = re.compile(r".*(?:  |\\)$")


def reflowed(text: str) -> str:
    """Join the lines of each paragraph and of each item of a list; everything else keeps its lines."""
    lines: list[str] = []
    is_open = is_fenced = False  # whether the last line goes on; whether it is inside of ``` and ```
    for line in text.splitlines():
        is_fence = _FENCE.match(line) is not None
        is_fenced ^= is_fence
        is_item, is_alone = _ITEM.match(line) is not None, not line.strip() or _ALONE.match(line) is not None
        if is_open and not (is_fence or is_item or is_alone):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.rstrip())
            is_code = _CODE.match(line) is not None and not is_item
            is_open = not (is_fenced or is_fence or is_alone or is_code)
        is_open = is_open and _HARD_BREAK.match(line) is None
    return "\n".join(lines)
