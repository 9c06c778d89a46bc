"""What the server calls, compared: what webhooks and callbacks carry, which clients read, and what clients may answer."""

from __future__ import annotations

from typing import Any

from dynclient.spec.node import Node
from dynclient.versions.causes import Both, weighed
from dynclient.versions.lifting import reply_with
from dynclient.versions.media import compare_media, compare_written
from dynclient.versions.sections import (
    Parts,
    Shown,
    contents_of,
    covering,
    followed,
    key_for_status,
    key_on_wire,
    must_be_sent,
    replies_of,
    sample_of,
)


def compare_incoming(parts: Parts, both: Both) -> None:
    """Compare a webhook or a callback."""
    _parameters(parts, both)
    _payload(parts, both)
    _answers(parts, both)


def _parameters(parts: Parts, both: Both) -> None:
    """Compare the parameters: the server sends what clients read."""
    before = {key_on_wire(*key): node for key, node in both.old.parameter_nodes.items()}
    after = {key_on_wire(*key): node for key, node in both.new.parameter_nodes.items()}
    for key, node in before.items():
        _received(parts, both, node, after.get(key))


def _received(parts: Parts, both: Both, old: Node, new: Node | None) -> None:
    what = f"the {old.get('in')} parameter {old.get('name')!r}"

    def lift(value: Any) -> dict[str, Any]:
        return {"method": both.new.method, "path": both.new.path, str(old.get("in")): {str(old.get("name")): value}}

    if new is None:
        verdict = "breaks" if must_be_sent(old) else weighed(parts.policy.parameter_removed, "breaks")
        message = f"{what} is not sent any more"
        parts.say(both, "parameter/removed", message, old, both.new.node, verdict, "response", _sent(both))
        return
    if must_be_sent(old) and not must_be_sent(new):
        message = f"{what} may be missing now"
        parts.say(both, "parameter/optional", message, old, new, "breaks", "response", _sent(both))
    compare_written(parts, both, "response", (old, new), what, lift, lambda: lift(sample_of(both.old, old)))


def _sent(both: Both) -> Shown:
    return lambda: {"method": both.new.method, "path": both.new.path}


def _payload(parts: Parts, both: Both) -> None:
    old, new = followed(both.old, "requestBody"), followed(both.new, "requestBody")
    if old is None:
        return
    if new is None:
        parts.say(both, "body/removed", "it has no body any more", old, both.new.node, "breaks", "response")
        return
    if old.get("required") is True and new.get("required") is not True:
        parts.say(
            both,
            "body/optional",
            "its body may be missing now",
            old,
            new,
            "breaks",
            "response",
            _sent(both),
        )
    before, after = contents_of(both.old, old), contents_of(both.new, new)
    for media_type, content in after.items():
        found = covering(before, media_type)
        if found is None:
            parts.say(both, "media-type/added", f"it is sent as {media_type}, too", old, new, "breaks", "response")
            continue

        def lift(value: Any, media_type: str = media_type) -> dict[str, Any]:
            return {
                "method": both.new.method,
                "path": both.new.path,
                "headers": {"Content-Type": media_type},
                "body": value,
            }

        compare_media(parts, both, "response", media_type, content, before[found], lift)


def _answers(parts: Parts, both: Both) -> None:
    before, after = replies_of(both.old), replies_of(both.new)
    for key, node in before.items():
        known = key_for_status(after, key)
        if known is None:
            message = f"it may not be answered by {key} any more"
            parts.say(both, "status/removed", message, node, both.new.node, "breaks")
        else:
            _answer(parts, both, key, node, after[known])


def _answer(parts: Parts, both: Both, status: str, old: Node, new: Node) -> None:
    before, after = contents_of(both.old, old), contents_of(both.new, new)
    for media_type, content in before.items():
        found = covering(after, media_type)
        if found is None:
            message = f"it may not be answered by {status} in {media_type} any more"
            parts.say(both, "media-type/removed", message, old, new, "breaks")
            continue

        def lift(value: Any, media_type: str = media_type) -> dict[str, Any]:
            return reply_with(both.new, status, media_type, value)

        compare_media(parts, both, "request", media_type, content, after[found], lift)
