"""The XML nodes of schemas, and their names (OpenAPI, XML Object).

The `nodeType` of 3.2, and `attribute` and `wrapped` of the versions before it, are one model here: 3.2 defines the node type of each old
field. The `name` of an XML Object replaces the inferred name. The inferred name of a property, and of the items of an array in it, is the name
of the property; that of a root, and of the items of an array there, the name of the component (3.0.4, 3.1.1 and 3.2, XML Object). A name
beside a `$ref` replaces that of the target, and a schema at the root is always an element, because a document has one.

A property that the schema does not name is an element, or attribute, of its own name, whatever name its schema, its component or its items
have: the XML Object's `name` replaces that of the described property, a name that the document itself contains, while a key is part of the
value and is written nowhere else. So `{"a": 1, "b": 2}` stays two elements, and a key whose schema leaves it no name (`text`, `cdata`,
`none`) is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from dynclient.schema.bundle import CHOICES, REFERENCES, Bundle, Shape, joined
from dynclient.wire.bodyrules import NOTHING

_TYPES = frozenset({"element", "attribute", "text", "cdata", "none"})
_DEPTH = 30


class XmlNode(NamedTuple):
    """The XML node of a schema.

    Attributes:
        kind: `element`, `attribute`, `text`, `cdata` or `none`.
        name: The name without a prefix; empty when none can be inferred.
        namespace: The namespace, or empty.
        prefix: The prefix for that namespace, or empty.
        schema: The schema of the value.
        shape: The shape of the value.
        own: The name in the XML Object, even if the node kind has no name.
        explicit: Whether the document names the node.
        component: The name of the component that is referred to; some writers use it instead of the inferred name.
        wraps: Whether the node is an element around the node that the schema refers to.
        keyed: Whether the name is a key of the value, which its items must have, too.
        in_property: Whether the name of a property is inferred for its items.
    """

    kind: str
    name: str
    namespace: str
    prefix: str
    schema: Any
    shape: Shape
    own: str = ""
    explicit: bool = False
    component: str = ""
    wraps: bool = False
    keyed: bool = False
    in_property: bool = False

    def inferring(self, name: str) -> XmlNode:
        """Return the node with an inferred name, if the document does not name it."""
        return self if self.explicit else self._replace(name=name)


@lru_cache(maxsize=64)
def model_of(bundle: Bundle) -> XmlModel:
    """Return the model of a bundle, made once."""
    return XmlModel(bundle)


class XmlModel:
    """The nodes of one bundle's schemas; each schema is read once.

    Args:
        bundle: The bundle.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        defs = bundle.root.get("$defs", NOTHING) if isinstance(bundle.root, Mapping) else NOTHING
        self._components = {id(schema): name for name, schema in defs.items()}
        self._nodes: dict[tuple[int, ...], XmlNode] = {}
        self._members: dict[int, Mapping[str, XmlNode]] = {}

    def root(self, schemas: Sequence[Any], inferred: str = "") -> XmlNode:
        """Return the node of a document's root element.

        Args:
            schemas: The schemas of the value.
            inferred: The name of the property, for a part or field that contains a whole document.
        """
        node = self._node(schemas)
        return node.inferring(node.own or node.component or inferred)._replace(kind="element")

    def target(self, node: XmlNode) -> XmlNode:
        """Return the node inside of an element that wraps it."""
        found = self._follow(node.schema, "", _DEPTH)
        return found.inferring(found.component or node.name)

    def members(self, node: XmlNode) -> Mapping[str, XmlNode]:
        """Return the nodes of the properties that an object's schema names."""
        key = id(node.schema)
        if key not in self._members:
            below = {name: self._bundle.below(node.schema, name) for name in node.shape.properties}
            nodes = {name: self._node(schemas).inferring(name) for name, schemas in below.items()}
            self._members[key] = {name: found._replace(in_property=True) for name, found in nodes.items()}
        return self._members[key]

    def other(self, node: XmlNode, key: str) -> XmlNode:
        """Return the node of a property that the schema does not name: its key is its name."""
        return self._keyed(self._bundle.below(node.schema, key), key)

    def item(self, node: XmlNode, index: int) -> XmlNode:
        """Return the node of an array's item; its name is inferred from the array's."""
        schemas = self._bundle.below(node.schema, index)
        if node.keyed and node.kind == "none":
            return self._keyed(schemas, node.name)
        item = self._node(schemas)
        inferred = node.name if node.in_property else item.component or node.name
        return item.inferring(inferred)._replace(in_property=node.in_property)

    def _keyed(self, schemas: Sequence[Any], key: str) -> XmlNode:
        return self._node(schemas)._replace(name=key, explicit=True, keyed=True, in_property=True)

    def _node(self, schemas: Sequence[Any]) -> XmlNode:
        """Return the node of a value that all these schemas describe; its name is not inferred yet."""
        key = tuple(map(id, schemas))
        if key not in self._nodes:
            nodes = [self._read(schema, "", _DEPTH) for schema in schemas] or [self._read(NOTHING, "", 0)]
            named = (node for node in nodes if node.explicit or node.own)
            chosen = next(named, next((node for node in nodes if node.kind != "element"), nodes[0]))
            schema = joined(schemas)  # kept by the node, so that its id stays unique
            several = {"schema": schema, "shape": self._bundle.shape(schema)} if len(schemas) > 1 else {}
            self._nodes[key] = chosen._replace(**several)
        return self._nodes[key]

    def _read(self, schema: Any, renamed: str, depth: int) -> XmlNode:
        """Return the node of one schema; a reference has the node of its target.

        Args:
            schema: The schema.
            renamed: The name that replaces all others.
            depth: The number of references that may still be followed.
        """
        core = self._core(schema)
        xml = _xml(core)
        kind = node_kind(core, xml)
        own = str(xml.get("name", ""))
        refers = not core.keys().isdisjoint(REFERENCES)
        if kind == "none" and refers and depth:
            return self._follow(core, renamed or own, depth - 1)._replace(schema=core, shape=self._bundle.shape(core))
        name = renamed or (own if kind != "none" else "")
        return XmlNode(
            kind,
            name,
            str(xml.get("namespace", "")),
            str(xml.get("prefix", "")),
            core,
            self._bundle.shape(core),
            own,
            explicit=bool(name),
            wraps=refers and kind == "element",
        )

    def _follow(self, schema: Mapping[str, Any], renamed: str, depth: int) -> XmlNode:
        target = next((part for _, part in self._bundle.applied(schema, REFERENCES)), None)
        found = self._read(target, renamed, depth)
        return found._replace(component=found.component or self._components.get(id(target), ""))

    def _core(self, schema: Any) -> Mapping[str, Any]:
        """Return a schema without the choice of null: `anyOf` of it and null adds nothing else."""
        if not isinstance(schema, Mapping):
            return NOTHING
        if schema.keys().isdisjoint(("type", "properties", "xml", *REFERENCES)):
            choices = [part for _, part in self._bundle.applied(schema, CHOICES)]
            others = [choice for choice in choices if choice != {"type": "null"}]
            if len(choices) == 2 and len(others) == 1 and isinstance(others[0], Mapping):
                return others[0]
        return schema


def _xml(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = schema.get("xml")
    return found if isinstance(found, Mapping) else NOTHING


def node_kind(schema: Mapping[str, Any], xml: Mapping[str, Any]) -> str:
    """Return the kind of node that a schema with an XML Object has: `element`, `attribute`, `text`, `cdata` or `none`."""
    kind = xml.get("nodeType")
    if kind in _TYPES:
        return str(kind)
    if xml.get("attribute") is True:
        return "attribute"
    is_array = schema.get("type") == "array" or (isinstance(schema.get("type"), list) and "array" in schema["type"])
    if is_array and xml.get("wrapped") is True:
        return "element"
    return "element" if not is_array and schema.keys().isdisjoint(REFERENCES) else "none"
