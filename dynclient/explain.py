"""What a schema objects to, in words.

A JSON Schema engine only says which keyword of which schema failed at which place (a `Finding`). The words come from one table here,
so every engine says the same; a choice of schemas is explained by the one branch that was meant; and a value that
the schema marks as a secret (`format: password`, `writeOnly`) is never quoted, nor one that holds such a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dynclient.dialect import DISCRIMINATOR
from dynclient.errors import Problem
from dynclient.values import show

Path = tuple[str | int, ...]
Resolve = Callable[[str], Any]

#: How many references in a row are followed to tell the branches of a choice apart.
_MAX_REFERENCES = 50
_HIDDEN = "(hidden)"


class Finding(NamedTuple):
    """One keyword that a value breaks, as an engine reports it.

    Attributes:
        path: The way to the value that breaks it.
        schema: The schema that holds the keyword.
        keyword: The keyword; `false` when the schema is false itself.
        branches: For `anyOf` and `oneOf`, the findings of each branch.
        names: For `unevaluatedProperties`, the properties that are not allowed.
    """

    path: Path
    schema: Mapping[str, Any]
    keyword: str
    branches: tuple[tuple[Finding, ...], ...] = ()
    names: tuple[str, ...] = ()


def explain(
    findings: Iterable[Finding], value: Any, where: str, path: Path, resolve: Resolve, root: Any = None
) -> list[Problem]:
    """Findings in words.

    Args:
        findings: What an engine found.
        value: The whole value.
        where: The part of the message that the value is.
        path: The way from there to the value.
        resolve: Gives the schema that a `$ref` in a schema leads to.
        root: The schema of the whole value, to know which parts of it are secret.
    """
    return list(dict.fromkeys(_Words(value, where, path, resolve, root).explain_all(findings)))


class _Words:
    def __init__(self, value: Any, where: str, path: Path, resolve: Resolve, root: Any) -> None:
        self.value = value
        self.where = where
        self.path = path
        self.resolve = resolve
        self.root = root

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
        elif keyword == "additionalProperties" and isinstance(value, Mapping):
            for name in _unexpected(finding.schema, value):
                yield self.problem((*finding.path, name), keyword, "is not a documented property")
        elif keyword == "unevaluatedProperties" and finding.names:
            for name in finding.names:
                yield self.problem((*finding.path, name), keyword, "is not a documented property")
        elif keyword == "items" and rule is False and isinstance(value, list):
            for index in range(len(finding.schema.get("prefixItems", ())), len(value)):
                yield self.problem((*finding.path, index), "false", f"{show(value[index])} is not allowed here")
        else:
            wording = _WORDING.get(keyword, _other_wording)
            yield self.problem(finding.path, keyword, wording(self.shown(finding, value), rule, finding.schema))

    def shown(self, finding: Finding, value: Any) -> str:
        """The value for a message, less what is secret in it."""
        schemas = self.parts([self.root])
        for token in finding.path:
            if any(map(_is_secret, schemas)):
                return "the value"
            schemas = self.parts(_below(schemas, token))
        schemas += self.parts([finding.schema])
        if any(map(_is_secret, schemas)):
            return "the value"
        return show(self.masked(value, schemas))

    def masked(self, value: Any, schemas: list[Mapping[str, Any]]) -> Any:
        if any(map(_is_secret, schemas)):
            return _HIDDEN
        if isinstance(value, Mapping):
            return {name: self.masked(item, self.parts(_below(schemas, name))) for name, item in value.items()}
        if isinstance(value, list):
            return [self.masked(item, self.parts(_below(schemas, index))) for index, item in enumerate(value)]
        return value

    def parts(self, schemas: Iterable[Any]) -> list[Mapping[str, Any]]:
        """The schemas and those that they are made of."""
        found: list[Mapping[str, Any]] = []
        pending = list(schemas)
        while pending:
            schema = pending.pop()
            if not isinstance(schema, Mapping) or any(schema is known for known in found):
                continue
            found.append(schema)
            pending += [self.resolve(schema["$ref"])] if isinstance(schema.get("$ref"), str) else []
            for keyword in ("allOf", "anyOf", "oneOf"):
                pending += schema.get(keyword) or ()
            pending += [schema[keyword] for keyword in ("if", "then", "else") if keyword in schema]
        return found

    def problem(self, path: Path, keyword: str, message: str, hint: str = "") -> Problem:
        return Problem(self.where, (*self.path, *path), keyword, message, hint)

    def explain_choice(self, finding: Finding, value: Any) -> Iterator[Problem]:
        """One problem for a choice of schemas, or those of the one branch that was plainly meant."""
        listed = finding.schema[finding.keyword]
        names = [_branch_name(branch, index) for index, branch in enumerate(listed)]
        passed = [name for name, found in zip(names, finding.branches, strict=False) if not found]
        if passed:
            message = f"fits {' and '.join(passed)} at once, and must fit exactly one"
            yield self.problem(finding.path, finding.keyword, message)
            return
        tags = _tags([self.deref(branch) for branch in listed])
        if tags and isinstance(value, Mapping):
            chosen = _chosen(tags, value)
            if len(chosen) == 1:
                yield from self.explain_all(finding.branches[chosen[0]])
            else:
                yield self.wrong_tag(finding, tags, value)
            return
        yield from self.nearest(finding, names)

    def nearest(self, finding: Finding, names: list[str]) -> Iterator[Problem]:
        """The problems of the branches that fit the value's type, if they agree; else one problem for all."""
        near = [found for found in finding.branches if not _misfits(found, finding.path)] or list(finding.branches)
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


def _branch_name(schema: Any, index: int) -> str:
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            return str(schema["$ref"]).rpartition("/")[2]
        if isinstance(schema.get("type"), str):
            return str(schema["type"])
    return f"form {index + 1}"


def _tags(branches: Sequence[Mapping[str, Any]]) -> list[dict[str, list[Any]]]:
    """For each branch, the required properties whose fixed values tell it from the others; empty when one has none.

    It is what a discriminator says, read off the schemas: it also holds where the branches are told apart by
    different properties, which a Discriminator Object, having one `propertyName`, cannot say.
    """
    found = [_fixed(branch) for branch in branches]
    counts: dict[tuple[str, str], int] = {}
    for tag in found:
        for name, values in tag.items():
            for value in values:
                counts[name, repr(value)] = counts.get((name, repr(value)), 0) + 1
    telling = [
        {name: values for name, values in tag.items() if all(counts[name, repr(value)] == 1 for value in values)}
        for tag in found
    ]
    return telling if all(telling) else []


def _fixed(branch: Mapping[str, Any]) -> dict[str, list[Any]]:
    properties = branch.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    fixed: dict[str, list[Any]] = {}
    for name in branch.get("required", ()):
        rule = properties.get(name)
        if isinstance(rule, Mapping) and "const" in rule:
            fixed[name] = [rule["const"]]
        elif isinstance(rule, Mapping) and isinstance(rule.get("enum"), list):
            fixed[name] = rule["enum"]
    return fixed


def _chosen(tags: list[dict[str, list[Any]]], value: Mapping[str, Any]) -> list[int]:
    return [
        index
        for index, tag in enumerate(tags)
        if any(name in value and value[name] in values for name, values in tag.items())
    ]


def _misfits(findings: tuple[Finding, ...], path: Path) -> bool:
    """Whether a branch is not even of the value's type."""
    return any(finding.keyword in ("type", "const", "enum") and finding.path == path for finding in findings)


def _unexpected(schema: Mapping[str, Any], value: Mapping[str, Any]) -> list[str]:
    known = schema.get("properties", {})
    patterns = list(schema.get("patternProperties", {}))
    return [name for name in value if name not in known and not any(_searches(pattern, name) for pattern in patterns)]


def _searches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False


def _below(schemas: Iterable[Mapping[str, Any]], token: str | int) -> list[Any]:
    """The schemas that speak of one member of an object or one item of an array."""
    found: list[Any] = []
    for schema in schemas:
        if isinstance(token, int):
            first = schema.get("prefixItems", ())
            found.append(first[token] if token < len(first) else schema.get("items"))
            continue
        properties = schema.get("properties", {})
        found += [properties[token]] if token in properties else [schema.get("additionalProperties")]
        found += [rule for pattern, rule in schema.get("patternProperties", {}).items() if _searches(pattern, token)]
    return found


def _is_secret(schema: Mapping[str, Any]) -> bool:
    return schema.get("format") == "password" or schema.get("writeOnly") is True


def at(value: Any, path: Iterable[str | int]) -> Any:
    """The value at the end of a path; None when there is none."""
    for token in path:
        try:
            value = value[int(token)] if isinstance(value, list) else value[token]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return value


def _type_words(value: str, expected: Any, _: Mapping[str, Any]) -> str:
    kinds = expected if isinstance(expected, list) else [expected]
    return f"{value} is not of type {' or '.join(map(str, kinds))}"


def _enum_words(value: str, expected: Any, schema: Mapping[str, Any]) -> str:
    choices = ", ".join(show(item) for item in expected)
    if DISCRIMINATOR in schema:
        return f"{value} is not a known value of the discriminator {schema[DISCRIMINATOR]}, which takes {choices}"
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
    "format": lambda value, expected, _: f"{value} is not a valid {expected}",
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
    "uniqueItems": lambda _, __, ___: "holds an item twice",
    "minProperties": lambda _, expected, __: f"has fewer than {expected} properties",
    "maxProperties": lambda _, expected, __: f"has more than {expected} properties",
    "contains": lambda _, __, ___: "holds no item of the kind it must contain",
    "not": lambda value, expected, __: f"{value} is {'of a kind that is excluded' if expected else 'not allowed here'}",
}
