"""What of a request does not depend on its arguments, worked out once for an operation, its options and its credentials.

An operation keeps the plan that was used last. It is made anew when it is called with other options or credentials, so nothing that
a caller changes is missed; and what can differ from call to call (callables, tokens, the environment) is in no plan.
"""

from __future__ import annotations

from typing import NamedTuple

from dynclient import lazy
from dynclient.api.operation import Operation, variable_names
from dynclient.names import nearest
from dynclient.options import Options
from dynclient.problem import Problem
from dynclient.security.additions import Additions
from dynclient.security.credentials import Credentials
from dynclient.security.requirements import fixed
from dynclient.wire import params
from dynclient.wire.servers import choose_server

#: A field name (RFC 9110, section 5.1).
_TOKEN = lazy.pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


class Plan(NamedTuple):
    """What every request of an operation has under the same options and credentials.

    Attributes:
        options: The options that it is for.
        credentials: The credentials that it is for.
        settings: What the mappings of those options held.
        server: The server's URL.
        unserved: What is wrong with it.
        start: The URL up to the first path parameter; the whole URL less its query, when there is none.
        added: What security adds, when that is the same for every call; else None.
        extra: The header fields of the options.
        refused: The problems of those that are none.
        accept: The Accept field; None when the options or security set one.
    """

    options: Options
    credentials: Credentials
    settings: tuple[dict[str, str], dict[str, str | int]]
    server: str
    unserved: list[Problem]
    start: str
    added: Additions | None
    extra: tuple[tuple[str, str], ...]
    refused: list[Problem]
    accept: str | None

    def __repr__(self) -> str:
        return f"<Plan {len(self.extra)} header fields>"  # what they hold may be secret


def plan_for(operation: Operation, options: Options, credentials: Credentials) -> Plan:
    """The plan of an operation under these options and credentials."""
    plan = operation.plan
    if (
        isinstance(plan, Plan)
        and plan.options is options
        and plan.credentials is credentials
        and plan.settings == (options.headers, options.server_variables)
    ):
        return plan
    plan = operation.plan = _plan(operation, options, credentials)
    return plan


def server_for(operation: Operation, options: Options) -> tuple[str, list[Problem]]:
    """The URL of the server that an operation is called at, and what is wrong with it."""
    server, found = choose_server(operation.servers, options.server, options.server_variables)
    if not found and not server.lower().startswith(("http://", "https://")):
        message = f"the document's server {server!r} is no whole URL"
        found = [Problem("server", (), "server", message, "give server= to the client")]
    return server, [*found, *_misspelt(operation, options)]


def _misspelt(operation: Operation, options: Options) -> list[Problem]:
    """The values that are for no variable of any server in the document."""
    known = {name for server in operation.servers for name in server.names}
    if options.server_variables.keys() <= known:
        return []
    known |= variable_names(operation.document)
    hint = f"there are {', '.join(sorted(known))}" if known else "there are none"
    unknown = [name for name in options.server_variables if name not in known]
    message = "is no variable of the document's servers"
    return [Problem("server", (name,), "unknown", message, nearest(name, known) or hint) for name in unknown]


def _plan(operation: Operation, options: Options, credentials: Credentials) -> Plan:
    server, unserved = server_for(operation, options)
    added = fixed(operation.security, operation.schemes, credentials, server=server)
    extra, refused = _extra(options)
    taken = {name.lower() for name in options.headers} | {name.lower() for name, _ in (added.headers if added else ())}
    return Plan(
        options,
        credentials,
        (dict(options.headers), dict(options.server_variables)),
        server,
        unserved,
        server.rstrip("/") + operation.template.path.literals[0],
        added,
        tuple(extra),
        refused,
        None if "accept" in taken else options.accept or operation.accept,
    )


def _extra(options: Options) -> tuple[list[tuple[str, str]], list[Problem]]:
    """The header fields of the options, and the problems of those that are none."""
    fields, problems = [], []
    for name, value in options.headers.items():
        if isinstance(value, str) and _TOKEN.match(name) and not params.NOT_IN_HEADER.search(value):
            fields.append((name, value))
        else:
            message = "is not a header field: a token, and one line of text without white space at its ends"
            problems.append(Problem("header", (name,), "type", message))
    return fields, problems
