"""Parameters that callers send, compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynclient.api.signature import MISSING
from dynclient.spec.node import Node
from dynclient.versions.causes import Both, Way, weighed
from dynclient.versions.identities import canonical
from dynclient.versions.lifting import request_with
from dynclient.versions.media import compare_written
from dynclient.versions.sections import Parts, key_on_wire, must_be_sent, sample_of
from dynclient.versions.terms import OneWay


def compare_parameters(parts: Parts, both: Both, renamed: Mapping[str, str]) -> None:
    """Compare the parameters of an operation.

    Args:
        parts: Receives what has changed.
        both: The operation.
        renamed: The new names of path variables by their old names.
    """
    before = {key_on_wire(*key): (key, node) for key, node in both.old.parameter_nodes.items()}
    after = {key_on_wire(*key): (key, node) for key, node in both.new.parameter_nodes.items()}
    moved: set[tuple[str, str]] = set()
    for key, (_, node) in before.items():
        place, name = key
        now = after.get((place, renamed.get(name, name)) if place == "path" else key)
        if now is not None:
            _shared_parameter(parts, both, node, now[1])
            continue
        elsewhere = next((each for each in after if each not in before and _is_moved(key, each)), None)
        if elsewhere is not None:
            moved.add(elsewhere)
            _moved(parts, both, node, after[elsewhere][1])
        elif place != "path":
            verdict = weighed(parts.policy.parameter_removed, "breaks")
            parts.say(
                both,
                "parameter/removed",
                f"the {place} parameter {name!r} was removed",
                node,
                both.new.node,
                verdict,
            )
    for key, (_, node) in after.items():
        known = key in before or key in moved or key[0] == "path"
        if not known and must_be_sent(node):
            weight = parts.policy.required_with_default if _default_of(parts.new, node) is not MISSING else "breaks"
            parts.say(
                both, "parameter/required", f"the required {key[0]} parameter {key[1]!r} was added", both.old.node, node,
                weighed(weight, "breaks"), shown=lambda: request_with(both.old),
            )  # fmt: skip


def _moved(parts: Parts, both: Both, old: Node, new: Node) -> None:
    message = f"the parameter {old.get('name')!r} moved from {old.get('in')} to {new.get('in')}"
    value = {(str(old.get("in")), str(old.get("name"))): sample_of(both.old, old)}
    parts.say(both, "parameter/in", message, old, new, "breaks", shown=lambda: request_with(both.old, value))


def _shared_parameter(parts: Parts, both: Both, old: Node, new: Node) -> None:
    """Compare a parameter; one that operations share is looked at once, if there is nothing to say but of its schema."""
    key = old.place, new.place
    if key in parts.quiet:
        place, name = str(old.get("in")), str(old.get("name"))

        def lift(value: Any) -> dict[str, Any]:
            return request_with(both.old, {(place, name): value})

        parts.compare(both, "request", old.child("schema"), new.child("schema"), lift, texts=True)
        return
    known = len(parts.causes.found)
    _parameter(parts, both, old, new)
    if len(parts.causes.found) == known and old.get("schema") is not None and new.get("schema") is not None:
        parts.quiet.add(key)


def _parameter(parts: Parts, both: Both, old: Node, new: Node) -> None:
    place, name = str(old.get("in")), str(old.get("name"))
    if new.get("required") is True and not must_be_sent(old) and place != "path":
        message = f"the {place} parameter {name!r} is required now"
        parts.say(both, "parameter/required", message, old, new, "breaks", shown=lambda: request_with(both.old))

    def lift(value: Any) -> dict[str, Any]:
        return request_with(both.old, {(place, name): value})

    what = f"the {place} parameter {name!r}"
    compare_written(parts, both, "request", (old, new), what, lift, lambda: lift(sample_of(both.old, old)))
    if old.get("allowEmptyValue") is True and new.get("allowEmptyValue") is not True and place == "query":
        parts.say(both, "parameter/empty", f"{what} may not be empty any more", old, new, "unknown")
    defaults = _default_of(parts.old, old), _default_of(parts.new, new)
    if canonical(str(defaults[0])) != canonical(str(defaults[1])):
        message = f"the default of {what} changed"
        parts.say(both, "parameter/default", message, old, new, weighed(parts.policy.default_changed, "breaks"))


def _default_of(side: Mapping[Way, OneWay], node: Node) -> Any:
    schema = node.child("schema")
    return MISSING if schema.value is None else side["request"].document.follow(schema).get("default", MISSING)


def _is_moved(old: tuple[str, str], new: tuple[str, str]) -> bool:
    return old[0] != new[0] and old[1].lower() == new[1].lower()
