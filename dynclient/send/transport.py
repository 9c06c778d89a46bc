"""What a transport is, and which ones there are.

A transport is a callable `(Request, timeout in seconds) -> Response`, for the async client one that is awaited. It sends one
request: redirects and retries are flows above it. It may leave the body of a reply on the wire where `Request.unread` allows
that, and sends nothing of the user's session where `Request.stray` forbids that. Any callable will do; those of this package
also keep connections, which `close` or `aclose` closes.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from dynclient.errors import TransportError
from dynclient.exchange import Headers, Request, Response

Transport = Callable[[Request, float], Response]
AsyncTransport = Callable[[Request, float], Awaitable[Response]]

#: How many bytes are read at a time.
CHUNK = 1 << 16

#: The transport of a blocking client that names none.
DEFAULT = "requests"
#: The module and the class of each transport, by the name of its library.
_BLOCKING = {
    "requests": ("with_requests", "RequestsTransport"),
    "httpx2": ("with_httpx", "HttpxTransport"),
    "pyreqwest": ("with_pyreqwest", "PyreqwestTransport"),
}
#: The first installed one is the default: of 32 concurrent calls, aiohttp needs the least CPU time and httpx2 the most.
_ASYNC = {
    "aiohttp": ("with_aiohttp", "AsyncAiohttpTransport"),
    "pyreqwest": ("with_pyreqwest", "AsyncPyreqwestTransport"),
    "httpx2": ("with_httpx", "AsyncHttpxTransport"),
}
#: The transports around what users have of the libraries, by library and class.
_SESSIONS = {
    ("requests", "Session"): "RequestsTransport",
    ("httpx2", "Client"): "HttpxTransport",
    ("httpx2", "AsyncClient"): "AsyncHttpxTransport",
    ("aiohttp", "ClientSession"): "AsyncAiohttpTransport",
}
#: The variables that name the authorities to trust, a file or a folder; the first that is set counts.
AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
_PROXIES = {
    "http": ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"),
    "https": ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
}
_NO_PROXIES = ("no_proxy", "NO_PROXY")


class Pooled:
    """A transport of this package: it keeps connections, and a client closes it.

    Attributes:
        certificate: The client certificate of the user's session, for token requests.
    """

    certificate: Any = None

    def close(self) -> None:
        """Close the connections, except those of a session or client that the user passed in."""


class AsyncPooled:
    """A transport of this package for the async client."""

    async def aclose(self) -> None:
        """Close the connections, except those of a client that the user passed in."""


def blocking_transport(wanted: Transport | str | None) -> Transport:
    """Return the transport of a blocking client.

    Args:
        wanted: A transport, or the name of a library: `requests` (the default), `httpx2` or `pyreqwest`.

    Raises:
        ValueError: There is no transport of this name.
        TypeError: It is no transport, or one for the async client.
        MissingExtra: The library is not installed; the message names the extra.
    """
    if isinstance(wanted, str) or wanted is None:
        made: Transport = _made(_BLOCKING, wanted or DEFAULT)
        return made
    _require_callable(wanted)
    if is_async(wanted):
        both: Transport | None = getattr(wanted, "blocking", None)
        if both is None:
            raise TypeError(f"{type(wanted).__name__} is a transport for AsyncClient")
        return both
    return wanted


def async_transport(wanted: AsyncTransport | Transport | str | None) -> AsyncTransport:
    """Return the transport of an async client; a blocking one runs in worker threads.

    Args:
        wanted: A transport, or the name of a library: `aiohttp`, `pyreqwest`, `httpx2` or `requests`; by default the first
            of them that is installed.

    Raises:
        ValueError: There is no transport of this name.
        TypeError: It is no transport.
        MissingExtra: The library is not installed; the message names the extra.
    """
    wanted = next(filter(find_spec, _ASYNC), "requests") if wanted is None else wanted
    made: AsyncTransport
    if isinstance(wanted, str) and wanted != "requests":
        made = _made(_ASYNC, wanted)
        return made
    if not isinstance(wanted, str):
        _require_callable(wanted)
    if is_async(wanted):
        return wanted  # type: ignore[return-value]  # is_async has checked it
    inner: Any = wanted
    made = _class("threads", "InThreads")(blocking_transport(inner), owned=isinstance(wanted, str))
    return made


def _require_callable(wanted: Any) -> None:
    """Refuse what is no transport, and say what to write.

    Raises:
        TypeError: It is none.
    """
    kinds = wanted.__mro__ if isinstance(wanted, type) else type(wanted).__mro__
    of_library = next(
        filter(None, (_SESSIONS.get((kind.__module__.partition(".")[0], kind.__name__)) for kind in kinds)), None
    )
    if isinstance(wanted, type):
        raise TypeError(
            f"transport must be an object, not the class {wanted.__name__}: {of_library or wanted.__name__}(...)"
        )
    if of_library is not None:
        raise TypeError(
            f"transport must not be a {type(wanted).__name__} itself: pass transport={of_library}(...) around it"
        )
    if not callable(wanted):
        names = ", ".join(dict.fromkeys([*_BLOCKING, *_ASYNC]))
        raise TypeError(
            "transport must be the name of a library or a callable (Request, timeout in seconds) -> Response, "
            f"not {type(wanted).__name__}; names are {names}"
        )
    arguments = required_arguments(wanted)
    if len(arguments) == 3 or arguments[1:] == ("start_response",):  # PEP 3333 fixes no names; frameworks use its own
        around = "AsgiTransport" if len(arguments) == 3 else "WsgiTransport"
        raise TypeError(
            f"transport must not be an application itself: pass transport={around}(...) around the {type(wanted).__name__}"
        )


def required_arguments(called: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of the positional arguments that a callable requires: an ASGI application has three, a WSGI application two.

    The result is empty if it takes any number of arguments, or has no signature because it is compiled.
    """
    from inspect import Parameter, signature  # as for is_async

    try:
        parameters = signature(called).parameters.values()
    except (TypeError, ValueError):
        return ()
    if any(parameter.kind is Parameter.VAR_POSITIONAL for parameter in parameters):
        return ()
    required = [each for each in parameters if each.default is Parameter.empty]
    return tuple(
        each.name for each in required if each.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    )


def is_async(transport: Any) -> bool:
    """Tell whether a transport has to be awaited."""
    from inspect import iscoroutinefunction  # slow to import, and only needed for a transport that the user passes in

    return iscoroutinefunction(transport) or iscoroutinefunction(getattr(type(transport), "__call__", None))  # noqa: B004  how, not whether


def for_tokens(transport: Transport) -> Transport:
    """Return a transport for token requests: nothing of the user's session goes along but its client certificate."""

    def send(request: Request, timeout: float) -> Response:
        certificate = request.certificate or getattr(transport, "certificate", None)
        try:
            return transport(replace(request, stray=True, certificate=certificate), timeout)
        except TransportError as error:
            failed = error.alone()
        raise failed

    return send


def environment(server: str) -> tuple[str | None, ...]:
    """Return the variables that the proxies and certificates for a server depend on.

    Args:
        server: The start of its URL.
    """
    get, secure = os.environ.get, server.startswith("https")
    found = tuple(map(get, _PROXIES["https" if secure else "http"]))
    if any(found):
        found += tuple(map(get, _NO_PROXIES))
    return found + tuple(map(get, AUTHORITIES)) if secure else found


def async_chunks(body: Any) -> AsyncIterator[bytes]:
    """Return the chunks of a body for a library that awaits them."""
    return aiter(body) if getattr(body, "is_async", False) else _each(iter(body))


async def _each(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def fields_of(request: Request) -> tuple[tuple[str, str], ...]:
    """Return the header fields of a request with the length of its body, which some libraries leave out."""
    fields, body = request.headers.fields, request.body
    if type(body) is bytes and body:
        return fields  # every library adds the length of bytes
    length = getattr(body, "length", None)
    if not body and request.method not in ("GET", "HEAD"):
        length = 0  # there could be one (RFC 9110, section 8.6)
    if length is None or "Content-Length" in request.headers:
        return fields
    return (*fields, ("Content-Length", str(length)))


def _made(known: dict[str, tuple[str, str]], name: str) -> Any:
    if name not in known:
        if name in _ASYNC:
            raise TypeError(f"{name} is a transport for AsyncClient")
        raise ValueError(f"there is no transport {name!r} (there are {', '.join(dict.fromkeys([*known, 'requests']))})")
    return _class(*known[name])()


def _class(module: str, name: str) -> Any:
    return getattr(import_module(f"dynclient.send.{module}"), name)


def as_response(value: Any) -> Response:
    """Return what a transport gave, which may be anybody's: its header fields may be a mapping, as other libraries have them.

    Raises:
        TypeError: It is not a Response.
    """
    if not isinstance(value, Response):
        raise TypeError(f"the transport returned {kind_of(value)} in place of a Response")
    return value if type(value.headers) is Headers else replace(value, headers=Headers(value.headers))


def kind_of(value: Any) -> str:
    """Return the type of a value in words."""
    return "None" if value is None else f"a {type(value).__name__}"
