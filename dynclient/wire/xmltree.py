"""XML: values to elements and back by the schema (OpenAPI, XML Object).

`xmlmodel` knows the node of each schema, and `xmltext` how nodes are written; this module writes values into them and reads values
out of them. Without a schema a document stays the text that it is. Null is an empty element with `xsi:nil`, or a missing attribute.
Elements and attributes are recognised by namespace where the schema names one, else by name alone; those that no property names are kept
under their own names. In explicit text and CDATA nodes a line break at an end, with the white space around it, is layout and not text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynclient import lazy
from dynclient.schema.bundle import Shape
from dynclient.wire import xmltext
from dynclient.wire.bodyrules import Rules
from dynclient.wire.codec import Payload, whole
from dynclient.wire.files import is_file, is_stream
from dynclient.wire.mediatype import MediaError, MediaType, at_places
from dynclient.wire.rawbody import encoded_text, send_raw
from dynclient.wire.scalar import scalar, value_of
from dynclient.wire.values import to_base64
from dynclient.wire.xmlmodel import XmlModel, XmlNode, model_of
from dynclient.wire.xmltext import SPACE, XSI, Element

_SPACES = lazy.pattern(f"[{SPACE}]+")
_IGNORED = (f"{{{XSI}}}", "{http://www.w3.org/XML/1998/namespace}")


class XmlCodec:
    """XML documents, in the charset of the media type."""

    def encode(self, value: Any, kind: MediaType, rules: Rules) -> Payload:
        """Write a document; a text or a file is sent as one that is already written."""
        if is_file(value) or is_stream(value):
            return send_raw(value, kind, rules)
        if isinstance(value, str) and not (rules.described and rules.shape.is_only("string")):
            return whole(kind.text, encoded_text(value, kind.charset))
        if not rules.described:
            raise MediaError("cannot be written as XML without a schema", hint="pass the XML as a text")
        model = model_of(rules.bundle)
        node = model.root(rules.schemas, rules.name)
        if not node.name:
            raise MediaError("the schema gives the root element no name", hint="it needs an XML Object with a name")
        outer = Element()
        _Writer(model).element(outer, node, value)
        return whole(kind.text, xmltext.document_bytes("".join(outer.children), kind.charset))

    def decode(self, content: bytes, kind: MediaType, rules: Rules) -> Any:
        """Return the value of a document by its schema; the document as text where there is none."""
        text = xmltext.document_text(content, kind)
        if not rules.described:
            return text
        element = xmltext.parsed(text)
        model = model_of(rules.bundle)
        node = model.root(rules.schemas)
        if node.name and not _is_named(element, node):
            raise MediaError(f"the root element is {_local(element)}, not {node.name}")
        return _Reader(model).content(element, node)


class _Writer:
    def __init__(self, model: XmlModel) -> None:
        self.model = model

    def node(self, outer: Element, node: XmlNode, value: Any) -> None:
        """Write a value as the node of its schema."""
        match node.kind:
            case "element":
                self.element(outer, node, value)
            case "attribute" if value is not None:
                name = outer.qualified(node.name, node.namespace, node.prefix, is_attribute=True)
                text = _listed(value, node.shape) if isinstance(value, list) else _text_of(value, node.shape)
                outer.attribute(name, text)
            case "cdata" if value is not None:
                outer.cdata(_text_of(value, node.shape))
            case "text" | "none":
                self.content(outer, node, value)

    def element(self, outer: Element, node: XmlNode, value: Any) -> None:
        """Write a value as an element; an array that no schema describes as several."""
        if isinstance(value, list) and not node.shape.types and not node.shape.positions:
            at_places(enumerate(value), lambda _, item: self.node(outer, node, _no_array(item)))
            return
        inner = Element(outer)
        tag = inner.qualified(node.name, node.namespace, node.prefix)
        if value is None:
            inner.nothing()
        elif node.wraps:
            self.node(inner, self.model.target(node), value)
        else:
            self.content(inner, node, value)
        outer.children.append(inner.written(tag))

    def content(self, element: Element, node: XmlNode, value: Any) -> None:
        """Write the content of an element."""
        if isinstance(value, Mapping):
            known = self.model.members(node)
            at_places(
                value.items(),
                lambda name, item: self.node(element, known.get(name) or self.other(node, name), item),
            )
        elif isinstance(value, list):
            at_places(enumerate(value), lambda index, item: self.item(element, self.model.item(node, index), item))
        elif value is not None:
            element.text(_text_of(value, node.shape))

    def item(self, element: Element, node: XmlNode, value: Any) -> None:
        """Write an item of an array."""
        self.node(element, node, _no_array(value) if node.kind == "none" else value)

    def other(self, outer: XmlNode, key: str) -> XmlNode:
        """Return the node of a property that the schema does not name.

        Raises:
            MediaError: Its name would not be written, or would be read as that of another property.
        """
        node = self.model.other(outer, key)
        if node.kind in ("text", "cdata") or (node.kind == "none" and not node.shape.is_only("array")):
            raise MediaError(f"would lose its name: the schema writes it as {node.kind}")
        for name, member in self.model.members(outer).items():
            written = self.model.item(member, 0) if member.kind == "none" else member
            names = (written.name,) if written.explicit else (written.name, written.component)
            if key in names and (written.kind == "attribute") == (node.kind == "attribute"):
                raise MediaError(f"would be read as {name}, which the document names {key} in XML")
        return node


class _Reader:
    def __init__(self, model: XmlModel) -> None:
        self.model = model

    def content(self, element: Any, node: XmlNode) -> Any:
        """Read the content of an element."""
        if element.get(f"{{{XSI}}}nil") in ("true", "1"):
            return None
        if node.wraps:
            return self.wrapped(element, self.model.target(node))
        if node.shape.is_only("array"):
            return list(self.array(element, node))
        if node.shape.properties or node.shape.is_only("object") or len(element):
            return self.object(element, node)
        return _value(element.text or "", node.shape)

    def wrapped(self, element: Any, inner: XmlNode) -> Any:
        """Read a node inside of an element that wraps it."""
        if inner.kind != "element":
            return self.content(element, inner)
        found = next((child for child in element if _is_named(child, inner)), None)
        return self.content(element if found is None else found, inner)

    def array(self, element: Any, node: XmlNode) -> Iterator[Any]:
        """Read the items of an array from the content of an element, in order (OpenAPI 3.2, Ordered Elements and Text)."""
        for at, piece in enumerate(xmltext.pieces(element)):
            item = self.model.item(node, at)
            if isinstance(piece, str) and item.kind in ("text", "cdata"):
                yield _value(xmltext.without_layout(piece), item.shape)
            elif isinstance(piece, str) or (item.name and not _is_named(piece, item)):
                found = "text" if isinstance(piece, str) else f"the element {_local(piece)}"
                raise MediaError(f"is {found} where {item.name or item.kind} is documented", (at,))
            else:
                yield self.content(piece, item)

    def object(self, element: Any, node: XmlNode) -> dict[str, Any]:
        """Read an object from the attributes and content of an element."""
        taken: set[Any] = set()
        value = self.known(element, node, taken)
        for key, text in element.items():
            if key not in taken and not key.startswith(_IGNORED):
                name = key.rpartition("}")[2]
                value.setdefault(name, self.attribute(text, self.model.other(node, name)))
        rest: dict[str, list[Any]] = {}
        for child in element:
            if child not in taken:
                rest.setdefault(_local(child), []).append(child)
        for name, children in rest.items():
            value.setdefault(name, self.several(children, self.model.other(node, name)))
        return value

    def known(self, element: Any, node: XmlNode, taken: set[Any]) -> dict[str, Any]:
        """Read the properties that the schema names; their attributes and elements become `taken`."""
        value: dict[str, Any] = {}
        for lenient in (False, True):
            for name, member in self.model.members(node).items():
                if name not in value:
                    present, item = self.member(element, name, member, taken, lenient=lenient)
                    value |= {name: item} if present else {}
        return value

    def member(self, element: Any, name: str, node: XmlNode, taken: set[Any], *, lenient: bool) -> tuple[bool, Any]:
        """Return whether a property is present, and its value.

        Args:
            element: The element around it.
            name: The name of the property.
            node: The node of the property.
            taken: The attributes and elements that belong to other properties.
            lenient: Whether to look for elements under names that other writers infer: the property's and the component's.
        """
        if node.kind == "attribute":
            key = next((key for key in element.keys() if _matches(key, node)), None)  # noqa: SIM118  an element yields its children
            taken.add(key)
            return ("null" in node.shape.types, None) if key is None else (True, self.attribute(element.get(key), node))
        if node.kind in ("text", "cdata"):
            text = xmltext.text_in(element)
            return bool(text), _value(text, node.shape)
        is_list = node.kind == "none" and node.shape.is_only("array")
        if node.kind == "none" and not is_list:
            found = self.known(element, node, taken)
            return bool(found), found
        named = self.model.item(node, 0) if is_list else node
        inferred = () if named.explicit else (name, named.component)
        children = [
            child
            for child in element
            if child not in taken and (_local(child) in inferred if lenient else _is_named(child, named))
        ]
        taken.update(children)
        return bool(children), self.several(children, node) if children else None

    def several(self, children: list[Any], node: XmlNode) -> Any:
        """Read the elements of one property: the items of an array, or its only element."""
        if node.kind == "none" and node.shape.is_only("array"):
            return [self.content(child, self.model.item(node, at)) for at, child in enumerate(children)]
        values = [self.content(child, node) for child in children]
        return values[0] if len(values) == 1 else values

    def attribute(self, text: str, node: XmlNode) -> Any:
        """Read an attribute; the items of an array are separated by white space."""
        if node.shape.is_only("array"):
            return [_value(part, node.shape.at(at)) for at, part in enumerate(_SPACES.split(text.strip(SPACE))) if part]
        return _value(text, node.shape)


def _no_array(item: Any) -> Any:
    """Refuse a nested array without a wrapper element: its end could not be found again.

    Raises:
        MediaError: The item is an array.
    """
    if isinstance(item, list):
        hint = "its schema needs an XML Object with `wrapped`, or the `nodeType` element"
        raise MediaError("is an array inside of an array, without an element around it", hint=hint)
    return item


def _listed(values: list[Any], shape: Shape) -> str:
    """Write an array as an attribute.

    Raises:
        MediaError: An item is empty or contains white space, which separates the items.
    """
    texts = [_text_of(item, shape.at(at)) for at, item in enumerate(values)]
    for at, text in enumerate(texts):
        if not text or _SPACES.search(text):
            raise MediaError("is empty or contains white space, which a list in an attribute cannot carry", (at,))
    return " ".join(texts)


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _is_named(element: Any, node: XmlNode) -> bool:
    return _matches(str(element.tag), node)


def _matches(tag: str, node: XmlNode) -> bool:
    if tag.startswith(_IGNORED):
        return False
    return tag == f"{{{node.namespace}}}{node.name}" if node.namespace else tag.rpartition("}")[2] == node.name


def _value(text: str, shape: Shape) -> Any:
    return text if shape.types <= {"string", "null"} else value_of(text.strip(SPACE), shape)


def _text_of(value: Any, shape: Shape) -> str:
    return to_base64(value, shape) if isinstance(value, bytes) else scalar(value)
