"""What of a value may be quoted: less what its schema marks as a secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from dynclient.explain.finding import Finding, Resolve
from dynclient.explain.members import below
from dynclient.values import show

_HIDDEN = "(hidden)"

#: A schema of which nothing may be quoted.
SECRET: Mapping[str, Any] = MappingProxyType({"format": "password"})


class Quotation:
    """Shows the parts of a value in messages.

    Args:
        root: The schema of the whole value.
        resolve: Gives the schema that a `$ref` in a schema leads to.
    """

    def __init__(self, root: Any, resolve: Resolve) -> None:
        self._root = root
        self._resolve = resolve

    def shown(self, finding: Finding, value: Any) -> str:
        """The value that a finding is about, less what is secret in it."""
        schemas = self._parts([self._root])
        for token in finding.path:
            if any(map(_is_secret, schemas)):
                return "the value"
            schemas = self._parts(below(schemas, token))
        schemas += self._parts([finding.schema])
        if any(map(_is_secret, schemas)):
            return "the value"
        return show(self._masked(value, schemas))

    def _masked(self, value: Any, schemas: list[Mapping[str, Any]]) -> Any:
        if any(map(_is_secret, schemas)):
            return _HIDDEN
        if isinstance(value, Mapping):
            return {name: self._masked(item, self._parts(below(schemas, name))) for name, item in value.items()}
        if isinstance(value, list):
            return [self._masked(item, self._parts(below(schemas, index))) for index, item in enumerate(value)]
        return value

    def _parts(self, schemas: Iterable[Any]) -> list[Mapping[str, Any]]:
        """The schemas and those that they are made of."""
        found: list[Mapping[str, Any]] = []
        pending = list(schemas)
        while pending:
            schema = pending.pop()
            if not isinstance(schema, Mapping) or any(schema is known for known in found):
                continue
            found.append(schema)
            pending += [self._resolve(schema["$ref"])] if isinstance(schema.get("$ref"), str) else []
            for keyword in ("allOf", "anyOf", "oneOf"):
                pending += schema.get(keyword) or ()
            pending += [schema[keyword] for keyword in ("if", "then", "else") if keyword in schema]
        return found


def _is_secret(schema: Mapping[str, Any]) -> bool:
    return schema.get("format") == "password" or schema.get("writeOnly") is True
