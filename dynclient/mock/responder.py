"""Requests in, answers out: which of the documented answers a request gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from dynclient.api.api import Api
from dynclient.api.described import Content, Reply
from dynclient.api.operation import Operation
from dynclient.errors import SpecError
from dynclient.exchange import Request, Response
from dynclient.mock.refusal import RefusedError, content_reply, problem_reply, refusal
from dynclient.problem import Problem
from dynclient.referee import Referee
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import documented, generate
from dynclient.spec.document import Document


@dataclass(frozen=True, slots=True)
class Preference:
    """What a Prefer header asks for.

    Attributes:
        code: The status, or None.
        example: The name of the example, or "".
    """

    code: int | None = None
    example: str = ""


def preference(text: str) -> Preference:
    """Parse a Prefer header (RFC 7240): `code=404`, `example=NAME`. Other preferences are ignored."""
    pairs = (item.partition("=") for item in text.replace(";", ",").split(","))
    wishes = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
    code = wishes.get("code", "")
    return Preference(int(code) if code.isdigit() else None, wishes.get("example", ""))


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
        """Return the answer to a request."""
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
        status, reply = _chosen_reply(operation, wish)
        if not reply.contents:
            return Response(status)
        content = _negotiated(reply, request.headers.get("Accept", "*/*"))
        return content_reply(status, content, self._value(operation, status, content, wish.example))

    def _value(self, operation: Operation, status: int, content: Content, name: str) -> Any:
        examples = documented(operation.document, content.node)
        if name and name not in examples:
            known = ", ".join(examples) or "none"
            raise RefusedError(400, _unknown("Prefer", f"there is no example {name!r}", f"there are: {known}"))
        if examples:
            return examples[name] if name else next(iter(examples.values()))
        try:
            value = generate(content.schema, f"{self._seed}/{operation.key}/{status}/{content.media_type}")
        except (ExampleError, SpecError) as error:
            raise RefusedError(500, Problem("body", (), "example", str(error))) from error
        return [value] if content.sequential else value


def _chosen_reply(operation: Operation, wish: Preference) -> tuple[int, Reply]:
    """Return the preferred reply with its status, else the first success, else any documented one."""
    if wish.code is not None:
        reply = operation.reply(wish.code)
        if reply is None or not 200 <= wish.code <= 599:
            known = ", ".join(operation.replies)
            raise RefusedError(400, _unknown("Prefer", f"status {wish.code} is not documented", f"documented: {known}"))
        return wish.code, reply
    if wish.example:
        for key, reply in operation.replies.items():
            if any(wish.example in documented(operation.document, content.node) for content in reply.contents.values()):
                return _status_of(key), reply
    for key, reply in sorted(operation.replies.items(), key=lambda item: (item[0][:1] != "2", item[0])):
        return _status_of(key), reply
    raise RefusedError(500, Problem("document", (), "responses", "the operation documents no responses"))


def _status_of(key: str) -> int:
    """Return a status for a key of the document: `200`, `4XX`, `default`."""
    return int(key) if key.isdigit() else int(key[0]) * 100 if key[:1].isdigit() else 200


def _negotiated(reply: Reply, accept: str) -> Content:
    """Return the content that the client accepts best (RFC 9110, section 12.5.1)."""
    offered = list(reply.contents)
    chosen = parse_accept_header(accept, MIMEAccept).best_match(offered) if accept else offered[0]
    if chosen is None:
        raise RefusedError(406, _unknown("Accept", "none of the accepted media types is offered", ", ".join(offered)))
    return reply.contents[chosen]


def _unknown(header: str, message: str, hint: str) -> Problem:
    return Problem("header", (header,), "unknown", message, hint)
