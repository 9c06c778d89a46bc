"""Arguments to a request, in a straight line: what every call has in common is in the operation's plan."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from dynclient.api.described import MISSING, Body, Content, Parameter
from dynclient.api.operation import Operation
from dynclient.api.plan import Plan, plan_for
from dynclient.api.signature import Arguments
from dynclient.exchange import Headers, Request
from dynclient.names import nearest
from dynclient.options import Options
from dynclient.problem import Problem
from dynclient.security.additions import Additions
from dynclient.security.credentials import Credentials
from dynclient.security.requirements import select
from dynclient.wire import choice, codec, mediatype, params
from dynclient.wire.jsontext import dumps
from dynclient.wire.scalar import Pairs, ParamError, Wire
from dynclient.wire.values import is_plain, to_plain

DEFAULT_OPTIONS = Options()
NO_CREDENTIALS = Credentials()


class Prepared(NamedTuple):
    """What `prepare` gives.

    Attributes:
        request: The request; None when the arguments do not make one.
        problems: Everything that breaks the document.
    """

    request: Request | None
    problems: list[Problem]


class _Parts:
    """A request as it grows."""

    __slots__ = ("cookies", "documented", "headers", "owners", "path", "query", "whole_query")

    def __init__(self, documented: Container[tuple[str, str]]) -> None:
        self.documented = documented
        self.path: dict[str, str] = {}
        self.owners: dict[tuple[str, str], str] = {}
        self.whole_query = ""
        self.query: list[tuple[str, str]] = []
        self.headers: list[tuple[str, str]] = []
        self.cookies: list[tuple[str, str]] = []

    def claim(self, wire: Wire, pairs: Pairs) -> None:
        """Note whose the names of these pairs are.

        Raises:
            ParamError: Another parameter has written one of them, or would be taken for having done so.
        """
        for name, _ in pairs:
            owner = self.owners.setdefault((wire.location, name), wire.name)
            if owner != wire.name:
                raise ParamError(f"writes the name {name!r}, as {owner} does: they cannot be told apart")
            if name != wire.name and params.is_open(wire) and (wire.location, unquote(name)) in self.documented:
                raise ParamError(f"has the member {unquote(name)!r}, which is a parameter of its own: give it as that")


def prepare(
    operation: Operation,
    arguments: Mapping[Any, Any],
    body: Any = MISSING,
    *,
    options: Options = DEFAULT_OPTIONS,
    credentials: Credentials = NO_CREDENTIALS,
) -> Prepared:
    """Make the request that calls an operation. Nothing is sent.

    Args:
        operation: The operation.
        arguments: Parameter values by name, or by (location, name).
        body: The body's value; MISSING when there is none.
        options: Server, extra headers, Accept, and whether values are validated.
        credentials: What security may add.

    Returns:
        The request, None when a value cannot be put on the wire, and every problem (OpenAPI, Operation Object).
    """
    plan = plan_for(operation, options, credentials)
    given, problems = _named(operation, arguments)
    fatal = bool(problems)
    parts = _Parts(operation.by_key)
    validate = options.validate_requests != "off"
    for key, parameter in operation.by_key.items():
        where, name = key
        if key not in given:
            if parameter.required and not _is_credential(key, operation, credentials):
                problems.append(Problem(where, (name,), "required", "is required"))
                fatal = fatal or where == "path"
            continue
        found, written = _argument(parts, parameter, given[key], validate=validate)
        problems += found
        fatal = fatal or not written
    content, payload, found = _body(operation.body, body, validate=validate)
    problems += found
    fatal = fatal or (payload is None and body is not MISSING)
    if content:
        parts.headers.append(("Content-Type", content))
    added = plan.added
    if added is None:
        stopped = fatal or bool(plan.unserved) or (bool(problems) and options.validate_requests == "strict")
        ways = operation.security, operation.schemes, credentials
        added, found = select(*ways, server=plan.server, timeout=options.timeout, ask=not stopped)
        problems += found
        fatal = fatal or any(problem.where == "auth" for problem in found)
    _secure(parts, added, given)
    found = _further(parts, plan, added)
    problems += found
    if fatal or found or plan.unserved:
        return Prepared(None, [*problems, *plan.unserved])
    url = _url(plan, operation, parts)
    fields = Headers(parts.headers)
    request = Request(operation.method, url, fields, payload, operation.id, operation.secrets, added.certificate)
    return Prepared(added.signed(request) if added.signers else request, problems)


def _named(operation: Operation, arguments: Mapping[Any, Any]) -> tuple[Arguments, list[Problem]]:
    """The arguments by (location, name)."""
    given: Arguments = {}
    problems = []
    for name, value in arguments.items():
        keys = (name,) if isinstance(name, tuple) else operation.by_name.get(name, (None,))
        key = keys[0]
        if len(keys) > 1:
            places = " and ".join(place for place, _ in filter(None, keys))
            hint = f"give the arguments as (location, name): {places}"
            problems.append(Problem("argument", (str(name),), "unknown", "stands in several places", hint))
        elif key not in operation.by_key:
            shown, names = str(name[-1] if isinstance(name, tuple) and name else name), operation.by_name
            hint = nearest(shown, names) or (f"it takes {', '.join(names)}" if names else "it takes none")
            problems.append(Problem("argument", (shown,), "unknown", "is not in the document", hint))
        else:
            given[key] = value
    return given, problems


def _argument(parts: _Parts, parameter: Parameter, value: Any, *, validate: bool) -> tuple[list[Problem], bool]:
    """Put one argument on the wire; its problems, and whether it could be put there."""
    where, path = parameter.wire.location, (parameter.wire.name,)
    problems: list[Problem] = []
    try:
        plain = value
        if not is_plain(value):
            plain = to_plain(value, parameter.schema.shape)
            validate = validate and is_plain(plain)  # bytes that no format makes a text are no value to a schema
        if validate and not (parameter.wire.allow_empty and plain == ""):
            problems = parameter.problems(plain)
        if where == "querystring":
            parts.whole_query = params.encode_query(parameter.wire, plain)
        else:
            _place(parts, parameter.wire, plain, required=parameter.required)
    except (ParamError, mediatype.MediaError, TypeError) as error:
        told = any((problem.where, problem.path) == (where, path) for problem in problems)
        return problems if told else [*problems, Problem(where, path, "style", str(error))], False
    return problems, True


def _place(parts: _Parts, wire: Wire, value: Any, *, required: bool) -> None:
    match wire.location:
        case "path":
            parts.path[wire.name] = params.encode_text(wire, value)
        case "header":
            parts.headers.append((wire.name, params.encode_text(wire, value)))
        case location:
            pairs = params.encode_pairs(wire, value)
            if not pairs and required:
                raise ParamError("is empty, so nothing of it would be sent")
            parts.claim(wire, pairs)
            if location == "query":
                parts.query += pairs
            else:
                parts.cookies += pairs


def _body(body: Body | None, value: Any, *, validate: bool) -> tuple[str, Any, list[Problem]]:
    """The Content-Type, the payload, and the problems of a body."""
    if value is MISSING:
        needed = body is not None and body.required
        return "", None, [Problem("body", (), "required", "is required")] if needed else []
    if body is None or not body.contents:
        return "", None, [Problem("body", (), "unknown", "the operation takes none")]
    data: Any
    try:
        if body.json is not None and type(value) in (dict, list) and is_plain(value):
            content, plain = body.json, value
            content_type, data = content.json_type, dumps(value)
        else:
            content, plain, (content_type, data, _) = _chosen(body, value)
    except mediatype.MediaError as error:
        return "", None, [Problem("body", error.path, "media type", str(error), error.hint)]
    except TypeError as error:
        return "", None, [Problem("body", (), "type", str(error))]
    return content_type, data, content.problems(plain) if validate else []


def _chosen(body: Body, value: Any) -> tuple[Content, Any, codec.Payload]:
    """A body of any kind: the media type that it is sent in, its plain value, and its payload."""
    chosen = choice.choose_media_type(value, [(content.media_type, content.rules) for content in body.contents])
    content = next(content for content in body.contents if content.media_type == chosen)
    named = isinstance(value, codec.Body)
    plain = content.plain(value.value if named else value)
    wanted = value.media_type if named else chosen
    return content, plain, codec.payload(codec.Body(plain, wanted) if named else plain, wanted, content.rules)


def _is_credential(key: tuple[str, str], operation: Operation, credentials: Credentials) -> bool:
    """Whether a parameter is also what a credential of the user fills: some documents describe it as both."""
    names = {name for alternative in operation.security for name in alternative if credentials.get(name) is not None}
    return any(operation.schemes[name].carrier == key for name in names if name in operation.schemes)


def _secure(parts: _Parts, added: Additions, given: Arguments) -> None:
    """Add what security adds, less what an argument has said already."""
    taken = {(location, name.lower()) for location, name in given}
    parts.headers += [field for field in added.headers if ("header", field[0].lower()) not in taken]
    for location, pairs, more in (("query", parts.query, added.query), ("cookie", parts.cookies, added.cookies)):
        new = [(name, text) for name, text in more if (location, name.lower()) not in taken] if more else ()
        pairs += [(quote(name, safe=""), quote(text, safe="")) for name, text in new]
    if parts.cookies:
        parts.headers.append(("Cookie", "; ".join(f"{name}={text}" for name, text in parts.cookies)))


def _further(parts: _Parts, plan: Plan, added: Additions) -> list[Problem]:
    """Add the header fields of the options, and Accept; what is wrong with them."""
    problems = plan.refused
    if plan.extra:
        taken = {name.lower() for name, _ in parts.headers} | ({"authorization"} if added.signers else set())
        doubled = [name for name, _ in plan.extra if name.lower() in taken]
        hint = "leave it out of the options"
        problems = [
            *problems,
            *(Problem("header", (name,), "unknown", "is set by the document", hint) for name in doubled),
        ]
        parts.headers += [field for field in plan.extra if field[0] not in doubled]
    if plan.accept is not None and not (
        plan.added is None and any(name.lower() == "accept" for name, _ in added.headers)
    ):
        parts.headers.append(("Accept", plan.accept))
    return problems


def _url(plan: Plan, operation: Operation, parts: _Parts) -> str:
    template = operation.template
    url = plan.start
    if template.path.names:
        url = plan.server.rstrip("/") + template.path.filled(parts.path)
    if parts.query or parts.whole_query or template.pairs:
        pairs = (f"{name}={text}" for name, text in parts.query)
        query = "&".join(filter(None, (*template.query(parts.path), parts.whole_query, *pairs)))
        url = f"{url}?{query}" if query else url
    return url
