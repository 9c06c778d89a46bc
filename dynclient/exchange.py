"""Requests, responses, and the two together as exchanges: frozen values, whose credentials never show."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Literal, NamedTuple, Protocol, Self, TypeVar, overload

from dynclient.curl import STREAM, curl_command
from dynclient.errors import ApiError
from dynclient.problem import Problem
from dynclient.redaction import (
    REDACTED,
    SECRET_NAMES,
    credentials_in,
    masked_body,
    redact_fields,
    redact_path,
    redact_url,
    secret_pairs,
    without_secrets,
)

_Default = TypeVar("_Default")

#: The reason phrases that RFC 9110 renamed, and Python with it in 3.13: documents and servers go on saying these.
_PHRASES = {
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    416: "Requested Range Not Satisfiable",
    422: "Unprocessable Entity",
}

#: How much of a reply a notebook shows.
_SHOWN = 10_000


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

    def redacted(self, text: str) -> str:
        """A server's text without the credentials of this request, which servers often quote."""
        return without_secrets(text, self.credentials)

    @property
    def credentials(self) -> frozenset[str]:
        """The credentials as sent and as the user wrote them, less those that are as short as a word."""
        parts = (*self.hidden, *(pair.partition("=")[2] for pair in self.secret_pairs))
        return credentials_in(self.headers.fields, parts, self.secrets)

    @property
    def secret_pairs(self) -> list[str]:
        """The query parameters that carry credentials, as `name=value`."""
        return secret_pairs(self.url, self.secrets)

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
        return masked_body(body, self.headers.get("Content-Type", ""), self.secrets, secrets)

    def to_dict(self) -> dict[str, Any]:
        """The request as plain data, without its body and without credentials."""
        return {"method": self.method, "url": self.safe_url, "headers": joined_fields(self.safe_headers)}

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
