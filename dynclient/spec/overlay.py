"""OpenAPI Overlays (Overlay Specification 1.0 and 1.1): corrections of a document that somebody else publishes.

A pure function: data and an overlay in, new data out. The given data is not changed. Only the objects and lists around a change are
copied; the rest is shared.

Both versions are applied by the rules of 1.1. Where 1.0 differs, it left the result open (lists below a merged object; an `update`
that is a list) or forbade what 1.1 allows (a target that is not an object or a list). `copy` exists since 1.1. `extends` is ignored: it
names the document that the overlay was written for, and the caller has already chosen one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dynclient import lazy
from dynclient.errors import SpecError
from dynclient.problem import Problem, Tokens

_VERSION = lazy.pattern(r"1\.[01]\.\d+\Z")
ProblemAt = Callable[[Tokens, str], Problem]


def apply_overlay(
    data: Any, overlay: Any, problem_at: ProblemAt, name: str = "the overlay"
) -> tuple[Any, list[Problem]]:
    """Apply an overlay to a document.

    Args:
        data: The document's plain data.
        overlay: The overlay's plain data.
        problem_at: Makes a problem from a place in the overlay and a message.
        name: The overlay's name in messages.

    Returns:
        The new data, and a problem for each action that changed nothing because its target selects nothing.

    Raises:
        SpecError: The overlay breaks the Overlay Specification, or does not fit the document.
    """

    def refuse(path: Tokens, message: str) -> SpecError:
        return SpecError(f"cannot apply {name}", [problem_at(path, message)])

    actions = _actions(overlay, refuse)
    notes = []
    for index, action in enumerate(actions):
        place: Tokens = ("actions", index)
        try:
            draft = _Draft(data)  # one per action, so that what `copy` shares is copied before it is changed
            if not _act(draft, action, overlay["overlay"]):
                notes.append(problem_at((*place, "target"), f"the target {action['target']!r} selects nothing"))
        except _ActionError as error:
            raise refuse((*place, *error.path), str(error)) from error
        data = draft.root
    return data, notes


def _actions(overlay: Any, refuse: Callable[[Tokens, str], SpecError]) -> list[Any]:
    """Check an overlay and return its actions (Overlay Object)."""
    if not isinstance(overlay, Mapping) or "overlay" not in overlay:
        raise refuse((), "an overlay must be an object with the field `overlay` (Overlay Object)")
    version = overlay["overlay"]
    if not isinstance(version, str) or not _VERSION.match(version):
        raise refuse(("overlay",), f"Overlay version {version!r} is not supported (1.0 and 1.1 are)")
    actions = overlay.get("actions")
    if not isinstance(actions, list) or not actions:
        raise refuse(("actions",), "an overlay must have at least one action (Overlay Object)")
    return actions


class _ActionError(Exception):
    """Why an action cannot be applied, and the path of the wrong field in it."""

    def __init__(self, message: str, *path: str | int) -> None:
        self.path = path
        super().__init__(message)


def _act(draft: _Draft, action: Any, version: str) -> bool:
    """Apply one action and tell whether its target selects anything (Action Object)."""
    if not isinstance(action, Mapping) or not isinstance(action.get("target"), str):
        raise _ActionError("an action must be an object with a text `target` (Action Object)")
    if "copy" in action and version.startswith("1.0"):
        raise _ActionError("`copy` exists since Overlay 1.1", "copy")
    places = _selected(draft.root, action["target"], "target")
    if action.get("remove") is True:
        draft.remove(places)
    elif "update" in action and "copy" in action:
        raise _ActionError("an action may have `update` or `copy`, not both (Action Object)", "copy")
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


def _selected(data: Any, query: Any, field: str) -> list[Tokens]:
    """Find the places that a JSONPath query selects (RFC 9535), each once."""
    import jsonpath  # only overlays need it

    if not isinstance(query, str):
        raise _ActionError(f"`{field}` must be a JSONPath query", field)
    try:
        matches = jsonpath.JSONPathEnvironment(strict=True).finditer(query, data)
        return list(dict.fromkeys(tuple(match.parts) for match in matches))
    except (jsonpath.JSONPathError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise _ActionError(f"{query!r} is not a JSONPath query (RFC 9535): {reason}", field) from error


def _at(data: Any, path: Tokens) -> Any:
    for token in path:
        data = data[token]
    return data


class _Draft:
    """Data that can be changed: every object or list around a change is copied first, once."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self._own: dict[int, Any] = {}

    def remove(self, places: list[Tokens]) -> None:
        """Remove nodes from the objects and lists that hold them, the deepest and the last items first."""
        for path in sorted(places, key=_removal_order, reverse=True):
            if not path:
                raise _ActionError("the whole document cannot be removed", "target")
            del self._changeable(path[:-1])[path[-1]]

    def merge(self, places: list[Tokens], value: Any, field: str) -> None:
        """Merge a value into nodes, which must be all objects, all lists or all primitive values."""
        kinds = {_kind(_at(self.root, path)) for path in places}
        if len(kinds) > 1:
            raise _ActionError(f"the target selects {' and '.join(sorted(kinds))} (Action Object)", "target")
        for path in places:
            self._put(path, self._merged(_at(self.root, path), value, field))

    def _merged(self, target: Any, value: Any, field: str, *path: str) -> Any:
        """Merge a value into a target (Action Object, the steps of merging)."""
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

    def _put(self, path: Tokens, value: Any) -> None:
        if path:
            self._changeable(path[:-1])[path[-1]] = value
        else:
            self.root = value

    def _changeable(self, path: Tokens) -> Any:
        """Copy the object or list at a place, and those around it, unless they are copies already; return it."""
        self.root = here = self._copy(self.root)
        for token in path:
            here[token] = below = self._copy(here[token])
            here = below
        return here

    def _copy(self, value: Any) -> Any:
        if id(value) in self._own:
            return value
        copy: Any = dict(value) if isinstance(value, Mapping) else list(value)
        self._own[id(copy)] = copy  # keeps the object alive, so that no other gets its id
        return copy


def _removal_order(path: Tokens) -> tuple[int, int]:
    return len(path), path[-1] if path and isinstance(path[-1], int) else -1


def _kind(value: Any) -> str:
    return "objects" if isinstance(value, Mapping) else "lists" if isinstance(value, list) else "primitive values"
