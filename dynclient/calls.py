"""What the blocking and the async client have in common: everything but the waiting.

Every call is a flow here (`dynclient.flow`); a client only says how a flow is run. Only here are problems raised: everything
below gives them as values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from os import PathLike
from typing import IO, TYPE_CHECKING, Any, Self

from dynclient.api.described import MISSING
from dynclient.api.links import LinkedCall, linked_call, links_of
from dynclient.api.operation import Operation
from dynclient.api.plan import server_for
from dynclient.api.prepare import Prepared, prepare
from dynclient.api.read import read
from dynclient.api.registry import Operations, Registry
from dynclient.errors import ApiError, InvalidRequest, InvalidResponse
from dynclient.exchange import Request, Response, redact_url
from dynclient.opening import apis, find
from dynclient.options import Options, warn
from dynclient.problem import Problem
from dynclient.security.credentials import Credential, Credentials
from dynclient.security.requirements import after_401
from dynclient.send.flow import Ask, Flow, has_body_still, send
from dynclient.spec.document import Document, Text
from dynclient.spec.store import Cache
from dynclient.wire.servers import Server

if TYPE_CHECKING:
    import inspect

Spec = str | PathLike[str] | bytes | IO[Any] | Mapping[str, Any] | Document

#: The arguments of a call as a bound operation has them: parameters, body, and what was wrong with them.
Given = tuple[Mapping[Any, Any], Any, list[Problem]]


class Calls:
    """The calls of a document's operations, as flows.

    Args:
        spec: A name of the catalog, a path, a mapping, an open file, the text as bytes, or a Document.
        version: For a name of the catalog: which version; the newest when None.
        server: The server's URL, or the index, name or description of one of the document's; its first when None.
        auth: Credentials by security scheme id: text, a (user, password) pair, or a callable that gives either.
        options: Everything else that is not in the document.
        transport: What sends.
        overlays: OpenAPI Overlays that correct the document, in this order.
        strict: Whether a document with any fault is refused.
        cache: Whether a large document is kept on disk in a form that is quick to open: True, False, the folder, or None for what
            the environment variable `DYNCLIENT_CACHE` says (a folder or `off`; without it, True).

    Raises:
        SpecError: The document cannot be used.
        InvalidRequest: `auth` names a scheme that the document does not have.
    """

    def __init__(
        self,
        spec: Spec,
        *,
        version: str | None = None,
        server: str | int | None = None,
        auth: Mapping[str, Credential] | None = None,
        options: Options | None = None,
        transport: Any = None,
        overlays: Iterable[Text] = (),
        strict: bool = False,
        cache: Cache = None,
    ) -> None:
        document = find(spec, version, overlays=tuple(overlays), strict=strict, cache=cache)
        options = options or Options()
        self._options = options if server is None else replace(options, server=server)
        self._registry = Registry(document, self._options.engine)
        api = spec if isinstance(spec, str) and spec in apis() else document.title
        self._transport, tokens = self._connect(transport)
        self._credentials = Credentials(self._askable(auth), api, tokens)
        unknown = self._credentials.unknown(self._registry.schemes)
        if unknown:
            raise InvalidRequest("these credentials do not fit the document", unknown)

    def _connect(self, transport: Any) -> tuple[Any, Any]:
        """The transport to send with, and a blocking one for token requests."""
        raise NotImplementedError

    def _askable(self, auth: Mapping[str, Credential] | None) -> Mapping[str, Credential] | None:
        """The credentials as those who ask for them take them."""
        return auth

    def _run(self, flow: Flow[Any]) -> Any:
        """Run a flow: give what it gives, or what that can be awaited from."""
        raise NotImplementedError

    def _bound(self, operation: Operation) -> Any:
        """The operation as something to call."""
        raise NotImplementedError

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
        return self._prepare(self._registry[name], (arguments or {}, body, []))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self._registry:
            if name.startswith("_"):
                raise AttributeError(name)
            self._registry[name]
        return self._bound(self._registry[name])

    def __dir__(self) -> list[str]:
        names = [operation.python_name for operation in self._registry.operations]
        ids = [operation.id for operation in self._registry.operations if operation.id.isidentifier()]
        return sorted({*super().__dir__(), *names, *ids})

    def __repr__(self) -> str:
        server = redact_url(str(self._options.server)) if self._options.server else "its documented server"
        return f"<{type(self).__name__} {self.document.title!r} {self.document.info.get('version', '')} at {server}>"

    def _prepare(self, operation: Operation, given: Given) -> Request:
        return self._checked(operation, self._prepared(operation, given), given)

    def _prepared(self, operation: Operation, given: Given) -> Prepared:
        return prepare(operation, given[0], given[1], options=self._options, credentials=self._credentials)

    def _checked(self, operation: Operation, prepared: Prepared, given: Given) -> Request:
        found = [*given[2], *prepared.problems]
        mode = self._options.validate_requests
        headline = f"{operation.id}: the request breaks the document"
        if found and (mode == "strict" or prepared.request is None or given[2]):
            raise InvalidRequest(headline, found)
        if found and mode == "warn":
            warn(str(InvalidRequest(headline, found)))
        if prepared.request is None:  # without a problem there is a request
            raise AssertionError(headline)
        return prepared.request

    def _requested(self, operation: Operation, given: Given) -> Flow[Request]:
        """The request, made where its credentials may be waited for."""
        make = partial(self._prepared, operation, given)
        prepared = (yield Ask(make)) if self._credentials.asks else make()
        return self._checked(operation, prepared, given)

    def _answered(self, operation: Operation, given: Given, *, unread: bool = False) -> Flow[Response]:
        """The reply to a request; where that is a 401, the reply to the same request with what can be renewed."""
        request = yield from self._requested(operation, given)
        request = replace(request, unread=True) if unread else request
        timeout, retries = self._options.timeout, self._options.retries
        response = yield from send(request, timeout, retries)
        if response.status != 401:
            return self._accepted(request, response)
        server, _ = server_for(operation, self._options)
        way = operation.security, operation.schemes, self._credentials
        renew = partial(after_401, *way, request, response, server=server, timeout=timeout)
        again = (yield Ask(renew)) if self._credentials.asks else renew()
        if again is None or not has_body_still(again):  # with what was renewed, the caller may send the body anew
            return response
        return self._accepted(again, (yield from send(again, timeout, retries)))

    def _accepted(self, request: Request, response: Response) -> Response:
        if "Authentication-Info" in response.headers:
            self._credentials.follow((response.request or request).url, response.headers)
        return response

    def _sent(self, operation: Operation, given: Given) -> Flow[Response]:
        answer = yield from self._answered(operation, given)
        response = read(operation, answer, validate=self._options.validate_responses != "off")
        links = links_of(operation, response)
        if not links:
            return response
        calls = {name: partial(linked_call, self._registry, node, operation, response) for name, node in links.items()}
        return replace(response, links={name: self._link(name, call) for name, call in calls.items()})

    def _called(self, operation: Operation, given: Given) -> Flow[Any]:
        response = yield from self._sent(operation, given)
        return self._value(operation, response)

    def _opened(self, operation: Operation, given: Given) -> Flow[Response]:
        """The reply without its body, which stays on the wire; that of an error is read, and raised."""
        response = yield from self._answered(operation, given, unread=True)
        if response.status >= 400:
            self._value(operation, read(operation, response))
        return response

    def _link(self, name: str, worked_out: Callable[[], LinkedCall]) -> Callable[..., Any]:
        """What follows a link: a function that takes the arguments that the link does not give."""

        def follow(*args: Any, **kwargs: Any) -> Any:
            call = worked_out()
            client = self if call.server is None else self._at(call.server)
            given, body, problems = call.operation.bind(args, kwargs)
            body = call.body if body is MISSING else body
            flow = client._called(call.operation, ({**call.arguments, **given}, body, problems))  # noqa: SLF001  its own kind
            return client._run(flow)  # noqa: SLF001

        follow.__name__ = follow.__qualname__ = name
        return follow

    def _at(self, server: Server) -> Self:
        """This client at the server of a link, unless it was told another one itself."""
        if self._options.server is not None:
            return self
        url, problems = server.url(self._options.server_variables)
        if problems:
            raise InvalidRequest("the server of the link cannot be used", problems)
        return self.with_options(server=url)

    def _value(self, operation: Operation, response: Response) -> Any:
        if response.status >= 400:
            raise ApiError(f"{operation.id}: {_headline(operation, response)}", response)
        if response.problems and self._options.validate_responses != "off":
            headline = f"{operation.id}: the reply ({response.status}) breaks the document"
            if self._options.validate_responses == "strict":
                raise InvalidResponse(headline, response.problems, response)
            warn(str(InvalidResponse(headline, response.problems, response)))
        return response.data


class Bound:
    """An operation of a client, which looks like a function: name, signature and help come from the document."""

    def __init__(self, client: Calls, operation: Operation) -> None:
        self._client: Any = client
        self.operation = operation

    def __getattr__(self, name: str) -> str:
        """Its Python name, which is worked out when somebody asks for it: that takes the names of all operations."""
        if name in ("__name__", "__qualname__"):
            return self.operation.python_name
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def __signature__(self) -> inspect.Signature:
        return self.operation.signature

    def prepare(self, /, *args: Any, **kwargs: Any) -> Request:
        """Make the request. Nothing is sent; errors as for `Client.prepare`."""
        request: Request = self._client._prepare(self.operation, self.operation.bind(args, kwargs))  # noqa: SLF001  of one house
        return request

    def __repr__(self) -> str:
        return f"<{self.operation.id}{self.operation.signature}: {self.operation.key}>"


def _headline(operation: Operation, response: Response) -> str:
    """The status, what the document calls it, and what the server says of it."""
    reply = operation.reply(response.status)
    name = reply.description.partition("\n")[0] if reply is not None else ""
    status = str(response.status)
    headline = name if name.startswith(status) else f"{status} {name}".strip()
    said = next(_said(response.data), "")
    said = response.request.redacted(said) if said and response.request is not None else said
    return f"{headline}: {said}" if said else headline


def _said(data: Any) -> Any:
    """The server's own words: text as such, or the members that problem bodies have (RFC 9457)."""
    if isinstance(data, str) and data.strip() and len(data) < 500:
        yield data.strip()
    if isinstance(data, Mapping):
        for name in ("message", "detail", "error_description", "title", "error"):
            if isinstance(data.get(name), str) and data[name]:
                yield data[name]
