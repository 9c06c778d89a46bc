"""The `format` keyword: the texts that each format of the OpenAPI and JSON Schema registries accepts, and examples of them.

jsonschema-rs has checks for most of these; `jsonschema` has few without heavy extra packages. Both engines use the checks below, so
that they agree. A format that is not here is an annotation and accepts everything.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from dynclient import lazy

#: The parts of a date-time (RFC 3339, section 5.6).
_DAY = r"\d{4}-\d\d-\d\d"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
_OFFSET = r"([zZ]|[+-]([01]\d|2[0-3]):[0-5]\d)"
_DATE = lazy.pattern(rf"{_DAY}\Z", re.ASCII)
_TIME = lazy.pattern(rf"{_CLOCK}{_OFFSET}\Z", re.ASCII)
_LOCAL = lazy.pattern(rf"{_CLOCK}\Z", re.ASCII)
_DATE_TIME = lazy.pattern(rf"{_DAY}[Tt]{_CLOCK}{_OFFSET}\Z", re.ASCII)
_LOCAL_DATE_TIME = lazy.pattern(rf"{_DAY}[Tt]{_CLOCK}\Z", re.ASCII)
_BASE64URL = lazy.pattern(r"([A-Za-z0-9_-]{4})*([A-Za-z0-9_-]{2}(==)?|[A-Za-z0-9_-]{3}=?)?\Z")
_DECIMAL = lazy.pattern(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z", re.ASCII)
_HTTP_DATE = lazy.pattern(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT\Z",
    re.ASCII,
)
_MEDIA_RANGE = lazy.pattern(
    r"(\*/\*|[!#$&^\w.+-]+/(\*|[!#$&^\w.+-]+))(\s*;\s*[\w-]+=(\"[^\"]*\"|[^;\s]+))*\Z", re.ASCII
)
_DURATION = lazy.pattern(
    r"P(?=.)((\d+W)|((\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?))\Z",
    re.ASCII,
)
_UUID = lazy.pattern(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOSTNAME = lazy.pattern(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*\Z")
_EMAIL = lazy.pattern(r"(\"[^\"]+\"|[^@\s\"(),:;<>\[\\\]]+)@(\[[^\]]+\]|[^@\s.]+(\.[^@\s.]+)*)\Z")
_URI_TEXT = lazy.pattern(r"([A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*\Z")
_IRI_TEXT = lazy.pattern(r"([A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=\u00a0-\ud7ff\ue000-\U0010fffd]|%[0-9A-Fa-f]{2})*\Z")
_IDN_LABEL = r"[A-Za-z0-9\u0080-\U0010ffff]([A-Za-z0-9\-\u0080-\U0010ffff]*[A-Za-z0-9\u0080-\U0010ffff])?"
_IDN_HOSTNAME = lazy.pattern(rf"(?=.{{1,253}}\Z)(?!.*[\s])({_IDN_LABEL})(\.({_IDN_LABEL}))*\Z")
_VARIABLE = r"([A-Za-z0-9_]|%[0-9A-Fa-f]{2})+(\.([A-Za-z0-9_]|%[0-9A-Fa-f]{2})+)*(\*|:[1-9][0-9]{0,3})?"
_URI_TEMPLATE = lazy.pattern(
    rf"([^\x00-\x20\x7f\"<>\\^`{{|}}%]|%[0-9A-Fa-f]{{2}}|\{{[+#./;?&=,!@|]?{_VARIABLE}(,{_VARIABLE})*\}})*\Z"
)
_JSON_POINTER = lazy.pattern(r"(/([^~/]|~[01])*)*\Z")
_RELATIVE_POINTER = lazy.pattern(r"(0|[1-9][0-9]*)(#|(/([^~/]|~[01])*)*)\Z")
_SCHEME = lazy.pattern(r"[A-Za-z][A-Za-z0-9+.-]*:")


def is_date(text: str) -> bool:
    """Whether a text is a full-date (RFC 3339, section 5.6)."""
    return _DATE.match(text) is not None and _is_in_calendar(text)


def is_date_time(text: str) -> bool:
    """Whether a text is a date-time (RFC 3339, section 5.6) of the calendar."""
    return _DATE_TIME.match(text) is not None and _is_in_calendar(text)


def _is_in_calendar(text: str) -> bool:
    """Whether the calendar has the day that a text begins with."""
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def is_byte(text: str) -> bool:
    """Whether a text is Base64 (RFC 4648, section 4)."""
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _is_uri_reference(text: str) -> bool:
    return _is_split(text) and bool(_URI_TEXT.match(text))


def _is_iri_reference(text: str) -> bool:
    return _is_split(text) and bool(_IRI_TEXT.match(text))


def _is_split(text: str) -> bool:
    try:
        urlsplit(text)
    except ValueError:
        return False
    return True


def _accepted_by(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return check


#: Formats of strings, by name.
FORMATS: dict[str, Callable[[str], bool]] = {
    "byte": is_byte,
    "date": is_date,
    "date-time": is_date_time,
    "duration": lambda text: bool(_DURATION.match(text)),
    "email": lambda text: bool(_EMAIL.match(text)),
    "hostname": lambda text: bool(_HOSTNAME.match(text)),
    "idn-email": lambda text: bool(_EMAIL.match(text)),
    "idn-hostname": lambda text: bool(_IDN_HOSTNAME.match(text)),
    "ipv4": _accepted_by(ipaddress.IPv4Address),
    "ipv6": _accepted_by(ipaddress.IPv6Address),
    "iri": lambda text: bool(_SCHEME.match(text)) and _is_iri_reference(text),
    "iri-reference": _is_iri_reference,
    "json-pointer": lambda text: bool(_JSON_POINTER.match(text)),
    "relative-json-pointer": lambda text: bool(_RELATIVE_POINTER.match(text)),
    "time": lambda text: bool(_TIME.match(text)),
    "base64url": lambda text: bool(_BASE64URL.match(text)),
    "char": lambda text: len(text) == 1,
    "date-time-local": lambda text: _LOCAL_DATE_TIME.match(text) is not None and _is_in_calendar(text),
    "decimal": lambda text: bool(_DECIMAL.match(text)),
    "decimal128": lambda text: bool(_DECIMAL.match(text)) or text in ("NaN", "INF", "-INF"),
    "http-date": lambda text: bool(_HTTP_DATE.match(text)),
    "media-range": lambda text: bool(_MEDIA_RANGE.match(text)),
    "sf-binary": lambda text: bool(re.fullmatch(r":[A-Za-z0-9+/=]*:", text)),
    "sf-boolean": lambda text: text in ("?0", "?1"),
    "sf-decimal": lambda text: bool(re.fullmatch(r"-?[0-9]{1,12}\.[0-9]{1,3}", text)),
    "sf-integer": lambda text: bool(re.fullmatch(r"-?[0-9]{1,15}", text)),
    "sf-string": lambda text: bool(re.fullmatch(r'"([ !#-\[\]-~]|\\["\\])*"', text)),
    "sf-token": lambda text: bool(re.fullmatch(r"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*", text)),
    "time-local": lambda text: bool(_LOCAL.match(text)),
    "uri": lambda text: bool(_SCHEME.match(text)) and _is_uri_reference(text),
    "uri-reference": _is_uri_reference,
    "uri-template": lambda text: bool(_URI_TEMPLATE.match(text)),
    "uuid": lambda text: bool(_UUID.match(text)),
}

#: Formats that are annotations here, although an engine may check them.
ANNOTATIONS = ("regex",)

#: The bounds of formats of numbers (OpenAPI Format Registry).
NUMBER_BOUNDS: dict[str, tuple[float, float]] = {
    "int8": (-(2**7), 2**7 - 1),
    "uint8": (0, 2**8 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "uint16": (0, 2**16 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
    "double-int": (-(2**53) + 1, 2**53 - 1),
    "float": (-3.4028234663852886e38, 3.4028234663852886e38),
}

#: Examples of each format: the first with a fitting length is used, and one that ends in a letter may be made longer.
_SAMPLES = {
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
    """Return examples of a schema's format, of a length that it allows if possible, the best first; empty for an unknown format."""
    texts = _SAMPLES.get(str(schema.get("format")))
    if texts is None:
        return []
    low, most = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    fitting = [text for text in texts if low <= len(text) <= most] or [texts[0]]
    return [text + "a" * (low - len(text)) if text[-1:].isalpha() else text for text in fitting]
