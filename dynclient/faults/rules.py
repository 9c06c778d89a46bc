"""Rules of the specification that no schema can check: paths, ids, parameters, responses, servers, security."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dynclient import lazy
from dynclient.api.operation import Operation, ignored_headers
from dynclient.api.operations import Operations
from dynclient.errors import SpecError
from dynclient.problem import show
from dynclient.security.scheme import security_schemes
from dynclient.spec.document import Document
from dynclient.spec.node import OLD_VERSIONS, Node, is_reference
from dynclient.wire.styles import LOCATION_STYLES, usable_style
from dynclient.wire.template import undescribed_variables

_VARIABLE = lazy.pattern(r"\{([^{}]*)\}")
_STATUS = lazy.pattern(r"[1-5](\d\d|XX)\Z")

#: A place in a document: the file and the tokens of the JSON pointer.
Place = tuple[str, tuple[str | int, ...]]

#: The parameters of one list: each entry, and the parameter that it is or refers to.
_Entries = list[tuple[Node, Node]]


class Fault(NamedTuple):
    """One place where a document breaks the specification.

    Attributes:
        node: The place.
        keyword: A short name of the rule.
        message: What is wrong.
        rule: What the specification says, and in which section.
        refusing: The operations that refuse to run because of it, as `METHOD /path`.
        unchecked: The operations that run, but whose replies cannot be checked because of it.
    """

    node: Node
    keyword: str
    message: str
    rule: str = ""
    refusing: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


def document_faults(document: Document, operations: Operations) -> Iterator[Fault]:
    """Yield the faults of a document outside its references and operations."""
    yield from _path_faults(document)
    yield from _repeated_ids(operations)
    yield from _server_faults(document.root, document)
    yield from _security_faults(document.root, document)


def operation_faults(operation: Operation) -> Iterator[Fault]:
    """Yield the faults of one operation."""
    document, node = operation.document, operation.node
    lists = [_entries(owner, document) for owner in (operation.item, node)]
    described = {key: parameter for entries in lists for _, parameter in entries if (key := _key_of(parameter))}
    for entries in lists:
        yield from _repeated_parameters(entries)
    yield from _all_parameter_faults(operation, [parameter for entries in lists for _, parameter in entries])
    yield from _template_faults(operation, described)
    yield from _response_faults(operation)
    yield from _server_faults(node, document)
    yield from _security_faults(node, document)


# --- the document


def _path_faults(document: Document) -> Iterator[Fault]:
    """Find paths that no request can tell apart, and names that are not paths (Paths Object)."""
    shapes: dict[str, str] = {}
    for path, item in document.root.child("paths").children():
        if not str(path).startswith("/"):
            if not str(path).startswith("x-"):
                rule = "OpenAPI, Paths Object: it is left out"
                yield Fault(item, "path", f"path {path!r} does not start with /", rule)
            continue
        first = shapes.setdefault(_VARIABLE.sub("{}", path), path)
        if first != path:
            rule = "OpenAPI, Paths Object: templates that differ only in their variables are identical and invalid"
            yield Fault(item, "path", f"{path} and {first} are the same path", rule)
        yield from _repeated_fields(item, document)


def _repeated_fields(item: Node, document: Document) -> Iterator[Fault]:
    """Find the fields that a path item has both beside its `$ref` and in the target."""
    if not is_reference(item.value) or len(item.value) == 1:
        return
    try:
        target = document.follow(Node(item.file, item.path, {"$ref": item.value["$ref"]}))
    except SpecError:
        return  # a fault of its own
    for name in [name for name in item.value if isinstance(target.value, Mapping) and name in target.value]:
        rule = "OpenAPI, Path Item Object: the result is undefined; the one beside $ref is used"
        yield Fault(item.child(name), "path", f"{name!r} is both beside $ref and in its target", rule)


def _repeated_ids(operations: Operations) -> Iterator[Fault]:
    first: dict[str, Operation] = {}
    for operation in operations.operations:
        if operation.id != operation.key and first.setdefault(operation.id, operation) is not operation:
            message = f"operationId {operation.id!r} is also that of {first[operation.id].key}"
            rule = f"OpenAPI, Operation Object: it must be unique; this operation is called {operation.python_name}"
            yield Fault(operation.node.child("operationId"), "operationId", message, rule)


def _server_faults(owner: Node, document: Document) -> Iterator[Fault]:
    """Find server variables without a value (Server Object, Server Variable Object)."""
    if document.version == "2.0":
        return  # it has no variables; braces in its host are a fault of their own
    for server in owner.child("servers").items():
        variables = dict(server.child("variables").children())
        for name in _VARIABLE.findall(str(server.get("url", ""))):
            if name not in variables:
                message = f"server variable {name!r} is not described"
                yield Fault(server.child("url"), "server", message, "OpenAPI, Server Object")
            elif variables[name].get("default") is None:
                message = f"server variable {name!r} has no default"
                rule = "OpenAPI, Server Variable Object: it is required"
                yield Fault(variables[name].child("default"), "server", message, rule)


def _security_faults(owner: Node, document: Document) -> Iterator[Fault]:
    """Find requirements that name an unknown scheme (Security Requirement Object)."""
    schemes = security_schemes(document, owner.child("security"))
    for alternative in owner.child("security").items():
        for name, node in alternative.children():
            if name not in schemes:
                where = "securityDefinitions" if document.version == "2.0" else "components.securitySchemes"
                rule = f"OpenAPI, Security Requirement Object: it must be one of {where}"
                rule += "" if document.version in ("2.0", "3.0", "3.1") else ", or the URI of a Security Scheme Object"
                yield Fault(node, "security", f"security scheme {name!r} is not described", rule)


# --- parameters


def _entries(owner: Node, document: Document) -> _Entries:
    """List the parameters of an operation or a path item."""
    found = []
    for entry in owner.child("parameters").items():
        try:
            found.append((entry, document.follow(entry)))
        except SpecError:
            continue  # a fault of its own
    return found


def _key_of(parameter: Node) -> tuple[str, str] | None:
    """Return the location and name of a parameter, or None if it lacks one of them."""
    where, name = parameter.get("in"), parameter.get("name")
    known = isinstance(name, str) and isinstance(where, str) and where in LOCATION_STYLES
    return (where, name) if known else None


def _repeated_parameters(entries: _Entries) -> Iterator[Fault]:
    counts = Counter(_key_of(parameter) for _, parameter in entries)
    for entry, parameter in entries:
        key = _key_of(parameter)
        if key is not None and counts[key] > 1:
            message = f"parameter {key[1]!r} appears twice in {key[0]}"
            yield Fault(entry, "parameter", message, "OpenAPI, Operation Object, parameters: the last one is used")
            counts[key] = 0


def _all_parameter_faults(operation: Operation, parameters: list[Node]) -> Iterator[Fault]:
    """Find the faults of all parameters; those of one that is overridden or ignored keep nothing from running."""
    used = {_identity(key): parameter.place for parameter in parameters if (key := _key_of(parameter))}
    for parameter in parameters:
        key = _key_of(parameter)
        is_used = key is None or used[_identity(key)] == parameter.place
        ignored = ignored_headers(operation.document)
        is_ignored = key is not None and key[0] == "header" and key[1].lower() in ignored
        refusing = (operation.key,) if is_used and not is_ignored else ()
        yield from _parameter_faults(parameter, operation.document.version, refusing)


def _identity(key: tuple[str, str]) -> tuple[str, str]:
    """Return what makes two parameters the same: header names ignore case (RFC 9110, section 5.1)."""
    return (key[0], key[1].lower()) if key[0] == "header" else key


def _parameter_faults(node: Node, version: str, refusing: tuple[str, ...]) -> Iterator[Fault]:
    """Find the faults of one parameter (Parameter Object).

    Args:
        node: The parameter.
        version: The OpenAPI version.
        refusing: The operations that refuse to run if the parameter cannot be sent.
    """
    key = _key_of(node)
    if key is None:
        where, name = node.get("in"), node.get("name")
        swagger = where in ("body", "formData") and version != "2.0"
        rule = "`in: body` and `in: formData` are Swagger 2.0; OpenAPI 3 has `requestBody`" if swagger else ""
        rule = rule or "OpenAPI, Parameter Object: both are required"
        message = f"a parameter needs a `name` and an `in`; this one has {show(name)} in {show(where)}"
        yield Fault(node, "parameter", message, rule, refusing)
        return
    where, name = key
    if where == "path" and node.get("required") is not True:
        message = f"path parameter {name!r} must say required: true"
        yield Fault(node.child("required"), "required", message, "OpenAPI, Parameter Object; treated as required")
    if version == "2.0":
        return  # its schema and its style were made from what the form of a parameter allows
    if where == "querystring" and version != "3.2":
        message = "`in: querystring` exists since OpenAPI 3.2"
        yield Fault(node.child("in"), "parameter", message, "OpenAPI 3.2, Parameter Object")
    yield from _style_faults(node, where, version, refusing)
    yield from _content_faults(node, where, name, refusing)


def _style_faults(node: Node, where: str, version: str, refusing: tuple[str, ...]) -> Iterator[Fault]:
    """Find a style that the specification does not allow (Style Values); most of those can be sent all the same."""
    style, allowed = node.get("style"), LOCATION_STYLES[where].allowed
    if style is None or _has_content(node) or where == "querystring":
        return
    if isinstance(style, str) and allowed.get(style, "9") <= version:
        return
    names = ", ".join(name for name, since in allowed.items() if since <= version)
    rule = f"OpenAPI, Parameter Object, Style Values: it must be one of {names}"
    if usable_style(where, style) is None:
        message = f"a {where} parameter cannot have the style {show(style)}"
        yield Fault(node.child("style"), "style", message, rule, refusing)
    else:
        message = f"a {where} parameter should not have the style {show(style)}"
        yield Fault(node.child("style"), "style", message, f"{rule}; this one is sent all the same")


def _has_content(node: Node) -> bool:
    return any(True for _ in node.child("content").children())


def _content_faults(node: Node, where: str, name: str, refusing: tuple[str, ...]) -> Iterator[Fault]:
    """Find a parameter without exactly one of `schema` and `content`, and `content` without exactly one media type."""
    count = len(list(node.child("content").children()))
    if where == "querystring" and not count:
        yield Fault(node, "parameter", "`in: querystring` needs `content`", "OpenAPI 3.2, Parameter Object", refusing)
    elif ("schema" in node.value) == ("content" in node.value):
        both = "both `schema` and `content`" if "schema" in node.value else "neither `schema` nor `content`"
        rule = "OpenAPI, Parameter Object: it must have exactly one"
        yield Fault(node, "parameter", f"parameter {name!r} has {both}", rule)
    elif "content" in node.value and count != 1:
        message = f"the `content` of parameter {name!r} has {count} media types"
        yield Fault(node.child("content"), "parameter", message, "OpenAPI, Parameter Object: it must have exactly one")


# --- the path and the responses of an operation


def _template_faults(operation: Operation, described: Mapping[tuple[str, str], Node]) -> Iterator[Fault]:
    """Compare the variables of the path with the path parameters (Path Templating)."""
    if operation.incoming:
        return
    template, path = operation.template, operation.path
    for name in undescribed_variables(template, described):
        other = next((where for where, known in described if known == name), "")
        message = f"path {path} has the variable {name!r}, but no path parameter describes it"
        message += f"; there is a parameter of that name in {other}" if other else ""
        rule = "OpenAPI, Path Templating: each template expression must correspond to a path parameter"
        yield Fault(operation.node, "path", message, rule, (operation.key,))
    for name in [name for name, count in Counter(template.names).items() if count > 1]:
        message = f"path {path} has the variable {name!r} twice"
        yield Fault(operation.node, "path", message, "OpenAPI, Path Templating")
    for extra in filter(None, (template.pairs and "query", template.fragment and "fragment, which is not sent")):
        message = f"path {path} has a {extra}"
        yield Fault(operation.item, "path", message, "OpenAPI 3.0.4, Path Templating: a path has neither")
    for (where, name), node in described.items():
        if where == "path" and name not in template.names:
            message = f"path {path} has no variable {name!r} for this path parameter"
            yield Fault(node, "path", message, "OpenAPI, Parameter Object, name")


def _response_faults(operation: Operation) -> Iterator[Fault]:
    """Find responses that are missing or misnamed (Operation Object, Responses Object)."""
    responses = operation.node.child("responses")
    names = [str(name) for name, _ in responses.children() if not str(name).startswith("x-")]
    if responses.value is None and operation.document.version in OLD_VERSIONS:
        rule = f"{operation.document.specification}, Operation Object: required"
        yield Fault(responses, "responses", "`responses` is missing", rule)
    elif responses.value is not None and not names:
        rule = "OpenAPI, Responses Object: there must be at least one"
        yield Fault(responses, "responses", "no response is described", rule)
    for name in names:
        if name != "default" and not _STATUS.match(name):
            message = f"{name!r} is not a status code"
            yield Fault(responses.child(name), "responses", message, "OpenAPI, Responses Object")
