"""The mock: a Document that answers over HTTP, as a WSGI application on werkzeug.

Every request is judged by openapi-core (the referee), never by the code that made it, so that client and mock cannot agree on the
same mistake. A request that passes gets a documented example, or a generated value of the documented schema; one that does not
gets the fitting 4xx in the documented form, saying what is wrong. `Prefer: code=404` and `Prefer: example=NAME` (RFC 7240)
choose other answers. The same seed gives the same answers.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request as WerkzeugRequest
from werkzeug.wrappers import Response as WerkzeugResponse

from dynclient import media
from dynclient.document import Document
from dynclient.errors import Problem
from dynclient.example import ExampleError, documented, generate
from dynclient.exchange import Headers, Request, Response
from dynclient.match import Matcher
from dynclient.operation import Content, Operation, Reply
from dynclient.referee import Referee
from dynclient.registry import Registry
from dynclient.shape import target_of

PROBLEM_JSON = "application/problem+json"
MAX_BODY = 64 * 1024 * 1024

#: The statuses that fit each kind of fault, the best first; the first that the operation documents is used, else the first.
_STATUSES: tuple[tuple[Callable[[Problem], bool], tuple[int, ...]], ...] = (
    (lambda problem: problem.where == "path" and not problem.path, (404,)),
    (lambda problem: problem.where == "method", (405,)),
    (lambda problem: problem.where == "document", (500,)),
    (lambda problem: problem.where == "security", (401, 403)),
    (lambda problem: problem.where == "body" and "not documented" in problem.message, (415,)),
    (
        lambda problem: problem.where != "body" or (problem.keyword in ("media type", "required") and not problem.path),
        (400, 422),
    ),
    (lambda _: True, (422, 400)),
)

#: Members of problem bodies that say in words what is wrong (RFC 9457, and names that APIs use in its place).
_WORDS = ("message", "detail", "details", "error", "error_description", "description", "reason")


@dataclass(frozen=True, slots=True)
class Preference:
    """What a request asks for beside the usual answer.

    Attributes:
        code: The status, or None.
        example: The name of the example, or "".
    """

    code: int | None = None
    example: str = ""


class Responder:
    """Answers requests by a document: a pure function of the request and the seed.

    Args:
        document: The document.
        seed: The same seed gives the same generated values.
    """

    def __init__(self, document: Document, seed: int = 0) -> None:
        self.registry = Registry(document)
        self._seed = seed
        self._matcher = Matcher(self.registry)
        self._referee = Referee(document)

    def answer(self, request: Request) -> Response:
        """The answer to a request."""
        problems = self._referee.request_problems(request)
        operation = self._matcher.find(request)
        if problems or operation is None:
            allowed = [fitting.method for fitting in self._matcher.candidates(request.url)]
            return self._refusal(operation, problems, allowed)
        try:
            return self._usual(operation, request)
        except _RefusedError as refused:
            return self._problem_reply(operation, refused.status, [refused.problem])

    def _usual(self, operation: Operation, request: Request) -> Response:
        wish = preference(request.headers.get("Prefer", ""))
        status, reply = _chosen_reply(operation, wish)
        if not reply.contents:
            return Response(status)
        content = _negotiated(reply, request.headers.get("Accept", "*/*"))
        return _reply_of(status, content.media_type, self._value(operation, status, content, wish.example))

    def _value(self, operation: Operation, status: int, content: Content, name: str) -> Any:
        examples = documented(operation.document, content.node)
        if name and name not in examples:
            known = ", ".join(examples) or "none"
            raise _RefusedError(
                400, Problem("header", ("Prefer",), "unknown", f"no example {name!r}", f"there are: {known}")
            )
        if examples:
            return examples[name] if name else next(iter(examples.values()))
        try:
            return generate(content.schema, f"{self._seed}/{operation.key}/{status}/{content.media_type}")
        except ExampleError as error:
            raise _RefusedError(500, Problem("body", (), "example", str(error))) from error

    def _refusal(self, operation: Operation | None, problems: list[Problem], methods: list[str]) -> Response:
        statuses = next(
            statuses for fits, statuses in _STATUSES for problem in problems[:1] or [_LOST] if fits(problem)
        )
        documented_ones = [status for status in statuses if operation and str(status) in operation.replies]
        status = (documented_ones or statuses)[0]
        extra = [("Allow", ", ".join(dict.fromkeys(methods)))] if status == 405 else []
        return self._problem_reply(operation, status, problems or [_LOST], extra)

    def _problem_reply(
        self, operation: Operation | None, status: int, problems: list[Problem], extra: Iterable[tuple[str, str]] = ()
    ) -> Response:
        reply = operation.reply(status) if operation is not None else None
        for content in reply.contents.values() if reply is not None else ():
            body = self._problem_body(content, problems)
            if content.schema.is_valid(body):
                return _reply_of(status, content.media_type, body, extra)
        return _reply_of(status, PROBLEM_JSON, _plain_problem(status, problems), extra)

    def _problem_body(self, content: Content, problems: list[Problem]) -> Any:
        """What is wrong, in the form that the document gives to errors."""
        text = "; ".join(map(str, problems))
        if media.parse(content.media_type).is_text:
            return text
        try:
            body = generate(content.schema, self._seed, full=False)
        except ExampleError:
            return None
        if not isinstance(body, dict):
            return body
        said = {
            **dict.fromkeys(_WORDS, text),
            "title": "The request breaks the document",
            "detailsMap": {f"{problem.where}{problem.pointer}": problem.message for problem in problems},
            "errors": [str(problem) for problem in problems],
        }
        for name in _properties(content):
            wider = {**body, name: said[name]} if name in said else body
            body = wider if content.schema.is_valid(wider) else body
        return body


class Mock:
    """Serves a document on a real socket, in a thread of its own; a context manager.

    Args:
        document: The document.
        host: The address to listen on.
        port: The port; a free one when 0.
        seed: The same seed gives the same generated values.

    Raises:
        OSError: The address cannot be listened on.

    Attributes:
        url: Where it is served, with the path of the document's first server.
    """

    def __init__(self, document: Document, *, host: str = "127.0.0.1", port: int = 0, seed: int = 0) -> None:
        self._responder = Responder(document, seed)
        try:
            self._server = make_server(host, port, self._application, threaded=True, request_handler=_QuietHandler)
        except SystemExit:  # what werkzeug makes of a port that is taken
            raise OSError(errno.EADDRINUSE, f"cannot listen on {host}, port {port}") from None
        self._thread: threading.Thread | None = None
        servers = document.root.child("servers").items()
        base = next((urlsplit(str(server.get("url", ""))).path.rstrip("/") for server in servers), "")
        self.url = f"http://{authority(host, self._server.server_port)}{base}"

    def start(self) -> Self:
        """Serve in a thread until `stop`."""
        self._thread = threading.Thread(target=self._server.serve_forever, name=f"mock {self.url}", daemon=True)
        self._thread.start()
        return self

    def serve_forever(self) -> None:
        """Serve in this thread until another one calls `stop`, or an exception ends it."""
        try:
            self._server.serve_forever()
        finally:
            self._server.server_close()

    def stop(self) -> None:
        """Stop serving and free the port."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _application(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = self._responder.answer(_request_of(environ))
        reply = WerkzeugResponse(response.content, response.status, list(response.headers.fields))
        return reply(environ, start_response)


class _QuietHandler(WSGIRequestHandler):
    """Without a line on the terminal for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class _RefusedError(Exception):
    def __init__(self, status: int, problem: Problem) -> None:
        self.status = status
        self.problem = problem
        super().__init__(str(problem))


_LOST = Problem("path", (), "unknown", "this path is not documented")


def authority(host: str, port: int) -> str:
    """Host and port as a URL writes them (RFC 3986, section 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def preference(text: str) -> Preference:
    """What a Prefer header asks for (RFC 7240): `code=404`, `example=NAME`; other preferences are left aside."""
    pairs = (item.partition("=") for item in text.replace(";", ",").split(","))
    wishes = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
    code = wishes.get("code", "")
    return Preference(int(code) if code.isdigit() else None, wishes.get("example", ""))


def _chosen_reply(operation: Operation, wish: Preference) -> tuple[int, Reply]:
    """The status and the reply that is wished for, else the first success, else whatever is documented."""
    if wish.code is not None:
        reply = operation.reply(wish.code)
        if reply is None or not 200 <= wish.code <= 599:
            known = ", ".join(operation.replies)
            raise _RefusedError(
                400, Problem("header", ("Prefer",), "unknown", f"{wish.code} is not documented", f"documented: {known}")
            )
        return wish.code, reply
    if wish.example:
        for key, reply in operation.replies.items():
            if any(wish.example in documented(operation.document, content.node) for content in reply.contents.values()):
                return _status_of(key), reply
    for key, reply in sorted(operation.replies.items(), key=lambda item: (item[0][:1] != "2", item[0])):
        return _status_of(key), reply
    raise _RefusedError(500, Problem("document", (), "responses", "the operation documents no responses"))


def _status_of(key: str) -> int:
    """A status for a key of the document: `200`, `4XX`, `default`."""
    return int(key) if key.isdigit() else int(key[0]) * 100 if key[:1].isdigit() else 200


def _negotiated(reply: Reply, accept: str) -> Content:
    """The content that the client accepts best (RFC 9110, section 12.5.1)."""
    offered = list(reply.contents)
    chosen = parse_accept_header(accept, MIMEAccept).best_match(offered) if accept else offered[0]
    if chosen is None:
        raise _RefusedError(
            406, Problem("header", ("Accept",), "unknown", "none of these is offered", ", ".join(offered))
        )
    return reply.contents[chosen]


def _reply_of(status: int, kind: str, value: Any, extra: Iterable[tuple[str, str]] = ()) -> Response:
    content_type = f"{kind}; charset=utf-8" if media.parse(kind).is_text and "charset" not in kind else kind
    return Response(status, Headers([("Content-Type", content_type), *extra]), media.encode(value, content_type))


def _plain_problem(status: int, problems: list[Problem]) -> dict[str, Any]:
    """A problem in the standard form (RFC 9457)."""
    errors = [
        {"where": problem.where, "pointer": problem.pointer, "keyword": problem.keyword, "detail": str(problem)}
        for problem in problems
    ]
    detail = "; ".join(map(str, problems))
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": errors,
    }


def _properties(content: Content) -> list[str]:
    """The names of the properties that a schema describes at its top."""
    bundle = content.schema.bundle
    schema: Any = bundle
    while isinstance(schema, Mapping) and "$ref" in schema:
        schema = target_of(bundle, schema["$ref"])
    return list(schema.get("properties", {})) if isinstance(schema, Mapping) else []


def _request_of(environ: dict[str, Any]) -> Request:
    """The request as it came: with the URL's own percent-encoding, which WSGI's PATH_INFO no longer has."""
    incoming = WerkzeugRequest(environ)
    incoming.max_content_length = MAX_BODY
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI") or incoming.full_path
    url = target if "://" in target else f"{incoming.scheme}://{incoming.host}{target}"
    headers = Headers(list(incoming.headers.items()))
    return Request(incoming.method, url, headers, incoming.get_data() or None)
