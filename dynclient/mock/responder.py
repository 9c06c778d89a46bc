"""Requests in, answers out: judged, then refused or answered."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from dynclient.api.api import Api, Opinion
from dynclient.api.operation import Operation
from dynclient.api.read import redacted_problems
from dynclient.api.verdict import Verdict
from dynclient.errors import SpecError
from dynclient.exchange import Exchange, Headers, Request, Response
from dynclient.extras import needs
from dynclient.mock.answer import LOG, Answer
from dynclient.mock.composer import compose
from dynclient.mock.refusal import RefusedError, problem_reply, refusal
from dynclient.problem import Problem
from dynclient.spec.document import Document

JudgeName = Literal["dynclient", "openapi-core"]


class Responder:
    """Answers requests by a document: a pure function of the request and the seed.

    Args:
        document: The document.
        seed: The same seed gives the same generated values.
        judge: Who judges the requests: `dynclient` or `openapi-core`.
        validate: Whether requests are judged at all.

    Raises:
        ValueError: There is no such judge.
        SpecError: openapi-core cannot use the document.
    """

    def __init__(
        self, document: Document, seed: int = 0, *, judge: JudgeName = "dynclient", validate: bool = True
    ) -> None:
        if judge not in ("dynclient", "openapi-core"):
            raise ValueError(f"no judge {judge!r}; there are dynclient and openapi-core")
        self.api = Api.of(document)
        self._seed = seed
        self._opinion = _no_opinion if not validate else _openapi_core(self.api) if judge == "openapi-core" else None
        self._composed = lru_cache(256)(compose)

    def answer(self, request: Request) -> Response:
        """Return the response to a request; nothing is raised."""
        return self.respond(request).response

    def respond(self, request: Request) -> Answer:
        """Return the response to a request, and what the log says of it; nothing is raised."""
        try:
            return self._answer(request)
        except SpecError as error:
            problems = list(error.problems) or [Problem("document", (), "", str(error))]
        except Exception as error:  # noqa: BLE001  a client gets an answer, whatever is wrong here
            LOG.debug("a request could not be answered", exc_info=True)
            problems = [Problem("document", (), "mock", f"cannot be served: {type(error).__name__}")]
        return Answer(request.safe_url, problem_reply(None, 500, problems), reason=_joined(problems))

    def _answer(self, request: Request) -> Answer:
        operation = self.api.find(request)
        if operation is None:
            return self._unmatched(request)
        answer, problems = self._judged(operation, request)
        if problems:
            response = refusal(operation, problems, "", self._seed, request.headers.get("Accept", ""))
            return answer._replace(response=response, reason=_joined(problems))
        return self._success(operation, request, answer)

    def _unmatched(self, request: Request) -> Answer:
        """Return the answer to a request that calls no operation: HEAD and OPTIONS are answered for every path (RFC 9110, section 9.3)."""
        methods = list(dict.fromkeys(found.method for found in self.api.candidates(request.url)))
        if request.method == "HEAD" and "GET" in methods:
            return self._answer(replace(request, method="GET"))  # whoever sends it leaves the body out
        verdict = known = self.api.judge(Exchange(request))
        with suppress(SpecError):  # another operation at the path may know which parts of the URL are secret
            known = self.api.judge(Exchange(replace(request, method=next(iter(methods), request.method))), _no_opinion)
        allowed = ", ".join([*methods, *(["HEAD"] if "GET" in methods and "HEAD" not in methods else []), "OPTIONS"])
        if request.method == "OPTIONS" and (methods or request.url.endswith("/*")):
            return Answer(known.url, Response(204, Headers([("Allow", allowed)])))
        problems = _masked(verdict.request_problems, request, known)
        return Answer(known.url, refusal(None, problems, allowed, self._seed), reason=_joined(problems))

    def _judged(self, operation: Operation, request: Request) -> tuple[Answer, list[Problem]]:
        """Return the start of an answer, and what is wrong with the request.

        A document that does not say what a valid request is (a parameter without a name, a broken reference) may still have replies to
        serve, so such a request is not judged.
        """
        try:
            verdict = self.api.judge(Exchange(request), self._opinion)
        except SpecError as error:
            notes = (f"not judged: {_joined(list(error.problems)) or error}",)
            # nobody knows which parts of the URL are secret
            return Answer(f"http://mock{operation.path}", Response(500), operation.id, notes=notes), []
        problems = _masked(verdict.request_problems, request, verdict)
        return Answer(verdict.url, Response(500), operation.id), problems

    def _success(self, operation: Operation, request: Request, answer: Answer) -> Answer:
        prefer, accept = request.headers.get("Prefer", ""), request.headers.get("Accept", "")
        try:
            response, notes = self._composed(operation, prefer, accept, self._seed)
        except RefusedError as refused:
            response = problem_reply(operation, refused.status, [refused.problem], self._seed, accept=accept)
            return answer._replace(response=response, reason=str(refused.problem))
        return answer._replace(response=response, notes=answer.notes + notes)


def _openapi_core(api: Api) -> Opinion:
    """Return the opinion of openapi-core; where it has none, because it fails, a mistake that this package sees counts."""
    with needs("referee", "the judge openapi-core"):
        from dynclient.referee import Referee  # takes a second to import

    referee = Referee(api.document)

    def opinion(exchange: Exchange, operation: Operation) -> tuple[Sequence[Problem], Sequence[Problem]]:
        problems = referee.request_problems(exchange.request, operation.path)
        if any(problem.where == "document" for problem in problems):
            problems = api.match(exchange.request).problems or problems
        return problems, ()

    return opinion


def _no_opinion(_: Exchange, __: Operation) -> tuple[Sequence[Problem], Sequence[Problem]]:
    return (), ()


def _masked(problems: Sequence[Problem], request: Request, verdict: Verdict) -> list[Problem]:
    """Return the problems without what a verdict knows to be secret in the request."""
    asked = replace(request, secrets=verdict.secrets, hidden=verdict.hidden)
    return list(redacted_problems(problems, asked))


def _joined(problems: list[Problem]) -> str:
    return "; ".join(map(str, problems))
