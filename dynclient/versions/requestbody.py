"""Request bodies, compared."""

from __future__ import annotations

from typing import Any

from dynclient.api.operation import Operation
from dynclient.api.signature import MISSING
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import generate
from dynclient.spec.node import Node
from dynclient.versions.causes import Both
from dynclient.versions.lifting import request_with
from dynclient.versions.media import compare_media
from dynclient.versions.sections import Parts, Shown, contents_of, covering, followed


def compare_body(parts: Parts, both: Both) -> None:
    """Compare the request bodies of an operation that clients call."""
    old, new = followed(both.old, "requestBody"), followed(both.new, "requestBody")
    if old is None:
        if new is not None and new.get("required") is True:
            parts.say(
                both,
                "body/required",
                "a required request body was added",
                both.old.node,
                new,
                "breaks",
                shown=lambda: request_with(both.old),
            )
        return
    if new is None:
        shown = _any_body(both, old)
        parts.say(both, "body/removed", "the request body was removed", old, both.new.node, "breaks", shown=shown)
        return
    if new.get("required") is True and old.get("required") is not True:
        parts.say(
            both,
            "body/required",
            "the request body is required now",
            old,
            new,
            "breaks",
            shown=lambda: request_with(both.old),
        )
    before, after = contents_of(both.old, old), contents_of(both.new, new)
    for media_type, content in before.items():
        found = covering(after, media_type)
        if found is None:
            _gone(parts, both, media_type, old, new)
            continue

        def lift(value: Any, media_type: str = media_type) -> dict[str, Any]:
            return request_with(both.old, body=value, media_type=media_type)

        compare_media(parts, both, "request", media_type, content, after[found], lift)


def _any_body(both: Both, node: Node) -> Shown:
    media_type = next((name for name, _ in node.child("content").children()), "")
    return lambda: request_with(both.old, body=_small(both.old, media_type), media_type=media_type)


def _gone(parts: Parts, both: Both, media_type: str, old: Node, new: Node) -> None:
    def shown() -> dict[str, Any]:
        return request_with(both.old, body=_small(both.old, media_type), media_type=media_type)

    message = f"the request body is not {media_type} any more"
    parts.say(both, "media-type/removed", message, old, new, "breaks", shown=shown)


def _small(operation: Operation, media_type: str) -> Any:
    """Return a small value of a request body; MISSING when there is none."""
    content = operation.body.by_type.get(media_type) if operation.body is not None else None
    try:
        return MISSING if content is None else generate(content.schema, full=False, direction="request")
    except ExampleError:
        return MISSING
