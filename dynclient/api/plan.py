"""The argument-independent part of a request, computed once per operation, options and credentials.

A client keeps the plans of its operations. Whatever may differ from call to call (callables, tokens, the environment) is in no plan, and a plan whose
options were changed in place is not used again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dynclient.api.operation import Operation, servers_in, variable_names
from dynclient.api.operations import Operations
from dynclient.errors import InvalidRequest
from dynclient.names import nearest
from dynclient.options import Options
from dynclient.origins import server_rule, without_user
from dynclient.problem import Problem
from dynclient.redaction import redact_url
from dynclient.security.additions import Additions
from dynclient.security.credentials import Credentials
from dynclient.security.requirements import fixed
from dynclient.wire.params import FIELD_NAME, FRAMING, NOT_IN_HEADER, OF_CONNECTION
from dynclient.wire.servers import Server, choose_server, secret_texts


class Plan(NamedTuple):
    """The part of every request of an operation that its arguments do not change.

    Attributes:
        options: The options that it is made for.
        settings: The content of the mappings in those options.
        server: The server's URL.
        server_problems: What is wrong with the server.
        start: The URL up to the first path parameter; without one, the whole URL less its query.
        added: What security adds, when that is the same for every call; else None.
        extra: The header fields of the options.
        extra_problems: What is wrong with those.
        accept: The Accept field; None when the options or security set one.
        hidden: The secret parts of the server's path.
        basic: The Authorization field that the server's user information makes, where the options have none; else "".
        query: The query parameters that name the version of the document.
        credentials: The credentials that it is made for.
    """

    options: Options
    settings: tuple[dict[str, str], dict[str, str | int]]
    server: str
    server_problems: list[Problem]
    start: str
    added: Additions | None
    extra: tuple[tuple[str, str], ...]
    extra_problems: list[Problem]
    accept: str | None
    hidden: tuple[str, ...]
    basic: str
    query: Mapping[str, str]
    credentials: Credentials

    def __repr__(self) -> str:
        return f"<Plan {len(self.extra)} header fields>"  # their values may be secret


def plan_of(operation: Operation, options: Options, credentials: Credentials) -> Plan:
    """Make the plan of an operation under these options and credentials."""
    server, problems = server_for(operation, options)
    server, basic = without_user(server)
    added = fixed(operation.security, operation.schemes, credentials, server=server)
    extra, extra_problems = _extra(options)
    fields, query = operation.version_fields
    given = {name.lower() for name, _ in extra}
    extra += [field for field in fields if field[0].lower() not in given]
    taken = {name.lower() for name in options.headers} | {name.lower() for name, _ in (added.headers if added else ())}
    return Plan(
        options,
        (dict(options.headers), dict(options.server_variables)),
        server,
        problems,
        server.rstrip("/") + operation.template.path.literals[0],
        added,
        tuple(extra),
        extra_problems,
        None if "accept" in taken else options.accept or operation.accept,
        secret_texts(options.server_variables),
        "" if "authorization" in taken else basic,
        query,
        credentials,
    )


def server_for(operation: Operation, options: Options) -> tuple[str, list[Problem]]:
    """The URL of the server that an operation is called at, and what is wrong with it."""
    server, found = choose_server(operation.servers, options.server, options.server_variables)
    rule = "" if found else server_rule(server)
    if rule:
        message = f"the server {redact_url(server)!r}, from the document, is not {rule}"
        found = [Problem("server", (), "server", message, "pass server= to the client")]
    return server, [*found, *_unknown_variables(operation, options)]


def check_server(operations: Operations, options: Options) -> None:
    """Refuse a server that no operation has: an index, a name, or a text that is not a URL.

    Args:
        operations: The operations of a document.
        options: The options, of which `server` is looked at.

    Raises:
        InvalidRequest: The document has no such server; the hint says what it has, or how the URL is written.
    """
    wanted = options.server
    if wanted is None or (isinstance(wanted, str) and "://" in wanted):
        return
    document = operations.document
    listed = servers_in(document, document.root)
    problems = _choice_problems(listed, wanted)
    # operations may have servers of their own; most documents are spared the search for them
    if problems and all(_choice_problems(each.servers, wanted) for each in operations.operations):
        raise InvalidRequest("the server cannot be used", problems)


def _choice_problems(servers: Iterable[Server], wanted: str | int) -> list[Problem]:
    """What is wrong with the choice of a server, whatever the values of its variables."""
    _, found = choose_server(servers, wanted, {})
    return [problem for problem in found if not problem.path]


def _unknown_variables(operation: Operation, options: Options) -> list[Problem]:
    """The values that are for no variable of any server in the document."""
    known = {name for server in operation.servers for name in server.names}
    if options.server_variables.keys() <= known:
        return []
    known |= variable_names(operation.document)
    hint = f"there are {', '.join(sorted(known))}" if known else "there are none"
    unknown = [name for name in options.server_variables if name not in known]
    message = "is not a variable of the document's servers"
    return [Problem("server", (name,), "unknown", message, nearest(name, known) or hint) for name in unknown]


def _extra(options: Options) -> tuple[list[tuple[str, str]], list[Problem]]:
    """The header fields of the options, and the problems of those that cannot be sent."""
    fields, problems = [], []
    for name, value in options.headers.items():
        if isinstance(name, str) and name.lower() in FRAMING and str(value).lower() != "close":
            problems.append(Problem("header", (name,), "unknown", OF_CONNECTION, "leave it out of the options"))
        elif isinstance(value, str) and FIELD_NAME.match(name) and not NOT_IN_HEADER.search(value):
            fields.append((name, value))
        else:
            message = "is not a header field: a token, and one line of text without white space at its ends"
            problems.append(Problem("header", (name,), "type", message))
    return fields, problems
