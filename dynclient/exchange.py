"""What goes over the wire, as frozen values: Request, Response, and the two together as an Exchange."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, overload
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from dynclient import lazy
from dynclient.problem import Problem

REDACTED = "REDACTED"

_Default = TypeVar("_Default")

#: What is not longer than this is no credential that could be told from a word of the server's.
_WORD = 3

#: Names that carry credentials in any API; a Request adds those that its document declares. Many documents describe a key as
#: an ordinary parameter, so the names that keys have everywhere are among them.
SECRET_NAMES = frozenset({
    "authorization", "proxy-authorization", "cookie", "set-cookie", "api-key", "api_key", "apikey", "x-api-key", "x-auth-token",
    "x-access-token", "private-token", "access_token", "oauth_token", "refresh_token", "id_token", "client_secret", "password",
})  # fmt: skip

#: Names that are those of credentials often enough not to be shown, and of other things often enough to be sent.
_LIKELY = frozenset({"key", "token"})


#: The start of an http(s) URL, up to its path, in characters that every parser of URLs reads the same way (RFC 3986, section 3.2).
_AUTHORITY = lazy.pattern(
    r"(?i:(https?))://(?:[\w.~!$&'()*+,;=:%-]*@)?"
    r"([\w~-]+(?:\.[\w~-]+)*\.?|\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%\w+)?\])(?::([0-9]*))?(?=[/?#]|\Z)"
)
_PORTS = {"http": 80, "https": 443}


class Headers(Mapping[str, str]):
    """Header fields in their order, looked up without regard to case (RFC 9110, section 5.1).

    A field that stands several times is joined by a comma on look-up; `fields` keeps them apart.
    """

    __slots__ = ("_index", "fields")

    def __init__(self, fields: Iterable[tuple[str, str]] | Mapping[str, str] = ()) -> None:
        listed = type(fields) is list or not isinstance(fields, Mapping)
        self.fields: tuple[tuple[str, str], ...] = tuple(fields if listed else fields.items())  # type: ignore[arg-type, union-attr]
        index: dict[str, str] = {}
        for name, value in self.fields:
            key = name.lower()
            index[key] = f"{index[key]}, {value}" if key in index else value
        self._index = index

    def __getitem__(self, name: str) -> str:
        return self._index[name.lower()]

    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, /, default: str | _Default) -> str | _Default: ...
    def get(self, name: str, /, default: Any = None) -> Any:
        """The value of a field, or the default when there is none."""
        return self._index.get(name.lower(), default)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._index

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self.fields))

    def __len__(self) -> int:
        return len(self._index)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._index == other._index

    def __hash__(self) -> int:
        return hash(frozenset(self._index.items()))

    def __repr__(self) -> str:
        return f"<Headers {', '.join(self)}>"  # names only: which values are secret, only the Request knows

    def without(self, names: Iterable[str]) -> Headers:
        """The same fields less those of these names."""
        gone = {name.lower() for name in names}
        return Headers((name, value) for name, value in self.fields if name.lower() not in gone)

    def with_defaults(self, fields: Mapping[str, str]) -> Headers:
        """The same fields, and those of `fields` that are not there yet."""
        return Headers([*self.fields, *((name, value) for name, value in fields.items() if name not in self)])


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """An HTTP request, whole.

    Attributes:
        method: The method in upper case.
        url: The absolute URL, percent-encoded.
        headers: The header fields.
        body: The payload: bytes, or chunks of bytes that are read as they are sent; None when there is none.
        operation: The name of the operation that it calls, for messages.
        secrets: Lower-case names of the header fields, query parameters and cookies that carry credentials.
        certificate: The client certificate to show: its file, or its file and that of its key.
        stray: Whether it goes to another server than the API's, as a redirect or a token request may: then nothing that the
            user's own session or client has for the API goes with it.
        unread: Whether the transport may leave the body of a successful reply (2xx) on the wire.
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

    @property
    def content(self) -> bytes:
        """The whole payload; one that comes in chunks is read for it."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b""
        return b"".join(self.body)

    @property
    def safe_url(self) -> str:
        """The URL without credentials, for messages and reports."""
        return redact_url(self.url, self.secrets)

    @property
    def safe_headers(self) -> tuple[tuple[str, str], ...]:
        """The header fields without credentials, for messages and reports."""
        return redact_fields(self.headers.fields, self.secrets)

    def redacted(self, text: str) -> str:
        """A text of the server's without the credentials of this request, which servers like to quote."""
        for secret in sorted(self._credentials(), key=len, reverse=True):
            text = text.replace(secret, REDACTED)
        return text

    def _credentials(self) -> set[str]:
        """The credentials as they were sent, and as they were given; less those that are too short to be told from words."""
        fields = [value for name, value in self.headers.fields if name.lower() in self.secrets]
        sent = {part for value in fields for part in (value, value.partition(" ")[2])}
        pairs = [pair.partition("=") for value in fields for pair in value.split("; ")]
        pairs += [pair.partition("=") for pair in secret_pairs(self.url, self.secrets)]
        sent |= {text for _, _, value in pairs for text in (value, unquote_plus(value))}
        return {text for text in sent if len(text) > _WORD}

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.safe_url}>"


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
    """An HTTP response: as it came, and (once read) what it means by the document.

    Attributes:
        status: The HTTP status code.
        headers: The header fields.
        content: The payload as it came, after Content-Encoding was undone.
        elapsed: Seconds from sending the request to the last byte of the reply.
        request: The request that it answers.
        data: The decoded body: plain data, text or bytes; None when there is none.
        fields: The values of the documented header fields, decoded, by their documented names.
        problems: What the document objects to; empty when it is as documented.
        links: The calls that its documented links stand for, by name: `reply.links["GetUser"]()`.
        body: The body while it is on the wire, where the request allows that; None for a reply that is read.
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

    @property
    def text(self) -> str:
        """The payload as text, for people: undecodable bytes are replaced."""
        return self.content.decode("utf-8", "replace")

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
        source: Where it was recorded: the file, and the position in it.
    """

    request: Request
    response: Response | None = None
    source: str = ""


def origin(url: str) -> tuple[str, str, int] | None:
    r"""Return the server of an http(s) URL, if every parser of URLs finds the same one.

    Python reads the host `first` from `http://other:1\@first/`, and several HTTP libraries connect to `other`. To compare
    servers is safe only for URLs without such tricks.

    Args:
        url: The URL.

    Returns:
        Scheme, host and port (RFC 6454, section 4); None for a URL that is relative, of another scheme or ambiguous.
    """
    found = _AUTHORITY.match(url)
    if found is None:
        return None
    scheme = found[1].lower()
    port = int(found[3] or _PORTS[scheme]) if len(found[3] or "") < 6 else 0
    return (scheme, found[2].lower(), port) if 0 < port < 65536 else None


def redact_fields(
    fields: Iterable[tuple[str, str]], secrets: frozenset[str] = SECRET_NAMES
) -> tuple[tuple[str, str], ...]:
    """The fields, with the values of secret ones replaced."""
    return tuple((name, REDACTED if name.lower() in secrets | _LIKELY else value) for name, value in fields)


def redact_url(url: str, secrets: frozenset[str] = SECRET_NAMES) -> str:
    """The URL without user information, and with the values of secret query parameters replaced."""
    try:
        parts = urlsplit(url)
        if "@" in url:
            _ = parts.port  # what stands there is a password where that holds a slash
    except ValueError:
        return "(a URL that cannot be read)"
    netloc = parts.netloc.rpartition("@")[2]
    query = "&".join(_redact_pair(pair, secrets) for pair in parts.query.split("&")) if parts.query else ""
    return urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))


def secret_pairs(url: str, secrets: frozenset[str] = SECRET_NAMES) -> list[str]:
    """The secret ones among the query parameters of a URL, as `name=value`."""
    return [pair for pair in _query_of(url) if _is_secret(pair, secrets)]


def _query_of(url: str) -> list[str]:
    return url.partition("#")[0].partition("?")[2].split("&")


def _is_secret(pair: str, secrets: frozenset[str]) -> bool:
    name, equals, _ = pair.partition("=")
    return bool(equals) and unquote_plus(name).lower() in secrets


def _redact_pair(pair: str, secrets: frozenset[str]) -> str:
    return f"{pair.partition('=')[0]}={REDACTED}" if _is_secret(pair, secrets | _LIKELY) else pair
