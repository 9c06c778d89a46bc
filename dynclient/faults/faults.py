"""Faults: everything in which a document breaks the specification, and which operations each of them touches.

Two judges: the schema of OpenAPI itself, as openapi-spec-validator ships it, finds what has the wrong form; the checks here find
what a schema cannot see. Real documents break many rules, so only what makes a correct call impossible refuses an operation
(`Fault.refuses`), and the operation says so itself when it is used. All else is a note.

Why not the whole of openapi-spec-validator: its own checks take seconds for each megabyte, and stop at references that lead nowhere.

    fault      one fault
    dangling   references that lead nowhere
    overall    the document as a whole
    endpoints  its operations
    form       what OpenAPI's own schema finds
"""

from __future__ import annotations

from collections.abc import Sequence

from dynclient.api.api import Api
from dynclient.faults.dangling import reference_faults
from dynclient.faults.endpoints import operation_faults
from dynclient.faults.fault import Fault, Place
from dynclient.faults.form import form_faults
from dynclient.faults.overall import document_faults
from dynclient.problem import Problem
from dynclient.spec.document import Document

__all__ = ["Fault", "faults", "find"]


def find(document: Document) -> list[Problem]:
    """Every fault of a document as a problem, with its line and with what the specification says."""
    found = faults(document)
    known: dict[Place, int] = {}
    for file, source in document.files.items():
        paths = {fault.node.path for fault in found if fault.node.file == file}
        known |= {(file, path): line for path, line in source.lines(paths).items()}
    return [_problem(document, fault, known.get(fault.node.place)) for fault in found]


def faults(document: Document) -> list[Fault]:
    """Every fault of a document: references first, then operations, then what only the schema of OpenAPI finds."""
    api = Api.of(document)
    found = [*reference_faults(document, api), *document_faults(document, api)]
    for operation in (*api.operations.operations, *api.webhooks.operations):
        found += operation_faults(operation)
    seen = {fault.node.place for fault in found}
    holding = {(file, path[:depth]) for file, path in seen for depth in range(len(path))}
    found += [fault for fault in form_faults(document) if not _is_said(fault, seen, holding)]
    return list({(fault.node.place, fault.keyword, fault.message): fault for fault in found}.values())


def _is_said(fault: Fault, seen: set[Place], holding: set[Place]) -> bool:
    """Whether a fault of form is said better already: at its place, or, where no alternative fits, below it."""
    return fault.node.place in seen or (fault.keyword in ("anyOf", "oneOf") and fault.node.place in holding)


def _problem(document: Document, fault: Fault, line: int | None) -> Problem:
    name = document.files[fault.node.file].name
    message = f"{fault.message} [{name}{f':{line}' if line else ''}]"
    refusing = [key for key in fault.operations if fault.refuses and key not in fault.unchecked]
    verb = "refuses" if len(refusing) == 1 else "refuse"
    touched = [f"{_listed(refusing)} {verb} to run"] if refusing else []
    touched += [f"replies of {_listed(fault.unchecked)} cannot be checked"] if fault.unchecked else []
    touched += ["an overlay can correct it"] if touched else []
    return Problem("document", fault.node.path, fault.keyword, message, "; ".join(filter(None, (fault.rule, *touched))))


def _listed(keys: Sequence[str]) -> str:
    return ", ".join(keys[:5]) + (" and others" if len(keys) > 5 else "")
