"""Arguments to a request, in a straight line; what every call has in common is in the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import quote

from dynclient.api.described import Parameter
from dynclient.api.draft import STYLES, Draft
from dynclient.api.operation import Operation
from dynclient.api.payloads import (
    LET_THROUGH,
    encoded_body,
    extended_body,
    is_told,
    negotiated_value,
    problems_of,
    typed_body,
)
from dynclient.api.plan import Plan, plan_of
from dynclient.api.signature import MISSING, Arguments, unknown_argument
from dynclient.exchange import Headers, Request
from dynclient.names import nearest
from dynclient.options import Options
from dynclient.problem import Problem
from dynclient.security.additions import Additions, cookie_text
from dynclient.security.credentials import Credentials
from dynclient.security.requirements import is_basic_enough, missing_credentials, select
from dynclient.wire.mediatype import MediaError
from dynclient.wire.params import FRAMING, OF_CONNECTION, decode_pairs, decode_text, encode_pairs, encode_text
from dynclient.wire.values import is_plain, to_plain

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
    plan, draft = plan or plan_of(operation, options, credentials), Draft(operation)
    arguments = _add_arguments(draft, plan, arguments)
    payload = _add_body(draft, plan, arguments, body)
    if draft.framing:
        draft.fail(_unframed(draft, payload))
    added = plan.added if plan.added is not None else _selected(draft, plan, arguments)
    _add_credentials(draft, added, arguments)
    _add_settings(draft, plan, added, arguments)
    if draft.fails or plan.server_problems:
        return Prepared(None, [*draft.problems, *plan.server_problems])
    hidden = (*plan.hidden, *[draft.path[name] for name in operation.hidden]) if operation.hidden else plan.hidden
    request = Request(
        operation.method, _url(plan, draft), Headers(draft.headers), payload, operation.id, operation.secrets, added.certificates[0] if added.certificates else None, hidden=hidden,
        limits=plan.options.limits,
    )  # fmt: skip
    return Prepared(added.signed(request) if added.signers else request, draft.problems)


def _add_arguments(draft: Draft, plan: Plan, arguments: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Put the arguments on the wire, and return them by location and name."""
    operation, options = draft.operation, plan.options
    by_key, validate = operation.by_key, options.validate_requests != "off"
    if operation.supplied or type(arguments) is not dict or not arguments.keys() <= by_key.keys():
        arguments, problems = _by_key(operation, arguments)
        draft.fail(problems)
    if plan.query or options.extra_query or not arguments.keys() <= by_key.keys():
        _add_undocumented(draft, arguments, {**plan.query, **options.extra_query})
    for key, parameter in by_key.items():
        if key in arguments:
            _add_argument(draft, parameter, arguments[key], validate=validate)
        elif parameter.required and not (
            key in operation.negotiated or _is_set_elsewhere(key, operation, plan.credentials)
        ):
            draft.problems.append(Problem(key[0], (key[1],), "required", "is required"))
            draft.fails = draft.fails or key[0] == "path"
    return arguments


def _add_body(draft: Draft, plan: Plan, arguments: Mapping[Any, Any], body: Any) -> Any:
    """Add the Content-Type of the body, and return its payload."""
    operation, extra = draft.operation, plan.options.extra_body
    typed = typed_body(body, operation, arguments) if operation.negotiated else body
    if typed is MISSING and not extra and (operation.body is None or not operation.body.required):
        return None
    validate = plan.options.validate_requests != "off"
    content_type, payload, problems = encoded_body(operation.body, typed, validate=validate)
    if extra:
        content_type, payload, problems = extended_body(operation.body, typed, extra, problems)
    draft.problems += problems
    draft.fails = draft.fails or (payload is None and (body is not MISSING or bool(extra)))
    if content_type and not (operation.negotiated and negotiated_value("content-type", operation, arguments)):
        draft.headers.append(("Content-Type", content_type))
    return payload


def _selected(draft: Draft, plan: Plan, arguments: Mapping[Any, Any]) -> Additions:
    """Return what security adds to this request; nobody is asked for a credential if it will not be sent."""
    operation, options = draft.operation, plan.options
    stopped = (
        draft.fails or bool(plan.server_problems) or (bool(draft.problems) and options.validate_requests == "strict")
    )
    ways = operation.security, operation.schemes, plan.credentials
    added, problems = select(*ways, server=plan.server, timeout=options.wait, ask=not stopped)
    if problems and (_is_basic_enough(plan, operation) or _brings_credentials(operation, options, arguments)):
        problems = [problem for problem in problems if problem.where != "security"]
    draft.problems += problems
    draft.fails = draft.fails or any(problem.where == "auth" for problem in problems)
    return added


def _add_settings(draft: Draft, plan: Plan, added: Additions, arguments: Mapping[Any, Any]) -> None:
    """Add the header fields of the options and of the server, and the Accept field."""
    operation = draft.operation
    if plan.extra or plan.extra_problems:
        draft.fail(_add_extra(draft, plan, added))
    if plan.basic and not added.signers and not any(name.lower() == "authorization" for name, _ in draft.headers):
        draft.headers.append(("Authorization", plan.basic))
    if (
        plan.accept is not None
        and (plan.added is not None or not _names(added, "accept"))
        and not (operation.negotiated and negotiated_value("accept", operation, arguments))
    ):
        draft.headers.append(("Accept", plan.accept))


def _is_basic_enough(plan: Plan, operation: Operation) -> bool:
    """Whether the user information of the server's URL meets the security requirements."""
    return bool(plan.basic) and is_basic_enough(operation.security, operation.schemes)


def _unframed(draft: Draft, payload: Any) -> list[Problem]:
    """Return what is wrong with documented fields that the connection sets: only the length that the body has may be given."""
    length = str(len(payload or b"")) if payload is None or isinstance(payload, bytes) else None
    problems = []
    for name, text in draft.framing:
        if name.lower() != "content-length" or (text != length and length is not None):
            has = f"; the body has {length} bytes" if name.lower() == "content-length" else ""
            problems.append(Problem("header", (name,), "unknown", f"{OF_CONNECTION}{has}", "leave it out"))
    return problems


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
        elif isinstance(name, tuple) and len(name) == 2 and name[0] in STYLES and isinstance(name[1], str):
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


def _add_undocumented(draft: Draft, arguments: Mapping[Any, Any], extra: Mapping[str, Any]) -> None:
    """Put what the document does not have on the wire, where the caller says where it stands."""
    known = draft.operation.by_key
    named = [(key, value) for key, value in arguments.items() if key not in known]
    draft.problems += [Problem(*_place(key), "unknown", "is not in the document", LET_THROUGH) for key, _ in named]
    for (location, name), value in [*named, *((("query", name), value) for name, value in extra.items())]:
        try:
            draft.add_undocumented(location, name, to_plain(value))
        except MediaError as error:
            draft.fail(problems_of(error, location, name, keyword="style"))


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


def _add_argument(draft: Draft, parameter: Parameter, value: Any, *, validate: bool) -> None:
    """Put one argument on the wire, and add its problems."""
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
                draft.problems += _with_their_source(draft.operation, key, plain, found)
        if plain == "" and parameter.wire.location == "path" and parameter.wire.style == "simple":
            draft.problems.append(Problem(*_place(key), "empty", "must not be empty", LET_THROUGH))
            draft.path[parameter.wire.name] = ""
        else:
            draft.add(parameter, plain)
    except MediaError as error:
        wrong = problems_of(error, *key, keyword="style")
        draft.problems += [problem for problem in wrong if not is_told(problem, found)]
        draft.fails = True


def _with_their_source(
    operation: Operation, key: tuple[str, str], value: Any, problems: list[Problem]
) -> list[Problem]:
    """Say of the version that only the settings send where it comes from."""
    if operation.sends is None or key != operation.sends_key or value != operation.sends[2]:
        return problems
    hint = f"dynclient.toml says to send the version there: `sends` in [apis.{operation.document.placed.name}]"
    return [replace(problem, hint=f"{problem.hint}; {hint}" if problem.hint else hint) for problem in problems]


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


def _add_credentials(draft: Draft, added: Additions, arguments: Mapping[Any, Any]) -> None:
    """Add what security adds, unless an argument fills the same place."""
    taken = {(location, name.lower()) for location, name in arguments} if arguments else ()
    for field in added.headers:
        if ("header", field[0].lower()) not in taken:
            draft.headers.append(field)
    if added.query or added.cookies:
        query = [field for field in added.query if ("query", field[0].lower()) not in taken]
        cookies = [field for field in added.cookies if ("cookie", field[0].lower()) not in taken]
        draft.query += [(quote(name, safe=""), quote(text, safe="")) for name, text in query]
        draft.cookies += [(quote(name, safe=""), cookie_text(text)) for name, text in cookies]
    if draft.cookies:
        draft.headers.append(("Cookie", "; ".join(f"{name}={text}" for name, text in draft.cookies)))


def _add_extra(draft: Draft, plan: Plan, added: Additions) -> list[Problem]:
    """Add the header fields of the options; return what is wrong with them."""
    taken = {name.lower() for name, _ in draft.headers} | ({"authorization"} if added.signers else set())
    doubled = [name for name, _ in plan.extra if name.lower() in taken]
    draft.headers += [field for field in plan.extra if field[0] not in doubled]
    hint = "leave it out of the options"
    found = [Problem("header", (name,), "unknown", "is set by the document", hint) for name in doubled]
    return [*plan.extra_problems, *found]


def _url(plan: Plan, draft: Draft) -> str:
    template = draft.operation.template
    url = plan.start
    if template.path.names:
        url = plan.server.rstrip("/") + template.path.filled(draft.path)
    if draft.query or draft.whole_query or template.pairs:
        pairs = [f"{name}={text}" for name, text in draft.query]
        query = "&".join(filter(None, (*template.query(draft.path), draft.whole_query, *pairs)))
        url = f"{url}?{query}" if query else url
    return url
