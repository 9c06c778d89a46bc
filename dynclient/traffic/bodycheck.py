"""Checks of bodies: what the engine objects to, put into words once for each form of it, and what a value uses of its schema.

The engine tells first only whether a body is valid. What it objects to is put into words once for each place in the schema; after that, equal
objections are counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dynclient.api.described import Content
from dynclient.errors import SpecError
from dynclient.problem import Problem
from dynclient.schema.finding import Finding, value_at
from dynclient.tolerance import Side
from dynclient.traffic.plans import Use, note_uses

if TYPE_CHECKING:
    from dynclient.traffic.case import Case
    from dynclient.traffic.exercise import Exercise
    from dynclient.traffic.findings import Findings
    from dynclient.traffic.occurrences import Occurrences
    from dynclient.traffic.subjects import Key

#: How many forms of what the engine objects to are remembered for a body.
_FORMS = 5000


class BodyCheck:
    """Takes the value of a body while it is read, and what the engine objects to in it, not yet in words.

    Args:
        is_judged: Whether the engine judges; not where openapi-core does.
    """

    __slots__ = ("_is_judged", "content", "findings", "value")

    def __init__(self, *, is_judged: bool) -> None:
        self._is_judged = is_judged
        self.content: Content | None = None
        self.value: Any = None
        self.findings: list[Finding] = []

    def __call__(self, content: Content, value: Any) -> list[Problem]:
        """Take a value; return what is wrong with it where that is in words already."""
        self.content, self.value = content, value
        if not self._is_judged:
            return []
        try:
            if not content.json_type:
                return content.problems(value)
            self.findings = content.schema.findings(value)
        except SpecError as error:
            return [Problem("body", (), "schema", f"cannot be checked: {each.message}") for each in error.problems]
        except (ValueError, RecursionError):
            return content.schema.problems(value)
        return []


class BodyChecks:
    """The bodies of one chunk.

    Args:
        findings: Receives what is wrong with them.
        exercise: Receives what they use of their schemas.
    """

    def __init__(self, findings: Findings, exercise: Exercise) -> None:
        self._findings = findings
        self._exercise = exercise
        self._forms: dict[Any, dict[Any, list[Key]]] = {}

    def judge(self, case: Case, side: Side, body: BodyCheck, occurrences: Occurrences | None = None) -> None:
        """Count what the engine objects to, put new objections into words, and note what the value uses of its schema."""
        content = body.content
        if content is None:
            return
        if body.findings:
            self._judge_findings(case, side, body, content)
        plan = case.desk.plan_of(content, side)
        if plan is None:
            return
        used = {plan} if occurrences is not None else self._exercise.sent_by(case)
        uses: list[Use] = []
        if isinstance(body.value, dict | list):
            note_uses(plan, body.value, used, uses)
        if occurrences is not None:
            occurrences.add_body(used)
        for use in uses:
            self._findings.add_use(case, side, use, body)

    def _judge_findings(self, case: Case, side: Side, body: BodyCheck, content: Content) -> None:
        forms = self._forms.setdefault((id(content), id(case.target), (case.status or 0) // 100), {})
        counted: set[Any] = set()
        for finding in body.findings:
            here = value_at(body.value, finding.path)
            if finding.keyword == "required":  # an engine may tell of each one: the first names all that are missing
                if (id(finding.schema), finding.path) in counted:
                    continue
                counted.add((id(finding.schema), finding.path))
            elif self._findings.is_left_out(here):
                case.target.not_judged["placeholders"] += 1
                continue
            form = _form_of(finding, body.value, here)
            keys = forms.get(form) if form is not None else None
            if keys is None or self._findings.wants_example(case, keys):
                keys = self._explained(case, side, body, content, finding, counted)
                if form is not None and len(forms) < _FORMS:
                    forms[form] = keys
                continue
            for key in keys:
                if (key, finding.path) not in counted:
                    counted.add((key, finding.path))
                    self._findings.bump(case.target, key)
                    case.keys.append(key)

    def _explained(
        self, case: Case, side: Side, body: BodyCheck, content: Content, finding: Finding, counted: set[Any]
    ) -> list[Key]:
        """Put what the engine objects to into words, and add it as findings."""
        keys = [
            self._findings.add(case, side, problem, body=body, counted=counted, at=finding.path)
            for problem in content.schema.explained([finding], body.value)
        ]
        return [key for key in keys if key is not None]


def _form_of(finding: Finding, value: Any, here: Any) -> Any:
    """Return what makes two findings of an engine the same; None when that cannot be told.

    Args:
        finding: The finding.
        value: The whole value.
        here: The part of it that the finding is about.
    """
    if not finding.schema:
        return None
    way = tuple(["*" if type(token) is int else token for token in finding.path])
    more: Any = type(here)
    if finding.keyword == "required":
        rule = finding.schema.get("required")
        more = tuple(name for name in rule if name not in here) if isinstance(rule, list) and here is not None else ()
    elif finding.names:
        more = finding.names
    elif finding.keyword in ("additionalProperties", "unevaluatedProperties", "items"):
        return None
    elif finding.keyword in ("enum", "const"):
        more = repr(here)[:60]
    inner = []
    for branch in finding.branches:
        forms = [_form_of(each, value, value_at(value, each.path)) for each in branch]
        if None in forms:
            return None
        inner.append(tuple(forms))
    return id(finding.schema), finding.keyword, way, more, tuple(inner)
