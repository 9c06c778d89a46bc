"""The engine jsonschema-rs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import jsonschema_rs

from dynclient.schema.finding import Finding, at
from dynclient.schema.formats import ANNOTATIONS, FORMATS
from dynclient.schema.validator import Compiled, NotASchemaError


def compile_schema(schema: dict[str, Any]) -> Compiled:
    """Compile a self-contained schema.

    Raises:
        NotASchemaError: The engine cannot take it.
    """
    formats = {**dict.fromkeys(ANNOTATIONS, _anything), **FORMATS}
    try:
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True, formats=formats, offline=True)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
        path = tuple(getattr(error, "instance_path", ()))
        raise NotASchemaError(str(error).partition("\n")[0], path) from error
    except ValueError as error:
        raise NotASchemaError(f"it is no plain data that JSON can hold: {error}") from error

    def findings(errors: Iterable[jsonschema_rs.ValidationError]) -> Iterator[Finding]:
        for error in errors:
            yield _finding_rs(error, schema, findings)

    return Compiled(validator.is_valid, lambda value: findings(validator.iter_errors(value)))


def _finding_rs(
    error: jsonschema_rs.ValidationError, schema: Any, findings: Callable[[Any], Iterator[Finding]]
) -> Finding:
    *place, keyword = error.schema_path or [""]
    path = tuple(error.instance_path)
    holder = at(schema, place)
    branches = tuple(tuple(findings(branch)) for branch in getattr(error.kind, "context", None) or ())
    names = tuple(getattr(error.kind, "unexpected", ()))
    return Finding(path, holder if isinstance(holder, Mapping) else {}, str(keyword), branches, names)


def _anything(_: str) -> bool:
    return True


def takes(pattern: str) -> bool:
    """Whether the engine can take a pattern."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return False
    return True
