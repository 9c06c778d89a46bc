"""The Client: the names of a document bound to its operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

from dynclient.api.api import Api
from dynclient.api.manual import help_text
from dynclient.api.operation import Operation
from dynclient.api.pages import Paging
from dynclient.api.signature import MISSING
from dynclient.calls import Calls, Spec, takes_options
from dynclient.errors import UnknownOperation
from dynclient.exchange import Response
from dynclient.handles import Bound
from dynclient.live.caller import Given
from dynclient.opening import takes_opening
from dynclient.send.flow import Flow, run
from dynclient.send.transport import Pooled, Transport, blocking_transport, for_tokens
from dynclient.streaming import BlockingOnly, Stream


@takes_opening
@takes_options
class Client(Calls, BlockingOnly):
    """Calls the operations of an OpenAPI document by their names.

    Args:
        spec: A name of the catalog, with or without a version (`shop`, `shop@2.1.0`, `shop@2.x`), a path, an http(s) URL with `fetch=True`, a
            mapping, an open file, the text as bytes, a Document, or an Api.
        server: The server's URL, or the index, name or description of one of the document's servers; by default its first.
        auth: Credentials by security scheme id: text, a (user, password) pair, an OAuth2, Netrc or Keyring, or a callable that
            returns one of them.
        options: Everything else that is not in the document.
        transport: A callable `(Request, timeout in seconds) -> Response`, or the name of a library: `requests` (the default),
            or `httpx2` or `pyreqwest`, which are extras. A transport that you pass in is yours to close.
        engine: The JSON Schema engine, `jsonschema-rs` or `jsonschema`; the first that is installed when None.
        watch: Whether the document is read again when its files, or the pin of its version, change; the last good one stays in use
            while the new one is broken, with a warning.
        **options: The fields of `Options`.
        **opening: The options of opening.

    Each field of `Options` may also be given by its name, such as `timeout=5`; it then counts in place of that of `options`. `base_url` is another
    name of `server`.

    Raises:
        SpecError: The document cannot be used.
        InvalidRequest: `auth` names a scheme that neither the document nor another version of it in the catalog has, or `server` is
            neither a URL nor one of its servers.
        TypeError: `auth` or `transport` is of a wrong type.
        MissingExtra: The library of the transport is not installed.

    A client may be shared between threads, and used on in a process that was forked. It can be pickled if its credentials are
    places to find them (functions of a module, Netrc, Keyring), so that no pickle holds a secret. It has few names of its own; `client["name"]` reaches an operation that has one of
    them, as it reaches every other.
    """

    def _connect(self, transport: Transport | str | None) -> tuple[Transport, Transport]:
        found = blocking_transport(transport)
        return found, for_tokens(found)

    def _run(self, flow: Flow[Any]) -> Any:
        return run(flow, self._core.transport)

    def _bind(self, name: str, found: tuple[Api, Operation]) -> BoundOperation:
        return BoundOperation(self, name, found)

    def send(self, name: str, arguments: Mapping[Any, Any] | None = None, body: Any = MISSING) -> Response:
        """Call an operation and return the whole reply, whatever its status; arguments and errors before sending as for `prepare`.

        Raises:
            TransportError: There is no whole reply.
        """
        return run(self._caller.sent(*self._named(name, arguments, body)), self._core.transport)

    def call(self, name: str, arguments: Mapping[Any, Any] | None = None, body: Any = MISSING) -> Any:
        """Call an operation and return the decoded body of the reply, None without one.

        Raises:
            ApiError: The status is 400 or more.
            InvalidResponse: The reply breaks the document.
            TransportError: There is no whole reply.
        """
        return run(self._caller.called(*self._named(name, arguments, body)), self._core.transport)

    def stream(self, name: str, arguments: Mapping[Any, Any] | None = None, body: Any = MISSING) -> Stream:
        """Call an operation and return its reply while the body is still on the wire; errors as for `call`."""
        return self._stream(*self._named(name, arguments, body))

    def _stream(self, operation: Operation, given: Given) -> Stream:
        response = run(self._caller.opened(operation, given), self._core.transport)
        return Stream(operation, response, self._caller.consequences.of_item)

    def _items(self, operation: Operation, given: Given) -> Iterator[Any]:
        paging = self._caller.paging(operation, given)
        return (item for page in self._turn(paging) for item in paging.items(page.data))

    def _turn(self, paging: Paging) -> Iterator[Response]:
        while (page := run(self._caller.page(paging), self._core.transport)) is not None:
            yield page

    def close(self) -> None:
        """Close the connections, except those of a transport that the user passed in; later calls raise RuntimeError.

        Copies by `with_options` share the connections, and are closed with this client.
        """
        self._core.life.closed = True
        if self._core.owned and isinstance(self._core.transport, Pooled):
            self._core.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class BoundOperation(Bound):  # noqa: D101  its docstring is the property below
    @property
    def __doc__(self) -> str:  # type: ignore[override]  # what help() shows is the document's, not this class's
        return help_text(self.operation)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call the operation and return the decoded body of the reply; errors as for `Client.call`."""
        operation, client = self.operation, self._client
        flow = client._caller.called(operation, operation.binding.bind(args, kwargs))  # noqa: SLF001  its own client
        return run(flow, client._core.transport)  # noqa: SLF001

    def send(self, /, *args: Any, **kwargs: Any) -> Response:
        """Call the operation and return the whole reply; errors as for `Client.send`."""
        operation, client = self.operation, self._client
        flow: Flow[Response] = client._caller.sent(operation, operation.binding.bind(args, kwargs))  # noqa: SLF001  its own client
        return run(flow, client._core.transport)  # noqa: SLF001

    def stream(self, /, *args: Any, **kwargs: Any) -> Stream:
        """Call the operation and return its reply while the body is still on the wire; errors as for `Client.call`."""
        operation = self.operation
        stream: Stream = self._client._stream(operation, operation.binding.bind(args, kwargs))  # noqa: SLF001  its own client
        return stream

    def pages(self, /, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Call the operation page by page, and yield the decoded body of each; errors as for `Client.call`.

        How pages follow each other is found from the document and the replies, or said by `Options(pagination=...)`. Pages that are counted end with
        an empty or short one, or a 404.

        Raises:
            InvalidResponse: A reply does not tell what comes next, or leads back to an earlier page.
        """
        paging = self._client._caller.paging(self.operation, self.operation.bind(args, kwargs))  # noqa: SLF001  its own client
        return (page.data for page in self._client._turn(paging))  # noqa: SLF001  its own client

    def items(self, /, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Call the operation page by page, and yield the items of each; errors as for `pages`."""
        items: Iterator[Any] = self._client._items(self.operation, self.operation.bind(args, kwargs))  # noqa: SLF001  its own client
        return items


__all__ = ["BoundOperation", "Client", "Spec", "UnknownOperation"]
