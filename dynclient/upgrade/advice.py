"""What another version means for each call in the code and each recording: fine, changed or broken, why, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from dynclient.api.api import Api
from dynclient.api.operation import Operation
from dynclient.api.verdict import Verdict
from dynclient.errors import DynclientError
from dynclient.live.lost import label, lost
from dynclient.problem import Problem
from dynclient.upgrade.usage import UNKNOWN, CodeCall, sources, usages
from dynclient.wire.codec import Body

Outcome = Literal["fine", "changed", "broken"]
_WORST: tuple[Outcome, ...] = ("broken", "changed", "fine")


class Advice(NamedTuple):
    """What another version means for a call or a recording.

    Attributes:
        outcome: `fine`, `changed` (it works on, but not as before), or `broken`.
        kind: `code` or `recording`.
        where: The file, and the line or the position in it.
        operation: The operation, by the name in use.
        reasons: Why, each a sentence.
        instead: What to write instead; "" when there is nothing to say.
        is_certain: Whether it is known to be a call of this API.
    """

    outcome: Outcome
    kind: str
    where: str
    operation: str
    reasons: tuple[str, ...] = ()
    instead: str = ""
    is_certain: bool = True

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
    found = [*_of_code(old, new, api, list(code)), *(_of_recording(verdict, new) for verdict in verdicts)]
    return sorted(found, key=lambda advice: _WORST.index(advice.outcome))


def _of_recording(verdict: Verdict, new: Api) -> Advice:
    now = new.judge(verdict.exchange)
    request, where = verdict.exchange.request, verdict.exchange.source
    name = verdict.operation or f"{request.method} {verdict.url}"
    if not verdict.ok:
        whom = "only the version in use" if now.ok else "the version in use, too"
        return Advice("fine", "recording", where, name, (f"it breaks {whom}",))
    known = set(map(str, (problem for _, problem in verdict.problems)))
    problems = [f"{side} {problem}" for side, problem in now.problems if str(problem) not in known]
    if not now.ok:
        return Advice("broken", "recording", where, name, tuple(problems))
    if now.operation != verdict.operation:
        return Advice("changed", "recording", where, name, (f"it is a call of {now.operation} now",))
    return Advice("fine", "recording", where, name)


def _of_code(old: Api, new: Api, api: str, code: list[Path]) -> Iterator[Advice]:
    for file in sources(code):
        try:
            found = usages(file, api, lambda name: name in old.operations or old.operations.former(name) is not None)
        except (SyntaxError, ValueError, OSError) as error:
            yield Advice("changed", "code", str(file), "", (f"it cannot be read: {error}",))
            continue
        for usage in found:
            advice = _Call(usage, old, new).advice()
            if advice is not None:
                yield advice


class _Call:
    """A call in the code, looked at by both versions."""

    def __init__(self, usage: CodeCall, old: Api, new: Api) -> None:
        self.usage, self.old, self.new = usage, old, new
        self.reasons: list[str] = []
        self.notes: list[str] = []
        self.instead: list[str] = []

    def advice(self) -> Advice | None:
        """Return what the new version means for it; None when it is no call of an operation."""
        usage, name = self.usage, self.usage.name
        before = self.old.operations.get(name) or self.old.operations.former(name)
        if before is None:
            return None
        try:
            self._compare(before, self._now(before))
        except DynclientError as error:
            self.reasons.append(str(error))
        outcome: Outcome = "broken" if self.reasons else "changed" if self.notes else "fine"
        where, why = f"{usage.file}:{usage.line}", (*self.reasons, *self.notes)
        return Advice(outcome, "code", where, name, why, "; ".join(dict.fromkeys(self.instead)), usage.is_certain)

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
        (self.notes if former is not None else self.reasons).append(says)
        return now

    def _compare(self, before: Operation, now: Operation) -> None:
        if now.wire_name != before.wire_name:
            self.notes.append(f"it was {before.key} and is {now.key}")
        if now.deprecated and not before.deprecated:
            self.notes.append(f"{label(self.new)} deprecates it")
        arguments, body = self._arguments(before, now)
        if not self.usage.is_open and not self.reasons:
            self._missing(before, now, arguments, body)
        for key, value in arguments.items():
            if key in now.by_key and key in before.by_key:
                self._value(value, before.by_key[key].problems, now.by_key[key].problems)
        if body is not None and now.body is not None and before.body is not None:
            contents = before.body.contents[:1], now.body.contents[:1]
            if all(contents):
                was, will = contents[0][0].schema, contents[1][0].schema
                self._value(body, lambda value: was.problems(value, "body"), lambda value: will.problems(value, "body"))
        elif body is not None and now.body is None and before.body is not None:
            self.reasons.append("it takes no body now")

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
        for name, value in pairs:
            key = self._by_name(name, before, now)
            if key is None:
                body = value
            elif key:
                found[key] = value
        return found, body

    def _at(self, position: int, before: Operation, now: Operation) -> Any:
        """Return the key of a positional argument: None for the body, () for one that cannot be told."""
        slots = [operation.binding.slots for operation in (before, now)]
        if position >= len(slots[0]):
            return ()
        name, _, key = slots[0][position]
        if position >= len(slots[1]):
            self.reasons.append(f"argument {position + 1}, {name}, is gone")
            return ()
        other, _, at = slots[1][position]
        if at == key or (key is not None and at is not None and _is_same(before, key, now, at)):
            return at
        self.reasons.append(f"argument {position + 1} was {name} and is {other} now")
        self.instead.append("pass the arguments by keyword")
        return ()

    def _by_name(self, name: str, before: Operation, now: Operation) -> Any:
        """Return the key of an argument by its name: None for the body, () for one that cannot be told."""
        keys = [_key_of(operation, name) for operation in (before, now)]
        if keys[1] != ():
            return keys[1]
        if keys[0] == ():
            return ()
        if now.binding.had(name):
            self.notes.append(f"the argument {name} has another name now")
        else:
            self.reasons.append(f"the argument {name} is gone")
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
                self.reasons.append(f"it needs {name} now")
                self.instead.append(f"{name}=")

    def _value(self, value: Any, was: Any, will: Any) -> None:
        """Note what the new schema objects to in a value, and the old one does not."""
        if isinstance(value, Body) or value is UNKNOWN:
            return
        plain, holes = _plain(value, ())
        known = set(map(str, was(plain)))
        for problem in will(plain):
            if str(problem) not in known and not _is_in(problem, holes):
                self.reasons.append(str(problem))


def _key_of(operation: Operation, name: str) -> Any:
    """Return the key of an argument by its name: None for the body, () when there is none."""
    for each in operation.parameters:
        if name in (each.python_name, each.wire.name):
            return each.key
    body = operation.body
    return None if body is not None and name in (body.python_name, "body") else ()


def _is_same(before: Operation, key: tuple[str, str], now: Operation, other: tuple[str, str] | None) -> bool:
    """Whether two parameters are the same variable of the path under two names."""
    if other is None or key is None or key[0] != "path" or other[0] != "path":
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
