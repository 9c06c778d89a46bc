"""Plans: what a value uses of its schema, read in one pass: properties that occur or are not named, enum values, and branches of choices.

A schema does not object to any of this, so no engine tells it. A plan is compiled from the places of the document that apply to one value, when
the first value comes there; a walk then costs about as much as parsing the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from dynclient.errors import SpecError
from dynclient.problem import Tokens
from dynclient.schema.bundle import ASSERTED, CHOICES, POSSIBLE
from dynclient.schema.ecma import searches
from dynclient.schema.schemas import Schema, Schemas
from dynclient.schema.translator import Direction
from dynclient.schema.unbundled import parts_of, possible_parts
from dynclient.spec.node import Node

#: How many forms of a value are remembered for one choice.
_FORMS = 1000


class Use(NamedTuple):
    """A use of a schema that is worth a note.

    Attributes:
        word: `unknown` for a property that is not named, `deprecated`, `readOnly` or `writeOnly`.
        node: The place in the document.
        path: The path of the value.
    """

    word: str
    node: Node
    path: Tokens


class Member:
    """A property that a plan names.

    Attributes:
        nodes: Where the document describes it.
        plan: The plan of its values.
        words: What is noted when it occurs: `deprecated`, and `readOnly` or `writeOnly` in the wrong direction.
    """

    __slots__ = ("nodes", "plan", "words")

    def __init__(self, nodes: tuple[Node, ...], plan: ValuePlan, words: tuple[str, ...]) -> None:
        self.nodes = nodes
        self.plan = plan
        self.words = words


@dataclass(frozen=True, slots=True, eq=False)
class EnumValue:
    """A value that an enum lists: the place of the enum, and the value as JSON."""

    node: Node
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A branch of `oneOf` or `anyOf`, by its place."""

    file: str
    path: Tokens


@dataclass(frozen=True, slots=True, eq=False)
class ObjectForm:
    """What all objects with the same names use of a plan: most objects of a corpus have one of a few forms.

    Attributes:
        members: The properties that are named.
        homes: The schemas of the object and its properties.
        uses: What is worth a note: the word, the place in the document, and the name.
        below: The names whose values are looked into, with their plans.
    """

    members: tuple[Member, ...]
    homes: tuple[Node, ...]
    uses: tuple[tuple[str, Node, str], ...]
    below: tuple[tuple[str, ValuePlan], ...]


class ValuePlan:
    """What is known of the values at one place.

    Args:
        plans: The plans of the document.
        nodes: The schemas that apply to the value.

    Attributes:
        home: The place of the first schema, its references followed: the same wherever the schema is used.
        forms: What objects use of it, by their names.
        members: The properties that are named.
        values: The values that are listed, by value.
        item: The plan of the items, if any.
        rest: The plan of the properties that are not named, if they have a schema.
        is_trivial: Whether nothing can be noted of the values.
        choices: The branches of each choice, with their schemas.
        tells: The place of the object schema when a property that is not named is worth a note; None when the schema is a map, or closed.
    """

    __slots__ = (
        "_known",
        "_plans",
        "choices",
        "forms",
        "home",
        "is_trivial",
        "item",
        "members",
        "nodes",
        "patterns",
        "ready",
        "rest",
        "tags",
        "tells",
        "values",
    )

    def __init__(self, plans: Plans, nodes: tuple[Node, ...]) -> None:
        self._plans = plans
        self.nodes = nodes
        self.home = plans.home(nodes[0])
        self.ready = False
        self.is_trivial = False
        self.forms: dict[tuple[str, ...], ObjectForm] = {}
        self.members: dict[str, Member] = {}
        self.values: dict[Any, EnumValue] = {}
        self.item: ValuePlan | None = None
        self.rest: ValuePlan | None = None
        self.patterns: tuple[str, ...] = ()
        self.choices: list[list[tuple[Branch, Schema]]] = []
        self.tags: tuple[str, ...] = ()
        self.tells: Node | None = None
        self._known: dict[Any, tuple[Branch, ...]] = {}

    def compiled(self) -> ValuePlan:
        """Return the plan itself, compiled."""
        if not self.ready:
            self._compile()
            self.is_trivial = not (self.members or self.choices or self.values or self.item or self.rest)
            self.ready = True
        return self

    def _compile(self) -> None:
        parts = list({part.place: part for node in self.nodes for part in self._plans.parts(node)}.values())
        described: dict[str, list[Node]] = {}
        rest: list[Node] = []
        items: list[Node] = []
        is_open = True
        for part in parts:
            for name, node in part.child("properties").children():
                described.setdefault(name, []).append(node)
            is_open = is_open and not any(
                part.get(word) is not None for word in ("additionalProperties", "unevaluatedProperties")
            )
            rest += (
                [part.child("additionalProperties")] if isinstance(part.get("additionalProperties"), Mapping) else []
            )
            items += [part.child("items")] if isinstance(part.get("items"), Mapping) else []
            self.patterns += tuple(name for name, _ in part.child("patternProperties").children())
            for word in CHOICES:
                branches = list(part.child(word).items())
                if len(branches) > 1:
                    self.choices.append([(Branch(*node.place), self._plans.schema(node)) for node in branches])
            self._list_values(part)
        self.members = {name: self._member(tuple(nodes)) for name, nodes in described.items()}
        self.item = self._plans.plan(tuple(items)) if items else None
        self.rest = self._plans.plan(tuple(rest)) if rest else None
        holder = next((part for part in parts if part.child("properties").value), None)
        self.tells = holder if is_open else None
        self.tags = tuple(name for name, member in self.members.items() if self.choices and self._is_tag(member))

    def _list_values(self, part: Node) -> None:
        listed = part.get("enum")
        for value in listed if isinstance(listed, list) else ():
            if isinstance(value, str | int | float | bool):
                self.values.setdefault(value, EnumValue(part.child("enum"), str(value)))

    def _member(self, nodes: tuple[Node, ...]) -> Member:
        asserted = [part for node in nodes for part in self._plans.parts(node, ASSERTED)]
        wrong = "readOnly" if self._plans.direction == "request" else "writeOnly"
        words = tuple(word for word in ("deprecated", wrong) if any(part.get(word) is True for part in asserted))
        return Member(nodes, self._plans.plan(nodes), words)

    def _is_tag(self, member: Member) -> bool:
        return any(
            part.get("enum") or "const" in (part.value or ())
            for node in member.nodes
            for part in self._plans.parts(node)
        )

    def form_of(self, names: tuple[str, ...]) -> ObjectForm:
        """Return what an object with these names uses."""
        members: list[Member] = []
        uses: list[tuple[str, Node, str]] = []
        below: list[tuple[str, ValuePlan]] = []
        for name in names:
            member = self.members.get(name)
            if member is not None:
                members.append(member)
                uses += [(word, member.nodes[0], name) for word in member.words]
            elif self.tells is not None and self.rest is None and not _is_patterned(self.patterns, name):
                uses.append(("unknown", self.tells, name))
            plan = member.plan if member is not None else self.rest
            if plan is not None and not plan.compiled().is_trivial:
                below.append((name, plan))
        homes = {self.home.place: self.home, **{member.plan.home.place: member.plan.home for member in members}}
        if self.rest is not None and len(members) < len(names):
            homes[self.rest.home.place] = self.rest.home
        form = ObjectForm(tuple(members), tuple(homes.values()), tuple(uses), tuple(below))
        if len(self.forms) < _FORMS:
            self.forms[names] = form
        return form

    def branches_of(self, value: Any) -> tuple[Branch, ...]:
        """Return the branches that accept a value; of values with the same members, types and tags, the first valid one is asked about."""
        if isinstance(value, dict):
            tags = [repr(value[name])[:60] for name in self.tags if name in value]
            form: Any = (tuple(value), tuple(map(type, value.values())), *tags)
        elif isinstance(value, list):
            form = frozenset(map(type, value))
        else:
            form = type(value), value
        found = self._known.get(form)
        if found is None:
            found = tuple(branch for choice in self.choices for branch, schema in choice if _accepts(schema, value))
            if found and len(self._known) < _FORMS:  # an invalid value tells nothing of valid ones
                self._known[form] = found
        return found


class Plans:
    """The plans of a document for one direction.

    Args:
        schemas: The compiled schemas of the document.
        direction: The direction of the values.
    """

    def __init__(self, schemas: Schemas, direction: Direction) -> None:
        self.direction = direction
        self._schemas = schemas
        self._plans: dict[Any, ValuePlan] = {}

    def plan(self, nodes: tuple[Node, ...]) -> ValuePlan:
        """Return the plan of the values that these schemas describe."""
        key = tuple(node.place for node in nodes)
        found = self._plans.get(key)
        if found is None:
            found = self._plans.setdefault(key, ValuePlan(self, nodes))
        return found

    def parts(self, node: Node, keywords: tuple[str, ...] = POSSIBLE) -> list[Node]:
        """Return a schema and all that it applies to the same value; nothing where a reference is broken."""
        document = self._schemas.document
        try:
            return possible_parts(document, node) if keywords is POSSIBLE else parts_of(document, node, keywords)
        except SpecError:
            return []

    def home(self, node: Node) -> Node:
        """Return the schema that a reference leads to; the reference itself where it is broken."""
        try:
            return self._schemas.document.follow(node)
        except SpecError:
            return node

    def schema(self, node: Node) -> Schema:
        """Return the compiled schema at a place."""
        return self._schemas.compile(node, self.direction)


#: The way to a value from the outermost one: that to the value that holds it, and its name or index there.
_Way = tuple[Any, str | int]


def note_uses(plan: ValuePlan, value: Any, seen: set[Any], found: list[Use], way: _Way | None = None) -> None:
    """Note the uses of a schema that are worth it.

    Args:
        plan: The plan of the value.
        value: The value.
        seen: Receives what occurs: ObjectForm, EnumValue and Branch objects, and the plans of arrays and their items.
        found: Receives the uses.
        way: The way to the value.
    """
    if not plan.ready:
        plan.compiled()
    if plan.choices:
        seen.update(plan.branches_of(value))
    if type(value) is dict:
        names = tuple(value)
        form = plan.forms.get(names) or plan.form_of(names)
        seen.add(form)
        if form.uses:
            path = _tokens(way)
            found += [Use(word, node, (*path, name)) for word, node, name in form.uses]
        for name, below in form.below:
            item = value[name]
            if type(item) in _CONTAINERS:
                if item:
                    note_uses(below, item, seen, found, (way, name))
            else:
                if below.choices:
                    seen.update(below.branches_of(item))
                if below.values and item in below.values:
                    seen.add(below.values[item])
    elif type(value) is list:
        seen.add(plan)
        items = plan.item
        if items is None or not value:
            return
        seen.add(items)
        if not items.ready:
            items.compiled()
        if not items.is_trivial:
            for index, item in enumerate(value):
                note_uses(items, item, seen, found, (way, index))
    elif plan.values and value in plan.values:
        seen.add(plan.values[value])


def _tokens(way: _Way | None) -> Tokens:
    tokens: list[str | int] = []
    while way is not None:
        way, token = way
        tokens.append(token)
    return tuple(reversed(tokens))


_CONTAINERS = frozenset({dict, list})


def plan_at(plan: ValuePlan, path: Iterable[str | int]) -> ValuePlan | None:
    """Return the plan of a value inside a value, if `note_uses` notes that such a value occurs; else None.

    Args:
        plan: The plan of the whole value.
        path: The path to the value inside.
    """
    for token in path:
        plan.compiled()
        below = plan.item if isinstance(token, int) else plan.rest
        if isinstance(token, str) and token in plan.members:
            below = plan.members[token].plan
        if below is None:
            return None
        plan = below
    return plan


def occurring(used: Iterable[Any]) -> Iterator[Node]:
    """Yield the schemas of the values of which `note_uses` noted that they occur."""
    for each in used:
        if isinstance(each, ValuePlan):
            yield each.home
        elif isinstance(each, ObjectForm):
            yield from each.homes


def reachable(plans: Iterable[ValuePlan]) -> Iterator[ValuePlan]:
    """Yield plans and all that are below them, each once, compiled."""
    pending = list(plans)[::-1]
    known: set[int] = set()
    while pending:
        plan = pending.pop()
        if id(plan) in known:
            continue
        known.add(id(plan))
        yield plan.compiled()
        below = [member.plan for member in plan.members.values()]
        pending += [each for each in (plan.rest, plan.item, *reversed(below)) if each is not None]


def _is_patterned(patterns: tuple[str, ...], name: str) -> bool:
    return any(searches(pattern, name) for pattern in patterns)


def _accepts(schema: Schema, value: Any) -> bool:
    try:
        return schema.is_valid(value)
    except SpecError:
        return False
