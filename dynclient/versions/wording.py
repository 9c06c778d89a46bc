"""Changes of schemas in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dynclient.problem import show
from dynclient.versions.facts import Facts
from dynclient.versions.jsontypes import types_in
from dynclient.versions.reasons import Gap


def describe_gap(gap: Gap, old: Facts, new: Facts) -> str:
    """Say what has changed from the old document to the new one, so that a constraint is not implied."""
    told = _CHANGED.get(gap.aspect)
    text = told(old, new, gap.name) if told is not None else gap.aspect
    return f"{text} ({gap.detail})" if gap.detail and gap.aspect not in ("type", "null") else text


def _types(facts: Facts) -> str:
    declared = [part["type"] for part in facts.parts if "type" in part]
    if not declared:
        return "any type"
    listed = declared[0] if isinstance(declared[0], list) else [declared[0]]
    for each in declared[1:]:
        listed = [name for name in listed if types_in(name) <= types_in(each)] or listed
    return " or ".join(map(str, listed))


def _enums(old: Facts, new: Facts, _: str) -> str:
    before, after = old.values, new.values
    if before is None or after is None:
        some = after if before is None else before
        was, now = "were allowed before", "are allowed now"
        return f"only the values {show(some)} {now if before is None else was}; others {was if before is None else now}, too"
    gone = [value for value in before if value not in after]
    more = [value for value in after if value not in before]
    said = [f"values removed: {', '.join(map(show, gone))}"] if gone else []
    return (
        "; ".join([*said, *([f"values added: {', '.join(map(show, more))}"] if more else [])])
        or "the values have changed"
    )


def _between(name: str, keywords: Iterable[str]) -> Callable[[Facts, Facts, str], str]:
    words = tuple(keywords)

    def stated(facts: Facts) -> str:
        found = [
            f"{word} {show(part[word])}" if len(words) > 1 else show(part[word])
            for part in facts.parts
            for word in words
            if word in part
        ]
        return " and ".join(dict.fromkeys(found)) or "none"

    return lambda old, new, _: f"{name} changed from {stated(old)} to {stated(new)}"


def _required(old: Facts, new: Facts, name: str) -> str:
    if name in new.required and name not in old.required:
        known = name in old.names or old.is_stated(name)
        return f"the property {name!r} is required now" if known else f"the required property {name!r} was added"
    known = name in new.names or new.is_stated(name)
    return f"the property {name!r} may be missing now" if known else f"the required property {name!r} was removed"


def _unknown(old: Facts, new: Facts, name: str) -> str:
    if old.is_stated(name) and not new.is_stated(name):
        return f"the property {name!r} was removed, and no others are allowed"
    if new.is_stated(name) and not old.is_stated(name):
        return f"the property {name!r} was added where the old version allows no others"
    return "properties of any name are allowed in one version only"


def _is_dependent(facts: Facts, name: str) -> bool:
    return any(name in needed for part in facts.parts for needed in (part.get("dependentRequired") or {}).values())


def _denied(old: Facts, new: Facts, _: str) -> str:
    if new.is_empty:
        return "no value is allowed here any more"
    return "a value is allowed here now" if old.is_empty else "values that must not fit a schema have changed"


_CHANGED: dict[str, Callable[[Facts, Facts, str], str]] = {
    "type": lambda old, new, _: f"the type changed from {_types(old)} to {_types(new)}",
    "null": lambda _, new, __: "null is allowed now" if "null" in new.types else "null is not allowed any more",
    "enum": _enums,
    "values": lambda *_: "some of the listed values are not accepted",
    "bounds": _between("the bounds", ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "format")),
    "multipleOf": _between("the step", ("multipleOf",)),
    "pattern": _between("the pattern", ("pattern",)),
    "format": _between("the format", ("format",)),
    "format notice": _between("the format, which nothing checks,", ("format",)),
    "least length": _between("the least length", ("minLength",)),
    "most length": _between("the greatest length", ("maxLength",)),
    "least items": _between("the least number of items", ("minItems",)),
    "most items": _between("the greatest number of items", ("maxItems",)),
    "least properties": _between("the least number of properties", ("minProperties",)),
    "most properties": _between("the greatest number of properties", ("maxProperties",)),
    "unique": _between("uniqueItems", ("uniqueItems",)),
    "required": _required,
    "unknown property": _unknown,
    "dependentRequired": lambda _, new, name: (
        f"the property {name!r} {'is required now' if _is_dependent(new, name) else 'may be missing now'}"
    ),
    "choice": lambda *_: "no branch of the choice accepts everything that the other version sends",
    "oneOf": lambda *_: "a value may fit several branches of oneOf",
    "property removed": lambda old, _, name: (
        f"the {'required' if name in old.required else 'optional'} property {name!r} was removed"
    ),
    "readOnly": lambda _, __, name: f"the property {name!r} is readOnly now",
    "closed": lambda *_: "properties that are not named are not allowed any more",
    "not": _denied,
    "contains": lambda *_: "the items that an array must contain have changed",
    "propertyNames": lambda *_: "the names of properties are restricted in another way",
    "content": _between("what the text holds", ("contentEncoding", "contentMediaType")),
    "unevaluatedItems": lambda *_: "the items that the schema does not describe are restricted in another way",
    **dict.fromkeys(("cycle", "dynamic", "size", "unusable"), lambda *_: "it cannot be compared"),
    "text": lambda *_: "a number became a restricted text",
}
