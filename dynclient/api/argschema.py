"""The arguments of an operation as one JSON Schema, for those who make up arguments from a schema: language models and their libraries.

The properties are the keyword arguments of the operation (`client[name](**arguments)`). What nobody has to give is left out: credentials,
header fields that the connection or the media type sets, values that the document fixes, and properties that are `readOnly`.

The members of a body are properties themselves where that loses nothing. A body that chooses among schemas, limits the
number of its members, may be empty but not absent, or has a member that no keyword reaches, is one property with its whole schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from dynclient.api.described import Content, Parameter, RequestBody
from dynclient.api.operation import Operation
from dynclient.schema.bundle import ASSERTED, DEFS, URN, Bundle, joined, mapped, subschemas, types_of
from dynclient.schema.bundler import Bundler, Entry
from dynclient.spec.document import Document
from dynclient.wire.params import FRAMING

#: The keywords of a body whose members may be arguments of their own: they say nothing about the members together.
_PLAIN = frozenset({
    "$defs", "$ref", *ASSERTED, "additionalProperties", "default", "deprecated", "description", "example", "examples", "format", "properties",
    "required", "type", "unevaluatedProperties",
})  # fmt: skip
#: Where a parameter is sent as pairs of name and value.
_PAIRS = ("query", "cookie")
#: The annotations, and the types that JSON Schema allows them.
_TYPES = {"description": str, "deprecated": bool, "examples": list}


class ArgumentSchemas:
    """The arguments of a document's operations as JSON Schemas.

    Args:
        document: The document.
        room: How many characters a schema may have, as for `schema_within`; None for no limit.
    """

    def __init__(self, document: Document, room: int | None = None) -> None:
        self._room = room
        self._bundler = Bundler(document, "request", annotated=True)

    def of(self, operation: Operation) -> dict[str, Any]:
        """Return the keyword arguments of an operation as self-contained JSON Schema 2020-12: an object with a property for each.

        Raises:
            SpecError: A part of the operation cannot be used, or a reference has no target.
        """
        entries = {
            parameter.python_name: self._of_parameter(operation, parameter)
            for parameter in operation.parameters
            if not _is_set_elsewhere(operation, parameter)
        }
        needed = [each.python_name for each in operation.parameters if each.required and each.python_name in entries]
        if operation.body is not None:
            members, required = self._of_body(operation, operation.body)
            entries |= members
            needed += required
        properties = {name: entry.schema for name, entry in entries.items()}
        root = {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}
        if not needed:
            del root["required"]
        dynamic = any(entry.dynamic for entry in entries.values())
        reached = self._bundler.closure(Entry(root, tuple(_referenced(root)), dynamic), whole=True, lenient=True)
        found: dict[str, Any] = _readable(self._bundler.joined(root, reached))
        return found if self._room is None else schema_within(found, self._room)

    def _of_parameter(self, operation: Operation, parameter: Parameter) -> Entry:
        node = operation.parameter_nodes[parameter.key]
        contents = [child for _, child in node.child("content").children()]
        place = operation.document.follow(contents[0]) if contents else node
        entry = _described(self._bundler.entry(place.child("schema")), parameter.description)
        if parameter.required and parameter.wire.location in _PAIRS and parameter.wire.shape.is_only("array"):
            entry.schema.setdefault("minItems", 1)  # an empty one would send nothing
        return entry

    def _of_body(self, operation: Operation, body: RequestBody) -> tuple[dict[str, Entry], list[str]]:
        """Return the properties that give the body, and which of them are required."""
        content = body.json or next(iter(body.contents), None)
        if content is None:
            return {body.python_name: _described(Entry({}, ()), body.description)}, [body.python_name] * body.required
        entry = self._bundler.entry(content.node.child("itemSchema" if content.sequential else "schema"))
        members = self._members(operation, content, entry)
        if members is not None:
            return members[0], members[1] if body.required else []
        if content.sequential:
            entry = entry._replace(schema={"type": "array", "items": entry.schema})
        sent = "" if content.json_type else f"Sent as {content.media_type}."
        text = "\n".join(filter(None, (body.description, sent)))
        return {body.python_name: _described(entry, text)}, [body.python_name] * body.required

    def _members(
        self, operation: Operation, content: Content, entry: Entry
    ) -> tuple[dict[str, Entry], list[str]] | None:
        """Return the members of a body as arguments, and which are required; None if the arguments would say less than the body's schema."""
        reached = self._bundler.closure(entry, whole=True, lenient=True)
        bundle = Bundle(self._bundler.joined(entry.schema, reached))
        parts = bundle.parts(bundle.root, ASSERTED)
        if content is not operation.binding.members_of or content.sequential or reached.dynamic:
            return None
        if not all(map(_lists_members_only, parts)):
            return None
        # the last spelling of a name is the one in snake_case, where it has one
        keywords = {name: keyword for keyword, name in operation.binding.members.items()}
        properties = bundle.properties(bundle.root, ASSERTED)
        required = bundle.required(bundle.root)
        if not {*properties, *required} <= keywords.keys() or not set(required) <= properties.keys():
            return None
        if operation.body is not None and operation.body.required and not required:
            return None  # no argument would be no body
        entries = {keywords[name]: _described(Entry(joined(rules), ())) for name, rules in properties.items()}
        return entries, [keywords[name] for name in required]


def schema_within(schema: dict[str, Any], room: int) -> dict[str, Any]:
    """Return a schema without those of its `$defs` that are farthest from it, so that the whole fits; they may be anything then.

    Args:
        schema: The schema; its own properties stay, however many there are.
        room: How many characters it may have as JSON; more if its own properties need them.
    """
    if len(json.dumps(schema, ensure_ascii=False)) <= room or "$defs" not in schema:
        return schema
    defs, root = schema["$defs"], {name: value for name, value in schema.items() if name != "$defs"}
    names = list(dict.fromkeys(_referenced(root)))
    left = room - len(json.dumps(root, ensure_ascii=False)) - 200 - sum(map(_empty_size, names))  # 200 for the reason
    kept: dict[str, Any] = {}
    for name in names:  # which grows, the nearest ones first
        further = [each for each in dict.fromkeys(_referenced(defs[name])) if each not in names]
        more = len(json.dumps(defs[name], ensure_ascii=False)) - 2 + sum(map(_empty_size, further))
        kept[name] = defs[name] if more <= left else {}
        if more <= left:
            left -= more
            names += further
    gone = sum(kept[name] != defs[name] for name in names)
    reason = f"This schema was cut to {room} characters: {gone} of its $defs are empty, and may be anything that the server takes."
    return {**root, "description": reason, "$defs": kept}


def _empty_size(name: str) -> int:
    """How many characters an empty schema takes in `$defs`."""
    return len(json.dumps({name: {}}, ensure_ascii=False))


def _is_set_elsewhere(operation: Operation, parameter: Parameter) -> bool:
    """Whether a parameter gets its value without an argument."""
    location, name = parameter.key
    is_framing = location == "header" and name.lower() in FRAMING
    return (
        parameter.secret or is_framing or parameter.key in operation.supplied or parameter.key in operation.negotiated
    )


def _lists_members_only(part: Mapping[str, Any]) -> bool:
    """Whether a part of a body's schema says no more than which members there are, each with its schema."""
    is_open = isinstance(part.get("additionalProperties"), Mapping)
    return part.keys() <= _PLAIN and not is_open and types_of(part) <= {"object", "null"}


def _described(entry: Entry, description: str = "") -> Entry:
    """Return a schema as an object, with a description of its own."""
    schema = entry.schema
    if not isinstance(schema, Mapping):
        schema = {} if schema else {"not": {}}
    return entry._replace(schema={**schema, "description": description} if description else {**schema})


def _referenced(schema: Any) -> Iterator[str]:
    """Yield the keys of the schemas in `$defs` that a schema refers to."""
    for part in subschemas(schema):
        for keyword, start in (("$ref", DEFS), ("$dynamicRef", URN)):
            reference = part.get(keyword)
            if isinstance(reference, str) and reference.startswith(start):
                yield reference.removeprefix(start).partition("#")[0]


def _readable(schema: Any) -> Any:
    """Return a schema with annotations as JSON Schema 2020-12 has them, and without the marks that only engines read."""
    if not isinstance(schema, Mapping):
        return schema
    out = mapped(schema, _readable)
    if "example" in out:
        out.setdefault("examples", [out.pop("example")])
        out.pop("example", None)
    return {
        name: value
        for name, value in out.items()
        if name[:2] != "x-" and (name not in _TYPES or isinstance(value, _TYPES[name]))
    }
