"""Data as JSON in so many characters: what does not fit is left out, and the text says what and how much.

What stays is as it was received: an array keeps its first items, an object its short members, a text its beginning. So a reader can rely on every
value that it sees, and knows by the list `left_off` which places go on.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from dynclient.problem import Tokens, pointer, without_middle

#: How many places are listed, and how much of each.
_PLACES = 5
_LONGEST = 60
#: The least room that a value is cut to; in less than that, it is left out.
_LEAST = 24
#: The least room of a whole text.
SMALLEST = 1000


def as_json(data: Any) -> str:
    """Return data as JSON without spaces: bytes as their size, and a number that JSON does not have as a text."""
    return json.dumps(_plain(data), ensure_ascii=False, separators=(",", ":"))


def json_within(data: Mapping[str, Any], room: int) -> str:
    """Return an object as JSON; one that is too long loses parts, and says so in a further member `left_off`.

    Args:
        data: The object.
        room: The most characters; at least SMALLEST.
    """
    text, space = as_json(data), room
    plain = _plain(data)
    while len(text) > room and space > 0:
        notes: dict[Tokens, str] = {}
        kept = _cut(plain, space, (), notes)
        text = as_json({**kept, "left_off": _listed(notes)})
        space -= max(len(text) - room, _LEAST)
    return text


def text_within(text: str, room: int) -> str:
    """Return a text; one that is too long loses its end, and says how long that was."""
    if len(text) <= room:
        return text
    kept = text[: room - 50]
    return f"{kept}\n… {len(text) - len(kept):,} more characters are left off"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return {"size": len(value)}
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _listed(notes: Mapping[Tokens, str]) -> dict[str, str]:
    """Return the first places of which something is left off, and how many there are beside them."""
    places = {without_middle(pointer(path), _LONGEST): note for path, note in list(notes.items())[:_PLACES]}
    return places | ({"...": f"{len(notes) - _PLACES} more places"} if len(notes) > _PLACES else {})


def _size(value: Any) -> int:
    return len(as_json(value))


def _cut(value: Any, space: int, path: Tokens, notes: dict[Tokens, str]) -> Any:
    """Return what of a value fits into so many characters; note what does not, by its place."""
    if isinstance(value, str):
        return _cut_text(value, space, path, notes)
    if isinstance(value, list):
        return _cut_array(value, space, path, notes)
    return _cut_object(value, space, path, notes) if isinstance(value, dict) else value


def _cut_text(text: str, space: int, path: Tokens, notes: dict[Tokens, str]) -> str:
    size = _size(text)
    if size <= space:
        return text
    kept = text[: max(space - 2, 0)]
    while kept and _size(kept) > space:
        kept = kept[: len(kept) - max((_size(kept) - space) // 6, 1)]  # a sign may take six, as \u0000
    notes[path] = f"{len(kept):,} of {len(text):,} characters are here"
    return kept


def _cut_array(items: list[Any], space: int, path: Tokens, notes: dict[Tokens, str]) -> list[Any]:
    kept: list[Any] = []
    room = space - 2
    for item in items:
        size = _size(item) + 1
        if size > room:
            break
        kept.append(item)
        room -= size
    if len(kept) == len(items):
        return items
    notes[path] = ""  # before the notes on what is inside
    if not kept and room > _LEAST:
        kept = [_cut(items[0], room, (*path, 0), notes)]
    notes[path] = f"{len(kept):,} of {len(items):,} items are here"
    return kept


def _cut_object(members: dict[str, Any], space: int, path: Tokens, notes: dict[Tokens, str]) -> dict[str, Any]:
    """Share the room among the members: what the short ones do not need goes to the long ones."""
    heads = {name: _size(name) + 2 for name in members}
    sizes = {name: _size(value) for name, value in members.items()}
    kept: dict[str, Any] = {}
    room, left = space - 2, len(members)
    for name in sorted(members, key=lambda name: heads[name] + sizes[name]):
        share = room // left - heads[name]
        left -= 1
        if sizes[name] <= share:
            kept[name] = members[name]
        elif share >= _LEAST and isinstance(members[name], str | list | dict):
            kept[name] = _cut(members[name], share, (*path, name), notes)
        else:
            continue
        room -= heads[name] + _size(kept[name])
    if len(kept) < len(members):
        notes[path] = f"{len(kept):,} of {len(members):,} members are here"
    return {name: kept[name] for name in members if name in kept}
