"""An operation that a version does not have: where it was last, and what looks like its successor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dynclient.api.operation import Operation
from dynclient.errors import UnknownOperation
from dynclient.names import nearest

if TYPE_CHECKING:
    from dynclient.api.api import Api


def lost(name: str, api: Api, others: Iterable[Api]) -> UnknownOperation:
    """Return the error for a name that a version does not have.

    Args:
        name: The name.
        api: The version.
        others: The versions that may have it, the likeliest first.
    """
    try:
        _ = api.operations[name]
    except UnknownOperation as error:
        for other in others if isinstance(name, str) and not name.startswith("_") else ():
            operation = other.operations.get(name)
            if operation is not None:
                message = f"{label(api)} has no operation {name!r}; {label(other)} has it ({operation.key})"
                return UnknownOperation(f"{message}{_successor(operation, api)}")
        return error
    return UnknownOperation(f"{api.title} has no operation {name!r}")


def label(api: Api) -> str:
    """Return the name of a version in messages: as the catalog calls it, since publishers leave `info.version` unchanged."""
    return f"{api.title} {api.document.identity}".strip()


def _successor(gone: Operation, api: Api) -> str:
    """Return what looks like the successor of an operation, in words that follow a message."""
    same = api.operations.get(gone.key)
    if same is not None:
        return f"; {same.python_name} is at the same method and path now"
    at_path = [each for each in api.operations.operations if _shape(each.path) == _shape(gone.path)]
    alike = [each for each in at_path if each.method == gone.method] or at_path
    if alike:
        return f"; {alike[0].python_name} ({alike[0].key}) looks like its successor"
    hint = nearest(gone.python_name, api.operations.python_names)
    return f"; {hint}" if hint else ""


def _shape(path: str) -> str:
    """Return a path without the names of its variables, and without a version in front."""
    parts = ["{}" if "{" in part else part for part in path.strip("/").split("/")]
    return "/".join(parts[1:] if parts and parts[0][:1] == "v" and parts[0][1:].isdigit() else parts)
