"""Styles, compared by what they write: two descriptions of a parameter that write its values alike are the same."""

from __future__ import annotations

from typing import Any

from dynclient.spec.node import Node
from dynclient.wire.params import encode_pairs, encode_text
from dynclient.wire.scalar import ParamError, Wire
from dynclient.wire.styles import EXPLODING, usable_style

#: Values that every two ways of writing a type write differently.
_SAMPLES: dict[str, Any] = {"array": ["a", "b"], "object": {"a": "b", "c": "d"}}


def wire_at(node: Node, name: str = "") -> Wire:
    """Return how a parameter, or a header of this name, is written.

    Args:
        node: The place of the Parameter Object or the Header Object.
        name: The name of a header.
    """
    location = str(node.get("in") or "header")
    style = usable_style(location, node.get("style")) or "simple"
    explode = bool(node.get("explode", style in EXPLODING))
    return Wire(str(node.get("name") or name), location, style, explode, node.get("allowReserved") is True)


def are_alike(old: Wire, new: Wire, types: frozenset[str]) -> bool:
    """Whether values of these types are written alike, apart from which characters are percent-encoded."""
    samples = [_SAMPLES.get(kind, "a") for kind in sorted(types)]
    return all(_written(old, sample) == _written(new, sample) for sample in samples)


def _written(wire: Wire, value: Any) -> Any:
    encode: Any = encode_text if wire.location in ("path", "header") else encode_pairs
    try:
        return encode(
            wire._replace(allow_reserved=False, name=wire.name.lower() if wire.location == "header" else wire.name),
            value,
        )
    except ParamError:
        return None
