"""Mask the secret parts of a value before a message quotes it.

A part is secret when a schema that may apply to it is marked (`format: password`, `writeOnly`), or when its name says so. The name of
a member is secret when `propertyNames` is so marked; it is shown neither in values nor in the places of problems.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
#: What stands in a sentence in place of a secret.
NOT_SHOWN = "the value"

#: A schema whose values are never quoted.
SECRET: Mapping[str, Any] = MappingProxyType({"format": "password"})


class Quotation:
    """Quotes values in messages, without their secrets.

    Args:
        root: The schema of the whole value.
        bundle: The bundle of the schemas.
        path: The path to the whole value; the name of a parameter, for example.
    """

    def __init__(self, root: Any, bundle: Bundle, path: ValuePath = ()) -> None:
        self._root = root
        self._bundle = bundle
        self._is_hidden = names_a_secret(path)
        self._room = 0
        self._has_names = bundle.has_property_names

    def place(self, path: ValuePath) -> ValuePath:
        """Return a path in the whole value without secret names."""
        if not self._has_names:
            return path
        schemas, shown = [self._root], []
        for token in path:
            shown.append(self._name(token, schemas))
            schemas = self._below(schemas, token)
        return tuple(shown)

    def _name(self, token: str | int, schemas: list[Any]) -> str | int:
        """Return the name of a member as it may be shown."""
        if isinstance(token, int) or not self._has_names:
            return token
        parts = [part for schema in schemas for part in self._bundle.parts(schema, EVERY)]
        return _HIDDEN if self._is_secret([part.get("propertyNames") for part in parts]) else token

    def shown(self, finding: Finding, value: Any, below: ValuePath = ()) -> str:
        """Quote the value that a finding is about.

        Args:
            finding: The finding.
            value: Its value, or the value at `below` in it.
            below: The path from the finding's value to the one to quote.
        """
        schemas = [self._root]
        for token in finding.path:
            if self._is_secret(schemas):
                return NOT_SHOWN
            schemas = self._below(schemas, token)
        schemas.append(finding.schema)
        for token in below:
            if self._is_secret(schemas):
                return NOT_SHOWN
            schemas = self._below(schemas, token)
        if self._is_hidden or names_a_secret((*finding.path, *below)) or self._is_secret(schemas):
            return NOT_SHOWN
        self._room = _SHOWN
        return show(self._masked(value, schemas))

    def quoted(self, value: Any, path: ValuePath) -> str:
        """Quote the part of a whole value that stands at the end of a path."""
        return self.shown(Finding(path, {}, ""), value_at(value, path))

    def secrets(self, value: Any) -> Iterator[Any]:
        """Yield the texts and numbers of a whole value that are secret."""
        left = [(value, [self._root], self._is_hidden)]
        while left:
            part, schemas, is_hidden = left.pop()
            is_hidden = is_hidden or self._is_secret(schemas)
            if isinstance(part, Mapping | list):
                items = part.items() if isinstance(part, Mapping) else enumerate(part)
                left += [(item, self._below(schemas, at), is_hidden or names_a_secret((at,))) for at, item in items]
            elif is_hidden and part is not None and not isinstance(part, bool) and part != "":
                yield part

    def hides(self, path: ValuePath) -> bool:
        """Whether a schema on the way to a value marks it as secret."""
        schemas = [self._root]
        for token in path:
            if self._is_secret(schemas):
                return True
            schemas = self._below(schemas, token)
        return self._is_secret(schemas)

    def _masked(self, value: Any, schemas: list[Any]) -> Any:
        self._room -= 1
        if self._is_secret(schemas):
            return _HIDDEN
        if isinstance(value, Mapping):
            items = islice(value.items(), _SHOWN)
            return {self._name(name, schemas): self._part(name, item, schemas) for name, item in items}
        if isinstance(value, list):
            return [self._part(index, item, schemas) for index, item in enumerate(value[:_SHOWN])]
        return value

    def _part(self, token: str | int, value: Any, schemas: list[Any]) -> Any:
        if self._room <= 0 or names_a_secret((token,)):
            return _HIDDEN
        return self._masked(value, self._below(schemas, token))

    def _below(self, schemas: list[Any], token: str | int) -> list[Any]:
        found = [below for schema in schemas for below in self._bundle.below(schema, token, EVERY)]
        return list({id(schema): schema for schema in found}.values())

    def _is_secret(self, schemas: list[Any]) -> bool:
        return any(_is_marked(part) for schema in schemas for part in self._bundle.parts(schema, EVERY))


def _is_marked(schema: Mapping[str, Any]) -> bool:
    return schema.get("format") == "password" or schema.get("writeOnly") is True
