"""The types of JSON values, as a comparison tells them apart: a number is an integer or has a fraction."""

from __future__ import annotations

from typing import Any

TYPES = frozenset({"null", "boolean", "integer", "fraction", "string", "array", "object"})
_NUMBERS = frozenset({"integer", "fraction"})
_NAMED = {"number": _NUMBERS, **{name: frozenset({name}) for name in TYPES}}
#: The keywords that say something of values of one type only.
_ABOUT = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _NUMBERS),
    **dict.fromkeys(("minLength", "maxLength", "pattern"), frozenset({"string"})),
    **dict.fromkeys(
        ("items", "prefixItems", "contains", "minContains", "maxContains", "minItems", "maxItems", "uniqueItems"), frozenset({"array"})
    ),
    **dict.fromkeys(
        (
            "properties", "patternProperties", "additionalProperties", "propertyNames", "required", "minProperties", "maxProperties",
            "dependentRequired", "dependentSchemas",
        ),
        frozenset({"object"}),
    ),
}  # fmt: skip


def is_about(keyword: str, types: frozenset[str]) -> bool:
    """Whether a keyword may say something of values of these types."""
    return not types.isdisjoint(_ABOUT.get(keyword, TYPES))


def types_in(declared: Any) -> frozenset[str]:
    """Return the types that a `type` allows; a number is an integer or has a fraction."""
    if isinstance(declared, str):
        return _NAMED.get(declared) or frozenset({declared})
    listed = declared if isinstance(declared, list) else []
    found = {str(name) for name in listed}
    return frozenset(found - {"number"} | (_NUMBERS if "number" in found else frozenset()))


def type_of(value: Any) -> str:
    """Return the type of a JSON value as `types_in` does."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) or value.is_integer() else "fraction"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"
