"""What the schemas of a term say together: its types, values, bounds and members."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

from dynclient.schema.bundle import ASSERTED, CHOICES, CONDITIONS
from dynclient.schema.ecma import searches
from dynclient.versions.identities import canonical
from dynclient.versions.jsontypes import TYPES, type_of, types_in
from dynclient.versions.patternforms import shortest
from dynclient.versions.terms import OneWay, Term

#: The keywords by which a schema may apply another one to the same value; those that describe properties, and properties of any name.
_MAY_APPLY = frozenset({*CHOICES, *CONDITIONS})
_OF_PROPERTIES = frozenset({"properties", "patternProperties", "additionalProperties"})
_OTHERS = ("additionalProperties", "unevaluatedProperties")
#: The lengths of the longest texts of some formats.
_LONGEST = {"uuid": 36, "date": 10, "ipv4": 15}
_FINITE: dict[str, list[Any]] = {"null": [None], "boolean": [False, True]}


def constants(side: OneWay, schema: Any) -> dict[str, frozenset[str]]:
    """Return the properties that each object of a schema has with one of a few values, and those values in canonical form.

    This looks at far less than `Facts`, for choices of thousands of branches.
    """
    parts = [part for part in side.bundle.parts(schema, ASSERTED) if "required" in part or "properties" in part]
    required = {name for part in parts for name in part.get("required", ()) if isinstance(name, str)}
    found: dict[str, frozenset[str]] = {}
    for part in parts:
        properties = part.get("properties")
        for name, rule in properties.items() if isinstance(properties, Mapping) else ():
            if name in required and name not in found and isinstance(rule, Mapping) and _lists_values(rule):
                found[name] = frozenset(map(canonical, [rule["const"]] if "const" in rule else rule["enum"]))
    return found


class Facts:
    """What the schemas of a term say together.

    Args:
        side: The document.
        term: The term.
    """

    def __init__(self, side: OneWay, term: Term) -> None:
        self.side = side
        self.term = term
        self.parts = term.parts

    def _all(self, keyword: str) -> Iterator[Any]:
        return (part[keyword] for part in self.parts if keyword in part)

    @cached_property
    def types(self) -> frozenset[str]:
        """The types of its values."""
        found = TYPES
        for declared in self._all("type"):
            found &= types_in(declared)
        if "fraction" in found and any(_is_whole(step) for step in self._all("multipleOf")):
            found -= {"fraction"}
        listed = self._listed
        return found if listed is None else found & {type_of(value) for value in listed}

    @cached_property
    def _listed(self) -> list[Any] | None:
        lists = [[part["const"]] if "const" in part else part["enum"] for part in self.parts if _lists_values(part)]
        if not lists:
            return None
        allowed = [{canonical(value) for value in each} for each in lists[1:]]
        return [value for value in lists[0] if all(canonical(value) in each for each in allowed)]

    @cached_property
    def values(self) -> list[Any] | None:
        """Its only values, if it lists them."""
        if self._listed is not None:
            return [value for value in self._listed if type_of(value) in self.types]
        if self.types <= _FINITE.keys():
            return [value for name in sorted(self.types) for value in _FINITE[name]]
        return None

    @property
    def is_empty(self) -> bool:
        """Whether it certainly has no values."""
        return not self.types or self.values == [] or any(part.get("not") in ({}, True) for part in self.parts)

    @cached_property
    def low(self) -> tuple[float, bool]:
        """The greatest lower bound, and whether the bound itself is excluded."""
        bounds = [(value, False) for value in self._numbers("minimum")]
        bounds += [(value, True) for value in self._numbers("exclusiveMinimum")]
        value, is_open = max(bounds, default=(-math.inf, False))
        if "fraction" not in self.types and math.isfinite(value):
            return math.floor(value) + 1 if is_open else math.ceil(value), False
        return value, is_open

    @cached_property
    def high(self) -> tuple[float, bool]:
        """The least upper bound, and whether the bound itself is excluded."""
        bounds = [(-value, False) for value in self._numbers("maximum")]
        bounds += [(-value, True) for value in self._numbers("exclusiveMaximum")]
        value, is_open = max(bounds, default=(-math.inf, False))
        if "fraction" not in self.types and math.isfinite(value):
            return -(math.floor(value) + 1 if is_open else math.ceil(value)), False
        return -value, is_open

    def _numbers(self, keyword: str) -> Iterator[float]:
        return (value for value in self._all(keyword) if isinstance(value, int | float) and not isinstance(value, bool))

    def least(self, keyword: str) -> float:
        """The greatest of its `minLength`, `minItems` or `minProperties`."""
        found = max(self._numbers(keyword), default=0)
        if keyword == "minLength":
            return max([found, *map(shortest, self.texts("pattern"))])
        return max(found, len(self.required)) if keyword == "minProperties" else found

    def most(self, keyword: str) -> float:
        """The least of its `maxLength`, `maxItems` or `maxProperties`."""
        found = min(self._numbers(keyword), default=math.inf)
        if keyword == "maxLength":
            found = min([found, *(_LONGEST[form] for form in self.texts("format") if form in _LONGEST)])
        if keyword == "maxProperties" and not self.is_open:
            return min(found, len(self.names))
        return found

    @cached_property
    def steps(self) -> list[Fraction]:
        """Its `multipleOf`s."""
        found = [Fraction(str(value)) for value in self._numbers("multipleOf") if value > 0]
        return [*found, Fraction(1)] if "fraction" not in self.types else found

    def texts(self, keyword: str) -> set[str]:
        """Its patterns or formats."""
        return {value for value in self._all(keyword) if isinstance(value, str)}

    @cached_property
    def required(self) -> frozenset[str]:
        """The properties that each object has."""
        return frozenset(name for names in self._all("required") if isinstance(names, list) for name in names)

    @cached_property
    def _possible(self) -> list[Mapping[str, Any]]:
        """The parts, and the schemas that they may apply to the same value: a sender may send what any of them declares."""
        if all(part.keys().isdisjoint(_MAY_APPLY) for part in self.parts):
            return list(self.parts)
        return [each for part in self.parts for each in self.side.bundle.parts(part)]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The properties that it declares and a sender may send, in order."""
        listed = dict.fromkeys(name for part in self._all("properties") if isinstance(part, Mapping) for name in part)
        listed |= dict.fromkeys(name for part in self._possible for name in _names_in(part, "properties"))
        listed |= dict.fromkeys(sorted(self.required))
        return tuple(name for name in listed if not self.is_absent(name))

    def is_absent(self, name: str) -> bool:
        """Whether a property does not travel in this direction, or is allowed nowhere."""
        mark = "readOnly" if self.side.direction == "request" else "writeOnly"
        schemas = self.member(name)
        if any(schema is False or schema == {"not": {}} for schema in schemas):
            return True
        parts = self.side.term(schemas).parts if schemas else ()
        return any(part.get(mark) is True for part in parts)

    def member(self, name: str) -> list[Any]:
        """Return the schemas of a property."""
        found: list[Any] = []
        for part in self._describing:
            own = self._stated(part, name)
            found += own or ([part["additionalProperties"]] if "additionalProperties" in part else [])
        rules = [] if found else [*self._all("unevaluatedProperties")]
        return found if not rules or self._may_evaluate(name) else rules

    @cached_property
    def _describing(self) -> list[Mapping[str, Any]]:
        """The parts that describe properties: among the conditions of a base of hundreds of types, a few."""
        return [part for part in self.parts if not part.keys().isdisjoint(_OF_PROPERTIES)]

    def _may_evaluate(self, name: str) -> bool:
        """Whether a schema that the parts may apply has a say in a property that they do not describe."""
        return any("additionalProperties" in part or self._stated(part, name) for part in self._possible)

    def _stated(self, part: Mapping[str, Any], name: str) -> list[Any]:
        properties, patterns = part.get("properties"), part.get("patternProperties")
        found = [properties[name]] if isinstance(properties, Mapping) and name in properties else []
        if isinstance(patterns, Mapping):
            found += [rule for pattern, rule in patterns.items() if searches(pattern, name)]
        return found

    def is_stated(self, name: str) -> bool:
        """Whether its properties or patterns name a property."""
        return any(self._stated(part, name) for part in self._describing)

    @cached_property
    def patterns(self) -> dict[str, list[Any]]:
        """Its `patternProperties`."""
        found: dict[str, list[Any]] = {}
        for rules in self._all("patternProperties"):
            for pattern, rule in rules.items() if isinstance(rules, Mapping) else ():
                found.setdefault(pattern, []).append(rule)
        for part in self._possible:
            for pattern in _names_in(part, "patternProperties"):
                found.setdefault(pattern, [])
        return found

    @cached_property
    def is_map(self) -> bool:
        """Whether a sender may send properties of any name: the schema describes those that it does not name."""
        known = "additionalProperties" if any("additionalProperties" in part for part in self._possible) else _OTHERS[1]
        if any(rule is False or rule == {"not": {}} for rule in self._all(known)):
            return False
        return self._describes_others or not (self.names or self.patterns)

    @cached_property
    def _describes_others(self) -> bool:
        """Whether it has a schema for properties that it does not name, so that a sender may send them."""
        found = (part.get(keyword) for part in self._possible for keyword in _OTHERS)
        return any(isinstance(rule, Mapping) and rule and rule != {"not": {}} for rule in found)

    @property
    def is_open(self) -> bool:
        """Whether a sender may send properties that it does not name."""
        return self.is_map or bool(self.patterns)

    def may_have(self, name: str) -> bool:
        """Whether a sender may send a property."""
        known = self.is_map or any(searches(pattern, name) for pattern in self.patterns)
        return name in self.names or (known and not self.is_absent(name))

    def declares(self, name: str) -> bool:
        """Whether a property is one that a sender knows of, so that it may send it."""
        if name in self.names:
            return True
        known = self._describes_others or any(searches(pattern, name) for pattern in self.patterns)
        return known and not self.is_absent(name)

    # Arrays

    @cached_property
    def first(self) -> int:
        """How many items have schemas of their own."""
        return max((len(part) for part in self._all("prefixItems") if isinstance(part, list)), default=0)

    def item(self, index: int) -> list[Any]:
        """Return the schemas of an item; beyond the first ones, those of all others."""
        found: list[Any] = []
        for part in self.parts:
            prefix = part.get("prefixItems")
            if isinstance(prefix, list) and index < len(prefix):
                found.append(prefix[index])
            elif "items" in part:
                found.append(part["items"])
        rules = [] if found else [*self._all("unevaluatedItems")]
        return found if not rules or any(_may_evaluate_item(part, index) for part in self._possible) else rules

    # Choices

    @cached_property
    def choices(self) -> list[tuple[int, str]]:
        """Its choices: the position of each part that has one, and its keyword."""
        return [
            (index, keyword)
            for index, part in enumerate(self.parts)
            for keyword in CHOICES
            if isinstance(part.get(keyword), list)
        ]


def _names_in(part: Mapping[str, Any], keyword: str) -> Iterator[str]:
    found = part.get(keyword)
    return iter(found if isinstance(found, Mapping) else ())


def _may_evaluate_item(part: Mapping[str, Any], index: int) -> bool:
    prefix = part.get("prefixItems")
    return "items" in part or "contains" in part or (isinstance(prefix, list) and index < len(prefix))


def _lists_values(part: Mapping[str, Any]) -> bool:
    return "const" in part or isinstance(part.get("enum"), list)


def _is_whole(step: Any) -> bool:
    return isinstance(step, int | float) and float(step).is_integer()
