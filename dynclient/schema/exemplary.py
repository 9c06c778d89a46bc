"""Made values that hold the examples of the document: those that stand inside a schema, at properties and items.

The bundle of a schema has no examples, since engines do not need them. So a value is made from the bundle, and then filled with what the
schema as it is written gives for each part of it. A part takes an example only if the whole value stays valid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dynclient.errors import SpecError
from dynclient.schema.bundle import POSSIBLE
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import generate
from dynclient.schema.schemas import Schema
from dynclient.schema.translator import Direction
from dynclient.schema.unbundled import parts_of, schemas_below
from dynclient.spec.document import Document
from dynclient.spec.node import Node

_SHOWS_NOTHING: tuple[Any, ...] = (None, "", [], {})
_Fits = Callable[[Any], bool]


def exemplary(
    document: Document,
    node: Node,
    schema: Schema,
    seed: int | str = 0,
    *,
    full: bool = True,
    direction: Direction = "response",
) -> Any:
    """Return a value that a schema accepts, made of the `example`, `examples` and `default` of its parts wherever they fit.

    Args:
        document: The document.
        node: The place of the schema.
        schema: The schema, compiled.
        seed: The same seed gives the same value.
        full: Whether it has optional properties.
        direction: The direction of the value, as for `generate`.

    Raises:
        ExampleError: No such value was found.
        SpecError: It is not a JSON Schema.
    """
    try:
        value = generate(schema, seed, full=full, direction=direction)
    except ExampleError as error:  # an example may be what could not be made, such as a text of a difficult pattern
        filled = [_filled(document, [node], value, _anything) for value in error.closest]
        fitting = [value for value in filled if schema.is_valid(value)]
        if not fitting:
            raise
        return fitting[0]
    filled = _filled(document, [node], value, _anything)
    return filled if schema.is_valid(filled) else _filled(document, [node], value, schema.is_valid)


def _anything(_: Any) -> bool:
    return True


def _filled(document: Document, schemas: list[Node], value: Any, fits: _Fits, turn: int = 0) -> Any:
    """Return a value with examples in place of its parts, the outermost that fit.

    Args:
        document: The document.
        schemas: The schemas of the value.
        value: The value.
        fits: Says whether another value may stand in its place.
        turn: Its position in the array around it, so that items take different examples.
    """
    try:
        parts = [part for schema in schemas for part in (schema, *parts_of(document, schema, POSSIBLE))]
    except SpecError:  # a broken reference, which the bundle leaves open
        return value
    for sample in _samples(parts, turn):
        if fits(sample):
            return sample
    if isinstance(value, dict):
        for name in value:
            inner = _filled(document, schemas_below(parts, name), value[name], _member_fits(fits, value, name), turn)
            value = {**value, name: inner}
    if isinstance(value, list):
        for index, item in enumerate(value):
            inner = _filled(document, schemas_below(parts, index), item, _item_fits(fits, value, index), index)
            value = [*value[:index], inner, *value[index + 1 :]]
    return value


def _samples(parts: list[Node], turn: int) -> Iterator[Any]:
    """Yield the values that schemas give: their examples come before all defaults, and empty defaults, which show nothing, are left out."""
    described = [part.value for part in parts if isinstance(part.value, Mapping)]
    for schema in described:
        if "example" in schema:
            yield schema["example"]
        listed = schema.get("examples")
        if isinstance(listed, list) and listed:
            first = turn % len(listed)
            yield from (*listed[first:], *listed[:first])
    yield from (schema["default"] for schema in described if schema.get("default") not in _SHOWS_NOTHING)


def _member_fits(fits: _Fits, holder: dict[str, Any], name: str) -> _Fits:
    return lambda new: fits({**holder, name: new})


def _item_fits(fits: _Fits, holder: list[Any], index: int) -> _Fits:
    return lambda new: fits([*holder[:index], new, *holder[index + 1 :]])
