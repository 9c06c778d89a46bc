"""What a user of a client holds in hand: an operation, the operations of a tag, and a link of a reply."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self, Unpack

from dynclient.api.manual import annotated_signature
from dynclient.api.operation import Operation
from dynclient.api.unpack import body_secrets
from dynclient.errors import UnknownOperation
from dynclient.exchange import Request
from dynclient.names import nearest
from dynclient.options import PlainOptionKeywords

if TYPE_CHECKING:
    import inspect

    from dynclient.api.api import Api
    from dynclient.spec.document import Document


class OptionChanges(PlainOptionKeywords, total=False):
    """What `with_options` takes by name."""

    server: str | int | None
    headers: Mapping[str, str | None]
    version: str | Document | Api


class Link:
    """A link of a reply, to be called with the arguments that it does not give."""

    def __init__(self, name: str, follow: Callable[..., Any]) -> None:
        self.__name__ = self.__qualname__ = name
        self._follow = follow

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Follow the link; errors as for the operation that it calls."""
        return self._follow(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<link {self.__name__}>"


class Namespace:
    """The operations of a tag: `client.issues.list_for_repo` is `client.issues_list_for_repo`. An operation that has the tag's name comes first.

    Args:
        client: The client.
        tag: The tag's Python name.
    """

    def __init__(self, client: Any, tag: str) -> None:
        self._client = client
        self._tag = tag

    @property
    def _named(self) -> Mapping[str, Operation]:
        named: Mapping[str, Operation] = self._client.operations.by_tag.get(self._tag, {})
        return named

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_client" not in self.__dict__:
            raise AttributeError(name)
        operation = self._named.get(name)
        if operation is None:
            operation = self._client.operations.get(name)
            if operation is None or operation not in self._named.values():
                hint = nearest(name, self._named) or f"it has {', '.join(list(self._named)[:10])}"
                raise UnknownOperation(f"the tag {self._tag!r} has no operation {name!r} ({hint})")
        return self._client[operation.key]

    __getitem__ = __getattr__

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._named})

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        return f"<{self._tag}: {', '.join(self._named)}>"


class Bound:
    """An operation of a client that looks like a function: name, signature and help come from the document.

    Args:
        client: The client.
        name: A name of the operation, by which it is found again in other versions.
        found: The Api in use and the operation that has this name there; without it, the operation is looked up at first use.
    """

    def __init__(self, client: Any, name: str, found: tuple[Api | None, Operation | None] = (None, None)) -> None:
        self._client = client
        self._name = name
        self._found: tuple[Any, Any] = found

    @property
    def operation(self) -> Operation:
        """The operation that this name has in the client's document as it is now."""
        api = self._client._core.api  # noqa: SLF001  its own client
        known, operation = self._found
        if known is not api:
            operation = self._client._core.find(self._name)  # noqa: SLF001
            self._found = api, operation  # at once, for a thread may have changed the Api meanwhile
        found: Operation = operation
        return found

    def __getattr__(self, name: str) -> Any:
        """The Python name, computed when it is asked for: it depends on the names of all operations."""
        if name in ("__name__", "__qualname__"):
            return self.operation.python_name
        if name == "operation":  # the property failed with an error that Python takes for a missing attribute
            return self._client._core.find(self._name)  # noqa: SLF001  its own client
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def __signature__(self) -> inspect.Signature:
        return annotated_signature(self.operation)

    def with_options(self, **changes: Unpack[OptionChanges]) -> Self:
        """Give this operation with other options; errors as for `Client.with_options`."""
        return type(self)(self._client.with_options(**changes), self._name, self._found)

    def prepare(self, /, *args: Any, **kwargs: Any) -> Request:
        """Make the request. Nothing is sent; errors as for `Client.prepare`."""
        operation = self.operation
        request: Request = self._client._caller.prepare(operation, operation.binding.bind(args, kwargs))  # noqa: SLF001  its own client
        return request

    def curl(self, /, *args: Any, **kwargs: Any) -> str:
        """Make the request as a command line of curl, with credentials and secrets of the body masked; errors as for `Client.prepare`."""
        request = self.prepare(*args, **kwargs)
        return request.curl(body_secrets(self.operation, request))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._client, self._name)

    def __repr__(self) -> str:
        operation = self.operation
        return f"<{operation.id}{operation.signature}: {operation.key}>"
