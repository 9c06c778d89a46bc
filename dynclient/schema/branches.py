"""Which branch of a choice was meant: told by its name, its discriminator or its type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dynclient.schema.finding import Finding, Path


def branch_name(schema: Any, index: int) -> str:
    """What a branch is called in messages."""
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            return str(schema["$ref"]).rpartition("/")[2]
        if isinstance(schema.get("type"), str):
            return str(schema["type"])
    return f"form {index + 1}"


def tags_of(branches: Sequence[Mapping[str, Any]]) -> list[dict[str, list[Any]]]:
    """For each branch, the required properties whose fixed values tell it from the others; empty when one has none.

    It is what a discriminator says, read off the schemas: it also holds where the branches are told apart by
    different properties, which a Discriminator Object, having one `propertyName`, cannot say.
    """
    found = [_fixed(branch) for branch in branches]
    counts: dict[tuple[str, str], int] = {}
    for tag in found:
        for name, values in tag.items():
            for value in values:
                counts[name, repr(value)] = counts.get((name, repr(value)), 0) + 1
    telling = [
        {name: values for name, values in tag.items() if all(counts[name, repr(value)] == 1 for value in values)}
        for tag in found
    ]
    return telling if all(telling) else []


def _fixed(branch: Mapping[str, Any]) -> dict[str, list[Any]]:
    properties = branch.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    fixed: dict[str, list[Any]] = {}
    for name in branch.get("required", ()):
        rule = properties.get(name)
        if isinstance(rule, Mapping) and "const" in rule:
            fixed[name] = [rule["const"]]
        elif isinstance(rule, Mapping) and isinstance(rule.get("enum"), list):
            fixed[name] = rule["enum"]
    return fixed


def chosen(tags: list[dict[str, list[Any]]], value: Mapping[str, Any]) -> list[int]:
    """The branches that the value names by one of their tags."""
    return [
        index
        for index, tag in enumerate(tags)
        if any(name in value and value[name] in values for name, values in tag.items())
    ]


def misfits(findings: tuple[Finding, ...], path: Path) -> bool:
    """Whether a branch is not even of the value's type."""
    return any(finding.keyword in ("type", "const", "enum") and finding.path == path for finding in findings)
