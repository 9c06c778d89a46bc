"""A request in, its answer out."""

from __future__ import annotations

from typing import Any

from dynclient.api.api import Api
from dynclient.api.described import Content
from dynclient.api.operation import Operation
from dynclient.errors import SpecError
from dynclient.exchange import Request, Response
from dynclient.mock.prefer import chosen_reply, negotiated, preference
from dynclient.mock.refusal import RefusedError, problem_reply, refusal, reply_of
from dynclient.problem import Problem
from dynclient.referee import Referee
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import documented, generate
from dynclient.spec.document import Document


class Responder:
    """Answers requests by a document: a pure function of the request and the seed.

    Args:
        document: The document.
        seed: The same seed gives the same generated values.
    """

    def __init__(self, document: Document, seed: int = 0) -> None:
        self.api = Api.of(document)
        self._seed = seed
        self._referee = Referee(document)

    def answer(self, request: Request) -> Response:
        """The answer to a request."""
        operation = self.api.find(request)
        problems = self._referee.request_problems(request, operation.path if operation is not None else "")
        if problems or operation is None:
            allowed = [fitting.method for fitting in self.api.candidates(request.url)]
            return refusal(operation, problems, allowed, self._seed)
        try:
            return self._usual(operation, request)
        except RefusedError as refused:
            return problem_reply(operation, refused.status, [refused.problem], self._seed)

    def _usual(self, operation: Operation, request: Request) -> Response:
        wish = preference(request.headers.get("Prefer", ""))
        status, reply = chosen_reply(operation, wish)
        if not reply.contents:
            return Response(status)
        content = negotiated(reply, request.headers.get("Accept", "*/*"))
        value = self._value(operation, status, content, wish.example)
        return reply_of(status, content.media_type, value, rules=content.rules)

    def _value(self, operation: Operation, status: int, content: Content, name: str) -> Any:
        examples = documented(operation.document, content.node)
        if name and name not in examples:
            known = ", ".join(examples) or "none"
            raise RefusedError(
                400, Problem("header", ("Prefer",), "unknown", f"no example {name!r}", f"there are: {known}")
            )
        if examples:
            return examples[name] if name else next(iter(examples.values()))
        try:
            value = generate(content.schema, f"{self._seed}/{operation.key}/{status}/{content.media_type}")
        except (ExampleError, SpecError) as error:
            raise RefusedError(500, Problem("body", (), "example", str(error))) from error
        return [value] if content.sequential else value
