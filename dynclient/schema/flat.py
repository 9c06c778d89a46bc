"""The one schema that an example value is made for: references, `allOf`, conditions and one branch of each choice put together."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from dynclient.schema.bundle import ASSERTED, CHOICES, CONDITIONS, Bundle, joined
from dynclient.schema.discriminator import DISCRIMINATOR

#: How deep a value may be; below that, every choice is the first one, and optional parts are left out.
DEPTH = 6


class ExampleError(ValueError):
    """No value was found that the schema accepts.

    Attributes:
        closest: The first value that was tried, if any could be made.
    """

    def __init__(self, message: str, closest: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.closest = closest


class Flattener:
    """Puts together everything that one value must fit.

    Args:
        bundle: The bundle of the schemas.

    Attributes:
        bundle: The bundle.
        rng: Makes the choices.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.rng = random.Random(0)  # noqa: S311  repeatable, not secret
        self.bundle = bundle
        self._choices = 0
        #: The results for schemas without a choice, each beside its schema, which keeps its id from being used again.
        self._fixed: dict[int, tuple[Any, dict[str, Any]]] = {}

    def flatten(self, schema: Any, depth: int) -> dict[str, Any]:
        """Return the schema with its references, `allOf`, conditions and one branch of each choice put together; do not change it."""
        if schema is False:
            raise ExampleError("the schema is false, which accepts nothing")
        if not isinstance(schema, Mapping):
            return {}
        if depth > 4 * DEPTH:
            raise ExampleError("the schema requires itself without end")
        known = self._fixed.get(id(schema))
        if known is not None:
            return known[1]
        choices = self._choices
        flat = self._flatten(schema, depth)
        if self._choices == choices:
            self._fixed[id(schema)] = schema, flat
        return flat

    def _flatten(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        flat: dict[str, Any] = {}
        cases: list[Mapping[str, Any]] = [schema] if "if" in schema else []
        for keyword, value in schema.items():
            if keyword in ASSERTED:
                for _, part in self.bundle.applied(schema, (keyword,)):
                    found = self._cases(part)
                    cases += found
                    flat = flat if found else _both(flat, self.flatten(part, depth + 1))
            elif keyword in CHOICES:
                flat = _both(flat, self.flatten(self._choose(value, depth), depth + 1))
            elif keyword == "dependentSchemas":
                flat = self._depend(flat, value, depth)
            elif keyword not in CONDITIONS and keyword not in ("$defs", DISCRIMINATOR):
                flat = _both(flat, {keyword: value})
        return self._decide(flat, cases, depth) if cases else flat

    def _cases(self, part: Any) -> list[Mapping[str, Any]]:
        """Return the conditions of a part of a schema that is a condition, or a discriminator's choice of subtypes."""
        if not isinstance(part, Mapping):
            return []
        if part.keys() == {"$ref"}:
            part = self.bundle.resolve(part["$ref"])
        if isinstance(part, Mapping) and DISCRIMINATOR in part and "enum" not in part:
            return [case for _, case in self.bundle.applied(part, ASSERTED)]
        return [part] if isinstance(part, Mapping) and "if" in part and part.keys() <= {*CONDITIONS} else []

    def _choose(self, branches: list[Any], depth: int) -> Any:
        self._choices += 1
        alive = [branch for branch in branches if branch is not False and branch != {"type": "null"}] or branches
        return alive[0] if depth >= DEPTH else self.rng.choice(alive)

    def _depend(self, flat: dict[str, Any], schemas: Mapping[str, Any], depth: int) -> dict[str, Any]:
        """Add some of the schemas that count only where a property is present."""
        self._choices += 1
        for schema in schemas.values():
            if self.rng.random() < 0.5:
                flat = _both(flat, self.flatten(schema, depth + 1))
        return flat

    def _decide(self, flat: dict[str, Any], cases: list[Mapping[str, Any]], depth: int) -> dict[str, Any]:
        """Fix the value of a property that conditions ask for, and add what that value requires; choose a side of other conditions."""
        self._choices += 1
        by_value: dict[tuple[str, Any], Any] = {}
        for case in cases:
            named = [item for item in _fixed_by(case["if"]) if self._allows(flat, *item)]
            by_value |= dict.fromkeys(named, case.get("then", {}))
            if not named and not _fixed_by(case["if"]):
                flat = _both(flat, self.flatten(self._side(case), depth + 1))
        if not by_value:
            return flat
        (name, value), chosen = self.rng.choice(list(by_value.items()))
        fixed = {"type": "object", "required": [name], "properties": {name: {"const": value}}}
        return _both(_both(flat, self.flatten(chosen, depth + 1)), fixed)

    def _side(self, case: Mapping[str, Any]) -> Any:
        return joined([case["if"], case.get("then", True)]) if self.rng.random() < 0.5 else case.get("else", True)

    def _allows(self, flat: Mapping[str, Any], name: str, value: Any) -> bool:
        """Whether the rest of the schema allows this value of a property."""
        try:
            known = self.flatten(flat.get("properties", {}).get(name, {}), 0)
        except ExampleError:
            return False
        types = known.get("type", ())
        fits = not types or ("string" in types) == isinstance(value, str)
        return fits and value in known.get("enum", [value]) and known.get("const", value) == value


def _fixed_by(condition: Any) -> list[tuple[str, Any]]:
    """Return the properties that a condition compares with one value, and that value."""
    properties = condition.get("properties", {}) if isinstance(condition, Mapping) else {}
    rules = properties.items() if isinstance(properties, Mapping) else ()
    return [
        (name, rule["const"])
        for name, rule in rules
        if isinstance(rule, Mapping) and isinstance(rule.get("const"), str | int)
    ]


def _both(left: dict[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema that asks for what both ask for, as far as making a value needs it."""
    out = dict(left)
    for keyword, value in right.items():
        if keyword not in out:
            out[keyword] = value
        elif keyword in _COMBINE:
            out[keyword] = _COMBINE[keyword](out[keyword], value)
    return out


def _types_of_both(left: Any, right: Any) -> list[str]:
    first, second = ([types] if isinstance(types, str) else list(types) for types in (left, right))
    shared = [name for name in first if name in second]
    if ("number" in second and "integer" in first) or ("number" in first and "integer" in second):
        shared.append("integer")
    if not shared:
        raise ExampleError("two types exclude each other")
    return shared


def _properties_of_both(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    shared = {name: joined([left[name], right[name]]) for name in left if name in right and left[name] != right[name]}
    return {**left, **right, **shared}


_COMBINE: dict[str, Any] = {
    "type": _types_of_both,
    "properties": _properties_of_both,
    "required": lambda left, right: list(dict.fromkeys([*left, *right])),
    "enum": lambda left, right: [value for value in left if value in right],
    "minimum": max,
    "exclusiveMinimum": max,
    "minLength": max,
    "minItems": max,
    "minProperties": max,
    "maximum": min,
    "exclusiveMaximum": min,
    "maxLength": min,
    "maxItems": min,
    "maxProperties": min,
    "patternProperties": _properties_of_both,
    **dict.fromkeys(
        ("items", "contains", "propertyNames", "additionalProperties", "unevaluatedItems", "unevaluatedProperties"),
        lambda left, right: joined([left, right]),
    ),
}
