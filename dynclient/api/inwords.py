"""Schemas for people: their types in a few words, and everything that one says as plain data.

Help, the page of an operation and the page of a schema show the same. Other components are only named, since each has a page of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from dynclient.api.signature import MISSING
from dynclient.errors import SpecError
from dynclient.names import nearest
from dynclient.problem import Problem
from dynclient.schema.bundle import ASSERTED, CHOICES, POSSIBLE
from dynclient.schema.unbundled import applied, parts_of, schema_below
from dynclient.spec.document import Document
from dynclient.spec.node import Node, is_reference

#: How many names a hint lists.
_FEW = 10
#: The keywords that limit a value, as a page shows them.
_RULES = (
    "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "readOnly", "writeOnly",
)  # fmt: skip


def applied_types(schema: Node, keywords: tuple[str, ...]) -> list[str]:
    """Return the types of the schemas that a schema applies to the same value by one of the keywords."""
    return [type_name(part) for part in applied(schema, keywords)]


def type_name(schema: Node) -> str:
    """Return the type of a schema in a few words: `ItemRequest`, `array of string`, `string (date)`, `"A" | "B"`."""
    value = schema.value
    if is_reference(value):
        return str(value["$ref"]).rpartition("/")[2]
    if not isinstance(value, Mapping):
        return "nothing" if value is False else "anything"
    if isinstance(value.get("enum"), list):
        return " | ".join(json.dumps(item, ensure_ascii=False) for item in value["enum"])
    declared = value.get("type")
    types = [str(name) for name in declared] if isinstance(declared, list) else [str(declared)] if declared else []
    words = [_with_items(name, schema) for name in types] or applied_types(schema, CHOICES) or [_untyped(schema)]
    return " or ".join([*words, *(["null"] if value.get("nullable") is True else [])])


def _with_items(name: str, schema: Node) -> str:
    """Return a type with its items or its format."""
    if name == "array":
        return f"array of {type_name(schema.child('items'))}" if schema.get("items") is not None else "array"
    form = schema.get("format") or schema.get("contentMediaType")
    return f"{name} ({form})" if form and name != "null" else name


def _untyped(schema: Node) -> str:
    return " and ".join(applied_types(schema, ASSERTED)) or ("object" if schema.get("properties") else "anything")


def one_of(values: Iterable[Any]) -> str:
    """Return the values of an enum in words."""
    return f"one of {', '.join(json.dumps(value, ensure_ascii=False) for value in values)}"


def property_nodes(document: Document, schema: Node) -> dict[str, Node]:
    """Return the schemas of the properties of a schema and of all its parts; the nearest description of each counts.

    Raises:
        SpecError: A reference has no target.
    """
    parts = parts_of(document, schema, ASSERTED)
    return {name: node for part in reversed(parts) for name, node in part.child("properties").children()}


def property_data(document: Document, schema: Node) -> list[dict[str, Any]]:
    """Return the properties of a schema and of all its parts as plain data; errors as for `property_nodes`."""
    parts = parts_of(document, schema, ASSERTED)
    required = {item.value for part in parts for item in part.child("required").items() if isinstance(item.value, str)}
    return [
        {
            "name": name,
            "type": type_name(node),
            "required": name in required,
            **({"read_only": True} if True in (node.get("readOnly"), document.follow(node).get("readOnly")) else {}),
            **listed_values(document, node),
            "description": str(document.follow(node).get("description") or "").strip(),
        }
        for name, node in property_nodes(document, schema).items()
    ]


def possible_values(document: Document, schema: Node) -> list[Any]:
    """Return the values that a schema lists: those of its enum or const, true and false; of an array, those of its items; else none.

    Args:
        document: The document.
        schema: The schema, or a reference to it.

    Raises:
        SpecError: A reference has no target.
    """
    seen: set[Any] = set()
    inner: Node | None = schema
    while inner is not None and inner.place not in seen:
        seen.add(inner.place)
        parts = parts_of(document, inner, ASSERTED)
        for part in parts:
            listed = part.get("enum") if part.get("const", MISSING) is MISSING else [part.get("const")]
            if isinstance(listed, list):
                return listed
            if part.get("type") == "boolean":
                return [True, False]
        inner = schema_below(parts, 0)
    return []


def schema_data(document: Document, name: str) -> dict[str, Any]:
    """Return everything that a schema says, as plain data.

    Args:
        document: The document.
        name: The name of a component; the names of members, each after a dot, lead on into it, through arrays too.

    Raises:
        SpecError: The document has no such schema, or a reference in it has no target.
    """
    return {"name": name, **_described_schema(document, _schema_of(document, name))}


def _schema_of(document: Document, name: str) -> Node:
    components = dict(document.root.child("components", "schemas").children())
    words = name.split(".")
    splits = ((".".join(words[:count]), words[count:]) for count in range(len(words), 0, -1))
    component, members = next((split for split in splits if split[0] in components), ("", []))
    if not component:
        raise _no_schema(f"{document.title} has no schema {name!r}", name, components)
    schema, done = components[component], component
    for member in members:
        found = _member(document, schema, member)
        if found is None:
            known = [item["name"] for item in property_data(document, schema)]
            raise _no_schema(f"{done} has no member {member!r}", member, known)
        schema, done = found, f"{done}.{member}"
    return schema


def _no_schema(message: str, name: str, known: Iterable[str]) -> SpecError:
    listed = list(known)
    hint = nearest(name, listed) or (f"it has {', '.join(listed[:_FEW])}" if listed else "")
    return SpecError("cannot show the schema", [Problem("document", (), "schema", message, hint)])


def _member(document: Document, schema: Node, name: str) -> Node | None:
    """Return the schema of a member, also of the items of an array; None if the schema does not have it."""
    seen: set[Any] = set()
    inner: Node | None = schema
    while inner is not None and inner.place not in seen:
        seen.add(inner.place)
        parts = parts_of(document, inner, POSSIBLE)
        found = schema_below(parts, name)
        if found is not None:
            return found
        inner = schema_below(parts, 0)
    return None


def _described_schema(document: Document, schema: Node) -> dict[str, Any]:
    """Return what a schema says, with the members of the objects that are written inside it."""
    parts = parts_of(document, schema, ASSERTED)
    first = parts[0]
    values = next((part.value["enum"] for part in parts if isinstance(part.get("enum"), list)), None)
    rules = {key: part.value[key] for part in reversed(parts) for key in _RULES if part.get(key) is not None}
    inner = property_nodes(document, schema)
    return {
        "type": type_name(first),
        "description": str(first.get("description") or "").strip(),
        "deprecated": first.get("deprecated") is True,
        **({"values": values} if values is not None else {}),
        **({"default": first.get("default")} if first.get("default", MISSING) is not MISSING else {}),
        "rules": rules,
        "parts": applied_types(first, ASSERTED[2:]),
        "alternatives": [alternative for part in parts for alternative in applied_types(part, CHOICES)],
        "members": [{**item, **_nested(document, inner[item["name"]])} for item in property_data(document, schema)],
        **_nested_items(document, first),
    }


def _nested(document: Document, schema: Node) -> dict[str, Any]:
    """Return what a member says beyond its type, unless it is a component, which has a page of its own."""
    if is_reference(schema.value) or not isinstance(schema.value, Mapping):
        return {}
    data = _described_schema(document, schema)
    return {key: data[key] for key in ("default", "rules", "alternatives", "members", "items") if data.get(key)}


def listed_values(document: Document, schema: Node) -> dict[str, Any]:
    """Return the values that an enum lists behind a reference, whose name does not tell them; {} for every other schema."""
    if not is_reference(schema.value):
        return {}
    try:
        values = document.follow(schema).get("enum")
    except SpecError:  # a page shows what it can
        return {}
    return {"values": values} if isinstance(values, list) else {}


def _nested_items(document: Document, schema: Node) -> dict[str, Any]:
    item = schema.child("items")
    if not isinstance(item.value, Mapping):
        return {}
    return {"items": {"type": type_name(item), **_nested(document, item)}}
