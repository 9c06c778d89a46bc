"""Which of the documented media types a reply is written in (RFC 9110, section 12.5.1).

Documents name media types that are not (`PDF`), and ranges (`*/*`) that no reply can have. A name is compared as it is; in a range, a reply
is JSON where that is covered, else the usual type of the range, or what the client asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dynclient.api.described import Content
from dynclient.wire.mediatype import MediaType, parse

_ITEM = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"|")+')
_QUALITY = re.compile(r"[01](?:\.\d{0,3})?", re.ASCII)
_USUAL = ("application/json", "text/plain", "image/png", "audio/mpeg", "video/mp4", "font/woff2", "multipart/mixed")


class Range(NamedTuple):
    """A media range of an Accept field.

    Attributes:
        kind: The range, less its quality.
        quality: From 0 (never) to 1.
    """

    kind: MediaType
    quality: float

    def distance(self, kind: MediaType) -> tuple[int, int]:
        """Return how closely it describes a media type that it covers: stars, then parameters that differ."""
        differing = sum(kind.parameters.get(name) != value for name, value in self.kind.parameters.items())
        return self.kind.kind.count("*"), differing


def accepted(accept: str) -> list[Range]:
    """Parse an Accept field; without one, anything is accepted."""
    found = []
    for text in _ITEM.findall(accept):
        kind = parse(text)
        quality = kind.parameters.get("q", "1")
        rest = {name: value for name, value in kind.parameters.items() if name != "q"}
        if kind.kind:
            found.append(Range(MediaType(kind.kind, rest), float(quality) if _QUALITY.fullmatch(quality) else 1.0))
    return found or [Range(parse("*/*"), 1.0)]


def reply_offers(status: int, contents: Mapping[str, Content], accept: str) -> list[tuple[Content, str]]:
    """Return what `offers` returns; for an error, all contents where none is accepted, as a 406 would hide it (RFC 9110, section 12.5.1).

    Args:
        status: The status of the reply.
        contents: The documented contents.
        accept: The Accept field of the request; "" when there is none.
    """
    return offers(contents, accept) or (offers(contents, "") if status >= 400 else [])


def offers(contents: Mapping[str, Content], accept: str) -> list[tuple[Content, str]]:
    """Return the contents that a client accepts, each with the media type to write, the best first; nothing if it accepts none.

    Args:
        contents: The documented contents.
        accept: The Accept field of the request; "" when there is none.
    """
    ranges = accepted(accept)
    ranked = []
    for content in contents.values():
        for media_type in _written_as(content.media_type, ranges):
            kind = parse(media_type)
            fitting = [one for one in ranges if one.kind.covers(kind)]
            closest = min(fitting, key=lambda one: one.distance(kind), default=None)
            if closest is not None and closest.quality > 0:
                ranked.append((-closest.quality, closest.distance(kind)[1], content, media_type))
    ranked.sort(key=lambda entry: entry[:2])  # stable: of equals, the first documented one
    return [(content, media_type) for _, _, content, media_type in ranked]


def _written_as(media_type: str, ranges: list[Range]) -> Iterator[str]:
    """Yield the media types that a documented one may be written as: itself, or those of a range."""
    offered = parse(media_type)
    if not offered.is_range:
        yield media_type
        return
    usual = [name for name in _USUAL if offered.covers(parse(name))]
    asked = [one.kind.text for one in ranges if not one.kind.is_range and offered.covers(one.kind)]
    yield from dict.fromkeys([*usual[:1], *asked, *usual[1:], "application/octet-stream"])
