"""Fetch documents from http(s) URLs, within limits of time and size."""

from __future__ import annotations

import time
from collections.abc import Iterable

from dynclient.errors import SpecError
from dynclient.problem import Problem

FETCH_SECONDS = 30


def is_url(name: str) -> bool:
    """Whether a name is an http(s) URL."""
    return name.startswith(("http://", "https://"))


def fetch_bytes(url: str, size: int) -> bytes:
    """Fetch a document.

    Args:
        url: An http(s) URL.
        size: The largest number of bytes.

    Raises:
        SpecError: It cannot be fetched within the time limit, or is too large.
    """
    import requests  # only documents that are fetched need it here

    shown = public_url(url)
    try:
        with requests.get(url, timeout=FETCH_SECONDS, stream=True) as reply:
            reply.raise_for_status()
            return _collected(reply.iter_content(65536), size)
    except (requests.RequestException, ValueError) as error:
        message = str(error).replace(url, shown)
        raise SpecError(f"cannot fetch {shown}", [Problem("document", (), "fetch", message)]) from None


def _collected(parts: Iterable[bytes], size: int) -> bytes:
    deadline = time.monotonic() + FETCH_SECONDS
    raw = bytearray()
    for part in parts:
        raw += part
        if len(raw) > size:
            raise ValueError(f"it is larger than {size} bytes")
        if time.monotonic() > deadline:
            raise ValueError(f"it did not arrive within {FETCH_SECONDS} seconds")
    return bytes(raw)


def public_url(url: str) -> str:
    """Remove user and password from a URL."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"
