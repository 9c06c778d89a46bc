"""Replies to what clients call, compared: their statuses, bodies, headers and links."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from dynclient.spec.node import Node
from dynclient.versions.causes import Both, weighed
from dynclient.versions.lifting import reply_with, status_of
from dynclient.versions.linking import compare_links
from dynclient.versions.media import compare_media, compare_written
from dynclient.versions.sections import Parts, contents_of, covering, described_fields, key_for_status, replies_of
from dynclient.wire.mediatype import parse


def compare_replies(parts: Parts, both: Both) -> None:
    """Compare the replies of an operation that clients call."""
    before, after = replies_of(both.old), replies_of(both.new)
    gone = [key for key in before if key[:1] == "2" and not _is_kept(after, key)]
    fresh = [key for key in after if key_for_status(before, key) is None]
    replacing = [key for key in fresh if key[:1] == "2"] if gone else []
    for key in gone:
        now = f" (it is {', '.join(replacing)} now)" if replacing else ""
        shown = (lambda: reply_with(both.new, replacing[0])) if replacing else None
        parts.say(
            both,
            "status/removed",
            f"the status {key} is gone{now}",
            before[key],
            both.new.node.child("responses"),
            "breaks",
            "response",
            shown,
        )
    for key in fresh:
        if key not in replacing:
            verdict = weighed(parts.policy.new_status, "breaks")
            message = f"the status {key} was added"
            parts.say(
                both, "status/added", message, both.old.node.child("responses"), after[key], verdict, "response",
                partial(reply_with, both.new, _fresh_status(key, before)),
            )  # fmt: skip
    for key, node in after.items():
        known = key_for_status(before, key)
        if known is not None:
            _reply(parts, both, key, before[known], node)
    for key, node in before.items():
        covering_key = key_for_status(after, key)
        # a range or the default describes it now, so it may still be sent
        if key not in after and covering_key is not None:
            _reply(parts, both, key, node, after[covering_key])


def _fresh_status(key: str, before: Mapping[str, Node]) -> str:
    """Return the first status of a key that the old document does not describe."""
    first = status_of(key)
    return next(
        (str(each) for each in range(first, first + 100) if key_for_status(before, str(each)) is None), str(first)
    )


def _reply(parts: Parts, both: Both, status: str, old: Node, new: Node) -> None:
    before, after = contents_of(both.old, old), contents_of(both.new, new)
    if before and not after:
        message = f"the reply {status} has no body any more"
        parts.say(both, "body/removed", message, old, new, "breaks", "response", lambda: reply_with(both.new, status))
    elif after and not before and status_of(status) != 204:
        verdict = weighed(parts.policy.body_added, "breaks")
        parts.say(both, "body/added", f"the reply {status} has a body now", old, new, verdict, "response")
    lost = [
        kind
        for kind in before
        if after and not any(parse(kind).covers(parse(each)) or parse(each).covers(parse(kind)) for each in after)
    ]
    for media_type in lost:
        message = f"the reply is not {media_type} any more"
        parts.say(both, "media-type/removed", message, old, new, "breaks", "response")
    for media_type, content in after.items():
        found = covering(before, media_type)
        if found is None:
            if before and not lost:
                verdict = weighed(parts.policy.media_type_added, "breaks")
                parts.say(both, "media-type/added", f"the reply may be {media_type} now", old, new, verdict, "response")
            continue

        def lift(value: Any, media_type: str = media_type) -> dict[str, Any]:
            return reply_with(both.new, status, media_type, value)

        compare_media(parts, both, "response", media_type, content, before[found], lift)
    _headers(parts, both, status, old, new)
    compare_links(parts, both, status, old, new)


def _headers(parts: Parts, both: Both, status: str, old: Node, new: Node) -> None:
    before, after = dict(described_fields(both.old, old)), dict(described_fields(both.new, new))
    for name, (spelled, node) in before.items():
        now = after.get(name)
        if now is None:
            verdict = "breaks" if node.get("required") is True else weighed(parts.policy.header_removed, "breaks")
            kind = "required" if node.get("required") is True else "optional"
            message = f"the {kind} header {spelled} of the reply {status} was removed"
            parts.say(
                both, "header/removed", message, node, new, verdict, "response", lambda: reply_with(both.new, status)
            )
            continue
        if node.get("required") is True and now[1].get("required") is not True:
            message = f"the header {spelled} of the reply {status} may be missing now"
            parts.say(
                both,
                "header/optional",
                message,
                node,
                now[1],
                "breaks",
                "response",
                lambda: reply_with(both.new, status),
            )

        def lift(value: Any, spelled: str = spelled) -> dict[str, Any]:
            return reply_with(both.new, status, headers={spelled: value})

        what = f"the header {spelled} of the reply {status}"
        compare_written(parts, both, "response", (node, now[1]), what, lift, lambda: reply_with(both.new, status), name)


def _is_kept(replies: Mapping[str, Node], key: str) -> bool:
    """Whether a success is still described: itself, or part of it where it is a range."""
    return key_for_status(replies, key) is not None or (
        not key.isdigit() and any(each[:1] == key[:1] for each in replies)
    )
