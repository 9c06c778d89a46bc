"""Profiles: what JSON values have in common, as a value that merges, and as a schema. Of the values, only bounds are kept that are no secrets.

>>> (profile_of({"id": 5}) + profile_of({"id": None, "name": "Rex"})).schema("3.1")
{'type': 'object', 'properties': {'id': {'type': ['integer', 'null']}, 'name': {'type': 'string'}}, 'required': ['id']}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from dynclient import lazy
from dynclient.redaction import is_secret_name
from dynclient.traffic.folding import folded_token
from dynclient.traffic.masks import looks_random
from dynclient.traffic.placeholders import is_placeholder

#: The versions whose schemas differ: type lists from 3.1 on, `nullable` and `anyOf` in 3.0, neither in Swagger 2.0.
Version = Literal["2.0", "3.0", "3.1"]

#: How many names of members an object may have before they are taken for values, and how deep a value is looked into.
_NAMES, _DEEPEST = 200, 60
_ORDER = ("object", "array", "string", "number", "integer", "boolean", "null")
_FORMATS = (
    ("date-time", lazy.pattern(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-][01]\d:[0-5]\d)")),
    ("date", lazy.pattern(r"\d{4}-[01]\d-[0-3]\d")),
    ("uuid", lazy.pattern(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")),
)
_INTEGER = lazy.pattern(r"-?(?:0|[1-9]\d{0,17})")
_NUMBER = lazy.pattern(r"-?(?:0|[1-9]\d{0,17})\.\d{1,17}")


@dataclass(frozen=True, slots=True)
class Profile:
    """What values have in common.

    Attributes:
        types: Their JSON types; none where nothing is known of a value, as of a placeholder.
        formats: The formats of the texts; "" stands for a text in none of them.
        objects: The number of objects.
        members: The members of the objects by name: in how many they were, and their profile.
        rest: The profile of the members whose names are values themselves.
        items: The profile of the items of arrays.
        unknown: Whether there was a value of which nothing is known.
        sizes: The least and the greatest number, or length; None where they are secret or of no interest.
    """

    types: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    objects: int = 0
    members: Mapping[str, tuple[int, Profile]] = field(default_factory=dict)
    rest: Profile | None = None
    items: Profile | None = None
    unknown: bool = False
    sizes: tuple[float, float] | None = None

    def __add__(self, other: Profile) -> Profile:
        members = dict(self.members)
        for name, (count, profile) in other.members.items():
            before = members.get(name)
            members[name] = (count, profile) if before is None else (before[0] + count, before[1] + profile)
        rest = merged(self.rest, other.rest)
        if len(members) > _NAMES:
            rest = merged(rest, *(profile for _, profile in members.values()))
            members = {}
        sizes = [each.sizes for each in (self, other) if each.sizes is not None]
        return Profile(
            self.types | other.types,
            self.formats | other.formats,
            self.objects + other.objects,
            members,
            rest,
            merged(self.items, other.items),
            self.unknown or other.unknown,
            (min(low for low, _ in sizes), max(high for _, high in sizes)) if len(sizes) == 2 else None,
        )

    def schema(self, version: Version, *, complete: bool = True) -> dict[str, Any]:
        """Return a schema that all the values fit.

        Args:
            version: The version of OpenAPI.
            complete: Whether members that all objects had are required, as far as anybody can tell.
        """
        types = self.types - {"integer"} if "number" in self.types else self.types
        listed = [name for name in _ORDER if name in types and name != "null"]
        if self.unknown or not listed:  # of a value that was always null, nothing is known
            return {}
        null = "null" in types
        parts = [{"type": name, **self._more(name, version, complete=complete)} for name in listed]
        if version == "3.1":
            names = [*listed, *(["null"] if null else [])]
            more = {key: value for part in parts for key, value in part.items()}  # `type` stays the first
            return {**more, "type": names if len(names) > 1 else names[0]}
        nullable = {"nullable" if version == "3.0" else "x-nullable": True} if null else {}
        if len(parts) == 1:
            return parts[0] | nullable
        return {"anyOf": [part | nullable for part in parts]} if version == "3.0" else {}

    def _more(self, name: str, version: Version, *, complete: bool) -> dict[str, Any]:
        """Return what a schema says of the values of one type."""
        if name == "string":
            return {"format": next(iter(self.formats))} if len(self.formats) == 1 and "" not in self.formats else {}
        if name == "array":
            return {"items": self.items.schema(version, complete=complete) if self.items is not None else {}}
        if name != "object":
            return {}
        found: dict[str, Any] = {}
        if self.members:
            found["properties"] = {
                name: _named(name, profile.schema(version, complete=complete))
                for name, (_, profile) in self.members.items()
            }
        required = [name for name, (count, _) in self.members.items() if count == self.objects]
        if complete and required:
            found["required"] = required
        if self.rest is not None:
            found["additionalProperties"] = self.rest.schema(version, complete=complete)
        return found

    def text_schema(self, version: Version) -> dict[str, Any]:
        """Return a schema for a parameter or header field, in which each value was a text: one that does not fit all is a text."""
        plain = self.types - {"array"}
        scalar: Profile = Profile(plain, self.formats, unknown=self.unknown)
        scalar = merged(scalar, self.items) or scalar
        if len(scalar.types) != 1 and scalar.types != {"integer", "number"}:
            scalar = Profile(frozenset({"string"}))
        schema = scalar.schema(version) or {"type": "string"}
        return {"type": "array", "items": schema} if "array" in self.types else schema


def merged(*profiles: Profile | None) -> Profile | None:
    """Return the sum of the profiles that are there; None without any."""
    found: Profile | None = None
    for each in profiles:
        if each is not None:
            found = each if found is None else found + each
    return found


def profile_of(value: Any, depth: int = 0) -> Profile:
    """Return the profile of a JSON value.

    Args:
        value: The value.
        depth: How deep the value is in another.
    """
    match value:
        case bool():
            return Profile(frozenset({"boolean"}))
        case None:
            return Profile(frozenset({"null"}))
        case int():
            return Profile(frozenset({"integer"}))
        case float():
            return Profile(frozenset({"number"}))
        case str():
            return Profile(unknown=True) if is_placeholder(value) else _text(value)
        case list() if depth < _DEEPEST:
            items = merged(*(profile_of(item, depth + 1) for item in value))
            return Profile(frozenset({"array"}), items=items)
        case Mapping() if depth < _DEEPEST:
            return _object({str(name): profile_of(item, depth + 1) for name, item in value.items()})
    return Profile(unknown=True)


def _object(profiles: Mapping[str, Profile]) -> Profile:
    named = {name: profile for name, profile in profiles.items() if not _is_value(name)}
    named = named if len(named) <= _NAMES else {}
    rest = merged(*(profile for name, profile in profiles.items() if name not in named))
    members = {name: (1, profile) for name, profile in named.items()}
    return Profile(frozenset({"object"}), objects=1, members=members, rest=rest)


def _is_value(name: str) -> bool:
    """Whether the name of a member is a value: an id, a token, an address."""
    return folded_token(name) != name or looks_random(name) or "@" in name


def _text(value: str) -> Profile:
    found = next((name for name, pattern in _FORMATS if pattern.fullmatch(value)), "")
    return Profile(frozenset({"string"}), frozenset({found}))


def _named(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Mark the text as secret whose name says so, so that nothing shows it."""
    return schema | {"format": "password"} if schema.get("type") == "string" and is_secret_name(name) else schema


def text_profile(texts: Iterable[str]) -> Profile:
    """Return the profile of the values of a parameter, or of a header field, which are texts on the wire."""
    profiles = [_text_profile(text) for text in texts]
    return profiles[0] if len(profiles) == 1 else Profile(frozenset({"array"}), items=merged(*profiles))


def _text_profile(text: str) -> Profile:
    if is_placeholder(text):
        return Profile(unknown=True)
    if text in ("true", "false"):
        return Profile(frozenset({"boolean"}))
    if _INTEGER.fullmatch(text) or _NUMBER.fullmatch(text):
        return Profile(frozenset({"number" if "." in text else "integer"}))
    return _text(text)


def sized(profile: Profile, value: Any) -> Profile:
    """Return the profile of a value with its size: the number itself, or the length of anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | list | dict):
        return profile
    size = value if isinstance(value, int | float) else len(value)
    return replace(profile, sizes=(size, size))
