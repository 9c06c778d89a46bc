"""OpenAPI Overlays (Overlay Specification 1.0 and 1.1): corrections of a document that somebody else publishes.

A pure function: data and an overlay in, new data out. The given data is not changed. Only the objects and lists around a change are
copied; the rest is shared.

Both versions are applied by the rules of 1.1. Where 1.0 differs, it left the result open (lists below a merged object; an `update`
that is a list) or forbade what 1.1 allows (a target that is not an object or a list). `copy` exists since 1.1. `extends` is ignored: it
names the document that the overlay was written for, and the caller has already chosen one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from dynclient import lazy
from dynclient.errors import SpecError
from dynclient.extras import needs
from dynclient.problem import Problem, Tokens, show
from dynclient.spec.jsonvalue import DEFAULT_LIMITS, Limits, Unreadable, raising
from dynclient.spec.plain import PlainData
from dynclient.spec.sensitive import sensitive_changes

_VERSION = lazy.pattern(r"1\.[01]\.\d+\Z")
ProblemAt = Callable[[Tokens, str], Problem]


class Overlaid(NamedTuple):
    """A document after an overlay.

    Attributes:
        data: The new data.
        unused: A problem for each action that changed nothing because its target selects nothing.
        sensitive: A problem for each change of servers or security.
    """

    data: Any
    unused: list[Problem]
    sensitive: list[Problem]


def apply_overlay(
    data: Any, overlay: Any, problem_at: ProblemAt, name: str = "the overlay", limits: Limits = DEFAULT_LIMITS
) -> Overlaid:
    """Apply an overlay to a document.

    Args:
        data: The document's plain data.
        overlay: The overlay's plain data.
        problem_at: Makes a problem from a place in the overlay and a message.
        name: The overlay's name in messages.
        limits: Limits on the data after each action, and on the values that a query visits.

    Raises:
        SpecError: The overlay breaks the Overlay Specification, does not fit the document, or makes it exceed a limit.
    """

    def refuse(path: Tokens, message: str) -> SpecError:
        return SpecError(f"cannot apply {name}", [problem_at(path, message)])

    actions = _actions(overlay, refuse)
    found, plain = Overlaid(data, [], []), PlainData(limits)
    for index, action in enumerate(actions):
        place: Tokens = ("actions", index)
        try:
            # one draft per action, so that what `copy` shares is copied before it is changed
            draft = _Draft(found.data, limits)
            if not _act(draft, action, overlay["overlay"]):
                message = f"the target {action['target']!r} selects nothing"
                found.unused.append(problem_at((*place, "target"), message))
            plain.of(draft.root)
        except _ActionError as error:
            raise refuse((*place, *error.path), str(error)) from error
        except Unreadable as error:
            raise refuse(place, f"after this action, the document {error}") from None
        found.sensitive.extend(problem_at(place, text) for text in sensitive_changes(found.data, draft.root))
        found = found._replace(data=draft.root)
    return found


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
    places = draft.selected(action["target"], "target")
    if action.get("remove") is True:
        draft.remove(places)
    elif "update" in action and "copy" in action:
        raise _ActionError("an action may have `update` or `copy`, not both (Action Object)", "copy")
    elif "copy" in action:
        draft.merge(places, _copied(draft, action["copy"]), "copy")
    elif "update" in action:
        draft.merge(places, action["update"], "update")
    return bool(places)


def _copied(draft: _Draft, query: Any) -> Any:
    sources = draft.selected(query, "copy")
    if len(sources) != 1:
        raise _ActionError(f"`copy` selects {len(sources)} nodes; it must select one (Action Object)", "copy")
    return _at(draft.root, sources[0])


def _matches(query: str, data: Any, limits: Limits) -> Iterable[Any]:
    """The matches of a JSONPath query (RFC 9535), in a bounded number of steps."""
    import jsonpath  # only overlays need it
    from jsonpath.function_extensions import Match, Search

    steps = iter(range(limits.nodes))

    class Visited(jsonpath.JSONPathMatch):
        """A value that the query visits: it is counted, as `$..*..*` visits every value for every value around it."""

        __slots__ = ()

        def __init__(self, **parts: Any) -> None:
            if next(steps, None) is None:
                raise _ActionError(f"{show(query)} visits more than {limits.nodes} values ({raising('nodes')})")
            super().__init__(**parts)

    class FullMatch(Match):
        def __call__(self, value: object, pattern: object) -> bool:
            return _is_found(value, pattern, r"\A(?:{})\z")

    class Found(Search):
        def __call__(self, value: object, pattern: object) -> bool:
            return _is_found(value, pattern, "{}")

    environment = jsonpath.JSONPathEnvironment(strict=True)
    environment.function_extensions |= {"match": FullMatch(), "search": Found()}
    found: Iterable[Any] = [Visited(filter_context={}, obj=data, parent=None, path="$", parts=(), root=data)]
    for segment in environment.compile(query).segments:  # type: ignore[union-attr]  # a strict query is not a compound one
        found = segment.resolve(found)
    return found


def _is_found(value: object, pattern: object, frame: str) -> bool:
    """Whether a regular expression (RFC 9485) matches, decided in linear time."""
    if not isinstance(value, str) or not isinstance(pattern, str):
        return False
    found: bool = _expression(frame.format(pattern)).is_valid(value)
    return found


@lru_cache(64)
def _expression(pattern: str) -> Any:
    """A regular expression; jsonschema-rs has the linear engine of Rust, Python's own may take for ever."""
    try:
        import jsonschema_rs  # there is no build for some platforms
    except ImportError:
        raise _ActionError("match() and search() need jsonschema-rs, which is not installed") from None
    try:
        options = jsonschema_rs.RegexOptions()
        return jsonschema_rs.Draft202012Validator({"pattern": "".join(_in_rust(pattern))}, pattern_options=options)
    except jsonschema_rs.ValidationError:
        raise _ActionError(f"{show(pattern)} is not a regular expression, or too large (RFC 9485)") from None


def _in_rust(pattern: str) -> Iterator[str]:
    """Write a dot as RFC 9485 means it: any character but a line break."""
    escaped = inside = False
    for letter in pattern:
        yield r"[^\n\r]" if letter == "." and not escaped and not inside else letter
        if not escaped:
            inside = letter == "[" or (inside and letter != "]")
        escaped = letter == "\\" and not escaped


def _at(data: Any, path: Tokens) -> Any:
    for token in path:
        data = data[token]
    return data


class _Draft:
    """Data that can be changed: every object or list around a change is copied first, once."""

    def __init__(self, root: Any, limits: Limits) -> None:
        self.root = root
        self._limits = limits
        self._own: dict[int, Any] = {}

    def selected(self, query: Any, field: str) -> list[Tokens]:
        """Find the places that a JSONPath query selects (RFC 9535), each once."""
        if not isinstance(query, str) or not query.startswith("$"):
            raise _ActionError(f"`{field}` must be a JSONPath query, which begins with $ (RFC 9535)", field)
        with needs("overlays", "an overlay"):
            import jsonpath

        try:
            return list(dict.fromkeys(tuple(match.parts) for match in _matches(query, self.root, self._limits)))
        except _ActionError as error:
            raise _ActionError(str(error), field) from None
        except (jsonpath.JSONPathError, RecursionError) as error:
            reason = str(error).partition("\n")[0]
            raise _ActionError(f"{show(query)} is not a JSONPath query (RFC 9535): {reason}", field) from None

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
