"""Requests: `prepare` makes one from arguments, `unpack` gets the arguments back, `check` says what is wrong with one.

Both directions stand here side by side and share the validation: what `prepare` refuses, `check` reports.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_plus

from dynclient import media, params
from dynclient.errors import Problem
from dynclient.exchange import Headers, Request
from dynclient.names import nearest
from dynclient.operation import MISSING, Arguments, Body, Content, Operation, Parameter, normal_path
from dynclient.options import Options
from dynclient.params import ParamError
from dynclient.security import Additions, Credentials, present, select
from dynclient.servers import choose, path_of
from dynclient.values import to_plain

DEFAULT_OPTIONS = Options()
NO_CREDENTIALS = Credentials()

_FORM = "application/x-www-form-urlencoded"
#: A field name (RFC 9110, section 5.1).
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


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

    def __init__(self) -> None:
        self.path: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self.whole_query = ""
        self.query: list[tuple[str, str]] = []
        self.headers: list[tuple[str, str]] = []
        self.cookies: list[tuple[str, str]] = []


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
    given, problems = _named(operation, arguments)
    fatal = bool(problems)
    parts = _Parts()
    validate = options.validate_requests != "off"
    for parameter in operation.parameters:
        value = given.get(parameter.key, MISSING)
        where, path = parameter.wire.location, (parameter.wire.name,)
        if value is MISSING:
            if parameter.required and not _is_credential(parameter.key, operation, credentials):
                problems.append(Problem(where, path, "required", "is required"))
                fatal = fatal or where == "path"
            continue
        try:
            plain = to_plain(value, parameter.schema.shape)
            found = parameter.schema.problems(plain, where, path) if validate else []
            problems += found
            if where == "querystring":
                parts.whole_query = _query_text(parameter, plain)
            else:
                _place(parts, parameter.wire, plain, required=parameter.required)
        except (ParamError, media.MediaError, TypeError) as error:
            fatal = True
            if not any((problem.where, problem.path) == (where, path) for problem in problems):
                problems.append(Problem(where, path, "style", str(error)))
    content, payload, found = _body(operation.body, body, validate=validate)
    problems += found
    fatal = fatal or (payload is None and body is not MISSING)
    if content:
        parts.headers.append(("Content-Type", content))
    server, unserved = server_for(operation, options)
    stopped = fatal or bool(unserved) or (bool(problems) and options.validate_requests == "strict")
    added, found = select(
        operation.security, operation.schemes, credentials, server=server, timeout=options.timeout, ask=not stopped
    )
    problems += found
    fatal = fatal or any(problem.where == "auth" for problem in found)
    _secure(parts, added, given)
    found = _extra_headers(parts, options, operation, {"authorization"} if added.signers else set())
    problems += found
    if fatal or found or unserved:
        return Prepared(None, [*problems, *unserved])
    url = _url(server, operation, parts)
    headers = Headers([*parts.headers, *added.signed(operation.method, url)])
    return Prepared(
        Request(operation.method, url, headers, payload, operation.id, operation.secrets, added.certificate), problems
    )


def server_for(operation: Operation, options: Options) -> tuple[str, list[Problem]]:
    """The URL of the server that an operation is called at, and what is wrong with it."""
    server, found = choose(operation.servers, options.server, options.server_variables)
    if not found and not server.startswith(("http://", "https://")):
        message = f"the document's server {server!r} is no whole URL"
        found = [Problem("server", (), "server", message, "give server= to the client")]
    return server, found


def check(operation: Operation, request: Request) -> list[Problem]:
    """Everything that the document objects to in a request that was sent or recorded."""
    return unpack(operation, request)[2]


def unpack(operation: Operation, request: Request, bases: Sequence[str] = ()) -> tuple[Arguments, Any, list[Problem]]:
    """Get the arguments back out of a request: the inverse of `prepare`.

    Args:
        operation: The operation that the request calls.
        request: The request.
        bases: What URL paths may start with before the operation's own path, beside the paths of its servers.

    Returns:
        The arguments by (location, name), the body (MISSING when there is none), and every problem.
    """
    texts = path_texts(operation, path_of(request.url), bases) or {}
    pairs = _split_pairs(request.url.partition("#")[0].partition("?")[2], "&")
    cookies = _split_pairs(request.headers.get("Cookie", ""), ";")
    arguments: Arguments = {}
    problems: list[Problem] = []
    for parameter in operation.parameters:
        wire = parameter.wire
        path = (wire.name,)
        try:
            match wire.location:
                case "path":
                    there = wire.name in texts
                    value = params.decode_text(wire, texts[wire.name]) if there else None
                case "header":
                    there = wire.name in request.headers
                    value = params.decode_text(wire, request.headers[wire.name]) if there else None
                case "querystring":
                    text = request.url.partition("#")[0].partition("?")[2]
                    there, value = bool(text), _query_value(parameter, text) if text else None
                case _:
                    there, value = params.decode_pairs(wire, _pairs_for(wire, operation, pairs, cookies))
        except ParamError as error:
            problems.append(Problem(wire.location, path, "style", str(error)))
            continue
        if there:
            arguments[parameter.key] = value
            problems += parameter.schema.problems(value, wire.location, path)
        elif parameter.required:
            problems.append(Problem(wire.location, path, "required", "is required"))
    body, found = _unpack_body(operation.body, request)
    carriers = _carriers(request, pairs, cookies)
    return arguments, body, [*problems, *found, *present(operation.security, operation.schemes, carriers)]


def _pairs_for(
    wire: params.Wire, operation: Operation, pairs: list[tuple[str, str]], cookies: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """The pairs that may be a parameter's: of an object whose members stand in the query by themselves, the unclaimed."""
    if wire.location != "query":
        return cookies
    if not params.is_spread(wire):
        return pairs
    spread = [parameter.wire for parameter in operation.parameters if params.is_spread(parameter.wire)]
    if params.is_open(wire) and next(filter(params.is_open, spread)) is not wire:
        return []  # of two objects that take any member nobody could tell whose one is: the first has them all
    names = {unquote_plus(name) for name, _ in pairs}
    claimed = {scheme.name for scheme in operation.schemes.values() if scheme.location == "query"}
    for other in operation.parameters:
        if other.wire.location == "query" and (
            other.wire not in spread or (params.is_open(wire) and other.wire is not wire)
        ):
            claimed |= params.names_in(other.wire, names) if not params.is_open(other.wire) else set()
    return [pair for pair in pairs if unquote_plus(pair[0]) not in claimed]


def path_texts(operation: Operation, path: str, bases: Sequence[str] = ()) -> dict[str, str] | None:
    """The percent-encoded texts of the path parameters in a URL's path, or None when the template does not fit."""
    path = normal_path(path) or "/"
    for base in (*bases, *operation.base_paths):
        found = operation.template.fullmatch(path, len(base)) if path.startswith(base) else None
        if found is not None:
            return dict(zip(operation.template_names, found.groups(), strict=True))
    return None


def _named(operation: Operation, arguments: Mapping[Any, Any]) -> tuple[Arguments, list[Problem]]:
    """The arguments by (location, name)."""
    given: Arguments = {}
    problems = []
    names: dict[str, list[tuple[str, str]]] = {}
    for parameter in operation.parameters:
        names.setdefault(parameter.wire.name, []).append(parameter.key)
    for name, value in arguments.items():
        keys = [name] if isinstance(name, tuple) else names.get(name, [None])
        key = keys[0]
        if len(keys) > 1:
            places = " and ".join(place for place, _ in filter(None, keys))
            hint = f"give the arguments as (location, name): {places}"
            problems.append(Problem("argument", (str(name),), "unknown", "stands in several places", hint))
        elif key not in operation.by_key:
            shown = name[-1] if isinstance(name, tuple) else str(name)
            hint = nearest(shown, names) or (f"it takes {', '.join(names)}" if names else "it takes none")
            problems.append(Problem("argument", (shown,), "unknown", "is not in the document", hint))
        else:
            given[key] = value
    return given, problems


def _place(parts: _Parts, wire: params.Wire, value: Any, *, required: bool) -> None:
    match wire.location:
        case "path":
            parts.path[wire.name] = params.encode_text(wire, value)
        case "header":
            parts.headers.append((wire.name, params.encode_text(wire, value)))
        case "query":
            pairs = params.encode_pairs(wire, value)
            if not pairs and required:
                raise ParamError("is empty, so nothing of it would be sent")
            for name, _ in pairs:
                if parts.owners.setdefault(name, wire.name) != wire.name:
                    message = f"writes the name {name!r}, as {parts.owners[name]} does: they cannot be told apart"
                    raise ParamError(message)
            parts.query += pairs
        case _:
            parts.cookies += params.encode_pairs(wire, value)


def _query_text(parameter: Parameter, value: Any) -> str:
    """The whole query as one value in a media type (OpenAPI 3.2, Parameter Object, `in: querystring`)."""
    kind = str(parameter.wire.media_type)
    text = media.encode(value, kind, _query_rules(parameter)).decode()
    return text if kind == _FORM else quote(text, safe="")


def _query_value(parameter: Parameter, text: str) -> Any:
    """The value of a whole query: the inverse of `_query_text`."""
    kind = str(parameter.wire.media_type)
    content = text if kind == _FORM else unquote_plus(text)
    try:
        return media.decode(content.encode(), kind, _query_rules(parameter))
    except media.MediaError as error:
        raise ParamError(str(error)) from None


def _query_rules(parameter: Parameter) -> media.Rules:
    return media.Rules(parameter.schema.shape, parameter.schema.bundle)


def _body(body: Body | None, value: Any, *, validate: bool) -> tuple[str, Any, list[Problem]]:
    """The Content-Type, the payload, and the problems of a body."""
    if value is MISSING:
        needed = body is not None and body.required
        return "", None, [Problem("body", (), "required", "is required")] if needed else []
    if body is None or not body.contents:
        return "", None, [Problem("body", (), "unknown", "the operation takes none")]
    try:
        chosen = media.choose(value, [(content.media_type, content.rules) for content in body.contents])
        content = next(content for content in body.contents if content.media_type == chosen)
        named = isinstance(value, media.Body)
        plain = content.plain(value.value if named else value)
        wanted = value.media_type if named else chosen
        made = media.payload(media.Body(plain, wanted) if named else plain, wanted, content.rules)
    except media.MediaError as error:
        return "", None, [Problem("body", (), "media type", str(error), getattr(error, "hint", ""))]
    except TypeError as error:
        return "", None, [Problem("body", (), "type", str(error))]
    return made.content_type, made.data, content.problems(plain) if validate else []


def _unpack_body(body: Body | None, request: Request) -> tuple[Any, list[Problem]]:
    kind = request.headers.get("Content-Type", "")
    if request.body is None or (not request.body and not kind):
        needed = body is not None and body.required
        return MISSING, [Problem("body", (), "required", "is required")] if needed else []
    if body is None or not body.contents:
        return MISSING, []
    content = _content_for(body, kind)
    if content is None:
        known = ", ".join(entry.media_type for entry in body.contents)
        message = f"has the Content-Type {kind!r}, which is not documented" if kind else "has no Content-Type"
        return MISSING, [Problem("body", (), "media type", message, f"documented: {known}")]
    try:
        value = media.decode(request.content, kind, content.rules)
    except media.MediaError as error:
        return MISSING, [Problem("body", (), "media type", str(error))]
    return value, content.problems(value)


def _content_for(body: Body, kind: str) -> Content | None:
    chosen = media.best([content.media_type for content in body.contents], kind) if kind else None
    return next((content for content in body.contents if content.media_type == chosen), None)


def _is_credential(key: tuple[str, str], operation: Operation, credentials: Credentials) -> bool:
    """Whether a parameter is also what a credential of the user fills: some documents describe it as both."""
    names = {name for alternative in operation.security for name in alternative if credentials.get(name) is not None}
    return any(operation.schemes[name].carrier == key for name in names if name in operation.schemes)


def _secure(parts: _Parts, added: Additions, given: Arguments) -> None:
    """Add what security adds, less what an argument has said already."""
    taken = {(location, name.lower()) for location, name in given}
    parts.headers += [field for field in added.headers if ("header", field[0].lower()) not in taken]
    for location, pairs, more in (("query", parts.query, added.query), ("cookie", parts.cookies, added.cookies)):
        new = [(name, text) for name, text in more if (location, name.lower()) not in taken]
        pairs += [(quote(name, safe=""), quote(text, safe="")) for name, text in new]
    if parts.cookies:
        parts.headers.append(("Cookie", "; ".join(f"{name}={text}" for name, text in parts.cookies)))


def _extra_headers(parts: _Parts, options: Options, operation: Operation, signed: set[str]) -> list[Problem]:
    taken = signed | {name.lower() for name, _ in parts.headers}
    problems = []
    for name, value in options.headers.items():
        if not isinstance(value, str) or not _TOKEN.match(name) or params.NOT_IN_HEADER.search(value):
            message = "is not a header field: a token, and one line of text without white space at its ends"
            problems.append(Problem("header", (name,), "type", message))
        elif name.lower() in taken:
            problems.append(
                Problem("header", (name,), "unknown", "is set by the document", "leave it out of the options")
            )
        else:
            parts.headers.append((name, value))
    if "accept" not in taken | {name.lower() for name in options.headers}:
        parts.headers.append(("Accept", options.accept or operation.accept))
    return problems


def _url(server: str, operation: Operation, parts: _Parts) -> str:
    pairs = (f"{name}={text}" for name, text in parts.query)
    query = "&".join(filter(None, (parts.whole_query, *pairs)))
    return f"{server.rstrip('/')}{operation.path_with(parts.path)}" + (f"?{query}" if query else "")


def _split_pairs(text: str, delimiter: str) -> list[tuple[str, str]]:
    pairs = (item.strip().partition("=") for item in text.split(delimiter) if item.strip())
    return [(name, value) for name, _, value in pairs]


def _carriers(
    request: Request, pairs: list[tuple[str, str]], cookies: list[tuple[str, str]]
) -> frozenset[tuple[str, str]]:
    return frozenset(
        [("header", name.lower()) for name in request.headers]
        + [("query", unquote_plus(name).lower()) for name, _ in pairs]
        + [("cookie", unquote_plus(name).lower()) for name, _ in cookies]
    )
