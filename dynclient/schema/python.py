"""The engine `jsonschema`, brought to the rules of the other one where Python's own ways differ.

Patterns are ECMA-262 (by `regress`), decimals are exact in `multipleOf`, and a `oneOf` that fits twice says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from dynclient.explain import Finding
from dynclient.formats import FORMATS
from dynclient.schema.patterns import patterns
from dynclient.schema.validator import Compiled, NotASchemaError


def compile_schema(schema: dict[str, Any]) -> Compiled:
    """Compile a self-contained schema.

    Raises:
        NotASchemaError: The engine cannot take it.
    """
    import jsonschema  # slow to import, and only this engine needs it

    for pattern in patterns(schema):
        if not takes(pattern):
            raise NotASchemaError(f"the pattern {pattern!r} cannot be read")
    checker = jsonschema.FormatChecker(formats=())
    for name, check in FORMATS.items():
        checker.checks(name)(lambda value, check=check: not isinstance(value, str) or check(value))
    keywords = {
        "oneOf": _one_of, "pattern": _pattern, "multipleOf": _multiple_of, "patternProperties": _pattern_properties,
    }  # fmt: skip
    try:
        # without its own formats: by those a pattern is one of Python's
        jsonschema.Draft202012Validator.check_schema(schema, format_checker=jsonschema.FormatChecker(formats=()))
    except jsonschema.SchemaError as error:
        raise NotASchemaError(error.message, tuple(error.absolute_path)) from error
    validator = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
        jsonschema.Draft202012Validator, keywords
    )(schema, format_checker=checker)
    return Compiled(validator.is_valid, lambda value: map(finding_of, validator.iter_errors(value)))


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
        import ast  # the package says which they are in its message only

        names = tuple(map(ast.literal_eval, re.findall(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", error.message)))
    return Finding(tuple(error.absolute_path), holder, keyword, tuple(map(tuple, branches)), names)


def takes(pattern: str) -> bool:
    """Whether the engine can take a pattern."""
    return _ecma(pattern) is not None


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
