"""What the modules that compare the parts of messages share: how a change of one is noted, and how the schemas of two are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dynclient.api.operation import Operation
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import generate
from dynclient.spec.node import Node
from dynclient.versions.causes import Both, Cause, Causes, Lift, SchemaUse, Way
from dynclient.versions.changes import Finality
from dynclient.versions.facts import Facts
from dynclient.versions.policy import Policy
from dynclient.versions.reasons import Pair, Question
from dynclient.versions.sameness import Sameness
from dynclient.versions.terms import OneWay
from dynclient.wire.mediatype import best

if TYPE_CHECKING:
    from dynclient.versions.messages import Messages

#: Makes the witness of a change.
Shown = Callable[[], Mapping[str, Any] | None]


class Parts:
    """Compares the parts of messages.

    Args:
        old: The old document, for requests and responses.
        new: The new document.
        plain: Compares the schemas of values that are sent as JSON.
        texts: Compares the schemas of values that are sent as text.
        sameness: Knows what both documents say in the same words.
        causes: Receives what has changed.
        policy: What is opinion.
    """

    def __init__(
        self,
        old: Mapping[Way, OneWay],
        new: Mapping[Way, OneWay],
        plain: Mapping[Way, Messages],
        texts: Mapping[Way, Messages],
        sameness: Sameness,
        causes: Causes,
        policy: Policy,
    ) -> None:
        self.old, self.new = old, new
        self.plain, self.texts = plain, texts
        self.sameness = sameness
        self.causes = causes
        self.policy = policy
        #: The new ids of operations, by their old ones.
        self.renamed: dict[str, str] = {}
        #: The shared parameters of which there is nothing to say but of their schemas, by both places.
        self.quiet: set[Any] = set()
        #: Every message whose schema was compared: the places of the old and new schema, and who uses it.
        self.compared: dict[tuple[Any, Any], tuple[Node, Node, dict[str, None]]] = {}

    def say(
        self, both: Both, rule: str, message: str, old: Node | None, new: Node | None, verdict: Finality | None,
        way: Way | None = "request", shown: Shown | None = None, victims: tuple[str, ...] | None = None,
    ) -> None:  # fmt: skip
        """Add a change of an operation; a verdict of None is not reported."""
        if verdict is None:
            return
        hurt = victims or (("callers",) if way == "request" else ("readers",))
        places = (
            "" if old is None else self.old["request"].pointer(old),
            "" if new is None else self.new["request"].pointer(new),
        )
        cause = Cause(
            rule, *places, message, verdict, dict.fromkeys(hurt if verdict != "fine" else ()), {} if way is None else {way: None},
            {both.id: None}, shown,
        )  # fmt: skip
        self.causes.add(cause, message)

    def compare(
        self,
        both: Both,
        way: Way,
        sent: Node,
        taken: Node,
        lift: Lift,
        *,
        texts: bool = False,
    ) -> None:
        """Ask whether the receiver's schema accepts everything that the sender's allows."""
        sender, receiver = (self.old, self.new) if way == "request" else (self.new, self.old)
        messages = (self.texts if texts else self.plain)[way]
        old, new = (sent, taken) if way == "request" else (taken, sent)
        if self.sameness.holds(old, new):
            return
        self.compared.setdefault((old.place, new.place), (old, new, {}))[2][both.id] = None
        pair = Pair(sender[way].at(sent), receiver[way].at(taken))
        messages.ask(Question(messages.containment, pair, sent, taken), SchemaUse(both.id, lift))

    def facts(self, way: Way, sent: Node) -> Facts:
        """Return what a schema of the sender says."""
        sender = self.old if way == "request" else self.new
        return self.plain[way].containment.sent(sender[way].at(sent))

    def members(self, way: Way, sent: Node) -> dict[str, Facts]:
        """Return what a schema of the sender says of each property that it declares."""
        whole = self.facts(way, sent)
        of = self.plain[way].containment.sent
        return {name: of(whole.side.term(whole.member(name))) for name in whole.names}


def followed(operation: Operation, name: str) -> Node | None:
    """Return a member of an operation, its reference followed; None when there is none."""
    node = operation.node.child(name)
    return None if node.value is None else operation.document.follow(node)


def contents_of(operation: Operation, node: Node) -> dict[str, Node]:
    """Return the Media Type Objects of a body, a reply, a parameter or a header, by media type."""
    return {media_type: operation.document.follow(child) for media_type, child in node.child("content").children()}


def replies_of(operation: Operation) -> dict[str, Node]:
    """Return the replies of an operation by the document's key."""
    nodes = operation.node.child("responses").children()
    return {str(key): operation.document.follow(node) for key, node in nodes if not str(key).startswith("x-")}


def described_fields(operation: Operation, node: Node) -> Iterator[tuple[str, tuple[str, Node]]]:
    """Yield the headers of a reply, by name in lower case, each with its name as it is written."""
    for name, child in node.child("headers").children():
        if name.lower() != "content-type":
            yield name.lower(), (name, operation.document.follow(child))


def key_for_status(replies: Mapping[str, Node], key: str) -> str | None:
    """Return the key by which replies of a status, or of a range of them, are described."""
    wanted = (key, f"{key[:1]}XX", f"{key[:1]}xx", "default") if key != "default" else ("default",)
    return next((each for each in wanted if each in replies), None)


def covering(offered: Mapping[str, Node], media_type: str) -> str | None:
    """Return the media type or range that describes bodies of a media type; None if there is none."""
    return media_type if media_type in offered else best(offered, media_type)


def key_on_wire(location: str, name: str) -> tuple[str, str]:
    """Return what tells a parameter apart on the wire: the name of a header in any case, and none for the whole query."""
    return location, name.lower() if location == "header" else "" if location == "querystring" else name


def must_be_sent(node: Node) -> bool:
    """Whether a parameter must be there."""
    return node.get("required") is True or node.get("in") == "path"


def sample_of(operation: Operation, node: Node) -> Any:
    """Return a value of a parameter, with everything that it may have."""
    found = operation.by_key.get((str(node.get("in")), str(node.get("name"))))
    try:
        return "x" if found is None else generate(found.schema, full=True, direction="request")
    except ExampleError:
        return "x"
