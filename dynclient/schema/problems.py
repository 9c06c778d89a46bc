"""Findings in words: one Problem for each broken keyword, and for a choice of schemas those of the branch that was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from dynclient.problem import Problem, show, without_middle
from dynclient.schema.bundle import ASSERTED, CHOICES, Bundle, joined, types_of
from dynclient.schema.discriminator import DISCRIMINATOR, NULL
from dynclient.schema.finding import Finding, ValuePath, value_at
from dynclient.schema.formats import is_date_time
from dynclient.schema.secrecy import Quotation

#: How many problems of a value are listed.
MOST = 1000
#: How many branches of a choice, and how many characters about them, a message has.
_BRANCHES = 10
_LONGEST = 1000

#: The keywords that refuse properties: those that the finding names, or all of them where it names none.
_REFUSING = frozenset({"additionalProperties", "unevaluatedProperties"})

#: The keywords that say the same of null: that it is not allowed. `null` is the word for all of them.
_ABOUT_NULL = frozenset({"type", "enum", "const", "anyOf", "oneOf", "not", "false"})


def explain(
    findings: Iterable[Finding], value: Any, where: str, path: ValuePath, bundle: Bundle, root: Any = None
) -> list[Problem]:
    """Put findings into words.

    The first thousand are listed; one more Problem counts the rest.

    Args:
        findings: The findings of an engine.
        value: The whole value.
        where: The part of the message that holds the value.
        path: The path from there to the value.
        bundle: The bundle of the schemas.
        root: The schema of the whole value, which tells the parts that are secret.
    """
    left = distinct(findings)
    words = _Words(value, where, path, bundle, root).explain_all(left)
    found = dict.fromkeys(islice(words, MOST))
    rest = sum(1 for _ in left) + sum(1 for _ in words)  # in this order: the rest of the findings needs no words
    if rest:
        found[Problem(where, path, "more", f"has {rest:,} more problems, which are not listed", count=rest)] = None
    return list(found)


def distinct(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings; of the many that an engine may have for the names of one `required`, the first, which explains them all."""
    explained: set[Any] = set()
    for finding in findings:
        if finding.keyword == "required":
            key = finding.path, id(finding.schema)
            if key in explained:
                continue
            explained.add(key)
        yield finding


class _Words:
    def __init__(self, value: Any, where: str, path: ValuePath, bundle: Bundle, root: Any) -> None:
        self.value = value
        self.where = where
        self.path = path
        self.bundle = bundle
        self.quotation = Quotation(root, bundle, path)
        self._tags: dict[int, list[dict[str, list[Any]]]] = {}

    def explain_all(self, findings: Iterable[Finding]) -> Iterator[Problem]:
        for finding in findings:
            yield from self.explain(finding)

    def explain(self, finding: Finding) -> Iterator[Problem]:
        value = value_at(self.value, finding.path)
        keyword = finding.keyword
        rule = finding.schema.get(keyword)
        if keyword in CHOICES:
            yield from self.explain_choice(finding, value)
        elif keyword == "required" and isinstance(value, Mapping):
            for name in rule if isinstance(rule, list) else ():
                if name not in value:
                    yield self.problem((*finding.path, name), keyword, "is required")
        elif keyword in _REFUSING and isinstance(value, Mapping):
            names = set(finding.names)
            for name in value:
                if name in names or not names:
                    yield self.problem((*finding.path, name), keyword, "is not a documented property")
        elif keyword == "items" and rule is False and isinstance(value, list):
            for index in range(len(finding.schema.get("prefixItems", ())), len(value)):
                shown = self.quotation.shown(finding, value[index], (index,))
                yield self.problem((*finding.path, index), "false", f"{shown} is not allowed here")
        else:
            shown = self.quotation.shown(finding, value)
            yield self.problem(finding.path, keyword, worded(keyword, shown, rule, finding.schema))

    def problem(self, path: ValuePath, keyword: str, message: str, hint: str = "") -> Problem:
        word = "null" if keyword in _ABOUT_NULL and value_at(self.value, path) is None else keyword
        return Problem(self.where, (*self.path, *self.quotation.place(path)), word, message, hint)

    def explain_choice(self, finding: Finding, value: Any) -> Iterator[Problem]:
        """Yield the problems of the one branch that was meant; else one problem for the whole choice."""
        listed = finding.schema[finding.keyword]
        names = [branch_name(branch, index) for index, branch in enumerate(listed)]
        passed = [name for name, found in zip(names, finding.branches, strict=False) if not found]
        if passed:
            message = f"matches {' and '.join(passed)} at once, but must match exactly one"
            yield self.problem(finding.path, finding.keyword, message)
            return
        others = [found for branch, found in zip(listed, finding.branches, strict=False) if branch != NULL]
        if value is not None and len(others) == 1:
            yield from self.explain_all(distinct(others[0]))
            return
        tags = self.tags(listed)
        if tags and isinstance(value, Mapping):
            meant = chosen(tags, value)
            if len(meant) == 1:
                yield from self.explain_all(distinct(finding.branches[meant[0]]))
            else:
                yield self.wrong_tag(finding, tags, value)
            return
        yield from self.nearest(finding, names)

    def nearest(self, finding: Finding, names: list[str]) -> Iterator[Problem]:
        """Yield the problems of the branches that match the value's type, if they agree; else one problem for all."""
        # once, because a branch may hold choices, too
        # sorted, because each engine has an order of its own
        explained = [sorted(self.explain_all(distinct(found)), key=str) for found in finding.branches]
        fits = [not misfits(found, finding.path) for found in finding.branches]
        near = [problems for problems, fit in zip(explained, fits, strict=True) if fit] or explained
        if near and all(problems == near[0] for problems in near):
            yield from near[0]
            return
        rest = [f"{len(names) - _BRANCHES} more"] if len(names) > _BRANCHES else []
        each = "; ".join(
            f"{name}: {problems[0] if problems else ''}"
            for name, problems in zip(names[:_BRANCHES], explained, strict=False)
        )
        message = f"matches none of {' | '.join([*names[:_BRANCHES], *rest])}"
        yield self.problem(finding.path, finding.keyword, message, without_middle(each, _LONGEST))

    def tags(self, branches: Sequence[Any]) -> list[dict[str, list[Any]]]:
        """Return the tags of branches; many values may be wrong in one way."""
        if id(branches) not in self._tags:
            self._tags[id(branches)] = tags_of(self.bundle, branches)
        return self._tags[id(branches)]

    def wrong_tag(self, finding: Finding, tags: list[dict[str, list[Any]]], value: Mapping[str, Any]) -> Problem:
        allowed: dict[str, list[Any]] = {}
        for tag in tags:
            for name, values in tag.items():
                allowed.setdefault(name, []).extend(values)
        rule = ", or ".join(f"{name} as one of {', '.join(map(str, values))}" for name, values in allowed.items())
        present = [name for name in allowed if name in value]
        if present:
            shown = ", ".join(f"{name} is {self.quotation.shown(finding, value[name], (name,))}" for name in present)
            message = f"has an unknown discriminator: {shown}"
        elif len(allowed) > 1:
            message = f"has no discriminator: neither {' nor '.join(allowed)} is present"
        else:
            message = f"has no discriminator: {next(iter(allowed))} is missing"
        path = (*finding.path, present[0]) if len(present) == 1 else finding.path
        return self.problem(path, "discriminator", message, f"give {rule}")


def branch_name(schema: Any, index: int) -> str:
    """Return the name of a branch in messages."""
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            return str(schema["$ref"]).rpartition("/")[2]
        if isinstance(schema.get("type"), str):
            return str(schema["type"])
    return f"form {index + 1}"


def tags_of(bundle: Bundle, branches: Sequence[Any]) -> list[dict[str, list[Any]]]:
    """Return, for each branch, the required properties whose fixed values tell it from the others; empty when a branch has none.

    A branch that no object matches needs no such property. This is a discriminator read from the schemas. Unlike a Discriminator Object, which has
    one `propertyName`, it also works where different properties tell the branches apart.
    """
    found = [_fixed(bundle, branch) for branch in branches]
    counts: dict[tuple[str, str], int] = {}
    for tag in found:
        for name, values in tag.items():
            for value in values:
                counts[name, repr(value)] = counts.get((name, repr(value)), 0) + 1
    telling = [
        {name: values for name, values in tag.items() if all(counts[name, repr(value)] == 1 for value in values)}
        for tag in found
    ]
    needed = [tag for tag, branch in zip(telling, branches, strict=True) if _takes_objects(bundle, branch)]
    return telling if len(needed) > 1 and all(needed) else []


def _takes_objects(bundle: Bundle, branch: Any) -> bool:
    return all("object" in types_of(part) for part in bundle.parts(branch, ASSERTED) if "type" in part)


def _fixed(bundle: Bundle, branch: Any) -> dict[str, list[Any]]:
    """Return the required properties of a branch that list their values."""
    properties = bundle.properties(branch, ASSERTED)
    fixed: dict[str, list[Any]] = {}
    for name in bundle.required(branch):
        values = bundle.only_values(joined(properties.get(name, ())))
        if values is not None:
            fixed[name] = values
    return fixed


def chosen(tags: list[dict[str, list[Any]]], value: Mapping[str, Any]) -> list[int]:
    """Return the branches that the value names by one of their tags."""
    return [
        index
        for index, tag in enumerate(tags)
        if any(name in value and value[name] in values for name, values in tag.items())
    ]


def misfits(findings: tuple[Finding, ...], path: ValuePath) -> bool:
    """Whether the value is not even of the branch's type."""
    return any(finding.keyword in ("type", "const", "enum") and finding.path == path for finding in findings)


def worded(keyword: str, value: str, rule: Any, schema: Mapping[str, Any]) -> str:
    """Say what is wrong with a value.

    Args:
        keyword: The keyword that it breaks.
        value: The quoted value.
        rule: The keyword's own value.
        schema: The schema that holds the keyword.
    """
    return _WORDING.get(keyword, _other_wording)(value, rule, schema)


#: How many values of an enum a message lists: some have all currencies, or all countries.
_MOST_CHOICES = 20


def _type_words(value: str, expected: Any, _: Mapping[str, Any]) -> str:
    types = expected if isinstance(expected, list) else [expected]
    return f"{value} is not of type {' or '.join(map(str, types))}"


def _format_words(value: str, expected: Any, _: Mapping[str, Any]) -> str:
    zone = " (a time zone is missing: Z, or an offset such as +02:00)"
    return f"{value} is not a valid {expected}{zone if expected == 'date-time' and is_date_time(value[1:-1] + 'Z') else ''}"


def _enum_words(value: str, expected: Any, schema: Mapping[str, Any]) -> str:
    choices = ", ".join(show(item) for item in expected[:_MOST_CHOICES])
    if len(expected) > _MOST_CHOICES:
        choices += f" and {len(expected) - _MOST_CHOICES} more"
    if DISCRIMINATOR in schema:
        return f"{value} is not a known value of the discriminator {schema[DISCRIMINATOR]} (known: {choices})"
    return f"{value} is not one of {choices}"


def _beyond(value: str, expected: Any, schema: Mapping[str, Any], side: str, bound: str) -> str:
    limit = schema.get(bound) if isinstance(expected, bool) else expected  # 3.0 has the limit in the other keyword
    return f"{value} must be {side} than {limit}"


def _other_wording(value: str, expected: Any, _: Mapping[str, Any]) -> str:
    return (
        f"{value} is not allowed here" if expected in (None, False) else f"{value} breaks this rule: {show(expected)}"
    )


_WORDING: dict[str, Callable[[str, Any, Mapping[str, Any]], str]] = {
    "type": _type_words,
    "enum": _enum_words,
    "const": lambda value, expected, _: f"{value} is not {show(expected)}",
    "format": _format_words,
    "pattern": lambda value, expected, _: f"{value} does not match the pattern {expected}",
    "minimum": lambda value, expected, _: f"{value} is less than the minimum of {expected}",
    "maximum": lambda value, expected, _: f"{value} is greater than the maximum of {expected}",
    "exclusiveMinimum": lambda value, expected, schema: _beyond(value, expected, schema, "greater", "minimum"),
    "exclusiveMaximum": lambda value, expected, schema: _beyond(value, expected, schema, "less", "maximum"),
    "multipleOf": lambda value, expected, _: f"{value} is not a multiple of {expected}",
    "minLength": lambda value, expected, _: f"{value} is shorter than the minimum length of {expected}",
    "maxLength": lambda value, expected, _: f"{value} is longer than the maximum length of {expected}",
    "minItems": lambda _, expected, __: f"has fewer than {expected} items",
    "maxItems": lambda _, expected, __: f"has more than {expected} items",
    "uniqueItems": lambda _, __, ___: "contains the same item twice",
    "minProperties": lambda _, expected, __: f"has fewer than {expected} properties",
    "maxProperties": lambda _, expected, __: f"has more than {expected} properties",
    "contains": lambda _, __, ___: "contains no item that matches `contains`",
    "not": lambda value, expected, __: (
        f"{value} matches a schema that it must not match" if expected else f"{value} is not allowed here"
    ),
}
