"""The schema that one value is made of: references, allOf and one branch of each choice put together."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from dynclient.schema.bundle import Bundle
from dynclient.schema.discriminator import DISCRIMINATOR

#: How deep a value may be; below, every choice is the first one, and what is optional is left out.
DEPTH = 6


class ExampleError(ValueError):
    """No value was found that the schema accepts."""


class Flattener:
    """Puts together what one value has to fit.

    Args:
        root: The bundle that references lead into.

    Attributes:
        root: The same.
        rng: Makes the choices.
    """

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.rng = random.Random(0)  # noqa: S311  repeatable, not secret
        self.root = root
        self._choices = 0
        #: What came of schemas where nothing was to be chosen, each beside its schema, so that its id stays its own.
        self._fixed: dict[int, tuple[Any, dict[str, Any]]] = {}

    def flatten(self, schema: Any, depth: int) -> dict[str, Any]:
        """The schema with its references, allOf and one branch of each choice put together; not to be written to."""
        if schema is False:
            raise ExampleError("false accepts nothing")
        if not isinstance(schema, Mapping):
            return {}
        if depth > 4 * DEPTH:
            raise ExampleError("the schema has no end")
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
        conditions = []
        for keyword, value in schema.items():
            if keyword == "$ref":
                flat = _both(flat, self.flatten(Bundle(self.root).resolve(value), depth + 1))
            elif keyword == "allOf":
                conditions += [part for part in value if isinstance(part, Mapping) and "if" in part]
                for part in value:
                    if not (isinstance(part, Mapping) and "if" in part):
                        flat = _both(flat, self.flatten(part, depth + 1))
            elif keyword in ("oneOf", "anyOf"):
                flat = _both(flat, self.flatten(self._choose(value, depth), depth + 1))
            elif keyword == "$dynamicRef":
                flat = _both(flat, self.flatten(Bundle(self.root).resolve(value.rpartition("#")[0]), depth + 1))
            elif keyword not in ("$defs", DISCRIMINATOR):
                flat = _both(flat, {keyword: value})
        return self._decide(flat, conditions, depth) if conditions else flat

    def _choose(self, branches: list[Any], depth: int) -> Any:
        self._choices += 1
        alive = [branch for branch in branches if branch is not False and branch != {"type": "null"}] or branches
        return alive[0] if depth >= DEPTH else self.rng.choice(alive)

    def _decide(self, flat: dict[str, Any], conditions: list[Mapping[str, Any]], depth: int) -> dict[str, Any]:
        """Fix the discriminator's value, and take what that value asks for."""
        self._choices += 1
        by_value = {}
        for condition in conditions:
            for name, rule in condition["if"].get("properties", {}).items():
                if isinstance(rule, Mapping) and "const" in rule and self._allows(flat, name, rule["const"]):
                    by_value[name, rule["const"]] = condition.get("then", {})
        if not by_value:
            return flat
        (name, value), chosen = self.rng.choice(list(by_value.items()))
        fixed = {"type": "object", "required": [name], "properties": {name: {"const": value}}}
        return _both(_both(flat, self.flatten(chosen, depth + 1)), fixed)

    def _allows(self, flat: Mapping[str, Any], name: str, value: Any) -> bool:
        """Whether what is said of a property elsewhere leaves it a value."""
        try:
            known = self.flatten(flat.get("properties", {}).get(name, {}), 0)
        except ExampleError:
            return False
        kinds = known.get("type", ())
        fits = not kinds or ("string" in kinds) == isinstance(value, str)
        return fits and value in known.get("enum", [value]) and known.get("const", value) == value


def _both(left: dict[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """A schema that asks for what both ask for, as far as making a value needs it."""
    out = dict(left)
    for keyword, value in right.items():
        if keyword not in out:
            out[keyword] = value
        elif keyword in _COMBINE:
            out[keyword] = _COMBINE[keyword](out[keyword], value)
    return out


def _types_of_both(left: Any, right: Any) -> list[str]:
    ours, theirs = ([kind] if isinstance(kind, str) else list(kind) for kind in (left, right))
    shared = [kind for kind in ours if kind in theirs]
    if ("number" in theirs and "integer" in ours) or ("number" in ours and "integer" in theirs):
        shared.append("integer")
    if not shared:
        raise ExampleError("two types exclude each other")
    return shared


def _properties_of_both(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    shared = {
        name: {"allOf": [left[name], right[name]]} for name in left if name in right and left[name] != right[name]
    }
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
    "items": lambda left, right: {"allOf": [left, right]},
    "additionalProperties": lambda left, right: {"allOf": [left, right]},
}
