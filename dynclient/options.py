"""Everything about a call that is not in the document, as one frozen value."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypedDict

from dynclient import lazy
from dynclient.exchange import ReplyLimits, Request, Response, Transfer
from dynclient.names import explains_arguments
from dynclient.origins import odd_in_user, origin, server_rule
from dynclient.pagination import Pagination
from dynclient.redaction import redact_fields, redact_url
from dynclient.retries import Retries, Throttle
from dynclient.tolerance import tolerated

#: `strict` raises what breaks the document, `warn` warns of it, `off` does not look.
Validation = Literal["strict", "warn", "off"]

_HERE = str(Path(__file__).parent)
_URL = lazy.pattern(r"[A-Za-z][A-Za-z0-9+.-]*://")
_MODES = ("strict", "warn", "off")
#: How many time limits of a single wait a whole call may take: room for three connections that are not made, and the pauses between.
_WAITS = 10
#: So many seconds are no limit: libraries cannot count more.
_FOREVER = 1e8
_KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "server": ((str, int, NoneType), "a URL, or the index, name or description of a server"),
    "server_variables": ((Mapping,), "a mapping of names to values"),
    "retries": ((int, Retries), "a whole number, or Retries(...)"),
    "on_request": ((Callable, NoneType), "a function, or None"),  # type: ignore[dict-item]  # isinstance takes it
    "on_response": ((Callable, NoneType), "a function, or None"),  # type: ignore[dict-item]
    "progress": ((Callable, NoneType), "a function, or None"),  # type: ignore[dict-item]
    "telemetry": ((bool,), "True or False"),
    "throttle": ((Throttle, NoneType), "a Throttle"),
    "headers": ((Mapping,), "a mapping of names to texts"),
    "accept": ((str, NoneType), "a text"),
    "extra_query": ((Mapping,), "a mapping of names to values"),
    "extra_body": ((Mapping,), "a mapping of names to values"),
    "pagination": ((Pagination, NoneType), "a Pagination"),
    "max_pages": ((int, NoneType), "a whole number, or None for no limit"),
}


class DynclientWarning(UserWarning):
    """What breaks the document where validation is set to `warn`, or an overlay that changes servers or security."""


@dataclass(frozen=True, slots=True)
class Options:
    """How calls are made.

    Attributes:
        server: The server's URL, or the index, name or description of one of the document's servers; its first when None.
        server_variables: Values for the variables of the document's server; the default of each that is left out.
        timeout: Seconds to wait for a connection, and for each part of the answer; None for no limit.
        total_timeout: Seconds for a whole call, redirects, retries and pauses included, or for a stream up to its header fields;
            `auto` is ten times `timeout`, None is no limit.
        max_reply: The most bytes of a reply's body, after its Content-Encoding was undone; None for no limit. Streams have none:
            of those, each item is limited.
        max_ratio: How many times its size on the wire a body may grow when it is unpacked, past its first 16 MiB; None for no limit.
        retries: How often a call that is safe to repeat is tried again after a broken connection or a 429, 502, 503 or 504; or `Retries(...)`, which
            says what is tried again.
        headers: Header fields for every request, in addition to those of the document.
        accept: The Accept header; built from the documented responses when None.
        validate_requests: What happens to arguments that break the document.
        validate_responses: What happens to replies that break the document.
        tolerate: Rules that may be broken, each as `RULE [OPERATION [PLACE]]`, such as `response/body/null`; see `dynclient.tolerance`.
        extra_query: Query parameters that the document does not have: text, a number, or a list of them.
        extra_body: Members to add to a body that is an object, whatever its schema says.
        redirects: Whether redirects are followed; if None, except those that the document describes for an operation without
            describing a success (2xx): they are its reply.
        follow_to: Other servers that redirects may take everything to that the API's own server gets: credentials, header fields,
            and bodies that hold secrets. URLs, of which scheme, host and port count.
        pagination: How operations are paged by `pages` and `items`; found from the document and the replies when None.
        max_pages: After how many pages `pages` and `items` end; None for no limit.
        throttle: How many requests are sent a second, and at once; no limit when None.
        on_request: Is called with each Request before it is sent, those of retries and redirects included, and may return another one to send in its
            place, such as one with a signature. Blocking, also for `AsyncClient`, and its exceptions end the call.
        on_response: Is called with each Response before it is read, and may return another one; likewise.
        progress: Is called with a `Transfer` (direction, bytes done, bytes in all) as bodies are sent and arrive; what it raises ends the call.
        telemetry: Whether calls are spans of OpenTelemetry, named by operationId, with their context in the requests (extra `otel`).
        wait: `timeout` as a number.
        retry: `retries` as a value.
        limits: What a reply may cost.

    Raises:
        ValueError: A value is not allowed.
        TypeError: There is no such option.
    """

    server: str | int | None = field(default=None, repr=False)
    server_variables: Mapping[str, str | int] = field(default_factory=dict, repr=False)
    timeout: float | None = 30.0
    total_timeout: float | Literal["auto"] | None = "auto"
    max_reply: int | None = 256 << 20
    max_ratio: float | None = 200
    retries: int | Retries = 2
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    accept: str | None = None
    validate_requests: Validation = "strict"
    validate_responses: Validation = "strict"
    tolerate: Iterable[Any] = ()
    extra_query: Mapping[str, Any] = field(default_factory=dict, repr=False)
    extra_body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    redirects: bool | None = None
    follow_to: Iterable[str] = ()
    pagination: Pagination | None = None
    max_pages: int | None = None
    throttle: Throttle | None = None
    on_request: Callable[[Request], Request | None] | None = field(default=None, repr=False)
    on_response: Callable[[Response], Response | None] | None = field(default=None, repr=False)
    progress: Callable[[Transfer], Any] | None = field(default=None, repr=False)
    telemetry: bool = False
    is_steered: bool = field(init=False, repr=False, compare=False)
    retry: Retries = field(init=False, repr=False, compare=False)
    wait: float = field(init=False, repr=False, compare=False)
    limits: ReplyLimits = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_kinds(self)
        for name in ("validate_requests", "validate_responses"):
            if getattr(self, name) not in _MODES:
                raise ValueError(f"{name} must be one of {', '.join(_MODES)}, not {getattr(self, name)!r}")
        if isinstance(self.tolerate, str | Mapping) or not isinstance(self.tolerate, Iterable):
            raise ValueError(f"tolerate must be a list of rules, not {self.tolerate!r}")  # noqa: TRY004  as for all options
        object.__setattr__(self, "tolerate", tolerated(self.tolerate))
        wait = _limit("timeout", "seconds", self.timeout)
        total = (
            _WAITS * wait if self.total_timeout == "auto" else _limit("total_timeout", "seconds", self.total_timeout)
        )
        size, ratio = _limit("max_reply", "bytes", self.max_reply), _limit("max_ratio", "times", self.max_ratio)
        object.__setattr__(self, "wait", wait)
        object.__setattr__(self, "limits", ReplyLimits(size, ratio, total))
        if self.max_pages is not None and self.max_pages < 1:
            raise ValueError(f"max_pages must be above 0, or None for no limit, not {self.max_pages!r}")
        if isinstance(self.retries, int) and self.retries < 0:
            raise ValueError(f"retries must be 0 or more, not {self.retries!r}")
        retry = self.retries if isinstance(self.retries, Retries) else Retries(self.retries)
        object.__setattr__(self, "retry", retry)
        object.__setattr__(self, "is_steered", any((self.throttle, self.on_request, self.on_response)))
        if any(_is_awaited(hook) for hook in (self.on_request, self.on_response) if hook is not None):
            raise ValueError("on_request and on_response are called, not awaited: pass functions without async")
        if isinstance(self.server, str) and _URL.match(self.server) and (rule := server_rule(self.server)):
            raise ValueError(f"server must be {rule}, not {redact_url(self.server)!r}")
        if self.redirects not in (None, True, False):
            raise ValueError(f"redirects must be True, False or None, not {self.redirects!r}")
        object.__setattr__(self, "follow_to", _servers(self.follow_to))

    @property
    def safe_headers(self) -> Mapping[str, str]:
        """The extra headers without credentials, for messages."""
        return dict(redact_fields(self.headers.items(), sent=True))


class PlainOptionKeywords(TypedDict, total=False):
    """The fields of `Options` that a client and its copies take by name, and in the same way."""

    server_variables: Mapping[str, str | int]
    timeout: float | None
    total_timeout: float | Literal["auto"] | None
    max_reply: int | None
    max_ratio: float | None
    retries: int | Retries
    accept: str | None
    validate_requests: Validation
    validate_responses: Validation
    tolerate: Iterable[Any]
    extra_query: Mapping[str, Any]
    extra_body: Mapping[str, Any]
    redirects: bool | None
    follow_to: Iterable[str]
    pagination: Pagination | None
    max_pages: int | None
    throttle: Throttle | None
    on_request: Callable[[Request], Request | None] | None
    on_response: Callable[[Response], Response | None] | None
    progress: Callable[[Transfer], Any] | None
    telemetry: bool


class OptionKeywords(PlainOptionKeywords, total=False):
    """The fields of `Options`, as a client takes them by name."""

    headers: Mapping[str, str]


def _is_awaited(function: Any) -> bool:
    from inspect import iscoroutinefunction  # slow to import, and only needed for hooks

    return iscoroutinefunction(function)


def _servers(urls: Any) -> tuple[str, ...]:
    """Return the URLs of `follow_to`; those of a generator are read once."""
    if isinstance(urls, str):
        raise ValueError(f"follow_to must be a list of URLs, not text: write [{redact_url(urls)!r}]")  # noqa: TRY004  as for all options
    if not isinstance(urls, Iterable):
        raise ValueError(f"follow_to must be a list of URLs, not {urls!r}")  # noqa: TRY004  as for all options
    found = tuple(urls)
    for url in found:
        if not isinstance(url, str) or origin(url) is None:
            odd = odd_in_user(str(url))
            raise ValueError(f"follow_to must list http(s) URLs with a host{odd}, not {redact_url(str(url))!r}")
    return found


def _limit(name: str, unit: str, value: Any) -> float:
    """Return a limit as a number.

    Raises:
        ValueError: It is none.
    """
    if value is None:
        return inf
    one = f"{name} is one number of {unit}, for connecting as for each part of the answer, not {value!r}"
    if isinstance(value, tuple):
        raise ValueError(one)  # noqa: TRY004  as all options that are wrong
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ValueError(f"{name} must be above 0 {unit}, or None for no limit, not {value!r}")
    return inf if unit == "seconds" and value >= _FOREVER else value


def _check_kinds(options: Options) -> None:
    """Refuse values of another type; the message does not quote them, as headers and URLs may be secret."""
    for name, (kinds, words) in _KINDS.items():
        value = getattr(options, name)
        if not isinstance(value, kinds) or (isinstance(value, bool) and name != "telemetry"):
            raise ValueError(f"{name} must be {words}, not {type(value).__name__}")
    for name in ("extra_query", "extra_body"):
        odd = [key for key in getattr(options, name) if not isinstance(key, str)]
        if odd:
            raise ValueError(f"{name} must have names that are texts, not {odd[0]!r}")
    nested = next((name for name, value in options.extra_query.items() if isinstance(value, Mapping)), None)
    if nested is not None:
        raise ValueError(f"extra_query must hold texts, numbers or lists of them: {nested!r} is an object")


Options.__init__ = explains_arguments(Options.__init__)  # type: ignore[method-assign]  # a dataclass makes its own


def warn(text: str, category: type[Warning] = DynclientWarning) -> None:
    """Issue a warning at the line of the caller's call: the first frame outside this package."""
    frame, level = sys._getframe(1), 2  # noqa: SLF001  skip_file_prefixes needs Python 3.12
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, category, stacklevel=level)
