"""What is wrong with the document as a whole: paths, ids, servers, security."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dynclient.api.api import Api
from dynclient.api.operation import Operation
from dynclient.errors import SpecError
from dynclient.faults.fault import Fault
from dynclient.security.secured import security_schemes
from dynclient.spec.document import Document
from dynclient.spec.node import Node, is_reference

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_STATUS = re.compile(r"[1-5](\d\d|XX)\Z")
_SWAGGER = "Swagger 2.0 had it; OpenAPI 3 has `requestBody`"


def document_faults(document: Document, api: Api) -> Iterator[Fault]:
    """What is wrong with a document beside its references and its operations."""
    yield from _path_faults(document)
    yield from _same_ids(api)
    yield from server_faults(document.root)
    yield from security_faults(document.root, document)


def _path_faults(document: Document) -> Iterator[Fault]:
    """Paths that no request can tell apart, and what is no path (Paths Object)."""
    shapes: dict[str, str] = {}
    for path, item in document.root.child("paths").children():
        if not str(path).startswith("/"):
            if not str(path).startswith("x-"):
                yield Fault(
                    item, "path", f"the path {path!r} does not start with /", "OpenAPI, Paths Object: it is left out"
                )
            continue
        first = shapes.setdefault(_VARIABLE.sub("{}", path), path)
        if first != path:
            rule = "OpenAPI, Paths Object: templates that differ only in their variables are identical and invalid"
            yield Fault(item, "path", f"{path} and {first} are the same path", rule)
        yield from _twice_in_item(item, document)


def _twice_in_item(item: Node, document: Document) -> Iterator[Fault]:
    """Fields that stand both beside the `$ref` of a path item and where it leads."""
    if is_reference(item.value) and len(item.value) > 1:
        try:
            target = document.follow(Node(item.file, item.path, {"$ref": item.value["$ref"]}))
        except SpecError:
            return
        for name in item.value.keys() & (target.value.keys() if isinstance(target.value, Mapping) else set()):
            rule = "OpenAPI, Path Item Object: what that means is undefined; the nearer one is used"
            yield Fault(item.child(name), "path", f"{name!r} stands beside $ref and in what it refers to", rule)


def _same_ids(api: Api) -> Iterator[Fault]:
    first: dict[str, Operation] = {}
    for operation in api.operations.operations:
        if operation.id != operation.key and first.setdefault(operation.id, operation) is not operation:
            message = f"the operationId {operation.id!r} is that of {first[operation.id].key} as well"
            rule = f"OpenAPI, Operation Object: it must be unique; this one is called {operation.python_name}"
            yield Fault(operation.node.child("operationId"), "operationId", message, rule, operations=(operation.key,))


def server_faults(owner: Node) -> Iterator[Fault]:
    """Server variables that have no value (Server Object, Server Variable Object)."""
    for server in owner.child("servers").items():
        variables = dict(server.child("variables").children())
        for name in _VARIABLE.findall(str(server.get("url", ""))):
            if name not in variables:
                message = f"the server variable {name!r} is not described"
                yield Fault(server.child("url"), "server", message, "OpenAPI, Server Object")
            elif "default" not in (variables[name].value or ()):
                message = f"the server variable {name!r} has no default"
                yield Fault(
                    variables[name].child("default"),
                    "server",
                    message,
                    "OpenAPI, Server Variable Object: it is required",
                )


def security_faults(owner: Node, document: Document, *operations: str) -> Iterator[Fault]:
    """Requirements that name a scheme which is not there (Security Requirement Object)."""
    schemes = security_schemes(document, owner.child("security"))
    for alternative in owner.child("security").items():
        for name, node in alternative.children():
            if name not in schemes:
                message = f"the security scheme {name!r} is not described"
                rule = "OpenAPI, Security Requirement Object: it must be one of components.securitySchemes"
                rule += "" if document.version in ("3.0", "3.1") else ", or the URI of a Security Scheme Object"
                yield Fault(node, "security", message, rule, operations=operations)
