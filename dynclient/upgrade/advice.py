"""What another version means for each call in the code and each recording: fine, changed or broken, why, and what to write instead."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from dynclient.api.api import Api
from dynclient.api.operation import Operation
from dynclient.api.verdict import Verdict
from dynclient.api.where import place_in_reply, place_in_request
from dynclient.errors import DynclientError
from dynclient.live.lost import label, lost
from dynclient.problem import Problem
from dynclient.spec.node import Node
from dynclient.tolerance import Side
from dynclient.upgrade.usage import UNKNOWN, CodeCall, sources, usages
from dynclient.versions.authorship import pointer_in
from dynclient.versions.changes import Change, in_order
from dynclient.versions.comparing import diff
from dynclient.wire.codec import Body

Outcome = Literal["fine", "changed", "unknown", "broken"]
_WORST: tuple[Outcome, ...] = ("broken", "unknown", "changed", "fine")


class Advice(NamedTuple):
    """What another version means for a call or a recording.

    Attributes:
        outcome: `fine`, `changed` (it works on, but not as before), `broken`, or `unknown` for what cannot be read, or whose
            name or arguments only a run shows.
        kind: `code` or `recording`.
        where: The file, and the line or the position in it.
        operation: The operation, by the name in use.
        reasons: Why, each a sentence.
        instead: What to write instead; "" when there is nothing to say.
        is_certain: Whether it is known to be a call of this API.
        causes: The breaking changes between the versions that it meets: those at the places of its problems, and all that it may meet where a value
            or a reply is not known.
    """

    outcome: Outcome
    kind: str
    where: str
    operation: str
    reasons: tuple[str, ...] = ()
    instead: str = ""
    is_certain: bool = True
    causes: tuple[Change, ...] = ()

    @property
    def headline(self) -> str:
        """Where it is, and what is called there."""
        return f"{self.where}  {self.operation}{'' if self.is_certain else '  (if it is a client of this API)'}"


def advise(old: Api, new: Api, api: str, code: Iterable[Path], verdicts: Iterable[Verdict]) -> list[Advice]:
    """Return what a version means for code and recordings, what is broken first.

    Args:
        old: The version in use.
        new: The other version.
        api: The name of the API in the catalog.
        code: Python sources, and folders of them.
        verdicts: The recordings, judged by the version in use.
    """
    causes = _Causes(old, new)
    found = [*_of_code(old, new, api, list(code), causes), *(_of_recording(each, new, causes) for each in verdicts)]
    return sorted(found, key=lambda advice: _WORST.index(advice.outcome))


def used_operations(api: Api, name: str, code: Iterable[Path], verdicts: Iterable[Verdict]) -> set[str]:
    """Return the ids of the operations that code and recordings use.

    Args:
        api: The version in use.
        name: The name of the API in the catalog.
        code: Python sources, and folders of them.
        verdicts: The recordings, judged by that version.
    """
    used = {verdict.operation for verdict in verdicts}
    for _, found in _calls(api, name, code):
        operations = [_known(api, usage.name) for usage in ([] if isinstance(found, Exception) else found)]
        used |= {operation.id for operation in operations if operation is not None}
    return used - {""}


def causes_of(found: Iterable[Advice]) -> list[Change]:
    """Return the causes that calls and recordings meet, each once, in the order of a diff."""
    return sorted({id(cause): cause for advice in found for cause in advice.causes}.values(), key=in_order)


class _Causes:
    """The breaking changes between two versions, by the operations that they reach."""

    def __init__(self, old: Api, new: Api) -> None:
        self._by_operation: dict[str, list[Change]] = {}
        for change in diff(old, new).changes:
            for operation in change.operations if change.breaking else ():
                self._by_operation.setdefault(operation, []).append(change)

    def may_be_met(self, operation: str, *victims: str) -> list[Change]:
        """Return those that reach an operation and break one of these victims."""
        return [each for each in self._by_operation.get(operation, ()) if not {*victims}.isdisjoint(each.victims)]

    def at(self, operation: str, places: Collection[AffectedPlace], *victims: str) -> list[Change]:
        """Return those of them that are at some places: right there, else around or inside of them, else all, since the places say too little."""
        reaching = self.may_be_met(operation, *victims) if places else []
        there = [each for each in reaching if any(place.is_of(each) for place in places)]
        near = [each for each in reaching if any(place.is_near(each) for place in places)]
        return there or near or reaching


class AffectedPlace(NamedTuple):
    """A place in one of the versions that something is about.

    Attributes:
        version: `old` or `new`.
        pointer: The place, as a change has it.
    """

    version: Literal["old", "new"]
    pointer: str

    def is_of(self, change: Change) -> bool:
        """Whether a change is right there."""
        return bool(self.pointer) and getattr(change, self.version) == self.pointer

    def is_near(self, change: Change) -> bool:
        """Whether a change is around or inside of it."""
        other = getattr(change, self.version)
        return bool(other and self.pointer) and (
            self.pointer.startswith(f"{other}/") or other.startswith(f"{self.pointer}/")
        )


def _once(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple({id(change): change for change in changes}.values())


def _of_recording(verdict: Verdict, new: Api, causes: _Causes) -> Advice:
    now = new.judge(verdict.exchange)
    request, where = verdict.exchange.request, verdict.exchange.source
    name = verdict.operation or f"{request.method} {verdict.url}"
    if not verdict.ok:
        whom = "only the version in use" if now.ok else "the version in use, too"
        return Advice("fine", "recording", where, name, (f"it breaks {whom}",))
    if now.ok and now.operation != verdict.operation:
        return Advice("changed", "recording", where, name, (f"it is a call of {now.operation} now",))
    if now.ok:
        return Advice("fine", "recording", where, name)
    problems = tuple(f"{side} {problem}" for side, problem in now.problems)
    places = _places_of(verdict, now, new)
    sent = causes.at(verdict.operation, places["request"], "callers")
    received = causes.at(verdict.operation, places["response"], "readers")
    return Advice("broken", "recording", where, name, problems, causes=_once([*sent, *received]))


def _places_of(verdict: Verdict, now: Verdict, new: Api) -> dict[Side, list[AffectedPlace]]:
    """Return the places in the new document that a recording breaks, by the side of the exchange."""
    found: dict[Side, list[AffectedPlace]] = {"request": [], "response": []}
    operation = new.operations.get(now.operation)
    request, response = verdict.exchange.request, verdict.exchange.response
    for side, problem in now.problems:
        node: Node | None = None
        if operation is not None and side == "response" and response is not None:
            node = place_in_reply(operation, response, problem)
        elif operation is not None:
            node = place_in_request(operation, request.headers.get("Content-Type", ""), problem)
        found[side].append(AffectedPlace("new", pointer_in(new.document, node) if node is not None else ""))
    return found


def _of_code(old: Api, new: Api, api: str, code: list[Path], causes: _Causes) -> Iterator[Advice]:
    for file, found in _calls(old, api, code):
        if isinstance(found, Exception):
            yield Advice("unknown", "code", str(file), "", (f"it cannot be read: {found}",))
            continue
        for usage in found:
            if not usage.is_named:
                where, why = f"{usage.file}:{usage.line}", ("only a run shows which operation this is",)
                yield Advice("unknown", "code", where, usage.name, why)
                continue
            advice = _Call(usage, old, new).advice(causes)
            if advice is not None:
                yield advice


def _calls(api: Api, name: str, code: Iterable[Path]) -> Iterator[tuple[Path, list[CodeCall] | Exception]]:
    """Yield each source with its calls of an API, or with the reason why it cannot be read."""
    for file in sources(list(code)):
        try:
            yield file, usages(file, name, lambda each: _known(api, each) is not None)
        except (SyntaxError, ValueError, OSError, RecursionError, MemoryError) as error:
            yield file, error


def _known(api: Api, name: str) -> Operation | None:
    """Return the operation that has or had a name."""
    return api.operations.get(name) or api.operations.former(name)


class _Call:
    """A call in the code, looked at by both versions."""

    def __init__(self, usage: CodeCall, old: Api, new: Api) -> None:
        self.usage, self.old, self.new = usage, old, new
        self.reasons: list[str] = []
        self.notes: list[str] = []
        self.doubts: list[str] = []
        self.instead: list[str] = []
        self.places: list[AffectedPlace] = []

    def advice(self, causes: _Causes) -> Advice | None:
        """Return what the new version means for it; None when it is no call of an operation."""
        usage, name = self.usage, self.usage.name
        before = _known(self.old, name)
        if before is None:
            return None
        try:
            self._compare(before, self._now(before))
        except DynclientError as error:
            self._object(str(error), old=before.node)
        met = self._met(before.id, causes)
        outcome: Outcome = "broken" if self.reasons else "changed" if self.notes else "fine"
        if usage.is_open and not self.reasons:
            doubts = [*self.doubts, *(change.message for change in met if _may_break_a_call(change))]
            outcome = "unknown" if doubts else outcome
            self.notes += [f"{doubt} (only a run shows its arguments)" for doubt in dict.fromkeys(doubts)]
        where, why = f"{usage.file}:{usage.line}", (*self.reasons, *self.notes)
        instead = "; ".join(dict.fromkeys(self.instead))
        return Advice(outcome, "code", where, name, why, instead, usage.is_certain, met)

    def _met(self, operation: str, causes: _Causes) -> tuple[Change, ...]:
        """Return what it meets: what is at the places of its problems, and all that its unknown values and the reply may meet."""
        found = causes.at(operation, self.places, "code", "callers")
        unknown = () if self._is_known() else ("callers", "code") if self.usage.is_open else ("callers",)
        found += causes.may_be_met(operation, "readers", *unknown)
        return _once(sorted(found, key=in_order))

    def _object(self, reason: str, *, old: Node | None = None, new: Node | None = None) -> None:
        """Note why it is broken, and the places in both documents that this is about."""
        self.reasons.append(reason)
        if old is not None:
            self.places.append(AffectedPlace("old", pointer_in(self.old.document, old)))
        if new is not None:
            self.places.append(AffectedPlace("new", pointer_in(self.new.document, new)))

    def _is_known(self) -> bool:
        """Whether every value that it sends is written down."""
        values = [*self.usage.args, *self.usage.kwargs.values()]
        return not self.usage.is_open and UNKNOWN not in values and not _plain(values, ())[1]

    def _now(self, before: Operation) -> Operation:
        name = self.usage.name
        now: Operation | None = self.new.operations.get(name)
        if now is not None:
            return now
        former = self.new.operations.former(name)
        now = former or self.new.operations.get(before.key)
        if now is None:
            raise lost(name, self.new, [self.old])
        self.instead.append(now.python_name)
        says = f"it is called {now.python_name} in {label(self.new)}"
        if former is not None:
            self.notes.append(says)
        else:
            self._object(says, old=before.node.child("operationId"))
        return now

    def _compare(self, before: Operation, now: Operation) -> None:
        if now.wire_name != before.wire_name:
            self.notes.append(f"it was {before.key} and is {now.key}")
        if now.deprecated and not before.deprecated:
            self.notes.append(f"{label(self.new)} deprecates it")
        arguments, body = self._arguments(before, now)
        if self.usage.is_open:
            names = [each.python_name for each in before.parameters]
            gone = [name for name in names if _key_of(now, name) == () and not now.binding.had(name)]
            self.doubts += [f"the argument {name} is gone" for name in gone]
        if not self.usage.is_open and not self.reasons:
            self._missing(before, now, arguments, body)
        for key, value in arguments.items():
            if key in now.by_key and key in before.by_key:
                self._value(now, value, before.by_key[key].problems, now.by_key[key].problems)
        if body is not None and now.body is not None and before.body is not None:
            contents = before.body.contents[:1], now.body.contents[:1]
            if all(contents):
                was, will = contents[0][0].schema, contents[1][0].schema
                self._value(
                    now, body, lambda value: was.problems(value, "body"), lambda value: will.problems(value, "body")
                )
        elif body is not None and now.body is None and before.body is not None:
            self._object("it takes no body now", old=before.node.child("requestBody"))

    def _arguments(self, before: Operation, now: Operation) -> tuple[dict[tuple[str, str], Any], Any]:
        """Return the arguments by location and name in the new version, and the body; note those that have another place or name."""
        usage = self.usage
        found: dict[tuple[str, str], Any] = {}
        body = None
        if usage.by_name:
            given = [*usage.args, UNKNOWN, UNKNOWN][:2]
            listed = usage.kwargs.get("arguments", given[0] if usage.args else {})
            body = usage.kwargs.get("body", given[1] if len(usage.args) > 1 else None)
            names = listed.items() if isinstance(listed, Mapping) else ()
            pairs = [(name, value) for name, value in names if isinstance(name, str)]
        else:
            pairs = list(usage.kwargs.items())
            for position, value in enumerate(usage.args):
                key = self._at(position, before, now)
                if key is None:
                    body = value
                elif key:
                    found[key] = value
        members: dict[Any, Any] = {}
        for name, value in pairs:
            member = None if usage.by_name else before.binding.members.get(name)
            if member is not None and now.binding.members.get(name) == member:
                members[member] = value
                continue
            key = self._by_name(name, before, now)
            if key is None:
                body = value
            elif key:
                found[key] = value
        if members and body is None:
            body = {**members, UNKNOWN: UNKNOWN} if usage.is_open else members
        return found, body

    def _at(self, position: int, before: Operation, now: Operation) -> Any:
        """Return the key of a positional argument: None for the body, () for one that cannot be told."""
        slots = [operation.binding.slots for operation in (before, now)]
        if position >= len(slots[0]):
            return ()
        name, _, key = slots[0][position]
        if position >= len(slots[1]):
            self._object(f"argument {position + 1}, {name}, is gone", old=_argument_node(before, key))
            return ()
        other, _, at = slots[1][position]
        if at == key or (key is not None and at is not None and _is_same(before, key, now, at)):
            return at
        self._object(f"argument {position + 1} was {name} and is {other} now", old=_argument_node(before, key))
        self.instead.append("pass the arguments by keyword")
        return ()

    def _by_name(self, name: str, before: Operation, now: Operation) -> Any:
        """Return the key of an argument by its name: None for the body, () for one that cannot be told."""
        keys = [_key_of(operation, name) for operation in (before, now)]
        if keys[1] != ():
            return keys[1]
        if keys[0] == () and (self.usage.by_name or name not in before.binding.members):
            return ()
        if now.binding.had(name):
            self.notes.append(f"the argument {name} has another name now")
        else:
            self._object(f"the argument {name} is gone", old=_argument_node(before, keys[0]))
        same = next((slot[0] for slot in now.binding.slots if _is_same(before, keys[0], now, slot[2])), "")
        if same:
            self.instead.append(f"{same}=")
        return ()

    def _missing(self, before: Operation, now: Operation, arguments: Mapping[Any, Any], body: Any) -> None:
        """Note the arguments that are needed now and are not there."""
        if self.usage.by_name and self.usage.args[:1] == (UNKNOWN,):
            return
        needed = {slot[2] for slot in before.binding.slots if slot[1]}
        for name, required, key in now.binding.slots:
            is_given = body is not None if key is None else key in arguments or key in now.supplied
            if required and not is_given and key not in needed:
                self._object(f"it needs {name} now", new=_argument_node(now, key))
                self.instead.append(f"{name}=")

    def _value(self, now: Operation, value: Any, was: Any, will: Any) -> None:
        """Note what the new schema objects to in a value, and the old one does not."""
        if isinstance(value, Body) or value is UNKNOWN:
            return
        plain, holes = _plain(value, ())
        known = set(map(str, was(plain)))
        for problem in will(plain):
            if str(problem) not in known and not _is_in(problem, holes):
                media_type = now.body.contents[0].media_type if now.body is not None and now.body.contents else ""
                self._object(str(problem), new=place_in_request(now, media_type, problem))


def _may_break_a_call(change: Change) -> bool:
    """Whether a change may break a call by what is passed to it: the name of the operation is known."""
    return not {"callers", "code"}.isdisjoint(change.victims) and not change.old.endswith("/operationId")


def _key_of(operation: Operation, name: str) -> Any:
    """Return the key of an argument by its name: None for the body, () when there is none."""
    for each in operation.parameters:
        if name in (each.python_name, each.wire.name):
            return each.key
    body = operation.body
    return None if body is not None and name in (body.python_name, "body") else ()


def _argument_node(operation: Operation, key: Any) -> Node:
    """Return the place of an argument by its key: that of the body for None, of a member of the body for ()."""
    body = operation.node.child("requestBody")
    return operation.parameter_nodes.get(key, body) if key else operation.document.follow(body)


def _is_same(before: Operation, key: tuple[str, str], now: Operation, other: tuple[str, str] | None) -> bool:
    """Whether two parameters are the same variable of the path under two names."""
    if not other or not key or key[0] != "path" or other[0] != "path":
        return other == key
    names = before.template.names, now.template.names
    return before.template.path.literals == now.template.path.literals and names[0].index(key[1]) == names[1].index(
        other[1]
    )


def _plain(value: Any, place: tuple[Any, ...]) -> tuple[Any, list[tuple[Any, ...]]]:
    """Return a value without what is UNKNOWN, and the places where something may be."""
    if isinstance(value, Mapping):
        kept: dict[Any, Any] = {}
        holes: list[tuple[Any, ...]] = []
        for name, member in value.items():
            if name is UNKNOWN:
                holes.append(place)
                continue
            if member is UNKNOWN:
                holes.append((*place, str(name)))
            kept[name], more = (None, []) if member is UNKNOWN else _plain(member, (*place, str(name)))
            holes += more
        return kept, holes
    if isinstance(value, list):
        items = [_plain(item, (*place, str(index))) for index, item in enumerate(value)]
        unknown = [(*place, str(index)) for index, item in enumerate(value) if item is UNKNOWN]
        return [None if item is UNKNOWN else item for item, _ in items], [
            *unknown,
            *(hole for _, more in items for hole in more),
        ]
    return value, []


def _is_in(problem: Problem, holes: list[tuple[Any, ...]]) -> bool:
    """Whether a problem is at or around a place whose value is not known."""
    path = tuple(map(str, problem.path))
    if problem.keyword in ("additionalProperties", "unevaluatedProperties", "false") and path in holes:
        return False  # the name is known
    return any(path[: len(hole)] == hole or (hole[: len(path)] == path and problem.keyword != "type") for hole in holes)
