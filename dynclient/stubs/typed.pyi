"""What generated stubs are made of; only type checkers read it, and nothing of it exists at run time.

An operation is a descriptor: read from a client it is a function of one to six signatures (Python's names or the document's; the body under
the name of its schema, as `body`, or as its members), which its methods share. Parameter specifications carry the signatures, so that a stub
writes each once for both clients and all methods.
"""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Iterable, Iterator
from os import PathLike
from typing import IO, Any, Concatenate, Generic, ParamSpec, Self, TypeAlias, overload

from typing_extensions import TypeVar

import dynclient
from dynclient import handles
from dynclient.aclient import AsyncBoundOperation, Opening
from dynclient.client import BoundOperation
from dynclient.streaming import Stream

_P = ParamSpec("_P")
_Q = ParamSpec("_Q")
_S = ParamSpec("_S")
_T = ParamSpec("_T")
_U = ParamSpec("_U")
_V = ParamSpec("_V")
_R_co = TypeVar("_R_co", covariant=True)
_I_co = TypeVar("_I_co", covariant=True, default=Any)
_R_contra = TypeVar("_R_contra", contravariant=True)
_I_contra = TypeVar("_I_contra", contravariant=True, default=Any)
_B_co = TypeVar("_B_co", covariant=True)
_A_co = TypeVar("_A_co", covariant=True)

Body: TypeAlias = dynclient.Body
_Data: TypeAlias = bytes | bytearray | memoryview | str | PathLike[str] | IO[bytes] | Iterable[bytes]
#: What may be sent as a file: its data, a path, an open file, an iterator of bytes, or a tuple as `requests` takes it.
File: TypeAlias = (
    _Data
    | AsyncIterable[bytes]
    | tuple[str | None, _Data]
    | tuple[str | None, _Data, str | None]
    | tuple[str | None, _Data, str | None, dict[str, str]]
)

class Client(dynclient.Client):
    """A client of known operations: an unknown name is an error."""

    __getattr__: None  # type: ignore[assignment,misc]  # there is no other way to take a method away

class AsyncClient(dynclient.AsyncClient):
    """A client of known operations: an unknown name is an error."""

    __getattr__: None  # type: ignore[assignment,misc]  # there is no other way to take a method away

class OpenNamespace(handles.Namespace):
    """Some operations of a tag; others are of any type."""

class AsyncOpenNamespace(OpenNamespace):
    """Some operations of a tag, for `AsyncClient`; others are of any type."""

class Namespace(handles.Namespace):
    """The operations of a tag."""

    __getattr__: None  # type: ignore[assignment,misc]
    __getitem__: None  # type: ignore[assignment]

class AsyncNamespace(Namespace):
    """The operations of a tag, for `AsyncClient`."""

class Tag(Generic[_B_co, _A_co]):
    """The operations of a tag: a namespace for each client."""

    @overload
    def __get__(self, client: dynclient.Client, owner: Any, /) -> _B_co: ...
    @overload
    def __get__(self, client: dynclient.AsyncClient, owner: Any, /) -> _A_co: ...

class Reply(Generic[_R_contra, _I_contra]):
    """What a call returns, and the items of a page.

    Contravariant, though nothing is ever one: mypy infers each twice for a function with a parameter specification, and joins what is covariant to a
    TypedDict without a name, which it writes out in every message.
    """

class Call1(Generic[_P, _R_co]):
    """A function of one signature."""

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...

class Bound1(Call1[_P, _R_co], BoundOperation, Generic[_P, _R_co, _I_co]):
    """An operation of one signature, bound to a client."""

    @property
    def send(self) -> Call1[_P, dynclient.Response]: ...
    @property
    def prepare(self) -> Call1[_P, dynclient.Request]: ...
    @property
    def curl(self) -> Call1[_P, str]: ...
    @property
    def stream(self) -> Call1[_P, Stream]: ...
    @property
    def pages(self) -> Call1[_P, Iterator[_R_co]]: ...
    @property
    def items(self) -> Call1[_P, Iterator[_I_co]]: ...

class AsyncBound1(Call1[_P, Coroutine[Any, Any, _R_co]], AsyncBoundOperation, Generic[_P, _R_co, _I_co]):
    """An operation of one signature, bound to a client."""

    @property
    def send(self) -> Call1[_P, Coroutine[Any, Any, dynclient.Response]]: ...
    @property
    def prepare(self) -> Call1[_P, dynclient.Request]: ...
    @property
    def curl(self) -> Call1[_P, str]: ...
    @property
    def stream(self) -> Call1[_P, Opening]: ...
    @property
    def pages(self) -> Call1[_P, AsyncIterator[_R_co]]: ...
    @property
    def items(self) -> Call1[_P, AsyncIterator[_I_co]]: ...

class Operation1(Generic[_P, _R_co, _I_co]):
    """An operation of one signature."""

    @overload
    def __get__(self, client: None, owner: Any, /) -> Self: ...
    @overload
    def __get__(
        self, client: dynclient.AsyncClient | AsyncNamespace | AsyncOpenNamespace, owner: Any, /
    ) -> AsyncBound1[_P, _R_co, _I_co]: ...
    @overload
    def __get__(self, client: dynclient.Client | handles.Namespace, owner: Any, /) -> Bound1[_P, _R_co, _I_co]: ...

class Call2(Generic[_P, _Q, _R_co]):
    """A function of two signatures."""

    @overload
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: _Q.args, **kwargs: _Q.kwargs) -> _R_co: ...

class Bound2(Call2[_P, _Q, _R_co], BoundOperation, Generic[_P, _Q, _R_co, _I_co]):
    """An operation of two signatures, bound to a client."""

    @property
    def send(self) -> Call2[_P, _Q, dynclient.Response]: ...
    @property
    def prepare(self) -> Call2[_P, _Q, dynclient.Request]: ...
    @property
    def curl(self) -> Call2[_P, _Q, str]: ...
    @property
    def stream(self) -> Call2[_P, _Q, Stream]: ...
    @property
    def pages(self) -> Call2[_P, _Q, Iterator[_R_co]]: ...
    @property
    def items(self) -> Call2[_P, _Q, Iterator[_I_co]]: ...

class AsyncBound2(Call2[_P, _Q, Coroutine[Any, Any, _R_co]], AsyncBoundOperation, Generic[_P, _Q, _R_co, _I_co]):
    """An operation of two signatures, bound to a client."""

    @property
    def send(self) -> Call2[_P, _Q, Coroutine[Any, Any, dynclient.Response]]: ...
    @property
    def prepare(self) -> Call2[_P, _Q, dynclient.Request]: ...
    @property
    def curl(self) -> Call2[_P, _Q, str]: ...
    @property
    def stream(self) -> Call2[_P, _Q, Opening]: ...
    @property
    def pages(self) -> Call2[_P, _Q, AsyncIterator[_R_co]]: ...
    @property
    def items(self) -> Call2[_P, _Q, AsyncIterator[_I_co]]: ...

class Operation2(Generic[_P, _Q, _R_co, _I_co]):
    """An operation of two signatures."""

    @overload
    def __get__(self, client: None, owner: Any, /) -> Self: ...
    @overload
    def __get__(
        self, client: dynclient.AsyncClient | AsyncNamespace | AsyncOpenNamespace, owner: Any, /
    ) -> AsyncBound2[_P, _Q, _R_co, _I_co]: ...
    @overload
    def __get__(self, client: dynclient.Client | handles.Namespace, owner: Any, /) -> Bound2[_P, _Q, _R_co, _I_co]: ...

class Call3(Generic[_P, _Q, _S, _R_co]):
    """A function of three signatures."""

    @overload
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: _Q.args, **kwargs: _Q.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: _S.args, **kwargs: _S.kwargs) -> _R_co: ...

class Bound3(Call3[_P, _Q, _S, _R_co], BoundOperation, Generic[_P, _Q, _S, _R_co, _I_co]):
    """An operation of three signatures, bound to a client."""

    @property
    def send(self) -> Call3[_P, _Q, _S, dynclient.Response]: ...
    @property
    def prepare(self) -> Call3[_P, _Q, _S, dynclient.Request]: ...
    @property
    def curl(self) -> Call3[_P, _Q, _S, str]: ...
    @property
    def stream(self) -> Call3[_P, _Q, _S, Stream]: ...
    @property
    def pages(self) -> Call3[_P, _Q, _S, Iterator[_R_co]]: ...
    @property
    def items(self) -> Call3[_P, _Q, _S, Iterator[_I_co]]: ...

class AsyncBound3(
    Call3[_P, _Q, _S, Coroutine[Any, Any, _R_co]], AsyncBoundOperation, Generic[_P, _Q, _S, _R_co, _I_co]
):
    """An operation of three signatures, bound to a client."""

    @property
    def send(self) -> Call3[_P, _Q, _S, Coroutine[Any, Any, dynclient.Response]]: ...
    @property
    def prepare(self) -> Call3[_P, _Q, _S, dynclient.Request]: ...
    @property
    def curl(self) -> Call3[_P, _Q, _S, str]: ...
    @property
    def stream(self) -> Call3[_P, _Q, _S, Opening]: ...
    @property
    def pages(self) -> Call3[_P, _Q, _S, AsyncIterator[_R_co]]: ...
    @property
    def items(self) -> Call3[_P, _Q, _S, AsyncIterator[_I_co]]: ...

class Operation3(Generic[_P, _Q, _S, _R_co, _I_co]):
    """An operation of three signatures."""

    @overload
    def __get__(self, client: None, owner: Any, /) -> Self: ...
    @overload
    def __get__(
        self, client: dynclient.AsyncClient | AsyncNamespace | AsyncOpenNamespace, owner: Any, /
    ) -> AsyncBound3[_P, _Q, _S, _R_co, _I_co]: ...
    @overload
    def __get__(
        self, client: dynclient.Client | handles.Namespace, owner: Any, /
    ) -> Bound3[_P, _Q, _S, _R_co, _I_co]: ...

class Call4(Generic[_P, _Q, _S, _T, _R_co]):
    """A function of four signatures."""

    @overload
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: _Q.args, **kwargs: _Q.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: _S.args, **kwargs: _S.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: _T.args, **kwargs: _T.kwargs) -> _R_co: ...

class Bound4(Call4[_P, _Q, _S, _T, _R_co], BoundOperation, Generic[_P, _Q, _S, _T, _R_co, _I_co]):
    """An operation of four signatures, bound to a client."""

    @property
    def send(self) -> Call4[_P, _Q, _S, _T, dynclient.Response]: ...
    @property
    def prepare(self) -> Call4[_P, _Q, _S, _T, dynclient.Request]: ...
    @property
    def curl(self) -> Call4[_P, _Q, _S, _T, str]: ...
    @property
    def stream(self) -> Call4[_P, _Q, _S, _T, Stream]: ...
    @property
    def pages(self) -> Call4[_P, _Q, _S, _T, Iterator[_R_co]]: ...
    @property
    def items(self) -> Call4[_P, _Q, _S, _T, Iterator[_I_co]]: ...

class AsyncBound4(
    Call4[_P, _Q, _S, _T, Coroutine[Any, Any, _R_co]], AsyncBoundOperation, Generic[_P, _Q, _S, _T, _R_co, _I_co]
):
    """An operation of four signatures, bound to a client."""

    @property
    def send(self) -> Call4[_P, _Q, _S, _T, Coroutine[Any, Any, dynclient.Response]]: ...
    @property
    def prepare(self) -> Call4[_P, _Q, _S, _T, dynclient.Request]: ...
    @property
    def curl(self) -> Call4[_P, _Q, _S, _T, str]: ...
    @property
    def stream(self) -> Call4[_P, _Q, _S, _T, Opening]: ...
    @property
    def pages(self) -> Call4[_P, _Q, _S, _T, AsyncIterator[_R_co]]: ...
    @property
    def items(self) -> Call4[_P, _Q, _S, _T, AsyncIterator[_I_co]]: ...

class Operation4(Generic[_P, _Q, _S, _T, _R_co, _I_co]):
    """An operation of four signatures."""

    @overload
    def __get__(self, client: None, owner: Any, /) -> Self: ...
    @overload
    def __get__(
        self, client: dynclient.AsyncClient | AsyncNamespace | AsyncOpenNamespace, owner: Any, /
    ) -> AsyncBound4[_P, _Q, _S, _T, _R_co, _I_co]: ...
    @overload
    def __get__(
        self, client: dynclient.Client | handles.Namespace, owner: Any, /
    ) -> Bound4[_P, _Q, _S, _T, _R_co, _I_co]: ...

class Call5(Generic[_P, _Q, _S, _T, _U, _R_co]):
    """A function of five signatures."""

    @overload
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: _Q.args, **kwargs: _Q.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: _S.args, **kwargs: _S.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: _T.args, **kwargs: _T.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: _U.args, **kwargs: _U.kwargs) -> _R_co: ...

class Bound5(Call5[_P, _Q, _S, _T, _U, _R_co], BoundOperation, Generic[_P, _Q, _S, _T, _U, _R_co, _I_co]):
    """An operation of five signatures, bound to a client."""

    @property
    def send(self) -> Call5[_P, _Q, _S, _T, _U, dynclient.Response]: ...
    @property
    def prepare(self) -> Call5[_P, _Q, _S, _T, _U, dynclient.Request]: ...
    @property
    def curl(self) -> Call5[_P, _Q, _S, _T, _U, str]: ...
    @property
    def stream(self) -> Call5[_P, _Q, _S, _T, _U, Stream]: ...
    @property
    def pages(self) -> Call5[_P, _Q, _S, _T, _U, Iterator[_R_co]]: ...
    @property
    def items(self) -> Call5[_P, _Q, _S, _T, _U, Iterator[_I_co]]: ...

class AsyncBound5(
    Call5[_P, _Q, _S, _T, _U, Coroutine[Any, Any, _R_co]],
    AsyncBoundOperation,
    Generic[_P, _Q, _S, _T, _U, _R_co, _I_co],
):
    """An operation of five signatures, bound to a client."""

    @property
    def send(self) -> Call5[_P, _Q, _S, _T, _U, Coroutine[Any, Any, dynclient.Response]]: ...
    @property
    def prepare(self) -> Call5[_P, _Q, _S, _T, _U, dynclient.Request]: ...
    @property
    def curl(self) -> Call5[_P, _Q, _S, _T, _U, str]: ...
    @property
    def stream(self) -> Call5[_P, _Q, _S, _T, _U, Opening]: ...
    @property
    def pages(self) -> Call5[_P, _Q, _S, _T, _U, AsyncIterator[_R_co]]: ...
    @property
    def items(self) -> Call5[_P, _Q, _S, _T, _U, AsyncIterator[_I_co]]: ...

class Operation5(Generic[_P, _Q, _S, _T, _U, _R_co, _I_co]):
    """An operation of five signatures."""

    @overload
    def __get__(self, client: None, owner: Any, /) -> Self: ...
    @overload
    def __get__(
        self, client: dynclient.AsyncClient | AsyncNamespace | AsyncOpenNamespace, owner: Any, /
    ) -> AsyncBound5[_P, _Q, _S, _T, _U, _R_co, _I_co]: ...
    @overload
    def __get__(
        self, client: dynclient.Client | handles.Namespace, owner: Any, /
    ) -> Bound5[_P, _Q, _S, _T, _U, _R_co, _I_co]: ...

class Call6(Generic[_P, _Q, _S, _T, _U, _V, _R_co]):
    """A function of six signatures."""

    @overload
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: _Q.args, **kwargs: _Q.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: _S.args, **kwargs: _S.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: _T.args, **kwargs: _T.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: _U.args, **kwargs: _U.kwargs) -> _R_co: ...
    @overload
    def __call__(self, *args: _V.args, **kwargs: _V.kwargs) -> _R_co: ...

class Bound6(Call6[_P, _Q, _S, _T, _U, _V, _R_co], BoundOperation, Generic[_P, _Q, _S, _T, _U, _V, _R_co, _I_co]):
    """An operation of six signatures, bound to a client."""

    @property
    def send(self) -> Call6[_P, _Q, _S, _T, _U, _V, dynclient.Response]: ...
    @property
    def prepare(self) -> Call6[_P, _Q, _S, _T, _U, _V, dynclient.Request]: ...
    @property
    def curl(self) -> Call6[_P, _Q, _S, _T, _U, _V, str]: ...
    @property
    def stream(self) -> Call6[_P, _Q, _S, _T, _U, _V, Stream]: ...
    @property
    def pages(self) -> Call6[_P, _Q, _S, _T, _U, _V, Iterator[_R_co]]: ...
    @property
    def items(self) -> Call6[_P, _Q, _S, _T, _U, _V, Iterator[_I_co]]: ...

class AsyncBound6(
    Call6[_P, _Q, _S, _T, _U, _V, Coroutine[Any, Any, _R_co]],
    AsyncBoundOperation,
    Generic[_P, _Q, _S, _T, _U, _V, _R_co, _I_co],
):
    """An operation of six signatures, bound to a client."""

    @property
    def send(self) -> Call6[_P, _Q, _S, _T, _U, _V, Coroutine[Any, Any, dynclient.Response]]: ...
    @property
    def prepare(self) -> Call6[_P, _Q, _S, _T, _U, _V, dynclient.Request]: ...
    @property
    def curl(self) -> Call6[_P, _Q, _S, _T, _U, _V, str]: ...
    @property
    def stream(self) -> Call6[_P, _Q, _S, _T, _U, _V, Opening]: ...
    @property
    def pages(self) -> Call6[_P, _Q, _S, _T, _U, _V, AsyncIterator[_R_co]]: ...
    @property
    def items(self) -> Call6[_P, _Q, _S, _T, _U, _V, AsyncIterator[_I_co]]: ...

class Operation6(Generic[_P, _Q, _S, _T, _U, _V, _R_co, _I_co]):
    """An operation of six signatures."""

    @overload
    def __get__(self, client: None, owner: Any, /) -> Self: ...
    @overload
    def __get__(
        self, client: dynclient.AsyncClient | AsyncNamespace | AsyncOpenNamespace, owner: Any, /
    ) -> AsyncBound6[_P, _Q, _S, _T, _U, _V, _R_co, _I_co]: ...
    @overload
    def __get__(
        self, client: dynclient.Client | handles.Namespace, owner: Any, /
    ) -> Bound6[_P, _Q, _S, _T, _U, _V, _R_co, _I_co]: ...

def operation(function: Callable[Concatenate[Any, _P], Reply[_R_co, _I_co]], /) -> Operation1[_P, _R_co, _I_co]: ...
@overload
def spelt(
    second: Callable[Concatenate[Any, _Q], object], /
) -> Callable[[Callable[Concatenate[Any, _P], Reply[_R_co, _I_co]]], Operation2[_P, _Q, _R_co, _I_co]]: ...
@overload
def spelt(
    second: Callable[Concatenate[Any, _Q], object], third: Callable[Concatenate[Any, _S], object], /
) -> Callable[[Callable[Concatenate[Any, _P], Reply[_R_co, _I_co]]], Operation3[_P, _Q, _S, _R_co, _I_co]]: ...
@overload
def spelt(
    second: Callable[Concatenate[Any, _Q], object],
    third: Callable[Concatenate[Any, _S], object],
    fourth: Callable[Concatenate[Any, _T], object],
    /,
) -> Callable[[Callable[Concatenate[Any, _P], Reply[_R_co, _I_co]]], Operation4[_P, _Q, _S, _T, _R_co, _I_co]]: ...
@overload
def spelt(
    second: Callable[Concatenate[Any, _Q], object],
    third: Callable[Concatenate[Any, _S], object],
    fourth: Callable[Concatenate[Any, _T], object],
    fifth: Callable[Concatenate[Any, _U], object],
    /,
) -> Callable[[Callable[Concatenate[Any, _P], Reply[_R_co, _I_co]]], Operation5[_P, _Q, _S, _T, _U, _R_co, _I_co]]: ...
@overload
def spelt(
    second: Callable[Concatenate[Any, _Q], object],
    third: Callable[Concatenate[Any, _S], object],
    fourth: Callable[Concatenate[Any, _T], object],
    fifth: Callable[Concatenate[Any, _U], object],
    sixth: Callable[Concatenate[Any, _V], object],
    /,
) -> Callable[
    [Callable[Concatenate[Any, _P], Reply[_R_co, _I_co]]], Operation6[_P, _Q, _S, _T, _U, _V, _R_co, _I_co]
]: ...
