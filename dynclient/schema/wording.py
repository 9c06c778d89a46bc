"""The words for each keyword that a value can break."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dynclient.problem import show
from dynclient.schema.discriminator import DISCRIMINATOR


def worded(keyword: str, value: str, rule: Any, schema: Mapping[str, Any]) -> str:
    """What is wrong with a value.

    Args:
        keyword: The keyword that it breaks.
        value: The value as it may be shown.
        rule: What the keyword asks for.
        schema: The schema that holds the keyword.
    """
    return _WORDING.get(keyword, _other_wording)(value, rule, schema)


def _type_words(value: str, expected: Any, _: Mapping[str, Any]) -> str:
    kinds = expected if isinstance(expected, list) else [expected]
    return f"{value} is not of type {' or '.join(map(str, kinds))}"


def _enum_words(value: str, expected: Any, schema: Mapping[str, Any]) -> str:
    choices = ", ".join(show(item) for item in expected)
    if DISCRIMINATOR in schema:
        return f"{value} is not a known value of the discriminator {schema[DISCRIMINATOR]}, which takes {choices}"
    return f"{value} is not one of {choices}"


def _beyond(value: str, expected: Any, schema: Mapping[str, Any], side: str, bound: str) -> str:
    limit = schema.get(bound) if isinstance(expected, bool) else expected  # 3.0 has the limit in the other keyword
    return f"{value} must be {side} than {limit}"


def _other_wording(value: str, expected: Any, _: Mapping[str, Any]) -> str:
    return (
        f"{value} is not allowed here" if expected in (None, False) else f"{value} breaks this rule: {show(expected)}"
    )


_WORDING: dict[str, Callable[[str, Any, Mapping[str, Any]], str]] = {
    "type": _type_words,
    "enum": _enum_words,
    "const": lambda value, expected, _: f"{value} is not {show(expected)}",
    "format": lambda value, expected, _: f"{value} is not a valid {expected}",
    "pattern": lambda value, expected, _: f"{value} does not match the pattern {expected}",
    "minimum": lambda value, expected, _: f"{value} is less than the minimum of {expected}",
    "maximum": lambda value, expected, _: f"{value} is greater than the maximum of {expected}",
    "exclusiveMinimum": lambda value, expected, schema: _beyond(value, expected, schema, "greater", "minimum"),
    "exclusiveMaximum": lambda value, expected, schema: _beyond(value, expected, schema, "less", "maximum"),
    "multipleOf": lambda value, expected, _: f"{value} is not a multiple of {expected}",
    "minLength": lambda value, expected, _: f"{value} is shorter than the minimum length of {expected}",
    "maxLength": lambda value, expected, _: f"{value} is longer than the maximum length of {expected}",
    "minItems": lambda _, expected, __: f"has fewer than {expected} items",
    "maxItems": lambda _, expected, __: f"has more than {expected} items",
    "uniqueItems": lambda _, __, ___: "holds an item twice",
    "minProperties": lambda _, expected, __: f"has fewer than {expected} properties",
    "maxProperties": lambda _, expected, __: f"has more than {expected} properties",
    "contains": lambda _, __, ___: "holds no item of the kind it must contain",
    "not": lambda value, expected, __: f"{value} is {'of a kind that is excluded' if expected else 'not allowed here'}",
}
