"""What an overlay changes in where calls go and what they must prove: this is said aloud, since nobody sees it in the calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynclient.problem import show
from dynclient.spec.slices import METHODS
from dynclient.spec.urls import public_url


def sensitive_changes(before: Any, after: Any) -> Iterator[str]:
    """Yield a sentence for each change of servers, and for each requirement or scheme of security that is removed or changed.

    Args:
        before: The document's plain data.
        after: The same after an overlay.
    """
    if before is after or not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return
    yield from _changes_of("the document", before, after)
    old, new = (_member(_member(data, "components"), "securitySchemes") for data in (before, after))
    for name in old:
        if name not in new:
            yield f"removes the security scheme {name!r}"
        elif new[name] != old[name]:
            yield f"changes the security scheme {name!r}"
    old, new = _member(before, "paths"), _member(after, "paths")
    for path in old:
        if path in new and new[path] is not old[path]:
            yield from _changes_of(f"path {path}", old[path], new[path])
            for name, operation in _operations(old[path]):
                yield from _changes_of(f"{name.upper()} {path}", operation, _member(new[path], name))


def _changes_of(what: str, before: Any, after: Any) -> Iterator[str]:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return
    if before.get("servers") != after.get("servers"):
        yield f"changes the servers of {what} to {_urls(after.get('servers'))}"
    old, new = before.get("security"), after.get("security")
    if old and not new:
        yield f"removes the security of {what}"
    elif (old and old != new) or (old is None and new == []):
        yield f"changes the security of {what} to {show(new)}"


def _urls(servers: Any) -> str:
    urls = [server.get("url") for server in servers if isinstance(server, Mapping)] if isinstance(servers, list) else []
    return ", ".join(public_url(url) for url in urls if isinstance(url, str)) or "none"


def _operations(item: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(item, Mapping):
        yield from ((name, item[name]) for name in METHODS if name in item)


def _member(value: Any, name: str) -> Any:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}
