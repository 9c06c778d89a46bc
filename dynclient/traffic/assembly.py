"""What a reader found, made into a Recording: the rules that hold for every recorder, in one place.

Pseudo header fields go, user information leaves the URL, codings are undone, and what is not an exchange of an API is told apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote_plus, urlsplit

from dynclient.exchange import Exchange, Headers, Request, Response
from dynclient.origins import without_user
from dynclient.redaction import SECRET_NAMES, is_secret_name
from dynclient.traffic.bodies import EMPTY_BODY, RecordedBody, undone
from dynclient.traffic.placeholders import is_placeholder
from dynclient.traffic.recording import (
    BrokenRecording,
    CredentialState,
    NoExchange,
    Recorded,
    RecordedAt,
    Recording,
)

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
#: Schemes of URLs without a host that browsers record.
_NOT_HTTP = {"data", "blob", "about", "javascript"}


class EntryError(ValueError):
    """An entry that a reader cannot understand; the message says why, and quotes nothing that may be secret."""


class Sent(NamedTuple):
    """A request as a reader found it.

    Attributes:
        method: Its method, in any case.
        url: Its URL; a path where the recorder does not keep the host.
        headers: Its header fields, in any form that `header_fields` reads.
        body: Its body, codings not undone.
    """

    method: Any
    url: Any
    headers: Any = ()
    body: RecordedBody = EMPTY_BODY


class Received(NamedTuple):
    """A reply as a reader found it.

    Attributes:
        status: Its status, as a number or a text; 0 where there was no reply.
        headers: Its header fields, in any form that `header_fields` reads.
        body: Its body, codings not undone.
    """

    status: Any
    headers: Any = ()
    body: RecordedBody = EMPTY_BODY


def assembled(
    place: RecordedAt,
    sent: Sent,
    received: Received | None,
    *,
    leaves_out_credentials: bool = False,
    time: float | None = None,
    has_request_headers: bool = True,
    has_response_headers: bool = True,
    intended: bool = False,
    by_hand: bool = False,
) -> Iterator[Recorded]:
    """Yield a recording, or why it is no exchange; and before it what could not be decoded.

    Args:
        place: Where it stands.
        sent: The request.
        received: The reply; None where there was none.
        leaves_out_credentials: Whether the recorder may leave credentials out.
        time: When it was recorded, in seconds since 1970; the reply's `Date` if None.
        has_request_headers: Whether the recorder keeps header fields of requests.
        has_response_headers: Whether it keeps those of replies.
        intended: Whether its request breaks the document on purpose.
        by_hand: Whether somebody may have written it.

    Raises:
        EntryError: It cannot be understood.
    """
    method, url = _method(sent.method), _url(sent.url)
    status = 0 if received is None else _status(received.status)
    headers = Headers(header_fields(sent.headers))
    reason = _no_exchange(method, url, headers, status)
    if reason or received is None:
        yield NoExchange(reason, place)
        return
    if "@" in url:
        url, authorization = without_user(url)
        if authorization and "Authorization" not in headers:
            headers = Headers([*headers.fields, ("Authorization", authorization)])
    answered = Headers(header_fields(received.headers))
    is_bodiless = method == "HEAD" or status in (204, 304)  # a browser's recording has the cached body there
    request_body = undone(sent.body, headers.get("Content-Encoding", ""))
    response_body = undone(EMPTY_BODY if is_bodiless else received.body, answered.get("Content-Encoding", ""))
    for side, body in (("request", request_body), ("response", response_body)):
        if body.trouble:
            yield BrokenRecording("recording/coding", f"the {side} body {body.trouble}", place)
    request = Request(method, url, headers, request_body.content or None)
    response = Response(status, answered, response_body.content, request=request)
    yield Recording(
        Exchange(request, response, str(place)),
        place,
        request_body.state,
        response_body.state,
        credentials_of(request, leaves_out=leaves_out_credentials),
        has_request_headers,
        has_response_headers,
        time if time is not None else seconds_of(answered.get("Date")),
        intended,
        by_hand,
    )


class RecordedFields(list[tuple[str, str]]):
    """Header fields that `header_fields` has read: names and values."""


def header_fields(recorded: Any) -> RecordedFields:
    """Return header fields in any form in which recorders write them, less the pseudo fields of HTTP/2.

    Args:
        recorded: A mapping of names to values; or a list of pairs, or of mappings with `name` (or `key`) and `value`. A value is a
            text, bytes, a number, a list of them, or None. What this function has read stays as it is.

    Raises:
        EntryError: It is something else.
    """
    if type(recorded) is RecordedFields:
        return recorded
    fields = RecordedFields()
    if not recorded:
        return fields
    if type(recorded) is dict or isinstance(recorded, Mapping):
        pairs: Iterable[tuple[Any, Any]] = recorded.items()
    else:
        pairs = map(_pair, _listed(recorded, "the header fields"))
    for name, value in pairs:
        key = name if type(name) is str else _text(name)
        if key.startswith(":"):
            continue
        if type(value) is list and len(value) == 1 and type(value[0]) is str:
            fields.append((key, value[0]))
        elif type(value) is list or type(value) is tuple:
            fields += [(key, each if type(each) is str else _text(each)) for each in value]
        elif value is not None:
            fields.append((key, value if type(value) is str else _text(value)))
    return fields


def seconds_of(value: Any) -> float | None:
    """Return a time as seconds since 1970; None for what is not a time.

    Args:
        value: The time by RFC 9110 or ISO 8601, or a number of seconds.
    """
    if isinstance(value, str):
        return _seconds(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def credentials_of(request: Request, *, leaves_out: bool = False, patterns: Iterable[str] = ()) -> CredentialState:
    """Return what became of the credentials of a request.

    Args:
        request: The request.
        leaves_out: Whether the recorder may leave them out.
        patterns: More placeholders, as for `is_placeholder`.
    """
    fields = request.headers.lowered
    values = [fields[name] for name in _credential_fields(tuple(fields))]
    if "?" in request.url:
        query = request.url.partition("#")[0].partition("?")[2]
        pairs = [pair.partition("=") for pair in query.split("&")]
        values += [unquote_plus(value) for name, _, value in pairs if _carries_credential(unquote_plus(name).lower())]
    values = [value for value in values if value]
    if not values:
        return "left out" if leaves_out else "missing"
    patterns = tuple(patterns)
    return "redacted" if all(is_placeholder(value, patterns) for value in values) else "shown"


@lru_cache(1024)
def _credential_fields(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return which header fields carry credentials; most requests of a client have the same fields."""
    return tuple(filter(_carries_credential, names))


@lru_cache(4096)
def _carries_credential(name: str) -> bool:
    return name in SECRET_NAMES or is_secret_name(name)


@lru_cache(4096)
def _seconds(text: str) -> float | None:
    try:
        found = datetime.fromisoformat(text) if text[:1].isdigit() else parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _no_exchange(method: str, url: str, headers: Headers, status: int) -> str:
    """Return why an entry is not an exchange of an API; "" if it is one."""
    if status == 101:
        return "websocket"
    if not url.startswith(("http://", "https://")) and (found := _SCHEME.match(url)):
        scheme = found[1].lower()
        if scheme in ("ws", "wss"):
            return "websocket"
        if scheme not in ("http", "https") and (scheme in _NOT_HTTP or url.startswith("//", found.end())):
            return "not HTTP"
    if method == "CONNECT":
        return "not HTTP"
    if method == "OPTIONS" and "Access-Control-Request-Method" in headers:
        return "CORS preflight"
    if 100 <= status < 200:  # another reply follows it
        return "interim reply"
    return "" if status else "no reply"


@lru_cache(256)
def _named_method(text: str) -> str:
    if not _METHOD.fullmatch(text):
        raise EntryError("the method is not a name")
    return text.upper()


def _method(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        raise EntryError("the request has no method" if value is None else "the method is not a text")
    return _named_method(value.removeprefix(":"))  # a symbol of Ruby


def _url(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str) or not value:
        raise EntryError("the request has no URL")
    if "[" in value or not value.isascii():  # no other URL is refused
        try:
            urlsplit(value)
        except ValueError:
            raise EntryError("the URL cannot be read") from None
    return value


def _status(value: Any) -> int:
    if type(value) is int and 100 <= value <= 999:
        return value
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise EntryError(
            "the reply has no status" if value in (None, "") else "the status code is not a number"
        ) from None
    if number == 0 or 100 <= number <= 999:
        return number
    raise EntryError("the status code is not between 100 and 999")


def _pair(item: Any) -> tuple[Any, Any]:
    if type(item) is dict or isinstance(item, Mapping):
        return item.get("name", item.get("key")), item.get("value")
    if isinstance(item, list | tuple) and len(item) == 2:
        return item[0], item[1]
    raise EntryError("the header fields are not pairs of name and value")


def _listed(value: Any, what: str) -> Iterable[Any]:
    if isinstance(value, list | tuple):
        return value
    raise EntryError(f"{what} are not a list or an object")


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, str | int | float):
        return str(value)
    raise EntryError("a header field is not a text")
