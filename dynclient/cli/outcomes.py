"""The outcome of a call: replies and problems as data and as text, without credentials."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from dynclient.api.operation import Operation
from dynclient.api.read import error_headline
from dynclient.cli.terminal import json_text, respelt, say
from dynclient.errors import InvalidResponse
from dynclient.exchange import Request, Response
from dynclient.problem import Problem, printable
from dynclient.tolerance import Side, rule_of
from dynclient.wire import mediatype


def problem_data(side: Side, problem: Problem) -> dict[str, str]:
    """Return a problem of a request or a response as plain data."""
    return {
        "rule": rule_of(side, problem),
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
    problems = [problem_data("response", problem) for problem in response.problems]
    return response.to_dict() | {"problems": problems}


def print_reply(
    operation: Operation, response: Response, check: Callable[[str, Response], None], *, as_json: bool
) -> bool:
    """Print the data of a reply on standard output, or on standard error why there is none.

    Args:
        operation: The operation that was called.
        response: The reply.
        check: Raises for a reply that the options refuse, as `Client.check` does.
        as_json: Whether the reply is already printed, as JSON.

    Returns:
        Whether the reply is a success that the options accept.
    """
    if response.status >= 400:
        lines = [respelt(f"  {problem}") for problem in response.problems]
        headline = error_headline(operation, response)
        say("\n".join([f"Error: {headline}", *lines]), "red")
        if response.content and not as_json and not isinstance(response.data, bytes):
            text = _data_text(response)
            if not headline.endswith(text):
                say(text)
        return False
    try:
        check(operation.key, response)
    except InvalidResponse as error:
        say(f"Error: {respelt(str(error))}", "red")
        return False
    if response.content and not as_json:
        if isinstance(response.data, bytes):
            sys.stdout.buffer.write(response.data)
        else:
            click.echo(_data_text(response))
    return True


def _data_text(response: Response) -> str:
    """Return text as it is, and everything else as JSON."""
    kind = mediatype.parse(response.headers.get("Content-Type", ""))
    return response.data if isinstance(response.data, str) and not kind.is_json else json_text(response.data)
