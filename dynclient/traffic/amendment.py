"""Amendment: the data of a document while it is mended, with the Overlay actions that do the same to its file.

Each change is an action, and is made to the data at once, so that the next one starts from what the document says by then.

The versions 1.0 and 1.1 of the Overlay Specification differ in lists: an `update` of a list is one more item in 1.0, and may be several in 1.1, and
only 1.1 says what becomes of a list below a merged object. So each new item is an action of its own, which every tool applies alike. Only 1.1 lets
an action remove what is neither an object nor a list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from typing import Any

from dynclient import lazy
from dynclient.schema.bundle import ASSERTED, inside
from dynclient.spec.document import Document
from dynclient.spec.slices import plain_data
from dynclient.traffic.profile import Version

#: The keys and indices that lead to a place.
PlacePath = tuple[Any, ...]

_NAME = lazy.pattern(r"[A-Za-z_]\w*")
_MOST_REFERENCES = 20


class NotMended(Exception):
    """Why no action covers a finding."""


class Amendment:
    """A document and the actions that change it.

    Args:
        document: The document; its file as it is written, which is what overlays are applied to.
    """

    def __init__(self, document: Document) -> None:
        self.data: Any = plain_data(document.source.data)
        self.actions: list[dict[str, Any]] = []
        self.file = document.files[document.written.file].name
        number = str(self.data.get("swagger") or self.data.get("openapi"))[:3]
        self.version: Version = "2.0" if number == "2.0" else "3.0" if number == "3.0" else "3.1"
        #: The evidence that the next actions are described by.
        self.why = ""

    @property
    def overlay_version(self) -> str:
        """The version of the Overlay Specification that says what all actions do."""
        return "1.1.0" if any("remove" in action for action in self.actions) else "1.0.0"

    # places

    def followed(self, at: PlacePath) -> PlacePath:
        """Return where the references at a place lead.

        Raises:
            NotMended: They lead into another file, or in a circle.
        """
        for _ in range(_MOST_REFERENCES):
            reference = self.get(at).get("$ref") if isinstance(self.get(at), Mapping) else None
            if not isinstance(reference, str):
                return at
            if not reference.startswith("#/"):
                raise NotMended(f"it is about {reference}: an overlay changes one file only, so mend that one by hand")
            at = self.path_of(reference[1:])
        raise NotMended("the references do not end")

    def path_of(self, pointer: str) -> PlacePath:
        """Return the place of a JSON pointer.

        Raises:
            LookupError: There is nothing.
        """
        here, found = self.data, []
        for token in pointer_tokens(pointer):
            key: Any = int(token) if isinstance(here, list) else token
            here = here[key]
            found.append(key)
        return tuple(found)

    def get(self, path: PlacePath) -> Any:
        """Return what is at a place."""
        return _at(self.data, path)

    def has(self, path: PlacePath) -> bool:
        """Whether there is something at a place."""
        try:
            self.get(path)
        except (KeyError, IndexError, TypeError):
            return False
        return True

    def parts(self, at: PlacePath) -> list[PlacePath]:
        """Return a schema and all that must hold with it: what it refers to, and what it combines."""
        found: dict[PlacePath, None] = {}
        pending = [at]
        while pending:
            part = pending.pop()
            if part in found or not isinstance(self.get(part), Mapping):
                continue
            found[part] = None
            here = self.get(part)
            pending += [(*part, *way) for way, _ in inside(here) if way[0] in ASSERTED]
            if "$ref" in here:
                pending.append(self.followed(part))
        return list(found)

    # actions

    def update(self, path: PlacePath, value: Mapping[str, Any]) -> None:
        """Merge a value into an object; its lists are appended to those that there are."""
        lists = list(_lists_in_both(self.get(path), value))
        rest = reduce(_without, lists, value)
        if rest or not lists:
            self._act(path, {"update": rest}, lambda here: _merge(here, rest))
        for way in lists:
            self.append((*path, *way), _at(value, way))

    def append(self, path: PlacePath, items: Iterable[Any]) -> None:
        """Append items to a list."""
        items = list(items)
        if any(isinstance(item, list) for item in items):  # which would be taken for several items
            here = self.get(path)
            self.remove(path)
            self.update(path[:-1], {path[-1]: [*here, *items]})
            return
        for item in items:
            self._append_one(path, item)

    def _append_one(self, path: PlacePath, item: Any) -> None:
        self._act(path, {"update": item}, lambda here: [*here, item])

    def remove(self, path: PlacePath) -> None:
        """Remove a member."""
        self._act(path, {"remove": True}, None)

    def remove_item(self, path: PlacePath, item: str) -> None:
        """Remove a text from a list."""
        self.data = _changed(self.data, path, lambda here: [each for each in here if each != item])
        self.actions.append(
            {"target": f"{_query(path)}[?@ == {_quoted(item)}]", "description": self.why, "remove": True}
        )

    def _act(self, path: PlacePath, action: dict[str, Any], change: Callable[[Any], Any] | None) -> None:
        self.data = _changed(self.data, path, change)
        self.actions.append({"target": _query(path), "description": self.why, **action})


def pointer_tokens(pointer: str) -> list[str]:
    """Return the tokens of a JSON pointer; a text in front of it is left out (RFC 6901)."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _at(data: Any, path: PlacePath) -> Any:
    for token in path:
        data = data[token]
    return data


def _lists_in_both(here: Any, value: Any, way: PlacePath = ()) -> Iterator[PlacePath]:
    """Yield where a value has a list that would meet one."""
    if isinstance(here, list) and isinstance(value, list):
        yield way
    elif isinstance(here, Mapping) and isinstance(value, Mapping):
        for name in here.keys() & value.keys():
            yield from _lists_in_both(here[name], value[name], (*way, name))


def _without(value: Any, way: PlacePath) -> Any:
    """Return a value without a member, and without the objects that are empty then."""
    rest = {name: each for name, each in value.items() if name != way[0]}
    inner = _without(value[way[0]], way[1:]) if way[1:] else None
    return {**rest, way[0]: inner} if inner else rest


def _merge(here: Any, value: Any) -> Any:
    if isinstance(here, Mapping) and isinstance(value, Mapping):
        return {**here, **{name: _merge(here[name], each) if name in here else each for name, each in value.items()}}
    if isinstance(here, Mapping | list) or isinstance(value, Mapping | list):
        raise NotMended("the document has something else in that place")
    return value


def _changed(here: Any, path: PlacePath, change: Callable[[Any], Any] | None) -> Any:
    """Return data with a change at one place; the part is removed when there is no change. The given data stays as it is."""
    if not path:
        return change(here) if change is not None else None
    copy = dict(here) if isinstance(here, Mapping) else list(here)
    if len(path) == 1 and change is None:
        del copy[path[0]]
    else:
        copy[path[0]] = _changed(here[path[0]], path[1:], change)
    return copy


def _query(path: PlacePath) -> str:
    """Return the JSONPath query of one place (RFC 9535)."""
    return "$" + "".join(_segment(token) for token in path)


def _segment(token: Any) -> str:
    if isinstance(token, int):
        return f"[{token}]"
    return f".{token}" if _NAME.fullmatch(token) and token.isascii() else f"[{_quoted(token)}]"


def _quoted(text: str) -> str:
    inner = json.dumps(text)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inner}'"
