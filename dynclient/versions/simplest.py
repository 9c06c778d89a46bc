"""What a schema says in its simplest words, so that two ways to say it are one.

    not: {not: S}                            S
    not: {type: T}                           type: all others
    not: {anyOf: [S, R]}                     not: S, not: R
    anyOf: [S], oneOf: [S]                   S
    anyOf: [{not: S}, R]                     if: S, then: R
    if: {not: S}, then: A, else: B           if: S, then: B, else: A
    if: {required: [a]}, then: S             dependentSchemas: {a: S}, where only objects count: both let others pass
    dependentSchemas: {a: {required: [b]}}   dependentRequired: {a: [b]}

Only the schema itself is looked at; those inside it have their turn when somebody asks what they say. Where a document has
`unevaluatedProperties` or `unevaluatedItems`, what S has evaluated counts as well, so everything stays as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dynclient.schema.bundle import CHOICES, UNEVALUATED, joined
from dynclient.spec.document import Document
from dynclient.spec.slices import plain_data
from dynclient.versions.authorship import Origins
from dynclient.versions.jsontypes import TYPES, is_about

#: The keywords that may have a simpler word, and those of a condition.
_SIMPLER = frozenset({"not", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas"})
_CONDITION = ("if", "then", "else")
_TYPES = ("null", "boolean", "number", "string", "array", "object")


class Simplest:
    """The schemas of a document in their simplest words.

    Args:
        document: The document.
        origins: Receives the place of each schema that is made.
    """

    def __init__(self, document: Document, origins: Origins) -> None:
        self._document = document
        self._origins = origins
        self._known: dict[int, Any] = {}
        self._kept: list[Any] = []  # so that no other schema gets the id of one that is known

    def of(self, schema: Any) -> Any:
        """Return what a schema says in its simplest words, perhaps as a conjunction; itself, if they are its own."""
        if not isinstance(schema, Mapping) or schema.keys().isdisjoint(_SIMPLER):
            return schema
        found = self._known.get(id(schema))
        if found is None:
            found = self._known[id(schema)] = self._rewritten(schema)
            self._kept.append(schema)
        return found

    def _rewritten(self, schema: Mapping[str, Any]) -> Any:
        def made(part: dict[str, Any]) -> dict[str, Any]:
            return self._origins.copied(part, schema)

        rest = dict(schema)
        apart = [part for rewrite in (_choices, _negation, _condition, _dependencies) for part in rewrite(rest, made)]
        if (not apart and rest == schema) or _evaluates(self._document):
            return schema
        return made({**joined([made(rest), *apart])})


#: Makes a schema that counts at the place of the one that is rewritten.
Copying = Callable[[dict[str, Any]], dict[str, Any]]


def _choices(rest: dict[str, Any], made: Copying) -> Iterator[Any]:
    """Take out a choice of one branch, and one that is a condition; yield what they say."""
    for keyword in CHOICES:
        branches = rest.get(keyword)
        if isinstance(branches, list) and len(branches) == 1:
            del rest[keyword]
            yield branches[0]
    branches = rest.get("anyOf")
    if isinstance(branches, list) and len(branches) == 2:
        denied = [_denied(each) for each in branches]
        if (denied[0] is None) != (denied[1] is None):
            del rest["anyOf"]
            at = 0 if denied[0] is not None else 1
            yield made({"if": denied[at], "then": branches[1 - at]})


def _negation(rest: dict[str, Any], made: Copying) -> Iterator[Any]:
    """Take out a `not` that has a simpler word; yield what it says."""
    inner = rest.get("not")
    if inner is False:
        del rest["not"]
    if not isinstance(inner, Mapping) or len(inner) != 1:
        return
    ((keyword, value),) = inner.items()
    if keyword == "not":
        del rest["not"]
        yield value
    elif keyword == "type":
        excluded = value if isinstance(value, list) else [value]
        others = [name for name in _TYPES if name not in excluded]
        if others and "integer" not in excluded:  # the other numbers have no name, nor has no type
            del rest["not"]
            yield made({"type": others})
    elif keyword == "anyOf" and isinstance(value, list):
        del rest["not"]
        yield from (made({"not": each}) for each in value)


def _condition(rest: dict[str, Any], made: Copying) -> Iterator[Any]:
    """Put a condition straight; yield what it says in simpler words."""
    condition = {keyword: rest.pop(keyword) for keyword in _CONDITION if keyword in rest}
    if "if" not in condition or len(condition) == 1:  # it says nothing
        return
    asked, then, otherwise = condition["if"], condition.get("then", True), condition.get("else", True)
    while (denied := _denied(asked)) is not None:
        asked, then, otherwise = denied, otherwise, then
    if asked in ({}, True, False):
        yield otherwise if asked is False else then
        return
    name = _only_name(asked)
    if name is not None and then is not True and (rest.get("type") == "object" or _is_of_objects(then)):
        yield made({"dependentSchemas": {name: then}})
        then = True
    if then is not True or otherwise is not True:
        rest["if"] = asked
        rest |= {keyword: each for keyword, each in (("then", then), ("else", otherwise)) if each is not True}


def _is_of_objects(schema: Any) -> bool:
    """Whether a schema says something of objects only."""
    return isinstance(schema, Mapping) and not any(is_about(keyword, TYPES - {"object"}) for keyword in schema)


def _dependencies(rest: dict[str, Any], made: Copying) -> Iterator[Any]:
    """Take out what a property needs that is only other properties; yield it."""
    rules = rest.get("dependentSchemas")
    if not isinstance(rules, Mapping):
        return
    needed = {name: rule["required"] for name, rule in rules.items() if _needs(rule)}
    if needed:
        del rest["dependentSchemas"]
        others = {name: rule for name, rule in rules.items() if name not in needed}
        rest |= {"dependentSchemas": others} if others else {}
        yield made({"dependentRequired": needed})


def _needs(rule: Any) -> bool:
    return isinstance(rule, Mapping) and rule.keys() == {"required"} and isinstance(rule["required"], list)


def _denied(schema: Any) -> Any:
    """Return the schema that another one only denies; None if it says anything else."""
    return schema["not"] if isinstance(schema, Mapping) and schema.keys() == {"not"} else None


def _only_name(schema: Any) -> str | None:
    """Return the property that a schema asks for, if it asks for nothing else."""
    names = schema["required"] if isinstance(schema, Mapping) and schema.keys() == {"required"} else ()
    return str(names[0]) if isinstance(names, list) and len(names) == 1 else None


def _evaluates(document: Document) -> bool:
    """Whether a schema of a document asks what others have evaluated; its data is walked once."""
    known = document.compiled.setdefault(_evaluates, {})
    if "found" not in known:
        held = (document.data, *(file.data for file in document.files.values()))
        known["found"] = any(_has(plain_data(each), UNEVALUATED) for each in held)
    found: bool = known["found"]
    return found


def _has(data: Any, names: frozenset[str]) -> bool:
    """Whether an object anywhere in plain data has a member of one of these names."""
    pending = [data]
    while pending:
        part = pending.pop()
        if isinstance(part, Mapping):
            if not part.keys().isdisjoint(names):
                return True
            pending += part.values()
        elif isinstance(part, list):
            pending += part
    return False
