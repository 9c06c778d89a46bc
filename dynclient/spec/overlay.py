"""OpenAPI Overlays (Overlay Specification 1.0 and 1.1): changes to a document that somebody else writes.

Pure: data and an overlay in, new data out. Only the objects and lists on the way to a change are copied; the rest is shared with
the data that was handed over, which stays as it is.

Both versions are applied by the rules of 1.1: where they differ, 1.0 had left open what happens (lists below a merged object; an
`update` that is a list) or forbade what 1.1 allows (a target that is no object or list). `copy` exists since 1.1. `extends`
only says what an overlay was written for: whoever hands it over has chosen the document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dynclient import lazy
from dynclient.errors import SpecError
from dynclient.problem import Problem

_VERSION = lazy.pattern(r"1\.[01]\.\d+\Z")
Path = tuple[str | int, ...]
Told = Callable[[Path, str], Problem]


def apply(data: Any, overlay: Any, told: Told, name: str = "the overlay") -> tuple[Any, list[Problem]]:
    """Apply an overlay to a document.

    Args:
        data: The document's plain data.
        overlay: The overlay's plain data.
        told: Makes a problem of a place in the overlay and what is to be said of it.
        name: What messages call the overlay.

    Returns:
        The new data, and notes: the actions that changed nothing, because their target selects nothing.

    Raises:
        SpecError: The overlay breaks the Overlay Specification, or does not fit the document.
    """

    def refuse(path: Path, message: str) -> SpecError:
        return SpecError(f"cannot apply {name}", [told(path, message)])

    actions = _actions(overlay, refuse)
    notes = []
    for index, action in enumerate(actions):
        place: Path = ("actions", index)
        try:
            draft = _Draft(data)  # one per action: what `copy` shares is copied again before it is changed
            if not _act(draft, action, overlay["overlay"]):
                notes.append(told((*place, "target"), f"the target {action['target']!r} selects nothing"))
        except _ActionError as error:
            raise refuse((*place, *error.path), str(error)) from error
        data = draft.root
    return data, notes


def _actions(overlay: Any, refuse: Callable[[Path, str], SpecError]) -> list[Any]:
    """The actions of an overlay (Overlay Object)."""
    if not isinstance(overlay, Mapping) or "overlay" not in overlay:
        raise refuse((), "an overlay is an object with a field `overlay` (Overlay Object)")
    version = overlay["overlay"]
    if not isinstance(version, str) or not _VERSION.match(version):
        raise refuse(("overlay",), f"`overlay` is {version!r}; supported are 1.0 and 1.1")
    actions = overlay.get("actions")
    if not isinstance(actions, list) or not actions:
        raise refuse(("actions",), "an overlay has at least one action (Overlay Object)")
    return actions


class _ActionError(Exception):
    """Why an action cannot be carried out, and which field of it is to blame."""

    def __init__(self, message: str, *path: str | int) -> None:
        self.path = path
        super().__init__(message)


def _act(draft: _Draft, action: Any, version: str) -> bool:
    """Carry out one action; whether its target selects anything (Action Object)."""
    if not isinstance(action, Mapping) or not isinstance(action.get("target"), str):
        raise _ActionError("an action is an object with a text `target` (Action Object)")
    if "copy" in action and version.startswith("1.0"):
        raise _ActionError("`copy` exists since Overlay 1.1", "copy")
    places = _selected(draft.root, action["target"], "target")
    if action.get("remove") is True:
        draft.remove(places)
    elif "update" in action and "copy" in action:
        raise _ActionError("an action has `update` or `copy`, not both (Action Object)", "copy")
    elif "copy" in action:
        draft.merge(places, _copied(draft.root, action["copy"]), "copy")
    elif "update" in action:
        draft.merge(places, action["update"], "update")
    return bool(places)


def _copied(data: Any, query: Any) -> Any:
    sources = _selected(data, query, "copy")
    if len(sources) != 1:
        raise _ActionError(f"`copy` selects {len(sources)} nodes; it must select one (Action Object)", "copy")
    return _at(data, sources[0])


def _selected(data: Any, query: Any, field: str) -> list[Path]:
    """The places that a JSONPath query selects (RFC 9535), each once."""
    import jsonpath  # only overlays need it

    if not isinstance(query, str):
        raise _ActionError(f"`{field}` is no JSONPath query", field)
    try:
        matches = jsonpath.JSONPathEnvironment(strict=True).finditer(query, data)
        return list(dict.fromkeys(tuple(match.parts) for match in matches))
    except (jsonpath.JSONPathError, RecursionError) as error:
        said = str(error).partition("\n")[0]
        raise _ActionError(f"{query!r} is no JSONPath query (RFC 9535): {said}", field) from error


def _at(data: Any, path: Path) -> Any:
    for token in path:
        data = data[token]
    return data


class _Draft:
    """Data that is changed by copying what is on the way to a change, each thing once."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self._own: dict[int, Any] = {}

    def remove(self, places: list[Path]) -> None:
        """Remove nodes from the objects and lists that hold them, the deepest and the last items first."""
        for path in sorted(places, key=_removal_order, reverse=True):
            if not path:
                raise _ActionError("the whole document cannot be removed", "target")
            del self._changeable(path[:-1])[path[-1]]

    def merge(self, places: list[Path], value: Any, field: str) -> None:
        """Merge a value into nodes, which are all objects, all lists or all primitive values."""
        kinds = {_kind(_at(self.root, path)) for path in places}
        if len(kinds) > 1:
            raise _ActionError(f"the target selects {' and '.join(sorted(kinds))} (Action Object)", "target")
        for path in places:
            self._put(path, self._merged(_at(self.root, path), value, field))

    def _merged(self, target: Any, value: Any, field: str, *path: str) -> Any:
        """The target with a value merged into it (Action Object, the steps of merging)."""
        kinds = _kind(target), _kind(value)
        if kinds == ("objects", "objects"):
            merged = dict(target)
            for name, member in value.items():
                merged[name] = self._merged(target[name], member, field, *path, name) if name in target else member
            return merged
        if kinds[0] == "lists" and not path:
            return [*target, *(value if kinds[1] == "lists" else [value])]
        if kinds == ("lists", "lists"):
            return [*target, *value]
        if kinds == ("primitive values", "primitive values"):
            return value
        raise _ActionError(f"{kinds[1]} cannot be merged into {kinds[0]} (Action Object)", field, *path)

    def _put(self, path: Path, value: Any) -> None:
        if path:
            self._changeable(path[:-1])[path[-1]] = value
        else:
            self.root = value

    def _changeable(self, path: Path) -> Any:
        """The object or list at a place, copied, with all that holds it, unless it is a copy already."""
        self.root = here = self._copy(self.root)
        for token in path:
            here[token] = below = self._copy(here[token])
            here = below
        return here

    def _copy(self, value: Any) -> Any:
        if id(value) in self._own:
            return value
        copy: Any = dict(value) if isinstance(value, Mapping) else list(value)
        self._own[id(copy)] = copy  # kept, so that no other object gets its id
        return copy


def _removal_order(path: Path) -> tuple[int, int]:
    return len(path), path[-1] if path and isinstance(path[-1], int) else -1


def _kind(value: Any) -> str:
    return "objects" if isinstance(value, Mapping) else "lists" if isinstance(value, list) else "primitive values"
