"""Findings in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dynclient.problem import Problem, show
from dynclient.schema.branches import branch_name, chosen, misfits, tags_of
from dynclient.schema.bundle import Bundle
from dynclient.schema.finding import Finding, Path, at
from dynclient.schema.secrecy import Quotation
from dynclient.schema.wording import worded

#: How many references in a row are followed to tell the branches of a choice apart.
_MAX_REFERENCES = 50
#: What refuses properties: those that the finding names, or all where nothing else speaks of any.
_REFUSING = frozenset({"additionalProperties", "unevaluatedProperties"})


def explain(
    findings: Iterable[Finding], value: Any, where: str, path: Path, bundle: Bundle, root: Any = None
) -> list[Problem]:
    """Findings in words.

    Args:
        findings: What an engine found.
        value: The whole value.
        where: The part of the message that the value is.
        path: The way from there to the value.
        bundle: The bundle that the schemas are of.
        root: The schema of the whole value, to know which parts of it are secret.
    """
    return list(dict.fromkeys(_Words(value, where, path, bundle, root).explain_all(findings)))


class _Words:
    def __init__(self, value: Any, where: str, path: Path, bundle: Bundle, root: Any) -> None:
        self.value = value
        self.where = where
        self.path = path
        self.resolve = bundle.resolve
        self.quotation = Quotation(root, bundle)

    def explain_all(self, findings: Iterable[Finding]) -> Iterator[Problem]:
        for finding in findings:
            yield from self.explain(finding)

    def explain(self, finding: Finding) -> Iterator[Problem]:
        value = at(self.value, finding.path)
        keyword = finding.keyword
        rule = finding.schema.get(keyword)
        if keyword in ("anyOf", "oneOf"):
            yield from self.explain_choice(finding, value)
        elif keyword == "required" and isinstance(value, Mapping):
            for name in rule if isinstance(rule, list) else ():
                if name not in value:
                    yield self.problem((*finding.path, name), keyword, "is required")
        elif keyword in _REFUSING and isinstance(value, Mapping):
            for name in value:
                if name in finding.names or not finding.names:
                    yield self.problem((*finding.path, name), keyword, "is not a documented property")
        elif keyword == "items" and rule is False and isinstance(value, list):
            for index in range(len(finding.schema.get("prefixItems", ())), len(value)):
                yield self.problem((*finding.path, index), "false", f"{show(value[index])} is not allowed here")
        else:
            shown = self.quotation.shown(finding, value)
            yield self.problem(finding.path, keyword, worded(keyword, shown, rule, finding.schema))

    def problem(self, path: Path, keyword: str, message: str, hint: str = "") -> Problem:
        return Problem(self.where, (*self.path, *path), keyword, message, hint)

    def explain_choice(self, finding: Finding, value: Any) -> Iterator[Problem]:
        """One problem for a choice of schemas, or those of the one branch that was plainly meant."""
        listed = finding.schema[finding.keyword]
        names = [branch_name(branch, index) for index, branch in enumerate(listed)]
        passed = [name for name, found in zip(names, finding.branches, strict=False) if not found]
        if passed:
            message = f"fits {' and '.join(passed)} at once, and must fit exactly one"
            yield self.problem(finding.path, finding.keyword, message)
            return
        tags = tags_of([self.deref(branch) for branch in listed])
        if tags and isinstance(value, Mapping):
            meant = chosen(tags, value)
            if len(meant) == 1:
                yield from self.explain_all(finding.branches[meant[0]])
            else:
                yield self.wrong_tag(finding, tags, value)
            return
        yield from self.nearest(finding, names)

    def nearest(self, finding: Finding, names: list[str]) -> Iterator[Problem]:
        """The problems of the branches that fit the value's type, if they agree; else one problem for all."""
        near = [found for found in finding.branches if not misfits(found, finding.path)] or list(finding.branches)
        explained = [list(self.explain_all(found)) for found in near]
        if explained and all(problems == explained[0] for problems in explained):
            yield from explained[0]
            return
        each = "; ".join(
            f"{name}: {next(self.explain_all(found), '')}" for name, found in zip(names, finding.branches, strict=False)
        )
        yield self.problem(finding.path, finding.keyword, f"fits none of {' | '.join(names)}", each)

    def wrong_tag(self, finding: Finding, tags: list[dict[str, list[Any]]], value: Mapping[str, Any]) -> Problem:
        allowed: dict[str, list[Any]] = {}
        for tag in tags:
            for name, values in tag.items():
                allowed.setdefault(name, []).extend(values)
        rule = ", or ".join(f"{name} as one of {', '.join(map(str, values))}" for name, values in allowed.items())
        given = [name for name in allowed if name in value]
        if given:
            told = ", ".join(f"{name} is {show(value[name])}" for name in given)
            message = f"has no known discriminator: {told}"
        elif len(allowed) > 1:
            message = f"has no discriminator: neither {' nor '.join(allowed)} is there"
        else:
            message = f"has no discriminator: {next(iter(allowed))} is missing"
        path = (*finding.path, given[0]) if len(given) == 1 else finding.path
        return self.problem(path, "discriminator", message, f"it takes {rule}")

    def deref(self, schema: Any) -> Mapping[str, Any]:
        for _ in range(_MAX_REFERENCES):
            if not isinstance(schema, Mapping) or "$ref" not in schema:
                break
            schema = self.resolve(schema["$ref"])
        return schema if isinstance(schema, Mapping) else {}
