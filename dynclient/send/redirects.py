"""Redirects: which are followed, and what they may carry.

They are followed here, above any transport, because only a Request knows which of its fields carry credentials: HTTP libraries drop
`Authorization` on a redirect to another host, but not an API key in another field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urljoin

from dynclient import lazy
from dynclient.errors import TransportError
from dynclient.exchange import Headers, Request, Response
from dynclient.origins import HttpOrigin, origin
from dynclient.send.flow import Ask, Flow, Send
from dynclient.send.transport import as_response

MAXREDIRECT_STATUSES = 10
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
#: The methods that turn into GET on a redirect (RFC 9110, section 15.4).
_BECOMES_GET = {301: frozenset({"POST"}), 302: frozenset({"POST"}), 303: frozenset({"POST", "PUT", "PATCH", "DELETE"})}
_PAYLOAD_FIELDS = ("Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding")
#: The header fields that another server gets: they say what the reply and the body are like, which copy is wanted, and how the call
#: is traced. None of them tells who calls. All others may be keys, whatever they are called (`PIN`, `X-Tenant`).
_HARMLESS = frozenset({
    "accept", "accept-charset", "accept-encoding", "accept-language", "user-agent",
    "content-type", "content-language", "content-encoding", "content-length", "content-disposition", "content-digest", "repr-digest",
    "cache-control", "pragma", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range",
    "idempotency-key", "prefer", "priority", "expect", "date", "dnt", "sec-gpc", "save-data",
    "traceparent", "tracestate", "x-request-id", "x-correlation-id",
})  # fmt: skip
#: A Location with a control character, a backslash or an undecodable byte is not a URL; parsers read it differently.
_NO_URL = lazy.pattern(r"[\x00-\x1f\x7f\\\ufffd]")
#: A credential of this length is one wherever it is found in a URL; a shorter one may be any word.
_TELLING = 8
_LOOSE_PERCENT = lazy.pattern(r"%(?![0-9A-Fa-f]{2})")
_USER = lazy.pattern(r"\A([A-Za-z]+://)[^/?#]*@")
#: The characters of RFC 3986, section 2; all others are percent-encoded before a redirect is followed.
_IN_URLS = ":/?#[]@!$&'()*+,;=%-._~"


class Redirects(NamedTuple):
    """Which redirects are followed, and what they may carry.

    Attributes:
        is_reply: Tells whether a redirect of this status is the reply.
        trusted: The servers that may get everything that the first one gets.
        has_secret: Tells whether the body of a request holds a secret, which only trusted servers get.
        versioned: Puts the version of the document into the URL of a trusted server.
    """

    is_reply: Callable[[int], bool] = lambda _: False
    trusted: frozenset[HttpOrigin] = frozenset()
    has_secret: Callable[[Request], bool] = lambda _: False
    versioned: Callable[[str], str] = lambda url: url


def follow(
    first: Request,
    response: Response,
    timeout: float,
    redirects: Redirects,
    sign: Callable[[Request], Request] | None,
) -> Flow[Response]:
    """Follow the redirects of a reply (RFC 9110, section 15.4); credentials go to the first server and those trusted, and to no other."""
    request, trusted = first, redirects.trusted | {origin(first.url)}
    for _ in range(MAXREDIRECT_STATUSES):
        location = "" if redirects.is_reply(response.status) else response.headers.get("Location")
        target = _target(request.url, location) if location else None
        if target is None:
            return response
        target = redirects.versioned(target) if origin(target) in trusted else target
        request = _redirected(request, response.status, target)
        if origin(target) not in trusted:
            request = _for_a_stranger(request, first, response, redirects)
        request = yield from signed_again(request, sign)
        response = as_response((yield Send(request, timeout)))
        if response.status not in REDIRECT_STATUSES:
            return response
    raise TransportError(
        f"{first.operation}: {first.method} {first.safe_url}: more than {MAXREDIRECT_STATUSES} redirects",
        request,
        response,
    )


def turned(request: Request, url: str, reply: Response, redirects: Redirects) -> Request | None:
    """Return the request for a URL that a reply names as its next page, under the rules of redirects; None if it is not a URL.

    Args:
        request: A request that calls the operation, with its credentials.
        url: The URL, which may be relative to that of the reply.
        reply: The reply.
        redirects: Which servers are trusted.

    Raises:
        TransportError: Another server would get a secret of the URL.
    """
    target = _target((reply.request or request).url, url)
    if target is None:
        return None
    there = _redirected(replace(request, method="POST"), 303, target)  # a page is fetched
    if origin(target) not in redirects.trusted | {origin(request.url)}:
        return _for_a_stranger(there, request, reply, redirects)
    target = redirects.versioned(target)
    there = replace(there, url=target)
    names = {_pair(pair)[0] for pair in target.partition("?")[2].split("&")}
    missing = "&".join(pair for pair in request.secret_pairs if _pair(pair)[0] not in names)
    return replace(there, url=f"{target}{'&' if '?' in target else '?'}{missing}") if missing else there


def has_body_still(request: Request) -> bool:
    """Tell whether the body of a request can be sent again; an iterator has been consumed."""
    body = request.body
    return body is None or isinstance(body, bytes) or bool(getattr(body, "repeatable", False))


def signed_again(request: Request, sign: Callable[[Request], Request] | None) -> Flow[Request]:
    """Return a request that can be sent after another one; credentials that were taken off do not come back."""
    if sign is None or not request.headers.get("Authorization", "").startswith("Digest "):
        return request
    signed: Request = yield Ask(partial(sign, request))  # it may have to read the password again
    return signed


def _target(url: str, location: str) -> str | None:
    """Return the URL of a redirect, without user information; None unless every parser of URLs finds the same server in it."""
    if _NO_URL.search(location):
        return None
    try:
        encoded = _LOOSE_PERCENT.sub("%25", quote(_raw(location), safe=_IN_URLS))
        target = _USER.sub(r"\1", urljoin(url, encoded)).partition("#")[0]  # a fragment is for whoever shows the reply
    except ValueError:
        return None
    return target if origin(target) else None


def _raw(location: str) -> bytes:
    """Return the bytes of a header value; URLs are in UTF-8."""
    return location.encode("utf-8", "surrogateescape")


def _redirected(request: Request, status: int, target: str) -> Request:
    if request.method not in _BECOMES_GET.get(status, ()):
        return replace(request, url=target)
    return replace(request, method="GET", url=target, headers=request.headers.without(_PAYLOAD_FIELDS), body=None)


def _for_a_stranger(request: Request, first: Request, response: Response, redirects: Redirects) -> Request:
    """Return a request without what only the first server may know. What is taken off does not come back after a detour.

    Raises:
        TransportError: The body or the rest of the URL holds a secret.
    """
    pairs = set(map(_pair, first.secret_pairs))
    credentials = [text for text in map(_meant, first.credentials) if len(text) >= _TELLING]
    url = _without(request.url, lambda pair: _pair(pair) in pairs or _holds(pair, credentials))
    if _holds(url.partition("://")[2].partition("/")[2], credentials):
        raise _kept(request, first, response, "the URL")
    if request.body and has_body_still(request) and redirects.has_secret(request):
        raise _kept(request, first, response, "the body")
    names = _HARMLESS - request.secrets
    headers = Headers(field for field in request.headers.fields if field[0].lower() in names)
    return replace(request, url=url, headers=headers, certificate=None, stray=True)


def _kept(request: Request, first: Request, response: Response, part: str) -> TransportError:
    """Return the error for a redirect that would give a secret away."""
    scheme, host, port = origin(request.url) or ("", "", 0)
    server = f"{scheme}://{host}:{port}"
    text = f"{first.operation}: {first.method} {first.safe_url}: the reply ({response.status}) redirects to another server, {server}"
    hint = f"Options(follow_to=[{server!r}]) allows it"
    return TransportError(f"{text}; {part} holds a secret, so nothing was sent there ({hint})", first, response)


def _without(url: str, is_secret: Callable[[str], Any]) -> str:
    """Remove secret parameters from the query of a URL: servers that redirect copy the whole query, keys included."""
    place, mark, query = url.partition("?")
    kept = "&".join(pair for pair in query.split("&") if not is_secret(pair))
    return f"{place}{mark if kept else ''}{kept}" if mark else url


def _meant(text: str) -> str:
    """Return what all spellings of a part of a URL have in common: servers encode anew what they copy, or forget to, or do it twice."""
    for _ in range(3):
        text = unquote(text)
    return text.replace("+", " ")


def _pair(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition("=")
    return _meant(name).lower(), _meant(value)


def _holds(text: str, credentials: list[str]) -> bool:
    """Tell whether a part of a URL holds one of these credentials."""
    meant = _meant(text)
    return any(credential in meant for credential in credentials)
