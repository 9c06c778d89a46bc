r"""The patterns of a schema: one that an engine cannot take weakens that one check, and nothing else.

One thing is mended before: a hyphen behind a class inside brackets, `[\w-.]`, is a hyphen in ECMA-262 (Annex B.1.2), as in many published
patterns, and an error to jsonschema-rs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dynclient import lazy

_HYPHEN = lazy.pattern(r"(\\[dDsSwW])-(?=[^\]])")


def patterns(schema: Any) -> Iterator[str]:
    """Every pattern of a schema."""
    if isinstance(schema, list):
        for item in schema:
            yield from patterns(item)
    elif isinstance(schema, dict):
        for keyword, value in schema.items():
            if keyword == "pattern" and isinstance(value, str):
                yield value
            elif keyword == "patternProperties" and isinstance(value, dict):
                yield from value
            if keyword not in ("enum", "const"):
                yield from patterns(value)


def usable(schema: Any, takes: Callable[[str], bool], notes: list[str]) -> Any:
    """The schema less the patterns that an engine cannot take.

    Args:
        schema: The schema.
        takes: Whether the engine can take a pattern.
        notes: Gets a line for each pattern that is left out.
    """
    if isinstance(schema, list):
        return [usable(item, takes, notes) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "pattern" and isinstance(value, str):
            taken = next(filter(takes, (value, _HYPHEN.sub(r"\1\\-", value))), None)
            if taken is None:
                notes.append(f"the pattern {value!r} is not checked: the engine cannot take it")
            else:
                out[keyword] = taken
        elif keyword == "patternProperties" and isinstance(value, dict):
            bad = [pattern for pattern in value if not takes(pattern)]
            notes += [f"the pattern {pattern!r} is not checked: the engine cannot take it" for pattern in bad]
            good = {pattern: rule for pattern, rule in value.items() if pattern not in bad}
            out[keyword] = usable(good, takes, notes)
            if bad:  # which properties they allow is not known, so none is refused for being unknown
                schema = {**schema, "additionalProperties": True}
        elif keyword in ("enum", "const"):
            out[keyword] = value
        else:
            out[keyword] = usable(value, takes, notes)
    if schema.get("additionalProperties") is True and "additionalProperties" in out:
        out["additionalProperties"] = True
    return out
