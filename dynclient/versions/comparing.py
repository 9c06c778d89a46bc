"""Two versions of an API, compared: what the new one breaks, whom, and a witness for it.

The operations are matched by what is on the wire: the method and the path without the names of its variables, else the whole path with the
server's prefix. Each part of the messages of a matched pair is compared by a rule (`parts`) or as sets of values (`containment`); what they find
are causes, each once with all operations that reach it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dynclient.api.api import Api
from dynclient.api.operation import Operation
from dynclient.errors import SpecError
from dynclient.live.lost import label
from dynclient.opening import Openable, load
from dynclient.spec.document import Document
from dynclient.spec.jsonvalue import collection_paused
from dynclient.spec.node import Node
from dynclient.spec.slices import plain_data
from dynclient.versions.arguments import compare_parameters
from dynclient.versions.causes import Both, Cause, Causes, Way, weighed
from dynclient.versions.changes import Changes, Finality, in_order
from dynclient.versions.containment import Containment
from dynclient.versions.demands import compare_security
from dynclient.versions.identities import Identities
from dynclient.versions.incoming import compare_incoming
from dynclient.versions.lifting import request_with
from dynclient.versions.messages import Messages
from dynclient.versions.policy import Policy
from dynclient.versions.remarks import remark
from dynclient.versions.replies import compare_replies
from dynclient.versions.requestbody import compare_body
from dynclient.versions.sameness import Sameness
from dynclient.versions.sections import Parts
from dynclient.versions.terms import OneWay
from dynclient.wire.servers import path_of


def diff(old: Api | Openable, new: Api | Openable, policy: Policy | Mapping[str, Any] | None = None) -> Changes:
    """Compare two versions of an API.

    Args:
        old: The version that clients use: an Api, or whatever `dynclient.load` opens.
        new: The version that replaces it.
        policy: What is opinion; settings by name, or a Policy.

    Raises:
        SpecError: A document cannot be used.
        ValueError: There is no such setting.
    """
    chosen = policy if isinstance(policy, Policy) else Policy.of(dict(policy or {}))
    with collection_paused():
        try:
            return _Comparison(_read(old), _read(new), chosen).changes()
        except RecursionError:  # with another limit of depth than the default one
            raise SpecError("cannot compare the documents: their schemas are nested too deeply") from None


def _read(version: Api | Openable) -> Api:
    """Open a version, and read what the cache still holds on disk of it: a comparison needs all of it, which costs most in small parts."""
    api = version if isinstance(version, Api) else Api.of(load(version))
    plain_data(api.document.root.value)
    return api


class _Comparison:
    """Compares two versions."""

    def __init__(self, old: Api, new: Api, policy: Policy) -> None:
        self.old, self.new, self.policy = old, new, policy
        self.causes = Causes()
        identities = Identities()
        before, after = _sides(old.document, identities), _sides(new.document, identities)
        self.plain = _messages(before, after, texts=False)
        self.texts = _messages(before, after, texts=True)
        self.sameness = Sameness(old.document, new.document)
        self.parts = Parts(before, after, self.plain, self.texts, self.sameness, self.causes, policy)

    def changes(self) -> Changes:
        matched, removed, added = _matched(self.old.operations.operations, self.new.operations.operations)
        self.parts.renamed = {both.old.id: both.new.id for both in matched}
        for both in matched:
            self._operation(both)
        self._names(matched)
        alike = _by_likeness(added)
        for operation in removed:
            self._removed(operation, alike)
        self._incoming()
        self._servers(matched)
        for messages in (*self.plain.values(), *self.texts.values()):
            messages.settle(self.causes, self.policy)
        remark(self.causes, self.policy, self.parts.old, self.parts.new, self.parts.compared, self.sameness)
        found = sorted((cause.change() for cause in self.causes.found.values()), key=in_order)
        return Changes(
            label(self.old),
            label(self.new),
            tuple(found),
            tuple(each.key for each in added),
            tuple(each.key for each in removed),
            self._texts(matched, {_owner(place) for change in found for place in (change.old, change.new)}),
        )

    def _texts(self, matched: list[Both], mentioned: set[str]) -> int:
        """Count the operations and components in which only something has changed that needs no mention."""
        before, after = (api.document.root.child("components", "schemas") for api in (self.old, self.new))
        pairs = [(both.old.node, both.new.node) for both in matched]
        pairs += [(node, after.child(name)) for name, node in before.children() if after.get(name) is not None]
        differing = [old for old, new in pairs if plain_data(old.value) != plain_data(new.value)]
        return sum(self.parts.old["request"].pointer(node) not in mentioned for node in differing)

    def _operation(self, both: Both) -> None:
        try:
            renamed = dict(zip(both.old.template.path.names, both.new.template.path.names, strict=True))
            self._variables(both, renamed)
            if not self._is_same(both):
                compare_parameters(self.parts, both, renamed)
                compare_body(self.parts, both)
                compare_replies(self.parts, both)
            compare_security(self.causes, both, self.parts.old["request"], self.parts.new["request"])
        except SpecError as error:
            message = f"it cannot be compared: {'; '.join(map(str, error.problems)) or error.headline}"
            self.parts.say(
                both,
                "operation/unusable",
                message,
                both.old.node,
                both.new.node,
                "unknown",
                victims=("callers", "readers"),
            )

    def _is_same(self, both: Both) -> bool:
        """Whether both documents say the same of an operation's messages in the same words."""
        items = both.old.item.child("parameters"), both.new.item.child("parameters")
        return self.sameness.holds(both.old.node, both.new.node) and self.sameness.holds(*items)

    def _variables(self, both: Both, renamed: Mapping[str, str]) -> None:
        for before, after in renamed.items():
            if before != after:
                nodes = both.old.parameter_nodes, both.new.parameter_nodes
                verdict: Finality = "fine" if both.new.binding.had(before) else "breaks"
                self.parts.say(
                    both, "path/variable", f"the path variable {before!r} is {after!r} now", nodes[0].get(("path", before)),
                    nodes[1].get(("path", after)), verdict, None, victims=("code",),
                )  # fmt: skip

    def _names(self, matched: list[Both]) -> None:
        """Compare the names by which code calls operations."""
        now = {both.new.id: both for both in matched}
        for both in matched:
            old, new = both.old, both.new
            if old.id == new.id or (old.id == old.key and new.id == new.key):
                continue
            if old.id == old.key:  # code calls it by METHOD and path, or by the name that was made of them
                operations = self.new.operations
                known = operations.get(old.python_name) or operations.former(old.python_name)
                if known is not None and known.key == new.key:
                    continue
            other = now.get(old.id)
            if other is not None and other is not both:
                message = f"the operationId {old.id!r} names {other.new.key} now: calls by it succeed with the wrong operation"
            elif new.id == new.key:
                message = f"the operationId {old.id!r} was removed"
            else:
                message = f"the operationId {old.id!r} is {new.id!r} now"
            former = self.new.operations.former(old.id) if other is None else None
            verdict: Finality = "fine" if former is not None and former.key == new.key else "breaks"
            place = both.old.node.child("operationId"), both.new.node.child("operationId")
            self.parts.say(both, "operation/id", message, *place, verdict, None, victims=("code",))

    def _removed(self, operation: Operation, added: Mapping[Any, Operation]) -> None:
        alike = [added[key] for key in _likenesses(operation) if key in added]
        now = f" (it is {alike[0].key} now)" if alike else ""
        both = Both(operation, operation)
        message = f"the operation {operation.key} was removed{now}"
        victims = ("callers", "readers") if alike and alike[0].id == operation.id else ("callers", "readers", "code")
        self.parts.say(
            both, "operation/removed", message, operation.node, alike[0].node if alike else None, "breaks", "request",
            lambda: request_with(operation), victims,
        )  # fmt: skip

    def _incoming(self) -> None:
        """Compare webhooks and callbacks."""
        before = {each.key: each for each in self.old.webhooks.operations}
        after = {each.key: each for each in self.new.webhooks.operations}
        for key, old in before.items():
            if key in after:
                both = Both(old, after[key])
                try:
                    compare_incoming(self.parts, both)
                except SpecError as error:
                    self.parts.say(
                        both, "operation/unusable", error.headline, old.node, both.new.node, "unknown", "response"
                    )
        for key in [*before, *after]:
            if (key in before) != (key in after):
                each = before.get(key) or after[key]
                gone = key in before
                self.parts.say(
                    Both(each, each), "webhook/removed" if gone else "webhook/added",
                    f"{each.path} was {'removed' if gone else 'added'}", each.node if gone else None, None if gone else each.node,
                    weighed(self.policy.webhook, "breaks"), "response",
                )  # fmt: skip

    def _servers(self, matched: list[Both]) -> None:
        urls = [tuple(_urls(api.document.root)) for api in (self.old, self.new)]
        if urls[0] == urls[1] or not matched:
            return
        verdict = weighed(self.policy.server, "breaks")
        moved = [[_full_path(both.old), _full_path(both.new)] for both in matched]
        hosts = [{url.partition("://")[2].partition("/")[0] for url in each} for each in urls]
        if verdict is None or (hosts[0] == hosts[1] and all(before == after for before, after in moved)):
            return
        cause = Cause(
            "server", "/servers", "/servers", f"the servers changed from {', '.join(urls[0]) or '/'} to {', '.join(urls[1]) or '/'}", verdict,
            {"callers": None} if verdict != "fine" else {}, {}, {both.id: None for both in matched},
        )  # fmt: skip
        self.causes.add(cause)


def _owner(place: str) -> str:
    """Return the pointer of the operation or component that a place is in."""
    return "/".join(place.split("/")[:4])


def _messages(old: Mapping[Way, OneWay], new: Mapping[Way, OneWay], *, texts: bool) -> dict[Way, Messages]:
    return {
        "request": Messages(Containment(old["request"], new["request"], texts=texts), "request"),
        "response": Messages(Containment(new["response"], old["response"], texts=texts), "response"),
    }


def _sides(document: Document, identities: Identities) -> dict[Way, OneWay]:
    request = OneWay(document, "request", identities)
    return {"request": request, "response": OneWay(document, "response", identities, request)}


def _matched(old: Iterable[Operation], new: Iterable[Operation]) -> tuple[list[Both], list[Operation], list[Operation]]:
    """Return the operations that both versions have, and those that only one has."""
    removed, added = list(old), list(new)
    pairs: list[Both] = []
    for key in (_wire_key, _full_key):
        after = {key(each): each for each in reversed(added)}
        for operation in list(removed):
            found = after.pop(key(operation), None)
            if found is not None:
                pairs.append(Both(operation, found))
                removed.remove(operation)
                added.remove(found)
    return pairs, removed, added


def _wire_key(operation: Operation) -> Any:
    return operation.wire_name, operation.template.fragment


def _full_key(operation: Operation) -> Any:
    return operation.method, _full_path(operation), operation.wire_name[2]


def _full_path(operation: Operation) -> str:
    return _base(operation) + "{}".join(operation.template.path.literals)


def _base(operation: Operation) -> str:
    """Return the path of an operation's first server, which is looked at once for all operations that share it."""
    owner = operation.server_owner
    known = operation.document.compiled.setdefault(_base, {})
    if owner.place not in known:
        known[owner.place] = (operation.base_paths or ("",))[0]
    base: str = known[owner.place]
    return base


def _by_likeness(operations: Iterable[Operation]) -> dict[Any, Operation]:
    """Return the first operation for each likeness."""
    found: dict[Any, Operation] = {}
    for operation in operations:
        for key in _likenesses(operation):
            found.setdefault(key, operation)
    return found


def _likenesses(operation: Operation) -> Iterator[Any]:
    """Yield by what an operation may be recognised elsewhere: its method with its path, read loosely, and its name."""
    yield operation.method, "{}".join(operation.template.path.literals).rstrip("/").lower()
    if operation.id != operation.key:
        yield operation.id


def _urls(root: Node) -> Iterator[str]:
    for server in root.child("servers").items():
        url = server.get("url")
        if isinstance(url, str):
            yield url if "://" in url else path_of(url)
