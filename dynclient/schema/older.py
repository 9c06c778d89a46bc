"""What OpenAPI 3.0 and the older drafts said otherwise, and what a format says of numbers: said in 2020-12."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynclient import lazy
from dynclient.schema.formats import NUMBER_BOUNDS

#: What the older drafts said otherwise.
OLD_WORDS = frozenset({"additionalItems", "dependencies", "exclusiveMaximum", "exclusiveMinimum", "items"})
#: What a null has to be let past as well, where `nullable` allows it.
_BESIDE_TYPE = frozenset({"enum", "allOf", "anyOf", "oneOf", "not", "const"})
_OLD_DRAFT = lazy.pattern(r"json-schema\.org/draft-0[3-7]/")


def is_old_draft(dialect: Any) -> bool:
    """Whether a dialect's URI names one of the drafts 3 to 7."""
    return bool(_OLD_DRAFT.search(str(dialect)))


def modern(out: dict[str, Any]) -> dict[str, Any]:
    """What the older drafts said otherwise, said in 2020-12; such keywords have no other meaning there."""
    for bound in ("minimum", "maximum"):
        exclusive = "exclusive" + bound.capitalize()
        if isinstance(out.get(exclusive), bool) and out.pop(exclusive) and bound in out:
            out[exclusive] = out.pop(bound)
    if isinstance(out.get("items"), list):
        out["prefixItems"] = out.pop("items")
        if "additionalItems" in out:
            out["items"] = out["additionalItems"]
    out.pop("additionalItems", None)
    for name, rule in (
        (out.pop("dependencies", None) or {}).items() if isinstance(out.get("dependencies"), Mapping) else ()
    ):
        out.setdefault("dependentRequired" if isinstance(rule, list) else "dependentSchemas", {})[name] = rule
    return out


def from_30(out: dict[str, Any]) -> dict[str, Any]:
    """What OpenAPI 3.0 says in its own way, said in JSON Schema 2020-12."""
    if out.pop("nullable", None) is not True:
        return out
    kind = out.get("type")
    if isinstance(kind, str) and out.keys().isdisjoint(_BESIDE_TYPE):
        out["type"] = [kind, "null"]
        return out
    return {"anyOf": [{"type": "null"}, out]} if out else out


def bound_numbers(out: dict[str, Any]) -> None:
    """The bounds of a number's format, as keywords."""
    bounds = NUMBER_BOUNDS.get(out.get("format", "")) if isinstance(out.get("format"), str) else None
    if bounds is not None and out.get("type") != "string":  # a number as a text has no bounds
        out["allOf"] = [*out.get("allOf", ()), {"minimum": bounds[0], "maximum": bounds[1]}]
