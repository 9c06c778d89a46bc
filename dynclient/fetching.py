"""Fetch the files of a document from http(s) URLs.

What a document refers to is chosen by its author, so the caller decides what may happen: how many requests, how many bytes, how many
seconds (`Limits`). Credentials come from the caller alone, never from the machine (`~/.netrc`), and go only to the origin of the
document that the caller has named. What was fetched by https is never followed to http.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterable
from contextlib import ExitStack, closing
from dataclasses import replace
from http.client import responses as reason_phrases
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from dynclient.errors import RequestTimeout, SpecError, TransportError
from dynclient.exchange import Headers, LimitAdvice, ReplyLimits, Request, Response
from dynclient.origins import odd_in_user, origin
from dynclient.problem import Problem
from dynclient.redaction import SECRET_NAMES
from dynclient.send.attempts import send
from dynclient.send.flow import run
from dynclient.send.transport import Pooled, Transport, blocking_transport
from dynclient.spec.access import GIVE_FIELDS, OpenOptions
from dynclient.spec.jsonvalue import raising
from dynclient.spec.urls import is_url, public_url

#: Seconds that one file may take; `Limits.fetch_seconds` bounds all of them together.
FILE_SECONDS = 30.0
#: The limits on a single reply are fixed.
_REPLY_LIMITS = ReplyLimits(advice=LimitAdvice("", "", ""))


class Fetcher:
    """Fetches the files of one document, within its limits.

    Args:
        options: How the document is opened.
        home: The URL of the document itself, to whose origin the caller's credentials go; "" when it has none.
    """

    def __init__(self, options: OpenOptions, home: str = "") -> None:
        self._limits = options.limits
        self._requests = 0
        self._bytes = 0
        self._seconds = 0.0
        self._home = origin(home)
        self._fields = Headers([*_basic(home), *(options.fetch if isinstance(options.fetch, tuple) else ())])
        self._transport = blocking_transport(options.fetch) if callable(options.fetch) else None

    def __call__(self, url: str) -> bytes:
        """Fetch a file.

        Args:
            url: An http(s) URL.

        Raises:
            SpecError: It cannot be fetched, or exceeds a limit.
        """
        shown, started = public_url(url), time.monotonic()
        seconds = min(FILE_SECONDS, self._limits.fetch_seconds - self._seconds)
        try:
            return self._fetched(url, seconds)
        except _NotFetchedError as error:
            reason = str(error)
        except TransportError as error:
            is_late = isinstance(error, RequestTimeout)
            reason = str(error).removeprefix(f"fetch: GET {shown}: ") + (_raised(seconds) if is_late else "")
        finally:
            self._seconds += time.monotonic() - started
        # raised here, so that it does not hold the library's own error, whose text may have credentials
        raise SpecError(f"cannot fetch {shown}", [Problem("document", (), "fetch", reason)])

    def _fetched(self, url: str, seconds: float) -> bytes:
        if origin(url) is None:
            raise _NotFetchedError(f"this is not a URL that every program reads the same way{odd_in_user(url)}")
        if "@" in urlsplit(url).netloc and origin(url) != self._home:
            raise _NotFetchedError("it names a user; credentials of other servers than the document's own are not sent")
        if seconds <= 0:
            raise _NotFetchedError(
                f"the files of this document took longer than {self._limits.fetch_seconds:g} seconds together"
                f" ({raising('fetch_seconds')})"
            )
        deadline = time.monotonic() + seconds
        at_home = origin(url) == self._home
        secrets = SECRET_NAMES | {name.lower() for name in self._fields}
        fields = self._fields if at_home else Headers()
        request = Request("GET", _without_user(url), fields, None, "fetch", secrets, unread=True, limits=_REPLY_LIMITS)
        with ExitStack() as stack:
            transport = self._transport
            if transport is None:
                transport = blocking_transport(None)
                if isinstance(transport, Pooled):
                    stack.callback(transport.close)
            response = run(send(request, seconds, 0), self._guarded(transport, request.url))
            return self._content(response, deadline, seconds)

    def _guarded(self, transport: Transport, first: str) -> Transport:
        """A transport that checks every request of a chain of redirects."""

        def guarded(request: Request, timeout: float) -> Response:
            self._requests += 1
            if self._requests > self._limits.fetches:
                raise _NotFetchedError(
                    f"the document needs more than {self._limits.fetches} requests ({raising('fetches')})"
                )
            if first.startswith("https:") and not request.url.startswith("https:"):
                raise _NotFetchedError(
                    f"it is redirected from https to {public_url(request.url)}, which is not encrypted"
                )
            return transport(replace(request, stray=origin(request.url) != self._home), timeout)

        return guarded

    def _content(self, response: Response, deadline: float, seconds: float) -> bytes:
        """Read the body of a reply within the limits."""
        body: Any = response.body
        with closing(body) if body is not None else ExitStack():
            if not 200 <= response.status < 300:
                raise _NotFetchedError(_status_text(response))
            raw = bytearray()
            for piece in [response.content] if body is None else body.chunks():
                raw += piece
                if self._bytes + len(raw) > self._limits.size:
                    raise _NotFetchedError(
                        f"what is fetched for this document is larger than {self._limits.size} bytes ({raising('size')})"
                    )
                if time.monotonic() > deadline:
                    raise _NotFetchedError(f"it did not arrive within {seconds:g} seconds{_raised(seconds)}")
        self._bytes += len(raw)
        return bytes(raw)


def _raised(seconds: float) -> str:
    """Say how a time limit of one file is raised, if it is what the files before it left."""
    return f" ({raising('fetch_seconds')})" if seconds < FILE_SECONDS else ""


class _NotFetchedError(Exception):
    """Why a file cannot be fetched."""


def _status_text(response: Response) -> str:
    status = response.status
    if 300 <= status < 400:
        return f"the server answered {status} without a place that can be followed"
    phrase = reason_phrases.get(status, "")
    hint = f" ({GIVE_FIELDS})" if status in (401, 403) else ""
    return f"the server answered {status} {phrase}".rstrip() + hint


def _basic(url: str) -> Iterable[tuple[str, str]]:
    """The header field for the user and password in a URL (RFC 7617)."""
    user = urlsplit(url).netloc.rpartition("@")[0] if is_url(url) and origin(url) else ""
    if user:
        yield "Authorization", f"Basic {base64.b64encode(unquote(user).encode()).decode()}"


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
