"""The outcome of a call or a recording: replies, problems and verdicts as data and as text, without credentials."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from dynclient.api.operation import Operation
from dynclient.cli.terminal import json_text, respelt, say
from dynclient.errors import InvalidResponse
from dynclient.exchange import REDACTED, Request, Response, redact_fields
from dynclient.problem import Problem, printable
from dynclient.tolerance import Side, rule_of
from dynclient.wire import mediatype

if TYPE_CHECKING:
    from dynclient.api.verdict import Verdict

#: The labels of verdicts, and their colours.
LABELS = {"ok": "green", "broken": "red", "unmatched": "yellow"}


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


def reply_data(response: Response) -> dict[str, Any]:
    """Return a reply and its request as plain data, without credentials."""
    request = response.request
    secrets = request.secrets if request is not None else frozenset()
    kept = response.headers.without(["Set-Cookie"]).fields
    return {
        "request": _request_data(request),
        "status": response.status,
        "headers": _joined(redact_fields(kept, secrets | {"authorization"})),
        "data": response.data,
        "problems": [problem_data("response", problem) for problem in response.problems],
        "elapsed": round(response.elapsed, 6),
    }


def _request_data(request: Request | None) -> dict[str, Any] | None:
    if request is None:
        return None
    return {"method": request.method, "url": request.safe_url, "headers": _joined(request.safe_headers)}


def _joined(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in fields:
        found[name] = f"{found[name]}, {value}" if name in found and value != REDACTED else value
    return found


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
        say("\n".join([f"Error: {operation.id}: {_headline(operation, response.status)}", *lines]), "red")
        if response.content and not as_json and not isinstance(response.data, bytes):
            say(_data_text(response))
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


def _headline(operation: Operation, status: int) -> str:
    """Return a status with the first line of its documented description, which may begin with the status."""
    reply = operation.reply(status)
    text = reply.description.partition("\n")[0] if reply is not None else ""
    return text if text.startswith(str(status)) else f"{status} {text}".rstrip()


def _data_text(response: Response) -> str:
    """Return text as it is, and everything else as JSON."""
    kind = mediatype.parse(response.headers.get("Content-Type", ""))
    return response.data if isinstance(response.data, str) and not kind.is_json else json_text(response.data)


def verdict_data(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as plain data."""
    response = verdict.exchange.response
    return {
        "source": verdict.exchange.source,
        "method": verdict.exchange.request.method,
        "url": verdict.url,
        "status": response.status if response is not None else None,
        "operation": verdict.operation or None,
        "verdict": verdict.label,
        "problems": [
            {**problem_data(side, problem), "where": f"{side} {problem.where}"} for side, problem in verdict.problems
        ],
    }


def print_verdict(verdict: Verdict, *, as_json: bool) -> None:
    """Print a verdict as one line, followed by its request and its problems if it is not ok; or as a line of JSON."""
    if as_json:
        click.echo(json_text(verdict_data(verdict), indent=None))
        return
    label = click.style(f"{verdict.label:9}", LABELS[verdict.label])
    first, *rest = _verdict_lines(verdict)
    click.echo("\n".join([f"{label}  {first}", *(f"{'':11}{line}" for line in rest)]))


def _verdict_lines(verdict: Verdict) -> Iterator[str]:
    request, response = verdict.exchange.request, verdict.exchange.response
    status = f" {response.status}" if response is not None else ""
    name = f"{verdict.operation}  " if verdict.operation else ""
    yield printable(f"{name}{request.method}{status}  {verdict.exchange.source}")
    if not verdict.ok:
        yield printable(f"{request.method} {verdict.url}")
        yield from (printable(respelt(f"- {side} {problem}")) for side, problem in verdict.problems)
