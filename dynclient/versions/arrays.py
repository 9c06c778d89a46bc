"""Whether arrays fit: their items, their number, and what they must contain."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import generate
from dynclient.versions.asking import Asking, ask_size
from dynclient.versions.facts import Facts
from dynclient.versions.reasons import Pair


def ask_array(asking: Asking, part: Mapping[str, Any]) -> None:
    """Ask that a part accepts the arrays that are sent."""
    ours = asking.ours
    ask_size(asking, part, "minItems", "maxItems", "items")
    if (
        part.get("uniqueItems") is True
        and not any(own.get("uniqueItems") is True for own in ours.parts)
        and ours.most("maxItems") > 1
    ):
        item = asking.sender.schema(ours.item(0)) if ours.item(0) else None
        asking.gap("unique", part, values=_doubled(item, ours), hints=({"minItems": 2},))
    prefix = part["prefixItems"] if isinstance(part.get("prefixItems"), list) else []
    fixed = len(prefix)
    for index in range(max(fixed, ours.first)):
        schema = prefix[index] if index < fixed else part.get("items")
        if schema is not None and index < ours.most("maxItems"):
            asking.need(index, asking.sender.term(ours.item(index)), asking.receiver.term([schema]))
    last = max(fixed, ours.first)
    if "items" in part and last < ours.most("maxItems"):
        asking.need(last, asking.sender.term(ours.item(last)), asking.receiver.term([part["items"]]))
    if "contains" in part:
        _contains(asking, part)
    if "unevaluatedItems" in part:
        own = Facts(asking.receiver, asking.receiver.term([part]))
        if not any("items" in each for each in own.parts):
            asking.gap("unevaluatedItems", part, hints=({"minItems": own.first + 1},))


def _contains(asking: Asking, part: Mapping[str, Any]) -> None:
    number = asking.receiver.identity.number(part["contains"])
    least, most = part.get("minContains", 1), part.get("maxContains", math.inf)
    for own in asking.ours.parts:
        if "contains" in own and asking.sender.identity.number(own["contains"]) == number:
            low, high = own.get("minContains", 1), own.get("maxContains", math.inf)
            if low >= least and min(high, asking.ours.most("maxItems")) <= most:
                return
    every = Pair(asking.sender.term(asking.ours.item(0)), asking.receiver.term([part["contains"]]))
    if most == math.inf and asking.ours.first == 0 and asking.ours.least("minItems") >= least and asking.holds(every):
        asking.answer.needs.append((0, every))
    elif least > 0 or most < math.inf:
        asking.gap("contains", part, values=([],), hints=({}, {"maxItems": 0}))


def _doubled(schema: Any, ours: Facts) -> list[Any]:
    if schema is None:
        return [[0] * max(2, int(ours.least("minItems")))]
    try:
        value = generate(schema, full=False)
    except ExampleError:
        return []
    return [[value] * max(2, int(ours.least("minItems")))]
