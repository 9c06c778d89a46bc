"""A compiled schema: a value in, Problems out. The only room that knows a JSON Schema engine.

Two engines stand behind one function, `compile_bundle`: jsonschema-rs for speed, `jsonschema` where that has no build. Neither's
wording is used. An engine only says which keyword of which schema failed at which place (a `Finding`); the words come from one
table here, so both engines say the same, and a value that is marked as a secret is never quoted.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from dynclient.dialect import DISCRIMINATOR, Direction, bundle
from dynclient.document import Document, Node
from dynclient.errors import Problem
from dynclient.formats import FORMATS
from dynclient.shape import Shape, shape_of
from dynclient.values import show

try:
    import jsonschema_rs
except ImportError:  # no build for this platform
    jsonschema_rs = None  # type: ignore[assignment]

ENGINES = ("jsonschema-rs", "jsonschema")
DEFAULT_ENGINE = ENGINES[0] if jsonschema_rs is not None else ENGINES[1]

Path = tuple[str | int, ...]

#: How many references in a row are followed to tell the branches of a choice apart.
_MAX_REFERENCES = 50


class Finding(NamedTuple):
    """One keyword that a value breaks, as an engine reports it.

    Attributes:
        path: The way to the value that breaks it.
        schema: The schema that holds the keyword.
        keyword: The keyword.
        branches: For `anyOf` and `oneOf`, the findings of each branch.
    """

    path: Path
    schema: Mapping[str, Any]
    keyword: str
    branches: tuple[tuple[Finding, ...], ...] = ()


class Schema:
    """A schema that is compiled once, on first use: `problems(value)` says what is wrong with a value.

    Args:
        bundled: Gives the schema as self-contained JSON Schema 2020-12.
        engine: The engine's name.

    Attributes:
        notes: What the engine could not take and does not check.
    """

    def __init__(self, bundled: Callable[[], dict[str, Any]], engine: str = DEFAULT_ENGINE) -> None:
        self.notes: list[str] = []
        self._bundled = bundled
        self._engine = engine

    @cached_property
    def bundle(self) -> dict[str, Any]:
        """The schema as self-contained JSON Schema 2020-12.

        Raises:
            SpecError: A reference in it leads nowhere.
        """
        return self._bundled()

    @cached_property
    def shape(self) -> Shape:
        """What it says of a value's kind."""
        return shape_of(self.bundle, self.bundle)

    @cached_property
    def _compiled(self) -> _Compiled:
        try:
            return _COMPILERS[self._engine](self.bundle)
        except _PatternError:
            return _COMPILERS[self._engine](_usable_patterns(self.bundle, self._engine, self.notes))

    def is_valid(self, value: Any) -> bool:
        """Whether a plain value is accepted."""
        return self._compiled.is_valid(value)

    def problems(self, value: Any, where: str = "body", path: Path = ()) -> list[Problem]:
        """Everything that is wrong with a plain value.

        Args:
            value: Plain data.
            where: The part of the message that the value is, for the problems.
            path: The way from there to the value.
        """
        compiled = self._compiled
        if compiled.is_valid(value):
            return []
        return explain(compiled.findings(value), value, where, path, self._resolve)

    def _resolve(self, reference: str) -> Any:
        return self.bundle if reference == "#" else self.bundle.get("$defs", {}).get(reference.removeprefix("#/$defs/"))


class Schemas:
    """The compiled schemas of a document, each compiled when it is first used and then kept.

    Args:
        document: The document.
        engine: `jsonschema-rs` or `jsonschema`; the first that is installed when left out.

    Raises:
        ValueError: There is no such engine.
    """

    def __init__(self, document: Document, engine: str | None = None) -> None:
        engine = engine or DEFAULT_ENGINE
        if engine not in ENGINES:
            raise ValueError(f"no engine {engine!r}; there are {' and '.join(ENGINES)}")
        self.document = document
        self.engine = engine
        self._kept: dict[Any, Schema] = {}
        self._lock = threading.Lock()

    def compile(self, node: Node, direction: Direction) -> Schema:
        """The schema at a place of the document; it costs nothing until it is used."""
        key = (node.place, direction)
        found = self._kept.get(key)
        if found is None:
            made = Schema(lambda: bundle(self.document, node, direction), self.engine)
            with self._lock:
                found = self._kept.setdefault(key, made)
        return found


class _Compiled(NamedTuple):
    is_valid: Callable[[Any], bool]
    findings: Callable[[Any], Iterator[Finding]]


class _PatternError(Exception):
    """A pattern that the engine cannot take."""


def _compile_rs(schema: dict[str, Any]) -> _Compiled:
    try:
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True, formats=FORMATS, offline=True)
    except jsonschema_rs.ValidationError as error:
        if error.kind.name in ("pattern", "format"):
            raise _PatternError from error
        raise

    def findings(errors: Iterable[jsonschema_rs.ValidationError]) -> Iterator[Finding]:
        for error in errors:
            *place, keyword = error.schema_path or [""]
            holder = _at(schema, place)
            branches = getattr(error.kind, "context", None) or ()
            yield Finding(
                tuple(error.instance_path),
                holder if isinstance(holder, Mapping) else {},
                str(keyword),
                tuple(tuple(findings(branch)) for branch in branches),
            )

    return _Compiled(validator.is_valid, lambda value: findings(validator.iter_errors(value)))


def _compile_python(schema: dict[str, Any]) -> _Compiled:
    import jsonschema  # slow to import, and only this engine needs it

    if not all(_takes("jsonschema", pattern) for pattern in _patterns(schema)):
        raise _PatternError
    checker = jsonschema.FormatChecker(formats=())
    for name, check in FORMATS.items():
        checker.checks(name)(lambda value, check=check: not isinstance(value, str) or check(value))
    validator = jsonschema.Draft202012Validator(schema, format_checker=checker)

    return _Compiled(validator.is_valid, lambda value: map(finding_of, validator.iter_errors(value)))


def finding_of(error: Any) -> Finding:
    """What an error of the `jsonschema` package found."""
    holder = error.schema if isinstance(error.schema, Mapping) else {}
    keyword = str(error.validator or "false")
    branches: list[list[Finding]] = []
    if keyword in ("anyOf", "oneOf"):
        branches = [[] for _ in holder[keyword]]
        for child in error.context or ():
            branches[int(child.schema_path[0])].append(finding_of(child))
    return Finding(tuple(error.absolute_path), holder, keyword, tuple(tuple(branch) for branch in branches))


_COMPILERS: dict[str, Callable[[dict[str, Any]], _Compiled]] = {
    "jsonschema-rs": _compile_rs,
    "jsonschema": _compile_python,
}


def _patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _patterns(item)
    elif isinstance(schema, dict):
        for keyword, value in schema.items():
            if keyword == "pattern" and isinstance(value, str):
                yield value
            elif keyword not in ("enum", "const"):
                yield from _patterns(value)


def _usable_patterns(schema: Any, engine: str, notes: list[str]) -> Any:
    """The schema less the patterns that the engine cannot take: that one check is weakened, never the whole document."""
    if isinstance(schema, list):
        return [_usable_patterns(item, engine, notes) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {}
    for keyword, value in schema.items():
        if keyword == "pattern" and isinstance(value, str) and not _takes(engine, value):
            notes.append(f"the pattern {value!r} is not checked: {engine} cannot take it")
        elif keyword in ("enum", "const"):
            out[keyword] = value
        else:
            out[keyword] = _usable_patterns(value, engine, notes)
    return out


def _takes(engine: str, pattern: str) -> bool:
    try:
        if engine == "jsonschema":
            re.compile(pattern)
        else:
            jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except (re.error, ValueError):
        return False
    return True


def explain(
    findings: Iterable[Finding], value: Any, where: str, path: Path, resolve: Callable[[str], Any]
) -> list[Problem]:
    """Findings in words.

    Args:
        findings: What an engine found.
        value: The whole value.
        where: The part of the message that the value is.
        path: The way from there to the value.
        resolve: Gives the schema that a `$ref` in a finding's schema leads to.
    """
    return list(dict.fromkeys(_Words(value, where, path, resolve).explain_all(findings)))


class _Words:
    def __init__(self, value: Any, where: str, path: Path, resolve: Callable[[str], Any]) -> None:
        self.value = value
        self.where = where
        self.path = path
        self.resolve = resolve

    def explain_all(self, findings: Iterable[Finding]) -> Iterator[Problem]:
        for finding in findings:
            yield from self.explain(finding)

    def explain(self, finding: Finding) -> Iterator[Problem]:
        value = _at(self.value, finding.path)
        if finding.keyword in ("anyOf", "oneOf"):
            yield from self.explain_choice(finding, value)
        elif finding.keyword == "required" and isinstance(value, Mapping):
            for name in finding.schema.get("required", ()):
                if name not in value:
                    yield self.problem((*finding.path, name), "required", "is required")
        elif finding.keyword in ("additionalProperties", "unevaluatedProperties") and isinstance(value, Mapping):
            for name in _unexpected(finding.schema, value):
                yield self.problem((*finding.path, name), finding.keyword, "is not a documented property")
        else:
            wording = _WORDING.get(finding.keyword, _other_wording)
            shown = "the value" if _is_secret(finding.schema) else show(value)
            message = wording(shown, finding.schema.get(finding.keyword), finding.schema)
            yield self.problem(finding.path, finding.keyword, message)

    def problem(self, path: Path, keyword: str, message: str, hint: str = "") -> Problem:
        return Problem(self.where, (*self.path, *path), keyword, message, hint)

    def explain_choice(self, finding: Finding, value: Any) -> Iterator[Problem]:
        """One problem for a choice of schemas, or those of the one branch that was plainly meant."""
        branches = [self.deref(branch) for branch in finding.schema[finding.keyword]]
        names = [self.branch_name(branch, index) for index, branch in enumerate(finding.schema[finding.keyword])]
        passed = [name for name, found in zip(names, finding.branches, strict=False) if not found]
        if passed:
            message = f"fits {' and '.join(passed)} at once, and must fit exactly one"
            yield self.problem(finding.path, finding.keyword, message)
            return
        tags = _tags(branches)
        if tags and isinstance(value, Mapping):
            chosen = _chosen(tags, value)
            if len(chosen) == 1:
                yield from self.explain_all(finding.branches[chosen[0]])
            else:
                yield self.wrong_tag(finding, tags, value)
            return
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
        given = ", ".join(f"{name} is {show(value[name])}" for name in allowed if name in value)
        message = f"has no known discriminator: {given or ' and '.join(allowed) + ' is missing'}"
        if len(allowed) > 1 and not given:
            message = f"has no discriminator: neither {' nor '.join(allowed)} is there"
        path = finding.path
        if given.count(" is ") == 1 and len([name for name in allowed if name in value]) == 1:
            path = (*path, next(name for name in allowed if name in value))
        return self.problem(path, "discriminator", message, f"it takes {rule}")

    def deref(self, schema: Any) -> Mapping[str, Any]:
        for _ in range(_MAX_REFERENCES):
            if not isinstance(schema, Mapping) or "$ref" not in schema:
                break
            schema = self.resolve(schema["$ref"])
        return schema if isinstance(schema, Mapping) else {}

    def branch_name(self, schema: Any, index: int) -> str:
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
    return [name for name in value if name not in known and not any(re.search(pattern, name) for pattern in patterns)]


def _is_secret(schema: Mapping[str, Any]) -> bool:
    return schema.get("format") == "password" or schema.get("writeOnly") is True


def _at(value: Any, path: Iterable[str | int]) -> Any:
    for token in path:
        try:
            value = value[token] if not isinstance(value, list) else value[int(token)]
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


def _other_wording(value: str, expected: Any, _: Mapping[str, Any]) -> str:
    return (
        f"{value} is not allowed here" if expected in (None, False) else f"{value} breaks this rule: {show(expected)}"
    )


def _beyond(value: str, expected: Any, schema: Mapping[str, Any], side: str, bound: str) -> str:
    limit = schema.get(bound) if isinstance(expected, bool) else expected  # 3.0 has the limit in the other keyword
    return f"{value} must be {side} than {limit}"


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
    "not": lambda value, _, __: f"{value} is of a kind that is excluded",
}
