"""Every fault of a document, and which operations each of them affects.

There are two judges. OpenAPI's own JSON Schema, as openapi-spec-validator ships it, finds values of the wrong form (`form`). The checks
of this package find what a schema cannot see (`rules`, `dangling`). Real documents break many rules, so an operation refuses to run only
if a correct call is impossible (`Fault.refusing`); the operation then raises the same error itself. Every other fault is a note.

The validator of openapi-spec-validator is not used: its checks take seconds per megabyte and stop at the first broken reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dynclient.api.api import Api
from dynclient.errors import SpecError
from dynclient.faults.dangling import ReferenceGraph, reference_faults
from dynclient.faults.form import form_faults
from dynclient.faults.rules import Fault, Place, document_faults, operation_faults
from dynclient.faults.swagger_rules import swagger_faults
from dynclient.problem import Problem
from dynclient.schema.bundle import LIST, MAP, ONE
from dynclient.schema.schemas import Schema
from dynclient.spec.document import Document
from dynclient.spec.node import Node


def find(document: Document) -> list[Problem]:
    """Return every fault of a document as a problem, with its line and the rule of the specification."""
    found = faults(document)
    known: dict[Place, int] = {}
    for file, source in document.files.items():
        paths = {fault.node.path for fault in found if fault.node.file == file}
        known |= {(file, path): line for path, line in source.lines(paths).items()}
    return [_problem(document, fault, known.get(fault.node.place)) for fault in found]


def faults(document: Document) -> list[Fault]:
    """Return every fault of a document: references first, then operations, then what only OpenAPI's own schema finds."""
    api = Api.of(document)
    references = ReferenceGraph(document, api.operations)
    found = [*reference_faults(references), *document_faults(document, api.operations)]
    for operation in (*api.operations.operations, *api.webhooks.operations):
        found += [*operation_faults(operation), *swagger_faults(operation)]
    places = {fault.node.place for fault in found}
    holders = {(file, path[:depth]) for file, path in places for depth in range(len(path))}
    for fault in form_faults(document):
        if not _is_known(fault, places, holders):
            users = references.users(fault.node.place) if _breaks_schema(fault.node, document, api) else ((), ())
            found.append(fault._replace(refusing=users[0], unchecked=users[1]))
    return _merged(found)


def _breaks_schema(node: Node, document: Document, api: Api) -> bool:
    """Whether the schema that a place belongs to cannot be compiled; then no operation that uses it can run."""
    path = node.path
    starts = [index for index, token in enumerate(path) if token in ("schema", "itemSchema")]
    named = 3 if path[:2] == ("components", "schemas") else 2 if path[:1] == ("definitions",) else 0
    depth = named or (starts[0] + 1 if starts else 0)
    if not 0 < depth <= len(path):
        return False
    schema = document.written.child(*path[:depth])
    while depth < len(path) and (step := _step(path[depth])) and depth + step <= len(path):
        depth += step
        inner = document.written.child(*path[:depth])
        schema = inner if isinstance(inner.value, Mapping) else schema
    return _is_unusable(api.operations.schemas.compile(schema, "request"))


def _step(token: str | int) -> int:
    """Return how many tokens lead from a schema to a schema inside it, or 0."""
    return 1 if token in ONE else 2 if token in LIST | MAP else 0


def _is_unusable(schema: Schema) -> bool:
    try:
        schema.is_valid(None)
    except SpecError:
        return True
    return False


def _is_known(fault: Fault, places: set[Place], holders: set[Place]) -> bool:
    """Whether a better fault is known: at the same place, or, if no alternative matches, somewhere below it."""
    return fault.node.place in places or (fault.keyword in ("anyOf", "oneOf") and fault.node.place in holders)


def _merged(found: Iterable[Fault]) -> list[Fault]:
    """Merge equal faults, which several operations report if they share a component."""
    merged: dict[object, Fault] = {}
    for fault in found:
        first = merged.setdefault((fault.node.place, fault.keyword, fault.message), fault)
        if first is not fault:
            refusing = tuple(dict.fromkeys([*first.refusing, *fault.refusing]))
            merged[fault.node.place, fault.keyword, fault.message] = first._replace(refusing=refusing)
    return list(merged.values())


def _problem(document: Document, fault: Fault, line: int | None) -> Problem:
    name = document.files[fault.node.file].name
    message = f"{fault.message} [{name}{f':{line}' if line else ''}]"
    effects = []
    if fault.refusing:
        effects.append(f"{_shortened(fault.refusing)} {'refuses' if len(fault.refusing) == 1 else 'refuse'} to run")
    if fault.unchecked:
        effects.append(f"replies of {_shortened(fault.unchecked)} cannot be checked")
    if effects:
        effects.append("an overlay can correct it")
    hint = "; ".join(filter(None, (fault.rule, *effects)))
    return Problem("document", fault.node.path, fault.keyword, message, hint)


def _shortened(keys: Sequence[str]) -> str:
    return ", ".join(keys[:5]) + (" and others" if len(keys) > 5 else "")
