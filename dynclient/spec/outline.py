"""The outline of a document: its operations by method, path and id, in columns, which a program reads faster than objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

#: The methods that have a field of their own in a Path Item, in the order of the specification; `query` since 3.2.
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


class Outline(NamedTuple):
    """The operations of a Paths Object, one place in each column for each.

    Attributes:
        paths: Their path templates.
        methods: Their methods as they are sent; "" for a path item that must be looked at, since it refers to another or has methods
            of its own making.
        ids: Their operationIds, None where there is none.
    """

    paths: list[str]
    methods: list[str]
    ids: list[str | None]


def outline_of(paths: Any) -> Outline:
    """The outline of a Paths Object."""
    found = Outline([], [], [])
    for path, item in paths.items() if isinstance(paths, Mapping) else ():
        if not path.startswith("/") or not isinstance(item, Mapping):
            continue
        if "$ref" in item or "additionalOperations" in item:
            _add(found, path, "", None)
            continue
        for method in METHODS if len(item) > 1 else item:
            operation = item.get(method)
            if method in _SENT and (type(operation) is dict or isinstance(operation, Mapping)):
                declared = operation.get("operationId")
                _add(found, path, _SENT[method], declared if isinstance(declared, str) and declared else None)
    return found


_SENT = {method: method.upper() for method in METHODS}


def _add(outline: Outline, path: str, method: str, declared: str | None) -> None:
    outline.paths.append(path)
    outline.methods.append(method)
    outline.ids.append(declared)
