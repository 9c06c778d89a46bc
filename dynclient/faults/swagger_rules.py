"""Rules of Swagger 2.0 that OpenAPI 3 does not have, as it has no parameters that are a body: what is taken, and what should be written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dynclient.api.operation import Operation
from dynclient.errors import SpecError
from dynclient.faults.rules import Fault
from dynclient.spec.document import Document
from dynclient.spec.node import Node
from dynclient.spec.swagger_parameters import MULTIPART, URLENCODED

_RULE = "Swagger 2.0, Parameter Object"


def swagger_faults(operation: Operation) -> Iterator[Fault]:
    """Yield the faults in how an operation of a Swagger 2.0 document describes its body."""
    document = operation.document
    if document.version != "2.0":
        return
    node = _as_written(operation.node, document)
    parameters = [*_parameters(_as_written(operation.item, document), document), *_parameters(node, document)]
    bodies = _named(parameters, "body")
    fields = _named(parameters, "formData")
    own = _named(_parameters(node, document), "body")
    bodies = own or bodies
    for extra in bodies[1:]:
        message = f"an operation may have one `in: body`, and {bodies[0].get('name')!r} is one"
        yield Fault(extra, "parameter", message, f"{_RULE}; a request may send any of them")
    if bodies and fields:
        message = f"`in: formData` and `in: body` exclude each other, and {bodies[0].get('name')!r} is a body"
        yield Fault(fields[0], "parameter", message, f"{_RULE}; a request may send either")
    elif fields:
        yield from _form_faults(fields, _consumed(node, document))


def _form_faults(fields: list[Node], consumed: list[str]) -> Iterator[Fault]:
    files = [field for field in fields if field.get("type") == "file"]
    if files and MULTIPART not in consumed:
        message = f"a parameter of `type: file` needs {MULTIPART} in `consumes`; the form is sent in it all the same"
        yield Fault(files[0], "consumes", message, _RULE)
    elif consumed and not {MULTIPART, URLENCODED} & set(consumed):
        message = f"form parameters need {URLENCODED} or {MULTIPART} in `consumes`; the form is sent in the first"
        yield Fault(fields[0], "consumes", message, _RULE)


def _as_written(node: Node, document: Document) -> Node:
    return Node(node.file, (), document.files[node.file].data).child(*node.path)


def _parameters(owner: Node, document: Document) -> list[Node]:
    found = []
    for entry in owner.child("parameters").items():
        try:
            found.append(document.follow(entry))
        except SpecError:
            continue  # a fault of its own
    return found


def _named(parameters: list[Node], place: str) -> list[Node]:
    return [node for node in parameters if node.get("in") == place]


def _consumed(node: Node, document: Document) -> list[str]:
    written: Any = node.get("consumes", document.written.get("consumes"))
    return [str(kind).partition(";")[0].strip().lower() for kind in written] if isinstance(written, list) else []
