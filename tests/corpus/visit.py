"""Visit one document: load it, name its operations, prepare each, match it back, judge it, and read its replies."""

from __future__ import annotations

import collections
import contextlib
import functools
import signal
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from corpus.relaxed import why
from corpus.rules import CANNOT, FAULTS, fault, impossible, other_match, refusal

SERVER = "http://127.0.0.1"
SECONDS_PER_DOCUMENT = 60.0
SECONDS_PER_OPERATION = 0.5
#: A response schema that refers to more schemas than this is tried with required properties only: a full value takes seconds.
MANY_SCHEMAS = 300


class _OutOfTimeError(BaseException):
    pass


@contextlib.contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Raise _OutOfTimeError in this thread after this many seconds."""

    def ring(*_: Any) -> None:
        raise _OutOfTimeError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def limited(seconds: float, work: Callable[[], None]) -> bool:
    """Do some work in this thread; return whether it was done within this many seconds."""
    try:
        with _limit(seconds):
            work()
    except _OutOfTimeError:
        return False
    return True


Counts = collections.Counter[str]


class _Prepared(NamedTuple):
    arguments: dict[Any, Any]
    body: Any
    optional: set[Any]
    options: Any
    request: Any
    at_fault: bool


Failures = list[dict[str, Any]]


def survey_document(task: tuple[str, str, int, int, int]) -> tuple[Counts, Failures]:
    """Return the counts and failures for a part of a document.

    Args:
        task: The folder, the file, the first operation, the number of operations, and n: openapi-core judges each n-th request.
    """
    folder, file, start, count, judged = task
    warnings.simplefilter("ignore")
    counts: Counts = collections.Counter()
    failures: Failures = []
    surveyor = Surveyor(Path(folder), file, counts, failures, judged)
    try:
        if not limited(SECONDS_PER_DOCUMENT + SECONDS_PER_OPERATION * count, lambda: surveyor.run(start, count)):
            failures.append({"document": file, "cause": "out of time", "what": f"operations from {start}"})
            counts["out of time"] += 1
    except RecursionError:
        failures.append({"document": file, "cause": "recursion", "what": ""})
    return counts, failures


class Surveyor:
    """Visits one document."""

    def __init__(self, folder: Path, file: str, counts: Counts, failures: Failures, judged: int) -> None:
        self.folder = folder
        self.file = file
        self.counts = counts
        self.failures = failures
        self.judged = judged
        self.judge_of: tuple[Any, Any] = (None, None)

    def fail(self, cause: str, what: object, operation: str = "") -> None:
        """Count a failure, and keep it for the report."""
        self.counts[f"failed: {cause}"] += 1
        line = {"document": self.file, "operation": operation, "cause": cause, "what": str(what)[:600]}
        self.failures.append(line)

    def run(self, start: int, count: int) -> None:
        """Visit a part of the operations."""
        import dynclient
        from dynclient.api.api import Api
        from dynclient.errors import SpecError

        try:
            document = dynclient.load(self.folder / self.file)
        except SpecError as error:
            self.fail("load", error)
            return
        self.matcher = Api(document)
        self.registry = self.matcher.operations
        self.document = document
        if start == 0:
            self.counts["documents loaded"] += 1
            self.names()
        for operation in self.registry.operations[start : start + count]:
            self.counts["operations"] += 1
            try:
                self.operation(operation)
            except SpecError as error:
                keyword = error.problems[0].keyword if error.problems else ""
                cause = f"document at fault: {keyword}" if keyword in FAULTS else f"refused: {keyword}"
                self.fail(cause, error, operation.key)
            except (_OutOfTimeError, KeyboardInterrupt):
                raise
            except Exception as error:  # noqa: BLE001  any crash is a finding
                self.fail(f"crash: {type(error).__name__}", error, operation.key)

    def names(self) -> None:
        """Look each operation up by its names."""
        taken: set[str] = set()
        for operation in self.registry.operations:
            fine = operation.python_name.isidentifier() and operation.python_name not in taken
            reachable = self.registry.get(operation.python_name) is operation
            if fine and reachable and self.registry.get(operation.key) is operation:
                self.counts["operations named"] += 1
            else:
                self.fail("name", operation.python_name, operation.key)
            taken.add(operation.python_name)

    def operation(self, operation: Any) -> None:
        """Prepare an operation in every way, match each request back, and read its replies."""
        fine = True
        for full in (False, True):
            fine = self.round_trip(operation, full=full, kind=None) and fine
        for content in operation.body.contents if operation.body else ():
            if content is not _usual(operation.body):
                fine = self.round_trip(operation, full=True, kind=content.media_type) and fine
        self.counts["operations that round-trip"] += fine
        self.responses(operation)

    def prepared(self, operation: Any, *, full: bool, kind: str | None) -> _Prepared | None:
        """Return a request with generated arguments; None if there is none, which is a failure with its cause."""
        from dynclient.api.prepare import prepare
        from dynclient.options import Options

        self.counts["requests"] += 1
        try:
            arguments, body = self.arguments(operation, full=full, kind=kind)
        except NoValueError as error:
            self.fail(error.cause, error, operation.key)
            return None
        options = Options(server=SERVER + next(operation.servers[0].paths()))
        prepared = prepare(operation, arguments, body, options=options, credentials=_credentials(operation))
        optional = impossible(operation, prepared.problems)
        if optional:  # no client could send these
            arguments = {key: value for key, value in arguments.items() if key not in optional}
            prepared = prepare(operation, arguments, body, options=options, credentials=_credentials(operation))
        if prepared.request is None or prepared.problems:
            cause = fault(prepared.problems)
            words = "; ".join(map(str, prepared.problems))
            self.fail(f"document at fault: {cause}" if cause else "prepare", words, operation.key)
            return _Prepared(arguments, body, optional, options, None, at_fault=bool(cause))
        return _Prepared(arguments, body, optional, options, prepared.request, at_fault=False)

    def round_trip(self, operation: Any, *, full: bool, kind: str | None) -> bool:
        """Return whether a request with generated arguments matches back to them."""
        from dynclient.api.prepare import prepare
        from dynclient.api.signature import MISSING

        ready = self.prepared(operation, full=full, kind=kind)
        if ready is None or ready.request is None:
            # the media type cannot be used, but the operation can
            return ready is not None and ready.at_fault and kind is not None
        arguments, body, optional, options, request, _ = ready
        found = self.matcher.match(request)
        if found.operation is not operation:
            cause = other_match(found.operation, operation)
            self.fail(cause, f"{request.url} -> {found.operation}", operation.key)
            return False
        self.judge(operation, request)
        sent = _plain(body)
        if not _same(found.body, sent) and "form" in request.headers.get("Content-Type", ""):
            found, sent = found._replace(body=_pruned(found.body)), _pruned(sent)  # a form cannot carry empty arrays
        if "}{" in operation.path and found.arguments != arguments:
            self.fail("document at fault: adjacent", operation.path, operation.key)
            return False
        if "xml" in request.headers.get("Content-Type", "") and found.arguments == arguments:
            return self.same_in_xml(operation, found.body, sent, alone=kind is None)
        if found.arguments != arguments or (sent is not MISSING and not _same(found.body, sent)):
            again = prepare(
                operation, found.arguments, found.body, options=options, credentials=_credentials(operation)
            )
            if again.request is not None and _on_the_wire(again.request) == _on_the_wire(request):
                self.fail("document at fault: ambiguous", f"{arguments} -> {found.arguments}", operation.key)
                return False
            got = {key: value for key, value in found.arguments.items() if arguments.get(key) != value}
            if got and got.keys() <= optional:  # it was left out for this reason
                self.fail("document at fault: nested", f"{operation.key}: {sorted(got)}", operation.key)
                return False
            self.fail(
                "arguments differ", f"{arguments} {str(sent)[:200]} -> {got} {str(found.body)[:200]}", operation.key
            )
            return False
        if found.problems:
            self.fail("check", "; ".join(map(str, found.problems)), operation.key)
            return False
        return True

    def same_in_xml(self, operation: Any, found: Any, sent: Any, *, alone: bool) -> bool:
        """Compare bodies in XML, which has no empty arrays and merges arrays whose items share an element name."""
        if _same(_pruned(found), _pruned(sent)):
            return True
        if sorted(_leaves(found)) == sorted(_leaves(sent)):
            self.fail("document at fault: xml", f"{str(sent)[:200]} -> {str(found)[:200]}", operation.key)
            return not alone
        self.fail("arguments differ", f"{str(sent)[:300]} -> {str(found)[:300]}", operation.key)
        return False

    def arguments(self, operation: Any, *, full: bool, kind: str | None) -> tuple[dict[Any, Any], Any]:
        """Return generated arguments and a body."""
        from dynclient.api.signature import MISSING

        arguments = {}
        for parameter in operation.parameters:
            if parameter.required or full:
                try:
                    value = made(parameter.schema, 1, full=full, direction="request")
                except NoValueError as error:
                    if parameter.required:
                        raise
                    self.fail(f"{error.cause}, of an optional parameter", f"{parameter.key}: {error}", operation.key)
                    continue
                arguments[parameter.key] = _fitting(parameter, value)
        body: Any = MISSING
        if operation.body and operation.body.contents and (operation.body.required or full):
            usual = _usual(operation.body)
            content = next((c for c in operation.body.contents if c.media_type == kind), usual)
            if _is_binary(content):
                value = b"\x00\xffexample"
            else:
                value = made(content.schema, 2, full=full, direction="request")
                value = _writable(content, value)
            body = _body(content, value, explicit=kind is not None)
        return arguments, body

    def judge(self, operation: Any, request: Any) -> None:
        """Let openapi-core judge each n-th request."""
        if self.counts["requests"] % self.judged:
            return
        for words, fits in CANNOT:
            if fits(operation, request):
                self.counts[f"openapi-core cannot handle: {words}"] += 1
                return
        try:
            problems = self.referee(operation).request_problems(request)
            if any("PointerToNowhere" in problem.message for problem in problems):  # a reference leads to another path
                problems = self.whole.request_problems(request, operation.path)
        except (_OutOfTimeError, KeyboardInterrupt):
            raise
        except Exception as error:  # noqa: BLE001  a crash of openapi-core
            self.counts[f"openapi-core cannot handle: it fails with {type(error).__name__}"] += 1
            self.failures.append(
                {
                    "document": self.file,
                    "operation": operation.key,
                    "cause": f"openapi-core: {type(error).__name__}",
                    "what": str(error)[:300],
                }
            )
            return
        if any(problem.where == "document" for problem in problems):
            self.counts[f"openapi-core cannot handle: {problems[0].message.rpartition(': ')[2]}"] += 1
            return
        self.counts["openapi-core judged"] += 1
        if problems:
            self.fail(
                refusal(operation, request, problems),
                f"{request.url} {str(request.body)[:200]}: {'; '.join(map(str, problems))}",
                operation.key,
            )
        else:
            self.counts["openapi-core accepts"] += 1

    def referee(self, operation: Any) -> Any:
        """Return openapi-core for this path of the document only: it searches all paths for each request."""
        import dynclient
        from dynclient.referee import Referee

        if self.judge_of[0] is not operation:
            part = {**self.document.data, "paths": {operation.path: operation.item.value}}
            self.judge_of = operation, Referee(dynclient.load(part))
        return self.judge_of[1]

    @functools.cached_property
    def whole(self) -> Any:
        """openapi-core for the whole document."""
        from dynclient.referee import Referee

        return Referee(self.document)

    def responses(self, operation: Any) -> None:
        """Make and check a value of each documented response."""
        for reply in operation.replies.values():
            for content in reply.contents.values():
                self.counts["response schemas"] += 1
                try:
                    full = len(content.schema.bundle.root.get("$defs", ())) < MANY_SCHEMAS
                    value = made(content.schema, 3, full=full, direction="response")
                    fine = content.schema.problems(value) == []
                except NoValueError as error:
                    self.fail(error.cause, error, f"{operation.key} {reply.status}")
                    continue
                self.counts["response schemas exercised"] += fine


class NoValueError(Exception):
    """No value was found that a schema accepts; `cause` is the reason."""

    def __init__(self, cause: str, what: object) -> None:
        super().__init__(what)
        self.cause = cause


def made(schema: Any, seed: int, *, full: bool, direction: Any) -> Any:
    """Return a value of a schema.

    Raises:
        NoValueError: None was found.
    """
    from dynclient.schema.flat import ExampleError
    from dynclient.schema.maker import generate

    try:
        return generate(schema, seed, full=full, direction=direction)
    except ExampleError as error:
        rules = why(schema, direction)
        cause = f"document at fault: {rules}" if rules else "no value was found"
        raise NoValueError(cause, error) from None


def _credentials(operation: Any) -> Any:
    from dynclient.security.credentials import Credentials

    return Credentials(dict.fromkeys(operation.schemes, "fake"))


def _fitting(parameter: Any, value: Any) -> Any:
    """Return a value that the location of the parameter can carry; an empty one would not be sent."""
    from dynclient.schema.maker import generate

    if value in ([], {}, [""]) and parameter.wire.media_type is None:
        value = generate(parameter.schema, 1, direction="request")
        value = {"key": "x"} if value == {} and parameter.schema.is_valid({"key": "x"}) else value
    return "x" if value == "" and parameter.wire.location in ("path", "header") else value


def _body(content: Any, value: Any, *, explicit: bool) -> Any:
    from dynclient.wire.codec import Body

    return Body(value, content.media_type) if explicit else value


def _plain(body: Any) -> Any:
    from dynclient.wire.codec import Body

    return body.value if isinstance(body, Body) else body


def _same(found: Any, sent: Any) -> bool:
    if isinstance(found, bytes) and isinstance(sent, str):  # a binary media type or part carries the bytes of the text
        return found == sent.encode()
    if isinstance(found, dict) and isinstance(sent, dict):
        return found.keys() == sent.keys() and all(_same(found[name], sent[name]) for name in sent)
    if isinstance(found, list) and isinstance(sent, list):
        return len(found) == len(sent) and all(map(_same, found, sent))
    return bool(found == sent)


def _usual(body: Any) -> Any:
    """Return the content that plain data is sent in by default: JSON if it is offered, else the first."""
    return body.json or body.contents[0]


def _writable(content: Any, value: Any) -> Any:
    """Return a value that the media type can carry: a form has no empty arrays and objects, so they are removed or filled."""
    from dynclient.schema.maker import generate

    if "form" not in content.media_type or not isinstance(value, dict) or not _holds_empty(value):
        return value
    if content.schema.is_valid(_pruned(value)):
        return _pruned(value)
    more = generate(content.schema, 2, direction="request")
    return {name: more.get(name, item) if item in ([], {}) else item for name, item in value.items()}


def _holds_empty(value: Any) -> bool:
    if isinstance(value, dict | list):
        return not value or any(map(_holds_empty, value.values() if isinstance(value, dict) else value))
    return False


def _is_binary(content: Any) -> bool:
    """Whether a media type carries raw bytes, whatever its schema says."""
    from dynclient.wire.mediatype import parse

    return parse(content.media_type).text in ("application/octet-stream", "*/*") and not content.schema.shape.is_only(
        "string"
    )


def _on_the_wire(request: Any) -> Any:
    path, _, query = request.url.partition("?")
    return request.method, path, sorted(query.split("&")), request.headers.fields, request.content


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _pruned(item) for name, item in value.items() if _pruned(item) not in ({}, [], "")}
    return [_pruned(item) for item in value] if isinstance(value, list) else value


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict | list):
        return [leaf for item in (value.values() if isinstance(value, dict) else value) for leaf in _leaves(item)]
    return [str(value)]
