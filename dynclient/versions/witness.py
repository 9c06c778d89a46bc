"""Witnesses: a value that one side may send and the other refuses, as small as the maker makes it, and confirmed by both engines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from dynclient.errors import SpecError
from dynclient.schema.engine import ENGINES
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import generate
from dynclient.schema.schemas import Schema
from dynclient.versions.reasons import Gap, Hop, Pair, Question
from dynclient.versions.sides import Sides
from dynclient.versions.terms import OneWay

#: How a value is made where a constraint does not suggest one: with how many optional parts, and by which seeds.
_WAYS = ((False, 0), (True, 0), (False, 1), (True, 1), (True, 2))
#: How many values that show a gap by themselves are tried in the whole message.
_LOCAL = 4


def witness(question: Question, chain: Sequence[tuple[Pair, Hop]], gap: Gap) -> tuple[Any, ...]:
    """Return a value of the whole message that shows a gap; an empty tuple if none was found.

    Args:
        question: The message.
        chain: The pairs from the message to the one with the gap, each with the way to the next; the last one has the gap.
        gap: The gap.
    """
    found = 0
    with suppress(SpecError):
        for value in _local(question.sides, chain[-1][0], gap):
            for whole in _lifted(question.sides.sender, chain[:-1], value):
                if is_confirmed(question, whole):
                    return (whole,)
            found += 1
            if found == _LOCAL:
                break
    return ()


def is_confirmed(question: Question, value: Any) -> bool:
    """Whether both engines say that the sender's schema accepts a value and the receiver's refuses it."""
    sender, receiver = question.sides.sender, question.sides.receiver
    return all(
        sender.whole(question.sent, engine).is_valid(value)
        and not receiver.whole(question.taken, engine).is_valid(value)
        for engine in ENGINES
    )


def _local(sides: Sides, pair: Pair, gap: Gap) -> Iterator[Any]:
    """Yield values that the sender's term accepts and the receiver's refuses."""
    sent = sides.sender.schema(pair.sent.parts)
    taken = sides.receiver.schema(pair.taken.parts)
    seen: list[str] = []
    for value in _candidates(sides.sender, pair, gap, sent):
        text = json.dumps(value, sort_keys=True, default=str)
        if text in seen or (sides.texts and _reads_otherwise(value)):
            continue
        seen.append(text)
        if isinstance(value, dict) and not all(map(sides.sent(pair.sent).may_have, value)):
            continue
        if sent.is_valid(value) and not taken.is_valid(value):
            yield value


def _candidates(sender: OneWay, pair: Pair, gap: Gap, sent: Schema) -> Iterator[Any]:
    yield from gap.values
    for hint in gap.hints:
        if isinstance(hint, Mapping) and "const" in hint:
            yield hint["const"]
            continue
        schema = sender.schema([*pair.sent.parts, hint]) if hint else sent
        for full, seed in _WAYS:
            yield from _made(sender, schema, full=full, seed=seed)
        yield from _without(sender, pair, hint)


def _without(sender: OneWay, pair: Pair, hint: Any) -> Iterator[Any]:
    """Yield objects without the properties that a hint does not want, taken out of those that may have them."""
    denied = hint.get("not") if isinstance(hint, Mapping) else None
    names = denied.get("required") if isinstance(denied, Mapping) else None
    if isinstance(names, list):
        wanted = {keyword: value for keyword, value in hint.items() if keyword != "not"}
        schema = sender.schema([*pair.sent.parts, *([wanted] if wanted else [])])
        for full, seed in _WAYS:
            for value in _made(sender, schema, full=full, seed=seed):
                if isinstance(value, dict):
                    yield {name: each for name, each in value.items() if name not in names}


def _made(sender: OneWay, schema: Schema, *, full: bool = False, seed: int = 0) -> tuple[Any, ...]:
    try:
        return (generate(schema, seed, full=full, direction=sender.direction),)
    except (ExampleError, SpecError, ArithmeticError):
        return ()


def _lifted(sender: OneWay, chain: Sequence[tuple[Pair, Hop]], value: Any) -> Iterator[Any]:
    """Yield whole values that hold a value at the end of a chain."""
    if not chain:
        yield value
        return
    pair, step = chain[-1]
    if step is None:
        yield from _lifted(sender, chain[:-1], value)
        return
    for outer in _around(sender, pair, step, value):
        yield from _lifted(sender, chain[:-1], outer)


def _around(sender: OneWay, pair: Pair, step: Hop, value: Any) -> Iterator[Any]:
    """Yield small values of a term that have a given member or item."""
    if isinstance(step, str):
        object_with: dict[str, Any] = {"type": "object", "required": [step]}
        yield from _made(
            sender, sender.schema([*pair.sent.parts, {**object_with, "properties": {step: {"const": value}}}])
        )
        for outer in _made(sender, sender.schema([*pair.sent.parts, object_with])):
            yield {**outer, step: value}
        yield {step: value}
        return
    count = int(step or 0) + 1
    for outer in _made(sender, sender.schema([*pair.sent.parts, {"type": "array", "minItems": count}])):
        yield [*outer[: count - 1], value, *outer[count:]]
    if count == 1:
        yield [value]


def _reads_otherwise(value: Any) -> bool:
    """Whether the text of a value may be read as a value of another type."""
    if not isinstance(value, str):
        return False
    try:
        json.loads(value)
    except ValueError:
        return False
    return True
