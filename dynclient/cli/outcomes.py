"""What came of a call or a recording: problems, replies and verdicts, without credentials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dynclient.cli.escaping import printable
from dynclient.exchange import REDACTED, Request, Response, redact_fields
from dynclient.problem import Problem

if TYPE_CHECKING:
    from dynclient.api.verdict import Verdict


def problem_data(problem: Problem) -> dict[str, str]:
    """A problem for programs."""
    return {
        "where": problem.where,
        "pointer": problem.pointer,
        "keyword": problem.keyword,
        "message": problem.message,
        "hint": problem.hint,
    }


def reply_data(response: Response) -> dict[str, Any]:
    """A reply and its request for programs, without credentials."""
    request = response.request
    secrets = request.secrets if request is not None else frozenset()
    kept = response.headers.without(["Set-Cookie"]).fields
    return {
        "request": _request_data(request),
        "status": response.status,
        "headers": _joined(redact_fields(kept, secrets | {"authorization"})),
        "data": response.data,
        "problems": [problem_data(problem) for problem in response.problems],
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


def verdict_data(verdict: Verdict) -> dict[str, Any]:
    """A verdict for programs."""
    response = verdict.exchange.response
    return {
        "source": verdict.exchange.source,
        "method": verdict.exchange.request.method,
        "url": verdict.url,
        "status": response.status if response is not None else None,
        "operation": verdict.operation or None,
        "verdict": verdict.label,
        "problems": [
            {**problem_data(problem), "where": f"{side} {problem.where}"} for side, problem in verdict.problems
        ],
    }


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """A verdict in a line; one that is not clean with its request and every problem."""
    request, response = verdict.exchange.request, verdict.exchange.response
    status = f" {response.status}" if response is not None else ""
    name = f"{verdict.operation}  " if verdict.operation else ""
    yield printable(f"{name}{request.method}{status}  {verdict.exchange.source}")
    if not verdict.ok:
        yield printable(f"{request.method} {verdict.url}")
        yield from (printable(f"- {side} {problem}") for side, problem in verdict.problems)
