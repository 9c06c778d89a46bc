"""Arguments to a request, in a straight line; what every call has in common is in the plan."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from dynclient.api.described import MISSING, Content, Parameter, RequestBody
from dynclient.api.operation import Operation
from dynclient.api.plan import Plan, plan_of
from dynclient.api.signature import Arguments, unknown_argument
from dynclient.exchange import Headers, Request
from dynclient.names import nearest
from dynclient.options import Options
from dynclient.problem import Problem
from dynclient.security.additions import Additions
from dynclient.security.credentials import Credentials
from dynclient.security.requirements import select
from dynclient.wire import choice, codec
from dynclient.wire.jsontext import dumps
from dynclient.wire.mediatype import MediaError
from dynclient.wire.params import encode_pairs, encode_query, encode_text, is_open
from dynclient.wire.scalar import Pairs, ParamError, Wire
from dynclient.wire.values import NotPlainError, is_plain, to_plain

DEFAULT_OPTIONS = Options()
NO_CREDENTIALS = Credentials()


class Prepared(NamedTuple):
    """A request, or why there is none.

    Attributes:
        request: The request; None when the arguments do not make one.
        problems: Everything that breaks the document.
    """

    request: Request | None
    problems: list[Problem]


class _Parts:
    """A request as it grows."""

    __slots__ = ("cookies", "headers", "operation", "owners", "path", "query", "whole_query")

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.path: dict[str, str] = {}
        self.owners: dict[tuple[str, str], str] = {}
        self.whole_query = ""
        self.query: list[tuple[str, str]] = []
        self.headers: list[tuple[str, str]] = []
        self.cookies: list[tuple[str, str]] = []

    def add(self, parameter: Parameter, value: Any) -> None:
        """Put a plain value on the wire.

        Raises:
            ParamError: The style cannot carry the value.
            MediaError: The media type of the parameter cannot.
        """
        wire = parameter.wire
        match wire.location:
            case "path":
                self.path[wire.name] = encode_text(wire, value)
            case "header":
                self.headers.append((wire.name, encode_text(wire, value)))
            case "querystring":
                self.whole_query = encode_query(wire, value)
            case location:
                pairs = encode_pairs(wire, value)
                if not pairs and parameter.required:
                    raise ParamError("is required but empty")
                self.claim(wire, pairs)
                place = self.query if location == "query" else self.cookies
                place += pairs

    def claim(self, wire: Wire, pairs: Pairs) -> None:
        """Note which parameter sends these names.

        Raises:
            ParamError: Another parameter sends one of them, or would be taken for having sent it.
        """
        for name, _ in pairs:
            owner = self.owners.setdefault((wire.location, name), wire.name)
            if owner != wire.name:
                raise ParamError(f"clashes with parameter {owner}: both would send the name {name!r}")
            member = unquote(name)
            if name != wire.name and is_open(wire) and (wire.location, member) in self.operation.by_key:
                raise ParamError(f"{member!r} is a separate parameter: pass it as {member}=...")


def prepare(
    operation: Operation,
    arguments: Mapping[Any, Any],
    body: Any = MISSING,
    *,
    options: Options = DEFAULT_OPTIONS,
    credentials: Credentials = NO_CREDENTIALS,
    plan: Plan | None = None,
) -> Prepared:
    """Make the request that calls an operation. Nothing is sent.

    Args:
        operation: The operation.
        arguments: Parameter values by name, or by (location, name).
        body: The body's value; MISSING when there is none.
        options: Server, extra headers, Accept, and whether values are validated.
        credentials: What security may add.
        plan: The plan of the operation for these options and credentials, when the caller keeps it.

    Returns:
        The request, None when a value cannot be put on the wire, and every problem (OpenAPI, Operation Object).
    """
    if type(arguments) is not dict and not isinstance(arguments, Mapping):
        hint = "pass a mapping of parameter names to values"
        return Prepared(
            None, [Problem("argument", (), "type", f"must be a mapping, not {type(arguments).__name__}", hint)]
        )
    plan = plan or plan_of(operation, options, credentials)
    by_key = operation.by_key
    problems: list[Problem] = []
    if not arguments.keys() <= by_key.keys():
        arguments, problems = _by_key(operation, arguments)
    fatal, validate = bool(problems), options.validate_requests != "off"
    parts = _Parts(operation)
    for key, parameter in by_key.items():
        if key in arguments:
            fatal = _argument(parts, parameter, arguments[key], problems, validate=validate) or fatal
        elif parameter.required and not _is_credential(key, operation, credentials):
            problems.append(Problem(key[0], (key[1],), "required", "is required"))
            fatal = fatal or key[0] == "path"
    payload = None
    if body is not MISSING or (operation.body is not None and operation.body.required):
        content_type, payload, found = _body(operation.body, body, validate=validate)
        problems += found
        fatal = fatal or (payload is None and body is not MISSING)
        if content_type:
            parts.headers.append(("Content-Type", content_type))
    added = plan.added
    if added is None:
        stopped = fatal or bool(plan.server_problems) or (bool(problems) and options.validate_requests == "strict")
        ways = operation.security, operation.schemes, credentials
        added, found = select(*ways, server=plan.server, timeout=options.timeout, ask=not stopped)
        problems += found
        fatal = fatal or any(problem.where == "auth" for problem in found)
    _secure(parts, added, arguments)
    if plan.extra or plan.extra_problems:
        found = _add_extra(parts, plan, added)
        problems += found
        fatal = fatal or bool(found)
    if plan.accept is not None and (plan.added is not None or not _names(added, "accept")):
        parts.headers.append(("Accept", plan.accept))
    if fatal or plan.server_problems:
        return Prepared(None, [*problems, *plan.server_problems])
    certificate = added.certificates[0] if added.certificates else None
    fields = Headers(parts.headers)
    url, hidden = _url(plan, parts), tuple([parts.path[name] for name in operation.hidden]) if operation.hidden else ()
    request = Request(
        operation.method, url, fields, payload, operation.id, operation.secrets, certificate, hidden=hidden
    )
    return Prepared(added.signed(request) if added.signers else request, problems)


def _by_key(operation: Operation, arguments: Mapping[Any, Any]) -> tuple[Arguments, list[Problem]]:
    """The arguments by (location, name), and the names that the document does not have or has twice."""
    found: Arguments = {}
    problems = []
    for name, value in arguments.items():
        keys = (name,) if isinstance(name, tuple) else operation.by_name.get(name, (None,))
        key = keys[0]
        if len(keys) > 1:
            places = " and ".join(place for place, _ in filter(None, keys))
            hint = f"pass the arguments as (location, name): {places}"
            problems.append(Problem("argument", (str(name),), "unknown", "is ambiguous", hint))
        elif key not in operation.by_key:
            shown, names = str(name[-1] if isinstance(name, tuple) and name else name), operation.by_name
            hint = nearest(shown, names) or (f"it takes {', '.join(names)}" if names else "it takes none")
            problems.append(unknown_argument(shown, hint))
        else:
            found[key] = value
    return found, problems


def _argument(parts: _Parts, parameter: Parameter, value: Any, problems: list[Problem], *, validate: bool) -> bool:
    """Put one argument on the wire and add its problems; True when it could not be put there."""
    key = parameter.key
    found: list[Problem] = []
    try:
        plain = value
        if type(value) is not str and not is_plain(value):
            plain = to_plain(value, parameter.schema.shape, binary=parameter.wire.media_type is not None)
            validate = validate and is_plain(plain)  # bytes without a format cannot be judged by a schema
        if validate and not (plain == "" and parameter.wire.allow_empty):
            found = parameter.problems(plain)
            problems += found
        parts.add(parameter, plain)
    except MediaError as error:
        wrong = _problems(error, *key, keyword="style")
        problems += [problem for problem in wrong if not _is_told(problem, found)]
        return True
    return False


def _problems(error: MediaError, where: str, *path: str, keyword: str) -> list[Problem]:
    """Everything that an error tells, each with its place."""
    return [Problem(where, (*path, *found.path), keyword, str(found), found.hint) for found in error.each]


def _is_told(problem: Problem, known: list[Problem]) -> bool:
    """Whether something is known to be wrong at the place of a problem, around it, or in it."""
    return any(other.where == problem.where and all(map(operator.eq, other.path, problem.path)) for other in known)


def _body(body: RequestBody | None, value: Any, *, validate: bool) -> tuple[str, Any, list[Problem]]:
    """The Content-Type, the payload, and the problems of a body."""
    if value is MISSING:
        return "", None, [Problem("body", (), "required", "is required")]
    if body is None or not body.by_type:
        return "", None, [Problem("body", (), "unknown", "the operation takes no body")]
    found: list[Problem] = []
    content_type, content, plain = "", None, value
    data: Any = None
    try:
        if body.json is not None and type(value) in (dict, list) and is_plain(value):
            content = body.json
            content_type, data = content.json_type, dumps(value)
        else:
            content, wanted, plain = _chosen(body, value)
            plain = content.plain(plain)
            named = codec.Body(plain, wanted) if isinstance(value, codec.Body) else plain
            content_type, data, _ = codec.payload(named, wanted, content.rules)
    except NotPlainError as error:
        plain, found = error.plain, _problems(error, "body", keyword="type")
    except MediaError as error:
        found = _problems(error, "body", keyword="media type")
    if not validate or content is None:
        return content_type, data, found
    return content_type, data, found + [new for new in content.problems(plain) if not _is_told(new, found)]


def _chosen(body: RequestBody, value: Any) -> tuple[Content, str, Any]:
    """The documented media type that a body is sent in, the one that the caller wants, and the value.

    Raises:
        MediaError: No documented media type can carry the value.
    """
    chosen = choice.choose_media_type(value, [(content.media_type, content.rules) for content in body.contents])
    content = next(content for content in body.contents if content.media_type == chosen)
    return (content, value.media_type, value.value) if isinstance(value, codec.Body) else (content, chosen, value)


def _is_credential(key: tuple[str, str], operation: Operation, credentials: Credentials) -> bool:
    """Whether a credential of the user fills a parameter: some documents describe it as both."""
    names = {name for alternative in operation.security for name in alternative if credentials.get(name) is not None}
    return any(operation.schemes[name].carrier == key for name in names if name in operation.schemes)


def _names(added: Additions, field: str) -> bool:
    """Whether security adds a header field of this name."""
    return any(name.lower() == field for name, _ in added.headers)


def _secure(parts: _Parts, added: Additions, arguments: Mapping[Any, Any]) -> None:
    """Add what security adds, unless an argument fills the same place."""
    if added.headers or added.query or added.cookies:
        taken = {(location, name.lower()) for location, name in arguments}
        for place, pairs in (("header", added.headers), ("query", added.query), ("cookie", added.cookies)):
            for name, text in pairs:
                if (place, name.lower()) in taken:
                    continue
                if place == "header":
                    parts.headers.append((name, text))
                else:
                    target = parts.query if place == "query" else parts.cookies
                    target.append((quote(name, safe=""), quote(text, safe="")))
    if parts.cookies:
        parts.headers.append(("Cookie", "; ".join(f"{name}={text}" for name, text in parts.cookies)))


def _add_extra(parts: _Parts, plan: Plan, added: Additions) -> list[Problem]:
    """Add the header fields of the options; return what is wrong with them."""
    taken = {name.lower() for name, _ in parts.headers} | ({"authorization"} if added.signers else set())
    doubled = [name for name, _ in plan.extra if name.lower() in taken]
    parts.headers += [field for field in plan.extra if field[0] not in doubled]
    hint = "leave it out of the options"
    found = [Problem("header", (name,), "unknown", "is set by the document", hint) for name in doubled]
    return [*plan.extra_problems, *found]


def _url(plan: Plan, parts: _Parts) -> str:
    template = parts.operation.template
    url = plan.start
    if template.path.names:
        url = plan.server.rstrip("/") + template.path.filled(parts.path)
    if parts.query or parts.whole_query or template.pairs:
        pairs = [f"{name}={text}" for name, text in parts.query]
        query = "&".join(filter(None, (*template.query(parts.path), parts.whole_query, *pairs)))
        url = f"{url}?{query}" if query else url
    return url
