"""The outcome of a call: replies and problems as data and as text, without credentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from dynclient.api.operation import Operation
from dynclient.api.read import error_headline
from dynclient.cli.terminal import json_text, respelt, say
from dynclient.errors import InvalidResponse
from dynclient.exchange import Request, Response
from dynclient.problem import Problem, printable
from dynclient.tolerance import rule_of
from dynclient.wire import mediatype


def problem_data(problem: Problem) -> dict[str, str]:
    """Return a problem of a reply as plain data."""
    return {
        "rule": rule_of("response", problem),
        "where": problem.where,
        "pointer": problem.pointer,
        "keyword": problem.keyword,
        "message": respelt(problem.message),
        "hint": respelt(problem.hint),
    }


def print_request(request: Request, secrets: list[Any], *, as_curl: bool, as_json: bool) -> None:
    """Print a request that is not sent, without credentials."""
    body = request.safe_body(secrets)
    if as_curl:
        click.echo(request.curl(secrets))
    elif as_json:
        click.echo(json_text(request.to_dict() | {"body": body}))
    else:
        lines = [f"{request.method} {request.safe_url}", *(f"{name}: {value}" for name, value in request.safe_headers)]
        click.echo(printable("\n".join(lines)))
        if body is not None:
            click.echo(f"\n{body}")


def reply_data(response: Response) -> dict[str, Any]:
    """Return a reply and its request as plain data, without credentials."""
    problems = [problem_data(problem) for problem in response.problems]
    return response.to_dict() | {"problems": problems}


def print_reply(
    operation: Operation,
    response: Response,
    check: Callable[[Operation, Response], object],
    show: Callable[[Response], None] | None,
) -> bool:
    """Print the data of a reply, or on standard error why there is none.

    Args:
        operation: The operation that was called.
        response: The reply.
        check: Raises for a reply that the options refuse.
        show: Prints the data of a success; None if the whole reply is printed already, or was never read.

    Returns:
        Whether the reply is a success that the options accept.
    """
    if response.status >= 400:
        _print_error(operation, response, has_data=show is not None)
        return False
    try:
        check(operation, response)
    except InvalidResponse as error:
        say(f"Error: {respelt(str(error))}", "red")
        return False
    if response.content and show is not None:
        show(response)
    return True


def _print_error(operation: Operation, response: Response, *, has_data: bool) -> None:
    """Print what a server says of an error, with its data where the headline does not have them."""
    lines = [respelt(f"  {problem}") for problem in response.problems]
    headline = error_headline(operation, response)
    say("\n".join([f"Error: {headline}", *lines]), "red")
    if response.content and has_data and not isinstance(response.data, bytes):
        text = str(response.data) if is_plain_text(response) else json_text(response.data)
        if not headline.endswith(text):
            say(text)


def is_plain_text(response: Response) -> bool:
    """Return whether the data of a reply are text that is printed as it is: a text in JSON is not."""
    kind = mediatype.parse(response.headers.get("Content-Type", ""))
    return isinstance(response.data, str) and not kind.is_json
