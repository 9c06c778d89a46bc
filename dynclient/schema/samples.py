"""Texts of each format that a schema may ask for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

#: Texts of each format; the first whose length fits is taken, and one that ends in a letter may be made longer.
_FORMATS = {
    "base64url": ("ZXhhbXBsZQ",),
    "byte": ("ZXhhbXBsZQ==", ""),
    "char": ("a",),
    "date": ("2031-01-02",),
    "date-time": ("2031-01-02T09:00:00Z", *(f"2031-01-02T09:00:00{part}" for part in (
        "+00:00", ".000Z", ".000000Z", ".000+00:00", ".000000+00:00", ".0000000Z", ".000000000Z", ".0Z", ".00Z"))),
    "date-time-local": ("2031-01-02T09:00:00", "2031-01-02T09:00:00.000"),
    "decimal": ("12.5", "1"),
    "decimal128": ("12.5", "1"),
    "duration": ("P1DT2H", "P1D"),
    "email": ("nobody@example.com", "a@b.example", "a@b.c"),
    "hostname": ("example.com", "host"),
    "idn-email": ("nobody@example.com", "a@b.example", "a@b.c"),
    "idn-hostname": ("example.com", "host"),
    "http-date": ("Thu, 02 Jan 2031 09:00:00 GMT",),
    "ipv4": ("192.0.2.1",),
    "ipv6": ("2001:db8::1", "::1"),
    "json-pointer": ("/example", "/a", ""),
    "media-range": ("text/plain", "*/*"),
    "relative-json-pointer": ("0/example", "0"),
    "sf-binary": (":ZXhhbXBsZQ==:",),
    "sf-boolean": ("?1",),
    "sf-decimal": ("12.5",),
    "sf-integer": ("42",),
    "sf-string": ('"example"', '""'),
    "sf-token": ("example", "a"),
    "time": ("09:00:00Z", "09:00:00+00:00", "09:00:00.000Z"),
    "time-local": ("09:00:00", "09:00:00.000"),
    "iri": ("https://example.com/example", "https://a.example", "urn:a:b"),
    "iri-reference": ("/example", "a"),
    "uri": ("https://example.com/example", "https://a.example", "urn:a:b"),
    "uri-reference": ("/example", "a"),
    "uri-template": ("/{example}/text", "a"),
    "uuid": ("00000000-0000-4000-8000-000000000001",),
}  # fmt: skip


def samples(schema: Mapping[str, Any]) -> list[str]:
    """Texts of the schema's format, the best first: those as long as the schema wants it; none for a format that is not known."""
    texts = _FORMATS.get(str(schema.get("format")))
    if texts is None:
        return []
    low, most = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    fitting = [text for text in texts if low <= len(text) <= most] or [texts[0]]
    return [text + "a" * (low - len(text)) if text[-1:].isalpha() else text for text in fitting]
