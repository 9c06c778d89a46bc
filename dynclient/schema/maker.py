"""Values of every type, tried until the schema accepts one."""

from __future__ import annotations

import math
import random
import string
from collections.abc import Mapping
from typing import Any

from dynclient.schema.bundle import Bundle, json_type
from dynclient.schema.direction import Direction
from dynclient.schema.flat import DEPTH, ExampleError, Flattener
from dynclient.schema.samples import samples
from dynclient.schema.schemas import Schema
from dynclient.schema.spelling import Speller, accepts

_ABSENT: dict[str, str] = {"request": "readOnly", "response": "writeOnly"}
_ATTEMPTS = 30
#: How many parts that may be left out a value has below its first level; a value of thousands is no example.
_ROOM = 300
_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")


#: Which keywords say that a schema without `type` is about that type.
_HINTS = {
    "object": ("properties", "required", "additionalProperties", "minProperties", "maxProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
    "string": ("pattern", "minLength", "maxLength", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}


def generate(schema: Schema, seed: int | str = 0, *, full: bool = True, direction: Direction = "response") -> Any:
    """Give a value that a schema accepts.

    Args:
        schema: The schema.
        seed: The same seed gives the same value.
        full: Whether optional properties are there too.
        direction: Which way the value goes: `readOnly` properties are not sent, nor `writeOnly` ones received.

    Raises:
        ExampleError: No such value was found.
        SpecError: The schema is none.
    """
    schema.is_valid(None)  # a schema that is none is refused before anything is made by it
    flattener = Flattener(schema.bundle.root)
    for attempt in range(_ATTEMPTS):
        rng = random.Random(f"{seed}/{attempt}")  # noqa: S311  repeatable, not secret
        # a value that is too large to fit its limits often fits with fewer optional properties, and the other way about
        maker = _Maker(flattener, rng, full=full == (attempt < _ATTEMPTS // 2), absent=_ABSENT[direction])
        try:
            value = maker.make(schema.bundle.root, 0)
        except ExampleError:
            continue
        if schema.is_valid(value):
            return value
    raise ExampleError("no value was found that the schema accepts")


class _Maker:
    def __init__(self, flattener: Flattener, rng: random.Random, *, full: bool, absent: str) -> None:
        self.rng = flattener.rng = rng
        self.flattener = flattener
        self.speller = Speller(rng)
        self.full = full
        self.absent = absent
        self.room = _ROOM

    def make(self, schema: Any, depth: int) -> Any:
        flat = self.flattener.flatten(schema, depth)
        if "const" in flat:
            return flat["const"]
        if "enum" in flat:
            allowed = [value for value in flat["enum"] if _is_of(value, flat.get("type"))]
            if not allowed:
                raise ExampleError("no value of the enum is of the type")
            return self.rng.choice(allowed)
        kinds = [kind for kind in _kinds(flat) if kind != "null"] or ["null"]
        kind = kinds[0] if depth >= DEPTH else self.rng.choice(kinds)
        return getattr(self, f"make_{kind}")(flat, depth)

    def make_null(self, _: Mapping[str, Any], __: int) -> None:
        return None

    def make_boolean(self, _: Mapping[str, Any], __: int) -> bool:
        return self.rng.random() < 0.5

    def make_integer(self, schema: Mapping[str, Any], _: int) -> int:
        step = schema.get("multipleOf", 1)
        step = step if isinstance(step, int) else 1
        low, high = _bounds(schema, 1)
        first, last = math.ceil(low / step), math.floor(high / step)
        if first > last:
            raise ExampleError("no integer fits the bounds")
        return self.rng.randint(first, last) * step

    def make_number(self, schema: Mapping[str, Any], depth: int) -> float:
        if "multipleOf" in schema:
            return float(self.make_integer({**schema, "multipleOf": 1}, depth) * schema["multipleOf"])
        low, high = _bounds(schema, 0.5)
        if low > high:
            low = high = (_bounds(schema, 0)[0] + _bounds(schema, 0)[1]) / 2
        value = round(self.rng.uniform(low, high), 2)
        return value if low <= value <= high else low

    def make_string(self, schema: Mapping[str, Any], _: int) -> str:
        low = schema.get("minLength", 0)
        known = samples(schema)
        if isinstance(schema.get("pattern"), str):
            fitting = (text for text in known if accepts(schema["pattern"], text))
            return next(fitting, None) or self.speller.fitting(
                schema["pattern"], low, schema.get("maxLength", math.inf)
            )
        if known:
            return known[0]
        high = schema.get("maxLength", max(low, 12))
        length = min(max(low, self.rng.randint(4, 10)), high)
        return "".join(self.rng.choices(string.ascii_lowercase, k=length))

    def make_array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        low = schema.get("minItems", 0)
        high = schema.get("maxItems", max(low, 2))
        count = min(max(low, 1, self.rng.randint(1, 2)), high) if self.wants_more(depth) else low
        made = [self.make(item, depth + 1) for item in schema.get("prefixItems", [])[: max(count, low)]]
        items = schema.get("items", {})
        tries = 0
        while len(made) < count and items is not False and tries < 20 * count:
            tries += 1
            value = self.make(items, depth + 1)
            if not schema.get("uniqueItems") or value not in made:
                made.append(value)
        return made

    def make_object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        made: dict[str, Any] = {}
        for name, rule in properties.items():
            if self.is_absent(rule):
                continue
            if name in required:
                made[name] = self.make(rule, depth + 1)
            elif rule is not False and self.wants_more(depth):
                try:
                    made[name] = self.make(rule, depth + 1)
                except ExampleError:
                    continue  # it is optional
        extra = schema.get("additionalProperties", True)
        for name in required:
            if name not in made:
                made[name] = self.make(extra, depth + 1) if extra is not True else self.make({"type": "string"}, depth)
        missing = schema.get("minProperties", 0) - len(made)
        wanted = max(missing, 1 if isinstance(extra, Mapping) and extra and self.full and depth < DEPTH else 0)
        for number in range(1, wanted + 1):
            made[f"key{number}"] = self.make(extra if isinstance(extra, Mapping) else {"type": "string"}, depth + 1)
        for name in [name for name in made if name not in required][::-1]:
            if len(made) <= schema.get("maxProperties", math.inf):
                break
            del made[name]
        return made

    def wants_more(self, depth: int) -> bool:
        """Whether a part that may be left out is made; each that is takes some of the room."""
        self.room -= 1
        return self.full and depth < DEPTH and (depth == 0 or self.room >= 0)

    def is_absent(self, rule: Any, depth: int = 8) -> bool:
        """Whether a property does not travel this way."""
        if not isinstance(rule, Mapping) or not depth:
            return False
        if rule.get(self.absent) is True:
            return True
        parts = [
            *rule.get("allOf", ()),
            *([Bundle(self.flattener.root).resolve(rule["$ref"])] if "$ref" in rule else []),
        ]
        return any(self.is_absent(part, depth - 1) for part in parts)


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    declared = schema.get("type")
    if isinstance(declared, str):
        return [declared] if declared in _TYPES else []
    if isinstance(declared, list):
        return [kind for kind in declared if kind in _TYPES]
    return [kind for kind, hints in _HINTS.items() if any(hint in schema for hint in hints)] or ["string"]


def _is_of(value: Any, declared: Any) -> bool:
    """Whether a value is of the declared type, or of one of them."""
    types = [declared] if isinstance(declared, str) else declared or _TYPES
    kind = json_type(value)
    whole = kind == "number" and isinstance(value, float) and value.is_integer()
    return kind in types or (kind == "integer" and "number" in types) or (whole and "integer" in types)


def _bounds(schema: Mapping[str, Any], gap: float) -> tuple[float, float]:
    """The least and the greatest value; `gap` is what an exclusive bound leaves out."""
    lows = [schema[key] + extra for key, extra in (("minimum", 0), ("exclusiveMinimum", gap)) if key in schema]
    highs = [schema[key] - extra for key, extra in (("maximum", 0), ("exclusiveMaximum", gap)) if key in schema]
    low = max(lows) if lows else min(0, *highs) if highs else 0
    high = min(highs) if highs else low + 100
    return low, min(high, low + 1000)
