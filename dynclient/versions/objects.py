"""Whether objects fit: their members by name and by pattern, those that they need, and those that they must not have."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from dynclient.schema.ecma import searches
from dynclient.schema.spelling import Speller
from dynclient.versions.asking import Asking, ask_size, first_part, rules_in, spelled
from dynclient.versions.facts import Facts
from dynclient.versions.identities import NEVER
from dynclient.versions.patternforms import are_apart, pattern_form
from dynclient.versions.reasons import Pair
from dynclient.versions.terms import Term


def ask_object(asking: Asking, part: Mapping[str, Any]) -> None:
    """Ask that a part accepts the objects that are sent."""
    ours = asking.ours
    ask_size(asking, part, "minProperties", "maxProperties", "properties")
    for name in part.get("required", ()) if isinstance(part.get("required"), list) else ():
        if name not in ours.required:
            asking.gap("required", part, name, hints=[{"not": {"required": [name]}}])
    _members(asking, part)
    for name, needed in rules_in(part, "dependentRequired").items():
        for other in needed if ours.may_have(name) else ():
            if other not in ours.required and not _depends(asking, name, other):
                asking.gap(
                    "dependentRequired",
                    part,
                    other,
                    detail=f"beside {name!r}",
                    hints=[{"required": [name], "not": {"required": [other]}}],
                )
    for name, schema in rules_in(part, "dependentSchemas").items():
        if ours.may_have(name):
            has = asking.sender.origins.copied({"required": [name]}, first_part(asking.pair.sent))
            asking.need(
                None,
                asking.sender.term([*ours.parts, has], asking.pair.sent.barred),
                asking.receiver.term([schema]),
                is_part=True,
            )
    if "propertyNames" in part:
        _property_names(asking, part)
    if "unevaluatedProperties" in part:
        _unevaluated(asking, part)


def _depends(asking: Asking, name: str, other: str) -> bool:
    return any(other in rules_in(own, "dependentRequired").get(name, ()) for own in asking.ours.parts)


def _members(asking: Asking, part: Mapping[str, Any]) -> None:
    """Ask that a part accepts each property that the sender may send."""
    if not part.keys() & {"properties", "patternProperties", "additionalProperties"}:
        return
    ours, rest = asking.ours, part.get("additionalProperties")
    closed = rest is False or rest == NEVER
    theirs = Facts(asking.receiver, Term((part,), (0,)))
    listed = dict.fromkeys([*ours.names, *(rules_in(part, "properties") if ours.is_open and ours.parts else ())])
    for name in listed:
        if not ours.may_have(name) or (_is_free(asking) and not ours.declares(name)):
            continue
        schemas = theirs.member(name)
        if closed and not theirs.is_stated(name):
            asking.gap("unknown property", part, name, hints=[{"required": [name]}])
        elif schemas:
            asking.need(name, asking.sender.term(ours.member(name)), asking.receiver.term(schemas))
            _mark(asking, name, part)
    if ours.is_map:
        _any_member(asking, part, closed=closed)
    elif closed and _is_free(asking):
        asking.notice("closed", part)
    for pattern, rules in ours.patterns.items():
        asking.need(
            _name_for(pattern),
            asking.sender.term(rules),
            asking.receiver.term(_for_pattern(asking, part, pattern, closed=closed)),
        )


def _is_free(asking: Asking) -> bool:
    """Whether the sender's object declares nothing at all: it sends what it likes, but not what it has never heard of."""
    return not any("additionalProperties" in part or "unevaluatedProperties" in part for part in asking.ours.parts)


def _mark(asking: Asking, name: str, part: Mapping[str, Any]) -> None:
    """Note that a property which is sent has become one that the receiver ignores."""
    mark = "readOnly" if asking.sender.direction == "request" else "writeOnly"
    rule = rules_in(part, "properties").get(name)
    if mark == "readOnly" and any(each.get(mark) is True for each in asking.receiver.bundle.parts(rule, ("$ref",))):
        asking.notice("readOnly", part, name)


def _any_member(asking: Asking, part: Mapping[str, Any], *, closed: bool) -> None:
    """Ask that a part accepts properties of any name."""
    name = "key1"
    schemas = Facts(asking.receiver, Term((part,), (0,))).member(name)
    if closed:
        asking.gap("unknown property", part, name, hints=[{"required": [name]}])
    elif schemas:
        asking.need(name, asking.sender.term(asking.ours.member(name)), asking.receiver.term(schemas))
    patterns = rules_in(part, "patternProperties")
    for pattern, rule in patterns.items():
        if pattern_form(pattern) not in map(pattern_form, asking.ours.patterns):
            asking.need(_name_for(pattern), asking.sender.term(asking.ours.member(name)), asking.receiver.term([rule]))


def _for_pattern(asking: Asking, part: Mapping[str, Any], pattern: str, *, closed: bool) -> list[Any]:
    """Return what a part asks of the properties that one of the sender's patterns names.

    That is what it says of the same pattern, and of others that may name some of them, too. Where the sender has these others as well, its
    values fit both, and the other question is asked for them.
    """
    patterns = rules_in(part, "patternProperties")
    known = {pattern_form(each) for each in asking.ours.patterns}
    same = [rule for each, rule in patterns.items() if pattern_form(each) == pattern_form(pattern)]
    others = [
        rule for each, rule in patterns.items() if pattern_form(each) not in known and not are_apart(each, pattern)
    ]
    if same:
        return [*same, *others]
    return [NEVER] if closed else [*others, *([part["additionalProperties"]] if "additionalProperties" in part else [])]


def _property_names(asking: Asking, part: Mapping[str, Any]) -> None:
    taken = asking.receiver.schema([part["propertyNames"]])
    for name in asking.ours.names:
        if not taken.is_valid(name):
            asking.gap("propertyNames", part, name, hints=[{"required": [name]}])
    if asking.ours.is_open:
        own = [each["propertyNames"] for each in asking.ours.parts if "propertyNames" in each]
        named = asking.sender.origins.copied({"type": "string"}, part)
        sent = asking.sender.term([*own, named])
        pair = Pair(sent, asking.receiver.term([part["propertyNames"]]))
        if asking.holds(pair):
            asking.answer.needs.append(("", pair))
        else:
            names = [{"required": [name]} for name in spelled(asking.sides.sent(sent).texts("pattern"))]
            asking.gap("propertyNames", part, hints=({}, {"minProperties": 1}, *names))


def _unevaluated(asking: Asking, part: Mapping[str, Any]) -> None:
    rule, theirs = part["unevaluatedProperties"], Facts(asking.receiver, asking.receiver.term([part]))
    if any("additionalProperties" in each for each in theirs.parts):
        return
    for name in asking.ours.names:
        if not theirs.is_stated(name):
            if rule is False or rule == NEVER:
                asking.gap("unknown property", part, name, hints=[{"required": [name]}])
            else:
                asking.need(name, asking.sender.term(asking.ours.member(name)), asking.receiver.term([rule]))
    if asking.ours.is_open and not _is_free(asking):
        asking.need("key1", asking.sender.term(asking.ours.member("key1")), asking.receiver.term([rule]))


def note_removed(asking: Asking) -> None:
    """Note the properties that the new document no longer has."""
    old, new = (asking.ours, asking.theirs) if asking.sender.direction == "request" else (asking.theirs, asking.ours)
    if asking.pair.is_part or "object" not in asking.ours.types & asking.theirs.types or old.choices or new.choices:
        return
    told = asking.theirs.required if asking.sender.direction == "response" else frozenset()  # each of them is a gap
    for name in old.names if new.names else ():
        if name not in new.names and not new.member(name) and name not in told:
            asking.notice("property removed", first_part(asking.pair.taken), name)


def _name_for(pattern: str) -> str:
    """Return a name that a pattern accepts."""
    for seed in range(5):
        try:
            name = Speller(random.Random(seed)).fitting(pattern, 1, 20)  # noqa: S311  repeatable, not secret
        except ValueError:
            continue
        if searches(pattern, name):
            return name
    return "key1"
