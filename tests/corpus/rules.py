"""The written rules of the survey: why an operation does not round-trip, or why openapi-core refuses a request.

Each rule cites the specification. No rule knows a document by its name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

#: The faults of documents, by the keyword of the error, with the section of the specification.
FAULTS = {
    "reference": "a $ref has no target (Reference Object: MUST be a valid URI reference to a target)",
    "parameter": "something that is not a Parameter Object, or a path variable without one (Path Templating)",
    "style": "a style that the location does not allow (Parameter Object, style)",
    "schema": "something that is not a JSON Schema (Schema Object)",
    "path": "two paths that differ only in the names of their variables or in the fragment, which is not sent (Paths Object: MUST NOT exist)",
    "ambiguous path": "two paths that match the same URL, each with a variable where the other has a literal (Paths Object: up to the tooling)",
    "server": "a server URL that cannot be called (Server Object)",
    "ambiguous": "a parameter whose schema accepts two values with the same text (Parameter Object, schema; Style Values)",
    "enum": "an enum without a value of the declared type (JSON Schema Validation, 6.1.1 and 6.1.2)",
    "closed": "additionalProperties refuses what required, or another part of allOf, needs (JSON Schema Core, 10.3.2.3)",
    "overlap": "a oneOf whose branches overlap (JSON Schema Core, 10.2.1.3: exactly one)",
    "delimiters": "a pattern with delimiters, `/x/i`, which count as characters (JSON Schema Validation, 6.3.3)",
    "length": "a length that no text of the pattern or format can have (JSON Schema Validation, 6.3)",
    "type": "a type that none of the choices next to it has (JSON Schema Validation, 6.1.1)",
    "nested": "a required parameter whose style cannot carry its values, or that shares a name with another one (Style Values)",
    "media type": "a body whose media type cannot carry its schema (Media Type Object, Encoding Object)",
    "security": "two schemes of one requirement use the same header field (Security Requirement Object)",
    "xml": "two arrays whose items share an element name, without a wrapper (XML Object, wrapped)",
    "adjacent": "two path variables with nothing between them cannot be told apart (Path Templating)",
}

#: Unicode properties in patterns, as JSON spells them.
_PROPERTIES = ("\\\\p{", "\\\\P{")

#: What openapi-core cannot handle, recognized before it is asked, with the section of the specification.
CANNOT: tuple[tuple[str, Any], ...] = (
    (
        "a body that is not JSON, text or a form is not decoded (Media Type Object)",
        lambda op, request: not _can_be_judged(request),
    ),
    (
        "header parameters that must be ignored are required (Parameter Object: SHALL be ignored)",
        lambda op, request: _has_ignored_header(op),
    ),
    (
        "a percent-encoded slash in a path value is not decoded (Path Templating; RFC 3986, 2.2)",
        lambda op, request: "%2F" in request.url.partition("?")[0],
    ),
    (
        "ECMA-262 patterns are read without Unicode rules (JSON Schema 2020-12, 6.4: SHOULD be Unicode)",
        lambda op, request: any(
            text in json.dumps(part.bundle.root) for part in _request_schemas(op) for text in _PROPERTIES
        ),
    ),
    (
        "the fields of a form are not read by their types (Encoding Object, contentType)",
        lambda op, request: "form" in request.headers.get("Content-Type", "") and _has_typed_members(op, request),
    ),
    (
        "a text body is always read as text, whatever its schema says (Media Type Object)",
        lambda op, request: _is_text(request) and not _text_schema(op, request),
    ),
    (
        "a default that is not sent is checked, and breaks its own schema (Parameter Object)",
        lambda op, request: _has_bad_default(op),
    ),
    (
        "an empty body counts as missing (RFC 9110, 6.4: a body may be empty)",
        lambda op, request: request.body is not None and not request.content,
    ),
    (
        "two path variables with nothing between them cannot be told apart (Path Templating)",
        lambda op, request: "}{" in op.path,
    ),
    (
        "arrays and objects inside a deepObject are not read (Style Values: undefined)",
        lambda op, request: "%5D%5B" in request.url,
    ),
    (
        "media types with capitals are not found (RFC 9110, 8.3.1: they are case-insensitive)",
        lambda op, request: any(content.media_type != content.media_type.lower() for content in _contents(op)),
    ),
    (
        "a media type with a parameter without a value is invalid, and not found (RFC 9110, 5.6.6 and 8.3.1)",
        lambda op, request: any(
            "=" not in part for content in _contents(op) for part in content.media_type.split(";")[1:]
        ),
    ),
    (
        "patterns with \\A and \\Z, which ECMA-262 does not have, are read as the letters A and Z (JSON Schema Validation, 6.3.3)",
        lambda op, request: any(
            text in json.dumps(part.bundle.root)
            for part in _request_schemas(op)
            for text in ("\\\\A", "\\\\Z", "\\\\z")
        ),
    ),
    (
        "an object in a path is read as text if its schema has other choices (Style Values, simple)",
        lambda op, request: any(part.wire.location == "path" and _may_be_object(part) for part in op.parameters),
    ),
)

#: Why openapi-core refuses valid requests, with the section of the specification; the first rule that fits all problems counts.
REFUSALS: tuple[tuple[str, Any], ...] = (
    (
        "keywords next to a $ref count, which 3.0 ignores (Reference Object: SHALL be ignored)",
        lambda p, op, url: op.document.version == "3.0" and _is_next_to_a_reference(p.keyword, op),
    ),
    (
        "a readOnly value in a request is refused, though it only SHOULD NOT be sent (Schema Object, readOnly)",
        lambda p, op, url: p.keyword == "readOnly",
    ),
    (
        "a readOnly property is required in a request (Schema Object: required on the response only)",
        lambda p, op, url: p.where == "body" and p.keyword == "required" and _mentions(op, '"readOnly": true'),
    ),
    (
        "all branches of a choice are tried, though the discriminator names one (Discriminator Object)",
        lambda p, op, url: p.where == "body" and "at once" in p.message and _mentions(op, '"x-discriminator"'),
    ),
    (
        "the members of an object are expected under the name of the parameter (Style Values, form with explode)",
        lambda p, op, url: p.where == "query" and p.keyword in ("required", "style"),
    ),
    (
        "a value whose discriminator names no schema is refused, though it fits a branch (Discriminator Object: SHOULD fail)",
        lambda p, op, url: (
            p.where == "body" and ("breaks this rule" in p.message or "at once" in p.message) and _has_discriminator(op)
        ),
    ),
    (
        "branches of a choice differ only in a format that it does not check (Schema Object, format)",
        lambda p, op, url: (
            "at once" in p.message and _differ_by_format([part.bundle.root for part in _request_schemas(op)])
        ),
    ),
    (
        "an empty array, written `a=`, is read as one empty item (Style Values; RFC 6570, 2.3)",
        lambda p, op, url: p.where == "query" and p.message.startswith('"" is not') and f"{p.path[0]}=" in url,
    ),
    (
        "a parameter whose schema has no type is read as text (Schema Object, type)",
        lambda p, op, url: (
            p.where in ("path", "query", "header") and p.keyword == "enum" and _names_no_type(p.where, p.path[0], op)
        ),
    ),
    (
        "multipleOf is computed with binary fractions (JSON Schema Validation, 6.2.1: division results in an integer)",
        lambda p, op, url: p.keyword == "multipleOf",
    ),
    (
        "JSON types other than application/json are not read (RFC 6839)",
        lambda p, op, url: p.where == "body" and " bytes is not of type" in p.message,
    ),
)


#: Why openapi-core refuses replies that are as documented, with the section of the specification; each fits a problem, the operation and the response.
REPLY_REFUSALS: tuple[tuple[str, Any], ...] = (
    (
        "a reply without a body is refused, though its method, status or empty `content` has none (RFC 9110, 9.3.2 and 15.3.5)",
        lambda p, op, response: (
            p.keyword == "required"
            and (op.method == "HEAD" or response.status in (204, 205, 304) or not op.reply(response.status).contents)
        ),
    ),
    (
        "a body in a documented range, in XML or in bytes is not decoded (Media Type Object)",
        lambda p, op, response: p.where == "body" and not p.path and " bytes is not of type" in p.message,
    ),
    (
        "patterns with Unicode properties are not understood (JSON Schema Validation, 6.3.3)",
        lambda p, op, response: (
            p.keyword == "pattern" and any(mark in p.message for mark in ("\\p", "\\P", "\\A", "\\Z", "\\z"))
        ),
    ),
    (
        "a value whose discriminator names no schema is refused, or all branches are tried (Discriminator Object)",
        lambda p, op, response: "breaks this rule" in p.message or "at once" in p.message,
    ),
)


def _mentions(operation: Any, text: str) -> bool:
    return any(text in json.dumps(schema.bundle.root) for schema in _request_schemas(operation))


def _schema_nodes(operation: Any) -> Iterator[Any]:
    """Yield every object in the schemas of a request, and in the schemas that they refer to."""
    seen = set()
    waiting = [content.node.child("schema") for content in _contents(operation)]
    waiting += [node.child("schema") for node in _parameter_nodes(operation)]
    while waiting:
        node = waiting.pop()
        if node.place in seen:
            continue
        seen.add(node.place)
        if isinstance(node.value, Mapping):
            yield node
        if isinstance(node.get("$ref"), str):
            waiting.append(operation.document.follow(node))
        else:
            waiting += [*node.items(), *(child for _, child in node.children())]


def _has_discriminator(operation: Any) -> bool:
    return any("discriminator" in node.value for node in _schema_nodes(operation))


def _is_next_to_a_reference(keyword: str, operation: Any) -> bool:
    return any("$ref" in node.value and keyword in node.value for node in _schema_nodes(operation))


def _names_no_type(where: str, name: object, operation: Any) -> bool:
    nodes = [node for node in _parameter_nodes(operation) if (node.get("in"), node.get("name")) == (where, name)]
    return any(operation.document.follow(node.child("schema")).get("type") is None for node in nodes)


def _differ_by_format(part: Any) -> bool:
    """Whether the branches of some choice differ only in their formats."""
    if isinstance(part, list):
        return any(map(_differ_by_format, part))
    if not isinstance(part, Mapping):
        return False
    branches = [branch for branch in part.get("oneOf", ()) if isinstance(branch, Mapping)]
    bare = [{name: value for name, value in branch.items() if name != "format"} for branch in branches]
    same = any(branch in bare[:index] for index, branch in enumerate(bare))
    return same or any(map(_differ_by_format, part.values()))


def _parameter_nodes(operation: Any) -> list[Any]:
    owners = (operation.item, operation.node)
    return [operation.document.follow(entry) for owner in owners for entry in owner.child("parameters").items()]


def _has_ignored_header(operation: Any) -> bool:
    names = ("accept", "content-type", "authorization")
    return any(
        node.get("in") == "header" and str(node.get("name")).lower() in names for node in _parameter_nodes(operation)
    )


def _contents(operation: Any) -> Sequence[Any]:
    return operation.body.contents if operation.body else ()


def _request_schemas(operation: Any) -> list[Any]:
    return [part.schema for part in (*operation.parameters, *_contents(operation))]


def _is_text(request: Any) -> bool:
    return request.headers.get("Content-Type", "").startswith("text/") and "json" not in request.headers["Content-Type"]


def _text_schema(operation: Any, request: Any) -> bool:
    kind = request.headers["Content-Type"].partition(";")[0]
    return any(c.schema.shape.may_be("string") for c in _contents(operation) if c.media_type.startswith(kind))


def _may_be_object(parameter: Any) -> bool:
    return parameter.schema.shape.may_be("object") and len(parameter.schema.shape.types) > 1


def _has_typed_members(operation: Any, request: Any) -> bool:
    kind = request.headers["Content-Type"].partition(";")[0]
    for content in _contents(operation):
        schema = operation.document.follow(content.node.child("schema"))
        members = schema.get("properties") or {}
        if content.media_type.startswith(kind) and (
            not members or schema.get("allOf") or set(schema.get("required", ())) - members.keys()
        ):
            return True  # openapi-core reads neither what allOf describes nor members without a description
        if "form" in content.media_type and any(
            operation.document.follow(member).get("type") != "string"
            for _, member in schema.child("properties").children()
        ):
            return True
    return False


def _has_bad_default(operation: Any) -> bool:
    for node in _parameter_nodes(operation):
        schema = operation.document.follow(node.child("schema"))
        parameter = operation.by_key.get((node.get("in"), node.get("name")))
        has_default = parameter is not None and not parameter.required and "default" in (schema.value or ())
        if has_default and not parameter.schema.is_valid(schema.value["default"]):
            return True
    return False


def refusal(operation: Any, request: Any, problems: Any) -> str:
    """Return the cause of a refusal by openapi-core: a written rule, or `not explained`."""
    for words, fits in REFUSALS:
        if all(fits(problem, operation, request.url) for problem in problems):
            return f"openapi-core refuses: {words}"
    return "openapi-core refuses: not explained"


def impossible(operation: Any, problems: Any) -> set[Any]:
    """Return the optional parameters whose style cannot carry their values, or that would be read as others."""
    return {
        key
        for key, parameter in operation.by_key.items()
        if not parameter.required
        and any((p.where, p.path[:1], p.keyword) == (key[0], (key[1],), "style") for p in problems)
    }


def fault(problems: Any) -> str:
    """Return the rule by which the document is at fault for all of these problems, or ""."""
    if all(problem.keyword == "style" for problem in problems):
        return "nested"
    if all(problem.where == "auth" for problem in problems):
        return "security"
    return "media type" if all(problem.keyword == "media type" for problem in problems) else ""


_JUDGED = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "text/html")


def _can_be_judged(request: Any) -> bool:
    """Whether openapi-core reads this body as its schema describes it; it leaves XML as an element tree, for example."""
    kind = request.headers.get("Content-Type", "application/json").partition(";")[0].strip()
    return kind in _JUDGED or kind.endswith("+json")


def other_match(found: Any, operation: Any) -> str:
    """Return why a request matches another operation: the paths are equal, or neither is more specific."""
    if found is None:
        return "matched another operation"
    left, right = ([part if "{" not in part else None for part in op.template.segments] for op in (found, operation))
    if left == right:
        return "document at fault: path"
    ours = any(one is None and other is not None for one, other in zip(left, right, strict=False))
    theirs = any(one is not None and other is None for one, other in zip(left, right, strict=False))
    return "document at fault: ambiguous path" if ours and theirs else "matched another operation"
