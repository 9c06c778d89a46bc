"""Encoding Objects, compared: how the properties of a form or a multipart body are written (OpenAPI, Encoding Object)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynclient.api.operation import Operation
from dynclient.spec.node import Node
from dynclient.versions.causes import Both, Lift, Way
from dynclient.versions.facts import Facts
from dynclient.versions.identities import canonical
from dynclient.versions.jsontypes import TYPES
from dynclient.versions.sections import Parts, described_fields
from dynclient.versions.styling import are_alike, wire_at
from dynclient.wire.mediatype import MediaType, parse, parse_list
from dynclient.wire.urlencoded import is_styled

_BINARY = frozenset({"binary", "byte", "base64", "base64url"})
#: Encoding Objects of positions, which are compared by their words alone (OpenAPI 3.2).
_BY_POSITION = ("prefixEncoding", "itemEncoding")


def compare_encodings(parts: Parts, both: Both, way: Way, media_type: str, sent: Node, taken: Node, lift: Lift) -> None:
    """Compare how each property is written.

    Args:
        parts: Receives what has changed.
        both: The operation.
        way: The direction.
        media_type: The media type of the body.
        sent: The Media Type Object of the sender.
        taken: That of the receiver.
        lift: Makes a whole message of a value.
    """
    old, new = (sent, taken) if way == "request" else (taken, sent)
    if any(canonical(old.get(name)) != canonical(new.get(name)) for name in _BY_POSITION):
        parts.say(both, "body/encoding", f"the encoding of {media_type} by position changed", old, new, "unknown", way)
    if canonical(old.get("encoding") or {}) == canonical(new.get("encoding") or {}):
        return  # headers that are components are compared nowhere else
    names = dict.fromkeys([*(sent.get("encoding") or {}), *(taken.get("encoding") or {})])
    properties = parts.members(way, sent.child("schema"))
    is_form = parse(media_type).is_form
    for name in names:
        if name in properties:
            _Field(parts, both, way, (sent, taken), name, properties[name], lift).compare(is_form=is_form)


class _Field:
    """A property of a form, as both documents write it."""

    def __init__(
        self, parts: Parts, both: Both, way: Way, nodes: tuple[Node, Node], name: str, facts: Facts, lift: Lift
    ) -> None:
        self.parts, self.both, self.way, self.name, self.facts, self.lift = parts, both, way, name, facts, lift
        self.sent, self.taken = (node.child("encoding", name) for node in nodes)
        self.old, self.new = (self.sent, self.taken) if way == "request" else (self.taken, self.sent)
        self.nodes = nodes if way == "request" else nodes[::-1]

    def compare(self, *, is_form: bool) -> None:
        """Compare its style, or its media type and headers."""
        styled = [is_styled(node.value if isinstance(node.value, Mapping) else {}) for node in (self.old, self.new)]
        if any(styled):
            wires = [
                wire_at(Node(node.file, node.path, {**(node.value or {}), "in": "query", "name": self.name}))
                for node in (self.old, self.new)
            ]
            if not are_alike(wires[0], wires[1], self.facts.types):
                self._say("style", f"the property {self.name!r} is written in another style")
        if not all(styled):
            self._media_types()
        if not is_form:
            self._headers()

    def _media_types(self) -> None:
        offered, accepted = self._offered(self.sent), self._offered(self.taken)
        beyond = [kind.text for kind in offered if not any(each.covers(kind) for each in accepted)]
        if beyond:
            allowed = ", ".join(kind.text for kind in accepted)
            said = (
                f"is not taken as {', '.join(beyond)} any more, but as"
                if self.way == "request"
                else f"may be {', '.join(beyond)} now, and was"
            )
            self._say("encoding", f"the property {self.name!r} {said} {allowed}")

    def _offered(self, node: Node) -> list[MediaType]:
        """Return the media types that a property may have: the documented ones, else the usual one."""
        documented = [kind for kind in parse_list(str(node.get("contentType") or "")) if kind.kind]
        return documented or [parse(self._usual_type())]

    def _usual_type(self) -> str:
        """Return the media type of a value where none is documented; each item of an array is a value (OpenAPI, Encoding Object)."""
        facts = self.facts
        if facts.types == {"array"}:
            facts = self.parts.plain[self.way].containment.sent(facts.side.term(facts.item(0)))
        media_types = [
            part["contentMediaType"] for part in facts.parts if isinstance(part.get("contentMediaType"), str)
        ]
        is_binary = facts.types == TYPES or bool(facts.texts("format") & _BINARY)
        usual = (
            "application/octet-stream" if is_binary else "application/json" if "object" in facts.types else "text/plain"
        )
        return media_types[0] if media_types else usual

    def _headers(self) -> None:
        """Compare the headers of a part: the receiver must not need one that the sender may leave out."""
        operations: tuple[Operation, Operation] = (
            (self.both.old, self.both.new) if self.way == "request" else (self.both.new, self.both.old)
        )
        given = {name: node for name, (_, node) in described_fields(operations[0], self.sent)}
        for name, (spelled, node) in described_fields(operations[1], self.taken):
            if node.get("required") is True and not (name in given and given[name].get("required") is True):
                said = (
                    f"needs the header {spelled} now" if self.way == "request" else f"may lack the header {spelled} now"
                )
                self._say("header", f"the part {self.name!r} {said}")
            elif name in given:
                self.parts.compare(
                    self.both,
                    self.way,
                    given[name].child("schema"),
                    node.child("schema"),
                    self._with_header,
                    texts=True,
                )

    def _with_header(self, _: Any) -> Mapping[str, Any]:
        return self.lift({self.name: "..."})

    def _say(self, aspect: str, message: str) -> None:
        places = [
            node if node.value is not None else owner
            for node, owner in zip((self.old, self.new), self.nodes, strict=True)
        ]
        self.parts.say(
            self.both,
            f"body/{aspect}",
            message,
            places[0],
            places[1],
            "breaks",
            self.way,
            lambda: self.lift({self.name: self._sample()}),
        )

    def _sample(self) -> Any:
        return (
            ["a", "b"] if "array" in self.facts.types else {"a": "b", "c": "d"} if "object" in self.facts.types else "a"
        )
