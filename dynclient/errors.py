"""What can go wrong, as values and as exceptions.

A `Problem` is a value: the pure functions collect them, and only the edge (the client, the command line) raises.

    DynclientError
    ├── SpecError            the document cannot be used; nothing was built from it
    ├── UnknownOperation     a name that is not in the document (also an AttributeError and a LookupError)
    ├── InvalidRequest       the arguments break the document; nothing was sent
    ├── InvalidResponse      the reply breaks the document; it is kept in `.response`
    ├── ApiError             the server answered with a status of 400 or more; it is kept in `.response`
    ├── AuthError            no token could be got; nothing was sent to the API
    └── TransportError       there is no whole reply; the part that arrived is kept in `.response`
        ├── ConnectError     no connection could be made; nothing was sent
        ├── RequestTimeout   the server did not answer within the time limit
        └── ReadError        the connection broke before the reply was whole
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

from dynclient.problem import Problem, printable

if TYPE_CHECKING:
    from dynclient.exchange import Request, Response


class DynclientError(Exception):
    """The root of everything that dynclient raises on purpose. It goes into another process, as process pools need.

    Its text may quote servers and documents, so control characters in it are escaped.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(printable(message))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args), self.__dict__


class _Problems(DynclientError, ValueError):
    """An error that is a list of problems, all of them; and advice on what to do, "" where there is none."""

    def __init__(self, headline: str, problems: Iterable[Problem] = (), *, advice: str = "") -> None:
        self.headline = headline
        self.problems = tuple(problems)
        self.advice = advice
        super().__init__(_text(headline, self.problems, advice=advice))


class SpecError(_Problems):
    """The document cannot be used: `.problems` says why, with file and line where they are known."""


class UnknownOperation(DynclientError, AttributeError, LookupError):
    """A name that the document does not have; the message lists the nearest ones."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.obj = ()  # else Python adds a suggestion of its own to those of the message


class InvalidRequest(_Problems):
    """The arguments break the document; nothing was sent. `.problems` lists everything that is wrong."""


class InvalidResponse(_Problems):
    """The reply breaks the document: `.problems` says how, `.response` keeps the reply, and `.data` its value.

    Its text names the line of the document that each problem breaks. To find lines, the document is read once more, so that is done
    when the text is asked for.
    """

    def __init__(
        self,
        headline: str,
        problems: Iterable[Problem],
        response: Response,
        *,
        advice: str = "",
        places: Callable[[], Sequence[str]] | None = None,
    ) -> None:
        super().__init__(headline, problems, advice=advice)
        self.response = response
        self._places = places

    def __str__(self) -> str:
        if self._places is not None:
            found, self._places = self._places(), None
            self.args = (_text(self.headline, self.problems, found, self.advice),)
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        str(self)  # the document is not at hand where the error is read again
        return super().__reduce__()

    @property
    def data(self) -> Any:
        """The value of the reply, as far as it could be decoded."""
        return self.response.data


class ApiError(DynclientError):
    """The server answered with a status of 400 or more.

    Its text names the operation, the status and its reason phrase, and says in one line what the server said, without secrets; what the
    document objects to follows.

    Attributes:
        status: The HTTP status code.
        data: The body, decoded by its documented schema.
        response: The whole reply.
        problems: What the document would object to in that reply.
    """

    def __init__(self, headline: str, response: Response) -> None:
        self.response = response
        self.status = response.status
        self.data: Any = response.data
        self.problems = response.problems
        super().__init__(_text(headline, self.problems))


class AuthError(DynclientError):
    """No token could be got; nothing was sent to the API.

    Attributes:
        scheme: The security scheme that the token is for.
        error: The error code of the authorization server (RFC 6749, section 5.2), else "".
        description: What that server said of it, without secrets, else "".
        status: The HTTP status of its answer; None when there was none.
    """

    def __init__(
        self, message: str, *, scheme: str = "", error: str = "", description: str = "", status: int | None = None
    ) -> None:
        self.scheme = scheme
        self.error = error
        self.description = description
        self.status = status
        super().__init__(message)


class TransportError(DynclientError):
    """There is no whole reply: `.request` is what was sent, `.response` what arrived of the answer, or None."""

    def __init__(self, message: str, request: Request, response: Response | None = None) -> None:
        self.request = request
        self.response = response
        super().__init__(message)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args), self.__dict__ | {"request": self.request.settled()}

    def alone(self) -> Self:
        """Forget the library's error that this one replaces: its text and attributes hold the URL and the header fields."""
        if self.__suppress_context__:
            self.__context__ = None
        return self


class ConnectError(TransportError):
    """No connection could be made; nothing was sent."""


class RequestTimeout(TransportError):
    """The server did not answer within the time limit."""


class ReadError(TransportError):
    """The connection broke before the reply was whole."""


def _restored(kind: type[DynclientError], args: tuple[Any, ...]) -> DynclientError:
    """Make an error anew; what it keeps is set afterwards."""
    return kind.__new__(kind, *args)


#: How many problems the text of an error lists.
_LISTED = 50


def _text(headline: str, problems: tuple[Problem, ...], places: Sequence[str] = (), advice: str = "") -> str:
    shown = [f" [{place}]" if place else "" for place in places] or [""] * len(problems)
    lines = [f"{problem}{place}" for problem, place in zip(problems[:_LISTED], shown, strict=False)]
    rest = sum(problem.count for problem in problems[_LISTED:])
    more = [f"... and {rest:,} more"] if rest else []
    return "\n  ".join([headline, *lines, *more, *([advice] if advice else [])])
