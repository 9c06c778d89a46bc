"""What a schema says of the members of an object and the items of an array."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any


def below(schemas: Iterable[Mapping[str, Any]], token: str | int) -> list[Any]:
    """The schemas that speak of one member of an object or one item of an array."""
    found: list[Any] = []
    for schema in schemas:
        if isinstance(token, int):
            first = schema.get("prefixItems", ())
            found.append(first[token] if token < len(first) else schema.get("items"))
            continue
        properties = schema.get("properties", {})
        found += [properties[token]] if token in properties else [schema.get("additionalProperties")]
        found += [rule for pattern, rule in schema.get("patternProperties", {}).items() if _searches(pattern, token)]
    return found


def _searches(pattern: str, name: str) -> bool:
    """Whether a pattern of a schema may be found in a name: one that Python does not understand may, as what is secret stays so."""
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return True
