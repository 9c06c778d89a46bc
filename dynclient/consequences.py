"""What follows from what the document objects to: an error, a warning, or, where it is tolerated, a line in the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dynclient.api.operation import Operation
from dynclient.api.read import error_headline
from dynclient.api.where import place_in_reply
from dynclient.errors import ApiError, InvalidRequest, InvalidResponse
from dynclient.exchange import Request, Response
from dynclient.options import Options, warn
from dynclient.problem import Problem
from dynclient.tolerance import Side, Tolerance, Tolerated, is_warning, no_rule, rule_of

_LOG = logging.getLogger("dynclient")


class Consequences:
    """What a client makes of problems.

    Args:
        options: How requests and replies are validated, and what is tolerated.
        settings: What the file of settings tolerates.
        count: Is called with the rule and the operationId of each problem that is tolerated.
    """

    def __init__(self, options: Options, settings: Iterable[Tolerated], count: Callable[[str, str], None]) -> None:
        rules = (*settings, *options.tolerate)
        self._requests, self._replies = options.validate_requests, options.validate_responses
        self._tolerance = Tolerance(rules) if rules else None
        self._count = count

    def of_request(
        self, operation: Operation, request: Request | None, problems: Sequence[Problem], given: Sequence[Problem]
    ) -> Request:
        """Return a request, if its problems may be ignored.

        Args:
            operation: The operation.
            request: The request; None if there is none.
            problems: What the document objects to.
            given: What is wrong with how the arguments were given, which no option tolerates.

        Raises:
            InvalidRequest: The request breaks the document, and is not sent.
        """
        counted = problems if request is None else self.counted("request", operation, problems)
        found = operation.binding.without_misspelt([*given, *counted])
        self.note("request", operation, problems)
        headline = f"{operation.id}: the request breaks the document"
        if found:
            advice = _advice("request", found, "to send it all the same") if request is not None else ""
            error = InvalidRequest(headline, found, advice=advice)
            if self._requests == "strict" or request is None or given:
                raise error
            if self._requests == "warn":
                warn(str(error))
        if request is None:  # without a problem there is a request
            raise AssertionError(headline)
        return request

    def of_reply(self, operation: Operation, response: Response) -> Any:
        """Return the value of a reply.

        Raises:
            ApiError: The status is 400 or more.
            InvalidResponse: The reply breaks the document.
        """
        if response.status >= 400:
            raise ApiError(error_headline(operation, response), response)
        found = self.counted("response", operation, response.problems)
        if found and self._replies != "off":
            fatal = [problem for problem in found if not is_warning("response", problem, response.status)]
            if fatal and self._replies == "strict":
                raise _invalid(operation, response, found, placed=True)
            warn(str(_invalid(operation, response, found)))
        return response.data

    def of_item(self, operation: Operation, response: Response) -> None:
        """Judge one item of a reply in parts, which has problems; errors as for `of_reply`."""
        self.note("response", operation, response.problems)
        self.of_reply(operation, response)

    def note(self, side: Side, operation: Operation, problems: Sequence[Problem]) -> None:
        """Log and count what is tolerated."""
        if self._tolerance is None or not problems:
            return
        counted = self.counted(side, operation, problems)
        for problem in problems:
            if problem not in counted:
                rule = rule_of(side, problem)
                self._count(rule, operation.id)
                _LOG.warning("%s: tolerated %s: %s", operation.id, rule, problem)

    def counted(self, side: Side, operation: Operation, problems: Sequence[Problem]) -> list[Problem]:
        """Return the problems that are not tolerated.

        Args:
            side: The part of the exchange that has them.
            operation: The operation.
            problems: All problems.
        """
        tolerance = self._tolerance
        if tolerance is None:
            return list(problems)
        return [problem for problem in problems if not tolerance.covers(side, operation.id, problem)]


def _invalid(
    operation: Operation, response: Response, problems: list[Problem], *, placed: bool = False
) -> InvalidResponse:
    headline = f"{operation.id}: the reply ({response.status}) breaks the document"
    advice = _advice("response", problems, "to tolerate this")

    def places() -> list[str]:
        nodes = [place_in_reply(operation, response, problem) for problem in problems]
        return operation.document.places(nodes)

    return InvalidResponse(headline, problems, response, advice=advice, places=places if placed else None)


def _advice(side: Side, problems: Sequence[Problem], aim: str) -> str:
    """Say by which option problems are let through; "" where a rule cannot do that, as for an argument that nothing would send."""
    rules = list(dict.fromkeys(rule_of(side, problem) for problem in problems))
    return "" if any(map(no_rule, rules)) else f"{aim}: Options(tolerate={rules})"
