"""The schemas of a document as they are written, and the ways through them: for those who show them to people.

A bundle is made for the engines; see `api/manual.py` for why it does not do here. Which keywords lead on is said in `bundle` all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dynclient.errors import SpecError
from dynclient.schema.bundle import POSSIBLE, inside
from dynclient.schema.subtypes import Subtypes
from dynclient.spec.document import Document
from dynclient.spec.node import Node, step


def innermost(document: Document, schema: Node, path: Iterable[str | int]) -> Node:
    """Return the schema of the value at the end of a path, or the last one on the way there that can be found."""
    for token in path:
        try:
            below = schema_below(possible_parts(document, schema), token)
        except SpecError:  # a broken reference
            return schema
        if below is None:
            return _followed(document, schema)
        schema = below
    return _followed(document, schema)


def _followed(document: Document, schema: Node) -> Node:
    try:
        return document.follow(schema)
    except SpecError:
        return schema


def parts_of(document: Document, schema: Node, keywords: tuple[str, ...]) -> list[Node]:
    """Return a schema and all that it applies to the same value by one of the keywords, each once.

    Raises:
        SpecError: A reference has no target.
    """
    return _parts(document, schema, keywords, lambda _: ())


def possible_parts(document: Document, schema: Node) -> list[Node]:
    """Return a schema and all that may apply to the same value, each once: also the subtypes that a discriminator chooses between.

    Raises:
        SpecError: A reference has no target.
    """
    return _parts(document, schema, POSSIBLE, Subtypes.of(document).chosen)


def _parts(
    document: Document, schema: Node, keywords: tuple[str, ...], chosen: Callable[[Node], Sequence[Node]]
) -> list[Node]:
    found: dict[Any, Node] = {}
    pending = [schema]
    while pending:
        part = document.follow(pending.pop())
        if part.place not in found:
            found[part.place] = part
            pending += reversed(applied(part, keywords))
            subtypes = chosen(part)
            if not any(subtype.place in found for subtype in subtypes):  # one that builds on the part has chosen
                pending[:0] = reversed(subtypes)
    return list(found.values())


def applied(schema: Node, keywords: tuple[str, ...]) -> list[Node]:
    """Return the schemas inside a schema that apply to the same value by one of the keywords."""
    if not isinstance(schema.value, Mapping):
        return []
    return [schema.child(*way) for way, _ in inside(schema.value) if way[0] in keywords]


def schema_below(parts: list[Node], token: str | int) -> Node | None:
    """Return the schema that describes a member or an item by its name or its place; else the one for all others."""
    return next(iter(schemas_below(parts, token)), None)


def schemas_below(parts: list[Node], token: str | int) -> list[Node]:
    """Return all schemas that describe a member or an item by its name or its place; else those for all others."""
    holders = [part.child("prefixItems" if isinstance(token, int) else "properties") for part in parts]
    named = [holder.child(token) for holder in holders if step(holder.value, token) is not None]
    rest = "items" if isinstance(token, int) else "additionalProperties"
    return named or [part.child(rest) for part in parts if isinstance(part.get(rest), Mapping)]
