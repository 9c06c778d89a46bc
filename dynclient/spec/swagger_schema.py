"""The schemas of Swagger 2.0 in the words of OpenAPI 3.0, place by place: no schema moves, so every pointer and `$ref` stays right.

The two dialects differ in little: `discriminator` is a text, bytes are `type: file`, and `nullable` is an extension (`x-nullable`) that
counts beside a `$ref`, too. A file is translated as a whole, whatever the references to it take it for, since only schemas have these words;
and member by member when they are first asked for, so that a large document stays cheap to open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynclient.spec.node import DATA, NAMES

#: The members of a document that hold most of it: theirs are translated one by one.
_LARGE = frozenset({"definitions", "parameters", "paths", "responses"})
_NULLABLE = ("x-nullable", "x-isnullable")


class _Translated(Mapping[str, Any]):
    """An object whose members are translated when they are first asked for.

    Args:
        written: The object as it was written.
        is_top: Whether it is a whole file; else one of the large members of a file.
    """

    def __init__(self, written: Mapping[str, Any], *, is_top: bool) -> None:
        self._written = written
        self._is_top = is_top
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            value = self._written[name]
            is_large = self._is_top and name in _LARGE and isinstance(value, Mapping)
            made = _Translated(value, is_top=False) if is_large else _value(value)
            self._made.setdefault(name, made)  # another thread may have been first
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)

    def __contains__(self, name: object) -> bool:
        return name in self._written


def with_schemas_of_30(data: Any) -> Any:
    """Return the data of a file with its schemas in the words of OpenAPI 3.0; the given data is not changed."""
    if isinstance(data, Mapping) and not _LARGE.isdisjoint(data):
        return _Translated(data, is_top=True)
    return _value(data)


def _value(value: Any, *, named: bool = False) -> Any:
    """Translate a value; the members of a `named` one have names that the author chose."""
    if isinstance(value, list):
        return [_value(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    made = {}
    for name, member in value.items():  # in one call a level, since documents may be deep
        if named:
            made[name] = _value(member)
        elif name in DATA or str(name)[:2] == "x-":
            made[name] = member
        else:
            made[name] = _value(member, named=name in NAMES)
    return made if named else _schema_of_30(made)


def _schema_of_30(made: dict[str, Any]) -> dict[str, Any]:
    """Translate the words of a schema; `made` may be any other object, too."""
    if isinstance(made.get("discriminator"), str):
        made["discriminator"] = {"propertyName": made["discriminator"]}
    if made.get("type") == "file" and "in" not in made:
        made |= {"type": "string", "format": "binary"}
    if any(made.get(word) is True for word in _NULLABLE):
        if isinstance(made.get("$ref"), str):  # beside which nothing else counts
            return {"anyOf": [{"$ref": made["$ref"]}], "nullable": True}
        made["nullable"] = True
    return made
