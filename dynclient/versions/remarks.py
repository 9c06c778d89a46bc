"""What validates the same and yet matters to somebody: defaults, and the names of subtypes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynclient.schema.bundle import DEFS, inside
from dynclient.spec.node import Node
from dynclient.versions.causes import Cause, Causes, Way, weighed
from dynclient.versions.identities import canonical
from dynclient.versions.policy import Policy
from dynclient.versions.sameness import Sameness
from dynclient.versions.terms import OneWay

#: The schemas of messages that were compared: the places in both documents, and the operations that use them, by those places.
Compared = Mapping[tuple[Any, Any], tuple[Node, Node, dict[str, None]]]


def remark(
    causes: Causes,
    policy: Policy,
    old: Mapping[Way, OneWay],
    new: Mapping[Way, OneWay],
    compared: Compared,
    sameness: Sameness,
) -> None:
    """Add a notice for each default and each discriminator that has changed, in components and in the schemas of messages."""
    for keyword, first, second, users in _noticed(old, new, compared, sameness):
        places = old["request"].pointer(first), new["request"].pointer(second)
        _add(causes, policy, keyword, places, users)


def _noticed(
    old: Mapping[Way, OneWay], new: Mapping[Way, OneWay], compared: Compared, sameness: Sameness
) -> Iterator[tuple[str, Node, Node, dict[str, None]]]:
    """Yield each keyword that has changed, its places, and the operations that reach it."""
    for before, after in _components(old, new):
        if not sameness.held(before, after):
            for keyword, first, second in _differences(before, after):
                yield keyword, first, second, _users(old, compared, before)
    for before, after, users in compared.values():
        if isinstance(before.value, Mapping) and "$ref" in before.value:
            continue
        for keyword, first, second in _differences(before, after):
            # the rule for parameters has compared their own defaults
            if keyword != "default" or first != before or "parameters" not in before.path:
                yield keyword, first, second, users


def _components(old: Mapping[Way, OneWay], new: Mapping[Way, OneWay]) -> Iterator[tuple[Node, Node]]:
    before, after = (side["request"].document.root.child("components", "schemas") for side in (old, new))
    for name, node in before.children():
        yield node, after.child(name)


def _differences(old: Node, new: Node) -> Iterator[tuple[str, Node, Node]]:
    """Yield the defaults and discriminators that differ in two schemas as they are written; references are not followed."""
    pending = [(old, new)]
    while pending:
        before, after = pending.pop()
        if not isinstance(before.value, Mapping) or not isinstance(after.value, Mapping) or before.value == after.value:
            continue
        for keyword in ("default", "discriminator"):
            ours, theirs = before.get(keyword), after.get(keyword)
            if canonical(ours) != canonical(theirs) and "$ref" not in before.value:
                yield keyword, before, after
        ways = {way for way, _ in inside(after.value)}
        pending += [(before.child(*way), after.child(*way)) for way, _ in inside(before.value) if way in ways]


def _add(causes: Causes, policy: Policy, keyword: str, places: tuple[str, str], users: Mapping[str, None]) -> None:
    verdict = weighed(policy.default_changed if keyword == "default" else policy.discriminator, "breaks")
    if verdict is None or not users:
        return
    hurt = {"callers": None} if verdict != "fine" else {}
    message = "the default changed" if keyword == "default" else "the names of subtypes changed"
    causes.add(Cause(f"schema/{keyword}", *places, message, verdict, hurt, {"request": None}, dict(users)))


def _users(old: Mapping[Way, OneWay], compared: Compared, component: Node) -> dict[str, None]:
    """Return the operations whose messages reach a component of the old document."""
    found: dict[str, None] = {}
    for before, _, users in compared.values():
        if any(_reaches(side, before, component) for side in old.values()):
            found |= users
    return found


def _reaches(side: OneWay, schema: Node, component: Node) -> bool:
    key = side.bundler.references.known_key(component)
    if key is None:
        return False
    whole: Any = side.translated(schema)
    seen: set[str] = set()
    pending = [*side.references_in(whole)]
    while pending:
        reached = pending.pop()
        if reached == key:
            return True
        if reached not in seen:
            seen.add(reached)
            entry = side.bundler.known(reached)
            pending += [*entry.reached, *entry.later]
    return DEFS + key == (whole.get("$ref") if isinstance(whole, Mapping) else None)
