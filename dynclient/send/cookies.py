"""Cookies that a transport keeps: by the rules of the standard library, whatever the HTTP library, so that all send the same ones."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterable
from email.message import Message
from http.cookiejar import CookieJar
from typing import Any

from dynclient.exchange import Request


class _Head:
    """The head of a reply as a jar reads it."""

    def __init__(self, cookies: Iterable[str]) -> None:
        self._fields = Message()
        for cookie in cookies:
            self._fields["Set-Cookie"] = cookie

    def info(self) -> Message:
        return self._fields


def keep_cookies(jar: CookieJar, request: Request, received: Iterable[str]) -> None:
    """Keep the cookies that a reply sets.

    Args:
        jar: Where they are kept.
        request: The request that was answered.
        received: The values of its Set-Cookie fields.
    """
    head: Any = _Head(received)
    jar.extract_cookies(head, urllib.request.Request(request.url))  # noqa: S310  nothing is opened


def cookie_field(jar: CookieJar, request: Request) -> str | None:
    """Return the Cookie field of a request: its own cookies, and those that a jar keeps for it under other names."""
    own = request.headers.get("Cookie")
    if next(iter(jar), None) is None:
        return own
    asked = urllib.request.Request(request.url)  # noqa: S310  nothing is opened
    jar.add_cookie_header(asked)
    return joined_cookies(own, asked.get_header("Cookie"))


def joined_cookies(own: str | None, kept: str | None) -> str | None:
    """Join a request's own cookies and kept ones; of two that share a name, its own is sent."""
    if not own or not kept:
        return own or kept
    names = {pair.partition("=")[0].strip() for pair in own.split(";")}
    return "; ".join([own, *(pair for pair in kept.split("; ") if pair.partition("=")[0] not in names)])
