"""Requests, responses, and the two together as exchanges: frozen values, whose credentials never show."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Literal, NamedTuple, Protocol, Self, TypeVar, overload
from urllib.parse import quote, unquote, unquote_plus, urlsplit, urlunsplit

from dynclient import lazy
from dynclient.curl import STREAM, curl_command
from dynclient.errors import ApiError
from dynclient.problem import Problem

REDACTED = "REDACTED"

_Default = TypeVar("_Default")

#: A server: scheme, host and port (RFC 6454, section 4).
HttpOrigin = tuple[str, str, int]

#: The reason phrases that RFC 9110 renamed, and Python with it in 3.13: documents and servers go on saying these.
_PHRASES = {
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    416: "Requested Range Not Satisfiable",
    422: "Unprocessable Entity",
}

#: How much of a reply a notebook shows.
_SHOWN = 10_000

#: A credential of this length or less is not looked for in a server's text: it could be any word.
_WORD = 3

#: Names that carry credentials in any API; a Request adds those that its document declares. Many documents describe a key as an ordinary
#: parameter, so the usual names of keys are among them.
SECRET_NAMES = frozenset({
    "authorization", "proxy-authorization", "cookie", "set-cookie", "api-key", "api_key", "apikey", "x-api-key", "x-auth-token",
    "x-access-token", "private-token", "access_token", "oauth_token", "refresh_token", "id_token", "client_secret", "password",
})  # fmt: skip

#: Words that a name ends in when its value is a secret, pairs of such words, and whole names.
_SECRET_WORDS = frozenset({
    "password", "passwd", "pwd", "passphrase", "passcode", "secret", "secrets", "token", "credential", "credentials", "authorization",
    "cookie", "cvv", "cvv2", "cvc", "cvc2", "csc", "pin", "otp", "jwt", "ssn",
})  # fmt: skip
_SECRET_PAIRS = frozenset({
    "api key", "access key", "private key", "secret key", "signing key", "encryption key", "master key", "account key", "shared key",
    "card number", "card pan", "card code", "credit card", "debit card", "pin code", "security code", "verification code", "auth code",
    "authorization code", "session id", "pass word", "pass phrase", "access tokens", "refresh tokens", "auth tokens", "api tokens",
    "api keys", "bearer tokens", "access keys",
})  # fmt: skip
_SECRET_WHOLE = frozenset({"tokens", "passwords", "card", "cards", "bearer", "auth"})
#: How names written as one word without capitals end: `clientsecret`, `accesstoken`.
_SECRET_ENDINGS = (
    "password", "passwd", "passphrase", "clientsecret", "accesstoken", "refreshtoken", "idtoken", "authtoken", "apitoken", "sessiontoken",
    *(pair.replace(" ", "") for pair in _SECRET_PAIRS),
)  # fmt: skip
#: Words that may follow the secret's own: `passwordHash`, `tokenValue`; and words in front that make the value an open one: `pageToken`.
_TRAILING = frozenset({"value", "text", "hash", "hashed", "encrypted", "confirmation", "confirm", "repeat", "base64", "raw", "plain", "old", "new"})  # fmt: skip
_OPENING = frozenset({"page", "next", "previous", "prev", "continuation", "sync", "cursor", "start", "is", "has"})
_NAME_WORD = lazy.pattern(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")

#: Names of header fields that may be keys: documents describe keys as ordinary parameters, and users pass them as extra headers, so
#: no security scheme names them.
_KEY = lazy.pattern(r"(?i:(?<!idempotency-)key|token|secret|auth(?!or)|passw|session|signature|credential|jwt)")

#: Names that often carry credentials, so they are not shown, and often something else, so they are sent on.
_LIKELY = frozenset({"key", "token", "sig", "signature", "x-amz-signature", "x-goog-signature"})


@lru_cache(4096)
def is_secret_name(name: str) -> bool:
    """Whether the name of a member, field or parameter says that its value is a secret.

    The words of the name are compared, so that `tokenCount`, `cardinality` and `author` are not taken for secrets.

    >>> is_secret_name("access_token"), is_secret_name("cardNumber"), is_secret_name("tokenCount")
    (True, True, False)
    """
    words = [word.lower() for word in _NAME_WORD.findall(name)]
    while len(words) > 1 and (words[-1] in _TRAILING or words[-1].isdigit()):
        words.pop()
    if not words or words[0] in _OPENING or (words[-2:-1] and words[-2] in _OPENING):
        return False
    last = words[-1].rstrip("0123456789") or words[-1]
    if len(words) == 1 and (last in _SECRET_WHOLE or last.endswith(_SECRET_ENDINGS)):
        return True
    return last in _SECRET_WORDS or words[-1] in _SECRET_WORDS or " ".join((*words[-2:-1], last)) in _SECRET_PAIRS


#: The start of an http(s) URL, up to its path, in characters that every parser of URLs reads the same way (RFC 3986, section 3.2).
_AUTHORITY = lazy.pattern(
    r"(?i:(https?))://(?:[\w.~!$&'()*+,;=:%-]*@)?"
    r"([\w~-]+(?:\.[\w~-]+)*\.?|\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%\w+)?\])(?::([0-9]*))?(?=[/?#]|\Z)"
)
#: What user information cannot hold, as some parser of URLs would end it there.
_NOT_IN_USER = lazy.pattern(r"[^\w.~!$&'()*+,;=:%-]")
_PORTS = {"http": 80, "https": 443}
#: A host that some parsers read as a number, and so as an address (`127.1`, `0x7f.1`, `2130706433`), as its last part is one.
_NUMERIC_HOST = lazy.pattern(r"(?:\A|\.)(?:[0-9]+|0x[0-9a-f]*)\.?\Z")


class Headers(Mapping[str, str]):
    """Header fields in their order, looked up without regard to case (RFC 9110, section 5.1).

    A look-up joins repeated fields by commas; `fields` keeps them apart.
    """

    __slots__ = ("fields", "lowered")

    def __init__(self, fields: Iterable[tuple[str, str]] | Mapping[str, str] = ()) -> None:
        listed = type(fields) is list or not isinstance(fields, Mapping)
        self.fields: tuple[tuple[str, str], ...] = tuple(fields if listed else fields.items())  # type: ignore[arg-type, union-attr]
        index: dict[str, str] = {}
        for name, value in self.fields:
            key = name.lower()
            index[key] = f"{index[key]}, {value}" if key in index else value
        #: The values by lower-case name.
        self.lowered: Mapping[str, str] = index

    def __getitem__(self, name: str) -> str:
        return self.lowered[name.lower()]

    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, /, default: str | _Default) -> str | _Default: ...
    def get(self, name: str, /, default: Any = None) -> Any:
        """The value of a field; the default when it is absent."""
        return self.lowered.get(name.lower(), default)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self.lowered

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self.fields))

    def __len__(self) -> int:
        return len(self.lowered)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self.lowered == other.lowered

    def __hash__(self) -> int:
        return hash(frozenset(self.lowered.items()))

    def __repr__(self) -> str:
        return f"<Headers {', '.join(self)}>"  # names only: which values are secret depends on the Request

    def without(self, names: Iterable[str]) -> Headers:
        """The same fields without those of these names."""
        gone = {name.lower() for name in names}
        return Headers((name, value) for name, value in self.fields if name.lower() not in gone)


class LimitAdvice(NamedTuple):
    """How the caller raises each limit on a reply; "" where nobody can."""

    size: str = "max_reply raises that; stream() reads a body of any size"
    ratio: str = "raise max_ratio where that is right"
    total: str = "total_timeout raises that"


class ReplyLimits(NamedTuple):
    """What a reply may cost.

    Attributes:
        size: The bytes of a body, after its Content-Encoding was undone; a stream has no such limit.
        ratio: How many times as large as on the wire the body may be, past the first 16 MiB.
        total: The seconds that a call may take, redirects and retries included; for a stream, up to its header fields.
        until: When those end, by `time.perf_counter`; None in the first request of a call.
        advice: How they are raised.
    """

    size: float = 256 << 20
    ratio: float = 200
    total: float = 300
    until: float | None = None
    advice: LimitAdvice = LimitAdvice()

    def end(self, started: float) -> float:
        """When the call ends at the latest, by `time.perf_counter`.

        Args:
            started: When the request was sent.
        """
        return self.until or started + self.total


_USUAL_LIMITS = ReplyLimits()


class Transfer(NamedTuple):
    """How far a body is.

    Attributes:
        operation: The id of the operation.
        direction: `upload` or `download`.
        done: The bytes that were sent or have arrived.
        total: The bytes of the whole body; None when they are not known.
    """

    operation: str
    direction: Literal["upload", "download"]
    done: int
    total: int | None


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """An HTTP request.

    Attributes:
        method: The method in upper case.
        url: The absolute URL, percent-encoded.
        headers: The header fields.
        body: The payload: bytes, or chunks of bytes that are read while they are sent, with `async for` where their `is_async` says so;
            None when there is none.
        operation: The id of the operation that it calls, for messages.
        secrets: Lower-case names of the header fields, query parameters and cookies that carry credentials.
        certificate: The client certificate to present: its file, or its file and the file of its key.
        stray: Whether it goes to another server than the API's, as a redirect or a token request may: then nothing of the user's
            own session or client goes along.
        unread: Whether the transport may leave the body of a successful reply (2xx) on the wire.
        hidden: The parts of the URL's path that are secret, percent-encoded.
        limits: What the reply may cost.
        progress: Is called as the body of the reply arrives.
    """

    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes | Iterable[bytes] | None = None
    operation: str = ""
    secrets: frozenset[str] = SECRET_NAMES
    certificate: str | tuple[str, str] | None = None
    stray: bool = False
    unread: bool = False
    hidden: tuple[str, ...] = field(default=(), repr=False)
    limits: ReplyLimits = field(default=_USUAL_LIMITS, compare=False)
    progress: Callable[[Transfer], Any] | None = field(default=None, compare=False)

    @property
    def content(self) -> bytes:
        """The whole payload; chunks are read and joined."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b""
        return b"".join(self.body)

    def settled(self) -> Request:
        """The same request without a body that is read while it is sent: a file or an iterator goes into no other process."""
        return self if self.body is None or isinstance(self.body, bytes) else replace(self, body=None)

    @property
    def safe_url(self) -> str:
        """The URL without credentials, for messages and reports."""
        return redact_path(redact_url(self.url, self.secrets), self.hidden)

    @property
    def safe_headers(self) -> tuple[tuple[str, str], ...]:
        """The header fields without credentials, for messages and reports."""
        return redact_fields(self.headers.fields, self.secrets, sent=True)

    def redacted(self, text: str, more: Iterable[str] = ()) -> str:
        """A server's text without the credentials of this request, which servers often quote, and without these other secrets."""
        for secret in sorted({*self.credentials, *more}, key=len, reverse=True):
            text = text.replace(secret, REDACTED) if len(secret) > _WORD else text
        return text

    @property
    def credentials(self) -> frozenset[str]:
        """The credentials as sent and as the user wrote them, less those that are as short as a word."""
        fields = [value for name, value in self.headers.fields if _is_hidden_field(name, self.secrets)]
        sent = {part for value in fields for part in (value, *_credential_in(value))}
        values = [pair.partition("=")[2] for value in fields for pair in value.split("; ")]
        values += [*self.hidden, *(pair.partition("=")[2] for pair in self.secret_pairs)]
        sent |= {text for value in values for text in (value, unquote_plus(value))}
        return frozenset(text for text in sent if len(text) > _WORD)

    @property
    def secret_pairs(self) -> list[str]:
        """The query parameters that carry credentials, as `name=value`."""
        return [pair for pair in _query_of(self.url) if _is_secret(pair, self.secrets)]

    def curl(self, secrets: Iterable[Any] = ()) -> str:
        """The request as a command line of curl, for a POSIX shell; credentials are masked.

        Members of a JSON body or a form are masked by their names. A body that is read while it is sent is the file `BODY`.

        Args:
            secrets: Further values to mask in the body, such as those that only the document knows as secrets.
        """
        body: bytes | str | None = None if self.body is None else STREAM
        if isinstance(self.body, bytes):
            body = self._masked(self.body, secrets) or None
        return curl_command(self.method, self.safe_url, self.safe_headers, body)

    def safe_body(self, secrets: Iterable[Any] = ()) -> str | None:
        """The body as text with its secrets masked, as for `curl`; None when there is none."""
        if self.body is None or isinstance(self.body, bytes):
            return self._masked(self.body, secrets).decode("utf-8", "backslashreplace") if self.body else None
        return "(a body that is read while it is sent)"

    def _masked(self, body: bytes, secrets: Iterable[Any]) -> bytes:
        return _masked(body, self.headers.get("Content-Type", ""), self.secrets, secrets)

    def to_dict(self) -> dict[str, Any]:
        """The request as plain data, without its body and without credentials."""
        return {"method": self.method, "url": self.safe_url, "headers": joined_fields(self.safe_headers)}

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.safe_url}>"


def redact_path(url: str, hidden: Iterable[str]) -> str:
    """The URL with these parts of its path hidden.

    >>> redact_path("http://h/reset/abc?a=abc", ["abc"])
    'http://h/reset/REDACTED?a=abc'
    """
    host, mark, rest = url.rpartition("://") if "://" in url.partition("?")[0] else ("", "", url)
    server, slash, path = rest.partition("/")
    end = min(index for sign in "?#" if (index := f"{path}?#".find(sign)) >= 0)
    shown = path[:end]
    for text in filter(None, hidden):
        shown = shown.replace(text, REDACTED)
    return f"{host}{mark}{server}{slash}{shown}{path[end:]}"


class UnreadBody(Protocol):
    """The body of a reply that is still on the wire, until it is read or closed."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""

    def close(self) -> None:
        """Drop what is not read yet."""


class AsyncUnreadBody(Protocol):
    """The same for the async client."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""

    async def aclose(self) -> None:
        """Drop what is not read yet."""


@dataclass(frozen=True, slots=True, repr=False)
class Response:
    """An HTTP response: as received, and (once read) what it means by the document.

    Attributes:
        status: The HTTP status code.
        headers: The header fields.
        content: The payload as received, after Content-Encoding was undone.
        elapsed: Seconds from sending the request to the last byte of the reply.
        request: The request that it answers.
        data: The decoded body: plain data, text or bytes; None when there is none.
        fields: The values of the documented header fields, decoded, by their documented names.
        problems: What the document objects to; empty when it is as documented.
        links: The calls of its documented links, by name: `reply.links["GetUser"]()`.
        body: The body while it is on the wire, where the request allows that; None for a reply that is read.
        words_of: Says in one line what an error reply means by the document; None where no operation is known.
    """

    status: int
    headers: Headers = field(default_factory=Headers)
    content: bytes = b""
    elapsed: float = 0.0
    request: Request | None = None
    data: Any = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    links: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    body: UnreadBody | AsyncUnreadBody | None = field(default=None, compare=False)
    words_of: Callable[[Response], str] | None = field(default=None, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Links and a body on the wire belong to a client, so they are left out of a pickle."""
        request = None if self.request is None else self.request.settled()
        received = self.status, self.headers, self.content, self.elapsed, request
        return Response, (*received, self.data, self.fields, self.problems)

    @property
    def text(self) -> str:
        """The payload as text, for people: undecodable bytes are replaced."""
        return self.content.decode("utf-8", "replace")

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self.status < 400

    @property
    def status_code(self) -> int:
        """The HTTP status code, by the name that `requests` and `httpx` have for it."""
        return self.status

    def raise_for_status(self) -> Self:
        """Raise the error that a call would have raised for this reply; return the reply if it is not an error.

        Raises:
            ApiError: The status is 400 or more.
        """
        if self.ok:
            return self
        words = f"{self.status} {reason_phrase(self.status)}".rstrip() if self.words_of is None else self.words_of(self)
        raise ApiError(words, self)

    def json(self) -> Any:
        """The payload read as JSON, whatever the document says of it; `data` is what the document makes of it.

        Raises:
            ValueError: It is not JSON.
        """
        return json.loads(self.content)

    def to_dict(self) -> dict[str, Any]:
        """The reply and its request as plain data, without credentials: request, status, headers, data, problems, elapsed."""
        request = self.request
        secrets = request.secrets if request is not None else frozenset()
        kept = self.headers.without(["Set-Cookie"]).fields
        return {
            "request": request.to_dict() if request is not None else None,
            "status": self.status,
            "headers": joined_fields(redact_fields(kept, secrets | {"authorization"})),
            "data": self.data,
            "problems": [str(problem) for problem in self.problems],
            "elapsed": round(self.elapsed, 6),
        }

    def _repr_html_(self) -> str:
        """What a notebook shows: status, operation, and the data."""
        from html import escape  # only a notebook needs it

        request = self.request
        head = f"{self.status} {request.method} {request.safe_url}" if request is not None else str(self.status)
        shown = self.text if self.data is None else json.dumps(self.data, indent=2, ensure_ascii=False, default=str)
        cut = f"{shown[:_SHOWN]} …" if len(shown) > _SHOWN else shown
        problems = "".join(f"<li>{escape(str(problem))}</li>" for problem in self.problems)
        return f"<b>{escape(head)}</b>{problems and f'<ul>{problems}</ul>'}<pre>{escape(cut)}</pre>"

    def __repr__(self) -> str:
        kind = self.headers.get("Content-Type", "no content type")
        size = f"{len(self.content)} bytes" if self.body is None else "not read yet"
        return f"<Response {self.status} {kind}, {size}>"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and the reply to it, as recorded.

    Attributes:
        request: The request.
        response: The reply; None when none was recorded.
        source: Where it was recorded: the file and the position in it.
    """

    request: Request
    response: Response | None = None
    source: str = ""


def reason_phrase(status: int) -> str:
    """Return the reason phrase of a status, the same with every Python; "" for one that is not registered."""
    try:
        return _PHRASES.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return ""


def joined_fields(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The fields as a mapping; those of one name are joined by commas."""
    found: dict[str, str] = {}
    for name, value in fields:
        found[name] = f"{found[name]}, {value}" if name in found and value != REDACTED else value
    return found


def _masked(body: bytes, content_type: str, names: frozenset[str], secrets: Iterable[Any]) -> bytes:
    """A body with its secrets masked: members by their names, and these values."""
    kind = content_type.partition(";")[0].strip().lower()
    texts = frozenset(text for secret in secrets if len(text := str(secret)) > _WORD)
    try:
        if kind == "application/json" or kind.endswith("+json"):
            data = json.loads(body)
            hidden = _masked_value(data, names, texts)
            body = body if hidden == data else json.dumps(hidden, ensure_ascii=False).encode()
        elif kind == "application/x-www-form-urlencoded":
            pairs = (_redact_pair(pair, names) for pair in body.decode().split("&"))
            body = "&".join(_masked_pair(pair, texts) for pair in pairs).encode()
    except (ValueError, RecursionError):
        pass  # it is not what its type says
    for text in sorted(texts, key=len, reverse=True):
        body = body.replace(text.encode("utf-8", "surrogatepass"), REDACTED.encode())
    return body


def _masked_pair(pair: str, texts: frozenset[str]) -> str:
    name, equals, value = pair.partition("=")
    return f"{name}{equals}{REDACTED}" if unquote_plus(value) in texts else pair


def _masked_value(value: Any, names: frozenset[str], texts: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {
            name: REDACTED if _is_hidden(name, names) else _masked_value(each, names, texts)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_masked_value(each, names, texts) for each in value]
    return REDACTED if str(value) in texts else value


def origin(url: str) -> HttpOrigin | None:
    r"""Return the server of an http(s) URL, if every parser of URLs finds the same one.

    Python reads the host `first` from `http://other:1\@first/`, and several HTTP libraries connect to `other`. To compare
    servers is safe only for URLs without such tricks. This is the one test of every URL that is called: servers, the targets of
    links and redirects, token endpoints, and the files of a document.

    Args:
        url: The URL.

    Returns:
        Scheme, host and port (RFC 6454, section 4), the host as it is connected to; None for a URL that is relative, of another
        scheme or ambiguous.
    """
    found = _AUTHORITY.match(url)
    if found is None:
        return None
    scheme, host = found[1].lower(), _host(found[2])
    port = int(found[3] or _PORTS[scheme]) if len(found[3] or "") < 6 else 0
    return (scheme, host, port) if host and 0 < port < 65536 else None


def server_rule(url: str) -> str:
    """What the URL of a server must be, in words that follow "must be", if this one is not; else ""."""
    if origin(url) is None:
        return f"an http(s) URL with a host{odd_in_user(url)}"
    return "a URL without a query and a fragment" if "?" in url or "#" in url else ""


def odd_in_user(url: str) -> str:
    r"""Say which character before the `@` of a URL hinders its reading, as nothing else there is shown; "" if none does.

    >>> odd_in_user("http://user:pass\\word@host/")
    " (character 17 is a backslash; before '@' it is written %5C)"
    """
    scheme, mark, rest = url.partition("://")
    odd = _NOT_IN_USER.search(rest.rpartition("@")[0])
    if odd is None or scheme.lower() not in _PORTS:
        return ""
    place, sign = len(scheme + mark) + odd.start() + 1, "a backslash" if odd[0] == "\\" else repr(odd[0])
    return f" (character {place} is {sign}; before '@' it is written {quote(odd[0], safe='', errors='replace')})"


def without_user(url: str) -> tuple[str, str]:
    """The URL without its user information, and the Authorization field that this makes (RFC 7617), or ""."""
    scheme, mark, rest = url.partition("://")
    end = min(index for sign in "/?#" if (index := f"{rest}/?#".find(sign)) >= 0)
    user, at, _ = rest[:end].rpartition("@")
    if not at:
        return url, ""
    text = user if ":" in user else f"{user}:"
    return f"{scheme}{mark}{rest[len(user) + 1 :]}", f"Basic {b64encode(unquote(text).encode()).decode()}"


@lru_cache(256)
def _host(text: str) -> str | None:
    """The host that is connected to: a name in ASCII (RFC 5891), or an address in its shortest form; None where parsers disagree."""
    try:
        if text.startswith("["):
            address, percent, zone = text[1:-1].partition("%")
            return f"[{IPv6Address(address)}{percent}{zone}]"
        if not text.isascii():
            import idna  # only for names in other scripts

            text = idna.encode(text, uts46=True).decode()
        text = text.lower()
        return str(IPv4Address(text)) if _NUMERIC_HOST.search(text) else text
    except ValueError:
        return None


def redact_fields(
    fields: Iterable[tuple[str, str]], secrets: frozenset[str] = SECRET_NAMES, *, sent: bool = False
) -> tuple[tuple[str, str], ...]:
    """The fields, with the values of secret ones replaced; of those that are sent, any whose name sounds like a key."""
    is_hidden = _is_hidden_field if sent else _is_hidden
    return tuple((name, REDACTED if is_hidden(name, secrets) else value) for name, value in fields)


def redact_url(url: str, secrets: frozenset[str] = SECRET_NAMES) -> str:
    """The URL without user information, and with the values of secret query parameters replaced."""
    try:
        parts = urlsplit(url)
        if "@" in url:
            _ = parts.port  # in place of the port there may be a password that holds a slash
    except ValueError:
        return "(a URL that cannot be read)"
    netloc = parts.netloc.rpartition("@")[2]
    query = "&".join(_redact_pair(pair, secrets) for pair in parts.query.split("&")) if parts.query else ""
    return urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))


def _credential_in(value: str) -> tuple[str, ...]:
    """The credential behind the scheme of an Authorization field; of Basic (RFC 7617), the user's password too."""
    scheme, _, credential = value.partition(" ")
    if scheme.lower() != "basic":
        return (credential,)
    try:
        return credential, b64decode(credential).decode().partition(":")[2]
    except ValueError:
        return (credential,)


def _query_of(url: str) -> list[str]:
    return url.partition("#")[0].partition("?")[2].split("&")


def _is_secret(pair: str, secrets: frozenset[str]) -> bool:
    name, equals, _ = pair.partition("=")
    name = unquote_plus(name)
    return bool(equals) and (name.lower() in secrets or is_secret_name(name))


def _redact_pair(pair: str, secrets: frozenset[str]) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name}={REDACTED}" if equals and _is_hidden(unquote_plus(name), secrets) else pair


def _is_hidden(name: str, secrets: frozenset[str]) -> bool:
    """Whether messages hide the value of a field or parameter."""
    return name.lower() in secrets or name.lower() in _LIKELY or is_secret_name(name)


def _is_hidden_field(name: str, secrets: frozenset[str]) -> bool:
    """Whether messages hide the value of a header field that is sent; users name theirs with less care than documents do."""
    return _is_hidden(name, secrets) or _KEY.search(name) is not None
