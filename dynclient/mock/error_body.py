"""Error bodies: generated from the documented schema, with the problems in the members that are meant for them.

Error schemas differ: `{message}`, `{error: {message}}`, `{errors: [{field, message}]}`, a map of texts, members that only one part of a
composed schema describes. Only the usual names are known in advance. So a body is generated, the shape of the schema says where those
names may occur, and each change is kept only if the whole body stays valid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from dynclient.problem import Problem
from dynclient.schema.bundle import Shape
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import generate
from dynclient.schema.schemas import Schema

#: Members that explain an error (RFC 9457, RFC 6749, and other common names): a text, an object or an array. Case, `_` and `-` do not matter.
_WORDS = (
    "message", "detail", "details", "detailsmap", "error", "errors", "errordescription", "errormessage", "errordetails", "usermessage",
    "description", "reason", "text", "msg", "fault", "faultstring", "problem", "problems", "violations",
)  # fmt: skip
#: Members that name the place of one error.
_PLACES = ("field", "pointer", "path", "property", "parameter", "location", "loc")
_STATUSES = ("status", "statuscode")
_KNOWN = (*_WORDS, *_PLACES, *_STATUSES, "title")
_TITLE = "The request breaks the document"

#: The first body may follow a branch that has no room for an explanation, so several bodies are tried.
_ATTEMPTS = 24
_DEPTH = 6
#: The lengths to which an explanation is cut where the whole one does not fit.
_LENGTHS = (200, 100, 50, 25)


class Maker(Protocol):
    """Makes values of a schema, as `generate` does."""

    def __call__(self, schema: Schema, seed: int | str = 0, /, *, full: bool = True) -> Any: ...  # noqa: D102


def error_body(schema: Schema, status: int, problems: Sequence[Problem], seed: int, make: Maker = generate) -> Any:
    """Return a value that the schema accepts, with the problems wherever it has room for them.

    Args:
        schema: The schema of an error body.
        status: The status of the response.
        problems: What is wrong with the request.
        seed: The same seed gives the same value.
        make: Makes a value of the schema from a seed, with or without its optional members.

    Returns:
        The value, or None if no value was found.
    """
    first: Any = None
    for attempt in range(_ATTEMPTS):
        try:
            value = make(schema, f"{seed}/{attempt}" if attempt else seed, full=False)
            material = make(schema, f"{seed}/{attempt}" if attempt else seed, full=True)
        except ExampleError:
            return first
        body = _Filler(status, problems).fill(_Place(schema.shape, schema.is_valid), value, material)
        if _explains(body, problems):
            return body
        first = body if attempt == 0 else first
    return first


def _explains(body: Any, problems: Sequence[Problem]) -> bool:
    """Whether any text in a body is an explanation."""
    if isinstance(body, dict | list):
        return any(_explains(part, problems) for part in (body.values() if isinstance(body, dict) else body))
    return isinstance(body, str) and (body in _texts(problems) or any(body in _texts([one]) for one in problems))


def _texts(problems: Sequence[Problem]) -> Iterator[str]:
    """Yield explanations of the problems, the best first; later ones are shorter."""
    text = "; ".join(map(str, problems))
    yield text
    yield str(problems[0])
    yield problems[0].message
    yield from (f"{text[: length - 1]}…" for length in _LENGTHS if length < len(text))


class _Filler:
    """Puts problems into a valid value, one change after another.

    Args:
        status: The status of the response.
        problems: What is wrong with the request.
        alone: Whether the value describes one problem of a list, so that it may name its place.
    """

    def __init__(self, status: int, problems: Sequence[Problem], *, alone: bool = False) -> None:
        self._status = status
        self._problems = problems
        self._alone = alone

    def fill(self, place: _Place, value: Any, material: Any) -> Any:
        """Return the value with the problems in it.

        Args:
            place: Where the value is in the body.
            value: The current value: valid, or empty.
            material: A value of the same schema with its optional members, to take missing members from.
        """
        if isinstance(value, dict) and place.depth < _DEPTH:
            return self._object(place, value, material if isinstance(material, dict) else {})
        if isinstance(value, list) and place.depth < _DEPTH:
            return self._array(place, value, material if isinstance(material, list) else [])
        texts = _texts(self._problems) if place.explains and isinstance(value, str) else iter(())
        return next(filter(place.fits, texts), value)

    def _object(self, place: _Place, value: dict[str, Any], material: dict[str, Any]) -> dict[str, Any]:
        known = [name for name in place.shape.properties if _plain(name) in _KNOWN]
        for name in dict.fromkeys([*value, *sorted(known, key=lambda name: _KNOWN.index(_plain(name)))]):
            value = self._member(place, name, value, material)
        if place.depth and place.explains and not place.shape.properties:
            return self._map(place, value, material)
        # its members may not allow an explanation: enums, for example
        return value if place.depth or _explains(value, self._problems) else self._first_word(place, value, material)

    def _member(self, place: _Place, name: str, value: dict[str, Any], material: dict[str, Any]) -> dict[str, Any]:
        """Return the object with one member changed or added, or as it is if no change fits."""
        inner = place.member(name, value)
        generated = [holder[name] for holder in (value, material) if name in holder][:1]
        for start in generated if name in value else [*generated, *_empty(inner.shape)]:
            filled = self._filled(inner, name, start, material.get(name))
            if filled != start and inner.fits(filled):
                return {**value, name: filled}
        return value

    def _filled(self, inner: _Place, name: str, start: Any, material: Any) -> Any:
        problem = self._problems[0]
        if _plain(name) in _STATUSES:
            return str(self._status) if isinstance(start, str) else self._status
        if _plain(name) == "title" and isinstance(start, str):
            return _TITLE
        if _plain(name) not in _PLACES:
            return self.fill(inner, start, material)
        if not self._alone:
            return start
        return [problem.where, *problem.path] if isinstance(start, list) else problem.pointer or problem.where

    def _first_word(self, place: _Place, value: dict[str, Any], material: dict[str, Any]) -> dict[str, Any]:
        """Add the first explanation that fits to an object that has room for other members."""
        changes = (self._member(place, name, value, material) for name in _WORDS)
        return next((changed for changed in changes if changed != value), value)

    def _map(self, place: _Place, value: dict[str, Any], material: dict[str, Any]) -> dict[str, Any]:
        """Return the explanations by place, if the object allows members of any name."""
        start = next(iter((value or material).values()), None)
        found = {}
        for problem in self._problems:
            name = f"{problem.where}{problem.pointer}"
            inner = place.member(name, {})
            empty = next(iter(_empty(inner.shape)), None)
            found[name] = self._only(problem).fill(inner, empty if start is None else start, start)
        return found if place.fits(found) else value

    def _array(self, place: _Place, value: list[Any], material: list[Any]) -> list[Any]:
        if not place.explains:
            for index, item in enumerate(value):
                value = [*value[:index], self.fill(place.item(index, value), item, item), *value[index + 1 :]]
            return value
        inner = place.item(0, value)
        for start in [*value[:1], *material[:1], *_empty(inner.shape)]:
            items = [self._only(problem).fill(inner, start, start) for problem in self._problems]
            # all problems, only the first one, or as many items as the schema asks for
            choices = (
                items,
                items[:1],
                [*items, *items[-1:] * len(value)][: len(value)],
                [*items, *value[len(items) :]],
            )
            fitting = next(filter(place.fits, choices), None)
            if fitting is not None and start not in items:
                return fitting
        return value

    def _only(self, problem: Problem) -> _Filler:
        return _Filler(self._status, [problem], alone=True)


class _Place(NamedTuple):
    """A place in the body.

    Attributes:
        shape: The shape of the values it takes.
        fits: Says whether the whole body is valid with another value here.
        explains: Whether it is meant for an explanation, so that a text here may be replaced.
        depth: The number of values around it.
    """

    shape: Shape
    fits: Callable[[Any], bool]
    explains: bool = True
    depth: int = 0

    def member(self, name: str, value: dict[str, Any]) -> _Place:
        """Return the place of a member of the object that is here."""
        explains = _plain(name) in _WORDS or (name not in self.shape.properties and self.explains and self.depth > 0)
        return _Place(self.shape.member(name), lambda new: self.fits({**value, name: new}), explains, self.depth + 1)

    def item(self, index: int, value: list[Any]) -> _Place:
        """Return the place of an item of the array that is here."""

        def fits(new: Any) -> bool:
            return self.fits([*value[:index], new, *value[index + 1 :]])

        return _Place(self.shape.item, fits, self.explains, self.depth + 1)


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _empty(shape: Shape) -> list[Any]:
    """Return the empty values of the types that a shape allows."""
    return [value for kind, value in (("string", ""), ("object", {}), ("array", [])) if shape.may_be(kind)]
