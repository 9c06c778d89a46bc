"""The Client: the names of a document bound to its operations.

Only here are problems raised: everything below gives them as values.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from typing import IO, TYPE_CHECKING, Any, Self

from dynclient.catalog import apis, find
from dynclient.document import Document, Text
from dynclient.errors import ApiError, InvalidRequest, InvalidResponse, Problem, UnknownOperation
from dynclient.exchange import Request, Response, redact_url
from dynclient.frozen import replace
from dynclient.links import LinkedCall, linked_calls
from dynclient.operation import MISSING, Operation, security_schemes
from dynclient.options import Options, warn
from dynclient.registry import Operations, Registry
from dynclient.request import prepare, server_for
from dynclient.response import read
from dynclient.security import Credential, Credentials, after_401
from dynclient.source import Cache
from dynclient.streaming import Opener, Stream
from dynclient.transport import RequestsTransport, Transport, bare, send

if TYPE_CHECKING:
    import inspect

Spec = str | PathLike[str] | bytes | IO[Any] | Mapping[str, Any] | Document


class Client:
    """Calls the operations of an OpenAPI document by their names.

    Args:
        spec: A name of the catalog, a path, a mapping, an open file, the text as bytes, or a Document.
        version: For a name of the catalog: which version; the newest when None.
        server: The server's URL, or the index, name or description of one of the document's; its first when None.
        auth: Credentials by security scheme id: text, a (user, password) pair, or a callable that gives either.
        options: Everything else that is not in the document.
        transport: What sends, a callable `(Request, timeout in seconds) -> Response`; `requests` when None.
        overlays: OpenAPI Overlays that correct the document, in this order.
        strict: Whether a document with any fault is refused.
        cache: Whether a large document is kept on disk in a form that is quick to open: True, False, the folder, or None for what
            the environment variable `DYNCLIENT_CACHE` says (a folder or `off`; without it, True).

    Raises:
        SpecError: The document cannot be used.
        InvalidRequest: `auth` names a scheme that the document does not have.

    A client may be shared between threads. Its own names are few, and an operation that has one of them is reached by
    `client["name"]`, like every other.
    """

    def __init__(
        self,
        spec: Spec,
        *,
        version: str | None = None,
        server: str | int | None = None,
        auth: Mapping[str, Credential] | None = None,
        options: Options | None = None,
        transport: Transport | None = None,
        overlays: Iterable[Text] = (),
        strict: bool = False,
        cache: Cache = None,
    ) -> None:
        document = find(spec, version, overlays=tuple(overlays), strict=strict, cache=cache)
        options = options or Options()
        self._options = options if server is None else replace(options, server=server)
        self._registry = Registry(document, self._options.engine)
        self._transport = RequestsTransport() if transport is None else transport
        api = spec if isinstance(spec, str) and spec in apis() else document.title
        self._credentials = Credentials(auth, api, bare(self._transport))
        unknown = self._credentials.unknown(security_schemes(document))
        if unknown:
            raise InvalidRequest("these credentials do not fit the document", unknown)

    @property
    def document(self) -> Document:
        """The document that this client is driven by."""
        return self._registry.document

    @property
    def operations(self) -> Registry:
        """The operations by name."""
        return self._registry

    @property
    def webhooks(self) -> Operations:
        """The operations that the API calls at its client: webhooks and callbacks, by name."""
        return self._registry.webhooks

    def with_options(self, **changes: Any) -> Self:
        """Give a light copy of this client with other options; both share document, credentials and connections.

        Args:
            **changes: Fields of `Options`.

        Raises:
            TypeError: There is no such option.
        """
        known = set(Options.__match_args__)
        unknown = changes.keys() - known
        if unknown:
            raise TypeError(f"no option {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._options = replace(self._options, **changes)
        if copy._options.engine != self._options.engine:
            copy._registry = Registry(self.document, copy._options.engine)
        return copy

    def prepare(self, name: str, arguments: Mapping[Any, Any] | None = None, body: Any = MISSING) -> Request:
        """Make the request that calls an operation. Nothing is sent.

        Args:
            name: Any name of the operation: operationId, snake_case, or `METHOD /path`.
            arguments: Parameter values by name, or by (location, name).
            body: The body's value.

        Raises:
            UnknownOperation: There is no such operation.
            InvalidRequest: The arguments break the document, or cannot be put on the wire.
        """
        return self._prepare(self._registry[name], arguments or {}, body, [])

    def send(self, name: str, arguments: Mapping[Any, Any] | None = None, body: Any = MISSING) -> Response:
        """Call an operation and give the whole reply, whatever its status; arguments and errors before sending as for `prepare`.

        Raises:
            TransportError: There is no whole reply.
        """
        operation = self._registry[name]
        return self._exchange(operation, self._prepare(operation, arguments or {}, body, []))

    def call(self, name: str, arguments: Mapping[Any, Any] | None = None, body: Any = MISSING) -> Any:
        """Call an operation and give the value that the reply carries, None when it carries none.

        Raises:
            ApiError: The status is 400 or more.
            InvalidResponse: The reply breaks the document.
            TransportError: There is no whole reply.
        """
        return self._value(self._registry[name], self.send(name, arguments, body))

    def stream(self, name: str, arguments: Mapping[Any, Any] | None = None, body: Any = MISSING) -> Stream:
        """Call an operation and give its reply while the body is still on the wire; errors as for `call`."""
        operation = self._registry[name]
        return self._stream(operation, self._prepare(operation, arguments or {}, body, []))

    def close(self) -> None:
        """Close the connections; a transport or session that was handed over is left to its owner."""
        if isinstance(self._transport, RequestsTransport):
            self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getitem__(self, name: str) -> BoundOperation:
        return BoundOperation(self, self._registry[name])

    def __getattr__(self, name: str) -> BoundOperation:
        if name.startswith("__") or name not in self._registry:
            if name.startswith("_"):
                raise AttributeError(name)
            self._registry[name]
        return self[name]

    def __dir__(self) -> list[str]:
        names = [operation.python_name for operation in self._registry.operations]
        ids = [operation.id for operation in self._registry.operations if operation.id.isidentifier()]
        return sorted({*super().__dir__(), *names, *ids})

    def __repr__(self) -> str:
        server = redact_url(str(self._options.server)) if self._options.server else "its documented server"
        return f"<Client {self.document.title!r} {self.document.info.get('version', '')} at {server}>"

    def _prepare(
        self, operation: Operation, arguments: Mapping[Any, Any], body: Any, problems: list[Problem]
    ) -> Request:
        prepared = prepare(operation, arguments, body, options=self._options, credentials=self._credentials)
        found = [*problems, *prepared.problems]
        mode = self._options.validate_requests
        headline = f"{operation.id}: the request breaks the document"
        if found and (mode == "strict" or prepared.request is None or problems):
            raise InvalidRequest(headline, found)
        if found and mode == "warn":
            warn(str(InvalidRequest(headline, found)))
        if prepared.request is None:  # without a problem there is a request
            raise AssertionError(headline)
        return prepared.request

    def _exchange(self, operation: Operation, request: Request) -> Response:
        response = read(operation, self._answer(operation, request), validate=self._options.validate_responses != "off")
        return self._linked(operation, response)

    def _stream(self, operation: Operation, request: Request) -> Stream:
        opener = Opener(self._transport)
        response = self._answer(operation, request, opener)
        if response.status >= 400:
            with contextlib.closing(opener):
                whole = replace(response, content=b"".join(opener.chunks))
            self._value(operation, read(operation, whole))
        return Stream(operation, response, opener, self._value)

    def _answer(self, operation: Operation, request: Request, transport: Transport | None = None) -> Response:
        """The reply to a request; where that is a 401, the reply to the same request with what can be renewed."""
        timeout, retries = self._options.timeout, self._options.retries
        transport = transport or self._transport
        response = send(transport, request, timeout, retries)
        if response.status != 401:
            return response
        server, _ = server_for(operation, self._options)
        way = operation.security, operation.schemes, self._credentials
        again = after_401(*way, request, response, server=server, timeout=timeout)
        return response if again is None else send(transport, again, timeout, retries)

    def _linked(self, operation: Operation, response: Response) -> Response:
        calls = linked_calls(self._registry, operation, response)
        if not calls:
            return response
        return replace(response, links={name: self._link(call) for name, call in calls.items()})

    def _link(self, call: LinkedCall) -> Callable[..., Any]:
        """What follows a link: a function that takes the arguments that the link does not give."""

        def follow(*args: Any, **kwargs: Any) -> Any:
            given, body, problems = call.operation.bind(args, kwargs)
            body = call.body if body is MISSING else body
            request = self._prepare(call.operation, {**call.arguments, **given}, body, problems)
            return self._value(call.operation, self._exchange(call.operation, request))

        follow.__name__ = follow.__qualname__ = call.operation.python_name
        return follow

    def _value(self, operation: Operation, response: Response) -> Any:
        if response.status >= 400:
            raise ApiError(f"{operation.id}: {_headline(operation, response)}", response)
        if response.problems:
            headline = f"{operation.id}: the reply ({response.status}) breaks the document"
            if self._options.validate_responses == "strict":
                raise InvalidResponse(headline, response.problems, response)
            warn(str(InvalidResponse(headline, response.problems, response)))
        return response.data


class BoundOperation:  # noqa: D101  its docstring is the property below
    def __init__(self, client: Client, operation: Operation) -> None:
        self._client = client
        self.operation = operation

    def __getattr__(self, name: str) -> str:
        """Its Python name, which is worked out when somebody asks for it: that takes the names of all operations."""
        if name in ("__name__", "__qualname__"):
            return self.operation.python_name
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def __signature__(self) -> inspect.Signature:
        return self.operation.signature

    @property
    def __doc__(self) -> str:  # type: ignore[override]  # what help() shows is the document's, not this class's
        return self.operation.documentation()

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call the operation and give the value that the reply carries; errors as for `Client.call`."""
        return self._client._value(self.operation, self.send(*args, **kwargs))  # noqa: SLF001

    def send(self, /, *args: Any, **kwargs: Any) -> Response:
        """Call the operation and give the whole reply; errors as for `Client.send`."""
        return self._client._exchange(self.operation, self.prepare(*args, **kwargs))  # noqa: SLF001

    def stream(self, /, *args: Any, **kwargs: Any) -> Stream:
        """Call the operation and give its reply while the body is still on the wire; errors as for `Client.call`."""
        return self._client._stream(self.operation, self.prepare(*args, **kwargs))  # noqa: SLF001

    def prepare(self, /, *args: Any, **kwargs: Any) -> Request:
        """Make the request. Nothing is sent; errors as for `Client.prepare`."""
        arguments, body, problems = self.operation.bind(args, kwargs)
        return self._client._prepare(self.operation, arguments, body, problems)  # noqa: SLF001

    def __repr__(self) -> str:
        return f"<{self.operation.id}{self.operation.signature}: {self.operation.key}>"


def _headline(operation: Operation, response: Response) -> str:
    """The status, what the document calls it, and what the server says of it."""
    reply = operation.reply(response.status)
    name = reply.description.partition("\n")[0] if reply is not None else ""
    status = str(response.status)
    headline = name if name.startswith(status) else f"{status} {name}".strip()
    said = next(_said(response.data), "")
    return f"{headline}: {said}" if said else headline


def _said(data: Any) -> Any:
    """The server's own words: text as such, or the members that problem bodies have (RFC 9457)."""
    if isinstance(data, str) and data.strip() and len(data) < 500:
        yield data.strip()
    if isinstance(data, Mapping):
        for name in ("message", "detail", "error_description", "title", "error"):
            if isinstance(data.get(name), str) and data[name]:
                yield data[name]


__all__ = ["BoundOperation", "Client", "Spec", "UnknownOperation"]
