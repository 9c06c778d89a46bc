"""A Verdict: what a document says of a recorded exchange."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dynclient.exchange import Exchange
from dynclient.problem import Problem
from dynclient.redaction import redact_path, redact_url
from dynclient.tolerance import Side


class Verdict(NamedTuple):
    """What a document says of an exchange.

    Attributes:
        exchange: The exchange.
        operation: The id of the operation that the request calls; "" when it calls none.
        request_problems: Everything that the document objects to in the request.
        response_problems: Everything that the document objects to in the response.
        secrets: Lower-case names of the fields, parameters and cookies that carry credentials.
        hidden: The parts of the URL's path that are secret.
    """

    exchange: Exchange
    operation: str
    request_problems: tuple[Problem, ...]
    response_problems: tuple[Problem, ...]
    secrets: frozenset[str] = frozenset()
    hidden: tuple[str, ...] = ()

    def __repr__(self) -> str:
        found = len(self.request_problems) + len(self.response_problems)
        return f"<Verdict {self.label}: {self.exchange.request.method} {self.url}, problems: {found}>"

    @property
    def ok(self) -> bool:
        """Whether the exchange is as documented."""
        return not self.request_problems and not self.response_problems

    @property
    def label(self) -> str:
        """One word: `ok`, `broken`, or `unmatched` when the request calls no operation of the document."""
        return "ok" if self.ok else "broken" if self.operation else "unmatched"

    @property
    def problems(self) -> Iterator[tuple[Side, Problem]]:
        """Every problem, with the side of the exchange that it is on: `request` or `response`."""
        yield from (("request", problem) for problem in self.request_problems)
        yield from (("response", problem) for problem in self.response_problems)

    @property
    def url(self) -> str:
        """The URL of the request without credentials."""
        return redact_path(redact_url(self.exchange.request.url, self.secrets), self.hidden)
