"""Mask the secret parts of a value before a message quotes it.

A part is secret when a schema that may apply to it is marked (`format: password`, `writeOnly`), or when its name says so. The name of
a member is secret when `propertyNames` is so marked; it is shown neither in values nor in the places of problems.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice
from types import MappingProxyType
from typing import Any

from dynclient.problem import show
from dynclient.redaction import names_a_secret
from dynclient.schema.bundle import EVERY, Bundle
from dynclient.schema.finding import Finding, ValuePath, value_at

_HIDDEN = "(hidden)"
#: How many parts of a value are looked at: a message is cut off before it shows more of them.
_SHOWN = 100
#: How many places below one are kept; the names in a map, and the items of an array, are without end.
_KNOWN = 200
#: What stands in a sentence in place of a secret.
NOT_SHOWN = "the value"

#: A schema whose values are never quoted.
SECRET: Mapping[str, Any] = MappingProxyType({"format": "password"})


class _Place:
    """A place in the values of a schema: the schemas that may apply there, and the places below it, each found once.

    Args:
        bundle: The bundle of the schemas.
        schemas: The schemas.
        places: The places of the same value by the ids of their schemas, so that a schema that holds itself has no end of them.
    """

    def __init__(self, bundle: Bundle, schemas: list[Any], places: dict[tuple[int, ...], _Place] | None = None) -> None:
        self._bundle = bundle
        self._schemas = schemas
        self._places: dict[tuple[int, ...], _Place] = {} if places is None else places
        self._known: dict[Any, _Place] = {}

    @cached_property
    def _parts(self) -> list[Mapping[str, Any]]:
        return [part for schema in self._schemas for part in self._bundle.parts(schema, EVERY)]

    @cached_property
    def is_secret(self) -> bool:
        """Whether a schema marks its values as secret."""
        return any(map(_is_marked, self._parts))

    @cached_property
    def has_secret_names(self) -> bool:
        """Whether a schema marks the names of its members as secret."""
        return _Place(self._bundle, [part.get("propertyNames") for part in self._parts]).is_secret

    def below(self, token: str | int) -> _Place:
        """Return the place of a member or an item."""
        found = self._known.get(token)
        if found is None:
            schemas = [below for schema in self._schemas for below in self._bundle.below(schema, token, EVERY)]
            found = self._kept(token, list({id(schema): schema for schema in schemas}.values()))
        return found

    def beside(self, schema: Any) -> _Place:
        """Return the same place where this schema applies, too."""
        if not schema or any(schema is own for own in self._schemas):
            return self
        found = self._known.get((id(schema),))
        return self._kept((id(schema),), [*self._schemas, schema]) if found is None else found

    def _kept(self, key: Any, schemas: list[Any]) -> _Place:
        ids = tuple(map(id, schemas))
        place = self._places.get(ids) or _Place(self._bundle, schemas, self._places)
        if len(self._known) < _KNOWN:
            self._known[key] = self._places.setdefault(ids, place)
        return place


class Quotation:
    """Quotes values in messages, without their secrets.

    Args:
        root: The schema of the whole value.
        bundle: The bundle of the schemas.
        path: The path to the whole value; the name of a parameter, for example.
    """

    def __init__(self, root: Any, bundle: Bundle, path: ValuePath = ()) -> None:
        self._start = _start(bundle) if root is bundle.root else _Place(bundle, [root])
        self._is_hidden = names_a_secret(path)
        self._room = 0
        self._has_names = bundle.has_property_names

    def place(self, path: ValuePath) -> ValuePath:
        """Return a path in the whole value without secret names."""
        if not self._has_names:
            return path
        place, shown = self._start, []
        for token in path:
            shown.append(self._name(token, place))
            place = place.below(token)
        return tuple(shown)

    def _name(self, token: str | int, place: _Place) -> str | int:
        """Return the name of a member as it may be shown."""
        return _HIDDEN if self._has_names and isinstance(token, str) and place.has_secret_names else token

    def shown(self, finding: Finding, value: Any, below: ValuePath = ()) -> str:
        """Quote the value that a finding is about.

        Args:
            finding: The finding.
            value: Its value, or the value at `below` in it.
            below: The path from the finding's value to the one to quote.
        """
        place = self._start
        for token in finding.path:
            if place.is_secret:
                return NOT_SHOWN
            place = place.below(token)
        place = place.beside(finding.schema)
        for token in below:
            if place.is_secret:
                return NOT_SHOWN
            place = place.below(token)
        if self._is_hidden or names_a_secret((*finding.path, *below)) or place.is_secret:
            return NOT_SHOWN
        self._room = _SHOWN
        return show(self._masked(value, place))

    def quoted(self, value: Any, path: ValuePath) -> str:
        """Quote the part of a whole value that stands at the end of a path."""
        return self.shown(Finding(path, {}, ""), value_at(value, path))

    def secrets(self, value: Any) -> Iterator[Any]:
        """Yield the texts and numbers of a whole value that are secret."""
        left = [(value, self._start, self._is_hidden)]
        while left:
            part, place, is_hidden = left.pop()
            is_hidden = is_hidden or place.is_secret
            if isinstance(part, Mapping | list):
                items = part.items() if isinstance(part, Mapping) else enumerate(part)
                left += [(item, place.below(at), is_hidden or names_a_secret((at,))) for at, item in items]
            elif is_hidden and part is not None and not isinstance(part, bool) and part != "":
                yield part

    def hides(self, path: ValuePath) -> bool:
        """Whether a schema on the way to a value marks it as secret."""
        place = self._start
        for token in path:
            if place.is_secret:
                return True
            place = place.below(token)
        return place.is_secret

    def _masked(self, value: Any, place: _Place) -> Any:
        self._room -= 1
        if place.is_secret:
            return _HIDDEN
        if isinstance(value, Mapping):
            items = islice(value.items(), _SHOWN)
            return {self._name(name, place): self._part(name, item, place) for name, item in items}
        if isinstance(value, list):
            return [self._part(index, item, place) for index, item in enumerate(value[:_SHOWN])]
        return value

    def _part(self, token: str | int, value: Any, place: _Place) -> Any:
        if self._room <= 0 or names_a_secret((token,)):
            return _HIDDEN
        return self._masked(value, place.below(token))


def _start(bundle: Bundle) -> _Place:
    """Return the place of the whole value, kept with the bundle."""
    if bundle.start is None:
        bundle.start = _Place(bundle, [bundle.root])
    found: _Place = bundle.start
    return found


def _is_marked(schema: Mapping[str, Any]) -> bool:
    return schema.get("format") == "password" or schema.get("writeOnly") is True
