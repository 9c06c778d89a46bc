"""Media types: parsed and compared (RFC 9110, section 8.3.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple, ParamSpec, Self, TypeVar

from dynclient import lazy

#: Optional white space in a header (RFC 9110, section 5.6.3). Unicode has more, which is part of a value.
OWS = " \t"
_PARAMETER = lazy.pattern(r';[ \t]*([^ \t=;"]+)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
#: A name in a header (RFC 9110, section 5.6.2).
TOKEN = lazy.pattern(r"[\w!#$%&'*+.^`|~-]+\Z", re.ASCII)


_Args = ParamSpec("_Args")
_Result = TypeVar("_Result")


class MediaError(ValueError):
    """A value that the media type cannot carry, or bytes that are not of the media type.

    Attributes:
        path: The path to the wrong part: property names and positions.
        hint: What to do instead; empty when unknown.
        more: What is wrong elsewhere in the same value.
    """

    def __init__(
        self, message: str, path: tuple[str | int, ...] = (), hint: str = "", more: Iterable[MediaError] = ()
    ) -> None:
        super().__init__(message)
        self.path = path
        self.hint = hint
        self.more = tuple(more)

    @property
    def each(self) -> tuple[MediaError, ...]:
        """Everything that is wrong, one by one."""
        return (self, *self.more)

    def inside(self, *path: str | int) -> Self:
        """Return the same error with the path of an outer value."""
        more = [error.inside(*path) for error in self.more]
        return type(self)(str(self), (*path, *self.path), self.hint, more)


def at_place(
    place: str | int, function: Callable[_Args, _Result], *args: _Args.args, **kwargs: _Args.kwargs
) -> _Result:
    """Call a function; a MediaError in it gets this place in front of its path."""
    try:
        return function(*args, **kwargs)
    except MediaError as error:
        raise error.inside(place) from None


_Place = TypeVar("_Place", str, int)
_Item = TypeVar("_Item")


def at_places(items: Iterable[tuple[_Place, _Item]], function: Callable[[_Place, _Item], _Result]) -> list[_Result]:
    """Call a function with every place and what is there.

    Raises:
        MediaError: Some calls failed; it tells what is wrong in all of them.
    """
    results: list[_Result] = []
    errors: list[MediaError] = []
    for place, item in items:
        try:
            results.append(function(place, item))
        except MediaError as error:
            errors += error.inside(place).each
    if errors:
        raise together(errors)
    return results


def together(errors: Sequence[MediaError]) -> MediaError:
    """Return one error that tells what all of them tell."""
    return type(errors[0])(str(errors[0]), errors[0].path, errors[0].hint, errors[1:])


#: The names of JSON: the registered one, and those used before or beside it.
_JSON = frozenset({"application/json", "text/json", "application/x-json", "text/x-json"})

#: The names of JSON values, one in each line; none is registered.
LINES = frozenset({
    "application/jsonl", "application/x-jsonl", "application/jsonlines", "application/x-jsonlines",
    "application/json-lines", "application/x-json-lines", "application/ndjson", "application/x-ndjson",
})  # fmt: skip

#: The names of YAML: the registered one (RFC 9512), and those used before it.
_YAML = frozenset({
    "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/vnd.yaml", "application/vnd.yaml",
})  # fmt: skip


class MediaType(NamedTuple):
    """A parsed media type or media range (RFC 9110, section 8.3.1).

    Attributes:
        kind: `type/subtype` in lower case.
        parameters: The parameters; their names are in lower case.
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
        """Whether it is a sequence of JSON values, one in each line (JSON Lines, NDJSON)."""
        return self.kind in LINES

    @property
    def is_records(self) -> bool:
        """Whether it is a sequence of JSON values after record separators (RFC 7464; RFC 8091)."""
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
    def is_form_data(self) -> bool:
        """Whether it is a form as parts (RFC 7578)."""
        return self.kind == "multipart/form-data"

    @property
    def is_range(self) -> bool:
        """Whether it is a range of media types: `text/*`, `*/*`."""
        return "*" in self.kind

    @property
    def takes_json(self) -> bool:
        """Whether JSON is of this type or in this range."""
        return self.is_json or (self.is_range and self.covers(parse("application/json")))

    def covers(self, other: MediaType) -> bool:
        """Whether this type or range (`text/*`, `*/*`) includes another one; parameters are not compared."""
        if self.kind in ("*/*", "*", other.kind):
            return True
        if (
            self.kind == "application/*+json"
        ):  # not a range in RFC 9110, but published documents mean every JSON type by it
            return other.is_json
        return self.kind.endswith("/*") and other.kind.startswith(self.kind[:-1])

    def having(self, **parameters: str) -> MediaType:
        """Return the media type with these parameters added."""
        return MediaType(self.kind, {**self.parameters, **parameters})


def parameters_of(text: str) -> list[tuple[str, str]]:
    """Return the parameters after the first semicolon of a header: names in lower case, values unchanged."""
    return [(name.lower(), value.strip(OWS)) for name, value in _PARAMETER.findall(text)]


@lru_cache(maxsize=256)
def parse(text: str) -> MediaType:
    """Parse a Content-Type."""
    pairs = {name: _unquoted(value) for name, value in parameters_of(text)}
    return MediaType(text.partition(";")[0].strip(OWS).lower(), MappingProxyType(pairs))


def parse_list(text: str) -> list[MediaType]:
    """Parse media types that are separated by commas, as in an Encoding Object."""
    return [parse(part) for part in text.split(",") if part.strip(OWS)]


def best(offered: Iterable[str], content_type: str) -> str | None:
    """Return the documented media type (or range) that covers a Content-Type most closely, or None."""
    return _best(tuple(offered), content_type)


@lru_cache(maxsize=1024)
def _best(offered: tuple[str, ...], content_type: str) -> str | None:
    wanted = parse(content_type)
    fitting = [name for name in offered if parse(name).covers(wanted)]
    return min(fitting, key=lambda name: _distance(parse(name), wanted), default=None)


def accept_header(offered: Iterable[str]) -> str:
    """Return an Accept field that asks for these media types alike; for anything when there are none."""
    return ", ".join(dict.fromkeys(name for name in offered if name.strip(OWS))) or "*/*"


def _distance(offer: MediaType, wanted: MediaType) -> tuple[int, int, int]:
    """Return how far an offer is from a media type it covers: stars, then differing parameters, then equal ones."""
    differing = sum(wanted.parameters.get(name) != value for name, value in offer.parameters.items())
    return offer.kind.count("*"), differing, differing - len(offer.parameters)


def _quoted(value: str) -> str:
    return value if TOKEN.match(value) else '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value.strip('"')
