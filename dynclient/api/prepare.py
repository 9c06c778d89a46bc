"""Arguments to a request, in a straight line; what every call has in common is in the plan."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from dynclient.api.described import Content, Parameter, RequestBody
from dynclient.api.operation import Operation
from dynclient.api.plan import FIELD_NAME, FRAMING, OF_CONNECTION, Plan, plan_of
from dynclient.api.signature import MISSING, Arguments, unknown_argument
from dynclient.exchange import Headers, Request
from dynclient.names import nearest
from dynclient.options import Options
from dynclient.problem import Problem
from dynclient.security.additions import Additions, cookie_text
from dynclient.security.credentials import Credentials
from dynclient.security.requirements import is_basic_enough, missing_credentials, select
from dynclient.wire import choice, codec
from dynclient.wire.files import plain_body
from dynclient.wire.jsontext import dumps
from dynclient.wire.mediatype import MediaError, best
from dynclient.wire.params import decode_pairs, decode_text, encode_pairs, encode_query, encode_text, is_open
from dynclient.wire.scalar import Pairs, ParamError, Wire
from dynclient.wire.values import NotPlainError, is_plain, to_plain

#: How what the document does not have is written: as OpenAPI writes it by default in each location.
_STYLES = {"query": "form", "header": "simple", "cookie": "form"}
_LET_THROUGH = "validate_requests='off' sends it"

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

    __slots__ = ("cookies", "framing", "headers", "operation", "owners", "path", "query", "whole_query")

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.path: dict[str, str] = {}
        self.owners: dict[tuple[str, str], str] = {}
        self.whole_query = ""
        self.query: list[tuple[str, str]] = []
        self.headers: list[tuple[str, str]] = []
        self.framing: list[tuple[str, str]] = []
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
            case "header" if wire.name.lower() in FRAMING:
                self.framing.append((wire.name, encode_text(wire, value)))
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

    def add_undocumented(self, location: str, name: str, value: Any) -> None:
        """Put a plain value on the wire that no parameter describes, as OpenAPI writes it by default.

        Raises:
            ParamError: The location cannot carry it.
        """
        wire = Wire(name, location, _STYLES[location], location != "header")
        if location != "header":
            pairs = encode_pairs(wire, value)
            self.claim(wire, pairs)
            place = self.query if location == "query" else self.cookies
            place += pairs
        elif name.lower() in FRAMING:
            raise ParamError(f"{OF_CONNECTION}: leave it out")
        elif FIELD_NAME.match(name):
            self.headers.append((name, encode_text(wire, value)))
        else:
            raise ParamError("is not the name of a header field")

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
        return Prepared(None, [_no_mapping(arguments)])
    plan = plan or plan_of(operation, options, credentials)
    by_key = operation.by_key
    problems: list[Problem] = []
    if operation.supplied or type(arguments) is not dict or not arguments.keys() <= by_key.keys():
        arguments, problems = _by_key(operation, arguments)
    fatal, validate = bool(problems), options.validate_requests != "off"
    parts = _Parts(operation)
    if plan.query or options.extra_query or not arguments.keys() <= by_key.keys():
        fatal = _undocumented(parts, arguments, {**plan.query, **options.extra_query}, problems) or fatal
    for key, parameter in by_key.items():
        if key in arguments:
            fatal = _argument(parts, parameter, arguments[key], problems, validate=validate) or fatal
        elif parameter.required and not (key in operation.negotiated or _is_set_elsewhere(key, operation, credentials)):
            problems.append(Problem(key[0], (key[1],), "required", "is required"))
            fatal = fatal or key[0] == "path"
    payload, typed = None, _typed(body, operation, arguments) if operation.negotiated else body
    if typed is not MISSING or options.extra_body or (operation.body is not None and operation.body.required):
        content_type, payload, found = _body(operation.body, typed, validate=validate)
        if options.extra_body:
            content_type, payload, found = _extended(operation.body, typed, options.extra_body, found)
        problems += found
        fatal = fatal or (payload is None and (body is not MISSING or bool(options.extra_body)))
        if content_type and not (operation.negotiated and _given("content-type", operation, arguments)):
            parts.headers.append(("Content-Type", content_type))
    if parts.framing:
        fatal = _unframed(parts, payload, problems) or fatal
    added = plan.added
    if added is None:
        stopped = fatal or bool(plan.server_problems) or (bool(problems) and options.validate_requests == "strict")
        ways = operation.security, operation.schemes, credentials
        added, found = select(*ways, server=plan.server, timeout=options.wait, ask=not stopped)
        if found and (_is_basic_enough(plan, operation) or _brings_credentials(operation, options, arguments)):
            found = [problem for problem in found if problem.where != "security"]
        problems += found
        fatal = fatal or any(problem.where == "auth" for problem in found)
    _secure(parts, added, arguments)
    if plan.extra or plan.extra_problems:
        found = _add_extra(parts, plan, added)
        problems += found
        fatal = fatal or bool(found)
    if plan.basic and not added.signers and not any(name.lower() == "authorization" for name, _ in parts.headers):
        parts.headers.append(("Authorization", plan.basic))
    if (
        plan.accept is not None
        and (plan.added is not None or not _names(added, "accept"))
        and not (operation.negotiated and _given("accept", operation, arguments))
    ):
        parts.headers.append(("Accept", plan.accept))
    if fatal or plan.server_problems:
        return Prepared(None, [*problems, *plan.server_problems])
    certificate = added.certificates[0] if added.certificates else None
    fields = Headers(parts.headers)
    hidden = (*plan.hidden, *[parts.path[name] for name in operation.hidden]) if operation.hidden else plan.hidden
    request = Request(
        operation.method, _url(plan, parts), fields, payload, operation.id, operation.secrets, certificate, hidden=hidden, limits=options.limits
    )  # fmt: skip
    return Prepared(added.signed(request) if added.signers else request, problems)


def _is_basic_enough(plan: Plan, operation: Operation) -> bool:
    """Whether the user information of the server's URL meets the security requirements."""
    return bool(plan.basic) and is_basic_enough(operation.security, operation.schemes)


def _unframed(parts: _Parts, payload: Any, problems: list[Problem]) -> bool:
    """Add what is wrong with documented fields that the connection sets: only the length that the body has may be given."""
    length = str(len(payload or b"")) if payload is None or isinstance(payload, bytes) else None
    before = len(problems)
    for name, text in parts.framing:
        if name.lower() != "content-length" or (text != length and length is not None):
            has = f"; the body has {length} bytes" if name.lower() == "content-length" else ""
            problems.append(Problem("header", (name,), "unknown", f"{OF_CONNECTION}{has}", "leave it out"))
    return len(problems) > before


def _no_mapping(arguments: Any) -> Problem:
    return Problem("argument", (), "type", f"must be a mapping of names to values, not {type(arguments).__name__}")


def _by_key(operation: Operation, arguments: Mapping[Any, Any]) -> tuple[Arguments, list[Problem]]:
    """The arguments by (location, name), and the names that the document does not have or has twice."""
    found: Arguments = {**operation.supplied}
    problems = []
    for name, value in arguments.items():
        keys = (name,) if isinstance(name, tuple) else operation.by_name.get(name) or _former(operation, name)
        key = keys[0]
        if len(keys) > 1:
            places = " and ".join(place for place, _ in filter(None, keys))
            hint = f"pass the arguments as (location, name): {places}"
            problems.append(Problem("argument", (str(name),), "unknown", "is ambiguous", hint))
        elif isinstance(name, tuple) and len(name) == 2 and name[0] in _STYLES and isinstance(name[1], str):
            found[name] = value
        elif key not in operation.by_key:
            shown, names = str(name[-1] if isinstance(name, tuple) and name else name), operation.by_name
            hint = nearest(shown, names) or (f"it takes {', '.join(names)}" if names else "it takes none")
            problems.append(unknown_argument(shown, hint))
        else:
            found[key] = value
    return found, problems


def _former(operation: Operation, name: Any) -> tuple[tuple[str, str] | None, ...]:
    """Return the key of the parameter that had this name."""
    now = operation.binding.renamed(name) if isinstance(name, str) else None
    return tuple(part.key for part in operation.parameters if part.python_name == now) or (None,)


def _undocumented(
    parts: _Parts, arguments: Mapping[Any, Any], extra: Mapping[str, Any], problems: list[Problem]
) -> bool:
    """Put what the document does not have on the wire, where the caller says where it stands; True when it could not be put there."""
    known = parts.operation.by_key
    named = [(key, value) for key, value in arguments.items() if key not in known]
    problems += [Problem(*_place(key), "unknown", "is not in the document", _LET_THROUGH) for key, _ in named]
    fatal = False
    for (location, name), value in [*named, *((("query", name), value) for name, value in extra.items())]:
        try:
            parts.add_undocumented(location, name, to_plain(value))
        except MediaError as error:
            problems += _problems(error, location, name, keyword="style")
            fatal = True
    return fatal


def _place(key: tuple[str, str]) -> tuple[str, tuple[str]]:
    return key[0], (key[1],)


def _as_sent(parameter: Parameter, value: Any) -> bool:
    """Whether the text of a scalar is valid when it is read as the server reads it: `5` for a text, `"5"` for an integer."""
    wire = parameter.wire
    if wire.media_type is not None or not isinstance(value, str | int | float):
        return False
    try:
        if wire.location in ("path", "header"):
            text = encode_text(wire, value)
            return not parameter.read(lambda read: (True, decode_text(read, text)))[2]
        pairs = encode_pairs(wire, value)
        return not parameter.read(lambda read: decode_pairs(read, pairs))[2]
    except MediaError:
        return False


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
            if found and not _as_sent(parameter, plain):
                problems += found
        if plain == "" and parameter.wire.location == "path" and parameter.wire.style == "simple":
            problems.append(Problem(*_place(key), "empty", "must not be empty", _LET_THROUGH))
            parts.path[parameter.wire.name] = ""
        else:
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


def _extended(
    body: RequestBody | None, value: Any, extra: Mapping[str, Any], found: list[Problem]
) -> tuple[str, Any, list[Problem]]:
    """A body with further members, which no schema judges."""
    named = isinstance(value, codec.Body)
    members = _members({} if value is MISSING else value.value if named else value)
    if members is None:
        return "", None, [*found, Problem("body", (), "type", "is not an object, so extra_body cannot be added to it")]
    merged = {**members, **extra}
    content_type, payload, problems = _body(
        body, codec.Body(merged, value.media_type) if named else merged, validate=False
    )
    if value is MISSING:
        return content_type, payload, problems
    unsent = [new for new in problems if not _is_told(new, found)] if payload is None else []
    return content_type, payload, [*found, *unsent]


def _members(value: Any) -> Mapping[str, Any] | None:
    """Return the members of a body: of a mapping, or of what can be dumped as one; None if it has none."""
    if isinstance(value, Mapping):
        return value
    try:
        plain = to_plain(value)
    except MediaError:
        return None
    return plain if isinstance(plain, Mapping) else None


def _given(field: str, operation: Operation, arguments: Mapping[Any, Any]) -> Any:
    """Return the argument for a header parameter that is the Accept or the Content-Type of the request."""
    return next((arguments.get(key) for key in operation.negotiated if key[1].lower() == field), None)


def _typed(body: Any, operation: Operation, arguments: Mapping[Any, Any]) -> Any:
    """Return a body in the media type that an argument for the Content-Type names, if it names a documented one."""
    wanted = _given("content-type", operation, arguments)
    if wanted is None or body is MISSING or isinstance(body, codec.Body):
        return body
    documented = operation.body is not None and operation.body.by_type.covering(str(wanted)) is not None
    return codec.Body(body, str(wanted)) if documented else body


def _body(body: RequestBody | None, value: Any, *, validate: bool) -> tuple[str, Any, list[Problem]]:
    """The Content-Type, the payload, and the problems of a body."""
    if value is MISSING:
        return "", None, [Problem("body", (), "required", "is required")]
    found: list[Problem] = []
    content_type, content, plain = "", None, value
    data: Any = None
    try:
        if body is None or not body.by_type or _is_other(body, value):
            return _undocumented_body(body, value)
        if isinstance(value, codec.Body) and isinstance(value.value, bytes):
            return _ready_body(body, value, validate=validate)
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
    objections = [new for new in content.problems(plain) if not _is_told(new, found)]
    if objections and not content.json_type and isinstance(data, bytes) and _is_valid(content, data, content_type):
        objections = []  # outside JSON, a number and its text are the same body
    return content_type, data, found + objections


def _is_other(body: RequestBody, value: Any) -> bool:
    """Whether the caller names a media type that the document does not offer."""
    return isinstance(value, codec.Body) and best(body.by_type, value.media_type) is None


def _undocumented_body(body: RequestBody | None, value: Any) -> tuple[str, Any, list[Problem]]:
    """A body that the document does not have, in the media type that the caller names, else in JSON."""
    named = isinstance(value, codec.Body)
    data: Any
    media_type, plain = (value.media_type, value.value) if named else ("application/json", value)
    if isinstance(plain, bytes):
        content_type, data = media_type, plain
    else:
        content_type, data, _ = codec.payload(plain_body(plain), media_type)
    if body is None or not body.by_type:
        return content_type, data, [Problem("body", (), "unknown", "the operation takes no body", _LET_THROUGH)]
    hint = f"documented: {', '.join(body.by_type)}; {_LET_THROUGH}"
    return content_type, data, [Problem("body", (), "media type", f"{media_type} is not documented", hint)]


def _ready_body(body: RequestBody, value: codec.Body, *, validate: bool) -> tuple[str, Any, list[Problem]]:
    """A body that the caller has encoded: its bytes go out as they are, and are judged as the server reads them."""
    content = body.by_type[str(best(body.by_type, value.media_type))]
    if not validate:
        return value.media_type, value.value, []
    try:
        plain = codec.decode(value.value, value.media_type, content.rules)
    except MediaError as error:
        return value.media_type, value.value, [Problem("body", error.path, "media type", str(error), error.hint)]
    return value.media_type, value.value, content.problems(plain)


def _is_valid(content: Content, data: bytes, content_type: str) -> bool:
    """Whether a body is valid when it is read as the server reads it."""
    try:
        return not content.problems(codec.decode(data, content_type, content.rules))
    except MediaError:
        return False


def _chosen(body: RequestBody, value: Any) -> tuple[Content, str, Any]:
    """The documented media type that a body is sent in, the one that the caller wants, and the value.

    Raises:
        MediaError: No documented media type can carry the value.
    """
    chosen = choice.choose_media_type(value, [(content.media_type, content.rules) for content in body.contents])
    content = next(content for content in body.contents if content.media_type == chosen)
    return (content, value.media_type, value.value) if isinstance(value, codec.Body) else (content, chosen, value)


def _brings_credentials(operation: Operation, options: Options, arguments: Mapping[Any, Any]) -> bool:
    """Whether the caller's own fields and arguments meet a security requirement; an Authorization or a Cookie of theirs always counts."""
    fields = {name.lower() for name in options.headers}
    carried = {("header", name) for name in fields} | {("query", name.lower()) for name in options.extra_query}
    carried |= {(place, name.lower()) for place, name in arguments}
    own = {"authorization", "cookie"} & fields
    shown = [way for way in operation.security if all(_is_shown(operation, name) for name in way)]
    met = bool(shown) and not missing_credentials(tuple(shown), operation.schemes, frozenset(carried))
    return bool(own) or met


def _is_shown(operation: Operation, name: str) -> bool:
    """Whether the fields of a request show if a scheme is met; they do not show a client certificate."""
    return name in operation.schemes and operation.schemes[name].kind != "mutualTLS"


def _is_set_elsewhere(key: tuple[str, str], operation: Operation, credentials: Credentials) -> bool:
    """Whether the connection sets a parameter, or a credential fills it."""
    return (key[0] == "header" and key[1].lower() in FRAMING) or _is_credential(key, operation, credentials)


def _is_credential(key: tuple[str, str], operation: Operation, credentials: Credentials) -> bool:
    """Whether a credential of the user fills a parameter: some documents describe it as both."""
    names = {name for alternative in operation.security for name in alternative if credentials.get(name) is not None}
    return any(operation.schemes[name].carrier == key for name in names if name in operation.schemes)


def _names(added: Additions, field: str) -> bool:
    """Whether security adds a header field of this name."""
    return any(name.lower() == field for name, _ in added.headers)


def _secure(parts: _Parts, added: Additions, arguments: Mapping[Any, Any]) -> None:
    """Add what security adds, unless an argument fills the same place."""
    taken = {(location, name.lower()) for location, name in arguments} if arguments else ()
    parts.headers += [field for field in added.headers if ("header", field[0].lower()) not in taken]
    if added.query or added.cookies:
        query = [field for field in added.query if ("query", field[0].lower()) not in taken]
        cookies = [field for field in added.cookies if ("cookie", field[0].lower()) not in taken]
        parts.query += [(quote(name, safe=""), quote(text, safe="")) for name, text in query]
        parts.cookies += [(quote(name, safe=""), cookie_text(text)) for name, text in cookies]
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
