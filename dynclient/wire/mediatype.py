"""Media types: taken apart, compared, and agreed upon (RFC 9110, sections 8.3.1 and 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from dynclient import lazy

_PARAMETER = lazy.pattern(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
#: What a name in a header is made of (RFC 9110, section 5.6.2).
TOKEN = lazy.pattern(r"[\w!#$%&'*+.^`|~-]+\Z", re.ASCII)
_RANGES = lazy.pattern(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_QUALITY = lazy.pattern(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\Z", re.ASCII)


class MediaError(ValueError):
    """A value that the media type cannot carry, or bytes that are not of the media type.

    Attributes:
        path: The way to the part that is wrong: property names and positions.
        hint: What would be right, where that can be said.
    """

    def __init__(self, message: str, path: tuple[str | int, ...] = (), hint: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.hint = hint

    def inside(self, *path: str | int) -> MediaError:
        """The same error, seen from further out."""
        return MediaError(str(self), (*path, *self.path), self.hint)


#: What JSON is called: by its registration, and by those who named it before or beside that.
_JSON = frozenset({"application/json", "text/json", "application/x-json", "text/x-json"})

#: What JSON values, a line for each, are called; no name is registered.
LINES = frozenset({
    "application/jsonl", "application/x-jsonl", "application/jsonlines", "application/x-jsonlines",
    "application/json-lines", "application/x-json-lines", "application/ndjson", "application/x-ndjson",
})  # fmt: skip


#: What YAML is called: by its registration (RFC 9512), and by those who named it before.
_YAML = frozenset({
    "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/vnd.yaml", "application/vnd.yaml",
})  # fmt: skip


class MediaType(NamedTuple):
    """A media type or media range, taken apart (RFC 9110, section 8.3.1).

    Attributes:
        kind: `type/subtype` in lower case.
        parameters: The parameters, their names in lower case.
    """

    kind: str
    parameters: Mapping[str, str]

    @property
    def text(self) -> str:
        """The media type as a Content-Type field writes it."""
        return self.kind + "".join(f"; {name}={_quoted(value)}" for name, value in self.parameters.items())

    @property
    def charset(self) -> str:
        """The charset parameter; UTF-8 when there is none."""
        return self.parameters.get("charset", "utf-8")

    @property
    def is_json(self) -> bool:
        """Whether it is JSON: `application/json`, its unregistered names, or any type with the suffix `+json`."""
        return self.kind in _JSON or (self.kind.endswith("+json") and not self.is_range)

    @property
    def is_xml(self) -> bool:
        """Whether it is XML (RFC 7303): `application/xml`, `text/xml`, or any type with the suffix `+xml`."""
        return self.kind in ("application/xml", "text/xml") or self.kind.endswith("+xml")

    @property
    def is_yaml(self) -> bool:
        """Whether it is YAML: `application/yaml`, its unregistered names, or any type with the suffix `+yaml`."""
        return self.kind in _YAML or self.kind.endswith("+yaml")

    @property
    def is_text(self) -> bool:
        """Whether it is text as such."""
        return self.kind.startswith("text/")

    @property
    def is_lines(self) -> bool:
        """Whether it is a sequence of JSON values, a line for each (JSON Lines, NDJSON)."""
        return self.kind in LINES

    @property
    def is_records(self) -> bool:
        """Whether it is a sequence of JSON values, set apart by record separators (RFC 7464; RFC 8091)."""
        return self.kind == "application/json-seq" or self.kind.endswith("+json-seq")

    @property
    def is_events(self) -> bool:
        """Whether it is an event stream."""
        return self.kind == "text/event-stream"

    @property
    def is_form(self) -> bool:
        """Whether it is a form as text."""
        return self.kind == "application/x-www-form-urlencoded"

    @property
    def is_multipart(self) -> bool:
        """Whether it has parts (RFC 2046, section 5.1)."""
        return self.kind.startswith("multipart/")

    @property
    def is_range(self) -> bool:
        """Whether it stands for several media types: `text/*`, `*/*`."""
        return "*" in self.kind

    @property
    def takes_json(self) -> bool:
        """Whether JSON is of this type or in this range."""
        return self.is_json or (self.is_range and self.covers(parse("application/json")))

    def covers(self, other: MediaType) -> bool:
        """Whether this type, or range (`text/*`, `*/*`), takes in the other one; parameters are not compared."""
        if self.kind in ("*/*", "*", other.kind):
            return True
        if self.kind == "application/*+json":  # no range of RFC 9110, but published documents mean every JSON by it
            return other.is_json
        return self.kind.endswith("/*") and other.kind.startswith(self.kind[:-1])

    def having(self, **parameters: str) -> MediaType:
        """The same media type with these parameters, too."""
        return MediaType(self.kind, {**self.parameters, **parameters})


def parameters_of(text: str) -> list[tuple[str, str]]:
    """The parameters that follow the first semicolon of a header: names in lower case, values as they stand."""
    return [(name.lower(), value.strip()) for name, value in _PARAMETER.findall(text)]


@lru_cache(maxsize=256)
def parse(text: str) -> MediaType:
    """Take a Content-Type apart."""
    pairs = {name: _unquoted(value) for name, value in parameters_of(text)}
    return MediaType(text.partition(";")[0].strip().lower(), MappingProxyType(pairs))


def best(offered: Iterable[str], content_type: str) -> str | None:
    """The documented media type (or range) that covers a Content-Type most closely, or None."""
    return _best(tuple(offered), content_type)


@lru_cache(maxsize=1024)
def _best(offered: tuple[str, ...], content_type: str) -> str | None:
    wanted = parse(content_type)
    fitting = [name for name in offered if parse(name).covers(wanted)]
    return min(fitting, key=lambda name: _distance(parse(name), wanted), default=None)


def negotiate(accept: str, offered: Iterable[str]) -> str | None:
    """The offered media type that an Accept field likes best, or None when it takes none of them.

    Each media type gets the quality of the range that names it most closely; among equals the first offered is chosen. No
    Accept field is the same as `*/*` (RFC 9110, section 12.5.1).

    Args:
        accept: The field's value; empty when there is none.
        offered: Media types, the preferred first.
    """
    ranges = [_weighed(item) for item in _RANGES.findall(accept) if item.strip()] or [(parse("*/*"), 1.0)]
    chosen, highest = None, 0.0
    for name in offered:
        quality = _quality(parse(name), ranges)
        if quality > highest:
            chosen, highest = name, quality
    return chosen


def accept_header(offered: Iterable[str]) -> str:
    """An Accept field that asks for these media types, all alike; for anything when there are none."""
    return ", ".join(dict.fromkeys(filter(str.strip, offered))) or "*/*"


def _quality(kind: MediaType, ranges: list[tuple[MediaType, float]]) -> float:
    fitting = [
        (_distance(asked, kind), quality)
        for asked, quality in ranges
        if (asked.covers(kind) and asked.parameters.items() <= kind.parameters.items())
        or (kind.is_range and kind.covers(asked))
    ]
    return min(fitting)[1] if fitting else 0.0


def _weighed(text: str) -> tuple[MediaType, float]:
    """A media range and its quality; one that is not well-formed counts as not wanted."""
    kind = parse(text)
    parameters = dict(kind.parameters)
    quality = parameters.pop("q", "1")
    return MediaType(kind.kind, parameters), float(quality) if _QUALITY.match(quality) else 0.0


def _distance(offer: MediaType, wanted: MediaType) -> tuple[int, int, int]:
    """How far an offer that covers a media type is from it: stars, then parameters that differ, then those that agree."""
    differing = sum(wanted.parameters.get(name) != value for name, value in offer.parameters.items())
    return offer.kind.count("*"), differing, differing - len(offer.parameters)


def _quoted(value: str) -> str:
    return value if TOKEN.match(value) else '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value.strip('"')
