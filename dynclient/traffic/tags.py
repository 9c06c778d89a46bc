"""Tags: new values of a discriminator, for which an Overlay names the schema that they stand for, where what was seen fits one schema only.

Since OpenAPI 3.0, the mapping of the discriminator gets an entry. Swagger 2.0 has no mapping: a value is the name of a schema, so a schema of
that name is added, which builds on the one that fits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dynclient.problem import pointer
from dynclient.traffic.amendment import Amendment, NotMended, PlacePath
from dynclient.traffic.masks import HIDDEN
from dynclient.traffic.profile import Profile

_CHOICES = ("oneOf", "anyOf")
_UNTOLD = "nobody can see which schema a new value of the tag stands for"


def tag_holders(amendment: Amendment, at: PlacePath) -> list[PlacePath]:
    """Return the schemas whose discriminator decides by a property; none where it is a property as any other.

    Args:
        amendment: The document.
        at: The schema of the property.
    """
    if at[-2:-1] != ("properties",):
        return []
    owner, name = at[:-2], at[-1]
    return [
        holder
        for holder in _discriminators(amendment.data)
        if _property_of(amendment, holder) == name
        and (holder in amendment.parts(owner) or any(owner in amendment.parts(branch) for branch in _branches(amendment, holder)))
    ]  # fmt: skip


def add_tag(
    amendment: Amendment, holders: Sequence[PlacePath], name: str, seen: Sequence[str], profile: Profile
) -> None:
    """Name the only schema that the objects with a new value of a tag fit.

    Args:
        amendment: The document.
        holders: The schemas whose discriminator decides by the tag.
        name: The property that is the tag.
        seen: The new values, as JSON.
        profile: What the objects with it have in common.

    Raises:
        NotMended: Several values were seen, or the objects fit no schema, or several of them.
    """
    if len(holders) != 1 or not profile.objects:
        raise NotMended(_UNTOLD)
    if len(seen) != 1 or HIDDEN in seen[0] or not seen[0].startswith('"') or not seen[0].endswith('"'):
        raise NotMended("which schema each of several new values of the tag stands for cannot be told")
    holder, value = holders[0], json.loads(seen[0])
    base = [] if _branches(amendment, holder) else amendment.parts(holder)
    choices = [holder, *_builders(amendment, holder)] if base else _branches(amendment, holder)
    fitting = [each for each in choices if _fits(amendment, each, name, value, profile, base)]
    if len(fitting) != 1:
        raise NotMended(_UNTOLD)
    for part in base:
        listed = (*part, "properties", name, "enum")
        if amendment.has(listed):
            amendment.append(listed, [value])
    if fitting[0] != holder:
        _name(amendment, holder, value, fitting[0])


def _name(amendment: Amendment, holder: PlacePath, value: str, subtype: PlacePath) -> None:
    """Let a value of a discriminator stand for a subtype."""
    reference = amendment.get(subtype).get("$ref") or "#" + pointer(subtype)
    if amendment.version != "2.0":
        amendment.update((*holder, "discriminator"), {"mapping": {value: reference}})
    elif amendment.has(("definitions", value)):
        raise NotMended(f"a schema has the name of the new value of the tag, {value}, and is not a subtype")
    else:
        amendment.update(("definitions",), {value: {"allOf": [{"$ref": reference}]}})


def _builders(amendment: Amendment, holder: PlacePath) -> list[PlacePath]:
    """Return the schemas that build on a schema by `allOf`."""
    where = ("definitions",) if amendment.version == "2.0" else ("components", "schemas")
    names = amendment.get(where) if amendment.has(where) else ()
    return [(*where, name) for name in names if (*where, name) != holder and holder in amendment.parts((*where, name))]


def _discriminators(data: Any, at: PlacePath = ()) -> Iterator[PlacePath]:
    """Yield the places of all schemas with a discriminator."""
    if isinstance(data, Mapping):
        if isinstance(data.get("discriminator"), Mapping | str):
            yield at
        for key, value in data.items():
            yield from _discriminators(value, (*at, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _discriminators(value, (*at, index))


def _property_of(amendment: Amendment, holder: PlacePath) -> Any:
    declared = amendment.get(holder)["discriminator"]
    return declared.get("propertyName") if isinstance(declared, Mapping) else declared


def _branches(amendment: Amendment, holder: PlacePath) -> list[PlacePath]:
    """Return the references among the branches of a schema."""
    here = amendment.get(holder)
    places = [(*holder, key, index) for key in _CHOICES for index in range(len(here.get(key, ())))]
    return [place for place in places if "$ref" in amendment.get(place)]


def _fits(
    amendment: Amendment, schema: PlacePath, name: str, value: str, profile: Profile, base: Sequence[PlacePath]
) -> bool:
    """Whether a schema describes all members of the objects, lacks none that it requires, and takes the value as its tag.

    Args:
        amendment: The document.
        schema: The schema.
        name: The tag.
        value: Its value.
        profile: What the objects have in common.
        base: The parts of the schema that will take the value.
    """
    places = amendment.parts(schema)
    parts = [amendment.get(part) for part in places]
    known = {key for part in parts for key in part.get("properties", {})}
    required = {key for part in parts for key in part.get("required", ())}
    always = {key for key, (number, _) in profile.members.items() if number == profile.objects}
    tags = [amendment.get(part).get("properties", {}).get(name, {}) for part in places if part not in base]
    takes_tag = all(value in tag.get("enum", (value,)) and tag.get("const", value) == value for tag in tags)
    is_described = profile.members.keys() <= known and required <= always
    return (
        takes_tag
        and is_described
        and all(
            _has_types(amendment, (*part, "properties", key), member.types)
            for key, (_, member) in profile.members.items()
            for part in places
            if key in amendment.get(part).get("properties", {})
        )
    )


def _has_types(amendment: Amendment, at: PlacePath, seen: frozenset[str]) -> bool:
    """Whether a schema does not refuse values by their types; null apart, which is seldom in the document."""
    declared = amendment.get(amendment.followed(at)).get("type")
    allowed = {declared} if isinstance(declared, str) else set(declared or seen)
    return seen <= allowed | {"null"} | ({"integer"} if "number" in allowed else set())
