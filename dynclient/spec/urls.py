"""URLs of documents: which names are URLs, how messages show them, and which of them are the same."""

from __future__ import annotations

import os
import re
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from dynclient import lazy
from dynclient.origins import DEFAULT_PORTS, origin
from dynclient.redaction import redact_url

_SCHEME = lazy.pattern(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_ENCODED = lazy.pattern(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = lazy.pattern(r"[A-Za-z0-9._~-]")
_WINDOWS = os.name == "nt"


def url_scheme(name: str) -> str:
    """The scheme of a URL in lower case; "" for a name that is not a URL."""
    found = _SCHEME.match(name)
    return found[1].lower() if found else ""


def is_url(name: str) -> bool:
    """Whether a name is an http(s) URL."""
    return url_scheme(name) in DEFAULT_PORTS


def file_of(url: str) -> str:
    """The path that a `file:` URL names (RFC 8089), in the spelling of the system.

    Raises:
        ValueError: It names a file of another host, which only Windows can open (as a share), or is not a URL.
    """
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost") and _WINDOWS:
        return url2pathname(f"//{parts.netloc}{parts.path}")
    if parts.netloc not in ("", "localhost"):
        raise ValueError(f"names a file of the host {parts.netloc!r}; write file:///path")
    return url2pathname(parts.path)


def public_url(url: str) -> str:
    """The URL without user, password, and the values of secret query parameters; other names stay as they are."""
    return redact_url(url) if "?" in url or "@" in url or "://" in url else url


def normal_url(url: str) -> str:
    """The URL in its normal form, which is equal for all spellings of it (RFC 3986, section 6.2.2 and 6.2.3).

    >>> normal_url("HTTP://H:80/%7ea%2f")
    'http://h/~a%2F'
    """
    server = origin(url)
    if server is None:
        return url
    scheme, host, port = server
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    authority = f"{user}@{host}" if user else host
    authority += "" if port == DEFAULT_PORTS[scheme] else f":{port}"
    query = f"?{_normal(parts.query)}" if parts.query else ""
    return f"{scheme}://{authority}{_without_dots(_normal(parts.path)) or '/'}{query}"


def _without_dots(path: str) -> str:
    """Remove the segments `.` and `..` of a path (RFC 3986, section 5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == ".." and len(kept) > 1:
            kept.pop()
        elif segment not in (".", ".."):
            kept.append(segment)
    return "/".join([*kept, ""] if segments[-1] in (".", "..") else kept)


def _normal(text: str) -> str:
    return _ENCODED.sub(_decoded, text)


def _decoded(found: re.Match[str]) -> str:
    letter = unquote(found[0])
    return letter if _UNRESERVED.match(letter) else found[0].upper()
