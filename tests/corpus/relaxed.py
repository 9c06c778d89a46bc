"""Why no value fits a schema: the first rule whose relaxation lets one be made.

A schema that has no value however it is relaxed counts as a miss of our generator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from dynclient.schema.bundle import LIST, mapped
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import generate
from dynclient.schema.schemas import Schema
from dynclient.schema.translator import Direction

Rule = dict[str, Any]
#: A regular expression literal of another language; JSON Schema has the pattern without delimiters.
_DELIMITED = re.compile(r"/.*/[a-z]*", re.DOTALL)
_SEEDS = range(3)


def _enum(rule: Rule) -> Rule:
    return {"enum": rule["enum"]} if isinstance(rule.get("enum"), list) and rule["enum"] else rule


def _closed(rule: Rule) -> Rule:
    return {name: value for name, value in rule.items() if name != "additionalProperties"}


def _choice(rule: Rule) -> Rule:
    return {"anyOf" if name == "oneOf" and "anyOf" not in rule else name: value for name, value in rule.items()}


def _delimited(rule: Rule) -> Rule:
    pattern = rule.get("pattern")
    wrong = isinstance(pattern, str) and _DELIMITED.fullmatch(pattern)
    return {name: value for name, value in rule.items() if name != "pattern"} if wrong else rule


def _length(rule: Rule) -> Rule:
    bounds = ("minLength", "maxLength") if "pattern" in rule or "format" in rule else ()
    return {name: value for name, value in rule.items() if name not in bounds}


def _typed(rule: Rule) -> Rule:
    chosen = any(isinstance(rule.get(name), list) for name in LIST - {"prefixItems"})
    return {name: value for name, value in rule.items() if name != "type" or not chosen}


#: The name of each rule, and the schema without it; `FAULTS` has the words.
RELAXATIONS: dict[str, Callable[[Rule], Rule]] = {
    "enum": _enum,
    "closed": _closed,
    "overlap": _choice,
    "delimiters": _delimited,
    "length": _length,
    "type": _typed,
}


def why(schema: Schema, direction: Direction) -> str | None:
    """Return the rules without which the schema has a value, joined by `+`; None when no pair of rules explains it."""
    for names in _combinations():
        bundle: Any = schema.bundle.root
        for name in names:
            bundle = _changed(bundle, RELAXATIONS[name])
        if _has_value(bundle, direction):
            return "+".join(names)
    return None


def _combinations() -> Iterator[tuple[str, ...]]:
    """Yield each rule alone, then each pair."""
    yield from ((name,) for name in RELAXATIONS)
    yield from ((left, right) for left in RELAXATIONS for right in RELAXATIONS if left < right)


def _changed(part: Any, change: Callable[[Rule], Rule]) -> Any:
    """Return a schema with a rule relaxed in it and in every schema inside it."""
    return mapped(change(part), lambda inner: _changed(inner, change)) if isinstance(part, dict) else part


def _has_value(bundle: Any, direction: Direction) -> bool:
    schema = Schema(lambda: bundle)
    for seed in _SEEDS:
        for full in (False, True):
            try:
                generate(schema, seed, full=full, direction=direction)
            except ExampleError:
                continue
            return True
    return False
