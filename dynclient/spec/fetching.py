"""Documents from http(s) URLs, within limits of time and size."""

from __future__ import annotations

import time
from collections.abc import Iterable

from dynclient.errors import SpecError
from dynclient.problem import Problem
from dynclient.spec.limits import DEFAULT_LIMITS, Limits
from dynclient.spec.reading import Source, parse
from dynclient.spec.store import Cache

FETCH_SECONDS = 30


def is_url(name: str) -> bool:
    """Whether a name is an http(s) URL."""
    return name.startswith(("http://", "https://"))


def fetched(url: str, limits: Limits = DEFAULT_LIMITS, cache: Cache = None) -> Source:
    """A document from an http(s) URL, within a time limit and a size limit. Its name has no password in it.

    Raises:
        SpecError: It could not be fetched, or is too large, or is no text.
    """
    import requests  # only documents that are fetched need it here

    shown = public_url(url)
    try:
        with requests.get(url, timeout=FETCH_SECONDS, stream=True) as reply:
            reply.raise_for_status()
            raw = _collected(reply.iter_content(65536), limits.size)
    except (requests.RequestException, ValueError) as error:
        message = str(error).replace(url, shown)
        raise SpecError(f"cannot fetch {shown}", [Problem("document", (), "fetch", message)]) from None
    return parse(shown, raw, limits, cache=cache)


def _collected(parts: Iterable[bytes], size: int) -> bytes:
    deadline = time.monotonic() + FETCH_SECONDS
    raw = bytearray()
    for part in parts:
        raw += part
        if len(raw) > size:
            raise ValueError(f"it is larger than {size} bytes")
        if time.monotonic() > deadline:
            raise ValueError(f"it did not come within {FETCH_SECONDS} seconds")
    return bytes(raw)


def public_url(url: str) -> str:
    """A URL without user and password."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"
