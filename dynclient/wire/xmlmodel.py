"""What a schema says of XML: which kind of node it stands for, and under which name (OpenAPI, XML Object).

The `nodeType` of 3.2, and `attribute` and `wrapped` of the versions before it, are one model here: 3.2 says of each old field which
node type it is. Names are inferred as 3.1.1 and 3.2 say: of a component from its own name, else from the property.
What they leave open is decided so that nothing is lost: when two properties would be elements of one inferred name, because both
refer to the same component, each keeps its property's name; a name beside a `$ref` renames what is referred to; and a
schema at the root is an element in any case, as a document has one.

A property that only `additionalProperties` describes is an element, or attribute, of its own name, whatever name its schema, its
component or its items have: the XML Object's `name` replaces that of the described property (3.0.4 and 3.1.1, XML Object), a name that the
document itself gives, while a key is part of the value and is written nowhere else. So `{"a": 1, "b": 2}` stays two elements, and where the
schema leaves a key no name to be (`text`, `cdata`, `none`) it is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from dynclient.schema.bundle import Bundle, Shape
from dynclient.wire.codec import NOTHING, item_schema, reachable, referred

_DEFS = "#/$defs/"
_TYPES = frozenset({"element", "attribute", "text", "cdata", "none"})
_DEPTH = 30


class Node(NamedTuple):
    """The node that a schema stands for.

    Attributes:
        kind: `element`, `attribute`, `text`, `cdata` or `none`.
        name: Its name without a prefix; empty when none can be inferred.
        namespace: Its namespace, or nothing.
        prefix: The prefix for that namespace, or nothing.
        schema: The schema of what is in it.
        shape: The kind of value.
        explicit: Whether the document names it.
        keyed: Whether its name is a key of the value, which its items must have, too.
    """

    kind: str
    name: str
    namespace: str
    prefix: str
    schema: Mapping[str, Any]
    shape: Shape
    explicit: bool = False
    keyed: bool = False


class Model:
    """The nodes of one bundle's schemas; each schema is looked at once."""

    def __init__(self, bundle: Mapping[str, Any]) -> None:
        self.bundle = bundle
        self._nodes: dict[tuple[int, str, str], Node] = {}
        self._members: dict[int, tuple[Mapping[str, Node], Any]] = {}

    def node(self, schema: Any, inferred: str, renamed: str = "") -> Node:
        """The node of a schema.

        A schema that is nothing but a reference is what it refers to.

        Args:
            schema: The schema.
            inferred: The name that its place gives it.
            renamed: The name that takes the place of any other.
        """
        key = (id(schema), inferred, renamed)
        if key not in self._nodes:
            self._nodes[key] = self._node(_core(schema), inferred, renamed, _DEPTH)
        return self._nodes[key]

    def root(self, inferred: str = "") -> Node:
        """The node of the document's one root element; its name may be inferred from a property that is a document of its own."""
        node = self.node(self.bundle, inferred)
        own = _xml(node.schema).get("name", "")  # of a root even where its kind would have none
        return node._replace(kind="element", name=str(own) if own and not node.explicit else node.name)

    def target(self, node: Node) -> Node:
        """The node of what a schema refers to that is an element of its own."""
        return self._follow(node.schema["$ref"], node.name, "", _DEPTH)

    def members(self, schema: Mapping[str, Any]) -> tuple[Mapping[str, Node], Any]:
        """The nodes of an object's properties, and the schema of its other ones (None when they have none)."""
        if id(schema) not in self._members:
            self._members[id(schema)] = self._object(schema)
        return self._members[id(schema)]

    def other(self, schema: Any, key: str) -> Node:
        """The node of a property that the schema does not name: it has its own name."""
        return self.node(schema, key, key)._replace(keyed=True)

    def item(self, node: Node, index: int) -> Node:
        """The node of an array's item; its name is inferred from the array's."""
        schema = item_schema(node.schema, index, self.bundle)
        return self.other(schema, node.name) if node.keyed and node.kind == "none" else self.node(schema, node.name)

    def prefix_items(self, schema: Mapping[str, Any]) -> bool:
        """Whether items of an array have schemas of their own."""
        return any("prefixItems" in part for part in reachable(schema, self.bundle))

    def _node(self, schema: Mapping[str, Any], inferred: str, renamed: str, depth: int) -> Node:
        xml = _xml(schema)
        kind = _kind(schema, xml)
        own = str(xml.get("name", ""))
        if kind == "none" and "$ref" in schema and depth:
            return self._follow(schema["$ref"], inferred, renamed or own, depth - 1)
        name = renamed or (own if kind != "none" else "")
        return Node(
            kind,
            name or inferred,
            str(xml.get("namespace", "")),
            str(xml.get("prefix", "")),
            schema,
            Bundle(self.bundle).shape(schema),
            bool(name),
        )

    def _follow(self, reference: str, inferred: str, renamed: str, depth: int) -> Node:
        component = reference.removeprefix(_DEFS) if reference.startswith(_DEFS) else inferred
        return self._node(_core(referred(reference, self.bundle)), component, renamed, depth)

    def _object(self, schema: Mapping[str, Any]) -> tuple[Mapping[str, Node], Any]:
        rules: dict[str, Any] = {}
        others: Any = None
        for part in reachable(schema, self.bundle):
            for name, rule in part.get("properties", NOTHING).items():
                rules.setdefault(name, rule)
            others = part.get("additionalProperties") if others is None else others
        nodes = {name: self.node(rule, name) for name, rule in rules.items()}
        count = Counter(node.name for node in nodes.values() if node.kind == "element")
        for name, node in nodes.items():
            if node.kind == "element" and count[node.name] > 1 and not node.explicit:
                nodes[name] = node._replace(name=name)
        return nodes, others


def _xml(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = schema.get("xml")
    return found if isinstance(found, Mapping) else NOTHING


def _kind(schema: Mapping[str, Any], xml: Mapping[str, Any]) -> str:
    kind = xml.get("nodeType")
    if kind in _TYPES:
        return str(kind)
    if xml.get("attribute") is True:
        return "attribute"
    is_array = schema.get("type") == "array" or (isinstance(schema.get("type"), list) and "array" in schema["type"])
    if is_array and xml.get("wrapped") is True:
        return "element"
    return "none" if is_array or "$ref" in schema else "element"


def _core(schema: Any) -> Mapping[str, Any]:
    """The schema that a schema is, apart from null: `anyOf` of it and null says no more."""
    if not isinstance(schema, Mapping):
        return NOTHING
    for keyword in ("anyOf", "oneOf"):
        choices = schema.get(keyword)
        if (
            isinstance(choices, list)
            and len(choices) == 2
            and not schema.keys() & {"type", "properties", "xml", "$ref"}
        ):
            others = [choice for choice in choices if choice != {"type": "null"}]
            if len(others) == 1 and isinstance(others[0], Mapping):
                return others[0]
    return schema
