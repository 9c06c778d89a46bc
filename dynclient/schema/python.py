"""The engine `jsonschema`, changed where its results would differ from those of jsonschema-rs.

Patterns are ECMA-262 (read by `regress`) everywhere, also where they decide which properties `additionalProperties` and
`unevaluatedProperties` apply to; decimals are exact in `multipleOf`, and a `oneOf` that matches twice says which branches match.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Context, Decimal
from typing import Any

from dynclient.schema.bundle import REFERENCES, accepting, subschemas
from dynclient.schema.ecma import is_pattern, searches
from dynclient.schema.finding import Compiled, Finding, NotASchemaError
from dynclient.schema.formats import FORMATS


def compile_schema(schema: dict[str, Any], formats: Mapping[str, Callable[[str], bool]]) -> Compiled:
    """Compile a self-contained schema.

    Args:
        schema: The schema.
        formats: Formats that only this schema has.

    Raises:
        NotASchemaError: The engine refuses it.
    """
    import jsonschema  # slow to import, and only this engine needs it

    for pattern in patterns(schema):
        if not is_pattern(pattern):
            raise NotASchemaError(f"the pattern {pattern!r} cannot be read")
    checker = jsonschema.FormatChecker(formats=())
    for name, check in {**FORMATS, **formats}.items():
        checker.checks(name)(lambda value, check=check: not isinstance(value, str) or check(value))
    keywords = {
        "oneOf": _one_of, "pattern": _pattern, "multipleOf": _multiple_of, "patternProperties": _pattern_properties,
        "additionalProperties": _additional, "unevaluatedProperties": _unevaluated, "$ref": _reference, "$dynamicRef": _reference,
    }  # fmt: skip
    check_schema(schema)

    def validator(keywords: Mapping[str, Any]) -> Any:
        extended = jsonschema.validators.extend(jsonschema.Draft202012Validator, keywords)  # type: ignore[no-untyped-call]
        return extended(schema, format_checker=checker)

    finder = validator(keywords)
    return Compiled(
        validator({**keywords, "oneOf": _exactly_one}).is_valid,
        lambda value: map(finding_of, finder.iter_errors(value)),
    )


def check_schema(schema: Any) -> None:
    """Refuse what is not JSON Schema 2020-12.

    Args:
        schema: The schema.

    Raises:
        NotASchemaError: It breaks the metaschema.
    """
    if _is_certainly_a_schema(schema):
        return
    import jsonschema  # slow to import, and few schemas get here where jsonschema-rs is installed

    try:
        # without the package's own formats, which take a pattern for one of Python's
        jsonschema.Draft202012Validator.check_schema(schema, format_checker=jsonschema.FormatChecker(formats=()))
    except jsonschema.SchemaError as error:
        raise NotASchemaError(error.message, tuple(error.absolute_path)) from error


def _is_certainly_a_schema(schema: Any) -> bool:
    """Whether jsonschema-rs is installed and finds no fault: it takes a thousandth of the time, but says less about a fault."""
    try:
        import jsonschema_rs  # which this engine does not need otherwise
    except ImportError:
        return False
    try:
        return bool(jsonschema_rs.meta.is_valid(schema))
    except ValueError:
        return False


def patterns(schema: Any) -> Iterator[str]:
    """Yield every pattern of a schema."""
    for part in subschemas(schema):
        if isinstance(part.get("pattern"), str):
            yield part["pattern"]
        if isinstance(part.get("patternProperties"), Mapping):
            yield from part["patternProperties"]


def _one_of(validator: Any, branches: Any, instance: Any, _: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    found = [list(validator.descend(instance, branch, schema_path=index)) for index, branch in enumerate(branches)]
    if [bool(errors) for errors in found].count(False) != 1:
        yield ValidationError("not exactly one", context=[error for errors in found for error in errors])


def _exactly_one(validator: Any, branches: Any, instance: Any, _: Any) -> Iterator[Any]:
    """Do as `_one_of` for who asks only whether a value fits: a branch is left at its first error, the choice at its second match."""
    from jsonschema import ValidationError

    fitting = (branch for branch in branches if next(validator.descend(instance, branch), None) is None)
    if next(fitting, None) is None or next(fitting, None) is not None:
        yield ValidationError("not exactly one")


class _Followed(threading.local):
    """The references that this thread follows, each with the identity of the value."""

    def __init__(self) -> None:
        self.pairs: set[tuple[str, int]] = set()


_followed = _Followed()


def _reference(validator: Any, reference: str, instance: Any, _: Any) -> Iterator[Any]:
    """Follow a reference; one that leads back to itself with the same value adds nothing, as in jsonschema-rs."""
    pair = reference, id(instance)
    if pair in _followed.pairs:
        return
    _followed.pairs.add(pair)
    try:  # to the end, as the caller may drop the iterator and leave the pair behind
        found = list(validator._validate_reference(ref=reference, instance=instance))  # noqa: SLF001  there is no public way to it
    finally:
        _followed.pairs.discard(pair)
    yield from found


def _pattern(validator: Any, pattern: str, instance: Any, _: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if validator.is_type(instance, "string") and not searches(pattern, instance):
        yield ValidationError("no match")


def _pattern_properties(validator: Any, rules: Any, instance: Any, _: Any) -> Iterator[Any]:
    if validator.is_type(instance, "object"):
        for pattern, rule in rules.items():
            for name, item in instance.items():
                if searches(pattern, name):
                    yield from validator.descend(item, rule, path=name, schema_path=pattern)


def _additional(validator: Any, rule: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "object"):
        known = _named_by(schema, instance)
        others = [name for name in instance if name not in known]
        if rule is False:
            yield from _refused(others)
        else:
            for name in others:
                yield from validator.descend(instance[name], rule, path=name)


def _unevaluated(validator: Any, rule: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "object"):
        rest = {keyword: value for keyword, value in schema.items() if keyword != "unevaluatedProperties"}
        known = _evaluated(validator, instance, rest)
        fits = validator.evolve(schema=rule).is_valid
        yield from _refused([name for name, item in instance.items() if name not in known and not fits(item)])


def _refused(names: list[str]) -> Iterator[Any]:
    """Yield an error that tells `finding_of` which properties are refused."""
    from jsonschema import ValidationError

    if names:
        error = ValidationError("not documented")
        error.names = tuple(names)  # type: ignore[attr-defined]
        yield error


def _named_by(schema: Any, instance: Mapping[str, Any]) -> set[str]:
    """Return the members that `properties` and `patternProperties` apply to."""
    patterns = schema.get("patternProperties", ())
    named = schema.get("properties", ())
    return {name for name in instance if name in named or any(searches(pattern, name) for pattern in patterns)}


def _evaluated(
    validator: Any, instance: Mapping[str, Any], schema: Any, around: frozenset[str] = frozenset()
) -> Collection[str]:
    """Return the members that a schema, which accepts the object, has evaluated (JSON Schema 2020-12, Core, section 11.3)."""
    if not isinstance(schema, Mapping):
        return ()
    if "additionalProperties" in schema or "unevaluatedProperties" in schema:
        return instance
    found = _named_by(schema, instance)
    for keyword in REFERENCES:
        if keyword in schema and schema[keyword] not in around:
            target = validator._resolver.lookup(schema[keyword])  # noqa: SLF001  there is no public way to it
            there = validator.evolve(schema=target.contents, _resolver=target.resolver)
            found.update(_evaluated(there, instance, target.contents, around | {schema[keyword]}))
    for part in accepting(schema, instance, lambda part: validator.evolve(schema=part).is_valid(instance)):
        found.update(_evaluated(validator, instance, part, around))
    return found


#: Precise enough for the quotient of any two floats.
_EXACT = Context(prec=2000)


def _multiple_of(validator: Any, step: Any, instance: Any, _: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if validator.is_type(instance, "number") and not _is_multiple(instance, step):
        yield ValidationError("not a multiple")


def _is_multiple(value: float, step: float) -> bool:
    if isinstance(value, int) and isinstance(step, int):
        return value % step == 0
    return not _EXACT.remainder(Decimal(str(value)), Decimal(str(step)))


def finding_of(error: Any) -> Finding:
    """Return an error of the `jsonschema` package as a finding."""
    holder = error.schema if isinstance(error.schema, Mapping) else {}
    keyword = str(error.validator or "false")
    branches: list[list[Finding]] = []
    if keyword in ("anyOf", "oneOf"):
        branches = [[] for _ in holder[keyword]]
        for child in error.context or ():
            branches[int(child.schema_path[0])].append(finding_of(child))
    names = getattr(error, "names", ())
    if keyword == "additionalProperties" and not names and isinstance(error.instance, Mapping):  # openapi-core's own
        known = _named_by(holder, error.instance)
        names = tuple(name for name in error.instance if name not in known)
    elif keyword == "unevaluatedProperties" and not names and isinstance(error.instance, Mapping):
        names = tuple(name for name in error.instance if repr(name) in error.message)  # where alone they are told
    return Finding(tuple(error.absolute_path), holder, keyword, tuple(map(tuple, branches)), names)
