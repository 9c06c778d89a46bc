"""The `format` keyword: what each format of the OpenAPI and JSON Schema registries accepts.

jsonschema-rs brings most of these; `jsonschema` brings few without heavy extra packages. Both engines are given the ones below,
so that a value is judged alike by either. A format that is not here is an annotation and accepts everything.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from datetime import date
from urllib.parse import urlsplit

from dynclient import lazy

_TIME = lazy.pattern(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([zZ]|[+-]([01]\d|2[0-3]):[0-5]\d)\Z", re.ASCII)
_LOCAL = lazy.pattern(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?\Z", re.ASCII)
_BASE64URL = lazy.pattern(r"([A-Za-z0-9_-]{4})*([A-Za-z0-9_-]{2}(==)?|[A-Za-z0-9_-]{3}=?)?\Z")
_DECIMAL = lazy.pattern(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z", re.ASCII)
_HTTP_DATE = lazy.pattern(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT\Z",
    re.ASCII,
)
_MEDIA_RANGE = lazy.pattern(
    r"(\*/\*|[!#$&^\w.+-]+/(\*|[!#$&^\w.+-]+))(\s*;\s*[\w-]+=(\"[^\"]*\"|[^;\s]+))*\Z", re.ASCII
)
_DATE = lazy.pattern(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
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
    """A full-date (RFC 3339, section 5.6)."""
    if not _DATE.match(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_date_time(text: str) -> bool:
    """A date-time (RFC 3339, section 5.6), in the calendar."""
    return is_date(text[:10]) and text[10:11] in ("T", "t") and bool(_TIME.match(text[11:]))


def is_byte(text: str) -> bool:
    """Base64 (RFC 4648, section 4)."""
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
    "date-time-local": lambda text: is_date(text[:10]) and text[10:11] in ("T", "t") and bool(_LOCAL.match(text[11:])),
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

#: Formats that an engine may know but that are annotations here: they accept everything.
ANNOTATIONS = ("regex",)

#: Formats of numbers, as the bounds that they stand for (OpenAPI Format Registry).
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
