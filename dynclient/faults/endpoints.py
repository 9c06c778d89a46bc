"""What is wrong with one operation: its parameters, its path, its responses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from dynclient.api.operation import Operation
from dynclient.errors import SpecError
from dynclient.faults.fault import Fault
from dynclient.faults.overall import security_faults, server_faults
from dynclient.spec.document import Document
from dynclient.spec.node import Node
from dynclient.wire.template import undescribed_variables

#: The styles that a parameter may have, by where it stands (Parameter Object, Style Values).
STYLES = {
    "path": frozenset({"matrix", "label", "simple"}),
    "query": frozenset({"form", "spaceDelimited", "pipeDelimited", "deepObject"}),
    "header": frozenset({"simple"}),
    "cookie": frozenset({"form", "cookie"}),
    "querystring": frozenset(),
}
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_STATUS = re.compile(r"[1-5](\d\d|XX)\Z")
_SWAGGER = "Swagger 2.0 had it; OpenAPI 3 has `requestBody`"


def operation_faults(operation: Operation) -> Iterator[Fault]:
    """What is wrong with an operation."""
    document, node, key = operation.document, operation.node, operation.key
    described: dict[tuple[str, str], Node] = {}
    for owner in (operation.item, node):
        entries = list(_parameters(owner, document))
        counts = Counter((str(entry.get("in")), str(entry.get("name"))) for _, entry in entries)
        for entry, parameter in entries:
            where, name = parameter.get("in"), parameter.get("name")
            found = list(_parameter_faults(parameter, document.version))
            yield from (fault._replace(operations=(key,)) for fault in found)
            if not isinstance(name, str) or not isinstance(where, str):
                continue
            if counts[where, name] > 1:
                message = f"the parameter {name!r} stands twice in {where}"
                yield Fault(entry, "parameter", message, "OpenAPI, Operation Object, parameters: the last one is used")
                counts[where, name] = 0
            described[where, name] = parameter
    yield from _template_faults(operation, described)
    yield from _response_faults(operation)
    yield from server_faults(node)
    yield from security_faults(node, document, key)


def _parameters(owner: Node, document: Document) -> Iterator[tuple[Node, Node]]:
    """The parameters of an operation or a path item: the place in its list, and what stands there or is referred to."""
    for entry in owner.child("parameters").items():
        try:
            yield entry, document.follow(entry)
        except SpecError:
            continue  # a fault of its own


def _parameter_faults(node: Node, version: str) -> Iterator[Fault]:
    """What is wrong with one parameter (Parameter Object)."""
    where, name = node.get("in"), node.get("name")
    if not isinstance(name, str) or not isinstance(where, str) or where not in STYLES:
        rule = _SWAGGER if where in ("body", "formData") else "OpenAPI, Parameter Object: both are required"
        yield Fault(
            node,
            "parameter",
            f"a parameter has a `name` and an `in`; this one is {name!r} in {where!r}",
            rule,
            refuses=True,
        )
        return
    style = node.get("style")
    contents = node.child("content").value
    if style is not None and style not in STYLES[where] and not contents:
        rule = f"OpenAPI, Parameter Object, Style Values: {', '.join(sorted(STYLES[where])) or 'none'}"
        yield Fault(
            node.child("style"), "style", f"the style {style!r} is not one of a {where} parameter", rule, refuses=True
        )
    if where == "path" and node.get("required") is not True:
        rule = "OpenAPI, Parameter Object: `required` must be true; it is taken so"
        yield Fault(node.child("required"), "required", f"the path parameter {name!r} is not required", rule)
    if ("schema" in node.value) == ("content" in node.value):
        both = "both a `schema` and a `content`" if "schema" in node.value else "neither a `schema` nor a `content`"
        yield Fault(
            node, "parameter", f"the parameter {name!r} has {both}", "OpenAPI, Parameter Object: it must have one"
        )
    elif contents is not None and len(contents) != 1:
        message = f"the `content` of the parameter {name!r} has {len(contents)} media types"
        yield Fault(node.child("content"), "parameter", message, "OpenAPI, Parameter Object: it must have one")
    if where == "querystring" and version != "3.2":
        yield Fault(
            node.child("in"), "parameter", "`querystring` exists since OpenAPI 3.2", "OpenAPI 3.2, Parameter Object"
        )


def _template_faults(operation: Operation, described: Mapping[tuple[str, str], Node]) -> Iterator[Fault]:
    """Whether the variables of the path and the path parameters are the same (Path Templating)."""
    if operation.incoming:
        return
    template = operation.template
    names = template.names
    rule = "OpenAPI, Path Templating: each template expression must correspond to a path parameter"
    for name in undescribed_variables(template, described):
        elsewhere = [where for where, other in described if other == name]
        there = f"; there is one in {elsewhere[0]}" if elsewhere else ""
        message = f"the path {operation.path} has the variable {name!r}, which no path parameter describes{there}"
        yield Fault(operation.node, "path", message, rule, refuses=True, operations=(operation.key,))
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            message = f"the path {operation.path} has the variable {name!r} twice"
            yield Fault(operation.node, "path", message, "OpenAPI, Path Templating", operations=(operation.key,))
    behind = {"query": template.pairs, "fragment, which is not sent": template.fragment}
    for kind in (kind for kind, text in behind.items() if text):
        message = f"the path {operation.path} has a {kind}"
        yield Fault(
            operation.item,
            "path",
            message,
            "OpenAPI 3.0.4, Path Templating: a path has neither",
            operations=(operation.key,),
        )
    for (where, name), node in described.items():
        if where == "path" and name not in names:
            message = f"the path {operation.path} has no variable {name!r} for this path parameter"
            yield Fault(node, "path", message, "OpenAPI, Parameter Object, name", operations=(operation.key,))


def _response_faults(operation: Operation) -> Iterator[Fault]:
    """Responses that are missing or misnamed (Operation Object, Responses Object)."""
    responses = operation.node.child("responses")
    names = [str(name) for name, _ in responses.children()]
    if responses.value is None and operation.document.version == "3.0":
        yield Fault(responses, "responses", "no `responses` are described", "OpenAPI 3.0, Operation Object: required")
    elif responses.value is not None and not any(not name.startswith("x-") for name in names):
        rule = "OpenAPI, Responses Object: there must be at least one"
        yield Fault(responses, "responses", "no response is described", rule, operations=(operation.key,))
    for name in names:
        if name != "default" and not name.startswith("x-") and not _STATUS.match(name):
            message = f"{name!r} is no status code"
            yield Fault(
                responses.child(name), "responses", message, "OpenAPI, Responses Object", operations=(operation.key,)
            )
