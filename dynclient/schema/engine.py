"""The engines by name, behind one interface; and jsonschema-rs, the faster one.

An engine that cannot read a pattern leaves that one check out, with a note; anything else that it refuses is not a JSON Schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from dynclient.schema import python
from dynclient.schema.bundle import mapped, overgrown
from dynclient.schema.ecma import for_backtracking, is_pattern, spellings
from dynclient.schema.finding import Compiled, Finding, NotASchemaError, ValuePath, value_at
from dynclient.schema.formats import ANNOTATIONS, FORMATS

try:
    import jsonschema_rs
except ImportError:  # there is no build for this platform
    jsonschema_rs = None  # type: ignore[assignment]

ENGINES = ("jsonschema-rs", "jsonschema")
DEFAULT_ENGINE = ENGINES[0] if jsonschema_rs is not None else ENGINES[1]

#: How many schemas one may apply to one value, through references, `allOf`, `anyOf` and the like: a choice of ten thousand fits.
MOST_PARTS = 20_000

Formats = Mapping[str, Callable[[str], bool]]
_NO_FORMATS: Formats = {}


def compiled(schema: dict[str, Any], engine: str, formats: Formats = _NO_FORMATS) -> tuple[Compiled, list[str]]:
    """Compile a self-contained schema, and note what the engine does not check.

    Args:
        schema: The schema.
        engine: The engine's name.
        formats: Formats that only this schema has.

    Raises:
        NotASchemaError: It is not a JSON Schema.
    """
    place = overgrown(schema, MOST_PARTS)
    if place is not None:
        raise NotASchemaError(f"it applies more than {MOST_PARTS:,} schemas to one value", place)
    is_fast = engine == ENGINES[0] and jsonschema_rs is not None
    compile_schema = _compile_rs if is_fast else python.compile_schema
    try:
        return compile_schema(schema, formats), []
    except NotASchemaError:
        pass
    try:
        return _respelt_rs(schema, formats) if is_fast else _respelt_python(schema, formats)
    except RecursionError as error:
        raise NotASchemaError(str(error)) from None


def _respelt_rs(schema: dict[str, Any], formats: Formats) -> tuple[Compiled, list[str]]:
    """Compile a schema with its patterns spelled for the linear matcher, or else for the backtracking one (`ecma`)."""
    notes: list[str] = []
    spelt = usable(schema, _linear, notes)
    if not notes:
        return _compile_rs(spelt, formats, written=schema), []
    notes.clear()
    spelt = usable(schema, _backtracking, notes)
    return _compile_rs(spelt, formats, written=schema, is_linear=False), notes


def _respelt_python(schema: dict[str, Any], formats: Formats) -> tuple[Compiled, list[str]]:
    notes: list[str] = []
    spelt = usable(schema, lambda pattern: pattern if is_pattern(pattern) else None, notes)
    return python.compile_schema(spelt, formats), notes


def usable(schema: Any, spell: Callable[[str], str | None], notes: list[str]) -> Any:
    """Return a schema without the patterns that an engine cannot read.

    Args:
        schema: The schema.
        spell: How the engine can read a pattern; None when it cannot.
        notes: Receives a line for each pattern that is left out.
    """
    if not isinstance(schema, dict):
        return schema
    out = mapped(schema, lambda part: usable(part, spell, notes))
    if isinstance(out.get("pattern"), str):
        pattern = _spelt(out.pop("pattern"), spell, notes)
        out |= {} if pattern is None else {"pattern": pattern}
    if isinstance(out.get("patternProperties"), dict):
        rules = {_spelt(pattern, spell, notes): rule for pattern, rule in out["patternProperties"].items()}
        out["patternProperties"] = {pattern: rule for pattern, rule in rules.items() if pattern is not None}
        if None in rules:  # which names the pattern allows is unknown, so none is refused
            out |= {keyword: True for keyword in ("additionalProperties", "unevaluatedProperties") if keyword in out}
    return out


def _spelt(pattern: str, spell: Callable[[str], str | None], notes: list[str]) -> str | None:
    """Return a pattern as the engine can read it; None, with a note, when it cannot."""
    found = spell(pattern)
    if found is None:
        notes.append(f"the pattern {pattern!r} is not checked: the engine cannot read it")
    return found


def _compile_rs(
    schema: dict[str, Any], formats: Formats, *, written: Mapping[str, Any] | None = None, is_linear: bool = True
) -> Compiled:
    """Compile a self-contained schema with jsonschema-rs.

    Args:
        schema: The schema.
        formats: Formats that only this schema has.
        written: The schema before its patterns were respelt; findings quote it.
        is_linear: Whether its linear matcher reads the patterns, or the backtracking one.

    Raises:
        NotASchemaError: The engine refuses it.
    """
    known = {**dict.fromkeys(ANNOTATIONS, _anything), **FORMATS, **formats}
    try:
        validator = jsonschema_rs.Draft202012Validator(
            schema, validate_formats=True, formats=known, offline=True, pattern_options=_options(is_linear=is_linear)
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
        path = tuple(getattr(error, "instance_path", ()))
        raise NotASchemaError(str(error).partition("\n")[0], path) from error
    except ValueError as error:
        raise NotASchemaError(f"it is not JSON: {error}") from error

    holders: dict[tuple[str | int, ...], Mapping[str, Any]] = {}

    def holder_at(place: tuple[str | int, ...]) -> Mapping[str, Any]:
        """Return the schema that holds a keyword; there are as many places as the schema has keywords."""
        found = holders.get(place)
        if found is None:
            there = next(filter(None, (value_at(part, place[:-1]) for part in (written, schema))), None)
            found = holders[place] = there if isinstance(there, Mapping) else {}
        return found

    def findings(errors: Iterable[jsonschema_rs.ValidationError], value: Any) -> Iterator[Finding]:
        for error in errors:
            place, kind = tuple(error.schema_path) or ("",), error.kind
            branches = tuple([tuple(findings(branch, value)) for branch in getattr(kind, "context", None) or ()])
            names = tuple(getattr(kind, "unexpected", ()))
            yield Finding(_path_in(value, error.instance_path), holder_at(place), str(place[-1]), branches, names)

    return Compiled(validator.is_valid, lambda value: findings(validator.iter_errors(value), value))


def _path_in(value: Any, path: Sequence[str | int]) -> ValuePath:
    """Return a path with the names of members in it: jsonschema-rs gives one that is a number as an index."""
    if int not in map(type, path):
        return tuple(path)
    named: list[str | int] = []
    for token in path:
        named.append(str(token) if isinstance(value, Mapping) else token)
        value = value_at(value, named[-1:])
    return tuple(named)


def _anything(_: str) -> bool:
    return True


def _options(*, is_linear: bool) -> Any:
    return jsonschema_rs.RegexOptions() if is_linear else jsonschema_rs.FancyRegexOptions()


def _linear(pattern: str) -> str | None:
    """Return a spelling of a pattern that the linear matcher can read."""
    return next((each for each in spellings(pattern) if _takes(each, is_linear=True)), None)


def _backtracking(pattern: str) -> str | None:
    """Return a spelling of a pattern that the backtracking matcher can read and gets right (`ecma.for_backtracking`)."""
    return next((for_backtracking(each) for each in spellings(pattern) if _takes(each, is_linear=False)), None)


def _takes(pattern: str, *, is_linear: bool) -> bool:
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=_options(is_linear=is_linear))
    except ValueError:
        return False
    return True
