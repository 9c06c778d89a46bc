"""A name, a number of things, a value: in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynclient.problem import show
from dynclient.spec.document import Document


def name_of(document: Document) -> str:
    """The title and the version of an API."""
    return f"{document.title} {document.info.get('version', '')}".rstrip()


def count(number: int, noun: str) -> str:
    """So many of something."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def fitted(text: str, width: int) -> str:
    """The text, cut to a width."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def brief(data: Any, room: int = 140) -> str:
    """Data in a line or two: the first members, long ones shortened, and how many more there are."""
    if not isinstance(data, Mapping):
        return show(data, room)
    parts: list[str] = []
    for name, value in data.items():
        part = f"{name}: {_small(value)}"
        room -= len(part) + 2
        if parts and room < 0:
            return f"{{{', '.join(parts)}, and {len(data) - len(parts)} more}}"
        parts.append(part)
    return f"{{{', '.join(parts)}}}"


def _small(value: Any) -> str:
    if isinstance(value, list):
        return f"[{count(len(value), 'item')}]" if value else "[]"
    if isinstance(value, Mapping):
        return f"{{{count(len(value), 'member')}}}" if value else "{}"
    return show(value, 40)
