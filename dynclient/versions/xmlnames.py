"""The names and kinds of XML nodes, compared: JSON Schema says nothing of them, and a reader of XML finds nothing without them.

The schemas are walked as they are written, member by member, so that a change is noted at the XML Object that was changed. A value of the
whole message, written by both versions, shows whether it matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from xml.etree.ElementTree import canonicalize

from dynclient.errors import SpecError
from dynclient.schema.bundle import POSSIBLE, inside
from dynclient.schema.engine import ENGINES
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import generate
from dynclient.schema.schemas import Schema
from dynclient.spec.document import Document
from dynclient.spec.node import OLD_VERSIONS, Node, is_reference
from dynclient.versions.causes import Both, Lift, Way
from dynclient.versions.changes import Finality
from dynclient.versions.sections import Parts
from dynclient.wire.bodyrules import Rules
from dynclient.wire.codec import encode
from dynclient.wire.mediatype import MediaError, parse
from dynclient.wire.xmlmodel import node_kind

#: The keywords whose schemas describe the same value, its members and its items.
_DESCRIBED = frozenset({*POSSIBLE, "items", "prefixItems", "properties"})


class _Named(NamedTuple):
    """A schema and the name of its node.

    Attributes:
        node: The place of the schema, its references followed.
        kind: The kind of the node.
        name: Its name; "" where it has none.
        namespace: Its namespace.
    """

    node: Node
    kind: str
    name: str
    namespace: str

    @property
    def described(self) -> str:
        """The node in words."""
        space = f" in {self.namespace}" if self.namespace else ""
        return f"{self.kind} {self.name!r}{space}" if self.kind != "none" else "no node of its own"


def compare_xml(parts: Parts, both: Both, way: Way, media_type: str, sent: Node, taken: Node, lift: Lift) -> None:
    """Compare the XML nodes of two Media Type Objects.

    Args:
        parts: Receives what has changed.
        both: The operation.
        way: The direction.
        media_type: The media type of the body.
        sent: The Media Type Object of the sender.
        taken: That of the receiver.
        lift: Makes a whole message of a value.
    """
    schemas = sent.child("schema"), taken.child("schema")
    old, new = schemas if way == "request" else schemas[::-1]
    if old.value is None or new.value is None or parts.sameness.holds(old, new):
        return
    found = list(_differences(both.old.document, both.new.document, old, new))
    shown = _written(parts, way, media_type, schemas) if found else None
    for before, after in found:
        message = f"the XML node changed from {before.described} to {after.described}"
        verdict: Finality = "unknown" if shown is None else "breaks"
        witness = None if shown is None else (lambda shown=shown: lift(shown))
        parts.say(both, "xml/name", message, before.node, after.node, verdict, way, witness)


def _differences(old: Document, new: Document, before: Node, after: Node) -> Iterator[tuple[_Named, _Named]]:
    """Yield the pairs of schemas whose nodes differ, as far as both documents describe the same members."""
    pending: list[tuple[Node, Node, str | None]] = [(before, after, None)]
    seen: set[Any] = set()
    while pending:
        *nodes, inferred = pending.pop()
        ours, theirs = (_named(*each, inferred, is_root=not seen) for each in ((old, nodes[0]), (new, nodes[1])))
        key = ours.node.place, theirs.node.place, inferred
        if key in seen:
            continue
        seen.add(key)
        if ours[1:] != theirs[1:]:
            yield ours, theirs
        pending += _inside(ours, theirs, inferred)


def _inside(ours: _Named, theirs: _Named, inferred: str | None) -> Iterator[tuple[Node, Node, str | None]]:
    """Yield the pairs of schemas inside of two, each with the name that it has where it has none of its own."""
    old, new = ours.node, theirs.node
    if not isinstance(old.value, Mapping) or not isinstance(new.value, Mapping):
        return
    ways = {way for way, _ in inside(new.value)}
    for way, _ in inside(old.value):
        if way in ways and way[0] in _DESCRIBED:
            yield old.child(*way), new.child(*way), str(way[1]) if way[0] == "properties" else inferred


def _named(document: Document, node: Node, inferred: str | None, *, is_root: bool) -> _Named:
    """Return the node of a schema; a name beside a reference replaces that of its target, since 3.1."""
    own: Mapping[str, Any] = {}
    component = ""
    while is_reference(node.value):
        beside = node.value.get("xml")
        if document.version not in OLD_VERSIONS and isinstance(beside, Mapping):
            own = {**beside, **own}
        node = document.resolve(node.value["$ref"], node)
        component = component or str(node.path[-1])
    value = node.value if isinstance(node.value, Mapping) else {}
    written = value.get("xml")
    xml = {**(written if isinstance(written, Mapping) else {}), **own}
    kind = "element" if is_root else node_kind(value, xml)  # a document has a root element
    name = str(xml.get("name") or (component if inferred is None else inferred))
    return _Named(
        node,
        kind,
        name if kind in ("element", "attribute") else "",
        str(xml.get("namespace") or "") if kind != "none" else "",
    )


def _written(parts: Parts, way: Way, media_type: str, schemas: tuple[Node, Node]) -> str | None:
    """Return the XML of a value as the sender writes it, if the receiver's document describes other XML for it; else None."""
    sides = (parts.old, parts.new) if way == "request" else (parts.new, parts.old)
    sent, taken = (side[way].whole(node, ENGINES[0]) for side, node in zip(sides, schemas, strict=True))
    try:
        value = generate(sent, full=True, direction=way)
        text = _xml_of(sent, value, media_type)
    except (ExampleError, SpecError, MediaError):
        return None
    try:
        other = _xml_of(taken, value, media_type)
    except MediaError:  # an attribute cannot hold an object, for example
        return text
    is_same = canonicalize(text, rewrite_prefixes=True) == canonicalize(other, rewrite_prefixes=True)
    return None if is_same else text


def _xml_of(schema: Schema, value: Any, media_type: str) -> str:
    return encode(value, parse(media_type).kind, Rules(schema.bundle, [schema.bundle.root])).decode()
