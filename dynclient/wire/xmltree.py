"""XML: values to elements and back by the schema (OpenAPI, XML Object).

Which node a schema stands for is said in `xmlmodel`, how nodes look in `xmltext`; here values are written into them and read out of
them. Without a schema a document stays the text that it is. Null is an empty element with `xsi:nil`, and an attribute that is
not there. Elements and attributes are told by namespace where the schema names one, else by name alone; those that no property
names are kept under their own names. In explicit text and CDATA nodes a line break at an end, with the white space around it, is layout
and not text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynclient.schema.bundle import Shape
from dynclient.wire import binary, plaintext, xmltext
from dynclient.wire.codec import Payload, Rules, whole
from dynclient.wire.files import is_file, is_stream, to_base64
from dynclient.wire.mediatype import MediaError, MediaType
from dynclient.wire.styles import ParamError, scalar, value_of
from dynclient.wire.xmlmodel import Model, Node
from dynclient.wire.xmltext import XSI, Element

_IGNORED = (f"{{{XSI}}}", "{http://www.w3.org/XML/1998/namespace}")


def encode(value: Any, kind: MediaType, rules: Rules) -> Payload:
    """A document, in the charset of the media type; a text is taken for a document that is already written."""
    if is_file(value) or is_stream(value):
        return binary.encode(value, kind, rules)
    if isinstance(value, str) and not (rules.bundle and rules.shape.is_only("string")):
        return whole(kind.text, plaintext.to_bytes(value, kind.charset))
    if not rules.bundle:
        raise MediaError("no schema says how to write this as XML", hint="hand over the XML as a text")
    model = Model(rules.bundle)
    node = model.root(rules.name)
    if not node.name:
        raise MediaError("the schema gives the root element no name", hint="it needs an XML Object with a name")
    outer = Element()
    _Writer(model).element(outer, node, value)
    return whole(kind.text, xmltext.to_bytes("".join(outer.children), kind.charset))


def decode(content: bytes, kind: MediaType, rules: Rules) -> Any:
    """The value of a document by its schema; the document as text where there is none."""
    text = xmltext.from_bytes(content, kind)
    if not rules.bundle:
        return text
    root = xmltext.parsed(text)
    model = Model(rules.bundle)
    node = model.root()
    if node.name and not _is_named(root, node):
        raise MediaError(f"the root element is {_local(root)}, not {node.name}")
    return _Reader(model).content(root, node)


class _Writer:
    def __init__(self, model: Model) -> None:
        self.model = model

    def node(self, outer: Element, node: Node, value: Any) -> None:
        """Write a value as the node that its schema stands for."""
        match node.kind:
            case "element":
                self.element(outer, node, value)
            case "attribute" if value is not None:
                texts = [_text_of(item, node.shape) for item in (value if isinstance(value, list) else [value])]
                name = outer.qualified(node.name, node.namespace, node.prefix, is_attribute=True)
                outer.attribute(name, " ".join(texts))
            case "cdata" if value is not None:
                outer.cdata(_text_of(value, node.shape))
            case "text" | "none":
                self.content(outer, node, value)

    def element(self, outer: Element, node: Node, value: Any) -> None:
        """Write a value as an element; an array that no schema speaks of as several."""
        if isinstance(value, list) and not node.shape.types and not self.model.prefix_items(node.schema):
            for index, item in enumerate(value):
                self.at(index, outer, node, _no_array(index, item))
            return
        inner = Element(outer)
        tag = inner.qualified(node.name, node.namespace, node.prefix)
        if value is None:
            inner.nothing()
        elif "$ref" in node.schema:  # an element of its own around what is referred to
            self.node(inner, self.model.target(node), value)
        else:
            self.content(inner, node, value)
        outer.children.append(inner.written(tag))

    def content(self, element: Element, node: Node, value: Any) -> None:
        """Write what is in an element."""
        if isinstance(value, Mapping):
            known, others = self.model.members(node.schema)
            for name, item in value.items():
                self.at(name, element, known.get(name) or self.other(known, others, name), item)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                inner = self.model.item(node, index)
                self.at(index, element, inner, _no_array(index, item) if inner.kind == "none" else item)
        elif value is not None:
            element.text(_text_of(value, node.shape))

    def other(self, known: Mapping[str, Node], others: Any, key: str) -> Node:
        """The node of a property that the schema does not name.

        Raises:
            MediaError: Its name would not be written, or be taken for that of a property that the schema names.
        """
        node = self.model.other(others, key)
        if node.kind in ("text", "cdata") or (node.kind == "none" and not node.shape.is_only("array")):
            raise MediaError(f"would lose its name: the schema writes it as {node.kind}", (key,))
        for name, member in known.items():
            named = self.model.item(member, 0) if member.kind == "none" else member
            if named.name == key and (named.kind == "attribute") == (node.kind == "attribute"):
                raise MediaError(f"would be taken for {name}, which the document names {key} in XML", (key,))
        return node

    def at(self, place: str | int, element: Element, node: Node, value: Any) -> None:
        """Write a member; what is wrong in there is wrong at this place."""
        try:
            self.node(element, node, value)
        except MediaError as error:
            raise error.inside(place) from None


class _Reader:
    def __init__(self, model: Model) -> None:
        self.model = model

    def content(self, element: Any, node: Node) -> Any:
        """The value of an element's content."""
        if element.get(f"{{{XSI}}}nil") in ("true", "1"):
            return None
        if "$ref" in node.schema:
            return self.around(element, self.model.target(node))
        if node.shape.is_only("array"):
            return list(self.array(element, node))
        known, _ = self.model.members(node.schema)
        if known or node.shape.is_only("object") or len(element):
            return self.object(element, node)
        return _value(element.text or "", node.shape)

    def around(self, element: Any, inner: Node) -> Any:
        """The value of what is referred to, inside an element of its own."""
        if inner.kind != "element":
            return self.content(element, inner)
        found = next((child for child in element if _is_named(child, inner)), None)
        return self.content(element if found is None else found, inner)

    def array(self, element: Any, node: Node) -> Iterator[Any]:
        """The items of an array that are an element's content, one after the other (Ordered Elements and Text)."""
        for at, piece in enumerate(_pieces(element)):
            item = self.model.item(node, at)
            if isinstance(piece, str) and item.kind in ("text", "cdata"):
                yield _value(_without_layout(piece), item.shape)
            elif isinstance(piece, str) or (item.name and not _is_named(piece, item)):
                found = "text" if isinstance(piece, str) else f"the element {_local(piece)}"
                raise MediaError(f"is {found} where {item.name or item.kind} is documented", (at,))
            else:
                yield self.content(piece, item)

    def object(self, element: Any, node: Node) -> dict[str, Any]:
        """The object that an element's attributes and content are."""
        taken: set[Any] = set()
        value = self.known(element, node, taken)
        _, others = self.model.members(node.schema)
        for key, text in element.items():
            if key not in taken and not key.startswith(_IGNORED):
                name = key.rpartition("}")[2]
                value.setdefault(name, self.attribute(text, self.model.other(others, name)))
        rest: dict[str, list[Any]] = {}
        for child in element:
            if child not in taken:
                rest.setdefault(_local(child), []).append(child)
        for name, children in rest.items():
            value.setdefault(name, self.several(children, self.model.other(others, name)))
        return value

    def known(self, element: Any, node: Node, taken: set[Any]) -> dict[str, Any]:
        """The properties that the schema knows; what they are read from is taken."""
        value = {}
        for name, member in self.model.members(node.schema)[0].items():
            there, item = self.member(element, name, member, taken)
            if there:
                value[name] = item
        return value

    def member(self, element: Any, name: str, node: Node, taken: set[Any]) -> tuple[bool, Any]:
        """Whether a property is there, and its value."""
        if node.kind == "attribute":
            key = next((key for key, _ in element.items() if _matches(key, node)), None)
            taken.add(key)
            return ("null" in node.shape.types, None) if key is None else (True, self.attribute(element.get(key), node))
        if node.kind in ("text", "cdata"):
            text = "".join(piece for piece in _pieces(element) if isinstance(piece, str))
            return bool(text), _value(_without_layout(text), node.shape)
        is_list = node.kind == "none" and node.shape.is_only("array")
        if node.kind == "none" and not is_list:
            found = self.known(element, node, taken)
            return bool(found), found
        named = self.model.item(node, 0) if is_list else node
        children = [child for child in element if child not in taken and _is_named(child, named)]
        if not children and not named.explicit:  # some name the element after the property, whatever it refers to
            children = [child for child in element if child not in taken and _local(child) == name]
        taken.update(children)
        return bool(children), self.several(children, node) if children else None

    def several(self, children: list[Any], node: Node) -> Any:
        """The value of the elements that are one property: an array's items, or the one that it is."""
        if node.kind == "none" and node.shape.is_only("array"):
            return [self.content(child, self.model.item(node, at)) for at, child in enumerate(children)]
        values = [self.content(child, node) for child in children]
        return values[0] if len(values) == 1 else values

    def attribute(self, text: str, node: Node) -> Any:
        """The value of an attribute; an array's items stand between spaces."""
        if node.shape.is_only("array"):
            return [_value(part, self.model.item(node, at).shape) for at, part in enumerate(text.split())]
        return _value(text, node.shape)


def _no_array(index: int, item: Any) -> Any:
    """An item that no element stands around, which must not be an array, as nobody could tell where it ends.

    Raises:
        MediaError: It is one.
    """
    if isinstance(item, list):
        hint = "its schema needs an XML Object with `wrapped`, or the `nodeType` element"
        raise MediaError("is an array inside of an array, without an element around it", (index,), hint)
    return item


def _pieces(element: Any) -> Iterator[Any]:
    """The texts and child elements of an element in their order; white space alone is no text."""
    if element.text and element.text.strip():
        yield element.text
    for child in element:
        yield child
        if child.tail and child.tail.strip():
            yield child.tail


def _without_layout(text: str) -> str:
    """The text without the white space at an end that holds a line break."""
    head, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return text[len(head) if "\n" in head else 0 : len(text) - (len(tail) if "\n" in tail else 0)]


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _is_named(element: Any, node: Node) -> bool:
    return _matches(str(element.tag), node)


def _matches(tag: str, node: Node) -> bool:
    if tag.startswith(_IGNORED):
        return False
    return tag == f"{{{node.namespace}}}{node.name}" if node.namespace else tag.rpartition("}")[2] == node.name


def _value(text: str, shape: Shape) -> Any:
    return text if shape.types <= {"string", "null"} else value_of(text.strip(), shape)


def _text_of(value: Any, shape: Shape) -> str:
    if isinstance(value, bytes):
        return to_base64(value, shape)
    try:
        return scalar(value)
    except ParamError as error:
        raise MediaError(str(error)) from None
