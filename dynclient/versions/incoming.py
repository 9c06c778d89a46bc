"""What the server calls, compared: what webhooks and callbacks carry, which clients read, and what clients may answer."""

from __future__ import annotations

from typing import Any

from dynclient.spec.node import Node
from dynclient.versions.arguments import compare_received
from dynclient.versions.causes import Both
from dynclient.versions.lifting import reply_with
from dynclient.versions.media import compare_media
from dynclient.versions.sections import Parts, contents_of, covering, followed, key_for_status, replies_of


def compare_incoming(parts: Parts, both: Both) -> None:
    """Compare a webhook or a callback."""
    compare_received(parts, both)
    _payload(parts, both)
    _answers(parts, both)


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
            lambda: {"method": both.new.method},
        )
    before, after = contents_of(both.old, old), contents_of(both.new, new)
    for media_type, content in after.items():
        found = covering(before, media_type)
        if found is None:
            parts.say(both, "media-type/added", f"it is sent as {media_type}, too", old, new, "breaks", "response")
            continue

        def lift(value: Any, media_type: str = media_type) -> dict[str, Any]:
            return {"method": both.new.method, "headers": {"Content-Type": media_type}, "body": value}

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
            return reply_with(status, media_type, value)

        compare_media(parts, both, "request", media_type, content, after[found], lift)
