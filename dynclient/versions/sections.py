"""The parts of a message, compared: parameters, bodies, replies and their headers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dynclient.api.operation import Operation
from dynclient.api.signature import MISSING
from dynclient.schema.flat import ExampleError
from dynclient.schema.maker import generate
from dynclient.spec.node import Node
from dynclient.versions.causes import Both, Cause, Causes, Messages, SchemaUse, Way, weighed
from dynclient.versions.changes import Finality
from dynclient.versions.containment import Pair
from dynclient.versions.lifting import reply_with, request_with, status_of
from dynclient.versions.policy import Policy
from dynclient.versions.sameness import Sameness
from dynclient.versions.terms import OneWay, canonical
from dynclient.versions.witness import Question
from dynclient.wire.mediatype import best, parse
from dynclient.wire.styles import EXPLODING, usable_style

#: The parameters of an operation by location and name.
Parameters = Mapping[tuple[str, str], Node]
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
        self._quiet: set[Any] = set()
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
        lift: Callable[[Any], Mapping[str, Any]],
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

    # Parameters

    def parameters(self, both: Both, renamed: Mapping[str, str]) -> None:
        """Compare the parameters of an operation.

        Args:
            both: The operation.
            renamed: The new names of path variables by their old names.
        """
        before = {_key(*key): (key, node) for key, node in both.old.parameter_nodes.items()}
        after = {_key(*key): (key, node) for key, node in both.new.parameter_nodes.items()}
        moved: set[tuple[str, str]] = set()
        for key, (_, node) in before.items():
            place, name = key
            now = after.get((place, renamed.get(name, name)) if place == "path" else key)
            if now is not None:
                self._shared_parameter(both, node, now[1])
                continue
            elsewhere = next((each for each in after if each not in before and _is_moved(key, each)), None)
            if elsewhere is not None:
                moved.add(elsewhere)
                self._moved(both, node, after[elsewhere][1])
            elif place != "path":
                verdict = weighed(self.policy.parameter_removed, "breaks")
                self.say(
                    both,
                    "parameter/removed",
                    f"the {place} parameter {name!r} was removed",
                    node,
                    both.new.node,
                    verdict,
                )
        for key, (_, node) in after.items():
            known = key in before or key in moved or key[0] == "path"
            if not known and _is_required(node):
                weight = (
                    self.policy.required_with_default if self._default_of(self.new, node) is not MISSING else "breaks"
                )
                self.say(
                    both, "parameter/required", f"the required {key[0]} parameter {key[1]!r} was added", both.old.node, node,
                    weighed(weight, "breaks"), shown=lambda: request_with(both.old),
                )  # fmt: skip

    def _moved(self, both: Both, old: Node, new: Node) -> None:
        message = f"the parameter {old.get('name')!r} moved from {old.get('in')} to {new.get('in')}"
        value = {(str(old.get("in")), str(old.get("name"))): _value_of(both.old, old)}
        self.say(both, "parameter/in", message, old, new, "breaks", shown=lambda: request_with(both.old, value))

    def _shared_parameter(self, both: Both, old: Node, new: Node) -> None:
        """Compare a parameter; one that operations share is looked at once, if there is nothing to say but of its schema."""
        key = old.place, new.place
        if key in self._quiet:
            place, name = str(old.get("in")), str(old.get("name"))

            def lift(value: Any) -> dict[str, Any]:
                return request_with(both.old, {(place, name): value})

            self.compare(both, "request", old.child("schema"), new.child("schema"), lift, texts=True)
            return
        known = len(self.causes.found)
        self._parameter(both, old, new)
        if len(self.causes.found) == known and old.get("schema") is not None and new.get("schema") is not None:
            self._quiet.add(key)

    def _parameter(self, both: Both, old: Node, new: Node) -> None:
        place, name = str(old.get("in")), str(old.get("name"))
        if new.get("required") is True and not _is_required(old) and place != "path":
            message = f"the {place} parameter {name!r} is required now"
            self.say(both, "parameter/required", message, old, new, "breaks", shown=lambda: request_with(both.old))
        before, after = _content(both.old, old), _content(both.new, new)

        def lift(value: Any) -> dict[str, Any]:
            return request_with(both.old, {(place, name): value})

        if (before is None) != (after is None) or (before and after and parse(before[0]).kind != parse(after[0]).kind):
            self._form(both, old, new, "is written in another media type", lift)
        elif before and after:
            self.compare(both, "request", before[1].child("schema"), after[1].child("schema"), lift)
        else:
            if _style(old) != _style(new) and self._is_styled(old, new):
                self._form(both, old, new, "is written in another style", lift)
            self.compare(both, "request", old.child("schema"), new.child("schema"), lift, texts=True)
        if old.get("allowEmptyValue") is True and new.get("allowEmptyValue") is not True and place == "query":
            self.say(
                both, "parameter/empty", f"the query parameter {name!r} may not be empty any more", old, new, "unknown"
            )
        defaults = self._default_of(self.old, old), self._default_of(self.new, new)
        if canonical(str(defaults[0])) != canonical(str(defaults[1])):
            message = f"the default of the {place} parameter {name!r} changed"
            self.say(both, "parameter/default", message, old, new, weighed(self.policy.default_changed, "breaks"))

    def _form(self, both: Both, old: Node, new: Node, how: str, lift: Callable[[Any], Mapping[str, Any]]) -> None:
        message = f"the {old.get('in')} parameter {old.get('name')!r} {how}"
        self.say(both, "parameter/style", message, old, new, "breaks", shown=lambda: lift(_value_of(both.old, old)))

    def _is_styled(self, old: Node, new: Node) -> bool:
        """Whether the style matters: a scalar is written alike in most of them."""
        ours = self.plain["request"].containment.sent(self.old["request"].at(old.child("schema"))).types
        styles = {_style(old)[0], _style(new)[0]}
        return bool(ours & {"array", "object"}) or not styles.isdisjoint({"label", "matrix"})

    def _default_of(self, side: Mapping[Way, OneWay], node: Node) -> Any:
        schema = node.child("schema")
        return MISSING if schema.value is None else side["request"].document.follow(schema).get("default", MISSING)

    # Bodies

    def body(self, both: Both) -> None:
        """Compare the request bodies of an operation that clients call."""
        old, new = _followed(both.old, "requestBody"), _followed(both.new, "requestBody")
        if old is None:
            if new is not None and new.get("required") is True:
                self.say(
                    both,
                    "body/required",
                    "a required request body was added",
                    both.old.node,
                    new,
                    "breaks",
                    shown=lambda: request_with(both.old),
                )
            return
        if new is None:
            shown = self._any_body(both, old)
            self.say(both, "body/removed", "the request body was removed", old, both.new.node, "breaks", shown=shown)
            return
        if new.get("required") is True and old.get("required") is not True:
            self.say(
                both,
                "body/required",
                "the request body is required now",
                old,
                new,
                "breaks",
                shown=lambda: request_with(both.old),
            )
        before, after = _contents(both.old, old), _contents(both.new, new)
        for media_type, content in before.items():
            covering = _covering(after, media_type)
            if covering is None:
                self._gone(both, media_type, old, new, "request")
                continue

            def lift(value: Any, media_type: str = media_type) -> dict[str, Any]:
                return request_with(both.old, body=value, media_type=media_type)

            self._media(both, "request", media_type, content, after[covering], lift)

    def _any_body(self, both: Both, node: Node) -> Shown:
        media_type = next((name for name, _ in node.child("content").children()), "")
        return lambda: request_with(both.old, body=_of_type(both.old, media_type), media_type=media_type)

    def _gone(self, both: Both, media_type: str, old: Node, new: Node, way: Way) -> None:
        what = "request body" if way == "request" else "reply"
        shown = (
            (lambda: request_with(both.old, body=_of_type(both.old, media_type), media_type=media_type))
            if way == "request"
            else None
        )
        self.say(both, "media-type/removed", f"the {what} is not {media_type} any more", old, new, "breaks", way, shown)

    def _media(
        self, both: Both, way: Way, media_type: str, sent: Node, taken: Node, lift: Callable[[Any], Mapping[str, Any]]
    ) -> None:
        """Compare the schemas of two Media Type Objects."""
        kind = parse(media_type)
        is_form = kind.is_form or kind.is_multipart
        texts = is_form or not (
            kind.is_json or kind.is_yaml or kind.is_lines or kind.is_records or kind.is_events or kind.is_range
        )
        self.compare(both, way, sent.child("schema"), taken.child("schema"), lift, texts=texts)
        if sent.get("itemSchema") is not None or taken.get("itemSchema") is not None:
            self.compare(both, way, sent.child("itemSchema"), taken.child("itemSchema"), lambda value: lift([value]))
        if is_form and canonical(sent.get("encoding") or {}) != canonical(taken.get("encoding") or {}):
            old, new = (sent, taken) if way == "request" else (taken, sent)
            self.say(both, "body/encoding", f"the encoding of {media_type} changed", old, new, "unknown", way)

    # Replies

    def replies(self, both: Both) -> None:
        """Compare the replies of an operation that clients call."""
        before, after = _replies(both.old), _replies(both.new)
        gone = [key for key in before if key[:1] == "2" and not _is_kept(after, key)]
        fresh = [key for key in after if _for_status(before, key) is None]
        replacing = [key for key in fresh if key[:1] == "2"] if gone else []
        for key in gone:
            now = f" (it is {', '.join(replacing)} now)" if replacing else ""
            shown = (lambda: reply_with(replacing[0])) if replacing else None
            self.say(
                both,
                "status/removed",
                f"the status {key} is gone{now}",
                before[key],
                both.new.node.child("responses"),
                "breaks",
                "response",
                shown,
            )
        for key in fresh:
            if key not in replacing:
                verdict = weighed(self.policy.new_status, "breaks")
                message = f"the status {key} was added"
                self.say(
                    both, "status/added", message, both.old.node.child("responses"), after[key], verdict, "response",
                    lambda key=key: reply_with(key),  # type: ignore[misc]
                )  # fmt: skip
        for key, node in after.items():
            known = _for_status(before, key)
            if known is not None:
                self._reply(both, key, before[known], node)

    def _reply(self, both: Both, status: str, old: Node, new: Node) -> None:
        before, after = _contents(both.old, old), _contents(both.new, new)
        if before and not after:
            message = f"the reply {status} has no body any more"
            self.say(both, "body/removed", message, old, new, "breaks", "response", lambda: reply_with(status))
        elif after and not before and status_of(status) != 204:
            verdict = weighed(self.policy.body_added, "breaks")
            self.say(both, "body/added", f"the reply {status} has a body now", old, new, verdict, "response")
        lost = [
            kind
            for kind in before
            if after and not any(parse(kind).covers(parse(each)) or parse(each).covers(parse(kind)) for each in after)
        ]
        for media_type in lost:
            self._gone(both, media_type, old, new, "response")
        for media_type, content in after.items():
            covering = _covering(before, media_type)
            if covering is None:
                if before and not lost:
                    verdict = weighed(self.policy.media_type_added, "breaks")
                    self.say(
                        both, "media-type/added", f"the reply may be {media_type} now", old, new, verdict, "response"
                    )
                continue

            def lift(value: Any, media_type: str = media_type) -> dict[str, Any]:
                return reply_with(status, media_type, value)

            self._media(both, "response", media_type, content, before[covering], lift)
        self._headers(both, status, old, new)

    def _headers(self, both: Both, status: str, old: Node, new: Node) -> None:
        before, after = dict(_fields(both.old, old)), dict(_fields(both.new, new))
        for name, (spelled, node) in before.items():
            now = after.get(name)
            if now is None:
                verdict = "breaks" if _is_required(node) else weighed(self.policy.header_removed, "breaks")
                kind = "required" if _is_required(node) else "optional"
                message = f"the {kind} header {spelled} of the reply {status} was removed"
                self.say(both, "header/removed", message, node, new, verdict, "response", lambda: reply_with(status))
                continue
            if _is_required(node) and not _is_required(now[1]):
                message = f"the header {spelled} of the reply {status} may be missing now"
                self.say(
                    both, "header/optional", message, node, now[1], "breaks", "response", lambda: reply_with(status)
                )
            contents = _content(both.old, node), _content(both.new, now[1])

            def lift(value: Any, spelled: str = spelled) -> dict[str, Any]:
                return reply_with(status, headers={spelled: value})

            if contents == (None, None):
                self.compare(both, "response", now[1].child("schema"), node.child("schema"), lift, texts=True)
            elif contents[0] is not None and contents[1] is not None:
                self.compare(both, "response", contents[1][1].child("schema"), contents[0][1].child("schema"), lift)
            else:
                self.say(
                    both,
                    "header/style",
                    f"the header {spelled} is written in another form",
                    node,
                    now[1],
                    "breaks",
                    "response",
                )

    # What the server calls

    def payload(self, both: Both) -> None:
        """Compare what a webhook or a callback carries, which clients read, and what they answer."""
        old, new = _followed(both.old, "requestBody"), _followed(both.new, "requestBody")
        if new is not None and old is not None:
            before, after = _contents(both.old, old), _contents(both.new, new)
            for media_type, content in after.items():
                covering = _covering(before, media_type)
                if covering is None:
                    self.say(
                        both, "media-type/added", f"it is sent as {media_type}, too", old, new, "breaks", "response"
                    )
                    continue

                def lift(value: Any, media_type: str = media_type) -> dict[str, Any]:
                    return {"method": both.new.method, "headers": {"Content-Type": media_type}, "body": value}

                self._media(both, "response", media_type, content, before[covering], lift)
        elif old is not None:
            self.say(both, "body/removed", "it has no body any more", old, both.new.node, "breaks", "response")
        answers = _replies(both.old), _replies(both.new)
        for key, node in answers[0].items():
            known = _for_status(answers[1], key)
            if known is None:
                self.say(
                    both, "status/removed", f"it may not be answered by {key} any more", node, both.new.node, "breaks"
                )
                continue
            after = _contents(both.new, answers[1][known])
            for media_type, content in _contents(both.old, node).items():
                covering = _covering(after, media_type)
                if covering is not None:

                    def answer(value: Any, key: str = key, media_type: str = media_type) -> dict[str, Any]:
                        return reply_with(key, media_type, value)

                    self._media(both, "request", media_type, content, after[covering], answer)


def _key(location: str, name: str) -> tuple[str, str]:
    return location, name.lower() if location == "header" else name


def _is_required(node: Node) -> bool:
    return node.get("required") is True or node.get("in") == "path"


def _style(node: Node) -> tuple[str, bool]:
    style = usable_style(str(node.get("in") or "header"), node.get("style")) or "simple"
    return style, bool(node.get("explode", style in EXPLODING))


def _content(operation: Operation, node: Node) -> tuple[str, Node] | None:
    media_type, content = next(node.child("content").children(), ("", None))
    return None if content is None else (media_type, operation.document.follow(content))


def _contents(operation: Operation, node: Node) -> dict[str, Node]:
    return {media_type: operation.document.follow(child) for media_type, child in node.child("content").children()}


def _fields(operation: Operation, node: Node) -> Iterator[tuple[str, tuple[str, Node]]]:
    for name, child in node.child("headers").children():
        if name.lower() != "content-type":
            yield name.lower(), (name, operation.document.follow(child))


def _followed(operation: Operation, name: str) -> Node | None:
    node = operation.node.child(name)
    return None if node.value is None else operation.document.follow(node)


def _replies(operation: Operation) -> dict[str, Node]:
    nodes = operation.node.child("responses").children()
    return {str(key): operation.document.follow(node) for key, node in nodes if not str(key).startswith("x-")}


def _for_status(replies: Mapping[str, Node], key: str) -> str | None:
    """Return the key by which replies of a status, or of a range of them, are described."""
    wanted = (key, f"{key[:1]}XX", f"{key[:1]}xx", "default") if key != "default" else ("default",)
    return next((each for each in wanted if each in replies), None)


def _is_kept(replies: Mapping[str, Node], key: str) -> bool:
    """Whether a success is still described: itself, or part of it where it is a range."""
    return _for_status(replies, key) is not None or (not key.isdigit() and any(each[:1] == key[:1] for each in replies))


def _is_moved(old: tuple[str, str], new: tuple[str, str]) -> bool:
    return old[0] != new[0] and old[1].lower() == new[1].lower()


def _covering(offered: Mapping[str, Node], media_type: str) -> str | None:
    if media_type in offered:
        return media_type
    return best(offered, media_type)


def _of_type(operation: Operation, media_type: str) -> Any:
    content = operation.body.by_type.get(media_type) if operation.body is not None else None
    try:
        return MISSING if content is None else generate(content.schema, full=False, direction="request")
    except ExampleError:
        return MISSING


def _value_of(operation: Operation, node: Node) -> Any:
    found = operation.by_key.get((str(node.get("in")), str(node.get("name"))))
    try:
        return "x" if found is None else generate(found.schema, full=True, direction="request")
    except ExampleError:
        return "x"
