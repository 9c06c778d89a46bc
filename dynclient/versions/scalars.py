"""Whether single values fit: types, listed values, numbers, texts and sizes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from dynclient.schema.formats import FORMATS, NUMBER_BOUNDS
from dynclient.versions.asking import Asking, ask_size, first_part, spelled
from dynclient.versions.facts import Facts
from dynclient.versions.jsontypes import type_of, types_in
from dynclient.versions.patternforms import implies
from dynclient.versions.sides import SCALARS
from dynclient.versions.terms import OneWay, Term

#: The keywords about numbers, and about texts.
OF_NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
OF_TEXTS = frozenset({"minLength", "maxLength", "pattern", "format"})
#: The keywords with the names of what a text holds.
_CONTENT = ("contentEncoding", "contentMediaType")
#: Formats that imply others.
_IMPLIED: dict[str, frozenset[str]] = {
    "uri": frozenset({"uri-reference", "iri", "iri-reference"}),
    "uri-reference": frozenset({"iri-reference"}),
    "iri": frozenset({"iri-reference"}),
    "email": frozenset({"idn-email"}),
    "idn-email": frozenset({"email"}),
    "hostname": frozenset({"idn-hostname"}),
}
#: The bounds that the translation gives the format of floating-point numbers, which only says how a number is kept.
_FLOATS = (NUMBER_BOUNDS["float"],)
#: Texts that may show what a text must not be, and a value of each type.
_TEXTS = tuple({"const": text} for text in ("", " ", "a", "A b", "é", "0", "-1", "a" * 40))
_SAMPLES: dict[str, Any] = {
    **{name: {"type": name} for name in ("null", "boolean", "integer", "string", "array", "object")},
    "fraction": {"type": "number", "not": {"type": "integer"}},
}


def is_settled_by_values(asking: Asking, parts: list[Mapping[str, Any]]) -> bool:
    """Whether the sender lists its values, so that each can be tried."""
    values = asking.ours.values
    if values is None:
        return False
    if asking.sides.texts and any(type_of(value) in SCALARS for value in values):
        return _texts_of_values(asking, values)
    taken = asking.receiver.schema(parts)
    sent = asking.sender.schema(asking.pair.sent.parts)
    refused = [value for value in values if not taken.is_valid(value) and sent.is_valid(value)]
    if refused:
        types = [value for value in refused if type_of(value) not in asking.theirs.types]
        listing = next((part for part in parts if "enum" in part or "const" in part), None)
        if types and (listing is None or not asking.theirs.types):
            asking.gap("type", _with(parts, "type"), values=types)
        else:
            asking.gap("enum" if listing is not None else "values", listing or parts[0], values=refused)
    return True


def _texts_of_values(asking: Asking, values: list[Any]) -> bool:
    """Whether each value is accepted as it is or as the text that is sent for it."""
    taken = asking.receiver.schema(asking.pair.taken.parts)
    refused = [value for value in values if not taken.is_valid(value) and not taken.is_valid(as_text(value))]
    if refused:
        listing = _with(asking.pair.taken.parts, "enum")
        asking.gap("enum" if "enum" in listing or "const" in listing else "type", listing, values=refused)
    return True


def ask_types(asking: Asking, part: Mapping[str, Any]) -> frozenset[str]:
    """Ask that a part allows the types that are sent, and return those that it allows."""
    ours = asking.ours.types
    if "type" not in part:
        return ours
    allowed = types_in(part["type"])
    if asking.sides.texts and "string" in allowed and ours & SCALARS - allowed:
        beyond = OF_TEXTS & part.keys()
        if beyond:
            asking.gap("text", part, detail="a number is sent as text, which must fit " + ", ".join(sorted(beyond)))
        ours -= SCALARS - allowed
    extra = ours - allowed
    if extra:
        aspect = "null" if extra == {"null"} else "type"
        asking.gap(aspect, part, detail=" or ".join(sorted(extra)), hints=[_SAMPLES[name] for name in sorted(extra)])
    return ours & allowed


def ask_values(asking: Asking, part: Mapping[str, Any]) -> None:
    """Ask that a part allows more than the values that it lists."""
    if "enum" in part or "const" in part:  # the sender does not list its values, so it has more of them
        asking.gap("enum", part, hints=({},))


def ask_numbers(asking: Asking, part: Mapping[str, Any]) -> None:
    """Ask that the bounds and steps of a part allow the numbers that are sent."""
    theirs = Facts(asking.receiver, Term(({**part, "type": _number_type(asking.ours.types)},), (0,)))
    mirrored = (-asking.ours.high[0], asking.ours.high[1]), (-theirs.high[0], theirs.high[1])
    hints = [*_below(theirs.low)] if _is_lower(asking.ours.low, theirs.low) else []
    hints += [*_above(theirs.high)] if _is_lower(*mirrored) else []
    if hints and (part.get("minimum"), part.get("maximum")) in _FLOATS:
        asking.notice("format", part)
    elif hints:
        asking.gap("bounds", part, hints=hints)
    step = part.get("multipleOf")
    if isinstance(step, int | float) and step > 0:
        wanted = Fraction(str(step))
        if not any((own / wanted).denominator == 1 for own in asking.ours.steps):
            asking.gap(
                "multipleOf",
                part,
                hints=[{}, *({"const": n * float(wanted) + 1} for n in (0, 1, 5)), {"const": 0.5}],
            )


def note_content(asking: Asking) -> None:
    """Note that texts hold something else, which nothing checks (JSON Schema 2020-12, Validation, section 8)."""
    if "string" not in asking.ours.types & asking.theirs.types:
        return
    held = _held(asking.sender, asking.ours), _held(asking.receiver, asking.theirs)
    if held[0] != held[1]:
        described = next(
            (part for part in asking.theirs.parts if not part.keys().isdisjoint((*_CONTENT, "contentSchema"))), None
        )
        asking.notice("content", first_part(asking.pair.taken) if described is None else described)


def _held(side: OneWay, facts: Facts) -> set[tuple[str, Any]]:
    """Return what the texts of a term hold: equal sets for the same."""
    said = {
        (keyword, part[keyword]) for part in facts.parts for keyword in _CONTENT if isinstance(part.get(keyword), str)
    }
    schemas = {
        ("contentSchema", side.identity.number(part["contentSchema"]))
        for part in facts.parts
        if "contentSchema" in part
    }
    return said | schemas


def ask_texts(asking: Asking, part: Mapping[str, Any]) -> None:
    """Ask that a part allows the texts that are sent."""
    ask_size(asking, part, "minLength", "maxLength", "length")
    pattern, form = part.get("pattern"), part.get("format")
    own = asking.ours.texts("pattern")
    if isinstance(pattern, str) and not any(implies(each, pattern) for each in ("", *own)):
        asking.gap("pattern", part, hints=({}, *_TEXTS, *({"const": text} for text in spelled(own))))
    if isinstance(form, str) and form in FORMATS:
        formats = asking.ours.texts("format")
        if form not in formats and not any(form in _IMPLIED.get(own, ()) for own in formats):
            asking.gap("format", part, hints=({}, *_TEXTS))
    elif isinstance(form, str) and form not in asking.ours.texts("format"):
        asking.notice("format", part)


def _with(parts: Iterable[Mapping[str, Any]], keyword: str) -> Mapping[str, Any]:
    listed = list(parts)
    return next((part for part in listed if keyword in part), listed[0])


def _number_type(types: frozenset[str]) -> str:
    return "number" if "fraction" in types else "integer"


def _is_lower(ours: tuple[float, bool], theirs: tuple[float, bool]) -> bool:
    """Whether our lower bound lets through values that theirs does not."""
    return ours[0] < theirs[0] or (ours[0] == theirs[0] and theirs[1] and not ours[1] and math.isfinite(theirs[0]))


def _below(bound: tuple[float, bool]) -> Iterator[Any]:
    value, is_open = bound
    yield from ({"maximum": value},) if is_open else ({"exclusiveMaximum": value},)
    yield {"const": value} if is_open else {"const": value - 1}


def _above(bound: tuple[float, bool]) -> Iterator[Any]:
    value, is_open = bound
    yield from ({"minimum": value},) if is_open else ({"exclusiveMinimum": value},)
    yield {"const": value} if is_open else {"const": value + 1}


def as_text(value: Any) -> str:
    """Return the text that a parameter has for a scalar."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else "" if value is None else str(value)
