"""A compiled schema: a value in, Problems out. The only room that knows a JSON Schema engine.

Two engines stand behind one interface: jsonschema-rs for speed, `jsonschema` where that has no build. Both pass the same tests.
`jsonschema` is brought to the same rules where Python's own ways differ: patterns are ECMA-262 (by `regress`), decimals are exact in
`multipleOf`, and a `oneOf` that fits twice says which.

What an engine cannot take is handled by one rule: a pattern weakens that one check, with a note in `document.problems`; anything
else is no JSON Schema, and what needs that schema refuses to run.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, NamedTuple

from dynclient.dialect import Bundler, Direction
from dynclient.document import Document, Node
from dynclient.errors import Problem, SpecError
from dynclient.explain import Finding, Path, at, explain
from dynclient.formats import ANNOTATIONS, FORMATS
from dynclient.shape import Shape, shape_of, target_of

try:
    import jsonschema_rs
except ImportError:  # no build for this platform
    jsonschema_rs = None  # type: ignore[assignment]

ENGINES = ("jsonschema-rs", "jsonschema")
DEFAULT_ENGINE = ENGINES[0] if jsonschema_rs is not None else ENGINES[1]


class Schema:
    """A schema that is compiled once, on first use: `problems(value)` says what is wrong with a value.

    Args:
        bundled: Gives the schema as self-contained JSON Schema 2020-12.
        engine: The engine's name.
        note: Is told what the engine cannot take and does not check.

    Attributes:
        notes: What the engine cannot take and does not check.
    """

    def __init__(
        self,
        bundled: Callable[[], dict[str, Any]],
        engine: str = DEFAULT_ENGINE,
        note: Callable[[str], None] | None = None,
    ) -> None:
        self.notes: list[str] = []
        self._bundled = bundled
        self._engine = engine
        self._note = note

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
        compiler = _COMPILERS[self._engine]
        try:
            return compiler(self.bundle)
        except _NotASchemaError:
            pass
        weakened = _usable_patterns(self.bundle, self._engine, self.notes)
        try:
            compiled = compiler(weakened)
        except (_NotASchemaError, RecursionError) as error:
            raise SpecError("a schema cannot be used", [Problem("document", (), "schema", str(error))]) from None
        if self._note is not None:
            for note in self.notes:
                self._note(note)
        return compiled

    def is_valid(self, value: Any) -> bool:
        """Whether a plain value is accepted."""
        try:
            return self._compiled.is_valid(value)
        except (ValueError, RecursionError):  # no value that JSON has
            return False

    def problems(self, value: Any, where: str = "body", path: Path = ()) -> list[Problem]:
        """Everything that is wrong with a plain value.

        Args:
            value: Plain data.
            where: The part of the message that the value is, for the problems.
            path: The way from there to the value.

        Raises:
            SpecError: The schema is none, or a reference in it leads nowhere.
        """
        compiled = self._compiled
        try:
            if compiled.is_valid(value):
                return []
            findings = list(compiled.findings(value))
            if not all(map(_is_placed, findings)):
                findings = list(_COMPILERS["jsonschema"](self.bundle).findings(value))
            found = explain(findings, value, where, path, self._resolve, self.bundle)
        except (ValueError, RecursionError):
            found = []
        return found or [Problem(where, path, "type", "is not a value that JSON has")]

    def _resolve(self, reference: str) -> Any:
        return target_of(self.bundle, reference)


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
        self._bundlers: dict[Direction, Bundler] = {
            "request": Bundler(document, "request"),
            "response": Bundler(document, "response"),
        }

    def compile(self, node: Node, direction: Direction) -> Schema:
        """The schema at a place of the document; it costs nothing until it is used."""
        key = (node.place, direction)
        found = self._kept.get(key)
        if found is None:
            made = Schema(
                lambda: self._bundlers[direction].bundle(node), self.engine, lambda text: self._note(node, text)
            )
            with self._lock:
                found = self._kept.setdefault(key, made)
        return found

    def _note(self, node: Node, text: str) -> None:
        self.document.note(Problem("document", node.path, "pattern", text))


class _Compiled(NamedTuple):
    is_valid: Callable[[Any], bool]
    findings: Callable[[Any], Iterator[Finding]]


def _is_placed(finding: Finding) -> bool:
    """Whether an engine named the schema that was broken; jsonschema-rs loses its way behind a property named ""."""
    return finding.keyword in finding.schema or finding.keyword == "false" or not finding.schema


class _NotASchemaError(Exception):
    """What the engine cannot take."""


def _compile_rs(schema: dict[str, Any]) -> _Compiled:
    formats = {**dict.fromkeys(ANNOTATIONS, _anything), **FORMATS}
    try:
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True, formats=formats, offline=True)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
        raise _NotASchemaError(str(error).partition("\n")[0]) from error

    def findings(errors: Iterable[jsonschema_rs.ValidationError]) -> Iterator[Finding]:
        for error in errors:
            yield _finding_rs(error, schema, findings)

    return _Compiled(validator.is_valid, lambda value: findings(validator.iter_errors(value)))


def _finding_rs(
    error: jsonschema_rs.ValidationError, schema: Any, findings: Callable[[Any], Iterator[Finding]]
) -> Finding:
    *place, keyword = error.schema_path or [""]
    path = tuple(error.instance_path)
    holder = at(schema, place)
    branches = tuple(tuple(findings(branch)) for branch in getattr(error.kind, "context", None) or ())
    names = tuple(getattr(error.kind, "unexpected", ())) if keyword == "unevaluatedProperties" else ()
    return Finding(path, holder if isinstance(holder, Mapping) else {}, str(keyword), branches, names)


def _anything(_: str) -> bool:
    return True


def _compile_python(schema: dict[str, Any]) -> _Compiled:
    import jsonschema  # slow to import, and only this engine needs it

    for pattern in _patterns(schema):
        if not _takes("jsonschema", pattern):
            raise _NotASchemaError(f"the pattern {pattern!r} cannot be read")
    checker = jsonschema.FormatChecker(formats=())
    for name, check in FORMATS.items():
        checker.checks(name)(lambda value, check=check: not isinstance(value, str) or check(value))
    keywords = {
        "oneOf": _one_of, "pattern": _pattern, "multipleOf": _multiple_of, "patternProperties": _pattern_properties,
    }  # fmt: skip
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise _NotASchemaError(error.message) from error
    validator = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
        jsonschema.Draft202012Validator, keywords
    )(schema, format_checker=checker)
    return _Compiled(validator.is_valid, lambda value: map(finding_of, validator.iter_errors(value)))


def _one_of(validator: Any, branches: Any, instance: Any, _: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    found = [list(validator.descend(instance, branch, schema_path=index)) for index, branch in enumerate(branches)]
    if [bool(errors) for errors in found].count(False) != 1:
        yield ValidationError("not exactly one", context=[error for errors in found for error in errors])


def _pattern(validator: Any, pattern: str, instance: Any, _: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if validator.is_type(instance, "string") and not _search(pattern, instance):
        yield ValidationError("no match")


def _pattern_properties(validator: Any, rules: Any, instance: Any, _: Any) -> Iterator[Any]:
    if validator.is_type(instance, "object"):
        for pattern, rule in rules.items():
            for name, item in instance.items():
                if _search(pattern, name):
                    yield from validator.descend(item, rule, path=name, schema_path=pattern)


def _multiple_of(validator: Any, step: Any, instance: Any, _: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if validator.is_type(instance, "number"):
        try:
            rest = Decimal(str(instance)) % Decimal(str(step))
        except InvalidOperation:
            rest = Decimal(0)
        if rest:
            yield ValidationError("not a multiple")


def finding_of(error: Any) -> Finding:
    """What an error of the `jsonschema` package found."""
    holder = error.schema if isinstance(error.schema, Mapping) else {}
    keyword = str(error.validator or "false")
    branches: list[list[Finding]] = []
    names: tuple[str, ...] = ()
    if keyword in ("anyOf", "oneOf"):
        branches = [[] for _ in holder[keyword]]
        for child in error.context or ():
            branches[int(child.schema_path[0])].append(finding_of(child))
    elif keyword == "unevaluatedProperties":
        import ast  # slow to import, and only this engine needs it

        # the package says which they are in its message only
        names = tuple(map(ast.literal_eval, re.findall(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", error.message)))
    return Finding(tuple(error.absolute_path), holder, keyword, tuple(map(tuple, branches)), names)


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
            elif keyword == "patternProperties" and isinstance(value, dict):
                yield from value
            if keyword not in ("enum", "const"):
                yield from _patterns(value)


def _usable_patterns(schema: Any, engine: str, notes: list[str]) -> Any:
    """The schema less the patterns that the engine cannot take."""
    if isinstance(schema, list):
        return [_usable_patterns(item, engine, notes) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {}
    for keyword, value in schema.items():
        if keyword == "pattern" and isinstance(value, str) and not _takes(engine, value):
            notes.append(f"the pattern {value!r} is not checked: {engine} cannot take it")
        elif keyword == "patternProperties" and isinstance(value, dict):
            bad = [pattern for pattern in value if not _takes(engine, pattern)]
            notes += [f"the pattern {pattern!r} is not checked: {engine} cannot take it" for pattern in bad]
            good = {pattern: rule for pattern, rule in value.items() if pattern not in bad}
            out[keyword] = _usable_patterns(good, engine, notes)
            if bad:  # which properties they allow is not known, so none is refused for being unknown
                schema = {**schema, "additionalProperties": True}
        elif keyword in ("enum", "const"):
            out[keyword] = value
        else:
            out[keyword] = _usable_patterns(value, engine, notes)
    if schema.get("additionalProperties") is True and "additionalProperties" in out:
        out["additionalProperties"] = True
    return out


def _takes(engine: str, pattern: str) -> bool:
    if engine == "jsonschema":
        return _ecma(pattern) is not None
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return False
    return True


_ECMA: dict[str, Any] = {}


def _ecma(pattern: str) -> Any:
    """The ECMA-262 regular expression, with Unicode rules where it takes them; None when it is none."""
    if pattern not in _ECMA:
        import regress  # only the `jsonschema` engine needs it

        _ECMA[pattern] = None
        for flags in ("u", ""):
            try:
                _ECMA[pattern] = regress.Regex(pattern, flags)
                break
            except regress.RegressError:
                continue
    return _ECMA[pattern]


def _search(pattern: str, text: str) -> bool:
    expression = _ecma(pattern)
    return expression is None or expression.find(text) is not None
