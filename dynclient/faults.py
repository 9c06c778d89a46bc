"""Faults: everything in which a document breaks the specification, and which operations each of them touches.

Two judges: the schema of OpenAPI itself, as openapi-spec-validator ships it, finds what has the wrong form; the checks here find
what a schema cannot see. Real documents break many rules, so only what makes a correct call impossible refuses an operation
(`Fault.refuses`), and the operation says so itself when it is used. All else is a note.

Why not the whole of openapi-spec-validator: its own checks take seconds for each megabyte, and stop at references that lead nowhere.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from dynclient.document import DATA, NAMES, Document, Node, is_reference
from dynclient.errors import Problem, SpecError
from dynclient.operation import Operation
from dynclient.registry import Registry
from dynclient.schema import Schema

Path = tuple[str | int, ...]
Place = tuple[str, Path]

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

#: Which object of the specification a member belongs to, for what only the schema of OpenAPI finds.
_SECTIONS = {
    "info": "Info Object", "contact": "Contact Object", "license": "License Object", "servers": "Server Object",
    "paths": "Path Item Object", "webhooks": "Path Item Object", "parameters": "Parameter Object", "schema": "Schema Object",
    "requestBody": "Request Body Object", "requestBodies": "Request Body Object", "responses": "Response Object",
    "content": "Media Type Object", "encoding": "Encoding Object", "headers": "Header Object", "schemas": "Schema Object",
    "examples": "Example Object", "links": "Link Object", "callbacks": "Callback Object", "tags": "Tag Object",
    "securitySchemes": "Security Scheme Object", "security": "Security Requirement Object",
    "externalDocs": "External Documentation Object", "components": "Components Object",
}  # fmt: skip


class Fault(NamedTuple):
    """One fault of a document.

    Attributes:
        node: Where it is.
        keyword: A short name of the rule that is broken.
        message: What is wrong.
        rule: What the specification says, and in which section.
        refuses: Whether the operations that it touches refuse to run.
        operations: The operations that it touches, as `METHOD /path`.
    """

    node: Node
    keyword: str
    message: str
    rule: str = ""
    refuses: bool = False
    operations: tuple[str, ...] = ()


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
    registry = Registry(document)
    found = [*_references(document, registry), *_document_faults(document, registry)]
    for operation in (*registry.operations, *registry.webhooks.operations):
        found += _operation_faults(operation)
    seen = {fault.node.place for fault in found}
    holding = {(file, path[:depth]) for file, path in seen for depth in range(len(path))}
    found += [fault for fault in _form(document) if not _is_said(fault, seen, holding)]
    return list({(fault.node.place, fault.keyword, fault.message): fault for fault in found}.values())


def _is_said(fault: Fault, seen: set[Place], holding: set[Place]) -> bool:
    """Whether a fault of form is said better already: at its place, or, where no alternative fits, below it."""
    return fault.node.place in seen or (fault.keyword in ("anyOf", "oneOf") and fault.node.place in holding)


def _problem(document: Document, fault: Fault, line: int | None) -> Problem:
    name = document.files[fault.node.file].name
    message = f"{fault.message} [{name}{f':{line}' if line else ''}]"
    names = ", ".join(fault.operations[:5]) + (" and others" if len(fault.operations) > 5 else "")
    verb = "refuses" if len(fault.operations) == 1 else "refuse"
    touched = f"{names} {verb} to run; an overlay can correct it" if fault.refuses and names else ""
    return Problem("document", fault.node.path, fault.keyword, message, "; ".join(filter(None, (fault.rule, touched))))


# The form, judged by OpenAPI's own schema


def _form(document: Document) -> Iterator[Fault]:
    """What the schema of OpenAPI objects to."""
    for problem in _schema_of(document.version).problems(document.data, "document"):
        section = next((_SECTIONS[token] for token in reversed(problem.path) if token in _SECTIONS), "OpenAPI Object")
        hint = f"; {problem.hint}" if problem.hint else ""
        node = Node(document.root.file, problem.path, None)
        yield Fault(node, problem.keyword, problem.message, f"OpenAPI {document.version}, {section}{hint}")


@cache
def _schema_of(version: str) -> Schema:
    """The schema of OpenAPI; that of 3.0, which is draft 4, is put into the words of 2020-12."""
    from openapi_spec_validator import schemas  # slow to import, and only whoever asks for problems needs it

    text = json.dumps(dict(getattr(schemas, f"schema_v{version.replace('.', '')}")))
    text = text.replace('"#/definitions/', '"#/$defs/').replace(
        '"minimum": 0, "exclusiveMinimum": true', '"exclusiveMinimum": 0'
    )
    schema = json.loads(text)
    for name, other in (("definitions", "$defs"), ("id", "$id")):
        if name in schema:
            schema[other] = schema.pop(name)
    schema.pop("$schema", None)
    decided = _decided(schema)
    return Schema(lambda: decided)


def _decided(schema: Any) -> Any:
    """A choice between an object and a reference to one is made by whether there is a `$ref`, so that messages are of one of them."""
    if isinstance(schema, list):
        return [_decided(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    choice = schema.get("oneOf")
    reference = {"$ref": "#/$defs/Reference"}
    if isinstance(choice, list) and len(choice) == 2 and reference in choice:
        other = choice[1 - choice.index(reference)]
        rest = {name: _decided(value) for name, value in schema.items() if name != "oneOf"}
        return {**rest, "if": {"type": "object", "required": ["$ref"]}, "then": reference, "else": _decided(other)}
    return {name: _decided(value) for name, value in schema.items()}


# References


class _Links(NamedTuple):
    """The references of a document.

    Attributes:
        broken: The places whose reference leads nowhere, each with the reason.
        sources: The places that refer to a place.
    """

    broken: list[tuple[Node, Problem]]
    sources: dict[Place, list[Place]]


def _references(document: Document, registry: Registry) -> Iterator[Fault]:
    """Every reference that leads nowhere, and the operations that reach it."""
    links = _links(document)
    owners = _owners(registry) if links.broken else {}
    for node, problem in links.broken:
        message = problem.message.rpartition(" [")[0] or problem.message
        touched = tuple(dict.fromkeys(_touched(node.place, links.sources, owners)))
        yield Fault(
            node,
            "reference",
            message,
            "OpenAPI, Reference Object; RFC 3986, RFC 6901",
            refuses=True,
            operations=touched,
        )


def _links(document: Document) -> _Links:
    links = _Links([], defaultdict(list))
    pending = [document.root]
    walked: set[Place] = set()
    while pending:
        top = pending.pop()
        if any((top.file, top.path[:depth]) in walked for depth in range(len(top.path) + 1)):
            continue
        walked.add(top.place)
        for node, reference in _references_below(top):
            try:
                target = document.resolve(reference, node)
            except SpecError as error:
                links.broken.append((node, error.problems[-1]))
                continue
            links.sources[target.place].append(node.place)
            if target.file != top.file or top.path:
                pending.append(target)
    return links


def _references_below(top: Node) -> Iterator[tuple[Node, str]]:
    """Every reference in a part of a document, with the place that it stands at."""
    pending: list[tuple[Any, Path, bool]] = [(top.value, top.path, False)]
    while pending:
        value, path, named = pending.pop()
        if isinstance(value, list):
            pending += [
                (item, (*path, index), False) for index, item in enumerate(value) if isinstance(item, Mapping | list)
            ]
            continue
        if not named:
            yield from ((Node(top.file, path, value), reference) for reference in _named_in(value))
        for name, member in value.items() if isinstance(value, Mapping) else ():
            data = not named and (name in DATA or str(name).startswith("x-"))
            if isinstance(member, Mapping | list) and not data:
                pending.append((member, (*path, name), not named and name in NAMES))


def _named_in(value: Any) -> Iterator[str]:
    """What one object refers to (Reference Object; Schema Object; Discriminator Object)."""
    if not isinstance(value, Mapping):
        return
    for keyword in ("$ref", "$dynamicRef"):
        if isinstance(value.get(keyword), str):
            yield value[keyword]
    discriminator = value.get("discriminator")
    mapping = discriminator.get("mapping") if isinstance(discriminator, Mapping) else None
    for target in mapping.values() if isinstance(mapping, Mapping) else ():
        if isinstance(target, str) and "#" in target:
            yield target


def _owners(registry: Registry) -> dict[Place, tuple[str, ...]]:
    """The operations that a place belongs to."""
    owners: dict[Place, tuple[str, ...]] = defaultdict(tuple)
    for operation in registry.operations:
        owners[operation.node.place] += (operation.key,)
        owners[operation.item.child("parameters").place] += (operation.key,)
    return owners


def _touched(
    broken: Place, sources: Mapping[Place, list[Place]], owners: Mapping[Place, tuple[str, ...]]
) -> Iterator[str]:
    """The operations that reach a place, directly or through references."""
    pending, seen = [broken], {broken}
    while pending:
        file, path = pending.pop()
        for depth in range(len(path), -1, -1):
            above = (file, path[:depth])
            if path[depth : depth + 1] != ("callbacks",):  # what the server calls is no part of the call
                yield from owners.get(above, ())
            new = [source for source in sources.get(above, ()) if source not in seen]
            seen.update(new)
            pending += new


# The document


def _document_faults(document: Document, registry: Registry) -> Iterator[Fault]:
    yield from _path_faults(document)
    yield from _same_ids(registry)
    yield from _server_faults(document.root)
    yield from _security_faults(document.root, document)


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


def _same_ids(registry: Registry) -> Iterator[Fault]:
    first: dict[str, Operation] = {}
    for operation in registry.operations:
        if operation.id != operation.key and first.setdefault(operation.id, operation) is not operation:
            message = f"the operationId {operation.id!r} is that of {first[operation.id].key} as well"
            rule = f"OpenAPI, Operation Object: it must be unique; this one is called {operation.python_name}"
            yield Fault(operation.node.child("operationId"), "operationId", message, rule, operations=(operation.key,))


def _server_faults(owner: Node) -> Iterator[Fault]:
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


def _security_faults(owner: Node, document: Document, *operations: str) -> Iterator[Fault]:
    """Requirements that name a scheme which is not there (Security Requirement Object)."""
    schemes = document.root.child("components", "securitySchemes").value or {}
    for alternative in owner.child("security").items():
        for name, node in alternative.children():
            if name not in schemes:
                message = f"the security scheme {name!r} is not described"
                rule = "OpenAPI, Security Requirement Object: it must be one of components.securitySchemes"
                yield Fault(node, "security", message, rule, operations=operations)


# Operations


def _operation_faults(operation: Operation) -> Iterator[Fault]:
    document, node, key = operation.document, operation.node, operation.key
    described: dict[tuple[str, str], Node] = {}
    for owner in (operation.item, node):
        entries = list(_parameters(owner, document))
        counts = Counter((entry.get("in"), entry.get("name")) for _, entry in entries)
        for entry, parameter in entries:
            where, name = parameter.get("in"), parameter.get("name")
            found = list(_parameter_faults(parameter, document.version))
            yield from (fault._replace(operations=(key,)) for fault in found)
            if counts[where, name] > 1:
                message = f"the parameter {name!r} stands twice in {where}"
                yield Fault(entry, "parameter", message, "OpenAPI, Operation Object, parameters: the last one is used")
                counts[where, name] = 0
            if isinstance(name, str) and isinstance(where, str):
                described[where, name] = parameter
    yield from _template_faults(operation, described)
    yield from _response_faults(operation)
    yield from _server_faults(node)
    yield from _security_faults(node, document, key)


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
    if not isinstance(name, str) or where not in STYLES:
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
    names = operation.template_names
    rule = "OpenAPI, Path Templating: each template expression must correspond to a path parameter"
    for name in dict.fromkeys(names):
        if ("path", name) not in described:
            elsewhere = [where for where, other in described if other == name]
            there = f"; there is one in {elsewhere[0]}" if elsewhere else ""
            message = f"the path {operation.path} has the variable {name!r}, which no path parameter describes{there}"
            yield Fault(operation.node, "path", message, rule, refuses=True, operations=(operation.key,))
        if names.count(name) > 1:
            message = f"the path {operation.path} has the variable {name!r} twice"
            yield Fault(operation.node, "path", message, "OpenAPI, Path Templating", operations=(operation.key,))
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
