"""Example values: a schema in, a value that it accepts out. Seeded: the same schema and seed give the same value.

It works on the bundle of a compiled schema, where every version of OpenAPI already says the same thing in the same words. What is
made is validated before it is given, so a schema that this generator does not understand gives an error, never a wrong value.
"""

from __future__ import annotations

import math
import random
import re
import string
from collections.abc import Iterable, Mapping
from re import _parser  # type: ignore[attr-defined]  # the standard library's own parser of patterns
from typing import Any

from dynclient.dialect import DISCRIMINATOR, Direction
from dynclient.document import Document, Node
from dynclient.schema import Schema
from dynclient.shape import target_of

_ABSENT: dict[str, str] = {"request": "readOnly", "response": "writeOnly"}
_ATTEMPTS = 30
_DEPTH = 6
_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")

#: Texts of each format; the first whose length fits is taken, and one that ends in a letter may be made longer.
_FORMATS = {
    "base64url": ("ZXhhbXBsZQ",),
    "byte": ("ZXhhbXBsZQ==", ""),
    "char": ("a",),
    "date": ("2031-01-02",),
    "date-time": ("2031-01-02T09:00:00Z", *(f"2031-01-02T09:00:00{part}" for part in (
        "+00:00", ".000Z", ".000000Z", ".000+00:00", ".000000+00:00", ".0000000Z", ".000000000Z", ".0Z", ".00Z"))),
    "date-time-local": ("2031-01-02T09:00:00", "2031-01-02T09:00:00.000"),
    "decimal": ("12.5", "1"),
    "decimal128": ("12.5", "1"),
    "duration": ("P1DT2H", "P1D"),
    "email": ("nobody@example.com", "a@b.example", "a@b.c"),
    "hostname": ("example.com", "host"),
    "http-date": ("Thu, 02 Jan 2031 09:00:00 GMT",),
    "ipv4": ("192.0.2.1",),
    "ipv6": ("2001:db8::1", "::1"),
    "json-pointer": ("/example", "/a", ""),
    "media-range": ("text/plain", "*/*"),
    "relative-json-pointer": ("0/example", "0"),
    "sf-binary": (":ZXhhbXBsZQ==:",),
    "sf-boolean": ("?1",),
    "sf-decimal": ("12.5",),
    "sf-integer": ("42",),
    "sf-string": ('"example"', '""'),
    "sf-token": ("example", "a"),
    "time": ("09:00:00Z", "09:00:00+00:00", "09:00:00.000Z"),
    "time-local": ("09:00:00", "09:00:00.000"),
    "uri": ("https://example.com/example", "https://a.example", "urn:a:b"),
    "uri-reference": ("/example", "a"),
    "uuid": ("00000000-0000-4000-8000-000000000001",),
}  # fmt: skip
#: Which keywords say that a schema without `type` is about that type.
_HINTS = {
    "object": ("properties", "required", "additionalProperties", "minProperties", "maxProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
    "string": ("pattern", "minLength", "maxLength", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}


class ExampleError(ValueError):
    """No value was found that the schema accepts."""


def generate(schema: Schema, seed: int | str = 0, *, full: bool = True, direction: Direction = "response") -> Any:
    """Give a value that a schema accepts.

    Args:
        schema: The schema.
        seed: The same seed gives the same value.
        full: Whether optional properties are there too.
        direction: Which way the value goes: `readOnly` properties are not sent, nor `writeOnly` ones received.

    Raises:
        ExampleError: No such value was found.
    """
    for attempt in range(_ATTEMPTS):
        rng = random.Random(f"{seed}/{attempt}")  # noqa: S311  repeatable, not secret
        # a value that is too large to fit its limits often fits with fewer optional properties, and the other way about
        maker = _Maker(schema.bundle, rng, full=full == (attempt < _ATTEMPTS // 2), absent=_ABSENT[direction])
        try:
            value = maker.make(schema.bundle, 0)
        except ExampleError:
            continue
        if schema.is_valid(value):
            return value
    raise ExampleError("no value was found that the schema accepts")


def documented(document: Document, node: Node) -> dict[str, Any]:
    """The examples that a document gives for a parameter or a body, by name.

    Args:
        document: The document.
        node: The Media Type Object or Parameter Object.

    Returns:
        The named ones of `examples`, then `example` and the schema's own, which have no names and get numbers.
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
    def __init__(self, root: Mapping[str, Any], rng: random.Random, *, full: bool, absent: str) -> None:
        self.root = root
        self.rng = rng
        self.full = full
        self.absent = absent

    def make(self, schema: Any, depth: int) -> Any:
        flat = self.flatten(schema, depth)
        if "const" in flat:
            return flat["const"]
        if "enum" in flat:
            if not flat["enum"]:
                raise ExampleError("an enum is empty")
            return self.rng.choice(flat["enum"])
        kinds = [kind for kind in _kinds(flat) if kind != "null"] or ["null"]
        kind = kinds[0] if depth >= _DEPTH else self.rng.choice(kinds)
        return getattr(self, f"make_{kind}")(flat, depth)

    def flatten(self, schema: Any, depth: int) -> dict[str, Any]:
        """The schema with its references, allOf and one branch of each choice put together."""
        if schema is False:
            raise ExampleError("false accepts nothing")
        if not isinstance(schema, Mapping):
            return {}
        if depth > 4 * _DEPTH:
            raise ExampleError("the schema has no end")
        flat: dict[str, Any] = {}
        conditions = []
        for keyword, value in schema.items():
            if keyword == "$ref":
                flat = _both(flat, self.flatten(self.target(value), depth + 1))
            elif keyword == "allOf":
                conditions += [part for part in value if isinstance(part, Mapping) and "if" in part]
                for part in value:
                    if not (isinstance(part, Mapping) and "if" in part):
                        flat = _both(flat, self.flatten(part, depth + 1))
            elif keyword in ("oneOf", "anyOf"):
                flat = _both(flat, self.flatten(self.choose(value, depth), depth + 1))
            elif keyword == "$dynamicRef":
                flat = _both(flat, self.flatten(self.target(value.rpartition("#")[0]), depth + 1))
            elif keyword not in ("$defs", DISCRIMINATOR):
                flat = _both(flat, {keyword: value})
        return self.decide(flat, conditions, depth) if conditions else flat

    def target(self, reference: str) -> Any:
        return target_of(self.root, reference)

    def choose(self, branches: list[Any], depth: int) -> Any:
        alive = [branch for branch in branches if branch is not False and branch != {"type": "null"}] or branches
        return alive[0] if depth >= _DEPTH else self.rng.choice(alive)

    def decide(self, flat: dict[str, Any], conditions: list[Mapping[str, Any]], depth: int) -> dict[str, Any]:
        """Fix the discriminator's value, and take what that value asks for."""
        by_value = {}
        for condition in conditions:
            for name, rule in condition["if"].get("properties", {}).items():
                if isinstance(rule, Mapping) and "const" in rule and self.allows(flat, name, rule["const"]):
                    by_value[name, rule["const"]] = condition.get("then", {})
        if not by_value:
            return flat
        (name, value), chosen = self.rng.choice(list(by_value.items()))
        fixed = {"type": "object", "required": [name], "properties": {name: {"const": value}}}
        return _both(_both(flat, self.flatten(chosen, depth + 1)), fixed)

    def allows(self, flat: Mapping[str, Any], name: str, value: Any) -> bool:
        """Whether what is said of a property elsewhere leaves it a value."""
        try:
            known = self.flatten(flat.get("properties", {}).get(name, {}), 0)
        except ExampleError:
            return False
        return value in known.get("enum", [value]) and known.get("const", value) == value

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
        if isinstance(schema.get("pattern"), str):
            return self.from_pattern(schema["pattern"], schema.get("minLength", 0), schema.get("maxLength", math.inf))
        low = schema.get("minLength", 0)
        texts = _FORMATS.get(str(schema.get("format")))
        if texts is not None:
            most = schema.get("maxLength", math.inf)
            fitting = next((text for text in texts if low <= len(text) <= most), texts[0])
            return fitting + "a" * (low - len(fitting)) if fitting[-1:].isalpha() else fitting
        high = schema.get("maxLength", max(low, 12))
        length = min(max(low, self.rng.randint(4, 10)), high)
        return "".join(self.rng.choices(string.ascii_lowercase, k=length))

    def make_array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        low = schema.get("minItems", 0)
        high = schema.get("maxItems", max(low, 2))
        count = low if depth >= _DEPTH or not self.full else min(max(low, 1, self.rng.randint(1, 2)), high)
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
            elif self.full and depth < _DEPTH and rule is not False:
                try:
                    made[name] = self.make(rule, depth + 1)
                except ExampleError:
                    continue  # it is optional
        extra = schema.get("additionalProperties", True)
        for name in required:
            if name not in made:
                made[name] = self.make(extra, depth + 1) if extra is not True else self.make({"type": "string"}, depth)
        missing = schema.get("minProperties", 0) - len(made)
        wanted = max(missing, 1 if isinstance(extra, Mapping) and extra and self.full and depth < _DEPTH else 0)
        for number in range(1, wanted + 1):
            made[f"key{number}"] = self.make(extra if isinstance(extra, Mapping) else {"type": "string"}, depth + 1)
        for name in [name for name in made if name not in required][::-1]:
            if len(made) <= schema.get("maxProperties", math.inf):
                break
            del made[name]
        return made

    def is_absent(self, rule: Any, depth: int = 8) -> bool:
        """Whether a property does not travel this way."""
        if not isinstance(rule, Mapping) or not depth:
            return False
        if rule.get(self.absent) is True:
            return True
        parts = [*rule.get("allOf", ()), *([self.target(rule["$ref"])] if "$ref" in rule else [])]
        return any(self.is_absent(part, depth - 1) for part in parts)

    def from_pattern(self, pattern: str, low: int, high: float) -> str:
        """A text that a pattern accepts, of a length between the bounds if there is one."""
        try:
            parsed = _parser.parse(_pythonic(pattern))
        except (re.error, RecursionError, OverflowError) as error:
            raise ExampleError(f"the pattern {pattern!r} is not understood") from error
        if "(?=" in pattern and self.rng.random() < 0.5:  # as a rule what passwords must have
            return self.of_every_kind(low, high)
        text = ""
        for more in (1, 3, 3, 8, 8, 20, 20, 40, 80, 160, 400, 0, 0):
            text = "".join(self.spell(parsed, more))
            if low <= len(text) <= high:
                return text
            if len(text) < low and not pattern.startswith("^") and not pattern.endswith("$"):
                return text + "a" * (low - len(text))
        return self.of_length(parsed, low, high) or text

    def of_every_kind(self, low: int, high: float) -> str:
        """A text that has a letter of each case, a digit and a sign."""
        length = int(min(max(low, self.rng.randint(4, 16)), high))
        return ("Aa1" + self.rng.choice("!-_@$#") + "".join(self.rng.choices(string.ascii_letters, k=length)))[:length]

    def of_length(self, parsed: Any, low: int, high: float) -> str:
        """A text whose repetitions are as long as it takes, or "" when they do not come out even."""
        shortest = len("".join(self.spell(parsed, 0)))
        for repetitions in range(1, 5):
            text = "".join(self.spell(parsed, max(0, -(-(low - shortest) // repetitions)), exactly=True))
            if low <= len(text) <= high:
                return text
        return ""

    def spell(self, tokens: Iterable[Any], more: int, *, exactly: bool = False) -> Iterable[str]:
        """Characters that a parsed pattern accepts; look-around is left to the validation that follows."""
        for token, argument in tokens:
            match str(token):
                case "LITERAL":
                    yield chr(argument)
                case "NOT_LITERAL":
                    yield "a" if argument != ord("a") else "b"
                case "ANY":
                    yield "a"
                case "IN":
                    yield self.one_of(argument)
                case "BRANCH":
                    yield from self.spell(self.rng.choice(argument[1]), more, exactly=exactly)
                case "SUBPATTERN":
                    yield from self.spell(argument[3], more, exactly=exactly)
                case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                    low, high, inner = argument
                    most = min(high, low + more)
                    for _ in range(most if exactly else self.rng.randint(low, most)):
                        yield from self.spell(inner, more, exactly=exactly)
                case "CATEGORY":
                    yield self.one_of([(token, argument)])
                case _:
                    continue

    def one_of(self, members: list[Any]) -> str:
        negated = str(members[0][0]) == "NEGATE"
        allowed = {char for member in members for char in _characters(*member)}
        pool = [char for char in _PRINTABLE if char not in allowed] if negated else sorted(allowed)
        if not pool:
            raise ExampleError("a character class is empty")
        return self.rng.choice(pool)


#: Unicode categories and POSIX classes that Python's patterns do not have, by characters that are in them.
_CLASSES = {
    "L": "a-z",
    "Lu": "A-Z",
    "Ll": "a-z",
    "N": "0-9",
    "Nd": "0-9",
    "Z": " ",
    "Zs": " ",
    "P": "._",
    "S": "+=",
    "M": "a",
}
_PROPERTY = re.compile(r"\\([pP])\{(?:Is)?(\w+)\}")
_LOOSE_HYPHEN = re.compile(r"(\\[wds])-(?=[^\]])")


def _characters_of(sign: str, name: str) -> str:
    """Characters that have a Unicode property, or (with a capital P) that have it not."""
    if sign == "p":
        return _CLASSES.get(name, "a-z")
    return "0-9" if name.startswith("L") else "a-z"


def _pythonic(pattern: str) -> str:
    """A pattern that Python understands, whose texts the ECMA-262 pattern accepts as a rule; they are validated anyway."""
    out, depth = [], 0
    for part in re.split(r"(\\[pP]\{\w+\}|\\.|\[|\])", _LOOSE_HYPHEN.sub(r"\1\\-", pattern)):
        found = _PROPERTY.fullmatch(part)
        depth += (part == "[" and not depth) - (part == "]" and bool(depth))
        characters = _characters_of(*found.groups()) if found else part
        out.append(f"[{characters}]" if found and not depth else characters)
    return (
        "".join(out).replace("(?<", "(?P<")
        if "(?<" in pattern and not re.search(r"\(\?<[=!]", pattern)
        else "".join(out)
    )


_PRINTABLE = string.ascii_letters + string.digits + "-_.~ !#$%&'()*+,/:;<=>?@[\\]^`{|}\""
_CATEGORIES = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_NOT_DIGIT": string.ascii_letters,
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": string.ascii_letters,
    "CATEGORY_WORD": string.ascii_letters + string.digits + "_",
    "CATEGORY_NOT_WORD": "-. ",
}


def _characters(token: Any, argument: Any) -> Iterable[str]:
    match str(token):
        case "LITERAL":
            return chr(argument)
        case "RANGE":
            return [chr(code) for code in range(argument[0], min(argument[1], argument[0] + 200) + 1)]
        case "CATEGORY":
            return _CATEGORIES.get(str(argument), "")
    return ""


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    declared = schema.get("type")
    if isinstance(declared, str):
        return [declared] if declared in _TYPES else []
    if isinstance(declared, list):
        return [kind for kind in declared if kind in _TYPES]
    return [kind for kind, hints in _HINTS.items() if any(hint in schema for hint in hints)] or ["string"]


def _bounds(schema: Mapping[str, Any], gap: float) -> tuple[float, float]:
    """The least and the greatest value; `gap` is what an exclusive bound leaves out."""
    lows = [schema[key] + extra for key, extra in (("minimum", 0), ("exclusiveMinimum", gap)) if key in schema]
    highs = [schema[key] - extra for key, extra in (("maximum", 0), ("exclusiveMaximum", gap)) if key in schema]
    low = max(lows) if lows else min(0, *highs) if highs else 0
    high = min(highs) if highs else low + 100
    return low, min(high, low + 1000)


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
