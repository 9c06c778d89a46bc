"""What of a value may be quoted: less what its schema marks as a secret."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dynclient.problem import show
from dynclient.schema.bundle import EVERY, Bundle
from dynclient.schema.finding import Finding

_HIDDEN = "(hidden)"

#: A schema of which nothing may be quoted.
SECRET: Mapping[str, Any] = MappingProxyType({"format": "password"})


class Quotation:
    """Shows the parts of a value in messages.

    Args:
        root: The schema of the whole value.
        bundle: The bundle that the schemas are of.
    """

    def __init__(self, root: Any, bundle: Bundle) -> None:
        self._root = root
        self._bundle = bundle

    def shown(self, finding: Finding, value: Any) -> str:
        """The value that a finding is about, less what is secret in it."""
        schemas = [self._root]
        for token in finding.path:
            if self._is_secret(schemas):
                return "the value"
            schemas = self._below(schemas, token)
        schemas.append(finding.schema)
        if self._is_secret(schemas):
            return "the value"
        return show(self._masked(value, schemas))

    def _masked(self, value: Any, schemas: list[Any]) -> Any:
        if self._is_secret(schemas):
            return _HIDDEN
        if isinstance(value, Mapping):
            return {name: self._masked(item, self._below(schemas, name)) for name, item in value.items()}
        if isinstance(value, list):
            return [self._masked(item, self._below(schemas, index)) for index, item in enumerate(value)]
        return value

    def _below(self, schemas: list[Any], token: str | int) -> list[Any]:
        return [found for schema in schemas for found in self._bundle.below(schema, token, EVERY)]

    def _is_secret(self, schemas: list[Any]) -> bool:
        return any(_is_secret(part) for schema in schemas for part in self._bundle.parts(schema, EVERY))


def _is_secret(schema: Mapping[str, Any]) -> bool:
    return schema.get("format") == "password" or schema.get("writeOnly") is True
