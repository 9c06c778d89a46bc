"""How values are written and which there are, compared: bodies in one media type, parameters, headers."""

from __future__ import annotations

from dynclient.api.operation import Operation
from dynclient.spec.node import Node
from dynclient.versions.causes import Both, Lift, Way, weighed
from dynclient.versions.formfields import compare_encodings
from dynclient.versions.sections import Parts, Shown
from dynclient.versions.styling import are_alike, wire_at
from dynclient.versions.xmlnames import compare_xml
from dynclient.wire.mediatype import parse


def compare_media(parts: Parts, both: Both, way: Way, media_type: str, sent: Node, taken: Node, lift: Lift) -> None:
    """Compare two Media Type Objects.

    Args:
        parts: Receives what has changed.
        both: The operation.
        way: The direction.
        media_type: The media type of the sender.
        sent: The Media Type Object of the sender.
        taken: That of the receiver.
        lift: Makes a whole message of a value.
    """
    kind = parse(media_type)
    is_form = kind.is_form or kind.is_multipart
    texts = is_form or not (
        kind.is_json or kind.is_yaml or kind.is_lines or kind.is_records or kind.is_events or kind.is_range
    )
    parts.compare(both, way, sent.child("schema"), taken.child("schema"), lift, texts=texts)
    if sent.get("itemSchema") is not None or taken.get("itemSchema") is not None:
        parts.compare(both, way, sent.child("itemSchema"), taken.child("itemSchema"), lambda value: lift([value]))
    if is_form:
        compare_encodings(parts, both, way, media_type, sent, taken, lift)
    if kind.is_xml:
        compare_xml(parts, both, way, media_type, sent, taken, lift)


def compare_written(
    parts: Parts, both: Both, way: Way, nodes: tuple[Node, Node], what: str, lift: Lift, shown: Shown, name: str = ""
) -> None:
    """Compare how the values of a parameter or a header are written, and which there are.

    Args:
        parts: Receives what has changed.
        both: The operation.
        way: The direction.
        nodes: The places of the Parameter Objects or Header Objects, old and new.
        what: What the report calls it.
        lift: Makes a whole message of a value.
        shown: Makes the witness for another way of writing.
        name: The name of a header.
    """
    old, new = nodes
    contents = _content(both.old, old), _content(both.new, new)
    rule = "parameter" if old.get("in") else "header"
    if contents[0] is None and contents[1] is None:
        sent, taken = (old, new) if way == "request" else (new, old)
        wires = wire_at(old, name), wire_at(new, name)
        if wires[0] != wires[1] and not are_alike(*wires, parts.facts(way, sent.child("schema")).types):
            parts.say(both, f"{rule}/style", f"{what} is written in another style", old, new, "breaks", way, shown)
        elif wires[0].allow_reserved and not wires[1].allow_reserved and way == "request":
            verdict = weighed(parts.policy.allow_reserved, "breaks")
            parts.say(
                both,
                f"{rule}/reserved",
                f"reserved characters in {what} must be percent-encoded now",
                old,
                new,
                verdict,
                way,
            )
        parts.compare(both, way, sent.child("schema"), taken.child("schema"), lift, texts=True)
    elif contents[0] is None or contents[1] is None or parse(contents[0][0]).kind != parse(contents[1][0]).kind:
        parts.say(both, f"{rule}/style", f"{what} is written in another media type", old, new, "breaks", way, shown)
    else:
        sent, taken = (contents[0][1], contents[1][1]) if way == "request" else (contents[1][1], contents[0][1])
        compare_media(parts, both, way, contents[0][0], sent, taken, lift)


def _content(operation: Operation, node: Node) -> tuple[str, Node] | None:
    media_type, content = next(node.child("content").children(), ("", None))
    return None if content is None else (media_type, operation.document.follow(content))
