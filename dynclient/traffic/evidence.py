"""Evidence: what a problem in an exchange shows of how the document should be, without any value."""

from __future__ import annotations

from typing import Any

from dynclient.problem import Problem, show
from dynclient.schema.finding import value_at
from dynclient.tolerance import Side
from dynclient.traffic.outline import operation_outline
from dynclient.traffic.profile import Profile, profile_of, sized, text_profile
from dynclient.traffic.recording import Recording
from dynclient.traffic.report import Evidence

#: The keywords that object to a value which may be the tag of a discriminator.
_TAGS = frozenset({"enum", "discriminator"})


def evidence_of(
    recording: Recording, side: Side, template: str, problem: Problem, body: Any, argument: Any, quoted: str
) -> Evidence | None:
    """Return the outline of the exchange where the document lacks a part of it, else the profile of the value that is wrong.

    Args:
        recording: The exchange.
        side: The side of the problem.
        template: The path template of the operation.
        problem: The problem.
        body: The value of the body that it is about.
        argument: The value of the parameter that it is about.
        quoted: The value as the finding shows it: a value that it hides gives no size.
    """
    lacks_body = problem.keyword == "undocumented" or (problem.keyword == "media type" and not problem.path)
    if problem.where == "status" or lacks_body:
        return operation_outline(recording, template)
    if problem.where not in ("path", "query", "querystring", "header", "cookie", "body"):
        return None
    if problem.keyword == "required":
        return None
    if problem.where == "body" and problem.keyword in _TAGS:
        # the object that has a tag tells which schema a new one stands for
        return profile_of(value_at(body, problem.path[:-1])) if problem.path else None
    if problem.where == "body":
        value = value_at(body, problem.path)
    elif not problem.path:
        return None
    elif argument is not None:
        value = value_at(argument, problem.path[1:])
    else:
        return _of_field(recording, side, template, problem)
    if not isinstance(value, dict | list | str | int | float | bool | None):
        return Profile(unknown=True)
    return sized(profile_of(value), value) if quoted == show(value) else profile_of(value)


def _of_field(recording: Recording, side: Side, template: str, problem: Problem) -> Profile | None:
    """Return the profile of a parameter or a header field by its text."""
    name, response = str(problem.path[0]), recording.exchange.response
    if side == "response":
        text = response.headers.get(name) if response is not None else None
        return text_profile([text]) if text is not None else None
    parameters = operation_outline(recording, template).parameters
    wanted = name.lower() if problem.where == "header" else name
    found = (
        profile
        for (where, key), profile in parameters.items()
        if where == problem.where and (key.lower() if where == "header" else key) == wanted
    )
    return next(found, None)
