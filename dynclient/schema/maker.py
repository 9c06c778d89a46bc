"""Example values: those of the document, and generated ones, tried until the schema accepts one."""

from __future__ import annotations

import math
import random
import string
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

from dynclient.schema.bundle import ASSERTED, joined, json_type
from dynclient.schema.ecma import searches
from dynclient.schema.flat import DEPTH, ExampleError, Flattener
from dynclient.schema.formats import samples
from dynclient.schema.schemas import Schema
from dynclient.schema.spelling import Speller
from dynclient.schema.translator import Direction
from dynclient.spec.document import Document
from dynclient.spec.node import Node

_ABSENT: dict[str, str] = {"request": "readOnly", "response": "writeOnly"}
_ATTEMPTS = 30
#: How many optional parts a value has below its first level; nobody reads an example of thousands.
_ROOM = 300
_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")

#: The keywords that tell the type of a schema without `type`.
_HINTS = {
    "object": (
        "properties", "required", "additionalProperties", "minProperties", "maxProperties", "patternProperties", "propertyNames",
        "unevaluatedProperties",
    ),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "unevaluatedItems"),
    "string": ("pattern", "minLength", "maxLength", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}  # fmt: skip


def generate(schema: Schema, seed: int | str = 0, *, full: bool = True, direction: Direction = "response") -> Any:
    """Return a value that a schema accepts.

    Args:
        schema: The schema.
        seed: The same seed gives the same value.
        full: Whether it has optional properties.
        direction: The direction of the value: requests have no `readOnly` properties, responses no `writeOnly` ones.

    Raises:
        ExampleError: No such value was found.
        SpecError: It is not a JSON Schema.
    """
    schema.is_valid(None)  # so that an invalid schema is refused first
    flattener = Flattener(schema.bundle)
    closest: tuple[Any, ...] = ()
    for attempt in range(_ATTEMPTS):
        rng = random.Random(f"{seed}/{attempt}")  # noqa: S311  repeatable, not secret
        # a value that is too large for its limits often fits with fewer optional properties, and the other way round
        maker = _Maker(flattener, rng, full=full == (attempt < _ATTEMPTS // 2), absent=_ABSENT[direction])
        try:
            value = maker.make(schema.bundle.root, 0)
        except ExampleError:
            continue
        if schema.is_valid(value):
            return value
        closest = closest or (value,)
    if not closest:
        rng = random.Random(str(seed))  # noqa: S311  repeatable, not secret
        maker = _Maker(flattener, rng, full=False, absent=_ABSENT[direction], strict=False)
        with suppress(ExampleError):
            closest = (maker.make(schema.bundle.root, 0),)
    raise ExampleError("no value was found that the schema accepts", closest)


def documented(document: Document, node: Node) -> dict[str, Any]:
    """Return the examples that a document gives for a parameter or a body, by name.

    Args:
        document: The document.
        node: The Media Type Object or Parameter Object.

    Returns:
        The named ones of `examples`, then `example` and those of the schema, numbered as they have no names.
    """
    found: dict[str, Any] = {}
    for name, child in node.child("examples").children():
        example = document.follow(child)
        if isinstance(example.value, Mapping):
            for key in ("value", "dataValue"):
                if key in example.value:
                    found.setdefault(name, example.value[key])
    schema = document.follow(node.child("schema"))
    unnamed = [place.value["example"] for place in (node, schema) if "example" in (place.value or ())]
    listed = schema.get("examples")
    unnamed += listed if isinstance(listed, list) else []
    return found | {f"example-{number}": value for number, value in enumerate(unnamed, 1)}


class _Maker:
    """Makes values.

    Args:
        flattener: Puts the schema of each value together.
        rng: Makes the choices.
        full: Whether optional parts are made.
        absent: The keyword of the properties that are left out.
        strict: Whether it fails where no value can fit; else it makes one that nearly does.
    """

    def __init__(
        self, flattener: Flattener, rng: random.Random, *, full: bool, absent: str, strict: bool = True
    ) -> None:
        self.strict = strict
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
            if not allowed and (self.strict or not flat["enum"]):
                raise ExampleError("no value of the enum is of the type")
            return self.rng.choice(allowed or flat["enum"])
        types = [name for name in _types(flat) if name != "null"] or ["null"]
        chosen = types[0] if depth >= DEPTH else self.rng.choice(types)
        return getattr(self, f"make_{chosen}")(flat, depth)

    def make_null(self, _: Mapping[str, Any], __: int) -> None:
        return None

    def make_boolean(self, _: Mapping[str, Any], __: int) -> bool:
        return self.rng.random() < 0.5

    def make_integer(self, schema: Mapping[str, Any], _: int) -> int:
        step = schema.get("multipleOf", 1)
        step = step if isinstance(step, int) else 1
        low, high = _bounds(schema, 1)
        first, last = math.ceil(low / step), math.floor(high / step)
        if first > last and self.strict:
            raise ExampleError("no integer fits the bounds")
        last = max(first, last)
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
            fitting = (text for text in known if searches(schema["pattern"], text))
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
        items = schema.get("items", schema.get("unevaluatedItems", {}))
        if "contains" in schema:
            wanted = schema.get("minContains", 1)
            rule = joined([items, schema["contains"]]) if "items" in schema else schema["contains"]
            made += [self.make(rule, depth + 1) for _ in range(wanted)]
        tries = 0
        while len(made) < count and items is not False and tries < 20 * count:
            tries += 1
            value = self.make(items, depth + 1)
            if not schema.get("uniqueItems") or value not in made:
                made.append(value)
        return made

    def make_object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        required = schema.get("required", [])
        made: dict[str, Any] = {}
        for name, rule in schema.get("properties", {}).items():
            if self.is_absent(rule):
                continue
            if name in required or (rule is not False and self.wants_more(depth)):
                with self.tried(needed=name in required):
                    made[name] = self.make_member(schema, name, depth)
        for name in required:
            if name not in made:
                with self.tried(needed=True):
                    made[name] = self.make_member(schema, name, depth)
        extra = schema.get("additionalProperties", schema.get("unevaluatedProperties", True))
        missing = schema.get("minProperties", 0) - len(made)
        wanted = max(missing, 1 if isinstance(extra, Mapping) and extra and self.full and depth < DEPTH else 0)
        for number in range(1, wanted + 1):
            name = self.make(schema["propertyNames"], depth + 1) if "propertyNames" in schema else f"key{number}"
            made[str(name)] = self.make_member(schema, str(name), depth)
        for name in [name for name in made if name not in required][::-1]:
            if len(made) <= schema.get("maxProperties", math.inf):
                break
            del made[name]
        return made

    def make_member(self, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        return self.make(joined(self.flattener.bundle.below(schema, name, ())), depth + 1)

    def tried(self, *, needed: bool) -> AbstractContextManager[None]:
        """Return a context for a part that is left out if it has no value: one that is not needed, or any where nothing fits."""
        return nullcontext() if needed and self.strict else suppress(ExampleError)

    def wants_more(self, depth: int) -> bool:
        """Whether to make an optional part; each one takes some of the room."""
        self.room -= 1
        return self.full and depth < DEPTH and (depth == 0 or self.room >= 0)

    def is_absent(self, rule: Any) -> bool:
        """Whether a property does not travel in this direction."""
        return any(part.get(self.absent) is True for part in self.flattener.bundle.parts(rule, ASSERTED))


def _types(schema: Mapping[str, Any]) -> list[str]:
    declared = schema.get("type")
    if isinstance(declared, str):
        return [declared] if declared in _TYPES else []
    if isinstance(declared, list):
        return [name for name in declared if name in _TYPES]
    return [name for name, hints in _HINTS.items() if any(hint in schema for hint in hints)] or ["string"]


def _is_of(value: Any, declared: Any) -> bool:
    """Whether a value is of the declared type, or of one of them."""
    types = [declared] if isinstance(declared, str) else declared or _TYPES
    found = json_type(value)
    is_whole = isinstance(value, float) and value.is_integer()
    return found in types or (found == "integer" and "number" in types) or (is_whole and "integer" in types)


def _bounds(schema: Mapping[str, Any], gap: float) -> tuple[float, float]:
    """Return the least and the greatest value; `gap` is the distance to an exclusive bound."""
    lows = [schema[key] + extra for key, extra in (("minimum", 0), ("exclusiveMinimum", gap)) if key in schema]
    highs = [schema[key] - extra for key, extra in (("maximum", 0), ("exclusiveMaximum", gap)) if key in schema]
    low = max(lows) if lows else min(0, *highs) if highs else 0
    high = min(highs) if highs else low + 100
    return low, min(high, low + 1000)
