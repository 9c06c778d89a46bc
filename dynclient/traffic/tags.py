"""Tags: new values of a discriminator, for which an Overlay adds an entry to its mapping where what was seen fits one schema only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

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
    """Map a new value of a tag to the only schema that the objects with it fit.

    Args:
        amendment: The document.
        holders: The schemas whose discriminator decides by the tag.
        name: The property that is the tag.
        seen: The new values, as JSON.
        profile: What the objects with it have in common.

    Raises:
        NotMended: Several values were seen, or the objects fit no schema, or several of them.
    """
    if len(holders) != 1 or amendment.version == "2.0" or not profile.objects:
        raise NotMended(_UNTOLD)
    if len(seen) != 1 or HIDDEN in seen[0] or not seen[0].startswith('"') or not seen[0].endswith('"'):
        raise NotMended("which schema each of several new values of the tag stands for cannot be told")
    value = json.loads(seen[0])
    fitting = [
        branch
        for branch in _branches(amendment, holders[0])
        if "$ref" in amendment.get(branch) and _fits(amendment, branch, name, value, profile)
    ]
    if len(fitting) != 1:
        raise NotMended(_UNTOLD)
    mapping = {value: amendment.get(fitting[0])["$ref"]}
    amendment.update((*holders[0], "discriminator"), {"mapping": mapping})


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
    here = amendment.get(holder)
    return [(*holder, key, index) for key in _CHOICES for index in range(len(here.get(key, ())))]


def _fits(amendment: Amendment, branch: PlacePath, name: str, value: str, profile: Profile) -> bool:
    """Whether a schema describes all members of the objects, lacks none that it requires, and takes the value as its tag."""
    parts = [amendment.get(part) for part in amendment.parts(branch)]
    known = {key: schema for part in parts for key, schema in part.get("properties", {}).items()}
    required = {key for part in parts for key in part.get("required", ())}
    always = {key for key, (number, _) in profile.members.items() if number == profile.objects}
    tag = known.get(name, {})
    takes_tag = value in tag.get("enum", (value,)) and tag.get("const", value) == value
    return takes_tag and profile.members.keys() <= known.keys() and required <= always
