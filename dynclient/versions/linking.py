"""The links of replies, compared: what a call by their names does (OpenAPI, Link Object)."""

from __future__ import annotations

from typing import Any

from dynclient.spec.node import Node
from dynclient.versions.causes import Both, weighed
from dynclient.versions.identities import canonical
from dynclient.versions.sections import Parts


def compare_links(parts: Parts, both: Both, status: str, old: Node, new: Node) -> None:
    """Compare the links of a reply; one that was added breaks nobody.

    Args:
        parts: Receives what has changed.
        both: The operation.
        status: The status of the reply.
        old: The place of the reply in the old document.
        new: Its place in the new document.
    """
    verdict = weighed(parts.policy.link, "breaks")
    after = dict(new.child("links").children())
    for name, place in old.child("links").children():
        link = both.old.document.follow(place)
        if name not in after:
            message = f"the link {name!r} of the reply {status} was removed"
            parts.say(both, "link/removed", message, link, new, verdict, None, victims=("code",))
            continue
        now = both.new.document.follow(after[name])
        differing = [
            part for part, value in _parts_of(parts, link).items() if value != _parts_of(parts, now, is_new=True)[part]
        ]
        if differing:
            message = f"the link {name!r} of the reply {status} has another {' and another '.join(differing)}"
            parts.say(both, "link/changed", message, link, now, verdict, None, victims=("code",))


def _parts_of(parts: Parts, link: Node, *, is_new: bool = False) -> dict[str, Any]:
    """Return what following a link depends on; an operation that was only renamed stays the same one."""
    name = link.get("operationId")
    if not is_new:
        name = parts.renamed.get(str(name), name)
    return {
        "target": (name, link.get("operationRef")),
        "parameters": canonical(link.get("parameters") or {}),
        "body": canonical(link.get("requestBody")),
        "server": canonical(link.get("server", {}).get("url") if isinstance(link.get("server"), dict) else None),
    }
