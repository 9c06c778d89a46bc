"""An Api: everything that a document means, compiled when it is first used, and shared.

`prepare`, `match`, `read` and `judge` are pure functions of an Api. They do no I/O, so that one implementation serves both clients, the checker of
recorded traffic, the mock server and the tests. `Api.of` makes one for each document, and the document keeps it, so that clients of the
same document share what is compiled.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, Self

from dynclient.api.match import Match, Matcher
from dynclient.api.operation import Operation
from dynclient.api.operations import Operations, operations_of, webhooks_of
from dynclient.api.read import read
from dynclient.api.signature import MISSING
from dynclient.api.unpack import Located, unpack
from dynclient.api.verdict import Verdict
from dynclient.exchange import Exchange, Request
from dynclient.problem import Problem
from dynclient.schema.schemas import Schemas
from dynclient.security.scheme import Scheme, secret_names, security_schemes
from dynclient.spec.document import Document

#: A second opinion: the problems of an exchange's request and of its response.
Opinion = Callable[[Exchange, Operation], tuple[Sequence[Problem], Sequence[Problem]]]

_lock = threading.Lock()


class Api:
    """Everything that an OpenAPI document means.

    It may be shared between threads. Pickling keeps where the document came from, its digest and the engine; the other side opens it again, once,
    and refuses other text.

    Args:
        document: The document.
        engine: The JSON Schema engine, `jsonschema-rs` or `jsonschema`; the first that is installed when None.
        bases: What URL paths may start with before an operation's own path, beside the paths of the document's servers.

    Attributes:
        schemas: The schemas of the document.

    Raises:
        ValueError: There is no such engine.
        TypeError: It is not a Document.
    """

    def __init__(self, document: Document, engine: str | None = None, *, bases: Sequence[str] = ()) -> None:
        if not isinstance(document, Document):
            raise TypeError(f"an Api is made of a Document, not of {type(document).__name__}; dynclient.load opens one")
        self.document = document
        self.bases = tuple(base.rstrip("/") for base in bases)
        self.schemas = Schemas(document, engine)
        self.engine = self.schemas.engine

    @classmethod
    def of(cls, document: Document, engine: str | None = None) -> Self:
        """The Api of a document, compiled once for each engine.

        Args:
            document: The document.
            engine: As for `Api`.

        Raises:
            ValueError: There is no such engine.
        """
        made = cls(document, engine)  # cheap: everything is compiled when it is first used
        with _lock:
            found = document.compiled.setdefault((cls, made.engine), made)
        api: Self = found
        return api

    def behind(self, bases: Sequence[str]) -> Api:
        """The Api of the same document, with these bases as further starts of URL paths; this Api itself when no bases are given."""
        return type(self)(self.document, self.engine, bases=(*self.bases, *bases)) if bases else self

    @property
    def title(self) -> str:
        """The API's title."""
        return self.document.title

    @property
    def version(self) -> str:
        """The version of the API, as its document says."""
        return str(self.document.info.get("version", ""))

    @property
    def digest(self) -> str:
        """The SHA-256 of the document's sources."""
        return self.document.digest

    @property
    def problems(self) -> list[Problem]:
        """Everything in which the document breaks the specification, and what was noted while it was used."""
        return self.document.problems

    @cached_property
    def operations(self) -> Operations:
        """The operations by name: operationId, snake_case, or `METHOD /path`."""
        return operations_of(self.schemas)

    @cached_property
    def webhooks(self) -> Operations:
        """What the server calls: webhooks by name (`newPet`), callbacks by operation and name (`subscribe.onEvent`)."""
        return webhooks_of(self.operations)

    @cached_property
    def schemes(self) -> dict[str, Scheme]:
        """The security schemes by id, and those that an operation names by their URI (OpenAPI 3.2, Security Requirement Object)."""
        found = security_schemes(self.document)
        if self.document.version not in ("2.0", "3.0", "3.1"):
            for operation in self.operations.operations:
                found |= operation.schemes
        return found

    @cached_property
    def secrets(self) -> frozenset[str]:
        """The lower-case names of what carries credentials in any request."""
        return secret_names(self.schemes.values())

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(self.operations, self.bases)

    def locate(self, request: Request) -> tuple[Operation | None, Located | None]:
        """The operation that a request calls, with the texts that its path template reads from the URL; None and None when it calls none."""
        return self._matcher.locate(request)

    def find(self, request: Request) -> Operation | None:
        """The operation that a request calls; None when it calls none."""
        return self._matcher.locate(request)[0]

    def candidates(self, url: str) -> Iterator[Operation]:
        """The operations whose path template fits a URL, whatever their method, the most specific first."""
        return self._matcher.candidates(url)

    def match(self, request: Request) -> Match:
        """The operation that a request calls, its arguments, and everything that the document objects to: the inverse of `prepare`."""
        operation, located = self.locate(request)
        if operation is None:
            return Match(None, {}, MISSING, [self._matcher.not_found(request)])
        return Match(operation, *unpack(operation, request, located=located))

    def judge(self, exchange: Exchange, opinion: Opinion | None = None) -> Verdict:
        """Judge a recorded exchange: its request is matched once, and nothing of it is copied.

        Args:
            exchange: The exchange.
            opinion: Who judges in place of this package, for example openapi-core; the operation is found by this package all the same.
        """
        request, response = exchange.request, exchange.response
        operation, located = self.locate(request)
        if operation is None:
            return Verdict(exchange, "", (self._matcher.not_found(request),), (), self.secrets)
        hidden = (
            tuple(located[0][name] for name in operation.hidden) if located is not None and operation.hidden else ()
        )
        if opinion is not None:
            sent, received = opinion(exchange, operation)
            return Verdict(exchange, operation.id, tuple(sent), tuple(received), operation.secrets, hidden)
        sent = unpack(operation, request, located=located)[2]
        received = read(operation, response).problems if response is not None else ()
        return Verdict(exchange, operation.id, tuple(sent), tuple(received), operation.secrets, hidden)

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopened, (type(self), self.document, self.engine, self.bases)

    def __repr__(self) -> str:
        return f"<Api {self.title!r} {self.version}, {len(self.operations)} operations>"


def _reopened(kind: type[Api], document: Document, engine: str, bases: Sequence[str]) -> Api:
    return kind(document, engine, bases=bases) if bases else kind.of(document, engine)
