"""Occurrences: in how many different replies of an operation each part of the document occurred, so that findings can be compared with it.

A reply that breaks the document says little alone. Where 2 of 150 replies break what the others follow, the server is at fault; where all 150 do,
the document is. Exact repeats count as one reply: a test that ran a hundred times is no more evidence than one that ran once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dynclient.api.operation import Operation
from dynclient.problem import Problem
from dynclient.traffic.plans import ValuePlan, occurring, plan_at

if TYPE_CHECKING:
    from dynclient.traffic.desk import Desk
    from dynclient.traffic.report import Report

#: The name of all replies of an operation.
ALL_REPLIES = ""
#: How many combinations of parts are kept before their parts are counted.
_FORMS = 1000
#: The keywords with which an object is wrong because of a member.
_OF_MEMBERS = frozenset({"required", "dependentRequired", "additionalProperties", "unevaluatedProperties"})


class Occurrences:
    """Counts what occurs in the replies of one operation.

    Most replies have one of a few combinations of parts: the combinations are counted, and their parts once at the end.

    Args:
        target: The report that they count for.
        desk: The document.
        operation: The operation.
    """

    def __init__(self, target: Report, desk: Desk, operation: Operation) -> None:
        self._target = target
        self._desk = desk
        self._operation = operation
        self._replies: dict[tuple[str, bool, tuple[str, ...]], int] = {}
        self._bodies: dict[frozenset[Any], int] = {}

    def add_reply(self, status: str, fields: tuple[str, ...], *, has_known_body: bool, number: int = 1) -> None:
        """Count replies that are alike in this.

        Args:
            status: The key of the documented response; "" if there is none.
            fields: The names of its header fields in lower case; none where the document names none.
            has_known_body: Whether its body is judged.
            number: How many replies there were.
        """
        form = status, has_known_body, fields
        self._replies[form] = self._replies.get(form, 0) + number
        if len(self._replies) >= _FORMS:
            self._count_replies()

    def add_body(self, used: Iterable[Any]) -> None:
        """Count the body of a reply, by what `note_uses` notes of it."""
        form = frozenset(used)
        self._bodies[form] = self._bodies.get(form, 0) + 1
        if len(self._bodies) >= _FORMS:
            self._count_bodies()

    def finish(self) -> None:
        """Put what was counted into the report."""
        self._count_replies()
        self._count_bodies()

    def _count_replies(self) -> None:
        counts = self._target.occurred.setdefault(self._operation.id, {})
        for (status, has_known_body, fields), number in self._replies.items():
            names = [ALL_REPLIES]
            if status:
                names += [_reply(status), *([_body(status)] if has_known_body else [])]
                names += [_field(status, name) for name in self._documented(status) if name.lower() in fields]
            for name in names:
                counts[name] = counts.get(name, 0) + number
        self._replies.clear()

    def _documented(self, status: str) -> list[str]:
        return [header.wire.name for header in self._operation.replies[status].headers]

    def _count_bodies(self) -> None:
        counts = self._target.occurred.setdefault(self._operation.id, {})
        for form, number in self._bodies.items():
            for name in {self._desk.name_of(node) for node in occurring(form)}:
                counts[name] = counts.get(name, 0) + number
            for each in form:
                for kind, name in self._desk.coverage_of(each):
                    self._target.coverage.add(kind, name)
        self._bodies.clear()


def among(desk: Desk, operation: Operation, status: int, problem: Problem, plan: ValuePlan | None) -> str | None:
    """Return the name under which those replies are counted that could have a problem; None where they are not counted.

    Args:
        desk: The document.
        operation: The operation.
        status: The status of the reply.
        problem: The problem.
        plan: The plan of the body; None when it is not described.
    """
    if problem.where == "status":
        return ALL_REPLIES
    reply = operation.reply(status)
    if reply is None:
        return None
    if problem.where == "header" and problem.path:
        name = str(problem.path[0])
        return _reply(reply.status) if problem.keyword == "required" else _field(reply.status, name)
    if problem.where != "body":
        return None
    if not problem.path and problem.keyword in ("required", "media type"):
        return _body(reply.status)
    path = problem.path[:-1] if problem.keyword in _OF_MEMBERS else problem.path
    found = plan_at(plan, path) if plan is not None else None
    return desk.name_of(found.home) if found is not None else None


def _reply(status: str) -> str:
    return f"reply {status}"


def _body(status: str) -> str:
    return f"body {status}"


def _field(status: str, name: str) -> str:
    return f"header {status} {name.lower()}"
